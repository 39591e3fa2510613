/* photo: pictures with events: kept without their metadata, in DIR/photos/<id> (SQLite) or chunk rows (PostgreSQL), never where
 * the web server looks. Table event_photo. LANE_READ workers; attaching runs in the caller's write. */
#include "event/internal.h"
#include "event/photo_meta.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20 };

static int io_failed(Request *rq, const char *what) {
	return fail(rq, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "could not %s: %s", what, strerror(errno));
}

static char *photo_path(Request *rq, int64_t photo_id) {
	return app_path(rq->arena, rq->app, arena_printf(rq->arena, "photos/%lld", (long long)photo_id));
}

/* --- keeping ------------------------------------------------------------------------------------------------------------ */
typedef struct Mapped {
	void *at;
	size_t size;
} Mapped;

static void unmap(void *object) {
	Mapped *mapped = object;
	munmap(mapped->at, mapped->size);
}

static int file_map(Request *rq, const char *path, Text *out) {
	struct stat about;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) != 0) {
		int code = io_failed(rq, "read the picture");
		if (fd >= 0) close(fd);
		return code;
	}
	void *at = about.st_size > 0 && about.st_size <= EVENT_PHOTO_MAX
	               ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
	               : MAP_FAILED;
	close(fd);
	if (about.st_size > EVENT_PHOTO_MAX)
		return error_field(rq->error, ERR_TOO_LARGE, "photo", TEXT_NONE, "photo_size",
		                   "Take a smaller picture, or let the phone make it smaller.", "A picture has at most 40 MB");
	if (about.st_size == 0)
		return error_field(rq->error, ERR_INVALID, "photo", TEXT_NONE, "empty", "Send the picture as the request body.",
		                   "The picture is empty");
	if (at == MAP_FAILED) return io_failed(rq, "read the picture");
	Mapped *mapped = ARENA_NEW(rq->arena, Mapped);
	*mapped = (Mapped){at, (size_t)about.st_size};
	arena_on_free(rq->arena, unmap, mapped);
	*out = (Text){at, (size_t)about.st_size};
	return 0;
}

static int piece_write(void *arg, Text piece) {
	int fd = *(const int *)arg;
	while (piece.len) {
		ssize_t put = write(fd, piece.at, piece.len);
		if (put < 0) return ERR_IO;
		piece.at += put;
		piece.len -= (size_t)put;
	}
	return 0;
}

/* The picture without metadata at target, on the disk. */
static int stripped_write(Request *rq, Text bytes, const PhotoFacts *facts, const char *target) {
	int fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int code = fd < 0 ? ERR_IO : photo_strip(bytes, facts, piece_write, &fd);
	if (code == 0 && fsync(fd) != 0) code = ERR_IO;
	if (fd >= 0) close(fd);
	if (code == 0) return 0;
	unlink(target);
	if (code != -1) return io_failed(rq, "store the picture");
	return error_field(rq->error, ERR_INVALID, "photo", TEXT_NONE, "photo_broken",
	                   "Take it again, or send the original file.", "The picture is cut off or damaged");
}

/* A file with the head of a picture need not be one: its parts are looked for. */
static int photo_judge(Request *rq, Text bytes, const char *name, const PhotoFacts *facts) {
	const char *other = photo_other(bytes);
	if (facts->type != PHOTO_NONE && !facts->lacks) return 0;
	if (facts->type != PHOTO_NONE)
		return error_field(rq->error, ERR_INVALID, "photo", text_of(name), "photo_broken",
		                   "Take it again, or send the original file.",
		                   "“%s” begins as %s, but its %s is missing or damaged: it was cut off, or is no picture", name,
		                   photo_mime(facts->type), facts->lacks);
	if (*other)
		return error_field(rq->error, ERR_INVALID, "photo", text_of(name), "photo_type",
		                   "Send a JPEG, PNG, WebP or HEIC picture.",
		                   "“%s” is no picture that is taken: it is a file of kind %s", name, other);
	return error_field(rq->error, ERR_INVALID, "photo", text_of(name), "photo_type",
	                   "Send a JPEG, PNG, WebP or HEIC picture.", "“%s” is not a picture of a kind that is taken", name);
}

