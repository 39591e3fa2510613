/* address_bring: standard addresses come in row by row (from a file, or from records of the catalogue), in portions of a write
 * each; rows of a wrong form are kept with what is wrong and what to do. Roads go to a table of their own, in which the finder
 * looks for those alike. */
#include "place/address.h"
#include <stdlib.h>

enum { PORTION = 1000, COLUMNS = 8, CELL_MAX = 2000, VALUE_MAX = 120, ID_MAX = 64, STANDARD_MAX = 200 };
enum { ID, STANDARD, TOWN, ROAD, NUMBER, BUILDING, LON, LAT };
static const char *const columns[COLUMNS][7] = {
    {"id", "编号", "地址编码", "address_code", "osm_id"},
    {"standard", "标准地址", "address"},
    {"town", "镇街"},
    {"road", "道路", "街路巷", "street", "addr_street"},
    {"number", "门牌号", "housenumber", "house_no", "addr_housenumber"},
    {"building", "楼幢"},
    {"lon", "经度", "longitude", "x"},
    {"lat", "纬度", "latitude", "y"},
};

typedef struct Row {
	const char *id, *standard, *town, *road, *number, *building, *key;
	double lon, lat;
} Row;
typedef struct Refused {
	const char *field, *rule, *message, *advice, *cells;
	Text value;
	int64_t row_no;
} Refused;
struct PlaceBring {
	Request *rq;
	PlaceBringCounts counts;
	int at[COLUMNS], crs, column_count;
	const char *name, *titles; /* JSON array */
	int64_t job_id;
	int taken, row_count, refused_count; /* of the portion */
	Row rows[PORTION];
	Refused refused[PORTION];
	Arena *arena; /* of the portion */
};

/* --- what a row must be ----------------------------------------------------------------------------------------------- */
static int refuse(Refused *out, int column, Text value, const char *rule, const char *message, const char *advice) {
	out->field = column < 0 ? "" : columns[column][0];
	out->value = value;
	out->rule = rule;
	out->message = message;
	out->advice = advice;
	return -1;
}

static Text value_cut(Arena *arena, Text value, size_t most) {
	return text_of(arena_strndup(arena, value.at ? value.at : "", utf8_cut(value, most)));
}

static int faulty(Arena *arena, const PlaceBringRow *given, Refused *out) {
	if (given->fault) return refuse(out, -1, TEXT(""), given->fault->rule, given->fault->message, given->fault->advice);
	for (int i = 0; i < given->count; i++)
		if (!utf8_valid(given->cells[i]) || text_find(given->cells[i], TEXT("\xEF\xBF\xBD")) >= 0)
			return refuse(out, -1, TEXT(""), "encoding", "The row has bytes that are no text",
			              "Save the file as UTF-8 (or GB18030), and bring these rows in again.");
	return 0;
}

static int place_take(const PlaceBring *bring, const Text *cells, Row *row, Refused *out) {
	for (int column = LON; column <= LAT; column++) {
		double *into = column == LON ? &row->lon : &row->lat;
		if (!cells[column].len)
			return refuse(out, column, TEXT(""), "required", "An address needs its place",
			              "Fill in longitude and latitude.");
		if (text_to_double(cells[column], into) < 0)
			return refuse(out, column, cells[column], "number", "This is not a number",
			              "Write it in digits, e.g. 120.2853 (degrees) or 40500123.5 (metres).");
	}
	if (row->lon == 0 && row->lat == 0)
		return refuse(out, LON, cells[LON], "zero", "0, 0 is no place of the city", "Fill in longitude and latitude.");
	if (place_convert(bring->crs, &row->lon, &row->lat) < 0)
		return refuse(out, LON, cells[LON], "crs", "The place lies outside what this coordinate system is for",
		              "Check the coordinate system of the file, and whether longitude and latitude are exchanged.");
	return 0;
}

static const char *standard_made(Arena *arena, const char *road, const char *number) {
	bool counted = !*number || strstr(number, "号");
	return address_wide(road) ? arena_printf(arena, "%s%s%s", road, number, counted ? "" : "号")
	                          : arena_printf(arena, "%s %s", road, number);
}

