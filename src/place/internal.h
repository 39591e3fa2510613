/* What the files of this room share. */
#ifndef YIWANG_PLACE_INTERNAL_H
#define YIWANG_PLACE_INTERNAL_H
#include "place/place.h"

enum { PLACE_ROUTES = 13, PLACE_FEATURES_MAX = 5000 };
extern const Route place_routes[PLACE_ROUTES];

/* The areas in force at one time, by level and code. */
typedef struct PlaceAreas {
	PlaceArea *all;
	int count;
	int first[PLACE_LEVELS_MAX + 2]; /* of a level; the next one's first is its end */
	PlaceRaster *rasters[PLACE_LEVELS_MAX + 1];
	int *by_key; /* numbers into all, by area_key */
} PlaceAreas;
/* The areas in force at that time. 0 or a code; held by rq's arena. */
int place_areas(Request *rq, int64_t when_us, const PlaceAreas **out);
/* Tells whether any version was put, ended or withdrawn since. 0 or a code. */
typedef struct PlaceStamp {
	int64_t rows, newest, ended, withdrawn;
} PlaceStamp;
int place_stamp(Db *db, PlaceStamp *out);
/* The first part of place_area_put, which writes nothing: its members by themselves, and the parent in force when it begins. */
int place_area_fits(Request *rq, const PlaceAreaPut *put, int64_t *parent_key);
/* A time of the last ten minutes, in which a form is filled in, is taken as now. */
int64_t place_from(const Request *rq, int64_t from);
int place_past(Request *rq, const char *area); /* ERR_CONFLICT: what is in force is not changed in the past */
/* what: "begun"; "before" the version that it takes the place of, "ended" one that has none after it. In a write: a count or a
 * code. */
int place_change_note(Request *rq, int64_t change_id, int64_t area_id, const char *what, int64_t at);
int place_change_older(Request *rq, int64_t draft_id); /* notes what a draft did that was accepted before this was noted */
const PlaceArea *place_areas_find(const PlaceAreas *areas, int64_t area_key); /* NULL: none */

int place_shelf_start(App *app, Error *error); /* where they are kept */
void place_shelf_stop(App *app);

/* handlers */
int areas_get(Request *rq);
int areas_features_get(Request *rq);
int area_get(Request *rq);
int area_put_route(Request *rq);
int areas_import_post(Request *rq);
int place_at_get(Request *rq);
int officers_get(Request *rq);
int officers_put(Request *rq);
int ladder_get(Request *rq);
int ladder_put(Request *rq);
int areas_uncovered_get(Request *rq);
int areas_planned_get(Request *rq);
int areas_withdraw_post(Request *rq);
/* Roles of those who may be sent somewhere: as officers of an area, by its ladder, from a town's desk. */
static const int64_t place_on_site =
    INT64_C(1) << ROLE_GRID_OFFICER | INT64_C(1) << ROLE_DISPATCHER | INT64_C(1) << ROLE_OPERATOR;
#endif
