/* Tests of statements, values, writes, migrations, ids and leases; each on both engines. */
#include "store/own_testing.h"

static const Migration tables[] = {
    {.name = "test-1",
     .sql = "CREATE TABLE counter (id BIGINT PRIMARY KEY, number BIGINT NOT NULL);\n"
            "INSERT INTO counter (id, number) VALUES (1, 0)",
     .sqlite_only = "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT UNIQUE, weight DOUBLE PRECISION, data BLOB)",
     .postgres_only = "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT UNIQUE, weight DOUBLE PRECISION, data BYTEA)"},
};

/* --- values and rows -------------------------------------------------------------------------------------------------- */
static const char insert_thing[] = "INSERT INTO thing (id, name, weight, data) VALUES ($1, $2, $3, $4)";

static int write_values(Db *db, void *arg) {
	assert_int_equal(
	    db_run(db, insert_thing,
	           BIND(val_int(INT64_MAX), val_str("江阴市 'x'; --"), val_double(-0.1), val_blob((Text){"\0\xff\1", 3}))),
	    1);
	assert_int_equal(db_run(db, insert_thing, BIND(val_int(INT64_MIN), val_null(), val_null(), val_null())), 1);
	assert_int_equal(db_run(db, insert_thing, BIND(val_int(7), val_str(""), val_double(1e300), val_blob((Text){"", 0}))), 1);
	assert_int_equal(db_run(db, "UPDATE thing SET weight = weight WHERE id = $1", BIND(val_int(8))), 0);
	assert_int_equal(db_run(db, "UPDATE thing SET weight = weight", NO_BIND), 3);
	Rows *rows;
	assert_int_equal(db_one(db, &rows, "UPDATE thing SET weight = 2 WHERE id = $1 RETURNING id, weight", BIND(val_int(7))),
	                 1);
	assert_int_equal(rows_int(rows, 0), 7);
	assert_true(rows_double(rows, 1) == 2);
	return 42;
}

static void test_values(void **state) {
	assert_int_equal(store_write(test.store, write_values, NULL, false, &error), 42);
	Db *db = store_reader(test.store, &error);
	assert_non_null(db);
	Rows *rows;
	assert_int_equal(db_query(db, &rows, "SELECT id, name, weight, data FROM thing ORDER BY id", NO_BIND), 0);
	assert_int_equal(rows_next(rows), 1);
	assert_int_equal(rows_columns(rows), 4);
	assert_true(rows_int(rows, 0) == INT64_MIN);
	assert_true(rows_null(rows, 1) && rows_text(rows, 1).at == NULL && rows_null(rows, 3) && rows_blob(rows, 3).at == NULL);
	/* the same statement and others while it is open */
	Rows *inner;
	assert_int_equal(db_query(db, &inner, "SELECT id, name, weight, data FROM thing ORDER BY id", NO_BIND), 0);
	assert_int_equal(rows_next(inner), 1);
	rows_close(inner);
	assert_int_equal(rows_next(rows), 1);
	assert_int_equal(rows_int(rows, 0), 7);
	assert_true(rows_text(rows, 1).at != NULL && rows_text(rows, 1).len == 0);
	assert_true(!rows_null(rows, 3) && rows_blob(rows, 3).len == 0);
	assert_int_equal(rows_next(rows), 1);
	assert_true(rows_int(rows, 0) == INT64_MAX);
	assert_true(text_is(rows_text(rows, 1), "江阴市 'x'; --"));
	assert_true(rows_double(rows, 2) == -0.1);
	assert_true(text_eq(rows_blob(rows, 3), (Text){"\0\xff\1", 3}));
	assert_true(text_is(rows_text(rows, 0), "9223372036854775807"));
	assert_int_equal(rows_next(rows), 0);
	assert_int_equal(rows_next(rows), 0);
	rows_close(rows);
	store_release(db);
}

