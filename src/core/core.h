/* core: what every unit of work shares: Request, route rows, modules, actions, settings, jobs, expressions, messages. */
#ifndef YIWANG_CORE_CORE_H
#define YIWANG_CORE_CORE_H
#include "core/permission.h"
#include "net/net.h"
#include "seal/seal.h"
#include "store/store.h"
#include <jansson.h>

typedef struct Request Request;
typedef struct App App; /* the running program: made and driven by app/, see "app" below */

/* --- party: who asks (filled by people/ from a session or an API key) ------------------------------------------ */
typedef enum PartyKind { PARTY_NOBODY, PARTY_PERSON, PARTY_SERVICE, PARTY_SYSTEM } PartyKind;
typedef struct Party {
	PartyKind kind;
	int64_t account_id, org_id;
	uint64_t roles;   /* bits, see people.h */
	uint64_t permits; /* PERMIT_BIT set */
	bool sees_all;    /* data bureau: not limited to its own organisation for catalogue and jobs */
	bool must_change_password;
	char login[64];
	char csrf[44]; /* sessions only */
} Party;
static inline bool party_may(const Party *party, Permission permission) {
	return (party->permits & PERMIT_BIT(permission)) != 0;
}

/* What is wrong with an input, where a call names all of it. */
enum { FAULTS_MAX = 16 };
typedef struct Faults {
	int count;
	Error items[FAULTS_MAX]; /* the first FAULTS_MAX; each ERR_INVALID with field, value, rule, advice */
} Faults;

/* --- routes: one row knows everything -------------------------------------------------------------------------- */
typedef enum Lane {
	LANE_INLINE, /* on the server thread: ≤ 1 ms, waits for nothing, no store */
	LANE_FAST,   /* one indexed read: on the server thread; on PostgreSQL through rq->reads, or on a worker after ERR_LEASE */
	LANE_READ,   /* on a worker with a read connection; may hash passwords, read files, call request_write */
	LANE_WRITE,  /* the handler runs inside one write transaction (see store.h): only Db and the answer */
} Lane;
typedef enum FieldIn { IN_PATH, IN_QUERY, IN_BODY } FieldIn;
typedef enum FieldType { TYPE_TEXT, TYPE_INT, TYPE_ID, TYPE_BOOL, TYPE_TIME, TYPE_ENUM, TYPE_JSON, TYPE_DOUBLE } FieldType;
typedef struct InputField {
	const char *name;
	FieldIn in;
	FieldType type;
	bool required;
	int64_t min, max;    /* numbers: range; texts: length in characters (max 0 = 200); JSON: max bytes (0 = 64 KiB) */
	const char *choices; /* TYPE_ENUM: "draft|review|published" */
	const char *doc;     /* English, one line, with the standard it follows */
} InputField;
typedef struct OutputField {
	const char *name, *type, *doc;
} OutputField; /* type: TypeScript text, e.g. "string", "Job[]" */
typedef enum RouteFlag {
	ROUTE_ANY_QUERY = 1,   /* unlisted query parameters reach the handler (record filters); it refuses unknown ones */
	ROUTE_SPOOL = 2,       /* raw body to a file */
	ROUTE_STREAM = 4,      /* answers with a stream or a file */
	ROUTE_NO_EVIDENCE = 8, /* page furniture: overview counts, own session, static lists: nothing governed is read */
	ROUTE_PERSONAL = 16,   /* look-up by POST: not a state change, no Idempotency-Key */
	ROUTE_OWN_BODY = 32,   /* the handler reads http_body itself (forms, foreign protocols); no body inputs */
} RouteFlag;
typedef struct Route {
	const char *method, *path; /* "/api/v1/resources/{id}" */
	Permission permit;
	Lane lane;
	int (*handler)(Request *rq);
	const char *action;         /* evidence action and operationId: "catalog.publish" */
	const char *doc;            /* English, one sentence */
	const InputField *inputs;   /* ends with a NULL name */
	const OutputField *outputs; /* of the JSON object answered; ends with a NULL name; NULL = none (204) or a stream */
	int64_t body_max;           /* bytes; 0 = 1 MiB */
	unsigned flags;
	/* With the headers, before the first byte of the body, on a server thread with rq->db a reader and no inputs yet; may be
	 * NULL. > 0: at most so many bytes of body; 0: body_max; < 0: refused. */
	int (*head)(Request *rq);
	/* LANE_WRITE: calls db_ahead for what the handler will read first; rq has inputs and db, no party. May be NULL. */
	void (*ahead)(Request *rq);
} Route;

