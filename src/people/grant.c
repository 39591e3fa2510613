/* grant: what an account may read of a resource: fields with modes, a row filter, purpose, basis, term, daily quota.
 * Thread: workers and writers; grant_find from any. Lifetime: one request; grants in force live in core's cache. */
#include "people/people_private.h"

enum { FIELD_NO_MAX = 4096, GRANTS_PER_PAIR = 32, PURPOSE_CLEAR_MIN = 10 };

/* --- in force ---------------------------------------------------------------------------------------------------------- */
typedef struct GrantSet { /* of one account on one resource, newest first */
	int count;
	Grant *grants;
	bool revoked; /* there was one, and it was revoked */
} GrantSet;

typedef struct PairKey {
	int64_t account_id, resource_id;
} PairKey;

static void json_drop(void *json) {
	json_decref(json);
}

/* fields as stored: [{"no":1,"mode":"clear"},…] */
static int modes_read(Request *rq, Text text, Arena *arena, Grant *grant) {
	json_t *fields = json_loadb(text.at, text.len, 0, NULL);
	if (!fields) return fail(rq, ERR_INTERNAL, "the stored fields of grant %lld are damaged", (long long)grant->grant_id);
	int64_t max = 0;
	for (size_t i = 0; i < json_array_size(fields); i++) {
		int64_t no = json_integer_value(json_object_get(json_array_get(fields, i), "no"));
		if (no > max) max = no;
	}
	if (max > FIELD_NO_MAX) max = FIELD_NO_MAX;
	uint8_t *modes = ARENA_ARRAY(arena, uint8_t, max + 1);
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *field = json_array_get(fields, i);
		int64_t no = json_integer_value(json_object_get(field, "no"));
		const char *mode = json_string_value(json_object_get(field, "mode"));
		if (no >= 1 && no <= max && mode) modes[no] = strcmp(mode, "clear") == 0 ? GRANT_CLEAR : GRANT_MASKED;
	}
	json_decref(fields);
	grant->modes = modes;
	grant->mode_count = (int)max + 1;
	return 0;
}

static int grant_row(Request *rq, Rows *rows, Arena *arena, const PairKey *pair, Grant *grant) {
	*grant = (Grant){.grant_id = rows_int(rows, 0), .resource_id = pair->resource_id, .account_id = pair->account_id};
	int code = modes_read(rq, rows_text(rows, 1), arena, grant);
	if (code) return code;
	Text filter = rows_text(rows, 2);
	if (filter.at) {
		json_t *parsed = json_loadb(filter.at, filter.len, 0, NULL);
		if (!parsed)
			return fail(rq, ERR_INTERNAL, "the stored filter of grant %lld is damaged", (long long)grant->grant_id);
		arena_on_free(arena, json_drop, parsed);
		grant->filter = parsed;
	}
	grant->purpose = rows_str(rows, 3, arena);
	grant->clear_sensitive = rows_int(rows, 4) != 0;
	grant->from_us = rows_int(rows, 5);
	grant->until_us = rows_int(rows, 6);
	grant->quota_day = rows_int(rows, 7);
	grant->ways = (unsigned)rows_int(rows, 9);
	return 0;
}

/* What anybody may have unconditionally is not held back by a way. */
static unsigned ways_given(int64_t stored, const ResourceFacts *facts) {
	return facts && facts->unconditional ? WAYS_ALL : (unsigned)stored;
}

/* NULL when the resource is no more. */
static const void *facts_or_none(Request *rq, int64_t resource_id) {
	ResourceFacts *facts = ARENA_NEW(rq->arena, ResourceFacts);
	facts->resource_id = resource_id;
	if (action_run(rq, "resource.facts", facts) >= 0) return facts;
	error_clear(rq->error);
	return NULL;
}

