/* evidence_verify: checks an export (export_file.h) with no store and no running program.
 *
 * One pass over the file, one section in memory (a helper thread hashes half of it). Each entry's hash is computed from the
 * stored hash before it and its own bytes; each signed head is compared when its entry comes by. The first thing wrong in each
 * stream is kept; the earliest of them is the answer. Thread: the caller's. Lifetime: the call. */
#include "evidence/export_file.h"
#include "evidence/stream.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRACKS_MAX = 2 * 64 + CHECKPOINT_HEADS_MAX, TRUSTED_FILE_MAX = 256 << 20, KEYS_MAX = 64 };

typedef struct Finding {
	const char *kind; /* altered, removed, reordered, rewritten, unreadable, checkpoint */
	char stream[STREAM_NAME_MAX];
	uint64_t seq, seq_to;
	int64_t at_us; /* of the entry or its neighbour; 0 unknown */
	char actor[ACTOR_MAX + 1], action[ACTION_MAX + 1];
	char message[256];
} Finding;

/* A signed statement that entry `count` of a stream has this hash. */
typedef struct Seal {
	uint64_t count;
	Digest hash;
	int64_t number;
	bool trusted; /* from the checkpoint kept elsewhere */
} Seal;

typedef struct Track {
	char name[STREAM_NAME_MAX];
	bool here;      /* of the exported directory */
	uint64_t first; /* seq of its first entry here */
	uint64_t next;  /* seq expected next */
	Digest hash;    /* of the entry before it */
	uint64_t sealed, entries, unsealed;
	int64_t unsealed_at;
	Buf seals; /* of Seal, by count */
	size_t seal;
	uint64_t agreed; /* the last count whose seal agreed */
	bool broken, pending;
	uint64_t pending_seq; /* the entry met where `next` was expected; broken.pending decides its kind by what follows */
	Digest pending_hash;
	Finding finding;
} Track;

typedef struct Verify {
	Arena *arena;
	Error *error;
	int fd;
	uint8_t *window; /* read buffer */
	size_t at, filled;
	Buf section, found; /* found: of Found, the entries of one piece */
	char directory[9];
	char node[64], from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
	int64_t first, last; /* checkpoint numbers announced */
	bool open, ended;
	int64_t made_at;
	Checkpoint checkpoint; /* the last one read */
	int64_t checkpoints;
	uint8_t key[PUBLIC_KEY_LEN];            /* in use at the checkpoint last read */
	uint8_t keys[KEYS_MAX][PUBLIC_KEY_LEN]; /* trusted, oldest first; a new one may follow, an old one not come back */
	int key_count, key_at;
	int64_t key_changed; /* number of the last checkpoint that began a trusted new key; 0 = none */
	bool key_trusted;
	Checkpoint *trusted; /* ascending by number */
	size_t trusted_count;
	int64_t trusted_met;
	Track **tracks;
	size_t track_count;
	Track *current;
	Buf findings; /* of Finding, about checkpoints and the file */
	uint64_t entries;
} Verify;

enum { WINDOW = 1 << 20 };

/* --- findings -------------------------------------------------------------------------------------------------------- */

static void copy_text(char *out, size_t size, Text text) {
	if (text.len >= size) text.len = size - 1;
	if (text.len && utf8_valid(text))
		memcpy(out, text.at, text.len);
	else
		text.len = 0;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f) out[i] = '?'; /* a terminal shows it */
	out[text.len] = 0;
}

static void finding_set(Finding *finding, const char *kind, const Track *track, uint64_t seq, uint64_t seq_to,
                        const EntryView *view) {
	*finding = (Finding){.kind = kind, .seq = seq, .seq_to = seq_to, .at_us = view ? time_shown(view->at_us) : 0};
	memcpy(finding->stream, track->name, sizeof finding->stream);
	if (view && strcmp(kind, "removed") != 0) {
		copy_text(finding->actor, sizeof finding->actor, view->actor);
		copy_text(finding->action, sizeof finding->action, view->action);
	}
}

__attribute__((format(printf, 2, 3))) static void checkpoint_finding(Verify *v, const char *format, ...) {
	if (v->findings.len / sizeof(Finding) >= 100) return;
	Finding finding = {.kind = "checkpoint", .at_us = v->checkpoint.at_us};
	va_list args;
	va_start(args, format);
	vsnprintf(finding.message, sizeof finding.message, format, args);
	va_end(args);
	buf_add(&v->findings, &finding, sizeof finding);
}

