/* Rows of messages.h for what verify says. */
#ifndef YIWANG_CORE_MESSAGES_VERIFY_H
#define YIWANG_CORE_MESSAGES_VERIFY_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_VERIFY(X) \
	X("Choose refused rows of this entry.", "请选择本条目的隔离行") \
	X("There is no such refused row of this entry", "本条目没有这样的隔离行") \
	X("Mend it in the quarantine.", "请在隔离中修正") \
	X("The refused row does not say by a good key which record it is about", "该隔离行没有正确的主键，无法确定是哪条记录") \
	X("Load a pack that brings it, as the base pack does: yiwang pack load packs/base.", "请载入带有该流程的包，如基础包：yiwang pack load packs/base") \
	X("The city has no process for correction orders", "本市没有整改单流程") \
	X("Read the task again and answer anew.", "请重新读取任务后再答复") \
	X("The record was changed since you read it", "您读取之后该记录已变更") \
	X("There is no such verification among those you may see", "您可见的核查中没有这一件") \
	X("Read your tasks again.", "请重新读取任务") \
	X("This verification does not wait for you", "这件核查不由您办理") \
	X("A verification is answered field by field", "核查须逐项答复") \
	X("Say who goes", "请指定前往的人") \
	X("Choose objections that wait to be checked.", "请选择待核实的异议") \
	X("The objection is past being checked", "该异议已不在待核实环节") \
	X("The city has no process for verification on site", "本市没有现场核查流程") \
	X("Only whose record it is sees what was found on site in clear", "只有提供单位可以查看现场核查的明文") \
	X("Only whose record it is calls its verification off", "只有提供单位可以撤回核查") \
	X("Read it again.", "请重新读取") \
	X("It was answered or ended already", "该核查已答复或已结束") \
	X("The entry has no such field that can be verified", "条目中没有这个可以核查的信息项") \
	X("Send the rest in another call.", "请分次派发") \
	X("At most 100 records are sent to the field at a time", "一次最多派发 100 条记录") \
	X("Choose those that matter most.", "请选择最要紧的") \
	X("At most 20 doubts of one record are verified at a time", "同一记录一次最多核查 20 项疑点") \
	X("Name the fields that are in doubt.", "请写明有疑点的信息项") \
	X("Only fields in doubt are shown to whoever looks", "核查人只能看到有疑点的信息项") \
	X("Say in 2 to 500 characters why.", "请用 2 至 500 个字说明原因") \
	X("Choose objections to records of this entry.", "请选择针对本条目记录的异议") \
	X("There is no such objection to a record of this entry", "本条目没有这样的异议") \
	X("Give an array of at most 100.", "请给出最多 100 个元素的数组") \
	X("This is no list of what is in doubt", "这不是疑点清单") \
	X("Name at most 4 fields.", "最多写 4 个信息项") \
	X("Whoever looks is told by at most 4 fields which thing it is", "最多用 4 个信息项告诉核查人是哪个对象") \
	X("Choose a class of verification (D…); the base pack brings some.", "请选择信息核查类（D 开头），基础包中有") \
	X("There is no such class of verification", "没有这个信息核查类") \
	X("Name a text field of the entry.", "请写条目中的文本信息项") \
	X("Name records with their fields, or objections.", "请写明记录及其信息项，或选择异议") \
	X("Nothing is in doubt", "没有疑点") \
	X("There is no such record any more", "该记录已不存在") \
	X("The record was found wrong on site and waits for its correction", "该记录已现场核查有误，正在等待更正") \
	X("Wait for the correction, or have the bureau withdraw the order.", "请等待更正，或请大数据局撤销整改单") \
	X("Wait for the answer.", "请等待答复") \
	X("The record has neither a position nor an address that is known", "该记录没有坐标，地址也不在标准地址中") \
	X("Bring its address into the list of standard addresses, or give the entry a position.", "请将其地址补入标准地址库，或为条目增加坐标") \
	X("The record lies outside the city", "该记录的位置在本市之外") \
	X("Look at its position or address.", "请检查其坐标或地址") \
	X("This is what is recorded", "这与登记的内容相同") \
	X("Say that it is right, or write what it is now.", "请选“属实”，或写明现在的内容") \
	X("Use right, wrong, unknown or gone.", "请用 right、wrong、unknown 或 gone") \
	X("Each field in doubt needs its answer", "每个有疑点的信息项都要答复") \
	X("Send [{field, answer, value, mark}].", "请发送 [{field, answer, value, mark}]") \
	X("These are no answers", "这不是答复") \
	X("Say gone of all fields, or of none.", "“已不存在”须对全部信息项或都不选") \
	X("What is not there any more has no field that is right or wrong", "对象已不存在时，没有属实或有误的信息项") \
	X("There is no such order about a record that was verified on site", "没有这件现场核查记录的整改单") \
	X("{1} was changed since you read it", "“{1}”在您读取之后已变更") \
	X("Look at what is held now and choose anew.", "请看现在的登记内容后重新选择") \
	X("The record of {1} is not held any more", "“{1}”所在的记录已不在数据中") \
	X("The order ends with the next load; nothing is to be corrected.", "下次加载后整改单自动完成，无需更正") \
	X("{1} was not found wrong on site", "现场核查没有认定“{1}”有误") \
	X("Choose among what was found wrong.", "请在核查有误的信息项中选择") \
	X("The entry has no field {1} any more", "条目已没有信息项“{1}”") \
	X("Load the entry's data anew.", "请重新加载该条目的数据") \
	X("Whoever looked did not say what {1} is", "核查人没有写明“{1}”现在是什么") \
	X("Find it out and load it.", "请查明后加载") \
	X("{1} is part of the key: with another value it is another record", "“{1}”是主键的一部分，改了就是另一条记录") \
	X("Load the new record and leave the old one out, with a full load.", "请用全量加载写入新记录并去掉旧记录") \
	X("{1} holds what was found already", "“{1}”已与现场核查一致") \
	X("Leave it out.", "请去掉这一项") \
	X("Send [{name, mark}] of fields that this order is about.", "请发送本整改单信息项的 [{name, mark}]") \
	X("The order is not about such a field", "本整改单不涉及这个信息项") \
	X("Choose what is to be taken over.", "请选择要采用的信息项") \
	X("Nothing is chosen", "没有选择任何信息项") \
	X("Send all fields of the order.", "请发送整改单的全部信息项") \
	X("What is not there any more is taken out whole", "对象已不存在时，整条记录一并移除") \
	X("The order {1} does not wait for a correction any more", "整改单 {1} 已不在待更正环节") \
	X("Load the whole file anew.", "请重新加载完整的文件") \
	X("Records of this entry have no key, so one of them cannot be corrected by itself", "本条目的记录没有主键，不能单独更正其中一条") \
	X("Only whose record it is corrects it", "只有提供单位可以更正该记录")
/* clang-format on */
#endif
