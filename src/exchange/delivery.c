/* Deliveries: tables delivery and delivery_run, their routes, and the chore that begins runs by the timetable. Made and changed
 * by data officers of the receiver; seen by receiver, supplier and data bureau. */
#include "exchange/delivery.h"
#include "exchange/parcel.h"
#include "exchange/target.h"
#include <stdio.h>

/* --- rows ------------------------------------------------------------------------------------------------------------------- */

const char *delivery_cursor(Arena *arena, int64_t delivery_id) {
	return arena_printf(arena, "delivery-%lld", (long long)delivery_id);
}

int delivery_read(Request *rq, int64_t delivery_id, Delivery *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT d.resource_id, d.account_id, d.org_id, d.target_id, d.job_id, d.created_by, d.version,"
	                   " d.schema_name, d.table_name, a.login, d.mode, d.timetable, d.every_hours, d.daily_minute, d.next_us,"
	                   " d.state, d.reason, d.format, d.counted_us, d.weekdays, d.month_day FROM delivery d JOIN account a "
	                   "ON a.account_id = d.account_id"
	                   " WHERE d.delivery_id = $1",
	                   BIND(val_int(delivery_id)));
	if (found <= 0) return found;
	Arena *arena = rq->arena;
	*out = (Delivery){.delivery_id = delivery_id,
	                  .resource_id = rows_int(rows, 0),
	                  .account_id = rows_int(rows, 1),
	                  .org_id = rows_int(rows, 2),
	                  .target_id = rows_int(rows, 3),
	                  .job_id = rows_int(rows, 4),
	                  .created_by = rows_int(rows, 5),
	                  .version = rows_int(rows, 6),
	                  .schema = rows_str(rows, 7, arena),
	                  .table = rows_str(rows, 8, arena),
	                  .login = rows_str(rows, 9, arena),
	                  .increments = text_is(rows_text(rows, 10), "increments"),
	                  .when = {.kind = rows_str(rows, 11, arena),
	                           .every_hours = rows_int(rows, 12),
	                           .weekdays = rows_str(rows, 19, arena),
	                           .month_day = rows_int(rows, 20),
	                           .daily_minute = rows_int(rows, 13)},
	                  .next_us = rows_int(rows, 14),
	                  .state = rows_str(rows, 15, arena),
	                  .reason = rows_str(rows, 16, arena),
	                  .format = rows_str(rows, 17, arena),
	                  .counted_us = rows_int(rows, 18)};
	db_rest(rq->db);
	return 1;
}

int delivery_begin(Request *rq, const Delivery *delivery, bool anew, int64_t *job_id) {
	Rows *rows;
	/* one just made is nobody else's yet, and its id is another one when the write runs again */
	int code = delivery->version == 0 ? 0 : db_lock(rq->db, "exchange.delivery", delivery->delivery_id);
	if (code == 0)
		code = db_one(rq->db, &rows,
		              "SELECT j.job_id FROM job j JOIN delivery_run r ON r.job_id = j.job_id WHERE r.delivery_id = $1"
		              " AND j.state IN ('queued', 'running') LIMIT 1",
		              BIND(val_int(delivery->delivery_id)));
	if (code > 0)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "job_active", "Wait for it or cancel it.",
		                   "job %lld of this delivery is under way", (long long)rows_int(rows, 0));
	if (code < 0) return code;
	json_t *args = json_object();
	json_object_set_new(args, "delivery_id", json_string(arena_printf(rq->arena, "%lld", (long long)delivery->delivery_id)));
	if (anew) json_object_set_new(args, "anew", json_true());
	code = job_create_outside(rq, "exchange.deliver", delivery->resource_id, delivery->org_id, args, delivery->target_id,
	                          job_id);
	json_decref(args);
	if (code < 0) return code;
	int64_t done = db_run(rq->db, "INSERT INTO delivery_run (delivery_id, job_id) VALUES ($1, $2)",
	                      BIND(val_int(delivery->delivery_id), val_int(*job_id)));
	if (done < 0) return (int)done;
	int64_t next = timetable_next(&delivery->when, clock_now_us());
	done = db_run(rq->db, "UPDATE delivery SET job_id = $2, next_us = $3, version = version + 1 WHERE delivery_id = $1",
	              BIND(val_int(delivery->delivery_id), val_int(*job_id), val_int(next)));
	return done < 0 ? (int)done : 0;
}

