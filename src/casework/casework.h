/* casework: pieces of work with a clock, a turn and a history: processes from packs, cases, working time, one inbox. What rooms
 * above it tell and ask. */
#ifndef YIWANG_CASEWORK_CASEWORK_H
#define YIWANG_CASEWORK_CASEWORK_H
#include "record/record.h"

extern const Module casework_module;

/* --- what happens, and what cases wait for --------------------------------------------------------------------------------- */
typedef struct Happening {
	const char *event; /* "loaded", "mounted", "submitted", "published", "overdue", "checked" (a standing check was run),
	                    * "child_closed" (on the parent), "hang_over" (an approved pause has come to its end), "unanswered"
	                    * (nobody accepted what was offered in time); of records
	                    * verified on site "field_sent", "field_added", "field_right", "field_wrong", "field_off",
	                    * "called_off", "order_done", "found_taken", "found_refused" */
	int64_t resource_id;
	int64_t job_id;   /* the load; 0 = none */
	int64_t case_id;  /* only this case; 0 = all of the resource */
	const char *note; /* what people read of it in the history; NULL: nothing */
} Happening;
/* In a write: open cases of the resource whose process has an action of the engine for the event do it, when its guard and check
 * hold. A case whose effect refuses stays as it is, and is told of in the log. 0, or a code of the store. */
int cases_happen(Request *rq, const Happening *what);

/* arg of a check that a process names ("order.passes"); the room that knows registers it as an action. */
typedef struct CaseCheck {
	int64_t case_id, resource_id, subject_id, begun_us; /* begun_us: when the case began */
	int64_t job_id;                                     /* of the happening */
	const json_t *form;                                 /* what the case began with */
	bool holds;                                         /* out */
	json_t *proof; /* out: what was looked at, a JSON object in rq->arena; kept with the step and in evidence; may be NULL */
} CaseCheck;

/* How late case c is, at the time of that parameter. */
#define CASE_LIGHT(now)                                                                                                          \
	"CASE WHEN c.closed_at <> 0 THEN 'none' WHEN c.paused_us <> 0 THEN 'paused' WHEN c.due_us <= " now                       \
	" THEN 'red' WHEN c.remind_us <= " now " THEN 'amber' ELSE 'green' END"
/* How hard whoever has its turn was pressed since the stage of case c began: 0 not, 1 催办, 2 督办, 3 通报, by its history. */
#define CASE_PRESSED                                                                                                             \
	"COALESCE((SELECT MAX(CASE p.action WHEN 'circular' THEN 3 WHEN 'supervise' THEN 2 ELSE 1 END) FROM case_event p WHERE"  \
	" p.case_id = c.case_id AND p.at_us >= c.begun_us AND p.action IN ('urge', 'urge_centre', 'supervise', 'circular')), 0)"
const char *case_pressed_name(int64_t pressed); /* "", "urge", "supervise", "circular" */

/* --- cases of rooms above: city events and the like ---------------------------------------------------------------------------
 */
/* Who has to do with a case; 0 = nobody (yet). In line city: asker event.report of its organisation (asker_account, or who
 * dispatches or takes calls there), supplier event.handle, centre event.dispatch (side bureau) and event.supervise (side lead),
 * field event.report of field_org, or only field_account where it is not 0. */
typedef struct CaseParties {
	int64_t asker_org, asker_account, supplier_org, centre_org, field_org, field_account;
} CaseParties;

/* How a case of another system ended there, before it came here. */
typedef struct CasePast {
	const char *state; /* one that ends the process */
	int64_t began_us, ended_us;
} CasePast;

typedef struct CaseOpening {
	const char *process, *title, *side; /* side: who begins it, as in a process; "": the engine */
	const char *subject, *kind;         /* e.g. "event"; kind is a fact of guards; NULL = "" */
	const char *open_key; /* NULL or "": any number at a time; else one open case of process, resource and key */
	int64_t subject_id, resource_id, parent_id;
	CaseParties parties;
	const json_t *limits; /* {"dispose": {"work_days": 3}, …} for states with limit: {of: dispose}; NULL: none yet */
	const json_t *form;   /* what it begins with; NULL: {} */
	const CasePast *past; /* NULL: it begins now; else it is history, nobody's work */
	int64_t begun_us;     /* 0: now; else it came in then and is entered later: its clock began then */
} CaseOpening;
/* In a write, as rq's party: a case of the newest version of the process; its id and number (in rq's arena). 0, ERR_NOT_FOUND (no
 * such process), ERR_CONFLICT (an open one of its key, or the parent is closed), ERR_INVALID (limits). Sets rq->about…. */
int case_open(Request *rq, const CaseOpening *opening, int64_t *case_id, const char **number);
/* In a write, as rq's party: one action on the version that was seen (0: whatever it is now). Its side, state, clock, guard, note
 * and form are checked as in POST /cases/{id}/actions. note and form may be NULL. 0 or a code. */
