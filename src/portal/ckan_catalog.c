/* CKAN's actions over the catalogue of what is open: packages (datasets), resources (formats), groups (subjects), organizations
 * (departments), tags (keywords). Ids are stable: the entry's id, "<id>-<format>", the organisation's code, the subject's key. */
#include "portal/ckan.h"
#include "portal/query.h"
#include <stdio.h>
#include <stdlib.h>

enum { ROWS_DEFAULT = 10, ROWS_MOST = 1000, LIST_MOST = 20000, FACETS_MOST = 8 };

/* --- objects --------------------------------------------------------------------------------------------------------- */

static void resource_object(Ckan *ckan, const Dataset *dataset, const Format *format, int position, int64_t loaded_us) {
	Request *rq = ckan->rq;
	JsonWriter *json = &rq->json;
	int64_t size = 0, made;
	bool ready = file_ready(file_path(rq, dataset, loaded_us, format), &size, &made);
	jw_object(json);
	jw_kv_str(json, "id", arena_printf(rq->arena, "%lld-%s", (long long)dataset->resource_id, format->key));
	jw_kv_str(json, "package_id", arena_printf(rq->arena, "%lld", (long long)dataset->resource_id));
	jw_kv_str(json, "name", arena_printf(rq->arena, "%s.%s", dataset->title, format->key));
	jw_kv_str(json, "description", dataset->notes);
	jw_kv_str(json, "format", format->name);
	jw_kv_str(json, "mimetype", format->media);
	jw_kv_str(json, "url",
	          arena_printf(rq->arena, "%s/open/datasets/%s/download/%s", base_url(rq), dataset->name, format->key));
	jw_kv_str(json, "url_type", NULL);
	jw_kv_str(json, "hash", "");
	jw_key(json, "size");
	if (ready)
		jw_int(json, size);
	else
		jw_null(json);
	ckan_time(json, "created", dataset->issued_us);
	ckan_time(json, "last_modified", loaded_us);
	ckan_time(json, "metadata_modified", dataset->modified_us);
	jw_kv_int(json, "position", position);
	jw_kv_bool(json, "datastore_active", position == 0);
	jw_kv_str(json, "state", "active");
	jw_object_end(json);
}

static void organization_object(JsonWriter *json, const char *key, const char *title, int packages) {
	jw_object(json);
	jw_kv_str(json, "id", key);
	jw_kv_str(json, "name", key);
	jw_kv_str(json, "title", title);
	jw_kv_str(json, "display_name", title);
	jw_kv_str(json, "description", "");
	jw_kv_str(json, "image_url", "");
	jw_kv_str(json, "type", "organization");
	jw_kv_bool(json, "is_organization", true);
	jw_kv_str(json, "approval_status", "approved");
	jw_kv_str(json, "state", "active");
	if (packages >= 0) jw_kv_int(json, "package_count", packages);
}

static void group_object(JsonWriter *json, const char *key, const char *title, int packages) {
	jw_object(json);
	jw_kv_str(json, "id", key);
	jw_kv_str(json, "name", key);
	jw_kv_str(json, "title", title);
	jw_kv_str(json, "display_name", title);
	jw_kv_str(json, "description", "");
	jw_kv_str(json, "image_display_url", "");
	jw_kv_str(json, "type", "group");
	jw_kv_bool(json, "is_organization", false);
	jw_kv_str(json, "state", "active");
	if (packages >= 0) jw_kv_int(json, "package_count", packages);
}

static void tag_object(JsonWriter *json, const char *name) {
	jw_object(json);
	jw_kv_str(json, "id", name);
	jw_kv_str(json, "name", name);
	jw_kv_str(json, "display_name", name);
	jw_kv_str(json, "state", "active");
	jw_kv_str(json, "vocabulary_id", NULL);
	jw_object_end(json);
}

static void extra(JsonWriter *json, const char *key, const char *value) {
	jw_object(json);
	jw_kv_str(json, "key", key);
	jw_kv_str(json, "value", value);
	jw_object_end(json);
}