static void test_sums_and_nulls(void **state) {
	Db *db = store_reader(test.store, &error);
	int64_t value = 5;
	assert_int_equal(db_int(db, &value, "SELECT sum(number) FROM counter WHERE id = $1", BIND(val_int(99))), 1);
	assert_int_equal(value, 0);
	Rows *rows;
	assert_int_equal(db_one(db, &rows,
	                        "SELECT sum(x), count(*), CAST(avg(x) AS DOUBLE PRECISION) FROM (SELECT CAST($1 AS BIGINT) AS x "
	                        "UNION ALL SELECT CAST($2 AS BIGINT)) t",
	                        BIND(val_int(9000000000001), val_int(-20000))),
	                 1);
	assert_int_equal(rows_int(rows, 0), 8999999980001);
	assert_true(text_is(rows_text(rows, 0), "8999999980001"));
	assert_true(rows_double(rows, 0) == 8999999980001.0);
	assert_int_equal(rows_int(rows, 1), 2);
	assert_true(rows_double(rows, 2) == 4499999990000.5);
	assert_int_equal(db_one(db, &rows, "SELECT id FROM counter WHERE CAST($1 AS BIGINT) IS NULL AND number = $2",
	                        BIND(val_null(), val_int(0))),
	                 1);
	assert_int_equal(db_one(db, &rows, "SELECT id FROM counter WHERE CAST($1 AS BIGINT) IS NULL AND number = $2",
	                        BIND(val_int(3), val_int(0))),
	                 0);
	/* the same value used twice, and out of order */
	assert_int_equal(db_int(db, &value, "SELECT CAST($2 AS BIGINT) * 10 + CAST($1 AS BIGINT) + CAST($2 AS BIGINT)",
	                        BIND(val_int(1), val_int(2))),
	                 1);
	assert_int_equal(value, 23);
	value = 5;
	assert_int_equal(db_int(db, &value, "SELECT number FROM counter WHERE id = 99", NO_BIND), 0);
	assert_int_equal(value, 5);
	store_release(db);
}

static void test_wrong_statements(void **state) {
	Db *db = store_reader(test.store, &error);
	Rows *rows;
	assert_int_equal(db_query(db, &rows, "SELECT nothing FROM nowhere", NO_BIND), ERR_INTERNAL);
	assert_non_null(strstr(error.message, "nowhere"));
	error_clear(&error);
	/* the count of values must fit */
	assert_int_equal(db_query(db, &rows, "SELECT number FROM counter WHERE id = $1", NO_BIND), ERR_INTERNAL);
	error_clear(&error);
	assert_int_equal(db_query(db, &rows, "SELECT name FROM thing WHERE name = $1", BIND(val_text((Text){"a\0b", 3}))),
	                 ERR_INVALID);
	error_clear(&error);
	/* a reader cannot write */
	assert_true(db_run(db, "UPDATE counter SET number = 9 WHERE id = 1", NO_BIND) < 0);
	error_clear(&error);
	int64_t value = -1;
	assert_int_equal(db_int(db, &value, "SELECT number FROM counter WHERE id = 1", NO_BIND), 1);
	assert_int_equal(value, 0);
	store_release(db);
}

static int fill_things(Db *db, void *arg) {
	static const ValKind kinds[] = {VAL_INT, VAL_TEXT, VAL_DOUBLE, VAL_BLOB};
	int64_t from = *(int64_t *)arg;
	Bulk *bulk;
	assert_int_equal(bulk_begin(db, &bulk, "thing", "id, name, weight, data", kinds, 4), 0);
	for (int64_t i = from; i < from + 20000; i++) {
		char name[32];
		snprintf(name, sizeof name, "名%lld", (long long)i);
		Val values[] = {val_int(i), i % 3 ? val_str(name) : val_null(), val_double((double)i / 3),
		                val_blob((Text){(char *)&i, 8})};
		int code = bulk_row(bulk, values);
		if (code) break;
	}
	int64_t done = bulk_end(bulk);
	return done < 0 ? (int)done : (int)done;
}

static void test_bulk_and_scan(void **state) {
	int64_t from = 0, count = 0;
	assert_int_equal(store_write(test.store, fill_things, &from, true, &error), 20000);
	/* the second overlaps the first: nothing of it stays */
	from = 10000;
	assert_int_equal(store_write(test.store, fill_things, &from, true, &error), ERR_CONFLICT);
	error_clear(&error);
	Db *db = store_reader(test.store, &error);
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing", NO_BIND), 1);
	assert_int_equal(count, 20000);
	Rows *rows;
	assert_int_equal(
	    db_scan(db, &rows, "SELECT id, name, weight, data FROM thing WHERE id >= $1 ORDER BY id", BIND(val_int(100))), 0);
	int64_t expected = 100;
	int code;
	for (; (code = rows_next(rows)) > 0; expected++) {
		assert_int_equal(rows_int(rows, 0), expected);
		assert_int_equal(rows_null(rows, 1), expected % 3 == 0);
		assert_true(rows_double(rows, 2) == (double)expected / 3);
		assert_memory_equal(rows_blob(rows, 3).at, &expected, 8);
	}
	assert_int_equal(code, 0);
	assert_int_equal(expected, 20000);
	/* given up half-way; the Db is usable afterwards */
	assert_int_equal(db_scan(db, &rows, "SELECT id FROM thing ORDER BY id", NO_BIND), 0);
	assert_int_equal(rows_next(rows), 1);
	rows_close(rows);
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing WHERE name = $1", BIND(val_str("名100"))), 1);
	assert_int_equal(count, 1);
	store_release(db);
}

