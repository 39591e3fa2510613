/* What the public reads of opened resources: opened fields alone, unmasked, rows as stored. Which fields are open is told by the
 * action "opening.fields", registered by the room that keeps openings; record itself never shows L3/L4, masked fields or numbers
 * of persons, whatever the action says. Part of record.h. */
#ifndef YIWANG_RECORD_OPEN_H
#define YIWANG_RECORD_OPEN_H
#include "catalog/catalog.h"

/* arg of "opening.fields": resource given; opened[position] = true for each opened field, and the opening's id (0 = not open). */
typedef struct OpeningFields {
	const Resource *resource;
	bool *opened;
	int64_t opening_id;
} OpeningFields;

/* More actions of that room. "opening.gate": the caller's address may call once more, else ERR_QUOTA; arg: const int *, the
 * thousandths of a call that it counts as (NULL: a whole one).
 * "opening.list", arg OpeningList: the resources that are open. "opening.used", arg int64_t *resource_id: it was called once. */
typedef struct OpeningList {
	const int64_t *resources; /* rising; in rq's arena */
	int count;
} OpeningList;

typedef struct OpenTable {        /* one catalogue generation's; held by rq's arena */
	const Resource *resource; /* without texts but names and titles */
	const int *positions;     /* the opened fields, positions in resource->fields */
	int count;
	int64_t opening_id;
	bool mounted; /* loaded at least once */
	const struct Plan *plan;
} OpenTable;
/* 0, or ERR_NOT_FOUND when the resource is not open. */
int open_table(Request *rq, int64_t resource_id, OpenTable *out);

enum { OPEN_ORDERS_MAX = 4, OPEN_WORDS_MAX = 8, OPEN_SCAN_ROWS = 200000 };
typedef struct OpenOrder {
	Text field;
	bool descending;
} OpenOrder;
typedef struct OpenWord {
	Text field, word; /* field TEXT_NONE: in some opened field */
} OpenWord;
/* A mark of a row that stays the same while its key does, tells nothing about it, and is not the id departments see: < 2^53.
 * values: of query->positions, valid during the call. Negative ends the reading. */
typedef int (*OpenRow)(void *arg, int64_t mark, const Val *values);
typedef struct OpenQuery {
	const Text *fields; /* names; count 0 = all opened ones */
	int field_count;
	bool no_fields;        /* none but the mark */
	const json_t *filters; /* {"field": value | [values], "field.gte": value…} or NULL */
	/* each must be part of an opened text or code, or be the number or date of another field */
	OpenWord words[OPEN_WORDS_MAX];
	int word_count;
	OpenOrder orders[OPEN_ORDERS_MAX];
	int order_count;
	int64_t limit, offset;
	bool scan; /* all rows, constant memory: limit, offset and total are not used */
	bool want_total;
	bool distinct; /* rows with different shown values alone; marks mean nothing then, and only what is shown sorts */
	/* set by open_read, before its first row */
	const int *positions; /* the fields shown */
	int shown;
	int64_t total; /* -1 = not counted */
	int64_t rows;  /* shown */
} OpenQuery;
/* LANE_READ or a job. Names that are not opened fields are refused like names that do not exist: ERR_INVALID with field
 * "fields", "filters", "q" or "sort" and the name as value. Above OPEN_SCAN_ROWS rows only key and indexed fields sort, and words
 * and distinct are refused. Fills rq's evidence (about_resource, about, row_count). 0, ERR_RETRY when the catalogue moved. */
int open_read(Request *rq, const OpenTable *table, OpenQuery *query, OpenRow row, void *arg);
/* A stored value as JSON: clear, as the API for departments writes it. */
void open_value_json(JsonWriter *json, const Field *field, Val value, Arena *arena);

typedef struct KAnonymity {
	int64_t groups, smallest, below, rows_below; /* groups of equal values; those with fewer than k rows */
} KAnonymity;
/* Over the live rows. positions: fields of resource, 1..16 of them. Zeroes while nothing is loaded. */
int record_k_anonymity(Request *rq, const Resource *resource, const int *positions, int count, int k, KAnonymity *out);

enum { PERSONS_ROWS = 100000 };
/* Of the newest PERSONS_ROWS live rows: values a field has, and those in which a citizen number (GB 11643), a mobile
 * number or a bank card number stands, whatever the field is declared to be. */
typedef struct Persons {
	int64_t values, found;
} Persons;
/* out: one for each field of the resource; zeroes for fields that are not text or whole numbers, and while nothing is loaded. */
int record_persons(Request *rq, const Resource *resource, Persons *out);
bool text_names_person(Text value); /* pure */
#endif
