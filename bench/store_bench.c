/* store_bench: measures the store by itself. Numbers are quoted in docs/decisions/0002, 0003 and 0019.
 * - store_bench URL single WRITERS SECONDS: writes/s, one commit (one fsync) a write: raw SQLite or PostgreSQL, no group commit
 * - store_bench URL group WRITERS SECONDS: writes/s through store_write; p50 and p99 of the answer
 * - store_bench URL one SECONDS: db_one by key, one thread, beside the engine's own call
 * - store_bench URL reads CONCURRENCY SECONDS: store_reads with so many reads under way, one thread (PostgreSQL)
 * - store_bench URL load ROWS: bulk insert of 12 columns in chunks of 20,000, then db_scan of all
 * - store_bench URL feed WRITERS SECONDS: feed_append/s and the lag of the reader
 * Each line: work, rate, p50 µs, p99 µs. */
#include "store/store.h"
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static Store *store;
static const char *url;
static atomic_bool over;
static atomic_llong done_count;

enum { SAMPLES_MAX = 4000000 };
static int32_t *samples;
static atomic_int sample_count;

static void die(const Error *error) {
	fprintf(stderr, "store_bench: %s\n", error->message);
	exit(1);
}

static void sample(int64_t us) {
	int at = atomic_fetch_add(&sample_count, 1);
	if (at < SAMPLES_MAX) samples[at] = (int32_t)us;
	atomic_fetch_add(&done_count, 1);
}

static int compare(const void *a, const void *b) {
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return x < y ? -1 : x > y;
}

static void report(const char *work, int64_t count, int64_t us) {
	int n = atomic_load(&sample_count);
	if (n > SAMPLES_MAX) n = SAMPLES_MAX;
	qsort(samples, (size_t)n, sizeof *samples, compare);
	printf("%-24s %10.0f /s  p50 %7d us  p99 %7d us\n", work, (double)count * 1e6 / (double)us, n ? samples[n / 2] : 0,
	       n ? samples[(int64_t)n * 99 / 100] : 0);
}

static const Migration tables[] = {
    {.name = "bench-1",
     .sql = "CREATE TABLE bench_row (id BIGINT PRIMARY KEY, name TEXT NOT NULL, number BIGINT NOT NULL);\n"
            "CREATE TABLE bench_wide (a BIGINT, b TEXT, c TEXT, d BIGINT, e DOUBLE PRECISION, f TEXT, g TEXT, h BIGINT, i TEXT, "
            "j TEXT, "
            "k BIGINT, l TEXT)"},
};

/* --- writes ---------------------------------------------------------------------------------------------------------- */
static int write_row(Db *db, void *arg) {
	int64_t id = *(int64_t *)arg;
	return (int)db_run(db, "INSERT INTO bench_row (id, name, number) VALUES ($1, $2, $3)",
	                   BIND(val_int(id), val_str("江阴市澄江街道一百二十号"), val_int(id * 7)));
}

static void *group_writer(void *arg) {
	while (!atomic_load(&over)) {
		Error error = {0};
		int64_t id = store_new_id(store), start = clock_monotonic_us();
		if (store_write(store, write_row, &id, false, &error) < 0) die(&error);
		sample(clock_monotonic_us() - start);
	}
	return NULL;
}

/* What a server without group commit does: each write takes the connection, writes, commits. */
static pthread_mutex_t single_mutex = PTHREAD_MUTEX_INITIALIZER;
static sqlite3 *single_db;
static void *single_writer(void *arg) {
	while (!atomic_load(&over)) {
		int64_t id = store_new_id(store), start = clock_monotonic_us();
		char sql[200];
		snprintf(sql, sizeof sql,
		         "INSERT INTO bench_row (id, name, number) VALUES (%lld, '江阴市澄江街道一百二十号', %lld)",
		         (long long)id, (long long)id * 7);
		pthread_mutex_lock(&single_mutex);
		int result = sqlite3_exec(single_db, sql, NULL, NULL, NULL);
		pthread_mutex_unlock(&single_mutex);
		if (result != SQLITE_OK) {
			fprintf(stderr, "%s\n", sqlite3_errmsg(single_db));
			exit(1);
		}
		sample(clock_monotonic_us() - start);
	}
	return NULL;
}

