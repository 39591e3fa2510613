/* Owns the shelf: everything that is open, read once a catalogue generation, then searched, counted and sorted in memory.
 * Immutable; any thread; results live in the request's arena. */
#include "portal/query.h"
#include <stdio.h>
#include <stdlib.h>

enum { SHELF_MAX = 20000, TAGS_MAX = 30 };

/* --- loading --------------------------------------------------------------------------------------------------------- */

static const char shelf_sql[] =
    "SELECT o.opening_id, o.resource_id, o.licence, o.attribution, o.frequency, o.subject, o.issued_at, o.reviewed_at, r.code,"
    " r.name, r.org_id, r.published_version, r.generation_no, r.row_count, r.loaded_at, v.document, v.published_at, g.name,"
    " g.name_en, g.code FROM opening o JOIN resource r ON r.resource_id = o.resource_id JOIN resource_version v ON"
    " v.resource_id = r.resource_id AND v.version_no = r.published_version LEFT JOIN org g ON g.org_id = r.org_id"
    " WHERE o.state = 'open' AND r.state = 'published' ORDER BY o.issued_at DESC, o.opening_id DESC LIMIT 20000";

/* Letters and digits stay, the rest becomes '-': for addresses. */
static char *slug(Arena *arena, const char *text, bool lower) {
	char *out = arena_strdup(arena, text);
	for (char *at = out; *at; at++) {
		bool upper = *at >= 'A' && *at <= 'Z';
		if (upper && lower)
			*at = (char)(*at + 'a' - 'A');
		else if (!upper && !(*at >= 'a' && *at <= 'z') && !(*at >= '0' && *at <= '9') && *at != '_')
			*at = '-';
	}
	return out;
}

static const char *member(Arena *arena, const json_t *document, const char *name) {
	const char *text = json_string_value(json_object_get(document, name));
	return arena_strdup(arena, text ? text : "");
}

static void read_document(Arena *arena, Text text, Dataset *out) {
	json_t *document = json_loadb(text.at, text.len, 0, NULL), *tag;
	size_t index;
	const char **tags = ARENA_ARRAY(arena, const char *, TAGS_MAX);
	out->notes = member(arena, document, "summary");
	out->promise = member(arena, document, "update_promise");
	json_array_foreach(json_object_get(document, "keywords"), index,
	                   tag) if (json_is_string(tag) && out->tag_count < TAGS_MAX) tags[out->tag_count++] =
	    arena_strdup(arena, json_string_value(tag));
	out->tags = tags;
	json_decref(document);
}

static int64_t later(int64_t a, int64_t b) {
	return a > b ? a : b;
}

static const Word *word_or_last(const Word *words, Text key) {
	const Word *found = word_find(words, key);
	while (!found && words[1].key)
		words++;
	return found ? found : words;
}

static void read_dataset(Arena *arena, Rows *rows, Dataset *out) {
	*out = (Dataset){.opening_id = rows_int(rows, 0),
	                 .resource_id = rows_int(rows, 1),
	                 .licence = word_or_last(licences, rows_text(rows, 2)),
	                 .attribution = rows_str(rows, 3, arena),
	                 .frequency = word_or_last(frequencies, rows_text(rows, 4)),
	                 .subject = word_or_last(subjects, rows_text(rows, 5)),
	                 .issued_us = rows_int(rows, 6),
	                 .code = rows_str(rows, 8, arena),
	                 .title = rows_str(rows, 9, arena),
	                 .org_id = rows_int(rows, 10),
	                 .version = (int)rows_int(rows, 11),
	                 .generation_no = (int)rows_int(rows, 12),
	                 .rows = rows_int(rows, 13),
	                 .loaded_us = rows_int(rows, 14),
	                 .org = rows_null(rows, 17) ? "" : rows_str(rows, 17, arena),
	                 .org_en = rows_null(rows, 18) ? "" : rows_str(rows, 18, arena),
	                 .longitude = -1,
	                 .latitude = -1,
	                 .geometry = -1};
	if (!out->code) out->code = "";
	out->name = *out->code ? slug(arena, out->code, false) : arena_printf(arena, "%lld", (long long)out->resource_id);
	out->org_key = rows_null(rows, 19) ? "" : slug(arena, rows_str(rows, 19, arena), true);
	out->modified_us = later(later(rows_int(rows, 7), rows_int(rows, 14)), rows_int(rows, 16));
	read_document(arena, rows_text(rows, 15), out);
}

