/* Owns the published version of an entry as other rooms see it: found by id or code through the cache, one immutable object a
 * generation; and the mounting of run-time tables. */
#include "catalog/find.h"

static const char published_sql[] =
    "SELECT r.org_id, r.published_version, r.generation_no, r.mounted_version, r.needs_full, r.max_field_no, r.state, "
    "v.document, r.name, r.keeper"
    " FROM resource r LEFT JOIN resource_version v ON v.resource_id = r.resource_id AND v.version_no = r.published_version"
    " WHERE r.resource_id = $1";

static int resource_load(Request *rq, Text key, Arena *arena, void **object) {
	int64_t id = 0;
	if (text_to_int(key, &id) < 0) return ERR_NOT_FOUND;
	Rows *rows;
	int code = db_one(rq->db, &rows, published_sql, BIND(val_int(id)));
	if (code <= 0) return code < 0 ? code : ERR_NOT_FOUND;
	Resource *resource = ARENA_NEW(arena, Resource);
	resource->resource_id = id;
	resource->org_id = rows_int(rows, 0);
	resource->version = (int)rows_int(rows, 1);
	resource->generation_no = (int)rows_int(rows, 2);
	resource->mounted_version = (int)rows_int(rows, 3);
	resource->needs_full = rows_int(rows, 4) != 0;
	resource->max_field_no = (int)rows_int(rows, 5);
	resource_state_parse(rows_text(rows, 6), &resource->state);
	resource->name = rows_str(rows, 8, arena);
	resource->keeper = text_is(rows_text(rows, 9), "proxy") ? KEEPER_PROXY : KEEPER_TABLE;
	resource->code = resource->summary = resource->retention_field = "";
	resource->sharing_condition = resource->sharing_basis = "";
	if (resource->version > 0) {
		json_t *document = json_parse_in(rq->arena, rows_text(rows, 7));
		if (!document) return fail(rq, ERR_INTERNAL, "the stored document of resource %lld is damaged", (long long)id);
		document_resource(arena, document, resource);
	}
	*object = resource;
	return 0;
}

static int resource_code_load(Request *rq, Text key, Arena *arena, void **object) {
	int64_t *id = ARENA_NEW(arena, int64_t);
	int code = db_int(rq->db, id, "SELECT resource_id FROM resource WHERE code = $1", BIND(val_text(key)));
	if (code <= 0) return code < 0 ? code : ERR_NOT_FOUND;
	*object = id;
	return 0;
}

static const CacheKind resource_cache = {"catalog.resource", resource_load, 5000};
static const CacheKind resource_code_cache = {"catalog.resource_code", resource_code_load, 5000};

int resource_any(Request *rq, int64_t resource_id, const Resource **out) {
	char key[24];
	const void *object = NULL;
	snprintf(key, sizeof key, "%lld", (long long)resource_id);
	int code = cache_get(rq, &resource_cache, text_of(key), &object);
	if (code == ERR_NOT_FOUND) return fail(rq, ERR_NOT_FOUND, "there is no resource %s", key);
	if (code == 0) *out = object;
	return code;
}

int resource_find(Request *rq, int64_t resource_id, const Resource **out) {
	const Resource *resource;
	int code = resource_any(rq, resource_id, &resource);
	if (code < 0) return code;
	if (resource->state == RES_WITHDRAWN)
		return fail(rq, ERR_GONE, "resource %s (%s) was withdrawn", resource->code, resource->name);
	if (resource->version == 0)
		return fail(rq, ERR_CONFLICT, "resource %lld is not published yet: submit it and let the data bureau review it",
		            (long long)resource_id);
	*out = resource;
	return 0;
}

int resource_find_code(Request *rq, Text code, const Resource **out) {
	const void *object = NULL;
	int result = cache_get(rq, &resource_code_cache, code, &object);
	if (result == ERR_NOT_FOUND)
		return fail(rq, ERR_NOT_FOUND, "there is no resource with the code %.*s", (int)(code.len > 60 ? 60 : code.len),
		            code.at);
	return result < 0 ? result : resource_find(rq, *(const int64_t *)object, out);
}

const Field *resource_field(const Resource *resource, Text name) {
	for (int i = 0; i < resource->field_count; i++)
		if (text_is(name, resource->fields[i].name)) return &resource->fields[i];
	return NULL;
}

int resource_own(Request *rq, const Resource *resource) {
	if (rq->party.kind == PARTY_SYSTEM || rq->party.sees_all || rq->party.org_id == resource->org_id) return 0;
	return fail(rq, ERR_FORBIDDEN, "resource %s belongs to another organisation", resource->code);
}

