/* The room's routes besides search: status, checkpoints, sealing at once; and the rows of all. Thread: a worker; one request
 * each. */
#include "evidence/parts.h"
#include <dirent.h>
#include <stdlib.h>

static void close_stream(void *stream) {
	stream_close(stream);
}

int evidence_streams(Evidence *evidence, Arena *arena, StreamList *out, Error *error) {
	out->items[0] = evidence->reads;
	out->items[1] = evidence->writes;
	out->count = 2;
	for (int seat = 0; seat < SEATS_MAX; seat++) {
		for (int kind = 0; kind < 2 && seat != evidence->seat; kind++) {
			char name[STREAM_NAME_MAX];
			Error missing = {0};
			Stream *stream;
			snprintf(name, sizeof name, "%c%d.%s", "rw"[kind], seat, evidence -> directory);
			int code = stream_peek(&stream, evidence->root, name, &missing);
			if (code == 0) {
				arena_on_free(arena, close_stream, stream);
				out->items[out->count++] = stream;
			}
		}
	}
	return 0;
}

/* --- status ---------------------------------------------------------------------------------------------------------------- */

static void hex_member(JsonWriter *json, const char *key, const uint8_t *bytes, size_t count) {
	char hex[2 * SIGNATURE_LEN + 1];
	hex_encode(bytes, count, hex);
	jw_kv_str(json, key, hex);
}

/* Heads as published; this process's own as they are now. The count of entries after the last seal is added to *unsealed. */
/* Entries of a stream that the newest checkpoint does not cover. */
static int64_t unsealed_of(const char *name, int64_t count, const Checkpoint *last) {
	const CheckpointHead *sealed = last ? checkpoint_head(last, name) : NULL;
	int64_t rest = count - (sealed ? (int64_t)sealed->count : 0);
	return rest > 0 ? rest : 0;
}

static void stream_write(JsonWriter *json, const char *name, const Head *head, const char *node, const Checkpoint *last,
                         int64_t *unsealed) {
	int64_t rest = unsealed_of(name, (int64_t)head->count, last);
	jw_object(json);
	jw_kv_str(json, "name", name);
	jw_kv_int(json, "count", (int64_t)head->count);
	hex_member(json, "head_hash", head->hash.bytes, DIGEST_LEN);
	jw_kv_time(json, "last_at", time_shown(head->at_us));
	jw_kv_str(json, "node", node);
	jw_kv_int(json, "unsealed", rest);
	jw_object_end(json);
	*unsealed += rest;
}

static int streams_write(Request *rq, const Checkpoint *last, int64_t *unsealed) {
	Evidence *evidence = evidence_of(rq->app);
	Stream *own[] = {evidence->reads, evidence->writes};
	Rows *rows;
	int code =
	    db_query(rq->db, &rows, "SELECT stream, entries, hash, last_at, node FROM evidence_head ORDER BY stream", NO_BIND);
	if (code < 0) return code;
	jw_key(&rq->json, "streams");
	jw_array(&rq->json);
	for (int i = 0; i < 2; i++) {
		Head head = stream_head(own[i]);
		stream_write(&rq->json, stream_name(own[i]), &head, evidence->node, last, unsealed);
	}
	while ((code = rows_next(rows)) > 0) {
		Text name = rows_text(rows, 0);
		if (text_is(name, stream_name(own[0])) || text_is(name, stream_name(own[1]))) continue;
		Head head = {.count = (uint64_t)rows_int(rows, 1), .at_us = rows_int(rows, 3)};
		hex_decode(rows_text(rows, 2), head.hash.bytes, DIGEST_LEN);
		stream_write(&rq->json, text_cstr(rq->arena, name), &head, rows_str(rows, 4, rq->arena), last, unsealed);
	}
	rows_close(rows);
	jw_array_end(&rq->json);
	return code;
}

/* Files put aside by recovery, as they come: each is shown where `show` is set. Their count. */
static int64_t torn_files(Request *rq, bool show) {
	Evidence *evidence = evidence_of(rq->app);
	int64_t count = 0;
	DIR *root = opendir(evidence->root);
	struct dirent *stream, *file;
	while (root && (stream = readdir(root))) {
		char path[PATH_LEN_MAX + 300];
		snprintf(path, sizeof path, "%s/%s", evidence->root, stream->d_name);
		DIR *inner = stream->d_name[0] == '.' ? NULL : opendir(path);
		while (inner && (file = readdir(inner)))
			if (text_ends(text_of(file->d_name), TEXT(".torn"))) {
				count++;
				if (show) jw_str(&rq->json, arena_printf(rq->arena, "%s/%s", stream->d_name, file->d_name));
			}
		if (inner) closedir(inner);
	}
	if (root) closedir(root);
	return count;
}

