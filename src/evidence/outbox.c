/* Writes: rows of evidence_outbox, made in the caller's transaction, moved to the w stream of the process that made them.
 *
 * Exactly once: a row is appended, the stream synced, and only then the row deleted. Killed between, the row is met again; its id
 * is the `origin` of an entry in the stream's tail, so it is deleted and not appended. A batch (MOVE_MAX) is smaller than the
 * tail that stream_has_origin remembers (RECENT_MAX). Rows carry their stream, so movers never compete and need no election; ids
 * may commit out of order (PostgreSQL), so rows are deleted by exact id. Thread: inserts on the writer, moves under seal_lock. */
#include "evidence/parts.h"

int outbox_insert(Evidence *evidence, Db *db, const EvidenceEntry *entry) {
	uint8_t body[BODY_MAX];
	size_t length = entry_encode(entry, body);
	return db_append(db, "INSERT INTO evidence_outbox (id, stream, body) VALUES ($1, $2, $3)",
	                 BIND(val_int(store_new_id(evidence->store)), val_str(stream_name(evidence->writes)),
	                      val_blob((Text){(char *)body, length})));
}

/* A row that is no entry (changed in the database): the fact is put on record in its place. */
static int append_damaged(Stream *stream, int64_t id, Text found) {
	Digest digest;
	char hex[HEX_DIGEST_MAX], detail[160];
	digest_sha256(found, &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	snprintf(detail, sizeof detail, "{\"outbox_id\":\"%lld\",\"bytes\":%zu,\"sha256\":\"%s\"}", (long long)id, found.len,
	         hex);
	EvidenceEntry entry = {
	    .at_us = clock_now_us(), .actor = "system", .action = "evidence.damaged", .status = 500, .detail = detail};
	uint8_t body[BODY_MAX];
	log_error("event=evidence_outbox_damaged id=%lld", (long long)id);
	return stream_append(stream, body, entry_encode(&entry, body), id);
}

static int append_row(Stream *stream, int64_t id, Text found) {
	if (stream_has_origin(stream, id)) return 0;
	EntryView view;
	if (found.len > BODY_MAX || entry_decode(found, &view) != 0) return append_damaged(stream, id, found);
	uint8_t body[BODY_MAX];
	memcpy(body, found.at, found.len);
	return stream_append(stream, body, found.len, id);
}

/* Appends one batch; its ids go to ids[MOVE_MAX]. The count or a code. */
static int append_batch(Db *db, Stream *stream, int64_t *ids) {
	Rows *rows;
	int count = 0, code = db_query(db, &rows, "SELECT id, body FROM evidence_outbox WHERE stream = $1 ORDER BY id LIMIT 1000",
	                               BIND(val_str(stream_name(stream))));
	if (code < 0) return code;
	int more;
	while (code == 0 && (more = rows_next(rows)) != 0) {
		if (more < 0) {
			code = more;
			break;
		}
		ids[count] = rows_int(rows, 0);
		code = append_row(stream, ids[count], rows_blob(rows, 1));
		count++;
	}
	rows_close(rows);
	return code < 0 ? code : count;
}

typedef struct Deletion {
	const int64_t *ids;
	int count;
} Deletion;

static int delete_rows(Db *db, void *arg) {
	const Deletion *deletion = arg;
	enum { AT_ONCE = 10 };
	for (int i = 0; i < deletion->count; i += AT_ONCE) {
		Val ids[AT_ONCE]; /* the last id fills up the list */
		for (int k = 0; k < AT_ONCE; k++)
			ids[k] = val_int(deletion->ids[i + k < deletion->count ? i + k : deletion->count - 1]);
		int done = db_run_later(db, "DELETE FROM evidence_outbox WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		                        ids, AT_ONCE);
		if (done < 0) return done;
	}
	return 0;
}

int outbox_move(Evidence *evidence, Stream *stream, Error *error) {
	int64_t ids[MOVE_MAX];
	int count;
	do {
		Db *db = store_reader(evidence->store, error);
		if (!db) return error->code ? error->code : ERR_BUSY;
		count = append_batch(db, stream, ids);
		store_release(db);
		if (count < 0) return error_set(error, count, "evidence of writes could not be moved to %s", stream_name(stream));
		if (count > 0 && stream_sync(stream, NULL) != 0)
			return error_set(error, ERR_IO, "evidence: cannot sync stream %s", stream_name(stream));
		Deletion deletion = {ids, count};
		int code = count > 0 ? store_write(evidence->store, delete_rows, &deletion, false, error) : 0;
		if (code < 0) return code;
	} while (count == MOVE_MAX);
	return 0;
}
