/* session: logging in and out, the own password, and what guards them: lock-out, throttle, constant work for unknown logins.
 * Thread: workers; passwords are hashed there, one at a time in a process, never on a writer. Lifetime: one request. */
#include "people/people_private.h"
#include <arpa/inet.h>
#include <stdlib.h>

enum {
	LOGIN_MAX = 64,
	PASSWORD_MIN = 12,
	PASSWORD_MAX = 256,
	HASHERS_MAX = 3 /* of a process's four workers of reads: one is left for reads */
};

/* --- hashing -------------------------------------------------------------------------------------------------------------- */
char *password_hash_alone(Request *rq, Text password) {
	People *people = people_of(rq->app);
	pthread_mutex_lock(&people->hashing);
	char *phc = password_hash(rq->arena, password);
	pthread_mutex_unlock(&people->hashing);
	return phc;
}

/* phc NULL: no such account or no password; the same work is done against a hash nobody knows the password of. */
bool password_check_alone(Request *rq, const char *phc, Text password) {
	People *people = people_of(rq->app);
	pthread_mutex_lock(&people->hashing);
	if (!people->dummy_phc) {
		char *made = password_hash(rq->arena, text_of(random_password(rq->arena, 32)));
		people->dummy_phc = strdup(made);
		if (!people->dummy_phc) abort();
	}
	bool right = password_check(phc ? phc : people->dummy_phc, password);
	pthread_mutex_unlock(&people->hashing);
	return right && phc;
}

/* Passwords of strangers are checked one at a time; who would wait behind many is sent away, so that a flood of log-ins does not
 * hold every worker and with them everybody's reads. 0 or ERR_BUSY; right as password_check_alone. */
static int password_check_bounded(Request *rq, const char *phc, Text password, bool *right) {
	People *people = people_of(rq->app);
	bool room = atomic_fetch_add(&people->hashers, 1) < HASHERS_MAX;
	if (room) *right = password_check_alone(rq, phc, password);
	atomic_fetch_sub(&people->hashers, 1);
	return room ? 0 : fail(rq, ERR_BUSY, "Too many people log in at once; try again in a moment");
}

static bool is_repetitive(Text password) {
	bool seen[256] = {false};
	int kinds = 0;
	for (size_t i = 0; i < password.len; i++) {
		uint8_t byte = (uint8_t)password.at[i];
		kinds += !seen[byte];
		seen[byte] = true;
	}
	return kinds < 5;
}

static int password_refused(Request *rq, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, "new_password", TEXT_NONE, rule, advice, "%s", message);
}

int password_rules(Request *rq, Text password, const char *login) {
	if (!utf8_valid(password) || utf8_count(password) < PASSWORD_MIN || password.len > PASSWORD_MAX)
		return password_refused(rq, "password_length", "Use at least 12 characters; a few words make a good password.",
		                        "A password has 12 characters at least and 256 bytes at most");
	if (text_find(password, text_of(login)) >= 0)
		return password_refused(rq, "password_login", "Leave the login out.", "The password must not contain the login");
	if (is_repetitive(password))
		return password_refused(rq, "password_simple", "Use more different characters.",
		                        "The password repeats too few characters");
	return 0;
}

/* --- throttle by address ---------------------------------------------------------------------------------------------------- */
Text caller_network(const Request *rq) {
	if (!rq->call) return TEXT("local");
	Text from = http_peer(rq->call);
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	snprintf(text, sizeof text, "%.*s", TEXT_ARG(from));
	if (inet_pton(AF_INET6, text, bytes) != 1) return from;
	memset(bytes + 8, 0, 8);
	inet_ntop(AF_INET6, bytes, text, sizeof text);
	return text_of(arena_printf(rq->arena, "%s/64", text));
}

static Throttle *throttle_slot(Request *rq, const char *kind) {
	const char *who = arena_printf(rq->arena, "%s %.*s", kind, TEXT_ARG(caller_network(rq)));
	return &people_of(rq->app)->throttle[siphash64(app_secret(rq->app), text_of(who)) % THROTTLE_SLOTS];
}

bool address_blocked(Request *rq, const char *kind) {
	People *people = people_of(rq->app);
	int64_t allowed = setting_int(rq, "session.address_failures");
	const Throttle *slot = throttle_slot(rq, kind);
	pthread_mutex_lock(&people->throttle_lock);
	bool over = rq->now_us - slot->since < 300000000 && slot->failures >= allowed;
	pthread_mutex_unlock(&people->throttle_lock);
	return over;
}

