/* request: pooled requests, their inputs, and running work in a write transaction.
 * Thread: a Request stays with one thread at a time; the pool is shared. Lifetime: open to end. */
#include "core/core_private.h"
#include <assert.h>
#include <stdlib.h>
#include <strings.h>

/* --- pool --------------------------------------------------------------------------------------------------------------- */
static Request *pool_take(App *app) {
	pthread_mutex_lock(&app->pool_lock);
	Request *rq = app->pool;
	if (rq) {
		app->pool = rq->next_free;
		app->pool_count--;
	}
	pthread_mutex_unlock(&app->pool_lock);
	if (rq) return rq;
	rq = calloc(1, sizeof *rq);
	if (!rq) abort();
	rq->arena = arena_new();
	return rq;
}

Request *request_open(App *app) {
	Request *rq = pool_take(app);
	*rq = (Request){
	    .app = app,
	    .arena = rq->arena,
	    .store = app->store,
	    .now_us = clock_now_us(),
	    .generation = app_generation(app),
	    .body = {.at = rq->body.at, .cap = rq->body.cap},
	    .send_fd = -1,
	};
	rq->error = &rq->own_error;
	jw_begin(&rq->json, &rq->body);
	return rq;
}

Request *request_begin(App *app, const char *actor) {
	Request *rq = request_open(app);
	rq->elsewhere = true;
	rq->party = (Party){.kind = PARTY_SYSTEM, .permits = UINT64_MAX, .sees_all = true};
	snprintf(rq->party.login, sizeof rq->party.login, "%s", actor);
	rq->lease = rq->db = store_reader(app->store, rq->error);
	if (rq->db) request_generation_check(rq);
	return rq;
}

void request_end(Request *rq) {
	if (!rq) return;
	App *app = rq->app;
	arena_reset(rq->arena);
	if (rq->lease) store_release(rq->lease);
	if (rq->body.cap > POOL_BODY_MAX) buf_free(&rq->body);
	pthread_mutex_lock(&app->pool_lock);
	bool keep = app->pool_count < POOL_MAX;
	if (keep) {
		rq->next_free = app->pool;
		app->pool = rq;
		app->pool_count++;
	}
	pthread_mutex_unlock(&app->pool_lock);
	if (keep) return;
	buf_free(&rq->body);
	arena_free(rq->arena);
	free(rq);
}

void request_complete(Request *rq, int result) {
	assert(rq->complete);
	rq->complete(rq, result);
}

/* --- what a run of the work may have changed ---------------------------------------------------------------------- */
typedef struct Answer {
	size_t body_len;
	JsonWriter json;
	int status, send_fd;
	const char *etag, *content_type, *file_name, *location, *link, *set_cookie, *set_cookie2, *about, *cache_control,
	    *content_policy, *provenance;
	const HttpStream *stream;
	int64_t about_resource, about_subject, row_count, generation;
	bool sensitive, any_origin;
} Answer;

static Answer answer_of(const Request *rq) {
	return (Answer){.body_len = rq->body.len,
	                .json = rq->json,
	                .status = rq->status,
	                .send_fd = rq->send_fd,
	                .etag = rq->etag,
	                .content_type = rq->content_type,
	                .file_name = rq->file_name,
	                .location = rq->location,
	                .link = rq->link,
	                .set_cookie = rq->set_cookie,
	                .set_cookie2 = rq->set_cookie2,
	                .about = rq->about,
	                .cache_control = rq->cache_control,
	                .content_policy = rq->content_policy,
	                .provenance = rq->provenance,
	                .stream = rq->stream,
	                .about_resource = rq->about_resource,
	                .about_subject = rq->about_subject,
	                .row_count = rq->row_count,
	                .generation = rq->generation,
	                .sensitive = rq->sensitive,
	                .any_origin = rq->any_origin};
}