static void track_break(Track *track, const char *kind, uint64_t seq, uint64_t seq_to, const EntryView *view) {
	track->broken = true;
	finding_set(&track->finding, kind, track, seq, seq_to, view);
	Finding *f = &track->finding;
	unsigned long long a = seq, b = seq_to;
	if (strcmp(kind, "altered") == 0)
		snprintf(f->message, sizeof f->message, "entry %llu was altered", a);
	else if (strcmp(kind, "removed") == 0 && a == b)
		snprintf(f->message, sizeof f->message, "entry %llu was removed", a);
	else if (strcmp(kind, "removed") == 0)
		snprintf(f->message, sizeof f->message, "entries %llu to %llu were removed", a, b);
	else if (strcmp(kind, "reordered") == 0)
		snprintf(f->message, sizeof f->message, "entry %llu is not in its place: entries were reordered or doubled", a);
	else if (strcmp(kind, "unreadable") == 0)
		snprintf(f->message, sizeof f->message, "from entry %llu on the bytes are no entries", a);
}

/* --- tracks ---------------------------------------------------------------------------------------------------------- */

static Track *track_of(Verify *v, const char *name, bool add) {
	if (v->current && strcmp(v->current->name, name) == 0) return v->current;
	for (size_t i = 0; i < v->track_count; i++)
		if (strcmp(v->tracks[i]->name, name) == 0) return v->tracks[i];
	if (!add || v->track_count == TRACKS_MAX) return NULL;
	Track *track = ARENA_NEW(v->arena, Track);
	snprintf(track->name, sizeof track->name, "%s", name);
	const char *dot = strchr(name, '.');
	track->here = dot && strcmp(dot + 1, v->directory) == 0;
	track->first = track->next = 1;
	stream_genesis(name, &track->hash);
	buf_in(&track->seals, v->arena);
	v->tracks[v->track_count++] = track;
	return track;
}

static void seal_add(Track *track, const CheckpointHead *head, int64_t number, bool trusted) {
	Seal seal = {head->count, head->hash, number, trusted};
	buf_add(&track->seals, &seal, sizeof seal);
}

static int compare_seals(const void *a, const void *b) {
	const Seal *x = a, *y = b;
	if (x->count != y->count) return x->count < y->count ? -1 : 1;
	return x->trusted != y->trusted ? (x->trusted ? -1 : 1) : x->number < y->number ? -1 : x->number > y->number;
}

/* --- checkpoints ------------------------------------------------------------------------------------------------------------ */

/* Heads of the first checkpoint are where the streams begin here; of the others, seals to meet. */
static void take_heads(Verify *v, const Checkpoint *checkpoint) {
	for (size_t i = 0; i < checkpoint->head_count; i++) {
		const CheckpointHead *head = &checkpoint->heads[i];
		Track *track = track_of(v, head->stream, true);
		if (!track) continue;
		if (head->count < track->sealed)
			checkpoint_finding(v,
			                   "checkpoint %lld has fewer entries of stream %s (%llu) than the one before it (%llu)",
			                   (long long)checkpoint->number, head->stream, (unsigned long long)head->count,
			                   (unsigned long long)track->sealed);
		if (checkpoint->number == v->first) {
			track->first = head->count + 1;
			track->next = track->first;
			track->hash = head->hash;
			track->agreed = head->count;
		} else if (head->count > track->sealed) {
			seal_add(track, head, checkpoint->number, false);
		}
		if (head->count > track->sealed) track->sealed = head->count;
	}
}

static void check_trusted(Verify *v, const Checkpoint *checkpoint) {
	for (size_t i = 0; i < v->trusted_count; i++) {
		const Checkpoint *trusted = &v->trusted[i];
		if (trusted->number != checkpoint->number) continue;
		v->trusted_met++;
		if (memcmp(trusted->sha256.bytes, checkpoint->sha256.bytes, DIGEST_LEN) == 0) continue;
		checkpoint_finding(v, "checkpoint %lld is not the trusted one: history up to it was written again",
		                   (long long)trusted->number);
		for (size_t k = 0; k < trusted->head_count; k++) {
			Track *track = track_of(v, trusted->heads[k].stream, true);
			if (track && trusted->heads[k].count >= track->first)
				seal_add(track, &trusted->heads[k], trusted->number, true);
		}
	}
}

static void key_trust(Verify *v, const uint8_t key[PUBLIC_KEY_LEN]) {
	if (v->key_count && memcmp(v->keys[v->key_count - 1], key, PUBLIC_KEY_LEN) == 0) return;
	if (v->key_count < KEYS_MAX) memcpy(v->keys[v->key_count++], key, PUBLIC_KEY_LEN);
	if (v->key_count == 1) memcpy(v->key, key, PUBLIC_KEY_LEN);
}

