/* Proposals over HTTP: a reader on an upload or a source's table, and the data elements of the packs. LANE_READ workers. */
#include "exchange/propose.h"
#include "exchange/proposal.h"
#include "exchange/source.h"
#include "exchange/upload.h"

enum { ELEMENTS_MAX = 5000 };

static void json_free(void *object) {
	json_decref(object);
}

/* Aliases are a JSON array in the table. */
static void aliases_read(Request *rq, Text text, ProposalElement *element) {
	json_t *aliases = text.at ? json_loadb(text.at, text.len, 0, NULL) : NULL;
	if (!aliases) return;
	arena_on_free(rq->arena, json_free, aliases);
	const char **names = ARENA_ARRAY(rq->arena, const char *, json_array_size(aliases) + 1);
	for (size_t i = 0; i < json_array_size(aliases); i++)
		if (json_is_string(json_array_get(aliases, i)))
			names[element->alias_count++] = json_string_value(json_array_get(aliases, i));
	element->aliases = names;
}

static int elements_read(Request *rq, ProposalElement **out, int *count) {
	ProposalElement *elements = ARENA_ARRAY(rq->arena, ProposalElement, ELEMENTS_MAX);
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT code, name, kind, length, check_name, code_set, grade, mask, aliases FROM element ORDER BY code LIMIT 5000",
	    NO_BIND);
	*count = 0;
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		ProposalElement *element = &elements[(*count)++];
		*element = (ProposalElement){.code = rows_str(rows, 0, rq->arena),
		                             .name = rows_str(rows, 1, rq->arena),
		                             .length = (int)rows_int(rows, 3),
		                             .grade = (int)rows_int(rows, 6)};
		Text code_set = rows_text(rows, 5);
		if (field_kind_parse(rows_text(rows, 2), &element->kind) < 0 ||
		    check_parse(rows_text(rows, 4), &element->check) < 0 || mask_parse(rows_text(rows, 7), &element->mask) < 0) {
			(*count)--;
			continue;
		}
		element->code_set = code_set.len ? text_cstr(rq->arena, code_set) : NULL;
		aliases_read(rq, rows_text(rows, 8), element);
	}
	*out = elements;
	return code;
}

static int propose(Request *rq, Reader *reader) {
	ProposalElement *elements;
	int count, code = elements_read(rq, &elements, &count);
	if (code < 0) return code;
	jw_object(&rq->json);
	code = proposal_write(reader, elements, count, rq, rq->arena, &rq->json);
	jw_object_end(&rq->json);
	return code;
}

int propose_upload(Request *rq) {
	Upload upload;
	Reader *reader;
	int code = upload_open(rq, in_int(rq, "id"), &upload);
	if (code < 0) return code;
	ReaderOptions options = {.name = upload.name,
	                         .charset = in_str(rq, "charset"),
	                         .sheet = in_str(rq, "sheet"),
	                         .sha256 = upload.sha256,
	                         .size = upload.size};
	code = reader_open(rq->arena, upload.path, &options, rq->error, &reader);
	rq->about_subject = upload.upload_id;
	return code < 0 ? code : propose(rq, reader);
}

int propose_source(Request *rq) {
	char *url, *name;
	Reader *reader;
	int code = source_postgres(rq, in_int(rq, "id"), &url, &name);
	if (code < 0) return code;
	PostgresTable table = {.url = url, .schema = in_str(rq, "schema"), .table = in_str(rq, "table")};
	code = reader_open_postgres(rq->arena, &table, rq->error, &reader);
	rq->about_subject = in_int(rq, "id");
	return code < 0 ? code : propose(rq, reader);
}
