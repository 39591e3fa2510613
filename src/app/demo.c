/* The demo generator. Everything of row i follows from (seed, file, i), so one file can refer to rows of another without memory.
 */
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
	char villages[VILLAGES_MAX][13];
	int village_count;
	uint64_t dice; /* of the row being written */
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

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴",   "周",   "徐",   "孙",
                                       "马", "朱", "胡", "郭", "何", "高", "林", "罗", "郑",   "梁",   "谢",   "宋",
                                       "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "欧阳", "上官", "司马", "诸葛"};
static const char *const given[] = {"伟",   "芳",   "娜",   "秀英", "敏",   "静",   "丽",   "强",   "磊",   "军",
                                    "洋",   "勇",   "艳",   "杰",   "娟",   "涛",   "明",   "超",   "秀兰", "霞",
                                    "平",   "刚",   "桂英", "建国", "建华", "志强", "淑珍", "玉兰", "海燕", "子轩",
                                    "梓涵", "一诺", "浩然", "雨桐", "欣怡", "宇航", "思远", "𡐓宁"};
static const char *const streets[] = {"人民路", "中山路", "澄江路", "虹桥路", "长江路",
                                      "文化路", "朝阳路", "滨江路", "花园路", "学院路"};
static const char *const nations[] = {"01", "01", "01", "01", "01", "01", "01", "01", "03", "11", "15", "06"};
static const char *const trades[] = {"纺织", "机械", "电子", "食品", "建材",     "物流",
                                     "商贸", "餐饮", "科技", "环保", "医疗器械", "物业服务"};
static const char *const industries[] = {"C", "C", "C", "F", "G", "H", "I", "K", "L", "M", "N", "O"};
static const char *const colours[] = {"白", "黑", "银", "灰", "红", "蓝"};

/* --- identities ------------------------------------------------------------------------------------------------------------ */

typedef struct Person {
	char number[19];
	int32_t birth;
	int sex;
	char name[40];
} Person;

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
	const char *surname = PICK(&own, surnames);
	snprintf(out->name, sizeof out->name, "%s%s", surname, PICK(&own, given));
}

