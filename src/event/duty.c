/* duty: 职责清单: who handles which class where, line by line, and the unit proposed from it with the line quoted. Table
 * event_duty; pack files "duties". Reads in any lane, changes in a write. */
#include "event/internal.h"
#include "place/place.h"
#include <stdio.h>

enum { LINES_MAX = 200 };

/* --- proposing ------------------------------------------------------------------------------------------------------------ */
static int area_rank(const DutyPlace *place, Text area_code) {
	if (!area_code.len) return 0;
	for (int i = 0; i < place->count; i++)
		if (text_is(area_code, place->codes[i])) return place->levels[i];
	return -1;
}

/* The more exactly a line names the class, and then the area, the sooner it counts; of equal ones the newer. */
static int compare(const void *a, const void *b) {
	const Duty *left = a, *right = b;
	if (left->class_rank != right->class_rank) return right->class_rank - left->class_rank;
	if (left->area_rank != right->area_rank) return right->area_rank - left->area_rank;
	return left->duty_id > right->duty_id ? -1 : 1;
}

int duty_propose(Request *rq, const EventClass *class, const DutyPlace *place, Duty *out, int max) {
	Duty *lines = ARENA_ARRAY(rq->arena, Duty, LINES_MAX);
	Rows *rows;
	int count = 0, kept = 0,
	    code = db_query(rq->db, &rows,
	                    "SELECT d.duty_id, d.class_code, d.area_code, d.org_id, o.name, d.basis FROM event_duty d JOIN org o "
	                    "ON o.org_id = d.org_id"
	                    " WHERE d.class_code IN ('', $1, $2) AND d.from_day <= $3 AND (d.until_day = 0 OR d.until_day > $3) "
	                    "AND o.state = 'active'"
	                    " ORDER BY d.class_code DESC, d.duty_id DESC",
	                    BIND(val_str(class->code), val_text((Text){class->code, 3}), val_int(date_of_us(rq->now_us))));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < LINES_MAX) {
		Text of_class = rows_text(rows, 1), of_area = rows_text(rows, 2);
		int rank = area_rank(place, of_area);
		if (rank < 0) continue;
		lines[count++] = (Duty){.duty_id = rows_int(rows, 0),
		                        .org_id = rows_int(rows, 3),
		                        .class_code = text_cstr(rq->arena, of_class),
		                        .area_code = text_cstr(rq->arena, of_area),
		                        .org_name = rows_str(rows, 4, rq->arena),
		                        .basis = rows_str(rows, 5, rq->arena),
		                        .class_rank = (int)of_class.len,
		                        .area_rank = rank};
	}
	if (code > 0) rows_close(rows);
	if (code < 0) return code;
	qsort(lines, (size_t)count, sizeof *lines, compare);
	for (int i = 0; i < count && kept < max; i++) { /* a unit once, by its best line */
		bool there = false;
		for (int j = 0; j < kept; j++)
			there |= out[j].org_id == lines[i].org_id;
		if (!there) out[kept++] = lines[i];
	}
	return kept;
}