/* Whether the checkpoint has the key in use, or a trusted one that follows it. */
static bool key_follows(Verify *v, const Checkpoint *checkpoint) {
	for (int i = v->key_at; i < v->key_count; i++) {
		if (memcmp(checkpoint->key, v->keys[i], PUBLIC_KEY_LEN) != 0) continue;
		if (i > v->key_at && v->checkpoints) v->key_changed = checkpoint->number;
		v->key_at = i;
		memcpy(v->key, checkpoint->key, PUBLIC_KEY_LEN);
		return true;
	}
	return false;
}

static void check_checkpoint(Verify *v, const Checkpoint *checkpoint) {
	const Checkpoint *before = v->checkpoints ? &v->checkpoint : NULL;
	int64_t expected = before ? before->number + 1 : v->first ? v->first : 1;
	long long number = checkpoint->number;
	static const Digest zeros;
	if (checkpoint->number != expected)
		checkpoint_finding(v, "checkpoint %lld is missing: %lld follows in its place", (long long)expected, number);
	else if (before && memcmp(checkpoint->previous.bytes, before->sha256.bytes, DIGEST_LEN) != 0)
		checkpoint_finding(v, "checkpoint %lld does not follow from checkpoint %lld: one of them was altered", number,
		                   number - 1);
	else if (number == 1 && memcmp(checkpoint->previous.bytes, zeros.bytes, DIGEST_LEN) != 0)
		checkpoint_finding(v, "checkpoint 1 names a checkpoint before it");
	if (!before && !v->key_trusted) key_trust(v, checkpoint->key);
	char hex[2 * PUBLIC_KEY_LEN + 1];
	hex_encode(checkpoint->key, PUBLIC_KEY_LEN, hex);
	if (!key_follows(v, checkpoint))
		checkpoint_finding(v,
		                   "checkpoint %lld is signed with another key (%s); if that was begun on purpose, give "
		                   "--checkpoint a file that holds both",
		                   number, hex);
	else if (!checkpoint_signed(checkpoint, v->key))
		checkpoint_finding(v, "the signature of checkpoint %lld is wrong: it was altered", number);
}

static void take_checkpoint(Verify *v, Text payload) {
	Checkpoint checkpoint;
	Text body = payload.len > SIGNATURE_LEN
	                ? text_dup(v->arena, (Text){payload.at + SIGNATURE_LEN, payload.len - SIGNATURE_LEN})
	                : TEXT("");
	if (checkpoint_parse(v->arena, body, &checkpoint) != 0) {
		checkpoint_finding(v, "checkpoint %lld is not in its canonical form: it was altered",
		                   (long long)(v->checkpoints ? v->checkpoint.number + 1
		                               : v->first     ? v->first
		                                              : 1));
		return;
	}
	memcpy(checkpoint.signature, payload.at, SIGNATURE_LEN);
	check_checkpoint(v, &checkpoint);
	take_heads(v, &checkpoint);
	check_trusted(v, &checkpoint);
	v->checkpoint = checkpoint;
	v->checkpoints++;
}

/* --- entries ---------------------------------------------------------------------------------------------------------------- */

static bool follows(const Digest *before, Text body, const uint8_t *hash) {
	Digest computed;
	digest_sha256_pair((Text){(const char *)before->bytes, DIGEST_LEN}, body, &computed);
	return memcmp(computed.bytes, hash, DIGEST_LEN) == 0;
}

/* An entry after the break: only what tells the break's kind. */
static void after_break(Track *track, const EntryView *view, Text body, const uint8_t *hash) {
	Finding *finding = &track->finding;
	if (!track->pending) return;
	bool first_after = track->pending_seq != 0;
	if (first_after && view->seq == finding->seq + 1 && follows(&track->pending_hash, body, hash)) {
		/* only the number in between was wrong: that entry was altered, none is missing */
		track->pending = false;
		track_break(track, "altered", finding->seq, finding->seq, view);
	} else if (view->seq >= finding->seq && view->seq <= finding->seq_to) {
		track->pending = false;
		track_break(track, "reordered", finding->seq, finding->seq, view);
	}
	track->pending_seq = 0;
}

static void wrong_place(Track *track, const EntryView *view, const uint8_t *hash) {
	if (view->seq < track->next) {
		track_break(track, "reordered", view->seq, view->seq, view);
		return;
	}
	track_break(track, "removed", track->next, view->seq - 1, view);
	track->pending = true;
	track->pending_seq = view->seq;
	memcpy(track->pending_hash.bytes, hash, DIGEST_LEN);
}

