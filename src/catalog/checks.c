/* Owns the standard field checks in C: check digits, dates, codes, ranges. Pure functions over immutable lists: any thread. */
#include "catalog/divisions.h"

/* --- check characters ------------------------------------------------------------------------------------------------ */
/* GB 11643-1999 §4.3 (ISO 7064 MOD 11-2): weights 2^(17-i) mod 11. */
char gb11643_check_char(const char digits17[17]) {
	static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	int sum = 0;
	for (int i = 0; i < 17; i++)
		sum += (digits17[i] - '0') * weights[i];
	return "10X98765432"[sum % 11];
}

/* Value of a GB 32100 character: 0..30, or -1 (I O S V Z are not used). */
static int alphabet31(char c) {
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

/* GB 32100-2015 annex A (MOD 31-3). The outer mod matters: a sum divisible by 31 gives 0, not 31. */
char gb32100_check_char(const char chars17[17]) {
	int sum = 0, weight = 1;
	for (int i = 0; i < 17; i++) {
		int value = alphabet31(chars17[i]);
		if (value < 0) return '\0';
		sum += value * weight;
		weight = weight * 3 % 31;
	}
	return "0123456789ABCDEFGHJKLMNPQRTUWXY"[(31 - sum % 31) % 31];
}

/* GB 11714-1997 §4 (MOD 11): letters count from A = 10. */
char gb11714_check_char(const char chars8[8]) {
	static const int weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
	int sum = 0;
	for (int i = 0; i < 8; i++) {
		char c = chars8[i];
		if (c >= '0' && c <= '9')
			sum += (c - '0') * weights[i];
		else if (c >= 'A' && c <= 'Z')
			sum += (c - 'A' + 10) * weights[i];
		else
			return '\0';
	}
	return "0123456789X0"[11 - sum % 11];
}

/* --- normal form ----------------------------------------------------------------------------------------------------- */
typedef enum Form { FORM_TRIM, FORM_CODE /* no blanks inside, capital letters */ } Form;

static bool blank_point(uint32_t point) {
	return point <= 0x20 || point == 0x7F || point == 0xA0 || point == 0x3000 || point == 0xFEFF ||
	       (point >= 0x2000 && point <= 0x200F);
}

static bool plain(Text text, Form form) {
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if (c >= 0x80 || c <= 0x20 || c == 0x7F || (form == FORM_CODE && c >= 'a' && c <= 'z')) return false;
	}
	return true;
}

/* Half-width; blanks dropped (FORM_CODE) or trimmed; capitals (FORM_CODE). The value itself when nothing changes. */
static Text normal_form(Text value, Form form, Arena *arena) {
	if (plain(value, form) || !utf8_valid(value)) return value;
	Text half = text_half_width(arena, value);
	char *out = arena_alloc_raw(arena, half.len + 1);
	size_t len = 0, kept = 0;
	for (const char *at = half.at, *end = half.at + half.len; at < end;) {
		uint32_t point = utf8_next(&at, end);
		if (blank_point(point) && (form == FORM_CODE || len == 0)) continue;
		if (form == FORM_CODE && point >= 'a' && point <= 'z') point -= 'a' - 'A';
		len += (size_t)utf8_put(out + len, point);
		if (!blank_point(point)) kept = len;
	}
	return (Text){out, kept};
}

static bool digits(Text text, size_t from, size_t to) {
	for (size_t i = from; i < to; i++)
		if (text.at[i] < '0' || text.at[i] > '9') return false;
	return true;
}

/* --- one judge a check: 0 good, 1 good with a note, -1 bad. value is in normal form; *out may be replaced ------------------- */
typedef struct Judge {
	const Divisions *divisions;
	int32_t date;
	Arena *arena;
	Text *out;
	const char **why;
} Judge;

static int bad(Judge *judge, const char *why) {
	*judge->why = why;
	return -1;
}

static int noted(Judge *judge, const char *why) {
	*judge->why = why;
	return 1;
}

static int birth_date(Text id, int32_t *days) {
	int32_t birth;
	if (date_parse((Text){id.at + 6, 8}, &birth) < 0 || birth < date_from_civil(1850, 1, 1) ||
	    birth > date_of_us(clock_now_us()))
		return -1;
	*days = birth;
	return 0;
}

