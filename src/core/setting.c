/* setting: values that people may change while the program runs: table `setting` over the modules' default rows.
 * Thread: any. Lifetime: the values in force are one cached object a generation. */
#include "core/core_private.h"
#include <assert.h>

typedef struct Settings { /* parallel to app->settings */
	const char **values;
	int64_t *numbers, *versions;
} Settings;

static ptrdiff_t setting_index(const App *app, Text name) {
	size_t low = 0, high = app->setting_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		Text row = text_of(app->settings[middle]->name);
		if (text_eq(name, row)) return (ptrdiff_t)middle;
		size_t common = name.len < row.len ? name.len : row.len;
		int order = memcmp(name.at, row.at, common);
		if (order < 0 || (order == 0 && name.len < row.len))
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

static bool is_number(const Setting *setting) {
	return setting->min != 0 || setting->max != 0;
}

static void value_put(const App *app, Settings *settings, Arena *arena, size_t i, Text value) {
	settings->values[i] = text_cstr(arena, value);
	if (is_number(app->settings[i])) text_to_int(value, &settings->numbers[i]);
}

static int settings_load(Request *rq, Text key, Arena *arena, void **object) {
	const App *app = rq->app;
	Settings *settings = ARENA_NEW(arena, Settings);
	settings->values = ARENA_ARRAY(arena, const char *, app->setting_count + 1);
	settings->numbers = ARENA_ARRAY(arena, int64_t, app->setting_count + 1);
	settings->versions = ARENA_ARRAY(arena, int64_t, app->setting_count + 1);
	for (size_t i = 0; i < app->setting_count; i++)
		value_put(app, settings, arena, i, text_of(app->settings[i]->value));
	Rows *rows;
	int code = db_query(rq->db, &rows, "SELECT name, value, version FROM setting", NO_BIND);
	while (code == 0 && (code = rows_next(rows)) > 0) {
		ptrdiff_t i = setting_index(app, rows_text(rows, 0));
		if (i >= 0) { /* one of a module no longer built in stays in the table, unused */
			value_put(app, settings, arena, (size_t)i, rows_text(rows, 1));
			settings->versions[i] = rows_int(rows, 2);
		}
		code = 0;
	}
	if (code < 0) return code;
	*object = settings;
	return 0;
}

static const CacheKind settings_kind = {.name = "settings", .load = settings_load, .max = 4};

static const Settings *settings_now(Request *rq) {
	const void *settings = NULL;
	if (!rq->db || cache_get(rq, &settings_kind, TEXT("all"), &settings) < 0) return NULL;
	return settings;
}

const char *setting_text(Request *rq, const char *name) {
	ptrdiff_t i = setting_index(rq->app, text_of(name));
	assert(i >= 0);
	const Settings *settings = settings_now(rq);
	return settings ? settings->values[i] : rq->app->settings[i]->value;
}

int64_t setting_int(Request *rq, const char *name) {
	ptrdiff_t i = setting_index(rq->app, text_of(name));
	assert(i >= 0);
	const Settings *settings = settings_now(rq);
	int64_t number = 0;
	if (settings) return settings->numbers[i];
	text_to_int(text_of(rq->app->settings[i]->value), &number);
	return number;
}

int64_t setting_version(Request *rq, const char *name) {
	ptrdiff_t i = setting_index(rq->app, text_of(name));
	assert(i >= 0);
	const Settings *settings = settings_now(rq);
	return settings ? settings->versions[i] : 0;
}

static int value_check(Request *rq, const Setting *setting, Text value) {
	int64_t number;
	if (!is_number(setting)) {
		if (setting->good && !setting->good(value))
			return error_field(rq->error, ERR_INVALID, "value", value, "form", setting->advice,
			                   "The setting %s does not take this text", setting->name);
		if (value.len <= 2000 && utf8_valid(value)) return 0;
		return error_field(rq->error, ERR_INVALID, "value", value, "length", "Shorten it to 2,000 bytes of UTF-8.",
		                   "The setting %s takes a text of at most 2,000 bytes", setting->name);
	}
	if (text_to_int(value, &number) == 0 && number >= setting->min && number <= setting->max) return 0;
	return error_field(rq->error, ERR_INVALID, "value", value, "range", "Give a whole number within the range.",
	                   "The setting %s takes a whole number from %lld to %lld", setting->name, (long long)setting->min,
	                   (long long)setting->max);
}

int setting_set(Request *rq, Text name, Text value, int64_t version) {
	ptrdiff_t i = setting_index(rq->app, name);
	if (i < 0) return fail(rq, ERR_NOT_FOUND, "There is no setting %.*s", TEXT_ARG(name));
	const Setting *setting = rq->app->settings[i];
	int code = value_check(rq, setting, value);
	if (code) return code;
	int64_t changed;
	if (version == 0)
		changed =
		    db_run(rq->db, "INSERT INTO setting (name, value, version) VALUES ($1, $2, 1) ON CONFLICT (name) DO NOTHING",
		           BIND(val_str(setting->name), val_text(value)));
	else
		changed = db_run(rq->db, "UPDATE setting SET value = $2, version = version + 1 WHERE name = $1 AND version = $3",
		                 BIND(val_str(setting->name), val_text(value), val_int(version)));
	if (changed < 0) return (int)changed;
	if (changed == 0)
		return fail(rq, ERR_CONFLICT, "The setting %s was changed by someone else; read it again and repeat",
		            setting->name);
	code = generation_bump(rq->db);
	return code < 0 || !setting->changed ? code : setting->changed(rq);
}

int setting_list(Request *rq) {
	const void *object = NULL;
	int code = cache_get(rq, &settings_kind, TEXT("all"), &object);
	if (code < 0) return code;
	const Settings *settings = object;
	jw_array(&rq->json);
	for (size_t i = 0; i < rq->app->setting_count; i++) {
		const Setting *setting = rq->app->settings[i];
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "name", setting->name);
		jw_kv_str(&rq->json, "value", settings->values[i]);
		jw_kv_str(&rq->json, "default", setting->value);
		jw_kv_str(&rq->json, "doc", message_say(rq, setting->doc));
		jw_kv_int(&rq->json, "min", setting->min);
		jw_kv_int(&rq->json, "max", setting->max);
		jw_kv_int(&rq->json, "version", settings->versions[i]);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
	return 0;
}
