/* Fuzz target: base's CSV parser. The same input at once and in blocks (sizes from the input's first byte, each block in memory
 * of its own, freed after use) must give the same records; and what csv_write makes of good fields must read back equal. */
#include "base/base.h"
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void record_dump(const CsvRecord *record, Buf *out) {
	buf_printf(out, "%d %d %d %zu:", (int)record->fault, (int)record->line, (int)record->offset, record->count);
	for (size_t i = 0; i < record->count; i++) {
		buf_printf(out, "%d %zu ", record->quoted[i], record->fields[i].len);
		buf_text(out, record->fields[i]);
	}
	buf_text(out, record->raw);
	buf_char(out, '\n');
}

static void parse(Arena *arena, Text input, unsigned block, Buf *out) {
	Csv *csv = csv_new(arena, ',');
	for (size_t at = 0;;) {
		size_t n = input.len - at;
		if (block && n > block) n = block;
		block = block ? block * 7 % 61 + 1 : 0;
		char *copy = malloc(n ? n : 1);
		if (n) memcpy(copy, input.at + at, n);
		at += n;
		csv_feed(csv, (Text){copy, n}, at == input.len);
		CsvRecord record;
		while (csv_next(csv, &record))
			record_dump(&record, out);
		free(copy);
		if (at == input.len) break;
	}
}

static void write_back(Arena *arena, Text input) {
	Csv *csv = csv_new(arena, ','), *again = csv_new(arena, ',');
	Buf line = {0};
	CsvRecord record, copy;
	csv_feed(csv, input, true);
	while (csv_next(csv, &record)) {
		if (record.fault || record.raw.len >= 65536) continue;
		buf_reset(&line);
		for (size_t i = 0; i < record.count; i++)
			csv_write(&line, record.fields[i].len || record.quoted[i] ? record.fields[i] : TEXT_NONE, i == 0, false);
		if (line.len == 0 || (line.len >= 3 && memcmp(line.at, "\xEF\xBB\xBF", 3) == 0))
			continue; /* one missing value, and a text that begins like a byte-order mark, have no line of their own
			           */
		buf_char(&line, '\n');
		again = csv_new(arena, ',');
		csv_feed(again, buf_as_text(&line), true);
		if (!csv_next(again, &copy) || copy.fault || copy.count != record.count) abort();
		for (size_t i = 0; i < record.count; i++)
			if (!text_eq(copy.fields[i], record.fields[i])) abort();
	}
	buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) return 0;
	Arena *arena = arena_new();
	Buf whole = {0}, cut = {0};
	Text input = {(const char *)data + 1, size - 1};
	parse(arena, input, 0, &whole);
	parse(arena, input, data[0] % 61 + 1, &cut);
	if (!text_eq(buf_as_text(&whole), buf_as_text(&cut))) abort();
	write_back(arena, input);
	char separator = csv_guess_separator(input);
	if (!memchr(",;\t|", separator, 4)) abort();
	buf_free(&whole);
	buf_free(&cut);
	arena_free(arena);
	return 0;
}
