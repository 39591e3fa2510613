/* people: organisations, accounts, roles, sessions, API keys. Grants on resources are here too (by resource id). */
#ifndef YIWANG_PEOPLE_PEOPLE_H
#define YIWANG_PEOPLE_PEOPLE_H
#include "core/core.h"
#include "evidence/evidence.h"

/* X(NAME, "stable name", exclusive group (roles of different non-zero groups never meet in one account), permissions) */
#define ROLES(X)                                                                                                                 \
	X(ROLE_SYSTEM_ADMIN, "system_admin", 1,                                                                                  \
	  PERMIT_BIT(PERMIT_SYSTEM) | PERMIT_BIT(PERMIT_ACCOUNTS_READ) | PERMIT_BIT(PERMIT_CALENDAR) |                           \
	      PERMIT_BIT(PERMIT_CASCADE))                                                                                        \
	X(ROLE_SECURITY_ADMIN, "security_admin", 2,                                                                              \
	  PERMIT_BIT(PERMIT_SECURITY) | PERMIT_BIT(PERMIT_ACCOUNTS_READ) | PERMIT_BIT(PERMIT_CASCADE))                           \
	X(ROLE_AUDITOR, "auditor", 3, PERMIT_BIT(PERMIT_AUDIT))                                                                  \
	X(ROLE_DATA_BUREAU, "data_bureau", 4,                                                                                    \
	  PERMIT_BIT(PERMIT_CATALOG_READ) | PERMIT_BIT(PERMIT_CATALOG_REVIEW) | PERMIT_BIT(PERMIT_JOBS_READ) |                   \
	      PERMIT_BIT(PERMIT_SUPERVISE) | PERMIT_BIT(PERMIT_CALENDAR) | PERMIT_BIT(PERMIT_CASCADE) |                          \
	      PERMIT_BIT(PERMIT_PLACE_READ) | PERMIT_BIT(PERMIT_NOTICE))                                                         \
	X(ROLE_DATA_OFFICER, "data_officer", 4,                                                                                  \
	  PERMIT_BIT(PERMIT_CATALOG_READ) | PERMIT_BIT(PERMIT_CATALOG_EDIT) | PERMIT_BIT(PERMIT_LOAD) |                          \
	      PERMIT_BIT(PERMIT_JOBS_READ) | PERMIT_BIT(PERMIT_GRANT) | PERMIT_BIT(PERMIT_DATA_READ) | PERMIT_BIT(PERMIT_KEYS) | \
	      PERMIT_BIT(PERMIT_ASK) | PERMIT_BIT(PERMIT_DECIDE) | PERMIT_BIT(PERMIT_PLACE_READ))                                \
	X(ROLE_READER, "reader", 4,                                                                                              \
	  PERMIT_BIT(PERMIT_CATALOG_READ) | PERMIT_BIT(PERMIT_DATA_READ) | PERMIT_BIT(PERMIT_ASK) |                              \
	      PERMIT_BIT(PERMIT_PLACE_READ))                                                                                     \
	X(ROLE_SERVICE, "service", 5,                                                                                            \
	  PERMIT_BIT(PERMIT_CATALOG_READ) | PERMIT_BIT(PERMIT_DATA_READ) | PERMIT_BIT(PERMIT_EVENT_REPORT))                      \
	X(ROLE_GRID_OFFICER, "grid_officer", 4, PERMIT_BIT(PERMIT_PLACE_READ) | PERMIT_BIT(PERMIT_EVENT_REPORT))                 \
	X(ROLE_HANDLER, "handler", 4, PERMIT_BIT(PERMIT_PLACE_READ) | PERMIT_BIT(PERMIT_EVENT_HANDLE))                           \
	X(ROLE_DISPATCHER, "dispatcher", 4,                                                                                      \
	  PERMIT_BIT(PERMIT_PLACE_READ) | PERMIT_BIT(PERMIT_EVENT_DISPATCH) | PERMIT_BIT(PERMIT_EVENT_REPORT) |                  \
	      PERMIT_BIT(PERMIT_NOTICE))                                                                                         \
	X(ROLE_OPERATOR, "operator", 4,                                                                                          \
	  PERMIT_BIT(PERMIT_PLACE_READ) | PERMIT_BIT(PERMIT_HOTLINE) | PERMIT_BIT(PERMIT_EVENT_REPORT))                          \
	X(ROLE_SUPERVISOR, "supervisor", 4,                                                                                      \
	  PERMIT_BIT(PERMIT_PLACE_READ) | PERMIT_BIT(PERMIT_PLACE_EDIT) | PERMIT_BIT(PERMIT_EVENT_DISPATCH) |                    \
	      PERMIT_BIT(PERMIT_EVENT_SUPERVISE) | PERMIT_BIT(PERMIT_HOTLINE) | PERMIT_BIT(PERMIT_NOTICE) |                      \
	      PERMIT_BIT(PERMIT_CALENDAR))
