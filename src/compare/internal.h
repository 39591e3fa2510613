/* What the files of this room share. */
#ifndef YIWANG_COMPARE_INTERNAL_H
#define YIWANG_COMPARE_INTERNAL_H
#include "compare/compare.h"

enum { COMPARE_ROUTES = 9, COMPARE_KEYS_MAX = 5, COMPARE_FIELDS_MAX = 20, COMPARE_CONDITIONS_MAX = 10, SIDES = 2 };
enum { LEFT, RIGHT };
extern const Route compare_routes[COMPARE_ROUTES];

/* --- normal.c: values in the form in which they are compared -------------------------------------------------------------- */
#define COMPARE_FORMS(X)                                                                                                         \
	X(FORM_EXACT, "exact")       /* as it is */                                                                              \
	X(FORM_LOOSE, "text")        /* half-width, without blanks, capital letters */                                           \
	X(FORM_NUMBER, "number")     /* 12, 12.0 and 1.2e1 are the same */                                                       \
	X(FORM_DATE, "date")         /* 2026-01-02, 2026/1/2, 20260102, 2026年1月2日: the day */                              \
	X(FORM_CITIZEN, "id_number") /* as text; 15 digits become 18 characters (GB 11643) */
typedef enum CompareForm {
#define X(name, text) name,
	COMPARE_FORMS(X)
#undef X
	    COMPARE_FORM_COUNT
} CompareForm;
/* -1: no such form. */
int compare_form(Text name);
const char *compare_form_name(CompareForm form);
/* TEXT_NONE where nothing is left. In arena or the value itself. */
Text compare_normal(CompareForm form, Text value, Arena *arena);

/* --- define.c: what is compared ------------------------------------------------------------------------------------------- */
typedef struct Pair {
	const char *names[SIDES];
	CompareForm form;
} Pair;
typedef enum ConditionOp { COND_EQ, COND_NE, COND_GTE, COND_LTE, COND_FILLED, COND_EMPTY, COND_COUNT } ConditionOp;
typedef struct Condition { /* rows that do not fulfil it are left out */
	const char *field, *value;
	ConditionOp op;
} Condition;
typedef struct Comparison { /* texts in rq's arena */
	int64_t id, org_id, created_by, created_us, last_run;
	int64_t run_as, next_us; /* by the timetable: as whom, when next (0: never) */
	Timetable when;
	const char *name, *purpose, *problem, *advice; /* problem: why it did not run by the timetable; "" */
	int64_t resources[SIDES];
	Pair keys[COMPARE_KEYS_MAX], fields[COMPARE_FIELDS_MAX];
	int key_count, field_count;
	Condition conditions[SIDES][COMPARE_CONDITIONS_MAX];
	int condition_count[SIDES];
	json_t *document; /* {keys, fields, left_filter, right_filter} as it was given */
} Comparison;
/* 0, ERR_NOT_FOUND: also for those of other organisations, unless the party sees all. */
int comparison_load(Request *rq, int64_t id, Comparison *out);
/* As whom the party reads one side: 0, ERR_FORBIDDEN, ERR_GONE. */
int comparison_reader(Request *rq, const Comparison *one, int side, const Resource **resource, Party *reader);

/* One side that is read: which of its fields are used. Held by rq's arena. */
typedef struct Side {
	const Resource *resource;
	RecordScan *scan;
	Party reader;
	int keys[COMPARE_KEYS_MAX], fields[COMPARE_FIELDS_MAX],
	    conditions[COMPARE_CONDITIONS_MAX]; /* positions in scan->fields */
} Side;
/* Opens the cursor as the reader and finds the fields; all must be his in clear, or his own organisation's. The party is rq's
 * again afterwards. ERR_INVALID with rule unknown_field, masked. */
int side_open(Request *rq, const Comparison *one, int side, Side *out);

/* --- sift.c: rows of two sides into differences, in bounded memory ---------------------------------------------------------- */
#define DIFFERENCE_KINDS(X)                                                                                                      \
	X(KIND_DIFFER, "differ")                                                                                                 \
	X(KIND_ONLY_LEFT, "only_left") X(KIND_ONLY_RIGHT, "only_right") X(KIND_REPEATED, "repeated") X(KIND_NO_KEY, "no_key")
