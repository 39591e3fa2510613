/* reads: many one-row reads of PostgreSQL answered by few statements, for a thread that must not wait.
 *
 * Each server thread has one, with a connection of its own in pipeline mode that is never waited for. What is added waits for the
 * next store_reads_turn; while a batch is under way more gathers, so batches grow with the load. Reads of the same SQL become one
 * statement over arrays of their arguments: parsing, snapshot and round trip are paid once a batch, not once a read. When a
 * statement over several reads fails, each of them is read again alone, so that one bad value harms no neighbour.
 * Thread: the owner's, but for the connecting, which has a thread of its own. Lifetime: store_reads_new to store_reads_free. */
#include "store/store_parts.h"
#include <endian.h>
#include <poll.h>
#include <stdlib.h>

enum {
	BATCH = 256,            /* reads a batch */
	GROUPS = 32,            /* statements a batch */
	STEPS_MAX = 3 * GROUPS, /* a statement may have to be prepared, and another to go for it */
	WAITING_MAX = 4096,
	TRIES_MAX = 3,
	BACKOFF_MIN_US = 100000,
	BACKOFF_MAX_US = 5000000,
	SEND_WAIT_MS = 5000, /* a server that does not even take what is sent for so long is lost */
	ARRAY_INT8 = 1016,
	ARRAY_TEXT = 1009,
	ARRAY_FLOAT8 = 1022,
	ARRAY_BYTEA = 1001,
};

typedef struct Read {
	struct Read *next;
	const char *sql;
	ReadDone done;
	void *arg;
	int tries;
	bool alone;
	int count;
	Val args[];
} Read;

typedef struct ReadList {
	Read *first, *last;
	int count;
} ReadList;

/* Reads of one statement of a batch: batch[first] … batch[first + count - 1]. */
typedef struct Group {
	ReadList list;
	Statement *statement;
	int first, count;
	bool dealt; /* its PREPARE failed, and what was to be done about it was done */
} Group;

/* What was sent and in which order it is answered. */
typedef struct Step {
	enum { STEP_PREPARE, STEP_READ, STEP_DEALLOCATE, STEP_SYNC } kind;
	Group *group;
} Step;

struct StoreReads {
	Store *store;
	Db *db; /* NULL: away */
	ReadList waiting;
	/* under way */
	Read *batch[BATCH]; /* NULL: answered */
	Group groups[GROUPS];
	Step steps[STEPS_MAX];
	int step_count, step; /* step == step_count: nothing is under way */
	bool answered;        /* the present step's result was taken; its end is yet to come */
	/* connecting */
	bool connecting;
	pthread_t connector;
	_Atomic bool connected; /* the connector is done: fresh is the new connection, or NULL */
	Db *fresh;
	int64_t retry_at_us, backoff_us;
};

/* --- lists and ends -------------------------------------------------------------------------------------------------------- */
static void list_add(ReadList *list, Read *read) {
	read->next = NULL;
	if (list->last)
		list->last->next = read;
	else
		list->first = read;
	list->last = read;
	list->count++;
}

static Read *list_take(ReadList *list) {
	Read *read = list->first;
	list->first = read->next;
	if (!list->first) list->last = NULL;
	list->count--;
	return read;
}

static void list_prepend(ReadList *list, ReadList *before) {
	if (!before->first) return;
	before->last->next = list->first;
	list->first = before->first;
	if (!list->last) list->last = before->last;
	list->count += before->count;
}

static void end_read(Read *read, Rows *rows, int code, const Error *error) {
	read->done(read->arg, rows, code, error);
	free(read);
}

static void refuse(Read *read, int code, const char *message) {
	Error error = {0};
	error_set(&error, code, "%s", message);
	end_read(read, NULL, code, &error);
}

static void refuse_away(Read *read) {
	refuse(read, ERR_BUSY, "The database is away or its tables are being changed; try again");
}

