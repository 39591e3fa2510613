/* What this node answers when another one calls. A call is believed when it came through the trusted proxy that checked the
 * client's certificate, is signed by an approved node for this one, and came over the certificate that node said it uses (hello):
 * neither a stolen certificate nor a proxy alone is enough. All of this is known from the headers, which are signed too: no byte
 * of a stranger's body is kept (peer_head, server threads). Then the message itself: workers (LANE_READ). Each refusal leaves
 * evidence. */
#include "cascade/internal.h"

enum {
	CLOCK_APART_US = 600000000,
	UNSIGNED_MAX = 64 << 10 /* of a message whose headers are not signed: programs of before signed only the message */
};

typedef struct Peer {
	Self self;
	Node node;
	Frame frame;
	char pin[HEX_DIGEST_MAX];
} Peer;

/* nginx gives the certificate percent-encoded ($ssl_client_escaped_cert). */
static Text percent_decode(Arena *arena, Text in) {
	char *out = arena_alloc(arena, in.len + 1);
	size_t length = 0;
	for (size_t i = 0; i < in.len; i++) {
		uint8_t byte;
		if (in.at[i] == '%' && i + 2 < in.len && hex_decode((Text){in.at + i + 1, 2}, &byte, 1) == 0) {
			out[length++] = (char)byte;
			i += 2;
		} else
			out[length++] = in.at[i];
	}
	return (Text){out, length};
}

static int refuse(Request *rq, const char *rule, const char *message, const char *advice) {
	return error_field(rq->error, ERR_FORBIDDEN, "", TEXT_NONE, rule, advice, "%s", message);
}

static int proxy_check(Request *rq, Peer *peer) {
	Digest pin;
	if (!http_by_proxy(rq->call))
		return refuse(rq, "proxy", "nodes call through the proxy that checks their certificate",
		              "Start with --trust-proxy and put nginx in front: see deploy/nginx-cascade.conf.");
	if (!text_is(http_header(rq->call, "X-Client-Verify"), "SUCCESS") ||
	    certificate_pin(percent_decode(rq->arena, http_header(rq->call, "X-Client-Cert")), &pin, NULL) < 0)
		return refuse(rq, "certificate", "the proxy names no client certificate that it checked",
		              "Set X-Client-Verify and X-Client-Cert as in deploy/nginx-cascade.conf.");
	hex_encode(pin.bytes, DIGEST_LEN, peer->pin);
	return 0;
}

/* Evidence of a refusal says which node the message claims to be from, and what it carried. */
static void about_frame(Request *rq, const Frame *frame) {
	const char *stream = frame_str(frame, "stream");
	bool plain = strspn(stream, "abcdefghijklmnopqrstuvwxyz/0123456789") == strlen(stream) && strlen(stream) < 40;
	rq->about = arena_printf(rq->arena, "{\"from\":\"%s\",\"stream\":\"%s\",\"batch\":%lld,\"digest\":\"%s\"}", frame->from,
	                         plain ? stream : "", (long long)frame_int(frame, "seq"), frame->digest);
}

static int other_receiver(Request *rq) {
	return refuse(rq, "receiver", "the message is for another node, or of another kind",
	              "Compare the fingerprints of both nodes.");
}

static int node_approved(Request *rq, const char *fingerprint, Peer *peer, uint8_t key[PUBLIC_KEY_LEN]) {
	int found = node_by_name(rq, fingerprint, &peer->node);
	if (found < 0) return found;
	if (found == 0 || strcmp(peer->node.state, "active") != 0)
		return refuse(rq, "node", "this node has not approved the one that calls",
		              "The data bureau enters its invitation; the security administrator approves it.");
	return node_key(rq, &peer->node, key);
}

static int pin_check(Request *rq, const Peer *peer, const char *pin) {
	if (strcmp(pin, peer->pin) == 0) return 0;
	return refuse(rq, "certificate", "the call came over another certificate than the node says it uses",
	              "It says so in the hello that begins each round.");
}

/* --- before the body ------------------------------------------------------------------------------------------------------- */

