/* Owns the answer of GET /resources: entries that have all the words, best part first and newest first within it, with counts a
 * facet. Sets of entries are bitmaps in the request's arena; see find.h for where they come from. */
#include "catalog/find.h"
#include <stdlib.h>

/* --- freshness ------------------------------------------------------------------------------------------------------- */
int64_t promise_us(Text promise) {
	static const struct {
		const char *name;
		int64_t hours;
	} rows[] = {
	    {"realtime", 1},      {"daily", 36},           {"weekly", 8 * 24},
	    {"monthly", 35 * 24}, {"quarterly", 100 * 24}, {"yearly", 380 * 24},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (text_is(promise, rows[i].name)) return rows[i].hours * INT64_C(3600000000);
	return 0;
}

const char *freshness(int64_t now_us, int64_t loaded_at, Text promise, bool proxied) {
	int64_t limit = promise_us(promise);
	if (proxied) return "fresh"; /* each answer is as the supplier has it then */
	return !loaded_at ? "none" : limit && now_us - loaded_at > limit ? "late" : "fresh";
}

static int doc_freshness(const FindDoc *doc, int64_t now_us) {
	return !doc->late_us ? 2 : now_us > doc->late_us ? 1 : 0;
}

/* --- sets of entries ------------------------------------------------------------------------------------------------- */
typedef struct Search {
	Request *rq;
	FindQuery query;
	FindColumns columns;
	size_t words;   /* 64-bit words of a set */
	FindSets found; /* found.tiers[t]: entries whose words are all in part t or a better one */
} Search;

static void sets_new(Search *search, FindSets *sets, uint64_t fill) {
	for (int tier = 0; tier < TIER_COUNT; tier++) {
		sets->tiers[tier] = arena_alloc_raw(search->rq->arena, search->words * 8 + 8);
		memset(sets->tiers[tier], fill ? 0xff : 0, search->words * 8 + 8);
	}
}

static void sets_clear(Search *search, FindSets *sets) {
	for (int tier = 0; tier < TIER_COUNT; tier++)
		memset(sets->tiers[tier], 0, search->words * 8);
}

static void sets_and(const Search *search, FindSets *into, const FindSets *with) {
	for (int tier = 0; tier < TIER_COUNT; tier++)
		for (size_t i = 0; i < search->words; i++)
			into->tiers[tier][i] &= with->tiers[tier][i];
}

static void sets_or(const Search *search, FindSets *into, const FindSets *with) {
	for (int tier = 0; tier < TIER_COUNT; tier++)
		for (size_t i = 0; i < search->words; i++)
			into->tiers[tier][i] |= with->tiers[tier][i];
}

/* ANDs the entries of one token into `all`; a better part counts for all worse ones. */
static int and_token(Search *search, Text token, bool prefix, bool draft, FindSets *scratch, FindSets *all) {
	sets_clear(search, scratch);
	int code = find_postings(search->rq, token, prefix, draft, search->columns.count, scratch);
	for (int tier = 1; tier < TIER_COUNT; tier++)
		for (size_t i = 0; i < search->words; i++)
			scratch->tiers[tier][i] |= scratch->tiers[tier - 1][i];
	sets_and(search, all, scratch);
	return code;
}

static int and_run(Search *search, const FindRun *run, bool draft, FindSets *scratch, FindSets *all) {
	if (run->ascii) return and_token(search, run->text, run->prefix, draft, scratch, all);
	const char *at = run->text.at, *end = at + run->text.len, *next = at;
	utf8_next(&next, end);
	if (next == end) return and_token(search, run->text, false, draft, scratch, all);
	int code = 0;
	while (next < end && code >= 0) { /* each pair of neighbours */
		const char *second = next;
		utf8_next(&next, end);
		code = and_token(search, (Text){at, (size_t)(next - at)}, false, draft, scratch, all);
		at = second;
	}
	return code;
}

static int find_sets(Search *search, bool draft, FindSets *out) {
	FindSets scratch, one, any;
	int code = 0;
	sets_new(search, out, 1);
	sets_new(search, &scratch, 0);
	sets_new(search, &one, 0);
	sets_new(search, &any, 0);
	for (int w = 0; w < search->query.word_count && code >= 0; w++) {
		const FindWord *word = &search->query.words[w];
		sets_clear(search, &any);
		for (int a = 0; a < word->count && code >= 0; a++) {
			for (int tier = 0; tier < TIER_COUNT; tier++)
				memset(one.tiers[tier], 0xff, search->words * 8);
			for (int r = 0; r < word->alternatives[a].run_count && code >= 0; r++)
				code = and_run(search, &word->alternatives[a].runs[r], draft, &scratch, &one);
			sets_or(search, &any, &one);
		}
		sets_and(search, out, &any);
	}
	return code < 0 ? code : 0;
}

/* --- who sees what, filters, facets ---------------------------------------------------------------------------------- */
enum { BY_ORG, BY_DOMAIN, BY_SHARING, BY_OPENING, BY_GRADE, BY_FRESHNESS, BY_FORMAT, BY_COUNT };
typedef struct Filters {
	bool all_drafts;
	int own;        /* organisation number whose drafts are seen, -1 none */
	unsigned state; /* flags that must be there, 0 any */
	bool state_of_draft;
	bool on[BY_COUNT];
	int value[BY_COUNT]; /* -1: a value that no entry has */
} Filters;
typedef struct Facets {
	int64_t *org, *domain;
	int64_t sharing[SHARING_COUNT + 1], opening[OPENING_COUNT + 1], grade[GRADE_COUNT + 1], freshness[FRESHNESS_COUNT],
	    format[FORMAT_COUNT];
	int64_t total;
} Facets;

static int org_place(const FindColumns *columns, int64_t org_id) {
	for (size_t i = 0; i < columns->org_count; i++)
		if (columns->orgs[i] == org_id) return (int)i;
	return -1;
}

static int choice_place(Request *rq, const char *name, const char *const *choices, int count) {
	for (int i = 0; i < count; i++)
		if (text_is(in_text(rq, name), choices[i])) return i;
	return -1;
}

static void read_filters(Search *search, Filters *out) {
	Request *rq = search->rq;
	const FindColumns *columns = &search->columns;
	static const char *const sharings[] = {"unconditional", "conditional", "none"};
	*out = (Filters){.all_drafts = rq->party.sees_all || rq->party.kind == PARTY_SYSTEM, .own = -1};
	if (party_may(&rq->party, PERMIT_CATALOG_EDIT) && rq->party.org_id) out->own = org_place(columns, rq->party.org_id);
	if (in_has(rq, "state")) {
		Text state = in_text(rq, "state");
		out->state_of_draft = text_is(state, "draft") || text_is(state, "review");
		out->state = text_is(state, "published")   ? DOC_LIVE
		             : text_is(state, "withdrawn") ? DOC_WITHDRAWN
		             : text_is(state, "draft")     ? DOC_DRAFT
		                                           : DOC_REVIEW;
	}
	out->on[BY_ORG] = in_int(rq, "mine") || in_has(rq, "org");
	out->value[BY_ORG] = org_place(columns, in_int(rq, "mine") ? rq->party.org_id : in_int(rq, "org"));
	out->on[BY_DOMAIN] = in_has(rq, "domain");
	out->value[BY_DOMAIN] = -1;
	for (size_t i = 0; out->on[BY_DOMAIN] && i < columns->domain_count; i++)
		if (text_is(in_text(rq, "domain"), columns->domains[i])) out->value[BY_DOMAIN] = (int)i;
	out->on[BY_SHARING] = in_has(rq, "sharing");
	out->value[BY_SHARING] = choice_place(rq, "sharing", sharings, SHARING_COUNT);
	out->on[BY_OPENING] = in_has(rq, "opening");
	out->value[BY_OPENING] = choice_place(rq, "opening", find_openings, OPENING_COUNT);
	out->on[BY_GRADE] = in_has(rq, "grade");
	out->value[BY_GRADE] = (int)in_int(rq, "grade");
	out->on[BY_FRESHNESS] = in_has(rq, "freshness");
	out->value[BY_FRESHNESS] = choice_place(rq, "freshness", find_freshness, FRESHNESS_COUNT);
	out->on[BY_FORMAT] = in_has(rq, "format");
	out->value[BY_FORMAT] = choice_place(rq, "format", find_formats, FORMAT_COUNT);
}

static bool drafts_of(const Filters *filters, const FindDoc *doc) {
	return filters->all_drafts || doc->org == filters->own;
}

/* The filters an entry fails, a bit each. */
static unsigned fails(const Filters *filters, const FindDoc *doc, int fresh) {
	unsigned out = 0;
	if (filters->on[BY_ORG] && doc->org != filters->value[BY_ORG]) out |= 1u << BY_ORG;
	if (filters->on[BY_DOMAIN] && doc->domain != filters->value[BY_DOMAIN]) out |= 1u << BY_DOMAIN;
	if (filters->on[BY_SHARING] && doc->sharing != filters->value[BY_SHARING]) out |= 1u << BY_SHARING;
	if (filters->on[BY_OPENING] && doc->opening != filters->value[BY_OPENING]) out |= 1u << BY_OPENING;
	if (filters->on[BY_GRADE] && doc->grade != filters->value[BY_GRADE]) out |= 1u << BY_GRADE;
	if (filters->on[BY_FRESHNESS] && fresh != filters->value[BY_FRESHNESS]) out |= 1u << BY_FRESHNESS;
	if (filters->on[BY_FORMAT] && (filters->value[BY_FORMAT] < 0 || !(doc->formats >> filters->value[BY_FORMAT] & 1)))
		out |= 1u << BY_FORMAT;
	return out;
}

static bool counts_in(unsigned failed, int facet) {
	return !(failed & ~(1u << facet));
}

static void count_doc(Facets *facets, const FindDoc *doc, int fresh, unsigned failed) {
	if (!failed) facets->total++;
	if (counts_in(failed, BY_ORG)) facets->org[doc->org]++;
	if (counts_in(failed, BY_DOMAIN)) facets->domain[doc->domain]++;
	if (counts_in(failed, BY_SHARING)) facets->sharing[doc->sharing]++;
	if (counts_in(failed, BY_OPENING)) facets->opening[doc->opening]++;
	if (counts_in(failed, BY_GRADE)) facets->grade[doc->grade <= GRADE_COUNT ? doc->grade : 0]++;
	if (counts_in(failed, BY_FRESHNESS)) facets->freshness[fresh]++;
	if (counts_in(failed, BY_FORMAT))
		for (unsigned bits = doc->formats; bits; bits &= bits - 1)
			facets->format[__builtin_ctz(bits)]++;
}

/* Found entries that the party sees and the filters let through stay in the sets; all are counted. */
static void narrow(Search *search, const Filters *filters, const FindSets *published, const FindSets *drafts, Facets *facets) {
	const FindColumns *columns = &search->columns;
	int64_t now_us = search->rq->now_us;
	for (size_t i = 0; i < search->words; i++) {
		uint64_t either = published->tiers[TIER_OTHER][i] | (drafts ? drafts->tiers[TIER_OTHER][i] : 0);
		for (uint64_t rest = either; rest; rest &= rest - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(rest);
			uint64_t mask = UINT64_C(1) << bit;
			size_t n = i * 64 + bit;
			if (n >= columns->count) break;
			const FindDoc *doc = &columns->docs[n];
			bool by_draft = drafts && drafts->tiers[TIER_OTHER][i] & mask && doc->flags & (DOC_DRAFT | DOC_REVIEW) &&
			                drafts_of(filters, doc);
			bool by_published = published->tiers[TIER_OTHER][i] & mask && doc->flags & DOC_EVER;
			if (!doc->resource_id || (!by_draft && !by_published)) continue;
			if (filters->state &&
			    (!(doc->flags & filters->state) || (filters->state_of_draft && !drafts_of(filters, doc))))
				continue;
			int fresh = doc_freshness(doc, now_us);
			unsigned failed = fails(filters, doc, fresh);
			count_doc(facets, doc, fresh, failed);
			if (failed) continue;
			for (int tier = 0; tier < TIER_COUNT; tier++)
				if ((by_published && published->tiers[tier][i] & mask) ||
				    (by_draft && drafts->tiers[tier][i] & mask))
					search->found.tiers[tier][i] |= mask;
		}
	}
}

/* --- the page -------------------------------------------------------------------------------------------------------- */
typedef struct Place {
	int tier;
	int64_t doc; /* the last one given: the page goes on below it */
} Place;

static int read_place(Request *rq, Place *out) {
	*out = (Place){0, INT64_MAX};
	if (!in_has(rq, "after")) return 0;
	Text text = in_text(rq, "after");
	int64_t tier = 0, doc = 0;
	ptrdiff_t dot = text_find(text, TEXT("."));
	if (dot > 0 && text_to_int((Text){text.at, (size_t)dot}, &tier) == 0 && tier >= 0 && tier < TIER_COUNT &&
	    text_to_int((Text){text.at + dot + 1, text.len - (size_t)dot - 1}, &doc) == 0 && doc >= 0) {
		*out = (Place){(int)tier, doc};
		return 0;
	}
	return error_field(rq->error, ERR_INVALID, "after", text, "cursor", "pass \"next\" of the page before",
	                   "the cursor is damaged");
}

/* Resource ids of the page in order; one more than `limit` when there is a next one. */
static int take_page(const Search *search, Place *place, int limit, int64_t *ids, Place *last) {
	int count = 0;
	for (int tier = place->tier; tier < TIER_COUNT; tier++) {
		int64_t below = tier == place->tier && place->doc < (int64_t)search->columns.count
		                    ? place->doc
		                    : (int64_t)search->columns.count;
		for (int64_t i = (below - 1) / 64; below > 0 && i >= 0; i--) {
			uint64_t rest = search->found.tiers[tier][i] & (tier ? ~search->found.tiers[tier - 1][i] : ~UINT64_C(0));
			if (i == below / 64) rest &= (UINT64_C(1) << (below % 64)) - 1;
			while (rest) {
				int bit = 63 - __builtin_clzll(rest);
				rest &= ~(UINT64_C(1) << bit);
				if (count == limit) return count + 1;
				ids[count++] = search->columns.docs[i * 64 + bit].resource_id;
				*last = (Place){tier, i * 64 + bit};
			}
		}
	}
	return count;
}

typedef struct Summary {
	int64_t resource_id, org_id, published_version, draft_version, row_count, loaded_at, grade, version;
	const char *code, *name, *sharing, *opening, *state, *draft_state, *promise, *published_words, *draft_words, *keeper;
} Summary;

#define IDS "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25"
enum { IDS_MAX = 25 };
static const char summaries_sql[] =
    "SELECT r.resource_id, r.org_id, r.published_version, r.draft_version, r.row_count, r.loaded_at, r.grade, r.version, r.code, "
    "r.name,"
    " r.sharing, r.opening, r.state, r.draft_state, r.update_promise, d.published_words, d.draft_words, r.keeper FROM resource r "
    "JOIN"
    " resource_doc d ON d.resource_id = r.resource_id WHERE r.resource_id IN (" IDS ")";

static int read_summaries(Request *rq, const int64_t *ids, int count, Summary *out) {
	Val values[IDS_MAX];
	Rows *rows;
	for (int i = 0; i < IDS_MAX; i++)
		values[i] = val_int(i < count ? ids[i] : 0);
	int code = db_query(rq->db, &rows, summaries_sql, values, IDS_MAX);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		int at = 0;
		while (at < count && ids[at] != rows_int(rows, 0))
			at++;
		if (at == count) continue;
		const char *texts[10];
		for (int i = 0; i < 10; i++)
			texts[i] = rows_str(rows, 8 + i, rq->arena);
		out[at] = (Summary){rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3), rows_int(rows, 4),
		                    rows_int(rows, 5), rows_int(rows, 6), rows_int(rows, 7), texts[0],          texts[1],
		                    texts[2],          texts[3],          texts[4],          texts[5],          texts[6],
		                    texts[7],          texts[8],          texts[9]};
	}
	return code;
}

