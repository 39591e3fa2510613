/* answers: articles found while somebody types or speaks: by the words of the catalogue's search, those that have most of what is
 * rare first. Table hotline_find holds the tokens of what is published; what is read, and how it is weighed, is here. Reads in
 * any lane, changes in a write. */
#include "hotline/internal.h"
#include "catalog/catalog.h"
#include <math.h>

enum { FORMAT = 1 }; /* goes up when tokens are made otherwise: articles are then indexed anew at start */

/* --- the index ------------------------------------------------------------------------------------------------------------- */
int answers_forget(Request *rq, int64_t article_id) {
	int code = (int)db_run(rq->db, "DELETE FROM hotline_find WHERE article_id = $1", BIND(val_int(article_id)));
	return code < 0 ? code : 0;
}

int answers_keep(Request *rq, int64_t article_id) {
	static const ValKind kinds[] = {VAL_TEXT, VAL_TEXT, VAL_INT, VAL_INT};
	Rows *rows;
	WordToken *tokens;
	Bulk *bulk;
	Buf *parts = ARENA_NEW(rq->arena, Buf);
	buf_in(parts, rq->arena);
	int code =
	    db_one(rq->db, &rows,
	           "SELECT a.kind, a.title, a.keywords, o.name FROM hotline_article a LEFT JOIN org o ON o.org_id = a.org_id"
	           " WHERE a.article_id = $1",
	           BIND(val_int(article_id)));
	if (code <= 0) return code;
	Text kind = text_dup(rq->arena, rows_text(rows, 0));
	words_part(parts, 'n', rows_text(rows, 1));
	words_part(parts, 'k', rows_text(rows, 2));
	if (!rows_null(rows, 3)) words_part(parts, 'o', rows_text(rows, 3));
	int count = words_tokens(rq->arena, buf_as_text(parts), &tokens);
	code = answers_forget(rq, article_id);
	if (code >= 0) code = bulk_begin(rq->db, &bulk, "hotline_find", "kind, word, article_id, tier", kinds, 4);
	if (code < 0) return code;
	for (int i = 0; i < count && code >= 0; i++) {
		const Val row[] = {val_text(kind), val_text(tokens[i].text), val_int(article_id), val_int(tokens[i].tier)};
		code = bulk_row(bulk, row);
	}
	int64_t done = code < 0 ? code : bulk_end(bulk);
	if (done >= 0)
		done = db_run(rq->db, "UPDATE hotline_article SET found_format = $2 WHERE article_id = $1",
		              BIND(val_int(article_id), val_int(FORMAT)));
	return done < 0 ? (int)done : 0;
}

