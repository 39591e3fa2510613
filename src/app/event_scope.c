/* event_scope: whose business a feed entry is: the organisations it belongs to, by one look-up (cached a subject and generation,
 * but for cases, whose parties change with their steps), made once for all streams; and whether a stream's party may be told. The
 * same rules as of the routes that show the thing itself. Follower thread and workers. */
#include "app/private.h"

typedef enum ScopeKind { SCOPE_NONE, SCOPE_JOB, SCOPE_RESOURCE, SCOPE_GRANT, SCOPE_CASE } ScopeKind;
typedef struct ScopeKey {
	int64_t kind, id;
} ScopeKey;

static const struct {
	int64_t topic;
	ScopeKind kind;
	uint64_t permits; /* any of these */
} topics[] = {
    {FEED_TOPIC_JOB, SCOPE_JOB, PERMIT_BIT(PERMIT_JOBS_READ)},
    {FEED_TOPIC_CATALOG, SCOPE_RESOURCE, PERMIT_BIT(PERMIT_CATALOG_READ)},
    {FEED_TOPIC_QUARANTINE, SCOPE_RESOURCE, PERMIT_BIT(PERMIT_LOAD) | PERMIT_BIT(PERMIT_JOBS_READ)},
    {FEED_TOPIC_GRANT, SCOPE_GRANT, PERMIT_BIT(PERMIT_CATALOG_READ)},
    {FEED_TOPIC_CASE, SCOPE_CASE,
     PERMIT_BIT(PERMIT_ASK) | PERMIT_BIT(PERMIT_DECIDE) | PERMIT_BIT(PERMIT_SUPERVISE) | PERMIT_BIT(PERMIT_EVENT_REPORT) |
         PERMIT_BIT(PERMIT_EVENT_HANDLE) | PERMIT_BIT(PERMIT_EVENT_DISPATCH) | PERMIT_BIT(PERMIT_EVENT_SUPERVISE)},
    {FEED_TOPIC_CASE_LEFT, SCOPE_NONE,
     PERMIT_BIT(PERMIT_EVENT_REPORT) | PERMIT_BIT(PERMIT_EVENT_HANDLE) | PERMIT_BIT(PERMIT_DECIDE)},
    {FEED_TOPIC_NOTICE, SCOPE_NONE, PERMIT_BIT(PERMIT_LOGIN)},
    {FEED_TOPIC_HOTLINE, SCOPE_NONE, PERMIT_BIT(PERMIT_HOTLINE)},
    {FEED_TOPIC_PEOPLE, SCOPE_NONE, PERMIT_BIT(PERMIT_SYSTEM) | PERMIT_BIT(PERMIT_SECURITY)},
    {0, SCOPE_RESOURCE, PERMIT_BIT(PERMIT_JOBS_READ)}, /* a resource's records */
};

static int topic_row(int64_t topic) {
	int i = 0;
	while (topics[i].topic != topic && topics[i].topic != 0)
		i++;
	return i;
}

static int scope_row(Request *rq, const ScopeKey *key, Rows **rows) {
	switch (key->kind) {
	case SCOPE_JOB:
		return db_one(rq->db, rows, "SELECT org_id, org_id, 0 FROM job WHERE job_id = $1", BIND(val_int(key->id)));
	case SCOPE_RESOURCE:
		return db_one(rq->db, rows, "SELECT org_id, org_id, published_version FROM resource WHERE resource_id = $1",
		              BIND(val_int(key->id)));
	default:
		return db_one(
		    rq->db, rows,
		    "SELECT g.owner_org_id, a.org_id, 0 FROM access_grant g JOIN account a ON a.account_id = g.account_id"
		    " WHERE g.grant_id = $1",
		    BIND(val_int(key->id)));
	}
}

static int scope_load(Request *rq, Text text, Arena *arena, void **object) {
	ScopeKey key;
	Rows *rows;
	memcpy(&key, text.at, sizeof key);
	int found = scope_row(rq, &key, &rows);
	if (found <= 0) return found < 0 ? found : ERR_NOT_FOUND;
	EventScope *scope = ARENA_NEW(arena, EventScope);
	*scope = (EventScope){.owner_org = rows_int(rows, 0), .other_org = rows_int(rows, 1), .published = rows_int(rows, 2) > 0};
	*object = scope;
	return 0;
}

static const CacheKind scope_cache = {"app.event_scope", scope_load, 20000};

/* Of the cases among entries whose positions rise, by one statement: they come in the order of the entries. On PostgreSQL each
 * case is looked up by its key whatever the plan was made for: a join planned while there were few cases reads all of them later.
 */