/* --- request ----------------------------------------------------------------------------------------------------- */
struct Request {
	App *app;
	Arena *arena;
	Error *error;      /* never NULL */
	Db *db;            /* reader, or in LANE_WRITE / request_write the write transaction; NULL where reads is set */
	StoreReads *reads; /* LANE_FAST on PostgreSQL: nothing may wait; what the caches lack ends with ERR_LEASE */
	Store *store;
	Party party;
	int64_t now_us;
	HttpCall *call; /* NULL for CLI, jobs, tests */
	const Route *route;
	const struct InputValue *inputs; /* parallel to route->inputs */
	Text any_query;                  /* ROUTE_ANY_QUERY: the raw query */
	int64_t generation;              /* catalogue generation this request runs under */
	/* the answer */
	Buf body;
	JsonWriter json;                      /* into body */
	int status;                           /* 0 = 200 when a body was written, else 204 */
	const char *etag;                     /* may be set by the handler */
	const char *content_type, *file_name; /* for non-JSON answers */
	const char *location, *link;          /* link: other pages of a list (RFC 8288) */
	const char *content_crs;              /* header Content-Crs (OGC API Features part 2), or NULL */
	const char *provenance;               /* who, when, for which grant a file was given: header X-Yiwang-Provenance */
	const char *set_cookie, *set_cookie2; /* values of Set-Cookie headers, or NULL (login and logout) */
	const char *cache_control,
	    *content_policy; /* for what anybody may keep and for pages; NULL = no-store, nothing may run */
	bool any_origin;     /* open data: scripts of any site may read the answer */
	int send_fd;         /* ≥ 0: answer is this file */
	const HttpStream *stream;
	/* evidence: what the dispatcher adds to the entry of this request */
	int64_t about_resource; /* 0 = none */
	int64_t about_subject;  /* record, job, account … id; 0 = none */
	const char *about;      /* short JSON object text (no clear personal values), or NULL */
	int64_t row_count;      /* records given or changed */
	bool sensitive;         /* L3/L4 went out in clear: the answer waits for the disk */
	bool in_write;  /* db is a write transaction: set by request_write and by the dispatcher's LANE_WRITE. Caches then load
	                 * privately (what is seen may yet be rolled back) and the process's known generation stays as it is */
	bool elsewhere; /* on a thread that may wait for other servers: jobs and chores always; a call after its handler returned
	                 * ERR_ELSEWHERE, see request_elsewhere */
	void (*complete)(Request *rq, int result); /* set by the dispatcher where a handler may answer later */
	Faults *faults;                            /* of request_fault, NULL = none */
	/* core's own */
	Db *lease; /* reader to give back in request_end */
	Error own_error;
	struct Request *next_free;
};

typedef struct InputValue {
	bool given;
	union {
		int64_t i;
		double d;
		Text t;
		json_t *j;
	};
} InputValue;
/* By name as declared in the route's row; a name that is not declared is a bug (assert). */
bool in_has(const Request *rq, const char *name);
int64_t in_int(const Request *rq, const char *name); /* INT, ID, BOOL, TIME; 0 when absent */
double in_double(const Request *rq, const char *name);
Text in_text(const Request *rq, const char *name);    /* TEXT_NONE when absent */
char *in_str(const Request *rq, const char *name);    /* NULL when absent */
json_t *in_json(const Request *rq, const char *name); /* borrowed; NULL when absent */
/* "%text%", trimmed and in small letters, for LIKE … ESCAPE '\', its wildcards taken as themselves. */
Val in_like(Request *rq, const char *name);

/* Runs fn in a write transaction and waits (LANE_READ, CLI, jobs; not LANE_WRITE). fn gets a Request like this one with db = the
 * transaction; it may run more than once. */
/* (The Request is rq itself while its thread waits; before each run body, json, status, about… go back to what they were.)
 * >= 0 what fn returned, < 0 failed and rolled back. */