/* --- writes ------------------------------------------------------------------------------------------------------------ */
static int add_one(Db *db, void *arg) {
	int64_t number;
	int code = db_int(db, &number, "SELECT number FROM counter WHERE id = 1", NO_BIND);
	if (code < 0) return code;
	return (int)db_run(db, "UPDATE counter SET number = $1 WHERE id = 1", BIND(val_int(number + 1)));
}
static atomic_int committed;
static void count_commit(void *arg) {
	atomic_fetch_add(&committed, 1);
}
static int add_and_fail(Db *db, void *arg) {
	int code = add_one(db, NULL);
	if (code < 0) return code;
	db_after_commit(db, count_commit, NULL);
	return error_set(db_error(db), ERR_CONFLICT, "changed my mind");
}
/* Asked for as a long portion of a job does, once a row: called once. */
static int add_and_tell(Db *db, void *arg) {
	for (int i = 0; i < 200; i++)
		db_after_commit(db, count_commit, NULL);
	return add_one(db, NULL);
}
static void *adder(void *arg) {
	Error own = {0};
	for (int i = 0; i < 40; i++) {
		int code = store_write(test.store, i % 4 == 3 ? add_and_fail : add_and_tell, NULL, i % 8 == 0, &own);
		/* PostgreSQL may give up after many collisions: then nothing was added */
		if (i % 4 == 3)
			error_clear(&own);
		else if (code < 0)
			*(int *)arg += 1, error_clear(&own);
	}
	return NULL;
}

/* --- statements sent later ---------------------------------------------------------------------------------------------- */
static const char put_thing[] = "INSERT INTO thing (id, name) VALUES ($1, $2)";

static int put_later(Db *db, void *arg) {
	int64_t count = 0;
	for (int64_t id = 1; id <= 70; id++) { /* more than one pipeline holds */
		char name[16];                 /* values are copied: this one is gone when they travel */
		snprintf(name, sizeof name, "n%lld", (long long)id);
		int code = db_run_later(db, put_thing, BIND(val_int(id), val_str(name)));
		if (code) return code;
	}
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing WHERE name LIKE 'n%'", NO_BIND), 1);
	assert_int_equal(count, 70);
	/* two more go with the commit, one of them prepared while the other waits */
	int code = db_run_later(db, put_thing, BIND(val_int(71), val_str("n71")));
	return code ? code : db_run_later(db, "UPDATE thing SET name = $2 WHERE id = $1", BIND(val_int(71), val_str("last")));
}
/* The second breaks the key: whether a statement, the commit or nothing follows, the write fails with it and nothing stays. */
typedef enum After { AFTER_NOTHING, AFTER_READ, AFTER_BULK, AFTER_REFUSAL } After;
static int put_twice_later(Db *db, void *arg) {
	static const ValKind kinds[] = {VAL_INT};
	int64_t count;
	Bulk *bulk;
	int code = db_run_later(db, put_thing, BIND(val_int(100), val_str("a")));
	if (code == 0) code = db_run_later(db, put_thing, BIND(val_int(100), val_str("b")));
	if (code == 0) code = db_run_later(db, put_thing, BIND(val_int(101), val_str("c")));
	switch (*(After *)arg) {
	case AFTER_NOTHING:
		return code;
	case AFTER_READ:
		assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing", NO_BIND), ERR_CONFLICT);
		return 0; /* even if the function says that all is well */
	case AFTER_BULK:
		assert_int_equal(bulk_begin(db, &bulk, "thing", "id", kinds, 1), ERR_CONFLICT);
		return ERR_CONFLICT;
	default:
		return error_set(db_error(db), ERR_GONE, "changed my mind");
	}
}
static int put_alone_later(Db *db, void *arg) {
	return db_run_later(db, put_thing, BIND(val_int(102), val_str("alone")));
}

static void test_run_later(void **state) {
	int64_t count = 0;
	assert_int_equal(store_write(test.store, put_later, NULL, false, &error), 0);
	for (After after = AFTER_NOTHING; after <= AFTER_REFUSAL; after++) {
		assert_int_equal(store_write(test.store, put_twice_later, &after, false, &error),
		                 after == AFTER_REFUSAL && test.engine == STORE_POSTGRES ? ERR_GONE : ERR_CONFLICT);
		error_clear(&error);
	}
	/* the connections are as good as before */
	assert_int_equal(store_write(test.store, put_alone_later, NULL, false, &error), 0);
	assert_int_equal(store_write(test.store, put_alone_later, NULL, false, &error), ERR_CONFLICT);
	assert_non_null(strstr(error.message, "exists already"));
	error_clear(&error);
	Db *db = store_reader(test.store, &error);
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing", NO_BIND), 1);
	assert_int_equal(count, 72);
	assert_int_equal(db_int(db, &count, "SELECT id FROM thing WHERE name = 'last'", NO_BIND), 1);
	store_release(db);
}

