/* The data of the demo city: what `init --demo` loads and grants after its packs. */
#ifndef YIWANG_APP_DEMO_CITY_H
#define YIWANG_APP_DEMO_CITY_H
#include "app/demo.h"
#include "core/core.h"

#define DEMO_VILLAGES "demo/data/jiangyin_villages.csv" /* beside the program */

typedef struct DemoCity {
	const char *shipped; /* the folder demo/data */
	int64_t people;      /* 1..DEMO_PEOPLE_MAX */
	uint64_t seed;
} DemoCity;
/* Generates files (the list of planted faults stays in DIR/demo/truth.jsonl), keeps each as an upload of the organisation that
 * owns its resource, runs one load job after another by the routes that people use, and makes the demo's grants. A line of
 * progress a resource to stdout. The App must run with job threads, its packs base and demo loaded; main thread. 0, or a code
 * with error: what was loaded before stays. */
int demo_city_load(App *app, const DemoCity *city, Error *error);
/* Reads --people and --seed where given: CLI_OK, or CLI_MISUSED after saying what is wrong. */
int demo_numbers(const char *command, const char *people, int64_t *people_count, const char *seed, int64_t *seed_number);
#endif
