/* emergency: declared emergency duty (应急值守): the one time when the positions of named people on site are recorded, with a
 * basis, a term and evidence of who declared it, who switched it on and who looked. Outside it no position is kept but that of a
 * report. */
#ifndef YIWANG_EMERGENCY_EMERGENCY_H
#define YIWANG_EMERGENCY_EMERGENCY_H
#include "core/core.h"

extern const Module emergency_module;
#endif
