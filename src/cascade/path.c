/* Where records come from, over several nodes (internal.h): who an entry belongs to, and which nodes it has passed. A circle of
 * nodes (A → B → C → A, or B → C → B with what is A's) ends at the first node that it meets a second time: the sender leaves such
 * entries out, and the receiver refuses them. */
#include "cascade/internal.h"

enum { VIA_MAX = 32 * (NODE_ID_LEN + 1) }; /* nodes on the way */

bool path_has(const char *via, const char *fingerprint) {
	for (const char *at = strstr(via, fingerprint); at; at = strstr(at + 1, fingerprint))
		if ((at == via || at[-1] == ' ') && (at[NODE_ID_LEN] == ' ' || !at[NODE_ID_LEN])) return true;
	return false;
}

/* A path ends with who sends it on. */
static const char *path_to(Arena *arena, const char *origin, const char *via, const char *sender) {
	if (!*via) via = origin;
	return path_has(via, sender) ? via : arena_printf(arena, "%s %s", via, sender);
}

Origin origin_make(Arena *arena, const Self *self, int64_t resource_id, const Origin *came) {
	if (!came || !came->node || !*came->node)
		return (Origin){self->fingerprint, self->name, arena_printf(arena, "%lld", (long long)resource_id),
		                self->fingerprint};
	return (Origin){came->node, came->name, came->entry, path_to(arena, came->node, came->via, self->fingerprint)};
}

int origin_of(Request *rq, const Self *self, int64_t resource_id, Origin *out) {
	Rows *rows;
	Origin came = {0};
	int found = db_one(rq->db, &rows,
	                   "SELECT origin, origin_name, origin_entry, via FROM cascade_stream WHERE resource_id = $1"
	                   " AND direction = 'in' LIMIT 1",
	                   BIND(val_int(resource_id)));
	if (found < 0) return found;
	if (found > 0)
		came = (Origin){rows_str(rows, 0, rq->arena), rows_str(rows, 1, rq->arena), rows_str(rows, 2, rq->arena),
		                rows_str(rows, 3, rq->arena)};
	db_rest(rq->db);
	*out = origin_make(rq->arena, self, resource_id, &came);
	return 0;
}

static const char *member(Arena *arena, const json_t *object, const char *name, size_t most) {
	const char *text = json_string_value(json_object_get(object, name));
	return text && strlen(text) <= most ? arena_strdup(arena, text) : "";
}

Origin origin_read(Arena *arena, const json_t *object, const char *sender) {
	Origin origin = {member(arena, object, "origin", NODE_ID_LEN), member(arena, object, "origin_name", 240),
	                 member(arena, object, "origin_entry", 20), member(arena, object, "via", VIA_MAX)};
	if (!*origin.node) origin.node = sender;
	origin.via = path_to(arena, origin.node, origin.via, sender);
	return origin;
}

int origin_single(Request *w, const Stream *stream) {
	Rows *rows;
	if (!stream->origin_entry || !*stream->origin_entry) return 0;
	int code = db_lock(w->db, "cascade.origin", 0);
	if (code < 0) return code;
	int found =
	    db_one(w->db, &rows,
	           "SELECT n.name FROM cascade_stream s JOIN cascade_node n ON n.node_id = s.node_id WHERE s.origin = $1"
	           " AND s.origin_entry = $2 AND s.direction = 'in' AND s.state = 'active' AND n.state = 'active'"
	           " AND (s.node_id <> $3 OR s.name <> $4) LIMIT 1",
	           BIND(val_str(stream->origin), val_str(stream->origin_entry), val_int(stream->node_id), val_str(stream->name)));
	if (found <= 0) return found;
	return error_field(w->error, ERR_CONFLICT, "entry", TEXT_NONE, "double",
	                   "Stop the stream over the other node first, or use the entry that it lands in.",
	                   "the rows of this entry come here already, over %.*s", TEXT_ARG(rows_text(rows, 0)));
}
