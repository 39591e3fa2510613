/* class: what happens in a city, by kinds (部件 and 事件, in the manner of GB/T 30428.2/.3): big classes and small ones under
 * them, which take over what they do not say themselves. Table event_class, a row a version; pack items "event_classes". Read
 * through the cache of a generation, any lane; put in a write. */
#include "event/internal.h"
#include "catalog/catalog.h"
#include <stdlib.h>

static const struct {
	const char *name;
	unsigned bit;
} needs_words[] = {{"place", NEEDS_PLACE},         {"address", NEEDS_ADDRESS},         {"photo", NEEDS_PHOTO},
                   {"component", NEEDS_COMPONENT}, {"description", NEEDS_DESCRIPTION}, {"phone", NEEDS_PHONE}};
enum { NEEDS_WORDS = sizeof needs_words / sizeof *needs_words };
static const char *const stages[] = {"accept", "verify", "file", "dispatch", "dispose", "check", "close"};
enum { STAGES = sizeof stages / sizeof *stages };

/* What a small class takes over from its big class, where its document does not say it or says null. */
static const char *const taken_over[] = {"grade", "needs", "metres", "hours"};

/* --- reading a document ------------------------------------------------------------------------------------------------- */
typedef struct Reading {
	Request *rq;
	Arena *arena;
	void (*fault)(void *arg, const char *path, const char *rule, const char *message, const char *advice);
	void *arg;
	int faults;
} Reading;

static void fault_at(Reading *reading, const char *path, const char *rule, const char *message, const char *advice) {
	reading->faults++;
	if (reading->fault) reading->fault(reading->arg, path, rule, message, advice);
}

/* NULL for what is not given, also where null is written. */
static const json_t *given(const json_t *json, const char *key) {
	const json_t *value = json_object_get(json, key);
	return json_is_null(value) ? NULL : value;
}

static const char *text_at(Reading *reading, const char *path, const json_t *json, const char *key, bool required, size_t max) {
	const json_t *value = json_object_get(json, key);
	if (!value && !required) return "";
	Text text = {json_string_value(value), json_string_length(value)};
	if (json_is_string(value) && (text.len || !required) && utf8_count(text) <= max) return text_cstr(reading->arena, text);
	fault_at(reading, arena_printf(reading->arena, "%s%s", path, key), "text", "a text is needed here",
	         arena_printf(reading->arena, "write 1 to %zu characters", max));
	return "";
}

static int number_at(Reading *reading, const char *path, const json_t *json, const char *key, int least, int most,
                     int otherwise) {
	const json_t *value = given(json, key);
	if (!value) return otherwise;
	if (json_is_integer(value) && json_integer_value(value) >= least && json_integer_value(value) <= most)
		return (int)json_integer_value(value);
	fault_at(reading, arena_printf(reading->arena, "%s%s", path, key), "range",
	         "a whole number within the range is needed here", arena_printf(reading->arena, "write %d to %d", least, most));
	return otherwise;
}

/* One of the words; `otherwise` when absent. */
static const char *word_at(Reading *reading, const json_t *json, const char *key, const char *const *words, int count,
                           const char *otherwise) {
	const json_t *value = given(json, key);
	const char *word = json_string_value(value);
	for (int i = 0; word && i < count; i++)
		if (strcmp(word, words[i]) == 0) return words[i];
	if (value) fault_at(reading, key, "choice", "this is none of the words", "see docs/packs.md");
	return otherwise;
}

static void keys_known(Reading *reading, const char *path, const json_t *json, const char *const *known, int count) {
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)json, key, value) {
		bool found = false;
		for (int i = 0; i < count; i++)
			found |= strcmp(known[i], key) == 0;
		if (!found)
			fault_at(reading, arena_printf(reading->arena, "%s%s", path, key), "unknown_key", "there is no such key",
			         "see docs/packs.md");
	}
}

