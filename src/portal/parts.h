/* What the files of this room share. */
#ifndef YIWANG_PORTAL_PARTS_H
#define YIWANG_PORTAL_PARTS_H
#include "portal/portal.h"

/* --- vocabulary.c: words that forms offer and catalogues publish; fixed, any thread ---------------------------------- */
typedef struct Word {
	const char *key, *zh, *en, *uri; /* uri: of the EU vocabulary, or of the licence's text; NULL = none */
} Word;
extern const Word subjects[], licences[], frequencies[]; /* end with a NULL key */
const Word *word_find(const Word *words, Text key);      /* or NULL */

/* --- opening.c: the life of an opening: asked → open | returned; open → closed ----------------------------------- */
enum { PORTAL_MIGRATIONS = 4, OPENING_FIELDS_MAX = 500, QUASI_MAX = 8, K_LEAST = 5 };
extern const Migration portal_migrations[PORTAL_MIGRATIONS];
int action_opening_fields(Request *rq, void *arg); /* OpeningFields of record/open.h */
int action_opening_list(Request *rq, void *arg);   /* OpeningList */
extern const InputField opening_list_in[], opening_id_in[], opening_ask_in[], opening_check_in[], opening_review_in[],
    opening_close_in[];
extern const OutputField opening_list_out[], opening_out[], opening_check_out[];
int opening_list(Request *rq);
int opening_get(Request *rq);
int opening_check(Request *rq);
int opening_ask(Request *rq);
int opening_review(Request *rq);
int opening_close(Request *rq);
/* Why a field may not be open, or NULL. element_personal: its data element is of persons. */
const char *opening_refusal(const Field *field, bool element_personal, const char **rule);
/* Whether so many numbers of persons among its values keep it shut. */
bool opening_values_refused(const Field *field, const Persons *persons);
/* What was loaded since the last look: numbers of persons in an opened field close the opening, and supplier and data bureau are
 * told. 1 it was closed, 0, or a code. The keeper's thread. */
int opening_look(Request *rq, int64_t opening_id);
int action_entry_loaded(Request *rq, void *arg); /* int64_t *resource_id */

/* --- shelf.c: all that is open, as one immutable object of a catalogue generation ------------------------------------ */
typedef struct Dataset {
	int64_t resource_id, opening_id, org_id;
	const char *name; /* for addresses: the catalogue code with - for / */
	const char *code, *title, *notes, *org, *org_en, *org_key, *attribution;
	const char *promise; /* of the entry: daily, weekly… */
	const Word *subject, *licence, *frequency;
	const char *const *tags;
	int tag_count;
	const FindText *words; /* for search: of what is open */
	int64_t issued_us, modified_us, loaded_us, rows;
	int version, generation_no;
	int longitude, latitude, geometry; /* positions in the opened fields' resource, or -1 */
	int field_count;
} Dataset;
typedef struct Shelf {
	const Dataset *items; /* newest first */
	int count;
} Shelf;
int shelf_get(Request *rq, const Shelf **out);
/* By name or resource id; NULL when it is not open. */
const Dataset *shelf_find(const Shelf *shelf, Text name);
/* Numbers that move without the catalogue: rows and last load, read now. 0 or a code. */
int dataset_fresh(Request *rq, const Dataset *dataset, int64_t *rows, int64_t *loaded_us);
/* "late" | "fresh" | "none" (not loaded yet) | "unbound" (updated irregularly: nothing was promised) */
const char *dataset_state(const Request *rq, const Dataset *dataset, int64_t loaded_us);

enum { CHOICES_MAX = 8, ORDERS_MAX = 4 };
typedef struct Choice {    /* what one facet asks for */
	const char *facet; /* organization groups tags res_format license_id */
	Text value;
} Choice;
typedef struct Query Query; /* of a CKAN client, see query.h */
typedef struct Order {
	enum { BY_RELEVANCE, BY_UPDATED, BY_ISSUED, BY_TITLE, BY_NAME, BY_ID } by;
	bool descending;
} Order;
typedef struct Search { /* what is NULL asks for nothing */
	const FindQuery *words;
	const Query *query, *filter; /* the filter says nothing of relevance */
	Choice choices[CHOICES_MAX];
	int choice_count;
	Order orders[ORDERS_MAX]; /* then the newest first */
	int order_count;
} Search;
/* Those that match, in order, in rq's arena. 0 or a code. */
int shelf_search(Request *rq, const Shelf *shelf, const Search *search, const Dataset ***out, int *count);
typedef struct FacetItem {
	const char *key, *zh, *en;
	int count;
} FacetItem;
/* The values of a facet over some datasets, most frequent first. */
FacetItem *facet_count(Request *rq, const Dataset *const *items, int count, const char *facet, int *out_count);
/* The formats a dataset can be had in. */
typedef struct Format {
	const char *key, *name, *media, *uri; /* uri: EU file-type vocabulary */
} Format;
enum { FORMATS_MAX = 4 };
extern const Format formats[FORMATS_MAX + 1]; /* csv xlsx jsonl geojson; ends with a NULL key */
bool dataset_has(const Dataset *dataset, const Format *format);
const Format *format_find(Text key);

