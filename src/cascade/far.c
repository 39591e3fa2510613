/* The other nodes' catalogues as they were sent here: table cascade_entry, kept current by the stream "catalog" of each node. */
#include "cascade/internal.h"

static const Member entry_members[] = {
    {"entry", MEMBER_ID},     {"node_id", MEMBER_ID},        {"node_name", MEMBER_TEXT}, {"code", MEMBER_TEXT},
    {"name", MEMBER_TEXT},    {"org_name", MEMBER_TEXT},     {"origin", MEMBER_TEXT},    {"origin_name", MEMBER_TEXT},
    {"sharing", MEMBER_TEXT}, {"row_count", MEMBER_INT},     {"loaded_at", MEMBER_TIME}, {"updated_at", MEMBER_TIME},
    {"stream_id", MEMBER_ID}, {"stream_state", MEMBER_TEXT}, {"resource_id", MEMBER_ID}, {0}};
#define ENTRY_SHOW                                                                                                               \
	"SELECT e.far_id, e.node_id, n.name, e.code, e.name, e.org_name, e.origin, e.origin_name, e.sharing, e.row_count,"       \
	" e.loaded_us, e.updated_us, s.stream_id, s.state, s.resource_id, e.document FROM cascade_entry e JOIN cascade_node n "  \
	"ON"                                                                                                                     \
	" n.node_id = e.node_id LEFT JOIN cascade_stream s ON s.node_id = e.node_id AND s.direction = 'in' AND s.name = "        \
	"'rows/' ||"                                                                                                             \
	" e.far_id WHERE "

static int entry_item(Request *rq, Rows *rows) {
	jw_object(&rq->json);
	row_members(rq, rows, entry_members);
	jw_object_end(&rq->json);
	return 0;
}

int entry_list(Request *rq) {
	Text q = text_trim(in_text(rq, "q"));
	char *word = arena_strndup(rq->arena, q.at ? q.at : "", q.len);
	for (char *at = word; *at; at++)
		if (*at >= 'A' && *at <= 'Z') *at = (char)(*at + 'a' - 'A');
	int limit = in_limit(rq);
	return answer_rows(rq, limit, entry_item,
	                   ENTRY_SHOW
	                   "e.far_id > $1 AND ($2 = 0 OR e.node_id = $2) AND ($3 = '' OR replace(e.words, $3, '') <> e.words)"
	                   " ORDER BY e.far_id, e.node_id LIMIT $4",
	                   BIND(val_int(in_int(rq, "after")), val_int(in_int(rq, "node")), val_str(word), val_int(limit + 1)));
}

int entry_get(Request *rq) {
	Rows *rows;
	int found = db_one(rq->db, &rows, ENTRY_SHOW "e.node_id = $1 AND e.far_id = $2",
	                   BIND(val_int(in_int(rq, "id")), val_int(in_int(rq, "entry"))));
	if (found <= 0)
		return found < 0 ? found
		                 : error_field(rq->error, ERR_NOT_FOUND, "entry", TEXT_NONE, "entry",
		                               "It may have been withdrawn there.", "the other catalogue has no such entry");
	rq->about_subject = in_int(rq, "entry");
	jw_object(&rq->json);
	row_members(rq, rows, entry_members);
	jw_key(&rq->json, "document");
	jw_raw(&rq->json, rows_text(rows, 15));
	jw_object_end(&rq->json);
	db_rest(rq->db);
	return 0;
}
