/* Rows of messages.h for what life says of destruction lists, holds and lineage. */
#ifndef YIWANG_CORE_MESSAGES_LIFE_H
#define YIWANG_CORE_MESSAGES_LIFE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_LIFE(X) \
	X("there is no destruction list {1}", "没有销毁清单 {1}") \
	X("only the organisation that keeps the records may do this", "只有保管这些记录的单位可以这样做") \
	X("read the list again", "请重新读取清单") \
	X("the list was changed meanwhile (it is at version {1})", "清单已被他人修改（现为第 {1} 版）") \
	X("the list is in state {1}", "清单处于 {1} 状态") \
	X("wait until the data bureau lifts the hold", "请等大数据局解除封存") \
	X("the resource is on hold: nothing of it may be destroyed", "该资源已封存，其中任何数据都不得销毁") \
	X("return the list; the next look makes it anew", "请退回清单，下次检查会重新生成") \
	X("the entry was changed since the list was made", "清单生成后条目已变更") \
	X("give a day within the next three years", "请填写三年以内的日期") \
	X("a list is put off to a time after now, at most three years ahead", "清单须延期到现在之后、三年以内的时间") \
	X("another person of the data bureau reviews it", "由大数据局的另一人复核") \
	X("who proposed a destruction may not review it", "提出销毁的人不得复核同一清单") \
	X("say what has to change", "请写明需要改什么") \
	X("a list goes back with a reason", "退回清单须写明原因") \
	X("destruction list {1} has no certificate", "销毁清单 {1} 没有销毁证明") \
	X("a hold is placed by the keeper's data officer or the data bureau", "封存由保管单位的数据专员或大数据局提出") \
	X("read the entry again", "请重新读取条目") \
	X("the resource is on hold already", "该资源已处于封存状态") \
	X("the resource is not on hold", "该资源未封存") \
	X("the destruction list is not approved any more", "该销毁清单已不是核准状态") \
	X("what is stored is not what was listed ({1}, listed {2}): nothing was destroyed", "存储的数据与清单不符（{1}，清单为 {2}），未销毁任何记录") \
	X("{1} listed records and {2} refused rows are still there: resume the job", "清单中的 {1} 条记录和 {2} 条隔离行仍在，请继续该作业") \
	X("what was destroyed ({1}) is not what was listed ({2})", "已销毁的数据（{1}）与清单（{2}）不符") \
	X("use a field of the published version", "请使用已发布版本中的信息项") \
	X("the entry has no field {1}", "条目没有信息项 {1}") \
	X("name a date or time field of this entry, or leave it empty", "请填写本条目的日期或时间信息项，或留空")
/* clang-format on */
#endif
