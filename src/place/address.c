/* address: standard addresses of the city, brought in as CSV, and the candidates for a free text. Found by road and number; a
 * part that is not said costs little, one that differs much. */
#include "place/address.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- finding ---------------------------------------------------------------------------------------------------------- */
typedef struct Asked {
	AddressParts parts;
	char *road, *town;
	int64_t number;
} Asked;

/* Of 1000: road 500 (as written, or within another), number 400, town 60, building 40. */
static int score(Request *rq, const Asked *asked, Rows *rows, int road_points) {
	int points = road_points;
	int64_t number = rows_int(rows, 5), apart = number > asked->number ? number - asked->number : asked->number - number;
	Text said = rows_text(rows, 3), building = rows_text(rows, 4);
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

enum { LOOKED_AT = 400 };
/* Nearest numbers first. mode: the road exactly, its beginning, or any part of it. */
static int look(Request *rq, const Asked *asked, int mode, PlaceAddress *found, int *count) {
	static const int points[] = {500, 380, 320};
	Rows *rows;
	const char *key = mode == 0 ? asked->road : arena_printf(rq->arena, mode == 1 ? "%s%%" : "%%%s%%", asked->road);
	int code =
	    mode == 0
	        ? db_query(
	              rq->db, &rows,
	              "SELECT standard, town, road, number_text, building, number_value, lon, lat FROM place_address WHERE "
	              "road_key"
	              " = $1 ORDER BY CASE WHEN number_value > $2 THEN number_value - $2 ELSE $2 - number_value END, standard"
	              " LIMIT 400",
	              BIND(val_str(key), val_int(asked->number)))
	        : db_query(rq->db, &rows,
	                   "SELECT standard, town, road, number_text, building, number_value, lon, lat FROM place_address WHERE"
	                   " lower(road_key) LIKE $1 ORDER BY CASE WHEN number_value > $2 THEN number_value - $2 ELSE $2 -"
	                   " number_value END, standard LIMIT 400",
	                   BIND(val_str(key), val_int(asked->number)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && *count < LOOKED_AT)
		found[(*count)++] = (PlaceAddress){.standard = rows_str(rows, 0, rq->arena),
		                                   .lon = rows_double(rows, 6),
		                                   .lat = rows_double(rows, 7),
		                                   .score = score(rq, asked, rows, points[mode])};
	rows_close(rows);
	return code < 0 ? code : 0;
}

int place_address(Request *rq, Text free_text, PlaceAddress *out, int max) {
	Asked asked;
	int count = 0, code = 0;
	PlaceAddress *found = ARENA_ARRAY(rq->arena, PlaceAddress, LOOKED_AT);
	address_parse(rq->arena, free_text, &asked.parts);
	asked.road = address_key(rq->arena, text_of(asked.parts.road));
	asked.town = address_key(rq->arena, text_of(asked.parts.town));
	asked.number = address_number(text_of(asked.parts.number));
	if (strlen(asked.road) < 2 || strpbrk(asked.road, "%_\\")) return 0;
	for (int mode = 0; mode < 3 && count == 0 && code == 0; mode++)
		code = look(rq, &asked, mode, found, &count);
	if (code < 0) return code;
	qsort(found, (size_t)count, sizeof *found, by_score);
	if (count > max) count = max;
	for (int i = 0; i < count && code == 0; i++) {
		PlaceHit hit;
		out[i] = found[i];
		code = place_locate(rq, out[i].lon, out[i].lat, rq->now_us, &hit);
		if (code == 0) out[i].area = hit.lowest;
		if (code == ERR_NOT_FOUND) code = 0;
	}
	return code < 0 ? code : count;
}

int place_addresses_get(Request *rq) {
	PlaceAddress found[50];
	AddressParts parts;
	int count = place_address(rq, in_text(rq, "q"), found, in_has(rq, "limit") ? (int)in_int(rq, "limit") : 10);
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
	jw_kv_str(json, "room", parts.room);
	jw_object_end(json);
	jw_object_end(json);
	rq->row_count = count;
	return 0;
}

/* --- bringing in ------------------------------------------------------------------------------------------------------ */
enum { ADDRESS_PORTION = 1000, COLUMN_COUNT = 8 };
typedef struct Row {
	const char *id, *standard, *town, *road, *number, *building;
	double lon, lat;
} Row;
typedef struct Bringing {
	int columns[COLUMN_COUNT];
	int crs, count;
	int64_t read, refused, first_refused;
	Row rows[ADDRESS_PORTION];
	Arena *arena; /* of the portion */
} Bringing;
static const char *const columns[COLUMN_COUNT][3] = {{"id", "编号", NULL},
                                                     {"standard", "标准地址", "address"},
                                                     {"town", "镇街", NULL},
                                                     {"road", "道路", "street"},
                                                     {"number", "门牌号", "housenumber"},
                                                     {"building", "楼幢", NULL},
                                                     {"lon", "经度", "x"},
                                                     {"lat", "纬度", "y"}};

static int header_take(Request *rq, Bringing *in, const CsvRecord *record) {
	for (int i = 0; i < COLUMN_COUNT; i++) {
		in->columns[i] = -1;
		for (size_t field = 0; field < record->count; field++)
			for (int name = 0; name < 3; name++)
				if (columns[i][name] && text_is(text_trim(record->fields[field]), columns[i][name]))
					in->columns[i] = (int)field;
	}
	if (in->columns[0] < 0 || in->columns[6] < 0 || in->columns[7] < 0 || (in->columns[1] < 0 && in->columns[3] < 0))
		return error_field(rq->error, ERR_INVALID, "file", TEXT_NONE, "columns",
		                   "Name its columns id, standard, town, road, number, building, lon, lat.",
		                   "The file needs id, lon, lat and standard or road");
	return 0;
}

static Text cell(const Bringing *in, const CsvRecord *record, int column) {
	int at = in->columns[column];
	return at >= 0 && (size_t)at < record->count ? text_trim(record->fields[at]) : TEXT("");
}

static void row_take(Bringing *in, const CsvRecord *record) {
	Row *row = &in->rows[in->count];
	in->read++;
	*row = (Row){text_cstr(in->arena, cell(in, record, 0)),
	             text_cstr(in->arena, cell(in, record, 1)),
	             text_cstr(in->arena, cell(in, record, 2)),
	             text_cstr(in->arena, cell(in, record, 3)),
	             text_cstr(in->arena, cell(in, record, 4)),
	             text_cstr(in->arena, cell(in, record, 5)),
	             0,
	             0};
	AddressParts parts;
	address_parse(in->arena, text_of(row->standard), &parts);
	if (!*row->road) row->road = parts.road;
	if (!*row->number) row->number = parts.number;
	if (!*row->town) row->town = parts.town;
	if (!*row->building) row->building = parts.building;
	if (!*row->standard) row->standard = arena_printf(in->arena, "%s %s", row->road, row->number);
	if (record->fault || !*row->id || strlen(row->id) > 64 || strlen(row->standard) > 600 ||
	    text_to_double(cell(in, record, 6), &row->lon) < 0 || text_to_double(cell(in, record, 7), &row->lat) < 0 ||
	    place_convert(in->crs, &row->lon, &row->lat) < 0) {
		if (!in->refused++) in->first_refused = record->line;
		return;
	}
	in->count++;
}

static int rows_write(Request *rq, void *arg) {
	const Bringing *in = arg;
	int code = 0;
	for (int i = 0; i < in->count && code >= 0; i++) {
		const Row *row = &in->rows[i];
		code = (int)db_run(
		    rq->db,
		    "INSERT INTO place_address (address_ref, standard, town, road, number_text, building, number_value, "
		    "road_key, lon, lat) VALUES"
		    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (address_ref) DO UPDATE SET standard = $2, town = "
		    "$3, road = $4,"
		    " number_text = $5, building = $6, number_value = $7, road_key = $8, lon = $9, lat = $10",
		    BIND(val_str(row->id), val_str(row->standard), val_str(row->town), val_str(row->road), val_str(row->number),
		         val_str(row->building), val_int(address_number(text_of(row->number))),
		         val_str(address_key(in->arena, text_of(row->road))), val_double(row->lon), val_double(row->lat)));
	}
	return code < 0 ? code : 0;
}

static int portion_end(Request *rq, Bringing *in) {
	int code = in->count ? request_write_bulk(rq, rows_write, in) : 0;
	in->count = 0;
	arena_reset(in->arena);
	return code < 0 ? code : 0;
}

static void arena_drop(void *arena) {
	arena_free(arena);
}

static int file_take(Request *rq, Bringing *in, int fd) {
	Csv *csv = csv_new(rq->arena, ',');
	char *block = arena_alloc(rq->arena, 1 << 16);
	CsvRecord record;
	bool header = false;
	int code = 0;
	for (bool last = false; !last && code == 0;) {
		ssize_t got = read(fd, block, 1 << 16);
		if (got < 0) return fail(rq, ERR_IO, "cannot read the file");
		last = got == 0;
		csv_feed(csv, (Text){block, (size_t)got}, last);
		while (code == 0 && csv_next(csv, &record)) {
			if (!header)
				code = header_take(rq, in, &record);
			else
				row_take(in, &record);
			header = true;
			if (in->count == ADDRESS_PORTION) code = portion_end(rq, in);
		}
	}
	return code < 0 ? code : portion_end(rq, in);
}

static int said_write(Request *rq, void *arg) {
	const Bringing *in = arg;
	rq->row_count = in->read - in->refused;
	rq->about = arena_printf(rq->arena, "{\"read\":%lld,\"refused\":%lld}", (long long)in->read, (long long)in->refused);
	return 0;
}

int place_addresses_post(Request *rq) {
	Bringing *in = ARENA_NEW(rq->arena, Bringing);
	const char *path = http_body_path(rq->call);
	in->crs = in_has(rq, "crs") ? place_crs_parse(in_text(rq, "crs")) : PLACE_CGCS2000;
	if (in->crs < 0)
		return error_field(rq->error, ERR_INVALID, "crs", in_text(rq, "crs"), "crs",
		                   "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:number.", "This is no known coordinate system");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return error_field(rq->error, ERR_INVALID, "file", TEXT_NONE, "empty", "Send the file as the request body.",
		                   "The upload is empty");
	in->arena = arena_new();
	arena_on_free(rq->arena, arena_drop, in->arena);
	int code = file_take(rq, in, fd);
	close(fd);
	if (code == 0) code = request_write(rq, said_write, in);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "read", in->read);
	jw_kv_int(&rq->json, "kept", in->read - in->refused);
	jw_kv_int(&rq->json, "refused", in->refused);
	jw_kv_int(&rq->json, "first_refused_line", in->first_refused);
	jw_object_end(&rq->json);
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------------------------------- */
static const Migration migrations[] = {{
    .name = "place-address-1",
    .sql =
        /* spread: reference. number_value: its first digits, for the nearest door; road_key: as address_key makes it */
    "CREATE TABLE place_address (address_ref TEXT PRIMARY KEY, standard TEXT NOT NULL, town TEXT NOT NULL, road TEXT NOT NULL,"
    " number_text TEXT NOT NULL, building TEXT NOT NULL, number_value BIGINT NOT NULL, road_key TEXT NOT NULL, lon DOUBLE "
    "PRECISION NOT"
    " NULL, lat DOUBLE PRECISION NOT NULL);\n"
    "CREATE INDEX place_address_road ON place_address (road_key, number_value)",
}};
static const InputField find_inputs[] = {{"q", IN_QUERY, TYPE_TEXT, true, 1, 150, .doc = "an address as people say it"},
                                         {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 50, .doc = "candidates, 10 when absent"},
                                         {0}};
static const OutputField find_outputs[] = {
    {"items", "{standard: string, lon: number, lat: number, score: number, area_key: string | null, area_name: string}[]",
     "best first; score of 1000"},
    {"parts", "{town: string, road: string, number: string, building: string, room: string}", "as it was understood"},
    {0}};
static const InputField bring_inputs[] = {
    {"crs", IN_QUERY, TYPE_TEXT, .max = 16, .doc = "of lon and lat: CGCS2000 (the default), WGS84, GCJ02, BD09 or EPSG:number"},
    {0}};
static const OutputField bring_outputs[] = {{"read", "number", "rows"},
                                            {"kept", "number", "new or brought up to date, by id"},
                                            {"refused", "number", "without id, place or in a wrong form"},
                                            {"first_refused_line", "number", "of the file; 0: none"},
                                            {0}};
static const Route routes[] = {
    {"GET", "/api/v1/place/addresses", PERMIT_PLACE_READ, LANE_READ, place_addresses_get, "place.addresses",
     "Standard addresses that a text may mean, with places and scores.", find_inputs, find_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/place/addresses", PERMIT_PLACE_EDIT, LANE_READ, place_addresses_post, "place.addresses_bring",
     "Standard addresses from a CSV file: id, standard, town, road, number, building, lon, lat.", bring_inputs, bring_outputs,
     INT64_C(512) << 20, ROUTE_SPOOL},
};
const Module place_address_module = {.name = "place_address", ROWS_OF(route, routes), ROWS_OF(migration, migrations)};
