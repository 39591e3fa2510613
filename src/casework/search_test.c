/* Cases by words: what a list finds with words looked up is what reading every row finds, for random texts, words, pages and
 * people; pieces and sets by themselves. The seed is printed; YIWANG_SEED repeats it. */
#include "casework/casework_testing.h"
#include "casework/words.h"

static uint64_t random_state;
static uint32_t random_below(uint32_t limit) {
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % limit;
}
static void seed_take(void) {
	const char *given = getenv("YIWANG_SEED");
	random_state = given ? strtoull(given, NULL, 10) : (uint64_t)clock_now_us();
	print_message("seed %llu\n", (unsigned long long)random_state);
}

/* --- pieces and sets ---------------------------------------------------------------------------------------------------------
 */
static void pieces(void **state) {
	Piece found[2 * PIECE_TEXT_MAX];
	int64_t asked[PIECES_ASKED];
	assert_int_equal(pieces_of(TEXT(""), 0, found), 0);
	assert_int_equal(pieces_of(TEXT("ab"), 0, found), 0);
	assert_int_equal(pieces_of(TEXT("abcd"), 7, found), 2); /* abc, bcd */
	assert_int_equal(found[1].number, 7);
	assert_int_equal(pieces_of(TEXT("井盖a"), 0, found), 4); /* 井, 盖, 井盖, 盖a */
	assert_int_equal(pieces_asked(TEXT("ab"), asked), 0);
	assert_int_equal(pieces_asked(TEXT("abc"), asked), 1);
	assert_int_equal(pieces_asked(TEXT("井"), asked), 1);
	assert_int_equal(pieces_asked(TEXT("井盖"), asked), 1);
	assert_int_equal(pieces_asked(TEXT("井盖井盖井盖"), asked), 2);
	assert_int_equal(pieces_asked(TEXT("abcdefghijklmnopqrstuvwxyz"), asked), PIECES_ASKED - 1);
	int64_t small[PIECES_ASKED], large[PIECES_ASKED];
	pieces_asked(TEXT("é路"), small);
	pieces_asked(TEXT("É路"), large);
	assert_true(small[0] == large[0]);
}

static void sets(void **state) {
	Arena *arena = arena_new();
	seed_take();
	for (int round = 0; round < 200; round++) {
		uint64_t wanted[SET_WORDS] = {0}, bits[SET_WORDS];
		uint16_t numbers[SEGMENT];
		size_t count = 0;
		uint32_t one_of = 1 + random_below(round % 2 ? 8 : 2000);
		for (uint16_t number = 0; number < SEGMENT; number++)
			if (random_below(one_of) == 0) {
				wanted[number / 64] |= UINT64_C(1) << number % 64;
				numbers[count++] = number;
			}
		Text set = set_write(arena, numbers, count);
		assert_true(set.len <= SET_BYTES);
		memset(bits, 0xff, sizeof bits);
		set_and(set, bits);
		assert_memory_equal(bits, wanted, sizeof bits);
	}
	arena_free(arena);
}

/* --- lists -------------------------------------------------------------------------------------------------------------------
 */
enum { CASES = 2 * SEGMENT + 5000, LATE = 1000 /* the newest: younger than an hour */ };
static const char *const words[] = {"常住人口", "井盖破损", "暴露垃圾", "中山路", "解放北路", "人民公园", "路灯不亮",
                                    "Wi-Fi",    "占道经营", "é路",      "100%",   "a_b",      "号",       "GB/T"};
enum { WORDS = sizeof words / sizeof *words };

