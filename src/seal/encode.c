/* Hex, base64, random bytes and passwords, comparison without timing. Owns nothing; any thread. */
#include "seal/seal.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

void hex_encode(const uint8_t *bytes, size_t count, char *out) {
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < count; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = 0;
}

static int hex_value(char digit) {
	if (digit >= '0' && digit <= '9') return digit - '0';
	if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
	return -1;
}

int hex_decode(Text hex, uint8_t *out, size_t count) {
	if (hex.len != 2 * count) return -1;
	for (size_t i = 0; i < hex.len; i++)
		if (hex_value(hex.at[i]) < 0) return -1;
	for (size_t i = 0; i < count; i++)
		out[i] = (uint8_t)(hex_value(hex.at[2 * i]) << 4 | hex_value(hex.at[2 * i + 1]));
	return 0;
}

char *base64url(Arena *arena, Text bytes) {
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char *text = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1), *out = text;
	const uint8_t *at = (const uint8_t *)bytes.at;
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group = (uint32_t)at[i] << 16 | (have > 1 ? (uint32_t)at[i + 1] << 8 : 0) | (have > 2 ? at[i + 2] : 0);
		for (size_t k = 0; k <= have; k++)
			*out++ = digits[group >> (18 - 6 * k) & 63];
	}
	*out = 0;
	return text;
}

char *base64(Arena *arena, Text bytes) {
	char *out = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1);
	EVP_EncodeBlock((uint8_t *)out, (const uint8_t *)bytes.at, (int)bytes.len);
	return out;
}

int base64_decode(Text text, uint8_t *out, size_t count) {
	enum { MAX = 64 };
	uint8_t bytes[(MAX + 2) / 3 * 3], again[(MAX + 2) / 3 * 4 + 1];
	if (count > MAX || text.len != (count + 2) / 3 * 4 ||
	    EVP_DecodeBlock(bytes, (const uint8_t *)text.at, (int)text.len) < (int)count)
		return -1;
	EVP_EncodeBlock(again, bytes, (int)count);
	if (memcmp(again, text.at, text.len) != 0) return -1;
	memcpy(out, bytes, count);
	return 0;
}

void random_bytes(void *out, size_t count) {
	if (count > 0 && (count > INT32_MAX || RAND_bytes(out, (int)count) != 1)) abort();
}

char *random_password(Arena *arena, int length) {
	static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	enum { COUNT = sizeof letters - 1, FAIR = 256 / COUNT * COUNT /* bytes from here on would favour the first letters */ };
	char *text = arena_alloc(arena, (size_t)length + 1);
	for (int i = 0; i < length;) {
		uint8_t byte;
		random_bytes(&byte, 1);
		if (byte < FAIR) text[i++] = letters[byte % COUNT];
	}
	return text;
}

bool equal_constant_time(const void *a, const void *b, size_t count) {
	return CRYPTO_memcmp(a, b, count) == 0;
}
