/* update: what another system says of a case that is its own. It is done as a step of the case's process by its account, whose
 * sides and rights are those of any asker; where the process does not allow the step, it becomes a remark or is refused. Said
 * again by the same number, nothing happens twice. */
#include "partner/internal.h"

static int update_seen(Request *rq, PartnerUpdate *update) {
	Rows *rows;
	if (!update->update_id.len) return 0;
	int code = db_lock(rq->db, "partner.update", rq->party.account_id);
	if (code < 0) return code;
	int found = db_one(rq->db, &rows, "SELECT noted FROM partner_update WHERE account_id = $1 AND update_id = $2",
	                   BIND(val_int(rq->party.account_id), val_text(update->update_id)));
	if (found <= 0) return found;
	update->repeated = true;
	update->noted = rows_int(rows, 0) != 0;
	return 1;
}

static int update_write(Request *rq, void *arg) {
	PartnerUpdate *update = arg;
	const Party party = rq->party;
	int code = update_seen(rq, update);
	if (code) return code < 0 ? code : 0;
	if (update->above) rq->party.permits |= PERMIT_BIT(PERMIT_EVENT_SUPERVISE); /* for this step */
	code = update->noted ? case_do(rq, update->case_id, 0, "remark", update->instead, NULL)
	                     : case_do(rq, update->case_id, 0, update->action, update->note, update->form);
	rq->party = party;
	if (code < 0) return code;
	if (update->update_id.len)
		code = (int)db_run(
		    rq->db,
		    "INSERT INTO partner_update (account_id, update_id, case_id, noted, at_us) VALUES ($1, $2, $3, $4, $5)",
		    BIND(val_int(rq->party.account_id), val_text(update->update_id), val_int(update->case_id),
		         val_int(update->noted), val_int(rq->now_us)));
	if (code < 0) return code;
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.status = 200;
	return evidence_write(rq, &entry);
}

int partner_update(Request *rq, PartnerUpdate *update) {
	update->repeated = update->noted = false;
	int code = request_write(rq, update_write, update);
	if ((code != ERR_CONFLICT && code != ERR_FORBIDDEN) || !update->instead) return code;
	error_clear(rq->error);
	update->noted = true;
	return request_write(rq, update_write, update);
}
