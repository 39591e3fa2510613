/* where: the place of a record in doubt: its own position, else that of a standard address. In the caller's read or write. */
#include "verify/internal.h"

enum { ADDRESS_SCORE_MIN = 700 /* of 1000: a house number apart is less */ };

const Field *address_field(const Resource *resource) {
	static const char *const elements[] = {"BZDZ", "JZDZ", "ZS", "BDCZL", "HKSZD"};
	static const char *const words[] = {"地址", "住所", "坐落", "住址"};
	for (size_t e = 0; e < sizeof elements / sizeof *elements; e++)
		for (int i = 0; i < resource->field_count; i++)
			if (resource->fields[i].kind == KIND_TEXT && strcmp(resource->fields[i].element, elements[e]) == 0)
				return &resource->fields[i];
	for (int i = 0; i < resource->field_count; i++) {
		const Field *field = &resource->fields[i];
		bool named = field->kind == KIND_TEXT && strcmp(field->name, "address") == 0;
		for (size_t w = 0; field->kind == KIND_TEXT && w < sizeof words / sizeof *words; w++)
			named |= strstr(field->title, words[w]) != NULL;
		if (named) return field;
	}
	return NULL;
}

int record_where(Request *rq, const Resource *resource, int64_t record_id, const Field *address, RecordWhere *out) {
	RecordMark mark;
	PlaceAddress found;
	*out = (RecordWhere){.address = TEXT_NONE};
	int code = record_place(rq, resource, record_id, &out->lon, &out->lat), placed = code;
	if (code < 0) return code;
	if (!address) address = address_field(resource);
	if (!address || (code = record_text(rq, resource, record_id, address, &out->address, &mark)) < 0 || !out->address.len)
		return code < 0 ? code : placed;
	out->address_sensitive = address->grade >= 3;
	if (placed) return 1;
	code = place_address(rq, out->address, &found, 1);
	if (code <= 0 || found.score < ADDRESS_SCORE_MIN) return code < 0 ? code : 0;
	out->lon = found.lon;
	out->lat = found.lat;
	return 1;
}