static int grants_load(Request *rq, Text key, Arena *arena, void **object) {
	PairKey pair;
	memcpy(&pair, key.at, sizeof pair);
	GrantSet *set = ARENA_NEW(arena, GrantSet);
	set->grants = ARENA_ARRAY(arena, Grant, GRANTS_PER_PAIR);
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT grant_id, fields, filter, purpose, clear_sensitive, from_us, until_us, quota_day, revoked_at, ways FROM"
	    " access_grant"
	    " WHERE account_id = $1 AND resource_id = $2 ORDER BY revoked_at, until_us DESC, grant_id DESC LIMIT 33",
	    BIND(val_int(pair.account_id), val_int(pair.resource_id)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		if (rows_int(rows, 8)) set->revoked = true;
		if (rows_int(rows, 8) || set->count == GRANTS_PER_PAIR) break; /* live ones come first */
		code = grant_row(rq, rows, arena, &pair, &set->grants[set->count++]);
		if (code) break;
	}
	rows_close(rows);
	if (code < 0) return code;
	if (set->count == 0 && !set->revoked) return ERR_NOT_FOUND;
	const ResourceFacts *facts = set->count ? facts_or_none(rq, pair.resource_id) : NULL;
	for (int i = 0; i < set->count; i++) {
		set->grants[i].ways = ways_given(set->grants[i].ways, facts);
		set->grants[i].meter = meter_of(rq, set->grants[i].grant_id);
		if (!set->grants[i].meter) return rq->error->code ? rq->error->code : ERR_BUSY;
	}
	*object = set;
	return 0;
}

static const CacheKind grants_kind = {.name = "grants", .load = grants_load, .max = 50000};

static int not_live(Request *rq, const GrantSet *set) {
	bool future = false;
	for (int i = 0; i < set->count; i++)
		future |= set->grants[i].from_us > rq->now_us;
	const char *why = future ? "grant_future" : set->count ? "grant_expired" : "grant_revoked";
	return error_field(rq->error, ERR_GONE, "", TEXT_NONE, why, "Ask the supplier for a new grant.", "%s",
	                   future       ? "The grant on this resource is not in force yet"
	                   : set->count ? "The grant on this resource has expired"
	                                : "The grant on this resource was revoked");
}

static int grants_of(Request *rq, int64_t resource_id, const GrantSet **out) {
	PairKey pair = {rq->party.account_id, resource_id};
	const void *object;
	int code = cache_get(rq, &grants_kind, (Text){(const char *)&pair, sizeof pair}, &object);
	if (code == 0) *out = object;
	return code;
}

int grant_find(Request *rq, int64_t resource_id, Way way, const Grant **out) {
	const GrantSet *set = NULL;
	int code = rq->party.account_id == 0 ? ERR_NOT_FOUND : grants_of(rq, resource_id, &set);
	if (code == ERR_NOT_FOUND)
		return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "no_grant", "Ask the supplier for a grant.",
		                   "You have no grant on this resource");
	if (code < 0) return code;
	const Grant *found = NULL;
	unsigned ways = 0; /* of all live ones */
	for (int i = 0; i < set->count; i++) {
		const Grant *grant = &set->grants[i];
		bool live = grant->from_us <= rq->now_us && rq->now_us < grant->until_us;
		if (!live) continue;
		ways |= grant->ways;
		if ((grant->ways & way) == way && (!found || grant->grant_id > found->grant_id)) found = grant;
	}
	if (!found) return ways ? way_refuse(rq, ways, way) : not_live(rq, set);
	*out = found;
	return 0;
}

int grant_same(Request *rq, int64_t resource_id, int64_t grant_id, const Grant **out) {
	const GrantSet *set = NULL;
	int code = grants_of(rq, resource_id, &set);
	for (int i = 0; code == 0 && i < set->count; i++)
		if (set->grants[i].grant_id == grant_id) {
			*out = &set->grants[i];
			return 0;
		}
	return code < 0 && code != ERR_NOT_FOUND ? code : fail(rq, ERR_RETRY, "a grant went while it was looked at");
}

/* --- making one -------------------------------------------------------------------------------------------------------- */
static const FieldFact *fact_of(const ResourceFacts *facts, const json_t *field) {
	const json_t *no = json_object_get(field, "no"), *name = json_object_get(field, "name");
	for (int i = 0; i < facts->field_count; i++) {
		const FieldFact *fact = &facts->fields[i];
		if (json_is_integer(no) ? json_integer_value(no) == fact->no
		                        : json_is_string(name) && strcmp(json_string_value(name), fact->name) == 0)
			return fact;
	}
	return NULL;
}

static int field_refused(Request *rq, int code, const char *name, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, code, "fields", text_of(name), rule, advice, "%s", message);
}