/* --- reading them ---------------------------------------------------------------------------------------------------- */

#define DELIVERY_COLUMNS                                                                                                         \
	"d.delivery_id, d.resource_id, d.account_id, a.name, d.org_id, o.name, d.supplier_org_id, d.target_id,"                  \
	" COALESCE(t.name, g.name), COALESCE(t.place, g.place),"                                                                 \
	" d.schema_name, d.table_name, d.mode, d.timetable, d.every_hours, d.daily_minute, d.state, d.reason, d.next_us,"        \
	" d.job_id, j.state, d.last_us, d.row_count, d.version, d.format, COALESCE(t.kind, g.kind), d.counted_us, d.weekdays,"   \
	" d.month_day, j.error"
#define DELIVERY_FROM                                                                                                            \
	" FROM delivery d JOIN account a ON a.account_id = d.account_id JOIN org o ON o.org_id = d.org_id"                       \
	" LEFT JOIN target t ON t.target_id = d.target_id LEFT JOIN target_gone g ON g.target_id = d.target_id"                  \
	" LEFT JOIN job j ON j.job_id = d.job_id"

static const Member delivery_members[] = {
    {"delivery_id", MEMBER_ID},     {"resource_id", MEMBER_ID}, {"account_id", MEMBER_ID},
    {"account_name", MEMBER_TEXT},  {"org_id", MEMBER_ID},      {"org_name", MEMBER_TEXT},
    {"supplier_org_id", MEMBER_ID}, {"target_id", MEMBER_ID},   {"target_name", MEMBER_TEXT},
    {"place", MEMBER_TEXT},         {"schema", MEMBER_TEXT},    {"table", MEMBER_TEXT},
    {"mode", MEMBER_TEXT},          {"timetable", MEMBER_TEXT}, {"every_hours", MEMBER_INT},
    {"daily_minute", MEMBER_INT},   {"state", MEMBER_TEXT},     {"reason", MEMBER_TEXT},
    {"next_at", MEMBER_TIME},       {"job_id", MEMBER_ID},      {"job_state", MEMBER_TEXT},
    {"last_at", MEMBER_TIME},       {"row_count", MEMBER_INT},  {"version", MEMBER_INT},
    {"format", MEMBER_TEXT},        {"kind", MEMBER_TEXT},      {"counted_at", MEMBER_TIME},
    {"weekdays", MEMBER_JSON},      {"month_day", MEMBER_INT},  {0}};
enum { ERROR_COLUMN = sizeof delivery_members / sizeof *delivery_members - 1 };

/* What a last run that failed said, in the caller's language. */
static void error_member(Request *rq, Rows *rows) {
	Text text = rows_text(rows, ERROR_COLUMN);
	json_t *error = text.at ? json_loadb(text.at, text.len, 0, NULL) : NULL;
	const char *message = json_string_value(json_object_get(error, "message")),
	           *advice = json_string_value(json_object_get(error, "advice"));
	jw_kv_str(&rq->json, "problem", message_say(rq, message ? arena_strdup(rq->arena, message) : NULL));
	jw_kv_str(&rq->json, "advice", message_say(rq, advice ? arena_strdup(rq->arena, advice) : NULL));
	json_decref(error);
}

const void *delivery_resource_name(Request *rq, int64_t resource_id) {
	ResourceName name = {.resource_id = resource_id};
	Error error;
	Request quiet = *rq;
	error_clear(&error);
	quiet.error = &error;
	return action_run(&quiet, "resource.name", &name) == 0 ? name.name : NULL;
}

#define DELIVERY_PAGE                                                                                                            \
	DELIVERY_FROM " WHERE 1 = 1/*if $1*/ AND (d.org_id = $1 OR d.supplier_org_id = $1)/*end*/"                               \
	              "/*if $2*/ AND d.resource_id = $2/*end*//*if $3*/ AND d.state = $3/*end*/"                                 \
	              "/*if $4*/ AND d.delivery_id < $4/*end*/ ORDER BY d.delivery_id DESC LIMIT $5"

