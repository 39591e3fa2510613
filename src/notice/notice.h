/* notice: notices and messages between people of the city, with read receipts. */
#ifndef YIWANG_NOTICE_NOTICE_H
#define YIWANG_NOTICE_NOTICE_H
#include "people/people.h"

extern const Module notice_module;
#endif
