/* carrier.h: a folder of this machine, below the one that setting deliveries.folder names: ROOT/<target>/<delivery>/. Links
 * inside are not followed. */
#include "exchange/carrier.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Folder {
	FilePlace place;
	const char *path; /* of the target's folder */
	int target, fd;   /* of the target's folder; of the delivery's in it, -1 while it is missing */
} Folder;

static int failed(FilePlace *place, const char *words) {
	int errnum = errno;
	bool full = errnum == ENOSPC || errnum == EDQUOT, rights = errnum == EACCES || errnum == EPERM || errnum == EROFS;
	return error_field(place->carrier.error, full ? ERR_FULL : ERR_CONFLICT, "target_id", TEXT_NONE,
	                   full     ? "target_full"
	                   : rights ? "target_rights"
	                            : "target_folder",
	                   full     ? "Make room on the target's disk, then run the delivery again."
	                   : rights ? "Let the account of the program write to the folder, then run the delivery again."
	                            : "Look at the folder, then run the delivery again.",
	                   words, strerror(errnum));
}

static void folder_close(void *object) {
	Folder *folder = object;
	if (folder->fd >= 0) close(folder->fd);
	if (folder->target >= 0) close(folder->target);
}

static int folder_enter(int at, const char *name) {
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static const FilePlaceOps folder_ops;

/* url: folder:/root/name, as target_url gives it. */
static int folder_open(const Carrier *with, const char *url, Carrier **out) {
	Folder *folder = ARENA_NEW(with->arena, Folder);
	*folder = (Folder){.place = {.carrier = *with}, .path = strchr(url, ':') + 1, .target = -1, .fd = -1};
	const char *path = folder->path, *name = strrchr(path, '/');
	int root = open(arena_strndup(with->arena, path, (size_t)(name - path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	arena_on_free(with->arena, folder_close, folder);
	if (root >= 0) folder->target = folder_enter(root, name + 1);
	int errnum = errno;
	if (root >= 0) close(root);
	errno = errnum;
	if (folder->target < 0) return failed(&folder->place, "the folder could not be opened: %s");
	folder->fd = folder_enter(folder->target, with->name);
	if (*with->name && folder->fd < 0 && errno != ENOENT) return failed(&folder->place, "the folder could not be opened: %s");
	folder->place.ops = &folder_ops;
	*out = &folder->place.carrier;
	return 0;
}

static int folder_test(Carrier *carrier, const char **found) {
	Folder *folder = (Folder *)carrier;
	*found = folder->path;
	return faccessat(folder->target, ".", W_OK, AT_EACCESS) < 0
	           ? failed(&folder->place, "the folder could not be written to: %s")
	           : 0;
}

static int folder_list(FilePlace *place, Buf *out) {
	Folder *folder = (Folder *)place;
	int fd = folder->fd < 0 ? -1 : openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd < 0) return 0;
	DIR *files = fd < 0 ? NULL : fdopendir(fd);
	if (!files) return failed(place, "the folder could not be listed: %s");
	for (struct dirent *file; (file = readdir(files));)
		if (file->d_type != DT_DIR) buf_printf(out, "%s\n", file->d_name);
	closedir(files);
	return 0;
}

static int write_all(int fd, const char *bytes, size_t count) {
	for (size_t done = 0; done < count;) {
		ssize_t n = write(fd, bytes + done, count - done);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return -1;
		done += (size_t)n;
	}
	return 0;
}

static int copy(FilePlace *place, int from, int to, int64_t size) {
	static const size_t block = 256 << 10;
	char *bytes = arena_alloc_raw(place->carrier.arena, block);
	int code = 0;
	for (int64_t at = 0; at < size && code == 0;) {
		ssize_t n = pread(from, bytes, block, at);
		if (n <= 0) return error_set(place->carrier.error, ERR_IO, "the delivery's file could not be read");
		if (write_all(to, bytes, (size_t)n) < 0) return failed(place, "the folder could not take the file: %s");
		at += n;
		code = place->carrier.step(place->carrier.arg, at);
	}
	return code;
}

static int folder_put(FilePlace *place, const char *name, int from, Text bytes, int64_t size) {
	Folder *folder = (Folder *)place;
	if (folder->fd < 0 && mkdirat(folder->target, place->carrier.name, 0750) < 0 && errno != EEXIST)
		return failed(place, "a folder of the delivery could not be made in the folder: %s");
	if (folder->fd < 0 && (folder->fd = folder_enter(folder->target, place->carrier.name)) < 0)
		return failed(place, "the folder could not be opened: %s");
	int fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0) return failed(place, "the folder could not take the file: %s");
	int code = from >= 0                                ? copy(place, from, fd, size)
	           : write_all(fd, bytes.at, bytes.len) < 0 ? failed(place, "the folder could not take the file: %s")
	                                                    : 0;
	if (code == 0 && fsync(fd) < 0) code = failed(place, "the folder could not keep the file: %s");
	close(fd);
	return code;
}

static int folder_get(FilePlace *place, const char *name, FileSink *sink, void *arg) {
	char bytes[64 << 10];
	int fd = openat(((Folder *)place)->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), code = 0;
	if (fd < 0) return failed(place, "the folder could not give the file back: %s");
	for (ssize_t n; code == 0 && (n = read(fd, bytes, sizeof bytes)) != 0;)
		code = n < 0 ? failed(place, "the folder could not give the file back: %s") : sink(arg, bytes, (size_t)n);
	close(fd);
	return code;
}

static int folder_rename(FilePlace *place, const char *from, const char *to, bool *taken) {
	int fd = ((Folder *)place)->fd;
	/* some file systems know no rename that spares what is there */
	int done = renameat2(fd, from, fd, to, RENAME_NOREPLACE);
	if (done < 0 && (errno == EINVAL || errno == ENOSYS))
		done = faccessat(fd, to, F_OK, 0) == 0 ? (errno = EEXIST, -1) : renameat(fd, from, fd, to);
	*taken = done < 0 && errno == EEXIST;
	if (*taken) return 0;
	return done < 0 || fsync(fd) < 0 || fsync(((Folder *)place)->target) < 0
	           ? failed(place, "the folder could not take the file: %s")
	           : 0;
}

static int folder_remove(FilePlace *place, const char *name) {
	return unlinkat(((Folder *)place)->fd, name, 0) < 0 ? failed(place, "a file could not be removed from the folder: %s")
	                                                    : 0;
}

static const FilePlaceOps folder_ops = {folder_list, folder_put, folder_get, folder_rename, folder_remove};
const CarrierKind carrier_folder = {.open = folder_open, .mark = file_place_mark, .test = folder_test, .send = file_place_send};
