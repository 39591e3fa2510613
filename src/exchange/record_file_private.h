/* What the writers of record_file.h share. */
#ifndef YIWANG_EXCHANGE_RECORD_FILE_PRIVATE_H
#define YIWANG_EXCHANGE_RECORD_FILE_PRIVATE_H
#include "exchange/record_file.h"

/* One format's way to write; `row` writes the present row, or a removed one. */
typedef struct RecordWriter {
	int (*begin)(RecordFile *file);
	int (*row)(RecordFile *file);
	int (*end)(RecordFile *file);
	void (*drop)(RecordFile *file); /* frees what begin made; called once, also after a failure */
} RecordWriter;

struct RecordFile {
	Request *rq;
	const RecordFormat *format;
	const char *path;
	RecordScan *scan;
	const RecordFileWants *wants;
	bool removed; /* the row to write has only an id */
	int64_t record_id, rows;
	Buf out; /* csv, jsonl: what is not written yet */
	int fd;
	void *state; /* of the other writers */
};

extern const RecordWriter record_writer_xlsx, record_writer_gpkg;

/* Field i of the row to write as people read it: TEXT_NONE for NULL and for a removed record. */
Text record_file_text(RecordFile *file, int i);
const char *record_file_op(const RecordFile *file); /* "put" or "remove" */
/* What column i is called under the wants. */
const char *record_file_column(const RecordFile *file, int i);
int record_file_failed(RecordFile *file, int errnum);
#endif
