/* Nodes: table cascade_node. The data bureau enters an invitation, the security administrator compares the fingerprint with the
 * other side's people and approves; only then does either side answer. A node acts through a service account of its own. */
#include "cascade/internal.h"
#include <ctype.h>
#include <stdio.h>

#define NODE_COLUMNS                                                                                                             \
	"SELECT node_id, org_id, account_id, seen_us, contact_us, fails, version, fingerprint, public_key, name, url, state, "   \
	"pin"                                                                                                                    \
	" FROM cascade_node WHERE "

static int node_take(Request *rq, int found, Rows *rows, Node *out) {
	if (found <= 0) return found;
	Arena *arena = rq->arena;
	*out = (Node){.node_id = rows_int(rows, 0),
	              .org_id = rows_int(rows, 1),
	              .account_id = rows_int(rows, 2),
	              .seen_us = rows_int(rows, 3),
	              .contact_us = rows_int(rows, 4),
	              .fails = rows_int(rows, 5),
	              .version = rows_int(rows, 6),
	              .fingerprint = rows_str(rows, 7, arena),
	              .public_key = rows_str(rows, 8, arena),
	              .name = rows_str(rows, 9, arena),
	              .url = rows_str(rows, 10, arena),
	              .state = rows_str(rows, 11, arena),
	              .pin = rows_str(rows, 12, arena)};
	out->login = arena_printf(arena, "node-%.12s", out->fingerprint);
	db_rest(rq->db);
	return 1;
}

int node_find(Request *rq, int64_t node_id, Node *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, NODE_COLUMNS "node_id = $1", BIND(val_int(node_id)));
	return node_take(rq, found, rows, out);
}

int node_by_name(Request *rq, const char *fingerprint, Node *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, NODE_COLUMNS "fingerprint = $1", BIND(val_str(fingerprint)));
	return node_take(rq, found, rows, out);
}

int node_key(Request *rq, const Node *node, uint8_t out[PUBLIC_KEY_LEN]) {
	return hex_decode(text_of(node->public_key), out, PUBLIC_KEY_LEN) == 0
	           ? 0
	           : fail(rq, ERR_INTERNAL, "the stored key of node %s is damaged", node->name);
}

Party node_party(const Node *node) {
	Party party = {.kind = PARTY_SERVICE,
	               .account_id = node->account_id,
	               .org_id = node->org_id,
	               .permits = PERMIT_BIT(PERMIT_DATA_READ)};
	snprintf(party.login, sizeof party.login, "%s", node->login);
	return party;
}

/* --- list ----------------------------------------------------------------------------------------------------------------- */

static const Member node_members[] = {{"node_id", MEMBER_ID},         {"name", MEMBER_TEXT},
                                      {"fingerprint", MEMBER_TEXT},   {"url", MEMBER_TEXT},
                                      {"state", MEMBER_TEXT},         {"org_id", MEMBER_ID},
                                      {"org_name", MEMBER_TEXT},      {"account_id", MEMBER_ID},
                                      {"account_login", MEMBER_TEXT}, {"proposed_by", MEMBER_TEXT},
                                      {"proposed_at", MEMBER_TIME},   {"approved_by", MEMBER_TEXT},
                                      {"approved_at", MEMBER_TIME},   {"reason", MEMBER_TEXT},
                                      {"contact_at", MEMBER_TIME},    {"tried_at", MEMBER_TIME},
                                      {"fails", MEMBER_INT},          {"next_at", MEMBER_TIME},
                                      {"version", MEMBER_INT},        {"entries", MEMBER_INT},
                                      {"waiting", MEMBER_INT},        {0}};
enum { NODE_ERROR = sizeof node_members / sizeof *node_members - 1 };

