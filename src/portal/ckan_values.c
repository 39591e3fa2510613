/* CKAN's groups (subjects), organizations (departments), tags (keywords) and licences. */
#include "portal/ckan.h"
#include <stdlib.h>

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
	Text *wanted = ARENA_ARRAY(ckan->rq->arena, Text, CKAN_LIST_MOST);
	int code = ckan_number(ckan, "limit", CKAN_LIST_MOST, CKAN_LIST_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, INT32_MAX, &offset);
	if (code == 0) code = ckan_texts(ckan, only, wanted, CKAN_LIST_MOST, &only_count);
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
	for (int p = 0; p < count && p < CKAN_ROWS_MOST; p++)
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
	return code < 0 ? code : values_list(ckan, "groups", "groups", ckan_group);
}

int ckan_group_show(Ckan *ckan) {
	return value_show(ckan, "groups", ckan_group);
}

int ckan_organization_list(Ckan *ckan) {
	int code = type_check(ckan, "organization");
	return code < 0 ? code : values_list(ckan, "organization", "organizations", ckan_organization);
}

int ckan_organization_show(Ckan *ckan) {
	return value_show(ckan, "organization", ckan_organization);
}

int ckan_tag_list(Ckan *ckan) {
	int count;
	Text wanted = ckan_text(ckan, "query");
	FacetItem *items = all_values(ckan, "tags", &count);
	bool whole = ckan_true(ckan, "all_fields", false);
	jw_array(&ckan->rq->json);
	for (int i = 0; i < count; i++) {
		if (wanted.len && text_find(text_of(items[i].key), wanted) < 0) continue;
		if (whole) {
			ckan_tag(&ckan->rq->json, items[i].key);
			jw_object_end(&ckan->rq->json);
		} else {
			jw_str(&ckan->rq->json, items[i].key);
		}
	}
	jw_array_end(&ckan->rq->json);
	return 0;
}

int ckan_tag_show(Ckan *ckan) {
	int count, code = 0;
	Text id = ckan_text(ckan, "id");
	if (!id.len) return ckan_missing(ckan, "id");
	FacetItem *items = all_values(ckan, "tags", &count);
	for (int i = 0; i < count; i++) {
		if (!text_is(id, items[i].key)) continue;
		ckan_tag(&ckan->rq->json, items[i].key);
		if (ckan_true(ckan, "include_datasets", false)) code = value_packages(ckan, "tags", id);
		jw_object_end(&ckan->rq->json);
		return code;
	}
	return ckan_not_found(ckan);
}

int ckan_license_list(Ckan *ckan) {
	JsonWriter *json = &ckan->rq->json;
	jw_array(json);
	for (const Word *one = licences; one->key; one++) {
		jw_object(json);
		jw_kv_str(json, "id", one->key);
		jw_kv_str(json, "title", one->en);
		jw_kv_str(json, "url", one->uri ? one->uri : "");
		jw_kv_str(json, "status", "active");
		jw_kv_bool(json, "is_generic", one->uri == NULL);
		jw_object_end(json);
	}
	jw_array_end(json);
	return 0;
}
