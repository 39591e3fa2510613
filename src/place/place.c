/* place: the room's rows in the program's tables. */
#include "place/place.h"

const Module place_module = {.name = "place"};
