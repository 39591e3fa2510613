/* people: the room's module: tables, settings, start and stop, and what `init` makes.
 * Thread: start and stop on the main thread. Lifetime: the App's. */
#include "people/people_private.h"
#include <stdlib.h>

static const Migration migrations[] = {
    {
        .name = "people-1",
        .sql =
            "/* spread: reference */"
            "CREATE TABLE org (org_id BIGINT PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_en TEXT NOT NULL,"
            " parent_id BIGINT NOT NULL, state TEXT NOT NULL CHECK (state IN ('active', 'closed')), version BIGINT NOT NULL);\n"
            "/* spread: reference. roles: bits of people.h; the check keeps exclusive groups apart whoever writes:"
            " 1 system, 2 security, 4 audit, 8|16|32 data, 64 service */"
            "CREATE TABLE account (account_id BIGINT PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, org_id BIGINT "
            "NOT NULL,"
            " kind TEXT NOT NULL CHECK (kind IN ('person', 'service')),"
            " state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),"
            " roles BIGINT NOT NULL CHECK ((roles & 1) = roles OR (roles & 2) = roles OR (roles & 4) = roles"
            " OR (roles & 56) = roles OR (roles & 64) = roles),"
            " password TEXT, must_change BIGINT NOT NULL, failures BIGINT NOT NULL, locked_until BIGINT NOT NULL,"
            " last_login BIGINT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL,"
            " CHECK ((kind = 'service') = ((roles & 64) <> 0) OR roles = 0));\n"
            "/* spread: reference. token_hash: SHA-256 of the cookie's token */"
            "CREATE TABLE session (token_hash TEXT PRIMARY KEY, account_id BIGINT NOT NULL, csrf TEXT NOT NULL,"
            " created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL);\n"
            "CREATE INDEX session_account ON session (account_id);\n"
            "/* spread: reference. hash: SHA-256 of the whole key */"
            "CREATE TABLE api_key (key_id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL, label TEXT NOT NULL, hash TEXT NOT "
            "NULL UNIQUE,"
            " created_at BIGINT NOT NULL, created_by BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT NOT NULL,"
            " last_used BIGINT NOT NULL);\n"
            "CREATE INDEX api_key_account ON api_key (account_id);\n"
            "/* spread: reference. fields and filter are JSON; owner_org_id: the supplier when it was given */"
            "CREATE TABLE access_grant (grant_id BIGINT PRIMARY KEY, resource_id BIGINT NOT NULL, owner_org_id BIGINT NOT NULL,"
            " account_id BIGINT NOT NULL, fields TEXT NOT NULL, filter TEXT, purpose TEXT NOT NULL, basis TEXT NOT NULL,"
            " clear_sensitive BIGINT NOT NULL, from_us BIGINT NOT NULL, until_us BIGINT NOT NULL, quota_day BIGINT NOT NULL,"
            " granted_by BIGINT NOT NULL, created_at BIGINT NOT NULL, revoked_at BIGINT NOT NULL, revoked_by BIGINT NOT NULL,"
            " revoke_reason TEXT NOT NULL, version BIGINT NOT NULL);\n"
            "CREATE INDEX access_grant_pair ON access_grant (account_id, resource_id);\n"
            "CREATE INDEX access_grant_resource ON access_grant (resource_id);\n"
            "/* spread: reference. records given under a grant on a day (days since 1970, Asia/Shanghai), by process slot */"
            "CREATE TABLE grant_use (grant_id BIGINT NOT NULL, day BIGINT NOT NULL, slot BIGINT NOT NULL, used BIGINT NOT NULL,"
            " PRIMARY KEY (grant_id, day, slot))",
    },
    {
        .name = "people-2-grant-cases",
        .sql = "ALTER TABLE access_grant ADD COLUMN case_id BIGINT NOT NULL DEFAULT 0;\n"
               "ALTER TABLE access_grant ADD COLUMN conditions TEXT NOT NULL DEFAULT ''",
    },
    {
        /* the check of exclusive groups anew, so that roles of those who work (8, 16, 32, 128 and above) may come without another
         */
        .name = "people-3-roles",
        .sql = "/* spread: reference. roles: bits of people.h; 1 system, 2 security, 4 audit, 64 service: each alone */"
               "CREATE TABLE account_3 (account_id BIGINT PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, org_id "
               "BIGINT "
               "NOT NULL,"
               " kind TEXT NOT NULL CHECK (kind IN ('person', 'service')),"
               " state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),"
               " roles BIGINT NOT NULL CHECK ((roles & 71) = 0 OR roles IN (1, 2, 4, 64)),"
               " password TEXT, must_change BIGINT NOT NULL, failures BIGINT NOT NULL, locked_until BIGINT NOT NULL,"
               " last_login BIGINT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL,"
               " CHECK ((kind = 'service') = ((roles & 64) <> 0) OR roles = 0));\n"
               "INSERT INTO account_3 (account_id, login, name, org_id, kind, state, roles, password, must_change, failures,"
               " locked_until, last_login, created_at, version) SELECT account_id, login, name, org_id, kind, state, roles, "
               "password,"
               " must_change, failures, locked_until, last_login, created_at, version FROM account;\n"
               "DROP TABLE account;\n"
               "ALTER TABLE account_3 RENAME TO account",
    },
    {
        .name = "people-4-devices",
        .sql = "/* spread: reference. Browsers in which an account has logged in; device_hash: SHA-256 of the cookie's token */"
               "CREATE TABLE login_device (account_id BIGINT NOT NULL, device_hash TEXT NOT NULL, failures BIGINT NOT NULL,"
               " locked_until BIGINT NOT NULL, seen_us BIGINT NOT NULL, PRIMARY KEY (account_id, device_hash));\n"
               "CREATE INDEX login_device_seen ON login_device (seen_us)",
    },
    {
        /* those made before it was kept give what they gave: every way */
        .name = "people-5-grant-ways",
        .sql = "ALTER TABLE access_grant ADD COLUMN ways BIGINT NOT NULL DEFAULT 7",
    },
};

