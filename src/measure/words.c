/* words: what the field calls the values that are kept as short English keys; for workbooks and imports (screens have their own
 * in both languages). Read-only. */
#include "measure/parts.h"

const Word network_words[] = {{"government", "政务外网"}, {"internet", "互联网"}, {"private", "专网"}, {"none", "未联网"}, {0}};
const Word budget_words[] = {{"none", "未列预算"}, {"asked", "已申报"}, {"approved", "已批复"}, {"upkeep", "运维中"}, {0}};
const Word plan_words[] = {{"keep", "保留"}, {"merge", "整合"}, {"close", "拟关停"}, {"closed", "已关停"}, {0}};
const Word promise_words[] = {{"realtime", "实时"},    {"daily", "每日"},  {"weekly", "每周"},      {"monthly", "每月"},
                              {"quarterly", "每季度"}, {"yearly", "每年"}, {"irregular", "不定期"}, {0}};
const Word sharing_words[] = {{"unconditional", "无条件共享"}, {"conditional", "有条件共享"}, {"none", "不予共享"}, {0}};
const Word supply_words[] = {
    {"none", "未挂接"}, {"late", "逾期未更新"}, {"fresh", "按时更新"}, {"unbound", "已挂接（不定期）"}, {0}};
const Word finding_words[] = {{"open", "待派单"}, {"correction", "整改中"}, {"excused", "已说明免改"}, {"gone", "已消除"}, {0}};
const Word order_words[] = {{"correct", "待整改"}, {"verify", "待复核"}, {"done", "已完成"}, {"withdrawn", "已撤销"}, {0}};
const Word check_words[] = {{"system_no_entry", "有系统无目录"},
                            {"entry_no_source", "有目录无系统或无共享条件"},
                            {"supply_broken", "拒绝无依据或供给已过期"},
                            {"service_demand", "应共享未共享的办事材料"},
                            {0}};
const Word turn_words[] = {{"asker", "需求方"}, {"supplier", "提供方"}, {"bureau", "大数据局"}, {0}};
const Word outcome_words[] = {{"", "办理中"}, {"granted", "已授权"}, {"refused", "不予共享"}, {"withdrawn", "已撤回"}, {0}};
/* Who wrote an entry that no account wrote. */
const Word author_words[] = {{"cli", "命令行"}, {0}};

const char *word_zh(Arena *arena, const Word *words, Text key) {
	for (; words->key; words++)
		if (text_is(key, words->key)) return words->zh;
	return text_cstr(arena, key);
}

const char *word_key(const Word *words, Text any) {
	for (; words->key; words++)
		if (text_is(any, words->key) || text_is(any, words->zh)) return words->key;
	return NULL;
}
