/* notice: messages between people and notices to organisations and roles, with read receipts; who can be written to. */
#ifndef YIWANG_NOTICE_NOTICE_H
#define YIWANG_NOTICE_NOTICE_H
#include "people/people.h"

extern const Module notice_module;

/* In a write: the program's own message to one person: what came of something he began. about: a page of the console, or "". 0 or
 * a code; who is no active person is not written to. */
int notice_tell(Request *rq, int64_t account_id, const char *title, const char *body, const char *about);

enum { NOTICE_TITLE_MAX = 100, NOTICE_BODY_MAX = 4000, NOTICE_PEOPLE_MAX = 50, NOTICE_READERS_MAX = 20000 };
#endif
