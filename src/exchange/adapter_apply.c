/* POST /adapter-imports/{id}/apply: does what the dry run said. Each thing in a write of its own, marked done in it, so that an
 * apply broken off goes on where it stopped and one done twice changes nothing. Entries become drafts (review comes after),
 * requests and use go to the ledger, records into a load job of the resource. LANE_READ workers. */
#include "exchange/adapter.h"
#include "exchange/exchange.h"
#include "exchange/load.h"
#include "exchange/upload.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Apply {
	AdapterKept kept;
	int64_t row_no, seen, org_id, other_org;
	const char *other_id, *document;
	const Error *why; /* refused now */
	Upload upload;    /* records */
	const Resource *resource;
	int64_t job_id;
} Apply;

/* --- entries and ledger
 * ------------------------------------------------------------------------------------------------------------ */

static int put_entry(Request *w, const Apply *apply, const json_t *document) {
	int64_t version = 0, id = 0;
	int code = db_int(w->db, &version, "SELECT version FROM resource WHERE code = $1", BIND(val_str(apply->other_id)));
	if (code < 0) return code;
	if (version != apply->seen)
		return error_field(w->error, ERR_CONFLICT, "code", text_of(apply->other_id), "version", "Import the file again.",
		                   "the entry was changed since the dry run");
	return resource_draft_document(w, apply->org_id, document, &id);
}

static int row_apply(Request *w, void *arg) {
	const Apply *apply = arg;
	int64_t resource = w->about_resource;
	int64_t mine = db_run(w->db, "UPDATE adapter_row SET done = 1 WHERE batch_id = $1 AND row_no = $2 AND done = 0",
	                      BIND(val_int(apply->kept.batch_id), val_int(apply->row_no)));
	if (mine <= 0) return (int)mine; /* another apply of the same import was here */
	json_t *document = json_loads(apply->document, 0, NULL);
	AdapterItem item = {&apply->kept, apply->other_id, document, apply->org_id, apply->other_org};
	int code = strcmp(apply->kept.data, "catalogue") == 0 ? put_entry(w, apply, document) : adapter_item_put(w, &item);
	json_decref(document);
	w->about_resource = resource; /* evidence names the batch */
	return code;
}

/* What could not be done after all is kept as refused, with all rows of the same thing. */
static int row_refuse(Request *w, void *arg) {
	const Apply *apply = arg;
	json_t *reasons = json_pack("[{s:s, s:s, s:s, s:s, s:s}]", "field", apply->why->field, "value", apply->why->value, "rule",
	                            *apply->why->rule ? apply->why->rule : "entry", "message", apply->why->message, "advice",
	                            apply->why->advice);
	char *text = json_dumps(reasons, JSON_COMPACT);
	json_decref(reasons);
	int64_t done = db_run(
	    w->db,
	    "UPDATE adapter_row SET fate = 'refused', reasons = $3, document = '' WHERE batch_id = $1 AND other_id = $2 AND"
	    " fate <> 'refused'",
	    BIND(val_int(apply->kept.batch_id), val_str(apply->other_id), val_str(text ? text : "[]")));
	free(text);
	return done < 0 ? (int)done : 0;
}

static bool refusal(int code) {
	return code == ERR_INVALID || code == ERR_CONFLICT || code == ERR_FORBIDDEN || code == ERR_NOT_FOUND;
}

static int rows_apply(Request *rq, Apply *apply) {
	for (;;) {
		Rows *rows;
		int found = db_one(rq->db, &rows,
		                   "SELECT row_no, seen, org_id, other_org, other_id, document FROM adapter_row WHERE batch_id = "
		                   "$1 AND done = 0 AND"
		                   " fate IN ('new', 'changed') AND document <> '' ORDER BY row_no LIMIT 1",
		                   BIND(val_int(apply->kept.batch_id)));
		if (found <= 0) return found;
		apply->row_no = rows_int(rows, 0);
		apply->seen = rows_int(rows, 1);
		apply->org_id = rows_int(rows, 2);
		apply->other_org = rows_int(rows, 3);
		apply->other_id = rows_str(rows, 4, rq->arena);
		apply->document = rows_str(rows, 5, rq->arena);
		int code = request_write(rq, row_apply, apply);
		if (code >= 0) continue;
		if (!refusal(code)) return code;
		Error why = *rq->error;
		error_clear(rq->error);
		apply->why = &why;
		if ((code = request_write(rq, row_refuse, apply)) < 0) return code;
	}
}

/* --- records: a load job over what was accepted
 * --------------------------------------------------------------------------------------- */

static void record_line(Buf *out, const Resource *resource, const json_t *document) {
	for (int f = 0; f < resource->field_count; f++) {
		const json_t *value = json_object_get(document, resource->fields[f].name);
		csv_write(out, json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : TEXT_NONE,
		          f == 0, false);
	}
	buf_char(out, '\n');
}