static CallHeaders headers_of(const Request *rq) {
	const HttpCall *call = rq->call;
	return (CallHeaders){.method = http_method(call),
	                     .path = http_path(call),
	                     .length = http_header(call, "Content-Length"),
	                     .node = http_header(call, "Yiwang-Node"),
	                     .digest = http_header(call, "Content-Digest"),
	                     .input = http_header(call, "Signature-Input"),
	                     .signature = http_header(call, "Signature")};
}

static int head_unsigned(Request *rq, const CallHeaders *headers) {
	int64_t length = INT64_MAX; /* chunked: counted as it comes */
	if (!headers->length.at || text_to_int(headers->length, &length) != 0 || length <= UNSIGNED_MAX) return UNSIGNED_MAX;
	return error_field(rq->error, ERR_TOO_LARGE, "Signature-Input", TEXT_NONE, "unsigned",
	                   "Bring the program of the node that calls up to this one's.",
	                   "a message of more than 64 KiB is taken only where its headers are signed");
}

int peer_head(Request *rq) {
	Peer peer = {0};
	CallHeaders headers = headers_of(rq);
	CallSigner signer;
	char self[NODE_ID_LEN + 1] = "";
	uint8_t key[PUBLIC_KEY_LEN];
	int code = proxy_check(rq, &peer);
	if (code == 0 && !headers.input.at) return head_unsigned(rq, &headers);
	if (code == 0) code = headers_read(&headers, &signer, rq->error);
	if (code < 0) return code;
	rq->about = arena_printf(rq->arena, "{\"from\":\"%s\"}", signer.from);
	code = self_name(rq, self);
	if (code >= 0 && (code == 0 || !text_is(headers.node, self))) code = other_receiver(rq);
	if (code >= 0) code = node_approved(rq, signer.from, &peer, key);
	if (code == 0) code = headers_verify(rq->arena, &headers, &signer, key, rq->error);
	if (code < 0) return code;
	int64_t apart = signer.created_us - rq->now_us;
	if (apart > CLOCK_APART_US || apart < -CLOCK_APART_US)
		return refuse(rq, "expired",
		              "the call was signed more than ten minutes ago, or the clocks of the two nodes differ",
		              "Set both clocks by NTP.");
	return strcmp(rq->route->action, "cascade.hello") == 0 ? 0 : pin_check(rq, &peer, peer.node.pin);
}

/* --- the message ----------------------------------------------------------------------------------------------------------- */

/* Where the headers were signed (peer_head believed them): this body, by the node that the message names. */
static int body_signed(Request *rq, const Frame *frame) {
	CallHeaders headers = headers_of(rq);
	CallSigner signer;
	if (!headers.input.at) return 0;
	int code = headers_body(rq->arena, &headers, http_body(rq->call), rq->error);
	if (code == 0) code = headers_read(&headers, &signer, rq->error);
	if (code == 0 && strcmp(signer.from, frame->from) != 0) code = other_receiver(rq);
	return code;
}

static int peer_signed(Request *rq, Peer *peer, const char *kind) {
	uint8_t key[PUBLIC_KEY_LEN];
	int code = frame_parse(rq->arena, http_body(rq->call), &peer->frame, rq->error);
	if (code < 0) return code;
	about_frame(rq, &peer->frame);
	code = body_signed(rq, &peer->frame);
	if (code < 0) return code;
	if (strcmp(peer->frame.to, peer->self.fingerprint) != 0 || strcmp(peer->frame.kind, kind) != 0) return other_receiver(rq);
	code = node_approved(rq, peer->frame.from, peer, key);
	if (code == 0) code = frame_verify(&peer->frame, key, rq->error);
	if (code < 0) return code;
	rq->party = node_party(&peer->node);
	return 0;
}

typedef struct Seen {
	const Peer *peer;
	bool hello;
} Seen;

