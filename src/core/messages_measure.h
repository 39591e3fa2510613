/* Rows of messages.h for what measure says of systems, checks, findings and assessments. */
#ifndef YIWANG_CORE_MESSAGES_MEASURE_H
#define YIWANG_CORE_MESSAGES_MEASURE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_MEASURE(X) \
	X("Choose one that has begun.", "请选择已经开始的周期。") \
	X("The period has not begun", "该周期还没有开始") \
	X("Write a month as 2026-11 or a quarter as 2026-Q4.", "月份写作 2026-11，季度写作 2026-Q4。") \
	X("This is not a period", "这不是一个周期") \
	X("Give a time within the next year.", "请填写一年以内的时间。") \
	X("Departments contest until some time after now", "申诉截止须在现在之后") \
	X("There is no assessment {1}", "没有考核 {1}") \
	X("Compute the next period.", "请计算下一个周期。") \
	X("The assessment is published: it does not change any more", "考核已公布，不再改变") \
	X("Choose one of the scheme.", "请选择方案中的指标。") \
	X("The scheme has no such indicator", "方案中没有这个指标") \
	X("Wait for its job.", "请等待作业完成。") \
	X("The assessment is being computed", "考核正在计算") \
	X("Decide them first.", "请先答复。") \
	X("{1} contested lines wait for a decision", "有 {1} 条申诉等待答复") \
	X("Wait for it, or bring the deadline forward.", "请等到截止，或提前截止时间。") \
	X("Departments may still contest: the deadline is not over", "申诉尚未截止，部门仍可申诉") \
	X("It was changed meanwhile (it is at version {1})", "已被他人修改（现为第 {1} 版）") \
	X("Ask the data bureau for a later deadline.", "请联系大数据局延后截止时间。") \
	X("The time to contest is over, or the assessment is being computed", "申诉已截止，或考核正在计算") \
	X("Choose one of your own lines.", "请选择本部门的明细。") \
	X("Your department has no such line here", "本部门没有这条明细") \
	X("Wait for the data bureau.", "请等待大数据局答复。") \
	X("This line is contested already", "这条明细已经申诉") \
	X("There is no such contest", "没有这条申诉") \
	X("The contest is decided already", "这条申诉已经答复") \
	X("There is no finding {1} among those you may see", "在您可见的范围内没有问题 {1}") \
	X("The finding is in state {1}", "该问题处于 {1} 状态") \
	X("The finding has an open order already: {1}", "该问题已有未办结的整改单：{1}") \
	X("Write the organisation's name as it is here.", "请按系统中的单位名称填写。") \
	X("Take the exported workbook as the form.", "请以导出的表格为模板。") \
	X("the file has no column {1}", "文件缺少列 {1}") \
	X("a file may have at most {1} rows", "一个文件最多 {1} 行") \
	X("Choose it from the catalogue.", "请从目录中选择。") \
	X("There is no such entry", "没有这个目录条目") \
	X("There is no material {1}", "没有材料 {1}") \
	X("Days in which departments may contest a computed assessment", "考核计算后部门可以申诉的天数") \
	X("Load a pack with schemes.", "请加载含考核方案的包。") \
	X("There is no such scheme", "没有这个考核方案") \
	X("Ask its owner's data officer or the data bureau.", "请联系主管部门的数据专员或大数据局。") \
	X("A system is kept by the data officers of its owner and by the data bureau", "系统由主管部门的数据专员和大数据局维护") \
	X("There is no system {1} among those you may see", "在您可见的范围内没有系统 {1}") \
	X("Write it as 2020-05-31.", "请按 2020-05-31 的格式填写。") \
	X("This is not a date", "这不是日期") \
	X("Open the one that is there, or name it apart.", "请打开已有的系统，或换一个名称。") \
	X("The department has a system of this name already", "该部门已有同名系统") \
	X("Send an array of at most 200 ids.", "请提交最多 200 个编号的数组。") \
	X("This is no list of ids", "这不是编号列表") \
	X("Choose one of your own department.", "请选择本部门的。") \
	X("Choose the owner.", "请选择主管部门。") \
	X("There is no such system among those you may see", "在您可见的范围内没有这个系统") \
	X("Write one of the words of the exported workbook.", "请填写导出表格中的用词。") \
	X("This word is not known here", "不认识这个词") \
	X("Write codes of the catalogue, apart by commas.", "请填写目录代码，以逗号分隔。") \
	X("Write 0 to 5.", "请填写 0 至 5。") \
	X("There is no such level", "没有这个等级") \
	X("A system that is not closed has no published entry: what it holds cannot be asked for.", "未关停的系统没有已发布的目录条目，其中的数据无从申请。") \
	X("Register the system's data in the catalogue, publish the entry and name it at the system; or record that it is closed.", "请登记并发布该系统的数据目录，在系统中写明条目；已停用的系统请改为已关停。") \
	X("A published entry names no system that it comes from, or is shared on a condition that it does not state.", "已发布的条目没有写明来源系统，或有条件共享却没有写条件。") \
	X("Name the entry's system in the inventory; complete the sharing condition and publish again.", "请写明来源系统；补全共享条件后重新发布。") \
	X("An entry or a decision refuses sharing without naming a law or document in force, or the last load is older than the update promise.", "条目或审批拒绝共享却没有写明有效的法律文件依据，或最近一次装载已超过更新承诺。") \
	X("Name the basis or share it; load anew, or correct the promise.", "请写明依据或予以共享；重新装载，或更正更新承诺。") \
	X("A service item asks people for a material although a shared, loaded entry holds what it proves.", "办事事项要求群众提交材料，而已共享、已挂接的条目可以提供同样的信息。") \
	X("Ask for the entry's use and drop the material from the item's guide; or say why the paper is still needed.", "请申请使用该条目并在办事指南中取消这份材料；或说明为何仍需提交。")
/* clang-format on */
#endif
