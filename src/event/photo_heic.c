/* photo_heic: see its header. Reads bytes of strangers: every length is checked against the end of its box before it is used, and
 * work is bounded by ITEMS and RANGES. What is kept is named; all else is blanked, so that no new kind of metadata gets through.
 */
#include "event/photo_heic.h"
#include <stdlib.h>

enum { ITEMS = 4096, RANGES = 4096, KEPT = 16384 }; /* a 200-megapixel picture has some 800 tiles, each an item of one range */

typedef struct Box {
	size_t at; /* of its header, in the file */
	Text whole, body;
	char type[5];
} Box;

typedef struct Heic {
	Text bytes;
	Box meta, iinf, iloc, idat;
	uint32_t primary;
	bool sized; /* some picture's width and height are told, neither 0 */
} Heic;

static bool listed(const char *type, const char *const *list) {
	for (; *list; list++)
		if (strcmp(type, *list) == 0) return true;
	return false;
}

static bool take(Text *rest, size_t width, uint64_t *out) {
	if (width > 8 || width > rest->len) return false;
	for (*out = 0; width; width--, rest->at++, rest->len--)
		*out = *out << 8 | (uint8_t)*rest->at;
	return true;
}

static Text skipped(Text text, size_t count) {
	return count < text.len ? (Text){text.at + count, text.len - count} : TEXT_NONE;
}

/* The next box of rest, which lies in the file. False at the end, or where no box begins. */
static bool box_next(const Heic *heic, Text *rest, Box *out) {
	Text from = *rest, body = from;
	uint64_t size, type;
	if (!take(&body, 4, &size) || !take(&body, 4, &type)) return false;
	if (size == 1 && !take(&body, 8, &size)) return false;
	if (size == 0 && memcmp(from.at + 4, "mdat", 4) == 0) size = from.len; /* to the end */
	size_t head = from.len - body.len;
	if (size < head || size > from.len) return false;
	*out = (Box){.at = (size_t)(from.at - heic->bytes.at), .whole = {from.at, size}, .body = {body.at, size - head}};
	memcpy(out->type, from.at + 4, 4);
	*rest = (Text){from.at + size, from.len - size};
	return true;
}

/* --- items --------------------------------------------------------------------------------------------------------------- */
/* The entries of iinf: behind its version and count. */
static Text infos_of(const Heic *heic) {
	return skipped(heic->iinf.body, heic->iinf.body.len && heic->iinf.body.at[0] ? 8 : 6);
}

/* Number and type of an infe box; where what must stay of it ends. */
static bool info_read(const Box *box, uint64_t *item, char type[5], size_t *kept) {
	Text rest = box->body;
	uint64_t version, ignored;
	if (strcmp(box->type, "infe") != 0 || !take(&rest, 1, &version) || !take(&rest, 3, &ignored)) return false;
	if (version < 2 || version > 3 || !take(&rest, version == 2 ? 2 : 4, item) || !take(&rest, 2, &ignored) || rest.len < 4)
		return false;
	memcpy(type, rest.at, 4);
	type[4] = 0;
	*kept = box->body.len - rest.len + 4;
	return true;
}

/* The type of an item, "" unknown. */
static void item_type(const Heic *heic, uint64_t wanted, char type[5]) {
	Text rest = infos_of(heic);
	Box box;
	uint64_t item;
	size_t kept;
	for (int i = 0; i < ITEMS && box_next(heic, &rest, &box); i++)
		if (info_read(&box, &item, type, &kept) && item == wanted) return;
	type[0] = 0;
}

static bool item_shown(const Heic *heic, uint64_t item) {
	static const char *const shown[] = {"hvc1", "hvc2", "lhv1", "grid", "iden", "iovl", "tmap", NULL};
	char type[5];
	item_type(heic, item, type);
	return listed(type, shown);
}

