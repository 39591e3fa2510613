/* Owns the look for numbers of persons in values, whatever their fields are declared to be: a remark may hold what the grade of
 * the remarks does not tell. */
#include "record/read.h"

static bool luhn(const char *digits, size_t count) {
	int sum = 0;
	for (size_t i = 0; i < count; i++) {
		int digit = digits[count - 1 - i] - '0';
		sum += i % 2 ? digit * 2 / 10 + digit * 2 % 10 : digit;
	}
	return sum % 10 == 0;
}

static int two(const char *at) {
	return (at[0] - '0') * 10 + at[1] - '0';
}

/* 17 digits and a check character (GB 11643): a day of birth that may be, and the right character. */
static bool citizen_number(const char *at, char last) {
	int century = two(at + 6), month = two(at + 10), day = two(at + 12);
	return century >= 18 && century <= 20 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
	       gb11643_check_char(at) == (last == 'x' ? 'X' : last);
}

bool text_names_person(Text value) {
	for (size_t i = 0; i < value.len;) {
		size_t from = i;
		while (i < value.len && value.at[i] >= '0' && value.at[i] <= '9')
			i++;
		size_t count = i - from;
		const char *at = value.at + from;
		char next = i < value.len ? value.at[i] : ' ';
		size_t country = count == 13 && memcmp(at, "86", 2) == 0 ? 2 : count == 15 && memcmp(at, "0086", 4) == 0 ? 4 : 0;
		if (count - country == 11 && at[country] == '1' && at[country + 1] >= '3')
			return true; /* mobile: 1[3-9] and 9 more */
		if (count == 18 && citizen_number(at, at[17])) return true;
		if (count == 17 && (next == 'X' || next == 'x') && citizen_number(at, next)) return true;
		if (count >= 16 && count <= 19 && at[0] == '6' && at[1] == '2' && luhn(at, count))
			return true; /* UnionPay card */
		if (count == 0) i++;
	}
	return false;
}

int record_persons(Request *rq, const Resource *resource, Persons *out) {
	int *columns = ARENA_ARRAY(rq->arena, int, resource->field_count + 1),
	    *fields = ARENA_ARRAY(rq->arena, int, resource->field_count + 1);
	int count = 0;
	Text listed;
	Rows *rows;
	memset(out, 0, sizeof *out * (size_t)resource->field_count);
	int code = table_columns(rq, resource->resource_id, resource->generation_no, rq->arena, &listed);
	if (code < 0 || resource->generation_no == 0) return code < 0 ? code : 0;
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		if ((field->kind != KIND_TEXT && field->kind != KIND_INTEGER) || !column_listed(listed, field->no)) continue;
		fields[count] = i;
		columns[count++] = field->no;
	}
	if (count == 0) return 0;
	const char *sql =
	    sql_newest(rq->arena, sql_table(resource->resource_id, resource->generation_no), columns, count, PERSONS_ROWS);
	if ((code = db_scan(rq->db, &rows, sql, NO_BIND)) < 0) return statement_failed(rq, code);
	while ((code = rows_next(rows)) > 0)
		for (int i = 0; i < count; i++) {
			char digits[24];
			Persons *of = &out[fields[i]];
			if (rows_null(rows, i)) continue;
			of->values++;
			if (resource->fields[fields[i]].kind == KIND_TEXT) {
				of->found += text_names_person(rows_text(rows, i));
			} else {
				snprintf(digits, sizeof digits, "%lld", (long long)rows_int(rows, i));
				of->found += text_names_person(text_of(digits));
			}
		}
	rows_close(rows);
	return code < 0 ? statement_failed(rq, code) : 0;
}