int duty_own(Request *rq, int64_t org_id, Duty *out, int max) {
	Rows *rows;
	int count = 0,
	    code = db_query(rq->db, &rows,
	                    "SELECT d.duty_id, d.class_code, d.area_code, d.org_id, o.name, d.basis FROM event_duty d JOIN org o"
	                    " ON o.org_id = d.org_id WHERE d.org_id = $1 AND d.from_day <= $2 AND (d.until_day = 0 OR "
	                    "d.until_day > $2) ORDER BY d.class_code, d.duty_id LIMIT $3",
	                    BIND(val_int(org_id), val_int(date_of_us(rq->now_us)), val_int(max)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < max)
		out[count++] = (Duty){.duty_id = rows_int(rows, 0),
		                      .class_code = rows_str(rows, 1, rq->arena),
		                      .area_code = rows_str(rows, 2, rq->arena),
		                      .org_id = rows_int(rows, 3),
		                      .org_name = rows_str(rows, 4, rq->arena),
		                      .basis = rows_str(rows, 5, rq->arena)};
	rows_close(rows);
	return code < 0 ? code : count;
}

int duty_cited(Request *rq, int64_t duty_id, int64_t org_id, const EventClass *class, const char **basis) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT d.basis FROM event_duty d WHERE d.duty_id = $1 AND (d.org_id = $2 OR d.class_code IN ('', $3, "
	                   "$4)) AND d.from_day <= $5 AND (d.until_day = 0 OR d.until_day > $5)",
	                   BIND(val_int(duty_id), val_int(org_id), val_str(class->code), val_text((Text){class->code, 3}),
	                        val_int(date_of_us(rq->now_us))));
	if (found > 0) *basis = rows_str(rows, 0, rq->arena);
	return found;
}

void duty_write(Request *rq, const Duty *duty) {
	JsonWriter *json = &rq->json;
	const EventClass *class = NULL;
	if (*duty->class_code && event_class_find(rq, text_of(duty->class_code), 0, &class) < 0) class = NULL;
	jw_object(json);
	jw_kv_id(json, "duty_id", duty->duty_id);
	jw_kv_id(json, "org_id", duty->org_id);
	jw_kv_str(json, "org_name", duty->org_name);
	jw_kv_str(json, "class_code", duty->class_code);
	jw_kv_str(json, "class_title", class ? class->title : "");
	jw_kv_str(json, "class_title_en", class ? class->title_en : "");
	jw_kv_str(json, "area_code", duty->area_code);
	jw_kv_str(json, "basis", duty->basis);
	jw_object_end(json);
}

/* --- lines of the list ------------------------------------------------------------------------------------------------------ */
static int org_check(Request *rq, int64_t org_id) {
	int64_t there = 0;
	int found =
	    db_int(rq->db, &there, "SELECT org_id FROM org WHERE org_id = $1 AND state = 'active'", BIND(val_int(org_id)));
	if (found != 0) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_INVALID, "org_id", TEXT_NONE, "unknown_org", "Choose one of the city's organisations.",
	                   "There is no such organisation");
}

static int area_check(Request *rq, Text code) {
	int found = code.len ? place_area_coded(rq, code) : 1;
	if (found != 0) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_INVALID, "area_code", code, "unknown_area",
	                   "Take the code of an area of any level, or leave it empty for the whole city.",
	                   "There is no area of this code");
}

static int day_read(Request *rq, const char *field, int64_t *out) {
	int32_t day;
	*out = 0;
	if (!in_has(rq, field) || !in_text(rq, field).len) return 0;
	if (date_parse(in_text(rq, field), &day) == 0) {
		*out = day;
		return 0;
	}
	return error_field(rq->error, ERR_INVALID, field, in_text(rq, field), "date",
	                   "Write it as 2026-05-31, or leave it empty.", "This is not a date");
}

static int line_read(Request *rq, Duty *out, int64_t *from, int64_t *until) {
	*out = (Duty){.org_id = in_int(rq, "org_id"),
	              .class_code = in_has(rq, "class_code") ? in_str(rq, "class_code") : "",
	              .area_code = in_has(rq, "area_code") ? in_str(rq, "area_code") : "",
	              .basis = in_str(rq, "basis")};
	int code = org_check(rq, out->org_id);
	if (code == 0) code = class_known(rq, "class_code", text_of(out->class_code));
	if (code == 0) code = area_check(rq, text_of(out->area_code));
	if (code == 0) code = day_read(rq, "from_day", from);
	if (code == 0) code = day_read(rq, "until_day", until);
	if (code == 0 && *until && *until <= *from)
		code = error_field(rq->error, ERR_INVALID, "until_day", in_text(rq, "until_day"), "range",
		                   "Give a later day, or leave it empty.", "It would end before it begins");
	return code;
}

