/* The table of messages.c: X(English, Chinese), grouped by room. {1}…{4} stand for any text and may move in the Chinese. */
#ifndef YIWANG_CORE_MESSAGES_H
#define YIWANG_CORE_MESSAGES_H
/* Tables: a row a line. */
/* clang-format off */
#include "core/messages_cascade.h"
#include "core/messages_casework.h"
#include "core/messages_compare.h"
#include "core/messages_catalog.h"
#include "core/messages_deliver.h"
#include "core/messages_event.h"
#include "core/messages_emergency.h"
#include "core/messages_hotline.h"
#include "core/messages_exchange.h"
#include "core/messages_form.h"
#include "core/messages_intake.h"
#include "core/messages_portal.h"
#include "core/messages_life.h"
#include "core/messages_notice.h"
#include "core/messages_partner.h"
#include "core/messages_place.h"
#include "core/messages_measure.h"
#include "core/messages_parcel.h"
#include "core/messages_record.h"
#include "core/messages_verify.h"

#define MESSAGES(X) \
	MESSAGES_CORE(X) \
	MESSAGES_STORE(X) \
	MESSAGES_NET(X) \
	MESSAGES_PEOPLE(X) \
	MESSAGES_APP(X) \
	MESSAGES_EVIDENCE(X) \
	MESSAGES_CATALOG(X) \
	MESSAGES_EXCHANGE(X) \
	MESSAGES_PORTAL(X) \
	MESSAGES_DELIVER(X) \
	MESSAGES_PARCEL(X) \
	MESSAGES_RECORD(X) \
	MESSAGES_CASEWORK(X) \
	MESSAGES_FORM(X) \
	MESSAGES_VERIFY(X) \
	MESSAGES_COMPARE(X) \
	MESSAGES_LIFE(X) \
	MESSAGES_NOTICE(X) \
	MESSAGES_PARTNER(X) \
	MESSAGES_PLACE(X) \
	MESSAGES_MEASURE(X) \
	MESSAGES_CASCADE(X) \
	MESSAGES_EVENT(X) \
	MESSAGES_EMERGENCY(X) \
	MESSAGES_HOTLINE(X) \
	MESSAGES_INTAKE(X) \
	MESSAGES_JOINED(X)

#define MESSAGES_CORE(X) \
	X("The setting {1} takes a whole number from {2} to {3}", "设置项 {1} 须为 {2} 至 {3} 之间的整数") \
	X("The setting {1} takes a text of at most 2,000 bytes", "设置项 {1} 须为不超过 2,000 字节的文本") \
	X("Seconds between two looks for housekeeping that is due (read when the program starts)", "两次查看有无到期清理工作的间隔秒数（启动时读取）") \
	X("Days after which entries of the feed are removed, once every durable reader has passed them", "变更流条目保留天数；所有持久读取者读过之后才移除") \
	X("Days after its end in which a failed or cancelled job can be resumed; then its messages go", "失败或已取消的作业在结束后可继续的天数；之后移除其进度消息") \
	X("Days after which an upload that no queued or running job needs is removed", "上传文件保留天数；排队或运行中的作业所需的文件不移除") \
	X("Names (host or host:port, commas between) by which people reach this server without a trusted proxy; links are made with these only", "不经可信代理访问本服务器所用的名称（主机名或 主机名:端口，逗号分隔）；链接只用这些名称生成") \
	X("Write host or host:port, commas between, without http://.", "请写 主机名 或 主机名:端口，用逗号分隔，不写 http://。") \
	X("Jobs run at the same time by one process (read when it starts)", "每个进程同时运行的作业数（启动时读取）") \
	X("Give a whole number within the range.", "请填写范围内的整数。") \
	X("Shorten it to 2,000 bytes of UTF-8.", "请缩短到 2,000 字节（UTF-8）以内。") \
	X("There is no setting {1}", "没有名为 {1} 的设置项") \
	X("The setting {1} was changed by someone else; read it again and repeat", "设置项 {1} 已被他人修改，请重新读取后再试") \
	X("There is no job {1} among those you may see", "在您可见的范围内没有作业 {1}") \
	X("The job has ended already; only a queued or running job can be cancelled", "作业已经结束，只能取消排队或运行中的作业") \
	X("The job is queued, running, done or too old; only a failed or cancelled job can be resumed, within {1} days of its end", "作业在排队、运行、已完成或结束过久；只能在结束后 {1} 天内继续失败或已取消的作业") \
	X("the job was cancelled", "作业已取消") \
	X("the program is stopping; the job goes on when it runs again", "程序正在停止，重新启动后作业会继续") \
	X("another process has taken over job {1}", "作业 {1} 已由另一进程接管") \
	X("the job {1} ended without a result", "作业 {1} 结束时没有给出结果") \
	X("this program does not know the job kind {1}", "本程序不认识作业类型 {1}") \
	X("the job stopped {1} times in a row without getting further; look at the log, then resume it", "作业连续 {1} 次中断而没有进展，请查看日志后再继续") \
	X("An expression is 1 to {1} bytes of UTF-8", "表达式长度应为 1 至 {1} 字节（UTF-8）") \
	X("An expression uses at most {1} names", "一个表达式最多使用 {1} 个名称") \
	X("The expression used more than 1 MiB of memory", "表达式占用内存超过 1 MiB") \
	X("The expression failed: {1}", "表达式执行失败：{1}") \
	X("the job {1} failed ({2})", "作业 {1} 失败（{2}）")

