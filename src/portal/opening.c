/* Owns the life of an opening: the supplier asks (checks run, the k-anonymity figure is computed on the live rows), the data
 * bureau approves or returns, either closes; and the action by which record/ learns what is open. Workers and writers; one
 * request. */
#include "portal/parts.h"

/* --- may a field be open? -------------------------------------------------------------------------------------------- */

static const struct {
	const char *rule, *message;
} refusals[] = {
    {"open_grade", "it is graded L3 or L4"},
    {"open_check", "it holds numbers that identify persons"},
    {"open_personal", "it is personal data of grade L2 or higher"},
    {"open_masked", "departments see it masked"},
    {"open_values", "numbers of persons stand in its values"},
};

const char *opening_refusal(const Field *field, bool element_personal, const char **rule) {
	Check check = field->check;
	bool person = check == CHECK_GB11643 || check == CHECK_GB11643_15 || check == CHECK_MOBILE || check == CHECK_EMAIL ||
	              check == CHECK_PLATE;
	int why = person                                  ? 1
	          : field->grade >= 3                     ? 0
	          : element_personal && field->grade >= 2 ? 2
	          : field->mask != MASK_NONE              ? 3
	                                                  : -1;
	*rule = why < 0 ? NULL : refusals[why].rule;
	return why < 0 ? NULL : refusals[why].message;
}

static int element_personal(Request *rq, const Field *field, bool *out) {
	int64_t personal = 0;
	int code = *field->element
	               ? db_int(rq->db, &personal, "SELECT personal FROM element WHERE code = $1", BIND(val_str(field->element)))
	               : 0;
	*out = personal != 0;
	return code < 0 ? code : 0;
}

static int field_refusal(Request *rq, const Field *field, const char **rule, const char **message) {
	bool personal;
	int code = element_personal(rq, field, &personal);
	*message = code < 0 ? NULL : opening_refusal(field, personal, rule);
	return code;
}

static const Field *field_by_no(const Resource *resource, int64_t no) {
	for (int i = 0; i < resource->field_count; i++)
		if (resource->fields[i].no == no) return &resource->fields[i];
	return NULL;
}

static json_t *json_kept(Request *rq, Text text) {
	json_t *json = json_loadb(text.at, text.len, 0, NULL);
	if (json) arena_on_free(rq->arena, (ArenaCleanup)json_decref, json);
	return json;
}

/* A field graded up, or personal now, is shut from the next generation on, without anybody's asking. */
int action_opening_fields(Request *rq, void *arg) {
	OpeningFields *out = arg;
	Rows *rows;
	size_t index;
	json_t *one;
	int code = db_one(rq->db, &rows, "SELECT opening_id, fields FROM opening WHERE resource_id = $1 AND state = 'open'",
	                  BIND(val_int(out->resource->resource_id)));
	out->opening_id = 0;
	if (code <= 0) return code;
	int64_t opening_id = rows_int(rows, 0);
	json_t *fields = json_kept(rq, rows_text(rows, 1));
	json_array_foreach(fields, index, one) {
		const Field *field = field_by_no(out->resource, json_integer_value(json_object_get(one, "no")));
		const char *rule, *message;
		if (!field) continue; /* retired since */
		if ((code = field_refusal(rq, field, &rule, &message)) < 0) return code;
		out->opened[field - out->resource->fields] = message == NULL;
	}
	out->opening_id = opening_id;
	return 0;
}

int action_opening_list(Request *rq, void *arg) {
	enum { LISTED_MAX = 500 };
	OpeningList *out = arg;
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, LISTED_MAX);
	Rows *rows;
	int code = db_query(rq->db, &rows, "SELECT resource_id FROM opening WHERE state = 'open' ORDER BY resource_id LIMIT $1",
	                    BIND(val_int(LISTED_MAX)));
	if (code < 0) return code;
	*out = (OpeningList){.resources = ids};
	while (out->count < LISTED_MAX && (code = rows_next(rows)) > 0)
		ids[out->count++] = rows_int(rows, 0);
	rows_close(rows);
	return code < 0 ? code : 0;
}

/* --- the check ------------------------------------------------------------------------------------------------------- */

