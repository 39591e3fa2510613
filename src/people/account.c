/* account: organisations and accounts: making, changing, roles, unlocking, one-time passwords.
 * Thread: workers and writers. Lifetime: one request. Every change of who may do what moves the generation. */
#include "people/people_private.h"
#include <assert.h>

static int version_conflict(Request *rq, const char *what) {
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read it again and repeat the change.",
	                   "This %s was changed by someone else, or is not there", what);
}

static int changed(Request *rq, int64_t account_id) {
	int code = generation_bump(rq->db);
	return code < 0 ? code : feed_append(rq->db, FEED_TOPIC_PEOPLE, account_id, 1, FEED_STATE);
}

/* --- organisations -------------------------------------------------------------------------------------------------------- */
int org_create(Request *rq, const char *code, const char *name, const char *name_en, int64_t parent_id, int64_t *out) {
	int64_t org_id = store_new_id(rq->store), parents = 0;
	assert(rq->in_write);
	if (parent_id) {
		int found = db_int(rq->db, &parents, "SELECT org_id FROM org WHERE org_id = $1 AND state = 'active'",
		                   BIND(val_int(parent_id)));
		if (found < 0) return found;
		if (found == 0)
			return error_field(rq->error, ERR_INVALID, "parent_id", TEXT_NONE, "unknown_org",
			                   "Choose an active organisation.", "The parent organisation does not exist");
	}
	int64_t done = db_run(
	    rq->db,
	    "INSERT INTO org (org_id, code, name, name_en, parent_id, state, version) VALUES ($1, $2, $3, $4, $5, 'active', 1)"
	    " ON CONFLICT (code) DO NOTHING",
	    BIND(val_int(org_id), val_str(code), val_str(name), val_str(name_en ? name_en : ""), val_int(parent_id)));
	if (done < 0) return (int)done;
	if (done == 0)
		return error_field(rq->error, ERR_CONFLICT, "code", text_of(code), "duplicate", "Use another code.",
		                   "An organisation with this code exists already");
	int bumped = generation_bump(rq->db);
	if (bumped < 0) return bumped;
	*out = org_id;
	return 0;
}

int orgs_get(Request *rq) {
	static const Member members[] = {
	    {"org_id", MEMBER_ID},    {"code", MEMBER_TEXT},  {"name", MEMBER_TEXT},   {"name_en", MEMBER_TEXT},
	    {"parent_id", MEMBER_ID}, {"state", MEMBER_TEXT}, {"version", MEMBER_INT}, {0}};
	return answer_list(rq, members, "SELECT org_id, code, name, name_en, parent_id, state, version FROM org ORDER BY code",
	                   NO_BIND);
}

int orgs_post(Request *rq) {
	int64_t org_id;
	int code =
	    org_create(rq, in_str(rq, "code"), in_str(rq, "name"), in_str(rq, "name_en"), in_int(rq, "parent_id"), &org_id);
	if (code < 0) return code;
	rq->about_subject = org_id;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "org_id", org_id);
	jw_object_end(&rq->json);
	return 0;
}

/* --- making accounts -------------------------------------------------------------------------------------------------------- */
typedef struct NewAccount {
	const char *login, *name, *phc;
	int64_t org_id, account_id;
	uint64_t roles;
	bool is_service, must_change;
} NewAccount;

