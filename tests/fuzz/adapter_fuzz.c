/* Fuzz target: cells of another platform's template (exchange/adapter_cell.c). What was taken in must come out as a cell that is
 * taken in as the same value: else an import would never settle. */
#include "exchange/adapter.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(Arena *arena, const AdapterColumn *column, Text cell) {
	Reason reason;
	Text value, again;
	if (adapter_cell_in(arena, column, cell, &value, &reason) < 0) {
		if (!*reason.rule || !*reason.message || !utf8_valid(text_of(reason.value))) abort();
		return;
	}
	if (!value.at || value.len == 0) return;
	Text out = adapter_cell_out(arena, column, value);
	if (adapter_cell_in(arena, column, out, &again, &reason) < 0 || !text_eq(value, again)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const struct {
		AdapterData data;
		const char *field;
	} fields[] = {{ADAPTER_CATALOGUE, "sharing"}, {ADAPTER_CATALOGUE, "formats"},     {ADAPTER_CATALOGUE, "keywords"},
	              {ADAPTER_CATALOGUE, "name"},    {ADAPTER_CATALOGUE, "item_length"}, {ADAPTER_REQUESTS, "until"},
	              {ADAPTER_REQUESTS, "asked_at"}};
	if (size < 1) return 0;
	Arena *arena = arena_new();
	char *copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	Text cell = {copy, size - 1};
	size_t at = data[0] % (sizeof fields / sizeof *fields);
	json_t *codes = at == 0
	                    ? json_pack("{s:s, s:s, s:s}", "有条件共享", "conditional", "无条件", "unconditional", "a", "none")
	                : at == 1 ? json_pack("{s:s, s:s}", "数据库", "database", "b", "csv")
	                          : NULL;
	AdapterColumn column = {
	    .column = "列", .field = adapter_field(fields[at].data, text_of(fields[at].field)), .codes = codes};
	if (utf8_valid(cell) && !memchr(copy, 0, size - 1)) check(arena, &column, cell); /* readers give nothing else */
	json_decref(codes);
	free(copy);
	arena_free(arena);
	return 0;
}
