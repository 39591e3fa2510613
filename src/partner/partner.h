/* partner: other systems at work on the same cases: clients that reported them and hear by webhook what becomes of them
 * (Open311). Messages go out at least once, in order per case, signed, tried again with growing pauses, never to inner addresses
 * unless a setting names them; what a partner says of a case is done as a step of its process or becomes a remark. */
#ifndef YIWANG_PARTNER_PARTNER_H
#define YIWANG_PARTNER_PARTNER_H
#include "event/event.h"

extern const Module partner_module;

/* arg of the action "partner.<kind>": the room that knows words what a partner of that kind is told of one step of its case. */
typedef struct PartnerStep {
	int64_t partner_id, case_id, event_no, at_us;
	const char *action, *from, *to, *note; /* from "": it begins */
	const char *process;
	int process_version;
	bool ends;    /* the state that it went to ends the case */
	json_t *body; /* out: taken; NULL: the partner is not told of this step */
} PartnerStep;

/* What the party's own system says of a case. Not in a write. */
typedef struct PartnerUpdate {
	int64_t case_id;
	Text update_id; /* of the sender: sent again, nothing happens twice; "" none */
	const char *action, *note;
	const json_t *form;   /* NULL none */
	const char *instead;  /* note of a remark where the process does not allow the action; NULL: then it is refused */
	bool platform;        /* the party is a platform above: what it urges or supervises is done as the centre's lead would */
	bool above;           /* the case was raised to the party's organisation, so it acts as its lead */
	bool repeated, noted; /* out: it was there before; it became a remark */
} PartnerUpdate;
int partner_update(Request *rq, PartnerUpdate *update);
#endif
