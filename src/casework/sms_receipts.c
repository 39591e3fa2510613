/* sms_receipts: what the SMS gateway says of messages, called back by GET or posted as a form, JSON or XML with the members that
 * the page names. Handlers run in the lanes their routes say. */
#include "casework/notify.h"

static void json_drop(void *json) {
	json_decref(json);
}

static bool listed(const char *list, Text one) {
	while (*list) {
		size_t len = strcspn(list, ",");
		if (len && len == one.len && memcmp(list, one.at, len) == 0) return true;
		list += len + (list[len] == ',');
	}
	return false;
}

enum { RECEIPTS_MAX = 500, RECEIPT_ID_MAX = 99, RECEIPT_STATUS_MAX = 60 };
typedef struct Receipts {
	SmsGateway gateway;
	int count;
	struct {
		Text id, status;
	} at[RECEIPTS_MAX];
} Receipts;

/* In a write. A receipt may come before the attempt is written, and several of one message: what is final stays. */
static int receipts_write(Request *rq, void *arg) {
	const Receipts *all = arg;
	int code = 0;
	for (int i = 0; i < all->count && code >= 0; i++) {
		Text status = all->at[i].status;
		const char *state = listed(all->gateway.delivered, status) ? "delivered"
		                    : listed(all->gateway.failed, status)  ? "failed"
		                                                           : "underway";
		code = (int)db_run(
		    rq->db,
		    "INSERT INTO sms_receipt (message_id, state, status, at_us) VALUES ($1, $2, $3, $4) ON CONFLICT"
		    " (message_id) DO UPDATE SET state = excluded.state, status = excluded.status, at_us = excluded.at_us"
		    " WHERE sms_receipt.state = 'underway'",
		    BIND(val_text(all->at[i].id), val_str(state), val_text(status), val_int(rq->now_us)));
	}
	return code < 0 ? code : 0;
}

static int key_check(Request *rq) {
	Text key = in_text(rq, "key");
	const char *right = sms_key(rq);
	if (key.len == strlen(right) && equal_constant_time(key.at, right, key.len)) return 0;
	if (address_blocked(rq, "sms"))
		return error_field(rq->error, ERR_QUOTA, "key", TEXT_NONE, "sms_throttle", "Wait five minutes.",
		                   "too many SMS receipts with a wrong key came from this address");
	address_failed(rq, "sms");
	return fail(rq, ERR_FORBIDDEN, "the key of SMS receipts is wrong");
}

static int receipts_begin(Request *rq, Receipts **out) {
	*out = ARENA_NEW(rq->arena, Receipts);
	(*out)->count = 0;
	int code = key_check(rq);
	if (code == 0) code = sms_gateway(rq, &(*out)->gateway);
	return code < 0 ? code : 0;
}

/* A GET, as gateways call: it writes by itself once the key is right. */
int sms_receipt(Request *rq) {
	Receipts *all;
	int code = receipts_begin(rq, &all);
	if (code < 0) return code;
	all->at[all->count].id = in_text(rq, "id");
	all->at[all->count++].status = in_text(rq, "status");
	return request_write(rq, receipts_write, all);
}

static int body_refuse(Request *rq, const char *rule, const char *advice) {
	return error_field(rq->error, ERR_INVALID, "", TEXT_NONE, rule, advice,
	                   "These are not receipts as the SMS gateway was described");
}

static int receipt_add(Request *rq, Receipts *all, Text id, Text status) {
	if (!id.len || utf8_count(id) > RECEIPT_ID_MAX || utf8_count(status) > RECEIPT_STATUS_MAX)
		return body_refuse(rq, "receipt_members", "Compare the names of the members on the page of the SMS gateway.");
	if (all->count == RECEIPTS_MAX) return body_refuse(rq, "receipts_max", "Send at most 500 at once.");
	all->at[all->count].id = id;
	all->at[all->count++].status = status;
	return 0;
}

/* Texts, numbers and booleans as they are written in JSON, without quotes. */
static Text member_text(Request *rq, const json_t *object, const char *name) {
	const json_t *value = json_object_get(object, name);
	if (json_is_string(value)) return (Text){json_string_value(value), json_string_length(value)};
	if (json_is_boolean(value)) return json_is_true(value) ? TEXT("true") : TEXT("false");
	return json_is_integer(value) ? text_of(arena_printf(rq->arena, "%lld", (long long)json_integer_value(value))) : TEXT("");
}

static int json_receipts(Request *rq, Receipts *all, const json_t *body) {
	const char *name;
	const json_t *list = body, *value;
	if (json_is_object(body) && !json_object_get(body, all->gateway.receipt_id))
		json_object_foreach((json_t *)body, name, value) if (json_is_array(value)) list = value;
	size_t count = json_is_array(list) ? json_array_size(list) : 1;
	int code = 0;
	for (size_t i = 0; i < count && code == 0; i++) {
		const json_t *one = json_is_array(list) ? json_array_get(list, i) : list;
		code = receipt_add(rq, all, member_text(rq, one, all->gateway.receipt_id),
		                   member_text(rq, one, all->gateway.receipt_status));
	}
	return code;
}

