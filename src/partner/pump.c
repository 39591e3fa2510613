/* pump: the room's thread. It follows the feed with a durable cursor: each step of a case that a partner has to do with becomes a
 * message in the same write that moves the cursor, so a kill loses none and doubles none. Then it sends what waits, one process
 * at a time (store lease), of each case and partner the oldest first. After a kill in between a message is sent again: a receiver
 * may hear twice and never not at all. A receiver that is gone holds up nobody else: its other messages wait too. */
#include "partner/internal.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

enum { PARTNERS_OF_CASE = 8, STEPS_MAX = 50, CASES_AT_ONCE = 50, SENT_AT_ONCE = 200 };
/* longer than one try, so that nobody else begins while it lasts; after a kill the next process waits so long */
static const int64_t lease_us = 12 * INT64_C(1000000), pause_most_us = 3600 * INT64_C(1000000);
#define CURSOR "partner"
#define LEASE "partner.pump"

typedef struct Pump {
	App *app;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	_Atomic bool stop;
} Pump;

/* --- steps become messages ---------------------------------------------------------------------------------------------------
 */
typedef struct Listener {
	int64_t partner_id, since_us, told_no;
	const char *kind;
} Listener;

/* Who reported it hears of it; a platform also of cases that it sent as a file or that were raised to it, from then on. */
static int listeners_find(Request *rq, int64_t case_id, Listener *out) {
	Rows *rows;
	int count = 0,
	    code = db_query(rq->db, &rows,
	                    "SELECT p.partner_id, p.since_us, CASE WHEN t.told_no IS NULL AND c.asker_account <> p.account_id "
	                    "THEN (SELECT max(e.event_no)"
	                    " - 1 FROM case_event e WHERE e.case_id = c.case_id AND e.action = 'raise') ELSE COALESCE(t.told_no, "
	                    "0) END, p.kind FROM"
	                    " work_case c CROSS JOIN partner p JOIN account a ON a.account_id = p.account_id LEFT JOIN "
	                    "partner_case t ON t.case_id ="
	                    " c.case_id AND t.partner_id = p.partner_id WHERE c.case_id = $1 AND c.line = 'city' AND p.active = "
	                    "1 AND p.url <> '' AND EXISTS"
	                    " (SELECT 1 FROM event_source s WHERE s.account_id = p.account_id AND s.active = 1) AND "
	                    "(c.asker_account = p.account_id OR"
	                    " (p.kind = 'platform' AND (t.case_id IS NOT NULL OR (c.level > 0 AND c.centre_org = a.org_id))))",
	                    BIND(val_int(case_id)));
	if (code < 0) return code;
	while (count < PARTNERS_OF_CASE && (code = rows_next(rows)) > 0)
		out[count++] = (Listener){rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_str(rows, 3, rq->arena)};
	if (code > 0) rows_close(rows);
	return code < 0 ? code : count;
}

static int steps_find(Request *rq, const Listener *to, int64_t case_id, PartnerStep *out) {
	Rows *rows;
	int count = 0,
	    code = db_query(
	        rq->db, &rows,
	        "SELECT e.event_no, e.at_us, e.action, e.from_state, e.to_state, e.note, c.process, c.process_version FROM"
	        " case_event e JOIN work_case c ON c.case_id = e.case_id WHERE e.case_id = $1 AND e.event_no > $2 AND e.at_us >= "
	        "$3"
	        " AND " STEP_TOLD " ORDER BY e.event_no LIMIT $4",
	        BIND(val_int(case_id), val_int(to->told_no), val_int(to->since_us), val_int(STEPS_MAX)));
	if (code < 0) return code;
	while (count < STEPS_MAX && (code = rows_next(rows)) > 0)
		out[count++] = (PartnerStep){.partner_id = to->partner_id,
		                             .case_id = case_id,
		                             .event_no = rows_int(rows, 0),
		                             .at_us = rows_int(rows, 1),
		                             .action = rows_str(rows, 2, rq->arena),
		                             .from = rows_str(rows, 3, rq->arena),
		                             .to = rows_str(rows, 4, rq->arena),
		                             .note = rows_str(rows, 5, rq->arena),
		                             .process = rows_str(rows, 6, rq->arena),
		                             .process_version = (int)rows_int(rows, 7)};
	if (code > 0) rows_close(rows);
	return code < 0 ? code : count;
}

