/* area: the areas of the city as they are in force at a time, in memory with a raster a level; putting new versions. Read on any
 * thread that has a Request. The times at which anything changes are cached for a generation; what is in force at one of them is
 * kept on a shelf of the App for as long as the areas stay as they are, since generations also move with people, grants and
 * settings. */
#include "place/internal.h"
#include <stdlib.h>

/* --- what is in force ------------------------------------------------------------------------------------------------ */
/* The times at which anything changes: between two of them the areas stay the same. */
typedef struct Turns {
	int64_t *at;
	int count;
	PlaceStamp stamp; /* of the table */
} Turns;

/* One that was withdrawn before its time ends when it begins. */
int place_stamp(Db *db, PlaceStamp *out) {
	Rows *rows;
	int code = db_one(db, &rows,
	                  "SELECT count(*), COALESCE(max(area_id), 0), count(CASE WHEN valid_until > 0 THEN 1 END),"
	                  " count(CASE WHEN valid_until = valid_from THEN 1 END) FROM area",
	                  NO_BIND);
	if (code > 0) *out = (PlaceStamp){rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3)};
	return code < 0 ? code : 0;
}

static bool stamp_same(const PlaceStamp *a, const PlaceStamp *b) {
	return a->rows == b->rows && a->newest == b->newest && a->ended == b->ended && a->withdrawn == b->withdrawn;
}

static int turns_load(Request *rq, Text key, Arena *arena, void **object) {
	Rows *rows;
	int64_t count = 0;
	Turns *turns = ARENA_NEW(arena, Turns);
	int code = place_stamp(rq->db, &turns->stamp);
	if (code >= 0)
		code =
		    db_int(rq->db, &count, "SELECT count(DISTINCT valid_from) + count(DISTINCT valid_until) FROM area", NO_BIND);
	if (code >= 0)
		code = db_query(rq->db, &rows,
		                "SELECT valid_from AS at_us FROM area UNION SELECT valid_until FROM area WHERE valid_until > 0 "
		                "ORDER BY at_us",
		                NO_BIND);
	if (code < 0) return code;
	turns->at = ARENA_ARRAY(arena, int64_t, count + 1);
	while ((code = rows_next(rows)) > 0 && turns->count <= count)
		turns->at[turns->count++] = rows_int(rows, 0);
	rows_close(rows);
	*object = turns;
	return code;
}

static int by_key(const void *a, const void *b, void *all) {
	int64_t left = ((const PlaceArea *)all)[*(const int *)a].area_key,
	        right = ((const PlaceArea *)all)[*(const int *)b].area_key;
	return (left > right) - (left < right);
}

/* Rows are in order of level and code, so that a point on a border belongs to the area of the lowest code. */
static int areas_fill(Request *rq, Rows *rows, Arena *arena, PlaceAreas *areas, PlaceShape *shapes, int64_t max) {
	int code;
	while ((code = rows_next(rows)) > 0 && areas->count < max) {
		const char *why;
		PlaceArea *area = &areas->all[areas->count];
		*area = (PlaceArea){.area_id = rows_int(rows, 0),
		                    .area_key = rows_int(rows, 1),
		                    .level = (int)rows_int(rows, 2),
		                    .code = rows_str(rows, 3, arena),
		                    .name = rows_str(rows, 4, arena),
		                    .parent_key = rows_int(rows, 5),
		                    .org_id = rows_int(rows, 6),
		                    .valid_from = rows_int(rows, 7),
		                    .valid_until = rows_int(rows, 8)};
		Text text = rows_text(rows, 9);
		json_t *geometry = json_loadb(text.at, text.len, 0, NULL);
		int parsed = place_shape_parse(rq->arena, geometry, &shapes[areas->count], &why);
		json_decref(geometry);
		if (parsed < 0) return fail(rq, ERR_INTERNAL, "area %lld is damaged: %s", (long long)area->area_id, why);
		areas->count++;
	}
	return code;
}