static int login_check(Request *rq, const char *login) {
	size_t len = strlen(login);
	bool good = len >= 2 && len < 64;
	for (const char *at = login; *at && good; at++)
		good = (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') ||
		       ((*at == '.' || *at == '-' || *at == '_') && at > login);
	if (good) return 0;
	return error_field(
	    rq->error, ERR_INVALID, "login", text_of(login), "login", "For example: zhang.san",
	    "A login has 2 to 63 small letters, digits, dots, hyphens or underscores and begins with a letter or digit");
}

static int account_insert(Request *rq, void *arg) {
	NewAccount *account = arg;
	int64_t orgs = 0, account_id = store_new_id(rq->store);
	int found = db_int(rq->db, &orgs, "SELECT org_id FROM org WHERE org_id = $1 AND state = 'active'",
	                   BIND(val_int(account->org_id)));
	if (found < 0) return found;
	if (found == 0)
		return error_field(rq->error, ERR_INVALID, "org_id", TEXT_NONE, "unknown_org", "Choose an active organisation.",
		                   "The organisation does not exist");
	int64_t done = db_run(
	    rq->db,
	    "INSERT INTO account (account_id, login, name, org_id, kind, state, roles, password, must_change, failures,"
	    " locked_until, last_login, created_at, version) VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, 0, 0, 0, $9, 1)"
	    " ON CONFLICT (login) DO NOTHING",
	    BIND(val_int(account_id), val_str(account->login), val_str(account->name), val_int(account->org_id),
	         val_str(account->is_service ? "service" : "person"), val_int((int64_t)account->roles), val_str(account->phc),
	         val_int(account->must_change), val_int(rq->now_us)));
	if (done < 0) return (int)done;
	if (done == 0)
		return error_field(rq->error, ERR_CONFLICT, "login", text_of(account->login), "duplicate", "Use another login.",
		                   "An account with this login exists already");
	account->account_id = account_id;
	return changed(rq, account_id);
}

int account_create(Request *rq, const char *login, const char *name, int64_t org_id, const char *roles, const char *password_phc,
                   bool must_change, int64_t *out) {
	NewAccount account = {.login = login, .name = name, .phc = password_phc, .org_id = org_id, .must_change = must_change};
	assert(rq->in_write);
	int code = login_check(rq, login);
	if (code == 0) code = roles_parse(rq, text_of(roles), &account.roles);
	account.is_service = (account.roles & UINT64_C(1) << ROLE_SERVICE) != 0;
	if (code == 0) code = roles_check(rq, account.roles, account.is_service);
	if (code == 0) code = account_insert(rq, &account);
	if (code < 0) return code;
	*out = account.account_id;
	return 0;
}

static int account_insert_proved(Request *rq, void *arg) {
	NewAccount *account = arg;
	int code = account_insert(rq, arg);
	if (code < 0) return code;
	json_t *detail = json_pack("{s:s, s:s, s:I}", "login", account->login, "kind", account->is_service ? "service" : "person",
	                           "org_id", (json_int_t)account->org_id);
	char *text = json_dumps(detail, JSON_COMPACT);
	json_decref(detail);
	code = evidence_done(rq, rq->route->action, 200, account->account_id, NULL, text);
	free(text);
	return code;
}

int accounts_post(Request *rq) {
	NewAccount account = {.login = in_str(rq, "login"),
	                      .name = in_str(rq, "name"),
	                      .org_id = in_int(rq, "org_id"),
	                      .is_service = text_is(in_text(rq, "kind"), "service"),
	                      .must_change = true};
	if (account.is_service) account.roles = UINT64_C(1) << ROLE_SERVICE; /* its only role; without a grant it reads nothing */
	char *password = NULL;
	int code = login_check(rq, account.login);
	if (code) return code;
	if (!account.is_service) {
		password = random_password(rq->arena, 16);
		account.phc = password_hash_alone(rq, text_of(password));
	} else
		account.must_change = false;
	code = request_write(rq, account_insert_proved, &account);
	if (code < 0) return code;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "account_id", account.account_id);
	if (password) jw_kv_str(&rq->json, "one_time_password", password);
	jw_object_end(&rq->json);
	return 0;
}

/* --- lists ------------------------------------------------------------------------------------------------------------- */
#define ACCOUNT_COLUMNS                                                                                                          \
	"a.account_id, a.login, a.name, a.org_id, o.name, a.kind, a.roles, a.state, a.locked_until, a.last_login, a.version,"    \
	" COALESCE((SELECT max(d.locked_until) FROM login_device d WHERE d.account_id = a.account_id), 0)"
