/* mend: tools on a draft's shapes: make valid, snap to neighbours, split by a line, merge, redraw, rename, number, set aside.
 * What they make is reckoned before the write; the draft is then checked anew. */
#include "place/draft.h"
#include <math.h>
#include <stdlib.h>

typedef struct Change { /* of a feature; no 0: a new one like `like` */
	int64_t no, like, org_id;
	const char *code, *name, *parent, *geometry; /* NULL: as it is */
	int aside;                                   /* -1: as it is */
	bool remove;
} Change;
typedef struct Mending {
	Request *rq;
	Geos *geos;
	Draft draft;
	Piece *chosen, *all; /* all: only for tools that look at neighbours */
	int chosen_count, all_count;
	Change *changes;
	int count;
} Mending;

static int unsuited(Request *rq, const char *field, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, rule, advice, "%s", message);
}

static Change *change(Mending *mending, int64_t no) {
	Change *one = &mending->changes[mending->count++];
	*one = (Change){.no = no, .org_id = -1, .aside = -1};
	return one;
}

static int shape_change(Mending *mending, int64_t no, const GEOSGeometry *shape) {
	const char *geometry = geos_give(mending->geos, shape);
	if (!geometry)
		return unsuited(mending->rq, "features", "nothing_left", "Set the area aside, or merge it into a neighbour.",
		                "Nothing of the area would be left");
	change(mending, no)->geometry = geometry;
	return 0;
}

static int tool_valid(Mending *mending) {
	int code = 0;
	for (int i = 0; i < mending->chosen_count && code == 0; i++)
		if (mending->chosen[i].shape) code = shape_change(mending, mending->chosen[i].no, mending->chosen[i].shape);
	return code;
}

/* Corners within the tolerance of a neighbour's move onto it, and what still lies in a neighbour is the neighbour's. */
static int tool_snap(Mending *mending) {
	Geos *geos = mending->geos;
	double tolerance = (in_has(mending->rq, "metres") ? in_double(mending->rq, "metres") : 1) / GEOS_METRES;
	int code = 0;
	for (int i = 0; i < mending->chosen_count && code == 0; i++) {
		const Piece *piece = &mending->chosen[i];
		GEOSGeometry *shape = piece->shape;
		for (int j = 0; j < mending->all_count && shape; j++) {
			const Piece *other = &mending->all[j];
			double apart = 0;
			if (other->no == piece->no || !other->shape ||
			    GEOSDistance_r(geos->handle, shape, other->shape, &apart) != 1 || apart > tolerance)
				continue;
			GEOSGeometry *snapped =
			    geos_valid(geos, geos_keep(geos, GEOSSnap_r(geos->handle, shape, other->shape, tolerance)));
			shape = snapped ? geos_keep(geos, GEOSDifference_r(geos->handle, snapped, other->shape)) : NULL;
		}
		code = shape_change(mending, piece->no, shape);
	}
	return code;
}

static int tool_split(Mending *mending) {
	Geos *geos = mending->geos;
	GEOSContextHandle_t handle = geos->handle;
	const Piece *piece = &mending->chosen[0];
	GEOSGeometry *line = geos_take_line(geos, in_json(mending->rq, "geometry"));
	if (mending->chosen_count != 1 || !piece->shape || !line)
		return unsuited(mending->rq, "geometry", "line", "Choose one area and draw a line across it.",
		                "A split needs one area and a line");
	GEOSGeometry *border = geos_keep(geos, GEOSBoundary_r(handle, piece->shape)),
	             *net = geos_keep(geos, GEOSUnion_r(handle, border, line));
	const GEOSGeometry *const lines[] = {net};
	GEOSGeometry *faces = geos_keep(geos, GEOSPolygonize_r(handle, lines, 1));
	int parts = 0, code = 0;
	for (int i = 0; faces && i < GEOSGetNumGeometries_r(handle, faces) && code == 0 && parts < 100; i++) {
		const GEOSGeometry *face = GEOSGetGeometryN_r(handle, faces, i);
		GEOSGeometry *within = geos_keep(geos, GEOSPointOnSurface_r(handle, face));
		if (!within || GEOSContains_r(handle, piece->shape, within) != 1) continue;
		code = shape_change(mending, parts++ ? 0 : piece->no, face);
		if (parts > 1 && code == 0) {
			Change *made = &mending->changes[mending->count - 1];
			made->like = piece->no;
			made->code = "";
			made->name = arena_printf(mending->rq->arena, "%s %d", piece->name, parts);
		}
	}
	if (code == 0 && parts < 2)
		return unsuited(mending->rq, "geometry", "line", "Begin and end the line outside the area.",
		                "The line does not divide the area");
	return code;
}

