/* audit: orders to mend what a standing check found (自查整改单): the subject is the finding, which another room above keeps;
 * that room opens an order, calls it off, and tells of its runs ("checked"). One open order a finding. Runs in the caller's
 * write. */
#include "casework/forms.h"

static const char process_name[] = "audit_order";
static const FormMember audit_members[] = {
    {"check", FORM_TEXT, true, 1, 60}, {"detail", FORM_JSON, true, 0, 0}, {"words", FORM_TEXT, true, 2, 500}, {0}};

static int audit_begin(Request *rq, Case *row) {
	return fail(rq, ERR_FORBIDDEN, "An order of the self-audit begins at its finding");
}

static void json_drop(void *json) {
	json_decref(json);
}

int audit_order_open(Request *rq, const AuditOrder *order, int64_t *case_id, const char **number) {
	Case row = {.title = order->title,
	            .subject = "finding",
	            .subject_id = order->finding_id,
	            .open_key = arena_printf(rq->arena, "finding:%lld", (long long)order->finding_id),
	            .resource_id = order->resource_id,
	            .asker_org = rq->party.org_id,
	            .asker_account = rq->party.account_id,
	            .supplier_org = order->org_id};
	int code = process_get(rq, text_of(process_name), 0, &row.process);
	if (code == ERR_NOT_FOUND) {
		error_clear(rq->error);
		return error_field(rq->error, ERR_CONFLICT, "process", text_of(process_name), "no_process",
		                   "Load a pack that brings the process audit_order, as the base pack does: yiwang pack load "
		                   "packs/base.",
		                   "The city has no process for orders of the self-audit");
	}
	if (code < 0) return code;
	json_t *detail = json_loads(order->detail, 0, NULL);
	row.form =
	    json_pack("{s:s,s:o,s:s}", "check", order->check, "detail", detail ? detail : json_object(), "words", order->words);
	arena_on_free(rq->arena, json_drop, row.form);
	if ((code = case_begin(rq, &row, SIDE_BUREAU)) < 0 || (code = case_evidence(rq, &row, "start", NULL, row.form)) < 0)
		return code;
	*case_id = row.case_id;
	*number = row.number;
	return 0;
}

int case_call_off(Request *rq, int64_t case_id, const char *reason) {
	Case row;
	int code = db_lock(rq->db, "casework.case", case_id);
	if (code < 0 || (code = case_load(rq, case_id, &row)) < 0 || row.closed_at) return code < 0 ? code : 0;
	code = case_act(rq, case_id, row.version, TEXT("withdraw"), reason, NULL, &row);
	return code < 0 ? code : case_evidence(rq, &row, "withdraw", NULL, NULL);
}

const Form audit_forms[] = {{"audit_order", audit_members, .begin = audit_begin}, {0}};
