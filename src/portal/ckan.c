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

/* takes: the parameters there are. field*: may also be a list or an object; field-: CKAN's, of which only "no" is answered. */
static const struct Verb {
	const char *name;
	int (*run)(Ckan *ckan);
	const char *takes, *doc;
} table[] = {
    {"package_search", ckan_package_search,
     "q fq* fq_list* rows start sort facet facet.field* facet.limit facet.mincount include_drafts include_private "
     "include_deleted "
     "use_default_schema",
     "Searches datasets: q, fq, rows, start, sort, facet.field."},
    {"package_show", ckan_package_show, "id name_or_id use_default_schema include_tracking- include_plugin_data-",
     "One dataset by id or name."},
    {"package_list", ckan_package_list, "limit offset", "Names of all datasets: limit, offset."},
    {"resource_show", ckan_resource_show, "id include_tracking-", "One format of a dataset by id."},
    {"datastore_search", ckan_datastore_search,
     "resource_id id filters* q* fields* sort* limit offset distinct records_format plain language include_total "
     "total_estimation_threshold",
     "Rows of a resource: resource_id, filters, q, fields, sort, limit, offset, include_total."},
    {"group_list", ckan_group_list,
     "type sort order_by limit offset groups* all_fields include_dataset_count include_extras include_tags include_groups "
     "include_users",
     "Names of subjects: all_fields."},
    {"group_show", ckan_group_show,
     "id type include_datasets include_dataset_count include_extras include_users include_groups include_tags include_followers",
     "One subject by id: include_datasets."},
    {"organization_list", ckan_organization_list,
     "type sort order_by limit offset organizations* all_fields include_dataset_count include_extras include_tags include_groups "
     "include_users",
     "Names of departments: all_fields."},
    {"organization_show", ckan_organization_show,
     "id type include_datasets include_dataset_count include_extras include_users include_groups include_tags include_followers",
     "One department by id: include_datasets."},
    {"tag_list", ckan_tag_list, "query vocabulary_id- all_fields", "Keywords: query, all_fields."},
    {"status_show", status_show, "", "The site."},
    {"site_read", site_read, "", "Whether the site may be read: true."},
    {"help_show", help_show, "name", "What an action does: name."},
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
	if (json_is_object(value)) return no_list(ckan, name, TEXT_NONE, most);
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

static json_t *params_of_body(Request *rq, bool *malformed) {
	Text body = rq->call ? http_body(rq->call) : TEXT_NONE,
	     type = rq->call ? http_header(rq->call, "Content-Type") : TEXT_NONE;
	if (text_trim(body).len == 0) return json_object();
	if (text_starts(type, TEXT("application/x-www-form-urlencoded")) && body.at[0] != '{')
		return params_of_query(rq, body, malformed);
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

static int call_run(Request *rq, Text name, json_t *params) {
	const struct Verb *action = action_find(name);
	Ckan ckan = {rq, params, NULL};
	if (!action)
		return bad_request(
		    rq, arena_printf(rq->arena, "Action name not known: %.*s", (int)(name.len > 80 ? 80 : name.len), name.at));
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

static Text action_name(const Request *rq) {
	Text path = rq->call ? http_path(rq->call) : TEXT("");
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;
	return slash ? (Text){slash + 1, (size_t)(path.at + path.len - slash - 1)} : path;
}

static int call(Request *rq, json_t *params, bool malformed) {
	Text name = action_name(rq);
	rq->any_origin = true;
	rq->content_type = "application/json;charset=utf-8";
	if (params) arena_on_free(rq->arena, (ArenaCleanup)json_decref, params);
	if (!utf8_valid(name)) return bad_request(rq, "Action name not known");
	return malformed ? bad_request(rq, "JSON Error: Error decoding JSON data") : call_run(rq, name, params);
}

int ckan_get(Request *rq) {
	bool malformed = false;
	json_t *params = params_of_query(rq, rq->any_query, &malformed);
	return call(rq, params, malformed);
}

int ckan_post(Request *rq) {
	bool malformed = false;
	json_t *params = params_of_body(rq, &malformed);
	return call(rq, params, malformed);
}
