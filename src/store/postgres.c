/* postgres: the production engine over libpq: connections, prepared statements, transactions, locks.
 * Thread: the Db's. Lifetime: the Db's; a lost connection is replaced before the next use, with growing pauses.
 * Results come in binary; parameters go as int8, float8 and bytea in binary, texts as text of a type the server finds. */
#include "store/store_parts.h"
#include <endian.h>
#include <stdlib.h>

enum { TYPE_INT8 = 20, TYPE_FLOAT8 = 701, TYPE_BYTEA = 17, BACKOFF_MIN_US = 100000, BACKOFF_MAX_US = 5000000 };

/* --- errors --------------------------------------------------------------------------------------------------------- */
int postgres_code(const char *sqlstate) {
	static const struct {
		const char *prefix;
		int code;
	} table[] = {
	    {"40001", ERR_RETRY},     {"40P01", ERR_RETRY}, {"23505", ERR_CONFLICT}, {"23503", ERR_CONFLICT},
	    {"23P01", ERR_CONFLICT},  {"53100", ERR_FULL},  {"53", ERR_BUSY},        {"55P03", ERR_BUSY},
	    {"57014", ERR_TIMEOUT},   {"57P", ERR_BUSY},    {"08P01", ERR_INTERNAL}, {"08", ERR_BUSY},
	    {"54000", ERR_TOO_LARGE}, {"22", ERR_INVALID},  {"58", ERR_IO},          {"XX001", ERR_IO},
	};
	for (size_t i = 0; sqlstate && i < sizeof table / sizeof *table; i++)
		if (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) == 0) return table[i].code;
	return ERR_INTERNAL;
}

static int lost(Db *db) {
	db->broken = true;
	return db_fail(db, ERR_BUSY, "The connection to the database was lost; try again");
}

bool postgres_plan_is_old(const PGresult *result) {
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	return state && strcmp(state, "0A000") == 0 && message && strstr(message, "cached plan");
}

void postgres_forget_statements(Db *db) {
	for (int i = 0; i < STATEMENT_BUCKETS; i++)
		while (db->cache.buckets[i]) {
			Statement *statement = db->cache.buckets[i];
			db->cache.buckets[i] = statement->next;
			postgres_free_statement(statement);
		}
	unsigned serial = db->cache.serial; /* names stay new on this connection */
	db->cache = (StatementCache){.serial = serial};
}

int postgres_check(Db *db, PGresult *result, const char *sql) {
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_SINGLE_TUPLE:
		return 0;
	default:
		break;
	}
	int code = postgres_code(PQresultErrorField(result, PG_DIAG_SQLSTATE));
	const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char message[256];
	snprintf(message, sizeof message, "%s", said ? said : PQerrorMessage(db->pg));
	bool old = postgres_plan_is_old(result);
	PQclear(result);
	if (PQstatus(db->pg) == CONNECTION_BAD) return lost(db);
	if (old) {
		/* a table this statement reads was changed: prepare anew and run again */
		PQclear(
		    PQexec(db->pg, "DEALLOCATE ALL")); /* refused in a failed transaction: then they end with the connection */
		postgres_forget_statements(db);
		return db_fail(db, ERR_RETRY, "A table changed meanwhile; try again");
	}
	switch (code) {
	case ERR_RETRY:
		return db_fail(db, code, "Another write changed the same rows at the same time; try again");
	case ERR_FULL:
		return db_fail(db, code, "The disk that holds the database is full; free some space and try again");
	case ERR_BUSY:
		return db_fail(db, code, "The database is busy or stopping (%s); try again", message);
	case ERR_TIMEOUT:
		return db_fail(db, code, "The database gave up a statement that took too long");
	case ERR_CONFLICT:
		return db_fail(db, code, "A record with this key exists already, or one it refers to does not (%s)", message);
	case ERR_INVALID:
		return db_fail(db, code, "The database cannot hold a value (%s)", message);
	case ERR_IO:
		return db_fail(db, code, "The database cannot read or write its files (%s)", message);
	default:
		return db_fail(db, code, "The database refused a statement: %s in: %.200s", message, sql);
	}
}

