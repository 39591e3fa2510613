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
	X("This account is no source of events by Open311", "该账号未登记为 Open311 来源") \
	X("Name it as a source of channel open311 first.", "请先把它登记为渠道 open311 的来源。") \
	X("A token is printable ASCII", "令牌应为可打印的 ASCII 字符") \
	X("Write it without blanks.", "请不要包含空格。") \
	X("This is for other systems", "仅供其他系统调用") \
	X("Call it with the key of a service account; people use the page of other systems.", "请用服务账号的密钥调用；人员请使用“对接系统”页面。")
#endif
