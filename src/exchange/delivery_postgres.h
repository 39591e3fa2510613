/* Private to the kind of target "postgres": its target, and what its files share: delivery_postgres.c and the taking of a full
 * delivery into the live table (delivery_postgres_swap.c). One owner, one thread. */
#ifndef YIWANG_EXCHANGE_DELIVERY_POSTGRES_H
#define YIWANG_EXCHANGE_DELIVERY_POSTGRES_H
#include "exchange/delivery_target.h"
#include <libpq-fe.h>

typedef struct PgTarget {
	DeliveryTarget base;
	PGconn *pg;
	char *live, *staging, *old, *marks;        /* schema.name, quoted */
	char *live_name, *staging_name, *old_name; /* quoted, without schema */
	/* of the shape: CREATE's list; what is read back; as format_type names them; UPDATE's list, from i */
	char *definition, *select, *columns, *update;
	char *select_o, *select_t;     /* what is read back, of a row o and of a row t */
	char *names, *same_i, *same_t; /* its columns; of a row i and of a row t, so that equal ones are equal in bytes */
} PgTarget;

static inline PgTarget *pg_target(DeliveryTarget *base) {
	return (PgTarget *)base; /* its first member */
}

/* A statement: 0 with its result (the caller clears it) or without, or the Error "the target could not …". */
int pg_run(PgTarget *target, const char *sql, int count, const char *const *params, const char *doing, PGresult **out);
/* The same, where exactly one row of the mark must change, else another run of this delivery is at it. */
int pg_run_one(PgTarget *target, const char *sql, int count, const char *const *params);
int pg_begin_tx(PgTarget *target);
/* COMMIT, or ROLLBACK with the code that is there already. */
int pg_end(PgTarget *target, int code);
int pg_columns_there(PgTarget *target, const char *table, char **out);
/* Whether something of the receiver's may meddle with rows that are put into the live table. */
int pg_meddled(PgTarget *target, bool *out);
int pg_mark_read(PgTarget *target);
int pg_check(DeliveryTarget *base);
int pg_swap(DeliveryTarget *base, const char *signature); /* delivery_postgres_swap.c */
#endif
