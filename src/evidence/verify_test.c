/* The offline verifier against every kind of tampering, on real exports; range exports; trusted checkpoints and keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "evidence/evidence_testing.h"

enum { ROUNDS = 6, EACH = 40 }; /* checkpoints; reads and writes before each */

static TestEvidence test;
static char export_path[128], trusted_path[128];
static Error error;
static Buf report;

/* --- an export in memory --------------------------------------------------------------------------------------------- */

typedef struct Frame {
	char stream[STREAM_NAME_MAX];
	Buf bytes;
} Frame;
typedef struct Section {
	char type;
	Buf bytes;
} Section;
typedef struct File {
	Section sections[64]; /* H and K */
	int section_count;
	Frame frames[2000];
	int frame_count;
} File;
static File file;

static void file_free(void) {
	for (int i = 0; i < file.section_count; i++)
		buf_free(&file.sections[i].bytes);
	for (int i = 0; i < file.frame_count; i++)
		buf_free(&file.frames[i].bytes);
	memset(&file, 0, sizeof file);
}

static Buf slurp(const char *path) {
	Buf bytes = {0};
	int fd = open(path, O_RDONLY);
	ssize_t got;
	assert_true(fd >= 0);
	while ((got = read(fd, buf_reserve(&bytes, 1 << 16), 1 << 16)) > 0)
		bytes.len += (size_t)got;
	close(fd);
	return bytes;
}

static void spill(const char *path, const void *bytes, size_t length) {
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), (ssize_t)length);
	close(fd);
}

static void file_load(void) {
	file_free();
	Buf bytes = slurp(export_path);
	for (size_t at = EXPORT_MAGIC_LEN; at < bytes.len;) {
		char type = bytes.at[at];
		size_t length = load_be64(bytes.at + at + 1);
		const char *payload = bytes.at + at + SECTION_HEADER;
		at += SECTION_HEADER + length;
		if (type == 'H' || type == 'K') {
			Section *section = &file.sections[file.section_count++];
			section->type = type;
			buf_add(&section->bytes, payload, length);
		} else if (type == 'S') {
			size_t name = (uint8_t)payload[0];
			const uint8_t *frame = (const uint8_t *)payload + 1 + name, *next = frame,
			              *end = (const uint8_t *)payload + length, *hash;
			Text body;
			while (frame_next(&next, end, &body, &hash) == 1) {
				Frame *out = &file.frames[file.frame_count++];
				memcpy(out->stream, payload + 1, name);
				buf_add(&out->bytes, frame, (size_t)(next - frame));
				frame = next;
			}
		}
	}
	buf_free(&bytes);
}

static void put_section(Buf *out, char type, const void *payload, size_t length) {
	buf_char(out, type);
	buf_be64(out, length);
	buf_add(out, payload, length);
}

static void file_save(void) {
	Buf out = {0}, piece = {0};
	buf_add(&out, EXPORT_MAGIC, EXPORT_MAGIC_LEN);
	for (int i = 0; i < file.section_count; i++)
		put_section(&out, file.sections[i].type, file.sections[i].bytes.at, file.sections[i].bytes.len);
	for (int i = 0; i < file.frame_count; i++) {
		if (piece.len == 0) {
			buf_char(&piece, (char)strlen(file.frames[i].stream));
			buf_str(&piece, file.frames[i].stream);
		}
		buf_add(&piece, file.frames[i].bytes.at, file.frames[i].bytes.len);
		if (i + 1 == file.frame_count || strcmp(file.frames[i].stream, file.frames[i + 1].stream) != 0) {
			put_section(&out, 'S', piece.at, piece.len);
			buf_reset(&piece);
		}
	}
	uint8_t count[8];
	store_be64(count, (uint64_t)file.frame_count);
	put_section(&out, 'E', count, 8);
	spill(export_path, out.at, out.len);
	buf_free(&out);
	buf_free(&piece);
}

static int find_frame(char kind, uint64_t seq) {
	for (int i = 0; i < file.frame_count; i++)
		if (file.frames[i].stream[0] == kind && load_be64(file.frames[i].bytes.at + 8) == seq) return i;
	assert_true(false);
	return -1;
}

static void remove_frame(int at) {
	buf_free(&file.frames[at].bytes);
	memmove(&file.frames[at], &file.frames[at + 1], sizeof(Frame) * (size_t)(file.frame_count - at - 1));
	file.frames[--file.frame_count] = (Frame){0};
}

