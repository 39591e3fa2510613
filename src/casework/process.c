/* process: see process.h. Documents are checked whole when they come in (pack or route); what is stored is only parsed. Worker
 * and writer threads; processes live in core's cache, a version never changes. */
#include "casework/forms.h"
#include "catalog/catalog.h"
#include <stdlib.h>

/* --- words ----------------------------------------------------------------------------------------------------------- */
static const struct {
	const char *name;
	int bit;
} sides[] = {{"asker", SIDE_ASKER}, {"supplier", SIDE_SUPPLIER}, {"bureau", SIDE_BUREAU}, {"field", SIDE_FIELD},
             {"lead", SIDE_LEAD},   {"above", SIDE_ABOVE},       {"turn", SIDE_TURN},     {"engine", SIDE_ENGINE}};

int side_bit(Text name) {
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
		if (text_is(name, sides[i].name)) return sides[i].bit;
	return 0;
}

const char *side_name(int side) {
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
		if (sides[i].bit == side) return sides[i].name;
	return "";
}

static const char *const note_names[] = {"none", "optional", "required"};
const char *const count_names[CASE_COUNTS] = {"", "returns", "reworks", "postpones", "hangs"};
const char *const fact_names[FACT_COUNT] = {"sharing", "mounted",   "sensitive",  "grade",          "own",   "returns",
                                            "reworks", "postpones", "hangs",      "children_open",  "level", "kind",
                                            "child",   "unit",      "parts_done", "parts_returned", "voice", "revoked"};

const char *line_name(Line line) {
	return line == LINE_CITY ? "city" : "sharing";
}

int process_state(const Process *process, Text name) {
	for (int i = 0; i < process->state_count; i++)
		if (text_is(name, process->states[i].name)) return i;
	return -1;
}

const ProcessAction *process_action(const Process *process, Text name) {
	for (int i = 0; i < process->action_count; i++)
		if (text_is(name, process->actions[i].name)) return &process->actions[i];
	return NULL;
}

/* --- parsing and checking -------------------------------------------------------------------------------------------- */
typedef struct Reader {
	Request *rq;
	Arena *arena;
	Process *process;
	ProcessFault fault;
	void *arg;
	int faults;
} Reader;

static void fault_at(Reader *reader, const char *path, const char *rule, const char *message, const char *advice) {
	reader->faults++;
	if (reader->fault) reader->fault(reader->arg, path, rule, message, advice);
}

static const char *under(Reader *reader, const char *path, const char *key) {
	return *path ? arena_printf(reader->arena, "%s.%s", path, key) : key;
}

/* Every key of an object is one of the words in known ("a b c"). */
static void keys_known(Reader *reader, const char *path, const json_t *object, const char *known) {
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)object, key, value) {
		bool found = false;
		size_t len = strlen(key);
		for (const char *at = known; at && !found; at = strchr(at, ' ')) {
			at += *at == ' ';
			found = strncmp(at, key, len) == 0 && (at[len] == ' ' || !at[len]);
		}
		if (!found)
			fault_at(reader, under(reader, path, key), "unknown_key", "there is no such key",
			         arena_printf(reader->arena, "use %s", known));
	}
}

/* A text of at most max characters; "" when absent. */
static const char *text_at(Reader *reader, const char *path, const json_t *object, const char *key, bool required, size_t max) {
	const json_t *value = json_object_get(object, key);
	if (!value && !required) return "";
	Text text = {json_string_value(value), json_string_length(value)};
	if (json_is_string(value) && text.len > 0 && utf8_count(text) <= max) return text_cstr(reader->arena, text);
	fault_at(reader, under(reader, path, key), "text", "a text is needed here",
	         arena_printf(reader->arena, "write 1 to %zu characters", max));
	return "";
}

