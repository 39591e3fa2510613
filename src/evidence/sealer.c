/* The sealer: publishes stream heads in evidence_head, signs checkpoints over all of them, copies checkpoints out.
 *
 * One row a checkpoint, numbered without holes by the primary key: two sealers at once cannot both win, so the lease only saves
 * work. Only heads that are on disk are published: a power cut never takes back what was sealed. Thread: any, under seal_lock. */
#include "evidence/parts.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- heads ------------------------------------------------------------------------------------------------------------ */

typedef struct Publication {
	const Evidence *evidence;
	const char *stream;
	Head head;
} Publication;

static int publish_head(Db *db, void *arg) {
	const Publication *p = arg;
	char hash[HEX_DIGEST_MAX];
	hex_encode(p->head.hash.bytes, DIGEST_LEN, hash);
	int64_t done = db_run(db,
	                      "INSERT INTO evidence_head (stream, entries, hash, last_at, node) VALUES ($1, $2, $3, $4, $5)"
	                      " ON CONFLICT (stream) DO UPDATE SET entries = excluded.entries, hash = excluded.hash,"
	                      " last_at = excluded.last_at, node = excluded.node",
	                      BIND(val_str(p->stream), val_int((int64_t)p->head.count), val_str(hash), val_int(p->head.at_us),
	                           val_str(p->evidence->node)));
	return done < 0 ? (int)done : 0;
}

int head_publish(Evidence *evidence, Stream *stream, uint64_t *published, Error *error) {
	Publication publication = {evidence, stream_name(stream), {0}};
	if (stream_sync(stream, &publication.head) != 0)
		return error_set(error, ERR_IO, "evidence: cannot sync stream %s", stream_name(stream));
	if (publication.head.count == *published) return 0;
	int code = store_write(evidence->store, publish_head, &publication, false, error);
	if (code < 0) return code;
	*published = publication.head.count;
	return 0;
}

/* --- checkpoints -------------------------------------------------------------------------------------------------------- */

int checkpoint_last(Db *db, Arena *arena, Checkpoint *out) {
	Rows *rows;
	int code = db_one(db, &rows, "SELECT body FROM evidence_checkpoint ORDER BY number DESC LIMIT 1", NO_BIND);
	if (code <= 0) return code;
	Text body = text_dup(arena, rows_text(rows, 0));
	if (checkpoint_parse(arena, body, out) != 0)
		return error_set(db_error(db), ERR_INVALID,
		                 "the newest row of evidence_checkpoint is not a checkpoint: it was changed; restore it from "
		                 "checkpoints.jsonl");
	return 1;
}

/* All published heads, in byte order of their names (as engines sort texts differently, it is done here). */
static int compare_heads(const void *a, const void *b) {
	return strcmp(((const CheckpointHead *)a)->stream, ((const CheckpointHead *)b)->stream);
}

static int heads_read(Db *db, Arena *arena, CheckpointHead **out, size_t *count) {
	Rows *rows;
	CheckpointHead *heads = ARENA_ARRAY(arena, CheckpointHead, CHECKPOINT_HEADS_MAX);
	int more, code = db_query(db, &rows, "SELECT stream, entries, hash FROM evidence_head", NO_BIND);
	size_t n = 0;
	if (code < 0) return code;
	while ((more = rows_next(rows)) > 0 && n < CHECKPOINT_HEADS_MAX) {
		Text name = rows_text(rows, 0);
		if (!stream_name_right(name) || rows_int(rows, 1) < 1 ||
		    hex_decode(rows_text(rows, 2), heads[n].hash.bytes, DIGEST_LEN))
			continue;
		memcpy(heads[n].stream, name.at, name.len);
		heads[n].count = (uint64_t)rows_int(rows, 1);
		n++;
	}
	rows_close(rows);
	qsort(heads, n, sizeof *heads, compare_heads);
	*out = heads;
	*count = n;
	return more < 0 ? more : 0;
}

static bool heads_moved(const CheckpointHead *heads, size_t count, const Checkpoint *last) {
	for (size_t i = 0; i < count; i++) {
		const CheckpointHead *before = last ? checkpoint_head(last, heads[i].stream) : NULL;
		if (!before || before->count != heads[i].count) return true;
	}
	return false;
}

typedef struct Sealing {
	Evidence *evidence;
	bool look; /* only see whether there is something to seal */
	bool made;
	int64_t number;
} Sealing;

static int insert_checkpoint(Db *db, const Checkpoint *checkpoint) {
	char sha256[HEX_DIGEST_MAX], signature[2 * SIGNATURE_LEN + 1];
	hex_encode(checkpoint->sha256.bytes, DIGEST_LEN, sha256);
	hex_encode(checkpoint->signature, SIGNATURE_LEN, signature);
	int64_t done =
	    db_run(db, "INSERT INTO evidence_checkpoint (number, sealed_at, sha256, body, signature) VALUES ($1, $2, $3, $4, $5)",
	           BIND(val_int(checkpoint->number), val_int(checkpoint->at_us), val_str(sha256), val_text(checkpoint->body),
	                val_str(signature)));
	return done < 0 ? (int)done : 0;
}

