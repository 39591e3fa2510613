/* notify: reminders of cases. A thread of its own looks every notify.seconds for cases that are near or past their due time,
 * writes a notice (an event in the case's history, and deliveries to the channels that are set), then sends what waits. One
 * process at a time does it (store lease). Sending is outside any write: a delivery is claimed for some minutes, tried, and its
 * attempt recorded; after a kill in between it is tried again, so a receiver may hear twice and never not at all. Whom it
 * tells, the ladder of the state says. */
#include "casework/notify.h"
#include "net/net.h"
#include "notice/notice.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { NOTICES_MAX = 100, ATTEMPTS_MAX = 8, ADDRESSES_MAX = 50 };
static const int64_t claim_us = 5 * INT64_C(60000000);

struct Notifier {
	App *app;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	_Atomic bool stop;
};

/* --- addresses ------------------------------------------------------------------------------------------------------- */
static int addresses_of(Request *rq, const char *channel, const int64_t *orgs, int org_count, const char **out, int max) {
	int used = 0;
	for (int i = 0; i < org_count; i++) {
		Rows *rows;
		int code =
		    db_query(rq->db, &rows, "SELECT address FROM org_address WHERE org_id = $1 AND channel = $2 ORDER BY address",
		             BIND(val_int(orgs[i]), val_str(channel)));
		if (code < 0) return code;
		while ((code = rows_next(rows)) > 0 && used < max)
			out[used++] = rows_str(rows, 0, rq->arena);
		rows_close(rows);
		if (code < 0) return code;
	}
	return used;
}

static bool org_add(int64_t org_id, int64_t *orgs, int used) {
	for (int i = 0; i < used; i++)
		if (orgs[i] == org_id) return false;
	orgs[used] = org_id;
	return org_id != 0;
}

/* The data bureau: it has no organisation in a case of line sharing. */
static int bureaus(Request *rq, int64_t *orgs, int used, int max) {
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT DISTINCT org_id FROM account WHERE state = 'active' AND roles & 8 <> 0 ORDER BY org_id", NO_BIND);
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && used < max)
		used += org_add(rows_int(rows, 0), orgs, used);
	rows_close(rows);
	return code < 0 ? code : used;
}

/* Organisations of the sides that a step of the ladder names. */
static int receivers(Request *rq, const Case *row, int tell, int64_t *orgs, int max) {
	bool city = row->process->line == LINE_CITY;
	int64_t above = 0;
	int used = 0, code = 0;
	if (tell & SIDE_TURN) tell |= row->process->states[row->state].turn;
	if (tell & SIDE_ASKER) used += org_add(row->asker_org, orgs, used);
	if (tell & SIDE_SUPPLIER) used += org_add(row->supplier_org, orgs, used);
	if (tell & SIDE_FIELD) used += org_add(row->field_org, orgs, used);
	if (city && tell & (SIDE_BUREAU | SIDE_LEAD)) used += org_add(row->centre_org, orgs, used);
	if (tell & SIDE_ABOVE && (code = case_org_above(rq, row->centre_org, &above)) >= 0) used += org_add(above, orgs, used);
	if (code < 0) return code;
	return !city && tell & SIDE_BUREAU ? bureaus(rq, orgs, used, max) : used;
}

/* --- notices --------------------------------------------------------------------------------------------------------- */
static const struct {
	const char *step, *title, *title_en, *by, *by_en; /* by: with its due time */
} said[] = {{"remind", "即将到期", "Due soon", "即将到期，请于 %s 前办理", "To be done by %s"},
            {"overdue", "已超期", "Overdue", "已超期，应于 %s 前办理", "It was to be done by %s"},
            {"urge", "催办", "Urged", "催办：应于 %s 前办理", "Urged: it was to be done by %s"},
            {"supervise", "督办", "Supervised", "督办：应于 %s 前办理", "Supervised: it was to be done by %s"},
            {"circular", "通报", "Circular", "通报：未于 %s 前办理", "Circular: it was not done by %s"}};

static int said_of(const char *step) {
	for (int i = 0; i < (int)(sizeof said / sizeof *said); i++)
		if (strcmp(said[i].step, step) == 0) return i;
	return 0;
}

