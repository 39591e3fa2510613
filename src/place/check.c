/* check: what is wrong with a draft: rings, gaps, overlaps, slivers, children outside parents, codes, a likely wrong datum. Each
 * fault is kept with its place, so that a map shows it. The job "place.check"; one thread, memory of the whole draft. */
#include "place/check.h"
#include <math.h>
#include <stdlib.h>

static const double area_least = 1; /* m²: smaller overlaps and gaps are rounding */

static int by_no(const void *no, const void *piece) {
	int64_t a = *(const int64_t *)no, b = ((const Piece *)piece)->no;
	return (a > b) - (a < b);
}

/* One about an area without a place of its own is shown on the area. */
static const char *place_of(Check *check, int64_t no) {
	const Piece *piece = bsearch(&no, check->pieces, (size_t)check->count, sizeof *piece, by_no);
	if (!piece || !piece->shape || GEOSisEmpty_r(check->geos->handle, piece->shape)) return "";
	GEOSGeometry *at = geos_keep(check->geos, GEOSPointOnSurface_r(check->geos->handle, piece->shape));
	return at ? geos_give_point(check->geos, at) : "";
}

void check_fault(Check *check, Fault one) {
	check->fault_all++;
	if (check->fault_count == DRAFT_FAULTS_MAX) return;
	if (!*one.geometry && one.first) one.geometry = place_of(check, one.first);
	check->faults[check->fault_count++] = one;
}

int check_progress(Check *check, const char *stage, int64_t done, int64_t total) {
	return check->job ? job_progress(check->rq, check->job, stage, done, total) : 0;
}

/* --- shapes and codes ------------------------------------------------------------------------------------------------- */
static void shapes_check(Check *check) {
	GEOSContextHandle_t handle = check->geos->handle;
	for (int i = 0; i < check->count; i++) {
		const Piece *piece = &check->pieces[i];
		if (!piece->raw) {
			check_fault(check, (Fault){"unreadable", piece->no, 0, 0, "", piece->why});
			continue;
		}
		if (piece->unclosed) {
			GEOSGeometry *at = geos_keep(check->geos, GEOSPointOnSurface_r(handle, piece->shape));
			check_fault(check, (Fault){"unclosed", piece->no, 0, 0, at ? geos_give_point(check->geos, at) : "", ""});
		}
		char *reason = NULL;
		GEOSGeometry *where = NULL;
		if (GEOSisValidDetail_r(handle, piece->raw, 0, &reason, &where) == 0) {
			geos_keep(check->geos, where);
			check_fault(check, (Fault){"invalid", piece->no, 0, 0, where ? geos_give_point(check->geos, where) : "",
			                           arena_strdup(check->rq->arena, reason ? reason : "")});
			GEOSFree_r(handle, reason);
		}
	}
}

static int by_code(const void *a, const void *b) {
	return strcmp((*(Piece *const *)a)->code, (*(Piece *const *)b)->code);
}

/* The length of a code at a level, by the setting "6,9,12,15"; 0 = any. */
static int code_width(Request *rq, int level) {
	const char *widths = setting_text(rq, "place.code_widths");
	for (int i = 1; i < level && widths; i++) {
		widths = strchr(widths, ',');
		if (widths) widths++;
	}
	return widths ? atoi(widths) : 0;
}