static int seal_with(Db *db, Arena *arena, Sealing *sealing) {
	Evidence *evidence = sealing->evidence;
	Checkpoint last, next = {.at_us = clock_now_us()};
	CheckpointHead *heads;
	int have = checkpoint_last(db, arena, &last);
	int code = have < 0 ? have : heads_read(db, arena, &heads, &next.head_count);
	if (code < 0) return code;
	sealing->made = heads_moved(heads, next.head_count, have ? &last : NULL);
	sealing->number = have ? last.number : 0;
	if (!sealing->made || sealing->look) return 0;
	if (have && !evidence->new_key && memcmp(last.key, evidence->public_key, PUBLIC_KEY_LEN) != 0)
		return error_set(db_error(db), ERR_CONFLICT,
		                 "checkpoints of this store are signed with another key: copy keys/evidence.pem of node %s to "
		                 "this state directory "
		                 "(mode 0600) and restart; until then that node seals",
		                 last.node);
	next.heads = heads;
	next.number = sealing->number + 1;
	if (have) {
		next.previous = last.sha256;
		if (last.at_us > next.at_us) next.at_us = last.at_us;
	}
	memcpy(next.key, evidence->public_key, PUBLIC_KEY_LEN);
	snprintf(next.node, sizeof next.node, "%s", evidence->node);
	Buf *body = ARENA_NEW(arena, Buf);
	buf_in(body, arena);
	checkpoint_body(body, &next);
	next.body = buf_as_text(body);
	digest_sha256(next.body, &next.sha256);
	code = sign_bytes(evidence->key, next.body, next.signature);
	if (code) return error_set(db_error(db), code, "the checkpoint could not be signed");
	sealing->number = next.number;
	return insert_checkpoint(db, &next);
}

static int seal_write(Db *db, void *arg) {
	Arena *arena = arena_new();
	int code = seal_with(db, arena, arg);
	arena_free(arena);
	return code;
}

static int seal_look(Evidence *evidence, Sealing *sealing, Error *error) {
	Db *db = store_reader(evidence->store, error);
	if (!db) return error->code ? error->code : ERR_BUSY;
	sealing->look = true;
	int code = seal_write(db, sealing);
	store_release(db);
	sealing->look = false;
	return code;
}

static int seal_locked(Evidence *evidence, bool force, Sealing *sealing, Error *error) {
	int code = outbox_move(evidence, evidence->writes, error);
	if (code == 0) code = seats_settle(evidence, error);
	if (code == 0) code = head_publish(evidence, evidence->reads, &evidence->published[0], error);
	if (code == 0) code = head_publish(evidence, evidence->writes, &evidence->published[1], error);
	if (code == 0) code = seal_look(evidence, sealing, error);
	if (code || !sealing->made) return code;
	int64_t epoch;
	int held = store_lease(evidence->store, "evidence-sealer", 3 * evidence->seal_us, &epoch, error);
	if (held < 0) return held;
	if (!held && !force) {
		sealing->made = false;
		return 0;
	}
	code = store_write(evidence->store, seal_write, sealing, false, error);
	return code < 0 ? code : 0;
}

int evidence_seal(Evidence *evidence, bool force, int64_t *number, bool *made, Error *error) {
	Sealing sealing = {.evidence = evidence};
	pthread_mutex_lock(&evidence->seal_lock);
	int code = seal_locked(evidence, force, &sealing, error);
	if (code == 0) {
		Error later = {0}; /* sealed is sealed: a copy that failed is tried again at the next seal */
		if (checkpoints_copy(evidence, &later) != 0)
			log_error("event=evidence_copy_failed message=\"%s\"", later.message);
	}
	pthread_mutex_unlock(&evidence->seal_lock);
	if (code == 0 && number) *number = sealing.number;
	if (code == 0 && made) *made = sealing.made;
	return code;
}

/* --- copies --------------------------------------------------------------------------------------------------------------- */

static int io_error(Error *error, const char *what, const char *path) {
	return error_set(error, errno == ENOSPC ? ERR_FULL : ERR_IO, "evidence: cannot %s %s: %s", what, path, strerror(errno));
}

