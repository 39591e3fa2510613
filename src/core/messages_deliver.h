/* Rows of messages.h for what exchange says of downloads, targets and deliveries. */
#ifndef YIWANG_CORE_MESSAGES_DELIVER_H
#define YIWANG_CORE_MESSAGES_DELIVER_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_DELIVER(X) \
	X("the records of {1} stay at the supplier, which does not tell what changed", "“{1}”的数据留在供方，供方不提供变更，不能按增量交付") \
	X("Choose all records each time (full), or have the supplier change to stored data.", "请改为每次全量交付，或请供方改为存储数据。") \
	X("The supplier's database gave no count", "供方数据库没有给出条数") \
	X("Another table of the target has a foreign key to the delivered one: drop the key, or remove its rows first, then run the delivery again.", "目标库中有其他表的外键指向交付表：请先删除该外键，或先删除那张表中的相关行，再执行交付。") \
	X("Drop the key in the target, run the delivery again, and make the key again.", "请在目标库删除该外键，再执行交付，然后重建外键。") \
	X("the columns delivered are others now, so that {1}.{2} is made anew, and foreign key {3} leads to it", "交付的列已变化，{1}.{2} 须重建，而外键 {3} 指向它") \
	X("the target could not remove rows: {1}", "目标库无法删除行：{1}") \
	X("The supplier's database cannot list records without showing the order of their keys", "供方数据库无法在不显出主键次序的情况下列出记录") \
	X("Ask by the key, take a download or a delivery, or have the key granted in clear.", "请按主键查询，或改用下载、交付，或申请主键明文授权。") \
	X("The feed is behind by more than {1} s; try again in a moment", "变更流落后超过 {1} 秒，请稍后再试") \
	X("Other downloads are being prepared; try again in a moment", "正在准备其他下载，请稍后再试") \
	X("The file could not be written: {1}", "文件无法写入：{1}") \
	X("Wait until midnight, or ask the supplier for a larger quota or a narrower grant.", "请等到次日零时，或请提供部门提高限额、缩小授权范围。") \
	X("The resource has more records than the grant's {1} a day leave today ({2})", "资源的记录数超过授权每日 {1} 条的今日余量（{2} 条）") \
	X("A text of {1} is longer than the 32,767 characters that a cell holds", "{1} 有文本超过单元格可容纳的 32,767 个字符") \
	X("Ask the supplier for a larger quota: the first delivery is a full one, increments need less.", "请向提供部门申请更高限额：首次交付总是全量，以后按增量交付的用量较少。") \
	X("a full delivery needs {1} records, and the grant leaves {2} today", "全量交付需要 {1} 条，授权今日余量为 {2} 条") \
	X("the delivery goes on where it stopped", "交付从中断处继续") \
	X("the records lie in another order now: all of them are delivered anew", "记录的存放顺序已变，全部重新交付") \
	X("Look for triggers or another writer on the staging table, then run the delivery again.", "请检查暂存表是否有触发器或其他写入者，然后重新交付。") \
	X("what the target holds is not what was sent: sent {1}, read back {2}; nothing was switched over", "目标库内容与发送内容不一致：发送 {1}，回读 {2}；未切换") \
	X("Wait until the supplier has loaded it.", "请等待提供部门完成挂接。") \
	X("the resource has no records yet", "资源还没有数据") \
	X("the feed cannot say what changed: all records are delivered", "变更流无法说明变化内容，改为全量交付") \
	X("the delivery is gone", "交付已不存在") \
	X("the delivery was ended", "交付已终止") \
	X("the job names no delivery", "作业未指明交付") \
	X("the receipt could not be written", "回执无法写成") \
	X("the grant or the entry changed while the delivery ran", "交付过程中授权或目录条目发生变化") \
	X("It begins anew by itself.", "将自动重新开始。") \
	X("job {1} of this delivery is under way", "该交付的作业 {1} 正在进行") \
	X("There is no delivery {1} among those you may see", "在您可见的范围内没有交付 {1}") \
	X("Use small letters, digits and _, beginning with a letter.", "请使用小写字母、数字和下划线，以字母开头。") \
	X("that is no name for a table to deliver to", "不能作为交付目标表的名称") \
	X("your organisation has no grant {1}", "本组织没有授权 {1}") \
	X("Choose another table, or end that delivery.", "请换一张表，或先终止该交付。") \
	X("delivery {1} writes to this table already", "交付 {1} 已在写入该表") \
	X("Say every how many hours.", "请填写间隔小时数。") \
	X("a timetable by hours needs every_hours", "按小时执行须给出间隔小时数") \
	X("Say at what time.", "请填写时间。") \
	X("this timetable needs daily_minute", "须给出执行时间") \
	X("the target could not be reached: {1}", "无法连接目标库：{1}") \
	X("the target could not be read back: {1}", "目标库内容无法回读：{1}") \
	X("the target could not take rows: {1}", "目标库无法写入行：{1}") \
	X("the target could not keep its mark: {1}", "目标库无法保存交付标记：{1}") \
	X("the target could not commit: {1}", "目标库无法提交：{1}") \
	X("the target could not count its rows: {1}", "目标库无法清点表中的行数：{1}") \
	X("the target could not look at its table: {1}", "无法查看目标表：{1}") \
	X("the target could not make a table: {1}", "目标库无法建表：{1}") \
	X("the target could not make a staging table: {1}", "目标库无法建立暂存表：{1}") \
	X("the target could not make its table yiwang_delivery: {1}", "目标库无法建立 yiwang_delivery 表：{1}") \
	X("the target could not remove rows: {1}", "目标库无法删除行：{1}") \
	X("the target could not put rows in: {1}", "目标库无法写入行：{1}") \
	X("the target could not take the new table: {1}", "目标库无法切换到新表：{1}") \
	X("the target could not set up the session: {1}", "目标库会话无法设置：{1}") \
	X("the target could not {1}: {2}", "目标操作失败（{1}）：{2}") \
	X("Undo the change in the target, or drop the table there so that it is delivered anew.", "请在目标库恢复改动，或删除该表以便重新交付。") \
	X("the target's table yiwang_delivery was changed by hand", "目标库的 yiwang_delivery 表被人工修改") \
	X("Choose another table, or rename that one.", "请换一张表，或将该表改名。") \
	X("the target has a table {1}.{2} that this delivery did not make", "目标库已有表 {1}.{2}，不是本交付所建") \
	X("the columns of {1}.{2} were changed in the target: {3}", "目标库中 {1}.{2} 的列被修改：{3}") \
	X("It is tried again by itself.", "将自动重试。") \
	X("another run of this delivery moved the target's mark", "该交付的另一次运行移动了目标库标记") \
	X("a row read back from {1}.{2} is not one that was delivered", "从 {1}.{2} 回读的行不是所交付的行") \
	X("Look for triggers or rules on the target table; drop it so that it is delivered anew.", "请检查目标表的触发器或规则；删除该表以便重新交付。") \
	X("what the target holds after the batch is not what was sent: {1}, sent {2}", "批次写入后目标库内容与发送内容不一致：{1}，发送 {2}") \
	X("your organisation has no target {1}", "本组织没有交付目标 {1}") \
	X("Choose the receiver.", "请选择接收部门。") \
	X("there is no such organisation", "没有这个组织") \
	X("there is no target {1}", "没有交付目标 {1}") \
	X("there is no source {1}", "没有数据源 {1}") \
	X("an address has a kind and a url", "地址须有种类和连接地址") \
	X("Say which.", "请填写。") \
	X("kind and receiver stay while deliveries use the target: {1}", "有交付在用时，种类和接收部门不能更改：{1}") \
	X("End these deliveries first, or register another target.", "请先结束这些交付，或另登记一个目标。") \
	X("deliveries use the target: {1}", "有交付在用该目标：{1}") \
	X("The receivers end these deliveries first; a run under way ends by itself or is cancelled.", "请接收部门先结束这些交付；正在运行的任务等其结束或取消。") \
	X("kind of database and organisation stay while entries use the source: {1}", "有条目在用时，数据库种类和归属单位不能更改：{1}") \
	X("End the proxying of these entries first, or register another source.", "请先结束这些条目的代理，或另登记一个数据源。") \
	X("entries use the source: {1}", "有条目在用该数据源：{1}") \
	X("End the proxying of these entries first, and wait for loads under way or cancel them.", "请先结束这些条目的代理，正在入库的任务等其结束或取消。") \
	X("a kept secret is not sent to another server or account", "保存的密码或私钥不会用于另一台服务器或另一个账号") \
	X("Enter the password or key too.", "请同时填写密码或私钥。") \
	X("somebody else changed it meanwhile", "其间已有人修改") \
	X("there is a target of this name", "已有同名的交付目标") \
	X("only the receiver's own officers may try its target", "只有接收部门的人员可以测试其交付目标") \
	X("target {1} was stored under another installation key: enter its address again", "交付目标 {1} 用另一套安装密钥保存，请重新填写地址") \
	X("Make room on the target's disk, then run the delivery again.", "请为目标库磁盘腾出空间，然后重新交付。") \
	X("Give the target more memory, then run the delivery again.", "请为目标库增加内存，然后重新交付。") \
	X("Make the target writable (it may be a standby), then run the delivery again.", "请使目标库可写（它可能是备库），然后重新交付。") \
	X("Give the account CREATE on the schema, and on a table of another owner SELECT, INSERT, UPDATE and DELETE.", "请授予账号在该模式建表的权限；表属他人时，请授予 SELECT、INSERT、UPDATE 和 DELETE。") \
	X("{1} rows of the target table are not what was sent; nothing was switched over", "目标表中有 {1} 行与所发送的不符，未作切换") \
	X("Drop the table in the target so that it is delivered anew, and make its row security again.", "请在目标库删除该表以重新交付，并重新设置其行级安全策略。") \
	X("the columns delivered are others now, and the row security of {1}.{2} cannot be taken over", "交付的字段已变，{1}.{2} 的行级安全策略无法沿用") \
	X("the table in the target holds {1} rows, and {2} had been delivered", "目标库中的表现有 {1} 行，而已交付 {2} 行") \
	X("all records are delivered anew", "全部记录重新交付") \
	X("the table in the target had been emptied: all records are delivered anew", "目标库中的表已被清空：全部记录重新交付") \
	X("the columns are others now: indexes, triggers and comments that the receiver made on the old table are not on the new one", "字段已变：接收方在旧表上建立的索引、触发器和注释未带到新表") \
	X("the new table is without its {1}: {2}", "新表未能保留其 {1}：{2}") \
	X("Create the schema in the target, or choose another.", "请在目标库建立该模式，或换一个。") \
	X("The columns delivered are others now and a view or key depends on the table: drop it, and make it again afterwards.", "交付的字段已变，且有视图或外键依赖该表：请先删除依赖，交付后再重建。") \
	X("Someone holds the target table locked: try again when they are done.", "目标表被他人锁定，请稍后再试。") \
	X("The target did not finish in time: try again when it is less busy.", "目标库未及时完成，请在空闲时再试。") \
	X("Try again.", "请重试。") \
	X("Take the added rules off the target table, or drop it so that it is delivered anew.", "请去掉目标表上后加的约束，或删除该表以便重新交付。") \
	X("Check that the target runs and can be reached.", "请检查目标库是否运行、能否连通。") \
	X("The target takes no more connections: try again later.", "目标库连接数已满，请稍后再试。") \
	X("Ask the system administrator to enter the target's address again.", "请系统管理员重新填写目标库地址。") \
	X("Look at the target's log.", "请查看目标库日志。") \
	X("Write Dialect=mariadb, Dialect=sqlite or Dialect=generic.", "请填写 Dialect=mariadb、Dialect=sqlite 或 Dialect=generic。") \
	X("the address names no dialect that is known", "地址中没有已知的方言（Dialect）") \
	X("Add Server and Database, or a DSN.", "请填写 Server 和 Database，或填写 DSN。") \
	X("the address names no database", "地址中没有数据库") \
	X("Have the system administrator enter the address with that dialect.", "请系统管理员用该方言重新登记地址。") \
	X("the database is {1}, whose dialect is {2}, not {3}", "数据库是 {1}，其方言为 {2}，而非 {3}") \
	X("Make the delivery anew with schema main.", "请以模式 main 新建交付。") \
	X("a database of this kind has only the schema main", "此类数据库只有模式 main") \
	X("Shorten it.", "请缩短。") \
	X("the value of {1} is too long", "{1} 的值过长") \
	X("Name a driver, a database, or a file in the folder of targets; paths do not come in here.", "请填写驱动名、数据库名，或目标文件夹中的文件名；此处不接受路径。") \
	X("the value of {1} holds what it may not", "{1} 的值含有不允许的内容") \
	X("Leave it out, or write it into a data source (DSN) of odbc.ini on the server.", "请删去，或由运维人员写入服务器 odbc.ini 的数据源（DSN）。") \
	X("an address of ODBC has no key {1}", "ODBC 地址没有 {1} 这一项") \
	X("Write odbc:Dialect=mariadb;Driver={MariaDB Unicode};Server=host;Port=3306;Database=name;Uid=user;Pwd={password}.", "请填写 odbc:Dialect=mariadb;Driver={MariaDB Unicode};Server=主机;Port=3306;Database=库名;Uid=用户;Pwd={密码}。") \
	X("the address is not that of an ODBC database", "地址不是 ODBC 数据库的地址") \
	X("{1} is given twice", "{1} 重复填写") \
	X("the braces of {1} do not close", "{1} 的花括号没有闭合") \
	X("an address of ODBC names a Driver or a DSN", "ODBC 地址须填写 Driver 或 DSN 之一") \
	X("Run it again; if it happens again, have the operator look at the ODBC driver.", "请重新运行；若再次发生，请运维人员检查 ODBC 驱动。") \
	X("the process of the database driver ended while the target had to {1}: {2}", "数据库驱动进程在目标库操作（{1}）时终止：{2}") \
	X("Give the account the right to create, change and drop tables there.", "请授予账号在该处建表、改表、删表的权限。") \
	X("The target cannot hold this value: have the field masked or left out, or use another target.", "目标库放不下该值：请将该字段脱敏或不交付，或改用其他目标。") \
	X("Look whether the ODBC driver is installed on the server and is of the database's version.", "请检查服务器上是否装有 ODBC 驱动、版本是否与数据库相符。") \
	X("there is no such kind of target", "没有这种交付目标")

/* clang-format on */
#endif
