/* stats_figures: the table of figures of city events: what each is and how it is counted; the formula of the score. Pure, but for
 * the setting. */
#include "event/stats.h"

/* Five figures of a stage of the clock. A stage should be done when it was done within the period, or was late at its end. */
#define STAGE(stage, acts, zh, en)                                                                                               \
	{stage "_done", zh "数", en ", done", "时段内完成的" zh, "Done within the period", stage, acts, STAT_DONE, 0,            \
	 NULL,          NULL,    NULL},                                                                                          \
	    {stage "_in_time",                                                                                                   \
	     "按期" zh "数",                                                                                                     \
	     en ", in time",                                                                                                     \
	     "其中在时限内完成的",                                                                                               \
	     "Of those, done in time",                                                                                           \
	     stage,                                                                                                              \
	     acts,                                                                                                               \
	     STAT_IN_TIME,                                                                                                       \
	     0,                                                                                                                  \
	     NULL,                                                                                                               \
	     NULL,                                                                                                               \
	     NULL},                                                                                                              \
	    {stage "_overdue",                                                                                                   \
	     "超期" zh "数",                                                                                                     \
	     en ", overdue",                                                                                                     \
	     "超期完成的，以及时段末仍未完成且已超期的",                                                                         \
	     "Done late, or late and not done at the end",                                                                       \
	     stage,                                                                                                              \
	     acts,                                                                                                               \
	     STAT_OVERDUE,                                                                                                       \
	     0,                                                                                                                  \
	     NULL,                                                                                                               \
	     NULL,                                                                                                               \
	     NULL},                                                                                                              \
	    {stage "_pending",                                                                                                   \
	     "待" zh "数",                                                                                                       \
	     en ", still to do",                                                                                                 \
	     "时段末未完成、尚未超期的",                                                                                         \
	     "Not done at the end, and not late",                                                                                \
	     stage,                                                                                                              \
	     acts,                                                                                                               \
	     STAT_PENDING,                                                                                                       \
	     0,                                                                                                                  \
	     NULL,                                                                                                               \
	     NULL,                                                                                                               \
	     NULL},                                                                                                              \
	{                                                                                                                        \
		stage "_rate", zh "按期率", en ", rate in time", "按期数 ÷（按期数＋超期数）",                                   \
		    "In time, of those that should be done", NULL, NULL, NULL, 0, stage "_in_time", stage "_in_time",            \
		    stage "_overdue"                                                                                             \
	}
#define COUNT(name, zh, en, doc, doc_en, stage, acts, traits)                                                                    \
	{ name, zh, en, doc, doc_en, stage, acts, STAT_DONE, traits, NULL, NULL, NULL }
#define RATE(name, zh, en, doc, doc_en, part, whole, more)                                                                       \
	{ name, zh, en, doc, doc_en, NULL, NULL, NULL, 0, part, whole, more }

/* clang-format off */
const Stat stats[] = {
    COUNT("reports", "上报数", "Reports", "时段内上报的事件（分办的子案件不计）", "Events reported within the period; parts of one are none", "report", ",valid,other,", 0),
    COUNT("reports_valid", "有效上报数", "Valid reports", "其中至今已立案的", "Of those, filed by now", "report", ",valid,", 0),
    RATE("valid_rate", "有效上报率", "Valid, share", "有效上报数 ÷ 上报数", "Valid reports of all", "reports_valid", "reports", NULL),
    STAGE("accept", ",accept,accept_known,file,refuse,merge,", "受理", "Accepting"),
    STAGE("verify", ",verify_true,verify_false,", "核实", "Verifying"),
    COUNT("filed", "立案数", "Filed", "时段内立案的（含受理时直接立案）", "Filed within the period, also at once when accepted", "", ",file,", 0),
    COUNT("not_filed", "不予立案数", "Not filed", "时段内决定不予立案的", "Refused within the period", "", ",refuse,", 0),
    STAGE("file", ",file,refuse,", "立案审核", "Filing"),
    STAGE("dispatch", ",dispatch,split,", "派遣", "Dispatching"),
    COUNT("dispatch_again", "二次派遣数", "Dispatched again", "派遣前已有过处置单位的", "Dispatched when a unit had it before", "dispatch", ",dispatch,split,", TRAIT_AGAIN),
    STAGE("dispose", ",finish,", "处置", "Handling"),
    COUNT("returns", "退单数", "Returns", "处置单位退回的次数", "Returned by units", "dispose", ",return,", 0),
    RATE("return_rate", "退单率", "Returns, share", "退单数 ÷（退单数＋处置数）", "Of returned and handled", "returns", "returns", "dispose_done"),
    COUNT("hangs", "挂账数", "Pauses", "时段内批准的挂账", "Pauses approved", "", ",approve_hang,", 0),
    COUNT("postpones", "延期数", "Extensions", "时段内批准的延期", "Extensions approved", "", ",approve_postpone,", 0),
    {"check_sent", "派核查数", "Sent to be checked", "时段内开始核查的", "Checks begun within the period", "check", ",check_good,check_bad,", "0123", TRAIT_BEGUN, NULL, NULL, NULL},
    STAGE("check", ",check_good,check_bad,", "核查", "Checking"),
    STAGE("close", ",close,rework,", "结案审核", "Closing"),
    COUNT("closed", "结案数", "Closed", "时段内结案的", "Closed within the period", "close", ",close,", 0),
    COUNT("reworks", "返工数", "Reworks", "核查后退回重做的次数", "Sent back to be done anew", "close", ",rework,", 0),
    RATE("rework_rate", "返工率", "Reworks, share", "返工数 ÷（返工数＋结案数）", "Of reworked and closed", "reworks", "reworks", "closed"),
    COUNT("rated", "已评价数", "Rated", "时段内结案、至今已评价的", "Closed within the period and rated by now", "close", ",close,", TRAIT_RATED),
    COUNT("satisfied", "满意数", "Satisfied", "其中评 4 或 5 分的", "Of those, with 4 or 5 of 5", "close", ",close,", TRAIT_GOOD),
    RATE("satisfaction", "满意率", "Satisfaction", "满意数 ÷ 已评价数", "Satisfied of rated", "satisfied", "rated", NULL),
};
/* clang-format on */
const int stat_count = sizeof stats / sizeof *stats;
_Static_assert(sizeof stats / sizeof *stats <= STAT_MAX, "more figures than a row holds");

const Stat *stat_find(Text name) {
	for (int i = 0; i < stat_count; i++)
		if (text_is(name, stats[i].name)) return &stats[i];
	return NULL;
}

static int formula_compile(Arena *arena, Text source, Expression **out, Error *error) {
	const char *names[STAT_MAX];
	for (int i = 0; i < stat_count; i++)
		names[i] = stats[i].name;
	return expression_compile(arena, source, names, stat_count, out, error);
}

bool stat_formula_good(Text source) {
	Arena *arena = arena_new();
	Expression *formula;
	Error error = {0};
	bool good = source.len == 0 || formula_compile(arena, source, &formula, &error) >= 0;
	error_clear(&error);
	arena_free(arena);
	return good;
}

int stat_formula(Request *rq, const char **source, Expression **out) {
	*source = setting_text(rq, "event.score");
	*out = NULL;
	return **source ? formula_compile(rq->arena, text_of(*source), out, rq->error) : 0;
}
