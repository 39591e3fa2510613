/* address.h: PostgreSQL, ODBC, SFTP; folders and HTTP endpoints have no secrets. */
#include "exchange/address.h"
#include "exchange/delivery.h"
#include "exchange/odbc.h"
#include "exchange/postgres_address.h"
#include <curl/curl.h>
#include <stdlib.h>

static bool begins(const char *url, const char *scheme) {
	return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

static int again(Request *rq, const char *field) {
	return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "secret_again", "Enter the password or key too.",
	                   "a kept secret is not sent to another server or account");
}

/* --- PostgreSQL ---------------------------------------------------------------------------------------------------------- */

int postgres_place(Request *rq, const char *url, char **place) {
	const PQconninfoOption *options = conninfo_read(rq->arena, url);
	const char *host = options ? conninfo_value(options, "host") : NULL,
	           *database = options ? conninfo_value(options, "dbname") : NULL;
	if (!host || !database)
		return error_field(rq->error, ERR_INVALID, "url", TEXT_NONE, "postgres_url",
		                   "Write postgres://user:password@host:5432/database.",
		                   "the address is not that of a PostgreSQL database");
	const char *port = conninfo_value(options, "port");
	*place = arena_printf(rq->arena, "%s:%s/%s", host, port ? port : "5432", database);
	return conninfo_check(options, rq->error);
}

static char *encoded(Request *rq, const char *value) {
	char *text = curl_easy_escape(NULL, value, 0);
	if (!text) abort();
	char *kept = arena_strdup(rq->arena, text);
	curl_free(text);
	return kept;
}

static bool one_host(const char *host) {
	return !strpbrk(host, ",/%");
}

/* postgres://user@host:port/database?more, without what libpq calls a password. */
static const char *postgres_bare(Request *rq, const PQconninfoOption *options) {
	const char *host = conninfo_value(options, "host"), *port = conninfo_value(options, "port"),
	           *user = conninfo_value(options, "user"), *database = conninfo_value(options, "dbname");
	bool plain = host && one_host(host) && (!port || one_host(port));
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	buf_printf(out, "postgres://%s%s", user ? encoded(rq, user) : "", user ? "@" : "");
	if (plain) buf_printf(out, strchr(host, ':') ? "[%s]" : "%s", host);
	if (plain && port) buf_printf(out, ":%s", port);
	buf_printf(out, "/%s", database ? encoded(rq, database) : "");
	char mark = '?';
	for (const PQconninfoOption *option = options; option->keyword; option++) {
		const char *name = option->keyword, *value = conninfo_value(options, name);
		bool said = strcmp(name, "user") == 0 || strcmp(name, "dbname") == 0 ||
		            (plain && (strcmp(name, "host") == 0 || strcmp(name, "port") == 0));
		if (!value || said || (option->dispchar && *option->dispchar == '*')) continue;
		buf_printf(out, "%c%s=%s", mark, name, encoded(rq, value));
		mark = '&';
	}
	return text_cstr(rq->arena, buf_as_text(out));
}