typedef struct Asked {
	const Resource *resource;
	Persons *persons;                            /* of each field of the resource */
	int fields[OPENING_FIELDS_MAX], field_count; /* positions */
	int quasi[QUASI_MAX], quasi_count;
	KAnonymity k;
	int64_t rows;
} Asked;

static int names_read(Request *rq, const Resource *resource, const char *input, int *positions, int most, int *count) {
	size_t index;
	json_t *one, *names = in_json(rq, input);
	*count = 0;
	if (names && !json_is_array(names))
		return error_field(rq->error, ERR_INVALID, input, TEXT_NONE, "type", "", "This is an array of field names");
	json_array_foreach(names, index, one) {
		const char *name = json_is_string(one) ? json_string_value(one) : "";
		const Field *field = resource_field(resource, text_of(name));
		if (!field)
			return error_field(rq->error, ERR_INVALID, input, text_of(name), "unknown_field",
			                   "Use the names of the catalogue entry's fields.", "the entry has no field %s", name);
		if (*count == most)
			return error_field(rq->error, ERR_INVALID, input, text_of(name), "length", "name fewer",
			                   "At most %d fields can be named here", most);
		for (int i = 0; i < *count; i++)
			if (positions[i] == field - resource->fields)
				return error_field(rq->error, ERR_INVALID, input, text_of(name), "twice", "give it once",
				                   "%s is given twice", name);
		positions[(*count)++] = (int)(field - resource->fields);
	}
	return 0;
}

/* The entry is there, published, meant to be opened, and the caller's own. */
static int resource_open_to_ask(Request *rq, const Resource **out) {
	Rows *rows;
	int code = resource_find(rq, in_int(rq, "resource_id"), out);
	if (code == 0) code = resource_own(rq, *out);
	if (code == 0 && rq->party.kind != PARTY_SYSTEM && rq->party.org_id != (*out)->org_id)
		code = fail(rq, ERR_FORBIDDEN, "only the supplier asks to open its data");
	if (code == 0) code = resource_not_proxied(rq, *out, "be opened to the public");
	if (code < 0) return code;
	rq->about_resource = (*out)->resource_id;
	code = db_one(rq->db, &rows, "SELECT opening FROM resource WHERE resource_id = $1", BIND(val_int((*out)->resource_id)));
	if (code > 0 && !text_is(rows_text(rows, 0), "open") && !text_is(rows_text(rows, 0), "conditional"))
		return error_field(rq->error, ERR_CONFLICT, "resource_id", TEXT_NONE, "opening_closed",
		                   "change the entry's opening term first, and have it reviewed",
		                   "The catalogue entry says that this data is not opened");
	return code < 0 ? code : 0;
}

static int persons_read(Request *rq, Asked *asked) {
	asked->persons = ARENA_ARRAY(rq->arena, Persons, asked->resource->field_count);
	return record_persons(rq, asked->resource, asked->persons);
}

/* need: an opening names at least one field; a check before any is chosen tells what may be chosen. */
static int asked_read(Request *rq, bool need, Asked *out) {
	int code = resource_open_to_ask(rq, &out->resource);
	if (code == 0) code = names_read(rq, out->resource, "fields", out->fields, OPENING_FIELDS_MAX, &out->field_count);
	if (code == 0) code = names_read(rq, out->resource, "quasi", out->quasi, QUASI_MAX, &out->quasi_count);
	if (code < 0) return code;
	if (need && out->field_count == 0)
		return error_field(rq->error, ERR_INVALID, "fields", TEXT_NONE, "required", "choose at least one field",
		                   "An opening names the fields that are opened");
	for (int i = 0; i < out->quasi_count; i++) {
		bool chosen = false;
		for (int j = 0; j < out->field_count; j++)
			chosen = chosen || out->fields[j] == out->quasi[i];
		if (!chosen)
			return error_field(rq->error, ERR_INVALID, "quasi", text_of(out->resource->fields[out->quasi[i]].name),
			                   "not_opened", "choose among the fields that are to be opened",
			                   "Quasi-identifiers are fields that would be opened");
	}
	code = db_int(rq->db, &out->rows, "SELECT row_count FROM resource WHERE resource_id = $1",
	              BIND(val_int(out->resource->resource_id)));
	if (code >= 0) code = persons_read(rq, out);
	return code < 0 ? code : record_k_anonymity(rq, out->resource, out->quasi, out->quasi_count, K_LEAST, &out->k);
}

