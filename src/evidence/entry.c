/* The canonical bytes of one entry (format 1, see entry.h). Pure functions; any thread. */
#include "evidence/entry.h"

/* Cut at a character border, so that what is stored stays UTF-8. */
static size_t cut_text(Text text, size_t max) {
	if (text.len <= max) return text.len;
	while (max > 0 && ((uint8_t)text.at[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static uint8_t *put_text(uint8_t *out, const char *string, size_t max) {
	Text text = text_of(string);
	size_t length = cut_text(text, max);
	store_be16(out, (uint16_t)length);
	if (length > 0) memcpy(out + 2, text.at, length);
	return out + 2 + length;
}

size_t entry_encode(const EvidenceEntry *entry, uint8_t *out) {
	memset(out, 0, 68);
	out[0] = 1;
	store_be16(out + 2, (uint16_t)entry->status);
	store_be64(out + 12, (uint64_t)entry->at_us);
	store_be64(out + 20, (uint64_t)entry->account_id);
	store_be64(out + 28, (uint64_t)entry->org_id);
	store_be64(out + 36, (uint64_t)entry->resource_id);
	store_be64(out + 44, (uint64_t)entry->subject_id);
	store_be64(out + 52, (uint64_t)entry->row_count);
	uint8_t *at = put_text(out + 68, entry->actor, ACTOR_MAX);
	at = put_text(at, entry->action, ACTION_MAX);
	at = put_text(at, entry->purpose, PURPOSE_MAX);
	at = put_text(at, entry->address, ADDRESS_MAX);
	size_t detail = entry->detail ? strlen(entry->detail) : 0;
	char replaced[40];
	if (detail > DETAIL_MAX) snprintf(replaced, sizeof replaced, "{\"cut\":%zu}", detail);
	at = put_text(at, detail > DETAIL_MAX ? replaced : entry->detail, DETAIL_MAX);
	return (size_t)(at - out);
}

void entry_number(uint8_t *body, uint64_t seq, int64_t origin) {
	store_be64(body + 4, seq);
	store_be64(body + 60, (uint64_t)origin);
}

/* The fixed part and as many texts as fit; whether everything fitted exactly. */
static bool decode(Text body, EntryView *view) {
	*view = (EntryView){.actor = TEXT(""), .action = TEXT(""), .purpose = TEXT(""), .address = TEXT(""), .detail = TEXT("")};
	if (body.len < 68) return false;
	const uint8_t *at = (const uint8_t *)body.at;
	view->status = load_be16(at + 2);
	view->seq = load_be64(at + 4);
	view->at_us = (int64_t)load_be64(at + 12);
	view->account_id = (int64_t)load_be64(at + 20);
	view->org_id = (int64_t)load_be64(at + 28);
	view->resource_id = (int64_t)load_be64(at + 36);
	view->subject_id = (int64_t)load_be64(at + 44);
	view->row_count = (int64_t)load_be64(at + 52);
	view->origin = (int64_t)load_be64(at + 60);
	Text *texts[] = {&view->actor, &view->action, &view->purpose, &view->address, &view->detail};
	static const size_t max[] = {ACTOR_MAX, ACTION_MAX, PURPOSE_MAX, ADDRESS_MAX, DETAIL_MAX};
	size_t offset = 68;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (body.len - offset < 2) return false;
		size_t length = load_be16(at + offset);
		offset += 2;
		if (length > max[i] || length > body.len - offset) return false;
		*texts[i] = (Text){body.at + offset, length};
		offset += length;
	}
	return offset == body.len && at[0] == 1 && at[1] == 0;
}

int entry_decode(Text body, EntryView *view) {
	EntryView read;
	if (!decode(body, &read)) return -1;
	*view = read;
	return 0;
}

void entry_glance(Text body, EntryView *view) {
	decode(body, view);
}

bool stream_name_right(Text name) {
	for (size_t i = 0; i < name.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", name.at[i]) || name.at[i] == 0) return false;
	return name.len > 0 && name.len < STREAM_NAME_MAX;
}

void stream_genesis(const char *stream, Digest *out) {
	digest_sha256_pair(TEXT("yiwang evidence 1 "), text_of(stream), out);
}

static void safe_text(JsonWriter *json, const char *key, Text text) {
	jw_kv_text(json, key, utf8_valid(text) ? text : TEXT("(not UTF-8)"));
}

void entry_json(JsonWriter *json, const char *stream, const EntryView *view) {
	jw_kv_time(json, "at", time_shown(view->at_us));
	jw_kv_str(json, "stream", stream);
	jw_kv_id(json, "seq", (int64_t)view->seq);
	safe_text(json, "actor", view->actor);
	jw_kv_id(json, "account_id", view->account_id);
	jw_kv_id(json, "org_id", view->org_id);
	safe_text(json, "action", view->action);
	jw_kv_id(json, "resource_id", view->resource_id);
	jw_kv_id(json, "subject_id", view->subject_id);
	jw_kv_int(json, "row_count", view->row_count);
	jw_kv_int(json, "status", view->status);
	safe_text(json, "purpose", view->purpose);
	safe_text(json, "address", view->address);
	jw_key(json, "detail");
	json_t *detail = view->detail.len ? json_loadb(view->detail.at, view->detail.len, 0, NULL) : NULL;
	if (detail)
		jw_raw(json, view->detail);
	else if (view->detail.len && utf8_valid(view->detail))
		jw_text(json, view->detail);
	else
		jw_null(json);
	json_decref(detail);
}