void address_failed(Request *rq, const char *kind) {
	People *people = people_of(rq->app);
	Throttle *slot = throttle_slot(rq, kind);
	pthread_mutex_lock(&people->throttle_lock);
	if (rq->now_us - slot->since >= 300000000) *slot = (Throttle){.since = rq->now_us};
	slot->failures++;
	pthread_mutex_unlock(&people->throttle_lock);
}

static int throttle_check(Request *rq) {
	if (!address_blocked(rq, "login")) return 0;
	return error_field(rq->error, ERR_QUOTA, "", TEXT_NONE, "login_throttle", "Wait five minutes.",
	                   "Too many failed logins came from this address");
}

/* --- evidence ---------------------------------------------------------------------------------------------------------- */
int evidence_done(Request *rq, const char *action, int status, int64_t account_id, const char *actor, const char *detail) {
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.action = action;
	entry.status = status;
	entry.subject_id = account_id;
	if (actor) {
		entry.actor = actor;
		entry.account_id = account_id;
	}
	if (detail) entry.detail = detail;
	return evidence_write(rq, &entry);
}

/* --- logging in -------------------------------------------------------------------------------------------------------- */
typedef struct Login {
	char *login;
	int64_t account_id, org_id, locked_until;
	uint64_t roles;
	char *phc;
	bool right, disabled;
	/* the account has logged in before in this browser, or from this network: failures there count by themselves, in `known`
	 */
	const char *known; /* a row's hash: device_hash or network_hash; NULL: a stranger's, in the account */
	char *token, *csrf, *device, hash[HEX_DIGEST_MAX], device_hash[HEX_DIGEST_MAX], network_hash[HEX_DIGEST_MAX];
	int64_t failures_max, lock_us;
} Login;

/* Where an owner's browsers are: the caller's network, of IPv4 the 24 bits before the last point, as a keyed hash; "" = none. */
static void network_hash(const Request *rq, char out[HEX_DIGEST_MAX]) {
	Digest digest;
	*out = '\0';
	if (!rq->call) return;
	Text named = caller_network(rq);
	if (!memchr(named.at, ':', named.len))
		while (named.len > 1 && named.at[--named.len] != '.')
			continue;
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16},
	            text_of(arena_printf(rq->arena, "network %.*s", TEXT_ARG(named))), &digest);
	hex_encode(digest.bytes, DIGEST_LEN, out);
}

/* 1 the account has logged in there before: by that row's lock it goes from now on; 0, or a code. */
static int known_read(Request *rq, Login *login, const char *hash) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows, "SELECT locked_until, seen_us FROM login_device WHERE account_id = $1 AND device_hash = $2",
	           BIND(val_int(login->account_id), val_str(hash)));
	if (found <= 0 || rows_int(rows, 1) <= rq->now_us - LOGIN_DEVICE_US) return found < 0 ? found : 0;
	login->known = hash;
	login->locked_until = rows_int(rows, 0);
	return 1;
}

/* A guesser elsewhere locks the account for strangers alone; whoever has its cookie goes by the count of that browser, a new
 * browser in a network of the account's by the count of that network. */
static int device_read(Request *rq, Login *login) {
	Text cookie = rq->call ? http_cookie(rq->call, "yw_device") : TEXT_NONE;
	int known = 0;
	network_hash(rq, login->network_hash);
	if (cookie.at && cookie.len >= 20 && cookie.len <= 64) {
		login->device = text_cstr(rq->arena, cookie);
		token_hash(cookie, login->device_hash);
		known = known_read(rq, login, login->device_hash);
	}
	if (known == 0 && *login->network_hash) known = known_read(rq, login, login->network_hash);
	return known < 0 ? known : 1;
}

static int account_read(Request *rq, Login *login) {
	Rows *rows;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT account_id, org_id, roles, password, locked_until, state FROM account WHERE login = $1 AND kind = 'person'",
	    BIND(val_str(login->login)));
	if (found <= 0) return found;
	login->account_id = rows_int(rows, 0);
	login->org_id = rows_int(rows, 1);
	login->roles = (uint64_t)rows_int(rows, 2);
	login->phc = rows_str(rows, 3, rq->arena);
	login->locked_until = rows_int(rows, 4);
	login->disabled = !text_is(rows_text(rows, 5), "active");
	return device_read(rq, login);
}

