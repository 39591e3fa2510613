/* force: a draft against what is in force and stays so: an overlap with a neighbour it does not have, areas of the level below
 * that a new border leaves outside, or that are left without the area they lie in. What was so before the draft is not held
 * against it. */
#include "place/check.h"
#include <stdlib.h>

/* --- loading ---------------------------------------------------------------------------------------------------------- */
static int piece_order(const void *a, const void *b) {
	return strcmp((*(Piece *const *)a)->code, (*(Piece *const *)b)->code);
}

static Piece *piece_find(Piece **sorted, int count, const char *code) {
	const Piece wanted = {.code = code}, *key = &wanted;
	Piece **found = bsearch(&key, sorted, (size_t)count, sizeof *sorted, piece_order);
	return found ? *found : NULL;
}

static Piece row_piece(Check *check, Rows *rows) {
	Request *rq = check->rq;
	Text text = rows_text(rows, 3);
	json_t *geometry = json_loadb(text.at, text.len, 0, NULL);
	Piece piece = {
	    .code = rows_str(rows, 0, rq->arena), .name = rows_str(rows, 1, rq->arena), .parent = rows_str(rows, 2, rq->arena)};
	piece.shape = geos_valid(check->geos, geos_take(check->geos, geometry, &piece.unclosed, &piece.why));
	json_decref(geometry);
	return piece;
}

static int many(Check *check, int level, Piece **out, int64_t *most) {
	int code = db_int(check->rq->db, most, "SELECT count(*) FROM area WHERE level = $1", BIND(val_int(level)));
	if (code >= 0) *out = ARENA_ARRAY(check->rq->arena, Piece, *most + 1);
	return code;
}

/* Those that begin later count too: they will be in force beside it. */
static int stay_load(Check *check, Piece **sorted) {
	Rows *rows;
	int64_t most = 0, others = check->end_others;
	int code = many(check, check->draft.level, &check->stay, &most);
	if (code >= 0)
		code = db_query(
		    check->rq->db, &rows,
		    "SELECT r.code, r.name, COALESCE((SELECT p.code FROM area p WHERE p.area_key = r.parent_key ORDER BY"
		    " p.valid_from DESC LIMIT 1), ''), r.geometry FROM area r WHERE r.level = $2 AND r.valid_until <>"
		    " r.valid_from AND (r.valid_until = 0 OR r.valid_until > $3) AND NOT (" DRAFT_ENDS ") ORDER BY r.code",
		    BIND(val_int(check->draft.draft_id), val_int(check->draft.level), val_int(check->at), val_int(others)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && check->stay_count < most) {
		Piece one = row_piece(check, rows), *mine = piece_find(sorted, check->count, one.code);
		if (!mine) check->stay[check->stay_count++] = one;
		if (mine && mine->shape && one.shape)
			mine->same = GEOSEqualsExact_r(check->geos->handle, mine->shape, one.shape, 1e-9) == 1;
	}
	rows_close(rows);
	return code;
}

static int below_load(Check *check) {
	Rows *rows;
	int64_t most = 0, others = check->end_others;
	int code = many(check, check->draft.level + 1, &check->below, &most);
	if (code >= 0)
		code = db_query(
		    check->rq->db, &rows,
		    "SELECT c.code, c.name, r.code, c.geometry, CASE WHEN " DRAFT_ENDS
		    " THEN 1 ELSE 0 END FROM area c JOIN area r ON r.area_key = c.parent_key AND r.valid_from <= $3 AND"
		    " (r.valid_until = 0 OR r.valid_until > $3) WHERE c.level = $2 + 1 AND c.valid_until <> c.valid_from"
		    " AND (c.valid_until = 0 OR c.valid_until > $3) ORDER BY c.code",
		    BIND(val_int(check->draft.draft_id), val_int(check->draft.level), val_int(check->at), val_int(others)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && check->below_count < most) {
		Piece *one = &check->below[check->below_count++];
		*one = row_piece(check, rows);
		one->parent_ends = rows_int(rows, 4);
	}
	rows_close(rows);
	return code;
}

static Piece **pieces_sort(Check *check) {
	Piece **sorted = ARENA_ARRAY(check->rq->arena, Piece *, check->count + 1);
	for (int i = 0; i < check->count; i++)
		sorted[i] = &check->pieces[i];
	qsort(sorted, (size_t)check->count, sizeof *sorted, piece_order);
	return sorted;
}

int force_load(Check *check) {
	int code = stay_load(check, pieces_sort(check));
	if (code >= 0 && check->draft.level < PLACE_LEVELS_MAX) code = below_load(check);
	return code < 0 ? code : 0;
}

/* --- checking --------------------------------------------------------------------------------------------------------- */
static const char *words_of(Check *check, const Piece *one) {
	return arena_printf(check->rq->arena, "%s %s", one->code, one->name);
}

typedef struct Beside {
	Check *check;
	const Piece *piece;
} Beside;

static void beside_look(void *item, void *arg) {
	const Beside *beside = arg;
	const Piece *stays = item;
	Check *check = beside->check;
	GEOSContextHandle_t handle = check->geos->handle;
	if (GEOSIntersects_r(handle, beside->piece->shape, stays->shape) != 1 ||
	    GEOSTouches_r(handle, beside->piece->shape, stays->shape) == 1)
		return;
	GEOSGeometry *both = GEOSIntersection_r(handle, beside->piece->shape, stays->shape);
	check_parts(check, both, "force_overlap", "force_sliver",
	            (Fault){.first = beside->piece->no, .words = words_of(check, stays)});
	if (both) GEOSGeom_destroy_r(handle, both);
}

static void beside_check(Check *check) {
	GEOSContextHandle_t handle = check->geos->handle;
	GEOSSTRtree *tree = GEOSSTRtree_create_r(handle, 10);
	for (int i = 0; i < check->stay_count; i++)
		if (check->stay[i].shape && !GEOSisEmpty_r(handle, check->stay[i].shape))
			GEOSSTRtree_insert_r(handle, tree, check->stay[i].shape, &check->stay[i]);
	for (int i = 0; i < check->count; i++) {
		Beside beside = {check, &check->pieces[i]};
		if (beside.piece->shape && !beside.piece->same)
			GEOSSTRtree_query_r(handle, tree, beside.piece->shape, beside_look, &beside);
	}
	GEOSSTRtree_destroy_r(handle, tree);
}

static void below_check(Check *check) {
	GEOSContextHandle_t handle = check->geos->handle;
	Piece **sorted = pieces_sort(check);
	for (int i = 0; i < check->below_count; i++) {
		const Piece *one = &check->below[i], *above = piece_find(sorted, check->count, one->parent);
		if (one->parent_ends && one->shape) {
			GEOSGeometry *at = geos_keep(check->geos, GEOSPointOnSurface_r(handle, one->shape));
			check_fault(check, (Fault){"below_left", 0, 0, 0, at ? geos_give_point(check->geos, at) : "",
			                           words_of(check, one)});
			continue;
		}
		if (!one->shape || !above || !above->shape || above->same) continue;
		GEOSGeometry *out = GEOSDifference_r(handle, one->shape, above->shape);
		check_parts(check, out, "below_outside", "below_sliver",
		            (Fault){.first = above->no, .words = words_of(check, one)});
		if (out) GEOSGeom_destroy_r(handle, out);
	}
}

void force_check(Check *check) {
	beside_check(check);
	below_check(check);
}
