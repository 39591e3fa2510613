/* A run of a delivery, as its two ways share it: tables that are kept up (deliver.c) and parcels that are sent
 * (deliver_parcel.c). One job thread; lives as long as the job's Request. */
#ifndef YIWANG_EXCHANGE_DELIVER_RUN_H
#define YIWANG_EXCHANGE_DELIVER_RUN_H
#include "exchange/delivery.h"
#include "exchange/delivery_target.h"

typedef struct Sending Sending; /* deliver.c */
typedef struct Deliver {
	Request *rq; /* the job's */
	Job *job;
	Delivery delivery;
	const Resource *shape;
	const char *resource_code, *resource_name; /* in rq's arena: the account's Request changes */
	const char *url;                           /* of the target, with its secrets */
	DeliveryTarget *target;                    /* NULL: parcels */
	Sending *sending;                          /* to it */
	Request *as;                               /* the account's, with a snapshot */
	RecordScan *scan;
	const char *signature, *run, *as_of, *address;
	bool full;
	bool anew;                        /* asked for: all records, whatever was delivered before */
	int64_t held;                     /* rows of the receiver's table, counted by this run; -1 not counted */
	int64_t total, generation;        /* generation under which the right was last looked at */
	DeliveryChange changes;           /* summed over the run */
	int64_t batches, begun, from, to; /* begun…: feed positions */
	Hasher *hasher;
	Text *texts; /* of the present row, by column of the shape */
	Val *values;
	Buf rows, canon; /* rows: the batch, in the form of the target's kind */
	TableDigest batch;
	int64_t batch_last;
	int64_t counted; /* records that an attempt of this run before counted already, for what did not arrive */
	int64_t told;    /* records counted since feed position from, by all attempts */
} Deliver;

/* The account's Request and scan anew, over a fresh snapshot. ERR_FORBIDDEN, ERR_GONE: it has no grant. */
int deliver_as_open(Deliver *deliver);
/* What rows are delivered under: another grant, another version or other modes mean other values. */
const char *deliver_signature(Arena *arena, const RecordScan *scan);
/* Whether the right still is what the run began under: 0, ERR_RETRY (changed: it begins anew), or why it is gone. */
int deliver_right(Deliver *deliver);
/* How many records the account sees now, to total. */
int deliver_size(Deliver *deliver);
/* ERR_QUOTA when the grant leaves fewer records today than are needed and not counted. */
int deliver_quota(Deliver *deliver, int64_t need);
/* Texts, values and digest of the scan's present row; adds it to batch. */
void deliver_row(Deliver *deliver);
/* Right, quota, evidence on the disk: in this order, and only then the batch's rows may go. */
int deliver_may_leave(Deliver *deliver);
/* Until the feed holds all that was committed before this run. */
int deliver_feed_complete(Deliver *deliver);

enum { WINDOW = 100000, FEED_BATCH = 10000 };
typedef struct Entries {
	int64_t ids[WINDOW], to;
	int count;
	bool anew; /* the feed says: read the resource anew */
	FeedEntry read[FEED_BATCH];
} Entries;
/* What changed after a position, as far as a window holds: each record once, in order of the id. 0 or a code. */
int deliver_entries(Deliver *deliver, int64_t after, Entries *out);
/* In the write that ends a run: the delivery's row and its place in the feed. */
int deliver_settle(Request *w, const Delivery *delivery, int64_t rows, bool counted, int64_t position);

/* The whole run of a delivery to a target that takes files, to its end. */
int deliver_parcel(Deliver *deliver, const SigningKey *key);
#endif
