/* pipeline: many one-row reads of PostgreSQL that share round trips.
 *
 * PIPELINE_THREADS threads, each with a read connection in pipeline mode: a thread takes all that waits (up to BATCH), sends it,
 * then one sync, and reads the answers in order. When one read of a batch fails, the server skips the rest of it: those go to the
 * front of the queue again. Lifetime: from the first store_read_async to store_close. */
#include "store/store_parts.h"
#include <stdlib.h>

enum { PIPELINE_THREADS = 2, BATCH = 128, WAITING_MAX = 8192, TRIES_MAX = 3, STEPS_MAX = 3 * BATCH };

typedef struct Read {
	struct Read *next;
	const char *sql;
	Val *kinds; /* kinds only: their texts are in args */
	size_t count;
	PostgresArgs args;
	ReadDone done;
	void *arg;
	int tries;
} Read;

typedef struct Pipeline {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	Read *first, *last;
	int waiting;
	bool stopping;
	int threads;
	pthread_t ids[PIPELINE_THREADS];
	Db *dbs[PIPELINE_THREADS];
	struct Lane {
		struct Pipeline *pipeline;
		Db *db;
	} lanes[PIPELINE_THREADS];
} Pipeline;

/* What was sent and in which order it is answered. */
typedef struct Step {
	enum { STEP_PREPARE, STEP_READ, STEP_DEALLOCATE } kind;
	Statement *statement;
	Read *read;
} Step;

static void end_read(Read *read, Rows *rows, int result, const Error *error) {
	read->done(read->arg, rows, result, error);
	free(read->args.room);
	free(read);
}

/* --- queue ---------------------------------------------------------------------------------------------------------------- */
static Read *take_batch(Pipeline *pipeline, int *count) {
	pthread_mutex_lock(&pipeline->mutex);
	while (!pipeline->first && !pipeline->stopping)
		pthread_cond_wait(&pipeline->wake, &pipeline->mutex);
	Read *first = pipeline->first, *last = first;
	int taken = first ? 1 : 0;
	for (; last && last->next && taken < BATCH; taken++)
		last = last->next;
	if (first) {
		pipeline->first = last->next;
		if (!pipeline->first) pipeline->last = NULL;
		last->next = NULL;
		pipeline->waiting -= taken;
	}
	pthread_mutex_unlock(&pipeline->mutex);
	*count = taken;
	return first;
}

static void put_back(Pipeline *pipeline, Read *first, Read *last, int count) {
	if (!first) return;
	pthread_mutex_lock(&pipeline->mutex);
	last->next = pipeline->first;
	pipeline->first = first;
	if (!pipeline->last) pipeline->last = last;
	pipeline->waiting += count;
	pthread_cond_signal(&pipeline->wake);
	pthread_mutex_unlock(&pipeline->mutex);
}

/* --- sending ---------------------------------------------------------------------------------------------------------------- */
static bool send_read(Db *db, Read *read, Step *steps, int *count) {
	StatementFit fit = {read->kinds, read->count};
	Statement *statement = statement_find(&db->cache, read->sql, postgres_fits, &fit);
	if (!statement) {
		statement = postgres_new_statement(&db->cache, read->sql, read->kinds, read->count);
		Statement *old = statement_add(&db->cache, read->sql, statement);
		if (old) {
			char sql[40];
			snprintf(sql, sizeof sql, "DEALLOCATE %s", old->name);
			postgres_free_statement(old);
			if (!PQsendQueryParams(db->pg, sql, 0, NULL, NULL, NULL, NULL, 0)) return false;
			steps[(*count)++] = (Step){STEP_DEALLOCATE, NULL, NULL};
		}
		if (!PQsendPrepare(db->pg, statement->name, read->sql, (int)read->count, statement->types)) return false;
		/* busy until it is known to be prepared: it must not be ended by the next one's arrival */
		statement->busy = true;
		steps[(*count)++] = (Step){STEP_PREPARE, statement, read};
	}
	if (!PQsendQueryPrepared(db->pg, statement->name, (int)read->count, read->args.values, read->args.lengths,
	                         read->args.formats, 1))
		return false;
	steps[(*count)++] = (Step){STEP_READ, statement, read};
	return true;
}

/* --- answers ----------------------------------------------------------------------------------------------------------- */
/* Reads to run again, in their order. */
typedef struct Again {
	Read *first, *last;
	int count;
} Again;

