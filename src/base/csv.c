/* Csv: a push parser. One owner, one thread, life of its arena. Fields point into the caller's block when the whole
 * record lies in it; a record that crosses blocks is gathered in `carry` first. Text of a field is copied only when
 * doubled quotes have to be undone. A quote that never closes, or closes before text, condemns the one line it
 * began on; parsing goes on with the next line, so that a stray quote costs a row and not the rest of the file. */
#include "base/csv.h"
#include <assert.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FAULT_FIELD = 4 << 10, RAW_MAX = 64 << 10, GATHER = 4 << 10 };
/* Bytes that may be read twice after stray quotes: this, plus as many again as the input has. */
#define REREAD_MAX (INT64_C(64) << 20)

typedef enum State { FIELD_START, PLAIN, QUOTED, QUOTE_CLOSED, TO_LINE_END } State;
typedef enum Found { NEED_MORE, RECORD, OVERFLOWED, BAD_QUOTE } Found;

typedef struct Cell {
	uint32_t at, len; /* in the record, or in scratch when `copied` */
	bool quoted, copied;
} Cell;

struct Csv {
	char separator;
	bool last, started, nul_seen, after_cr, skipping;
	Text block;
	size_t at; /* next byte of block, when carry is not in use */
	Buf carry; /* bytes of an unfinished record and what follows, when in use */
	bool carrying;
	size_t carry_at;  /* next record in carry */
	size_t carry_old; /* bytes of carry that are no longer in block; carry[carry_old + i] is block[block_from + i] */
	size_t block_from;
	int64_t line, offset; /* of the next record */
	int64_t reread;
	/* the record being read: positions relative to its first byte */
	State state;
	size_t pos, cell_at, end, next; /* end: of its text; next: of what follows its line end */
	bool doubled, any_quoted, too_many, cr_at_end;
	size_t count;
	Cell cells[CSV_FIELDS_MAX];
	Text fields[CSV_FIELDS_MAX];
	bool quoted[CSV_FIELDS_MAX];
	Buf scratch, kept;
};

Csv *csv_new(Arena *arena, char separator) {
	Csv *csv = ARENA_NEW(arena, Csv);
	csv->separator = separator;
	csv->line = 1;
	csv->block = TEXT("");
	buf_in(&csv->carry, arena);
	buf_in(&csv->scratch, arena);
	buf_in(&csv->kept, arena);
	return csv;
}

/* --- scanning --------------------------------------------------------------------------------------------------- */
/* The first of separator, LF, CR in p[i..end). */
static inline size_t scan_plain(const char *p, size_t i, size_t end, char separator) {
#ifdef __SSE2__
	const __m128i s = _mm_set1_epi8(separator), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
	for (; i + 16 <= end; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, s), _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));
		int mask = _mm_movemask_epi8(hit);
		if (mask) return i + (size_t)__builtin_ctz((unsigned)mask);
	}
#endif
	while (i < end && p[i] != separator && p[i] != '\n' && p[i] != '\r')
		i++;
	return i;
}

static size_t scan_line(const char *p, size_t i, size_t end) {
	return scan_plain(p, i, end, '\n');
}

static void cell_add(Csv *csv, size_t at, size_t len, bool quoted, bool copied) {
	if (csv->count < CSV_FIELDS_MAX)
		csv->cells[csv->count++] = (Cell){(uint32_t)at, (uint32_t)len, quoted, copied};
	else
		csv->too_many = true;
}

/* A quoted cell between at and end; doubled quotes are undone into scratch. */
static void cell_add_quoted(Csv *csv, const char *p, size_t at, size_t end) {
	if (!csv->doubled) {
		cell_add(csv, at, end - at, true, false);
		return;
	}
	size_t from = csv->scratch.len;
	for (size_t i = at; i < end;) {
		const char *quote = memchr(p + i, '"', end - i);
		size_t run = quote ? (size_t)(quote - p) + 1 - i : end - i;
		buf_add(&csv->scratch, p + i, run);
		i += run + (quote != NULL);
	}
	cell_add(csv, from, csv->scratch.len - from, true, true);
}

/* Sets end and next from the line end at i. A CR that is the last byte known may still be followed by its LF. */
static Found record_end(Csv *csv, const char *p, size_t i, size_t size) {
	csv->end = i;
	csv->next = i + 1;
	if (p[i] == '\r' && i + 1 < size && p[i + 1] == '\n') csv->next++;
	csv->cr_at_end = p[i] == '\r' && i + 1 == size;
	return RECORD;
}

