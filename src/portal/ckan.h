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

/* --- ckan_catalog.c: packages ---------------------------------------------------------------------------------------- */
enum { CKAN_ROWS_MOST = 1000, CKAN_LIST_MOST = 20000 };
int ckan_package_show(Ckan *ckan);
int ckan_package_list(Ckan *ckan);
void ckan_package(Ckan *ckan, const Dataset *dataset);
/* Begun, not ended: more members may follow. packages < 0: not told. */
void ckan_organization(JsonWriter *json, const char *key, const char *title, int packages);
void ckan_group(JsonWriter *json, const char *key, const char *title, int packages);
void ckan_tag(JsonWriter *json, const char *name);

/* --- ckan_resource.c ------------------------------------------------------------------------------------------------- */
int ckan_resource_show(Ckan *ckan);
int ckan_resource_search(Ckan *ckan);
void ckan_resource(Ckan *ckan, const Dataset *dataset, const Format *format, int position, int64_t loaded_us);

/* --- ckan_search.c, ckan_fl.c ---------------------------------------------------------------------------------------- */
enum { CKAN_FL_MOST = 30 };
int ckan_package_search(Ckan *ckan);
int ckan_package_autocomplete(Ckan *ckan);
int ckan_current_packages(Ckan *ckan);
/* ERR_INVALID rule search_query: 400, as what CKAN's search refuses. */
int ckan_query_invalid(const Ckan *ckan, const char *input, Text value, const char *why);
/* The fields that are asked for instead of whole packages: 0 names = whole ones; or a code naming what is none. */
int ckan_fl_read(Ckan *ckan, Text *names, int *count);
void ckan_fl_write(Ckan *ckan, const Dataset *dataset, const Text *names, int count);

/* --- ckan_values.c --------------------------------------------------------------------------------------------------- */
int ckan_group_list(Ckan *ckan);
int ckan_group_show(Ckan *ckan);
int ckan_organization_list(Ckan *ckan);
int ckan_organization_show(Ckan *ckan);
int ckan_tag_list(Ckan *ckan);
int ckan_tag_show(Ckan *ckan);
int ckan_license_list(Ckan *ckan);

/* --- ckan_data.c ----------------------------------------------------------------------------------------------------- */
int ckan_datastore_search(Ckan *ckan);
int ckan_datastore_info(Ckan *ckan);
#endif
