/* CKAN's package_search: q and fq as of query.h, sort, facets, whole packages or the fields that fl names. */
#include "portal/ckan.h"
#include "portal/query.h"
#include <stdio.h>

enum { ROWS_DEFAULT = 10, FACETS_MOST = 8 };

int ckan_query_invalid(const Ckan *ckan, const char *input, Text value, const char *why) {
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
	if (malformed || json_is_object(given) || json_is_real(given))
		return ckan_query_invalid(ckan, input, ckan_text(ckan, input), "Must be a list of texts");
	if (!json_is_array(given)) {
		Text text = ckan_text(ckan, input);
		if (text.len) code = query_parse(ckan->rq, input, text, &query);
		if (text.len && code == 0) *all = query_both(ckan->rq->arena, *all, query);
		return code;
	}
	json_array_foreach((json_t *)given, index, one) {
		if (!json_is_string(one)) return ckan_query_invalid(ckan, input, TEXT_NONE, "Must be a list of texts");
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
		if (i == names) return ckan_query_invalid(ckan, "sort", one, "There is no such field to sort by");
		if (!text_is(way, "asc") && !text_is(way, "desc"))
			return ckan_query_invalid(ckan, "sort", one, "Write a field, then asc or desc");
		if (search->order_count == ORDERS_MAX) return ckan_query_invalid(ckan, "sort", one, "Sort by at most 4 fields");
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
			return ckan_query_invalid(ckan, "facet.field", name,
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

static void results_write(Ckan *ckan, const Dataset *const *found, int64_t from, int64_t to, const Text *names, int count) {
	JsonWriter *json = &ckan->rq->json;
	jw_array(json);
	for (int64_t i = from; i < to; i++) {
		if (count)
			ckan_fl_write(ckan, found[i], names, count);
		else
			ckan_package(ckan, found[i]);
	}
	jw_array_end(json);
}

int ckan_package_search(Ckan *ckan) {
	Search search = {0};
	Facets facets = {0};
	const Dataset **found;
	Text names[CKAN_FL_MOST];
	int64_t limit, start;
	int count, name_count, code = ckan_number(ckan, "rows", ROWS_DEFAULT, CKAN_ROWS_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "start", 0, INT32_MAX, &start);
	if (code == 0) code = query_parse(ckan->rq, "q", ckan_text(ckan, "q"), &search.query);
	if (code == 0) code = filters_read(ckan, "fq", &search.filter);
	if (code == 0) code = filters_read(ckan, "fq_list", &search.filter);
	if (code == 0) code = sort_read(ckan, &search);
	if (code == 0) code = facets_read(ckan, &facets);
	if (code == 0) code = ckan_fl_read(ckan, names, &name_count);
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
	results_write(ckan, found, start, start + limit < count ? start + limit : count, names, name_count);
	jw_object_end(json);
	return 0;
}

int ckan_current_packages(Ckan *ckan) {
	Search search = {.orders = {{BY_UPDATED, true}}, .order_count = 1};
	const Dataset **found;
	int64_t limit, offset, page;
	int count, code = ckan_number(ckan, "limit", ROWS_DEFAULT, CKAN_ROWS_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "page", 1, INT32_MAX, &page);
	if (code == 0) code = ckan_number(ckan, "offset", page ? (page - 1) * limit : 0, INT32_MAX, &offset);
	if (code == 0) code = shelf_search(ckan->rq, ckan->shelf, &search, &found, &count);
	if (code == 0) results_write(ckan, found, offset, offset + limit < count ? offset + limit : count, NULL, 0);
	return code;
}

int ckan_package_autocomplete(Ckan *ckan) {
	Text q = text_trim(ckan_text(ckan, "q"));
	const char *part = text_cstr(ckan->rq->arena, q);
	JsonWriter *json = &ckan->rq->json;
	int64_t limit;
	int code = ckan_number(ckan, "limit", ROWS_DEFAULT, CKAN_ROWS_MOST, &limit);
	if (code < 0 || !q.len) return code < 0 ? code : ckan_missing(ckan, "q");
	jw_array(json);
	for (int i = 0; i < ckan->shelf->count && limit > 0; i++) {
		const Dataset *one = &ckan->shelf->items[i];
		bool name = strcasestr(one->name, part);
		if (!name && !strcasestr(one->title, part)) continue;
		limit--;
		jw_object(json);
		jw_kv_str(json, "name", one->name);
		jw_kv_str(json, "title", one->title);
		jw_kv_str(json, "match_field", name ? "name" : "title");
		jw_kv_str(json, "match_displayed",
		          name ? one->name : arena_printf(ckan->rq->arena, "%s (%s)", one->title, one->name));
		jw_object_end(json);
	}
	jw_array_end(json);
	return 0;
}
