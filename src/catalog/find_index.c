/* Owns tables resource_doc and search_term: which entries have a token, as sets of entry numbers, changed in the same write as
 * the entry. A row of search_term holds, for one token and 65,536 entries, one set a tier: 'a' and sorted 16-bit numbers, or 'b'
 * and a bitmap. Writers take the lock "catalog.find", so change numbers are in commit order. Thread: the writer's, readers' for
 * find_postings. */
#include "catalog/find.h"
#include <stdlib.h>
#include <unicode/uvernum.h>

/* Goes up when tokens are made otherwise; with ICU's version, on which pinyin depends: entries are then indexed anew at start. */
enum { FORMAT = 1 * 1000 + U_ICU_VERSION_MAJOR_NUM };
enum { CHUNK_BITS = 16, CHUNK = 1 << CHUNK_BITS, CHUNK_WORDS = CHUNK / 64, ARRAY_MAX = 4000 };

/* --- sets ------------------------------------------------------------------------------------------------------------ */
static void set_read(Text blob, uint64_t *bits, size_t words) {
	if (blob.len < 1) return;
	const uint8_t *at = (const uint8_t *)blob.at + 1;
	size_t len = blob.len - 1;
	if (blob.at[0] == 'a') {
		for (size_t i = 0; i + 1 < len; i += 2) {
			size_t n = (size_t)at[i] | (size_t)at[i + 1] << 8;
			if (n / 64 < words) bits[n / 64] |= UINT64_C(1) << (n % 64);
		}
		return;
	}
	for (size_t i = 0; i < len && i / 8 < words; i++)
		bits[i / 8] |= (uint64_t)at[i] << (i % 8 * 8);
}

/* NULL when the set is empty. */
static Val set_write(Arena *arena, const uint64_t *bits) {
	size_t count = 0, last = 0;
	for (size_t i = 0; i < CHUNK_WORDS; i++)
		if (bits[i]) {
			count += (size_t)__builtin_popcountll(bits[i]);
			last = i;
		}
	if (!count) return val_null();
	size_t bitmap = (last + 1) * 8;
	char *out = arena_alloc(arena, 1 + (count * 2 < bitmap ? count * 2 : bitmap));
	char *at = out + 1;
	if (count * 2 < bitmap) {
		out[0] = 'a';
		for (size_t i = 0; i <= last; i++)
			for (uint64_t rest = bits[i]; rest; rest &= rest - 1) {
				unsigned n = (unsigned)(i * 64) + (unsigned)__builtin_ctzll(rest);
				*at++ = (char)(n & 0xff);
				*at++ = (char)(n >> 8);
			}
	} else {
		out[0] = 'b';
		for (size_t i = 0; i <= last; i++)
			for (int byte = 0; byte < 8; byte++)
				*at++ = (char)(bits[i] >> (byte * 8) & 0xff);
	}
	return val_blob((Text){out, (size_t)(at - out)});
}

/* --- changing -------------------------------------------------------------------------------------------------------- */
/* What is sorted within a token: draft, chunk, tier, entry; removals first, so that what is in both stays. */
static uint64_t token_place(const FindToken *token) {
	return (uint64_t)token->draft << 40 | (uint64_t)(token->doc >> CHUNK_BITS) << 20 | (uint64_t)token->tier << 18 |
	       (uint64_t)(token->doc & (CHUNK - 1)) << 1 | (token->change > 0);
}

static int text_order(const FindToken *x, const FindToken *y) {
	if (x->head != y->head) return x->head < y->head ? -1 : 1;
	if (x->len != y->len) return x->len - y->len;
	return x->len > 8 ? memcmp(x->at + 8, y->at + 8, (size_t)x->len - 8) : 0;
}

static int token_order(const void *a, const void *b) {
	int order = text_order(a, b);
	uint64_t x = token_place(a), y = token_place(b);
	return order ? order : x < y ? -1 : x > y;
}

static bool same_row(const FindToken *a, const FindToken *b) {
	return text_order(a, b) == 0 && a->draft == b->draft && a->doc >> CHUNK_BITS == b->doc >> CHUNK_BITS;
}

