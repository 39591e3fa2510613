/* Owns loading lists of divisions from a pack's CSV into table division. Runs in a bulk write; constant memory. */
#include "catalog/pack.h"
#include <zlib.h>

enum { DIVISION_FILE_MAX = 64 << 20 /* bytes after unpacking */, BLOCK = 64 << 10 };

typedef struct Loader {
	Request *rq;
	const char *source;
	Bulk *bulk;
	int64_t rows;
	bool header_seen;
} Loader;

static void close_gz(void *file) {
	gzclose(file);
}

static int refuse_line(Loader *loader, const CsvRecord *record, const char *why) {
	return fail(loader->rq, ERR_INVALID, "%s:%lld: %s", loader->source, (long long)record->line, why);
}

static int day_val(Text text, Val *out) {
	int32_t days;
	*out = val_null();
	if (!text.len) return 0;
	if (date_parse(text, &days) < 0) return -1;
	*out = val_int(days);
	return 0;
}

static int load_record(Loader *loader, const CsvRecord *record) {
	static const int level_of[13] = {[2] = 1, [4] = 2, [6] = 3, [9] = 4, [12] = 5};
	static const size_t parent_len[13] = {[4] = 2, [6] = 4, [9] = 6, [12] = 9};
	if (record->fault != CSV_OK || record->count != 4)
		return refuse_line(loader, record, "four columns are needed: code,name,valid_from,valid_to");
	const Text *fields = record->fields;
	if (!loader->header_seen) {
		loader->header_seen = true;
		bool right = text_is(fields[0], "code") && text_is(fields[1], "name") && text_is(fields[2], "valid_from") &&
		             text_is(fields[3], "valid_to");
		return right ? 0 : refuse_line(loader, record, "the first line must be code,name,valid_from,valid_to");
	}
	Text code = division_trim(fields[0]);
	Val from, to;
	if (!code.at) return refuse_line(loader, record, "a code has 2, 4, 6, 9 or 12 digits");
	if (!fields[1].len || utf8_count(fields[1]) > 100 || !utf8_valid(fields[1]))
		return refuse_line(loader, record, "a name has 1 to 100 characters");
	if (day_val(fields[2], &from) < 0 || day_val(fields[3], &to) < 0)
		return refuse_line(loader, record, "valid_from and valid_to are dates like 1995-01-01, or empty");
	Val values[] = {val_str(loader->source),
	                val_int(++loader->rows),
	                val_text(code),
	                val_text(fields[1]),
	                val_int(level_of[code.len]),
	                val_text((Text){code.at, parent_len[code.len]}),
	                from,
	                to};
	return bulk_row(loader->bulk, values);
}

static int load_blocks(Loader *loader, gzFile file) {
	Arena *arena = loader->rq->arena;
	Csv *csv = csv_new(arena, ',');
	char *block = arena_alloc_raw(arena, BLOCK);
	int64_t total = 0;
	for (;;) {
		int got = gzread(file, block, BLOCK), code = 0;
		if (got < 0 || (total += got) > DIVISION_FILE_MAX)
			return fail(loader->rq, ERR_INVALID, "%s: damaged, or more than %d bytes when unpacked", loader->source,
			            DIVISION_FILE_MAX);
		csv_feed(csv, (Text){block, (size_t)got}, got == 0);
		CsvRecord record;
		while ((code = csv_next(csv, &record)) > 0)
			if ((code = load_record(loader, &record)) < 0) return code;
		if (code < 0 || got == 0) return code;
	}
}

int64_t divisions_replace(Request *rq, const char *path, const char *source) {
	static const ValKind kinds[] = {VAL_TEXT, VAL_INT, VAL_TEXT, VAL_TEXT, VAL_INT, VAL_TEXT, VAL_INT, VAL_INT};
	Loader loader = {.rq = rq, .source = source};
	gzFile file = gzopen(path, "rb");
	if (!file) return fail(rq, ERR_NOT_FOUND, "%s cannot be opened", source);
	arena_on_free(rq->arena, close_gz, file);
	int64_t code = db_run(rq->db, "DELETE FROM division WHERE source = $1", BIND(val_str(source)));
	if (code < 0) return code;
	code = bulk_begin(rq->db, &loader.bulk, "division", "source, row_no, code, name, level, parent, valid_from, valid_to",
	                  kinds, 8);
	if (code < 0) return code;
	int loaded = load_blocks(&loader, file);
	int64_t stored = bulk_end(loader.bulk);
	return loaded < 0 ? loaded : stored;
}