static void run_again(Again *again, Read *read) {
	read->next = NULL;
	if (again->last)
		again->last->next = read;
	else
		again->first = read;
	again->last = read;
	again->count++;
}

static void answer(Db *db, Read *read, PGresult *result) {
	Rows *rows = &db->one;
	rows->result = result;
	rows->row = -1;
	rows->row_count = PQntuples(result);
	rows->columns = PQnfields(result);
	rows->open = true;
	Error none = {0};
	end_read(read, rows, 0, &none);
	if (rows->open) rows_close(rows);
}

static void refuse(Db *db, Read *read, PGresult *result) {
	Error error = {0};
	db_begin_use(db, &error);
	bool old = result && postgres_plan_is_old(result);
	if (old) PQclear(result);
	int code = result && !old
	               ? postgres_check(db, result, read->sql)
	               : error_set(&error, ERR_BUSY, "The database is away or its tables are being changed; try again");
	if (code == ERR_RETRY) code = ERR_BUSY;
	end_read(read, NULL, code, &error);
	db_begin_use(db, NULL);
}

static void forget(Db *db, Statement *statement) {
	statement_remove(&db->cache, statement);
	postgres_free_statement(statement);
}

/* One step's result, which is not NULL. `failed`: the read whose PREPARE or plan failed just now and was dealt with. */
static void take_step(Db *db, Step *step, PGresult *result, Again *again, Read **dealt) {
	ExecStatusType status = PQresultStatus(result);
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
	if (step->kind == STEP_DEALLOCATE || (step->kind == STEP_PREPARE && good)) {
		if (step->statement) step->statement->busy = false;
		PQclear(result);
	} else if (step->kind == STEP_PREPARE) {
		/* failed, or skipped; its read's own step follows */
		step->statement->busy = false;
		forget(db, step->statement);
		if (status == PGRES_PIPELINE_ABORTED)
			PQclear(result);
		else
			refuse(db, *dealt = step->read, result);
	} else if (step->read == *dealt) {
		PQclear(result);
	} else if (good) {
		answer(db, step->read, result);
	} else if (status == PGRES_PIPELINE_ABORTED) {
		PQclear(result);
		run_again(again, step->read);
	} else if (postgres_plan_is_old(result) && ++step->read->tries < TRIES_MAX) {
		PQclear(result);
		forget(db, step->statement); /* a later step of this batch may name it: those are skipped */
		run_again(again, step->read);
	} else {
		refuse(db, step->read, result);
	}
}

/* The connection was lost: what has no answer yet is read once more elsewhere, or refused. */
static void lose_batch(Db *db, Step *steps, int from, int count, Again *again, const Read *dealt) {
	db->broken = true;
	for (int i = from; i < count; i++) {
		Read *read = steps[i].read;
		if (steps[i].kind != STEP_READ || read == dealt) continue;
		if (++read->tries < TRIES_MAX)
			run_again(again, read);
		else
			refuse(db, read, NULL);
	}
}

static void take_answers(Db *db, Step *steps, int count, Again *again) {
	Read *dealt = NULL;
	for (int i = 0; i < count; i++) {
		PGresult *result = PQgetResult(db->pg);
		if (!result || PQstatus(db->pg) == CONNECTION_BAD) {
			PQclear(result);
			lose_batch(db, steps, i, count, again, dealt);
			return;
		}
		take_step(db, &steps[i], result, again, &dealt);
		while ((result = PQgetResult(db->pg)))
			PQclear(result); /* the NULL that ends a step */
	}
	PGresult *sync = PQgetResult(db->pg);
	if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC) db->broken = true;
	PQclear(sync);
}

static bool send_batch(Db *db, Read *reads, Step *steps, int *count) {
	for (Read *read = reads; read; read = read->next)
		if (!send_read(db, read, steps, count)) return false;
	return PQpipelineSync(db->pg);
}

static void run_batch(Pipeline *pipeline, Db *db, Read *reads) {
	Step steps[STEPS_MAX];
	Again again = {0};
	int count = 0;
	if (send_batch(db, reads, steps, &count)) {
		take_answers(db, steps, count, &again);
	} else {
		count = 0;
		for (Read *read = reads; read; read = read->next)
			steps[count++] = (Step){STEP_READ, NULL, read};
		lose_batch(db, steps, 0, count, &again, NULL);
	}
	put_back(pipeline, again.first, again.last, again.count);
}

