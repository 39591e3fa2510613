/* The quarantine table: keep, list, mend, discard. Any thread, with its Request's connection. */
#include "record/quarantine.h"
#include "record/record.h"

static const Migration migrations[] = {
    {.name = "quarantine-1",
     .sql = "CREATE TABLE quarantine (" /* spread: by(resource_id) */
            " quarantine_id BIGINT NOT NULL, resource_id BIGINT NOT NULL, job_id BIGINT NOT NULL, row_no BIGINT NOT NULL,"
            " state TEXT NOT NULL, row_values TEXT NOT NULL, reasons TEXT NOT NULL, note TEXT, changed_by TEXT,"
            " replay_job_id BIGINT, version BIGINT NOT NULL, created_us BIGINT NOT NULL, changed_us BIGINT NOT NULL,"
            " PRIMARY KEY (resource_id, quarantine_id));\n"
            "CREATE UNIQUE INDEX quarantine_row ON quarantine (resource_id, job_id, row_no);\n"
            "CREATE INDEX quarantine_state ON quarantine (resource_id, state, quarantine_id);\n"
            "CREATE TABLE quarantine_reason (" /* spread: by(resource_id) */
            " resource_id BIGINT NOT NULL, quarantine_id BIGINT NOT NULL, rule TEXT NOT NULL, field TEXT NOT NULL,"
            " PRIMARY KEY (resource_id, rule, field, quarantine_id));\n"
            "CREATE INDEX quarantine_reason_row ON quarantine_reason (resource_id, quarantine_id)"},
};

/* --- in ------------------------------------------------------------------------------------------------------------- */

static char *reasons_json(Request *rq, const Reason *reasons, int count) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	JsonWriter json;
	jw_begin(&json, out);
	jw_array(&json);
	for (int i = 0; i < count; i++) {
		jw_object(&json);
		jw_kv_str(&json, "field", reasons[i].field);
		jw_kv_str(&json, "value", reasons[i].value);
		jw_kv_str(&json, "rule", reasons[i].rule);
		jw_kv_str(&json, "message", reasons[i].message);
		jw_kv_str(&json, "advice", reasons[i].advice);
		jw_object_end(&json);
	}
	jw_array_end(&json);
	return arena_strndup(rq->arena, out->at, out->len);
}

static int reasons_index(Request *rq, int64_t resource_id, int64_t quarantine_id, const Reason *reasons, int count) {
	for (int i = 0; i < count; i++) {
		int64_t done = db_run(
		    rq->db,
		    "INSERT INTO quarantine_reason (resource_id, quarantine_id, rule, field) VALUES ($1, $2, $3, $4)"
		    " ON CONFLICT (resource_id, rule, field, quarantine_id) DO NOTHING",
		    BIND(val_int(resource_id), val_int(quarantine_id), val_str(reasons[i].rule), val_str(reasons[i].field)));
		if (done < 0) return (int)done;
	}
	return 0;
}

int quarantine_put(Request *rq, const Resource *resource, int64_t job_id, const QuarantineRow *row) {
	int64_t id = store_new_id(rq->store);
	int64_t added = db_run(
	    rq->db,
	    "INSERT INTO quarantine (quarantine_id, resource_id, job_id, row_no, state, row_values, reasons, version,"
	    " created_us, changed_us) VALUES ($1, $2, $3, $4, 'open', $5, $6, 1, $7, $7)"
	    " ON CONFLICT (resource_id, job_id, row_no) DO NOTHING",
	    BIND(val_int(id), val_int(resource->resource_id), val_int(job_id), val_int(row->row_no), val_str(row->values_json),
	         val_str(reasons_json(rq, row->reasons, row->reason_count)), val_int(rq->now_us)));
	if (added <= 0) return (int)added;
	return reasons_index(rq, resource->resource_id, id, row->reasons, row->reason_count);
}

/* --- out ------------------------------------------------------------------------------------------------------------- */

static void json_free(void *object) {
	json_decref(object);
}

static json_t *json_in_arena(Request *rq, Text text) {
	json_t *value = json_loadb(text.at, text.len, JSON_DECODE_ANY, NULL);
	if (value) arena_on_free(rq->arena, json_free, value);
	return value;
}

