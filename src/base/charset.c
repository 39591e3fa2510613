/* Charsets and Unicode forms by ICU. A Decoder has one owner and one thread; the rest is pure. */
#include "base/charset.h"
#include <stdlib.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

static const struct {
	const char *name;
	Charset charset;
} names[] = {
    {"utf-8", CHARSET_UTF8},     {"gb18030", CHARSET_GB18030}, {"utf-16le", CHARSET_UTF16LE}, {"utf-16be", CHARSET_UTF16BE},
    {"utf8", CHARSET_UTF8},      {"ascii", CHARSET_UTF8},      {"us-ascii", CHARSET_UTF8},    {"gbk", CHARSET_GB18030},
    {"gb2312", CHARSET_GB18030}, {"cp936", CHARSET_GB18030},   {"gb-18030", CHARSET_GB18030}, {"utf16le", CHARSET_UTF16LE},
    {"utf-16", CHARSET_UTF16LE}, {"utf16be", CHARSET_UTF16BE},
};

const char *charset_name(Charset charset) {
	return names[charset].name;
}

int charset_parse(Text name, Charset *charset) {
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i].name) == name.len && strncasecmp(names[i].name, name.at, name.len) == 0) {
			*charset = names[i].charset;
			return 0;
		}
	return -1;
}

/* Bytes that could be the beginning of a sequence cut off by the sample's end. */
static bool cut_sequence(Text rest) {
	static const char tails[] = "\x80\x80\x80";
	for (size_t add = 1; rest.len + add <= 4; add++) {
		char whole[4];
		memcpy(whole, rest.at, rest.len);
		memcpy(whole + rest.len, tails, add);
		unsigned char first = (unsigned char)whole[0];
		if (rest.len == 1) /* the second byte's range depends on the first */
			whole[1] = (char)(first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80);
		if (utf8_valid((Text){whole, rest.len + add})) return true;
	}
	return false;
}

static size_t ascii_count(Text text) {
	size_t count = 0;
	for (size_t i = 0; i < text.len; i++)
		count += !(text.at[i] & 0x80);
	return count;
}

Charset charset_guess(Text sample) {
	if (text_starts(sample, TEXT("\xEF\xBB\xBF"))) return CHARSET_UTF8;
	if (text_starts(sample, TEXT("\xFF\xFE"))) return CHARSET_UTF16LE;
	if (text_starts(sample, TEXT("\xFE\xFF"))) return CHARSET_UTF16BE;
	/* Text in GB18030 is hardly ever valid UTF-8 for long; a few bad bytes in much UTF-8 are just that. */
	int64_t good = 0, bad = 0;
	while (sample.len) {
		size_t valid = utf8_valid_prefix(sample);
		good += (int64_t)(valid - ascii_count((Text){sample.at, valid}));
		sample.at += valid, sample.len -= valid;
		if (sample.len == 0 || (sample.len < 4 && cut_sequence(sample))) break;
		bad++;
		sample.at++, sample.len--;
	}
	return bad * 20 <= good ? CHARSET_UTF8 : CHARSET_GB18030;
}

/* --- decoding ---------------------------------------------------------------------------------------------------- */
struct Decoder {
	Charset charset;
	UConverter *converter; /* none for UTF-8 */
	char tail[4];          /* UTF-8: a sequence cut by the end of a block */
	size_t tail_len;
	bool begun;
	const char *chunk;
	int64_t before; /* bytes fed before chunk */
	int64_t bad, first_bad;
};

static void bad_at(Decoder *decoder, int64_t offset) {
	if (decoder->bad++ == 0) decoder->first_bad = offset < 0 ? 0 : offset;
}

static void U_CALLCONV on_bad(const void *context, UConverterToUnicodeArgs *args, const char *units, int32_t length,
                              UConverterCallbackReason reason, UErrorCode *error) {
	Decoder *decoder = (Decoder *)context;
	if (reason > UCNV_IRREGULAR) return;
	bad_at(decoder, decoder->before + (args->source - decoder->chunk) - length);
	*error = U_ZERO_ERROR;
	static const UChar replacement = 0xFFFD;
	ucnv_cbToUWriteUChars(args, &replacement, 1, 0, error);
}

static void decoder_close(void *object) {
	ucnv_close(((Decoder *)object)->converter);
}

