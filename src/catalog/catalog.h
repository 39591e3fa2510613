/* catalog: resources, their fields and versions, data elements, code sets, packs. */
#ifndef YIWANG_CATALOG_CATALOG_H
#define YIWANG_CATALOG_CATALOG_H
#include "place/place.h"

/* X(NAME, "stable name", store kind): how a value is kept in a run-time column. */
#define FIELD_KINDS(X)                                                                                                           \
	X(KIND_TEXT, "text", VAL_TEXT)                                                                                           \
	X(KIND_INTEGER, "integer", VAL_INT)                                                                                      \
	X(KIND_DECIMAL, "decimal", VAL_INT) /* value × 10^scale */                                                              \
	X(KIND_DOUBLE, "double", VAL_DOUBLE)                                                                                     \
	X(KIND_DATE, "date", VAL_INT)          /* days since 1970-01-01 */                                                       \
	X(KIND_TIME, "time", VAL_INT)          /* UTC µs */                                                                     \
	X(KIND_BOOLEAN, "boolean", VAL_INT)    /* 0/1 */                                                                         \
	X(KIND_CODE, "code", VAL_TEXT)         /* member of a code set */                                                        \
	X(KIND_GEOMETRY, "geometry", VAL_TEXT) /* GeoJSON geometry, CGCS2000 lon/lat */
typedef enum FieldKind {
#define X(name, text, val) name,
	FIELD_KINDS(X)
#undef X
	    FIELD_KIND_COUNT
} FieldKind;
const char *field_kind_name(FieldKind kind);
ValKind field_kind_val(FieldKind kind);
int field_kind_parse(Text name, FieldKind *out); /* 0 or -1 */
/* The syllable of a character without tone ("xing"), NULL when ICU has none; one reading a character. Any thread. */
const char *pinyin_syllable(uint32_t character);

/* Field-level checks: X(NAME, "stable name", what a person reads). */
#define CHECKS(X)                                                                                                                \
	X(CHECK_NONE, "", "")                                                                                                    \
	X(CHECK_GB11643, "gb11643",                                                                                              \
	  "公民身份号码 GB 11643-1999: 17 digits, date of birth, region of GB/T 2260, check character")                          \
	X(CHECK_GB11643_15, "gb11643_15",                                                                                        \
	  "as gb11643; a 15-digit number of the first generation is accepted and converted to 18 characters, with a note")       \
	X(CHECK_GB32100, "gb32100", "统一社会信用代码 GB 32100-2015: 18 characters, check character")                            \
	X(CHECK_GB11714, "gb11714", "组织机构代码 GB 11714-1997: 8 characters and a check character")                            \
	X(CHECK_GB37346, "gb37346", "不动产单元代码 GB/T 37346-2019: 28 characters: parcel (19) and fixture (9)")                \
	X(CHECK_GB2260, "gb2260", "行政区划代码 GB/T 2260: 6, 9 or 12 digits, in force on the date")                             \
	X(CHECK_MOBILE, "mobile", "移动电话号码: 11 digits, 1[3-9]")                                                             \
	X(CHECK_PLATE, "plate", "机动车号牌 GA 36-2018")                                                                         \
	X(CHECK_EMAIL, "email", "e-mail address RFC 5321")                                                                       \
	X(CHECK_LONGITUDE, "longitude", "-180..180")                                                                             \
	X(CHECK_LATITUDE, "latitude", "-90..90")
typedef enum Check {
#define X(name, text, doc) name,
	CHECKS(X)
#undef X
	    CHECK_COUNT
} Check;
const char *check_name(Check check);
int check_parse(Text name, Check *out); /* "" is CHECK_NONE; 0 or -1 */

/* Masks (脱敏): X(NAME, "stable name", example). */
#define MASKS(X)                                                                                                                 \
	X(MASK_NONE, "", "")                                                                                                     \
	X(MASK_ALL, "all", "***")                                                                                                \
	X(MASK_NAME, "name", "张*三: all but the first and, from three characters, the last")                                    \
	X(MASK_ID, "id", "320***********1234: first 3 and last 4")                                                               \
	X(MASK_PHONE, "phone", "138****1234")                                                                                    \
	X(MASK_ADDRESS, "address", "first 6 characters, then ***")                                                               \
	X(MASK_YEAR, "year", "dates to 1 January, times to the year")                                                            \
	X(MASK_ROUND, "round", "numbers to two significant digits; coordinates to 0.01 degree")                                  \
	X(MASK_HASH, "hash", "keyed hash: equal values stay equal, per grant")