static int node_write(Request *rq, Rows *rows) {
	jw_object(&rq->json);
	row_members(rq, rows, node_members);
	Text text = rows_text(rows, NODE_ERROR);
	json_t *error = text.len ? json_loadb(text.at, text.len, 0, NULL) : NULL;
	const char *message = json_string_value(json_object_get(error, "message")),
	           *advice = json_string_value(json_object_get(error, "advice"));
	jw_kv_str(&rq->json, "problem", message_say(rq, message ? arena_strdup(rq->arena, message) : NULL));
	jw_kv_str(&rq->json, "advice", message_say(rq, advice ? arena_strdup(rq->arena, advice) : NULL));
	json_decref(error);
	jw_object_end(&rq->json);
	return 0;
}

int node_list(Request *rq) {
	return answer_rows(
	    rq, 0, node_write,
	    "SELECT n.node_id, n.name, n.fingerprint, n.url, n.state, n.org_id, o.name, n.account_id, a.login, n.proposed_login,"
	    " n.proposed_us, n.approved_login, n.approved_us, n.reason, n.contact_us, n.tried_us, n.fails, n.next_us, n.version,"
	    " (SELECT COUNT(*) FROM cascade_entry e WHERE e.node_id = n.node_id),"
	    " (SELECT COUNT(*) FROM cascade_stream s JOIN cascade_batch b ON b.stream_id = s.stream_id WHERE s.node_id = "
	    "n.node_id"
	    " AND b.body IS NOT NULL), n.error"
	    " FROM cascade_node n LEFT JOIN org o ON o.org_id = n.org_id LEFT JOIN account a ON a.account_id = n.account_id"
	    " ORDER BY n.node_id",
	    NO_BIND);
}

/* --- proposing ------------------------------------------------------------------------------------------------------------ */

typedef struct Invitation {
	Text key, url, name;
	uint8_t bytes[PUBLIC_KEY_LEN];
	char fingerprint[NODE_ID_LEN + 1];
} Invitation;

static Text word_take(Text *rest) {
	*rest = text_trim(*rest);
	const char *blank = rest->len ? memchr(rest->at, ' ', rest->len) : NULL;
	Text word = blank ? (Text){rest->at, (size_t)(blank - rest->at)} : *rest;
	*rest = (Text){rest->at + word.len, rest->len - word.len};
	return word;
}

static int invitation_read(Request *rq, Invitation *out) {
	Text rest = in_text(rq, "invitation");
	bool good = text_is(word_take(&rest), "yiwang-node/1");
	out->key = word_take(&rest);
	out->url = word_take(&rest);
	out->name = text_trim(rest);
	if (text_is(out->url, "-")) out->url = TEXT("");
	good = good && out->key.len == 2 * PUBLIC_KEY_LEN && hex_decode(out->key, out->bytes, PUBLIC_KEY_LEN) == 0 &&
	       utf8_count(out->name) >= 1 && utf8_count(out->name) <= 60 &&
	       (out->url.len == 0 || text_starts(out->url, TEXT("https://")));
	if (!good)
		return error_field(rq->error, ERR_INVALID, "invitation", TEXT_NONE, "invitation",
		                   "Copy the whole line from the other node's page.",
		                   "that is no invitation of a node: yiwang-node/1, key, https address or -, name");
	node_name(out->bytes, out->fingerprint);
	return 0;
}

static int not_self(Request *rq, const Invitation *invitation) {
	int64_t own = 0;
	int found = db_int(rq->db, &own, "SELECT id FROM cascade_self WHERE public_key = $1",
	                   BIND(val_str(text_cstr(rq->arena, invitation->key))));
	if (found <= 0) return found;
	return error_field(rq->error, ERR_INVALID, "invitation", TEXT_NONE, "own", "Take the other node's line.",
	                   "that is this node's own invitation");
}

static int org_there(Request *rq) {
	int64_t org = 0;
	int found = db_int(rq->db, &org, "SELECT org_id FROM org WHERE org_id = $1", BIND(val_int(in_int(rq, "org_id"))));
	if (found != 0) return found < 0 ? found : 0;
	return error_field(rq->error, ERR_NOT_FOUND, "org_id", TEXT_NONE, "org",
	                   "Have the system administrator add the other side as an organisation.",
	                   "there is no such organisation");
}

