/* Tests of the feed: order and density on both engines; on PostgreSQL with several writing processes, commits that are delayed at
 * random, a sequencer killed and one stopped half-way, and readers that poll by position (decision 0003). */
#include "store/own_testing.h"

static const Migration tables[] = {
    {.name = "feedtest-1",
     .sql = "CREATE TABLE source (topic BIGINT NOT NULL, subject BIGINT NOT NULL, PRIMARY KEY (topic, subject))"},
};

/* --- one process -------------------------------------------------------------------------------------------------------- */
static int append_three(Db *db, void *arg) {
	for (int i = 0; i < 3; i++) {
		int code = feed_append(db, 1000, *(int64_t *)arg + i, 7, i ? FEED_UPDATE : FEED_INSERT);
		if (code) return code;
	}
	return 0;
}
static int append_and_fail(Db *db, void *arg) {
	int code = append_three(db, arg);
	return code ? code : ERR_CONFLICT;
}
static int append_selected(Db *db, void *arg) {
	return (int)feed_append_select(
	    db, 2000,
	    "SELECT topic AS subject, subject AS version, 'd' AS op FROM source WHERE topic < 5 ORDER BY topic, subject");
}
static int fill_source(Db *db, void *arg) {
	for (int64_t i = 0; i < 4; i++) {
		int64_t done =
		    db_run(db, "INSERT INTO source (topic, subject) VALUES ($1, $2)", BIND(val_int(i), val_int(i * 10)));
		if (done < 0) return (int)done;
	}
	return 0;
}
static int move_cursor(Db *db, void *arg) {
	return feed_cursor_move(db, "rules", *(int64_t *)arg);
}
static int prune_all(Db *db, void *arg) {
	return (int)feed_prune(db, INT64_MAX, 100);
}

static void test_append_read_prune(void **state) {
	int64_t subject = 1;
	assert_int_equal(store_write(test.store, append_three, &subject, false, &error), 0);
	assert_int_equal(store_write(test.store, append_and_fail, &subject, false, &error), ERR_CONFLICT);
	error_clear(&error);
	assert_int_equal(store_write(test.store, fill_source, NULL, false, &error), 0);
	assert_int_equal(store_write(test.store, append_selected, NULL, false, &error), 4);
	int64_t start = clock_monotonic_us();
	assert_int_equal(feed_wait(test.store, 6, 5000000), 7);
	assert_true(clock_monotonic_us() - start < 4000000);
	assert_int_equal(feed_wait(test.store, 7, 50000), 7);
	FeedEntry entries[10];
	Db *db = store_reader(test.store, &error);
	assert_int_equal(feed_read(db, 0, entries, 10), 7);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(entries[i].position, i + 1);
		assert_int_equal(entries[i].topic, i < 3 ? 1000 : 2000);
		assert_int_equal(entries[i].subject, i < 3 ? i + 1 : i - 3);
		assert_int_equal(entries[i].version, i < 3 ? 7 : (i - 3) * 10);
		assert_int_equal(entries[i].op, i == 0 ? FEED_INSERT : i < 3 ? FEED_UPDATE : FEED_DELETE);
	}
	assert_int_equal(feed_read(db, 5, entries, 1), 1);
	assert_int_equal(entries[0].position, 6);
	int64_t position = 99;
	assert_int_equal(feed_cursor(db, "rules", &position), 0);
	assert_int_equal(position, 0);
	store_release(db);
	/* nothing a durable reader has not passed is pruned; the last entry stays in any case */
	position = 2;
	assert_int_equal(store_write(test.store, move_cursor, &position, false, &error), 0);
	assert_int_equal(store_write(test.store, prune_all, NULL, false, &error), 2);
	position = 7;
	assert_int_equal(store_write(test.store, move_cursor, &position, false, &error), 0);
	assert_int_equal(store_write(test.store, prune_all, NULL, false, &error), 4);
	assert_int_equal(store_write(test.store, append_three, &subject, false, &error), 0);
	assert_int_equal(feed_wait(test.store, 9, 5000000), 10);
	db = store_reader(test.store, &error);
	assert_int_equal(feed_first(db), 7);
	assert_int_equal(feed_head(db), 10);
	assert_int_equal(feed_cursor(db, "rules", &position), 0);
	assert_int_equal(position, 7);
	store_release(db);
}

/* --- several processes ----------------------------------------------------------------------------------------------------- */
enum { WRITER_THREADS = 4, READERS = 3, ENTRIES_MAX = 200000 };

typedef struct Writer {
	Store *store;
	int64_t topic, next;
	unsigned seed;
} Writer;

/* One to three rows with their entries, then a pause before the commit: ids are given out in another order than commits happen.
 */
