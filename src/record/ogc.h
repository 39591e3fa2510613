/* What the files of the map's standard interfaces share: links, layers, coordinate systems, handlers. Each interface stands at
 * two addresses: /ogc for who has an account, by his grants, and /open/ogc for anybody, with what is opened alone (asked_openly).
 */
#ifndef YIWANG_RECORD_OGC_H
#define YIWANG_RECORD_OGC_H
#include "record/read.h"

#define CRS_HEAD "http://www.opengis.net/def/crs/"
#define CRS84 CRS_HEAD "OGC/1.3/CRS84"

/* --- ogc.c ---------------------------------------------------------------------------------------------------------------- */
/* Begins "links"; then one after another, and jw_array_end. */
void ogc_links(Request *rq);
void ogc_link(Request *rq, const char *rel, const char *type, const char *title, const char *href);
const char *ogc_url(Request *rq, const char *rest);
/* The name of a layer in addresses: the entry's code with ~ for /. */
const char *layer_name(Request *rq, const Resource *resource);
/* A field as a schema that a filter's value fits. */
void queryable_schema(JsonWriter *json, const Field *field);
const char *layer_url(Request *rq, const Resource *resource, const char *rest);

/* --- layers.c: the located resources that the caller sees with their place clear --------------------------------------- */
typedef struct Layer {
	const Resource *resource;
	const Plan *plan;
	Located located;
	bool open; /* seen as anybody sees it, under /open/ogc */
} Layer;
/* What the caller sees by his grants (own), then what is open to anybody besides: how many, or a code. */
int layers_of(Request *rq, bool own, bool open, Layer **out);
/* The first date or time that the party sees clear: what `datetime` and the time slider go by. NULL: none. */
const Field *time_field(const Plan *plan);
/* Whether positions[i] of the plan is given clear and can be an attribute. */
bool shown_field(const Plan *plan, int i);
int map_layers(Request *rq);

/* --- ogc_size.c ------------------------------------------------------------------------------------------------------------ */
typedef struct Size {
	int64_t rows;
	Box box; /* around them, where there are any */
} Size;
/* Whether it is of all that the resource holds, so the same for each reader. */
bool size_whole(const Finding *finding);
/* Counts, unless it was counted since the last change. 0 or a code. */
int size_of(Finding *finding, Size *out);
/* Whether that costs nothing. */
bool size_kept(const Finding *finding);
int sizes_start(App *app, Error *error);
void sizes_stop(App *app);

/* --- styles.c ------------------------------------------------------------------------------------------------------------- */
/* The style in force (NULL: none), in rq's arena, and its version. */
int style_load(Request *rq, int64_t resource_id, json_t **style, int64_t *version);
/* Takes out what the reader of the plan does not see of the data. */
void style_for_reader(const Plan *plan, json_t *style);
bool style_may(const Request *rq, const Resource *resource);
int ogc_style(Request *rq);
int map_classes(Request *rq); /* classes.c */

/* --- ogc_api.c, ogc_items.c, ogc_tiles.c: handlers
 * ---------------------------------------------------------------------------------- */
/* Writes "crs" and "storageCrs" of a collection. */
void put_systems(Request *rq);
/* Features a page: more are never given, and as many where nothing is said. */
enum { ITEMS_MAX = 1000 };
int ogc_api(Request *rq);
int ogc_items(Request *rq);
int ogc_item(Request *rq);
int ogc_tilesets(Request *rq);
int ogc_tileset(Request *rq);
int ogc_tile(Request *rq);
int ogc_matrix_sets(Request *rq);
int ogc_matrix_set(Request *rq);
#endif
