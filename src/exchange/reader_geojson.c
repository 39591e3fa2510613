/* GeoJSON (RFC 7946): a FeatureCollection cut into its features while it streams by, each then parsed by itself. Properties
 * become columns; a Point becomes lon and lat; any other geometry one column `geometry`, as GeoJSON text written compact. */
#include "exchange/reader_private.h"
#include <stdio.h>

typedef enum Where { BEFORE, TOP, TOP_NAMED, IN_FEATURES, IN_FEATURE, AFTER } Where;

/* Follows brackets and texts byte by byte. The depth inside the collection object is 1, inside its features array 2. */
typedef struct Cutter {
	Where where;
	int depth;
	bool in_text, escaped, name_is_features, pending_name;
	char name[24]; /* the last text's beginning */
	size_t name_len;
	bool has_features;
} Cutter;

typedef struct Geo {
	Cutter cutter;
	Text block;
	size_t at;
	bool at_end;
	Buf feature;
	bool overlong;
	int id, lon, lat, geometry; /* columns, or -1 */
	int64_t seen;               /* features */
} Geo;

static bool json_blank(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What a byte did. */
typedef enum Step { NOTHING, FEATURE_BEGINS, FEATURE_ENDS, BROKEN } Step;

static Step text_byte(Cutter *c, char b) {
	if (c->escaped) {
		c->escaped = false;
	} else if (b == '\\') {
		c->escaped = true;
		c->name_len = sizeof c->name; /* no member of the collection that matters has an escape */
	} else if (b == '"') {
		c->in_text = false;
		if (c->where == TOP && c->depth == 1) {
			c->name_is_features = c->name_len == 8 && memcmp(c->name, "features", 8) == 0;
			c->pending_name = true;
		}
	} else if (c->name_len < sizeof c->name) {
		c->name[c->name_len++] = b;
	}
	return NOTHING;
}

static Step open_bracket(Cutter *c, char b) {
	if (c->depth == 0 && (c->where != BEFORE || b != '{')) return BROKEN;
	c->depth++;
	if (c->depth == 1) {
		c->where = TOP;
	} else if (c->where == TOP_NAMED && c->depth == 2 && c->name_is_features) {
		if (b != '[' || c->has_features) return BROKEN;
		c->where = IN_FEATURES;
		c->has_features = true;
	} else if (c->where == IN_FEATURES) {
		if (b != '{') return BROKEN;
		c->where = IN_FEATURE;
		return FEATURE_BEGINS;
	}
	return NOTHING;
}

static Step close_bracket(Cutter *c, char b) {
	if (c->depth == 0) return BROKEN;
	c->depth--;
	if (c->where == IN_FEATURE && c->depth == 2) {
		c->where = IN_FEATURES;
		return FEATURE_ENDS;
	}
	if (c->where == IN_FEATURES) {
		if (b != ']') return BROKEN;
		c->where = TOP_NAMED;
	}
	if (c->depth == 0) c->where = AFTER;
	return NOTHING;
}

static Step cut_byte(Cutter *c, char b) {
	if (c->in_text) return text_byte(c, b);
	switch (b) {
	case '"':
		c->in_text = true;
		c->name_len = 0;
		return c->depth && c->where != IN_FEATURES ? NOTHING : BROKEN;
	case '{':
	case '[':
		return open_bracket(c, b);
	case '}':
	case ']':
		return close_bracket(c, b);
	case ':':
		if (c->where == TOP && c->depth == 1 && c->pending_name) {
			c->where = TOP_NAMED;
			c->pending_name = false;
		}
		return NOTHING;
	case ',':
		if (c->where == TOP_NAMED && c->depth == 1) c->where = TOP;
		return NOTHING;
	default:
		if (json_blank(b) || (c->depth && c->where != IN_FEATURES)) return NOTHING;
		return BROKEN;
	}
}

bool geojson_looks_like(Text sample) {
	Cutter cutter = {0};
	for (size_t i = 0; i < sample.len; i++) {
		Step step = cut_byte(&cutter, sample.at[i]);
		if (cutter.has_features) return true;
		if (step == BROKEN || cutter.where == AFTER) return false;
		if (!cutter.in_text && cutter.where == TOP_NAMED && cutter.depth == 1 && cutter.name_len == 17 &&
		    memcmp(cutter.name, "FeatureCollection", 17) == 0)
			return true;
	}
	return false;
}

/* --- one feature ------------------------------------------------------------------------------------------------------------ */
static int broken(Reader *reader) {
	Geo *geo = reader->self;
	return reader_refuse(reader, "json", "Export the file again.", "after feature %lld the FeatureCollection is not JSON",
	                     (long long)geo->seen);
}

static void feature_add(Geo *geo, const char *from, size_t length) {
	if (geo->overlong) return;
	if (geo->feature.len + length > CSV_RECORD_MAX) {
		geo->overlong = true;
		length = geo->feature.len < READER_RAW_MAX ? READER_RAW_MAX - geo->feature.len : 0;
	}
	buf_add(&geo->feature, from, length);
}

/* The next feature's text in geo->feature: 1, 0, < 0. */
static int feature_next(Reader *reader) {
	Geo *geo = reader->self;
	buf_reset(&geo->feature);
	geo->overlong = false;
	for (;;) {
		size_t from = geo->at;
		for (; geo->at < geo->block.len; geo->at++) {
			Step step = cut_byte(&geo->cutter, geo->block.at[geo->at]);
			if (step == BROKEN) return broken(reader);
			if (step == FEATURE_BEGINS) from = geo->at;
			if (step != FEATURE_ENDS) continue;
			geo->at++;
			geo->seen++;
			feature_add(geo, geo->block.at + from, geo->at - from);
			return 1;
		}
		if (geo->cutter.where == IN_FEATURE) feature_add(geo, geo->block.at + from, geo->at - from);
		int code = geo->at_end ? 0 : input_next(reader->input, &geo->block);
		geo->at = 0;
		if (code > 0) {
			if (geo->seen == 0 && geo->cutter.where == BEFORE && text_starts(geo->block, TEXT("\xEF\xBB\xBF")))
				geo->at = 3;
			continue;
		}
		geo->at_end = true;
		geo->block = TEXT("");
		if (code < 0) return code;
		if (geo->cutter.where != AFTER)
			return reader_refuse(reader, "truncated", "Send the file again.",
			                     "the FeatureCollection ends in the middle, after feature %lld",
			                     (long long)geo->seen);
		if (!geo->cutter.has_features)
			return reader_refuse(reader, "json", "Give a FeatureCollection.", "there is no list of features");
		return 0;
	}
}

static const JsonMember *member_find(const JsonMember *members, int count, const char *key) {
	for (int i = 0; i < count; i++)
		if (text_is(members[i].key, key)) return &members[i];
	return NULL;
}

typedef struct Feature {
	JsonMember *properties;
	int property_count;
	bool point, placed;      /* placed: it has the member geometry */
	Text lon, lat, geometry; /* geometry: compact text, or none */
	Text id;
} Feature;

/* [lon, lat] of a Point, as written. 0 or -1. */
static int point_of(Arena *arena, Text coordinates, Text *lon, Text *lat) {
	Text inside = {coordinates.at + 1, coordinates.len - 2};
	Text *parts[] = {lon, lat};
	for (int i = 0; i < 2; i++) {
		ptrdiff_t comma = text_find(inside, TEXT(","));
		size_t len = comma < 0 ? inside.len : (size_t)comma;
		*parts[i] = text_trim((Text){inside.at, len});
		double number;
		if ((comma < 0 && i == 0) || text_to_double(*parts[i], &number) != 0) return -1;
		inside.at += comma < 0 ? len : len + 1, inside.len -= comma < 0 ? len : len + 1;
	}
	return 0;
}

static int geometry_of(Arena *arena, const JsonMember *member, Feature *feature, const char **why) {
	JsonMember *parts;
	int count;
	if (!member || member->type == 'n') return 0;
	if (member->type != '{' || json_members(arena, member->raw, &parts, &count, why) != 0) {
		*why = "the geometry is not an object";
		return -1;
	}
	const JsonMember *type = member_find(parts, count, "type"), *coordinates = member_find(parts, count, "coordinates");
	feature->geometry = member->value;
	if (!type || !text_is(type->value, "Point")) return 0;
	*why = "the Point has no two coordinates";
	feature->point = true;
	return coordinates && coordinates->type == '[' ? point_of(arena, coordinates->raw, &feature->lon, &feature->lat) : -1;
}

static int feature_parse(Arena *arena, Text text, Feature *feature, const char **why) {
	JsonMember *members;
	int count;
	*feature = (Feature){0};
	if (json_members(arena, text, &members, &count, why) != 0) return -1;
	const JsonMember *type = member_find(members, count, "type"), *properties = member_find(members, count, "properties");
	*why = "the member is not a Feature";
	if (!type || !text_is(type->value, "Feature")) return -1;
	const JsonMember *id = member_find(members, count, "id");
	if (id && id->type != 'n') feature->id = id->value;
	if (properties && properties->type == '{' &&
	    json_members(arena, properties->raw, &feature->properties, &feature->property_count, why) != 0)
		return -1;
	if (properties && properties->type != '{' && properties->type != 'n') {
		*why = "properties is not an object";
		return -1;
	}
	const JsonMember *geometry = member_find(members, count, "geometry");
	feature->placed = geometry != NULL;
	return geometry_of(arena, geometry, feature, why);
}

static void take_feature(Reader *reader, ReaderRow *row, const Feature *feature) {
	Geo *geo = reader->self;
	bool *there = ARENA_ARRAY(reader->row, bool, reader->column_count);
	for (int i = 0; i < feature->property_count; i++) {
		const JsonMember *property = &feature->properties[i];
		int column = reader_column(reader, text_trim(property->key));
		if (column < 0)
			reader_late(reader, row, text_trim(property->key), property->value, feature->property_count);
		else
			reader->texts[column] = property->value, there[column] = true;
	}
	if (geo->id >= 0) {
		reader->texts[geo->id] = feature->id;
		there[geo->id] = feature->id.at != NULL;
	}
	if (geo->lon >= 0) there[geo->lon] = there[geo->lat] = feature->placed;
	if (geo->geometry >= 0) there[geo->geometry] = feature->placed;
	if (geo->lon >= 0 && feature->point) {
		reader->texts[geo->lon] = feature->lon;
		reader->texts[geo->lat] = feature->lat;
	}
	if (geo->geometry >= 0)
		reader->texts[geo->geometry] = feature->geometry;
	else if (feature->geometry.at && !feature->point)
		reader_fault(reader, row, "geometry", TEXT_NONE, "schema", "Load points and other shapes as two resources.",
		             "a geometry that is no Point, where the first %d features have only Points", READER_SAMPLE_ROWS);
	reader_left_out(reader, row, there);
}

static int geojson_next(Reader *reader, ReaderRow *row) {
	Geo *geo = reader->self;
	int code = feature_next(reader);
	if (code <= 0) return code;
	Text text = buf_as_text(&geo->feature);
	row->row_no = ++reader->row_no;
	row->raw = (Text){text.at, utf8_cut(text, READER_RAW_MAX)};
	reader_no_texts(reader);
	Feature feature;
	const char *why;
	long long number = (long long)reader->row_no;
	if (geo->overlong)
		reader_fault(reader, row, "", TEXT_NONE, "too_long", "Simplify its geometry.",
		             "feature %lld is longer than %d MiB", number, CSV_RECORD_MAX >> 20);
	else if (memchr(text.at, 0, text.len))
		reader_fault(reader, row, "", TEXT_NONE, "nul", "Export it again without NUL characters.",
		             "feature %lld has a NUL byte", number);
	else if (!utf8_valid(text) || (input_was_bad(reader->input) && text_find(text, TEXT("\xEF\xBF\xBD")) >= 0))
		reader_fault(reader, row, "", TEXT_NONE, "encoding", "Export the file again as UTF-8.",
		             "feature %lld is not text in %s", number, charset_name(reader->charset));
	else if (feature_parse(reader->row, text, &feature, &why) != 0)
		reader_fault(reader, row, "", TEXT_NONE, "json", "Export the feature again.", "feature %lld: %s", number, why);
	else
		take_feature(reader, row, &feature);
	return 1;
}

static void geojson_progress(const Reader *reader, int64_t *done, int64_t *total) {
	input_progress(reader->input, done, total);
}

/* A column for a place, unless a property has that name. */
static int place_column(Reader *reader, NameList *list, const char *name, int *out) {
	int before = list->count, code = names_add(reader, list, text_of(name));
	*out = list->count > before ? before : -1;
	return code;
}

int reader_geojson_open(Reader *reader, const ReaderOptions *options) {
	static const ReaderOps ops = {.next = geojson_next, .progress = geojson_progress};
	Geo *geo = ARENA_NEW(reader->arena, Geo);
	geo->block = TEXT("");
	buf_in(&geo->feature, reader->arena);
	reader->self = geo;
	reader->ops = &ops;
	geo->id = geo->lon = geo->lat = geo->geometry = -1;
	NameList *list = ARENA_NEW(reader->arena, NameList);
	bool points = false, shapes = false, ids = false;
	int code = 1;
	for (int i = 0; i < READER_SAMPLE_ROWS && (code = feature_next(reader)) > 0; i++) {
		Feature feature;
		const char *why;
		Text text = buf_as_text(&geo->feature);
		arena_reset(reader->row);
		if (geo->overlong || !utf8_valid(text) || feature_parse(reader->row, text, &feature, &why) != 0) continue;
		ids |= feature.id.at != NULL;
		points |= feature.point;
		shapes |= feature.geometry.at && !feature.point;
		for (int k = 0; k < feature.property_count && code > 0; k++) {
			int added = names_add(reader, list, text_trim(feature.properties[k].key));
			code = added < 0 ? added : code;
		}
		if (code < 0) break;
	}
	if (code >= 0 && ids) code = place_column(reader, list, "id", &geo->id);
	if (code >= 0 && points && !shapes) code = place_column(reader, list, "lon", &geo->lon);
	if (code >= 0 && points && !shapes) code = place_column(reader, list, "lat", &geo->lat);
	if (code >= 0 && (shapes || (points && (geo->lon < 0 || geo->lat < 0))))
		code = place_column(reader, list, "geometry", &geo->geometry);
	if (code >= 0 && list->count == 0)
		return reader_refuse(reader, "empty", "Export the file again.", "there is no feature that can be read");
	if (code >= 0) code = reader_set_columns(reader, list->names, list->count);
	if (geo->lon < 0 || geo->lat < 0) geo->lon = geo->lat = -1;
	geo->cutter = (Cutter){0};
	geo->block = TEXT("");
	geo->at = 0;
	geo->seen = 0;
	geo->at_end = false;
	return code < 0 ? code : input_rewind(reader->input);
}
