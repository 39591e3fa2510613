/* OGC API Features 1.0: items of a collection, as GeoJSON (part 1) in one of three coordinate systems (part 2): the located
 * records in the order of their cells, page by page through `after`. On the request's thread. */
#include "record/ogc.h"
#include "net/net.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1000 };

typedef struct Crs {
	const char *uri;
	bool latitude_first;
} Crs;
static const Crs systems[] = {{CRS84, false}, {CRS_HEAD "EPSG/0/4490", true}, {CRS_HEAD "EPSG/0/4326", true}};
enum { SYSTEMS = sizeof systems / sizeof *systems };

void put_systems(Request *rq) {
	jw_key(&rq->json, "crs");
	jw_array(&rq->json);
	for (int i = 0; i < SYSTEMS; i++)
		jw_str(&rq->json, systems[i].uri);
	jw_array_end(&rq->json);
	jw_kv_str(&rq->json, "storageCrs", CRS84);
}

static int system_of(Request *rq, const char *name, const Crs **out) {
	Text wanted = in_text(rq, name);
	*out = &systems[0];
	for (int i = 0; wanted.at && i < SYSTEMS; i++)
		if (text_is(wanted, systems[i].uri)) {
			*out = &systems[i];
			return 0;
		}
	if (!wanted.at) return 0;
	return error_field(rq->error, ERR_INVALID, name, wanted, "crs", "take one of the collection's list",
	                   "This coordinate reference system is not offered");
}

static int box_of(Request *rq, const Crs *system, Box *out) {
	Text rest = in_text(rq, "bbox");
	double numbers[6];
	int count = 0;
	while (rest.at && count < 6) {
		const char *comma = rest.len ? memchr(rest.at, ',', rest.len) : NULL;
		Text one = {rest.at, comma ? (size_t)(comma - rest.at) : rest.len};
		if (text_to_double(text_trim(one), &numbers[count]) < 0 || !isfinite(numbers[count])) break;
		count++;
		rest = comma ? (Text){comma + 1, rest.len - one.len - 1} : TEXT_NONE;
	}
	int second = count == 6 ? 3 : 2; /* heights say nothing here */
	if (!rest.at && (count == 4 || count == 6)) {
		bool swap = system->latitude_first;
		*out = (Box){numbers[swap], numbers[!swap], numbers[second + swap], numbers[second + !swap]};
		if (out->west <= out->east && out->south <= out->north) return 0;
	}
	return error_field(rq->error, ERR_INVALID, "bbox", in_text(rq, "bbox"), "bbox",
	                   "write west,south,east,north in the order of bbox-crs; ask twice across the antimeridian",
	                   "The box is no four numbers from less to more");
}

/* "2026-01-01", "2026-01-01/..", "../2026-02-01T00:00:00Z" over the collection's time field. */
static int datetime_filter(Request *rq, Finding *finding) {
	Text text = in_text(rq, "datetime");
	if (!text.at) return 0;
	const Field *field = time_field(finding->target.plan);
	if (!field) return 0; /* OGC 17-069r4 §7.15.4: without a time, every feature fits */
	const char *slash = memchr(text.at, '/', text.len);
	Text ends[2] = {slash ? (Text){text.at, (size_t)(slash - text.at)} : text,
	                slash ? (Text){slash + 1, text.len - (size_t)(slash + 1 - text.at)} : text};
	for (int i = 0; i < 2; i++) {
		if (ends[i].len == 0 || text_is(ends[i], "..")) continue;
		if (field->kind == KIND_DATE && ends[i].len > 10) ends[i].len = 10;
		if (field->kind == KIND_TIME && ends[i].len == 10)
			ends[i] =
			    text_of(arena_printf(rq->arena, "%.*sT%sZ", TEXT_ARG(ends[i]), i ? "23:59:59.999999" : "00:00:00"));
		int code = filter_add(finding->filter, field, i ? OP_LTE : OP_GTE, ends[i]);
		if (code < 0) return code;
	}
	return 0;
}

