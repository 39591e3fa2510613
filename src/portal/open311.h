/* What the files of the Open311 door share: one call of GeoReport v2 (wiki.open311.org/GeoReport_v2), answered as XML or JSON. */
#ifndef YIWANG_PORTAL_OPEN311_H
#define YIWANG_PORTAL_OPEN311_H
#include "partner/partner.h"
#include "portal/parts.h"

typedef struct Open311 {
	Request *rq;
	bool xml;
	Text id; /* last part of the path, without .xml or .json */
} Open311;
/* Answers with a value that becomes the caller's no more. root: its name in XML; JSON has none. Members that are arrays hold
 * items of the singular name. 0. */
int open311_answer(const Open311 *call, const char *root, json_t *value);
/* [{code, description}] with that status. 0. */
int open311_refuse(const Open311 *call, int status, const char *description);
/* The same of an error that is the caller's own; others stay the dispatcher's: 0 or the code. */
int open311_fail(const Open311 *call, int code);
/* Format, id, gate: 0 go on, 1 answered, or a code. */
int open311_begin(Request *rq, Open311 *call);
json_t *open311_text(Text text);           /* null when empty */
json_t *open311_time(int64_t us);          /* ISO 8601 with zone; null when 0 */
bool open311_english(const Open311 *call); /* what the caller prefers; Chinese when nothing is said */
/* Small classes that are in use; the count or a code. */
int open311_services(const Open311 *call, const EventClass ***out);
const char *open311_title(const Open311 *call, const EventClass *service);

/* ERR_INVALID with that; message is of open311's, without advice. */
int open311_bad(const Open311 *call, const char *field, Text value, const char *message);
json_t *open311_request_json(const Open311 *call, const EventPublic *event);

/* --- open311_form.c: what is posted */
typedef struct Open311Field {
	const char *name;
	size_t at; /* of a Text */
} Open311Field;
typedef struct Open311Media {
	int count;
	Text bytes[EVENT_PHOTOS_MAX], names[EVENT_PHOTOS_MAX]; /* in the form */
} Open311Media;
/* Fields (the table ends with a NULL name) into out; media NULL: no pictures. 0, ERR_INVALID or ERR_TOO_LARGE. */
int open311_form(const Open311 *call, const Open311Field *fields, void *out, Open311Media *media);
/* rq's party is the key's account from then on ("" = the one the header named). A key of a service account that may report, named
 * by the centre as an Open311 source; a browser's session is no key. 0, ERR_UNAUTHENTICATED, ERR_FORBIDDEN. */
int open311_party(const Open311 *call, Text api_key);
/* "" none that may be seen; own: told to whoever sent it, else as the city shows pictures. */
const char *open311_media_url(Request *rq, const EventPublic *event, bool own);
bool open311_own(const Request *rq, const EventPublic *event); /* the party's own report */
int open311_told(Request *rq, void *arg);                      /* action */

/* handlers */
int open311_media(Request *rq);
int open311_discovery(Request *rq);
int open311_service_list(Request *rq);
int open311_service(Request *rq);
int open311_requests(Request *rq);
int open311_request(Request *rq);
int open311_token(Request *rq);
int open311_post(Request *rq);
int open311_update(Request *rq);
int open311_missing(Request *rq);
#endif