/* Goes on with the record that begins at p; size bytes of it and of what follows are known, all = no more will come. */
static Found record_scan(Csv *csv, const char *p, size_t size, bool all) {
	const char separator = csv->separator;
	size_t limit = size <= CSV_RECORD_MAX ? size : (size_t)CSV_RECORD_MAX + 1, i = csv->pos;
	for (;;) {
		switch (csv->state) {
		case FIELD_START:
			csv->cell_at = i;
			if (i == limit) goto out;
			if (p[i] == '"') {
				csv->state = QUOTED;
				csv->cell_at = ++i;
				csv->doubled = false;
				csv->any_quoted = true;
				continue;
			}
			csv->state = PLAIN;
			/* fall through */
		case PLAIN:
			i = scan_plain(p, i, limit, separator);
			if (i == limit) goto out;
			cell_add(csv, csv->cell_at, i - csv->cell_at, false, false);
			if (p[i] != separator) return record_end(csv, p, i, size);
			i++;
			csv->state = FIELD_START;
			continue;
		case QUOTED: {
			const char *quote = i < limit ? memchr(p + i, '"', limit - i) : NULL;
			if (!quote) {
				i = limit;
				goto out;
			}
			i = (size_t)(quote - p);
			if (i + 1 == limit && !(all && size <= CSV_RECORD_MAX))
				goto out; /* the next byte decides; come back to this quote */
			if (i + 1 < limit && p[i + 1] == '"') {
				csv->doubled = true;
				i += 2;
				continue;
			}
			cell_add_quoted(csv, p, csv->cell_at, i);
			i++;
			csv->state = QUOTE_CLOSED;
		}
			/* fall through */
		case QUOTE_CLOSED:
			if (i == limit) goto out;
			if (p[i] == '\n' || p[i] == '\r') return record_end(csv, p, i, size);
			csv->pos = i;
			if (p[i] != separator) return BAD_QUOTE;
			i++;
			csv->state = FIELD_START;
			continue;
		case TO_LINE_END:
			i = scan_line(p, i, limit);
			if (i == limit) goto out;
			return record_end(csv, p, i, size);
		}
	}
out:
	csv->pos = i;
	if (limit < size || size > CSV_RECORD_MAX) return OVERFLOWED;
	if (!all) return NEED_MORE;
	if (csv->state == QUOTED) return BAD_QUOTE;
	if (csv->state == PLAIN || csv->state == FIELD_START) cell_add(csv, csv->cell_at, size - csv->cell_at, false, false);
	csv->end = csv->next = size;
	csv->cr_at_end = false;
	return RECORD;
}

/* --- one record ------------------------------------------------------------------------------------------------- */
static void record_begin(Csv *csv) {
	csv->state = FIELD_START;
	csv->pos = csv->count = csv->scratch.len = 0;
	csv->too_many = csv->any_quoted = false;
}

/* Line ends inside p[0..len): LF, CRLF, CR. */
static int64_t line_ends(const char *p, size_t len) {
	int64_t count = 0;
	for (size_t i = 0; (i = scan_line(p, i, len)) < len; i++) {
		if (p[i] == '\r' && i + 1 < len && p[i + 1] == '\n') i++;
		count++;
	}
	return count;
}

static int record_fault(Csv *csv, CsvRecord *record, CsvFault fault, Text raw) {
	raw.len = utf8_cut(raw, RAW_MAX);
	csv->fields[0] = (Text){raw.at, utf8_cut(raw, FAULT_FIELD)};
	csv->quoted[0] = false;
	*record = (CsvRecord){csv->fields, csv->quoted, 1, csv->line, csv->offset, raw, fault};
	return 1;
}

static int record_give(Csv *csv, CsvRecord *record, const char *p) {
	for (size_t i = 0; i < csv->count; i++) {
		const Cell *cell = &csv->cells[i];
		csv->fields[i] = (Text){(cell->copied ? csv->scratch.at : p) + cell->at, cell->len};
		csv->quoted[i] = cell->quoted;
	}
	CsvFault fault = csv->too_many ? CSV_TOO_MANY : CSV_OK;
	if (csv->nul_seen && memchr(p, 0, csv->end)) fault = CSV_NUL;
	Text raw = {p, csv->end};
	if (raw.len > RAW_MAX) raw.len = utf8_cut(raw, RAW_MAX);
	*record = (CsvRecord){csv->fields, csv->quoted, csv->count, csv->line, csv->offset, raw, fault};
	return 1;
}