int postgres_command(Db *db, const char *sql) {
	PGresult *result = PQexec(db->pg, sql);
	int code = postgres_check(db, result, sql);
	if (code == 0) PQclear(result);
	return code;
}

/* --- connection ------------------------------------------------------------------------------------------------------- */
static int settle_session(Db *db) {
	char sql[400];
	snprintf(sql, sizeof sql,
	         "SET TIME ZONE 'UTC'; SET lock_timeout = %lld; SET client_min_messages = warning;"
	         "SET standard_conforming_strings = on; SET idle_in_transaction_session_timeout = %d%s",
	         (long long)(db->store->busy_us / 1000), db->role == DB_WRITER ? 60000 : 0,
	         /* who reads a table again comes upon its rows in the same order */
	         db->role == DB_READER ? "; SET default_transaction_read_only = on; SET synchronize_seqscans = off" : "");
	return postgres_command(db, sql);
}

static int postgres_connect(Db *db, Error *error) {
	const char *names[] = {"dbname",          "application_name",    "client_encoding",  "connect_timeout",
	                       "keepalives_idle", "keepalives_interval", "tcp_user_timeout", NULL};
	const char *values[] = {db->store->path, "yiwang", "UTF8", "5", "30", "10", "20000", NULL};
	Error *kept = db->error;
	db->error = error ? error : &db->own_error;
	db->pg = PQconnectdbParams(names, values, 1);
	int code = 0;
	if (PQstatus(db->pg) != CONNECTION_OK) {
		/* libpq's text names host, port and user, never the password */
		code = error_set(db->error, ERR_BUSY, "Cannot connect to the database: %.300s", PQerrorMessage(db->pg));
	} else if (PQserverVersion(db->pg) < 150000) {
		code = error_set(db->error, ERR_INVALID, "The database is PostgreSQL %d; version 15 or newer is needed",
		                 PQserverVersion(db->pg) / 10000);
	} else {
		code = settle_session(db);
	}
	db->error = kept;
	db->broken = code != 0;
	if (code) {
		PQfinish(db->pg);
		db->pg = NULL;
	}
	return code;
}

static void postgres_disconnect(Db *db) {
	postgres_forget_statements(db);
	PQfinish(db->pg);
	db->pg = NULL;
	db->begun = false;
	db->lock_count = db->sent_count = 0;
}

int postgres_reconnect(Db *db, Error *error) {
	int64_t now = clock_monotonic_us();
	if (now < db->retry_at_us) return error_set(error, ERR_BUSY, "The database is away; try again in a few seconds");
	db_close_rows(db);
	postgres_disconnect(db);
	int code = postgres_connect(db, error);
	if (code) {
		int64_t longer = db->backoff_us ? db->backoff_us * 2 : BACKOFF_MIN_US;
		db->backoff_us = longer > BACKOFF_MAX_US ? BACKOFF_MAX_US : longer;
		db->retry_at_us = clock_monotonic_us() + db->backoff_us;
		db->broken = true;
		return code;
	}
	db->backoff_us = db->retry_at_us = 0;
	log_info("store: connected to the database again");
	return 0;
}

/* --- values ------------------------------------------------------------------------------------------------------------- */
Oid postgres_type(const Val *value) {
	static const Oid types[] = {[VAL_INT] = TYPE_INT8, [VAL_DOUBLE] = TYPE_FLOAT8, [VAL_BLOB] = TYPE_BYTEA};
	return value->kind == VAL_TEXT || value->kind == VAL_NULL ? 0 : types[value->kind];
}

/* Where one value goes: numbers into 8 bytes in network order, texts and blobs copied with a NUL. */
static void put_arg(PostgresArgs *out, size_t i, const Val *value, char **room) {
	uint64_t bits = 0;
	out->lengths[i] = 8;
	out->formats[i] = 1;
	switch (value->kind) {
	case VAL_NULL:
		out->values[i] = NULL;
		return;
	case VAL_BLOB:
	case VAL_TEXT:
		if (value->t.len) memcpy(*room, value->t.at, value->t.len);
		(*room)[value->t.len] = '\0';
		out->values[i] = *room;
		out->lengths[i] = (int)value->t.len;
		out->formats[i] = value->kind == VAL_BLOB;
		*room += value->t.len + 1;
		return;
	case VAL_INT:
		bits = (uint64_t)value->i;
		break;
	case VAL_DOUBLE:
		memcpy(&bits, &value->d, 8);
		break;
	}
	bits = htobe64(bits);
	memcpy(*room, &bits, 8);
	out->values[i] = *room;
	*room += 8;
}

