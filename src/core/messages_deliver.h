/* Rows of messages.h for what exchange says of downloads, targets and deliveries. */
#ifndef YIWANG_CORE_MESSAGES_DELIVER_H
#define YIWANG_CORE_MESSAGES_DELIVER_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_DELIVER(X) \
	X("Other downloads are being prepared; try again in a moment", "正在准备其他下载，请稍后再试") \
	X("The file could not be written: {1}", "文件无法写入：{1}") \
	X("Wait until midnight, or ask the supplier for a larger quota or a narrower grant.", "请等到次日零时，或请提供部门提高限额、缩小授权范围。") \
	X("The resource has more records than the grant's {1} a day leave today ({2})", "资源的记录数超过授权每日 {1} 条的今日余量（{2} 条）") \
	X("Download CSV or JSON Lines.", "请下载 CSV 或 JSON Lines。") \
	X("A text of {1} is longer than the 32,767 characters that a cell holds", "{1} 有文本超过单元格可容纳的 32,767 个字符") \
	X("The resource has more than the 1,048,575 records that a sheet holds", "资源的记录数超过工作表可容纳的 1,048,575 条")

/* clang-format on */
#endif