/* What may be seen decides what search finds: names of fields that are not open are not among the words. */
static int read_fields(Request *rq, Arena *arena, Dataset *out) {
	OpenTable table;
	Buf words = {0};
	int code = open_table(rq, out->resource_id, &table);
	if (code < 0) return code;
	const struct {
		char part;
		const char *text;
	} own[] = {{'n', out->title},       {'c', out->code}, {'c', out->name},   {'d', out->subject->zh},
	           {'d', out->subject->en}, {'o', out->org},  {'o', out->org_en}, {'s', out->notes}};
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		words_part(&words, own[i].part, text_of(own[i].text));
	for (int i = 0; i < out->tag_count; i++)
		words_part(&words, 'k', text_of(out->tags[i]));
	out->field_count = table.count;
	for (int i = 0; i < table.count; i++) {
		const Field *field = &table.resource->fields[table.positions[i]];
		words_part(&words, 'f', text_of(field->title));
		words_part(&words, 'w', text_of(field->name));
		if (field->check == CHECK_LONGITUDE) out->longitude = table.positions[i];
		if (field->check == CHECK_LATITUDE) out->latitude = table.positions[i];
		if (field->kind == KIND_GEOMETRY) out->geometry = table.positions[i];
	}
	out->words = words_text(arena, buf_as_text(&words));
	buf_free(&words);
	return 0;
}

static int shelf_load(Request *rq, Text key, Arena *arena, void **object) {
	Shelf *shelf = ARENA_NEW(arena, Shelf);
	Dataset *items = NULL;
	int count = 0, kept = 0, room = 0;
	Rows *rows;
	int code = db_query(rq->db, &rows, shelf_sql, NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		if (count == room) {
			Dataset *more = ARENA_ARRAY(arena, Dataset, room ? room * 2 : 16);
			if (count) memcpy(more, items, sizeof *items * (size_t)count);
			items = more;
			room = room ? room * 2 : 16;
		}
		read_dataset(arena, rows, &items[count++]);
	}
	for (int i = 0; code >= 0 && i < count; i++) {
		int found = read_fields(rq, arena, &items[i]);
		if (found == ERR_NOT_FOUND) {
			error_clear(rq->error);
			continue;
		}
		if (found < 0) return found;
		items[kept++] = items[i];
	}
	shelf->items = items;
	shelf->count = kept;
	*object = shelf;
	return code < 0 ? code : 0;
}

static const CacheKind shelf_cache = {"portal.shelf", shelf_load, 4};

int shelf_get(Request *rq, const Shelf **out) {
	const void *object = NULL;
	int code = cache_get(rq, &shelf_cache, TEXT("all"), &object);
	if (code == 0) *out = object;
	return code;
}

const Dataset *shelf_find(const Shelf *shelf, Text name) {
	int64_t id = -1;
	if (text_to_int(name, &id) < 0) id = -1;
	for (int i = 0; i < shelf->count; i++)
		if (shelf->items[i].resource_id == id || text_is(name, shelf->items[i].name)) return &shelf->items[i];
	return NULL;
}

int dataset_fresh(Request *rq, const Dataset *dataset, int64_t *rows_count, int64_t *loaded_us) {
	Rows *rows;
	int code = db_one(rq->db, &rows, "SELECT row_count, loaded_at FROM resource WHERE resource_id = $1",
	                  BIND(val_int(dataset->resource_id)));
	if (code > 0) {
		*rows_count = rows_int(rows, 0);
		*loaded_us = rows_int(rows, 1);
	}
	return code < 0 ? code : 0;
}

const char *dataset_state(const Request *rq, const Dataset *dataset, int64_t loaded_us) {
	static const struct {
		const char *key;
		int64_t hours;
	} periods[] = {{"realtime", 1},      {"daily", 36},           {"weekly", 8 * 24},
	               {"monthly", 35 * 24}, {"quarterly", 100 * 24}, {"yearly", 380 * 24}};
	if (!loaded_us) return "none";
	for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
		if (strcmp(periods[i].key, dataset->frequency->key) == 0)
			return rq->now_us - loaded_us > periods[i].hours * INT64_C(3600000000) ? "late" : "fresh";
	return "unbound";
}

/* --- formats --------------------------------------------------------------------------------------------------------- */

#define FILE_TYPE "http://publications.europa.eu/resource/authority/file-type/"
enum { XLSX_ROWS_MAX = 1000000 };