static int write_delayed(Db *db, void *arg) {
	Writer *writer = arg;
	int rows = 1 + rand_r(&writer->seed) % 3;
	for (int i = 0; i < rows; i++) {
		int64_t done = db_run(db, "INSERT INTO source (topic, subject) VALUES ($1, $2)",
		                      BIND(val_int(writer->topic), val_int(writer->next + i)));
		if (done < 0) return (int)done;
		int code = feed_append(db, writer->topic, writer->next + i, 1, FEED_INSERT);
		if (code) return code;
	}
	char sleep[64];
	snprintf(sleep, sizeof sleep, "SELECT pg_sleep(%d.0 / 1000)",
	         rand_r(&writer->seed) % 4 ? rand_r(&writer->seed) % 3 : rand_r(&writer->seed) % 60);
	int64_t done = db_run(db, sleep, NO_BIND);
	return done < 0 ? (int)done : rows;
}

static void *writer_loop(void *arg) {
	Writer *writer = arg;
	for (;;) {
		Error own = {0};
		int rows = store_write(writer->store, write_delayed, writer, false, &own);
		/* a failed commit may have been kept: such a subject is not used again */
		writer->next += rows > 0 ? rows : 3;
	}
	return NULL;
}

/* The program as a writing process: feed_test --writer URL NAME NUMBER SEED. Runs until it is killed. */
static int writer_process(char **argv) {
	Store *store;
	Error own = {0};
	StoreOptions options = {.writers = WRITER_THREADS, .readers = 1};
	if (store_open(&store, argv[2], &options, &own) || store_join(store, argv[3], &own)) {
		fprintf(stderr, "writer: %s\n", own.message);
		return 1;
	}
	Writer writers[WRITER_THREADS];
	pthread_t threads[WRITER_THREADS];
	for (int i = 0; i < WRITER_THREADS; i++) {
		writers[i] = (Writer){store, 10 * atoi(argv[4]) + i, 0, (unsigned)atoi(argv[5]) * 31 + (unsigned)i};
		pthread_create(&threads[i], NULL, writer_loop, &writers[i]);
	}
	pause();
	return 0;
}

static pid_t start_writer(int number, unsigned seed) {
	char name[16], digits[16], seed_text[16];
	snprintf(name, sizeof name, "writer%d", number);
	snprintf(digits, sizeof digits, "%d", number);
	snprintf(seed_text, sizeof seed_text, "%u", seed);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "feed_test", "--writer", test.url, name, digits, seed_text, (char *)NULL);
		_exit(127);
	}
	return pid;
}

typedef struct Reader {
	pthread_t thread;
	atomic_bool over;
	FeedEntry *entries;
	int count;
	const char *wrong;
} Reader;

/* Polls by position as fast as it may; what it gets must go on exactly where it stopped. */
static void *reader_loop(void *arg) {
	Reader *reader = arg;
	Error own = {0};
	Db *db = store_reader(test.store, &own);
	while (db && !reader->wrong) {
		bool last_look = atomic_load(&reader->over);
		int64_t after = reader->count;
		int got = feed_read(db, after, reader->entries + reader->count, 300);
		if (got < 0) reader->wrong = "read failed";
		for (int i = 0; i < got && !reader->wrong; i++)
			if (reader->entries[reader->count + i].position != after + 1 + i)
				reader->wrong = "a position is missing or out of order";
		if (got > 0) reader->count += got;
		if (reader->count > ENTRIES_MAX - 400) reader->wrong = "more entries than the test has room for";
		if (got == 0 && last_look) break;
		if (got == 0) clock_sleep_us(2000);
	}
	store_release(db);
	return NULL;
}

/* Which writer process is the sequencer now: its number, or -1. */
static int leader(void) {
	Db *db = store_reader(test.store, &error);
	assert_non_null(db);
	Rows *rows;
	int number = -1;
	int code = db_one(
	    db, &rows,
	    "SELECT s.node FROM lease l JOIN slot s ON s.holder = l.holder WHERE l.name = 'feed.sequencer' AND l.until_us > $1",
	    BIND(val_int(clock_now_us())));
	assert_true(code >= 0);
	if (code == 1) number = atoi(rows_text(rows, 0).at + strlen("writer"));
	store_release(db);
	return number;
}

static int wait_for_leader_other_than(int number) {
	int64_t until = clock_monotonic_us() + 15000000;
	for (int now; clock_monotonic_us() < until; clock_sleep_us(100000))
		if ((now = leader()) >= 0 && now != number) return now;
	fail_msg("no sequencer took over from writer %d within 15 s", number);
	return -1;
}

static int64_t count_of(const char *sql) {
	int64_t count = -1;
	Db *db = store_reader(test.store, &error);
	assert_non_null(db);
	assert_int_equal(db_int(db, &count, sql, NO_BIND), 1);
	store_release(db);
	return count;
}

