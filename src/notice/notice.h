/* notice: messages between people and notices to organisations and roles, with read receipts; who can be written to. */
#ifndef YIWANG_NOTICE_NOTICE_H
#define YIWANG_NOTICE_NOTICE_H
#include "people/people.h"

extern const Module notice_module;

enum { NOTICE_TITLE_MAX = 100, NOTICE_BODY_MAX = 4000, NOTICE_PEOPLE_MAX = 50, NOTICE_READERS_MAX = 20000 };

/* A notice from the program itself: to people of the organisations (ids) in one of the roles (bits), to everybody in one of the
 * roles of `also`, and to accounts (those not active are passed over). about: a page of this program, or "". */
typedef struct NoticeWords {
	const char *zh, *en;
} NoticeWords;
typedef struct ProgramNotice {
	NoticeWords title, body;
	const char *about;
	const int64_t *orgs;
	size_t org_count;
	uint64_t roles, also;
	const int64_t *accounts;
	size_t account_count;
} ProgramNotice;
/* In a write. The number of its readers (0: nobody is of these, nothing is sent), or a code. */
int64_t notice_by_program(Request *rq, const ProgramNotice *notice);
#endif
