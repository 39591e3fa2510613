/* authenticate: who asks: a session by its cookie (one indexed read) or a service by its key (a cached row a generation).
 * Thread: any that runs requests. Lifetime: the request; keys' rows live in core's cache. */
#include "people/people_private.h"
#include <assert.h>

void token_hash(Text token, char out[HEX_DIGEST_MAX]) {
	Digest digest;
	digest_sha256(token, &digest);
	hex_encode(digest.bytes, DIGEST_LEN, out);
}

Text id_key(const int64_t *id) {
	return (Text){(const char *)id, sizeof *id};
}

static void party_set(Party *party, PartyKind kind, uint64_t roles) {
	party->kind = kind;
	party->roles = roles;
	party->permits = roles_permits(roles);
	party->sees_all = (roles & UINT64_C(1) << ROLE_DATA_BUREAU) != 0;
}

int party_of_account(Request *rq, int64_t account_id, Party *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT org_id, roles, login FROM account WHERE account_id = $1 AND state = 'active'",
	                   BIND(val_int(account_id)));
	if (found < 0) return found;
	if (!found) return fail(rq, ERR_FORBIDDEN, "The account is not active any more");
	*out = (Party){.account_id = account_id, .org_id = rows_int(rows, 0)};
	party_set(out, PARTY_PERSON, (uint64_t)rows_int(rows, 1));
	snprintf(out->login, sizeof out->login, "%.*s", TEXT_ARG(rows_text(rows, 2)));
	return 0;
}

static int refused(Request *rq) {
	return fail(rq, ERR_UNAUTHENTICATED, "The key or session is wrong, expired or revoked; log in again or use a valid key");
}

/* --- keys ---------------------------------------------------------------------------------------------------------------- */
typedef struct Key {
	uint8_t hash[DIGEST_LEN];
	int64_t key_id, expires_us;
	_Atomic int64_t touched;
	Party party;
} Key;

static int key_load(Request *rq, Text id, Arena *arena, void **object) {
	Rows *rows;
	int64_t key_id;
	assert(id.len == sizeof key_id);
	memcpy(&key_id, id.at, sizeof key_id);
	int found =
	    db_one(rq->db, &rows,
	           "SELECT k.hash, k.expires_at, k.last_used, a.account_id, a.org_id, a.roles, a.login, a.kind FROM api_key k"
	           " JOIN account a ON a.account_id = k.account_id"
	           " WHERE k.key_id = $1 AND k.revoked_at = 0 AND a.state = 'active'",
	           BIND(val_int(key_id)));
	if (found <= 0) return found < 0 ? found : ERR_NOT_FOUND;
	Key *key = ARENA_NEW(arena, Key);
	if (hex_decode(rows_text(rows, 0), key->hash, DIGEST_LEN))
		return fail(rq, ERR_INTERNAL, "the stored hash of a key is damaged");
	key->key_id = key_id;
	key->expires_us = rows_int(rows, 1);
	atomic_store(&key->touched, rows_int(rows, 2));
	key->party.account_id = rows_int(rows, 3);
	key->party.org_id = rows_int(rows, 4);
	party_set(&key->party, PARTY_SERVICE, (uint64_t)rows_int(rows, 5));
	snprintf(key->party.login, sizeof key->party.login, "%.*s", TEXT_ARG(rows_text(rows, 6)));
	*object = key;
	return 0;
}

const CacheKind key_kind = {.name = "api-key", .load = key_load, .max = 20000};

/* "yw_<key id in base 36>_<secret>" → key id; 0 or -1. */
static int key_id_of(Text secret, int64_t *out) {
	uint64_t id = 0;
	size_t i = 3;
	if (secret.len < 8 || secret.len > 100 || memcmp(secret.at, "yw_", 3) != 0) return -1;
	for (; i < secret.len && secret.at[i] != '_'; i++) {
		char c = secret.at[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
		if (digit < 0 || id > (INT64_MAX - 35) / 36) return -1;
		id = id * 36 + (uint64_t)digit;
	}
	if (i == secret.len) return -1;
	*out = (int64_t)id;
	return 0;
}

int people_key(Request *rq, Text secret) {
	int64_t key_id;
	const void *object;
	Digest digest;
	if (key_id_of(secret, &key_id)) return refused(rq);
	int code = cache_get(rq, &key_kind, id_key(&key_id), &object);
	if (code == ERR_NOT_FOUND) return refused(rq);
	if (code < 0) return code;
	Key *key = (Key *)object; /* only its atomic moves */
	digest_sha256(secret, &digest);
	if (!equal_constant_time(digest.bytes, key->hash, DIGEST_LEN)) return refused(rq);
	if (key->expires_us && key->expires_us <= rq->now_us) return refused(rq);
	rq->party = key->party;
	int64_t touched = atomic_load_explicit(&key->touched, memory_order_relaxed);
	if (rq->now_us - touched > TOUCH_US && atomic_compare_exchange_strong(&key->touched, &touched, rq->now_us))
		meters_touch_key(people_of(rq->app)->meters, key_id, rq->now_us);
	return 0;
}

/* --- sessions ------------------------------------------------------------------------------------------------------------ */
static bool is_change(const HttpCall *call) {
	Text method = http_method(call);
	return !text_is(method, "GET") && !text_is(method, "HEAD") && !text_is(method, "OPTIONS");
}

static bool is_session_route(const Route *route) {
	static const char prefix[] = "/api/v1/session";
	return strncmp(route->path, prefix, sizeof prefix - 1) == 0 &&
	       (route->path[sizeof prefix - 1] == 0 || route->path[sizeof prefix - 1] == '/');
}

static int session_checks(Request *rq) {
	const Route *route = rq->route;
	if (is_change(rq->call) && !(route && route->permit == PERMIT_OPEN)) {
		Text given = http_header(rq->call, "X-CSRF-Token");
		if (given.len != strlen(rq->party.csrf) || !equal_constant_time(given.at, rq->party.csrf, given.len))
			return error_field(rq->error, ERR_FORBIDDEN, "X-CSRF-Token", TEXT_NONE, "csrf",
			                   "Send the csrf value of the session in the header X-CSRF-Token.",
			                   "A change by session cookie needs the header X-CSRF-Token");
	}
	if (rq->party.must_change_password && route && route->permit != PERMIT_OPEN && !is_session_route(route))
		return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "must_change_password",
		                   "Set a password of your own first.", "The one-time password must be changed first");
	return 0;
}

