/* photo_meta: see its header. Reads bytes of strangers: every offset is checked against the end before it is used. Any thread. */
#include "event/photo_heic.h"
#include <math.h>
#include <stdio.h>

static const struct {
	PhotoType type;
	const char *mime, *extension;
} types[] = {{PHOTO_JPEG, "image/jpeg", "jpg"},
             {PHOTO_PNG, "image/png", "png"},
             {PHOTO_WEBP, "image/webp", "webp"},
             {PHOTO_HEIC, "image/heic", "heic"}};
enum { TYPES = sizeof types / sizeof *types };

const char *photo_mime(PhotoType type) {
	return type == PHOTO_NONE ? "" : types[type - 1].mime;
}

const char *photo_extension(PhotoType type) {
	return type == PHOTO_NONE ? "" : types[type - 1].extension;
}

PhotoType photo_type_of(Text mime) {
	for (int i = 0; i < TYPES; i++)
		if (text_is(mime, types[i].mime)) return types[i].type;
	return PHOTO_NONE;
}

static PhotoType sniff(Text b) {
	static const char *const brands[] = {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"};
	if (text_starts(b, TEXT("\xFF\xD8\xFF"))) return PHOTO_JPEG;
	if (text_starts(b, TEXT("\x89PNG\r\n\x1A\n"))) return PHOTO_PNG;
	if (b.len >= 16 && text_starts(b, TEXT("RIFF")) && memcmp(b.at + 8, "WEBPVP8", 7) == 0) return PHOTO_WEBP;
	if (b.len >= 12 && memcmp(b.at + 4, "ftyp", 4) == 0)
		for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
			if (memcmp(b.at + 8, brands[i], 4) == 0) return PHOTO_HEIC;
	return PHOTO_NONE;
}

const char *photo_other(Text b) {
	static const struct {
		size_t at;
		Text mark;
		const char *name;
	} others[] = {{0, TEXT("%PDF"), "PDF"},
	              {0, TEXT("GIF8"), "GIF"},
	              {0, TEXT("BM"), "BMP"},
	              {0, TEXT("II*\0"), "TIFF"},
	              {0, TEXT("MM\0*"), "TIFF"},
	              {0, TEXT("PK\3\4"), "ZIP (docx, xlsx)"},
	              {4, TEXT("ftypavif"), "AVIF"},
	              {4, TEXT("ftypqt"), "MOV"},
	              {4, TEXT("ftyp"), "MP4"},
	              {0, TEXT("\x1A\x45\xDF\xA3"), "WebM"},
	              {0, TEXT("<svg"), "SVG"},
	              {0, TEXT("<?xml"), "XML"},
	              {0, TEXT("<"), "HTML"},
	              {0,
	               TEXT("\x7F"
	                    "ELF"),
	               "ELF"},
	              {0, TEXT("MZ"), "EXE"}};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (b.len > others[i].at && text_starts((Text){b.at + others[i].at, b.len - others[i].at}, others[i].mark))
			return others[i].name;
	return "";
}

/* --- EXIF: TIFF directories --------------------------------------------------------------------------------------------- */
typedef struct Tiff {
	Text bytes; /* from the byte order mark on */
	bool big;
} Tiff;

static uint32_t number(const Tiff *tiff, size_t at, int width) {
	const uint8_t *p = (const uint8_t *)tiff->bytes.at + at;
	uint32_t value = 0;
	for (int i = 0; i < width; i++)
		value = value << 8 | p[tiff->big ? i : width - 1 - i];
	return value;
}

typedef struct Entry {
	uint32_t type, count;
	size_t at; /* of its values; checked to lie inside */
} Entry;

/* The entry of a directory at offset `dir` with this tag: values of the wanted type, at least `least`. */
static bool entry_find(const Tiff *tiff, size_t dir, uint32_t tag, uint32_t type, uint32_t least, Entry *out) {
	static const size_t widths[] = {0, 1, 1, 2, 4, 8};
	if (dir < 8 || dir > tiff->bytes.len || tiff->bytes.len - dir < 2) return false;
	uint32_t count = number(tiff, dir, 2);
	for (uint32_t i = 0; i < count; i++) {
		size_t at = dir + 2 + (size_t)i * 12;
		if (tiff->bytes.len < 12 || at > tiff->bytes.len - 12) return false;
		if (number(tiff, at, 2) != tag) continue;
		*out = (Entry){number(tiff, at + 2, 2), number(tiff, at + 4, 4), at + 8};
		if (out->type != type || out->count < least || out->count > tiff->bytes.len) return false;
		size_t size = widths[type] * out->count;
		if (size > 4) out->at = number(tiff, at + 8, 4);
		return out->at <= tiff->bytes.len && size <= tiff->bytes.len - out->at;
	}
	return false;
}

enum { TIFF_ASCII = 2, TIFF_SHORT = 3, TIFF_LONG = 4, TIFF_RATIONAL = 5 };

static size_t directory_at(const Tiff *tiff, size_t dir, uint32_t tag) {
	Entry entry;
	return entry_find(tiff, dir, tag, TIFF_LONG, 1, &entry) ? number(tiff, entry.at, 4) : 0;
}

static Text ascii_at(const Tiff *tiff, size_t dir, uint32_t tag) {
	Entry entry;
	if (!entry_find(tiff, dir, tag, TIFF_ASCII, 1, &entry)) return TEXT_NONE;
	const char *from = tiff->bytes.at + entry.at, *end = memchr(from, 0, entry.count);
	return (Text){from, end ? (size_t)(end - from) : entry.count};
}

static double rational_at(const Tiff *tiff, size_t at) {
	uint32_t over = number(tiff, at, 4), under = number(tiff, at + 4, 4);
	return under ? (double)over / under : NAN;
}

/* Degrees, minutes, seconds with their letter: signed degrees, NAN when there is none that can be read. */
static double degrees_at(const Tiff *tiff, size_t dir, uint32_t tag, const char *minus, bool *said) {
	Entry entry;
	Text letter = ascii_at(tiff, dir, tag - 1);
	if (!entry_find(tiff, dir, tag, TIFF_RATIONAL, 3, &entry)) return NAN;
	*said = true;
	double degrees =
	    rational_at(tiff, entry.at) + rational_at(tiff, entry.at + 8) / 60 + rational_at(tiff, entry.at + 16) / 3600;
	return letter.len && letter.at[0] == *minus ? -degrees : degrees;
}

static void place_read(const Tiff *tiff, size_t gps, PhotoFacts *out) {
	bool said = false;
	double lat = degrees_at(tiff, gps, 2, "S", &said), lon = degrees_at(tiff, gps, 4, "W", &said);
	bool good =
	    isfinite(lat) && isfinite(lon) && fabs(lat) <= 90 && fabs(lon) <= 180 && (fabs(lat) > 1e-6 || fabs(lon) > 1e-6);
	out->bad_place = said && !good;
	out->placed = good;
	if (good) {
		out->lon = lon;
		out->lat = lat;
	}
}

/* "2026:11:27 09:30:00" with its zone ("+08:00") or without. */
static void time_read(const Tiff *tiff, size_t exif, PhotoFacts *out) {
	Text taken = ascii_at(tiff, exif, 0x9003), zone = ascii_at(tiff, exif, 0x9011);
	char text[32];
	if (taken.len != 19) return;
	memcpy(text, taken.at, 19);
	text[4] = text[7] = '-';
	snprintf(text + 19, sizeof text - 19, "%.*s", zone.len == 6 ? 6 : 0, zone.len ? zone.at : "");
	if (clock_parse(text_of(text), &out->taken_us) < 0 || out->taken_us < 0) out->taken_us = 0;
}

static void exif_read(Text bytes, PhotoFacts *out) {
	Tiff tiff = {bytes, text_starts(bytes, TEXT("MM"))};
	Entry entry;
	if (bytes.len < 8 || (!tiff.big && !text_starts(bytes, TEXT("II"))) || number(&tiff, 2, 2) != 42) return;
	size_t first = number(&tiff, 4, 4), exif = directory_at(&tiff, first, 0x8769), gps = directory_at(&tiff, first, 0x8825);
	if (entry_find(&tiff, first, 0x0112, TIFF_SHORT, 1, &entry)) {
		uint32_t orientation = number(&tiff, entry.at, 2);
		if (orientation >= 1 && orientation <= 8) out->orientation = (int)orientation;
	}
	if (gps) place_read(&tiff, gps, out);
	if (exif) time_read(&tiff, exif, out);
}

/* --- the containers: pieces of a file, one after another ------------------------------------------------------------------ */
typedef struct Piece {
	Text whole, body; /* body: without marker, length and sum */
	char name[5];     /* chunk's name; JPEG: the marker's byte in name[0] */
} Piece;

static uint32_t be(const char *at, int width) {
	uint32_t value = 0;
	for (int i = 0; i < width; i++)
		value = value << 8 | (uint8_t)at[i];
	return value;
}

static uint32_t le(const char *at, int width) {
	uint32_t value = 0;
	while (width--)
		value = value << 8 | (uint8_t)at[width];
	return value;
}

/* Where the coded data that begins at `at` ends: at the next marker that is none of its own. */
static size_t scan_end(Text b, size_t at) {
	for (; at + 1 < b.len; at++)
		if ((uint8_t)b.at[at] == 0xFF && (uint8_t)b.at[at + 1] != 0 &&
		    ((uint8_t)b.at[at + 1] < 0xD0 || (uint8_t)b.at[at + 1] > 0xD7))
			return at;
	return b.len;
}

/* 1 a piece, 0 the end of the picture, -1 broken. *at moves on. */
static int jpeg_next(Text b, size_t *at, Piece *out) {
	while (*at + 2 < b.len && (uint8_t)b.at[*at] == 0xFF && (uint8_t)b.at[*at + 1] == 0xFF)
		(*at)++; /* fill bytes */
	if (*at + 2 > b.len || (uint8_t)b.at[*at] != 0xFF) return -1;
	uint8_t marker = (uint8_t)b.at[*at + 1];
	if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD7) || (marker == 0xD8) != (*at == 0))
		return -1; /* none has its place here */
	size_t begin = *at, end = begin + 2;
	out->name[0] = (char)marker;
	out->body = (Text){b.at + end, 0};
	if (marker == 0xD9) {
		out->whole = (Text){b.at + begin, 2};
		*at = end;
		return 0;
	}
	if (marker != 0xD8) {
		if (end + 2 > b.len) return -1;
		size_t length = be(b.at + end, 2);
		if (length < 2 || length > b.len - end) return -1;
		out->body = (Text){b.at + end + 2, length - 2};
		end += length;
		if (marker == 0xDA) end = scan_end(b, end);
	}
	out->whole = (Text){b.at + begin, end - begin};
	*at = end;
	return 1;
}

