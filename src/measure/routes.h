/* The room's table of routes. Private to measure. */
#ifndef YIWANG_MEASURE_ROUTES_H
#define YIWANG_MEASURE_ROUTES_H
#include "measure/parts.h"
enum { MEASURE_ROUTES = 23 };
extern const Route measure_routes[MEASURE_ROUTES];
#endif
