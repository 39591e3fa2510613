/* Streams: table cascade_stream, and what people see and do about them. A stream is one way between two nodes: the catalogue, or
 * the rows of one resource. The receiving side asks for it; the sending side keeps it as long as it is asked for. */
#include "cascade/internal.h"

#define STREAM_COLUMNS                                                                                                           \
	"SELECT stream_id, node_id, direction, name, title, state, resource_id, org_id, code, seq, done, top, digest, phase,"    \
	" after_id, position, signature, begin_seq, end_seq, origin, origin_name, row_count, next_us, job_id, version, error, "  \
	"asked_us, origin_entry, via"                                                                                            \
	" FROM cascade_stream WHERE "

static int stream_take(Request *rq, int found, Rows *rows, Stream *out) {
	if (found <= 0) return found;
	Arena *arena = rq->arena;
	*out = (Stream){.stream_id = rows_int(rows, 0),
	                .node_id = rows_int(rows, 1),
	                .out = text_is(rows_text(rows, 2), "out"),
	                .name = rows_str(rows, 3, arena),
	                .title = rows_str(rows, 4, arena),
	                .state = rows_str(rows, 5, arena),
	                .resource_id = rows_int(rows, 6),
	                .org_id = rows_int(rows, 7),
	                .code = rows_str(rows, 8, arena),
	                .seq = rows_int(rows, 9),
	                .done = rows_int(rows, 10),
	                .top = rows_int(rows, 11),
	                .digest = rows_str(rows, 12, arena),
	                .phase = rows_str(rows, 13, arena),
	                .after_id = rows_int(rows, 14),
	                .position = rows_int(rows, 15),
	                .signature = rows_str(rows, 16, arena),
	                .begin_seq = rows_int(rows, 17),
	                .end_seq = rows_int(rows, 18),
	                .origin = rows_str(rows, 19, arena),
	                .origin_name = rows_str(rows, 20, arena),
	                .row_count = rows_int(rows, 21),
	                .next_us = rows_int(rows, 22),
	                .job_id = rows_int(rows, 23),
	                .version = rows_int(rows, 24),
	                .failed = rows_text(rows, 25).len > 0,
	                .asked_us = rows_int(rows, 26),
	                .origin_entry = rows_str(rows, 27, arena),
	                .via = rows_str(rows, 28, arena)};
	db_rest(rq->db);
	return 1;
}

int stream_find(Request *rq, int64_t stream_id, Stream *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, STREAM_COLUMNS "stream_id = $1", BIND(val_int(stream_id)));
	return stream_take(rq, found, rows, out);
}

int stream_named(Request *rq, int64_t node_id, bool out, const char *name, Stream *stream) {
	Rows *rows;
	int found = db_one(rq->db, &rows, STREAM_COLUMNS "node_id = $1 AND direction = $2 AND name = $3",
	                   BIND(val_int(node_id), val_str(out ? "out" : "in"), val_str(name)));
	return stream_take(rq, found, rows, stream);
}

int stream_make(Request *w, Stream *stream) {
	stream->stream_id = store_new_id(w->store);
	stream->state = "active";
	stream->phase = "begin";
	stream->digest = stream->signature = "";
	int64_t done = db_run(
	    w->db,
	    "INSERT INTO cascade_stream (stream_id, node_id, direction, name, title, state, resource_id, org_id, code, "
	    "seq, done, top,"
	    " digest, phase, after_id, position, signature, begin_seq, end_seq, origin, origin_name, row_count, moved_us, "
	    "asked_us, "
	    "next_us,"
	    " job_id, error, created_us, version, origin_entry, via) VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, 0, 0, "
	    "0, '', 'begin', 0, 0, '', 0, 0, $9, $10, 0, 0, $11, 0, 0, '', $11, 1, $12, $13)",
	    BIND(val_int(stream->stream_id), val_int(stream->node_id), val_str(stream->out ? "out" : "in"), val_str(stream->name),
	         val_str(stream->title), val_int(stream->resource_id), val_int(stream->org_id), val_str(stream->code),
	         val_str(stream->origin), val_str(stream->origin_name), val_int(w->now_us),
	         val_str(stream->origin_entry ? stream->origin_entry : ""), val_str(stream->via ? stream->via : "")));
	return done < 0 ? (int)done : 0;
}