static int png_next(Text b, size_t *at, Piece *out) {
	if (b.len - *at < 12) return -1;
	size_t length = be(b.at + *at, 4);
	if (length > b.len - *at - 12) return -1;
	memcpy(out->name, b.at + *at + 4, 4);
	out->body = (Text){b.at + *at + 8, length};
	out->whole = (Text){b.at + *at, length + 12};
	*at += length + 12;
	return strcmp(out->name, "IEND") != 0;
}

static int webp_next(Text b, size_t *at, Piece *out) {
	if (*at == b.len) return 0;
	if (b.len - *at < 8) return -1;
	size_t length = le(b.at + *at + 4, 4), padded = length + (length & 1);
	if (length > b.len - *at - 8) return -1;
	if (padded > b.len - *at - 8) padded = length;
	memcpy(out->name, b.at + *at, 4);
	out->body = (Text){b.at + *at + 8, length};
	out->whole = (Text){b.at + *at, padded + 8};
	*at += padded + 8;
	return 1;
}

typedef int (*NextPiece)(Text bytes, size_t *at, Piece *out);

/* What was seen of the three parts a picture needs, in their order. */
typedef struct Seen {
	bool size, data, end;
} Seen;

static void jpeg_look(const Piece *piece, Seen *seen) {
	uint8_t marker = (uint8_t)piece->name[0];
	Text body = piece->body;
	bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
	if (frame && body.len >= 6) {
		size_t components = (uint8_t)body.at[5];
		seen->size |=
		    be(body.at + 1, 2) && be(body.at + 3, 2) && components && components <= 4 && body.len >= 6 + 3 * components;
	}
	if (marker == 0xDA) { /* its head, then coded data */
		size_t components = body.len ? (uint8_t)body.at[0] : 0;
		seen->data |= seen->size && components && components <= 4 && body.len >= 4 + 2 * components &&
		              piece->whole.len > 4 + body.len;
	}
	seen->end |= marker == 0xD9;
}

