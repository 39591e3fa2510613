/* CKAN's action API v3 (docs.ckan.org/en/2.10/api): the envelope {help, success, result | error}, its error shapes, and the table
 * of actions. Reading actions alone. LANE_READ; results live in the request. */
#include "portal/ckan.h"
#include <stdio.h>
#include <stdlib.h>

static int site_read(Ckan *ckan) {
	jw_bool(&ckan->rq->json, true);
	return 0;
}

static int status_show(Ckan *ckan) {
	JsonWriter *json = &ckan->rq->json;
	jw_object(json);
	jw_kv_str(json, "ckan_version", "2.10.0"); /* whose action API is answered */
	jw_kv_str(json, "site_url", base_url(ckan->rq));
	jw_kv_str(json, "site_title", "公共数据开放");
	jw_kv_str(json, "site_description", "");
	jw_kv_str(json, "locale_default", "zh_Hans_CN");
	jw_kv_str(json, "error_emails_to", NULL);
	jw_key(json, "extensions");
	jw_array(json);
	jw_str(json, "datastore");
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}

static int help_show(Ckan *ckan);

/* Asked for with every object by clients that need not know what they ask; a person without login sees no users, and there are no
 * drafts, nor what is private. */
#define OF_USERS " include_users include_password_hash"
#define OF_STATES " include_drafts include_private include_deleted"
/* takes: the parameters there are. field*: may also be a list or an object; field-: CKAN's, of which only "no" is answered. */
static const struct Verb {
	const char *name;
	int (*run)(Ckan *ckan);
	const char *takes, *doc;
} table[] = {
    {"package_search", ckan_package_search,
     "q fq* fq_list* fl* rows start sort facet facet.field* facet.limit facet.mincount use_default_schema" OF_STATES,
     "Searches datasets: q, fq, fl, rows, start, sort, facet.field."},
    {"package_show", ckan_package_show,
     "id name_or_id use_default_schema include_datasets include_tracking- include_plugin_data-" OF_USERS,
     "One dataset by id or name."},
    {"package_list", ckan_package_list, "limit offset" OF_STATES, "Names of all datasets: limit, offset."},
    {"current_package_list_with_resources", ckan_current_packages, "limit offset page",
     "Datasets with their resources, last changed first: limit, offset."},
    {"package_autocomplete", ckan_package_autocomplete, "q limit", "Datasets whose name or title has a text: q, limit."},
    {"resource_show", ckan_resource_show, "id include_tracking- include_plugin_data-", "One format of a dataset by id."},
    {"resource_search", ckan_resource_search, "query* order_by offset limit",
     "Formats of datasets by their members: query (member:part of its text, or a list of them), order_by, offset, limit."},
    {"datastore_search", ckan_datastore_search,
     "resource_id id filters* q* full_text fields* sort* limit offset distinct records_format plain language include_total "
     "include_next_page- total_estimation_threshold",
     "Rows of a resource: resource_id, filters, q, fields, distinct, sort, limit, offset, include_total, records_format."},
    {"datastore_info", ckan_datastore_info, "resource_id id include_meta include_fields_schema",
     "Fields of a resource and how many rows it has: id."},
    {"group_list", ckan_group_list,
     "type sort order_by limit offset groups* all_fields include_dataset_count include_extras include_tags include_groups "
     "include_users",
     "Names of subjects: all_fields."},
    {"group_show", ckan_group_show,
     "id type include_datasets include_dataset_count include_extras include_groups include_tags include_followers" OF_USERS,
     "One subject by id: include_datasets."},
    {"organization_list", ckan_organization_list,
     "type sort order_by limit offset organizations* all_fields include_dataset_count include_extras include_tags include_groups "
     "include_users",
     "Names of departments: all_fields."},
    {"organization_show", ckan_organization_show,
     "id type include_datasets include_dataset_count include_extras include_groups include_tags include_followers" OF_USERS,
     "One department by id: include_datasets."},
    {"tag_list", ckan_tag_list, "query vocabulary_id- all_fields", "Keywords: query, all_fields."},
    {"tag_show", ckan_tag_show, "id vocabulary_id- include_datasets", "One keyword: include_datasets."},
    {"license_list", ckan_license_list, "", "Licences."},
    {"status_show", status_show, "", "The site."},
    {"site_read", site_read, "", "Whether the site may be read: true."},
    {"help_show", help_show, "name", "What an action does: name."},
};

