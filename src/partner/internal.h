/* What the files of this room share. */
#ifndef YIWANG_PARTNER_INTERNAL_H
#define YIWANG_PARTNER_INTERNAL_H
#include "partner/partner.h"
#include <stdlib.h>

enum { PARTNER_MIGRATIONS = 2, PARTNER_ROUTES = 16, ADDRESS_MAX = 500 };
extern const Migration partner_migrations[PARTNER_MIGRATIONS];
extern const Route partner_routes[PARTNER_ROUTES];

/* --- pump.c: the room's one thread ------------------------------------------------------------------------------------------ */
int pump_start(App *app, Error *error);
void pump_stop(App *app);
/* What the thread does once a second: steps become messages, those whose time has come are sent until *stop. Whether there is
 * more to do at once. */
bool pump_look(App *app, const _Atomic bool *stop);
/* In a write: from now on what happens to cases is looked at. */
int pump_begin(Request *rq);

/* --- send.c ---------------------------------------------------------------------------------------------------------------- */
typedef struct Outgoing { /* one try of one message */
	int64_t message_id, partner_id, case_id, event_no, tried_us, made_us;
	int key_no, attempts, failures;          /* before this one: of the message; of the partner, one after the other */
	const char *url, *body, *token, *accept; /* accept: what a good answer contains; "" any 2xx */
	bool sent, gone;  /* gone: the receiver cannot be reached or has no time, so other messages need not be tried either */
	char detail[200]; /* the answer's status or what failed; never the body */
} Outgoing;
/* Up to 8 s; sets sent, gone and detail. Not in a write. */
void message_send(Request *rq, Outgoing *one);
/* 64 hex digits derived from the city's secret: the same in all its processes; another key_no is another key. */
const char *partner_key(Request *rq, int64_t partner_id, int key_no);
/* Where messages may be posted: 0, or ERR_INVALID at "url". Names are resolved when they are called. */
int address_check(Request *rq, Text url);
bool networks_good(Text list); /* setting partner.networks */

/* --- platform.c: see docs/packs.md -------------------------------------------------------------------------------------------
 */
enum { PLATFORM_OUT = 26 };
extern const char *const platform_out_fields[PLATFORM_OUT + 1];
int platform_find(Request *rq, const char *name, const json_t **out); /* its document in rq's arena: 1, 0 none, or a code */
/* What an item of that list says of our field, in our codes; "" when it does not. */
Text platform_in(Request *rq, const json_t *document, const char *list, const char *field, const json_t *item);
/* 0, or ERR_INVALID at a value that is none: what cannot be read is not taken as left out. */
int platform_item_check(Request *rq, const json_t *document, const char *list, const json_t *item);
Text platform_raw(Request *rq, const json_t *item, const json_t *column);                   /* as it came */
const json_t *platform_column(const json_t *document, const char *list, const char *field); /* NULL none */
const char *platform_name_of(const json_t *document, const char *list, const char *field);  /* what it is called there, or "" */
Text platform_out(const json_t *column, Text ours);                                         /* in their codes */
int platform_field(const json_t *column);          /* place in platform_out_fields, or -1 */
int action_platform_check(Request *rq, void *arg); /* PackPart */
int action_platform_local(Request *rq, void *arg);
int action_platform_put(Request *rq, void *arg);
int platforms_get(Request *rq);

/* Steps e of a case that other systems are told: what is said inside of it is nobody else's. */
#define STEP_TOLD "(e.to_state <> e.from_state OR e.action IN ('raise', 'lower', 'progress'))"

/* --- order.c, result.c ------------------------------------------------------------------------------------------------------ */
int platform_orders_post(Request *rq);
int platform_words_post(Request *rq);
int partner_orders_post(Request *rq);
int partner_results_get(Request *rq);
int action_platform_told(Request *rq, void *arg); /* PartnerStep */

/* --- register.c ------------------------------------------------------------------------------------------------------------- */
typedef struct Partner {
	int64_t partner_id, account_id, org_id, version;
	int key_no;
	bool active, has_token;
	const char *kind, *platform, *url; /* platform "": it is none */
} Partner;
int partner_find(Request *rq, int64_t account_id, Partner *out); /* 1, 0 none, or a code */
/* The partner of an account that is a platform, with its template: 0 or ERR_NOT_FOUND. */
int platform_of(Request *rq, int64_t account_id, Partner *out, const json_t **document);
int partners_get(Request *rq);
int partner_get(Request *rq);
int partner_put(Request *rq);
int partner_key_post(Request *rq);
int partner_messages_get(Request *rq);
int partner_message_retry(Request *rq);
int own_get(Request *rq);
int own_put(Request *rq);
int own_delete(Request *rq);
int own_key_post(Request *rq);
int own_messages_get(Request *rq);
int action_case_above(Request *rq, void *arg); /* CaseAbove */
int messages_chore(Request *rq);
int updates_chore(Request *rq);
#endif