static bool same(const char *a, const char *b) {
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static int postgres_keep(Request *rq, const char *kept, char **url) {
	static const char *const leads[] = {"host", "hostaddr", "port", "user"};
	const PQconninfoOption *was = conninfo_read(rq->arena, kept), *now = conninfo_read(rq->arena, *url);
	const char *password = was ? conninfo_value(was, "password") : NULL;
	if (!password || !now || conninfo_value(now, "password")) return 0;
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
		if (!same(conninfo_value(was, leads[i]), conninfo_value(now, leads[i]))) return again(rq, "url");
	*url = arena_printf(rq->arena, "%s%cpassword=%s", *url, strchr(*url, '?') ? '&' : '?', encoded(rq, password));
	return 0;
}

/* --- ODBC ---------------------------------------------------------------------------------------------------------------- */

static char *odbc_url(Request *rq, const OdbcAddress *address) {
	const char *dialect = address->values[ODBC_DIALECT];
	return arena_printf(rq->arena, "odbc:%s%s%s%s", *dialect ? "Dialect=" : "", dialect, *dialect ? ";" : "",
	                    odbc_address_connection(rq->arena, address, ""));
}

static int odbc_keep(Request *rq, const char *kept, char **url) {
	static const int leads[] = {ODBC_DRIVER, ODBC_DSN, ODBC_SERVER, ODBC_PORT, ODBC_UID};
	OdbcAddress was, now;
	int code = odbc_address_parse(rq->arena, text_of(*url), &now, rq->error);
	if (code < 0) return code;
	if (odbc_address_parse(rq->arena, text_of(kept), &was, rq->error) < 0) {
		error_clear(rq->error);
		return 0;
	}
	if (!*was.values[ODBC_PWD] || *now.values[ODBC_PWD]) return 0;
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
		if (!same(was.values[leads[i]], now.values[leads[i]])) return again(rq, "url");
	now.values[ODBC_PWD] = was.values[ODBC_PWD];
	*url = odbc_url(rq, &now);
	return 0;
}

/* --- SFTP ---------------------------------------------------------------------------------------------------------------- */

typedef struct SftpLines {
	char *address, *fingerprint, *secret;
} SftpLines;

static SftpLines lines_of(Request *rq, const char *url) {
	SftpLines lines;
	char *rest = arena_strdup(rq->arena, url);
	lines.address = strsep(&rest, "\n");
	lines.fingerprint = rest ? strsep(&rest, "\n") : "";
	lines.secret = rest ? rest : "";
	return lines;
}

/* The host key says which server it is, wherever it stands now. */
static int sftp_keep(Request *rq, const char *kept, char **url) {
	SftpLines was = lines_of(rq, kept), now = lines_of(rq, *url);
	if (!*now.fingerprint) now.fingerprint = was.fingerprint;
	size_t user = strcspn(was.address, "@") + 1;
	bool there = strcmp(was.fingerprint, now.fingerprint) == 0 && strncmp(was.address, now.address, user) == 0;
	if (!*now.secret && (!there || no_secret(rq))) return again(rq, "secret");
	*url = arena_printf(rq->arena, "%s\n%s\n%s", now.address, now.fingerprint, *now.secret ? now.secret : was.secret);
	return 0;
}

/* --- all ----------------------------------------------------------------------------------------------------------------- */

void address_bare(Request *rq, const char *url, BareAddress *out) {
	OdbcAddress address;
	const PQconninfoOption *options;
	*out = (BareAddress){.url = "", .fingerprint = ""};
	if (!url) return;
	if (begins(url, "sftp:")) {
		SftpLines lines = lines_of(rq, url);
		*out = (BareAddress){lines.address, lines.fingerprint, true};
	} else if (begins(url, "odbc:")) {
		if (odbc_address_parse(rq->arena, text_of(url), &address, rq->error) < 0) {
			error_clear(rq->error); /* a dialect or key that is not taken any more: entered anew */
			return;
		}
		out->secret = *address.values[ODBC_PWD] != '\0';
		address.values[ODBC_PWD] = "";
		out->url = odbc_url(rq, &address);
	} else if ((options = conninfo_read(rq->arena, url))) {
		out->secret = conninfo_value(options, "password") != NULL;
		out->url = postgres_bare(rq, options);
	} else
		out->url = url;
}

bool no_secret(Request *rq) {
	return in_has(rq, "no_secret") && in_int(rq, "no_secret") != 0;
}

int address_keep(Request *rq, const char *kept, char **url) {
	if (!kept) return 0;
	if (begins(*url, "sftp:") && begins(kept, "sftp:")) return sftp_keep(rq, kept, url);
	if (no_secret(rq)) return 0;
	if (begins(*url, "odbc:") && begins(kept, "odbc:")) return odbc_keep(rq, kept, url);
	return postgres_keep(rq, kept, url);
}

static int kept_read(Request *rq, const char *sql, int64_t id, Kept *out) {
	Rows *rows;
	int found = db_one(rq->db, &rows, sql, BIND(val_int(id)));
	if (found <= 0) return found;
	*out = (Kept){.name = rows_str(rows, 0, rq->arena),
	              .kind = rows_str(rows, 1, rq->arena),
	              .place = rows_str(rows, 2, rq->arena),
	              .url = secret_unlock(rq->arena, app_secret(rq->app), rows_text(rows, 3)),
	              .org_id = rows_int(rows, 4),
	              .version = rows_int(rows, 5)};
	db_rest(rq->db);
	return 1;
}

int target_kept(Request *rq, int64_t target_id, Kept *out) {
	int found = kept_read(rq, "SELECT name, kind, place, url_locked, org_id, version FROM target WHERE target_id = $1",
	                      target_id, out);
	if (found != 0) return found < 0 ? found : 0;
	return fail(rq, ERR_NOT_FOUND, "there is no target %lld", (long long)target_id);
}

int source_kept(Request *rq, int64_t source_id, Kept *out) {
	int found = kept_read(rq, "SELECT name, kind, place, url_locked, org_id, version FROM source WHERE source_id = $1",
	                      source_id, out);
	if (found != 0) return found < 0 ? found : 0;
	return fail(rq, ERR_NOT_FOUND, "there is no source %lld", (long long)source_id);
}

/* --- what uses it -------------------------------------------------------------------------------------------------------- */

int uses_read(Request *rq, const char *sql, int64_t id, Uses *out) {
	Rows *rows;
	int code = db_query(rq->db, &rows, sql, BIND(val_int(id), val_int(USES_MAX)));
	out->count = 0;
	while (code >= 0 && (code = rows_next(rows)) > 0)
		if (out->count < USES_MAX)
			out->of[out->count++] = (Use){.kind = rows_str(rows, 0, rq->arena),
			                              .id = rows_int(rows, 1),
			                              .resource_id = rows_int(rows, 2),
			                              .what = rows_str(rows, 3, rq->arena)};
	for (int i = 0; code >= 0 && i < out->count; i++)
		out->of[i].resource = delivery_resource_name(rq, out->of[i].resource_id);
	return code < 0 ? code : 0;
}

void uses_write(Request *rq, const Uses *uses) {
	jw_key(&rq->json, "uses");
	jw_array(&rq->json);
	for (int i = 0; i < uses->count; i++) {
		const Use *use = &uses->of[i];
		jw_object(&rq->json);
		jw_kv_str(&rq->json, "kind", use->kind);
		jw_kv_id(&rq->json, "id", use->id);
		jw_kv_id(&rq->json, "resource_id", use->resource_id);
		jw_kv_str(&rq->json, "resource", use->resource);
		jw_kv_str(&rq->json, "what", use->what);
		jw_object_end(&rq->json);
	}
	jw_array_end(&rq->json);
}

const char *uses_text(Request *rq, const Uses *uses) {
	enum { NAMED = 3 };
	Buf *out = ARENA_NEW(rq->arena, Buf);
	buf_in(out, rq->arena);
	for (int i = 0; i < uses->count && i < NAMED; i++) {
		const Use *use = &uses->of[i];
		buf_printf(out, "%s%.90s", i ? ", " : "", use->resource ? use->resource : "–");
		if (*use->what) buf_printf(out, " → %.63s", use->what);
	}
	if (uses->count > NAMED) buf_printf(out, " … (%d%s)", uses->count, uses->count == USES_MAX ? "+" : "");
	return text_cstr(rq->arena, buf_as_text(out));
}

static void json_free(void *object) {
	json_decref(object);
}

void changed_about(Request *rq, Text name, const char *place) {
	json_t *about = json_pack("{s:s%, s:s}", "name", name.at, name.len, "place", place);
	arena_on_free(rq->arena, json_free, about);
	char *text = json_dumps(about, JSON_COMPACT);
	rq->about = arena_strdup(rq->arena, text ? text : "{}");
	free(text);
}

int address_changed(Request *rq) {
	return error_field(rq->error, ERR_CONFLICT, "version", TEXT_NONE, "version", "Read the list again and decide anew.",
	                   "somebody else changed it meanwhile");
}