int case_do(Request *rq, int64_t case_id, int64_t version, const char *action, const char *note, const json_t *form);
/* In a write: other limits of an open case (its class changed); an event, from which its clock is worked out anew. 0, ERR_INVALID
 * (not limits). Nothing happens when they are what they were. */
int case_limits_set(Request *rq, int64_t case_id, const json_t *limits);
/* When what begins at from_us is due by a limit {"work_days": 3}, the city's working time; far away without one. 0 or a code. */
int case_limit_due(Request *rq, const json_t *limit, int64_t from_us, int64_t *due_us);
/* Names and whole numbers of the case now; texts in rq's arena. ERR_NOT_FOUND, also where the party may not see it. */
typedef struct CaseView {
	int64_t case_id, version, parent_id, merged_into, created_at, closed_at, due_us;
	const char *number, *title, *process, *state, *outcome, *turn, *light;
	int returns, reworks, postpones, hangs, level, children_open;
	CaseParties parties;
	bool is_asker, is_supplier, is_bureau, is_field, is_lead;
} CaseView;
int case_view(Request *rq, int64_t case_id, CaseView *out);
/* Its history as GET /cases/{id} gives it, "events": […] into the open object. Whether the party may see it is the caller's
 * question. */
int case_events_write(Request *rq, int64_t case_id);
/* Lists in the order of due times: input "after" taken apart (without it: before all) or ERR_INVALID, and member "next" written;
 * case_id 0 = null, the last page. */
int case_cursor(Request *rq, int64_t *due_us, int64_t *case_id);
void case_cursor_write(Request *rq, int64_t due_us, int64_t case_id);
/* At most `limit` rows of a queue's query that asks for one more: column 0 is the case, due_column its due time. 0 or a code. */
int case_queue_answer(Request *rq, Rows *rows, int limit, int due_column, RowWriter write);
/* Counts of a queue by light and by state, from rows of state, version, light and count in the order of states. */
int case_counts_answer(Request *rq, Rows *rows, Text process);
/* Lists of work_case c by the newest first, with input "q": sql has CASE_FOUND among its conditions, $1 is the case before which
 * it goes on, and up to $20 are its own, the pattern of "q" among them. Words are looked up (docs/decisions/0042), where they can
 * be; rows, limit and cursor as of answer_rows. */
enum { CASE_LIST_OWN = 20, CASE_LIST_ARGS = CASE_LIST_OWN + 51 };
#define CASE_TEN(a, b) "$" #a "2, $" #a "3, $" #a "4, $" #a "5, $" #a "6, $" #a "7, $" #a "8, $" #a "9, $" #b "0, $" #b "1"
#define CASE_FOUND                                                                                                               \
	"/*if $21*/ AND c.case_id > $21/*end*//*if $22*/ AND c.case_id IN (" CASE_TEN(2, 3) ", " CASE_TEN(3, 4) ", " CASE_TEN(   \
	    4, 5) ", " CASE_TEN(5, 6) ", " CASE_TEN(6, 7) ")/*end*/"
int case_list_answer(Request *rq, RowWriter write, const char *sql, const Val *args, size_t count);
/* A state with its titles, three members of the open object. */
int case_state_write(Request *rq, Text process, int version, Text state);

/* arg of an effect that a process names, registered by any room ("event.filed"). It runs in the action's write, before the case
 * is stored; a code refuses the action. */
typedef struct CaseStep {
	int64_t case_id, parent_id, resource_id, subject_id;
	const char *number, *subject, *kind, *action, *note, *from, *to; /* from "": it begins; to: the state it goes to; kind: in
	                                                                  * and out */
	const json_t *begun, *form; /* what it began with; what this action was given, NULL: nothing */
	int level;
	CaseParties parties;   /* in and out */
	const char *calls_off; /* out: why its open parts end with this step; NULL: they do not */
	const char *title;     /* in and out: what people call it */
	const char *words;     /* out, of a step of the engine: what its line in the history says; NULL: nothing */
	int64_t offer_us;      /* in and out: until when the field is to accept the task, 0 = nobody is asked to */
	const json_t *limits;  /* in and out; a new one lives in rq's arena */
} CaseStep;
/* arg of "form.<name>", by which a room above checks a form that actions of processes name: 0, or ERR_INVALID at "form…". */
typedef struct CaseForm {
	int64_t case_id, subject_id;
	const char *action;
	const json_t *form; /* NULL: none was given */
} CaseForm;

/* The party as which the caller reads a resource: himself, or an account of his organisation that holds a live grant. 0,
 * ERR_FORBIDDEN, ERR_GONE. */
int reading_party(Request *rq, const Resource *resource, Party *out);

/* --- share requests of another platform --------------------------------------------------------------------------------- */
/* arg of share_request_bring. form: {purpose, basis, service_item, way, until, quota_day, fields: ["name or title", …]}; a field
 * that has a mask is asked for masked: such a list does not say more. reader: login of the asker's service account that will
 * read; "" = the only one it has. platform and number: who knows the request and by what. */