/* After a stray quote: whether to fall back to the end of the record's first line, which must lie before `seen`. */
static bool fall_back(Csv *csv, const char *p, size_t seen, size_t size) {
	size_t line = scan_line(p, 0, seen);
	if (line == seen || csv->reread + (int64_t)(seen - line) > REREAD_MAX + csv->offset) return false;
	csv->reread += (int64_t)(seen - line);
	record_end(csv, p, line, size);
	return true;
}

/* --- where the bytes are ---------------------------------------------------------------------------------------- */
static const char *here(const Csv *csv, size_t *size) {
	if (csv->carrying) {
		*size = csv->carry.len - csv->carry_at;
		return csv->carry.at + csv->carry_at;
	}
	*size = csv->block.len - csv->at;
	return csv->block.at + csv->at;
}

/* More of the block behind carry: false when the block is used up. */
static bool gather(Csv *csv) {
	size_t taken = csv->block_from + csv->carry.len - csv->carry_old, rest = csv->block.len - taken;
	if (rest == 0) return false;
	buf_add(&csv->carry, csv->block.at + taken, rest < GATHER ? rest : GATHER);
	return true;
}

/* Moves past n bytes; back to reading the block itself as soon as what is left of carry lies in it too. */
static void advance(Csv *csv, size_t n) {
	csv->offset += (int64_t)n;
	if (!csv->carrying) {
		csv->at += n;
		return;
	}
	csv->carry_at += n;
	if (csv->carry_at >= csv->carry_old) {
		csv->at = csv->block_from + (csv->carry_at - csv->carry_old);
		csv->carrying = false;
	}
}

/* The block is about to go: what is left of it moves to carry. */
static void keep_rest(Csv *csv) {
	if (csv->carrying) {
		size_t rest = csv->carry.len - csv->carry_at;
		memmove(csv->carry.at, csv->carry.at + csv->carry_at, rest);
		csv->carry.len = rest;
	} else {
		csv->carry.len = 0;
		buf_add(&csv->carry, csv->block.at + csv->at, csv->block.len - csv->at);
	}
	csv->carry_at = 0;
	csv->carry_old = csv->carry.len;
	csv->carrying = csv->carry.len > 0;
	csv->block = TEXT("");
	csv->at = csv->block_from = 0;
}

void csv_feed(Csv *csv, Text block, bool last) {
	assert(csv->at == csv->block.len && !csv->last);
	csv->block = block.at ? block : TEXT("");
	csv->at = csv->block_from = 0;
	csv->last = last;
	csv->nul_seen |= block.len && memchr(block.at, 0, block.len);
}

/* The bytes of a byte-order mark at the start, even when they come one by one: true when more is needed. */
static bool bom_pending(Csv *csv) {
	static const char bom[] = "\xEF\xBB\xBF";
	size_t size;
	const char *p = here(csv, &size);
	while (size < 3 && csv->carrying && gather(csv))
		p = here(csv, &size);
	size_t n = size < 3 ? size : 3;
	if (n && memcmp(p, bom, n) != 0)
		n = 0;
	else if (n < 3 && !csv->last)
		return true;
	csv->started = true;
	if (n == 3) advance(csv, 3);
	return false;
}

/* What precedes a record: the LF of a CR that ended the last block, the rest of an overlong line, blank lines. */
static bool skip_between(Csv *csv) {
	for (;;) {
		size_t size;
		const char *p = here(csv, &size);
		if (size == 0) return false;
		if (csv->after_cr) {
			csv->after_cr = false;
			if (*p == '\n') advance(csv, 1);
		} else if (csv->skipping) {
			size_t i = scan_line(p, 0, size);
			csv->skipping = i == size;
			advance(csv, i);
			if (i == size) continue;
			csv->after_cr = p[i] == '\r';
			advance(csv, 1);
			csv->line++;
		} else if (*p == '\n' || *p == '\r') {
			csv->after_cr = *p == '\r';
			advance(csv, 1);
			csv->line++;
		} else {
			return true;
		}
	}
}

/* A record was found (or its line condemned): p[0..end) then p[..next). Its bytes stay readable until the next call. */
static int finish(Csv *csv, CsvRecord *record, const char *p, CsvFault fault) {
	if (fault)
		record_fault(csv, record, fault, (Text){p, csv->end});
	else
		record_give(csv, record, p);
	csv->line += (csv->next > csv->end) + (csv->any_quoted ? line_ends(p, csv->end) : 0);
	csv->after_cr = csv->cr_at_end;
	advance(csv, csv->next);
	record_begin(csv);
	return 1;
}