typedef struct Keep {
	EventPhoto photo;
	const char *path, *sha256, *original;
	int64_t chunks, seq;
	Text bytes;
} Keep;

static int chunk_write(Request *rq, void *arg) {
	const Keep *keep = arg;
	return (int)db_run(rq->db, "INSERT INTO event_photo_chunk (photo_id, seq, bytes) VALUES ($1, $2, $3)",
	                   BIND(val_int(keep->photo.photo_id), val_int(keep->seq), val_blob(keep->bytes)));
}

static int chunks_write(Request *rq, Keep *keep) {
	char *block = arena_alloc_raw(rq->arena, CHUNK);
	FILE *file = fopen(keep->path, "rbe");
	int code = 0;
	size_t got;
	if (!file) return io_failed(rq, "read the picture");
	while (code >= 0 && (got = fread(block, 1, CHUNK, file)) > 0) {
		keep->seq = keep->chunks++;
		keep->bytes = (Text){block, got};
		code = request_write_bulk(rq, chunk_write, keep);
	}
	if (code >= 0 && ferror(file)) code = io_failed(rq, "read the picture");
	fclose(file);
	return code < 0 ? code : 0;
}

static int row_write(Request *rq, void *arg) {
	const Keep *keep = arg;
	const EventPhoto *photo = &keep->photo;
	EvidenceEntry entry;
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO event_photo (photo_id, case_id, account_id, stage, name, mime, size, sha256, original_sha256, "
	           "stripped, placed,"
	           " bad_place, lon, lat, taken_us, chunks, created_us) VALUES ($1, 0, $2, '', $3, $4, $5, $6, $7, $8, $9, $10, "
	           "$11, $12, $13,"
	           " $14, $15)",
	           BIND(val_int(photo->photo_id), val_int(photo->account_id), val_str(photo->name), val_str(photo->mime),
	                val_int(photo->size), val_str(keep->sha256), val_str(keep->original), val_int(photo->stripped),
	                val_int(photo->placed), val_int(photo->bad_place), val_double(photo->lon), val_double(photo->lat),
	                val_int(photo->taken_us), val_int(keep->chunks), val_int(rq->now_us)));
	if (done < 0) return (int)done;
	evidence_entry(rq, &entry);
	entry.action = "event.photo";
	entry.subject_id = photo->photo_id;
	entry.status = 201;
	entry.detail = arena_printf(rq->arena, "{\"sha256\":\"%s\",\"original_sha256\":\"%s\",\"size\":%lld}", keep->sha256,
	                            keep->original, (long long)photo->size);
	return evidence_write(rq, &entry);
}

static const char *hex_of(Request *rq, const Digest *digest) {
	char *hex = arena_alloc(rq->arena, HEX_DIGEST_MAX);
	hex_encode(digest->bytes, DIGEST_LEN, hex);
	return hex;
}

/* A name is shown, never used as a path: what could be one, and what cannot be printed, becomes _. */
static const char *name_clean(Request *rq, Text name, PhotoType type) {
	Text cut = {name.at, utf8_cut(name, 120)};
	if (!name.len || !utf8_valid(name))
		return type == PHOTO_NONE ? "photo" : arena_printf(rq->arena, "photo.%s", photo_extension(type));
	Buf *clean = ARENA_NEW(rq->arena, Buf);
	buf_in(clean, rq->arena);
	for (const char *at = cut.at, *from = at, *end = cut.at + cut.len; at < end; from = at) {
		uint32_t c = utf8_next(&at, end);
		bool bad = code_point_hidden(c) || (c < 0x80 && strchr("/\\:*?\"<>|", (int)c));
		buf_text(clean, bad ? TEXT("_") : (Text){from, (size_t)(at - from)});
	}
	return text_cstr(rq->arena, buf_as_text(clean));
}

int event_photo_keep(Request *rq, const char *path, Text name, EventPhoto *out) {
	Text bytes;
	int code = file_map(rq, path, &bytes);
	return code < 0 ? code : event_photo_keep_bytes(rq, bytes, name, out);
}