static const char *name_at(Reader *reader, const char *path, const json_t *object, const char *key) {
	const char *name = text_at(reader, path, object, key, true, 40);
	for (const char *at = name; *at; at++)
		if (!((*at >= 'a' && *at <= 'z') || *at == '_' || (at > name && *at >= '0' && *at <= '9'))) {
			fault_at(reader, under(reader, path, key), "name", "this is no name",
			         "use small letters, digits and _, beginning with a letter");
			return "";
		}
	return name;
}

static Limit limit_at(Reader *reader, const char *path, const json_t *object, const char *key) {
	Limit limit;
	if (limit_parse(json_object_get(object, key), &limit) < 0)
		fault_at(reader, under(reader, path, key), "limit", "this is no limit",
		         "write {work_days: n}, {work_hours: n}, {days: n}, {hours: n} or {minutes: n} with n from 1 to 1000");
	return limit;
}

/* Which facts a guard names; a word inside a text counts too, which only reads more. */
static uint32_t facts_named(const char *source) {
	uint32_t needs = 0;
	for (const char *at = source; *at;) {
		size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		for (int i = 0; i < FACT_COUNT; i++)
			if (strlen(fact_names[i]) == len && strncmp(at, fact_names[i], len) == 0) needs |= UINT32_C(1) << i;
		at += len ? len : 1;
	}
	return needs;
}

static Guard guard_at(Reader *reader, const char *path, const json_t *object, const char *key) {
	Guard guard = {.source = text_at(reader, path, object, key, false, 1000)};
	Error error = {0};
	if (!*guard.source) return guard;
	guard.needs = facts_named(guard.source);
	if (expression_compile(reader->arena, text_of(guard.source), fact_names, FACT_COUNT, &guard.expression, &error) < 0)
		fault_at(reader, under(reader, path, key), "expression", arena_strdup(reader->arena, error.message),
		         "use sharing, mounted, sensitive, revoked, grade, own, returns, reworks, postpones, hangs, "
		         "children_open, level, "
		         "kind, child, unit, parts_done, parts_returned and voice");
	return guard;
}

/* The name of something the program does ("effect") or looks at ("check"). */
static const char *effect_at(Reader *reader, const char *path, const json_t *object, const char *key) {
	const char *effect = text_at(reader, path, object, key, false, 60);
	if (*effect && !action_known(reader->rq->app, effect))
		fault_at(reader, under(reader, path, key), key, "the program has no such effect or check",
		         "use one of those that docs/packs.md lists, or none");
	return effect;
}

static int state_at(Reader *reader, const char *path, const json_t *object, const char *key) {
	const char *name = text_at(reader, path, object, key, true, 40);
	int state = process_state(reader->process, text_of(name));
	if (state < 0 && *name)
		fault_at(reader, under(reader, path, key), "state", "there is no such state", "name one of the list of states");
	return state;
}

/* The sides that people of the process's line have. */
static int sides_of(const Process *process) {
	return process->line == LINE_CITY ? SIDES_PERSONS : SIDE_ASKER | SIDE_SUPPLIER | SIDE_BUREAU;
}

/* Side bits of a list of words, each in `allowed`. */
static int sides_at(Reader *reader, const char *path, const json_t *list, int allowed, const char *advice) {
	size_t index;
	json_t *name;
	int bits = 0;
	json_array_foreach(list, index, name) {
		int bit = json_is_string(name) ? side_bit(text_of(json_string_value(name))) & allowed : 0;
		if (!bit)
			fault_at(reader, arena_printf(reader->arena, "%s[%zu]", path, index), "choice", "nobody is called so",
			         advice);
		bits |= bit;
	}
	return bits;
}

/* limit: {work_days: n} …, or {of: name}: this member of the case's own limits. */
static void state_limit_read(Reader *reader, const char *path, const json_t *json, ProcessState *out) {
	const json_t *limit = json_object_get(json, "limit");
	bool own = json_object_get(limit, "of") != NULL;
	if (own) keys_known(reader, under(reader, path, "limit"), limit, "of");
	out->limit_of = own ? name_at(reader, under(reader, path, "limit"), limit, "of") : "";
	if (!own) out->limit = limit_at(reader, path, json, "limit");
}