static int message_put(Request *rq, const PartnerStep *step) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO partner_message (message_id, partner_id, case_id, event_no, body, state, attempts, next_us,"
	    " made_us, done_us, detail) VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $6, 0, '')"
	    " ON CONFLICT (case_id, partner_id, event_no) DO NOTHING",
	    BIND(val_int(store_new_id(rq->store)), val_int(step->partner_id), val_int(step->case_id), val_int(step->event_no),
	         val_str(json_as_text(rq, step->body)), val_int(rq->now_us)));
}

static int step_tell(Request *rq, const Listener *to, PartnerStep *step) {
	const char *action = arena_printf(rq->arena, "partner.%s", to->kind);
	int ends = case_state_ends(rq, text_of(step->process), step->process_version, text_of(step->to));
	if (ends < 0) return ends;
	step->ends = ends > 0;
	int code = action_known(rq->app, action) ? action_run(rq, action, step) : 0;
	if (code >= 0 && step->body) code = message_put(rq, step);
	json_decref(step->body);
	return code;
}

/* All steps since the last that was told; *more: there may be others. */
static int listener_tell(Request *rq, const Listener *to, int64_t case_id) {
	PartnerStep *steps = ARENA_ARRAY(rq->arena, PartnerStep, STEPS_MAX);
	int count = steps_find(rq, to, case_id, steps), code = 0;
	for (int i = 0; i < count && code >= 0; i++)
		code = step_tell(rq, to, &steps[i]);
	if (count <= 0 || code < 0) return count < 0 ? count : code;
	code = (int)db_run(rq->db,
	                   "INSERT INTO partner_case (case_id, partner_id, told_no) VALUES ($1, $2, $3) ON CONFLICT (case_id,"
	                   " partner_id) DO UPDATE SET told_no = excluded.told_no",
	                   BIND(val_int(case_id), val_int(to->partner_id), val_int(steps[count - 1].event_no)));
	return code < 0 ? code : count == STEPS_MAX;
}

static int case_tell(Request *rq, int64_t case_id) {
	Listener *found = ARENA_ARRAY(rq->arena, Listener, PARTNERS_OF_CASE);
	int more, code = 0;
	do {
		int count = listeners_find(rq, case_id, found);
		code = count;
		more = 0;
		for (int i = 0; i < count && code >= 0; i++) {
			code = listener_tell(rq, &found[i], case_id);
			more |= code > 0;
		}
	} while (code >= 0 && more);
	return code;
}

/* --- the feed -------------------------------------------------------------------------------------------------------------- */
typedef struct Portion {
	int64_t cases[CASES_AT_ONCE], position; /* position: of the last entry looked at */
	int count;
} Portion;

static int portion_write(Request *rq, void *arg) {
	const Portion *portion = arg;
	int code = 0;
	for (int i = 0; i < portion->count && code >= 0; i++)
		code = case_tell(rq, portion->cases[i]);
	return code < 0 ? code : feed_cursor_move(rq->db, CURSOR, portion->position);
}

static bool portion_has(const Portion *portion, int64_t case_id) {
	for (int i = 0; i < portion->count; i++)
		if (portion->cases[i] == case_id) return true;
	return false;
}

/* 1 there may be more, 0 the feed is at its end, or a code. A long way without cases is passed in few writes. */
static int portion_take(Request *rq) {
	enum { ENTRIES = 1000, PASSED_MAX = 100 };
	FeedEntry *entries = ARENA_ARRAY(rq->arena, FeedEntry, ENTRIES);
	Portion *portion = ARENA_NEW(rq->arena, Portion);
	int64_t from;
	int code = feed_cursor(rq->db, CURSOR, &from), count = 0;
	portion->position = from;
	for (int pages = 0; code >= 0 && portion->count < CASES_AT_ONCE && pages < PASSED_MAX; pages++) {
		if ((count = feed_read(rq->db, portion->position, entries, ENTRIES)) <= 0) break;
		for (int i = 0; i < count && portion->count < CASES_AT_ONCE; i++) {
			portion->position = entries[i].position;
			if (entries[i].topic == FEED_TOPIC_CASE && !portion_has(portion, entries[i].subject))
				portion->cases[portion->count++] = entries[i].subject;
		}
	}
	if (code < 0 || count < 0 || portion->position == from) return code < 0 ? code : count;
	code = request_write(rq, portion_write, portion);
	return code < 0 ? code : 1;
}

