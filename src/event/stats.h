/* Statistics of city events: the table of figures, one way to count them. Internal to the room. */
#ifndef YIWANG_EVENT_STATS_H
#define YIWANG_EVENT_STATS_H
#include "event/internal.h"

enum { STAT_MAX = 64 };
/* When a step is counted, digits of its timing: 0 done in time, 1 done late (both: ended within the period), 2 not done at its
 * end and late, 3 not done at its end and not late. */
#define STAT_DONE "01"
#define STAT_IN_TIME "0"
#define STAT_OVERDUE "12"
#define STAT_PENDING "3"
/* What else must be so: bits. */
enum {
	TRAIT_AGAIN = 1 /* a unit had it before */,
	TRAIT_BEGUN = 2 /* begun within the period */,
	TRAIT_RATED = 4,
	TRAIT_GOOD = 8
};
typedef struct Stat {
	const char *name, *title, *title_en, *doc, *doc_en;
	const char *stage, *actions, *timings; /* a count: stage "" any; actions ",a,b," of done ones; NULL: it is a rate */
	int traits;
	const char *part, *whole, *whole_more; /* a rate: part / (whole + whole_more); whole_more NULL: whole alone */
} Stat;
extern const Stat stats[];
extern const int stat_count;
const Stat *stat_find(Text name); /* NULL: none */

typedef struct StatAsk {
	int64_t from_us, until_us;
	const char *by, *key, *class; /* by: all, unit, town, village, grid, class; key "": all of them */
	int64_t area;                 /* 0: anywhere */
} StatAsk;
typedef struct StatUnit {
	const char *key, *name, *name_en; /* key "0": of no unit or area; name_en "" where there is none */
	double values[STAT_MAX];          /* NAN: a rate of nothing */
	double score;                     /* NAN: none */
} StatUnit;
typedef struct StatTable {
	StatUnit total, *units;
	int count;
} StatTable;
/* The formula in force, source "" without one. ERR_INVALID when the setting's text is none. */
int stat_formula(Request *rq, const char **source, Expression **out);
bool stat_formula_good(Text source);  /* for the setting */
bool stat_scored(const StatAsk *ask); /* whether its lines have scores */
/* Within what the party may see. ERR_FORBIDDEN: statistics are none of its business. */
int stat_table(Request *rq, const StatAsk *ask, StatTable *out);
int stat_cases(Request *rq, const StatAsk *ask, const Stat *stat); /* the answer: cases behind a count */
/* Inputs period, at, from, until, by, key, area, class. ERR_INVALID names the field: also a line, an area or a class that
 * there never was. */
int stat_ask(Request *rq, StatAsk *out);
/* The period `back` periods of that kind before ask's. */
void stat_before(const Request *rq, const StatAsk *ask, int back, StatAsk *out);
#endif
