/* system: the program's own routes: settings, packs, events, the API's description, health and metrics. */
#include "app/private.h"
#include "catalog/catalog.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *program_dir(Arena *arena) {
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
	return slash ? arena_strndup(arena, path, (size_t)(slash - path)) : ".";
}

/* --- settings ------------------------------------------------------------------------------------------------------------- */

static int settings_get(Request *rq) {
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	int code = setting_list(rq);
	if (code < 0) return code;
	jw_key(&rq->json, "next");
	jw_null(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

static int setting_put(Request *rq) {
	Text name = in_text(rq, "name"), value = in_text(rq, "value");
	int64_t version = in_int(rq, "version");
	int code = setting_set(rq, name, value, version);
	if (code < 0) return code;
	Buf *about = ARENA_NEW(rq->arena, Buf);
	JsonWriter json;
	buf_in(about, rq->arena); /* which empties it when this frame is gone: it must not stand on the stack */
	jw_begin(&json, about);
	jw_object(&json);
	jw_kv_text(&json, "name", name);
	jw_kv_text(&json, "value", value);
	jw_object_end(&json);
	rq->about = arena_strndup(rq->arena, about->at, about->len);
	jw_object(&rq->json);
	jw_kv_text(&rq->json, "name", name);
	jw_kv_text(&rq->json, "value", value);
	jw_kv_int(&rq->json, "version", version + 1);
	jw_object_end(&rq->json);
	return 0;
}

static int packs_get(Request *rq) {
	return pack_list(rq);
}

/* --- description, health ----------------------------------------------------------------------------------------------- */

static int openapi_get(Request *rq) {
	const Buf *text = app_part(rq->app, "app.openapi");
	buf_text(&rq->body, buf_as_text(text));
	return 0;
}

static int health_get(Request *rq) {
	int64_t one = 0;
	if (db_int(rq->db, &one, "SELECT 1", NO_BIND) != 1) {
		error_clear(rq->error); /* it names the store's host, which is nobody's business here */
		return fail(rq, ERR_BUSY, "The store does not answer");
	}
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "status", "ok");
	jw_object_end(&rq->json);
	return 0;
}

/* --- metrics (Prometheus text format 0.0.4) ---------------------------------------------------------------------------- */

static void metric_head(Buf *out, const char *name, const char *type, const char *help) {
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void metric(Buf *out, const char *name, const char *type, const char *help, int64_t value) {
	metric_head(out, name, type, help);
	buf_printf(out, "%s %lld\n", name, (long long)value);
}

static void metrics_lanes(Buf *out, Dispatcher *dispatcher) {
	static const char *const names[] = {"inline", "fast", "read", "write"};
	metric_head(out, "yiwang_calls_total", "counter", "Calls answered, by lane.");
	for (int i = 0; i < 4; i++)
		buf_printf(out, "yiwang_calls_total{lane=\"%s\"} %lld\n", names[i],
		           (long long)atomic_load(&dispatcher->lanes[i].calls));
	metric_head(out, "yiwang_call_failures_total", "counter", "Calls answered with a problem, by lane.");
	for (int i = 0; i < 4; i++)
		buf_printf(out, "yiwang_call_failures_total{lane=\"%s\"} %lld\n", names[i],
		           (long long)atomic_load(&dispatcher->lanes[i].failures));
	metric_head(out, "yiwang_call_seconds_total", "counter", "Time from header to answer, by lane.");
	for (int i = 0; i < 4; i++)
		buf_printf(out, "yiwang_call_seconds_total{lane=\"%s\"} %.6f\n", names[i],
		           (double)atomic_load(&dispatcher->lanes[i].micros) / 1e6);
	metric_head(out, "yiwang_answers_total", "counter", "Answers of routes by status class.");
	for (int i = 2; i < 6; i++)
		buf_printf(out, "yiwang_answers_total{class=\"%dxx\"} %lld\n", i,
		           (long long)atomic_load(&dispatcher->statuses[i]));
	metric_head(out, "yiwang_lane_waiting", "gauge", "Calls that wait for a worker.");
	buf_printf(out, "yiwang_lane_waiting{lane=\"read\"} %d\n", pool_waiting(dispatcher->read_pool));
	buf_printf(out, "yiwang_lane_waiting{lane=\"far\"} %d\n", pool_waiting(dispatcher->far_pool));
}

static void metrics_http(Buf *out, Dispatcher *dispatcher) {
	HttpServer *server = atomic_load(&dispatcher->server);
	HttpStats stats = {0};
	if (server != NULL) http_stats(server, &stats);
	metric(out, "yiwang_http_calls_total", "counter", "HTTP calls begun, pages included.", stats.calls);
	metric(out, "yiwang_http_connections", "gauge", "Open connections.", stats.open_connections);
	metric(out, "yiwang_http_suspended", "gauge", "Calls in lanes and sleeping streams.", stats.suspended);
	metric(out, "yiwang_http_bytes_in_total", "counter", "Body bytes received.", stats.bytes_in);
	metric(out, "yiwang_http_bytes_out_total", "counter", "Body bytes sent.", stats.bytes_out);
}

static int metrics_store(Request *rq, Buf *out) {
	Rows *rows;
	int64_t head = feed_head(rq->db), at = 0;
	if (head < 0) return (int)head;
	FeedEntry last;
	if (head > 0 && feed_read(rq->db, head - 1, &last, 1) == 1) at = last.at_us;
	metric(out, "yiwang_feed_head", "counter", "Position of the newest feed entry.", head);
	metric_head(out, "yiwang_feed_last_seconds", "gauge", "Unix time of the newest feed entry.");
	buf_printf(out, "yiwang_feed_last_seconds %.6f\n", (double)at / 1e6);
	int code = db_query(rq->db, &rows, "SELECT state, COUNT(*) FROM job GROUP BY state ORDER BY state", NO_BIND);
	if (code < 0) return code;
	metric_head(out, "yiwang_jobs", "gauge", "Jobs by state.");
	while ((code = rows_next(rows)) > 0)
		buf_printf(out, "yiwang_jobs{state=\"%.*s\"} %lld\n", TEXT_ARG(rows_text(rows, 0)), (long long)rows_int(rows, 1));
	if (code < 0 || (code = db_query(rq->db, &rows, "SELECT reader, position FROM feed_cursor ORDER BY reader", NO_BIND)) < 0)
		return code;
	metric_head(out, "yiwang_feed_lag", "gauge", "Entries a durable reader has yet to see.");
	while ((code = rows_next(rows)) > 0)
		buf_printf(out, "yiwang_feed_lag{reader=\"%.*s\"} %lld\n", TEXT_ARG(rows_text(rows, 0)),
		           (long long)(head - rows_int(rows, 1)));
	return code;
}

static int64_t resident_bytes(void) {
	long long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (file != NULL && fscanf(file, "%*s %lld", &pages) != 1) pages = 0;
	if (file != NULL) fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

/* Open, but to this machine only: figures of a city's traffic are no business of the net. What came through a proxy did not begin
 * here, trusted or not. */
static bool from_here(Request *rq) {
	Text peer = rq->call ? http_peer(rq->call) : TEXT("127.0.0.1");
	bool local = text_starts(peer, TEXT("127.")) || text_is(peer, "::1");
	return local && (rq->call == NULL || !http_forwarded(rq->call));
}

static int metrics_get(Request *rq) {
	Dispatcher *dispatcher = app_part(rq->app, "app.dispatcher");
	struct Events *events = app_part(rq->app, "app.events");
	if (!from_here(rq))
		return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "local_only", "Scrape from the machine itself.",
		                   "Metrics are given to this machine only");
	Buf *out = &rq->body;
	if (dispatcher != NULL) {
		metrics_lanes(out, dispatcher);
		metrics_http(out, dispatcher);
	}
	if (events != NULL) metric(out, "yiwang_event_streams", "gauge", "Open event streams.", events_watchers(events));
	metric(out, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
	metric(out, "yiwang_generation", "gauge", "Generation of the configuration known to this process.",
	       app_generation(rq->app));
	rq->content_type = "text/plain; version=0.0.4";
	return metrics_store(rq, out);
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */

static const InputField setting_inputs[] = {
    {"name", IN_PATH, TYPE_TEXT, true, .max = 64, .doc = "setting"},
    {"value", IN_BODY, TYPE_TEXT, true, .max = 2000, .doc = "new value, numbers as text"},
    {"version", IN_BODY, TYPE_INT, true, .min = 0, .max = INT32_MAX, .doc = "version read before, 0 when never set"},
    {0},
};
static const OutputField setting_outputs[] = {
    {"name", "string", "setting"}, {"value", "string", "value in force"}, {"version", "number", "for the next change"}, {0}};
static const OutputField settings_outputs[] = {
    {"items", "{name: string, value: string, default: string, doc: string, min: number, max: number, version: number}[]",
     "by name"},
    ONE_PAGE,
    {0},
};
static const OutputField packs_outputs[] = {
    {"items", "{name: string, version: string, title: string, title_en: string, loaded_at: string | null}[]", "by name"},
    ONE_PAGE,
    {0},
};
static const OutputField overview_outputs[] = {
    {"waits", "OverviewItem[]", "what waits for the caller"},
    {"broke", "OverviewItem[]", "what failed in the last seven days"},
    {"late", "OverviewItem[]", "what is later than promised"},
    {"numbers", "Record<string, number>", "how many of what"},
    {0},
};
static const OutputField health_outputs[] = {{"status", "\"ok\"", "the store answers"}, {0}};

static const Route routes[] = {
    {"GET", "/api/v1/overview", PERMIT_LOGIN, LANE_READ, overview_get, "system.overview",
     "What waits, broke and is late for the caller.", .outputs = overview_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/events", PERMIT_LOGIN, LANE_READ, events_get, "system.events",
     "Server-sent events of the feed: id = position, event \"feed\", data {topic, subject, version, op}; resumes by "
     "Last-Event-ID; event "
     "\"reset\" says: read anew.",
     .flags = ROUTE_STREAM | ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/settings", PERMIT_SYSTEM, LANE_READ, settings_get, "system.settings", "Lists the settings in force.",
     .outputs = settings_outputs},
    {"PUT", "/api/v1/settings/{name}", PERMIT_SYSTEM, LANE_WRITE, setting_put, "system.setting_change", "Changes a setting.",
     .inputs = setting_inputs, .outputs = setting_outputs},
    {"GET", "/api/v1/packs", PERMIT_LOGIN, LANE_READ, packs_get, "system.packs", "Lists the packs loaded.",
     .outputs = packs_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/openapi.json", PERMIT_OPEN, LANE_INLINE, openapi_get, "system.openapi", "This interface as OpenAPI 3.1.",
     .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/healthz", PERMIT_OPEN, LANE_READ, health_get, "system.health", "Whether this process can serve: its store answers.",
     .outputs = health_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/metrics", PERMIT_OPEN, LANE_READ, metrics_get, "system.metrics", "Figures for Prometheus, to this machine only.",
     .flags = ROUTE_NO_EVIDENCE},
};

static int system_start(App *app, Error *error) {
	const Module *const *modules;
	size_t count = app_modules(app, &modules);
	Buf *text = calloc(1, sizeof *text);
	if (text == NULL) abort();
	openapi_write(modules, count, text);
	app_part_set(app, "app.openapi", text);
	return 0;
}

static void system_stop(App *app) {
	Buf *text = app_part(app, "app.openapi");
	app_part_set(app, "app.openapi", NULL);
	if (text != NULL) buf_free(text);
	free(text);
}

static const Chore chores[] = {{"app.idempotency", 60, idempotency_chore}};

const Module app_module = {
    .name = "app",
    ROWS_OF(route, routes),
    ROWS_OF(migration, app_migrations),
    ROWS_OF(chore, chores),
    .start = system_start,
    .stop = system_stop,
};