bool postgres_encode(PostgresArgs *out, const Val *args, size_t count) {
	size_t size = count * (sizeof(char *) + 2 * sizeof(int));
	for (size_t i = 0; i < count; i++) {
		bool bytes = args[i].kind == VAL_TEXT || args[i].kind == VAL_BLOB;
		size += bytes ? args[i].t.len + 1 : 8;
		if (args[i].kind == VAL_TEXT && args[i].t.len && memchr(args[i].t.at, 0, args[i].t.len)) return false;
	}
	char *block = malloc(size + 1);
	if (!block) abort();
	out->room = block;
	out->values = (const char **)(void *)block;
	out->lengths = (int *)(void *)(out->values + count);
	out->formats = out->lengths + count;
	char *room = (char *)(out->formats + count);
	for (size_t i = 0; i < count; i++)
		put_arg(out, i, &args[i], &room);
	return true;
}

int postgres_args(Db *db, PostgresArgs *out, const Val *args, size_t count) {
	return postgres_encode(out, args, count) ? 0 : db_fail(db, ERR_INVALID, "A text holds a NUL byte; remove it");
}

/* --- pipeline ------------------------------------------------------------------------------------------------------------- */
/* In a write, statements go into a pipeline: BEGIN and those of db_run_later lie in libpq's buffer until a statement whose answer
 * is needed, or COMMIT, follows. Then all travel in one message, and the answers are taken in order. The server skips what stands
 * behind a failed statement, COMMIT too. */
static const char begin_write[] = "BEGIN ISOLATION LEVEL REPEATABLE READ", commit_write[] = "COMMIT";

/* Takes the answers of all that was sent, each to where it was to be kept. The first failure is the code. */
int postgres_settle(Db *db) {
	PGresult *failed = NULL, *result;
	const char *failed_sql = "";
	int count = db->sent_count;
	bool first = count && db->sent[0].sql == begin_write, ends = count && db->sent[count - 1].sql == commit_write;
	if (!count) return 0;
	db->sent_count = 0;
	bool whole = PQpipelineSync(db->pg) == 1;
	for (int i = 0; i < count && whole; i++) {
		result = PQgetResult(db->pg);
		whole = result && PQstatus(db->pg) != CONNECTION_BAD;
		ExecStatusType status = PQresultStatus(result);
		bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
		if (!good && !failed) {
			failed = result;
			failed_sql = db->sent[i].sql;
		} else if (good && db->sent[i].keep) {
			*db->sent[i].keep = result;
		} else {
			PQclear(result);
		}
		while (whole && (result = PQgetResult(db->pg))) /* the NULL that ends a statement's answer */
			PQclear(result);
	}
	if (whole) PQclear(PQgetResult(db->pg)); /* of the sync */
	whole = whole && PQexitPipelineMode(db->pg) == 1 && PQstatus(db->pg) != CONNECTION_BAD;
	if (whole && !failed) return 0;
	if (whole) return postgres_check(db, failed, failed_sql);
	PQclear(failed);
	/* nothing was done yet: a new connection will do, unless locks were held on this one */
	if (first && !ends && db->lock_count == 0) {
		db->broken = true;
		return db_fail(db, ERR_RETRY, "The connection to the database was lost before the write began");
	}
	return lost(db);
}

/* Room and a pipeline for one more statement, with BEGIN before the first of a write. */
int postgres_enter(Db *db) {
	int code = db->sent_count > SENT_MAX - 2 ? postgres_settle(db) : 0;
	if (code) return code;
	if (db->broken || (PQpipelineStatus(db->pg) == PQ_PIPELINE_OFF && !PQenterPipelineMode(db->pg))) return lost(db);
	if (db->begun) return 0;
	db->begun = true;
	db->sent[db->sent_count++] = (Sent){begin_write, NULL};
	return PQsendQueryParams(db->pg, begin_write, 0, NULL, NULL, NULL, NULL, 1) ? 0 : lost(db);
}

