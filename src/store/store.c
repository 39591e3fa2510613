/* store: opening and closing, the pool of readers, and the engine-free face of Db and Rows.
 * Thread: store_* from any; a Db and its Rows from the thread that leased it. Lifetime: one Store a database, app's. */
#include "store/store_parts.h"
#include <errno.h>
#include <stdlib.h>

/* --- Db ------------------------------------------------------------------------------------------------------- */
int db_fail(Db *db, int code, const char *format, ...) {
	char message[sizeof db->error->message];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	if (db->in_write && !db->failed) db->failed = code;
	error_set(db->error, code, "%s", message);
	return code;
}

static void db_prepare(Db *db, Store *store, DbRole role) {
	*db = (Db){.store = store, .engine = store->engine, .role = role};
	db->error = &db->own_error;
	db->one = (Rows){.db = db, .one = true};
}

void db_begin_use(Db *db, Error *error) {
	if (!error) error_clear(&db->own_error);
	db->error = error ? error : &db->own_error;
	db->failed = 0;
	db->after_count = 0;
	db->fed = db->wrote = db->waited = false;
}

bool db_wrote(const Db *db) {
	return db->wrote;
}

static void list_remove(Rows **first, Rows *rows) {
	if (rows->previous)
		rows->previous->next = rows->next;
	else
		*first = rows->next;
	if (rows->next) rows->next->previous = rows->previous;
	rows->previous = rows->next = NULL;
}

static Rows *rows_take(Db *db) {
	Rows *rows = db->idle_count > ROWS_IDLE_MIN ? db->idle_first : NULL;
	if (rows) {
		db->idle_first = rows->next;
		db->idle_count--;
		rows->next = NULL;
	} else {
		rows = calloc(1, sizeof *rows);
		if (!rows) abort();
		rows->db = db;
	}
	return rows;
}

static void rows_keep(Db *db, Rows *rows) {
	rows->next = NULL;
	if (db->idle_first)
		db->idle_last->next = rows;
	else
		db->idle_first = rows;
	db->idle_last = rows;
	db->idle_count++;
}

void rows_close(Rows *rows) {
	if (!rows || !rows->open) return;
	Db *db = rows->db;
	rows->open = false;
	db->engine->close(rows);
	if (rows->one) return;
	list_remove(&db->open_rows, rows);
	rows_keep(db, rows);
}

void db_rest(Db *db) {
	rows_close(&db->one);
}

void db_close_rows(Db *db) {
	rows_close(&db->one);
	while (db->open_rows)
		rows_close(db->open_rows);
}

Db *db_new(Store *store, DbRole role, Error *error) {
	Db *db = calloc(1, sizeof *db);
	if (!db) abort();
	db_prepare(db, store, role);
	if (db->engine->connect(db, error) == 0) return db;
	free(db);
	return NULL;
}

static void db_end(Db *db) {
	db_close_rows(db);
	db->engine->disconnect(db);
	arena_free(db->append_arena);
	free(db->append);
	arena_free(db->one.scratch);
	while (db->idle_first) {
		Rows *rows = db->idle_first;
		db->idle_first = rows->next;
		arena_free(rows->scratch);
		free(rows);
	}
}

void db_free(Db *db) {
	if (!db) return;
	db_end(db);
	free(db);
}

Store *db_store(Db *db) {
	return db->store;
}
StoreEngine db_engine(Db *db) {
	return db->store->kind;
}
void db_error_to(Db *db, Error *error) {
	db->error = error;
}
Error *db_error(Db *db) {
	return db->error;
}

/* What must hold before any statement: nothing failed in this write, no bulk insert is open, db_one's row is given up. */
static int db_ready(Db *db) {
	if (db->one.open) rows_close(&db->one);
	if (db->failed) return db->failed;
	if (db->bulk) return db_fail(db, ERR_INTERNAL, "a statement ran before bulk_end");
	if (db->scanning) return db_fail(db, ERR_INTERNAL, "a statement ran while a db_scan was open");
	return 0;
}

int db_snapshot(Db *db) {
	if (db->in_write || db->in_snapshot) return 0;
	int code = db_ready(db);
	if (code == 0) code = db->engine->snapshot(db);
	if (code == 0) db->in_snapshot = true;
	return code;
}

void db_snapshot_end(Db *db) {
	if (!db->in_snapshot) return;
	db_close_rows(db);
	db->engine->snapshot_end(db);
	db->in_snapshot = false;
}

int64_t db_run(Db *db, const char *sql, const Val *args, size_t count) {
	int code = db_ready(db);
	db->wrote = db->waited = true;
	return code ? code : db->engine->run(db, sql, args, count);
}

int db_run_later(Db *db, const char *sql, const Val *args, size_t count) {
	int code = db_ready(db);
	db->wrote = true;
	return code ? code : db->engine->run_later(db, sql, args, count);
}

int db_append(Db *db, const char *sql, const Val *args, size_t count) {
	int code = db_ready(db);
	db->wrote = true;
	return code ? code : db->engine->append(db, sql, args, count);
}

