/* Rows of messages.h for what catalog says of checks, documents, review. */
#ifndef YIWANG_CORE_MESSAGES_CATALOG_H
#define YIWANG_CORE_MESSAGES_CATALOG_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_CATALOG(X) \
	X("GB 11643: the first 6 digits are not a division of GB/T 2260: compare with the certificate", "GB 11643：前 6 位不是 GB/T 2260 中的行政区划，请与证件核对") \
	X("GB 11643: the division of the first 6 digits was abolished before the date of birth", "GB 11643：前 6 位对应的行政区划在出生日期之前已撤销") \
	X("GB 11643: the first 6 digits are in no list of GB/T 2260 at hand (the province is)", "GB 11643：前 6 位不在现有的 GB/T 2260 代码表中（省份存在）") \
	X("15-digit number of the first generation (not valid since 2013): ask for the 18-character number", "15 位的第一代身份证号码（2013 年起失效），请取得 18 位号码") \
	X("GB 11643: a citizen number has 17 digits and a check character 0-9 or X", "GB 11643：公民身份号码由 17 位数字和 1 位校验码（0-9 或 X）组成") \
	X("GB 11643: characters 7 to 14 are not a date of birth: compare with the certificate", "GB 11643：第 7 至 14 位不是有效的出生日期，请与证件核对") \
	X("GB 11643: the check character does not follow from the first 17 digits: compare with the certificate", "GB 11643：校验码与前 17 位数字不符，请与证件核对") \
	X("15-digit number of the first generation, converted to 18 characters", "15 位的第一代身份证号码，已转换为 18 位") \
	X("GB 11714: an organisation code has 8 characters and a check character", "GB 11714：组织机构代码由 8 位本体代码和 1 位校验码组成") \
	X("GB 11714: only digits and capital letters A-Z are used", "GB 11714：只能使用数字和大写字母 A-Z") \
	X("GB 11714: the check character does not follow from the first 8: compare with the certificate", "GB 11714：校验码与前 8 位不符，请与证书核对") \
	X("GB 32100: a unified social credit code has 18 characters", "GB 32100：统一社会信用代码为 18 位") \
	X("GB 32100: only digits and capital letters without I, O, S, V and Z are used", "GB 32100：只能使用数字和大写字母（不含 I、O、S、V、Z）") \
	X("GB 32100: character 1 is a registration authority (1-9, A, N, Y) and characters 3 to 8 are a region code", "GB 32100：第 1 位为登记管理部门（1-9、A、N、Y），第 3 至 8 位为行政区划码") \
	X("GB 32100: the organisation code inside (characters 9 to 17) has a wrong check character", "GB 32100：其中的组织机构代码（第 9 至 17 位）校验码错误") \
	X("GB 32100: early Fujian trial code whose check character does not follow the standard", "GB 32100：福建早期试点代码，校验码不符合标准") \
	X("GB 32100: the check character does not follow from the first 17: compare with the business licence", "GB 32100：校验码与前 17 位不符，请与营业执照核对") \
	X("GB/T 2260: a division code has 6, 9 (with town) or 12 (with village) digits", "GB/T 2260：行政区划代码为 6 位、9 位（到乡镇）或 12 位（到村）数字") \
	X("GB/T 2260: the division was not in force on the date: use the code in force then", "GB/T 2260：该区划在当日无效，请使用当时有效的代码") \
	X("GB/T 2260: no division has this code: look it up by name", "GB/T 2260：没有这个行政区划代码，请按名称查找") \
	X("GB/T 37346: a real estate unit code has 28 characters", "GB/T 37346：不动产单元代码为 28 位") \
	X("GB/T 37346: characters 1 to 12, 15 to 19 and 21 to 28 are digits", "GB/T 37346：第 1 至 12、15 至 19、21 至 28 位为数字") \
	X("GB/T 37346: character 13 is G, J or Z (owner of the land) and character 14 a capital letter", "GB/T 37346：第 13 位为 G、J 或 Z（土地所有权类型），第 14 位为大写字母") \
	X("GB/T 37346: character 20 is F (building), L (forest), Q (other) or W (no fixture)", "GB/T 37346：第 20 位为 F（房屋等）、L（林木）、Q（其他）或 W（无定着物）") \
	X("GB/T 37346: a unit without fixture (W) ends in eight zeros", "GB/T 37346：无定着物（W）的单元后 8 位为零") \
	X("a mobile number has 11 digits and begins with 13 to 19", "手机号码为 11 位数字，以 13 至 19 开头") \
	X("the value is longer than any code: check that the columns are in order", "值比任何代码都长，请检查各列顺序是否正确") \
	X("leave no out: a new field gets the next number", "不要填写 no：新信息项会得到下一个编号") \
	X("field number {1} is not one of this entry's current fields; numbers are never reused", "信息项编号 {1} 不是本条目现有信息项的编号；编号不得重复使用") \
	X("fill it in", "请填写") \
	X("{1} ({2}) is missing", "缺少 {1}（{2}）") \
	X("write e.g. 307002001/000017 (类 1-3: base, theme, department)", "例如 307002001/000017（类 1-3：基础、主题、部门）") \
	X("\"{1}\" is not 类(1) 项(2) 目(3) 细目(any) \"/\" serial in digits and capitals", "“{1}”不符合：类(1) 项(2) 目(3) 细目(不限) “/” 顺序号，由数字和大写字母组成") \
	X("take the next free serial", "请使用下一个未用的顺序号") \
	X("the code {1} belongs to \"{2}\"", "代码 {1} 属于“{2}”") \
	X("keep the code, or withdraw this entry and register a new one", "请保留原代码，或撤回本条目后另行登记") \
	X("a published entry keeps its code ({1}): others refer to it", "已发布的条目不得改动代码（{1}），因为已被引用") \
	X("give it a name that tells the difference", "请起一个能区分的名称") \
	X("your organisation has another entry of this name", "本组织已有同名条目") \
	X("name the law, regulation or State Council document and its article", "请写明法律、法规或国务院文件的名称和条款") \
	X("不予共享 needs its legal basis (国发〔2016〕51号 §9)", "不予共享须注明依据（国发〔2016〕51号第九条）") \
	X("remove the sharing ways", "请去掉共享方式") \
	X("an entry that is not shared has no sharing way", "不予共享的条目没有共享方式") \
	X("say who may use it for what", "请说明谁可以使用、用于什么") \
	X("有条件共享 needs its condition", "有条件共享须注明共享条件") \
	X("choose api, download or batch", "请选择接口、下载或批量交换") \
	X("a shared entry needs at least one sharing way", "共享的条目至少须有一种共享方式") \
	X("add the structured format it comes in, or share it by download only", "请增加相应的结构化格式，或只以下载方式共享") \
	X("only structured formats can be shared by api or batch", "只有结构化格式才能以接口或批量方式共享") \
	X("say who may get it under which terms", "请说明谁可以按什么条件获取") \
	X("有条件开放 needs its condition", "有条件开放须注明开放条件") \
	X("choose closed, or change the sharing type", "请选择不开放，或改变共享类型") \
	X("what departments may not share cannot be opened", "不予共享的资源不得开放") \
	X("open a resource without this field, or choose conditional", "请另建不含该信息项的开放资源，或选择有条件开放") \
	X("an open resource cannot hold the L{1} field {2}", "开放的资源不得含有 L{1} 级信息项 {2}") \
	X("add the fields (drop a sample file to have them proposed)", "请添加信息项（可上传样例文件自动提出）") \
	X("the entry has no fields (信息项)", "条目没有信息项") \
	X("write e.g. person_name", "例如 person_name") \
	X("\"{1}\" is not a small letter followed by small letters, digits and _", "“{1}”不是以小写字母开头、由小写字母、数字和下划线组成的名称") \
	X("choose another name", "请换一个名称") \
	X("\"{1}\" has a meaning of its own in queries or rules", "“{1}”在查询或规则中另有含义") \
	X("the Chinese name of {1} is missing", "缺少 {1} 的中文名称") \
	X("choose L1 to L4", "请选择 L1 至 L4") \
	X("the grade of {1} is missing", "缺少 {1} 的分级") \
	X("choose a kind", "请选择类型") \
	X("the kind of {1} is missing", "缺少 {1} 的类型") \
	X("rename one of them", "请改名其中一个") \
	X("field {1} is also called {2}", "信息项 {1} 也叫 {2}") \
	X("tell them apart", "请加以区分") \
	X("{1} is also titled {2}", "{1} 的中文名称也是 {2}") \
	X("name the right column", "请填写正确的列名") \
	X("{1} also reads column \"{2}\"", "{1} 也读取列“{2}”") \
	X("use a code, number, text or date", "请使用代码、数字、文本或日期") \
	X("a {1} cannot be a key: equal values may differ", "{1} 类型不能作主键：相等的值写法可能不同") \
	X("mark the field (or fields) that tell records apart", "请标出能区分各条记录的信息项（一个或多个）") \
	X("no field is the key", "没有主键信息项") \
	X("mark fewer fields as key", "请减少主键信息项") \
	X("{1} key fields, at most 8 are possible", "主键信息项有 {1} 个，最多 8 个") \
	X("choose one of the masks", "请从脱敏方式中选择") \
	X("there is no mask \"{1}\"", "没有脱敏方式“{1}”") \
	X("choose a mask for this kind, or all", "请选择适合该类型的脱敏方式，或选全部隐藏") \
	X("mask {1} does not fit a {2}", "脱敏方式 {1} 不适用于 {2} 类型") \
	X("choose one of the checks", "请从校验规则中选择") \
	X("there is no check \"{1}\"", "没有校验规则“{1}”") \
	X("change the kind or the check", "请改变类型或校验规则") \
	X("check {1} does not fit a {2}", "校验规则 {1} 不适用于 {2} 类型") \
	X("choose decimal, or remove scale", "请选择定点小数，或去掉小数位数") \
	X("only a decimal has fraction digits", "只有定点小数有小数位数") \
	X("remove min and max", "请去掉最小值和最大值") \
	X("only numbers have a range", "只有数值类型有范围") \
	X("swap them", "请对调两者") \
	X("max {1} is below min {2}", "最大值 {1} 小于最小值 {2}") \
	X("grade it L3 or L4", "请定为 L3 或 L4 级") \
	X("{1} holds personal numbers: at least L3", "{1} 含有个人号码，至少为 L3 级") \
	X("choose how it shows without a grant for clear values", "请选择无明文授权时的显示方式") \
	X("the L{1} field {2} has no mask", "L{1} 级信息项 {2} 没有脱敏方式") \
	X("choose one of GET /api/v1/elements", "请从数据元清单中选择") \
	X("there is no data element {1}", "没有数据元 {1}") \
	X("take the element's kind or another element", "请采用数据元的类型，或换一个数据元") \
	X("element {1} is a {2}", "数据元 {1} 的类型是 {2}") \
	X("raise the grade (就高从严)", "请提高分级（就高从严）") \
	X("element {1} ({2}) is L{3}, the field says L{4}", "数据元 {1}（{2}）为 L{3} 级，信息项写的是 L{4} 级") \
	X("choose a mask", "请选择脱敏方式") \
	X("the personal field {1} has no mask", "个人信息项 {1} 没有脱敏方式") \
	X("choose one of GET /api/v1/code-sets", "请从代码集清单中选择") \
	X("a code field needs its code set", "代码类型的信息项须指定代码集") \
	X("choose kind code", "请选择代码类型") \
	X("only a code field has a code set", "只有代码类型的信息项才有代码集") \
	X("there is no code set {1}", "没有代码集 {1}") \
	X("write e.g. 101001001/000001.citizen_id", "例如 101001001/000001.citizen_id") \
	X("\"{1}\" is not code.field", "“{1}”不是“目录代码.信息项”的形式") \
	X("name one of its fields", "请填写其中的一个信息项") \
	X("this entry has no field {1}", "本条目没有信息项 {1}") \
	X("publish that entry first, or correct the code", "请先发布那个条目，或更正代码") \
	X("no published resource has the code {1}", "没有代码为 {1} 的已发布资源") \
	X("resource {1} has no field {2}", "资源 {1} 没有信息项 {2}") \
	X("name a date or time field of this entry", "请填写本条目的日期或时间信息项") \
	X("{1} is not a date or time field here", "{1} 不是本条目的日期或时间信息项") \
	X("use the field names, e.g. end_date >= start_date", "请使用信息项名称，例如 end_date >= start_date") \
	X("the rule does not compile: {1}", "规则无法编译：{1}") \
	X("the rule names \"{1}\", which is no field of this entry", "规则使用了“{1}”，本条目没有这个信息项") \
	X("write e.g. dates_in_order", "例如 dates_in_order") \
	X("say what is wrong with a record that breaks it", "请说明不符合该规则的记录错在哪里") \
	X("the message of rule {1} is missing", "缺少规则 {1} 的提示") \
	X("rule {1} is also called {2}", "规则 {1} 也叫 {2}") \
	X("there is no resource {1}", "没有资源 {1}") \
	X("resource {1} has no version {2}", "资源 {1} 没有版本 {2}") \
	X("only data officers of the entry's own organisation may change it", "只有条目所属组织的数据专员可以修改") \
	X("read the entry again and repeat your change on it", "请重新读取条目，再修改一次") \
	X("the entry was changed meanwhile (it is at version {1}, you saw {2})", "条目已被他人修改（现为版本 {1}，您看到的是 {2}）") \
	X("the resource code is taken", "该目录代码已被使用") \
	X("ask a colleague to review it", "请由同事审核") \
	X("nobody reviews an entry they wrote or submitted", "任何人不得审核自己编写或提交的条目") \
	X("say what has to be changed", "请写明需要修改的内容") \
	X("a return needs a note", "退回须填写意见") \
	X("change or withdraw that entry first", "请先修改或撤回那个条目") \
	X("\"{1}\" refers to this entry", "“{1}”引用了本条目") \
	X("say why", "请说明原因") \
	X("a withdrawal needs a note", "撤回须填写原因") \
	X("resource {1} ({2}) was withdrawn", "资源 {1}（{2}）已撤回") \
	X("resource {1} is not published yet: submit it and let the data bureau review it", "资源 {1} 尚未发布：请提交并由大数据局审核") \
	X("there is no resource with the code {1}", "没有代码为 {1} 的资源") \
	X("resource {1} belongs to another organisation", "资源 {1} 属于其他组织") \
	X("pass \"next\" of the page before", "请传入上一页给出的 next") \
	X("the cursor is damaged", "游标已损坏") \
	X("an entry belongs to an organisation, and your account has none: ask the system administrator", "条目须属于某个组织，而您的账号没有组织，请联系系统管理员") \
	X("choose one of the listed values", "请从所列取值中选择") \
	X("\"{1}\" is not one of {2}", "“{1}”不是以下之一：{2}") \
	X("shorten it", "请缩短") \
	X("{1} characters, at most {2} are kept", "共 {1} 个字符，最多 {2} 个") \
	X("remove the NUL character", "请去掉空字符") \
	X("a text cannot hold a NUL character", "文本不能含有空字符") \
	X("write it out", "请写完整") \
	X("{1} characters, at least {2} are needed", "共 {1} 个字符，至少 {2} 个") \
	X("give a number in the range", "请填写范围内的数值") \
	X("{1} is not in {2}..{3}", "{1} 不在 {2} 至 {3} 之间") \
	X("split or shorten the list", "请拆分或缩短列表") \
	X("{1} entries, at most {2} are kept", "共 {1} 项，最多 {2} 项") \
	X("put it in quotes", "请加上引号") \
	X("this must be a text", "须为文本") \
	X("change the value's type", "请改变值的类型") \
	X("this must be {1}", "须为{1}") \
	X("give an object", "请填写对象") \
	X("this must be an object", "须为对象") \
	X("remove it, or check its spelling", "请去掉，或检查拼写") \
	X("there is no key \"{1}\" here", "这里没有“{1}”这一项") \
	X("the entry is in state {1} with a draft", "条目处于“{1}”状态，另有草稿") \
	X("the entry is in state {1}", "条目处于“{1}”状态") \
	X("{1} (and {2} more; validate lists them all)", "{1}（另有 {2} 处；校验会列出全部）") \
	X("a text (in quotes)", "文本（带引号）") \
	X("a whole number", "整数") \
	X("a number", "数值") \
	X("true or false", "true 或 false") \
	X("a list of texts", "文本的列表") \
	X("a list", "列表") \
	X("an object", "对象") \
	X("wait for the review, or ask the data bureau to return it", "请等待审核，或请大数据局退回") \
	X("only a draft can be submitted: change something first", "只有草稿可以提交，请先修改") \
	X("only a submitted entry can be reviewed", "只有已提交的条目可以审核") \
	X("only a published entry can be withdrawn", "只有已发布的条目可以撤回")
#endif