static void png_look(const Piece *piece, Seen *seen) {
	Text body = piece->body;
	if (strcmp(piece->name, "IHDR") == 0)
		seen->size = body.len == 13 && be(body.at, 4) - 1 < INT32_MAX && be(body.at + 4, 4) - 1 < INT32_MAX;
	seen->data |= seen->size && strcmp(piece->name, "IDAT") == 0 && body.len;
	seen->end |= strcmp(piece->name, "IEND") == 0;
}

/* One coded picture: its first bytes tell its size. */
static bool webp_coded(const char *name, Text body) {
	if (strcmp(name, "VP8 ") == 0)
		return body.len > 10 && !(body.at[0] & 1) && memcmp(body.at + 3, "\x9D\x01\x2A", 3) == 0 &&
		       (le(body.at + 6, 2) & 0x3FFF) && (le(body.at + 8, 2) & 0x3FFF);
	return strcmp(name, "VP8L") == 0 && body.len > 5 && body.at[0] == 0x2F;
}

static void webp_look(const Piece *piece, Seen *seen) {
	enum { FRAME_HEAD = 16 }; /* of a moving picture's frame: its place, size and time */
	Text body = piece->body;
	bool coded = webp_coded(piece->name, body);
	if (strcmp(piece->name, "ANMF") == 0 && body.len > FRAME_HEAD) {
		Text frame = {body.at + FRAME_HEAD, body.len - FRAME_HEAD};
		Piece inner = {0};
		for (size_t at = 0; !coded && webp_next(frame, &at, &inner) > 0;)
			coded = webp_coded(inner.name, inner.body);
	}
	seen->size |= coded || (strcmp(piece->name, "VP8X") == 0 && body.len >= 10);
	seen->data |= seen->size && coded;
}