static int rows_kept(Request *rq, Rows *rows, QuarantineKept *out) {
	out->quarantine_id = rows_int(rows, 0);
	out->job_id = rows_int(rows, 1);
	out->row_no = rows_int(rows, 2);
	out->version = rows_int(rows, 3);
	out->state = rows_str(rows, 4, rq->arena);
	out->values = json_in_arena(rq, rows_text(rows, 5));
	out->reasons = json_in_arena(rq, rows_text(rows, 6));
	return out->values && out->reasons
	           ? 0
	           : fail(rq, ERR_INTERNAL, "quarantine row %lld is not readable", (long long)out->quarantine_id);
}

#define KEPT_COLUMNS "q.quarantine_id, q.job_id, q.row_no, q.version, q.state, q.row_values, q.reasons"

/* $2 after $3 job $4 state $5 rule $6 field $7 rows $8 1: rule or field is asked for */
#define KEPT_FILTER                                                                                                              \
	" AND q.quarantine_id > $2/*if $3*/ AND q.job_id = $3/*end*//*if $4*/ AND q.state = $4/*end*//*if $8*/ AND EXISTS"       \
	" (SELECT 1 FROM quarantine_reason r WHERE r.resource_id = q.resource_id AND r.quarantine_id = q.quarantine_id AND"      \
	" CAST($8 AS BIGINT) = 1/*if $5*/ AND r.rule = $5/*end*//*if $6*/ AND r.field = $6/*end*/)/*end*/"                       \
	" ORDER BY q.quarantine_id LIMIT $7"

static Val text_asked(const char *text) {
	return text && *text ? val_str(text) : val_null();
}

static AskedSql kept_asked(Request *rq, const char *sql, Val first, const QuarantineFilter *filter, int64_t after, int max) {
	Val rule = text_asked(filter->rule), field = text_asked(filter->field);
	bool reason = rule.kind != VAL_NULL || field.kind != VAL_NULL;
	return asked_sql(rq, sql,
	                 BIND(first, val_int(after), filter->job_id ? val_int(filter->job_id) : val_null(),
	                      text_asked(filter->state), rule, field, val_int(max), reason ? val_int(1) : val_null()));
}

int quarantine_list(Request *rq, const QuarantineFilter *filter, int64_t after, QuarantineKept *out, int max) {
	Rows *rows;
	AskedSql asked = kept_asked(rq, "SELECT " KEPT_COLUMNS " FROM quarantine q WHERE q.resource_id = $1" KEPT_FILTER,
	                            val_int(filter->resource_id), filter, after, max);
	int count = 0, code = db_query(rq->db, &rows, ASKED(asked));
	if (code < 0) return code;
	while (code >= 0 && count < max && (code = rows_next(rows)) > 0)
		code = rows_kept(rq, rows, &out[count++]);
	rows_close(rows);
	return code < 0 ? code : count;
}

/* The same over every published resource of an organisation (sees_all: of all), in the order of ids. */
static int quarantine_list_all(Request *rq, const QuarantineFilter *filter, int64_t after, QuarantineKept *out,
                               int64_t *resources, int max) {
	Rows *rows;
	AskedSql asked = kept_asked(rq,
	                            "SELECT " KEPT_COLUMNS
	                            ", q.resource_id FROM quarantine q WHERE q.resource_id IN (SELECT resource_id FROM resource"
	                            " WHERE state = 'published'/*if $1*/ AND org_id = $1/*end*/)" KEPT_FILTER,
	                            rq->party.sees_all ? val_null() : val_int(rq->party.org_id), filter, after, max);
	int count = 0, code = db_query(rq->db, &rows, ASKED(asked));
	if (code < 0) return code;
	while (code >= 0 && count < max && (code = rows_next(rows)) > 0) {
		resources[count] = rows_int(rows, 7);
		code = rows_kept(rq, rows, &out[count++]);
	}
	rows_close(rows);
	return code < 0 ? code : count;
}

