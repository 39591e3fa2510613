/* The room's rows: routes, job, settings, module. */
#include "cascade/internal.h"

static const InputField node_id_inputs[] = {ID_PATH("node"), {0}};
static const InputField node_inputs[] = {
    {"invitation", IN_BODY, TYPE_TEXT, true, .min = 80, .max = 500, .doc = "the line from the other node's page"},
    {"org_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "organisation of this node that stands for the other one"},
    {"dial", IN_BODY, TYPE_BOOL, true, .doc = "this node calls the other one; else it waits to be called"},
    {0},
};
static const InputField approve_inputs[] = {
    ID_PATH("node"),
    {"fingerprint", IN_BODY, TYPE_TEXT, true, .min = 32, .max = 60, .doc = "as the other side's people read it out"},
    {0},
};
static const InputField revoke_inputs[] = {
    ID_PATH("node"), {"reason", IN_BODY, TYPE_TEXT, true, .min = 2, .max = 500, .doc = "why"}, {0}};
static const InputField entries_inputs[] = {
    {"q", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "part of name, code, organisation, summary, keyword or field title"},
    {"node", IN_QUERY, TYPE_ID, .min = 1, .doc = "only this node's"},
    {"after", IN_QUERY, TYPE_ID, .min = 1, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "entries a page, 50 when absent"},
    {0},
};
static const InputField entry_inputs[] = {
    ID_PATH("node"), {"entry", IN_PATH, TYPE_ID, true, .min = 1, .doc = "entry, as the other node numbers it"}, {0}};
static const InputField streams_inputs[] = {{"node", IN_QUERY, TYPE_ID, .min = 1, .doc = "only this node's"}, {0}};
static const InputField stream_id_inputs[] = {ID_PATH("stream"), {0}};
static const InputField stream_inputs[] = {
    {"node", IN_BODY, TYPE_ID, true, .min = 1, .doc = "node"},
    {"entry", IN_BODY, TYPE_ID, true, .min = 1, .doc = "entry of its catalogue"},
    {"org_id", IN_BODY, TYPE_ID, true, .min = 1, .doc = "organisation of this node that keeps the records here"},
    {0},
};

static const OutputField self_outputs[] = {
    {"name", "string", "setting cascade.name"},
    {"url", "string", "setting cascade.url: where others call this node"},
    {"fingerprint", "string", "of this node's key; read it out to the other side"},
    {"invitation", "string | null", "line for the other side; null while the node has no name"},
    {"certificate_until", "string | null", "when the certificate for calls to others ends; null: there is none"},
    {"problem", "string | null", "why this node cannot call others"},
    {"advice", "string | null", "what to do"},
    {0},
};
#define NODE_TS                                                                                                                  \
	"{node_id: string; name: string; fingerprint: string; url: string; state: \"proposed\" | \"active\" | \"revoked\"; "     \
	"org_id: "                                                                                                               \
	"string; org_name: string | null; account_id: string | null; account_login: string | null; proposed_by: string; "        \
	"proposed_at: string; approved_by: string; approved_at: string | null; reason: string; contact_at: string | null; "      \
	"tried_at: string | null; fails: number; next_at: string | null; version: number; entries: number; waiting: number; "    \
	"problem: string | null; advice: string | null}[]"
static const OutputField nodes_outputs[] = {
    {"items", NODE_TS, "contact_at: last good one; waiting: batches not yet taken over; problem: of the last call that failed"},
    ONE_PAGE,
    {0}};
static const OutputField node_outputs[] = {
    {"node_id", "string", "node"}, {"fingerprint", "string", "compare it with the other side's people"}, {0}};
#define ENTRY_TS                                                                                                                 \
	"{entry: string; node_id: string; node_name: string; code: string; name: string; org_name: string; origin: string; "     \
	"origin_name: string; sharing: string; row_count: number; loaded_at: string | null; updated_at: string; stream_id: "     \
	"string "                                                                                                                \
	"| null; stream_state: string | null; resource_id: string | null}[]"
static const OutputField entries_outputs[] = {
    {"items", ENTRY_TS, "resource_id: the entry here that its rows land in"}, {"next", "string | null", "for `after`"}, {0}};
static const OutputField entry_outputs[] = {
    {"entry", "string", "as the other node numbers it"},
    {"node_id", "string", "node"},
    {"node_name", "string", "its name"},
    {"code", "string", "code there"},
    {"name", "string", "name"},
    {"org_name", "string", "organisation there"},
    {"origin", "string", "fingerprint of the node the records come from"},
    {"origin_name", "string", "its name"},
    {"sharing", "string", "sharing type"},
    {"row_count", "number", "records there"},
    {"loaded_at", "string | null", "last load there"},
    {"updated_at", "string", "when this line came"},
    {"stream_id", "string | null", "stream of its rows to here"},
    {"stream_state", "string | null", "its state"},
    {"resource_id", "string | null", "entry here that its rows land in"},
    {"document", "Record<string, unknown>", "the entry's document"},
    {0},
};
#define STREAM_MEMBERS                                                                                                           \
	{"stream_id", "string", "stream"}, {"node_id", "string", "the other node"}, {"node_name", "string", "its name"},         \
	    {"direction", "\"in\" | \"out\"", "from or to the other node"},                                                      \
	    {"name", "string", "catalog, or rows/ and the entry at the sender"}, {"title", "string", "name of the entry"},       \
	    {"state", "\"active\" | \"stopped\"", "state"}, {"resource_id", "string | null", "entry here"},                      \
	    {"phase", "\"begin\" | \"full\" | \"changes\"", "all rows first, then what changes"},                                \
	    {"seq", "number", "last batch made (out) or kept (in)"},                                                             \
	    {"done", "number", "last batch the other side has (out) or loaded here (in)"},                                       \
	    {"waiting", "number", "batches not yet taken over"}, {"row_count", "number", "rows since the last full run began"},  \
	    {"origin", "string", "fingerprint of the node the records come from"}, {"origin_name", "string", "its name"},        \
	    {"moved_at", "string | null", "last batch"}, {"job_id", "string | null", "last load"},                               \
	    {"job_state", "string | null", "its state"},                                                                         \
	    {"feed_behind", "number", "entries of the feed not yet looked at (out)"},                                            \
	    {"loaded", "number", "last batch that is loaded and reconciled at the receiver"}, {"version", "number", "rises"},    \
	    {"problem", "string | null", "what went wrong last"}, {                                                              \
		"advice", "string | null", "what to do"                                                                          \
	}
static const OutputField stream_outputs[] = {
    STREAM_MEMBERS,
    {"batches",
     "{seq: number; digest: string; row_count: number; removed: number; rows_digest: string; made_at: string; done_at: string | "
     "null; kept: boolean; receipt: string}[]",
     "last 20, newest first; receipt: the receiver's signed word for it"},
    {0}};
static const OutputField streams_outputs[] = {{"items", "CascadeStreamOutput[]", "by age, without batches"}, ONE_PAGE, {0}};
static const OutputField stream_made_outputs[] = {{"stream_id", "string", "stream"}, {0}};

#define PEER_FLAGS ROUTE_OWN_BODY | ROUTE_PERSONAL
static const Route routes[] = {
    {"GET", "/api/v1/cascade/self", PERMIT_CASCADE, LANE_READ, self_get, "cascade.self",
     "This node as others know it, with the line that invites another one.", NULL, self_outputs, 0, ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/cascade/nodes", PERMIT_CASCADE, LANE_READ, node_list, "cascade.nodes",
     "Other nodes with their state, last contact and last error.", NULL, nodes_outputs, 0, ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/cascade/nodes", PERMIT_CATALOG_REVIEW, LANE_WRITE, node_post, "cascade.propose",
     "Enters another node's invitation; the security administrator approves it.", node_inputs, node_outputs},
    {"POST", "/api/v1/cascade/nodes/{id}/approve", PERMIT_SECURITY, LANE_WRITE, node_approve, "cascade.approve",
     "Approves a node whose fingerprint was compared; gives it a service account.", approve_inputs, NULL},
    {"POST", "/api/v1/cascade/nodes/{id}/revoke", PERMIT_SECURITY, LANE_WRITE, node_revoke, "cascade.revoke",
     "Nothing is given to or taken from the node any more; its catalogue goes.", revoke_inputs, NULL},
    {"POST", "/api/v1/cascade/nodes/{id}/contact", PERMIT_CASCADE, LANE_READ, node_contact, "cascade.contact",
     "Calls the node now instead of at the next turn.", node_id_inputs, NULL},
    {"GET", "/api/v1/cascade/entries", PERMIT_CATALOG_READ, LANE_READ, entry_list, "cascade.entries",
     "Entries of the other nodes' catalogues.", entries_inputs, entries_outputs},
    {"GET", "/api/v1/cascade/nodes/{id}/entries/{entry}", PERMIT_CATALOG_READ, LANE_READ, entry_get, "cascade.entry",
     "One entry of another node's catalogue.", entry_inputs, entry_outputs},
    {"GET", "/api/v1/cascade/streams", PERMIT_CASCADE, LANE_READ, stream_all, "cascade.streams",
     "Streams to and from other nodes.", streams_inputs, streams_outputs, 0, ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/cascade/streams", PERMIT_CATALOG_REVIEW, LANE_WRITE, stream_post, "cascade.ask",
     "Asks for the rows of an entry; they come as far as the other side grants them, into an entry made here.", stream_inputs,
     stream_made_outputs},
    {"GET", "/api/v1/cascade/streams/{id}", PERMIT_CASCADE, LANE_READ, stream_get, "cascade.stream",
     "One stream with its last batches and receipts.", stream_id_inputs, stream_outputs},
    {"POST", "/api/v1/cascade/streams/{id}/stop", PERMIT_CATALOG_REVIEW, LANE_WRITE, stream_stop, "cascade.stop",
     "Takes no more rows; what is here stays.", stream_id_inputs, NULL},
    {"POST", "/api/v1/cascade/streams/{id}/restart", PERMIT_CATALOG_REVIEW, LANE_WRITE, stream_restart, "cascade.restart",
     "Takes everything anew from the beginning.", stream_id_inputs, NULL},
    {"POST", "/api/v1/cascade/peer/hello", PERMIT_OPEN, LANE_READ, peer_hello, "cascade.hello",
     "Between nodes: a signed message that begins a round; answered signed.", NULL, NULL, FRAME_HEADER_MAX,
     PEER_FLAGS | ROUTE_NO_EVIDENCE, peer_head},
    {"POST", "/api/v1/cascade/peer/pull", PERMIT_OPEN, LANE_READ, peer_pull, "cascade.pull",
     "Between nodes: asks, signed, for the next batch of a stream; 204 when there is none.", NULL, NULL, FRAME_HEADER_MAX,
     PEER_FLAGS | ROUTE_NO_EVIDENCE, peer_head},
    {"POST", "/api/v1/cascade/peer/batch", PERMIT_OPEN, LANE_READ, peer_batch, "cascade.batch",
     "Between nodes: brings a signed batch; answered with the signed receipt, the same one each time.", NULL, NULL, FRAME_MAX,
     PEER_FLAGS, peer_head},
};

static const Action actions[] = {{"resource.foreign", action_foreign}};

static const Chore chores[] = {{"cascade.batches", 1440, batches_chore}, {"cascade.cursors", 1440, cursors_chore}};

static const JobKind jobs[] = {{"cascade.load", cascade_load_run, .changes = true}};

static bool url_good(Text value) {
	return value.len == 0 || (text_starts(value, TEXT("https://")) && value.len > 8 && !memchr(value.at, ' ', value.len));
}

static bool name_good(Text value) {
	return utf8_count(value) <= 60;
}

static const Setting settings[] = {
    {"cascade.name", "", "Name of this node for others, at most 60 characters; without one it invites nobody", .good = name_good,
     .advice = "Give at most 60 characters."},
    {"cascade.url", "",
     "Address where other nodes call this one, behind a proxy that checks their certificate; empty: nobody calls",
     .good = url_good, .advice = "Give an address that begins with https://, or nothing."},
    {"cascade.keep_days", "400", "Days for which numbers, digests and receipts of batches are kept once they are done", 30,
     36600},
    {"cascade.seconds", "15", "Seconds between two rounds with a node that answers", 1, 3600},
};

const Module cascade_module = {
    .name = "cascade",
    ROWS_OF(route, routes),
    ROWS_OF(migration, cascade_migrations),
    ROWS_OF(action, actions),
    ROWS_OF(job, jobs),
    ROWS_OF(chore, chores),
    ROWS_OF(setting, settings),
    .start = caller_start,
    .stop = caller_stop,
};
