/* The catalogue as batches: published entries as anybody who logs in reads them, first all, then those the feed names. Entries
 * whose records came from the other side are left out. */
#include "cascade/internal.h"

enum { ENTRIES = 200, BODY_SOFT = 2 << 20, FEED_PAGE = 2000 };

#define ENTRY_SQL                                                                                                                \
	"SELECT r.resource_id, r.code, r.name, o.name, r.sharing, r.row_count, r.loaded_at, v.document, s.origin, "              \
	"s.origin_name,"                                                                                                         \
	" s.origin_entry, s.via"                                                                                                 \
	" FROM resource r JOIN resource_version v ON v.resource_id = r.resource_id AND v.version_no = r.published_version"       \
	" JOIN org o ON o.org_id = r.org_id LEFT JOIN cascade_stream s ON s.resource_id = r.resource_id AND s.direction = 'in'"  \
	" WHERE r.state = 'published' AND "

static void entry_add(Making *making, Rows *rows) {
	JsonWriter json;
	Arena *arena = making->rq->arena;
	const Origin came = {rows_str(rows, 8, arena), rows_str(rows, 9, arena), rows_str(rows, 10, arena),
	                     rows_str(rows, 11, arena)},
	             origin = origin_make(arena, making->self, rows_int(rows, 0), &came);
	if (path_has(origin.via, making->node->fingerprint)) return;
	jw_begin(&json, &making->body);
	jw_object(&json);
	jw_kv_id(&json, "id", rows_int(rows, 0));
	jw_kv_text(&json, "code", rows_text(rows, 1));
	jw_kv_text(&json, "name", rows_text(rows, 2));
	jw_kv_text(&json, "org", rows_text(rows, 3));
	jw_kv_text(&json, "sharing", rows_text(rows, 4));
	jw_kv_int(&json, "rows", rows_int(rows, 5));
	jw_kv_int(&json, "loaded", rows_int(rows, 6));
	jw_kv_str(&json, "origin", origin.node);
	jw_kv_str(&json, "origin_name", origin.name);
	jw_kv_str(&json, "origin_entry", origin.entry);
	jw_kv_str(&json, "via", origin.via);
	jw_key(&json, "document");
	jw_raw(&json, rows_text(rows, 7));
	jw_object_end(&json);
	buf_char(&making->body, '\n');
	making->rows++;
}

static int all_read(Making *making) {
	Stream *stream = &making->stream;
	Rows *rows;
	int count = 0;
	int code = db_query(making->rq->db, &rows, ENTRY_SQL "r.resource_id > $1 ORDER BY r.resource_id LIMIT $2",
	                    BIND(val_int(stream->after_id), val_int(ENTRIES)));
	while (code >= 0 && making->body.len < BODY_SOFT && (code = rows_next(rows)) > 0) {
		entry_add(making, rows);
		stream->after_id = rows_int(rows, 0);
		count++;
	}
	if (code > 0) rows_close(rows);
	if (code == 0 && count < ENTRIES) {
		json_object_set_new(making->header, "end", json_true());
		stream->phase = "changes";
	}
	return code < 0 ? code : 1;
}

static int one_read(Making *making, int64_t resource_id) {
	Rows *rows;
	int64_t before = making->rows;
	int found = db_one(making->rq->db, &rows, ENTRY_SQL "r.resource_id = $1", BIND(val_int(resource_id)));
	if (found > 0) entry_add(making, rows);
	db_rest(making->rq->db);
	if (found < 0 || making->rows > before) return found;
	buf_printf(&making->body, "{\"id\":\"%lld\",\"gone\":true}\n", (long long)resource_id);
	making->removed++;
	return 0;
}

static int changes_read(Making *making) {
	Request *rq = making->rq;
	Stream *stream = &making->stream;
	FeedEntry *read = ARENA_ARRAY(rq->arena, FeedEntry, FEED_PAGE);
	int64_t ids[ENTRIES];
	int id_count = 0, count = 0, code = 0;
	while (id_count < ENTRIES && (count = feed_read(rq->db, stream->position, read, FEED_PAGE)) > 0) {
		for (int i = 0; i < count && id_count < ENTRIES; i++) {
			stream->position = read[i].position;
			if (read[i].topic != FEED_TOPIC_CATALOG || read[i].subject == 0) continue;
			int at = 0;
			while (at < id_count && ids[at] != read[i].subject)
				at++;
			if (at == id_count) ids[id_count++] = read[i].subject;
		}
	}
	for (int i = 0; i < id_count && code >= 0; i++)
		code = one_read(making, ids[i]);
	making->moved = true;
	return count < 0 ? count : code < 0 ? code : making->rows + making->removed > 0;
}

int out_catalog(Making *making) {
	Request *rq = making->rq;
	Stream *stream = &making->stream;
	int64_t first = feed_first(rq->db), head = feed_head(rq->db);
	if (first < 0 || head < 0) return (int)(first < 0 ? first : head);
	bool behind = (first > 0 && stream->position + 1 < first) || stream->position > head;
	if (making->anew || behind || strcmp(stream->phase, "begin") == 0) {
		stream->position = head;
		stream->after_id = stream->row_count = 0;
		stream->phase = "full";
		json_object_set_new(making->header, "begin", json_true());
	}
	int code = strcmp(stream->phase, "full") == 0 ? all_read(making) : changes_read(making);
	stream->row_count += making->rows;
	return code;
}