/* Into the first. */
static int tool_merge(Mending *mending) {
	Geos *geos = mending->geos;
	if (mending->chosen_count < 2)
		return unsuited(mending->rq, "features", "two", "Choose two or more areas.", "A merge needs at least two areas");
	GEOSGeometry *all = mending->chosen[0].shape;
	for (int i = 1; i < mending->chosen_count && all; i++)
		all = mending->chosen[i].shape ? geos_keep(geos, GEOSUnion_r(geos->handle, all, mending->chosen[i].shape)) : all;
	int code = shape_change(mending, mending->chosen[0].no, all);
	for (int i = 1; i < mending->chosen_count && code == 0; i++)
		change(mending, mending->chosen[i].no)->remove = true;
	return code;
}

/* A shape drawn, a code, a name, a parent, an organisation given by hand. */
static int tool_edit(Mending *mending) {
	Request *rq = mending->rq;
	if (mending->chosen_count != 1) return unsuited(rq, "features", "one", "Choose one area.", "An area is edited by itself");
	Change *one = change(mending, mending->chosen[0].no);
	if (in_has(rq, "code")) one->code = in_str(rq, "code");
	if (in_has(rq, "title")) one->name = in_str(rq, "title");
	if (in_has(rq, "parent")) one->parent = in_str(rq, "parent");
	if (in_has(rq, "org_id")) one->org_id = in_int(rq, "org_id");
	if (in_has(rq, "geometry")) {
		bool unclosed;
		const char *why;
		GEOSGeometry *drawn = geos_take(mending->geos, in_json(rq, "geometry"), &unclosed, &why);
		if (!drawn) return unsuited(rq, "geometry", "shape", "Draw it again.", why);
		one->geometry = geos_give(mending->geos, drawn);
		if (!one->geometry)
			return unsuited(rq, "geometry", "shape", "Draw it again.", "Nothing of the area would be left");
	}
	return 0;
}

static int tool_aside(Mending *mending) {
	for (int i = 0; i < mending->chosen_count; i++)
		change(mending, mending->chosen[i].no)->aside = 1;
	return 0;
}

/* --- numbering -------------------------------------------------------------------------------------------------------- */
typedef struct Numbered {
	const Piece *piece;
	double x, y;
} Numbered;

/* By parent; then from the north, in rows of about a thousandth of a degree, and in a row from the west (GB/T 30428.1: from west
 * to east, from north to south). */
static int numbered_order(const void *a, const void *b) {
	const Numbered *left = a, *right = b;
	int order = strcmp(left->piece->parent, right->piece->parent);
	double rows = floor(right->y * 200) - floor(left->y * 200);
	if (order) return order;
	if (rows != 0) return rows < 0 ? -1 : 1;
	return (left->x > right->x) - (left->x < right->x);
}

static bool code_taken(const Mending *mending, const char *code) {
	for (int i = 0; i < mending->all_count; i++)
		if (strcmp(mending->all[i].code, code) == 0) return true;
	for (int i = 0; i < mending->count; i++)
		if (mending->changes[i].code && strcmp(mending->changes[i].code, code) == 0) return true;
	return false;
}