#define CASE_SCOPES(of)                                                                                                          \
	"SELECT f.position, c.asker_org, c.supplier_org, c.asker_account, c.line, c.centre_org, c.home_org, c.field_org,"        \
	" c.field_account FROM feed f " of " WHERE f.position >= $1 AND f.position <= $2 AND f.topic = $3 ORDER BY f.position"
static const char scopes_sqlite[] = CASE_SCOPES("JOIN work_case c ON c.case_id = f.subject");
static const char scopes_postgres[] =
    CASE_SCOPES("CROSS JOIN LATERAL (SELECT * FROM work_case w WHERE w.case_id = f.subject LIMIT 1) c") " /* postgres */";

static int case_scopes(Request *rq, Told *told, int count) {
	Rows *rows;
	const char *sql = db_engine(rq->db) == STORE_SQLITE ? scopes_sqlite : scopes_postgres;
	int at = 0, code = db_query(
	                rq->db, &rows, sql,
	                BIND(val_int(told[0].entry.position), val_int(told[count - 1].entry.position), val_int(FEED_TOPIC_CASE)));
	if (code < 0) return code;
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		while (at < count && told[at].entry.position < rows_int(rows, 0))
			at++;
		if (at == count) break;
		told[at].scope = (EventScope){.owner_org = rows_int(rows, 1),
		                              .other_org = rows_int(rows, 2),
		                              .account = rows_int(rows, 3),
		                              .city = text_is(rows_text(rows, 4), "city"),
		                              .centre_org = rows_int(rows, 5),
		                              .home_org = rows_int(rows, 6),
		                              .field_org = rows_int(rows, 7),
		                              .field_account = rows_int(rows, 8)};
	}
	rows_close(rows);
	return code < 0 ? code : 0;
}

static int entry_scope(Request *rq, const FeedEntry *entry, EventScope *out) {
	int row = topic_row(entry->topic);
	const void *object = NULL;
	ScopeKey key = {topics[row].kind, topics[row].topic ? entry->subject : entry->topic};
	*out = (EventScope){0};
	if (key.kind == SCOPE_NONE || key.kind == SCOPE_CASE) return 0;
	int code = cache_get(rq, &scope_cache, (Text){(const char *)&key, sizeof key}, &object);
	if (code == 0) *out = *(const EventScope *)object;
	return code == ERR_NOT_FOUND ? 0 : code; /* gone: nobody's but those who see all */
}

int event_scopes(Request *rq, Told *told, int count) {
	bool cases = false;
	int code = 0;
	for (int i = 0; i < count && code >= 0; i++) {
		cases |= told[i].entry.topic == FEED_TOPIC_CASE;
		code = entry_scope(rq, &told[i].entry, &told[i].scope);
	}
	return code < 0 || !cases ? code : case_scopes(rq, told, count);
}

/* As case_visible of casework has it, which shows the case. */
static bool city_seen(const Party *party, const EventScope *scope) {
	int64_t org = party->org_id;
	bool dispatches = party_may(party, PERMIT_EVENT_DISPATCH), reports = party_may(party, PERMIT_EVENT_REPORT);
	bool desk = dispatches || party_may(party, PERMIT_HOTLINE) || party->account_id == scope->account;
	if (!org) return false;
	if (dispatches || party_may(party, PERMIT_EVENT_SUPERVISE))
		if (org == scope->centre_org || org == scope->home_org) return true;
	if (party_may(party, PERMIT_EVENT_HANDLE) && org == scope->other_org) return true;
	if (reports && desk && org == scope->owner_org) return true;
	return reports && (scope->field_account ? party->account_id == scope->field_account : org == scope->field_org);
}

bool event_seen(const Party *party, const FeedEntry *entry, const EventScope *scope) {
	int row = topic_row(entry->topic);
	bool own = party->org_id != 0 && (party->org_id == scope->owner_org || party->org_id == scope->other_org);
	if ((party->permits & topics[row].permits) == 0) return false;
	if (entry->topic == FEED_TOPIC_NOTICE || entry->topic == FEED_TOPIC_HOTLINE)
		return entry->subject == 0 || entry->subject == party->account_id;
	if (entry->topic == FEED_TOPIC_CASE_LEFT)
		return entry->subject == party->account_id || (party->org_id && entry->subject == party->org_id);
	if (scope->city) return city_seen(party, scope);
	if (topics[row].kind == SCOPE_NONE || party->sees_all) return true;
	if (entry->topic == FEED_TOPIC_CATALOG) return scope->published || (own && party_may(party, PERMIT_CATALOG_EDIT));
	if (entry->topic == FEED_TOPIC_CASE && !party_may(party, PERMIT_DECIDE)) return party->account_id == scope->account;
	return own;
}
