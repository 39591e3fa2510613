/* Which row is the header: the first, unless narrow rows stand above it (offices put a title, a unit or a date there, often in
 * one merged cell) and the first wide row among the first HEADER_WITHIN holds names: different texts, none a number or a date. */
#include "exchange/reader_private.h"

static bool is_value(Text text) {
	double number;
	int32_t day;
	return text_to_double(text, &number) == 0 || date_parse(text, &day) == 0;
}

void header_look(HeaderLook *look, const Text *cells, int count) {
	if (look->count == HEADER_LOOK) return;
	HeaderRow *row = &look->rows[look->count++];
	*row = (HeaderRow){.names = true};
	for (int i = 0; i < count; i++) {
		Text cell = text_trim(cells[i]);
		if (cell.len == 0) continue;
		row->filled++;
		if (look->count > HEADER_WITHIN) continue;
		row->names &= cell.len <= READER_NAME_MAX && !is_value(cell);
		for (int k = 0; k < i && row->names; k++)
			row->names = !text_eq(text_trim(cells[k]), cell);
	}
	if (row->filled > look->widest) look->widest = row->filled;
}

/* A title's row: one cell filled, or at most half of the widest row's. */
static bool is_title(const HeaderLook *look, int at) {
	int filled = look->rows[at].filled;
	return filled < look->widest && (filled <= 1 || filled * 2 <= look->widest);
}

int header_row_of(const HeaderLook *look) {
	int at = 0;
	while (at < look->count && at < HEADER_WITHIN && is_title(look, at))
		at++;
	bool found = at < look->count && at < HEADER_WITHIN && look->rows[at].names && look->rows[at].filled > 1;
	return found ? at : 0;
}
