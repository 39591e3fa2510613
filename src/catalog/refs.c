/* Owns table resource_ref: which field of which published entry must hold a value of which other one ("code.field"), so that the
 * other one can tell who refers to it. Kept in the write that publishes; entries published before the table was there are read
 * once at start. */
#include "catalog/internal.h"

int refs_put(Request *rq, int64_t resource_id, const json_t *document) {
	size_t index;
	json_t *field;
	int64_t done = db_run(rq->db, "DELETE FROM resource_ref WHERE resource_id = $1", BIND(val_int(resource_id)));
	json_array_foreach(json_object_get(document, "fields"), index, field) {
		Text target = js_text(field, "ref");
		if (done < 0 || !target.len) continue;
		done = db_run(
		    rq->db, "INSERT INTO resource_ref (resource_id, field_no, field, title, target) VALUES ($1, $2, $3, $4, $5)",
		    BIND(val_int(resource_id), val_int(js_int(field, "no", 0)), val_text(js_text(field, "name")),
		         val_text(js_text(field, "title")), val_text(target)));
	}
	return done < 0 ? (int)done : 0;
}

static int due_write(Request *rq, void *arg) {
	enum { AT_ONCE = 500 };
	int64_t *after = arg, ids[AT_ONCE], due = 0;
	const char *documents[AT_ONCE];
	int count = 0, code = db_int(rq->db, &due, "SELECT count(*) FROM resource_ref_due", NO_BIND);
	Rows *rows;
	if (code < 0 || due == 0) return code < 0 ? code : 0;
	code =
	    db_query(rq->db, &rows,
	             "SELECT r.resource_id, v.document FROM resource r JOIN resource_version v ON v.resource_id = r.resource_id"
	             " AND v.version_no = r.published_version WHERE r.resource_id > $1 ORDER BY r.resource_id LIMIT $2",
	             BIND(val_int(*after), val_int(AT_ONCE)));
	if (code < 0) return code;
	while (count < AT_ONCE && (code = rows_next(rows)) > 0) {
		ids[count] = rows_int(rows, 0);
		documents[count++] = rows_str(rows, 1, rq->arena);
	}
	rows_close(rows);
	for (int i = 0; code >= 0 && i < count; i++) {
		json_t *document = json_parse_in(rq->arena, text_of(documents[i]));
		if (document) code = refs_put(rq, ids[i], document);
	}
	if (code >= 0 && count < AT_ONCE) code = (int)db_run(rq->db, "DELETE FROM resource_ref_due", NO_BIND);
	if (code < 0) return code;
	if (count) *after = ids[count - 1];
	return count == AT_ONCE;
}

int refs_start(App *app, Error *error) {
	int64_t after = 0;
	int code = 1;
	while (code > 0) {
		Request *rq = request_begin(app, "catalog");
		code = rq->db ? request_write(rq, due_write, &after) : ERR_BUSY;
		if (code < 0) error_set(error, code, "%s", rq->error->message);
		request_end(rq);
	}
	return code;
}
