/* address: the candidates among the city's standard addresses for a free text. Found by road and number; a part that is not said
 * costs little, one that differs much. A road that is none of the city's stands for those spelled most like it. */
#include "place/address.h"
#include <stdio.h>
#include <stdlib.h>

/* --- roads alike ------------------------------------------------------------------------------------------------------ */
/* Keeps the best, best first. */
static void road_keep(Road roads[ROADS_MAX], int *count, const char *key, int points) {
	int at = *count < ROADS_MAX ? (*count)++ : ROADS_MAX - 1;
	if (at == ROADS_MAX - 1 && *count == ROADS_MAX && roads[at].key && roads[at].points >= points) return;
	for (; at > 0 && roads[at - 1].points < points; at--)
		roads[at] = roads[at - 1];
	roads[at] = (Road){key, points};
}

/* 0: another road. One that is only begun may be short; of one that is a part there must be a third. */
static int road_points(const char *asked, const char *key) {
	bool begun = strstr(key, asked) == key, part = begun || strstr(key, asked), whole = !part && strstr(asked, key);
	size_t shorter = whole ? strlen(key) : strlen(asked), longer = whole ? strlen(asked) : strlen(key);
	if (begun || ((part || whole) && shorter * 3 >= longer)) return (begun ? 340 : 260) + (int)(40 * shorter / longer);
	int letters = address_letters(asked), most = letters < 8 ? 1 : letters / 4, apart = address_apart(asked, key, most);
	return letters < 3 || apart > most ? 0 : 330 - 50 * apart;
}

int roads_find(Request *rq, const char *asked, Road roads[ROADS_MAX], int *count) {
	Rows *rows;
	int64_t there = 0;
	int code = db_int(rq->db, &there, "SELECT COUNT(*) FROM place_road WHERE road_key = $1", BIND(val_str(asked)));
	*count = 0;
	if (code >= 0 && there) road_keep(roads, count, asked, ROAD_SAME);
	if (code < 0 || there || address_letters(asked) < 2 ||
	    (code = db_query(rq->db, &rows, "SELECT road_key FROM place_road ORDER BY road_key", NO_BIND)) < 0)
		return code < 0 ? code : 0;
	while ((code = rows_next(rows)) > 0) {
		const char *key = rows_str(rows, 0, rq->arena);
		int points = road_points(asked, key);
		if (points) road_keep(roads, count, key, points);
	}
	rows_close(rows);
	return code;
}

/* --- finding ---------------------------------------------------------------------------------------------------------- */
typedef struct Asked {
	AddressParts parts;
	char *road, *town;
	int64_t number;
} Asked;

/* Of 1000: road 500, number 400, town 60, building 40. */
static int score(Request *rq, const Asked *asked, Rows *rows, int points) {
	int64_t number = rows_int(rows, 4), apart = number > asked->number ? number - asked->number : asked->number - number;
	Text said = rows_text(rows, 2), building = rows_text(rows, 3);
	if (!*asked->parts.number)
		points += 150;
	else if (text_is(said, asked->parts.number))
		points += 400;
	else
		points += apart < 30 ? 300 - (int)apart * 8 : 60; /* 12-1 for 12, or a door near by */
	char *town = address_key(rq->arena, rows_text(rows, 1));
	if (!*asked->town || !*town || strstr(town, asked->town) || strstr(asked->town, town)) points += 60;
	if (!*asked->parts.building || text_is(building, asked->parts.building)) points += 40;
	return points;
}

static int by_score(const void *a, const void *b) {
	const PlaceAddress *left = a, *right = b;
	return left->score != right->score ? (left->score < right->score ? 1 : -1) : strcmp(left->standard, right->standard);
}

enum { DOORS_MAX = 100 /* looked at of a road, nearest numbers first */ };
static int doors_find(Request *rq, const Asked *asked, const Road *road, PlaceAddress *found, int *count) {
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT standard, town, number_text, building, number_value, lon, lat FROM place_address WHERE road_key ="
	             " $1 ORDER BY CASE WHEN number_value > $2 THEN number_value - $2 ELSE $2 - number_value END, standard"
	             " LIMIT 100",
	             BIND(val_str(road->key), val_int(asked->number)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0)
		found[(*count)++] = (PlaceAddress){.standard = rows_str(rows, 0, rq->arena),
		                                   .lon = rows_double(rows, 5),
		                                   .lat = rows_double(rows, 6),
		                                   .score = score(rq, asked, rows, road->points)};
	rows_close(rows);
	return code;
}

/* The area of each, now. */
static int areas_add(Request *rq, PlaceAddress *out, int count) {
	int code = 0;
	for (int i = 0; i < count && code >= 0; i++) {
		PlaceHit hit;
		code = place_locate(rq, out[i].lon, out[i].lat, rq->now_us, &hit);
		if (code == 0) out[i].area = hit.lowest;
		if (code == ERR_NOT_FOUND) code = 0;
	}
	return code < 0 ? code : count;
}

