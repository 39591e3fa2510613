/* draft: bringing areas in as a draft, copying those in force into one, showing it. Files are read
 * on a thread that may wait; what is kept goes in by portions. */
#include "place/draft.h"
#include "place/ogr.h"
#include <stdio.h>
#include <stdlib.h>

/* --- finding ---------------------------------------------------------------------------------------------------------- */
int draft_find(Request *rq, int64_t draft_id, Draft *out) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT draft_id, version, checked_version, valid_from, level, features, state, mapping FROM area_draft WHERE"
	           " draft_id = $1",
	           BIND(val_int(draft_id)));
	if (found <= 0) return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "There is no such draft");
	*out = (Draft){rows_int(rows, 0),
	               rows_int(rows, 1),
	               rows_int(rows, 2),
	               rows_int(rows, 3),
	               (int)rows_int(rows, 4),
	               (int)rows_int(rows, 5),
	               rows_str(rows, 6, rq->arena),
	               rows_str(rows, 7, rq->arena)};
	db_rest(rq->db);
	return 0;
}

static int check_queue(Request *rq, int64_t draft_id) {
	int64_t job_id = 0;
	json_t *args = json_pack("{s:I}", "draft_id", (json_int_t)draft_id);
	int code = job_create(rq, "place.check", 0, rq->party.org_id, args, &job_id);
	json_decref(args);
	if (code < 0) return code;
	return (int)db_run(rq->db, "UPDATE area_draft SET job_id = $2 WHERE draft_id = $1",
	                   BIND(val_int(draft_id), val_int(job_id)));
}

int draft_changed(Request *rq, int64_t draft_id, int64_t version) {
	int64_t done =
	    db_run(rq->db,
	           "UPDATE area_draft SET version = version + 1, features = (SELECT count(*) FROM area_draft_feature f WHERE"
	           " f.draft_id = $1 AND f.aside = 0) WHERE draft_id = $1 AND version = $2 AND state = 'open'",
	           BIND(val_int(draft_id), val_int(version)));
	if (done < 0) return (int)done;
	if (done == 0)
		return fail(rq, ERR_CONFLICT, "The draft was changed by someone else, or is no longer open; read it again");
	rq->about_subject = draft_id;
	int code = check_queue(rq, draft_id);
	return code < 0 ? code : 0;
}

static bool wanted(const json_t *only, int64_t no) {
	size_t i;
	json_t *one;
	if (!only) return true;
	json_array_foreach(only, i, one) {
		if (json_integer_value(one) == no) return true;
	}
	return false;
}

int pieces_load(Request *rq, Geos *geos, int64_t draft_id, const json_t *only, Piece **out, int *count) {
	Rows *rows;
	int64_t most = 0;
	int code = db_int(rq->db, &most, "SELECT count(*) FROM area_draft_feature WHERE draft_id = $1", BIND(val_int(draft_id)));
	if (code >= 0)
		code = db_query(
		    rq->db, &rows,
		    "SELECT feature_no, org_id, code, name, parent_code, geometry FROM area_draft_feature WHERE draft_id = $1 AND"
		    " aside = 0 ORDER BY feature_no",
		    BIND(val_int(draft_id)));
	if (code < 0) return code;
	Piece *pieces = ARENA_ARRAY(rq->arena, Piece, most + 1);
	*count = 0;
	while ((code = rows_next(rows)) > 0 && *count < most) {
		if (!wanted(only, rows_int(rows, 0))) continue;
		Piece *piece = &pieces[(*count)++];
		Text text = rows_text(rows, 5);
		json_t *geometry = json_loadb(text.at, text.len, 0, NULL);
		*piece = (Piece){.no = rows_int(rows, 0),
		                 .org_id = rows_int(rows, 1),
		                 .code = rows_str(rows, 2, rq->arena),
		                 .name = rows_str(rows, 3, rq->arena),
		                 .parent = rows_str(rows, 4, rq->arena)};
		piece->raw = geos_take(geos, geometry, &piece->unclosed, &piece->why);
		piece->shape = geos_valid(geos, piece->raw);
		json_decref(geometry);
	}
	rows_close(rows);
	*out = pieces;
	return code < 0 ? code : 0;
}