/* The parent's code and the next free number, as wide as the setting says. */
static int tool_number(Mending *mending) {
	Request *rq = mending->rq;
	const char *widths = setting_text(rq, "place.code_widths");
	for (int i = 1; i < mending->draft.level && widths; i++)
		if ((widths = strchr(widths, ','))) widths++;
	int width = widths ? atoi(widths) : 0, count = 0;
	Numbered *order = ARENA_ARRAY(rq->arena, Numbered, mending->all_count + 1);
	for (int i = 0; i < mending->all_count; i++) {
		const Piece *piece = &mending->all[i];
		GEOSGeometry *middle =
		    piece->shape ? geos_keep(mending->geos, GEOSGetCentroid_r(mending->geos->handle, piece->shape)) : NULL;
		if (*piece->code || !middle) continue;
		order[count] = (Numbered){.piece = piece};
		GEOSGeomGetX_r(mending->geos->handle, middle, &order[count].x);
		GEOSGeomGetY_r(mending->geos->handle, middle, &order[count].y);
		count++;
	}
	qsort(order, (size_t)count, sizeof *order, numbered_order);
	for (int i = 0, serial = 0; i < count; i++) {
		const char *parent = order[i].piece->parent, *code;
		int digits = width - (int)strlen(parent);
		if (i == 0 || strcmp(parent, order[i - 1].piece->parent) != 0) serial = 0;
		if (digits < 1 || digits > 9 || !*parent)
			return unsuited(rq, "features", "parent",
			                "Give each area its parent, and the level its width in the settings.",
			                "A number needs the code of the area above and a width that leaves room for it");
		do {
			code = arena_printf(rq->arena, "%s%0*d", parent, digits, ++serial);
		} while (code_taken(mending, code));
		if (strlen(code) > (size_t)width)
			return unsuited(rq, "features", "full", "Widen the codes of this level in the settings.",
			                "All numbers below this parent are taken");
		change(mending, order[i].piece->no)->code = code;
	}
	return 0;
}

/* --- all of it -------------------------------------------------------------------------------------------------------- */
static const struct Tool {
	const char *name;
	int (*run)(Mending *mending);
	bool neighbours, chooses;
} tools[] = {{"valid", tool_valid, false, true},  {"snap", tool_snap, true, true},  {"split", tool_split, false, true},
             {"merge", tool_merge, false, true},  {"edit", tool_edit, false, true}, {"aside", tool_aside, false, true},
             {"number", tool_number, true, false}};

/* What was merged away ends when the draft is accepted, also where it came in by a file. */
static int removed_write(Request *rq, int64_t draft_id, int64_t no) {
	int code = (int)db_run(rq->db,
	                       "INSERT INTO area_draft_origin (draft_id, code, parent_code) SELECT draft_id, code, parent_code"
	                       " FROM area_draft_feature WHERE draft_id = $1 AND feature_no = $2 AND code <> '' ON CONFLICT"
	                       " (draft_id, code, parent_code) DO NOTHING",
	                       BIND(val_int(draft_id), val_int(no)));
	if (code < 0) return code;
	return (int)db_run(rq->db, "DELETE FROM area_draft_feature WHERE draft_id = $1 AND feature_no = $2",
	                   BIND(val_int(draft_id), val_int(no)));
}

