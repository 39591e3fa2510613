/* search: cases by words of their number or title. Owns tables case_word, case_segment and case_segment_part. The words of 16,384
 * cases at a time are brought over by a chore, an hour late, so that no step of a case pays for them and none is missed: what is
 * newer, lists read through. Why: docs/decisions/0042-words-of-cases.md */
#include "casework/words.h"
#include <stdlib.h>

enum { PART = 4096, PARTS = SEGMENT / PART, WINDOW = 16 /* segments looked up together */, PIECES_MOST = 2000000 };
enum { PARTS_READ = 100, LOOKED_AT = 2000 }; /* then reading on is better: few of them are the asker's, or no list is so long */
static const int64_t settled_us = INT64_C(3600000000); /* an id is older than its row is seen by no more than that */

/* --- making segments -----------------------------------------------------------------------------------------------------------
 */
typedef struct Segment {
	int64_t number; /* from 1 */
	int64_t *ids;
	uint16_t count;
	Piece *pieces;
	size_t piece_count, piece_room;
} Segment;

static int piece_order(const void *a, const void *b) {
	const Piece *x = a, *y = b;
	return x->piece != y->piece ? (x->piece < y->piece ? -1 : 1) : (x->number > y->number) - (x->number < y->number);
}

static int segment_parts_write(Request *rq, const Segment *segment) {
	int64_t done = 0;
	for (int part = 0; part * PART < segment->count && done >= 0; part++) {
		int first = part * PART, count = segment->count - first < PART ? segment->count - first : PART;
		uint8_t *bytes = arena_alloc(rq->arena, (size_t)count * 8);
		for (int i = 0; i < count * 8; i++)
			bytes[i] = (uint8_t)(segment->ids[first + i / 8] >> i % 8 * 8);
		done = db_run(
		    rq->db, "INSERT INTO case_segment_part (segment, part, ids) VALUES ($1, $2, $3)",
		    BIND(val_int(segment->number), val_int(part), val_blob((Text){(const char *)bytes, (size_t)count * 8})));
	}
	return done < 0 ? (int)done : 0;
}

static int segment_words_write(Request *rq, const Segment *segment) {
	static const ValKind kinds[] = {VAL_INT, VAL_INT, VAL_BLOB};
	Bulk *bulk;
	int code = bulk_begin(rq->db, &bulk, "case_word", "piece, segment, cases", kinds, 3);
	uint16_t *numbers = ARENA_ARRAY(rq->arena, uint16_t, SEGMENT);
	for (size_t i = 0, end; i < segment->piece_count && code >= 0; i = end) {
		size_t count = 0;
		for (end = i; end < segment->piece_count && segment->pieces[end].piece == segment->pieces[i].piece; end++)
			if (!count || numbers[count - 1] != segment->pieces[end].number)
				numbers[count++] = segment->pieces[end].number;
		const Val row[] = {val_int(segment->pieces[i].piece), val_int(segment->number),
		                   val_blob(set_write(rq->arena, numbers, count))};
		code = bulk_row(bulk, row);
	}
	return code < 0 ? code : (int)bulk_end(bulk);
}

static int segment_write(Request *rq, void *arg) {
	Segment *segment = arg;
	int64_t done =
	    db_run(rq->db, "INSERT INTO case_segment (segment, first_id, last_id) VALUES ($1, $2, $3)",
	           BIND(val_int(segment->number), val_int(segment->ids[0]), val_int(segment->ids[segment->count - 1])));
	int code = done < 0 ? (int)done : segment_parts_write(rq, segment);
	return code < 0 ? code : segment_words_write(rq, segment);
}

/* The cases after the last segment. 1 they fill one, 0 not yet, or a code. */
static int segment_read(Request *rq, Segment *out) {
	Rows *rows;
	int64_t last = 0;
	int code =
	    db_one(rq->db, &rows, "SELECT COALESCE(MAX(segment), 0), COALESCE(MAX(last_id), 0) FROM case_segment", NO_BIND);
	if (code < 0) return code;
	out->number = rows_int(rows, 0) + 1;
	last = rows_int(rows, 1);
	db_rest(rq->db);
	code = db_query(
	    rq->db, &rows,
	    "SELECT case_id, search_text FROM work_case WHERE case_id > $1 AND case_id < $2 ORDER BY case_id LIMIT 16384",
	    BIND(val_int(last), val_int(store_id_at(rq->now_us - settled_us))));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		if (out->piece_room - out->piece_count < 2 * PIECE_TEXT_MAX) {
			size_t room = out->piece_room ? 2 * out->piece_room : 1 << 16;
			Piece *pieces = realloc(out->pieces, room * sizeof *pieces);
			if (!pieces) abort();
			out->pieces = pieces;
			out->piece_room = room;
		}
		out->piece_count += pieces_of(rows_text(rows, 1), out->count, out->pieces + out->piece_count);
		out->ids[out->count++] = rows_int(rows, 0);
		if (out->piece_count >= PIECES_MOST) {
			rows_close(rows);
			break;
		}
	}
	return code < 0 ? code : out->count == SEGMENT || out->piece_count >= PIECES_MOST;
}

