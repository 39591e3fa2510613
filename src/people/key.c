/* key: API keys of service accounts: made by officers of their organisation, shown once, kept as SHA-256 only.
 * Thread: workers and writers. Lifetime: one request. */
#include "people/people_private.h"
#include <assert.h>

enum { SECRET_CHARS = 32, KEYS_MAX = 20 /* live ones an account */ };

static char *base36(Arena *arena, int64_t number) {
	char digits[16];
	int at = sizeof digits - 1;
	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
		number /= 36;
	} while (number && at > 0);
	return arena_strdup(arena, digits + at);
}

/* 190 bits: bytes of 248 and more are thrown again, so that every character is as likely. */
static char *base62(Arena *arena, int length) {
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char *out = arena_alloc(arena, (size_t)length + 1);
	for (int i = 0; i < length;) {
		uint8_t bytes[64];
		random_bytes(bytes, sizeof bytes);
		for (size_t b = 0; b < sizeof bytes && i < length; b++)
			if (bytes[b] < 248) out[i++] = alphabet[bytes[b] % 62];
	}
	return out;
}

int api_key_create(Request *rq, int64_t account_id, const char *label, int64_t expires_us, int64_t *key_id, char **secret) {
	char hash[HEX_DIGEST_MAX];
	int64_t id = store_new_id(rq->store), live = 0;
	assert(rq->in_write);
	int code = db_int(rq->db, &live, "SELECT count(*) FROM api_key WHERE account_id = $1 AND revoked_at = 0",
	                  BIND(val_int(account_id)));
	if (code < 0) return code;
	if (live >= KEYS_MAX) return fail(rq, ERR_CONFLICT, "The account has %d keys in use; revoke one first", KEYS_MAX);
	char *made = arena_printf(rq->arena, "yw_%s_%s", base36(rq->arena, id), base62(rq->arena, SECRET_CHARS));
	token_hash(text_of(made), hash);
	int64_t done = db_run(
	    rq->db,
	    "INSERT INTO api_key (key_id, account_id, label, hash, created_at, created_by, expires_at, revoked_at, last_used)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)",
	    BIND(val_int(id), val_int(account_id), val_str(label), val_str(hash), val_int(rq->now_us),
	         val_int(rq->party.account_id), val_int(expires_us)));
	if (done < 0) return (int)done;
	code = generation_bump(rq->db); /* others may have cached that there is no such key */
	if (code < 0) return code;
	*key_id = id;
	*secret = made;
	return 0;
}

/* The account is an active service of the caller's organisation: 0, ERR_NOT_FOUND. */
static int service_own(Request *rq, int64_t account_id) {
	int64_t found_id = 0;
	int found = db_int(rq->db, &found_id,
	                   "SELECT account_id FROM account WHERE account_id = $1 AND kind = 'service' AND state = 'active' AND "
	                   "(org_id = $2 OR $3 = 1)",
	                   BIND(val_int(account_id), val_int(rq->party.org_id), val_int(rq->party.kind == PARTY_SYSTEM)));
	if (found < 0) return found;
	return found ? 0 : fail(rq, ERR_NOT_FOUND, "There is no such active service account in your organisation");
}

static int key_item(Request *rq, Rows *rows) {
	JsonWriter *json = &rq->json;
	int64_t expires = rows_int(rows, 3), revoked = rows_int(rows, 4);
	jw_object(json);
	jw_kv_id(json, "key_id", rows_int(rows, 0));
	jw_kv_text(json, "label", rows_text(rows, 1));
	jw_kv_str(json, "state", revoked ? "revoked" : expires && expires <= rq->now_us ? "expired" : "live");
	jw_kv_time(json, "created_at", rows_int(rows, 2));
	jw_kv_time(json, "expires_at", expires);
	jw_kv_time(json, "revoked_at", revoked);
	jw_kv_time(json, "last_used", rows_int(rows, 5));
	jw_object_end(json);
	return 0;
}

int keys_get(Request *rq) {
	rq->about_subject = in_int(rq, "id");
	int code = service_own(rq, rq->about_subject);
	if (code < 0) return code;
	return answer_rows(
	    rq, 0, key_item,
	    "SELECT key_id, label, created_at, expires_at, revoked_at, last_used FROM api_key WHERE account_id = $1"
	    " ORDER BY key_id DESC LIMIT 200",
	    BIND(val_int(rq->about_subject)));
}

typedef struct NewKey {
	int64_t account_id, expires, key_id;
	const char *label;
	char *secret;
} NewKey;

static int key_write(Request *rq, void *arg) {
	NewKey *key = arg;
	int code = service_own(rq, key->account_id);
	if (code == 0) code = api_key_create(rq, key->account_id, key->label, key->expires, &key->key_id, &key->secret);
	if (code < 0) return code;
	const char *detail = arena_printf(rq->arena, "{\"key_id\":\"%lld\"}", (long long)key->key_id);
	return evidence_done(rq, rq->route->action, 200, key->account_id, NULL, detail);
}

/* LANE_READ: answers of LANE_WRITE are kept for Idempotency-Key, and a secret must not be. */
int keys_post(Request *rq) {
	NewKey key = {.account_id = in_int(rq, "id"), .expires = in_int(rq, "expires_at"), .label = in_str(rq, "label")};
	if (in_has(rq, "expires_at") && key.expires <= rq->now_us)
		return error_field(rq->error, ERR_INVALID, "expires_at", TEXT_NONE, "future", "Give a time to come.",
		                   "The key would be expired already");
	int code = request_write(rq, key_write, &key);
	if (code < 0) return code;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "key_id", key.key_id);
	jw_kv_str(&rq->json, "secret", key.secret);
	jw_object_end(&rq->json);
	return 0;
}

int key_delete(Request *rq) {
	int64_t key_id = in_int(rq, "id");
	Rows *rows;
	rq->about_subject = key_id;
	int found = db_one(
	    rq->db, &rows,
	    "UPDATE api_key SET revoked_at = $2 WHERE key_id = $1 AND revoked_at = 0 AND account_id IN"
	    " (SELECT account_id FROM account WHERE org_id = $3 OR $4 = 1) RETURNING account_id",
	    BIND(val_int(key_id), val_int(rq->now_us), val_int(rq->party.org_id), val_int(rq->party.kind == PARTY_SYSTEM)));
	if (found < 0) return found;
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no such live key in your organisation");
	int64_t account_id = rows_int(rows, 0);
	int code = generation_bump(rq->db);
	return code < 0 ? code : streams_end(rq, account_id);
}

const InputField key_account_inputs[] = {
    ID_PATH("service account"),
    {0},
};
const InputField key_inputs[] = {
    ID_PATH("service account"),
    {"label", IN_BODY, TYPE_TEXT, true, 1, 100, .doc = "what the key is for"},
    {"expires_at", IN_BODY, TYPE_TIME, .doc = "end of the key, absent = none"},
    {0},
};
const InputField key_one_inputs[] = {
    ID_PATH("key"),
    {0},
};
const OutputField key_keys_outputs[] = {
    {"items",
     "{key_id: string, label: string, state: \"live\"|\"expired\"|\"revoked\", created_at: string, expires_at: string | null, "
     "revoked_at: "
     "string | null, last_used: string | null}[]",
     "newest first"},
    ONE_PAGE,
    {0},
};
const OutputField key_outputs[] = {
    {"key_id", "string", "key"},
    {"secret", "string", "the key itself: shown now and never again"},
    {0},
};