/* Where the bytes of one extent lie: in an mdat of the file (method 0) or in idat (1). TEXT_NONE when they do not. */
static Text extent_bytes(const Heic *heic, uint64_t method, uint64_t offset, uint64_t length) {
	Text rest = heic->bytes, body = heic->idat.body;
	Box box;
	if (method == 1)
		return length && offset <= body.len && length <= body.len - offset ? (Text){body.at + offset, length} : TEXT_NONE;
	if (method || !length) return TEXT_NONE;
	for (int i = 0; i < ITEMS && box_next(heic, &rest, &box); i++) {
		size_t begin = (size_t)(box.body.at - heic->bytes.at);
		if (strcmp(box.type, "mdat") != 0 || offset < begin || offset - begin > box.body.len) continue;
		if (length <= box.body.len - (offset - begin)) return (Text){heic->bytes.at + offset, length};
	}
	return TEXT_NONE;
}

typedef bool (*UseExtent)(void *arg, uint64_t item, Text bytes); /* false: enough */

/* Every extent of every item, bytes TEXT_NONE where it lies nowhere. False when iloc is broken or has too many. */
static bool extents_each(const Heic *heic, UseExtent use, void *arg) {
	Text rest = heic->iloc.body;
	uint64_t version, ignored, widths, items, item, method = 0, outside, base, extents, offset, length;
	int ranges = 0;
	if (!take(&rest, 1, &version) || version > 2 || !take(&rest, 3, &ignored) || !take(&rest, 2, &widths)) return false;
	if (!take(&rest, version < 2 ? 2 : 4, &items) || items > ITEMS) return false;
	size_t index_width = version ? widths & 15 : 0;
	while (items--) {
		if (!take(&rest, version < 2 ? 2 : 4, &item) || (version && !take(&rest, 2, &method)) ||
		    !take(&rest, 2, &outside) || !take(&rest, widths >> 4 & 15, &base) || !take(&rest, 2, &extents))
			return false;
		for (; extents; extents--) {
			if (ranges++ == RANGES || !take(&rest, index_width, &ignored) || !take(&rest, widths >> 12, &offset) ||
			    !take(&rest, widths >> 8 & 15, &length))
				return false;
			bool far = outside || offset > heic->bytes.len || base > heic->bytes.len;
			if (!use(arg, item, far ? TEXT_NONE : extent_bytes(heic, method & 15, base + offset, length)))
				return true;
		}
	}
	return true;
}

/* --- whole? --------------------------------------------------------------------------------------------------------------- */
static bool sized(const Heic *heic, Text properties) {
	Box list, one;
	uint64_t width, height;
	while (box_next(heic, &properties, &list))
		if (strcmp(list.type, "ipco") == 0)
			for (Text rest = list.body; box_next(heic, &rest, &one);) {
				Text size = skipped(one.body, 4);
				if (strcmp(one.type, "ispe") == 0 && take(&size, 4, &width) && take(&size, 4, &height) && width &&
				    height)
					return true;
			}
	return false;
}

static void meta_read(Heic *heic) {
	Text rest = skipped(heic->meta.body, 4);
	Box box;
	uint64_t primary = 0, version;
	while (box_next(heic, &rest, &box)) {
		Text body = skipped(box.body, 4);
		if (strcmp(box.type, "iinf") == 0) heic->iinf = box;
		if (strcmp(box.type, "iloc") == 0) heic->iloc = box;
		if (strcmp(box.type, "idat") == 0) heic->idat = box;
		if (strcmp(box.type, "iprp") == 0 && sized(heic, box.body)) heic->sized = true;
		if (strcmp(box.type, "pitm") == 0 && take(&(Text){box.body.at, box.body.len}, 1, &version) &&
		    take(&body, version ? 4 : 2, &primary))
			heic->primary = (uint32_t)primary;
	}
}

typedef struct Look {
	const Heic *heic;
	bool lost, primary; /* some extent of a picture lies nowhere; the primary one has bytes */
	Text exif;
} Look;