/* --- bringing in ------------------------------------------------------------------------------------------------------ */
typedef struct Feature {
	const char *code, *name, *parent, *properties, *geometry;
	int64_t org_id;
} Feature;
typedef struct Intake {
	int64_t draft_id;
	int level, crs;
	const char *source, *format, *layer, *encoding;
	Feature *features;
	int count, from, vertices;
	const char *columns, *mapping;
} Intake;

static const char *const code_names[] = {"code", "gridcode", "grid_code", "区划代码", "网格编码", "编码",
                                         "代码", "bm",       "dm",        "adcode",   NULL},
                         *const name_names[] = {"name", "gridname", "grid_name", "网格名称", "名称", "mc", NULL},
                         *const parent_names[] = {"parent", "parent_code", "pcode", "上级编码", "上级代码", "sjbm", "sjdm", NULL};

/* The first of the names that the feature has, small letters or large; "" when none. */
static const char *column_guess(const json_t *properties, const char *const *names) {
	const char *key;
	json_t *value;
	for (; *names; names++)
		json_object_foreach((json_t *)properties, key, value) {
			if (strcasecmp(key, *names) == 0) return key;
		}
	return "";
}

static const char *property(Arena *arena, const json_t *properties, const char *name) {
	const json_t *value = name && *name ? json_object_get(properties, name) : NULL;
	if (json_is_integer(value)) return arena_printf(arena, "%lld", (long long)json_integer_value(value));
	if (json_is_real(value)) return arena_printf(arena, "%.0f", json_real_value(value));
	return json_is_string(value) ? arena_strdup(arena, json_string_value(value)) : "";
}

static char *kept_dump(Arena *arena, const json_t *value) {
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12)), *kept = arena_strdup(arena, text ? text : "null");
	free(text);
	return kept;
}

static int positions(const json_t *value) {
	int count = 0;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *inner = json_array_get(value, i);
		count += json_is_array(inner) ? positions(inner) : 0;
	}
	return count ? count : 1;
}

/* In place; what cannot be converted stays, and the check calls it unreadable or far off. */
static void positions_convert(int crs, json_t *value) {
	if (json_is_number(json_array_get(value, 0))) {
		double x = json_number_value(json_array_get(value, 0)), y = json_number_value(json_array_get(value, 1));
		if (place_convert(crs, &x, &y) < 0) return;
		json_array_set_new(value, 0, json_real(x));
		json_array_set_new(value, 1, json_real(y));
		return;
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		positions_convert(crs, json_array_get(value, i));
}

static void mapping_guess(Request *rq, Intake *in, const json_t *properties, const char *names[3]) {
	names[0] = arena_strdup(rq->arena, column_guess(properties, code_names));
	names[1] = arena_strdup(rq->arena, column_guess(properties, name_names));
	names[2] = arena_strdup(rq->arena, column_guess(properties, parent_names));
	json_t *mapping = json_pack("{s:s, s:s, s:s}", "code", names[0], "name", names[1], "parent", names[2]),
	       *columns = json_array();
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)properties, key, value) {
		json_array_append_new(columns,
		                      json_pack("{s:s, s:s}", "name", key, "sample", property(rq->arena, properties, key)));
	}
	in->mapping = kept_dump(rq->arena, mapping);
	in->columns = kept_dump(rq->arena, columns);
	json_decref(mapping);
	json_decref(columns);
}

static int too_much(Request *rq, const char *message) {
	return error_field(rq->error, ERR_TOO_LARGE, "file", TEXT_NONE, "too_large", "Bring it in by parts, or simplify it.",
	                   "%s", message);
}

static int feature_take(Request *rq, Intake *in, Text line, const char *names[3]) {
	Arena *arena = rq->arena;
	json_t *feature = json_loadb(line.at, line.len, 0, NULL), *geometry = json_object_get(feature, "geometry");
	const json_t *properties = json_object_get(feature, "properties");
	if (in->count == 0) mapping_guess(rq, in, properties, names);
	in->vertices += positions(json_object_get(geometry, "coordinates"));
	if (in->crs == PLACE_GCJ02 || in->crs == PLACE_BD09) positions_convert(in->crs, json_object_get(geometry, "coordinates"));
	Feature *out = &in->features[in->count++];
	*out = (Feature){property(arena, properties, names[0]),          property(arena, properties, names[1]),
	                 property(arena, properties, names[2]),          kept_dump(arena, properties),
	                 geometry ? kept_dump(arena, geometry) : "null", 0};
	if (strlen(out->properties) > DRAFT_PROPERTIES_MAX) out->properties = "{}";
	json_decref(feature);
	return in->vertices > DRAFT_VERTICES_MAX ? too_much(rq, "The file has more than 5,000,000 positions") : 0;
}

