/* Tests of catalogue search on both engines: what words find, ranking, marks, who sees drafts, facets against a count by hand,
 * paging, filling at start. */
#include "catalog/routes_testing.h"

static json_int_t publish(json_t *own) {
	json_t *entry = ok(OFFICER, "catalog.create", json_pack("{s:o}", "document", own));
	json_int_t id = id_of(entry), version = number(entry, "version");
	json_decref(entry);
	entry = ok(OFFICER, "catalog.submit", json_pack("{s:I,s:I}", "id", id, "version", version));
	version = number(entry, "version");
	json_decref(entry);
	json_decref(
	    ok(BUREAU, "catalog.review", json_pack("{s:I,s:I,s:s}", "id", id, "version", version, "decision", "publish")));
	return id;
}

static json_t *entry_of(const char *code, const char *name, const char *keyword, const char *summary, const char *field) {
	json_t *out = document(code, name, keyword);
	json_object_set_new(out, "summary", json_string(summary));
	json_object_set_new(json_array_get(json_object_get(out, "fields"), 1), "title", json_string(field));
	return out;
}

/* The names found, in order, joined by '|'. */
static void finds(int account, const char *q, const char *expected) {
	json_t *answer = ok(account, "catalog.list", json_pack("{s:s}", "q", q)), *item;
	char text[1000] = "";
	size_t index, len = 0;
	json_array_foreach(json_object_get(answer, "items"), index, item) len += (size_t)snprintf(
	    text + len, sizeof text - len, "%s%s", index ? "|" : "", json_string_value(json_object_get(item, "name")));
	if (strcmp(text, expected) != 0) flunk("\"%s\" finds \"%s\", expected \"%s\"\n", q, text, expected);
	json_decref(answer);
}

static int put_synonyms(Request *rq, void *arg) {
	int code = (int)db_run(rq->db, "INSERT INTO synonym (name, words) VALUES ('enterprise', '[\"企业\",\"法人\",\"公司\"]')",
	                       NO_BIND);
	return code < 0 ? code : generation_bump(rq->db);
}

static void words(void **state) {
	begin_orgs();
	Request *rq = request_begin(app, "test");
	assert_true(request_write(rq, put_synonyms, NULL) >= 0);
	request_end(rq);
	publish(entry_of("301001001/1", "餐饮企业名录", "食品", "全市持证经营单位", "负责人姓名"));
	publish(entry_of("301001001/2", "法人登记", "名录", "登记档案 PM2.5", "机构类型"));
	publish(entry_of("301001001/3", "低保家庭", "救助", "与餐饮无关", "户主姓名"));
	finds(READER, "餐", "餐饮企业名录|低保家庭");   /* one character; name before summary */
	finds(READER, "名录", "餐饮企业名录|法人登记"); /* name before keyword */
	finds(READER, "姓名", "低保家庭|餐饮企业名录"); /* in fields: newest first */
	finds(READER, "餐饮企业", "餐饮企业名录");
	finds(READER, "xm", "低保家庭|餐饮企业名录"); /* initials from any character on */
	finds(READER, "cyqy", "餐饮企业名录");
	finds(READER, "hzxm", "低保家庭");
	finds(READER, "xingming", "低保家庭|餐饮企业名录");
	finds(READER, "xingm", "低保家庭|餐饮企业名录"); /* as it is typed */
	finds(READER, "餐饮 姓名",
	      "餐饮企业名录|低保家庭"); /* all words; the worst part counts, then the newest: both are fields and below */
	finds(READER, "hold", "低保家庭|法人登记|餐饮企业名录"); /* field names */
	finds(READER, "PM2.5", "法人登记");
	finds(READER, "pm", "法人登记");
	finds(READER, "301001001/2", "法人登记");
	finds(READER, "３０１００１００１／２", "法人登记"); /* full width */
	finds(READER, "企业", "法人登记|餐饮企业名录");      /* 企业 = 法人 */
	finds(READER, "公司名录", "餐饮企业名录");
	finds(READER, "市场监管", "低保家庭|法人登记|餐饮企业名录"); /* the organisation */
	finds(READER, "餐业", "");                                   /* not neighbours */
}