Decoder *decoder_new(Arena *arena, Charset charset) {
	Decoder *decoder = ARENA_NEW(arena, Decoder);
	decoder->charset = charset;
	decoder->first_bad = -1;
	if (charset == CHARSET_UTF8) return decoder;
	static const char *const icu_names[] = {"UTF-8", "GB18030", "UTF-16LE", "UTF-16BE"};
	UErrorCode error = U_ZERO_ERROR;
	decoder->converter = ucnv_open(icu_names[charset], &error);
	if (U_FAILURE(error)) abort(); /* ICU without its data is a broken installation */
	ucnv_setToUCallBack(decoder->converter, on_bad, decoder, NULL, NULL, &error);
	arena_on_free(arena, decoder_close, decoder);
	return decoder;
}

/* Copies the valid part; a bad byte becomes U+FFFD; a cut sequence at the end waits in tail unless last. */
static size_t copy_utf8(Decoder *decoder, Text bytes, int64_t offset, bool last, Buf *out) {
	size_t i = 0;
	while (i < bytes.len) {
		size_t run = utf8_valid_prefix((Text){bytes.at + i, bytes.len - i});
		buf_add(out, bytes.at + i, run);
		i += run;
		Text rest = {bytes.at + i, bytes.len - i};
		if (rest.len == 0 || (!last && rest.len < 4 && cut_sequence(rest))) break;
		bad_at(decoder, offset + (int64_t)i);
		buf_add(out, "\xEF\xBF\xBD", 3);
		i++;
		while (i < bytes.len && ((unsigned char)bytes.at[i] & 0xC0) == 0x80)
			i++;
	}
	return i;
}

static void feed_utf8(Decoder *decoder, Text bytes, bool last, Buf *out) {
	while (decoder->tail_len && (bytes.len || last)) {
		char joined[8];
		size_t old = decoder->tail_len, more = bytes.len < 4 ? bytes.len : 4;
		memcpy(joined, decoder->tail, old);
		if (more) memcpy(joined + old, bytes.at, more);
		bool whole = last && more == bytes.len;
		size_t used = copy_utf8(decoder, (Text){joined, old + more}, decoder->before - (int64_t)old, whole, out);
		if (used < old) { /* still cut: a few more bytes did not finish it */
			memcpy(decoder->tail, joined, decoder->tail_len = old + more);
			decoder->before += (int64_t)more;
			return;
		}
		decoder->tail_len = 0;
		used -= old;
		bytes.at += used, bytes.len -= used;
		decoder->before += (int64_t)used;
	}
	size_t used = copy_utf8(decoder, bytes, decoder->before, last, out);
	decoder->tail_len = bytes.len - used;
	if (decoder->tail_len) memcpy(decoder->tail, bytes.at + used, decoder->tail_len);
	decoder->before += (int64_t)bytes.len;
}

/* UTF-16 to UTF-8. Surrogates come in pairs: the converter replaces lone ones. */
static void add_units(Buf *out, const UChar *units, size_t count) {
	char *to = buf_reserve(out, count * 3), *start = to;
	for (size_t i = 0; i < count; i++) {
		uint32_t c = units[i];
		if (U16_IS_LEAD(c) && i + 1 < count && U16_IS_TRAIL(units[i + 1]))
			c = (uint32_t)U16_GET_SUPPLEMENTARY(c, units[++i]);
		if (c < 0x80)
			*to++ = (char)c;
		else
			to += utf8_put(to, U16_IS_SURROGATE(c) && c < 0x10000 ? 0xFFFD : c);
	}
	out->len += (size_t)(to - start);
}

void decoder_feed(Decoder *decoder, Text bytes, bool last, Buf *out) {
	if (decoder->charset == CHARSET_UTF8) {
		feed_utf8(decoder, bytes, last, out);
		return;
	}
	enum { UNITS = 8192 };
	UChar units[UNITS + 1]; /* one spare: a lead surrogate kept for its trail */
	size_t held = 0;
	const char *at = bytes.at ? bytes.at : "", *end = at + bytes.len;
	decoder->chunk = at;
	UErrorCode error;
	do {
		UChar *to = units + held;
		error = U_ZERO_ERROR;
		ucnv_toUnicode(decoder->converter, &to, units + UNITS, &at, end, NULL, last, &error);
		size_t count = (size_t)(to - units);
		bool more = error == U_BUFFER_OVERFLOW_ERROR;
		held = more && count && U16_IS_LEAD(units[count - 1]);
		size_t from = !decoder->begun && count && units[0] == 0xFEFF && decoder->charset != CHARSET_UTF8;
		decoder->begun |= count > 0;
		add_units(out, units + from, count - held - from);
		if (held) units[0] = units[count - 1];
	} while (error == U_BUFFER_OVERFLOW_ERROR);
	decoder->before += (int64_t)bytes.len;
}