static int failure_write(Request *rq, void *arg) {
	Login *login = arg;
	Rows *rows;
	int64_t failures = 0;
	Val args[] = {val_int(login->account_id), val_int(login->failures_max), val_int(rq->now_us + login->lock_us),
	              val_int(rq->now_us), val_str(login->known)};
	int found =
	    login->known
	        ? db_one(rq->db, &rows,
	                 "UPDATE login_device SET failures = failures + 1, locked_until = CASE WHEN failures + 1 >= $2 THEN $3"
	                 " ELSE locked_until END WHERE account_id = $1 AND device_hash = $5 AND locked_until <= $4 RETURNING"
	                 " failures",
	                 args, 5)
	        : db_one(rq->db, &rows,
	                 "UPDATE account SET failures = failures + 1, locked_until = CASE WHEN failures + 1 >= $2 THEN $3 ELSE"
	                 " locked_until END WHERE account_id = $1 AND locked_until <= $4 RETURNING failures",
	                 args, 4);
	if (found < 0) return found;
	if (found > 0) failures = rows_int(rows, 0);
	if (failures >= login->failures_max) { /* counting begins anew after the lock */
		int64_t reset =
		    login->known
		        ? db_run(rq->db, "UPDATE login_device SET failures = 0 WHERE account_id = $1 AND device_hash = $2",
		                 BIND(val_int(login->account_id), val_str(login->known)))
		        : db_run(rq->db, "UPDATE account SET failures = 0 WHERE account_id = $1",
		                 BIND(val_int(login->account_id)));
		if (reset < 0) return (int)reset;
		int code = evidence_done(rq, "account.locked", 200, login->account_id, NULL,
		                         login->known == login->network_hash ? "{\"by\":\"failed logins of one network\"}"
		                         : login->known                      ? "{\"by\":\"failed logins of one browser\"}"
		                                                             : "{\"by\":\"failed logins\"}");
		if (code < 0) return code;
	}
	/* what was typed is not kept when no such account exists: it may be a password */
	return evidence_done(rq, "session.login", 401, login->account_id, login->account_id ? login->login : NULL, NULL);
}

static int session_write(Request *rq, void *arg) {
	Login *login = arg;
	int64_t now = rq->now_us;
	int64_t done =
	    db_run(rq->db, "INSERT INTO session (token_hash, account_id, csrf, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)",
	           BIND(val_str(login->hash), val_int(login->account_id), val_str(login->csrf), val_int(now)));
	if (done >= 0)
		done = db_run(rq->db, "UPDATE account SET failures = 0, last_login = $2 WHERE account_id = $1",
		              BIND(val_int(login->account_id), val_int(now)));
	const char *hashes[] = {login->device_hash, login->network_hash};
	for (int i = 0; i < 2 && done >= 0; i++)
		if (*hashes[i])
			done = db_run(
			    rq->db,
			    "INSERT INTO login_device (account_id, device_hash, failures, locked_until, seen_us) VALUES ($1,"
			    " $2, 0, 0, $3) ON CONFLICT (account_id, device_hash) DO UPDATE SET failures = CASE WHEN CAST($4 AS "
			    "BIGINT) = 1 THEN 0 ELSE"
			    " login_device.failures END, locked_until = CASE WHEN CAST($4 AS BIGINT) = 1 THEN 0 ELSE "
			    "login_device.locked_until END,"
			    " seen_us = $3",
			    BIND(val_int(login->account_id), val_str(hashes[i]), val_int(now),
			         val_int(i == 0 || login->known == login->network_hash)));
	if (done < 0) return (int)done;
	return evidence_done(rq, "session.login", 200, login->account_id, login->login, NULL);
}

static char *random_token(Arena *arena) {
	uint8_t bytes[32];
	random_bytes(bytes, sizeof bytes);
	return base64url(arena, (Text){(const char *)bytes, sizeof bytes});
}

static bool is_secure(const Request *rq) {
	return rq->call && text_is(http_header(rq->call, "X-Forwarded-Proto"), "https");
}

static void device_cookie_set(Request *rq, const char *token) {
	rq->set_cookie2 = arena_printf(rq->arena, "yw_device=%s; Path=/api/v1/session; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
	                               token, (long long)(LOGIN_DEVICE_US / 1000000), is_secure(rq) ? "; Secure" : "");
}