/* --- groups: writes that wait together are kept together, and none takes another with it ---------------------------------- */
typedef enum Way { WAY_KEPT, WAY_REFUSED, WAY_BREAKS, WAY_BREAKS_LATE, WAY_UNDOES, WAY_LOCKS } Way;
typedef struct Queued {
	WriteTask task;
	Error error;
	Way way;
	int64_t id, seen;
	int runs, told, result;
	atomic_bool over;
} Queued;

static void queued_told(void *arg) {
	((Queued *)arg)->told++;
}
static int queued_run(Db *db, void *arg) {
	Queued *one = arg;
	char name[24];
	snprintf(name, sizeof name, "g%lld", (long long)one->id);
	one->runs++;
	db_after_commit(db, queued_told, one);
	int code = db_int(db, &one->seen, "SELECT count(*) FROM thing", NO_BIND);
	if (code < 0) return code;
	if (one->way == WAY_REFUSED) return error_set(db_error(db), ERR_FORBIDDEN, "not yours");
	if (one->way == WAY_LOCKS && (code = db_lock(db, "group", one->id)) < 0) return code;
	/* the key of the first of all is taken when this comes */
	bool breaks = one->way == WAY_BREAKS || one->way == WAY_BREAKS_LATE;
	Val id = val_int(breaks ? 1 : one->id);
	code = one->way == WAY_BREAKS ? (int)db_run(db, put_thing, BIND(id, val_str(name)))
	       : one->id % 2          ? db_run_later(db, put_thing, BIND(id, val_str(name)))
	                              : db_append(db, put_thing, BIND(id, val_str(name)));
	if (one->way == WAY_UNDOES) return error_set(db_error(db), ERR_GONE, "changed my mind");
	return code < 0 ? code : 5;
}
static void queued_done(void *arg, int result) {
	Queued *one = arg;
	one->result = result;
	atomic_store(&one->over, true);
}

/* Holds the one writer until all are queued. */
typedef struct Gate {
	atomic_bool entered, open;
} Gate;
static int gate_run(Db *db, void *arg) {
	Gate *gate = arg;
	atomic_store(&gate->entered, true);
	while (!atomic_load(&gate->open))
		clock_sleep_us(1000);
	return 0;
}
static void *gate_keep(void *gate) {
	Error own = {0};
	store_write(test.store, gate_run, gate, false, &own);
	return NULL;
}

/* Queues them behind one another before any of them runs. */
static void queue_together(WriteTask *const *tasks, int count) {
	Gate gates[2] = {0}; /* of a test store's two writers */
	pthread_t keepers[2];
	int writers = test.engine == STORE_SQLITE ? 1 : 2;
	for (int i = 0; i < writers; i++) {
		pthread_create(&keepers[i], NULL, gate_keep, &gates[i]);
		while (!atomic_load(&gates[i].entered))
			clock_sleep_us(1000);
	}
	for (int i = 0; i < count; i++)
		assert_int_equal(store_write_async(test.store, tasks[i]), 0);
	for (int i = 0; i < writers; i++)
		atomic_store(&gates[i].open, true), pthread_join(keepers[i], NULL);
}

static void run_together(Queued *all, int count) {
	WriteTask *tasks[6];
	for (int i = 0; i < count; i++) {
		all[i].task = (WriteTask){.run = queued_run, .done = queued_done, .arg = &all[i], .error = &all[i].error};
		tasks[i] = &all[i].task;
	}
	queue_together(tasks, count);
	for (int i = 0; i < count; i++)
		while (!atomic_load(&all[i].over))
			clock_sleep_us(1000);
}

