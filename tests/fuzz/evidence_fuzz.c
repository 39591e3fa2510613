/* Fuzz target: the offline verifier's reading of exports and of trusted files. First byte odd: the rest is a trusted file
 * (checkpoint lines or a key) beside an empty export; even: the rest is an export. Whatever comes in, the verifier answers and
 * its JSON parses. */
#include "evidence/evidence.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void path_of(const void *bytes, size_t size, int *fd, char out[32]) {
	*fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (*fd < 0 || write(*fd, bytes, size) != (ssize_t)size) abort();
	snprintf(out, 32, "/proc/self/fd/%d", *fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) return 0;
	bool trusted = data[0] & 1;
	char export_path[32], trusted_path[32];
	int export_fd, trusted_fd = -1;
	path_of(trusted ? (const uint8_t *)"YWEVEXP1" : data + 1, trusted ? 8 : size - 1, &export_fd, export_path);
	if (trusted) path_of(data + 1, size - 1, &trusted_fd, trusted_path);
	for (int as_json = 0; as_json < 2; as_json++) {
		Buf report = {0};
		Error error = {0};
		int code = evidence_verify(export_path, trusted ? trusted_path : NULL, &report, as_json, &error);
		if ((code == 0) != (error.code == 0)) abort();
		json_error_t where;
		json_t *root = as_json && report.len ? json_loadb(report.at, report.len, 0, &where) : NULL;
		if (as_json && report.len && !root) abort();
		json_decref(root);
		buf_free(&report);
	}
	close(export_fd);
	if (trusted) close(trusted_fd);
	return 0;
}