static void write_summary(Request *rq, const FindQuery *query, const Summary *row) {
	JsonWriter *json = &rq->json;
	bool drafts = sees_drafts(rq, row->org_id), review = drafts && strcmp(row->draft_state, "review") == 0;
	jw_object(json);
	jw_kv_id(json, "resource_id", row->resource_id);
	jw_kv_str(json, "code", row->code);
	jw_kv_str(json, "name", row->name);
	jw_kv_id(json, "org_id", row->org_id);
	jw_kv_str(json, "org_name", org_name(rq, row->org_id));
	jw_kv_str(json, "sharing", row->sharing);
	jw_kv_str(json, "opening", row->opening);
	jw_kv_str(json, "state", review ? "review" : row->state);
	jw_kv_int(json, "published_version", row->published_version);
	if (drafts && row->draft_version) jw_kv_int(json, "draft_version", row->draft_version);
	jw_kv_str(json, "update_promise", row->promise);
	jw_kv_int(json, "row_count", row->row_count);
	jw_kv_time(json, "loaded_at", row->loaded_at);
	jw_kv_int(json, "grade", row->grade);
	jw_kv_str(json, "freshness",
	          freshness(rq->now_us, row->loaded_at, text_of(row->promise), strcmp(row->keeper, "proxy") == 0));
	jw_kv_int(json, "version", row->version);
	if (query->word_count) {
		jw_key(json, "hits");
		find_hits(json, rq->arena, query,
		          text_of(row->published_version || !drafts ? row->published_words : row->draft_words));
	}
	jw_object_end(json);
}

