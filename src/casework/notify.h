/* notify: reminders and how they leave the house. Internal to the room. */
#ifndef YIWANG_CASEWORK_NOTIFY_H
#define YIWANG_CASEWORK_NOTIFY_H
#include "casework/internal.h"
#include "notice/notice.h"

typedef struct Delivery {
	int64_t case_id, notice_no, next_us, tried_us;
	const char *channel, *target, *body;
	int attempts; /* before this one */
	bool sent;
	const char *reference; /* sms: ours of this attempt, else "" */
	char gateway_id[100];  /* sms: the gateway's, or "" */
	char detail[200];      /* receipt: the answer's status or what failed; never the body */
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

/* How the SMS gateway is asked: method get, form (fields: name=value a line) or json; {mobile} {mobile86} {text} {id} {key}
 * {secret} are put in. accept: what a good answer contains, "" any 2xx; id_after: what the gateway's message id follows in it, ""
 * none. delivered, failed: statuses of receipts, by commas; receipt_id, receipt_status: members of a posted receipt that hold the
 * message's id and its status; receipt_answer: what a posted receipt is answered with. url "": no gateway. */
typedef struct SmsGateway {
	const char *url, *method, *fields, *header, *accept, *id_after, *delivered, *failed, *receipt_id, *receipt_status,
	    *receipt_answer, *secret;
	int64_t version;
} SmsGateway;
enum { SMS_UNITS_MAX = 335 };                  /* five segments of 67 UTF-16 units */
int sms_gateway(Request *rq, SmsGateway *out); /* 1, 0 none was ever set, or a code */
void sms_send(Request *rq, Delivery *one, const SmsGateway *gateway);
/* 11 digits of a Chinese mobile number, +86, 0086, spaces and hyphens taken off; NULL when it is none. */
const char *mobile_normal(Request *rq, Text given);
int sms_segments(const char *text);                  /* of UCS-2: one to 70 units, else 67 each */
const char *sms_text(Request *rq, const char *text); /* cut with … to SMS_UNITS_MAX */
const char *sms_key(Request *rq);                    /* that receipts carry; 64 hex digits, as webhook_key */
const char *sms_reference(Request *rq, const Delivery *one);
void sms_show(Request *rq, const SmsGateway *gateway);
int sms_put(Request *rq);
int sms_test(Request *rq);
int sms_receipt(Request *rq);
int sms_receipts(Request *rq);
int sms_receipts_chore(Request *rq);

/* In the write of an action that presses: those whose turn it is are told, outside by the channels that are set and in the
 * program by a notice. */
int case_press(Request *rq, const Case *row, const ProcessAction *action, const char *note);

/* tell.c: notices in the program to the people of sides (SIDE_TURN: whose turn it is). */
int case_tell(Request *rq, const Case *row, int sides, NoticeWords title, NoticeWords body);
int case_tell_pressed(Request *rq, const Case *row, const ProcessAction *action, const char *note);
typedef struct CaseMoved {
	int from, side;       /* the state before; who did it */
	int64_t supplier_org; /* whose it was before */
	const char *note;
} CaseMoved;
/* What an action that moved the case says to those who did not do it and have to know. */
int case_tell_moved(Request *rq, const Case *row, const ProcessAction *action, const CaseMoved *moved);

int notifier_start(App *app, Error *error);
void notifier_stop(App *app);
int notices_show(Request *rq, int64_t case_id); /* "deliveries": […] into the open object */
int addresses_get(Request *rq);
int addresses_put(Request *rq);
int notify_get(Request *rq);
#endif