static void package_lists(Ckan *ckan, const Dataset *one, int64_t loaded_us) {
	JsonWriter *json = &ckan->rq->json;
	int position = 0;
	jw_key(json, "tags");
	jw_array(json);
	for (int i = 0; i < one->tag_count; i++)
		tag_object(json, one->tags[i]);
	jw_array_end(json);
	jw_key(json, "groups");
	jw_array(json);
	group_object(json, one->subject->key, one->subject->zh, -1);
	jw_object_end(json);
	jw_array_end(json);
	jw_key(json, "resources");
	jw_array(json);
	for (const Format *format = formats; format->key; format++)
		if (dataset_has(one, format)) resource_object(ckan, one, format, position++, loaded_us);
	jw_array_end(json);
	jw_kv_int(json, "num_resources", position);
	jw_kv_int(json, "num_tags", one->tag_count);
	jw_key(json, "extras");
	jw_array(json);
	extra(json, "catalogue_code", one->code);
	extra(json, "frequency", one->frequency->key);
	extra(json, "freshness", dataset_state(ckan->rq, one, loaded_us));
	extra(json, "attribution", one->attribution);
	jw_array_end(json);
}

void ckan_package(Ckan *ckan, const Dataset *one) {
	Request *rq = ckan->rq;
	JsonWriter *json = &rq->json;
	int64_t rows = one->rows, loaded_us = one->loaded_us;
	dataset_fresh(rq, one, &rows, &loaded_us);
	jw_object(json);
	jw_kv_str(json, "id", arena_printf(rq->arena, "%lld", (long long)one->resource_id));
	jw_kv_str(json, "name", one->name);
	jw_kv_str(json, "title", one->title);
	jw_kv_str(json, "notes", one->notes);
	jw_kv_str(json, "author", one->org);
	jw_kv_str(json, "license_id", one->licence->key);
	jw_kv_str(json, "license_title", one->licence->en);
	jw_kv_str(json, "license_url", one->licence->uri);
	jw_kv_bool(json, "isopen", true);
	ckan_time(json, "metadata_created", one->issued_us);
	ckan_time(json, "metadata_modified", loaded_us > one->modified_us ? loaded_us : one->modified_us);
	jw_kv_str(json, "owner_org", one->org_key);
	jw_key(json, "organization");
	organization_object(json, one->org_key, one->org, -1);
	jw_object_end(json);
	jw_kv_bool(json, "private", false);
	jw_kv_str(json, "state", "active");
	jw_kv_str(json, "type", "dataset");
	jw_kv_str(json, "url", arena_printf(rq->arena, "%s/open/datasets/%s", base_url(rq), one->name));
	jw_kv_str(json, "version", arena_printf(rq->arena, "%d", one->version));
	package_lists(ckan, one, loaded_us);
	jw_object_end(json);
}

/* --- packages and resources ------------------------------------------------------------------------------------------ */

int ckan_package_show(Ckan *ckan) {
	Text id = ckan_text(ckan, "id");
	if (!id.len) id = ckan_text(ckan, "name_or_id");
	if (!id.len) return ckan_missing(ckan, "id");
	const Dataset *dataset = shelf_find(ckan->shelf, id);
	if (!dataset) return ckan_not_found(ckan);
	ckan_package(ckan, dataset);
	return 0;
}

int ckan_package_list(Ckan *ckan) {
	int64_t limit, offset;
	int code = ckan_number(ckan, "limit", LIST_MOST, LIST_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, INT32_MAX, &offset);
	if (code < 0) return code;
	jw_array(&ckan->rq->json);
	for (int64_t i = offset; i < ckan->shelf->count && i < offset + limit; i++)
		jw_str(&ckan->rq->json, ckan->shelf->items[i].name);
	jw_array_end(&ckan->rq->json);
	return 0;
}