/* The first 6 digits. Published lists of GB/T 2260 do not hold every code that police stations used (江阴's people carry 320219,
 * which no yearly list has), so an unknown county under a known province is noted, not refused. 99 belongs to nobody:
 * demonstration and test numbers, known codes only. 83 is given to residents from Taiwan and is not in GB/T 2260. */
static int judge_birth_region(Judge *judge, Text id, int32_t birth) {
	if (!judge->divisions || divisions_count(judge->divisions) == 0) return 0;
	int county = divisions_since(judge->divisions, (Text){id.at, 6}, birth);
	if (county > 0 || memcmp(id.at, "83", 2) == 0) return 0;
	if (divisions_since(judge->divisions, (Text){id.at, 2}, INT32_MIN) < 0 || memcmp(id.at, "99", 2) == 0)
		return bad(judge, "GB 11643: the first 6 digits are not a division of GB/T 2260: compare with the certificate");
	return county == 0 ? noted(judge, "GB 11643: the division of the first 6 digits was abolished before the date of birth")
	                   : noted(judge, "GB 11643: the first 6 digits are in no list of GB/T 2260 at hand (the province is)");
}

static int judge_gb11643(Judge *judge, Text id) {
	if (id.len == 15 && digits(id, 0, 15))
		return bad(judge,
		           "15-digit number of the first generation (not valid since 2013): ask for the 18-character number");
	if (id.len != 18 || !digits(id, 0, 17) || !(digits(id, 17, 18) || id.at[17] == 'X'))
		return bad(judge, "GB 11643: a citizen number has 17 digits and a check character 0-9 or X");
	int32_t birth = 0;
	if (birth_date(id, &birth) < 0)
		return bad(judge, "GB 11643: characters 7 to 14 are not a date of birth: compare with the certificate");
	if (gb11643_check_char(id.at) != id.at[17])
		return bad(
		    judge,
		    "GB 11643: the check character does not follow from the first 17 digits: compare with the certificate");
	return judge_birth_region(judge, id, birth);
}

/* Insert the century (first-generation numbers were given to people born in the 20th), append the check character. */
static int judge_gb11643_15(Judge *judge, Text id) {
	if (id.len != 15 || !digits(id, 0, 15)) return judge_gb11643(judge, id);
	char *full = arena_alloc(judge->arena, 19);
	memcpy(full, id.at, 6);
	memcpy(full + 6, "19", 2);
	memcpy(full + 8, id.at + 6, 9);
	full[17] = gb11643_check_char(full);
	int result = judge_gb11643(judge, (Text){full, 18});
	if (result < 0) return result;
	*judge->out = (Text){full, 18};
	return noted(judge, "15-digit number of the first generation, converted to 18 characters");
}

static int judge_gb11714(Judge *judge, Text code) {
	if (code.len == 10 && code.at[8] == '-') {
		char *joined = arena_strndup(judge->arena, code.at, 9);
		joined[8] = code.at[9];
		code = (Text){joined, 9};
		*judge->out = code;
	}
	if (code.len != 9) return bad(judge, "GB 11714: an organisation code has 8 characters and a check character");
	char check = gb11714_check_char(code.at);
	if (!check) return bad(judge, "GB 11714: only digits and capital letters A-Z are used");
	if (check != code.at[8])
		return bad(judge, "GB 11714: the check character does not follow from the first 8: compare with the certificate");
	return 0;
}

/* GB 32100-2015 §4: authority 1, category 1, region 6, subject (GB 11714) 9, check 1. The region is the registering authority's
 * and may be one that GB/T 2260 does not list (free-trade and development zones), so only its form is judged. */
static int judge_gb32100(Judge *judge, Text code) {
	if (code.len != 18) return bad(judge, "GB 32100: a unified social credit code has 18 characters");
	char check = gb32100_check_char(code.at);
	if (!check || alphabet31(code.at[17]) < 0)
		return bad(judge, "GB 32100: only digits and capital letters without I, O, S, V and Z are used");
	if (!strchr("123456789ANY", code.at[0]) || !digits(code, 2, 8))
		return bad(
		    judge,
		    "GB 32100: character 1 is a registration authority (1-9, A, N, Y) and characters 3 to 8 are a region code");
	bool subject = gb11714_check_char(code.at + 8) == code.at[16];
	if (check == code.at[17])
		return subject ? 0
		               : noted(judge,
		                       "GB 32100: the organisation code inside (characters 9 to 17) has a wrong check character");
	/* Fujian gave out trial codes before the standard's check character was settled: real, and still in use */
	if (subject && memcmp(code.at, "9135", 4) == 0 && memcmp(code.at + 8, "M000", 4) == 0)
		return noted(judge, "GB 32100: early Fujian trial code whose check character does not follow the standard");
	return bad(judge, "GB 32100: the check character does not follow from the first 17: compare with the business licence");
}

