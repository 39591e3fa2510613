/* app: the running program: its modules' rows sorted for look-up, parts, the installation key, start and stop.
 * Thread: made, started and stopped by the main thread; look-ups from any. Lifetime: the process (or one test). */
#include "core/core_private.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- rows ------------------------------------------------------------------------------------------------------------ */
/* Action, Setting and JobKind all begin with their name. */
typedef struct Named {
	const char *name;
} Named;

static int by_name(const void *a, const void *b) {
	return strcmp((*(const Named *const *)a)->name, (*(const Named *const *)b)->name);
}

static int rows_sort(const void **rows, size_t count, const char *what, Error *error) {
	qsort(rows, count, sizeof *rows, by_name);
	for (size_t i = 1; i < count; i++) {
		const char *name = ((const Named *)rows[i])->name;
		if (strcmp(((const Named *)rows[i - 1])->name, name) == 0)
			return error_set(error, ERR_INTERNAL, "two modules declare the %s %s", what, name);
	}
	return 0;
}

static const void *row_find(const void *const *rows, size_t count, const char *name) {
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, ((const Named *)rows[middle])->name);
		if (order == 0) return rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Rows of one table of all modules as pointers. */
#define COLLECT(app, field, count_field, into, into_count)                                                                       \
	do {                                                                                                                     \
		size_t total = 0;                                                                                                \
		for (size_t m = 0; m < (app)->module_count; m++)                                                                 \
			total += (app)->modules[m]->count_field;                                                                 \
		(into) = arena_alloc((app)->arena, (total + 1) * sizeof *(into));                                                \
		for (size_t m = 0; m < (app)->module_count; m++)                                                                 \
			for (size_t i = 0; i < (app)->modules[m]->count_field; i++)                                              \
				(into)[(into_count)++] = &(app)->modules[m]->field[i];                                           \
	} while (0)

static int route_check(const Route *route, Error *error) {
	if (route->method && route->path && route->path[0] == '/' && route->handler && route->action && route->doc &&
	    route->permit < PERMISSION_COUNT)
		return 0;
	return error_set(error, ERR_INTERNAL, "the route row %s %s lacks a method, path, handler, action or doc",
	                 route->method ? route->method : "?", route->path ? route->path : "?");
}

static int rows_collect(App *app, Error *error) {
	COLLECT(app, actions, action_count, app->actions, app->action_count);
	COLLECT(app, settings, setting_count, app->settings, app->setting_count);
	COLLECT(app, jobs, job_count, app->kinds, app->kind_count);
	COLLECT(app, chores, chore_count, app->chore_rows, app->chore_count);
	for (size_t m = 0; m < app->module_count; m++)
		for (size_t i = 0; i < app->modules[m]->route_count; i++) {
			int code = route_check(&app->modules[m]->routes[i], error);
			if (code) return code;
		}
	int code = rows_sort((const void **)app->actions, app->action_count, "action", error);
	if (code == 0) code = rows_sort((const void **)app->settings, app->setting_count, "setting", error);
	if (code == 0) code = rows_sort((const void **)app->kinds, app->kind_count, "job kind", error);
	return code;
}

/* --- the installation key ----------------------------------------------------------------------------------------- */
int app_secret_create(const char *dir, Error *error) {
	Arena *arena = arena_new();
	const char *keys = arena_printf(arena, "%s/keys", dir), *path = arena_printf(arena, "%s/secret.bin", keys);
	uint8_t secret[SECRET_LEN];
	random_bytes(secret, sizeof secret);
	int code = 0, fd = -1;
	if (mkdir(keys, 0700) != 0 && errno != EEXIST)
		code = error_set(error, ERR_IO, "cannot make the folder %s: %s", keys, strerror(errno));
	if (code == 0) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno == EEXIST)
			code = error_set(error, ERR_CONFLICT, "%s is there already: this folder was initialised before", path);
		else if (fd < 0)
			code = error_set(error, ERR_IO, "cannot make %s: %s", path, strerror(errno));
	}
	if (fd >= 0) {
		bool good = write(fd, secret, sizeof secret) == (ssize_t)sizeof secret && fsync(fd) == 0;
		if (close(fd) != 0 || !good) {
			code = error_set(error, ERR_IO, "cannot write %s: %s", path, strerror(errno));
			unlink(path);
		}
	}
	explicit_bzero(secret, sizeof secret);
	arena_free(arena);
	return code;
}

static int secret_load(App *app, Error *error) {
	const char *path = app_path(app->arena, app, "keys/secret.bin");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return error_set(error, ERR_NOT_FOUND, "%s is missing: run `yiwang init` on this folder first", path);
	if (fd < 0) return error_set(error, ERR_IO, "cannot read %s: %s", path, strerror(errno));
	uint8_t bytes[SECRET_LEN + 1];
	ssize_t got = read(fd, bytes, sizeof bytes);
	close(fd);
	if (got != SECRET_LEN)
		return error_set(error, ERR_IO, "%s must hold %d bytes: restore it from a backup", path, SECRET_LEN);
	memcpy(app->secret, bytes, SECRET_LEN);
	explicit_bzero(bytes, sizeof bytes);
	return 0;
}

