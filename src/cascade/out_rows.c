/* Rows of a granted resource as batches: the same plan, filter, masks, quota and evidence as for every caller, through record's
 * batch cursor under the node's service account. First all rows by record id, then what the feed says changed; a record that is
 * gone, or that the grant no longer shows, is named as removed. */
#include "cascade/internal.h"

enum { FULL_ROWS = 5000, CHANGE_IDS = 2000, BODY_SOFT = 2 << 20, FEED_PAGE = 2000 };

typedef struct Outgoing {
	Making *making;
	Request *as; /* the account's, with a snapshot */
	RecordScan *scan;
	const Resource *shape;
	Hasher *hasher;
	Buf canon;
	int64_t ids[CHANGE_IDS], sent[CHANGE_IDS];
	int id_count, sent_count;
	int64_t to; /* feed position read up to */
	bool anew;
} Outgoing;

/* --- the right ------------------------------------------------------------------------------------------------------------ */

static int as_open(Request *rq, const Node *node, int64_t resource_id, Request **out, RecordScan **scan) {
	Request *as = *out = request_begin(rq->app, "cascade.send");
	int code = as->db ? ERR_RETRY : as->error->code;
	as->party = node_party(node);
	for (int i = 0; i < 5 && code == ERR_RETRY; i++) {
		const Resource *resource;
		error_clear(as->error);
		request_generation_check(as);
		code = resource_find(as, resource_id, &resource);
		if (code == 0) code = record_scan_open(as, resource, WAY_BATCH, scan);
	}
	if (code < 0 && as->error->code) *rq->error = *as->error;
	if (code == ERR_RETRY) code = fail(rq, ERR_BUSY, "The configuration changes too fast; try again in a moment");
	if (code < 0) {
		request_end(as);
		*out = NULL;
	}
	return code;
}

/* Under another grant, version or other modes the values are others. */
static const char *signature_of(Arena *arena, const RecordScan *scan) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	buf_printf(out, "grant=%lld version=%d", (long long)(scan->grant ? scan->grant->grant_id : 0), scan->resource->version);
	for (int i = 0; i < scan->count; i++)
		buf_printf(out, " %d%c", scan->fields[i].field->no, scan->fields[i].masked ? 'm' : 'c');
	return text_cstr(arena, buf_as_text(out));
}

int out_rows_still(Request *rq, const Node *node, const Stream *stream) {
	Request *as;
	RecordScan *scan;
	if (strcmp(stream->name, CATALOG_STREAM) == 0) return 1;
	int code = as_open(rq, node, rows_resource(stream->name), &as, &scan);
	if (code < 0) return code;
	bool same = strcmp(signature_of(rq->arena, scan), stream->signature) == 0;
	record_scan_close(scan);
	request_end(as);
	return same;
}

/* Where the records came from; what came from the other side never goes back to it. */
static int origin_take(Making *making, int64_t resource_id) {
	Request *rq = making->rq;
	Origin origin;
	int code = origin_of(rq, making->self, resource_id, &origin);
	if (code < 0) return code;
	if (path_has(origin.via, making->node->fingerprint))
		return error_field(rq->error, ERR_FORBIDDEN, "stream", TEXT_NONE, "origin",
		                   "Use the records where they come from.",
		                   "these records came from the node that asks for them, and do not return to it");
	making->stream.origin = origin.node;
	making->stream.origin_name = origin.name;
	json_object_set_new(making->header, "origin", json_string(origin.node));
	json_object_set_new(making->header, "origin_name", json_string(origin.name));
	json_object_set_new(making->header, "origin_entry", json_string(origin.entry));
	json_object_set_new(making->header, "via", json_string(origin.via));
	return 0;
}

/* --- rows into the body ------------------------------------------------------------------------------------------------------
 */

static void row_add(Outgoing *out) {
	Making *making = out->making;
	RecordScan *scan = out->scan;
	Val values[BATCH_COLUMNS_MAX];
	JsonWriter json;
	TableDigest one;
	jw_begin(&json, &making->body);
	jw_array(&json);
	jw_id(&json, scan->record_id);
	for (int i = 0; i < scan->count; i++) {
		Text text = record_scan_text(scan, i);
		jw_text(&json, text);
		values[i] = val_text(text);
	}
	jw_array_end(&json);
	buf_char(&making->body, '\n');
	row_digest(out->shape, values, out->hasher, &out->canon, &one);
	table_digest_add(&making->digest, &one);
	making->rows++;
}

static void removed_add(Making *making, int64_t id) {
	buf_printf(&making->body, "[\"%lld\"]\n", (long long)id);
	making->removed++;
}