int resource_mount(Request *rq, int64_t resource_id, int generation_no, int64_t row_count) {
	/* a new generation was filled under the published version, so what it needed is done */
	int64_t changed = db_run(rq->db,
	                         "UPDATE resource SET needs_full = CASE WHEN generation_no = $2 THEN needs_full ELSE 0 END,"
	                         " generation_no = $2, row_count = $3, loaded_at = $4, mounted_version = published_version"
	                         " WHERE resource_id = $1",
	                         BIND(val_int(resource_id), val_int(generation_no), val_int(row_count), val_int(rq->now_us)));
	if (changed < 0) return (int)changed;
	if (changed == 0) return fail(rq, ERR_NOT_FOUND, "there is no resource %lld", (long long)resource_id);
	int code = find_touch(rq, resource_id);
	if (code < 0 || (code = generation_bump(rq->db)) < 0) return code;
	if (action_known(rq->app, "entry.loaded") && (code = action_run(rq, "entry.loaded", &resource_id)) < 0) return code;
	return feed_append(rq->db, FEED_TOPIC_CATALOG, resource_id, generation_no, FEED_UPDATE);
}

int resource_keep(Request *rq, const Resource *resource, ResourceKeeper keeper) {
	if (keeper == KEEPER_PROXY && resource->generation_no > 0)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "has_records",
		                   "Have the stored records destroyed first, or register another entry.",
		                   "records of %s are stored here already", resource->code);
	int64_t changed =
	    db_run(rq->db, "UPDATE resource SET keeper = $2 WHERE resource_id = $1 AND (generation_no = 0 OR $2 = 'table')",
	           BIND(val_int(resource->resource_id), val_str(keeper == KEEPER_PROXY ? "proxy" : "table")));
	if (changed == 0) return fail(rq, ERR_CONFLICT, "the entry was changed meanwhile; look at it again");
	int code = changed < 0 ? (int)changed : find_touch(rq, resource->resource_id);
	if (code >= 0) code = generation_bump(rq->db);
	return code < 0 ? code : feed_append(rq->db, FEED_TOPIC_CATALOG, resource->resource_id, 0, FEED_UPDATE);
}

int resource_not_proxied(Request *rq, const Resource *resource, const char *doing) {
	if (resource->keeper != KEEPER_PROXY) return 0;
	return error_field(rq->error, ERR_CONFLICT, "resource", text_of(resource->code), "proxied",
	                   "Single records can be asked for by query. For this, the supplier ends the proxy and loads the data.",
	                   "the records of %s stay at the supplier and cannot %s", resource->code, doing);
}

int resource_counted(Request *rq, int64_t resource_id, int64_t row_count, bool unmount) {
	int64_t changed =
	    db_run(rq->db,
	           "UPDATE resource SET row_count = $2, generation_no = CASE WHEN $3 = 1 THEN 0 ELSE generation_no END,"
	           " loaded_at = CASE WHEN $3 = 1 THEN NULL ELSE loaded_at END WHERE resource_id = $1",
	           BIND(val_int(resource_id), val_int(row_count), val_int(unmount)));
	if (changed < 0) return (int)changed;
	int code = unmount ? find_touch(rq, resource_id) : 0;
	if (code >= 0) code = generation_bump(rq->db);
	return code < 0 ? code : feed_append(rq->db, FEED_TOPIC_CATALOG, resource_id, 0, FEED_UPDATE);
}

int action_resource_facts(Request *rq, void *arg) {
	ResourceFacts *facts = arg;
	const Resource *resource;
	int code = resource_any(rq, facts->resource_id, &resource);
	if (code < 0) return code;
	FieldFact *fields = ARENA_ARRAY(rq->arena, FieldFact, resource->field_count + 1);
	for (int i = 0; i < resource->field_count; i++)
		fields[i] = (FieldFact){resource->fields[i].no, resource->fields[i].name, resource->fields[i].title,
		                        resource->fields[i].grade};
	facts->org_id = resource->org_id;
	facts->name = resource->name;
	facts->published = resource->state == RES_PUBLISHED;
	facts->unconditional = resource->sharing == SHARE_UNCONDITIONAL;
	facts->shared = resource->sharing != SHARE_NONE;
	facts->ways = resource->ways;
	facts->fields = fields;
	facts->field_count = resource->field_count;
	return 0;
}

int action_resource_name(Request *rq, void *arg) {
	ResourceName *asked = arg;
	Rows *rows;
	int code = db_one(rq->db, &rows, "SELECT name FROM resource WHERE resource_id = $1", BIND(val_int(asked->resource_id)));
	asked->name = code > 0 ? rows_str(rows, 0, rq->arena) : NULL;
	return code < 0 ? code : 0;
}
