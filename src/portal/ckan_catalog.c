/* CKAN's packages: datasets with their organisation, groups, tags, resources and extras. Ids are stable: the entry's id,
 * "<id>-<format>", the organisation's code, the subject's key. */
#include "portal/ckan.h"
#include <stdio.h>

void ckan_organization(JsonWriter *json, const char *key, const char *title, int packages) {
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

void ckan_group(JsonWriter *json, const char *key, const char *title, int packages) {
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

void ckan_tag(JsonWriter *json, const char *name) {
	jw_object(json);
	jw_kv_str(json, "id", name);
	jw_kv_str(json, "name", name);
	jw_kv_str(json, "display_name", name);
	jw_kv_str(json, "state", "active");
	jw_kv_str(json, "vocabulary_id", NULL);
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
	for (int i = 0; i < one->tag_count; i++) {
		ckan_tag(json, one->tags[i]);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_key(json, "groups");
	jw_array(json);
	ckan_group(json, one->subject->key, one->subject->zh, -1);
	jw_object_end(json);
	jw_array_end(json);
	jw_key(json, "resources");
	jw_array(json);
	for (const Format *format = formats; format->key; format++)
		if (dataset_has(one, format)) ckan_resource(ckan, one, format, position++, loaded_us);
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
	ckan_organization(json, one->org_key, one->org, -1);
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
	int code = ckan_number(ckan, "limit", CKAN_LIST_MOST, CKAN_LIST_MOST, &limit);
	if (code == 0) code = ckan_number(ckan, "offset", 0, INT32_MAX, &offset);
	if (code < 0) return code;
	jw_array(&ckan->rq->json);
	for (int64_t i = offset; i < ckan->shelf->count && i < offset + limit; i++)
		jw_str(&ckan->rq->json, ckan->shelf->items[i].name);
	jw_array_end(&ckan->rq->json);
	return 0;
}