typedef struct Items {
	Finding *finding;
	const Crs *system;
	const Box *box; /* NULL: everywhere */
	int limit, written;
	bool more;
	int64_t cell, record;           /* the last row seen */
	int64_t last_cell, last_record; /* and written */
} Items;

static json_t *swapped(const json_t *value) {
	json_t *out = json_array();
	if (json_is_number(json_array_get(value, 0))) {
		json_array_append(out, json_array_get(value, 1));
		json_array_append(out, json_array_get(value, 0));
		return out;
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(out, swapped(json_array_get(value, i)));
	return out;
}

static void shape_json(Request *rq, Text shape, const Crs *system) {
	if (!system->latitude_first) return jw_raw(&rq->json, shape);
	json_t *value = json_loadb(shape.at, shape.len, 0, NULL);
	json_object_set_new(value, "coordinates", swapped(json_object_get(value, "coordinates")));
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15));
	jw_raw(&rq->json, text_of(text));
	free(text);
	json_decref(value);
}

static void point_json(Request *rq, double lon, double lat, const Crs *system) {
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "type", "Point");
	jw_key(&rq->json, "coordinates");
	jw_array(&rq->json);
	jw_double(&rq->json, system->latitude_first ? lat : lon);
	jw_double(&rq->json, system->latitude_first ? lon : lat);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
}

/* values: of finding->positions. The object stays open. */
static void feature_json(Request *rq, const Finding *finding, const Crs *system, int64_t record, const Val *values) {
	JsonWriter *json = &rq->json;
	const Field *fields = finding->target.plan->resource->fields;
	double lon, lat;
	jw_object(json);
	jw_kv_str(json, "type", "Feature");
	jw_kv_str(json, "id", finding_name(finding, record));
	if (finding->target.plan->opening_id)
		jw_kv_int(json, "mark", (int64_t)finding_mark(finding, record)); /* its id in tiles */
	jw_key(json, "geometry");
	if (finding->located.shape >= 0 && values[0].kind == VAL_TEXT)
		shape_json(rq, values[0].t, system);
	else if (finding->located.shape < 0 && finding_point(finding, values, &lon, &lat))
		point_json(rq, lon, lat, system);
	else
		jw_null(json);
	jw_key(json, "properties");
	jw_object(json);
	for (int i = finding->place; i < finding->count; i++) {
		jw_key(json, fields[finding->positions[i]].name);
		value_json(json, &fields[finding->positions[i]], values[i], rq->arena);
	}
	jw_object_end(json);
}

static bool inside(const Items *items, const Val *values) {
	Box own;
	if (!items->box) return true;
	if (items->finding->located.shape >= 0) return shape_box(values[0].t, &own) && box_meets(&own, items->box);
	if (!finding_point(items->finding, values, &own.west, &own.south)) return false;
	own.east = own.west;
	own.north = own.south;
	return box_meets(&own, items->box);
}

static int item_found(void *arg, int64_t record, int64_t cell, const Val *values) {
	Items *items = arg;
	items->cell = cell;
	items->record = record;
	if (!inside(items, values)) return 0;
	if (items->written == items->limit) {
		items->more = true;
		return 1;
	}
	items->last_cell = cell;
	items->last_record = record;
	feature_json(items->finding->rq, items->finding, items->system, record, values);
	jw_object_end(&items->finding->rq->json);
	items->written++;
	return 0;
}

static int items_read(Items *items) {
	Request *rq = items->finding->rq;
	CellRange *ranges = ARENA_ARRAY(rq->arena, CellRange, CELL_RANGES_MAX);
	int count = 1;
	ranges[0] = (CellRange){0, INT64_MAX};
	if (items->box) count = cells_cover(items->box, items->finding->located.shape >= 0, ranges);
	int64_t chunk = items->limit + 1 > CHUNK ? items->limit + 1 : CHUNK, given = chunk;
	while (given == chunk && !items->more) {
		given = finding_rows(items->finding, ranges, count, items->cell, items->record, chunk, item_found, items);
		if (given < 0) return (int)given;
	}
	return 0;
}

