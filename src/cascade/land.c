/* Where what comes in lands: an entry of this catalogue for rows of another node, and that node's catalogue. In the write that
 * keeps the batch. The landing entry's key is the record's id at its origin; the fields are those that were granted, masked ones
 * as texts. */
#include "cascade/internal.h"

#define ORIGIN_FIELD "origin_record"

/* Over two hops the sender's own landing entry has such a field too. */
const char *landed_name(Arena *arena, const char *far) {
	return text_starts(text_of(far), TEXT(ORIGIN_FIELD)) ? arena_printf(arena, "%s_far", far) : far;
}

static const char *str(const json_t *object, const char *name) {
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static json_int_t num(const json_t *object, const char *name) {
	return json_integer_value(json_object_get(object, name));
}

/* A code set that this node does not have: the codes stay texts. 1, 0, or a code. */
static int code_set_here(Request *w, const char *name) {
	int64_t count = 0;
	return *name ? db_int(w->db, &count, "SELECT item_count FROM code_set WHERE name = $1", BIND(val_str(name))) : 0;
}

static bool masked_text_mask(const char *mask) {
	return strcmp(mask, "year") != 0 && strcmp(mask, "round") != 0;
}

static int field_land(Request *w, const json_t *far, json_t *fields) {
	const char *kind = str(far, "kind"), *mask = str(far, "mask"), *code_set = str(far, "code_set"), *name = str(far, "name"),
	           *title = str(far, "title"), *landed = landed_name(w->arena, name);
	bool masked = json_is_true(json_object_get(far, "masked"));
	int here = strcmp(kind, "code") == 0 ? code_set_here(w, code_set) : 0;
	if (here < 0) return here;
	if (strcmp(kind, "code") == 0 && !here) kind = "text";
	if (masked && !masked_text_mask(mask)) mask = "all";
	if (!*title) title = name;
	if (landed != name) title = arena_printf(w->arena, "%s（远端）", title);
	json_t *field =
	    json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:I, s:s, s:s}", "name", landed, "title", title, "kind", kind, "key",
	              false, "required", false, "unique", false, "indexed", json_is_true(json_object_get(far, "indexed")),
	              "grade", num(far, "grade"), "mask", mask, "check", str(far, "check"));
	if (!field) return fail(w, ERR_INVALID, "a field of the batch is not described");
	if (num(far, "length")) json_object_set_new(field, "length", json_integer(num(far, "length")));
	if (num(far, "scale")) json_object_set_new(field, "scale", json_integer(num(far, "scale")));
	if (strcmp(kind, "code") == 0) json_object_set_new(field, "code_set", json_string(code_set));
	json_array_append_new(fields, field);
	return 0;
}

static const char *cut(Arena *arena, const char *text, size_t characters) {
	const char *at = text, *end = text + strlen(text);
	for (size_t i = 0; i < characters && at < end; i++)
		utf8_next(&at, end);
	return arena_strndup(arena, text, (size_t)(at - text));
}

/* Names are unique in an organisation; the node's name tells entries apart, the code where even that does not. */
static int name_make(Request *w, const Node *node, const Stream *stream, const char *far, const char **out) {
	int64_t other = 0;
	const char *name = arena_printf(w->arena, "%s（来自%s）", cut(w->arena, far, 60), cut(w->arena, node->name, 20));
	int found = db_int(w->db, &other,
	                   "SELECT resource_id FROM resource WHERE org_id = $1 AND name = $2 AND resource_id <> $3 AND state <>"
	                   " 'withdrawn'",
	                   BIND(val_int(stream->org_id), val_str(name), val_int(stream->resource_id)));
	*out = found > 0 ? arena_printf(w->arena, "%s %s", name, strchr(stream->code, '/') + 1) : name;
	return found < 0 ? found : 0;
}

static void json_free(void *json) {
	json_decref(json);
}

static int document_make(Request *w, const Node *node, const Frame *begin, const Stream *stream, json_t **out) {
	const json_t *entry = json_object_get(begin->header, "entry"), *far = json_object_get(begin->header, "fields");
	const char *name, *promise = str(entry, "update_promise");
	size_t index;
	json_t *one, *fields = json_array();
	json_array_append_new(fields, json_pack("{s:s, s:s, s:s, s:i, s:b, s:b, s:b, s:b, s:i, s:s, s:s}", "name", ORIGIN_FIELD,
	                                        "title", "来源记录标识", "kind", "text", "length", 20, "key", true, "required",
	                                        true, "unique", false, "indexed", true, "grade", 1, "mask", "", "check", ""));
	int code = name_make(w, node, stream, str(entry, "name"), &name);
	json_array_foreach(far, index, one) if (code == 0) code = field_land(w, one, fields);
	json_int_t months = num(entry, "retention_months");
	*out = json_pack(
	    "{s:s, s:s, s:s, s:[s], s:s, s:s, s:[s,s,s], s:s, s:s, s:I, s:o}", "code", stream->code, "name", name, "summary",
	    arena_printf(w->arena, "%s 由节点 %s（%s）提供，来源为 %s，代码 %s。", cut(w->arena, str(entry, "summary"), 1500),
	                 node->name, node->fingerprint, cut(w->arena, stream->origin_name, 60), str(entry, "code")),
	    "formats", "database", "sharing", "conditional", "sharing_condition", "由其他节点提供，向他人提供须先征得提供方同意",
	    "sharing_ways", "api", "batch", "download", "opening", "closed", "update_promise", *promise ? promise : "irregular",
	    "retention_months", months > 0 ? months : 120, "fields", fields);
	if (!*out) return fail(w, ERR_INVALID, "the batch does not describe its entry");
	arena_on_free(w->arena, json_free, *out);
	return code;
}