static void ladder_step_read(Reader *reader, const char *path, const json_t *json, LadderStep *out) {
	static const char *const steps[] = {"remind", "urge", "supervise", "circular"};
	const json_t *at = json_object_get(json, "at"), *tell = json_object_get(json, "tell");
	keys_known(reader, path, json, "at step tell");
	for (int unit = LIMIT_WORK_DAYS; unit <= LIMIT_MINUTES; unit++) {
		const json_t *n = json_object_get(at, limit_unit_name((LimitUnit)unit));
		if (json_is_integer(n) && json_object_size(at) == 1)
			*out = (LadderStep){.unit = (LimitUnit)unit, .n = json_integer_value(n)};
	}
	if (out->unit == LIMIT_NONE || out->n < -1000 || out->n > 1000)
		fault_at(reader, under(reader, path, "at"), "ladder", "this is no moment of a ladder",
		         "write {work_hours: -4}, {hours: 0}, {work_days: 2}: before, at or after the due time");
	const char *step = text_at(reader, path, json, "step", true, 20);
	out->step = "";
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (strcmp(step, steps[i]) == 0) out->step = steps[i];
	if (*step && !*out->step)
		fault_at(reader, under(reader, path, "step"), "choice", "a ladder has no such step",
		         "use remind, urge, supervise or circular");
	out->tell = sides_at(reader, under(reader, path, "tell"), tell, sides_of(reader->process) | SIDE_TURN | SIDE_ABOVE,
	                     "use turn, asker, supplier, bureau, field, lead or above");
	if (!tell) out->tell = SIDE_TURN;
}

/* "remind" is short for two steps: so long before the due time whose turn it is is told, and at it the bureau as well. */
static void ladder_read(Reader *reader, const char *path, const json_t *json, ProcessState *out) {
	const json_t *ladder = json_object_get(json, "ladder");
	Limit remind = limit_at(reader, path, json, "remind");
	int count = (int)json_array_size(ladder);
	if (ladder && (json_object_get(json, "remind") || count < 1 || count > LADDER_MAX)) {
		fault_at(reader, under(reader, path, "ladder"), "list", "a ladder is a list, and takes the place of remind",
		         arena_printf(reader->arena, "give 1 to %d steps and no remind", LADDER_MAX));
		return;
	}
	for (int i = 0; i < count; i++)
		ladder_step_read(reader, arena_printf(reader->arena, "%s.ladder[%d]", path, i), json_array_get(ladder, (size_t)i),
		                 &out->ladder[i]);
	out->ladder_count = count;
	if (ladder) return;
	if (remind.unit != LIMIT_NONE)
		out->ladder[out->ladder_count++] = (LadderStep){remind.unit, -remind.n, "remind", SIDE_TURN};
	out->ladder[out->ladder_count++] = (LadderStep){LIMIT_HOURS, 0, "overdue", SIDE_TURN | SIDE_BUREAU};
}

static void state_read(Reader *reader, const char *path, const json_t *json, ProcessState *out) {
	keys_known(reader, path, json, "name title title_en turn limit remind ladder outcome offer");
	out->name = name_at(reader, path, json, "name");
	out->title = text_at(reader, path, json, "title", true, 40);
	out->title_en = text_at(reader, path, json, "title_en", true, 60);
	out->outcome = text_at(reader, path, json, "outcome", false, 40);
	const char *turn = text_at(reader, path, json, "turn", false, 20);
	out->turn = *turn ? side_bit(text_of(turn)) & sides_of(reader->process) : 0;
	state_limit_read(reader, path, json, out);
	ladder_read(reader, path, json, out);
	out->offer = effect_at(reader, path, json, "offer");
	if (*out->offer && out->turn != SIDE_FIELD)
		fault_at(reader, under(reader, path, "offer"), "turn", "only a task on site is offered to one person",
		         "write it in a state with turn: field");
	if (*turn && !out->turn)
		fault_at(reader, under(reader, path, "turn"), "choice", "nobody is called so",
		         "use asker, supplier or bureau; in line city also field or lead");
	if ((*out->outcome != 0) == (out->turn != 0))
		fault_at(reader, path, "open_or_closed", "a state has either a turn (open) or an outcome (closed)",
		         "give one of the two");
	if (*out->outcome && (out->limit.unit != LIMIT_NONE || *out->limit_of))
		fault_at(reader, under(reader, path, "limit"), "limit", "a closed state has no limit", "take it away");
}