static void bad_input(void **state) {
	begin_orgs();
	publish(entry_of("301001001/1", "餐饮企业", "食品", "说明", "姓名"));
	static const char *const nothing[] = {
	    "\"",        "'",  "*",         "-",    "NEAR(", "餐饮 AND 饮餐", "' OR 1=1 --",   "()", "^", ":*", "& | !",
	    "{name}: x", "%%", "name:餐饮", "、。", "\\",    "\x01\x02",      "餐饮 NOT 企业", "😀",  NULL};
	for (int i = 0; nothing[i]; i++)
		finds(READER, nothing[i], "");
	finds(READER, "\"餐饮\"", "餐饮企业"); /* marks only part words */
	finds(READER, "-餐饮*", "餐饮企业");
	finds(READER, "  ", "餐饮企业");
	char longest[401] = "";
	for (int i = 0; i < 100; i++)
		strcat(longest, i % 3 ? "餐" : "饮");
	finds(READER, longest, "");
	for (int i = 0; i < 100; i++)
		longest[i] = i % 2 ? ' ' : 'a';
	longest[100] = '\0';
	finds(READER, longest, "");
	memset(longest, 'q', 100);
	finds(READER, longest, "");
	refused(READER, "catalog.list", ERR_INVALID, json_pack("{s:s}", "after", "9.1"));
	refused(READER, "catalog.list", ERR_INVALID, json_pack("{s:s}", "after", "1.-1"));
}

static void marks(void **state) {
	begin_orgs();
	publish(entry_of("301001001/1", "餐饮企业名录", "食品", "说明", "户主姓名"));
	json_t *answer = ok(READER, "catalog.list", json_pack("{s:s}", "q", "企业 xm"));
	const json_t *hits = json_object_get(json_array_get(json_object_get(answer, "items"), 0), "hits");
	char *text = json_dumps(hits, JSON_COMPACT);
	assert_string_equal(text, "[{\"part\":\"name\",\"text\":\"餐饮企业名录\",\"marks\":[[2,2]]},"
	                          "{\"part\":\"field\",\"text\":\"户主姓名\",\"marks\":[[2,2]]}]");
	free(text);
	json_decref(answer);
}

static void drafts(void **state) {
	begin_orgs();
	json_int_t id = publish(entry_of("301001001/1", "餐饮企业", "食品", "说明", "姓名"));
	json_t *entry = ok(OFFICER, "catalog.read", json_pack("{s:I}", "id", id));
	json_decref(ok(OFFICER, "catalog.save",
	               json_pack("{s:I,s:I,s:o}", "id", id, "version", number(entry, "version"), "document",
	                         entry_of("301001001/1", "秘密酒店", "食品", "说明", "姓名"))));
	json_decref(entry);
	finds(OFFICER, "秘密", "餐饮企业"); /* the list shows the published name */
	finds(BUREAU, "mmjd", "餐饮企业");
	finds(STRANGER, "秘密", "");
	finds(READER, "秘密", "");
	finds(OFFICER, "餐饮", "餐饮企业");
	entry = ok(OFFICER, "catalog.read", json_pack("{s:I}", "id", id));
	json_int_t version = number(entry, "version");
	json_decref(entry);
	entry = ok(OFFICER, "catalog.submit", json_pack("{s:I,s:I}", "id", id, "version", version));
	version = number(entry, "version");
	json_decref(entry);
	size_is(BUREAU, json_pack("{s:s,s:s}", "state", "review", "q", "酒店"), 1);
	entry = ok(BUREAU, "catalog.review", json_pack("{s:I,s:I,s:s}", "id", id, "version", version, "decision", "publish"));
	version = number(entry, "version");
	json_decref(entry);
	finds(READER, "秘密", "秘密酒店"); /* from the moment it is published */
	finds(READER, "餐饮", "");
	finds(OFFICER, "餐饮", "");
	json_decref(ok(BUREAU, "catalog.withdraw", json_pack("{s:I,s:I,s:s}", "id", id, "version", version, "note", "不再提供")));
	size_is(READER, json_pack("{s:s}", "state", "published"), 0);
	size_is(READER, json_pack("{s:s}", "state", "withdrawn"), 1);
}

