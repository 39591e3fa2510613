/* What the files of this room share: cases and the engine that moves them. */
#ifndef YIWANG_CASEWORK_INTERNAL_H
#define YIWANG_CASEWORK_INTERNAL_H
#include "casework/casework.h"
#include "casework/process.h"

enum { CASEWORK_MIGRATIONS = 3, CASEWORK_ROUTES = 18, CASE_TEXT_MAX = 1000, CASES_OPEN_MAX = 200 };
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
	Text outside_platform, outside_number;                       /* only of one being begun: see work_case */
	int64_t account_id;                                          /* who is to read */
	int64_t grant_id;                                            /* 0 = none yet */
	int64_t created_at, closed_at;
	int event_count;
	CaseClock clock;
	json_t *form, *decision; /* decision NULL: none */
} Case;

/* 0, ERR_NOT_FOUND. Texts and JSON live in rq->arena. */
int case_load(Request *rq, int64_t case_id, Case *out);
int case_sides(const Request *rq, const Case *row);    /* side bits of the party, 0: none */
bool case_visible(const Request *rq, const Case *row); /* by its side, or as auditor */
/* Facts for guards. 0 or a code. */
int case_facts(Request *rq, const Case *row, Val facts[FACT_COUNT]);
/* May the party do this now: side, state, clock. *why (may be NULL) says what is in the way when only the guard or clock is. */
bool case_may(const Request *rq, const Case *row, const ProcessAction *action);
int case_blocked(Request *rq, const ProcessAction *action, const Val facts[FACT_COUNT], const char **why);

/* Arg of an effect ("share.grant"): the action whose form was given (NULL: a first step). It may change row; the engine stores
 * it. */
typedef struct CaseEffect {
	Case *row;
	const ProcessAction *action;
	const json_t *form;
	const char *note;
	int side;
} CaseEffect;

/* In a write. begin: row has title, parties, resource, form and process; the rest is filled in. side: who begins it. */
int case_begin(Request *rq, Case *row, int side);
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

/* Events of a case for clock_replay, in order; the array is in rq->arena. The count or a code. */
int case_clock_events(Request *rq, const Process *process, int64_t case_id, const ClockEvent **out);

/* Effects and checks that this room has itself: share.c, objection.c, review.c, demand.c. */
bool share_sensitive(const Resource *resource, const json_t *form); /* L3 or L4 asked in clear */
/* ERR_INVALID with field "form…" when the form does not suit. Fills row's form (share_request) or decision. */
int form_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row);
int action_share_grant(Request *rq, void *arg);
int action_record_changed(Request *rq, void *arg);  /* CaseCheck */
int action_review_publish(Request *rq, void *arg);  /* CaseEffect */
int action_review_return(Request *rq, void *arg);   /* CaseEffect */
int action_review_step(Request *rq, void *arg);     /* ReviewStep of catalog.h */
int action_entry_published(Request *rq, void *arg); /* int64_t *resource_id */
int action_demand_draft(Request *rq, void *arg);    /* CaseEffect */
/* In the write that brings in the first version of the process: cases for entries that are under review already. */
int reviews_adopt(Request *rq);

/* show.c */
const char *json_dumps_in(Request *rq, const json_t *json);
int case_show(Request *rq, int64_t case_id);

/* handlers */
int cases_post(Request *rq);
int cases_get(Request *rq);
int case_get(Request *rq);
int ratings_get(Request *rq);
int rating_put(Request *rq);
int rating_delete(Request *rq);
int case_action_post(Request *rq);
int inbox_get(Request *rq);
int inbox_counts_get(Request *rq);
int ask_accounts_get(Request *rq);
int processes_get(Request *rq);
int calendar_get(Request *rq);
int calendar_put(Request *rq);
int process_put_route(Request *rq);
int rehearse_post(Request *rq);
/* Inputs year and days, checked: the days in rq->arena and the year's range [from, to). The count or a code. */
int calendar_days_read(Request *rq, WorkDay **out, int32_t *from, int32_t *to);
int calendar_recompute_job(Request *rq, Job *job);
#endif