static bool extent_look(void *arg, uint64_t item, Text bytes) {
	Look *look = arg;
	char type[5];
	if (item_shown(look->heic, item)) {
		look->lost |= !bytes.at;
		look->primary |= item == look->heic->primary && bytes.at;
		return true;
	}
	item_type(look->heic, item, type);
	if (strcmp(type, "Exif") == 0 && !look->exif.at) look->exif = bytes;
	return true;
}

static const char *heic_read(Text bytes, Heic *heic, Text *exif) {
	*heic = (Heic){.bytes = bytes};
	Look look = {.heic = heic};
	Text rest = bytes, blob;
	Box box;
	uint64_t begin;
	*exif = TEXT_NONE;
	while (!heic->meta.whole.at && box_next(heic, &rest, &box))
		if (strcmp(box.type, "meta") == 0) heic->meta = box;
	if (!heic->meta.whole.at) return "meta";
	meta_read(heic);
	if (!heic->sized) return "ispe";
	if (!item_shown(heic, heic->primary)) return "pitm, iinf";
	if (!extents_each(heic, extent_look, &look)) return "iloc";
	if (look.lost || !look.primary) return "mdat";
	blob = look.exif;
	if (take(&blob, 4, &begin) && begin < blob.len) *exif = skipped(blob, begin);
	return NULL;
}

const char *heic_facts(Text bytes, Text *exif) {
	Heic heic;
	return heic_read(bytes, &heic, exif);
}

/* --- without metadata ----------------------------------------------------------------------------------------------------- */
typedef struct Range {
	size_t at;
	Text bytes;
	bool dropped; /* bytes of metadata */
} Range;

typedef struct Keep {
	const Heic *heic;
	Range *ranges;
	size_t count, end; /* end: of the last box */
	bool full;
} Keep;

static void range_add(Keep *out, Range range) {
	if (out->count == KEPT) out->full = true;
	if (!out->full && range.bytes.len) out->ranges[out->count++] = range;
}

static void keep(Keep *out, size_t at, Text bytes) {
	range_add(out, (Range){at, bytes, false});
}

static void keep_head(Keep *out, const Box *box) {
	keep(out, box->at, (Text){box->whole.at, box->whole.len - box->body.len});
}

/* Its length stays, it is called free, and nothing is in it. */
static void blank(Keep *out, const Box *box) {
	size_t head = box->whole.len - box->body.len;
	keep(out, box->at, (Text){box->whole.at, 4});
	keep(out, box->at + 4, TEXT("free"));
	keep(out, box->at + 8, (Text){box->whole.at + 8, head - 8});
}

static bool extent_keep(void *arg, uint64_t item, Text bytes) {
	Keep *out = arg;
	if (bytes.at) range_add(out, (Range){(size_t)(bytes.at - out->heic->bytes.at), bytes, !item_shown(out->heic, item)});
	return true;
}

/* Of an item its number and type: a name, a MIME type's parameters are words. */
static void infos_keep(Keep *out, const Box *iinf) {
	Text rest = infos_of(out->heic);
	Box box;
	uint64_t item;
	char type[5];
	size_t kept;
	keep_head(out, iinf);
	keep(out, (size_t)(iinf->body.at - out->heic->bytes.at), (Text){iinf->body.at, iinf->body.len - rest.len});
	while (box_next(out->heic, &rest, &box)) {
		if (!info_read(&box, &item, type, &kept)) {
			blank(out, &box);
			continue;
		}
		keep_head(out, &box);
		keep(out, (size_t)(box.body.at - out->heic->bytes.at), (Text){box.body.at, kept});
	}
}

/* Properties are counted by their place in the list: one that goes leaves its box. */
static void properties_keep(Keep *out, const Box *iprp) {
	static const char *const known[] = {"hvcC", "lhvC", "ispe", "pixi", "colr", "pasp", "irot", "imir",
	                                    "clap", "auxC", "rloc", "lsel", "clli", "mdcv", "cclv", "amve",
	                                    "reve", "ndwt", "oinf", "tols", "a1lx", NULL};
	Text lists = iprp->body, rest;
	Box list, box;
	keep_head(out, iprp);
	while (box_next(out->heic, &lists, &list)) {
		if (strcmp(list.type, "ipma") == 0)
			keep(out, list.at, list.whole);
		else if (strcmp(list.type, "ipco") != 0)
			blank(out, &list);
		else
			for (keep_head(out, &list), rest = list.body; box_next(out->heic, &rest, &box);)
				if (listed(box.type, known))
					keep(out, box.at, box.whole);
				else
					blank(out, &box);
	}
}

