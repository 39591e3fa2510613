/* The table of messages.c: X(English, Chinese), grouped by room. {1}…{4} stand for any text and may move in the Chinese. */
#ifndef YIWANG_CORE_MESSAGES_H
#define YIWANG_CORE_MESSAGES_H
#define MESSAGES(X)                                                                                                              \
	MESSAGES_CORE(X)                                                                                                          \
	MESSAGES_STORE(X)                                                                                                         \
	MESSAGES_NET(X)                                                                                                           \
	MESSAGES_PEOPLE(X)

#define MESSAGES_CORE(X)                                                                                                         \
	X("The setting {1} takes a whole number from {2} to {3}", "设置项 {1} 须为 {2} 至 {3} 之间的整数")                        \
	X("The setting {1} takes a text of at most 2,000 bytes", "设置项 {1} 须为不超过 2,000 字节的文本")                         \
	X("Give a whole number within the range.", "请填写范围内的整数。")                                                        \
	X("Shorten it to 2,000 bytes of UTF-8.", "请缩短到 2,000 字节（UTF-8）以内。")                                            \
	X("There is no setting {1}", "没有名为 {1} 的设置项")                                                                     \
	X("The setting {1} was changed by someone else; read it again and repeat", "设置项 {1} 已被他人修改，请重新读取后再试")    \
	X("There is no job {1} among those you may see", "在您可见的范围内没有作业 {1}")                                           \
	X("The job has ended already; only a queued or running job can be cancelled", "作业已经结束，只能取消排队或运行中的作业")  \
	X("The job is queued, running or done; only a failed or cancelled job can be resumed",                                     \
	  "作业在排队、运行或已完成，只能继续失败或已取消的作业")                                                                 \
	X("the job was cancelled", "作业已取消")                                                                                  \
	X("the program is stopping; the job goes on when it runs again", "程序正在停止，重新启动后作业会继续")                     \
	X("another process has taken over job {1}", "作业 {1} 已由另一进程接管")                                                   \
	X("the job {1} ended without a result", "作业 {1} 结束时没有给出结果")                                                     \
	X("this program does not know the job kind {1}", "本程序不认识作业类型 {1}")                                               \
	X("the job stopped {1} times in a row without getting further; look at the log, then resume it",                           \
	  "作业连续 {1} 次中断而没有进展，请查看日志后再继续")                                                                    \
	X("An expression is 1 to {1} bytes of UTF-8", "表达式长度应为 1 至 {1} 字节（UTF-8）")                                     \
	X("An expression uses at most {1} names", "一个表达式最多使用 {1} 个名称")                                                 \
	X("The expression used more than 1 MiB of memory", "表达式占用内存超过 1 MiB")                                             \
	X("The expression failed: {1}", "表达式执行失败：{1}")

#define MESSAGES_STORE(X)                                                                                                        \
	X("{1} writes are waiting already; try again shortly", "已有 {1} 个写入在排队，请稍后再试")

/* What the server and the dispatcher say. */
#define MESSAGES_NET(X)                                                                                                          \
	X("invalid", "输入无效")                                                                                                  \
	X("unauthenticated", "未登录或凭据无效")                                                                                  \
	X("forbidden", "没有权限")                                                                                                \
	X("not-found", "未找到")                                                                                                  \
	X("method-not-allowed", "不支持的请求方法")                                                                               \
	X("conflict", "状态冲突")                                                                                                 \
	X("gone", "已失效")                                                                                                       \
	X("too-large", "内容过大")                                                                                                \
	X("unsupported-media", "不支持的内容类型")                                                                                \
	X("headers-too-large", "请求头过大")                                                                                      \
	X("quota", "超出限额")                                                                                                    \
	X("cancelled", "已取消")                                                                                                  \
	X("internal", "程序内部错误")                                                                                             \
	X("io", "磁盘或网络故障")                                                                                                 \
	X("storage-full", "存储空间不足")                                                                                         \
	X("busy", "系统繁忙，请稍后再试")                                                                                         \
	X("timeout", "处理超时")

#define MESSAGES_PEOPLE(X)

#endif
