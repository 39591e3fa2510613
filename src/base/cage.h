/* What a process that runs foreign code over foreign bytes (database drivers, GDAL) may use. */
#ifndef YIWANG_BASE_CAGE_H
#define YIWANG_BASE_CAGE_H
#include <stdbool.h>

enum { CAGE_NONE = 3 /* exit status of a process that could not be limited */ };
/* For this process and what it executes, for good; before anything foreign is loaded. Of files it may read what programs are
 * installed from, and write the working directory and the folders linked into it. net: whether it may open sockets. 0 or -1. */
int cage_set(bool net);
#endif
