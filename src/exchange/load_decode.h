/* The decode half of a load: a thread that reads, checks and digests rows into chunks. Private to exchange. */
#ifndef YIWANG_EXCHANGE_LOAD_DECODE_H
#define YIWANG_EXCHANGE_LOAD_DECODE_H
#include "exchange/load.h"

typedef struct Refused {
	QuarantineRow row;
	int64_t quarantine_id;
} Refused;
typedef struct Chunk {
	Arena *arena;
	Accepted *rows;          /* LOAD_CHUNK_ROWS; refused ones too, with reason_count > 0 */
	int64_t *quarantine_ids; /* of replayed rows, by position in rows */
	int count;
	Refused *refused;
	int refused_count;
	int64_t last_row, notes;
	TableDigest digest;
	Quality quality;
	bool *left_out;      /* by position: fields that some row left out; NULL = none */
	int64_t done, total; /* of the source, after this chunk */
	json_t *snapshot;    /* on the first chunk */
	bool last;
	int code; /* < 0: the source or a check failed, error says why; rows before it are good */
	Error error;
} Chunk;

typedef struct Decode Decode;
/* Starts the thread; rows up to load->last_row are passed over. The Decode lives in rq's arena. */
int decode_start(Load *load, Decode **out);
/* The next chunk, or NULL when the thread is gone. Give it back with decode_return. */
Chunk *decode_take(Decode *decode);
void decode_return(Decode *decode, Chunk *chunk);
/* Ends the thread (wherever it is) and frees the chunks. */
void decode_stop(Decode *decode);
#endif
