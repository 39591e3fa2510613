/* Loading: one pipeline for every way rows come in. A RowSource gives rows by field position; a decode thread checks and digests
 * them, the job's thread stores them chunk by chunk, each chunk with its quarantine rows and the job's checkpoint in one write.
 */
#ifndef YIWANG_EXCHANGE_LOAD_H
#define YIWANG_EXCHANGE_LOAD_H
#include "exchange/quality.h"
#include "exchange/exchange.h"

enum { LOAD_CHUNK_ROWS = 4096, LOAD_CHUNK_BYTES = 4 << 20 };

/* One row on its way in; texts are valid until the next call of next(). */
typedef struct SourceRow {
	int64_t row_no;                        /* 1-based */
	const Text *texts;                     /* by position in resource->fields; TEXT_NONE = missing */
	const Text *extra_names, *extra_texts; /* columns that no field takes, kept with a refused row */
	int extra_count;
	const bool *left_out;  /* by position: fields the row says nothing of, which is not null; NULL = none. Never a key */
	Reason *fault;         /* the source could not read this row: why (texts hold what there is); NULL = fine */
	int64_t quarantine_id; /* a replayed row; 0 = new */
} SourceRow;

typedef struct RowSource {
	void *self;
	/* On the decode thread, with that thread's own Request. open once before next; after_row = rows to pass over (resume). */
	int (*open)(void *self, Request *rq, const Resource *resource, int64_t after_row);
	int (*next)(void *self, SourceRow *row); /* 1 row, 0 end, < 0 the source failed (error in open's rq) */
	void (*progress)(void *self, int64_t *done,
	                 int64_t *total); /* in the source's unit (bytes, rows); total -1 = not known */
	/* One named snapshot of the source: object for result and receipt ({"kind":"file","name":…,"sha256":…}); after open. New
	 * reference. */
	json_t *(*snapshot)(void *self);
	void (*close)(void *self); /* on the decode thread, also after a failed open */
	/* After the end: [{"column","values"}], what came in columns that no field takes; NULL = nothing. New reference. The
	 * function itself may be NULL. */
	json_t *(*ignored)(void *self);
} RowSource;

typedef enum LoadMode { LOAD_FULL, LOAD_UPSERT } LoadMode;

typedef struct Load {
	Request *rq;
	Job *job;
	const Resource *resource;
	RowSource *source;
	LoadMode mode;
	/* In the final write, after everything matched (the watermark's place); may be NULL. */
	int (*finish)(Request *w, struct Load *load);
	/* the state a checkpoint keeps */
	int generation; /* hidden table of a full load; 0 in an upsert */
	int64_t last_row, read, notes, refused;
	LoadCounts counts;
	TableDigest digest; /* of the accepted rows as decoded */
	Quality quality;
	bool measured; /* a load of its own: its quality is kept (a replay's is not) */
	bool all_read;
	json_t *snapshot, *ignored;
	bool *left_out; /* by position: fields that some row of an upsert left out, which its record kept; NULL = none */
	json_t *spool;  /* members that every checkpoint repeats (where a table's copy lies); may be NULL */
} Load;

/* Runs (or goes on with) a load to its end: reconciled (0), or a negative code with rq->error. */
int load_run(Load *load);

/* JobKind.run functions and the routes that make the jobs. */
int load_job_run(Request *rq, Job *job);   /* exchange.load */
int replay_job_run(Request *rq, Job *job); /* exchange.replay */
int load_post(Request *rq);                /* POST /resources/{id}/jobs */
int replay_post(Request *rq);              /* POST /resources/{id}/quarantine/replay */

/* The answer 201 {job_id} of a route that made a job. */
int load_answer(Request *rq, const Resource *resource, int64_t job_id);

#endif