static void line_free(void *line) {
	free(*(char **)line);
}

static int features_take(Request *rq, Intake *in, FILE *file) {
	char **line = ARENA_NEW(rq->arena, char *);
	size_t room = 0;
	ssize_t length;
	int code = 0;
	const char *names[3] = {"", "", ""};
	in->features = ARENA_ARRAY(rq->arena, Feature, DRAFT_FEATURES_MAX);
	arena_on_free(rq->arena, line_free, line);
	while (code == 0 && (length = getline(line, &room, file)) > 0) {
		if (length > OGR_LINE_MAX) return too_much(rq, "A shape of the file is larger than 32 MiB");
		if (in->count == DRAFT_FEATURES_MAX) return too_much(rq, "The file has more than 20,000 areas");
		code = feature_take(rq, in, (Text){*line, (size_t)length}, names);
	}
	if (code == 0 && in->count == 0)
		return error_field(rq->error, ERR_INVALID, "file", TEXT_NONE, "empty", "Send the layer that holds the areas.",
		                   "There are no areas in the file");
	return code;
}

static int draft_insert(Request *rq, void *arg) {
	const Intake *in = arg;
	int code = (int)db_run(rq->db,
	                       "INSERT INTO area_draft (draft_id, level, source, format, layer, crs, state, columns, mapping, "
	                       "counts, features, faults,"
	                       " job_id, valid_from, note, made_by, made_at, ended_by, ended_at, checked_version, checked_at, "
	                       "version) VALUES ($1, $2, $3,"
	                       " $4, $5, $6, 'reading', $7, $8, '{}', $9, 0, 0, 0, '', $10, $11, 0, 0, 0, 0, 1)",
	                       BIND(val_int(in->draft_id), val_int(in->level), val_str(in->source), val_str(in->format),
	                            val_str(in->layer), val_int(in->crs), val_str(in->columns), val_str(in->mapping),
	                            val_int(in->count), val_int(rq->party.account_id), val_int(rq->now_us)));
	return code < 0 ? code : 0;
}

enum { PORTION = 200 };
static int feature_insert(Request *rq, int64_t draft_id, int64_t no, const Feature *one) {
	int code = (int)db_run(
	    rq->db,
	    "INSERT INTO area_draft_feature (draft_id, feature_no, code, name, parent_code, org_id, properties, geometry,"
	    " aside) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
	    BIND(val_int(draft_id), val_int(no), val_str(one->code), val_str(one->name), val_str(one->parent),
	         val_int(one->org_id), val_str(one->properties), val_str(one->geometry)));
	return code < 0 ? code : 0;
}

static int portion_write(Request *rq, void *arg) {
	const Intake *in = arg;
	int code = 0;
	for (int i = in->from; i < in->count && i < in->from + PORTION && code == 0; i++)
		code = feature_insert(rq, in->draft_id, i + 1, &in->features[i]);
	return code;
}

static int reading_end(Request *rq, void *arg) {
	const Intake *in = arg;
	int code = (int)db_run(rq->db, "UPDATE area_draft SET state = 'open' WHERE draft_id = $1", BIND(val_int(in->draft_id)));
	if (code >= 0 && !*in->source) /* a copy: those it no longer has when it is accepted end */
		code =
		    (int)db_run(rq->db,
		                "INSERT INTO area_draft_origin (draft_id, code, parent_code) SELECT draft_id, code, parent_code"
		                " FROM area_draft_feature WHERE draft_id = $1",
		                BIND(val_int(in->draft_id)));
	if (code >= 0) code = check_queue(rq, in->draft_id);
	rq->about_subject = in->draft_id;
	rq->row_count = in->count;
	rq->about = arena_printf(rq->arena, "{\"level\":%d,\"areas\":%d,\"crs\":%d}", in->level, in->count, in->crs);
	return code < 0 ? code : 0;
}

/* A draft killed while it is read stays in "reading", which the chore removes. */
static int intake_store(Request *rq, Intake *in) {
	in->draft_id = store_new_id(rq->store);
	int code = request_write(rq, draft_insert, in);
	for (; code >= 0 && in->from < in->count; in->from += PORTION)
		code = request_write_bulk(rq, portion_write, in);
	if (code >= 0) code = request_write(rq, reading_end, in);
	if (code < 0) return code;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "draft_id", in->draft_id);
	jw_object_end(&rq->json);
	return 0;
}