int ckan_resource_show(Ckan *ckan) {
	Text id = ckan_text(ckan, "id");
	if (!id.len) return ckan_missing(ckan, "id");
	const char *dash = memrchr(id.at, '-', id.len);
	const Format *format = dash ? format_find((Text){dash + 1, (size_t)(id.at + id.len - dash - 1)}) : NULL;
	int64_t number;
	if (!format || text_to_int((Text){id.at, (size_t)(dash - id.at)}, &number) < 0) return ckan_not_found(ckan);
	const Dataset *dataset = shelf_find(ckan->shelf, (Text){id.at, (size_t)(dash - id.at)});
	if (!dataset || !dataset_has(dataset, format)) return ckan_not_found(ckan);
	int64_t rows = dataset->rows, loaded_us = dataset->loaded_us;
	int position = 0;
	dataset_fresh(ckan->rq, dataset, &rows, &loaded_us);
	for (const Format *one = formats; one != format; one++)
		position += dataset_has(dataset, one);
	resource_object(ckan, dataset, format, position, loaded_us);
	return 0;
}

/* --- search ---------------------------------------------------------------------------------------------------------- */

static int query_invalid(const Ckan *ckan, const char *input, Text value, const char *why) {
	return error_field(ckan->rq->error, ERR_INVALID, input, value, "search_query", "", "%s", why);
}

/* fq and fq_list: each a text or a list of texts; all of them hold. */
static int filters_read(Ckan *ckan, const char *input, const Query **all) {
	size_t index;
	json_t *one;
	const Query *query;
	bool malformed = false;
	const json_t *given = json_object_get(ckan->params, input);
	int code = 0;
	if (json_is_string(given) && json_string_value(given)[0] == '[' && strcmp(input, "fq_list") == 0)
		given = ckan_json(ckan, input, &malformed);
	if (malformed) return query_invalid(ckan, input, ckan_text(ckan, input), "Must be a list of texts");
	if (!json_is_array(given)) {
		Text text = ckan_text(ckan, input);
		if (text.len) code = query_parse(ckan->rq, input, text, &query);
		if (text.len && code == 0) *all = query_both(ckan->rq->arena, *all, query);
		return code;
	}
	json_array_foreach((json_t *)given, index, one) {
		if (!json_is_string(one)) return query_invalid(ckan, input, TEXT_NONE, "Must be a list of texts");
		code = query_parse(ckan->rq, input, text_of(json_string_value(one)), &query);
		if (code < 0) return code;
		*all = query_both(ckan->rq->arena, *all, query);
	}
	return 0;
}

static const struct SortName {
	const char *name;
	int by;
} sort_names[] = {{"score", BY_RELEVANCE},
                  {"metadata_modified", BY_UPDATED},
                  {"metadata_created", BY_ISSUED},
                  {"title_string", BY_TITLE},
                  {"title", BY_TITLE},
                  {"name", BY_NAME},
                  {"id", BY_ID}};

/* "field asc, field desc" */
static int sort_read(Ckan *ckan, Search *search) {
	Text rest = text_trim(ckan_text(ckan, "sort"));
	if (!rest.len || text_is(rest, "relevance asc")) rest = TEXT("score desc");
	while (rest.len) {
		const char *comma = memchr(rest.at, ',', rest.len);
		Text one = text_trim((Text){rest.at, comma ? (size_t)(comma - rest.at) : rest.len});
		const char *blank = memchr(one.at, ' ', one.len);
		Text name = {one.at, blank ? (size_t)(blank - one.at) : one.len};
		Text way = blank ? text_trim((Text){blank, (size_t)(one.at + one.len - blank)}) : TEXT("asc");
		size_t i = 0, names = sizeof sort_names / sizeof *sort_names;
		while (i < names && !text_is(name, sort_names[i].name))
			i++;
		if (i == names) return query_invalid(ckan, "sort", one, "There is no such field to sort by");
		if (!text_is(way, "asc") && !text_is(way, "desc"))
			return query_invalid(ckan, "sort", one, "Write a field, then asc or desc");
		if (search->order_count == ORDERS_MAX) return query_invalid(ckan, "sort", one, "Sort by at most 4 fields");
		search->orders[search->order_count++] = (Order){sort_names[i].by, text_is(way, "desc")};
		rest = comma ? (Text){comma + 1, (size_t)(rest.at + rest.len - comma - 1)} : TEXT_NONE;
	}
	return 0;
}

static const char *const facet_names[] = {"organization", "groups", "tags", "res_format", "license_id"};

