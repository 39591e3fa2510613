/* Access: whether and how a party sees a resource, compiled into a Plan (fields with their modes, SQL, row filter, what evidence
 * says) and cached for one catalogue generation. A live grant decides alone; without one a person of the owning organisation, or
 * a reader of a published unconditional resource, sees L1/L2 clear and L3/L4 masked; nobody else sees anything. Any thread. */
#include "record/read.h"

/* --- the plan's own copy of the resource ------------------------------------------------------------------------------- */

static const Resource *resource_copy(const Resource *from, Arena *arena) {
	Resource *to = ARENA_NEW(arena, Resource);
	Field *fields = ARENA_ARRAY(arena, Field, from->field_count + 1);
	*to = *from;
	to->code = arena_strdup(arena, from->code);
	to->name = arena_strdup(arena, from->name);
	to->summary = NULL;
	to->rules = NULL;
	to->rule_count = 0;
	to->fields = fields;
	for (int i = 0; i < from->field_count; i++) {
		fields[i] = from->fields[i];
		fields[i].name = arena_strdup(arena, from->fields[i].name);
		fields[i].title = arena_strdup(arena, from->fields[i].title);
		fields[i].source_name = fields[i].element = fields[i].code_set = fields[i].date_field = fields[i].ref_resource =
		    NULL;
	}
	return to;
}

/* --- modes ------------------------------------------------------------------------------------------------------------- */

typedef enum Basis { BASIS_NONE, BASIS_GRANT, BASIS_OWN, BASIS_READER, BASIS_PUBLIC } Basis;

static Basis basis_of(const Request *rq, const Resource *resource, const Grant *grant) {
	if (grant) return BASIS_GRANT;
	if (rq->party.kind != PARTY_PERSON || !party_may(&rq->party, PERMIT_DATA_READ)) return BASIS_NONE;
	if (rq->party.org_id == resource->org_id) return BASIS_OWN;
	return resource->state == RES_PUBLISHED && resource->sharing == SHARE_UNCONDITIONAL ? BASIS_READER : BASIS_NONE;
}

/* The public sees a field clear or not at all, whatever an opening says: never L3/L4, never what others see masked, never the
 * numbers of persons. */
static GrantMode mode_public(const Field *field) {
	bool person = field->check == CHECK_GB11643 || field->check == CHECK_GB11643_15 || field->check == CHECK_MOBILE ||
	              field->check == CHECK_EMAIL || field->check == CHECK_PLATE;
	return field->grade >= 3 || field->mask != MASK_NONE || person ? GRANT_NONE : GRANT_CLEAR;
}

static GrantMode mode_of(const Field *field, Basis basis, const Grant *grant) {
	bool sensitive = field->grade >= 3;
	if (basis == BASIS_GRANT) {
		GrantMode mode = field->no < grant->mode_count ? (GrantMode)grant->modes[field->no] : GRANT_NONE;
		return mode == GRANT_CLEAR && sensitive && !grant->clear_sensitive ? GRANT_MASKED : mode;
	}
	if (sensitive || (basis == BASIS_READER && field->mask != MASK_NONE)) return GRANT_MASKED;
	return GRANT_CLEAR;
}

/* --- compiling --------------------------------------------------------------------------------------------------------- */

/* opened: by position, of the public; else NULL. */
static void compile_fields(Plan *plan, Basis basis, const Grant *grant, const bool *opened, Arena *arena) {
	const Resource *resource = plan->resource;
	PlanField *fields = ARENA_ARRAY(arena, PlanField, resource->field_count + 1);
	plan->positions = ARENA_ARRAY(arena, int, resource->field_count + 1);
	plan->numbers = ARENA_ARRAY(arena, int, resource->field_count + 1);
	plan->fields = fields;
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		fields[i].mode = basis != BASIS_PUBLIC ? mode_of(field, basis, grant)
		                 : opened[i]           ? mode_public(field)
		                                       : GRANT_NONE;
		fields[i].sensitive = fields[i].mode == GRANT_CLEAR && field->grade >= 3;
		plan->sensitive |= fields[i].sensitive;
		if (fields[i].mode == GRANT_NONE) continue;
		plan->numbers[plan->visible] = column_listed(plan->columns, field->no) ? field->no : 0;
		plan->positions[plan->visible++] = i;
	}
}

static int compile_filter(Request *rq, Plan *plan, const Grant *grant, Arena *arena) {
	plan->filter = TEXT("");
	if (!grant || !grant->filter) return 0;
	Filter *filter = ARENA_NEW(arena, Filter);
	filter_begin(filter, plan->resource, arena, rq->error, 2);
	int code = filter_json(filter, grant->filter);
	if (code < 0) return code;
	plan->filter = filter->sql.len ? buf_as_text(&filter->sql) : TEXT("");
	plan->filter_values = filter->values;
	plan->filter_count = filter->count;
	plan->conditions = filter->list;
	plan->condition_count = filter->conditions;
	return 0;
}

