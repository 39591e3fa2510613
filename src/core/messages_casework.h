/* Rows of messages.h for what casework says of requests, processes, calendars. */
#ifndef YIWANG_CORE_MESSAGES_CASEWORK_H
#define YIWANG_CORE_MESSAGES_CASEWORK_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_CASEWORK(X) \
	X("Give each case a number of its own.", "请给每个事项各自的编号。") \
	X("This does not describe an SMS gateway", "这样写不成短信网关") \
	X("somebody else changed this meanwhile", "其间已有人修改，请重新打开") \
	X("there is no SMS gateway yet", "还没有设置短信网关") \
	X("Give a mobile number of 11 digits, +86 before it or not.", "请填写 11 位手机号，前面可带 +86。") \
	X("This is not a mobile number", "这不是手机号") \
	X("Days that receipts of SMS stay", "短信回执保留的天数") \
	X("Name both members of a posted receipt, or none.", "POST 回执的编号和状态字段须都填写，或都留空。") \
	X("These are not receipts as the SMS gateway was described", "这不是短信网关设置所描述的回执") \
	X("Compare the names of the members on the page of the SMS gateway.", "请核对“短信网关”页上的回执字段名。") \
	X("Send at most 500 at once.", "每次最多发送 500 条。") \
	X("Send an UTF-8 form, JSON or XML.", "请以 UTF-8 表单、JSON 或 XML 发送。") \
	X("too many SMS receipts with a wrong key came from this address", "该地址发来的短信回执密钥错误次数过多") \
	X("the key of SMS receipts is wrong", "短信回执的密钥不对") \
	X("Write {mobile} and {text} where the number and the text go.", "请在号码和正文的位置写 {mobile} 和 {text}。") \
	X("Write name=value, one a line.", "请每行写一个 名称=值。") \
	X("Write a JSON object.", "请写一个 JSON 对象。") \
	X("Write Name: value on one line.", "请在一行内写 名称: 值。") \
	X("The secret is one line.", "口令须为一行。") \
	X("{1}:{2}: a line is date,holiday or workday,occasion", "{1}:{2}：每行须为“日期,holiday 或 workday,事由”") \
	X("{1}:{2}: the occasion is longer than 40 characters", "{1}:{2}：事由超过 40 个字") \
	X("The task waits for nobody to accept it", "任务现在不需要接单") \
	X("only a task on site is offered to one person", "只有现场任务才派给一人接单") \
	X("write it in a state with turn: field", "请写在 turn: field 的状态里") \
	X("only who is on site accepts, and the task stays as it is", "只有现场一方接单，且任务状态不变") \
	X("write by: [field] and no to", "请写 by: [field]，不写 to") \
	X("nobody is pressed like that", "没有这样的督促方式") \
	X("use urge or supervise", "请用 urge 或 supervise") \
	X("who is pressed goes on with what he has", "被督促的一方任务和时限不变") \
	X("write no to and no clock", "不写 to 和 clock") \
	X("A case of this kind begins with what is reported", "这类办件由上报产生，不能手工提出") \
	X("A consultation has parties", "会商须写明参加单位") \
	X("A day is a holiday or a workday", "每一天须为 holiday（休）或 workday（班）") \
	X("A day is there twice", "日期重复") \
	X("A demand is an organisation's, and your account has none", "需求须由单位提出，您的账号不属于任何单位") \
	X("A grant in part says what is given and on which conditions", "部分授权须写明给什么、附什么条件") \
	X("A part is not split again", "分办件不能再分办") \
	X("A request needs a service item or a legal basis", "申请须写明事项或依据") \
	X("A review begins when the entry is submitted in the catalogue", "目录审核在目录提交时开始") \
	X("A text of {1} to {2} characters is needed; this has {3}", "须填写 {1} 至 {2} 个字，现为 {3} 个字") \
	X("A whole number from {1} to {2} is needed", "须为 {1} 至 {2} 之间的整数") \
	X("Address that reminders are posted to (http or https), signed; empty: none", "接收提醒的网址（http 或 https），带签名；留空则不发送") \
	X("An order of the self-audit begins at its finding", "自查整改单在自查问题上派出") \
	X("Ask when it is published.", "请在发布后申请。") \
	X("The asking organisation supplies this resource itself", "这份资源由申请单位自己提供") \
	X("Name the login of an active service account of the asking organisation.", "请填写申请单位一个有效的系统账号登录名。") \
	X("The asking organisation has several service accounts", "申请单位有多个系统账号") \
	X("The asking organisation has no such service account", "申请单位没有这样的系统账号") \
	X("Use names or titles of the entry's fields.", "请使用该目录信息项的名称。") \
	X("The resource has no such field", "该资源没有这个信息项") \
	X("Begin a new case.", "请另立新件。") \
	X("Choose a kind of case that is yours to begin.", "请选择您可以提出的事项。") \
	X("Choose a published entry.", "请选择已发布的目录。") \
	X("Choose an active service account of your own organisation, or ask for yourself.", "请选择本单位正常的服务账号，或为本人申请。") \
	X("Choose an entry of another department.", "请选择其他部门的目录。") \
	X("This entry is not shared with anybody", "该目录不予共享") \
	X("Choose an entry that is shared, or answer with a draft.", "请选择可以共享的目录，或认领后起草目录。") \
	X("What is counted together as other cannot be told apart by a later load", "合并为“其他”的规则，以后的加载无法分辨是否改好") \
	X("Name one rule that rows broke.", "请写明一条被违反的规则。") \
	X("This is no active account of the organisation that goes to the place", "该账号不是现场处置单位的正常账号") \
	X("Choose an active account of that organisation.", "请选择该单位的正常账号。") \
	X("Choose another department.", "请选择其他部门。") \
	X("Choose of api, batch and download, at least one.", "请在接口、批量交换、下载中至少选一种。") \
	X("Give of the ways that were asked for.", "请在申请的共享方式中选择。") \
	X("This way was not asked for", "这种共享方式未在申请之列") \
	X("Choose mine or org.", "请选择“我的”或“本单位”。") \
	X("Choose organisations of the city.", "请选择本市的单位。") \
	X("Name another case of this kind that is open or was done, and neither its part nor what it is part of.", "请选择另一件同类案件：在办或已结案的，且不是它的分办件或主案。") \
	X("This case cannot be the main one", "该案件不能作为主案") \
	X("Close its parts first.", "请先办结分办件。") \
	X("Deal with it here.", "请在本级办理。") \
	X("Few stars need a word why", "评 1、2 分须写明原因") \
	X("Fill in the form of the action.", "请填写这一步的表单。") \
	X("Fill it in.", "请填写。") \
	X("Give a mail address or a mobile number of 11 digits.", "请填写邮箱或 11 位手机号。") \
	X("Give an id as text.", "请以文本给出编号。") \
	X("Give at least one field, or refuse.", "请至少给出一个信息项，或不予共享。") \
	X("Give each day of that year as 2026-10-01.", "请逐日写成 2026-10-01，且属于该年。") \
	X("Give it masked.", "请以脱敏方式提供。") \
	X("Give the value that was asked for, fewer of its list or a narrower bound, or leave it out.", "请填写申请的值、其中几个值或更窄的界限，或删去这一条。") \
	X("More or other rows are given here than asked for", "这里给的行多于申请的行，或是其他的行") \
	X("A row filter is an object", "行范围须为对象") \
	X("Write it as {\"town\": \"320281100000\"}.", "请写成 {\"town\": \"320281100000\"}。") \
	X("Give the end that was asked for, or an earlier one.", "请填写申请的到期日或更早的日期。") \
	X("Give the least score that is good.", "请写明合格的最低得分。") \
	X("Give the quota that was asked for, or a smaller one.", "请填写申请的限额或更小的数。") \
	X("Give the time, e.g. {work_days: 3}.", "请写明时长，如 {work_days: 3}。") \
	X("Go on with that one.", "请在该件上继续办理。") \
	X("How much more time is not said", "没有写明延长多久") \
	X("It is too late for this action", "已过可办理这一步的期限") \
	X("JSON body of such a post, e.g. for an SMS gateway: {text} {number} {mobiles} {mails} are put in; empty: all of it", "发送的 JSON 内容，例如短信网关所需的格式：会填入 {text} {number} {mobiles} {mails}；留空则为全部内容") \
	X("Keep the name of the process.", "请保留流程名称。") \
	X("Leave it out.", "请去掉此项。") \
	X("Load a pack that brings the process audit_order, as the base pack does: yiwang pack load packs/base.", "请装入含 audit_order 流程的包，基础包即有：yiwang pack load packs/base。") \
	X("Look at the quality of the newest load and name what is wrong there.", "请查看最近一次加载的质量，写明其中的问题。") \
	X("Mail relay for reminders, smtp://host:25 or smtps://host:465; empty: none", "发送提醒的邮件服务器，smtp://主机:25 或 smtps://主机:465；留空则不发送") \
	X("Mend it and load it again.", "请自行更正后重新加载。") \
	X("Name 1 to 30 organisations.", "请选择 1 至 30 个单位。") \
	X("Name a field that you are given.", "请选择授权给您的信息项。") \
	X("Name each day once.", "每一天只写一次。") \
	X("Name fields, rows, ways, term, quota or conditions, or grant it whole.", "请写明信息项、行范围、共享方式、期限、限额或条件；否则请全部授权。") \
	X("Name the rule that rows broke.", "请写明违反的规则。") \
	X("Name the service item (事项) or the law or duty that needs the data.", "请写明需要数据的事项，或法律、职责依据。") \
	X("Object from the record as you see it; your grant may not cover it.", "请从您看到的记录提出；您的授权可能不包括它。") \
	X("Only the data bureau sees all requests", "只有大数据局可以查看全部申请") \
	X("Only the party named in the process may do this.", "只有流程指定的一方可以办理。") \
	X("Open it again first.", "请先重新办理该件。") \
	X("Read it again and decide anew.", "请重新读取后再作决定。") \
	X("Read the case again and choose among the actions it offers.", "请重新读取，并在可办理的动作中选择。") \
	X("Say what is wrong, in 2 characters or more.", "请写明问题，至少 2 个字。") \
	X("Say why, in 2 characters or more.", "请写明理由，至少 2 个字。") \
	X("Seconds between looks for cases to remind of", "每隔多少秒检查一次需要提醒的办件") \
	X("Seconds until a failed reminder is sent again, doubled each time, eight tries in all", "提醒发送失败后多少秒重发，每次加倍，最多发送八次") \
	X("Send [{channel, address}], at most 20.", "请提交 [{channel, address}]，不超过 20 项。") \
	X("Send [{day, kind, occasion}], at most 366.", "请提交 [{day, kind, occasion}]，不超过 366 项。") \
	X("Send \"next\" of the page before.", "请使用上一页的 next。") \
	X("Send an object.", "请提交对象。") \
	X("Send true or false.", "请提交 true 或 false。") \
	X("Sender of mail reminders", "提醒邮件的发件人") \
	X("Split the case above it.", "请对主案件分办。") \
	X("The case above it is closed", "主案件已办结") \
	X("The case has open parts", "办件还有未结的分办件") \
	X("The case is in state {1} now", "办件目前的状态是“{1}”") \
	X("The case is with its own centre already", "办件已在本级") \
	X("The case was changed by someone else; read it again and repeat", "办件已被他人办理，请重新读取后再试") \
	X("The case was changed meanwhile (it is at version {1}, you saw {2})", "办件刚被他人办理（现为版本 {1}，您看到的是 {2}）") \
	X("The case {1} is closed", "办件 {1} 已办结") \
	X("The city has no process for orders of the self-audit", "本市没有自查整改单流程") \
	X("The clock of the case runs already", "办件正在计时") \
	X("The clock of the case stands already", "办件已暂停计时") \
	X("The document is of another process", "文档属于另一个流程") \
	X("The entry has no such field", "目录没有这个信息项") \
	X("The form has no such member", "表单没有这一项") \
	X("The form of an action is an object", "表单须为对象") \
	X("The newest load does not have this defect", "最近一次加载没有这个问题") \
	X("The occasion is too long", "事由过长") \
	X("The process does not allow this action yet", "流程目前不允许这一步") \
	X("The process has no such action", "流程没有这个动作") \
	X("The quota is larger than asked for", "限额大于申请的数量") \
	X("The resource is not published", "资源尚未发布") \
	X("The setting {1} does not take this text", "设置项 {1} 不能这样填写") \
	X("The term is longer than asked for", "期限长于申请的期限") \
	X("There is an open case of this already: {1}", "已有未办结的同类事项：{1}") \
	X("There is an open request for this resource and account already: {1}", "这份资源和账号已有未办结的申请：{1}") \
	X("There is no level above this centre", "本中心没有上一级") \
	X("Nobody leads in {1}, so nobody could take the case", "{1}没有督办员，无人能接手该案件") \
	X("Have an account with role supervisor made there; until then deal with it here.", "请先在该单位设一名督办员（supervisor）；在此之前由本级办理。") \
	X("There is no such case among those you may see", "在您可见的范围内没有这个办件") \
	X("There is no such defect", "没有这种问题") \
	X("There is no such organisation", "没有这个单位") \
	X("There is no such published entry", "没有这个已发布的目录") \
	X("There is no such way of sharing", "没有这种共享方式") \
	X("These are no limits of a case", "这不是办件的时限") \
	X("This action is not yours in this case", "这一步不由您办理") \
	X("This action needs its form", "这一步须填写表单") \
	X("This action needs its reason", "这一步须写明理由") \
	X("This action takes no form", "这一步不需要表单") \
	X("This action takes no note", "这一步不需要说明") \
	X("This field is not given to you", "您没有这个信息项的授权") \
	X("This field was asked for masked only", "这个信息项只申请了脱敏方式") \
	X("This field was not asked for", "这个信息项未在申请之列") \
	X("This is needed", "此项必填") \
	X("This is neither a mail address nor a mobile number", "这不是邮箱，也不是手机号") \
	X("This is no day of the year", "这不是该年的日期") \
	X("This is not a cursor of the inbox", "这不是待办的游标") \
	X("This is not a time", "这不是时间") \
	X("This is not an id", "这不是编号") \
	X("This is not true or false", "须为 true 或 false") \
	X("This organisation asks itself", "需求是该单位自己提出的") \
	X("This resource is not shared: {1}", "这份资源不予共享：{1}") \
	X("Use at most 40 characters.", "请不超过 40 个字。") \
	X("Use holiday or workday.", "请使用 holiday 或 workday。") \
	X("Use it, or grant it to an account.", "可直接使用，或授权给账号。") \
	X("Use update_late, no_data, service_fails, score_low or rule.", "请使用 update_late、no_data、service_fails、score_low 或 rule。") \
	X("Wait for its decision, or withdraw it.", "请等待办结，或先撤回。") \
	X("Wait for some to be closed, or withdraw some.", "请等部分办结，或撤回一些。") \
	X("Working hours of a working day", "工作日的工作时间") \
	X("Write 1 to 4 spans that rise, e.g. 09:00-12:00,13:30-17:30.", "请写 1 至 4 段依次递增的时段，例如 09:00-12:00,13:30-17:30。") \
	X("Write http://… or https://…, or leave it empty.", "请写 http://… 或 https://…，或留空。") \
	X("Write it as 2026-12-31T23:59:59+08:00.", "请写成 2026-12-31T23:59:59+08:00。") \
	X("Write more.", "请写得详细一些。") \
	X("Write smtp://… or smtps://…, or leave it empty.", "请写 smtp://… 或 smtps://…，或留空。") \
	X("Write {\"name\": {\"work_days\": 3}} with n from 1 to 1000.", "请写成 {\"名称\": {\"work_days\": 3}}，数值为 1 至 1000。") \
	X("You began no case under this number", "您没有用这个编号提出过事项") \
	X("You have {1} open cases of this kind already", "您已有 {1} 件同类事项未办结") \
	X("You may not begin a case of this process", "您不能提出这类事项") \
	X("You used this number for another case", "这个编号您已用于另一事项") \
	X("Your organisation has no such service account", "本单位没有这个服务账号") \
	X("Your own organisation supplies this resource", "这份资源由本单位提供") \
	X("a closed state has no limit", "办结状态没有时限") \
	X("a ladder has no such step", "督办阶梯没有这一级") \
	X("a ladder is a list, and takes the place of remind", "督办阶梯须为列表，并取代 remind") \
	X("a list is needed here", "此处须为列表") \
	X("a note cannot be that", "说明不能这样设置") \
	X("a pause needs its reason", "暂停计时须写明理由") \
	X("a process is an object", "流程须为对象") \
	X("a state has either a turn (open) or an outcome (closed)", "状态须有办理方（在办）或结果（办结），二者取一") \
	X("a step that stays keeps its clock anyhow", "不换环节的动作本来就不重新计时") \
	X("a text is needed here", "此处须为文本") \
	X("add an action from it", "请增加从它出发的动作") \
	X("an action begins in some state", "动作须有起始状态") \
	X("an action cannot do that to the clock", "动作不能这样改变计时") \
	X("an object is needed here", "此处须为对象") \
	X("days must be a list", "days 须为列表") \
	X("give 1 to {1} entries", "请给出 1 至 {1} 项") \
	X("give 1 to {1} steps and no remind", "请给出 1 至 {1} 级，并去掉 remind") \
	X("give a condition to all but the last", "除最后一项外都须有条件") \
	X("give one of the two", "请二者取一") \
	X("items must be a list", "items 须为列表") \
	X("list one or more states", "请列出一个或多个状态") \
	X("name one of the list of states", "请使用状态列表中的名称") \
	X("no action leads out of this open state", "没有动作离开这个在办状态") \
	X("nobody is called so", "没有这样的办理方") \
	X("nothing of that name happens", "没有这种事件") \
	X("nothing of that name is counted", "没有这种计数") \
	X("only cases of line city get more time", "只有 city 条线的办件可以延期") \
	X("only the lead lets a clock stand or gives more time", "只有 lead 可以批准挂账或延期") \
	X("pausing and resuming stay in their state", "暂停和恢复不改变状态") \
	X("rename one", "请改名") \
	X("see docs/packs.md", "见 docs/packs.md") \
	X("somebody must be allowed to act", "须指明谁可以办理") \
	X("take form and note away", "请去掉 form 和 note") \
	X("take it away", "请去掉") \
	X("the engine fills in no form and gives no reason", "引擎不填表单，也不写理由") \
	X("the engine's actions, and only they, name their event", "由引擎办理的动作须写明事件，其他动作不写") \
	X("the last first step, and only it, has no condition", "只有最后一个起始步骤没有条件") \
	X("the last way on, and only it, has no condition", "只有最后一个去向可以不带条件，且必须不带条件") \
	X("the name is there twice", "名称重复") \
	X("the program has no such effect or check", "程序没有这种效果或检查") \
	X("the program has no such effect", "程序没有这个效果") \
	X("there is no process {1}", "没有流程 {1}") \
	X("there is no such form", "没有这个表单") \
	X("there is no such key", "没有这个键") \
	X("there is no such line", "没有这个条线") \
	X("there is no such state", "没有这个状态") \
	X("this is no limit", "这不是时限") \
	X("this is no moment of a ladder", "这不是督办阶梯的时点") \
	X("this is no name", "这不是名称") \
	X("use asker, supplier or bureau", "请使用 asker、supplier 或 bureau") \
	X("use asker, supplier, bureau or turn", "请使用 asker、supplier、bureau 或 turn") \
	X("use asker, supplier, bureau, turn or engine", "请使用 asker、supplier、bureau、turn 或 engine") \
	X("use engine alone, or make two actions", "请单独写 engine，或拆成两个动作") \
	X("use one of the events that docs/packs.md lists", "请使用 docs/packs.md 所列的事件") \
	X("use none, optional or required", "请使用 none、optional 或 required") \
	X("use one of those that docs/packs.md lists", "请使用 docs/packs.md 列出的名称") \
	X("use one of those that docs/packs.md lists, or none", "请使用 docs/packs.md 列出的名称，或去掉") \
	X("use pause or resume", "请使用 pause 或 resume") \
	X("use share.grant, or none", "请使用 share.grant，或不写") \
	X("use share_request, share_grant, share_decision, share_refusal or share_consult", "请使用 share_request、share_grant、share_decision、share_refusal 或 share_consult") \
	X("use sharing, mounted, sensitive and grade", "请使用 sharing、mounted、sensitive 和 grade") \
	X("use sharing, mounted, sensitive, grade and own", "可用 sharing、mounted、sensitive、grade 和 own") \
	X("use small letters, digits and _, beginning with a letter", "请使用小写字母、数字和下划线，并以字母开头") \
	X("use {1}", "请使用 {1}") \
	X("what the engine does nobody else does", "由引擎办理的动作不能再由他人办理") \
	X("write 1 to {1} characters", "请写 1 至 {1} 个字") \
	X("write by: [engine] with on", "请把 by: [engine] 与 on 一起写") \
	X("write by: [lead]", "请写 by: [lead]") \
	X("write line: city", "请写 line: city") \
	X("write note: required", "请写 note: required") \
	X("write {work_days: n}, {work_hours: n}, {days: n}, {hours: n} or {minutes: n} with n from 1 to 1000", "请写 {work_days: n}、{work_hours: n}、{days: n}、{hours: n} 或 {minutes: n}，n 为 1 至 1000") \
	X("write {work_hours: -4}, {hours: 0}, {work_days: 2}: before, at or after the due time", "请写 {work_hours: -4}、{hours: 0}、{work_days: 2}：到期前、到期时或到期后") \
	X("{1}:{2}: a line is date,holiday or workday,occasion", "{1}:{2}：每行须为“日期,holiday 或 workday,事由”") \
	X("{1}:{2}: the occasion is longer than 40 characters", "{1}:{2}：事由超过 40 个字") \
	X("The task waits for nobody to accept it", "任务现在不需要接单") \
	X("only a task on site is offered to one person", "只有现场任务才派给一人接单") \
	X("write it in a state with turn: field", "请写在 turn: field 的状态里") \
	X("only who is on site accepts, and the task stays as it is", "只有现场一方接单，且任务状态不变") \
	X("write by: [field] and no to", "请写 by: [field]，不写 to") \
	X("Give a time that is still to come.", "请填写尚未到来的时间。") \
	X("Send the whole year's days: those published before are replaced.", "请提交全年的日子：已发布的会被整体替换。") \
	X("The year has {1} published days, and none would be left", "该年已发布 {1} 天，提交后将一天不剩") \
	X("A consultation is called for a time to come", "会商时间不能早于现在")
/* clang-format on */
#endif