static const char *facet_name(Text name) {
	for (size_t i = 0; i < sizeof facet_names / sizeof *facet_names; i++)
		if (text_is(name, facet_names[i])) return facet_names[i];
	return NULL;
}

typedef struct Facets {
	const char *names[FACETS_MOST];
	FacetItem *items[FACETS_MOST];
	int counts[FACETS_MOST], count;
} Facets;

static int facets_read(Ckan *ckan, Facets *out) {
	bool malformed;
	size_t index;
	json_t *one;
	const json_t *list = ckan_json(ckan, "facet.field", &malformed);
	if (!list && !malformed) return 0;
	if (malformed || !json_is_array(list))
		return error_field(ckan->rq->error, ERR_INVALID, "facet.field", TEXT_NONE, "type", "", "Must be a list of names");
	json_array_foreach((json_t *)list, index, one) {
		Text name = text_of(json_is_string(one) ? json_string_value(one) : "");
		if (!facet_name(name) || out->count == FACETS_MOST)
			return query_invalid(ckan, "facet.field", name,
			                     "Values of organization, groups, tags, res_format and license_id are counted");
		out->names[out->count++] = facet_name(name);
	}
	return 0;
}

/* facet.limit (50, none when negative) most frequent values of at least facet.mincount datasets. */
static int facets_count(Ckan *ckan, const Dataset *const *found, int count, Facets *facets) {
	int64_t limit = 50, least = 1;
	Text text = ckan_text(ckan, "facet.limit");
	if (text.len && text_to_int(text, &limit) < 0)
		return error_field(ckan->rq->error, ERR_INVALID, "facet.limit", text, "integer", "", "Must be an integer");
	int code = ckan_number(ckan, "facet.mincount", 1, INT32_MAX, &least);
	if (!ckan_true(ckan, "facet", true)) facets->count = 0;
	for (int f = 0; f < facets->count; f++) {
		int kept = 0;
		facets->items[f] = facet_count(ckan->rq, found, count, facets->names[f], &facets->counts[f]);
		while (kept < facets->counts[f] && (limit < 0 || kept < limit) && facets->items[f][kept].count >= least)
			kept++;
		facets->counts[f] = kept;
	}
	return code;
}

static void facets_write(JsonWriter *json, const Facets *facets) {
	jw_key(json, "facets");
	jw_object(json);
	for (int f = 0; f < facets->count; f++) {
		jw_key(json, facets->names[f]);
		jw_object(json);
		for (int i = 0; i < facets->counts[f]; i++)
			jw_kv_int(json, facets->items[f][i].key, facets->items[f][i].count);
		jw_object_end(json);
	}
	jw_object_end(json);
	jw_key(json, "search_facets");
	jw_object(json);
	for (int f = 0; f < facets->count; f++) {
		jw_key(json, facets->names[f]);
		jw_object(json);
		jw_kv_str(json, "title", facets->names[f]);
		jw_key(json, "items");
		jw_array(json);
		for (int i = 0; i < facets->counts[f]; i++) {
			jw_object(json);
			jw_kv_str(json, "name", facets->items[f][i].key);
			jw_kv_str(json, "display_name", facets->items[f][i].zh);
			jw_kv_int(json, "count", facets->items[f][i].count);
			jw_object_end(json);
		}
		jw_array_end(json);
		jw_object_end(json);
	}
	jw_object_end(json);
}

int ckan_package_search(Ckan *ckan) {
	Search search = {0};
	Facets facets = {0};
	const Dataset **found;
	int64_t limit, start;
	int count, code = ckan_number(ckan, "rows", ROWS_DEFAULT, ROWS_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "start", 0, INT32_MAX, &start);
	if (code == 0) code = query_parse(ckan->rq, "q", ckan_text(ckan, "q"), &search.query);
	if (code == 0) code = filters_read(ckan, "fq", &search.filter);
	if (code == 0) code = filters_read(ckan, "fq_list", &search.filter);
	if (code == 0) code = sort_read(ckan, &search);
	if (code == 0) code = facets_read(ckan, &facets);
	if (code == 0) code = shelf_search(ckan->rq, ckan->shelf, &search, &found, &count);
	if (code == 0) code = facets_count(ckan, found, count, &facets);
	if (code < 0) return code;
	JsonWriter *json = &ckan->rq->json;
	jw_object(json);
	jw_kv_int(json, "count", count);
	jw_kv_str(json, "sort",
	          ckan_text(ckan, "sort").len ? text_cstr(ckan->rq->arena, ckan_text(ckan, "sort"))
	                                      : "score desc, metadata_created desc");
	facets_write(json, &facets);
	jw_key(json, "results");
	jw_array(json);
	for (int64_t i = start; i < count && i < start + limit; i++)
		ckan_package(ckan, found[i]);
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}

