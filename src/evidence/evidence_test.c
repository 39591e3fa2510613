/* The room on both engines: writes moved exactly once (also when the process is killed between), seals, witness, seats left by a
 * killed process, search, and answers that wait for the disk. The killed process is this program run again with --child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "evidence/evidence_testing.h"
#include <dirent.h>
#include <sys/wait.h>

static TestEvidence test;
static Error error;
static const char *program;

static int begin(StoreEngine engine) {
	error_clear(&error);
	log_set_level(LOG_LEVEL_ERROR);
	evidence_test_begin(&test, engine);
	return 0;
}
static int setup_sqlite(void **state) {
	return begin(STORE_SQLITE);
}
static int setup_postgres(void **state) {
	return begin(STORE_POSTGRES);
}
static int teardown(void **state) {
	evidence_test_end(&test);
	return 0;
}

static void insert(const char *detail) {
	TestWrite write = {&test, evidence_test_entry(&test, "zhao", "grant.create", detail)};
	int code = store_write(test.store.store, evidence_test_insert, &write, false, &error);
	if (code < 0) print_error("%s\n", error.message);
	assert_true(code >= 0);
}

static void move(void) {
	pthread_mutex_lock(&test.evidence->seal_lock);
	int code = outbox_move(test.evidence, test.evidence->writes, &error);
	pthread_mutex_unlock(&test.evidence->seal_lock);
	if (code) print_error("%s\n", error.message);
	assert_int_equal(code, 0);
}

static int64_t waiting(void) {
	int64_t count = -1;
	Db *db = store_reader(test.store.store, &error);
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM evidence_outbox", NO_BIND), 1);
	store_release(db);
	return count;
}

static void restart(void) {
	evidence_detach(test.evidence, false);
	evidence_test_attach(&test);
}

static int seal(int64_t *number) {
	bool made;
	int code = evidence_seal(test.evidence, true, number, &made, &error);
	if (code) print_error("%s\n", error.message);
	assert_int_equal(code, 0);
	return made;
}

static void verify_all(const char *trusted) {
	char path[128];
	Buf report = {0};
	snprintf(path, sizeof path, "%s/export.yw", test.dir);
	evidence_test_export(&test, 0, INT64_MAX, path);
	int code = evidence_verify(path, trusted, &report, false, &error);
	if (code) print_error("%.*s\n", (int)report.len, report.at);
	assert_int_equal(code, 0);
	buf_free(&report);
}

/* --- moving ----------------------------------------------------------------------------------------------------------------- */

static void moved_once(void **state) {
	for (int i = 0; i < 2500; i++)
		insert("{}");
	assert_int_equal(waiting(), 2500);
	assert_int_equal(stream_head(test.evidence->writes).count, 0);
	move();
	assert_int_equal(waiting(), 0);
	assert_int_equal(stream_head(test.evidence->writes).count, 2500);
	move();
	assert_int_equal(stream_head(test.evidence->writes).count, 2500);
}

static int roll_back(Db *db, void *arg) {
	int code = evidence_test_insert(db, arg);
	return code ? code : error_set(db_error(db), ERR_CONFLICT, "on purpose");
}

static void rolled_back_leaves_none(void **state) {
	TestWrite write = {&test, evidence_test_entry(&test, "zhao", "grant.create", "")};
	assert_int_equal(store_write(test.store.store, roll_back, &write, false, &error), ERR_CONFLICT);
	error_clear(&error);
	assert_int_equal(waiting(), 0);
}

/* Rows of a batch that was appended and not deleted: put back by hand, as a kill between leaves them. */
typedef struct Again {
	Buf ids; /* int64_t */
} Again;
static int insert_again(Db *db, void *arg) {
	Again *again = arg;
	const int64_t *ids = (const int64_t *)again->ids.at;
	EvidenceEntry entry = evidence_test_entry(&test, "zhao", "grant.create", "{}");
	uint8_t body[BODY_MAX];
	size_t length = entry_encode(&entry, body);
	for (size_t i = 0; i < again->ids.len / sizeof *ids; i++)
		if (db_run(db, "INSERT INTO evidence_outbox (id, stream, body) VALUES ($1, $2, $3)",
		           BIND(val_int(ids[i]), val_str(stream_name(test.evidence->writes)),
		                val_blob((Text){(char *)body, length}))) < 0)
			return ERR_IO;
	return 0;
}

