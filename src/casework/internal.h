/* What the files of this room share: cases and the engine that moves them. */
#ifndef YIWANG_CASEWORK_INTERNAL_H
#define YIWANG_CASEWORK_INTERNAL_H
#include "casework/casework.h"
#include "casework/process.h"

enum { CASEWORK_MIGRATIONS = 1, CASEWORK_ROUTES = 15, CASE_TEXT_MAX = 1000 };
extern const Migration casework_migrations[CASEWORK_MIGRATIONS];
extern const Route casework_routes[CASEWORK_ROUTES];

typedef struct Case {
	int64_t case_id, version;
	const char *number, *title;
	const Process *process;
	int state, previous; /* numbers of states; previous -1: none */
	int64_t resource_id, asker_org, asker_account, supplier_org;
	int64_t account_id; /* who is to read */
	int64_t grant_id;   /* 0 = none yet */
	int64_t created_at, closed_at;
	int event_count;
	CaseClock clock;
	json_t *form, *decision; /* decision NULL: none */
} Case;

/* 0, ERR_NOT_FOUND. Texts and JSON live in rq->arena. */
int case_load(Request *rq, int64_t case_id, Case *out);
int case_sides(const Request *rq, const Case *row); /* side bits of the party; 0: it may not even see the case */
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
} CaseEffect;

/* In a write. begin: row has title, parties, resource, form and process; the rest is filled in. */
int case_begin(Request *rq, Case *row);
/* In a write: one action by the party on the version it saw. */
int case_act(Request *rq, int64_t case_id, int64_t version, Text action, const char *note, const json_t *form, Case *out);
/* In a write: due times of open cases after case_id `after`, at most `max`, from their events; changed ones are stored. The last
 * id seen through last (0 = there were none). The number of cases changed, or a code. */
int cases_recompute(Request *rq, int64_t after, int max, int64_t *last);

/* Events of a case for clock_replay, in order; the array is in rq->arena. The count or a code. */
int case_clock_events(Request *rq, const Process *process, int64_t case_id, const ClockEvent **out);

/* share.c: the forms of share requests, and the effect that makes the grant. */
int share_request_check(Request *rq, const Resource *resource, const json_t *form, int64_t asker_org, int64_t asker_account,
                        int64_t *account_id);
bool share_sensitive(const Resource *resource, const json_t *form); /* L3 or L4 asked in clear */
/* ERR_INVALID with field "form…" when the form does not suit. Fills row's form (share_request) or decision. */
int form_take(Request *rq, const ProcessAction *action, const json_t *form, Case *row);
int action_share_grant(Request *rq, void *arg);

/* show.c */
const char *json_dumps_in(Request *rq, const json_t *json);
int case_show(Request *rq, int64_t case_id);

/* handlers */
int cases_post(Request *rq);
int cases_get(Request *rq);
int case_get(Request *rq);
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