int csv_next(Csv *csv, CsvRecord *record) {
	if (!csv->started && bom_pending(csv)) {
		keep_rest(csv);
		return 0;
	}
	if (csv->pos == 0 && csv->state == FIELD_START && !skip_between(csv)) {
		keep_rest(csv);
		return 0;
	}
	for (;;) {
		size_t size;
		const char *p = here(csv, &size);
		bool at_end = !csv->carrying || csv->block_from + csv->carry.len - csv->carry_old == csv->block.len;
		Found found = record_scan(csv, p, size, csv->last && at_end);
		switch (found) {
		case RECORD:
			return finish(csv, record, p, csv->state == TO_LINE_END ? CSV_QUOTE : CSV_OK);
		case NEED_MORE:
			if (csv->carrying && gather(csv)) continue;
			keep_rest(csv);
			return 0;
		case BAD_QUOTE:
			if (fall_back(csv, p, csv->pos, size)) return finish(csv, record, p, CSV_QUOTE);
			if (csv->state == QUOTE_CLOSED) { /* condemned: on to its line end */
				csv->state = TO_LINE_END;
				continue;
			}
			csv->end = csv->next = size;
			csv->cr_at_end = false;
			return finish(csv, record, p, CSV_QUOTE);
		case OVERFLOWED:
			if (csv->state == QUOTED && fall_back(csv, p, CSV_RECORD_MAX, size))
				return finish(csv, record, p, CSV_QUOTE);
			csv->kept.len = 0;
			buf_add(&csv->kept, p, RAW_MAX);
			record_fault(csv, record, CSV_TOO_LONG, buf_as_text(&csv->kept));
			csv->line += line_ends(p, CSV_RECORD_MAX);
			advance(csv, CSV_RECORD_MAX);
			csv->skipping = true;
			record_begin(csv);
			return 1;
		}
	}
}

/* --- guessing and writing ---------------------------------------------------------------------------------------- */
char csv_guess_separator(Text sample) {
	static const char candidates[] = {',', ';', '\t', '|'};
	enum { LINES = 64, N = sizeof candidates };
	int counts[N][LINES] = {{0}}, lines = 0;
	bool quoted = false;
	for (size_t i = 0; i < sample.len && lines < LINES; i++) {
		char c = sample.at[i];
		if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '\n' || c == '\r'))
			lines += !(c == '\n' && i && sample.at[i - 1] == '\r');
		else if (!quoted)
			for (int k = 0; k < N; k++)
				counts[k][lines] += c == candidates[k];
	}
	if (lines == 0) lines = 1; /* a header without a line end */
	int best = 0, best_score = 0;
	for (int k = 0; k < N; k++) {
		int same = 0;
		for (int line = 0; line < lines; line++)
			same += counts[k][line] > 0 && counts[k][line] == counts[k][0];
		int score = same * 1024 + (counts[k][0] < 1024 ? counts[k][0] : 1023);
		if (same * 2 > lines && score > best_score) {
			best = k;
			best_score = score;
		}
	}
	return candidates[best];
}

/* Whether a spreadsheet would take the field for a formula. Plain numbers are harmless and stay as they are. */
static bool runs_in_spreadsheet(Text field) {
	double number;
	return field.len && memchr("=+-@\t\r", field.at[0], 6) && text_to_double(field, &number) != 0;
}

/* A comma, a quote, a line break. */
static bool needs_quotes(Text field) {
	size_t i = 0;
#ifdef __SSE2__
	const __m128i comma = _mm_set1_epi8(','), quote = _mm_set1_epi8('"'), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
	for (; i + 16 <= field.len; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(field.at + i));
		__m128i breaks = _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr));
		__m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, comma), _mm_cmpeq_epi8(v, quote)), breaks);
		if (_mm_movemask_epi8(hit)) return true;
	}
#endif
	for (; i < field.len; i++)
		if (field.at[i] == ',' || field.at[i] == '"' || field.at[i] == '\n' || field.at[i] == '\r') return true;
	return false;
}

void csv_write(Buf *out, Text field, bool first, bool guard) {
	if (!first) buf_char(out, ',');
	if (!field.at) return;
	bool prefix = guard && runs_in_spreadsheet(field), quote = field.len == 0;
	if (field.len) quote = field.at[0] == ' ' || field.at[field.len - 1] == ' ' || needs_quotes(field);
	if (quote) buf_char(out, '"');
	if (prefix) buf_char(out, '\'');
	for (size_t i = 0; i < field.len;) {
		const char *found = quote ? memchr(field.at + i, '"', field.len - i) : NULL;
		size_t run = found ? (size_t)(found - field.at) + 1 - i : field.len - i;
		buf_add(out, field.at + i, run);
		if (found) buf_char(out, '"');
		i += run;
	}
	if (quote) buf_char(out, '"');
}
