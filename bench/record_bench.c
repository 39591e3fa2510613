/* record_bench: measures the record room by itself. Numbers are quoted in docs/decisions/0004 and 0006.
 *
 *   record_bench accept ROWS        accept_row + row_digest over made-up rows of 12 columns with all checks, one thread
 *   record_bench digest ROWS        row_digest alone
 *   record_bench URL load ROWS      a full load without decoding: fill, duplicates, index, read back, swap; then the same rows
 * again record_bench URL upsert ROWS    the same rows as an upsert into the loaded table record_bench URL get SECONDS    GET one
 * record by id and by key through the handlers, beside the bare statement (load first) (several works may follow one URL:
 * record_bench URL load 1000000 upsert 100000 get 3) URL: an empty sqlite: or postgres: store of its own. Times are CPU of this
 * process for accept and digest, wall clock otherwise. */
#include "record/read.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern const Module core_module, people_module, evidence_module;

static App *app;
static Store *store;
static char dir[64];

static void die(const char *what, const Error *error) {
	fprintf(stderr, "record_bench: %s: %s\n", what, error ? error->message : "");
	exit(1);
}

static double cpu_seconds(void) {
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double wall_seconds(void) {
	return (double)clock_monotonic_us() / 1e6;
}

static void app_begin(const char *url) {
	static const Module *const modules[] = {&core_module, &evidence_module, &people_module, &catalog_module, &record_module};
	Error error = {0};
	snprintf(dir, sizeof dir, "/tmp/yiwang-bench-XXXXXX");
	if (!mkdtemp(dir)) die("temporary folder", NULL);
	char own[100];
	snprintf(own, sizeof own, "sqlite:%s/db.sqlite", dir);
	if (store_open(&store, url ? url : own, NULL, &error) || app_secret_create(dir, &error) ||
	    app_create(&app, dir, store, modules, sizeof modules / sizeof *modules, &error) || app_start(app, false, &error))
		die("start", &error);
}

static void app_end(void) {
	app_stop(app);
	app_free(app);
	store_close(store);
	char command[100];
	snprintf(command, sizeof command, "rm -rf %s", dir);
	if (system(command) != 0) fprintf(stderr, "record_bench: %s was not removed\n", dir);
}

/* --- twelve columns of an enterprise register -------------------------------------------------------------------------- */

static const char document[] =
    "{\"code\":\"307001/"
    "000001\",\"name\":\"企业登记（演示）\",\"summary\":\"演示数据\",\"keywords\":[\"企业\"],\"domain\":\"市场监管\","
    "\"formats\":[\"csv\"],\"sharing\":\"conditional\",\"sharing_condition\":\"按需审批\",\"sharing_ways\":[\"api\"],"
    "\"opening\":\"closed\",\"update_promise\":\"daily\",\"retention_months\":120,\"fields\":["
    "{\"name\":\"credit_code\",\"title\":\"统一社会信用代码\",\"kind\":\"text\",\"length\":18,\"key\":true,\"required\":true,"
    "\"grade\":1,\"check\":\"gb32100\"},"
    "{\"name\":\"company\",\"title\":\"企业名称\",\"kind\":\"text\",\"length\":100,\"required\":true,\"grade\":1},"
    "{\"name\":\"person_id\",\"title\":\"法定代表人证件号\",\"kind\":\"text\",\"length\":18,\"grade\":3,\"mask\":\"id\","
    "\"check\":\"gb11643\"},"
    "{\"name\":\"person\",\"title\":\"法定代表人\",\"kind\":\"text\",\"length\":50,\"grade\":3,\"mask\":\"name\"},"
    "{\"name\":\"mobile\",\"title\":\"联系电话\",\"kind\":\"text\",\"length\":20,\"grade\":3,\"mask\":\"phone\",\"check\":"
    "\"mobile\"},"
    "{\"name\":\"address\",\"title\":\"住所\",\"kind\":\"text\",\"length\":200,\"grade\":2,\"mask\":\"address\"},"
    "{\"name\":\"founded\",\"title\":\"成立日期\",\"kind\":\"date\",\"required\":true,\"grade\":1},"
    "{\"name\":\"expires\",\"title\":\"营业期限至\",\"kind\":\"date\",\"grade\":1},"
    "{\"name\":\"capital\",\"title\":\"注册资本\",\"kind\":\"decimal\",\"scale\":2,\"min\":0,\"max\":1000000000,\"grade\":1},"
    "{\"name\":\"staff\",\"title\":\"从业人数\",\"kind\":\"integer\",\"min\":0,\"max\":1000000,\"grade\":1,\"indexed\":true},"
    "{\"name\":\"active\",\"title\":\"在营\",\"kind\":\"boolean\",\"grade\":1},"
    "{\"name\":\"changed\",\"title\":\"变更时间\",\"kind\":\"time\",\"grade\":1,\"indexed\":true}],"
    "\"rules\":[{\"name\":\"term\",\"expression\":\"expires == nil or expires >= "
    "founded\",\"message\":\"营业期限不得早于成立日期\"}]}";

enum { COLUMNS = 12, CHUNK = 5000 };

static uint64_t seed = 20261122;

static uint32_t dice(uint32_t sides) {
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((seed >> 33) % sides);
}

static Text make(Arena *arena, const char *format, ...) {
	va_list args;
	va_start(args, format);
	char *text = arena_vprintf(arena, format, args);
	va_end(args);
	return text_of(text);
}

static Text make_credit_code(Arena *arena, int64_t number) {
	char code[19];
	snprintf(code, sizeof code, "91990000%08lld", (long long)number);
	code[16] = gb11714_check_char(code + 8);
	code[17] = gb32100_check_char(code);
	code[18] = '\0';
	return text_of(arena_strdup(arena, code));
}

static Text make_person_id(Arena *arena) {
	char id[19];
	snprintf(id, sizeof id, "990000%04u%02u%02u%03u", 1950 + dice(50), 1 + dice(12), 1 + dice(28), dice(1000));
	id[17] = gb11643_check_char(id);
	id[18] = '\0';
	return text_of(arena_strdup(arena, id));
}

static void make_row(Arena *arena, int64_t number, Text *texts) {
	static const char *const names[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄"};
	texts[0] = make_credit_code(arena, number);
	texts[1] = make(arena, "江阴市演示%07lld贸易有限公司", (long long)number);
	texts[2] = make_person_id(arena);
	texts[3] = make(arena, "%s小明", names[dice(8)]);
	texts[4] = make(arena, "13%09u", dice(1000000000));
	texts[5] = make(arena, "江苏省江阴市演示路%u号%u室", 1 + dice(999), 101 + dice(900));
	texts[6] = make(arena, "20%02u-%02u-%02u", dice(24), 1 + dice(12), 1 + dice(28));
	texts[7] = dice(2) ? TEXT("2046-12-31") : TEXT_NONE;
	texts[8] = make(arena, "%u.%02u", dice(10000000), dice(100));
	texts[9] = make(arena, "%u", dice(5000));
	texts[10] = dice(2) ? TEXT("是") : TEXT("否");
	texts[11] = make(arena, "2026-%02u-%02u %02u:%02u:%02u", 1 + dice(10), 1 + dice(28), dice(24), dice(60), dice(60));
}

typedef struct Publish {
	int64_t id;
} Publish;

static int publish(Request *rq, void *arg) {
	Publish *out = arg;
	json_error_t where;
	json_t *json = json_loads(document, 0, &where);
	int64_t org = 0;
	if (!json) return fail(rq, ERR_INTERNAL, "the document: %s", where.text);
	int code = org_create(rq, "990000", "演示市", "Demo", 0, &org);
	if (code == 0) code = resource_publish_document(rq, org, json, &out->id);
	json_decref(json);
	return code;
}

static const Resource *resource_ready(Request *rq) {
	Publish out = {0};
	const Resource *resource;
	if (request_write(rq, publish, &out) < 0 || request_generation_check(rq) < 0 || resource_find(rq, out.id, &resource) < 0)
		die("publish", rq->error);
	return resource;
}

/* --- accept and digest ------------------------------------------------------------------------------------------------- */

static void bench_accept(int64_t rows, bool digest_only) {
	app_begin(NULL);
	Request *rq = request_begin(app, "bench");
	const Resource *resource = resource_ready(rq);
	Acceptor *acceptor;
	if (acceptor_new(rq, resource, &acceptor) < 0) die("acceptor", rq->error);
	Arena *input = arena_new(), *chunk = arena_new();
	Text *texts = ARENA_ARRAY(input, Text, COLUMNS * CHUNK);
	Accepted *accepted = ARENA_ARRAY(input, Accepted, CHUNK);
	for (int i = 0; i < CHUNK; i++)
		make_row(input, i, texts + i * COLUMNS);
	Hasher *hasher = hasher_new(input);
	Buf scratch = {0};
	TableDigest sum = {0}, one;
	int64_t refused = 0, notes = 0;
	for (int i = 0; digest_only && i < CHUNK; i++)
		accept_row(acceptor, texts + i * COLUMNS, chunk, &accepted[i]);
	double started = cpu_seconds();
	for (int64_t done = 0; done < rows; done++) {
		int at = (int)(done % CHUNK);
		if (digest_only) {
			row_digest(resource, accepted[at].values, hasher, &scratch, &one);
			table_digest_add(&sum, &one);
			continue;
		}
		if (at == 0) arena_reset(chunk);
		if (accept_row(acceptor, texts + at * COLUMNS, chunk, &accepted[at]) < 0) die("accept", rq->error);
		if (accepted[at].reason_count && refused++ == 0)
			printf("first refusal: %s %s\n", accepted[at].reasons[0].field, accepted[at].reasons[0].message);
		notes += accepted[at].notes;
		table_digest_add(&sum, &accepted[at].digest);
	}
	double spent = cpu_seconds() - started;
	printf("%-8s %10.0f rows/s  %6.3f us a row  %6.3f s for %lld rows  (%lld refused, %lld notes, %s)\n",
	       digest_only ? "digest" : "accept", (double)rows / spent, spent * 1e6 / (double)rows, spent, (long long)rows,
	       (long long)refused, (long long)notes, table_digest_text(input, &sum));
	buf_free(&scratch);
	arena_free(chunk);
	arena_free(input);
	request_end(rq);
	app_end();
}

/* --- loading ----------------------------------------------------------------------------------------------------------- */

typedef struct Load {
	const Resource *resource;
	Accepted *rows;
	size_t count;
	int64_t job_id;
	int generation;
	GenerationHooks hooks;
	Upsert upsert;
} Load;

static int load_create(Request *w, void *arg) {
	Load *load = arg;
	return generation_create(w, load->resource, load->job_id, &load->generation);
}

static int load_fill(Request *w, void *arg) {
	Load *load = arg;
	int64_t stored = generation_fill(w, load->resource, load->generation, load->job_id, load->rows, load->count);
	return stored < 0 ? (int)stored : 0;
}

static int load_upsert(Request *w, void *arg) {
	Load *load = arg;
	return record_upsert_chunk(w, load->resource, load->job_id, load->rows, load->count, &load->hooks, &load->upsert);
}

static void must(Request *rq, int code, const char *what) {
	if (code < 0) die(what, rq->error);
}

static double lap(double *since) {
	double now = wall_seconds(), spent = now - *since;
	*since = now;
	return spent;
}

/* Makes, accepts and writes all rows; only the writing is timed. */
static double write_rows(Request *rq, Load *load, int64_t rows, int (*run)(Request *w, void *arg), TableDigest *source) {
	Acceptor *acceptor;
	Arena *chunk = arena_new();
	double spent = 0;
	must(rq, acceptor_new(rq, load->resource, &acceptor), "acceptor");
	seed = 20261122;
	for (int64_t from = 0; from < rows; from += CHUNK) {
		arena_reset(chunk);
		load->rows = ARENA_ARRAY(chunk, Accepted, CHUNK);
		load->count = (size_t)(rows - from < CHUNK ? rows - from : CHUNK);
		for (size_t i = 0; i < load->count; i++) {
			Text *texts = ARENA_ARRAY(chunk, Text, COLUMNS);
			make_row(chunk, from + (int64_t)i, texts);
			load->rows[i].row_no = from + (int64_t)i + 1;
			must(rq, accept_row(acceptor, texts, chunk, &load->rows[i]), "accept");
			table_digest_add(source, &load->rows[i].digest);
		}
		double started = wall_seconds();
		must(rq, request_write_bulk(rq, run, load), "write");
		spent += wall_seconds() - started;
	}
	arena_free(chunk);
	return spent;
}

static const Resource *loaded_resource(Request *rq, bool first) {
	const Resource *resource;
	if (first) return resource_ready(rq);
	must(rq, request_generation_check(rq), "generation");
	must(rq, resource_find_code(rq, TEXT("307001/000001"), &resource), "resource");
	return resource;
}

static void load_once(int64_t rows, bool first, int64_t job_id) {
	Request *rq = request_begin(app, "bench");
	Load load = {.resource = loaded_resource(rq, first), .job_id = job_id};
	TableDigest source = {0}, target = {0}, removed;
	LoadCounts counts;
	must(rq, request_write(rq, load_create, &load), "create");
	double fill = write_rows(rq, &load, rows, load_fill, &source), since = wall_seconds();
	must(rq, generation_duplicates(rq, load.resource, load.generation, NULL, &removed, &counts), "duplicates");
	double unique = lap(&since);
	must(rq, generation_compare(rq, load.resource, load.generation, NULL), "compare");
	double compare = lap(&since);
	must(rq, generation_index(rq, load.resource, load.generation, NULL), "index");
	double index = lap(&since);
	must(rq, generation_read_back(rq, load.resource, load.generation, 0, NULL, &target), "read back");
	double back = lap(&since);
	must(rq, generation_swap(rq, load.resource, load.generation, NULL, &counts), "swap");
	double swap = lap(&since);
	printf("load %lld rows: fill %.2f unique %.2f compare %.2f index %.2f read back %.2f swap %.2f = %.2f s; inserted %lld "
	       "unchanged %lld %s\n",
	       (long long)rows, fill, unique, compare, index, back, swap, fill + unique + compare + index + back + swap,
	       (long long)counts.inserted, (long long)counts.unchanged,
	       table_digest_eq(&source, &target) ? "digests equal" : "DIGESTS DIFFER");
	request_end(rq);
}

static void bench_load(int64_t rows) {
	load_once(rows, true, 1);
	load_once(rows, false, 2);
}

static void bench_upsert(int64_t rows) {
	Request *rq = request_begin(app, "bench");
	Load load = {.resource = loaded_resource(rq, false), .job_id = 9};
	TableDigest source = {0}, target;
	must(rq, record_upsert_begin(rq, load.resource, 9), "begin");
	double spent = write_rows(rq, &load, rows, load_upsert, &source), since = wall_seconds();
	must(rq, generation_read_back(rq, load.resource, 0, 9, NULL, &target), "read back");
	double back = lap(&since);
	printf("upsert %lld rows: write %.2f read back %.2f s %s\n", (long long)rows, spent, back,
	       table_digest_eq(&source, &target) ? "digests equal" : "DIGESTS DIFFER");
	request_end(rq);
}

/* --- one record -------------------------------------------------------------------------------------------------------- */

static const Route *route_of(const char *action) {
	for (size_t i = 0; i < record_module.route_count; i++)
		if (strcmp(record_module.routes[i].action, action) == 0) return &record_module.routes[i];
	die(action, NULL);
	return NULL;
}

/* The handler alone: without sockets, authentication and evidence. */
static void get_loop(const Resource *resource, const char *action, double seconds) {
	Arena *arena = arena_new();
	InputValue inputs[2] = {{.given = true, .t = text_of(arena_printf(arena, "%lld", (long long)resource->resource_id))},
	                        {.given = true}};
	int64_t count = 0;
	double started = wall_seconds(), until = started + seconds;
	Request *rq = request_begin(app, "bench");
	rq->party =
	    (Party){.kind = PARTY_PERSON, .account_id = 1, .org_id = resource->org_id, .permits = PERMIT_BIT(PERMIT_DATA_READ)};
	rq->route = route_of(action);
	rq->inputs = inputs;
	bool by_id = strcmp(action, "record.get") == 0;
	Text *keys = ARENA_ARRAY(arena, Text, 1000);
	int64_t *ids = ARENA_ARRAY(arena, int64_t, 1000);
	Buf scratch = {0};
	for (int i = 0; i < 1000; i++) {
		Val values[COLUMNS] = {val_text(make_credit_code(arena, i))};
		ids[i] = record_id(app, resource, values, &scratch);
		keys[i] = make(arena, "credit_code=%.*s", TEXT_ARG(values[0].t));
	}
	while ((count & 255) || wall_seconds() < until) {
		inputs[1].i = ids[count % 1000];
		rq->any_query = by_id ? TEXT_NONE : keys[count % 1000];
		must(rq, rq->route->handler(rq), action);
		request_rewind(rq);
		rq->body.len = 0;
		if ((++count & 255) == 0) { /* as the pool does between requests */
			Party party = rq->party;
			const Route *route = rq->route;
			request_end(rq);
			rq = request_begin(app, "bench");
			rq->party = party, rq->route = route, rq->inputs = inputs;
		}
	}
	printf("%-14s %8.2f us\n", action, (wall_seconds() - started) * 1e6 / (double)count);
	request_end(rq);
	buf_free(&scratch);
	arena_free(arena);
}

static void bare_loop(const Resource *resource, double seconds) {
	Request *rq = request_begin(app, "bench");
	int columns[COLUMNS];
	for (int i = 0; i < COLUMNS; i++)
		columns[i] = resource->fields[i].no;
	char *sql =
	    sql_read_one(rq->arena, sql_table(resource->resource_id, resource->generation_no), columns, COLUMNS, TEXT(""));
	int64_t count = 0, ids[1000];
	Buf scratch = {0};
	for (int i = 0; i < 1000; i++) {
		Val values[COLUMNS] = {val_text(make_credit_code(rq->arena, i))};
		ids[i] = record_id(app, resource, values, &scratch);
	}
	double started = wall_seconds(), until = started + seconds;
	while ((count & 255) || wall_seconds() < until) {
		Rows *rows;
		if (db_one(rq->db, &rows, sql, BIND(val_int(ids[count++ % 1000]))) != 1) die("bare", rq->error);
	}
	printf("%-14s %8.2f us\n", "bare statement", (wall_seconds() - started) * 1e6 / (double)count);
	buf_free(&scratch);
	request_end(rq);
}

static void bench_get(double seconds) {
	Request *rq = request_begin(app, "bench");
	const Resource *resource = loaded_resource(rq, false);
	bare_loop(resource, seconds);
	get_loop(resource, "record.get", seconds);
	get_loop(resource, "record.by_key", seconds);
	request_end(rq);
}

int main(int argc, char **argv) {
	if (argc == 3 && strcmp(argv[1], "accept") == 0) return bench_accept(atoll(argv[2]), false), 0;
	if (argc == 3 && strcmp(argv[1], "digest") == 0) return bench_accept(atoll(argv[2]), true), 0;
	if (argc < 4) return fprintf(stderr, "see the head of bench/record_bench.c\n"), 2;
	app_begin(argv[1]);
	for (int i = 2; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "load") == 0)
			bench_load(atoll(argv[i + 1]));
		else if (strcmp(argv[i], "upsert") == 0)
			bench_upsert(atoll(argv[i + 1]));
		else if (strcmp(argv[i], "get") == 0)
			bench_get(atof(argv[i + 1]));
	}
	app_end();
	return 0;
}