int drafts_post(Request *rq) {
	int code = request_elsewhere(rq);
	if (code < 0) return code;
	OgrSource source = {.path = http_body_path(rq->call),
	                    .layer = in_str(rq, "layer"),
	                    .encoding = in_str(rq, "encoding"),
	                    .crs = in_has(rq, "crs") ? place_crs_parse(in_text(rq, "crs")) : 0};
	OgrResult result;
	if (!source.path || http_body_size(rq->call) == 0)
		return error_field(rq->error, ERR_INVALID, "file", TEXT_NONE, "empty", "Send the file as the request body.",
		                   "The upload is empty");
	if (source.crs < 0)
		return error_field(rq->error, ERR_INVALID, "crs", in_text(rq, "crs"), "crs",
		                   "Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:number.", "This is no known coordinate system");
	if ((code = file_name_check(rq, "name", in_text(rq, "name"))) < 0) return code;
	if ((code = ogr_read(rq, &source, &result)) < 0) return code;
	Intake in = {.level = (int)in_int(rq, "level"),
	             .crs = result.crs,
	             .source = in_str(rq, "name"),
	             .format = result.format,
	             .layer = result.layer.name,
	             .columns = "[]",
	             .mapping = "{}"};
	code = features_take(rq, &in, result.file);
	return code < 0 ? code : intake_store(rq, &in);
}

/* Those in force of a level (below one parent) as a draft, to be edited. */
int draft_copy_post(Request *rq) {
	Rows *rows;
	Intake in = {.level = (int)in_int(rq, "level"),
	             .crs = PLACE_CGCS2000,
	             .source = "",
	             .format = "",
	             .layer = "",
	             .columns = "[]",
	             .mapping = "{}"};
	in.features = ARENA_ARRAY(rq->arena, Feature, DRAFT_FEATURES_MAX);
	int code = db_query(
	    rq->db, &rows,
	    "SELECT a.code, a.name, COALESCE(p.code, ''), a.org_id, a.geometry FROM area a LEFT JOIN area p ON p.area_key ="
	    " a.parent_key AND p.valid_from <= $2 AND (p.valid_until = 0 OR p.valid_until > $2) WHERE a.level = $1 AND"
	    " a.valid_from <= $2 AND (a.valid_until = 0 OR a.valid_until > $2) AND (a.parent_key = $3 OR CAST($3 AS BIGINT) ="
	    " 0) ORDER BY a.code LIMIT $4",
	    BIND(val_int(in.level), val_int(rq->now_us), val_int(in_int(rq, "parent")), val_int(DRAFT_FEATURES_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0)
		in.features[in.count++] = (Feature){rows_str(rows, 0, rq->arena), rows_str(rows, 1, rq->arena),
		                                    rows_str(rows, 2, rq->arena), "{}",
		                                    rows_str(rows, 4, rq->arena), rows_int(rows, 3)};
	rows_close(rows);
	if (code < 0) return code;
	if (in.count == 0)
		return error_field(rq->error, ERR_NOT_FOUND, "level", TEXT_NONE, "empty", "Bring areas of this level in first.",
		                   "There are no areas in force to edit");
	return intake_store(rq, &in);
}

/* --- showing ---------------------------------------------------------------------------------------------------------- */
#define DRAFT_COLUMNS                                                                                                            \
	"d.draft_id, d.level, d.source, d.format, d.layer, d.crs, d.state, d.features, d.faults, d.counts, d.job_id, "           \
	"d.valid_from, "                                                                                                         \
	"d.made_at, COALESCE(a.name, ''), d.ended_at, d.version, CASE WHEN d.checked_version = d.version THEN 1 ELSE 0 END"
static const Member draft_members[] = {{"draft_id", MEMBER_ID},  {"level", MEMBER_INT},         {"source", MEMBER_TEXT},
                                       {"format", MEMBER_TEXT},  {"layer", MEMBER_TEXT},        {"crs", MEMBER_INT},
                                       {"state", MEMBER_TEXT},   {"features", MEMBER_INT},      {"faults", MEMBER_INT},
                                       {"counts", MEMBER_JSON},  {"job_id", MEMBER_ID},         {"valid_from", MEMBER_TIME},
                                       {"made_at", MEMBER_TIME}, {"made_by_name", MEMBER_TEXT}, {"ended_at", MEMBER_TIME},
                                       {"version", MEMBER_INT},  {"checked", MEMBER_BOOL},      {"columns", MEMBER_JSON},
                                       {"mapping", MEMBER_JSON}, {"note", MEMBER_TEXT},         {0}};

int drafts_get(Request *rq) {
	int limit = in_limit(rq);
	static const Member members[] = {{"draft_id", MEMBER_ID},  {"level", MEMBER_INT},         {"source", MEMBER_TEXT},
	                                 {"format", MEMBER_TEXT},  {"layer", MEMBER_TEXT},        {"crs", MEMBER_INT},
	                                 {"state", MEMBER_TEXT},   {"features", MEMBER_INT},      {"faults", MEMBER_INT},
	                                 {"counts", MEMBER_JSON},  {"job_id", MEMBER_ID},         {"valid_from", MEMBER_TIME},
	                                 {"made_at", MEMBER_TIME}, {"made_by_name", MEMBER_TEXT}, {"ended_at", MEMBER_TIME},
	                                 {"version", MEMBER_INT},  {"checked", MEMBER_BOOL},      {0}};
	return answer_page(rq, limit, members,
	                   "SELECT " DRAFT_COLUMNS
	                   " FROM area_draft d LEFT JOIN account a ON a.account_id = d.made_by WHERE d.draft_id < $1"
	                   " ORDER BY d.draft_id DESC LIMIT $2",
	                   BIND(val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX), val_int(limit + 1)));
}

int draft_get(Request *rq) {
	Rows *rows;
	int found = db_one(rq->db, &rows,
	                   "SELECT " DRAFT_COLUMNS
	                   ", d.columns, d.mapping, d.note FROM area_draft d LEFT JOIN account a ON a.account_id ="
	                   " d.made_by WHERE d.draft_id = $1",
	                   BIND(val_int(in_int(rq, "id"))));
	if (found <= 0) return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "There is no such draft");
	jw_object(&rq->json);
	row_members(rq, rows, draft_members);
	db_rest(rq->db);
	found = draft_ladders_write(rq, in_int(rq, "id"));
	jw_object_end(&rq->json);
	return found;
}

