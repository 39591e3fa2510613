/* The kind of target "postgres": delivery_target.h over libpq, rows by COPY in CSV form. SQL here runs on the receiver's server,
 * never on our store; names go through PQescapeIdentifier. Each operation is one transaction there or none. */
#include "exchange/delivery_postgres.h"
#include "exchange/reader.h"
#include "exchange/address.h"
#include "exchange/postgres_address.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_SECONDS = 10, SILENT_MS = 60000 };
/* Without the two joins the records of a portion are looked up; a table of any size is not read for them. */
#define SESSION                                                                                                                  \
	"SET statement_timeout = '15min'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '10min';"          \
	" SET datestyle = 'ISO, YMD'; SET timezone = 'Asia/Shanghai'; SET extra_float_digits = 3; SET client_min_messages = "    \
	"warning; SET standard_conforming_strings = on; SET enable_hashjoin = off; SET enable_mergejoin = off"
#define MARKS                                                                                                                    \
	" (delivery_id bigint PRIMARY KEY, table_name text NOT NULL, signature text NOT NULL DEFAULT '', columns text NOT NULL " \
	"DEFAULT '', position bigint NOT NULL DEFAULT 0, live text NOT NULL DEFAULT 'v1:0:00000000000000000000000000000000',"    \
	" done_run text NOT NULL DEFAULT '', run text NOT NULL DEFAULT '', as_of text NOT NULL DEFAULT '', filled_rid bigint "   \
	"NOT NULL DEFAULT 0, filled text NOT NULL DEFAULT 'v1:0:00000000000000000000000000000000', run_position bigint NOT "     \
	"NULL DEFAULT 0, updated_at timestamptz NOT NULL DEFAULT now())"

/* --- failures ------------------------------------------------------------------------------------------------------------ */

static const struct Failure {
	const char *state, *rule, *advice; /* the beginning of an SQLSTATE */
	int code;
} failures[] = {
    {"53100", "target_full", "Make room on the target's disk, then run the delivery again.", ERR_FULL},
    {"53200", "target_full", "Give the target more memory, then run the delivery again.", ERR_FULL},
    {"25006", "target_read_only", "Make the target writable (it may be a standby), then run the delivery again.", ERR_CONFLICT},
    {"42501", "target_rights",
     "Give the account CREATE on the schema, and on a table of another owner SELECT, INSERT, UPDATE and DELETE.", ERR_CONFLICT},
    {"3F000", "target_schema", "Create the schema in the target, or choose another.", ERR_CONFLICT},
    {"2BP01", "target_in_use",
     "The columns delivered are others now and a view or key depends on the table: drop it, and make it again afterwards.",
     ERR_CONFLICT},
    {"55P03", "target_locked", "Someone holds the target table locked: try again when they are done.", ERR_BUSY},
    {"57014", "target_slow", "The target did not finish in time: try again when it is less busy.", ERR_BUSY},
    {"40", "target_locked", "Try again.", ERR_BUSY},
    {"42", "target_altered", "Undo the change in the target, or drop the table there so that it is delivered anew.",
     ERR_CONFLICT},
    {"23", "target_altered", "Take the added rules off the target table, or drop it so that it is delivered anew.", ERR_CONFLICT},
    {"22", "target_altered", "Undo the change in the target, or drop the table there so that it is delivered anew.",
     ERR_CONFLICT},
    {"08", "target_gone", "Check that the target runs and can be reached.", ERR_BUSY},
    {"57P", "target_gone", "Check that the target runs and can be reached.", ERR_BUSY},
    {"53", "target_gone", "The target takes no more connections: try again later.", ERR_BUSY},
    {"28", "target_login", "Ask the system administrator to enter the target's address again.", ERR_CONFLICT},
    {"", "target", "Look at the target's log.", ERR_CONFLICT},
};

/* The server's message on one line; it names hosts and users but never the password. */
static int pg_failed(PgTarget *target, const PGresult *result, const char *doing) {
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *text = result && *PQresultErrorMessage(result) ? PQresultErrorMessage(result) : PQerrorMessage(target->pg);
	char message[300];
	size_t i = 0;
	if (!state) state = strstr(text, "password authentication failed") ? "28P01" : "08006";
	while (strncmp(state, failures[i].state, strlen(failures[i].state)) != 0)
		i++;
	snprintf(message, sizeof message, "%s", text);
	message[utf8_cut((Text){message, strlen(message)}, sizeof message - 4)] = '\0';
	for (char *c = message; *c; c++)
		if ((unsigned char)*c < ' ') *c = ' ';
	return error_field(target->base.error, failures[i].code, "target_id", TEXT_NONE, failures[i].rule, failures[i].advice,
	                   "the target could not %s: %s", doing, message);
}