static int address_find(Request *rq, Text free_text, PlaceAddress *out, int max, CrossingTold *told) {
	Asked asked;
	Road roads[ROADS_MAX] = {{0}};
	int count = 0, road_count = 0;
	PlaceAddress *found = ARENA_ARRAY(rq->arena, PlaceAddress, ROADS_MAX * DOORS_MAX);
	int crossings = crossing_find(rq, free_text, out, max, told);
	if (crossings < 0 || told->roads[0]) return crossings < 0 ? crossings : areas_add(rq, out, crossings);
	address_parse(rq->arena, free_text, &asked.parts);
	asked.road = address_key(rq->arena, text_of(asked.parts.road));
	asked.town = address_key(rq->arena, text_of(asked.parts.town));
	asked.number = address_number(text_of(asked.parts.number));
	int code = !*asked.road ? 0 : roads_find(rq, asked.road, roads, &road_count);
	for (int i = 0; i < road_count && code >= 0; i++)
		code = doors_find(rq, &asked, &roads[i], found, &count);
	if (code < 0) return code;
	qsort(found, (size_t)count, sizeof *found, by_score);
	if (count > max) count = max;
	memcpy(out, found, (size_t)count * sizeof *found);
	return areas_add(rq, out, count);
}

int place_address(Request *rq, Text free_text, PlaceAddress *out, int max) {
	CrossingTold told;
	return address_find(rq, free_text, out, max, &told);
}

/* What it was understood as, where it is a crossing. */
static void crossing_write(JsonWriter *json, const CrossingTold *told) {
	jw_key(json, "crossing");
	if (!told->roads[0]) {
		jw_null(json);
		return;
	}
	jw_object(json);
	jw_key(json, "roads");
	jw_array(json);
	for (int i = 0; i < 2; i++)
		jw_str(json, told->roads[i]);
	jw_array_end(json);
	jw_key(json, "unknown");
	jw_array(json);
	for (int i = 0; i < 2; i++)
		if (told->missing & 1 << i) jw_str(json, told->roads[i]);
	jw_array_end(json);
	jw_key(json, "apart");
	if (told->apart < 0)
		jw_null(json);
	else
		jw_double(json, (double)(int64_t)(told->apart + 0.5));
	jw_object_end(json);
}