static int renamed_write(Request *rq, void *arg);

int words_chore(Request *rq) {
	Segment segment = {.ids = ARENA_ARRAY(rq->arena, int64_t, SEGMENT)};
	int code = request_write(rq, renamed_write, NULL);
	if (code >= 0) code = segment_read(rq, &segment);
	if (code > 0) {
		qsort(segment.pieces, segment.piece_count, sizeof *segment.pieces, piece_order);
		code = request_write_bulk(rq, segment_write, &segment);
		code = code < 0 ? code : 1;
	}
	free(segment.pieces);
	return code;
}

/* --- a case of a segment under another name ------------------------------------------------------------------------------------
 */
static int64_t id_at(Text ids, int at) {
	uint64_t id = 0;
	for (int byte = 0; byte < 8; byte++)
		id |= (uint64_t)(uint8_t)ids.at[at * 8 + byte] << byte * 8;
	return (int64_t)id;
}

/* Which segment the case is in, and as which of its numbers: 1, 0 in none yet, or a code. */
static int segment_of(Request *rq, int64_t case_id, int64_t *segment, uint16_t *number) {
	Rows *rows;
	bool there = false;
	int found = db_int(rq->db, segment,
	                   "SELECT segment FROM case_segment WHERE first_id <= $1 AND last_id >= $1 ORDER BY segment LIMIT 1",
	                   BIND(val_int(case_id)));
	if (found <= 0) return found;
	int code = db_query(rq->db, &rows, "SELECT part, ids FROM case_segment_part WHERE segment = $1", BIND(val_int(*segment)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Text ids = rows_blob(rows, 1);
		for (int i = 0; i < (int)(ids.len / 8); i++)
			if (id_at(ids, i) == case_id) {
				*number = (uint16_t)(rows_int(rows, 0) * PART + i);
				there = true;
			}
	}
	return code < 0 ? code : there;
}

static int word_add(Request *rq, int64_t piece, int64_t segment, uint16_t number) {
	uint64_t bits[SET_WORDS] = {0};
	uint16_t *numbers = ARENA_ARRAY(rq->arena, uint16_t, SEGMENT);
	size_t count = 0;
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT cases FROM case_word WHERE piece = $1 AND segment = $2",
	                   BIND(val_int(piece), val_int(segment)));
	if (found < 0) return found;
	if (found) {
		memset(bits, 0xff, sizeof bits);
		set_and(rows_blob(rows, 0), bits);
		db_rest(rq->db);
	}
	if (bits[number / 64] >> number % 64 & 1) return 0;
	bits[number / 64] |= UINT64_C(1) << number % 64;
	for (int i = 0; i < SEGMENT; i++)
		if (bits[i / 64] >> i % 64 & 1) numbers[count++] = (uint16_t)i;
	return (int)db_run(rq->db,
	                   "INSERT INTO case_word (piece, segment, cases) VALUES ($1, $2, $3) ON CONFLICT (piece, segment) DO"
	                   " UPDATE SET cases = excluded.cases",
	                   BIND(val_int(piece), val_int(segment), val_blob(set_write(rq->arena, numbers, count))));
}

static int words_add(Request *rq, int64_t segment, uint16_t number, Text text) {
	Piece *pieces = ARENA_ARRAY(rq->arena, Piece, 2 * PIECE_TEXT_MAX);
	size_t count = pieces_of(text, number, pieces);
	int code = 0;
	qsort(pieces, count, sizeof *pieces, piece_order);
	for (size_t i = 0; i < count && code >= 0; i++)
		if (!i || pieces[i].piece != pieces[i - 1].piece) code = word_add(rq, pieces[i].piece, segment, number);
	return code < 0 ? code : 0;
}

/* In no segment yet: the chore may have read it for one already, by its old name, so it looks again. */
int case_words_add(Request *rq, int64_t case_id, Text text) {
	int64_t segment = 0;
	uint16_t number = 0;
	int code = segment_of(rq, case_id, &segment, &number);
	if (code) return code < 0 ? code : words_add(rq, segment, number, text);
	return (int)db_run(rq->db, "INSERT INTO case_renamed (case_id) VALUES ($1) ON CONFLICT (case_id) DO NOTHING",
	                   BIND(val_int(case_id)));
}

