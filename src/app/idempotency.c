/* idempotency: the answer of a write is kept for a day under the caller's Idempotency-Key, in the write's own transaction: sent
 * again, the same request gets the same answer and nothing happens twice. Answers may hold secrets shown once (passwords, keys),
 * so they are kept locked with the installation's key. Writer threads only. */
#include "app/private.h"
#include <stdlib.h>

enum { BODY_KEPT_MAX = 256 << 10 };
static const int64_t kept_us = INT64_C(24) * 3600 * 1000000;

const Migration app_migrations[APP_MIGRATIONS] = {
    {.name = "app-1",
     .sql =
         "/* spread: by(account_id). digest: SHA-256 of method, path, query and body; body: locked with the installation's key */"
         "CREATE TABLE idempotency (\n"
         "  account_id BIGINT NOT NULL,\n"
         "  key TEXT NOT NULL,\n"
         "  digest TEXT NOT NULL,\n"
         "  status BIGINT NOT NULL,\n"
         "  location TEXT,\n"
         "  body TEXT,\n"
         "  at BIGINT NOT NULL,\n"
         "  PRIMARY KEY (account_id, key)\n"
         ");\n"
         "CREATE INDEX idempotency_at ON idempotency (at)"},
};

static const char *digest_text(Turn *turn) {
	char *hex = arena_alloc(turn->rq->arena, HEX_DIGEST_MAX);
	hex_encode(turn->key_digest.bytes, DIGEST_LEN, hex);
	return hex;
}

static int stored_answer(Turn *turn, Rows *rows) {
	Request *rq = turn->rq;
	if (!text_is(rows_text(rows, 0), digest_text(turn)))
		return error_field(rq->error, ERR_CONFLICT, "Idempotency-Key", turn->key, "idempotency_key",
		                   "Use a new key for a new request.", "This Idempotency-Key was used for a different request");
	rq->status = (int)rows_int(rows, 1);
	rq->location = rows_str(rows, 2, rq->arena);
	Text locked = rows_text(rows, 3);
	char *body = locked.at ? secret_unlock(rq->arena, app_secret(rq->app), locked) : NULL;
	if (locked.at != NULL && body == NULL)
		return fail(rq, ERR_INTERNAL, "The stored answer of an Idempotency-Key cannot be unlocked");
	buf_reset(&rq->body);
	if (body != NULL) buf_str(&rq->body, body);
	turn->replayed = true;
	return 1;
}

int idempotency_find(Turn *turn) {
	Request *rq = turn->rq;
	Rows *rows;
	int code = db_one(rq->db, &rows,
	                  "SELECT digest, status, location, body FROM idempotency WHERE account_id = $1 AND key = $2 AND at > $3",
	                  BIND(val_int(rq->party.account_id), val_text(turn->key), val_int(rq->now_us - kept_us)));
	return code <= 0 ? code : stored_answer(turn, rows);
}

int idempotency_keep(Turn *turn) {
	Request *rq = turn->rq;
	const char *locked = NULL;
	if (rq->body.len > BODY_KEPT_MAX)
		return fail(rq, ERR_INTERNAL, "The answer of a write is too long to be kept under its Idempotency-Key");
	if (rq->body.len > 0) locked = secret_lock(rq->arena, app_secret(rq->app), buf_as_text(&rq->body));
	return db_run_later(
	    rq->db,
	    "INSERT INTO idempotency (account_id, key, digest, status, location, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
	    "ON CONFLICT (account_id, key) DO UPDATE SET digest = excluded.digest, status = excluded.status, "
	    "location = excluded.location, body = excluded.body, at = excluded.at",
	    BIND(val_int(rq->party.account_id), val_text(turn->key), val_str(digest_text(turn)),
	         val_int(rq->status     ? rq->status
	                 : rq->body.len ? 200
	                                : 204),
	         val_str(rq->location), val_str(locked), val_int(rq->now_us)));
}

int idempotency_chore(Request *rq) {
	return chore_portion(rq, clock_now_us() - kept_us,
	                     "DELETE FROM idempotency WHERE (account_id, key) IN"
	                     " (SELECT account_id, key FROM idempotency WHERE at <= $1 ORDER BY at LIMIT $2)");
}
