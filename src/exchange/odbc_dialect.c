/* odbc_dialect.h: the table of dialects, and what their errors mean. */
#include "exchange/odbc_dialect.h"
#include <stdio.h>

static const char *const mariadb_names[] = {"MariaDB", "MySQL", NULL}, *const sqlite_names[] = {"SQLite", NULL};

static const OdbcDialect dialects[] = {
    {.name = "mariadb",
     .are = mariadb_names,
     .more = "Charset=utf8mb4;",
     .session = {"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
                 "NO_ENGINE_SUBSTITUTION'",
                 "SET SESSION time_zone = '+08:00', lock_wait_timeout = 10, innodb_lock_wait_timeout = 10, max_statement_time = "
                 "900",
                 "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"},
     .lock = "SELECT GET_LOCK('yiwang_delivery_%lld', 10)",
     .quote = '`',
     .parameters = 8000,
     .schema_is_catalog = true,
     .swap = SWAP_RENAME,
     .keys_to = "SELECT CONCAT(constraint_name, ' (', table_schema, '.', table_name, ')') FROM"
                " information_schema.key_column_usage WHERE referenced_table_schema = '%s' AND referenced_table_name = '%s'"
                " ORDER BY 1 LIMIT 1",
     .same = "<=>",
     .bytes = "CAST(", /* its collations pad with blanks */
     .bytes_end = " AS BINARY)",
     .page = " LIMIT %d",
     .integer = "BIGINT",
     .decimal = "DECIMAL(19,%d)",
     .real = "DOUBLE",
     .date = "DATE",
     .time = "DATETIME(6)",
     .boolean = "BOOLEAN",
     .text = "MEDIUMTEXT",
     .key = "BIGINT NOT NULL PRIMARY KEY",
     .create_end = " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"},
    {.name = "sqlite",
     .are = sqlite_names,
     .more = "StepAPI=1;Timeout=10000;",
     .session = {"PRAGMA legacy_alter_table = ON"}, /* else a view of the receiver's stops a RENAME */
     .quote = '"',
     .parameters = 900, /* SQLite of old took 999 */
     .one_schema = true,
     .swap = SWAP_TRANSACTION,
     .same = "IS",
     .bytes = "",
     .bytes_end = "",
     .page = " LIMIT %d",
     .integer = "INTEGER",
     .decimal = "TEXT", /* NUMERIC would make it a double */
     .real = "DOUBLE",
     .date = "TEXT",
     .time = "TEXT",
     .boolean = "INTEGER",
     .text = "TEXT",
     .key = "INTEGER PRIMARY KEY",
     .read_real = "CASE WHEN %s IS NOT NULL THEN printf('%%!.17g', %s) END",
     .create_end = "",
     .time_zone = true},
    {.name = "generic",
     .are = NULL,
     .more = "",
     .session = {NULL},
     .quote = '"',
     .parameters = 1,
     .swap = SWAP_COPY,
     .page = " FETCH FIRST %d ROWS ONLY",
     .integer = "BIGINT",
     .decimal = "DECIMAL(19,%d)",
     .real = "DOUBLE PRECISION",
     .date = "DATE",
     .time = "TIMESTAMP",
     .boolean = "SMALLINT",
     .text = "VARCHAR(4000)",
     .key = "BIGINT NOT NULL PRIMARY KEY",
     .create_end = ""},
};
enum { DIALECTS = sizeof dialects / sizeof *dialects, GENERIC = DIALECTS - 1 };

const OdbcDialect *odbc_dialect(const char *name) {
	for (int i = 0; i < DIALECTS; i++)
		if (strcasecmp(dialects[i].name, name) == 0) return &dialects[i];
	return NULL;
}

const OdbcDialect *odbc_dialect_of(const char *dbms) {
	for (int i = 0; i < GENERIC; i++)
		for (const char *const *name = dialects[i].are; *name; name++)
			if (strcasecmp(*name, dbms) == 0) return &dialects[i];
	return &dialects[GENERIC];
}

const char *odbc_dialect_type(Arena *arena, const OdbcDialect *dialect, const Field *field) {
	switch (field->kind) {
	case KIND_INTEGER:
		return dialect->integer;
	case KIND_DECIMAL: {
		const char *scale = strstr(dialect->decimal, "%d");
		return scale ? arena_printf(arena, "%.*s%d%s", (int)(scale - dialect->decimal), dialect->decimal, field->scale,
		                            scale + 2)
		             : dialect->decimal;
	}
	case KIND_DOUBLE:
		return dialect->real;
	case KIND_DATE:
		return dialect->date;
	case KIND_TIME:
		return dialect->time;
	case KIND_BOOLEAN:
		return dialect->boolean;
	default:
		return dialect->text;
	}
}

/* --- what errors mean ------------------------------------------------------------------------------------------------------ */