typedef enum Mask {
#define X(name, text, doc) name,
	MASKS(X)
#undef X
	    MASK_COUNT
} Mask;
const char *mask_name(Mask mask);
int mask_parse(Text name, Mask *out);

typedef struct Field {
	int no;                  /* 1.., never reused within a resource; column f<no> */
	const char *name;        /* in the API: [a-z][a-z0-9_]{0,62} */
	const char *title;       /* Chinese name of the item 信息项 */
	const char *source_name; /* header in the supplier's file */
	FieldKind kind;
	int length; /* texts: max characters (0 = 4000); */
	int scale;  /* decimals: fraction digits 0..9 */
	bool key, required, unique, indexed;
	const char *element; /* data element code, or "" */
	int grade;           /* 1..4 (L1–L4) */
	Mask mask;
	Check check;
	const char *code_set; /* KIND_CODE, or "" */
	bool has_min, has_max;
	double min, max;
	const char *date_field;   /* GB2260: name of the field whose date decides validity, or "" = today */
	const char *ref_resource; /* "code.field" of another resource that must hold this value, or "" */
	int since; /* version in which this number first appeared: > resource->mounted_version means its column may be missing */
} Field;
typedef struct Rule { /* cross-field expression */
	const char *name, *expression, *message;
} Rule;

typedef enum SharingType {
	SHARE_UNCONDITIONAL,
	SHARE_CONDITIONAL,
	SHARE_NONE,
	SHARING_COUNT
} SharingType; /* 无条件 有条件 不予共享 */
typedef enum ResourceState { RES_DRAFT, RES_REVIEW, RES_PUBLISHED, RES_WITHDRAWN, RESOURCE_STATE_COUNT } ResourceState;
const char *resource_state_name(ResourceState state); /* "draft" "review" "published" "withdrawn" */
const char *sharing_name(SharingType sharing);        /* "unconditional" "conditional" "none" */
int sharing_parse(Text name, SharingType *out);       /* 0 or -1 */
int resource_state_parse(Text name, ResourceState *out);

/* Where the records are: in a run-time table of our own, or with the supplier, who is asked each time. */
typedef enum ResourceKeeper { KEEPER_TABLE, KEEPER_PROXY } ResourceKeeper;

/* One version of an entry as published (政务信息资源目录编制指南, GB/T 21063). Immutable, cached. */
typedef struct Resource {
	int64_t resource_id, org_id;
	int version;         /* published version number */
	int generation_no;   /* live run-time table r<id>_g<generation_no>; 0 = nothing mounted yet */
	int mounted_version; /* version that was published when the generation was last mounted (resource_mount) */
	bool needs_full;     /* the key changed since: only a full load into a new generation may follow */
	const char *code;    /* 类/项/目/细目 + serial, e.g. "1A02003/000017" */
	const char *name, *summary, *sharing_condition, *sharing_basis; /* "" where there is none */
	SharingType sharing;
	unsigned ways; /* 共享方式: bits of people's Way; 0 = it names none */
	ResourceState state;
	ResourceKeeper keeper;
	const Field *fields; /* by position; fields[i].no is not i+1 after a field was retired */
	int field_count;
	int key_fields[8]; /* positions in fields */
	int key_count;
	const Rule *rules;
	int rule_count;
	int max_field_no;
	int retention_months;        /* 保存期限; 0 = the entry names none */
	const char *retention_field; /* name of the date or time field it counts from, or "" = the time of loading */
	bool personal_key;           /* a key field has grade ≥ 3: look-up only by POST */
} Resource;

extern const Module catalog_module;
/* The published version (or, for loading tests in draft, ERR_CONFLICT): 0, ERR_NOT_FOUND. Held by rq's arena. */
int resource_find(Request *rq, int64_t resource_id, const Resource **out);
/* Whatever its state, drafts and withdrawn ones too; without fields while it was never published. */
int resource_any(Request *rq, int64_t resource_id, const Resource **out);
int resource_find_code(Request *rq, Text code, const Resource **out);
const Field *resource_field(const Resource *resource, Text name); /* by API name, or NULL */
/* Own organisation's, or the party sees all: 0 or ERR_FORBIDDEN. */
int resource_own(Request *rq, const Resource *resource);
/* In a write: mounts generation g as the live one (bumps the generation number). */
int resource_mount(Request *rq, int64_t resource_id, int generation_no, int64_t row_count);
/* Whether there are records to be asked for: something was loaded, or the supplier's own are asked. */
static inline bool resource_mounted(const Resource *resource) {
	return resource->generation_no > 0 || resource->keeper == KEEPER_PROXY;
}
/* In a write: who keeps the records from now on (bumps the generation number). ERR_CONFLICT rule "has_records" when a proxy is
 * wanted and a run-time table is mounted. */
