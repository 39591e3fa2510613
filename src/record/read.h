/* The path out: access, filters, cursors and plans, shared by the files that answer queries. */
#ifndef YIWANG_RECORD_READ_H
#define YIWANG_RECORD_READ_H
#include "record/internal.h"
#include "record/sql.h"
#include "place/place.h"
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
	const KeeperCondition *conditions; /* the same for a keeper */
	int condition_count;
	bool hashed_order;     /* proxied: the key is not clear, so its order must not show either */
	OneSql by_id;          /* SQL: one record */
	OneSql by_key;         /* SQL: one record whose key fields are $<filter_count+2>… as well */
	Text mask_key;         /* salts MASK_HASH */
	_Atomic bool *suspect; /* its SQL failed: its table may be gone */
	const char *about;     /* evidence: {"grant":…,"purpose":…,"clear":[…]} without the closing brace */
} Plan;
/* Decides whether and how rq's party sees the resource by that way: 0, ERR_FORBIDDEN, ERR_GONE. grant is NULL under the base
 * rule. */
int access_plan(Request *rq, const Resource *resource, Way way, const Plan **plan, const Grant **grant);
/* What anybody may see, whoever rq's party is: 0, or ERR_NOT_FOUND when the resource is not open (or not published). */
int access_public(Request *rq, int64_t resource_id, const Plan **plan);
/* The mark of open.h's OpenRow. */
int64_t open_mark(Request *rq, int64_t resource_id, int64_t record);

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
	KeeperCondition list[CONDITIONS_MAX]; /* the same conditions, for a keeper */
	Buf about;                            /* "town eq, age gte": for evidence */
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
	Val key[8]; /* proxied: instead of the record id, values of the key, or one hash where the reader does not see it clear */
	int key_count;
} Cursor;
char *cursor_text(Request *rq, const Plan *plan, const Cursor *cursor);
int cursor_parse(Request *rq, const Plan *plan, Text text, Cursor *out); /* 0 or ERR_INVALID */

/* --- answers (query.c, page.c) ----------------------------------------------------------------------------------------- */
typedef struct Target {
	const Resource *resource;
	const Plan *plan;
	const Grant *grant; /* NULL under the base rule */
} Target;
/* One record as an element of an answer; values[i] is that of positions[i]. */
void record_json(Request *rq, const Plan *plan, int64_t record, int64_t ver, const Val *values, const int *positions, int count);
void tell_evidence(Request *rq, const Plan *plan, const char *how, int64_t rows);
int use_quota(Request *rq, const Target *target, int64_t rows);
int not_found(Request *rq);
/* ERR_INVALID: a field shown masked is used to "filter", "sort" … */
int masked_field(Request *rq, const Field *field);
int open_target(Request *rq, Target *out);
/* The route needs no login: whoever calls is answered as anybody, so with what is opened alone. */
static inline bool asked_openly(const Request *rq) {
	return rq->route && rq->route->permit == PERMIT_OPEN;
}
/* Binds record and row filter: how many. */
int bind_filter(const Plan *plan, int64_t record, Val *binds);
Val column_value(Rows *rows, int column, const Field *field);
enum { SYSTEM_SHOWN = 3 /* generation, rid, ver */ };
int record_list(Request *rq);

typedef struct Page {
	Target target;
	int *positions, *columns; /* shown fields and their columns, then the sort column */
	int shown;
	const Field *sort; /* NULL: by record id */
	int sort_position;
	bool descending, nulls; /* nulls: the rows without a sort value are being read */
	Filter *filter;
	Cursor cursor; /* where the page before ended */
	bool after;
	int limit, written;
	bool more;
	Cursor last; /* the last row written */
} Page;

/* The fields named by the input "fields", else all that the plan shows: positions, and how many. */
int query_fields(Request *rq, const Plan *plan, int *positions);
/* Filters of the query string: what is no input of the route must be a field the plan shows clear. */
int query_filter(Request *rq, const Plan *plan, Filter **out);

/* --- records by where they lie (located.c) ------------------------------------------------------------------------------- */
typedef struct Finding { /* one reader's question to one located resource, over one snapshot */
	Request *rq;
	Target target;
	Located located;
	bool heap;       /* rows in any order, so in the quickest: no paging then */
	bool prepared;   /* false: the cells of a table from before are still being written */
	int64_t changed; /* rises with each change of the resource's records */
	int64_t removed; /* the change that last took records out of a table */
	TableCells cells;
	Filter *filter;
	int *positions, *columns; /* the place first (a shape, or longitude and latitude), then what else is read */
	int count, place;         /* of them; place: 1 or 2 */
} Finding;
/* Opens the input "resource" over a snapshot: 0, ERR_FORBIDDEN (no grant, or the place is not given clear), ERR_CONFLICT (not
 * located, proxied), ERR_RETRY. Takes the filters of the query string. */
int finding_open(Request *rq, Finding *out);
/* A snapshot of this request's generation: 0, ERR_RETRY or a code; then the same of one of several resources in it. */
int finding_snapshot(Request *rq);
int finding_of(Request *rq, const Target *target, Finding *out);
/* Whether the reader sees where the records lie. */
bool finding_clear(const Plan *plan, Located *out);
/* What else is read of each row: of `positions` those that are clear and no shapes, at most `most`. */
void finding_choose(Finding *finding, const int *positions, int count, int most);
/* values: of finding->positions, valid during the call. > 0 ends the reading, < 0 fails. */
typedef int (*FoundFn)(void *arg, int64_t record, int64_t cell, const Val *values);
/* Rows of the ranges after (cell, record id), in that order, at most limit. How many, or a code. */
int64_t finding_rows(Finding *finding, const CellRange *ranges, int count, int64_t after_cell, int64_t after, int64_t limit,
                     FoundFn found, void *arg);
