/* hotline: the room's rows in the program's tables. */
#include "hotline/hotline.h"

const Module hotline_module = {.name = "hotline"};