static const char *due_words(Request *rq, const Case *row, const char *by) {
	char due[CLOCK_TEXT_MAX];
	clock_format(row->clock.due_us, due);
	due[16] = '\0';
	due[10] = ' ';
	const char *before = strstr(by, "%s");
	return arena_printf(rq->arena, "%.*s%s%s", (int)(before - by), by, due, before + 2);
}

static const char *notice_text(Request *rq, const Case *row, const LadderStep *step) {
	int which = said_of(step->step);
	const char *state = row->process->states[row->state].title;
	/* pressed where no limit runs, or while it stands */
	const char *words = row->clock.due_us >= NEVER_US ? said[which].title : due_words(rq, row, said[which].by);
	return arena_printf(rq->arena, "【一网】%s %s（%s）%s", row->process->title, row->number, state, words);
}

/* To the people of the step's sides, within the program. */
static int step_notice(Request *rq, const Case *row, const LadderStep *step) {
	int which = said_of(step->step);
	return case_tell(rq, row, step->tell,
	                 (NoticeWords){arena_printf(rq->arena, "%s %s", said[which].title, row->number),
	                               arena_printf(rq->arena, "%s %s", said[which].title_en, row->number)},
	                 (NoticeWords){arena_printf(rq->arena, "%s\n%s", row->title, due_words(rq, row, said[which].by)),
	                               arena_printf(rq->arena, "%s\n%s", row->title, due_words(rq, row, said[which].by_en))});
}

static int delivery_put(Request *rq, const Case *row, int64_t notice_no, const char *channel, const char *target,
                        const char *body) {
	return (int)db_run(rq->db,
	                   "INSERT INTO case_delivery (case_id, notice_no, channel, target, body, state, attempts, next_us)"
	                   " VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6)",
	                   BIND(val_int(row->case_id), val_int(notice_no), val_str(channel), val_str(target), val_str(body),
	                        val_int(rq->now_us)));
}

static json_t *texts_json(const char *const *texts, int count) {
	json_t *out = json_array();
	for (int i = 0; i < count; i++)
		json_array_append_new(out, json_string(texts[i]));
	return out;
}

static const char *joined(Request *rq, const char *const *texts, int count) {
	const char *out = "";
	for (int i = 0; i < count; i++)
		out = arena_printf(rq->arena, "%s%s%s", out, i ? "," : "", texts[i]);
	return out;
}

static bool fresh(const char *const *texts, int at) {
	for (int i = 0; i < at; i++)
		if (strcmp(texts[i], texts[at]) == 0) return false;
	return true;
}

static int deliveries_put(Request *rq, const Case *row, int64_t notice_no, const LadderStep *step) {
	int64_t orgs[16];
	const char *mails[ADDRESSES_MAX], *mobiles[ADDRESSES_MAX], *text = notice_text(rq, row, step);
	const char *url = setting_text(rq, "notify.webhook"), *server = setting_text(rq, "notify.mail_server");
	SmsGateway gateway;
	int org_count = sms_gateway(rq, &gateway);
	if (org_count >= 0) org_count = receivers(rq, row, step->tell, orgs, 16 - 5);
	if (org_count < 0) return org_count;
	int mail_count = addresses_of(rq, "mail", orgs, org_count, mails, ADDRESSES_MAX);
	int mobile_count = mail_count < 0 ? mail_count : addresses_of(rq, "mobile", orgs, org_count, mobiles, ADDRESSES_MAX);
	if (mobile_count < 0) return mobile_count;
	int code = 0;
	if (*url) {
		json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "kind", step->step, "case_id",
		                         arena_printf(rq->arena, "%lld", (long long)row->case_id), "number", row->number, "state",
		                         row->process->states[row->state].name, "text", text, "mails",
		                         texts_json(mails, mail_count), "mobiles", texts_json(mobiles, mobile_count));
		code = delivery_put(rq, row, notice_no, "webhook", url,
		                    notify_body(rq, setting_text(rq, "notify.webhook_template"), body));
		json_decref(body);
	}
	if (code >= 0 && *server && mail_count)
		code = delivery_put(rq, row, notice_no, "mail", joined(rq, mails, mail_count), text);
	for (int i = 0; *gateway.url && i < mobile_count && code >= 0; i++)
		if (fresh(mobiles, i)) code = delivery_put(rq, row, notice_no, "sms", mobiles[i], sms_text(rq, text));
	return code;
}