static void from_read(Reader *reader, const char *path, const json_t *json, ProcessAction *out) {
	const json_t *from = json_object_get(json, "from");
	size_t index;
	json_t *name;
	if (!json_is_array(from) || json_array_size(from) == 0)
		fault_at(reader, under(reader, path, "from"), "list", "an action begins in some state",
		         "list one or more states");
	json_array_foreach(from, index, name) {
		int state = json_is_string(name) ? process_state(reader->process, text_of(json_string_value(name))) : -1;
		if (state < 0)
			fault_at(reader, arena_printf(reader->arena, "%s.from[%zu]", path, index), "state",
			         "there is no such state", "name one of the list of states");
		else
			out->from |= UINT32_C(1) << state;
	}
}

static void by_read(Reader *reader, const char *path, const json_t *json, ProcessAction *out) {
	static const char advice[] = "use asker, supplier, bureau, turn or engine; in line city also field or lead";
	const json_t *by = json_object_get(json, "by");
	out->by = sides_at(reader, under(reader, path, "by"), by, sides_of(reader->process) | SIDE_TURN | SIDE_ENGINE, advice);
	if (!json_is_array(by) || json_array_size(by) == 0)
		fault_at(reader, under(reader, path, "by"), "list", "somebody must be allowed to act", advice);
	if (out->by & SIDE_ENGINE && out->by != SIDE_ENGINE)
		fault_at(reader, under(reader, path, "by"), "engine", "what the engine does nobody else does",
		         "use engine alone, or make two actions");
}

/* The name of a form in the table; begins: whether it must be one that a case begins with. */
static const char *form_at(Reader *reader, const char *path, const json_t *json, bool begins) {
	const char *name = text_at(reader, path, json, "form", false, 40);
	const Form *form = form_find(text_of(name));
	bool above = !begins && action_known(reader->rq->app, form_above(reader->arena, name));
	if (*name && !above && (!form || (begins && !form->begin)))
		fault_at(reader, under(reader, path, "form"), "choice", "there is no such form",
		         "use one of those that docs/packs.md lists");
	return name;
}

static void start_read(Reader *reader, const char *path, const json_t *json, ProcessStep *out) {
	keys_known(reader, path, json, "when to effect");
	out->when = guard_at(reader, path, json, "when");
	out->to = state_at(reader, path, json, "to");
	out->effect = effect_at(reader, path, json, "effect");
}

/* A state, "previous", or a list like that of first steps. */
static void to_read(Reader *reader, const char *path, const json_t *json, ProcessAction *out) {
	const json_t *to = json_object_get(json, "to");
	out->to = STATE_STAYS;
	if (!to) return;
	if (!json_is_array(to)) {
		bool previous = json_is_string(to) && strcmp(json_string_value(to), "previous") == 0;
		out->to = previous ? STATE_PREVIOUS : state_at(reader, path, json, "to");
		return;
	}
	int count = (int)json_array_size(to);
	if (count < 1 || count > PROCESS_BRANCHES_MAX)
		fault_at(reader, under(reader, path, "to"), "list", "a list is needed here",
		         arena_printf(reader->arena, "give 1 to %d entries", PROCESS_BRANCHES_MAX));
	else
		out->branch_count = count;
	for (int i = 0; i < out->branch_count; i++) {
		const char *at = arena_printf(reader->arena, "%s.to[%d]", path, i);
		start_read(reader, at, json_array_get(to, (size_t)i), &out->branches[i]);
		out->to = out->branches[i].to;
		if (!*out->branches[i].when.source != (i == count - 1))
			fault_at(reader, under(reader, at, "when"), "start", "the last way on, and only it, has no condition",
			         "give a condition to all but the last");
	}
}