int event_photo_keep_bytes(Request *rq, Text bytes, Text name, EventPhoto *out) {
	PhotoFacts facts;
	Digest original, kept;
	int64_t size = 0;
	char *folder = app_path(rq->arena, rq->app, "photos");
	int code;
	photo_facts(bytes, &facts);
	if ((code = photo_judge(rq, bytes, name_clean(rq, name, facts.type), &facts)) < 0) return code;
	if (mkdir(folder, 0700) != 0 && errno != EEXIST) return io_failed(rq, "make the folder of pictures");
	Keep keep = {.photo = {.photo_id = store_new_id(rq->store),
	                       .account_id = rq->party.account_id,
	                       .name = name_clean(rq, name, facts.type),
	                       .mime = photo_mime(facts.type),
	                       .stage = "",
	                       .taken_us = facts.taken_us,
	                       .placed = facts.placed,
	                       .bad_place = facts.bad_place,
	                       .stripped = true,
	                       .lon = facts.lon,
	                       .lat = facts.lat}};
	keep.path = photo_path(rq, keep.photo.photo_id);
	digest_sha256(bytes, &original);
	keep.original = hex_of(rq, &original);
	if ((code = stripped_write(rq, bytes, &facts, keep.path)) < 0) return code;
	code = digest_file(keep.path, &kept, &size, rq->error);
	keep.photo.size = size;
	keep.sha256 = code == 0 ? hex_of(rq, &kept) : "";
	bool rows = store_engine(rq->store) == STORE_POSTGRES;
	if (code == 0 && rows) code = chunks_write(rq, &keep);
	int dir = rows || code < 0 ? -1 : open(folder, O_RDONLY | O_CLOEXEC);
	if (dir >= 0) {
		if (fsync(dir) != 0) code = io_failed(rq, "store the picture");
		close(dir);
	}
	if (code == 0) code = request_write(rq, row_write, &keep);
	if (code < 0 || rows) unlink(keep.path);
	if (code < 0) return code;
	*out = keep.photo;
	return 0;
}

/* --- reading -------------------------------------------------------------------------------------------------------------- */
#define PHOTO_COLUMNS                                                                                                            \
	"photo_id, case_id, account_id, stage, name, mime, size, taken_us, placed, bad_place, stripped, lon, lat, chunks"

static void photo_of(Request *rq, Rows *rows, EventPhoto *out) {
	*out = (EventPhoto){.photo_id = rows_int(rows, 0),
	                    .case_id = rows_int(rows, 1),
	                    .account_id = rows_int(rows, 2),
	                    .stage = rows_str(rows, 3, rq->arena),
	                    .name = rows_str(rows, 4, rq->arena),
	                    .mime = rows_str(rows, 5, rq->arena),
	                    .size = rows_int(rows, 6),
	                    .taken_us = rows_int(rows, 7),
	                    .placed = rows_int(rows, 8) != 0,
	                    .bad_place = rows_int(rows, 9) != 0,
	                    .stripped = rows_int(rows, 10) != 0,
	                    .lon = rows_double(rows, 11),
	                    .lat = rows_double(rows, 12)};
}

int photo_find(Request *rq, int64_t photo_id, EventPhoto *out, int64_t *chunks) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows, "SELECT " PHOTO_COLUMNS " FROM event_photo WHERE photo_id = $1", BIND(val_int(photo_id)));
	if (found <= 0) return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "There is no such picture among those you may see");
	photo_of(rq, rows, out);
	*chunks = rows_int(rows, 13);
	return 0;
}