#define MESSAGES_STORE(X) \
	X("{1} writes are waiting already; try again shortly", "已有 {1} 个写入在排队，请稍后再试")

/* What the server and the dispatcher say. */
#define MESSAGES_NET(X) \
	X("invalid", "输入无效") \
	X("unauthenticated", "未登录或凭据无效") \
	X("forbidden", "没有权限") \
	X("not-found", "未找到") \
	X("method-not-allowed", "不支持的请求方法") \
	X("conflict", "状态冲突") \
	X("gone", "已失效") \
	X("too-large", "内容过大") \
	X("unsupported-media", "不支持的内容类型") \
	X("headers-too-large", "请求头过大") \
	X("quota", "超出限额") \
	X("cancelled", "已取消") \
	X("internal", "程序内部错误") \
	X("io", "磁盘或网络故障") \
	X("storage-full", "存储空间不足") \
	X("busy", "系统繁忙，请稍后再试") \
	X("timeout", "处理超时")

/* people, and what the dispatcher says of rights. */
#define MESSAGES_PEOPLE(X) \
	X("The key or session is wrong, expired or revoked; log in again or use a valid key", "密钥或会话错误、过期或已撤销，请重新登录或使用有效密钥") \
	X("A change by session cookie needs the header X-CSRF-Token", "用会话 Cookie 提交的修改须带 X-CSRF-Token 请求头") \
	X("Send the csrf value of the session in the header X-CSRF-Token.", "请在 X-CSRF-Token 请求头中带上会话的 csrf 值。") \
	X("The one-time password must be changed first", "请先修改一次性密码") \
	X("Change your one-time password first", "请先修改一次性密码") \
	X("Set a password of your own first.", "请先设置自己的密码。") \
	X("The login or the password is wrong, or the account is locked", "用户名或密码错误，或账号已锁定") \
	X("Check both; a locked account opens by itself after the lock time.", "请核对两者；锁定的账号到时会自动解锁。") \
	X("Too many people log in at once; try again in a moment", "同时登录的人太多，请稍后再试") \
	X("Too many failed logins came from this address", "该地址登录失败次数过多") \
	X("Wait five minutes.", "请等待五分钟。") \
	X("A password has 12 characters at least and 256 bytes at most", "密码至少 12 个字符，最多 256 字节") \
	X("Use at least 12 characters; a few words make a good password.", "请使用至少 12 个字符，几个词连在一起就是好密码。") \
	X("The password must not contain the login", "密码中不得包含用户名") \
	X("Leave the login out.", "请去掉用户名。") \
	X("The password repeats too few characters", "密码中不同的字符太少") \
	X("Use more different characters.", "请使用更多不同的字符。") \
	X("The old password is wrong, or the account is locked", "原密码错误，或账号已锁定") \
	X("Type the password you logged in with.", "请输入登录时使用的密码。") \
	X("The new password is the old one", "新密码与原密码相同") \
	X("Choose another one.", "请换一个。") \
	X("Only people have passwords; services use keys", "只有人员账号有密码，服务账号使用密钥") \
	X("There is no such role", "没有这个角色") \
	X("These roles must not meet in one account", "这些角色不得集于一个账号") \
	X("Give these roles to different people: system, security and audit administration exclude each other and all work " "with data.", "请把这些角色分给不同的人：系统、安全、审计管理互斥，且均与数据业务互斥。") \
	X("This role does not suit the kind of account", "该角色不适用于这类账号") \
	X("Persons cannot be services, and services take only the role service.", "人员账号不能用服务角色，服务账号只能用服务角色。") \
	X("The account has {1} live grants, which were given to its organisation", "该账号还有 {1} 项有效授权，这些授权是给原单位的，不能随账号转走") \
	X("The account has {1} keys, which its organisation knows", "该账号还有 {1} 个可用密钥，原单位持有，不能随账号转走") \
	X("Make another account in that organisation, or have them revoked first.", "请在新单位另建账号，或先撤销它们。") \
	X("Nobody changes the own {1}", "任何人不得修改自己的此项（{1}）") \
	X("Ask another administrator.", "请由另一位管理员操作。") \
	X("This is the last active account with this administrator role", "这是最后一个拥有该管理员角色的有效账号") \
	X("Give the role to another active account first.", "请先把该角色授予另一个有效账号。") \
	X("There is no such account", "没有这个账号") \
	X("There is no such account of a person", "没有这个人员账号") \
	X("This {1} was changed by someone else, or is not there", "该对象（{1}）已被他人修改或不存在") \
	X("Read it again and repeat the change.", "请重新读取后再修改。") \
	X("An account with this login exists already", "该用户名已被使用") \
	X("Use another login.", "请换一个用户名。") \
	X("A login has 2 to 63 small letters, digits, dots, hyphens or underscores and begins with a letter or digit", "用户名为 2 至 63 个小写字母、数字、点、连字符或下划线，以字母或数字开头") \
	X("The organisation does not exist", "该组织不存在") \
	X("The parent organisation does not exist", "上级组织不存在") \
	X("Choose an active organisation.", "请选择有效的组织。") \
	X("An organisation with this code exists already", "该组织代码已存在") \
	X("Use another code.", "请换一个代码。") \
	X("There is no such active service account in your organisation", "本组织没有这个有效的服务账号") \
	X("There is no such live key in your organisation", "本组织没有这个有效的密钥") \
	X("The account has {1} keys in use; revoke one first", "该账号已有 {1} 个在用密钥，请先撤销一个") \
	X("The key would be expired already", "该密钥一生成就已过期") \
	X("Give a time to come.", "请填写将来的时间。") \
	X("You have no grant on this resource", "您没有该资源的授权") \
	X("Ask the supplier for a grant.", "请向提供方申请授权。") \
	X("Ask the supplier for a new grant.", "请向提供方申请新的授权。") \
	X("The grant on this resource is not in force yet", "该资源的授权尚未生效") \
	X("The grant on this resource has expired", "该资源的授权已过期") \
	X("The grant on this resource was revoked", "该资源的授权已被撤销") \
	X("The grant gives this resource by {1}, not by {2}", "该授权的共享方式为{1}，不含{2}") \
	X("The entry is shared by {1}, not by {2}", "该资源的共享方式为{1}，不含{2}") \
	X("Name only ways that the entry is shared by, or have its supplier add the way to the entry first.", "请只选资源目录写明的共享方式；确需其他方式的，先由提供方在目录中增加。") \
	X("Use a way that was granted, or apply for a change: ask anew for this resource and name the way.", "请用授权的方式，或申请变更：就该资源再提一次共享申请，写明所需方式。") \
	X("API", "接口") \
	X("batch delivery", "批量交换") \
	X("download", "下载") \
	X("API, batch delivery", "接口、批量交换") \
	X("API, download", "接口、下载") \
	X("batch delivery, download", "批量交换、下载") \
	X("The grant allows {1} records a day; {2} are used and {3} more were asked for", "该授权每天可用 {1} 条，已用 {2} 条，本次又请求 {3} 条") \
	X("Wait until midnight or ask the supplier for more.", "请等到次日零点，或向提供方申请增加。") \
	X("The resource has no such field", "该资源没有这个字段") \
	X("Use a field of the published version.", "请使用已发布版本中的字段。") \
	X("The mode of a field is clear or masked", "字段方式只能是明文或脱敏") \
	X("The field is there twice", "字段重复") \
	X("A grant gives at least one field", "授权至少包含一个字段") \
	X("Name at least one field.", "请至少选择一个字段。") \
	X("Your organisation supplies no such resource", "本组织没有提供这个资源") \
	X("Grant resources of your own organisation.", "只能授权本组织的资源。") \
	X("Only a published resource can be granted", "只能授权已发布的资源") \
	X("The grant would end before it begins", "授权的结束早于开始") \
	X("Give an end after the beginning and after now.", "结束时间须晚于开始时间和当前时间。") \
	X("A grant lasts at most {1} days", "授权期限最长 {1} 天") \
	X("Give an earlier end and renew the grant later.", "请缩短期限，到期后再续。") \
	X("Fields of grade L3 or L4 in clear must be granted on purpose", "L3、L4 级字段以明文授权须明确确认") \
	X("Mask the L3 and L4 fields, or send clear_sensitive: true if you may decide that.", "请将 L3、L4 级字段改为脱敏；有权决定的，请确认明文授权。") \
	X("L3 or L4 in clear needs a purpose of at least 10 characters", "L3、L4 级明文授权的用途说明不少于 10 个字") \
	X("Say what the data is used for, in 10 characters or more.", "请用 10 个字以上说明数据用途。") \
	X("There is no such active account", "没有这个有效账号") \
	X("The entry is not shared with other organisations", "该目录条目不予其他单位共享") \
	X("Publish a version of the entry that is shared, or refuse with its basis.", "请先发布可共享的版本，或写明依据后不予共享。") \
	X("Choose an active account.", "请选择有效账号。") \
	X("There is no such grant among those you may see", "在您可见的范围内没有这个授权") \
	X("Your organisation gave no such grant", "本组织没有发出这个授权") \
	X("The grant was changed or revoked by someone else", "该授权已被他人修改或撤销") \
	X("Log in, or send an API key in the Authorization header", "请登录，或在 Authorization 请求头中提供 API 密钥") \
	X("This needs the permission {1}", "此操作需要权限 {1}") \
	X("Ask the security administrator for a role that has it.", "请向安全管理员申请相应角色。") \
	X("The configuration changes too fast; try again in a moment", "配置变更过于频繁，请稍后再试") \
	X("The read was not answered: its evidence could not be written", "未返回结果：存证无法写入") \
	X("exclusive_roles", "角色互斥") \
	X("last_administrator", "最后一名管理员") \
	X("own_account", "本人账号") \
	X("must_change_password", "须先修改密码") \
	X("login_throttle", "登录限流") \
	X("no_grant", "无授权") \
	X("grant_expired", "授权过期") \
	X("grant_revoked", "授权已撤销") \
	X("grant_future", "授权未生效") \
	X("way", "共享方式") \
	X("quota_day", "当日限额") \
	X("version", "版本冲突") \
	X("duplicate", "重复") \
	X("range", "超出范围") \
	X("length", "长度") \
	X("csrf", "跨站请求校验") \
	X("permission", "权限") \
	X("masked_field", "脱敏字段") \
	X("The account is disabled", "账号已停用") \
	X("Ask the system administrator.", "请联系系统管理员。") \
	X("The account is locked until {1}", "账号已锁定至 {1}") \
	X("Wait, or ask the security administrator to unlock it.", "请等待，或请安全管理员解锁。") \
	X("locked", "账号锁定") \
	X("disabled", "账号停用") \
	X("unknown_parameter", "未知参数") \
	X("personal_key", "个人标识主键") \
	X("For example: zhang.san", "例如：zhang.san") \
	X("There are accounts already: the first administrators are made only once", "已有账号：首批管理员只能创建一次") \
	X("Minutes without a request after which a session ends", "无请求多少分钟后会话结束") \
	X("Hours after which a session ends in any case", "会话最长小时数") \
	X("Failed logins in a row that lock an account", "连续登录失败多少次锁定账号") \
	X("Minutes an account stays locked after failed logins", "登录失败锁定账号的分钟数") \
	X("Failed logins from one address within five minutes after which it must wait", "同一地址五分钟内登录失败多少次后须等待") \
	X("Longest term of a grant in days", "授权的最长天数") \
	X("Use one of {1}.", "可用的有：{1}") \
	X("Give an array of role names.", "请给出角色名称的数组") \
	X("roles must be an array", "roles 须为数组") \
	X("roles must hold texts", "roles 须为文本的数组") \
	X("The account no longer exists", "账号已不存在")

