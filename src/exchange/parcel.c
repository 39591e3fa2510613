/* parcel.h */
#include "exchange/parcel.h"
#include "exchange/receipt.h"

#define PARCEL_COLUMNS                                                                                                           \
	"sequence, job_id, state, mode, position, signature, digest, file_name, file_size, file_sha256, put_count, "             \
	"remove_count,"                                                                                                          \
	" held_count, document"

static char *digest_text(Arena *arena, const Digest *digest) {
	char *hex = arena_alloc(arena, HEX_DIGEST_MAX);
	hex_encode(digest->bytes, DIGEST_LEN, hex);
	return hex;
}

static void row_read(Request *rq, Rows *rows, ParcelRow *out) {
	*out = (ParcelRow){.sequence = rows_int(rows, 0),
	                   .job_id = rows_int(rows, 1),
	                   .there = text_is(rows_text(rows, 2), "there"),
	                   .mode = rows_str(rows, 3, rq->arena),
	                   .position = rows_int(rows, 4),
	                   .signature = rows_str(rows, 5, rq->arena),
	                   .file_name = rows_str(rows, 7, rq->arena),
	                   .file_size = rows_int(rows, 8),
	                   .put = rows_int(rows, 10),
	                   .removed = rows_int(rows, 11),
	                   .held = rows_int(rows, 12),
	                   .document = rows_str(rows, 13, rq->arena)};
	(void)hex_decode(rows_text(rows, 6), out->digest.bytes, DIGEST_LEN);
	(void)hex_decode(rows_text(rows, 9), out->file_sha256.bytes, DIGEST_LEN);
}

