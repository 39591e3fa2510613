/* exchange: uploads, sources, readers of outside formats, load jobs, reconciliation, batch receipts, mending. */
#ifndef YIWANG_EXCHANGE_EXCHANGE_H
#define YIWANG_EXCHANGE_EXCHANGE_H
#include "record/record.h"
extern const Module exchange_module;
#endif