/* --- keeper.c: counts in memory and files on disk, looked after by one thread of the room ---------------------------- */
typedef enum Use { USE_VIEW, USE_DOWNLOAD, USE_CALL } Use;
int keeper_start(App *app, Error *error);
void keeper_stop(App *app);
void keeper_count(Request *rq, int64_t resource_id, Use use);
/* Files are out of date or wanted: look now. */
void keeper_wake(App *app);
/* One round at once, for tests. */
void keeper_round(App *app);
/* Of all days and processes, without this second's. */
int use_totals(Request *rq, int64_t resource_id, int64_t *views, int64_t *downloads);
/* Calls of an address (caller_network): ERR_QUOTA above `limit` a minute (pages, API) or an hour (forms). Two addresses may share
 * a slot. */
typedef enum Gate { GATE_CALL, GATE_FILE, GATE_FORM, GATE_COUNT } Gate;
int gate_pass(Request *rq, Gate gate);
/* When the caller's address may pass again; 0 now. */
int64_t gate_opens_us(Request *rq, Gate gate);
int gate_pass_part(Request *rq, Gate gate, int thousandths); /* the same of what is less than a call */
/* For record's interfaces without login, see record/open.h. */
int action_opening_gate(Request *rq, void *arg);
int action_entry_closed(Request *rq, void *arg); /* int64_t *resource_id */
int action_opening_used(Request *rq, void *arg);

/* --- files.c: a file a format and content, made by the keeper, never while somebody waits ---------------------------- */
char *file_path(Request *rq, const Dataset *dataset, int64_t loaded_us, const Format *format);
/* 1 ready with size and time, 0 not yet. */
int file_ready(const char *path, int64_t *size, int64_t *made_us);
/* Makes what is missing of one dataset; the number made, or a code. */
int files_make(Request *rq, const Dataset *dataset);
/* Removes files that no opening names any more. */
void files_sweep(Request *rq, const Shelf *shelf);
/* A value as people and files write it: field_text, with doubles in their shortest form. */
Text open_text(const Field *field, Val value, Arena *arena);
int page_download(Request *rq);

/* --- feedback.c: messages and ratings of the public ------------------------------------------------------------------ */
/* In the write of a form: its evidence; about: short JSON. */
int form_evidence(Request *rq, const char *about);
int form_message(Request *rq);
int form_rating(Request *rq);
extern const InputField message_list_in[], message_answer_in[];
extern const OutputField message_list_out[], message_out[];
int message_list(Request *rq);
int message_answer(Request *rq);
int rating_of(Request *rq, int64_t resource_id, int64_t *count, double *mean);

/* --- pages ----------------------------------------------------------------------------------------------------------- */
int page_home(Request *rq);
int page_search(Request *rq);
int page_dataset(Request *rq); /* also <name>.jsonld */
int page_developers(Request *rq);
int page_missing(Request *rq);
int page_style(Request *rq);
int page_sitemap(Request *rq);
int page_robots(Request *rq);
/* http://host of this city without a slash at the end: setting open.base_url, or what the caller asked for. */
const char *base_url(Request *rq);

/* --- city_report.c, city_photo.c, city_track.c, city_nearby.c: what the public reports of the city, without login
 * ------------------- */
int city_report_page(Request *rq);
int city_report_form(Request *rq);
int city_photo_post(Request *rq);
int city_photos_chore(Request *rq);
int city_script(Request *rq);
int city_track_page(Request *rq);
int city_track_form(Request *rq);
int city_nearby_page(Request *rq);
/* Eight letters and digits by which whoever reported it finds it again; of the city's secret and the case, kept nowhere. */
const char *city_code(Request *rq, int64_t case_id);
/* 32 hex digits of the city's secret, a purpose and an id. */
const char *keyed_token(Request *rq, const char *purpose, int64_t id);

/* --- machines -------------------------------------------------------------------------------------------------------- */
int ckan_get(Request *rq);
int ckan_post(Request *rq);
int dcat_catalog(Request *rq);
int dcat_dataset(Request *rq, const Dataset *dataset);

#endif
