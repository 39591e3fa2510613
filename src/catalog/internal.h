/* What the files of this room share: problems, documents, entries. */
#ifndef YIWANG_CATALOG_INTERNAL_H
#define YIWANG_CATALOG_INTERNAL_H
#include "catalog/divisions.h"

/* --- problems: everything that is wrong with a document, in one go ------------------------------------------------------ */
enum { PROBLEMS_MAX = 200 };
typedef struct Problem {
	const char *path, *rule, *message, *advice;
} Problem;
typedef struct Problems {
	Arena *arena;
	Problem *items;
	int count; /* at most PROBLEMS_MAX; the rest is not listed */
} Problems;
void problems_begin(Problems *problems, Arena *arena);
/* path, rule and advice are literals or in the arena; the message is formatted. */
void problem_add(Problems *problems, const char *path, const char *rule, const char *advice, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void problems_write(Request *rq, const Problems *problems); /* into rq->json, in the language of the caller */
/* ERR_INVALID naming the first problem and how many there are; 0 when there are none. */
int problems_fail(Request *rq, const Problems *problems);

/* --- shape: keys and types of a JSON object, as rows --------------------------------------------------------------------- */
typedef enum ShapeType { SHAPE_TEXT, SHAPE_INT, SHAPE_NUMBER, SHAPE_BOOL, SHAPE_TEXTS, SHAPE_LIST, SHAPE_OBJECT } ShapeType;
typedef struct ShapeKey {
	const char *name;
	ShapeType type;
	int required;        /* 1 = must be there (and not empty) whenever the shape is checked */
	int64_t min, max;    /* texts: characters (max 0 = 200); numbers: range; lists: entries (max 0 = 100) */
	const char *choices; /* "a|b|c" for texts (of lists too); NULL = any */
	const char *title;   /* Chinese name, for differences and messages */
} ShapeKey;                  /* a table ends with a NULL name */
/* Adds a problem for each unknown, missing or ill-typed key. path is "" at the top. */
void shape_check(Problems *problems, const char *path, const json_t *object, const ShapeKey *keys);
const char *shape_title(const ShapeKey *keys, const char *name); /* the name itself when there is none */

Text js_text(const json_t *object, const char *key);                     /* TEXT("") when absent; borrowed */
const char *js_str(Arena *arena, const json_t *object, const char *key); /* "" when absent; copied */
int64_t js_int(const json_t *object, const char *key, int64_t absent);
double js_double(const json_t *object, const char *key);
bool js_bool(const json_t *object, const char *key);
json_t *json_in(Arena *arena, json_t *json);                /* decref with the arena; returns json */
const char *json_text_in(Arena *arena, const json_t *json); /* compact text */
json_t *json_parse_in(Arena *arena, Text text);             /* NULL when malformed */

/* --- documents: the body of an entry ------------------------------------------------------------------------------------- */
extern const ShapeKey document_keys[], document_field_keys[], document_rule_keys[];
/* Keys, types and limits only: what a draft must fulfil to be kept. */
void document_shape(const json_t *document, Problems *problems);
/* Everything a published entry must fulfil (shape included). resource_id 0 = new; reads elements, code sets, other entries. */
int document_check(Request *rq, int64_t resource_id, int64_t org_id, const json_t *document, Problems *problems);
/* The typed form of a document of right shape (identity fields are left to the caller). Copies all texts into arena. */
void document_resource(Arena *arena, const json_t *document, Resource *out);
int document_grade(const json_t *document); /* highest of its fields; 1 when there are none */
/* Gives field numbers: published (or NULL) is the current version, draft (or NULL) what is being replaced. Changes document.
 * A number is never given twice; a published field whose kind or scale changed becomes a new one. *max_no goes up. */
void document_number(json_t *document, const json_t *published, const json_t *draft, int *max_no, Problems *problems);
/* Sets fields[].since from the previous published version. */
void document_since(json_t *document, const json_t *published, int version_no);
bool document_key_differs(const json_t *a, const json_t *b);
/* In lower case and half width: what search compares. */
Text search_fold(Arena *arena, Text text);
/* Differences of two documents: array of {path,title,from,to}. */
void document_diff(JsonWriter *json, Arena *arena, const json_t *from, const json_t *to);
/* json equal apart from field numbers (which the city gives). */
bool document_same(const json_t *a, const json_t *b);

/* --- entries ------------------------------------------------------------------------------------------------------------- */
typedef struct EntryRow {
	int64_t resource_id, org_id, version;
	const char *code, *name, *state /* draft published withdrawn */, *draft_state /* "" draft review */;
	int published_version, draft_version, latest_version, max_field_no;
	int generation_no, mounted_version;
	bool needs_full;
	int64_t row_count, loaded_at;
	int64_t draft_author, submitted_by, review_by, review_at;
	const char *review_note, *review_decision, *review_login, *keeper;
} EntryRow;
int entry_load(Request *rq, int64_t resource_id, EntryRow *out);
/* The document of one version; 0 or ERR_NOT_FOUND. Decref'd with rq's arena. */
int entry_document(Request *rq, int64_t resource_id, int version_no, json_t **out);
/* In a write, each: checks state, rights and version (optimistic). */
int entry_create(Request *rq, int64_t org_id, const json_t *document, int64_t *out);
int entry_save(Request *rq, int64_t resource_id, int64_t version, const json_t *document);
int entry_submit(Request *rq, int64_t resource_id, int64_t version);
int entry_review(Request *rq, int64_t resource_id, int64_t version, bool publish, const char *note);
int entry_withdraw(Request *rq, int64_t resource_id, int64_t version, const char *note);
ResourceState entry_state(const EntryRow *row);              /* as people see it: under review counts first */
bool entry_editable(const Request *rq, const EntryRow *row); /* own organisation's entry, for an editor */
const char *org_name(Request *rq, int64_t org_id);           /* "" when unknown */

/* In the write that publishes: what the entry's fields refer to. */
int refs_put(Request *rq, int64_t resource_id, const json_t *document);
int refs_start(App *app, Error *error); /* the module's start */

int action_resource_facts(Request *rq, void *arg); /* ResourceFacts */
int action_resource_name(Request *rq, void *arg);  /* ResourceName */

enum { CATALOG_ROUTES = 16, CATALOG_MIGRATIONS = 7 };
extern const Route catalog_routes[CATALOG_ROUTES];
extern const Migration catalog_migrations[CATALOG_MIGRATIONS];
#endif