int pg_run(PgTarget *target, const char *sql, int count, const char *const *params, const char *doing, PGresult **out) {
	PGresult *result = count ? PQexecParams(target->pg, sql, count, NULL, params, NULL, NULL, 0) : PQexec(target->pg, sql);
	ExecStatusType status = PQresultStatus(result);
	int code = 0;
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_COPY_OUT && status != PGRES_COPY_IN)
		code = pg_failed(target, result, doing);
	if (out && code == 0)
		*out = result;
	else
		PQclear(result);
	return code;
}

int pg_begin_tx(PgTarget *target) {
	return pg_run(target, "BEGIN", 0, NULL, "begin", NULL);
}

/* COMMIT, or ROLLBACK with the code that is there already. A lost answer to COMMIT is ERR_BUSY: the next run reads the mark. */
int pg_end(PgTarget *target, int code) {
	if (code == 0) return pg_run(target, "COMMIT", 0, NULL, "commit", NULL);
	PQclear(PQexec(target->pg, "ROLLBACK"));
	return code;
}

/* --- names and columns ----------------------------------------------------------------------------------------------------- */

static char *quoted(PgTarget *target, const char *name, const char *suffix) {
	char *whole = arena_printf(target->base.arena, "%s%s", name, suffix);
	char *escaped = PQescapeIdentifier(target->pg, whole, strlen(whole));
	char *copy = arena_strdup(target->base.arena, escaped ? escaped : "\"\"");
	PQfreemem(escaped);
	return copy;
}

static const char *column_type(PgTarget *target, const Field *field) {
	switch (field->kind) {
	case KIND_INTEGER:
		return "bigint";
	case KIND_DECIMAL:
		return arena_printf(target->base.arena, "numeric(19,%d)", field->scale);
	case KIND_DOUBLE:
		return "double precision";
	case KIND_DATE:
		return "date";
	case KIND_TIME:
		return "timestamp with time zone";
	case KIND_BOOLEAN:
		return "boolean";
	default:
		return "text";
	}
}

/* A column as the stored value it came from, so that the digest of what is there can be taken. */
static void select_column(Buf *out, const Field *field, const char *name) {
	switch (field->kind) {
	case KIND_DECIMAL:
		buf_printf(out, "(%s * %.0f)::numeric(19,0)", name, pow(10, field->scale));
		return;
	case KIND_DATE:
		buf_printf(out, "(%s - date '1970-01-01')", name);
		return;
	case KIND_TIME:
		buf_printf(out, "(extract(epoch from %s) * 1000000)::numeric(19,0)", name);
		return;
	case KIND_BOOLEAN:
		buf_printf(out, "%s::int", name);
		return;
	default:
		buf_str(out, name);
	}
}