/* Tokens that come and go with the same place cancel each other; repeated ones count once. */
static size_t settle(FindToken *items, size_t count) {
	size_t kept = 0;
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && same_row(&items[i], &items[end]) && items[end].tier == items[i].tier &&
		                  items[end].doc == items[i].doc;)
			end++;
		if (items[i].change == items[end - 1].change) items[kept++] = items[i];
	}
	return kept;
}

/* A row of search_term that changes: tokens of the same term, draft and chunk. */
typedef struct RowChange {
	const FindToken *items;
	size_t count;
	bool there;
	Text sets[TIER_COUNT]; /* as stored; TEXT_NONE where there is none */
} RowChange;
enum { CHANGES = 64 }; /* asked for in one statement */

static int change_order(const void *term, const void *change) {
	return text_order(term, ((const RowChange *)change)->items);
}

/* What is stored for the rows of the changes, which are in the order of their terms. */
static int changes_read(Request *rq, Arena *arena, RowChange *changes, size_t count) {
	Val terms[CHANGES];
	Rows *rows;
	for (size_t i = 0; i < CHANGES; i++) { /* the last one again and again where there are fewer */
		const FindToken *token = changes[i < count ? i : count - 1].items;
		terms[i] = val_blob((Text){token->at, token->len});
	}
	int code = db_query(rq->db, &rows,
	                    "SELECT term, draft, chunk, in_name, in_keyword, in_field, in_other FROM search_term WHERE term IN ("
	                    "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
	                    "$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, "
	                    "$33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, "
	                    "$49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64)",
	                    terms, CHANGES);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		FindToken term = find_token(rows_blob(rows, 0));
		RowChange *at = bsearch(&term, changes, count, sizeof *changes, change_order);
		while (at && at > changes && text_order(at[-1].items, &term) == 0)
			at--;
		for (; at && at < changes + count && text_order(at->items, &term) == 0; at++) {
			if (at->items->draft != rows_int(rows, 1) || at->items->doc >> CHUNK_BITS != rows_int(rows, 2)) continue;
			at->there = true;
			for (int tier = 0; tier < TIER_COUNT; tier++)
				at->sets[tier] = text_dup(arena, rows_blob(rows, 3 + tier));
		}
	}
	return code < 0 ? code : 0;
}

/* The row's new sets; whether any is left. */
static bool change_sets(Arena *arena, const RowChange *change, Val sets[TIER_COUNT]) {
	uint64_t bits[TIER_COUNT][CHUNK_WORDS] = {0};
	bool any = false;
	for (int tier = 0; tier < TIER_COUNT; tier++)
		set_read(change->sets[tier], bits[tier], CHUNK_WORDS);
	for (size_t i = 0; i < change->count; i++) {
		const FindToken *item = &change->items[i];
		uint32_t n = item->doc % CHUNK;
		uint64_t bit = UINT64_C(1) << (n % 64);
		if (item->change > 0)
			bits[item->tier][n / 64] |= bit;
		else
			bits[item->tier][n / 64] &= ~bit;
	}
	for (int tier = 0; tier < TIER_COUNT; tier++) {
		sets[tier] = set_write(arena, bits[tier]);
		any |= sets[tier].kind != VAL_NULL;
	}
	return any;
}

static int change_row(Request *rq, Arena *arena, const RowChange *change) {
	Val sets[TIER_COUNT], term = val_blob((Text){change->items->at, change->items->len}),
	                      draft = val_int(change->items->draft), chunk = val_int(change->items->doc >> CHUNK_BITS);
	if (!change_sets(arena, change, sets))
		return (int)db_run(rq->db, "DELETE FROM search_term WHERE term = $1 AND draft = $2 AND chunk = $3",
		                   BIND(term, draft, chunk));
	return (int)db_run(rq->db,
	                   "UPDATE search_term SET in_name = $4, in_keyword = $5, in_field = $6, in_other = $7 WHERE term = $1"
	                   " AND draft = $2 AND chunk = $3",
	                   BIND(term, draft, chunk, sets[0], sets[1], sets[2], sets[3]));
}