static void meet_seals(Track *track, const EntryView *view) {
	const Seal *seals = (const Seal *)track->seals.at;
	size_t count = track->seals.len / sizeof *seals;
	while (track->seal < count && seals[track->seal].count < view->seq)
		track->seal++; /* of a checkpoint out of order: reported there */
	for (; track->seal < count && seals[track->seal].count == view->seq && !track->broken; track->seal++) {
		const Seal *seal = &seals[track->seal];
		if (memcmp(seal->hash.bytes, track->hash.bytes, DIGEST_LEN) == 0) {
			track->agreed = view->seq;
			continue;
		}
		uint64_t from = track->agreed + 1;
		track_break(track, "rewritten", from, view->seq, view);
		snprintf(
		    track->finding.message, sizeof track->finding.message,
		    "entries %llu to %llu are not those that %scheckpoint %lld sealed: the first altered entry is among them",
		    (unsigned long long)from, (unsigned long long)view->seq, seal->trusted ? "the trusted " : "",
		    (long long)seal->number);
	}
}

/* right: whether it follows from the entry before it (looked at while the track is unbroken). */
static void take_entry(Verify *v, Track *track, Text body, const uint8_t *hash, bool right) {
	EntryView view;
	bool whole = entry_decode(body, &view) == 0;
	if (!whole) entry_glance(body, &view);
	track->entries++;
	v->entries++;
	if (view.seq > track->sealed) {
		if (track->unsealed++ == 0) track->unsealed_at = time_shown(view.at_us);
	}
	if (track->broken) {
		after_break(track, &view, body, hash);
		return;
	}
	if (view.seq != track->next && !right) {
		wrong_place(track, &view, hash);
		return;
	}
	if (!right || view.seq != track->next || !whole) {
		track_break(track, "altered", track->next, track->next, &view);
		return;
	}
	memcpy(track->hash.bytes, hash, DIGEST_LEN);
	meet_seals(track, &view);
	track->next++;
}

static int malformed(Verify *v, const char *what) {
	return error_set(v->error, ERR_INVALID, "the file is no whole evidence export: %s", what);
}

static void sort_seals(Verify *v) {
	for (size_t i = 0; i < v->track_count; i++) {
		Buf *seals = &v->tracks[i]->seals;
		if (seals->len) qsort(seals->at, seals->len / sizeof(Seal), sizeof(Seal), compare_seals);
	}
}

/* Each entry's hash depends on the stored hash before it only, so a piece is hashed in two halves at once. */
typedef struct Found {
	Text body;
	const uint8_t *hash;
	bool right;
} Found;
typedef struct Half {
	Found *list;
	size_t from, to;
} Half;

static void *hash_half(void *arg) {
	const Half *half = arg;
	for (size_t i = half->from; i < half->to; i++)
		half->list[i].right = follows((const Digest *)half->list[i - 1].hash, half->list[i].body, half->list[i].hash);
	return NULL;
}

static void hash_piece(Found *list, size_t count, const Digest *before) {
	enum { WORTH_A_THREAD = 500 };
	Half first = {list, 1, count}, second = {list, count, count};
	pthread_t helper;
	if (count >= WORTH_A_THREAD) first.to = second.from = count / 2;
	bool helped = count >= WORTH_A_THREAD && pthread_create(&helper, NULL, hash_half, &second) == 0;
	list[0].right = follows(before, list[0].body, list[0].hash);
	hash_half(&first);
	if (helped)
		pthread_join(helper, NULL);
	else
		hash_half(&second);
}

static int take_piece(Verify *v, Text payload) {
	size_t length = payload.len ? (uint8_t)payload.at[0] : 0;
	char name[STREAM_NAME_MAX];
	if (payload.len < 1 + length || !stream_name_right((Text){payload.at + 1, length}))
		return malformed(v, "a piece names no stream");
	memcpy(name, payload.at + 1, length);
	name[length] = 0;
	if (v->entries == 0 && !v->current) sort_seals(v);
	Track *track = track_of(v, name, true);
	if (!track) return malformed(v, "too many streams");
	v->current = track;
	if (!track->here) checkpoint_finding(v, "the file holds entries of stream %.31s, which is not of its directory", name);
	const uint8_t *at = (const uint8_t *)payload.at + 1 + length, *end = (const uint8_t *)payload.at + payload.len;
	Found found = {.right = false};
	buf_reset(&v->found);
	while (frame_next(&at, end, &found.body, &found.hash) == 1)
		buf_add(&v->found, &found, sizeof found);
	Found *list = (Found *)v->found.at;
	size_t count = v->found.len / sizeof found;
	if (count && !track->broken) hash_piece(list, count, &track->hash);
	for (size_t i = 0; i < count; i++)
		take_entry(v, track, list[i].body, list[i].hash, list[i].right);
	if (at != end && !track->broken) track_break(track, "unreadable", track->next, track->next, NULL);
	return 0;
}

