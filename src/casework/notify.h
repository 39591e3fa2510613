/* notify: reminders and how they leave the house. Internal to the room. */
#ifndef YIWANG_CASEWORK_NOTIFY_H
#define YIWANG_CASEWORK_NOTIFY_H
#include "casework/internal.h"

typedef struct Delivery {
	int64_t case_id, notice_no, next_us, tried_us;
	const char *channel, *target, *body;
	int attempts; /* before this one */
	bool sent;
	char detail[200]; /* receipt: the answer's status or what failed; never the body */
} Delivery;
/* Try once, up to 15 s; sets sent and detail. Outside writes. The webhook's body is signed: header Yiwang-Signature:
 * t=<unix seconds>,v1=<hex HMAC-SHA-256 of "<t>.<body>" under webhook_key>. */
void webhook_send(Request *rq, Delivery *one);
void mail_send(Request *rq, Delivery *one, const char *server, const char *from);
/* 64 hex digits derived from keys/secret.bin: the same in all processes of a city. */
const char *webhook_key(Request *rq);
/* The body by the template: {text} {number} {kind} {state} {case_id} and {mobiles} {mails} (comma-separated) are put in, as JSON
 * text without quotes; "" gives all of `values` as JSON. */
const char *notify_body(Request *rq, const char *template, const json_t *values);
void senders_start(void);

int notifier_start(App *app, Error *error);
void notifier_stop(App *app);
int notices_show(Request *rq, int64_t case_id); /* "deliveries": […] into the open object */
int addresses_get(Request *rq);
int addresses_put(Request *rq);
int notify_get(Request *rq);
#endif