/* Makes every entry of the stream from `at` follow from the one before, as somebody who knows the format would. */
static void rechain(int at) {
	for (int i = at; i < file.frame_count && strcmp(file.frames[i].stream, file.frames[at].stream) == 0; i++) {
		Buf *frame = &file.frames[i].bytes, *before = i ? &file.frames[i - 1].bytes : NULL;
		Digest hash;
		bool first = i == 0 || strcmp(file.frames[i - 1].stream, file.frames[i].stream) != 0;
		if (first)
			stream_genesis(file.frames[i].stream, &hash);
		else
			memcpy(hash.bytes, before->at + before->len - DIGEST_LEN, DIGEST_LEN);
		digest_sha256_pair((Text){(char *)hash.bytes, DIGEST_LEN}, (Text){frame->at + 4, frame->len - FRAME_EXTRA},
		                   &hash);
		memcpy(frame->at + frame->len - DIGEST_LEN, hash.bytes, DIGEST_LEN);
	}
}

/* --- fixture ---------------------------------------------------------------------------------------------------------------- */

static void add_read(void) {
	EvidenceEntry entry = evidence_test_entry(&test, "li.si", "record.read", "{\"k\":1}");
	assert_int_equal(evidence_append(test.evidence, &entry), 0);
}

static void add_write(void) {
	TestWrite write = {&test, evidence_test_entry(&test, "wang.wu", "catalog.publish", "")};
	assert_int_equal(store_write(test.store.store, evidence_test_insert, &write, false, &error), 0);
}

static void fill(void) {
	for (int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < EACH; i++) {
			add_read();
			add_write();
		}
		int64_t number;
		bool made;
		assert_int_equal(evidence_seal(test.evidence, true, &number, &made, &error), 0);
		assert_true(made);
		assert_int_equal(number, round);
	}
	for (int i = 0; i < 5; i++)
		add_read(); /* the unsealed tail */
}

static int setup(void **state) {
	error_clear(&error);
	log_set_level(LOG_LEVEL_ERROR);
	evidence_test_begin(&test, STORE_SQLITE);
	snprintf(export_path, sizeof export_path, "%s/export.yw", test.dir);
	snprintf(trusted_path, sizeof trusted_path, "%s/trusted", test.dir);
	fill();
	assert_int_equal(evidence_test_export(&test, 0, INT64_MAX, export_path), 2 * ROUNDS * EACH + 5);
	file_load();
	assert_int_equal(file.frame_count, 2 * ROUNDS * EACH + 5);
	return 0;
}

static int teardown(void **state) {
	file_free();
	buf_free(&report);
	evidence_test_end(&test);
	return 0;
}

static int verify(const char *trusted) {
	error_clear(&error);
	buf_reset(&report);
	int code = evidence_verify(export_path, trusted, &report, false, &error);
	buf_char(&report, 0);
	return code;
}

static json_t *verify_json(const char *trusted, int expected) {
	error_clear(&error);
	buf_reset(&report);
	assert_int_equal(evidence_verify(export_path, trusted, &report, true, &error), expected);
	json_t *root = json_loadb(report.at, report.len, 0, NULL);
	assert_non_null(root);
	return root;
}

static void expect_bad(const char *kind, char stream, int64_t seq) {
	json_t *root = verify_json(NULL, ERR_INVALID), *bad = json_object_get(root, "first_bad");
	const char *found = json_string_value(json_object_get(bad, "kind"));
	if (!found || strcmp(found, kind) != 0) print_error("%.*s\n", (int)report.len, report.at);
	assert_string_equal(found, kind);
	assert_int_equal(json_string_value(json_object_get(bad, "stream"))[0], stream);
	assert_int_equal(atoll(json_string_value(json_object_get(bad, "seq"))), seq);
	assert_true(json_is_false(json_object_get(root, "whole")));
	assert_true(error.message[0]);
	json_decref(root);
}

/* --- tests ------------------------------------------------------------------------------------------------------------------ */

static void whole(void **state) {
	assert_int_equal(verify(NULL), 0);
	assert_non_null(strstr(report.at, "WHOLE"));
	json_t *root = verify_json(NULL, 0);
	assert_int_equal(json_integer_value(json_object_get(root, "entries")), 2 * ROUNDS * EACH + 5);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "unsealed"), "count")), 5);
	assert_int_equal(json_integer_value(json_object_get(root, "last_checkpoint")), ROUNDS);
	json_decref(root);
	file_save(); /* the test's own writer changes nothing */
	assert_int_equal(verify(NULL), 0);
}