static int cases_fill(Request *rq, void *arg) {
	static const ValKind kinds[] = {VAL_INT,  VAL_TEXT, VAL_TEXT, VAL_INT,  VAL_TEXT, VAL_TEXT, VAL_TEXT,
	                                VAL_TEXT, VAL_INT,  VAL_TEXT, VAL_TEXT, VAL_INT,  VAL_INT,  VAL_INT,
	                                VAL_INT,  VAL_INT,  VAL_TEXT, VAL_INT,  VAL_INT,  VAL_INT,  VAL_INT,
	                                VAL_INT,  VAL_INT,  VAL_INT,  VAL_INT,  VAL_INT,  VAL_INT,  VAL_INT};
	Bulk *bulk;
	int code = bulk_begin(rq->db, &bulk, "work_case",
	                      "case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title,"
	                      " search_text, resource_id, asker_org, asker_account, supplier_org, account_id, form, grant_id,"
	                      " begun_us, due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at, closed_at,"
	                      " version",
	                      kinds, sizeof kinds / sizeof *kinds);
	int64_t old = store_id_at(rq->now_us - 90 * DAY_US), young = store_id_at(rq->now_us - 60000000);
	for (int i = 0; i < CASES && code >= 0; i++) {
		int rare = random_below(5000) == 0;
		char *title = arena_printf(rq->arena, "%s%d%s%s", words[random_below(WORDS)], (int)random_below(300),
		                           words[random_below(WORDS)], rare ? "稀有" : "");
		char *text = arena_printf(rq->arena, "gx-2026-%06d %s", i, title);
		for (char *at = text; *at; at++)
			if (*at >= 'A' && *at <= 'Z') *at = (char)(*at - 'A' + 'a');
		const Val n = val_int(0), row[] = {val_int(i < CASES - LATE ? old + i * 100 : young + i),
		                                   val_str(arena_printf(rq->arena, "GX-2026-%06d", i)),
		                                   val_str("share_request"),
		                                   val_int(1),
		                                   val_str("granted"),
		                                   val_str(""),
		                                   val_str("granted"),
		                                   val_str(""),
		                                   n,
		                                   val_str(title),
		                                   val_str(text),
		                                   val_int(resources[0]),
		                                   val_int(random_below(100) ? orgs[1] : orgs[0]),
		                                   n,
		                                   val_int(random_below(50) ? orgs[1] : orgs[0]),
		                                   n,
		                                   val_str("{}"),
		                                   n,
		                                   n,
		                                   n,
		                                   n,
		                                   n,
		                                   n,
		                                   n,
		                                   n,
		                                   n,
		                                   val_int(1),
		                                   val_int(1)};
		code = bulk_row(bulk, row);
	}
	return code < 0 ? code : (int)bulk_end(bulk);
}

/* What reading every row finds, newest first. */
static int all_found(Request *rq, int who, const char *pattern, int64_t *ids) {
	Rows *rows;
	int count = 0, code = db_query(rq->db, &rows,
	                               "SELECT case_id FROM work_case WHERE lower(search_text) LIKE $1 ESCAPE '\\' AND ($2 = 0 OR"
	                               " asker_org = $2 OR supplier_org = $2) ORDER BY case_id DESC",
	                               BIND(val_str(pattern), val_int(who == BUREAU ? 0 : orgs[who == OFFICER ? 0 : 1])));
	assert_true(code >= 0);
	while ((code = rows_next(rows)) > 0)
		ids[count++] = rows_int(rows, 0);
	assert_int_equal(code, 0);
	return count;
}

static void word_random(char *out, size_t size, Request *rq, const char **pattern) {
	static const char *const others[] = {"稀有",      "稀有的改名", "没有的", "改名", "改名后的", "路",  "0",   "33",
	                                     "gx-2026-0", "%",          "_",      "i",    "0001",     "口1", "É路", "路 "};
	char number[20];
	snprintf(number, sizeof number, "2026-%06d", (int)random_below(CASES));
	int kind = (int)random_below(4);
	if (kind == 0)
		snprintf(out, size, "%s", number);
	else if (kind == 1)
		snprintf(out, size, "%s", others[random_below(sizeof others / sizeof *others)]);
	else if (kind == 2)
		snprintf(out, size, "%s%d", words[random_below(WORDS)], (int)random_below(300));
	else
		snprintf(out, size, "%s", words[random_below(WORDS)]);
	InputValue value = {.given = true, .t = text_of(out)};
	static const InputField field[] = {{"q", IN_QUERY, TYPE_TEXT}, {0}};
	Route route = {.inputs = field};
	rq->route = &route;
	rq->inputs = &value;
	Val like = in_like(rq, "q");
	*pattern = arena_strndup(rq->arena, like.t.at, like.t.len);
	rq->route = NULL;
}

