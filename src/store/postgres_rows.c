/* postgres_rows: reading binary results of PostgreSQL by column type.
 * Thread and lifetime: the Rows'. Rendered values live in its scratch arena until the next row. */
#include "store/store_parts.h"
#include <endian.h>
#include <stdlib.h>

enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_OID = 26,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_NUMERIC = 1700,
	OID_JSONB = 3802,
};

int postgres_next(Rows *rows) {
	if (rows->scratch) arena_reset(rows->scratch);
	if (rows->scan) return postgres_scan_next(rows);
	return ++rows->row < rows->row_count;
}

/* The bytes and type of a value; at == NULL for NULL. */
static Text raw(Rows *rows, int column, Oid *type) {
	if (rows->scan) {
		int length;
		const char *at = postgres_scan_value(rows, column, &length, type);
		return at ? (Text){at, (size_t)length} : TEXT_NONE;
	}
	*type = PQftype(rows->result, column);
	if (PQgetisnull(rows->result, rows->row, column)) return TEXT_NONE;
	return (Text){PQgetvalue(rows->result, rows->row, column), (size_t)PQgetlength(rows->result, rows->row, column)};
}

bool postgres_null(Rows *rows, int column) {
	Oid type;
	return raw(rows, column, &type).at == NULL;
}

static Arena *scratch(Rows *rows) {
	if (!rows->scratch) rows->scratch = arena_new();
	return rows->scratch;
}

static uint64_t big_endian(Text bytes) {
	uint64_t number = 0;
	for (size_t i = 0; i < bytes.len && i < 8; i++)
		number = number << 8 | (uint8_t)bytes.at[i];
	return number;
}

/* NUMERIC on the wire: count, weight, sign, scale, then digits of base 10000. Only sums of BIGINT come here. */
static Text numeric_text(Rows *rows, Text bytes) {
	int count = (int16_t)big_endian((Text){bytes.at, 2}), weight = (int16_t)big_endian((Text){bytes.at + 2, 2});
	unsigned sign = (unsigned)big_endian((Text){bytes.at + 4, 2});
	int scale = (int16_t)big_endian((Text){bytes.at + 6, 2});
	if (sign != 0 && sign != 0x4000) return TEXT("NaN");
	size_t room = (size_t)((weight < 0 ? 0 : weight) + 2 + count) * 4 + (size_t)scale + 8;
	char *text = arena_alloc_raw(scratch(rows), room), *at = text;
	if (sign) *at++ = '-';
	int fraction_groups = (scale + 3) / 4, first = weight < 0 ? 0 : weight;
	char *point = NULL;
	for (int power = first; power >= -fraction_groups; power--) {
		int i = weight - power;
		int digit = i >= 0 && i < count ? (int)big_endian((Text){bytes.at + 8 + 2 * i, 2}) : 0;
		if (power == -1) *(point = at++) = '.';
		at += sprintf(at, power == first ? "%d" : "%04d", digit);
	}
	if (point) at = point + 1 + scale;
	return (Text){text, (size_t)(at - text)};
}

static double float_of(Text bytes, Oid type) {
	if (type == OID_FLOAT8) {
		uint64_t bits = big_endian(bytes);
		double value;
		memcpy(&value, &bits, 8);
		return value;
	}
	uint32_t bits = (uint32_t)big_endian(bytes);
	float value;
	memcpy(&value, &bits, 4);
	return value;
}

/* Leading digits of a text, as SQLite reads them. */
static int64_t leading_int(Rows *rows, Text text) {
	return strtoll(arena_strndup(scratch(rows), text.at, text.len), NULL, 10);
}

int64_t postgres_integer(Rows *rows, int column) {
	Oid type;
	Text bytes = raw(rows, column, &type);
	if (!bytes.at) return 0;
	switch (type) {
	case OID_INT8: {
		uint64_t bits;
		memcpy(&bits, bytes.at, 8);
		return (int64_t)be64toh(bits);
	}
	case OID_INT4:
		return (int32_t)big_endian(bytes);
	case OID_INT2:
		return (int16_t)big_endian(bytes);
	case OID_BOOL:
		return bytes.at[0] != 0;
	case OID_OID:
		return (int64_t)big_endian(bytes);
	case OID_FLOAT8:
	case OID_FLOAT4:
		return (int64_t)float_of(bytes, type);
	case OID_NUMERIC:
		return leading_int(rows, numeric_text(rows, bytes));
	default:
		return leading_int(rows, bytes);
	}
}

double postgres_real(Rows *rows, int column) {
	Oid type;
	Text bytes = raw(rows, column, &type);
	if (!bytes.at) return 0;
	double value = 0;
	switch (type) {
	case OID_FLOAT8:
	case OID_FLOAT4:
		return float_of(bytes, type);
	case OID_INT8:
	case OID_INT4:
	case OID_INT2:
	case OID_BOOL:
	case OID_OID:
		return (double)postgres_integer(rows, column);
	case OID_NUMERIC:
		text_to_double(numeric_text(rows, bytes), &value);
		return value;
	default:
		text_to_double(bytes, &value);
		return value;
	}
}

static Text render_double(Rows *rows, double value) {
	for (int digits = 15; digits <= 17; digits++) {
		char *text = arena_printf(scratch(rows), "%.*g", digits, value);
		if (digits == 17 || strtod(text, NULL) == value) return text_of(text);
	}
	return TEXT_NONE;
}

Text postgres_text(Rows *rows, int column) {
	Oid type;
	Text bytes = raw(rows, column, &type);
	if (!bytes.at) return TEXT_NONE;
	switch (type) {
	case OID_INT8:
	case OID_INT4:
	case OID_INT2:
	case OID_BOOL:
	case OID_OID:
		return text_of(arena_printf(scratch(rows), "%lld", (long long)postgres_integer(rows, column)));
	case OID_FLOAT8:
	case OID_FLOAT4:
		return render_double(rows, float_of(bytes, type));
	case OID_NUMERIC:
		return numeric_text(rows, bytes);
	case OID_JSONB:
		return (Text){bytes.at + 1, bytes.len - 1}; /* after its version byte */
	default:
		return bytes;
	}
}

Text postgres_blob(Rows *rows, int column) {
	return postgres_text(rows, column);
}