static void altered(void **state) {
	int at = find_frame('r', 57);
	file.frames[at].bytes.at[4 + 60] ^= 1; /* row_count */
	file_save();
	expect_bad("altered", 'r', 57);
	assert_int_equal(verify(NULL), ERR_INVALID);
	assert_non_null(strstr(report.at, "entry 57 was altered"));
	assert_non_null(strstr(report.at, "actor li.si, action record.read"));
}

static void altered_number(void **state) {
	store_be64(file.frames[find_frame('r', 57)].bytes.at + 8, 9999);
	file_save();
	expect_bad("altered", 'r', 57);
}

static void removed(void **state) {
	remove_frame(find_frame('w', 31));
	file_save();
	expect_bad("removed", 'w', 31);
}

static void removed_several(void **state) {
	for (int i = 0; i < 9; i++)
		remove_frame(find_frame('w', 100 + (uint64_t)i));
	file_save();
	expect_bad("removed", 'w', 100);
	assert_non_null(strstr(error.message, "entries 100 to 108 were removed"));
}

static void removed_first(void **state) {
	remove_frame(find_frame('r', 1));
	file_save();
	expect_bad("removed", 'r', 1);
}

static void reordered(void **state) {
	int at = find_frame('r', 80);
	Frame kept = file.frames[at];
	file.frames[at] = file.frames[at + 1];
	file.frames[at + 1] = kept;
	file_save();
	expect_bad("reordered", 'r', 80);
}

static void doubled(void **state) {
	int at = find_frame('r', 80);
	buf_reset(&file.frames[at + 1].bytes);
	buf_text(&file.frames[at + 1].bytes, buf_as_text(&file.frames[at].bytes));
	file_save();
	expect_bad("reordered", 'r', 80);
}

static void cut_off(void **state) {
	for (uint64_t seq = ROUNDS * EACH; seq > ROUNDS * EACH - 10; seq--)
		remove_frame(find_frame('w', seq));
	file_save();
	expect_bad("removed", 'w', ROUNDS * EACH - 9);
}

/* Two stretches of a stream exchanged, as if its segment files had been. */
static void swapped(void **state) {
	int a = find_frame('r', 101), b = find_frame('r', 121);
	for (int i = 0; i < 20; i++) {
		Frame kept = file.frames[a + i];
		file.frames[a + i] = file.frames[b + i];
		file.frames[b + i] = kept;
	}
	file_save();
	expect_bad("reordered", 'r', 101);
}

/* Everything after the change hashed again: the chain is right, the seals are not. */
static void rehashed(void **state) {
	int at = find_frame('r', 57);
	file.frames[at].bytes.at[4 + 60] ^= 1;
	rechain(at);
	file_save();
	expect_bad("rewritten", 'r', EACH + 1); /* among 41..80: the seal before agreed */
}

static void removed_and_renumbered(void **state) {
	int at = find_frame('r', 57);
	remove_frame(at);
	for (int i = at; i < file.frame_count && file.frames[i].stream[0] == 'r'; i++)
		store_be64(file.frames[i].bytes.at + 8, load_be64(file.frames[i].bytes.at + 8) - 1);
	rechain(at);
	file_save();
	expect_bad("rewritten", 'r', EACH + 1);
}

static void stream_taken_out(void **state) {
	for (int i = file.frame_count - 1; i >= 0; i--)
		if (file.frames[i].stream[0] == 'w') remove_frame(i);
	file_save();
	expect_bad("removed", 'w', 1);
}

static void checkpoint_altered(void **state) {
	char *at = strstr(file.sections[3].bytes.at + SIGNATURE_LEN, "\"node\":\"test\"");
	assert_non_null(at);
	at[8] = 'T';
	file_save();
	assert_int_equal(verify(NULL), ERR_INVALID);
	assert_non_null(strstr(report.at, "signature of checkpoint 3 is wrong"));
}

static void checkpoint_removed(void **state) {
	buf_free(&file.sections[3].bytes);
	memmove(&file.sections[3], &file.sections[4], sizeof(Section) * (size_t)(file.section_count - 4));
	file.section_count--;
	file_save();
	assert_int_equal(verify(NULL), ERR_INVALID);
	assert_non_null(strstr(report.at, "checkpoint 3 is missing"));
}

