/* The mapped adapter: catalogue, requests, usage and returned records (回流) in another platform's template, out and in. A
 * mapping is a pack item: columns of the template ↔ our fields, with code translations and defaults (docs/packs.md,
 * docs/decisions/0016). */
#ifndef YIWANG_EXCHANGE_ADAPTER_H
#define YIWANG_EXCHANGE_ADAPTER_H
#include "exchange/adapter_file.h"
#include "casework/casework.h"
#include "exchange/reader.h"

enum { ADAPTER_COLUMNS_MAX = 200, ADAPTER_ROWS_MAX = 100000, ADAPTER_CELL_MAX = 4000 };
#define ADAPTER_FILE_MAX (INT64_C(64) << 20)

typedef enum AdapterData { ADAPTER_CATALOGUE, ADAPTER_REQUESTS, ADAPTER_USAGE, ADAPTER_RECORDS, ADAPTER_DATA_COUNT } AdapterData;
typedef enum AdapterType { ADAPTER_TEXT, ADAPTER_LIST, ADAPTER_INT, ADAPTER_DATE, ADAPTER_TIME } AdapterType;
typedef struct AdapterField {
	const char *name;
	AdapterType type;
	const char *choices; /* "a|b": the values it takes, of lists each; NULL = any */
	bool item;           /* catalogue: of an information item, not of the entry */
	bool out_only;       /* worked out here: read by nobody on import */
} AdapterField;

typedef struct AdapterColumn {
	const char *column;
	const AdapterField *field; /* NULL: a constant */
	bool id, required;
	const json_t *codes;             /* theirs → ours; going out the first that gives ours */
	const json_t *out;               /* ours → theirs, where codes say nothing */
	const char *fallback, *constant; /* ours when empty on import; theirs on export. NULL = none */
} AdapterColumn;
typedef struct Adapter {
	const char *name, *title, *title_en, *platform, *standard, *form, *sheet, *resource;
	AdapterData data;
	AdapterColumn *columns;
	int count, id_column;
	int64_t version;
} Adapter;
extern const char *const adapter_data_names[ADAPTER_DATA_COUNT];

/* --- mappings (adapter_mapping.c) ----------------------------------------------------------------------------------------- */
/* Held by rq's arena; 0 or ERR_NOT_FOUND. For records the fields are those of its resource. */
int adapter_find(Request *rq, Text name, Adapter *out);
/* Position of our field among the columns, or -1. */
int adapter_column_of(const Adapter *adapter, const char *field);
int action_adapter_check(Request *rq, void *arg); /* PackPart of catalog.h */
int action_adapter_local(Request *rq, void *arg);
int action_adapter_put(Request *rq, void *arg);

