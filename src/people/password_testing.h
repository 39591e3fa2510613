/* For unit tests that log many people in and whose subject is not the hash: Argon2id as in seal/password.c, of 64 KiB and one
 * pass. The test program's own functions keep that file out of it when it is linked; no program but a test includes this. */
#pragma once
#include "seal/seal.h"
#include <argon2.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { TESTING_KIB = 64, TESTING_PHC_MAX = 256 };
static atomic_int passwords_checked; /* that is what a log-in costs */

char *password_hash(Arena *arena, Text password) {
	uint8_t salt[16];
	random_bytes(salt, sizeof salt);
	char *phc = arena_alloc(arena, TESTING_PHC_MAX);
	if (argon2id_hash_encoded(1, TESTING_KIB, 1, password.at, password.len, salt, sizeof salt, 32, phc, TESTING_PHC_MAX))
		abort();
	return phc;
}

bool password_check(const char *phc, Text password) {
	atomic_fetch_add(&passwords_checked, 1);
	return phc && argon2id_verify(phc, password.at, password.len) == ARGON2_OK;
}