/* Groups of cell / size in a range. */
typedef int (*ClusterFn)(void *arg, int64_t least, int64_t greatest, int64_t rows);
int finding_clusters(Finding *finding, CellRange range, int64_t size, ClusterFn found, void *arg);
/* The number of a field's column, 0 = none yet. */
int finding_column(const Finding *finding, int position);
/* Binds first as $1, then the filters of grant and reader: how many, and their SQL. */
int finding_bind(const Finding *finding, int64_t first, Val *binds, Text *extra);
/* Names of a row. Departments see its record id, in tiles without its last nine bits (readers in JavaScript keep 53); the public
 * sees what tells nothing of it: a locked pair, and in tiles the mark of open_read. */
const char *finding_name(const Finding *finding, int64_t record);
bool finding_named(const Finding *finding, Text name, int64_t *record);
uint64_t finding_mark(const Finding *finding, int64_t record);
/* Longitude and latitude of a row whose place is a pair. */
bool finding_point(const Finding *finding, const Val *values, double *lon, double *lat);

/* --- points kept in memory (sheets.c) ------------------------------------------------------------------------------------ */
typedef struct SheetRow {
	int64_t record, cell;
	double x, y;       /* of the unit square, see mercator_of */
	uint32_t values[]; /* by column: the value's number, 0 = NULL */
} SheetRow;
typedef struct Sheet Sheet;
typedef struct Sieve {
	int column;
	bool *passes; /* by the value's number */
} Sieve;
typedef struct SheetReading { /* one reader's rows of a range */
	const Sheet *sheet;
	CellRange range;
	int *columns; /* by place in finding->positions; -1: no row has a value */
	Sieve sieves[2 * CONDITIONS_MAX];
	int sieve_count;
	int64_t at;
} SheetReading;
/* The rows of the range at the finding's snapshot, as its grant and filters let them through: 1, 0 when they are not kept in
 * memory (read them from the store), or a code. */
int sheet_open(Finding *finding, CellRange range, SheetReading *out);
/* NULL at the end. Rows in any order. */
const SheetRow *sheet_next(SheetReading *reading);
/* Of finding->positions[i]: how many numbers values have (0 to that), the number in a row, and a value. */
uint32_t sheet_values(const SheetReading *reading, int i);
static inline uint32_t sheet_number(const SheetReading *reading, const SheetRow *row, int i) {
	return reading->columns[i] < 0 ? 0 : row->values[reading->columns[i]];
}
Val sheet_value(const SheetReading *reading, int i, uint32_t number);
int sheets_start(App *app, Error *error);
void sheets_stop(App *app);

/* --- records that stay at the supplier (proxied.c) ---------------------------------------------------------------------- */
typedef struct Proxied {
	Request *rq;
	const Plan *plan;
	KeeperRead read;
	Arena *scratch;    /* of the present row */
	Val *values;       /* of the present row, by position in resource->fields */
	int64_t record_id; /* of the present row */
	Text mark;         /* its hash, when ordered by one */
	bool open;
} Proxied;
/* Begins a read of the plan's rows, with `more` conditions. ask: order, place and limit. Closed with rq's arena at the latest. */
int proxied_open(Request *rq, const Plan *plan, const KeeperRead *ask, const KeeperCondition *more, int more_count,
                 Proxied **out);
/* 1, 0, or a code: a value that is not of its field's kind is refused, named, and never shown. */
int proxied_next(Proxied *rows);
void proxied_close(Proxied *rows);
/* How many rows the plan shows now. */
int proxied_size(Request *rq, const Plan *plan, int64_t *out);
/* One record by its key: values by position. */
int proxied_one(Request *rq, const Target *target, const Val *key, const char *how, bool probing);
/* One part of a page, as page.c does it for stored records. */
int proxied_page(Request *rq, Page *page, bool nulls);
/* Whether the supplier answers, with values that fit. */
int proxied_probe(Request *rq, const Plan *plan);

/* --- tiles (tiles.c) ------------------------------------------------------------------------------------------------------ */
typedef enum TileGrid { TILES_MERCATOR, TILES_DEGREES } TileGrid; /* WebMercatorQuad, WorldCRS84Quad */
int tile_answer(Request *rq, TileGrid grid);
int record_tile(Request *rq);
/* Thousandths of a call that the request counts as against the limit of its address (ogc_items.c). */
int items_share(const Request *rq);
/* OGC API and the map's layers (ogc.c), a module of its own: its routes stand beside record's. */
enum { FEATURE_ROUTES = 30, STYLE_ROUTES = 2, MAP_MIGRATIONS = 1 };
extern const Route feature_routes[FEATURE_ROUTES], style_routes[STYLE_ROUTES];
extern const Migration map_migrations[MAP_MIGRATIONS];

enum { RECORD_ROUTES = 6 };
extern const Route record_routes[RECORD_ROUTES];
/* A statement over a run-time table failed: perhaps because the table was swapped away and dropped. Then the generation moved,
 * and the request runs again (ERR_RETRY); else the code. */
int statement_failed(Request *rq, int code);
/* An answer came from another generation than the request's: ERR_RETRY. */
int moved_on(Request *rq, int64_t generation);
#endif
