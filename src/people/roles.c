/* roles: names, exclusive groups and permissions of roles, from the one table in people.h.
 * Thread: any, read-only. Lifetime: the program. */
#include "people/people_private.h"

static const struct {
	const char *name;
	int group;
	uint64_t permits;
} roles_table[] = {
#define X(name, text, group, permits) [name] = {text, group, permits},
    ROLES(X)
#undef X
};

static const char *const permission_names[] = {
#define X(name, text, doc) [name] = text,
    PERMISSIONS(X)
#undef X
};

static int role_add(Request *rq, Text name, uint64_t *roles) {
	for (int i = 0; i < ROLE_COUNT; i++)
		if (text_is(name, roles_table[i].name)) {
			*roles |= UINT64_C(1) << i;
			return 0;
		}
	Buf *names = ARENA_NEW(rq->arena, Buf);
	buf_in(names, rq->arena);
	for (int i = 0; i < ROLE_COUNT; i++) {
		buf_str(names, i ? ", " : "");
		buf_str(names, roles_table[i].name);
	}
	return error_field(rq->error, ERR_INVALID, "roles", name, "unknown_role",
	                   arena_printf(rq->arena, "Use one of %.*s.", TEXT_ARG(buf_as_text(names))), "There is no such role");
}

int roles_parse(Request *rq, Text names, uint64_t *out) {
	uint64_t roles = 0;
	while (names.len) {
		const char *comma = memchr(names.at, ',', names.len);
		Text name = {names.at, comma ? (size_t)(comma - names.at) : names.len};
		int code = role_add(rq, text_trim(name), &roles);
		if (code) return code;
		size_t eaten = name.len + (comma != NULL);
		names = (Text){names.at + eaten, names.len - eaten};
	}
	*out = roles;
	return 0;
}

int roles_from_json(Request *rq, const json_t *names, uint64_t *out) {
	uint64_t roles = 0;
	if (!json_is_array(names))
		return error_field(rq->error, ERR_INVALID, "roles", TEXT_NONE, "type", "Give an array of role names.",
		                   "roles must be an array");
	for (size_t i = 0; i < json_array_size(names); i++) {
		const json_t *name = json_array_get(names, i);
		if (!json_is_string(name))
			return error_field(rq->error, ERR_INVALID, "roles", TEXT_NONE, "type", "Give an array of role names.",
			                   "roles must hold texts");
		int code = role_add(rq, (Text){json_string_value(name), json_string_length(name)}, &roles);
		if (code) return code;
	}
	*out = roles;
	return 0;
}

int roles_check(Request *rq, uint64_t roles, bool is_service) {
	int group = 0;
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (!(roles & UINT64_C(1) << i)) continue;
		Text name = text_of(roles_table[i].name);
		if (is_service != (i == ROLE_SERVICE))
			return error_field(rq->error, ERR_CONFLICT, "roles", name, "account_kind",
			                   "Persons cannot be services, and services take only the role service.",
			                   "This role does not suit the kind of account");
		if (group && group != roles_table[i].group)
			return error_field(rq->error, ERR_CONFLICT, "roles", name, "exclusive_roles",
			                   "Give these roles to different people: system, security and audit administration "
			                   "exclude each other and "
			                   "all work with data.",
			                   "These roles must not meet in one account");
		group = roles_table[i].group;
	}
	return 0;
}

uint64_t roles_permits(uint64_t roles) {
	uint64_t permits = PERMIT_BIT(PERMIT_OPEN) | PERMIT_BIT(PERMIT_LOGIN);
	for (int i = 0; i < ROLE_COUNT; i++)
		if (roles & UINT64_C(1) << i) permits |= roles_table[i].permits;
	return permits;
}

void roles_write(JsonWriter *json, uint64_t roles) {
	jw_array(json);
	for (int i = 0; i < ROLE_COUNT; i++)
		if (roles & UINT64_C(1) << i) jw_str(json, roles_table[i].name);
	jw_array_end(json);
}

void permits_write(JsonWriter *json, uint64_t permits) {
	jw_array(json);
	for (int i = 0; i < PERMISSION_COUNT; i++)
		if (permits & PERMIT_BIT(i)) jw_str(json, permission_names[i]);
	jw_array_end(json);
}