/* An event in the history, and deliveries to those whom the step names. */
static int step_tell(Request *rq, Case *row, const LadderStep *step) {
	const char *state = row->process->states[row->state].name;
	row->event_count++;
	int code = (int)db_run(
	    rq->db,
	    "INSERT INTO case_event (case_id, event_no, at_us, account_id, org_id, side, action, from_state, to_state,"
	    " clock, note, form) VALUES ($1, $2, $3, 0, 0, '', $4, $5, $5, '', '', NULL)",
	    BIND(val_int(row->case_id), val_int(row->event_count), val_int(rq->now_us), val_str(step->step), val_str(state)));
	if (code >= 0) code = step_notice(rq, row, step);
	return code < 0 ? code : deliveries_put(rq, row, row->event_count, step);
}

/* --- pressed by people, or by a platform above ------------------------------------------------------------------------- */
/* Within so long, the same word again goes into the history alone: nobody gets ten messages for ten clicks. */
static const int64_t press_pause_us = 10 * INT64_C(60000000);

static int pressed_lately(Request *rq, const Case *row, const ProcessAction *action) {
	int64_t before = 0;
	int code =
	    db_int(rq->db, &before,
	           "SELECT count(*) FROM case_event WHERE case_id = $1 AND event_no < $2 AND action = $3 AND at_us > $4 AND"
	           " to_state = $5",
	           BIND(val_int(row->case_id), val_int(row->event_count), val_str(action->name),
	                val_int(rq->now_us - press_pause_us), val_str(row->process->states[row->state].name)));
	return code < 0 ? code : before > 0;
}

int case_press(Request *rq, const Case *row, const ProcessAction *action, const char *note) {
	const LadderStep step = {.step = action->press, .tell = SIDE_TURN};
	int lately = pressed_lately(rq, row, action);
	if (lately) return lately < 0 ? lately : 0;
	int code = deliveries_put(rq, row, row->event_count, &step);
	if (code < 0) return code;
	return case_tell_pressed(rq, row, action, note);
}

/* --- the ladder ------------------------------------------------------------------------------------------------------- */
/* Steps that have come, each once; what was to be said before the due time is not said after a later step has come. *late: the
 * due time was told of. */
static int ladder_tell(Request *rq, const WorkTime *work, Case *row, bool *late) {
	const ProcessState *state = &row->process->states[row->clock.state];
	const Limit limit = state_limit(state, row->limits);
	int code = 0;
	for (; code >= 0 && case_ladder_us(work, row) <= rq->now_us; row->told++) {
		const LadderStep *step = &state->ladder[row->told];
		bool next = row->told + 1 < state->ladder_count &&
		            ladder_us(work, &state->ladder[row->told + 1], limit, row->clock.due_us) <= rq->now_us;
		*late |= step->n >= 0 && (row->told == 0 || step[-1].n < 0);
		if (step->n >= 0 || !next) code = step_tell(rq, row, step);
	}
	if (code >= 0)
		code = (int)db_run(
		    rq->db,
		    "UPDATE work_case SET reminded = $2, event_count = $3, step_us = $4, offer_us = $5 WHERE case_id = $1",
		    BIND(val_int(row->case_id), val_int(row->told), val_int(row->event_count), val_int(case_step_us(work, row)),
		         val_int(row->offer_us)));
	return code;
}

/* In a write: the notices of one case, unless it was told, closed or moved meanwhile; or the end of its pause, or of an offer
 * that nobody accepted: it is over whatever follows, and the task stays with whom it was. */
static int notice_write(Request *rq, void *arg) {
	int64_t case_id = *(const int64_t *)arg;
	const WorkTime *work;
	Case row;
	bool late = false;
	int code = db_lock(rq->db, "casework.case", case_id);
	if (code < 0 || (code = case_load(rq, case_id, &row)) < 0 || (code = worktime_get(rq, &work)) < 0) return code;
	if (row.closed_at || row.clock.state < 0 || case_step_us(work, &row) > rq->now_us) return 0;
	bool paused = row.clock.paused_us != 0, unanswered = row.offer_us && row.offer_us <= rq->now_us;
	if (unanswered) row.offer_us = 0;
	if (paused)
		code = (int)db_run(rq->db, "UPDATE work_case SET step_us = $2 WHERE case_id = $1",
		                   BIND(val_int(case_id), val_int(NEVER_US)));
	else
		code = ladder_tell(rq, work, &row, &late);
	if (code >= 0 && (paused || late))
		code = cases_happen(
		    rq,
		    &(Happening){.event = paused ? "hang_over" : "overdue", .resource_id = row.resource_id, .case_id = case_id});
	if (code >= 0 && unanswered) code = cases_happen(rq, &(Happening){.event = "unanswered", .case_id = case_id});
	return code < 0 ? code : feed_append(rq->db, FEED_TOPIC_CASE, row.case_id, row.version, FEED_UPDATE);
}

