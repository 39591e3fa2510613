/* Records that stay at the supplier: one path out for them too. The plan (grant, modes, row filter) is the same; the rows come
 * through the keeper's actions (keeper.h) instead of from a run-time table; each value is checked against its field's kind before
 * anything else looks at it; then masks, quota and evidence as ever. After the supplier answered, the catalogue generation is
 * looked at again, so that what was revoked meanwhile is not given out. On threads that may wait (request_elsewhere). */
#include "record/read.h"

enum { PROBE_ROWS = 20 };

static void proxied_free(void *object) {
	Proxied *rows = object;
	proxied_close(rows);
	arena_free(rows->scratch);
}

void proxied_close(Proxied *rows) {
	if (rows->open && rows->read.close) rows->read.close(&rows->read);
	rows->open = false;
}

static int add_wanted(int *positions, int count, const Plan *plan, int position) {
	for (int i = 0; i < count; i++)
		if (positions[i] == position) return count;
	if (!column_listed(plan->columns, plan->resource->fields[position].no)) return count; /* new in the entry: no value yet */
	positions[count] = position;
	return count + 1;
}

/* Every visible field, the key (it names the record) and what the order needs. */
static void choose(Proxied *rows, const KeeperRead *ask) {
	const Resource *resource = rows->plan->resource;
	int *positions = ARENA_ARRAY(rows->rq->arena, int, resource->field_count + 1), count = 0;
	for (int i = 0; i < resource->key_count; i++)
		count = add_wanted(positions, count, rows->plan, resource->key_fields[i]);
	for (int i = 0; i < rows->plan->visible && !ask->positions; i++)
		count = add_wanted(positions, count, rows->plan, rows->plan->positions[i]);
	for (int i = 0; i < ask->count; i++)
		count = add_wanted(positions, count, rows->plan, ask->positions[i]);
	if (ask->sort >= 0) count = add_wanted(positions, count, rows->plan, ask->sort);
	rows->read.positions = positions;
	rows->read.count = count;
}

static const char *order_salt(Request *rq, const Plan *plan) {
	Digest digest;
	char *hex = arena_alloc(rq->arena, HEX_DIGEST_MAX);
	Text text = text_of(arena_printf(rq->arena, "keeper.order %.*s", TEXT_ARG(plan->mask_key)));
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16}, text, &digest);
	hex_encode(digest.bytes, 16, hex);
	return hex;
}

int proxied_open(Request *rq, const Plan *plan, const KeeperRead *ask, const KeeperCondition *more, int more_count,
                 Proxied **out) {
	int code = request_elsewhere(rq);
	if (code < 0) return code;
	Proxied *rows = ARENA_NEW(rq->arena, Proxied);
	KeeperCondition *conditions = ARENA_ARRAY(rq->arena, KeeperCondition, plan->condition_count + more_count + 1);
	if (plan->condition_count) memcpy(conditions, plan->conditions, sizeof *conditions * (size_t)plan->condition_count);
	if (more_count) memcpy(conditions + plan->condition_count, more, sizeof *conditions * (size_t)more_count);
	*rows = (Proxied){.rq = rq,
	                  .plan = plan,
	                  .read = *ask,
	                  .scratch = arena_new(),
	                  .values = ARENA_ARRAY(rq->arena, Val, plan->resource->field_count + 1)};
	arena_on_free(rq->arena, proxied_free, rows);
	rows->read.resource = plan->resource;
	rows->read.conditions = conditions;
	rows->read.condition_count = plan->condition_count + more_count;
	if (ask->ordered && plan->hashed_order) rows->read.salt = order_salt(rq, plan);
	choose(rows, ask);
	db_rest(rq->db); /* it may take a while */
	code = action_run(rq, "keeper.open", &rows->read);
	rows->open = code == 0;
	*out = rows;
	return code;
}

static int misfit(Proxied *rows, const Field *field, const char *why) {
	return error_field(rows->rq->error, ERR_GATEWAY, field->name, TEXT_NONE, "source_value",
	                   "The supplier mends the value in its table, or the entry's field.",
	                   "A record at the supplier has a value of %s that does not fit: it %s", field->name, why);
}

int proxied_next(Proxied *rows) {
	const Resource *resource = rows->plan->resource;
	const Text *texts;
	Buf canon = {0};
	int64_t before = rows->record_id;
	int code = rows->read.next(&rows->read, &texts);
	if (code <= 0) return code;
	arena_reset(rows->scratch);
	for (int i = 0; i < rows->read.count; i++) {
		const Field *field = &resource->fields[rows->read.positions[i]];
		const char *why = "must not be empty: it is part of the key";
		Val *value = &rows->values[rows->read.positions[i]];
		*value = val_null();
		bool missing = !texts[i].at || (field->key && texts[i].len == 0);
		if (missing ? field->key : field_take(field, texts[i], rows->scratch, value, &why) < 0)
			return misfit(rows, field, why);
	}
	rows->mark = rows->read.salt ? texts[rows->read.count] : TEXT_NONE;
	rows->record_id = record_id(rows->rq->app, resource, rows->values, &canon);
	buf_free(&canon);
	if ((rows->read.ordered || rows->read.one) && rows->record_id == before)
		return misfit(rows, &resource->fields[resource->key_fields[0]], "must be unique: it is the key");
	return 1;
}

