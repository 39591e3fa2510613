/* mapping: how a row of another system's file becomes a report: columns to fields, its classes to ours, its times by their zone,
 * its coordinates by their system. Pure, but for the look at classes. */
#include "intake/internal.h"
#include <string.h>
#include <strings.h>
#include <unicode/ustring.h>

const char *const import_field_names[IMPORT_FIELDS] = {
    "outside_number", "class", "happened_at",   "closed_at",      "lon",         "lat", "address", "description",
    "component",      "grade", "reporter_name", "reporter_phone", "confidential"};

/* What columns are called elsewhere, in small letters without blanks and lines; the first that fits. */
static const char *const words[IMPORT_FIELDS][12] = {
    {"outside_number", "srnumber", "servicerequestnumber", "servicerequestid", "工单编号", "案件编号", "事件编号", "任务号",
     "编号", "number", "id"},
    {"class", "classcode", "requesttype", "typeofservicerequest", "servicename", "问题类型", "小类名称", "案件小类", "事件类型",
     "类型", "分类", "小类"},
    {"happenedat", "createddate", "creationdate", "requesteddatetime", "上报时间", "发生时间", "受理时间", "来电时间", "创建时间",
     "登记时间"},
    {"closedat", "closeddate", "completiondate", "closeddatetime", "结案时间", "办结时间", "完成时间"},
    {"lon", "lng", "longitude", "long", "经度", "x坐标"},
    {"lat", "latitude", "纬度", "y坐标"},
    {"address", "streetaddress", "地址", "事发地址", "发生地址", "位置描述", "事发地点", "地点"},
    {"description", "问题描述", "诉求内容", "事件描述", "描述", "内容", "whatisthenatureofthiscodeviolation"},
    {"component", "部件编码", "部件标识码", "部件代码"},
    {"grade", "等级", "事件等级"},
    {"reportername", "诉求人", "来电人", "联系人", "上报人", "姓名"},
    {"reporterphone", "联系电话", "来电号码", "手机号码", "电话"},
    {"confidential", "是否保密", "保密"}};

static void plain(Text text, char out[64]) {
	size_t n = 0;
	for (size_t i = 0; i < text.len && n < 63; i++)
		if (!strchr(" _-\t", text.at[i]))
			out[n++] = text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] + 32) : text.at[i];
	out[n] = 0;
}

json_t *columns_proposed(const Reader *reader) {
	int count;
	const Text *columns = reader_columns(reader, &count);
	json_t *found = json_object();
	for (int field = 0; field < IMPORT_FIELDS; field++)
		for (int w = 0; w < 12 && words[field][w] && !json_object_get(found, import_field_names[field]); w++)
			for (int c = 0; c < count; c++) {
				char name[64];
				plain(columns[c], name);
				if (strcmp(name, words[field][w]) != 0 || json_object_get(found, import_field_names[field]))
					continue;
				json_object_set_new(found, import_field_names[field],
				                    json_stringn(columns[c].at, columns[c].len));
			}
	return found;
}

/* --- the document ----------------------------------------------------------------------------------------------------------- */
static const char *member(const json_t *document, const char *name) {
	const char *value = json_string_value(json_object_get(document, name));
	return value ? value : "";
}

static int columns_read(Request *rq, const json_t *columns, const Reader *reader, Mapping *out) {
	const char *name;
	json_t *value;
	for (int i = 0; i < IMPORT_FIELDS; i++) {
		const char *column = member(columns, import_field_names[i]);
		out->column_of[i] = *column ? reader_column(reader, text_of(column)) : -1;
		if (*column && out->column_of[i] < 0)
			return error_field(rq->error, ERR_INVALID, "mapping.columns", text_of(column), "column",
			                   "Choose a column of the file.", "The file has no such column");
	}
	json_object_foreach((json_t *)columns, name, value) {
		bool known = false;
		for (int i = 0; i < IMPORT_FIELDS; i++)
			known |= strcmp(import_field_names[i], name) == 0;
		if (!known)
			return error_field(rq->error, ERR_INVALID, "mapping.columns", text_of(name), "unknown_field",
			                   "Leave it out.", "An event has no such member");
	}
	for (int i = IMPORT_NUMBER; i <= IMPORT_CLASS; i++)
		if (out->column_of[i] < 0)
			return error_field(rq->error, ERR_INVALID, "mapping.columns", text_of(import_field_names[i]), "required",
			                   i == IMPORT_NUMBER ? "Its own number makes a file that is sent twice harmless."
			                                      : "Choose the column that says of what class it is.",
			                   "This needs a column");
	if ((out->column_of[IMPORT_LON] < 0) != (out->column_of[IMPORT_LAT] < 0))
		return error_field(rq->error, ERR_INVALID, "mapping.columns", TEXT("lon"), "required", "Give both, or none.",
		                   "A place has two coordinates");
	return 0;
}

