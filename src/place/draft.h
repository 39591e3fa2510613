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
	const char *state, *mapping; /* "reading" "open" "accepted" "discarded"; {"code":…,"name":…,"parent":…} */
} Draft;
/* 0 or ERR_NOT_FOUND (with a message). */
int draft_find(Request *rq, int64_t draft_id, Draft *out);
/* In a write: of an open draft, at that version (ERR_CONFLICT else), counts the version up and queues its check. */
int draft_changed(Request *rq, int64_t draft_id, int64_t version);
int draft_check_run(Request *rq, Job *job); /* check.c: the job "place.check" */

typedef struct Piece { /* a feature of a draft, as check and mend see it */
	int64_t no, org_id;
	const char *code, *name, *parent;
	GEOSGeometry *raw, *shape; /* as it is; valid. NULL: not to be read, see why */
	bool unclosed;
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