static void cookie_set(Request *rq, const char *token) {
	bool secure = is_secure(rq);
	rq->set_cookie = arena_printf(rq->arena, "yw_session=%s; Path=/; HttpOnly; SameSite=Strict%s%s", token,
	                              secure ? "; Secure" : "", *token ? "" : "; Max-Age=0");
}

/* The Session object of rq's party. */
static int session_show(Request *rq) {
	Rows *rows;
	const Party *party = &rq->party;
	int found = db_one(
	    rq->db, &rows,
	    "SELECT a.name, o.name, a.must_change FROM account a JOIN org o ON o.org_id = a.org_id WHERE a.account_id = $1",
	    BIND(val_int(party->account_id)));
	if (found < 0) return found;
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "The account no longer exists");
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_id(json, "account_id", party->account_id);
	jw_kv_str(json, "login", party->login);
	jw_kv_text(json, "name", rows_text(rows, 0));
	jw_kv_id(json, "org_id", party->org_id);
	jw_kv_text(json, "org_name", rows_text(rows, 1));
	jw_key(json, "roles");
	roles_write(json, party->roles);
	jw_key(json, "permits");
	permits_write(json, party->permits);
	jw_kv_str(json, "csrf", party->csrf[0] ? party->csrf : NULL);
	jw_kv_bool(json, "must_change_password", rows_int(rows, 2) != 0);
	jw_object_end(json);
	return 0;
}

/* Who gives the right password learns why it does not open; anybody else learns nothing about the account. */
static int login_refused(Request *rq, const Login *login, bool right) {
	char until[CLOCK_TEXT_MAX];
	address_failed(rq, "login");
	if (right && login->disabled)
		return error_field(rq->error, ERR_UNAUTHENTICATED, "", TEXT_NONE, "disabled", "Ask the system administrator.",
		                   "The account is disabled");
	if (right)
		return error_field(rq->error, ERR_UNAUTHENTICATED, "", text_of(clock_format(login->locked_until, until)),
		                   "locked", "Wait, or ask the security administrator to unlock it.",
		                   "The account is locked until %s", until);
	return error_field(rq->error, ERR_UNAUTHENTICATED, "", TEXT_NONE, "login",
	                   "Check both; a locked account opens by itself after the lock time.",
	                   "The login or the password is wrong, or the account is locked");
}

/* Open event streams of the account end: each must come back and show credentials that still count. In a write. */
int streams_end(Request *rq, int64_t account_id) {
	return feed_append(rq->db, FEED_TOPIC_PEOPLE, account_id, 1, FEED_STATE);
}

static void settings_read(Request *rq, Login *login) {
	login->failures_max = setting_int(rq, "session.failures");
	login->lock_us = setting_int(rq, "session.lock_minutes") * 60000000;
}

static char *lower(char *text) {
	for (char *at = text; at && *at; at++)
		if (*at >= 'A' && *at <= 'Z') *at = (char)(*at - 'A' + 'a');
	return text;
}

int session_post(Request *rq) {
	Login login = {.login = lower(in_str(rq, "login"))};
	Text password = in_text(rq, "password");
	int code = throttle_check(rq);
	if (code) return code;
	settings_read(rq, &login);
	code = account_read(rq, &login);
	if (code < 0) return code;
	bool right = false;
	code = password_check_bounded(rq, login.phc, password, &right);
	if (code < 0) return code;
	if (!right || login.disabled || login.locked_until > rq->now_us) {
		code = request_write(rq, failure_write, &login); /* also for unknown logins: the same work, and evidence */
		return code < 0 ? code : login_refused(rq, &login, right);
	}
	login.token = random_token(rq->arena);
	login.csrf = random_token(rq->arena);
	token_hash(text_of(login.token), login.hash);
	if (!login.device) login.device = random_token(rq->arena);
	token_hash(text_of(login.device), login.device_hash);
	rq->party = (Party){.kind = PARTY_PERSON,
	                    .account_id = login.account_id,
	                    .org_id = login.org_id,
	                    .roles = login.roles,
	                    .permits = roles_permits(login.roles)};
	snprintf(rq->party.login, sizeof rq->party.login, "%s", login.login);
	snprintf(rq->party.csrf, sizeof rq->party.csrf, "%s", login.csrf);
	code = request_write(rq, session_write, &login);
	if (code < 0) return code;
	cookie_set(rq, login.token);
	device_cookie_set(rq, login.device);
	return session_show(rq);
}

