/* What the files of this room share and no other room sees. */
#ifndef YIWANG_RECORD_INTERNAL_H
#define YIWANG_RECORD_INTERNAL_H
#include "record/record.h"

/* A stored value as JSON: clear, or masked by the field's mask (key salts MASK_HASH). arena is scratch. */
void value_json(JsonWriter *json, const Field *field, Val value, Arena *arena);
void masked_json(JsonWriter *json, App *app, const Field *field, Val value, Text key, Arena *arena);
/* The same as people read it: what masked_json writes, without the quotes. TEXT_NONE for NULL. */
Text masked_text(App *app, const Field *field, Val value, Text key, Arena *arena);
/* A text as the value of a field: 0, or -1 with *why = what it must be ("must be a whole number…"). */
int field_parse(const Field *field, Text text, Arena *arena, Val *out, const char **why);
/* Checks what accept_part left waiting, and digests the row. */
void accept_rest(Acceptor *acceptor, Arena *arena, Accepted *out);
const Resource *acceptor_resource(const Acceptor *acceptor, Request **rq);
double round_two_digits(double number);
bool val_eq(Val a, Val b);
bool same_key(const Resource *resource, const Val *a, const Val *b);
/* Row values from columns first.. of an open result, by position; texts are copied into arena (NULL = they stay the result's). */
void rows_values(Rows *rows, int first, const Resource *resource, Arena *arena, Val *out);
/* A copy of rq whose failures land in *error: for what may fail and be handled. */
Request request_quiet(const Request *rq, Error *error);

/* --- bookkeeping of run-time tables (tables.c) ------------------------------------------------------------------------------ */
enum { RECORD_MIGRATIONS = 3 };
extern const Migration record_migrations[RECORD_MIGRATIONS];
typedef struct TableState { /* one row a resource in record_table */
	int live_no;        /* 0 = none mounted */
	int64_t clock;      /* rises with every chunk of changes; versions of records come from it */
	int64_t changed;    /* clock of the last change of the live generation */
	int64_t removed;    /* clock of the last removal of records from it */
} TableState;
typedef struct GenerationState { /* one row a run-time table in record_generation */
	bool hidden, live;
	int64_t job_id, ver; /* ver: version of the rows it brings new */
	int resource_version;
} GenerationState;
/* Zeroes when nothing was ever loaded. 0 or a code. */
int table_state(Request *rq, int64_t resource_id, TableState *out);
/* In a write: takes the resource's lock, moves the clock on by `steps`, and notes the change when `changed`. */
int table_tick(Request *rq, int64_t resource_id, int steps, bool changed, TableState *out);
/* In a write, after its tick: records are taken out of the live generation in it. */
int table_removes(Request *rq, int64_t resource_id);
/* 1, 0 none, or a code. */
int generation_state(Request *rq, int64_t resource_id, int generation, GenerationState *out);
int generation_hidden(Request *rq, const Resource *resource, int generation, GenerationState *out);
/* ",1,2,5,": the field numbers a run-time table has columns for. */
int table_columns(Request *rq, int64_t resource_id, int generation, Arena *arena, Text *out);
bool column_listed(Text columns, int field_no);
/* In a write: adds the columns that the resource's fields lack in a generation. */
int table_reshape(Request *rq, const Resource *resource, int generation);
/* Where a resource's records lie: a geometry field, or else a pair of number fields checked as longitude and latitude. */
typedef struct Located {
	int shape, lon, lat; /* positions, -1 = none */
} Located;
bool resource_located(const Resource *resource, Located *out);
/* "g7", "p12,13" by field numbers, or "-": which fields the cells beside a table's rows come from. */
char *located_text(Arena *arena, const Resource *resource);
/* The cell of a row (place/cell.h); NULL of one that lies nowhere. */
Val located_cell(const Resource *resource, const Located *located, const Val *values);
/* A stored number as what it counts; false for NULL. */
bool number_of(const Field *field, Val value, double *out);
typedef struct TableCells { /* of a run-time table */
	bool column;        /* it has the column `cell` */
	bool whole;         /* every row's cell is written, and they are indexed */
	char fields[32];
} TableCells;
int table_cells(Request *rq, int64_t resource_id, int generation, TableCells *out);
/* Chore: writes the cells of tables that were filled before they had any, in portions. */
int cells_chore(Request *rq);
/* In a write: makes `generation` live in the books (0 = none); the one before becomes old. */
int table_mount(Request *rq, int64_t resource_id, int generation);
/* In a write: appends rows to a run-time table, each with its version. The count or a code. arena is scratch. */
typedef struct Insert {
	const Accepted *row;
	int64_t ver;
} Insert;
int64_t table_insert(Request *rq, const Resource *resource, int generation, int64_t job_id, const Insert *rows, size_t count,
                     Arena *arena);
/* One write of a long step: fence, then run. */
int step_write(Request *rq, const GenerationHooks *hooks, int (*run)(Request *w, void *arg), void *arg);
int step_tell(Request *rq, const GenerationHooks *hooks, int64_t done, int64_t total);
#endif