/* Codes and amounts of eleven digits happen to look like a mobile number, so a whole number does it only when most of its values
 * do. */
bool opening_values_refused(const Field *field, const Persons *persons) {
	return persons->found > 0 && persons->found * (field->kind == KIND_TEXT ? 100 : 2) >= persons->values;
}

/* Why a field cannot be opened (NULL: it can): by what it is declared to be, then by what stands in it. */
static int field_judge(Request *rq, const Asked *asked, int position, const char **rule, const char **message) {
	const Field *field = &asked->resource->fields[position];
	int code = field_refusal(rq, field, rule, message);
	if (code < 0 || *message || !opening_values_refused(field, &asked->persons[position])) return code;
	*rule = refusals[4].rule;
	*message = refusals[4].message;
	return 0;
}

static int fields_refused(Request *rq, const Asked *asked) {
	for (int i = 0; i < asked->field_count; i++) {
		const Field *field = &asked->resource->fields[asked->fields[i]];
		const char *rule, *message;
		int code = field_judge(rq, asked, asked->fields[i], &rule, &message);
		if (code < 0) return code;
		if (message)
			return error_field(rq->error, ERR_INVALID, "fields", text_of(field->name), rule,
			                   "leave it out, or open a statistic instead", "%s cannot be opened: %s", field->name,
			                   message);
	}
	return 0;
}

static void k_members(JsonWriter *json, const Asked *asked) {
	jw_key(json, "quasi");
	jw_array(json);
	for (int i = 0; i < asked->quasi_count; i++)
		jw_str(json, asked->resource->fields[asked->quasi[i]].name);
	jw_array_end(json);
	jw_kv_int(json, "k", K_LEAST);
	jw_kv_int(json, "rows", asked->rows);
	jw_kv_int(json, "groups", asked->k.groups);
	jw_kv_int(json, "smallest", asked->k.smallest);
	jw_kv_int(json, "below", asked->k.below);
	jw_kv_int(json, "rows_below", asked->k.rows_below);
}

/* Answers what the check finds of each field of the entry, asked for or not: the form offers only what may be opened. */
int opening_check(Request *rq) {
	Asked asked = {0};
	int code = asked_read(rq, false, &asked);
	if (code < 0) return code;
	JsonWriter *json = &rq->json;
	bool may = true;
	jw_object(json);
	jw_key(json, "fields");
	jw_array(json);
	for (int i = 0; i < asked.resource->field_count; i++) {
		const Field *field = &asked.resource->fields[i];
		const char *rule, *message;
		bool chosen = false;
		if ((code = field_judge(rq, &asked, i, &rule, &message)) < 0) return code;
		for (int j = 0; j < asked.field_count; j++)
			chosen = chosen || asked.fields[j] == i;
		may = may && !(chosen && message);
		jw_object(json);
		jw_kv_str(json, "name", field->name);
		jw_kv_str(json, "title", field->title);
		jw_kv_int(json, "grade", field->grade);
		jw_kv_bool(json, "chosen", chosen);
		jw_kv_int(json, "persons", asked.persons[i].found);
		jw_kv_str(json, "rule", rule);
		jw_kv_str(json, "reason", message ? message_say(rq, message) : NULL);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_kv_bool(json, "may_open", may);
	k_members(json, &asked);
	jw_object_end(json);
	return 0;
}

/* --- writing --------------------------------------------------------------------------------------------------------- */

static char *fields_text(Request *rq, const Asked *asked) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	JsonWriter json;
	buf_in(out, rq->arena);
	jw_begin(&json, out);
	jw_array(&json);
	for (int i = 0; i < asked->field_count; i++) {
		const Field *field = &asked->resource->fields[asked->fields[i]];
		jw_object(&json);
		jw_kv_int(&json, "no", field->no);
		jw_kv_str(&json, "name", field->name);
		jw_object_end(&json);
	}
	jw_array_end(&json);
	return text_cstr(rq->arena, buf_as_text(out));
}

