/* Password hashes: Argon2id (RFC 9106) as PHC text. Any thread, but each call holds 64 MiB for about 100 ms:
 * callers stay off server and writer threads and bound how many run at once. */
#include "seal/seal.h"
#include <argon2.h>
#include <stdlib.h>

enum { MEMORY_KIB = 64 << 10, PASSES = 2, LANES = 1, SALT_LEN = 16, HASH_LEN = 32, PHC_MAX = 256 };

char *password_hash(Arena *arena, Text password) {
	uint8_t salt[SALT_LEN];
	random_bytes(salt, sizeof salt);
	char *phc = arena_alloc(arena, PHC_MAX);
	int code = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.at, password.len, salt, sizeof salt, HASH_LEN, phc,
	                                 PHC_MAX);
	if (code != ARGON2_OK) abort(); /* only out of memory is left: the parameters are constants */
	return phc;
}

bool password_check(const char *phc, Text password) {
	return phc && strlen(phc) < PHC_MAX && argon2id_verify(phc, password.at, password.len) == ARGON2_OK;
}
