/* words: what the field calls the values that are kept as short English keys; for workbooks and imports (screens have their own
 * in both languages). Read-only. */
#include "measure/parts.h"

const BookWord network_words[] = {{"government", "政务外网", "Government network"},
                                  {"internet", "互联网", "Internet"},
                                  {"private", "专网", "Private network"},
                                  {"none", "未联网", "Offline"},
                                  {0}};
const BookWord budget_words[] = {{"none", "未列预算", "None"},
                                 {"asked", "已申报", "Asked for"},
                                 {"approved", "已批复", "Approved"},
                                 {"upkeep", "运维中", "In upkeep"},
                                 {0}};
const BookWord plan_words[] = {
    {"keep", "保留", "Keep"}, {"merge", "整合", "Merge"}, {"close", "拟关停", "To close"}, {"closed", "已关停", "Closed"}, {0}};
const BookWord promise_words[] = {{"realtime", "实时", "Real time"},    {"daily", "每日", "Daily"},
                                  {"weekly", "每周", "Weekly"},         {"monthly", "每月", "Monthly"},
                                  {"quarterly", "每季度", "Quarterly"}, {"yearly", "每年", "Yearly"},
                                  {"irregular", "不定期", "Irregular"}, {0}};
const BookWord sharing_words[] = {{"unconditional", "无条件共享", "Shared freely"},
                                  {"conditional", "有条件共享", "Shared on conditions"},
                                  {"none", "不予共享", "Not shared"},
                                  {0}};
const BookWord supply_words[] = {{"none", "未挂接", "No data yet"},
                                 {"late", "逾期未更新", "Overdue"},
                                 {"fresh", "按时更新", "In time"},
                                 {"unbound", "已挂接（不定期）", "With data (irregular)"},
                                 {"proxied", "代理（按查询时为准）", "Proxied (as of each query)"},
                                 {0}};
const BookWord finding_words[] = {{"open", "待派单", "To be ordered"},
                                  {"correction", "整改中", "In correction"},
                                  {"excused", "已说明免改", "Excused"},
                                  {"gone", "已消除", "Gone"},
                                  {0}};
const BookWord order_words[] = {{"correct", "待整改", "To be corrected"},
                                {"verify", "待复核", "To be checked"},
                                {"done", "已完成", "Done"},
                                {"withdrawn", "已撤销", "Withdrawn"},
                                {0}};
const BookWord check_words[] = {{"system_no_entry", "有系统无目录", "A system without an entry"},
                                {"entry_no_source", "有目录无系统或无共享条件", "An entry without system or sharing condition"},
                                {"supply_broken", "拒绝无依据或供给已过期", "A refusal without basis, or a stale supply"},
                                {"service_demand", "应共享未共享的办事材料", "A material that sharing could supply"},
                                {0}};
const BookWord turn_words[] = {
    {"asker", "需求方", "Asker"}, {"supplier", "提供方", "Supplier"}, {"bureau", "大数据局", "Data bureau"}, {0}};
const BookWord outcome_words[] = {{"", "办理中", "Open"},
                                  {"granted", "已授权", "Granted"},
                                  {"refused", "不予共享", "Refused"},
                                  {"withdrawn", "已撤回", "Withdrawn"},
                                  {0}};
/* Who wrote an entry that no account wrote. */
const BookWord author_words[] = {{"cli", "命令行", "Command line"}, {0}};

/* Why a check found something: {text}, {basis}, {at} stand for what it saw. */
const BookWord reason_words[] = {
    {"no_entry", "系统没有登记任何目录条目", "No entry is named for the system"},
    {"not_published", "所列目录条目都没有发布", "None of its entries is published"},
    {"no_system", "条目没有写明来源系统", "No system is named for the entry"},
    {"no_condition", "有条件共享，但没有写共享条件", "Shared on a condition that is not stated"},
    {"entry_no_basis", "不予共享，但没有写依据", "Not shared, without basis"},
    {"case_no_basis", "申请 {text} 被拒绝，没有写依据", "Request {text} was refused without basis"},
    {"entry_basis_unknown", "不予共享，所引依据不在本市依据清单：{basis}。请由数据包补入清单（代码集 legal_basis_…），或改写依据",
     "Not shared; the basis is not in the list this city keeps: {basis}. Add it there (code set legal_basis_… of a pack) or give "
     "another"},
    {"case_basis_unknown",
     "申请 {text} 被拒绝，所引依据不在本市依据清单：{basis}。请由数据包补入清单（代码集 legal_basis_…），或改写依据",
     "Request {text} was refused; the basis is not in the list this city keeps: {basis}. Add it there (code set legal_basis_… of "
     "a pack) or give another"},
    {"entry_basis_repealed", "不予共享，所引依据已废止：{basis}", "Not shared; the basis is repealed: {basis}"},
    {"case_basis_repealed", "申请 {text} 被拒绝，所引依据当时已废止：{basis}",
     "Request {text} was refused on a basis that was repealed: {basis}"},
    {"outside_no_basis", "外平台申请 {text} 被拒绝，没有写依据", "Request {text} of another platform was refused without basis"},
    {"outside_basis_unknown",
     "外平台申请 {text} 被拒绝，所引依据不在本市依据清单：{basis}。请由数据包补入清单（代码集 legal_basis_…），或改写依据",
     "Request {text} of another platform was refused; the basis is not in the list this city keeps: {basis}. Add it there (code "
     "set legal_basis_… of a pack) or give another"},
    {"outside_basis_repealed", "外平台申请 {text} 被拒绝，所引依据当时已废止：{basis}",
     "Request {text} of another platform was refused on a basis that was repealed: {basis}"},
    {"stale", "承诺{text}更新，最近装载 {at}", "Promised {text}, last loaded {at}"},
    {"supplied", "仍要求提交“{text}”，该条目可以提供", "Still asks for “{text}”, which this entry supplies"},
    {0},
};
