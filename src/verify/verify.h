/* verify: records in doubt are verified on site (比对核查): sent to the officer of their grid, answered there, corrected through
 * an order to the supplier. */
#ifndef YIWANG_VERIFY_VERIFY_H
#define YIWANG_VERIFY_VERIFY_H
#include "form/form.h"

extern const Module verify_module;
#endif