/* --- statements ----------------------------------------------------------------------------------------------------------- */
/* Prepared for the same parameter types; a NULL fits any. */
bool postgres_fits(const Statement *statement, const void *about) {
	const StatementFit *fit = about;
	if ((size_t)statement->arg_count != fit->count) return false;
	for (size_t i = 0; i < fit->count; i++)
		if (fit->args[i].kind != VAL_NULL && statement->types[i] != postgres_type(&fit->args[i])) return false;
	return true;
}

void postgres_free_statement(Statement *statement) {
	if (!statement) return;
	free(statement->types);
	free(statement->sql);
	free(statement);
}

static void end_statement(Db *db, Statement *statement) {
	if (!statement) return;
	char sql[40];
	snprintf(sql, sizeof sql, "DEALLOCATE %s", statement->name);
	PQclear(PQexec(db->pg, sql)); /* in a failed transaction it stays until the connection ends: names are never reused */
	postgres_free_statement(statement);
}

Statement *postgres_new_statement(StatementCache *cache, const char *sql, const Val *args, size_t count) {
	Statement *statement = calloc(1, sizeof *statement);
	Oid *types = calloc(count + 1, sizeof *types);
	char *copy = strdup(sql);
	if (!statement || !types || !copy) abort();
	for (size_t i = 0; i < count; i++)
		types[i] = postgres_type(&args[i]);
	*statement = (Statement){.sql = copy, .types = types, .arg_count = (int)count};
	snprintf(statement->name, sizeof statement->name, "s%u", ++cache->serial);
	return statement;
}

Statement *postgres_statement(Db *db, const char *sql, const Val *args, size_t count, int *code) {
	StatementFit fit = {args, count};
	Statement *statement = statement_find(&db->cache, sql, postgres_fits, &fit);
	*code = 0;
	if (statement) return statement;
	/* preparing waits for its answer; BEGIN goes first, so that a dead connection is met while nothing was done yet */
	if ((*code = db->in_write ? postgres_begin(db) : postgres_settle(db))) return NULL;
	statement = postgres_new_statement(&db->cache, sql, args, count);
	PGresult *result = PQprepare(db->pg, statement->name, sql, (int)count, statement->types);
	*code = postgres_check(db, result, sql);
	if (*code) {
		postgres_free_statement(statement);
		return NULL;
	}
	PQclear(result);
	end_statement(db, statement_add(&db->cache, sql, statement));
	return statement;
}

int postgres_send(Db *db, const Statement *statement, const PostgresArgs *values, size_t count, PGresult **keep) {
	int code = postgres_enter(db);
	if (code) return code;
	db->sent[db->sent_count++] = (Sent){statement->sql, keep};
	return PQsendQueryPrepared(db->pg, statement->name, (int)count, values->values, values->lengths, values->formats, 1)
	           ? 0
	           : lost(db);
}

static int send_values(Db *db, const char *sql, const Val *args, size_t count, PGresult **keep) {
	int code;
	if (count > STATEMENT_ARGS_MAX)
		return db_fail(db, ERR_INTERNAL, "More than %d values in one statement", STATEMENT_ARGS_MAX);
	Statement *statement = postgres_statement(db, sql, args, count, &code);
	PostgresArgs values;
	if (!statement || (code = postgres_args(db, &values, args, count))) return code;
	code = postgres_send(db, statement, &values, count, keep);
	free(values.room);
	return code;
}

/* Runs the statement once on the present connection; *out is to be cleared by the caller on success. */
static int execute_once(Db *db, const char *sql, const Val *args, size_t count, PGresult **out) {
	int code;
	Statement *statement = postgres_statement(db, sql, args, count, &code);
	if (!statement) return code;
	PostgresArgs values;
	code = postgres_args(db, &values, args, count);
	if (code) return code;
	PGresult *result = PQexecPrepared(db->pg, statement->name, (int)count, values.values, values.lengths, values.formats, 1);
	free(values.room);
	code = postgres_check(db, result, sql);
	if (code == 0) *out = result;
	return code;
}