/* The dispatcher and app/. */
#define MESSAGES_APP(X) \
	X("The input is not valid", "输入无效") \
	X("Log in first", "请先登录") \
	X("Not allowed", "没有权限") \
	X("Not found", "未找到") \
	X("Method not allowed", "不支持的请求方法") \
	X("Conflict with the present state", "与当前状态冲突") \
	X("No longer available", "已失效") \
	X("Too large", "内容过大") \
	X("Media type not supported", "不支持的内容类型") \
	X("Header too large", "请求头过大") \
	X("Quota used up", "已超出限额") \
	X("Cancelled", "已取消") \
	X("Internal error", "程序内部错误") \
	X("Storage or network failed", "存储或网络故障") \
	X("Storage is full", "存储空间不足") \
	X("Too busy", "系统繁忙") \
	X("Took too long", "处理超时") \
	X("There is nothing at this path", "此地址没有内容") \
	X("This path takes {1}", "此地址只接受 {1}") \
	X("The server failed; its log says why. Tell the operator the time of this answer.", "服务器出错，原因已写入日志；请把本次时间告知运维人员。") \
	X("The request could not be done", "请求未能完成") \
	X("Too many calls wait; try again in a moment", "排队的请求太多，请稍后再试") \
	X("Too many writes wait; try again in a moment", "排队的写入太多，请稍后再试") \
	X("An Idempotency-Key has 1 to {1} printable ASCII characters", "Idempotency-Key 须为 1 至 {1} 个可打印的 ASCII 字符") \
	X("This Idempotency-Key was used for a different request", "此 Idempotency-Key 已用于另一个请求") \
	X("Use a new key for a new request.", "新的请求请使用新的 Key。") \
	X("The body must be application/json", "请求体须为 application/json") \
	X("Send application/json.", "请发送 application/json。") \
	X("The body must be a JSON object", "请求体须为 JSON 对象") \
	X("The body is not JSON: line {1}, column {2}: {3}", "请求体不是 JSON：第 {1} 行第 {2} 列：{3}") \
	X("Send one JSON object in UTF-8.", "请发送一个 UTF-8 编码的 JSON 对象。") \
	X("The text is not valid UTF-8 or holds a NUL", "文本不是有效的 UTF-8，或含有空字符") \
	X("The text has {1} characters; {2} to {3} are allowed", "文本有 {1} 个字符，允许 {2} 至 {3} 个") \
	X("The text has {1} characters; at most {2} are allowed", "文本有 {1} 个字符，至多 {2} 个") \
	X("The number must lie between {1} and {2} minutes", "须在 {1} 与 {2} 分钟之间") \
	X("The number must lie between {1} and {2} hours", "须在 {1} 与 {2} 小时之间") \
	X("The number must lie between {1} and {2} days", "须在 {1} 与 {2} 天之间") \
	X("The number must lie between {1} and {2} weeks", "须在 {1} 与 {2} 周之间") \
	X("The number must lie between {1} and {2} metres", "须在 {1} 与 {2} 米之间") \
	X("The number must lie between {1} and {2}", "数值须在 {1} 与 {2} 之间") \
	X("Send UTF-8 without NUL.{1}", "请用 UTF-8 编码，不含空字符。") \
	X("Write more.{1}", "请多写一些。") \
	X("Shorten it.{1}", "请缩短。") \
	X("Give a greater number.{1}", "请填写大一些的数。") \
	X("Give a smaller number.{1}", "请填写小一些的数。") \
	X("Use one of these words.{1}", "请使用其中一个取值。") \
	X("Write digits only, without blanks or separators.{1}", "请只写数字，不加空格和分隔符。") \
	X("Use the id as it was answered.{1}", "请使用接口返回的标识。") \
	X("Write true or false.{1}", "请填写 true 或 false。") \
	X("Write date, time and zone as in the example.{1}", "请按示例填写日期、时间和时区。") \
	X("Write digits and at most one point.{1}", "请只写数字，至多一个小数点。") \
	X("Write it as JSON.{1}", "请按 JSON 书写。") \
	X("Send less of it.{1}", "请减少内容。") \
	X("Send it as a JSON string, in quotes.{1}", "请以 JSON 字符串发送（带引号）。") \
	X("Send it as this JSON type, without quotes.{1}", "请以该 JSON 类型发送（不带引号）。") \
	X("Give it once.{1}", "请只填写一次。") \
	X("Give it a value.{1}", "请填写此项。") \
	X("The value must be a text", "须为文本") \
	X("The value must be one of {1}", "取值须为以下之一：{1}") \
	X("The value must be a whole number", "须为整数") \
	X("The value must be an id: a whole number written as text", "须为标识：以文本书写的整数") \
	X("The value must be true or false", "须为 true 或 false") \
	X("The value must be a time such as 2026-11-22T15:34:00+08:00", "须为时间，例如 2026-11-22T15:34:00+08:00") \
	X("The value must be a number", "须为数值") \
	X("The value must be JSON", "须为 JSON") \
	X("The JSON value has {1} bytes; at most {2} are allowed", "JSON 内容有 {1} 字节，至多 {2} 字节") \
	X("There is no such query parameter here", "没有这个查询参数") \
	X("The query parameter is given twice", "查询参数重复") \
	X("The query holds a broken percent escape or a NUL", "查询串含有错误的百分号转义或空字符") \
	X("Write bytes as %XX; NUL is not allowed.", "字节请写作 %XX；不允许空字符。") \
	X("There is no such field in this body", "请求体中没有这个字段") \
	X("The field is required", "此项必填") \
	X("Known here: {1}.", "这里可用：{1}。") \
	X("None is known here.", "这里没有可用的参数。") \
	X("Live events are not served by this process", "本进程不提供实时事件") \
	X("Last-Event-ID must be a feed position", "Last-Event-ID 须为变更流的位置") \
	X("Too many event streams are open; try again later", "打开的事件流太多，请稍后再试") \
	X("Metrics are given to this machine only", "指标只提供给本机") \
	X("The store does not answer", "存储没有响应") \
	X("Scrape from the machine itself.", "请在本机采集。")