/* The row's parts, of its standard address where it does not say them itself. 0, or -1 with why it is refused. */
static int row_take(PlaceBring *bring, const Text *cells, Row *row, Refused *out) {
	Arena *arena = bring->arena;
	AddressParts parts;
	if (!cells[ID].len)
		return refuse(out, ID, TEXT(""), "required", "An address needs its own number",
		              "Give each address a number of its own that stays the same.");
	if (cells[ID].len > ID_MAX)
		return refuse(out, ID, cells[ID], "length", "The number is longer than 64 bytes", "Give a shorter one.");
	if (!cells[STANDARD].len && !cells[ROAD].len)
		return refuse(out, STANDARD, TEXT(""), "required", "Neither the address nor its road is said",
		              "Fill in the standard address, or the road.");
	if (utf8_count(cells[STANDARD]) > STANDARD_MAX)
		return refuse(out, STANDARD, cells[STANDARD], "length", "The address has more than 200 characters",
		              "Leave out what is no part of the address.");
	address_parse(arena, cells[STANDARD], &parts);
	*row = (Row){.id = text_cstr(arena, cells[ID]),
	             .standard = text_cstr(arena, cells[STANDARD]),
	             .town = cells[TOWN].len ? text_cstr(arena, cells[TOWN]) : parts.town,
	             .road = cells[ROAD].len ? text_cstr(arena, cells[ROAD]) : parts.road,
	             .number = cells[NUMBER].len ? text_cstr(arena, cells[NUMBER]) : parts.number,
	             .building = cells[BUILDING].len ? text_cstr(arena, cells[BUILDING]) : parts.building};
	row->key = address_key(arena, text_of(row->road));
	if (!*row->key)
		return refuse(out, cells[ROAD].len ? ROAD : STANDARD, cells[ROAD].len ? cells[ROAD] : cells[STANDARD], "road",
		              "No road, estate or village is read from it, so nobody would find it",
		              "Write the road's name in the column road.");
	if (!*row->standard) row->standard = standard_made(arena, row->road, row->number);
	return place_take(bring, cells, row, out);
}

static const char *cells_locked(PlaceBring *bring, const PlaceBringRow *given) {
	json_t *cells = json_array();
	for (int i = 0; i < bring->column_count; i++) {
		Text cell = i < given->count ? value_cut(bring->arena, given->cells[i], CELL_MAX) : TEXT("");
		json_array_append_new(cells, json_stringn(cell.at, utf8_valid_prefix(cell)));
	}
	char *text = json_dumps(cells, JSON_COMPACT),
	     *locked = secret_lock(bring->arena, app_secret(bring->rq->app), text_of(text));
	json_decref(cells);
	free(text);
	return locked;
}

/* --- portions --------------------------------------------------------------------------------------------------------- */
/* A file mostly names a road many times in a row. */
static int road_write(Request *rq, const Row *row, const Row *before) {
	if (!*row->key || (before && strcmp(before->key, row->key) == 0)) return 0;
	return (int)db_run(rq->db, "INSERT INTO place_road (road_key) VALUES ($1) ON CONFLICT (road_key) DO NOTHING",
	                   BIND(val_str(row->key)));
}

static int address_write(Request *rq, const Row *row) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO place_address (address_ref, standard, town, road, number_text, building, number_value, "
	    "road_key, lon, lat) VALUES"
	    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (address_ref) DO UPDATE SET standard = $2, town = "
	    "$3, road = $4,"
	    " number_text = $5, building = $6, number_value = $7, road_key = $8, lon = $9, lat = $10",
	    BIND(val_str(row->id), val_str(row->standard), val_str(row->town), val_str(row->road), val_str(row->number),
	         val_str(row->building), val_int(address_number(text_of(row->number))), val_str(row->key), val_double(row->lon),
	         val_double(row->lat)));
}

static int refused_write(Request *rq, const PlaceBring *bring, const Refused *one) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO place_address_refused (load_id, row_no, field, value, rule, message, advice, cells, at_us) VALUES"
	    " ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	    BIND(val_int(bring->counts.load_id), val_int(one->row_no), val_str(one->field), val_text(one->value),
	         val_str(one->rule), val_str(one->message), val_str(one->advice), val_str(one->cells), val_int(rq->now_us)));
}

static int portion_write(Request *rq, void *arg) {
	const PlaceBring *bring = arg;
	int code = 0;
	for (int i = 0; i < bring->row_count && code >= 0; i++) {
		code = address_write(rq, &bring->rows[i]);
		if (code >= 0) code = road_write(rq, &bring->rows[i], i ? &bring->rows[i - 1] : NULL);
	}
	for (int i = 0; i < bring->refused_count && code >= 0; i++)
		code = refused_write(rq, bring, &bring->refused[i]);
	if (code >= 0)
		code = (int)db_run(
		    rq->db, "UPDATE place_address_load SET rows_read = $2, refused_count = $3 WHERE load_id = $1",
		    BIND(val_int(bring->counts.load_id), val_int(bring->counts.read), val_int(bring->counts.refused)));
	return code < 0 ? code : 0;
}

static int portion_end(PlaceBring *bring) {
	int code = bring->taken ? request_write_bulk(bring->rq, portion_write, bring) : 0;
	bring->taken = bring->row_count = bring->refused_count = 0;
	arena_reset(bring->arena);
	return code < 0 ? code : 0;
}

