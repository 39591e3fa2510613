/* Sources: table source and looking into a PostgreSQL database. LANE_READ workers. */
#include "exchange/source.h"
#include "exchange/delivery_target.h"
#include "exchange/proxy.h"
#include "exchange/reader.h"
#include "exchange/target.h"
#include <libpq-fe.h>

static void conninfo_free(void *object) {
	PQconninfoFree(object);
}

static const char *conninfo_value(const PQconninfoOption *options, const char *keyword) {
	for (; options->keyword; options++)
		if (strcmp(options->keyword, keyword) == 0) return options->val && *options->val ? options->val : NULL;
	return NULL;
}

int postgres_place(Request *rq, const char *url, char **place) {
	char *problem = NULL;
	bool scheme = strncmp(url, "postgres://", 11) == 0 || strncmp(url, "postgresql://", 13) == 0;
	PQconninfoOption *options = scheme ? PQconninfoParse(url, &problem) : NULL;
	PQfreemem(problem); /* it may repeat the password, so it is not shown */
	if (options) arena_on_free(rq->arena, conninfo_free, options);
	const char *host = options ? conninfo_value(options, "host") : NULL,
	           *database = options ? conninfo_value(options, "dbname") : NULL;
	if (!host || !database)
		return error_field(rq->error, ERR_INVALID, "url", TEXT_NONE, "postgres_url",
		                   "Write postgres://user:password@host:5432/database.",
		                   "the address is not that of a PostgreSQL database");
	const char *port = conninfo_value(options, "port");
	*place = arena_printf(rq->arena, "%s:%s/%s", host, port ? port : "5432", database);
	return 0;
}

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

int source_post(Request *rq) {
	char *place = NULL, *url = in_str(rq, "url");
	bool odbc = is_odbc(url);
	int code = odbc ? delivery_odbc.place(rq, url, &place) : postgres_place(rq, url, &place);
	if (code < 0) return code;
	int64_t id = store_new_id(rq->store);
	char *locked = secret_lock(rq->arena, app_secret(rq->app), text_of(url));
	if (!locked) return fail(rq, ERR_INTERNAL, "the address could not be locked");
	int64_t done = db_run(rq->db,
	                      "INSERT INTO source (source_id, name, kind, place, url_locked, org_id, created_us, version)"
	                      " VALUES ($1, $2, $7, $3, $4, $5, $6, 1)",
	                      BIND(val_int(id), val_text(in_text(rq, "name")), val_str(place), val_str(locked),
	                           val_int(in_int(rq, "org_id")), val_int(rq->now_us), val_str(odbc ? "odbc" : "postgres")));
	if (done == ERR_CONFLICT) {
		error_clear(rq->error);
		return error_field(rq->error, ERR_CONFLICT, "name", in_text(rq, "name"), "unique", "Choose another name.",
		                   "there is a source of this name");
	}
	if (done < 0) return (int)done;
	rq->about_subject = id;
	rq->status = 201;
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "source_id", id);
	jw_kv_str(&rq->json, "place", place);
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