static void test_group(void **state) {
	static const Way rounds[][6] = {
	    {WAY_KEPT, WAY_KEPT, WAY_KEPT, WAY_KEPT, WAY_KEPT, WAY_KEPT},
	    {WAY_REFUSED, WAY_KEPT, WAY_REFUSED, WAY_KEPT, WAY_KEPT, WAY_REFUSED},
	    {WAY_KEPT, WAY_BREAKS, WAY_KEPT, WAY_KEPT, WAY_BREAKS, WAY_KEPT},
	    {WAY_KEPT, WAY_BREAKS_LATE, WAY_REFUSED, WAY_KEPT, WAY_KEPT, WAY_BREAKS_LATE},
	    {WAY_UNDOES, WAY_KEPT, WAY_KEPT, WAY_UNDOES, WAY_KEPT, WAY_KEPT},
	    {WAY_KEPT, WAY_LOCKS, WAY_KEPT, WAY_LOCKS, WAY_LOCKS, WAY_KEPT},
	};
	static const int results[] = {[WAY_KEPT] = 5,
	                              [WAY_REFUSED] = ERR_FORBIDDEN,
	                              [WAY_BREAKS] = ERR_CONFLICT,
	                              [WAY_BREAKS_LATE] = ERR_CONFLICT,
	                              [WAY_UNDOES] = ERR_GONE,
	                              [WAY_LOCKS] = 5};
	int64_t next = 1, kept = 0, count = 0;
	Queued first[2] = {{.id = next++}, {.id = next++}};
	run_together(first, 2);
	kept += 2;
	for (size_t round = 0; round < sizeof rounds / sizeof *rounds; round++) {
		Queued all[6] = {0};
		for (int i = 0; i < 6; i++)
			all[i].way = rounds[round][i], all[i].id = next++;
		run_together(all, 6);
		for (int i = 0; i < 6; i++) {
			bool good = results[all[i].way] > 0;
			assert_int_equal(all[i].result, results[all[i].way]);
			if (round < 2) assert_int_equal(all[i].runs, 1); /* a refusal costs the others nothing */
			assert_int_equal(all[i].told, good);             /* once, and only of what was kept */
			assert_int_equal(all[i].error.code, good ? 0 : results[all[i].way]);
			assert_in_range(all[i].seen, kept, kept + 6); /* whatever was acknowledged before it was asked for */
			count = 0;
			Db *db = store_reader(test.store, &error);
			int found = db_int(db, &count, "SELECT id FROM thing WHERE id = $1", BIND(val_int(all[i].id)));
			store_release(db);
			assert_int_equal(found, good);
		}
		for (int i = 0; i < 6; i++)
			kept += results[all[i].way] > 0;
	}
	Db *db = store_reader(test.store, &error);
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing", NO_BIND), 1);
	assert_int_equal(count, kept);
	store_release(db);
}

/* --- rows added together ------------------------------------------------------------------------------------------------- */
static int append_many(Db *db, void *arg) {
	int64_t count = 0, *rows = arg;
	for (int64_t id = 1; id <= *rows; id++) {
		char name[24]; /* values are copied */
		snprintf(name, sizeof name, "a%lld", (long long)id);
		Val blob = id % 3 ? val_blob((Text){name, strlen(name)}) : val_null();
		int code = db_append(db, insert_thing, BIND(val_int(id), id % 5 ? val_str(name) : val_null(), val_null(), blob));
		if (code) return code;
	}
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing", NO_BIND), 1);
	assert_int_equal(count, *rows); /* what is read afterwards sees them */
	return db_append(db, insert_thing, BIND(val_int(*rows + 1), val_str("last"), val_null(), val_null()));
}
static int append_twice(Db *db, void *arg) {
	int code = db_append(db, insert_thing, BIND(val_int(5000), val_str("a"), val_null(), val_null()));
	if (code == 0) code = db_append(db, insert_thing, BIND(val_int(5000), val_str("b"), val_null(), val_null()));
	return code;
}
static int append_undone(Db *db, void *arg) {
	int code = db_append(db, insert_thing, BIND(val_int(6000), val_str("a"), val_null(), val_null()));
	return code ? code : error_set(db_error(db), ERR_GONE, "changed my mind");
}
static void test_append(void **state) {
	int64_t rows = 500, count = 0;
	assert_int_equal(store_write(test.store, append_many, &rows, false, &error), 0);
	assert_int_equal(store_write(test.store, append_twice, NULL, false, &error), ERR_CONFLICT);
	error_clear(&error);
	assert_int_equal(store_write(test.store, append_undone, NULL, false, &error), ERR_GONE);
	error_clear(&error);
	Db *db = store_reader(test.store, &error);
	Rows *row;
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing", NO_BIND), 1);
	assert_int_equal(count, rows + 1);
	for (int64_t id = 1; id <= rows; id++) {
		char name[24];
		snprintf(name, sizeof name, "a%lld", (long long)id);
		assert_int_equal(db_one(db, &row, "SELECT name, data FROM thing WHERE id = $1", BIND(val_int(id))), 1);
		assert_true(id % 5 ? text_is(rows_text(row, 0), name) : rows_null(row, 0));
		assert_true(id % 3 ? text_is(rows_blob(row, 1), name) : rows_null(row, 1));
	}
	store_release(db);
}

/* --- reads ahead: no write of a group builds on what another changed before it ---------------------------------------------- */
typedef struct Adding {
	WriteTask task;
	Error error;
	int64_t id, other; /* its counter; one more that it counts up, or 0 */
	bool waits;
	int result;
	atomic_bool over;
} Adding;
static const char read_counter[] = "SELECT number FROM counter WHERE id = $1";

