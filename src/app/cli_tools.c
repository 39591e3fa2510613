/* yiwang verify, verify-receipt, routes, demo: commands that need no running city. Main thread. */
#include "app/cli.h"
#include "app/demo.h"
#include "evidence/evidence.h"
#include "exchange/exchange.h"
#include <stdio.h>
#include <stdlib.h>

static int report_print(int code, Buf *report, const Error *error) {
	if (report->len > 0)
		printf("%.*s%s", (int)report->len, report->at, report->at[report->len - 1] == '\n' ? "" : "\n");
	buf_free(report);
	return code < 0 ? cli_failed(error) : CLI_OK;
}

static int verify_run(int argc, char **argv) {
	const char *checkpoint = NULL;
	bool json = false;
	int words;
	const CliOption options[] = {{"--checkpoint", &checkpoint, NULL}, {"--json", NULL, &json}};
	if (cli_options(argc, argv, options, 2, &words) != CLI_OK || words != 1)
		return CLI_MISUSED;
	Buf report = {0};
	Error error = {0};
	int code = evidence_verify(argv[1], checkpoint, &report, json, &error);
	return report_print(code, &report, &error);
}

const Command command_verify = {
	"verify", "verify FILE [--checkpoint FILE] [--json]",
	"Checks an evidence export without any store: names the first entry that was altered, removed or moved, and what lies after the last "
	"seal. --checkpoint: a checkpoint kept elsewhere, which also the holder of the key cannot get round.",
	verify_run};

static int verify_receipt_run(int argc, char **argv) {
	const char *key = NULL, *source = NULL;
	int words;
	const CliOption options[] = {{"--key", &key, NULL}, {"--file", &source, NULL}};
	if (cli_options(argc, argv, options, 2, &words) != CLI_OK || words != 1)
		return CLI_MISUSED;
	Buf report = {0};
	Error error = {0};
	int code = receipt_verify(argv[1], key, source, &report, &error);
	return report_print(code, &report, &error);
}

const Command command_verify_receipt = {
	"verify-receipt", "verify-receipt FILE [--key HEX] [--file SOURCE]",
	"Checks a batch receipt's signature (against the public key --key when given) and, with --file, that it is about that very file.",
	verify_receipt_run};

static int routes_run(int argc, char **argv) {
	bool typescript = false, openapi = false;
	int words;
	const CliOption options[] = {{"--typescript", NULL, &typescript}, {"--openapi", NULL, &openapi}};
	if (cli_options(argc, argv, options, 2, &words) != CLI_OK || words != 0)
		return CLI_MISUSED;
	static const char *const lanes[] = {"inline", "fast", "read", "write"};
	static const char *const permissions[] = {
#define X(name, text, doc) text,
		PERMISSIONS(X)
#undef X
	};
	Buf out = {0};
	if (typescript)
		typescript_write(app_modules_list, app_modules_list_count, &out);
	else if (openapi)
		openapi_write(app_modules_list, app_modules_list_count, &out);
	for (size_t m = 0; !typescript && !openapi && m < app_modules_list_count; m++)
		for (size_t i = 0; i < app_modules_list[m]->route_count; i++) {
			const Route *route = &app_modules_list[m]->routes[i];
			buf_printf(&out, "%-6s %-50s %-15s %-6s %s\n", route->method, route->path, permissions[route->permit], lanes[route->lane],
			           route->action);
		}
	fwrite(out.at, 1, out.len, stdout);
	buf_free(&out);
	return CLI_OK;
}

const Command command_routes = {
	"routes", "routes [--typescript | --openapi]",
	"Lists every route with permission, lane and action, or writes the TypeScript client or the OpenAPI document made from them.",
	routes_run};

static int demo_run(int argc, char **argv) {
	const char *seed = "1", *people = "20000", *dirty = "50", *villages = NULL;
	int64_t numbers[3];
	int words;
	const CliOption options[] = {{"--seed", &seed, NULL}, {"--people", &people, NULL}, {"--dirty", &dirty, NULL}, {"--villages", &villages, NULL}};
	if (cli_options(argc, argv, options, 4, &words) != CLI_OK || words != 1 || text_to_int(text_of(seed), &numbers[0]) != 0 ||
	    text_to_int(text_of(people), &numbers[1]) != 0 || text_to_int(text_of(dirty), &numbers[2]) != 0 || numbers[2] < 0 || numbers[2] > 1000)
		return CLI_MISUSED;
	Arena *arena = arena_new();
	Error error = {0};
	DemoCounts counts = {0};
	if (villages == NULL)
		villages = cli_shipped(arena, "demo/data/jiangyin_villages.csv");
	DemoPlan plan = {.seed = (uint64_t)numbers[0], .people = numbers[1], .dirty_per_10000 = (int)numbers[2], .villages = villages,
	                 .directory = argv[1]};
	int code = villages ? demo_generate(&plan, &counts, &error)
	                    : error_set(&error, ERR_NOT_FOUND, "The list of villages does not lie beside the program; give --villages FILE");
	if (code >= 0)
		printf("{\"population\":%lld,\"enterprise\":%lld,\"house\":%lld,\"vehicle\":%lld,\"dirty\":%lld}\n", (long long)counts.population,
		       (long long)counts.enterprise, (long long)counts.house, (long long)counts.vehicle, (long long)counts.dirty);
	arena_free(arena);
	return code < 0 ? cli_failed(&error) : CLI_OK;
}

const Command command_demo = {
	"demo", "demo DIR [--seed N] [--people N] [--dirty PER-10000] [--villages CSV]",
	"Writes generated residents, enterprises, houses and vehicles (演示数据) as CSV into DIR, with planted faults listed in truth.jsonl. The "
	"same seed and number give the same files; up to 10,000,000 people.",
	demo_run};