static char *quasi_text(Request *rq, const Asked *asked, bool with_figure) {
	Buf *out = ARENA_NEW(rq->arena, Buf);
	JsonWriter json;
	buf_in(out, rq->arena);
	jw_begin(&json, out);
	if (with_figure) {
		jw_object(&json);
		k_members(&json, asked);
		jw_object_end(&json);
	} else {
		jw_array(&json);
		for (int i = 0; i < asked->quasi_count; i++)
			jw_str(&json, asked->resource->fields[asked->quasi[i]].name);
		jw_array_end(&json);
	}
	return text_cstr(rq->arena, buf_as_text(out));
}

static const char *text_or_empty(Request *rq, const char *input) {
	return in_has(rq, input) ? text_cstr(rq->arena, text_trim(in_text(rq, input))) : "";
}

static int write_one(Request *rq, int64_t opening_id);

static int ask_write(Request *rq, void *arg) {
	const Asked *asked = arg;
	int64_t id = store_new_id(rq->store), waiting = 0;
	int code = db_lock(rq->db, "portal.opening", asked->resource->resource_id);
	if (code >= 0)
		code = db_int(rq->db, &waiting, "SELECT opening_id FROM opening WHERE resource_id = $1 AND state = 'asked'",
		              BIND(val_int(asked->resource->resource_id)));
	if (code < 0) return code;
	if (code > 0)
		return error_field(rq->error, ERR_CONFLICT, "resource_id", TEXT_NONE, "asked_already",
		                   "wait for the data bureau, or withdraw it",
		                   "An opening of this data waits for review already");
	int64_t done = db_run(
	    rq->db,
	    "INSERT INTO opening (opening_id, resource_id, org_id, state, version, fields, quasi, licence, attribution, "
	    "frequency,"
	    " subject, note, checks, asked_by, asked_at, reviewed_by, reviewed_at, review_note, closed_by, closed_at, "
	    "close_reason,"
	    " issued_at) VALUES ($1, $2, $3, 'asked', 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, '', 0, 0, '', 0)",
	    BIND(val_int(id), val_int(asked->resource->resource_id), val_int(asked->resource->org_id),
	         val_str(fields_text(rq, asked)), val_str(quasi_text(rq, asked, false)), val_text(in_text(rq, "licence")),
	         val_str(text_or_empty(rq, "attribution")), val_text(in_text(rq, "frequency")), val_text(in_text(rq, "subject")),
	         val_str(text_or_empty(rq, "note")), val_str(quasi_text(rq, asked, true)), val_int(rq->party.account_id),
	         val_int(rq->now_us)));
	if (done < 0) return (int)done;
	EvidenceEntry entry;
	rq->about_subject = id;
	rq->about = arena_printf(rq->arena, "{\"fields\":%d,\"check\":%s}", asked->field_count, quasi_text(rq, asked, true));
	rq->status = 201;
	evidence_entry(rq, &entry);
	code = evidence_write(rq, &entry);
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_CATALOG, asked->resource->resource_id, 0, FEED_STATE);
	return code < 0 ? code : write_one(rq, id);
}

/* The figure is computed before the write: it may read a million rows. */
int opening_ask(Request *rq) {
	Asked asked = {0};
	int code = asked_read(rq, true, &asked);
	if (code == 0) code = fields_refused(rq, &asked);
	return code < 0 ? code : request_write(rq, ask_write, &asked);
}

typedef struct OpeningRow {
	int64_t opening_id, resource_id, org_id, version, asked_by;
	const char *state, *fields, *checks;
} OpeningRow;

static int opening_load(Request *rq, int64_t opening_id, OpeningRow *out) {
	Rows *rows;
	int code =
	    db_one(rq->db, &rows,
	           "SELECT resource_id, org_id, version, asked_by, state, fields, checks FROM opening WHERE opening_id = $1",
	           BIND(val_int(opening_id)));
	if (code < 0) return code;
	if (code == 0) return fail(rq, ERR_NOT_FOUND, "There is no opening %lld", (long long)opening_id);
	*out = (OpeningRow){.opening_id = opening_id,
	                    .resource_id = rows_int(rows, 0),
	                    .org_id = rows_int(rows, 1),
	                    .version = rows_int(rows, 2),
	                    .asked_by = rows_int(rows, 3),
	                    .state = rows_str(rows, 4, rq->arena),
	                    .fields = rows_str(rows, 5, rq->arena),
	                    .checks = rows_str(rows, 6, rq->arena)};
	return 0;
}

