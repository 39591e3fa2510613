/* oncall: a task on site is offered to one person after the other, as the ladder of its area says, until one accepts it. Whoever
 * was asked last has it, also when nobody accepted: then the centre is told. Runs in the write of the step that offers it. */
#include "event/internal.h"

typedef struct Offer {
	int64_t area_key, asked[PLACE_LADDER_MAX];
	int step_no, count; /* step_no: of the ladder, the one that is asked now */
} Offer;

/* --- what was offered ------------------------------------------------------------------------------------------------------ */
static int offer_store(Request *rq, int64_t case_id, const Offer *offer) {
	const char *asked = "";
	for (int i = 0; i < offer->count; i++)
		asked = arena_printf(rq->arena, "%s%s%lld", asked, i ? "," : "", (long long)offer->asked[i]);
	return (int)db_run(
	    rq->db,
	    "INSERT INTO event_offer (case_id, area_key, step_no, asked, at_us) VALUES ($1, $2, $3, $4, $5) ON CONFLICT"
	    " (case_id) DO UPDATE SET area_key = excluded.area_key, step_no = excluded.step_no, asked ="
	    " excluded.asked, at_us = excluded.at_us",
	    BIND(val_int(case_id), val_int(offer->area_key), val_int(offer->step_no), val_str(asked), val_int(rq->now_us)));
}

static int offer_load(Request *rq, int64_t case_id, Offer *out) {
	Rows *rows;
	*out = (Offer){0};
	int found =
	    db_one(rq->db, &rows, "SELECT area_key, step_no, asked FROM event_offer WHERE case_id = $1", BIND(val_int(case_id)));
	if (found <= 0) return found < 0 ? found : fail(rq, ERR_NOT_FOUND, "Nothing was offered in this case");
	out->area_key = rows_int(rows, 0);
	out->step_no = (int)rows_int(rows, 1);
	for (const char *at = rows_str(rows, 2, rq->arena); *at && out->count < PLACE_LADDER_MAX;) {
		char *end;
		out->asked[out->count++] = strtoll(at, &end, 10);
		at = *end ? end + 1 : end;
	}
	return 0;
}

static int64_t area_of(const Event *event) {
	for (int level = EVENT_AREAS - 1; level >= 0; level--)
		if (event->areas[level]) return event->areas[level];
	return 0;
}

/* --- telling --------------------------------------------------------------------------------------------------------------- */
static const char *name_of(Request *rq, int64_t account_id) {
	AccountName name = {.account_id = account_id};
	return action_run(rq, "account.name", &name) == 0 && name.name ? name.name : "";
}

static int tell(Request *rq, const CaseStep *step, ProgramNotice what, NoticeWords title, NoticeWords body) {
	Event event;
	int code = event_find(rq, step->case_id, &event);
	if (code < 0) return code;
	const char *place = *event.address ? event.address : event.area_text;
	what.title = title;
	const char *at = arena_printf(rq->arena, "%s%s%s", step->number, *place ? " · " : "", place);
	what.body = (NoticeWords){arena_printf(rq->arena, "%s\n%s", at, body.zh), arena_printf(rq->arena, "%s\n%s", at, body.en)};
	what.about = arena_printf(rq->arena, "/events/%lld", (long long)step->case_id);
	int64_t told = notice_by_program(rq, &what);
	return told < 0 ? (int)told : 0;
}

static int tell_one(Request *rq, const CaseStep *step, int64_t account_id, NoticeWords title, NoticeWords body) {
	return tell(rq, step, (ProgramNotice){.accounts = &account_id, .account_count = 1}, title, body);
}

static int ask(Request *rq, CaseStep *step, const Offer *offer, int minutes) {
	step->offer_us = rq->now_us + minutes * INT64_C(60000000);
	int code = offer_store(rq, step->case_id, offer);
	return code < 0
	           ? code
	           : tell_one(
	                 rq, step, offer->asked[offer->count - 1], (NoticeWords){"新任务待接单", "A new task to take on"},
	                 (NoticeWords){arena_printf(rq->arena, "请在 %d 分钟内接单；未接单将转给下一位值守人员。", minutes),
	                               arena_printf(rq->arena, "Take it on within %d minutes; else it goes to the next on duty.",
	                                            minutes)});
}