/* Actions of CKAN that clients ask for and that are not here: what to do instead. */
static const struct Absent {
	const char *name, *instead;
} not_here[] = {
    {"datastore_search_sql", "use datastore_search with filters, q, fields, distinct and sort, or download the file"},
    {"datastore_create", "data are loaded by their department in the console"},
    {"datastore_upsert", "data are loaded by their department in the console"},
    {"package_create", "datasets are opened by their department in the console"},
    {"package_update", "datasets are opened by their department in the console"},
    {"package_patch", "datasets are opened by their department in the console"},
    {"resource_create", "formats are made from what was loaded"},
    {"user_list", "accounts are not public"},
    {"user_show", "accounts are not public"},
    {"resource_view_list", "views are not kept; datastore_search has the rows"},
};

static const struct Verb *action_find(Text name) {
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (text_is(name, table[i].name)) return &table[i];
	return NULL;
}

static int help_show(Ckan *ckan) {
	const struct Verb *action = action_find(ckan_text(ckan, "name"));
	if (!action) return ckan_not_found(ckan);
	jw_str(&ckan->rq->json, action->doc);
	return 0;
}

/* --- parameters ------------------------------------------------------------------------------------------------------ */

Text ckan_text(const Ckan *ckan, const char *name) {
	const json_t *value = json_object_get(ckan->params, name);
	if (json_is_string(value)) return (Text){json_string_value(value), json_string_length(value)};
	if (json_is_integer(value))
		return text_of(arena_printf(ckan->rq->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value)));
	if (json_is_boolean(value)) return json_is_true(value) ? TEXT("true") : TEXT("false");
	return TEXT_NONE;
}

int ckan_number(const Ckan *ckan, const char *name, int64_t absent, int64_t most, int64_t *out) {
	const json_t *value = json_object_get(ckan->params, name);
	Text text = ckan_text(ckan, name);
	*out = absent;
	if (!value || json_is_null(value) || text_is(text, "")) return 0;
	if (!text.at || text_to_int(text, out) < 0 || *out < 0)
		return error_field(ckan->rq->error, ERR_INVALID, name, text, "integer", "", "Must be a natural number");
	if (*out > most) *out = most;
	return 0;
}

bool ckan_true(const Ckan *ckan, const char *name, bool absent) {
	Text text = ckan_text(ckan, name);
	static const char *const yes[] = {"true", "True", "1", "yes", "t", "y"};
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (text_is(text, yes[i])) return true;
	return text.len ? false : absent;
}