/* --- from the first row to the last ------------------------------------------------------------------------------------ */
static void bring_drop(void *object) {
	PlaceBring *bring = object;
	arena_free(bring->arena);
}

static int columns_find(Request *rq, PlaceBring *bring, const Text *titles, int count) {
	json_t *names = json_array();
	for (int i = 0; i < count; i++) {
		Text title = text_trim(titles[i]);
		json_array_append_new(names, json_stringn(title.at ? title.at : "", utf8_valid_prefix(title)));
	}
	char *text = json_dumps(names, JSON_COMPACT);
	bring->titles = arena_strdup(rq->arena, text);
	json_decref(names);
	free(text);
	for (int i = 0; i < COLUMNS; i++) {
		bring->at[i] = -1;
		for (int name = 0; name < 7 && columns[i][name] && bring->at[i] < 0; name++)
			for (int title = 0; title < count && bring->at[i] < 0; title++)
				if (text_is(text_trim(titles[title]), columns[i][name])) bring->at[i] = title;
	}
	const char *lacks = bring->at[ID] < 0                                ? "id"
	                    : bring->at[LON] < 0                             ? "lon"
	                    : bring->at[LAT] < 0                             ? "lat"
	                    : bring->at[STANDARD] < 0 && bring->at[ROAD] < 0 ? "standard"
	                                                                     : NULL;
	return lacks ? error_field(rq->error, ERR_INVALID, "file", text_of(lacks), "columns",
	                           "Name its columns id, standard, town, road, number, building, lon, lat.",
	                           "The file needs id, lon, lat and standard or road")
	             : 0;
}

static int load_insert(Request *rq, void *arg) {
	const PlaceBring *bring = arg;
	return (int)db_run(
	    rq->db,
	    "INSERT INTO place_address_load (load_id, file_name, crs, columns, rows_read, refused_count, begun_at, ended_at,"
	    " account_id, job_id) VALUES ($1, $2, $3, $4, 0, 0, $5, 0, $6, $7)",
	    BIND(val_int(bring->counts.load_id), val_str(bring->name), val_int(bring->crs), val_str(bring->titles),
	         val_int(rq->now_us), val_int(rq->party.account_id), val_int(bring->job_id)));
}

int place_bring_begin(Request *rq, const char *name, int crs, int64_t job_id, const Text *titles, int count, PlaceBring **out) {
	PlaceBring *bring = ARENA_NEW(rq->arena, PlaceBring);
	*bring = (PlaceBring){.rq = rq, .crs = crs, .column_count = count, .name = name, .job_id = job_id, .arena = arena_new()};
	arena_on_free(rq->arena, bring_drop, bring);
	*out = bring;
	int code = columns_find(rq, bring, titles, count);
	bring->counts.load_id = store_new_id(rq->store);
	if (code == 0) code = request_write(rq, load_insert, bring);
	return code < 0 ? code : 0;
}

int place_bring_row(PlaceBring *bring, const PlaceBringRow *given) {
	Text cells[COLUMNS];
	Refused why = {.row_no = given->row_no};
	for (int i = 0; i < COLUMNS; i++) {
		int at = bring->at[i];
		cells[i] = at >= 0 && at < given->count && given->cells[at].at ? text_trim(given->cells[at]) : TEXT("");
	}
	bring->taken++;
	bring->counts.read++;
	if (faulty(bring->arena, given, &why) == 0 && row_take(bring, cells, &bring->rows[bring->row_count], &why) == 0) {
		bring->row_count++;
	} else {
		if (!bring->counts.refused++) bring->counts.first_refused = given->row_no;
		if (bring->counts.refused <= PLACE_REFUSED_MAX) {
			why.value = value_cut(bring->arena, why.value, VALUE_MAX);
			why.cells = cells_locked(bring, given);
			bring->refused[bring->refused_count++] = why;
		}
	}
	return bring->taken == PORTION ? portion_end(bring) : 0;
}

static int load_end(Request *rq, void *arg) {
	const PlaceBring *bring = arg;
	rq->row_count = bring->counts.read - bring->counts.refused;
	rq->about_subject = bring->counts.load_id;
	about_json(rq, json_pack("{s:s, s:I, s:I}", "file", bring->name, "read", (json_int_t)bring->counts.read, "refused",
	                         (json_int_t)bring->counts.refused));
	return (int)db_run(rq->db, "UPDATE place_address_load SET ended_at = $2 WHERE load_id = $1",
	                   BIND(val_int(bring->counts.load_id), val_int(clock_now_us())));
}

int place_bring_end(PlaceBring *bring, PlaceBringCounts *out) {
	int code = portion_end(bring);
	if (code == 0) code = request_write(bring->rq, load_end, bring);
	*out = bring->counts;
	return code < 0 ? code : 0;
}