static int areas_load(Request *rq, int64_t at_us, Arena *arena, const PlaceAreas **out) {
	Rows *rows;
	int64_t max = 0;
	PlaceAreas *areas = ARENA_NEW(arena, PlaceAreas);
	int code =
	    db_int(rq->db, &max, "SELECT count(*) FROM area WHERE valid_from <= $1 AND (valid_until = 0 OR valid_until > $1)",
	           BIND(val_int(at_us)));
	if (code >= 0)
		code = db_query(
		    rq->db, &rows,
		    "SELECT area_id, area_key, level, code, name, parent_key, org_id, valid_from, valid_until, geometry FROM"
		    " area WHERE valid_from <= $1 AND (valid_until = 0 OR valid_until > $1) ORDER BY level, code, area_id",
		    BIND(val_int(at_us)));
	if (code < 0) return code;
	PlaceShape *shapes = ARENA_ARRAY(rq->arena, PlaceShape, max + 1);
	areas->all = ARENA_ARRAY(arena, PlaceArea, max + 1);
	areas->by_key = ARENA_ARRAY(arena, int, max + 1);
	code = areas_fill(rq, rows, arena, areas, shapes, max);
	rows_close(rows);
	if (code < 0) return code;
	for (int level = 1, at = 0; level <= PLACE_LEVELS_MAX; level++) {
		int first = areas->first[level] = at;
		while (at < areas->count && areas->all[at].level == level)
			at++;
		areas->first[level + 1] = at;
		areas->rasters[level] = place_raster_build(arena, shapes + first, at - first);
	}
	for (int i = 0; i < areas->count; i++)
		areas->by_key[i] = i;
	qsort_r(areas->by_key, (size_t)areas->count, sizeof *areas->by_key, by_key, areas->all);
	*out = areas;
	return 0;
}

static const CacheKind turns_cache = {"place.turns", turns_load, 1};

/* --- the shelf -------------------------------------------------------------------------------------------------------- */
enum { SHELF_MAX = 8 };
typedef struct Shelf Shelf;
typedef struct Held {
	Shelf *shelf;
	Arena *arena; /* areas are in it */
	const PlaceAreas *areas;
	int64_t at_us;
	PlaceStamp stamp;
	int refs; /* requests, and the shelf's own */
} Held;
struct Shelf {
	pthread_mutex_t lock;
	Held *at[SHELF_MAX]; /* last used first */
	int count;
};

int place_shelf_start(App *app, Error *error) {
	Shelf *shelf = calloc(1, sizeof *shelf);
	if (!shelf) abort();
	pthread_mutex_init(&shelf->lock, NULL);
	app_part_set(app, "place.shelf", shelf);
	return 0;
}

/* With the lock. */
static void held_drop(Held *held) {
	if (--held->refs) return;
	arena_free(held->arena);
	free(held);
}

void place_shelf_stop(App *app) {
	Shelf *shelf = app_part(app, "place.shelf");
	for (int i = 0; shelf && i < shelf->count; i++)
		held_drop(shelf->at[i]);
	if (shelf) pthread_mutex_destroy(&shelf->lock);
	free(shelf);
	app_part_set(app, "place.shelf", NULL);
}

static void held_release(void *object) {
	Held *held = object;
	Shelf *shelf = held->shelf;
	pthread_mutex_lock(&shelf->lock);
	held_drop(held);
	pthread_mutex_unlock(&shelf->lock);
}

/* Puts one in front, with the lock; the last makes room. */
static void shelf_front(Shelf *shelf, int from, Held *held) {
	memmove(&shelf->at[1], &shelf->at[0], (size_t)from * sizeof *shelf->at);
	shelf->at[0] = held;
}

static Held *shelf_find(Shelf *shelf, const Turns *turns, int64_t at_us) {
	Held *found = NULL;
	pthread_mutex_lock(&shelf->lock);
	for (int i = 0; i < shelf->count && !found; i++) {
		Held *held = shelf->at[i];
		if (held->at_us != at_us || !stamp_same(&held->stamp, &turns->stamp)) continue;
		shelf_front(shelf, i, held);
		held->refs++;
		found = held;
	}
	pthread_mutex_unlock(&shelf->lock);
	return found;
}

static void shelf_add(Shelf *shelf, Held *held) {
	pthread_mutex_lock(&shelf->lock);
	if (shelf->count == SHELF_MAX) held_drop(shelf->at[--shelf->count]);
	shelf_front(shelf, shelf->count++, held);
	pthread_mutex_unlock(&shelf->lock);
}

static int held_make(Request *rq, const Turns *turns, int64_t at_us, Held **out) {
	Arena *arena = arena_new();
	const PlaceAreas *areas = NULL;
	int code = areas_load(rq, at_us, arena, &areas);
	if (code < 0) {
		arena_free(arena);
		return code;
	}
	Held *held = calloc(1, sizeof *held);
	if (!held) abort();
	*held = (Held){app_part(rq->app, "place.shelf"), arena, areas, at_us, turns->stamp, 2};
	shelf_add(held->shelf, held);
	*out = held;
	return 0;
}

