/* What check.c and force.c share: a check of a draft, as of a time. */
#ifndef YIWANG_PLACE_CHECK_H
#define YIWANG_PLACE_CHECK_H
#include "place/draft.h"

typedef struct Fault {
	const char *kind;
	int64_t first, second; /* numbers of features; 0 = none */
	double m2;
	const char *geometry, *words; /* "" = none */
} Fault;
struct Check {
	Request *rq;
	Job *job; /* NULL: not in the job */
	Geos *geos;
	Draft draft;
	int64_t at;      /* compared with what is in force then */
	bool end_others; /* those under its parents that it does not have end with it */
	Piece *pieces;
	int count;
	Piece *parents; /* code, shape of the level above, as it will be in force */
	int parent_count;
	Piece *stay; /* of its level, in force and to stay beside it */
	int stay_count;
	Piece *below; /* of the level below whose parent it changes or ends; parent_ends: that one ends */
	int below_count;
	Fault *faults;
	int fault_count, fault_all;
	double sliver_metres;
};
void check_fault(Check *check, Fault one);
/* A fault for each part of a difference or intersection; those of less than a square metre are rounding. */
void check_parts(Check *check, const GEOSGeometry *of, const char *kind, const char *kind_thin, Fault about);
int check_progress(Check *check, const char *stage, int64_t done, int64_t total);
/* What is in force beside the draft and below it: 0 or a code. */
int force_load(Check *check);
void force_check(Check *check);
#endif