/* --- cells (adapter_cell.c): pure, any thread ------------------------------------------------------------------------------- */
const AdapterField *adapter_field(AdapterData data, Text name); /* NULL: none, or records */
/* Our value as the template writes it. */
Text adapter_cell_out(Arena *arena, const AdapterColumn *column, Text value);
/* The template's cell as our value: 0, or -1 with reason filled. TEXT_NONE = none. */
int adapter_cell_in(Arena *arena, const AdapterColumn *column, Text cell, Text *value, Reason *reason);
void adapter_reason(Reason *reason, const char *field, Text value, const char *rule, const char *advice, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* --- what there is to give (adapter_rows.c) --------------------------------------------------------------------------------- */
/* One row of ours: values[i] is that of adapter->columns[i], in our terms. Negative ends the reading. */
typedef int (*AdapterRowFn)(void *arg, const Text *values);
typedef struct AdapterRange {
	int64_t from_us, to_us; /* requests: asked; usage: of the day; 0 = open */
} AdapterRange;
/* Rows that rq's party may see, in an order that stays the same. Records: through record's one path; quota and evidence are the
 * caller's: *scan is set (NULL else) and open. */
int adapter_rows(Request *rq, const Adapter *adapter, const AdapterRange *range, AdapterRowFn fn, void *arg, RecordScan **scan);
/* Rows of one catalogue document as above. */
int adapter_entry_rows(Request *rq, const Adapter *adapter, const json_t *document, const char *org_code, const char *org_name,
                       int64_t published_us, AdapterRowFn fn, void *arg);

/* --- routes -------------------------------------------------------------------------------------------------------------------
 */
int adapters_get(Request *rq);        /* adapter_mapping.c */
int adapter_export(Request *rq);      /* adapter_export.c */
int adapter_import(Request *rq);      /* adapter_import.c: the dry run */
int adapter_imports_get(Request *rq); /* adapter_batch.c */
int adapter_import_get(Request *rq);
int adapter_import_refused(Request *rq);
int adapter_items_get(Request *rq);
int adapter_import_apply(Request *rq); /* adapter_apply.c */
int resource_use_get(Request *rq);     /* use.c */

/* --- imports -------------------------------------------------------------------------------------------------------------------
 */
typedef enum AdapterFate { ADAPTER_NEW, ADAPTER_CHANGED, ADAPTER_SAME, ADAPTER_REFUSED, ADAPTER_FATES } AdapterFate;
extern const char *const adapter_fate_names[ADAPTER_FATES]; /* "new" … */
/* One row of the file as read. */
typedef struct AdapterRead {
	int64_t row_no;
	Text id;
	Text *cells, *values; /* by column: theirs, ours */
	AdapterFate fate;
	Reason *reasons;
	int reason_count;
	int group;        /* catalogue: the first row of its entry */
	json_t *document; /* of what is to be made or changed, on the first row of its thing; NULL = nothing to do */
	int64_t seen;     /* version of the entry it was compared with */
	int64_t org_id, other_org;
} AdapterRead;
typedef struct AdapterBatch {
	int64_t batch_id;
	Adapter adapter;
	const Resource *resource; /* records */
	AdapterRead *rows;
	int count;
	int64_t counts[ADAPTER_FATES];
} AdapterBatch;
/* Whose data the party may bring in: its own organisation's, or as data bureau everybody's. */
/* A batch as kept, when the party may see it: its organisation's, or as data bureau all but records. 0 or ERR_NOT_FOUND. */
typedef struct AdapterKept {
	int64_t batch_id, resource_id, org_id, job_id;
	const char *mapping, *data, *platform, *state;
} AdapterKept;
int adapter_kept(Request *rq, int64_t batch_id, AdapterKept *out);
int adapter_batch_answer(Request *rq, int64_t batch_id); /* as JSON */
int adapter_rows_chore(Request *rq);
bool adapter_may_bring(const Request *rq, int64_t org_id);
void adapter_refuse(Request *rq, AdapterRead *row, const Reason *reason);
/* --- requests and use of other platforms (adapter_ledger.c) ------------------------------------------------------------------
 */
/* Requests that are open there become cases here; use counts as use of the entry. What is closed there, and what we do not know
 * the entry of, is kept as it was told. */
int adapter_judge_ledger(Request *rq, AdapterBatch *batch, AdapterRead **by_id);
/* An item of a batch as it will be kept. */
typedef struct AdapterItem {
	const AdapterKept *kept;
	const char *other_id;
	const json_t *document;
	int64_t org_id, other_org;
} AdapterItem;
/* In a write: keeps the item; a request begins its case, where it has none. */
int adapter_item_put(Request *w, const AdapterItem *item);
/* Its values by our fields; held by rq's arena. */
json_t *adapter_row_document(Request *rq, const AdapterBatch *batch, const AdapterRead *row);
int adapter_org_of(Request *rq, Text code, int64_t *out); /* 0 = there is none */
void adapter_refuse_as(Request *rq, AdapterRead *row, const char *field, Text value, const char *rule, const char *advice,
                       const char *message);
/* Judges rows (new, changed, same, refused) against what the city has; of catalogue, ledger and records. */
int adapter_judge(Request *rq, AdapterBatch *batch);
#endif