typedef enum Role {
#define X(name, text, group, permits) name,
	ROLES(X)
#undef X
	    ROLE_COUNT
} Role;

extern const Module people_module;

/* Fills rq->party from "Authorization: Bearer <key>" or the session cookie; no credentials = PARTY_NOBODY and 0.
 * A wrong, expired or revoked one: ERR_UNAUTHENTICATED. State-changing calls by cookie need the X-CSRF-Token header:
 * ERR_FORBIDDEN. Key hashes are cached per generation, sessions are one indexed read. */
int people_authenticate(Request *rq);
/* The party that an account would be as a person, for work that is done in its name without it. ERR_FORBIDDEN
 * when it is not active any more. */
int party_of_account(Request *rq, int64_t account_id, Party *out);
void people_ahead(Request *rq); /* a write will begin with people_authenticate (db_ahead) */
/* The same by a key that came otherwise than in that header, as foreign protocols send it. */
int people_key(Request *rq, Text key);

/* Whom limits count together: the address that calls (net/proxy.c), of IPv6 the 64 bits that one customer has, as
 * "2001:db8:0:7::/64"; "local" without a call. */
Text caller_network(const Request *rq);
/* Wrong credentials by address: whether the caller's has had session.address_failures of this kind ("login", "sms") within five
 * minutes; one more. In memory of this process. */
bool address_blocked(Request *rq, const char *kind);
void address_failed(Request *rq, const char *kind);

/* At init: three administrators with random one-time passwords; lines "login password" appended to out. */
int people_init(Request *rq, Buf *out);
/* In a write, for init, demo and CLI: id through out. roles: "data_officer,reader". */
int org_create(Request *rq, const char *code, const char *name, const char *name_en, int64_t parent_id, int64_t *out);
int account_create(Request *rq, const char *login, const char *name, int64_t org_id, const char *roles, const char *password_phc,
                   bool must_change, int64_t *out);
/* In a write: a new key, shown once: "yw_<key id base36>_<32 random base62>". Only its hash is kept. */
int api_key_create(Request *rq, int64_t account_id, const char *label, int64_t expires_us, int64_t *key_id, char **secret);

/* Names of roles, as a JSON array, to bits: 0 or ERR_INVALID with field "roles". */
int roles_from_json(Request *rq, const json_t *names, uint64_t *out);

/* --- grants ----------------------------------------------------------------------------------------------------- */
typedef enum GrantMode { GRANT_NONE = 0, GRANT_MASKED, GRANT_CLEAR } GrantMode;
/* How rows leave: calls of the data API (and the map), deliveries and other nodes, files. WAY_INSIDE: they do not; what the
 * program does with them is no way of sharing (comparisons, forms filled in, objections). */
typedef enum Way { WAY_INSIDE = 0, WAY_API = 1, WAY_BATCH = 2, WAY_DOWNLOAD = 4 } Way;
enum { WAYS_ALL = WAY_API | WAY_BATCH | WAY_DOWNLOAD };
typedef struct Grant {
	int64_t grant_id, resource_id, account_id;
	const uint8_t *modes; /* GrantMode by field number (1-based; index 0 unused); mode_count entries */
	int mode_count;
	const json_t *filter; /* row filter, record/query's filter form, or NULL */
	const char *purpose;
	bool clear_sensitive;                 /* L3/L4 in clear was granted by a person who may */
	int64_t from_us, until_us, quota_day; /* quota: records a day (Asia/Shanghai), 0 = not allowed */
	unsigned ways;                        /* bits of Way; all of them where the resource is shared unconditionally */
	struct Meter *meter;                  /* people's own: today's use, see grant_use */
} Grant;
/* The live grant of account on resource for that way: 0, ERR_FORBIDDEN (none; rule "way": none for this way), ERR_GONE (expired,
 * not yet, revoked). Cached per generation; of several live ones for the way the newest counts. Held by rq's arena. */
