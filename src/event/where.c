/* where: the place of a report: coordinates that can be, the areas that hold them, who dispatches and who is on duty there. Any lane;
 * in the usual case no store is asked. */
#include "event/internal.h"
#include <math.h>

double metres_between(double lon1, double lat1, double lon2, double lat2) {
	const double rad = M_PI / 180, radius = 6371008.8;
	double dx = (lon2 - lon1) * rad * cos((lat1 + lat2) / 2 * rad), dy = (lat2 - lat1) * rad;
	return radius * sqrt(dx * dx + dy * dy);
}

static int coordinates_check(Request *rq, double lon, double lat) {
	const char *field = isfinite(lon) && fabs(lon) <= 180 ? "lat" : "lon";
	if (!isfinite(lon) || !isfinite(lat) || fabs(lon) > 180 || fabs(lat) > 90)
		return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "coordinates", "Give longitude and latitude in degrees; perhaps the two are exchanged.",
		                   "There are no such coordinates");
	if (fabs(lon) < 1e-6 && fabs(lat) < 1e-6)
		return error_field(rq->error, ERR_INVALID, "lon", TEXT_NONE, "coordinates_zero", "Leave both out when the place is not known.",
		                   "0, 0 is no place of the city");
	return 0;
}

/* The centre of the setting; else the organisation whose people dispatch. */
static int centre_find(Request *rq, int64_t *out) {
	const char *code = setting_text(rq, "event.centre");
	int found = *code ? db_int(rq->db, out, "SELECT org_id FROM org WHERE code = $1", BIND(val_str(code)))
	                  : db_int(rq->db, out,
	                           "SELECT org_id FROM account WHERE (roles & $1) <> 0 AND state = 'active' ORDER BY account_id LIMIT 1",
	                           BIND(val_int(INT64_C(1) << ROLE_DISPATCHER)));
	if (found < 0) return found;
	if (found) return 0;
	return error_field(rq->error, ERR_CONFLICT, "class_code", TEXT_NONE, "no_centre", "Ask the system administrator to name the centre: setting event.centre.",
	                   "Nobody dispatches events in this city yet");
}

int event_where(Request *rq, const EventReport *report, EventWhere *out) {
	*out = (EventWhere){.placed = report->placed, .lon = report->lon, .lat = report->lat, .located = report->placed ? "point" : "none", .text = ""};
	if (report->placed) {
		int code = coordinates_check(rq, report->lon, report->lat);
		if (code < 0) return code;
	} else
		out->lon = out->lat = 0;
	return centre_find(rq, &out->centre_org);
}

int where_duty(Request *rq, double lon, double lat, DutyPlace *out) {
	out->count = 0;
	return 0;
}
