/* CKAN's resources: the formats of a dataset, shown and searched. */
#include "portal/ckan.h"
#include <stdio.h>
#include <stdlib.h>

void ckan_resource(Ckan *ckan, const Dataset *dataset, const Format *format, int position, int64_t loaded_us) {
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
	ckan_resource(ckan, dataset, format, position, loaded_us);
	return 0;
}

/* --- search ---------------------------------------------------------------------------------------------------------- */

typedef struct Part { /* of a query: what a member must have in it */
	enum { OF_ID, OF_PACKAGE, OF_NAME, OF_DESCRIPTION, OF_FORMAT, OF_MIMETYPE, OF_URL, MEMBERS } member;
	Text text;
} Part;
static const char *const member_names[MEMBERS] = {"id", "package_id", "name", "description", "format", "mimetype", "url"};
enum { PARTS_MOST = 8 };

static int member_find(Text name) {
	int i = 0;
	while (i < MEMBERS && !text_is(name, member_names[i]))
		i++;
	return i;
}

static const char *member_text(Ckan *ckan, const Dataset *dataset, const Format *format, int member) {
	Arena *arena = ckan->rq->arena;
	long long id = (long long)dataset->resource_id;
	switch (member) {
	case OF_ID:
		return arena_printf(arena, "%lld-%s", id, format->key);
	case OF_PACKAGE:
		return arena_printf(arena, "%lld", id);
	case OF_NAME:
		return arena_printf(arena, "%s.%s", dataset->title, format->key);
	case OF_DESCRIPTION:
		return dataset->notes;
	case OF_FORMAT:
		return format->name;
	case OF_MIMETYPE:
		return format->media;
	default:
		return arena_printf(arena, "%s/open/datasets/%s/download/%s", base_url(ckan->rq), dataset->name, format->key);
	}
}

static int part_read(Ckan *ckan, Text text, Part *out) {
	const char *colon = text.len ? memchr(text.at, ':', text.len) : NULL;
	if (!colon)
		return error_field(ckan->rq->error, ERR_INVALID, "query", text, "query", "", "Must be <field>:<value> pair(s)");
	Text name = {text.at, (size_t)(colon - text.at)};
	int member = member_find(name);
	*out = (Part){member, {colon + 1, text.len - name.len - 1}};
	return member < MEMBERS ? 0
	                        : error_field(ckan->rq->error, ERR_INVALID, "query", name, "query", "",
	                                      "Search by id, package_id, name, description, format, mimetype or url");
}

/* One text whole (a value may have commas), or a list of them. */
static int parts_read(Ckan *ckan, Part *parts, int *count) {
	Text texts[PARTS_MOST] = {ckan_text(ckan, "query")};
	int code = 0;
	*count = texts[0].len ? 1 : 0;
	if (!*count) code = ckan_texts(ckan, "query", texts, PARTS_MOST, count);
	if (code == 0 && !*count) return ckan_missing(ckan, "query");
	for (int i = 0; i < *count && code == 0; i++)
		code = part_read(ckan, texts[i], &parts[i]);
	return code;
}

typedef struct Hit {
	const Dataset *dataset;
	const Format *format;
	int position;
	const char *order;
} Hit;

static int by_order(const void *a, const void *b) {
	return strcmp(((const Hit *)a)->order, ((const Hit *)b)->order);
}

static bool parts_fit(Ckan *ckan, const Dataset *dataset, const Format *format, const Part *parts, int count) {
	for (int i = 0; i < count; i++)
		if (!strcasestr(member_text(ckan, dataset, format, parts[i].member), text_cstr(ckan->rq->arena, parts[i].text)))
			return false;
	return true;
}

static int hits_find(Ckan *ckan, const Part *parts, int count, Hit *hits) {
	int found = 0;
	for (int d = 0; d < ckan->shelf->count; d++) {
		const Dataset *dataset = &ckan->shelf->items[d];
		int position = 0;
		for (const Format *format = formats; format->key; format++) {
			if (!dataset_has(dataset, format)) continue;
			if (parts_fit(ckan, dataset, format, parts, count)) hits[found++] = (Hit){dataset, format, position, ""};
			position++;
		}
	}
	return found;
}

int ckan_resource_search(Ckan *ckan) {
	Part parts[PARTS_MOST];
	int count, order = MEMBERS;
	int64_t limit, offset;
	JsonWriter *json = &ckan->rq->json;
	Text by = ckan_text(ckan, "order_by");
	int code = parts_read(ckan, parts, &count);
	if (code == 0) code = ckan_number(ckan, "limit", CKAN_ROWS_MOST, CKAN_ROWS_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, INT32_MAX, &offset);
	if (code == 0 && by.len && (order = member_find(by)) == MEMBERS)
		code = error_field(ckan->rq->error, ERR_INVALID, "order_by", by, "choice", "",
		                   "Order by id, package_id, name, description, format, mimetype or url");
	if (code < 0) return code;
	Hit *hits = ARENA_ARRAY(ckan->rq->arena, Hit, ckan->shelf->count * FORMATS_MAX + 1);
	int found = hits_find(ckan, parts, count, hits);
	for (int i = 0; i < found && order < MEMBERS; i++)
		hits[i].order = member_text(ckan, hits[i].dataset, hits[i].format, order);
	if (found && order < MEMBERS) qsort(hits, (size_t)found, sizeof *hits, by_order);
	jw_object(json);
	jw_kv_int(json, "count", found);
	jw_key(json, "results");
	jw_array(json);
	for (int64_t i = offset; i < found && i < offset + limit; i++) {
		int64_t rows = hits[i].dataset->rows, loaded_us = hits[i].dataset->loaded_us;
		dataset_fresh(ckan->rq, hits[i].dataset, &rows, &loaded_us);
		ckan_resource(ckan, hits[i].dataset, hits[i].format, hits[i].position, loaded_us);
	}
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}