/* {accept: {work_hours: 2}, …}: NULL when absent or null. */
static const json_t *limits_at(Reading *reading, const char *path, const json_t *json) {
	static const char *const units[] = {"work_days", "work_hours", "days", "hours", "minutes"};
	const json_t *limits = given(json, "limits");
	const char *stage;
	json_t *limit;
	if (!limits) return NULL;
	if (!json_is_object(limits))
		fault_at(reading, arena_printf(reading->arena, "%slimits", path), "type", "an object is needed here",
		         "see docs/packs.md");
	keys_known(reading, arena_printf(reading->arena, "%slimits.", path), limits, stages, STAGES);
	json_object_foreach((json_t *)limits, stage, limit) {
		bool good = json_object_size(limit) == 1;
		for (size_t i = 0; good && i < sizeof units / sizeof *units; i++) {
			const json_t *n = json_object_get(limit, units[i]);
			if (n) good = json_is_integer(n) && json_integer_value(n) >= 1 && json_integer_value(n) <= 1000;
		}
		keys_known(reading, arena_printf(reading->arena, "%slimits.%s.", path, stage), limit, units,
		           sizeof units / sizeof *units);
		if (!good)
			fault_at(
			    reading, arena_printf(reading->arena, "%slimits.%s", path, stage), "limit", "this is no limit",
			    "write {work_days: n}, {work_hours: n}, {days: n}, {hours: n} or {minutes: n} with n from 1 to 1000");
	}
	return limits;
}

static void conditions_at(Reading *reading, const json_t *json, EventClass *out) {
	static const char *const keys[] = {"no", "text", "closing", "text_en", "closing_en", "limits"};
	const json_t *list = json_object_get(json, "conditions");
	size_t index;
	json_t *item;
	if (json_array_size(list) > EVENT_CONDITIONS_MAX) {
		fault_at(reading, "conditions", "list", "a class has at most 16 conditions", "put some together");
		return;
	}
	json_array_foreach(list, index, item) {
		const char *path = arena_printf(reading->arena, "conditions[%zu].", index);
		keys_known(reading, path, item, keys, sizeof keys / sizeof *keys);
		EventCondition *condition = &out->conditions[out->condition_count++];
		*condition = (EventCondition){.no = number_at(reading, path, item, "no", 1, 99, (int)index + 1),
		                              .text = text_at(reading, path, item, "text", true, 200),
		                              .closing = text_at(reading, path, item, "closing", true, 200),
		                              .text_en = text_at(reading, path, item, "text_en", false, 400),
		                              .closing_en = text_at(reading, path, item, "closing_en", false, 400),
		                              .limits = limits_at(reading, path, item)};
		for (int i = 0; i + 1 < out->condition_count; i++)
			if (out->conditions[i].no == condition->no)
				fault_at(reading, arena_printf(reading->arena, "%sno", path), "unique",
				         "the number is there twice", "give another one");
	}
}

static unsigned needs_at(Reading *reading, const json_t *json, unsigned otherwise) {
	const json_t *list = given(json, "needs");
	unsigned needs = 0;
	size_t index;
	json_t *word;
	if (!list) return otherwise;
	json_array_foreach(list, index, word) {
		unsigned bit = 0;
		for (int i = 0; i < NEEDS_WORDS; i++)
			if (json_is_string(word) && strcmp(json_string_value(word), needs_words[i].name) == 0)
				bit = needs_words[i].bit;
		if (!bit)
			fault_at(reading, arena_printf(reading->arena, "needs[%zu]", index), "choice",
			         "nothing of that name can be asked for",
			         "use place, address, photo, component, description or phone");
		needs |= bit;
	}
	return needs;
}

/* A class's code: B (部件), S (事件) or D (信息核查) and 2 digits, or 4 to 6 that begin with those of its big class. */
static bool code_good(Text code, Text parent) {
	if (code.len < 3 || code.len > 7 || (!strchr("BSD", code.at[0]))) return false;
	for (size_t i = 1; i < code.len; i++)
		if (code.at[i] < '0' || code.at[i] > '9') return false;
	return parent.len ? code.len > parent.len && parent.len == 3 && text_starts(code, parent) : code.len == 3;
}

