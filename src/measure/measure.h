/* measure: the inventory of information systems, the standing checks and their findings, the two lists of sharing, and the
 * assessment of departments. Reads what the rooms below keep; what is to be mended is asked for by the action "order.open". */
#ifndef YIWANG_MEASURE_MEASURE_H
#define YIWANG_MEASURE_MEASURE_H
#include "exchange/exchange.h"
extern const Module measure_module, assess_module;

/* Arg of the action "order.open" (a room with correction orders registers it), in a write: opens an order for what a finding
 * shows. Out: the case and its number. While nobody has registered it, findings have only their own answer and close. */
typedef struct OrderOpen {
	int64_t org_id, resource_id; /* who is to mend it; resource 0 = none */
	const char *source;          /* "finding" */
	int64_t source_id;           /* finding_id */
	const char *title, *text;    /* what is to be mended */
	int64_t case_id;             /* out */
	const char *number;          /* out, in rq->arena */
} OrderOpen;
#endif