static int class_read(Request *rq, const char *code, const char *of) {
	const EventClass *class;
	int found = *code ? event_class_find(rq, text_of(code), 0, &class) : 0;
	if (*code && found == 0 && event_class_reported(class)) return 0;
	if (!*code || (found < 0 && found != ERR_NOT_FOUND)) return found;
	return error_field(rq->error, ERR_INVALID, "mapping.classes", text_of(of), "class_unknown",
	                   "Choose a small class that is in use.", "There is no such class of events");
}

static int classes_read(Request *rq, const json_t *document, bool check, Mapping *out) {
	const char *value;
	json_t *code;
	out->classes = json_object_get(document, "classes");
	out->other = member(document, "other");
	if (json_object_size(out->classes) > CLASSES_MAX)
		return error_field(rq->error, ERR_INVALID, "mapping.classes", TEXT_NONE, "count", "Choose another column.",
		                   "These are more than %d classes", CLASSES_MAX);
	int bad = check ? class_read(rq, out->other, "other") : 0;
	json_object_foreach((json_t *)out->classes, value, code) {
		if (bad == 0 && check) bad = class_read(rq, json_is_string(code) ? json_string_value(code) : "?", value);
	}
	return bad;
}

static void zone_free(void *zone) {
	ucal_close(zone);
}

/* A name of the time zone database, or +08:00. */
static int zone_read(Request *rq, const char *name, Mapping *out) {
	UChar id[64], known[64];
	UBool is_system = false;
	UErrorCode error = U_ZERO_ERROR;
	int32_t length = 0;
	bool offset = *name == '+' || *name == '-';
	u_strFromUTF8(id, 60, &length, offset ? arena_printf(rq->arena, "GMT%s", name) : name, -1, &error);
	if (U_SUCCESS(error)) ucal_getCanonicalTimeZoneID(id, length, known, 64, &is_system, &error);
	if (*name && U_SUCCESS(error)) out->zone = ucal_open(id, length, "en", UCAL_GREGORIAN, &error);
	if (*name && U_SUCCESS(error) && out->zone) {
		ucal_setGregorianChange(out->zone, -1e15, &error);
		arena_on_free(rq->arena, zone_free, out->zone);
		return 0;
	}
	return error_field(rq->error, ERR_INVALID, "mapping.zone", text_of(name), "zone", "Write it as Asia/Shanghai or +08:00.",
	                   "There is no such time zone");
}

int mapping_read(Request *rq, const json_t *document, const Reader *reader, bool classes, Mapping *out) {
	const json_t *columns = json_object_get(document, "columns");
	*out = (Mapping){.crs = place_crs_parse(text_of(member(document, "crs")))};
	if (!json_is_object(document) || !json_is_object(columns))
		return error_field(rq->error, ERR_INVALID, "mapping", TEXT_NONE, "object", "Send columns, classes, zone and crs.",
		                   "This says nothing of the columns");
	int code = columns_read(rq, columns, reader, out);
	if (code == 0) code = classes_read(rq, document, classes, out);
	if (code == 0) code = zone_read(rq, member(document, "zone"), out);
	if (code == 0 && out->column_of[IMPORT_LON] >= 0 && out->crs < 0)
		return error_field(rq->error, ERR_INVALID, "mapping.crs", text_of(member(document, "crs")), "crs",
		                   "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:n.", "The coordinate system is not said");
	return code;
}

/* --- a row ------------------------------------------------------------------------------------------------------------------ */
int mapping_time(const Mapping *mapping, Text text, int64_t *us) {
	char zoned[64];
	int32_t day;
	int year, month, first;
	int64_t wall;
	UErrorCode error = U_ZERO_ERROR;
	text = text_trim(text);
	if (text.len > 60) return -1;
	snprintf(zoned, sizeof zoned, "%.*sZ", TEXT_ARG(text));
	if (date_parse(text, &day) == 0)
		wall = (int64_t)day * INT64_C(86400000000);
	else if (clock_parse(text_of(zoned), &wall) < 0)
		return clock_parse(text, us); /* it names its zone itself */
	int64_t of_day = wall % INT64_C(86400000000);
	if (of_day < 0) of_day += INT64_C(86400000000);
	date_to_civil((int32_t)((wall - of_day) / INT64_C(86400000000)), &year, &month, &first);
	int32_t second = (int32_t)(of_day / 1000000);
	ucal_clear(mapping->zone);
	ucal_setDateTime(mapping->zone, year, month - 1, first, second / 3600, second / 60 % 60, second % 60, &error);
	*us = (int64_t)(ucal_getMillis(mapping->zone, &error) / 1000) * 1000000 + of_day % 1000000;
	return U_SUCCESS(error) ? 0 : -1;
}