static int line_insert(Request *rq, const Duty *line, int64_t from, int64_t until, int64_t *duty_id) {
	*duty_id = store_new_id(rq->store);
	return (int)db_run(
	    rq->db,
	    "INSERT INTO event_duty (duty_id, class_code, area_code, org_id, basis, from_day, until_day, updated_us,"
	    " updated_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
	    BIND(val_int(*duty_id), val_str(line->class_code), val_str(line->area_code), val_int(line->org_id),
	         val_str(line->basis), val_int(from), val_int(until), val_int(rq->now_us), val_str(rq->party.login)));
}

static int line_answer(Request *rq, int64_t duty_id, int64_t version) {
	rq->about_subject = duty_id;
	rq->about = arena_printf(rq->arena, "{\"duty\":\"%lld\"}", (long long)duty_id);
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "duty_id", duty_id);
	jw_kv_int(&rq->json, "version", version);
	jw_object_end(&rq->json);
	return 0;
}

int duty_post(Request *rq) {
	Duty line;
	int64_t from, until, duty_id;
	int code = line_read(rq, &line, &from, &until);
	if (code == 0) code = line_insert(rq, &line, from, until, &duty_id);
	if (code < 0) return code;
	rq->status = 201;
	return line_answer(rq, duty_id, 1);
}

static int line_changed(Request *rq, int64_t changed) {
	if (changed < 0) return (int)changed;
	if (changed) return 0;
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read the list again and decide anew.",
	                   "The line was changed or removed meanwhile");
}

int duty_put(Request *rq) {
	Duty line;
	int64_t from, until;
	int code = line_read(rq, &line, &from, &until);
	if (code < 0) return code;
	code = line_changed(
	    rq, db_run(rq->db,
	               "UPDATE event_duty SET class_code = $3, area_code = $4, org_id = $5, basis = $6, from_day = $7,"
	               " until_day = $8, updated_us = $9, updated_by = $10, version = version + 1 WHERE duty_id = $1 AND"
	               " version = $2",
	               BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version")), val_str(line.class_code),
	                    val_str(line.area_code), val_int(line.org_id), val_str(line.basis), val_int(from), val_int(until),
	                    val_int(rq->now_us), val_str(rq->party.login))));
	return code < 0 ? code : line_answer(rq, in_int(rq, "id"), in_int(rq, "version") + 1);
}

int duty_delete(Request *rq) {
	rq->about_subject = in_int(rq, "id");
	return line_changed(rq, db_run(rq->db, "DELETE FROM event_duty WHERE duty_id = $1 AND version = $2",
	                               BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "version")))));
}

static int line_row(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	Duty duty = {.duty_id = rows_int(rows, 0),
	             .class_code = rows_str(rows, 1, rq->arena),
	             .area_code = rows_str(rows, 2, rq->arena),
	             .org_id = rows_int(rows, 3),
	             .org_name = rows_str(rows, 4, rq->arena),
	             .basis = rows_str(rows, 5, rq->arena)};
	char day[CLOCK_TEXT_MAX];
	jw_object(json);
	jw_kv_id(json, "duty_id", duty.duty_id);
	jw_kv_str(json, "class_code", duty.class_code);
	jw_kv_str(json, "area_code", duty.area_code);
	jw_kv_id(json, "org_id", duty.org_id);
	jw_kv_str(json, "org_name", duty.org_name);
	jw_kv_str(json, "basis", duty.basis);
	jw_kv_str(json, "from_day", rows_int(rows, 6) ? date_format((int32_t)rows_int(rows, 6), day) : NULL);
	jw_kv_str(json, "until_day", rows_int(rows, 7) ? date_format((int32_t)rows_int(rows, 7), day) : NULL);
	jw_kv_time(json, "updated_at", rows_int(rows, 8));
	jw_kv_text(json, "updated_by", rows_text(rows, 9));
	jw_kv_int(json, "version", rows_int(rows, 10));
	jw_object_end(json);
	return 0;
}

