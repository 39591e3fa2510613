/* CKAN's actions over the catalogue of what is open: packages (datasets), resources (formats), groups (subjects), organizations
 * (departments), tags (keywords). Ids are stable: the entry's id, "<id>-<format>", the organisation's code, the subject's key. */
#include "portal/ckan.h"
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

static const char *const facet_names[] = {"organization", "groups", "tags", "res_format", "license_id"};

static const char *facet_name(Text name) {
	for (size_t i = 0; i < sizeof facet_names / sizeof *facet_names; i++)
		if (text_is(name, facet_names[i])) return facet_names[i];
	return NULL;
}

static int query_invalid(const Ckan *ckan, const char *input, Text value) {
	return error_field(ckan->rq->error, ERR_INVALID, input, value, "search_query",
	                   "use organization, groups, tags, res_format or license_id", "The search query is not understood");
}

/* organization:x groups:"a b" -tags:c, joined by blanks, + or AND. */
static int fq_read(Ckan *ckan, Text fq, Search *search) {
	const char *at = fq.at, *end = fq.at + fq.len;
	while (at < end) {
		while (at < end && strchr(" +\t()", *at))
			at++;
		if (at == end) break;
		if (end - at >= 4 && memcmp(at, "AND ", 4) == 0) {
			at += 4;
			continue;
		}
		const char *from = at;
		bool not = *at == '-';
		if (not ) at++;
		const char *colon = memchr(at, ':', (size_t)(end - at));
		if (!colon) return query_invalid(ckan, "fq", (Text){from, (size_t)(end - from)});
		const char *facet = facet_name((Text){at, (size_t)(colon - at)});
		Text name = {at, (size_t)(colon - at)}, value;
		at = colon + 1;
		bool quoted = at < end && *at == '"';
		if (quoted) at++;
		const char *stop = at;
		while (stop < end && (quoted ? *stop != '"' : !strchr(" +)", *stop)))
			stop++;
		value = (Text){at, (size_t)(stop - at)};
		at = quoted && stop < end ? stop + 1 : stop;
		/* what every dataset here is; clients ask for it by habit */
		if (text_is(name, "state") || text_is(name, "capacity") || text_is(name, "dataset_type") ||
		    text_is(name, "type") || text_is(name, "private") || (text_is(name, "*") && text_is(value, "*")))
			continue;
		if (!facet || search->choice_count == CHOICES_MAX) return query_invalid(ckan, "fq", name);
		search->choices[search->choice_count++] = (Choice){facet, value, not };
	}
	return 0;
}

static int fq_list_read(Ckan *ckan, Search *search) {
	const json_t *list = json_object_get(ckan->params, "fq_list");
	size_t index;
	json_t *one;
	int code = fq_read(ckan, ckan_text(ckan, "fq").at ? ckan_text(ckan, "fq") : TEXT(""), search);
	if (json_is_array(list))
		json_array_foreach((json_t *)list, index, one) if (code == 0 && json_is_string(one)) code =
		    fq_read(ckan, text_of(json_string_value(one)), search);
	return code;
}

static int sort_read(Ckan *ckan, Search *search) {
	static const struct {
		const char *name;
		int sort;
	} rows[] = {{"metadata_modified", SORT_UPDATED},
	            {"metadata_created", SORT_NEWEST},
	            {"title_string", SORT_TITLE},
	            {"title", SORT_TITLE},
	            {"name", SORT_TITLE},
	            {"score", SORT_RELEVANCE},
	            {"relevance", SORT_RELEVANCE},
	            {"id", SORT_NEWEST}};
	Text sort = text_trim(ckan_text(ckan, "sort"));
	search->sort = SORT_RELEVANCE;
	if (!sort.len) return 0;
	const char *comma = memchr(sort.at, ',', sort.len);
	Text first = text_trim((Text){sort.at, comma ? (size_t)(comma - sort.at) : sort.len});
	const char *blank = memchr(first.at, ' ', first.len);
	Text name = {first.at, blank ? (size_t)(blank - first.at) : first.len};
	Text way = blank ? text_trim((Text){blank, (size_t)(first.at + first.len - blank)}) : TEXT("");
	if (way.len && !text_is(way, "asc") && !text_is(way, "desc")) return query_invalid(ckan, "sort", sort);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (text_is(name, rows[i].name)) {
			search->sort = rows[i].sort;
			bool natural = rows[i].sort == SORT_TITLE ? !text_is(way, "desc") : !text_is(way, "asc");
			search->ascending = rows[i].sort != SORT_RELEVANCE && !natural;
			return 0;
		}
	return query_invalid(ckan, "sort", sort);
}

