/* Rows of messages.h for what compare says. */
#ifndef YIWANG_CORE_MESSAGES_COMPARE_H
#define YIWANG_CORE_MESSAGES_COMPARE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_COMPARE(X) \
	X("Differences of one kind that a run of a comparison keeps at most; all are counted", "一次比对每类差异最多保留的条数，计数不受限") \
	X("Runs of a comparison whose differences are kept; counts of older ones stay", "每个比对保留最近几次的差异明细，更早的只留计数") \
	X("There is no such comparison among those you may see", "您可见的比对中没有这一项") \
	X("Only the organisation that defined the comparison removes it", "只有定义该比对的单位可以删除") \
	X("Only the organisation that defined the comparison runs it", "只有定义该比对的单位可以运行") \
	X("Only the organisation that defined the comparison sets its timetable", "只有定义该比对的单位可以设定执行时间") \
	X("Who set the timetable runs comparisons of this organisation no more", "设定执行时间的人已不能运行本单位的比对") \
	X("The account is not active any more", "账号已停用") \
	X("Have a data officer set the timetable anew.", "请由数据专员重新设定执行时间") \
	X("a weekly timetable needs days of the week", "每周执行须给出星期几") \
	X("Send a list such as [1, 3]: 1 Monday to 7 Sunday.", "请提交列表，如 [1, 3]：1 为周一，7 为周日。") \
	X("a monthly timetable needs month_day", "每月执行须给出日期") \
	X("Say on which day of the month.", "请填写每月的哪一天。") \
	X("a grant or an entry changed while the comparison ran", "比对进行中授权或条目有变更") \
	X("Wait for its end, or cancel it.", "请等它结束，或取消它") \
	X("The comparison runs already", "该比对正在运行") \
	X("The comparison has no such run that ended", "该比对没有这样一次已完成的运行") \
	X("Use the left name of a compared field.", "请填写比对项左侧的字段名") \
	X("The comparison has no such field", "该比对没有这个比对项") \
	X("Give at most 100 ids as texts.", "请给出至多 100 个编号（文本）") \
	X("This is no list of differences", "这不是差异清单") \
	X("Name differences, or a kind.", "请选择差异，或指定类别") \
	X("Nothing was chosen", "没有选择差异") \
	X("Choose differences with a record on that side.", "请选择在该侧有记录的差异") \
	X("All of them are being verified, or have no record on that side", "所选差异都在核查中，或在该侧没有记录") \
	X("The rows to compare could not be put down: {1}", "待比对的数据无法写入磁盘：{1}") \
	X("Give 1 to 5 pairs that make the key, and at most 20 that are compared.", "匹配项 1 至 5 对，比对项至多 20 对") \
	X("This is no list of pairs of fields", "这不是字段对的清单") \
	X("Use exact, text, number, date or id_number.", "请用 exact、text、number、date 或 id_number") \
	X("There is no such form of values", "没有这种归一方式") \
	X("Give at most 10 conditions.", "条件至多 10 条") \
	X("This is no list of conditions", "这不是条件清单") \
	X("Use eq, ne, gte, lte, filled or empty.", "请用 eq、ne、gte、lte、filled 或 empty") \
	X("There is no such condition", "没有这种条件") \
	X("Name at least one pair of fields.", "请至少给出一对字段") \
	X("Rows are matched by at least one pair of fields", "匹配记录至少需要一对字段") \
	X("Ask the supplier for the field in clear, or leave it out.", "请向提供单位申请该信息项的明文，或不比对它") \
	X("A field that you are given masked is not compared", "您只能看到脱敏值的信息项不能参加比对") \
	X("Use names of fields that you may read.", "请使用您可以读取的字段名") \
	X("The entry has no such field, or it is not given to you", "条目没有这个字段，或没有授权给您") \
	X("Choose two entries.", "请选择两个不同的条目") \
	X("An entry is not compared with itself", "条目不与自身比对")
/* clang-format on */
#endif