int node_post(Request *rq) {
	Invitation invitation;
	int code = invitation_read(rq, &invitation);
	if (code == 0) code = not_self(rq, &invitation);
	if (code == 0) code = org_there(rq);
	if (code < 0) return code;
	int64_t id = store_new_id(rq->store), done = 0;
	const char *url = in_int(rq, "dial") ? text_cstr(rq->arena, invitation.url) : "";
	if (in_int(rq, "dial") && !*url)
		return error_field(rq->error, ERR_INVALID, "dial", TEXT_NONE, "url",
		                   "Let the other side call, or have it enter its address in the setting cascade.url.",
		                   "the invitation names no address, so this node cannot call it");
	/* one that was revoked may be proposed anew */
	done = db_run(
	    rq->db,
	    "INSERT INTO cascade_node (node_id, fingerprint, public_key, name, url, state, org_id, account_id, proposed_login,"
	    " proposed_us, approved_login, approved_us, reason, pin, seen_us, contact_us, tried_us, fails, next_us, error,"
	    " version) VALUES ($1, $2, $3, $4, $5, 'proposed', $6, 0, $7, $8, '', 0, '', '', 0, 0, 0, 0, 0, '', 1)"
	    " ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, url = excluded.url, state = 'proposed',"
	    " org_id = excluded.org_id, proposed_login = excluded.proposed_login, proposed_us = excluded.proposed_us,"
	    " reason = '', error = '', version = cascade_node.version + 1 WHERE cascade_node.state = 'revoked'",
	    BIND(val_int(id), val_str(invitation.fingerprint), val_str(text_cstr(rq->arena, invitation.key)),
	         val_text(text_dup(rq->arena, invitation.name)), val_str(url), val_int(in_int(rq, "org_id")),
	         val_str(rq->party.login), val_int(rq->now_us)));
	if (done == 0)
		return error_field(rq->error, ERR_CONFLICT, "invitation", TEXT_NONE, "unique",
		                   "Look for it in the list of nodes.", "this node is in the list already");
	if (done < 0) return (int)done;
	Node node;
	int found = node_by_name(rq, invitation.fingerprint, &node);
	if (found <= 0) return found < 0 ? found : ERR_INTERNAL;
	rq->about_subject = node.node_id;
	rq->about = arena_printf(rq->arena, "{\"node\":\"%s\"}", node.fingerprint);
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "node_id", node.node_id);
	jw_kv_str(&rq->json, "fingerprint", node.fingerprint);
	jw_object_end(&rq->json);
	return 0;
}

/* --- approving, revoking -------------------------------------------------------------------------------------------------- */

static int node_there(Request *rq, Node *node) {
	int found = node_find(rq, in_int(rq, "id"), node);
	if (found > 0) {
		rq->about_subject = node->node_id;
		rq->about = arena_printf(rq->arena, "{\"node\":\"%s\"}", node->fingerprint);
		return 0;
	}
	return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "there is no node %lld", (long long)in_int(rq, "id"));
}

/* As people read it out: blanks and dashes between, capitals or not. */
static bool fingerprint_same(Text typed, const char *fingerprint) {
	for (size_t i = 0; i < typed.len; i++) {
		if (typed.at[i] == ' ' || typed.at[i] == '-') continue;
		if (!*fingerprint || tolower((unsigned char)typed.at[i]) != *fingerprint) return false;
		fingerprint++;
	}
	return *fingerprint == 0;
}

static int account_make(Request *rq, Node *node) {
	int64_t there = 0;
	int found = db_int(rq->db, &there, "SELECT account_id FROM account WHERE login = $1", BIND(val_str(node->login)));
	node->account_id = there;
	if (found != 0) return found < 0 ? found : 0;
	return account_create(rq, node->login, node->name, node->org_id, "service", NULL, false, &node->account_id);
}