int grant_find(Request *rq, int64_t resource_id, Way way, const Grant **out);
/* One that grant_find has just found: 0 or ERR_RETRY. */
int grant_same(Request *rq, int64_t resource_id, int64_t grant_id, const Grant **out);
/* Records used today (Asia/Shanghai) as this process knows it. */
int64_t grant_used(const Grant *grant, int64_t now_us);

/* In a write: everything a grant is made of, for the route and for share requests. Checks the resource (own organisation's,
 * unless by_process: a process has decided), the account, fields [{no or name, mode}], term, sensitive fields, filter. Sets
 * rq->about…. ERR_INVALID and the like with the field's name; the new id through out. */
typedef struct GrantTerms {
	int64_t resource_id, account_id;
	const json_t *fields, *filter; /* filter NULL = all rows */
	Text purpose, basis, conditions;
	bool clear_sensitive;
	int64_t from_us, until_us, quota_day; /* from_us 0 = now */
	int64_t case_id, replaces;            /* the share request; a grant that ends with this one (0 = none) */
	unsigned ways;
	bool by_process, automatic; /* automatic: nobody decided, granted_by is 0 */
} GrantTerms;
int grant_make(Request *rq, const GrantTerms *terms, int64_t *out);
int grant_terms_check(Request *rq, const GrantTerms *terms); /* the checks alone */
/* In a write: ends the live grants of a resource to accounts of other organisations than its own, each told to evidence. The
 * organisations whose grants ended, each once, in rq's arena; how many there are, or a code. */
int grants_end(Request *rq, int64_t resource_id, const char *reason, const int64_t **orgs);
/* Whether the last grant of the resource to accounts of the organisation was revoked: 1, 0 or an error. */
int grant_taken_back(Request *rq, int64_t resource_id, int64_t org_id);
/* A word ("api", "batch", "download") or a list of them, as bits; 0 when one is none of them. */
unsigned ways_of(const json_t *value);
/* The same: 0, or ERR_INVALID at field. */
int ways_take(Request *rq, const char *field, const json_t *value, unsigned *out);
void ways_write(JsonWriter *json, unsigned ways);    /* a list */
const char *ways_names(Arena *arena, unsigned ways); /* "api,batch" */
int way_refuse(Request *rq, unsigned given, Way asked);
/* An entry is given by the ways it says (shared 0: it names none, then by any): 0, or ERR_INVALID at field. */
int ways_shared(Request *rq, const char *field, unsigned shared, unsigned asked);

/* What grants need to know of a resource: catalog registers the action "resource.facts" (arg ResourceFacts, resource_id in). 0 or
 * ERR_NOT_FOUND. name and fields live in rq->arena or as long as it. */
typedef struct FieldFact {
	int no;
	const char *name, *title;
	int grade;
} FieldFact;
typedef struct ResourceFacts {
	int64_t resource_id;
	int64_t org_id;
	const char *name;
	bool published, unconditional, shared; /* shared: with others at all */
	unsigned ways;                         /* it is shared by; 0 = it names none */
	const FieldFact *fields;
	int field_count;
} ResourceFacts;
/* arg of record's action "filter.check": 0, or ERR_INVALID with field "filter" saying what is wrong. */
typedef struct FilterCheck {
	int64_t resource_id;
	const json_t *filter;
} FilterCheck;
/* Counts n records against the quota: 0, or ERR_QUOTA and nothing counted. Exact within a process. Processes add up their counts
 * in table grant_use (a row a slot) every second, so several together pass a quota by at most what they give out in about one
 * second; a killed process forgets at most its last second. */
int grant_use(Request *rq, const Grant *grant, int64_t n);
#endif