/* big: the class it takes over from, NULL for a big class and while a pack is checked. */
static void class_read(Reading *reading, const json_t *json, const EventClass *big, EventClass *out) {
	static const char *const keys[] = {"code",   "title",      "title_en", "parent", "grade",  "needs",
	                                   "limits", "conditions", "metres",   "hours",  "retired"};
	static const char *const grades[] = {"general", "large", "major"};
	keys_known(reading, "", json, keys, sizeof keys / sizeof *keys);
	*out = (EventClass){.code = text_at(reading, "", json, "code", true, 7),
	                    .title = text_at(reading, "", json, "title", true, 40),
	                    .title_en = text_at(reading, "", json, "title_en", true, 80),
	                    .parent = text_at(reading, "", json, "parent", false, 3),
	                    .grade = word_at(reading, json, "grade", grades, 3, big ? big->grade : "general"),
	                    .needs = needs_at(reading, json, big ? big->needs : NEEDS_PLACE),
	                    .metres = number_at(reading, "", json, "metres", 0, 300, big ? big->metres : 50),
	                    .hours = number_at(reading, "", json, "hours", 1, 8760, big ? big->hours : 168),
	                    .retired = json_is_true(json_object_get(json, "retired")),
	                    .limits = limits_at(reading, "", json)};
	out->kind = *out->code == 'B' ? "component" : *out->code == 'D' ? "check" : "event";
	if (!code_good(text_of(out->code), text_of(out->parent)))
		fault_at(reading, "code", "code", "this is no code of a class",
		         "write B (部件), S (事件) or D (信息核查) with 2 digits, and for a small class 2 to 4 more under its "
		         "parent's");
	conditions_at(reading, json, out);
	if (*out->parent && !out->condition_count)
		fault_at(reading, "conditions", "list", "a small class has conditions of filing and closing",
		         "write at least one");
	if (!big) return;
	if (!out->limits) out->limits = big->limits;
	out->retired |= big->retired;
}

/* --- stored ------------------------------------------------------------------------------------------------------------- */
static void json_drop(void *json) {
	json_decref(json);
}

static int document_of(Request *rq, Arena *arena, Text code, int version, json_t **out, int64_t *stored) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT document, version FROM event_class WHERE code = $1 AND (version = $2 OR CAST($2 AS BIGINT) = 0) ORDER"
	           " BY version DESC LIMIT 1",
	           BIND(val_text(code), val_int(version)));
	*out = NULL;
	if (found <= 0) return found;
	Text text = rows_text(rows, 0);
	*stored = rows_int(rows, 1);
	*out = json_loadb(text.at, text.len, 0, NULL);
	if (*out) arena_on_free(arena, json_drop, *out);
	return 1;
}

/* Stage by stage: the class's own limit, else its big class's. */
static const json_t *limits_join(Arena *arena, const json_t *over, const json_t *under) {
	json_t *out = under ? json_deep_copy(under) : json_object();
	arena_on_free(arena, json_drop, out);
	if (over) json_object_update(out, (json_t *)over);
	return out;
}

static void inherits_of(EventClass *class, const json_t *json, const EventClass *big) {
	static const char *const limit_names[STAGES] = {"limits.accept",  "limits.verify", "limits.file", "limits.dispatch",
	                                                "limits.dispose", "limits.check",  "limits.close"};
	for (size_t i = 0; i < sizeof taken_over / sizeof *taken_over; i++)
		if (!given(json, taken_over[i])) class->inherits[class->inherit_count++] = taken_over[i];
	for (int i = 0; i < STAGES; i++)
		if (json_object_get(big->limits, stages[i]) && !json_object_get(given(json, "limits"), stages[i]))
			class->inherits[class->inherit_count++] = limit_names[i];
}

