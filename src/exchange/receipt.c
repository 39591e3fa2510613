/* Batch receipts: table receipt, signing, and offline verification. */
#include "exchange/receipt.h"
#include "exchange/exchange.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *canonical(const json_t *body) {
	return json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
}

static void json_free(void *object) {
	json_decref(object);
}

static void key_free(void *object) {
	signing_key_free(object);
}

int receipt_key(Request *rq, SigningKey **out) {
	char *path = app_path(rq->arena, rq->app, "keys/receipt.pem");
	if (access(path, F_OK) != 0) {
		Error exists = {0}; /* another process may have made it just now: then loading it is what counts */
		mkdir(app_path(rq->arena, rq->app, "keys"), 0700);
		(void)signing_key_create(path, &exists);
	}
	int code = signing_key_load(out, path, rq->error);
	if (code == 0) arena_on_free(rq->arena, key_free, *out);
	return code;
}

int receipt_sign(Request *rq, const SigningKey *key, json_t *body, json_t **document) {
	uint8_t public_key[PUBLIC_KEY_LEN], signature[SIGNATURE_LEN];
	char public_hex[2 * PUBLIC_KEY_LEN + 1], signature_hex[2 * SIGNATURE_LEN + 1];
	arena_on_free(rq->arena, json_free, body);
	char *text = canonical(body);
	int code = sign_bytes(key, text_of(text), signature);
	signing_key_public(key, public_key);
	free(text);
	if (code < 0) return fail(rq, ERR_INTERNAL, "the receipt could not be signed");
	hex_encode(public_key, PUBLIC_KEY_LEN, public_hex);
	hex_encode(signature, SIGNATURE_LEN, signature_hex);
	*document = json_pack("{s:O, s:s, s:s}", "receipt", body, "public_key", public_hex, "signature", signature_hex);
	arena_on_free(rq->arena, json_free, *document);
	return 0;
}

int receipt_put(Request *rq, int64_t receipt_id, int64_t job_id, int64_t resource_id, const json_t *document) {
	char *text = canonical(document);
	arena_on_free(rq->arena, free, text);
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO receipt (receipt_id, job_id, resource_id, document, created_us) VALUES ($1, $2, $3, $4, $5)"
	           " ON CONFLICT (resource_id, receipt_id) DO NOTHING",
	           BIND(val_int(receipt_id), val_int(job_id), val_int(resource_id), val_str(text), val_int(rq->now_us)));
	return done < 0 ? (int)done : 0;
}

int receipt_get(Request *rq) {
	Rows *rows;
	const Resource *resource;
	int64_t job_id = in_int(rq, "id");
	int found =
	    db_one(rq->db, &rows,
	           "SELECT r.document, r.resource_id, COALESCE(j.org_id, 0) FROM receipt r LEFT JOIN job j ON j.job_id = r.job_id"
	           " WHERE r.job_id = $1 ORDER BY r.receipt_id DESC LIMIT 1",
	           BIND(val_int(job_id)));
	if (found <= 0)
		return found < 0 ? found
		                 : fail(rq, ERR_NOT_FOUND, "job %lld has no receipt: only a reconciled job gives one",
		                        (long long)job_id);
	char *document = rows_str(rows, 0, rq->arena);
	int64_t resource_id = rows_int(rows, 1), job_org = rows_int(rows, 2);
	int code = resource_any(rq, resource_id, &resource); /* a receipt outlives its entry */
	if (code == 0 && job_org != rq->party.org_id)        /* the receiver of a delivery has its receipt too */
		code = resource_own(rq, resource);
	if (code < 0) return code;
	rq->about_resource = resource_id;
	rq->about_subject = job_id;
	jw_raw(&rq->json, text_of(document));
	return 0;
}

/* --- offline ------------------------------------------------------------------------------------------------------------- */

