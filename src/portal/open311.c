/* Open311 GeoReport v2: formats, errors, discovery and services. A service is a small class of events; its code is the class's
 * (big class and number). LANE_READ; results live in the request. */
#include "portal/open311.h"
#include <stdlib.h>

/* --- formats ------------------------------------------------------------------------------------------------------------- */
static const struct {
	const char *list, *item;
} singular[] = {{"services", "service"}, {"service_requests", "request"}, {"errors", "error"},  {"attributes", "attribute"},
                {"values", "value"},     {"endpoints", "endpoint"},       {"formats", "format"}};

static const char *item_name(const char *list) {
	for (size_t i = 0; i < sizeof singular / sizeof *singular; i++)
		if (strcmp(singular[i].list, list) == 0) return singular[i].item;
	return "item";
}

/* Text of an element. What XML 1.0 cannot hold (control characters, U+FFFE, U+FFFF) is left out. */
static void xml_text(Buf *out, Text text) {
	const char *end = text.at + text.len;
	for (const char *at = text.at; at < end;) {
		const char *from = at;
		uint32_t c = utf8_next(&at, end);
		if (c == '<')
			buf_str(out, "&lt;");
		else if (c == '>')
			buf_str(out, "&gt;");
		else if (c == '&')
			buf_str(out, "&amp;");
		else if (c == '\r')
			buf_str(out, "&#13;");
		else if ((c >= 0x20 || c == '\t' || c == '\n') && c != 0xFFFE && c != 0xFFFF)
			buf_add(out, from, (size_t)(at - from));
	}
}

static void xml_value(Buf *out, const char *name, const json_t *value) {
	const char *key;
	json_t *member;
	size_t index;
	buf_printf(out, json_is_null(value) ? "<%s/>" : "<%s>", name);
	if (json_is_null(value)) return;
	json_object_foreach((json_t *)value, key, member) xml_value(out, key, member);
	json_array_foreach(value, index, member) xml_value(out, item_name(name), member);
	if (json_is_string(value)) xml_text(out, (Text){json_string_value(value), json_string_length(value)});
	if (json_is_integer(value)) buf_int(out, json_integer_value(value));
	if (json_is_real(value)) buf_printf(out, "%.7g", json_real_value(value));
	if (json_is_boolean(value)) buf_str(out, json_is_true(value) ? "true" : "false");
	buf_printf(out, "</%s>", name);
}

int open311_answer(const Open311 *call, const char *root, json_t *value) {
	Request *rq = call->rq;
	buf_reset(&rq->body);
	if (call->xml) {
		buf_str(&rq->body, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
		xml_value(&rq->body, root, value);
		buf_char(&rq->body, '\n');
	} else {
		char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(10));
		if (text) buf_str(&rq->body, text);
		free(text);
	}
	json_decref(value);
	rq->content_type = call->xml ? "text/xml; charset=utf-8" : "application/json; charset=utf-8";
	return 0;
}

/* --- errors -------------------------------------------------------------------------------------------------------------- */
int open311_refuse(const Open311 *call, int status, const char *description) {
	call->rq->status = status;
	return open311_answer(call, "errors",
	                      json_pack("[{s:i, s:s}]", "code", status, "description", message_say(call->rq, description)));
}

int open311_fail(const Open311 *call, int code) {
	static const struct {
		int code, status;
	} known[] = {{ERR_INVALID, 400},   {ERR_TOO_LARGE, 413}, {ERR_UNAUTHENTICATED, 403},
	             {ERR_FORBIDDEN, 403}, {ERR_NOT_FOUND, 404}, {ERR_CONFLICT, 409},
	             {ERR_QUOTA, 429}};
	/* what the rest of the program calls by another name than GeoReport v2 */
	static const char *const names[][2] = {{"lon", "long"},
	                                       {"address", "address_string"},
	                                       {"class_code", "service_code"},
	                                       {"grade", "attribute[grade]"},
	                                       {"component", "attribute[component]"}};
	Request *rq = call->rq;
	const Error error = *rq->error;
	const char *field = error.field;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(field, names[i][0]) == 0) field = names[i][1];
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (known[i].code != code) continue;
		bool unknown = strcmp(error.rule, "class_unknown") == 0;
		error_clear(rq->error);
		return open311_refuse(call, unknown ? 404 : known[i].status,
		                      !*field ? error.message
		                              : arena_printf(rq->arena, "%s: %s%s%s", field, message_say(rq, error.message),
		                                             error.advice[0] ? " " : "", message_say(rq, error.advice)));
	}
	return code;
}

int open311_begin(Request *rq, Open311 *call) {
	Text path = rq->call ? http_path(rq->call) : TEXT("");
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;
	Text last = slash ? (Text){slash + 1, (size_t)(path.at + path.len - slash - 1)} : path;
	bool json = text_ends(last, TEXT(".json"));
	*call = (Open311){.rq = rq, .xml = !json, .id = last};
	rq->any_origin = true;
	Text id = rq->route->inputs->name ? in_text(rq, rq->route->inputs->name) : last; /* decoded */
	if (json || text_ends(last, TEXT(".xml"))) {
		size_t suffix = json ? 5 : 4;
		call->id = (Text){id.at, id.len > suffix ? id.len - suffix : 0};
	} else {
		open311_refuse(call, 404, "Ask for .xml or .json");
		return 1;
	}
	int code = gate_pass(rq, GATE_CALL);
	if (code == 0) return 0;
	code = open311_fail(call, code);
	return code < 0 ? code : 1;
}

int open311_missing(Request *rq) {
	Open311 call;
	int code = open311_begin(rq, &call);
	return code ? code < 0 ? code : 0 : open311_refuse(&call, 404, "There is nothing at this path");
}