int delivery_list(Request *rq) {
	int limit = in_limit(rq), shown = 0;
	int64_t last = 0;
	Rows *rows;
	const Val args[] = {rq->party.sees_all ? val_null() : val_int(rq->party.org_id), asked_int(rq, "resource"),
	                    asked_text(rq, "state"), asked_int(rq, "after"), val_int(limit + 1)};
	AskedSql about = asked_sql(rq, "SELECT d.resource_id" DELIVERY_PAGE, args, 5),
	         page = asked_sql(rq, "SELECT " DELIVERY_COLUMNS DELIVERY_PAGE, args, 5);
	LookUps *names = ARENA_NEW(rq->arena, LookUps);
	int code = db_query(rq->db, &rows, ASKED(about));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		look_up_want(names, rows_int(rows, 0));
	if (code < 0) return code;
	look_up_all(rq, names, delivery_resource_name);
	code = db_query(rq->db, &rows, ASKED(page));
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0 && shown < limit) {
		jw_object(&rq->json);
		row_members(rq, rows, delivery_members);
		error_member(rq, rows);
		jw_kv_str(&rq->json, "resource_name", look_up_found(names, rows_int(rows, 1)));
		jw_object_end(&rq->json);
		last = rows_int(rows, 0);
		shown++;
	}
	rows_close(rows);
	answer_rows_end(rq, code > 0 ? last : 0);
	rq->row_count = shown;
	return code < 0 ? code : 0;
}

static int not_there(Request *rq) {
	return fail(rq, ERR_NOT_FOUND, "There is no delivery %lld among those you may see", (long long)in_int(rq, "id"));
}

static int write_runs(Request *rq, int64_t delivery_id) {
	static const Member members[] = {{"job_id", MEMBER_ID},        {"state", MEMBER_TEXT},  {"created_at", MEMBER_TIME},
	                                 {"finished_at", MEMBER_TIME}, {"result", MEMBER_JSON}, {0}};
	return answer_under(rq, "runs", members,
	                    "SELECT j.job_id, j.state, j.created_at, j.finished_at, j.result FROM delivery_run r JOIN job j ON"
	                    " j.job_id = r.job_id WHERE r.delivery_id = $1 ORDER BY j.job_id DESC LIMIT 20",
	                    BIND(val_int(delivery_id)));
}

int delivery_get(Request *rq) {
	Rows *rows;
	int64_t org = rq->party.sees_all ? -1 : rq->party.org_id, id = in_int(rq, "id");
	int found = db_one(rq->db, &rows,
	                   "SELECT " DELIVERY_COLUMNS DELIVERY_FROM
	                   " WHERE d.delivery_id = $1 AND ($2 = -1 OR d.org_id = $2 OR d.supplier_org_id = $2)",
	                   BIND(val_int(id), val_int(org)));
	if (found <= 0) return found < 0 ? found : not_there(rq);
	int64_t resource = rq->about_resource = rows_int(rows, 1);
	rq->about_subject = id;
	jw_object(&rq->json);
	row_members(rq, rows, delivery_members);
	error_member(rq, rows);
	db_rest(rq->db);
	jw_kv_str(&rq->json, "resource_name", delivery_resource_name(rq, resource));
	int code = write_runs(rq, id);
	if (code == 0) code = parcels_write(rq, id);
	jw_object_end(&rq->json);
	return code;
}

/* --- making one ------------------------------------------------------------------------------------------------------ */

static bool plain_name(Text name) {
	for (size_t i = 0; i < name.len; i++)
		if (!((name.at[i] >= 'a' && name.at[i] <= 'z') || name.at[i] == '_' ||
		      (i > 0 && name.at[i] >= '0' && name.at[i] <= '9')))
			return false;
	return name.len > 0;
}

/* A table has a schema, files have a format. */
static int kind_check(Request *rq, const DeliveryKind *kind) {
	const char *needs = kind->carrier ? "format" : "schema", *bars = kind->carrier ? "schema" : "format";
	if (in_text(rq, needs).len == 0)
		return error_field(rq->error, ERR_INVALID, needs, TEXT_NONE, "required", "Say which.",
		                   "a target of kind %s needs a %s", kind->name, needs);
	if (in_text(rq, bars).len > 0)
		return error_field(rq->error, ERR_INVALID, bars, in_text(rq, bars), "not_here", "Leave it out.",
		                   "a target of kind %s has no %s", kind->name, bars);
	return 0;
}

