/* What the files of this room share: cases and the engine that moves them. */
#ifndef YIWANG_CASEWORK_INTERNAL_H
#define YIWANG_CASEWORK_INTERNAL_H
#include "casework/casework.h"
#include "casework/process.h"

enum { CASEWORK_MIGRATIONS = 14, CASEWORK_ROUTES = 24, CASE_TEXT_MAX = 1000, CASES_OPEN_MAX = 200 };
extern const Migration casework_migrations[CASEWORK_MIGRATIONS];
extern const Route casework_routes[CASEWORK_ROUTES];

typedef struct Case {
	int64_t case_id, version;
	const char *number, *title;
	const Process *process;
	int state, previous; /* numbers of states; previous -1: none */
	/* What it is about: "resource"; "record" or "entry" (subject_id: its surrogate id, the draft's version) of one; "demand":
	 * nothing yet; "finding" of a standing check (subject_id), of one or none. resource_id 0 = none (yet) */
	const char *subject, *open_key; /* open_key "": any number at a time; else one open case of a process, resource and key */
	int64_t subject_id;
	int64_t resource_id, asker_org, asker_account, supplier_org; /* parties 0 = none (yet): the engine asked, not routed */
	int64_t was_supplier, was_field; /* as stored before: the account on site, else its organisation */
	/* Only of one being begun, see work_case. A number without a platform is the asker account's own. */
	Text outside_platform, outside_number;
	int64_t account_id; /* who is to read */
	int64_t grant_id;   /* 0 = none yet */
	/* Of line city, see CaseParties; home_org: the centre it began with, level: how many above that centre_org is */
	int64_t centre_org, home_org, field_org, field_account;
	int64_t parent_id, merged_into; /* 0 = none */
	int level, children_open, told; /* told: steps of the ladder that were */
	int counts[CASE_COUNTS];
	const char *kind;
	int64_t created_at, closed_at, offer_us; /* offer_us: see CaseStep */
	int event_count;
	CaseClock clock;
	json_t *form, *decision, *limits; /* decision, limits NULL: none */
} Case;

/* 0, ERR_NOT_FOUND. Texts and JSON live in rq->arena. */
int case_load(Request *rq, int64_t case_id, Case *out);
void case_ahead(Request *rq, int64_t case_id);         /* a write will begin with case_load */
int case_sides(const Request *rq, const Case *row);    /* side bits of the party, 0: none */
bool case_visible(const Request *rq, const Case *row); /* by its side, or as auditor */
/* Facts for guards; those of the resource only where needs (bits) has one of them. 0 or a code. */
int case_facts(Request *rq, const Case *row, uint32_t needs, Val facts[FACT_COUNT]);
bool case_within(Request *rq, const Case *row, const ProcessAction *action);           /* it is not too late for it */
int case_acting_side(const Request *rq, const Case *row, const ProcessAction *action); /* 0: none */
/* May the party do this now: side, state, clock, time. *why (may be NULL) says what is in the way when only the guard is. */
bool case_may(Request *rq, const Case *row, const ProcessAction *action);
const char *case_word(const Request *rq, const char *chinese, const char *english); /* in the caller's language */
int case_blocked(Request *rq, const ProcessAction *action, const Val facts[FACT_COUNT], const char **why);

/* Arg of an effect ("share.grant"), which rooms above see as its first member: the action whose form was given (NULL: a first
 * step). It may change row; the engine stores it. */
typedef struct CaseEffect {
	CaseStep step;
	Case *row;
	const ProcessAction *action;
	const json_t *form;
	const char *note;
	int side;
} CaseEffect;

/* In a write. begin: row has title, parties, resource, form and process; the rest is filled in. side: who begins it. */
int case_begin(Request *rq, Case *row, int side);
/* In a write: one that was ended elsewhere, with its times there: it has one step, and was never anybody's turn. */
int case_record(Request *rq, Case *row, int side, const CasePast *past);
/* The open case of a process, resource and key: 1, 0 none, or a code. number may be NULL. */
int case_open_find(Request *rq, const char *process, int64_t resource_id, const char *open_key, int64_t *case_id,
                   const char **number);
/* In a write: the engine's actions on one case whose event this is. 1 one was done, 0, or a code. */
int case_happen(Request *rq, const Happening *what, int64_t case_id);
/* In a write: an entry "case.<action>" for a step that is not the route's own, with what happened (or NULL) and what was found.
 */