const json_t *ckan_json(const Ckan *ckan, const char *name, bool *malformed) {
	const json_t *value = json_object_get(ckan->params, name);
	*malformed = false;
	if (!json_is_string(value) || json_string_length(value) == 0)
		return json_is_string(value) || json_is_null(value) ? NULL : value;
	json_t *parsed =
	    json_loadb(json_string_value(value), json_string_length(value), JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	*malformed = parsed == NULL;
	if (parsed) arena_on_free(ckan->rq->arena, (ArenaCleanup)json_decref, parsed);
	return parsed;
}

static Text next_part(Text *rest) {
	const char *comma = rest->len ? memchr(rest->at, ',', rest->len) : NULL;
	Text part = {rest->at, comma ? (size_t)(comma - rest->at) : rest->len};
	*rest = comma ? (Text){comma + 1, rest->len - part.len - 1} : TEXT_NONE;
	return text_trim(part);
}

static int no_list(const Ckan *ckan, const char *name, Text part, int most) {
	return part.at ? error_field(ckan->rq->error, ERR_INVALID, name, part, "too_many", "",
	                             "At most %d are taken; this is one too many", most)
	               : error_field(ckan->rq->error, ERR_INVALID, name, TEXT_NONE, "type", "", "Must be a list of names");
}

int ckan_texts(const Ckan *ckan, const char *name, Text *out, int most, int *count) {
	const json_t *value = json_object_get(ckan->params, name);
	size_t index;
	json_t *one;
	*count = 0;
	if (json_is_object(value) || json_is_real(value)) return no_list(ckan, name, TEXT_NONE, most);
	if (json_is_array(value)) {
		json_array_foreach((json_t *)value, index, one) {
			Text text = {json_string_value(one), json_is_string(one) ? json_string_length(one) : 0};
			if (!text.at || *count == most) return no_list(ckan, name, text, most);
			out[(*count)++] = text;
		}
		return 0;
	}
	Text rest = ckan_text(ckan, name);
	while (rest.len) {
		Text text = next_part(&rest);
		if (*count == most) return no_list(ckan, name, text, most);
		out[(*count)++] = text;
	}
	return 0;
}

int ckan_missing(const Ckan *ckan, const char *name) {
	return error_field(ckan->rq->error, ERR_INVALID, name, TEXT_NONE, "required", "", "Missing value");
}

int ckan_not_found(const Ckan *ckan) {
	return fail(ckan->rq, ERR_NOT_FOUND, "Not found");
}

void ckan_time(JsonWriter *json, const char *key, int64_t us) {
	char text[CLOCK_TEXT_MAX], out[CLOCK_TEXT_MAX + 8];
	if (us == 0) {
		jw_kv_str(json, key, NULL);
		return;
	}
	snprintf(out, sizeof out, "%.19s.%06d", clock_format_utc(us, text), (int)(us % 1000000));
	jw_kv_str(json, key, out);
}

/* A name that comes again makes a list. */
static void param_add(json_t *params, const char *name, json_t *value) {
	json_t *before = json_object_get(params, name);
	if (json_is_array(before))
		json_array_append_new(before, value);
	else if (before)
		json_object_set_new(params, name, json_pack("[O, o]", before, value));
	else
		json_object_set_new(params, name, value);
}

static json_t *params_of_query(Request *rq, Text rest, bool *malformed) {
	json_t *params = json_object();
	Text name, value;
	int more;
	while ((more = query_next(rq->arena, &rest, &name, &value)) > 0) {
		if (!utf8_valid(name) || !utf8_valid(value)) {
			*malformed = true;
			break;
		}
		param_add(params, text_cstr(rq->arena, name), json_stringn(value.at ? value.at : "", value.len));
	}
	*malformed = *malformed || more < 0;
	return params;
}

/* A JSON object sent as a form, as browsers' clients do: its text is the only name, without a value. */
static json_t *params_of_form(Request *rq, Text body, bool *malformed) {
	json_t *params = params_of_query(rq, body, malformed), *object;
	const char *name = json_object_iter_key(json_object_iter(params));
	if (json_object_size(params) != 1 || *name != '{' || json_string_length(json_object_get(params, name)) > 1) return params;
	object = json_loads(name, JSON_REJECT_DUPLICATES, NULL);
	json_decref(params);
	*malformed = *malformed || !json_is_object(object);
	return object;
}

static json_t *params_of_body(Request *rq, bool *malformed) {
	Text body = rq->call ? http_body(rq->call) : TEXT_NONE,
	     type = rq->call ? http_header(rq->call, "Content-Type") : TEXT_NONE;
	if (text_trim(body).len == 0) return json_object();
	if (text_starts(type, TEXT("application/x-www-form-urlencoded")) && body.at[0] != '{')
		return params_of_form(rq, body, malformed);
	json_t *params = json_loadb(body.at, body.len, JSON_REJECT_DUPLICATES, NULL);
	*malformed = !json_is_object(params);
	return params;
}

/* --- the envelope ---------------------------------------------------------------------------------------------------- */

static void envelope_begin(Request *rq, Text action, bool success) {
	buf_reset(&rq->body);
	jw_begin(&rq->json, &rq->body);
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "help",
	          arena_printf(rq->arena, "%s/api/3/action/help_show?name=%.*s", base_url(rq), TEXT_ARG(action)));
	jw_kv_bool(&rq->json, "success", success);
}