int evidence_health(Request *rq, EvidenceHealth *out) {
	Evidence *evidence = evidence_of(rq->app);
	Stream *own[] = {evidence->reads, evidence->writes};
	Checkpoint last;
	Rows *rows;
	EvidenceHealth health = {0};
	int have = checkpoint_last(rq->db, rq->arena, &last);
	int code =
	    have < 0 ? have : db_query(rq->db, &rows, "SELECT stream, entries FROM evidence_head ORDER BY stream", NO_BIND);
	if (code < 0) return code;
	for (int i = 0; i < 2; i++)
		health.unsealed += unsealed_of(stream_name(own[i]), (int64_t)stream_head(own[i]).count, have ? &last : NULL);
	while ((code = rows_next(rows)) > 0) {
		Text name = rows_text(rows, 0);
		if (!text_is(name, stream_name(own[0])) && !text_is(name, stream_name(own[1])))
			health.unsealed += unsealed_of(text_cstr(rq->arena, name), rows_int(rows, 1), have ? &last : NULL);
	}
	rows_close(rows);
	if (code < 0) return code;
	health.torn = torn_files(rq, false);
	health.sealed_at = have ? last.at_us : 0;
	*out = health;
	return 0;
}

static int status_get(Request *rq) {
	Evidence *evidence = evidence_of(rq->app);
	Checkpoint last;
	int64_t unsealed = 0, waiting = 0;
	int have = checkpoint_last(rq->db, rq->arena, &last);
	int code = have < 0 ? have : db_int(rq->db, &waiting, "SELECT count(*) FROM evidence_outbox", NO_BIND);
	if (code < 0) return code;
	jw_object(&rq->json);
	code = streams_write(rq, have ? &last : NULL, &unsealed);
	if (code < 0) return code;
	jw_key(&rq->json, "checkpoint");
	if (have) {
		jw_object(&rq->json);
		jw_kv_int(&rq->json, "number", last.number);
		jw_kv_time(&rq->json, "at", last.at_us);
		hex_member(&rq->json, "sha256", last.sha256.bytes, DIGEST_LEN);
		jw_object_end(&rq->json);
	} else {
		jw_null(&rq->json);
	}
	jw_kv_int(&rq->json, "unsealed", unsealed);
	jw_kv_int(&rq->json, "waiting", waiting);
	hex_member(&rq->json, "public_key", evidence->public_key, PUBLIC_KEY_LEN);
	pthread_mutex_lock(&evidence->seal_lock);
	jw_kv_text(&rq->json, "witness", evidence->witness[0] ? text_dup(rq->arena, text_of(evidence->witness)) : TEXT_NONE);
	jw_kv_int(&rq->json, "witnessed", evidence->witnessed > 0 ? evidence->witnessed : 0);
	pthread_mutex_unlock(&evidence->seal_lock);
	jw_key(&rq->json, "torn");
	jw_array(&rq->json);
	torn_files(rq, true);
	jw_array_end(&rq->json);
	jw_object_end(&rq->json);
	return 0;
}

/* --- checkpoints ----------------------------------------------------------------------------------------------------- */

static int checkpoint_write(Request *rq, Text body, Text signature) {
	Checkpoint checkpoint;
	if (checkpoint_parse(rq->arena, text_dup(rq->arena, body), &checkpoint) != 0)
		return fail(rq, ERR_INVALID,
		            "a row of evidence_checkpoint is not a checkpoint: it was changed; compare with checkpoints.jsonl");
	JsonWriter *json = &rq->json;
	jw_object(json);
	jw_kv_int(json, "number", checkpoint.number);
	jw_kv_time(json, "at", checkpoint.at_us);
	hex_member(json, "sha256", checkpoint.sha256.bytes, DIGEST_LEN);
	hex_member(json, "previous", checkpoint.previous.bytes, DIGEST_LEN);
	hex_member(json, "key", checkpoint.key, PUBLIC_KEY_LEN);
	jw_kv_str(json, "node", checkpoint.node);
	jw_kv_int(json, "streams", (int64_t)checkpoint.head_count);
	jw_kv_text(json, "signature", signature);
	jw_kv_text(json, "body", body);
	jw_object_end(json);
	return 0;
}

static int checkpoint_item(Request *rq, Rows *rows) {
	return checkpoint_write(rq, rows_text(rows, 1), rows_text(rows, 2));
}

static int checkpoints_get(Request *rq) {
	int limit = in_limit(rq);
	return answer_rows(
	    rq, limit, checkpoint_item,
	    "SELECT number, body, signature FROM evidence_checkpoint WHERE $1 = 0 OR number < $1 ORDER BY number DESC LIMIT $2",
	    BIND(val_int(in_int(rq, "after")), val_int(limit + 1)));
}