static int judge_gb2260(Judge *judge, Text code) {
	if ((code.len != 6 && code.len != 9 && code.len != 12) || !digits(code, 0, code.len))
		return bad(judge, "GB/T 2260: a division code has 6, 9 (with town) or 12 (with village) digits");
	if (!judge->divisions || divisions_count(judge->divisions) == 0 ||
	    divisions_valid(judge->divisions, code, judge->date, NULL))
		return 0;
	return divisions_valid(judge->divisions, code, DATE_ANY, NULL)
	           ? bad(judge, "GB/T 2260: the division was not in force on the date: use the code in force then")
	           : bad(judge, "GB/T 2260: no division has this code: look it up by name");
}

/* GB/T 37346-2019: county 6, cadastral area 3, sub-area 3, parcel feature 2 letters, parcel 5, fixture feature 1 letter,
 * fixture 8. */
static int judge_gb37346(Judge *judge, Text code) {
	if (code.len != 28) return bad(judge, "GB/T 37346: a real estate unit code has 28 characters");
	if (!digits(code, 0, 12) || !digits(code, 14, 19) || !digits(code, 20, 28))
		return bad(judge, "GB/T 37346: characters 1 to 12, 15 to 19 and 21 to 28 are digits");
	if (!strchr("GJZ", code.at[12]) || code.at[13] < 'A' || code.at[13] > 'Z')
		return bad(judge, "GB/T 37346: character 13 is G, J or Z (owner of the land) and character 14 a capital letter");
	if (!strchr("FLQW", code.at[19]))
		return bad(judge, "GB/T 37346: character 20 is F (building), L (forest), Q (other) or W (no fixture)");
	if (code.at[19] == 'W' && memcmp(code.at + 20, "00000000", 8) != 0)
		return bad(judge, "GB/T 37346: a unit without fixture (W) ends in eight zeros");
	return 0;
}

static int judge_mobile(Judge *judge, Text number) {
	char *bare = arena_alloc(judge->arena, number.len + 1);
	size_t len = 0;
	for (size_t i = 0; i < number.len; i++)
		if (number.at[i] != '-') bare[len++] = number.at[i];
	size_t skip = len == 14 && memcmp(bare, "+86", 3) == 0 ? 3 : len == 15 && memcmp(bare, "0086", 4) == 0 ? 4 : 0;
	Text rest = {bare + skip, len - skip};
	if (rest.len != 11 || !digits(rest, 0, 11) || rest.at[0] != '1' || rest.at[1] < '3')
		return bad(judge, "a mobile number has 11 digits and begins with 13 to 19");
	*judge->out = rest;
	return 0;
}

