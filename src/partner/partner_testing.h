/* partner_testing: a city with a centre, a unit and two systems beside it, over the base pack, and a receiver on this machine
 * that answers as it is told. The pump's thread does not run: look() does what it would. */
#ifndef YIWANG_PARTNER_TESTING_H
#define YIWANG_PARTNER_TESTING_H
#include "core/app_testing.h"
#include "exchange/exchange.h"
#include "notice/notice.h"
#include "partner/internal.h"
#include "verify/verify.h"
#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <sys/stat.h>

enum { SYSTEMS = 2, FIRST = 0, SECOND = 1, HEARD_MAX = 200 };
static Module still; /* this room without its thread */
/* What processes of the base pack name of the room that measures. */
static inline int of_findings(Request *rq, void *arg) {
	return fail(rq, ERR_INTERNAL, "findings are the room's above");
}
static const Action above[] = {{"finding.gone", of_findings}, {"finding.stays", of_findings}};
static const Module above_module = {.name = "above", ROWS_OF(action, above)};
static const Module *const modules[] = {
    &core_module,     &evidence_module, &people_module,     &notice_module,   &place_module, &place_address_module,
    &catalog_module,  &record_module,   &quarantine_module, &casework_module, &event_module, &verify_module,
    &exchange_module, &still,           &above_module};
static int64_t centre, unit, accounts[SYSTEMS], dispatcher, handler;