/* One entry of fields, normalised into out. */
static int field_take(Request *rq, const ResourceFacts *facts, const json_t *field, bool *sensitive, json_t *out) {
	static const char *const known[] = {"no", "name", "mode"};
	const char *key;
	json_t *value;
	if (!json_is_object(field))
		return field_refused(rq, ERR_INVALID, "", "type", "Give {no or name, mode}.", "A field of a grant is an object");
	json_object_foreach((json_t *)field, key, value) {
		bool good = false;
		for (size_t i = 0; i < 3; i++)
			good |= strcmp(key, known[i]) == 0;
		if (!good)
			return field_refused(rq, ERR_INVALID, key, "unknown_member", "Give no or name, and mode.",
			                     "A field of a grant has no such member");
	}
	const FieldFact *fact = fact_of(facts, field);
	const char *name = json_string_value(json_object_get(field, "name")),
	           *mode = json_string_value(json_object_get(field, "mode"));
	if (!fact || fact->no < 1 || fact->no > FIELD_NO_MAX)
		return field_refused(rq, ERR_INVALID, name ? name : "", "unknown_field", "Use a field of the published version.",
		                     "The resource has no such field");
	if (!mode || (strcmp(mode, "clear") != 0 && strcmp(mode, "masked") != 0))
		return field_refused(rq, ERR_INVALID, fact->name, "mode", "Use clear or masked.",
		                     "The mode of a field is clear or masked");
	for (size_t i = 0; i < json_array_size(out); i++)
		if (json_integer_value(json_object_get(json_array_get(out, i), "no")) == fact->no)
			return field_refused(rq, ERR_INVALID, fact->name, "duplicate", "Name each field once.",
			                     "The field is there twice");
	if (fact->grade >= 3 && strcmp(mode, "clear") == 0) *sensitive = true;
	json_array_append_new(out, json_pack("{s:i, s:s}", "no", fact->no, "mode", mode));
	return 0;
}

static int fields_take(Request *rq, const ResourceFacts *facts, const json_t *fields, bool *sensitive, json_t *out) {
	if (!json_is_array(fields) || json_array_size(fields) == 0)
		return field_refused(rq, ERR_INVALID, "", "required", "Name at least one field.",
		                     "A grant gives at least one field");
	for (size_t i = 0; i < json_array_size(fields); i++) {
		int code = field_take(rq, facts, json_array_get(fields, i), sensitive, out);
		if (code) return code;
	}
	return 0;
}

static int terms_check(Request *rq, const GrantTerms *terms, bool sensitive) {
	Text purpose = text_trim(terms->purpose);
	int64_t from = terms->from_us ? terms->from_us : rq->now_us, until = terms->until_us;
	int64_t days = setting_int(rq, "grants.max_days");
	if (until <= from || until <= rq->now_us)
		return error_field(rq->error, ERR_INVALID, "until", TEXT_NONE, "term",
		                   "Give an end after the beginning and after now.", "The grant would end before it begins");
	if (until - (from > rq->now_us ? from : rq->now_us) > days * 86400000000)
		return error_field(rq->error, ERR_INVALID, "until", TEXT_NONE, "term_max",
		                   "Give an earlier end and renew the grant later.", "A grant lasts at most %lld days",
		                   (long long)days);
	if (!sensitive) return 0;
	if (!terms->clear_sensitive)
		return error_field(rq->error, ERR_INVALID, "clear_sensitive", TEXT_NONE, "clear_sensitive",
		                   "Mask the L3 and L4 fields, or send clear_sensitive: true if you may decide that.",
		                   "Fields of grade L3 or L4 in clear must be granted on purpose");
	if (utf8_count(purpose) < PURPOSE_CLEAR_MIN)
		return error_field(rq->error, ERR_INVALID, "purpose", purpose, "purpose",
		                   "Say what the data is used for, in 10 characters or more.",
		                   "L3 or L4 in clear needs a purpose of at least 10 characters");
	return 0;
}

static int grantee_check(Request *rq, int64_t account_id, const ResourceFacts *facts) {
	int64_t org_id = 0;
	int found = db_int(rq->db, &org_id, "SELECT org_id FROM account WHERE account_id = $1 AND state = 'active'",
	                   BIND(val_int(account_id)));
	if (found < 0) return found;
	if (found && (facts->shared || org_id == facts->org_id)) return 0;
	if (found)
		return error_field(rq->error, ERR_CONFLICT, "resource_id", TEXT_NONE, "not_shared",
		                   "Publish a version of the entry that is shared, or refuse with its basis.",
		                   "The entry is not shared with other organisations");
	return error_field(rq->error, ERR_INVALID, "account_id", TEXT_NONE, "unknown_account", "Choose an active account.",
	                   "There is no such active account");
}