static int query(Db *db, Rows **out, const char *sql, const Val *args, size_t count, bool scan) {
	int code = db_ready(db);
	if (code) return code;
	db->waited |= sql[0] != 'S' && sql[0] != 'W'; /* RETURNING */
	db->wrote |= db->waited;
	Rows *rows = rows_take(db);
	code = db->engine->query(db, rows, sql, args, count, scan);
	if (code) {
		rows_keep(db, rows);
		return code;
	}
	rows->open = true;
	rows->next = db->open_rows;
	rows->previous = NULL;
	if (rows->next) rows->next->previous = rows;
	db->open_rows = rows;
	*out = rows;
	return 0;
}

int db_query(Db *db, Rows **rows, const char *sql, const Val *args, size_t count) {
	return query(db, rows, sql, args, count, false);
}

int db_scan(Db *db, Rows **rows, const char *sql, const Val *args, size_t count) {
	return query(db, rows, sql, args, count, true);
}

int db_one(Db *db, Rows **out, const char *sql, const Val *args, size_t count) {
	int code = db_ready(db);
	if (code) return code;
	db->waited |= sql[0] != 'S' && sql[0] != 'W'; /* RETURNING */
	db->wrote |= db->waited;
	Rows *rows = &db->one;
	code = db->engine->query(db, rows, sql, args, count, false);
	if (code) return code;
	rows->open = true;
	code = db->engine->next(rows);
	if (code <= 0)
		rows_close(rows);
	else
		*out = rows;
	return code;
}

int db_int(Db *db, int64_t *value, const char *sql, const Val *args, size_t count) {
	Rows *rows;
	int code = db_one(db, &rows, sql, args, count);
	if (code <= 0) return code;
	*value = rows_int(rows, 0);
	rows_close(rows);
	return 1;
}

int rows_next(Rows *rows) {
	if (!rows->open) return 0;
	int code = rows->db->engine->next(rows);
	if (code <= 0) rows_close(rows);
	return code;
}
int rows_columns(const Rows *rows) {
	return rows->columns;
}
bool rows_null(Rows *rows, int column) {
	return rows->db->engine->null(rows, column);
}
int64_t rows_int(Rows *rows, int column) {
	return rows->db->engine->integer(rows, column);
}
double rows_double(Rows *rows, int column) {
	return rows->db->engine->real(rows, column);
}
Text rows_text(Rows *rows, int column) {
	return rows->db->engine->text(rows, column);
}
Text rows_blob(Rows *rows, int column) {
	return rows->db->engine->blob(rows, column);
}
char *rows_str(Rows *rows, int column, Arena *arena) {
	Text text = rows_text(rows, column);
	return text.at ? arena_strndup(arena, text.at, text.len) : NULL;
}

/* --- bulk ----------------------------------------------------------------------------------------------------- */
int bulk_begin(Db *db, Bulk **out, const char *table, const char *columns, const ValKind *kinds, int count) {
	int code = db_ready(db);
	if (code) return code;
	if (!db->in_write) return db_fail(db, ERR_INTERNAL, "bulk_begin outside a write");
	Bulk *bulk = calloc(1, sizeof *bulk);
	ValKind *kinds_kept = malloc(sizeof *kinds * (size_t)count);
	if (!bulk || !kinds_kept) abort();
	memcpy(kinds_kept, kinds, sizeof *kinds * (size_t)count);
	*bulk = (Bulk){.db = db, .kinds = kinds_kept, .count = count};
	code = db->engine->bulk_begin(db, bulk, table, columns);
	if (code) {
		free(kinds_kept);
		free(bulk);
		return code;
	}
	db->wrote = db->waited = true;
	db->bulk = bulk;
	*out = bulk;
	return 0;
}

int bulk_row(Bulk *bulk, const Val *values) {
	if (bulk->failed) return bulk->failed;
	for (int i = 0; i < bulk->count; i++)
		if (values[i].kind != VAL_NULL && values[i].kind != bulk->kinds[i])
			return bulk->failed =
			           db_fail(bulk->db, ERR_INTERNAL, "bulk_row: value %d is of another kind than declared", i + 1);
	int code = bulk->db->engine->bulk_row(bulk, values);
	if (code) return bulk->failed = code;
	bulk->rows++;
	return 0;
}

int64_t bulk_end(Bulk *bulk) {
	Db *db = bulk->db;
	int64_t result = db->engine->bulk_end(bulk);
	db->bulk = NULL;
	buf_free(&bulk->buffer);
	free(bulk->kinds);
	free(bulk);
	return result;
}

/* --- Store ---------------------------------------------------------------------------------------------------- */
static int parse_url(Store *store, const char *url, Error *error) {
	if (strncmp(url, "sqlite:", 7) == 0 && url[7]) {
		store->kind = STORE_SQLITE;
		store->engine = &sqlite_engine;
		store->path = strdup(url + 7);
	} else if (strncmp(url, "postgres://", 11) == 0 || strncmp(url, "postgresql://", 13) == 0) {
		store->kind = STORE_POSTGRES;
		store->engine = &postgres_engine;
		store->path = strdup(url);
	} else {
		return error_set(error, ERR_INVALID,
		                 "The store address must be sqlite:/path/file.db or postgres://user:password@host:port/database");
	}
	if (!store->path) abort();
	return 0;
}