/* --- the file -------------------------------------------------------------------------------------------------------- */

/* count bytes into out: 1, 0 at the end of the file before the first, or a code. */
static int file_read(Verify *v, void *out, size_t count) {
	size_t done = 0;
	while (done < count) {
		if (v->at == v->filled) {
			bool direct = count - done >= WINDOW / 2; /* no copy of what is large */
			ssize_t got = read(v->fd, direct ? (uint8_t *)out + done : v->window, direct ? count - done : WINDOW);
			if (got < 0 && errno == EINTR) continue;
			if (got < 0) return error_set(v->error, ERR_IO, "the export cannot be read: %s", strerror(errno));
			if (got == 0) return done ? malformed(v, "it ends in the middle of a section") : 0;
			if (direct) {
				done += (size_t)got;
				continue;
			}
			v->at = 0;
			v->filled = (size_t)got;
		}
		size_t part = v->filled - v->at < count - done ? v->filled - v->at : count - done;
		memcpy((char *)out + done, v->window + v->at, part);
		v->at += part;
		done += part;
	}
	return 1;
}

static int take_header(Verify *v, Text payload) {
	json_t *root = json_loadb(payload.at, payload.len, JSON_REJECT_DUPLICATES, NULL);
	const char *format = json_string_value(json_object_get(root, "format"));
	const char *directory = json_string_value(json_object_get(root, "directory"));
	const char *node = json_string_value(json_object_get(root, "node"));
	const char *from = json_string_value(json_object_get(root, "from")), *to = json_string_value(json_object_get(root, "to"));
	v->first = json_integer_value(json_object_get(root, "first"));
	v->last = json_integer_value(json_object_get(root, "last"));
	v->open = json_is_true(json_object_get(root, "open"));
	const char *made_at = json_string_value(json_object_get(root, "made_at"));
	if (!made_at || clock_parse(text_of(made_at), &v->made_at) != 0) format = NULL;
	bool right = format && strcmp(format, "yiwang-evidence-export-1") == 0 && directory && strlen(directory) == 8 &&
	             stream_name_right(text_of(directory)) && v->first >= 0 && v->last >= v->first;
	if (right) {
		memcpy(v->directory, directory, 9);
		copy_text(v->node, sizeof v->node, text_of(node));
		copy_text(v->from, sizeof v->from, text_of(from));
		copy_text(v->to, sizeof v->to, text_of(to));
	}
	json_decref(root);
	return right ? 0 : malformed(v, "its header is not that of an export, or of a newer version");
}

static int take_section(Verify *v, char type, Text payload, int64_t number) {
	if (v->ended || (number == 0) != (type == 'H')) return malformed(v, "its sections are out of order");
	switch (type) {
	case 'H':
		return take_header(v, payload);
	case 'K':
		if (v->current) return malformed(v, "a checkpoint stands behind entries");
		take_checkpoint(v, payload);
		return 0;
	case 'S':
		return take_piece(v, payload);
	case 'E':
		v->ended = true;
		return payload.len == 8 && load_be64(payload.at) == v->entries
		           ? 0
		           : malformed(v, "it does not hold as many entries as it says");
	default:
		return malformed(v, "it has a section of unknown type");
	}
}

static int read_sections(Verify *v) {
	uint8_t magic[EXPORT_MAGIC_LEN], header[SECTION_HEADER];
	int code = file_read(v, magic, sizeof magic);
	if (code < 0 || code == 0 || memcmp(magic, EXPORT_MAGIC, EXPORT_MAGIC_LEN) != 0)
		return code < 0 ? code : malformed(v, "it does not begin with " EXPORT_MAGIC);
	for (int64_t number = 0; (code = file_read(v, header, sizeof header)) > 0; number++) {
		uint64_t length = load_be64(header + 1);
		if (length > SECTION_MAX) return malformed(v, "a section is over 4 MiB");
		buf_reset(&v->section);
		code = length ? file_read(v, buf_reserve(&v->section, length), length) : 1;
		if (code <= 0) return code ? code : malformed(v, "it ends in the middle of a section");
		v->section.len = length;
		code = take_section(v, (char)header[0], (Text){v->section.at ? v->section.at : "", length}, number);
		if (code) return code;
	}
	return code;
}