static int facts_of(Request *rq, const GrantTerms *terms, ResourceFacts *facts) {
	int code = action_run(rq, "resource.facts", facts);
	if (code == 0 && (terms->by_process || rq->party.kind == PARTY_SYSTEM || facts->org_id == rq->party.org_id)) {
		if (facts->published) return 0;
		return fail(rq, ERR_CONFLICT, "Only a published resource can be granted");
	}
	if (code < 0 && code != ERR_NOT_FOUND) return code;
	error_clear(rq->error);
	return error_field(rq->error, ERR_FORBIDDEN, "resource_id", TEXT_NONE, "own_resource",
	                   "Grant resources of your own organisation.", "Your organisation supplies no such resource");
}

static char *json_string_in(Arena *arena, const json_t *value) {
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
	if (text) arena_on_free(arena, free, text);
	return text;
}

static int filter_check(Request *rq, const GrantTerms *terms) {
	FilterCheck check = {terms->resource_id, terms->filter};
	if (!check.filter || json_is_null(check.filter) || !action_known(rq->app, "filter.check")) return 0;
	return action_run(rq, "filter.check", &check);
}

static int grant_insert(Request *rq, const GrantTerms *terms, const ResourceFacts *facts, const char *fields, bool sensitive,
                        int64_t *out) {
	int64_t grant_id = store_new_id(rq->store);
	const json_t *filter = terms->filter;
	int64_t done = db_run(
	    rq->db,
	    "INSERT INTO access_grant (grant_id, resource_id, owner_org_id, account_id, fields, filter, purpose, basis,"
	    " clear_sensitive, from_us, until_us, quota_day, granted_by, created_at, revoked_at, revoked_by, revoke_reason, "
	    "version, case_id, conditions, ways)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, '', 1, $15, $16, $17)",
	    BIND(val_int(grant_id), val_int(facts->resource_id), val_int(facts->org_id), val_int(terms->account_id),
	         val_str(fields), filter && !json_is_null(filter) ? val_str(json_string_in(rq->arena, filter)) : val_null(),
	         val_text(text_trim(terms->purpose)), terms->basis.at ? val_text(terms->basis) : val_str(""), val_int(sensitive),
	         val_int(terms->from_us ? terms->from_us : rq->now_us), val_int(terms->until_us), val_int(terms->quota_day),
	         val_int(terms->automatic ? 0 : rq->party.account_id), val_int(rq->now_us), val_int(terms->case_id),
	         terms->conditions.at ? val_text(terms->conditions) : val_str(""), val_int(terms->ways)));
	if (done < 0) return (int)done;
	int code = generation_bump(rq->db);
	*out = grant_id;
	return code < 0 ? code : feed_append(rq->db, FEED_TOPIC_GRANT, grant_id, 1, FEED_INSERT);
}

/* The grant that a new one of the same case replaces. */
static int grant_replace(Request *rq, int64_t grant_id) {
	int64_t done =
	    db_run(rq->db,
	           "UPDATE access_grant SET revoked_at = $2, revoked_by = $3, revoke_reason = 'replaced by a later decision',"
	           " version = version + 1 WHERE grant_id = $1 AND revoked_at = 0",
	           BIND(val_int(grant_id), val_int(rq->now_us), val_int(rq->party.account_id)));
	return done <= 0 ? (int)done : feed_append(rq->db, FEED_TOPIC_GRANT, grant_id, 0, FEED_STATE);
}

/* Everything that keeps a grant from being made; fields get their normal form. */
static int terms_take(Request *rq, const GrantTerms *terms, ResourceFacts *facts, const char **fields, bool *sensitive) {
	json_t *taken = json_array();
	arena_on_free(rq->arena, json_drop, taken);
	*facts = (ResourceFacts){.resource_id = terms->resource_id};
	*sensitive = false;
	int code = facts_of(rq, terms, facts);
	if (code == 0) code = ways_shared(rq, terms->by_process ? "form.way" : "ways", facts->ways, terms->ways);
	if (code == 0) code = grantee_check(rq, terms->account_id, facts);
	if (code == 0) code = fields_take(rq, facts, terms->fields, sensitive, taken);
	if (code == 0) code = terms_check(rq, terms, *sensitive);
	if (code == 0) code = filter_check(rq, terms);
	*fields = json_string_in(rq->arena, taken);
	return code;
}

