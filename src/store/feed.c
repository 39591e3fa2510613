/* feed: the ordered log of what changed: appending, reading, waiting, cursors, pruning.
 * Thread: the Db's; feed_wait any. Lifetime: the Store's.
 * On SQLite the one writer gives dense positions itself. On PostgreSQL writers fill outbox; see sequencer.c. The last entry is
 * never pruned, so the highest position in the table is always the head. */
#include "store/store_parts.h"

static const int64_t poll_us = 1000000; /* SQLite: another program may write the same file */

int feed_append(Db *db, int64_t topic, int64_t subject, int64_t version, FeedOp op) {
	char letter = (char)op;
	db->fed = true;
	if (db_engine(db) == STORE_SQLITE)
		return db_run_later(
		    db,
		    "INSERT INTO feed (position, topic, subject, version, op, at_us) "
		    "SELECT coalesce(max(position), 0) + 1, CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), "
		    "CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM feed",
		    BIND(val_int(topic), val_int(subject), val_int(version), val_text((Text){&letter, 1}),
		         val_int(clock_now_us())));
	return db_append(
	    db, "INSERT INTO outbox (topic, subject, version, op, at_us) VALUES ($1, $2, $3, $4, $5) /* postgres */",
	    BIND(val_int(topic), val_int(subject), val_int(version), val_text((Text){&letter, 1}), val_int(clock_now_us())));
}

int64_t feed_append_select(Db *db, int64_t topic, const char *select_sql) {
	Buf sql = {0};
	if (db_engine(db) == STORE_SQLITE)
		buf_printf(&sql,
		           "INSERT INTO feed (position, topic, subject, version, op, at_us) "
		           "SELECT (SELECT coalesce(max(position), 0) FROM feed) + row_number() OVER (), $1, s.subject, "
		           "s.version, s.op, $2 "
		           "FROM (%s) s",
		           select_sql);
	else
		buf_printf(&sql,
		           "INSERT INTO outbox (topic, subject, version, op, at_us) SELECT $1, s.subject, s.version, s.op, $2 "
		           "FROM (%s) s",
		           select_sql);
	buf_char(&sql, '\0');
	db->fed = true;
	int64_t done = db_run(db, sql.at, BIND(val_int(topic), val_int(clock_now_us())));
	buf_free(&sql);
	return done;
}

int feed_read(Db *db, int64_t after, FeedEntry *out, int max) {
	Rows *rows;
	int code = db_query(
	    db, &rows,
	    "SELECT position, topic, subject, version, at_us, op FROM feed WHERE position > $1 ORDER BY position LIMIT $2",
	    BIND(val_int(after), val_int(max)));
	if (code) return code;
	int count = 0;
	while (count < max && (code = rows_next(rows)) > 0) {
		Text op = rows_text(rows, 5);
		out[count++] = (FeedEntry){
		    .position = rows_int(rows, 0),
		    .topic = rows_int(rows, 1),
		    .subject = rows_int(rows, 2),
		    .version = rows_int(rows, 3),
		    .at_us = rows_int(rows, 4),
		    .op = op.len ? (FeedOp)op.at[0] : FEED_STATE,
		};
	}
	rows_close(rows);
	return code < 0 ? code : count;
}

int64_t feed_head(Db *db) {
	int64_t head = 0;
	int code = db_int(db, &head, "SELECT coalesce(max(position), 0) FROM feed", NO_BIND);
	return code < 0 ? code : head;
}

int64_t feed_first(Db *db) {
	int64_t first = 0;
	int code = db_int(db, &first, "SELECT coalesce(min(position), 0) FROM feed", NO_BIND);
	return code < 0 ? code : first;
}

int feed_settled(Db *db, int64_t *mark) {
	int64_t last = 0, one = 0;
	if (db_engine(db) == STORE_SQLITE) return 1;
	if (*mark == 0) {
		int code = db_int(db, &last, "SELECT coalesce(max(outbox_id), 0) FROM outbox /* postgres */", NO_BIND);
		if (code < 0 || last == 0) return code < 0 ? code : 1;
		*mark = last;
	}
	int left =
	    db_int(db, &one, "SELECT outbox_id FROM outbox WHERE outbox_id <= $1 LIMIT 1 /* postgres */", BIND(val_int(*mark)));
	return left < 0 ? left : left == 0;
}

/* --- waiting ------------------------------------------------------------------------------------------------------------ */
void feed_publish(Store *store, int64_t head) {
	pthread_mutex_lock(&store->feed_mutex);
	if (head > store->feed_head) store->feed_head = head;
	pthread_cond_broadcast(&store->feed_moved);
	pthread_mutex_unlock(&store->feed_mutex);
}

static void look_at_head(Store *store) {
	Error error = {0};
	Db *db = store_reader(store, &error);
	int64_t head = db ? feed_head(db) : 0;
	store_release(db);
	if (head > 0) feed_publish(store, head);
}

int64_t feed_wait(Store *store, int64_t after, int64_t timeout_us) {
	int64_t now = clock_monotonic_us(), until = now + timeout_us;
	pthread_mutex_lock(&store->feed_mutex);
	while (store->feed_head <= after && !store->feed_closed && now < until) {
		int64_t wake = now + poll_us < until ? now + poll_us : until;
		pthread_mutex_unlock(&store->feed_mutex);
		look_at_head(store);
		pthread_mutex_lock(&store->feed_mutex);
		if (store->feed_head <= after && !store->feed_closed)
			cond_wait_until(&store->feed_moved, &store->feed_mutex, wake);
		now = clock_monotonic_us();
	}
	int64_t head = store->feed_head;
	pthread_mutex_unlock(&store->feed_mutex);
	return head;
}

/* --- cursors and pruning -------------------------------------------------------------------------------------------------- */
int feed_cursor(Db *db, const char *reader, int64_t *position) {
	int64_t found = 0;
	int code = db_int(db, &found, "SELECT position FROM feed_cursor WHERE reader = $1", BIND(val_str(reader)));
	if (code < 0) return code;
	*position = found;
	return 0;
}

int feed_cursor_move(Db *db, const char *reader, int64_t position) {
	int64_t done = db_run(db,
	                      "INSERT INTO feed_cursor (reader, position) VALUES ($1, $2) "
	                      "ON CONFLICT (reader) DO UPDATE SET position = excluded.position",
	                      BIND(val_str(reader), val_int(position)));
	return done < 0 ? (int)done : 0;
}

int feed_cursor_drop(Db *db, const char *reader) {
	int64_t done = db_run(db, "DELETE FROM feed_cursor WHERE reader = $1", BIND(val_str(reader)));
	return done < 0 ? (int)done : 0;
}

/* Looks at `max` entries from the oldest on, so a call costs the same however long the feed is. */
int64_t feed_prune(Db *db, int64_t before_us, int64_t max) {
	return db_run(db,
	              "DELETE FROM feed WHERE position IN (SELECT position FROM (SELECT position, at_us FROM feed ORDER BY "
	              "position LIMIT $2)"
	              " oldest WHERE at_us < $1 AND position < (SELECT max(position) FROM feed)"
	              " AND position <= (SELECT coalesce(min(position), 9223372036854775807) FROM feed_cursor))",
	              BIND(val_int(before_us), val_int(max)));
}