static int class_load(Request *rq, Text key, Arena *arena, void **object) {
	const char *slash = memchr(key.at, '/', key.len);
	Text code = {key.at, (size_t)(slash - key.at)};
	int64_t version = 0, stored;
	json_t *json;
	if (text_to_int((Text){slash + 1, key.len - code.len - 1}, &version) < 0) return ERR_NOT_FOUND;
	int found = document_of(rq, arena, code, (int)version, &json, &stored);
	if (found <= 0) return found < 0 ? found : ERR_NOT_FOUND;
	const EventClass *big = NULL;
	const char *parent = json_string_value(json_object_get(json, "parent"));
	if (parent && *parent && (found = event_class_find(rq, text_of(parent), 0, &big)) < 0 && found != ERR_NOT_FOUND)
		return found;
	EventClass *made = ARENA_NEW(arena, EventClass);
	Reading reading = {.rq = rq, .arena = arena};
	class_read(&reading, json, NULL, made);
	if (big) { /* what is taken over must live with this object: texts are constants, limits are copied */
		EventClass with = *big;
		class_read(&reading, json, &with, made);
	}
	if (big) inherits_of(made, json, big);
	made->limits = limits_join(arena, limits_at(&reading, "", json), big ? big->limits : NULL);
	if (reading.faults) return fail(rq, ERR_INTERNAL, "the stored class %.*s is damaged", TEXT_ARG(code));
	made->version = (int)stored;
	*object = made;
	return 0;
}

int event_class_find(Request *rq, Text code, int version, const EventClass **out) {
	static const CacheKind kind = {"event.class", class_load, 4000};
	const void *object = NULL;
	int found = cache_get(rq, &kind, text_of(arena_printf(rq->arena, "%.*s/%d", TEXT_ARG(code), version)), &object);
	if (found == 0) *out = object;
	return found;
}

const json_t *class_limits(Request *rq, const EventClass *class, int condition_no) {
	for (int i = 0; i < class->condition_count; i++)
		if (class->conditions[i].no == condition_no)
			return limits_join(rq->arena, class->conditions[i].limits, class->limits);
	return class->limits;
}

const EventCondition *class_condition(const EventClass *class, int condition_no) {
	for (int i = 0; i < class->condition_count; i++)
		if (class->conditions[i].no == condition_no) return &class->conditions[i];
	return NULL;
}

/* The highest number a condition of the class had in any version: an event keeps its condition by number, so that none is given
 * a second time. */
static int conditions_last(Request *rq, const char *class, int64_t *out) {
	Rows *rows;
	int code = db_query(rq->db, &rows, "SELECT document FROM event_class WHERE code = $1", BIND(val_str(class)));
	*out = 0;
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0) {
		Text text = rows_text(rows, 0);
		json_t *json = json_loadb(text.at, text.len, 0, NULL), *item;
		size_t index;
		json_array_foreach(json_object_get(json, "conditions"), index, item) {
			const json_t *no = json_object_get(item, "no");
			int64_t n = no ? json_integer_value(no) : (int64_t)index + 1;
			if (n > *out) *out = n;
		}
		json_decref(json);
	}
	rows_close(rows);
	return code;
}

/* In a write: the next version. */
static int class_put(Request *rq, const char *code, const json_t *document, int64_t *version) {
	char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
	arena_on_free(rq->arena, free, text);
	int64_t last = 0;
	int done = db_lock(rq->db, "event.class", 0);
	if (done >= 0)
		done = db_int(rq->db, &last, "SELECT COALESCE(MAX(version), 0) FROM event_class WHERE code = $1",
		              BIND(val_str(code)));
	if (done < 0) return done;
	*version = last + 1;
	done = (int)db_run(rq->db,
	                   "INSERT INTO event_class (code, version, document, stored_us, stored_by) VALUES ($1, $2, $3, $4, $5)",
	                   BIND(val_str(code), val_int(*version), val_str(text), val_int(rq->now_us), val_str(rq->party.login)));
	return done < 0 ? done : generation_bump(rq->db);
}

/* --- pack items ----------------------------------------------------------------------------------------------------------- */
static void part_fault(void *arg, const char *path, const char *rule, const char *message, const char *advice) {
	PackPart *part = arg;
	part->problem(part, path, rule, message, advice);
}

int action_class_check(Request *rq, void *arg) {
	PackPart *part = arg;
	Reading reading = {.rq = rq, .arena = rq->arena, .fault = part_fault, .arg = part};
	class_read(&reading, part->json, NULL, ARENA_NEW(rq->arena, EventClass));
	return 0;
}

