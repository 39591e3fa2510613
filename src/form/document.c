/* document: what a form asks for: its items, each bound to a field of a resource or asked of people, and what the city holds
 * already. In the caller's read. */
#include "form/internal.h"

static int unsuited(Request *rq, const char *where, const char *value, const char *rule, const char *advice,
                    const char *message) {
	return error_field(rq->error, ERR_INVALID, where, text_of(value), rule, advice, "%s", message);
}

static const char *text_in(const json_t *object, const char *name) {
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static int resource_of(Request *rq, const char *where, const char *id_text, const Resource **out) {
	int64_t id = 0;
	int code = text_to_int(text_of(id_text), &id) < 0 ? ERR_NOT_FOUND : resource_find(rq, id, out);
	if (code != ERR_NOT_FOUND && code != ERR_CONFLICT && code != ERR_GONE) return code;
	error_clear(rq->error);
	return unsuited(rq, where, id_text, "unknown_resource", "Choose a published entry.", "There is no such published entry");
}

/* A source is asked by the same key as the subject: fields of the same names and kinds. */
static bool same_key(const Resource *a, const Resource *b) {
	if (a->key_count != b->key_count) return false;
	for (int i = 0; i < a->key_count; i++) {
		const Field *left = &a->fields[a->key_fields[i]], *right = &b->fields[b->key_fields[i]];
		if (left->kind != right->kind || left->check != right->check || strcmp(left->name, right->name) != 0)
			return false;
	}
	return true;
}

static int source_bind(Request *rq, const FormDoc *doc, const char *where, const json_t *source, FormField *field) {
	int code = resource_of(rq, where, text_in(source, "resource_id"), &field->source);
	if (code < 0) return code;
	if (field->source->keeper == KEEPER_PROXY)
		return unsuited(rq, where, field->source->name, "proxied", "Choose an entry whose records are kept here.",
		                "Records that stay with their supplier cannot fill forms");
	field->field = resource_field(field->source, text_of(text_in(source, "field")));
	if (!field->field)
		return unsuited(rq, where, text_in(source, "field"), "unknown_field",
		                "Use the names of the catalogue entry's fields.", "The entry has no such field");
	if (!doc->subject || !same_key(doc->subject, field->source))
		return unsuited(rq, where, field->source->name, "key_differs",
		                "Bind it to an entry with the same key as the subject.",
		                "This entry is not kept by the key of the form's subject");
	return 0;
}

static bool name_good(const char *name) {
	size_t len = strlen(name);
	bool good = len > 0 && len <= 63 && name[0] >= 'a' && name[0] <= 'z';
	for (size_t i = 0; i < len && good; i++)
		good = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '_';
	return good;
}

static int item_take(Request *rq, FormDoc *doc, const json_t *item, int number) {
	FormField *field = &doc->fields[number];
	const CodeSet *set;
	const char *where = arena_printf(rq->arena, "document.fields[%d]", number), *kind = text_in(item, "kind");
	const json_t *source = json_object_get(item, "source");
	*field = (FormField){.name = text_in(item, "name"),
	                     .title = text_in(item, "title"),
	                     .why = text_in(item, "why"),
	                     .code_set = text_in(item, "code_set"),
	                     .required = json_is_true(json_object_get(item, "required"))};
	if (!name_good(field->name))
		return unsuited(rq, where, field->name, "name", "Use small letters, digits and _, beginning with a letter.",
		                "An item needs a name of its own");
	for (int i = 0; i < number; i++)
		if (strcmp(doc->fields[i].name, field->name) == 0)
			return unsuited(rq, where, field->name, "duplicate", "Give each item its own name.",
			                "Two items have this name");
	if (!*field->title || utf8_count(text_of(field->title)) > 100)
		return unsuited(rq, where, field->title, "length", "Write a title of 1 to 100 characters.",
		                *field->title ? "The title has more than 100 characters" : "An item needs a title");
	if (json_is_object(source)) return source_bind(rq, doc, where, source, field);
	if (field_kind_parse(text_of(kind), &field->kind) < 0 || field->kind == KIND_GEOMETRY)
		return unsuited(rq, where, kind, "kind", "Use text, integer, decimal, double, date, time, boolean or code.",
		                "An item that is asked for needs a kind");
	if (field->kind == KIND_CODE && code_set_get(rq, field->code_set, &set) != 0) {
		error_clear(rq->error);
		return unsuited(rq, where, field->code_set, "unknown_code_set", "Choose a code set of the catalogue.",
		                "There is no such code set");
	}
	return 0;
}

int form_doc(Request *rq, const json_t *document, FormDoc *out) {
	const json_t *fields = json_object_get(document, "fields");
	const char *subject = text_in(document, "subject");
	size_t count = json_array_size(fields);
	*out = (FormDoc){0};
	if (count == 0 || count > FORM_FIELDS_MAX)
		return unsuited(rq, "document.fields", "", "length", "Give 1 to 100 items.", "A form has 1 to 100 items");
	int code = *subject ? resource_of(rq, "document.subject", subject, &out->subject) : 0;
	if (code == 0 && out->subject && (out->subject->key_count == 0 || out->subject->keeper == KEEPER_PROXY))
		return unsuited(rq, "document.subject", out->subject->name, "no_key",
		                "Choose an entry with a key whose records are kept here.",
		                "The subject's records cannot be found by a key here");
	for (size_t i = 0; i < count && code == 0; i++) {
		code = item_take(rq, out, json_array_get(fields, i), (int)i);
		out->count++;
	}
	return code;
}

/* --- what is held already -------------------------------------------------------------------------------------------- */
typedef struct Held {
	Request *rq;
	const FormDoc *doc;
	json_t *lists[FORM_FIELDS_MAX]; /* by number of titles */
	int fields[FORM_FIELDS_MAX];
} Held;

static int held_take(void *arg, const FieldHeld *found) {
	Held *held = arg;
	if (json_array_size(held->lists[found->number]) >= FORM_HELD_MAX) return 0;
	json_array_append_new(held->lists[found->number],
	                      json_pack("{s:s, s:s, s:o}", "resource_id",
	                                arena_printf(held->rq->arena, "%lld", (long long)found->resource_id), "org_id",
	                                arena_printf(held->rq->arena, "%lld", (long long)found->org_id), "field",
	                                json_stringn(found->field.at, found->field.len)));
	return 0;
}

int form_held(Request *rq, const FormDoc *doc, json_t **out) {
	Held *held = ARENA_NEW(rq->arena, Held);
	Text titles[FORM_FIELDS_MAX];
	int count = 0, code = 0;
	held->rq = rq;
	for (int i = 0; i < doc->count; i++)
		if (!doc->fields[i].source) {
			titles[count] = text_of(doc->fields[i].title);
			held->fields[count] = i;
			held->lists[count++] = json_array();
		}
	if (count) code = fields_held(rq, titles, count, held_take, held);
	*out = json_array();
	for (int i = 0; i < count; i++) {
		const FormField *field = &doc->fields[held->fields[i]];
		bool some = json_array_size(held->lists[i]) > 0;
		if (code >= 0 && some && utf8_count(text_of(field->why)) < 4)
			code = unsuited(
			    rq, arena_printf(rq->arena, "document.fields[%d].why", held->fields[i]), field->title, "already_held",
			    "Bind the item to the entry that holds it, or write why it has to be asked for once more.",
			    "The city holds this item already");
		if (some)
			json_array_append_new(*out, json_pack("{s:s, s:s, s:s, s:O}", "name", field->name, "title", field->title,
			                                      "why", field->why, "held", held->lists[i]));
		json_decref(held->lists[i]);
	}
	if (code >= 0) return 0;
	json_decref(*out);
	*out = NULL;
	return code;
}
