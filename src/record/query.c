/* Queries: one record by id or by key (pages: page.c). Whoever asks, the answer goes plan (grant, modes, row filter) → SQL
 * → mask → quota → evidence. Each statement also selects the catalogue generation; when it moved since the plan was made, the
 * answer is thrown away and the request runs again (ERR_RETRY), so that no grant or mask is stale in any process. On the
 * request's thread. */
#include "record/read.h"

/* --- what is asked ----------------------------------------------------------------------------------------------------- */

/* {resource}: an id, or a code with "~" for "/". */
static int find_resource(Request *rq, const Resource **out) {
	Text name = in_text(rq, "resource");
	int64_t id;
	if (text_to_int(name, &id) == 0) return resource_find(rq, id, out);
	char *code = text_cstr(rq->arena, name);
	for (char *at = code; *at; at++)
		if (*at == '~') *at = '/';
	return resource_find_code(rq, text_of(code), out);
}

/* To anybody, what is not open is like what does not exist. */
static int public_target(Request *rq, Target *out) {
	Error error;
	Request quiet = request_quiet(rq, &error);
	int share = items_share(rq), code = action_known(rq->app, "opening.gate") ? action_run(rq, "opening.gate", &share) : 0;
	if (code < 0) return code;
	code = find_resource(&quiet, &out->resource);
	if (code == ERR_RETRY || code == ERR_LEASE || code == ERR_BUSY) return fail(rq, code, "%s", error.message);
	code = access_public(rq, code < 0 ? 0 : out->resource->resource_id, &out->plan);
	if (code < 0) return code;
	*out = (Target){.resource = out->plan->resource, .plan = out->plan};
	rq->about_resource = out->resource->resource_id;
	rq->any_origin = true;
	return action_run(rq, "opening.used", &rq->about_resource);
}

int open_target(Request *rq, Target *out) {
	if (asked_openly(rq)) return public_target(rq, out);
	int code = find_resource(rq, &out->resource);
	if (code < 0) return code;
	rq->about_resource = out->resource->resource_id;
	return access_plan(rq, out->resource, WAY_API, &out->plan, &out->grant);
}

int statement_failed(Request *rq, int code) {
	if (code != ERR_INTERNAL && code != ERR_INVALID && code != ERR_NOT_FOUND && code != ERR_CONFLICT) return code;
	Error kept = *rq->error;
	error_clear(rq->error);
	if (request_generation_check(rq) == 1) return ERR_RETRY;
	*rq->error = kept;
	return code;
}

int moved_on(Request *rq, int64_t generation) {
	request_generation(rq, generation);
	return ERR_RETRY;
}

int not_found(Request *rq) {
	return error_field(rq->error, ERR_NOT_FOUND, "record", TEXT_NONE, "no_record",
	                   "check the key; your grant may not cover it", "There is no such record among those you may see");
}

/* --- writing records --------------------------------------------------------------------------------------------------- */

Val column_value(Rows *rows, int column, const Field *field) {
	if (rows_null(rows, column)) return val_null();
	switch (field_kind_val(field->kind)) {
	case VAL_INT:
		return val_int(rows_int(rows, column));
	case VAL_DOUBLE:
		return val_double(rows_double(rows, column));
	default: {
		Text text = rows_text(rows, column);
		return (Val){.kind = VAL_TEXT, .t = text.at ? text : TEXT("")};
	}
	}
}

void record_json(Request *rq, const Plan *plan, int64_t record, int64_t ver, const Val *values, const int *positions, int count) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_id(json, "record_id", record);
	jw_kv_int(json, "version", ver);
	for (int i = 0; i < count; i++) {
		const Field *field = &plan->resource->fields[positions[i]];
		jw_key(json, field->name);
		if (plan->fields[positions[i]].mode == GRANT_CLEAR)
			value_json(json, field, values[i], rq->arena);
		else
			masked_json(json, rq->app, field, values[i], plan->mask_key, rq->arena);
	}
	jw_object_end(json);
}

