/* Rows of messages.h for what partner says. */
#ifndef YIWANG_CORE_MESSAGES_PARTNER_H
#define YIWANG_CORE_MESSAGES_PARTNER_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_PARTNER(X) \
	X("Inner networks to which changes of cases may be posted, e.g. 10.1.0.0/16, with commas; empty: none", "允许推送案件变化的内网地址段，如 10.1.0.0/16，用逗号分隔；留空：不允许") \
	X("Write networks like 10.1.0.0/16 with commas between, or leave it empty.", "请写作 10.1.0.0/16，用逗号分隔，或留空。") \
	X("Seconds until a message to another system is sent again, doubled each time up to an hour", "推送失败后再次发送的间隔秒数，每次加倍，最长一小时") \
	X("Hours after which a message that another system never took is given up", "对方一直未接收的推送在多少小时后放弃") \
	X("Days that messages to other systems stay after they were taken or given up", "推送记录在送达或放弃后保留的天数") \
	X("This is no address to which messages can be posted", "这不是可以推送的地址") \
	X("Write http://… or https://… without a user, at most 500 bytes.", "请写 http://… 或 https://…，不含用户名，最长 500 字节。") \
	X("This account hears of no cases", "该账号未订阅案件变化") \
	X("A token is printable ASCII", "令牌应为可打印的 ASCII 字符") \
	X("Write it without blanks.", "请不要包含空格。") \
	X("This is for other systems", "仅供其他系统调用") \
	X("Call it with the key of a service account; people use the page of other systems.", "请用服务账号的密钥调用；人员请使用“对接系统”页面。") \
	X("This account is no source of events by that channel", "该账号未登记为这一渠道的来源") \
	X("Name it as a source of that channel first.", "请先把它登记为这一渠道的来源。") \
	X("There is no such template of a platform", "没有这个平台模板") \
	X("Choose one that a pack brings.", "请选择数据包提供的模板。") \
	X("This account is of no platform above", "该账号不是上级平台") \
	X("Ask a supervisor of the centre to name it on the page of other systems.", "请由指挥中心督导人员在“对接系统”页面登记。") \
	X("Send the order first.", "请先下发工单。") \
	X("There is no case of this number", "没有这个编号的案件") \
	X("Send each as an object with the names of the platform's template.", "请按该平台模板的名称以对象提交每一条。") \
	X("An order is an object", "工单应为一个对象") \
	X("Its own number makes an order that is sent twice one case.", "有了对方的编号，重复下发也只成一件。") \
	X("Send coordinates of the system that the platform's template names.", "请按平台模板写明的坐标系填写坐标。") \
	X("Write 是 or 否, or leave it empty.", "请写“是”或“否”，或留空。") \
	X("The limit is before the event", "办理时限早于事件时间") \
	X("Leave it empty where there is none.", "没有时限请留空。") \
	X("This is no single value", "须为单个值") \
	X("Send a text or a number.", "请提交文本或数字。") \
	X("Send 1 to 200 at a time.", "每次发送 1 至 200 条。") \
	X("These are no orders", "这不是工单") \
	X("Split the file.", "请拆分文件。") \
	X("A file has at most 5000 orders", "一个文件最多 5000 条工单") \
	X("Send an id of at most 100 bytes and a note of at most 900 characters.", "编号最长 100 字节，说明最多 900 字。") \
	X("Use one of the template's codes.", "请使用模板中的代码。") \
	X("The platform's template has no such step", "平台模板中没有这个动作") \
	X("Ask for results.", "请导出办理结果。") \
	X("The platform's template has no raised cases", "平台模板没有提级案件") \
	X("Ask for a shorter time.", "请缩短时间范围。") \
	X("These are more cases than a file holds", "案件数超过一个文件的上限")
#endif
