/* What the files of this room share. */
#ifndef YIWANG_NOTICE_INTERNAL_H
#define YIWANG_NOTICE_INTERNAL_H
#include "notice/notice.h"

enum { NOTICE_ROUTES = 9 };
extern const Route notice_routes[NOTICE_ROUTES];

/* handlers: send.c */
int messages_post(Request *rq);
int notices_post(Request *rq);
int notice_withdraw_post(Request *rq);
/* read.c */
int notices_get(Request *rq);
int notice_get(Request *rq);
int notice_read_post(Request *rq);
int notice_receipts_get(Request *rq);
int notice_counts_get(Request *rq);
int staff_get(Request *rq);
#endif