int request_write(Request *rq, int (*fn)(Request *rq, void *arg), void *arg);
/* The same for a chunk of a long job: yields to waiting writers. */
int request_write_bulk(Request *rq, int (*fn)(Request *rq, void *arg), void *arg);
/* A request for work without a caller (CLI, jobs, tests): party is the system's with every permission, login = actor, db = a
 * leased reader (NULL with rq->error set when none is to be had), generation read from it. Free with request_end. */
Request *request_begin(App *app, const char *actor);
/* A blank pooled request for the dispatcher: arena, error, json begun into body, now, party nobody, send_fd -1, generation =
 * app_generation; the caller sets call, route, inputs, db. Free with request_end. */
Request *request_open(App *app);
/* Runs the arena's cleanups, gives the leased reader back and returns rq to the pool. */
void request_end(Request *rq);
/* Clears answer and error so that the work can run again (ERR_RETRY after request_generation). */
void request_rewind(Request *rq);
/* An input is wrong, and more may be: the first becomes rq's error, all are in the answer of a call that fails with ERR_INVALID.
 */
void request_fault(Request *rq, const char *field, const char *rule, const char *message, const char *advice);
/* A handler in LANE_FAST returns REQUEST_PENDING after handing rq to someone (rq->reads) who will call request_complete: once,
 * with the handler's result. */
#define REQUEST_PENDING 1000001
void request_complete(Request *rq, int result);
/* Before anything that waits for another server (a supplier's database): 0 where that may be done, else ERR_ELSEWHERE, which the
 * handler returns: the dispatcher runs it again from the start on threads kept for that, so that a slow server holds up nobody
 * who does not ask it. */
int request_elsewhere(Request *rq);
/* http://host without a slash at the end, as the caller asked for it where that is a name of this server (setting server.names),
 * else the address that was reached. */
const char *request_base_url(Request *rq);
/* Compact text of json in rq's arena; "null" for NULL. json stays the caller's. */
const char *json_as_text(Request *rq, const json_t *json);
/* rq->about: json, which is taken. */
void about_json(Request *rq, json_t *json);
/* rows a page: in_int "limit" where declared and given, else 50. */
int in_limit(const Request *rq);
/* fail(rq, ERR_CONFLICT, "…"): records and returns the code. */
#undef fail /* cmocka has one: tests include it first, and use _fail(__FILE__, __LINE__) for its own */
#define fail(rq, code, ...) error_set((rq)->error, (code), __VA_ARGS__)

/* --- results as answers: {"items": […], "next": cursor or null}, the form of every list ----------------------------- */
/* A column as a member of an object, from column 0 on; a table ends with a NULL name. NULL is null; so is 0 of ID and TIME. */
typedef enum MemberKind {
	MEMBER_TEXT,
	MEMBER_INT,
	MEMBER_DOUBLE,
	MEMBER_ID,
	MEMBER_BOOL,
	MEMBER_TIME, /* UTC µs */
	MEMBER_DAY,  /* days since 1970-01-01 */
	MEMBER_JSON, /* kept as JSON text */
} MemberKind;
typedef struct Member {
	const char *name;
	MemberKind kind;
} Member;
/* Members of the object that is open in rq->json. */
void row_members(Request *rq, Rows *rows, const Member *members);
/* The same, a few rows as an array under a key of it. 0 or a code. */
int answer_under(Request *rq, const char *key, const Member *members, const char *sql, const Val *args, size_t count);
/* A list's statement with what is asked for. In sql, the piece from "if $4" to "end", each written as an SQL comment without
 * spaces around, stays when args[3] is not NULL; pieces nest. The values left are numbered anew; LIMIT $n is written out, raised
 * to the next of few sizes of a page. So one text says every condition (tools/check-sql.py checks it with all and with none), and
 * the planner of either engine sees those that count. The answer is in rq's arena. */
