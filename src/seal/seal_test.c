/* Known answers for everything in seal: published vectors, and OpenSSL's own EVP as a second opinion on what is written here. */
#include "seal/seal.h"
#include <fcntl.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void assert_hex(const uint8_t *bytes, size_t count, const char *expected) {
	char hex[257];
	assert_true(count <= 128);
	hex_encode(bytes, count, hex);
	assert_string_equal(hex, expected);
}

/* FIPS 180-4 examples, and every length around the block borders against EVP. */
static void sha256_known(void **state) {
	static const struct {
		const char *text, *digest;
	} rows[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	Digest digest;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		digest_sha256(text_of(rows[i].text), &digest);
		assert_hex(digest.bytes, DIGEST_LEN, rows[i].digest);
	}
	digest_sha256(TEXT_NONE, &digest);
	assert_hex(digest.bytes, DIGEST_LEN, rows[0].digest);
	Arena *arena = arena_new();
	Hasher *hasher = hasher_new(arena);
	char bytes[300];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 7 + 1);
	for (size_t length = 0; length <= sizeof bytes; length++) {
		uint8_t peer[32];
		unsigned int got;
		assert_int_equal(EVP_Digest(bytes, length, peer, &got, EVP_sha256(), NULL), 1);
		digest_sha256((Text){bytes, length}, &digest);
		assert_memory_equal(digest.bytes, peer, 32);
		size_t cut = length / 3;
		digest_sha256_pair((Text){bytes, cut}, (Text){bytes + cut, length - cut}, &digest);
		assert_memory_equal(digest.bytes, peer, 32);
		hasher_reset(hasher);
		for (size_t at = 0; at < length; at += 17)
			hasher_add(hasher, (Text){bytes + at, length - at < 17 ? length - at : 17});
		hasher_end(hasher, &digest);
		assert_memory_equal(digest.bytes, peer, 32);
	}
	arena_free(arena);
}