/* A message that asks is taken once: each is younger than the last. */
static int seen_write(Request *w, void *arg) {
	const Seen *seen = arg;
	const Peer *peer = seen->peer;
	int64_t done =
	    db_run(w->db,
	           "UPDATE cascade_node SET seen_us = $2, contact_us = $3, pin = CASE WHEN $4 = '' THEN pin ELSE $4 END,"
	           " error = CASE WHEN url = '' THEN '' ELSE error END WHERE node_id = $1 AND seen_us < $2",
	           BIND(val_int(peer->node.node_id), val_int(peer->frame.at_us), val_int(w->now_us),
	                val_str(seen->hello ? peer->pin : "")));
	if (done == 0)
		return error_field(w->error, ERR_FORBIDDEN, "", TEXT_NONE, "replayed", "Send it anew.",
		                   "the message is not younger than the last one of this node");
	return done < 0 ? (int)done : 0;
}

static int peer_once(Request *rq, const Peer *peer, bool hello) {
	int64_t apart = peer->frame.at_us - rq->now_us;
	Seen seen = {peer, hello};
	if (apart > CLOCK_APART_US || apart < -CLOCK_APART_US)
		return refuse(rq, "clock", "the clocks of the two nodes are more than ten minutes apart",
		              "Set both clocks by NTP.");
	int code = request_write(rq, seen_write, &seen);
	return code < 0 ? code : 0;
}

static int peer_begin(Request *rq, const char *kind, Peer *peer) {
	*peer = (Peer){0};
	int code = proxy_check(rq, peer);
	if (code == 0) code = self_load(rq, &peer->self);
	if (code == 0) code = peer_signed(rq, peer, kind);
	if (code < 0) return code;
	bool hello = strcmp(kind, "hello") == 0;
	const char *pin = hello ? frame_str(&peer->frame, "cert") : peer->node.pin;
	return pin_check(rq, peer, pin);
}

static int answer(Request *rq, Text bytes) {
	rq->content_type = CASCADE_TYPE;
	buf_text(&rq->body, bytes);
	return 0;
}

int hello_header(Request *rq, const Self *self, const Node *node, json_t **out) {
	json_t *wants = NULL, *refused = NULL;
	int code = stream_wants(rq, node, &wants), refusals = stream_refusals(rq, node, &refused);
	*out = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "kind", "hello", "from", self->fingerprint, "to", node->fingerprint,
	                 "name", self->name, "wants", wants, "refused", refused);
	if (code == 0) code = refusals;
	if (code < 0) json_decref(*out);
	return code < 0 ? code : *out ? 0 : fail(rq, ERR_INTERNAL, "the message could not be written");
}

int peer_hello(Request *rq) {
	Peer *peer = ARENA_NEW(rq->arena, Peer);
	json_t *header;
	Buf *frame = ARENA_NEW(rq->arena, Buf);
	buf_in(frame, rq->arena);
	int code = peer_begin(rq, "hello", peer);
	if (code == 0) code = peer_once(rq, peer, true);
	if (code == 0 && !*peer->node.url) /* it pushes: what it cannot send is only known by its word */
		code = stream_refused(rq, &peer->node, json_object_get(peer->frame.header, "refused"));
	if (code == 0) code = hello_header(rq, &peer->self, &peer->node, &header);
	if (code < 0) return code;
	json_object_set_new(header, "at", json_integer((json_int_t)rq->now_us));
	json_object_set_new(header, "re", json_string(peer->frame.digest));
	if (frame_sign(rq->arena, peer->self.key, header, TEXT(""), frame) < 0)
		return fail(rq, ERR_INTERNAL, "the message could not be signed");
	return answer(rq, buf_as_text(frame));
}

int peer_pull(Request *rq) {
	Peer *peer = ARENA_NEW(rq->arena, Peer);
	Have have;
	Text bytes;
	int code = peer_begin(rq, "pull", peer);
	if (code == 0) code = peer_once(rq, peer, false);
	if (code == 0) code = have_read(rq, peer->frame.header, http_body(rq->call), &have);
	if (code == 0) code = out_next(rq, &peer->self, &peer->node, &have, &bytes);
	return code > 0 ? answer(rq, bytes) : code;
}

int peer_batch(Request *rq) {
	Peer *peer = ARENA_NEW(rq->arena, Peer);
	Text receipt;
	int code = peer_begin(rq, "batch", peer);
	if (code == 0) code = in_take(rq, &peer->self, &peer->node, &peer->frame, &receipt);
	return code < 0 ? code : answer(rq, receipt);
}
