/* yiwang demo: writes the generated files of the demo city. Needs no state directory. Main thread. */
#include "app/cli.h"
#include "app/demo_city.h"
#include <stdio.h>

int demo_numbers(const char *command, const char *people, int64_t *people_count, const char *seed, int64_t *seed_number) {
	const struct {
		const char *option, *text;
		int64_t *number, min, max;
	} numbers[] = {{"--people", people, people_count, 1, DEMO_PEOPLE_MAX}, {"--seed", seed, seed_number, 0, INT64_MAX}};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		int64_t number;
		if (numbers[i].text == NULL) continue;
		if (text_to_int(text_of(numbers[i].text), &number) != 0 || number < numbers[i].min || number > numbers[i].max) {
			fprintf(stderr, "yiwang %s: %s %s: a whole number from %lld to %lld is needed\n", command,
			        numbers[i].option, numbers[i].text, (long long)numbers[i].min, (long long)numbers[i].max);
			return CLI_MISUSED;
		}
		*numbers[i].number = number;
	}
	return CLI_OK;
}

static int dirty_number(const char *text, int64_t *dirty) {
	if (text == NULL || (text_to_int(text_of(text), dirty) == 0 && *dirty >= 0 && *dirty <= DEMO_DIRTY_MAX)) return CLI_OK;
	fprintf(stderr, "yiwang demo: --dirty %s: rows in 10,000, from 0 to %d\n", text, DEMO_DIRTY_MAX);
	return CLI_MISUSED;
}

static int demo_run(int argc, char **argv) {
	const char *seed = NULL, *people = NULL, *dirty = NULL, *villages = NULL, *out = "demo-data";
	int64_t people_count = DEMO_PEOPLE, seed_number = DEMO_SEED, dirty_rows = DEMO_DIRTY;
	int words;
	const CliOption options[] = {{"--seed", &seed, NULL},
	                             {"--people", &people, NULL},
	                             {"--dirty", &dirty, NULL},
	                             {"--out", &out, NULL},
	                             {"--villages", &villages, NULL}};
	if (cli_options(argc, argv, options, sizeof options / sizeof options[0], &words) != CLI_OK || words != 0 ||
	    demo_numbers("demo", people, &people_count, seed, &seed_number) != CLI_OK ||
	    dirty_number(dirty, &dirty_rows) != CLI_OK)
		return CLI_MISUSED;
	Arena *arena = arena_new();
	Error error = {0};
	DemoCounts counts = {0};
	if (villages == NULL) villages = cli_shipped(arena, DEMO_VILLAGES);
	DemoPlan plan = {.seed = (uint64_t)seed_number,
	                 .people = people_count,
	                 .dirty_per_10000 = (int)dirty_rows,
	                 .villages = villages,
	                 .directory = out};
	int code = villages ? demo_generate(&plan, &counts, &error)
	                    : error_set(&error, ERR_NOT_FOUND,
	                                "The list of villages does not lie beside the program; give --villages FILE");
	if (code >= 0)
		printf("{\"population\":%lld,\"enterprise\":%lld,\"house\":%lld,\"vehicle\":%lld,\"dirty\":%lld}\n",
		       (long long)counts.population, (long long)counts.enterprise, (long long)counts.house,
		       (long long)counts.vehicle, (long long)counts.dirty);
	arena_free(arena);
	return code < 0 ? cli_failed(&error) : CLI_OK;
}

const Command command_demo = {"demo", "demo [--seed N] [--people N] [--dirty PER-10000] [--out DIR] [--villages CSV]",
                              "Writes generated residents, enterprises, houses and vehicles (演示数据) as CSV into DIR "
                              "(demo-data when absent), with planted faults "
                              "(50 rows in 10,000) listed in truth.jsonl. Only files: no city is touched. The same seed and "
                              "numbers give the same bytes; up to "
                              "10,000,000 people (20,000 when absent). Prints the numbers of rows as JSON.",
                              demo_run};