typedef struct AskedSql {
	const char *sql;
	const Val *args;
	size_t count;
} AskedSql;
AskedSql asked_sql(const Request *rq, const char *sql, const Val *args, size_t count);
/* The same for what reads much of a table: PostgreSQL may plan for the values. */
AskedSql asked_seen(const Request *rq, const char *sql, const Val *args, size_t count);
#define ASKED(asked) (asked).sql, (asked).args, (asked).count
/* An input, or NULL when it was left out, is empty or 0. */
Val asked_text(const Request *rq, const char *name);
Val asked_int(const Request *rq, const char *name);
Val asked_like(Request *rq, const char *name);     /* see in_like */
typedef int (*RowWriter)(Request *rq, Rows *rows); /* one element of items; 0, or a code that ends the answer */
/* At most `limit` rows of a query that asks for one more; column 0 is the cursor (an id). limit 0: all rows, no next page. Counts
 * them in rq->row_count. 0 or a code. */
int answer_rows(Request *rq, int limit, RowWriter write, const char *sql, const Val *args, size_t count);
/* The same by a table of members, whose first is the cursor. */
int answer_page(Request *rq, int limit, const Member *members, const char *sql, const Val *args, size_t count);
/* All rows by a table of members. */
int answer_list(Request *rq, const Member *members, const char *sql, const Val *args, size_t count);
/* A file's name is shown and recorded, never used as a path: 0, or ERR_INVALID rule file_name (see file_name_good). */
int file_name_check(Request *rq, const char *field, Text name);
/* The id in a route's path. */
#define ID_PATH(what)                                                                                                            \
	{ .name = "id", .in = IN_PATH, .type = TYPE_ID, .required = true, .min = 1, .doc = what }
#define ONE_PAGE                                                                                                                 \
	{ "next", "null", "there is one page" }
/* What the rows of a page name by id (resources, accounts), looked up once each before the page's rows are open. */
typedef struct LookUps {
	int count;
	int64_t ids[201]; /* a page has at most 200 rows, and asks for one more */
	const void *found[201];
} LookUps;
void look_up_want(LookUps *wanted, int64_t id);
void look_up_all(Request *rq, LookUps *wanted, const void *(*find)(Request *rq, int64_t id));
const void *look_up_found(const LookUps *wanted, int64_t id); /* NULL when there is none */
/* Ends an answer whose items the caller wrote into {"items": [; next 0 = none. */
void answer_rows_end(Request *rq, int64_t next);
/* --- workbooks (XLSX, by libxlsxwriter): one look of all of them. One request's thread. ------------------------------ */
enum { BOOK_ROWS_MAX = 100000 /* of a sheet that is made for an answer */, BOOK_TEXT_MAX = 32767 /* characters of a cell */ };
/* How a column's cells are kept and shown. Ids and codes are texts: a spreadsheet keeps 15 digits, and no leading zero. */
typedef enum CellKind {
	CELL_TEXT,
	CELL_ID,     /* a number that names something, as text; 0: empty */
	CELL_NUMBER, /* as it is */
	CELL_COUNT,  /* 1,234 */
	CELL_POINTS, /* 87.50 */
	CELL_SCORE,  /* 87.5 */
	CELL_SHARE,  /* 0.875 as 87.5% */
	CELL_DAY,    /* days since 1970-01-01, as a date */
	CELL_TIME,   /* UTC µs, as date and time in Asia/Shanghai; 0: empty */
	CELL_BOOL,   /* yes or no in words */
	CELL_KINDS
} CellKind;
/* What the field calls the values that are kept as short keys; a table ends with a NULL key. */
typedef struct BookWord {
	const char *key, *zh, *en;
} BookWord;
const char *book_word(Arena *arena, const BookWord *words, Text key,
                      bool english);                        /* a copy of the key when it is none of them */
const char *book_word_key(const BookWord *words, Text any); /* of a key or a word for it; NULL */

/* A workbook at a path of the caller's. Written row by row, in little memory. */
typedef struct Book {
	Arena *arena;
	struct lxw_workbook *file;
	struct lxw_format *head, *kinds[CELL_KINDS];
	bool english; /* headings and words, as the caller asked: request_english */
} Book;
int book_open(Request *rq, const char *path, Book *out);
int book_close(Request *rq, Book *book); /* the file is whole at its path; ERR_FULL, ERR_IO */
/* One sheet, begun after the one before it is ended. Headings first (frozen, with a filter), then rows in their order. Texts are
 * text cells, which no spreadsheet runs as formulas. */