typedef enum DifferenceKind {
#define X(name, text) name,
	DIFFERENCE_KINDS(X)
#undef X
	    DIFFERENCE_KIND_COUNT
} DifferenceKind;
extern const char *const difference_kind_names[DIFFERENCE_KIND_COUNT];
typedef struct Difference {
	DifferenceKind kind;
	int64_t fields; /* bit i: fields[i] of the comparison differs */
	int64_t records[SIDES], rows[SIDES];
	uint64_t key[2]; /* keyed digest of the key values */
} Difference;
typedef struct SiftCounts {
	int64_t rows[SIDES], left_out[SIDES], no_key[SIDES]; /* rows: those compared, without those left out by a filter */
	int64_t same, kinds[DIFFERENCE_KIND_COUNT];          /* keys; no_key: rows */
	int64_t fields[COMPARE_FIELDS_MAX];
} SiftCounts;
typedef struct Sift Sift;
/* Its files lie in DIR/spool without a name and go with rq's arena. */
int sift_new(Request *rq, int field_count, Sift **out);
/* key: digest; marks: a keyed hash a field, 0 = empty. */
int sift_put(Sift *sift, int side, const uint64_t key[2], int64_t record_id, const uint64_t *marks);
/* Each difference in turn, by the order of keys; same are only counted. step, every partition: progress. Negative ends it. */
typedef struct SiftHooks {
	int (*difference)(void *arg, const Difference *one);
	int (*step)(void *arg, int done, int total);
	void *arg;
} SiftHooks;
int sift_merge(Sift *sift, SiftCounts *counts, const SiftHooks *hooks);

/* --- show.c: differences of a run, a page at a time, as the viewer's own right shows them now ------------------------------- */
enum { SHOWN_MAX = 200 };
typedef struct Became { /* of a difference */
	const char *state, *number;
	int64_t case_id;
	bool verification;
} Became;
typedef struct Shown {
	int64_t no, fields, records[SIDES], rows[SIDES];
	const char *kind;
	bool there[SIDES];
	const char *keys[SIDES][COMPARE_KEYS_MAX], *values[SIDES][COMPARE_FIELDS_MAX]; /* NULL: empty */
	/* what the code means, where it is one that is shown clear; else NULL */
	const char *key_words[SIDES][COMPARE_KEYS_MAX], *value_words[SIDES][COMPARE_FIELDS_MAX];
	Became became;
} Shown;
typedef struct Showing {
	Comparison one;
	Side sides[SIDES];
	int64_t run_id, begun_us, given[SIDES];
	Arena *arena; /* of a page */
	Shown *rows;
	int count;
} Showing;
/* The run asked for, or the newest that ended. */
int showing_run(Request *rq, Showing *showing);
/* The bit of a compared field that is asked for by the name it has on the left. 0: none is. */
int difference_field(Request *rq, const Comparison *one, int64_t *bit);
/* Begin, then pages of the differences asked for (kind, field) after a number, then end: what was given is counted and told to
 * both suppliers, also after a failure (code), which is given back. */
int showing_begin(Request *rq, Showing *showing);
int showing_page(Request *rq, Showing *showing, int64_t after, int limit, int64_t *next);
int showing_end(Request *rq, Showing *showing, int code);
/* became.c */
int showing_became(Request *rq, Showing *showing);

/* --- run.c ------------------------------------------------------------------------------------------------------------------ */
int compare_job_run(Request *rq, Job *job);
int compare_chore(Request *rq);
/* In a write, after db_lock "compare.run" on its id: the job that runs it now, 0: none does. */
int comparison_running(Request *rq, const Comparison *one, int64_t *job_id);
/* In a write: a queued run as the party. */
int comparison_run_begin(Request *rq, const Comparison *one, bool by_timetable, int64_t *job_id, int64_t *run_id);
/* timetable.c */
int compare_timetable_chore(Request *rq);

/* handlers */
int comparisons_post(Request *rq);
int comparisons_get(Request *rq);
int comparison_get(Request *rq);
int comparison_delete(Request *rq);
int comparison_run_post(Request *rq);
int comparison_timetable_put(Request *rq);
int differences_get(Request *rq);
int differences_sheet_get(Request *rq);
int differences_send_post(Request *rq);
#endif
