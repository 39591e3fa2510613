/* seal: digests, keyed hashes, signatures, passwords, random, hex. OpenSSL 3 and libargon2 underneath. No state; any thread. */
#ifndef YIWANG_SEAL_SEAL_H
#define YIWANG_SEAL_SEAL_H
#include "base/base.h"

enum { DIGEST_LEN = 32, SIGNATURE_LEN = 64, PUBLIC_KEY_LEN = 32, HEX_DIGEST_MAX = 65 };
typedef struct Digest {
	uint8_t bytes[DIGEST_LEN];
} Digest;

/* One-shot and streaming SHA-256 (a Hasher is reused; not shared between threads). */
void digest_sha256(Text bytes, Digest *out);
void digest_sha256_pair(Text first, Text second, Digest *out); /* of first ‖ second, no copy */
void digest_sm3(Text bytes, Digest *out);
typedef struct Hasher Hasher;
Hasher *hasher_new(Arena *arena); /* SHA-256 */
void hasher_reset(Hasher *hasher);
void hasher_add(Hasher *hasher, Text bytes);
void hasher_end(Hasher *hasher, Digest *out);
/* SHA-256 and size of a whole file; size may be NULL. ERR_NOT_FOUND or ERR_IO. */
int digest_file(const char *path, Digest *out, int64_t *size, Error *error);

/* SipHash-2-4, keyed, 64 bits: surrogate ids and look-up keys that nobody without the key can enumerate. HMAC: RFC 2104. */
uint64_t siphash64(const uint8_t key[16], Text bytes);
void hmac_sha256(Text key, Text bytes, Digest *out);

void hex_encode(const uint8_t *bytes, size_t count, char *out); /* 2·count + NUL */
int hex_decode(Text hex, uint8_t *out, size_t count);           /* exactly count bytes; 0 or -1 */
/* URL-safe base64 without padding; base64 of RFC 4648 with it. base64_decode: exactly count bytes in their only form; 0 or -1. */
char *base64url(Arena *arena, Text bytes);
char *base64(Arena *arena, Text bytes);
int base64_decode(Text text, uint8_t *out, size_t count);
void random_bytes(void *out, size_t count); /* aborts when the system has none */
/* Random text of `length` characters without look-alikes (0 O 1 l I). */
char *random_password(Arena *arena, int length);
bool equal_constant_time(const void *a, const void *b, size_t count);

/* Argon2id, m=64 MiB t=2 p=1: PHC text. About 100 ms: never on a writer or server thread. */
char *password_hash(Arena *arena, Text password);
bool password_check(const char *phc, Text password);

/* Ed25519. The private key is a 0600 PEM file. */
typedef struct SigningKey SigningKey;
int signing_key_create(const char *path, Error *error);                 /* ERR_CONFLICT when the file exists: never overwritten */
int signing_key_load(SigningKey **out, const char *path, Error *error); /* refuses a key file that others can read */
void signing_key_free(SigningKey *key);
void signing_key_public(const SigningKey *key, uint8_t out[PUBLIC_KEY_LEN]);
int sign_bytes(const SigningKey *key, Text bytes, uint8_t out[SIGNATURE_LEN]);
bool signature_check(const uint8_t public_key[PUBLIC_KEY_LEN], Text bytes, const uint8_t signature[SIGNATURE_LEN]);

/* The first certificate of a PEM text: SHA-256 over its public key (SubjectPublicKeyInfo, DER), and when it ends (UTC µs; may be
 * NULL). 0, or -1: none that can be read. */
int certificate_pin(Text pem, Digest *pin, int64_t *until_us);

/* A secret that must be kept and used again (a source's password): AES-256-GCM under a key derived from the installation's.
 * secret_lock gives text for a table column; secret_unlock gives NULL when the text was not locked with this key. */
char *secret_lock(Arena *arena, const uint8_t key[16], Text plain);
char *secret_unlock(Arena *arena, const uint8_t key[16], Text locked);
/* A number of a set as a name of 32 characters, always the same, that tells nothing of it to who has no key: one block of AES-256
 * over both. pair_unlock: false when the name was not made with this key for this set. */
char *pair_lock(Arena *arena, const uint8_t key[16], int64_t set, int64_t number);
bool pair_unlock(const uint8_t key[16], Text name, int64_t set, int64_t *number);
#endif