int64_t rows_resource(const char *name) {
	int64_t id = 0;
	Text text = text_of(name), prefix = TEXT(ROWS_PREFIX);
	if (!text_starts(text, prefix) || text_to_int((Text){text.at + prefix.len, text.len - prefix.len}, &id) != 0) return 0;
	return id > 0 ? id : 0;
}

int action_foreign(Request *rq, void *arg) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT origin_name FROM cascade_stream WHERE resource_id = $1 AND direction = 'in' AND state = 'active'"
	           " LIMIT 1",
	           BIND(val_int(*(const int64_t *)arg)));
	if (found <= 0) return found;
	return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "foreign",
	                   "Stop the stream first, or correct them at their origin.", "the records of this entry come from %.*s",
	                   TEXT_ARG(rows_text(rows, 0)));
}

int batches_chore(Request *rq) {
	return chore_portion(
	    rq, days_before(rq, "cascade.keep_days"),
	    "DELETE FROM cascade_batch WHERE (stream_id, seq) IN (SELECT b.stream_id, b.seq FROM cascade_batch b"
	    " JOIN cascade_stream s ON s.stream_id = b.stream_id WHERE b.body IS NULL AND b.made_us < $1"
	    " AND b.seq < s.done AND b.seq < s.seq AND b.seq <> s.begin_seq ORDER BY b.stream_id, b.seq LIMIT $2)");
}

/* --- errors, wants -------------------------------------------------------------------------------------------------------- */

const char *error_json(Arena *arena, const Error *error) {
	Buf *out = ARENA_NEW(arena, Buf);
	JsonWriter json;
	buf_in(out, arena);
	jw_begin(&json, out);
	jw_object(&json);
	jw_kv_str(&json, "rule", error->rule);
	jw_kv_str(&json, "message", error->message);
	jw_kv_str(&json, "advice", error->advice);
	jw_object_end(&json);
	return text_cstr(arena, buf_as_text(out));
}

typedef struct Refusals {
	int64_t node_id;
	const json_t *items;
} Refusals;

typedef struct ErrorWrite {
	int64_t stream_id, next_us;
	const char *text;
} ErrorWrite;

static int error_write(Request *w, void *arg) {
	const ErrorWrite *write = arg;
	int64_t done = db_run(w->db, "UPDATE cascade_stream SET error = $2, next_us = $3 WHERE stream_id = $1",
	                      BIND(val_int(write->stream_id), val_str(write->text), val_int(write->next_us)));
	return done < 0 ? (int)done : 0;
}

int stream_error(Request *rq, int64_t stream_id, const Error *error, int64_t next_us) {
	ErrorWrite write = {stream_id, next_us, error ? error_json(rq->arena, error) : ""};
	Error kept = *rq->error; /* the write must not run into the error it keeps */
	error_clear(rq->error);
	int code = request_write(rq, error_write, &write);
	if (code >= 0) *rq->error = kept;
	return code < 0 ? code : 0;
}