void tell_evidence(Request *rq, const Plan *plan, const char *how, int64_t rows) {
	rq->about = arena_printf(rq->arena, "%s,%s}", plan->about, how);
	rq->row_count = rows;
	rq->sensitive = plan->sensitive && rows > 0;
}

int use_quota(Request *rq, const Target *target, int64_t rows) {
	return target->grant && rows > 0 ? grant_use(rq, target->grant, rows) : 0;
}

/* --- one record -------------------------------------------------------------------------------------------------------- */

/* One record being asked for. */
typedef struct Ask {
	Request *rq;
	Target target;
	const char *how; /* for evidence: members of a JSON object */
	bool probing;    /* a miss counts against the quota too, so that nobody tries personal keys out for free */
} Ask;

static int answer_row(const Ask *ask, Rows *rows) {
	Request *rq = ask->rq;
	const Plan *plan = ask->target.plan;
	if (rows_int(rows, 0) != rq->generation) return moved_on(rq, rows_int(rows, 0));
	bool found = !rows_null(rows, 1);
	tell_evidence(rq, plan, ask->how, found);
	int code = use_quota(rq, &ask->target, found || ask->probing);
	if (code < 0) return code;
	if (!found) return not_found(rq);
	rq->about_subject = rows_int(rows, 1);
	rq->etag = arena_printf(rq->arena, "\"%lld.%lld.%lld\"", (long long)rows_int(rows, 2), (long long)rq->generation,
	                        (long long)plan->grant_id);
	Val *values = ARENA_ARRAY(rq->arena, Val, plan->visible + 1);
	for (int i = 0; i < plan->visible; i++)
		values[i] = column_value(rows, SYSTEM_SHOWN + i, &plan->resource->fields[plan->positions[i]]);
	record_json(rq, plan, rows_int(rows, 1), rows_int(rows, 2), values, plan->positions, plan->visible);
	return 0;
}

/* With no connection of our own: a failed statement marks the plan, and the request runs again; the plan's mark makes that run
 * look at the generation first and read by itself. */
static void answer_arrived(void *arg, Rows *rows, int result, const Error *error) {
	Ask *ask = arg;
	int code = result;
	if (result == 0) {
		code = rows_next(rows);
		code = code > 0   ? answer_row(ask, rows)
		       : code < 0 ? code
		                  : fail(ask->rq, ERR_INTERNAL, "A read without an answer");
	} else if (result == ERR_INTERNAL) {
		atomic_store(ask->target.plan->suspect, true);
		code = ERR_RETRY;
	} else {
		*ask->rq->error = *error;
	}
	request_complete(ask->rq, code);
}

static int answer_one(Request *rq, const Target *target, const OneSql *sql, const Val *binds, int count, const char *how,
                      bool probing) {
	Ask *ask = ARENA_NEW(rq->arena, Ask);
	Rows *rows;
	if (!target->plan->mounted) return not_found(rq);
	*ask = (Ask){rq, *target, how, probing};
	bool suspect = atomic_load(target->plan->suspect);
	if (rq->reads) {
		bool added = !suspect && store_reads_add(rq->reads, sql->many, binds, (size_t)count, answer_arrived, ask) == 0;
		return added ? REQUEST_PENDING : ERR_LEASE;
	}
	if (suspect && request_generation_check(rq) == 1) return ERR_RETRY;
	int code = db_one(rq->db, &rows, sql->one, binds, (size_t)count);
	if (code < 0) return statement_failed(rq, code);
	return code > 0 ? answer_row(ask, rows) : fail(rq, ERR_INTERNAL, "A read without an answer");
}

int bind_filter(const Plan *plan, int64_t record, Val *binds) {
	binds[0] = val_int(record);
	if (plan->filter_count > 0) memcpy(binds + 1, plan->filter_values, sizeof(Val) * (size_t)plan->filter_count);
	return 1 + plan->filter_count;
}

