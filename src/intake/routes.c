/* routes: imports of events as the centre's people see them, and the room's table of routes. An import is its organisation's. */
#include "intake/internal.h"

#define API "/api/v1"

int refused_chore(Request *rq) {
	return chore_portion(rq, days_before(rq, "intake.keep_days"),
	                     "DELETE FROM event_import_refused WHERE (import_id, row_no) IN (SELECT import_id, row_no FROM"
	                     " event_import_refused WHERE at_us < $1 ORDER BY at_us LIMIT $2)");
}

/* --- lists -------------------------------------------------------------------------------------------------------------------
 */
static const Member import_members[] = {{"import_id", MEMBER_ID},
                                        {"system", MEMBER_TEXT},
                                        {"file_name", MEMBER_TEXT},
                                        {"sha256", MEMBER_TEXT},
                                        {"history", MEMBER_BOOL},
                                        {"job_id", MEMBER_ID},
                                        {"state", MEMBER_TEXT},
                                        {"done", MEMBER_INT},
                                        {"total", MEMBER_INT},
                                        {"rows", MEMBER_INT},
                                        {"opened", MEMBER_INT},
                                        {"closed", MEMBER_INT},
                                        {"repeated", MEMBER_INT},
                                        {"refused", MEMBER_INT},
                                        {"created_at", MEMBER_TIME},
                                        {"by_name", MEMBER_TEXT},
                                        {"mapping", MEMBER_JSON},
                                        {"error", MEMBER_JSON},
                                        {0}};
#define IMPORT_COLUMNS                                                                                                           \
	"SELECT i.import_id, s.name, i.file_name, i.sha256, i.history, i.job_id, j.state, j.done, j.total, i.rows_read,"         \
	" i.open_count, i.history_count, i.repeated_count, i.refused_count, i.created_us, a.name, i.document, j.error FROM"      \
	" event_import i JOIN event_import_system s ON s.system_id = i.system_id JOIN job j ON j.job_id = i.job_id LEFT JOIN"    \
	" account a ON a.account_id = i.account_id WHERE i.org_id = $1 AND "

static int imports_get(Request *rq) {
	return answer_page(rq, in_limit(rq), import_members, IMPORT_COLUMNS "i.import_id < $2 ORDER BY i.import_id DESC LIMIT $3",
	                   BIND(val_int(rq->party.org_id), val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX),
	                        val_int(in_limit(rq) + 1)));
}

static int import_missing(Request *rq) {
	return fail(rq, ERR_NOT_FOUND, "Your organisation has no such import");
}

static int import_get(Request *rq) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows, IMPORT_COLUMNS "i.import_id = $2", BIND(val_int(rq->party.org_id), val_int(in_int(rq, "id"))));
	if (found <= 0) return found < 0 ? found : import_missing(rq);
	jw_object(&rq->json);
	row_members(rq, rows, import_members);
	jw_object_end(&rq->json);
	return 0;
}

static int systems_get(Request *rq) {
	static const Member members[] = {{"system_id", MEMBER_ID},
	                                 {"name", MEMBER_TEXT},
	                                 {"mapping", MEMBER_JSON},
	                                 {"updated_at", MEMBER_TIME},
	                                 {"updated_by", MEMBER_TEXT},
	                                 {"version", MEMBER_INT},
	                                 {0}};
	return answer_list(
	    rq, members,
	    "SELECT system_id, name, document, updated_us, updated_by, version FROM event_import_system ORDER BY name"
	    " LIMIT 500",
	    NO_BIND);
}

/* --- refused rows ------------------------------------------------------------------------------------------------------------
 */
#define REFUSED_FROM                                                                                                             \
	" FROM event_import_refused r JOIN event_import i ON i.import_id = r.import_id WHERE i.org_id = $1 AND r.import_id = "   \
	"$2 AND"                                                                                                                 \
	" r.row_no > $3 ORDER BY r.row_no LIMIT $4"

static int refused_write(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_int(json, "row_no", rows_int(rows, 0));
	jw_kv_text(json, "field", rows_text(rows, 1));
	jw_kv_text(json, "value", rows_text(rows, 2));
	jw_kv_text(json, "rule", rows_text(rows, 3));
	jw_kv_str(json, "message", message_say(rq, rows_str(rows, 4, rq->arena)));
	jw_kv_str(json, "advice", message_say(rq, rows_str(rows, 5, rq->arena)));
	jw_object_end(json);
	return 0;
}