static bool enter(Db *db) {
	Error error = {0};
	if (db->broken && postgres_reconnect(db, &error)) return false;
	return PQpipelineStatus(db->pg) == PQ_PIPELINE_ON || PQenterPipelineMode(db->pg);
}

static void *pipeline_loop(void *arg) {
	struct Lane *lane = arg;
	int count;
	for (Read *reads; (reads = take_batch(lane->pipeline, &count));) {
		if (enter(lane->db)) {
			run_batch(lane->pipeline, lane->db, reads);
			continue;
		}
		for (Read *read = reads, *next; read; read = next) {
			next = read->next;
			refuse(lane->db, read, NULL);
		}
	}
	return NULL;
}

/* --- starting and stopping --------------------------------------------------------------------------------------------- */
static int pipeline_start(Store *store, Error *error) {
	Pipeline *pipeline = calloc(1, sizeof *pipeline);
	if (!pipeline) abort();
	pthread_mutex_init(&pipeline->mutex, NULL);
	cond_init_monotonic(&pipeline->wake);
	store->pipeline = pipeline;
	for (int i = 0; i < PIPELINE_THREADS; i++) {
		Db *db = db_new(store, DB_READER, error);
		if (!db) {
			if (i > 0) break;
			store->pipeline = NULL;
			free(pipeline);
			return error->code;
		}
		pipeline->dbs[i] = db;
		pipeline->lanes[i] = (struct Lane){pipeline, db};
		if (pthread_create(&pipeline->ids[i], NULL, pipeline_loop, &pipeline->lanes[i]) != 0) abort();
		pipeline->threads++;
	}
	return 0;
}

static Pipeline *pipeline_of(Store *store) {
	pthread_mutex_lock(&store->pipeline_mutex);
	Error error = {0};
	if (!store->pipeline && pipeline_start(store, &error)) log_warn("store: no read pipeline: %s", error.message);
	Pipeline *pipeline = store->pipeline;
	pthread_mutex_unlock(&store->pipeline_mutex);
	return pipeline;
}

static Read *new_read(const char *sql, const Val *args, size_t count, ReadDone done, void *arg) {
	Read *read = malloc(sizeof *read + count * sizeof *read->kinds);
	if (!read) abort();
	*read = (Read){.sql = sql, .kinds = (Val *)(void *)(read + 1), .count = count, .done = done, .arg = arg};
	for (size_t i = 0; i < count; i++)
		read->kinds[i] = (Val){.kind = args[i].kind};
	if (postgres_encode(&read->args, args, count)) return read;
	free(read);
	return NULL;
}

int store_read_async(Store *store, const char *sql, const Val *args, size_t count, ReadDone done, void *arg) {
	if (store->kind != STORE_POSTGRES || count > STATEMENT_ARGS_MAX) return ERR_INVALID;
	Pipeline *pipeline = atomic_load(&store->pipeline_ready);
	if (!pipeline) {
		pipeline = pipeline_of(store);
		if (!pipeline) return ERR_BUSY;
		atomic_store(&store->pipeline_ready, pipeline);
	}
	Read *read = new_read(sql, args, count, done, arg);
	if (!read) return ERR_INVALID;
	pthread_mutex_lock(&pipeline->mutex);
	bool room = pipeline->waiting < WAITING_MAX && !pipeline->stopping;
	if (room) {
		if (pipeline->last)
			pipeline->last->next = read;
		else
			pipeline->first = read;
		pipeline->last = read;
		pipeline->waiting++;
		pthread_cond_signal(&pipeline->wake);
	}
	pthread_mutex_unlock(&pipeline->mutex);
	if (room) return 0;
	free(read->args.room);
	free(read);
	return ERR_BUSY;
}

void pipeline_stop(Store *store) {
	Pipeline *pipeline = store->pipeline;
	if (!pipeline) return;
	pthread_mutex_lock(&pipeline->mutex);
	pipeline->stopping = true;
	pthread_cond_broadcast(&pipeline->wake);
	pthread_mutex_unlock(&pipeline->mutex);
	for (int i = 0; i < pipeline->threads; i++)
		pthread_join(pipeline->ids[i], NULL);
	for (int i = 0; i < pipeline->threads; i++)
		db_free(pipeline->dbs[i]);
	store->pipeline = NULL;
	free(pipeline);
}
