/* drop: recordings that the switch leaves in a folder: each bound to its call by what its name says, taken over once and removed
 * from there, or moved to refused/ with a reason. Looked at each minute by one process, and when a supervisor asks. Killed at any
 * point it goes on: a file stays where it is until its recording or its refusal is in the store. */
#include "hotline/internal.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AT_ONCE = 20, IDLE_SECONDS = 30, NEAR_US = 900000000, REFERENCE_MOST = 100 };
#define REFUSED "refused"

/* --- names --------------------------------------------------------------------------------------------------------------- */
enum { PART_CALL, PART_REFERENCE, PART_NUMBER, PART_TIME, PART_ANY, PART_COUNT };
static const char *const part_names[PART_COUNT] = {"{call}", "{reference}", "{number}", "{time}", "{any}"};

static int part_at(Text pattern) {
	for (int part = 0; part < PART_COUNT; part++)
		if (pattern.len >= strlen(part_names[part]) && !memcmp(pattern.at, part_names[part], strlen(part_names[part])))
			return part;
	return -1;
}

static Text after(Text text, size_t bytes) {
	return (Text){text.at + bytes, text.len - bytes};
}

static bool part_fits(int part, Text text) {
	if (part == PART_ANY) return true;
	if (part == PART_REFERENCE) return text.len && text.len <= REFERENCE_MOST;
	size_t digits = 0;
	for (size_t i = 0; i < text.len; i++) {
		bool digit = text.at[i] >= '0' && text.at[i] <= '9';
		if (!digit && !(part == PART_NUMBER && i == 0 && text.at[i] == '+')) return false;
		digits += digit;
	}
	return part == PART_TIME ? digits == 12 || digits == 14
	                         : digits >= 3 && digits <= (part == PART_CALL ? 19 : DIGITS_MAX + 4);
}

/* Each part as short as the rest allows; a pattern has each part once, so this is soon over. */
static bool name_fits(Text pattern, Text name, Text parts[PART_COUNT]) {
	int part = part_at(pattern);
	if (!pattern.len) return !name.len;
	if (part < 0) return name.len && *pattern.at == *name.at && name_fits(after(pattern, 1), after(name, 1), parts);
	for (size_t take = 0; take <= name.len; take++) {
		if (!part_fits(part, (Text){name.at, take})) continue;
		parts[part] = (Text){name.at, take};
		if (name_fits(after(pattern, strlen(part_names[part])), after(name, take), parts)) return true;
	}
	return false;
}

bool drop_name_good(Text value) {
	int count[PART_COUNT] = {0}, last = -1;
	for (Text rest = value; rest.len;) {
		int part = part_at(rest);
		if (part < 0 && (*rest.at == '{' || *rest.at == '}' || *rest.at == '/')) return false;
		if (part >= 0 && (last >= 0 || ++count[part] > 1)) return false; /* what parts them must be seen */
		last = part;
		rest = after(rest, part < 0 ? 1 : strlen(part_names[part]));
	}
	return count[PART_CALL] || count[PART_REFERENCE] || (count[PART_NUMBER] && count[PART_TIME]);
}

bool drop_folder_good(Text value) {
	return value.len == 0 || (value.at[0] == '/' && value.len > 1 && value.at[value.len - 1] != '/' &&
	                          text_find(value, TEXT("/.")) < 0 && text_find(value, TEXT("//")) < 0);
}

/* 20261128153000 or without the seconds, the city's time. */
static int time_us(Request *rq, Text digits, int64_t *out) {
	const char *at = digits.at;
	return clock_parse(text_of(arena_printf(rq->arena, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s+08:00", at, at + 4, at + 6, at + 8,
	                                        at + 10, digits.len == 14 ? at + 12 : "00")),
	                   out);
}

/* --- one file ------------------------------------------------------------------------------------------------------------ */
typedef struct DropFile {
	const char *name, *key; /* key: of name, size and time of writing */
	int64_t size, modified_us, drop_id, call_id, recording_id;
	const char *state, *rule; /* "taken", "refused" with its rule; "waiting": its call is not there yet */
	ino_t inode;
} DropFile;

