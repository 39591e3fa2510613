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
/* The city's events, reported and handled by the routes that people use (demo_events.c): 0, or a code with error. */
int demo_events_load(App *app, Error *error);
/* Knowledge, templates and waiting messages of 12345 (demo_hotline.c): likewise. */
int demo_hotline_load(App *app, Error *error);
/* Orders, objections, demands, ratings, findings, an assessment (demo_sharing.c): likewise. */
int demo_sharing_load(App *app, Error *error);
/* Records in doubt, some of them looked at (demo_verify.c): likewise. */
int demo_verify_load(App *app, Error *error);
/* A comparison, run (demo_compare.c): likewise. */
int demo_compare_load(App *app, Error *error);
/* Deliveries, files of other platforms, other nodes (demo_exchange.c): likewise. */
int demo_exchange_load(App *app, Error *error);

/* What the demo's files share. A Request as an account of the demo pack (rq->error says when there is none); runs a route by its
 * action with the ids of its path and a JSON body (taken over), or only reads its inputs; ends a step, its failure to error; one
 * of "login action note|form" on the newest version of a case, as if so many days ago. */
Request *demo_as(App *app, const char *login);
int demo_route(Request *rq, const char *action, const char *id, const char *more, json_t *body);
int demo_inputs(Request *rq, const char *action, const char *id, const char *more, const char *query, json_t *body);
int demo_job_end(Request *rq, int64_t job_id); /* waits for it, however it ends */
int demo_step_end(Request *rq, int code, Error *error);
/* The steps of an event, "who action note|form" with "; " between; who: centre, lead, field, unit. */
int demo_event_steps(App *app, int64_t event_id, const char *steps, Error *error);
int demo_case_step(App *app, const char *case_id, int days, char *step, Error *error);
/* Reads --people and --seed where given: CLI_OK, or CLI_MISUSED after saying what is wrong. */
int demo_numbers(const char *command, const char *people, int64_t *people_count, const char *seed, int64_t *seed_number);
#endif