static void killed_between(void **state) {
	Again again = {{0}};
	for (int i = 0; i < 300; i++)
		insert("{}");
	Db *db = store_reader(test.store.store, &error);
	Rows *rows;
	assert_int_equal(db_query(db, &rows, "SELECT id FROM evidence_outbox ORDER BY id", NO_BIND), 0);
	while (rows_next(rows) > 0) {
		int64_t id = rows_int(rows, 0);
		buf_add(&again.ids, &id, sizeof id);
	}
	store_release(db);
	move();
	assert_int_equal(store_write(test.store.store, insert_again, &again, false, &error), 0);
	insert("{}");
	restart();
	assert_int_equal(waiting(), 301);
	move();
	assert_int_equal(waiting(), 0);
	assert_int_equal(stream_head(test.evidence->writes).count, 301);
	buf_free(&again.ids);
	assert_true(seal(&(int64_t){0}));
	verify_all(NULL);
}

static int damage(Db *db, void *arg) {
	return db_run(db, "UPDATE evidence_outbox SET body = $1", BIND(val_blob(TEXT("nonsense")))) < 0 ? ERR_IO : 0;
}

static void damaged_row(void **state) {
	insert("{}");
	assert_int_equal(store_write(test.store.store, damage, NULL, false, &error), 0);
	log_set_level(LOG_LEVEL_ERROR);
	move();
	assert_int_equal(waiting(), 0);
	assert_int_equal(stream_head(test.evidence->writes).count, 1);
	seal(&(int64_t){0});
	verify_all(NULL);
}

/* --- a killed process ------------------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t length) {
	return write(fd, bytes, length) == (ssize_t)length ? 0 : -1;
}

/* URL DIR: writes and reads evidence as fast as it can, with the room's threads running; prints a line for each that was
 * acknowledged. */
static int child_main(const char *url, const char *dir) {
	TestEvidence child = {.clock = clock_now_us()};
	snprintf(child.dir, sizeof child.dir, "%s", dir);
	if (store_open(&child.store.store, url, NULL, &error) || store_join(child.store.store, "child", &error)) return 1;
	evidence_test_attach(&child);
	child.evidence->seal_us = 100000;
	evidence_run(child.evidence);
	evidence_append(child.evidence, &(EvidenceEntry){.actor = "child", .action = "start"});
	for (int i = 1;; i++) {
		char detail[40], line[40];
		snprintf(detail, sizeof detail, "{\"n\":%d}", i);
		TestWrite write = {&child, evidence_test_entry(&child, "child", "write", detail)};
		Error failed = {0};
		if (store_write(child.store.store, evidence_test_insert, &write, false, &failed) < 0) return 2;
		/* the keeper is woken as evidence_write does it */
		pthread_mutex_lock(&child.evidence->keep_lock);
		child.evidence->outbox_dirty = true;
		pthread_cond_signal(&child.evidence->keep_wake);
		pthread_mutex_unlock(&child.evidence->keep_lock);
		EvidenceEntry entry = evidence_test_entry(&child, "child", "read", detail);
		if (evidence_append(child.evidence, &entry)) return 3;
		int length = snprintf(line, sizeof line, "%d\n", i);
		if (write_all(1, line, (size_t)length)) return 4;
	}
}