static int rows_add(Request *rq, Arena *arena, const RowChange *changes, size_t count) {
	static const ValKind kinds[] = {VAL_BLOB, VAL_INT, VAL_INT, VAL_BLOB, VAL_BLOB, VAL_BLOB, VAL_BLOB};
	Bulk *bulk;
	int code =
	    bulk_begin(rq->db, &bulk, "search_term", "term, draft, chunk, in_name, in_keyword, in_field, in_other", kinds, 7);
	for (size_t i = 0; i < count && code >= 0; i++) {
		const FindToken *token = changes[i].items;
		Val row[3 + TIER_COUNT] = {val_blob((Text){token->at, token->len}), val_int(token->draft),
		                           val_int(token->doc >> CHUNK_BITS)};
		if (!changes[i].there && change_sets(arena, &changes[i], row + 3)) code = bulk_row(bulk, row);
	}
	return code < 0 ? code : (int)bulk_end(bulk);
}

/* An entry's tokens are many rows: those there are asked for together and changed one by one, new ones go in together. */
static int apply_tokens(Request *rq, FindTokens *tokens) {
	if (!tokens->count) return 0;
	qsort(tokens->items, tokens->count, sizeof *tokens->items, token_order);
	tokens->count = settle(tokens->items, tokens->count);
	RowChange *changes = ARENA_ARRAY(tokens->arena, RowChange, tokens->count + 1);
	size_t count = 0, fresh = 0;
	for (size_t i = 0, end; i < tokens->count; i = end) {
		for (end = i + 1; end < tokens->count && same_row(&tokens->items[i], &tokens->items[end]);)
			end++;
		changes[count++] = (RowChange){.items = tokens->items + i, .count = end - i};
	}
	for (size_t at = 0; at < count; at += CHANGES) {
		int code = changes_read(rq, tokens->arena, changes + at, count - at < CHANGES ? count - at : CHANGES);
		if (code < 0) return code;
	}
	for (size_t i = 0; i < count; i++) {
		int code = changes[i].there ? change_row(rq, tokens->arena, &changes[i]) : 0;
		if (code < 0) return code;
		fresh += !changes[i].there;
	}
	return fresh ? rows_add(rq, tokens->arena, changes, count) : 0;
}

/* --- entries --------------------------------------------------------------------------------------------------------- */
int find_touch(Request *rq, int64_t resource_id) {
	int code = db_lock(rq->db, "catalog.find", 0);
	if (code < 0) return code;
	return (int)db_run(
	    rq->db,
	    "UPDATE resource_doc SET changed_no = (SELECT max(d.changed_no) + 1 FROM resource_doc d) WHERE resource_id = $1",
	    BIND(val_int(resource_id)));
}

static const char *formats_text(Request *rq, const json_t *document) {
	const json_t *formats = json_object_get(document, "formats");
	const char *text = "";
	size_t index;
	json_t *item;
	json_array_foreach(formats, index, item) text =
	    arena_printf(rq->arena, "%s%s%s", text, *text ? " " : "", json_string_value(item));
	return text;
}

typedef struct DocRow {
	int64_t doc_no, format;
	const char *published, *draft;
	bool ever;
} DocRow;

static int doc_load(Request *rq, int64_t resource_id, DocRow *out) {
	Rows *rows;
	int code =
	    db_one(rq->db, &rows,
	           "SELECT d.doc_no, d.index_format, d.published_words, d.draft_words, r.published_version FROM resource_doc d"
	           " JOIN resource r ON r.resource_id = d.resource_id WHERE d.resource_id = $1",
	           BIND(val_int(resource_id)));
	if (code <= 0) return code;
	*out = (DocRow){rows_int(rows, 0), rows_int(rows, 1), rows_str(rows, 2, rq->arena), rows_str(rows, 3, rq->arena),
	                rows_int(rows, 4) > 0};
	return 1;
}

