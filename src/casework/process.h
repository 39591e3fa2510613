/* process: what a pack says of one kind of work: states with their turns and limits, actions, first steps. Internal to the room.
 */
#ifndef YIWANG_CASEWORK_PROCESS_H
#define YIWANG_CASEWORK_PROCESS_H
#include "casework/worktime.h"

enum { PROCESS_STATES_MAX = 32, PROCESS_ACTIONS_MAX = 64, PROCESS_STARTS_MAX = 16, PROCESS_BRANCHES_MAX = 4, LADDER_MAX = 8 };
enum { STATE_STAYS = -1, STATE_PREVIOUS = -2 };

/* Which permissions the sides of a process stand for. */
typedef enum Line { LINE_SHARING, LINE_CITY } Line;
const char *line_name(Line line);

/* Who is meant: bits. */
enum {
	SIDE_ASKER = 1,
	SIDE_SUPPLIER = 2,
	SIDE_BUREAU = 4,
	SIDE_FIELD = 8,    /* who verifies and checks on site (line city) */
	SIDE_LEAD = 16,    /* who approves and rules (line city) */
	SIDE_ABOVE = 32,   /* the centre a level above: told by a ladder, never acts */
	SIDE_TURN = 64,    /* whose turn it is */
	SIDE_ENGINE = 128, /* nobody: done by the engine when the action's event happens and its check holds */
	SIDES_PERSONS = SIDE_ASKER | SIDE_SUPPLIER | SIDE_BUREAU | SIDE_FIELD | SIDE_LEAD
};
int side_bit(Text name);         /* 0: no such word */
const char *side_name(int side); /* of one bit; "" */

typedef enum NoteRule { NOTE_NONE, NOTE_OPTIONAL, NOTE_REQUIRED } NoteRule;
/* What a step does to the clock: begins a stage; stands, runs on, runs on in another state, gets more time, has other limits,
 * is amber from now on. */
typedef enum ClockRule {
	CLOCK_NONE,
	CLOCK_START,
	CLOCK_PAUSE,
	CLOCK_RESUME,
	CLOCK_KEEP,
	CLOCK_EXTEND,
	CLOCK_LIMITS,
	CLOCK_PRESS
} ClockRule;
const char *clock_rule_name(ClockRule rule); /* "" "start" "pause" …: also what case_event keeps */
ClockRule clock_rule_of(Text name);

/* A step of the ladder (预警 催办 督办 通报): at a moment before, at or after the due time, told once. */
typedef struct LadderStep {
	LimitUnit unit;
	int64_t n;        /* below 0: before the due time, as limit_before counts it */
	const char *step; /* remind, urge, supervise, circular; of the short form also overdue */
	int tell;         /* side bits */
} LadderStep;
typedef enum CaseCount { COUNT_NONE, COUNT_RETURNS, COUNT_REWORKS, COUNT_POSTPONES, COUNT_HANGS, CASE_COUNTS } CaseCount;
extern const char *const count_names[CASE_COUNTS]; /* "" "returns" "reworks" "postpones" "hangs" */

typedef struct ProcessState {
	const char *name, *title, *title_en, *outcome; /* outcome "": open */
	int turn;                                      /* one bit, 0 = nobody's */
	Limit limit;
	const char *limit_of;          /* "": limit; else this member of the case's own limits */
	LadderStep ladder[LADDER_MAX]; /* by time; "remind" as the short form of two steps */
	int ladder_count;
	const char *offer; /* effect of coming into it: who is to accept the task, until when; "": nobody is asked to */
} ProcessState;
typedef struct Guard { /* a condition over facts */
	const char *source;
	Expression *expression; /* NULL: always */
	uint32_t needs;         /* facts it asks for, bits by number */
} Guard;
typedef struct ProcessStep { /* one of several ways on: the first whose guard holds */
	Guard when;
	const char *effect; /* "" = none */
	int to;
} ProcessStep;
typedef struct ProcessAction {
	const char *name, *title, *title_en;
	uint32_t from; /* bits by number of state */
	int by, to;    /* side bits; number of state, STATE_STAYS or STATE_PREVIOUS */
	NoteRule note;
	ClockRule clock;
	Guard when;
	const char *form, *effect, *otherwise, *otherwise_en; /* "" = none */
	const char *on, *check;                               /* of the engine's: the event, and the check by name */
	ProcessStep branches[PROCESS_BRANCHES_MAX];           /* where "to" is a list */
	int branch_count;
	CaseCount count;   /* goes up by one with it */
	Limit within;      /* only so long after its state was entered (reopening); LIMIT_NONE: always */
	bool accepts;      /* it accepts what is offered, and is there only while something is */
	const char *press; /* "urge", "supervise": whose turn it is hears of it as of that step of a ladder; "": no such step */
} ProcessAction;
typedef struct Process {                                     /* immutable; one version */
	const char *name, *title, *title_en, *number, *form; /* form: what a case begins with */
	Line line;
	int version;
	ProcessState states[PROCESS_STATES_MAX];
	ProcessAction actions[PROCESS_ACTIONS_MAX];
	ProcessStep starts[PROCESS_STARTS_MAX];
	int state_count, action_count, start_count;
	const json_t *document; /* as stored; NULL while it is checked */
} Process;

