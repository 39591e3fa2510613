/* evidence_testing: an evidence room over a fresh store and folder, for this room's tests and benchmark. */
#ifndef YIWANG_EVIDENCE_TESTING_H
#define YIWANG_EVIDENCE_TESTING_H
#include "evidence/export_file.h"
#include "evidence/parts.h"
#include "store/store_testing.h"
#include <fcntl.h>
#include <sys/stat.h>

typedef struct TestEvidence {
	TestStore store;
	char dir[64];
	Evidence *evidence;
	int64_t clock; /* time of the next entry */
} TestEvidence;

static inline void evidence_test_attach(TestEvidence *test) {
	Error error = {0};
	if (evidence_attach(&test->evidence, test->store.store, test->dir, "test", &error)) store_testing_fail(error.message);
}

static inline void evidence_test_begin(TestEvidence *test, StoreEngine engine) {
	*test = (TestEvidence){.clock = clock_now_us() - INT64_C(3600000000)};
	store_for_test(&test->store, engine, evidence_module.migrations, evidence_module.migration_count);
	if (!folder_for_test(test->dir, sizeof test->dir, "evidence")) store_testing_fail("no temporary folder");
	evidence_test_attach(test);
}

static inline void evidence_test_end(TestEvidence *test) {
	evidence_detach(test->evidence, false);
	store_test_end(&test->store);
	char text[100];
	snprintf(text, sizeof text, "rm -rf %s", test->dir);
	if (system(text) != 0) fprintf(stderr, "evidence_testing: %s was not removed\n", test->dir);
}

static inline EvidenceEntry evidence_test_entry(TestEvidence *test, const char *actor, const char *action, const char *detail) {
	return (EvidenceEntry){.at_us = test->clock += 1000,
	                       .account_id = 1,
	                       .org_id = 2,
	                       .actor = actor,
	                       .action = action,
	                       .resource_id = 7,
	                       .subject_id = 9,
	                       .row_count = 1,
	                       .status = 200,
	                       .purpose = "核查",
	                       .address = "10.1.2.3",
	                       .detail = detail};
}

typedef struct TestWrite {
	TestEvidence *test;
	EvidenceEntry entry;
} TestWrite;
static inline int evidence_test_insert(Db *db, void *arg) {
	TestWrite *write = arg;
	return outbox_insert(write->test->evidence, db, &write->entry);
}

/* Exports [0, end of time] or up to `to` to the file at path; the number of entries. */
static inline int64_t evidence_test_export(TestEvidence *test, int64_t from, int64_t to, const char *path) {
	Error error = {0};
	int64_t entries = 0;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	Db *db = store_reader(test->store.store, &error);
	if (fd < 0 || !db || evidence_export(test->evidence, db, from, to, fd, &entries, &error))
		store_testing_fail(error.message);
	store_release(db);
	close(fd);
	return entries;
}
#endif
