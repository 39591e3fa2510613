/* problem: errors as application/problem+json (RFC 9457), in English or Chinese. Pure; any thread. */
#include "app/private.h"
#include <stdio.h>
#include <stdlib.h>

static const struct {
	int code;
	const char *title;
} titles[] = {
    {ERR_INVALID, "The input is not valid"},
    {ERR_UNAUTHENTICATED, "Log in first"},
    {ERR_FORBIDDEN, "Not allowed"},
    {ERR_NOT_FOUND, "Not found"},
    {ERR_METHOD, "Method not allowed"},
    {ERR_CONFLICT, "Conflict with the present state"},
    {ERR_GONE, "No longer available"},
    {ERR_TOO_LARGE, "Too large"},
    {ERR_MEDIA, "Media type not supported"},
    {ERR_HEADERS, "Header too large"},
    {ERR_QUOTA, "Quota used up"},
    {ERR_CANCELLED, "Cancelled"},
    {ERR_INTERNAL, "Internal error"},
    {ERR_IO, "Storage or network failed"},
    {ERR_FULL, "Storage is full"},
    {ERR_BUSY, "Too busy"},
    {ERR_GATEWAY, "The other server's answer does not fit"},
    {ERR_TIMEOUT, "Took too long"},
    {ERR_RETRY, "Too busy"},
};

static const char *title_of(int code) {
	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (titles[i].code == code) return titles[i].title;
	return "Internal error";
}

static void member(JsonWriter *json, const char *key, const char *value) {
	if (value[0] != '\0') jw_kv_text(json, key, utf8_valid(text_of(value)) ? text_of(value) : TEXT("(not UTF-8)"));
}

static void error_members(JsonWriter *json, Arena *arena, const Error *error, bool chinese) {
	bool hide = error->code == ERR_INTERNAL || error->code == ERR_IO; /* may name tables or paths: the log has it */
	const char *detail =
	    hide ? "The server failed; its log says why. Tell the operator the time of this answer." : error->message;
	const char *title = title_of(error->code);
	jw_kv_str(json, "type", arena_printf(arena, "urn:yiwang:error:%s", error_name(error->code)));
	jw_kv_str(json, "title", chinese ? message_zh(title) : title);
	jw_kv_int(json, "status", error_status(error->code));
	member(json, "detail", chinese ? message_translate(arena, detail) : detail);
	member(json, "field", error->field);
	member(json, "value", error->value);
	member(json, "rule", error->rule);
	member(json, "advice", chinese ? message_translate(arena, error->advice) : error->advice);
}

void problem_write(Buf *out, Arena *arena, const Error *error, const Faults *faults, bool chinese) {
	JsonWriter json;
	jw_begin(&json, out);
	jw_object(&json);
	error_members(&json, arena, error, chinese);
	if (faults != NULL && faults->count > 1) {
		jw_key(&json, "errors");
		jw_array(&json);
		for (int i = 0; i < faults->count; i++) {
			jw_object(&json);
			error_members(&json, arena, &faults->items[i], chinese);
			jw_object_end(&json);
		}
		jw_array_end(&json);
	}
	jw_object_end(&json);
}
