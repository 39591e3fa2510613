/* key: the pair that signs checkpoints, DIR/keys/evidence.pem. Made when a store begins and never replaced unseen: a new key
 * under old checkpoints is what a forger would need, so a lost one stops the start, and a new one begins by its own command, with
 * an entry and a checkpoint that say so. Main thread, at start and in that command. */
#include "evidence/parts.h"
#include <sys/stat.h>
#include <errno.h>
#include <unistd.h>

/* Whether anything was sealed: by this store, or by the copies in this directory. 1, 0, < 0. */
static int sealed_before(Evidence *evidence, Error *error) {
	char path[PATH_LEN_MAX];
	struct stat copy;
	int64_t number = 0;
	snprintf(path, sizeof path, "%.*s/checkpoints.jsonl", PATH_LEN_MAX - 32, evidence->root);
	if (stat(path, &copy) == 0 && copy.st_size > 0) return 1;
	Db *db = store_reader(evidence->store, error);
	if (!db) return error->code ? error->code : ERR_BUSY;
	int found = db_int(db, &number, "SELECT number FROM evidence_checkpoint ORDER BY number DESC LIMIT 1", NO_BIND);
	store_release(db);
	return found;
}

static int key_make(Evidence *evidence, const char *path, Error *error) {
	int sealed = sealed_before(evidence, error);
	if (sealed < 0) return sealed;
	if (sealed)
		return error_field(error, ERR_NOT_FOUND, "", TEXT_NONE, "evidence_key",
		                   "Restore it from the backup, or copy it from another state directory of this store (mode "
		                   "0600). Where it is lost for good: yiwang evidence new-key DIR, see docs/operations.md.",
		                   "%s is missing, and evidence of this store is sealed with it: it is not replaced unseen",
		                   path);
	int code = signing_key_create(path, error);
	if (code != ERR_CONFLICT) return code;
	error_clear(error); /* another process of this directory was faster */
	return 0;
}

int key_open(Evidence *evidence, const char *dir, Error *error) {
	char path[PATH_LEN_MAX];
	snprintf(path, sizeof path, "%.*s/keys", PATH_LEN_MAX - 32, dir);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return error_set(error, ERR_IO, "cannot make the folder %s: %s", path, strerror(errno));
	snprintf(path, sizeof path, "%.*s/keys/evidence.pem", PATH_LEN_MAX - 32, dir);
	int code = access(path, F_OK) != 0 ? key_make(evidence, path, error) : 0;
	if (code == 0) code = signing_key_load(&evidence->key, path, error);
	if (code == 0) signing_key_public(evidence->key, evidence->public_key);
	return code;
}

/* --- a new one, on purpose -------------------------------------------------------------------------------------------------- */

int evidence_key_begin(Evidence *evidence, int64_t *number, Error *error) {
	bool made = false;
	pthread_mutex_lock(&evidence->seal_lock);
	evidence->new_key = true;
	pthread_mutex_unlock(&evidence->seal_lock);
	int code = evidence_seal(evidence, true, number, &made, error);
	pthread_mutex_lock(&evidence->seal_lock);
	evidence->new_key = false;
	pthread_mutex_unlock(&evidence->seal_lock);
	return code;
}

static int key_entry(Request *rq, void *arg) {
	const Evidence *evidence = arg;
	char before[2 * PUBLIC_KEY_LEN + 1] = "", key[2 * PUBLIC_KEY_LEN + 1];
	Checkpoint last;
	EvidenceEntry entry;
	int have = checkpoint_last(rq->db, rq->arena, &last);
	if (have < 0) return have;
	if (have) hex_encode(last.key, PUBLIC_KEY_LEN, before);
	hex_encode(evidence->public_key, PUBLIC_KEY_LEN, key);
	evidence_entry(rq, &entry);
	entry.action = "evidence.new_key";
	entry.status = 200;
	entry.detail = arena_printf(rq->arena, "{\"before\":\"%s\",\"key\":\"%s\"}", before, key);
	return evidence_write(rq, &entry);
}

int evidence_new_key(Request *rq, int64_t *number) {
	Evidence *evidence = evidence_of(rq->app);
	int code = request_write(rq, key_entry, evidence);
	return code < 0 ? code : evidence_key_begin(evidence, number, rq->error);
}