int draft_features_get(Request *rq) {
	Rows *rows;
	int limit = 2000,
	    code = db_query(rq->db, &rows,
	                    "SELECT feature_no, code, name, parent_code, org_id, aside, geometry FROM area_draft_feature WHERE"
	                    " draft_id = $1 AND feature_no > $2 ORDER BY feature_no LIMIT $3",
	                    BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "after")), val_int(limit + 1)));
	static const Member members[] = {{"feature_no", MEMBER_INT},
	                                 {"code", MEMBER_TEXT},
	                                 {"name", MEMBER_TEXT},
	                                 {"parent_code", MEMBER_TEXT},
	                                 {"org_id", MEMBER_ID},
	                                 {"aside", MEMBER_BOOL},
	                                 {0}};
	if (code < 0) return code;
	JsonWriter *json = &rq->json;
	int64_t last = 0, next = 0;
	jw_object(json);
	jw_kv_str(json, "type", "FeatureCollection");
	jw_key(json, "features");
	jw_array(json);
	while ((code = rows_next(rows)) > 0) {
		if (rq->row_count == limit) {
			next = last;
			break;
		}
		last = rows_int(rows, 0);
		jw_object(json);
		jw_kv_str(json, "type", "Feature");
		jw_kv_int(json, "id", last);
		jw_key(json, "properties");
		jw_object(json);
		row_members(rq, rows, members);
		jw_object_end(json);
		jw_key(json, "geometry");
		jw_raw(json, rows_text(rows, 6));
		jw_object_end(json);
		rq->row_count++;
	}
	rows_close(rows);
	jw_array_end(json);
	jw_key(json, "next");
	if (next)
		jw_id(json, next);
	else
		jw_null(json);
	jw_object_end(json);
	return code < 0 ? code : 0;
}

