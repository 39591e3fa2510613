/* What the files of this room share. */
#ifndef YIWANG_PARTNER_INTERNAL_H
#define YIWANG_PARTNER_INTERNAL_H
#include "partner/partner.h"
#include <stdlib.h>

enum { PARTNER_MIGRATIONS = 1, PARTNER_ROUTES = 11, ADDRESS_MAX = 500 };
extern const Migration partner_migrations[PARTNER_MIGRATIONS];
extern const Route partner_routes[PARTNER_ROUTES];

/* --- pump.c: the room's one thread ------------------------------------------------------------------------------------------ */
int pump_start(App *app, Error *error);
void pump_stop(App *app);
/* In a write: from now on what happens to cases is looked at. */
int pump_begin(Request *rq);

/* --- send.c ---------------------------------------------------------------------------------------------------------------- */
typedef struct Outgoing { /* one try of one message */
	int64_t message_id, partner_id, case_id, event_no, tried_us, made_us;
	int key_no, attempts, failures; /* before this one: of the message; of the partner, one after the other */
	const char *url, *body, *token;
	bool sent, gone;  /* gone: the receiver cannot be reached or has no time, so other messages need not be tried either */
	char detail[200]; /* the answer's status or what failed; never the body */
} Outgoing;
void send_begin(void);
/* Up to 8 s; sets sent, gone and detail. Not in a write. */
void message_send(Request *rq, Outgoing *one);
/* 64 hex digits derived from the city's secret: the same in all its processes; another key_no is another key. */
const char *partner_key(Request *rq, int64_t partner_id, int key_no);
/* Where messages may be posted: 0, or ERR_INVALID at "url". Names are resolved when they are called. */
int address_check(Request *rq, Text url);
bool networks_good(Text list); /* setting partner.networks */

/* --- register.c ------------------------------------------------------------------------------------------------------------- */
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
int messages_chore(Request *rq);
int updates_chore(Request *rq);
#endif