static void compile_sql(Plan *plan, Arena *arena) {
	const Resource *resource = plan->resource;
	TableName table = sql_table(resource->resource_id, resource->generation_no);
	Buf *key = ARENA_NEW(arena, Buf);
	buf_in(key, arena);
	buf_text(key, plan->filter);
	for (int i = 0; i < resource->key_count; i++)
		sql_condition(key, resource->fields[resource->key_fields[i]].no, OP_EQ, 2 + plan->filter_count + i, 1);
	plan->by_id = (OneSql){sql_read_one(arena, table, plan->numbers, plan->visible, plan->filter),
	                       sql_read_many(arena, table, plan->numbers, plan->visible, plan->filter, 1 + plan->filter_count)};
	plan->by_key = (OneSql){sql_read_one(arena, table, plan->numbers, plan->visible, buf_as_text(key)),
	                        sql_read_many(arena, table, plan->numbers, plan->visible, buf_as_text(key),
	                                      1 + plan->filter_count + resource->key_count)};
}

/* {"grant":"…","purpose":"…","clear":["…"] : what every read under this plan tells evidence; the reader closes it. */
static const char *compile_about(const Plan *plan, const Grant *grant, Arena *arena) {
	Buf *out = ARENA_NEW(arena, Buf);
	JsonWriter json;
	buf_in(out, arena);
	jw_begin(&json, out);
	jw_object(&json);
	if (grant) {
		jw_kv_id(&json, "grant", grant->grant_id);
		jw_kv_str(&json, "purpose", grant->purpose);
	}
	if (plan->resource->keeper == KEEPER_PROXY) jw_kv_bool(&json, "proxied", true);
	jw_key(&json, "clear");
	jw_array(&json);
	for (int i = 0; i < plan->visible; i++)
		if (plan->fields[plan->positions[i]].sensitive) jw_str(&json, plan->resource->fields[plan->positions[i]].name);
	jw_array_end(&json);
	jw_object_end(&json);
	out->at[out->len - 1] = '\0';
	return out->at;
}

typedef struct PlanKey {
	int64_t resource_id, account_id, grant_id;
} PlanKey;

/* *why: what a person without a live grant is told when the base rule shows it nothing either. */
static int find_grant(Request *rq, int64_t resource_id, Way way, const Grant **out, Error *why) {
	*out = NULL;
	error_clear(why);
	if (rq->party.kind == PARTY_SERVICE) return grant_find(rq, resource_id, way, out);
	Request quiet = request_quiet(rq, why);
	int code = grant_find(&quiet, resource_id, way, out);
	if (code == 0) return 0;
	*out = NULL; /* a person without a live grant may still see it by the base rule */
	return code == ERR_FORBIDDEN || code == ERR_GONE || code == ERR_NOT_FOUND ? 0 : fail(rq, code, "%s", why->message);
}

/* Field numbers that have a column: of the run-time table, or of the supplier's. */
static int plan_columns(Request *rq, const Resource *resource, Arena *arena, Text *out) {
	if (resource->keeper == KEEPER_TABLE)
		return table_columns(rq, resource->resource_id, resource->generation_no, arena, out);
	KeeperColumns columns = {resource, ARENA_ARRAY(rq->arena, bool, resource->field_count + 1)};
	Buf *list = ARENA_NEW(arena, Buf);
	int code = action_run(rq, "keeper.columns", &columns);
	buf_in(list, arena);
	buf_char(list, ',');
	for (int i = 0; i < resource->field_count; i++)
		if (columns.has[i]) buf_printf(list, "%d,", resource->fields[i].no);
	*out = buf_as_text(list);
	return code;
}

/* What cannot be asked of the supplier must not silently let rows through. */
static int filter_reaches(Request *rq, const Plan *plan) {
	for (int i = 0; i < plan->condition_count; i++) {
		const Field *field = &plan->resource->fields[plan->conditions[i].position];
		if (!column_listed(plan->columns, field->no))
			return error_field(rq->error, ERR_GATEWAY, field->name, TEXT_NONE, "no_values",
			                   "ask the supplier to connect its table anew",
			                   "The grant is limited by %s, which the supplier's table has no column for",
			                   field->name);
	}
	return 0;
}