int grant_terms_check(Request *rq, const GrantTerms *terms) {
	ResourceFacts facts;
	const char *fields;
	bool sensitive;
	return terms_take(rq, terms, &facts, &fields, &sensitive);
}

int grant_make(Request *rq, const GrantTerms *terms, int64_t *out) {
	ResourceFacts facts;
	const char *fields;
	bool sensitive;
	int code = terms_take(rq, terms, &facts, &fields, &sensitive);
	if (code == 0 && terms->replaces) code = grant_replace(rq, terms->replaces);
	if (code == 0) code = grant_insert(rq, terms, &facts, fields, sensitive, out);
	if (code < 0) return code;
	rq->about_resource = facts.resource_id;
	rq->about_subject = *out;
	rq->about = arena_printf(
	    rq->arena, "{\"account_id\":\"%lld\",\"clear_sensitive\":%s,\"case_id\":\"%lld\",\"ways\":\"%s\",\"fields\":%s}",
	    (long long)terms->account_id, sensitive ? "true" : "false", (long long)terms->case_id,
	    ways_names(rq->arena, terms->ways), fields);
	if (strlen(rq->about) > 3900) /* an entry holds 4 KiB */
		rq->about = arena_printf(
		    rq->arena,
		    "{\"account_id\":\"%lld\",\"clear_sensitive\":%s,\"case_id\":\"%lld\",\"ways\":\"%s\",\"field_count\":%zu}",
		    (long long)terms->account_id, sensitive ? "true" : "false", (long long)terms->case_id,
		    ways_names(rq->arena, terms->ways), json_array_size(terms->fields));
	return 0;
}

static int grant_show(Request *rq, int64_t grant_id);

int grants_post(Request *rq) {
	GrantTerms terms = {.resource_id = in_int(rq, "resource_id"),
	                    .account_id = in_int(rq, "account_id"),
	                    .fields = in_json(rq, "fields"),
	                    .filter = in_json(rq, "filter"),
	                    .purpose = in_text(rq, "purpose"),
	                    .basis = in_text(rq, "basis"),
	                    .clear_sensitive = in_int(rq, "clear_sensitive") != 0,
	                    .from_us = in_has(rq, "from") ? in_int(rq, "from") : 0,
	                    .until_us = in_int(rq, "until"),
	                    .quota_day = in_int(rq, "quota_day")};
	int64_t grant_id = 0;
	rq->about_resource = terms.resource_id;
	int code = ways_take(rq, "ways", in_json(rq, "ways"), &terms.ways);
	if (code == 0) code = grant_make(rq, &terms, &grant_id);
	if (code < 0) return code;
	rq->status = 201;
	return grant_show(rq, grant_id);
}

/* --- showing ----------------------------------------------------------------------------------------------------------- */
#define GRANT_COLUMNS                                                                                                            \
	"g.grant_id, g.resource_id, g.account_id, a.name, g.fields, g.filter, g.purpose, g.basis, g.clear_sensitive, g.from_us," \
	" g.until_us, g.quota_day, g.granted_by, g.created_at, g.revoked_at, g.version, b.name, g.revoke_reason, a.login,"       \
	" (SELECT CAST(COALESCE(SUM(u.used), 0) AS BIGINT) FROM grant_use u WHERE u.grant_id = g.grant_id AND u.day = $1),"      \
	" g.case_id, g.conditions, g.ways, g.owner_org_id, a.org_id"
#define GRANT_FROM                                                                                                               \
	" FROM access_grant g JOIN account a ON a.account_id = g.account_id LEFT JOIN account b ON b.account_id = g.granted_by"
/* Suppliers see what they gave, receivers what they got, the data bureau all. */
#define GRANT_SEEN "(g.owner_org_id = $2 OR a.org_id = $2 OR $3 = 1)"

static const char *state_of(const Request *rq, Rows *rows) {
	if (rows_int(rows, 14)) return "revoked";
	if (rows_int(rows, 9) > rq->now_us) return "future";
	return rows_int(rows, 10) > rq->now_us ? "live" : "expired";
}

