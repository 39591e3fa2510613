/* yiwang serve: store, app, dispatcher, HTTP server, until a signal; then down again in reverse. Main thread waits. */
#include "app/cli.h"
#include "app/private.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Serving {
	const char *dir, *listen, *store_url, *web, *proxies;
	Arena *arena;
	Store *store;
	App *app;
	Dispatcher *dispatcher;
	struct Events *events;
	HttpServer *server;
	Error error;
} Serving;

static void files_raise(void) {
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int http_up(Serving *serving) {
	char *spool = arena_printf(serving->arena, "%s/spool", serving->dir);
	if (mkdir(spool, 0700) != 0 && errno != EEXIST)
		return error_set(&serving->error, ERR_IO, "cannot make the folder %s: %s", spool, strerror(errno));
	HttpConfig config = {.address = serving->listen,
	                     .spool_dir = spool,
	                     .trusted_proxies = serving->proxies,
	                     .context = serving->dispatcher,
	                     .plan = dispatcher_plan,
	                     .call = dispatcher_call,
	                     .turn = dispatcher_turn,
	                     .ended = dispatcher_ended};
	int code = http_start(&serving->server, &config, &serving->error);
	if (code == 0) dispatcher_server(serving->dispatcher, serving->server);
	return code;
}

static int serving_up(Serving *serving) {
	/* leases: server threads (8), workers (6), jobs (16), exports and odd ones */
	StoreOptions options = {.readers = 32, .writers = 4};
	DispatcherOptions dispatcher = {.web_dir = serving->web};
	int code = store_open(&serving->store, cli_store_url(serving->arena, serving->dir, serving->store_url), &options,
	                      &serving->error);
	if (code == 0)
		code = app_create(&serving->app, serving->dir, serving->store, app_modules_list, app_modules_list_count,
		                  &serving->error);
	if (code != 0) return code;
	code = app_start(serving->app, true, &serving->error);
	if (code != 0) {
		app_free(serving->app);
		serving->app = NULL;
		return code;
	}
	code = dispatcher_new(&serving->dispatcher, serving->app, &dispatcher, &serving->error);
	if (code != 0) return code;
	serving->events = events_start(serving->app);
	return http_up(serving);
}

static void serving_down(Serving *serving) {
	if (serving->server != NULL) http_stop(serving->server, 5000000);
	if (serving->events != NULL) events_stop(serving->events);
	if (serving->dispatcher != NULL) dispatcher_free(serving->dispatcher);
	if (serving->app != NULL) {
		app_stop(serving->app);
		app_free(serving->app);
	}
	if (serving->store != NULL) store_close(serving->store);
}

/* The address people open: the listening one with its real port. */
static void serving_tell(const Serving *serving) {
	const char *colon = strrchr(serving->listen, ':');
	printf("serving http://%.*s:%d\n", (int)(colon - serving->listen), serving->listen, http_port(serving->server));
	fflush(stdout);
}

static int serve_run(int argc, char **argv) {
	Serving serving = {.listen = "127.0.0.1:8080", .arena = arena_new()};
	int words, status = CLI_OK, got = 0;
	const CliOption options[] = {{"--listen", &serving.listen, NULL},
	                             {"--store", &serving.store_url, NULL},
	                             {"--web", &serving.web, NULL},
	                             {"--trust-proxy", &serving.proxies, NULL}};
	if (cli_options(argc, argv, options, sizeof options / sizeof options[0], &words) != CLI_OK || words != 1) {
		arena_free(serving.arena);
		return CLI_MISUSED;
	}
	serving.dir = argv[1];
	if (serving.web == NULL) serving.web = cli_shipped(serving.arena, "web/dist");
	/* Before any thread: all of them inherit the mask, and only sigwait here hears these. */
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	files_raise();
	if (serving_up(&serving) == 0) {
		serving_tell(&serving);
		sigwait(&signals, &got);
		log_info("stopping on signal %d", got);
	} else {
		status = cli_failed(&serving.error);
	}
	serving_down(&serving);
	arena_free(serving.arena);
	return status;
}

const Command command_serve = {"serve", "serve DIR [--listen ADDRESS:PORT] [--store URL] [--web DIR] [--trust-proxy ADDRESSES]",
                               "Serves the city kept in DIR until it gets SIGTERM or SIGINT. --listen: 127.0.0.1:8080 when "
                               "absent, port 0 takes any free one. "
                               "--store: postgres://user:password@host:port/database; several processes, each with a DIR of its "
                               "own, may serve one database. "
                               "--web: the built pages. "
                               "--trust-proxy: addresses or networks (10.0.0.0/24), commas between, of the proxies whose "
                               "X-Forwarded-For and X-Real-IP are believed; nobody's when absent.",
                               serve_run};
