/* core's own: the App and what its files share. No other room includes this. */
#ifndef YIWANG_CORE_CORE_PRIVATE_H
#define YIWANG_CORE_CORE_PRIVATE_H
#include "core/core.h"
#include <pthread.h>
#include <stdatomic.h>

enum {
	SECRET_LEN = 16,
	PARTS_MAX = 32,
	POOL_MAX = 256 /* idle requests kept */,
	POOL_BODY_MAX = 64 << 10 /* bytes kept of a body */
};

typedef struct Part {
	const char *name;
	void *_Atomic part;
} Part;

struct App {
	Arena *arena; /* what is made once, at creation */
	char *dir;
	Store *store;
	const Module *const *modules;
	size_t module_count, started;
	uint8_t secret[SECRET_LEN];
	_Atomic int64_t generation;

	/* rows of all modules, sorted by name */
	const Action **actions;
	size_t action_count;
	const Setting **settings;
	size_t setting_count;
	const JobKind **kinds;
	size_t kind_count;
	const Chore **chore_rows; /* in the modules' order */
	size_t chore_count;

	pthread_mutex_t parts_lock; /* writers of parts; readers look at part_count and names only */
	Part parts[PARTS_MAX];
	_Atomic int part_count;

	pthread_mutex_t pool_lock;
	Request *pool;
	int pool_count;

	struct Cache *cache;
	struct Runner *runner;
	struct Chores *chores;
};

/* cache.c */
struct Cache *cache_new(void);
void cache_free(struct Cache *cache);

/* job_runner.c: job threads and the keeper of their leases. */
int runner_start(App *app, Error *error);
void runner_stop(App *app);
/* A job was queued here: wakes an idle thread. Any thread. */
void runner_wake(App *app);
const JobKind *job_kind(const App *app, Text name); /* NULL: none is known */

/* chores.c: the thread that runs chores. */
typedef struct Chores {
	App *app;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int64_t look_us;      /* between two looks */
	bool stop;            /* under lock */
	_Atomic bool closing; /* the same for a chore that runs */
} Chores;
void chores_start(App *app);
void chores_stop(App *app);

/* job.c: compact JSON text in the arena. */
char *json_text(Arena *arena, const json_t *value);
/* job.c: one run of a job in this process. */
typedef struct JobRun {
	App *app;
	Job *job;
	int64_t epoch;
	json_t *messages; /* last MESSAGES_MAX, as stored */
	char stage[64];
	int64_t stage_at, stage_done, done, total;
	int64_t written_at; /* monotonic µs of the last progress write */
	bool finished;      /* job_finish committed or is about to */
	JobState final;
	_Atomic bool lost;    /* another process has the job */
	_Atomic bool stop;    /* cancelled by a person */
	_Atomic bool closing; /* this process is going down */
	struct JobRun *next;
} JobRun;
enum { MESSAGES_MAX = 10, JOB_LEASE_US = 10000000 };
int job_fail(Request *rq, JobRun *run, int code);

enum { CORE_MIGRATIONS = 3, CORE_SETTINGS = 5, CORE_CHORES = 2, JOB_ROUTES = 4 };
extern const Migration core_migrations[CORE_MIGRATIONS];
extern const Setting core_settings[CORE_SETTINGS];
bool server_names_good(Text names); /* for setting server.names */
extern const Chore core_chores[CORE_CHORES];
extern const Route job_routes[JOB_ROUTES];
/* asked.c */
AskedSql asked_sql_for(bool hidden, Arena *arena, const char *sql, const Val *args, size_t count);
#endif
