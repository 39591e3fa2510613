/* Rows of messages.h for what portal says of openings, public messages and open data. */
#ifndef YIWANG_CORE_MESSAGES_PORTAL_H
#define YIWANG_CORE_MESSAGES_PORTAL_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_PORTAL(X) \
	X("Must be a natural number", "必须是不小于 0 的整数") \
	X("Missing value", "缺少该参数") \
	X("Must be an integer", "必须是整数") \
	X("At most {1} are taken; this is one too many", "最多 {1} 个，这是多出来的一个") \
	X("The input field was not expected", "没有这个参数") \
	X("Must be one text or whole number", "必须是一个文本或整数") \
	X("This is not kept here; leave it out", "本平台不保存这项内容，请去掉该参数") \
	X("Sort by title, name or package_count, then asc or desc", "请按 title、name 或 package_count 排序，后接 asc 或 desc") \
	X("There are none of this type", "没有这种类型") \
	X("Must be <field>:<value> pair(s)", "须为“项:值”或其列表") \
	X("Search by id, package_id, name, description, format, mimetype or url", "请按 id、package_id、name、description、format、mimetype 或 url 检索") \
	X("Order by id, package_id, name, description, format, mimetype or url", "请按 id、package_id、name、description、format、mimetype 或 url 排序") \
	X("name it in fields, or leave distinct out", "请在 fields 中列出该项，或去掉 distinct") \
	X("Distinct rows are sorted by what they show", "去重的行只能按所显示的信息项排序") \
	X("The table is too large for distinct rows", "数据量过大，不能去重") \
	X("filter by the field", "请改用该字段筛选") \
	X("Words are not looked for in {1}: it is no text, number or date", "{1} 不是文本、数字或日期，不能按词查找") \
	X("Must be a list of names", "必须是名称的列表") \
	X("Your organisation has no message {1}", "本组织没有留言 {1}") \
	X("read it again", "请重新读取") \
	X("The message was answered meanwhile", "该留言已有人答复") \
	X("write what was done about it", "请写明处理情况") \
	X("An answer is not empty", "答复不能为空") \
	X("a file of open data could not be written: {1}", "开放数据文件无法写入：{1}") \
	X("Wait a minute, or download the whole file.", "请稍候一分钟，或下载整份文件") \
	X("Too many calls came from this address", "该地址的访问过于频繁") \
	X("This is an array of field names", "这里应为信息项名称的数组") \
	X("name fewer", "请减少数量") \
	X("At most {1} fields can be named here", "这里最多列出 {1} 个信息项") \
	X("only the supplier asks to open its data", "只有数据提供单位可以申请开放") \
	X("change the entry's opening term first, and have it reviewed", "请先修改目录条目的开放属性并通过审核") \
	X("The catalogue entry says that this data is not opened", "目录条目注明该数据不予开放") \
	X("choose at least one field", "请至少选择一个信息项") \
	X("An opening names the fields that are opened", "申请开放须指明开放的信息项") \
	X("choose among the fields that are to be opened", "请在拟开放的信息项中选择") \
	X("Quasi-identifiers are fields that would be opened", "准标识符应是拟开放的信息项") \
	X("leave it out, or open a statistic instead", "请去掉它，或改为开放统计结果") \
	X("{1} cannot be opened: {2}", "{1} 不能开放：{2}") \
	X("it is graded L3 or L4", "等级为 L3 或 L4") \
	X("it holds numbers that identify persons", "是能识别到个人的号码") \
	X("it is personal data of grade L2 or higher", "属于 L2 及以上的个人信息") \
	X("departments see it masked", "部门查询时也须脱敏") \
	X("wait for the data bureau, or withdraw it", "请等待大数据局审核，或撤回申请") \
	X("An opening of this data waits for review already", "该数据已有待审核的开放申请") \
	X("There is no opening {1}", "没有开放申请 {1}") \
	X("The opening was changed meanwhile", "该开放申请已有变化") \
	X("The opening is in state {1}", "该开放申请处于状态 {1}") \
	X("ask a colleague", "请由同事审核") \
	X("Who asked for an opening does not review it", "申请人不能审核自己的申请") \
	X("write what is to be changed", "请写明需要修改之处") \
	X("An opening is returned with a reason", "退回须写明原因") \
	X("only the supplier and the data bureau close an opening", "只有提供单位和大数据局可以停止开放") \
	X("say why, in 4 characters at least", "请写明原因，至少 4 个字") \
	X("An opening is closed with a reason", "停止开放须写明原因") \
	X("Address of the public pages as people see it, e.g. https://data.example.gov.cn; empty: by server.names", "公众看到的开放平台地址，例如 https://data.example.gov.cn；留空则按 server.names") \
	X("Public pages and API calls an address may make in a minute", "每个地址每分钟可访问公众页面和接口的次数") \
	X("Downloads of open data an address may make in a minute", "每个地址每分钟可下载开放数据的次数") \
	X("Messages and ratings an address may send in an hour", "每个地址每小时可提交留言和评分的次数") \
	X("There is no open data under this name", "没有以此为名的开放数据") \
	X("use the names of the fields table", "请使用信息项表中的名称") \
	X("There is no open field {1}", "没有开放的信息项 {1}") \
	X("sort by a key or an indexed field", "请按主键或可查询的信息项排序") \
	X("{1} has no index, and the table is large", "{1} 没有索引，且数据量较大") \
	X("write {\"field\": \"value\"}", "请写成 {\"信息项\": \"值\"}") \
	X("Filters are a JSON object", "筛选条件应为 JSON 对象") \
	X("ask for less", "请减少条件") \
	X("The table is too large to be searched for words", "数据量过大，不能按词查找") \
	X("filter by fields, or download the whole", "请按信息项筛选，或下载整份数据") \
	X("There are too many values", "值过多") \
	X("open_grade", "等级过高") \
	X("open_check", "个人号码") \
	X("open_personal", "个人信息") \
	X("open_masked", "须脱敏") \
	X("open_values", "值中有个人号码") \
	X("numbers of persons stand in its values", "它的值中有公民身份号码、手机号或银行卡号") \
	X("open_rate", "访问限流") \
	X("opening_closed", "不予开放") \
	X("asked_already", "已在审核") \
	X("own_review", "自己的申请") \
	X("The parameters are not valid UTF-8", "参数不是有效的 UTF-8") \
	X("The parameters are not well formed", "参数格式不正确") \
	X("This is no date: write it as 2026-12-31T23:59:59+08:00", "这不是时间：请写作 2026-12-31T23:59:59+08:00") \
	X("end_date is before start_date", "end_date 早于 start_date") \
	X("A range of at most 90 days is answered", "时间范围最多 90 天") \
	X("A status is open or closed", "status 只能是 open 或 closed") \
	X("Too many services are asked for", "一次查询的 service_code 过多") \
	X("service_code was not found", "没有这个 service_code") \
	X("A page is a whole number from 1 to 10000", "page 应为 1 至 10000 的整数") \
	X("A page has 1 to 1000 rows", "page_size 应为 1 至 1000") \
	X("At most 100 requests are named at a time", "一次最多查询 100 个编号") \
	X("service_request_id was not found", "没有这个 service_request_id") \
	X("A report is a form: application/x-www-form-urlencoded or multipart/form-data; XML and JSON bodies are not read", "上报须为表单（application/x-www-form-urlencoded 或 multipart/form-data），不读取 XML 或 JSON 正文") \
	X("A form without pictures has at most 64 KiB", "不带照片的表单最大 64 KiB") \
	X("A field has at most 64 KiB", "一个字段最大 64 KiB") \
	X("At most 9 pictures go with a report", "一次上报最多附 9 张照片") \
	X("Pictures go with a report", "照片须随上报一起提交") \
	X("There is no such picture", "没有这张照片") \
	X("A comment has at most 900 characters, an update_id 100 bytes", "comment 最多 900 字，update_id 最多 100 字节") \
	X("Say what changed, in comment", "请在 comment 中说明变化") \
	X("service_request_id was not found among the requests of this api_key", "该 api_key 上报的请求中没有这个 service_request_id") \
	X("It was noted; the city goes on by its own process", "已记录；是否办结以城市的办理流程为准") \
	X("1: the picture that came with a report through Open311 is shown to anybody (media_url); 0: only to whoever sent it", "1：经 Open311 上报所附照片对所有人可见（media_url）；0：仅上报者可见") \
	X("The form is not valid UTF-8", "表单不是有效的 UTF-8") \
	X("The service has no such attribute", "该分类没有这个属性") \
	X("The form is not well formed", "表单格式不正确") \
	X("An api_key is needed that may report events", "需要有权上报事件的 api_key") \
	X("The account of this api_key is not named as an Open311 source", "该 api_key 的账号未登记为 Open311 来源") \
	X("This is no coordinate in degrees", "这不是以度表示的坐标") \
	X("A place has both lat and long", "lat 与 long 须同时提供") \
	X("A place is needed: lat and long, or address_string", "须提供位置：lat 和 long，或 address_string") \
	X("service_code is needed", "须提供 service_code") \
	X("A description has at most 4000 characters", "描述最多 4000 字") \
	X("media_url is an address of at most 500 bytes", "media_url 应为不超过 500 字节的网址") \
	X("What Open311's discovery says of whom to ask", "Open311 发现文档中的联系方式") \
	X("What Open311's discovery says of how to get a key", "Open311 发现文档中的密钥申请方式") \
	X("Ask for .xml or .json", "请使用 .xml 或 .json") \
	X("Choose the address that is meant", "请选择您说的是哪个地址") \
	X("This picture was not sent from this form", "照片不是从本页上传的，请重新添加") \
	X("Today {1} pictures came from this network: that is as many as are taken in a day", "本网络今天已上传 {1} 张照片，达到一天的上限") \
	X("Send the report without it, or tomorrow; 12345 takes it at any time.", "可以不带照片先提交，或明天再传；也可随时拨打 12345") \
	X("Write at most 1000 characters", "最多写 1000 字") \
	X("Pictures without login that a network may send in a day", "一个网络一天最多上传的照片数（不登录）") \
	X("Times that whoever reported something may add to it while it is open", "反映人在办理期间最多补充的次数") \
	X("Load the page anew and send it again", "请刷新页面后重新提交") \
	X("Choose what it is about", "请选择是什么问题") \
	X("Write what is wrong, in 4 to 2000 characters", "请用 4 至 2000 字说明情况") \
	X("Write a name of at most 60 characters", "称呼请不超过 60 字") \
	X("Say that they know of it", "替人反映须本人知道并同意") \
	X("Send the picture as the request body.", "请把照片作为请求正文发送。") \
	X("The picture is empty", "照片是空的")
#endif