static Text cell(const Mapping *mapping, const ReaderRow *row, ImportField field) {
	int at = mapping->column_of[field];
	return at < 0 || !row->texts[at].at ? TEXT("") : text_trim(row->texts[at]);
}

static int time_take(Request *rq, const Mapping *mapping, const ReaderRow *row, ImportField field, int64_t *us) {
	Text text = cell(mapping, row, field);
	if (!text.len || mapping_time(mapping, text, us) == 0) return 0;
	return error_field(rq->error, ERR_INVALID, import_field_names[field], text, "time", "Write it as 2026-12-31T23:59:59.",
	                   "This is not a time");
}

static int place_take(Request *rq, const Mapping *mapping, const ReaderRow *row, EventReport *out) {
	Text lon = cell(mapping, row, IMPORT_LON), lat = cell(mapping, row, IMPORT_LAT);
	if (!lon.len && !lat.len) return 0;
	if (text_to_double(lon, &out->lon) < 0 || text_to_double(lat, &out->lat) < 0)
		return error_field(rq->error, ERR_INVALID, text_to_double(lon, &out->lon) < 0 ? "lon" : "lat",
		                   text_to_double(lon, &out->lon) < 0 ? lon : lat, "number",
		                   "Write degrees, or leave both empty.", "This is not a number");
	if (place_convert(mapping->crs, &out->lon, &out->lat) < 0)
		return error_field(rq->error, ERR_INVALID, "lon", lon, "crs",
		                   "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:n, with coordinates of that system.",
		                   "The coordinates cannot be brought to CGCS2000");
	out->placed = true;
	return 0;
}

static int class_take(Request *rq, const Mapping *mapping, Text value, Text *out) {
	const json_t *code = json_object_getn(mapping->classes, value.len ? value.at : "", value.len);
	*out = text_of(json_is_string(code) ? json_string_value(code) : mapping->other);
	if (out->len) return 0;
	return error_field(rq->error, ERR_INVALID, "class", value, "class_unmapped",
	                   "Say in the table of classes what it is here, and import the file again.",
	                   "The table of classes does not have it");
}

int mapping_row(Request *rq, const Mapping *mapping, const ReaderRow *row, bool history, EventReport *out) {
	*out = (EventReport){.channel = TEXT("file"),
	                     .outside_number = cell(mapping, row, IMPORT_NUMBER),
	                     .address = cell(mapping, row, IMPORT_ADDRESS),
	                     .description = cell(mapping, row, IMPORT_DESCRIPTION),
	                     .component = cell(mapping, row, IMPORT_COMPONENT),
	                     .grade = cell(mapping, row, IMPORT_GRADE),
	                     .reporter_name = cell(mapping, row, IMPORT_NAME),
	                     .reporter_phone = cell(mapping, row, IMPORT_PHONE)};
	if (row->fault)
		return error_field(rq->error, ERR_INVALID, row->fault->field, text_of(row->fault->value), row->fault->rule,
		                   row->fault->advice, "%s", row->fault->message);
	if (!out->outside_number.len)
		return error_field(rq->error, ERR_INVALID, "outside_number", TEXT_NONE, "required",
		                   "Its own number makes a file that is sent twice harmless.", "This is needed");
	if (event_secret_said(cell(mapping, row, IMPORT_CONFIDENTIAL), &out->confidential) < 0)
		return error_field(rq->error, ERR_INVALID, "confidential", cell(mapping, row, IMPORT_CONFIDENTIAL), "boolean",
		                   "Write 是 or 否, or leave it empty.", "This is not true or false");
	int code = class_take(rq, mapping, cell(mapping, row, IMPORT_CLASS), &out->class_code);
	if (code == 0) code = time_take(rq, mapping, row, IMPORT_HAPPENED, &out->happened_us);
	if (code == 0) code = time_take(rq, mapping, row, IMPORT_CLOSED, &out->closed_us);
	if (code == 0) code = place_take(rq, mapping, row, out);
	if (code == 0 && out->closed_us && !history)
		return error_field(rq->error, ERR_INVALID, "closed_at", cell(mapping, row, IMPORT_CLOSED), "closed",
		                   "Import the file again with what is closed as history.",
		                   "It is closed already, so it is no work");
	return code;
}
