/* record_bench: measures the record room by itself. Numbers are quoted in docs/decisions/0004 and 0006.
 *
 *   record_bench accept ROWS        accept_row + row_digest over made-up rows of 12 columns with all checks, one thread
 *   record_bench digest ROWS        row_digest alone
 *   record_bench URL load ROWS      a full load without decoding: fill, duplicates, index, read back, swap; then the same rows again
 *   record_bench URL upsert ROWS    the same rows as an upsert into the loaded table
 *   record_bench URL get SECONDS    GET one record by id and by key through the handlers, beside the bare statement (load first)
 * URL: an empty sqlite: or postgres: store of its own. Times are CPU of this process for accept and digest, wall clock otherwise. */
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
	if (!mkdtemp(dir))
		die("temporary folder", NULL);
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
	if (system(command) != 0)
		fprintf(stderr, "record_bench: %s was not removed\n", dir);
}

/* --- twelve columns of an enterprise register ------------------------------------------------------------------------------------- */

static const char document[] =
	"{\"code\":\"307001/000001\",\"name\":\"企业登记（演示）\",\"summary\":\"演示数据\",\"keywords\":[\"企业\"],\"domain\":\"市场监管\","
	"\"formats\":[\"csv\"],\"sharing\":\"conditional\",\"sharing_condition\":\"按需审批\",\"sharing_ways\":[\"api\"],"
	"\"opening\":\"closed\",\"update_promise\":\"daily\",\"retention_months\":120,\"fields\":["
	"{\"name\":\"credit_code\",\"title\":\"统一社会信用代码\",\"kind\":\"text\",\"length\":18,\"key\":true,\"required\":true,"
	"\"grade\":1,\"check\":\"gb32100\"},"
	"{\"name\":\"company\",\"title\":\"企业名称\",\"kind\":\"text\",\"length\":100,\"required\":true,\"grade\":1},"
	"{\"name\":\"person_id\",\"title\":\"法定代表人证件号\",\"kind\":\"text\",\"length\":18,\"grade\":3,\"mask\":\"id\",\"check\":\"gb11643\"},"
	"{\"name\":\"person\",\"title\":\"法定代表人\",\"kind\":\"text\",\"length\":50,\"grade\":3,\"mask\":\"name\"},"
	"{\"name\":\"mobile\",\"title\":\"联系电话\",\"kind\":\"text\",\"length\":20,\"grade\":3,\"mask\":\"phone\",\"check\":\"mobile\"},"
	"{\"name\":\"address\",\"title\":\"住所\",\"kind\":\"text\",\"length\":200,\"grade\":2,\"mask\":\"address\"},"
	"{\"name\":\"founded\",\"title\":\"成立日期\",\"kind\":\"date\",\"required\":true,\"grade\":1},"
	"{\"name\":\"expires\",\"title\":\"营业期限至\",\"kind\":\"date\",\"grade\":1},"
	"{\"name\":\"capital\",\"title\":\"注册资本\",\"kind\":\"decimal\",\"scale\":2,\"min\":0,\"max\":1000000000,\"grade\":1},"
	"{\"name\":\"staff\",\"title\":\"从业人数\",\"kind\":\"integer\",\"min\":0,\"max\":1000000,\"grade\":1,\"indexed\":true},"
	"{\"name\":\"active\",\"title\":\"在营\",\"kind\":\"boolean\",\"grade\":1},"
	"{\"name\":\"changed\",\"title\":\"变更时间\",\"kind\":\"time\",\"grade\":1,\"indexed\":true}],"
	"\"rules\":[{\"name\":\"term\",\"expression\":\"expires == nil or expires >= founded\",\"message\":\"营业期限不得早于成立日期\"}]}";

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

typedef struct Publish { int64_t id; } Publish;

static int publish(Request *rq, void *arg) {
	Publish *out = arg;
	json_error_t where;
	json_t *json = json_loads(document, 0, &where);
	int64_t org = 0;
	if (!json)
		return fail(rq, ERR_INTERNAL, "the document: %s", where.text);
	int code = org_create(rq, "990000", "演示市", "Demo", 0, &org);
	if (code == 0)
		code = resource_publish_document(rq, org, json, &out->id);
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

/* --- accept and digest ---------------------------------------------------------------------------------------------------------------- */

static void bench_accept(int64_t rows, bool digest_only) {
	app_begin(NULL);
	Request *rq = request_begin(app, "bench");
	const Resource *resource = resource_ready(rq);
	Acceptor *acceptor;
	if (acceptor_new(rq, resource, &acceptor) < 0)
		die("acceptor", rq->error);
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
		if (at == 0)
			arena_reset(chunk);
		if (accept_row(acceptor, texts + at * COLUMNS, chunk, &accepted[at]) < 0)
			die("accept", rq->error);
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

int main(int argc, char **argv) {
	if (argc == 3 && strcmp(argv[1], "accept") == 0)
		bench_accept(atoll(argv[2]), false);
	else if (argc == 3 && strcmp(argv[1], "digest") == 0)
		bench_accept(atoll(argv[2]), true);
	else
		return fprintf(stderr, "see the head of bench/record_bench.c\n"), 2;
	return 0;
}