int session_get(Request *rq) {
	return session_show(rq);
}

int session_delete(Request *rq) {
	char hash[HEX_DIGEST_MAX];
	Text token = rq->call ? http_cookie(rq->call, "yw_session") : TEXT_NONE;
	if (token.at) {
		token_hash(token, hash);
		int64_t done = db_run(rq->db, "DELETE FROM session WHERE token_hash = $1", BIND(val_str(hash)));
		if (done < 0) return (int)done;
	}
	rq->about_subject = rq->party.account_id;
	cookie_set(rq, "");
	return streams_end(rq, rq->party.account_id);
}

/* --- the own password -------------------------------------------------------------------------------------------------- */
typedef struct NewPassword {
	char *phc, hash[HEX_DIGEST_MAX];
} NewPassword;

static int password_write(Request *rq, void *arg) {
	NewPassword *change = arg;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE account SET password = $2, must_change = 0, failures = 0, version = version + 1 WHERE account_id = $1",
	           BIND(val_int(rq->party.account_id), val_str(change->phc)));
	if (done >= 0) /* whoever else is logged in as this person is out */
		done = db_run(rq->db, "DELETE FROM session WHERE account_id = $1 AND token_hash <> $2",
		              BIND(val_int(rq->party.account_id), val_str(change->hash)));
	int code = done < 0 ? (int)done : streams_end(rq, rq->party.account_id);
	if (code < 0) return code;
	return evidence_done(rq, "session.password", 200, rq->party.account_id, NULL, NULL);
}

int password_post(Request *rq) {
	Login login = {.login = rq->party.login};
	Text old = in_text(rq, "old_password"), chosen = in_text(rq, "new_password");
	int code = throttle_check(rq);
	if (code) return code;
	if (rq->party.kind != PARTY_PERSON) return fail(rq, ERR_FORBIDDEN, "Only people have passwords; services use keys");
	settings_read(rq, &login);
	code = password_rules(rq, chosen, rq->party.login);
	if (code) return code;
	code = account_read(rq, &login);
	if (code < 0) return code;
	if (!password_check_alone(rq, login.phc, old) || login.locked_until > rq->now_us) {
		code = request_write(rq, failure_write, &login);
		if (code < 0) return code;
		address_failed(rq, "login");
		return error_field(rq->error, ERR_FORBIDDEN, "old_password", TEXT_NONE, "old_password",
		                   "Type the password you logged in with.",
		                   "The old password is wrong, or the account is locked");
	}
	if (text_eq(old, chosen))
		return password_refused(rq, "password_same", "Choose another one.", "The new password is the old one");
	NewPassword change = {.phc = password_hash_alone(rq, chosen)};
	Text token = rq->call ? http_cookie(rq->call, "yw_session") : TEXT_NONE;
	if (token.at) token_hash(token, change.hash);
	code = request_write(rq, password_write, &change);
	return code < 0 ? code : 0;
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */
const InputField session_login_inputs[] = {
    {"login", IN_BODY, TYPE_TEXT, true, 1, LOGIN_MAX, .doc = "login, case does not matter"},
    {"password", IN_BODY, TYPE_TEXT, true, 1, PASSWORD_MAX, .doc = "password"},
    {0},
};
const InputField session_password_inputs[] = {
    {"old_password", IN_BODY, TYPE_TEXT, true, 1, PASSWORD_MAX, .doc = "the password in use"},
    {"new_password", IN_BODY, TYPE_TEXT, true, 1, PASSWORD_MAX, .doc = "at least 12 characters, without the login"},
    {0},
};
const OutputField session_outputs[] = {
    {"account_id", "string", "account"},
    {"login", "string", "login"},
    {"name", "string", "name of the person"},
    {"org_id", "string", "organisation"},
    {"org_name", "string", "its name"},
    {"roles", "string[]", "roles"},
    {"permits", "string[]", "what the roles allow"},
    {"csrf", "string|null", "to be sent as X-CSRF-Token with every change; null for API keys"},
    {"must_change_password", "boolean", "true after a one-time password: only the session routes answer"},
    {0},
};