int action_class_local(Request *rq, void *arg) {
	PackPart *part = arg;
	int64_t version;
	int found = document_of(rq, rq->arena, text_of(part->name), 0, &part->local, &version);
	return found < 0 ? found : 0;
}

int action_class_put(Request *rq, void *arg) {
	PackPart *part = arg;
	int64_t version;
	return class_put(rq, part->name, part->json, &version);
}

/* --- routes --------------------------------------------------------------------------------------------------------------- */
static void needs_write(JsonWriter *json, const EventClass *class) {
	jw_key(json, "needs");
	jw_array(json);
	for (int i = 0; i < NEEDS_WORDS; i++)
		if (class->needs & needs_words[i].bit) jw_str(json, needs_words[i].name);
	jw_array_end(json);
}

static void json_member(Request *rq, const char *key, const json_t *value) {
	jw_key(&rq->json, key);
	char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
	if (text) arena_on_free(rq->arena, free, text);
	if (text)
		jw_raw(&rq->json, text_of(text));
	else
		jw_null(&rq->json);
}

const char *event_class_pinyin(Arena *arena, const EventClass *class) {
	Buf *words = ARENA_NEW(arena, Buf);
	buf_in(words, arena);
	for (int full = 0; full < 2; full++) {
		if (full) buf_char(words, ' ');
		for (const char *at = class->title, *end = at + strlen(at); at < end;) {
			const char *syllable = pinyin_syllable(utf8_next(&at, end));
			if (syllable) buf_add(words, syllable, full ? strlen(syllable) : 1);
		}
	}
	return text_cstr(arena, buf_as_text(words));
}

void class_members(Request *rq, const EventClass *class) {
	JsonWriter *json = &rq->json;
	jw_kv_str(json, "code", class->code);
	jw_kv_int(json, "version", class->version);
	jw_kv_str(json, "title", class->title);
	jw_kv_str(json, "title_en", class->title_en);
	jw_kv_str(json, "pinyin", event_class_pinyin(rq->arena, class));
	jw_kv_str(json, "parent", class->parent);
	jw_kv_str(json, "kind", class->kind);
	jw_kv_str(json, "grade", class->grade);
	needs_write(json, class);
	jw_kv_int(json, "metres", class->metres);
	jw_kv_int(json, "hours", class->hours);
	jw_kv_bool(json, "retired", class->retired);
	json_member(rq, "limits", class->limits);
	jw_key(json, "inherits");
	jw_array(json);
	for (int i = 0; i < class->inherit_count; i++)
		jw_str(json, class->inherits[i]);
	jw_array_end(json);
	jw_key(json, "conditions");
	jw_array(json);
	for (int i = 0; i < class->condition_count; i++) {
		const EventCondition *condition = &class->conditions[i];
		jw_object(json);
		jw_kv_int(json, "no", condition->no);
		jw_kv_str(json, "text", condition->text);
		jw_kv_str(json, "text_en", condition->text_en);
		jw_kv_str(json, "closing", condition->closing);
		jw_kv_str(json, "closing_en", condition->closing_en);
		json_member(rq, "limits", condition->limits);
		jw_object_end(json);
	}
	jw_array_end(json);
}

/* What the class says itself, as it is stored: the form of PUT. */
static int class_own(Request *rq, const EventClass *class) {
	json_t *document;
	int64_t version, last;
	int code = document_of(rq, rq->arena, text_of(class->code), class->version, &document, &version);
	if (code >= 0) code = conditions_last(rq, class->code, &last);
	if (code < 0) return code;
	json_member(rq, "document", document);
	jw_kv_int(&rq->json, "last_no", last);
	return 0;
}

bool event_class_reported(const EventClass *class) {
	return *class->parent && !class->retired && strcmp(class->kind, "check") != 0;
}