/* --- connecting ------------------------------------------------------------------------------------------------------------ */
/* Every read here looks rows up by an index, whatever the statistics say, and its plan fits any number of them. */
static int settle(Db *db) {
	int code = postgres_command(db, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
	                                "SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off");
	if (code) return code;
	return PQsetnonblocking(db->pg, 1) == 0 && PQenterPipelineMode(db->pg) ? 0 : ERR_BUSY;
}

static void *connect_main(void *context) {
	StoreReads *reads = context;
	Error error = {0};
	Db *db = db_new(reads->store, DB_READER, &error);
	if (db && settle(db)) {
		db_free(db);
		db = NULL;
	}
	reads->fresh = db;
	atomic_store(&reads->connected, true);
	return NULL;
}

static void connect_begin(StoreReads *reads) {
	if (reads->connecting || clock_monotonic_us() < reads->retry_at_us) return;
	atomic_store(&reads->connected, false);
	reads->connecting = pthread_create(&reads->connector, NULL, connect_main, reads) == 0;
}

static void connect_end(StoreReads *reads) {
	if (!reads->connecting || !atomic_load(&reads->connected)) return;
	pthread_join(reads->connector, NULL);
	reads->connecting = false;
	reads->db = reads->fresh;
	reads->fresh = NULL;
	if (reads->db) {
		reads->backoff_us = 0;
		return;
	}
	int64_t longer = reads->backoff_us ? reads->backoff_us * 2 : BACKOFF_MIN_US;
	reads->backoff_us = longer > BACKOFF_MAX_US ? BACKOFF_MAX_US : longer;
	reads->retry_at_us = clock_monotonic_us() + reads->backoff_us;
}

/* The connection is gone: what has no answer yet is read once more on the next one, or refused. */
static void lose(StoreReads *reads) {
	ReadList again = {0};
	for (int i = 0; i < BATCH; i++) {
		Read *read = reads->batch[i];
		reads->batch[i] = NULL;
		if (!read) continue;
		if (++read->tries < TRIES_MAX)
			list_add(&again, read);
		else
			refuse_away(read);
	}
	list_prepend(&reads->waiting, &again);
	reads->step = reads->step_count = 0;
	db_free(reads->db);
	reads->db = NULL;
}

/* --- sending --------------------------------------------------------------------------------------------------------------- */
static Oid array_type(ValKind kind) {
	static const Oid types[] = {
	    [VAL_INT] = ARRAY_INT8, [VAL_DOUBLE] = ARRAY_FLOAT8, [VAL_TEXT] = ARRAY_TEXT, [VAL_BLOB] = ARRAY_BYTEA};
	return kind == VAL_NULL ? ARRAY_TEXT : types[kind];
}

static bool same_kinds(const Read *a, const Read *b) {
	for (int i = 0; i < a->count; i++)
		if (a->args[i].kind != b->args[i].kind) return false;
	return a->count == b->count;
}

/* Deals what waits out to groups of one statement each. The groups made. */
static int deal(StoreReads *reads) {
	int groups = 0;
	for (int taken = 0; reads->waiting.first && taken < BATCH; taken++) {
		Read *read = reads->waiting.first;
		int at = 0;
		for (; at < groups; at++) {
			Read *first = reads->groups[at].list.first;
			if (!first->alone && !read->alone && (first->sql == read->sql || strcmp(first->sql, read->sql) == 0) &&
			    same_kinds(first, read))
				break;
		}
		if (at == GROUPS) break;
		if (at == groups) reads->groups[groups++] = (Group){0};
		list_add(&reads->groups[at].list, list_take(&reads->waiting));
	}
	int first = 0;
	for (int i = 0; i < groups; i++) {
		Group *group = &reads->groups[i];
		group->first = first;
		group->count = group->list.count;
		while (group->list.first)
			reads->batch[first++] = list_take(&group->list);
	}
	return groups;
}