/* PostgreSQL: into a file without a name. */
static int chunks_read(Request *rq, int64_t photo_id, int *fd) {
	Rows *rows;
	*fd = open(app_dir(rq->app), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (*fd < 0) return io_failed(rq, "copy the picture from the store");
	int code = db_scan(rq->db, &rows, "SELECT bytes FROM event_photo_chunk WHERE photo_id = $1 ORDER BY seq",
	                   BIND(val_int(photo_id)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		if (piece_write(fd, rows_blob(rows, 0)) < 0) {
			code = io_failed(rq, "copy the picture from the store");
			rows_close(rows);
		}
	if (code < 0) close(*fd);
	return code;
}

int event_photo_open(Request *rq, int64_t photo_id, EventPhoto *out, int *fd) {
	int64_t chunks;
	int code = photo_find(rq, photo_id, out, &chunks);
	if (code < 0) return code;
	if (chunks) return chunks_read(rq, photo_id, fd);
	*fd = open(photo_path(rq, photo_id), O_RDONLY | O_CLOEXEC);
	return *fd >= 0          ? 0
	       : errno == ENOENT ? fail(rq, ERR_GONE, "The file of this picture is no longer kept")
	                         : io_failed(rq, "read the picture");
}

static int photos_write(Request *rq, const char *key, Rows *rows) {
	int code;
	jw_key(&rq->json, key);
	jw_array(&rq->json);
	while ((code = rows_next(rows)) > 0) {
		EventPhoto photo;
		photo_of(rq, rows, &photo);
		photo_write(rq, &photo);
	}
	jw_array_end(&rq->json);
	return code;
}

int event_photos_write(Request *rq, const char *key, int64_t case_id) {
	Rows *rows;
	int code =
	    db_query(rq->db, &rows, "SELECT " PHOTO_COLUMNS " FROM event_photo WHERE case_id = $1 ORDER BY photo_id LIMIT 200",
	             BIND(val_int(case_id)));
	return code < 0 ? code : photos_write(rq, key, rows);
}

int photos_together_write(Request *rq, int64_t case_id, int64_t parent_id) {
	Rows *rows;
	int code = db_query(rq->db, &rows,
	                    "SELECT " PHOTO_COLUMNS " FROM event_photo WHERE case_id = $1 OR (case_id = $2 AND case_id <> 0) OR"
	                    " case_id IN (SELECT c.case_id FROM work_case c WHERE c.parent_id = $1 AND c.parent_id <> 0) ORDER BY"
	                    " photo_id LIMIT 200",
	                    BIND(val_int(case_id), val_int(parent_id)));
	return code < 0 ? code : photos_write(rq, "photos", rows);
}

void photo_members(Request *rq, const EventPhoto *photo) {
	JsonWriter *json = &rq->json;
	jw_kv_id(json, "photo_id", photo->photo_id);
	jw_kv_str(json, "name", photo->name);
	jw_kv_str(json, "type", photo->mime);
	jw_kv_int(json, "size", photo->size);
	jw_kv_str(json, "stage", photo->stage);
	jw_kv_time(json, "taken_at", photo->taken_us);
	jw_kv_bool(json, "stripped", photo->stripped);
	jw_kv_bool(json, "bad_place", photo->bad_place);
	jw_key(json, "place");
	if (photo->placed) {
		jw_array(json);
		jw_double(json, photo->lon);
		jw_double(json, photo->lat);
		jw_array_end(json);
	} else
		jw_null(json);
}

void photo_write(Request *rq, const EventPhoto *photo) {
	jw_object(&rq->json);
	photo_members(rq, photo);
	jw_object_end(&rq->json);
}

/* --- using ---------------------------------------------------------------------------------------------------------------- */
int photos_attach(Request *rq, int64_t case_id, const char *stage, const int64_t *photos, int count, const char *field) {
	if (count > EVENT_PHOTOS_MAX)
		return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "photo_count",
		                   "Choose the pictures that show it best.", "At most %d pictures go with one step",
		                   EVENT_PHOTOS_MAX);
	for (int i = 0; i < count; i++) {
		int64_t done = db_run(
		    rq->db,
		    "UPDATE event_photo SET case_id = $2, stage = $3 WHERE photo_id = $1 AND case_id = 0 AND account_id = $4",
		    BIND(val_int(photos[i]), val_int(case_id), val_str(stage), val_int(rq->party.account_id)));
		if (done < 0) return (int)done;
		if (done == 0)
			return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "photo_unknown",
			                   "Send the picture again and use its new number.",
			                   "A picture is not yours, or was used already");
	}
	return 0;
}

int photos_parse(Request *rq, const json_t *list, const char *field, int64_t **out, int *count) {
	size_t index;
	json_t *item;
	*count = 0;
	*out = ARENA_ARRAY(rq->arena, int64_t, EVENT_PHOTOS_MAX);
	if (!list || json_is_null(list)) return 0;
	bool good = json_is_array(list) && json_array_size(list) <= EVENT_PHOTOS_MAX;
	json_array_foreach(list, index, item) {
		int64_t id = 0;
		if (!good || !json_is_string(item) || text_to_int(text_of(json_string_value(item)), &id) < 0 || id <= 0) {
			good = false;
			break;
		}
		(*out)[(*count)++] = id;
	}
	if (good) return 0;
	return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "photos",
	                   "Send the ids of at most 9 kept pictures as texts.", "This is no list of pictures");
}