int event_class_list(Request *rq, const EventClass ***out) {
	enum { CLASSES_MAX = 4000 };
	Rows *rows;
	const char **codes = ARENA_ARRAY(rq->arena, const char *, CLASSES_MAX);
	int count = 0, code = db_query(rq->db, &rows, "SELECT DISTINCT code FROM event_class ORDER BY code LIMIT $1",
	                               BIND(val_int(CLASSES_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0)
		codes[count++] = rows_str(rows, 0, rq->arena);
	*out = ARENA_ARRAY(rq->arena, const EventClass *, CLASSES_MAX);
	for (int i = 0; i < count && code >= 0; i++)
		code = event_class_find(rq, text_of(codes[i]), 0, &(*out)[i]);
	return code < 0 ? code : count;
}

int event_classes_answer(Request *rq) {
	const EventClass **classes;
	int count = event_class_list(rq, &classes);
	if (count < 0) return count;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int i = 0; i < count; i++) {
		jw_object(&rq->json);
		class_members(rq, classes[i]);
		jw_object_end(&rq->json);
	}
	answer_rows_end(rq, 0);
	return 0;
}

int classes_get(Request *rq) {
	return event_classes_answer(rq);
}

static int class_missing(Request *rq, Text code) {
	return error_field(rq->error, ERR_NOT_FOUND, "code", code, "class_unknown", "Choose one of the list of classes.",
	                   "There is no such class of events");
}

int class_get(Request *rq) {
	const EventClass *class;
	int code = event_class_find(rq, in_text(rq, "code"), (int)in_int(rq, "version"), &class);
	if (code == ERR_NOT_FOUND) return class_missing(rq, in_text(rq, "code"));
	if (code < 0) return code;
	jw_object(&rq->json);
	class_members(rq, class);
	code = class_own(rq, class);
	jw_object_end(&rq->json);
	return code;
}

static void put_fault(void *arg, const char *path, const char *rule, const char *message, const char *advice) {
	request_fault(arg, path, rule, message, advice);
}

/* A new version, or a new class (version 0); running cases keep the version they were reported under. */
int class_put_route(Request *rq) {
	const EventClass *class = NULL, *big = NULL;
	const char *name = in_str(rq, "code");
	json_t *document = in_json(rq, "document");
	int64_t seen = in_int(rq, "version"), version = 0;
	EventClass *made = ARENA_NEW(rq->arena, EventClass);
	int code = db_lock(rq->db, "event.class", 0);
	if (code >= 0 && (code = event_class_find(rq, text_of(name), 0, &class)) == ERR_NOT_FOUND) code = 0;
	if (code < 0) return code;
	if (!seen && class)
		return error_field(rq->error, ERR_CONFLICT, "code", text_of(name), "exists",
		                   "Choose another code, or change the class that has it.", "There is a class of this code");
	if (seen != (class ? class->version : 0))
		return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read it again and decide anew.",
		                   "The class was changed meanwhile (it is at version %d)", class ? class->version : 0);
	Reading reading = {.rq = rq, .arena = rq->arena, .fault = put_fault, .arg = rq};
	class_read(&reading, document, NULL, made);
	if (reading.faults) return ERR_INVALID;
	if (strcmp(made->code, name) != 0)
		return error_field(rq->error, ERR_INVALID, "code", text_of(made->code), "name", "Keep the code of the class.",
		                   "The document is of another class");
	if (*made->parent && (code = event_class_find(rq, text_of(made->parent), 0, &big)) < 0)
		return code != ERR_NOT_FOUND
		           ? code
		           : error_field(rq->error, ERR_INVALID, "parent", text_of(made->parent), "class_unknown",
		                         "Make the big class first.", "There is no such big class");
	if ((code = class_put(rq, name, document, &version)) < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"class\":\"%s\",\"version\":%lld}", name, (long long)version);
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "code", name);
	jw_kv_int(&rq->json, "version", version);
	jw_object_end(&rq->json);
	return 0;
}

int class_known(Request *rq, const char *field, Text code) {
	const EventClass *class;
	int found = code.len ? event_class_find(rq, code, 0, &class) : 0;
	if (found != ERR_NOT_FOUND) return found;
	return error_field(rq->error, ERR_INVALID, field, code, "class_unknown",
	                   "Choose one of the list of classes, or leave it empty for all.", "There is no such class of events");
}