static int names_check(Request *rq) {
	Text schema = in_text(rq, "schema").len ? in_text(rq, "schema") : TEXT("public"), table = in_text(rq, "table");
	bool good = plain_name(schema) && plain_name(table) && !text_is(table, "yiwang_delivery") &&
	            !text_starts(schema, TEXT("pg_")) && !text_is(schema, "information_schema");
	return good ? 0
	            : error_field(rq->error, ERR_INVALID, plain_name(schema) ? "table" : "schema", TEXT_NONE, "table_name",
	                          "Use small letters, digits and _, beginning with a letter.",
	                          "that is no name for a table to deliver to");
}

int delivery_increments_check(Request *rq, const Resource *resource) {
	if (resource->keeper != KEEPER_PROXY) return 0;
	return error_field(rq->error, ERR_CONFLICT, "mode", TEXT("increments"), "proxied",
	                   "Choose all records each time (full), or have the supplier change to stored data.",
	                   "the records of %s stay at the supplier, which does not tell what changed", resource->code);
}

/* The grant must be to an account of one's own department, the target one's own. */
static int parts_check(Request *rq, Delivery *delivery) {
	Rows *rows;
	char *url, *name;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT g.resource_id, g.account_id, a.org_id, g.owner_org_id, g.ways FROM access_grant g JOIN account a ON"
	           " a.account_id = g.account_id WHERE g.grant_id = $1",
	           BIND(val_int(in_int(rq, "grant_id"))));
	if (found < 0) return found;
	if (!found || rows_int(rows, 2) != rq->party.org_id || rq->party.org_id == 0)
		return error_field(rq->error, ERR_NOT_FOUND, "grant_id", TEXT_NONE, "grant", "Ask the supplier for a grant.",
		                   "your organisation has no grant %lld", (long long)in_int(rq, "grant_id"));
	const Resource *resource;
	delivery->resource_id = rows_int(rows, 0);
	delivery->account_id = rows_int(rows, 1);
	delivery->org_id = rq->party.org_id;
	delivery->created_by = rows_int(rows, 3); /* the supplier, until it is written */
	delivery->target_id = in_int(rq, "target_id");
	unsigned ways = (unsigned)rows_int(rows, 4);
	int code = resource_any(rq, delivery->resource_id, &resource);
	if (code == 0 && resource->sharing != SHARE_UNCONDITIONAL && !(ways & WAY_BATCH)) return way_refuse(rq, ways, WAY_BATCH);
	if (code == 0 && text_is(in_text(rq, "mode"), "increments")) code = delivery_increments_check(rq, resource);
	if (code < 0) return code;
	code = target_url(rq, delivery->target_id, delivery->org_id, &url, &name);
	return code < 0 ? code : kind_check(rq, delivery_kind_of(url));
}

static int place_free(Request *rq, const Delivery *delivery) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT delivery_id FROM delivery WHERE target_id = $1 AND schema_name = $2 AND table_name = $3 AND"
	                   " state <> 'stopped' LIMIT 1",
	                   BIND(val_int(delivery->target_id), val_str(delivery->schema), val_str(delivery->table)));
	if (found <= 0) return found;
	return error_field(rq->error, ERR_CONFLICT, "table", text_of(delivery->table), "target_taken",
	                   "Choose another table, or end that delivery.", "delivery %lld writes to this table already",
	                   (long long)rows_int(rows, 0));
}

static int made(Request *rq, const Delivery *delivery, int64_t job_id) {
	rq->about_resource = delivery->resource_id;
	rq->about_subject = delivery->delivery_id;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "delivery_id", delivery->delivery_id);
	jw_kv_id(&rq->json, "job_id", job_id);
	jw_object_end(&rq->json);
	return 0;
}

