/* caller: who calls: name and number sealed as one, the number found again by a keyed hash of its digits. */
#include "hotline/internal.h"

enum { DIGITS_MIN = 3 };

int number_digits(Request *rq, const char *field, Text given, char out[DIGITS_MAX + 1]) {
	char digits[64];
	size_t count = 0, from = 0;
	for (size_t i = 0; i < given.len && count < sizeof digits; i++)
		if (given.at[i] >= '0' && given.at[i] <= '9') digits[count++] = given.at[i];
	if (count >= 4 && memcmp(digits, "0086", 4) == 0)
		from = 4;
	else if (count >= 2 && given.at[0] == '+' && memcmp(digits, "86", 2) == 0)
		from = 2;
	if (count - from < DIGITS_MIN || count - from > DIGITS_MAX)
		return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, "phone", "Write 3 to 20 digits.",
		                   "This is not a telephone number");
	memcpy(out, digits + from, count - from);
	out[count - from] = 0;
	return 0;
}

const char *number_hash(Request *rq, const char *digits) {
	Digest digest;
	char *hex = arena_alloc_raw(rq->arena, HEX_DIGEST_MAX);
	hmac_sha256((Text){(const char *)app_secret(rq->app), 16}, text_of(arena_printf(rq->arena, "hotline caller %s", digits)),
	            &digest);
	hex_encode(digest.bytes, DIGEST_LEN, hex);
	return hex;
}

static void json_drop(void *json) {
	json_decref(json);
}

void caller_open(Request *rq, Text locked, Text *name, Text *phone) {
	const char *plain = locked.len ? secret_unlock(rq->arena, app_secret(rq->app), locked) : NULL;
	json_t *json = plain ? json_loads(plain, 0, NULL) : NULL;
	*name = *phone = TEXT("");
	if (!json) return;
	arena_on_free(rq->arena, json_drop, json);
	*name = text_of(json_string_value(json_object_get(json, "name")));
	*phone = text_of(json_string_value(json_object_get(json, "phone")));
}

int caller_lock(Request *rq, Text name, const char *phone, const char **out) {
	*out = "";
	if (!name.len && !*phone) return 0;
	json_t *json = json_pack("{s:s#,s:s}", "name", name.at, (int)name.len, "phone", phone);
	char *plain = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!plain) return fail(rq, ERR_INTERNAL, "a caller's name is no text");
	*out = secret_lock(rq->arena, app_secret(rq->app), text_of(plain));
	free(plain);
	return 0;
}
