/* Records that stay with their supplier (keeper "proxy"): what record asks of the room that can reach them. That room registers
 * two actions by name; record asks through them only after the grant, and masks, counts and tells evidence as for stored records.
 */
#ifndef YIWANG_RECORD_KEEPER_H
#define YIWANG_RECORD_KEEPER_H
#include "catalog/catalog.h"

typedef enum FilterOp {
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LTE,
	OP_GT,
	OP_GTE,
	OP_IN,
	OP_LIKE,
	OP_NULL,
	OP_NOT_NULL,
	FILTER_OP_COUNT
} FilterOp;

/* One condition on a field by its position in resource->fields. OP_IN: any number of values; OP_LIKE: 2, from and before,
 * bytewise.
 */
typedef struct KeeperCondition {
	int position;
	FilterOp op;
	const Val *values;
	int count;
} KeeperCondition;

/* arg of "keeper.columns": which fields the supplier's table has a column for, by position (out; zeroed by the caller). */
typedef struct KeeperColumns {
	const Resource *resource;
	bool *has;
} KeeperColumns;

/* arg of "keeper.open": begins a read of the supplier's table, as it is now. On a thread that may wait (request_elsewhere). 0, or
 * ERR_BUSY (cannot be reached, too slow, too many ask), ERR_GATEWAY (its table was altered); the message says which in words that
 * any reader may see. */
typedef struct KeeperRead {
	/* what is asked; lives until close */
	const Resource *resource;
	const int *positions; /* fields wanted; each has a column */
	int count;
	const KeeperCondition *conditions;
	int condition_count;
	bool one;         /* the conditions name a key: no order, and a second row is a fault of the table */
	bool ordered;     /* by `sort`, if any, then by the key */
	const char *salt; /* not NULL: instead of by the key, by a hash of the salt and the key, which tells nothing about it */
	int sort;         /* position, or -1 */
	bool descending;  /* both */
	bool nulls;       /* of those without a value of `sort`, else of those with one */
	const Val
	    *after; /* the place to go on from: sort value (unless -1 or nulls), then key values or the hash; NULL = the first */
	int64_t limit; /* 0 = all */
	bool sized;    /* only how many there are: one row of one text; positions, order and place are nothing to it */
	/* what is given: 1 row, 0 end, or a code as above. texts by index in positions, TEXT_NONE = NULL, with the hash after
	 * them when salted; valid until the next call. close may be called at any time, once. */
	int (*next)(struct KeeperRead *read, const Text **texts);
	void (*close)(struct KeeperRead *read);
	void *self;
} KeeperRead;
#endif
