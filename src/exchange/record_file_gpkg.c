/* record_file.h: GeoPackage (OGC 12-128r19, as GIS programs open it) written with SQLite into a file of its own. One table,
 * `records`: features when an entry has a geometry, or a longitude and a latitude, else attributes. Coordinates are CGCS2000
 * degrees (EPSG:4490). Decimals are DOUBLE, exact to 15 digits; masked values are texts; a second geometry stays GeoJSON text.
 * No journal: a file that was not ended is thrown away. */
#include "exchange/geometry_wkb.h"
#include "exchange/record_file_private.h"
#include <sqlite3.h>
#include <stdio.h>

enum { CGCS2000 = 4490 };
#define TABLE "records"

typedef struct Package {
	sqlite3 *db;
	sqlite3_stmt *insert;
	int geometry, longitude, latitude; /* of the scan's fields; -1 = none */
	GeometryBox box;
	Buf blob;
} Package;

/* The axis order of GeoPackage is lon, lat whatever the authority's is (2.1.3.1.1 note). */
static const char schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;"
    "PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;"
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,"
    " organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);"
    "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,"
    " description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),"
    " min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,"
    " CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));"
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,"
    " srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,"
    " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),"
    " CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),"
    " CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));"
    "INSERT INTO gpkg_spatial_ref_sys VALUES"
    " ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),"
    " ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),"
    " ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,"
    "AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],"
    "UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AUTHORITY[\"EPSG\",\"4326\"]]',"
    " 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid'),"
    " ('China Geodetic Coordinate System 2000', 4490, 'EPSG', 4490, 'GEOGCS[\"China Geodetic Coordinate System 2000\","
    "DATUM[\"China_2000\",SPHEROID[\"CGCS2000\",6378137,298.257222101,AUTHORITY[\"EPSG\",\"1024\"]],AUTHORITY[\"EPSG\",\"1043\"]]"
    ","
    "PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],"
    "AUTHORITY[\"EPSG\",\"4490\"]]', 'longitude/latitude coordinates in decimal degrees, CGCS2000');";

static int package_failed(RecordFile *file) {
	Package *package = file->state;
	int code = sqlite3_errcode(package->db);
	return fail(file->rq, code == SQLITE_FULL ? ERR_FULL : ERR_IO, "The GeoPackage could not be written: %s",
	            sqlite3_errmsg(package->db));
}

