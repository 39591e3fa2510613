/* hotline: the 12345 line: calls, callers, knowledge, call-backs, shifts. */
#ifndef YIWANG_HOTLINE_HOTLINE_H
#define YIWANG_HOTLINE_HOTLINE_H
#include "event/event.h"

extern const Module hotline_module;

/* --- shifts (shift.c), for files of them ------------------------------------------------------------------------------------ */
typedef struct ShiftPut {
	Text desk, reach;
	int64_t account_id, begin_us, end_us;
	int rank; /* 1 is on duty, 2 and on are called after */
} ShiftPut;
/* Whether this person has this very shift already: 1, 0, or a code. */
int shift_there(Request *rq, const ShiftPut *shift);
/* In a write: 1 it was made, 0 it was there, or a code. */
int shift_put(Request *rq, const ShiftPut *shift);
/* An active person by login, or by a name that only one has. 0, ERR_INVALID at `field`. */
int shift_person_find(Request *rq, const char *field, Text who, int64_t *account_id);
#endif
