/* What a process in the cage may no longer do: sockets, files beyond its folder. In a child each, since it is for good. */
#include "base/base.h"
#include "base/cage.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* Bits of what went wrong in the cage. */
static int caged(bool net) {
	char folder[] = "/tmp/yiwang-cage-XXXXXX";
	int status = 0;
	assert_non_null(mkdtemp(folder));
	pid_t pid = fork();
	if (pid == 0) {
		if (chdir(folder) != 0 || cage_set(net) != 0) _exit(CAGE_NONE);
		int wrong = (socket(AF_INET, SOCK_STREAM, 0) >= 0) == net ? 0 : 16;
		if (open("own", O_CREAT | O_WRONLY, 0600) < 0) wrong |= 32;
		if (access("/usr/bin/env", R_OK) != 0 || open("/usr/bin/env", O_RDONLY) < 0) wrong |= 64;
		_exit(wrong);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(strcat(strcpy((char[64]){0}, folder), "/own"));
	rmdir(folder);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void sockets(void **state) {
	assert_int_equal(caged(false), 0);
	assert_int_equal(caged(true), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(sockets)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