/* What is wrong with a process; path is below the document's root ("actions[3].to"). */
typedef void (*ProcessFault)(void *arg, const char *path, const char *rule, const char *message, const char *advice);
/* The typed form of a document, in arena. Without faults it is whole; with faults it must not be used. The number of faults. */
int process_parse(Request *rq, Arena *arena, const json_t *document, Process *out, ProcessFault fault, void *arg);
int process_state(const Process *process, Text name);                   /* number, or -1 */
const ProcessAction *process_action(const Process *process, Text name); /* NULL: none */
/* version 0: the newest. 0, ERR_NOT_FOUND. Held by rq's arena; cached by generation. */
int process_get(Request *rq, Text name, int version, const Process **out);
/* In a write: keeps the document as the next version; cases begun before go on with theirs. */
int process_put(Request *rq, const char *name, const json_t *document, int64_t *version);
/* Document of the newest version in rq's arena, NULL: none; version may be NULL. */
int process_current(Request *rq, const char *name, json_t **out, int64_t *version);

/* --- facts for guards ---------------------------------------------------------------------------------------------------- */
/* What "when" may ask for: sharing ("unconditional" …), mounted, sensitive (L3/L4 asked in clear, or rows by a value not
 * asked in clear), revoked (the supplier took the last grant of the entry back from the asking organisation), own (whoever acts
 * wrote or submitted the entry under review; in line city, reported it himself: of what came by telephone, the hotline): 1 or
 * nil; grade 1..4. Of any case: how often it was returned (since it was opened again), redone, extended, paused, before the
 * action asked about; children that are open; levels above its own centre; kind (what the case was opened as, "" when it has
 * none); child (it is one), unit (somebody handles it): 1 or nil; parts_done: children that were done since it was last redone or
 * opened again; parts_returned: those of the stage that runs which their units returned; voice: 1 or nil, whoever acts asked
 * himself, or speaks for who did (the program for its public pages, the hotline). */
enum {
	FACT_SHARING,
	FACT_MOUNTED,
	FACT_SENSITIVE,
	FACT_GRADE,
	FACT_OWN,
	FACT_RETURNS,
	FACT_REWORKS,
	FACT_POSTPONES,
	FACT_HANGS,
	FACT_CHILDREN_OPEN,
	FACT_LEVEL,
	FACT_KIND,
	FACT_CHILD,
	FACT_UNIT, /* somebody handles it: a parent of parts has no unit of its own */
	FACT_PARTS_DONE,
	FACT_PARTS_RETURNED,
	FACT_VOICE,
	FACT_REVOKED,
	FACT_COUNT
};
extern const char *const fact_names[FACT_COUNT];
enum {
	FACTS_OF_RESOURCE =
	    1 << FACT_SHARING | 1 << FACT_MOUNTED | 1 << FACT_SENSITIVE | 1 << FACT_GRADE | 1 << FACT_OWN | 1 << FACT_REVOKED,
	FACTS_OF_PARTS = 1 << FACT_PARTS_DONE | 1 << FACT_PARTS_RETURNED
};
/* 1 holds, 0, or a code. */
int guard_test(Request *rq, const Guard *when, const Val facts[FACT_COUNT]);

/* --- the clock of a case, from its events alone --------------------------------------------------------------------------- */
typedef struct ClockEvent {
	int64_t at_us;
	ClockRule clock;
	int state;            /* number of the state after the event */
	Limit term;           /* of an extension: how much more; of a pause: until when at most */
	const json_t *limits; /* the case's own limits from this event on, NULL: as before */
} ClockEvent;
typedef struct CaseClock {
	int64_t begun_us, due_us, remind_us, paused_us; /* NEVER_US: none (due while the clock stands); paused 0: it runs */
	int64_t until_us;                               /* the end of the pause that was approved; NEVER_US: none */
	int state;                                      /* where it began to run: whose limit and ladder it has; -1: nowhere */
} CaseClock;
/* One run of the clock: from a start to the next start or the end. */
typedef struct ClockStage {
	size_t first, end; /* its events */
	int64_t plain_us;  /* due by the limit alone, without pauses and extensions */
	Limit limit;       /* LIMIT_NONE: none */
	CaseClock clock;   /* as it was at the stage's end */
} ClockStage;
/* The stages of a case, oldest first, with the limits in force at the end of each; out has room for count. Their number. */
size_t clock_stages(const WorkTime *work, const Process *process, const ClockEvent *events, size_t count, ClockStage *out);
/* The clock now: of the last stage. */
CaseClock clock_replay(const WorkTime *work, const Process *process, const ClockEvent *events, size_t count);
/* The limit that a state gives a case with these limits of its own (NULL: none). */
Limit state_limit(const ProcessState *state, const json_t *limits);
/* When the ladder's step comes under the stage's limit; NEVER_US while there is no due time. */
int64_t ladder_us(const WorkTime *work, const LadderStep *step, Limit limit, int64_t due_us);

/* --- pack items: actions "process.check", "process.local", "process.put", "calendar.load" (PackPart of catalog.h) ---- */
int action_process_check(Request *rq, void *arg);
int action_process_local(Request *rq, void *arg);
int action_process_put(Request *rq, void *arg);
int action_calendar_load(Request *rq, void *arg);
#endif
