/* notice: messages between people and notices to organisations and roles, with read receipts; who can be written to. */
#ifndef YIWANG_NOTICE_NOTICE_H
#define YIWANG_NOTICE_NOTICE_H
#include "people/people.h"

extern const Module notice_module;

enum { NOTICE_TITLE_MAX = 100, NOTICE_BODY_MAX = 4000, NOTICE_PEOPLE_MAX = 50, NOTICE_READERS_MAX = 20000 };
/* In a write: a notice of the program itself to these accounts (those not active are passed over), or, without accounts, to those
 * of an organisation with one of the roles (bits). about: address of a page, or "". Nobody there: nothing is sent. */
typedef struct NoticeTell {
	const int64_t *accounts;
	int count;
	int64_t org_id;
	uint64_t roles;
	const char *title, *body, *about;
} NoticeTell;
int notice_tell(Request *rq, const NoticeTell *what);
#endif
