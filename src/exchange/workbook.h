/* Quarantine as an XLSX workbook: download, mend in a spreadsheet, upload. */
#ifndef YIWANG_EXCHANGE_WORKBOOK_H
#define YIWANG_EXCHANGE_WORKBOOK_H
#include "record/record.h"
int workbook_get(Request *rq);  /* GET /resources/{id}/quarantine.xlsx */
int workbook_mend(Request *rq); /* POST /resources/{id}/quarantine/mend */
#endif