static int execute(RecordFile *file, const char *sql) {
	Package *package = file->state;
	return sqlite3_exec(package->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : package_failed(file);
}

static bool is_coordinate(const ScanField *given, Check check) {
	return given->field->check == check && (given->field->kind == KIND_DOUBLE || given->field->kind == KIND_DECIMAL);
}

static void find_geometry(RecordFile *file) {
	Package *package = file->state;
	package->geometry = package->longitude = package->latitude = -1;
	for (int i = file->scan->count - 1; i >= 0; i--) {
		const ScanField *given = &file->scan->fields[i];
		if (given->field->kind == KIND_GEOMETRY) package->geometry = i;
		if (is_coordinate(given, CHECK_LONGITUDE)) package->longitude = i;
		if (is_coordinate(given, CHECK_LATITUDE)) package->latitude = i;
	}
	if (package->longitude < 0 || package->latitude < 0) package->longitude = -1;
}

static const char *column_type(const ScanField *given) {
	if (given->masked) return "TEXT";
	switch (given->field->kind) {
	case KIND_INTEGER:
		return "INTEGER";
	case KIND_DECIMAL:
	case KIND_DOUBLE:
		return "DOUBLE";
	case KIND_DATE:
		return "DATE";
	case KIND_TIME:
		return "DATETIME";
	case KIND_BOOLEAN:
		return "BOOLEAN";
	default:
		return "TEXT";
	}
}

/* Field names are [a-z][a-z0-9_]*, so names with _ in front are free. */
static const char *geometry_column(const RecordFile *file) {
	const Package *package = file->state;
	return package->geometry >= 0 ? file->scan->fields[package->geometry].field->name : "_geom";
}

static int table_make(RecordFile *file) {
	Package *package = file->state;
	Arena *arena = file->rq->arena;
	bool changes = file->wants->ops == OPS_CHANGES, point = package->geometry < 0 && package->longitude >= 0;
	Buf make = {0}, put = {0};
	int count = 1 + changes;
	buf_str(&make,
	        "CREATE TABLE " TABLE " (_fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, " RECORD_ID_COLUMN " INTEGER NOT NULL");
	if (changes) buf_str(&make, ", " RECORD_OP_COLUMN " TEXT NOT NULL");
	for (int i = 0; i < file->scan->count; i++, count++)
		buf_printf(&make, ", \"%s\" %s", file->scan->fields[i].field->name,
		           i == package->geometry ? "GEOMETRY" : column_type(&file->scan->fields[i]));
	if (point) buf_str(&make, ", _geom POINT");
	count += point;
	buf_str(&make, ")");
	buf_str(&put, "INSERT INTO " TABLE " VALUES (NULL");
	for (int i = 0; i < count; i++)
		buf_str(&put, ", ?");
	buf_str(&put, ")");
	int code = execute(file, text_cstr(arena, buf_as_text(&make)));
	char *insert = text_cstr(arena, buf_as_text(&put));
	buf_free(&make);
	buf_free(&put);
	if (code == 0 && sqlite3_prepare_v2(package->db, insert, -1, &package->insert, NULL) != SQLITE_OK)
		code = package_failed(file);
	return code;
}

static int begin(RecordFile *file) {
	Package *package = file->state = ARENA_NEW(file->rq->arena, Package);
	find_geometry(file);
	if (sqlite3_open_v2(file->path, &package->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) return package_failed(file);
	int code = execute(file, schema);
	if (code == 0) code = execute(file, "BEGIN");
	return code < 0 ? code : table_make(file);
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

static int blob_bind(RecordFile *file, int at) {
	Package *package = file->state;
	geometry_box_add(&package->box, buf_as_text(&package->blob));
	return sqlite3_bind_blob64(package->insert, at, package->blob.at, package->blob.len, SQLITE_TRANSIENT);
}

static int value_bind(RecordFile *file, int at, int i) {
	Package *package = file->state;
	const ScanField *given = &file->scan->fields[i];
	Text text = record_file_text(file, i);
	int64_t whole;
	double number;
	if (!text.at) return sqlite3_bind_null(package->insert, at);
	if (i == package->geometry) {
		buf_reset(&package->blob);
		if (geometry_blob(text, CGCS2000, &package->blob) < 0) return sqlite3_bind_null(package->insert, at);
		return blob_bind(file, at);
	}
	if (!given->masked && given->field->kind == KIND_TIME) {
		char when[32];
		int64_t us = record_scan_value(file->scan, i).i;
		time_t seconds = (time_t)(us / 1000000 - (us % 1000000 < 0));
		struct tm utc;
		size_t length = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &utc));
		snprintf(when + length, sizeof when - length, ".%03dZ", (int)((us - (int64_t)seconds * 1000000) / 1000));
		return sqlite3_bind_text(package->insert, at, when, -1, SQLITE_TRANSIENT);
	}
	const char *type = column_type(given);
	if (strcmp(type, "BOOLEAN") == 0) return sqlite3_bind_int64(package->insert, at, record_scan_value(file->scan, i).i);
	if (strcmp(type, "INTEGER") == 0 && text_to_int(text, &whole) == 0) return sqlite3_bind_int64(package->insert, at, whole);
	if (strcmp(type, "DOUBLE") == 0 && given->field->kind == KIND_DOUBLE)
		return sqlite3_bind_double(package->insert, at, record_scan_value(file->scan, i).d);
	if (strcmp(type, "DOUBLE") == 0 && text_to_double(text, &number) == 0)
		return sqlite3_bind_double(package->insert, at, number);
	return sqlite3_bind_text64(package->insert, at, text.at, text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* Masked coordinates are texts; where they still are numbers (rounded), they are a place. */
static int point_bind(RecordFile *file, int at) {
	Package *package = file->state;
	double lon, lat;
	char kept[32];
	Text text = record_file_text(file, package->longitude);
	bool good = text.at && text.len < sizeof kept && text_to_double(text, &lon) == 0;
	if (good) text = record_file_text(file, package->latitude);
	if (!good || !text.at || text_to_double(text, &lat) != 0) return sqlite3_bind_null(package->insert, at);
	buf_reset(&package->blob);
	point_blob(lon, lat, CGCS2000, &package->blob);
	return blob_bind(file, at);
}

static int row(RecordFile *file) {
	Package *package = file->state;
	int at = 1, code = sqlite3_bind_int64(package->insert, at++, file->record_id);
	if (file->wants->ops == OPS_CHANGES && code == SQLITE_OK)
		code = sqlite3_bind_text(package->insert, at++, record_file_op(file), -1, SQLITE_STATIC);
	for (int i = 0; i < file->scan->count && code == SQLITE_OK; i++)
		code = value_bind(file, at++, i);
	if (package->geometry < 0 && package->longitude >= 0 && code == SQLITE_OK) code = point_bind(file, at);
	if (code == SQLITE_OK) code = sqlite3_step(package->insert);
	if (code != SQLITE_DONE) return package_failed(file);
	sqlite3_reset(package->insert);
	sqlite3_clear_bindings(package->insert);
	return 0;
}

/* --- end --------------------------------------------------------------------------------------------------------- */

static int contents(RecordFile *file) {
	Package *package = file->state;
	const GeometryBox *box = &package->box;
	bool features = package->geometry >= 0 || package->longitude >= 0;
	char *sql = sqlite3_mprintf("INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES"
	                            " ('" TABLE "', %Q, %Q, %Q, %d)",
	                            features ? "features" : "attributes", file->scan->resource->name, file->wants->note,
	                            features ? CGCS2000 : 0);
	int code = execute(file, sql);
	sqlite3_free(sql);
	if (code == 0 && box->any) {
		sql = sqlite3_mprintf("UPDATE gpkg_contents SET min_x = %!.17g, min_y = %!.17g, max_x = %!.17g, max_y = %!.17g",
		                      box->min_x, box->min_y, box->max_x, box->max_y);
		code = execute(file, sql);
		sqlite3_free(sql);
	}
	if (code < 0 || !features) return code;
	sql = sqlite3_mprintf("INSERT INTO gpkg_geometry_columns VALUES ('" TABLE "', %Q, %Q, %d, 0, 0)", geometry_column(file),
	                      package->geometry >= 0 ? "GEOMETRY" : "POINT", CGCS2000);
	code = execute(file, sql);
	sqlite3_free(sql);
	return code;
}

static int end(RecordFile *file) {
	Package *package = file->state;
	int code = contents(file);
	if (code == 0) code = execute(file, "COMMIT");
	sqlite3_finalize(package->insert);
	package->insert = NULL;
	if (code == 0 && sqlite3_close(package->db) != SQLITE_OK) return package_failed(file);
	if (code == 0) package->db = NULL;
	return code;
}

static void drop(RecordFile *file) {
	Package *package = file->state;
	if (!package) return;
	sqlite3_finalize(package->insert);
	sqlite3_close(package->db);
	buf_free(&package->blob);
}

const RecordWriter record_writer_gpkg = {begin, row, end, drop};