/* What must have come and did not. A file cut at its end is judged too: what is there may be right, what is missing is named. */
static void close_tracks(Verify *v) {
	if (v->entries == 0) sort_seals(v);
	if (v->last && (!v->checkpoints || v->checkpoint.number != v->last))
		checkpoint_finding(v, "the checkpoints end before number %lld", (long long)v->last);
	for (size_t i = 0; i < v->track_count; i++) {
		Track *track = v->tracks[i];
		const Seal *seals = (const Seal *)track->seals.at;
		size_t count = track->seals.len / sizeof *seals;
		if (!track->here || track->broken || count == 0 || seals[count - 1].count < track->next) continue;
		EntryView next = {.at_us = v->checkpoint.at_us};
		track_break(track, "removed", track->next, seals[count - 1].count, &next);
		snprintf(track->finding.message, sizeof track->finding.message,
		         "entries %llu to %llu, sealed by checkpoint %lld, are missing: the end was cut off",
		         (unsigned long long)track->next, (unsigned long long)seals[count - 1].count,
		         (long long)seals[count - 1].number);
	}
}

/* --- what is trusted -------------------------------------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b) {
	int64_t x = ((const Checkpoint *)a)->number, y = ((const Checkpoint *)b)->number;
	return x < y ? -1 : x > y;
}

static int trusted_lines(Verify *v, Text text) {
	Buf list = {0};
	while (text.len > 0) {
		ptrdiff_t end = text_find(text, TEXT("\n"));
		Text line = text_trim(end < 0 ? text : (Text){text.at, (size_t)end});
		text = end < 0 ? TEXT("") : (Text){text.at + end + 1, text.len - (size_t)end - 1};
		Checkpoint checkpoint;
		if (line.len == 0) continue;
		if (checkpoint_line_parse(v->arena, line, &checkpoint) != 0 || !checkpoint_signed(&checkpoint, checkpoint.key)) {
			buf_free(&list);
			return error_set(v->error, ERR_INVALID,
			                 "the trusted file holds a line that is no rightly signed checkpoint");
		}
		buf_add(&list, &checkpoint, sizeof checkpoint);
	}
	v->trusted_count = list.len / sizeof(Checkpoint);
	v->trusted = ARENA_ARRAY(v->arena, Checkpoint, v->trusted_count + 1);
	if (list.len) memcpy(v->trusted, list.at, list.len);
	buf_free(&list);
	if (v->trusted_count == 0) return error_set(v->error, ERR_INVALID, "the trusted file is empty");
	qsort(v->trusted, v->trusted_count, sizeof *v->trusted, compare_numbers);
	for (size_t i = 0; i < v->trusted_count; i++)
		key_trust(v, v->trusted[i].key);
	v->key_trusted = true;
	return 0;
}

/* Public keys, 64 hex digits a line, oldest first: whether the text is nothing else. */
static bool trusted_keys(Verify *v, Text text) {
	uint8_t key[PUBLIC_KEY_LEN];
	while (text.len > 0) {
		ptrdiff_t end = text_find(text, TEXT("\n"));
		if (hex_decode(text_trim(end < 0 ? text : (Text){text.at, (size_t)end}), key, PUBLIC_KEY_LEN) != 0) return false;
		text = end < 0 ? TEXT("") : (Text){text.at + end + 1, text.len - (size_t)end - 1};
		key_trust(v, key);
	}
	v->key_trusted = v->key_count > 0;
	return v->key_trusted;
}

/* Public keys or checkpoint lines (a witness file, or a copy of checkpoints.jsonl). */
static int read_trusted(Verify *v, const char *path) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(v->error, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open the trusted file %s: %s", path,
		                 strerror(errno));
	Buf *bytes = ARENA_NEW(v->arena, Buf);
	buf_in(bytes, v->arena);
	ssize_t got;
	while ((got = read(fd, buf_reserve(bytes, 1 << 16), 1 << 16)) > 0 && bytes->len < TRUSTED_FILE_MAX)
		bytes->len += (size_t)got;
	close(fd);
	if (got != 0) return error_set(v->error, ERR_INVALID, "the trusted file %s cannot be read, or is over 256 MiB", path);
	Text text = text_trim(buf_as_text(bytes));
	return trusted_keys(v, text) ? 0 : trusted_lines(v, text);
}

/* --- the report ------------------------------------------------------------------------------------------------------------- */

/* The earliest finding: entries' before checkpoints' (a rewritten history shows in both, and the entries say where). */
static const Finding *first_finding(const Verify *v) {
	const Finding *first = NULL;
	for (size_t i = 0; i < v->track_count; i++) {
		const Track *track = v->tracks[i];
		if (track->broken && (!first || track->finding.at_us < first->at_us)) first = &track->finding;
	}
	return first ? first : v->findings.len ? (const Finding *)v->findings.at : NULL;
}

