/* remark: what whoever reported adds to their own report while it is open: words and pictures, into its history as a remark;
 * those who deal with it are told. Runs in the caller's write. */
#include "event/internal.h"

int event_remarks(Request *rq, int64_t case_id, int64_t *count) {
	int code = db_int(rq->db, count, "SELECT count(*) FROM " EVENT_REMARKS, BIND(val_int(case_id)));
	return code < 0 ? code : 0;
}

const char *event_merged_words(Request *rq, Text number, const char *words) {
	return arena_printf(rq->arena, EVENT_MERGED_MARK "%.*s）%s", TEXT_ARG(number), words);
}

/* How often it was done, and whether the last time was this very one. */
static int remarks_so_far(Request *rq, const EventRemark *remark, int64_t main_id, const char *note, int64_t *count, bool *same) {
	Rows *rows;
	int64_t used = 0;
	*same = false;
	int code = event_remarks(rq, remark->case_id, count);
	if (code < 0 || !*count) return code;
	code = db_one(rq->db, &rows, "SELECT r.note FROM " EVENT_REMARKS " ORDER BY r.at_us DESC, r.event_no DESC LIMIT 1",
	              BIND(val_int(remark->case_id)));
	if (code < 0) return code;
	*same = code > 0 && text_is(rows_text(rows, 0), note);
	for (int i = 0; *same && i < remark->photo_count; i++) {
		code = db_int(rq->db, &used, "SELECT photo_id FROM event_photo WHERE photo_id = $1 AND case_id = $2",
		              BIND(val_int(remark->photos[i]), val_int(main_id)));
		if (code < 0) return code;
		*same = used == remark->photos[i];
	}
	return 0;
}

/* The case that goes on in its place, or itself; its number is of the report. */
static int main_find(Request *rq, int64_t case_id, int64_t *main_id, Text *number) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT merged_into, number FROM work_case WHERE case_id = $1", BIND(val_int(case_id)));
	if (found <= 0) return found < 0 ? found : ERR_NOT_FOUND;
	*main_id = rows_int(rows, 0) ? rows_int(rows, 0) : case_id;
	*number = text_dup(rq->arena, rows_text(rows, 1));
	return 0;
}

/* The centre, and whose turn it is. Not the words: a notice goes further than the case. */
static int remark_tell(Request *rq, int64_t case_id) {
	CaseView view;
	Event event;
	int code = case_view(rq, case_id, &view);
	if (code == 0) code = event_find(rq, case_id, &event);
	if (code < 0) return code;
	bool field = strcmp(view.turn, "field") == 0;
	const int64_t orgs[] = {view.parties.centre_org, view.parties.supplier_org};
	const int64_t accounts[] = {view.parties.field_account};
	const char *place = *event.address ? event.address : event.area_text;
	const char *at = arena_printf(rq->arena, "%s%s%s", view.number, *place ? " · " : "", place);
	const ProgramNotice notice = {.title = {"案件有新的补充", "More was said of a case"},
	                              .body = {arena_printf(rq->arena, "%s\n上报一方补充了情况，请打开案件查看。", at),
	                                       arena_printf(rq->arena, "%s\nWhoever reported it added something: open it.", at)},
	                              .about = arena_printf(rq->arena, "/events/%lld", (long long)case_id),
	                              .orgs = orgs,
	                              .org_count = view.parties.supplier_org ? 2 : 1,
	                              .roles = UINT64_C(1) << ROLE_DISPATCHER | UINT64_C(1) << ROLE_HANDLER,
	                              .accounts = accounts,
	                              .account_count = field && view.parties.field_account ? 1 : 0};
	int64_t told = notice_by_program(rq, &notice);
	return told < 0 ? (int)told : 0;
}

int event_remark(Request *rq, const EventRemark *remark) {
	const char *note;
	int64_t count = 0, main_id = 0;
	Text number;
	bool same;
	int code = main_find(rq, remark->case_id, &main_id, &number);
	if (code == 0) code = event_note_hide(rq, remark->case_id, text_cstr(rq->arena, remark->words), &note);
	if (code < 0) return code;
	if (remark->photo_count)
		note = arena_printf(rq->arena, "%s%s照片 %d 张%s", note, *note ? "（附" : "补充", remark->photo_count,
		                    *note ? "）" : "");
	if (main_id != remark->case_id) note = event_merged_words(rq, number, note);
	code = db_lock(rq->db, "event.remark", remark->case_id);
	if (code >= 0) code = remarks_so_far(rq, remark, main_id, note, &count, &same);
	if (code < 0 || same) return code < 0 ? code : 0;
	if (count >= remark->most)
		return error_field(rq->error, ERR_INVALID, "words", TEXT_NONE, "remark_count",
		                   "Call 12345 if there is something that must be known.",
		                   "This report was added to %d times: that is as often as it goes", (int)remark->most);
	code = photos_attach(rq, main_id, "remark", remark->photos, remark->photo_count, "photos");
	if (code < 0) return code;
	const Party before = rq->party;
	rq->party.kind = PARTY_SYSTEM;
	code = case_do(rq, main_id, 0, "remark", note, NULL);
	if (code >= 0) code = remark_tell(rq, main_id);
	rq->party = before;
	return code < 0 ? code : 0;
}

int event_rate_merged(Request *rq, int64_t case_id, int stars) {
	int64_t done = 0;
	int code =
	    db_int(rq->db, &done,
	           "SELECT m.case_id FROM work_case c JOIN work_case m ON m.case_id = c.merged_into WHERE c.case_id = $1 AND"
	           " m.state = 'done'",
	           BIND(val_int(case_id)));
	if (code < 0) return code;
	if (!done)
		return error_field(rq->error, ERR_CONFLICT, "stars", TEXT_NONE, "state", "Rate it when that one is closed.",
		                   "The case that goes on in its place is not closed");
	return event_rating_put(rq, done, case_id, stars);
}
