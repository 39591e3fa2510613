/* Targets: table target. LANE_READ workers and writes. */
#include "exchange/target.h"
#include "exchange/address.h"
#include "exchange/delivery_target.h"
#include <sys/stat.h>

#define OWN_FOLDER "deliveries" /* of the state directory, beside keys and evidence: the one place in it for deliveries */

/* Where the administrator lets folders be: folder:name becomes folder:/root/name. Other addresses stay. */
static int address_complete(Request *rq, char **url) {
	if (strncmp(*url, "folder:", 7) != 0) return 0;
	const char *root = setting_text(rq, "deliveries.folder");
	if (strcmp(root, OWN_FOLDER) == 0) {
		char *own = app_path(rq->arena, rq->app, OWN_FOLDER);
		mkdir(own, 0750); /* there already, or who opens a folder in it is told */
		*url = arena_printf(rq->arena, "folder:%s/%s", own, *url + strlen("folder:"));
		return 0;
	}
	if (!*root)
		return error_field(rq->error, ERR_CONFLICT, "target_id", TEXT_NONE, "folder_off",
		                   "Let the system administrator set deliveries.folder.", "deliveries to folders are not set up");
	if (app_holds(rq->app, root))
		return error_field(rq->error, ERR_CONFLICT, "target_id", TEXT_NONE, "folder_off",
		                   "Let the system administrator set deliveries.folder to a folder of its own.",
		                   "deliveries.folder lies in the state directory");
	*url = arena_printf(rq->arena, "folder:%s/%s", root, *url + strlen("folder:"));
	return 0;
}

bool target_folder_good(Text value) {
	return value.len == 0 || text_is(value, OWN_FOLDER) ||
	       (value.at[0] == '/' && value.len > 1 && value.at[value.len - 1] != '/' && text_find(value, TEXT("/.")) < 0 &&
	        text_find(value, TEXT("//")) < 0);
}

int target_url(Request *rq, int64_t target_id, int64_t org_id, char **url, char **name) {
	Rows *rows;
	int found =
	    db_one(rq->db, &rows, "SELECT url_locked, org_id, name FROM target WHERE target_id = $1", BIND(val_int(target_id)));
	if (found < 0) return found;
	if (!found || (org_id != 0 && rows_int(rows, 1) != org_id))
		return error_field(rq->error, ERR_NOT_FOUND, "target_id", TEXT_NONE, "target",
		                   "Ask the system administrator to set it up.", "your organisation has no target %lld",
		                   (long long)target_id);
	*name = rows_str(rows, 2, rq->arena);
	*url = secret_unlock(rq->arena, app_secret(rq->app), rows_text(rows, 0));
	if (!*url)
		return fail(rq, ERR_INTERNAL, "target %s was stored under another installation key: enter its address again",
		            *name);
	return address_complete(rq, url);
}

const char *target_folder(Request *rq) {
	char *folder = arena_printf(rq->arena, "%s/targets", app_dir(rq->app));
	mkdir(folder, 0750); /* there already, or who opens a file in it is told */
	return folder;
}

int target_list(Request *rq) {
	static const Member members[] = {{"target_id", MEMBER_ID},
	                                 {"name", MEMBER_TEXT},
	                                 {"kind", MEMBER_TEXT},
	                                 {"place", MEMBER_TEXT},
	                                 {"org_id", MEMBER_ID},
	                                 {"version", MEMBER_INT},
	                                 {0}};
	int64_t org = party_may(&rq->party, PERMIT_SYSTEM) ? -1 : rq->party.org_id;
	return answer_list(rq, members,
	                   "SELECT target_id, name, kind, place, org_id, version FROM target WHERE $1 = -1 OR org_id = $1"
	                   " ORDER BY name",
	                   BIND(val_int(org)));
}

/* Deliveries that are not ended, or run to their end. */
static int uses_of(Request *rq, int64_t target_id, Uses *out) {
	return uses_read(
	    rq,
	    "SELECT 'delivery', d.delivery_id, d.resource_id, d.table_name FROM delivery d WHERE d.target_id = $1 AND"
	    " (d.state <> 'stopped' OR EXISTS (SELECT 1 FROM job j WHERE j.job_id = d.job_id AND j.state IN"
	    " ('queued', 'running'))) ORDER BY d.delivery_id LIMIT $2",
	    target_id, out);
}