static int doc_create(Request *rq, int64_t resource_id) {
	return (int)db_run(
	    rq->db,
	    "INSERT INTO resource_doc (resource_id, doc_no, changed_no, index_format, domain, formats, published_words,"
	    " draft_words) SELECT $1, COALESCE(max(doc_no) + 1, 0), COALESCE(max(changed_no) + 1, 1), $2, '', '', '', ''"
	    " FROM resource_doc",
	    BIND(val_int(resource_id), val_int(FORMAT)));
}

int find_put(Request *rq, int64_t resource_id, const json_t *document, const char *org_name_text, bool published) {
	DocRow row;
	int code = db_lock(rq->db, "catalog.find", 0);
	if (code < 0 || (code = doc_load(rq, resource_id, &row)) < 0) return code;
	if (code == 0 && ((code = doc_create(rq, resource_id)) < 0 || (code = doc_load(rq, resource_id, &row)) < 0)) return code;
	FindTokens tokens = {.arena = rq->arena};
	const char *words = find_parts(rq->arena, document, org_name_text);
	uint32_t doc = (uint32_t)row.doc_no;
	find_tokens_add(&tokens, text_of(row.draft), doc, true, -1);
	if (published) find_tokens_add(&tokens, text_of(row.published), doc, false, -1);
	find_tokens_add(&tokens, text_of(words), doc, !published, 1);
	if ((code = apply_tokens(rq, &tokens)) < 0 || (code = find_touch(rq, resource_id)) < 0) return code;
	/* what facets count is the published version's, or the draft's while there is none */
	if (published || !row.ever) {
		code = (int)db_run(
		    rq->db, "UPDATE resource_doc SET domain = $2, formats = $3 WHERE resource_id = $1",
		    BIND(val_int(resource_id), val_text(js_text(document, "domain")), val_str(formats_text(rq, document))));
		if (code < 0) return code;
	}
	if (published)
		return (int)db_run(rq->db,
		                   "UPDATE resource_doc SET published_words = $2, draft_words = '' WHERE resource_id = $1",
		                   BIND(val_int(resource_id), val_str(words)));
	return (int)db_run(rq->db, "UPDATE resource_doc SET draft_words = $2 WHERE resource_id = $1",
	                   BIND(val_int(resource_id), val_str(words)));
}

/* --- filling at start ------------------------------------------------------------------------------------------------ */
enum { FILL_BATCH = 5000 };
typedef struct FillRow {
	int64_t resource_id, doc_no, org_id;
	const char *published, *draft; /* documents, NULL when there is none */
} FillRow;

static int fill_one(Request *rq, FindTokens *tokens, const FillRow *row) {
	const char *words[2] = {"", ""};
	const char *documents[2] = {row->published, row->draft};
	json_t *shown = NULL;
	for (int i = 0; i < 2; i++) {
		json_t *document = documents[i] ? json_loads(documents[i], 0, NULL) : NULL;
		if (!document) continue;
		words[i] = find_parts(rq->arena, document, org_name(rq, row->org_id));
		find_tokens_add(tokens, text_of(words[i]), (uint32_t)row->doc_no, i == 1, 1);
		if (!shown) shown = json_incref(document);
		json_decref(document);
	}
	int code = (int)db_run(
	    rq->db,
	    "UPDATE resource_doc SET published_words = $2, draft_words = $3, domain = $4, formats = $5, index_format = $6,"
	    " changed_no = (SELECT max(d.changed_no) + 1 FROM resource_doc d) WHERE resource_id = $1",
	    BIND(val_int(row->resource_id), val_str(words[0]), val_str(words[1]), val_text(js_text(shown, "domain")),
	         val_str(formats_text(rq, shown)), val_int(FORMAT)));
	json_decref(shown);
	return code;
}