/* CKAN's own answer to what is no call at all: a JSON text, not an envelope. */
static int bad_request(Request *rq, const char *why) {
	buf_reset(&rq->body);
	jw_begin(&rq->json, &rq->body);
	jw_str(&rq->json, arena_printf(rq->arena, "Bad request - %s", why));
	rq->status = 400;
	return 0;
}

/* Failures that CKAN has a shape for; others are the dispatcher's. */
static int answer_error(Request *rq, Text action, int code) {
	Error error = *rq->error;
	bool query = code == ERR_INVALID && strcmp(error.rule, "search_query") == 0;
	const char *type = query                   ? "Search Query Error"
	                   : code == ERR_NOT_FOUND ? "Not Found Error"
	                   : code == ERR_QUOTA     ? "Rate Limit Error"
	                                           : "Validation Error";
	if (code != ERR_NOT_FOUND && code != ERR_INVALID && code != ERR_QUOTA) return code;
	error_clear(rq->error);
	envelope_begin(rq, action, false);
	jw_key(&rq->json, "error");
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "__type", type);
	if (query) {
		jw_kv_str(&rq->json, "message",
		          arena_printf(rq->arena, "Search Query is invalid: %s: %s%s%s", error.field, error.message,
		                       error.value[0] ? ": " : "", error.value));
	} else if (code == ERR_INVALID) {
		jw_key(&rq->json, error.field[0] ? error.field : "message");
		jw_array(&rq->json);
		jw_str(&rq->json, error.value[0] && !strstr(error.message, error.value) && utf8_valid(text_of(error.value))
		                      ? arena_printf(rq->arena, "%s: %s", error.message, error.value)
		                      : error.message);
		jw_array_end(&rq->json);
	} else {
		jw_kv_str(&rq->json, "message", error.message);
	}
	jw_object_end(&rq->json);
	jw_object_end(&rq->json);
	rq->status = code == ERR_NOT_FOUND ? 404 : code == ERR_QUOTA ? 429 : query ? 400 : 409;
	return 0;
}

/* 0, or ERR_INVALID naming the parameter that the action does not take, or not so. */
static int params_check(Ckan *ckan, const char *takes) {
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)ckan->params, name, value) {
		size_t length = strlen(name);
		const char *at = strstr(takes, name);
		while (at && ((at != takes && at[-1] != ' ') || !strchr(" *-", at[length])))
			at = strstr(at + 1, name);
		if (!at || !length || strpbrk(name, " *-"))
			return error_field(ckan->rq->error, ERR_INVALID, "__junk", text_of(name), "unknown", "",
			                   "The input field was not expected");
		bool list = json_is_array(value) || json_is_object(value) || json_is_real(value);
		if (list && at[length] != '*')
			return error_field(ckan->rq->error, ERR_INVALID, name, TEXT_NONE, "type", "",
			                   "Must be one text or whole number");
		if (at[length] == '-' && ckan_text(ckan, name).len && !text_is(ckan_text(ckan, name), "false") &&
		    !text_is(ckan_text(ckan, name), "False"))
			return error_field(ckan->rq->error, ERR_INVALID, name, ckan_text(ckan, name), "unsupported", "",
			                   "This is not kept here; leave it out");
	}
	return 0;
}

static int unknown_action(Request *rq, Text name) {
	const char *instead = "";
	for (size_t i = 0; i < sizeof not_here / sizeof *not_here; i++)
		if (text_is(name, not_here[i].name)) instead = arena_printf(rq->arena, "; %s", not_here[i].instead);
	return bad_request(
	    rq, arena_printf(rq->arena, "Action name not known: %.*s%s", (int)(name.len > 80 ? 80 : name.len), name.at, instead));
}

static int call_run(Request *rq, Text name, json_t *params) {
	const struct Verb *action = action_find(name);
	Ckan ckan = {rq, params, NULL};
	if (!action) return unknown_action(rq, name);
	int code = gate_pass(rq, GATE_CALL);
	if (code == 0) code = params_check(&ckan, action->takes);
	if (code == 0) code = shelf_get(rq, &ckan.shelf);
	if (code < 0) return answer_error(rq, name, code);
	envelope_begin(rq, name, true);
	jw_key(&rq->json, "result");
	code = action->run(&ckan);
	if (code < 0) return answer_error(rq, name, code);
	jw_object_end(&rq->json);
	return 0;
}

