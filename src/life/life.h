/* life: lineage of fields, who a change of an entry hits, retention periods and reviewed destruction. */
#ifndef YIWANG_LIFE_LIFE_H
#define YIWANG_LIFE_LIFE_H
#include "exchange/exchange.h"
extern const Module life_module;
#endif