int resource_keep(Request *rq, const Resource *resource, ResourceKeeper keeper);
/* ERR_CONFLICT rule "proxied" for what cannot be done with records that stay at the supplier; else 0. doing: "be loaded". */
int resource_not_proxied(Request *rq, const Resource *resource, const char *doing);
/* µs after a load when an update promise ("daily" …) counts as broken: the period and some grace; 0 = never. */
int64_t promise_us(Text promise);
/* In a write: the number of records changed without a load; the time of loading stays. With unmount nothing is mounted any more.
 */
int resource_counted(Request *rq, int64_t resource_id, int64_t row_count, bool unmount);
/* In a write, for packs and demo: creates and publishes an entry from its JSON document (the body of POST /resources). */
int resource_publish_document(Request *rq, int64_t org_id, const json_t *document, int64_t *out);

/* In a write: a draft of an organisation, as by POST /resources. 0, ERR_INVALID, ERR_CONFLICT (the code is taken). */
int resource_draft(Request *rq, int64_t org_id, const json_t *document, int64_t *out);
/* arg of "review.step", registered by the room that keeps cases: told in the write that submits a draft or decides on it. */
typedef struct ReviewStep {
	const char *decision; /* "submit", "publish", "return" */
	const char *note, *name;
	int64_t resource_id, org_id, submitted_by;
	int version_no; /* of the draft */
	bool done;      /* out, of a decision: a case was moved, whose effect called resource_review */
} ReviewStep;
/* In a write, as the effect of such a case: publishes the draft under review or gives it back. 0, ERR_CONFLICT (not under
 * review), ERR_FORBIDDEN (one's own work). */
int resource_review(Request *rq, int64_t resource_id, bool publishing, const char *note);
/* In a write, for imports from other platforms: keeps a document as the draft of the entry with its code, made when there is
 * none; fields without an API name get one from their title. For an editor of that organisation, or the data bureau; review comes
 * after, as for every draft. The entry's id through out. ERR_INVALID, ERR_CONFLICT (under review), ERR_FORBIDDEN. */
int resource_draft_document(Request *rq, int64_t org_id, const json_t *document, int64_t *out);
/* The action "entry.published" (arg int64_t *resource_id) is told in the write that publishes a version; "entry.closed" before
 * it, when that version is not for the public; "entry.loaded" in the write that mounts what a load brought. A version that is not
 * shared ends others' grants. */

/* Published entries with records that have a field of one of these titles. Texts live during the call. Looks at every entry once:
 * for rare questions. fn: 0, or a code that ends it. 0 or a code. */
typedef struct FieldHeld {
	int number; /* of titles */
	int64_t resource_id, org_id;
	Text field; /* API name */
} FieldHeld;
typedef int (*FieldHeldFn)(void *arg, const FieldHeld *held);
int fields_held(Request *rq, const Text *titles, int count, FieldHeldFn fn, void *arg);

/* --- divisions and code sets ------------------------------------------------------------------------------------------- */
/* Immutable, of one catalogue generation, held by rq's arena. Get them once a job, then ask without locks from any thread of that
 * job. */
typedef struct Divisions Divisions;
int divisions_get(Request *rq, const Divisions **out);
/* Days since 1970 on which a code is judged, or one of these two. */
#define DATE_TODAY INT32_MAX
#define DATE_ANY INT32_MIN /* valid on any day */
/* 1 in force on that day, 0 not. code: 2, 4, 6, 9 or 12 digits (trailing zeros of 6 and 12 digits may name a higher level).
 * name may be NULL. */
int divisions_valid(const Divisions *divisions, Text code, int32_t date, const char **name);
typedef struct CodeSet CodeSet;
int code_set_get(Request *rq, const char *name, const CodeSet **out); /* 0, ERR_NOT_FOUND */
/* 1 in force on that day, 0 not. label may be NULL. */
int code_set_valid(const CodeSet *set, Text code, int32_t date, const char **label);
/* Whether the set has a different name for this value: the code whose label is `label`, or NULL (advice for quarantine, imports).
 */
const char *code_set_by_label(const CodeSet *set, Text label);

/* --- checks (standard ones are C) ---------------------------------------------------------------------------------- */
/* Judges one value after turning full-width characters to half-width, dropping blanks and (codes) raising letters.
 * 0 good as it is (*out = value); 1 good, with a note: *out is the value to keep (may be equal to value), *why says what was done
 * or is unusual; -1 bad: *why is one sentence with the rule and what to do (static or in arena, without the value itself). date:
 * DATE_TODAY or days, for GB/T 2260. Values are never longer than 64 KiB. No store access, no locks: any thread. */