int place_areas(Request *rq, int64_t when_us, const PlaceAreas **out) {
	const void *object;
	int64_t at_us = 0;
	int code = cache_get(rq, &turns_cache, TEXT("all"), &object);
	if (code < 0) return code;
	const Turns *turns = object;
	for (int i = 0; i < turns->count && turns->at[i] <= when_us; i++)
		at_us = turns->at[i];
	Held *held = shelf_find(app_part(rq->app, "place.shelf"), turns, at_us);
	if (!held && !rq->db) return ERR_LEASE;
	if (!held && rq->in_write) return areas_load(rq, at_us, rq->arena, out); /* what is seen may yet be rolled back */
	if (!held && (code = held_make(rq, turns, at_us, &held)) < 0) return code;
	arena_on_free(rq->arena, held_release, held);
	*out = held->areas;
	return 0;
}

const PlaceArea *place_areas_find(const PlaceAreas *areas, int64_t area_key) {
	for (int low = 0, high = areas->count; low < high;) {
		int middle = (low + high) / 2;
		const PlaceArea *area = &areas->all[areas->by_key[middle]];
		if (area->area_key == area_key) return area;
		if (area->area_key < area_key)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* --- asking ---------------------------------------------------------------------------------------------------------- */
int place_locate(Request *rq, double lon, double lat, int64_t when_us, PlaceHit *out) {
	const PlaceAreas *areas;
	*out = (PlaceHit){0};
	if (!(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90)) return ERR_NOT_FOUND;
	int code = place_areas(rq, when_us, &areas);
	if (code < 0) return code;
	for (int level = 1; level <= PLACE_LEVELS_MAX; level++) {
		int found = place_raster_find(areas->rasters[level], place_units(lon), place_units(lat));
		if (found < 0) continue;
		out->at[level] = out->lowest = &areas->all[areas->first[level] + found];
		if (out->lowest->org_id) out->org_id = out->lowest->org_id;
	}
	return out->lowest ? 0 : ERR_NOT_FOUND;
}

int place_area_level(Request *rq, int64_t area_key) {
	int64_t level = 0;
	int code =
	    db_int(rq->db, &level, "SELECT COALESCE(MAX(level), 0) FROM area WHERE area_key = $1", BIND(val_int(area_key)));
	return code < 0 ? code : (int)level;
}

int place_area_coded(Request *rq, Text code) {
	int64_t key = 0;
	return db_int(rq->db, &key, "SELECT area_key FROM area WHERE code = $1 AND (valid_until = 0 OR valid_until > $2) LIMIT 1",
	              BIND(val_text(code), val_int(rq->now_us)));
}

int place_area(Request *rq, int64_t area_key, int64_t when_us, const PlaceArea **out) {
	const PlaceAreas *areas;
	int code = place_areas(rq, when_us, &areas);
	if (code < 0) return code;
	*out = place_areas_find(areas, area_key);
	return *out ? 0 : ERR_NOT_FOUND;
}

/* --- putting --------------------------------------------------------------------------------------------------------- */
static int unsuited(Request *rq, const char *field, const char *value, const char *rule, const char *advice,
                    const char *message) {
	return error_field(rq->error, ERR_INVALID, field, text_of(value), rule, advice, "%s", message);
}

/* The parent in force when the version begins. */
static int parent_find(Request *rq, const PlaceAreaPut *put, int64_t *out) {
	*out = 0;
	if (!*put->parent_code) return 0;
	int found = db_int(rq->db, out,
	                   "SELECT area_key FROM area WHERE level = $1 AND code = $2 AND valid_from <= $3 AND (valid_until = 0 OR"
	                   " valid_until > $3)",
	                   BIND(val_int(put->level - 1), val_str(put->parent_code), val_int(put->valid_from)));
	if (found < 0 || *out) return found < 0 ? found : 0;
	return unsuited(rq, "parent_code", put->parent_code, "unknown_area",
	                "Bring in the level above first, from that time or earlier.",
	                "There is no such area one level above at that time");
}

int64_t place_from(const Request *rq, int64_t from) {
	return from < rq->now_us && from > rq->now_us - INT64_C(600000000) ? rq->now_us : from;
}

int place_past(Request *rq, const char *area) {
	return error_field(rq->error, ERR_CONFLICT, "valid_from", text_of(area), "past",
	                   "Choose now or a later time; only an area whose code was not in force since may begin in the past.",
	                   "An area in force changes or ends from now on, not in the past");
}

static int begins_later(Request *rq, const PlaceAreaPut *put) {
	return error_field(
	    rq->error, ERR_CONFLICT, "valid_from", text_of(put->code), "later_version",
	    "Choose a time after the newest version begins or ends, or withdraw that one while its time has not come.",
	    "A version of this area begins or ends later than that");
}

/* Ends the version before; its key goes on. One in force is changed from now on only: events of before keep the area they had. */
static int before_end(Request *rq, const PlaceAreaPut *put, int64_t change_id, int64_t *area_key) {
	Rows *rows;
	int64_t over = 0;
	int found = db_int(rq->db, &over,
	                   "SELECT area_id FROM area WHERE level = $1 AND code = $2 AND valid_until > $3 AND valid_until <>"
	                   " valid_from LIMIT 1",
	                   BIND(val_int(put->level), val_str(put->code), val_int(put->valid_from)));
	if (found < 0) return found;
	if (over) return begins_later(rq, put);
	found = db_one(rq->db, &rows,
	               "SELECT area_id, area_key, valid_from FROM area WHERE level = $1 AND code = $2 AND valid_until = 0",
	               BIND(val_int(put->level), val_str(put->code)));
	if (found <= 0) return found;
	int64_t area_id = rows_int(rows, 0), from = rows_int(rows, 2);
	*area_key = rows_int(rows, 1);
	if (from >= put->valid_from) return begins_later(rq, put);
	if (put->valid_from < rq->now_us) return place_past(rq, put->code);
	int code = (int)db_run(rq->db, "UPDATE area SET valid_until = $2 WHERE area_id = $1",
	                       BIND(val_int(area_id), val_int(put->valid_from)));
	return code < 0 ? code : place_change_note(rq, change_id, area_id, "before", put->valid_from);
}

static int put_check(Request *rq, const PlaceAreaPut *put) {
	PlaceShape shape;
	const char *why = NULL;
	int64_t org = put->org_id;
	if (put->level < 1 || put->level > PLACE_LEVELS_MAX)
		return unsuited(rq, "level", "", "range", "Levels count from 1, the city.", "There is no such level");
	if (!*put->code || utf8_count(text_of(put->code)) > 40)
		return unsuited(rq, "code", put->code, "length", "Give 1 to 40 characters.",
		                *put->code ? "The code has more than 40 characters" : "An area needs its code");
	if (!*put->name || utf8_count(text_of(put->name)) > 100)
		return unsuited(rq, "name", put->name, "length", "Give 1 to 100 characters.",
		                *put->name ? "The name has more than 100 characters" : "An area needs its name");
	if (place_shape_parse(rq->arena, put->geometry, &shape, &why) < 0)
		return unsuited(rq, "geometry", put->code, "shape", "Mend the shape where it was drawn and bring it in again.",
		                why);
	int code = org ? db_int(rq->db, &org, "SELECT CASE WHEN EXISTS (SELECT 1 FROM org WHERE org_id = $1) THEN 1 ELSE 0 END",
	                        BIND(val_int(org)))
	               : 0;
	if (code < 0) return code;
	return put->org_id && !org
	           ? unsuited(rq, "org_id", "", "unknown_org", "Choose an active organisation.", "There is no such organisation")
	           : 0;
}

int place_area_fits(Request *rq, const PlaceAreaPut *put, int64_t *parent_key) {
	int code = put_check(rq, put);
	return code < 0 ? code : parent_find(rq, put, parent_key);
}

int place_area_put(Request *rq, const PlaceAreaPut *put, int64_t *area_id) {
	int64_t parent_key = 0, area_key = 0;
	int code = place_area_fits(rq, put, &parent_key);
	*area_id = store_new_id(rq->store);
	int64_t change_id = put->change_id ? put->change_id : *area_id;
	if (code == 0) code = before_end(rq, put, change_id, &area_key);
	if (code < 0) return code;
	char *geometry = json_dumps(put->geometry, JSON_COMPACT | JSON_REAL_PRECISION(12));
	code = (int)db_run(
	    rq->db,
	    "INSERT INTO area (area_id, area_key, level, code, name, parent_key, org_id, valid_from, valid_until, geometry,"
	    " crs, stored_at, stored_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)",
	    BIND(val_int(*area_id), val_int(area_key ? area_key : *area_id), val_int(put->level), val_str(put->code),
	         val_str(put->name), val_int(parent_key), val_int(put->org_id), val_int(put->valid_from), val_str(geometry),
	         val_int(put->crs), val_int(rq->now_us), val_int(rq->party.account_id)));
	free(geometry);
	if (code >= 0) code = place_change_note(rq, change_id, *area_id, "begun", put->valid_from);
	return code < 0 ? code : generation_bump(rq->db);
}