int land_entry(Request *w, const Node *node, const Frame *begin, Stream *stream) {
	json_t *document;
	Digest digest;
	char hex[HEX_DIGEST_MAX];
	int code = document_make(w, node, begin, stream, &document);
	if (code < 0) return code;
	char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
	digest_sha256(text_of(text), &digest);
	free(text);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	if (stream->resource_id && strcmp(hex, stream->signature) == 0) return 0; /* as it is */
	stream->signature = arena_strdup(w->arena, hex);
	return resource_publish_document(w, stream->org_id, document, &stream->resource_id);
}

/* --- the catalogue -------------------------------------------------------------------------------------------------------- */

static const char *words_of(Arena *arena, const json_t *entry) {
	const json_t *document = json_object_get(entry, "document"), *field;
	Buf *out = ARENA_NEW(arena, Buf);
	size_t index;
	buf_in(out, arena);
	buf_printf(out, "%s %s %s %s", str(entry, "name"), str(entry, "code"), str(entry, "org"), str(document, "summary"));
	json_array_foreach(json_object_get(document, "keywords"), index, field) buf_printf(out, " %s", json_string_value(field));
	json_array_foreach(json_object_get(document, "fields"), index, field) buf_printf(out, " %s", str(field, "title"));
	for (size_t i = 0; i < out->len; i++)
		if (out->at[i] >= 'A' && out->at[i] <= 'Z') out->at[i] = (char)(out->at[i] + 'a' - 'A');
	return text_cstr(arena, buf_as_text(out));
}

static int entry_land(Request *w, const Node *node, int64_t epoch, int64_t far_id, const json_t *entry) {
	const Origin origin = origin_read(w->arena, entry, node->fingerprint);
	char *document = json_dumps(json_object_get(entry, "document"), JSON_COMPACT);
	if (!document) return fail(w, ERR_INVALID, "an entry of the catalogue has no document");
	arena_on_free(w->arena, free, document);
	int64_t done = db_run(
	    w->db,
	    "INSERT INTO cascade_entry (node_id, far_id, code, name, org_name, origin, origin_name, sharing, row_count, "
	    "loaded_us,"
	    " document, words, epoch, updated_us, origin_entry, via) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
	    "$13,"
	    " $14, $15, $16)"
	    " ON CONFLICT (node_id, far_id) DO UPDATE SET code = excluded.code, name = excluded.name, org_name = "
	    "excluded.org_name,"
	    " origin = excluded.origin, origin_name = excluded.origin_name, sharing = excluded.sharing, row_count = "
	    "excluded.row_count,"
	    " loaded_us = excluded.loaded_us, document = excluded.document, words = excluded.words, epoch = excluded.epoch,"
	    " updated_us = excluded.updated_us, origin_entry = excluded.origin_entry, via = excluded.via",
	    BIND(val_int(node->node_id), val_int(far_id), val_str(str(entry, "code")), val_str(str(entry, "name")),
	         val_str(str(entry, "org")), val_str(origin.node), val_str(origin.name), val_str(str(entry, "sharing")),
	         val_int(num(entry, "rows")), val_int(num(entry, "loaded")), val_str(document),
	         val_str(words_of(w->arena, entry)), val_int(epoch), val_int(w->now_us), val_str(origin.entry),
	         val_str(origin.via)));
	return done < 0 ? (int)done : 0;
}

static int line_land(Request *w, const Node *node, int64_t epoch, Text line) {
	int64_t far_id = 0;
	json_t *entry = json_loadb(line.at, line.len, JSON_REJECT_DUPLICATES, NULL);
	int code = 0;
	if (!json_is_object(entry) || text_to_int(text_of(str(entry, "id")), &far_id) != 0 || far_id <= 0)
		code = error_field(w->error, ERR_INVALID, "batch", TEXT_NONE, "row", "Report it to the node that sent it.",
		                   "a line of the batch is no catalogue entry");
	else if (json_is_true(json_object_get(entry, "gone")))
		code = (int)db_run(w->db, "DELETE FROM cascade_entry WHERE node_id = $1 AND far_id = $2",
		                   BIND(val_int(node->node_id), val_int(far_id)));
	else
		code = entry_land(w, node, epoch, far_id, entry);
	json_decref(entry);
	return code < 0 ? code : 0;
}

int land_catalog(Request *w, const Node *node, const Stream *stream, const Frame *batch) {
	bool begin = json_is_true(json_object_get(batch->header, "begin"));
	int64_t epoch = begin ? frame_int(batch, "seq") : stream->begin_seq;
	Text rest = batch->body;
	int code = 0;
	while (rest.len > 0 && code == 0) {
		const char *end = memchr(rest.at, '\n', rest.len);
		Text line = {rest.at, end ? (size_t)(end - rest.at) : rest.len};
		rest = end ? (Text){end + 1, rest.len - line.len - 1} : TEXT("");
		code = line_land(w, node, epoch, line);
	}
	if (code == 0 && json_is_true(json_object_get(batch->header, "end"))) /* what the full run did not name is gone */
		code = (int)db_run(w->db, "DELETE FROM cascade_entry WHERE node_id = $1 AND epoch < $2",
		                   BIND(val_int(node->node_id), val_int(epoch)));
	return code < 0 ? code : 0;
}
