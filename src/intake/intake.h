/* intake: events of other systems brought in from their files, by a job; shifts from a file. */
#ifndef YIWANG_INTAKE_INTAKE_H
#define YIWANG_INTAKE_INTAKE_H
#include "core/core.h"

extern const Module intake_module;
#endif