int case_evidence(Request *rq, const Case *row, const char *action, const Happening *what, const json_t *proof);
/* In a write: one action by the party on the version it saw. */
int case_act(Request *rq, int64_t case_id, int64_t version, Text action, const char *note, const json_t *form, Case *out);
/* In a write: due times of open cases after case_id `after`, at most `max`, from their events; changed ones are stored. The last
 * id seen through last (0 = there were none). The number of cases changed, or a code. */
int cases_recompute(Request *rq, int64_t after, int max, int64_t *last);

json_t *json_of(Request *rq, Text text); /* in rq's arena; NULL: none, or not JSON */
Val json_val(Request *rq, const json_t *json);
/* In a write: the row as it is, its version one up, the feed told. ERR_CONFLICT when another write was quicker. */
int case_store(Request *rq, const WorkTime *work, Case *row);
int64_t case_step_us(const WorkTime *work, const Case *row);   /* when its ladder, pause or offer is to be looked at; NEVER_US */
int64_t case_ladder_us(const WorkTime *work, const Case *row); /* its ladder or pause alone */
int case_clock_set(Request *rq, const WorkTime *work, Case *row); /* from its events */
void clock_event_read(Request *rq, int64_t at_us, ClockRule clock, int state, Text term, ClockEvent *out);
/* Events of a case for clock_replay, in order; the array is in rq->arena. The count or a code. */
int case_clock_events(Request *rq, const Process *process, int64_t case_id, const ClockEvent **out);

/* Effects and checks that this room has itself: share.c, objection.c, review.c, demand.c, city.c. */
bool share_sensitive(const Resource *resource, const json_t *form);
/* ERR_INVALID with field "form…" when the form does not suit. Fills row's form (share_request) or decision. */
int form_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row);
int action_share_grant(Request *rq, void *arg);
int action_share_consult(Request *rq, void *arg);
int share_consulted(Request *rq, const Case *row);
int action_record_changed(Request *rq, void *arg);  /* CaseCheck */
int action_review_publish(Request *rq, void *arg);  /* CaseEffect */
int action_review_return(Request *rq, void *arg);   /* CaseEffect */
int action_review_step(Request *rq, void *arg);     /* ReviewStep of catalog.h */
int action_entry_published(Request *rq, void *arg); /* int64_t *resource_id */
int action_demand_draft(Request *rq, void *arg);    /* CaseEffect */
/* In the write that brings in the first version of the process: cases for entries that are under review already. */
int reviews_adopt(Request *rq);

void parties_of(const Case *row, CaseParties *out);
int limits_check(Request *rq, const json_t *limits); /* ERR_INVALID */
const char *case_light(const Request *rq, bool open, int64_t due_us, int64_t remind_us, int64_t paused_us);
/* city.c: the organisation a level above, 0 = none. 0 or a code. */
int case_org_above(Request *rq, int64_t org_id, int64_t *out);
int action_case_assign(Request *rq, void *arg); /* CaseEffect, as the others */
int action_case_raise(Request *rq, void *arg);
int action_case_lower(Request *rq, void *arg);
int action_case_split(Request *rq, void *arg);
int action_case_merge(Request *rq, void *arg);
int action_case_call_off_parts(Request *rq, void *arg); /* CaseStep */
/* In the write of the step, after it: "called_off" happens to its open parts, with its number and why. */
int case_parts_call_off(Request *rq, const Case *row, const char *why);

/* show.c */
int case_show(Request *rq, int64_t case_id);
int case_show_brief(Request *rq, const Case *row); /* what moved, without a read */
/* explain.c, into the open object: "clocks" and "ladder"; "parent", "children", "main", "duplicates". */
int clocks_show(Request *rq, const WorkTime *work, const Case *row);
int links_show(Request *rq, const Case *row);

/* handlers */
int cases_post(Request *rq);
int cases_get(Request *rq);
int case_get(Request *rq);
int case_by_number_get(Request *rq);
int ratings_get(Request *rq);
int rating_put(Request *rq);
int rating_delete(Request *rq);
void case_action_ahead(Request *rq);
int case_action_post(Request *rq);
int inbox_get(Request *rq);
int inbox_counts_get(Request *rq);
int ask_accounts_get(Request *rq);
int processes_get(Request *rq);
int calendar_get(Request *rq);
int calendar_put(Request *rq);
int recompute_later(Request *rq); /* running clocks are worked out anew by a job */
int process_put_route(Request *rq);
int rehearse_post(Request *rq);
int calendar_rehearse_post(Request *rq);
/* Inputs year and days, checked: the days in rq->arena and the year's range [from, to). The count or a code. */
int calendar_days_read(Request *rq, WorkDay **out, int32_t *from, int32_t *to);
int calendar_recompute_job(Request *rq, Job *job);
#endif
