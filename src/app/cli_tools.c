/* yiwang verify, verify-receipt, routes: commands that need no running city; evidence new-key. Main thread. */
#include "app/cli.h"
#include "evidence/evidence.h"
#include "exchange/exchange.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int report_print(int code, Buf *report, const Error *error) {
	if (report->len > 0) printf("%.*s%s", (int)report->len, report->at, report->at[report->len - 1] == '\n' ? "" : "\n");
	buf_free(report);
	return code < 0 ? cli_failed(error) : CLI_OK;
}

static int verify_run(int argc, char **argv) {
	const char *checkpoint = NULL;
	bool json = false;
	int words;
	const CliOption options[] = {{"--checkpoint", &checkpoint, NULL}, {"--json", NULL, &json}};
	if (cli_options(argc, argv, options, 2, &words) != CLI_OK || words != 1) return CLI_MISUSED;
	Buf report = {0};
	Error error = {0};
	int code = evidence_verify(argv[1], checkpoint, &report, json, &error);
	return report_print(code, &report, &error);
}

const Command command_verify = {
    "verify", "verify FILE [--checkpoint FILE] [--json]",
    "Checks an evidence export without any store: names the first entry that was altered, removed or moved, and what lies after "
    "the last "
    "seal. --checkpoint: a checkpoint kept elsewhere, which also the holder of the key cannot get round.",
    verify_run};

/* --- evidence new-key ------------------------------------------------------------------------------------------------ */

/* The key is made before the city opens, which refuses to without one; it goes again when nothing was sealed with it. */
static int evidence_run_command(int argc, char **argv) {
	const char *store_url = NULL;
	int words;
	const CliOption options[] = {{"--store", &store_url, NULL}};
	if (cli_options(argc, argv, options, 1, &words) != CLI_OK || words != 2 || strcmp(argv[1], "new-key") != 0)
		return CLI_MISUSED;
	Arena *arena = arena_new();
	CliApp city = {0};
	int64_t number = 0;
	const char *path = arena_printf(arena, "%s/keys/evidence.pem", argv[2]);
	int code = signing_key_create(path, &city.error);
	bool made = code == 0;
	if (code == 0) code = cli_open(&city, argv[2], store_url);
	if (code == 0 && (code = evidence_new_key(city.rq, &number)) < 0) city.error = *city.rq->error;
	Error error = city.error;
	cli_close(&city);
	if (code < 0 && made) unlink(path);
	if (code == 0)
		printf("checkpoint %lld is the first one signed with the new key %s: keep its public key, and the old one's, "
		       "elsewhere\n",
		       (long long)number, path);
	arena_free(arena);
	return code < 0 ? cli_failed(&error) : CLI_OK;
}

const Command command_evidence = {
    "evidence", "evidence new-key DIR [--store URL]",
    "Begins a new signing key on purpose, where keys/evidence.pem is lost for good and no backup has it (with a backup: restore "
    "it, do not run this). Stop the servers first. Leaves an evidence entry with both public keys and a checkpoint signed with "
    "the new one; who verifies evidence across it gives `verify --checkpoint` a file that holds both keys.",
    evidence_run_command};

/* --- verify-receipt -------------------------------------------------------------------------------------------------- */

static int verify_receipt_run(int argc, char **argv) {
	const char *key = NULL, *source = NULL;
	int words;
	const CliOption options[] = {{"--key", &key, NULL}, {"--file", &source, NULL}};
	if (cli_options(argc, argv, options, 2, &words) != CLI_OK || words != 1) return CLI_MISUSED;
	Buf report = {0};
	Error error = {0};
	int code = receipt_verify(argv[1], key, source, &report, &error);
	return report_print(code, &report, &error);
}

const Command command_verify_receipt = {"verify-receipt", "verify-receipt FILE [--key HEX] [--file SOURCE]",
                                        "Checks a batch receipt's signature (against the public key --key when given) and, with "
                                        "--file, that it is about that very file.",
                                        verify_receipt_run};

static int verify_delivery_run(int argc, char **argv) {
	const char *key = NULL;
	int words;
	const CliOption options[] = {{"--key", &key, NULL}};
	if (cli_options(argc, argv, options, 1, &words) != CLI_OK || words != 1) return CLI_MISUSED;
	Buf report = {0};
	Error error = {0};
	int code = parcels_verify(argv[1], key, &report, &error);
	return report_print(code, &report, &error);
}

const Command command_verify_delivery = {"verify-delivery", "verify-delivery FOLDER [--key HEX]",
                                         "Checks what a delivery of files left in a folder: each manifest's signature (against "
                                         "the public key --key when given), that none is "
                                         "missing or moved, and that the data files are the very ones.",
                                         verify_delivery_run};

static int routes_run(int argc, char **argv) {
	bool typescript = false, openapi = false;
	int words;
	const CliOption options[] = {{"--typescript", NULL, &typescript}, {"--openapi", NULL, &openapi}};
	if (cli_options(argc, argv, options, 2, &words) != CLI_OK || words != 0) return CLI_MISUSED;
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
			buf_printf(&out, "%-6s %-50s %-15s %-6s %s\n", route->method, route->path, permissions[route->permit],
			           lanes[route->lane], route->action);
		}
	fwrite(out.at, 1, out.len, stdout);
	buf_free(&out);
	return CLI_OK;
}

const Command command_routes = {
    "routes", "routes [--typescript | --openapi]",
    "Lists every route with permission, lane and action, or writes the TypeScript client or the OpenAPI document made from them.",
    routes_run};
