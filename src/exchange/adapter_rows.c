/* What there is to give in a template: published entries, share requests, days of use, records. Each row is made as an object of
 * our fields and then put into the mapping's columns. Reads what the party may see; on its thread, with its connection. */
#include "exchange/adapter.h"
#include <stdlib.h>

typedef struct Giving {
	Request *rq;
	const Adapter *adapter;
	AdapterRowFn fn;
	void *arg;
	Text *values;
} Giving;

static Giving giving_of(Request *rq, const Adapter *adapter, AdapterRowFn fn, void *arg) {
	return (Giving){rq, adapter, fn, arg, ARENA_ARRAY(rq->arena, Text, adapter->count + 1)};
}

static Text member(const json_t *object, const char *name) {
	const json_t *value = json_object_get(object, name);
	return json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : TEXT_NONE;
}

static int give(Giving *giving, const json_t *row) {
	for (int i = 0; i < giving->adapter->count; i++) {
		const AdapterField *field = giving->adapter->columns[i].field;
		giving->values[i] = field ? member(row, field->name) : TEXT_NONE;
	}
	return giving->fn(giving->arg, giving->values);
}

static void put(json_t *row, const char *name, Text value) {
	if (value.at && value.len > 0) json_object_set_new(row, name, json_stringn(value.at, value.len));
}

static void put_day(json_t *row, const char *name, int32_t day) {
	char text[CLOCK_TEXT_MAX];
	put(row, name, text_of(date_format(day, text)));
}

static void put_time(json_t *row, const char *name, int64_t us) {
	char text[CLOCK_TEXT_MAX];
	if (us) put(row, name, text_of(clock_format(us, text)));
}

static void put_int(json_t *row, const char *name, int64_t number) {
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)number);
	put(row, name, text_of(text));
}

/* --- catalogue ---------------------------------------------------------------------------------------------------------------
 */

static void put_list(json_t *row, const char *name, const json_t *list) {
	Buf joined = {0};
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)list, index, item) buf_printf(&joined, "%s%s", index ? "、" : "", json_string_value(item));
	put(row, name, buf_as_text(&joined));
	buf_free(&joined);
}

/* Codes of the entries that fields refer to ("code.field"), each once. */
static void put_related(json_t *row, const json_t *fields) {
	json_t *codes = json_array(), *field, *other;
	size_t index, at;
	json_array_foreach((json_t *)fields, index, field) {
		Text ref = member(field, "ref");
		const char *dot = ref.at ? strrchr(ref.at, '.') : NULL;
		json_t *code = dot ? json_stringn(ref.at, (size_t)(dot - ref.at)) : NULL;
		bool known = !code;
		json_array_foreach(codes, at, other) known = known || json_equal(other, code);
		if (known)
			json_decref(code);
		else
			json_array_append_new(codes, code);
	}
	put_list(row, "related", codes);
	json_decref(codes);
}

static json_t *entry_object(const json_t *document, const char *org_code, const char *org_name, int64_t published_us) {
	static const char *const same[] = {
	    "code", "name", "summary", "domain", "sharing", "opening", "opening_condition", "update_promise", "contact"};
	static const char *const lists[] = {"keywords", "formats", "sharing_ways"};
	json_t *row = json_object();
	Text code = member(document, "code");
	const char *slash = code.at ? memchr(code.at, '/', code.len) : NULL;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		put(row, same[i], member(document, same[i]));
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		put_list(row, lists[i], json_object_get(document, lists[i]));
	if (slash) put(row, "class", (Text){code.at, (size_t)(slash - code.at)});
	put(row, "sharing_terms",
	    member(document, text_is(member(document, "sharing"), "none") ? "sharing_basis" : "sharing_condition"));
	put(row, "provider_code", text_of(org_code));
	put(row, "provider_name", text_of(org_name));
	if (published_us) put_day(row, "published_on", date_of_us(published_us));
	put_related(row, json_object_get(document, "fields"));
	return row;
}

static void put_item(json_t *row, const json_t *field) {
	static const char *const texts[][2] = {{"item_title", "title"}, {"item_name", "name"}, {"item_kind", "kind"}};
	static const char *const numbers[][2] = {{"item_length", "length"}, {"item_scale", "scale"}, {"item_grade", "grade"}};
	static const char *const bools[][2] = {{"item_key", "key"}, {"item_required", "required"}};
	for (size_t i = 0; i < 3; i++) {
		json_object_del(row, texts[i][0]);
		json_object_del(row, numbers[i][0]);
		put(row, texts[i][0], member(field, texts[i][1]));
		int64_t number = json_integer_value(json_object_get(field, numbers[i][1]));
		if (number > 0) put_int(row, numbers[i][0], number);
	}
	for (size_t i = 0; i < 2; i++)
		put(row, bools[i][0], text_of(json_is_true(json_object_get(field, bools[i][1])) ? "true" : "false"));
}