int64_t decoder_bad_count(const Decoder *decoder) {
	return decoder->bad;
}

int64_t decoder_first_bad(const Decoder *decoder) {
	return decoder->first_bad;
}

/* --- normal forms ------------------------------------------------------------------------------------------------- */
/* Whether every character is one that NFC never changes and that never combines with the one before. */
static bool surely_nfc(Text text) {
	const char *p = text.at, *end = text.at + text.len;
	while (p < end) {
		uint32_t c = utf8_next(&p, end);
		if (c < 0x300 || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xFF00 && c <= 0xFF9D) || (c >= 0x2010 && c <= 0x2027) ||
		    (c >= 0x3000 && c <= 0x3029))
			continue;
		return false;
	}
	return true;
}

Text text_nfc(Arena *arena, Text text) {
	if (text.len == 0 || surely_nfc(text) || text.len > INT32_MAX / 8) return text;
	UErrorCode error = U_ZERO_ERROR;
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&error);
	int32_t cap = (int32_t)text.len + 1, length = 0;
	UChar *units = arena_alloc_raw(arena, (size_t)cap * sizeof *units);
	u_strFromUTF8(units, cap, &length, text.at, (int32_t)text.len, &error);
	if (U_FAILURE(error) || unorm2_isNormalized(nfc, units, length, &error)) return text;
	int32_t room = length * 3 + 16; /* composing never grows a text more than threefold */
	UChar *composed = arena_alloc_raw(arena, (size_t)room * sizeof *composed);
	int32_t count = unorm2_normalize(nfc, units, length, composed, room, &error);
	char *out = arena_alloc_raw(arena, (size_t)count * 3 + 1);
	int32_t bytes = 0;
	u_strToUTF8(out, count * 3 + 1, &bytes, composed, count, &error);
	return U_FAILURE(error) ? text : (Text){out, (size_t)bytes};
}

/* U+3000, or U+FF01..FF5E with its ASCII twin; 0 = neither. */
static char half_of(const unsigned char *p, size_t left) {
	if (left < 3) return 0;
	if (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80) return ' ';
	if (p[0] == 0xEF && p[1] == 0xBC && p[2] >= 0x81) return (char)(p[2] - 0x81 + '!');
	if (p[0] == 0xEF && p[1] == 0xBD && p[2] <= 0x9E) return (char)(p[2] - 0x80 + '`');
	return 0;
}

Text text_half_width(Arena *arena, Text text) {
	const unsigned char *p = (const unsigned char *)text.at;
	size_t i = 0;
	while (i < text.len && (p[i] < 0xE3 || !half_of(p + i, text.len - i)))
		i++;
	if (i == text.len) return text;
	char *out = arena_alloc_raw(arena, text.len);
	memcpy(out, text.at, i);
	size_t len = i;
	while (i < text.len) {
		char half = half_of(p + i, text.len - i);
		out[len++] = half ? half : text.at[i];
		i += half ? 3 : 1;
	}
	return (Text){out, len};
}

void text_to_gb18030(Buf *out, Text text) {
	size_t plain = 0;
	while (plain < text.len && (unsigned char)text.at[plain] < 0x80)
		plain++;
	buf_add(out, text.at, plain);
	if (plain == text.len) return;
	UErrorCode error = U_ZERO_ERROR;
	UConverter *converter = ucnv_open("GB18030", &error); /* its table is cached by ICU after the first */
	if (U_FAILURE(error)) abort();
	enum { PIECE = 4096 };
	UChar units[PIECE];
	const char *p = text.at + plain, *end = text.at + text.len;
	while (p < end) {
		size_t count = 0;
		while (p < end && count < PIECE - 2) {
			uint32_t c = utf8_next(&p, end);
			U16_APPEND_UNSAFE(units, count, c);
		}
		error = U_ZERO_ERROR;
		char *to = buf_reserve(out, count * 4 + 16);
		out->len += (size_t)ucnv_fromUChars(converter, to, (int32_t)(count * 4 + 16), units, (int32_t)count, &error);
	}
	ucnv_close(converter);
}
