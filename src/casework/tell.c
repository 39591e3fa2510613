/* tell: who hears of a case within the program: the people of its sides, by a notice. (Channels outside: notify.c.) In a write.
 */
#include "casework/notify.h"
#include "notice/notice.h"

/* A side's people in line city and in line sharing; of the asker, the person who asked. */
static int side_notice(Request *rq, const Case *row, int side, ProgramNotice *notice) {
	bool city = row->process->line == LINE_CITY, data = side == SIDE_ASKER || side == SIDE_SUPPLIER;
	Role role = !city                   ? (data ? ROLE_DATA_OFFICER : ROLE_DATA_BUREAU)
	            : side == SIDE_SUPPLIER ? ROLE_HANDLER
	            : side == SIDE_FIELD    ? ROLE_GRID_OFFICER
	            : side == SIDE_BUREAU   ? ROLE_DISPATCHER
	                                    : ROLE_SUPERVISOR;
	int64_t org_id = side == SIDE_SUPPLIER ? row->supplier_org : side == SIDE_FIELD ? row->field_org : row->centre_org;
	int64_t account = side == SIDE_ASKER ? row->asker_account : side == SIDE_FIELD ? row->field_account : 0, told = 0;
	int code = side == SIDE_ABOVE ? case_org_above(rq, row->centre_org, &org_id) : 0;
	if (code < 0) return code;
	if (account) {
		notice->accounts = &account;
		notice->account_count = 1;
		told = notice_by_program(rq, notice);
		notice->account_count = 0;
		/* where a service asked, its organisation's people */
		if (told || city || side != SIDE_ASKER) return told < 0 ? (int)told : 0;
		org_id = row->asker_org;
	}
	if (side == SIDE_ASKER && city) return 0;
	notice->orgs = &org_id;
	notice->org_count = org_id != 0;
	notice->roles = notice->org_count ? UINT64_C(1) << role : 0;
	notice->also = !city && side == SIDE_BUREAU ? UINT64_C(1) << role : 0;
	if (notice->org_count || notice->also) told = notice_by_program(rq, notice);
	return told < 0 ? (int)told : 0;
}

int case_tell(Request *rq, const Case *row, int sides, NoticeWords title, NoticeWords body) {
	const char *page = strcmp(row->subject, "event") == 0 ? "events" : "requests";
	int code = 0;
	if (sides & SIDE_TURN) sides |= row->process->states[row->state].turn;
	for (int side = SIDE_ASKER; side <= SIDE_ABOVE && code >= 0; side <<= 1) {
		ProgramNotice notice = {
		    .title = title, .body = body, .about = arena_printf(rq->arena, "/%s/%lld", page, (long long)row->case_id)};
		if (sides & side) code = side_notice(rq, row, side, &notice);
	}
	return code;
}

static NoticeWords numbered(Request *rq, const Case *row, const char *zh, const char *en) {
	return (NoticeWords){arena_printf(rq->arena, "%s %s", zh, row->number),
	                     arena_printf(rq->arena, "%s %s", en, row->number)};
}

static NoticeWords described(Request *rq, const Case *row, const ProcessState *state, const char *note) {
	const char *more = *note ? "\n" : "";
	return (NoticeWords){arena_printf(rq->arena, "%s\n%s%s%s", row->title, state->title, more, note),
	                     arena_printf(rq->arena, "%s\n%s%s%s", row->title, state->title_en, more, note)};
}

int case_tell_pressed(Request *rq, const Case *row, const ProcessAction *action, const char *note) {
	return case_tell(rq, row, SIDE_TURN, numbered(rq, row, action->title, action->title_en),
	                 described(rq, row, &row->process->states[row->state], note));
}

/* Of line sharing the asker hears what became of the request, or that it is his turn; of line city a unit hears that what it had,
 * or has while the lead decides on what it asked, was taken from it. Whoever did it himself does not. */
int case_tell_moved(Request *rq, const Case *row, const ProcessAction *action, const CaseMoved *moved) {
	const ProcessState *was = &row->process->states[moved->from], *is = &row->process->states[row->state];
	Case then = *row;
	int sides = 0;
	if (moved->from == row->state) return 0;
	if (row->process->line == LINE_SHARING)
		sides = moved->side != SIDE_ASKER && (*is->outcome || is->turn == SIDE_ASKER) ? SIDE_ASKER : 0;
	else if (was->turn == SIDE_SUPPLIER && moved->side & (SIDE_BUREAU | SIDE_LEAD) &&
	         (is->turn != SIDE_SUPPLIER || row->supplier_org != moved->supplier_org))
		sides = SIDE_SUPPLIER;
	else if (was->turn & (SIDE_SUPPLIER | SIDE_LEAD) && moved->side & (SIDE_LEAD | SIDE_ENGINE) && *is->outcome)
		sides = SIDE_SUPPLIER;
	then.supplier_org = moved->supplier_org;
	if (!sides) return 0;
	return case_tell(rq, &then, sides, numbered(rq, row, action->title, action->title_en),
	                 described(rq, row, is, moved->note));
}