int place_addresses_get(Request *rq) {
	PlaceAddress found[50];
	AddressParts parts;
	CrossingTold told;
	int count = address_find(rq, in_text(rq, "q"), found, in_has(rq, "limit") ? (int)in_int(rq, "limit") : 10, &told);
	if (count < 0) return count;
	address_parse(rq->arena, in_text(rq, "q"), &parts);
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_key(json, "items");
	jw_array(json);
	for (int i = 0; i < count; i++) {
		jw_object(json);
		jw_kv_str(json, "standard", found[i].standard);
		jw_key(json, "lon");
		jw_double(json, found[i].lon);
		jw_key(json, "lat");
		jw_double(json, found[i].lat);
		jw_kv_int(json, "score", found[i].score);
		jw_kv_id(json, "area_key", found[i].area ? found[i].area->area_key : 0);
		jw_kv_str(json, "area_name", found[i].area ? found[i].area->name : "");
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_key(json, "parts");
	jw_object(json);
	jw_kv_str(json, "town", parts.town);
	jw_kv_str(json, "road", parts.road);
	jw_kv_str(json, "number", parts.number);
	jw_kv_str(json, "building", parts.building);
	jw_kv_str(json, "unit", parts.unit);
	jw_kv_str(json, "room", parts.room);
	jw_object_end(json);
	crossing_write(json, &told);
	jw_object_end(json);
	rq->row_count = count;
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------------------------------- */
static const Migration migrations[] = {
    {.name = "place-address-1",
     .sql =
         /* spread: reference. number_value: its first digits, for the nearest door; road_key: as address_key makes it */
     "CREATE TABLE place_address (address_ref TEXT PRIMARY KEY, standard TEXT NOT NULL, town TEXT NOT NULL, road TEXT NOT NULL,"
     " number_text TEXT NOT NULL, building TEXT NOT NULL, number_value BIGINT NOT NULL, road_key TEXT NOT NULL, lon DOUBLE "
     "PRECISION NOT"
     " NULL, lat DOUBLE PRECISION NOT NULL);\n"
     "CREATE INDEX place_address_road ON place_address (road_key, number_value)"},
    {.name = "place-address-2",
     .sql = /* spread: reference. The roads that addresses are in: some thousands, looked through for those alike */
     "CREATE TABLE place_road (road_key TEXT PRIMARY KEY);\n"
     "INSERT INTO place_road SELECT DISTINCT road_key FROM place_address WHERE road_key <> ''"},
    {.name = "place-address-3",
     .sql =
         /* spread: reference. columns: of the file, JSON; job_id 0: from a file; ended_at 0: under way, or cut off */
     "CREATE TABLE place_address_load (load_id BIGINT PRIMARY KEY, file_name TEXT NOT NULL, crs BIGINT NOT NULL, columns TEXT NOT"
     " NULL, rows_read BIGINT NOT NULL, refused_count BIGINT NOT NULL, begun_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,"
     " account_id BIGINT NOT NULL, job_id BIGINT NOT NULL);\n"
     /* spread: by(load_id). row_no: the line of the file; cells: JSON array, locked, as it came */
     "CREATE TABLE place_address_refused (load_id BIGINT NOT NULL, row_no BIGINT NOT NULL, field TEXT NOT NULL, value TEXT NOT"
     " NULL, rule TEXT NOT NULL, message TEXT NOT NULL, advice TEXT NOT NULL, cells TEXT NOT NULL, at_us BIGINT NOT NULL,"
     " PRIMARY KEY (load_id, row_no));\n"
     "CREATE INDEX place_address_refused_at ON place_address_refused (at_us)"}};
static const Setting settings[] = {
    {"place.refused_keep_days", "90", "Days after which the refused rows of an import of addresses are removed", 1, 3660},
};
static const Chore chores[] = {{"place.address_refused", 360, address_refused_chore}};
static const InputField find_inputs[] = {{"q", IN_QUERY, TYPE_TEXT, true, 1, 150, .doc = "an address as people say it"},
                                         {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 50, .doc = "candidates, 10 when absent"},
                                         {0}};
static const OutputField find_outputs[] = {
    {"items", "{standard: string, lon: number, lat: number, score: number, area_key: string | null, area_name: string}[]",
     "best first; score of 1000"},
    {"parts", "{town: string, road: string, number: string, building: string, unit: string, room: string}",
     "as it was understood"},
    {"crossing", "{roads: string[], unknown: string[], apart: number | null} | null",
     "it was understood as a crossing of two roads; unknown: those that the city has not; apart: metres between their nearest "
     "doors "
     "where they do not meet"},
    {0}};
static const InputField bring_inputs[] = {
    {"name", IN_QUERY, TYPE_TEXT, .max = 200, .doc = "what the file is called, for the evidence"},
    {"crs", IN_QUERY, TYPE_TEXT, .max = 16, .doc = "of lon and lat: CGCS2000 (the default), WGS84, GCJ02, BD09 or EPSG:number"},
    {0}};
static const OutputField bring_outputs[] = {
    {"load_id", "string", "under which its refused rows are kept"}, {"read", "number", "rows"},
    {"kept", "number", "new or brought up to date, by id"},         {"refused", "number", "without id, place or in a wrong form"},
    {"first_refused_line", "number", "of the file; 0: none"},       {0}};
#define LIMIT                                                                                                                    \
	{ "limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out" }
static const InputField loads_inputs[] = {{"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"}, LIMIT, {0}};
static const OutputField loads_outputs[] = {
    {"items",
     "{load_id: string, file_name: string, crs: number, read: number, refused: number, refused_kept: number, begun_at: string, "
     "ended_at: string | null, by_name: string, job_id: string | null}[]",
     "newest first; refused_kept: rows that can be shown, the first 20,000 for place.refused_keep_days; ended_at null: under "
     "way, "
     "or cut off"},
    {"next", "string|null", "cursor of the next page"},
    {0}};
static const InputField refused_inputs[] = {
    ID_PATH("load_id"), {"after", IN_QUERY, TYPE_INT, .min = 0, .doc = "row_no of the last row before"}, LIMIT, {0}};
static const OutputField refused_outputs[] = {
    {"items", "{row_no: number, field: string, value: string, rule: string, message: string, advice: string}[]",
     "in their order; row_no: line of the file; field: id, standard, town, road, number, building, lon, lat, or empty: the row"},
    {"next", "string|null", "cursor of the next page"},
    {0}};
static const InputField load_inputs[] = {ID_PATH("load_id"), {0}};
static const Route routes[] = {
    {"GET", "/api/v1/place/addresses", PERMIT_PLACE_READ, LANE_READ, place_addresses_get, "place.addresses",
     "Standard addresses that a text may mean, with places and scores.", find_inputs, find_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/place/addresses", PERMIT_PLACE_EDIT, LANE_READ, place_addresses_post, "place.addresses_bring",
     "Standard addresses from a CSV file: id, standard, town, road, number, building, lon, lat.", bring_inputs, bring_outputs,
     INT64_C(512) << 20, ROUTE_SPOOL},
    {"GET", "/api/v1/place/address-loads", PERMIT_PLACE_EDIT, LANE_READ, address_loads_get, "place.address_loads",
     "Imports of standard addresses.", loads_inputs, loads_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/place/address-loads/{id}/refused", PERMIT_PLACE_EDIT, LANE_READ, address_refused_get,
     "place.address_refused", "Rows that an import refused: what is wrong, and what to do.", refused_inputs, refused_outputs,
     .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/place/address-loads/{id}/refused-file", PERMIT_PLACE_EDIT, LANE_READ, address_refused_file,
     "place.address_refused_file", "The same rows as a CSV file, to be mended and brought in again.", load_inputs, NULL},
};
const Module place_address_module = {.name = "place_address",
                                     ROWS_OF(route, routes),
                                     ROWS_OF(migration, migrations),
                                     ROWS_OF(setting, settings),
                                     ROWS_OF(chore, chores)};