/* A single read outside a snapshot may be run again: after a lost connection once, and when a table changed. */
static int execute(Db *db, const char *sql, const Val *args, size_t count, PGresult **out) {
	if (db->in_write) {
		if (db->ahead_count && (*out = ahead_take(db, sql, args, count))) return 0;
		*out = NULL;
		int code = append_flush(db);
		if (code == 0) code = send_values(db, sql, args, count, out);
		if (code == 0) code = postgres_settle(db);
		if (code) PQclear(*out);
		return code;
	}
	if (count > STATEMENT_ARGS_MAX)
		return db_fail(db, ERR_INTERNAL, "More than %d values in one statement", STATEMENT_ARGS_MAX);
	if (db->broken) {
		int code = db->in_snapshot ? lost(db) : postgres_reconnect(db, db->error);
		if (code) return code;
	}
	Error before = *db->error;
	int code = execute_once(db, sql, args, count, out);
	bool again = db->role == DB_READER && !db->in_snapshot && (code == ERR_RETRY || (code == ERR_BUSY && db->broken));
	if (!again) return code == ERR_RETRY ? ERR_BUSY : code;
	*db->error = before;
	if (db->broken && (code = postgres_reconnect(db, db->error))) return code;
	return execute_once(db, sql, args, count, out);
}

static int64_t postgres_run(Db *db, const char *sql, const Val *args, size_t count) {
	PGresult *result;
	int code = execute(db, sql, args, count, &result);
	if (code) return code;
	const char *changed = PQcmdTuples(result);
	bool reads = strncmp(PQcmdStatus(result), "SELECT", 6) == 0;
	int64_t number = reads ? 0 : strtoll(changed, NULL, 10);
	PQclear(result);
	return number;
}

int postgres_run_later(Db *db, const char *sql, const Val *args, size_t count) {
	if (db->in_write) return send_values(db, sql, args, count, NULL);
	int64_t done = postgres_run(db, sql, args, count);
	return done < 0 ? (int)done : 0;
}

static int open_scan(Db *db, Rows *rows, const char *sql, const Val *args, size_t count) {
	if (db->in_write) {
		int code = postgres_begin(db);
		return code ? code : postgres_scan_open(db, rows, sql, args, count);
	}
	if (db->broken) {
		int code = db->in_snapshot ? lost(db) : postgres_reconnect(db, db->error);
		if (code) return code;
	}
	int code = postgres_scan_open(db, rows, sql, args, count);
	return code == ERR_RETRY ? ERR_BUSY : code;
}

static int postgres_query(Db *db, Rows *rows, const char *sql, const Val *args, size_t count, bool scan) {
	PGresult *result = NULL;
	int code = scan ? open_scan(db, rows, sql, args, count) : execute(db, sql, args, count, &result);
	if (code || scan) return code;
	rows->result = result;
	rows->row = -1;
	rows->row_count = PQntuples(result);
	rows->columns = PQnfields(result);
	return 0;
}

static void postgres_close_rows(Rows *rows) {
	if (!rows->borrowed) PQclear(rows->result);
	rows->result = NULL;
	if (rows->scratch) arena_reset(rows->scratch);
	if (rows->scan) postgres_scan_close(rows);
}

/* --- transactions and locks -------------------------------------------------------------------------------------------- */
int postgres_begin(Db *db) {
	int code = db->begun ? append_flush(db) : postgres_enter(db);
	if (code == 0) code = postgres_settle(db);
	return code == 0 && db->broken ? lost(db) : code;
}

int postgres_commit(Db *db) {
	PGresult *result = NULL;
	int code = append_flush(db);
	if (code == 0) code = postgres_enter(db);
	if (code == 0) {
		db->sent[db->sent_count++] = (Sent){commit_write, &result};
		code = PQsendQueryParams(db->pg, commit_write, 0, NULL, NULL, NULL, NULL, 1) ? postgres_settle(db) : lost(db);
	}
	if (db->broken)
		return db_fail(
		    db, ERR_BUSY,
		    "The connection to the database was lost while the write was being committed: it may or may not have been "
		    "kept; look before you try again");
	if (code == 0 && strcmp(PQcmdStatus(result), "ROLLBACK") == 0)
		code = db_fail(db, ERR_INTERNAL, "The database rolled the write back");
	PQclear(result);
	return code;
}

