/* ahead: on PostgreSQL, reads that writes are known to ask for (db_ahead) travel in one message with BEGIN, those of a whole
 * group together, before the first of them runs. A write that asks for the same statement with the same values is given that
 * answer. Thread and lifetime: the Db's, within one transaction.
 *
 * A read ahead sees the snapshot, not what writes before it in the group changed. So it is forgotten, and made when it is asked
 * for, behind a write that reads nothing ahead itself, or that changed something by db_run: db_run_later alone is for rows of
 * which a second change in one transaction fails. Of two that ask for the same only the first reads it ahead. */
#include "store/store_parts.h"
#include <stdlib.h>

static bool same_values(const PostgresArgs *a, const PostgresArgs *b, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (!a->values[i] != !b->values[i]) return false;
		if (!a->values[i]) continue;
		if (a->lengths[i] != b->lengths[i] || a->formats[i] != b->formats[i]) return false;
		if (memcmp(a->values[i], b->values[i], (size_t)a->lengths[i]) != 0) return false;
	}
	return true;
}

static Ahead *ahead_find(Db *db, const char *sql, const PostgresArgs *values, size_t count) {
	for (int i = 0; i < db->ahead_count; i++) {
		Ahead *one = &db->ahead[i];
		if (one->count == count && strcmp(one->sql, sql) == 0 && same_values(&one->values, values, count)) return one;
	}
	return NULL;
}

/* What was not prepared yet is asked for when it is needed. */
void db_ahead(Db *db, const char *sql, const Val *args, size_t count) {
	StatementFit fit = {args, count};
	Statement *statement =
	    db->failed || db->ahead_count == AHEAD_MAX ? NULL : statement_find(&db->cache, sql, postgres_fits, &fit);
	Ahead one = {.count = count, .owner = db->ahead_owner};
	if (!statement || !postgres_encode(&one.values, args, count)) return;
	one.sql = sql;
	if (ahead_find(db, sql, &one.values, count)) {
		free(one.values.room);
		return;
	}
	Ahead *kept = &db->ahead[db->ahead_count++];
	*kept = one;
	postgres_send(db, statement, &kept->values, count, &kept->result);
}

int ahead_ask(Db *db, const WriteTask *task, int owner) {
	db->ahead_owner = owner;
	if (task->ahead && !db->failed) task->ahead(db, task->arg);
	return db->failed;
}

PGresult *ahead_take(Db *db, const char *sql, const Val *args, size_t count) {
	PostgresArgs values;
	if (db->wrote || !postgres_encode(&values, args, count)) return NULL;
	Ahead *one = ahead_find(db, sql, &values, count);
	PGresult *result = one && one->owner == db->ahead_owner ? one->result : NULL;
	if (result) one->result = NULL;
	free(values.room);
	return result;
}

void ahead_forget(Db *db) {
	for (int i = 0; i < db->ahead_count; i++) {
		PQclear(db->ahead[i].result);
		free(db->ahead[i].values.room);
	}
	db->ahead_count = 0;
}
