/* A table as an answer: a file in DIR/spool, unlinked while open: the same rows give the same bytes. format: csv, xlsx, jsonl. */
#ifndef YIWANG_EXCHANGE_ADAPTER_FILE_H
#define YIWANG_EXCHANGE_ADAPTER_FILE_H
#include "record/record.h"

typedef struct AdapterFile AdapterFile;
int adapter_file_begin(Request *rq, const char *format, const char *sheet, const char *const *columns, int count,
                       AdapterFile **out);
int adapter_file_row(AdapterFile *file, const Text *cells);
/* Makes it rq's answer under that name (without extension). */
int adapter_file_answer(AdapterFile *file, const char *name);
#endif