static int record_get(Request *rq) {
	Target target;
	Val binds[1 + FILTER_VALUES_MAX];
	int code = open_target(rq, &target);
	if (code < 0) return code;
	if (target.resource->keeper == KEEPER_PROXY)
		return error_field(rq->error, ERR_CONFLICT, "record_id", TEXT_NONE, "proxied",
		                   "use GET /data/{resource}/by-key or POST /data/{resource}/lookup",
		                   "The records of %s stay at the supplier, where they are found by their key only",
		                   target.resource->code);
	int count = bind_filter(target.plan, in_int(rq, "record_id"), binds);
	return answer_one(rq, &target, &target.plan->by_id, binds, count, "\"by\":\"id\"", false);
}

int record_probe(Request *rq, const Resource *resource) {
	const Plan *plan;
	const Grant *grant;
	Rows *rows;
	Val binds[1 + FILTER_VALUES_MAX];
	int64_t record = 0;
	Party asker = rq->party; /* as a reader of the supplier would; nothing is given out */
	rq->party = (Party){.kind = PARTY_PERSON, .org_id = resource->org_id, .permits = PERMIT_BIT(PERMIT_DATA_READ)};
	int code = access_plan(rq, resource, WAY_INSIDE, &plan, &grant);
	rq->party = asker;
	if (code < 0 || !plan->mounted) return code;
	if (resource->keeper == KEEPER_PROXY) return proxied_probe(rq, plan);
	TableName table = sql_table(resource->resource_id, resource->generation_no);
	code = db_int(rq->db, &record, sql_over(rq->arena, table, "SELECT rid FROM %s ORDER BY rid LIMIT 1"), NO_BIND);
	if (code <= 0) return code;
	code = db_one(rq->db, &rows, plan->by_id.one, binds, (size_t)bind_filter(plan, record, binds));
	return code < 0                          ? code
	       : code > 0 && !rows_null(rows, 1) ? 0
	                                         : fail(rq, ERR_INTERNAL, "A record that is there was not given out");
}

/* --- by key ------------------------------------------------------------------------------------------------------------ */

typedef struct Key {
	Val *values; /* by position; NULL where not given yet */
	int given;
} Key;

static int key_position(const Resource *resource, Text name) {
	for (int i = 0; i < resource->key_count; i++)
		if (text_is(name, resource->fields[resource->key_fields[i]].name)) return resource->key_fields[i];
	return -1;
}

static int key_unknown(Request *rq, Text name) {
	return error_field(rq->error, ERR_INVALID, "key", name, "unknown_parameter", "see GET /data/{resource}/schema",
	                   "%.*s is no key field that you may use here", (int)(name.len > 60 ? 60 : name.len), name.at);
}

int masked_field(Request *rq, const Field *field) {
	return error_field(rq->error, ERR_INVALID, field->name, TEXT_NONE, "masked_field", "ask the supplier to grant it clear",
	                   "%s is masked for you, so records cannot be looked up, filtered, sorted or classified by it",
	                   field->name);
}

/* Who sees a key masked could find out what stands behind the mask by trying: a grant counts each try against its quota, and the
 * supplier's own people have the source. */
static bool key_hidden(const Request *rq, const Target *target, int position) {
	return target->plan->fields[position].mode == GRANT_MASKED && !target->grant &&
	       rq->party.org_id != target->resource->org_id;
}

static int key_add(Request *rq, const Target *target, Text name, Text value, Key *key) {
	const Resource *resource = target->plan->resource;
	int position = key_position(resource, name);
	const char *why = NULL;
	if (position < 0 || target->plan->fields[position].mode == GRANT_NONE) return key_unknown(rq, name);
	const Field *field = &resource->fields[position];
	if (key_hidden(rq, target, position)) return masked_field(rq, field);
	Text kept = text_trim(value);
	if (key->values[position].kind != VAL_NULL)
		return error_field(rq->error, ERR_INVALID, field->name, TEXT_NONE, "twice", "give it once", "%s is given twice",
		                   field->name);
	if (field->check != CHECK_NONE && check_text(NULL, field->check, kept, DATE_TODAY, rq->arena, &kept, &why) < 0)
		kept = text_trim(value);
	if (kept.len == 0 || field_parse(field, kept, rq->arena, &key->values[position], &why) < 0)
		return error_field(rq->error, ERR_INVALID, field->name, field->grade >= 3 ? TEXT_NONE : value, "type", "",
		                   "%s %s", field->name, kept.len ? why : "must not be empty");
	key->given++;
	return 0;
}