/* Number of the last whole line; a cut last line (power) is ended so that the next one stands alone. */
static int64_t last_copied(int fd) {
	char tail[64 << 10];
	off_t size = lseek(fd, 0, SEEK_END), from = size > (off_t)sizeof tail ? size - (off_t)sizeof tail : 0;
	ssize_t got = pread(fd, tail, sizeof tail, from);
	Text rest = {tail, got > 0 ? (size_t)got : 0};
	int64_t number = 0;
	for (ptrdiff_t at; (at = text_find(rest, TEXT("\"number\":"))) >= 0;) {
		rest = (Text){rest.at + at + 9, rest.len - (size_t)at - 9};
		size_t digits = 0;
		while (digits < rest.len && rest.at[digits] >= '0' && rest.at[digits] <= '9')
			digits++;
		ptrdiff_t end = text_find(rest, TEXT("\n"));
		if (end >= 0) text_to_int((Text){rest.at, digits}, &number);
	}
	if (got > 0 && tail[got - 1] != '\n' && write(fd, "\n", 1) != 1) number = 0;
	return number;
}

static int append_line(int fd, Text line) {
	return write(fd, line.at, line.len) == (ssize_t)line.len ? 0 : -1;
}

/* One file a checkpoint, complete or absent; an existing one is never touched. */
static int witness_file(const Evidence *evidence, int64_t number, Text line, Error *error) {
	char path[PATH_LEN_MAX + 64], temporary[PATH_LEN_MAX + 80];
	snprintf(path, sizeof path, "%s/checkpoint-%012lld.json", evidence->witness, (long long)number);
	if (access(path, F_OK) == 0) return 0;
	snprintf(temporary, sizeof temporary, "%s.%d.new", path, (int)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) return io_error(error, "create", temporary);
	int code = append_line(fd, line) == 0 && fsync(fd) == 0 ? 0 : io_error(error, "write", temporary);
	close(fd);
	if (code == 0 && rename(temporary, path) != 0) code = io_error(error, "rename", temporary);
	if (code) unlink(temporary);
	return code;
}

typedef int (*CopyFn)(Evidence *evidence, int fd, int64_t number, Text line, Error *error);

static int copy_to_file(Evidence *evidence, int fd, int64_t number, Text line, Error *error) {
	if (append_line(fd, line) != 0) return io_error(error, "append to", "checkpoints.jsonl");
	evidence->copied = number;
	return 0;
}

static int copy_to_witness(Evidence *evidence, int fd, int64_t number, Text line, Error *error) {
	int code = witness_file(evidence, number, line, error);
	if (code == 0) evidence->witnessed = number;
	return code;
}

/* Every stored checkpoint after `number`, in order, to `copy`. */
static int copy_after(Evidence *evidence, int64_t number, CopyFn copy, int fd, Error *error) {
	Db *db = store_reader(evidence->store, error);
	if (!db) return error->code ? error->code : ERR_BUSY;
	Rows *rows;
	Buf line = {0};
	int more = 0,
	    code = db_scan(db, &rows, "SELECT number, body, signature FROM evidence_checkpoint WHERE number > $1 ORDER BY number",
	                   BIND(val_int(number)));
	bool open = code == 0;
	while (code == 0 && (more = rows_next(rows)) > 0) {
		uint8_t signature[SIGNATURE_LEN] = {0};
		hex_decode(rows_text(rows, 2), signature, SIGNATURE_LEN);
		buf_reset(&line);
		checkpoint_line(&line, rows_text(rows, 1), signature);
		code = copy(evidence, fd, rows_int(rows, 0), buf_as_text(&line), error);
	}
	if (open) rows_close(rows);
	buf_free(&line);
	store_release(db);
	return code ? code : more < 0 ? more : 0;
}

/* The witness directory's highest number: where copying goes on after a restart or a changed setting. */
static int64_t last_witnessed(const char *directory) {
	DIR *list = opendir(directory);
	int64_t highest = 0, number;
	struct dirent *item;
	while (list && (item = readdir(list)))
		if (sscanf(item->d_name, "checkpoint-%12" SCNd64 ".json", &number) == 1 && !strstr(item->d_name, ".new") &&
		    number > highest)
			highest = number;
	if (list) closedir(list);
	return highest;
}

static int copy_file(Evidence *evidence, Error *error) {
	char path[PATH_LEN_MAX];
	snprintf(path, sizeof path, "%.*s/checkpoints.jsonl", PATH_LEN_MAX - 32, evidence->root);
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0) return io_error(error, "open", path);
	flock(fd, LOCK_EX); /* processes of one state directory write one file; closing unlocks */
	evidence->copied = last_copied(fd);
	int code = copy_after(evidence, evidence->copied, copy_to_file, fd, error);
	if (code == 0 && fdatasync(fd) != 0) code = io_error(error, "sync", path);
	close(fd);
	return code;
}

int checkpoints_copy(Evidence *evidence, Error *error) {
	int code = copy_file(evidence, error);
	if (evidence->witness[0] == 0) return code;
	Error second = {0};
	if (evidence->witnessed < 0) evidence->witnessed = last_witnessed(evidence->witness);
	int witness = copy_after(evidence, evidence->witnessed, copy_to_witness, -1, &second);
	return code ? code : witness ? error_set(error, witness, "%s", second.message) : 0;
}