static void put_value(Buf *out, const Val *value) {
	uint64_t bits;
	switch (value->kind) {
	case VAL_NULL:
		buf_be32(out, UINT32_MAX);
		return;
	case VAL_TEXT:
	case VAL_BLOB:
		buf_be32(out, (uint32_t)value->t.len);
		buf_text(out, value->t);
		return;
	default:
		memcpy(&bits, &value->i, 8); /* i and d lie at one place */
		buf_be32(out, 8);
		buf_be32(out, (uint32_t)(bits >> 32));
		buf_be32(out, (uint32_t)bits);
	}
}

/* One argument of all the group's reads, as PostgreSQL's binary array. */
static void put_array(Buf *out, Read **batch, int count, int arg) {
	static const Oid elements[] = {[VAL_NULL] = 25, [VAL_INT] = 20, [VAL_DOUBLE] = 701, [VAL_TEXT] = 25, [VAL_BLOB] = 17};
	buf_be32(out, 1);
	buf_be32(out, batch[0]->args[arg].kind == VAL_NULL);
	buf_be32(out, elements[batch[0]->args[arg].kind]);
	buf_be32(out, (uint32_t)count);
	buf_be32(out, 1);
	for (int i = 0; i < count; i++)
		put_value(out, &batch[i]->args[arg]);
}

static bool many_fits(const Statement *statement, const void *about) {
	const Read *read = about;
	if (statement->arg_count != read->count) return false;
	for (int i = 0; i < read->count; i++)
		if (statement->types[i] != array_type(read->args[i].kind)) return false;
	return true;
}

static void add_step(StoreReads *reads, int kind, Group *group) {
	reads->steps[reads->step_count].kind = kind;
	reads->steps[reads->step_count++].group = group;
}

static bool send_prepare(StoreReads *reads, Group *group, const Read *read) {
	Db *db = reads->db;
	Statement *statement = postgres_new_statement(&db->cache, read->sql, read->args, (size_t)read->count);
	for (int i = 0; i < read->count; i++)
		statement->types[i] = array_type(read->args[i].kind);
	statement->busy = true; /* until it is known to be prepared: it must not go for the next one's sake */
	group->statement = statement;
	Statement *old = statement_add(&db->cache, read->sql, statement);
	if (old) {
		char sql[40];
		snprintf(sql, sizeof sql, "DEALLOCATE %s", old->name);
		postgres_free_statement(old);
		if (!PQsendQueryParams(db->pg, sql, 0, NULL, NULL, NULL, NULL, 0)) return false;
		add_step(reads, STEP_DEALLOCATE, NULL);
	}
	if (!PQsendPrepare(db->pg, statement->name, read->sql, read->count, statement->types)) return false;
	add_step(reads, STEP_PREPARE, group);
	return true;
}

static bool send_group(StoreReads *reads, Group *group) {
	Db *db = reads->db;
	Read **batch = reads->batch + group->first;
	const char *values[READ_ARGS_MAX];
	int lengths[READ_ARGS_MAX], formats[READ_ARGS_MAX], count = batch[0]->count;
	size_t ends[READ_ARGS_MAX];
	group->statement = statement_find(&db->cache, batch[0]->sql, many_fits, batch[0]);
	if (!group->statement && !send_prepare(reads, group, batch[0])) return false;
	Buf arrays = {0};
	for (int i = 0; i < count; i++) {
		put_array(&arrays, batch, group->count, i);
		ends[i] = arrays.len;
	}
	for (int i = 0; i < count; i++) {
		size_t from = i ? ends[i - 1] : 0;
		values[i] = arrays.at + from;
		lengths[i] = (int)(ends[i] - from);
		formats[i] = 1;
	}
	bool sent = PQsendQueryPrepared(db->pg, group->statement->name, count, values, lengths, formats, 1);
	buf_free(&arrays);
	if (sent) add_step(reads, STEP_READ, group);
	return sent;
}

