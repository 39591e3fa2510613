/* migrate: applies the rooms' schema changes once each, and this room's own tables.
 * Thread: the caller's, on a connection of its own. */
#include "store/store_parts.h"

/* The rows of these tables are few and shared by all: spread: reference, but the feed is spread: local to one node. */
const Migration store_migrations[] = {
    {
        .name = "store-1",
        .sql =
            "/* spread: reference. node names and their leased slots; id_ms: no id of the slot is newer */"
            "CREATE TABLE slot (slot BIGINT PRIMARY KEY, node TEXT NOT NULL, holder TEXT NOT NULL, until_us BIGINT NOT NULL,"
            " id_ms BIGINT NOT NULL);\n"
            "/* spread: reference. named leases, fenced by epoch */"
            "CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, epoch BIGINT NOT NULL, until_us BIGINT NOT NULL);\n"
            "/* spread: reference. one row: moves when configuration changes */"
            "CREATE TABLE generation (id BIGINT PRIMARY KEY CHECK (id = 1), number BIGINT NOT NULL);\n"
            "INSERT INTO generation (id, number) VALUES (1, 1);\n"
            "/* spread: reference. durable readers of the feed */"
            "CREATE TABLE feed_cursor (reader TEXT PRIMARY KEY, position BIGINT NOT NULL)",
        .sqlite_only = "/* spread: local. INTEGER makes position the row's own number */"
                       "CREATE TABLE feed (position INTEGER PRIMARY KEY, topic BIGINT NOT NULL, subject BIGINT NOT NULL,"
                       " version BIGINT NOT NULL, op TEXT NOT NULL, at_us BIGINT NOT NULL)",
        .postgres_only = "/* spread: local */"
                         "CREATE TABLE feed (position BIGINT PRIMARY KEY, topic BIGINT NOT NULL, subject BIGINT NOT NULL,"
                         " version BIGINT NOT NULL, op TEXT NOT NULL, at_us BIGINT NOT NULL);\n"
                         "/* spread: local. written by everyone, moved to feed by the sequencer */"
                         "CREATE TABLE outbox (outbox_id BIGSERIAL PRIMARY KEY, topic BIGINT NOT NULL, subject BIGINT NOT NULL,"
                         " version BIGINT NOT NULL, op TEXT NOT NULL, at_us BIGINT NOT NULL)",
    },
};
const size_t store_migration_count = sizeof store_migrations / sizeof *store_migrations;

static const char create_table[] = "/* spread: reference. what was applied */"
                                   "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_us BIGINT NOT NULL)";

/* Statements are separated by ";\n"; each is run by itself, so that a message names the one that failed. */
static int run_script(Db *db, const char *sql) {
	int code = 0;
	Buf one = {0};
	while (sql && *sql && code == 0) {
		const char *end = strstr(sql, ";\n");
		buf_reset(&one);
		buf_add(&one, sql, end ? (size_t)(end - sql) : strlen(sql));
		buf_char(&one, '\0');
		code = db->engine->script(db, one.at);
		sql = end ? end + 2 : NULL;
	}
	buf_free(&one);
	return code;
}

static int apply(Db *db, const Migration *migration) {
	int64_t known = 0;
	int code = db_int(db, &known, "SELECT count(*) FROM migration WHERE name = $1", BIND(val_str(migration->name)));
	if (code < 0 || known) return code < 0 ? code : 0;
	code = run_script(db, migration->sql);
	if (code == 0) code = run_script(db, db_engine(db) == STORE_SQLITE ? migration->sqlite_only : migration->postgres_only);
	if (code) return code;
	int64_t done = db_run(db, "INSERT INTO migration (name, applied_us) VALUES ($1, $2)",
	                      BIND(val_str(migration->name), val_int(clock_now_us())));
	return done < 0 ? (int)done : 0;
}

/* One transaction; the engine's own lock keeps a second process out: BEGIN IMMEDIATE, or a session lock taken before. */
static int apply_alone(Db *db, const Migration *migration) {
	int code = db->engine->script(db, db_engine(db) == STORE_SQLITE ? "BEGIN IMMEDIATE" : "BEGIN");
	if (code) return code;
	code = migration ? apply(db, migration) : run_script(db, create_table);
	db_close_rows(db);
	if (code == 0) return db->engine->script(db, "COMMIT");
	Error *kept = db->error;
	Error ignored = {0};
	db->error = &ignored;
	db->engine->script(db, "ROLLBACK");
	db->error = kept;
	return code;
}

static int lock_all(Db *db) {
	/* "yiwang" in hexadecimal; given back when the connection closes */
	return db_engine(db) == STORE_SQLITE ? 0
	                                     : db->engine->script(db, "SELECT pg_advisory_lock(133506277695079) /* postgres */");
}

int store_migrate(Store *store, const Migration *migrations, size_t count, Error *error) {
	Db *db = db_new(store, DB_WRITER, error);
	if (!db) return error->code ? error->code : ERR_IO;
	db_begin_use(db, error);
	int code = lock_all(db);
	if (code == 0) code = apply_alone(db, NULL);
	for (size_t i = 0; i < count && code == 0; i++) {
		code = apply_alone(db, &migrations[i]);
		if (code) log_error("store: migration %s failed: %s", migrations[i].name, error->message);
	}
	db_free(db);
	return code;
}