/* What the engine waits for, and the check that must hold then. */
static void engine_read(Reader *reader, const char *path, const json_t *json, ProcessAction *out) {
	static const char *const events[] = {
	    "",           "loaded",      "mounted",      "submitted",   "published",   "overdue",   "checked",    "child_closed",
	    "hang_over",  "field_sent",  "field_added",  "field_right", "field_wrong", "field_off", "called_off", "order_done",
	    "unanswered", "found_taken", "found_refused"};
	bool known = false;
	out->on = text_at(reader, path, json, "on", false, 20);
	out->check = effect_at(reader, path, json, "check");
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		known |= strcmp(out->on, events[i]) == 0;
	if (!known)
		fault_at(reader, under(reader, path, "on"), "choice", "nothing of that name happens",
		         "use one of the events that docs/packs.md lists");
	if ((*out->on != 0) != (out->by == SIDE_ENGINE) || (*out->check && !*out->on))
		fault_at(reader, under(reader, path, "on"), "engine", "the engine's actions, and only they, name their event",
		         "write by: [engine] with on");
	if (*out->on && (*out->form || out->note == NOTE_REQUIRED))
		fault_at(reader, path, "engine", "the engine fills in no form and gives no reason", "take form and note away");
}

/* What an action does to the clock. In line city the handler's clock stands and gets longer only by the lead's word. */
static void clock_read(Reader *reader, const char *path, const json_t *json, ProcessAction *out) {
	const char *clock = text_at(reader, path, json, "clock", false, 20);
	bool city = reader->process->line == LINE_CITY;
	out->clock = clock_rule_of(text_of(clock));
	if (*clock && (out->clock < CLOCK_PAUSE || out->clock > CLOCK_EXTEND))
		fault_at(reader, under(reader, path, "clock"), "choice", "an action cannot do that to the clock",
		         "use pause, resume, keep or extend");
	if (!city && out->clock != CLOCK_NONE && out->clock != CLOCK_KEEP && out->to != STATE_STAYS)
		fault_at(reader, under(reader, path, "to"), "clock", "pausing and resuming stay in their state", "take it away");
	if (!city && out->clock == CLOCK_EXTEND)
		fault_at(reader, under(reader, path, "clock"), "clock", "only cases of line city get more time",
		         "write line: city");
	if (city && (out->clock == CLOCK_PAUSE || out->clock == CLOCK_EXTEND) && out->by != SIDE_LEAD)
		fault_at(reader, under(reader, path, "by"), "approval", "only the lead lets a clock stand or gives more time",
		         "write by: [lead]");
	if (out->clock == CLOCK_KEEP && out->to == STATE_STAYS)
		fault_at(reader, under(reader, path, "clock"), "clock", "a step that stays keeps its clock anyhow",
		         "take it away");
	if (out->clock == CLOCK_PAUSE && out->note != NOTE_REQUIRED)
		fault_at(reader, under(reader, path, "note"), "clock", "a pause needs its reason", "write note: required");
}

static void count_read(Reader *reader, const char *path, const json_t *json, ProcessAction *out) {
	const char *count = text_at(reader, path, json, "count", false, 20);
	for (int i = COUNT_RETURNS; i < CASE_COUNTS; i++)
		if (strcmp(count, count_names[i]) == 0) out->count = (CaseCount)i;
	if (*count && !out->count)
		fault_at(reader, under(reader, path, "count"), "choice", "nothing of that name is counted",
		         "use returns, reworks, postpones or hangs");
	out->within = limit_at(reader, path, json, "within");
}