/* --- effects --------------------------------------------------------------------------------------------------------------- */
/* The case comes to somebody on site: he is the ladder's first step, whoever he is. */
int effect_offer(Request *rq, void *arg) {
	CaseStep *step = arg;
	PlaceLadder ladder;
	Event event;
	if (!step->parties.field_account) return 0;
	int code = event_find(rq, step->case_id, &event);
	if (code == 0) code = place_ladder(rq, area_of(&event), &ladder);
	if (code < 0) return code == ERR_NOT_FOUND ? 0 : code;
	const Offer offer = {.area_key = area_of(&event), .asked = {step->parties.field_account}, .count = 1};
	return ask(rq, step, &offer, ladder.steps[0].minutes);
}

/* Nobody is left to be asked. */
static int end_of_ladder(Request *rq, CaseStep *step, const char *last) {
	step->words = arena_printf(rq->arena, "%s 未按时接单，已无下一位值守人员，任务仍在 %s 名下，已告知指挥中心", last, last);
	return tell(
	    rq, step, (ProgramNotice){.orgs = &step->parties.centre_org, .org_count = 1, .roles = UINT64_C(1) << ROLE_DISPATCHER},
	    (NoticeWords){"任务无人接单", "Nobody takes a task on"},
	    (NoticeWords){
	        arena_printf(rq->arena, "%s。请另派人员或电话联系。", step->words),
	        arena_printf(rq->arena,
	                     "%s did not take it on in time, and nobody is next on duty. Send somebody else, or telephone.",
	                     last)});
}

static NoticeWords title_of(const char *who) {
	static const struct {
		const char *who;
		NoticeWords title;
	} titles[] = {{"officer", {"网格员", "grid officer"}},
	              {"substitute", {"替补", "substitute"}},
	              {"village", {"村居网格长", "head of the village's grids"}},
	              {"town", {"镇街值班", "on duty in the town"}}};
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (strcmp(titles[i].who, who) == 0) return titles[i].title;
	return (NoticeWords){who, who};
}

/* The time of whoever was asked is over. The ladder is read as it is now: it may have been changed meanwhile. */
int effect_pass_on(Request *rq, void *arg) {
	CaseStep *step = arg;
	PlaceLadder ladder;
	PlaceOfficer next;
	Offer offer;
	int code = offer_load(rq, step->case_id, &offer), found = 0;
	if (code == 0) code = place_ladder(rq, offer.area_key, &ladder);
	if (code < 0 && code != ERR_NOT_FOUND) return code;
	if (code == ERR_NOT_FOUND) ladder.count = 0;
	const char *last = name_of(rq, step->parties.field_account);
	while (!found && ++offer.step_no < ladder.count && offer.count < PLACE_LADDER_MAX)
		if ((found = place_ladder_person(rq, offer.area_key, ladder.steps[offer.step_no].who, offer.asked, offer.count,
		                                 &next)) < 0)
			return found;
	if (!found) return end_of_ladder(rq, step, last);
	const PlaceLadderStep *now = &ladder.steps[offer.step_no];
	const char *name = name_of(rq, next.account_id);
	NoticeWords title = title_of(now->who);
	offer.asked[offer.count++] = next.account_id;
	step->words = arena_printf(rq->arena, "%s 未按时接单，转给 %s（%s），%d 分钟内接单", last, name, title.zh, now->minutes);
	code =
	    tell_one(rq, step, step->parties.field_account, (NoticeWords){"任务已转给他人", "The task went to somebody else"},
	             (NoticeWords){arena_printf(rq->arena, "您未按时接单，任务已转给 %s（%s）。", name, title.zh),
	                           arena_printf(rq->arena, "It was not taken on in time and went to %s (%s).", name, title.en)});
	step->parties.field_account = next.account_id;
	step->parties.field_org = next.org_id;
	return code < 0 ? code : ask(rq, step, &offer, now->minutes);
}