static const char *file_key(Request *rq, const char *name, int64_t size, int64_t modified_us) {
	Digest digest;
	char *hex = arena_alloc_raw(rq->arena, HEX_DIGEST_MAX);
	hmac_sha256(
	    (Text){(const char *)app_secret(rq->app), 16},
	    text_of(arena_printf(rq->arena, "recording file %s %lld %lld", name, (long long)size, (long long)modified_us)),
	    &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	return hex;
}

static int refuse(DropFile *file, const char *rule) {
	file->state = "refused";
	file->rule = rule;
	return 0;
}

static int call_by_number(Request *rq, Text number, Text time, int64_t *call_id) {
	char digits[DIGITS_MAX + 1];
	int64_t at_us;
	if (number_digits(rq, "number", number, digits) < 0 || time_us(rq, time, &at_us) < 0) {
		error_clear(rq->error);
		return 0;
	}
	return db_int(
	    rq->db, call_id,
	    "SELECT call_id FROM hotline_call WHERE caller_hash = $1 AND caller_hash <> '' AND received_us BETWEEN $2 AND $3"
	    " ORDER BY abs(received_us - $4), call_id DESC LIMIT 1",
	    BIND(val_str(number_hash(rq, digits)), val_int(at_us - NEAR_US), val_int(at_us + NEAR_US), val_int(at_us)));
}

/* By what stands in the name, the surest first. Without a call: it waits, since it may be entered later. */
static int call_named(Request *rq, DropFile *file) {
	Text parts[PART_COUNT] = {0}, name = text_of(file->name);
	const char *dot = strrchr(file->name, '.');
	int64_t id = 0;
	int code = 0;
	if (dot) name.len = (size_t)(dot - file->name);
	if (!name_fits(text_of(setting_text(rq, "hotline.recordings_name")), name, parts)) return refuse(file, "name");
	if (parts[PART_CALL].len && text_to_int(parts[PART_CALL], &id) == 0)
		code = db_int(rq->db, &file->call_id, "SELECT call_id FROM hotline_call WHERE call_id = $1", BIND(val_int(id)));
	if (code >= 0 && !file->call_id && parts[PART_REFERENCE].len)
		code = db_int(
		    rq->db, &file->call_id,
		    "SELECT call_id FROM hotline_call WHERE reference = $1 AND reference <> '' ORDER BY call_id DESC LIMIT 1",
		    BIND(val_text(parts[PART_REFERENCE])));
	if (code >= 0 && !file->call_id && parts[PART_NUMBER].len && parts[PART_TIME].len)
		code = call_by_number(rq, parts[PART_NUMBER], parts[PART_TIME], &file->call_id);
	if (code < 0 || file->call_id) return code < 0 ? code : 0;
	int64_t wait_us = setting_int(rq, "hotline.recordings_wait_hours") * INT64_C(3600000000);
	if (rq->now_us - file->modified_us >= wait_us) return refuse(file, "no_call");
	file->state = "waiting";
	return 0;
}

/* What it is about goes into the store before the file is touched. */
static int row_write(Request *rq, void *arg) {
	DropFile *file = arg;
	file->drop_id = store_new_id(rq->store);
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO hotline_drop (drop_id, file_key, name, size, state, rule, call_id, recording_id, at_us) VALUES"
	           " ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (file_key) DO UPDATE SET state = excluded.state, rule ="
	           " excluded.rule, call_id = excluded.call_id, recording_id = excluded.recording_id, at_us = excluded.at_us",
	           BIND(val_int(file->drop_id), val_str(file->key),
	                val_str(secret_lock(rq->arena, app_secret(rq->app), text_of(file->name))), val_int(file->size),
	                val_str(file->state), val_str(file->rule), val_int(file->call_id), val_int(file->recording_id),
	                val_int(rq->now_us)));
	return done < 0 ? (int)done : 0;
}

static const char *reason_words(const char *rule) {
	static const char *const words[][2] = {
	    {"name", "文件名不符合约定 / its name is not of the agreed form"},
	    {"no_call", "找不到所属的通话 / there is no call that it belongs to"},
	    {"sound_type", "不是 WAV、MP3、Ogg 或 MP4 录音 / it is no WAV, MP3, Ogg or MP4 sound"},
	    {"empty", "文件是空的 / it is empty"},
	    {"size", "超过 40 MB / it is larger than 40 MB"},
	    {"kind", "不是普通文件 / it is no plain file"}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i][0], rule) == 0) return words[i][1];
	return rule;
}