static const Piece *parent_find(const Check *check, const char *code) {
	for (int low = 0, high = check->parent_count; low < high;) {
		int middle = (low + high) / 2, order = strcmp(check->parents[middle].code, code);
		if (order == 0) return &check->parents[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void codes_check(Check *check) {
	Piece **sorted = ARENA_ARRAY(check->rq->arena, Piece *, check->count + 1);
	int width = code_width(check->rq, check->draft.level);
	for (int i = 0; i < check->count; i++) {
		Piece *piece = sorted[i] = &check->pieces[i];
		if (!*piece->code) check_fault(check, (Fault){"no_code", piece->no, 0, 0, "", ""});
		if (!*piece->name) check_fault(check, (Fault){"no_name", piece->no, 0, 0, "", ""});
		if (*piece->code && width && strlen(piece->code) != (size_t)width)
			check_fault(check, (Fault){"code_width", piece->no, 0, 0, "", piece->code});
		if (check->draft.level > 1 && !parent_find(check, piece->parent))
			check_fault(check, (Fault){"no_parent", piece->no, 0, 0, "", piece->parent});
		else if (*piece->code && width && *piece->parent &&
		         strncmp(piece->code, piece->parent, strlen(piece->parent)) != 0)
			check_fault(check, (Fault){"code_parent", piece->no, 0, 0, "", piece->code});
	}
	qsort(sorted, (size_t)check->count, sizeof *sorted, by_code);
	for (int i = 1; i < check->count; i++)
		if (*sorted[i]->code && strcmp(sorted[i]->code, sorted[i - 1]->code) == 0)
			check_fault(check, (Fault){"duplicate_code", sorted[i - 1]->no, sorted[i]->no, 0, "", sorted[i]->code});
}

/* --- beside each other ------------------------------------------------------------------------------------------------ */
/* Thin: its mean width is below the setting. */
static bool thin(const Check *check, const GEOSGeometry *part, double m2) {
	double around = geos_length(check->geos, part);
	return around > 0 && 2 * m2 / around < check->sliver_metres;
}

void check_parts(Check *check, const GEOSGeometry *of, const char *kind, const char *kind_thin, Fault about) {
	int parts = of ? GEOSGetNumGeometries_r(check->geos->handle, of) : 0;
	for (int i = 0; i < parts; i++) {
		const GEOSGeometry *part = GEOSGetGeometryN_r(check->geos->handle, of, i);
		about.m2 = geos_area(check->geos, part);
		if (about.m2 < area_least) continue;
		char *geometry = check->fault_count < DRAFT_FAULTS_MAX ? geos_give(check->geos, part) : NULL;
		about.kind = thin(check, part, about.m2) ? kind_thin : kind;
		about.geometry = geometry ? geometry : "";
		if (!about.words) about.words = "";
		check_fault(check, about);
	}
}

typedef struct Neighbours {
	Check *check;
	const Piece *piece;
} Neighbours;

static void overlap_look(void *item, void *arg) {
	const Neighbours *near = arg;
	const Piece *other = item;
	Geos *geos = near->check->geos;
	if (other <= near->piece || GEOSIntersects_r(geos->handle, near->piece->shape, other->shape) != 1 ||
	    GEOSTouches_r(geos->handle, near->piece->shape, other->shape) == 1)
		return;
	GEOSGeometry *both = GEOSIntersection_r(geos->handle, near->piece->shape, other->shape);
	check_parts(near->check, both, "overlap", "overlap_sliver", (Fault){.first = near->piece->no, .second = other->no});
	if (both) GEOSGeom_destroy_r(geos->handle, both);
}

static int overlaps_check(Check *check) {
	GEOSSTRtree *tree = GEOSSTRtree_create_r(check->geos->handle, 10);
	int code = 0;
	for (int i = 0; i < check->count; i++)
		if (check->pieces[i].shape && !GEOSisEmpty_r(check->geos->handle, check->pieces[i].shape))
			GEOSSTRtree_insert_r(check->geos->handle, tree, check->pieces[i].shape, &check->pieces[i]);
	for (int i = 0; i < check->count && code == 0; i++) {
		Neighbours near = {check, &check->pieces[i]};
		if (near.piece->shape) GEOSSTRtree_query_r(check->geos->handle, tree, near.piece->shape, overlap_look, &near);
		if (i % 64 == 0) code = check_progress(check, "overlaps", i, check->count);
	}
	GEOSSTRtree_destroy_r(check->geos->handle, tree);
	return code;
}

static void members_take(Check *check, const Piece *pieces, int count, const char *parent, GEOSGeometry **parts, int *members) {
	for (int i = 0; i < count; i++)
		if (pieces[i].shape && (!parent || strcmp(parent, pieces[i].parent) == 0))
			parts[(*members)++] = GEOSGeom_clone_r(check->geos->handle, pieces[i].shape);
}

/* All shapes that name this parent as one, with those that stay in force beside them; NULL parent: all shapes. In the geos's
 * arena; NULL: the draft has none there. */
static GEOSGeometry *together(Check *check, const char *parent) {
	Geos *geos = check->geos;
	GEOSGeometry **parts = calloc((size_t)check->count + (size_t)check->stay_count + 1, sizeof *parts), *all = NULL;
	int members = 0;
	if (!parts) abort();
	members_take(check, check->pieces, check->count, parent, parts, &members);
	if (members) members_take(check, check->stay, check->stay_count, parent, parts, &members);
	GEOSGeometry *collection =
	    members ? GEOSGeom_createCollection_r(geos->handle, GEOS_GEOMETRYCOLLECTION, parts, (unsigned)members) : NULL;
	if (collection) {
		all = geos_keep(geos, GEOSUnaryUnion_r(geos->handle, collection));
		GEOSGeom_destroy_r(geos->handle, collection);
	}
	free(parts);
	return all;
}

/* Without a level above: what the union of all encloses. */
static void holes_check(Check *check) {
	GEOSContextHandle_t handle = check->geos->handle;
	GEOSGeometry *all = together(check, NULL);
	for (int i = 0; all && i < GEOSGetNumGeometries_r(handle, all); i++) {
		const GEOSGeometry *part = GEOSGetGeometryN_r(handle, all, i);
		for (int hole = 0;
		     GEOSGeomTypeId_r(handle, part) == GEOS_POLYGON && hole < GEOSGetNumInteriorRings_r(handle, part); hole++) {
			GEOSGeometry *ring = GEOSGeom_clone_r(handle, GEOSGetInteriorRingN_r(handle, part, hole)),
			             *polygon = geos_keep(check->geos, GEOSGeom_createPolygon_r(handle, ring, NULL, 0));
			check_parts(check, polygon, "gap", "gap_sliver", (Fault){0});
		}
	}
}

static int nesting_check(Check *check) {
	Geos *geos = check->geos;
	int code = 0;
	if (check->parent_count == 0) holes_check(check);
	for (int i = 0; i < check->parent_count && code == 0; i++) {
		const Piece *parent = &check->parents[i];
		GEOSGeometry *all = together(check, parent->code);
		if (!all || !parent->shape) continue;
		check_parts(check, geos_keep(geos, GEOSDifference_r(geos->handle, parent->shape, all)), "gap", "gap_sliver",
		            (Fault){.words = arena_printf(check->rq->arena, "%s %s", parent->code, parent->name)});
		code = check_progress(check, "gaps", i, check->parent_count);
	}
	for (int i = 0; i < check->count && code == 0 && check->parent_count; i++) {
		const Piece *piece = &check->pieces[i], *parent = parent_find(check, piece->parent);
		if (piece->shape && parent && parent->shape) {
			GEOSGeometry *out = GEOSDifference_r(geos->handle, piece->shape, parent->shape);
			check_parts(check, out, "outside_parent", "outside_sliver",
			            (Fault){.first = piece->no,
			                    .words = arena_printf(check->rq->arena, "%s %s", parent->code, parent->name)});
			if (out) GEOSGeom_destroy_r(geos->handle, out);
		}
		if (i % 64 == 0) code = check_progress(check, "nesting", i, check->count);
	}
	return code;
}

/* --- datum ------------------------------------------------------------------------------------------------------------ */
typedef struct Shift {
	double east, north;
} Shift;

static int shift_move(double *x, double *y, void *arg) {
	*x += ((Shift *)arg)->east;
	*y += ((Shift *)arg)->north;
	return 1;
}

/* How much of the first shapes lies outside their parents when they are taken to be in that system. */
static double outside_as(Check *check, int crs) {
	double all = 0;
	for (int i = 0, looked = 0; i < check->count && looked < 20; i++) {
		const Piece *piece = &check->pieces[i], *parent = parent_find(check, piece->parent);
		double x = 0, y = 0, to_x, to_y;
		if (!piece->shape || !parent || !parent->shape) continue;
		GEOSGeometry *middle = geos_keep(check->geos, GEOSGetCentroid_r(check->geos->handle, piece->shape));
		if (!middle || GEOSGeomGetX_r(check->geos->handle, middle, &x) != 1 ||
		    GEOSGeomGetY_r(check->geos->handle, middle, &y) != 1)
			continue;
		to_x = x, to_y = y;
		if (place_convert(crs, &to_x, &to_y) < 0) continue;
		Shift shift = {to_x - x, to_y - y};
		GEOSGeometry *moved = geos_keep(check->geos,
		                                GEOSGeom_transformXY_r(check->geos->handle, piece->shape, shift_move, &shift)),
		             *out = moved ? geos_keep(check->geos, GEOSDifference_r(check->geos->handle, moved, parent->shape))
		                          : NULL;
		all += geos_area(check->geos, out);
		looked++;
	}
	return all;
}

static void datum_check(Check *check) {
	static const struct {
		int crs;
		const char *name;
	} tried[] = {{PLACE_GCJ02, "GCJ02"}, {PLACE_BD09, "BD09"}};
	double now = outside_as(check, PLACE_CGCS2000);
	for (size_t i = 0; i < sizeof tried / sizeof *tried && now > 10000; i++)
		if (outside_as(check, tried[i].crs) < now / 5) {
			check_fault(check, (Fault){"datum", 0, 0, 0, "", tried[i].name});
			return;
		}
}

/* --- the job ---------------------------------------------------------------------------------------------------------- */
static int parents_load(Check *check) {
	Rows *rows;
	Request *rq = check->rq;
	int64_t most = 0;
	if (check->draft.level == 1) return 0;
	int code = db_int(rq->db, &most, "SELECT count(*) FROM area WHERE level = $1", BIND(val_int(check->draft.level - 1)));
	if (code < 0) return code;
	check->parents = ARENA_ARRAY(rq->arena, Piece, most + 1);
	code = db_query(
	    rq->db, &rows,
	    "SELECT code, geometry, name FROM area WHERE level = $1 AND valid_from <= $2 AND (valid_until = 0 OR valid_until >"
	    " $2)",
	    BIND(val_int(check->draft.level - 1), val_int(check->at)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && check->parent_count < most) {
		Piece *parent = &check->parents[check->parent_count++];
		Text text = rows_text(rows, 1);
		json_t *geometry = json_loadb(text.at, text.len, 0, NULL);
		parent->code = rows_str(rows, 0, rq->arena);
		parent->name = rows_str(rows, 2, rq->arena);
		parent->shape = geos_valid(check->geos, geos_take(check->geos, geometry, &parent->unclosed, &parent->why));
		json_decref(geometry);
	}
	rows_close(rows);
	return code;
}

static int parent_order(const void *a, const void *b) {
	return strcmp(((const Piece *)a)->code, ((const Piece *)b)->code);
}

static json_t *counts_of(const Check *check) {
	json_t *counts = json_object();
	for (int i = 0; i < check->fault_count; i++) {
		const char *kind = check->faults[i].kind;
		json_object_set_new(counts, kind, json_integer(json_integer_value(json_object_get(counts, kind)) + 1));
	}
	return counts;
}

int draft_check_keep(Request *rq, void *arg) {
	const Check *check = arg;
	int64_t draft_id = check->draft.draft_id;
	int code = (int)db_run(rq->db, "DELETE FROM area_draft_fault WHERE draft_id = $1", BIND(val_int(draft_id)));
	for (int i = 0; i < check->fault_count && code >= 0; i++) {
		const Fault *one = &check->faults[i];
		code = (int)db_run(
		    rq->db,
		    "INSERT INTO area_draft_fault (draft_id, fault_no, kind, first_no, second_no, m2, geometry, words) VALUES"
		    " ($1, $2, $3, $4, $5, $6, $7, $8)",
		    BIND(val_int(draft_id), val_int(i + 1), val_str(one->kind), val_int(one->first), val_int(one->second),
		         val_double(one->m2), val_str(one->geometry), val_str(one->words)));
	}
	if (code < 0) return code;
	json_t *counts = counts_of(check);
	char *text = json_dumps(counts, JSON_COMPACT);
	json_decref(counts);
	code = (int)db_run(
	    rq->db, "UPDATE area_draft SET counts = $2, faults = $3, checked_version = $4, checked_at = $5 WHERE draft_id = $1",
	    BIND(val_int(draft_id), val_str(text), val_int(check->fault_all), val_int(check->draft.version),
	         val_int(rq->now_us)));
	free(text);
	return code < 0 ? code : 0;
}

/* Of a draft, or of pieces that are there already. */
static int checked(Check *check) {
	Request *rq = check->rq;
	int code = check->pieces ? 0 : pieces_load(rq, check->geos, check->draft.draft_id, NULL, &check->pieces, &check->count);
	if (code == 0) code = parents_load(check);
	if (code >= 0) code = force_load(check);
	if (code < 0) return code;
	if (check->parent_count) qsort(check->parents, (size_t)check->parent_count, sizeof *check->parents, parent_order);
	shapes_check(check);
	codes_check(check);
	code = overlaps_check(check);
	if (code == 0) code = nesting_check(check);
	if (code == 0) datum_check(check);
	if (code == 0) force_check(check);
	return code;
}

static Check *check_new(Request *rq, Job *job, int64_t at) {
	Check *check = ARENA_NEW(rq->arena, Check);
	*check = (Check){.rq = rq,
	                 .job = job,
	                 .geos = geos_open(rq->arena),
	                 .at = at,
	                 .faults = ARENA_ARRAY(rq->arena, Fault, DRAFT_FAULTS_MAX),
	                 .sliver_metres = (double)setting_int(rq, "place.sliver_metres")};
	return check;
}

int draft_check(Request *rq, const Draft *draft, int64_t at, bool end_others, Check **out) {
	*out = check_new(rq, NULL, at);
	(*out)->draft = *draft;
	(*out)->end_others = end_others;
	return checked(*out);
}

/* What may not be in force however one insists: a point in it would have no answer, or two. */
const char *draft_check_grave(const Check *check) {
	static const char *const grave[] = {"unreadable", "unclosed",       "invalid",   "no_code",
	                                    "no_name",    "duplicate_code", "no_parent", NULL};
	for (int i = 0; i < check->fault_count; i++)
		for (int kind = 0; grave[kind]; kind++)
			if (strcmp(grave[kind], check->faults[i].kind) == 0) return grave[kind];
	return NULL;
}

/* --- areas that come in without a draft ------------------------------------------------------------------------------- */
static const char *piece_label(Check *check, int64_t no) {
	const Piece *piece = no ? &check->pieces[no - 1] : NULL;
	return !piece ? "" : arena_printf(check->rq->arena, "%s %s", piece->code, piece->name);
}

/* What is said of a fault, in the words of the page of drafts. */
static const char *fault_words(Check *check, const Fault *fault) {
	Arena *arena = check->rq->arena;
	const char *kind = fault->kind, *first = piece_label(check, fault->first), *words = fault->words;
	long long m2 = (long long)(fault->m2 + 0.5);
	if (strncmp(kind, "overlap", 7) == 0)
		return arena_printf(arena, "%s and %s overlap by %lld m²", first, piece_label(check, fault->second), m2);
	if (strncmp(kind, "force_", 6) == 0)
		return arena_printf(arena, "%s overlaps %s, which is in force, by %lld m²", first, words, m2);
	if (strncmp(kind, "gap", 3) == 0)
		return *words ? arena_printf(arena, "A gap of %lld m² is left in %s", m2, words)
		              : arena_printf(arena, "A gap of %lld m² is left between the areas", m2);
	if (strncmp(kind, "outside_", 8) == 0)
		return arena_printf(arena, "%s lies outside its parent %s by %lld m²", first, words, m2);
	if (strncmp(kind, "below_", 6) == 0)
		return arena_printf(arena, "%s, in force below %s, lies outside it by %lld m²", words, first, m2);
	if (strcmp(kind, "datum") == 0)
		return arena_printf(arena, "The areas seem to be in %s, not in the coordinate system they were brought in as",
		                    words);
	if (strcmp(kind, "code_width") == 0)
		return arena_printf(arena, "The code %s has another width than codes of this level", words);
	if (strcmp(kind, "code_parent") == 0) return arena_printf(arena, "The code %s does not begin with its parent's", words);
	if (strcmp(kind, "duplicate_code") == 0) return arena_printf(arena, "The code %s comes twice", words);
	if (strcmp(kind, "no_parent") == 0) return arena_printf(arena, "The area above %s is not in force then", first);
	return arena_printf(arena, "The shape of %s crosses itself, or cannot be read", first);
}

static bool is_gap(const Fault *fault) {
	return strncmp(fault->kind, "gap", 3) == 0;
}

/* What keeps areas out of force however one insists, else the largest; a gap, which mostly comes of another fault, last. */
static const Fault *fault_worst(const Check *check) {
	const char *grave = draft_check_grave(check);
	const Fault *worst = NULL;
	for (int i = 0; i < check->fault_count; i++) {
		const Fault *one = &check->faults[i];
		if (grave && strcmp(one->kind, grave) == 0) return one;
		if (!worst || (is_gap(worst) != is_gap(one) ? is_gap(worst) : one->m2 > worst->m2)) worst = one;
	}
	return worst;
}

static int puts_refuse(Check *check, bool with_faults) {
	Request *rq = check->rq;
	bool grave = draft_check_grave(check) != NULL;
	const Fault *worst = grave || !with_faults ? fault_worst(check) : NULL;
	if (!worst) return 0;
	const Piece *piece = worst->first ? &check->pieces[worst->first - 1] : NULL;
	const char *field = check->count > 1 && piece
	                        ? arena_printf(rq->arena, "features[%lld].geometry", (long long)worst->first - 1)
	                        : "geometry";
	return error_field(rq->error, ERR_CONFLICT, field, text_of(piece ? piece->code : ""), worst->kind,
	                   grave ? "Mend it and send it again."
	                         : "Mend it, or send with_faults: true where it is meant so; a draft shows it on the map.",
	                   "%s", fault_words(check, worst));
}

int areas_check(Request *rq, const PlaceAreaPut *puts, int count, bool with_faults) {
	Check *check = check_new(rq, NULL, puts[0].valid_from);
	check->draft = (Draft){.level = puts[0].level};
	check->pieces = ARENA_ARRAY(rq->arena, Piece, count + 1);
	for (int i = 0; i < count; i++) {
		Piece *piece = &check->pieces[check->count++];
		*piece = (Piece){.no = i + 1, .code = puts[i].code, .name = puts[i].name, .parent = puts[i].parent_code};
		piece->raw = geos_take(check->geos, puts[i].geometry, &piece->unclosed, &piece->why);
		piece->shape = geos_valid(check->geos, piece->raw);
	}
	int code = checked(check);
	return code < 0 ? code : puts_refuse(check, with_faults);
}

int draft_check_count(const Check *check, bool gaps) {
	int count = check->fault_all;
	for (int i = 0; i < check->fault_count && !gaps; i++)
		count -= strncmp(check->faults[i].kind, "gap", 3) == 0;
	return count;
}

typedef struct Ending {
	Job *job;
	int faults;
} Ending;

static int ending_write(Request *rq, void *arg) {
	const Ending *ending = arg;
	json_t *result = json_pack("{s:i}", "faults", ending->faults);
	int code = job_finish(rq, ending->job, JOB_RECONCILED, result);
	json_decref(result);
	return code;
}

int draft_check_run(Request *rq, Job *job) {
	Check *check = check_new(rq, job, rq->now_us);
	int64_t draft_id = json_integer_value(json_object_get(job->args, "draft_id"));
	int code = draft_find(rq, draft_id, &check->draft);
	if (code == 0 && strcmp(check->draft.state, "open") == 0 && check->draft.checked_version < check->draft.version)
		if ((code = checked(check)) == 0) code = request_write(rq, draft_check_keep, check);
	Ending ending = {job, check->fault_all};
	return code < 0 ? code : request_write(rq, ending_write, &ending);
}