static void press_read(Reader *reader, const char *path, const json_t *json, ProcessAction *out) {
	out->press = text_at(reader, path, json, "press", false, 20);
	if (!*out->press) return;
	if (strcmp(out->press, "urge") != 0 && strcmp(out->press, "supervise") != 0)
		fault_at(reader, under(reader, path, "press"), "choice", "nobody is pressed like that", "use urge or supervise");
	if (out->to != STATE_STAYS || out->clock != CLOCK_NONE)
		fault_at(reader, under(reader, path, "press"), "press", "who is pressed goes on with what he has",
		         "write no to and no clock");
	out->clock = CLOCK_PRESS;
}

static void action_read(Reader *reader, const char *path, const json_t *json, ProcessAction *out) {
	keys_known(
	    reader, path, json,
	    "name title title_en from by to note form effect clock when otherwise otherwise_en on check count within accepts "
	    "press");
	out->name = name_at(reader, path, json, "name");
	out->title = text_at(reader, path, json, "title", true, 40);
	out->title_en = text_at(reader, path, json, "title_en", true, 60);
	from_read(reader, path, json, out);
	by_read(reader, path, json, out);
	to_read(reader, path, json, out);
	const char *note = text_at(reader, path, json, "note", false, 20);
	for (int i = 0; i < 3; i++)
		if (strcmp(note, note_names[i]) == 0) out->note = (NoteRule)i;
	if (*note && strcmp(note, note_names[out->note]) != 0)
		fault_at(reader, under(reader, path, "note"), "choice", "a note cannot be that",
		         "use none, optional or required");
	clock_read(reader, path, json, out);
	count_read(reader, path, json, out);
	out->form = form_at(reader, path, json, false);
	out->effect = effect_at(reader, path, json, "effect");
	out->when = guard_at(reader, path, json, "when");
	out->otherwise = text_at(reader, path, json, "otherwise", false, 200);
	out->otherwise_en = text_at(reader, path, json, "otherwise_en", false, 200);
	out->accepts = json_is_true(json_object_get(json, "accepts"));
	if (out->accepts && (out->by != SIDE_FIELD || out->to != STATE_STAYS))
		fault_at(reader, under(reader, path, "accepts"), "accepts",
		         "only who is on site accepts, and the task stays as it is", "write by: [field] and no to");
	press_read(reader, path, json, out);
	engine_read(reader, path, json, out);
}

/* A list of at most max objects; the number of them, 0 when there is none. */
static int list_at(Reader *reader, const json_t *document, const char *key, int max) {
	const json_t *list = json_object_get(document, key);
	int count = (int)json_array_size(list);
	if (count >= 1 && count <= max) {
		for (int i = 0; i < count; i++)
			if (!json_is_object(json_array_get(list, (size_t)i))) {
				fault_at(reader, arena_printf(reader->arena, "%s[%d]", key, i), "type",
				         "an object is needed here", "see docs/packs.md");
				return 0;
			}
		return count;
	}
	fault_at(reader, key, "list", "a list is needed here", arena_printf(reader->arena, "give 1 to %d entries", max));
	return 0;
}

static void whole_check(Reader *reader) {
	const Process *process = reader->process;
	for (int i = 0; i < process->state_count; i++) {
		for (int j = 0; j < i; j++)
			if (strcmp(process->states[i].name, process->states[j].name) == 0)
				fault_at(reader, arena_printf(reader->arena, "states[%d].name", i), "unique",
				         "the name is there twice", "rename one");
		bool left = false;
		for (int j = 0; j < process->action_count; j++) /* the engine's may never come */
			left |= (process->actions[j].from >> i & 1) && process->actions[j].to != STATE_STAYS &&
			        process->actions[j].by != SIDE_ENGINE;
		if (!left && !*process->states[i].outcome)
			fault_at(reader, arena_printf(reader->arena, "states[%d]", i), "dead_end",
			         "no action leads out of this open state", "add an action from it");
	}
	for (int i = 0; i < process->action_count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(process->actions[i].name, process->actions[j].name) == 0)
				fault_at(reader, arena_printf(reader->arena, "actions[%d].name", i), "unique",
				         "the name is there twice", "rename one");
	for (int i = 0; i < process->start_count; i++)
		if (!*process->starts[i].when.source != (i == process->start_count - 1))
			fault_at(reader, arena_printf(reader->arena, "start[%d].when", i), "start",
			         "the last first step, and only it, has no condition", "give a condition to all but the last");
}

