/* way: the ways (共享方式) by which rows leave under a grant: words of forms and pages to bits and back, and their refusal.
 * Thread: any. Lifetime: one request. */
#include "people/people_private.h"

static const struct {
	Way way;
	const char *name, *said;
} ways[] = {{WAY_API, "api", "API"}, {WAY_BATCH, "batch", "batch delivery"}, {WAY_DOWNLOAD, "download", "download"}};
enum { WAY_COUNT = sizeof ways / sizeof *ways };

static int way_unknown(Request *rq, const char *field, Text value) {
	return error_field(rq->error, ERR_INVALID, field, value, "choice", "Choose of api, batch and download, at least one.",
	                   "There is no such way of sharing");
}

unsigned ways_of(const json_t *value) {
	unsigned found = 0;
	size_t index;
	json_t *one;
	if (!json_is_array(value)) {
		for (int i = 0; i < WAY_COUNT; i++)
			if (json_is_string(value) && strcmp(json_string_value(value), ways[i].name) == 0) return ways[i].way;
		return 0;
	}
	json_array_foreach(value, index, one) {
		unsigned way = json_is_string(one) ? ways_of(one) : 0;
		if (!way) return 0;
		found |= way;
	}
	return found;
}

int ways_take(Request *rq, const char *field, const json_t *value, unsigned *out) {
	size_t index;
	json_t *one;
	*out = ways_of(value);
	if (*out) return 0;
	if (json_is_string(value)) return way_unknown(rq, field, text_of(json_string_value(value)));
	json_array_foreach(value, index, one) if (!json_is_string(one) || !ways_of(one)) return way_unknown(
	    rq, field, json_is_string(one) ? text_of(json_string_value(one)) : TEXT_NONE);
	return way_unknown(rq, field, TEXT_NONE);
}

void ways_write(JsonWriter *json, unsigned given) {
	jw_array(json);
	for (int i = 0; i < WAY_COUNT; i++)
		if (given & ways[i].way) jw_str(json, ways[i].name);
	jw_array_end(json);
}

const char *ways_names(Arena *arena, unsigned given) {
	const char *list = "";
	for (int i = 0; i < WAY_COUNT; i++)
		if (given & ways[i].way) list = arena_printf(arena, "%s%s%s", list, *list ? "," : "", ways[i].name);
	return list;
}

static const char *said(Arena *arena, unsigned given) {
	const char *list = "";
	for (int i = 0; i < WAY_COUNT; i++)
		if (given & ways[i].way) list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", ways[i].said);
	return list;
}

int way_refuse(Request *rq, unsigned given, Way asked) {
	return error_field(rq->error, ERR_FORBIDDEN, "way", text_of(ways_names(rq->arena, asked)), "way",
	                   "Use a way that was granted, or apply for a change: ask anew for this resource and name the way.",
	                   "The grant gives this resource by %s, not by %s", said(rq->arena, given), said(rq->arena, asked));
}

int ways_shared(Request *rq, const char *field, unsigned shared, unsigned asked) {
	unsigned others = shared ? asked & ~shared : 0;
	if (!others) return 0;
	return error_field(rq->error, ERR_INVALID, field, text_of(ways_names(rq->arena, others)), "not_offered",
	                   "Name only ways that the entry is shared by, or have its supplier add the way to the entry first.",
	                   "The entry is shared by %s, not by %s", said(rq->arena, shared), said(rq->arena, others));
}
