/* The far side of a delivery in a PostgreSQL database: the table delivered to, its staging table, and the delivery's row in table
 * yiwang_delivery of the same schema, which moves in the same transaction as the rows: what that row says was delivered, was, and
 * a run that was killed goes on from it. One owner, one thread; calls wait for the server. */
#ifndef YIWANG_EXCHANGE_DELIVERY_TARGET_H
#define YIWANG_EXCHANGE_DELIVERY_TARGET_H
#include "record/record.h"

/* What a delivered row looks like: column 0 is the record's surrogate id, column i + 1 the i-th field given. As a Resource, so
 * that canon v1 digests delivered values on both sides: a masked field is a text. */
enum { DELIVERY_ID_COLUMN = 0 };
#define DELIVERY_ID_NAME "_yiwang_id"

typedef struct DeliveryMark { /* the delivery's row in the target */
	bool there;           /* there is one */
	char *signature;      /* grant, version and modes the live table was filled under; "" = none */
	char *columns;        /* of the live table as this delivery left it; "" = none */
	int64_t position;     /* feed position the live table stands at */
	TableDigest live;     /* its rows, as far as delivered */
	char *done_run;       /* the run that last swapped */
	char *run;            /* the run that fills the staging table; "" = none */
	char *as_of;          /* the resource's state that run reads */
	int64_t filled_rid, run_position;
	TableDigest filled;
} DeliveryMark;

typedef struct DeliveryTarget DeliveryTarget;
/* Connects, makes table yiwang_delivery when it is missing, reads the mark. ERR_BUSY (not reachable: try later), ERR_CONFLICT
 * rules target_…. Closed with arena. */
int delivery_target_open(Arena *arena, const char *url, int64_t delivery_id, const char *schema, const char *table,
                         const Resource *shape, Error *error, DeliveryTarget **out);
const DeliveryMark *delivery_target_mark(const DeliveryTarget *target);
/* The live table is this delivery's and as it left it, or there is none: 0, or ERR_CONFLICT rule target_taken or target_altered.
 */
int delivery_target_check(DeliveryTarget *target);
/* Begins a run: an empty staging table. */
int delivery_target_begin(DeliveryTarget *target, const char *run, const char *as_of, int64_t position);
/* One transaction: rows (COPY in CSV form) into the staging table, and the mark. */
int delivery_target_fill(DeliveryTarget *target, Text rows, const TableDigest *digest, int64_t last_rid);
/* The key, then what the staging table holds, read back. */
int delivery_target_key(DeliveryTarget *target);
int delivery_target_read_back(DeliveryTarget *target, int (*step)(void *arg, int64_t rows), void *arg, TableDigest *out);
/* One transaction: the staging table becomes the live one, with the privileges the old one had. */
int delivery_target_swap(DeliveryTarget *target, const char *signature);

typedef struct DeliveryChange {
	int64_t inserted, updated, deleted; /* rows of the live table changed */
	TableDigest sent, kept;             /* the rows sent; those found in the table afterwards */
	bool again;                         /* the target had this batch already: nothing was done */
} DeliveryChange;
/* One transaction over up to `count` record ids: those among `rows` are put in or changed, the others removed; what is there
 * afterwards is read back and must equal `sent`; the mark moves from `from` to `to`. */
int delivery_target_change(DeliveryTarget *target, const int64_t *ids, int count, Text rows, const TableDigest *sent,
                           int64_t from, int64_t to, DeliveryChange *out);
#endif