typedef struct BookSheet {
	const Book *book;
	struct lxw_worksheet *page;
	Arena *arena; /* texts of cells; the caller may reset it between rows */
	uint32_t row;
	uint16_t column; /* of the next cell */
	uint16_t columns;
} BookSheet;
BookSheet book_sheet(const Book *book, const char *name, int frozen); /* columns that stay while one scrolls */
void book_head(BookSheet *sheet, const char *title, int width, CellKind kind);
void book_row(BookSheet *sheet);
/* The next cell; format NULL: its column's own. false: the text is longer than a cell holds. */
bool book_text(BookSheet *sheet, const char *text, struct lxw_format *format);
void book_number(BookSheet *sheet, CellKind kind, double value); /* NAN: empty */
void book_integer(BookSheet *sheet, CellKind kind, int64_t value);
void book_sheet_end(BookSheet *sheet);
/* What a workbook is, for whoever opens it later: a sheet of names and what they are, text NULL: left out. */
typedef struct BookNote {
	const char *name, *text;
} BookNote;
const char *book_time(Arena *arena, int64_t us); /* "2026-05-31 09:30:00" in Asia/Shanghai; NULL for 0 */
void book_notes(const Book *book, const BookNote *notes, size_t count);

/* The rows of a query as a sheet. */
typedef struct BookColumn {
	int column; /* of the query; POINTS are kept in hundredths, below 0: none */
	CellKind kind;
	int width; /* characters */
	const char *title, *title_en;
	const BookWord *words;                       /* TEXT: what its keys are called, or NULL */
	const char *(*say)(Request *rq, Rows *rows); /* TEXT: in other words than the column's own, or NULL */
} BookColumn;                                        /* a table ends with a NULL title */
int book_query(Request *rq, const Book *book, const char *name, const BookColumn *columns, const char *sql, const Val *args,
               size_t count);

/* An answer that is a workbook in a file of spool/: begin, sheets, send (also after a failure: it cleans up). LANE_READ,
 * ROUTE_STREAM. The file's name is without its ending. */
typedef struct AnswerBook {
	Book book;
	const char *path;
} AnswerBook;
int answer_book(Request *rq, AnswerBook *out);
int answer_book_send(Request *rq, AnswerBook *answer, const char *name, int code);

/* --- modules, actions --------------------------------------------------------------------------------------------- */
typedef int (*ActionFn)(Request *rq, void *arg);
typedef struct Action {
	const char *name;
	ActionFn run;
} Action;
typedef struct Job Job;
typedef struct JobKind {
	const char *name;                  /* "exchange.load" */
	int (*run)(Request *rq, Job *job); /* on a job thread with a read connection; 0 = done, <0 = failed or cancelled */
	bool changes;                      /* the records of its resource: see job_alone */
} JobKind;
typedef struct Setting {
	const char *name, *value, *doc; /* default value as text */
	int64_t min, max;               /* numbers; both 0 = text */
	bool (*good)(Text value);       /* texts: whether it may be set, or NULL */
	const char *advice;             /* what to write instead, with good */
	int (*changed)(Request *rq);    /* in the write that changes it, or NULL */
} Setting;
/* Housekeeping: removes what has no meaning any more, never evidence or quarantine. */
typedef struct Chore {
	const char *name;        /* "exchange.uploads" */
	int minutes;             /* from its end to its next run, over all processes */
	int (*run)(Request *rq); /* one small portion (see chore_portion): 1 there may be more, 0 all done, <0 failed */
	bool everywhere;         /* about this process's own folder: each process does it for itself, without the lease */
} Chore;
typedef struct Command { /* CLI */
	const char *name, *usage, *doc;
	int (*run)(int argc, char **argv); /* exit status 0 ok, 1 failed, 2 misused */
} Command;
typedef struct Module {
	const char *name;
	const Route *routes;
	size_t route_count;
	const Migration *migrations;
	size_t migration_count;
	const Action *actions;
	size_t action_count;
	const JobKind *jobs;
	size_t job_count;
	const Setting *settings;
	size_t setting_count;
	const Chore *chores;
	size_t chore_count;
	int (*start)(App *app, Error *error); /* after migrations, in list order; may be NULL */
	void (*stop)(App *app);               /* reverse order */
} Module;
/* A module's rows and their number: ROWS_OF(route, routes). */
#define ROWS_OF(member, array) .member##s = (array), .member##_count = sizeof(array) / sizeof *(array)
int action_run(Request *rq, const char *name, void *arg); /* ERR_INTERNAL when no room registered it */
bool action_known(App *app, const char *name);
/* arg of the action "resource.name" (registered by catalog): name is set in rq->arena, NULL when unknown. */
typedef struct ResourceName {
	int64_t resource_id;
	const char *name;
} ResourceName;
/* arg of the action "account.name" (registered by people): the same for an account, by id, or by login when that is given. */
typedef struct AccountName {
	int64_t account_id;
	const char *login, *name;
} AccountName;