/* Those that segments have by now, by the names they have now. */
static int renamed_write(Request *rq, void *arg) {
	enum { AT_ONCE = 200 };
	int64_t ids[AT_ONCE], segment = 0;
	uint16_t number = 0;
	Rows *rows;
	int count = 0, code = db_query(rq->db, &rows,
	                               "SELECT case_id FROM case_renamed WHERE case_id <= (SELECT COALESCE(MAX(last_id), 0) FROM"
	                               " case_segment) ORDER BY case_id LIMIT 200",
	                               NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0)
		ids[count++] = rows_int(rows, 0);
	for (int i = 0; i < count && code >= 0; i++) {
		if ((code = db_one(rq->db, &rows, "SELECT search_text FROM work_case WHERE case_id = $1",
		                   BIND(val_int(ids[i])))) < 0)
			break;
		Text text = code ? text_dup(rq->arena, rows_text(rows, 0)) : TEXT("");
		if ((code = segment_of(rq, ids[i], &segment, &number)) > 0) code = words_add(rq, segment, number, text);
		if (code >= 0) code = (int)db_run(rq->db, "DELETE FROM case_renamed WHERE case_id = $1", BIND(val_int(ids[i])));
	}
	return code < 0 ? code : 0;
}

/* --- looking up ----------------------------------------------------------------------------------------------------------------
 */
struct CaseSearch {
	Request *rq;
	int64_t pieces[PIECES_ASKED];
	int piece_count;
	int64_t after, top; /* INT64_MAX: from the newest */
	int64_t segment;    /* the next to look at, downwards; 0: none is left */
	int64_t window;     /* the lowest of those that are in bits */
	uint64_t bits[WINDOW][SET_WORDS];
	int has[WINDOW];   /* how many of the pieces the segment has */
	int part;          /* the next of the segment, downwards; -1: none is left */
	int64_t ids[PART]; /* of a part, those that may have it, newest first */
	int id_at, id_count;
	int parts_read, looked_at;
	int64_t below; /* nothing below it was looked at */
};

int case_search_begin(Request *rq, Text asked, int64_t after, CaseSearch **out) {
	CaseSearch *search = ARENA_NEW(rq->arena, CaseSearch);
	Rows *rows;
	*out = NULL;
	search->piece_count = pieces_asked(asked, search->pieces);
	if (!search->piece_count) return 0;
	for (int i = search->piece_count; i < PIECES_ASKED; i++) /* for the statement's list: the last one again and again */
		search->pieces[i] = search->pieces[search->piece_count - 1];
	search->rq = rq;
	search->after = search->below = after ? after : INT64_MAX;
	search->part = -1;
	int code = db_one(rq->db, &rows,
	                  "SELECT COALESCE(MAX(segment), 0), COALESCE(MAX(last_id), 0), COALESCE(MAX(CASE WHEN first_id < $1 THEN"
	                  " segment END), 0) FROM case_segment",
	                  BIND(val_int(search->after)));
	if (code < 0) return code;
	search->top = rows_int(rows, 1);
	search->segment = rows_int(rows, 2);
	search->window = search->segment + 1;
	db_rest(rq->db);
	*out = search;
	return 0;
}

int64_t case_search_top(const CaseSearch *search) {
	return search->top;
}

/* The sets of the segments below the window, up to the next one. */
static int window_read(CaseSearch *search) {
	Rows *rows;
	int64_t high = search->segment;
	search->window = high > WINDOW ? high - WINDOW + 1 : 1;
	memset(search->bits, 0xff, sizeof search->bits);
	memset(search->has, 0, sizeof search->has);
	Val args[2 + PIECES_ASKED] = {val_int(search->window), val_int(high)};
	for (int i = 0; i < PIECES_ASKED; i++)
		args[2 + i] = val_int(search->pieces[i]);
	int code = db_query(search->rq->db, &rows,
	                    "SELECT segment, cases FROM case_word WHERE piece IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
	                    " $14, $15, $16, $17, $18) AND segment >= $1 AND segment <= $2",
	                    args, 2 + PIECES_ASKED);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		int64_t at = rows_int(rows, 0) - search->window;
		set_and(rows_blob(rows, 1), search->bits[at]);
		search->has[at]++;
	}
	return code;
}