int stream_wants(Request *rq, const Node *node, json_t **out) {
	Rows *rows;
	*out = json_array();
	int code =
	    db_query(rq->db, &rows,
	             "SELECT name, seq, digest, top, done FROM cascade_stream WHERE node_id = $1 AND direction = 'in' AND state ="
	             " 'active' AND next_us <= $2 ORDER BY stream_id",
	             BIND(val_int(node->node_id), val_int(rq->now_us)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		json_array_append_new(*out, json_pack("{s:s%, s:I, s:s%, s:I, s:I}", "stream", rows_text(rows, 0).at,
		                                      (size_t)rows_text(rows, 0).len, "have", (json_int_t)rows_int(rows, 1),
		                                      "digest", rows_text(rows, 2).len ? rows_text(rows, 2).at : "",
		                                      (size_t)rows_text(rows, 2).len, "top", (json_int_t)rows_int(rows, 3),
		                                      "loaded", (json_int_t)rows_int(rows, 4)));
	return code;
}

int stream_refusals(Request *rq, const Node *node, json_t **out) {
	Rows *rows;
	*out = json_array();
	int code = db_query(rq->db, &rows,
	                    "SELECT name, error FROM cascade_stream WHERE node_id = $1 AND direction = 'out' AND error <> ''"
	                    " ORDER BY stream_id",
	                    BIND(val_int(node->node_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		json_t *error = json_loadb(rows_text(rows, 1).at, rows_text(rows, 1).len, 0, NULL);
		json_object_set_new(error, "stream", json_string(rows_str(rows, 0, rq->arena)));
		json_array_append_new(*out, error);
	}
	return code;
}

/* In a write. */
static int refusals_write(Request *w, void *arg) {
	const Refusals *refusals = arg;
	size_t index;
	json_t *one;
	int64_t done =
	    db_run(w->db, "UPDATE cascade_stream SET error = '' WHERE node_id = $1 AND direction = 'in' AND error <> ''",
	           BIND(val_int(refusals->node_id)));
	json_array_foreach(refusals->items, index, one) {
		char *text = json_dumps(one, JSON_COMPACT);
		const char *name = json_string_value(json_object_get(one, "stream"));
		if (!text || !name || index >= 1000) break;
		arena_on_free(w->arena, free, text);
		if (done >= 0)
			done = db_run(
			    w->db, "UPDATE cascade_stream SET error = $3 WHERE node_id = $1 AND direction = 'in' AND name = $2",
			    BIND(val_int(refusals->node_id), val_str(name), val_str(text)));
	}
	return done < 0 ? (int)done : 0;
}

int stream_refused(Request *rq, const Node *node, const json_t *items) {
	Rows *rows;
	Refusals refusals = {node->node_id, items};
	int failed = db_one(
	    rq->db, &rows, "SELECT stream_id FROM cascade_stream WHERE node_id = $1 AND direction = 'in' AND error <> '' LIMIT 1",
	    BIND(val_int(node->node_id)));
	db_rest(rq->db);
	if (failed < 0 || (failed == 0 && json_array_size(items) == 0)) return failed;
	int code = request_write(rq, refusals_write, &refusals);
	return code < 0 ? code : 0;
}

int have_read(Request *rq, const json_t *object, Text receipt, Have *out) {
	const char *stream = json_string_value(json_object_get(object, "stream")),
	           *digest = json_string_value(json_object_get(object, "digest"));
	*out = (Have){.stream = stream,
	              .digest = digest,
	              .seq = json_integer_value(json_object_get(object, "have")),
	              .top = json_integer_value(json_object_get(object, "top")),
	              .loaded = json_integer_value(json_object_get(object, "loaded")),
	              .receipt = receipt};
	bool good = stream && digest && out->seq >= 0 && out->top >= out->seq && out->top < INT64_MAX / 2 &&
	            (strcmp(stream, CATALOG_STREAM) == 0 || rows_resource(stream) > 0);
	return good ? 0
	            : error_field(rq->error, ERR_INVALID, "stream", TEXT_NONE, "stream", NULL,
	                          "the message does not say which stream it is about and how far the other side is");
}

/* --- what people see -------------------------------------------------------------------------------------------------------- */

static const Member stream_members[] = {{"stream_id", MEMBER_ID},     {"node_id", MEMBER_ID},
                                        {"node_name", MEMBER_TEXT},   {"direction", MEMBER_TEXT},
                                        {"name", MEMBER_TEXT},        {"title", MEMBER_TEXT},
                                        {"state", MEMBER_TEXT},       {"resource_id", MEMBER_ID},
                                        {"phase", MEMBER_TEXT},       {"seq", MEMBER_INT},
                                        {"done", MEMBER_INT},         {"waiting", MEMBER_INT},
                                        {"row_count", MEMBER_INT},    {"origin", MEMBER_TEXT},
                                        {"origin_name", MEMBER_TEXT}, {"moved_at", MEMBER_TIME},
                                        {"job_id", MEMBER_ID},        {"job_state", MEMBER_TEXT},
                                        {"feed_behind", MEMBER_INT},  {"loaded", MEMBER_INT},
                                        {"version", MEMBER_INT},      {0}};
enum { STREAM_ERROR = sizeof stream_members / sizeof *stream_members - 1 };
#define STREAM_SHOW                                                                                                              \
	"SELECT s.stream_id, s.node_id, n.name, s.direction, s.name, s.title, s.state, s.resource_id, s.phase, s.seq, s.done,"   \
	" (SELECT COUNT(*) FROM cascade_batch b WHERE b.stream_id = s.stream_id AND b.body IS NOT NULL), s.row_count, s.origin," \
	" s.origin_name, s.moved_us, s.job_id, j.state, CASE WHEN s.direction = 'out' AND s.phase = 'changes' THEN"              \
	" COALESCE((SELECT MAX(f.position) FROM feed f), s.position) - s.position ELSE 0 END, CASE WHEN s.direction = 'out' "    \
	"THEN"                                                                                                                   \
	" s.end_seq ELSE s.done END, s.version, s.error"                                                                         \
	" FROM cascade_stream s JOIN cascade_node n ON n.node_id = s.node_id LEFT JOIN job j ON j.job_id = s.job_id WHERE "

static int stream_write(Request *rq, Rows *rows) {
	row_members(rq, rows, stream_members);
	Text text = rows_text(rows, STREAM_ERROR);
	json_t *error = text.len ? json_loadb(text.at, text.len, 0, NULL) : NULL;
	const char *message = json_string_value(json_object_get(error, "message")),
	           *advice = json_string_value(json_object_get(error, "advice"));
	jw_kv_str(&rq->json, "problem", message_say(rq, message ? arena_strdup(rq->arena, message) : NULL));
	jw_kv_str(&rq->json, "advice", message_say(rq, advice ? arena_strdup(rq->arena, advice) : NULL));
	json_decref(error);
	return 0;
}

static int stream_item(Request *rq, Rows *rows) {
	jw_object(&rq->json);
	int code = stream_write(rq, rows);
	jw_object_end(&rq->json);
	return code;
}

int stream_all(Request *rq) {
	return answer_rows(rq, 0, stream_item, STREAM_SHOW "($1 = 0 OR s.node_id = $1) ORDER BY s.stream_id",
	                   BIND(val_int(in_int(rq, "node"))));
}

static int batches_write(Request *rq, int64_t stream_id) {
	static const Member members[] = {{"seq", MEMBER_INT},          {"digest", MEMBER_TEXT},
	                                 {"row_count", MEMBER_INT},    {"removed", MEMBER_INT},
	                                 {"rows_digest", MEMBER_TEXT}, {"made_at", MEMBER_TIME},
	                                 {"done_at", MEMBER_TIME},     {"kept", MEMBER_BOOL},
	                                 {"receipt", MEMBER_TEXT},     {0}};
	return answer_under(rq, "batches", members,
	                    "SELECT seq, digest, row_count, removed, rows_digest, made_us, done_us,"
	                    " CASE WHEN body IS NULL THEN 0 ELSE 1 END, receipt FROM cascade_batch WHERE stream_id = $1"
	                    " ORDER BY seq DESC LIMIT 20",
	                    BIND(val_int(stream_id)));
}

int stream_get(Request *rq) {
	Rows *rows;
	int64_t id = in_int(rq, "id");
	int found = db_one(rq->db, &rows, STREAM_SHOW "s.stream_id = $1", BIND(val_int(id)));
	if (found <= 0) return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "there is no stream %lld", (long long)id);
	rq->about_subject = id;
	jw_object(&rq->json);
	stream_write(rq, rows);
	db_rest(rq->db);
	int code = batches_write(rq, id);
	jw_object_end(&rq->json);
	return code;
}

/* --- asking for rows, ending, beginning anew
 * -------------------------------------------------------------------------------------- */

/* The code an entry of received rows gets: department class, this node, a running number. One a stream, never given twice. */
static int code_next(Request *rq, const Node *node, const char **out) {
	int64_t count = 0;
	char head[9];
	int found = db_int(rq->db, &count, "SELECT COUNT(*) FROM cascade_stream WHERE node_id = $1 AND direction = 'in'",
	                   BIND(val_int(node->node_id)));
	for (int i = 0; i < 8; i++)
		head[i] = node->fingerprint[i] >= 'a' ? (char)(node->fingerprint[i] - 'a' + 'A') : node->fingerprint[i];
	head[8] = 0;
	*out = arena_printf(rq->arena, "3YWJL%s/%06lld", head, (long long)count);
	return found < 0 ? found : 0;
}

static int stream_ask(Request *rq, const Node *node, Stream *stream) {
	int found = stream_named(rq, node->node_id, false, stream->name, stream);
	if (found < 0) return found;
	if (found > 0 && strcmp(stream->state, "active") == 0)
		return error_field(rq->error, ERR_CONFLICT, "entry", TEXT_NONE, "unique", "Look for it among the streams.",
		                   "the rows of this entry are asked for already");
	int single = origin_single(rq, stream);
	if (single < 0) return single;
	if (found > 0) {
		int64_t done = db_run(rq->db,
		                      "UPDATE cascade_stream SET state = 'active', seq = 0, digest = '', next_us = 0, error = '',"
		                      " version = version + 1 WHERE stream_id = $1",
		                      BIND(val_int(stream->stream_id)));
		return done < 0 ? (int)done : 0;
	}
	int code = code_next(rq, node, &stream->code);
	return code < 0 ? code : stream_make(rq, stream);
}

int stream_post(Request *rq) {
	Node node;
	Rows *rows;
	int64_t far = in_int(rq, "entry"), org = 0;
	int found = node_find(rq, in_int(rq, "node"), &node);
	if (found > 0 && strcmp(node.state, "active") != 0) found = 0;
	if (found > 0)
		found = db_int(rq->db, &org, "SELECT org_id FROM org WHERE org_id = $1", BIND(val_int(in_int(rq, "org_id"))));
	if (found > 0)
		found = db_one(
		    rq->db, &rows,
		    "SELECT name, origin, origin_name, origin_entry, via FROM cascade_entry WHERE node_id = $1 AND far_id = $2",
		    BIND(val_int(node.node_id), val_int(far)));
	if (found <= 0)
		return found < 0 ? found
		                 : error_field(rq->error, ERR_NOT_FOUND, "entry", TEXT_NONE, "entry",
		                               "Choose an entry of the other catalogue and an organisation of this one.",
		                               "there is no such entry, organisation or approved node");
	Stream stream = {.node_id = node.node_id,
	                 .org_id = org,
	                 .name = arena_printf(rq->arena, ROWS_PREFIX "%lld", (long long)far),
	                 .title = rows_str(rows, 0, rq->arena),
	                 .origin = rows_str(rows, 1, rq->arena),
	                 .origin_name = rows_str(rows, 2, rq->arena),
	                 .origin_entry = rows_str(rows, 3, rq->arena),
	                 .via = rows_str(rows, 4, rq->arena)};
	int code = stream_ask(rq, &node, &stream);
	if (code < 0) return code;
	rq->about_subject = stream.stream_id;
	rq->about = arena_printf(rq->arena, "{\"node\":\"%s\",\"stream\":\"rows/%lld\"}", node.fingerprint, (long long)far);
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "stream_id", stream.stream_id);
	jw_object_end(&rq->json);
	return 0;
}

static int stream_own(Request *rq, Stream *stream) {
	int found = stream_find(rq, in_int(rq, "id"), stream);
	if (found > 0 && stream->out)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "direction", "Revoke its grant, or the node.",
		                   "a stream is ended by the side that receives it");
	rq->about_subject = in_int(rq, "id");
	if (found > 0) return 0;
	return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "there is no stream %lld", (long long)in_int(rq, "id"));
}

int stream_stop(Request *rq) {
	Stream stream;
	int code = stream_own(rq, &stream);
	if (code == 0 && strcmp(stream.name, CATALOG_STREAM) == 0)
		code = error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "direction", "Revoke the node.",
		                   "the catalogue comes as long as the node is approved");
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db, "UPDATE cascade_stream SET state = 'stopped', error = '', version = version + 1 WHERE stream_id = $1",
	           BIND(val_int(stream.stream_id)));
	return done < 0 ? (int)done : 0;
}

/* The numbers go on far above those of before: whatever either side forgot by a backup, none is used twice. */
int stream_restart(Request *rq) {
	Stream stream;
	int code = stream_own(rq, &stream);
	if (code < 0) return code;
	int64_t done = db_run(
	    rq->db,
	    "UPDATE cascade_stream SET seq = 0, top = top + 1000000, digest = '', next_us = 0, error = '', version = version + 1"
	    " WHERE stream_id = $1 AND state = 'active'",
	    BIND(val_int(stream.stream_id)));
	if (done > 0) return 0;
	return done < 0 ? (int)done
	                : error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "state",
	                              "Ask for it anew in the other catalogue.", "the stream was ended");
}