/* Some that have no tokens of this format: how many, or a code. */
static int fill_some(Request *rq, void *arg) {
	enum { AT_ONCE = 200 };
	int64_t ids[AT_ONCE];
	Rows *rows;
	int count = 0, code = db_lock(rq->db, "hotline.find", 0); /* processes that start together take turns */
	(void)arg;
	if (code >= 0)
		code =
		    db_query(rq->db, &rows,
		             "SELECT article_id FROM hotline_article WHERE state = 'published' AND found_format <> $1 LIMIT 200",
		             BIND(val_int(FORMAT)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < AT_ONCE)
		ids[count++] = rows_int(rows, 0);
	if (code > 0) rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = answers_keep(rq, ids[i]);
	return code < 0 ? code : count;
}

int answers_start(App *app, Error *error) {
	int code;
	do {
		Request *rq = request_begin(app, "hotline");
		code = request_write(rq, fill_some, NULL);
		if (code < 0) *error = *rq->error;
		request_end(rq);
	} while (code > 0);
	return code;
}

/* --- asking ---------------------------------------------------------------------------------------------------------------- */
enum { ASKED = 48, PREFIXES = 4, WEIGHED = 48 };

typedef struct Hit {
	int64_t article_id;
	int asked, tier;
} Hit;

typedef struct Hits {
	Hit *items;
	size_t count, cap;
} Hits;

typedef struct Weighed {
	int64_t article_id, used;
	double score;
	bool late;
} Weighed;

static void hit_add(Request *rq, Hits *hits, Hit hit) {
	if (hits->count == hits->cap) {
		hits->cap = hits->cap ? hits->cap * 2 : 512;
		Hit *items = arena_alloc_raw(rq->arena, hits->cap * sizeof *items);
		if (hits->count) memcpy(items, hits->items, hits->count * sizeof *items);
		hits->items = items;
	}
	hits->items[hits->count++] = hit;
}

static int exact_read(Request *rq, Text kind, const WordAsked *asked, int count, Hits *hits) {
	Rows *rows;
	Val args[ASKED + 1] = {val_text(kind)};
	for (int i = 0; i < ASKED; i++)
		args[i + 1] = i < count && !asked[i].prefix ? val_text(asked[i].text) : val_str("");
	int code =
	    db_query(rq->db, &rows,
	             "SELECT word, article_id, tier FROM hotline_find WHERE kind = $1 AND word IN ($2, $3, $4, $5, $6, $7, $8,"
	             " $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29,"
	             " $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49)",
	             args, ASKED + 1);
	int at = 0; /* rows of one word come together */
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Text word = rows_text(rows, 0);
		for (int tries = 0; tries < count && (asked[at].prefix || !text_eq(asked[at].text, word)); tries++)
			at = (at + 1) % count;
		hit_add(rq, hits, (Hit){rows_int(rows, 1), at, (int)rows_int(rows, 2)});
	}
	return code < 0 ? code : 0;
}

