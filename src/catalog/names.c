/* Owns the stable names of kinds, checks, masks, sharing types and states: tables made from the lists in catalog.h, and their
 * inverses. Read-only; any thread. */
#include "catalog/catalog.h"

static const struct KindRow {
	const char *name;
	ValKind val;
} kind_rows[] = {
#define X(id, text, val) [id] = {text, val},
    FIELD_KINDS(X)
#undef X
};
static const char *const check_names[] = {
#define X(id, text, doc) [id] = text,
    CHECKS(X)
#undef X
};
static const char *const mask_names[] = {
#define X(id, text, doc) [id] = text,
    MASKS(X)
#undef X
};
static const char *const sharing_names[] = {"unconditional", "conditional", "none"};
static const char *const state_names[] = {"draft", "review", "published", "withdrawn"};

static int name_index(const char *const *names, int count, Text name) {
	for (int i = 0; i < count; i++)
		if (text_is(name, names[i])) return i;
	return -1;
}

const char *field_kind_name(FieldKind kind) {
	return kind_rows[kind].name;
}

ValKind field_kind_val(FieldKind kind) {
	return kind_rows[kind].val;
}

int field_kind_parse(Text name, FieldKind *out) {
	for (int i = 0; i < FIELD_KIND_COUNT; i++)
		if (text_is(name, kind_rows[i].name)) {
			*out = (FieldKind)i;
			return 0;
		}
	return -1;
}

const char *check_name(Check check) {
	return check_names[check];
}

int check_parse(Text name, Check *out) {
	int i = name_index(check_names, CHECK_COUNT, name);
	if (i < 0) return -1;
	*out = (Check)i;
	return 0;
}

const char *mask_name(Mask mask) {
	return mask_names[mask];
}

int mask_parse(Text name, Mask *out) {
	int i = name_index(mask_names, MASK_COUNT, name);
	if (i < 0) return -1;
	*out = (Mask)i;
	return 0;
}

const char *sharing_name(SharingType sharing) {
	return sharing_names[sharing];
}

int sharing_parse(Text name, SharingType *out) {
	int i = name_index(sharing_names, SHARING_COUNT, name);
	if (i < 0) return -1;
	*out = (SharingType)i;
	return 0;
}

const char *resource_state_name(ResourceState state) {
	return state_names[state];
}

int resource_state_parse(Text name, ResourceState *out) {
	int i = name_index(state_names, RESOURCE_STATE_COUNT, name);
	if (i < 0) return -1;
	*out = (ResourceState)i;
	return 0;
}
