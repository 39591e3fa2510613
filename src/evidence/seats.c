/* Seats: which process owns which streams of a state directory (see parts.h). The lock is flock on DIR/evidence/seat-<n>.lock, so
 * it ends with its process; the file's time is touched at each taking, which tells a seat left again from one already settled.
 * Thread: seat_take at start, seats_settle under seal_lock. */
#include "evidence/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void seat_path(const Evidence *evidence, int seat, char out[PATH_LEN_MAX]) {
	snprintf(out, PATH_LEN_MAX, "%.*s/seat-%d.lock", PATH_LEN_MAX - 32, evidence->root, seat);
}

/* The locked descriptor, -1 when somebody holds it or it cannot be opened. */
static int seat_lock(const Evidence *evidence, int seat, bool create) {
	char path[PATH_LEN_MAX];
	seat_path(evidence, seat, path);
	int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int64_t touched(int fd) {
	struct stat status;
	return fstat(fd, &status) == 0 ? (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec : 0;
}

static int open_pair(const Evidence *evidence, int seat, Stream **reads, Stream **writes, Error *error) {
	char name[STREAM_NAME_MAX];
	snprintf(name, sizeof name, "r%d.%s", seat, evidence->directory);
	int code = stream_open(reads, evidence->root, name, NULL, error);
	name[0] = 'w';
	if (code == 0) code = stream_open(writes, evidence->root, name, NULL, error);
	if (code) {
		stream_close(*reads);
		*reads = NULL;
	}
	return code;
}

int seat_take(Evidence *evidence, Error *error) {
	for (int seat = 0; seat < SEATS_MAX; seat++) {
		int fd = seat_lock(evidence, seat, true);
		if (fd < 0) continue;
		futimens(fd, NULL);
		evidence->seat = seat;
		evidence->seat_fd = fd;
		return open_pair(evidence, seat, &evidence->reads, &evidence->writes, error);
	}
	return error_set(error, ERR_BUSY,
	                 "no seat is free under %s: at most %d processes share a state directory, and it must be writable",
	                 evidence->root, SEATS_MAX);
}

static int settle(Evidence *evidence, int seat, Error *error) {
	Stream *reads = NULL, *writes = NULL;
	int code = open_pair(evidence, seat, &reads, &writes, error);
	if (code) return code;
	uint64_t none[2] = {0};
	code = outbox_move(evidence, writes, error);
	if (code == 0) code = head_publish(evidence, reads, &none[0], error);
	if (code == 0) code = head_publish(evidence, writes, &none[1], error);
	stream_close(reads);
	stream_close(writes);
	return code;
}

int seats_settle(Evidence *evidence, Error *error) {
	int code = 0;
	for (int seat = 0; seat < SEATS_MAX && code == 0; seat++) {
		int fd = seat == evidence->seat ? -1 : seat_lock(evidence, seat, false);
		if (fd < 0) continue;
		int64_t at = touched(fd);
		if (at != evidence->settled[seat]) {
			code = settle(evidence, seat, error);
			if (code == 0) evidence->settled[seat] = at;
		}
		close(fd);
	}
	return code;
}