static int notices_write(Request *rq) {
	Rows *rows;
	int64_t due[NOTICES_MAX];
	int count = 0;
	int code = db_query(rq->db, &rows,
	                    "SELECT case_id FROM work_case WHERE closed_at = 0 AND step_us <= $1 ORDER BY step_us LIMIT 100",
	                    BIND(val_int(rq->now_us)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < NOTICES_MAX)
		due[count++] = rows_int(rows, 0);
	rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = request_write(rq, notice_write, &due[i]);
	return code;
}

/* --- sending --------------------------------------------------------------------------------------------------------- */
static int claim_write(Request *rq, void *arg) {
	Delivery *one = arg;
	return (int)db_run(
	    rq->db,
	    "UPDATE case_delivery SET next_us = $5 WHERE case_id = $1 AND notice_no = $2 AND channel = $3 AND target = $6"
	    " AND state = 'waiting' AND next_us = $4",
	    BIND(val_int(one->case_id), val_int(one->notice_no), val_str(one->channel), val_int(one->next_us),
	         val_int(rq->now_us + claim_us), val_str(one->target)));
}

/* The receipt of an attempt, and when the next one is. */
static int attempt_write(Request *rq, void *arg) {
	Delivery *one = arg;
	bool last = one->attempts + 1 >= ATTEMPTS_MAX;
	int64_t pause = (setting_int(rq, "notify.retry_seconds") * 1000000) << one->attempts;
	int code = (int)db_run(
	    rq->db,
	    "UPDATE case_delivery SET state = $4, attempts = attempts + 1, next_us = $5 WHERE case_id = $1 AND notice_no ="
	    " $2 AND channel = $3 AND target = $6",
	    BIND(val_int(one->case_id), val_int(one->notice_no), val_str(one->channel),
	         val_str(one->sent ? "sent"
	                 : last    ? "failed"
	                           : "waiting"),
	         val_int(one->tried_us + pause), val_str(one->target)));
	if (code >= 0)
		code = (int)db_run(
		    rq->db,
		    "INSERT INTO case_attempt (case_id, notice_no, channel, attempt_no, at_us, sent, detail, target, reference,"
		    " gateway_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		    BIND(val_int(one->case_id), val_int(one->notice_no), val_str(one->channel), val_int(one->attempts + 1),
		         val_int(one->tried_us), val_int(one->sent), val_str(one->detail), val_str(one->target),
		         val_str(one->reference), val_str(one->gateway_id)));
	return code < 0 || !one->case_id ? code : feed_append(rq->db, FEED_TOPIC_CASE, one->case_id, 0, FEED_UPDATE);
}

static int delivery_next(Request *rq, Delivery *out) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT case_id, notice_no, channel, target, body, attempts, next_us FROM case_delivery WHERE state = 'waiting'"
	    " AND next_us <= $1 ORDER BY next_us LIMIT 1",
	    BIND(val_int(clock_now_us())));
	if (found <= 0) return found;
	*out = (Delivery){.case_id = rows_int(rows, 0),
	                  .notice_no = rows_int(rows, 1),
	                  .channel = rows_str(rows, 2, rq->arena),
	                  .target = rows_str(rows, 3, rq->arena),
	                  .body = rows_str(rows, 4, rq->arena),
	                  .attempts = (int)rows_int(rows, 5),
	                  .next_us = rows_int(rows, 6),
	                  .reference = ""};
	db_rest(rq->db);
	return 1;
}

