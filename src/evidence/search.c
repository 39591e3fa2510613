/* GET /api/v1/evidence: entries newest first over all streams of this state directory, filtered, a page at a time.
 *
 * Each stream is walked backwards by its sparse index: segments and blocks outside the time range, and blocks whose masks lack
 * the asked actor, action or resource, are not read. The walks are merged by time. WORK_MAX bounds a call: when it is used up,
 * the page ends early and `next` goes on from there. Thread: a worker. Lifetime: one request. */
#include "evidence/parts.h"
#include <unistd.h>

enum { WORK_MAX = 400000, SEGMENT_COST = 1000, LIST_MAX = 200 };

typedef struct Filter {
	int64_t from, to; /* [from, to] */
	Text actor, action, stream;
	bool by_resource, by_status;
	int64_t resource;
	int status;
} Filter;

/* One stream walked towards its beginning. */
typedef struct Walk {
	Stream *stream;
	Segment *segments;
	size_t segment; /* segments [0, segment) are still to come */
	Block *blocks;
	size_t block, block_count; /* blocks [0, block) of segments[segment] are still to come */
	const Segment *open;
	Buf bytes; /* of the block in hand */
	EntryView views[BLOCK_ENTRIES];
	const uint8_t *hashes[BLOCK_ENTRIES];
	int view;       /* views [0, view) match and are still to be given */
	uint64_t below; /* only entries with seq <= below; moves down as the walk goes on */
	uint64_t sealed;
	bool ended;
} Walk;

static bool entry_matches(const Filter *filter, const EntryView *view) {
	return view->at_us >= filter->from && view->at_us <= filter->to &&
	       (!filter->actor.at || text_eq(view->actor, filter->actor)) &&
	       (!filter->action.at || text_eq(view->action, filter->action)) &&
	       (!filter->by_resource || view->resource_id == filter->resource) &&
	       (!filter->by_status || view->status == filter->status);
}

static bool block_may_match(const Filter *filter, const Block *block) {
	return block->max_at >= filter->from && block->min_at <= filter->to &&
	       (!filter->actor.at || (block->actors & block_text_bit(filter->actor))) &&
	       (!filter->action.at || (block->actions & block_text_bit(filter->action))) &&
	       (!filter->by_resource || (block->resources & block_id_bit(filter->resource)));
}

/* Reads one block's frames and keeps the matching entries, oldest first. */
static int walk_read(Walk *walk, const Filter *filter, const Block *block, size_t length, Error *error) {
	int fd = stream_segment_fd(walk->stream, walk->open, error);
	if (fd < 0) return fd;
	buf_reset(&walk->bytes);
	ssize_t got = pread(fd, buf_reserve(&walk->bytes, length), length, block->offset);
	close(fd);
	if (got < 0) return error_set(error, ERR_IO, "evidence: cannot read stream %s", stream_name(walk->stream));
	const uint8_t *at = (const uint8_t *)walk->bytes.at, *end = at + got, *hash;
	Text body;
	walk->view = 0;
	for (uint32_t i = 0; i < block->count && frame_next(&at, end, &body, &hash) == 1; i++) {
		EntryView *view = &walk->views[walk->view];
		entry_glance(body, view);
		uint64_t place = block->first_seq + i;
		if (place > walk->below || !entry_matches(filter, view)) continue;
		view->seq = place;
		walk->hashes[walk->view++] = hash;
	}
	return 0;
}

/* Next block that may hold matches, or `ended`. *work counts down; at 0 the walk stays where it is. */
static int walk_fill(Walk *walk, const Filter *filter, Arena *arena, int64_t *work, Error *error) {
	while (walk->view == 0 && *work > 0) {
		if (walk->block == 0) {
			if (walk->segment == 0) {
				walk->ended = true;
				return 0;
			}
			walk->open = &walk->segments[--walk->segment];
			bool outside = walk->open->count == 0 || walk->open->first_seq > walk->below ||
			               walk->open->max_at < filter->from || walk->open->min_at > filter->to;
			*work -= outside ? 1 : SEGMENT_COST;
			if (!outside) {
				int code = stream_blocks(walk->stream, walk->open, arena, &walk->blocks, &walk->block, error);
				if (code) return code;
				walk->block_count = walk->block;
			} else if (walk->open->first_seq <= walk->below) {
				walk->below = walk->open->first_seq - 1;
			}
			continue;
		}
		const Block *block = &walk->blocks[--walk->block];
		if (block->first_seq > walk->below) continue;
		bool may = block_may_match(filter, block);
		*work -= may ? BLOCK_ENTRIES : 1;
		size_t length = (walk->block + 1 < walk->block_count ? block[1].offset : walk->open->bytes) - block->offset;
		if (length > SEGMENT_SIZE - block->offset)
			length =
			    SEGMENT_SIZE - block->offset; /* an index file that lies costs entries of this page, not memory */
		int code = may ? walk_read(walk, filter, block, length, error) : 0;
		if (code) return code;
		if (walk->view == 0) walk->below = block->first_seq - 1;
	}
	return 0;
}

/* --- cursor: "r0.5f3a91c2-1234,w0.5f3a91c2-77": in each stream that is not at its end, the newest entry not yet given ------- */

