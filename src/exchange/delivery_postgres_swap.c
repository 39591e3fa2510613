/* How a full delivery is taken into the live table of a receiver's PostgreSQL. Where the columns are the same, rows go from the
 * staging table into the live one, in one transaction, and only those that differ: the table is the receiver's, and all that was
 * made on it stays (indexes, owner, privileges, comments, views that read it, keys that point at it, publications). Readers are
 * not held up and see the old rows until the end. Where the columns are others, the staging table takes its place, and what can
 * be made anew on it is. See docs/decisions/0037. */
#include "exchange/delivery_postgres.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(PgTarget *target, const char *sql, const char *doing) {
	return pg_run(target, sql, 0, NULL, doing, NULL);
}

/* --- the same columns: rows ------------------------------------------------------------------------------------------------- */

/* Triggers, rules, row security, columns of its own make, checks (their functions may do anything), and keys whose changes go on
 * to other tables, where a trigger may write here again. */
int pg_meddled(PgTarget *target, bool *out) {
	PGresult *result;
	const char *const params[] = {target->base.schema, target->base.table};
	int code = pg_run(target,
	                  "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND "
	                  "c.relname = $2 AND (c.relkind <> 'r' OR c.relhasrules OR c.relrowsecurity OR EXISTS (SELECT 1 FROM "
	                  "pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal) OR EXISTS (SELECT 1 FROM pg_attribute a "
	                  "WHERE a.attrelid = c.oid AND a.attgenerated <> '') OR EXISTS (SELECT 1 FROM pg_constraint k WHERE "
	                  "(k.conrelid = c.oid AND k.contype = 'c') OR (k.confrelid = c.oid AND (k.confupdtype NOT IN ('a', 'r')"
	                  " OR k.confdeltype NOT IN ('a', 'r')))))",
	                  2, params, "look at its table", &result);
	if (code < 0) return code;
	*out = PQntuples(result) > 0;
	PQclear(result);
	return 0;
}

/* Both tables hold the same, or nothing is taken. Where nothing can have meddled, the number of rows tells: each row of the
 * staging table is in the live one, and none besides. */
static int rows_same(PgTarget *target) {
	PGresult *result;
	Arena *arena = target->base.arena;
	bool compare = false;
	int code = pg_meddled(target, &compare);
	const char *differ = compare
	                         ? arena_printf(arena,
	                                        "(SELECT count(*) FROM %s AS t FULL JOIN %s AS i ON t." DELIVERY_ID_NAME
	                                        " = i." DELIVERY_ID_NAME " WHERE t." DELIVERY_ID_NAME
	                                        " IS NULL OR i." DELIVERY_ID_NAME " IS NULL OR ROW(%s) IS DISTINCT FROM ROW(%s))",
	                                        target->live, target->staging, target->same_t, target->same_i)
	                         : "0";
	if (code == 0)
		code = pg_run(target, arena_printf(arena, "SELECT %s, (SELECT count(*) FROM %s)", differ, target->live), 0, NULL,
		              "be looked at", &result);
	if (code < 0) return code;
	int64_t others = strtoll(PQgetvalue(result, 0, 0), NULL, 10), rows = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
	PQclear(result);
	if (others == 0 && rows == target->base.mark.filled.count) return 0;
	return delivery_rows_differ(&target->base, others ? others : rows - target->base.mark.filled.count);
}