int pump_begin(Request *rq) {
	int64_t there = 0;
	int code = db_lock(rq->db, "partner.cursor", 0);
	if (code >= 0) code = db_int(rq->db, &there, "SELECT 1 FROM feed_cursor WHERE reader = $1", BIND(val_str(CURSOR)));
	if (code < 0 || there) return code < 0 ? code : 0;
	int64_t head = feed_head(rq->db);
	return head < 0 ? (int)head : feed_cursor_move(rq->db, CURSOR, head);
}

/* Nobody listens: the feed is not kept for us. */
static int cursor_drop(Request *rq, void *arg) {
	int64_t active = 0;
	int code = db_lock(rq->db, "partner.cursor", 0);
	if (code >= 0) code = db_int(rq->db, &active, "SELECT count(*) FROM partner WHERE active = 1", NO_BIND);
	return code < 0 || active ? code : feed_cursor_drop(rq->db, CURSOR);
}

/* 1 somebody listens, 0 nobody. */
static int listened(Request *rq) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT (SELECT count(*) FROM partner WHERE active = 1), (SELECT count(*) FROM feed_cursor WHERE reader = $1)",
	           BIND(val_str(CURSOR)));
	if (found <= 0) return found;
	bool active = rows_int(rows, 0) > 0, kept = rows_int(rows, 1) > 0;
	db_rest(rq->db);
	if (active || !kept) return active;
	int code = request_write(rq, cursor_drop, NULL);
	return code < 0 ? code : 0;
}

/* --- sending --------------------------------------------------------------------------------------------------------------- */
static int message_next(Request *rq, Outgoing *out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT m.message_id, m.partner_id, m.case_id, m.made_us, m.attempts, m.body, p.url, p.key_no, p.failures,"
	    " p.token_locked, m.event_no, p.platform FROM partner_message m JOIN partner p ON p.partner_id = m.partner_id WHERE "
	    "m.state = "
	    "'waiting' AND"
	    " m.next_us <= $1 AND p.next_us <= $1 AND p.active = 1 AND NOT EXISTS (SELECT 1 FROM partner_message o WHERE "
	    "o.case_id ="
	    " m.case_id AND o.partner_id = m.partner_id AND o.event_no < m.event_no AND o.state = 'waiting') ORDER BY m.next_us,"
	    " m.message_id LIMIT 1",
	    BIND(val_int(clock_now_us())));
	if (found <= 0) return found;
	*out = (Outgoing){.message_id = rows_int(rows, 0),
	                  .partner_id = rows_int(rows, 1),
	                  .case_id = rows_int(rows, 2),
	                  .made_us = rows_int(rows, 3),
	                  .attempts = (int)rows_int(rows, 4),
	                  .body = rows_str(rows, 5, rq->arena),
	                  .url = rows_str(rows, 6, rq->arena),
	                  .key_no = (int)rows_int(rows, 7),
	                  .failures = (int)rows_int(rows, 8),
	                  .event_no = rows_int(rows, 10),
	                  .token = ""};
	const char *locked = rows_str(rows, 9, rq->arena);
	if (*locked) out->token = secret_unlock(rq->arena, app_secret(rq->app), text_of(locked));
	if (!out->token) out->token = "";
	const char *platform = rows_str(rows, 11, rq->arena);
	db_rest(rq->db);
	const json_t *document = NULL;
	if (*platform && (found = platform_find(rq, platform, &document)) < 0) return found;
	const char *accept = json_string_value(json_object_get(document, "accept"));
	out->accept = accept ? accept : "";
	return 1;
}

static int64_t pause_us(Request *rq, int before) {
	int64_t pause = setting_int(rq, "partner.retry_seconds") * 1000000 << (before < 12 ? before : 12);
	return pause < pause_most_us ? pause : pause_most_us;
}

