/* Uploads: table upload (and upload_chunk on PostgreSQL) and the files DIR/uploads/<id>. LANE_READ workers and job threads. */
#include "exchange/upload.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *upload_path(Request *rq, int64_t upload_id) {
	return app_path(rq->arena, rq->app, arena_printf(rq->arena, "uploads/%lld", (long long)upload_id));
}

static int io_failed(Request *rq, const char *what) {
	int code = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
	return fail(rq, code, "could not %s: %s", what, strerror(errno));
}

static int sync_path(const char *path) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return -1;
	int failed = fsync(fd);
	close(fd);
	return failed;
}

static int copy_file(Request *rq, const char *from, const char *to) {
	char *block = arena_alloc_raw(rq->arena, UPLOAD_CHUNK);
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t got = 0, put = 0;
	while (in >= 0 && out >= 0 && (got = read(in, block, UPLOAD_CHUNK)) > 0 && (put = write(out, block, (size_t)got)) == got)
		;
	bool failed = in < 0 || out < 0 || got < 0 || put < 0 || fsync(out) != 0;
	int code = failed ? io_failed(rq, "store the upload") : 0;
	if (in >= 0) close(in);
	if (out >= 0) close(out);
	return code;
}

/* --- keeping -------------------------------------------------------------------------------------------------------- */

struct ChunkWrite {
	const Upload *upload;
	int64_t seq;
	Text bytes;
};

static int chunk_write(Request *rq, void *arg) {
	const struct ChunkWrite *chunk = arg;
	return (int)db_run(rq->db, "INSERT INTO upload_chunk (upload_id, seq, bytes) VALUES ($1, $2, $3)",
	                   BIND(val_int(chunk->upload->upload_id), val_int(chunk->seq), val_blob(chunk->bytes)));
}

static int chunks_write(Request *rq, const Upload *upload, int64_t *chunks) {
	char *block = arena_alloc_raw(rq->arena, UPLOAD_CHUNK);
	FILE *file = fopen(upload->path, "rbe");
	if (!file) return io_failed(rq, "read the upload");
	int code = 0;
	size_t got;
	while (code >= 0 && (got = fread(block, 1, UPLOAD_CHUNK, file)) > 0) {
		struct ChunkWrite chunk = {upload, (*chunks)++, {block, got}};
		code = request_write_bulk(rq, chunk_write, &chunk);
	}
	if (code >= 0 && ferror(file)) code = io_failed(rq, "read the upload");
	fclose(file);
	return code < 0 ? code : 0;
}

struct RowWrite {
	const Upload *upload;
	int64_t chunks;
};

static int row_write(Request *rq, void *arg) {
	const struct RowWrite *row = arg;
	const Upload *upload = row->upload;
	EvidenceEntry entry;
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO upload (upload_id, account_id, org_id, name, size, sha256, chunks, created_us)"
	           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	           BIND(val_int(upload->upload_id), val_int(upload->account_id), val_int(upload->org_id), val_str(upload->name),
	                val_int(upload->size), val_str(upload->sha256), val_int(row->chunks), val_int(upload->created_us)));
	if (done < 0) return (int)done;
	evidence_entry(rq, &entry);
	entry.action = "exchange.upload";
	entry.subject_id = upload->upload_id;
	entry.status = 201;
	entry.detail = arena_printf(rq->arena, "{\"sha256\":\"%s\",\"size\":%lld}", upload->sha256, (long long)upload->size);
	return evidence_write(rq, &entry);
}

int upload_keep(Request *rq, const char *path, bool move, Text name, Upload *out) {
	int code = file_name_check(rq, "name", name);
	if (code < 0) return code;
	Upload upload = {.upload_id = store_new_id(rq->store),
	                 .account_id = rq->party.account_id,
	                 .org_id = rq->party.org_id,
	                 .created_us = rq->now_us,
	                 .name = text_cstr(rq->arena, name)};
	char *target = upload_path(rq, upload.upload_id);
	char *folder = app_path(rq->arena, rq->app, "uploads");
	Digest digest;
	if (mkdir(folder, 0700) != 0 && errno != EEXIST) return io_failed(rq, "make the upload folder");
	if (!move || rename(path, target) != 0)
		code = copy_file(rq, path, target);
	else if (chmod(target, 0600) != 0 || sync_path(target) != 0)
		code = io_failed(rq, "store the upload");
	if (code == 0 && sync_path(folder) != 0) code = io_failed(rq, "store the upload");
	upload.path = target;
	if (code == 0) code = digest_file(target, &digest, &upload.size, rq->error);
	if (code == 0) {
		char *hex = arena_alloc(rq->arena, HEX_DIGEST_MAX);
		hex_encode(digest.bytes, DIGEST_LEN, hex);
		upload.sha256 = hex;
	}
	struct RowWrite row = {&upload, 0};
	if (code == 0 && store_engine(rq->store) == STORE_POSTGRES) code = chunks_write(rq, &upload, &row.chunks);
	if (code == 0) code = request_write(rq, row_write, &row);
	if (code < 0) {
		unlink(target);
		return code;
	}
	*out = upload;
	return 0;
}

