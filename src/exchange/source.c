/* Sources: table source and looking into a PostgreSQL database. LANE_READ workers. */
#include "exchange/source.h"
#include "exchange/address.h"
#include "exchange/delivery_target.h"
#include "exchange/proxy.h"
#include "exchange/reader.h"
#include "exchange/target.h"

int source_url(Request *rq, int64_t source_id, char **url, char **name) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows, "SELECT url_locked, org_id, name FROM source WHERE source_id = $1", BIND(val_int(source_id)));
	if (found < 0) return found;
	bool mine = found && (rq->party.kind == PARTY_SYSTEM || party_may(&rq->party, PERMIT_SYSTEM) || rows_int(rows, 1) == 0 ||
	                      rows_int(rows, 1) == rq->party.org_id);
	if (!mine)
		return error_field(rq->error, ERR_NOT_FOUND, "source_id", TEXT_NONE, "source",
		                   "Ask the system administrator to set it up.", "your organisation has no source %lld",
		                   (long long)source_id);
	*name = rows_str(rows, 2, rq->arena);
	*url = secret_unlock(rq->arena, app_secret(rq->app), rows_text(rows, 0));
	return *url ? 0
	            : fail(rq, ERR_INTERNAL, "source %s was stored under another installation key: enter its address again",
	                   *name);
}

static bool is_odbc(const char *url) {
	return strncasecmp(url, "odbc:", 5) == 0;
}

int source_postgres(Request *rq, int64_t source_id, char **url, char **name) {
	int code = source_url(rq, source_id, url, name);
	if (code < 0 || !is_odbc(*url)) return code;
	return error_field(rq->error, ERR_CONFLICT, "source_id", text_of(*name), "source_kind",
	                   "Connect the table as proxied, or load a file.",
	                   "records are loaded from PostgreSQL sources; %s is reached by ODBC", *name);
}

/* --- routes -------------------------------------------------------------------------------------------------------------- */

int source_list(Request *rq) {
	static const Member members[] = {{"source_id", MEMBER_ID},
	                                 {"name", MEMBER_TEXT},
	                                 {"kind", MEMBER_TEXT},
	                                 {"place", MEMBER_TEXT},
	                                 {"org_id", MEMBER_ID},
	                                 {"version", MEMBER_INT},
	                                 {0}};
	int64_t org = party_may(&rq->party, PERMIT_SYSTEM) ? -1 : rq->party.org_id;
	return answer_list(
	    rq, members,
	    "SELECT source_id, name, kind, place, org_id, version FROM source WHERE $1 = -1 OR org_id = 0 OR org_id = $1"
	    " ORDER BY name",
	    BIND(val_int(org)));
}

static int address_place(Request *rq, const char *url, char **place) {
	return is_odbc(url) ? delivery_odbc.place(rq, url, place) : postgres_place(rq, url, place);
}

static int name_taken(Request *rq) {
	error_clear(rq->error);
	return error_field(rq->error, ERR_CONFLICT, "name", in_text(rq, "name"), "unique", "Choose another name.",
	                   "there is a source of this name");
}

static int answer(Request *rq, int64_t id, const char *place) {
	rq->about_subject = id;
	changed_about(rq, in_text(rq, "name"), place);
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "source_id", id);
	jw_kv_str(&rq->json, "place", place);
	jw_object_end(&rq->json);
	return 0;
}

int source_post(Request *rq) {
	char *place = NULL, *url = in_str(rq, "url");
	int code = address_place(rq, url, &place);
	if (code < 0) return code;
	int64_t id = store_new_id(rq->store);
	char *locked = secret_lock(rq->arena, app_secret(rq->app), text_of(url));
	if (!locked) return fail(rq, ERR_INTERNAL, "the address could not be locked");
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO source (source_id, name, kind, place, url_locked, org_id, created_us, version)"
	           " VALUES ($1, $2, $7, $3, $4, $5, $6, 1)",
	           BIND(val_int(id), val_text(in_text(rq, "name")), val_str(place), val_str(locked),
	                val_int(in_int(rq, "org_id")), val_int(rq->now_us), val_str(is_odbc(url) ? "odbc" : "postgres")));
	if (done < 0) return done == ERR_CONFLICT ? name_taken(rq) : (int)done;
	rq->status = 201;
	return answer(rq, id, place);
}

/* Entries whose records are read there, and loads under way. */
static int uses_of(Request *rq, int64_t source_id, Uses *out) {
	return uses_read(rq,
	                 "SELECT 'proxy', p.resource_id, p.resource_id, p.schema_name || '.' || p.table_name FROM proxy p WHERE"
	                 " p.source_id = $1 UNION ALL SELECT 'load', j.job_id, j.resource_id, '' FROM job j WHERE j.outside = $1"
	                 " AND j.state IN ('queued', 'running') LIMIT $2",
	                 source_id, out);
}

/* Columns of proxied entries were bound in its dialect; departments whose entries stay there keep it. */
static int change_fits(Request *rq, const Kept *kept, const char *url, const Uses *uses) {
	const ProxyDialect *was = NULL, *now = NULL;
	int64_t org = in_has(rq, "org_id") ? in_int(rq, "org_id") : 0;
	int code = proxy_dialect_of(rq, url, &now);
	if (code == 0 && kept->url && proxy_dialect_of(rq, kept->url, &was) < 0) error_clear(rq->error);
	bool other = was && now != was, away = org != 0 && org != kept->org_id;
	if (code < 0 || uses->count == 0 || (!other && !away)) return code;
	return error_field(rq->error, ERR_CONFLICT, other ? "url" : "org_id", TEXT_NONE, "in_use",
	                   "End the proxying of these entries first, or register another source.",
	                   "kind of database and organisation stay while entries use the source: %s", uses_text(rq, uses));
}