#define ACCOUNT_FROM " FROM account a JOIN org o ON o.org_id = a.org_id"

static void account_write(Request *rq, Rows *rows, bool in_full) {
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_id(json, "account_id", rows_int(rows, 0));
	jw_kv_text(json, "login", rows_text(rows, 1));
	jw_kv_text(json, "name", rows_text(rows, 2));
	jw_kv_id(json, "org_id", rows_int(rows, 3));
	jw_kv_text(json, "org_name", rows_text(rows, 4));
	jw_kv_text(json, "state", rows_text(rows, 7));
	if (in_full) {
		jw_kv_text(json, "kind", rows_text(rows, 5));
		jw_key(json, "roles");
		roles_write(json, (uint64_t)rows_int(rows, 6));
		/* for strangers, or in one of its browsers or networks */
		int64_t locked = rows_int(rows, 8) > rows_int(rows, 11) ? rows_int(rows, 8) : rows_int(rows, 11);
		jw_kv_time(json, "locked_until", locked > rq->now_us ? locked : 0);
		jw_kv_time(json, "last_login", rows_int(rows, 9));
		jw_kv_int(json, "version", rows_int(rows, 10));
	}
	jw_object_end(json);
}

static int account_in_full(Request *rq, Rows *rows) {
	account_write(rq, rows, true);
	return 0;
}

static int account_in_short(Request *rq, Rows *rows) {
	account_write(rq, rows, false);
	return 0;
}

int accounts_get(Request *rq) {
	int limit = in_limit(rq);
	return answer_rows(
	    rq, limit, account_in_full,
	    "SELECT " ACCOUNT_COLUMNS ACCOUNT_FROM
	    " WHERE (lower(a.login) LIKE $1 ESCAPE '\\' OR lower(a.name) LIKE $1 ESCAPE '\\') AND ($2 = 0 OR a.org_id = $2)"
	    " AND a.account_id > $3 ORDER BY a.account_id LIMIT $4",
	    BIND(in_like(rq, "q"), val_int(in_int(rq, "org")), val_int(in_int(rq, "after")), val_int(limit + 1)));
}

int services_get(Request *rq) {
	int limit = in_limit(rq);
	return answer_rows(
	    rq, limit, account_in_short,
	    "SELECT " ACCOUNT_COLUMNS ACCOUNT_FROM
	    " WHERE a.kind = 'service' AND (lower(a.login) LIKE $1 ESCAPE '\\' OR lower(a.name) LIKE $1 ESCAPE '\\')"
	    " AND a.account_id > $2 ORDER BY a.account_id LIMIT $3",
	    BIND(in_like(rq, "q"), val_int(in_int(rq, "after")), val_int(limit + 1)));
}

static int account_show(Request *rq, int64_t account_id) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows, "SELECT " ACCOUNT_COLUMNS ACCOUNT_FROM " WHERE a.account_id = $1", BIND(val_int(account_id)));
	if (found < 0) return found;
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no such account");
	account_write(rq, rows, true);
	return 0;
}

/* --- changing ---------------------------------------------------------------------------------------------------------- */
typedef struct Account {
	int64_t account_id, org_id, version;
	uint64_t roles;
	bool is_service, is_active;
	char *login;
} Account;

static int account_load(Request *rq, int64_t account_id, Account *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT org_id, roles, kind, state, version, login FROM account WHERE account_id = $1",
	                   BIND(val_int(account_id)));
	if (found < 0) return found;
	if (found == 0) return fail(rq, ERR_NOT_FOUND, "There is no such account");
	*out = (Account){account_id,
	                 rows_int(rows, 0),
	                 rows_int(rows, 4),
	                 (uint64_t)rows_int(rows, 1),
	                 text_is(rows_text(rows, 2), "service"),
	                 text_is(rows_text(rows, 3), "active"),
	                 rows_str(rows, 5, rq->arena)};
	return 0;
}

