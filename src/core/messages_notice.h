/* Rows of messages.h for what notice says. */
#ifndef YIWANG_CORE_MESSAGES_NOTICE_H
#define YIWANG_CORE_MESSAGES_NOTICE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_NOTICE(X) \
	X("days after which a message or notice and its receipts are removed; evidence stays", "消息与通知连同回执保留的天数，之后清除；证据不受影响") \
	X("messages and notices one person may send in an hour", "每人每小时可发出的消息与通知条数") \
	X("There is no such message among those you sent or got", "您收到或发出的消息中没有这一条") \
	X("Choose 1 to 50 people; for more, send a notice.", "请选 1 至 50 人；人数更多请发通知") \
	X("A message goes to 1 to 50 people", "一条消息可发给 1 至 50 人") \
	X("Give account ids as texts.", "请以文本形式给出账号编号") \
	X("Leave yourself out.", "请去掉自己") \
	X("Nobody writes to himself", "不能给自己发消息") \
	X("Choose an active person, each once.", "请选择在用的个人账号，每人一次") \
	X("This is no active person, or is named twice", "不是在用的个人账号，或重复选择") \
	X("Name organisations (at most 100), roles, or both.", "请指定单位（最多 100 个）、角色，或两者") \
	X("A notice needs organisations or roles to go to", "通知需要指定接收的单位或角色") \
	X("Give organisation ids as texts.", "请以文本形式给出单位编号") \
	X("Choose others, or with those below.", "请另选，或包含下级单位") \
	X("Nobody is of these organisations and roles", "这些单位和角色下没有人") \
	X("Send it to fewer at a time.", "请分批发送") \
	X("A notice goes to 20,000 people at most", "一条通知最多发给 20000 人") \
	X("Wait a while, or send one notice to all.", "请稍后再发，或合并为一条通知") \
	X("So many messages were sent within the hour that no more go out now", "一小时内发送过多，暂不能再发") \
	X("Give the address of a page, as /requests/1.", "请填写本平台页面的地址，如 /requests/1") \
	X("This is no page of this program", "不是本平台的页面地址") \
	X("Messages are between people; a service has none", "消息只在人员之间收发，服务账号不能使用") \
	X("Write what is to be read.", "请填写内容") \
	X("There is nothing to read in it", "内容为空") \
	X("Write a new message.", "请另写一条新消息") \
	X("There is no such message among yours", "您的消息中没有这一条") \
	X("It is not yours, was withdrawn already, or has changed", "不是您发出的、已撤回，或内容已变化")
/* clang-format on */
#endif