/* GA 36-2018: province, office letter, then 5 characters (6 on new-energy plates, with D/A/B/C/E or F/G/H/J/K for the kind). */
static bool plate_serial(Text serial) {
	size_t letters = 0, count = serial.len;
	for (size_t i = 0; i < count; i++) {
		char c = serial.at[i];
		if (c == 'I' || c == 'O' || !((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return false;
		letters += c >= 'A';
	}
	if (count == 5 || count == 4) return letters <= 3;
	bool small = count == 6 && strchr("ABCDEFGHJK", serial.at[0]) && digits(serial, 2, 6);
	bool large = count == 6 && strchr("ABCDEFGHJK", serial.at[5]) && digits(serial, 0, 5);
	return small || large;
}

static int judge_plate(Judge *judge, Text plate) {
	static const char *const provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
	static const char *const tails = "挂学警港澳领使";
	static const char why[] =
	    "GA 36: a plate is a province, a letter and 5 or 6 digits and letters without I and O, e.g. 苏B12345";
	if (plate.len < 8 || !utf8_valid(plate)) return bad(judge, why);
	Text head = {plate.at, 3}, rest = {plate.at + 3, plate.len - 3};
	if (text_is(head, "使") && rest.len == 6 && digits(rest, 0, 6)) return 0;
	ptrdiff_t at = text_find(text_of(provinces), head);
	if (at < 0 || at % 3 || rest.at[0] < 'A' || rest.at[0] > 'Z' || rest.at[0] == 'I') return bad(judge, why);
	Text serial = {rest.at + 1, rest.len - 1};
	ptrdiff_t tail = serial.len == 7 ? text_find(text_of(tails), (Text){serial.at + 4, 3}) : -1;
	if (tail >= 0 && tail % 3 == 0)
		serial.len = 4;
	else if (serial.len == 4)
		return bad(judge, why);
	return plate_serial(serial) ? 0 : bad(judge, why);
}

static int judge_email(Judge *judge, Text mail) {
	static const char why[] = "RFC 5321: an e-mail address is name@domain.tld without blanks, at most 254 characters";
	const char *at = mail.len && mail.len <= 254 ? memchr(mail.at, '@', mail.len) : NULL;
	if (!at || at == mail.at || at - mail.at > 64) return bad(judge, why);
	Text domain = {at + 1, mail.len - (size_t)(at + 1 - mail.at)};
	size_t dot = 0;
	for (size_t i = 0; i < domain.len; i++) {
		unsigned char c = (unsigned char)domain.at[i];
		if (c == '.') dot = i;
		if (c == '@' || c <= ' ' || c == ',' || (c == '.' && (i == 0 || domain.at[i - 1] == '.'))) return bad(judge, why);
	}
	for (const char *c = mail.at; c < at; c++)
		if ((unsigned char)*c <= ' ' || strchr("()<>[]:;,\\\"", *c)) return bad(judge, why);
	return dot && dot + 2 < domain.len ? 0 : bad(judge, why);
}

static int judge_degrees(Judge *judge, Text text, double limit, const char *why) {
	double value;
	return text_to_double(text, &value) == 0 && value >= -limit && value <= limit ? 0 : bad(judge, why);
}

static int judge_longitude(Judge *judge, Text text) {
	return judge_degrees(judge, text, 180,
	                     "a longitude is a number of degrees from -180 to 180 (longitude and latitude may be swapped)");
}

static int judge_latitude(Judge *judge, Text text) {
	return judge_degrees(judge, text, 90,
	                     "a latitude is a number of degrees from -90 to 90 (longitude and latitude may be swapped)");
}

static const struct CheckRow {
	Form form;
	int (*judge)(Judge *judge, Text value);
} check_rows[CHECK_COUNT] = {
    [CHECK_GB11643] = {FORM_CODE, judge_gb11643},   [CHECK_GB11643_15] = {FORM_CODE, judge_gb11643_15},
    [CHECK_GB32100] = {FORM_CODE, judge_gb32100},   [CHECK_GB11714] = {FORM_CODE, judge_gb11714},
    [CHECK_GB37346] = {FORM_CODE, judge_gb37346},   [CHECK_GB2260] = {FORM_CODE, judge_gb2260},
    [CHECK_MOBILE] = {FORM_CODE, judge_mobile},     [CHECK_PLATE] = {FORM_CODE, judge_plate},
    [CHECK_EMAIL] = {FORM_TRIM, judge_email},       [CHECK_LONGITUDE] = {FORM_TRIM, judge_longitude},
    [CHECK_LATITUDE] = {FORM_TRIM, judge_latitude},
};

int check_text(const Divisions *divisions, Check check, Text value, int32_t date, Arena *arena, Text *out, const char **why) {
	const struct CheckRow *row = &check_rows[check];
	if (!row->judge) {
		*out = value;
		return 0;
	}
	if (value.len > 64 << 10) {
		*why = "the value is longer than any code: check that the columns are in order";
		return -1;
	}
	Text normal = normal_form(value, row->form, arena), kept = normal;
	const char *note = NULL;
	Judge judge = {divisions, date, arena, &kept, &note};
	int result = row->judge(&judge, normal);
	if (result >= 0) *out = kept;
	if (result == 0 && !text_eq(kept, value)) {
		note = "full-width characters, blanks, marks or small letters were brought to the standard form";
		result = 1;
	}
	if (result) *why = note;
	return result;
}