static int change_write(Request *rq, int64_t draft_id, const Change *one) {
	if (one->remove) return removed_write(rq, draft_id, one->no);
	if (one->like)
		return (int)db_run(
		    rq->db,
		    "INSERT INTO area_draft_feature (draft_id, feature_no, code, name, parent_code, org_id, properties, geometry,"
		    " aside) SELECT draft_id, (SELECT max(m.feature_no) + 1 FROM area_draft_feature m WHERE m.draft_id = $1), "
		    "$3, $4,"
		    " parent_code, org_id, properties, $5, 0 FROM area_draft_feature WHERE draft_id = $1 AND feature_no = $2",
		    BIND(val_int(draft_id), val_int(one->like), val_str(one->code), val_str(one->name), val_str(one->geometry)));
	return (int)db_run(
	    rq->db,
	    "UPDATE area_draft_feature SET code = COALESCE(CAST($3 AS TEXT), code), name = COALESCE(CAST($4 AS TEXT), name),"
	    " parent_code = COALESCE(CAST($5 AS TEXT), parent_code), geometry = COALESCE(CAST($6 AS TEXT), geometry), aside ="
	    " CASE WHEN CAST($7 AS BIGINT) < 0 THEN aside ELSE $7 END, org_id = CASE WHEN CAST($8 AS BIGINT) < 0 THEN org_id"
	    " ELSE $8 END WHERE draft_id = $1 AND feature_no = $2",
	    BIND(val_int(draft_id), val_int(one->no), val_str(one->code), val_str(one->name), val_str(one->parent),
	         val_str(one->geometry), val_int(one->aside), val_int(one->org_id)));
}

static int mending_write(Request *rq, void *arg) {
	const Mending *mending = arg;
	int code = 0;
	for (int i = 0; i < mending->count && code >= 0; i++)
		code = change_write(rq, mending->draft.draft_id, &mending->changes[i]);
	rq->about = arena_printf(rq->arena, "{\"changes\":%d}", mending->count);
	return code < 0 ? code : draft_changed(rq, mending->draft.draft_id, in_int(rq, "version"));
}

/* Back among the areas: they are not among the pieces, which are those not set aside. */
static int back_write(Request *rq, void *arg) {
	const Mending *mending = arg;
	const json_t *features = in_json(rq, "features");
	int code = 0;
	for (size_t i = 0; i < json_array_size(features) && code >= 0; i++)
		code =
		    (int)db_run(rq->db, "UPDATE area_draft_feature SET aside = 0 WHERE draft_id = $1 AND feature_no = $2",
		                BIND(val_int(mending->draft.draft_id), val_int(json_integer_value(json_array_get(features, i)))));
	return code < 0 ? code : draft_changed(rq, mending->draft.draft_id, in_int(rq, "version"));
}

static int tool_run(Mending *mending, const struct Tool *tool) {
	Request *rq = mending->rq;
	const json_t *features = in_json(rq, "features");
	if (tool->chooses && (!json_is_array(features) || json_array_size(features) < 1 || json_array_size(features) > 500))
		return unsuited(rq, "features", "length", "Give 1 to 500 numbers of areas.", "Choose the areas to mend");
	int code = tool->chooses ? pieces_load(rq, mending->geos, mending->draft.draft_id, features, &mending->chosen,
	                                       &mending->chosen_count)
	                         : 0;
	if (code == 0 && tool->neighbours)
		code = pieces_load(rq, mending->geos, mending->draft.draft_id, NULL, &mending->all, &mending->all_count);
	if (code < 0) return code;
	if (tool->chooses && !mending->chosen_count)
		return unsuited(rq, "features", "unknown", "Read the draft again.", "None of these areas is in the draft");
	mending->changes = ARENA_ARRAY(rq->arena, Change, mending->chosen_count + mending->all_count + 101);
	code = tool->run(mending);
	return code < 0 ? code : request_write(rq, mending_write, mending);
}

int draft_mend_post(Request *rq) {
	Mending mending = {.rq = rq, .geos = geos_open(rq->arena)};
	int code = draft_find(rq, in_int(rq, "id"), &mending.draft);
	if (code < 0) return code;
	if (text_is(in_text(rq, "tool"), "back")) code = request_write(rq, back_write, &mending);
	for (size_t i = 0; i < sizeof tools / sizeof *tools && code == 0; i++)
		if (text_is(in_text(rq, "tool"), tools[i].name)) code = tool_run(&mending, &tools[i]);
	return code < 0 ? code : draft_get(rq);
}