/* A batch fits the socket's buffer, as a rule, since nothing else is under way. */
static bool flush(Db *db) {
	int code;
	while ((code = PQflush(db->pg)) == 1) {
		struct pollfd ready = {.fd = PQsocket(db->pg), .events = POLLOUT | POLLIN};
		if (poll(&ready, 1, SEND_WAIT_MS) <= 0 || !PQconsumeInput(db->pg)) return false;
	}
	return code == 0;
}

static void send_batch(StoreReads *reads) {
	int groups = deal(reads);
	reads->step = reads->step_count = 0;
	reads->answered = false;
	bool sent = true;
	for (int i = 0; i < groups && sent; i++)
		sent = send_group(reads, &reads->groups[i]);
	if (sent && PQpipelineSync(reads->db->pg)) {
		add_step(reads, STEP_SYNC, NULL);
		if (flush(reads->db)) return;
	}
	lose(reads);
}

/* --- answers --------------------------------------------------------------------------------------------------------------- */
/* A row of the result is one read's, whose number among the group's is the last column. */
static void answer_group(StoreReads *reads, const Group *group, PGresult *result) {
	Rows *rows = &reads->db->one;
	Error none = {0};
	int count = PQntuples(result), number_column = PQnfields(result) - 1;
	for (int i = 0; i < count; i++) {
		uint64_t bits;
		memcpy(&bits, PQgetvalue(result, i, number_column), 8);
		int64_t number = (int64_t)be64toh(bits);
		if (number < 1 || number > group->count) continue;
		Read **read = &reads->batch[group->first + number - 1];
		if (!*read) continue;
		rows->result = result;
		rows->borrowed = rows->open = true;
		rows->row = i - 1;
		rows->row_count = i + 1;
		rows->columns = number_column;
		end_read(*read, rows, 0, &none);
		*read = NULL;
		rows_close(rows);
	}
	rows->borrowed = false;
	PQclear(result);
	for (int i = group->first; i < group->first + group->count; i++)
		if (reads->batch[i]) {
			refuse(reads->batch[i], ERR_INTERNAL, "A read without an answer");
			reads->batch[i] = NULL;
		}
}

/* The group's reads once more: after a plan that a changed table made old, or each alone to find which one is bad. */
static void group_again(StoreReads *reads, const Group *group, bool counted, bool alone) {
	ReadList again = {0};
	for (int i = group->first; i < group->first + group->count; i++) {
		Read *read = reads->batch[i];
		reads->batch[i] = NULL;
		if (!read) continue;
		read->alone |= alone;
		if (counted && ++read->tries >= TRIES_MAX)
			refuse_away(read);
		else
			list_add(&again, read);
	}
	list_prepend(&reads->waiting, &again);
}

static void forget(StoreReads *reads, Group *group) {
	group->statement->busy = false;
	statement_remove(&reads->db->cache, group->statement);
	postgres_free_statement(group->statement);
	group->statement = NULL;
}

static void group_failed(StoreReads *reads, const Group *group, PGresult *result) {
	Db *db = reads->db;
	Error error = {0};
	Read **read = &reads->batch[group->first];
	if (postgres_plan_is_old(result) || group->count > 1) {
		group_again(reads, group, true, !postgres_plan_is_old(result));
		PQclear(result);
		return;
	}
	db_begin_use(db, &error);
	int code = postgres_check(db, result, (*read)->sql);
	if (code == ERR_RETRY) code = ERR_BUSY;
	end_read(*read, NULL, code, &error);
	*read = NULL;
	db_begin_use(db, NULL);
}

static void take_read(StoreReads *reads, Group *group, PGresult *result) {
	ExecStatusType status = PQresultStatus(result);
	if (status == PGRES_TUPLES_OK) {
		answer_group(reads, group, result);
		return;
	}
	bool skipped = status == PGRES_PIPELINE_ABORTED;
	if (group->dealt) {
		PQclear(result);
	} else if (skipped) { /* another statement of the batch failed before this one ran */
		PQclear(result);
		group_again(reads, group, false, false);
	} else {
		bool old = postgres_plan_is_old(result);
		group_failed(reads, group, result);
		if (old && group->statement) forget(reads, group);
	}
}

