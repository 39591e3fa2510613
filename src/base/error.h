/* Errors are values: a function returns 0 (or a count) or a negative code; the first failure of a unit of work
 * records one message in its Error, callers pass the code up, only the dispatcher renders it. */
#ifndef YIWANG_BASE_ERROR_H
#define YIWANG_BASE_ERROR_H
#include "base/text.h"

/* X(code, http status, stable name used in problem+json "type" and `yiwang` output) */
#define ERROR_CODES(X)                                                                                                           \
	X(ERR_INVALID, 400, "invalid") /* the input breaks a rule that the message names */                                      \
	X(ERR_UNAUTHENTICATED, 401, "unauthenticated")                                                                           \
	X(ERR_FORBIDDEN, 403, "forbidden")                                                                                       \
	X(ERR_NOT_FOUND, 404, "not-found")                                                                                       \
	X(ERR_METHOD, 405, "method-not-allowed")                                                                                 \
	X(ERR_CONFLICT, 409, "conflict") /* version moved, duplicate, wrong state */                                             \
	X(ERR_GONE, 410, "gone")         /* expired or withdrawn */                                                              \
	X(ERR_TOO_LARGE, 413, "too-large")                                                                                       \
	X(ERR_MEDIA, 415, "unsupported-media")                                                                                   \
	X(ERR_HEADERS, 431, "headers-too-large")                                                                                 \
	X(ERR_QUOTA, 429, "quota")                                                                                               \
	X(ERR_CANCELLED, 499, "cancelled")                                                                                       \
	X(ERR_INTERNAL, 500, "internal") /* a bug */                                                                             \
	X(ERR_IO, 500, "io")             /* disk or network failed */                                                            \
	X(ERR_FULL, 507, "storage-full")                                                                                         \
	X(ERR_BUSY, 503, "busy")           /* queue full or store away: try again */                                             \
	X(ERR_GATEWAY, 502, "bad-gateway") /* another server answered what does not fit */                                       \
	X(ERR_TIMEOUT, 504, "timeout")                                                                                           \
	X(ERR_RETRY, 503, "retry")         /* serialization failure: the store reruns the work, callers never see it */          \
	X(ERR_LEASE, 503, "lease")         /* needs a read connection: the dispatcher runs it again with one */                  \
	X(ERR_ELSEWHERE, 503, "elsewhere") /* waits for another server: runs again on a thread that may; callers never see it */

enum {
	ERR_BASE = -1000,
#define X(code, status, name) code,
	ERROR_CODES(X)
#undef X
};

typedef struct Error {
	int code;          /* 0 = none yet */
	char message[512]; /* one sentence for a person: what happened and what to do */
	char field[64];    /* the input field it is about, or "" */
	char value[128];   /* the offending value, cut, or "" */
	char rule[64];     /* the rule's stable name, or "" */
	char advice[256];  /* what to do next, or "" */
} Error;

/* Records code and message unless the Error already holds one; returns code (or the earlier one). */
int error_set(Error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for one input field. value is copied cut to fit at a character border; advice may be NULL. */
int error_field(Error *error, int code, const char *field, Text value, const char *rule, const char *advice, const char *format,
                ...) __attribute__((format(printf, 7, 8)));
void error_clear(Error *error);
int error_status(int code);       /* HTTP status */
const char *error_name(int code); /* "invalid", … */
#endif