static int json_body(Request *rq, Receipts *all, Text body) {
	json_t *parsed = json_loadb(body.at, body.len, 0, NULL);
	if (!parsed) return body_refuse(rq, "json", "Send an UTF-8 form, JSON or XML.");
	arena_on_free(rq->arena, json_drop, parsed); /* texts of it are kept until they are written */
	return json_receipts(rq, all, parsed);
}

/* --- XML -------------------------------------------------------------------------------------------------------------- */
/* Elements or attributes of the names that were described, wherever they stand: an id and a status, in either order, are a
 * receipt. No document types and entities but XML's own five and numbers: nothing is fetched or expanded. */
typedef struct Xml {
	Request *rq;
	Receipts *all;
	Text rest, id, status; /* id, status: of the receipt that is not whole yet; at NULL: not seen */
} Xml;

static int xml_refuse(Xml *xml) {
	return body_refuse(xml->rq, "xml", "Send an UTF-8 form, JSON or XML.");
}

static int entity_put(Buf *out, Text name) {
	static const struct {
		const char *name, *text;
	} known[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};
	char text[8];
	int64_t number = 0;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (text_is(name, known[i].name)) {
			buf_str(out, known[i].text);
			return 0;
		}
	bool decimal = name.len > 1 && name.at[0] == '#' && text_to_int((Text){name.at + 1, name.len - 1}, &number) == 0;
	if (!decimal || number < ' ' || number > 0x10ffff || (number >= 0xd800 && number < 0xe000)) return -1;
	buf_add(out, text, (size_t)utf8_put(text, (uint32_t)number));
	return 0;
}

/* Characters with their entities, trimmed; at NULL: an entity that is not XML's own. */
static Text xml_text(Xml *xml, Text raw) {
	Buf *out = ARENA_NEW(xml->rq->arena, Buf);
	buf_in(out, xml->rq->arena);
	for (size_t i = 0; i < raw.len; i++) {
		const char *end = raw.at[i] == '&' ? memchr(raw.at + i, ';', raw.len - i) : NULL;
		if (raw.at[i] != '&')
			buf_char(out, raw.at[i]);
		else if (!end || entity_put(out, (Text){raw.at + i + 1, (size_t)(end - raw.at) - i - 1}) < 0)
			return TEXT_NONE;
		else
			i = (size_t)(end - raw.at);
	}
	return text_trim(buf_as_text(out));
}

static int xml_member(Xml *xml, Text name, Text raw, bool cdata) {
	const SmsGateway *gateway = &xml->all->gateway;
	bool id = text_is(name, gateway->receipt_id), status = text_is(name, gateway->receipt_status);
	if (!id && !status) return 0;
	Text value = cdata ? text_trim(raw) : xml_text(xml, raw), *seen = id ? &xml->id : &xml->status;
	if (!value.at || !utf8_valid(value)) return xml_refuse(xml);
	if (seen->at) /* the one before has no partner */
		return body_refuse(xml->rq, "receipt_members",
		                   "Compare the names of the members on the page of the SMS gateway.");
	*seen = value;
	if (!xml->id.at || !xml->status.at) return 0;
	int code = receipt_add(xml->rq, xml->all, xml->id, xml->status);
	xml->id = xml->status = TEXT_NONE;
	return code;
}

/* Past the next `mark`; what stands before it. at NULL: there is none. */
static Text xml_until(Xml *xml, const char *mark) {
	ptrdiff_t at = text_find(xml->rest, text_of(mark));
	if (at < 0) return TEXT_NONE;
	Text before = {xml->rest.at, (size_t)at};
	size_t past = (size_t)at + strlen(mark);
	xml->rest = (Text){xml->rest.at + past, xml->rest.len - past};
	return before;
}

static Text xml_name(Text tag) {
	size_t len = 0, local = 0;
	for (; len < tag.len && !strchr(" \t\r\n=/", tag.at[len]); len++)
		if (tag.at[len] == ':') local = len + 1;
	return (Text){tag.at + local, len - local};
}

/* name="value" or 'value', one after another. */
static int xml_attributes(Xml *xml, Text tag) {
	for (;;) {
		size_t skip = 0, name_len = 0;
		while (skip < tag.len && strchr(" \t\r\n/", tag.at[skip]))
			skip++;
		tag = (Text){tag.at + skip, tag.len - skip};
		if (!tag.len) return 0;
		while (name_len < tag.len && !strchr(" \t\r\n=", tag.at[name_len]))
			name_len++;
		Text name = xml_name((Text){tag.at, name_len});
		tag = text_trim((Text){tag.at + name_len, tag.len - name_len});
		if (!tag.len || tag.at[0] != '=') return xml_refuse(xml);
		tag = text_trim((Text){tag.at + 1, tag.len - 1});
		const char *end = tag.len && strchr("\"'", tag.at[0]) ? memchr(tag.at + 1, tag.at[0], tag.len - 1) : NULL;
		if (!end) return xml_refuse(xml);
		int code = xml_member(xml, name, (Text){tag.at + 1, (size_t)(end - tag.at) - 1}, false);
		if (code < 0) return code;
		tag = (Text){end + 1, tag.len - (size_t)(end - tag.at) - 1};
	}
}