static const char session_sql[] =
    "SELECT a.account_id, a.org_id, a.roles, a.must_change, a.login, s.csrf, s.created_at, s.seen_at, g.number FROM session s"
    " JOIN account a ON a.account_id = s.account_id JOIN generation g ON g.id = 1 WHERE s.token_hash = $1 AND a.state = 'active'";

/* A session's token, where no key speaks for the caller. */
static Text session_token(const Request *rq) {
	bool key = !rq->call || http_header(rq->call, "Authorization").at;
	return key ? TEXT_NONE : http_cookie(rq->call, "yw_session");
}

void people_ahead(Request *rq) {
	char hash[HEX_DIGEST_MAX];
	Text token = session_token(rq);
	if (token.len != TOKEN_LEN) return;
	token_hash(token, hash);
	db_ahead(rq->db, session_sql, BIND(val_str(hash)));
}

static int session_authenticate(Request *rq, Text token) {
	char hash[HEX_DIGEST_MAX];
	Rows *rows;
	if (token.len != TOKEN_LEN) return refused(rq);
	if (!rq->db) return ERR_LEASE;
	token_hash(token, hash);
	int found = db_one(rq->db, &rows, session_sql, BIND(val_str(hash)));
	if (found < 0) return found;
	if (found == 0) return refused(rq);
	if (rows_int(rows, 8) != rq->generation) request_generation(rq, rows_int(rows, 8));
	Party party = {
	    .account_id = rows_int(rows, 0), .org_id = rows_int(rows, 1), .must_change_password = rows_int(rows, 3) != 0};
	party_set(&party, PARTY_PERSON, (uint64_t)rows_int(rows, 2));
	snprintf(party.login, sizeof party.login, "%.*s", TEXT_ARG(rows_text(rows, 4)));
	snprintf(party.csrf, sizeof party.csrf, "%.*s", TEXT_ARG(rows_text(rows, 5)));
	int64_t created = rows_int(rows, 6), seen = rows_int(rows, 7), now = rq->now_us;
	if (now - seen > setting_int(rq, "session.idle_minutes") * 60000000 ||
	    now - created > setting_int(rq, "session.hours") * 3600000000)
		return refused(rq);
	rq->party = party;
	if (now - seen > TOUCH_US) meters_touch_session(people_of(rq->app)->meters, hash, now);
	int code = session_checks(rq);
	if (code) rq->party.permits = 0;
	return code;
}

/* LANE_FAST handlers look at the generation by their own SELECT. */
static int generation_check(Request *rq) {
	int code = rq->route && rq->route->lane == LANE_FAST ? 0 : request_generation_check(rq);
	return code < 0 ? code : 0;
}

int people_authenticate(Request *rq) {
	rq->party = (Party){.kind = PARTY_NOBODY, .permits = PERMIT_BIT(PERMIT_OPEN)};
	Text header = rq->call ? http_header(rq->call, "Authorization") : TEXT_NONE, token = session_token(rq);
	int code = token.at ? 0 : generation_check(rq); /* a session's row brings the generation */
	if (code < 0) return code;
	if (header.at) {
		if (header.len < 8 || strncasecmp(header.at, "Bearer ", 7) != 0) return refused(rq);
		return people_key(rq, text_trim((Text){header.at + 7, header.len - 7}));
	}
	if (!token.at) return 0;
	code = session_authenticate(rq, token);
	/* an old cookie must not keep people from the open routes: logging in again is one of them */
	if (code == ERR_UNAUTHENTICATED && rq->route && rq->route->permit == PERMIT_OPEN) {
		error_clear(rq->error);
		return generation_check(rq);
	}
	return code;
}