/* What a library or the reader says of a shape is said in the reader's language; other words are names and codes. */
static int fault_write(Request *rq, Rows *rows) {
	static const Member before[] = {{"fault_no", MEMBER_INT},
	                                {"kind", MEMBER_TEXT},
	                                {"first_no", MEMBER_INT},
	                                {"second_no", MEMBER_INT},
	                                {"m2", MEMBER_DOUBLE},
	                                {"first_name", MEMBER_TEXT},
	                                {"second_name", MEMBER_TEXT},
	                                {"first_code", MEMBER_TEXT},
	                                {"second_code", MEMBER_TEXT},
	                                {"geometry", MEMBER_JSON},
	                                {0}};
	const char *words = rows_str(rows, 10, rq->arena);
	bool said = text_is(rows_text(rows, 1), "invalid") || text_is(rows_text(rows, 1), "unreadable");
	jw_object(&rq->json);
	row_members(rq, rows, before);
	jw_kv_str(&rq->json, "words", said ? message_say(rq, words) : words);
	jw_object_end(&rq->json);
	return 0;
}

int draft_faults_get(Request *rq) {
	return answer_rows(rq, in_limit(rq), fault_write,
	                   "SELECT f.fault_no, f.kind, f.first_no, f.second_no, f.m2, COALESCE(a.name, ''), "
	                   "COALESCE(b.name, ''), COALESCE(a.code, ''), COALESCE(b.code, ''), CASE WHEN"
	                   " f.geometry = '' THEN 'null' ELSE f.geometry END, f.words FROM area_draft_fault f LEFT JOIN "
	                   "area_draft_feature a ON a.draft_id ="
	                   " f.draft_id AND a.feature_no = f.first_no LEFT JOIN area_draft_feature b ON b.draft_id = f.draft_id "
	                   "AND b.feature_no ="
	                   " f.second_no WHERE f.draft_id = $1 AND f.fault_no > $2 AND (CAST($3 AS TEXT) = '' OR f.kind = $3) "
	                   "ORDER BY f.fault_no LIMIT $4",
	                   BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "after")),
	                        in_has(rq, "kind") ? val_text(in_text(rq, "kind")) : val_str(""), val_int(in_limit(rq) + 1)));
}

/* --- columns ---------------------------------------------------------------------------------------------------------- */
typedef struct Remap {
	int64_t no;
	const char *code, *name, *parent;
} Remap;

/* Codes, names and parents anew from the attributes the file had. In a write: a draft's texts are small. */
int draft_columns_post(Request *rq) {
	Rows *rows;
	int64_t draft_id = in_int(rq, "id"), most = 0;
	int count = 0,
	    code = db_int(rq->db, &most, "SELECT count(*) FROM area_draft_feature WHERE draft_id = $1", BIND(val_int(draft_id)));
	if (code >= 0)
		code = db_query(rq->db, &rows,
		                "SELECT feature_no, properties FROM area_draft_feature WHERE draft_id = $1 ORDER BY feature_no",
		                BIND(val_int(draft_id)));
	if (code < 0) return code;
	Remap *remaps = ARENA_ARRAY(rq->arena, Remap, most + 1);
	while ((code = rows_next(rows)) > 0 && count < most) {
		Text text = rows_text(rows, 1);
		json_t *properties = json_loadb(text.at, text.len, 0, NULL);
		remaps[count++] = (Remap){rows_int(rows, 0), property(rq->arena, properties, in_str(rq, "code")),
		                          property(rq->arena, properties, in_str(rq, "name")),
		                          property(rq->arena, properties, in_str(rq, "parent"))};
		json_decref(properties);
	}
	rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = (int)db_run(rq->db,
		                   "UPDATE area_draft_feature SET code = $3, name = $4, parent_code = $5 WHERE draft_id = $1 AND "
		                   "feature_no = $2",
		                   BIND(val_int(draft_id), val_int(remaps[i].no), val_str(remaps[i].code),
		                        val_str(remaps[i].name), val_str(remaps[i].parent)));
	json_t *mapping = json_pack("{s:s, s:s, s:s}", "code", in_str(rq, "code"), "name", in_str(rq, "name"), "parent",
	                            in_has(rq, "parent") ? in_str(rq, "parent") : "");
	if (code >= 0)
		code = (int)db_run(rq->db, "UPDATE area_draft SET mapping = $2 WHERE draft_id = $1",
		                   BIND(val_int(draft_id), val_str(kept_dump(rq->arena, mapping))));
	json_decref(mapping);
	if (code >= 0) code = draft_changed(rq, draft_id, in_int(rq, "version"));
	return code < 0 ? code : draft_get(rq);
}
