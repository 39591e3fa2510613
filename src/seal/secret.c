/* Secrets at rest: AES-256-GCM, "nonce ‖ tag ‖ ciphertext" in hex. Pure functions, any thread. */
#include "seal/seal.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { NONCE = 12, TAG = 16 };

static void key_derive(const uint8_t key[16], Digest *out) {
	hmac_sha256((Text){(const char *)key, 16}, TEXT("yiwang secret v1"), out);
}

char *secret_lock(Arena *arena, const uint8_t key[16], Text plain) {
	size_t size = NONCE + TAG + plain.len;
	uint8_t *bytes = arena_alloc(arena, size);
	char *hex = arena_alloc(arena, 2 * size + 1);
	Digest derived;
	int length = 0;
	key_derive(key, &derived);
	random_bytes(bytes, NONCE);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool good = context && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, derived.bytes, bytes) == 1 &&
	            EVP_EncryptUpdate(context, bytes + NONCE + TAG, &length, (const uint8_t *)plain.at, (int)plain.len) == 1 &&
	            EVP_EncryptFinal_ex(context, bytes + NONCE + TAG + length, &length) == 1 &&
	            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, bytes + NONCE) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!good) return NULL;
	hex_encode(bytes, size, hex);
	return hex;
}

char *secret_unlock(Arena *arena, const uint8_t key[16], Text locked) {
	size_t size = locked.len / 2;
	uint8_t *bytes = arena_alloc(arena, size + 1);
	if (size < NONCE + TAG || hex_decode(locked, bytes, size) != 0) return NULL;
	char *plain = arena_alloc(arena, size - NONCE - TAG + 1);
	Digest derived;
	int length = 0;
	key_derive(key, &derived);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool good = context && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, derived.bytes, bytes) == 1 &&
	            EVP_DecryptUpdate(context, (uint8_t *)plain, &length, bytes + NONCE + TAG, (int)(size - NONCE - TAG)) == 1 &&
	            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, bytes + NONCE) == 1 &&
	            EVP_DecryptFinal_ex(context, (uint8_t *)plain + length, &length) == 1;
	EVP_CIPHER_CTX_free(context);
	return good ? plain : NULL;
}

enum { BLOCK = 16 };

/* One block: a keyed permutation, so ECB's sameness of same blocks is what is wanted. */
static bool block_turn(const uint8_t key[16], const uint8_t in[BLOCK], uint8_t out[BLOCK], bool lock) {
	Digest derived;
	int length = 0;
	hmac_sha256((Text){(const char *)key, 16}, TEXT("yiwang pair v1"), &derived);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool good = context && EVP_CipherInit_ex(context, EVP_aes_256_ecb(), NULL, derived.bytes, NULL, lock) == 1 &&
	            EVP_CIPHER_CTX_set_padding(context, 0) == 1 && EVP_CipherUpdate(context, out, &length, in, BLOCK) == 1 &&
	            length == BLOCK;
	EVP_CIPHER_CTX_free(context);
	return good;
}

char *pair_lock(Arena *arena, const uint8_t key[16], int64_t set, int64_t number) {
	int64_t pair[2] = {set, number};
	uint8_t plain[BLOCK], locked[BLOCK];
	memcpy(plain, pair, BLOCK);
	if (!block_turn(key, plain, locked, true)) abort();
	char *hex = arena_alloc(arena, 2 * BLOCK + 1);
	hex_encode(locked, BLOCK, hex);
	return hex;
}

bool pair_unlock(const uint8_t key[16], Text name, int64_t set, int64_t *number) {
	int64_t pair[2];
	uint8_t plain[BLOCK], locked[BLOCK];
	if (hex_decode(name, locked, BLOCK) != 0 || !block_turn(key, locked, plain, false)) return false;
	memcpy(pair, plain, BLOCK);
	*number = pair[1];
	return pair[0] == set;
}
