/* Fuzz target: what a receiver's folder may hold. The input is a list of names, a NUL, and what each file says: the mark is read,
 * the manifest opened; and the same bytes as a geometry. */
#include "exchange/carrier.h"
#include "exchange/geometry_wkb.h"
#include "exchange/receipt.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Text names, content;

static int list(FilePlace *place, Buf *out) {
	buf_text(out, names);
	return 0;
}

static int get(FilePlace *place, const char *name, FileSink *sink, void *arg) {
	size_t half = content.len / 2;
	int code = sink(arg, content.at, half);
	return code < 0 ? code : sink(arg, content.at + half, content.len - half);
}

static int drop(FilePlace *place, const char *name) {
	if (strchr(name, '\n')) abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const FilePlaceOps ops = {.list = list, .get = get, .remove = drop};
	const char *at = (const char *)data, *end = size ? memchr(at, 0, size) : NULL;
	names = (Text){at, end ? (size_t)(end - at) : size};
	content = end ? (Text){end + 1, size - names.len - 1} : (Text){"", 0};
	Arena *arena = arena_new();
	Error error = {0};
	FilePlace place = {.carrier = {.arena = arena, .error = &error, .name = "people"}, .ops = &ops};
	CarrierMark mark;
	json_t *body = NULL;
	Buf blob = {0};
	if (file_place_mark(&place.carrier, &mark) == 0 && (mark.sequence > 0) != (mark.manifest != NULL)) abort();
	if (receipt_open(content, "input", NULL, &body, &error) == 0) json_decref(body);
	GeometryBox box = {0};
	if (geometry_blob(content, 4490, &blob) == 0) geometry_box_add(&box, buf_as_text(&blob));
	buf_free(&blob);
	arena_free(arena);
	return 0;
}
