/* hotline: the 12345 line: calls, callers, knowledge, call-backs, shifts. */
#ifndef YIWANG_HOTLINE_HOTLINE_H
#define YIWANG_HOTLINE_HOTLINE_H
#include "event/event.h"

extern const Module hotline_module;
#endif