static int quarantine_one(Request *rq, int64_t quarantine_id, int64_t *resource_id, QuarantineKept *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT " KEPT_COLUMNS ", q.resource_id FROM quarantine q WHERE q.quarantine_id = $1",
	                   BIND(val_int(quarantine_id)));
	if (found <= 0)
		return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "there is no quarantined row %lld", (long long)quarantine_id);
	*resource_id = rows_int(rows, 7);
	return rows_kept(rq, rows, out);
}

/* --- changes of state ------------------------------------------------------------------------------------------------ */

int quarantine_mend(Request *rq, int64_t quarantine_id, int64_t resource_id, int64_t version, const json_t *values) {
	char *text = json_dumps(values, JSON_COMPACT);
	arena_on_free(rq->arena, free, text);
	int64_t done =
	    db_run(rq->db,
	           "UPDATE quarantine SET row_values = $1, state = 'mended', changed_by = $2, changed_us = $3,"
	           " version = version + 1 WHERE quarantine_id = $4 AND resource_id = $5 AND state IN ('open', 'mended')"
	           " AND ($6 = 0 OR version = $6)",
	           BIND(val_str(text), val_str(rq->party.login), val_int(rq->now_us), val_int(quarantine_id),
	                val_int(resource_id), val_int(version)));
	if (done < 0) return (int)done;
	if (done == 0)
		return fail(rq, ERR_CONFLICT, "row %lld was changed, replayed or discarded meanwhile: reload it",
		            (long long)quarantine_id);
	return feed_append(rq->db, FEED_TOPIC_QUARANTINE, resource_id, quarantine_id, FEED_UPDATE);
}

int quarantine_replayed(Request *rq, int64_t quarantine_id, int64_t job_id) {
	return (int)db_run(rq->db,
	                   "UPDATE quarantine SET state = 'replayed', replay_job_id = $1, changed_us = $2, version = version + 1"
	                   " WHERE quarantine_id = $3",
	                   BIND(val_int(job_id), val_int(rq->now_us), val_int(quarantine_id)));
}

int quarantine_refused_again(Request *rq, int64_t quarantine_id, const Reason *reasons, int reason_count) {
	int64_t resource_id = 0;
	int found = db_int(rq->db, &resource_id, "SELECT resource_id FROM quarantine WHERE quarantine_id = $1",
	                   BIND(val_int(quarantine_id)));
	if (found <= 0) return found;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE quarantine SET state = 'open', reasons = $1, changed_us = $2, version = version + 1"
	           " WHERE quarantine_id = $3",
	           BIND(val_str(reasons_json(rq, reasons, reason_count)), val_int(rq->now_us), val_int(quarantine_id)));
	if (done < 0) return (int)done;
	done = db_run(rq->db, "DELETE FROM quarantine_reason WHERE resource_id = $1 AND quarantine_id = $2",
	              BIND(val_int(resource_id), val_int(quarantine_id)));
	return done < 0 ? (int)done : reasons_index(rq, resource_id, quarantine_id, reasons, reason_count);
}

/* --- routes ----------------------------------------------------------------------------------------------------------- */

/* Whether the caller sees values clear: an officer who loads for the supplier. ERR_FORBIDDEN when not even masked. */
static int quarantine_view(Request *rq, int64_t resource_id, const Resource **resource, bool *clear) {
	int code = resource_find(rq, resource_id, resource);
	if (code == 0) code = resource_own(rq, *resource);
	if (code == 0) {
		*clear = (*resource)->org_id == rq->party.org_id && party_may(&rq->party, PERMIT_LOAD);
		rq->about_resource = resource_id;
	}
	return code;
}

static Text value_shown(Request *rq, const Resource *resource, const char *name, Text value, bool clear) {
	const Field *field = resource_field(resource, text_of(name));
	if (field && field->grade >= 3 && clear) rq->sensitive = true;
	if (clear || value.at == NULL) return value;
	/* a column that no field takes has no grade: nobody but the supplier sees it */
	return field ? mask_text(rq->app, field_mask(field), value, text_of(resource->code), rq->arena) : TEXT("***");
}