static void run_threads(const char *work, int threads, double seconds, void *(*loop)(void *)) {
	pthread_t *ids = calloc((size_t)threads, sizeof *ids);
	int64_t start = clock_monotonic_us();
	for (int i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, loop, NULL);
	clock_sleep_us((int64_t)(seconds * 1e6));
	atomic_store(&over, true);
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	char name[64];
	snprintf(name, sizeof name, "%s x%d", work, threads);
	report(name, atomic_load(&done_count), clock_monotonic_us() - start);
	free(ids);
}

/* --- reads -------------------------------------------------------------------------------------------------------------- */
enum { READ_ROWS = 100000 };
static int fill_chunk(Db *db, void *arg) {
	static const ValKind kinds[] = {VAL_INT, VAL_TEXT, VAL_INT};
	int64_t from = *(int64_t *)arg;
	Bulk *bulk;
	int code = bulk_begin(db, &bulk, "bench_row", "id, name, number", kinds, 3);
	if (code) return code;
	for (int64_t id = from; id < from + 20000; id++) {
		Val row[] = {val_int(id), val_str("江阴市澄江街道一百二十号"), val_int(id * 7)};
		if (bulk_row(bulk, row)) break;
	}
	return (int)bulk_end(bulk);
}
static void fill(void) {
	Error error = {0};
	for (int64_t from = 0; from < READ_ROWS; from += 20000)
		if (store_write(store, fill_chunk, &from, true, &error) < 0) die(&error);
}

static const char by_key[] = "SELECT id, name, number FROM bench_row WHERE id = $1";

