/* notice: messages between people and notices to organisations and roles, with read receipts; who can be written to. */
#ifndef YIWANG_NOTICE_NOTICE_H
#define YIWANG_NOTICE_NOTICE_H
#include "people/people.h"

extern const Module notice_module;

enum { NOTICE_TITLE_MAX = 100, NOTICE_BODY_MAX = 4000, NOTICE_PEOPLE_MAX = 50, NOTICE_READERS_MAX = 20000 };
#endif