/* The fields given, with what the resource says of them now (facts may be NULL or lack a field that is no more). */
static void grant_fields_write(Request *rq, Text stored, const ResourceFacts *facts) {
	JsonWriter *json = &rq->json;
	json_t *fields = json_loadb(stored.at, stored.len, 0, NULL), *field;
	size_t index;
	arena_on_free(rq->arena, json_drop, fields);
	jw_array(json);
	json_array_foreach(fields, index, field) {
		const FieldFact *fact = facts ? fact_of(facts, field) : NULL;
		jw_object(json);
		jw_kv_int(json, "no", json_integer_value(json_object_get(field, "no")));
		jw_kv_str(json, "name", fact ? fact->name : NULL);
		jw_kv_str(json, "title", fact ? fact->title : NULL);
		jw_key(json, "grade");
		if (fact)
			jw_int(json, fact->grade);
		else
			jw_null(json);
		jw_kv_str(json, "mode", json_string_value(json_object_get(field, "mode")));
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void grant_write(Request *rq, Rows *rows, const ResourceFacts *facts) {
	JsonWriter *json = &rq->json;
	const char *resource_name = facts ? facts->name : NULL;
	jw_object(json);
	jw_kv_id(json, "grant_id", rows_int(rows, 0));
	jw_kv_id(json, "resource_id", rows_int(rows, 1));
	jw_kv_str(json, "resource_name", resource_name);
	jw_kv_id(json, "account_id", rows_int(rows, 2));
	jw_kv_text(json, "account_name", rows_text(rows, 3));
	jw_kv_text(json, "account_login", rows_text(rows, 18));
	jw_key(json, "fields");
	grant_fields_write(rq, rows_text(rows, 4), facts);
	jw_key(json, "filter");
	if (rows_null(rows, 5))
		jw_null(json);
	else
		jw_raw(json, rows_text(rows, 5));
	jw_kv_text(json, "purpose", rows_text(rows, 6));
	jw_kv_text(json, "basis", rows_text(rows, 7));
	jw_kv_bool(json, "clear_sensitive", rows_int(rows, 8) != 0);
	jw_kv_time(json, "from", rows_int(rows, 9));
	jw_kv_time(json, "until", rows_int(rows, 10));
	jw_kv_int(json, "quota_day", rows_int(rows, 11));
	jw_kv_int(json, "used_today", rows_int(rows, 19));
	jw_kv_str(json, "state", state_of(rq, rows));
	jw_kv_id(json, "granted_by", rows_int(rows, 12));
	jw_kv_text(json, "granted_by_name", rows_text(rows, 16));
	jw_kv_time(json, "created_at", rows_int(rows, 13));
	jw_kv_time(json, "revoked_at", rows_int(rows, 14));
	jw_kv_text(json, "revoke_reason", rows_text(rows, 17));
	jw_key(json, "case_id");
	if (rows_int(rows, 20))
		jw_id(json, rows_int(rows, 20));
	else
		jw_null(json);
	jw_kv_text(json, "conditions", rows_text(rows, 21));
	jw_key(json, "ways");
	ways_write(json, ways_given(rows_int(rows, 22), facts));
	jw_kv_id(json, "owner_org_id", rows_int(rows, 23));
	jw_kv_id(json, "account_org_id", rows_int(rows, 24));
	jw_kv_int(json, "version", rows_int(rows, 15));
	jw_object_end(json);
}

static int grant_show(Request *rq, int64_t grant_id) {
	Rows *rows;
	int64_t resource_id = 0;
	int found =
	    db_int(rq->db, &resource_id, "SELECT resource_id FROM access_grant WHERE grant_id = $1", BIND(val_int(grant_id)));
	const ResourceFacts *facts = found > 0 ? facts_or_none(rq, resource_id) : NULL;
	if (found > 0)
		found = db_one(rq->db, &rows, "SELECT " GRANT_COLUMNS GRANT_FROM " WHERE g.grant_id = $4 AND " GRANT_SEEN,
		               BIND(val_int(date_of_us(rq->now_us)), val_int(rq->party.org_id), val_int(rq->party.sees_all),
		                    val_int(grant_id)));
	if (found < 0) return found;
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no such grant among those you may see");
	rq->about_resource = resource_id;
	grant_write(rq, rows, facts);
	return 0;
}

int grant_get(Request *rq) {
	rq->about_subject = in_int(rq, "id");
	return grant_show(rq, rq->about_subject);
}

/* state is a matter of time. $1 day $2 org (NULL: sees all) $3 resource $4 account $5 state $6 now $7 before $8 limit; NULL: not
 * asked */
#define GRANT_PAGE                                                                                                               \
	GRANT_FROM " WHERE $1 > 0/*if $2*/ AND (g.owner_org_id = $2 OR a.org_id = $2)/*end*/"                                    \
	           "/*if $3*/ AND g.resource_id = $3/*end*//*if $4*/ AND g.account_id = $4/*end*/"                               \
	           "/*if $5*/ AND CASE WHEN g.revoked_at > 0 THEN 'revoked' WHEN g.from_us > $6 THEN 'future'"                   \
	           " WHEN g.until_us > $6 THEN 'live' ELSE 'expired' END = $5/*end*//*if $7*/ AND g.grant_id < $7/*end*/"        \
	           " ORDER BY g.grant_id DESC LIMIT $8"

int grants_get(Request *rq) {
	int limit = in_limit(rq), shown = 0;
	int64_t last = 0;
	Rows *rows;
	const Val args[] = {val_int(date_of_us(rq->now_us)), rq->party.sees_all ? val_null() : val_int(rq->party.org_id),
	                    asked_int(rq, "resource"),       asked_int(rq, "account"),
	                    asked_text(rq, "state"),         val_int(rq->now_us),
	                    asked_int(rq, "after"),          val_int(limit + 1)};
	AskedSql about = asked_sql(rq, "SELECT g.resource_id" GRANT_PAGE, args, 8),
	         page = asked_sql(rq, "SELECT " GRANT_COLUMNS GRANT_PAGE, args, 8);
	LookUps *resources = ARENA_NEW(rq->arena, LookUps);
	int code = db_query(rq->db, &rows, ASKED(about));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0)
		look_up_want(resources, rows_int(rows, 0));
	rows_close(rows);
	if (code < 0) return code;
	look_up_all(rq, resources, facts_or_none);
	code = db_query(rq->db, &rows, ASKED(page));
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0 && shown < limit) {
		grant_write(rq, rows, look_up_found(resources, rows_int(rows, 1)));
		last = rows_int(rows, 0);
		shown++;
	}
	rows_close(rows);
	answer_rows_end(rq, code > 0 ? last : 0);
	rq->row_count = shown;
	return code < 0 ? code : 0;
}

