/* Rows of messages.h for what hotline says of calls. */
#ifndef YIWANG_CORE_MESSAGES_HOTLINE_H
#define YIWANG_CORE_MESSAGES_HOTLINE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_HOTLINE(X) \
	X("Go on with the call that is there, or leave the reference out.", "请继续办理已登记的来电，或不填话务流水号") \
	X("A call was taken down under this reference already", "该话务流水号的来电已经登记") \
	X("Write the time of day as 08:00.", "时间请写成 08:00") \
	X("This is no time of day", "不是一天中的时间") \
	X("A turn lasts at most a day", "一班最长一天") \
	X("Nobody is in this team, or too many are", "该班组没有人或人数过多") \
	X("A person is in this team twice", "同一人在该班组出现两次") \
	X("Give at most 8 turns a day.", "每天最多 8 班") \
	X("These are no turns of a day", "班次设置不正确") \
	X("Give 1 to 20 teams; none only together with no turns.", "请给出 1 至 20 个班组；不设班次时也不设班组") \
	X("These are no teams of a rota", "班组设置不正确") \
	X("Write the day as 2026-10-01.", "日期请写成 2026-10-01") \
	X("This is no day", "不是日期") \
	X("Read the rotas again.", "请重新读取排班规则") \
	X("The rota is not there, or somebody changed it meanwhile", "排班规则不存在，或已被他人修改") \
	X("Set the turns and teams of its working days first.", "请先设置工作日的班次与班组") \
	X("This desk has no rota", "该岗位还没有排班规则") \
	X("Give a login or a name.", "请填账号或姓名") \
	X("Nobody is named", "没有写人员") \
	X("Give the login.", "请填账号") \
	X("Several people have this name", "有多人同名") \
	X("Give the login or the name of an active account.", "请填在用账号的登录名或姓名") \
	X("Write 3 to 20 digits.", "请填写 3 至 20 位数字。") \
	X("This is not a telephone number", "这不是电话号码") \
	X("Give the time it came in.", "请填写来电时间。") \
	X("A call cannot come in later than now", "来电时间不能晚于现在") \
	X("There is no such call", "没有这个来电") \
	X("Read the call again.", "请重新读取该来电。") \
	X("The call is not there, or somebody dealt with it meanwhile", "该来电不存在，或已由他人办理") \
	X("Take another one.", "请办理其他来电。") \
	X("Somebody else has taken this call, or it is dealt with", "该来电已由他人受理或已办结") \
	X("Ask the centre to name the account as a source of the channel hotline.", "请中心把该账号登记为“热线”来源。") \
	X("This account may not bring calls in", "该账号不能送入来电") \
	X("The operator enters it on the page of 12345.", "由话务员在 12345 页面填写。") \
	X("No operator has this extension", "没有话务员使用这个分机号") \
	X("Read the list again.", "请重新读取列表。") \
	X("Nobody is to be called back about this call now", "这件来电现在无须回访") \
	X("Write what is still wrong.", "请写明还有什么问题。") \
	X("An event is opened again for a reason", "重新办理须写明原因") \
	X("Give 1 to 5.", "请填写 1 至 5 分。") \
	X("What the caller thinks of it is missing", "缺少来电人的评价") \
	X("Write what your own unit answers.", "请只编写本单位答复的内容。") \
	X("This article is another unit's", "这一条属于其他单位") \
	X("Choose one of the list.", "请从列表中选择。") \
	X("Give a class, or the event it is the same as.", "请选择分类，或选定与之相同的事件。") \
	X("An event needs its class", "立为事件须选择分类") \
	X("Choose one that is still open, or make it an event of its own.", "请选择仍在办理的事件，或另立为事件。") \
	X("There is no such open event", "没有这件在办的事件") \
	X("A shift lasts from a minute to seven days.", "一个班次从一分钟到七天。") \
	X("The shift ends before it begins", "班次的结束早于开始") \
	X("The shift lasts more than seven days", "班次超过七天") \
	X("Name one to ten, in the order in which they are called.", "请按呼叫顺序写一至十人。") \
	X("Nobody is on this shift, or too many are", "班次没有人，或人太多") \
	X("Give account_id as a text, and reach in at most 100 characters.", "请给出账号编号，联系方式不超过 100 字。") \
	X("This is no person of a shift", "这不是值班人员") \
	X("Name each person once.", "同一班次每人只写一次。") \
	X("A person is on this shift twice", "同一班次重复写了同一人") \
	X("Choose people who have an account.", "请选择有账号的人员。") \
	X("There is no such person", "没有这个人员") \
	X("Read the shifts again.", "请重新读取排班。") \
	X("The shift is not there, or somebody changed it meanwhile", "该班次不存在，或已被他人修改") \
	X("Those who take calls or dispatch hand over.", "由话务员、派遣员或督查长交班。") \
	X("This account staffs no desk", "该账号不在值班席位上") \
	X("Choose who takes over.", "请选择接班人。") \
	X("Nobody else was named who takes over", "没有写明由谁接班") \
	X("This sheet is for somebody else, or was taken over already", "交接单不是交给您的，或已经接班") \
	X("Look at the number on the sheet, or at the list of its block.", "请核对纸单上的编号，或查看该批编号清单。") \
	X("There is no such article", "没有这一条知识") \
	X("Read the article again.", "请重新读取这一条。") \
	X("The article is not there, or somebody changed it meanwhile", "这一条不存在，或已被他人修改") \
	X("Let somebody else review it.", "请由他人审核。") \
	X("Who wrote an article does not publish it", "编写人不能发布自己编写的内容") \
	X("Say what is to be changed.", "请写明要改什么。") \
	X("An article is returned for a reason", "退回须写明原因") \
	X("hours until a caller who could not be reached is called back again", "回访未接通后再次回访的间隔小时数") \
	X("calls back until a caller counts as not to be reached", "回访多少次未接通后记为无法联系") \
	X("days after which the recording of a call is removed", "通话录音保留的天数，之后清除") \
	X("Let the system administrator set hotline.recordings_folder.", "请系统管理员设置 hotline.recordings_folder") \
	X("No folder of recordings is set up", "还没有设置接管录音的文件夹") \
	X("Folder of this machine from which recordings of calls are taken over, each minute; empty: none", "接管通话录音的本机文件夹，每分钟查看一次；不填则不接管") \
	X("What their names say without the ending: {call}, {reference}, or {number} and {time}; {any} is not looked at", "文件名（不含扩展名）的约定：含 {call}、{reference}，或 {number} 和 {time}；{any} 不看") \
	X("hours that a recording waits in the folder for its call to be entered", "录音在文件夹中等候通话登记的小时数") \
	X("Send a WAV, MP3, Ogg or MP4 sound.", "请发送 WAV、MP3、Ogg 或 MP4 录音") \
	X("This file is not a recording of a kind that is taken", "该文件不是可接收的录音格式") \
	X("Send the recording as the request body.", "请以请求正文发送录音") \
	X("The recording is empty", "录音为空") \
	X("Send it again once the call is taken down, with call_id or the switch's reference.", "请在来电登记后，用来电编号或话务平台编号重新发送") \
	X("There is no call that this recording belongs to", "没有与该录音对应的来电") \
	X("Use {name}, {number}, {unit}, {class}, {address}, {state}, {due}, {time} or {operator}.", "请用 {name}、{number}、{unit}、{class}、{address}、{state}、{due}、{time} 或 {operator}。") \
	X("Nothing is filled in here", "这里没有可以填入的内容") \
	X("Fill it in, or take it out.", "请补填或删去") \
	X("A place of the template was not filled in", "话术里还有没填的地方") \
	X("The number {1} was not given out", "编号 {1} 没有发放过") \
	X("The number {1} was given back: {2}", "编号 {1} 已作废：{2}") \
	X("Look at the number on the sheet, or go on with the call that is there.", "请核对纸单上的编号；是同一件就在已补录的那件上继续") \
	X("The number {1} was entered by {2}: a call of {3}", "编号 {1} 已由 {2} 补录，来电时间 {3}") \
	X("There is no such recording among those you may hear", "您可收听的录音中没有这一条")
#endif