static int rows_take(PgTarget *target) {
	Arena *arena = target->base.arena;
	int code = run(target, "SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on", "set up the session");
	if (code == 0)
		code =
		    run(target, arena_printf(arena, "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", target->live), "lock its table");
	if (code == 0) /* before the others: their values may be unique there */
		code = run(target,
		           arena_printf(arena,
		                        "DELETE FROM %s AS t WHERE NOT EXISTS (SELECT 1 FROM %s AS i WHERE i." DELIVERY_ID_NAME
		                        " = t." DELIVERY_ID_NAME ")",
		                        target->live, target->staging),
		           "remove rows");
	if (code == 0)
		code = run(target,
		           arena_printf(arena,
		                        "UPDATE %s AS t SET %s FROM %s AS i WHERE i." DELIVERY_ID_NAME " = t." DELIVERY_ID_NAME
		                        " AND ROW(%s) IS DISTINCT FROM ROW(%s)",
		                        target->live, target->update, target->staging, target->same_t, target->same_i),
		           "take the new rows");
	if (code == 0)
		code =
		    run(target,
		        arena_printf(arena,
		                     "INSERT INTO %s (%s) SELECT %s FROM %s AS i WHERE NOT EXISTS (SELECT 1 FROM %s AS t WHERE "
		                     "t." DELIVERY_ID_NAME " = i." DELIVERY_ID_NAME ")",
		                     target->live, target->names, target->names, target->staging, target->live),
		        "take the new rows");
	if (code == 0) code = rows_same(target);
	if (code == 0) code = run(target, arena_printf(arena, "DROP TABLE %s", target->staging), "drop its staging table");
	return code;
}

/* --- other columns: the table ----------------------------------------------------------------------------------------------- */

/* Statements that make anew, on a table of the live one's name, what people made on it; what each is about, for people. Without
 * the key, which the staging table has. */
#define MADE                                                                                                                     \
	"WITH c AS (SELECT c.oid, c.relowner, c.relacl, format('%I.%I', n.nspname, c.relname) AS t FROM pg_class c JOIN "        \
	"pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2)"                                      \
	" SELECT format('GRANT %s ON %s TO %s', a.privilege_type, t, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE "                \
	"quote_ident(pg_get_userbyid(a.grantee)) END), 'privilege ' || a.privilege_type, 1 FROM c CROSS JOIN "                   \
	"aclexplode(c.relacl) a WHERE a.grantee <> c.relowner"                                                                   \
	" UNION ALL SELECT format('GRANT %s (%I) ON %s TO %s', a.privilege_type, m.attname, t, CASE WHEN a.grantee = 0 THEN "    \
	"'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END), 'privilege ' || a.privilege_type, 1 FROM c JOIN "           \
	"pg_attribute m ON m.attrelid = c.oid CROSS JOIN aclexplode(m.attacl) a"                                                 \
	" UNION ALL SELECT format('COMMENT ON TABLE %s IS %L', t, obj_description(c.oid, 'pg_class')), 'comment', 1 FROM c "     \
	"WHERE obj_description(c.oid, 'pg_class') IS NOT NULL"                                                                   \
	" UNION ALL SELECT format('COMMENT ON COLUMN %s.%I IS %L', t, m.attname, d.description), 'comment on ' || m.attname, "   \
	"1 FROM c JOIN pg_attribute m ON m.attrelid = c.oid AND m.attnum > 0 AND NOT m.attisdropped JOIN pg_description d ON "   \
	"d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = m.attnum"                                       \
	" UNION ALL SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', t, k.conname, pg_get_constraintdef(k.oid)), "           \
	"'rule ' || k.conname, 2 FROM c JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype IN ('c', 'f', 'u', 'x')"      \
	" UNION ALL SELECT pg_get_indexdef(x.indexrelid), 'index ' || i.relname, 2 FROM c JOIN pg_index x ON x.indrelid = "      \
	"c.oid JOIN pg_class i ON i.oid = x.indexrelid WHERE NOT x.indisprimary AND NOT EXISTS (SELECT 1 FROM pg_constraint k "  \
	"WHERE k.conindid = x.indexrelid AND k.contype IN ('u', 'x'))"                                                           \
	" UNION ALL SELECT pg_get_triggerdef(g.oid), 'trigger ' || g.tgname, 3 FROM c JOIN pg_trigger g ON g.tgrelid = c.oid "   \
	"WHERE NOT g.tgisinternal"                                                                                               \
	" UNION ALL SELECT format('ALTER TABLE %s OWNER TO %s', t, quote_ident(pg_get_userbyid(c.relowner))), 'owner', 4 FROM "  \
	"c WHERE pg_get_userbyid(c.relowner) <> current_user ORDER BY 3"