/* --- facets against a count by hand ---------------------------------------------------------------------------------- */
enum { ENTRIES = 60 };
static const char *const words_of[] = {"餐饮", "法人", "低保", "学校"};
static const char *const domains_of[] = {"市场监管", "民政", "教育"},
                         *const sharings_of[] = {"unconditional", "conditional", "none"},
                         *const openings_of[] = {"closed", "conditional"}, *const formats_of[] = {"csv", "xlsx", "json"};
typedef struct Made {
	int word, domain, sharing, opening, format, grade;
} Made;
static uint32_t seed = 20260101;
static int roll(int sides) {
	seed = seed * 1664525u + 1013904223u;
	return (int)(seed >> 16) % sides;
}

static int put_made(Request *rq, void *arg) {
	Made *made = arg;
	for (int i = 0; i < ENTRIES; i++) {
		char code[40], name[60];
		made[i] = (Made){roll(4), roll(3), roll(3), roll(2), roll(3), 1 + roll(4)};
		if (made[i].sharing == 2) made[i].opening = 0; /* what is not shared is not opened */
		snprintf(code, sizeof code, "301001001/%d", i);
		snprintf(name, sizeof name, "%s资源%d", words_of[made[i].word], i);
		json_t *own = document(code, name, "x");
		json_object_set_new(own, "domain", json_string(domains_of[made[i].domain]));
		json_object_set_new(own, "sharing", json_string(sharings_of[made[i].sharing]));
		json_object_set_new(own, "sharing_condition", json_string("按需申请，经同意后使用"));
		json_object_set_new(own, "sharing_basis", json_string("中华人民共和国某法第一条"));
		if (made[i].sharing == 2) json_object_del(own, "sharing_ways");
		json_object_set_new(own, "opening", json_string(openings_of[made[i].opening]));
		json_object_set_new(own, "opening_condition", json_string("实名登记后使用"));
		json_object_set_new(own, "formats", json_pack("[s]", formats_of[made[i].format]));
		json_t *field = json_array_get(json_object_get(own, "fields"), 1);
		json_object_set_new(field, "grade", json_integer(made[i].grade));
		int64_t id;
		int result = resource_publish_document(rq, orgs[i % 2], own, &id);
		json_decref(own);
		if (result < 0) return result;
	}
	return 0;
}

static int64_t facet_count(const json_t *answer, const char *facet, const char *value) {
	size_t index;
	json_t *item;
	json_array_foreach(json_object_get(json_object_get(answer, "facets"), facet), index,
	                   item) if (strcmp(json_string_value(json_object_get(item, "value")), value) ==
	                             0) return number(item, "count");
	return 0;
}

/* domain, sharing, grade: -1 = no filter; word -1 = no words. `but` is left out of the filters. */
static bool passes(const Made *one, int word, int domain, int sharing, int grade, char but) {
	return (word < 0 || one->word == word) && (but == 'd' || domain < 0 || one->domain == domain) &&
	       (but == 's' || sharing < 0 || one->sharing == sharing) && (but == 'g' || grade < 0 || one->grade == grade);
}

