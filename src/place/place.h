/* place: coordinate systems, areas (市—镇—村—网格) with their versions, and which of them holds a point. */
#ifndef YIWANG_PLACE_PLACE_H
#define YIWANG_PLACE_PLACE_H
#include "notice/notice.h"
#include "place/cell.h"
#include "place/tile.h"

extern const Module place_module, place_draft_module, place_address_module;
/* The process that reads maps (ogr.c): no person's command. */
#define PLACE_OGR_CHILD_COMMAND "place-ogr-child"
int place_ogr_child_main(int argc, char **argv);

/* --- coordinates ----------------------------------------------------------------------------------------------------- */
/* Kept and given: CGCS2000 degrees lon, lat (EPSG:4490 in the order of GeoJSON); WGS-84 is taken as equal (centimetres). */
enum {
	PLACE_WGS84 = 4326,
	PLACE_CGCS2000 = 4490,
	PLACE_GCJ02 = 900001,
	PLACE_BD09 = 900002
}; /* the last two have no EPSG code */
/* "CGCS2000", "WGS84", "GCJ02", "BD09", "EPSG:4547": the number, or -1. */
int place_crs_parse(Text name);
/* Degrees or metres of that system (x = lon or easting) to CGCS2000 degrees: 0, or -1 (no such system, or outside its use). Datum
 * shifts of Beijing 54 and Xi'an 80 are PROJ's general ones: metres off without a city's own parameters. Any thread. */
int place_convert(int crs, double *x, double *y);
/* To GCJ-02, for maps and phones that show them: the inverse of place_convert. */
void place_to_gcj02(double *lon, double *lat);
/* Metres along the ellipsoid. */
double place_distance(double lon1, double lat1, double lon2, double lat2);

/* --- shapes ---------------------------------------------------------------------------------------------------------- */
/* Rings of a Polygon or MultiPolygon in 1e-9 degrees, inside by the even-odd rule; a ring's last vertex is its first. */
typedef struct PlaceShape {
	const int64_t *xy; /* x0 y0 x1 y1 … of all rings */
	const int *ends;   /* ring i: vertices from ends[i-1] (0) to ends[i] */
	int ring_count, vertex_count;
	int64_t min_x, min_y, max_x, max_y;
} PlaceShape;
enum { PLACE_VERTICES_MAX = 200000, PLACE_RINGS_MAX = 20000 };
/* A GeoJSON geometry (RFC 7946) in degrees; in arena. 0, or -1 with *why = one sentence (static). */
int place_shape_parse(Arena *arena, const json_t *geometry, PlaceShape *out, const char **why);

/* Which of many shapes holds a point, exactly: a grid of cells, each knowing the shapes it is wholly in and the edges through it.
 * A point on a border belongs to the first of the shapes that touch it. Immutable; any thread. */
typedef struct PlaceRaster PlaceRaster;
PlaceRaster *place_raster_build(Arena *arena, const PlaceShape *shapes, int count);
/* 1e-9 degrees: the number of the shape, or -1. */
int place_raster_find(const PlaceRaster *raster, int64_t x, int64_t y);
static inline int64_t place_units(double degrees) {
	return (int64_t)(degrees * 1e9 + (degrees < 0 ? -0.5 : 0.5));
}

/* --- areas ----------------------------------------------------------------------------------------------------------- */
enum { PLACE_LEVELS_MAX = 6 }; /* 1 市, 2 镇街, 3 村居, 4 网格 */
typedef struct PlaceArea {
	int64_t area_id, area_key, parent_key; /* area_id: this version; area_key: through all versions; parent 0 = none */
	int level;
	const char *code, *name;
	int64_t org_id; /* who runs it; 0 = whoever runs the parent */
	int64_t valid_from, valid_until;
} PlaceArea;
typedef struct PlaceHit {
	const PlaceArea *at[PLACE_LEVELS_MAX + 1]; /* by level; NULL: none there. Held by rq's arena */
	const PlaceArea *lowest;
	int64_t org_id; /* who runs the lowest one that names somebody */
} PlaceHit;
/* The areas in force at that time that hold a point. 0, ERR_NOT_FOUND (outside all of them; no message), or a code. Reads no
 * store but for the first call of a generation. */
int place_locate(Request *rq, double lon, double lat, int64_t when_us, PlaceHit *out);
/* Of an area that is, was or will be in force: 0 when there is none of that key, or a code. */
int place_area_level(Request *rq, int64_t area_key);
/* 1 when an area of some level has the code, now or later; 0, or a code. */
int place_area_coded(Request *rq, Text code);
/* The version in force at that time: 0, ERR_NOT_FOUND. */
int place_area(Request *rq, int64_t area_key, int64_t when_us, const PlaceArea **out);