static void adding_ahead(Db *db, void *arg) {
	db_ahead(db, read_counter, BIND(val_int(((Adding *)arg)->id)));
	db_ahead(db, "SELECT number FROM counter WHERE id = $1 AND id > 0", BIND(val_int(1))); /* nobody asks for it */
}
static int count_up(Db *db, int64_t id, bool waits) {
	static const char set[] = "UPDATE counter SET number = $2 WHERE id = $1";
	int64_t number = 0;
	int code = db_int(db, &number, read_counter, BIND(val_int(id)));
	if (code < 0) return code;
	return waits ? (int)db_run(db, set, BIND(val_int(id), val_int(number + 1)))
	             : db_run_later(db, set, BIND(val_int(id), val_int(number + 1)));
}
static int adding_run(Db *db, void *arg) {
	Adding *one = arg;
	int code = count_up(db, one->id, one->waits);
	if (code >= 0 && one->other) code = count_up(db, one->other, true);
	return code;
}
static void adding_done(void *arg, int result) {
	Adding *one = arg;
	one->result = result;
	atomic_store(&one->over, true);
}
static int add_counters(Db *db, void *arg) {
	for (int64_t id = 101; id <= 106; id++)
		if (db_run(db, "INSERT INTO counter (id, number) VALUES ($1, 0)", BIND(val_int(id))) < 0) return ERR_INTERNAL;
	return 0;
}

static void test_ahead(void **state) {
	static const struct {
		int64_t id, other;
		bool waits, blind;
	} rounds[][6] = {
	    {{101}, {102}, {103}, {104}, {105}, {106}}, /* each its own */
	    {{101}, {101}, {101}, {102}, {102}, {101}}, /* the same, again and again */
	    {{101, .waits = true}, {102}, {101}, {102}, {103}, {103}},
	    {{101, .blind = true}, {101}, {102, .blind = true}, {102}, {103}, {103, .blind = true}},
	    {{101, 102}, {102, 103}, {103}, {104, 103}, {102}, {101, 104}}, /* others', too */
	};
	int64_t expected[6] = {0};
	assert_int_equal(store_write(test.store, add_counters, NULL, false, &error), 0);
	for (size_t round = 0; round < 4 * sizeof rounds / sizeof *rounds; round++) {
		Adding all[6] = {0};
		WriteTask *tasks[6];
		for (int i = 0; i < 6; i++) {
			bool blind = rounds[round / 4][i].blind;
			all[i].id = rounds[round / 4][i].id, all[i].other = rounds[round / 4][i].other;
			all[i].waits = rounds[round / 4][i].waits;
			all[i].task = (WriteTask){.run = adding_run,
			                          .done = adding_done,
			                          .arg = &all[i],
			                          .error = &all[i].error,
			                          .ahead = blind ? NULL : adding_ahead};
			tasks[i] = &all[i].task;
			expected[all[i].id - 101]++;
			if (all[i].other) expected[all[i].other - 101]++;
		}
		queue_together(tasks, 6);
		for (int i = 0; i < 6; i++)
			while (!atomic_load(&all[i].over))
				clock_sleep_us(1000);
		for (int i = 0; i < 6; i++) {
			if (all[i].result < 0) print_error("round %zu, write %d: %s\n", round, i, all[i].error.message);
			assert_true(all[i].result >= 0);
		}
	}
	Db *db = store_reader(test.store, &error);
	for (int64_t i = 0; i < 6; i++) {
		int64_t number = -1;
		assert_int_equal(db_int(db, &number, read_counter, BIND(val_int(101 + i))), 1);
		assert_int_equal(number, expected[i]);
	}
	store_release(db);
}

static void test_no_update_is_lost(void **state) {
	enum { THREADS = 6 };
	pthread_t threads[THREADS];
	int given_up[THREADS] = {0}, lost = 0;
	atomic_store(&committed, 0);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, adder, &given_up[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL), lost += given_up[i];
	Db *db = store_reader(test.store, &error);
	int64_t number = 0;
	assert_int_equal(db_int(db, &number, "SELECT number FROM counter WHERE id = 1", NO_BIND), 1);
	store_release(db);
	assert_int_equal(number, THREADS * 30 - lost);
	assert_int_equal(atomic_load(&committed), THREADS * 30 - lost);
	assert_true(lost < 20);
}

static int conflict_ignored(Db *db, void *arg) {
	db_run(db, insert_thing, BIND(val_int(1), val_str("a"), val_null(), val_null()));
	assert_int_equal(db_run(db, insert_thing, BIND(val_int(1), val_str("b"), val_null(), val_null())), ERR_CONFLICT);
	/* nothing runs after a failed statement, and the write cannot succeed */
	int64_t value;
	assert_int_equal(db_int(db, &value, "SELECT 1", NO_BIND), ERR_CONFLICT);
	return 0;
}

