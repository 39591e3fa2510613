/* scheme: how an assessment is made, as packs say it: indicators with weight, formula over named counts, thresholds. Table
 * assess_scheme; versions stay. Checked whole when it comes in. */
#include "measure/assess.h"
#include <stdlib.h>

typedef struct Reading {
	Request *rq;
	PackPart *part; /* NULL: what is stored was checked already */
	int faults;
} Reading;

static void fault_at(Reading *check, const char *path, const char *rule, const char *message, const char *advice) {
	check->faults++;
	if (check->part) check->part->problem(check->part, path, rule, message, advice);
}

static const char *text_at(Reading *check, const char *path, const json_t *json, const char *key, size_t max) {
	const json_t *value = json_object_get(json, key);
	Text text = {json_string_value(value), json_string_length(value)};
	if (json_is_string(value) && text.len && utf8_count(text) <= max) return text_cstr(check->rq->arena, text);
	fault_at(check, arena_printf(check->rq->arena, "%s.%s", path, key), "text", "a text is needed here",
	         arena_printf(check->rq->arena, "write 1 to %zu characters", max));
	return "";
}

static int number_at(Reading *check, const char *path, const json_t *json, const char *key, int least, int most) {
	const json_t *value = json_object_get(json, key);
	if (json_is_integer(value) && json_integer_value(value) >= least && json_integer_value(value) <= most)
		return (int)json_integer_value(value);
	fault_at(check, arena_printf(check->rq->arena, "%s.%s", path, key), "range", "a whole number is needed here",
	         arena_printf(check->rq->arena, "write %d to %d", least, most));
	return least;
}

/* The names that a formula may use: the counts of its own sets of lines. */
static void formula_read(Reading *check, const char *path, const json_t *json, Indicator *out) {
	const char *names[LINE_SETS * 2] = {0};
	int count = 0;
	size_t index;
	json_t *name;
	Arena *arena = check->rq->arena;
	json_array_foreach(json_object_get(json, "lines"), index, name) {
		int set = json_is_string(name) ? line_set(text_of(json_string_value(name))) : -1;
		if (set < 0)
			fault_at(check, arena_printf(arena, "%s.lines[%zu]", path, index), "lines",
			         "there is no such set of lines",
			         "use entries, systems, mounts, promises, quality, answers, use or findings");
		else
			out->sets |= 1u << set;
	}
	if (!out->sets)
		fault_at(check, arena_printf(arena, "%s.lines", path), "lines", "an indicator counts some lines",
		         "name one or more sets");
	for (int set = 0; set < LINE_SETS; set++)
		if (out->sets >> set & 1) {
			names[count++] = line_sets[set].whole;
			names[count++] = line_sets[set].part;
		}
	out->formula = text_at(check, path, json, "formula", 500);
	Val ones[LINE_SETS * 2];
	double number;
	Error error = {0};
	for (int i = 0; i < count; i++)
		ones[i] = val_int(1);
	int code = *out->formula ? expression_compile(arena, text_of(out->formula), names, count, &out->expression, &error) : 0;
	if (code == 0 && out->expression)
		code = expression_number(out->expression, ones, &number, &error); /* an unknown name is nil */
	if (code < 0)
		fault_at(check, arena_printf(arena, "%s.formula", path), "formula", arena_strdup(arena, error.message),
		         "use numbers and the counts of its own lines; see docs/packs.md");
}

static void indicator_read(Reading *check, const char *path, const json_t *json, Indicator *out) {
	*out = (Indicator){.name = text_at(check, path, json, "name", 40),
	                   .title = text_at(check, path, json, "title", 40),
	                   .title_en = text_at(check, path, json, "title_en", 60),
	                   .weight = number_at(check, path, json, "weight", 1, 100),
	                   .good = number_at(check, path, json, "good", 0, 100),
	                   .poor = number_at(check, path, json, "poor", 0, 100)};
	if (out->poor > out->good)
		fault_at(check, arena_printf(check->rq->arena, "%s.poor", path), "range", "poor cannot be above good",
		         "below poor it is poor, from good on it is good");
	formula_read(check, path, json, out);
}

