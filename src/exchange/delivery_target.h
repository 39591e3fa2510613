/* The far side of a delivery, whatever kind of target it is: the table delivered to, a staging table, and the delivery's mark,
 * kept in the target itself and moved together with the rows. What the mark says was delivered, was; a run that was killed goes
 * on from it. A kind is a row of operations (delivery_postgres.c, …), found by the scheme of the target's address. One owner, one
 * thread at a time; calls wait for the target. It has an arena of its own, which goes with the Request's. */
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
	int64_t filled_rid;   /* the record that was filled last */
	int64_t run_position;
	TableDigest filled;
} DeliveryMark;

/* Records that changed: those among `rows` are put in or changed, the others removed. */
typedef struct DeliveryPortion {
	const int64_t *ids; /* ascending, each once */
	const bool *put;    /* by id: its row is among rows */
	int count;
	Text rows;
	TableDigest sent; /* of rows */
	int64_t to;       /* the feed position that the live table stands at afterwards */
} DeliveryPortion;

typedef struct DeliveryChange {
	int64_t inserted, updated, deleted; /* rows of the live table changed */
	TableDigest sent, kept;             /* the rows sent; those found in the target afterwards */
} DeliveryChange;

enum { NOTES_MAX = 16 };

typedef int DeliveryStep(void *arg, int64_t rows); /* progress; a negative answer ends the call with it */

/* What every target has; a kind's own struct begins with it. Set by delivery_target_open before the kind's open. */
typedef struct DeliveryTarget {
	const struct DeliveryKind *kind;
	Arena *arena;
	Error *error;
	int64_t delivery_id;
	const char *schema, *table; /* as given: letters, digits and _ */
	const char *folder; /* of the state directory: no file of a target lies outside it (the operator may link others in) */
	const Resource *shape;
	bool kept_up; /* by increments: rows will be changed where they lie */
	DeliveryMark mark;
	const char *notes[NOTES_MAX]; /* of check and swap: what was found, what could not be kept; the job tells it */
	int note_count;
} DeliveryTarget;

/* What each operation must guarantee. All: 0 or a code, with the Error filled: ERR_BUSY (not reachable, locked: try later), else
 * ERR_CONFLICT or ERR_FULL with a rule target_…; an operation that failed or was killed has changed the target wholly or not at
 * all, and mark equals what is kept there. "Durable" is at the target: a file synced, a transaction committed. */
typedef struct DeliveryKind {
	const char *name; /* table target's column kind */
	/* Not NULL: the target takes files, one parcel a run (deliver_parcel.c), and has none of the operations from open on. */
	const struct CarrierKind *carrier;
	bool keys;                  /* the address comes with a host key and a secret, each on a line of its own */
	const char *const *schemes; /* how addresses begin, "x:"; ends with NULL */
	/* Of an address: where it leads, for people, without password (rq->arena); ERR_INVALID field url when it is malformed. No
	 * network. */
	int (*place)(Request *rq, const char *url, char **place);
	/* Connects once and says what was found (rq->arena). May not write. folder: as in DeliveryTarget. */
	int (*test)(Request *rq, const char *folder, const char *url, const char **found);

	/* Connects, makes room for marks where it is missing, reads the mark. What a run that was killed left half is brought to
	 * one side or the other here. Closed with arena. The target's struct is in arena. */
	int (*open)(Arena *arena, const char *url, const DeliveryTarget *with, DeliveryTarget **out);
	/* The live table is this delivery's and as it left it: 0; ERR_CONFLICT rule target_taken or target_altered. There is
	 * none, or it has no rows any more: 0, and mark.signature becomes "". */
	int (*check)(DeliveryTarget *target);
	/* How many rows the live table holds now: all are counted. */
	int (*rows)(DeliveryTarget *target, int64_t *out);
	/* Appends a row to a batch, in the kind's own form (which batches of this kind only are made of): texts as people read
	 * them (TEXT_NONE = NULL), and the same as stored values, by column of the shape. */
	void (*row)(const DeliveryTarget *target, Buf *batch, const Text *texts, const Val *values);
	/* Begins a run: an empty staging table, and the mark says so (run, as_of, run_position; nothing filled). */
	int (*begin)(DeliveryTarget *target, const char *run, const char *as_of, int64_t position);
	/* Together: the batch goes into the staging table; the mark's filled_rid and filled move. Another run at the same
	 * delivery is noticed by the mark (ERR_BUSY rule target_mark). */
	int (*fill)(DeliveryTarget *target, Text batch, const TableDigest *digest, int64_t last_rid);
	/* No more rows come: keys, ends of files. May be called again by a resumed run. */
	int (*key)(DeliveryTarget *target);
	/* The digest of what the staging table holds, read anew from the target (never from what was sent). */
	int (*read_back)(DeliveryTarget *target, DeliveryStep *step, void *arg, TableDigest *out);
	/* Together: the live table holds what the staging table held, readers see it whole at every moment, and the mark's
	 * signature, columns, position, live, done_run move; run becomes "". What the receiver made on the live table stays as
	 * far as it can; the rest is told in notes. */
	int (*swap)(DeliveryTarget *target, const char *signature);
	/* Together: the portion; what the target holds of its records afterwards is read back and must equal what was sent
	 * (ERR_CONFLICT rule target_differs); the mark moves. It must still be as mark says, position and digest: another run of
	 * this delivery is noticed by it (ERR_BUSY rule target_mark). One that leaves the position where it was need not be
	 * durable before the next one that moves it is. */
	int (*change)(DeliveryTarget *target, const DeliveryPortion *portion, DeliveryChange *out);
} DeliveryKind;

extern const DeliveryKind delivery_postgres, delivery_odbc, delivery_folder, delivery_sftp, delivery_http;

/* The kind of an address or of a name; NULL when there is none. */
const DeliveryKind *delivery_kind_of(const char *url);
const DeliveryKind *delivery_kind_named(const char *name);
/* with: delivery_id, schema, table, shape, kept_up; error is rq's, which must outlive the target. */
int delivery_target_open(Request *rq, const char *url, const DeliveryTarget *with, DeliveryTarget **out);

/* --- for kinds ---------------------------------------------------------------------------------------------------------- */
/* Fills the Error and gives its code. */
int delivery_altered(DeliveryTarget *target, const char *what);
int delivery_columns_altered(DeliveryTarget *target, const char *columns);
void delivery_emptied(DeliveryTarget *target); /* the receiver took all rows away: they are delivered anew, and it is told */
int delivery_taken(DeliveryTarget *target);
int delivery_mark_moved(DeliveryTarget *target);
int delivery_differs(DeliveryTarget *target, const TableDigest *kept, const TableDigest *sent);
/* In a swap: rows of the live table are others than those of the staging table. */
int delivery_rows_differ(DeliveryTarget *target, int64_t rows);
/* The mark after the operations, once the target has kept them. */
void delivery_mark_begun(DeliveryTarget *target, const char *run, const char *as_of, int64_t position);
#endif
