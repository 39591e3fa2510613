/* Rows of messages.h for imports of events from files. */
#ifndef YIWANG_CORE_MESSAGES_INTAKE_H
#define YIWANG_CORE_MESSAGES_INTAKE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_INTAKE(X) \
	X("A shift has no such member", "班次没有这一项") \
	X("Write 2026-10-01 08:00, or 08:00 with a column of dates.", "请写 2026-10-01 08:00；有日期列时写 08:00") \
	X("Give 1 to 10, or leave it empty: as they stand in the file.", "请填 1 至 10，或留空按文件中的先后") \
	X("This is no place in the order in which people are called", "不是呼叫顺序") \
	X("Give 1 to 20 characters.", "请填 1 至 20 个字符") \
	X("The desk is not said", "没有写岗位") \
	X("The desk's name has more than 20 characters", "岗位名超过 20 个字") \
	X("The way to reach the person has more than 100 characters", "联系方式超过 100 个字符") \
	X("Give at most 100 characters.", "请不超过 100 个字符") \
	X("The note has more than 900 characters", "说明超过 900 个字符") \
	X("The id has more than 100 bytes", "编号超过 100 字节") \
	X("A file brings in 2,000 shifts at most", "一个文件最多导入 2,000 个班次") \
	X("Say which column it is.", "请指定是哪一列") \
	X("Mend them in the file and send it again, or leave these rows out.", "请在文件中改好后重传，或选择跳过这些行") \
	X("{1} rows of the file are not shifts", "文件中有 {1} 行不是班次") \
	X("Your organisation has no such import", "本单位没有这次导入") \
	X("History has its own times, from 1970 on", "历史事件须有自己的时间，且不早于 1970 年") \
	X("Look at the two times and their zone.", "请核对两个时间及其时区。") \
	X("It cannot have been closed before it happened, or in the future", "结案时间不能早于发生时间，也不能晚于现在") \
	X("Days after which the refused rows of an import of events are removed", "事件导入的退回行在多少天后清除") \
	X("Choose a column of the file.", "请选择文件中的列。") \
	X("The file has no such column", "文件没有这一列") \
	X("Its own number makes a file that is sent twice harmless.", "有原系统编号，同一文件导入两次也不会重复。") \
	X("Choose the column that says of what class it is.", "请选择说明事件种类的列。") \
	X("This needs a column", "此项须对应一列") \
	X("Choose a small class that is in use.", "请选择在用的小类。") \
	X("Choose another column.", "请换一列。") \
	X("These are more than {1} classes", "种类超过 {1} 个") \
	X("Write it as Asia/Shanghai or +08:00.", "请写成 Asia/Shanghai 或 +08:00。") \
	X("There is no such time zone", "没有这个时区") \
	X("Send columns, classes, zone and crs.", "请给出 columns、classes、zone 和 crs。") \
	X("This says nothing of the columns", "没有说明各列对应什么") \
	X("Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:n.", "请用 CGCS2000、WGS84、GCJ02、BD09 或 EPSG:n。") \
	X("The coordinate system is not said", "没有说明坐标系") \
	X("Write it as 2026-12-31T23:59:59.", "请写成 2026-12-31T23:59:59。") \
	X("Write degrees, or leave both empty.", "请填写度数，或两项都留空。") \
	X("This is not a number", "这不是数字") \
	X("Say in the table of classes what it is here, and import the file again.", "请在种类对照表中指明它对应本市哪一类，再导入一次。") \
	X("The table of classes does not have it", "种类对照表中没有这一项") \
	X("Import the file again with what is closed as history.", "请选择“已办结的作为历史”再导入一次。") \
	X("It is closed already, so it is no work", "该事件已办结，不是待办工作") \
	X("Say which columns say when it happened and when it was closed.", "请指明哪两列是发生时间和结案时间。") \
	X("History needs both its times", "历史事件须有发生时间和结案时间")

#endif