static bool hex_member(const json_t *document, const char *name, uint8_t *out, size_t count) {
	const char *text = json_string_value(json_object_get(document, name));
	return text && strlen(text) == 2 * count && hex_decode(text_of(text), out, count) == 0;
}

int receipt_open(Text text, const char *name, const char *trusted_key, json_t **out, Error *error) {
	json_error_t where;
	uint8_t public_key[PUBLIC_KEY_LEN], signature[SIGNATURE_LEN];
	json_t *document = json_loadb(text.at ? text.at : "", text.len, JSON_REJECT_DUPLICATES, &where);
	if (!document) return error_set(error, ERR_INVALID, "%s is not a receipt: line %d: %s", name, where.line, where.text);
	json_t *body = json_object_get(document, "receipt");
	int code = 0;
	if (!json_is_object(body) || !hex_member(document, "public_key", public_key, PUBLIC_KEY_LEN) ||
	    !hex_member(document, "signature", signature, SIGNATURE_LEN))
		code = error_set(error, ERR_INVALID, "%s is not a receipt: it needs receipt, public_key and signature", name);
	char *signed_text = code == 0 ? canonical(body) : NULL;
	if (code == 0 && trusted_key && strcmp(trusted_key, json_string_value(json_object_get(document, "public_key"))) != 0)
		code = error_set(error, ERR_INVALID, "%s was signed with another key than the one you trust", name);
	if (code == 0 && !signature_check(public_key, text_of(signed_text), signature))
		code = error_set(error, ERR_INVALID, "%s was changed after it was signed", name);
	free(signed_text);
	*out = code == 0 ? json_incref(body) : NULL;
	json_decref(document);
	return code;
}

/* The file that a receipt is about: what was read (a load's snapshot) or what was sent (a parcel's file). */
static const char *receipt_sha256(const json_t *body) {
	const json_t *file = json_object_get(body, "snapshot");
	return json_string_value(json_object_get(file ? file : json_object_get(body, "file"), "sha256"));
}

static int file_check(const json_t *body, const char *path, Error *error) {
	Digest digest;
	int64_t size;
	char hex[HEX_DIGEST_MAX];
	const char *signed_hex = receipt_sha256(body);
	int code = digest_file(path, &digest, &size, error);
	if (code < 0) return code;
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	return signed_hex && strcmp(hex, signed_hex) == 0
	           ? 0
	           : error_set(error, ERR_INVALID, "%s is not the file of this receipt: its SHA-256 is %s, the receipt says %s",
	                       path, hex, signed_hex ? signed_hex : "none (not a file)");
}

/* A whole small file into a Buf. */
static int document_read(const char *path, Buf *out, Error *error) {
	enum { DOCUMENT_MAX = 16 << 20 };
	FILE *file = fopen(path, "r");
	if (!file) return error_set(error, ERR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
	size_t got;
	while (out->len < DOCUMENT_MAX && (got = fread(buf_reserve(out, 64 << 10), 1, 64 << 10, file)) > 0)
		out->len += got;
	bool whole = feof(file) && !ferror(file);
	fclose(file);
	return whole ? 0 : error_set(error, ERR_IO, "%s cannot be read, or is larger than 16 MiB", path);
}

int receipt_file(const char *path, const char *trusted_key, json_t **body, Error *error) {
	Buf text = {0};
	*body = NULL;
	int code = document_read(path, &text, error);
	if (code == 0) code = receipt_open(buf_as_text(&text), path, trusted_key, body, error);
	buf_free(&text);
	return code;
}

int receipt_verify(const char *path, const char *trusted_key, const char *source_path, Buf *out, Error *error) {
	json_t *body;
	int code = receipt_file(path, trusted_key, &body, error);
	if (code == 0 && source_path) code = file_check(body, source_path, error);
	char *signed_text = code == 0 ? canonical(body) : NULL;
	if (signed_text) buf_printf(out, "%s\n", signed_text);
	free(signed_text);
	json_decref(body);
	return code;
}