static void kept_write(Request *rq, const Resource *resource, const QuarantineKept *kept, bool clear) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_id(json, "quarantine_id", kept->quarantine_id);
	jw_kv_id(json, "resource_id", resource->resource_id);
	jw_kv_str(json, "resource_name", resource->name);
	jw_kv_id(json, "job_id", kept->job_id);
	jw_kv_int(json, "row_no", kept->row_no);
	jw_kv_str(json, "state", kept->state);
	jw_kv_int(json, "version", kept->version);
	jw_kv_bool(json, "clear", clear);
	jw_key(json, "values");
	jw_object(json);
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)kept->values, name, value)
	    jw_kv_text(json, name, value_shown(rq, resource, name, text_of(json_string_value(value)), clear));
	jw_object_end(json);
	jw_key(json, "reasons");
	jw_array(json);
	size_t index;
	json_array_foreach(kept->reasons, index, value) {
		const char *field = json_string_value(json_object_get(value, "field"));
		jw_object(json);
		jw_kv_str(json, "field", field);
		jw_kv_text(json, "value",
		           value_shown(rq, resource, field ? field : "",
		                       text_of(json_string_value(json_object_get(value, "value"))), clear));
		jw_kv_str(json, "rule", json_string_value(json_object_get(value, "rule")));
		jw_kv_str(json, "message", message_say(rq, json_string_value(json_object_get(value, "message"))));
		jw_kv_str(json, "advice", message_say(rq, json_string_value(json_object_get(value, "advice"))));
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
	rq->row_count++;
}

static int quarantine_get_list(Request *rq) {
	const Resource *resource = NULL;
	bool clear = false;
	int code = in_has(rq, "resource") ? quarantine_view(rq, in_int(rq, "resource"), &resource, &clear) : 0;
	if (code < 0) return code;
	int limit = in_has(rq, "limit") ? (int)in_int(rq, "limit") : 50;
	QuarantineFilter filter = {.resource_id = resource ? resource->resource_id : 0,
	                           .job_id = in_int(rq, "job"),
	                           .state = in_str(rq, "state"),
	                           .rule = in_str(rq, "rule"),
	                           .field = in_str(rq, "field")};
	QuarantineKept *kept = ARENA_ARRAY(rq->arena, QuarantineKept, limit + 1);
	int64_t *resources = ARENA_ARRAY(rq->arena, int64_t, limit + 1);
	int count = resource ? quarantine_list(rq, &filter, in_int(rq, "after"), kept, limit + 1)
	                     : quarantine_list_all(rq, &filter, in_int(rq, "after"), kept, resources, limit + 1);
	if (count < 0) return count;
	int shown = count < limit ? count : limit;
	bool all = resource == NULL;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < shown; i++) {
		if (all && (code = quarantine_view(rq, resources[i], &resource, &clear)) < 0) return code;
		kept_write(rq, resource, &kept[i], clear);
	}
	if (all) rq->about_resource = 0;
	answer_rows_end(rq, count > limit ? kept[shown - 1].quarantine_id : 0);
	return 0;
}

static int quarantine_get(Request *rq) {
	int64_t resource_id;
	QuarantineKept kept;
	const Resource *resource;
	bool clear;
	int code = quarantine_one(rq, in_int(rq, "id"), &resource_id, &kept);
	if (code == 0) code = quarantine_view(rq, resource_id, &resource, &clear);
	if (code == 0) kept_write(rq, resource, &kept, clear);
	return code;
}

static int quarantine_summary(Request *rq) {
	const Resource *resource;
	bool clear;
	int code = quarantine_view(rq, in_int(rq, "resource"), &resource, &clear);
	Rows *rows;
	JsonWriter *json = &rq->json;
	if (code == 0)
		code = db_query(
		    rq->db, &rows,
		    "SELECT r.rule, r.field, COUNT(*) FROM quarantine_reason r JOIN quarantine q ON q.resource_id = r.resource_id"
		    " AND q.quarantine_id = r.quarantine_id WHERE r.resource_id = $1 AND q.state IN ('open', 'mended')"
		    " GROUP BY r.rule, r.field ORDER BY 3 DESC, 1, 2",
		    BIND(val_int(resource->resource_id)));
	if (code < 0) return code;
	jw_object(json);
	jw_key(json, "by_rule");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		jw_object(json);
		jw_kv_text(json, "rule", rows_text(rows, 0));
		jw_kv_text(json, "field", rows_text(rows, 1));
		jw_kv_int(json, "count", rows_int(rows, 2));
		jw_object_end(json);
	}
	jw_array_end(json);
	if (code == 0)
		code = db_query(rq->db, &rows,
		                "SELECT state, COUNT(*) FROM quarantine WHERE resource_id = $1 GROUP BY state ORDER BY state",
		                BIND(val_int(resource->resource_id)));
	if (code < 0) return code;
	jw_key(json, "by_state");
	jw_object(json);
	while ((code = rows_next(rows)) > 0) {
		jw_key_text(json, rows_text(rows, 0));
		jw_int(json, rows_int(rows, 1));
	}
	jw_object_end(json);
	jw_object_end(json);
	return code;
}

