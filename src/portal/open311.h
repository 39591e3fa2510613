/* What the files of the Open311 door share: one call of GeoReport v2 (wiki.open311.org/GeoReport_v2), answered as XML or JSON. */
#ifndef YIWANG_PORTAL_OPEN311_H
#define YIWANG_PORTAL_OPEN311_H
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

/* handlers */
int open311_discovery(Request *rq);
int open311_service_list(Request *rq);
int open311_service(Request *rq);
int open311_requests(Request *rq);
int open311_request(Request *rq);
int open311_token(Request *rq);
int open311_post(Request *rq);
int open311_missing(Request *rq);
#endif