/* --- made and gone ------------------------------------------------------------------------------------------------- */
int app_create(App **out, const char *dir, Store *store, const Module *const *modules, size_t count, Error *error) {
	App *app = calloc(1, sizeof *app);
	if (!app) abort();
	app->arena = arena_new();
	app->dir = arena_strdup(app->arena, dir);
	app->store = store;
	app->modules = modules;
	app->module_count = count;
	pthread_mutex_init(&app->parts_lock, NULL);
	pthread_mutex_init(&app->pool_lock, NULL);
	app->cache = cache_new();
	int code = secret_load(app, error);
	if (code == 0) code = rows_collect(app, error);
	if (code) {
		app_free(app);
		return code;
	}
	*out = app;
	return 0;
}

static void pool_free(App *app) {
	while (app->pool) {
		Request *rq = app->pool;
		app->pool = rq->next_free;
		buf_free(&rq->body);
		arena_free(rq->arena);
		free(rq);
	}
}

void app_free(App *app) {
	if (!app) return;
	pool_free(app);
	cache_free(app->cache);
	pthread_mutex_destroy(&app->pool_lock);
	pthread_mutex_destroy(&app->parts_lock);
	explicit_bzero(app->secret, sizeof app->secret);
	arena_free(app->arena);
	free(app);
}

/* --- start and stop ------------------------------------------------------------------------------------------------- */
static int app_prepare(App *app, Error *error) {
	int code = store_migrate(app->store, store_migrations, store_migration_count, error);
	for (size_t m = 0; m < app->module_count && code == 0; m++)
		if (app->modules[m]->migration_count)
			code = store_migrate(app->store, app->modules[m]->migrations, app->modules[m]->migration_count, error);
	if (code) return code;
	char host[65] = "", node[512];
	gethostname(host, sizeof host - 1);
	snprintf(node, sizeof node, "%s:%s", host, app->dir);
	code = store_join(app->store, node, error);
	if (code) return code;
	Db *db = store_reader(app->store, error);
	if (!db) return error->code;
	int64_t generation = 0;
	code = generation_read(db, &generation);
	store_release(db);
	atomic_store(&app->generation, generation);
	return code < 0 ? code : 0;
}

static void modules_stop(App *app) {
	while (app->started > 0) {
		const Module *module = app->modules[--app->started];
		if (module->stop) module->stop(app);
	}
}

int app_start(App *app, bool jobs, Error *error) {
	int code = app_prepare(app, error);
	for (size_t m = 0; m < app->module_count && code == 0; m++) {
		if (app->modules[m]->start) code = app->modules[m]->start(app, error);
		if (code == 0) app->started++;
	}
	if (code == 0 && jobs) code = runner_start(app, error);
	if (code == 0 && jobs) chores_start(app);
	if (code) modules_stop(app);
	return code;
}

void app_stop(App *app) {
	chores_stop(app);
	runner_stop(app);
	modules_stop(app);
}

/* --- look-ups --------------------------------------------------------------------------------------------------------- */
size_t app_modules(const App *app, const Module *const **out) {
	*out = app->modules;
	return app->module_count;
}

Store *app_store(App *app) {
	return app->store;
}

const char *app_dir(App *app) {
	return app->dir;
}

const uint8_t *app_secret(App *app) {
	return app->secret;
}

char *app_path(Arena *arena, App *app, const char *relative) {
	return arena_printf(arena, "%s/%s", app->dir, relative);
}

bool app_holds(App *app, const char *path) {
	char *real = realpath(path, NULL), *state = realpath(app->dir, NULL);
	size_t length = state ? strlen(state) : 0;
	bool inside = real && state && strncmp(real, state, length) == 0 && (real[length] == '/' || real[length] == '\0');
	free(real);
	free(state);
	return inside;
}

int64_t app_generation(const App *app) {
	return atomic_load(&((App *)app)->generation);
}

static Part *part_find(App *app, const char *name) {
	int count = atomic_load_explicit(&app->part_count, memory_order_acquire);
	for (int i = 0; i < count; i++)
		if (app->parts[i].name == name) return &app->parts[i];
	for (int i = 0; i < count; i++)
		if (strcmp(app->parts[i].name, name) == 0) return &app->parts[i];
	return NULL;
}

void *app_part(App *app, const char *name) {
	Part *part = part_find(app, name);
	return part ? atomic_load_explicit(&part->part, memory_order_acquire) : NULL;
}

void app_part_set(App *app, const char *name, void *object) {
	pthread_mutex_lock(&app->parts_lock);
	Part *part = part_find(app, name);
	if (part)
		atomic_store_explicit(&part->part, object, memory_order_release);
	else {
		int count = atomic_load(&app->part_count);
		assert(count < PARTS_MAX);
		app->parts[count].name = name;
		atomic_store(&app->parts[count].part, object);
		atomic_store_explicit(&app->part_count, count + 1, memory_order_release);
	}
	pthread_mutex_unlock(&app->parts_lock);
}

bool action_known(App *app, const char *name) {
	return row_find((const void *const *)app->actions, app->action_count, name) != NULL;
}

int action_run(Request *rq, const char *name, void *arg) {
	const Action *action = row_find((const void *const *)rq->app->actions, rq->app->action_count, name);
	if (!action) return fail(rq, ERR_INTERNAL, "no room registered the action %s", name);
	return action->run(rq, arg);
}

const Module core_module = {
    .name = "core",
    ROWS_OF(route, job_routes),
    ROWS_OF(migration, core_migrations),
    ROWS_OF(setting, core_settings),
    ROWS_OF(chore, core_chores),
};