static int refused_get(Request *rq) {
	return answer_rows(rq, in_limit(rq), refused_write,
	                   "SELECT r.row_no, r.field, r.value, r.rule, r.message, r.advice" REFUSED_FROM,
	                   BIND(val_int(rq->party.org_id), val_int(in_int(rq, "id")),
	                        val_int(in_has(rq, "after") ? in_int(rq, "after") : -1), val_int(in_limit(rq) + 1)));
}

/* The columns of the file, then what was wrong: to be mended and sent again. */
static int refused_row(Request *rq, Rows *rows, AdapterFile *file, Text *cells, int count) {
	Text locked = rows_text(rows, 6);
	char *text = secret_unlock(rq->arena, app_secret(rq->app), locked);
	json_t *values = text ? json_loads(text, 0, NULL) : NULL;
	for (int i = 0; i < count; i++) {
		const json_t *value = json_array_get(values, (size_t)i);
		cells[i] = json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : TEXT("");
	}
	for (int i = 1; i < 3; i++)
		cells[count + i - 1] = rows_text(rows, i);
	cells[count + 2] = text_of(message_say(rq, rows_str(rows, 4, rq->arena)));
	cells[count + 3] = text_of(message_say(rq, rows_str(rows, 5, rq->arena)));
	int code = adapter_file_row(file, cells);
	json_decref(values);
	return code;
}

static int refused_file(Request *rq) {
	Rows *rows;
	AdapterFile *file;
	int found = db_one(rq->db, &rows, "SELECT columns, file_name FROM event_import WHERE org_id = $1 AND import_id = $2",
	                   BIND(val_int(rq->party.org_id), val_int(in_int(rq, "id"))));
	if (found <= 0) return found < 0 ? found : import_missing(rq);
	const char *name = rows_str(rows, 1, rq->arena);
	json_t *columns = json_loads(rows_str(rows, 0, rq->arena), 0, NULL);
	int count = (int)json_array_size(columns);
	const char **names = ARENA_ARRAY(rq->arena, const char *, count + 5);
	Text *cells = ARENA_ARRAY(rq->arena, Text, count + 5);
	for (int i = 0; i < count; i++)
		names[i] = arena_strdup(rq->arena, json_string_value(json_array_get(columns, (size_t)i)));
	json_decref(columns);
	const char *const more[] = {"退回字段", "退回值", "退回原因", "处理建议"};
	memcpy(names + count, more, sizeof more);
	int code = adapter_file_begin(rq, in_has(rq, "format") ? in_str(rq, "format") : "csv", "退回", names, count + 4, &file);
	if (code == 0)
		code = db_query(rq->db, &rows,
		                "SELECT r.row_no, r.field, r.value, r.rule, r.message, r.advice, r.cells" REFUSED_FROM,
		                BIND(val_int(rq->party.org_id), val_int(in_int(rq, "id")), val_int(-1), val_int(INT32_MAX)));
	if (code < 0) return code;
	while (code >= 0 && (code = rows_next(rows)) > 0)
		code = refused_row(rq, rows, file, cells, count);
	rows_close(rows);
	return code < 0 ? code : adapter_file_answer(file, arena_printf(rq->arena, "%s-退回", name));
}

/* --- beginning ---------------------------------------------------------------------------------------------------------------
 */
typedef struct Begin {
	const Upload *upload;
	const char *document, *columns, *sheet;
	int64_t import_id, job_id;
} Begin;

static int system_keep(Request *rq, const char *document, int64_t *out) {
	return db_int(
	    rq->db, out,
	    "INSERT INTO event_import_system (system_id, name, document, updated_us, updated_by, version) VALUES ($1, $2, $3,"
	    " $4, $5, 1) ON CONFLICT (name) DO UPDATE SET document = excluded.document, updated_us = excluded.updated_us,"
	    " updated_by = excluded.updated_by, version = event_import_system.version + 1 RETURNING system_id",
	    BIND(val_int(store_new_id(rq->store)), val_text(text_trim(in_text(rq, "system"))), val_str(document),
	         val_int(rq->now_us), val_str(rq->party.login)));
}