static void test_failed_statement_fails_the_write(void **state) {
	assert_int_equal(store_write(test.store, conflict_ignored, NULL, false, &error), ERR_CONFLICT);
	assert_int_equal(error.code, ERR_CONFLICT);
	Db *db = store_reader(test.store, NULL);
	int64_t count = -1;
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM thing", NO_BIND), 1);
	assert_int_equal(count, 0);
	store_release(db);
}

static int lock_late(Db *db, void *arg) {
	int64_t number;
	int code = db_int(db, &number, "SELECT number FROM counter WHERE id = 1", NO_BIND);
	if (code >= 0) code = db_lock(db, "counter", 1);
	if (code >= 0) code = db_lock(db, "counter", 1);
	if (code >= 0) code = db_lock(db, "other", 2);
	return code < 0 ? code : add_one(db, NULL);
}
static void test_late_lock(void **state) {
	assert_int_equal(store_write(test.store, lock_late, NULL, false, &error), 1);
	assert_int_equal(error.code, 0);
}

static void test_snapshot(void **state) {
	Db *db = store_reader(test.store, &error);
	int64_t before = -1, after = -1;
	assert_int_equal(db_snapshot(db), 0);
	assert_int_equal(db_int(db, &before, "SELECT number FROM counter WHERE id = 1", NO_BIND), 1);
	assert_int_equal(store_write(test.store, add_one, NULL, false, &error), 1);
	assert_int_equal(db_int(db, &after, "SELECT number FROM counter WHERE id = 1", NO_BIND), 1);
	assert_int_equal(before, after);
	db_snapshot_end(db);
	assert_int_equal(db_int(db, &after, "SELECT number FROM counter WHERE id = 1", NO_BIND), 1);
	assert_int_equal(after, before + 1);
	store_release(db);
}

/* A table that changes under a prepared statement. */
static int add_column(Db *db, void *arg) {
	return (int)db_run(db, "ALTER TABLE counter ADD COLUMN note TEXT", NO_BIND);
}
static void test_schema_change(void **state) {
	Db *db = store_reader(test.store, &error);
	Rows *rows;
	assert_int_equal(db_one(db, &rows, "SELECT * FROM counter", NO_BIND), 1);
	assert_int_equal(rows_columns(rows), 2);
	rows_close(rows);
	assert_int_equal(store_write(test.store, add_column, NULL, false, &error), 0);
	assert_int_equal(db_one(db, &rows, "SELECT * FROM counter", NO_BIND), 1);
	assert_int_equal(rows_columns(rows), 3);
	store_release(db);
}

/* --- migrations, ids, leases ------------------------------------------------------------------------------------------ */
static void *migrate_again(void *arg) {
	static const Migration more[] = {
	    {.name = "test-2", .sql = "CREATE TABLE once (id BIGINT PRIMARY KEY);\nINSERT INTO once (id) VALUES (1)"}};
	Store *store;
	Error own = {0};
	int code = store_open(&store, test.url, NULL, &own);
	if (code == 0) {
		code = store_migrate(store, more, 1, &own);
		store_close(store);
	}
	if (code) fprintf(stderr, "%s\n", own.message);
	return (void *)(intptr_t)code;
}

static void test_migrations_race(void **state) {
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, migrate_again, NULL);
	for (int i = 0; i < 4; i++) {
		void *code;
		pthread_join(threads[i], &code);
		assert_null(code);
	}
	static const Migration broken[] = {
	    {.name = "test-3", .sql = "CREATE TABLE half (id BIGINT PRIMARY KEY);\nCREATE TABLE half (id BIGINT)"}};
	assert_true(store_migrate(test.store, broken, 1, &error) < 0);
	error_clear(&error);
	Db *db = store_reader(test.store, &error);
	int64_t count = 0;
	assert_int_equal(db_int(db, &count, "SELECT count(*) FROM once", NO_BIND), 1);
	assert_int_equal(count, 1);
	assert_true(db_int(db, &count, "SELECT count(*) FROM half", NO_BIND) < 0);
	store_release(db);
}

