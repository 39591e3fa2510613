/* Rows of messages.h for what hotline says of calls. */
#ifndef YIWANG_CORE_MESSAGES_HOTLINE_H
#define YIWANG_CORE_MESSAGES_HOTLINE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_HOTLINE(X) \
	X("Write 3 to 20 digits.", "请填写 3 至 20 位数字。") \
	X("This is not a telephone number", "这不是电话号码") \
	X("Give the time it came in.", "请填写来电时间。") \
	X("A call cannot come in later than now", "来电时间不能晚于现在") \
	X("There is no such call", "没有这个来电") \
	X("Read the call again.", "请重新读取该来电。") \
	X("The call is not there, or somebody dealt with it meanwhile", "该来电不存在，或已由他人办理")
#endif