/* In a write: locked, and as the caller saw it. */
static int opening_begin(Request *rq, OpeningRow *out) {
	int code = opening_load(rq, in_int(rq, "id"), out);
	if (code == 0) code = db_lock(rq->db, "portal.opening", out->resource_id);
	if (code >= 0) code = opening_load(rq, in_int(rq, "id"), out);
	if (code < 0) return code;
	rq->about_resource = out->resource_id;
	rq->about_subject = out->opening_id;
	if (in_int(rq, "version") != out->version)
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "read it again",
		                   "The opening was changed meanwhile");
	return 0;
}

static int state_wrong(Request *rq, const OpeningRow *row) {
	return error_field(rq->error, ERR_CONFLICT, "state", text_of(row->state), "state", "read it again",
	                   "The opening is in state %s", row->state);
}

/* What was asked must still hold on the entry as it is published now. */
static int fields_still(Request *rq, const OpeningRow *row) {
	const Resource *resource;
	Asked asked = {0};
	size_t index;
	json_t *one, *fields = json_kept(rq, text_of(row->fields));
	int code = resource_find(rq, row->resource_id, &resource);
	if (code < 0) return code;
	asked.resource = resource;
	json_array_foreach(fields, index, one) {
		const Field *field = field_by_no(resource, json_integer_value(json_object_get(one, "no")));
		if (field && asked.field_count < OPENING_FIELDS_MAX)
			asked.fields[asked.field_count++] = (int)(field - resource->fields);
	}
	code = persons_read(rq, &asked);
	return code < 0 ? code : fields_refused(rq, &asked);
}

static int approve(Request *rq, const OpeningRow *row) {
	int64_t issued = rq->now_us;
	int code = fields_still(rq, row);
	if (code == 0)
		code = db_int(rq->db, &issued, "SELECT issued_at FROM opening WHERE resource_id = $1 AND state = 'open'",
		              BIND(val_int(row->resource_id)));
	if (code < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE opening SET state = 'closed', closed_by = $2, closed_at = $3, close_reason = 'replaced',"
	                      " version = version + 1 WHERE resource_id = $1 AND state = 'open'",
	                      BIND(val_int(row->resource_id), val_int(rq->party.account_id), val_int(rq->now_us)));
	if (done >= 0)
		done = db_run(rq->db, "UPDATE opening SET state = 'open', issued_at = $2 WHERE opening_id = $1",
		              BIND(val_int(row->opening_id), val_int(issued)));
	return done < 0 ? (int)done : generation_bump(rq->db);
}

static void wake(void *app) {
	keeper_wake(app);
}

int opening_review(Request *rq) {
	OpeningRow row;
	bool approving = text_is(in_text(rq, "decision"), "approve");
	const char *note = text_or_empty(rq, "note");
	int code = opening_begin(rq, &row);
	if (code < 0) return code;
	if (strcmp(row.state, "asked") != 0) return state_wrong(rq, &row);
	if (row.asked_by == rq->party.account_id)
		return error_field(rq->error, ERR_FORBIDDEN, "id", TEXT_NONE, "own_review", "ask a colleague",
		                   "Who asked for an opening does not review it");
	if (!approving && !*note)
		return error_field(rq->error, ERR_INVALID, "note", TEXT_NONE, "required", "write what is to be changed",
		                   "An opening is returned with a reason");
	int64_t done = db_run(rq->db,
	                      "UPDATE opening SET state = 'returned', version = version + 1, reviewed_by = $2, reviewed_at = $3,"
	                      " review_note = $4 WHERE opening_id = $1",
	                      BIND(val_int(row.opening_id), val_int(rq->party.account_id), val_int(rq->now_us), val_str(note)));
	code = done < 0 ? (int)done : approving ? approve(rq, &row) : 0;
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_CATALOG, row.resource_id, row.version + 1, FEED_STATE);
	if (code < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"decision\":\"%s\",\"check\":%s}", approving ? "approve" : "return", row.checks);
	if (approving) db_after_commit(rq->db, wake, rq->app);
	return write_one(rq, row.opening_id);
}