/* Evidence names personal keys by a keyed hash: who holds the key can be asked about a person, nobody can list persons. */
static const char *key_about(Request *rq, const Resource *resource, const Key *key, const char *by) {
	if (!resource->personal_key) return arena_printf(rq->arena, "\"by\":\"%s\"", by);
	Buf text = {0};
	Digest digest;
	char hex[HEX_DIGEST_MAX];
	for (int i = 0; i < resource->key_count; i++) {
		Text value =
		    field_text(&resource->fields[resource->key_fields[i]], key->values[resource->key_fields[i]], rq->arena);
		buf_be32(&text, (uint32_t)value.len);
		buf_text(&text, value);
	}
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16}, buf_as_text(&text), &digest);
	buf_free(&text);
	hex_encode(digest.bytes, 16, hex);
	return arena_printf(rq->arena, "\"by\":\"%s\",\"key_hash\":\"%s\"", by, hex);
}

static int answer_key(Request *rq, const Target *target, const Key *key, const char *by) {
	const Resource *resource = target->plan->resource;
	Val binds[1 + FILTER_VALUES_MAX + 8];
	if (key->given < resource->key_count || resource->key_count == 0)
		return error_field(rq->error, ERR_INVALID, "key", TEXT_NONE, "required", "see GET /data/{resource}/schema",
		                   resource->key_count ? "All %d key fields must be given"
		                                       : "The resource has no key (%d fields)",
		                   resource->key_count);
	const char *how = key_about(rq, resource, key, by);
	if (resource->keeper == KEEPER_PROXY) return proxied_one(rq, target, key->values, how, resource->personal_key);
	Buf scratch = {0};
	int count = bind_filter(target->plan, record_id(rq->app, resource, key->values, &scratch), binds);
	buf_free(&scratch);
	for (int i = 0; i < resource->key_count; i++)
		binds[count++] = key->values[resource->key_fields[i]];
	return answer_one(rq, target, &target->plan->by_key, binds, count, how, resource->personal_key);
}

static Key key_begin(Request *rq, const Target *target) {
	return (Key){.values = ARENA_ARRAY(rq->arena, Val, target->plan->resource->field_count + 1)};
}

static int record_by_key(Request *rq) {
	Target target;
	Text rest = rq->any_query, name, value;
	int code = open_target(rq, &target), more;
	if (code < 0) return code;
	if (target.resource->personal_key)
		return error_field(rq->error, ERR_INVALID, "key", TEXT_NONE, "personal_key", "use POST /data/{resource}/lookup",
		                   "The key of %s is personal data and must not stand in an address", target.resource->code);
	Key key = key_begin(rq, &target);
	while ((more = query_next(rq->arena, &rest, &name, &value)) > 0)
		if ((code = key_add(rq, &target, name, value, &key)) < 0) return code;
	return more < 0 ? fail(rq, ERR_INVALID, "The query is malformed") : answer_key(rq, &target, &key, "key");
}

static int record_lookup(Request *rq) {
	Target target;
	const char *name;
	json_t *value;
	int code = open_target(rq, &target);
	if (code < 0) return code;
	Key key = key_begin(rq, &target);
	json_object_foreach(in_json(rq, "key"), name, value) {
		char *number =
		    json_is_integer(value) ? arena_printf(rq->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) : NULL;
		Text text = json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : text_of(number);
		if (!text.at)
			return error_field(rq->error, ERR_INVALID, "key", text_of(name), "type", "write the value as a text",
			                   "Key values are texts");
		if ((code = key_add(rq, &target, text_of(name), text, &key)) < 0) return code;
	}
	return answer_key(rq, &target, &key, "lookup");
}