static void finding_json(JsonWriter *json, const Finding *finding) {
	jw_object(json);
	jw_kv_str(json, "kind", finding->kind);
	if (finding->stream[0]) {
		jw_kv_str(json, "stream", finding->stream);
		jw_kv_id(json, "seq", (int64_t)finding->seq);
		jw_kv_id(json, "seq_to", (int64_t)finding->seq_to);
		jw_kv_time(json, "at", finding->at_us);
		jw_kv_str(json, "actor", finding->actor);
		jw_kv_str(json, "action", finding->action);
	}
	jw_kv_str(json, "message", finding->message);
	jw_object_end(json);
}

typedef struct Totals {
	uint64_t unsealed, elsewhere;
	int64_t since;
} Totals;

static Totals totals_of(const Verify *v) {
	Totals totals = {0};
	for (size_t i = 0; i < v->track_count; i++) {
		const Track *track = v->tracks[i];
		totals.unsealed += track->unsealed;
		if (track->unsealed && (!totals.since || track->unsealed_at < totals.since)) totals.since = track->unsealed_at;
		totals.elsewhere += !track->here;
	}
	return totals;
}

static void report_json(Verify *v, const Finding *first, Buf *out) {
	JsonWriter json;
	Totals totals = totals_of(v);
	char key[2 * PUBLIC_KEY_LEN + 1];
	hex_encode(v->key, PUBLIC_KEY_LEN, key);
	jw_begin(&json, out);
	jw_object(&json);
	jw_kv_bool(&json, "whole", !first);
	jw_kv_str(&json, "directory", v->directory);
	jw_kv_str(&json, "node", v->node);
	jw_kv_str(&json, "from", v->from);
	jw_kv_str(&json, "to", v->to);
	jw_kv_int(&json, "entries", (int64_t)v->entries);
	jw_kv_int(&json, "checkpoints", v->checkpoints);
	jw_kv_int(&json, "first_checkpoint", v->first);
	jw_kv_int(&json, "last_checkpoint", v->last);
	jw_kv_str(&json, "key", v->checkpoints || v->key_trusted ? key : NULL);
	jw_kv_bool(&json, "key_trusted", v->key_trusted);
	jw_kv_int(&json, "key_changed", v->key_changed);
	jw_kv_int(&json, "trusted_checkpoints", v->trusted_met);
	jw_key(&json, "first_bad");
	if (first)
		finding_json(&json, first);
	else
		jw_null(&json);
	jw_key(&json, "findings");
	jw_array(&json);
	for (size_t i = 0; i < v->track_count; i++)
		if (v->tracks[i]->broken) finding_json(&json, &v->tracks[i]->finding);
	for (size_t i = 0; i < v->findings.len / sizeof(Finding); i++)
		finding_json(&json, (const Finding *)v->findings.at + i);
	jw_array_end(&json);
	jw_key(&json, "streams");
	jw_array(&json);
	for (size_t i = 0; i < v->track_count; i++) {
		const Track *track = v->tracks[i];
		jw_object(&json);
		jw_kv_str(&json, "name", track->name);
		jw_kv_int(&json, "entries", (int64_t)track->entries);
		jw_kv_int(&json, "unsealed", (int64_t)track->unsealed);
		jw_kv_bool(&json, "here", track->here);
		jw_object_end(&json);
	}
	jw_array_end(&json);
	jw_key(&json, "unsealed");
	jw_object(&json);
	jw_kv_int(&json, "count", (int64_t)totals.unsealed);
	jw_kv_time(&json, "since", totals.since);
	jw_object_end(&json);
	jw_object_end(&json);
	buf_char(out, '\n');
}