/* GB/T 32905-2016 annex A examples 1 and 2. */
static void sm3_known(void **state) {
	Digest digest;
	digest_sm3(TEXT("abc"), &digest);
	assert_hex(digest.bytes, DIGEST_LEN, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
	digest_sm3(TEXT("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"), &digest);
	assert_hex(digest.bytes, DIGEST_LEN, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
	Digest empty;
	digest_sm3(TEXT_NONE, &empty);
	assert_hex(empty.bytes, DIGEST_LEN, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
}

/* The reference vectors (key 00..0f, message 00..n-1) and OpenSSL's SIPHASH for every length up to 64. */
static void siphash_known(void **state) {
	uint8_t key[16], message[65];
	for (int i = 0; i < 16; i++)
		key[i] = (uint8_t)i;
	for (int i = 0; i < 65; i++)
		message[i] = (uint8_t)i;
	assert_true(siphash64(key, TEXT_NONE) == UINT64_C(0x726fdb47dd0e0e31));
	assert_true(siphash64(key, (Text){(char *)message, 1}) == UINT64_C(0x74f839c593dc67fd));
	assert_true(siphash64(key, (Text){(char *)message, 15}) == UINT64_C(0xa129ca6149be45e5));
	size_t size = 8;
	const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t("size", &size), OSSL_PARAM_construct_end()};
	for (size_t length = 0; length < sizeof message; length++) {
		uint8_t peer[8], ours[8];
		size_t got = 0;
		assert_non_null(EVP_Q_mac(NULL, "SIPHASH", NULL, NULL, params, key, 16, message, length, peer, 8, &got));
		uint64_t word = siphash64(key, (Text){(char *)message, length});
		for (int i = 0; i < 8; i++)
			ours[i] = (uint8_t)(word >> (8 * i));
		assert_memory_equal(ours, peer, 8);
	}
}

/* RFC 4231 cases 1, 2, 3 and 6 (key longer than a block). */
static void hmac_known(void **state) {
	char key[131], data[50];
	Digest digest;
	memset(key, 0x0b, 20);
	hmac_sha256((Text){key, 20}, TEXT("Hi There"), &digest);
	assert_hex(digest.bytes, DIGEST_LEN, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?"), &digest);
	assert_hex(digest.bytes, DIGEST_LEN, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	memset(data, 0xdd, sizeof data);
	hmac_sha256((Text){key, 20}, (Text){data, 50}, &digest);
	assert_hex(digest.bytes, DIGEST_LEN, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	hmac_sha256((Text){key, 131}, TEXT("Test Using Larger Than Block-Size Key - Hash Key First"), &digest);
	assert_hex(digest.bytes, DIGEST_LEN, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* Argon2id with exactly our parameters: the vector of the reference implementation; then a round trip. */
static void argon2_known(void **state) {
	const char *phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
	assert_true(password_check(phc, TEXT("password")));
	assert_false(password_check(phc, TEXT("passworD")));
	assert_false(password_check(phc, TEXT_NONE));
	assert_false(password_check("", TEXT("password")));
	assert_false(password_check(NULL, TEXT("password")));
	Arena *arena = arena_new();
	char *ours = password_hash(arena, TEXT("密码 with blanks"));
	assert_true(strncmp(ours, "$argon2id$v=19$m=65536,t=2,p=1$", 31) == 0);
	assert_true(password_check(ours, TEXT("密码 with blanks")));
	assert_false(password_check(ours, TEXT("密码 with blank")));
	arena_free(arena);
}

static void write_file(const char *path, const char *text, mode_t mode) {
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* A PKCS#8 PEM around a raw seed, made by hand so that the loader is tested on bytes it did not write. */
static void write_seed(const char *path, const char *seed_hex) {
	uint8_t der[48];
	assert_int_equal(hex_decode(TEXT("302e020100300506032b657004220420"), der, 16), 0);
	assert_int_equal(hex_decode(text_of(seed_hex), der + 16, 32), 0);
	char base64[80], pem[200];
	EVP_EncodeBlock((uint8_t *)base64, der, sizeof der);
	snprintf(pem, sizeof pem, "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n", base64);
	write_file(path, pem, 0600);
}

/* RFC 8032 section 7.1, tests 1 to 3. */
static void ed25519_known(void **state) {
	static const struct {
		const char *seed, *public_key, *message, *signature;
	} rows[] = {
	    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655"
	     "141438e7a100b"},
	    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00"
	     "d291612bb0c00"},
	    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc02"
	     "7beceea1ec40a"},
	};
	char path[] = "/tmp/seal-test-XXXXXX";
	assert_non_null(mkdtemp(path));
	char file[64];
	snprintf(file, sizeof file, "%s/key.pem", path);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		write_seed(file, rows[i].seed);
		SigningKey *key = NULL;
		Error error = {0};
		assert_int_equal(signing_key_load(&key, file, &error), 0);
		uint8_t public_key[PUBLIC_KEY_LEN], signature[SIGNATURE_LEN], message[2];
		size_t length = strlen(rows[i].message) / 2;
		assert_int_equal(hex_decode(text_of(rows[i].message), message, length), 0);
		signing_key_public(key, public_key);
		assert_hex(public_key, PUBLIC_KEY_LEN, rows[i].public_key);
		assert_int_equal(sign_bytes(key, (Text){(char *)message, length}, signature), 0);
		assert_hex(signature, SIGNATURE_LEN, rows[i].signature);
		assert_true(signature_check(public_key, (Text){(char *)message, length}, signature));
		signature[5] ^= 1;
		assert_false(signature_check(public_key, (Text){(char *)message, length}, signature));
		signing_key_free(key);
	}
	unlink(file);
	rmdir(path);
}

static void key_files(void **state) {
	char path[] = "/tmp/seal-test-XXXXXX";
	assert_non_null(mkdtemp(path));
	char file[64];
	snprintf(file, sizeof file, "%s/key.pem", path);
	Error error = {0};
	SigningKey *key = NULL;
	assert_int_equal(signing_key_load(&key, file, &error), ERR_NOT_FOUND);
	error_clear(&error);
	assert_int_equal(signing_key_create(file, &error), 0);
	struct stat status;
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(signing_key_create(file, &error), ERR_CONFLICT);
	error_clear(&error);
	assert_int_equal(signing_key_load(&key, file, &error), 0);
	uint8_t public_key[PUBLIC_KEY_LEN], signature[SIGNATURE_LEN];
	signing_key_public(key, public_key);
	assert_int_equal(sign_bytes(key, TEXT("head"), signature), 0);
	assert_true(signature_check(public_key, TEXT("head"), signature));
	assert_false(signature_check(public_key, TEXT("heaD"), signature));
	signing_key_free(key);
	key = NULL;
	chmod(file, 0644);
	assert_int_equal(signing_key_load(&key, file, &error), ERR_INVALID);
	assert_null(key);
	error_clear(&error);
	unlink(file);
	write_file(file, "not a key\n", 0600);
	assert_int_equal(signing_key_load(&key, file, &error), ERR_INVALID);
	unlink(file);
	rmdir(path);
}

static void text_forms(void **state) {
	uint8_t bytes[4];
	assert_int_equal(hex_decode(TEXT("00fFa5"), bytes, 3), 0);
	assert_hex(bytes, 3, "00ffa5");
	assert_int_equal(hex_decode(TEXT("00fg"), bytes, 2), -1);
	assert_int_equal(hex_decode(TEXT("00f"), bytes, 2), -1);
	Arena *arena = arena_new();
	/* RFC 4648 section 10, without padding; and the two digits that differ from plain base64 */
	assert_string_equal(base64url(arena, TEXT("")), "");
	assert_string_equal(base64url(arena, TEXT("f")), "Zg");
	assert_string_equal(base64url(arena, TEXT("fo")), "Zm8");
	assert_string_equal(base64url(arena, TEXT("foobar")), "Zm9vYmFy");
	assert_string_equal(base64url(arena, TEXT("\xfb\xff")), "-_8");
	assert_string_equal(base64(arena, TEXT("foob")), "Zm9vYg==");
	assert_string_equal(base64(arena, TEXT("\xfb\xff")), "+/8=");
	assert_int_equal(base64_decode(TEXT("Zm9vYg=="), bytes, 4), 0);
	assert_memory_equal(bytes, "foob", 4);
	static const char *const bad[] = {"Zm9vYh==", "Zm9vYg", "Zm9vYg=\n", " m9vYg==", "Zm9-Yg==", "Zm9vYmFy", ""};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(base64_decode(text_of(bad[i]), bytes, 4), -1);
	char *one = random_password(arena, 20), *two = random_password(arena, 20);
	assert_int_equal(strlen(one), 20);
	assert_null(strpbrk(one, "0O1lI"));
	assert_string_not_equal(one, two);
	assert_true(equal_constant_time("abc", "abc", 3));
	assert_false(equal_constant_time("abc", "abd", 3));
	arena_free(arena);
}

static void file_digest(void **state) {
	char path[] = "/tmp/seal-test-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "abc", 3), 3);
	close(fd);
	Digest digest;
	int64_t size = 0;
	Error error = {0};
	assert_int_equal(digest_file(path, &digest, &size, &error), 0);
	assert_int_equal(size, 3);
	assert_hex(digest.bytes, DIGEST_LEN, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	unlink(path);
	assert_int_equal(digest_file(path, &digest, &size, &error), ERR_NOT_FOUND);
}

/* Not a check of speed (machines differ), a printed figure. */
static void sha256_speed(void **state) {
	char bytes[150] = {0};
	Digest digest = {{0}};
	enum { ROUNDS = 200000 };
	int64_t start = clock_monotonic_us();
	for (int i = 0; i < ROUNDS; i++)
		digest_sha256_pair((Text){(char *)digest.bytes, DIGEST_LEN}, (Text){bytes, sizeof bytes}, &digest);
	printf("sha256 of 32 + 150 bytes: %lld ns\n", (long long)((clock_monotonic_us() - start) * 1000 / ROUNDS));
}

/* The pin is what `openssl x509 -pubkey | openssl pkey -pubin -outform DER | sha256sum` says of the same certificate. */
static void certificate_known(void **state) {
	static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
	                          "MIIBfDCCASOgAwIBAgIUGVepV4faDcCRIQwl6cUQVRjX+OQwCgYIKoZIzj0EAwIw\n"
	                          "EzERMA8GA1UEAwwIcGluIHRlc3QwIBcNMjYxMTI3MDgzNTM3WhgPMjEyNjExMDMw\n"
	                          "ODM1MzdaMBMxETAPBgNVBAMMCHBpbiB0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
	                          "AQcDQgAEyv2jHzH6YVC9aZ4vh9eufzu2BoyjB8kV4LjzchEyYvl8A4M9b/lQgsgV\n"
	                          "iz9XwAQ+AswloDBLl4/eQ6kHUzCFtKNTMFEwHQYDVR0OBBYEFCIZjZBkcAMbhyo1\n"
	                          "kig7sRmxtaDIMB8GA1UdIwQYMBaAFCIZjZBkcAMbhyo1kig7sRmxtaDIMA8GA1Ud\n"
	                          "EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgeYIDb9mu0TQJezrlnvfVM7qf\n"
	                          "YtxETgRviJatnKW/aH4CIH0Qv9uvUhs3zeroL7jzsq/EIXF4kqbMuetWNrpJT8/9\n"
	                          "-----END CERTIFICATE-----\n";
	Digest pin;
	char hex[HEX_DIGEST_MAX];
	int64_t until = 0;
	assert_int_equal(certificate_pin(TEXT(pem), &pin, &until), 0);
	hex_encode(pin.bytes, DIGEST_LEN, hex);
	assert_string_equal(hex, "1d8daa286aebc5f6b540f5065b9955c94bc9660c6cf9806559d9b81575bea4f4");
	assert_true(until == INT64_C(4949368537) * 1000000); /* 2126-11-03 08:35:37 UTC */
	assert_int_equal(certificate_pin(TEXT("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), &pin, NULL), -1);
	assert_int_equal(certificate_pin(TEXT_NONE, &pin, NULL), -1);
}

static void pair_names(void **state) {
	(void)state;
	const uint8_t key[16] = {7}, other[16] = {8};
	Arena *arena = arena_new();
	int64_t number = 0;
	Text name = text_of(pair_lock(arena, key, 12, INT64_MAX));
	assert_int_equal(name.len, 32);
	assert_true(text_is(name, pair_lock(arena, key, 12, INT64_MAX)));
	assert_true(pair_unlock(key, name, 12, &number) && number == INT64_MAX);
	assert_false(pair_unlock(key, name, 13, &number) || pair_unlock(other, name, 12, &number));
	assert_false(pair_unlock(key, TEXT("00"), 12, &number) || pair_unlock(key, TEXT_NONE, 12, &number));
	arena_free(arena);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_known), cmocka_unit_test(sm3_known),         cmocka_unit_test(siphash_known),
	    cmocka_unit_test(hmac_known),   cmocka_unit_test(argon2_known),      cmocka_unit_test(ed25519_known),
	    cmocka_unit_test(key_files),    cmocka_unit_test(text_forms),        cmocka_unit_test(file_digest),
	    cmocka_unit_test(sha256_speed), cmocka_unit_test(certificate_known), cmocka_unit_test(pair_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