/* --- opening ---------------------------------------------------------------------------------------------------------- */

/* Writes the chunk rows to the local file (under another name first, so that a half copy is never taken for the whole). */
static int chunks_read(Request *rq, const Upload *upload) {
	char *half = arena_printf(rq->arena, "%s.%d.part", upload->path, store_slot(rq->store));
	mkdir(app_path(rq->arena, rq->app, "uploads"), 0700);
	int out = open(half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0) return io_failed(rq, "copy the upload from the store");
	Rows *rows;
	int code = db_scan(rq->db, &rows, "SELECT bytes FROM upload_chunk WHERE upload_id = $1 ORDER BY seq",
	                   BIND(val_int(upload->upload_id)));
	int64_t size = 0;
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Text bytes = rows_blob(rows, 0);
		size += (int64_t)bytes.len;
		if (write(out, bytes.at, bytes.len) != (ssize_t)bytes.len) {
			code = io_failed(rq, "copy the upload from the store");
			rows_close(rows);
		}
	}
	if (code >= 0 && size != upload->size)
		code = fail(rq, ERR_IO, "upload %lld has %lld of %lld bytes in the store", (long long)upload->upload_id,
		            (long long)size, (long long)upload->size);
	if (close(out) != 0 && code >= 0) code = io_failed(rq, "copy the upload from the store");
	if (code >= 0 && rename(half, upload->path) != 0) code = io_failed(rq, "copy the upload from the store");
	return code < 0 ? code : 0;
}

int upload_open(Request *rq, int64_t upload_id, Upload *out) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows, "SELECT account_id, org_id, name, size, sha256, created_us FROM upload WHERE upload_id = $1",
	           BIND(val_int(upload_id)));
	if (found < 0) return found;
	bool mine = found && (rq->party.kind == PARTY_SYSTEM || rows_int(rows, 1) == rq->party.org_id);
	if (!mine)
		return error_field(rq->error, ERR_NOT_FOUND, "upload_id", TEXT_NONE, "upload", "Upload the file again.",
		                   "your organisation has no upload %lld", (long long)upload_id);
	Upload upload = {.upload_id = upload_id,
	                 .account_id = rows_int(rows, 0),
	                 .org_id = rows_int(rows, 1),
	                 .name = rows_str(rows, 2, rq->arena),
	                 .size = rows_int(rows, 3),
	                 .sha256 = rows_str(rows, 4, rq->arena),
	                 .created_us = rows_int(rows, 5),
	                 .path = upload_path(rq, upload_id)};
	struct stat file;
	bool here = stat(upload.path, &file) == 0 && file.st_size == upload.size;
	int code = 0;
	if (!here && store_engine(rq->store) == STORE_POSTGRES)
		code = chunks_read(rq, &upload);
	else if (!here)
		code = fail(rq, ERR_GONE, "the file of upload %lld is no longer kept: upload it again", (long long)upload_id);
	if (code == 0) *out = upload;
	return code;
}

/* --- removing --------------------------------------------------------------------------------------------------------- */

enum { REMOVED_AT_ONCE = 20, CHUNKS_AT_ONCE = 64 };

/* A file or chunk without its row may belong to an upload that is being kept just now: only those this old are nobody's. */
static int64_t nobodys_before(void) {
	return store_id_at(clock_now_us() - INT64_C(86400000000));
}

/* Ids that queued and running jobs name: the upload of a load, the copy a load made of a table. */
static int needed_ids(Request *rq, json_t *needed) {
	Rows *rows;
	int code = db_query(rq->db, &rows, "SELECT args, checkpoint FROM job WHERE state IN ('queued', 'running')", NO_BIND);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		for (int column = 0; column < 2; column++) {
			Text text = rows_text(rows, column);
			json_t *object = json_loadb(text.at, text.len, 0, NULL);
			const char *id = json_string_value(json_object_get(object, "upload_id"));
			json_t *spool = json_object_get(object, "spool_upload");
			if (id) json_object_set_new(needed, id, json_null());
			if (spool)
				json_object_set_new(needed, arena_printf(rq->arena, "%lld", (long long)json_integer_value(spool)),
				                    json_null());
			json_decref(object);
		}
	}
	return code;
}