static void meta_keep(Keep *out) {
	enum { HANDLER = 24 };
	static const char *const known[] = {"pitm", "iloc", "iref", "dinf", "grpl", NULL};
	const Box *meta = &out->heic->meta;
	Text rest = skipped(meta->body, 4);
	Box box;
	keep_head(out, meta);
	keep(out, (size_t)(meta->body.at - out->heic->bytes.at), (Text){meta->body.at, 4});
	while (box_next(out->heic, &rest, &box)) {
		if (listed(box.type, known))
			keep(out, box.at, box.whole);
		else if (strcmp(box.type, "hdlr") == 0) /* its name are words */
			keep(out, box.at,
			     (Text){box.whole.at,
			            box.body.len > HANDLER ? box.whole.len - box.body.len + HANDLER : box.whole.len});
		else if (box.at == out->heic->iinf.at)
			infos_keep(out, &box);
		else if (strcmp(box.type, "iprp") == 0)
			properties_keep(out, &box);
		else if (box.at == out->heic->idat.at)
			keep_head(out, &box);
		else
			blank(out, &box);
	}
}

static int range_order(const void *a, const void *b) {
	const Range *one = a, *two = b;
	return one->at < two->at ? -1 : one->at > two->at;
}

/* A picture that lies over metadata would carry it out. */
static bool ranges_apart(const Keep *keep) {
	size_t ends[2] = {0, 0}; /* of what is kept, of what is dropped */
	for (size_t i = 0; i < keep->count; i++) {
		const Range *range = &keep->ranges[i];
		size_t end = range->at + range->bytes.len, *own = &ends[range->dropped];
		if (range->at < ends[!range->dropped]) return false;
		if (end > *own) *own = end;
	}
	return true;
}

static int ranges_write(const Keep *keep, PhotoWrite write, void *arg) {
	static const char zeros[65536];
	size_t at = 0;
	int code = 0;
	for (size_t i = 0; code == 0 && i <= keep->count; i++) {
		Range range = i < keep->count ? keep->ranges[i] : (Range){keep->end, TEXT_NONE, false};
		if (range.dropped) continue;
		while (code == 0 && at < range.at) {
			size_t count = range.at - at < sizeof zeros ? range.at - at : sizeof zeros;
			code = write(arg, (Text){zeros, count});
			at += count;
		}
		Text more = skipped(range.bytes, at - range.at); /* extents may lie over each other */
		if (code == 0 && more.len) code = write(arg, more);
		at += more.len;
	}
	return code;
}

int heic_strip(Text bytes, PhotoWrite write, void *arg) {
	Heic heic;
	Text exif, rest = bytes;
	Box box;
	if (heic_read(bytes, &heic, &exif)) return -1;
	Keep out = {.heic = &heic, .ranges = calloc(KEPT, sizeof(Range))};
	if (!out.ranges) return -1;
	while (box_next(&heic, &rest, &box)) {
		out.end = box.at + box.whole.len;
		if (strcmp(box.type, "ftyp") == 0)
			keep(&out, box.at, box.whole);
		else if (box.at == heic.meta.at)
			meta_keep(&out);
		else if (strcmp(box.type, "mdat") == 0)
			keep_head(&out, &box);
		else
			blank(&out, &box);
	}
	extents_each(&heic, extent_keep, &out);
	qsort(out.ranges, out.count, sizeof *out.ranges, range_order);
	int code = out.full || !ranges_apart(&out) ? -1 : ranges_write(&out, write, arg);
	free(out.ranges);
	return code;
}