/* The address given, with its secrets; where it leads. What it leaves out stays as it is kept. */
static int address_take(Request *rq, const Kept *kept, const DeliveryKind **kind, char **url, char **place) {
	BareAddress bare;
	address_bare(rq, kept ? kept->url : NULL, &bare);
	*kind = delivery_kind_named(in_has(rq, "kind") ? in_str(rq, "kind") : kept ? kept->kind : "");
	*url = in_has(rq, "url") ? in_str(rq, "url") : arena_strdup(rq->arena, bare.url);
	if (!*kind || !**url)
		return error_field(rq->error, ERR_INVALID, *kind ? "url" : "kind", TEXT_NONE, "required", "Say which.",
		                   "an address has a kind and a url");
	if (strchr(*url, '\n')) return fail(rq, ERR_INVALID, "an address is one line");
	if ((*kind)->keys)
		*url = arena_printf(rq->arena, "%s\n%.*s\n%.*s", *url, TEXT_ARG(in_text(rq, "fingerprint")),
		                    TEXT_ARG(in_text(rq, "secret")));
	int code = kept ? address_keep(rq, kept->url, url) : 0;
	return code < 0 ? code : (*kind)->place(rq, *url, place);
}

static int org_check(Request *rq) {
	int64_t org;
	int found = db_int(rq->db, &org, "SELECT org_id FROM org WHERE org_id = $1", BIND(val_int(in_int(rq, "org_id"))));
	if (found > 0) return 0;
	return found < 0 ? found
	                 : error_field(rq->error, ERR_NOT_FOUND, "org_id", TEXT_NONE, "org", "Choose the receiver.",
	                               "there is no such organisation");
}

static int name_taken(Request *rq) {
	error_clear(rq->error);
	return error_field(rq->error, ERR_CONFLICT, "name", in_text(rq, "name"), "unique", "Choose another name.",
	                   "there is a target of this name");
}

static int answer(Request *rq, int64_t id, const char *place) {
	rq->about_subject = id;
	changed_about(rq, in_text(rq, "name"), place);
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "target_id", id);
	jw_kv_str(&rq->json, "place", place);
	jw_object_end(&rq->json);
	return 0;
}

int target_post(Request *rq) {
	char *place = NULL, *url;
	const DeliveryKind *kind;
	int code = address_take(rq, NULL, &kind, &url, &place);
	if (code == 0) code = org_check(rq);
	if (code < 0) return code;
	int64_t id = store_new_id(rq->store);
	char *locked = secret_lock(rq->arena, app_secret(rq->app), text_of(url));
	if (!locked) return fail(rq, ERR_INTERNAL, "the address could not be locked");
	int64_t done = db_run(rq->db,
	                      "INSERT INTO target (target_id, name, kind, place, url_locked, org_id, created_us, version)"
	                      " VALUES ($1, $2, $3, $4, $5, $6, $7, 1) ON CONFLICT (name) DO NOTHING",
	                      BIND(val_int(id), val_text(in_text(rq, "name")), val_str(kind->name), val_str(place),
	                           val_str(locked), val_int(in_int(rq, "org_id")), val_int(rq->now_us)));
	if (done == 0) return name_taken(rq);
	if (done < 0) return (int)done;
	rq->status = 201;
	return answer(rq, id, place);
}

/* A delivery has a table or a format by the kind of its target, and one's own organisation's targets only. */
static int change_fits(Request *rq, const Kept *kept, const char *kind, const Uses *uses) {
	bool other_kind = strcmp(kind, kept->kind) != 0;
	if (uses->count == 0 || (!other_kind && in_int(rq, "org_id") == kept->org_id)) return 0;
	return error_field(rq->error, ERR_CONFLICT, other_kind ? "kind" : "org_id", TEXT_NONE, "in_use",
	                   "End these deliveries first, or register another target.",
	                   "kind and receiver stay while deliveries use the target: %s", uses_text(rq, uses));
}

int target_change(Request *rq) {
	int64_t id = rq->about_subject = in_int(rq, "id");
	bool moved = in_has(rq, "url") || in_has(rq, "secret") || in_has(rq, "fingerprint") || no_secret(rq);
	Kept kept;
	Uses *uses = ARENA_NEW(rq->arena, Uses);
	int code = db_lock(rq->db, "exchange.target", id);
	if (code == 0) code = target_kept(rq, id, &kept);
	if (code == 0 && kept.version != in_int(rq, "version")) code = address_changed(rq);
	if (code == 0) code = org_check(rq);
	if (code == 0) code = uses_of(rq, id, uses);
	if (code == 0) code = change_fits(rq, &kept, in_has(rq, "kind") ? in_str(rq, "kind") : kept.kind, uses);
	if (code < 0) return code;
	const DeliveryKind *kind = delivery_kind_named(kept.kind);
	char *url = kept.url, *place = kept.place;
	if (moved || (in_has(rq, "kind") && !text_is(in_text(rq, "kind"), kept.kind)))
		code = address_take(rq, &kept, &kind, &url, &place);
	if (code < 0) return code;
	char *locked = moved ? secret_lock(rq->arena, app_secret(rq->app), text_of(url)) : NULL;
	if (moved && !locked) return fail(rq, ERR_INTERNAL, "the address could not be locked");
	int64_t done = db_run(rq->db,
	                      "UPDATE target SET name = $2, kind = $3, place = $4, url_locked = COALESCE($5, url_locked),"
	                      " org_id = $6, version = version + 1 WHERE target_id = $1",
	                      BIND(val_int(id), val_text(in_text(rq, "name")), val_str(kind->name), val_str(place),
	                           val_str(locked), val_int(in_int(rq, "org_id"))));
	if (done < 0) return done == ERR_CONFLICT ? name_taken(rq) : (int)done;
	return answer(rq, id, place);
}