static int xml_element(Xml *xml) {
	Text tag = xml_until(xml, ">"), name;
	if (!tag.at || !tag.len) return xml_refuse(xml);
	if (tag.at[0] == '/') return 0;
	bool empty = tag.at[tag.len - 1] == '/';
	name = xml_name(tag);
	size_t end = (size_t)(name.at - tag.at) + name.len;
	int code = xml_attributes(xml, (Text){tag.at + end, tag.len - end});
	if (code < 0 || empty) return code;
	bool cdata = text_starts(text_trim(xml->rest), TEXT("<![CDATA["));
	bool wanted = text_is(name, xml->all->gateway.receipt_id) || text_is(name, xml->all->gateway.receipt_status);
	if (wanted && cdata) {
		xml_until(xml, "<![CDATA[");
		Text inside = xml_until(xml, "]]>");
		return inside.at ? xml_member(xml, name, inside, true) : xml_refuse(xml);
	}
	const char *next = wanted && xml->rest.len ? memchr(xml->rest.at, '<', xml->rest.len) : NULL;
	if (wanted && !next) return xml_refuse(xml);
	return wanted ? xml_member(xml, name, (Text){xml->rest.at, (size_t)(next - xml->rest.at)}, false) : 0;
}

static int xml_receipts(Request *rq, Receipts *all, Text body) {
	Xml xml = {.rq = rq, .all = all, .rest = body};
	int code = 0, before = all->count;
	while (code == 0 && xml_until(&xml, "<").at) {
		if (text_starts(xml.rest, TEXT("?")))
			code = xml_until(&xml, "?>").at ? 0 : xml_refuse(&xml);
		else if (text_starts(xml.rest, TEXT("!--")))
			code = xml_until(&xml, "-->").at ? 0 : xml_refuse(&xml);
		else if (text_starts(xml.rest, TEXT("![CDATA[")))
			code = xml_until(&xml, "]]>").at ? 0 : xml_refuse(&xml);
		else
			code = text_starts(xml.rest, TEXT("!")) ? xml_refuse(&xml) : xml_element(&xml);
	}
	if (code == 0 && (xml.id.at || xml.status.at || all->count == before))
		code = body_refuse(rq, "receipt_members", "Compare the names of the members on the page of the SMS gateway.");
	return code;
}

/* --- bodies ----------------------------------------------------------------------------------------------------------- */
/* JSON begins with a bracket and XML with <, whatever their type is said to be; providers often say none. 1 it was one of them.
 */
static int told_inside(Request *rq, Receipts *all, Text text) {
	char first = text.len ? text.at[0] : '\0';
	if (first != '{' && first != '[' && first != '<') return 0;
	int code = first == '<' ? xml_receipts(rq, all, text) : json_body(rq, all, text);
	return code < 0 ? code : 1;
}

/* A form has the two members, or a field with JSON or XML that has them. */
static int form_receipt(Request *rq, Receipts *all, Text body) {
	Text key, value, id = TEXT(""), status = TEXT(""), inside = TEXT("");
	int more;
	while ((more = query_next(rq->arena, &body, &key, &value)) > 0) {
		if (text_is(key, all->gateway.receipt_id)) id = value;
		if (text_is(key, all->gateway.receipt_status)) status = value;
		if (!inside.len && text_trim(value).len && strchr("{[<", text_trim(value).at[0])) inside = text_trim(value);
	}
	if (more < 0 || !utf8_valid(id) || !utf8_valid(status))
		return body_refuse(rq, "form", "Send an UTF-8 form, JSON or XML.");
	if (id.len || !inside.len) return receipt_add(rq, all, id, status);
	int code = told_inside(rq, all, inside);
	return code < 0 ? code : 0;
}

int sms_receipts(Request *rq) {
	Receipts *all;
	int code = receipts_begin(rq, &all);
	if (code < 0) return code;
	Text body = text_trim(http_body(rq->call));
	if (!*all->gateway.receipt_id)
		return body_refuse(rq, "receipt_members", "Compare the names of the members on the page of the SMS gateway.");
	code = told_inside(rq, all, body);
	if (code == 0) code = form_receipt(rq, all, body);
	if (code >= 0) code = request_write(rq, receipts_write, all);
	const char *answer = all->gateway.receipt_answer;
	if (code == 0 && *answer) {
		rq->content_type = *answer == '{'   ? "application/json; charset=utf-8"
		                   : *answer == '<' ? "application/xml; charset=utf-8"
		                                    : "text/plain; charset=utf-8";
		buf_text(&rq->body, text_of(answer));
	}
	return code;
}

int sms_receipts_chore(Request *rq) {
	return chore_portion(rq, days_before(rq, "sms.receipt_days"),
	                     "DELETE FROM sms_receipt WHERE message_id IN (SELECT message_id FROM sms_receipt WHERE at_us < $1"
	                     " ORDER BY at_us LIMIT $2)");
}
