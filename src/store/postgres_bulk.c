/* postgres_bulk: bulk insert by COPY … FROM STDIN BINARY, sent in portions of 1 MiB.
 * Thread and lifetime: the write's. */
#include "store/store_parts.h"
#include <stdlib.h>

enum { PORTION = 1 << 20 };

int postgres_bulk_begin(Db *db, Bulk *bulk, const char *table, const char *columns) {
	int code = postgres_begin(db);
	if (code) return code;
	Buf sql = {0};
	buf_printf(&sql, "COPY %s (%s) FROM STDIN (FORMAT binary)", table, columns);
	buf_char(&sql, '\0');
	PGresult *result = PQexec(db->pg, sql.at);
	code = postgres_check(db, result, sql.at);
	buf_free(&sql);
	if (code) return code;
	PQclear(result);
	static const char header[19] = "PGCOPY\n\377\r\n\0"; /* signature, no flags, no extension */
	buf_add(&bulk->buffer, header, sizeof header);
	return 0;
}

static int send_buffer(Bulk *bulk) {
	Db *db = bulk->db;
	int sent = PQputCopyData(db->pg, bulk->buffer.at, (int)bulk->buffer.len);
	buf_reset(&bulk->buffer);
	if (sent == 1) return 0;
	db->broken = PQstatus(db->pg) == CONNECTION_BAD;
	return db_fail(db, ERR_BUSY, "The connection to the database was lost during a bulk insert; try again");
}

static void put_value(Buf *out, const Val *value) {
	uint64_t bits = 0;
	switch (value->kind) {
	case VAL_NULL:
		buf_be32(out, UINT32_MAX);
		return;
	case VAL_TEXT:
	case VAL_BLOB:
		buf_be32(out, (uint32_t)value->t.len);
		buf_add(out, value->t.at, value->t.len);
		return;
	case VAL_INT:
		bits = (uint64_t)value->i;
		break;
	case VAL_DOUBLE:
		memcpy(&bits, &value->d, 8);
		break;
	}
	buf_be32(out, 8);
	buf_be64(out, bits);
}

int postgres_bulk_row(Bulk *bulk, const Val *values) {
	for (int i = 0; i < bulk->count; i++)
		if (values[i].kind == VAL_TEXT && values[i].t.len && memchr(values[i].t.at, 0, values[i].t.len))
			return db_fail(bulk->db, ERR_INVALID, "A text holds a NUL byte; remove it");
	buf_be16(&bulk->buffer, (uint16_t)bulk->count);
	for (int i = 0; i < bulk->count; i++)
		put_value(&bulk->buffer, &values[i]);
	return bulk->buffer.len < PORTION ? 0 : send_buffer(bulk);
}

int64_t postgres_bulk_end(Bulk *bulk) {
	Db *db = bulk->db;
	int code = bulk->failed;
	if (code == 0) {
		buf_be16(&bulk->buffer, UINT16_MAX); /* trailer */
		code = send_buffer(bulk);
	}
	if (db->broken) return code;
	PQputCopyEnd(db->pg, code ? "given up" : NULL);
	PGresult *result = PQgetResult(db->pg);
	int64_t rows = 0;
	if (code == 0)
		code = postgres_check(db, result, "COPY"); /* a failed one is cleared there */
	else {
		PQclear(result);
		result = NULL;
	}
	if (code == 0) {
		rows = strtoll(PQcmdTuples(result), NULL, 10);
		PQclear(result);
	}
	while ((result = PQgetResult(db->pg)))
		PQclear(result);
	return code ? code : rows;
}
