/* What the files of this room share. */
#ifndef YIWANG_FORM_INTERNAL_H
#define YIWANG_FORM_INTERNAL_H
#include "form/form.h"

enum { FORM_ROUTES = 13, FORM_FIELDS_MAX = 100, FORM_VALUE_MAX = 1000, FORM_HELD_MAX = 5 };
extern const Route form_routes[FORM_ROUTES];

/* One item of a form. source: where the city has it already; NULL: it is asked for. */
typedef struct FormField {
	const char *name, *title, *why;
	FieldKind kind;
	const char *code_set;
	bool required;
	const Resource *source;
	const Field *field;
} FormField;
typedef struct FormDoc {         /* as checked; in rq's arena */
	const Resource *subject; /* whose records it is about: its key names one; NULL = about nobody in particular */
	FormField fields[FORM_FIELDS_MAX];
	int count;
} FormDoc;
/* The document's fields bound to what they name. 0, or ERR_INVALID at "document…". */
int form_doc(Request *rq, const json_t *document, FormDoc *out);
/* Which asked-for fields the city holds already: [{name, held: [{resource_id, resource_name, org_id, field}]}], new reference
 * through out (an empty array: none). A held field without "why" is refused: rule already_held. */
int form_held(Request *rq, const FormDoc *doc, json_t **out);

typedef struct FormRow {
	int64_t form_id, org_id, version, created_by, submitted_by, opened_at, due_at;
	const char *title, *purpose, *basis, *state, *note;
	json_t *document, *held; /* in rq's arena */
} FormRow;
/* 0, ERR_NOT_FOUND: also where the party may not see it (drafts are the owner's and the reviewers'). */
int form_load(Request *rq, int64_t form_id, FormRow *out);
bool form_own(const Request *rq, const FormRow *row);
int form_show(Request *rq, int64_t form_id);                 /* writes it into rq->json */
void form_item_members(Request *rq, const FormField *field); /* what is asked, into the open object */

/* handlers: write.c */
int form_post(Request *rq);
int form_put(Request *rq);
int form_submit_post(Request *rq);
int form_review_post(Request *rq);
int form_close_post(Request *rq);
/* show.c */
int forms_get(Request *rq);
int form_get(Request *rq);
int burden_get(Request *rq);
/* doubt.c */
typedef struct FormDoubt {
	int64_t case_id, form_id;
	const char *item; /* the form's title of it */
} FormDoubt;
int doubt_keep(Request *rq, const FormDoubt *doubt); /* in a write: the party doubted this; again is once */
int doubts_get(Request *rq);
/* fill.c */
int form_begin_post(Request *rq);
int form_answer_post(Request *rq);
int answers_get(Request *rq);
int answers_csv_get(Request *rq);
#endif
