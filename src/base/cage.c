/* cage.h: resource limits, no new privileges, death with the server, no sockets where none are needed, and, where the kernel has
 * Landlock (5.13, Debian 12's has), files: what programs are installed from is readable, the working directory and the folders
 * linked into it are writable, and nothing else is there, the state directory's keys and database above all. One thread, at the
 * process's start. */
#include "base/cage.h"
#include <dirent.h>
#include <fcntl.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- resources ---------------------------------------------------------------------------------------------------------------
 */

static const struct {
	int what;
	rlim_t most;
} limits[] = {
    {RLIMIT_CORE, 0},
    {RLIMIT_CPU, 4 * 3600},
    {RLIMIT_FSIZE, (rlim_t)64 << 30},
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they map terabytes */
    {RLIMIT_AS, (rlim_t)1 << 30},
#endif
    {RLIMIT_NOFILE, 64},
};

static int resources_limit(void) {
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct rlimit value = {0, 0};
		if (getrlimit((__rlimit_resource_t)limits[i].what, &value) != 0) return -1;
		if (value.rlim_max > limits[i].most) value.rlim_max = limits[i].most;
		value.rlim_cur = value.rlim_max;
		if (setrlimit((__rlimit_resource_t)limits[i].what, &value) != 0) return -1;
	}
	return 0;
}

/* --- files -------------------------------------------------------------------------------------------------------------------
 */

#define MAY_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
#define MAY_WRITE                                                                                                                \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                        \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR)
#define GOVERNED                                                                                                                 \
	(MAY_READ | MAY_WRITE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |     \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define OF_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE)

/* What is not there, or is no folder where one is meant, gives no right. */
static void allow(int rules, int at, const char *path, uint64_t access) {
	struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = openat(at, path, O_PATH | O_CLOEXEC)};
	if (beneath.parent_fd < 0) return;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0) { /* a file takes fewer rights */
		beneath.allowed_access &= OF_A_FILE;
		syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	}
	close(beneath.parent_fd);
}

/* The working directory, and what the operator linked into it. */
static void allow_folder(int rules) {
	DIR *folder = opendir(".");
	struct dirent *entry;
	allow(rules, AT_FDCWD, ".", MAY_READ | MAY_WRITE);
	while (folder && (entry = readdir(folder)))
		if (entry->d_type == DT_LNK) allow(rules, dirfd(folder), entry->d_name, MAY_READ | MAY_WRITE);
	if (folder) closedir(folder);
}

static int files_limit(void) {
	static const char *const readable[] = {"/usr",
	                                       "/lib",
	                                       "/lib64",
	                                       "/bin",
	                                       "/opt",
	                                       "/etc",
	                                       "/run/systemd/resolve",
	                                       "/run/resolvconf",
	                                       "/proc/self",
	                                       "/proc/cpuinfo",
	                                       "/proc/meminfo",
	                                       "/sys/devices/system/cpu"};
	static const char *const named[] = {"ODBCSYSINI", "ODBCINSTINI"};
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"};
	const struct landlock_ruleset_attr governed = {.handled_access_fs = GOVERNED};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &governed, sizeof governed, 0);
	if (rules < 0) return 0; /* a kernel without Landlock, or a filter that does not let it be asked */
	for (size_t i = 0; i < sizeof readable / sizeof *readable; i++)
		allow(rules, AT_FDCWD, readable[i], MAY_READ);
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
		allow(rules, AT_FDCWD, devices[i], LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (getenv(named[i])) allow(rules, AT_FDCWD, getenv(named[i]), MAY_READ);
	allow_folder(rules);
	int code = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
	return code;
}

/* --- sockets ---------------------------------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "say which audit architecture this is"
#endif

/* Neither socket nor io_uring, which makes sockets too; calls of another architecture or of x32 would have other numbers. */
static int sockets_forbid(void) {
	struct sock_filter rules[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 0, 4),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 2, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof rules / sizeof *rules, .filter = rules};
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int cage_set(bool net) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || files_limit() != 0) return -1;
	if (!net && sockets_forbid() != 0) return -1;
	return resources_limit();
}

int cage_spawn(const CageStart *start, pid_t *pid) {
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	const char *const says[] = {start->out, start->err};
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_addchdir_np(&files, start->folder);
	if (start->fd_there) posix_spawn_file_actions_adddup2(&files, start->fd, start->fd_there);
	posix_spawn_file_actions_addclosefrom_np(&files, start->fd_there ? start->fd_there + 1 : 3);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	for (int i = 0; i < 2; i++)
		posix_spawn_file_actions_addopen(&files, i + 1, says[i] ? says[i] : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC,
		                                 0600);
	int failed = posix_spawn(pid, "/proc/self/exe", &files, &attributes, start->arguments, start->environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return failed;
}
