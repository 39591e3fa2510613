/* Evidence under load, beside its peer in the same run. One JSON line a work on stdout; the figures' story on stderr.
 *
 * evidence append: entries whose caller waits for the disk, WINDOW of them in flight as suspended answers are; peer: a plain file
 * that gets the same bytes by one write and one fdatasync a batch, the batch being as large as our observed group. evidence
 * verify: an export of a million entries checked offline; peer: sha256sum of the same file (hashing alone, nothing checked).
 * Usage: evidence_bench [FOLDER]: where the files go, a real disk; default the current folder. */
#include "evidence/evidence_testing.h"
#include <stdatomic.h>

enum { WINDOW = 512, APPENDS = 300000, VERIFY_ENTRIES = 1000000, CHECKPOINT_EVERY = 20000 };

static void line(const char *work, double ours, double peer, const char *peer_name, double target, bool ok) {
	printf("{\"work\":\"%s\",\"ours\":%.0f,\"peer\":%.0f,\"peer_name\":\"%s\",\"unit\":\"entries/"
	       "s\",\"ratio\":%.2f,\"target\":%.0f,\"ok\":%s}\n",
	       work, ours, peer, peer_name, ours / peer, target, ok ? "true" : "false");
	fflush(stdout);
}

static void quit(const char *what) {
	fprintf(stderr, "evidence_bench: %s\n", what);
	exit(1);
}

/* --- append ------------------------------------------------------------------------------------------------------------ */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;
static int in_flight, done_count, groups, last_group_end;

static void on_disk(void *arg, int result) {
	if (result) quit("an append failed");
	pthread_mutex_lock(&lock);
	in_flight--;
	done_count++;
	uint64_t synced = ((Evidence *)arg)->reads->synced.count;
	if ((int)(synced & 0x7fffffff) != last_group_end) {
		last_group_end = (int)(synced & 0x7fffffff);
		groups++;
	}
	pthread_cond_signal(&room);
	pthread_mutex_unlock(&lock);
}

static double append_rate(TestEvidence *test) {
	int64_t start = clock_monotonic_us();
	for (int i = 0; i < APPENDS; i++) {
		pthread_mutex_lock(&lock);
		while (in_flight == WINDOW)
			pthread_cond_wait(&room, &lock);
		in_flight++;
		pthread_mutex_unlock(&lock);
		EvidenceEntry entry = evidence_test_entry(test, "service.reader", "record.read", "{\"fields\":12}");
		if (evidence_append_durable(test->evidence, &entry, on_disk, test->evidence)) quit("an append was refused");
	}
	pthread_mutex_lock(&lock);
	while (in_flight > 0)
		pthread_cond_wait(&room, &lock);
	pthread_mutex_unlock(&lock);
	return APPENDS * 1e6 / (double)(clock_monotonic_us() - start);
}

static double naive_rate(const char *folder, int batch) {
	char path[PATH_LEN_MAX];
	snprintf(path, sizeof path, "%s/evidence-bench-naive", folder);
	uint8_t body[BODY_MAX];
	TestEvidence test = {.clock = clock_now_us()};
	EvidenceEntry entry = evidence_test_entry(&test, "service.reader", "record.read", "{\"fields\":12}");
	size_t frame = entry_encode(&entry, body) + FRAME_EXTRA, size = frame * (size_t)batch;
	char *bytes = calloc(1, size);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || !bytes) quit("no file for the peer");
	int64_t start = clock_monotonic_us(), count = 0;
	while (count < APPENDS && clock_monotonic_us() - start < 5000000) {
		if (write(fd, bytes, size) != (ssize_t)size || fdatasync(fd) != 0) quit("the peer could not write");
		count += batch;
	}
	double rate = (double)count * 1e6 / (double)(clock_monotonic_us() - start);
	close(fd);
	unlink(path);
	free(bytes);
	return rate;
}

/* --- verify ------------------------------------------------------------------------------------------------------------ */

static void fill(TestEvidence *test) {
	Error error = {0};
	for (int i = 1; i <= VERIFY_ENTRIES; i++) {
		EvidenceEntry entry = evidence_test_entry(test, "service.reader", "record.read", "{\"fields\":12}");
		if (evidence_append(test->evidence, &entry)) quit("an append was refused");
		if (i % CHECKPOINT_EVERY == 0 && evidence_seal(test->evidence, true, NULL, NULL, &error)) quit(error.message);
	}
}

static double sha256_rate(const char *path, int64_t entries) {
	char command[PATH_LEN_MAX + 40];
	snprintf(command, sizeof command, "sha256sum %s >/dev/null", path);
	int64_t start = clock_monotonic_us();
	if (system(command) != 0) quit("no sha256sum");
	return (double)entries * 1e6 / (double)(clock_monotonic_us() - start);
}

static void bench_verify(TestEvidence *test, const char *folder) {
	char path[PATH_LEN_MAX];
	Error error = {0};
	Buf report = {0};
	snprintf(path, sizeof path, "%s/evidence-bench.yw", folder);
	fill(test);
	int64_t entries = evidence_test_export(test, 0, INT64_MAX, path);
	double peer = sha256_rate(path, entries);
	int64_t start = clock_monotonic_us();
	int code = evidence_verify(path, NULL, &report, false, &error);
	double rate = (double)entries * 1e6 / (double)(clock_monotonic_us() - start);
	if (code) quit(error.message);
	fprintf(stderr, "verify: %lld entries, %d checkpoints\n", (long long)entries, VERIFY_ENTRIES / CHECKPOINT_EVERY);
	line("evidence verify", rate, peer, "sha256sum of the same file", 1e6, rate >= 1e6);
	buf_free(&report);
	unlink(path);
}

int main(int argc, char **argv) {
	const char *folder = argc > 1 ? argv[1] : ".";
	Error error = {0};
	TestEvidence test = {.clock = clock_now_us() - INT64_C(3600000000)};
	store_for_test(&test.store, STORE_SQLITE, evidence_module.migrations, evidence_module.migration_count);
	snprintf(test.dir, sizeof test.dir, "%.40s/evidence-bench-XXXXXX", folder);
	if (!mkdtemp(test.dir)) quit("no folder");
	if (evidence_attach(&test.evidence, test.store.store, test.dir, "bench", &error)) quit(error.message);
	evidence_run(test.evidence);
	double ours = append_rate(&test);
	int group = groups ? done_count / groups : 1;
	fprintf(stderr, "append: %d in flight, %d groups, %d entries a group\n", WINDOW, groups, group);
	double peer = naive_rate(folder, group);
	char name[100];
	snprintf(name, sizeof name, "write + fdatasync per batch of %d", group);
	line("evidence durable append", ours, peer, name, 20000, ours >= 20000);
	bench_verify(&test, folder);
	evidence_test_end(&test);
	return 0;
}