static int cursor_find(Text cursor, const char *stream, uint64_t *below) {
	while (cursor.len > 0) {
		ptrdiff_t comma = text_find(cursor, TEXT(","));
		Text item = comma < 0 ? cursor : (Text){cursor.at, (size_t)comma};
		ptrdiff_t dash = text_find(item, TEXT("-"));
		int64_t seq;
		if (dash < 0 || text_to_int((Text){item.at + dash + 1, item.len - (size_t)dash - 1}, &seq) != 0 || seq < 0)
			return -1;
		if (text_is((Text){item.at, (size_t)dash}, stream)) {
			*below = (uint64_t)seq;
			return 1;
		}
		cursor = comma < 0 ? TEXT("") : (Text){cursor.at + comma + 1, cursor.len - (size_t)comma - 1};
	}
	return 0;
}

static void cursor_write(JsonWriter *json, Arena *arena, const Walk *walks, size_t count) {
	Buf cursor = {0};
	for (size_t i = 0; i < count; i++) {
		if (walks[i].ended) continue;
		uint64_t below = walks[i].view ? walks[i].views[walks[i].view - 1].seq : walks[i].below;
		buf_printf(&cursor, "%s%s-%llu", cursor.len ? "," : "", stream_name(walks[i].stream), (unsigned long long)below);
	}
	jw_key(json, "next");
	jw_text(json, cursor.len ? text_dup(arena, buf_as_text(&cursor)) : TEXT_NONE);
	buf_free(&cursor);
}

/* --- the route ------------------------------------------------------------------------------------------------------- */

static void walk_release(void *object) {
	buf_free(&((Walk *)object)->bytes);
}

static int walks_begin(Request *rq, const Filter *filter, Walk **out, size_t *count) {
	StreamList *list = ARENA_NEW(rq->arena, StreamList);
	Text cursor = in_text(rq, "after");
	Checkpoint last = {0};
	int code = evidence_streams(evidence_of(rq->app), rq->arena, list, rq->error);
	if (code == 0) code = checkpoint_last(rq->db, rq->arena, &last);
	if (code < 0) return code;
	Walk *walks = ARENA_ARRAY(rq->arena, Walk, list->count + 1);
	size_t n = 0;
	for (size_t i = 0; i < list->count; i++) {
		Walk *walk = &walks[n];
		walk->stream = list->items[i];
		walk->below = UINT64_MAX;
		const char *name = stream_name(walk->stream);
		int found = cursor.at ? cursor_find(cursor, name, &walk->below) : 1;
		if (found < 0)
			return error_field(rq->error, ERR_INVALID, "after", cursor, "cursor",
			                   "give the `next` of the page before as it was", "after is not a cursor of this list");
		if (found == 0 || (filter->stream.at && !text_is(filter->stream, name))) continue;
		const CheckpointHead *head = checkpoint_head(&last, name);
		walk->sealed = head ? head->count : 0;
		code = stream_segments(walk->stream, rq->arena, &walk->segments, &walk->segment, rq->error);
		if (code) return code;
		arena_on_free(rq->arena, walk_release, walk);
		n++;
	}
	*out = walks;
	*count = n;
	return 0;
}

/* The walk whose next entry is the newest; NULL when all are at their end, *stop when one could not go on within its work. */
static Walk *walks_newest(Request *rq, Walk *walks, size_t count, const Filter *filter, int64_t *work, bool *stop, int *code) {
	Walk *newest = NULL;
	for (size_t i = 0; i < count; i++) {
		Walk *walk = &walks[i];
		if (!walk->ended && walk->view == 0) *code = walk_fill(walk, filter, rq->arena, work, rq->error);
		if (*code || (!walk->ended && walk->view == 0)) {
			*stop = true;
			return NULL;
		}
		if (walk->view && (!newest || walk->views[walk->view - 1].at_us > newest->views[newest->view - 1].at_us))
			newest = walk;
	}
	return newest;
}

static void item_write(JsonWriter *json, Walk *walk) {
	const EntryView *view = &walk->views[--walk->view];
	char hex[HEX_DIGEST_MAX];
	hex_encode(walk->hashes[walk->view], DIGEST_LEN, hex);
	jw_object(json);
	entry_json(json, stream_name(walk->stream), view);
	jw_kv_str(json, "hash", hex);
	jw_kv_bool(json, "sealed", view->seq <= walk->sealed);
	jw_object_end(json);
	walk->below = view->seq - 1;
}

int evidence_search(Request *rq) {
	Filter filter = {
	    .from = in_has(rq, "from") ? in_int(rq, "from") : INT64_MIN,
	    .to = in_has(rq, "to") ? in_int(rq, "to") : INT64_MAX,
	    .actor = in_text(rq, "actor"),
	    .action = in_text(rq, "action"),
	    .stream = in_text(rq, "stream"),
	    .by_resource = in_has(rq, "resource"),
	    .resource = in_int(rq, "resource"),
	    .by_status = in_has(rq, "status"),
	    .status = (int)in_int(rq, "status"),
	};
	Walk *walks = NULL;
	size_t count = 0;
	int code = walks_begin(rq, &filter, &walks, &count), limit = in_limit(rq);
	if (code) return code;
	int64_t work = WORK_MAX;
	bool stop = false;
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_array(&rq->json);
	while (!stop && rq->row_count < limit) {
		Walk *walk = walks_newest(rq, walks, count, &filter, &work, &stop, &code);
		if (!walk) break;
		item_write(&rq->json, walk);
		rq->row_count++;
	}
	if (!stop && code == 0) /* so that `next` is null when this was the last page */
		walks_newest(rq, walks, count, &filter, &work, &stop, &code);
	if (code) return code;
	jw_array_end(&rq->json);
	cursor_write(&rq->json, rq->arena, walks, count);
	jw_key(&rq->json, "total");
	jw_null(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}
