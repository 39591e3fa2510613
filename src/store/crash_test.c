/* Tests of what must not be lost or half kept: kill -9 of a writing process, a full disk, a database that goes away and comes
 * back. */
#include "store/own_testing.h"
#include <poll.h>

static const Migration tables[] = {
    {.name = "crash-1",
     .sql = "CREATE TABLE pair_left (id BIGINT PRIMARY KEY, filler TEXT);\n"
            "CREATE TABLE pair_right (id BIGINT PRIMARY KEY, filler TEXT)"},
};

static int64_t count_of(const char *sql) {
	int64_t count = -1;
	Db *db = store_reader(test.store, &error);
	assert_non_null(db);
	assert_int_equal(db_int(db, &count, sql, NO_BIND), 1);
	store_release(db);
	return count;
}

/* A write of two statements: both or none. */
typedef struct Pair {
	int64_t id;
	Text filler;
} Pair;
static int write_pair(Db *db, void *arg) {
	Pair *pair = arg;
	int64_t done =
	    db_run(db, "INSERT INTO pair_left (id, filler) VALUES ($1, $2)", BIND(val_int(pair->id), val_text(pair->filler)));
	if (done >= 0)
		done = db_run(db, "INSERT INTO pair_right (id, filler) VALUES ($1, $2)",
		              BIND(val_int(pair->id), val_text(pair->filler)));
	return done < 0 ? (int)done : 0;
}

/* --- kill -9 ---------------------------------------------------------------------------------------------------------------- */
typedef struct Acker {
	Store *store;
	int64_t base;
} Acker;
/* Tells each id on stdout once the store has answered. */
static void *ack_loop(void *arg) {
	Acker *acker = arg;
	for (int64_t id = acker->base;; id++) {
		Error own = {0};
		Pair pair = {id, TEXT("x")};
		if (store_write(acker->store, write_pair, &pair, false, &own) < 0) continue;
		if (write(STDOUT_FILENO, &id, sizeof id) != sizeof id) return NULL;
	}
}
/* crash_test --acks URL BASE: writes from 8 threads until it is killed. */
static int ack_process(char **argv) {
	Store *store;
	Error own = {0};
	if (store_open(&store, argv[2], NULL, &own)) return 1;
	Acker ackers[8];
	pthread_t threads[8];
	for (int i = 0; i < 8; i++) {
		ackers[i] = (Acker){store, atoll(argv[3]) + i * 1000000};
		pthread_create(&threads[i], NULL, ack_loop, &ackers[i]);
	}
	pause();
	return 0;
}