/* --- groups, organizations, tags ------------------------------------------------------------------------------------- */

static FacetItem *all_values(Ckan *ckan, const char *facet, int *count) {
	const Dataset **all = ARENA_ARRAY(ckan->rq->arena, const Dataset *, ckan->shelf->count + 1);
	for (int i = 0; i < ckan->shelf->count; i++)
		all[i] = &ckan->shelf->items[i];
	return facet_count(ckan->rq, all, ckan->shelf->count, facet, count);
}

static int by_key(const void *a, const void *b) {
	return strcmp(((const FacetItem *)a)->key, ((const FacetItem *)b)->key);
}

static int by_title(const void *a, const void *b) {
	return strcmp(((const FacetItem *)a)->zh, ((const FacetItem *)b)->zh);
}

static int by_packages(const void *a, const void *b) {
	const FacetItem *x = a, *y = b;
	return x->count != y->count ? x->count - y->count : by_key(y, x);
}

/* "title asc" when nothing is said; order_by is the older name. */
static int values_sort(Ckan *ckan, FacetItem *items, int count) {
	static const struct {
		const char *name;
		int (*order)(const void *, const void *);
	} rows[] = {{"title", by_title}, {"name", by_key}, {"package_count", by_packages}, {"packages", by_packages}};
	const char *input = ckan_text(ckan, "sort").len ? "sort" : "order_by";
	Text sort = text_trim(ckan_text(ckan, input));
	if (!sort.len) sort = TEXT("title asc");
	const char *blank = memchr(sort.at, ' ', sort.len);
	Text name = {sort.at, blank ? (size_t)(blank - sort.at) : sort.len};
	Text way = blank ? text_trim((Text){blank, (size_t)(sort.at + sort.len - blank)}) : TEXT("");
	size_t i = 0, names = sizeof rows / sizeof *rows;
	while (i < names && !text_is(name, rows[i].name))
		i++;
	if (i == names || (way.len && !text_is(way, "asc") && !text_is(way, "desc")))
		return error_field(ckan->rq->error, ERR_INVALID, input, sort, "choice", "",
		                   "Sort by title, name or package_count, then asc or desc");
	if (count) qsort(items, (size_t)count, sizeof *items, rows[i].order);
	if (text_is(way, "desc") || (!way.len && rows[i].order == by_packages)) /* as CKAN: counts from the top */
		for (int a = 0, b = count - 1; a < b; a++, b--) {
			FacetItem one = items[a];
			items[a] = items[b];
			items[b] = one;
		}
	return 0;
}

/* What is asked for of an object beside its own members; a person without login sees no users, and nobody follows. */
static void value_extras(Ckan *ckan) {
	static const struct {
		const char *input, *name;
	} rows[] = {
	    {"include_extras", "extras"}, {"include_tags", "tags"}, {"include_groups", "groups"}, {"include_users", "users"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!ckan_true(ckan, rows[i].input, false)) continue;
		jw_key(&ckan->rq->json, rows[i].name);
		jw_array(&ckan->rq->json);
		jw_array_end(&ckan->rq->json);
	}
	if (ckan_true(ckan, "include_followers", false)) jw_kv_int(&ckan->rq->json, "num_followers", 0);
}

static int type_check(Ckan *ckan, const char *type) {
	Text asked = ckan_text(ckan, "type");
	return !asked.len || text_is(asked, type)
	           ? 0
	           : error_field(ckan->rq->error, ERR_INVALID, "type", asked, "choice", "", "There are none of this type");
}