static int plan_load(Request *rq, Text key, Arena *arena, void **object) {
	PlanKey ids;
	const Resource *resource;
	const Grant *grant = NULL;
	Plan *plan = ARENA_NEW(arena, Plan);
	memcpy(&ids, key.at, sizeof ids);
	int code = resource_find(rq, ids.resource_id, &resource);
	if (code == 0 && ids.grant_id) code = grant_same(rq, ids.resource_id, ids.grant_id, &grant);
	if (code < 0) return code;
	plan->resource = resource_copy(resource, arena);
	plan->grant_id = grant ? grant->grant_id : 0;
	plan->mounted = resource_mounted(resource);
	plan->suspect = arena_alloc(arena, sizeof *plan->suspect);
	plan->mask_key = text_of(
	    arena_printf(arena, "%lld:%lld", (long long)ids.resource_id, (long long)(grant ? grant->grant_id : -ids.account_id)));
	code = plan_columns(rq, resource, arena, &plan->columns);
	if (code == 0) code = compile_filter(rq, plan, grant, arena);
	if (code == 0 && resource->keeper == KEEPER_PROXY) code = filter_reaches(rq, plan);
	if (code < 0) return code;
	compile_fields(plan, basis_of(rq, resource, grant), grant, NULL, arena);
	if (resource->keeper == KEEPER_TABLE) compile_sql(plan, arena);
	for (int i = 0; i < resource->key_count; i++)
		plan->hashed_order |= plan->fields[resource->key_fields[i]].mode != GRANT_CLEAR;
	plan->about = compile_about(plan, grant, arena);
	*object = plan;
	return 0;
}

static const CacheKind plan_cache = {"record.plan", plan_load, 10000};

int access_plan(Request *rq, const Resource *resource, Way way, const Plan **plan, const Grant **grant) {
	const void *object = NULL;
	Error why;
	int code = find_grant(rq, resource->resource_id, way, grant, &why);
	if (code < 0) return code;
	bool nothing = basis_of(rq, resource, *grant) == BASIS_NONE;
	if (nothing && strcmp(why.rule, "way") == 0) {
		*rq->error = why;
		return why.code;
	}
	if (nothing)
		return error_field(rq->error, ERR_FORBIDDEN, "resource", text_of(resource->code), "no_grant",
		                   "ask the supplier for a grant that names your purpose", "There is no grant for you on %s",
		                   resource->code);
	PlanKey key = {resource->resource_id, rq->party.account_id, *grant ? (*grant)->grant_id : 0};
	code = cache_get(rq, &plan_cache, (Text){(const char *)&key, sizeof key}, &object);
	if (code < 0) return code;
	*plan = object;
	return 0;
}

/* --- the public ------------------------------------------------------------------------------------------------------ */

static int public_load(Request *rq, Text key, Arena *arena, void **object) {
	int64_t resource_id;
	const Resource *resource;
	Error error;
	Request quiet = request_quiet(rq, &error);
	Plan *plan = ARENA_NEW(arena, Plan);
	memcpy(&resource_id, key.at, sizeof resource_id);
	int code = resource_find(&quiet, resource_id, &resource);
	if (code == ERR_NOT_FOUND || code == ERR_GONE || code == ERR_CONFLICT) return ERR_NOT_FOUND;
	if (code < 0) return fail(rq, code, "%s", error.message);
	OpeningFields opening = {.resource = resource, .opened = ARENA_ARRAY(rq->arena, bool, resource->field_count + 1)};
	if (!action_known(rq->app, "opening.fields")) return ERR_NOT_FOUND;
	code = action_run(rq, "opening.fields", &opening);
	if (code < 0) return code;
	if (!opening.opening_id) return ERR_NOT_FOUND;
	plan->resource = resource_copy(resource, arena);
	plan->opening_id = opening.opening_id;
	plan->mounted = resource->generation_no > 0;
	plan->suspect = arena_alloc(arena, sizeof *plan->suspect);
	plan->filter = TEXT("");
	plan->about = "{\"public\":true";
	code = table_columns(rq, resource_id, resource->generation_no, arena, &plan->columns);
	if (code < 0) return code;
	compile_fields(plan, BASIS_PUBLIC, NULL, opening.opened, arena);
	compile_sql(plan, arena);
	*object = plan;
	return 0;
}

static const CacheKind public_cache = {"record.public", public_load, 5000};

int access_public(Request *rq, int64_t resource_id, const Plan **plan) {
	const void *object = NULL;
	int code = cache_get(rq, &public_cache, (Text){(const char *)&resource_id, sizeof resource_id}, &object);
	if (code == ERR_NOT_FOUND) return fail(rq, ERR_NOT_FOUND, "There is no open data under this name");
	if (code == 0) *plan = object;
	return code;
}