static int setup_unjoined(void **state) {
	error_clear(&error);
	test = (TestStore){.engine = STORE_POSTGRES};
	store_testing_locate(&test);
	StoreOptions options = {.readers = READERS + 2};
	assert_int_equal(store_open(&test.store, test.url, &options, &error), 0);
	assert_int_equal(store_migrate(test.store, store_migrations, store_migration_count, &error), 0);
	assert_int_equal(store_migrate(test.store, tables, 1, &error), 0);
	return 0;
}

static void check_readers(Reader *readers) {
	for (int i = 0; i < READERS; i++) {
		if (readers[i].wrong) fail_msg("reader %d after entry %d: %s", i, readers[i].count, readers[i].wrong);
		assert_int_equal(readers[i].count, readers[0].count);
		for (int n = 0; n < readers[0].count; n++) {
			assert_int_equal(readers[i].entries[n].topic, readers[0].entries[n].topic);
			assert_int_equal(readers[i].entries[n].subject, readers[0].entries[n].subject);
		}
	}
	/* each writing thread's entries come in the order it committed them */
	int64_t last[100];
	for (int i = 0; i < 100; i++)
		last[i] = -1;
	for (int n = 0; n < readers[0].count; n++) {
		const FeedEntry *entry = &readers[0].entries[n];
		assert_in_range(entry->topic, 0, 99);
		assert_true(entry->subject > last[entry->topic]);
		last[entry->topic] = entry->subject;
	}
}

static void test_many_processes(void **state) {
	unsigned seed = getenv("SEED") ? (unsigned)atoi(getenv("SEED")) : (unsigned)clock_now_us() % 1000000;
	print_message("seed %u\n", seed);
	Reader *readers = calloc(READERS, sizeof *readers);
	for (int i = 0; i < READERS; i++) {
		readers[i].entries = calloc(ENTRIES_MAX, sizeof(FeedEntry));
		pthread_create(&readers[i].thread, NULL, reader_loop, &readers[i]);
	}
	pid_t writers[3];
	for (int i = 0; i < 2; i++)
		writers[i] = start_writer(i, seed);
	int first = wait_for_leader_other_than(-1);
	clock_sleep_us(1500000);
	/* the sequencer is killed in the middle of its work; another process comes */
	kill(writers[first], SIGKILL);
	waitpid(writers[first], NULL, 0);
	writers[first] = start_writer(2, seed + 1);
	int second = wait_for_leader_other_than(first);
	clock_sleep_us(500000);
	/* the next one is stopped, replaced, and goes on: it must not write behind the back of its successor */
	pid_t stopped = second == 2 ? writers[first] : writers[second];
	kill(stopped, SIGSTOP);
	wait_for_leader_other_than(second);
	kill(stopped, SIGCONT);
	clock_sleep_us(1000000);
	for (int i = 0; i < 2; i++)
		kill(writers[i], SIGKILL), waitpid(writers[i], NULL, 0);
	/* what lies in the outbox is not settled, and is moved by whoever comes next */
	Db *db = store_reader(test.store, &error);
	int64_t mark = 0, none = 0;
	assert_int_equal(feed_settled(db, &mark), count_of("SELECT count(*) FROM outbox") == 0);
	assert_int_equal(store_join(test.store, "last", &error), 0);
	for (int i = 0; i < 150 && count_of("SELECT count(*) FROM outbox") > 0; i++)
		clock_sleep_us(100000);
	assert_int_equal(feed_settled(db, &mark), 1);
	assert_int_equal(feed_settled(db, &none), 1);
	store_release(db);
	for (int i = 0; i < READERS; i++) {
		atomic_store(&readers[i].over, true);
		pthread_join(readers[i].thread, NULL);
	}
	check_readers(readers);
	print_message("%d entries, %d readers, sequencer epoch %lld\n", readers[0].count, READERS,
	              (long long)count_of("SELECT epoch FROM lease WHERE name = 'feed.sequencer'"));
	assert_true(count_of("SELECT epoch FROM lease WHERE name = 'feed.sequencer'") >= 3);
	assert_true(readers[0].count > 200);
	/* every committed row has exactly one entry, and no entry is without its row */
	assert_int_equal(count_of("SELECT count(*) FROM source"), readers[0].count);
	assert_int_equal(count_of("SELECT count(*) FROM source s JOIN feed f ON f.topic = s.topic AND f.subject = s.subject"),
	                 readers[0].count);
	for (int i = 0; i < READERS; i++)
		free(readers[i].entries);
	free(readers);
}

int main(int argc, char **argv) {
	if (argc == 6 && strcmp(argv[1], "--writer") == 0) return writer_process(argv);
	const struct CMUnitTest tests[] = {
	    BOTH(test_append_read_prune),
	    {"test_many_processes postgres", test_many_processes, setup_unjoined, teardown, NULL},
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