int delivery_post(Request *rq) {
	Delivery delivery = {.delivery_id = store_new_id(rq->store),
	                     .schema = text_cstr(rq->arena, in_text(rq, "schema")),
	                     .table = in_str(rq, "table"),
	                     .format = text_cstr(rq->arena, in_text(rq, "format"))};
	int64_t job_id = 0;
	int code = db_lock(rq->db, "exchange.target", in_int(rq, "target_id"));
	if (code == 0) code = names_check(rq);
	if (code == 0) code = parts_check(rq, &delivery);
	if (code == 0) code = timetable_take(rq, &delivery.when);
	if (code == 0) code = place_free(rq, &delivery);
	if (code < 0) return code;
	int64_t done = db_run(
	    rq->db,
	    "INSERT INTO delivery (delivery_id, resource_id, supplier_org_id, account_id, org_id, target_id, schema_name,"
	    " table_name, mode, timetable, every_hours, daily_minute, state, reason, next_us, job_id, last_us, row_count,"
	    " created_by, created_us, version, format, weekdays, month_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
	    " $12, 'active', '', 0, 0, 0, 0, $13, $14, 1, $15, $16, $17)",
	    BIND(val_int(delivery.delivery_id), val_int(delivery.resource_id), val_int(delivery.created_by),
	         val_int(delivery.account_id), val_int(delivery.org_id), val_int(delivery.target_id), val_str(delivery.schema),
	         val_str(delivery.table), val_text(in_text(rq, "mode")), val_str(delivery.when.kind),
	         val_int(delivery.when.every_hours), val_int(delivery.when.daily_minute), val_int(rq->party.account_id),
	         val_int(rq->now_us), val_str(delivery.format), val_str(delivery.when.weekdays),
	         val_int(delivery.when.month_day)));
	code = done < 0 ? (int)done : delivery_begin(rq, &delivery, false, &job_id);
	return code < 0 ? code : made(rq, &delivery, job_id);
}

/* --- changing one ---------------------------------------------------------------------------------------------------- */

/* The receiver's own, in a write. */
static int own(Request *rq, Delivery *out) {
	int found = delivery_read(rq, in_int(rq, "id"), out);
	if (found < 0) return found;
	if (!found || out->org_id != rq->party.org_id) return not_there(rq);
	rq->about_resource = out->resource_id;
	rq->about_subject = out->delivery_id;
	return strcmp(out->state, "stopped") == 0 ? fail(rq, ERR_CONFLICT, "the delivery was ended") : 0;
}

static int state_set(Request *rq, const Delivery *delivery, const char *state, const char *reason) {
	int64_t done =
	    db_run(rq->db,
	           "UPDATE delivery SET state = $2, reason = $3, next_us = CASE WHEN $2 = 'stopped' THEN 0 ELSE next_us"
	           " END, version = version + 1 WHERE delivery_id = $1",
	           BIND(val_int(delivery->delivery_id), val_str(state), val_str(reason)));
	return done < 0 ? (int)done : 0;
}

int delivery_run(Request *rq) {
	Delivery delivery;
	int64_t job_id;
	int code = own(rq, &delivery);
	if (code == 0) code = delivery_begin(rq, &delivery, in_int(rq, "anew") != 0, &job_id);
	return code < 0 ? code : made(rq, &delivery, job_id);
}

int delivery_pause(Request *rq) {
	Delivery delivery;
	int code = own(rq, &delivery);
	if (code == 0) code = state_set(rq, &delivery, "paused", in_str(rq, "reason"));
	return code < 0 ? code : feed_cursor_drop(rq->db, delivery_cursor(rq->arena, delivery.delivery_id));
}

int delivery_resume(Request *rq) {
	Delivery delivery;
	int64_t job_id;
	int code = own(rq, &delivery);
	if (code == 0) code = state_set(rq, &delivery, "active", "");
	if (code == 0) code = delivery_begin(rq, &delivery, false, &job_id);
	return code < 0 ? code : made(rq, &delivery, job_id);
}

/* The table stays in the target; nothing is written to it any more. */
int delivery_stop(Request *rq) {
	Delivery delivery;
	int code = own(rq, &delivery);
	if (code == 0) code = state_set(rq, &delivery, "stopped", "");
	return code < 0 ? code : feed_cursor_drop(rq->db, delivery_cursor(rq->arena, delivery.delivery_id));
}

/* --- the timetable --------------------------------------------------------------------------------------------------- */

int delivery_timetable_put(Request *rq) {
	Delivery delivery;
	int code = own(rq, &delivery);
	if (code == 0) code = timetable_take(rq, &delivery.when);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE delivery SET timetable = $2, every_hours = $3, weekdays = $4, month_day = $5, daily_minute = $6,"
	           " next_us = $7, version = version + 1 WHERE delivery_id = $1",
	           BIND(val_int(delivery.delivery_id), val_str(delivery.when.kind), val_int(delivery.when.every_hours),
	                val_str(delivery.when.weekdays), val_int(delivery.when.month_day), val_int(delivery.when.daily_minute),
	                val_int(timetable_next(&delivery.when, rq->now_us))));
	return done < 0 ? (int)done : 0;
}

typedef struct Due {
	Delivery delivery;
	bool again; /* it was paused */
} Due;

