/* cli: the table of commands, their help, options, and opening a state directory for one command. Main thread. */
#include "app/cli.h"
#include "app/private.h"
#include "exchange/exchange.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int help_run(int argc, char **argv);
static const Command command_help = {"help", "help [COMMAND]", "Tells what a command does and takes.", help_run};

static const Command *const commands[] = {
    &command_init, &command_serve, &command_verify, &command_verify_receipt, &command_verify_delivery,
    &command_pack, &command_user,  &command_demo,   &command_evidence,       &command_routes,
    &command_help,
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const Command *command_find(const char *name) {
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0) return commands[i];
	return NULL;
}

static void command_list(FILE *out) {
	fprintf(out, "Yiwang 一网: one program that runs a city on one net.\n\n");
	for (int i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  yiwang %s\n      %s\n", commands[i]->usage, commands[i]->doc);
	fprintf(out, "\nExit status: 0 done, 1 failed, 2 misused. `yiwang COMMAND --help` tells more.\n");
}

static void command_tell(FILE *out, const Command *command) {
	fprintf(out, "Usage: yiwang %s\n%s\n", command->usage, command->doc);
}

static int help_run(int argc, char **argv) {
	const Command *command = argc > 1 ? command_find(argv[1]) : NULL;
	if (argc > 1 && command == NULL) {
		fprintf(stderr, "yiwang: there is no command %s; `yiwang help` lists them\n", argv[1]);
		return CLI_MISUSED;
	}
	if (command != NULL)
		command_tell(stdout, command);
	else
		command_list(stdout);
	return CLI_OK;
}

int cli_main(int argc, char **argv) {
	if (argc < 2) {
		command_list(stderr);
		return CLI_MISUSED;
	}
	/* no person's commands: not in the table */
	if (strcmp(argv[1], ODBC_CHILD_COMMAND) == 0) return odbc_child_main();
	if (strcmp(argv[1], PLACE_OGR_CHILD_COMMAND) == 0) return place_ogr_child_main(argc, argv);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return help_run(1, argv);
	const Command *command = command_find(argv[1]);
	if (command == NULL) {
		fprintf(stderr, "yiwang: there is no command %s; `yiwang help` lists them\n", argv[1]);
		return CLI_MISUSED;
	}
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0) {
			command_tell(stdout, command);
			return CLI_OK;
		}
	int status = command->run(argc - 1, argv + 1);
	if (status == CLI_MISUSED) command_tell(stderr, command);
	return status;
}

/* --- options ----------------------------------------------------------------------------------------------------------- */

static const CliOption *option_find(const CliOption *options, size_t count, const char *name) {
	for (size_t i = 0; i < count; i++)
		if (strcmp(options[i].name, name) == 0) return &options[i];
	return NULL;
}

int cli_options(int argc, char **argv, const CliOption *options, size_t count, int *words) {
	int kept = 1;
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[kept++] = argv[i];
			continue;
		}
		const CliOption *option = option_find(options, count, argv[i]);
		if (option == NULL || (option->value != NULL && i + 1 >= argc)) {
			fprintf(stderr, "yiwang %s: %s %s\n", argv[0], argv[i], option ? "needs a value" : "is not an option");
			return CLI_MISUSED;
		}
		if (option->value != NULL)
			*option->value = argv[++i];
		else
			*option->flag = true;
	}
	argv[kept] = NULL;
	*words = kept - 1;
	return CLI_OK;
}

int cli_failed(const Error *error) {
	fprintf(stderr, "yiwang: %s\n", error->message[0] ? error->message : error_name(error->code));
	if (error->advice[0] != '\0') fprintf(stderr, "        %s\n", error->advice);
	return CLI_FAILED;
}

/* --- a state directory ------------------------------------------------------------------------------------------------- */

const char *cli_store_url(Arena *arena, const char *dir, const char *given) {
	if (given != NULL) return given;
	char line[2048] = "";
	FILE *file = fopen(arena_printf(arena, "%s/store.url", dir), "re");
	if (file != NULL && fgets(line, sizeof line, file) == NULL) line[0] = '\0';
	if (file != NULL) fclose(file);
	Text url = text_trim(text_of(line));
	return url.len > 0 ? text_cstr(arena, url) : arena_printf(arena, "sqlite:%s/yiwang.db", dir);
}

int cli_open(CliApp *out, const char *dir, const char *store_url) {
	return cli_open_jobs(out, dir, store_url, false);
}

int cli_open_jobs(CliApp *out, const char *dir, const char *store_url, bool jobs) {
	Arena *arena = arena_new();
	StoreOptions options = {.readers = jobs ? 16 : 0}; /* a load reads on several connections at once; 0 = the store's few */
	*out = (CliApp){0};
	int code = store_open(&out->store, cli_store_url(arena, dir, store_url), &options, &out->error);
	if (code == 0) code = app_create(&out->app, dir, out->store, app_modules_list, app_modules_list_count, &out->error);
	if (code == 0) code = app_start(out->app, jobs, &out->error);
	if (code != 0 && out->app != NULL) {
		app_free(out->app);
		out->app = NULL;
	}
	if (code == 0) {
		out->rq = request_begin(out->app, "cli");
		code = out->rq->db ? 0 : out->rq->error->code;
		if (code != 0) out->error = *out->rq->error;
	}
	if (code != 0) cli_close(out);
	arena_free(arena);
	return code;
}

void cli_close(CliApp *app) {
	request_end(app->rq);
	if (app->app != NULL) {
		app_stop(app->app);
		app_free(app->app);
	}
	if (app->store != NULL) store_close(app->store);
	app->rq = NULL;
	app->app = NULL;
	app->store = NULL;
}

const char *cli_shipped(Arena *arena, const char *name) {
	const char *bin = program_dir(arena);
	const char *places[] = {arena_printf(arena, "%s/../%s", bin, name), arena_printf(arena, "%s/../../%s", bin, name),
	                        arena_printf(arena, "/usr/share/yiwang/%s", name)};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (access(places[i], R_OK) == 0) return places[i];
	return NULL;
}