int proxied_size(Request *rq, const Plan *plan, int64_t *out) {
	Proxied *rows;
	const Text *texts;
	int code = proxied_open(rq, plan, &(KeeperRead){.sort = -1, .sized = true}, NULL, 0, &rows);
	if (code == 0) code = rows->read.next(&rows->read, &texts);
	if (code > 0 && text_to_int(texts[0], out) != 0) code = fail(rq, ERR_GATEWAY, "The supplier's database gave no count");
	if (code > 0) code = rows->read.next(&rows->read, &texts); /* to the end: the connection is used again */
	if (code >= 0) proxied_close(rows);
	return code < 0 ? code : 0;
}

/* What was revoked or changed while the supplier was asked is not given out. */
static int unchanged(Request *rq) {
	int moved = request_generation_check(rq);
	return moved == 1 ? ERR_RETRY : moved;
}

/* --- one record -------------------------------------------------------------------------------------------------------- */

static void one_json(Request *rq, const Plan *plan, const Proxied *rows) {
	Val *values = ARENA_ARRAY(rq->arena, Val, plan->visible + 1);
	for (int i = 0; i < plan->visible; i++)
		values[i] = rows->values[plan->positions[i]];
	rq->about_subject = rows->record_id;
	record_json(rq, plan, rows->record_id, 0, values, plan->positions, plan->visible);
}

int proxied_one(Request *rq, const Target *target, const Val *key, const char *how, bool probing) {
	const Plan *plan = target->plan;
	const Resource *resource = plan->resource;
	KeeperCondition conditions[8];
	Proxied *rows;
	for (int i = 0; i < resource->key_count; i++)
		conditions[i] = (KeeperCondition){resource->key_fields[i], OP_EQ, &key[resource->key_fields[i]], 1};
	/* two at most: a second one of this key is a fault of the table */
	KeeperRead ask = {.sort = -1, .one = true, .limit = 2};
	int code = proxied_open(rq, plan, &ask, conditions, resource->key_count, &rows);
	int found = code < 0 ? code : proxied_next(rows);
	if (found > 0) one_json(rq, plan, rows);
	code = found > 0 ? proxied_next(rows) : found;
	if (code >= 0) {
		proxied_close(rows);
		code = unchanged(rq);
	}
	if (code < 0) return code;
	tell_evidence(rq, plan, how, found);
	code = use_quota(rq, target, found || probing);
	return code < 0 || found ? code : not_found(rq);
}

int proxied_probe(Request *rq, const Plan *plan) {
	Proxied *rows;
	int code = proxied_open(rq, plan, &(KeeperRead){.sort = -1, .limit = PROBE_ROWS}, NULL, 0, &rows);
	while (code == 0 && (code = proxied_next(rows)) > 0)
		code = 0;
	if (code >= 0) proxied_close(rows);
	return code < 0 ? code : 0;
}

/* --- pages ------------------------------------------------------------------------------------------------------------- */

static Val kept(Request *rq, Val value) {
	return value.kind == VAL_TEXT ? val_text(text_dup(rq->arena, value.t.at ? value.t : TEXT(""))) : value;
}

/* Where the page ends: the values that the order goes by. Those of the key only where the reader sees them clear. */
static void page_mark(Request *rq, Page *page, const Proxied *rows, bool nulls) {
	const Resource *resource = rows->plan->resource;
	Cursor *last = &page->last;
	*last = (Cursor){.sort = page->sort ? page->sort->no : 0, .descending = page->descending, .nulls = nulls};
	if (page->sort && !nulls) last->value = kept(rq, rows->values[page->sort_position]);
	if (rows->read.salt) last->key[last->key_count++] = kept(rq, val_text(rows->mark));
	for (int i = 0; i < resource->key_count && !rows->read.salt; i++)
		last->key[last->key_count++] = kept(rq, rows->values[resource->key_fields[i]]);
}

static int page_place(Request *rq, const Page *page, bool nulls, const Val **out) {
	const Cursor *cursor = &page->cursor;
	const Plan *plan = page->target.plan;
	Val *after = ARENA_ARRAY(rq->arena, Val, 10);
	int count = 0;
	if (cursor->key_count != (plan->hashed_order ? 1 : plan->resource->key_count))
		return error_field(rq->error, ERR_INVALID, "after", TEXT_NONE, "cursor", "begin again with the first page",
		                   "The cursor belongs to another order");
	if (page->sort && !nulls) after[count++] = cursor->value;
	for (int i = 0; i < cursor->key_count; i++)
		after[count++] = cursor->key[i];
	*out = after;
	return 0;
}

int proxied_page(Request *rq, Page *page, bool nulls) {
	const Plan *plan = page->target.plan;
	Proxied *rows;
	Val *values = ARENA_ARRAY(rq->arena, Val, page->shown + 1);
	KeeperRead ask = {.positions = page->positions,
	                  .count = page->shown,
	                  .ordered = true,
	                  .sort = page->sort ? page->sort_position : -1,
	                  .descending = page->descending,
	                  .nulls = nulls,
	                  .limit = page->limit - page->written + 1};
	int code = 0;
	if (page->after && page->cursor.nulls == nulls) code = page_place(rq, page, nulls, &ask.after);
	if (code == 0) code = proxied_open(rq, plan, &ask, page->filter->list, page->filter->conditions, &rows);
	if (code < 0) return code;
	while ((code = proxied_next(rows)) > 0) {
		if (page->written == page->limit) {
			page->more = true;
			continue; /* to the end of the answer: it has at most this one row more */
		}
		for (int i = 0; i < page->shown; i++)
			values[i] = rows->values[page->positions[i]];
		record_json(rq, plan, rows->record_id, 0, values, page->positions, page->shown);
		if (++page->written == page->limit) page_mark(rq, page, rows, nulls);
	}
	proxied_close(rows);
	return code;
}