typedef enum Meaning {
	FULL,
	READ_ONLY,
	RIGHTS,
	LOGIN,
	SCHEMA,
	LOCKED,
	SLOW,
	GONE,
	IN_USE,
	ALTERED,
	VALUE,
	DRIVER,
	OTHER
} Meaning;
static const struct {
	const char *rule, *advice;
	int code;
} meanings[] = {
    [FULL] = {"target_full", "Make room on the target's disk, then run the delivery again.", ERR_FULL},
    [READ_ONLY] = {"target_read_only", "Make the target writable (it may be a standby), then run the delivery again.",
                   ERR_CONFLICT},
    [RIGHTS] = {"target_rights", "Give the account the right to create, change and drop tables there.", ERR_CONFLICT},
    [LOGIN] = {"target_login", "Ask the system administrator to enter the target's address again.", ERR_CONFLICT},
    [SCHEMA] = {"target_schema", "Create the schema in the target, or choose another.", ERR_CONFLICT},
    [LOCKED] = {"target_locked", "Someone holds the target table locked: try again when they are done.", ERR_BUSY},
    [SLOW] = {"target_slow", "The target did not finish in time: try again when it is less busy.", ERR_BUSY},
    [GONE] = {"target_gone", "Check that the target runs and can be reached.", ERR_BUSY},
    [IN_USE] =
        {"target_in_use",
         "Another table of the target has a foreign key to the delivered one: drop the key, or remove its rows first, then "
         "run the delivery again.",
         ERR_CONFLICT},
    [ALTERED] = {"target_altered", "Undo the change in the target, or drop the table there so that it is delivered anew.",
                 ERR_CONFLICT},
    [VALUE] = {"target_value", "The target cannot hold this value: have the field masked or left out, or use another target.",
               ERR_CONFLICT},
    [DRIVER] = {"target_driver", "Look whether the ODBC driver is installed on the server and is of the database's version.",
                ERR_CONFLICT},
    [OTHER] = {"target", "Look at the target's log.", ERR_CONFLICT},
};

enum { ANY = 0 };
static const struct {
	const char *dialect; /* NULL = all */
	int32_t native;      /* ANY, or the database's own number */
	const char *state;   /* the beginning of an SQLSTATE */
	Meaning meaning;
} faults[] = {
    {NULL, ANY, ODBC_STATE_ENDED, DRIVER},
    {NULL, ANY, ODBC_STATE_SLOW, SLOW},
    {NULL, ANY, "IM", DRIVER}, /* of the driver manager: no such driver or data source */
    {NULL, ANY, "01000", DRIVER},
    {"mariadb", 1021, "", FULL},
    {"mariadb", 1030, "", FULL},
    {"mariadb", 1114, "", FULL},
    {"mariadb", 1290, "", READ_ONLY},
    {"mariadb", 1792, "", READ_ONLY},
    {"mariadb", 1836, "", READ_ONLY},
    {"mariadb", 1044, "", RIGHTS},
    {"mariadb", 1142, "", RIGHTS},
    {"mariadb", 1143, "", RIGHTS},
    {"mariadb", 1227, "", RIGHTS},
    {"mariadb", 1370, "", RIGHTS},
    {"mariadb", 1045, "", LOGIN},
    {"mariadb", 1698, "", LOGIN},
    {"mariadb", 1049, "", SCHEMA},
    {"mariadb", 1205, "", LOCKED},
    {"mariadb", 1213, "", LOCKED},
    {"mariadb", 1969, "", SLOW},
    {"mariadb", 1040, "", GONE},
    {"mariadb", 1053, "", GONE},
    {"mariadb", 1927, "", GONE},
    {"mariadb", 2002, "", GONE},
    {"mariadb", 2003, "", GONE},
    {"mariadb", 2005, "", GONE},
    {"mariadb", 2006, "", GONE},
    {"mariadb", 2013, "", GONE},
    {"mariadb", 1217, "", IN_USE},
    {"mariadb", 1451, "", IN_USE},
    {"mariadb", 3730, "", IN_USE},
    {"mariadb", 1054, "", ALTERED},
    {"mariadb", 1136, "", ALTERED},
    {"mariadb", 1146, "", ALTERED},
    {"mariadb", 1364, "", ALTERED},
    {"mariadb", 4025, "", ALTERED},
    {"sqlite", 13, "", FULL},
    {"sqlite", 8, "", READ_ONLY},
    {"sqlite", 3, "", RIGHTS},
    {"sqlite", 14, "", RIGHTS}, /* it cannot be opened */
    {"sqlite", 23, "", RIGHTS},
    {"sqlite", 5, "", LOCKED},
    {"sqlite", 6, "", LOCKED},
    {"sqlite", 1, "", ALTERED},
    {"sqlite", 19, "", ALTERED},
    {"sqlite", 20, "", VALUE},
    {NULL, ANY, "28", LOGIN},
    {NULL, ANY, "08", GONE},
    {NULL, ANY, "HYT", SLOW},
    {NULL, ANY, "40", LOCKED},
    {NULL, ANY, "53100", FULL},
    {NULL, ANY, "25006", READ_ONLY},
    {NULL, ANY, "42501", RIGHTS},
    {NULL, ANY, "3F000", SCHEMA},
    {NULL, ANY, "22", VALUE},
    {NULL, ANY, "23503", IN_USE},
    {NULL, ANY, "2BP01", IN_USE},
    {NULL, ANY, "23", ALTERED},
    {NULL, ANY, "42", ALTERED},
    {NULL, ANY, "", OTHER},
};

int odbc_fault_error(const OdbcDialect *dialect, const OdbcFault *fault, const char *doing, Error *error) {
	size_t i = 0;
	while ((faults[i].dialect && strcmp(faults[i].dialect, dialect->name) != 0) ||
	       (faults[i].native != ANY && faults[i].native != fault->native) ||
	       strncmp(fault->state, faults[i].state, strlen(faults[i].state)) != 0)
		i++;
	Meaning meaning = faults[i].meaning;
	if (strcmp(fault->state, ODBC_STATE_ENDED) == 0)
		return error_field(error, meanings[meaning].code, "target_id", TEXT_NONE, meanings[meaning].rule,
		                   "Run it again; if it happens again, have the operator look at the ODBC driver.",
		                   "the process of the database driver ended while the target had to %s: %s", doing,
		                   fault->message);
	return error_field(error, meanings[meaning].code, "target_id", TEXT_NONE, meanings[meaning].rule,
	                   meanings[meaning].advice, "the target could not %s: %s", doing, fault->message);
}
