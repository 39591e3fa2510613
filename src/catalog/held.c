/* held: which published entries with records hold an item of a given name already: one pass over the words of all entries, for
 * whoever is about to ask people for it once more. Reads only. */
#include "catalog/internal.h"

static bool same(Text a, Text b) {
	return text_eq(text_trim(a), text_trim(b));
}

/* The lines of one entry (find_parts): n its name, f the title of a field, then w its name. */
static int words_tell(Rows *rows, const Text *titles, int count, FieldHeldFn fn, void *arg) {
	Text words = rows_text(rows, 2), title = TEXT("");
	for (int code = 0; words.len && code >= 0;) {
		const char *end = memchr(words.at, '\n', words.len);
		Text line = {words.at, end ? (size_t)(end - words.at) : words.len};
		size_t eaten = line.len + (end != NULL);
		words = (Text){words.at + eaten, words.len - eaten};
		Text rest = {line.at + 1, line.len ? line.len - 1 : 0};
		if (line.len && line.at[0] == 'f') title = rest;
		for (int i = 0; line.len && line.at[0] == 'w' && i < count && code >= 0; i++)
			if (same(title, titles[i]))
				code = fn(arg, &(FieldHeld){.number = i,
				                            .resource_id = rows_int(rows, 0),
				                            .org_id = rows_int(rows, 1),
				                            .field = rest});
		if (code < 0) return code;
	}
	return 0;
}

int fields_held(Request *rq, const Text *titles, int count, FieldHeldFn fn, void *arg) {
	Rows *rows;
	int code =
	    db_query(rq->db, &rows,
	             "SELECT r.resource_id, r.org_id, d.published_words FROM resource r JOIN resource_doc d ON d.resource_id ="
	             " r.resource_id WHERE r.state = 'published' AND (r.generation_no > 0 OR r.keeper = 'proxy') ORDER BY"
	             " r.resource_id",
	             NO_BIND);
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && (code = words_tell(rows, titles, count, fn, arg)) >= 0)
		;
	rows_close(rows);
	return code;
}
