/* Owns the shelf: everything that is open, read once a catalogue generation, then searched, counted and sorted in memory.
 * Immutable; any thread; results live in the request's arena. */
#include "portal/parts.h"
#include "base/charset.h"
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

static Text fold(Arena *arena, Text text) {
	Text half = text_half_width(arena, text);
	char *folded = arena_strndup(arena, half.at ? half.at : "", half.len);
	for (size_t i = 0; i < half.len; i++)
		if (folded[i] >= 'A' && folded[i] <= 'Z') folded[i] = (char)(folded[i] + 'a' - 'A');
	return (Text){folded, half.len};
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
	const char *own[] = {out->title, out->notes, out->org,         out->org_en,
	                     out->code,  out->name,  out->subject->zh, out->subject->en};
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		buf_printf(&words, "%s\n", own[i]);
	for (int i = 0; i < out->tag_count; i++)
		buf_printf(&words, "%s\n", out->tags[i]);
	out->field_count = table.count;
	for (int i = 0; i < table.count; i++) {
		const Field *field = &table.resource->fields[table.positions[i]];
		buf_printf(&words, "%s\n%s\n", field->name, field->title);
		if (field->check == CHECK_LONGITUDE) out->longitude = table.positions[i];
		if (field->check == CHECK_LATITUDE) out->latitude = table.positions[i];
		if (field->kind == KIND_GEOMETRY) out->geometry = table.positions[i];
	}
	out->words = fold(arena, buf_as_text(&words)).at;
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

const Format formats[] = {
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

void search_words(Arena *arena, Text q, Search *search) {
	Text rest = fold(arena, q);
	while (rest.len && search->word_count < (int)(sizeof search->words / sizeof *search->words)) {
		rest = text_trim(rest);
		size_t len = 0;
		while (len < rest.len && !strchr(" \t\r\n", rest.at[len]))
			len++;
		Text word = {rest.at, len};
		if (len && !text_is(word, "*:*") && !text_is(word, "*")) search->words[search->word_count++] = word;
		rest = (Text){rest.at + len, rest.len - len};
	}
}

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

static bool matches(const Dataset *dataset, const Search *search) {
	Text words = text_of(dataset->words);
	for (int i = 0; i < search->word_count; i++)
		if (text_find(words, search->words[i]) < 0) return false;
	for (int i = 0; i < search->choice_count; i++)
		if (choice_holds(dataset, &search->choices[i]) == search->choices[i].not ) return false;
	return true;
}

static int compare(const Dataset *a, const Dataset *b, const Search *search) {
	int order = 0;
	if (search->sort == SORT_TITLE) order = strcmp(a->title, b->title);
	if (search->sort == SORT_UPDATED) order = (b->modified_us > a->modified_us) - (b->modified_us < a->modified_us);
	if (search->sort == SORT_NEWEST) order = (b->issued_us > a->issued_us) - (b->issued_us < a->issued_us);
	if (search->ascending) order = -order;
	return order ? order : (b->opening_id > a->opening_id) - (b->opening_id < a->opening_id);
}

/* A title that holds the first word comes before the rest. */
static int relevance(Arena *arena, const Dataset *dataset, const Search *search) {
	return search->word_count && text_find(fold(arena, text_of(dataset->title)), search->words[0]) >= 0 ? 0 : 1;
}

typedef struct Sorted {
	const Dataset *dataset;
	int rank;
	const Search *search;
} Sorted;

static int by_search(const void *a, const void *b) {
	const Sorted *x = a, *y = b;
	return x->rank != y->rank ? x->rank - y->rank : compare(x->dataset, y->dataset, x->search);
}

const Dataset **shelf_search(Request *rq, const Shelf *shelf, const Search *search, int *count) {
	Sorted *found = ARENA_ARRAY(rq->arena, Sorted, shelf->count + 1);
	const Dataset **out = ARENA_ARRAY(rq->arena, const Dataset *, shelf->count + 1);
	*count = 0;
	for (int i = 0; i < shelf->count; i++)
		if (matches(&shelf->items[i], search))
			found[(*count)++] =
			    (Sorted){&shelf->items[i],
			             search->sort == SORT_RELEVANCE ? relevance(rq->arena, &shelf->items[i], search) : 0, search};
	qsort(found, (size_t)*count, sizeof *found, by_search);
	for (int i = 0; i < *count; i++)
		out[i] = found[i].dataset;
	return out;
}

/* --- facets ---------------------------------------------------------------------------------------------------------- */

typedef struct Facet {
	FacetItem *items;
	int count, room;
	Arena *arena;
} Facet;

static void facet_add(Facet *facet, const char *key, const char *zh, const char *en) {
	for (int i = 0; i < facet->count; i++)
		if (strcmp(facet->items[i].key, key) == 0) {
			facet->items[i].count++;
			return;
		}
	if (facet->count == facet->room) {
		FacetItem *more = ARENA_ARRAY(facet->arena, FacetItem, facet->room * 2 + 16);
		if (facet->count) memcpy(more, facet->items, sizeof *more * (size_t)facet->count);
		facet->items = more;
		facet->room = facet->room * 2 + 16;
	}
	facet->items[facet->count++] = (FacetItem){key, zh, en, 1};
}

static int by_count(const void *a, const void *b) {
	const FacetItem *x = a, *y = b;
	return x->count != y->count ? y->count - x->count : strcmp(x->key, y->key);
}

FacetItem *facet_count(Request *rq, const Dataset *const *items, int count, const char *name, int *out_count) {
	Facet facet = {.arena = rq->arena};
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