static int open_readers(Store *store, int count, Error *error) {
	store->readers = calloc((size_t)count, sizeof *store->readers);
	if (!store->readers) abort();
	for (; store->reader_count < count; store->reader_count++) {
		Db *db = &store->readers[store->reader_count];
		db_prepare(db, store, DB_READER);
		int code = store->engine->connect(db, error);
		if (code) return code;
		db->next_free = store->free_readers;
		store->free_readers = db;
	}
	return 0;
}

static int open_writers(Store *store, int count, Error *error) {
	store->writers = calloc((size_t)count, sizeof *store->writers);
	if (!store->writers) abort();
	for (; store->writer_count < count; store->writer_count++) {
		Db *db = &store->writers[store->writer_count];
		db_prepare(db, store, DB_WRITER);
		int code = store->engine->connect(db, error);
		if (code) return code;
	}
	return writer_start(store, error);
}

static int option(int value, int normal) {
	return value > 0 ? value : normal;
}

static void store_init(Store *store, const StoreOptions *options) {
	store->busy_us = options->busy_us > 0 ? options->busy_us : 5000000;
	store->queue.limit = option(options->write_queue, 1024);
	atomic_store(&store->slot, -1);
	pthread_mutex_t *mutexes[] = {&store->reader_mutex, &store->queue.mutex, &store->checkpoint_mutex, &store->keeper_mutex,
	                              &store->feed_mutex};
	for (size_t i = 0; i < sizeof mutexes / sizeof *mutexes; i++)
		pthread_mutex_init(mutexes[i], NULL);
	pthread_cond_t *conds[] = {&store->reader_free, &store->queue.wake, &store->checkpoint_wake, &store->keeper_wake,
	                           &store->feed_moved};
	for (size_t i = 0; i < sizeof conds / sizeof *conds; i++)
		cond_init_monotonic(conds[i]);
}

int store_open(Store **out, const char *url, const StoreOptions *options, Error *error) {
	Store *store = calloc(1, sizeof *store);
	if (!store) abort();
	StoreOptions none = {0};
	if (!options) options = &none;
	store_init(store, options);
	int code = parse_url(store, url, error);
	if (code == 0 && store->kind == STORE_SQLITE) sqlite_temporary(store->path);
	/* the writer first: it creates the SQLite file and turns WAL on */
	int writers = code == 0 && store->kind == STORE_SQLITE ? 1 : option(options->writers, 2);
	if (code == 0) code = open_writers(store, writers, error);
	if (code == 0) code = open_readers(store, option(options->readers, 4), error);
	if (code == 0 && store->kind == STORE_SQLITE) code = sqlite_checkpoint_start(store, error);
	if (code) {
		store_close(store);
		return code;
	}
	*out = store;
	return 0;
}

void store_close(Store *store) {
	if (!store) return;
	pthread_mutex_lock(&store->feed_mutex);
	store->feed_closed = true;
	pthread_cond_broadcast(&store->feed_moved);
	pthread_mutex_unlock(&store->feed_mutex);
	sequencer_stop(store);
	lease_stop(store);
	writer_stop(store);
	sqlite_checkpoint_stop(store);
	for (int i = 0; i < store->reader_count; i++)
		db_end(&store->readers[i]);
	for (int i = 0; i < store->writer_count; i++)
		db_end(&store->writers[i]);
	free(store->readers);
	free(store->writers);
	free(store->writer_threads);
	free(store->node_name);
	free(store->path);
	free(store);
}

StoreEngine store_engine(const Store *store) {
	return store->kind;
}

Db *store_reader(Store *store, Error *error) {
	int64_t until = clock_monotonic_us() + store->busy_us;
	pthread_mutex_lock(&store->reader_mutex);
	bool in_time = true;
	while (!store->free_readers && in_time)
		in_time = cond_wait_until(&store->reader_free, &store->reader_mutex, until);
	Db *db = store->free_readers;
	if (db) store->free_readers = db->next_free;
	pthread_mutex_unlock(&store->reader_mutex);
	if (!db) {
		error_set(error, ERR_BUSY, "All %d read connections are in use; try again", store->reader_count);
		return NULL;
	}
	db_begin_use(db, error);
	db->leased = true;
	if (db->broken && postgres_reconnect(db, error)) {
		store_release(db);
		return NULL;
	}
	return db;
}

void store_release(Db *db) {
	if (!db) return;
	Store *store = db->store;
	db_snapshot_end(db);
	db_close_rows(db);
	db->leased = false;
	db->error = &db->own_error;
	pthread_mutex_lock(&store->reader_mutex);
	db->next_free = store->free_readers;
	store->free_readers = db;
	pthread_cond_signal(&store->reader_free);
	pthread_mutex_unlock(&store->reader_mutex);
}

int64_t db_now(Db *db) {
	return db->engine->now(db);
}