static int due_write(Request *w, void *arg) {
	const Due *due = arg;
	int64_t job_id;
	w->party.account_id = due->delivery.created_by;
	w->party.org_id = due->delivery.org_id;
	int code = due->again ? state_set(w, &due->delivery, "active", "") : 0;
	return code < 0 ? code : delivery_begin(w, &due->delivery, false, &job_id);
}

/* Whether the account has a live grant for deliveries. */
static bool right_is_there(Request *rq, const Delivery *delivery) {
	const Grant *grant;
	Error error;
	Request as = *rq;
	error_clear(&error);
	as.error = &error;
	as.party = (Party){.kind = PARTY_SERVICE, .account_id = delivery->account_id, .org_id = delivery->org_id};
	return grant_find(&as, delivery->resource_id, WAY_BATCH, &grant) == 0;
}

/* At most a portion of those whose time has come. Paused for want of a grant: looked at each minute; for want of quota: when the
 * day is over or a grant was made since its last run; for the target's sake: tried again after ten minutes. */
int deliveries_chore(Request *rq) {
	enum { PORTION = 100 };
	int64_t ids[PORTION];
	int count = 0, code;
	Rows *rows;
	code =
	    db_query(rq->db, &rows,
	             "SELECT d.delivery_id FROM delivery d LEFT JOIN job j ON j.job_id = d.job_id WHERE (j.state IS NULL OR"
	             " j.state NOT IN ('queued', 'running')) AND ((d.state = 'active' AND d.next_us > 0 AND d.next_us <= $1) OR"
	             " (d.state = 'paused' AND d.reason = 'target' AND d.next_us <= $1) OR"
	             " (d.state = 'paused' AND d.reason = 'grant') OR (d.state = 'paused' AND d.reason = 'quota' AND (d.next_us"
	             " <= $1 OR EXISTS (SELECT 1 FROM access_grant g WHERE g.account_id = d.account_id AND g.resource_id ="
	             " d.resource_id AND g.revoked_at = 0 AND g.created_at > j.created_at)))) ORDER BY d.next_us, d.delivery_id"
	             " LIMIT 100",
	             BIND(val_int(rq->now_us)));
	while (code >= 0 && count < PORTION && (code = rows_next(rows)) > 0)
		ids[count++] = rows_int(rows, 0);
	if (count == PORTION) rows_close(rows);
	for (int i = 0; code >= 0 && i < count; i++) {
		Due due = {0};
		int found = delivery_read(rq, ids[i], &due.delivery);
		if (found <= 0) continue;
		due.again = strcmp(due.delivery.state, "paused") == 0;
		if (due.again && !right_is_there(rq, &due.delivery)) continue;
		Party kept = rq->party;
		code = request_write(rq, due_write, &due);
		rq->party = kept;
		if (code == ERR_CONFLICT) code = 0; /* begun by a person meanwhile */
	}
	return code < 0 ? code : 0;
}

typedef struct Idle {
	int64_t ids[100];
	int count;
} Idle;

static int idle_write(Request *w, void *arg) {
	const Idle *idle = arg;
	int code = 0;
	for (int i = 0; i < idle->count && code == 0; i++)
		code = feed_cursor_drop(w->db, delivery_cursor(w->arena, idle->ids[i]));
	return code;
}

/* A delivery that nobody runs must not keep the feed for ever: it begins anew with all records when it runs again. */
int delivery_cursors_chore(Request *rq) {
	Idle *idle = ARENA_NEW(rq->arena, Idle);
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT d.delivery_id FROM delivery d WHERE d.mode = 'increments' AND d.last_us < $1 AND EXISTS"
	             " (SELECT 1 FROM feed_cursor c WHERE c.reader = 'delivery-' || CAST(d.delivery_id AS TEXT)) LIMIT 100",
	             BIND(val_int(days_before(rq, "feed.keep_days"))));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		if (idle->count < 100) idle->ids[idle->count++] = rows_int(rows, 0);
	return code < 0 || idle->count == 0 ? code : request_write(rq, idle_write, idle);
}

/* --- what the routes take and give ----------------------------------------------------------------------------------- */

