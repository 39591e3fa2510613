/* Owns the difference between two versions of an entry's document, as people read it: fields are matched by number, rules by
 * name, everything else by key. Pure; any thread. */
#include "catalog/internal.h"

typedef struct Diff {
	JsonWriter *json;
	Arena *arena;
} Diff;

static void side(Diff *diff, const char *key, const json_t *value) {
	jw_key(diff->json, key);
	if (!value)
		jw_null(diff->json);
	else
		jw_raw(diff->json, text_of(json_text_in(diff->arena, value)));
}

static void change(Diff *diff, const char *path, const char *title, const json_t *from, const json_t *to) {
	jw_object(diff->json);
	jw_kv_str(diff->json, "path", path);
	jw_kv_str(diff->json, "title", title);
	side(diff, "from", from);
	side(diff, "to", to);
	jw_object_end(diff->json);
}

/* The keys of one object (lists of objects apart). prefix and what name it in paths and titles. */
static void object_diff(Diff *diff, const char *prefix, const char *what, const ShapeKey *keys, const json_t *from,
                        const json_t *to) {
	for (; keys->name; keys++) {
		const json_t *a = json_object_get(from, keys->name), *b = json_object_get(to, keys->name);
		if (keys->type == SHAPE_LIST || strcmp(keys->name, "since") == 0 || (!a && !b) ||
		    (a && b && json_equal((json_t *)a, (json_t *)b)))
			continue;
		change(diff, arena_printf(diff->arena, "%s%s", prefix, keys->name),
		       arena_printf(diff->arena, "%s%s", what, shape_title(keys, keys->name)), a, b);
	}
}

static const json_t *partner(const json_t *list, const char *identity, const json_t *item) {
	size_t index;
	json_t *other;
	json_array_foreach(list, index, other) {
		const json_t *a = json_object_get(other, identity), *b = json_object_get(item, identity);
		if (a && b && json_equal((json_t *)a, (json_t *)b)) return other;
	}
	return NULL;
}

static const char *item_title(Diff *diff, const char *kind, const json_t *item) {
	Text title = js_text(item, "title"), name = js_text(item, "name");
	return arena_printf(diff->arena, "%s %.*s", kind, TEXT_ARG(title.len ? title : name));
}

static void list_diff(Diff *diff, const char *list, const char *kind, const char *identity, const ShapeKey *keys,
                      const json_t *from, const json_t *to) {
	const json_t *a = json_object_get(from, list), *b = json_object_get(to, list);
	size_t index;
	json_t *item;
	json_array_foreach(b, index, item) {
		const json_t *old = partner(a, identity, item);
		const char *path = arena_printf(diff->arena, "%s.%.*s", list, TEXT_ARG(js_text(item, "name")));
		const char *title = item_title(diff, kind, item);
		if (old)
			object_diff(diff, arena_printf(diff->arena, "%s.", path), arena_printf(diff->arena, "%s：", title), keys,
			            old, item);
		else
			change(diff, path, arena_printf(diff->arena, "新增%s", title), NULL, item);
	}
	json_array_foreach(a, index, item) if (!partner(b, identity, item))
	    change(diff, arena_printf(diff->arena, "%s.%.*s", list, TEXT_ARG(js_text(item, "name"))),
	           arena_printf(diff->arena, "停用%s", item_title(diff, kind, item)), item, NULL);
}

void document_diff(JsonWriter *json, Arena *arena, const json_t *from, const json_t *to) {
	Diff diff = {json, arena};
	jw_array(json);
	object_diff(&diff, "", "", document_keys, from, to);
	list_diff(&diff, "fields", "信息项", "no", document_field_keys, from, to);
	list_diff(&diff, "rules", "规则", "name", document_rule_keys, from, to);
	jw_array_end(json);
}
