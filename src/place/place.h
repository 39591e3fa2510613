/* place: coordinate systems, areas (市—镇—村—网格) with their versions, who is on duty in them, addresses, tiles. */
#ifndef YIWANG_PLACE_PLACE_H
#define YIWANG_PLACE_PLACE_H
#include "notice/notice.h"

extern const Module place_module;
#endif
