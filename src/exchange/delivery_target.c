/* delivery_target.h: the kinds of target, and what they say alike. Owns nothing; any thread. */
#include "exchange/delivery_target.h"
#include "exchange/target.h"

static const DeliveryKind *const kinds[] = {&delivery_postgres, &delivery_odbc, &delivery_folder, &delivery_sftp, &delivery_http};
enum { KINDS = sizeof kinds / sizeof *kinds };
#define ANEW "Undo the change in the target, or drop the table there so that it is delivered anew."

const DeliveryKind *delivery_kind_of(const char *url) {
	for (int i = 0; i < KINDS; i++)
		for (const char *const *scheme = kinds[i]->schemes; *scheme; scheme++)
			if (strncasecmp(url, *scheme, strlen(*scheme)) == 0) return kinds[i];
	return NULL;
}

const DeliveryKind *delivery_kind_named(const char *name) {
	for (int i = 0; i < KINDS; i++)
		if (strcmp(kinds[i]->name, name) == 0) return kinds[i];
	return NULL;
}

static void arena_end(void *arena) {
	arena_free(arena);
}

int delivery_target_open(Request *rq, const char *url, const DeliveryTarget *with, DeliveryTarget **out) {
	DeliveryTarget base = *with;
	base.kind = delivery_kind_of(url);
	base.arena = arena_new();
	arena_on_free(rq->arena, arena_end, base.arena);
	base.error = rq->error;
	base.folder = target_folder(rq);
	if (!base.kind) return fail(rq, ERR_INTERNAL, "there is no such kind of target");
	return base.kind->open(base.arena, url, &base, out);
}

int delivery_altered(DeliveryTarget *target, const char *what) {
	return error_field(target->error, ERR_CONFLICT, "table", text_of(target->table), "target_altered", ANEW, "%s", what);
}

int delivery_columns_altered(DeliveryTarget *target, const char *columns) {
	return error_field(target->error, ERR_CONFLICT, "table", text_of(target->table), "target_altered", ANEW,
	                   "the columns of %s.%s were changed in the target: %.120s", target->schema, target->table, columns);
}

void delivery_emptied(DeliveryTarget *target) {
	target->mark.signature = "";
	target->notes[target->note_count++] = "the table in the target had been emptied: all records are delivered anew";
}

int delivery_taken(DeliveryTarget *target) {
	return error_field(target->error, ERR_CONFLICT, "table", text_of(target->table), "target_taken",
	                   "Choose another table, or rename that one.",
	                   "the target has a table %s.%s that this delivery did not make", target->schema, target->table);
}

int delivery_mark_moved(DeliveryTarget *target) {
	return error_field(target->error, ERR_BUSY, "target_id", TEXT_NONE, "target_mark", "It is tried again by itself.",
	                   "another run of this delivery moved the target's mark");
}

int delivery_differs(DeliveryTarget *target, const TableDigest *kept, const TableDigest *sent) {
	return error_field(target->error, ERR_CONFLICT, "table", text_of(target->table), "target_differs",
	                   "Look for triggers or rules on the target table; drop it so that it is delivered anew.",
	                   "what the target holds after the batch is not what was sent: %s, sent %s",
	                   table_digest_text(target->arena, kept), table_digest_text(target->arena, sent));
}

int delivery_rows_differ(DeliveryTarget *target, int64_t rows) {
	return error_field(target->error, ERR_CONFLICT, "table", text_of(target->table), "target_differs",
	                   "Look for triggers or rules on the target table; drop it so that it is delivered anew.",
	                   "%lld rows of the target table are not what was sent; nothing was switched over", (long long)rows);
}

void delivery_mark_begun(DeliveryTarget *target, const char *run, const char *as_of, int64_t position) {
	DeliveryMark *mark = &target->mark;
	mark->there = true;
	mark->run = arena_strdup(target->arena, run);
	mark->as_of = arena_strdup(target->arena, as_of);
	mark->run_position = position;
	mark->filled_rid = 0;
	mark->filled = (TableDigest){0};
}
