/* carrier.h: what folders and SFTP servers have in common. A parcel is two files: NNNNNN-full-<sha>.csv (or -changes-) and
 * NNNNNN.manifest.json. Each is written under a name of its own run, read back, compared, and renamed; the manifest last: what no
 * manifest names was not delivered, and is tidied up by the next run. A manifest is never replaced. */
#include "exchange/carrier.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANIFEST_MAX = 1 << 20 };
#define MANIFEST_END ".manifest.json"
#define PART_START ".yiwang-"

int carrier_digest(const CarrierKind *kind, Parcel *parcel, Error *error) {
	enum { BLOCK = 256 << 10 };
	Arena *arena = arena_new();
	Hasher *hasher = hasher_new(arena);
	char *block = arena_alloc_raw(arena, BLOCK);
	ssize_t got = 0;
	hasher_add(hasher, text_of(parcel->manifest));
	hasher_add(hasher, TEXT("\n"));
	for (off_t at = 0; kind->digest_of_body && (got = pread(parcel->fd, block, BLOCK, at)) > 0; at += got)
		hasher_add(hasher, (Text){block, (size_t)got});
	hasher_end(hasher, &parcel->digest);
	arena_free(arena);
	return got < 0 ? error_set(error, ERR_IO, "the delivery's file could not be read") : 0;
}

/* --- reading back ------------------------------------------------------------------------------------------------ */

typedef struct Reading {
	FilePlace *place;
	Hasher *hasher; /* or NULL */
	Buf *text;      /* or NULL */
	int64_t size;
} Reading;

static int reading_take(void *arg, const void *bytes, size_t count) {
	Reading *reading = arg;
	reading->size += (int64_t)count;
	if (reading->hasher) hasher_add(reading->hasher, (Text){bytes, count});
	if (!reading->text) return 0;
	if (reading->size > MANIFEST_MAX)
		return error_field(reading->place->carrier.error, ERR_CONFLICT, "table", text_of(reading->place->carrier.name),
		                   "target_altered", "Undo the change there, or empty the folder so that it is delivered anew.",
		                   "a manifest in the target's folder is larger than 1 MiB");
	buf_add(reading->text, bytes, count);
	return 0;
}

static int read_digest(FilePlace *place, const char *name, Digest *out, int64_t *size) {
	Reading reading = {.place = place, .hasher = hasher_new(place->carrier.arena)};
	int code = place->ops->get(place, name, reading_take, &reading);
	hasher_end(reading.hasher, out);
	*size = reading.size;
	return code;
}

static int differs(FilePlace *place, const char *name) {
	return error_field(place->carrier.error, ERR_CONFLICT, "table", text_of(place->carrier.name), "target_differs",
	                   "Look at the target's disk and at what else writes to the folder, then run the delivery again.",
	                   "file %s, read back from the target, is not what was sent", name);
}

/* --- the mark ---------------------------------------------------------------------------------------------------- */

/* NNNNNN at the beginning of a name; 0 when there is none. */
static int64_t sequence_of(Text name) {
	int64_t number = 0;
	size_t digits = 0;
	while (digits < name.len && name.at[digits] >= '0' && name.at[digits] <= '9')
		digits++;
	return digits >= 6 && digits < 18 && text_to_int((Text){name.at, digits}, &number) == 0 ? number : 0;
}

static Text name_next(Text *names) {
	ptrdiff_t end = text_find(*names, TEXT("\n"));
	Text name = {names->at, end < 0 ? names->len : (size_t)end};
	names->at += name.len + (end >= 0);
	names->len -= name.len + (end >= 0);
	return text_trim(name);
}

/* NNNNNN-full-<8 hex>.csv or NNNNNN-changes-…: only what a delivery itself writes is ever removed. */
static bool is_data(Text name) {
	size_t at = 0;
	while (at < name.len && name.at[at] >= '0' && name.at[at] <= '9')
		at++;
	Text rest = {name.at + at, name.len - at};
	size_t kind = text_starts(rest, TEXT("-full-")) ? 6 : text_starts(rest, TEXT("-changes-")) ? 9 : 0;
	if (at < 6 || kind == 0 || rest.len < kind + 10 || rest.at[kind + 8] != '.') return false;
	for (size_t i = kind; i < kind + 8; i++)
		if (!strchr("0123456789abcdef", rest.at[i])) return false;
	return true;
}

