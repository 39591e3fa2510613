/* forms: the table of what is filled in, and what its files share. Internal to the room. */
#ifndef YIWANG_CASEWORK_FORMS_H
#define YIWANG_CASEWORK_FORMS_H
#include "casework/internal.h"

typedef enum MemberType { FORM_TEXT, FORM_ID, FORM_TIME, FORM_INT, FORM_BOOL, FORM_JSON } MemberType;
typedef struct FormMember {
	const char *name;
	MemberType type;
	bool required;
	int64_t min, max; /* texts: characters; numbers: range */
} FormMember;             /* a table ends with a NULL name */

typedef struct Form {
	const char *name;
	const FormMember *members;
	bool optional; /* the action may be done without it */
	/* Beyond its members: 0 or ERR_INVALID with field "form…". It may change row; NULL: nothing more to look at. */
	int (*take)(Request *rq, const ProcessAction *action, const json_t *form, Case *row);
	/* Of a form that a case begins with, in a write: checks row's form against its subject and the asker, and fills in title,
	 * supplier, subject, open_key. NULL: no case begins with it. */
	int (*begin)(Request *rq, Case *row);
	Permission permit;        /* who may begin such a case by hand; PERMIT_UNSET: nobody, the program does */
	bool live;                /* its process is about published entries only: nothing is done on withdrawn ones */
} Form;                           /* a table ends with a NULL name */
const Form *form_find(Text name); /* NULL: no such form */
const char *form_above(Arena *arena, const char *name); /* "form.<name>": the action by which a room above checks it */
extern const Form share_forms[], order_forms[], objection_forms[], review_forms[], demand_forms[], audit_forms[], city_forms[];

/* ERR_INVALID at member `field` of the form. */
int form_bad(Request *rq, const char *field, Text value, const char *rule, const char *advice, const char *message);
int members_check(Request *rq, const FormMember *members, const json_t *form);
Text text_of_member(const json_t *form, const char *name); /* trimmed; "" when absent */
int64_t id_of_member(const json_t *form, const char *name);
int64_t time_of_member(const json_t *form, const char *name);
int64_t int_of_member(const json_t *form, const char *name);
#endif