static int fill_batch(Request *rq, void *arg) {
	Rows *rows;
	int count = 0, code = db_lock(rq->db, "catalog.find", 0);
	if (code < 0) return code;
	code = db_query(
	    rq->db, &rows,
	    "SELECT d.resource_id, d.doc_no, r.org_id, p.document, w.document FROM resource_doc d JOIN resource r ON"
	    " r.resource_id = d.resource_id LEFT JOIN resource_version p ON p.resource_id = d.resource_id AND p.version_no ="
	    " r.published_version LEFT JOIN resource_version w ON w.resource_id = d.resource_id AND w.version_no = "
	    "r.draft_version"
	    " WHERE d.index_format = 0 ORDER BY d.doc_no LIMIT $1",
	    BIND(val_int(FILL_BATCH)));
	if (code < 0) return code;
	FillRow *list = ARENA_ARRAY(rq->arena, FillRow, FILL_BATCH);
	while ((code = rows_next(rows)) > 0)
		list[count++] = (FillRow){rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_str(rows, 3, rq->arena),
		                          rows_str(rows, 4, rq->arena)};
	FindTokens tokens = {.arena = rq->arena};
	for (int i = 0; i < count && code >= 0; i++)
		code = fill_one(rq, &tokens, &list[i]);
	if (code < 0 || (code = apply_tokens(rq, &tokens)) < 0) return code;
	return count;
}

/* Another format: what is there is of no use. */
static int forget_old(Request *rq, void *arg) {
	int64_t old = 0;
	int code = db_lock(rq->db, "catalog.find", 0);
	if (code < 0) return code;
	code = db_int(rq->db, &old, "SELECT count(*) FROM resource_doc WHERE index_format NOT IN (0, $1)", BIND(val_int(FORMAT)));
	if (code < 0 || !old) return code < 0 ? code : 0;
	code = (int)db_run(rq->db, "DELETE FROM search_term", NO_BIND);
	return code < 0 ? code : (int)db_run(rq->db, "UPDATE resource_doc SET index_format = 0", NO_BIND);
}

int find_fill(App *app, Error *error) {
	int code = 0, done = 0;
	do {
		Request *rq = request_begin(app, "catalog");
		if (done == 0) code = request_write(rq, forget_old, NULL);
		if (code >= 0) code = request_write(rq, fill_batch, NULL);
		if (code < 0) {
			log_error("catalog: entries could not be indexed for search");
			*error = *rq->error;
		}
		request_end(rq);
		done += code > 0 ? code : 0;
	} while (code == FILL_BATCH);
	if (done) log_info("catalog: %d entries indexed for search", done);
	return code < 0 ? code : 0;
}

/* --- asking ---------------------------------------------------------------------------------------------------------- */
static int read_sets(Rows *rows, size_t count, FindSets *sets) {
	int code;
	size_t words = (count + 63) / 64;
	while ((code = rows_next(rows)) > 0) {
		size_t from = (size_t)rows_int(rows, 0) * CHUNK_WORDS;
		for (int tier = 0; tier < TIER_COUNT && from < words; tier++)
			set_read(rows_blob(rows, tier + 1), sets->tiers[tier] + from,
			         words - from < CHUNK_WORDS ? words - from : CHUNK_WORDS);
	}
	rows_close(rows);
	return code;
}

int find_postings(Request *rq, Text token, bool prefix, bool draft, size_t count, FindSets *sets) {
	Rows *rows;
	int code;
	if (!prefix)
		code = db_query(
		    rq->db, &rows,
		    "SELECT chunk, in_name, in_keyword, in_field, in_other FROM search_term WHERE term = $1 AND draft = $2",
		    BIND(val_blob(token), val_int(draft)));
	else {
		char *end = arena_strndup(rq->arena, token.at, token.len); /* ASCII: the next character is the end of the range */
		end[token.len - 1]++;
		code = db_query(rq->db, &rows,
		                "SELECT chunk, in_name, in_keyword, in_field, in_other FROM search_term WHERE term >= $1 AND "
		                "term < $2 AND draft = $3",
		                BIND(val_blob(token), val_blob((Text){end, token.len}), val_int(draft)));
	}
	return code < 0 ? code : read_sets(rows, count, sets);
}