static void shape_texts(PgTarget *target) {
	Buf *definition = ARENA_NEW(target->base.arena, Buf), *select = ARENA_NEW(target->base.arena, Buf),
	    *columns = ARENA_NEW(target->base.arena, Buf), *update = ARENA_NEW(target->base.arena, Buf),
	    *names = ARENA_NEW(target->base.arena, Buf), *same_i = ARENA_NEW(target->base.arena, Buf),
	    *same_t = ARENA_NEW(target->base.arena, Buf), *select_o = ARENA_NEW(target->base.arena, Buf),
	    *select_t = ARENA_NEW(target->base.arena, Buf);
	buf_in(select_o, target->base.arena);
	buf_in(select_t, target->base.arena);
	buf_in(names, target->base.arena);
	buf_in(same_i, target->base.arena);
	buf_in(same_t, target->base.arena);
	buf_in(update, target->base.arena);
	buf_in(definition, target->base.arena);
	buf_in(select, target->base.arena);
	buf_in(columns, target->base.arena);
	for (int i = 0; i < target->base.shape->field_count; i++) {
		const Field *field = &target->base.shape->fields[i];
		const char *name = quoted(target, field->name, ""), *type = column_type(target, field), *comma = i ? ", " : "";
		buf_printf(definition, "%s%s %s", comma, name, type);
		buf_str(select, comma);
		select_column(select, field, name);
		buf_str(select_o, comma);
		select_column(select_o, field, arena_printf(target->base.arena, "o.%s", name));
		buf_str(select_t, comma);
		select_column(select_t, field, arena_printf(target->base.arena, "t.%s", name));
		buf_printf(columns, "%s%s %s", i ? ";" : "", field->name, type);
		buf_printf(update, "%s%s = i.%s", comma, name, name);
		buf_printf(names, "%s%s", comma, name);
		const char *same = field->kind == KIND_DOUBLE  ? "float8send(%c.%s)"
		                   : strcmp(type, "text") == 0 ? "%c.%s COLLATE \"C\""
		                                               : "%c.%s";
		buf_str(same_i, comma);
		buf_printf(same_i, same, 'i', name);
		buf_str(same_t, comma);
		buf_printf(same_t, same, 't', name);
	}
	target->names = text_cstr(target->base.arena, buf_as_text(names));
	target->same_i = text_cstr(target->base.arena, buf_as_text(same_i));
	target->same_t = text_cstr(target->base.arena, buf_as_text(same_t));
	target->update = text_cstr(target->base.arena, buf_as_text(update));
	target->definition = text_cstr(target->base.arena, buf_as_text(definition));
	target->select = text_cstr(target->base.arena, buf_as_text(select));
	target->select_o = text_cstr(target->base.arena, buf_as_text(select_o));
	target->select_t = text_cstr(target->base.arena, buf_as_text(select_t));
	target->columns = text_cstr(target->base.arena, buf_as_text(columns));
}

