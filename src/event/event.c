/* event: the room's rows in the program's tables. */
#include "event/event.h"

const Module event_module = {.name = "event"};