/* Signs all checkpoints anew with `key`, over the heads as the entries now are. */
static void reseal(const SigningKey *key) {
	Arena *arena = arena_new();
	Digest previous = {{0}};
	for (int i = 1; i < file.section_count; i++) {
		Buf *section = &file.sections[i].bytes;
		Checkpoint checkpoint;
		Text body = text_dup(arena, (Text){section->at + SIGNATURE_LEN, section->len - SIGNATURE_LEN});
		assert_int_equal(checkpoint_parse(arena, body, &checkpoint), 0);
		CheckpointHead *heads = (CheckpointHead *)checkpoint.heads;
		for (size_t k = 0; k < checkpoint.head_count; k++) {
			const Buf *frame = &file.frames[find_frame(heads[k].stream[0], heads[k].count)].bytes;
			memcpy(heads[k].hash.bytes, frame->at + frame->len - DIGEST_LEN, DIGEST_LEN);
		}
		checkpoint.previous = previous;
		signing_key_public(key, checkpoint.key);
		buf_reset(section);
		uint8_t signature[SIGNATURE_LEN] = {0};
		buf_add(section, signature, SIGNATURE_LEN);
		checkpoint_body(section, &checkpoint);
		Text fresh = {section->at + SIGNATURE_LEN, section->len - SIGNATURE_LEN};
		assert_int_equal(sign_bytes(key, fresh, signature), 0);
		memcpy(section->at, signature, SIGNATURE_LEN);
		digest_sha256(fresh, &previous);
	}
	arena_free(arena);
}

static void keep_trusted(int number) {
	Buf line = {0};
	const Buf *section = &file.sections[number].bytes;
	checkpoint_line(&line, (Text){section->at + SIGNATURE_LEN, section->len - SIGNATURE_LEN}, (const uint8_t *)section->at);
	spill(trusted_path, line.at, line.len);
	buf_free(&line);
}

/* Whoever holds the key writes history again and signs it: in itself everything fits; the checkpoint kept elsewhere does not. */
static void key_holder(void **state) {
	keep_trusted(4);
	assert_int_equal(verify(trusted_path), 0);
	assert_non_null(strstr(report.at, "1 checkpoints compared"));
	int at = find_frame('r', 57);
	file.frames[at].bytes.at[4 + 60] ^= 1;
	rechain(at);
	reseal(test.evidence->key);
	file_save();
	assert_int_equal(verify(NULL), 0);
	json_t *root = verify_json(trusted_path, ERR_INVALID), *bad = json_object_get(root, "first_bad");
	assert_string_equal(json_string_value(json_object_get(bad, "kind")), "rewritten");
	assert_int_equal(json_string_value(json_object_get(bad, "stream"))[0], 'r');
	json_decref(root);
	assert_int_equal(verify(trusted_path), ERR_INVALID);
	assert_non_null(strstr(report.at, "checkpoint 4 is not the trusted one"));
}

/* With every checkpoint kept elsewhere the place is narrowed to one seal. */
static void key_holder_all_kept(void **state) {
	char path[256];
	snprintf(path, sizeof path, "%s/evidence/checkpoints.jsonl", test.dir);
	int at = find_frame('r', 57);
	file.frames[at].bytes.at[4 + 60] ^= 1;
	rechain(at);
	reseal(test.evidence->key);
	file_save();
	json_t *root = verify_json(path, ERR_INVALID), *bad = json_object_get(root, "first_bad");
	assert_int_equal(atoll(json_string_value(json_object_get(bad, "seq"))), EACH + 1);
	assert_int_equal(atoll(json_string_value(json_object_get(bad, "seq_to"))), 2 * EACH);
	json_decref(root);
}

static void other_key(void **state) {
	char path[128], hex[2 * PUBLIC_KEY_LEN + 1];
	hex_encode(test.evidence->public_key, PUBLIC_KEY_LEN, hex);
	spill(trusted_path, hex, strlen(hex));
	assert_int_equal(verify(trusted_path), 0);
	snprintf(path, sizeof path, "%s/other.pem", test.dir);
	SigningKey *key;
	assert_int_equal(signing_key_create(path, &error), 0);
	assert_int_equal(signing_key_load(&key, path, &error), 0);
	reseal(key);
	signing_key_free(key);
	file_save();
	assert_int_equal(verify(trusted_path), ERR_INVALID);
	assert_non_null(strstr(report.at, "signed with another key"));
}

