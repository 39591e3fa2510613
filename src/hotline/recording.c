/* recording: what was said in a call, as the switch recorded it: brought in as a file, sealed in pieces in the store, played to
 * who may see the call, each playing on record, gone after its term. LANE_READ workers. */
#include "hotline/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 512 * 1024, HEAD = 16 };

static int unsuited(Request *rq, const char *field, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, rule, advice, "%s", message);
}

static int io_failed(Request *rq, const char *what) {
	return fail(rq, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "could not %s: %s", what, strerror(errno));
}

/* By its first bytes, whatever its name says; NULL: no sound of a kind that browsers play. */
static const char *sound_type(const unsigned char *head, size_t len) {
	if (len < HEAD) return NULL;
	if (!memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WAVE", 4)) return "audio/wav";
	if (!memcmp(head, "ID3", 3) || (head[0] == 0xff && (head[1] & 0xe6) == 0xe2)) return "audio/mpeg";
	if (!memcmp(head, "OggS", 4)) return "audio/ogg";
	if (!memcmp(head + 4, "ftyp", 4)) return "audio/mp4";
	return NULL;
}

/* --- keeping ------------------------------------------------------------------------------------------------------------ */
typedef struct Keep {
	int64_t recording_id, call_id, size, pieces;
	const char *mime, *sha256, *sealed;
} Keep;

static int piece_write(Request *rq, void *arg) {
	const Keep *keep = arg;
	return (int)db_run(rq->db, "INSERT INTO hotline_recording_piece (recording_id, seq, sealed) VALUES ($1, $2, $3)",
	                   BIND(val_int(keep->recording_id), val_int(keep->pieces), val_str(keep->sealed)));
}

static int pieces_write(Request *rq, FILE *file, Keep *keep) {
	char *block = arena_alloc_raw(rq->arena, PIECE);
	Hasher *hasher = hasher_new(rq->arena);
	Digest digest;
	size_t got;
	Arena *piece = arena_new();
	int code = 0;
	while (code >= 0 && (got = fread(block, 1, PIECE, file)) > 0) {
		Text bytes = {block, got};
		if (!keep->pieces) keep->mime = sound_type((const unsigned char *)block, got);
		if (!keep->mime) {
			code = unsuited(rq, "recording", "sound_type", "Send a WAV, MP3, Ogg or MP4 sound.",
			                "This file is not a recording of a kind that is taken");
			break;
		}
		hasher_add(hasher, bytes);
		arena_reset(piece);
		keep->sealed = secret_lock(piece, app_secret(rq->app), bytes);
		code = request_write_bulk(rq, piece_write, keep);
		keep->pieces++;
		keep->size += (int64_t)got;
	}
	arena_free(piece);
	if (code >= 0 && ferror(file)) code = io_failed(rq, "read the recording");
	if (code >= 0 && !keep->pieces)
		code = unsuited(rq, "recording", "empty", "Send the recording as the request body.", "The recording is empty");
	if (code < 0) return code;
	hasher_end(hasher, &digest);
	char *hex = arena_alloc(rq->arena, HEX_DIGEST_MAX);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	keep->sha256 = hex;
	return 0;
}

/* The same file for the same call again is one recording. */
static int keep_write(Request *rq, void *arg) {
	Keep *keep = arg;
	EvidenceEntry entry;
	int64_t there = 0;
	int code = db_lock(rq->db, "hotline.recording", keep->call_id);
	if (code >= 0)
		code = db_int(rq->db, &there, "SELECT recording_id FROM hotline_recording WHERE call_id = $1 AND sha256 = $2",
		              BIND(val_int(keep->call_id), val_str(keep->sha256)));
	if (code >= 0 && there) {
		code = (int)db_run(rq->db, "DELETE FROM hotline_recording_piece WHERE recording_id = $1",
		                   BIND(val_int(keep->recording_id)));
		keep->recording_id = there;
		return code;
	}
	if (code >= 0)
		code = (int)db_run(rq->db,
		                   "INSERT INTO hotline_recording (recording_id, call_id, mime, size, sha256, pieces, created_us,"
		                   " by_account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		                   BIND(val_int(keep->recording_id), val_int(keep->call_id), val_str(keep->mime),
		                        val_int(keep->size), val_str(keep->sha256), val_int(keep->pieces), val_int(rq->now_us),
		                        val_int(rq->party.account_id)));
	if (code < 0) return code;
	evidence_entry(rq, &entry);
	entry.action = "hotline.recording";
	entry.subject_id = keep->call_id;
	entry.status = 201;
	entry.detail = arena_printf(rq->arena, "{\"sha256\":\"%s\",\"size\":%lld}", keep->sha256, (long long)keep->size);
	return evidence_write(rq, &entry);
}

/* By its id, or by the switch's reference: the newest call under it. */
static int call_find(Request *rq, int64_t *call_id) {
	int code = in_has(rq, "call_id")
	               ? db_int(rq->db, call_id, "SELECT call_id FROM hotline_call WHERE call_id = $1",
	                        BIND(val_int(in_int(rq, "call_id"))))
	               : db_int(rq->db, call_id,
	                        "SELECT call_id FROM hotline_call WHERE reference = $1 AND reference <> '' ORDER BY call_id DESC"
	                        " LIMIT 1",
	                        BIND(in_has(rq, "reference") ? val_text(text_trim(in_text(rq, "reference"))) : val_str("")));
	if (code < 0 || *call_id) return code < 0 ? code : 0;
	return error_field(rq->error, ERR_NOT_FOUND, "reference", TEXT_NONE, "unknown_call",
	                   "Send it again once the call is taken down, with call_id or the switch's reference.",
	                   "There is no call that this recording belongs to");
}

