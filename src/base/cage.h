/* What a process that runs foreign code over foreign bytes (database drivers, GDAL) may use. */
#ifndef YIWANG_BASE_CAGE_H
#define YIWANG_BASE_CAGE_H
#include <stdbool.h>
#include <sys/types.h>

enum { CAGE_NONE = 3 /* exit status of a process that could not be limited */ };
/* For this process and what it executes, for good; before anything foreign is loaded. Of files it may read what programs are
 * installed from, and write the working directory and the folders linked into it. net: whether it may open sockets. 0 or -1. */
int cage_set(bool net);

/* A command of this program ("yiwang ogr-child …") that runs in a process of its own and calls cage_set first. */
typedef struct CageStart {
	const char *folder; /* its working directory */
	char *const *arguments, *const *environment;
	const char *out, *err; /* files of the folder that take what it says; NULL: nowhere */
	int fd, fd_there;      /* it gets our descriptor fd under this other number; 0: none. No other above 2 is open there */
} CageStart;
/* 0 and its pid, or an errno. Signals are as at a program's start. */
int cage_spawn(const CageStart *start, pid_t *pid);
#endif
