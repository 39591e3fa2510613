/* update: what another system says of a case that is its own. It is done as a step of the case's process by its account, whose
 * sides and rights are those of any asker; where the process does not allow the step, it becomes a remark or is refused. Said
 * again by the same number, nothing happens twice. */
#include "partner/internal.h"
#include "notice/notice.h"

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

static bool presses(const PartnerUpdate *update) {
	return strcmp(update->action, "urge") == 0 || strcmp(update->action, "supervise") == 0;
}

/* 催办 and 督办 of a platform above are those of the centre's lead, by the platform's account. What waits for the centre itself
 * has an urging of its own. */
static int press_case(Request *rq, const PartnerUpdate *update, int64_t case_id, const char *turn) {
	bool centre = strcmp(turn, "bureau") == 0 || strcmp(turn, "lead") == 0;
	const char *action = strcmp(update->action, "urge") == 0 && centre ? "urge_centre" : update->action;
	return case_do(rq, case_id, 0, action, update->note, NULL);
}

/* The case, and its parts that are open: their units are who is to hurry. */
static int press(Request *rq, const PartnerUpdate *update) {
	enum { PARTS_MAX = 100 };
	Rows *rows;
	CaseView view;
	int64_t parts[PARTS_MAX];
	const char *turns[PARTS_MAX];
	int count = 0, code = case_view(rq, update->case_id, &view);
	if (code < 0) return code;
	rq->party.org_id = view.parties.centre_org;
	rq->party.permits |= PERMIT_BIT(PERMIT_EVENT_SUPERVISE);
	if ((code = press_case(rq, update, view.case_id, view.turn)) < 0 || !view.children_open) return code;
	code = db_query(
	    rq->db, &rows,
	    "SELECT case_id, turn FROM work_case WHERE parent_id = $1 AND parent_id <> 0 AND closed_at = 0 ORDER BY case_id",
	    BIND(val_int(view.case_id)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < PARTS_MAX) {
		parts[count] = rows_int(rows, 0);
		turns[count++] = rows_str(rows, 1, rq->arena);
	}
	rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = press_case(rq, update, parts[i], turns[i]);
	return code;
}

/* What the process does not allow, as calling back an order that is dispatched, is the centre's to decide: it is told. */
static int note_tell(Request *rq, const PartnerUpdate *update) {
	CaseView view;
	int code = case_view(rq, update->case_id, &view);
	if (code < 0) return code;
	const char *body = arena_printf(rq->arena, "%s\n%s", view.title, update->instead);
	const ProgramNotice notice = {.title = {arena_printf(rq->arena, "上级平台来文 %s", view.number),
	                                        arena_printf(rq->arena, "From the platform above: %s", view.number)},
	                              .body = {body, body},
	                              .about = arena_printf(rq->arena, "/events/%lld", (long long)view.case_id),
	                              .orgs = &view.parties.centre_org,
	                              .org_count = view.parties.centre_org != 0,
	                              .roles = UINT64_C(1) << ROLE_DISPATCHER};
	int64_t told = notice_by_program(rq, &notice);
	return told < 0 ? (int)told : 0;
}

/* In the name of the party, with what it may do more for this step. */
static int step_do(Request *rq, const PartnerUpdate *update) {
	if (update->noted) {
		int code = case_do(rq, update->case_id, 0, "remark", update->instead, NULL);
		return code < 0 || !update->platform ? code : note_tell(rq, update);
	}
	if (update->platform && presses(update)) return press(rq, update);
	return case_do(rq, update->case_id, 0, update->action, update->note, update->form);
}

static int update_write(Request *rq, void *arg) {
	PartnerUpdate *update = arg;
	const Party party = rq->party;
	int code = update_seen(rq, update);
	if (code) return code < 0 ? code : 0;
	if (update->above) rq->party.permits |= PERMIT_BIT(PERMIT_EVENT_SUPERVISE);
	code = step_do(rq, update);
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
	/* also where the case runs by an older process that has no such action */
	if ((code != ERR_CONFLICT && code != ERR_FORBIDDEN && code != ERR_NOT_FOUND) || !update->instead) return code;
	error_clear(rq->error);
	update->noted = true;
	return request_write(rq, update_write, update);
}