/* What was sent without an answer is taken first, whatever it was. */
void postgres_rollback(Db *db) {
	Error *kept = db->error, ignored = {0};
	int failed = db->failed;
	append_forget(db);
	db->error = &ignored;
	postgres_settle(db);
	db->error = kept;
	db->failed = failed;
	if (!db->broken && PQtransactionStatus(db->pg) != PQTRANS_IDLE) PQclear(PQexec(db->pg, "ROLLBACK"));
}

int postgres_take_lock(Db *db, int64_t key) {
	char sql[80];
	snprintf(sql, sizeof sql, "SELECT pg_advisory_lock(%lld)", (long long)key);
	int code = postgres_command(db, sql);
	if (code == 0) db->locks[db->lock_count++].key = key;
	return code;
}

void postgres_drop_locks(Db *db) {
	if (db->lock_count && !db->broken) PQclear(PQexec(db->pg, "SELECT pg_advisory_unlock_all() /* postgres */"));
	db->lock_count = 0;
}

static int64_t lock_key(const char *name, int64_t id) {
	uint64_t key = 14695981039346656037u;
	for (; *name; name++)
		key = (key ^ (uint8_t)*name) * 1099511628211u;
	for (int i = 0; i < 8; i++)
		key = (key ^ ((uint64_t)id >> (i * 8) & 0xff)) * 1099511628211u;
	return (int64_t)key;
}

/* A REPEATABLE READ snapshot taken before the lock would not see what the last holder wrote. So the lock is a session's, taken
 * before BEGIN; asked for later, the write is rolled back and run again with the lock already held. */
int db_lock(Db *db, const char *name, int64_t id) {
	if (db->failed) return db->failed;
	if (!db->in_write) return db_fail(db, ERR_INTERNAL, "db_lock outside a write");
	if (db->store->kind == STORE_SQLITE) return 0;
	int64_t key = lock_key(name, id);
	for (int i = 0; i < db->lock_count; i++)
		if (db->locks[i].key == key) return 0;
	if (db->lock_count == LOCKS_MAX) return db_fail(db, ERR_INTERNAL, "More than %d locks in one write", LOCKS_MAX);
	if (!db->begun) return postgres_take_lock(db, key);
	for (int i = 0; i < db->lock_count; i++)
		db->wanted[i] = db->locks[i];
	db->wanted_count = db->lock_count;
	db->wanted[db->wanted_count++].key = key;
	return db_fail(db, ERR_RETRY, "The write is run again with its lock held");
}

static int postgres_snapshot(Db *db) {
	static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	if (db->broken) {
		int code = postgres_reconnect(db, db->error);
		if (code) return code;
	}
	PGresult *result = PQexec(db->pg, begin);
	if (PQstatus(db->pg) == CONNECTION_BAD) {
		PQclear(result);
		int code = postgres_reconnect(db, db->error);
		if (code) return code;
		result = PQexec(db->pg, begin);
	}
	int code = postgres_check(db, result, begin);
	if (code == 0) PQclear(result);
	return code;
}

static void postgres_snapshot_end(Db *db) {
	if (!db->broken) PQclear(PQexec(db->pg, "COMMIT"));
}

static int64_t postgres_now(Db *db) {
	PGresult *result;
	int code = execute(db, "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) /* postgres */", NO_BIND,
	                   &result);
	if (code) return code;
	uint64_t bits;
	memcpy(&bits, PQgetvalue(result, 0, 0), 8);
	PQclear(result);
	return (int64_t)be64toh(bits);
}

const Engine postgres_engine = {
    .connect = postgres_connect,
    .disconnect = postgres_disconnect,
    .run = postgres_run,
    .run_later = postgres_run_later,
    .append = postgres_append,
    .query = postgres_query,
    .next = postgres_next,
    .close = postgres_close_rows,
    .null = postgres_null,
    .integer = postgres_integer,
    .real = postgres_real,
    .text = postgres_text,
    .blob = postgres_blob,
    .now = postgres_now,
    .snapshot = postgres_snapshot,
    .snapshot_end = postgres_snapshot_end,
    .script = postgres_command,
    .bulk_begin = postgres_bulk_begin,
    .bulk_row = postgres_bulk_row,
    .bulk_end = postgres_bulk_end,
};