/* facet: also the name of the list of names that narrows the answer in organization_list and group_list. */
static int values_list(Ckan *ckan, const char *facet, const char *only,
                       void (*object)(JsonWriter *, const char *, const char *, int)) {
	int count, only_count;
	int64_t limit, offset, place = 0;
	Text *wanted = ARENA_ARRAY(ckan->rq->arena, Text, LIST_MOST);
	int code = ckan_number(ckan, "limit", LIST_MOST, LIST_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, INT32_MAX, &offset);
	if (code == 0) code = ckan_texts(ckan, only, wanted, LIST_MOST, &only_count);
	FacetItem *items = all_values(ckan, facet, &count);
	if (code == 0) code = values_sort(ckan, items, count);
	if (code < 0) return code;
	bool whole = ckan_true(ckan, "all_fields", false);
	jw_array(&ckan->rq->json);
	for (int i = 0; i < count; i++) {
		bool in = only_count == 0;
		for (int w = 0; w < only_count && !in; w++)
			in = text_is(wanted[w], items[i].key);
		if (!in || place++ < offset || place > offset + limit) continue;
		if (whole) {
			object(&ckan->rq->json, items[i].key, items[i].zh,
			       ckan_true(ckan, "include_dataset_count", true) ? items[i].count : -1);
			value_extras(ckan);
			jw_object_end(&ckan->rq->json);
		} else {
			jw_str(&ckan->rq->json, items[i].key);
		}
	}
	jw_array_end(&ckan->rq->json);
	return 0;
}

static int value_packages(Ckan *ckan, const char *facet, Text id) {
	Search search = {.choices = {{facet, id}}, .choice_count = 1};
	const Dataset **found;
	int count, code = shelf_search(ckan->rq, ckan->shelf, &search, &found, &count);
	if (code < 0) return code;
	jw_key(&ckan->rq->json, "packages");
	jw_array(&ckan->rq->json);
	for (int p = 0; p < count && p < ROWS_MOST; p++)
		ckan_package(ckan, found[p]);
	jw_array_end(&ckan->rq->json);
	return 0;
}

static int value_show(Ckan *ckan, const char *facet, void (*object)(JsonWriter *, const char *, const char *, int)) {
	int count, code = 0;
	Text id = ckan_text(ckan, "id");
	if (!id.len) return ckan_missing(ckan, "id");
	FacetItem *items = all_values(ckan, facet, &count);
	for (int i = 0; i < count; i++) {
		if (!text_is(id, items[i].key)) continue;
		object(&ckan->rq->json, items[i].key, items[i].zh,
		       ckan_true(ckan, "include_dataset_count", true) ? items[i].count : -1);
		value_extras(ckan);
		if (ckan_true(ckan, "include_datasets", false)) code = value_packages(ckan, facet, id);
		jw_object_end(&ckan->rq->json);
		return code;
	}
	return ckan_not_found(ckan);
}

int ckan_group_list(Ckan *ckan) {
	int code = type_check(ckan, "group");
	return code < 0 ? code : values_list(ckan, "groups", "groups", group_object);
}

int ckan_group_show(Ckan *ckan) {
	return value_show(ckan, "groups", group_object);
}

int ckan_organization_list(Ckan *ckan) {
	int code = type_check(ckan, "organization");
	return code < 0 ? code : values_list(ckan, "organization", "organizations", organization_object);
}

int ckan_organization_show(Ckan *ckan) {
	return value_show(ckan, "organization", organization_object);
}

int ckan_tag_list(Ckan *ckan) {
	int count;
	Text wanted = ckan_text(ckan, "query");
	FacetItem *items = all_values(ckan, "tags", &count);
	bool whole = ckan_true(ckan, "all_fields", false);
	jw_array(&ckan->rq->json);
	for (int i = 0; i < count; i++) {
		if (wanted.len && text_find(text_of(items[i].key), wanted) < 0) continue;
		if (whole)
			tag_object(&ckan->rq->json, items[i].key);
		else
			jw_str(&ckan->rq->json, items[i].key);
	}
	jw_array_end(&ckan->rq->json);
	return 0;
}
