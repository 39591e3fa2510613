/* compare: the records of two entries are compared with each other (信息比对): matched by keys, their fields compared, each
 * difference a doubt that can be verified on site (docs/decisions/0041). */
#ifndef YIWANG_COMPARE_COMPARE_H
#define YIWANG_COMPARE_COMPARE_H
#include "verify/verify.h"

extern const Module compare_module;
#endif