/* --- revoking ---------------------------------------------------------------------------------------------------------- */
int grant_revoke(Request *rq) {
	int64_t grant_id = in_int(rq, "id"), seen = 0;
	rq->about_subject = grant_id;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE access_grant SET revoked_at = $2, revoked_by = $3, revoke_reason = $4, version = version + 1"
	           " WHERE grant_id = $1 AND version = $5 AND revoked_at = 0 AND (owner_org_id = $6 OR $7 = 1)",
	           BIND(val_int(grant_id), val_int(rq->now_us), val_int(rq->party.account_id), val_text(in_text(rq, "reason")),
	                val_int(in_int(rq, "version")), val_int(rq->party.org_id), val_int(rq->party.kind == PARTY_SYSTEM)));
	if (done < 0) return (int)done;
	if (done == 0) {
		int found = db_int(rq->db, &seen,
		                   "SELECT grant_id FROM access_grant WHERE grant_id = $1 AND (owner_org_id = $2 OR $3 = 1)",
		                   BIND(val_int(grant_id), val_int(rq->party.org_id), val_int(rq->party.kind == PARTY_SYSTEM)));
		if (found < 0) return found;
		if (found == 0) return fail(rq, ERR_NOT_FOUND, "Your organisation gave no such grant");
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version",
		                   "Read it again and repeat the change.", "The grant was changed or revoked by someone else");
	}
	int code = generation_bump(rq->db);
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_GRANT, grant_id, in_int(rq, "version") + 1, FEED_STATE);
	return code < 0 ? code : grant_show(rq, grant_id);
}