static void check_facets(const Made *made, int word, int domain, int sharing, int grade) {
	json_t *inputs = json_pack("{s:b,s:i}", "facets", 1, "limit", 200);
	if (word >= 0) json_object_set_new(inputs, "q", json_string(words_of[word]));
	if (domain >= 0) json_object_set_new(inputs, "domain", json_string(domains_of[domain]));
	if (sharing >= 0) json_object_set_new(inputs, "sharing", json_string(sharings_of[sharing]));
	if (grade >= 0) json_object_set_new(inputs, "grade", json_integer(grade));
	json_t *answer = ok(READER, "catalog.list", inputs);
	int total = 0, by[3][5] = {{0}}, open[2] = {0}, formats[3] = {0}, of_org[2] = {0};
	for (int i = 0; i < ENTRIES; i++) {
		const Made *one = &made[i];
		by[0][one->domain] += passes(one, word, domain, sharing, grade, 'd');
		by[1][one->sharing] += passes(one, word, domain, sharing, grade, 's');
		by[2][one->grade] += passes(one, word, domain, sharing, grade, 'g');
		if (!passes(one, word, domain, sharing, grade, 0)) continue;
		total++;
		open[one->opening]++;
		formats[one->format]++;
		of_org[i % 2]++;
	}
	assert_int_equal(number(answer, "total"), total);
	assert_int_equal(json_array_size(json_object_get(answer, "items")), total);
	assert_int_equal(facet_count(answer, "freshness", "none"), total);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(facet_count(answer, "domain", domains_of[i]), by[0][i]);
		assert_int_equal(facet_count(answer, "sharing", sharings_of[i]), by[1][i]);
		assert_int_equal(facet_count(answer, "format", formats_of[i]), formats[i]);
	}
	for (int i = 1; i <= 4; i++) {
		char text[4];
		snprintf(text, sizeof text, "%d", i);
		assert_int_equal(facet_count(answer, "grade", text), by[2][i]);
	}
	for (int i = 0; i < 2; i++) {
		char text[24];
		snprintf(text, sizeof text, "%lld", (long long)orgs[i]);
		assert_int_equal(facet_count(answer, "opening", openings_of[i]), open[i]);
		assert_int_equal(facet_count(answer, "org", text), of_org[i]);
	}
	json_decref(answer);
}

static void facets(void **state) {
	begin_orgs();
	Made made[ENTRIES];
	Request *rq = request_begin(app, "test");
	if (request_write(rq, put_made, made) < 0) flunk("%s: %s\n", rq->error->message, rq->error->advice);
	request_end(rq);
	check_facets(made, -1, -1, -1, -1);
	for (int i = 0; i < 25; i++)
		check_facets(made, roll(5) - 1, roll(4) - 1, roll(4) - 1, roll(2) ? -1 : 1 + roll(4));
}

/* What an older program left: entries without words. A new start indexes them, and one of another format anew. */
static int forget(Request *rq, void *arg) {
	int code = (int)db_run(rq->db, "DELETE FROM search_term", NO_BIND);
	return code < 0 ? code
	                : (int)db_run(rq->db, "UPDATE resource_doc SET index_format = $1, published_words = '', domain = ''",
	                              BIND(val_int(*(const int *)arg)));
}

static void filling(void **state) {
	begin_orgs();
	publish(entry_of("301001001/1", "餐饮企业", "食品", "说明", "姓名"));
	json_decref(ok(OFFICER, "catalog.create",
	               json_pack("{s:o}", "document", entry_of("301001001/2", "草稿条目", "食品", "说明", "姓名"))));
	for (int format = 0; format < 2; format++) {
		Error error = {0};
		Request *rq = request_begin(app, "test");
		assert_true(request_write(rq, forget, &format) >= 0);
		request_end(rq);
		finds(READER, "餐饮", "");
		assert_int_equal(find_fill(app, &error), 0);
		finds(READER, "餐饮", "餐饮企业");
		finds(READER, "草稿", "");
		finds(OFFICER, "草稿", "草稿条目");
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {BOTH(words), BOTH(bad_input), BOTH(marks), BOTH(drafts), BOTH(facets), BOTH(filling)};
	return cmocka_run_group_tests_name("catalogue search", tests, NULL, NULL);
}