int recording_keep(Request *rq, FILE *file, int64_t call_id, int64_t *recording_id) {
	Keep keep = {.recording_id = store_new_id(rq->store), .call_id = call_id};
	int code = pieces_write(rq, file, &keep);
	if (code >= 0) code = request_write(rq, keep_write, &keep);
	*recording_id = keep.recording_id;
	return code < 0 ? code : 0;
}

int recording_post(Request *rq) {
	int64_t call_id = 0, recording_id = 0;
	const char *path = http_body_path(rq->call);
	int code = hotline_sender(rq);
	if (code >= 0) code = call_find(rq, &call_id);
	if (code < 0) return code;
	FILE *file = path ? fopen(path, "rbe") : NULL;
	if (!file) return unsuited(rq, "recording", "empty", "Send the recording as the request body.", "The recording is empty");
	code = recording_keep(rq, file, call_id, &recording_id);
	fclose(file);
	if (code < 0) return code;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "recording_id", recording_id);
	jw_kv_id(&rq->json, "call_id", call_id);
	jw_object_end(&rq->json);
	return 0;
}

/* --- playing -------------------------------------------------------------------------------------------------------------- */
/* Confidential calls are heard only by who took them and by supervisors, as their callers are seen. */
#define HEARD " AND (h.confidential = 0 OR h.operator_id = $2 OR CAST($3 AS BIGINT) = 1)"

int recordings_get(Request *rq) {
	static const Member one[] = {{"recording_id", MEMBER_ID}, {"type", MEMBER_TEXT},       {"size", MEMBER_INT},
	                             {"sha256", MEMBER_TEXT},     {"created_at", MEMBER_TIME}, {0}};
	return answer_list(rq, one,
	                   "SELECT r.recording_id, r.mime, r.size, r.sha256, r.created_us FROM hotline_recording r JOIN"
	                   " hotline_call h ON h.call_id = r.call_id WHERE r.call_id = $1" HEARD
	                   " ORDER BY r.recording_id LIMIT 100",
	                   BIND(val_int(in_int(rq, "id")), val_int(rq->party.account_id), val_int(is_lead(rq))));
}

/* Into a file without a name; every piece but the last is full. */
static int pieces_read(Request *rq, int64_t recording_id, int64_t size, int fd) {
	Rows *rows;
	Arena *arena = arena_new();
	int code = db_scan(rq->db, &rows, "SELECT sealed FROM hotline_recording_piece WHERE recording_id = $1 ORDER BY seq",
	                   BIND(val_int(recording_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		size_t want = size < PIECE ? (size_t)size : PIECE;
		arena_reset(arena);
		const char *plain = secret_unlock(arena, app_secret(rq->app), rows_text(rows, 0));
		if (!plain || rows_text(rows, 0).len / 2 < want)
			code = fail(rq, ERR_IO, "a piece of a recording cannot be unsealed");
		for (size_t done = 0; code >= 0 && done < want;) {
			ssize_t put = write(fd, plain + done, want - done);
			if (put < 0)
				code = io_failed(rq, "copy the recording from the store");
			else
				done += (size_t)put;
		}
		if (code < 0) rows_close(rows);
		size -= (int64_t)want;
	}
	arena_free(arena);
	return code;
}

int recording_get(Request *rq) {
	Rows *rows;
	int64_t id = in_int(rq, "id");
	int code = db_one(rq->db, &rows,
	                  "SELECT r.call_id, r.mime, r.size FROM hotline_recording r JOIN hotline_call h ON h.call_id = r.call_id"
	                  " WHERE r.recording_id = $1" HEARD,
	                  BIND(val_int(id), val_int(rq->party.account_id), val_int(is_lead(rq))));
	if (code <= 0) return code < 0 ? code : fail(rq, ERR_NOT_FOUND, "There is no such recording among those you may hear");
	rq->about_subject = rows_int(rows, 0);
	rq->content_type = rows_str(rows, 1, rq->arena);
	int64_t size = rows_int(rows, 2);
	int fd = open(app_dir(rq->app), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0) return io_failed(rq, "copy the recording from the store");
	if ((code = pieces_read(rq, id, size, fd)) < 0) {
		close(fd);
		return code;
	}
	rq->about = arena_printf(rq->arena, "{\"recording\":\"%lld\"}", (long long)id);
	rq->sensitive = true;
	rq->send_fd = fd;
	return 0;
}

/* --- its term ------------------------------------------------------------------------------------------------------------- */
int recordings_chore(Request *rq) {
	int64_t before = days_before(rq, "hotline.recording_days");
	int more = chore_portion(rq, before,
	                         "DELETE FROM hotline_recording WHERE recording_id IN (SELECT recording_id FROM hotline_recording"
	                         " WHERE created_us < $1 ORDER BY recording_id LIMIT $2)");
	if (more) return more;
	/* and pieces whose recording went or was never finished, a day old */
	return chore_portion(
	    rq, store_id_at(rq->now_us - INT64_C(86400000000)),
	    "DELETE FROM hotline_recording_piece WHERE (recording_id, seq) IN (SELECT p.recording_id, p.seq FROM"
	    " hotline_recording_piece p WHERE p.recording_id < $1 AND NOT EXISTS (SELECT 1 FROM hotline_recording r"
	    " WHERE r.recording_id = p.recording_id) LIMIT $2)");
}