int adapter_entry_rows(Request *rq, const Adapter *adapter, const json_t *document, const char *org_code, const char *org_name,
                       int64_t published_us, AdapterRowFn fn, void *arg) {
	Giving giving = giving_of(rq, adapter, fn, arg);
	json_t *row = entry_object(document, org_code, org_name, published_us), *field;
	size_t index;
	int code = 0;
	json_array_foreach(json_object_get(document, "fields"), index, field) {
		put_item(row, field);
		if (code == 0) code = give(&giving, row);
	}
	json_decref(row);
	return code;
}

static int catalogue_rows(Giving *giving) {
	Request *rq = giving->rq;
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT v.document, o.code, o.name, v.published_at FROM resource r JOIN resource_version v ON v.resource_id ="
	    " r.resource_id AND v.version_no = r.published_version JOIN org o ON o.org_id = r.org_id"
	    " WHERE r.state = 'published' ORDER BY r.code",
	    NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Text text = rows_text(rows, 0);
		json_t *document = json_loadb(text.at, text.len, 0, NULL);
		code = adapter_entry_rows(rq, giving->adapter, document, rows_str(rows, 1, rq->arena),
		                          rows_str(rows, 2, rq->arena), rows_int(rows, 3), giving->fn, giving->arg);
		json_decref(document);
		if (code < 0) rows_close(rows);
	}
	return code;
}

/* --- requests ------------------------------------------------------------------------------------------------------------------
 */

static void put_form(json_t *row, Text text) {
	static const char *const texts[] = {"purpose", "basis", "service_item"};
	json_t *form = json_loadb(text.at ? text.at : "{}", text.at ? text.len : 2, 0, NULL), *field;
	Buf names = {0};
	size_t index;
	int64_t until;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		put(row, texts[i], member(form, texts[i]));
	json_array_foreach(json_object_get(form, "fields"), index, field)
	    buf_printf(&names, "%s%s", index ? "、" : "", json_string_value(json_object_get(field, "name")));
	put(row, "fields", buf_as_text(&names));
	if (json_is_array(json_object_get(form, "way")))
		put_list(row, "way", json_object_get(form, "way"));
	else
		put(row, "way", member(form, "way"));
	if (clock_parse(member(form, "until"), &until) == 0) put_day(row, "until", date_of_us(until));
	if (json_integer_value(json_object_get(form, "quota_day")))
		put_int(row, "quota_day", json_integer_value(json_object_get(form, "quota_day")));
	buf_free(&names);
	json_decref(form);
}

/* The state as people call it; its code where the mapping translates codes itself. */
static int put_state(Giving *giving, json_t *row, int version, Text code) {
	int column = adapter_column_of(giving->adapter, "state");
	const char *title = NULL, *title_en;
	int done = 0;
	bool translated = column >= 0 && json_object_size(giving->adapter->columns[column].codes) > 0;
	if (!translated) done = case_state_titles(giving->rq, TEXT("share_request"), version, code, &title, &title_en);
	put(row, "state", title && *title ? text_of(title) : code);
	put(row, "state_code", code);
	return done < 0 ? done : 0;
}

static int request_rows(Giving *giving, const AdapterRange *range) {
	static const char *const texts[] = {"number",     "resource_code", "resource_name", "asker_code",
	                                    "asker_name", "supplier_code", "supplier_name", "account"};
	Request *rq = giving->rq;
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT CASE WHEN c.outside_platform = $5 THEN c.outside_number ELSE c.number END, r.code, r.name, a.code, a.name,"
	    " s.code, s.name, u.login, c.state, c.form, c.created_at, c.closed_at, CASE WHEN c.outcome = 'refused' THEN (SELECT"
	    " e.form FROM case_event e WHERE e.case_id = c.case_id AND e.event_no = (SELECT max(b.event_no) FROM case_event b"
	    " WHERE b.case_id = c.case_id AND b.action = 'refuse')) END, c.process_version"
	    " FROM work_case c JOIN resource r ON r.resource_id = c.resource_id JOIN org a ON a.org_id = c.asker_org"
	    " JOIN org s ON s.org_id = c.supplier_org LEFT JOIN account u ON u.account_id = c.account_id AND u.kind = 'service'"
	    " WHERE c.line = 'sharing' AND c.process = 'share_request' AND c.created_at >= $1 AND"
	    " c.created_at < $2 AND (CAST($3 AS BIGINT) = 1 OR c.asker_org = $4 OR c.supplier_org = $4)"
	    " ORDER BY c.case_id",
	    BIND(val_int(range->from_us), val_int(range->to_us), val_int(rq->party.sees_all), val_int(rq->party.org_id),
	         val_str(giving->adapter->platform)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		json_t *row = json_object();
		for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
			put(row, texts[i], rows_text(rows, i));
		put_form(row, rows_text(rows, 9));
		json_t *refusal =
		    json_loadb(rows_text(rows, 12).at ? rows_text(rows, 12).at : "", rows_text(rows, 12).len, 0, NULL);
		put(row, "refusal", member(refusal, "basis"));
		json_decref(refusal);
		put_time(row, "asked_at", rows_int(rows, 10));
		put_time(row, "closed_at", rows_int(rows, 11));
		code = put_state(giving, row, (int)rows_int(rows, 13), rows_text(rows, 8));
		if (code == 0) code = give(giving, row);
		json_decref(row);
		if (code < 0) rows_close(rows);
	}
	return code;
}