/* The last number told before the child was killed after `us`. */
static int run_child(int64_t us) {
	int pipe_fds[2];
	assert_int_equal(pipe(pipe_fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(pipe_fds[1], 1);
		close(pipe_fds[0]);
		execl(program, program, "--child", test.store.url, test.dir, (char *)NULL);
		_exit(9);
	}
	close(pipe_fds[1]);
	Buf told = {0};
	int64_t until = 0;
	ssize_t got;
	while ((got = read(pipe_fds[0], buf_reserve(&told, 4096), 4096)) > 0) {
		told.len += (size_t)got;
		if (!until) until = clock_monotonic_us() + us;
		if (clock_monotonic_us() >= until) kill(pid, SIGKILL);
	}
	close(pipe_fds[0]);
	waitpid(pid, NULL, 0);
	while (told.len && told.at[told.len - 1] != '\n')
		told.len--;
	int number = 0;
	for (size_t i = 0; i < told.len; i++)
		number += told.at[i] == '\n';
	buf_free(&told);
	return number;
}

/* How often each {"n":i} stands in the streams of `kind`. */
static void count_numbers(char kind, int *counts, int max) {
	Arena *arena = arena_new();
	StreamList list;
	assert_int_equal(evidence_streams(test.evidence, arena, &list, &error), 0);
	for (size_t s = 0; s < list.count; s++) {
		Segment *segments;
		size_t count;
		if (stream_name(list.items[s])[0] != kind) continue;
		assert_int_equal(stream_segments(list.items[s], arena, &segments, &count, &error), 0);
		for (size_t i = 0; i < count; i++) {
			uint8_t *bytes = malloc(segments[i].bytes);
			int fd = stream_segment_fd(list.items[s], &segments[i], &error);
			assert_int_equal(pread(fd, bytes, segments[i].bytes, 0), (ssize_t)segments[i].bytes);
			close(fd);
			const uint8_t *at = bytes + SEGMENT_HEADER, *hash;
			Text body;
			EntryView view;
			int number;
			while (frame_next(&at, bytes + segments[i].bytes, &body, &hash) == 1) {
				assert_int_equal(entry_decode(body, &view), 0);
				char detail[64] = "";
				memcpy(detail, view.detail.at, view.detail.len < 63 ? view.detail.len : 63);
				if (text_is(view.actor, "child") && sscanf(detail, "{\"n\":%d}", &number) == 1 && number > 0 &&
				    number < max)
					counts[number]++;
			}
			free(bytes);
		}
	}
	arena_free(arena);
}

static void killed_process(void **state) {
	enum { MAX = 1 << 20, ROUNDS = 5 };
	unsigned seed = (unsigned)clock_now_us();
	print_message("seed %u\n", seed);
	int *told = calloc(MAX, sizeof *told), *reads = calloc(MAX, sizeof *reads), *writes = calloc(MAX, sizeof *writes);
	for (int round = 0; round < ROUNDS; round++) {
		int number = run_child(50000 + rand_r(&seed) % 400000);
		assert_true(number > 0);
		for (int i = 1; i <= number; i++)
			told[i]++;
	}
	restart();
	seal(&(int64_t){0}); /* settles the seat the killed ones left */
	assert_int_equal(waiting(), 0);
	count_numbers('r', reads, MAX);
	count_numbers('w', writes, MAX);
	for (int i = 1; i < MAX; i++) {
		/* each round, a number may be one further than what was told */
		assert_true(writes[i] >= told[i] && reads[i] >= told[i]);
		assert_true(writes[i] <= ROUNDS && reads[i] <= ROUNDS);
	}
	/* no number twice from one round: with told[i] == ROUNDS every round told it, so exactly ROUNDS stand there */
	for (int i = 1; i < MAX && told[i] == ROUNDS; i++)
		assert_int_equal(writes[i], ROUNDS);
	verify_all(NULL);
	free(told);
	free(reads);
	free(writes);
}

/* --- seals ------------------------------------------------------------------------------------------------------------------ */

static void read_one(const char *actor, int64_t at_us) {
	EvidenceEntry entry = evidence_test_entry(&test, actor, "record.read", "");
	if (at_us) entry.at_us = at_us;
	assert_int_equal(evidence_append(test.evidence, &entry), 0);
}

static int count_files(const char *path) {
	DIR *list = opendir(path);
	int count = 0;
	struct dirent *item;
	while (list && (item = readdir(list)))
		count += item->d_name[0] != '.';
	if (list) closedir(list);
	return count;
}

static void seals_and_witness(void **state) {
	char witness[128], path[256];
	int64_t number;
	assert_false(seal(&number)); /* nothing happened: nothing to seal */
	assert_int_equal(number, 0);
	read_one("li", 0);
	assert_true(seal(&number));
	assert_int_equal(number, 1);
	assert_false(seal(&number));
	assert_int_equal(number, 1);
	snprintf(witness, sizeof witness, "%s/witness", test.dir);
	snprintf(test.evidence->witness, sizeof test.evidence->witness, "%s", witness);
	read_one("li", 0);
	log_set_level(LOG_LEVEL_ERROR);
	assert_true(seal(&number)); /* the witness is away: sealed all the same, copied later */
	assert_int_equal(mkdir(witness, 0700), 0);
	read_one("li", 0);
	assert_true(seal(&number));
	assert_int_equal(number, 3);
	assert_int_equal(count_files(witness), 3);
	snprintf(path, sizeof path, "%s/checkpoint-000000000002.json", witness);
	verify_all(path);
	restart();
	read_one("li", 0);
	assert_true(seal(&number));
	assert_int_equal(number, 4);
	snprintf(path, sizeof path, "%s/evidence/checkpoints.jsonl", test.dir);
	verify_all(path);
}

/* A key that is not this store's, lying in another state directory. */
static void key_place(const char *dir) {
	char path[128];
	snprintf(path, sizeof path, "%s/keys", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/keys/evidence.pem", dir);
	assert_int_equal(signing_key_create(path, &error), 0);
}

/* A lost key is not replaced unseen: neither where the store has checkpoints nor where only their copy is left. A new one begins
 * by its own command, leaves an entry, and verifies for whoever trusts both keys. */
static void lost_key(void **state) {
	char path[128], trusted[128];
	int64_t number;
	read_one("li", 0);
	assert_true(seal(&number));
	evidence_detach(test.evidence, false);
	snprintf(path, sizeof path, "%s/keys/evidence.pem", test.dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(evidence_attach(&test.evidence, test.store.store, test.dir, "test", &error), ERR_NOT_FOUND);
	assert_non_null(strstr(error.message, "keys/evidence.pem"));
	assert_non_null(strstr(error.advice, "backup"));
	assert_int_equal(access(path, F_OK), -1);
	error_clear(&error);
	assert_int_equal(signing_key_create(path, &error), 0);
	evidence_test_attach(&test);
	read_one("li", 0);
	bool made;
	assert_int_equal(evidence_seal(test.evidence, true, &number, &made, &error), ERR_CONFLICT);
	error_clear(&error);
	assert_int_equal(evidence_key_begin(test.evidence, &number, &error), 0);
	assert_int_equal(number, 2);
	read_one("li", 0);
	assert_true(seal(&number));
	assert_int_equal(number, 3);
	snprintf(trusted, sizeof trusted, "%s/evidence/checkpoints.jsonl", test.dir);
	verify_all(trusted);
	Buf report = {0};
	snprintf(path, sizeof path, "%s/export.yw", test.dir);
	assert_int_equal(evidence_verify(path, NULL, &report, false, &error), ERR_INVALID);
	buf_char(&report, 0);
	assert_non_null(strstr(report.at, "another key"));
	buf_free(&report);
	error_clear(&error);
}

/* A second state directory on the same store: its heads are sealed too; with another key it does not seal itself. */
static void two_directories(void **state) {
	char dir[64];
	int64_t number;
	bool made;
	Evidence *first = test.evidence, *second;
	assert_non_null(folder_for_test(dir, sizeof dir, "evidence"));
	read_one("li", 0);
	assert_true(seal(&number));
	key_place(dir);
	assert_int_equal(evidence_attach(&second, test.store.store, dir, "other", &error), 0);
	test.evidence = second;
	read_one("wang", 0);
	assert_int_equal(evidence_seal(second, true, &number, &made, &error), ERR_CONFLICT);
	assert_non_null(strstr(error.message, "another key"));
	error_clear(&error);
	test.evidence = first;
	assert_true(seal(&number)); /* over the head that the other published */
	char path[128];
	Buf report = {0};
	snprintf(path, sizeof path, "%s/export.yw", test.dir);
	evidence_test_export(&test, 0, INT64_MAX, path);
	assert_int_equal(evidence_verify(path, NULL, &report, false, &error), 0);
	buf_char(&report, 0);
	assert_non_null(strstr(report.at, "elsewhere"));
	test.evidence = second;
	buf_reset(&report);
	evidence_test_export(&test, 0, INT64_MAX, path);
	assert_int_equal(evidence_verify(path, NULL, &report, false, &error), 0);
	buf_free(&report);
	test.evidence = first;
	evidence_detach(second, false);
	snprintf(path, sizeof path, "rm -rf %s", dir);
	assert_int_equal(system(path), 0);
}

/* Two processes in one state directory take two seats; what the one that ends leaves is settled by the other. */
static void two_seats(void **state) {
	Evidence *first = test.evidence;
	int64_t number;
	evidence_test_attach(&test);
	assert_int_equal(test.evidence->seat, 1);
	assert_string_equal(test.evidence->directory, first->directory);
	read_one("wang", 0);
	insert("{}");
	evidence_detach(test.evidence, false); /* unsealed, its row not moved */
	test.evidence = first;
	assert_int_equal(waiting(), 1);
	assert_true(seal(&number));
	assert_int_equal(waiting(), 0);
	verify_all(NULL);
	assert_false(seal(&number));
	evidence_test_attach(&test);
	assert_int_equal(test.evidence->seat, 1);
	read_one("wang", 0);
	evidence_detach(test.evidence, false);
	test.evidence = first;
	assert_true(seal(&number)); /* noticed again */
}

/* --- waiting for the disk --------------------------------------------------------------------------------------------------- */

static _Atomic int called, failed;
static void on_disk(void *arg, int result) {
	Evidence *evidence = arg;
	if (result || evidence->reads->synced.count == 0) failed++;
	called++;
}

static uint64_t on_disk_count(void) {
	Stream *reads = test.evidence->reads;
	pthread_mutex_lock(&reads->lock);
	uint64_t count = reads->synced.count;
	pthread_mutex_unlock(&reads->lock);
	return count;
}

static void durable(void **state) {
	evidence_run(test.evidence);
	for (int i = 0; i < 2000; i++) {
		EvidenceEntry entry = evidence_test_entry(&test, "li", "record.read", "");
		assert_int_equal(evidence_append_durable(test.evidence, &entry, on_disk, test.evidence), 0);
	}
	for (int i = 0; i < 1000 && called < 2000; i++)
		clock_sleep_us(5000);
	assert_int_equal(called, 2000);
	assert_int_equal(failed, 0);
	assert_true(on_disk_count() >= 2000);
	/* one that nobody waits for reaches the disk soon by itself */
	read_one("li", 0);
	for (int i = 0; i < 200 && on_disk_count() < 2001; i++)
		clock_sleep_us(5000);
	assert_int_equal(on_disk_count(), 2001);
	insert("{}");
	pthread_mutex_lock(&test.evidence->keep_lock);
	test.evidence->outbox_dirty = true;
	pthread_cond_signal(&test.evidence->keep_wake);
	pthread_mutex_unlock(&test.evidence->keep_lock);
	for (int i = 0; i < 400 && waiting(); i++)
		clock_sleep_us(5000);
	assert_int_equal(waiting(), 0);
}

/* --- routes ----------------------------------------------------------------------------------------------------------------- */

static const Module *const modules[] = {&core_module, &evidence_module};

static const Route *route_of(const char *action) {
	for (size_t i = 0; i < EVIDENCE_ROUTES; i++)
		if (strcmp(evidence_routes[i].action, action) == 0) return &evidence_routes[i];
	return NULL;
}

/* Runs a route's handler; inputs as "name=value", numbers for all but texts. */
static json_t *call(App *app, const char *action, int expected, const char *const *given) {
	Request *rq = request_begin(app, "auditor");
	const Route *route = route_of(action);
	InputValue inputs[16] = {0};
	for (; given && *given; given++) {
		const char *equals = strchr(*given, '=');
		bool known = false;
		for (int i = 0; route->inputs[i].name; i++) {
			if (strncmp(route->inputs[i].name, *given, (size_t)(equals - *given)) ||
			    route->inputs[i].name[equals - *given])
				continue;
			known = inputs[i].given = true;
			if (route->inputs[i].type == TYPE_TEXT)
				inputs[i].t = text_of(equals + 1);
			else
				inputs[i].i = atoll(equals + 1);
		}
		assert_true(known);
	}
	rq->route = route;
	rq->inputs = inputs;
	int code = route->handler(rq);
	if (code != expected) print_error("%s\n", rq->error->message);
	assert_int_equal(code, expected);
	json_t *root = rq->body.len ? json_loadb(rq->body.at, rq->body.len, 0, NULL) : NULL;
	if (code == 0 && rq->send_fd >= 0)
		close(rq->send_fd);
	else if (code == 0)
		assert_non_null(root);
	request_end(rq);
	return root;
}

#define GIVEN(...)                                                                                                               \
	(const char *const[]) {                                                                                                  \
		__VA_ARGS__, NULL                                                                                                \
	}

static void search(void **state) {
	App *app;
	char dir[64];
	assert_non_null(folder_for_test(dir, sizeof dir, "evidence"));
	assert_int_equal(app_secret_create(dir, &error), 0);
	int code = app_create(&app, dir, test.store.store, modules, 2, &error);
	if (code == 0) code = app_start(app, false, &error);
	if (code) print_error("%s\n", error.message);
	assert_int_equal(code, 0);
	enum { COUNT = 3000 };
	for (int i = 1; i <= COUNT; i++) {
		EvidenceEntry entry = {.at_us = i * INT64_C(1000000),
		                       .actor = i % 500 ? "li" : "rare",
		                       .action = i % 2 ? "a.odd" : "a.even",
		                       .resource_id = i % 10,
		                       .status = i % 100 ? 200 : 403,
		                       .detail = "{\"x\":1}"};
		assert_int_equal(evidence_read(app, &entry), 0);
	}
	Request *rq = request_begin(app, "system");
	EvidenceEntry own;
	evidence_entry(rq, &own);
	assert_string_equal(own.actor, "system");
	request_end(rq);

	/* pages: all, newest first, none twice */
	char after[300] = "";
	int64_t seen = 0, last = INT64_MAX;
	for (int page = 0; page < 100; page++) {
		char given[320];
		snprintf(given, sizeof given, "after=%s", after);
		json_t *root = after[0] ? call(app, "evidence.search", 0, GIVEN("limit=170", given))
		                        : call(app, "evidence.search", 0, GIVEN("limit=170"));
		size_t i;
		json_t *item;
		json_array_foreach(json_object_get(root, "items"), i, item) {
			int64_t seq = atoll(json_string_value(json_object_get(item, "seq")));
			assert_true(seq == last - 1 || last == INT64_MAX);
			last = seq;
			seen++;
			assert_true(json_is_object(json_object_get(item, "detail")));
		}
		const char *next = json_string_value(json_object_get(root, "next"));
		snprintf(after, sizeof after, "%s", next ? next : "");
		json_decref(root);
		if (!after[0]) break;
	}
	assert_int_equal(seen, COUNT);
	json_t *root = call(app, "evidence.search", 0, GIVEN("actor=rare"));
	assert_int_equal(json_array_size(json_object_get(root, "items")), COUNT / 500);
	assert_true(json_is_null(json_object_get(root, "next")));
	json_decref(root);
	root = call(app, "evidence.search", 0, GIVEN("from=1000000000", "to=1100000000", "action=a.odd", "limit=200"));
	assert_int_equal(json_array_size(json_object_get(root, "items")), 50);
	json_decref(root);
	root = call(app, "evidence.search", 0, GIVEN("status=403", "resource=0", "limit=200"));
	assert_int_equal(json_array_size(json_object_get(root, "items")), COUNT / 100);
	json_decref(root);
	json_decref(call(app, "evidence.search", ERR_INVALID, GIVEN("after=nonsense")));

	root = call(app, "evidence.seal", 0, NULL);
	json_int_t number = json_integer_value(json_object_get(root, "number")); /* the keeper may have sealed before */
	assert_true(number >= 1);
	json_decref(root);
	root = call(app, "evidence.search", 0, GIVEN("limit=1"));
	assert_true(json_is_true(json_object_get(json_array_get(json_object_get(root, "items"), 0), "sealed")));
	json_decref(root);
	root = call(app, "evidence.status", 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(root, "unsealed")), 0);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "checkpoint"), "number")), number);
	json_decref(root);
	root = call(app, "evidence.checkpoints", 0, NULL);
	assert_int_equal(json_array_size(json_object_get(root, "items")), number);
	json_decref(root);
	json_decref(call(app, "evidence.export", 0, GIVEN("from=0", "to=4000000000000000")));
	json_decref(call(app, "evidence.export", ERR_INVALID, GIVEN("from=10", "to=5")));
	app_stop(app);
	app_free(app);
	char command[100];
	snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int main(int argc, char **argv) {
	if (argc == 4 && strcmp(argv[1], "--child") == 0) return child_main(argv[2], argv[3]);
	program = argv[0];
	const struct CMUnitTest tests[] = {
	    BOTH(moved_once),
	    BOTH(rolled_back_leaves_none),
	    BOTH(killed_between),
	    BOTH(damaged_row),
	    BOTH(killed_process),
	    BOTH(seals_and_witness),
	    BOTH(lost_key),
	    BOTH(two_directories),
	    BOTH(two_seats),
	    BOTH(search),
	    cmocka_unit_test_setup_teardown(durable, setup_sqlite, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
