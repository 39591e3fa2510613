/* cascade: other nodes of Yiwang, above and below (省—市—县) or a department's front node: who they are, their catalogue as
 * signed batches, and rows of granted resources both ways, exactly once, over a network that breaks
 * (docs/decisions/0015-cascade.md). */
#ifndef YIWANG_CASCADE_CASCADE_H
#define YIWANG_CASCADE_CASCADE_H
#include "exchange/exchange.h"
#include "cascade/frame.h"
#include "cascade/headers.h"
extern const Module cascade_module;
#endif
