/* Proposals of fields over HTTP. */
#ifndef YIWANG_EXCHANGE_PROPOSE_H
#define YIWANG_EXCHANGE_PROPOSE_H
#include "core/core.h"
int propose_upload(Request *rq); /* POST /uploads/{id}/propose */
int propose_source(Request *rq); /* POST /sources/{id}/propose */
#endif