/* What a killed run left: half files, and data files that no manifest names. Failing to is no harm. */
static void tidy(FilePlace *place, int64_t sequence) {
	Arena *arena = place->carrier.arena;
	Error kept = *place->carrier.error;
	Buf *names = ARENA_NEW(arena, Buf);
	buf_in(names, arena);
	int code = place->ops->list(place, names);
	for (Text rest = buf_as_text(names); code == 0 && rest.len > 0;) {
		Text name = name_next(&rest);
		bool left = text_starts(name, TEXT(PART_START)) || (is_data(name) && sequence_of(name) > sequence);
		if (left) (void)place->ops->remove(place, text_cstr(arena, name));
	}
	*place->carrier.error = kept;
}

int file_place_mark(Carrier *carrier, CarrierMark *out) {
	FilePlace *place = (FilePlace *)carrier;
	Arena *arena = carrier->arena;
	Buf *names = ARENA_NEW(arena, Buf), *text = ARENA_NEW(arena, Buf);
	const char *newest = NULL;
	*out = (CarrierMark){0};
	buf_in(names, arena);
	buf_in(text, arena);
	int code = place->ops->list(place, names);
	for (Text rest = buf_as_text(names); code == 0 && rest.len > 0;) {
		Text name = name_next(&rest);
		int64_t sequence = text_ends(name, TEXT(MANIFEST_END)) ? sequence_of(name) : 0;
		if (sequence <= out->sequence) continue;
		out->sequence = sequence;
		newest = text_cstr(arena, name);
	}
	if (code < 0 || !newest) return code;
	Reading reading = {.place = place, .text = text};
	code = place->ops->get(place, newest, reading_take, &reading);
	digest_sha256(buf_as_text(text), &out->digest);
	out->manifest = text_cstr(arena, buf_as_text(text));
	return code;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

/* Under a name of the run, read back, then under its own. *taken: that is there already, with the very same bytes or others. */
static int file_send(FilePlace *place, const Parcel *parcel, const char *name, int fd, Text bytes, int64_t size,
                     const Digest *sha256, bool *taken) {
	const char *part = arena_printf(place->carrier.arena, PART_START "%s-%s.part", parcel->run, name);
	Digest kept;
	int64_t kept_size;
	int code = place->ops->put(place, part, fd, bytes, size);
	if (code == 0) code = read_digest(place, part, &kept, &kept_size);
	if (code == 0 && (kept_size != size || memcmp(&kept, sha256, sizeof kept) != 0)) code = differs(place, name);
	if (code == 0) code = place->ops->rename(place, part, name, taken);
	if (code < 0 || *taken) { /* failing to is no harm: the next run tidies up */
		Error kept_error = *place->carrier.error;
		(void)place->ops->remove(place, part);
		*place->carrier.error = kept_error;
	}
	return code;
}

int file_place_send(Carrier *carrier, const Parcel *parcel) {
	FilePlace *place = (FilePlace *)carrier;
	const char *manifest = arena_printf(carrier->arena, "%s\n", parcel->manifest),
	           *name = arena_printf(carrier->arena, "%06lld" MANIFEST_END, (long long)parcel->sequence);
	bool taken = false;
	Digest kept;
	int64_t size;
	tidy(place, parcel->sequence - 1);
	int code = file_send(place, parcel, parcel->name, parcel->fd, TEXT_NONE, parcel->size, &parcel->sha256, &taken);
	if (code == 0 && taken) { /* its name has its digest in it: it is the same, or broken */
		code = read_digest(place, parcel->name, &kept, &size);
		if (code == 0 && memcmp(&kept, &parcel->sha256, sizeof kept) != 0) code = differs(place, parcel->name);
	}
	taken = false;
	if (code == 0)
		code = file_send(place, parcel, name, -1, text_of(manifest), (int64_t)strlen(manifest), &parcel->digest, &taken);
	if (code < 0 || !taken) return code;
	code = read_digest(place, name, &kept, &size);
	if (code == 0 && memcmp(&kept, &parcel->digest, sizeof kept) != 0)
		return error_field(carrier->error, ERR_BUSY, "target_id", TEXT_NONE, "target_mark", CARRIER_LATER,
		                   "another run of this delivery moved the target's mark");
	return code;
}