static int write_items(Request *rq, const FindQuery *query, const int64_t *ids, int count) {
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	for (int from = 0; from < count; from += IDS_MAX) {
		Summary rows[IDS_MAX] = {0};
		int some = count - from < IDS_MAX ? count - from : IDS_MAX, code = read_summaries(rq, ids + from, some, rows);
		if (code < 0) return code;
		for (int i = 0; i < some; i++)
			if (rows[i].resource_id) write_summary(rq, query, &rows[i]);
	}
	jw_array_end(&rq->json);
	return 0;
}

/* --- facets in the answer -------------------------------------------------------------------------------------------- */
typedef struct FacetValue {
	const char *value, *name;
	int64_t id, count;
} FacetValue;
enum { FACET_VALUES_MAX = 200 };

static int by_count(const void *a, const void *b) {
	const FacetValue *x = a, *y = b;
	return x->count != y->count ? (x->count > y->count ? -1 : 1) : x->id < y->id ? -1 : x->id > y->id;
}

static void write_facet(JsonWriter *json, const char *name, const FacetValue *values, size_t count) {
	jw_key(json, name);
	jw_array(json);
	for (size_t i = 0; i < count; i++) {
		if (!values[i].count) continue;
		jw_object(json);
		if (values[i].value)
			jw_kv_str(json, "value", values[i].value);
		else
			jw_kv_id(json, "value", values[i].id);
		if (values[i].name) jw_kv_str(json, "name", values[i].name);
		jw_kv_int(json, "count", values[i].count);
		jw_object_end(json);
	}
	jw_array_end(json);
}