static void take_prepare(StoreReads *reads, Group *group, PGresult *result) {
	ExecStatusType status = PQresultStatus(result);
	if (status == PGRES_COMMAND_OK) {
		group->statement->busy = false;
		PQclear(result);
		return;
	}
	forget(reads, group);
	if (status == PGRES_PIPELINE_ABORTED) {
		PQclear(result); /* so is its read's own step */
		return;
	}
	group->dealt = true;
	group_failed(reads, group, result);
}

static void take_step(StoreReads *reads, Step *step, PGresult *result) {
	if (step->kind == STEP_READ)
		take_read(reads, step->group, result);
	else if (step->kind == STEP_PREPARE)
		take_prepare(reads, step->group, result);
	else
		PQclear(result);
}

static void take_answers(StoreReads *reads) {
	PGconn *pg = reads->db->pg;
	if (!PQconsumeInput(pg)) {
		lose(reads);
		return;
	}
	while (reads->step < reads->step_count && !PQisBusy(pg)) {
		Step *step = &reads->steps[reads->step];
		PGresult *result = PQgetResult(pg);
		if (!result && reads->answered) { /* the end of a step */
			reads->answered = false;
			reads->step++;
		} else if (!result || PQstatus(pg) == CONNECTION_BAD) {
			PQclear(result);
			lose(reads);
			return;
		} else if (reads->answered) {
			PQclear(result);
		} else {
			take_step(reads, step, result);
			reads->answered = step->kind != STEP_SYNC; /* a sync has no end of its own */
			if (step->kind == STEP_SYNC) reads->step++;
		}
	}
}

/* --- from the owner -------------------------------------------------------------------------------------------------------- */
StoreReads *store_reads_new(Store *store) {
	if (store->kind != STORE_POSTGRES) return NULL;
	StoreReads *reads = calloc(1, sizeof *reads);
	if (!reads) abort();
	reads->store = store;
	connect_begin(reads);
	return reads;
}

bool store_reads_ready(const StoreReads *reads) {
	return reads && reads->db && reads->waiting.count < WAITING_MAX;
}

int store_reads_add(StoreReads *reads, const char *sql, const Val *args, size_t count, ReadDone done, void *arg) {
	if (count == 0 || count > READ_ARGS_MAX) return ERR_INVALID;
	if (!store_reads_ready(reads)) return ERR_BUSY;
	Read *read = malloc(sizeof *read + count * sizeof *args);
	if (!read) abort();
	*read = (Read){.sql = sql, .done = done, .arg = arg, .count = (int)count};
	memcpy(read->args, args, count * sizeof *args);
	list_add(&reads->waiting, read);
	return 0;
}

int store_reads_turn(StoreReads *reads) {
	if (!reads) return -1;
	if (!reads->db) {
		connect_end(reads);
		if (!reads->db) connect_begin(reads);
		while (!reads->db && !reads->connecting && reads->waiting.first)
			refuse_away(list_take(&reads->waiting));
		return -1; /* also where a connection was lost: the next one may have the same number */
	}
	if (reads->step < reads->step_count)
		take_answers(reads);
	else if (!PQconsumeInput(reads->db->pg)) /* the server hung up, or it would stay readable for ever */
		lose(reads);
	if (reads->db && reads->step == reads->step_count && reads->waiting.first) send_batch(reads);
	return reads->db ? PQsocket(reads->db->pg) : -1;
}

void store_reads_free(StoreReads *reads) {
	if (!reads) return;
	if (reads->connecting) {
		pthread_join(reads->connector, NULL);
		reads->db = reads->fresh;
	}
	if (reads->db) lose(reads);
	while (reads->waiting.first)
		refuse_away(list_take(&reads->waiting));
	free(reads);
}