static void *make_ids(void *arg) {
	int64_t *ids = arg, last = 0;
	for (int i = 0; i < 50000; i++) {
		ids[i] = store_new_id(test.store);
		if (ids[i] <= last) return (void *)1;
		last = ids[i];
	}
	return NULL;
}
static int compare_ids(const void *a, const void *b) {
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}
static void test_ids(void **state) {
	enum { EACH = 50000 };
	int64_t *ids = malloc(sizeof *ids * EACH * 2);
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, make_ids, ids + i * EACH);
	for (int i = 0; i < 2; i++) {
		void *wrong;
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	qsort(ids, EACH * 2, sizeof *ids, compare_ids);
	for (int i = 1; i < EACH * 2; i++)
		assert_true(ids[i] > ids[i - 1]);
	int64_t newest = ids[EACH * 2 - 1];
	free(ids);
	/* another process has another slot; the next one after this begins behind its ids */
	Store *other;
	assert_int_equal(store_open(&other, test.url, NULL, &error), 0);
	assert_int_equal(store_join(other, "second", &error), 0);
	assert_int_not_equal(store_slot(other), store_slot(test.store));
	store_close(other);
	int slot = store_slot(test.store);
	store_close(test.store);
	assert_int_equal(store_open(&test.store, test.url, NULL, &error), 0);
	assert_int_equal(store_join(test.store, "test", &error), 0);
	assert_int_equal(store_slot(test.store), slot);
	assert_true(store_new_id(test.store) > newest);
	/* ids of a time: in its order however far back it lies (a retention of 100 years) */
	const int64_t year = INT64_C(31557600000000), now = clock_now_us();
	assert_true(store_id_at(now) <= store_new_id(test.store));
	for (int i = 0; i < 400; i++)
		assert_true(store_id_at(now - i * year) >= store_id_at(now - (i + 1) * year));
	assert_true(store_id_at(now - 100 * year) == INT64_MIN);
	assert_true(store_id_at(now + 1000 * year) == INT64_MAX);
}

static int push_ids_ahead(Db *db, void *arg) {
	return (int)db_run(db, "UPDATE slot SET id_ms = id_ms + 86400000 WHERE slot = $1", BIND(val_int(*(int *)arg)));
}
/* What a clock set back by a day looks like: the slot's row is a day ahead of the clock. */
static void test_ids_after_clock_step(void **state) {
	int slot = store_slot(test.store);
	int64_t before = store_new_id(test.store);
	store_close(test.store);
	assert_int_equal(store_open(&test.store, test.url, NULL, &error), 0);
	assert_int_equal(store_write(test.store, push_ids_ahead, &slot, false, &error), 1);
	assert_int_equal(store_join(test.store, "test", &error), 0);
	assert_int_equal(store_slot(test.store), slot);
	int64_t after = store_new_id(test.store);
	assert_true((after >> 22) - (before >> 22) >= 86400000);
	assert_true(store_new_id(test.store) > after);
}

static void test_leases(void **state) {
	enum { LEASE = 1000000 }; /* us; longer than a loaded machine stalls */
	Store *other;
	assert_int_equal(store_open(&other, test.url, NULL, &error), 0);
	assert_int_equal(store_join(other, "second", &error), 0);
	int64_t epoch = 0, second = 0;
	assert_int_equal(store_lease(test.store, "job.1", LEASE, &epoch, &error), 1);
	assert_int_equal(epoch, 1);
	assert_int_equal(store_lease(other, "job.1", LEASE, &second, &error), 0);
	assert_int_equal(store_lease(test.store, "job.1", LEASE, &epoch, &error), 1);
	assert_int_equal(epoch, 1);
	int got = 0;
	for (int64_t until = clock_monotonic_us() + 10 * LEASE; got == 0 && clock_monotonic_us() < until; clock_sleep_us(50000))
		got = store_lease(other, "job.1", 60 * LEASE, &second, &error);
	assert_int_equal(got, 1);
	assert_int_equal(second, 2);
	assert_int_equal(store_lease(test.store, "job.1", LEASE, &epoch, &error), 0);
	store_lease_drop(other, "job.1");
	assert_int_equal(store_lease(test.store, "job.1", LEASE, &epoch, &error), 1);
	assert_int_equal(epoch, 3);
	store_close(other);
}

static int bump(Db *db, void *arg) {
	return generation_bump(db);
}
static void test_generation(void **state) {
	int64_t before = 0, after = 0;
	Db *db = store_reader(test.store, &error);
	assert_int_equal(generation_read(db, &before), 0);
	assert_int_equal(store_write(test.store, bump, NULL, false, &error), 0);
	assert_int_equal(generation_read(db, &after), 0);
	assert_int_equal(after, before + 1);
	store_release(db);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH(test_values),
	    BOTH(test_sums_and_nulls),
	    BOTH(test_wrong_statements),
	    BOTH(test_bulk_and_scan),
	    BOTH(test_run_later),
	    BOTH(test_group),
	    BOTH(test_append),
	    BOTH(test_ahead),
	    BOTH(test_no_update_is_lost),
	    BOTH(test_failed_statement_fails_the_write),
	    BOTH(test_late_lock),
	    BOTH(test_snapshot),
	    BOTH(test_schema_change),
	    BOTH(test_migrations_race),
	    BOTH(test_ids),
	    BOTH(test_ids_after_clock_step),
	    BOTH(test_leases),
	    BOTH(test_generation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