/* --- schema ------------------------------------------------------------------------------------------------------------ */

static void schema_field(JsonWriter *json, const Field *field, const PlanField *plan) {
	bool clear = plan->mode == GRANT_CLEAR;
	jw_object(json);
	jw_kv_int(json, "no", field->no);
	jw_kv_str(json, "name", field->name);
	jw_kv_str(json, "title", field->title);
	jw_kv_str(json, "kind", field_kind_name(field->kind));
	jw_kv_int(json, "length", field->length);
	jw_kv_int(json, "scale", field->scale);
	jw_kv_int(json, "grade", field->grade);
	jw_kv_str(json, "mode", clear ? "clear" : "masked");
	jw_kv_str(json, "mask", clear ? "" : mask_name(field_mask(field)));
	jw_kv_bool(json, "key", field->key);
	jw_kv_bool(json, "filter", clear && field->kind != KIND_GEOMETRY);
	jw_kv_bool(json, "sort", clear && (field->indexed || field->unique || field->key));
	jw_object_end(json);
}

static int record_schema(Request *rq) {
	Target target;
	int code = open_target(rq, &target);
	if (code < 0) return code;
	const Plan *plan = target.plan;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "resource_id", plan->resource->resource_id);
	jw_kv_str(&rq->json, "code", plan->resource->code);
	jw_kv_str(&rq->json, "name", plan->resource->name);
	jw_kv_int(&rq->json, "version", plan->resource->version);
	jw_kv_bool(&rq->json, "personal_key", plan->resource->personal_key);
	jw_key(&rq->json, "fields");
	jw_array(&rq->json);
	for (int i = 0; i < plan->visible; i++)
		schema_field(&rq->json, &plan->resource->fields[plan->positions[i]], &plan->fields[plan->positions[i]]);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

/* --- routes ------------------------------------------------------------------------------------------------------------ */

#define IN_RESOURCE                                                                                                              \
	{ .name = "resource", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .doc = "id, or code with ~ for /" }
#define RECORD_OUT                                                                                                               \
	{.name = "record_id", .type = "string", .doc = "surrogate id: the same for the same key, tells nothing about it"},       \
	    {.name = "version", .type = "number", .doc = "rises when the record changes"}, {                                     \
		.name = "[field: string]", .type = "unknown", .doc = "the granted fields, clear or masked"                       \
	}

static const InputField get_inputs[] = {
    IN_RESOURCE, {.name = "record_id", .in = IN_PATH, .type = TYPE_ID, .required = true, .doc = "surrogate id"}, {0}};
static const InputField key_inputs[] = {IN_RESOURCE, {0}};
static const InputField lookup_inputs[] = {IN_RESOURCE,
                                           {.name = "key",
                                            .in = IN_BODY,
                                            .type = TYPE_JSON,
                                            .required = true,
                                            .max = 8192,
                                            .doc = "object: every key field and its value"},
                                           {0}};
static const InputField list_inputs[] = {
    IN_RESOURCE,
    {.name = "fields", .in = IN_QUERY, .type = TYPE_TEXT, .max = 8000, .doc = "names of the fields wanted, with commas between"},
    {.name = "sort", .in = IN_QUERY, .type = TYPE_TEXT, .max = 64, .doc = "an indexed or key field, - before it for descending"},
    {.name = "after", .in = IN_QUERY, .type = TYPE_TEXT, .max = 8000, .doc = "next of the page before"},
    {.name = "limit", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 200, .doc = "records a page"},
    {0}};
static const OutputField record_out[] = {RECORD_OUT, {0}};
static const OutputField list_out[] = {
    {.name = "items", .type = "{ record_id: string; version: number; [field: string]: unknown }[]", .doc = "records"},
    {.name = "next", .type = "string | null", .doc = "cursor of the next page"},
    {.name = "total", .type = "number | null", .doc = "not counted"},
    {.name = "masked", .type = "string[]", .doc = "fields shown masked"},
    {0}};