/* Pictures that no report used: their drafts were given up. */
static int unused_remove(Request *rq, void *arg) {
	enum { AT_ONCE = 50 };
	Rows *rows;
	int64_t ids[AT_ONCE];
	int count = 0,
	    code = db_query(rq->db, &rows,
	                    "SELECT photo_id FROM event_photo WHERE case_id = 0 AND created_us < $1 ORDER BY photo_id LIMIT $2",
	                    BIND(val_int(*(const int64_t *)arg), val_int(AT_ONCE)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < AT_ONCE)
		ids[count++] = rows_int(rows, 0);
	rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++) {
		code = (int)db_run(rq->db, "DELETE FROM event_photo WHERE photo_id = $1 AND case_id = 0", BIND(val_int(ids[i])));
		if (code >= 0)
			code = (int)db_run(rq->db, "DELETE FROM event_photo_chunk WHERE photo_id = $1", BIND(val_int(ids[i])));
	}
	return code < 0 ? code : count == AT_ONCE;
}

int photos_chore(Request *rq) {
	int64_t before = days_before(rq, "event.photo_days");
	return request_write(rq, unused_remove, &before);
}

/* Files whose row went (or never came): a day old, so that none is being kept just now. */
int photo_files_chore(Request *rq) {
	char *folder = app_path(rq->arena, rq->app, "photos");
	int64_t nobodys = store_id_at(clock_now_us() - INT64_C(86400000000)), there;
	DIR *dir = opendir(folder);
	int code = 0;
	if (!dir) return errno == ENOENT ? 0 : io_failed(rq, "read the folder of pictures");
	for (struct dirent *entry; code >= 0 && (entry = readdir(dir));) {
		int64_t id = strtoll(entry->d_name, NULL, 10);
		if (id <= 0 || id >= nobodys) continue;
		code = db_int(rq->db, &there, "SELECT photo_id FROM event_photo WHERE photo_id = $1", BIND(val_int(id)));
		if (code == 0 && unlinkat(dirfd(dir), entry->d_name, 0) != 0 && errno != ENOENT)
			code = io_failed(rq, "remove a picture's file");
	}
	closedir(dir);
	return code < 0 ? code : 0;
}

/* --- handlers ------------------------------------------------------------------------------------------------------------- */
int photo_post(Request *rq) {
	EventPhoto photo;
	const char *spooled = http_body_path(rq->call);
	if (!spooled)
		return error_field(rq->error, ERR_INVALID, "photo", TEXT_NONE, "empty", "Send the picture as the request body.",
		                   "The picture is empty");
	int code = event_photo_keep(rq, spooled, in_text(rq, "name"), &photo);
	if (code < 0) return code;
	rq->status = 201;
	photo_write(rq, &photo);
	return 0;
}

int photo_get(Request *rq) {
	EventPhoto photo;
	int64_t chunks;
	int fd, code = photo_find(rq, in_int(rq, "id"), &photo, &chunks);
	if (code < 0) return code;
	if (photo.case_id ? (code = event_photos_visible(rq, photo.case_id)) < 0 : photo.account_id != rq->party.account_id)
		return code < 0 ? code : fail(rq, ERR_NOT_FOUND, "There is no such picture among those you may see");
	if ((code = event_photo_open(rq, photo.photo_id, &photo, &fd)) < 0) return code;
	rq->send_fd = fd;
	rq->content_type = photo.mime;
	rq->cache_control = "private, max-age=86400, immutable";
	rq->about_subject = photo.case_id;
	return 0;
}
