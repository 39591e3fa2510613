/* where: the place of a report: coordinates that can be, the areas that hold them, who dispatches and who is on duty there. Any
 * lane; in the usual case no store is asked but for the centre. */
#include "event/internal.h"
#include <math.h>

static int coordinates_check(Request *rq, double lon, double lat) {
	if (!isfinite(lon) || !isfinite(lat) || fabs(lon) > 180 || fabs(lat) > 90)
		return error_field(rq->error, ERR_INVALID, isfinite(lon) && fabs(lon) <= 180 ? "lat" : "lon", TEXT_NONE,
		                   "coordinates", "Give longitude and latitude in degrees; perhaps the two are exchanged.",
		                   "There are no such coordinates");
	if (fabs(lon) < 1e-6 && fabs(lat) < 1e-6)
		return error_field(rq->error, ERR_INVALID, "lon", TEXT_NONE, "coordinates_zero",
		                   "Leave both out when the place is not known.", "0, 0 is no place of the city");
	return 0;
}

/* The centre of the setting; else the organisation whose people dispatch. */
static int centre_find(Request *rq, int64_t *out) {
	const char *code = setting_text(rq, "event.centre");
	int found =
	    *code ? db_int(rq->db, out, "SELECT org_id FROM org WHERE code = $1", BIND(val_str(code)))
	          : db_int(rq->db, out,
	                   "SELECT org_id FROM account WHERE (roles & $1) <> 0 AND state = 'active' ORDER BY account_id LIMIT 1",
	                   BIND(val_int(INT64_C(1) << ROLE_DISPATCHER)));
	if (found) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_CONFLICT, "class_code", TEXT_NONE, "no_centre",
	                   "Ask the system administrator to name the centre: setting event.centre.",
	                   "Nobody dispatches events in this city yet");
}

/* Whether anybody dispatches in the organisation that runs an area: then it is a centre of its own (a town's). */
static int area_centre(Request *rq, int64_t org_id, int64_t *out) {
	int64_t there = 0;
	int code = org_id ? db_int(rq->db, &there,
	                           "SELECT COUNT(*) FROM account WHERE org_id = $1 AND state = 'active' AND (roles & $2) <> 0",
	                           BIND(val_int(org_id), val_int(INT64_C(1) << ROLE_DISPATCHER)))
	                  : 0;
	*out = there ? org_id : 0;
	return code < 0 ? code : 0;
}

/* A city that has drawn no areas yet takes any place. */
static int outside(Request *rq, double lon, double lat) {
	int64_t areas = 0;
	int code = db_int(rq->db, &areas, "SELECT COUNT(*) FROM (SELECT 1 AS one FROM area LIMIT 1) x", NO_BIND);
	if (code < 0 || !areas) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_INVALID, "lon", text_of(arena_printf(rq->arena, "%.6f,%.6f", lon, lat)), "outside",
	                   "Look at the place on the map; coordinates of another system are marked with crs, e.g. GCJ02.",
	                   "This place is outside the city");
}

static int areas_find(Request *rq, EventWhere *out) {
	PlaceHit hit;
	PlaceOfficer officer;
	int code = place_locate(rq, out->lon, out->lat, rq->now_us, &hit);
	if (code == ERR_NOT_FOUND) return outside(rq, out->lon, out->lat);
	if (code < 0) return code;
	for (int level = 1; level <= PLACE_LEVELS_MAX; level++) {
		const PlaceArea *area = hit.at[level];
		if (!area) continue;
		if (level <= EVENT_AREAS) out->keys[level - 1] = area->area_key;
		if (level > 1 || area == hit.lowest)
			out->text = arena_printf(rq->arena, "%s%s%s", out->text, *out->text ? " / " : "", area->name);
	}
	code = area_centre(rq, hit.org_id, &out->centre_org);
	if (code == 0) code = place_officer(rq, hit.lowest->area_key, rq->now_us, &officer);
	if (code == 0) {
		out->field_org = officer.org_id;
		out->field_account = officer.account_id;
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* The standard address that is clearly meant: of a good score, and much better than the next. */
static int address_find(Request *rq, Text address, EventWhere *out) {
	enum { ASKED = 4, GOOD = 900, BETTER_BY = 100 };
	PlaceAddress found[ASKED];
	int count = place_address(rq, address, found, ASKED);
	if (count <= 0) return count;
	if (found[0].score >= GOOD && (count == 1 || found[1].score <= found[0].score - BETTER_BY)) {
		out->placed = true;
		out->located = "address";
		out->lon = found[0].lon;
		out->lat = found[0].lat;
		return 0;
	}
	for (int i = 0; i < count; i++)
		out->perhaps = arena_printf(rq->arena, "%s%s%s", out->perhaps, i ? "；" : "", found[i].standard);
	return 0;
}

int event_where(Request *rq, const EventReport *report, EventWhere *out) {
	int code = 0;
	*out = (EventWhere){.placed = report->placed, .located = report->placed ? "point" : "none", .text = "", .perhaps = ""};
	if (report->placed) {
		out->lon = report->lon;
		out->lat = report->lat;
		code = coordinates_check(rq, out->lon, out->lat);
	} else if (report->address.len && !report->closed_us)
		code = address_find(rq, report->address, out);
	if (code == 0 && out->placed) code = areas_find(rq, out);
	if (code < 0) return code;
	return out->centre_org ? 0 : centre_find(rq, &out->centre_org);
}

int where_duty(Request *rq, double lon, double lat, DutyPlace *out) {
	PlaceHit hit;
	out->count = 0;
	int code = place_locate(rq, lon, lat, rq->now_us, &hit);
	if (code < 0) return code == ERR_NOT_FOUND ? 0 : code;
	for (int level = 1; level <= PLACE_LEVELS_MAX; level++) {
		if (!hit.at[level]) continue;
		out->codes[out->count] = hit.at[level]->code;
		out->names[out->count] = hit.at[level]->name;
		out->levels[out->count++] = level;
	}
	return 0;
}

int area_asked_level(Request *rq) {
	int64_t area = in_int(rq, "area");
	int level = area ? place_area_level(rq, area) : 0;
	if (level < 0 || !area || (level >= 1 && level <= EVENT_AREAS)) return level;
	return error_field(rq->error, ERR_INVALID, "area", text_of(arena_printf(rq->arena, "%lld", (long long)area)),
	                   "unknown_area", "Choose one of GET /areas.", "There is no such area");
}