static int import_begin(Request *rq, void *arg) {
	Begin *begin = arg;
	int64_t system_id = 0;
	json_t *args = json_pack("{s:s}", "upload_id", arena_printf(rq->arena, "%lld", (long long)begin->upload->upload_id));
	int code = system_keep(rq, begin->document, &system_id);
	begin->import_id = store_new_id(rq->store);
	if (code >= 0) code = job_create(rq, "intake.events", 0, rq->party.org_id, args, &begin->job_id);
	json_decref(args);
	if (code < 0) return code;
	return (int)db_run(rq->db,
	                   "INSERT INTO event_import (import_id, system_id, upload_id, file_name, sha256, sheet, columns, "
	                   "document, history, org_id,"
	                   " account_id, job_id, rows_read, open_count, history_count, repeated_count, refused_count, "
	                   "created_us) VALUES ($1, $2, $3,"
	                   " $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, 0, 0, $13)",
	                   BIND(val_int(begin->import_id), val_int(system_id), val_int(begin->upload->upload_id),
	                        val_str(begin->upload->name), val_str(begin->upload->sha256), val_str(begin->sheet),
	                        val_str(begin->columns), val_str(begin->document),
	                        val_int(text_is(in_text(rq, "closed"), "history")), val_int(rq->party.org_id),
	                        val_int(rq->party.account_id), val_int(begin->job_id), val_int(rq->now_us)));
}

static const char *json_kept(Request *rq, const json_t *json) {
	char *text = json_dumps(json, JSON_COMPACT);
	const char *kept = arena_strdup(rq->arena, text ? text : "");
	free(text);
	return kept;
}

static const char *columns_json(Request *rq, const Reader *reader) {
	int count;
	const Text *columns = reader_columns(reader, &count);
	json_t *names = json_array();
	for (int i = 0; i < count; i++)
		json_array_append_new(names, json_stringn(columns[i].at, columns[i].len));
	const char *kept = json_kept(rq, names);
	json_decref(names);
	return kept;
}

static int import_post(Request *rq) {
	Upload upload;
	Reader *reader;
	Mapping mapping;
	Begin begin = {.upload = &upload, .sheet = in_has(rq, "sheet") ? in_str(rq, "sheet") : ""};
	int code = upload_open(rq, in_int(rq, "upload_id"), &upload);
	if (code < 0) return code;
	const ReaderOptions options = {
	    .name = upload.name, .sha256 = upload.sha256, .size = upload.size, .sheet = *begin.sheet ? begin.sheet : NULL};
	code = reader_open(rq->arena, upload.path, &options, rq->error, &reader);
	if (code == 0) code = mapping_read(rq, in_json(rq, "mapping"), reader, true, &mapping);
	if (code < 0) return code;
	if (text_is(in_text(rq, "closed"), "history") &&
	    (mapping.column_of[IMPORT_CLOSED] < 0 || mapping.column_of[IMPORT_HAPPENED] < 0))
		return error_field(
		    rq->error, ERR_INVALID, "mapping.columns",
		    text_of(import_field_names[mapping.column_of[IMPORT_CLOSED] < 0 ? IMPORT_CLOSED : IMPORT_HAPPENED]),
		    "required", "Say which columns say when it happened and when it was closed.", "History needs both its times");
	begin.document = json_kept(rq, in_json(rq, "mapping"));
	begin.columns = columns_json(rq, reader);
	if ((code = request_write(rq, import_begin, &begin)) < 0) return code;
	rq->status = 201;
	rq->about_subject = begin.import_id;
	rq->about = arena_printf(rq->arena, "{\"sha256\":\"%s\",\"job\":\"%lld\"}", upload.sha256, (long long)begin.job_id);
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "import_id", begin.import_id);
	jw_kv_id(&rq->json, "job_id", begin.job_id);
	jw_object_end(&rq->json);
	return 0;
}

static int import_job_do(Request *rq, int (*act)(Request *rq, int64_t job_id)) {
	int64_t job_id = 0;
	int found = db_int(rq->db, &job_id, "SELECT job_id FROM event_import WHERE org_id = $1 AND import_id = $2",
	                   BIND(val_int(rq->party.org_id), val_int(in_int(rq, "id"))));
	if (found <= 0) return found < 0 ? found : import_missing(rq);
	rq->about_subject = in_int(rq, "id");
	int code = act(rq, job_id);
	return code < 0 ? code : 0;
}
static int import_cancel(Request *rq) {
	return import_job_do(rq, job_cancel);
}
static int import_resume(Request *rq) {
	return import_job_do(rq, job_resume);
}

/* --- the table ---------------------------------------------------------------------------------------------------------------
 */
#define LIMIT                                                                                                                    \
	{ "limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out" }
#define SHEET                                                                                                                    \
	{ "sheet", IN_BODY, TYPE_TEXT, .max = 100, .doc = "of a workbook, the first when left out" }
