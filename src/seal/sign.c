/* Ed25519 signatures (RFC 8032) by OpenSSL EVP. A SigningKey is owned by its loader and may be used by several threads at once.
 */
#include "seal/seal.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct SigningKey {
	EVP_PKEY *pair;
	uint8_t public_key[PUBLIC_KEY_LEN];
};

/* Writes the PEM to a fresh 0600 file beside path and links it there: a crash leaves no half key, and an existing one is kept. */
static int write_private(const char *path, const char *bytes, size_t length, Error *error) {
	char temporary[4096];
	if (snprintf(temporary, sizeof temporary, "%s.new-%d", path, (int)getpid()) >= (int)sizeof temporary)
		return error_set(error, ERR_INVALID, "the path of the signing key is too long (over 4,000 bytes)");
	unlink(temporary);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) return error_set(error, ERR_IO, "cannot create %s: %s", temporary, strerror(errno));
	bool whole = write(fd, bytes, length) == (ssize_t)length && fsync(fd) == 0;
	int failed = whole ? 0 : errno;
	close(fd);
	if (whole && link(temporary, path) != 0) failed = errno;
	unlink(temporary);
	if (failed == EEXIST)
		return error_set(error, ERR_CONFLICT, "the signing key %s exists already; it is never overwritten", path);
	return failed ? error_set(error, ERR_IO, "cannot write the signing key %s: %s", path, strerror(failed)) : 0;
}

int signing_key_create(const char *path, Error *error) {
	EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *pem = BIO_new(BIO_s_mem());
	if (!pair || !pem || PEM_write_bio_PKCS8PrivateKey(pem, pair, NULL, NULL, 0, NULL, NULL) != 1) abort();
	char *bytes;
	long length = BIO_get_mem_data(pem, &bytes);
	int code = write_private(path, bytes, (size_t)length, error);
	OPENSSL_cleanse(bytes, (size_t)length);
	BIO_free(pem);
	EVP_PKEY_free(pair);
	return code;
}

int signing_key_load(SigningKey **out, const char *path, Error *error) {
	struct stat status;
	if (stat(path, &status) != 0)
		return error_set(error, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open the signing key %s: %s", path,
		                 strerror(errno));
	if (status.st_mode & 077)
		return error_set(error, ERR_INVALID, "the signing key %s can be read by others (mode %03o); run chmod 600 on it",
		                 path, (unsigned)(status.st_mode & 0777));
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *pair = file ? PEM_read_bio_PrivateKey(file, NULL, NULL, "") : NULL;
	BIO_free(file);
	size_t length = PUBLIC_KEY_LEN;
	uint8_t public_key[PUBLIC_KEY_LEN];
	if (!pair || !EVP_PKEY_is_a(pair, "ED25519") || EVP_PKEY_get_raw_public_key(pair, public_key, &length) != 1) {
		EVP_PKEY_free(pair);
		return error_set(error, ERR_INVALID, "%s is not an Ed25519 private key in PEM form without a password", path);
	}
	SigningKey *key = calloc(1, sizeof *key);
	if (!key) abort();
	key->pair = pair;
	memcpy(key->public_key, public_key, PUBLIC_KEY_LEN);
	*out = key;
	return 0;
}

void signing_key_free(SigningKey *key) {
	if (!key) return;
	EVP_PKEY_free(key->pair);
	free(key);
}

void signing_key_public(const SigningKey *key, uint8_t out[PUBLIC_KEY_LEN]) {
	memcpy(out, key->public_key, PUBLIC_KEY_LEN);
}

int sign_bytes(const SigningKey *key, Text bytes, uint8_t out[SIGNATURE_LEN]) {
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t signature[SIGNATURE_LEN];
	size_t length = SIGNATURE_LEN;
	bool signed_ = context && EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key->pair, NULL) == 1 &&
	               EVP_DigestSign(context, signature, &length, (const uint8_t *)(bytes.at ? bytes.at : ""), bytes.len) == 1 &&
	               length == SIGNATURE_LEN;
	EVP_MD_CTX_free(context);
	if (!signed_) return ERR_INTERNAL;
	memcpy(out, signature, SIGNATURE_LEN);
	return 0;
}

bool signature_check(const uint8_t public_key[PUBLIC_KEY_LEN], Text bytes, const uint8_t signature[SIGNATURE_LEN]) {
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, PUBLIC_KEY_LEN);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool right =
	    key && context && EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
	    EVP_DigestVerify(context, signature, SIGNATURE_LEN, (const uint8_t *)(bytes.at ? bytes.at : ""), bytes.len) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return right;
}