static int deliveries_send(Request *rq, const struct Notifier *notifier) {
	Delivery one;
	SmsGateway gateway;
	int code;
	while ((code = delivery_next(rq, &one)) > 0 && !notifier->stop) {
		if ((code = request_write(rq, claim_write, &one)) < 0) return code;
		if (code == 0) continue; /* another process has it */
		one.tried_us = clock_now_us();
		if (strcmp(one.channel, "webhook") == 0) {
			webhook_send(rq, &one);
		} else if (strcmp(one.channel, "sms") == 0) {
			if ((code = sms_gateway(rq, &gateway)) < 0) return code;
			sms_send(rq, &one, &gateway);
		} else {
			mail_send(rq, &one, setting_text(rq, "notify.mail_server"), setting_text(rq, "notify.mail_from"));
		}
		if ((code = request_write(rq, attempt_write, &one)) < 0) return code;
	}
	return code;
}

/* --- the thread ------------------------------------------------------------------------------------------------------ */
/* Looks when it is time to: the setting may have changed since. *looked is when it last did. */
static void tick(struct Notifier *notifier, int64_t *looked) {
	Request *rq = request_begin(notifier->app, "system");
	int64_t epoch, now = clock_monotonic_us(), seconds = 0;
	int code = rq->db ? request_generation_check(rq) : ERR_BUSY;
	if (code >= 0) seconds = setting_int(rq, "notify.seconds");
	if (code >= 0 && now - *looked < seconds * 1000000) {
		request_end(rq);
		return;
	}
	*looked = now;
	if (code >= 0) code = store_lease(rq->store, "casework.notify", (3 * seconds + 30) * 1000000, &epoch, rq->error);
	if (code > 0 && (code = notices_write(rq)) >= 0) code = deliveries_send(rq, notifier);
	if (code < 0) log_warn("reminders were not sent: %s", rq->error->message);
	request_end(rq);
}

static void *notifier_main(void *context) {
	struct Notifier *notifier = context;
	int64_t looked = clock_monotonic_us() - 3600 * INT64_C(1000000);
	pthread_mutex_lock(&notifier->lock);
	while (!notifier->stop) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		pthread_cond_timedwait(&notifier->wake, &notifier->lock, &until);
		if (notifier->stop) break;
		pthread_mutex_unlock(&notifier->lock);
		tick(notifier, &looked);
		pthread_mutex_lock(&notifier->lock);
	}
	pthread_mutex_unlock(&notifier->lock);
	return NULL;
}

int notifier_start(App *app, Error *error) {
	struct Notifier *notifier = calloc(1, sizeof *notifier);
	if (!notifier) abort();
	notifier->app = app;
	pthread_mutex_init(&notifier->lock, NULL);
	pthread_cond_init(&notifier->wake, NULL);
	if (pthread_create(&notifier->thread, NULL, notifier_main, notifier) != 0) abort();
	app_part_set(app, "casework.notifier", notifier);
	return 0;
}

void notifier_stop(App *app) {
	struct Notifier *notifier = app_part(app, "casework.notifier");
	if (!notifier) return;
	pthread_mutex_lock(&notifier->lock);
	atomic_store(&notifier->stop, true);
	pthread_cond_signal(&notifier->wake);
	pthread_mutex_unlock(&notifier->lock);
	pthread_join(notifier->thread, NULL);
	store_lease_drop(app_store(app), "casework.notify"); /* the next process need not wait for it to run out */
	app_part_set(app, "casework.notifier", NULL);
	pthread_mutex_destroy(&notifier->lock);
	pthread_cond_destroy(&notifier->wake);
	free(notifier);
}

/* What the gateway said of an SMS, by our reference or its id; NULL: nothing yet. */
#define RECEIPT_STATE                                                                                                            \
	"(SELECT max(r.state) FROM sms_receipt r WHERE a.reference <> '' AND r.message_id IN (a.reference, a.gateway_id))"

/* --- routes ---------------------------------------------------------------------------------------------------------- */
int addresses_get(Request *rq) {
	static const Member members[] = {{"channel", MEMBER_TEXT}, {"address", MEMBER_TEXT}, {0}};
	return answer_list(rq, members, "SELECT channel, address FROM org_address WHERE org_id = $1 ORDER BY channel, address",
	                   BIND(val_int(rq->party.org_id)));
}