/* "name type;…" of a table that is there, "" when it is not. */
int pg_columns_there(PgTarget *target, const char *table, char **out) {
	PGresult *result;
	const char *const params[] = {target->base.schema, table};
	int code =
	    pg_run(target,
	           "SELECT coalesce(string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ';' ORDER BY "
	           "a.attnum), '') FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = "
	           "c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped",
	           2, params, "look at its table", &result);
	if (code < 0) return code;
	*out = arena_strdup(target->base.arena, PQgetvalue(result, 0, 0));
	PQclear(result);
	return 0;
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

static void target_close(void *object) {
	PQfinish(((PgTarget *)object)->pg);
}

static int connect_to(PgTarget *target, const char *url) {
	int code = conninfo_connect(&(PostgresCall){url, "yiwang-delivery", CONNECT_SECONDS, SILENT_MS}, target->base.error,
	                            &target->pg);
	if (code < 0) return code;
	arena_on_free(target->base.arena, target_close, target);
	if (PQstatus(target->pg) != CONNECTION_OK) return pg_failed(target, NULL, "be reached");
	return pg_run(target, SESSION, 0, NULL, "set up the session", NULL);
}

static char *text_at(PgTarget *target, const PGresult *result, int column) {
	return arena_strdup(target->base.arena, PQgetvalue(result, 0, column));
}

static int64_t int_at(const PGresult *result, int column) {
	return strtoll(PQgetvalue(result, 0, column), NULL, 10);
}

int pg_mark_read(PgTarget *target) {
	char id[24];
	PGresult *result;
	snprintf(id, sizeof id, "%lld", (long long)target->base.delivery_id);
	const char *const params[] = {id};
	DeliveryMark *mark = &target->base.mark;
	int code = pg_run(target,
	                  arena_printf(target->base.arena,
	                               "SELECT signature, columns, position, live, done_run, run, as_of, filled_rid, filled, "
	                               "run_position FROM %s WHERE delivery_id = $1",
	                               target->marks),
	                  1, params, "read its mark", &result);
	if (code < 0) return code;
	*mark = (DeliveryMark){.signature = "", .columns = "", .done_run = "", .run = "", .as_of = ""};
	if (PQntuples(result) == 1) {
		*mark = (DeliveryMark){.there = true,
		                       .signature = text_at(target, result, 0),
		                       .columns = text_at(target, result, 1),
		                       .position = int_at(result, 2),
		                       .done_run = text_at(target, result, 4),
		                       .run = text_at(target, result, 5),
		                       .as_of = text_at(target, result, 6),
		                       .filled_rid = int_at(result, 7),
		                       .run_position = int_at(result, 9)};
		if (table_digest_parse(text_of(PQgetvalue(result, 0, 3)), &mark->live) < 0 ||
		    table_digest_parse(text_of(PQgetvalue(result, 0, 8)), &mark->filled) < 0)
			code = delivery_altered(&target->base, "the target's table yiwang_delivery was changed by hand");
	}
	PQclear(result);
	return code;
}

static int pg_open(Arena *arena, const char *url, const DeliveryTarget *with, DeliveryTarget **out) {
	PgTarget *target = ARENA_NEW(arena, PgTarget);
	const char *table = with->table;
	*target = (PgTarget){.base = *with};
	int code = connect_to(target, url);
	if (code < 0) return code;
	const char *place = quoted(target, with->schema, "");
	target->live_name = quoted(target, table, "");
	target->staging_name = quoted(target, table, "_yw_new");
	target->old_name = quoted(target, table, "_yw_old");
	target->live = arena_printf(arena, "%s.%s", place, target->live_name);
	target->staging = arena_printf(arena, "%s.%s", place, target->staging_name);
	target->old = arena_printf(arena, "%s.%s", place, target->old_name);
	target->marks = arena_printf(arena, "%s.yiwang_delivery", place);
	shape_texts(target);
	char *there;
	code = pg_columns_there(target, "yiwang_delivery", &there);
	if (code == 0 && !*there)
		code = pg_run(target, arena_printf(arena, "CREATE TABLE IF NOT EXISTS %s" MARKS, target->marks), 0, NULL,
		              "make its table yiwang_delivery", NULL);
	if (code == 0) code = pg_mark_read(target);
	*out = &target->base;
	return code;
}

int pg_check(DeliveryTarget *base) {
	char *there;
	int code = pg_columns_there(pg_target(base), base->table, &there);
	if (code < 0) return code;
	if (!*there) {
		base->mark.signature = ""; /* dropped: it is delivered anew */
		return 0;
	}
	if (!*base->mark.columns) return delivery_taken(base);
	if (strcmp(there, base->mark.columns) != 0) return delivery_columns_altered(base, there);
	if (base->mark.live.count == 0 || !*base->mark.signature) return 0;
	PgTarget *target = pg_target(base);
	PGresult *result = NULL;
	code = pg_run(target, arena_printf(base->arena, "SELECT EXISTS (SELECT 1 FROM %s)", target->live), 0, NULL,
	              "look at its table", &result);
	if (code < 0) return code;
	if (*PQgetvalue(result, 0, 0) == 'f') delivery_emptied(base);
	PQclear(result);
	return 0;
}

static int pg_rows(DeliveryTarget *base, int64_t *out) {
	PgTarget *target = pg_target(base);
	PGresult *result = NULL;
	int code = pg_run(target, arena_printf(base->arena, "SELECT count(*) FROM %s", target->live), 0, NULL, "count its rows",
	                  &result);
	if (code < 0) return code;
	*out = int_at(result, 0);
	PQclear(result);
	return 0;
}

static void pg_row(const DeliveryTarget *base, Buf *batch, const Text *texts, const Val *values) {
	for (int i = 0; i < base->shape->field_count; i++)
		csv_write(batch, texts[i], i == 0, false);
	buf_char(batch, '\n');
}

/* --- full ------------------------------------------------------------------------------------------------------------ */

static int pg_begin(DeliveryTarget *base, const char *run_name, const char *as_of, int64_t position) {
	PgTarget *target = pg_target(base);
	Arena *arena = target->base.arena;
	char id[24], at[24];
	snprintf(id, sizeof id, "%lld", (long long)target->base.delivery_id);
	snprintf(at, sizeof at, "%lld", (long long)position);
	const char *const params[] = {id, target->base.table, run_name, as_of, at};
	int code = pg_begin_tx(target);
	if (code == 0)
		code = pg_run(target, arena_printf(arena, "DROP TABLE IF EXISTS %s", target->staging), 0, NULL,
		              "drop its staging table", NULL);
	if (code == 0)
		code = pg_run(target,
		              arena_printf(arena, "CREATE TABLE %s (%s)%s", target->staging, target->definition,
		                           target->base.kept_up ? " WITH (fillfactor = 90)" : ""),
		              0, NULL, "make a staging table", NULL);
	if (code == 0)
		code =
		    pg_run(target,
		           arena_printf(arena,
		                        "INSERT INTO %s AS m (delivery_id, table_name, run, as_of, run_position) VALUES ($1, $2, "
		                        "$3, $4, $5) ON CONFLICT (delivery_id) DO UPDATE SET run = excluded.run, as_of = "
		                        "excluded.as_of, run_position = excluded.run_position, filled_rid = 0, filled = "
		                        "'v1:0:00000000000000000000000000000000', updated_at = now()",
		                        target->marks),
		           5, params, "keep its mark", NULL);
	code = pg_end(target, code);
	if (code == 0) delivery_mark_begun(base, run_name, as_of, position);
	return code;
}

static int copy_in(PgTarget *target, const char *table, Text rows) {
	enum { PIECE = 1 << 20 };
	int code = pg_run(target, arena_printf(target->base.arena, "COPY %s FROM STDIN (FORMAT csv)", table), 0, NULL,
	                  "take rows", NULL);
	if (code < 0) return code;
	for (size_t at = 0; at < rows.len && code == 0; at += PIECE) {
		size_t length = rows.len - at < PIECE ? rows.len - at : PIECE;
		if (PQputCopyData(target->pg, rows.at + at, (int)length) != 1) return pg_failed(target, NULL, "take rows");
	}
	if (PQputCopyEnd(target->pg, NULL) != 1) return pg_failed(target, NULL, "take rows");
	PGresult *result;
	while ((result = PQgetResult(target->pg))) {
		if (code == 0 && PQresultStatus(result) != PGRES_COMMAND_OK) code = pg_failed(target, result, "take rows");
		PQclear(result);
	}
	return code;
}

/* Exactly one row must have changed, else another run of this delivery is at it. */
int pg_run_one(PgTarget *target, const char *sql, int count, const char *const *params) {
	PGresult *result;
	int code = pg_run(target, sql, count, params, "keep its mark", &result);
	if (code < 0) return code;
	bool one = strcmp(PQcmdTuples(result), "1") == 0;
	PQclear(result);
	return one ? 0 : delivery_mark_moved(&target->base);
}

static int pg_fill(DeliveryTarget *base, Text rows, const TableDigest *digest, int64_t last_rid) {
	PgTarget *target = pg_target(base);
	DeliveryMark *mark = &target->base.mark;
	TableDigest filled = mark->filled;
	char id[24], rid[24], before[24];
	table_digest_add(&filled, digest);
	snprintf(id, sizeof id, "%lld", (long long)target->base.delivery_id);
	snprintf(rid, sizeof rid, "%lld", (long long)last_rid);
	snprintf(before, sizeof before, "%lld", (long long)mark->filled_rid);
	Arena *scratch = arena_new();
	const char *const params[] = {id, rid, table_digest_text(scratch, &filled), mark->run, before};
	int code = pg_begin_tx(target);
	if (code == 0) code = copy_in(target, target->staging, rows);
	if (code == 0)
		code = pg_run_one(
		    target,
		    arena_printf(scratch,
		                 "UPDATE %s SET filled_rid = $2, filled = $3, updated_at = now() WHERE delivery_id = $1 "
		                 "AND run = $4 AND filled_rid = $5",
		                 target->marks),
		    5, params);
	code = pg_end(target, code);
	arena_free(scratch);
	if (code < 0) return code;
	mark->filled = filled;
	mark->filled_rid = last_rid;
	return 0;
}

static int pg_key(DeliveryTarget *base) {
	PgTarget *target = pg_target(base);
	PGresult *result;
	const char *const params[] = {target->base.schema, arena_printf(target->base.arena, "%s_yw_new", target->base.table)};
	int code = pg_run(target,
	                  "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = "
	                  "c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND i.indisprimary",
	                  2, params, "look at its staging table", &result);
	if (code < 0) return code;
	bool there = int_at(result, 0) > 0;
	PQclear(result);
	if (there) return 0;
	return pg_run(target,
	              arena_printf(target->base.arena, "ALTER TABLE %s ADD PRIMARY KEY (" DELIVERY_ID_NAME ")", target->staging),
	              0, NULL, "index its staging table", NULL);
}

/* --- reading back ---------------------------------------------------------------------------------------------------- */

typedef struct ReadRows {
	PgTarget *target;
	Csv *csv;
	Hasher *hasher;
	Buf scratch;
	Val *values;
	Arena *arena; /* of one reading */
} ReadRows;

static int row_value(const Field *field, Text text, Val *out) {
	int64_t number;
	double real;
	switch (field_kind_val(field->kind)) {
	case VAL_INT:
		*out = val_int(0);
		if (text_to_int(text, &number) < 0) return -1;
		*out = val_int(number);
		return 0;
	case VAL_DOUBLE:
		if (text_to_double(text, &real) < 0) return -1;
		*out = val_double(real);
		return 0;
	default:
		*out = (Val){.kind = VAL_TEXT, .t = text};
		return 0;
	}
}

static int values_add(ReadRows *read, const CsvRecord *record, int from, TableDigest *sum) {
	const Resource *shape = read->target->base.shape;
	TableDigest one;
	for (int i = 0; i < shape->field_count; i++) {
		Text text = record->fields[from + i];
		if (text.len == 0 && !record->quoted[from + i])
			read->values[i] = val_null();
		else if (row_value(&shape->fields[i], text.at ? text : TEXT(""), &read->values[i]) < 0)
			return -1;
	}
	row_digest(shape, read->values, read->hasher, &read->scratch, &one);
	table_digest_add(sum, &one);
	return 0;
}

/* A line with `sets` rows side by side, each into a sum of its own. */
static int line_add(ReadRows *read, Text line, TableDigest *sums, int sets) {
	PgTarget *target = read->target;
	int columns = target->base.shape->field_count;
	CsvRecord record;
	csv_feed(read->csv, line, false);
	bool good = csv_next(read->csv, &record) && !record.fault && record.count == (size_t)(columns * sets);
	for (int i = 0; good && i < sets; i++)
		good = values_add(read, &record, i * columns, &sums[i]) == 0;
	if (!good)
		return delivery_altered(&target->base,
		                        arena_printf(read->arena, "a row read back from %s.%s is not one that was delivered",
		                                     target->base.schema, target->base.table));
	while (csv_next(read->csv, &record))
		;
	return 0;
}

/* Digests of the rows that a statement COPY … TO STDOUT gives: `sets` of them, side by side. */
static int rows_sums(PgTarget *target, const char *sql, DeliveryStep *step, void *arg, TableDigest *out, int sets) {
	enum { TELL = 20000 };
	ReadRows read = {.target = target, .arena = arena_new()};
	read.csv = csv_new(read.arena, ',');
	read.hasher = hasher_new(read.arena);
	read.values = ARENA_ARRAY(read.arena, Val, target->base.shape->field_count + 1);
	buf_in(&read.scratch, read.arena);
	memset(out, 0, sizeof *out * (size_t)sets);
	char *line = NULL;
	int length = 0, code = pg_run(target, sql, 0, NULL, "be read back", NULL);
	if (code == 0) {
		while (code == 0 && (length = PQgetCopyData(target->pg, &line, 0)) > 0) {
			code = line_add(&read, (Text){line, (size_t)length}, out, sets);
			PQfreemem(line);
			if (code == 0 && step && out->count % TELL == 0) code = step(arg, out->count);
		}
		if (code < 0) { /* the rest is not wanted */
			PGcancel *cancel = PQgetCancel(target->pg);
			char why[256];
			if (cancel) PQcancel(cancel, why, sizeof why);
			PQfreeCancel(cancel);
			while (PQgetCopyData(target->pg, &line, 0) > 0)
				PQfreemem(line);
		}
		PGresult *result;
		while ((result = PQgetResult(target->pg))) {
			if (code == 0 && (length == -2 || PQresultStatus(result) != PGRES_COMMAND_OK))
				code = pg_failed(target, result, "be read back");
			PQclear(result);
		}
	}
	arena_free(read.arena);
	return code;
}

static int rows_sum(PgTarget *target, const char *sql, TableDigest *out) {
	return rows_sums(target, sql, NULL, NULL, out, 1);
}

static int pg_read_back(DeliveryTarget *base, DeliveryStep *step, void *arg, TableDigest *out) {
	PgTarget *target = pg_target(base);
	return rows_sums(
	    target,
	    arena_printf(target->base.arena, "COPY (SELECT %s FROM %s) TO STDOUT (FORMAT csv)", target->select, target->staging),
	    step, arg, out, 1);
}

/* --- increments ------------------------------------------------------------------------------------------------------ */

/* The mark must still be what this run knows of it; nobody else moves it until the end of the transaction. */
static int mark_lock(PgTarget *target, Arena *arena) {
	char id[24], at[24];
	PGresult *result;
	snprintf(id, sizeof id, "%lld", (long long)target->base.delivery_id);
	snprintf(at, sizeof at, "%lld", (long long)target->base.mark.position);
	const char *const params[] = {id, at, table_digest_text(arena, &target->base.mark.live)};
	int code =
	    pg_run(target,
	           arena_printf(arena, "SELECT 1 FROM %s WHERE delivery_id = $1 AND position = $2 AND live = $3 FOR UPDATE",
	                        target->marks),
	           3, params, "lock its mark", &result);
	if (code < 0) return code;
	bool there = PQntuples(result) == 1;
	PQclear(result);
	return there ? 0 : delivery_mark_moved(&target->base);
}

/* yw_in: the portion's rows; yw_at: where in the table they lie when they are in. */
static int portion_tables(PgTarget *target, Arena *arena) {
	return pg_run(
	    target,
	    arena_printf(arena,
	                 "CREATE TEMP TABLE IF NOT EXISTS yw_in (LIKE %s) ON COMMIT DELETE ROWS; CREATE TEMP TABLE IF NOT "
	                 "EXISTS yw_at (at tid) ON COMMIT DELETE ROWS",
	                 target->live),
	    0, NULL, "make tables for the portion", NULL);
}

/* Of records that are not put in: "_yiwang_id IN (…)"; "" when there are none. */
static const char *removed_where(Arena *arena, const DeliveryPortion *portion) {
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	for (int i = 0; i < portion->count; i++)
		if (!portion->put[i])
			buf_printf(out, "%s%lld", out->len ? ", " : DELIVERY_ID_NAME " IN (", (long long)portion->ids[i]);
	if (out->len) buf_char(out, ')');
	return text_cstr(arena, buf_as_text(out));
}

static int rows_remove(PgTarget *target, Arena *arena, const char *where, TableDigest *was) {
	return rows_sum(target,
	                arena_printf(arena,
	                             "COPY (WITH d AS (DELETE FROM %s WHERE %s RETURNING *) SELECT %s FROM d) TO STDOUT (FORMAT "
	                             "csv)",
	                             target->live, where, target->select),
	                was);
}

/* Where nothing can meddle, what a statement gives of the rows it left is what is there. Those there get their new values in the
 * place; `was` is what they were. */
static int rows_put(PgTarget *target, Arena *arena, const TableDigest *sent, TableDigest *was, TableDigest *kept) {
	TableDigest sums[2], inserted = {0};
	int code =
	    rows_sums(target,
	              arena_printf(arena,
	                           "COPY (UPDATE %s AS t SET %s FROM yw_in AS i JOIN %s AS o ON o." DELIVERY_ID_NAME
	                           " = i." DELIVERY_ID_NAME " WHERE t.ctid = o.ctid RETURNING %s, %s) TO STDOUT (FORMAT csv)",
	                           target->live, target->update, target->live, target->select_o, target->select_t),
	              NULL, NULL, sums, 2);
	if (code == 0 && sums[0].count < sent->count)
		code =
		    rows_sum(target,
		             arena_printf(arena,
		                          "COPY (INSERT INTO %s AS t SELECT * FROM yw_in AS i WHERE NOT EXISTS (SELECT 1 FROM %s"
		                          " AS o WHERE o." DELIVERY_ID_NAME " = i." DELIVERY_ID_NAME
		                          ") RETURNING %s) TO STDOUT (FORMAT csv)",
		                          target->live, target->live, target->select_t),
		             &inserted);
	*was = sums[0];
	*kept = sums[1];
	table_digest_add(kept, &inserted);
	return code;
}

/* Where something can, it may be at work after the statement: where the rows lie is kept, and what is there is read by it. */
static int rows_put_watched(PgTarget *target, Arena *arena, const TableDigest *sent, TableDigest *was) {
	int code =
	    rows_sum(target,
	             arena_printf(arena,
	                          "COPY (WITH u AS (UPDATE %s AS t SET %s FROM yw_in AS i JOIN %s AS o ON o." DELIVERY_ID_NAME
	                          " = i." DELIVERY_ID_NAME " WHERE t." DELIVERY_ID_NAME " = o." DELIVERY_ID_NAME
	                          " RETURNING t.ctid AS _yiwang_at, o.*), k AS (INSERT INTO yw_at SELECT _yiwang_at FROM u)"
	                          " SELECT %s FROM u) TO STDOUT (FORMAT csv)",
	                          target->live, target->update, target->live, target->select),
	             was);
	if (code < 0 || was->count == sent->count) return code;
	return pg_run(
	    target,
	    arena_printf(arena,
	                 "WITH n AS (INSERT INTO %s SELECT * FROM yw_in AS i WHERE NOT EXISTS (SELECT 1 FROM %s AS t WHERE"
	                 " t." DELIVERY_ID_NAME " = i." DELIVERY_ID_NAME
	                 ") RETURNING ctid AS _yiwang_at) INSERT INTO yw_at SELECT _yiwang_at FROM n",
	                 target->live, target->live),
	    0, NULL, "put rows in", NULL);
}

/* What the table holds where the rows were put, and under the ids that were removed. */
static int rows_held(PgTarget *target, Arena *arena, const char *removed, TableDigest *out) {
	const char *more =
	    *removed ? arena_printf(arena, " UNION ALL SELECT %s FROM %s WHERE %s", target->select, target->live, removed) : "";
	return rows_sum(
	    target,
	    arena_printf(arena,
	                 "COPY (SELECT %s FROM %s WHERE ctid = ANY (ARRAY (SELECT at FROM yw_at))%s) TO STDOUT (FORMAT "
	                 "csv)",
	                 target->select, target->live, more),
	    out);
}

static int portion_change(PgTarget *target, Arena *arena, const DeliveryPortion *portion, TableDigest *live,
                          DeliveryChange *out) {
	TableDigest changed = {0}, removed = {0};
	const char *where = removed_where(arena, portion);
	bool watch;
	/* the lock: nobody adds a trigger now */
	int code = pg_run(target, arena_printf(arena, "LOCK TABLE %s IN ROW EXCLUSIVE MODE", target->live), 0, NULL,
	                  "lock its table", NULL);
	if (code == 0) code = pg_meddled(target, &watch);
	if (code == 0) code = portion_tables(target, arena);
	if (code == 0) code = copy_in(target, "yw_in", portion->rows);
	if (code == 0 && *where) code = rows_remove(target, arena, where, &removed);
	if (code == 0 && portion->sent.count)
		code = watch ? rows_put_watched(target, arena, &portion->sent, &changed)
		             : rows_put(target, arena, &portion->sent, &changed, &out->kept);
	if (code == 0 && watch) code = rows_held(target, arena, where, &out->kept);
	if (code < 0) return code;
	out->updated = changed.count;
	out->inserted = portion->sent.count - changed.count;
	out->deleted = removed.count;
	table_digest_sub(live, &changed);
	table_digest_sub(live, &removed);
	table_digest_add(live, &out->kept);
	return table_digest_eq(&out->kept, &portion->sent) ? 0 : delivery_differs(&target->base, &out->kept, &portion->sent);
}

static int mark_move(PgTarget *target, Arena *arena, int64_t to, const TableDigest *live) {
	char id[24], at[24];
	snprintf(id, sizeof id, "%lld", (long long)target->base.delivery_id);
	snprintf(at, sizeof at, "%lld", (long long)to);
	const char *const params[] = {id, at, table_digest_text(arena, live)};
	return pg_run_one(target,
	                  arena_printf(arena, "UPDATE %s SET position = $2, live = $3, updated_at = now() WHERE delivery_id = $1",
	                               target->marks),
	                  3, params);
}

static int pg_change(DeliveryTarget *base, const DeliveryPortion *portion, DeliveryChange *out) {
	PgTarget *target = pg_target(base);
	Arena *arena = arena_new();
	TableDigest live = base->mark.live;
	*out = (DeliveryChange){.sent = portion->sent};
	int code = pg_begin_tx(target);
	/* the portion that moves the position waits for the target's disk, and what was written before is there with it */
	if (code == 0 && portion->to == base->mark.position)
		code = pg_run(target, "SET LOCAL synchronous_commit = off", 0, NULL, "set up the session", NULL);
	if (code == 0) code = mark_lock(target, arena);
	if (code == 0 && portion->count > 0) code = portion_change(target, arena, portion, &live, out);
	if (code == 0) code = mark_move(target, arena, portion->to, &live);
	code = pg_end(target, code);
	if (code == 0) {
		base->mark.live = live;
		base->mark.position = portion->to;
	}
	arena_free(arena);
	return code;
}

static int pg_test(Request *rq, const char *folder, const char *url, const char **found) {
	return postgres_test(rq->arena, url, found, rq->error);
}

static const char *const schemes[] = {"postgres:", "postgresql:", NULL};
const DeliveryKind delivery_postgres = {
    .name = "postgres",
    .schemes = schemes,
    .place = postgres_place,
    .test = pg_test,
    .open = pg_open,
    .check = pg_check,
    .rows = pg_rows,
    .row = pg_row,
    .begin = pg_begin,
    .fill = pg_fill,
    .key = pg_key,
    .read_back = pg_read_back,
    .swap = pg_swap,
    .change = pg_change,
};
