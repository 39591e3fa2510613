/* track: whoever was called switches the recording of his position on and off himself; points are taken only in between, and only
 * while the duty lasts. */
#include "emergency/internal.h"

typedef struct Point {
	int64_t at_us;
	double lon, lat, accuracy;
} Point;

/* --- on and off --------------------------------------------------------------------------------------------------------------
 */
static int ended(Request *rq) {
	return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "ended",
	                   "Nothing is recorded any more; nothing is to be done.", "This emergency duty has ended");
}

int emergency_tracking_post(Request *rq) {
	Duty duty;
	bool on = in_int(rq, "on") != 0;
	int code = duty_find(rq, in_int(rq, "id"), &duty);
	if (code < 0) return code;
	if (!duty.called)
		return fail(rq, ERR_FORBIDDEN, "Only whoever was called to it switches the recording of his position on or off");
	if (on && !duty_open(&duty, rq->now_us)) return ended(rq);
	int64_t done = 0;
	if (on != (duty.on_us > duty.off_us))
		done = db_run(rq->db,
		              on ? "UPDATE emergency_officer SET on_at = $3 WHERE emergency_id = $1 AND account_id = $2"
		                 : "UPDATE emergency_officer SET off_at = $3 WHERE emergency_id = $1 AND account_id = $2",
		              BIND(val_int(duty.emergency_id), val_int(rq->party.account_id), val_int(rq->now_us)));
	if (done < 0) return (int)done;
	about_json(rq, json_pack("{s:b}", "on", on));
	jw_object(&rq->json);
	jw_kv_bool(&rq->json, "on", on);
	jw_object_end(&rq->json);
	return 0;
}

/* --- points ------------------------------------------------------------------------------------------------------------------
 */
static int point_wrong(Request *rq, size_t i, const char *member) {
	return error_field(rq->error, ERR_INVALID, "points", TEXT_NONE, "point",
	                   "Give each {age: seconds ago, lon, lat: CGCS2000 degrees, accuracy: metres, 0 to 100000}.",
	                   "Point %zu cannot be read: %s", i + 1, member);
}

static int point_read(Request *rq, const json_t *one, size_t i, Point *out) {
	const json_t *age = json_object_get(one, "age"), *lon = json_object_get(one, "lon"), *lat = json_object_get(one, "lat"),
	             *accuracy = json_object_get(one, "accuracy");
	if (!json_is_number(age) || !(json_number_value(age) >= 0 && json_number_value(age) <= 864000))
		return point_wrong(rq, i, "age");
	out->at_us = rq->now_us - (int64_t)(json_number_value(age) * 1e6);
	if (!json_is_number(lon) || !(json_number_value(lon) >= -180 && json_number_value(lon) <= 180))
		return point_wrong(rq, i, "lon");
	if (!json_is_number(lat) || !(json_number_value(lat) >= -90 && json_number_value(lat) <= 90))
		return point_wrong(rq, i, "lat");
	if (accuracy && !(json_number_value(accuracy) >= 0 && json_number_value(accuracy) <= 100000))
		return point_wrong(rq, i, "accuracy");
	out->lon = json_number_value(lon);
	out->lat = json_number_value(lat);
	out->accuracy = json_number_value(accuracy);
	return 0;
}

/* Taken since it was switched on, and 5 s or more after the one before: sent twice it is kept once. */
static int point_keep(Request *rq, const Duty *duty, const Point *point, int64_t *last_us, int64_t *kept) {
	if (point->at_us < duty->on_us || point->at_us < *last_us + EMERGENCY_APART_S * INT64_C(1000000)) return 0;
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO emergency_point (emergency_id, account_id, at_us, lon, lat, accuracy) VALUES ($1, $2, $3,"
	           " $4, $5, $6) ON CONFLICT (emergency_id, account_id, at_us) DO NOTHING",
	           BIND(val_int(duty->emergency_id), val_int(rq->party.account_id), val_int(point->at_us), val_double(point->lon),
	                val_double(point->lat), val_double(point->accuracy)));
	if (done <= 0) return (int)done;
	*last_us = point->at_us;
	(*kept)++;
	return (int)db_run(
	    rq->db,
	    "UPDATE emergency_officer SET points = points + 1, last_at = $3, lon = $4, lat = $5, accuracy = $6 WHERE"
	    " emergency_id = $1 AND account_id = $2",
	    BIND(val_int(duty->emergency_id), val_int(rq->party.account_id), val_int(point->at_us), val_double(point->lon),
	         val_double(point->lat), val_double(point->accuracy)));
}

int emergency_points_post(Request *rq) {
	Duty duty;
	const json_t *points = in_json(rq, "points");
	int64_t kept = 0;
	int code = duty_find(rq, in_int(rq, "id"), &duty);
	if (code < 0) return code;
	if (!duty_open(&duty, rq->now_us)) return ended(rq);
	if (!duty.called || duty.on_us <= duty.off_us)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "off", "Switch it on first; nobody else can.",
		                   "The recording of your position is off");
	if (!json_is_array(points) || json_array_size(points) < 1 || json_array_size(points) > EMERGENCY_POINTS_MAX)
		return error_field(rq->error, ERR_INVALID, "points", TEXT_NONE, "length", "Send 1 to 200 points at a time.",
		                   "These are not 1 to 200 points");
	int64_t last_us = duty.last_us;
	for (size_t i = 0; i < json_array_size(points) && code >= 0; i++) {
		Point point = {0};
		code = point_read(rq, json_array_get(points, i), i, &point);
		if (code == 0) code = point_keep(rq, &duty, &point, &last_us, &kept);
	}
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "kept", kept);
	jw_object_end(&rq->json);
	return 0;
}

/* One's own, or as whoever leads the centre that declared it; that it was read is evidence. */
int emergency_track_get(Request *rq) {
	static const Member point[] = {
	    {"at", MEMBER_TIME}, {"lon", MEMBER_DOUBLE}, {"lat", MEMBER_DOUBLE}, {"accuracy", MEMBER_DOUBLE}, {0}};
	Duty duty;
	int64_t account_id = in_int(rq, "account");
	int code = duty_find(rq, in_int(rq, "id"), &duty);
	if (code < 0) return code;
	if (account_id != rq->party.account_id && !duty.in_charge)
		return fail(rq, ERR_FORBIDDEN,
		            "A track is read by whoever leads the centre that declared the duty, and by oneself");
	about_json(rq, json_pack("{s:I}", "account", (json_int_t)account_id));
	return answer_list(
	    rq, point,
	    "SELECT p.at_us, p.lon, p.lat, p.accuracy FROM (SELECT at_us, lon, lat, accuracy FROM emergency_point WHERE"
	    " emergency_id = $1 AND account_id = $2 ORDER BY at_us DESC LIMIT 5000) p ORDER BY p.at_us",
	    BIND(val_int(duty.emergency_id), val_int(account_id)));
}
