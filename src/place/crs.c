/* crs: coordinate systems. GCJ-02 and BD-09 by their known formulas, everything else by PROJ. Any thread: PROJ's objects are a
 * thread's own, made once a system and thread. */
#include "place/place.h"
#include <geodesic.h>
#include <math.h>
#include <proj.h>
#include <stdlib.h>

/* --- names ----------------------------------------------------------------------------------------------------------- */
int place_crs_parse(Text name) {
	static const struct {
		const char *name;
		int crs;
	} known[] = {{"CGCS2000", PLACE_CGCS2000}, {"WGS84", PLACE_WGS84}, {"GCJ02", PLACE_GCJ02}, {"BD09", PLACE_BD09}};
	int64_t number;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (text_is(name, known[i].name)) return known[i].crs;
	if (name.len > 5 && memcmp(name.at, "EPSG:", 5) == 0 && text_to_int((Text){name.at + 5, name.len - 5}, &number) == 0 &&
	    number > 1000 && number < 200000)
		return (int)number;
	return -1;
}

/* --- GCJ-02, BD-09 --------------------------------------------------------------------------------------------------- */
static const double gcj_a = 6378245.0, gcj_ee = 0.00669342162296594323, bd_pi = M_PI * 3000.0 / 180.0;

/* GCJ-02 shifts what lies in this rectangle alone. */
static bool gcj_shifts(double lon, double lat) {
	return lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;
}

static double waves(double a, double b, double c, double d) {
	return (20.0 * sin(6.0 * a * M_PI) + 20.0 * sin(2.0 * a * M_PI)) * 2.0 / 3.0 +
	       (20.0 * sin(b * M_PI) + 40.0 * sin(b / 3.0 * M_PI)) * 2.0 / 3.0 + c + d;
}

void place_to_gcj02(double *lon, double *lat) {
	if (!gcj_shifts(*lon, *lat)) return;
	double x = *lon - 105.0, y = *lat - 35.0, rad = *lat / 180.0 * M_PI;
	double north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x)) +
	               waves(x, y, (160.0 * sin(y / 12.0 * M_PI) + 320.0 * sin(y * M_PI / 30.0)) * 2.0 / 3.0, 0);
	double east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x)) +
	              waves(x, x, (150.0 * sin(x / 12.0 * M_PI) + 300.0 * sin(x / 30.0 * M_PI)) * 2.0 / 3.0, 0);
	double magic = 1 - gcj_ee * sin(rad) * sin(rad), root = sqrt(magic);
	*lat += north * 180.0 / (gcj_a * (1 - gcj_ee) / (magic * root) * M_PI);
	*lon += east * 180.0 / (gcj_a / root * cos(rad) * M_PI);
}

/* By iteration, to less than 1e-10 degrees: one step of the usual inverse errs by metres. */
static void gcj02_undo(double *lon, double *lat) {
	double x = *lon, y = *lat;
	if (!gcj_shifts(x, y)) return;
	for (int i = 0; i < 30; i++) {
		double east = x, north = y;
		place_to_gcj02(&east, &north);
		east -= *lon;
		north -= *lat;
		x -= east;
		y -= north;
		if (fabs(east) < 1e-11 && fabs(north) < 1e-11) break;
	}
	*lon = x;
	*lat = y;
}

static void bd09_undo(double *lon, double *lat) {
	double x = *lon - 0.0065, y = *lat - 0.006;
	for (int i = 0; i < 30; i++) { /* the forward shift of the present guess tells how far off it is */
		double z = sqrt(x * x + y * y) + 0.00002 * sin(y * bd_pi), theta = atan2(y, x) + 0.000003 * cos(x * bd_pi);
		double east = z * cos(theta) + 0.0065 - *lon, north = z * sin(theta) + 0.006 - *lat;
		x -= east;
		y -= north;
		if (fabs(east) < 1e-11 && fabs(north) < 1e-11) break;
	}
	*lon = x;
	*lat = y;
	gcj02_undo(lon, lat);
}

/* --- PROJ ------------------------------------------------------------------------------------------------------------ */
enum { KEPT = 8 };
typedef struct Kept { /* a thread's systems; the oldest makes room */
	PJ_CONTEXT *context;
	PJ *to[KEPT];
	int crs[KEPT], next;
} Kept;
static _Thread_local Kept *kept;
static pthread_key_t kept_key;
static pthread_once_t kept_once = PTHREAD_ONCE_INIT;

static void kept_free(void *object) {
	Kept *old = object;
	for (int i = 0; i < KEPT; i++)
		proj_destroy(old->to[i]);
	proj_context_destroy(old->context);
	free(old);
}

static void kept_key_make(void) {
	pthread_key_create(&kept_key, kept_free);
}

static PJ *projection(int crs) {
	char name[24];
	pthread_once(&kept_once, kept_key_make);
	if (!kept) {
		kept = calloc(1, sizeof *kept);
		if (!kept) abort();
		kept->context = proj_context_create();
		proj_log_level(kept->context, PJ_LOG_NONE);
		proj_context_set_enable_network(kept->context, 0);
		pthread_setspecific(kept_key, kept);
	}
	for (int i = 0; i < KEPT; i++)
		if (kept->to[i] && kept->crs[i] == crs) return kept->to[i];
	snprintf(name, sizeof name, "EPSG:%d", crs);
	PJ *raw = proj_create_crs_to_crs(kept->context, name, "EPSG:4490", NULL);
	PJ *made =
	    raw ? proj_normalize_for_visualization(kept->context, raw) : NULL; /* x, y as easting, northing: never swapped */
	proj_destroy(raw);
	if (!made) return NULL;
	proj_destroy(kept->to[kept->next]);
	kept->to[kept->next] = made;
	kept->crs[kept->next] = crs;
	kept->next = (kept->next + 1) % KEPT;
	return made;
}

int place_convert(int crs, double *x, double *y) {
	if (crs == PLACE_GCJ02) {
		gcj02_undo(x, y);
	} else if (crs == PLACE_BD09) {
		bd09_undo(x, y);
	} else if (crs != PLACE_CGCS2000 && crs != PLACE_WGS84) {
		PJ *way = projection(crs);
		PJ_COORD to = way ? proj_trans(way, PJ_FWD, proj_coord(*x, *y, 0, 0)) : proj_coord(HUGE_VAL, 0, 0, 0);
		*x = to.xy.x;
		*y = to.xy.y;
	}
	return fabs(*x) <= 180 && fabs(*y) <= 90 ? 0 : -1;
}

double place_distance(double lon1, double lat1, double lon2, double lat2) {
	struct geod_geodesic earth;
	double metres;
	geod_init(&earth, 6378137.0, 1 / 298.257222101); /* CGCS2000's ellipsoid */
	geod_inverse(&earth, lat1, lon1, lat2, lon2, &metres, NULL, NULL);
	return metres;
}