static Text jpeg_exif(const Piece *piece) {
	return (uint8_t)piece->name[0] == 0xE1 && text_starts(piece->body, TEXT("Exif\0\0"))
	           ? (Text){piece->body.at + 6, piece->body.len - 6}
	           : TEXT_NONE;
}

static Text png_exif(const Piece *piece) {
	return strcmp(piece->name, "eXIf") == 0 ? piece->body : TEXT_NONE;
}

static Text webp_exif(const Piece *piece) {
	if (strcmp(piece->name, "EXIF") != 0) return TEXT_NONE;
	return text_starts(piece->body, TEXT("Exif\0\0")) ? (Text){piece->body.at + 6, piece->body.len - 6} : piece->body;
}

static const struct {
	int (*next)(Text bytes, size_t *at, Piece *out);
	void (*look)(const Piece *piece, Seen *seen);
	Text (*exif)(const Piece *piece); /* TEXT_NONE: not in this piece */
	size_t begin;
	const char *parts[3]; /* what Seen's are called */
} containers[] = {
    [PHOTO_JPEG] = {jpeg_next, jpeg_look, jpeg_exif, 0, {"SOF", "SOS", "EOI"}},
    [PHOTO_PNG] = {png_next, png_look, png_exif, 8, {"IHDR", "IDAT", "IEND"}},
    [PHOTO_WEBP] = {webp_next, webp_look, webp_exif, 12, {"VP8X, VP8, VP8L", "VP8, VP8L", "RIFF"}},
};

/* What RIFF's head says is the picture; a file cut off has less, and lacks its last chunk. */
static Text webp_whole(Text b) {
	size_t size = (size_t)le(b.at + 4, 4) + 8;
	return (Text){b.at, size < 12 ? 12 : size < b.len ? size : b.len};
}

void photo_facts(Text bytes, PhotoFacts *out) {
	*out = (PhotoFacts){.type = sniff(bytes)};
	Text exif = TEXT_NONE;
	if (out->type == PHOTO_HEIC) out->lacks = heic_facts(bytes, &exif);
	if (exif.at) exif_read(exif, out);
	if (out->type == PHOTO_NONE || out->type == PHOTO_HEIC) return;
	if (out->type == PHOTO_WEBP) bytes = webp_whole(bytes);
	Seen seen = {0};
	Piece piece = {0};
	size_t at = containers[out->type].begin;
	for (int more = 1; more > 0;) {
		more = containers[out->type].next(bytes, &at, &piece);
		if (more == 0 && out->type == PHOTO_WEBP) seen.end = true;
		if (more < 0 || seen.end) break;
		containers[out->type].look(&piece, &seen);
		if (!exif.at && (exif = containers[out->type].exif(&piece)).at) exif_read(exif, out);
	}
	out->lacks = !seen.size   ? containers[out->type].parts[0]
	             : !seen.data ? containers[out->type].parts[1]
	             : !seen.end  ? containers[out->type].parts[2]
	                          : NULL;
}