static const Setting settings[] = {
    {"session.idle_minutes", "30", "Minutes without a request after which a session ends", 1, 1440},
    {"session.hours", "12", "Hours after which a session ends in any case", 1, 168},
    {"session.failures", "5", "Failed logins in a row that lock an account", 3, 100},
    {"session.lock_minutes", "15", "Minutes an account stays locked after failed logins", 1, 10080},
    {"session.address_failures", "50", "Failed logins from one address within five minutes after which it must wait", 5, 100000},
    {"grants.max_days", "1096", "Longest term of a grant in days", 1, 3660},
};

/* As authentication looks at it. */
static int sessions_write(Request *rq, void *arg) {
	int64_t gone =
	    db_run(rq->db,
	           "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE created_at < $1 OR seen_at < "
	           "$2 LIMIT $3)",
	           BIND(val_int(rq->now_us - setting_int(rq, "session.hours") * INT64_C(3600000000)),
	                val_int(rq->now_us - setting_int(rq, "session.idle_minutes") * 60000000), val_int(CHORE_ROWS)));
	return (int)gone;
}

static int sessions_chore(Request *rq) {
	int code = request_write_bulk(rq, sessions_write, NULL);
	return code < 0 ? code : code >= CHORE_ROWS;
}

/* Only a day's own use counts against a quota. */
static int use_chore(Request *rq) {
	return chore_portion(rq, date_of_us(rq->now_us) - 31,
	                     "DELETE FROM grant_use WHERE (grant_id, day, slot) IN"
	                     " (SELECT grant_id, day, slot FROM grant_use WHERE day < $1 LIMIT $2)");
}

