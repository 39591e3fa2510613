/* Offline check of a folder of parcels, as a receiver holds it: each manifest's signature, its number, the chain to the parcel
 * before, and its data file's bytes. Command line only. */
#include "exchange/exchange.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Walk {
	const char *dir, *key;
	Arena *arena;
	Buf *out;
	Error *error;
	int64_t sequence, files, taken;
	char digest[HEX_DIGEST_MAX]; /* of the manifest before */
	const char *delivery_id;
} Walk;

static int manifest_filter(const struct dirent *file) {
	return text_ends(text_of(file->d_name), TEXT(".manifest.json"));
}

static const char *text_member(const json_t *object, const char *name) {
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* The chain: every number is one more, or the parcel says itself which one it follows; all records (full) begin anew. */
static int chain_check(Walk *walk, const json_t *body, const char *name) {
	int64_t sequence = json_integer_value(json_object_get(body, "sequence"));
	const json_t *previous = json_object_get(body, "previous");
	int64_t follows = json_integer_value(json_object_get(previous, "sequence"));
	bool full = strcmp(text_member(body, "mode"), "full") == 0;
	if (strtoll(name, NULL, 10) != sequence)
		return error_set(walk->error, ERR_INVALID, "%s says of itself that it is number %lld", name, (long long)sequence);
	if (walk->delivery_id && strcmp(walk->delivery_id, text_member(body, "delivery_id")) != 0)
		return error_set(walk->error, ERR_INVALID, "%s is of another delivery", name);
	if (!full && follows != walk->sequence)
		return error_set(walk->error, ERR_INVALID, "a gap: %s follows number %lld, and number %lld is before it here",
		                 name, (long long)follows, (long long)walk->sequence);
	if (follows == walk->sequence && follows > 0 && strcmp(text_member(previous, "digest"), walk->digest) != 0)
		return error_set(walk->error, ERR_INVALID, "%s follows another number %lld than the one that is here", name,
		                 (long long)follows);
	walk->delivery_id = arena_strdup(walk->arena, text_member(body, "delivery_id"));
	walk->sequence = sequence;
	return 0;
}

static int data_check(Walk *walk, const json_t *body, const char *name) {
	const json_t *file = json_object_get(body, "file");
	const char *data = text_member(file, "name");
	Digest digest;
	char hex[HEX_DIGEST_MAX];
	int64_t size;
	Error error = {0};
	if (!*data || strchr(data, '/')) return error_set(walk->error, ERR_INVALID, "%s names no data file", name);
	int code = digest_file(arena_printf(walk->arena, "%s/%s", walk->dir, data), &digest, &size, &error);
	if (code == ERR_NOT_FOUND) {
		walk->taken++;
		return 0;
	}
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	if (code < 0 || size != json_integer_value(json_object_get(file, "size")) ||
	    strcmp(hex, text_member(file, "sha256")) != 0)
		return error_set(walk->error, ERR_INVALID, "%s is not the file that %s names", data, name);
	walk->files++;
	return 0;
}

static int manifest_check(Walk *walk, const char *name) {
	const char *path = arena_printf(walk->arena, "%s/%s", walk->dir, name);
	json_t *body = NULL;
	Digest digest;
	int code = receipt_file(path, walk->key, &body, walk->error);
	if (code == 0) code = chain_check(walk, body, name);
	if (code == 0) code = data_check(walk, body, name);
	if (code == 0) code = digest_file(path, &digest, NULL, walk->error);
	if (code == 0) {
		hex_encode(digest.bytes, DIGEST_LEN, walk->digest);
		const json_t *records = json_object_get(body, "records");
		buf_printf(walk->out, "%s %s put %lld, removed %lld, held %lld\n", name, text_member(body, "mode"),
		           (long long)json_integer_value(json_object_get(records, "put")),
		           (long long)json_integer_value(json_object_get(records, "remove")),
		           (long long)json_integer_value(json_object_get(records, "held")));
	}
	json_decref(body);
	return code;
}

int parcels_verify(const char *dir, const char *trusted_key, Buf *out, Error *error) {
	struct dirent **names = NULL;
	int count = scandir(dir, &names, manifest_filter, alphasort), code = 0;
	if (count < 0) return error_set(error, ERR_NOT_FOUND, "%s cannot be read: %s", dir, strerror(errno));
	Walk walk = {.dir = dir, .key = trusted_key, .arena = arena_new(), .out = out, .error = error};
	for (int i = 0; i < count; i++) {
		if (code == 0) code = manifest_check(&walk, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (code == 0 && count == 0) code = error_set(error, ERR_NOT_FOUND, "%s holds no manifest", dir);
	if (code == 0)
		buf_printf(out, "WHOLE: %d parcels, signed, in order; %lld data files are theirs, %lld are not here\n", count,
		           (long long)walk.files, (long long)walk.taken);
	arena_free(walk.arena);
	return code;
}