int node_approve(Request *rq) {
	Node node;
	int code = node_there(rq, &node);
	if (code < 0) return code;
	if (strcmp(node.state, "proposed") != 0)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "state", "Read the list again.",
		                   "the node does not wait for approval");
	if (!fingerprint_same(in_text(rq, "fingerprint"), node.fingerprint))
		return error_field(
		    rq->error, ERR_INVALID, "fingerprint", in_text(rq, "fingerprint"), "fingerprint",
		    "Have the other side read its fingerprint out from its own page; do not approve when they differ.",
		    "this is not the fingerprint of the invitation");
	code = account_make(rq, &node);
	if (code < 0) return code;
	int64_t done =
	    db_run(rq->db,
	           "UPDATE cascade_node SET state = 'active', account_id = $2, approved_login = $3, approved_us = $4,"
	           " fails = 0, next_us = 0, error = '', version = version + 1 WHERE node_id = $1",
	           BIND(val_int(node.node_id), val_int(node.account_id), val_str(rq->party.login), val_int(rq->now_us)));
	if (done < 0) return (int)done;
	Stream catalog;
	int found = stream_named(rq, node.node_id, false, CATALOG_STREAM, &catalog);
	if (found != 0) return found < 0 ? found : 0;
	catalog = (Stream){.node_id = node.node_id,
	                   .name = CATALOG_STREAM,
	                   .title = "",
	                   .code = "",
	                   .origin = node.fingerprint,
	                   .origin_name = node.name};
	return stream_make(rq, &catalog);
}

int node_revoke(Request *rq) {
	Node node;
	int code = node_there(rq, &node);
	if (code < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE cascade_node SET state = 'revoked', reason = $2, error = '', version = version + 1"
	                      " WHERE node_id = $1 AND state <> 'revoked'",
	                      BIND(val_int(node.node_id), val_text(in_text(rq, "reason"))));
	if (done == 0)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "state", "Read the list again.",
		                   "the node is revoked already");
	if (done >= 0) done = db_run(rq->db, "DELETE FROM cascade_entry WHERE node_id = $1", BIND(val_int(node.node_id)));
	if (done >= 0) /* nothing waits for it any more; when it comes back, it begins anew */
		done =
		    db_run(rq->db,
		           "UPDATE cascade_batch SET body = NULL WHERE body IS NOT NULL AND stream_id IN (SELECT stream_id FROM"
		           " cascade_stream WHERE node_id = $1 AND direction = 'out')",
		           BIND(val_int(node.node_id)));
	if (done >= 0)
		done = db_run(rq->db,
		              "UPDATE cascade_stream SET phase = 'begin', seq = CASE WHEN direction = 'in' THEN 0 ELSE seq END,"
		              " digest = CASE WHEN direction = 'in' THEN '' ELSE digest END WHERE node_id = $1"
		              " AND (direction = 'out' OR name = 'catalog')",
		              BIND(val_int(node.node_id)));
	if (done >= 0)
		done = db_run(rq->db,
		              "DELETE FROM feed_cursor WHERE reader IN (SELECT 'cascade-' || stream_id FROM cascade_stream WHERE"
		              " node_id = $1)",
		              BIND(val_int(node.node_id)));
	return done < 0 ? (int)done : 0;
}

static int contact_write(Request *w, void *arg) {
	const Node *node = arg;
	int64_t done = db_run(w->db, "UPDATE cascade_node SET next_us = 0 WHERE node_id = $1", BIND(val_int(node->node_id)));
	if (done >= 0)
		done = db_run(w->db, "UPDATE cascade_stream SET next_us = 0 WHERE node_id = $1", BIND(val_int(node->node_id)));
	return done < 0 ? (int)done : 0;
}

int node_contact(Request *rq) {
	Node node;
	int code = node_there(rq, &node);
	if (code == 0 && (strcmp(node.state, "active") != 0 || !*node.url))
		code = error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "state",
		                   "The other side calls, or it is not approved.", "this node does not call that one");
	if (code == 0) code = request_write(rq, contact_write, &node);
	if (code < 0) return code;
	caller_wake(rq->app);
	return 0;
}
