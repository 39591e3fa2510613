/* process: what a pack says of one kind of work: states with their turns and limits, actions, first steps. Internal to the room.
 */
#ifndef YIWANG_CASEWORK_PROCESS_H
#define YIWANG_CASEWORK_PROCESS_H
#include "casework/worktime.h"

enum { PROCESS_STATES_MAX = 32, PROCESS_ACTIONS_MAX = 64, PROCESS_STARTS_MAX = 16, PROCESS_BRANCHES_MAX = 4 };
enum { STATE_STAYS = -1, STATE_PREVIOUS = -2 };

/* Who is meant: bits. */
enum {
	SIDE_ASKER = 1,
	SIDE_SUPPLIER = 2,
	SIDE_BUREAU = 4,
	SIDE_TURN = 8,   /* whose turn it is */
	SIDE_ENGINE = 16 /* nobody: done by the engine when the action's event happens and its check holds */
};
int side_bit(Text name);         /* 0: no such word */
const char *side_name(int side); /* of one bit; "" */

typedef enum NoteRule { NOTE_NONE, NOTE_OPTIONAL, NOTE_REQUIRED } NoteRule;
typedef enum ClockRule { CLOCK_NONE, CLOCK_START, CLOCK_PAUSE, CLOCK_RESUME } ClockRule;
const char *clock_rule_name(ClockRule rule); /* "" "start" "pause" "resume": also what case_event keeps */
ClockRule clock_rule_of(Text name);

typedef struct ProcessState {
	const char *name, *title, *title_en, *outcome; /* outcome "": open */
	int turn;                                      /* one bit, 0 = nobody's */
	Limit limit, remind;
} ProcessState;
typedef struct ProcessStep {       /* one of several ways on: the first whose guard holds */
	const char *when, *effect; /* "" = always, none */
	int to;
} ProcessStep;
typedef struct ProcessAction {
	const char *name, *title, *title_en;
	uint32_t from; /* bits by number of state */
	int by, to;    /* side bits; number of state, STATE_STAYS or STATE_PREVIOUS */
	NoteRule note;
	ClockRule clock;
	const char *form, *effect, *when, *otherwise, *otherwise_en; /* "" = none */
	const char *on, *check;                                      /* of the engine's: the event, and the check by name */
	ProcessStep branches[PROCESS_BRANCHES_MAX];                  /* where "to" is a list */
	int branch_count;
} ProcessAction;
typedef struct Process {                                     /* immutable; one version */
	const char *name, *title, *title_en, *number, *form; /* form: what a case begins with */
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
int process_current(Request *rq, const char *name, json_t **out); /* document of the newest version in rq's arena, NULL: none */

/* --- facts for guards ---------------------------------------------------------------------------------------------------- */
/* What "when" may ask for: sharing ("unconditional" …), mounted, sensitive (L3/L4 asked in clear), own (whoever acts wrote or
 * submitted the entry under review): 1 or nil; grade 1..4. */
enum { FACT_SHARING, FACT_MOUNTED, FACT_SENSITIVE, FACT_GRADE, FACT_OWN, FACT_COUNT };
extern const char *const fact_names[FACT_COUNT];
/* 1 holds ("" always does), 0, or ERR_INVALID. */
int guard_test(Request *rq, const char *when, const Val facts[FACT_COUNT]);

/* --- the clock of a case, from its events alone --------------------------------------------------------------------------- */
typedef struct ClockEvent {
	int64_t at_us;
	ClockRule clock;
	int state; /* number of the state after the event */
} ClockEvent;
typedef struct CaseClock {
	int64_t begun_us, due_us, remind_us, paused_us; /* NEVER_US: none (due while the clock stands); paused 0: it runs */
} CaseClock;
CaseClock clock_replay(const WorkTime *work, const Process *process, const ClockEvent *events, size_t count);

/* --- pack items: actions "process.check", "process.local", "process.put", "calendar.load" (PackPart of catalog.h) ---- */
int action_process_check(Request *rq, void *arg);
int action_process_local(Request *rq, void *arg);
int action_process_put(Request *rq, void *arg);
int action_calendar_load(Request *rq, void *arg);
#endif