static bool mail_good(Text address) {
	const char *at = memchr(address.at, '@', address.len);
	for (size_t i = 0; i < address.len; i++) {
		char c = address.at[i];
		if (c <= ' ' || c >= 127 || strchr("<>,;:\"\\()[]", c)) return false;
	}
	return at && at > address.at && at < address.at + address.len - 3 && address.len <= 200 &&
	       !memchr(at + 1, '@', (size_t)(address.at + address.len - at - 1));
}

int addresses_put(Request *rq) {
	const json_t *items = in_json(rq, "items");
	size_t index;
	json_t *item;
	if (!json_is_array(items) || json_array_size(items) > 20)
		return error_field(rq->error, ERR_INVALID, "items", TEXT_NONE, "list", "Send [{channel, address}], at most 20.",
		                   "items must be a list");
	int code = (int)db_run(rq->db, "DELETE FROM org_address WHERE org_id = $1", BIND(val_int(rq->party.org_id)));
	json_array_foreach(items, index, item) {
		Text channel = text_of(json_string_value(json_object_get(item, "channel"))),
		     address = text_of(json_string_value(json_object_get(item, "address")));
		if (code < 0) return code;
		const char *mobile = text_is(channel, "mobile") ? mobile_normal(rq, address) : NULL;
		if (!mobile && (!text_is(channel, "mail") || !mail_good(address)))
			return error_field(rq->error, ERR_INVALID, "items", address, "address",
			                   "Give a mail address or a mobile number of 11 digits.",
			                   "This is neither a mail address nor a mobile number");
		code =
		    (int)db_run(rq->db,
		                "INSERT INTO org_address (org_id, channel, address) VALUES ($1, $2, $3) ON CONFLICT (org_id, "
		                "channel, address)"
		                " DO NOTHING",
		                BIND(val_int(rq->party.org_id), val_text(channel), mobile ? val_str(mobile) : val_text(address)));
	}
	return code < 0 ? code : addresses_get(rq);
}

int notify_get(Request *rq) {
	static const Member members[] = {
	    {"case_id", MEMBER_ID}, {"number", MEMBER_TEXT}, {"channel", MEMBER_TEXT}, {"at", MEMBER_TIME},
	    {"sent", MEMBER_BOOL},  {"detail", MEMBER_TEXT}, {"receipt", MEMBER_TEXT}, {0}};
	SmsGateway gateway;
	int code = sms_gateway(rq, &gateway);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_bool(&rq->json, "webhook", *setting_text(rq, "notify.webhook") != 0);
	jw_kv_bool(&rq->json, "mail", *setting_text(rq, "notify.mail_server") != 0);
	jw_kv_str(&rq->json, "webhook_key", webhook_key(rq));
	sms_show(rq, &gateway);
	code = answer_under(rq, "attempts", members,
	                    "SELECT a.case_id, c.number, a.channel, a.at_us, a.sent, a.detail, " RECEIPT_STATE
	                    " FROM case_attempt a LEFT JOIN"
	                    " work_case c ON c.case_id = a.case_id ORDER BY a.at_us DESC LIMIT 50",
	                    NO_BIND);
	jw_object_end(&rq->json);
	return code;
}

int notices_show(Request *rq, int64_t case_id) {
	JsonWriter *json = &rq->json;
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT d.notice_no, d.channel, d.state, d.attempts, a.at_us, a.detail, " RECEIPT_STATE " FROM case_delivery d"
	    " LEFT JOIN case_attempt a ON a.case_id = d.case_id AND a.notice_no = d.notice_no AND a.channel = d.channel AND"
	    " a.target = d.target AND a.attempt_no = d.attempts WHERE d.case_id = $1 ORDER BY d.notice_no DESC, d.channel, "
	    "d.target LIMIT 100",
	    BIND(val_int(case_id)));
	if (code < 0) return code;
	jw_key(json, "deliveries");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		static const Member members[] = {
		    {"notice_no", MEMBER_INT}, {"channel", MEMBER_TEXT}, {"state", MEMBER_TEXT},   {"attempts", MEMBER_INT},
		    {"at", MEMBER_TIME},       {"detail", MEMBER_TEXT},  {"receipt", MEMBER_TEXT}, {0}};
		jw_object(json);
		row_members(rq, rows, members);
		jw_object_end(json);
	}
	rows_close(rows);
	jw_array_end(json);
	return code;
}