static int full_read(Outgoing *out) {
	Making *making = out->making;
	Stream *stream = &making->stream;
	int code = record_scan_rows(out->scan, stream->after_id, true, FULL_ROWS);
	while (code >= 0 && (code = record_scan_next(out->scan)) > 0) {
		row_add(out);
		stream->after_id = out->scan->record_id;
		if (making->body.len >= BODY_SOFT) break;
	}
	if (code < 0) return code;
	bool end = code == 0 && making->rows < FULL_ROWS;
	if (end) {
		json_object_set_new(making->header, "end", json_true());
		stream->phase = "changes";
	}
	return 0;
}

/* --- what changed --------------------------------------------------------------------------------------------------------------
 */

static int id_compare(const void *a, const void *b) {
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return left < right ? -1 : left > right;
}

/* Ids after the stream's position, each once, at most `max`. Read before the snapshot is taken, which is then not older. */
static int changes_find(Outgoing *out, int max) {
	Making *making = out->making;
	Request *rq = making->rq;
	Stream *stream = &making->stream;
	int64_t resource_id = rows_resource(stream->name), first = feed_first(rq->db), head = feed_head(rq->db);
	FeedEntry *read = ARENA_ARRAY(rq->arena, FeedEntry, FEED_PAGE);
	out->id_count = 0;
	out->to = stream->position;
	if (first < 0 || head < 0) return (int)(first < 0 ? first : head);
	out->anew = (first > 0 && stream->position + 1 < first) || stream->position > head;
	while (!out->anew && out->id_count < max) {
		int count = feed_read(rq->db, out->to, read, FEED_PAGE);
		if (count <= 0) return count;
		for (int i = 0; i < count && out->id_count < max; i++) {
			out->to = read[i].position;
			if (read[i].topic != resource_id) continue;
			out->anew |= read[i].subject == 0 || read[i].op == FEED_STATE;
			out->ids[out->id_count++] = read[i].subject;
		}
	}
	return 0;
}

static void ids_unique(Outgoing *out) {
	int kept = 0;
	qsort(out->ids, (size_t)out->id_count, sizeof *out->ids, id_compare);
	for (int i = 0; i < out->id_count; i++)
		if (i == 0 || out->ids[i] != out->ids[i - 1]) out->ids[kept++] = out->ids[i];
	out->id_count = kept;
}

static int changes_read(Outgoing *out) {
	int code = 0;
	ids_unique(out);
	out->sent_count = 0;
	for (int at = 0; at < out->id_count && code >= 0 && out->making->body.len <= FRAME_BODY_MAX; at += SCAN_IDS_MAX) {
		int count = out->id_count - at < SCAN_IDS_MAX ? out->id_count - at : SCAN_IDS_MAX;
		code = record_scan_ids(out->scan, out->ids + at, count);
		while (code >= 0 && (code = record_scan_next(out->scan)) > 0) {
			row_add(out);
			out->sent[out->sent_count++] = out->scan->record_id;
		}
	}
	if (code < 0) return code;
	qsort(out->sent, (size_t)out->sent_count, sizeof *out->sent, id_compare);
	for (int i = 0, j = 0; i < out->id_count; i++) {
		if (j < out->sent_count && out->sent[j] == out->ids[i])
			j++;
		else
			removed_add(out->making, out->ids[i]);
	}
	out->making->stream.position = out->to;
	return 0;
}

/* --- one batch
 * ------------------------------------------------------------------------------------------------------------------ */

static json_t *field_of(const ScanField *given, const Field *field) {
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:b, s:i, s:s, s:s, s:s, s:b}", "name", field->name, "title", field->title,
	                 "kind", given->masked ? "text" : field_kind_name(field->kind), "length",
	                 given->masked ? 0 : field->length, "scale", given->masked ? 0 : field->scale, "indexed", field->indexed,
	                 "grade", field->grade, "mask", mask_name(field->mask), "check",
	                 given->masked ? "" : check_name(field->check), "code_set", given->masked ? "" : field->code_set,
	                 "masked", given->masked);
}

/* What the receiving side needs to make an entry of its own. */
static int begin_describe(Outgoing *out) {
	Making *making = out->making;
	const Resource *resource; /* with its texts, which the cursor's copy has not */
	json_t *fields = json_array();
	char *promise = "", *org = "";
	Rows *rows;
	int code = resource_find(making->rq, out->scan->resource->resource_id, &resource);
	if (code == 0 && resource->version != out->scan->resource->version)
		code = fail(making->rq, ERR_BUSY, "The configuration changes too fast; try again in a moment");
	if (code < 0) return code;
	int found =
	    db_one(making->rq->db, &rows,
	           "SELECT r.update_promise, o.name FROM resource r JOIN org o ON o.org_id = r.org_id WHERE r.resource_id = $1",
	           BIND(val_int(resource->resource_id)));
	if (found > 0) {
		promise = rows_str(rows, 0, making->rq->arena);
		org = rows_str(rows, 1, making->rq->arena);
	}
	db_rest(making->rq->db);
	for (int i = 0; i < out->scan->count; i++)
		json_array_append_new(
		    fields, field_of(&out->scan->fields[i], resource_field(resource, text_of(out->scan->fields[i].field->name))));
	json_object_set_new(making->header, "begin", json_true());
	json_object_set_new(making->header, "fields", fields);
	json_object_set_new(making->header, "entry",
	                    json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "code", resource->code, "name", resource->name, "summary",
	                              resource->summary, "update_promise", promise, "org", org, "retention_months",
	                              resource->retention_months));
	return found < 0 ? found : 0;
}