#define UPLOAD                                                                                                                   \
	{ "upload_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "of POST /event-imports/files" }
static const InputField none_in[] = {{0}};
static const InputField id_in[] = {ID_PATH("import"), {0}};
static const InputField file_in[] = {{"name", IN_QUERY, TYPE_TEXT, true, .min = 1, .max = 255, .doc = "file name"}, {0}};
static const InputField look_in[] = {
    UPLOAD,
    SHEET,
    {"system", IN_BODY, TYPE_TEXT, .min = 2, .max = 60, .doc = "sending system: its kept mapping"},
    {"class_column", IN_BODY, TYPE_TEXT, .max = 255, .doc = "column of the classes, else the proposed"},
    {0}};
static const InputField shifts_in[] = {
    {"upload_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "of POST /shifts/files"},
    SHEET,
    {"columns", IN_BODY, TYPE_JSON, .max = 4096,
     .doc = "{field: column}: desk, date, begin, end, person (login or name), rank, reach; found by name when left out"},
    {"desk", IN_BODY, TYPE_TEXT, .max = 20, .doc = "of rows that name none"},
    {"apply", IN_BODY, TYPE_BOOL, .doc = "write them; else only look"},
    {"skip_bad", IN_BODY, TYPE_BOOL, .doc = "rows that are no shifts are left out; else nothing is written while there are any"},
    {0}};
static const OutputField shifts_out[] = {
    {"sheets", "string[]", "of a workbook"},
    {"names", "string[]", "columns of the file"},
    {"columns", "{[field: string]: string}", "which column is what"},
    {"missing", "string", "a member that needs a column; empty: none"},
    {"rows", "number", "rows read"},
    {"fresh", "number", "shifts that are new"},
    {"same", "number", "were there already, or twice in the file"},
    {"bad", "number", "are no shifts"},
    {"made", "number", "shifts written"},
    {"items",
     "{row:number,state:\"new\"|\"same\"|\"bad\",desk:string,person:string,rank:number,reach:string,begin:string|null,end:string|"
     "null,field:string,value:string,message:string,advice:string}[]",
     "at most 500, what is wrong first"},
    {0}};
static const InputField begin_in[] = {
    UPLOAD,
    SHEET,
    {"system", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 60, .doc = "sending system: numbers are its own, the mapping is kept"},
    {"mapping", IN_BODY, TYPE_JSON, true, .max = 1 << 18, .doc = "{columns, classes, other, zone, crs}"},
    {"closed", IN_BODY, TYPE_ENUM, true, .choices = "history|refuse", .doc = "rows with a closing time: history, or refused"},
    {0}};
static const InputField list_in[] = {{"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"}, LIMIT, {0}};
static const InputField refused_in[] = {
    ID_PATH("import"), {"after", IN_QUERY, TYPE_ID, .min = 0, .doc = "`next` of the page before"}, LIMIT, {0}};
static const InputField refused_file_in[] = {
    ID_PATH("import"), {"format", IN_QUERY, TYPE_ENUM, .choices = "csv|xlsx|jsonl", .doc = "csv when left out"}, {0}};

#define MAPPING_TS "{columns:Record<string,string>,classes:Record<string,string>,other:string,zone:string,crs:string}"
#define IMPORT_TS                                                                                                                \
	"import_id:string,system:string,file_name:string,sha256:string,history:boolean,job_id:string,state:string,done:number,"  \
	"total:number,rows:number,opened:number,closed:number,repeated:number,refused:number,created_at:string,by_name:string|"  \
	"null,mapping:" MAPPING_TS ",error:{message:string,advice?:string}|null"
static const OutputField file_out[] = {{"upload_id", "string", "name it in the next calls"},
                                       {"name", "string", "file name"},
                                       {"size", "number", "bytes"},
                                       {"sha256", "string", "of the file"},
                                       {0}};
static const OutputField look_out[] = {{"format", "string", "csv, xlsx, jsonl, geojson"},
                                       {"rows", "number", "records"},
                                       {"sheets", "string[]", "of a workbook"},
                                       {"columns", "{name:string,samples:string[]}[]", "with examples"},
                                       {"values", "{value:string,count:number}[]", "of the column of classes, at most 200"},
                                       {"more_values", "boolean", "there are more"},
                                       {"kept", "boolean", "the mapping is the system's, as it was used last"},
                                       {"mapping", MAPPING_TS, "proposed"},
                                       {0}};
static const OutputField begin_out[] = {{"import_id", "string", "import"}, {"job_id", "string", "its job"}, {0}};
static const OutputField list_out[] = {{"items", "{" IMPORT_TS "}[]", "newest first"}, {"next", "string|null", "cursor"}, {0}};
static const OutputField one_out[] = {{"import_id", "string", "import"},
                                      {"system", "string", "sending system"},
                                      {"file_name", "string", "file"},
                                      {"sha256", "string", "of the file"},
                                      {"history", "boolean", "closed rows come in as history"},
                                      {"job_id", "string", "job"},
                                      {"state", "string", "of the job"},
                                      {"done", "number", "bytes read"},
                                      {"total", "number", "bytes in all, -1 not known"},
                                      {"rows", "number", "rows read for good"},
                                      {"opened", "number", "new events, to be dealt with"},
                                      {"closed", "number", "new events, history"},
                                      {"repeated", "number", "were there by their number"},
                                      {"refused", "number", "refused rows"},
                                      {"created_at", "string", "begun"},
                                      {"by_name", "string|null", "by whom"},
                                      {"mapping", MAPPING_TS, "as it was used"},
                                      {"error", "{message:string,advice?:string}|null", "why the job failed"},
                                      {0}};
static const OutputField systems_out[] = {
    {"items", "{system_id:string,name:string,mapping:" MAPPING_TS ",updated_at:string,updated_by:string,version:number}[]",
     "by name"},
    ONE_PAGE,
    {0}};
static const OutputField refused_out[] = {
    {"items", "{row_no:number,field:string,value:string,rule:string,message:string,advice:string}[]", "by row"},
    {"next", "string|null", "cursor"},
    {0}};

const Route intake_routes[INTAKE_ROUTES] = {
    {"POST", API "/event-imports/files", PERMIT_EVENT_DISPATCH, LANE_READ, upload_post, "intake.file",
     "Keeps a file of events (CSV, XLSX, JSON Lines, GeoJSON; also gzipped).", file_in, file_out, UPLOAD_MAX, ROUTE_SPOOL},
    {"POST", API "/event-imports/look", PERMIT_EVENT_DISPATCH, LANE_READ, import_look, "intake.look",
     "What the file holds, and the mapping: the system's kept one, or one proposed.", look_in, look_out},
    {"POST", API "/event-imports", PERMIT_EVENT_DISPATCH, LANE_READ, import_post, "intake.begin",
     "Imports the file by a job; the mapping is kept for the system. A number that came before makes no second event.", begin_in,
     begin_out},
    {"GET", API "/event-imports", PERMIT_EVENT_DISPATCH, LANE_READ, imports_get, "intake.list", "Imports of one's organisation.",
     list_in, list_out, 0, ROUTE_NO_EVIDENCE},
    {"GET", API "/event-import-systems", PERMIT_EVENT_DISPATCH, LANE_READ, systems_get, "intake.systems",
     "Sending systems with their mappings.", none_in, systems_out, 0, ROUTE_NO_EVIDENCE},
    {"GET", API "/event-imports/{id}", PERMIT_EVENT_DISPATCH, LANE_READ, import_get, "intake.get", "One import, how far it is.",
     id_in, one_out, 0, ROUTE_NO_EVIDENCE},
    {"GET", API "/event-imports/{id}/refused", PERMIT_EVENT_DISPATCH, LANE_READ, refused_get, "intake.refused",
     "Refused rows: field, value, rule, what to do.", refused_in, refused_out},
    {"GET", API "/event-imports/{id}/refused-file", PERMIT_EVENT_DISPATCH, LANE_READ, refused_file, "intake.refused_file",
     "Refused rows as they came, with what was wrong, to be mended.", refused_file_in, NULL, 0, ROUTE_STREAM | ROUTE_PERSONAL},
    {"POST", API "/shifts/files", PERMIT_EVENT_SUPERVISE, LANE_READ, upload_post, "shift.file",
     "Keeps a file of shifts (CSV, XLSX).", file_in, file_out, UPLOAD_MAX, ROUTE_SPOOL},
    {"POST", API "/shifts/import", PERMIT_EVENT_SUPERVISE, LANE_READ, shifts_import, "shift.import",
     "What the file's rows would be as shifts, and what is wrong with them; with apply they come in, all at once.", shifts_in,
     shifts_out},
    {"POST", API "/event-imports/{id}/cancel", PERMIT_EVENT_DISPATCH, LANE_WRITE, import_cancel, "intake.cancel",
     "Stops the job; what is in stays.", id_in, NULL},
    {"POST", API "/event-imports/{id}/resume", PERMIT_EVENT_DISPATCH, LANE_WRITE, import_resume, "intake.resume",
     "Goes on where it stopped.", id_in, NULL},
};
