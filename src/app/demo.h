/* The demo generator: residents, enterprises, houses and vehicles of a city that does not exist, marked 演示数据. The same seed
 * and size give the same files. A known share of dirty rows is planted, and listed in truth.jsonl. */
#ifndef YIWANG_APP_DEMO_H
#define YIWANG_APP_DEMO_H
#include "base/base.h"
#include <jansson.h>

enum { DEMO_PEOPLE_MAX = 10000000, DEMO_DIRTY_MAX = 1000, DEMO_PEOPLE = 20000, DEMO_DIRTY = 50, DEMO_SEED = 1 };
typedef struct DemoPlan {
	uint64_t seed;
	int64_t people;        /* 1..DEMO_PEOPLE_MAX; for each hundred 8 enterprises, 33 houses, 25 vehicles */
	int dirty_per_10000;   /* planted dirty rows, 0..DEMO_DIRTY_MAX */
	const char *villages;  /* CSV with a column code: 12-digit villages */
	const char *directory; /* where population.csv … vehicle.csv and truth.jsonl go; made when missing */
} DemoPlan;
typedef struct DemoCounts {
	int64_t population, enterprise, house, vehicle, dirty;
} DemoCounts;
/* Writes the five files. Constant memory. ERR_INVALID, ERR_IO, ERR_FULL. */
int demo_generate(const DemoPlan *plan, DemoCounts *out, Error *error);
/* The demo city's areas, a GeoJSON FeatureCollection a level (properties code, name, parent): the caller's. shipped: demo/data. 0
 * or a code, then nothing is made. */
int demo_grids(const char *shipped, json_t *levels[4], Error *error);
#endif
