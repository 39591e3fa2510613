/* What is pinned of an X.509 certificate in PEM form: its public key (RFC 7469 §2.4), which stays the same when the certificate
 * is renewed over the same key, and how long it is valid. Pure functions, any thread. */
#include "seal/seal.h"
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

static int64_t time_us(const ASN1_TIME *time) {
	struct tm utc = {0};
	return time && ASN1_TIME_to_tm(time, &utc) == 1 ? (int64_t)timegm(&utc) * 1000000 : 0;
}

int certificate_pin(Text pem, Digest *pin, int64_t *until_us) {
	BIO *bytes = pem.len <= 1 << 20 ? BIO_new_mem_buf(pem.at ? pem.at : "", (int)pem.len) : NULL;
	X509 *certificate = bytes ? PEM_read_bio_X509(bytes, NULL, NULL, NULL) : NULL;
	unsigned char *key = NULL;
	int length = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key) : 0;
	if (length > 0) {
		digest_sha256((Text){(const char *)key, (size_t)length}, pin);
		if (until_us) *until_us = time_us(X509_get0_notAfter(certificate));
	}
	OPENSSL_free(key);
	X509_free(certificate);
	BIO_free(bytes);
	return length > 0 ? 0 : -1;
}
