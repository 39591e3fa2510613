/* answer_rows: the rows of a query as {"items": […], "next": cursor}, the form of every list. Thread: the request's. */
#include "core/core_private.h"

void row_members(Request *rq, Rows *rows, const Member *members) {
	JsonWriter *json = &rq->json;
	char day[CLOCK_TEXT_MAX];
	for (int i = 0; members[i].name; i++) {
		jw_key(json, members[i].name);
		if (rows_null(rows, i)) {
			jw_null(json);
			continue;
		}
		switch (members[i].kind) {
		case MEMBER_TEXT:
			jw_text(json, rows_text(rows, i));
			break;
		case MEMBER_INT:
			jw_int(json, rows_int(rows, i));
			break;
		case MEMBER_DOUBLE:
			jw_double(json, rows_double(rows, i));
			break;
		case MEMBER_BOOL:
			jw_bool(json, rows_int(rows, i) != 0);
			break;
		case MEMBER_TIME:
			jw_time(json, rows_int(rows, i));
			break;
		case MEMBER_DAY:
			jw_str(json, date_format((int32_t)rows_int(rows, i), day));
			break;
		case MEMBER_JSON:
			jw_raw(json, rows_text(rows, i));
			break;
		case MEMBER_ID:
			if (rows_int(rows, i))
				jw_id(json, rows_int(rows, i));
			else
				jw_null(json);
		}
	}
}

int answer_under(Request *rq, const char *key, const Member *members, const char *sql, const Val *args, size_t count) {
	Rows *rows;
	int code = db_query(rq->db, &rows, sql, args, count);
	if (code < 0) return code;
	jw_key(&rq->json, key);
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(&rq->json);
		row_members(rq, rows, members);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	return code;
}

/* The column's first value is the cursor; the row is written by write, or by the members' table. */
static int items(Request *rq, int limit, RowWriter write, const Member *members, Rows *rows, int64_t *last) {
	int more, code = 0;
	while ((more = rows_next(rows)) > 0 && code == 0 && (limit == 0 || rq->row_count < limit)) {
		if (limit) *last = rows_int(rows, 0);
		if (members) {
			jw_object(&rq->json);
			row_members(rq, rows, members);
			jw_object_end(&rq->json);
		} else
			code = write(rq, rows);
		rq->row_count++;
	}
	rows_close(rows);
	if (code < 0 || more < 0) return code < 0 ? code : more;
	if (more == 0) *last = 0;
	return 0;
}

static int answer(Request *rq, int limit, RowWriter write, const Member *members, const char *sql, const Val *args,
                  size_t count) {
	Rows *rows;
	int64_t last = 0;
	int code = db_query(rq->db, &rows, sql, args, count);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	if ((code = items(rq, limit, write, members, rows, &last)) < 0) return code;
	answer_rows_end(rq, last);
	return 0;
}

void answer_rows_end(Request *rq, int64_t next) {
	jw_array_end(&rq->json);
	jw_key(&rq->json, "next");
	if (next)
		jw_id(&rq->json, next);
	else
		jw_null(&rq->json);
	jw_object_end(&rq->json);
}

int answer_rows(Request *rq, int limit, RowWriter write, const char *sql, const Val *args, size_t count) {
	return answer(rq, limit, write, NULL, sql, args, count);
}

int answer_page(Request *rq, int limit, const Member *members, const char *sql, const Val *args, size_t count) {
	return answer(rq, limit, NULL, members, sql, args, count);
}

int answer_list(Request *rq, const Member *members, const char *sql, const Val *args, size_t count) {
	return answer(rq, 0, NULL, members, sql, args, count);
}

/* --- look-ups ------------------------------------------------------------------------------------------------------------ */
static int look_up_index(const LookUps *wanted, int64_t id) {
	int i = 0;
	while (i < wanted->count && wanted->ids[i] != id)
		i++;
	return i;
}

void look_up_want(LookUps *wanted, int64_t id) {
	int i = look_up_index(wanted, id);
	if (i < (int)(sizeof wanted->ids / sizeof *wanted->ids) && i == wanted->count) wanted->ids[wanted->count++] = id;
}

void look_up_all(Request *rq, LookUps *wanted, const void *(*find)(Request *rq, int64_t id)) {
	for (int i = 0; i < wanted->count; i++)
		wanted->found[i] = find(rq, wanted->ids[i]);
}

const void *look_up_found(const LookUps *wanted, int64_t id) {
	int i = look_up_index(wanted, id);
	return i < wanted->count ? wanted->found[i] : NULL;
}