static void read_one(double seconds) {
	fill();
	Error error = {0};
	Db *db = store_reader(store, &error);
	int64_t start = clock_monotonic_us(), until = start + (int64_t)(seconds * 1e6), count = 0, sum = 0;
	while (clock_monotonic_us() < until)
		for (int i = 0; i < 100; i++, count++) {
			Rows *rows;
			if (db_one(db, &rows, by_key, BIND(val_int((count * 7919) % READ_ROWS))) != 1) die(&error);
			sum += rows_int(rows, 2) + (int64_t)rows_text(rows, 1).len;
		}
	int64_t ours = clock_monotonic_us() - start;
	printf("db_one                   %10.3f us each\n", (double)ours / (double)count);
	store_release(db);
	if (store_engine(store) != STORE_SQLITE) return;
	sqlite3 *raw;
	sqlite3_stmt *statement;
	sqlite3_open_v2(url + 7, &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	sqlite3_exec(raw, "PRAGMA cache_size=-4000", NULL, NULL, NULL);
	sqlite3_prepare_v2(raw, by_key, -1, &statement, NULL);
	start = clock_monotonic_us(), until = start + (int64_t)(seconds * 1e6), count = 0;
	while (clock_monotonic_us() < until)
		for (int i = 0; i < 100; i++, count++) {
			sqlite3_bind_int64(statement, 1, (count * 7919) % READ_ROWS);
			if (sqlite3_step(statement) != SQLITE_ROW) exit(1);
			sqlite3_column_text(statement, 1);
			sum += sqlite3_column_int64(statement, 2) + sqlite3_column_bytes(statement, 1);
			sqlite3_reset(statement);
		}
	printf("sqlite3_step             %10.3f us each (check %lld)\n", (double)(clock_monotonic_us() - start) / (double)count,
	       (long long)sum);
	sqlite3_finalize(statement);
	sqlite3_close(raw);
}

static const char many_by_key[] =
    "SELECT b.id, b.name, b.number, q.n FROM unnest($1) WITH ORDINALITY AS q(a1, n) LEFT JOIN bench_row AS b ON b.id = q.a1";
typedef struct Flight {
	int64_t start, key;
	bool landed;
} Flight;
static void landed(void *arg, Rows *rows, int result, const Error *error) {
	Flight *flight = arg;
	if (result < 0) die(error);
	if (rows_next(rows) != 1 || rows_int(rows, 2) != flight->key * 7) die(&(Error){.message = "wrong row"});
	sample(clock_monotonic_us() - flight->start);
	flight->landed = true;
}
static void fly(StoreReads *reads, Flight *flight) {
	flight->start = clock_monotonic_us();
	flight->key = (flight->key + 7919) % READ_ROWS;
	flight->landed = false;
	if (store_reads_add(reads, many_by_key, BIND(val_int(flight->key)), landed, flight)) die(&(Error){.message = "refused"});
}
static void read_many(int concurrency, double seconds) {
	fill();
	Flight *flights = calloc((size_t)concurrency, sizeof *flights);
	StoreReads *reads = store_reads_new(store);
	for (; !store_reads_ready(reads); clock_sleep_us(1000))
		store_reads_turn(reads);
	int64_t start = clock_monotonic_us();
	for (int i = 0; i < concurrency; i++)
		flights[i].key = i * 37, fly(reads, &flights[i]);
	while (clock_monotonic_us() - start < (int64_t)(seconds * 1e6)) {
		struct pollfd answer = {.fd = store_reads_turn(reads), .events = POLLIN};
		int back = 0;
		for (int i = 0; i < concurrency; i++)
			if (flights[i].landed) fly(reads, &flights[i]), back++;
		if (!back) poll(&answer, 1, 1000);
	}
	report("store_reads", atomic_load(&done_count), clock_monotonic_us() - start);
	while (concurrency > 0)
		if (store_reads_turn(reads), flights[concurrency - 1].landed) concurrency--;
	store_reads_free(reads);
	free(flights);
}

/* --- load and scan --------------------------------------------------------------------------------------------------------- */
typedef struct Chunk {
	int64_t from, to;
} Chunk;
static int load_chunk(Db *db, void *arg) {
	static const ValKind kinds[] = {VAL_INT,  VAL_TEXT, VAL_TEXT, VAL_INT,  VAL_DOUBLE, VAL_TEXT,
	                                VAL_TEXT, VAL_INT,  VAL_TEXT, VAL_TEXT, VAL_INT,    VAL_TEXT};
	const Chunk *chunk = arg;
	Bulk *bulk;
	int code = bulk_begin(db, &bulk, "bench_wide", "a, b, c, d, e, f, g, h, i, j, k, l", kinds, 12);
	if (code) return code;
	for (int64_t id = chunk->from; id < chunk->to; id++) {
		char key[40];
		snprintf(key, sizeof key, "9902811990%08lld", (long long)id);
		Val row[] = {val_int(id),
		             val_str(key),
		             val_str("张三丰"),
		             val_int(id % 150),
		             val_double((double)id / 8),
		             val_str("男"),
		             val_str("汉族"),
		             val_int(id * 1000003),
		             val_str("江阴市澄江街道一百二十号"),
		             val_str("13800000000"),
		             val_int(id % 9),
		             val_null()};
		if (bulk_row(bulk, row)) break;
	}
	return (int)bulk_end(bulk);
}
static void load(int64_t rows_wanted) {
	Error error = {0};
	int64_t start = clock_monotonic_us();
	for (int64_t from = 0; from < rows_wanted; from += 20000) {
		Chunk chunk = {from, from + 20000 < rows_wanted ? from + 20000 : rows_wanted};
		if (store_write(store, load_chunk, &chunk, true, &error) < 0) die(&error);
	}
	double loaded = (double)(clock_monotonic_us() - start) / 1e6;
	printf("bulk %lld rows x 12       %10.2f s  %10.0f rows/s\n", (long long)rows_wanted, loaded,
	       (double)rows_wanted / loaded);
	Db *db = store_reader(store, &error);
	start = clock_monotonic_us();
	Rows *rows;
	if (db_scan(db, &rows, "SELECT a, b, c, d, e, f, g, h, i, j, k, l FROM bench_wide", NO_BIND)) die(&error);
	int64_t count = 0, sum = 0;
	while (rows_next(rows) > 0) {
		count++;
		static const char text_columns[] = {1, 2, 5, 6, 8, 9, 11};
		for (size_t i = 0; i < sizeof text_columns; i++)
			sum += (int64_t)rows_text(rows, text_columns[i]).len;
		sum += rows_int(rows, 0) + rows_int(rows, 3) + rows_int(rows, 7) + rows_int(rows, 10) +
		       (int64_t)rows_double(rows, 4);
	}
	double read = (double)(clock_monotonic_us() - start) / 1e6;
	printf("scan %lld rows x 12       %10.2f s  %10.0f rows/s (check %lld)\n", (long long)count, read, (double)count / read,
	       (long long)sum);
	store_release(db);
}

/* --- feed ---------------------------------------------------------------------------------------------------------------- */
static int append(Db *db, void *arg) {
	return feed_append(db, 100, *(int64_t *)arg, 1, FEED_INSERT);
}
static void *feed_writer(void *arg) {
	while (!atomic_load(&over)) {
		Error error = {0};
		int64_t now = clock_now_us();
		if (store_write(store, append, &now, false, &error) < 0) die(&error);
		atomic_fetch_add(&done_count, 1);
	}
	return NULL;
}
static void *feed_reader(void *arg) {
	Error first_error = {0};
	Db *first = store_reader(store, &first_error);
	int64_t after = feed_head(first); /* entries of an earlier run are not counted */
	store_release(first);
	FeedEntry entries[500];
	while (!atomic_load(&over)) {
		Error error = {0};
		if (feed_wait(store, after, 100000) <= after) continue;
		Db *db = store_reader(store, &error);
		int count = db ? feed_read(db, after, entries, 500) : -1;
		if (count < 0) die(&error);
		store_release(db);
		int64_t now = clock_now_us();
		for (int i = 0; i < count; i++) {
			int at = atomic_fetch_add(&sample_count, 1);
			if (at < SAMPLES_MAX) samples[at] = (int32_t)(now - entries[i].at_us);
			after = entries[i].position;
		}
	}
	return NULL;
}
static void feed(int writers, double seconds) {
	pthread_t reader;
	pthread_create(&reader, NULL, feed_reader, NULL);
	run_threads("feed_append, lag", writers, seconds, feed_writer);
	pthread_join(reader, NULL);
}

int main(int argc, char **argv) {
	if (argc < 4) {
		fprintf(stderr,
		        "use: store_bench URL single|group|one|reads|load|feed …  (see the head of bench/store_bench.c)\n");
		return 2;
	}
	url = argv[1];
	const char *work = argv[2];
	double last = atof(argv[argc - 1]);
	int threads = atoi(argv[3]);
	samples = malloc(sizeof *samples * SAMPLES_MAX);
	Error error = {0};
	StoreOptions options = {.writers = 4, .write_queue = 4096};
	if (store_open(&store, url, &options, &error) || store_migrate(store, store_migrations, store_migration_count, &error) ||
	    store_migrate(store, tables, 1, &error) || store_join(store, "bench", &error))
		die(&error);
	if (strcmp(work, "single") == 0) {
		sqlite3_open_v2(url + 7, &single_db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
		sqlite3_exec(single_db, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
		run_threads("one commit a write", threads, last, single_writer);
		sqlite3_close(single_db);
	} else if (strcmp(work, "group") == 0) {
		run_threads("store_write", threads, last, group_writer);
	} else if (strcmp(work, "one") == 0) {
		read_one(last);
	} else if (strcmp(work, "reads") == 0) {
		read_many(threads, last);
	} else if (strcmp(work, "load") == 0) {
		load(atoll(argv[3]));
	} else if (strcmp(work, "feed") == 0) {
		feed(threads, last);
	}
	store_close(store);
	free(samples);
	return 0;
}