/* Who is on duty in an area at that time: the first by rank of those set for it whose account is active, else of its parent's,
 * and so on up. 0, ERR_NOT_FOUND (nobody; no message), or a code. */
typedef struct PlaceOfficer {
	int64_t account_id, org_id, area_key; /* area_key: where he was set */
	int rank;                             /* 0 the area's own officer, 1… substitutes in their order */
} PlaceOfficer;
int place_officer(Request *rq, int64_t area_key, int64_t when_us, PlaceOfficer *out);

/* Who is asked to take a task of an area, one after the other (ladder.c). who: "officer", "substitute", "village", "town";
 * minutes: how long that one has to accept it. */
enum { PLACE_LADDER_MAX = 8 };
typedef struct PlaceLadderStep {
	const char *who; /* static: compare the pointer, or hand it on */
	int minutes;
} PlaceLadderStep;
typedef struct PlaceLadder {
	int64_t area_key; /* whose steps these are: the area's or one's above */
	int count;
	PlaceLadderStep steps[PLACE_LADDER_MAX];
} PlaceLadder;
/* 0, ERR_NOT_FOUND (nobody set one; no message), or a code. */
int place_ladder(Request *rq, int64_t area_key, PlaceLadder *out);
/* Whom such a step means in that area now, who was not asked yet and may work on site: 1, 0 nobody, or a code. */
int place_ladder_person(Request *rq, int64_t area_key, const char *who, const int64_t *asked, int count, PlaceOfficer *out);
/* arg of "desk.on_duty", registered by the room that keeps shifts: who is on duty now at a desk of one of these names, in the
 * order in which they are called, of one of the roles (bits). */
enum { PLACE_DESK_MAX = 10 };
typedef struct PlaceDesk {
	const char *names[2];
	int64_t roles;
	int64_t account_ids[PLACE_DESK_MAX], org_ids[PLACE_DESK_MAX]; /* out */
	int count;                                                    /* out */
} PlaceDesk;

/* In a write: a version of the area of that level and code from valid_from on; the one before ends there. Geometry: GeoJSON text
 * that place_shape_parse takes. ERR_INVALID (field, rule), ERR_CONFLICT (a version begins later already). Bumps the generation.
 */
typedef struct PlaceAreaPut {
	int level;
	const char *code, *name, *parent_code; /* parent_code "" = none */
	int64_t org_id, valid_from;
	const json_t *geometry;
	int crs;           /* what it was brought in as; the geometry is in CGCS2000 already */
	int64_t change_id; /* what was put together with it is withdrawn with it; 0: only itself */
} PlaceAreaPut;
int place_area_put(Request *rq, const PlaceAreaPut *put, int64_t *area_id);

/* --- addresses ------------------------------------------------------------------------------------------------------- */
typedef struct PlaceAddress {
	const char *standard;
	double lon, lat;       /* CGCS2000 degrees */
	const PlaceArea *area; /* the lowest there now; NULL: outside the city */
	int score;             /* 0..1000 */
} PlaceAddress;
/* Standard addresses that a text may mean, best first: how many (0: none, or no road in it), or a code. Held by rq's arena. */
int place_address(Request *rq, Text free_text, PlaceAddress *out, int max);
/* A CSV file of them, as POST /place/addresses takes it; not in a write. 0 or a code. */
int place_addresses_bring(Request *rq, const char *path);
/* The same row by row (address_bring.c), not in a write; rows of a wrong form are kept with what is wrong, the first so many. */
enum { PLACE_REFUSED_MAX = 20000 };
typedef struct PlaceBring PlaceBring;
typedef struct PlaceBringFault { /* of a row that could not be read */
	const char *rule, *message, *advice;
} PlaceBringFault;
typedef struct PlaceBringRow {
	int64_t row_no;
	const Text *cells;
	int count;
	const PlaceBringFault *fault; /* NULL: none */
} PlaceBringRow;
typedef struct PlaceBringCounts {
	int64_t load_id, read, refused, first_refused; /* the last: a row_no, 0 none */
} PlaceBringCounts;
/* titles: of the columns, by which those needed are found: 0, ERR_INVALID rule columns. name must live as long as rq's arena. */
int place_bring_begin(Request *rq, const char *name, int crs, int64_t job_id, const Text *titles, int count, PlaceBring **out);
int place_bring_row(PlaceBring *bring, const PlaceBringRow *row); /* 0 or a code of the store */
int place_bring_end(PlaceBring *bring, PlaceBringCounts *out);
#endif