/* A full run begins over the snapshot; what changes after it comes by the feed. */
static int begin(Outgoing *out) {
	Stream *stream = &out->making->stream;
	int64_t head = feed_head(out->as->db);
	if (head < 0) return (int)head;
	stream->position = head;
	stream->after_id = 0;
	stream->row_count = 0;
	stream->phase = "full";
	return begin_describe(out);
}

static int rows_read(Outgoing *out) {
	Making *making = out->making;
	Stream *stream = &making->stream;
	const char *signature = signature_of(making->rq->arena, out->scan);
	bool changed = strcmp(signature, stream->signature) != 0;
	stream->signature = signature;
	out->hasher = hasher_new(making->rq->arena);
	out->shape = wire_shape(making->rq->arena, out->scan->count);
	int code = 0;
	if (!out->scan->mounted)
		return error_field(making->rq->error, ERR_CONFLICT, "stream", TEXT_NONE, "no_values",
		                   "Wait until the supplier has loaded it.", "the resource has no records yet");
	if (changed || out->anew || strcmp(stream->phase, "begin") == 0) code = begin(out);
	if (code < 0) return code;
	json_object_set_new(making->header, "columns", json_integer(out->scan->count));
	return strcmp(stream->phase, "full") == 0 ? full_read(out) : changes_read(out);
}

/* Quota first; the evidence goes into the write that keeps the batch. */
static int rows_account(Outgoing *out) {
	Making *making = out->making;
	Request *rq = making->rq;
	const Resource *resource = out->scan->resource;
	rq->now_us = clock_now_us();
	int code = out->scan->grant && making->rows ? grant_use(rq, out->scan->grant, making->rows) : 0;
	making->resource_id = resource->resource_id;
	making->stream.resource_id = resource->resource_id;
	making->stream.title = arena_strdup(rq->arena, resource->name);
	making->purpose = out->scan->grant ? arena_strdup(rq->arena, out->scan->grant->purpose) : "";
	making->about = arena_strdup(rq->arena, out->scan->about);
	making->stream.row_count += making->rows;
	return code;
}

static int rows_once(Outgoing *out, int max) {
	Making *making = out->making;
	Request *rq = making->rq;
	Stream *stream = &making->stream;
	int code = 0;
	out->anew = making->anew;
	if (!out->anew && strcmp(stream->phase, "changes") == 0) code = changes_find(out, max);
	if (code < 0) return code;
	code = as_open(rq, making->node, rows_resource(stream->name), &out->as, &out->scan);
	if (code < 0) return code;
	code = rows_read(out);
	if (code == 0 && making->body.len <= FRAME_BODY_MAX) code = rows_account(out);
	if (code < 0 && !rq->error->code) *rq->error = *out->as->error;
	record_scan_close(out->scan);
	request_end(out->as);
	return code;
}

int out_rows(Making *making) {
	Outgoing *out = ARENA_NEW(making->rq->arena, Outgoing);
	const Stream stream = making->stream;
	*out = (Outgoing){.making = making};
	buf_in(&out->canon, making->rq->arena);
	int code = origin_take(making, rows_resource(stream.name));
	for (int max = CHANGE_IDS; code == 0; max = (max + 7) / 8) {
		code = rows_once(out, max);
		if (code < 0 || making->body.len <= FRAME_BODY_MAX || max == 1) break;
		/* records of megabytes: fewer at a time */
		const char *origin = making->stream.origin, *origin_name = making->stream.origin_name;
		making->stream = stream;
		making->stream.origin = origin;
		making->stream.origin_name = origin_name;
		making->rows = making->removed = 0;
		making->digest = (TableDigest){0};
		buf_reset(&making->body);
	}
	if (code < 0) return code;
	bool began = json_is_true(json_object_get(making->header, "begin"));
	bool full = began || json_object_get(making->header, "end") || strcmp(making->stream.phase, "full") == 0;
	making->moved = making->stream.position > stream.position;
	return full || making->rows + making->removed > 0;
}