/* Beside those that were refused, with its reason as a text; a name that is there already gets a number. */
static int move_aside(Request *rq, int folder, const DropFile *file) {
	if (mkdirat(folder, REFUSED, 0750) != 0 && errno != EEXIST) return -1;
	const char *to = arena_printf(rq->arena, REFUSED "/%s", file->name);
	if (faccessat(folder, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		to = arena_printf(rq->arena, REFUSED "/%lld-%s", (long long)file->drop_id, file->name);
	int fd = openat(folder, arena_printf(rq->arena, "%s.reason.txt", to),
	                O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0) return -1;
	bool written = dprintf(fd, "%s\n", reason_words(file->rule)) > 0;
	close(fd);
	return written && (renameat(folder, file->name, folder, to) == 0 || errno == ENOENT) ? 0 : -1;
}

/* Only the file that was read: another may have come under its name. */
static int remove_taken(int folder, const DropFile *file) {
	struct stat now;
	if (fstatat(folder, file->name, &now, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? 0 : -1;
	if (now.st_ino != file->inode || now.st_size != file->size) return 0;
	return unlinkat(folder, file->name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static int recording_take(Request *rq, int folder, DropFile *file) {
	int fd = openat(folder, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "rb");
	if (!stream) return fail(rq, ERR_IO, "a recording could not be opened: %s", strerror(errno));
	int code = recording_keep(rq, stream, file->call_id, &file->recording_id);
	fclose(stream);
	if (code != ERR_INVALID) {
		file->state = "taken";
		return code;
	}
	const char *rule = arena_strdup(rq->arena, rq->error->rule);
	error_clear(rq->error);
	return refuse(file, rule);
}

/* 1 dealt with, 0 it waits or is being written, or a code: the round ends. */
static int file_deal(Request *rq, int folder, DropFile *file) {
	int64_t before = 0;
	int code = db_int(rq->db, &before,
	                  "SELECT d.recording_id FROM hotline_drop d JOIN hotline_recording r ON r.recording_id = d.recording_id"
	                  " WHERE d.file_key = $1 AND d.state = 'taken'",
	                  BIND(val_str(file->key)));
	if (code >= 0 && !before) {
		if (!file->state) code = call_named(rq, file);
		if (code >= 0 && !file->state) code = recording_take(rq, folder, file);
		if (code < 0 || strcmp(file->state, "waiting") == 0) return code < 0 ? code : 0;
		if ((code = request_write(rq, row_write, file)) < 0) return code;
	}
	if (code < 0) return code;
	bool refused = file->state && strcmp(file->state, "refused") == 0;
	if ((refused ? move_aside(rq, folder, file) : remove_taken(folder, file)) == 0) return 1;
	return fail(rq, ERR_IO, "a recording that was dealt with stays in the folder: %s", strerror(errno));
}

/* --- a round --------------------------------------------------------------------------------------------------------------- */
typedef struct Round {
	int64_t waiting, oldest_us;
	const char *problem; /* a rule that the page has words for, or "" */
	int done;
} Round;

static int round_write(Request *rq, void *arg) {
	const Round *round = arg;
	return (int)db_run(
	    rq->db,
	    "INSERT INTO hotline_drop_round (one, at_us, waiting, oldest_us, problem) VALUES (1, $1, $2, $3, $4) ON"
	    " CONFLICT (one) DO UPDATE SET at_us = excluded.at_us, waiting = excluded.waiting, oldest_us ="
	    " excluded.oldest_us, problem = excluded.problem",
	    BIND(val_int(rq->now_us), val_int(round->waiting), val_int(round->oldest_us), val_str(round->problem)));
}

static int entry_deal(Request *rq, int folder, const char *name, Round *round) {
	struct stat about;
	if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(about.st_mode)) return 0;
	int64_t modified_us = (int64_t)about.st_mtim.tv_sec * 1000000 + about.st_mtim.tv_nsec / 1000,
	        idle = rq->now_us - modified_us;
	DropFile file = {.name = name, .size = about.st_size, .modified_us = modified_us, .rule = "", .inode = about.st_ino};
	if (idle > -IDLE_SECONDS * 1000000 && idle < IDLE_SECONDS * 1000000) { /* it may still be written */
		round->waiting++;
		return 0;
	}
	file.key = file_key(rq, name, file.size, modified_us);
	if (!S_ISREG(about.st_mode))
		refuse(&file, "kind");
	else if (file.size > RECORDING_MAX)
		refuse(&file, "size");
	int code = file_deal(rq, folder, &file);
	if (code != 0) return code;
	round->waiting++;
	if (!round->oldest_us || modified_us < round->oldest_us) round->oldest_us = modified_us;
	return 0;
}

/* 1 there may be more, 0 all was looked at, or a code. */
static int round_run(Request *rq, Round *round) {
	const char *path = setting_text(rq, "hotline.recordings_folder");
	*round = (Round){.problem = ""};
	if (app_holds(rq->app, path)) {
		round->problem = "in_state";
		return 0;
	}
	DIR *dir = opendir(path);
	if (!dir) {
		round->problem = errno == ENOENT ? "no_folder" : "no_right";
		return 0;
	}
	int code = 0;
	for (struct dirent *entry;
	     code >= 0 && strcmp(round->problem, "full") != 0 && round->done < AT_ONCE && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.') continue;
		code = entry_deal(rq, dirfd(dir), arena_strdup(rq->arena, entry->d_name), round);
		if (code > 0) round->done++;
		if (code != ERR_IO && code != ERR_FULL) continue;
		round->problem = code == ERR_FULL ? "full" : "no_right"; /* of one file: the others go on */
		log_warn("event=recordings_folder message=\"%s\"", rq->error->message);
		error_clear(rq->error);
		code = 0;
	}
	closedir(dir);
	return code < 0 ? code : round->done == AT_ONCE;
}

int drop_chore(Request *rq) {
	Round round;
	if (!*setting_text(rq, "hotline.recordings_folder")) return 0;
	int code = round_run(rq, &round);
	int written = code == 0 ? request_write(rq, round_write, &round) : 0;
	return written < 0 ? written : code;
}

int drop_rows_chore(Request *rq) {
	return chore_portion(
	    rq, days_before(rq, "hotline.recording_days"),
	    "DELETE FROM hotline_drop WHERE drop_id IN (SELECT drop_id FROM hotline_drop WHERE at_us < $1 ORDER BY"
	    " drop_id LIMIT $2)");
}

/* --- the page ----------------------------------------------------------------------------------------------------------------
 */
/* A name may hold the caller's number: of seven digits in a row and more the middle is hidden. */
static const char *name_masked(Request *rq, Text sealed) {
	const char *plain = secret_unlock(rq->arena, app_secret(rq->app), sealed);
	char *name = arena_strdup(rq->arena, plain ? plain : "");
	for (char *at = name; *at;) {
		size_t run = strspn(at, "0123456789");
		if (run >= 7 && run <= 13) memset(at + 3, '*', run - 6);
		at += run ? run : 1;
	}
	return name;
}

static int drop_row(Request *rq, Rows *rows) {
	static const Member members[] = {{"drop_id", MEMBER_ID}, {"size", MEMBER_INT}, {"state", MEMBER_TEXT},
	                                 {"rule", MEMBER_TEXT},  {"at", MEMBER_TIME},  {0}};
	enum { NAME = 5, CALL };
	jw_object(&rq->json);
	row_members(rq, rows, members);
	jw_kv_str(&rq->json, "name", name_masked(rq, rows_text(rows, NAME)));
	jw_key(&rq->json, "call_id");
	if (rows_int(rows, CALL))
		jw_id(&rq->json, rows_int(rows, CALL));
	else
		jw_null(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

int drops_get(Request *rq) {
	int limit = in_limit(rq);
	return answer_rows(rq, limit, drop_row,
	                   "SELECT drop_id, size, state, rule, at_us, name, call_id FROM hotline_drop WHERE drop_id < $1 AND"
	                   " (CAST($2 AS TEXT) = '' OR state = $2) ORDER BY drop_id DESC LIMIT $3",
	                   BIND(val_int(in_has(rq, "after") ? in_int(rq, "after") : INT64_MAX),
	                        in_has(rq, "state") ? val_text(in_text(rq, "state")) : val_str(""), val_int(limit + 1)));
}

static int folder_answer(Request *rq) {
	Rows *rows;
	const char *folder = setting_text(rq, "hotline.recordings_folder");
	int found =
	    db_one(rq->db, &rows, "SELECT at_us, waiting, oldest_us, problem FROM hotline_drop_round WHERE one = 1", NO_BIND);
	if (found < 0) return found;
	if (!*folder) found = 0; /* what is said of another folder tells nothing */
	jw_object(&rq->json);
	jw_kv_bool(&rq->json, "on", *folder != 0);
	jw_kv_str(&rq->json, "name", setting_text(rq, "hotline.recordings_name"));
	jw_kv_time(&rq->json, "at", found ? rows_int(rows, 0) : 0);
	jw_kv_int(&rq->json, "waiting", found ? rows_int(rows, 1) : 0);
	jw_kv_time(&rq->json, "oldest_at", found ? rows_int(rows, 2) : 0);
	jw_kv_text(&rq->json, "problem", found ? rows_text(rows, 3) : TEXT(""));
	jw_object_end(&rq->json);
	return 0;
}

int drop_folder_get(Request *rq) {
	return folder_answer(rq);
}

int drop_look_post(Request *rq) {
	if (!*setting_text(rq, "hotline.recordings_folder"))
		return error_field(rq->error, ERR_CONFLICT, "folder", TEXT_NONE, "folder_off",
		                   "Let the system administrator set hotline.recordings_folder.",
		                   "No folder of recordings is set up");
	int code;
	while ((code = drop_chore(rq)) == 1) {
	}
	return code < 0 ? code : folder_answer(rq);
}
