/* Signing and checking the headers of a call between nodes (headers.h). */
#include "cascade/headers.h"

#define COVERED "(\"@method\" \"@path\" \"content-length\" \"content-digest\" \"yiwang-node\")"
#define LABEL "yiwang="

static char *digest_value(Arena *arena, Text body) {
	Digest digest;
	digest_sha256(body, &digest);
	return arena_printf(arena, "sha-256=:%s:", base64(arena, (Text){(const char *)digest.bytes, DIGEST_LEN}));
}

/* The signature base of RFC 9421, section 2.5. */
static Text base_of(Arena *arena, const CallHeaders *headers) {
	Text params = headers->input;
	params.at += sizeof LABEL - 1;
	params.len -= sizeof LABEL - 1;
	return text_of(arena_printf(arena,
	                            "\"@method\": %.*s\n\"@path\": %.*s\n\"content-length\": %.*s\n\"content-digest\": %.*s\n"
	                            "\"yiwang-node\": %.*s\n\"@signature-params\": %.*s",
	                            TEXT_ARG(headers->method), TEXT_ARG(headers->path), TEXT_ARG(headers->length),
	                            TEXT_ARG(headers->digest), TEXT_ARG(headers->node), TEXT_ARG(params)));
}

int headers_sign(Arena *arena, const SigningKey *key, const char *from, int64_t now_us, Text body, CallHeaders *headers) {
	uint8_t signature[SIGNATURE_LEN];
	headers->length = text_of(arena_printf(arena, "%zu", body.len));
	headers->digest = text_of(digest_value(arena, body));
	headers->input = text_of(
	    arena_printf(arena, LABEL COVERED ";created=%lld;keyid=\"%s\";alg=\"ed25519\"", (long long)(now_us / 1000000), from));
	if (sign_bytes(key, base_of(arena, headers), signature) < 0) return ERR_INTERNAL;
	headers->signature =
	    text_of(arena_printf(arena, LABEL ":%s:", base64(arena, (Text){(const char *)signature, SIGNATURE_LEN})));
	return 0;
}

/* What the value goes on with is taken off it. */
static bool take(Text *rest, Text expected) {
	if (!text_starts(*rest, expected)) return false;
	rest->at += expected.len;
	rest->len -= expected.len;
	return true;
}

static bool input_read(Text rest, CallSigner *out) {
	size_t digits = 0;
	int64_t seconds;
	if (!take(&rest, TEXT(LABEL COVERED ";created="))) return false;
	while (digits < rest.len && digits < 12 && rest.at[digits] >= '0' && rest.at[digits] <= '9')
		digits++;
	if (text_to_int((Text){rest.at, digits}, &seconds) != 0) return false;
	out->created_us = seconds * 1000000;
	take(&rest, (Text){rest.at, digits});
	if (!take(&rest, TEXT(";keyid=\"")) || rest.len < NODE_ID_LEN) return false;
	for (int i = 0; i < NODE_ID_LEN; i++)
		if (!memchr("0123456789abcdef", rest.at[i], 16)) return false;
	snprintf(out->from, sizeof out->from, "%.*s", NODE_ID_LEN, rest.at);
	take(&rest, (Text){rest.at, NODE_ID_LEN});
	return text_is(rest, "\";alg=\"ed25519\"");
}

int headers_read(const CallHeaders *headers, CallSigner *out, Error *error) {
	Text signature = headers->signature;
	*out = (CallSigner){0};
	bool good = headers->length.len > 0 && headers->digest.len > 0 && headers->node.len > 0 &&
	            input_read(headers->input, out) && take(&signature, TEXT(LABEL ":")) && signature.len > 0 &&
	            signature.at[signature.len - 1] == ':' &&
	            base64_decode((Text){signature.at, signature.len - 1}, out->signature, SIGNATURE_LEN) == 0;
	return good ? 0
	            : error_field(error, ERR_INVALID, "Signature-Input", TEXT_NONE, "covered",
	                          "Sign method, path, length, digest and the node called, as docs/api.md shows.",
	                          "the call's headers are not signed as between nodes");
}

static int forged(Error *error) {
	return error_field(error, ERR_FORBIDDEN, "", TEXT_NONE, "signature",
	                   "Compare the fingerprints of both nodes by telephone.",
	                   "the message is not signed by the node it names, or was changed on its way");
}

int headers_verify(Arena *arena, const CallHeaders *headers, const CallSigner *signer, const uint8_t key[PUBLIC_KEY_LEN],
                   Error *error) {
	return signature_check(key, base_of(arena, headers), signer->signature) ? 0 : forged(error);
}

int headers_body(Arena *arena, const CallHeaders *headers, Text body, Error *error) {
	return text_is(headers->digest, digest_value(arena, body)) ? 0 : forged(error);
}