static void answer_restore(Request *rq, const Answer *answer) {
	rq->body.len = answer->body_len;
	rq->json = answer->json;
	rq->status = answer->status;
	rq->send_fd = answer->send_fd;
	rq->etag = answer->etag;
	rq->content_type = answer->content_type;
	rq->file_name = answer->file_name;
	rq->location = answer->location;
	rq->link = answer->link;
	rq->set_cookie = answer->set_cookie;
	rq->set_cookie2 = answer->set_cookie2;
	rq->about = answer->about;
	rq->cache_control = answer->cache_control;
	rq->content_policy = answer->content_policy;
	rq->any_origin = answer->any_origin;
	rq->provenance = answer->provenance;
	rq->stream = answer->stream;
	rq->about_resource = answer->about_resource;
	rq->about_subject = answer->about_subject;
	rq->row_count = answer->row_count;
	rq->generation = answer->generation;
	rq->sensitive = answer->sensitive;
	rq->faults = NULL;
}

void request_fault(Request *rq, const char *field, const char *rule, const char *message, const char *advice) {
	if (!rq->faults) rq->faults = ARENA_NEW(rq->arena, Faults);
	if (rq->faults->count < FAULTS_MAX)
		error_field(&rq->faults->items[rq->faults->count++], ERR_INVALID, field, TEXT_NONE, rule, advice, "%s", message);
	error_field(rq->error, ERR_INVALID, field, TEXT_NONE, rule, advice, "%s", message);
}

int request_elsewhere(Request *rq) {
	return rq->elsewhere ? 0 : ERR_ELSEWHERE;
}

void request_rewind(Request *rq) {
	Answer blank = {.send_fd = -1, .generation = rq->generation};
	answer_restore(rq, &blank);
	jw_begin(&rq->json, &rq->body);
	error_clear(rq->error);
}

/* --- writes ------------------------------------------------------------------------------------------------------------ */
typedef struct Write {
	Request *rq;
	int (*fn)(Request *rq, void *arg);
	void *arg;
	Answer before;
	Db *reader;
} Write;

static int write_run(Db *db, void *arg) {
	Write *write = arg;
	Request *rq = write->rq;
	answer_restore(rq, &write->before); /* a rerun begins where the first run did */
	rq->db = db;
	rq->in_write = true;
	int result = write->fn(rq, write->arg);
	rq->db = write->reader;
	rq->in_write = false;
	return result;
}

static int write_through(Request *rq, int (*fn)(Request *rq, void *arg), void *arg, bool bulk) {
	assert(!rq->in_write);
	Write write = {.rq = rq, .fn = fn, .arg = arg, .before = answer_of(rq), .reader = rq->db};
	if (rq->db) db_rest(rq->db);
	int result = store_write(rq->store, write_run, &write, bulk, rq->error);
	if (result < 0) answer_restore(rq, &write.before);
	return result;
}

int request_write(Request *rq, int (*fn)(Request *rq, void *arg), void *arg) {
	return write_through(rq, fn, arg, false);
}

int request_write_bulk(Request *rq, int (*fn)(Request *rq, void *arg), void *arg) {
	return write_through(rq, fn, arg, true);
}

/* --- generation -------------------------------------------------------------------------------------------------------- */
void request_generation(Request *rq, int64_t generation) {
	rq->generation = generation;
	if (rq->in_write) return; /* not committed yet: must not become known to others */
	int64_t known = atomic_load(&rq->app->generation);
	while (known < generation && !atomic_compare_exchange_weak(&rq->app->generation, &known, generation)) {
	}
}

int request_generation_check(Request *rq) {
	int64_t generation = 0;
	int code = generation_read(rq->db, &generation);
	if (code < 0) return code;
	if (generation == rq->generation) return 0;
	request_generation(rq, generation);
	return 1;
}

/* --- inputs ------------------------------------------------------------------------------------------------------------ */
/* Handlers and rows mostly share one literal, so pointers are compared first. */
static const InputValue *input_of(const Request *rq, const char *name) {
	const InputField *fields = rq->route->inputs;
	for (size_t i = 0; fields && fields[i].name; i++)
		if (fields[i].name == name) return &rq->inputs[i];
	for (size_t i = 0; fields && fields[i].name; i++)
		if (strcmp(fields[i].name, name) == 0) return &rq->inputs[i];
	assert(!"an input that the route's row does not declare");
	abort();
}

