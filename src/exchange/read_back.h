/* Reading a loaded table back on a thread of its own, while the job's thread makes the table unique and builds its indexes. */
#ifndef YIWANG_EXCHANGE_READ_BACK_H
#define YIWANG_EXCHANGE_READ_BACK_H
#include "exchange/load.h"

typedef struct ReadBack ReadBack;
/* Begins to read the hidden table of a full load, all chunks of which are committed: 0, or ERR_BUSY. In the load's arena; end it
 * with read_back_end or read_back_stop. */
int read_back_start(Load *load, ReadBack **out);
/* Waits; tells the job's progress meanwhile, and stops when the job is to stop. The digest of what is stored, or the failure. */
int read_back_end(Load *load, ReadBack *back, TableDigest *out);
/* What was read is not wanted. NULL is allowed. */
void read_back_stop(ReadBack *back);

#endif