/* The receipt of a try. */
static int try_write(Request *rq, void *arg) {
	const Outgoing *one = arg;
	int64_t next_us = one->tried_us + pause_us(rq, one->attempts);
	bool over = !one->sent && next_us - one->made_us > setting_int(rq, "partner.give_up_hours") * INT64_C(3600000000);
	int code =
	    (int)db_run(rq->db,
	                "UPDATE partner_message SET state = $2, attempts = attempts + 1, next_us = $3, done_us = $4, detail = $5"
	                " WHERE case_id = $1 AND partner_id = $6 AND event_no = $7",
	                BIND(val_int(one->case_id),
	                     val_str(one->sent ? "sent"
	                             : over    ? "failed"
	                                       : "waiting"),
	                     val_int(next_us), val_int(one->sent || over ? one->tried_us : 0), val_str(one->detail),
	                     val_int(one->partner_id), val_int(one->event_no)));
	if (code < 0 || (one->sent && !one->failures) || (!one->sent && !one->gone)) return code;
	return (int)db_run(rq->db, "UPDATE partner SET failures = $2, next_us = $3 WHERE partner_id = $1",
	                   BIND(val_int(one->partner_id), val_int(one->sent ? 0 : one->failures + 1),
	                        val_int(one->sent ? 0 : one->tried_us + pause_us(rq, one->failures))));
}

static int messages_send(Request *rq, const _Atomic bool *stop) {
	Outgoing one;
	int64_t epoch;
	int code = 0;
	for (int i = 0; i < SENT_AT_ONCE && !*stop; i++) {
		if ((code = message_next(rq, &one)) <= 0) return code;
		if ((code = store_lease(rq->store, LEASE, lease_us, &epoch, rq->error)) <= 0) return code;
		one.tried_us = clock_now_us();
		message_send(rq, &one);
		if ((code = request_write(rq, try_write, &one)) < 0) return code;
	}
	return code < 0 ? code : 1;
}

/* --- the thread ------------------------------------------------------------------------------------------------------------ */
bool pump_look(App *app, const _Atomic bool *stop) {
	Request *rq = request_begin(app, "system");
	int64_t epoch;
	int more = 0, code = rq->db ? request_generation_check(rq) : ERR_BUSY;
	if (code >= 0) code = listened(rq);
	if (code > 0) code = store_lease(rq->store, LEASE, lease_us, &epoch, rq->error);
	if (code > 0 && (code = portion_take(rq)) >= 0) {
		more = code;
		code = messages_send(rq, stop);
	}
	if (code < 0) log_warn("changes of cases were not told to other systems: %s", rq->error->message);
	request_end(rq);
	return code >= 0 && (more || code > 0);
}

static void *pump_main(void *context) {
	Pump *pump = context;
	bool more = false;
	pthread_mutex_lock(&pump->lock);
	while (!pump->stop) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		if (!more) pthread_cond_timedwait(&pump->wake, &pump->lock, &until);
		if (pump->stop) break;
		pthread_mutex_unlock(&pump->lock);
		more = pump_look(pump->app, &pump->stop);
		pthread_mutex_lock(&pump->lock);
	}
	pthread_mutex_unlock(&pump->lock);
	return NULL;
}

int pump_start(App *app, Error *error) {
	Pump *pump = calloc(1, sizeof *pump);
	if (!pump) abort();
	pump->app = app;
	pthread_mutex_init(&pump->lock, NULL);
	pthread_cond_init(&pump->wake, NULL);
	if (pthread_create(&pump->thread, NULL, pump_main, pump) != 0) abort();
	app_part_set(app, LEASE, pump);
	return 0;
}

void pump_stop(App *app) {
	Pump *pump = app_part(app, LEASE);
	if (!pump) return;
	pthread_mutex_lock(&pump->lock);
	atomic_store(&pump->stop, true);
	pthread_cond_signal(&pump->wake);
	pthread_mutex_unlock(&pump->lock);
	pthread_join(pump->thread, NULL);
	store_lease_drop(app_store(app), LEASE); /* the next process need not wait for it to run out */
	app_part_set(app, LEASE, NULL);
	pthread_mutex_destroy(&pump->lock);
	pthread_cond_destroy(&pump->wake);
	free(pump);
}