/* Who may see which rows is not carried over: it must not get lost unseen. */
static int guarded(PgTarget *target, const char *const *params) {
	PGresult *result;
	int code = pg_run(target,
	                  "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND "
	                  "c.relname = $2 AND (c.relrowsecurity OR EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))",
	                  2, params, "look at its table", &result);
	if (code < 0) return code;
	bool there = PQntuples(result) > 0;
	PQclear(result);
	if (!there) return 0;
	return error_field(target->base.error, ERR_CONFLICT, "table", text_of(target->base.table), "target_in_use",
	                   "Drop the table in the target so that it is delivered anew, and make its row security again.",
	                   "the columns delivered are others now, and the row security of %s.%s cannot be taken over",
	                   target->base.schema, target->base.table);
}

/* What fails is left out and told: mostly an index on a column that is no more. */
static int made_again(PgTarget *target, const PGresult *made) {
	Error *error = target->base.error;
	int code = 0;
	for (int i = 0; i < PQntuples(made) && code == 0; i++) {
		code = run(target, "SAVEPOINT yw_made", "begin");
		if (code < 0) return code;
		int kept = run(target, PQgetvalue(made, i, 0), "keep what was made on its table");
		if (kept < 0) {
			Arena *arena = target->base.arena;
			const char *note =
			    arena_printf(arena, "the new table is without its %s: %s", PQgetvalue(made, i, 1), error->message);
			error_clear(error);
			target->base.notes[target->base.note_count < NOTES_MAX - 1 ? target->base.note_count++ : NOTES_MAX - 1] =
			    note;
			code = run(target, "ROLLBACK TO SAVEPOINT yw_made", "begin");
		}
	}
	return code;
}

static int table_replace(PgTarget *target) {
	Arena *arena = target->base.arena;
	const char *const params[] = {target->base.schema, target->base.table};
	PGresult *made = NULL;
	int code = guarded(target, params);
	if (code == 0) code = pg_run(target, MADE, 2, params, "look at what was made on its table", &made);
	if (code == 0)
		code = run(target, arena_printf(arena, "ALTER TABLE %s RENAME TO %s", target->live, target->old_name),
		           "put the old table aside");
	if (code == 0)
		code = run(target, arena_printf(arena, "ALTER TABLE %s RENAME TO %s", target->staging, target->live_name),
		           "take the new table");
	if (code == 0) code = run(target, arena_printf(arena, "DROP TABLE %s", target->old), "drop the old table");
	if (code == 0) code = made_again(target, made);
	PQclear(made);
	return code;
}

/* --- swapping --------------------------------------------------------------------------------------------------------------- */

static int tables_change(PgTarget *target) {
	char *there;
	int code = pg_columns_there(target, target->base.table, &there);
	if (code < 0) return code;
	if (!*there)
		return run(target,
		           arena_printf(target->base.arena, "ALTER TABLE %s RENAME TO %s", target->staging, target->live_name),
		           "take the new table");
	code = pg_check(&target->base);
	if (code < 0) return code;
	return strcmp(there, target->columns) == 0 ? rows_take(target) : table_replace(target);
}

int pg_swap(DeliveryTarget *base, const char *signature) {
	PgTarget *target = (PgTarget *)base;
	DeliveryMark *mark = &base->mark;
	char id[24];
	snprintf(id, sizeof id, "%lld", (long long)base->delivery_id);
	const char *const params[] = {id, signature, target->columns, mark->run};
	int code = pg_begin_tx(target);
	if (code == 0) code = tables_change(target);
	if (code == 0)
		code = pg_run_one(
		    target,
		    arena_printf(base->arena,
		                 "UPDATE %s SET signature = $2, columns = $3, position = run_position, live = filled, "
		                 "done_run = run, run = '', as_of = '', updated_at = now() WHERE delivery_id = $1 AND run "
		                 "= $4",
		                 target->marks),
		    4, params);
	code = pg_end(target, code);
	return code < 0 ? code : pg_mark_read(target);
}
