/* For the fuzz targets of the readers: runs a whole reader over one input kept in memory, and asserts what every reader promises.
 */
#ifndef YIWANG_TESTS_READER_FUZZ_H
#define YIWANG_TESTS_READER_FUZZ_H
#include "exchange/reader.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The promise that was broken is in the output. */
#define must(promise) ((promise) ? (void)0 : (fprintf(stderr, "broken promise: %s\n", #promise), abort()))

static void row_check(const ReaderRow *row, int count, int64_t *last) {
	must(row->row_no > *last);
	*last = row->row_no;
	for (int i = 0; i < count; i++)
		must(row->texts[i].len <= CSV_RECORD_MAX * 3 && (row->texts[i].at || row->texts[i].len == 0) &&
		     utf8_valid(row->texts[i]));
	must(row->raw.len <= READER_RAW_MAX);
	must(!row->fault || (row->fault->message[0] && row->fault->rule[0] && utf8_valid(text_of(row->fault->message))));
}

static inline void reader_fuzz(const uint8_t *data, size_t size, const ReaderOptions *options) {
	char path[32];
	int fd = memfd_create("fuzz", MFD_CLOEXEC), count;
	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	Arena *arena = arena_new();
	Error error = {0};
	Reader *reader;
	int code = reader_open(arena, path, options, &error, &reader);
	must((code == 0) == (error.code == 0));
	if (code == 0) {
		ReaderRow row;
		int64_t last = 0, rows = 0;
		const Text *columns = reader_columns(reader, &count);
		must(count > 0 && count <= CSV_FIELDS_MAX);
		for (int i = 0; i < count; i++)
			must(reader_column(reader, columns[i]) == i);
		while (rows++ < 20000 && (code = reader_next(reader, &row)) > 0)
			row_check(&row, count, &last);
		must((code < 0) == (error.code != 0));
	}
	must(code >= 0 || (error.message[0] && utf8_valid(text_of(error.message))));
	arena_free(arena);
	close(fd);
}
#endif