/* --- JSONP: the answer as a call of the caller's function, for pages that read by <script> ------------------------------ */

/* a, a.b, $a.b_1: names alone, so that nothing but the call of a function can be written. */
static bool callback_good(Text name) {
	enum { CALLBACK_MAX = 100 };
	bool begins = true;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
		if (!letter && (begins || (c != '.' && !(c >= '0' && c <= '9')))) return false;
		begins = c == '.';
	}
	return !begins && name.len <= CALLBACK_MAX;
}

static int callback_refuse(Request *rq, Text name, const char *why) {
	return error_field(rq->error, ERR_INVALID, "callback", name, "callback", "", "%s", why);
}

/* Takes callback from the parameters; *name stays TEXT_NONE without one. */
static int callback_take(Request *rq, json_t *params, Text *name) {
	json_t *given = json_object_get(params, "callback");
	if (!given) return 0;
	if (!json_is_string(given)) return callback_refuse(rq, TEXT_NONE, "Say one callback");
	*name = (Text){arena_strdup(rq->arena, json_string_value(given)), json_string_length(given)};
	json_object_del(params, "callback");
	return callback_good(*name)
	           ? 0
	           : callback_refuse(rq, *name, "Must be the name of a function: letters, digits, _, $ and dots, at most 100");
}

/* The comment before it keeps the first bytes from being the caller's choice; U+2028 and U+2029 end lines in older scripts. */
static void callback_wrap(Request *rq, Text name) {
	Text whole = text_dup(rq->arena, buf_as_text(&rq->body));
	buf_reset(&rq->body);
	buf_printf(&rq->body, "/**/%.*s(", TEXT_ARG(name));
	size_t from = 0;
	for (size_t i = 0; i + 2 < whole.len; i++) {
		if (memcmp(whole.at + i, "\xE2\x80", 2) != 0 || (unsigned char)(whole.at[i + 2] & 0xFE) != 0xA8) continue;
		buf_add(&rq->body, whole.at + from, i - from);
		buf_str(&rq->body, (unsigned char)whole.at[i + 2] == 0xA8 ? "\\u2028" : "\\u2029");
		from = i + 3;
	}
	buf_add(&rq->body, whole.at + from, whole.len - from);
	buf_str(&rq->body, ");");
	rq->content_type = "application/javascript;charset=utf-8";
}

/* --- calls ------------------------------------------------------------------------------------------------------------- */

static Text action_name(const Request *rq) {
	Text path = rq->call ? http_path(rq->call) : TEXT("");
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;
	return slash ? (Text){slash + 1, (size_t)(path.at + path.len - slash - 1)} : path;
}

static int call(Request *rq, json_t *params, bool malformed, bool get) {
	Text name = action_name(rq), callback = TEXT_NONE;
	rq->any_origin = true;
	rq->content_type = "application/json;charset=utf-8";
	if (params) arena_on_free(rq->arena, (ArenaCleanup)json_decref, params);
	if (!utf8_valid(name)) return bad_request(rq, "Action name not known");
	if (malformed) return bad_request(rq, "JSON Error: Error decoding JSON data");
	int code = callback_take(rq, params, &callback);
	if (code == 0 && callback.at && !get)
		code = callback_refuse(rq, callback,
		                       "Only GET is answered as a script; leave it out, any site may read this answer");
	if (code < 0) return answer_error(rq, name, code);
	code = call_run(rq, name, params);
	if (code == 0 && callback.at && rq->status < 300) callback_wrap(rq, callback);
	return code;
}

int ckan_get(Request *rq) {
	bool malformed = false;
	json_t *params = params_of_query(rq, rq->any_query, &malformed);
	return call(rq, params, malformed, true);
}

int ckan_post(Request *rq) {
	bool malformed = false;
	json_t *params = params_of_body(rq, &malformed);
	return call(rq, params, malformed, false);
}
