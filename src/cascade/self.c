/* This node as others know it: DIR/keys/node.pem, made at first use and never replaced unseen (the store remembers its public
 * key, so that a second process of the same store without the file says so instead of being another node), and the certificate it
 * calls others with. Any thread, outside writes. */
#include "cascade/internal.h"
#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void key_free(void *key) {
	signing_key_free(key);
}

static int key_known(Request *rq, char out[2 * PUBLIC_KEY_LEN + 1]) {
	Rows *rows;
	*out = 0;
	int found = db_one(rq->db, &rows, "SELECT public_key FROM cascade_self WHERE id = 1", NO_BIND);
	if (found > 0) snprintf(out, 2 * PUBLIC_KEY_LEN + 1, "%.*s", TEXT_ARG(rows_text(rows, 0)));
	db_rest(rq->db);
	return found;
}

int self_name(Request *rq, char out[NODE_ID_LEN + 1]) {
	char known[2 * PUBLIC_KEY_LEN + 1];
	uint8_t key[PUBLIC_KEY_LEN];
	int found = key_known(rq, known);
	if (found > 0 && hex_decode(text_of(known), key, PUBLIC_KEY_LEN) != 0)
		return fail(rq, ERR_INTERNAL, "the key of this node is damaged in the store");
	if (found > 0) node_name(key, out);
	return found;
}

static int key_register(Request *w, void *arg) {
	const Self *self = arg;
	EvidenceEntry entry;
	int64_t done = db_run(w->db, "INSERT INTO cascade_self (id, public_key) VALUES (1, $1) ON CONFLICT (id) DO NOTHING",
	                      BIND(val_str(self->public_key)));
	if (done <= 0) return (int)done;
	evidence_entry(w, &entry);
	entry.action = "cascade.key";
	entry.status = 201;
	entry.detail = arena_printf(w->arena, "{\"node\":\"%s\"}", self->fingerprint);
	return evidence_write(w, &entry);
}

static int key_missing(Request *rq) {
	return error_field(rq->error, ERR_NOT_FOUND, "", TEXT_NONE, "node_key",
	                   "Copy keys/node.pem from another state directory of this store, or from the backup (mode 0600).",
	                   "the key of this node is not in this state directory, and it is not replaced unseen");
}

int self_load(Request *rq, Self *out) {
	char known[2 * PUBLIC_KEY_LEN + 1], *path = app_path(rq->arena, rq->app, "keys/node.pem");
	uint8_t key[PUBLIC_KEY_LEN];
	*out = (Self){0};
	int found = key_known(rq, known);
	if (found < 0) return found;
	if (access(path, F_OK) != 0) {
		Error exists = {0}; /* another thread may have made it just now: then loading it is what counts */
		if (found) return key_missing(rq);
		mkdir(app_path(rq->arena, rq->app, "keys"), 0700);
		(void)signing_key_create(path, &exists);
	}
	int code = signing_key_load(&out->key, path, rq->error);
	if (code < 0) return code;
	arena_on_free(rq->arena, key_free, out->key);
	signing_key_public(out->key, key);
	hex_encode(key, PUBLIC_KEY_LEN, out->public_key);
	node_name(key, out->fingerprint);
	if (!found) {
		code = request_write(rq, key_register, out);
		if (code >= 0) code = key_known(rq, known);
	}
	if (code >= 0 && strcmp(known, out->public_key) != 0) return key_missing(rq);
	out->name = setting_text(rq, "cascade.name");
	out->url = setting_text(rq, "cascade.url");
	return code < 0 ? code : 0;
}

/* --- the certificate ------------------------------------------------------------------------------------------------------ */

static int certificate_problem(Request *rq, const char *why) {
	return error_field(rq->error, ERR_NOT_FOUND, "", TEXT_NONE, "certificate",
	                   "See \"Nodes above and below\" in docs/operations.md: certificate and key in one file, mode 0600.",
	                   "this node cannot call others: %s", why);
}

int certificate_load(Request *rq, Certificate *out) {
	char pem[64 << 10];
	struct stat about;
	Digest pin;
	out->path = app_path(rq->arena, rq->app, "keys/cascade-client.pem");
	out->ca_path = app_path(rq->arena, rq->app, "keys/cascade-ca.pem");
	FILE *file = fopen(out->path, "rbe");
	if (!file) return certificate_problem(rq, "keys/cascade-client.pem is not there or cannot be read");
	size_t length = fread(pem, 1, sizeof pem, file);
	bool open_to_others = fstat(fileno(file), &about) != 0 || (about.st_mode & 077) != 0;
	fclose(file);
	int code = certificate_pin((Text){pem, length}, &pin, &out->until_us);
	explicit_bzero(pem, sizeof pem);
	if (open_to_others) return certificate_problem(rq, "keys/cascade-client.pem can be read by others");
	if (code < 0) return certificate_problem(rq, "keys/cascade-client.pem holds no certificate");
	if (access(out->ca_path, R_OK) != 0)
		return certificate_problem(rq, "keys/cascade-ca.pem, the authority of the other nodes' servers, is not there");
	hex_encode(pin.bytes, DIGEST_LEN, out->pin);
	return 0;
}

int self_get(Request *rq) {
	Self self;
	Certificate certificate = {0};
	int code = self_load(rq, &self);
	if (code < 0) return code;
	bool can = certificate_load(rq, &certificate) == 0;
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "name", self.name);
	jw_kv_str(&rq->json, "url", self.url);
	jw_kv_str(&rq->json, "fingerprint", self.fingerprint);
	jw_kv_str(&rq->json, "invitation",
	          *self.name
	              ? arena_printf(rq->arena, "yiwang-node/1 %s %s %s", self.public_key, *self.url ? self.url : "-", self.name)
	              : NULL);
	jw_kv_time(&rq->json, "certificate_until", can ? certificate.until_us : 0);
	jw_kv_str(&rq->json, "problem", can ? NULL : message_say(rq, rq->error->message));
	jw_kv_str(&rq->json, "advice", can ? NULL : message_say(rq, rq->error->advice));
	jw_object_end(&rq->json);
	error_clear(rq->error);
	return 0;
}