/* --- settings: table setting over the modules' default rows; cached per generation ------------------------------------------ */
/* The value in force, held by rq's arena; the default when none was set. A name no module declares is a bug (assert). */
const char *setting_text(Request *rq, const char *name);
int64_t setting_int(Request *rq, const char *name);
int64_t setting_version(Request *rq, const char *name); /* 0: the default, never set */
/* In a write: checks the row's type and range (ERR_INVALID), the version (0 = never set; ERR_CONFLICT), stores, bumps the
 * generation. ERR_NOT_FOUND for an unknown name. */
int setting_set(Request *rq, Text name, Text value, int64_t version);
/* Writes [{name,value,default,doc,min,max,version},…] as one JSON array into rq->json. */
int setting_list(Request *rq);

/* --- app: the running program, driven by app/ (main, dispatcher, CLI) and by tests ------------------------------------- */
/* modules: in start order, bottom room first, &core_module among them; the array and its rows must outlive the App. Reads
 * DIR/keys/secret.bin (made by app_secret_create at init). The store stays the caller's. Two rows of one name (action, setting,
 * job kind) or a route without handler, doc or action are refused. 0, ERR_NOT_FOUND (no secret), ERR_IO, ERR_INTERNAL. */
int app_create(App **out, const char *dir, Store *store, const Module *const *modules, size_t count, Error *error);
/* Migrations (store's, then each module's), store_join, generation, each module's start in order; with `jobs` also the job
 * threads and chores (serve: yes; short CLI commands: no). When one fails, those already started are stopped again. */
int app_start(App *app, bool jobs, Error *error);
/* Job threads first (running jobs are asked to stop and go back to the queue), then modules in reverse order. */
void app_stop(App *app);
void app_free(App *app);
/* Makes DIR/keys (0700) and DIR/keys/secret.bin (16 random bytes, 0600); ERR_CONFLICT when there is one. */
int app_secret_create(const char *dir, Error *error);
size_t app_modules(const App *app, const Module *const **out);
extern const Module core_module; /* jobs' routes and table, settings' table */
/* A room's own object hung on the App by name (e.g. evidence's streams). */
void *app_part(App *app, const char *name);
void app_part_set(App *app, const char *name, void *part);
Store *app_store(App *app);
const char *app_dir(App *app);       /* state directory */
const uint8_t *app_secret(App *app); /* 16-byte installation key for siphash64 */
char *app_path(Arena *arena, App *app, const char *relative);
/* Whether a path is the state directory or below it: keys and evidence are no place for other people's files. */
bool app_holds(App *app, const char *path);

/* --- caches: immutable objects loaded from the store, valid for one generation -------------------------------------- */
typedef struct CacheKind {
	const char *name;
	/* Builds the object for key in arena (which then lives with the object): 0, ERR_NOT_FOUND or another code. */
	int (*load)(Request *rq, Text key, Arena *arena, void **object);
	int max; /* objects kept; 0 = 10,000 */
} CacheKind;
/* The object as of rq->generation (or newer); held until rq's arena goes. Misses are cached too (ERR_NOT_FOUND, no message is
 * recorded: the caller words it). One load a key at a time; others wait for it. 0 or a code. */
int cache_get(Request *rq, const CacheKind *kind, Text key, const void **object);
/* Called when an answer's generation column differs from rq->generation: moves rq (and, outside writes, the process) to it.
 * A handler that finds a mismatch calls this and returns ERR_RETRY: the dispatcher rewinds and runs authenticate → authorise →
 * handler again (at most 3 times, then ERR_BUSY), so that a revoked key, role, grant or mask is never stale. */