static void credit_code(int64_t i, char out[19]) {
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

/* --- planted faults ---------------------------------------------------------------------------------------------------- */

enum { SPOIL_CHECK = 1, SPOIL_EMPTY, SPOIL_DATE, SPOIL_CODE, SPOIL_RANGE, SPOIL_ORDER, SPOIL_REFERENCE, SPOIL_REPEAT };
enum { FAULTS_MOST = 6 };

/* Which field of a row is spoiled, and by which rule it must be refused. A rule over several fields blames the first of them in
 * the catalogue entry, so that one is spoiled. */
typedef struct Fault {
	const char *field, *rule;
	int kind;
} Fault;

typedef struct DemoFile {
	const char *name, *header;
	void (*row)(Demo *demo, int64_t i, int spoil);
	int per_hundred;           /* rows a hundred people */
	size_t count;              /* offset in DemoCounts */
	Fault faults[FAULTS_MOST]; /* the first ones are used; the very first must not depend on another row */
} DemoFile;
enum { POPULATION, ENTERPRISE, HOUSE, VEHICLE, FILE_COUNT };
static const DemoFile files[FILE_COUNT];

static uint64_t fault_dice(const DemoPlan *plan, int file, int64_t i) {
	return mix(~plan->seed ^ mix((uint64_t)i * 8 + (uint64_t)file));
}

/* The first row of a file is always sound: there is somebody to refer to. */
static bool row_dirty(const DemoPlan *plan, int file, int64_t i) {
	return i > 0 && (int)(fault_dice(plan, file, i) % 10000) < plan->dirty_per_10000;
}

static const Fault *row_fault(const DemoPlan *plan, int file, int64_t i) {
	static const Fault none = {"", "", 0};
	const Fault *faults = files[file].faults;
	size_t count = 0;
	if (!row_dirty(plan, file, i)) return &none;
	while (count < FAULTS_MOST && faults[count].kind)
		count++;
	const Fault *fault = &faults[mix(fault_dice(plan, file, i)) % count];
	/* repeating the key of a row that is refused itself would be no fault */
	return fault->kind == SPOIL_REPEAT && row_dirty(plan, file, i - 1) ? &faults[0] : fault;
}

static int fault_plant(Demo *demo, int file, int64_t i) {
	const Fault *fault = row_fault(demo->plan, file, i);
	if (!fault->kind) return 0;
	fprintf(demo->truth, "{\"file\":\"%s\",\"row\":%lld,\"field\":\"%s\",\"rule\":\"%s\"}\n", files[file].name,
	        (long long)i + 1, fault->field, fault->rule);
	demo->dirty++;
	return fault->kind;
}

/* Somebody whose row of population.csv is sound: references to refused people would be refused in their turn. */
static void resident(const Demo *demo, uint64_t which, Person *out) {
	int64_t i = (int64_t)(which % (uint64_t)demo->plan->people);
	while (row_dirty(demo->plan, POPULATION, i))
		i = (i + 1) % demo->plan->people;
	person_make(demo, i, out);
}

/* Somebody with a right number who is in no row of population.csv. */
static void stranger(const Demo *demo, int64_t which, Person *out) {
	person_make(demo, demo->plan->people + TOWNS * 7 + which, out);
}

/* --- writing ----------------------------------------------------------------------------------------------------------- */

static void put(Demo *demo, const char *text, char end) {
	bool quote = strpbrk(text, ",\"\n") != NULL; /* none of the texts holds a quote */
	if (quote) putc_unlocked('"', demo->out);
	fputs_unlocked(text, demo->out);
	if (quote) putc_unlocked('"', demo->out);
	putc_unlocked(end, demo->out);
}

static void put_date(Demo *demo, int32_t days, char end) {
	char text[CLOCK_TEXT_MAX];
	put(demo, days == INT32_MIN ? "" : date_format(days, text), end);
}

/* A check character that is certainly wrong. */
static void spoil_check(char *number) {
	char *last = number + strlen(number) - 1;
	*last = *last == '1' ? '2' : '1';
}

static const char *village(const Demo *demo, int64_t i) {
	return demo->villages[mix((uint64_t)i ^ demo->plan->seed) % (uint64_t)demo->village_count];
}

/* A street, a number and perhaps a room. Rolls are taken one after another: compilers differ in the order of arguments. */
static const char *address(Demo *demo, const char *format, char text[200]) {
	const char *street = PICK(demo, streets);
	int number = 1 + (int)roll(demo, 300), room = 101 + (int)roll(demo, 900);
	snprintf(text, 200, format, street, number, room);
	return text;
}

/* "12.34" with a whole part from `from` on, `sides` of them. */
static void put_decimal(Demo *demo, int from, uint64_t sides, char end) {
	int whole = from + (int)roll(demo, sides), cents = (int)roll(demo, 100);
	fprintf(demo->out, "%d.%02d%c", whole, cents, end);
}

static int32_t day_between(Demo *demo, int32_t from, int32_t to) {
	return from >= to ? to : from + (int32_t)roll(demo, (uint64_t)(to - from));
}

static void population_row(Demo *demo, int64_t i, int spoil) {
	int32_t today = date_from_civil(2026, 11, 1), moved;
	char text[200];
	const char *at = village(demo, i);
	Person person;
	person_make(demo, spoil == SPOIL_REPEAT ? i - 1 : i, &person);
	moved = day_between(demo, person.birth, today);
	if (spoil == SPOIL_CHECK) spoil_check(person.number);
	put(demo, person.number, ',');
	put(demo, spoil == SPOIL_EMPTY ? "" : person.name, ',');
	put(demo, person.sex == 1 ? "1" : "2", ',');
	if (spoil == SPOIL_DATE)
		put(demo, "1989-02-30", ',');
	else
		put_date(demo, spoil == SPOIL_ORDER ? moved + 400 : person.birth, ',');
	put(demo, spoil == SPOIL_CODE ? "99x" : PICK(demo, nations), ',');
	put(demo, roll(demo, 10) < 6 ? "20" : "10", ',');
	int operator= 3 +(int) roll(demo, 7);
	fprintf(demo->out, "1%d%09d,", operator,(int) roll(demo, 1000000000));
	fprintf(demo->out, "%.9s,%s,", at, at);
	/* one in fifty addresses has full-width digits: normalised and noted, not refused */
	const char *format = roll(demo, 50) ? "演示市%s%d号%d室" : "演示市%s１２%d号%d室";
	put(demo, address(demo, format, text), ',');
	fprintf(demo->out, "H%09lld,K%09lld,", (long long)(i / 3), (long long)(i / 3));
	fprintf(demo->out, "%d0,", 1 + (int)roll(demo, 9));
	put_date(demo, moved, ',');
	put(demo, roll(demo, 10) ? "1" : "0", ',');
	put_date(demo, day_between(demo, date_from_civil(2024, 1, 1), today), '\n');
}

static void enterprise_row(Demo *demo, int64_t i, int spoil) {
	int32_t founded = day_between(demo, date_from_civil(1985, 1, 1), date_from_civil(2025, 1, 1));
	char text[200], code[19];
	const char *at = village(demo, i * 3);
	const char *trade = PICK(demo, trades);
	Person person;
	if (spoil == SPOIL_REFERENCE)
		stranger(demo, i, &person);
	else
		resident(demo, mix((uint64_t)i), &person);
	credit_code(i, code);
	if (spoil == SPOIL_CHECK) spoil_check(code);
	put(demo, code, ',');
	snprintf(text, sizeof text, "演示市%s%s有限公司", person.name, trade);
	put(demo, spoil == SPOIL_EMPTY ? "" : text, ',');
	put(demo, person.number, ',');
	put(demo, person.name, ',');
	put(demo, PICK(demo, ((const char *const[]){"1100", "1130", "1150", "4500", "9600"})), ',');
	put(demo, PICK(demo, industries), ',');
	if (spoil == SPOIL_RANGE)
		put(demo, "-5.00", ',');
	else
		put_decimal(demo, 10, 500000, ',');
	int32_t ends = roll(demo, 3) && spoil != SPOIL_ORDER ? INT32_MIN : founded + 7300;
	put_date(demo, founded, ',');
	put_date(demo, spoil == SPOIL_ORDER ? ends + 10 : founded, ',');
	put_date(demo, ends, ',');
	put(demo, roll(demo, 12) ? "1" : "2", ',');
	fprintf(demo->out, "%.9s,", at);
	put(demo, address(demo, "演示市%s%d号", text), ',');
	fprintf(demo->out, "0510-8%07d,", (int)roll(demo, 10000000));
	put_date(demo, day_between(demo, date_from_civil(2024, 1, 1), date_from_civil(2026, 11, 1)), '\n');
}

static void house_row(Demo *demo, int64_t i, int spoil) {
	char text[200];
	Person person;
	resident(demo, mix((uint64_t)i + 77), &person);
	fprintf(demo->out, "H%09lld,%s,", (long long)i, spoil == SPOIL_CODE ? "320281999999" : village(demo, i * 3));
	put(demo, address(demo, "演示市%s%d号%d室", text), ',');
	if (spoil == SPOIL_RANGE)
		put(demo, "0.50", ',');
	else
		put_decimal(demo, 40, 160, ',');
	int floors = 1 + (int)roll(demo, 33);
	fprintf(demo->out, "%d,%d,", floors, 1 + (int)roll(demo, 6));
	put_date(demo, day_between(demo, date_from_civil(1975, 1, 1), date_from_civil(2026, 1, 1)), ',');
	put(demo, spoil == SPOIL_CHECK ? "77" : PICK(demo, ((const char *const[]){"10", "10", "10", "20", "30", "40"})), ',');
	put(demo, person.number, ',');
	int east = 130000 + (int)roll(demo, 350000);
	fprintf(demo->out, "120.%06d,31.%06d,", east, 770000 + (int)roll(demo, 160000));
	put_date(demo, day_between(demo, date_from_civil(2024, 1, 1), date_from_civil(2026, 11, 1)), '\n');
}

static void vehicle_row(Demo *demo, int64_t i, int spoil) {
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ", all[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	int64_t number = i;
	char plate[24], vin[18] = "LYW";
	Person person;
	if (spoil == SPOIL_REFERENCE)
		stranger(demo, i, &person);
	else
		resident(demo, mix((uint64_t)i + 5), &person);
	/* 24 office letters × 34 × 34 × 1,000 serials: GA 36 allows no more than three letters among the five */
	snprintf(plate, sizeof plate, "苏%c%c%c%03d", letters[number / 1156000 % 24], all[number / 34000 % 34],
	         all[number / 1000 % 34], (int)(number % 1000));
	if (spoil == SPOIL_CHECK) snprintf(plate, sizeof plate, "苏I%05lld", (long long)(i % 100000));
	for (int at = 16, n = (int)i; at >= 3; at--, n /= 10)
		vin[at] = (char)('0' + n % 10);
	put(demo, plate, ',');
	fprintf(demo->out, "%.17s,", vin);
	put(demo, PICK(demo, ((const char *const[]){"K1", "K1", "K1", "K2", "H1", "M1"})), ',');
	put(demo, person.number, ',');
	put(demo, PICK(demo, colours), ',');
	if (spoil == SPOIL_RANGE)
		put(demo, "600", ',');
	else
		fprintf(demo->out, "%d,", 2 + (int)roll(demo, 6));
	int32_t registered = day_between(demo, date_from_civil(2005, 1, 1), date_from_civil(2026, 6, 1));
	if (spoil == SPOIL_DATE)
		put(demo, "2019-13-01", ',');
	else
		put_date(demo, registered, ',');
	put_date(demo, registered + 730, ',');
	put(demo, PICK(demo, ((const char *const[]){"A", "A", "A", "B", "C", "C", "D"})), ',');
	put(demo, PICK(demo, ((const char *const[]){"A", "A", "A", "A", "B", "E"})), ',');
	fprintf(demo->out, "%.9s,", village(demo, i * 5));
	put_date(demo, day_between(demo, date_from_civil(2024, 1, 1), date_from_civil(2026, 11, 1)), '\n');
}

/* --- files ------------------------------------------------------------------------------------------------------------- */

static const DemoFile files[FILE_COUNT] = {
    [POPULATION] = {"population.csv",
                    "citizen_no,name,sex,birth_date,nation,marital,mobile,town_code,village_code,address,house_no,household_no,"
                    "education,moved_in,registered,updated_on\n",
                    population_row,
                    100,
                    offsetof(DemoCounts, population),
                    {{"citizen_no", "gb11643", SPOIL_CHECK},
                     {"name", "required", SPOIL_EMPTY},
                     {"birth_date", "type", SPOIL_DATE},
                     {"nation", "code_set", SPOIL_CODE},
                     {"birth_date", "moved_in_after_birth", SPOIL_ORDER},
                     {"citizen_no", "unique", SPOIL_REPEAT}}},
    [ENTERPRISE] = {"enterprise.csv",
                    "uscc,name,legal_person_no,legal_person,kind,industry,capital,founded_on,term_from,term_to,state,town_code,"
                    "address,phone,updated_on\n",
                    enterprise_row,
                    8,
                    offsetof(DemoCounts, enterprise),
                    {{"uscc", "gb32100", SPOIL_CHECK},
                     {"name", "required", SPOIL_EMPTY},
                     {"term_from", "term_order", SPOIL_ORDER},
                     {"capital", "range", SPOIL_RANGE},
                     {"legal_person_no", "reference", SPOIL_REFERENCE}}},
    [HOUSE] = {"house.csv",
               "house_no,village_code,address,area,floors,rooms,built_on,use,owner_no,lon,lat,updated_on\n",
               house_row,
               33,
               offsetof(DemoCounts, house),
               {{"area", "range", SPOIL_RANGE}, {"village_code", "gb2260", SPOIL_CODE}, {"use", "code_set", SPOIL_CHECK}}},
    [VEHICLE] = {"vehicle.csv",
                 "plate,vin,kind,owner_no,colour,seats,registered_on,inspected_to,energy,state,town_code,updated_on\n",
                 vehicle_row,
                 25,
                 offsetof(DemoCounts, vehicle),
                 {{"plate", "plate", SPOIL_CHECK},
                  {"owner_no", "reference", SPOIL_REFERENCE},
                  {"seats", "range", SPOIL_RANGE},
                  {"registered_on", "type", SPOIL_DATE}}},
};

static int io_failed(Demo *demo, const char *path) {
	return error_set(demo->error, errno == ENOSPC ? ERR_FULL : ERR_IO, "could not write %s: %s", path, strerror(errno));
}

static int file_write(Demo *demo, int which, DemoCounts *counts) {
	const DemoFile *file = &files[which];
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", demo->plan->directory, file->name);
	int64_t rows = demo->plan->people * file->per_hundred / 100;
	demo->out = fopen(path, "we");
	if (!demo->out) return io_failed(demo, path);
	setvbuf(demo->out, NULL, _IOFBF, 1 << 20);
	fputs(file->header, demo->out);
	rows = rows ? rows : 1;
	for (int64_t i = 0; i < rows && !ferror(demo->out); i++) {
		demo->dice = mix(demo->plan->seed ^ mix((uint64_t)i * 8 + (uint64_t)which));
		file->row(demo, i, fault_plant(demo, which, i));
	}
	*(int64_t *)((char *)counts + file->count) = rows;
	bool failed = ferror(demo->out) != 0;
	return fclose(demo->out) != 0 || failed ? io_failed(demo, path) : 0;
}

static int villages_read(Demo *demo) {
	char line[512];
	FILE *in = fopen(demo->plan->villages, "re");
	if (!in)
		return error_set(demo->error, ERR_INVALID, "the list of villages %s cannot be read: %s", demo->plan->villages,
		                 strerror(errno));
	while (fgets(line, sizeof line, in) && demo->village_count < VILLAGES_MAX)
		if (strspn(line, "0123456789") == 12) snprintf(demo->villages[demo->village_count++], 13, "%.12s", line);
	fclose(in);
	return demo->village_count
	           ? 0
	           : error_set(demo->error, ERR_INVALID, "%s holds no 12-digit village code", demo->plan->villages);
}

int demo_generate(const DemoPlan *plan, DemoCounts *out, Error *error) {
	char path[4096];
	DemoCounts counts = {0};
	if (plan->people < 1 || plan->people > DEMO_PEOPLE_MAX)
		return error_set(error, ERR_INVALID, "people is 1 to %d", DEMO_PEOPLE_MAX);
	if (plan->dirty_per_10000 < 0 || plan->dirty_per_10000 > DEMO_DIRTY_MAX)
		return error_set(error, ERR_INVALID, "dirty rows are 0 to %d in 10,000", DEMO_DIRTY_MAX);
	if (mkdir(plan->directory, 0700) != 0 && errno != EEXIST)
		return error_set(error, ERR_IO, "could not make %s: %s", plan->directory, strerror(errno));
	Demo *demo = calloc(1, sizeof *demo);
	*demo = (Demo){.plan = plan, .error = error};
	snprintf(path, sizeof path, "%s/truth.jsonl", plan->directory);
	demo->truth = fopen(path, "we");
	int code = demo->truth ? villages_read(demo) : io_failed(demo, path);
	for (int i = 0; i < FILE_COUNT && code == 0; i++)
		code = file_write(demo, i, &counts);
	counts.dirty = demo->dirty;
	bool torn = demo->truth && ferror(demo->truth);
	if (demo->truth && (fclose(demo->truth) != 0 || torn) && code == 0) code = io_failed(demo, path);
	free(demo);
	if (code == 0) *out = counts;
	return code;
}