const InputField delivery_inputs[] = {
    {.name = "grant_id",
     .in = IN_BODY,
     .type = TYPE_ID,
     .required = true,
     .min = 1,
     .doc = "a grant to an account of one's own organisation; the delivery follows that account's grants on the resource"},
    {.name = "target_id", .in = IN_BODY, .type = TYPE_ID, .required = true, .min = 1, .doc = "target of one's organisation"},
    {.name = "schema", .in = IN_BODY, .type = TYPE_TEXT, .max = 50, .doc = "databases: schema in the target; it must exist"},
    {.name = "table",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .required = true,
     .min = 1,
     .max = 50,
     .doc = "databases: table that the delivery makes and keeps; files: name of the delivery's folder at the target"},
    {.name = "format",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .choices = RECORD_FORMATS,
     .doc = "targets that take files: their format"},
    {.name = "mode",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = "full|increments",
     .doc = "full: all records each time; increments: what changed since the last run"},
    TIMETABLE_INPUTS,
    {0},
};
const InputField delivery_one_inputs[] = {ID_PATH("delivery"), {0}};
const InputField delivery_run_inputs[] = {
    ID_PATH("delivery"),
    {.name = "anew", .in = IN_BODY, .type = TYPE_BOOL, .doc = "all records, whatever was delivered before"},
    {0}};
const InputField delivery_timetable_inputs[] = {ID_PATH("delivery"), TIMETABLE_INPUTS, {0}};
const InputField delivery_pause_inputs[] = {
    ID_PATH("delivery"),
    {.name = "reason", .in = IN_BODY, .type = TYPE_TEXT, .required = true, .min = 2, .max = 500, .doc = "why"},
    {0}};
const InputField delivery_list_inputs[] = {
    {.name = "resource", .in = IN_QUERY, .type = TYPE_ID, .min = 1, .doc = "only of this resource"},
    {.name = "state", .in = IN_QUERY, .type = TYPE_ENUM, .choices = "active|paused|stopped", .doc = "only in this state"},
    {.name = "after", .in = IN_QUERY, .type = TYPE_ID, .min = 1, .doc = "cursor: next of the page before"},
    {.name = "limit", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 200, .doc = "deliveries a page, 50 when absent"},
    {0},
};
const OutputField delivery_made_outputs[] = {{"delivery_id", "string", "delivery"}, {"job_id", "string", "its run"}, {0}};
const OutputField delivery_list_outputs[] = {
    {"items", "Record<string, unknown>[]", "deliveries, newest first; members as of one delivery without runs"},
    {"next", "string | null", "cursor of the next page"},
    {0}};
const OutputField delivery_outputs[] = {
    {"delivery_id", "string", "delivery"},
    {"resource_id", "string", "what is delivered"},
    {"account_id", "string", "whose grant it follows"},
    {"account_name", "string", "name of the account"},
    {"org_id", "string", "receiver"},
    {"org_name", "string", "its name"},
    {"supplier_org_id", "string", "supplier"},
    {"target_id", "string", "target"},
    {"target_name", "string", "its name"},
    {"place", "string", "where the target leads, without secrets"},
    {"schema", "string", "databases: schema in the target"},
    {"table", "string", "table in the target, or the folder of its files"},
    {"mode", "\"full\" | \"increments\"", "how"},
    TIMETABLE_OUTPUTS,
    {"state", "\"active\" | \"paused\" | \"stopped\"",
     "paused by a person, or by itself for want of a grant, of quota, or of a target that takes rows"},
    {"reason", "string", "why it is paused: grant, quota, target (full or read-only), or a person's words"},
    {"job_id", "string | null", "last run"},
    {"job_state", "string | null", "its state"},
    {"last_at", "string | null", "when the last run was reconciled"},
    {"row_count", "number", "rows in the target then, by what was sent; counted there when counted_at is last_at"},
    {"version", "number", "rises with each change"},
    {"format", "string", "of the files; empty: a table"},
    {"kind", "string", "of the target"},
    {"counted_at", "string | null", "databases: when the rows were last counted in the target"},
    {"problem", "string | null", "what the last run said when it failed"},
    {"advice", "string | null", "what to do"},
    {"resource_name", "string | null", "name of the resource"},
    {"runs", "{ job_id: string; state: string; created_at: string; finished_at: string | null; result: unknown }[]",
     "last 20, newest first"},
    {"parcels",
     "{ sequence: number; job_id: string; state: \"sending\" | \"there\"; mode: string; file_name: string; file_size: number; "
     "sha256: string; put: number; removed: number; held: number; at: string }[]",
     "files: last 20, newest first; there: the receiver holds the very bytes; held: records it then has"},
    {0},
};
