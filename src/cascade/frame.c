/* Parsing, checking and signing of messages between nodes (frame.h). */
#include "cascade/frame.h"
#include <stdlib.h>

static const Text magic = {"YWC1 ", 5};

static int bad(Error *error, const char *why) {
	return error_field(error, ERR_INVALID, "", TEXT_NONE, "frame", "Both nodes must run a program that knows YWC1.",
	                   "this is no message between nodes: %s", why);
}

static void json_free(void *json) {
	json_decref(json);
}

const char *frame_str(const Frame *frame, const char *name) {
	const char *text = json_string_value(json_object_get(frame->header, name));
	return text ? text : "";
}

int64_t frame_int(const Frame *frame, const char *name) {
	return json_integer_value(json_object_get(frame->header, name));
}

static bool hex_text(const char *text, size_t length) {
	return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

static void digest_hex(Text bytes, char out[HEX_DIGEST_MAX]) {
	Digest digest;
	digest_sha256(bytes, &digest);
	hex_encode(digest.bytes, DIGEST_LEN, out);
}

int frame_parse(Arena *arena, Text bytes, Frame *out, Error *error) {
	const size_t first = magic.len + 2 * SIGNATURE_LEN;
	*out = (Frame){0};
	if (bytes.len > FRAME_MAX || bytes.len < first + 3 || !text_starts(bytes, magic) || bytes.at[first] != '\n' ||
	    hex_decode((Text){bytes.at + magic.len, 2 * SIGNATURE_LEN}, out->signature, SIGNATURE_LEN) != 0)
		return bad(error, "it does not begin with a signature");
	const char *line = bytes.at + first + 1;
	size_t left = bytes.len - first - 1;
	const char *end = memchr(line, '\n', left < FRAME_HEADER_MAX ? left : FRAME_HEADER_MAX);
	if (!end) return bad(error, "its header does not end");
	out->header_line = (Text){line, (size_t)(end - line)};
	out->body = (Text){end + 1, left - out->header_line.len - 1};
	out->header = json_loadb(line, out->header_line.len, JSON_REJECT_DUPLICATES, NULL);
	if (out->header) arena_on_free(arena, json_free, out->header);
	if (!json_is_object(out->header)) return bad(error, "its header is no JSON object");
	out->kind = frame_str(out, "kind");
	out->from = frame_str(out, "from");
	out->to = frame_str(out, "to");
	out->at_us = frame_int(out, "at");
	digest_hex(out->header_line, out->digest);
	bool good = *out->kind && hex_text(out->from, NODE_ID_LEN) && hex_text(out->to, NODE_ID_LEN) && out->at_us > 0 &&
	            out->body.len <= FRAME_BODY_MAX && frame_int(out, "body_size") == (int64_t)out->body.len;
	return good ? 0 : bad(error, "its header does not name kind, from, to, at and the size of its body");
}

int frame_verify(const Frame *frame, const uint8_t key[PUBLIC_KEY_LEN], Error *error) {
	char digest[HEX_DIGEST_MAX];
	digest_hex(frame->body, digest);
	bool good =
	    strcmp(digest, frame_str(frame, "body_sha256")) == 0 && signature_check(key, frame->header_line, frame->signature);
	return good ? 0
	            : error_field(error, ERR_FORBIDDEN, "", TEXT_NONE, "signature",
	                          "Compare the fingerprints of both nodes by telephone.",
	                          "the message is not signed by the node it names, or was changed on its way");
}

int frame_sign(Arena *arena, const SigningKey *key, json_t *header, Text body, Buf *out) {
	char digest[HEX_DIGEST_MAX], hex[2 * SIGNATURE_LEN + 1];
	uint8_t signature[SIGNATURE_LEN];
	arena_on_free(arena, json_free, header);
	digest_hex(body, digest);
	json_object_set_new(header, "body_size", json_integer((json_int_t)body.len));
	json_object_set_new(header, "body_sha256", json_string(digest));
	char *line = json_dumps(header, JSON_COMPACT);
	if (!line) return ERR_INTERNAL;
	arena_on_free(arena, free, line);
	if (strlen(line) >= FRAME_HEADER_MAX || body.len > FRAME_BODY_MAX || sign_bytes(key, text_of(line), signature) < 0)
		return ERR_INTERNAL;
	hex_encode(signature, SIGNATURE_LEN, hex);
	buf_text(out, magic);
	buf_printf(out, "%s\n", hex);
	buf_str(out, line);
	buf_char(out, '\n');
	buf_text(out, body);
	return 0;
}

void node_name(const uint8_t key[PUBLIC_KEY_LEN], char out[NODE_ID_LEN + 1]) {
	Digest digest;
	digest_sha256((Text){(const char *)key, PUBLIC_KEY_LEN}, &digest);
	hex_encode(digest.bytes, NODE_ID_LEN / 2, out);
}

/* --- rows --------------------------------------------------------------------------------------------------------------------
 */

static int row_bad(Error *error) {
	return error_field(error, ERR_INVALID, "", TEXT_NONE, "row", "Report it to the node that sent it.",
	                   "a row of the batch is not [id, text, …] with as many texts as the batch has fields");
}

void batch_end(BatchReader *reader) {
	json_decref(reader->line);
	reader->line = NULL;
}

int batch_next(BatchReader *reader, BatchRow *row, Error *error) {
	batch_end(reader);
	if (reader->rest.len == 0) return 0;
	const char *end = memchr(reader->rest.at, '\n', reader->rest.len);
	if (!end) return row_bad(error);
	Text line = {reader->rest.at, (size_t)(end - reader->rest.at)};
	reader->rest = (Text){end + 1, reader->rest.len - line.len - 1};
	reader->line = json_loadb(line.at, line.len, 0, NULL);
	size_t count = json_is_array(reader->line) ? json_array_size(reader->line) : 0;
	const char *id = json_string_value(json_array_get(reader->line, 0));
	if (!id || text_to_int(text_of(id), &row->record_id) != 0 || row->record_id <= 0 || reader->columns < 0 ||
	    reader->columns > BATCH_COLUMNS_MAX || (count != 1 && count != (size_t)reader->columns + 1))
		return row_bad(error);
	row->removed = count == 1;
	row->texts = reader->texts;
	for (size_t i = 1; i < count; i++) {
		const json_t *value = json_array_get(reader->line, i);
		if (!json_is_string(value) && !json_is_null(value)) return row_bad(error);
		reader->texts[i - 1] =
		    json_is_null(value) ? TEXT_NONE : (Text){json_string_value(value), json_string_length(value)};
	}
	return 1;
}