static void scheme_read(Reading *check, const json_t *document, Scheme *out) {
	const json_t *list = json_object_get(document, "indicators");
	int sum = 0;
	out->name = text_at(check, "", document, "scheme", 40);
	out->title = text_at(check, "", document, "title", 40);
	out->title_en = text_at(check, "", document, "title_en", 60);
	out->count = (int)json_array_size(list);
	if (out->count < 1 || out->count > INDICATORS_MAX) {
		fault_at(check, "indicators", "list", "a scheme has 1 to 20 indicators", "write a list of them");
		out->count = 0;
	}
	for (int i = 0; i < out->count; i++) {
		const char *path = arena_printf(check->rq->arena, "indicators[%d]", i);
		indicator_read(check, path, json_array_get(list, (size_t)i), &out->indicators[i]);
		sum += out->indicators[i].weight;
		for (int j = 0; j < i; j++)
			if (strcmp(out->indicators[i].name, out->indicators[j].name) == 0)
				fault_at(check, path, "unique", "the name is there twice", "rename one");
	}
	if (out->count && sum != 100) fault_at(check, "indicators", "weights", "the weights do not add up to 100", "change them");
}

/* --- stored ---------------------------------------------------------------------------------------------------------- */
static void decref(void *json) {
	json_decref(json);
}

int scheme_get(Request *rq, Text name, int64_t version, Scheme **out) {
	Rows *rows;
	Digest digest;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT version, document FROM assess_scheme WHERE name = $1 AND ($2 = 0 OR version = $2) ORDER BY version"
	           " DESC LIMIT 1",
	           BIND(val_text(name), val_int(version)));
	if (found < 0) return found;
	if (!found)
		return error_field(rq->error, ERR_NOT_FOUND, "scheme", name, "scheme", "Load a pack with schemes.",
		                   "There is no such scheme");
	Scheme *scheme = ARENA_NEW(rq->arena, Scheme);
	scheme->version = (int)rows_int(rows, 0);
	scheme->document = rows_str(rows, 1, rq->arena);
	digest_sha256(text_of(scheme->document), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, scheme->sha256);
	json_t *json = json_loads(scheme->document, 0, NULL);
	if (!json) return fail(rq, ERR_INTERNAL, "scheme %s is damaged", scheme->name);
	arena_on_free(rq->arena, decref, json);
	Reading check = {.rq = rq};
	scheme_read(&check, json, scheme);
	if (check.faults) return fail(rq, ERR_INTERNAL, "scheme %.*s does not fit this program", TEXT_ARG(name));
	*out = scheme;
	return 0;
}

static int document_of(Request *rq, const char *name, json_t **out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT document FROM assess_scheme WHERE name = $1 ORDER BY version DESC LIMIT 1",
	                   BIND(val_str(name)));
	*out = found > 0 ? json_loadb(rows_text(rows, 0).at, rows_text(rows, 0).len, 0, NULL) : NULL;
	if (*out) arena_on_free(rq->arena, decref, *out);
	return found < 0 ? found : 0;
}

int action_scheme_check(Request *rq, void *arg) {
	Reading check = {.rq = rq, .part = arg};
	scheme_read(&check, check.part->json, ARENA_NEW(rq->arena, Scheme));
	return 0;
}

int action_scheme_local(Request *rq, void *arg) {
	PackPart *part = arg;
	return document_of(rq, part->name, &part->local);
}

int action_scheme_put(Request *rq, void *arg) {
	const PackPart *part = arg;
	int64_t last = 0;
	int code = db_lock(rq->db, "measure.scheme", 0);
	if (code >= 0)
		code = db_int(rq->db, &last, "SELECT COALESCE(max(version), 0) FROM assess_scheme WHERE name = $1",
		              BIND(val_str(part->name)));
	if (code < 0) return code;
	char *text = json_dumps(part->json, JSON_COMPACT | JSON_SORT_KEYS);
	arena_on_free(rq->arena, free, text);
	code = (int)db_run(rq->db, "INSERT INTO assess_scheme (name, version, document, stored_us) VALUES ($1, $2, $3, $4)",
	                   BIND(val_str(part->name), val_int(last + 1), val_str(text), val_int(rq->now_us)));
	return code < 0 ? code : 0;
}

int schemes_get(Request *rq) {
	static const Member members[] = {
	    {"name", MEMBER_TEXT}, {"version", MEMBER_INT}, {"stored_at", MEMBER_TIME}, {"document", MEMBER_JSON}, {0}};
	return answer_list(
	    rq, members,
	    "SELECT s.name, s.version, s.stored_us, s.document FROM assess_scheme s WHERE s.version = (SELECT max(t.version)"
	    " FROM assess_scheme t WHERE t.name = s.name) ORDER BY s.name",
	    NO_BIND);
}
