/* The routes that start loads. Handlers of LANE_WRITE: they check what can be checked without the file, and queue the job. */
#include "exchange/exchange.h"
#include "exchange/source.h"
#include "exchange/load.h"
#include "exchange/upload.h"

int load_may_begin(Request *rq, const Resource *resource) {
	int code = job_alone(rq, resource->resource_id);
	return code < 0 ? code : resource_not_proxied(rq, resource, "be loaded");
}

int load_answer(Request *rq, const Resource *resource, int64_t job_id) {
	rq->about_resource = resource->resource_id;
	rq->about_subject = job_id;
	rq->status = 201;
	rq->location = arena_printf(rq->arena, "/api/v1/jobs/%lld", (long long)job_id);
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "job_id", job_id);
	jw_object_end(&rq->json);
	return 0;
}

/* Either an upload, or a table of a source. */
static int source_given(Request *rq, json_t *args) {
	bool upload = in_has(rq, "upload_id"), table = in_has(rq, "source_id");
	if (upload == table)
		return error_field(rq->error, ERR_INVALID, upload ? "source_id" : "upload_id", TEXT_NONE, "one_source",
		                   "Give upload_id, or source_id with schema and table.",
		                   "a load reads one upload or one table of a source");
	if (upload) {
		Rows *rows;
		/* the row is touched, so that its removal at the same time fails and looks again */
		int found = db_one(rq->db, &rows, "UPDATE upload SET chunks = chunks WHERE upload_id = $1 RETURNING org_id",
		                   BIND(val_int(in_int(rq, "upload_id"))));
		if (found < 0) return found;
		if (!found || rows_int(rows, 0) != rq->party.org_id)
			return error_field(rq->error, ERR_NOT_FOUND, "upload_id", TEXT_NONE, "upload", "Upload the file again.",
			                   "your organisation has no upload %lld", (long long)in_int(rq, "upload_id"));
		json_object_set_new(args, "upload_id",
		                    json_string(arena_printf(rq->arena, "%lld", (long long)in_int(rq, "upload_id"))));
		return 0;
	}
	if (!in_has(rq, "schema") || !in_has(rq, "table"))
		return error_field(rq->error, ERR_INVALID, in_has(rq, "schema") ? "table" : "schema", TEXT_NONE, "required",
		                   "Choose a table of the source.", "a load from a source names schema and table");
	char *url, *name; /* the job runs as the system, which may read every source: whose it is, is asked here */
	int code = db_lock(rq->db, "exchange.source", in_int(rq, "source_id")); /* it is not removed meanwhile */
	if (code == 0) code = source_postgres(rq, in_int(rq, "source_id"), &url, &name);
	if (code < 0) return code;
	json_object_set_new(args, "source_id", json_string(arena_printf(rq->arena, "%lld", (long long)in_int(rq, "source_id"))));
	json_object_set_new(args, "schema", json_string(in_str(rq, "schema")));
	json_object_set_new(args, "table", json_string(in_str(rq, "table")));
	json_object_set_new(args, "place",
	                    json_string(arena_printf(rq->arena, "%s.%s", in_str(rq, "schema"), in_str(rq, "table"))));
	return 0;
}

static int mapping_check(Request *rq, const Resource *resource, const json_t *mapping) {
	const char *name;
	json_t *column;
	json_object_foreach((json_t *)mapping, name, column) {
		if (!resource_field(resource, text_of(name)))
			return error_field(rq->error, ERR_INVALID, "mapping", text_of(name), "unknown_field",
			                   "Use the names of the catalogue entry's fields.", "the entry has no field %s", name);
		if (!json_is_string(column))
			return error_field(rq->error, ERR_INVALID, "mapping", text_of(name), "text",
			                   "Give the column's name as text.", "the column for %s is not a text", name);
	}
	return 0;
}

int load_post(Request *rq) {
	const Resource *resource;
	int64_t job_id;
	json_t *args = json_object(), *mapping = in_json(rq, "mapping");
	const char *const texts[] = {"sheet", "charset", "separator", "watermark_field"};
	bool watermark = text_is(in_text(rq, "mode"), "watermark");
	int code = resource_find(rq, in_int(rq, "id"), &resource);
	if (code == 0) code = resource_own(rq, resource);
	if (code == 0 && action_known(rq->app, "resource.foreign")) { /* what another node keeps current */
		int64_t id = resource->resource_id;
		code = action_run(rq, "resource.foreign", &id);
	}
	if (code == 0) code = source_given(rq, args);
	if (code == 0 && watermark != in_has(rq, "watermark_field"))
		code = error_field(rq->error, ERR_INVALID, "watermark_field", TEXT_NONE, "watermark",
		                   "Choose a column of the table that rises with every change.",
		                   "mode watermark and watermark_field go together");
	if (code == 0 && watermark && !in_has(rq, "source_id"))
		code = error_field(rq->error, ERR_INVALID, "mode", TEXT("watermark"), "watermark",
		                   "Use full or upsert for a file.", "only a table of a source is read by watermark");
	if (code == 0 && !text_is(in_text(rq, "mode"), "full") && resource->needs_full)
		code = error_field(rq->error, ERR_CONFLICT, "mode", in_text(rq, "mode"), "needs_full", "run a full load first",
		                   "The key of %s changed; records can be changed one by one only after a full load",
		                   resource->code);
	if (code == 0) code = mapping_check(rq, resource, mapping);
	if (code == 0) code = load_may_begin(rq, resource);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (in_has(rq, texts[i])) json_object_set_new(args, texts[i], json_string(in_str(rq, texts[i])));
	json_object_set_new(args, "mode", json_string(in_str(rq, "mode")));
	if (mapping) json_object_set(args, "mapping", mapping);
	int64_t source = in_has(rq, "source_id") ? in_int(rq, "source_id") : 0;
	if (code == 0)
		code = job_create_outside(rq, "exchange.load", resource->resource_id, resource->org_id, args, source, &job_id);
	json_decref(args);
	return code < 0 ? code : load_answer(rq, resource, job_id);
}