/* ASCII: the next character is the end of the range. An article has many tokens that begin so: it is hit once. */
static int prefix_read(Request *rq, Text kind, const WordAsked *asked, int at, Hits *hits) {
	Rows *rows;
	char *end = arena_strndup(rq->arena, asked[at].text.at, asked[at].text.len);
	end[asked[at].text.len - 1]++;
	int code = db_query(rq->db, &rows,
	                    "SELECT article_id, MIN(tier) FROM hotline_find WHERE kind = $1 AND word >= $2 AND word < $3 GROUP BY"
	                    " article_id",
	                    BIND(val_text(kind), val_text(asked[at].text), val_str(end)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		hit_add(rq, hits, (Hit){rows_int(rows, 0), at, (int)rows_int(rows, 1)});
	return code < 0 ? code : 0;
}

static int by_article(const void *a, const void *b) {
	const Hit *x = a, *y = b;
	return x->article_id != y->article_id ? (x->article_id < y->article_id ? -1 : 1) : x->asked - y->asked;
}

/* A group (other words for the same) weighs no more than its best one would alone. Hits of one article, in the order asked. */
static Weighed weigh(const WordAsked *asked, const double *rarity, const Hit *hits, size_t count) {
	static const double worth[] = {1, 0.85, 0.5, 0.4};
	Weighed out = {.article_id = hits[0].article_id};
	double group = 0, most = 0;
	for (size_t i = 0; i < count; i++) {
		const WordAsked *one = &asked[hits[i].asked];
		bool fresh = !i || asked[hits[i - 1].asked].group != one->group;
		if (fresh) {
			out.score += group < most ? group : most;
			group = most = 0;
		}
		double value = rarity[hits[i].asked] * worth[hits[i].tier];
		group += one->weight * value;
		if (value > most) most = value;
	}
	out.score += group < most ? group : most;
	return out;
}

static int by_score(const void *a, const void *b) {
	const Weighed *x = a, *y = b;
	if (x->late != y->late) return x->late - y->late;
	if (x->score != y->score) return x->score < y->score ? 1 : -1;
	return x->used != y->used ? (x->used < y->used ? 1 : -1) : x->article_id < y->article_id ? -1 : 1;
}

/* Of another type of call: the operator may have chosen the wrong one, so it comes later, not never. */
static int facts_read(Request *rq, Text type, Weighed *list, int count) {
	Rows *rows;
	Val args[WEIGHED];
	for (int i = 0; i < WEIGHED; i++)
		args[i] = val_int(i < count ? list[i].article_id : 0);
	int code = db_query(
	    rq->db, &rows,
	    "SELECT article_id, type, valid_until_us, used FROM hotline_article WHERE article_id IN ($1, $2, $3, $4, $5, $6,"
	    " $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28,"
	    " $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48)",
	    args, WEIGHED);
	while (code >= 0 && (code = rows_next(rows)) > 0)
		for (int i = 0; i < count; i++) {
			if (list[i].article_id != rows_int(rows, 0)) continue;
			if (type.len && rows_text(rows, 1).len && !text_eq(type, rows_text(rows, 1))) list[i].score *= 0.85;
			list[i].late = rows_int(rows, 2) > 0 && rows_int(rows, 2) < rq->now_us;
			list[i].used = rows_int(rows, 3);
		}
	return code < 0 ? code : 0;
}

/* The best ones, best first; how many, or a code. total: articles of the kind. */
static int best_of(Request *rq, Text type, const WordAsked *asked, int asked_count, Hits *hits, int64_t total, Weighed **out) {
	double rarity[ASKED];
	int64_t having[ASKED] = {0};
	int count = 0;
	for (size_t i = 0; i < hits->count; i++)
		having[hits->items[i].asked]++;
	for (int i = 0; i < asked_count; i++)
		rarity[i] = having[i] ? log(1 + (double)total / (double)having[i]) : 0;
	if (hits->count) qsort(hits->items, hits->count, sizeof *hits->items, by_article);
	Weighed *list = *out = ARENA_ARRAY(rq->arena, Weighed, hits->count + 1);
	for (size_t from = 0, until; from < hits->count; from = until) {
		bool rare = asked_count <= 2; /* a word was hit that not every fifth article has */
		for (until = from; until < hits->count && hits->items[until].article_id == hits->items[from].article_id; until++)
			rare |= having[hits->items[until].asked] <= 2 || having[hits->items[until].asked] * 5 <= total;
		if (rare) list[count++] = weigh(asked, rarity, hits->items + from, until - from);
	}
	qsort(list, (size_t)count, sizeof *list, by_score);
	if (count > WEIGHED) count = WEIGHED;
	int code = facts_read(rq, type, list, count);
	if (code < 0) return code;
	qsort(list, (size_t)count, sizeof *list, by_score);
	double best = 0;
	for (int i = 0; i < count; i++)
		if (list[i].score > best) best = list[i].score;
	int kept = 0;
	for (int i = 0; i < count && kept < ANSWERS_SHOWN; i++) /* what shares but a word of what others share more of is noise */
		if (list[i].score * 3 >= best) list[kept++] = list[i];
	return kept;
}

int answers_find(Request *rq, int64_t ids[ANSWERS_SHOWN]) {
	WordAsked *asked = ARENA_ARRAY(rq->arena, WordAsked, ASKED);
	Hits hits = {0};
	Weighed *best;
	Text kind = in_text(rq, "kind"), type = in_has(rq, "type") ? in_text(rq, "type") : TEXT("");
	int64_t total = 0;
	int prefixes = 0, count = words_asked(rq, in_text(rq, "q"), asked, ASKED);
	memset(ids, 0, sizeof *ids * ANSWERS_SHOWN);
	if (count <= 0) return count;
	int code = exact_read(rq, kind, asked, count, &hits);
	for (int i = 0; i < count && code >= 0; i++)
		if (asked[i].prefix && prefixes++ < PREFIXES) code = prefix_read(rq, kind, asked, i, &hits);
	if (code >= 0)
		code = db_int(rq->db, &total, "SELECT COUNT(*) FROM hotline_article WHERE kind = $1 AND state = 'published'",
		              BIND(val_text(kind)));
	if (code >= 0) code = best_of(rq, type, asked, count, &hits, total, &best);
	for (int i = 0; i < ANSWERS_SHOWN; i++)
		ids[i] = i < code ? best[i].article_id : 0;
	return code;
}