/* --- use
 * ------------------------------------------------------------------------------------------------------------------------ */

static int usage_rows(Giving *giving, const AdapterRange *range) {
	static const char *const texts[] = {"resource_code", "resource_name", "supplier_code", "supplier_name",
	                                    "user_code",     "user_name",     "account",       "purpose"};
	Request *rq = giving->rq;
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT g.grant_id, u.day, CAST(sum(u.used) AS BIGINT), r.code, r.name, s.code, s.name, o.code, o.name, a.login, "
	    "g.purpose"
	    " FROM grant_use u JOIN access_grant g ON g.grant_id = u.grant_id JOIN account a ON a.account_id = g.account_id"
	    " JOIN org o ON o.org_id = a.org_id JOIN org s ON s.org_id = g.owner_org_id JOIN resource r ON r.resource_id = "
	    "g.resource_id"
	    " WHERE u.day >= $1 AND u.day < $2 AND (CAST($3 AS BIGINT) = 1 OR a.org_id = $4 OR g.owner_org_id = $4)"
	    " GROUP BY g.grant_id, u.day, r.code, r.name, s.code, s.name, o.code, o.name, a.login, g.purpose ORDER BY u.day, "
	    "g.grant_id",
	    BIND(val_int(date_of_us(range->from_us)), val_int((int64_t)date_of_us(range->to_us)), val_int(rq->party.sees_all),
	         val_int(rq->party.org_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		json_t *row = json_object();
		char id[60], day[CLOCK_TEXT_MAX];
		date_format((int32_t)rows_int(rows, 1), day);
		snprintf(id, sizeof id, "%lld-%s", (long long)rows_int(rows, 0), day);
		put(row, "usage_id", text_of(id));
		put(row, "day", text_of(day));
		put_int(row, "records", rows_int(rows, 2));
		for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
			put(row, texts[i], rows_text(rows, 3 + i));
		code = give(giving, row);
		json_decref(row);
		if (code < 0) rows_close(rows);
	}
	return code;
}

/* --- records
 * --------------------------------------------------------------------------------------------------------------------- */

static int record_rows(Giving *giving, RecordScan **out) {
	Request *rq = giving->rq;
	const Resource *resource;
	const Adapter *adapter = giving->adapter;
	int *from = ARENA_ARRAY(rq->arena, int, adapter->count + 1);
	int code = resource_find_code(rq, text_of(adapter->resource), &resource);
	if (code < 0) return code;
	rq->about_resource = resource->resource_id;
	code = record_scan_open(rq, resource, WAY_DOWNLOAD, out);
	if (code < 0) return code;
	for (int i = 0; i < adapter->count; i++) {
		from[i] = -1;
		for (int j = 0; adapter->columns[i].field && j < (*out)->count; j++)
			if (strcmp((*out)->fields[j].field->name, adapter->columns[i].field->name) == 0) from[i] = j;
	}
	bool proxied = resource->keeper == KEEPER_PROXY; /* by id, so that the same records give the same file */
	code = record_scan_rows(*out, 0, !proxied, 0);
	while (code >= 0 && (code = record_scan_next(*out)) > 0) {
		for (int i = 0; i < adapter->count; i++)
			giving->values[i] = from[i] < 0 ? TEXT_NONE : record_scan_text(*out, from[i]);
		code = giving->fn(giving->arg, giving->values);
	}
	return code;
}

int adapter_rows(Request *rq, const Adapter *adapter, const AdapterRange *range, AdapterRowFn fn, void *arg, RecordScan **scan) {
	Giving giving = giving_of(rq, adapter, fn, arg);
	int code = ERR_INTERNAL;
	*scan = NULL;
	switch (adapter->data) {
	case ADAPTER_CATALOGUE:
		code = catalogue_rows(&giving);
		break;
	case ADAPTER_REQUESTS:
		code = request_rows(&giving, range);
		break;
	case ADAPTER_USAGE:
		code = usage_rows(&giving, range);
		break;
	default:
		code = record_rows(&giving, scan);
	}
	return code < 0 ? code : 0;
}