/* Some of a segment, and one of none, are called otherwise. */
static int cases_rename(Request *rq, void *arg) {
	int code = 0;
	for (int i = 0; i < 40 && code >= 0; i++) {
		int64_t at = i ? random_below(CASES - LATE) : CASES - 1, case_id = 0;
		const char *number = arena_printf(rq->arena, "GX-2026-%06d", (int)at),
		           *text = arena_printf(rq->arena, "gx-2026-%06d 改名后的路", (int)at);
		code = db_int(rq->db, &case_id, "SELECT case_id FROM work_case WHERE number = $1", BIND(val_str(number)));
		if (code >= 0)
			code = (int)db_run(rq->db, "UPDATE work_case SET search_text = $2 WHERE case_id = $1",
			                   BIND(val_int(case_id), val_str(text)));
		if (code >= 0) code = case_words_add(rq, case_id, text_of(text));
	}
	return code < 0 ? code : 0;
}

/* Called otherwise while no segment has it. */
static int renamed_early(Request *rq, void *arg) {
	int64_t case_id = 0;
	int code = db_int(rq->db, &case_id, "SELECT case_id FROM work_case WHERE number = 'GX-2026-000007'", NO_BIND);
	return code < 0 ? code : case_words_add(rq, case_id, text_of("gx-2026-000007 稀有的改名"));
}

/* What that leaves where the chore had read it before and wrote its segment meanwhile. */
static int renamed_meanwhile(Request *rq, void *arg) {
	int code = (int)db_run(rq->db, "UPDATE work_case SET search_text = $1 WHERE number = 'GX-2026-000007'",
	                       BIND(val_str("gx-2026-000007 稀有的改名")));
	if (code >= 0)
		code = (int)db_run(
		    rq->db, "INSERT INTO case_renamed SELECT case_id FROM work_case WHERE number = 'GX-2026-000007'", NO_BIND);
	return code < 0 ? code : 0;
}

static void write_now(int (*fn)(Request *, void *)) {
	Request *rq = request_begin(app, "test");
	rq->now_us = now;
	if (request_write(rq, fn, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
}

static void lists(void **state) {
	static int64_t wanted[CASES];
	static const int people[] = {BUREAU, OFFICER, POLICE};
	seed_take();
	Request *rq = request_begin(app, "test");
	rq->now_us = now;
	if (request_write(rq, cases_fill, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	write_now(renamed_early);
	assert_int_equal(chores_run(app, "casework.words"), 1);
	write_now(renamed_meanwhile);
	assert_int_equal(count_of_sql("SELECT count(*) FROM case_segment"), 2);
	assert_int_equal(chores_run(app, "casework.words"), 1);
	assert_int_equal(count_of_sql("SELECT count(*) FROM case_segment"), 2);
	assert_int_equal(count_of_sql("SELECT count(*) FROM case_renamed"), 0);
	rq = request_begin(app, "test");
	rq->now_us = now;
	if (request_write(rq, cases_rename, NULL) < 0) flunk("%s\n", rq->error->message);
	request_end(rq);
	json_t *found = ok(BUREAU, "case.list", json_pack("{s:s,s:s}", "q", "稀有的改名", "scope", "all"));
	assert_int_equal(json_array_size(json_object_get(found, "items")), 1);
	json_decref(found);
	for (int round = 0; round < 60; round++) {
		char asked[100];
		const char *pattern;
		int who = people[random_below(3)], limit = 1 + (int)random_below(100), at = 0;
		rq = request_begin(app, "test");
		word_random(asked, sizeof asked, rq, &pattern);
		int count = all_found(rq, who, pattern, wanted);
		request_end(rq);
		json_int_t after = 0;
		for (int page = 0; page < 5; page++) {
			json_t *inputs =
			    json_pack("{s:s,s:i,s:s}", "q", asked, "limit", limit, "scope", who == BUREAU ? "all" : "org");
			if (after) json_object_set_new(inputs, "after", json_integer(after));
			json_t *answer = ok(who, "case.list", inputs), *item;
			size_t index;
			json_array_foreach(json_object_get(answer, "items"), index, item) {
				if (at >= count || id_of(item) != wanted[at])
					flunk("%s, person %d, row %d of %d: %lld, not %lld\n", asked, who, at, count,
					      (long long)id_of(item), (long long)(at < count ? wanted[at] : 0));
				at++;
			}
			const char *next = text(answer, "next");
			after = *next ? atoll(next) : 0;
			json_decref(answer);
			if (!after) break;
		}
		if (!after && at != count) flunk("%s, person %d: %d of %d rows\n", asked, who, at, count);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(pieces), cmocka_unit_test(sets), BOTH(lists)};
	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