int event_duties_get(Request *rq) {
	AskedSql asked = asked_sql(
	    rq,
	    "SELECT d.duty_id, d.class_code, d.area_code, d.org_id, o.name, d.basis, d.from_day, d.until_day, d.updated_us,"
	    " d.updated_by, d.version FROM event_duty d JOIN org o ON o.org_id = d.org_id WHERE 1 = 1"
	    "/*if $1*/ AND d.duty_id < $1/*end*//*if $2*/ AND d.org_id = $2/*end*//*if $3*/ AND d.class_code = $3/*end*/"
	    "/*if $4*/ AND d.area_code = $4/*end*/ ORDER BY d.duty_id DESC LIMIT $5",
	    BIND(asked_int(rq, "after"), asked_int(rq, "org"), asked_text(rq, "class"), asked_text(rq, "area"),
	         val_int(in_limit(rq) + 1)));
	return answer_rows(rq, in_limit(rq), line_row, ASKED(asked));
}

/* --- a pack's file: class,area,org,basis -------------------------------------------------------------------------------------
 */
static int pack_line(Request *rq, const PackPart *part, const CsvRecord *record) {
	int64_t org_id = 0, duty_id, there = 0;
	if (record->fault || record->count != 4)
		return fail(rq, ERR_INVALID, "%s:%lld: a line of duties is class,area,org,basis", part->name,
		            (long long)record->line);
	Duty line = {.class_code = text_cstr(rq->arena, record->fields[0]),
	             .area_code = text_cstr(rq->arena, record->fields[1]),
	             .basis = text_cstr(rq->arena, record->fields[3])};
	int code = class_known(rq, "class_code", record->fields[0]);
	if (code == 0)
		code = db_int(rq->db, &org_id, "SELECT org_id FROM org WHERE code = $1", BIND(val_text(record->fields[2])));
	if (code < 0) return code;
	if (!org_id)
		return fail(rq, ERR_INVALID, "%s:%lld: there is no organisation %.*s", part->name, (long long)record->line,
		            TEXT_ARG(record->fields[2]));
	line.org_id = org_id;
	code = *line.area_code ? place_area_coded(rq, text_of(line.area_code)) : 1;
	if (code < 0) return code;
	if (!code)
		return fail(rq, ERR_INVALID, "%s:%lld: there is no area of the code %s", part->name, (long long)record->line,
		            line.area_code);
	code = db_int(rq->db, &there, "SELECT duty_id FROM event_duty WHERE class_code = $1 AND area_code = $2 AND org_id = $3",
	              BIND(val_str(line.class_code), val_str(line.area_code), val_int(org_id)));
	return code ? (code < 0 ? code : 0) : line_insert(rq, &line, 0, 0, &duty_id);
}

/* In the pack's write: lines that are not there yet are added. */
int action_duties_load(Request *rq, void *arg) {
	enum { FILE_MAX = 1 << 20 };
	const PackPart *part = arg;
	char *bytes = arena_alloc_raw(rq->arena, FILE_MAX);
	FILE *file = fopen(part->path, "rbe");
	if (!file) return fail(rq, ERR_IO, "%s cannot be read", part->name);
	size_t size = fread(bytes, 1, FILE_MAX, file);
	fclose(file);
	if (size == FILE_MAX) return fail(rq, ERR_TOO_LARGE, "%s: a file of duties has less than 1 MiB", part->name);
	Csv *csv = csv_new(rq->arena, ',');
	CsvRecord record;
	int code = 0;
	csv_feed(csv, (Text){bytes, size}, true);
	for (int i = 0; code >= 0 && csv_next(csv, &record); i++)
		if (i > 0 && !text_starts(record.raw, TEXT("#"))) code = pack_line(rq, part, &record);
	return code < 0 ? code : 0;
}
