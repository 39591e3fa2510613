/* address_bring: standard addresses from a CSV file, in portions of a write each; its roads go to a table of their own, in which
 * the finder looks for those alike. */
#include "place/address.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ADDRESS_PORTION = 1000, COLUMN_COUNT = 8 };
typedef struct Row {
	const char *id, *standard, *town, *road, *number, *building, *key;
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
	             "",
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
	row->key = address_key(in->arena, text_of(row->road));
	in->count++;
}

/* A file mostly names a road many times in a row. */
static int road_write(Request *rq, const Row *row, const Row *before) {
	if (!*row->key || (before && strcmp(before->key, row->key) == 0)) return 0;
	return (int)db_run(rq->db, "INSERT INTO place_road (road_key) VALUES ($1) ON CONFLICT (road_key) DO NOTHING",
	                   BIND(val_str(row->key)));
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
		         val_str(row->building), val_int(address_number(text_of(row->number))), val_str(row->key),
		         val_double(row->lon), val_double(row->lat)));
		if (code >= 0) code = road_write(rq, row, i ? row - 1 : NULL);
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
	Text name = in_has(rq, "name") ? in_text(rq, "name") : TEXT("");
	about_json(rq, json_pack("{s:s#, s:I, s:I}", "file", name.at, (int)name.len, "read", (json_int_t)in->read, "refused",
	                         (json_int_t)in->refused));
	return 0;
}

/* In portions of a write each. */
static int path_take(Request *rq, const char *path, int crs, Bringing *in) {
	in->crs = crs;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return error_field(rq->error, ERR_INVALID, "file", TEXT_NONE, "empty", "Send the file as the request body.",
		                   "The upload is empty");
	in->arena = arena_new();
	arena_on_free(rq->arena, arena_drop, in->arena);
	int code = file_take(rq, in, fd);
	close(fd);
	return code;
}

int place_addresses_bring(Request *rq, const char *path) {
	return path_take(rq, path, PLACE_CGCS2000, ARENA_NEW(rq->arena, Bringing));
}

int place_addresses_post(Request *rq) {
	Bringing *in = ARENA_NEW(rq->arena, Bringing);
	int crs = in_has(rq, "crs") ? place_crs_parse(in_text(rq, "crs")) : PLACE_CGCS2000;
	if (crs < 0)
		return error_field(rq->error, ERR_INVALID, "crs", in_text(rq, "crs"), "crs",
		                   "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:number.", "This is no known coordinate system");
	int code = path_take(rq, http_body_path(rq->call), crs, in);
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
