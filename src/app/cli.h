/* cli: what the command files share: options, and an App opened for one command. Main thread. */
#ifndef YIWANG_APP_CLI_H
#define YIWANG_APP_CLI_H
#include "app/app.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_MISUSED = 2 };

/* "--name VALUE" or (flag) "--name". */
typedef struct CliOption {
	const char *name;
	const char **value; /* where a value goes; NULL for a flag */
	bool *flag;
} CliOption;
/* Takes options out of argv; what is left are the words, NULL-terminated, their count through words. CLI_OK, or CLI_MISUSED after
 * saying which option is unknown, doubled or lacks its value. */
int cli_options(int argc, char **argv, const CliOption *options, size_t count, int *words);

typedef struct CliApp {
	Store *store;
	App *app;
	Request *rq; /* party: system, login "cli" */
	Error error;
} CliApp;
/* Opens DIR (and its store: url, else DIR/store.url, else DIR/yiwang.db) for one command, without jobs. 0 or a code with error.
 */
int cli_open(CliApp *out, const char *dir, const char *store_url);
/* The same; with `jobs` the job threads run (a command that queues work and waits for it). */
int cli_open_jobs(CliApp *out, const char *dir, const char *store_url, bool jobs);
void cli_close(CliApp *app);
/* The store's URL of a state directory, in arena. */
const char *cli_store_url(Arena *arena, const char *dir, const char *given);
/* "yiwang: message" (and advice) to stderr; gives CLI_FAILED. */
int cli_failed(const Error *error);
int cli_misused(const char *usage);
/* A folder that ships with the program: beside the binary's folder in a build tree, else under /usr/share/yiwang. NULL when
 * absent. */
const char *cli_shipped(Arena *arena, const char *name);

extern const Command command_init, command_serve, command_verify, command_verify_receipt, command_verify_delivery, command_pack,
    command_user, command_routes, command_demo, command_evidence;
#endif