void request_generation(Request *rq, int64_t generation);
/* One indexed read on rq->db: moves rq to the store's generation. 1 it had moved, 0 it had not, < 0 failed. Authenticating
 * does it in LANE_READ and LANE_WRITE (there inside the transaction); LANE_FAST handlers check by their own SELECT. */
int request_generation_check(Request *rq);
/* The newest generation this process has seen committed. */
int64_t app_generation(const App *app);

/* --- jobs ------------------------------------------------------------------------------------------------------------ */
typedef enum JobState { JOB_QUEUED, JOB_RUNNING, JOB_RECONCILED, JOB_FAILED, JOB_CANCELLED } JobState;
const char *job_state_name(JobState state); /* "queued" "running" "reconciled" "failed" "cancelled" */
struct Job {
	int64_t job_id, resource_id, org_id, created_by;
	const char *kind;
	json_t *args;       /* as given at creation */
	json_t *checkpoint; /* last committed one, {} at first: a run begins from it */
	int attempt;        /* 1 on the first run; more after a take-over or resume */
	struct JobRun *run; /* core's own */
};
/* In a write: a queued job; args is copied. Returns its id through out. */
int job_create(Request *rq, const char *kind, int64_t resource_id, int64_t org_id, const json_t *args, int64_t *out);
/* The same for one that waits for a server outside: the id of its target or source. Those of the same run one after another, and
 * all of them leave a runner to the other jobs. */
int job_create_outside(Request *rq, const char *kind, int64_t resource_id, int64_t org_id, const json_t *args, int64_t outside,
                       int64_t *out);
/* In a write, before a job that changes a resource's records is made or resumed: 0, or ERR_CONFLICT while another one is queued
 * or running; none begins before the write ends. */
int job_alone(Request *rq, int64_t resource_id);
/* Progress as people see it (rate-limited to 2/s except at stage changes): total -1 = not known. ERR_CANCELLED when asked to
 * stop, ERR_GONE when another process took the job over. */
int job_progress(Request *rq, Job *job, const char *stage, int64_t done, int64_t total);
int job_note(Request *rq, Job *job, const char *message); /* one of the last messages shown */
/* In the same write as a chunk's effects: the checkpoint, fenced by this run's lease epoch (ERR_GONE when taken over). */
int job_checkpoint(Request *rq, Job *job, json_t *checkpoint);
/* In a write: final state with a result document; run() must have called it (JOB_RECONCILED) before returning 0. */
int job_finish(Request *rq, Job *job, JobState state, const json_t *result);
/* One job as the API shows it (api: Job), written as one JSON object into rq->json; the party's right to see it is checked
 * (it began the job, or may read or run those of the job's organisation): 0, ERR_NOT_FOUND (also for jobs it may not see). */
int job_read(Request *rq, int64_t job_id);
/* In a write, the party's right to load is the route's; the job must be its organisation's (or it sees all). ERR_CONFLICT in a
 * wrong state. */
int job_cancel(Request *rq, int64_t job_id);
int job_resume(Request *rq, int64_t job_id);

/* --- timetables: when something runs by itself, in the time of Asia/Shanghai ------------------------------------------------ */
typedef struct Timetable {
	const char *kind; /* "manual" "hours" "daily" "weekly" "monthly" */
	int64_t every_hours;
	const char *weekdays; /* "[1,3,5]": 1 Monday … 7 Sunday, as they are kept and answered; "[]" when not weekly */
	int64_t month_day;    /* 1 … 31; in a shorter month its last day */
	int64_t daily_minute;
} Timetable;
/* When it has it run next after that time; 0 = never by itself. */
int64_t timetable_next(const Timetable *timetable, int64_t after_us);
/* What a route takes and tells of it; kept in columns of these names. */
#define TIMETABLE_TYPE "\"manual\"|\"hours\"|\"daily\"|\"weekly\"|\"monthly\""
#define TIMETABLE_INPUTS                                                                                                         \
	{"timetable", IN_BODY, TYPE_ENUM, .choices = "manual|hours|daily|weekly|monthly",                                        \
	 .doc = "when it runs by itself; manual, also when left out: never"},                                                    \
	    {"every_hours", IN_BODY, TYPE_INT, .min = 1, .max = 720, .doc = "timetable hours: every how many"},                  \
	    {"weekdays", IN_BODY, TYPE_JSON, .max = 100, .doc = "timetable weekly: [1, 3]: 1 Monday to 7 Sunday"},               \
	    {"month_day", IN_BODY,   TYPE_INT,                                                                                   \
	     .min = 1,    .max = 31, .doc = "timetable monthly: day of the month; the last one of a month that is shorter"},     \
	{                                                                                                                        \
		"daily_minute", IN_BODY, TYPE_INT, .min = 0, .max = 1439,                                                        \
		                                   .doc = "timetable daily, weekly, monthly: minute of the day, Asia/Shanghai"   \
	}