const Format formats[FORMATS_MAX + 1] = {
    {"csv", "CSV", "text/csv", FILE_TYPE "CSV"},
    {"xlsx", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", FILE_TYPE "XLSX"},
    {"jsonl", "JSON Lines", "application/jsonl", FILE_TYPE "JSON"},
    {"geojson", "GeoJSON", "application/geo+json", FILE_TYPE "GEOJSON"},
    {0},
};

bool dataset_has(const Dataset *dataset, const Format *format) {
	if (strcmp(format->key, "geojson") == 0)
		return dataset->geometry >= 0 || (dataset->longitude >= 0 && dataset->latitude >= 0);
	return strcmp(format->key, "xlsx") != 0 || dataset->rows <= XLSX_ROWS_MAX;
}

const Format *format_find(Text key) {
	for (const Format *format = formats; format->key; format++)
		if (text_is(key, format->key)) return format;
	return NULL;
}

/* --- search ---------------------------------------------------------------------------------------------------------- */

static bool choice_holds(const Dataset *dataset, const Choice *choice) {
	if (strcmp(choice->facet, "organization") == 0) return text_is(choice->value, dataset->org_key);
	if (strcmp(choice->facet, "groups") == 0) return text_is(choice->value, dataset->subject->key);
	if (strcmp(choice->facet, "license_id") == 0) return text_is(choice->value, dataset->licence->key);
	if (strcmp(choice->facet, "res_format") == 0) {
		for (const Format *format = formats; format->key; format++)
			if ((text_is(choice->value, format->key) || text_is(choice->value, format->name)) &&
			    dataset_has(dataset, format))
				return true;
		return false;
	}
	for (int i = 0; i < dataset->tag_count; i++)
		if (text_is(choice->value, dataset->tags[i])) return true;
	return false;
}

typedef struct Found {
	const Dataset *dataset;
	int tier; /* where the worst placed word stands */
	int64_t modified_us;
	const Search *search;
} Found;

static bool matches(const Search *search, Found *found) {
	for (int i = 0; i < search->choice_count; i++)
		if (!choice_holds(found->dataset, &search->choices[i])) return false;
	if (search->filter && query_tier(search->filter, found->dataset, found->modified_us) < 0) return false;
	if (search->words) found->tier = words_tier(search->words, found->dataset->words, NULL);
	if (search->query && found->tier >= 0) found->tier = query_tier(search->query, found->dataset, found->modified_us);
	return found->tier >= 0;
}

static int two(int64_t a, int64_t b) {
	return (a > b) - (a < b);
}

static int by_search(const void *a, const void *b) {
	const Found *x = a, *y = b;
	for (int i = 0; i < x->search->order_count; i++) {
		const Order *order = &x->search->orders[i];
		int way = order->by == BY_RELEVANCE ? two(y->tier, x->tier)
		          : order->by == BY_UPDATED ? two(x->modified_us, y->modified_us)
		          : order->by == BY_ISSUED  ? two(x->dataset->issued_us, y->dataset->issued_us)
		          : order->by == BY_TITLE   ? strcmp(x->dataset->title, y->dataset->title)
		          : order->by == BY_NAME    ? strcmp(x->dataset->name, y->dataset->name)
		                                    : two(x->dataset->resource_id, y->dataset->resource_id);
		if (way) return order->descending ? -way : way;
	}
	return two(y->dataset->opening_id, x->dataset->opening_id);
}

static bool asks_modified(const Search *search) {
	bool asks = (search->query && query_modified(search->query)) || (search->filter && query_modified(search->filter));
	for (int i = 0; i < search->order_count; i++)
		asks = asks || search->orders[i].by == BY_UPDATED;
	return asks;
}

/* When each was last changed or loaded: rows come and go without the catalogue, so the shelf does not know. Rows and shelf are in
 * one order. */
static int read_modified(Request *rq, const Shelf *shelf, int64_t *modified) {
	Rows *rows;
	int at = 0,
	    code = db_query(rq->db, &rows,
	                    "SELECT o.opening_id, o.issued_at, r.loaded_at FROM opening o JOIN resource r ON r.resource_id = "
	                    "o.resource_id WHERE o.state = 'open' ORDER BY o.issued_at DESC, o.opening_id DESC",
	                    NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		int64_t id = rows_int(rows, 0), issued = rows_int(rows, 1);
		while (at < shelf->count && (shelf->items[at].issued_us > issued ||
		                             (shelf->items[at].issued_us == issued && shelf->items[at].opening_id > id)))
			at++;
		if (at < shelf->count && shelf->items[at].opening_id == id)
			modified[at] = later(shelf->items[at].modified_us, rows_int(rows, 2));
	}
	return code;
}

int shelf_search(Request *rq, const Shelf *shelf, const Search *search, const Dataset ***out, int *count) {
	Found *found = ARENA_ARRAY(rq->arena, Found, shelf->count + 1);
	int64_t *modified = ARENA_ARRAY(rq->arena, int64_t, shelf->count + 1);
	*out = ARENA_ARRAY(rq->arena, const Dataset *, shelf->count + 1);
	*count = 0;
	for (int i = 0; i < shelf->count; i++)
		modified[i] = shelf->items[i].modified_us;
	int code = asks_modified(search) ? read_modified(rq, shelf, modified) : 0;
	if (code < 0) return code;
	for (int i = 0; i < shelf->count; i++) {
		found[*count] = (Found){&shelf->items[i], 0, modified[i], search};
		*count += matches(search, &found[*count]);
	}
	qsort(found, (size_t)*count, sizeof *found, by_search);
	for (int i = 0; i < *count; i++)
		(*out)[i] = found[i].dataset;
	return 0;
}

/* --- facets ---------------------------------------------------------------------------------------------------------- */

typedef struct Facet {
	FacetItem *items;
	int count, room;
	int *slots; /* 1 + the item of a key, by its hash; 0 = none. Twice as many as there may be items */
	uint64_t mask;
	Request *rq;
} Facet;

static void facet_grow(Facet *facet) {
	int room = facet->room * 2 + 16;
	FacetItem *more = ARENA_ARRAY(facet->rq->arena, FacetItem, room);
	if (facet->count) memcpy(more, facet->items, sizeof *more * (size_t)facet->count);
	facet->items = more;
	facet->room = room;
}

static void facet_begin(Facet *facet, Request *rq, int most) {
	uint64_t slots = 64;
	while (slots < (uint64_t)most * 2)
		slots *= 2;
	*facet = (Facet){.rq = rq, .mask = slots - 1, .slots = ARENA_ARRAY(rq->arena, int, slots)};
	memset(facet->slots, 0, sizeof *facet->slots * slots);
}

static void facet_add(Facet *facet, const char *key, const char *zh, const char *en) {
	uint64_t slot = siphash64(app_secret(facet->rq->app), text_of(key)) & facet->mask;
	for (int at; (at = facet->slots[slot]) != 0; slot = (slot + 1) & facet->mask)
		if (strcmp(facet->items[at - 1].key, key) == 0) {
			facet->items[at - 1].count++;
			return;
		}
	if (facet->count == facet->room) facet_grow(facet);
	facet->items[facet->count++] = (FacetItem){key, zh, en, 1};
	facet->slots[slot] = facet->count;
}

static int by_count(const void *a, const void *b) {
	const FacetItem *x = a, *y = b;
	return x->count != y->count ? y->count - x->count : strcmp(x->key, y->key);
}

FacetItem *facet_count(Request *rq, const Dataset *const *items, int count, const char *name, int *out_count) {
	Facet facet;
	int most = 0;
	for (int i = 0; i < count; i++)
		most += strcmp(name, "tags") == 0 ? items[i]->tag_count : 1;
	facet_begin(&facet, rq, most + FORMATS_MAX);
	for (int i = 0; i < count; i++) {
		const Dataset *one = items[i];
		if (strcmp(name, "organization") == 0)
			facet_add(&facet, one->org_key, one->org, *one->org_en ? one->org_en : one->org);
		if (strcmp(name, "groups") == 0) facet_add(&facet, one->subject->key, one->subject->zh, one->subject->en);
		if (strcmp(name, "license_id") == 0) facet_add(&facet, one->licence->key, one->licence->zh, one->licence->en);
		for (int t = 0; t < one->tag_count && strcmp(name, "tags") == 0; t++)
			facet_add(&facet, one->tags[t], one->tags[t], one->tags[t]);
		for (const Format *format = formats; format->key && strcmp(name, "res_format") == 0; format++)
			if (dataset_has(one, format)) facet_add(&facet, format->key, format->name, format->name);
	}
	if (facet.count) qsort(facet.items, (size_t)facet.count, sizeof *facet.items, by_count);
	*out_count = facet.count;
	return facet.items;
}