static int64_t kill_round(int round, int64_t life_us) {
	char base[24];
	snprintf(base, sizeof base, "%lld", (long long)round * 100000000);
	int pipe_fds[2];
	assert_int_equal(pipe(pipe_fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(pipe_fds[1], STDOUT_FILENO);
		close(pipe_fds[0]);
		execl("/proc/self/exe", "crash_test", "--acks", test.url, base, (char *)NULL);
		_exit(127);
	}
	close(pipe_fds[1]);
	int64_t until = 0, acked = 0, id, found;
	Db *db = store_reader(test.store, &error);
	int64_t *ids = malloc(sizeof *ids * 1000000);
	/* the first answer starts the clock */
	while (acked < 1000000 && read(pipe_fds[0], &id, sizeof id) == sizeof id) {
		ids[acked++] = id;
		if (!until) until = clock_monotonic_us() + life_us;
		if (clock_monotonic_us() > until) kill(pid, SIGKILL);
	}
	waitpid(pid, NULL, 0);
	close(pipe_fds[0]);
	for (int64_t i = 0; i < acked; i++)
		assert_int_equal(db_int(db, &found,
		                        "SELECT l.id FROM pair_left l JOIN pair_right r ON r.id = l.id WHERE l.id = $1",
		                        BIND(val_int(ids[i]))),
		                 1);
	free(ids);
	store_release(db);
	return acked;
}

static void test_acknowledged_means_kept(void **state) {
	unsigned seed = getenv("SEED") ? (unsigned)atoi(getenv("SEED")) : (unsigned)clock_now_us() % 1000000;
	print_message("seed %u\n", seed);
	int64_t acked = 0;
	for (int round = 1; round <= 5; round++)
		acked += kill_round(round, 20000 + rand_r(&seed) % 200000);
	print_message("%lld acknowledged writes all found\n", (long long)acked);
	assert_true(acked > 50);
	assert_int_equal(count_of("SELECT count(*) FROM pair_left l LEFT JOIN pair_right r ON r.id = l.id WHERE r.id IS NULL"),
	                 0);
}

/* --- full disk: SQLite's page limit gives the same SQLITE_FULL as a disk without space --------------------------------- */
static int limit_pages(Db *db, void *arg) {
	char sql[64];
	int64_t pages = 0;
	int code = db_int(db, &pages, "PRAGMA page_count", NO_BIND);
	if (code < 0) return code;
	snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld", arg ? 1000000LL : (long long)pages + 40);
	return (int)db_run(db, sql, NO_BIND);
}

typedef struct Filler {
	int64_t base;
	int kept, full, other;
} Filler;
static void *fill_loop(void *arg) {
	Filler *filler = arg;
	char filling[20000];
	memset(filling, 'f', sizeof filling);
	for (int i = 0; i < 20; i++) {
		Error own = {0};
		Pair pair = {filler->base + i, {filling, sizeof filling}};
		int code = store_write(test.store, write_pair, &pair, false, &own);
		if (code == 0)
			filler->kept++;
		else if (code == ERR_FULL)
			filler->full++;
		else
			filler->other++, print_message("%d %s\n", code, own.message);
	}
	return NULL;
}

static void test_full_disk(void **state) {
	assert_int_equal(store_write(test.store, limit_pages, NULL, false, &error), 0);
	Filler fillers[6] = {0};
	pthread_t threads[6];
	int kept = 0, full = 0, other = 0;
	for (int i = 0; i < 6; i++)
		fillers[i].base = i * 1000, pthread_create(&threads[i], NULL, fill_loop, &fillers[i]);
	for (int i = 0; i < 6; i++) {
		pthread_join(threads[i], NULL);
		kept += fillers[i].kept, full += fillers[i].full, other += fillers[i].other;
	}
	print_message("%d kept, %d refused as full\n", kept, full);
	assert_int_equal(other, 0);
	assert_true(full > 0);
	/* those told "kept" are there, those told "full" are not, and no pair is halved */
	assert_int_equal(count_of("SELECT count(*) FROM pair_left"), kept);
	assert_int_equal(count_of("SELECT count(*) FROM pair_right"), kept);
	/* with room again it goes on */
	assert_int_equal(store_write(test.store, limit_pages, &test, false, &error), 0);
	Pair pair = {999999, TEXT("room")};
	assert_int_equal(store_write(test.store, write_pair, &pair, false, &error), 0);
}

/* --- gone and back ----------------------------------------------------------------------------------------------------- */
typedef struct Landing {
	atomic_int over;
	int result;
	int64_t value;
} Landing;
static void landed(void *arg, Rows *rows, int result, const Error *said) {
	Landing *landing = arg;
	landing->result = result;
	if (result == 0 && rows_next(rows) == 1) landing->value = rows_int(rows, 0);
	atomic_store(&landing->over, 1);
}
static void ready(StoreReads *reads) {
	for (int i = 0; i < 10000 && !store_reads_ready(reads); i++) {
		store_reads_turn(reads);
		clock_sleep_us(1000);
	}
	assert_true(store_reads_ready(reads));
}

/* As a server thread does: add, and turn until it is answered. A lost connection is made again meanwhile. */
static int read_later(StoreReads *reads, int64_t *value) {
	static const char sql[] = "SELECT (SELECT count(*) FROM pair_left), q.n FROM unnest($1) WITH ORDINALITY AS q(a1, n)";
	Landing landing = {0};
	int code = store_reads_add(reads, sql, BIND(val_int(1)), landed, &landing);
	for (int i = 0; i < 20000 && code == 0 && !atomic_load(&landing.over); i++) {
		store_reads_turn(reads);
		clock_sleep_us(1000);
	}
	if (code) {
		store_reads_turn(reads);
		return code;
	}
	assert_true(atomic_load(&landing.over));
	*value = landing.value;
	return landing.result;
}

static void cluster(const char *verb, const char *folder, char *url, size_t size) {
	char command[200];
	snprintf(command, sizeof command, "tools/test-postgres.sh %s %s", verb, folder);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	char line[500] = "";
	if (!fgets(line, sizeof line, pipe)) line[0] = '\0';
	assert_int_equal(pclose(pipe), 0);
	line[strcspn(line, "\n")] = '\0';
	if (url) snprintf(url, size, "%s", line);
}

static void test_gone_and_back(void **state) {
	char folder[64];
	snprintf(folder, sizeof folder, "/tmp/yiwang-crash-pg-%d", (int)getpid());
	test = (TestStore){.engine = STORE_POSTGRES};
	cluster("start", folder, test.url, sizeof test.url);
	assert_int_equal(store_open(&test.store, test.url, NULL, &error), 0);
	assert_int_equal(store_migrate(test.store, store_migrations, store_migration_count, &error), 0);
	assert_int_equal(store_migrate(test.store, tables, 1, &error), 0);
	assert_int_equal(store_join(test.store, "test", &error), 0);
	Pair pair = {1, TEXT("before")};
	int64_t value = 0;
	assert_int_equal(store_write(test.store, write_pair, &pair, false, &error), 0);
	StoreReads *reads = store_reads_new(test.store);
	ready(reads);
	assert_int_equal(read_later(reads, &value), 0);
	int watched = store_reads_turn(reads);
	assert_true(watched >= 0);
	cluster("crash", folder, NULL, 0);
	/* the end of the connection makes the descriptor readable: an owner that waits for it must not spin */
	struct pollfd hung_up = {.fd = watched, .events = POLLIN};
	int turns = 0;
	for (; store_reads_turn(reads) >= 0; turns++)
		assert_int_equal(poll(&hung_up, 1, 10000), 1);
	assert_in_range(turns, 0, 20);
	assert_false(store_reads_ready(reads));
	for (int64_t id = 2; id < 6; id++) {
		Error own = {0};
		pair.id = id;
		assert_int_equal(store_write(test.store, write_pair, &pair, false, &own), ERR_BUSY);
		assert_int_equal(own.code, ERR_BUSY);
		Db *db = store_reader(test.store, &own);
		error_clear(&own);
		if (db) {
			assert_int_equal(db_int(db, &value, "SELECT count(*) FROM pair_left", NO_BIND), ERR_BUSY);
			store_release(db);
		}
		assert_int_equal(read_later(reads, &value), ERR_BUSY);
	}
	cluster("start", folder, NULL, 0);
	/* no restart: within the longest back-off everything works again */
	int code = ERR_BUSY;
	for (int i = 0; i < 80 && code; i++) {
		clock_sleep_us(100000);
		error_clear(&error);
		pair.id = 10;
		code = store_write(test.store, write_pair, &pair, false, &error);
	}
	assert_int_equal(code, 0);
	for (int i = 0; i < 8; i++) {
		Db *db = NULL;
		for (int n = 0; n < 80 && !db; n++) {
			error_clear(&error);
			if (!(db = store_reader(test.store, &error))) clock_sleep_us(100000);
		}
		assert_non_null(db);
		assert_int_equal(db_int(db, &value, "SELECT count(*) FROM pair_left", NO_BIND), 1);
		assert_int_equal(value, 2);
		store_release(db);
	}
	for (int i = 0; i < 80 && (code = read_later(reads, &value)); i++)
		clock_sleep_us(100000);
	assert_int_equal(code, 0);
	assert_int_equal(value, 2);
	store_reads_free(reads);
	store_close(test.store);
	cluster("stop", folder, NULL, 0);
}

/* --- many reads at once ------------------------------------------------------------------------------------------------ */
typedef struct Told {
	int good, bad, missing, other;
} Told;
typedef struct Asked {
	Told *told;
	int64_t wanted; /* -1: is refused for its value; -2: has no row */
} Asked;
static void counted(void *arg, Rows *rows, int result, const Error *said) {
	Asked *asked = arg;
	if (result == 0 && rows_columns(rows) == 1 && rows_next(rows) == 1 && rows_int(rows, 0) == asked->wanted)
		asked->told->good++;
	else if (result == ERR_INVALID && asked->wanted == -1)
		asked->told->bad++;
	else if (result == ERR_INTERNAL && asked->wanted == -2)
		asked->told->missing++;
	else
		asked->told->other++;
}
/* Of three statements, for some values that fail and some without a row: none harms its neighbours of the same batch. */
static void test_many_reads(void **state) {
	enum { READS = 3000 };
	static const char whole[] = "SELECT CAST(q.a1 AS BIGINT), q.n FROM unnest($1) WITH ORDINALITY AS q(a1, n)";
	static const char twice[] = "SELECT q.a1, q.n FROM unnest($1, $2) WITH ORDINALITY AS q(a1, a2, n) WHERE q.a2 = 'there'";
	static Asked asked[READS];
	static char texts[READS][12];
	StoreReads *reads = store_reads_new(test.store);
	Told told = {0};
	ready(reads);
	for (int i = 0; i < READS; i++) {
		asked[i] = (Asked){&told, i};
		snprintf(texts[i], sizeof texts[i], "%d", i);
		int code;
		if (i % 100 == 50) {
			asked[i].wanted = -1;
			code = store_reads_add(reads, whole, BIND(val_str("no number")), counted, &asked[i]);
		} else if (i % 100 == 70) {
			asked[i].wanted = -2;
			code = store_reads_add(reads, twice, BIND(val_int(i), val_str("away")), counted, &asked[i]);
		} else if (i % 2) {
			code = store_reads_add(reads, whole, BIND(val_str(texts[i])), counted, &asked[i]);
		} else if (i % 3) {
			code = store_reads_add(reads, twice, BIND(val_int(i), val_str("there")), counted, &asked[i]);
		} else {
			code = store_reads_add(reads, whole, BIND(val_int(i)), counted, &asked[i]);
		}
		assert_int_equal(code, 0);
	}
	for (int i = 0; i < 10000 && told.good + told.bad + told.missing + told.other < READS; i++) {
		store_reads_turn(reads);
		clock_sleep_us(1000);
	}
	assert_int_equal(told.bad, 30);
	assert_int_equal(told.missing, 30);
	assert_int_equal(told.good, READS - 60);
	/* what was added and never sent is refused at the end */
	asked[0] = (Asked){&told, 0};
	assert_int_equal(store_reads_add(reads, whole, BIND(val_int(0)), counted, &asked[0]), 0);
	assert_int_equal(store_reads_add(reads, whole, NO_BIND, counted, &asked[0]), ERR_INVALID);
	store_reads_free(reads);
	assert_int_equal(told.other, 1);
}

int main(int argc, char **argv) {
	if (argc == 4 && strcmp(argv[1], "--acks") == 0) return ack_process(argv);
	const struct CMUnitTest tests[] = {
	    BOTH(test_acknowledged_means_kept),
	    {"test_full_disk sqlite", test_full_disk, setup_sqlite, teardown, NULL},
	    {"test_many_reads postgres", test_many_reads, setup_postgres, teardown, NULL},
	    {"test_gone_and_back postgres", test_gone_and_back, NULL, NULL, NULL},
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
