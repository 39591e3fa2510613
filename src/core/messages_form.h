/* Rows of messages.h for what form says. */
#ifndef YIWANG_CORE_MESSAGES_FORM_H
#define YIWANG_CORE_MESSAGES_FORM_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_FORM(X) \
	X("Choose an entry whose records are kept here.", "请选择记录存放在本平台的条目") \
	X("Records that stay with their supplier cannot fill forms", "留在提供方的记录不能用于预填") \
	X("Bind it to an entry with the same key as the subject.", "请绑定与填报对象主键相同的条目") \
	X("This entry is not kept by the key of the form's subject", "该条目的主键与填报对象不同") \
	X("An item needs a name of its own", "每个填报项需要自己的名称") \
	X("Give each item its own name.", "请给每个填报项不同的名称") \
	X("Two items have this name", "有两个填报项同名") \
	X("Write a title of 1 to 100 characters.", "请写 1 至 100 个字的标题") \
	X("An item needs a title", "填报项需要标题") \
	X("The title has more than 100 characters", "标题超过 100 个字符") \
	X("Use text, integer, decimal, double, date, time, boolean or code.", "请用 text、integer、decimal、double、date、time、boolean 或 code") \
	X("An item that is asked for needs a kind", "要填的项需要类型") \
	X("Choose a code set of the catalogue.", "请选择目录中的代码集") \
	X("There is no such code set", "没有这个代码集") \
	X("Give 1 to 100 items.", "请给出 1 至 100 个填报项") \
	X("A form has 1 to 100 items", "一张表有 1 至 100 个填报项") \
	X("Choose an entry with a key whose records are kept here.", "请选择有主键且记录存放在本平台的条目") \
	X("The subject's records cannot be found by a key here", "填报对象的记录不能在本平台按主键查找") \
	X("Bind the item to the entry that holds it, or write why it has to be asked for once more.", "请绑定到已有该项的条目，或写明为什么必须再次填报") \
	X("The city holds this item already", "全市已经掌握这一项") \
	X("A value is needed", "需要填写") \
	X("This does not name a subject of the form", "不能据此找到填报对象") \
	X("Choose a form that is open.", "请选择正在填报的表") \
	X("The form is not open", "该表不在填报中") \
	X("The value does not fit the item", "填写的内容不符合该项") \
	X("{1} takes only codes of its code set", "“{1}”只能填代码集中的代码") \
	X("Choose a code of the set.", "请选择代码集中的代码") \
	X("The form has no such item", "该表没有这一项") \
	X("Leave it out; if what is held is wrong, say so as a doubt.", "不必填写；如已有内容不对，请提出疑问") \
	X("Send each value as a text.", "请以文本提交每个值") \
	X("A value is a text", "值须为文本") \
	X("Name an item that is held.", "请指明已掌握的项") \
	X("Only what is held can be doubted", "只能对已掌握的项提出疑问") \
	X("Say in 2 to 1,000 characters what is wrong.", "请用 2 至 1000 个字说明哪里不对") \
	X("A doubt needs its reason", "疑问需要写明理由") \
	X("The values are an object by names of items", "values 须为以项名为键的对象") \
	X("What was seen is an object of marks by names of items", "seen 须为以项名为键、标记为值的对象") \
	X("The doubts are a list", "doubts 须为列表") \
	X("Send a list.", "请提交列表。") \
	X("Only the organisation that made the form reads its answers", "只有制表单位可以查看填报结果") \
	X("There is no such form among those you may see", "您可见的表中没有这一张") \
	X("The form was changed by someone else, or is past this step", "该表已被他人修改，或已过这一步") \
	X("Only the organisation that made the form may do this", "只有制表单位可以这样做") \
	X("Look at what is held now, then decide.", "请看过现在的内容再决定") \
	X("What is held was changed since it was looked up", "查找以后，已掌握的内容有了变更") \
	X("The form was filled in about this subject by somebody since it was looked up", "查找以后，已有人就同一对象填报了该表") \
	X("Another person reviews it than the one who submitted it", "须由提交者以外的人审核")
/* clang-format on */
#endif
