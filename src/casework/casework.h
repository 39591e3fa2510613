/* casework: pieces of work with a clock, a turn and a history: processes from packs, cases, working time, one inbox. */
#ifndef YIWANG_CASEWORK_CASEWORK_H
#define YIWANG_CASEWORK_CASEWORK_H
#include "record/record.h"

extern const Module casework_module;
#endif