static int seal_post(Request *rq) {
	int64_t number;
	bool made;
	int code = evidence_seal(evidence_of(rq->app), true, &number, &made, rq->error);
	if (code) return code;
	rq->about_subject = number;
	jw_object(&rq->json);
	jw_kv_int(&rq->json, "number", number);
	jw_kv_bool(&rq->json, "made", made);
	jw_object_end(&rq->json);
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------------------------------------- */

static const InputField no_inputs[] = {{0}};
static const InputField search_inputs[] = {
    {"from", IN_QUERY, TYPE_TIME, .doc = "entries at or after this time (ISO 8601)"},
    {"to", IN_QUERY, TYPE_TIME, .doc = "entries at or before this time"},
    {"actor", IN_QUERY, TYPE_TEXT, .max = 64, .doc = "login that acted, exactly"},
    {"action", IN_QUERY, TYPE_TEXT, .max = 64, .doc = "what was done, exactly, e.g. record.read"},
    {"resource", IN_QUERY, TYPE_ID, .doc = "resource it was about"},
    {"status", IN_QUERY, TYPE_INT, .min = 100, .max = 599, .doc = "outcome, as an HTTP status"},
    {"stream", IN_QUERY, TYPE_TEXT, .max = 31, .doc = "only this stream, e.g. w0.5f3a91c2"},
    {"after", IN_QUERY, TYPE_TEXT, .max = 4000, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "entries a page (50)"},
    {0},
};
static const OutputField search_outputs[] = {
    {"items", "EvidenceEntry[]",
     "{at,stream,seq,actor,account_id,org_id,action,resource_id,subject_id,row_count,status,purpose,address,"
     "detail,hash,sealed}, newest first; a page may be short although `next` is given"},
    {"next", "string | null", "cursor of the next page"},
    {"total", "null", "not counted"},
    {0},
};
static const OutputField status_outputs[] = {
    {"streams", "EvidenceStream[]",
     "{name,count,head_hash,last_at,node,unsealed}: live for this process, as last published for others"},
    {"checkpoint", "{number: number, at: string, sha256: string} | null", "the newest"},
    {"unsealed", "number", "entries after the last seal"},
    {"waiting", "number", "writes' entries committed but not yet in their stream"},
    {"public_key", "string", "Ed25519, hex: keep it elsewhere, `yiwang verify` can be given it"},
    {"witness", "string | null", "directory that receives each checkpoint"},
    {"witnessed", "number", "the newest checkpoint there"},
    {"torn", "string[]", "files with what recovery put aside"},
    {0},
};
static const InputField checkpoints_inputs[] = {
    {"after", IN_QUERY, TYPE_ID, .doc = "`next` of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "checkpoints a page (50)"},
    {0},
};
static const OutputField checkpoints_outputs[] = {
    {"items", "EvidenceCheckpoint[]", "{number,at,sha256,previous,key,node,streams,signature,body}, newest first"},
    {"next", "string | null", "cursor of the next page"},
    {0},
};
static const OutputField seal_outputs[] = {
    {"number", "number", "the newest checkpoint"},
    {"made", "boolean", "whether it is new: false when nothing happened since the last"},
    {0},
};
static const InputField export_inputs[] = {
    {"from", IN_BODY, TYPE_TIME, true, .doc = "beginning of the range (rounded out to checkpoints)"},
    {"to", IN_BODY, TYPE_TIME, true, .doc = "end of the range; in the future: with what is not yet sealed"},
    {0},
};

const Route evidence_routes[EVIDENCE_ROUTES] = {
    {"GET", "/api/v1/evidence", PERMIT_AUDIT, LANE_READ, evidence_search, "evidence.search",
     "Search what was done, newest first, over the streams of this state directory.", search_inputs, search_outputs},
    {"GET", "/api/v1/evidence/status", PERMIT_AUDIT, LANE_READ, status_get, "evidence.status",
     "Streams, the last checkpoint, and what is not yet sealed.", no_inputs, status_outputs},
    {"GET", "/api/v1/evidence/checkpoints", PERMIT_AUDIT, LANE_READ, checkpoints_get, "evidence.checkpoints",
     "Signed checkpoints, newest first.", checkpoints_inputs, checkpoints_outputs},
    {"POST", "/api/v1/evidence/seal", PERMIT_AUDIT, LANE_READ, seal_post, "evidence.seal", "Seal now.", no_inputs, seal_outputs},
    {"POST", "/api/v1/evidence/export", PERMIT_AUDIT, LANE_READ, evidence_export_route, "evidence.export",
     "A range as a file that `yiwang verify` checks offline.", export_inputs, NULL, .flags = ROUTE_STREAM},
};
