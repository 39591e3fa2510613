/* measure: the inventory of information systems, the standing checks and their findings, the two lists of sharing, and the
 * assessment of departments. Reads what the rooms below keep; what is to be mended becomes a case of casework. */
#ifndef YIWANG_MEASURE_MEASURE_H
#define YIWANG_MEASURE_MEASURE_H
#include "exchange/exchange.h"
extern const Module measure_module, assess_module;
#endif