static const OutputField schema_out[] = {
    {.name = "resource_id", .type = "string", .doc = "resource"},
    {.name = "code", .type = "string", .doc = "catalogue code"},
    {.name = "name", .type = "string", .doc = "name"},
    {.name = "version", .type = "number", .doc = "published version"},
    {.name = "personal_key", .type = "boolean", .doc = "look-up by key only by POST"},
    {.name = "fields",
     .type = "{ no: number; name: string; title: string; kind: string; length: number; scale: number; grade: number; "
             "mode: \"clear\" | \"masked\"; mask: string; key: boolean; filter: boolean; sort: boolean }[]",
     .doc = "the fields the caller gets"},
    {0}};

static const InputField tile_inputs[] = {
    IN_RESOURCE,
    {.name = "z", .in = IN_PATH, .type = TYPE_INT, .required = true, .min = 0, .max = TILE_ZOOM_MAX, .doc = "zoom, 0..22"},
    {.name = "x", .in = IN_PATH, .type = TYPE_INT, .required = true, .min = 0, .max = 4194303, .doc = "column from the west"},
    {.name = "y", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 16, .doc = "row from the north, with .mvt"},
    {.name = "fields",
     .in = IN_QUERY,
     .type = TYPE_TEXT,
     .max = 8000,
     .doc = "names of the attributes, at most 16; only clear ones"},
    {.name = "cluster",
     .in = IN_QUERY,
     .type = TYPE_INT,
     .min = 0,
     .max = 20000,
     .doc = "more points than this in a tile come as clusters (cluster_count); 20000 when not given"},
    {0}};

const Route record_routes[RECORD_ROUTES] = {
    {.method = "GET",
     .path = "/api/v1/tiles/{resource}/{z}/{x}/{y}",
     .permit = PERMIT_DATA_READ,
     .lane = LANE_READ,
     .handler = record_tile,
     .action = "record.tile",
     .doc = "A Mapbox vector tile 2.1 of what the caller sees clear; filters as for records.",
     .inputs = tile_inputs,
     .flags = ROUTE_ANY_QUERY},
    {.method = "GET",
     .path = "/api/v1/data/{resource}/records/{record_id}",
     .permit = PERMIT_DATA_READ,
     .lane = LANE_FAST,
     .handler = record_get,
     .action = "record.get",
     .doc = "One record by its surrogate id.",
     .inputs = get_inputs,
     .outputs = record_out},
    {.method = "GET",
     .path = "/api/v1/data/{resource}/by-key",
     .permit = PERMIT_DATA_READ,
     .lane = LANE_FAST,
     .handler = record_by_key,
     .action = "record.by_key",
     .doc = "One record by its key fields, given as query parameters.",
     .inputs = key_inputs,
     .outputs = record_out,
     .flags = ROUTE_ANY_QUERY},
    {.method = "POST",
     .path = "/api/v1/data/{resource}/lookup",
     .permit = PERMIT_DATA_READ,
     .lane = LANE_READ,
     .handler = record_lookup,
     .action = "record.lookup",
     .doc = "One record by its key, also a personal one; counts against the quota.",
     .inputs = lookup_inputs,
     .outputs = record_out,
     .flags = ROUTE_PERSONAL},
    {.method = "GET",
     .path = "/api/v1/data/{resource}/records",
     .permit = PERMIT_DATA_READ,
     .lane = LANE_READ,
     .handler = record_list,
     .action = "record.list",
     .doc = "A page of records; filters are <field>=v, .gte .lte .gt .lt .ne .in .like .null.",
     .inputs = list_inputs,
     .outputs = list_out,
     .flags = ROUTE_ANY_QUERY},
    {.method = "GET",
     .path = "/api/v1/data/{resource}/schema",
     .permit = PERMIT_DATA_READ,
     .lane = LANE_READ,
     .handler = record_schema,
     .action = "record.schema",
     .doc = "The fields the caller gets, and how.",
     .inputs = key_inputs,
     .outputs = schema_out,
     .flags = ROUTE_NO_EVIDENCE},
};