int process_parse(Request *rq, Arena *arena, const json_t *document, Process *out, ProcessFault fault, void *arg) {
	Reader reader = {rq, arena, out, fault, arg, 0};
	*out = (Process){.document = document};
	if (!json_is_object(document)) {
		fault_at(&reader, "", "type", "a process is an object", "see docs/packs.md");
		return 1;
	}
	keys_known(&reader, "", document, "process title title_en number line form start states actions");
	out->name = name_at(&reader, "", document, "process");
	out->title = text_at(&reader, "", document, "title", true, 40);
	out->title_en = text_at(&reader, "", document, "title_en", true, 60);
	out->number = text_at(&reader, "", document, "number", true, 8);
	const char *line = text_at(&reader, "", document, "line", false, 20);
	out->line = strcmp(line, "city") == 0 ? LINE_CITY : LINE_SHARING;
	if (*line && strcmp(line, line_name(out->line)) != 0)
		fault_at(&reader, "line", "choice", "there is no such line", "use sharing or city");
	out->form = form_at(&reader, "", document, true);
	if (!*out->form) out->form = "share_request";
	out->state_count = list_at(&reader, document, "states", PROCESS_STATES_MAX);
	for (int i = 0; i < out->state_count; i++)
		state_read(&reader, arena_printf(arena, "states[%d]", i),
		           json_array_get(json_object_get(document, "states"), (size_t)i), &out->states[i]);
	out->action_count = list_at(&reader, document, "actions", PROCESS_ACTIONS_MAX);
	for (int i = 0; i < out->action_count; i++)
		action_read(&reader, arena_printf(arena, "actions[%d]", i),
		            json_array_get(json_object_get(document, "actions"), (size_t)i), &out->actions[i]);
	out->start_count = list_at(&reader, document, "start", PROCESS_STARTS_MAX);
	for (int i = 0; i < out->start_count; i++)
		start_read(&reader, arena_printf(arena, "start[%d]", i),
		           json_array_get(json_object_get(document, "start"), (size_t)i), &out->starts[i]);
	if (!reader.faults) whole_check(&reader);
	return reader.faults;
}

int guard_test(Request *rq, const Guard *when, const Val facts[FACT_COUNT]) {
	Error error = {0};
	int code = when->expression ? expression_test(when->expression, facts, &error) : 1;
	if (code < 0) return fail(rq, ERR_INTERNAL, "the guard \"%s\" does not work: %s", when->source, error.message);
	return code;
}

/* --- stored ---------------------------------------------------------------------------------------------------------- */
static void json_drop(void *json) {
	json_decref(json);
}

static json_t *json_read(Arena *arena, Text text) {
	json_t *json = json_loadb(text.at ? text.at : "", text.len, 0, NULL);
	if (json) arena_on_free(arena, json_drop, json);
	return json;
}

static int process_load(Request *rq, Text key, Arena *arena, void **object) {
	const char *slash = memchr(key.at, '/', key.len);
	Text name = {key.at, (size_t)(slash - key.at)};
	int64_t version = 0;
	Rows *rows;
	if (text_to_int((Text){slash + 1, key.len - name.len - 1}, &version) < 0) return ERR_NOT_FOUND;
	int found = db_one(rq->db, &rows,
	                   "SELECT version, document FROM process WHERE name = $1 AND (version = $2 OR CAST($2 AS BIGINT) = 0)"
	                   " ORDER BY version DESC LIMIT 1",
	                   BIND(val_text(name), val_int(version)));
	if (found <= 0) return found < 0 ? found : ERR_NOT_FOUND;
	Process *process = ARENA_NEW(arena, Process);
	int64_t stored = rows_int(rows, 0);
	json_t *document = json_read(arena, rows_text(rows, 1));
	if (!document || process_parse(rq, arena, document, process, NULL, NULL))
		return fail(rq, ERR_INTERNAL, "the stored process %.*s version %lld is damaged", TEXT_ARG(name),
		            (long long)stored);
	process->version = (int)stored;
	*object = process;
	return 0;
}