json_t *open311_text(Text text) {
	return text.len ? json_stringn(text.at, text.len) : json_null();
}

json_t *open311_time(int64_t us) {
	char text[CLOCK_TEXT_MAX];
	return us ? json_string(clock_format(us - us % 1000000, text)) : json_null();
}

/* --- discovery ------------------------------------------------------------------------------------------------------------- */
int open311_discovery(Request *rq) {
	static const char changed[] = "2026-11-27 00:00"; /* of what is answered here */
	Open311 call;
	int code = open311_begin(rq, &call);
	if (code) return code < 0 ? code : 0;
	json_t *endpoint = json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "specification", "http://wiki.open311.org/GeoReport_v2",
	                             "url", arena_printf(rq->arena, "%s/open311/v2", base_url(rq)), "changeset", changed, "type",
	                             "production", "formats", "text/xml", "application/json");
	return open311_answer(&call, "discovery",
	                      json_pack("{s:s, s:o, s:o, s:[o]}", "changeset", changed, "contact",
	                                open311_text(text_of(setting_text(rq, "open311.contact"))), "key_service",
	                                open311_text(text_of(setting_text(rq, "open311.key_service"))), "endpoints", endpoint));
}

/* --- services -------------------------------------------------------------------------------------------------------------- */
bool open311_english(const Open311 *call) {
	Text language = call->rq->call ? http_header(call->rq->call, "Accept-Language") : TEXT_NONE;
	return language.len && !language_chinese(language);
}

const char *open311_title(const Open311 *call, const EventClass *service) {
	return open311_english(call) && *service->title_en ? service->title_en : service->title;
}

int open311_services(const Open311 *call, const EventClass ***out) {
	int kept = 0, count = event_class_list(call->rq, out);
	for (int i = 0; i < count; i++)
		if (event_class_reported((*out)[i])) (*out)[kept++] = (*out)[i];
	return count < 0 ? count : kept;
}

static json_t *service_json(const Open311 *call, const EventClass *service) {
	const EventClass *big;
	const char *group = event_class_find(call->rq, text_of(service->parent), 0, &big) == 0 ? open311_title(call, big) : "";
	const EventCondition *first = service->condition_count ? &service->conditions[0] : NULL;
	const char *description = !first                                     ? open311_title(call, service)
	                          : open311_english(call) && *first->text_en ? first->text_en
	                                                                     : first->text;
	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "service_code", service->code, "service_name",
	                 open311_title(call, service), "description", description, "metadata", 1, "type", "realtime", "keywords",
	                 arena_printf(call->rq->arena, "%s,%s", service->kind, group), "group", group);
}

int open311_service_list(Request *rq) {
	Open311 call;
	const EventClass **services;
	int code = open311_begin(rq, &call);
	if (code) return code < 0 ? code : 0;
	int count = open311_services(&call, &services);
	if (count < 0) return count;
	json_t *list = json_array();
	for (int i = 0; i < count; i++)
		json_array_append_new(list, service_json(&call, services[i]));
	return open311_answer(&call, "services", list);
}

/* What a report of the service may bring beside the standard's own fields, and (variable false) what it must bring of those. */
static const struct {
	const char *code, *type, *zh, *en;
	unsigned needs;
	bool variable, always;
} attributes[] = {
    {"component", "string", "部件标识码", "Code of the component", NEEDS_COMPONENT, true, true},
    {"happened_at", "datetime", "发现时间", "When it was seen", 0, true, true},
    {"grade", "singlevaluelist", "严重程度", "Grade", 0, true, true},
    {"needs_address", "text", "须填写地址（address_string）", "An address is needed (address_string)", NEEDS_ADDRESS, false,
     false},
    {"needs_description", "text", "须填写描述（description）", "A description is needed (description)", NEEDS_DESCRIPTION, false,
     false},
    {"needs_phone", "text", "须填写电话（phone）", "A phone number is needed (phone)", NEEDS_PHONE, false, false},
    {"needs_photo", "text", "须附照片（media）", "A picture is needed (media)", NEEDS_PHOTO, false, false},
};

static json_t *grades(const Open311 *call) {
	return json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "key", "general", "name",
	                 open311_english(call) ? "General" : "一般", "key", "large", "name",
	                 open311_english(call) ? "Large" : "较大", "key", "major", "name",
	                 open311_english(call) ? "Major" : "重大");
}

int open311_service(Request *rq) {
	Open311 call;
	const EventClass *service;
	int code = open311_begin(rq, &call);
	if (code) return code < 0 ? code : 0;
	code = event_class_find(rq, call.id, 0, &service);
	if (code < 0 && code != ERR_NOT_FOUND) return code;
	if (code < 0 || !event_class_reported(service)) return open311_refuse(&call, 404, "service_code was not found");
	json_t *list = json_array();
	for (size_t i = 0, order = 1; i < sizeof attributes / sizeof *attributes; i++) {
		if (!attributes[i].always && !(service->needs & attributes[i].needs)) continue;
		json_t *one =
		    json_pack("{s:b, s:s, s:s, s:b, s:n, s:i, s:s}", "variable", attributes[i].variable, "code",
		              attributes[i].code, "datatype", attributes[i].type, "required",
		              (service->needs & attributes[i].needs) != 0, "datatype_description", "order", (int)order++,
		              "description", open311_english(&call) ? attributes[i].en : attributes[i].zh);
		if (strcmp(attributes[i].type, "singlevaluelist") == 0) json_object_set_new(one, "values", grades(&call));
		json_array_append_new(list, one);
	}
	return open311_answer(&call, "service_definition",
	                      json_pack("{s:s, s:o}", "service_code", service->code, "attributes", list));
}
