/* event: what happens in the city: classes, intake, filing, dispatch, duplicates, statistics. */
#ifndef YIWANG_EVENT_EVENT_H
#define YIWANG_EVENT_EVENT_H
#include "casework/casework.h"

extern const Module event_module;
#endif