bool in_has(const Request *rq, const char *name) {
	return input_of(rq, name)->given;
}

int64_t in_int(const Request *rq, const char *name) {
	const InputValue *value = input_of(rq, name);
	return value->given ? value->i : 0;
}

double in_double(const Request *rq, const char *name) {
	const InputValue *value = input_of(rq, name);
	return value->given ? value->d : 0;
}

Text in_text(const Request *rq, const char *name) {
	const InputValue *value = input_of(rq, name);
	return value->given ? value->t : TEXT_NONE;
}

char *in_str(const Request *rq, const char *name) {
	const InputValue *value = input_of(rq, name);
	return value->given ? text_cstr(rq->arena, value->t) : NULL;
}

json_t *in_json(const Request *rq, const char *name) {
	const InputValue *value = input_of(rq, name);
	return value->given ? value->j : NULL;
}

Val in_like(Request *rq, const char *name) {
	Text text = text_trim(in_text(rq, name));
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	buf_char(out, '%');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c == '%' || c == '_' || c == '\\') buf_char(out, '\\');
		buf_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
	buf_char(out, '%');
	return val_text(buf_as_text(out));
}

static bool host_fit(Text host) {
	for (size_t i = 0; i < host.len; i++) {
		char c = host.at[i];
		if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !strchr(".-:[]", c)) return false;
	}
	return host.len > 0 && host.len < 256;
}

static bool name_next(Text *rest, Text *name) {
	size_t len = 0;
	while (len < rest->len && rest->at[len] != ',')
		len++;
	*name = text_trim((Text){rest->at, len});
	bool more = rest->len > 0;
	*rest = (Text){rest->at + len + (len < rest->len), rest->len - len - (len < rest->len)};
	return more;
}

bool server_names_good(Text names) {
	Text name;
	while (name_next(&names, &name))
		if (!host_fit(name)) return false;
	return true;
}

static bool host_is(Text host, Text name) {
	return host.len == name.len && strncasecmp(host.at, name.at, name.len) == 0;
}

/* Whether the caller's Host is a name of this server. Anything else may be made up, to stand in links that others get from a
 * cache: what a trusted proxy passes on, the address that was reached, and the names of the setting are not. */
static bool host_known(Request *rq, Text host, const char *reached) {
	Text rest = text_of(setting_text(rq, "server.names")), name;
	if (http_by_proxy(rq->call) || host_is(host, text_of(reached))) return true;
	const char *port = strrchr(reached, ':');
	bool loopback = strncmp(reached, "127.", 4) == 0 || strncmp(reached, "[::1]", 5) == 0;
	if (loopback && port && host_is(host, text_of(arena_printf(rq->arena, "localhost%s", port)))) return true;
	while (name_next(&rest, &name))
		if (host_is(host, name)) return true;
	return false;
}

const char *request_base_url(Request *rq) {
	if (!rq->call) return "http://localhost";
	Text host = http_header(rq->call, "Host");
	const char *reached = http_reached(rq->call);
	bool secure = text_is(http_header(rq->call, "X-Forwarded-Proto"), "https");
	if (!host_fit(host) || !host_known(rq, host, reached)) return arena_printf(rq->arena, "http://%s", reached);
	return arena_printf(rq->arena, "%s://%.*s", secure ? "https" : "http", TEXT_ARG(host));
}

const char *json_as_text(Request *rq, const json_t *json) {
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	arena_on_free(rq->arena, free, text);
	return text ? text : "null";
}

void about_json(Request *rq, json_t *json) {
	rq->about = json_as_text(rq, json);
	json_decref(json);
}

int in_limit(const Request *rq) {
	int64_t limit = in_int(rq, "limit");
	return limit > 0 ? (int)limit : 50;
}

int file_name_check(Request *rq, const char *field, Text name) {
	if (file_name_good(name)) return 0;
	return error_field(rq->error, ERR_INVALID, field, name, "file_name", "Rename the file, for example to sample.csv.",
	                   "a file name has 1 to 255 bytes, none of / \\ : * ? \" < > | and no control or invisible characters");
}