static int devices_chore(Request *rq) {
	return chore_portion(rq, rq->now_us - LOGIN_DEVICE_US,
	                     "DELETE FROM login_device WHERE (account_id, device_hash) IN"
	                     " (SELECT account_id, device_hash FROM login_device WHERE seen_us < $1 LIMIT $2)");
}

static const Chore chores[] = {{"people.sessions", 10, sessions_chore},
                               {"people.grant_use", 1440, use_chore},
                               {"people.login_devices", 1440, devices_chore}};

static int people_start(App *app, Error *error) {
	People *people = calloc(1, sizeof *people);
	if (!people) abort();
	people->app = app;
	pthread_mutex_init(&people->throttle_lock, NULL);
	pthread_mutex_init(&people->hashing, NULL);
	people->meters = meters_start(app);
	app_part_set(app, PEOPLE_PART, people);
	meters_run(people->meters);
	return 0;
}

static void people_stop(App *app) {
	People *people = people_of(app);
	if (!people) return;
	meters_stop(people->meters);
	app_part_set(app, PEOPLE_PART, NULL);
	pthread_mutex_destroy(&people->throttle_lock);
	pthread_mutex_destroy(&people->hashing);
	free(people->dummy_phc);
	free(people);
}

/* --- init -------------------------------------------------------------------------------------------------------------- */
typedef struct First {
	struct {
		const char *login, *name, *role;
		char *password, *phc;
	} people[3];
} First;

static int first_write(Request *rq, void *arg) {
	First *first = arg;
	int64_t org_id, account_id, accounts = 0;
	int code = db_int(rq->db, &accounts, "SELECT count(*) FROM account", NO_BIND);
	if (code < 0) return code;
	if (accounts) return fail(rq, ERR_CONFLICT, "There are accounts already: the first administrators are made only once");
	code = org_create(rq, "bureau", "大数据局", "Data bureau", 0, &org_id);
	for (int i = 0; i < 3 && code == 0; i++)
		code = account_create(rq, first->people[i].login, first->people[i].name, org_id, first->people[i].role,
		                      first->people[i].phc, true, &account_id);
	if (code < 0) return code;
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.action = "people.init";
	entry.status = 200;
	entry.detail = "{\"accounts\":[\"sysadmin\",\"secadmin\",\"auditor\"]}";
	return evidence_write(rq, &entry);
}

int people_init(Request *rq, Buf *out) {
	First first = {{{.login = "sysadmin", .name = "系统管理员", .role = "system_admin"},
	                {.login = "secadmin", .name = "安全管理员", .role = "security_admin"},
	                {.login = "auditor", .name = "审计管理员", .role = "auditor"}}};
	for (int i = 0; i < 3; i++) {
		first.people[i].password = random_password(rq->arena, 16);
		first.people[i].phc = password_hash(rq->arena, text_of(first.people[i].password));
	}
	int code = request_write(rq, first_write, &first);
	if (code < 0) return code;
	for (int i = 0; i < 3; i++)
		buf_printf(out, "%s %s\n", first.people[i].login, first.people[i].password);
	return 0;
}

static int account_name(Request *rq, void *arg) {
	AccountName *asked = arg;
	Rows *rows;
	int found = asked->login ? db_one(rq->db, &rows, "SELECT name FROM account WHERE login = $1", BIND(val_str(asked->login)))
	                         : db_one(rq->db, &rows, "SELECT name FROM account WHERE account_id = $1",
	                                  BIND(val_int(asked->account_id)));
	asked->name = found > 0 ? rows_str(rows, 0, rq->arena) : NULL;
	return found < 0 ? found : 0;
}

static const Action actions[] = {
    {"account.name", account_name}, /* arg: AccountName of core.h */
};

const Module people_module = {
    .name = "people",
    ROWS_OF(route, people_routes),
    ROWS_OF(migration, migrations),
    ROWS_OF(action, actions),
    ROWS_OF(setting, settings),
    ROWS_OF(chore, chores),
    .start = people_start,
    .stop = people_stop,
};