int source_change(Request *rq) {
	int64_t id = rq->about_subject = in_int(rq, "id");
	bool moved = in_has(rq, "url") || no_secret(rq);
	Kept kept;
	BareAddress bare;
	Uses *uses = ARENA_NEW(rq->arena, Uses);
	int code = db_lock(rq->db, "exchange.source", id);
	if (code == 0) code = source_kept(rq, id, &kept);
	if (code == 0 && kept.version != in_int(rq, "version")) code = address_changed(rq);
	if (code == 0) code = uses_of(rq, id, uses);
	if (code < 0) return code;
	address_bare(rq, kept.url, &bare);
	char *url = in_has(rq, "url") ? in_str(rq, "url") : moved ? arena_strdup(rq->arena, bare.url) : kept.url;
	char *place = kept.place, *locked = NULL;
	if (moved) code = address_keep(rq, kept.url, &url);
	if (code == 0 && moved) code = address_place(rq, url, &place);
	if (code == 0 && url) code = change_fits(rq, &kept, url, uses);
	if (code < 0) return code;
	if (moved && !(locked = secret_lock(rq->arena, app_secret(rq->app), text_of(url))))
		return fail(rq, ERR_INTERNAL, "the address could not be locked");
	int64_t done = db_run(rq->db,
	                      "UPDATE source SET name = $2, kind = $3, place = $4, url_locked = COALESCE($5, url_locked),"
	                      " org_id = $6, version = version + 1 WHERE source_id = $1",
	                      BIND(val_int(id), val_text(in_text(rq, "name")),
	                           val_str(!moved         ? kept.kind
	                                   : is_odbc(url) ? "odbc"
	                                                  : "postgres"),
	                           val_str(place), val_str(locked), val_int(in_has(rq, "org_id") ? in_int(rq, "org_id") : 0)));
	if (done < 0) return done == ERR_CONFLICT ? name_taken(rq) : (int)done;
	code = generation_bump(rq->db); /* bindings were read with the dialect of the address before */
	return code < 0 ? code : answer(rq, id, place);
}

int source_remove(Request *rq) {
	int64_t id = rq->about_subject = in_int(rq, "id");
	Kept kept;
	Uses *uses = ARENA_NEW(rq->arena, Uses);
	int code = db_lock(rq->db, "exchange.source", id);
	if (code == 0) code = source_kept(rq, id, &kept);
	if (code == 0 && kept.version != in_int(rq, "version")) code = address_changed(rq);
	if (code == 0) code = uses_of(rq, id, uses);
	if (code < 0) return code;
	if (uses->count > 0)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "in_use",
		                   "End the proxying of these entries first, and wait for loads under way or cancel them.",
		                   "entries use the source: %s", uses_text(rq, uses));
	changed_about(rq, text_of(kept.name), kept.place);
	int64_t done = db_run(rq->db, "DELETE FROM load_watermark WHERE source_id = $1", BIND(val_int(id)));
	if (done >= 0) done = db_run(rq->db, "DELETE FROM source WHERE source_id = $1", BIND(val_int(id)));
	return done < 0 ? (int)done : 0;
}

int source_show(Request *rq) {
	Kept kept;
	BareAddress bare;
	Uses *uses = ARENA_NEW(rq->arena, Uses);
	int code = source_kept(rq, in_int(rq, "id"), &kept);
	if (code == 0) code = uses_of(rq, in_int(rq, "id"), uses);
	if (code < 0) return code;
	address_bare(rq, kept.url, &bare);
	rq->about_subject = in_int(rq, "id");
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "source_id", in_int(rq, "id"));
	jw_kv_str(&rq->json, "name", kept.name);
	jw_kv_str(&rq->json, "kind", kept.kind);
	jw_kv_str(&rq->json, "place", kept.place);
	jw_kv_id(&rq->json, "org_id", kept.org_id);
	jw_kv_int(&rq->json, "version", kept.version);
	jw_kv_str(&rq->json, "url", bare.url);
	jw_kv_bool(&rq->json, "secret", bare.secret);
	uses_write(rq, uses);
	jw_object_end(&rq->json);
	return 0;
}

int source_test(Request *rq) {
	char *url, *name;
	const char *version;
	int code = source_url(rq, in_int(rq, "id"), &url, &name);
	if (code == 0)
		code = is_odbc(url) ? delivery_odbc.test(rq, target_folder(rq), url, &version)
		                    : postgres_test(rq->arena, url, &version, rq->error);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "server", version);
	jw_object_end(&rq->json);
	return 0;
}

static void json_free(void *object) {
	json_decref(object);
}

int source_tables(Request *rq) {
	char *url, *name;
	json_t *tables;
	const ProxyDialect *dialect;
	int code = source_url(rq, in_int(rq, "id"), &url, &name);
	if (code == 0) code = proxy_dialect_of(rq, url, &dialect);
	if (code == 0 && dialect->odbc && (code = request_elsewhere(rq)) == 0)
		code = odbc_proxy_tables(rq, in_int(rq, "id"), dialect, &tables);
	else if (code == 0)
		code = postgres_tables(rq->arena, url, &tables, rq->error);
	if (code < 0) return code;
	arena_on_free(rq->arena, json_free, tables);
	char *text = json_dumps(tables, JSON_COMPACT);
	arena_on_free(rq->arena, free, text);
	jw_object(&rq->json);
	jw_key(&rq->json, "items");
	jw_raw(&rq->json, text_of(text));
	jw_kv_str(&rq->json, "next", NULL);
	jw_object_end(&rq->json);
	return 0;
}