/* A change of one row by the supplier's officer: finds it and checks whose it is. */
static int quarantine_own(Request *rq, QuarantineKept *kept, const Resource **resource) {
	int64_t resource_id;
	bool clear;
	int code = quarantine_one(rq, in_int(rq, "id"), &resource_id, kept);
	if (code == 0) code = quarantine_view(rq, resource_id, resource, &clear);
	if (code == 0 && !clear)
		code = fail(rq, ERR_FORBIDDEN, "only a data officer of the supplier may change a quarantined row");
	rq->about_subject = code == 0 ? kept->quarantine_id : 0;
	return code;
}

static int quarantine_patch(Request *rq) {
	QuarantineKept kept;
	const Resource *resource;
	int code = quarantine_own(rq, &kept, &resource);
	if (code < 0) return code;
	const char *name;
	json_t *value;
	json_object_foreach(in_json(rq, "values"), name, value) {
		if (!json_object_get(kept.values, name) && !resource_field(resource, text_of(name)))
			return error_field(rq->error, ERR_INVALID, "values", text_of(name), "unknown_field",
			                   "Use the names shown in the row.", "the row has no field %s", name);
		if (!json_is_string(value) && !json_is_null(value))
			return error_field(rq->error, ERR_INVALID, name, TEXT_NONE, "text",
			                   "Give every value as text, or null for none.", "the value of %s is not a text", name);
		json_object_set(kept.values, name, value);
	}
	rq->row_count = 1;
	code = quarantine_mend(rq, kept.quarantine_id, resource->resource_id, in_int(rq, "version"), kept.values);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "quarantine_id", kept.quarantine_id);
	jw_kv_int(&rq->json, "version", in_int(rq, "version") + 1);
	jw_kv_str(&rq->json, "state", "mended");
	jw_object_end(&rq->json);
	return 0;
}

static int quarantine_discard(Request *rq) {
	QuarantineKept kept;
	const Resource *resource;
	int code = quarantine_own(rq, &kept, &resource);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE quarantine SET state = 'discarded', note = $1, changed_by = $2, changed_us = $3, version = version + 1"
	           " WHERE quarantine_id = $4 AND version = $5 AND state IN ('open', 'mended')",
	           BIND(val_text(in_text(rq, "reason")), val_str(rq->party.login), val_int(rq->now_us),
	                val_int(kept.quarantine_id), val_int(in_int(rq, "version"))));
	if (done < 0) return (int)done;
	if (done == 0)
		return fail(rq, ERR_CONFLICT, "row %lld was changed, replayed or discarded meanwhile: reload it",
		            (long long)kept.quarantine_id);
	rq->row_count = 1;
	return feed_append(rq->db, FEED_TOPIC_QUARANTINE, resource->resource_id, kept.quarantine_id, FEED_STATE);
}

