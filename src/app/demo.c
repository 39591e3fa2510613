/* The demo generator. Everything of row i follows from (seed, file, i), so one file can refer to rows of another without memory. */
#include "app/demo.h"
#include "catalog/catalog.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { VILLAGES_MAX = 2000, TOWNS = 21, BIRTH_DAYS = 25000 };

typedef struct Demo {
	const DemoPlan *plan;
	FILE *out, *truth;
	const char *file;
	char villages[VILLAGES_MAX][13];
	int village_count;
	int64_t row;      /* 1-based, in the file being written */
	uint64_t dice;    /* of the row */
	int64_t dirty;
	Error *error;
} Demo;

/* --- dice ---------------------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x) { /* splitmix64 */
	x += UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static uint64_t roll(Demo *demo, uint64_t sides) {
	demo->dice = mix(demo->dice);
	return demo->dice % sides;
}

#define PICK(demo, list) ((list)[roll((demo), sizeof(list) / sizeof *(list))])

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
                                       "何", "高", "林", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾",
                                       "欧阳", "上官", "司马", "诸葛"};
static const char *const given[] = {"伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
                                    "明", "超", "秀兰", "霞", "平", "刚", "桂英", "建国", "建华", "志强", "淑珍", "玉兰", "海燕", "子轩",
                                    "梓涵", "一诺", "浩然", "雨桐", "欣怡", "宇航", "思远", "𡐓宁"};
static const char *const streets[] = {"人民路", "中山路", "澄江路", "虹桥路", "长江路", "文化路", "朝阳路", "滨江路", "花园路", "学院路"};
static const char *const nations[] = {"01", "01", "01", "01", "01", "01", "01", "01", "03", "11", "15", "06"};
static const char *const trades[] = {"纺织", "机械", "电子", "食品", "建材", "物流", "商贸", "餐饮", "科技", "环保", "医疗器械", "物业服务"};
static const char *const industries[] = {"C", "C", "C", "F", "G", "H", "I", "K", "L", "M", "N", "O"};
static const char *const colours[] = {"白", "黑", "银", "灰", "红", "蓝"};

/* --- identities ------------------------------------------------------------------------------------------------------------ */

typedef struct Person { char number[19]; int32_t birth; int sex; char name[40]; } Person;

/* Person i of 0..524,999,999: a citizen number of region 99xxxx, which belongs to nobody, with a right check character. */
static void person_make(const Demo *demo, int64_t i, Person *out) {
	Demo own = *demo;
	own.dice = mix(demo->plan->seed * 31 + (uint64_t)i);
	int64_t m = i / TOWNS, slot = (m * 7919 + (int64_t)(demo->plan->seed % BIRTH_DAYS)) % BIRTH_DAYS;
	int year, month, day;
	int serial = (int)((m / BIRTH_DAYS + (int64_t)(mix((uint64_t)slot) % 1000)) % 1000);
	out->birth = date_from_civil(1940, 1, 1) + (int32_t)slot;
	date_to_civil(out->birth, &year, &month, &day);
	snprintf(out->number, sizeof out->number, "99%04d%04d%02d%02d%03d", (int)(i % TOWNS) + 1, year, month, day, serial);
	out->number[17] = gb11643_check_char(out->number);
	out->number[18] = 0;
	out->sex = serial % 2 ? 1 : 2;
	snprintf(out->name, sizeof out->name, "%s%s", PICK(&own, surnames), PICK(&own, given));
}