int check_text(const Divisions *divisions, Check check, Text value, int32_t date, Arena *arena, Text *out, const char **why);
/* The same for single values: finds the divisions through rq (a cache look-up each time). */
int check_value(Request *rq, Check check, Text value, int32_t date, Arena *arena, Text *out, const char **why);
/* Pure parts, for tests and generators. */
char gb11643_check_char(const char digits17[17]);
char gb32100_check_char(const char chars17[17]); /* '\0' when a character is not in the alphabet */
char gb11714_check_char(const char chars8[8]);   /* '\0' when a character is not a digit or capital letter */
/* One-off forms of the above (a cache look-up each): 1 yes, 0 no, <0. */
int division_valid(Request *rq, Text code, int32_t date);
int code_valid(Request *rq, const char *code_set, Text code, int32_t date, const char **label);
/* "choices": [{code, label, label_en}] into the open object: the codes in force today of a set of up to 300; of a larger one, and
 * of
 * "", none. 0 or a code. */
int code_choices_write(Request *rq, const char *code_set);

/* --- words of the catalogue's search, for lists of entries that are kept in memory: the same folding, pinyin, synonyms ------ */
typedef struct FindQuery FindQuery;
typedef struct FindText FindText; /* immutable */
/* A line of a text that is searched: n name, c code, k keyword, d domain, o organisation, f field title, w field name, s summary.
 */
void words_part(Buf *parts, char part, Text text);
const FindText *words_text(Arena *arena, Text parts);
/* Words parted by blanks, at most 8; each also as its synonyms. Not asked for anything: fits every text. 0 or a code. */
int words_query(Request *rq, Text asked, const FindQuery **out);
bool words_any(const FindQuery *query); /* whether there is a letter or digit in it */
/* 0 (in the name) to 3: where the worst placed word stands; -1: some word is missing. only: letters of parts, NULL = all. */
int words_tier(const FindQuery *query, const FindText *text, const char *only);
/* The same for a phrase (the first line of a text), which must stand as it is. */
int words_phrase(const FindText *phrase, const FindText *text, const char *only);

/* For an index of texts in which not every word must be there: the tokens of parts, each once with its best tier (0 in the name
 * to 3). How many. */
typedef struct WordToken {
	Text text;
	int tier;
} WordToken;
int words_tokens(Arena *arena, Text parts, WordToken **out);
/* What a text that is typed or spoken asks for: what is said around it left out, synonyms added. Of a group a text has at most
 * the weight of one word. How many, or a code. */
typedef struct WordAsked {
	Text text;
	bool prefix; /* any token that begins so */
	int group;
	double weight; /* of a word: 1 */
} WordAsked;
int words_asked(Request *rq, Text asked, WordAsked *out, int max);

/* --- packs -------------------------------------------------------------------------------------------------------------- */
/* Outside a write (CLI, LANE_READ): loads directory/pack.yaml and what it lists, in writes of its own. Errors say file:line.
 * report gets one JSON object {pack,version,dry_run,counts,changes[{kind,name,change,detail}]}. dry_run only reports the
 * three-way difference (old pack, new pack, local changes). Organisations are created; accounts are not (see pack_accounts). 0 or
 * a code. */
int pack_load(Request *rq, const char *directory, bool dry_run, Buf *report);
/* Items and files of packs that rooms above keep: "processes", "adapters" and "schemes" (YAML, a file one item), "calendars",
 * "systems" and "materials" (files taken whole). The room registers these actions with arg PackPart; while nobody has, such
 * entries of a pack are passed over. */
typedef struct PackPart {
	const char *name;   /* of the item; of the file as messages show it */
	const char *path;   /* "calendar.load" and the like: the file on disk */
	const json_t *json; /* the item, to check and to put */
	json_t *local;      /* "process.local", out: what the city has, in rq->arena; NULL = nothing */
	void (*problem)(struct PackPart *part, const char *path, const char *rule, const char *message, const char *advice);
	void *problems; /* catalog's own, with at: where the item lies */
	const char *at;
} PackPart;

/* Accounts a pack asks for: the caller (init) makes passwords, creates them and writes the 0600 file. */
typedef struct PackAccount {
	const char *login, *name, *org_code, *roles;
	bool service;
} PackAccount;
int pack_accounts(Request *rq, const char *directory, const PackAccount **out, int *count);
/* {items:[{name,version,title,title_en,loaded_at}]} into rq->json, for GET /packs. */
int pack_list(Request *rq);
#endif
