/* JSON Lines: one object a line. The columns are the members seen in the first READER_SAMPLE_ROWS lines; one that comes
 * later is given beside them. */
#include "exchange/reader_private.h"
#include <stdio.h>

typedef struct Lines {
	Text block;
	size_t at;
	Buf carry; /* a line that crosses blocks */
	bool at_end, skipping;
	int64_t line;
} Lines;

/* The next line without its end: 1, 0, < 0. A line over CSV_RECORD_MAX is given once, cut, with *overlong set. */
static int line_next(Reader *reader, Text *line, bool *overlong) {
	Lines *self = reader->self;
	buf_reset(&self->carry);
	*overlong = false;
	for (;;) {
		if (self->at == self->block.len) {
			int code = self->at_end ? 0 : input_next(reader->input, &self->block);
			if (code < 0) return code;
			self->at = 0;
			if (code == 0) {
				self->at_end = true;
				self->block = TEXT("");
				*line = buf_as_text(&self->carry);
				self->line++;
				return line->len > 0 || *overlong;
			}
		}
		const char *from = self->block.at + self->at;
		size_t rest = self->block.len - self->at;
		const char *newline = memchr(from, '\n', rest);
		size_t length = newline ? (size_t)(newline - from) : rest;
		self->at += length + (newline != NULL);
		if (self->carry.len + length > CSV_RECORD_MAX) {
			size_t room = READER_RAW_MAX > self->carry.len ? READER_RAW_MAX - self->carry.len : 0;
			buf_add(&self->carry, from, length < room ? length : room);
			*overlong = true;
		} else if (!*overlong && newline && self->carry.len == 0) {
			*line = (Text){from, length};
			self->line++;
			return 1;
		} else if (!*overlong) {
			buf_add(&self->carry, from, length);
		}
		if (newline) {
			self->line++;
			*line = buf_as_text(&self->carry);
			return 1;
		}
	}
}

static bool is_blank(Text line) {
	return text_trim(line).len == 0;
}

static bool line_encoded(Reader *reader, Text line) {
	return reader->charset == CHARSET_UTF8 ? utf8_valid(line)
	                                       : !input_was_bad(reader->input) || text_find(line, TEXT("\xEF\xBF\xBD")) < 0;
}

static void twice_fault(Reader *reader, ReaderRow *row, const JsonMember *member) {
	char name[64];
	snprintf(name, sizeof name, "%.*s", (int)utf8_cut(member->key, 63), member->key.at);
	reader_fault(reader, row, name, member->value, "json", "Name each member once.", "the member %s comes twice", name);
}

static void take_members(Reader *reader, ReaderRow *row, Text line) {
	JsonMember *members;
	int count;
	const char *why;
	if (json_members(reader->row, line, &members, &count, &why) != 0) {
		reader_fault(reader, row, "", TEXT_NONE, "json", "Write one JSON object a line.", "line %lld: %s",
		             (long long)((Lines *)reader->self)->line, why);
		return;
	}
	bool *seen = ARENA_ARRAY(reader->row, bool, reader->column_count);
	for (int i = 0; i < count; i++) {
		int column = reader_column(reader, text_trim(members[i].key));
		if (column < 0) {
			reader_late(reader, row, text_trim(members[i].key), members[i].value, count);
		} else if (seen[column]) {
			twice_fault(reader, row, &members[i]);
		} else {
			reader->texts[column] = members[i].value;
			seen[column] = true;
		}
	}
	reader_left_out(reader, row, seen);
}

static int jsonl_next(Reader *reader, ReaderRow *row) {
	Lines *self = reader->self;
	Text line;
	bool overlong;
	int code;
	do
		code = line_next(reader, &line, &overlong);
	while (code > 0 && !overlong && is_blank(line));
	if (code <= 0) return code;
	if (self->line == 1 && text_starts(line, TEXT("\xEF\xBB\xBF"))) line.at += 3, line.len -= 3;
	row->row_no = ++reader->row_no;
	row->raw = (Text){line.at, utf8_cut(line, READER_RAW_MAX)};
	reader_no_texts(reader);
	long long number = (long long)self->line;
	if (overlong)
		reader_fault(reader, row, "", TEXT_NONE, "too_long", "Split the record.", "line %lld is longer than %d MiB",
		             number, CSV_RECORD_MAX >> 20);
	else if (memchr(line.at, 0, line.len))
		reader_fault(reader, row, "", TEXT_NONE, "nul", "Export the line again without NUL characters.",
		             "line %lld has a NUL byte", number);
	else if (!line_encoded(reader, line))
		reader_fault(reader, row, "", TEXT_NONE, "encoding", "Export the file again as UTF-8, or name its character set.",
		             "line %lld is not text in %s", number, charset_name(reader->charset));
	else
		take_members(reader, row, line);
	return 1;
}

static void jsonl_progress(const Reader *reader, int64_t *done, int64_t *total) {
	input_progress(reader->input, done, total);
}

static const ReaderOps jsonl_ops = {.next = jsonl_next, .progress = jsonl_progress};

static void lines_begin(Reader *reader) {
	Lines *self = reader->self;
	*self = (Lines){.block = TEXT(""), .carry = self->carry};
}

/* --- the columns: also of GeoJSON, whose features come from another source ------------------------------------------- */
int names_add(Reader *reader, NameList *list, Text name) {
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.at[i]) * 16777619u;
	enum { MASK = NAMES_SLOTS - 1 };
	uint32_t slot = hash & MASK;
	for (; list->slots[slot]; slot = (slot + 1) & MASK)
		if (text_eq(list->names[list->slots[slot] - 1], name)) return 0;
	if (list->count == CSV_FIELDS_MAX)
		return reader_refuse(reader, "header", "Split the table.", "more than %d different names", CSV_FIELDS_MAX);
	list->names[list->count++] = text_dup(reader->arena, name);
	list->slots[slot] = list->count;
	return 0;
}

int reader_jsonl_open(Reader *reader, const ReaderOptions *options) {
	Lines *self = ARENA_NEW(reader->arena, Lines);
	self->block = TEXT("");
	buf_in(&self->carry, reader->arena);
	reader->self = self;
	reader->ops = &jsonl_ops;
	NameList *list = ARENA_NEW(reader->arena, NameList);
	int code = 1, good = 0;
	for (int i = 0; i < READER_SAMPLE_ROWS && code > 0; i++) {
		Text line;
		bool overlong;
		code = line_next(reader, &line, &overlong);
		if (code <= 0 || overlong || is_blank(line)) continue;
		if (self->line == 1 && text_starts(line, TEXT("\xEF\xBB\xBF"))) line.at += 3, line.len -= 3;
		JsonMember *members;
		int count;
		const char *why;
		arena_reset(reader->row);
		if (!utf8_valid(line) || json_members(reader->row, line, &members, &count, &why) != 0) continue;
		good++;
		for (int k = 0; k < count && code > 0; k++) {
			int added = names_add(reader, list, text_trim(members[k].key));
			code = added < 0 ? added : code;
		}
	}
	if (code >= 0 && good == 0)
		return reader_refuse(reader, "json", "Write one JSON object a line.",
		                     "none of the first %d lines is a JSON object", READER_SAMPLE_ROWS);
	if (code >= 0) code = reader_set_columns(reader, list->names, list->count);
	lines_begin(reader);
	return code < 0 ? code : input_rewind(reader->input);
}