static void facets_write(Ckan *ckan, const char *const *names, int name_count, const Dataset *const *found, int count) {
	JsonWriter *json = &ckan->rq->json;
	jw_key(json, "facets");
	jw_object(json);
	for (int f = 0; f < name_count; f++) {
		int values;
		FacetItem *items = facet_count(ckan->rq, found, count, names[f], &values);
		jw_key(json, names[f]);
		jw_object(json);
		for (int i = 0; i < values; i++)
			jw_kv_int(json, items[i].key, items[i].count);
		jw_object_end(json);
	}
	jw_object_end(json);
	jw_key(json, "search_facets");
	jw_object(json);
	for (int f = 0; f < name_count; f++) {
		int values;
		FacetItem *items = facet_count(ckan->rq, found, count, names[f], &values);
		jw_key(json, names[f]);
		jw_object(json);
		jw_kv_str(json, "title", names[f]);
		jw_key(json, "items");
		jw_array(json);
		for (int i = 0; i < values; i++) {
			jw_object(json);
			jw_kv_str(json, "name", items[i].key);
			jw_kv_str(json, "display_name", items[i].zh);
			jw_kv_int(json, "count", items[i].count);
			jw_object_end(json);
		}
		jw_array_end(json);
		jw_object_end(json);
	}
	jw_object_end(json);
}

static int facets_read(Ckan *ckan, const char **names, int *count) {
	bool malformed;
	size_t index;
	json_t *one;
	const json_t *list = ckan_json(ckan, "facet.field", &malformed);
	*count = 0;
	if (!list && !malformed) return 0;
	if (malformed || !json_is_array(list))
		return error_field(ckan->rq->error, ERR_INVALID, "facet.field", TEXT_NONE, "type", "", "Must be a list of names");
	json_array_foreach((json_t *)list, index, one) {
		const char *name = json_is_string(one) ? facet_name(text_of(json_string_value(one))) : NULL;
		if (!name || *count == FACETS_MOST)
			return query_invalid(ckan, "facet.field", text_of(json_is_string(one) ? json_string_value(one) : ""));
		names[(*count)++] = name;
	}
	return 0;
}

int ckan_package_search(Ckan *ckan) {
	Search search = {0};
	const char *names[FACETS_MOST];
	int64_t limit, start;
	int count, facets = 0, code = ckan_number(ckan, "rows", ROWS_DEFAULT, ROWS_MOST, &limit);
	if (code == 0 && json_object_get(ckan->params, "limit")) code = ckan_number(ckan, "limit", limit, ROWS_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "start", 0, INT32_MAX, &start);
	if (code == 0) code = fq_list_read(ckan, &search);
	if (code == 0) code = sort_read(ckan, &search);
	if (code == 0) code = facets_read(ckan, names, &facets);
	if (code < 0) return code;
	search_words(ckan->rq->arena, ckan_text(ckan, "q").at ? ckan_text(ckan, "q") : TEXT(""), &search);
	const Dataset **found = shelf_search(ckan->rq, ckan->shelf, &search, &count);
	JsonWriter *json = &ckan->rq->json;
	jw_object(json);
	jw_kv_int(json, "count", count);
	jw_kv_str(json, "sort",
	          ckan_text(ckan, "sort").len ? text_cstr(ckan->rq->arena, ckan_text(ckan, "sort"))
	                                      : "score desc, metadata_created desc");
	facets_write(ckan, names, facets, found, count);
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

static int values_list(Ckan *ckan, const char *facet, void (*object)(JsonWriter *, const char *, const char *, int)) {
	int count;
	int64_t limit, offset;
	int code = ckan_number(ckan, "limit", LIST_MOST, LIST_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, INT32_MAX, &offset);
	if (code < 0) return code;
	FacetItem *items = all_values(ckan, facet, &count);
	bool whole = ckan_true(ckan, "all_fields", false);
	jw_array(&ckan->rq->json);
	for (int64_t i = offset; i < count && i < offset + limit; i++) {
		if (whole) {
			object(&ckan->rq->json, items[i].key, items[i].zh, items[i].count);
			jw_object_end(&ckan->rq->json);
		} else
			jw_str(&ckan->rq->json, items[i].key);
	}
	jw_array_end(&ckan->rq->json);
	return 0;
}

static int value_show(Ckan *ckan, const char *facet, void (*object)(JsonWriter *, const char *, const char *, int)) {
	int count;
	Text id = ckan_text(ckan, "id");
	if (!id.len) return ckan_missing(ckan, "id");
	FacetItem *items = all_values(ckan, facet, &count);
	for (int i = 0; i < count; i++) {
		if (!text_is(id, items[i].key)) continue;
		object(&ckan->rq->json, items[i].key, items[i].zh, items[i].count);
		if (ckan_true(ckan, "include_datasets", false)) {
			Search search = {.choices = {{facet, id, false}}, .choice_count = 1};
			int found_count;
			const Dataset **found = shelf_search(ckan->rq, ckan->shelf, &search, &found_count);
			jw_key(&ckan->rq->json, "packages");
			jw_array(&ckan->rq->json);
			for (int p = 0; p < found_count && p < ROWS_MOST; p++)
				ckan_package(ckan, found[p]);
			jw_array_end(&ckan->rq->json);
		}
		jw_object_end(&ckan->rq->json);
		return 0;
	}
	return ckan_not_found(ckan);
}

int ckan_group_list(Ckan *ckan) {
	return values_list(ckan, "groups", group_object);
}

int ckan_group_show(Ckan *ckan) {
	return value_show(ckan, "groups", group_object);
}

int ckan_organization_list(Ckan *ckan) {
	return values_list(ckan, "organization", organization_object);
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
