/* Drafts: areas of one level brought in or copied for editing, checked, mended, and put in force on a date, or set aside. */
#ifndef YIWANG_PLACE_DRAFT_H
#define YIWANG_PLACE_DRAFT_H
#include "place/geos.h"

enum {
	DRAFT_FEATURES_MAX = 20000,
	DRAFT_VERTICES_MAX = 5000000,
	DRAFT_FAULTS_MAX = 5000,     /* kept with their geometry; more are only counted */
	DRAFT_FILE_MAX = 256 << 20,  /* bytes */
	DRAFT_PROPERTIES_MAX = 8192, /* bytes of a feature's attributes; more are left out */
};
typedef struct Draft {
	int64_t draft_id, version, checked_version, valid_from;
	int level, features;
	const char *state, *mapping; /* "reading" "open" "accepted" "withdrawn" "discarded"; {"code":…,"name":…,"parent":…} */
} Draft;
/* 0 or ERR_NOT_FOUND (with a message). */
int draft_find(Request *rq, int64_t draft_id, Draft *out);
/* In a write: of an open draft, at that version (ERR_CONFLICT else), counts the version up and queues its check. */
int draft_changed(Request *rq, int64_t draft_id, int64_t version);
int draft_check_run(Request *rq, Job *job); /* check.c: the job "place.check" */
/* The check as of the time it is to be in force from, in a read: what it found, to be kept by draft_check_keep. 0 or a code. */
typedef struct Check Check;
int draft_check(Request *rq, const Draft *draft, int64_t at, bool end_others, Check **out);
int draft_check_keep(Request *rq, void *check); /* in a write */
/* How many faults it found, without gaps: those are what areas leave that end, which are listed themselves. */
int draft_check_count(const Check *check, bool gaps);
const char *draft_check_grave(const Check *check); /* one with which it may not be in force; NULL: none */

/* The same check of areas of one level that come in together without a draft, as of when they begin; in a read. 0, ERR_CONFLICT
 * with the kind of fault as its rule, or a code. with_faults: only what no draft could be in force with is refused. */
int areas_check(Request *rq, const PlaceAreaPut *puts, int count, bool with_faults);

/* successor.c. Writes "officers" and "ladders": those of areas that end, and which area of the draft takes most of theirs. */
int draft_officers_offer(Request *rq, const Draft *draft, int64_t from);
/* In the write that puts it in force: the officers of areas that end with it to areas of it, as the input says. */
int draft_officers_carry(Request *rq, const Draft *draft, int64_t from);

/* What becomes of the steps of areas that end (others: those that end with end_others too): in a read, then in that write. */
typedef struct LadderMove {
	int64_t area_key, from_key;
	const char *to_code; /* "" = no area takes more than half */
	int percent;
	double m2;
	const char *outcome; /* static; see area_change_ladder */
} LadderMove;
int draft_ladders_plan(Request *rq, const Draft *draft, int64_t from, bool others, LadderMove **out, int *count);
int draft_ladders_carry(Request *rq, const Draft *draft, int64_t from, LadderMove *moves, int count);
int draft_ladders_write(Request *rq, int64_t draft_id); /* "ladders": what became of them */

/* What ends when draft $1 of level $2 is in force from $3 on: the areas r that were merged or renumbered away in it, by
 * themselves; and when $4 is 1 all others under its parents (those that its areas lie in, or lay in when it was copied) that it
 * does not have. */
#define DRAFT_ENDS_ITSELF                                                                                                        \
	"EXISTS (SELECT 1 FROM area_draft_origin o WHERE o.draft_id = $1 AND o.code = r.code) AND NOT EXISTS (SELECT 1 FROM"     \
	" area_draft_feature f WHERE f.draft_id = $1 AND f.code = r.code)"
#define DRAFT_ENDS                                                                                                               \
	"r.level = $2 AND r.valid_until = 0 AND r.valid_from < $3 AND ((" DRAFT_ENDS_ITSELF                                      \
	") OR (CAST($4 AS BIGINT) = 1 AND NOT EXISTS (SELECT 1 FROM area_draft_feature f WHERE f.draft_id = $1 AND f.aside = 0"  \
	" AND f.code = r.code) AND (r.level = 1 OR EXISTS (SELECT 1 FROM area p WHERE p.area_key = r.parent_key AND p.code IN"   \
	" (SELECT o.parent_code FROM area_draft_origin o WHERE o.draft_id = $1 UNION SELECT f.parent_code FROM"                  \
	" area_draft_feature f WHERE f.draft_id = $1 AND f.aside = 0)))))"

typedef struct Piece { /* a feature of a draft, as check and mend see it */
	int64_t no, org_id;
	const char *code, *name, *parent;
	GEOSGeometry *raw, *shape;        /* as it is; valid. NULL: not to be read, see why */
	bool unclosed, same, parent_ends; /* same: the shape is in force as it is; for parent_ends see check.h */
	const char *why;
} Piece;
/* Those not set aside, in order of their numbers. only: some of them by number (json array), or NULL. 0 or a code. */
int pieces_load(Request *rq, Geos *geos, int64_t draft_id, const json_t *only, Piece **out, int *count);

/* handlers */
int drafts_get(Request *rq);
int drafts_post(Request *rq);
int draft_copy_post(Request *rq);
int draft_get(Request *rq);
int draft_features_get(Request *rq);
int draft_faults_get(Request *rq);
int draft_columns_post(Request *rq);
int draft_mend_post(Request *rq);
int draft_ending_get(Request *rq);
int draft_accept_post(Request *rq);
int draft_discard_post(Request *rq);
#endif