/* --- without metadata ------------------------------------------------------------------------------------------------------- */
/* Application data besides colour (ICC profile, Adobe's transform) and comments. */
static bool jpeg_kept(const Piece *piece) {
	uint8_t marker = (uint8_t)piece->name[0];
	if (marker == 0xFE) return false;
	if (marker < 0xE1 || marker > 0xEF) return true;
	return (marker == 0xE2 && text_starts(piece->body, TEXT("ICC_PROFILE\0"))) ||
	       (marker == 0xEE && text_starts(piece->body, TEXT("Adobe")));
}

static int jpeg_strip(Text b, const PhotoFacts *facts, PhotoWrite write, void *arg) {
	/* EXIF with the one entry that says which way is up */
	char upright[] = "\xFF\xE1\x00\x22"
	                 "Exif\0\0"
	                 "MM\0*\0\0\0\x08"
	                 "\0\x01"
	                 "\x01\x12\0\x03\0\0\0\x01\0\x01\0\0"
	                 "\0\0\0\0";
	Piece piece = {0};
	size_t at = 0;
	int more = 1, code = 0;
	upright[29] = (char)facts->orientation;
	while (code == 0 && more > 0) {
		if ((more = jpeg_next(b, &at, &piece)) < 0) return -1;
		if (jpeg_kept(&piece)) code = write(arg, piece.whole);
		if (code == 0 && (uint8_t)piece.name[0] == 0xD8 && facts->orientation > 1)
			code = write(arg, (Text){upright, sizeof upright - 1});
	}
	return code;
}

static int png_strip(Text b, PhotoWrite write, void *arg) {
	static const char *const dropped[] = {"eXIf", "tEXt", "zTXt", "iTXt", "tIME"};
	Piece piece = {0};
	size_t at = 8;
	int more = 1, code = write(arg, (Text){b.at, 8});
	while (code == 0 && more > 0) {
		bool keep = true;
		if ((more = png_next(b, &at, &piece)) < 0) return -1;
		for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
			keep &= strcmp(piece.name, dropped[i]) != 0;
		if (keep) code = write(arg, piece.whole);
	}
	return code;
}

static bool webp_kept(const Piece *piece) {
	return strcmp(piece->name, "EXIF") != 0 && strcmp(piece->name, "XMP ") != 0;
}

static int webp_strip(Text bytes, PhotoWrite write, void *arg) {
	Text b = webp_whole(bytes);
	Piece piece = {0};
	size_t size = 4, at = 12;
	int more, code;
	while ((more = webp_next(b, &at, &piece)) > 0)
		size += webp_kept(&piece) ? piece.whole.len : 0;
	if (more < 0) return -1;
	char head[12] = {'R', 'I', 'F', 'F', (char)size, (char)(size >> 8), (char)(size >> 16), (char)(size >> 24),
	                 'W', 'E', 'B', 'P'};
	code = write(arg, (Text){head, sizeof head});
	for (at = 12; code == 0 && webp_next(b, &at, &piece) > 0;) {
		bool extended = strcmp(piece.name, "VP8X") == 0 && piece.body.len;
		char start[9];
		if (!webp_kept(&piece)) continue;
		if (extended) { /* says which chunks there are: no EXIF, no XMP any more */
			memcpy(start, piece.whole.at, sizeof start);
			start[8] = (char)(start[8] & ~0x0C);
			code = write(arg, (Text){start, sizeof start});
		}
		if (code == 0) code = write(arg, extended ? (Text){piece.whole.at + 9, piece.whole.len - 9} : piece.whole);
	}
	return code;
}

int photo_strip(Text bytes, const PhotoFacts *facts, PhotoWrite write, void *arg) {
	if (facts->lacks) return -1;
	switch (facts->type) {
	case PHOTO_JPEG:
		return jpeg_strip(bytes, facts, write, arg);
	case PHOTO_PNG:
		return png_strip(bytes, write, arg);
	case PHOTO_WEBP:
		return webp_strip(bytes, write, arg);
	case PHOTO_HEIC:
		return heic_strip(bytes, write, arg);
	case PHOTO_NONE:
		break;
	}
	return -1;
}
