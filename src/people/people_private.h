/* people's own: what its files share. No other room includes this. */
#ifndef YIWANG_PEOPLE_PEOPLE_PRIVATE_H
#define YIWANG_PEOPLE_PEOPLE_PRIVATE_H
#include "people/people.h"
#include <pthread.h>
#include <stdatomic.h>

enum {
	TOKEN_LEN = 43,        /* base64url of 32 random bytes */
	THROTTLE_SLOTS = 4096, /* addresses remembered; two that share a slot count together */
	TOUCH_US = 60000000,   /* "last used" is written at most once a minute */
};

typedef struct Throttle {
	int64_t since;
	int failures;
} Throttle;

/* people's part of the App. */
typedef struct People {
	App *app;
	pthread_mutex_t throttle_lock;
	Throttle throttle[THROTTLE_SLOTS];
	_Atomic int hashers;     /* log-ins that hash or wait to */
	pthread_mutex_t hashing; /* one Argon2 at a time: 64 MiB each */
	char *dummy_phc;         /* checked for logins that do not exist; made under `hashing` */
	struct Meters *meters;
} People;
#define PEOPLE_PART "people"
static inline People *people_of(App *app) {
	return app_part(app, PEOPLE_PART);
}

/* roles.c */
int roles_parse(Request *rq, Text names, uint64_t *roles);     /* "a,b": 0 or ERR_INVALID with field "roles" */
int roles_check(Request *rq, uint64_t roles, bool is_service); /* one exclusive group; service accounts their own role only */
uint64_t roles_permits(uint64_t roles);
void roles_write(JsonWriter *json, uint64_t roles); /* ["data_officer",…] */
void permits_write(JsonWriter *json, uint64_t permits);
enum { ADMIN_ROLES = 1 << ROLE_SYSTEM_ADMIN | 1 << ROLE_SECURITY_ADMIN | 1 << ROLE_AUDITOR };

/* meter.c: counts that are flushed every second by one thread. */
struct Meters *meters_start(App *app);
void meters_run(struct Meters *meters); /* its thread, once the part is set */
void meters_stop(struct Meters *meters);
/* Today's meter of a grant (kept for the process); reads what was used so far when it is new. NULL: the store failed. */
struct Meter *meter_of(Request *rq, int64_t grant_id);
int64_t meter_used(struct Meter *meter, int64_t now_us);
/* Notes that a session (by its hash) or key was used now. */
void meters_touch_session(struct Meters *meters, const char hash[HEX_DIGEST_MAX], int64_t now_us);
void meters_touch_key(struct Meters *meters, int64_t key_id, int64_t now_us);
/* Flushes now and waits: tests and stop. */
void meters_flush(App *app);

/* authenticate.c */
void token_hash(Text token, char out[HEX_DIGEST_MAX]);
#define LOGIN_DEVICE_US (INT64_C(180) * 86400000000) /* a browser not seen for that long is a stranger again */
extern const CacheKind key_kind;
Text id_key(const int64_t *id); /* an id's bytes as a cache key */

/* session.c */
int password_rules(Request *rq, Text password, const char *login);
char *password_hash_alone(Request *rq, Text password); /* one at a time in a process */
bool password_check_alone(Request *rq, const char *phc, Text password);
/* In a write: evidence of something a LANE_READ route did by request_write. */
int streams_end(Request *rq, int64_t account_id); /* in a write */
int evidence_done(Request *rq, const char *action, int status, int64_t account_id, const char *actor, const char *detail);

enum { PEOPLE_ROUTES = 20 };
extern const Route people_routes[PEOPLE_ROUTES];
/* handlers, inputs and outputs of the rows in routes.c */
extern const InputField session_login_inputs[], session_password_inputs[];
extern const OutputField session_outputs[];
int session_post(Request *rq);
int session_get(Request *rq);
int session_delete(Request *rq);
int password_post(Request *rq);
extern const InputField account_org_inputs[], account_list_inputs[], account_service_inputs[], account_inputs[],
    account_patch_inputs[], account_roles_inputs[], account_one_inputs[];
extern const OutputField account_org_outputs[], account_orgs_outputs[], account_outputs[], account_accounts_outputs[],
    account_services_outputs[], account_created_outputs[], account_reset_outputs[];
int orgs_get(Request *rq);
int orgs_post(Request *rq);
int accounts_get(Request *rq);
int accounts_post(Request *rq);
int account_patch(Request *rq);
int roles_put(Request *rq);
int account_unlock(Request *rq);
int password_reset(Request *rq);
int services_get(Request *rq);
extern const InputField key_account_inputs[], key_inputs[], key_one_inputs[];
extern const OutputField key_keys_outputs[], key_outputs[];
int keys_get(Request *rq);
int keys_post(Request *rq);
int key_delete(Request *rq);
extern const InputField grant_list_inputs[], grant_one_inputs[], grant_inputs[], grant_revoke_inputs[];
extern const OutputField grant_list_outputs[], grant_outputs[];
int grants_get(Request *rq);
int grants_post(Request *rq);
int grant_get(Request *rq);
int grant_revoke(Request *rq);
#endif