#define TIMETABLE_OUTPUTS                                                                                                        \
	{"timetable", TIMETABLE_TYPE, "when it runs by itself"}, {"every_hours", "number", "0 when not by hours"},               \
	    {"weekdays", "number[]", "weekly: 1 Monday to 7 Sunday; else none"},                                                 \
	    {"month_day", "number", "monthly: its day, or the last one of a shorter month; else 0"},                             \
	    {"daily_minute", "number", "minute of the day, Asia/Shanghai"}, {                                                    \
		"next_at", "string | null", "next run by the timetable"                                                          \
	}
/* 0 or ERR_INVALID. In rq's arena. */
int timetable_take(Request *rq, Timetable *out);

/* --- chores: see Chore ------------------------------------------------------------------------------------------------------ */
enum { CHORE_ROWS = 1000 };
/* Runs sql ($1 = before_us, $2 = CHORE_ROWS: how many rows at most) in a write of its own that yields to others: 1 when it
 * changed that many, 0 fewer, <0. */
int chore_portion(Request *rq, int64_t before_us, const char *sql);
/* The time that many days ago, by a setting. */
int64_t days_before(Request *rq, const char *setting);
/* Runs those that are due, one process at a time; `only` (or NULL) names one to run now, due or not. The number done to their end
 * here (0 when another process is at it), or the code of the last that failed. Serving processes do it by themselves. */
int chores_run(App *app, const char *only);

/* --- expressions (Lua 5.4, caged) -------------------------------------------------------------------------------------- */
/* One expression over named fields, e.g. "end_date >= start_date". Compiled once per thread; no loops over 100k instructions, 1
 * MiB, no pattern functions, rep, format, load. Values: NULL → nil, numbers, texts; dates as "YYYY-MM-DD". */
typedef struct Expression Expression;
int expression_compile(Arena *arena, Text source, const char *const *names, int name_count, Expression **out, Error *error);
/* 1 true, 0 false or nil, <0 failed (error says why). Thread-safe: each thread keeps its own state. */
int expression_test(Expression *expression, const Val *values, Error *error);
/* The same for a number: 1 with *out, 0 when it has none (nil, 0/0, an infinity), <0 failed or not a number. */
int expression_number(Expression *expression, const Val *values, double *out, Error *error);
/* Functions an expression may call: abs floor min max (also as math.abs …) and len(text) in characters. A missing value is nil:
 * comparing it fails, so write "end_date == nil or end_date >= start_date". Source ≤ 4 KiB, at most 200 of the names used in it.
 */

/* --- messages --------------------------------------------------------------------------------------------------------- */
/* The Chinese text of an English message template or rule name for screens; the English itself when none is known. */
const char *message_zh(const char *english);
/* The same for a finished sentence: also matches templates whose {1}…{4} stand for any text, which goes over into the Chinese. In
 * arena. */
const char *message_translate(Arena *arena, const char *message);
/* Whether an Accept-Language header prefers Chinese to English (none: no). */
bool language_chinese(Text accept_language);
/* Whether rq's caller prefers English to Chinese: files are Chinese for who says nothing. Then one of two texts by it. */
bool request_english(const Request *rq);
const char *request_say(const Request *rq, const char *chinese, const char *english);
/* A message in the language of rq's caller, in rq's arena; the English itself without a call. NULL stays NULL. */
const char *message_say(Request *rq, const char *english);
/* The same for what is kept as JSON: members message, advice and text of an object, or of each object of an array. */
void message_say_members(Request *rq, json_t *value);
#endif