int parcel_find(Request *rq, int64_t delivery_id, const CarrierMark *mark, ParcelRow *out, int64_t *newest) {
	Rows *rows;
	ParcelRow row;
	*out = (ParcelRow){0};
	*newest = 0;
	int code = db_query(
	    rq->db, &rows, "SELECT " PARCEL_COLUMNS " FROM delivery_parcel WHERE delivery_id = $1 ORDER BY sequence DESC LIMIT 2",
	    BIND(val_int(delivery_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		row_read(rq, rows, &row);
		if (*newest == 0 && row.there) *newest = row.sequence;
		if (row.sequence == mark->sequence && memcmp(&row.digest, &mark->digest, sizeof row.digest) == 0) *out = row;
	}
	return code;
}

int parcel_counted(Request *rq, int64_t delivery_id, int64_t job_id, int64_t *out) {
	*out = 0;
	int found = db_int(rq->db, out,
	                   "SELECT put_count FROM delivery_parcel WHERE delivery_id = $1 AND job_id = $2 AND state = 'sending'",
	                   BIND(val_int(delivery_id), val_int(job_id)));
	return found < 0 ? found : 0;
}

int parcel_put(Request *w, int64_t delivery_id, const ParcelRow *row) {
	int64_t done = db_run(
	    w->db,
	    "INSERT INTO delivery_parcel (delivery_id, sequence, job_id, state, mode, position, signature, digest, file_name, "
	    "file_size,"
	    " file_sha256, put_count, remove_count, held_count, document, created_us) VALUES ($1, $2, $3, 'sending', $4, $5, $6, "
	    "$7, $8,"
	    " $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (delivery_id, sequence) DO UPDATE SET job_id = excluded.job_id, "
	    "state ="
	    " 'sending', mode = excluded.mode, position = excluded.position, signature = excluded.signature, digest = "
	    "excluded.digest,"
	    " file_name = excluded.file_name, file_size = excluded.file_size, file_sha256 = excluded.file_sha256, put_count ="
	    " excluded.put_count, remove_count = excluded.remove_count, held_count = excluded.held_count, document = "
	    "excluded.document,"
	    " created_us = excluded.created_us",
	    BIND(val_int(delivery_id), val_int(row->sequence), val_int(row->job_id), val_str(row->mode), val_int(row->position),
	         val_str(row->signature), val_str(digest_text(w->arena, &row->digest)), val_str(row->file_name),
	         val_int(row->file_size), val_str(digest_text(w->arena, &row->file_sha256)), val_int(row->put),
	         val_int(row->removed), val_int(row->held), val_str(row->document), val_int(w->now_us)));
	return done < 0 ? (int)done : 0;
}

int parcel_there(Request *w, int64_t delivery_id, const ParcelRow *row) {
	int64_t done =
	    db_run(w->db, "UPDATE delivery_parcel SET state = 'there', position = $3 WHERE delivery_id = $1 AND sequence = $2",
	           BIND(val_int(delivery_id), val_int(row->sequence), val_int(row->position)));
	return done < 0 ? (int)done : 0;
}

int parcels_write(Request *rq, int64_t delivery_id) {
	static const Member members[] = {{"sequence", MEMBER_INT}, {"job_id", MEMBER_ID},      {"state", MEMBER_TEXT},
	                                 {"mode", MEMBER_TEXT},    {"file_name", MEMBER_TEXT}, {"file_size", MEMBER_INT},
	                                 {"sha256", MEMBER_TEXT},  {"put", MEMBER_INT},        {"removed", MEMBER_INT},
	                                 {"held", MEMBER_INT},     {"at", MEMBER_TIME},        {0}};
	return answer_under(rq, "parcels", members,
	                    "SELECT sequence, job_id, state, mode, file_name, file_size, file_sha256, put_count, remove_count,"
	                    " held_count, created_us FROM delivery_parcel WHERE delivery_id = $1 ORDER BY sequence DESC LIMIT 20",
	                    BIND(val_int(delivery_id)));
}

/* --- the manifest ------------------------------------------------------------------------------------------------ */

static json_t *columns_json(const RecordScan *scan) {
	json_t *columns = json_array();
	for (int i = 0; i < scan->count; i++)
		json_array_append_new(columns,
		                      json_pack("{s:s, s:s, s:s, s:b}", "name", scan->fields[i].field->name, "title",
		                                scan->fields[i].field->title, "kind",
		                                field_kind_name(scan->fields[i].field->kind), "masked", scan->fields[i].masked));
	return columns;
}

static const char *number(Arena *arena, int64_t value) {
	return arena_printf(arena, "%lld", (long long)value);
}

static json_t *body_of(Deliver *deliver, const ParcelRow *row, const CarrierMark *before) {
	const Delivery *delivery = &deliver->delivery;
	const RecordScan *scan = deliver->scan;
	Request *rq = deliver->rq;
	Arena *arena = rq->arena;
	char at[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];
	json_t *previous = before->sequence == 0 ? json_null()
	                                         : json_pack("{s:I, s:s}", "sequence", (json_int_t)before->sequence, "digest",
	                                                     digest_text(arena, &before->digest));
	json_t *file = !row->file_name
	                   ? json_null()
	                   : json_pack("{s:s, s:s, s:I, s:s}", "name", row->file_name, "format", delivery->format, "size",
	                               (json_int_t)row->file_size, "sha256", digest_text(arena, &row->file_sha256));
	json_t *body = json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "format",
	    "yiwang.delivery-manifest/1", "receipt_id", number(arena, store_new_id(rq->store)), "delivery_id",
	    number(arena, delivery->delivery_id), "job_id", number(arena, deliver->job->job_id), "name", delivery->table,
	    "resource_id", number(arena, delivery->resource_id), "resource_code", deliver->resource_code, "resource_name",
	    deliver->resource_name, "resource_version", scan->resource->version, "grant_id", number(arena, scan->grant->grant_id),
	    "purpose", scan->grant->purpose, "grant_until", clock_format(scan->grant->until_us, until), "receiver_account",
	    delivery->login, "target", deliver->address, "made_at", clock_format(clock_now_us(), at), "mode", row->mode);
	json_t *rest =
	    json_pack("{s:I, s:o, s:[I,I], s:{s:I, s:I, s:I}, s:o, s:o, s:s, s:s}", "sequence", (json_int_t)row->sequence,
	              "previous", previous, "feed", (json_int_t)deliver->from, (json_int_t)row->position, "records", "put",
	              (json_int_t)row->put, "remove", (json_int_t)row->removed, "held", (json_int_t)row->held, "columns",
	              columns_json(scan), "file", file, "digest_canon", "v1", "put_digest", table_digest_text(arena, &row->rows));
	if (body && rest) json_object_update(body, rest);
	json_decref(rest);
	return body;
}

int parcel_manifest(Deliver *deliver, const SigningKey *key, ParcelRow *row, const CarrierMark *before, json_t **document) {
	Request *rq = deliver->rq;
	json_t *body = body_of(deliver, row, before);
	if (!body) return fail(rq, ERR_INTERNAL, "the manifest could not be written");
	int code = receipt_sign(rq, key, body, document);
	if (code < 0) return code;
	row->document = json_dumps(*document, JSON_COMPACT | JSON_SORT_KEYS);
	arena_on_free(rq->arena, free, row->document);
	return row->document ? 0 : fail(rq, ERR_INTERNAL, "the manifest could not be written");
}

int parcel_own(Deliver *deliver, const SigningKey *key, const char *manifest) {
	Request *rq = deliver->rq;
	json_t *body = NULL;
	Error why = {0};
	uint8_t public_key[PUBLIC_KEY_LEN];
	char hex[2 * PUBLIC_KEY_LEN + 1];
	signing_key_public(key, public_key);
	hex_encode(public_key, PUBLIC_KEY_LEN, hex);
	int code = receipt_open(text_of(manifest), "the manifest", hex, &body, &why);
	const char *id = json_string_value(json_object_get(body, "delivery_id"));
	bool own = code == 0 && id && strcmp(id, number(rq->arena, deliver->delivery.delivery_id)) == 0;
	json_decref(body);
	return own ? 0
	           : error_field(rq->error, ERR_CONFLICT, "table", text_of(deliver->delivery.table), "target_taken",
	                         "Choose another name, or empty the folder.",
	                         "the folder %s of the target holds a manifest that this delivery did not write",
	                         deliver->delivery.table);
}
