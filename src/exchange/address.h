/* Addresses of targets and sources when people change them: what of one may be shown, and its secret, which stays where it was
 * left out. A kept secret is never sent to another server or under another account: then it is entered again. Any thread. */
#ifndef YIWANG_EXCHANGE_ADDRESS_H
#define YIWANG_EXCHANGE_ADDRESS_H
#include "record/record.h"

/* A target or source as it is kept, for somebody who changes it. */
typedef struct Kept {
	int64_t org_id, version;
	char *name, *kind, *place, *url; /* url: NULL when it cannot be unlocked */
} Kept;
int target_kept(Request *rq, int64_t target_id, Kept *out); /* ERR_NOT_FOUND */
int source_kept(Request *rq, int64_t source_id, Kept *out);

/* Checks the URL of a database and gives what of it may be shown: "host:port/database". 0 or ERR_INVALID. */
int postgres_place(Request *rq, const char *url, char **place);

typedef struct BareAddress {
	const char *url, *fingerprint; /* "" = there is none */
	bool secret;                   /* there is one, which is not shown */
} BareAddress;
/* url as it is kept; NULL (it cannot be unlocked) gives an empty one. All in rq->arena. */
void address_bare(Request *rq, const char *url, BareAddress *out);
/* A new address instead of `kept` (NULL: it cannot be unlocked): takes over the host key and the secret that it leaves out,
 * unless the call says no_secret: then the secret is none. 0, or ERR_INVALID rule "secret_again" when it leads elsewhere. */
int address_keep(Request *rq, const char *kept, char **url);
bool no_secret(Request *rq); /* whether the call says so */

/* What keeps a target or source from being removed. */
enum { USES_MAX = 50 };
typedef struct Use {
	int64_t id, resource_id;
	const char *kind, *what; /* "delivery": its table or folder; "proxy": schema.table; "load" */
	const char *resource;    /* its name, or NULL */
} Use;
typedef struct Uses {
	int count; /* at most USES_MAX are known */
	Use of[USES_MAX];
} Uses;
/* By SQL that gives kind, id, resource_id, what. */
int uses_read(Request *rq, const char *sql, int64_t id, Uses *out);
void uses_write(Request *rq, const Uses *uses);                /* as the member "uses" */
const char *uses_text(Request *rq, const Uses *uses);          /* for a refusal */
void changed_about(Request *rq, Text name, const char *place); /* for evidence */

/* Somebody changed it first: what an UPDATE or DELETE by version that hit nothing means. ERR_CONFLICT. */
int address_changed(Request *rq);
#endif