/* The ids of the part that are in bits and before `after`, newest first. */
static int part_read(CaseSearch *search, const uint64_t *bits, int64_t segment, int part) {
	Rows *rows;
	bool any = false;
	for (int i = 0; i < PART / 64; i++)
		any |= bits[part * (PART / 64) + i] != 0;
	search->id_at = search->id_count = 0;
	if (!any) return 0;
	search->parts_read++;
	int code = db_one(search->rq->db, &rows, "SELECT ids FROM case_segment_part WHERE segment = $1 AND part = $2",
	                  BIND(val_int(segment), val_int(part)));
	if (code <= 0) return code;
	Text ids = rows_blob(rows, 0);
	for (int i = (int)(ids.len / 8) - 1; i >= 0; i--) {
		int number = part * PART + i;
		if (!(bits[number / 64] >> number % 64 & 1)) continue;
		int64_t id = id_at(ids, i);
		if (id < search->after) search->ids[search->id_count++] = id;
	}
	db_rest(search->rq->db);
	return 0;
}

/* On to the next part that may have some; 0 no segment is left. */
static int part_next(CaseSearch *search) {
	while (search->id_at == search->id_count) {
		int code = 0;
		if (search->part < 0) {
			if (!search->segment) return 0;
			if (search->segment < search->window && (code = window_read(search)) < 0) return code;
			if (search->has[search->segment - search->window] == search->piece_count)
				search->part = PARTS - 1;
			else
				search->segment--;
			continue;
		}
		code = part_read(search, search->bits[search->segment - search->window], search->segment, search->part);
		if (code < 0) return code;
		if (--search->part < 0) search->segment--;
	}
	return 1;
}

int case_search_next(CaseSearch *search, int64_t ids[FOUND_MAX], int64_t *rest) {
	int count = 0, code = 1;
	*rest = 0;
	while (count < FOUND_MAX) {
		if (search->parts_read >= PARTS_READ || search->looked_at >= LOOKED_AT) {
			if (!count) *rest = search->below;
			return count;
		}
		if ((code = part_next(search)) <= 0) return code < 0 ? code : count;
		for (; count < FOUND_MAX && search->id_at < search->id_count; search->looked_at++)
			ids[count++] = search->below = search->ids[search->id_at++];
	}
	return count;
}

/* --- lists ---------------------------------------------------------------------------------------------------------------------
 */
typedef struct Listing {
	Request *rq;
	RowWriter write;
	const char *sql;
	Val args[CASE_LIST_ARGS];
	int limit;
	int64_t last; /* the last row's id */
	bool more;    /* a row beyond the page was seen */
} Listing;

static int listing_run(Listing *list) {
	Rows *rows;
	AskedSql asked = asked_sql(list->rq, list->sql, list->args, CASE_LIST_ARGS);
	int code = db_query(list->rq->db, &rows, ASKED(asked));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		list->more = list->rq->row_count == list->limit;
		if (!list->more) {
			list->last = rows_int(rows, 0);
			list->rq->row_count++;
			code = list->write(list->rq, rows);
		}
		if (list->more || code < 0) {
			rows_close(rows);
			break;
		}
	}
	return code;
}

/* What is newer than the segments, what may have the words, and the rest where that is not all. */
static int listing_search(Listing *list, CaseSearch *search) {
	enum { OVER = CASE_LIST_OWN, FOUND = CASE_LIST_OWN + 1 };
	int64_t ids[FOUND_MAX], rest = 0, after = list->args[0].kind == VAL_INT ? list->args[0].i : INT64_MAX;
	int code = 0, count = 0;
	if (after > case_search_top(search)) {
		list->args[OVER] = val_int(case_search_top(search));
		code = listing_run(list);
		list->args[OVER] = val_null();
	}
	while (code >= 0 && !list->more && (count = case_search_next(search, ids, &rest)) > 0) {
		for (int i = 0; i < FOUND_MAX; i++)
			list->args[FOUND + i] = val_int(ids[i < count ? i : count - 1]);
		code = listing_run(list);
	}
	if (code < 0 || count < 0 || list->more || !rest) return code < 0 ? code : count < 0 ? count : 0;
	list->args[0] = val_int(rest);
	for (int i = 0; i < FOUND_MAX; i++)
		list->args[FOUND + i] = val_null();
	return listing_run(list);
}

int case_list_answer(Request *rq, RowWriter write, const char *sql, const Val *args, size_t count) {
	Listing *list = ARENA_NEW(rq->arena, Listing);
	CaseSearch *search = NULL;
	*list = (Listing){.rq = rq, .write = write, .sql = sql, .limit = in_limit(rq)};
	for (size_t i = 0; i < CASE_LIST_ARGS; i++)
		list->args[i] = i < count ? args[i] : val_null();
	if (in_has(rq, "q")) {
		int64_t after = list->args[0].kind == VAL_INT ? list->args[0].i : 0;
		int code = case_search_begin(rq, text_trim(in_text(rq, "q")), after, &search);
		if (code < 0) return code;
	}
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	int code = search ? listing_search(list, search) : listing_run(list);
	if (code < 0) return code;
	answer_rows_end(rq, list->more ? list->last : 0);
	return 0;
}