#define MESSAGES_EVIDENCE(X) \
	X("the path of the state directory is too long (over 760 bytes)", "状态目录的路径过长（超过 760 字节）") \
	X("Seconds between signed checkpoints over all evidence streams (none while nothing happened)", "各存证流签名检查点之间的秒数（无新存证时不生成）") \
	X("Directory off this machine (a mounted share) where each checkpoint is also written as a file; empty: none. Without " "it, whoever holds the signing key could rewrite history unnoticed", "每个检查点另存为文件的异机目录（挂载的共享目录）；留空表示不另存。若不另存，持有签名密钥者可能改写历史而不被察觉") \
	X("the export cannot be written: {1}", "存证无法导出：{1}") \
	X("the range is over 16 GiB of evidence; export it in several narrower ranges", "该范围的存证超过 16 GiB，请分成几个较小的范围导出") \
	X("give a `to` at or after `from`", "结束时间须不早于开始时间") \
	X("to is before from", "结束时间早于开始时间") \
	X("a row of evidence_checkpoint is not a checkpoint: it was changed; compare with checkpoints.jsonl", "存证检查点表中有一行不是检查点：已被改动，请与 checkpoints.jsonl 核对") \
	X("give the `next` of the page before as it was", "请原样传入上一页给出的 `next`") \
	X("after is not a cursor of this list", "after 不是本列表的游标")

/* Two sentences in one; the last to be tried. */
#define MESSAGES_JOINED(X) \
	X("{1}; {2}", "{1}；{2}") \
	X("{1}: {2}", "{1}：{2}")

#endif
