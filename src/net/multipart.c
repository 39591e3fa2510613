/* Parts of a body of multipart/form-data (RFC 7578, in the form of RFC 2046). Nothing is copied but names. Pure; any thread. */
#include "net/private.h"
#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 70, HEADERS_MAX = 8192 };

/* A parameter's value, quoted or up to the next ;. 1, -1 its quote does not end. */
static int value_read(Arena *arena, const char *at, const char *end, Text *out) {
	if (at == end || *at != '"') {
		const char *stop = at < end ? memchr(at, ';', (size_t)(end - at)) : NULL;
		*out = text_trim((Text){at, (size_t)((stop ? stop : end) - at)});
		return 1;
	}
	char *copy = arena_alloc_raw(arena, (size_t)(end - at));
	size_t used = 0;
	for (at++; at < end && *at != '"'; at++) {
		if (*at == '\\' && at + 1 < end && (at[1] == '"' || at[1] == '\\')) at++;
		copy[used++] = *at;
	}
	*out = (Text){copy, used};
	return at < end ? 1 : -1;
}

/* Parameter `name` of a header's value: 1, 0 there is none, -1 malformed. */
static int parameter(Arena *arena, Text value, const char *name, Text *out) {
	const char *at = value.at, *end = value.at + value.len;
	size_t len = strlen(name);
	for (;;) {
		for (bool quoted = false; at < end && (quoted || *at != ';'); at++) {
			if (*at == '"') quoted = !quoted;
			if (*at == '\\' && quoted && at + 1 < end) at++;
		}
		if (at == end) return 0;
		for (at++; at < end && (*at == ' ' || *at == '\t');)
			at++;
		if ((size_t)(end - at) > len && strncasecmp(at, name, len) == 0 && at[len] == '=')
			return value_read(arena, at + len + 1, end, out);
	}
}

/* The header lines before a part's bytes; *used: how long they are with the empty line. */
static int headers_read(Arena *arena, Text from, FormPart *out, size_t *used) {
	const char *at = from.at, *end = from.at + (from.len < HEADERS_MAX ? from.len : HEADERS_MAX);
	while (at < end) {
		const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
		if (!line_end) return -1;
		Text line = {at, (size_t)(line_end - at)};
		at = line_end + 2;
		if (!line.len) {
			*used = (size_t)(at - from.at);
			return out->name.at ? 0 : -1;
		}
		const Text disposition = TEXT("content-disposition:");
		if (line.len < disposition.len || strncasecmp(line.at, disposition.at, disposition.len) != 0) continue;
		if (parameter(arena, line, "name", &out->name) < 0) return -1;
		int file = parameter(arena, line, "filename", &out->file_name);
		if (file < 0) return -1;
		out->file = file > 0;
	}
	return -1;
}

int multipart_next(Arena *arena, Text content_type, Text *rest, FormPart *out) {
	Text boundary = TEXT_NONE;
	char mark[BOUNDARY_MAX + 5] = "\r\n--";
	*out = (FormPart){0};
	if (!content_type.len || parameter(arena, content_type, "boundary", &boundary) <= 0 || !boundary.len ||
	    boundary.len > BOUNDARY_MAX || !rest->len)
		return -1;
	memcpy(mark + 4, boundary.at, boundary.len);
	size_t length = boundary.len + 4, used;
	const char *end = rest->at + rest->len, *at = rest->at;
	if (rest->len < length - 2 || memcmp(at, mark + 2, length - 2) != 0) { /* what stands before the first part */
		at = memmem(at, rest->len, mark, length);
		if (!at) return -1;
		at += 2;
	}
	at += length - 2;
	if (end - at >= 2 && memcmp(at, "--", 2) == 0) return 0;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (end - at < 2 || memcmp(at, "\r\n", 2) != 0) return -1;
	at += 2;
	if (headers_read(arena, (Text){at, (size_t)(end - at)}, out, &used) < 0) return -1;
	at += used;
	/* the line end before the mark is the mark's; an empty part begins with it */
	const char *stop = memmem(at - 2, (size_t)(end - at) + 2, mark, length);
	if (!stop) return -1;
	out->content = (Text){at, stop > at ? (size_t)(stop - at) : 0};
	*rest = (Text){stop + 2, (size_t)(end - stop - 2)};
	return 1;
}