/* The newest checkpoints and all after them cut away, as if nothing had happened since. */
static void newest_cut(void **state) {
	char path[256];
	snprintf(path, sizeof path, "%s/evidence/checkpoints.jsonl", test.dir);
	assert_int_equal(verify(path), 0);
	for (int i = file.frame_count - 1; i >= 0; i--)
		if (load_be64(file.frames[i].bytes.at + 8) > 4 * EACH) remove_frame(i);
	file.section_count -= 2; /* their bytes go with file_free of the next load */
	char *last = strstr(file.sections[0].bytes.at, "\"last\":6");
	assert_non_null(last);
	last[7] = '4';
	file_save();
	file.section_count += 2;
	assert_int_equal(verify(NULL), 0);
	assert_int_equal(verify(path), ERR_INVALID);
	assert_non_null(strstr(report.at, "checkpoint 5 was made before this export"));
}

static void ranges(void **state) {
	/* from before the third seal to after the fourth: only whole stretches between checkpoints */
	Arena *arena = arena_new();
	Checkpoint third, fourth;
	Text k3 = buf_as_text(&file.sections[3].bytes), k4 = buf_as_text(&file.sections[4].bytes);
	assert_int_equal(checkpoint_parse(arena, (Text){k3.at + SIGNATURE_LEN, k3.len - SIGNATURE_LEN}, &third), 0);
	assert_int_equal(checkpoint_parse(arena, (Text){k4.at + SIGNATURE_LEN, k4.len - SIGNATURE_LEN}, &fourth), 0);
	int64_t count = evidence_test_export(&test, third.at_us, fourth.at_us, export_path);
	assert_int_equal(count, 2 * EACH);
	assert_int_equal(verify(NULL), 0);
	assert_non_null(strstr(report.at, "not sealed   none"));
	keep_trusted(4);
	assert_int_equal(verify(trusted_path), 0);
	keep_trusted(6);
	assert_int_equal(verify(trusted_path), ERR_INVALID); /* not in this export */
	file_load();
	remove_frame(find_frame('r', 2 * EACH + EACH + 1)); /* the first */
	file_save();
	expect_bad("removed", 'r', 3 * EACH + 1);
	arena_free(arena);
}

static void empty_range(void **state) {
	evidence_test_export(&test, 1000, 2000, export_path); /* 1970: up to the first checkpoint */
	assert_int_equal(verify(NULL), 0);
}

/* Cut at every length: never right, never a crash. */
static void cut_files(void **state) {
	Buf bytes = slurp(export_path);
	for (size_t length = 0; length < bytes.len; length += length < 3000 ? 1 : 997) {
		spill(export_path, bytes.at, length);
		assert_int_not_equal(verify(NULL), 0);
	}
	buf_free(&bytes);
}

/* Any one byte changed anywhere is noticed. */
static void any_byte(void **state) {
	unsigned seed = (unsigned)clock_now_us();
	print_message("seed %u\n", seed);
	evidence_test_export(&test, 0, 1000, export_path);
	Buf bytes = slurp(export_path);
	size_t header = SECTION_HEADER + EXPORT_MAGIC_LEN + load_be64(bytes.at + EXPORT_MAGIC_LEN + 1);
	for (int i = 0; i < 2000; i++) {
		size_t at = header + (size_t)rand_r(&seed) % (bytes.len - header);
		char bit = (char)(1 << rand_r(&seed) % 8);
		bytes.at[at] ^= bit;
		spill(export_path, bytes.at, bytes.len);
		if (verify(NULL) == 0) print_error("byte %zu bit %d was not noticed\n", at, bit);
		assert_int_not_equal(verify(NULL), 0);
		bytes.at[at] ^= bit;
	}
	buf_free(&bytes);
}

static void not_an_export(void **state) {
	spill(export_path, "hello", 5);
	assert_int_equal(verify(NULL), ERR_INVALID);
	assert_int_equal(evidence_verify("/nonexistent", NULL, &report, false, &error), ERR_INVALID); /* the error before stays */
	error_clear(&error);
	assert_int_equal(evidence_verify("/nonexistent", NULL, &report, false, &error), ERR_NOT_FOUND);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(whole),
	    TEST(altered),
	    TEST(altered_number),
	    TEST(removed),
	    TEST(removed_several),
	    TEST(removed_first),
	    TEST(reordered),
	    TEST(doubled),
	    TEST(cut_off),
	    TEST(swapped),
	    TEST(rehashed),
	    TEST(removed_and_renumbered),
	    TEST(stream_taken_out),
	    TEST(checkpoint_altered),
	    TEST(checkpoint_removed),
	    TEST(key_holder),
	    TEST(key_holder_all_kept),
	    TEST(other_key),
	    TEST(newest_cut),
	    TEST(ranges),
	    TEST(empty_range),
	    TEST(cut_files),
	    TEST(any_byte),
	    TEST(not_an_export),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