/* --- the receiver ----------------------------------------------------------------------------------------------------------- */
typedef struct Heard {
	int system; /* /0 or /1 */
	char body[4000], delivery[24], token[40];
} Heard;
static struct {
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	Heard calls[HEARD_MAX];
	int count, status[SYSTEMS]; /* status: what a system answers now */
	const char *answer;
	int port;
} far = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline enum MHD_Result far_answer(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                         const char *version, const char *data, size_t *size, void **context) {
	Heard *call = *context;
	if (!call) {
		*context = calloc(1, sizeof *call);
		return MHD_YES;
	}
	size_t has = strlen(call->body);
	if (*size) {
		if (has + *size < sizeof call->body) memcpy(call->body + has, data, *size);
		*size = 0;
		return MHD_YES;
	}
	const char *delivery = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Yiwang-Delivery"),
	           *token = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
	snprintf(call->delivery, sizeof call->delivery, "%s", delivery ? delivery : "");
	snprintf(call->token, sizeof call->token, "%s", token ? token : "");
	call->system = url[1] == '1';
	pthread_mutex_lock(&far.lock);
	if (far.count < HEARD_MAX) far.calls[far.count++] = *call;
	unsigned status = (unsigned)far.status[call->system];
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(strlen(far.answer), (void *)(uintptr_t)far.answer, MHD_RESPMEM_MUST_COPY);
	pthread_mutex_unlock(&far.lock);
	free(call);
	*context = NULL;
	enum MHD_Result result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static inline void far_start(void) {
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	far.daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, far_answer, NULL, MHD_OPTION_SOCK_ADDR,
	                              &here, MHD_OPTION_END);
	assert_non_null(far.daemon);
	far.port = MHD_get_daemon_info(far.daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

/* --- the city --------------------------------------------------------------------------------------------------------------- */
static inline int make_city(Request *rq, void *arg) {
	static const char *const logins[SYSTEMS] = {"first.system", "second.system"};
	int code = org_create(rq, "CENTRE", "指挥中心", "Centre", 0, &centre);
	if (code == 0) code = org_create(rq, "WATER", "水务局", "Water", 0, &unit);
	if (code == 0) code = account_create(rq, "dispatcher", "派遣员", centre, "dispatcher", NULL, false, &dispatcher);
	if (code == 0) code = account_create(rq, "handler", "处置员", unit, "handler", NULL, false, &handler);
	for (int i = 0; i < SYSTEMS && code == 0; i++)
		code = account_create(rq, logins[i], logins[i], centre, "service", NULL, false, &accounts[i]);
	for (int i = 0; i < SYSTEMS && code >= 0; i++)
		code = (int)db_run(rq->db,
		                   "INSERT INTO event_source (account_id, channel, note, active, updated_us, updated_by, version)"
		                   " VALUES ($1, $2, '', 1, 0, 'test', 1)",
		                   BIND(val_int(accounts[i]), val_str(i == FIRST ? "hotline" : "system")));
	if (code >= 0) code = setting_set(rq, TEXT("partner.networks"), TEXT("127.0.0.1"), 0);
	return code;
}

static inline int setup(StoreEngine engine) {
	Buf report = {0};
	still = partner_module;
	still.start = NULL;
	still.stop = NULL;
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	Request *rq = request_begin(app, "test");
	if (pack_load(rq, "packs/base", false, &report) < 0 || request_write(rq, make_city, NULL) < 0)
		flunk("%s %s\n", rq->error->message, report.at ? report.at : "");
	if (mkdir(app_path(rq->arena, app, "spool"), 0700)) flunk("no spool\n"); /* files of results */
	request_end(rq);
	buf_free(&report);
	far_start();
	return 0;
}

static inline int close_city(void **state) {
	MHD_stop_daemon(far.daemon);
	return teardown(state);
}

/* Before each test: nobody listens, nothing was told. */
static inline int nobody_listens(void **state) {
	static const char *const sql[] = {"DELETE FROM partner WHERE partner_id > $1",
	                                  "DELETE FROM partner_case WHERE case_id > $1",
	                                  "DELETE FROM partner_message WHERE case_id > $1",
	                                  "DELETE FROM feed_cursor WHERE reader = 'partner' AND position >= $1"};
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		run_sql_with(sql[i], 0);
	far.count = 0;
	far.status[FIRST] = far.status[SECOND] = 200;
	far.answer = "{\"code\":0}";
	return 0;
}
#define IN_CITY(test) cmocka_unit_test_setup(test, nobody_listens)
/* One city an engine: it takes longer to make than all tests. */
#define RUN_IN_CITIES(tests)                                                                                                     \
	(cmocka_run_group_tests_name("SQLite", tests, setup_sqlite, close_city) +                                                \
	 cmocka_run_group_tests_name("PostgreSQL", tests, setup_postgres, close_city))

/* --- calling routes --------------------------------------------------------------------------------------------------------- */
static inline int run_handler(Request *rq, void *arg) {
	return rq->route->handler(rq);
}

static char file_text[20000]; /* of the last answer that is a file */

/* As a system by its key, or (who < 0) as a supervisor of the centre. Takes inputs; a new reference, or NULL with *why. */
static inline json_t *call(int who, const char *action, json_t *inputs, Error *why) {
	Request *rq = request_begin(app, "test");
	const Route *route = NULL;
	for (int i = 0; i < PARTNER_ROUTES; i++)
		if (strcmp(partner_routes[i].action, action) == 0) route = &partner_routes[i];
	assert_non_null(route);
	InputValue *values = ARENA_ARRAY(rq->arena, InputValue, 10);
	for (int i = 0; route->inputs[i].name; i++) {
		json_t *value = json_object_get(inputs, route->inputs[i].name);
		if (!value) continue;
		values[i].given = true;
		if (route->inputs[i].type == TYPE_JSON)
			values[i].j = value;
		else if (json_is_string(value))
			values[i].t = text_of(json_string_value(value));
		else
			values[i].i = json_is_true(value) ? 1 : json_integer_value(value);
	}
	rq->party = who < 0
	                ? (Party){.kind = PARTY_PERSON, .account_id = dispatcher, .permits = PERMIT_BIT(PERMIT_EVENT_SUPERVISE)}
	                : (Party){.kind = PARTY_SERVICE, .account_id = accounts[who], .permits = PERMIT_BIT(PERMIT_EVENT_REPORT)};
	rq->party.org_id = centre;
	snprintf(rq->party.login, sizeof rq->party.login, "test");
	rq->route = route;
	rq->inputs = values;
	int code = route->lane == LANE_WRITE ? request_write(rq, run_handler, NULL) : route->handler(rq);
	*why = *rq->error;
	*file_text = '\0';
	if (rq->send_fd > 0) {
		ssize_t got = pread(rq->send_fd, file_text, sizeof file_text - 1, 0);
		file_text[got > 0 ? got : 0] = '\0';
	}
	json_t *answer = code >= 0 ? json_loadb(rq->body.at, rq->body.len, 0, NULL) : NULL;
	request_end(rq);
	json_decref(inputs);
	return answer;
}

static inline json_t *ok(int who, const char *action, json_t *inputs) {
	Error why;
	json_t *answer = call(who, action, inputs, &why);
	if (!answer) flunk("%s: %s: %s\n", action, why.field, why.message);
	return answer;
}

/* The system hears of its cases at /0 or /1, in its template. */
static inline void listens(int system, const char *platform) {
	char url[60];
	snprintf(url, sizeof url, "http://127.0.0.1:%d/%d", far.port, system);
	json_decref(ok(-1, "partner.put",
	               json_pack("{s:I, s:i, s:s, s:s, s:b}", "id", (json_int_t)accounts[system], "version", 0, "platform",
	                         platform, "url", url, "active", 1)));
}

static inline const char *text(const json_t *object, const char *name) {
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "";
}

/* --- cases and their steps ------------------------------------------------------------------------------------------------- */
typedef struct Doing {
	int system;
	int64_t case_id;
	const char *action, *note, *form;
} Doing;

static inline int report_write(Request *rq, void *arg) {
	Doing *doing = arg;
	EventReceipt receipt;
	rq->party = (Party){.kind = PARTY_SERVICE,
	                    .account_id = accounts[doing->system],
	                    .org_id = centre,
	                    .permits = PERMIT_BIT(PERMIT_EVENT_REPORT)};
	const EventReport report = {.channel = doing->system == FIRST ? TEXT("hotline") : TEXT("system"),
	                            .source_id = accounts[doing->system],
	                            .class_code = TEXT("S0102"),
	                            .placed = true,
	                            .lon = 120.28,
	                            .lat = 31.91,
	                            .description = TEXT("垃圾"),
	                            .reporter_name = TEXT("李四"),
	                            .reporter_phone = TEXT("13912345678")};
	int code = event_report(rq, &report, &receipt);
	doing->case_id = receipt.case_id;
	return code;
}

static inline int64_t reported(int system) {
	Request *rq = request_begin(app, "test");
	Doing doing = {.system = system};
	if (request_write(rq, report_write, &doing) < 0) flunk("%s: %s\n", rq->error->field, rq->error->message);
	request_end(rq);
	return doing.case_id;
}

static inline int do_write(Request *rq, void *arg) {
	const Doing *doing = arg;
	bool ours = strcmp(doing->action, "progress") != 0 && strcmp(doing->action, "sign") != 0;
	json_t *form = doing->form ? json_loads(doing->form, 0, NULL) : NULL;
	if (strcmp(doing->action, "dispatch") == 0)
		form = json_pack("{s:s}", "org_id", arena_printf(rq->arena, "%lld", (long long)unit));
	rq->party = (Party){.kind = PARTY_PERSON,
	                    .account_id = ours ? dispatcher : handler,
	                    .org_id = ours ? centre : unit,
	                    .permits = PERMIT_BIT(PERMIT_EVENT_DISPATCH) | PERMIT_BIT(PERMIT_EVENT_SUPERVISE) |
	                               PERMIT_BIT(PERMIT_EVENT_HANDLE)};
	int code = case_do(rq, doing->case_id, 0, doing->action, doing->note, form);
	json_decref(form);
	return code;
}

static inline void does(int64_t case_id, const char *action, const char *note, const char *form) {
	Request *rq = request_begin(app, "test");
	Doing doing = {.case_id = case_id, .action = action, .note = note, .form = form};
	if (request_write(rq, do_write, &doing) < 0) flunk("%s: %s: %s\n", action, rq->error->field, rq->error->message);
	request_end(rq);
}

/* One order of upper_12345 (item taken); the answer's item. */
static inline json_t *order(json_t *item) {
	json_t *answer = ok(FIRST, "platform.orders", json_pack("{s:[o]}", "orders", item));
	json_t *one = json_incref(json_array_get(json_object_get(answer, "items"), 0));
	json_decref(answer);
	return one;
}
#endif