/* Nothing of it stays but what ended deliveries call it. */
int target_remove(Request *rq) {
	int64_t id = rq->about_subject = in_int(rq, "id");
	Kept kept;
	Uses *uses = ARENA_NEW(rq->arena, Uses);
	int code = db_lock(rq->db, "exchange.target", id);
	if (code == 0) code = target_kept(rq, id, &kept);
	if (code == 0 && kept.version != in_int(rq, "version")) code = address_changed(rq);
	if (code == 0) code = uses_of(rq, id, uses);
	if (code < 0) return code;
	if (uses->count > 0)
		return error_field(rq->error, ERR_CONFLICT, "id", TEXT_NONE, "in_use",
		                   "The receivers end these deliveries first; a run under way ends by itself or is cancelled.",
		                   "deliveries use the target: %s", uses_text(rq, uses));
	changed_about(rq, text_of(kept.name), kept.place);
	int64_t done = db_run(
	    rq->db, "INSERT INTO target_gone (target_id, name, kind, place, org_id, gone_us) VALUES ($1, $2, $3, $4, $5, $6)",
	    BIND(val_int(id), val_str(kept.name), val_str(kept.kind), val_str(kept.place), val_int(kept.org_id),
	         val_int(rq->now_us)));
	if (done >= 0) done = db_run(rq->db, "DELETE FROM target WHERE target_id = $1", BIND(val_int(id)));
	return done < 0 ? (int)done : 0;
}

int target_show(Request *rq) {
	Kept kept;
	BareAddress bare;
	Uses *uses = ARENA_NEW(rq->arena, Uses);
	int code = target_kept(rq, in_int(rq, "id"), &kept);
	if (code == 0) code = uses_of(rq, in_int(rq, "id"), uses);
	if (code < 0) return code;
	address_bare(rq, kept.url, &bare);
	rq->about_subject = in_int(rq, "id");
	jw_object(&rq->json);
	jw_kv_id(&rq->json, "target_id", in_int(rq, "id"));
	jw_kv_str(&rq->json, "name", kept.name);
	jw_kv_str(&rq->json, "kind", kept.kind);
	jw_kv_str(&rq->json, "place", kept.place);
	jw_kv_id(&rq->json, "org_id", kept.org_id);
	jw_kv_int(&rq->json, "version", kept.version);
	jw_kv_str(&rq->json, "url", bare.url);
	jw_kv_str(&rq->json, "fingerprint", bare.fingerprint);
	jw_kv_bool(&rq->json, "secret", bare.secret);
	uses_write(rq, uses);
	jw_object_end(&rq->json);
	return 0;
}

int target_test(Request *rq) {
	char *url, *name;
	const char *version;
	int64_t org = party_may(&rq->party, PERMIT_SYSTEM) ? 0 : rq->party.org_id;
	int code = org == 0 && !party_may(&rq->party, PERMIT_SYSTEM)
	               ? fail(rq, ERR_FORBIDDEN, "only the receiver's own officers may try its target")
	               : target_url(rq, in_int(rq, "id"), org, &url, &name);
	if (code == 0) code = delivery_kind_of(url)->test(rq, target_folder(rq), url, &version);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "server", version);
	jw_object_end(&rq->json);
	return 0;
}

int target_try(Request *rq) {
	const DeliveryKind *kind;
	const char *found;
	char *url, *place;
	Kept kept;
	int64_t id = in_has(rq, "target_id") ? in_int(rq, "target_id") : 0;
	int code = id ? target_kept(rq, id, &kept) : 0;
	if (code == 0) code = address_take(rq, id ? &kept : NULL, &kind, &url, &place);
	if (code == 0) code = address_complete(rq, &url);
	if (code == 0) code = kind->test(rq, target_folder(rq), url, &found);
	if (code < 0) return code;
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "server", found);
	jw_object_end(&rq->json);
	return 0;
}