static void credit_code(const Demo *demo, int64_t i, char out[19]) {
	static const char digits[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	char body[32];
	uint64_t number = (uint64_t)i;
	char organisation[10] = "00000000";
	for (int at = 7; at >= 0; at--, number /= 31) {
		char digit = digits[number % 31];
		organisation[at] = digit;
	}
	organisation[0] = 'Y'; /* a block that is never given out */
	organisation[8] = gb11714_check_char(organisation);
	snprintf(body, sizeof body, "919900%02d%.9s", (int)(i % TOWNS) + 1, organisation);
	memcpy(out, body, 17);
	out[17] = gb32100_check_char(out);
	out[18] = 0;
}

/* --- writing ----------------------------------------------------------------------------------------------------------------- */

static void put(Demo *demo, const char *text, char end) {
	if (strpbrk(text, ",\"\n"))
		fprintf(demo->out, "\"%s\"%c", text, end);
	else
		fprintf(demo->out, "%s%c", text, end);
}

static void put_date(Demo *demo, int32_t days, char end) {
	char text[CLOCK_TEXT_MAX];
	put(demo, days == INT32_MIN ? "" : date_format(days, text), end);
}

/* One planted fault: which field of this row is spoiled, and by which rule it must be refused. */
typedef struct Fault { const char *field, *rule; int kind; } Fault;
enum { SPOIL_CHECK = 1, SPOIL_EMPTY, SPOIL_DATE, SPOIL_CODE, SPOIL_RANGE, SPOIL_ORDER, SPOIL_REFERENCE, SPOIL_REPEAT };

static const Fault *fault_roll(Demo *demo, const Fault *faults, size_t count) {
	static const Fault none = {"", "", 0};
	if ((int)roll(demo, 10000) >= demo->plan->dirty_per_10000 || demo->row == 1)
		return &none;
	const Fault *fault = &faults[roll(demo, count)];
	fprintf(demo->truth, "{\"file\":\"%s\",\"row\":%lld,\"field\":\"%s\",\"rule\":\"%s\"}\n", demo->file, (long long)demo->row, fault->field,
	        fault->rule);
	demo->dirty++;
	return fault;
}
#define FAULTS(demo, list) fault_roll((demo), (list), sizeof(list) / sizeof *(list))

/* A check character that is certainly wrong. */
static void spoil_check(char *number) {
	char *last = number + strlen(number) - 1;
	*last = *last == '1' ? '2' : '1';
}

static const char *village(const Demo *demo, int64_t i) {
	return demo->villages[mix((uint64_t)i ^ demo->plan->seed) % (uint64_t)demo->village_count];
}

static int32_t day_between(Demo *demo, int32_t from, int32_t to) {
	return from >= to ? to : from + (int32_t)roll(demo, (uint64_t)(to - from));
}

static void population_row(Demo *demo, int64_t i) {
	static const Fault faults[] = {{"citizen_no", "gb11643", SPOIL_CHECK}, {"name", "required", SPOIL_EMPTY}, {"birth_date", "date", SPOIL_DATE},
	                               {"nation", "code_set", SPOIL_CODE}, {"moved_in", "moved_in_after_birth", SPOIL_ORDER}, {"citizen_no", "unique", SPOIL_REPEAT}};
	const Fault *fault = FAULTS(demo, faults);
	int32_t today = date_from_civil(2026, 11, 1), moved;
	char text[200];
	const char *at = village(demo, i);
	Person person;
	person_make(demo, fault->kind == SPOIL_REPEAT ? i - 1 : i, &person);
	moved = day_between(demo, person.birth, today);
	if (fault->kind == SPOIL_CHECK)
		spoil_check(person.number);
	put(demo, person.number, ',');
	put(demo, fault->kind == SPOIL_EMPTY ? "" : person.name, ',');
	put(demo, person.sex == 1 ? "1" : "2", ',');
	if (fault->kind == SPOIL_DATE)
		put(demo, "1989-02-30", ',');
	else
		put_date(demo, person.birth, ',');
	put(demo, fault->kind == SPOIL_CODE ? "99x" : PICK(demo, nations), ',');
	put(demo, roll(demo, 10) < 6 ? "20" : "10", ',');
	snprintf(text, sizeof text, "1%d%09d", 3 + (int)roll(demo, 7), (int)roll(demo, 1000000000));
	put(demo, text, ',');
	fprintf(demo->out, "%.9s,%s,", at, at);
	/* one in fifty addresses has full-width digits: normalised and noted, not refused */
	snprintf(text, sizeof text, roll(demo, 50) ? "演示市%s%d号%d室" : "演示市%s１２%d号%d室", PICK(demo, streets), 1 + (int)roll(demo, 300),
	         101 + (int)roll(demo, 900));
	put(demo, text, ',');
	fprintf(demo->out, "H%09lld,K%09lld,", (long long)(i / 3), (long long)(i / 3));
	fprintf(demo->out, "%d0,", 1 + (int)roll(demo, 9));
	put_date(demo, fault->kind == SPOIL_ORDER ? person.birth - 400 : moved, ',');
	put(demo, roll(demo, 10) ? "1" : "0", ',');
	put_date(demo, day_between(demo, date_from_civil(2024, 1, 1), today), '\n');
}

static void enterprise_row(Demo *demo, int64_t i) {
	static const Fault faults[] = {{"uscc", "gb32100", SPOIL_CHECK}, {"name", "required", SPOIL_EMPTY}, {"term_to", "term_order", SPOIL_ORDER},
	                               {"capital", "range", SPOIL_RANGE}, {"legal_person_no", "reference", SPOIL_REFERENCE}};
	const Fault *fault = FAULTS(demo, faults);
	int32_t founded = day_between(demo, date_from_civil(1985, 1, 1), date_from_civil(2025, 1, 1));
	char text[200], code[19];
	const char *at = village(demo, i * 3);
	const char *trade = PICK(demo, trades);
	Person person;
	/* a number with a right check character of somebody who is not in the population file */
	person_make(demo, fault->kind == SPOIL_REFERENCE ? demo->plan->people + TOWNS * 7 + i : (int64_t)(mix((uint64_t)i) % (uint64_t)demo->plan->people), &person);
	credit_code(demo, i, code);
	if (fault->kind == SPOIL_CHECK)
		spoil_check(code);
	put(demo, code, ',');
	snprintf(text, sizeof text, "演示市%s%s有限公司", person.name, trade);
	put(demo, fault->kind == SPOIL_EMPTY ? "" : text, ',');
	put(demo, person.number, ',');
	put(demo, person.name, ',');
	put(demo, PICK(demo, ((const char *const[]){"1100", "1130", "1150", "4500", "9600"})), ',');
	put(demo, PICK(demo, industries), ',');
	if (fault->kind == SPOIL_RANGE)
		put(demo, "-5.00", ',');
	else
		fprintf(demo->out, "%d.%02d,", 10 + (int)roll(demo, 500000), (int)roll(demo, 100));
	put_date(demo, founded, ',');
	put_date(demo, founded, ',');
	put_date(demo, fault->kind == SPOIL_ORDER ? founded - 10 : roll(demo, 3) ? INT32_MIN : founded + 7300, ',');
	put(demo, roll(demo, 12) ? "1" : "2", ',');
	snprintf(text, sizeof text, "演示市%s%d号", PICK(demo, streets), 1 + (int)roll(demo, 300));
	fprintf(demo->out, "%.9s,", at);
	put(demo, text, ',');
	fprintf(demo->out, "0510-8%07d,", (int)roll(demo, 10000000));
	put_date(demo, day_between(demo, date_from_civil(2024, 1, 1), date_from_civil(2026, 11, 1)), '\n');
}

static void house_row(Demo *demo, int64_t i) {
	static const Fault faults[] = {{"area", "range", SPOIL_RANGE}, {"village_code", "gb2260", SPOIL_CODE}, {"use", "code_set", SPOIL_CHECK}};
	const Fault *fault = FAULTS(demo, faults);
	char text[200];
	Person person;
	person_make(demo, (int64_t)(mix((uint64_t)i + 77) % (uint64_t)demo->plan->people), &person);
	fprintf(demo->out, "H%09lld,%s,", (long long)i, fault->kind == SPOIL_CODE ? "320281999999" : village(demo, i * 3));
	snprintf(text, sizeof text, "演示市%s%d号%d室", PICK(demo, streets), 1 + (int)roll(demo, 300), 101 + (int)roll(demo, 900));
	put(demo, text, ',');
	if (fault->kind == SPOIL_RANGE)
		put(demo, "0.50", ',');
	else
		fprintf(demo->out, "%d.%02d,", 40 + (int)roll(demo, 160), (int)roll(demo, 100));
	fprintf(demo->out, "%d,%d,", 1 + (int)roll(demo, 33), 1 + (int)roll(demo, 6));
	put_date(demo, day_between(demo, date_from_civil(1975, 1, 1), date_from_civil(2026, 1, 1)), ',');
	put(demo, fault->kind == SPOIL_CHECK ? "77" : PICK(demo, ((const char *const[]){"10", "10", "10", "20", "30", "40"})), ',');
	put(demo, person.number, ',');
	fprintf(demo->out, "120.%06d,31.%06d,", 130000 + (int)roll(demo, 350000), 770000 + (int)roll(demo, 160000));
	put_date(demo, day_between(demo, date_from_civil(2024, 1, 1), date_from_civil(2026, 11, 1)), '\n');
}

static void vehicle_row(Demo *demo, int64_t i) {
	static const Fault faults[] = {{"plate", "plate", SPOIL_CHECK}, {"owner_no", "reference", SPOIL_REFERENCE}, {"seats", "range", SPOIL_RANGE},
	                               {"registered_on", "date", SPOIL_DATE}};
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ", all[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	const Fault *fault = FAULTS(demo, faults);
	int64_t number = i;
	char plate[24], vin[18] = "LYW";
	Person person;
	person_make(demo, fault->kind == SPOIL_REFERENCE ? demo->plan->people + TOWNS * 9 + i : (int64_t)(mix((uint64_t)i + 5) % (uint64_t)demo->plan->people), &person);
	/* 24 office letters × 34 × 34 × 1,000 serials: GA 36 allows no more than three letters among the five */
	snprintf(plate, sizeof plate, "苏%c%c%c%03d", letters[number / 1156000 % 24], all[number / 34000 % 34], all[number / 1000 % 34],
	         (int)(number % 1000));
	if (fault->kind == SPOIL_CHECK)
		snprintf(plate, sizeof plate, "苏I%05lld", (long long)(i % 100000));
	for (int at = 16, n = (int)i; at >= 3; at--, n /= 10)
		vin[at] = (char)('0' + n % 10);
	put(demo, plate, ',');
	fprintf(demo->out, "%.17s,", vin);
	put(demo, PICK(demo, ((const char *const[]){"K1", "K1", "K1", "K2", "H1", "M1"})), ',');
	put(demo, person.number, ',');
	put(demo, PICK(demo, colours), ',');
	if (fault->kind == SPOIL_RANGE)
		put(demo, "600", ',');
	else
		fprintf(demo->out, "%d,", 2 + (int)roll(demo, 6));
	int32_t registered = day_between(demo, date_from_civil(2005, 1, 1), date_from_civil(2026, 6, 1));
	if (fault->kind == SPOIL_DATE)
		put(demo, "2019-13-01", ',');
	else
		put_date(demo, registered, ',');
	put_date(demo, registered + 730, ',');
	put(demo, PICK(demo, ((const char *const[]){"A", "A", "A", "B", "C", "C", "D"})), ',');
	put(demo, PICK(demo, ((const char *const[]){"A", "A", "A", "A", "B", "E"})), ',');
	fprintf(demo->out, "%.9s,", village(demo, i * 5));
	put_date(demo, day_between(demo, date_from_civil(2024, 1, 1), date_from_civil(2026, 11, 1)), '\n');
}

/* --- files -------------------------------------------------------------------------------------------------------------------- */

typedef struct DemoFile {
	const char *name, *header;
	void (*row)(Demo *demo, int64_t i);
	int per_hundred; /* rows a hundred people */
	size_t count;    /* offset in DemoCounts */
} DemoFile;
static const DemoFile files[] = {
	{"population.csv",
     "citizen_no,name,sex,birth_date,nation,marital,mobile,town_code,village_code,address,house_no,household_no,education,moved_in,registered,updated_on\n",
     population_row, 100, offsetof(DemoCounts, population)},
	{"enterprise.csv",
     "uscc,name,legal_person_no,legal_person,kind,industry,capital,founded_on,term_from,term_to,state,town_code,address,phone,updated_on\n",
     enterprise_row, 8, offsetof(DemoCounts, enterprise)},
	{"house.csv", "house_no,village_code,address,area,floors,rooms,built_on,use,owner_no,lon,lat,updated_on\n", house_row, 33,
     offsetof(DemoCounts, house)},
	{"vehicle.csv", "plate,vin,kind,owner_no,colour,seats,registered_on,inspected_to,energy,state,town_code,updated_on\n", vehicle_row, 25,
     offsetof(DemoCounts, vehicle)},
};

static int io_failed(Demo *demo, const char *path) {
	return error_set(demo->error, errno == ENOSPC ? ERR_FULL : ERR_IO, "could not write %s: %s", path, strerror(errno));
}

static int file_write(Demo *demo, const DemoFile *file, DemoCounts *counts) {
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", demo->plan->directory, file->name);
	int64_t rows = demo->plan->people * file->per_hundred / 100;
	demo->file = file->name;
	demo->out = fopen(path, "we");
	if (!demo->out)
		return io_failed(demo, path);
	fputs(file->header, demo->out);
	rows = rows ? rows : 1;
	for (int64_t i = 0; i < rows; i++) {
		demo->row = i + 1;
		demo->dice = mix(demo->plan->seed ^ mix((uint64_t)i * 8 + (uint64_t)(file - files)));
		file->row(demo, i);
	}
	*(int64_t *)((char *)counts + file->count) = rows;
	bool failed = ferror(demo->out) != 0;
	return fclose(demo->out) != 0 || failed ? io_failed(demo, path) : 0;
}

static int villages_read(Demo *demo) {
	char line[512];
	FILE *in = fopen(demo->plan->villages, "re");
	if (!in)
		return error_set(demo->error, ERR_INVALID, "the list of villages %s cannot be read: %s", demo->plan->villages, strerror(errno));
	while (fgets(line, sizeof line, in) && demo->village_count < VILLAGES_MAX)
		if (strspn(line, "0123456789") == 12)
			snprintf(demo->villages[demo->village_count++], 13, "%.12s", line);
	fclose(in);
	return demo->village_count ? 0 : error_set(demo->error, ERR_INVALID, "%s holds no 12-digit village code", demo->plan->villages);
}

int demo_generate(const DemoPlan *plan, DemoCounts *out, Error *error) {
	char path[4096];
	DemoCounts counts = {0};
	if (plan->people < 1 || plan->people > DEMO_PEOPLE_MAX)
		return error_set(error, ERR_INVALID, "people is 1 to %d", DEMO_PEOPLE_MAX);
	if (mkdir(plan->directory, 0700) != 0 && errno != EEXIST)
		return error_set(error, ERR_IO, "could not make %s: %s", plan->directory, strerror(errno));
	Demo *demo = calloc(1, sizeof *demo);
	*demo = (Demo){.plan = plan, .error = error};
	snprintf(path, sizeof path, "%s/truth.jsonl", plan->directory);
	demo->truth = fopen(path, "we");
	int code = demo->truth ? villages_read(demo) : io_failed(demo, path);
	for (size_t i = 0; i < sizeof files / sizeof *files && code == 0; i++)
		code = file_write(demo, &files[i], &counts);
	counts.dirty = demo->dirty;
	if (demo->truth && fclose(demo->truth) != 0 && code == 0)
		code = io_failed(demo, path);
	free(demo);
	if (code == 0)
		*out = counts;
	return code;
}