/* The address of this page; going_on: of the same question from the place where this page ended. */
static const char *items_url(Request *rq, const Items *items, bool going_on) {
	Text rest = rq->call ? http_query(rq->call) : rq->any_query, name, value;
	Buf *query = ARENA_NEW(rq->arena, Buf);
	buf_in(query, rq->arena);
	while (query_next(rq->arena, &rest, &name, &value) > 0) {
		if (going_on && text_is(name, "after")) continue;
		const Text parts[] = {name, value};
		for (int p = 0; p < 2; p++) {
			for (size_t i = 0; i < parts[p].len; i++) {
				unsigned char c = (unsigned char)parts[p].at[i];
				bool plain =
				    (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("-._~,:/", c);
				if (plain && c)
					buf_char(query, (char)c);
				else
					buf_printf(query, "%%%02X", c);
			}
			buf_char(query, p ? '&' : '=');
		}
	}
	if (going_on)
		buf_printf(query, "after=%lld.%s", (long long)items->last_cell, finding_name(items->finding, items->last_record));
	else if (query->len)
		query->len--;
	return layer_url(rq, items->finding->target.plan->resource,
	                 arena_printf(rq->arena, "/items%s%.*s", query->len ? "?" : "", TEXT_ARG(buf_as_text(query))));
}

static int after_of(Request *rq, Items *items) {
	Text after = in_text(rq, "after");
	const char *dot = after.len ? memchr(after.at, '.', after.len) : NULL;
	if (!after.at) return 0;
	if (dot && text_to_int((Text){after.at, (size_t)(dot - after.at)}, &items->cell) == 0 &&
	    finding_named(items->finding, (Text){dot + 1, after.len - (size_t)(dot + 1 - after.at)}, &items->record) &&
	    items->cell >= 0)
		return 0;
	return error_field(rq->error, ERR_INVALID, "after", after, "cursor", "take the next link of the page before, unchanged",
	                   "The cursor in `after` was not given to you for this resource");
}

static int being_prepared(Request *rq, const Finding *finding) {
	if (finding->prepared) return 0;
	return error_field(rq->error, ERR_BUSY, "resource", TEXT_NONE, "being_prepared", "try again in some minutes",
	                   "The map of %s is being prepared", finding->target.resource->code);
}

static int items_begin(Request *rq, Finding *finding, const Crs **system) {
	int *positions = ARENA_ARRAY(rq->arena, int, RECORD_FIELDS_MAX + 1);
	int code = finding_open(rq, finding);
	if (code == 0) code = being_prepared(rq, finding);
	if (code == 0) code = system_of(rq, "crs", system);
	if (code < 0) return code;
	memcpy(positions, finding->target.plan->positions, sizeof(int) * (size_t)finding->target.plan->visible);
	finding_choose(finding, positions, finding->target.plan->visible, RECORD_FIELDS_MAX);
	rq->content_type = "application/geo+json";
	rq->content_crs = arena_printf(rq->arena, "<%s>", (*system)->uri);
	return 0;
}

/* A page that goes on counts by its size, so that how small a reader's pages are does not decide whether it comes to the end. */
int items_share(const Request *rq) {
	enum { WHOLE = 1000, LEAST = 10 };
	if (rq->route->handler != ogc_items || !in_has(rq, "after")) return WHOLE;
	int64_t rows = in_int(rq, "limit");
	return rows <= 0 || rows >= ITEMS_MAX ? WHOLE : rows < LEAST ? LEAST : (int)(rows * WHOLE / ITEMS_MAX);
}

/* How many features the question has, where that is known without reading them all: "numberMatched". */
static int matched_json(Items *items) {
	Size size = {.rows = items->written};
	bool page_alone = !items->more && !in_has(items->finding->rq, "after"), whole = !items->box && size_whole(items->finding);
	int code = !page_alone && whole ? size_of(items->finding, &size) : 0;
	if (code == 0 && (page_alone || whole)) jw_kv_int(&items->finding->rq->json, "numberMatched", size.rows);
	return code;
}

int ogc_items(Request *rq) {
	Finding finding;
	const Crs *system, *box_system;
	Box box;
	JsonWriter *json = &rq->json;
	int code = items_begin(rq, &finding, &system);
	if (code == 0) code = system_of(rq, "bbox-crs", &box_system);
	if (code == 0 && in_has(rq, "bbox")) code = box_of(rq, box_system, &box);
	if (code == 0) code = datetime_filter(rq, &finding);
	if (code < 0) return code;
	Items items = {.finding = &finding, .system = system, .box = in_has(rq, "bbox") ? &box : NULL, .limit = ITEMS_MAX};
	if (in_has(rq, "limit") && in_int(rq, "limit") < ITEMS_MAX) items.limit = (int)in_int(rq, "limit");
	code = after_of(rq, &items);
	if (code < 0) return code;
	jw_object(json);
	jw_kv_str(json, "type", "FeatureCollection");
	jw_key(json, "features");
	jw_array(json);
	code = items_read(&items);
	if (code < 0) return code;
	jw_array_end(json);
	if ((code = matched_json(&items)) < 0) return code;
	jw_kv_int(json, "numberReturned", items.written);
	jw_kv_time(json, "timeStamp", rq->now_us);
	ogc_links(rq);
	ogc_link(rq, "self", "application/geo+json", "This page", items_url(rq, &items, false));
	if (items.more) ogc_link(rq, "next", "application/geo+json", "The next page", items_url(rq, &items, true));
	ogc_link(rq, "collection", "application/json", finding.target.plan->resource->name,
	         layer_url(rq, finding.target.plan->resource, ""));
	jw_array_end(json);
	jw_object_end(json);
	tell_evidence(
	    rq, finding.target.plan,
	    arena_printf(rq->arena, "\"by\":\"items\",\"filter\":\"%.*s\"", TEXT_ARG(buf_as_text(&finding.filter->about))),
	    items.written);
	return use_quota(rq, &finding.target, items.written);
}

int ogc_item(Request *rq) {
	Finding finding;
	const Crs *system;
	Rows *rows;
	Val binds[1 + FILTER_VALUES_MAX];
	int code = items_begin(rq, &finding, &system);
	if (code < 0) return code;
	const Plan *plan = finding.target.plan;
	int64_t record;
	if (!plan->mounted || !finding_named(&finding, in_text(rq, "record"), &record)) return not_found(rq);
	code = db_one(rq->db, &rows, plan->by_id.one, binds, (size_t)bind_filter(plan, record, binds));
	if (code < 0) return statement_failed(rq, code);
	if (rows_null(rows, 1)) return not_found(rq);
	Val *values = ARENA_ARRAY(rq->arena, Val, finding.count + 1);
	for (int i = 0; i < finding.count; i++)
		for (int at = 0; at < plan->visible; at++)
			if (plan->positions[at] == finding.positions[i])
				values[i] = column_value(rows, SYSTEM_SHOWN + at, &plan->resource->fields[plan->positions[at]]);
	feature_json(rq, &finding, system, record, values);
	ogc_links(rq);
	ogc_link(rq, "self", "application/geo+json", "This feature",
	         layer_url(rq, plan->resource, arena_printf(rq->arena, "/items/%s", finding_name(&finding, record))));
	ogc_link(rq, "collection", "application/json", plan->resource->name, layer_url(rq, plan->resource, ""));
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	rq->about_subject = record;
	tell_evidence(rq, plan, "\"by\":\"id\"", 1);
	return use_quota(rq, &finding.target, 1);
}
