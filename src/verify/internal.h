/* What the files of this room share. */
#ifndef YIWANG_VERIFY_INTERNAL_H
#define YIWANG_VERIFY_INTERNAL_H
#include "verify/verify.h"
#include "event/event.h"

enum { VERIFY_ROUTES = 13, VERIFY_ACTIONS = 10, VERIFY_FIELDS_MAX = 20, VERIFY_RECORDS_MAX = 100, VERIFY_IDENTIFY_MAX = 4 };
extern const Route verify_routes[VERIFY_ROUTES];
extern const Action verify_actions[VERIFY_ACTIONS]; /* forms, effects and checks that processes name: outcome.c */

/* One record sent to the field: a row beside its case. Texts in rq's arena. */
typedef struct Verification {
	int64_t case_id, resource_id, record_id, supplier_org, sender_org, sender_account, order_id, sent_us, answered_us,
	    answered_by, closed_us;
	const char *number, *state, *outcome, *class_code, *area_text, *words;
	const char *address;    /* in clear; "" where the record has its own position and no address */
	bool address_sensitive; /* of an L3/L4 field */
	double lon, lat, answer_lon, answer_lat;
	bool answer_placed;
	json_t *identify; /* names of fields that tell which thing it is */
} Verification;
/* 0, ERR_NOT_FOUND. Whether the party may see it is asked of verification_role. */
int verification_load(Request *rq, int64_t case_id, Verification *out);

typedef struct DoubtField { /* a field in doubt; texts in rq's arena */
	const char *name, *answer,
	    *mark; /* answer: "" not yet, right, wrong, unknown, gone; mark: when it was sent, then answered */
	const char *value, *value_mark; /* locked: what the officer found ("" = not said), and the mark it would have */
	const char *old, *now_mark;     /* locked: what was recorded when he answered; the mark last seen by a load */
} DoubtField;
/* The count or a code. */
int fields_load(Request *rq, int64_t case_id, DoubtField out[VERIFY_FIELDS_MAX]);

typedef enum ViewRole {
	VIEW_NONE,
	VIEW_STATE,    /* what became of it, no values: the sender, the data bureau, the auditor, the centre */
	VIEW_SUPPLIER, /* whose record it is */
	VIEW_FIELD,    /* whose turn it is to look */
} ViewRole;
/* 0 or a code. version (may be NULL): the case's, 0 unless it is the field's turn. */
int verification_role(Request *rq, const Verification *one, ViewRole *out, int64_t *version);

/* What of a stored text people are shown: masked where its field is L3 or L4. */
const char *shown_text(Request *rq, const Resource *resource, const Field *field, Text text, bool *masked);
/* Locked for the store and opened again; "" is "". */
const char *value_lock(Request *rq, Text text);
const char *value_open(Request *rq, const char *locked);

/* where.c: the place of a record: its own, else that of an address it names. 1 found, 0 none, or a code. */
typedef struct RecordWhere {
	double lon, lat;
	Text address; /* as recorded, TEXT_NONE = none */
	bool address_sensitive;
} RecordWhere;
int record_where(Request *rq, const Resource *resource, int64_t record_id, const Field *address, RecordWhere *out);
const Field *address_field(const Resource *resource); /* the first that is one, NULL */

/* outcome.c: in the write that answers: what follows for doubts, order and those who doubted. */
int verification_settle(Request *rq, const Verification *one, const DoubtField *fields, int count, const char *note);

/* handlers */
int verifications_post(Request *rq);
int verifications_get(Request *rq);
int verification_counts_get(Request *rq);
int verification_doubts_get(Request *rq);
int verification_get(Request *rq);
int verification_clear_post(Request *rq);
int verification_answer_post(Request *rq);
int verification_withdraw_post(Request *rq);
int verification_photo_get(Request *rq);
int verification_queue_get(Request *rq);
int verification_queue_counts_get(Request *rq);
int found_get(Request *rq);
int found_correct_post(Request *rq);
int correct_job_run(Request *rq, Job *job); /* job verify.correct */
#endif