static int records_file(Request *rq, Apply *apply) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	Rows *rows;
	char *path =
	    app_path(rq->arena, rq->app, arena_printf(rq->arena, "spool/adapter-%lld.csv", (long long)store_new_id(rq->store)));
	buf_in(out, rq->arena);
	for (int f = 0; f < apply->resource->field_count; f++)
		csv_write(out, text_of(apply->resource->fields[f].name), f == 0, false);
	buf_char(out, '\n');
	int code =
	    db_query(rq->db, &rows, "SELECT document FROM adapter_row WHERE batch_id = $1 AND document <> '' ORDER BY row_no",
	             BIND(val_int(apply->kept.batch_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Text text = rows_text(rows, 0);
		json_t *document = json_loadb(text.at, text.len, 0, NULL);
		record_line(out, apply->resource, document);
		json_decref(document);
	}
	if (code < 0) return code;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool written = fd >= 0 && write(fd, out->at, out->len) == (ssize_t)out->len;
	if (fd >= 0) close(fd);
	code = written ? upload_keep(rq, path, true, TEXT("回流数据.csv"), &apply->upload)
	               : fail(rq, ERR_IO, "The file could not be written: %s", strerror(errno));
	unlink(path);
	return code;
}

static int records_job(Request *w, void *arg) {
	Apply *apply = arg;
	const Resource *resource = apply->resource;
	json_t *mapping = json_object();
	for (int f = 0; f < resource->field_count; f++)
		json_object_set_new(mapping, resource->fields[f].name, json_string(resource->fields[f].name));
	json_t *args =
	    json_pack("{s:s, s:s, s:o}", "upload_id", arena_printf(w->arena, "%lld", (long long)apply->upload.upload_id), "mode",
	              "upsert", "mapping", mapping);
	int64_t mine = db_run(
	    w->db, "UPDATE adapter_batch SET state = 'applied', applied_us = $2 WHERE batch_id = $1 AND state = 'previewed'",
	    BIND(val_int(apply->kept.batch_id), val_int(w->now_us)));
	int code = mine < 0 ? (int)mine : 0;
	if (mine > 0) code = load_may_begin(w, resource); /* else another apply of the same import was here */
	if (mine > 0 && code == 0)
		code = job_create(w, "exchange.load", resource->resource_id, resource->org_id, args, &apply->job_id);
	json_decref(args);
	if (mine <= 0 || code < 0) return code;
	return (int)db_run(w->db, "UPDATE adapter_batch SET job_id = $2 WHERE batch_id = $1",
	                   BIND(val_int(apply->kept.batch_id), val_int(apply->job_id)));
}

static int records_apply(Request *rq, Apply *apply) {
	int64_t some = 0;
	int code = resource_find(rq, apply->kept.resource_id, &apply->resource);
	if (code == 0)
		code = db_int(rq->db, &some, "SELECT count(*) FROM adapter_row WHERE batch_id = $1 AND document <> ''",
		              BIND(val_int(apply->kept.batch_id)));
	if (code < 0 || some == 0) return code < 0 ? code : 0;
	code = records_file(rq, apply);
	return code < 0 ? code : request_write(rq, records_job, apply);
}

/* --- the route
 * ------------------------------------------------------------------------------------------------------------------------ */

static int finish(Request *w, void *arg) {
	const Apply *apply = arg;
	return (int)db_run(
	    w->db,
	    "UPDATE adapter_batch SET state = 'applied', applied_us = $2, refused_count = (SELECT count(*) FROM adapter_row r"
	    " WHERE r.batch_id = $1 AND r.fate = 'refused'), new_count = (SELECT count(*) FROM adapter_row r WHERE r.batch_id ="
	    " $1 AND r.fate = 'new'), changed_count = (SELECT count(*) FROM adapter_row r WHERE r.batch_id = $1 AND r.fate ="
	    " 'changed') WHERE batch_id = $1 AND state <> 'applied'",
	    BIND(val_int(apply->kept.batch_id), val_int(w->now_us)));
}

int adapter_import_apply(Request *rq) {
	Apply apply = {0};
	int code = adapter_kept(rq, in_int(rq, "id"), &apply.kept);
	if (code < 0) return code;
	bool records = strcmp(apply.kept.data, "records") == 0;
	if (!records && !adapter_may_bring(rq, rq->party.org_id))
		return fail(rq, ERR_FORBIDDEN, "only data officers and the data bureau bring in data of other platforms");
	if (strcmp(apply.kept.state, "applied") != 0) {
		code = records ? records_apply(rq, &apply) : rows_apply(rq, &apply);
		if (code >= 0) code = request_write(rq, finish, &apply);
	}
	return code < 0 ? code : adapter_batch_answer(rq, apply.kept.batch_id);
}