int process_get(Request *rq, Text name, int version, const Process **out) {
	static const CacheKind kind = {"casework.process", process_load, 200};
	const void *object = NULL;
	int code = cache_get(rq, &kind, text_of(arena_printf(rq->arena, "%.*s/%d", TEXT_ARG(name), version)), &object);
	if (code == ERR_NOT_FOUND) return fail(rq, ERR_NOT_FOUND, "there is no process %.*s", TEXT_ARG(name));
	if (code == 0) *out = object;
	return code;
}

int case_state_titles(Request *rq, Text process, int version, Text state, const char **title, const char **title_en) {
	const Process *found;
	int code = process_get(rq, process, version, &found);
	if (code < 0) return code;
	int at = process_state(found, state);
	*title = at < 0 ? "" : found->states[at].title;
	*title_en = at < 0 ? "" : found->states[at].title_en;
	return 0;
}

int case_state_ends(Request *rq, Text process, int version, Text state) {
	const Process *found;
	int code = process_get(rq, process, version, &found);
	int at = code < 0 ? -1 : process_state(found, state);
	return code < 0 ? code : at >= 0 && *found->states[at].outcome;
}

int process_current(Request *rq, const char *name, json_t **out, int64_t *version) {
	Rows *rows;
	int found = db_one(rq->db, &rows, "SELECT document, version FROM process WHERE name = $1 ORDER BY version DESC LIMIT 1",
	                   BIND(val_str(name)));
	*out = found > 0 ? json_read(rq->arena, rows_text(rows, 0)) : NULL;
	if (found > 0 && version) *version = rows_int(rows, 1);
	return found < 0 ? found : 0;
}

int process_put(Request *rq, const char *name, const json_t *document, int64_t *version) {
	int64_t last = 0;
	char *text = json_dumps(document, JSON_COMPACT);
	arena_on_free(rq->arena, free, text);
	int code = db_lock(rq->db, "casework.process", 0);
	if (code >= 0)
		code =
		    db_int(rq->db, &last, "SELECT COALESCE(MAX(version), 0) FROM process WHERE name = $1", BIND(val_str(name)));
	if (code < 0) return code;
	*version = last + 1;
	code = (int)db_run(rq->db, "INSERT INTO process (name, version, document, stored_at) VALUES ($1, $2, $3, $4)",
	                   BIND(val_str(name), val_int(*version), val_str(text), val_int(rq->now_us)));
	return code < 0 ? code : generation_bump(rq->db);
}

/* --- pack items ------------------------------------------------------------------------------------------------------ */
static void part_fault(void *arg, const char *path, const char *rule, const char *message, const char *advice) {
	PackPart *part = arg;
	part->problem(part, path, rule, message, advice);
}

int action_process_check(Request *rq, void *arg) {
	PackPart *part = arg;
	process_parse(rq, rq->arena, part->json, ARENA_NEW(rq->arena, Process), part_fault, part);
	return 0;
}

int action_process_local(Request *rq, void *arg) {
	PackPart *part = arg;
	return process_current(rq, part->name, &part->local, NULL);
}

int action_process_put(Request *rq, void *arg) {
	PackPart *part = arg;
	int64_t version;
	int code = process_put(rq, part->name, part->json, &version);
	return code == 0 && version == 1 && strcmp(part->name, "catalog_review") == 0 ? reviews_adopt(rq) : code;
}