static void write_choices(JsonWriter *json, const char *name, const char *const *choices, const int64_t *counts, int count) {
	FacetValue values[FORMAT_COUNT];
	for (int i = 0; i < count; i++)
		values[i] = (FacetValue){choices[i], NULL, 0, counts[i]};
	write_facet(json, name, values, (size_t)count);
}

typedef struct FacetLists {
	FacetValue *orgs, *domains;
	size_t org_count, domain_count;
} FacetLists;

/* Copies what the columns hold, so that they can be let go before names are read. */
static void list_facets(Search *search, const Facets *facets, FacetLists *out) {
	const FindColumns *columns = &search->columns;
	Arena *arena = search->rq->arena;
	*out = (FacetLists){ARENA_ARRAY(arena, FacetValue, columns->org_count + 1),
	                    ARENA_ARRAY(arena, FacetValue, columns->domain_count + 1), 0, 0};
	for (size_t i = 0; i < columns->org_count; i++)
		if (facets->org[i]) out->orgs[out->org_count++] = (FacetValue){NULL, NULL, columns->orgs[i], facets->org[i]};
	for (size_t i = 0; i < columns->domain_count; i++)
		if (facets->domain[i] && *columns->domains[i])
			out->domains[out->domain_count++] =
			    (FacetValue){arena_strdup(arena, columns->domains[i]), NULL, (int64_t)i, facets->domain[i]};
	qsort(out->orgs, out->org_count, sizeof(FacetValue), by_count);
	qsort(out->domains, out->domain_count, sizeof(FacetValue), by_count);
	if (out->org_count > FACET_VALUES_MAX) out->org_count = FACET_VALUES_MAX;
	if (out->domain_count > FACET_VALUES_MAX) out->domain_count = FACET_VALUES_MAX;
}