typedef struct OutsideRequest {
	const Resource *resource;
	int64_t asker_org;
	Text platform, number, reader;
	json_t *form; /* is changed */
} OutsideRequest;
/* In a write: begins a case of share_request for it, as if asked for here. 0, ERR_INVALID or ERR_CONFLICT with field "form…", or
 * a code. */
int share_request_bring(Request *rq, const OutsideRequest *from, int64_t *case_id);
/* The case of that platform's number: 1, 0 none, or a code. */
int share_request_brought(Request *rq, Text platform, Text number, int64_t *case_id);

/* --- words ------------------------------------------------------------------------------------------------------------ */
/* arg of "case.words", registered by the room above: what a person says in a step of line city, before anything of it is kept or
 * told; without what others may not read. */
typedef struct CaseWords {
	int64_t case_id;
	const char *note; /* in and out */
	json_t *form;     /* its members may be replaced; NULL: none */
} CaseWords;

/* --- levels (提级) ------------------------------------------------------------------------------------------------------- */
/* arg of "case.above", registered by the room that talks to other systems: does a platform of the organisation take what is
 * raised to it? */
typedef struct CaseAbove {
	int64_t org_id;
	bool takes; /* out */
} CaseAbove;

/* --- correction orders (整改单) ---------------------------------------------------------------------------------------- */
/* What is wrong: a finding of the patrol ("update_late", "no_data", "service_fails"), "score_low" (score: the least that is good,
 * 1..100), or "rule" (rule, and field or "" for any). */
typedef struct OrderTerms {
	const Resource *resource;
	const char *defect, *rule, *field, *words; /* words: what people read, or "" */
	int64_t score;
} OrderTerms;
/* In a write: raised by the program itself. 1 raised, 0 there is an open one of that defect, or the city has no such process. */
int order_raise(Request *rq, const OrderTerms *terms);
/* arg of "order.judge", registered by the room that measures: is the defect there now? */
typedef struct OrderJudge {
	int64_t resource_id;
	const json_t *form; /* {defect, rule, field, score} */
	bool there;         /* out */
	json_t *seen;       /* out: as a check's proof */
} OrderJudge;
/* In a write: an order about one record that was found wrong on site (of record_id, verification_id: its case). There is one open
 * order a record: where there is one it hears of this ("field_wrong"). What closes it is the verification's to say. Its id and
 * number (in rq's arena). 1 opened, 0 it was open, ERR_CONFLICT (no pack of the city brings the process). */
typedef struct RecordOrder {
	const Resource *resource;
	int64_t record_id, verification_id;
	const char *words; /* no values: what people read */
} RecordOrder;
int record_order_open(Request *rq, const RecordOrder *order, int64_t *case_id, const char **number);
/* --- orders to mend what a standing check found (自查整改单) ------------------------------------------------------------ */
typedef struct AuditOrder {
	int64_t finding_id, resource_id, org_id;    /* resource 0 = none; org_id: who is to mend it */
	const char *check, *title, *detail, *words; /* detail: JSON, what it was seen by; words: what is to be mended */
} AuditOrder;
/* In a write, in the name of rq's party, who may: opens a case of process audit_order; its id and number (in rq's arena). 0,
 * ERR_CONFLICT when the finding has an open one, or no pack of the city brings the process. */
int audit_order_open(Request *rq, const AuditOrder *order, int64_t *case_id, const char **number);
/* In a write: the party withdraws the case, if it is open, for this reason. */
int case_call_off(Request *rq, int64_t case_id, const char *reason);
/* Whether a state of that process and version ends the case: 1, 0, or a code. */
int case_state_ends(Request *rq, Text process, int version, Text state);
/* What people call it; held by rq's arena. 0 or a code. */
int case_state_titles(Request *rq, Text process, int version, Text state, const char **title, const char **title_en);

/* --- the working calendar ------------------------------------------------------------------------------------------------ */
typedef struct CaseDay {
	bool work, known;     /* known: its year was published; else only the weekday counts */
	const char *occasion; /* "国庆节" of a holiday and of the working days that make up for it, "" of a plain day */
} CaseDay;
int case_day(Request *rq, int32_t day, CaseDay *out); /* 0 or a code */

/* --- answers in time --------------------------------------------------------------------------------------------------- */
/* One step of a case that was its supplier's turn. done_us 0: not done by the end of the period asked for. Texts in rq->arena. */
typedef struct CaseAnswer {
	int64_t case_id, org_id, begun_us, due_us, done_us;
	const char *number, *title;
} CaseAnswer;
typedef int (*CaseAnswerFn)(void *arg, const CaseAnswer *answer); /* 0, or a code that ends it */
/* Steps that suppliers ended within [from, to), and those that were late at its end; one ended by the asker or the bureau counts
 * only where it was late already. Not in a write (it reads process versions through the cache). 0 or a code. */
int case_answers(Request *rq, int64_t from_us, int64_t to_us, CaseAnswerFn fn, void *arg);
#endif