static int upload_remove(Request *rq, const Upload *upload) {
	EvidenceEntry entry;
	int64_t done = db_run(rq->db, "DELETE FROM upload WHERE upload_id = $1", BIND(val_int(upload->upload_id)));
	if (done <= 0) return (int)done;
	evidence_entry(rq, &entry);
	entry.action = "exchange.upload_remove";
	entry.subject_id = upload->upload_id;
	entry.status = 200;
	entry.detail = arena_printf(rq->arena, "{\"sha256\":\"%s\",\"size\":%lld}", upload->sha256, (long long)upload->size);
	return evidence_write(rq, &entry);
}

/* In a write: the number removed. */
static int uploads_remove(Request *rq, void *arg) {
	Rows *rows;
	Upload old[REMOVED_AT_ONCE];
	int count = 0;
	json_t *needed = json_object();
	int code = needed_ids(rq, needed);
	if (code >= 0)
		code = db_query(
		    rq->db, &rows, "SELECT upload_id, size, sha256 FROM upload WHERE created_us < $1 ORDER BY upload_id LIMIT $2",
		    BIND(val_int(*(const int64_t *)arg), val_int((int64_t)json_object_size(needed) + REMOVED_AT_ONCE)));
	while (code >= 0 && count < REMOVED_AT_ONCE && (code = rows_next(rows)) > 0) {
		int64_t id = rows_int(rows, 0);
		if (!json_object_get(needed, arena_printf(rq->arena, "%lld", (long long)id)))
			old[count++] =
			    (Upload){.upload_id = id, .size = rows_int(rows, 1), .sha256 = rows_str(rows, 2, rq->arena)};
	}
	if (code > 0) rows_close(rows);
	json_decref(needed);
	for (int i = 0; i < count && code >= 0; i++)
		code = upload_remove(rq, &old[i]);
	return code < 0 ? code : count;
}

static int chunks_remove(Request *rq, void *arg) {
	return (int)db_run(rq->db,
	                   "DELETE FROM upload_chunk WHERE (upload_id, seq) IN (SELECT upload_id, seq FROM upload_chunk c WHERE"
	                   " upload_id < $1 AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.upload_id = c.upload_id)"
	                   " ORDER BY upload_id, seq LIMIT $2)",
	                   BIND(val_int(*(const int64_t *)arg), val_int(CHUNKS_AT_ONCE)));
}

int uploads_chore(Request *rq) {
	int64_t before = days_before(rq, "uploads.keep_days"), nobodys = nobodys_before();
	int code = request_write(rq, uploads_remove, &before);
	if (code == 0) code = request_write_bulk(rq, chunks_remove, &nobodys);
	if (code == 0)
		code = chore_portion(
		    rq, days_before(rq, "job.keep_days"),
		    "DELETE FROM load_duplicate WHERE (job_id, row_no) IN (SELECT d.job_id, d.row_no FROM load_duplicate d"
		    " JOIN job j ON j.job_id = d.job_id WHERE j.state IN ('reconciled', 'failed', 'cancelled')"
		    " AND j.finished_at < $1 ORDER BY d.job_id, d.row_no LIMIT $2)");
	return code < 0 ? code : code > 0;
}

/* Files are named <id>, or <id>.<slot>.part while they are copied from the store. */
int upload_files_chore(Request *rq) {
	char *folder = app_path(rq->arena, rq->app, "uploads");
	DIR *dir = opendir(folder);
	if (!dir) return errno == ENOENT ? 0 : io_failed(rq, "read the upload folder");
	int64_t nobodys = nobodys_before(), there;
	int code = 0;
	for (struct dirent *entry; code >= 0 && (entry = readdir(dir));) {
		char *end;
		int64_t id = strtoll(entry->d_name, &end, 10);
		if (id <= 0 || id >= nobodys || (*end && !text_ends(text_of(end), TEXT(".part")))) continue;
		code = *end ? 0 : db_int(rq->db, &there, "SELECT upload_id FROM upload WHERE upload_id = $1", BIND(val_int(id)));
		if (code == 0 && unlinkat(dirfd(dir), entry->d_name, 0) != 0 && errno != ENOENT)
			code = io_failed(rq, "remove an upload's file");
	}
	closedir(dir);
	return code < 0 ? code : 0;
}

int upload_post(Request *rq) {
	Upload upload;
	const char *spooled = http_body_path(rq->call);
	if (!spooled || http_body_size(rq->call) == 0)
		return error_field(rq->error, ERR_INVALID, "body", TEXT_NONE, "empty", "Send the file as the request body.",
		                   "the upload is empty");
	int code = upload_keep(rq, spooled, true, in_text(rq, "name"), &upload);
	if (code < 0) return code;
	http_body_keep(rq->call); /* it has moved */
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "upload_id", upload.upload_id);
	jw_kv_str(&rq->json, "name", upload.name);
	jw_kv_int(&rq->json, "size", upload.size);
	jw_kv_str(&rq->json, "sha256", upload.sha256);
	jw_object_end(&rq->json);
	return 0;
}