int grant_taken_back(Request *rq, int64_t resource_id, int64_t org_id) {
	int64_t revoked_at = 0;
	int code = db_int(rq->db, &revoked_at,
	                  "SELECT g.revoked_at FROM access_grant g JOIN account a ON a.account_id = g.account_id"
	                  " WHERE g.resource_id = $1 AND a.org_id = $2 ORDER BY g.grant_id DESC LIMIT 1",
	                  BIND(val_int(resource_id), val_int(org_id)));
	return code < 0 ? code : revoked_at > 0;
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */
const InputField grant_list_inputs[] = {
    {"resource", IN_QUERY, TYPE_ID, .doc = "only on this resource"},
    {"account", IN_QUERY, TYPE_ID, .doc = "only to this account"},
    {"state", IN_QUERY, TYPE_ENUM, .choices = "live|expired|revoked|future", .doc = "only in this state"},
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "grants a page, 50 when absent"},
    {0},
};
const InputField grant_one_inputs[] = {
    ID_PATH("grant"),
    {0},
};
const InputField grant_inputs[] = {
    {"resource_id", IN_BODY, TYPE_ID, true, .doc = "a published resource of one's own organisation"},
    {"account_id", IN_BODY, TYPE_ID, true, .doc = "who may read"},
    {"fields", IN_BODY, TYPE_JSON, true, .max = 65536,
     .doc = "[{no or name, mode: clear or masked}]; fields not named are not given"},
    {"filter", IN_BODY, TYPE_JSON, .max = 16384, .doc = "row filter, as in queries of records"},
    {"ways", IN_BODY, TYPE_JSON, true, .max = 200,
     .doc = "how it may be had: [api, batch, download], one or several; others are refused"},
    {"purpose", IN_BODY, TYPE_TEXT, true, 2, 500, .doc = "what the data is used for; kept in evidence of every read"},
    {"basis", IN_BODY, TYPE_TEXT, .max = 500, .doc = "legal basis"},
    {"clear_sensitive", IN_BODY, TYPE_BOOL, .doc = "true: L3 and L4 fields may be given in clear"},
    {"from", IN_BODY, TYPE_TIME, .doc = "begin, absent = now"},
    {"until", IN_BODY, TYPE_TIME, true, .doc = "end"},
    {"quota_day", IN_BODY, TYPE_INT, true, 1, 1000000000, .doc = "records a day (Asia/Shanghai)"},
    {0},
};
const InputField grant_revoke_inputs[] = {
    ID_PATH("grant"),
    {"reason", IN_BODY, TYPE_TEXT, true, 2, 500, .doc = "why"},
    {"version", IN_BODY, TYPE_INT, true, 0, INT64_MAX, .doc = "version read before"},
    {0},
};
const OutputField grant_list_outputs[] = {
    {"items", "Grant[]", "newest first"}, {"next", "string|null", "cursor of the next page"}, {0}};
const OutputField grant_outputs[] = {
    {"grant_id", "string", "grant"},
    {"resource_id", "string", "resource"},
    {"resource_name", "string|null", "its name"},
    {"account_id", "string", "who may read"},
    {"account_name", "string", "name of the account"},
    {"account_login", "string", "login of the account"},
    {"fields", "{no: number, name: string | null, title: string | null, grade: number | null, mode: \"clear\"|\"masked\"}[]",
     "what is given; name, title and grade as published now, null for a field that is no more"},
    {"filter", "unknown", "row filter or null"},
    {"purpose", "string", "what the data is used for"},
    {"basis", "string", "legal basis"},
    {"clear_sensitive", "boolean", "L3 or L4 is given in clear"},
    {"from", "string", "begin"},
    {"until", "string", "end"},
    {"quota_day", "number", "records a day"},
    {"used_today", "number", "records used today, at most a second old"},
    {"state", "\"live\"|\"expired\"|\"revoked\"|\"future\"", "state now"},
    {"granted_by", "string", "account"},
    {"granted_by_name", "string|null", "its name"},
    {"created_at", "string", "time"},
    {"revoked_at", "string|null", "time"},
    {"revoke_reason", "string", "why it was revoked"},
    {"case_id", "string|null", "the share request it was given for"},
    {"conditions", "string", "conditions of the supplier"},
    {"ways", "(\"api\"|\"batch\"|\"download\")[]",
     "how it may be had; those made before ways were kept, and all of unconditional resources, every way"},
    {"owner_org_id", "string", "organisation that gave it, and may revoke it"},
    {"account_org_id", "string", "organisation of the account"},
    {"version", "number", "rises with each change"},
    {0},
};
