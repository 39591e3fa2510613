/* CKAN's fl: fields of its search index that package_search is asked for instead of whole packages. As there, what is empty is
 * left out, and extras_name comes as name. */
#include "portal/ckan.h"
#include <stdio.h>

typedef enum Of {
	OF_ID,
	OF_NAME,
	OF_TITLE,
	OF_NOTES,
	OF_AUTHOR,
	OF_URL,
	OF_VERSION,
	OF_LICENCE,
	OF_LICENCE_TITLE,
	OF_ORG,
	OF_CODE,
	OF_FREQUENCY,
	OF_FRESHNESS,
	OF_ATTRIBUTION,
	OF_CREATED,
	OF_MODIFIED,
	OF_FIXED,
	OF_TAGS, /* lists from here on */
	OF_SUBJECTS,
	OF_FORMATS,
	OF_FORMAT_NAMES,
	OF_FORMAT_URLS
} Of;
static const struct FlField {
	const char *name;
	Of of;
	const char *fixed, *shown;
} fields[] = {
    {"id", OF_ID},
    {"name", OF_NAME},
    {"title", OF_TITLE},
    {"notes", OF_NOTES},
    {"author", OF_AUTHOR},
    {"url", OF_URL},
    {"version", OF_VERSION},
    {"license_id", OF_LICENCE},
    {"license", OF_LICENCE_TITLE},
    {"organization", OF_ORG},
    {"metadata_created", OF_CREATED},
    {"metadata_modified", OF_MODIFIED},
    {"state", OF_FIXED, "active"},
    {"capacity", OF_FIXED, "public"},
    {"dataset_type", OF_FIXED, "dataset"},
    {"entity_type", OF_FIXED, "package"},
    {"tags", OF_TAGS},
    {"groups", OF_SUBJECTS},
    {"res_format", OF_FORMATS},
    {"res_name", OF_FORMAT_NAMES},
    {"res_url", OF_FORMAT_URLS},
    {"extras_catalogue_code", OF_CODE, .shown = "catalogue_code"},
    {"extras_frequency", OF_FREQUENCY, .shown = "frequency"},
    {"extras_freshness", OF_FRESHNESS, .shown = "freshness"},
    {"extras_attribution", OF_ATTRIBUTION, .shown = "attribution"},
};

static const struct FlField *field_find(Text name) {
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (text_is(name, fields[i].name)) return &fields[i];
	return NULL;
}

int ckan_fl_read(Ckan *ckan, Text *names, int *count) {
	int kept = 0, code = ckan_texts(ckan, "fl", names, CKAN_FL_MOST, count);
	for (int i = 0; i < *count && code == 0; i++) {
		bool again = false;
		if (!field_find(names[i]))
			code = ckan_query_invalid(ckan, "fl", names[i],
			                          "There is no such field to show; leave fl out for whole datasets");
		for (int k = 0; k < kept; k++)
			again = again || text_eq(names[k], names[i]);
		if (!again) names[kept++] = names[i];
	}
	*count = kept;
	return code;
}

static const char *moment(Ckan *ckan, int64_t us) {
	char text[CLOCK_TEXT_MAX];
	return arena_printf(ckan->rq->arena, "%.19s.%03dZ", clock_format_utc(us, text), (int)(us / 1000 % 1000));
}

static const char *value_of(Ckan *ckan, const Dataset *one, const struct FlField *field, int64_t loaded_us) {
	Arena *arena = ckan->rq->arena;
	switch (field->of) {
	case OF_ID:
		return arena_printf(arena, "%lld", (long long)one->resource_id);
	case OF_NAME:
		return one->name;
	case OF_TITLE:
		return one->title;
	case OF_NOTES:
		return one->notes;
	case OF_AUTHOR:
		return one->org;
	case OF_URL:
		return arena_printf(arena, "%s/open/datasets/%s", base_url(ckan->rq), one->name);
	case OF_VERSION:
		return arena_printf(arena, "%d", one->version);
	case OF_LICENCE:
		return one->licence->key;
	case OF_LICENCE_TITLE:
		return one->licence->en;
	case OF_ORG:
		return one->org_key;
	case OF_CODE:
		return one->code;
	case OF_FREQUENCY:
		return one->frequency->key;
	case OF_FRESHNESS:
		return dataset_state(ckan->rq, one, loaded_us);
	case OF_ATTRIBUTION:
		return one->attribution;
	case OF_CREATED:
		return moment(ckan, one->issued_us);
	case OF_MODIFIED:
		return moment(ckan, loaded_us > one->modified_us ? loaded_us : one->modified_us);
	default:
		return field->fixed;
	}
}

static void list_write(Ckan *ckan, const Dataset *one, Of of) {
	JsonWriter *json = &ckan->rq->json;
	jw_array(json);
	for (int i = 0; i < one->tag_count && of == OF_TAGS; i++)
		jw_str(json, one->tags[i]);
	if (of == OF_SUBJECTS) jw_str(json, one->subject->key);
	for (const Format *format = formats; format->key && of >= OF_FORMATS; format++) {
		if (!dataset_has(one, format)) continue;
		jw_str(json, of == OF_FORMATS        ? format->name
		             : of == OF_FORMAT_NAMES ? arena_printf(ckan->rq->arena, "%s.%s", one->title, format->key)
		                                     : arena_printf(ckan->rq->arena, "%s/open/datasets/%s/download/%s",
		                                                    base_url(ckan->rq), one->name, format->key));
	}
	jw_array_end(json);
}

void ckan_fl_write(Ckan *ckan, const Dataset *one, const Text *names, int count) {
	JsonWriter *json = &ckan->rq->json;
	int64_t rows = one->rows, loaded_us = one->loaded_us;
	dataset_fresh(ckan->rq, one, &rows, &loaded_us);
	jw_object(json);
	for (int i = 0; i < count; i++) {
		const struct FlField *field = field_find(names[i]);
		if (field->of >= OF_TAGS) {
			if (field->of == OF_TAGS && !one->tag_count) continue;
			jw_key(json, field->name);
			list_write(ckan, one, field->of);
			continue;
		}
		const char *value = value_of(ckan, one, field, loaded_us);
		if (value && *value) jw_kv_str(json, field->shown ? field->shown : field->name, value);
	}
	jw_object_end(json);
}
