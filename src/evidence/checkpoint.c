/* The canonical text of checkpoints (see checkpoint.h). Pure functions; any thread. */
#include "evidence/checkpoint.h"
#include <stdlib.h>

static void put_hex(JsonWriter *json, const char *key, const uint8_t *bytes, size_t count) {
	char hex[2 * SIGNATURE_LEN + 1];
	hex_encode(bytes, count, hex);
	jw_kv_str(json, key, hex);
}

void checkpoint_body(Buf *out, const Checkpoint *checkpoint) {
	JsonWriter json;
	char at[CLOCK_TEXT_MAX];
	jw_begin(&json, out);
	jw_object(&json);
	jw_kv_str(&json, "format", "yiwang-checkpoint-1");
	jw_kv_int(&json, "number", checkpoint->number);
	jw_kv_str(&json, "at", clock_format_utc(checkpoint->at_us, at));
	put_hex(&json, "previous", checkpoint->previous.bytes, DIGEST_LEN);
	jw_kv_str(&json, "node", checkpoint->node);
	put_hex(&json, "key", checkpoint->key, PUBLIC_KEY_LEN);
	jw_key(&json, "heads");
	jw_array(&json);
	for (size_t i = 0; i < checkpoint->head_count; i++) {
		jw_object(&json);
		jw_kv_str(&json, "stream", checkpoint->heads[i].stream);
		jw_kv_int(&json, "count", (int64_t)checkpoint->heads[i].count);
		put_hex(&json, "hash", checkpoint->heads[i].hash.bytes, DIGEST_LEN);
		jw_object_end(&json);
	}
	jw_array_end(&json);
	jw_object_end(&json);
}

static int get_hex(const json_t *object, const char *key, uint8_t *out, size_t count) {
	return hex_decode(text_of(json_string_value(json_object_get(object, key))), out, count);
}

static int parse_heads(Arena *arena, const json_t *list, Checkpoint *out) {
	size_t count = json_array_size(list);
	if (!json_is_array(list) || count > CHECKPOINT_HEADS_MAX) return -1;
	CheckpointHead *heads = ARENA_ARRAY(arena, CheckpointHead, count + 1);
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(item, "stream"));
		if (!name || !stream_name_right(text_of(name)) || json_integer_value(json_object_get(item, "count")) < 0 ||
		    get_hex(item, "hash", heads[i].hash.bytes, DIGEST_LEN) != 0)
			return -1;
		snprintf(heads[i].stream, sizeof heads[i].stream, "%s", name);
		heads[i].count = (uint64_t)json_integer_value(json_object_get(item, "count"));
		if (i > 0 && strcmp(heads[i - 1].stream, name) >= 0) return -1;
	}
	out->heads = heads;
	out->head_count = count;
	return 0;
}

static int parse_object(Arena *arena, const json_t *root, Checkpoint *out) {
	const char *node = json_string_value(json_object_get(root, "node"));
	const char *at = json_string_value(json_object_get(root, "at"));
	if (!node || strlen(node) >= sizeof out->node || !at || clock_parse(text_of(at), &out->at_us) != 0) return -1;
	snprintf(out->node, sizeof out->node, "%s", node);
	out->number = json_integer_value(json_object_get(root, "number"));
	if (out->number < 1 || get_hex(root, "previous", out->previous.bytes, DIGEST_LEN) != 0 ||
	    get_hex(root, "key", out->key, PUBLIC_KEY_LEN) != 0)
		return -1;
	return parse_heads(arena, json_object_get(root, "heads"), out);
}

int checkpoint_parse(Arena *arena, Text body, Checkpoint *out) {
	Checkpoint read = {0};
	json_t *root = body.len <= CHECKPOINT_MAX ? json_loadb(body.at, body.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	int code = root ? parse_object(arena, root, &read) : -1;
	json_decref(root);
	if (code == 0) { /* one content, one form: writing it again must give the same bytes */
		Buf again = {0};
		checkpoint_body(&again, &read);
		code = text_eq(buf_as_text(&again), body) ? 0 : -1;
		buf_free(&again);
	}
	if (code) return -1;
	digest_sha256(body, &read.sha256);
	read.body = body;
	*out = read;
	return 0;
}

static const char before[] = "{\"signature\":\"", between[] = "\",\"body\":";
enum { BEFORE = sizeof before - 1, BETWEEN = sizeof between - 1, HEX = 2 * SIGNATURE_LEN };

void checkpoint_line(Buf *out, Text body, const uint8_t signature[SIGNATURE_LEN]) {
	char hex[HEX + 1];
	hex_encode(signature, SIGNATURE_LEN, hex);
	buf_str(out, before);
	buf_str(out, hex);
	buf_str(out, between);
	buf_text(out, body);
	buf_str(out, "}\n");
}

int checkpoint_line_parse(Arena *arena, Text line, Checkpoint *out) {
	line = text_trim(line);
	Checkpoint read;
	uint8_t signature[SIGNATURE_LEN];
	if (line.len < BEFORE + HEX + BETWEEN + 1 || memcmp(line.at, before, BEFORE) != 0 ||
	    memcmp(line.at + BEFORE + HEX, between, BETWEEN) != 0 || line.at[line.len - 1] != '}' ||
	    hex_decode((Text){line.at + BEFORE, HEX}, signature, SIGNATURE_LEN) != 0)
		return -1;
	Text body = {line.at + BEFORE + HEX + BETWEEN, line.len - BEFORE - HEX - BETWEEN - 1};
	if (checkpoint_parse(arena, body, &read) != 0) return -1;
	memcpy(read.signature, signature, SIGNATURE_LEN);
	*out = read;
	return 0;
}

bool checkpoint_signed(const Checkpoint *checkpoint, const uint8_t key[PUBLIC_KEY_LEN]) {
	return memcmp(checkpoint->key, key, PUBLIC_KEY_LEN) == 0 && signature_check(key, checkpoint->body, checkpoint->signature);
}

static int compare_stream(const void *key, const void *item) {
	return strcmp(key, ((const CheckpointHead *)item)->stream);
}

const CheckpointHead *checkpoint_head(const Checkpoint *checkpoint, const char *stream) {
	return checkpoint->head_count == 0
	           ? NULL
	           : bsearch(stream, checkpoint->heads, checkpoint->head_count, sizeof *checkpoint->heads, compare_stream);
}