static int not_oneself(Request *rq, int64_t account_id, const char *what) {
	if (rq->party.kind == PARTY_SYSTEM || account_id != rq->party.account_id) return 0;
	return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, "own_account", "Ask another administrator.",
	                   "Nobody changes the own %s", what);
}

/* At least one active account of each administrator role stays. lost: the roles that account is about to lose. */
static int administrators_stay(Request *rq, const Account *account, uint64_t lost) {
	static const Role admins[] = {ROLE_SYSTEM_ADMIN, ROLE_SECURITY_ADMIN, ROLE_AUDITOR};
	lost &= ADMIN_ROLES;
	if (!lost || !account->is_active) return 0;
	int code = db_lock(rq->db, "people.administrators", 0);
	if (code < 0) return code;
	for (size_t i = 0; i < 3; i++) {
		int64_t bit = INT64_C(1) << admins[i], others = 0;
		if (!(lost & (uint64_t)bit)) continue;
		code = db_int(rq->db, &others,
		              "SELECT count(*) FROM account WHERE state = 'active' AND (roles & $1) <> 0 AND account_id <> $2",
		              BIND(val_int(bit), val_int(account->account_id)));
		if (code < 0) return code;
		if (others == 0)
			return error_field(rq->error, ERR_CONFLICT, "roles", TEXT_NONE, "last_administrator",
			                   "Give the role to another active account first.",
			                   "This is the last active account with this administrator role");
	}
	return 0;
}

static int sessions_end(Request *rq, int64_t account_id) {
	int64_t done = db_run(rq->db, "DELETE FROM session WHERE account_id = $1", BIND(val_int(account_id)));
	return done < 0 ? (int)done : 0;
}

/* What was granted to the account was granted to its organisation, and keys are known there: neither moves along. */
static int account_moves(Request *rq, int64_t account_id, int64_t org_id) {
	static const char *const held[] = {
	    "SELECT count(*) FROM access_grant WHERE account_id = $1 AND revoked_at = 0 AND until_us > $2",
	    "SELECT count(*) FROM api_key WHERE account_id = $1 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $2)"};
	int64_t found = 0, count;
	int code = db_int(rq->db, &found, "SELECT org_id FROM org WHERE org_id = $1 AND state = 'active'", BIND(val_int(org_id)));
	if (code < 0) return code;
	if (found == 0)
		return error_field(rq->error, ERR_INVALID, "org_id", TEXT_NONE, "unknown_org", "Choose an active organisation.",
		                   "The organisation does not exist");
	for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
		if ((code = db_int(rq->db, &count, held[i], BIND(val_int(account_id), val_int(rq->now_us)))) < 0) return code;
		if (count)
			return error_field(rq->error, ERR_CONFLICT, "org_id", TEXT_NONE, "held",
			                   "Make another account in that organisation, or have them revoked first.",
			                   i == 0 ? "The account has %lld live grants, which were given to its organisation"
			                          : "The account has %lld keys, which its organisation knows",
			                   (long long)count);
	}
	return 0;
}

int account_patch(Request *rq) {
	Account account;
	int64_t account_id = in_int(rq, "id");
	rq->about_subject = account_id;
	int code = account_load(rq, account_id, &account);
	if (code < 0) return code;
	bool disables = text_is(in_text(rq, "state"), "disabled");
	if (in_has(rq, "state")) code = not_oneself(rq, account_id, "state");
	if (code == 0 && disables) code = administrators_stay(rq, &account, account.roles);
	if (code < 0) return code;
	bool moves = in_has(rq, "org_id") && in_int(rq, "org_id") != account.org_id;
	if (moves) code = account_moves(rq, account_id, in_int(rq, "org_id"));
	if (code < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE account SET name = COALESCE($3, name), org_id = CASE WHEN $4 = 0 THEN org_id ELSE $4 END,"
	                      " state = COALESCE($5, state), version = version + 1 WHERE account_id = $1 AND version = $2",
	                      BIND(val_int(account_id), val_int(in_int(rq, "version")), val_text(in_text(rq, "name")),
	                           val_int(in_int(rq, "org_id")), val_text(in_text(rq, "state"))));
	if (done < 0) return (int)done;
	if (done == 0) return version_conflict(rq, "account");
	if (disables || moves) code = sessions_end(rq, account_id);
	if (code == 0) code = changed(rq, account_id);
	if (in_has(rq, "state") || moves)
		about_json(rq, json_pack("{s:s*, s:o*}", "state", in_has(rq, "state") ? disables ? "disabled" : "active" : NULL,
		                         "org_id",
		                         moves ? json_pack("{s:I, s:I}", "before", (json_int_t)account.org_id, "after",
		                                           (json_int_t)in_int(rq, "org_id"))
		                               : NULL));
	return code < 0 ? code : account_show(rq, account_id);
}

