/* Owns the counting: a few additions a row while it is accepted, on the decode thread; merged on the job's thread. No allocation.
 */
#include "exchange/quality.h"

static void count_rule(Quality *quality, int position, const char *rule, int64_t count) {
	for (int i = 0; i < quality->rule_count; i++) {
		QualityRule *one = &quality->rules[i];
		if (one->position != position || strcmp(one->rule, rule) != 0) continue;
		one->count += count;
		return;
	}
	bool full = quality->rule_count == QUALITY_RULES_MAX;
	QualityRule *fresh = &quality->rules[full ? QUALITY_RULES_MAX - 1 : quality->rule_count++];
	if (full) {
		fresh->count += count;
		fresh->position = -1;
		snprintf(fresh->rule, sizeof fresh->rule, "other");
		return;
	}
	*fresh = (QualityRule){.position = (int16_t)position, .count = count};
	snprintf(fresh->rule, sizeof fresh->rule, "%s", rule);
}

static int position_of(const Resource *resource, const char *name) {
	for (int i = 0; i < resource->field_count; i++)
		if (strncmp(resource->fields[i].name, name, sizeof((Reason *)0)->field - 1) == 0) return i;
	return -1;
}

static bool joins_fields(const Resource *resource, const char *rule) {
	if (strcmp(rule, "reference") == 0) return true;
	for (int i = 0; i < resource->rule_count; i++)
		if (strncmp(resource->rules[i].name, rule, sizeof((Reason *)0)->rule - 1) == 0) return true;
	return false;
}

static void count_missing(Quality *quality, const Resource *resource, const Val *values) {
	for (int i = 0; i < resource->field_count; i++)
		quality->missing[i] += values[i].kind == VAL_NULL || (values[i].kind == VAL_TEXT && values[i].t.len == 0);
}

void quality_row(Quality *quality, const Resource *resource, const Accepted *row, bool unreadable) {
	if (unreadable) {
		quality->unreadable++;
		if (row->reason_count) count_rule(quality, -1, row->reasons[0].rule, 1);
		return;
	}
	quality->rows++;
	count_missing(quality, resource, row->values);
	bool faulty = false, inconsistent = false;
	for (int i = 0; i < row->reason_count; i++) {
		const Reason *reason = &row->reasons[i];
		int position = position_of(resource, reason->field);
		bool joins = joins_fields(resource, reason->rule);
		count_rule(quality, position, reason->rule, 1);
		inconsistent |= joins;
		faulty |= !joins;
		/* a wrong value was given, though nothing of it is kept */
		if (!joins && position >= 0 && row->values[position].kind == VAL_NULL && strcmp(reason->rule, "required") != 0)
			quality->missing[position]--;
	}
	quality->faulty += faulty;
	quality->inconsistent += inconsistent && !faulty;
}

void quality_add(Quality *quality, const Resource *resource, const Quality *other) {
	quality->rows += other->rows;
	quality->unreadable += other->unreadable;
	quality->faulty += other->faulty;
	quality->inconsistent += other->inconsistent;
	for (int i = 0; i < resource->field_count; i++)
		quality->missing[i] += other->missing[i];
	for (int i = 0; i < other->rule_count; i++)
		count_rule(quality, other->rules[i].position, other->rules[i].rule, other->rules[i].count);
}

json_t *quality_pack(const Quality *quality, const Resource *resource) {
	json_t *missing = json_array(), *rules = json_array();
	for (int i = 0; i < resource->field_count; i++)
		json_array_append_new(missing, json_integer(quality->missing[i]));
	for (int i = 0; i < quality->rule_count; i++)
		json_array_append_new(rules, json_pack("[i,s,I]", quality->rules[i].position, quality->rules[i].rule,
		                                       (json_int_t)quality->rules[i].count));
	return json_pack("{s:[I,I,I,I],s:o,s:o}", "rows", (json_int_t)quality->rows, (json_int_t)quality->unreadable,
	                 (json_int_t)quality->faulty, (json_int_t)quality->inconsistent, "missing", missing, "rules", rules);
}

void quality_unpack(Quality *quality, const Resource *resource, const json_t *json) {
	json_int_t rows = 0, unreadable = 0, faulty = 0, inconsistent = 0;
	json_t *missing = NULL, *rules = NULL, *item;
	size_t index;
	*quality = (Quality){0};
	if (json_unpack((json_t *)json, "{s:[I,I,I,I],s:o,s:o}", "rows", &rows, &unreadable, &faulty, &inconsistent, "missing",
	                &missing, "rules", &rules) != 0)
		return; /* a job that an older program began: its rows so far are not counted */
	quality->rows = rows;
	quality->unreadable = unreadable;
	quality->faulty = faulty;
	quality->inconsistent = inconsistent;
	for (int i = 0; i < resource->field_count; i++)
		quality->missing[i] = json_integer_value(json_array_get(missing, (size_t)i));
	json_array_foreach(rules, index, item) {
		const char *rule = json_string_value(json_array_get(item, 1));
		if (rule)
			count_rule(quality, (int)json_integer_value(json_array_get(item, 0)), rule,
			           json_integer_value(json_array_get(item, 2)));
	}
}
