/* Download of a resource's records by who may see them: as a file of one of the formats of record_file.h. */
#ifndef YIWANG_EXCHANGE_DOWNLOAD_H
#define YIWANG_EXCHANGE_DOWNLOAD_H
#include "record/record.h"
int downloads_start(App *app, Error *error);
void downloads_stop(App *app);
int download_get(Request *rq); /* GET /data/{resource}/download */
#endif
