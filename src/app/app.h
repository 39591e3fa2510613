/* app: the roof. main, the module list, start and stop order, the dispatcher (match → authenticate → authorise → parse → run →
 * evidence → answer), static files, live events, the CLI. No room includes this. */
#ifndef YIWANG_APP_APP_H
#define YIWANG_APP_APP_H
#include "core/core.h"

extern const Module app_module;                /* settings, overview, packs, events, openapi, metrics, health */
extern const Module *const app_modules_list[]; /* every module of the program, bottom room first */
extern const size_t app_modules_list_count;

typedef struct Dispatcher Dispatcher;
typedef struct DispatcherOptions {
	int read_workers;    /* LANE_READ; 0 = 4 */
	int queue;           /* waiting calls a pool; more get 503; 0 = 1024 */
	const char *web_dir; /* web/dist, or NULL: no pages */
} DispatcherOptions;
/* Compiles the route table of all modules. ERR_INTERNAL names the row that lacks a permission, lane, handler, action or doc,
 * repeats another, or names a path input its path does not have. The App must be started. */
int dispatcher_new(Dispatcher **out, App *app, const DispatcherOptions *options, Error *error);
/* HttpConfig.plan, .call, .turn and .ended with context = the Dispatcher. */
int dispatcher_plan(void *dispatcher, HttpCall *call, HttpPlan *plan, const char **problem);
void dispatcher_call(void *dispatcher, HttpCall *call);
int dispatcher_turn(void *dispatcher, void **slot);
void dispatcher_ended(void *dispatcher, void *slot);
/* The server whose figures /metrics shows; set once after http_start. */
void dispatcher_server(Dispatcher *dispatcher, HttpServer *server);
/* After http_stop: no call is running any more. */
void dispatcher_free(Dispatcher *dispatcher);

/* Generated from the route rows of the modules; appended to out. */
void openapi_write(const Module *const *modules, size_t count, Buf *out);
void typescript_write(const Module *const *modules, size_t count, Buf *out);

/* CLI: exit status 0 ok, 1 failed, 2 misused. */
int cli_main(int argc, char **argv);
#endif