int roles_put(Request *rq) {
	Account account;
	uint64_t roles;
	int64_t account_id = in_int(rq, "id");
	rq->about_subject = account_id;
	int code = not_oneself(rq, account_id, "roles");
	if (code == 0) code = account_load(rq, account_id, &account);
	if (code == 0) code = roles_from_json(rq, in_json(rq, "roles"), &roles);
	if (code == 0) code = roles_check(rq, roles, account.is_service);
	if (code == 0) code = administrators_stay(rq, &account, account.roles & ~roles);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db, "UPDATE account SET roles = $3, version = version + 1 WHERE account_id = $1 AND version = $2",
	           BIND(val_int(account_id), val_int(in_int(rq, "version")), val_int((int64_t)roles)));
	if (done < 0) return (int)done;
	if (done == 0) return version_conflict(rq, "account");
	Buf *about = ARENA_NEW(rq->arena, Buf);
	JsonWriter json;
	buf_in(about, rq->arena);
	jw_begin(&json, about);
	jw_object(&json);
	jw_key(&json, "before");
	roles_write(&json, account.roles);
	jw_key(&json, "after");
	roles_write(&json, roles);
	jw_object_end(&json);
	buf_char(about, '\0');
	rq->about = about->at;
	code = changed(rq, account_id);
	return code < 0 ? code : account_show(rq, account_id);
}

int account_unlock(Request *rq) {
	rq->about_subject = in_int(rq, "id");
	int64_t done =
	    db_run(rq->db, "UPDATE account SET failures = 0, locked_until = 0, version = version + 1 WHERE account_id = $1",
	           BIND(val_int(rq->about_subject)));
	if (done > 0)
		done = db_run(rq->db, "UPDATE login_device SET failures = 0, locked_until = 0 WHERE account_id = $1",
		              BIND(val_int(rq->about_subject))) < 0
		           ? ERR_IO
		           : 1;
	if (done < 0) return (int)done;
	return done ? account_show(rq, rq->about_subject) : fail(rq, ERR_NOT_FOUND, "There is no such account");
}

typedef struct Reset {
	int64_t account_id;
	const char *phc;
} Reset;

static int reset_write(Request *rq, void *arg) {
	Reset *reset = arg;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE account SET password = $2, must_change = 1, failures = 0, locked_until = 0, version = version + 1"
	           " WHERE account_id = $1 AND kind = 'person'",
	           BIND(val_int(reset->account_id), val_str(reset->phc)));
	if (done < 0) return (int)done;
	if (done == 0) return fail(rq, ERR_NOT_FOUND, "There is no such account of a person");
	int code = sessions_end(rq, reset->account_id);
	return code < 0 ? code : evidence_done(rq, rq->route->action, 200, reset->account_id, NULL, NULL);
}