/* The entry's new version is not for the public. */
int action_entry_closed(Request *rq, void *arg) {
	int64_t resource_id = *(const int64_t *)arg;
	int64_t done = db_run(
	    rq->db,
	    "UPDATE opening SET state = CASE WHEN state = 'open' THEN 'closed' ELSE 'withdrawn' END, version = version + 1,"
	    " closed_by = $2, closed_at = $3, close_reason = '不予开放' WHERE resource_id = $1 AND state IN ('open', 'asked')",
	    BIND(val_int(resource_id), val_int(rq->party.account_id), val_int(rq->now_us)));
	if (done <= 0) return (int)done;
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.action = "opening.close";
	entry.status = 200;
	entry.resource_id = resource_id;
	entry.detail = "{\"by\":\"entry_closed\"}";
	db_after_commit(rq->db, wake, rq->app);
	return evidence_write(rq, &entry);
}

int opening_close(Request *rq) {
	OpeningRow row;
	const char *reason = text_or_empty(rq, "reason");
	int code = opening_begin(rq, &row);
	if (code < 0) return code;
	if (!rq->party.sees_all && rq->party.org_id != row.org_id)
		return fail(rq, ERR_FORBIDDEN, "only the supplier and the data bureau close an opening");
	bool open = strcmp(row.state, "open") == 0;
	if (!open && strcmp(row.state, "asked") != 0) return state_wrong(rq, &row);
	if (utf8_count(text_of(reason)) < 4)
		return error_field(rq->error, ERR_INVALID, "reason", TEXT_NONE, "required", "say why, in 4 characters at least",
		                   "An opening is closed with a reason");
	int64_t done = db_run(rq->db,
	                      "UPDATE opening SET state = $2, version = version + 1, closed_by = $3, closed_at = $4,"
	                      " close_reason = $5 WHERE opening_id = $1",
	                      BIND(val_int(row.opening_id), val_str(open ? "closed" : "withdrawn"), val_int(rq->party.account_id),
	                           val_int(rq->now_us), val_str(reason)));
	code = done < 0 ? (int)done : open ? generation_bump(rq->db) : 0;
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_CATALOG, row.resource_id, row.version + 1, FEED_STATE);
	if (code < 0) return code;
	rq->about = open ? "{\"was\":\"open\"}" : "{\"was\":\"asked\"}";
	db_after_commit(rq->db, wake, rq->app);
	return write_one(rq, row.opening_id);
}

/* --- reading --------------------------------------------------------------------------------------------------------- */

#define OPENING_COLUMNS                                                                                                          \
	"SELECT o.opening_id, o.resource_id, r.name, r.code, o.org_id, g.name, o.state, o.version, o.fields, o.quasi, "          \
	"o.licence,"                                                                                                             \
	" o.attribution, o.frequency, o.subject, o.note, o.checks, o.asked_by, o.asked_at, o.reviewed_at, o.review_note,"        \
	" o.closed_at, o.close_reason, o.issued_at, (SELECT a.name FROM account a WHERE a.account_id = o.asked_by),"             \
	" (SELECT a.name FROM account a WHERE a.account_id = o.reviewed_by),"                                                    \
	" (SELECT a.name FROM account a WHERE a.account_id = o.closed_by),"                                                      \
	" COALESCE((SELECT CAST(SUM(u.views) AS BIGINT) FROM opening_use u WHERE u.resource_id = o.resource_id), 0),"            \
	" COALESCE((SELECT CAST(SUM(u.downloads) AS BIGINT) FROM opening_use u WHERE u.resource_id = o.resource_id), 0),"        \
	" COALESCE((SELECT CAST(SUM(u.calls) AS BIGINT) FROM opening_use u WHERE u.resource_id = o.resource_id), 0),"            \
	" (SELECT COUNT(*) FROM opening_message m WHERE m.resource_id = o.resource_id AND m.answered_at = 0)"                    \
	" FROM opening o JOIN resource r ON r.resource_id = o.resource_id LEFT JOIN org g ON g.org_id = o.org_id "

