/* Uploads: files that people and systems hand in, kept until the jobs that read them are long done.
 * On SQLite a file DIR/uploads/<id>; on PostgreSQL chunk rows, so that any process can run the job, and a local copy. */
#ifndef YIWANG_EXCHANGE_UPLOAD_H
#define YIWANG_EXCHANGE_UPLOAD_H
#include "record/record.h"

enum { UPLOAD_CHUNK = 1 << 20 };
#define UPLOAD_MAX (INT64_C(4) << 30)

typedef struct Upload {
	int64_t upload_id, account_id, org_id, size, created_us;
	const char *name, *sha256; /* 64 hex digits */
	const char *path;          /* local file, complete */
} Upload;

/* Keeps the file at path (moved away when `move`, else copied) as an upload of the party. Durable when it returns.
 * Not in a write (LANE_READ, jobs, CLI). ERR_INVALID rule file_name, ERR_FULL, ERR_IO. */
int upload_keep(Request *rq, const char *path, bool move, Text name, Upload *out);
/* Finds an upload of the party's organisation (system: any) and makes sure the local file is whole. */
int upload_open(Request *rq, int64_t upload_id, Upload *out);

/* Chores. The first removes uploads older than uploads.keep_days that no queued or running job needs, each with evidence, and the
 * chunk rows of removed and never finished ones; the second the files of DIR/uploads that no upload has any more. */
int uploads_chore(Request *rq);
int upload_files_chore(Request *rq);

int upload_post(Request *rq); /* POST /uploads */
#endif
