/* What the files of the CKAN door share. */
#ifndef YIWANG_PORTAL_CKAN_H
#define YIWANG_PORTAL_CKAN_H
#include "portal/parts.h"

/* One call of an action: parameters as one JSON object, whether they came by GET, form or JSON. */
typedef struct Ckan {
	Request *rq;
	const json_t *params;
	const Shelf *shelf;
} Ckan;

/* A parameter as text; TEXT_NONE when absent. Numbers and booleans become their text. */
Text ckan_text(const Ckan *ckan, const char *name);
/* A whole number between 0 and most (above it: most): 0, or ERR_INVALID naming the parameter. */
int ckan_number(const Ckan *ckan, const char *name, int64_t absent, int64_t most, int64_t *out);
bool ckan_true(const Ckan *ckan, const char *name, bool absent);
/* A JSON value that may also come as text (GET); NULL when absent. *malformed when it is no JSON. */
const json_t *ckan_json(const Ckan *ckan, const char *name, bool *malformed);
/* A list of texts, or one text with commas: 0, or ERR_INVALID naming the parameter. */
int ckan_texts(const Ckan *ckan, const char *name, Text *out, int most, int *count);
int ckan_missing(const Ckan *ckan, const char *name);
int ckan_not_found(const Ckan *ckan);
/* "2026-11-22T07:34:33.123456": UTC without a zone, as CKAN writes times. */
void ckan_time(JsonWriter *json, const char *key, int64_t us);

int ckan_package_search(Ckan *ckan);
int ckan_package_show(Ckan *ckan);
int ckan_package_list(Ckan *ckan);
int ckan_resource_show(Ckan *ckan);
int ckan_group_list(Ckan *ckan);
int ckan_group_show(Ckan *ckan);
int ckan_organization_list(Ckan *ckan);
int ckan_organization_show(Ckan *ckan);
int ckan_tag_list(Ckan *ckan);
int ckan_datastore_search(Ckan *ckan);
/* A dataset as a CKAN package. */
void ckan_package(Ckan *ckan, const Dataset *dataset);
#endif
