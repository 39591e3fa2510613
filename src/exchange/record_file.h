/* Files of records, as downloads and deliveries write them: one table of formats (CSV, XLSX, JSON Lines, GeoPackage), one way to
 * fill them from record's batch cursor. A file is made by one thread, in constant memory; its bytes are whole after
 * record_file_end and may be thrown away before. */
#ifndef YIWANG_EXCHANGE_RECORD_FILE_H
#define YIWANG_EXCHANGE_RECORD_FILE_H
#include "record/record.h"

typedef struct RecordFormat {
	const char *name, *extension, *type; /* in the API; without dot; media type */
	const struct RecordWriter *writer;
} RecordFormat;
#define RECORD_FORMATS "csv|xlsx|jsonl|gpkg"
/* NULL when there is none of that name. */
const RecordFormat *record_format(Text name);

typedef enum RecordOps { OPS_NONE, OPS_ID, OPS_CHANGES } RecordOps;
typedef struct RecordFileWants {
	bool titles; /* csv, xlsx: columns are called by the fields' titles, not by their API names */
	/* OPS_ID: rows carry the record's id; OPS_CHANGES: and what to do with it, "put" or "remove". JSON Lines and GeoPackage
	 * carry the id always. */
	RecordOps ops;
	const char *who, *at, *note; /* who asked, when; and one line of both with the grant */
} RecordFileWants;

#define RECORD_ID_COLUMN "_yiwang_id"
#define RECORD_OP_COLUMN "_yiwang_op"

typedef struct RecordFile RecordFile;
/* Makes a new file at path (0600; it must not exist) for what the scan gives; wants and scan must outlive it. Thrown away with
 * rq's arena, but for the file itself. */
int record_file_begin(Request *rq, const RecordFormat *format, const char *path, RecordScan *scan, const RecordFileWants *wants,
                      RecordFile **out);
/* The scan's present row. ERR_INVALID rule xlsx_rows or xlsx_text: the format cannot hold it. ERR_FULL, ERR_IO. */
int record_file_put(RecordFile *file);
/* With OPS_CHANGES: a record that is there no more. */
int record_file_remove(RecordFile *file, int64_t record_id);
/* Ends the file: what the path then names is whole, on the disk as far as written (not synced). */
int record_file_end(RecordFile *file);
#endif