static void write_facets(Request *rq, const Facets *facets, FacetLists *lists) {
	static const char *const sharings[] = {"unconditional", "conditional", "none"}, *const grades[] = {"1", "2", "3", "4"};
	JsonWriter *json = &rq->json;
	for (size_t i = 0; i < lists->org_count; i++)
		lists->orgs[i].name = org_name(rq, lists->orgs[i].id);
	jw_key(json, "facets");
	jw_object(json);
	write_facet(json, "org", lists->orgs, lists->org_count);
	write_facet(json, "domain", lists->domains, lists->domain_count);
	write_choices(json, "sharing", sharings, facets->sharing, SHARING_COUNT);
	write_choices(json, "opening", find_openings, facets->opening, OPENING_COUNT);
	write_choices(json, "grade", grades, facets->grade + 1, GRADE_COUNT);
	write_choices(json, "freshness", find_freshness, facets->freshness, FRESHNESS_COUNT);
	write_choices(json, "format", find_formats, facets->format, FORMAT_COUNT);
	jw_object_end(json);
}

/* --- the route ------------------------------------------------------------------------------------------------------- */
static int run_search(Search *search, Facets *facets) {
	Filters filters;
	FindSets published, drafts;
	read_filters(search, &filters);
	search->words = (search->columns.count + 63) / 64;
	facets->org = ARENA_ARRAY(search->rq->arena, int64_t, search->columns.org_count + 1);
	facets->domain = ARENA_ARRAY(search->rq->arena, int64_t, search->columns.domain_count + 1);
	sets_new(search, &search->found, 0);
	if (search->query.asked && !search->query.word_count) return 0;
	bool with_drafts = filters.all_drafts || filters.own >= 0;
	int code = find_sets(search, false, &published);
	if (code >= 0 && with_drafts) code = find_sets(search, true, &drafts);
	if (code < 0) return code;
	narrow(search, &filters, &published, with_drafts ? &drafts : NULL, facets);
	return 0;
}

int list_resources(Request *rq) {
	Search *search = ARENA_NEW(rq->arena, Search);
	Facets facets = {0};
	FacetLists lists;
	Place place, last = {0};
	int limit = in_limit(rq), count = 0, code = read_place(rq, &place);
	search->rq = rq;
	if (code < 0 || (code = find_query(rq, in_has(rq, "q") ? in_text(rq, "q") : TEXT(""), &search->query)) < 0 ||
	    (code = find_columns_begin(rq, &search->columns)) < 0)
		return code;
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, limit + 1);
	code = run_search(search, &facets);
	if (code >= 0) {
		count = take_page(search, &place, limit, ids, &last);
		list_facets(search, &facets, &lists);
	}
	find_columns_end(rq);
	if (code < 0) return code;
	bool more = count > limit;
	JsonWriter *json = &rq->json;
	jw_object(json);
	if ((code = write_items(rq, &search->query, ids, more ? limit : count)) < 0) return code;
	jw_kv_str(json, "next", more ? arena_printf(rq->arena, "%d.%lld", last.tier, (long long)last.doc) : NULL);
	jw_kv_int(json, "total", facets.total);
	if (in_int(rq, "facets")) write_facets(rq, &facets, &lists);
	jw_object_end(json);
	return 0;
}
