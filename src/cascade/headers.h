/* What a node signs of a call besides its message, so that the other side knows before the first byte of a body whose it is: HTTP
 * Message Signatures (RFC 9421, Ed25519) over exactly method, path, length, Content-Digest (RFC 9530) and the node called. Bytes
 * from outside: strict, one form. Pure functions in the caller's arena; any thread. */
#ifndef YIWANG_CASCADE_HEADERS_H
#define YIWANG_CASCADE_HEADERS_H
#include "cascade/frame.h"

typedef struct CallHeaders {
	Text method, path, length; /* length: value of Content-Length */
	Text node, digest;         /* Yiwang-Node: who is called; Content-Digest */
	Text input, signature;     /* Signature-Input, Signature; input TEXT_NONE: the call is not signed */
} CallHeaders;
typedef struct CallSigner {
	char from[NODE_ID_LEN + 1];
	int64_t created_us;
	uint8_t signature[SIGNATURE_LEN];
} CallSigner;
/* Signs method, path and node with a body: fills in length, digest, input and signature. 0 or ERR_INTERNAL. */
int headers_sign(Arena *arena, const SigningKey *key, const char *from, int64_t now_us, Text body, CallHeaders *headers);
/* Who says to have signed, not yet believed: 0 or ERR_INVALID rule "covered". */
int headers_read(const CallHeaders *headers, CallSigner *out, Error *error);
/* 0 or ERR_FORBIDDEN rule "signature". */
int headers_verify(Arena *arena, const CallHeaders *headers, const CallSigner *signer, const uint8_t key[PUBLIC_KEY_LEN],
                   Error *error);
/* The body that came is the one whose digest was signed: 0 or ERR_FORBIDDEN rule "signature". */
int headers_body(Arena *arena, const CallHeaders *headers, Text body, Error *error);
#endif
