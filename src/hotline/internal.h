/* What the files of this room share. */
#ifndef YIWANG_HOTLINE_INTERNAL_H
#define YIWANG_HOTLINE_INTERNAL_H
#include "hotline/hotline.h"
#include <stdlib.h>

enum { HOTLINE_ROUTES = 6 };
extern const Route hotline_routes[HOTLINE_ROUTES];

/* call.c: handlers */
int calls_post(Request *rq);
int calls_get(Request *rq);
int call_get(Request *rq);
int calls_by_number(Request *rq);
int call_event_post(Request *rq);
int call_end_post(Request *rq);
#endif