int password_reset(Request *rq) {
	Reset reset = {.account_id = in_int(rq, "id")};
	int code = not_oneself(rq, reset.account_id, "password this way");
	if (code) return code;
	char *password = random_password(rq->arena, 16);
	reset.phc = password_hash_alone(rq, text_of(password));
	code = request_write(rq, reset_write, &reset);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "one_time_password", password);
	jw_object_end(&rq->json);
	return 0;
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */
const InputField account_org_inputs[] = {
    {"code", IN_BODY, TYPE_TEXT, true, 1, 64, .doc = "short unique code, e.g. the unified social credit code"},
    {"name", IN_BODY, TYPE_TEXT, true, 1, 100, .doc = "name"},
    {"name_en", IN_BODY, TYPE_TEXT, .max = 200, .doc = "English name"},
    {"parent_id", IN_BODY, TYPE_ID, .doc = "organisation above"},
    {0},
};
const InputField account_list_inputs[] = {
    {"q", IN_QUERY, TYPE_TEXT, .max = 64, .doc = "part of login or name"},
    {"org", IN_QUERY, TYPE_ID, .doc = "only this organisation"},
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"},
    {0},
};
const InputField account_service_inputs[] = {
    {"q", IN_QUERY, TYPE_TEXT, .max = 64, .doc = "part of login or name"},
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"},
    {0},
};
const InputField account_inputs[] = {
    {"login", IN_BODY, TYPE_TEXT, true, 2, 63, .doc = "small letters, digits, . - _"},
    {"name", IN_BODY, TYPE_TEXT, true, 1, 100, .doc = "name of the person or system"},
    {"org_id", IN_BODY, TYPE_ID, true, .doc = "organisation"},
    {"kind", IN_BODY, TYPE_ENUM, true, .choices = "person|service", .doc = "services have keys, people have passwords"},
    {0},
};
const InputField account_patch_inputs[] = {
    ID_PATH("account"),
    {"version", IN_BODY, TYPE_INT, true, 0, INT64_MAX, .doc = "version read before"},
    {"name", IN_BODY, TYPE_TEXT, .min = 1, .max = 100, .doc = "new name"},
    {"org_id", IN_BODY, TYPE_ID, .doc = "new organisation"},
    {"state", IN_BODY, TYPE_ENUM, .choices = "active|disabled", .doc = "a disabled account's sessions and keys end at once"},
    {0},
};
const InputField account_roles_inputs[] = {
    ID_PATH("account"),
    {"version", IN_BODY, TYPE_INT, true, 0, INT64_MAX, .doc = "version read before"},
    {"roles", IN_BODY, TYPE_JSON, true, .max = 1024, .doc = "array of role names; exclusive groups never meet in one account"},
    {0},
};
const InputField account_one_inputs[] = {
    ID_PATH("account"),
    {0},
};
const OutputField account_org_outputs[] = {{"org_id", "string", "organisation"}, {0}};
const OutputField account_orgs_outputs[] = {
    {"items",
     "{org_id: string, code: string, name: string, name_en: string, parent_id: string | null, state: string, version: number}[]",
     "all organisations by code"},
    ONE_PAGE,
    {0},
};
const OutputField account_outputs[] = {
    {"account_id", "string", "account"},
    {"login", "string", "login"},
    {"name", "string", "name"},
    {"org_id", "string", "organisation"},
    {"org_name", "string", "its name"},
    {"state", "\"active\"|\"disabled\"", "state"},
    {"kind", "\"person\"|\"service\"", "kind"},
    {"roles", "string[]", "roles"},
    {"locked_until", "string|null", "time, when locked"},
    {"last_login", "string|null", "time"},
    {"version", "number", "rises with each change"},
    {0},
};
const OutputField account_accounts_outputs[] = {
    {"items", "Account[]", "by age"}, {"next", "string|null", "cursor of the next page"}, {0}};
const OutputField account_services_outputs[] = {
    {"items", "{account_id: string, login: string, name: string, org_id: string, org_name: string, state: string}[]", "by age"},
    {"next", "string|null", "cursor of the next page"},
    {0},
};
const OutputField account_created_outputs[] = {
    {"account_id", "string", "account"},
    {"one_time_password", "string?", "shown once; must be changed at the first login; people only"},
    {0},
};
const OutputField account_reset_outputs[] = {{"one_time_password", "string", "shown once; must be changed at the next login"},
                                             {0}};