static void report_text(Verify *v, const Finding *first, Buf *out) {
	Totals totals = totals_of(v);
	char key[2 * PUBLIC_KEY_LEN + 1], at[CLOCK_TEXT_MAX];
	hex_encode(v->key, PUBLIC_KEY_LEN, key);
	buf_printf(out, "evidence of directory %s (%s), %s to %s\n", v->directory, v->node, v->from, v->to);
	buf_printf(out, "entries      %llu in %zu streams\n", (unsigned long long)v->entries, v->track_count - totals.elsewhere);
	if (v->checkpoints)
		buf_printf(out, "checkpoints  %lld, to number %lld, signed with key %s\n", (long long)v->checkpoints,
		           (long long)v->checkpoint.number, key);
	else
		buf_str(out, "checkpoints  none: nothing here is sealed\n");
	if (v->key_changed)
		buf_printf(out, "key          a new one, which you trust, begins at checkpoint %lld\n",
		           (long long)v->key_changed);
	if (v->trusted_met)
		buf_printf(out, "trusted      %lld checkpoints compared with those kept elsewhere\n", (long long)v->trusted_met);
	else if (v->key_trusted)
		buf_str(out, "trusted      the key, as given; a checkpoint kept elsewhere would also catch its holder\n");
	else
		buf_str(out, "trusted      nothing: compare the key with the one you keep, or give --checkpoint FILE\n");
	if (totals.unsealed)
		buf_printf(out, "not sealed   %llu entries since %s: the last seal does not cover them\n",
		           (unsigned long long)totals.unsealed, clock_format(totals.since, at));
	else
		buf_str(out, "not sealed   none\n");
	for (size_t i = 0; i < v->track_count; i++)
		if (!v->tracks[i]->here)
			buf_printf(out,
			           "elsewhere    stream %s is kept in another state directory: check an export made there too\n",
			           v->tracks[i]->name);
	if (!first) {
		buf_str(out, "WHOLE        every entry, its order and every seal are right\n");
		return;
	}
	buf_printf(out, "BROKEN       %s\n", first->message);
	if (first->stream[0])
		buf_printf(out, "first bad    stream %s, entry %llu, at %s, actor %s, action %s\n", first->stream,
		           (unsigned long long)first->seq, first->at_us ? clock_format(first->at_us, at) : "?",
		           first->actor[0] ? first->actor : "?", first->action[0] ? first->action : "?");
	for (size_t i = 0; i < v->track_count; i++)
		if (v->tracks[i]->broken && &v->tracks[i]->finding != first)
			buf_printf(out, "also         stream %s: %s\n", v->tracks[i]->name, v->tracks[i]->finding.message);
	for (size_t i = 0; i < v->findings.len / sizeof(Finding); i++)
		if ((const Finding *)v->findings.at + i != first)
			buf_printf(out, "also         %s\n", ((const Finding *)v->findings.at + i)->message);
}

static int judge(Verify *v, Buf *out, bool as_json) {
	int code = read_sections(v);
	if (code < 0 && v->directory[0] == 0) return code; /* not an export at all */
	if (code == 0 && !v->ended) malformed(v, "its end is missing");
	close_tracks(v);
	if (v->trusted_count && !v->trusted_met && code == 0)
		checkpoint_finding(
		    v, "none of the trusted checkpoints (%lld to %lld) is in this export (%lld to %lld): give one that is",
		    (long long)v->trusted[0].number, (long long)v->trusted[v->trusted_count - 1].number, (long long)v->first,
		    (long long)v->last);
	for (size_t i = 0; i < v->trusted_count && v->open; i++)
		if (v->trusted[i].number > v->last && v->trusted[i].at_us < v->made_at) {
			checkpoint_finding(v,
			                   "trusted checkpoint %lld was made before this export and is not in it: the newest "
			                   "history was cut off",
			                   (long long)v->trusted[i].number);
			break;
		}
	if (v->error->code) {
		Finding file = {.kind = "file", .at_us = INT64_MAX};
		snprintf(file.message, sizeof file.message, "%.250s", v->error->message);
		buf_add(&v->findings, &file, sizeof file);
	}
	const Finding *first = first_finding(v);
	if (as_json)
		report_json(v, first, out);
	else
		report_text(v, first, out);
	if (!first) return 0;
	if (v->error->code && first->stream[0] == 0) return v->error->code;
	error_clear(v->error);
	return first->stream[0] ? error_set(v->error, ERR_INVALID, "stream %s: %s", first->stream, first->message)
	                        : error_set(v->error, ERR_INVALID, "%s", first->message);
}

int evidence_verify(const char *export_path, const char *checkpoint_path, Buf *out, bool as_json, Error *error) {
	int fd = open(export_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(error, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open %s: %s", export_path,
		                 strerror(errno));
	Arena *arena = arena_new();
	Verify *v = ARENA_NEW(arena, Verify);
	v->arena = arena;
	v->error = error;
	v->fd = fd;
	v->window = arena_alloc_raw(arena, WINDOW);
	v->tracks = ARENA_ARRAY(arena, Track *, TRACKS_MAX);
	buf_in(&v->section, arena);
	buf_in(&v->findings, arena);
	buf_in(&v->found, arena);
	int code = checkpoint_path ? read_trusted(v, checkpoint_path) : 0;
	if (code == 0) code = judge(v, out, as_json);
	close(fd);
	arena_free(arena);
	return code;
}