static void write_may(Request *rq, Rows *rows) {
	const Party *party = &rq->party;
	Text state = rows_text(rows, 6);
	bool asked = text_is(state, "asked"), open = text_is(state, "open");
	bool own = party->org_id == rows_int(rows, 4) && party_may(party, PERMIT_CATALOG_EDIT);
	jw_key(&rq->json, "may");
	jw_object(&rq->json);
	jw_kv_bool(&rq->json, "review",
	           asked && party_may(party, PERMIT_CATALOG_REVIEW) && party->account_id != rows_int(rows, 16));
	jw_kv_bool(&rq->json, "close", open && (own || party_may(party, PERMIT_CATALOG_REVIEW)));
	jw_kv_bool(&rq->json, "withdraw", asked && own);
	jw_object_end(&rq->json);
}

static int opening_row(Request *rq, Rows *rows) {
	static const Member members[] = {{"opening_id", MEMBER_ID},
	                                 {"resource_id", MEMBER_ID},
	                                 {"resource_name", MEMBER_TEXT},
	                                 {"code", MEMBER_TEXT},
	                                 {"org_id", MEMBER_ID},
	                                 {"org_name", MEMBER_TEXT},
	                                 {"state", MEMBER_TEXT},
	                                 {"version", MEMBER_INT},
	                                 {"fields", MEMBER_JSON},
	                                 {"quasi", MEMBER_JSON},
	                                 {"licence", MEMBER_TEXT},
	                                 {"attribution", MEMBER_TEXT},
	                                 {"frequency", MEMBER_TEXT},
	                                 {"subject", MEMBER_TEXT},
	                                 {"note", MEMBER_TEXT},
	                                 {"checks", MEMBER_JSON},
	                                 {"asked_by", MEMBER_ID},
	                                 {"asked_at", MEMBER_TIME},
	                                 {"reviewed_at", MEMBER_TIME},
	                                 {"review_note", MEMBER_TEXT},
	                                 {"closed_at", MEMBER_TIME},
	                                 {"close_reason", MEMBER_TEXT},
	                                 {"issued_at", MEMBER_TIME},
	                                 {"asked_by_name", MEMBER_TEXT},
	                                 {"reviewed_by_name", MEMBER_TEXT},
	                                 {"closed_by_name", MEMBER_TEXT},
	                                 {"views", MEMBER_INT},
	                                 {"downloads", MEMBER_INT},
	                                 {"calls", MEMBER_INT},
	                                 {"messages_waiting", MEMBER_INT},
	                                 {0}};
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_kv_str(&rq->json, "address",
	          text_is(rows_text(rows, 6), "open")
	              ? arena_printf(rq->arena, "/open/datasets/%lld", (long long)rows_int(rows, 1))
	              : NULL);
	write_may(rq, rows);
	jw_object_end(&rq->json);
	return 0;
}

static int write_one(Request *rq, int64_t opening_id) {
	Rows *rows;
	int code = db_one(rq->db, &rows, OPENING_COLUMNS "WHERE o.opening_id = $1", BIND(val_int(opening_id)));
	if (code <= 0) return code < 0 ? code : fail(rq, ERR_NOT_FOUND, "There is no opening %lld", (long long)opening_id);
	return opening_row(rq, rows);
}

int opening_get(Request *rq) {
	OpeningRow row;
	int code = opening_load(rq, in_int(rq, "id"), &row);
	if (code < 0) return code;
	rq->about_resource = row.resource_id;
	if (!rq->party.sees_all && rq->party.org_id != row.org_id)
		return fail(rq, ERR_NOT_FOUND, "There is no opening %lld", (long long)row.opening_id);
	return write_one(rq, row.opening_id);
}

int opening_list(Request *rq) {
	int64_t after = in_int(rq, "after");
	int limit = in_limit(rq);
	return answer_rows(rq, limit, opening_row,
	                   OPENING_COLUMNS "WHERE (CAST($1 AS BIGINT) = 0 OR o.opening_id < $1)"
	                                   " AND (CAST($2 AS BIGINT) = 1 OR o.org_id = $3)"
	                                   " AND (CAST($4 AS TEXT) = '' OR o.state = $4)"
	                                   " AND (CAST($5 AS BIGINT) = 0 OR o.resource_id = $5)"
	                                   " ORDER BY o.opening_id DESC LIMIT $6",
	                   BIND(val_int(after), val_int(rq->party.sees_all), val_int(rq->party.org_id),
	                        val_str(in_has(rq, "state") ? in_str(rq, "state") : ""), val_int(in_int(rq, "resource")),
	                        val_int(limit + 1)));
}
