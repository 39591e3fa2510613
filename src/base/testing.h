/* testing: a folder of a test's own, in TMPDIR where it is set (tools/test.sh). Included by tests only. */
#ifndef YIWANG_BASE_TESTING_H
#define YIWANG_BASE_TESTING_H
#include <stdio.h>
#include <stdlib.h>

/* The path is written to out. NULL when there is no such folder. */
static inline char *folder_for_test(char *out, size_t size, const char *name) {
	const char *where = getenv("TMPDIR");
	int length = snprintf(out, size, "%s/yiwang-%s-XXXXXX", where && *where ? where : "/tmp", name);
	return length < 0 || (size_t)length >= size ? NULL : mkdtemp(out);
}
#endif
