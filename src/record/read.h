/* The path out: access, filters, cursors and plans, shared by the files that answer queries. */
#ifndef YIWANG_RECORD_READ_H
#define YIWANG_RECORD_READ_H
#include "record/internal.h"
#include "record/sql.h"
#include <stdatomic.h>

/* --- plans (access.c): what one account may see of one resource, compiled; cached per catalogue generation ------------- */
typedef struct PlanField {
	GrantMode mode; /* GRANT_NONE: as if it were not there */
	bool sensitive; /* L3/L4 shown clear */
	Text json_key;  /* "name": ready to be written */
} PlanField;
typedef struct OneSql {
	const char *one;  /* a statement for one record */
	const char *many; /* PostgreSQL: for many at once, see store_reads_add */
} OneSql;
typedef struct Plan {
	const Resource *resource; /* the plan's own copy: lives as long as the plan */
	int64_t opening_id;       /* the public's plan, see open.h; else 0 */
	int64_t grant_id;         /* 0 = by the base rule (own organisation, or published and unconditional) */
	const PlanField *fields;  /* by position */
	bool sensitive;           /* some L3/L4 field is clear */
	bool mounted;
	Text columns;             /* of the live table, see table_columns */
	int *positions, *numbers; /* the visible fields, and their column numbers (0 = no column yet) */
	int visible;
	Text filter; /* the grant's row filter as SQL from $2 on, and its values */
	const Val *filter_values;
	int filter_count;
	OneSql by_id;          /* SQL: one record */
	OneSql by_key;         /* SQL: one record whose key fields are $<filter_count+2>… as well */
	Text mask_key;         /* salts MASK_HASH */
	_Atomic bool *suspect; /* its SQL failed: its table may be gone */
	const char *about;     /* evidence: {"grant":…,"purpose":…,"clear":[…]} without the closing brace */
} Plan;
/* Decides whether and how rq's party sees the resource: 0, ERR_FORBIDDEN, ERR_GONE. grant is NULL under the base rule. */
int access_plan(Request *rq, const Resource *resource, const Plan **plan, const Grant **grant);
/* What anybody may see, whoever rq's party is: 0, or ERR_NOT_FOUND when the resource is not open (or not published). */
int access_public(Request *rq, int64_t resource_id, const Plan **plan);

/* --- filters (filter.c) ------------------------------------------------------------------------------------------------ */
enum { CONDITIONS_MAX = 40, FILTER_VALUES_MAX = 400, FILTER_IN_MAX = 200 };
typedef struct Filter {
	const Resource *resource;
	Arena *arena;
	Error *error;
	Buf sql; /* " AND …" */
	Val values[FILTER_VALUES_MAX];
	int first, count; /* values[i] is bound as $<first + i> */
	int conditions;
	Buf about; /* "town eq, age gte": for evidence */
} Filter;
void filter_begin(Filter *filter, const Resource *resource, Arena *arena, Error *error, int first_bind);
/* name is "field" or "field.op"; text as in a query string. May the field be used? is the caller's question: filter_field first.
 */
const Field *filter_field(const Resource *resource, Text name, FilterOp *op); /* NULL: no such field or operator */
int filter_add(Filter *filter, const Field *field, FilterOp op, Text text);
/* {"field.op": value | [values]}: 0 or ERR_INVALID naming the member. */
int filter_json(Filter *filter, const json_t *object);

/* --- cursors (cursor.c): where a page ended, signed so that nobody makes one up ---------------------------------------- */
typedef struct Cursor {
	int sort; /* field number, 0 = record id */
	bool descending, nulls;
	Val value; /* of the sort field; NULL in the part without values */
	int64_t record_id;
} Cursor;
char *cursor_text(Request *rq, const Plan *plan, const Cursor *cursor);
int cursor_parse(Request *rq, const Plan *plan, Text text, Cursor *out); /* 0 or ERR_INVALID */

enum { RECORD_ROUTES = 5 };
extern const Route record_routes[RECORD_ROUTES];
/* A statement over a run-time table failed: perhaps because the table was swapped away and dropped. Then the generation moved,
 * and the request runs again (ERR_RETRY); else the code. */
int statement_failed(Request *rq, int code);
/* An answer came from another generation than the request's: ERR_RETRY. */
int moved_on(Request *rq, int64_t generation);
#endif