static const InputField list_inputs[] = {
    {.name = "resource",
     .in = IN_QUERY,
     .type = TYPE_ID,
     .min = 1,
     .doc = "resource id; absent: all of one's organisation (the data bureau: all)"},
    {.name = "job", .in = IN_QUERY, .type = TYPE_ID, .min = 1, .doc = "only rows that this job refused"},
    {.name = "rule", .in = IN_QUERY, .type = TYPE_TEXT, .max = 32, .doc = "only rows refused by this rule"},
    {.name = "field", .in = IN_QUERY, .type = TYPE_TEXT, .max = 63, .doc = "only rows refused for this field"},
    {.name = "state",
     .in = IN_QUERY,
     .type = TYPE_ENUM,
     .choices = "open|mended|replayed|discarded",
     .doc = "only rows in this state"},
    {.name = "after", .in = IN_QUERY, .type = TYPE_ID, .min = 0, .doc = "`next` of the page before"},
    {.name = "limit", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when absent"},
    {0},
};
static const InputField summary_inputs[] = {
    {.name = "resource", .in = IN_QUERY, .type = TYPE_ID, .required = true, .min = 1, .doc = "resource id"},
    {0},
};
static const InputField id_inputs[] = {ID_PATH("row id"), {0}};
#define VERSION_INPUT                                                                                                            \
	{ "version", IN_BODY, TYPE_INT, true, .min = 1, .max = INT32_MAX, .doc = "version the change is based on" }
static const InputField patch_inputs[] = {
    ID_PATH("row id"),
    VERSION_INPUT,
    {.name = "values",
     .in = IN_BODY,
     .type = TYPE_JSON,
     .required = true,
     .max = 1 << 20,
     .doc = "object: field → new text, or null for none"},
    {0},
};
static const InputField discard_inputs[] = {
    ID_PATH("row id"),
    VERSION_INPUT,
    {.name = "reason",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .required = true,
     .min = 2,
     .max = 500,
     .doc = "why the row is given up; kept as evidence"},
    {0},
};
#define ROW_OUTPUTS                                                                                                              \
	{"quarantine_id", "string", "row id"}, {"resource_id", "string", "resource"}, {"resource_name", "string", "its name"},   \
	    {"job_id", "string", "job that refused it"}, {"row_no", "number", "1-based row of the source"},                      \
	    {"state", "\"open\" | \"mended\" | \"replayed\" | \"discarded\"", "state"}, {"version", "number", "for changes"},    \
	    {"clear", "boolean", "whether values are shown clear"},                                                              \
	    {"values", "Record<string, string | null>", "the row, whole"}, {                                                     \
		"reasons", "{field: string, value: string, rule: string, message: string, advice: string}[]",                    \
		    "why it was refused"                                                                                         \
	}
static const OutputField row_outputs[] = {ROW_OUTPUTS, {0}};
static const OutputField list_outputs[] = {
    {"items", "QuarantineGetOutput[]", "rows, oldest first"}, {"next", "string | null", "for `after`"}, {0}};
static const OutputField summary_outputs[] = {
    {"by_rule", "{rule: string, field: string, count: number}[]", "open and mended rows by rule and field, most first"},
    {"by_state", "Record<string, number>", "rows by state"},
    {0},
};
static const OutputField patch_outputs[] = {
    {"quarantine_id", "string", "row id"}, {"version", "number", "new version"}, {"state", "string", "mended"}, {0}};

static const Route routes[] = {
    {"GET", "/api/v1/quarantine", PERMIT_JOBS_READ, LANE_READ, quarantine_get_list, "quarantine.list",
     "Refused rows of a resource, oldest first; masked unless the caller loads for the supplier.", list_inputs, list_outputs},
    {"GET", "/api/v1/quarantine/summary", PERMIT_JOBS_READ, LANE_READ, quarantine_summary, "quarantine.summary",
     "Refused rows of a resource counted by rule, field and state.", summary_inputs, summary_outputs},
    {"GET", "/api/v1/quarantine/{id}", PERMIT_JOBS_READ, LANE_READ, quarantine_get, "quarantine.get",
     "One refused row with its reasons.", id_inputs, row_outputs},
    {"PATCH", "/api/v1/quarantine/{id}", PERMIT_LOAD, LANE_WRITE, quarantine_patch, "quarantine.mend",
     "Mends values of a refused row; replay then takes it in.", patch_inputs, patch_outputs},
    {"POST", "/api/v1/quarantine/{id}/discard", PERMIT_LOAD, LANE_WRITE, quarantine_discard, "quarantine.discard",
     "Gives a refused row up, with a reason; the row stays readable.", discard_inputs, NULL},
};

const Module quarantine_module = {
    .name = "quarantine",
    ROWS_OF(route, routes),
    ROWS_OF(migration, migrations),
};
