/* Rows of messages.h for what exchange says of files, sources, loads, proposals, quarantine workbooks, receipts. */
#ifndef YIWANG_CORE_MESSAGES_EXCHANGE_H
#define YIWANG_CORE_MESSAGES_EXCHANGE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_EXCHANGE(X) \
	X("Connect the table as proxied, or load a file.", "请以代理方式挂接该表，或以文件装载。") \
	X("records are loaded from PostgreSQL sources; {1} is reached by ODBC", "只能从 PostgreSQL 数据源装载；{1} 经 ODBC 连接") \
	X("Write Dialect=mariadb; other databases bring files or have a PostgreSQL in front.", "请写 Dialect=mariadb；其他数据库请用文件，或在前面放一个 PostgreSQL。") \
	X("a source by ODBC is a MariaDB", "经 ODBC 的数据源只能是 MariaDB") \
	X("the source changed since this job began, so it cannot go on where it stopped: start a new load", "作业开始后数据源已变化，无法从中断处继续，请重新装载") \
	X("the catalogue entry was published anew while the job began: start the load again", "作业开始时目录条目重新发布，请重新装载") \
	X("no thread could be started for decoding", "无法启动解码线程") \
	X("Add the column, or say in the mapping which column holds it.", "请补充该列，或在对应关系中指明由哪一列提供") \
	X("the source has no column for {1} ({2}); it has: {3}", "数据源没有 {1}（{2}）对应的列；现有列：{3}") \
	X("Map each column to one field.", "每一列只能对应一个信息项") \
	X("two fields take the column {1}", "两个信息项都取自列 {1}") \
	X("Wait for it or cancel it.", "请等待其结束或取消它") \
	X("job {1} is already changing this resource", "作业 {1} 正在改动该资源的数据") \
	X("Give upload_id, or source_id with schema and table.", "请给出上传文件，或给出数据源及其模式和表") \
	X("a load reads one upload or one table of a source", "一次装载只读取一个上传文件或数据源的一张表") \
	X("Upload the file again.", "请重新上传文件") \
	X("your organisation has no upload {1}", "本组织没有上传文件 {1}") \
	X("Choose a table of the source.", "请选择数据源的一张表") \
	X("a load from a source names schema and table", "从数据源装载须指明模式和表") \
	X("Use the names of the catalogue entry's fields.", "请使用目录条目的信息项名称") \
	X("the entry has no field {1}", "条目没有信息项 {1}") \
	X("Give the column's name as text.", "列名请以文本给出") \
	X("the column for {1} is not a text", "{1} 对应的列名不是文本") \
	X("Choose a column of the table that rises with every change.", "请选择表中随每次变更而增大的列") \
	X("mode watermark and watermark_field go together", "增量方式与增量字段须同时给出") \
	X("Use full or upsert for a file.", "文件请使用全量或增量更新方式") \
	X("only a table of a source is read by watermark", "只有数据源的表可以按增量字段读取") \
	X("row {1} was taken as the header; the rows above it are passed over as titles", "第 {1} 行作为表头；其上的行视为标题，已跳过") \
	X("Check that it holds the column names; if not, delete the rows above the header.", "请核对该行是否为列名；如不是，请删除表头以上的行。") \
	X("the header says only name, and values name organisations or things: make it a person's name if it is one", "列名只写了“name”，其值多为单位或事物名称：如确为人名，请改为姓名") \
	X("the header says only name, and the values do not tell whether of persons: masked to be safe, please decide", "列名只写了“name”，从值看不出是否为人名：先按姓名脱敏，请您确定") \
	X("no value in the first records: taken as text", "前若干条记录没有值：按文本处理") \
	X("GeoJSON geometries", "GeoJSON 图形") \
	X("{1} of {2} values are dates", "{2} 个值中有 {1} 个是日期") \
	X("{1} of {2} values are times", "{2} 个值中有 {1} 个是时间") \
	X("only yes and no values", "只有“是”和“否”两类值") \
	X("{1} of {2} values are whole numbers", "{2} 个值中有 {1} 个是整数") \
	X("{1} of {2} values are numbers with at most {3} decimals", "{2} 个值中有 {1} 个是数值，最多 {3} 位小数") \
	X("texts of at most {1} characters", "文本，最长 {1} 个字符") \
	X("{1} data element {2} {3}", "{1}数据元 {2} {3}") \
	X("the header says {1}; {2}", "列名含有“{1}”；{2}") \
	X("the header says {1}", "列名含有“{1}”") \
	X("the header and the values are a {1}", "列名和取值为 {1}") \
	X("division codes by header and form", "列名和形式为行政区划代码") \
	X("key: named as a number and never repeated", "主键：名称像编号且从不重复") \
	X("key: never repeated", "主键：从不重复") \
	X("key with the other leading columns: together never repeated", "与前面其他列共同作主键：组合从不重复") \
	X("there are no column names", "没有列名") \
	X("Split the table.", "请拆分表格") \
	X("{1} columns; at most {2} are read", "共 {1} 列，最多读取 {2} 列") \
	X("column {1} has no name", "第 {1} 列没有列名") \
	X("Check the file's character set, and that the first row holds names.", "请检查文件的字符编码，并确认首行为列名") \
	X("the name of column {1} is not text of at most {2} bytes", "第 {1} 列的列名不是不超过 {2} 字节的文本") \
	X("two columns are named {1}", "有两列都叫 {1}") \
	X("Use utf-8, gb18030, utf-16le or utf-16be.", "请使用 utf-8、gb18030、utf-16le 或 utf-16be") \
	X("unknown character set {1}", "不认识的字符编码 {1}") \
	X("Give CSV, XLSX, JSON Lines or GeoJSON (each may be gzipped).", "请提供 CSV、XLSX、JSON Lines 或 GeoJSON 文件（均可用 gzip 压缩）") \
	X("this is not a text or XLSX file", "这不是文本或 XLSX 文件") \
	X("Export the file again.", "请重新导出文件") \
	X("the file is empty", "文件是空的") \
	X("XLSX is compressed already: give it without gzip.", "XLSX 本身已压缩，请勿再用 gzip 压缩") \
	X("a gzipped zip file", "经 gzip 压缩的 zip 文件") \
	X("Remove the password and save as .xlsx.", "请去掉密码并另存为 .xlsx") \
	X("the workbook is protected by a password, or an old .xls", "工作簿有密码保护，或是旧的 .xls 格式") \
	X("Give JSON Lines: one object a line, without the outer brackets.", "请改为 JSON Lines：每行一个对象，不要外层方括号") \
	X("the file is one JSON array", "文件是一个 JSON 数组") \
	X("Rename the file.", "请重命名文件") \
	X("the file's name is not UTF-8", "文件名不是 UTF-8") \
	X("Check the line ends and quotes around it.", "请检查该行前后的换行和引号") \
	X("line {1}: the record is longer than {2} MiB", "第 {1} 行：记录超过 {2} MiB") \
	X("line {1}: a quote is not closed, or text follows a closing quote", "第 {1} 行：引号未闭合，或引号后还有文字") \
	X("Export the row again without NUL characters.", "请去掉空字符后重新导出该行") \
	X("line {1}: the record has a NUL byte", "第 {1} 行：记录含有空字符") \
	X("Export the file again as UTF-8, or name its character set.", "请以 UTF-8 重新导出，或指明文件的字符编码") \
	X("line {1} is not text in {2}", "第 {1} 行不是 {2} 编码的文本") \
	X("Use , ; tab or |.", "请使用 , ; 制表符或 |") \
	X("the separator is none of , ; tab |", "分隔符不是 , ; 制表符或 | 之一") \
	X("the file has no header", "文件没有表头") \
	X("Check the first line.", "请检查第一行") \
	X("line {1}, the header, cannot be read as CSV of at most {2} columns", "第 {1} 行（表头）不能按最多 {2} 列的 CSV 读取") \
	X("after feature {1} the FeatureCollection is not JSON", "第 {1} 个要素之后，FeatureCollection 不是有效的 JSON") \
	X("Send the file again.", "请重新发送文件") \
	X("the FeatureCollection ends in the middle, after feature {1}", "FeatureCollection 在第 {1} 个要素之后中断") \
	X("Give a FeatureCollection.", "请提供 FeatureCollection") \
	X("there is no list of features", "没有要素列表") \
	X("Load points and other shapes as two resources.", "请将点和其他图形分为两个资源装载") \
	X("a geometry that is no Point, where the first {1} features have only Points", "前 {1} 个要素都是点，而这个图形不是点") \
	X("Simplify its geometry.", "请简化其图形") \
	X("feature {1} is longer than {2} MiB", "第 {1} 个要素超过 {2} MiB") \
	X("Export it again without NUL characters.", "请去掉空字符后重新导出") \
	X("feature {1} has a NUL byte", "第 {1} 个要素含有空字符") \
	X("Export the file again as UTF-8.", "请以 UTF-8 重新导出文件") \
	X("feature {1} is not text in {2}", "第 {1} 个要素不是 {2} 编码的文本") \
	X("Export the feature again.", "请重新导出该要素") \
	X("feature {1}: {2}", "第 {1} 个要素：{2}") \
	X("there is no feature that can be read", "没有可以读取的要素") \
	X("the geometry is not an object", "图形不是对象") \
	X("the Point has no two coordinates", "点没有两个坐标") \
	X("the member is not a Feature", "该成员不是 Feature") \
	X("properties is not an object", "properties 不是对象") \
	X("the gzip data is damaged or cut off at byte {1}", "gzip 数据在第 {1} 字节处损坏或中断") \
	X("Split the file.", "请拆分文件") \
	X("it inflates to more than {1} GiB", "解压后超过 {1} GiB") \
	X("Give the file without gzip.", "请提供未经 gzip 压缩的文件") \
	X("it inflates to more than {1} times its size", "解压后超过原大小的 {1} 倍") \
	X("{1} could not be opened", "无法打开 {1}") \
	X("a text is not closed", "文本未闭合") \
	X("an escape (\\) is not one of JSON's", "转义符（\\）不是 JSON 所用的") \
	X("half a surrogate pair", "代理对不完整") \
	X("a NUL character in a text", "文本中有空字符") \
	X("a control character in a text", "文本中有控制字符") \
	X("an object or list is not closed", "对象或列表未闭合") \
	X("in a nested value: {1}", "嵌套的值中：{1}") \
	X("in a nested value: not UTF-8", "嵌套的值中：不是 UTF-8") \
	X("a value is none of JSON's (text, number, true, false, null, object, list)", "值不是 JSON 的文本、数值、true、false、null、对象或列表") \
	X("a value is missing", "缺少值") \
	X("not a JSON object", "不是 JSON 对象") \
	X("more than 1024 members", "成员超过 1024 个") \
	X("a name in quotes is missing", "缺少带引号的名称") \
	X("a colon is missing", "缺少冒号") \
	X("a comma or the closing brace is missing", "缺少逗号或右花括号") \
	X("a comma before the closing brace", "右花括号前有多余的逗号") \
	X("the object is not closed", "对象未闭合") \
	X("something follows the object", "对象之后还有内容") \
	X("Name each member once.", "每个成员只写一次") \
	X("the member {1} comes twice", "成员 {1} 出现两次") \
	X("Write one JSON object a line.", "请每行写一个 JSON 对象") \
	X("line {1}: {2}", "第 {1} 行：{2}") \
	X("Split the record.", "请拆分该记录") \
	X("line {1} is longer than {2} MiB", "第 {1} 行超过 {2} MiB") \
	X("Export the line again without NUL characters.", "请去掉空字符后重新导出该行。") \
	X("line {1} has a NUL byte", "第 {1} 行含有空字符") \
	X("more than {1} different names", "不同的名称超过 {1} 个") \
	X("none of the first {1} lines is a JSON object", "前 {1} 行都不是 JSON 对象") \
	X("Check the table, its columns and the account's rights.", "请检查表、列和账号权限") \
	X("Try again when the source answers.", "请在数据源恢复应答后再试") \
	X("the source failed to {1}: {2}", "数据源操作失败（{1}）：{2}") \
	X("Write postgres://user:password@host:port/database.", "请写为 postgres://用户:密码@主机:端口/数据库") \
	X("Name a column that only grows, such as the time of the last change.", "请填写只增不减的列，例如最后修改时间") \
	X("the table has no column {1}", "表没有列 {1}") \
	X("Check the name and the account's rights.", "请检查名称和账号权限") \
	X("there is no table {1}.{2} with a column that the account may read", "没有表 {1}.{2}，或账号无权读取其任何列") \
	X("Start a new load.", "请重新开始装载") \
	X("the table's columns changed since the load began: {1}, before {2}", "装载开始后表的列已变化：现为 {1}，原为 {2}") \
	X("the source sent nothing for {1} seconds", "数据源 {1} 秒没有发来数据") \
	X("Leave out or shorten its longest column.", "请去掉或缩短最长的列") \
	X("row {1} is longer than {2} MiB", "第 {1} 行超过 {2} MiB") \
	X("Check the database's encoding.", "请检查数据库的编码") \
	X("row {1} is not text in UTF-8", "第 {1} 行不是 UTF-8 文本") \
	X("Choose a schema and a table.", "请选择模式和表") \
	X("no table is named", "没有指明表") \
	X("the copy of the table could not be written: {1}", "表的副本无法写入：{1}") \
	X("Save the workbook again with a spreadsheet program.", "请用电子表格软件重新保存工作簿") \
	X("{1} is not XML: {2}", "{1} 不是有效的 XML：{2}") \
	X("Give an .xlsx workbook.", "请提供 .xlsx 工作簿") \
	X("the zip file has no {1}: it is not a workbook", "zip 文件中没有 {1}，不是工作簿") \
	X("the sheet is not XML after row {1}: {2}", "工作表在第 {1} 行之后不是有效的 XML：{2}") \
	X("Shorten its texts.", "请缩短其中的文本") \
	X("Clear the cells to the right of the table.", "请清空表格右侧的单元格") \
	X("row {1} has values beyond the header's {2} columns", "第 {1} 行的值超出表头的 {2} 列") \
	X("Save the workbook again.", "请重新保存工作簿") \
	X("row {1} has a cell that points nowhere", "第 {1} 行有单元格指向不存在的内容") \
	X("Name one of the workbook's sheets.", "请填写工作簿中的工作表名称") \
	X("there is no sheet {1}", "没有工作表 {1}") \
	X("the sheet {1} is not in the file", "文件中没有工作表 {1} 的内容") \
	X("Choose the sheet that holds the table.", "请选择存放表格的工作表") \
	X("the sheet has no row", "工作表没有任何行") \
	X("the header has more than {1} columns or {2} MiB", "表头超过 {1} 列或 {2} MiB") \
	X("the zip file is damaged or cut off ({1})", "zip 文件损坏或中断（{1}）") \
	X("an entry's name is a path out of the file", "有条目的路径指向文件之外") \
	X("the entry {1} comes twice", "条目 {1} 出现两次") \
	X("it has more than {1} entries", "条目超过 {1} 个") \
	X("Remove the password and save again.", "请去掉密码后重新保存") \
	X("the zip entry {1} is encrypted", "zip 条目 {1} 已加密") \
	X("zip method {1} is not read", "不支持 zip 压缩方法 {1}") \
	X("Split the workbook, or give CSV.", "请拆分工作簿，或提供 CSV") \
	X("Give the table as CSV.", "请以 CSV 提供该表") \
	X("{1} inflates to more than {2} times its size", "{1} 解压后超过原大小的 {2} 倍") \
	X("job {1} has no receipt: only a reconciled job gives one", "作业 {1} 没有回执：只有对账一致的作业才有回执") \
	X("{1} is not a receipt: line {2}: {3}", "{1} 不是回执：第 {2} 行：{3}") \
	X("{1} is not a receipt: it needs receipt, public_key and signature", "{1} 不是回执：须含有 receipt、public_key 和 signature") \
	X("{1} was signed with another key than the one you trust", "{1} 不是用您信任的密钥签名的") \
	X("{1} was changed after it was signed", "{1} 在签名后被改动") \
	X("{1} is not the file of this receipt: its SHA-256 is {2}, the receipt says {3}", "{1} 不是该回执的文件：其 SHA-256 为 {2}，回执记载为 {3}") \
	X("no row is mended yet: correct rows in the quarantine first, then replay them", "还没有已修正的行：请先在隔离区修正，再重放") \
	X("Write postgres://user:password@host:5432/database.", "请写为 postgres://用户:密码@主机:5432/数据库") \
	X("the address is not that of a PostgreSQL database", "地址不是 PostgreSQL 数据库的地址") \
	X("an address of PostgreSQL has no such key: {1}", "PostgreSQL 地址不接受该参数：{1}") \
	X("Leave it out; files, services and options of this machine are its operator's to set.", "请去掉该参数；本机的文件、服务和选项由运维人员设置") \
	X("an address of PostgreSQL leads to no socket: {1}", "PostgreSQL 地址不能指向本机套接字：{1}") \
	X("Name a server in the network, or 127.0.0.1 for this machine.", "请写网络中的服务器；本机请写 127.0.0.1") \
	X("the servers of the address do not fit its addresses and ports: {1}", "地址中的服务器与其 IP 地址、端口数目不符：{1}") \
	X("Name one server, or up to eight with commas between and one port each or one for all.", "请写一台服务器，或至多八台（以逗号分隔，端口各写一个或共用一个）") \
	X("{1} is a link-local address, which is not called", "{1} 是链路本地地址，不予访问") \
	X("Give the address that the server has in the network.", "请写服务器在网络中的地址") \
	X("no address is known for the server {1}", "查不到服务器 {1} 的地址") \
	X("Check the server's name, or try again when the name server answers.", "请核对服务器名称，或待域名服务恢复后重试") \
	X("Ask the system administrator to set it up.", "请由系统管理员配置") \
	X("your organisation has no source {1}", "本组织没有数据源 {1}") \
	X("Choose another name.", "请换一个名称。") \
	X("there is a source of this name", "已有同名的数据源") \
	X("Rename the file, for example to sample.csv.", "请重命名文件，例如 sample.csv") \
	X("a file name has 1 to 255 bytes, none of / \\ : * ? \" < > | and no control or invisible characters", "文件名为 1 至 255 字节，不得含有 / \\ : * ? \" < > | 、控制字符或看不见的字符（如改变书写方向的 U+202E）") \
	X("could not {1}: {2}", "无法{1}：{2}") \
	X("the file of upload {1} is no longer kept: upload it again", "上传文件 {1} 已不再保留，请重新上传") \
	X("Send the file as the request body.", "请在请求体中发送文件") \
	X("the upload is empty", "上传内容为空") \
	X("only a data officer of the supplier may take out or mend quarantined rows", "只有提供方的数据专员可以下载或修正隔离的行") \
	X("Mend the workbook that was downloaded here.", "请修正从这里下载的工作簿") \
	X("{1} is not the number of a quarantined row", "{1} 不是隔离行的编号") \
	X("this resource has no quarantined row {1}", "该资源没有隔离行 {1}") \
	X("line {1} has {2} values; the header has {3} columns", "第 {1} 行有 {2} 个值，表头有 {3} 列") \
	X("the file has no column {1}", "文件没有列 {1}") \
	X("the header and the values are a longitude", "列名和取值为经度") \
	X("the header and the values are a latitude", "列名和取值为纬度") \
	X("the values are of", "取值符合") \
	X("the header is", "列名即") \
	X("the header ends like", "列名末尾同") \
	X("{1} by check character", "校验码符合{1}") \
	X("mobile numbers", "手机号码") \
	X("number plates", "车牌号码") \
	X("e-mail addresses", "电子邮箱地址") \
	X("the value is already taken by row {1} of the same source", "该值已被同一来源的第 {1} 行使用") \
	X("the key is already taken by row {1} of the same source", "该主键已被同一来源的第 {1} 行使用") \
	X("the value is already taken by another record", "该值已被另一条记录使用") \
	X("the key is already taken by another record", "该主键已被另一条记录使用") \
	X("Keep one of the two rows, or correct the value of {1}.", "请保留两行之一，或更正 {1} 的值") \
	X("Give each column one name in the first row.", "请在首行为每一列给出唯一的列名") \
	X("Write a quote inside a text twice (\"\"), and close every quoted text.", "文本中的引号须写两次（\"\"），并闭合每段引号") \
	X("Quote texts that contain the separator.", "含有分隔符的文本须加引号") \
	X("no mended row was left to take in", "没有可重放的已修正行") \
	X("no thread could be started for reading back", "无法启动回读线程") \
	X("stopped", "已停止") \
	X("reading began (full)", "开始读取（全量）") \
	X("reading began (upsert)", "开始读取（增量更新）") \
	X("reading began ({1})", "开始读取（{1}）") \
	X("reading goes on after row {1}", "从第 {1} 行之后继续读取") \
	X("{1} rows read, {2} refused", "已读取 {1} 行，隔离 {2} 行") \
	X("records kept what they have in: {1}", "来源没有给出的信息项，已有记录保留原值：{1}") \
	X("{1} rows of a key or unique value taken already: {2} refused, {3} the same again", "主键或唯一值重复 {1} 行：隔离 {2} 行，内容相同 {3} 行") \
	X("read back: {1} records, digest equal to the source's", "回读核对：{1} 条记录，摘要与来源一致") \
	X("Score of an entry below which a correction order is raised; 0: none", "资源得分低于此值即下整改单；0 为不下") \
	X("Hours that a finding of the patrol stands before it becomes a correction order", "巡检发现的问题持续多少小时后下整改单") \
	X("the records of {1} stay at the supplier and cannot {2}", "{1} 的数据留在提供方，不能{2}") \
	X("be loaded", "装载") \
	X("be opened to the public", "向社会开放") \
	X("be read in portions", "分段读取") \
	X("be objected to one by one", "逐条提出异议") \
	X("Single records can be asked for by query. For this, the supplier ends the proxy and loads the data.", "单条记录可用查询接口读取；要这样做，须由提供方先停止代理、改为装载数据。") \
	X("Have the stored records destroyed first, or register another entry.", "请先销毁已存储的数据，或另登记一条目录") \
	X("records of {1} are stored here already", "平台已存有 {1} 的数据") \
	X("the entry was changed meanwhile; look at it again", "目录条目刚刚有变化，请重新查看") \
	X("Seconds that a supplier's database has to answer a read of proxied records", "读取代理资源时等待提供方数据库应答的秒数") \
	X("this entry's records are not proxied", "这条目录的数据不是代理方式") \
	X("The supplier connects the table anew.", "请提供方重新接入数据表") \
	X("The supplier's table has no column for {1}, which is part of the key", "提供方的表没有 {1} 对应的列，而它是主键的一部分") \
	X("The entry has no key any more, by which records at the supplier are found", "目录条目已没有主键，无法在提供方查找记录") \
	X("Choose the column that holds it.", "请选择对应的列") \
	X("{1} is part of the key and has no column", "{1} 是主键的一部分，却没有对应的列") \
	X("Choose one of the table's columns.", "请选择表中的列") \
	X("Make a view at the source that converts it, or change the kind of the field.", "请在数据源用视图转换类型，或修改信息项的类型") \
	X("the column {1} is {2} and cannot stand for {3}, which is {4}", "列 {1} 的类型是 {2}，不能对应 {4} 类型的 {3}") \
	X("Use the names of the catalogue entry's fields, with a column's name or an empty text.", "请使用目录信息项的字段名，值为列名或空文本") \
	X("the entry has no field {1}, or its column is not a text", "目录条目没有字段 {1}，或其列名不是文本") \
	X("Give the entry a key, and have it reviewed.", "请为目录条目设置主键并提交审核") \
	X("{1} has no key, by which records at a supplier are found", "{1} 没有主键，无法在提供方查找记录") \
	X("some rows of the table have no value in a key column", "表中有的行主键列没有值") \
	X("some rows of the table have the same key", "表中有的行主键重复") \
	X("Choose a table or view whose rows have this key, or change the key of the entry.", "请选择主键唯一且非空的表或视图，或修改目录的主键") \
	X("ask the supplier to connect its table anew", "请提供方重新接入数据表") \
	X("The grant is limited by {1}, which the supplier's table has no column for", "授权以 {1} 限定范围，而提供方的表没有对应的列") \
	X("The supplier mends the value in its table, or the entry's field.", "请提供方改正表中的值，或修改目录的信息项") \
	X("A record at the supplier has a value of {1} that does not fit: it {2}", "提供方有一条记录的 {1} 不符合信息项：{2}") \
	X("begin again with the first page", "请从第一页重新开始") \
	X("must not be empty: it is part of the key", "不得为空：它是主键的一部分") \
	X("must be unique: it is the key", "必须唯一：它是主键") \
	X("The records of {1} stay at the supplier, where they are found by their key only", "{1} 的数据留在提供方，只能按主键查找") \
	X("use GET /data/{resource}/by-key or POST /data/{resource}/lookup", "请使用 GET /data/{resource}/by-key 或 POST /data/{resource}/lookup") \
	X("The other server's answer does not fit", "对方服务器的应答不符合约定") \
	X("The supplier's database did not answer in time", "提供方的数据库没有及时应答") \
	X("The supplier's database did not answer in time: {1}", "提供方的数据库没有及时应答：{1}") \
	X("The supplier's table may not be read any more", "提供方的表已不允许读取") \
	X("The supplier's table may not be read any more: {1}", "提供方的表已不允许读取：{1}") \
	X("The supplier's table was altered and no longer fits the entry", "提供方的表已变动，与目录不再一致") \
	X("The supplier's table was altered and no longer fits the entry: {1}", "提供方的表已变动，与目录不再一致：{1}") \
	X("The supplier's database cannot compare with this value", "提供方的数据库不能与这个值比较") \
	X("The supplier's database cannot compare with this value: {1}", "提供方的数据库不能与这个值比较：{1}") \
	X("The supplier's database takes no more connections", "提供方的数据库连接已满") \
	X("The supplier's database takes no more connections: {1}", "提供方的数据库连接已满：{1}") \
	X("The supplier's database cannot be reached", "提供方的数据库无法连接") \
	X("The supplier's database cannot be reached: {1}", "提供方的数据库无法连接：{1}") \
	X("Ask for less, with a filter on the key or an indexed column, or try again later.", "请用主键或有索引的列缩小范围，或稍后再试") \
	X("The supplier grants its account the right again.", "请提供方恢复账号的读取权限") \
	X("The supplier connects the table anew, or the entry is changed.", "请提供方重新接入数据表，或修改目录") \
	X("Check the value; the supplier checks the column's type.", "请检查该值；提供方请检查列的类型") \
	X("Try again later; the supplier's administrators find the reason in the log.", "请稍后再试；提供方管理员可在日志中查看原因") \
	X("the mapping has no translation for this value", "对应关系中没有这个值的译法") \
	X("Use one of: {1}", "请使用其中之一：{1}") \
	X("Compare with the other platform.", "请与对方平台核对") \
	X("must be a date, e.g. 2026-11-22", "须为日期，例如 2026-11-22") \
	X("must be a time, e.g. 2026-11-22 08:30:00", "须为时间，例如 2026-11-22 08:30:00") \
	X("must be a whole number", "须为整数") \
	X("Shorten it.", "请缩短") \
	X("has more than {1} characters", "超过 {1} 个字符") \
	X("Load the pack that brings it.", "请装载带有它的数据包") \
	X("there is no mapping of this name", "没有这个名称的模板") \
	X("a stored mapping is damaged", "存储的模板已损坏") \
	X("Export it again from the other platform, in this template.", "请从对方平台按此模板重新导出") \
	X("the file has more than {1} rows", "文件超过 {1} 行") \
	X("only data officers and the data bureau bring in data of other platforms", "只有数据专员和大数据局可以导入外平台数据") \
	X("only a data officer of the supplier brings in its records", "只有提供方的数据专员可以导入其记录") \
	X("only the organisation's own data officers or the data bureau bring in its entries", "只有本单位数据专员或大数据局可以导入其目录") \
	X("differs from the first row of the same resource", "与同一资源的第一行不一致") \
	X("Write the same on all rows of the resource.", "同一资源的各行请填写一致") \
	X("the resource has another item of this name", "这个资源已有同名信息项") \
	X("Leave one of them out.", "请去掉其中之一") \
	X("another row of the same resource was refused", "同一资源的其他行未被接收") \
	X("Mend the other rows of the resource and import them together.", "请改正这个资源的其他行后一并导入") \
	X("there is no organisation of this code", "没有这个代码的单位") \
	X("Register the organisation first, or correct its code.", "请先登记单位，或改正代码") \
	X("it belongs to another organisation", "属于其他单位") \
	X("Correct the code, or import the request when the entry is published.", "请改正代码，或在该目录发布后再导入这份申请。") \
	X("there is no published resource of this code", "没有这个代码的已发布资源") \
	X("Ask the data bureau to import it.", "请由大数据局导入") \
	X("an earlier row has the same number", "前面已有相同编号的行") \
	X("a later row has the same number", "后面还有相同编号的行") \
	X("Have the pack's mapping corrected.", "请改正数据包中的对应关系") \
	X("the other platform's number must be the only key of {1}", "对方编号须是 {1} 的唯一主键") \
	X("Keep returned records in an entry of their own, whose fields the mapping all names.", "回流数据请单独登记一条目录，且模板覆盖其全部信息项") \
	X("the mapping has no column for {1} of {2}", "模板没有 {2} 的 {1} 对应的列") \
	X("there is no import {1}", "没有导入 {1}") \
	X("Import the file again.", "请重新导入文件") \
	X("the entry was changed since the dry run", "试算之后目录条目又有变化") \
	X("compare the provider's code", "请核对提供方代码") \
	X("The workbook could not be made", "无法生成工作簿") \
	X("The workbook could not be written: {1}", "工作簿写入失败：{1}") \
	X("There are more than the 1,048,575 rows that a sheet holds", "超过一个工作表能容纳的 1,048,575 行") \
	X("Take CSV or JSON Lines.", "请改用 CSV 或 JSON Lines") \
	X("The resource has more records than the grant leaves today ({1})", "记录数超过授权今日剩余的额度（{1}）") \
	X("Days after which the rows of an import from another platform are removed", "外平台导入的逐行结果保留的天数") \
	X("leave it out", "请去掉") \
	X("the template's column is not named", "没有写明模板的列") \
	X("give its header", "请写明列名") \
	X("two columns have this name", "有两列同名") \
	X("name each column once", "每列只写一次") \
	X("this is no field of ours", "本平台没有这个字段") \
	X("use a field of docs/packs.md, or a constant", "请使用 docs/packs.md 中的字段，或写固定值") \
	X("codes translate their values to ours", "codes 把对方的值译为本平台的值") \
	X("out translates our values to theirs", "out 把本平台的值译为对方的值") \
	X("exactly one column names the row at the other platform", "须有且只有一列是对方的编号") \
	X("mark it with id: true", "请用 id: true 标明") \
	X("a catalogue is read by its resource code, an information item a row", "目录按资源代码读取，一个信息项一行") \
	X("map code (id: true) and item_title", "请对应 code（id: true）和 item_title") \
	X("the provider's code says whose entry it is", "提供方代码说明目录属于谁") \
	X("map provider_code", "请对应 provider_code") \
	X("records belong to a resource, other data to none", "记录属于某个资源，其他内容不属于资源") \
	X("name its code, or leave it out", "请写明资源代码，或去掉") \
	X("a resource has at most 500 items", "一个资源最多 500 个信息项") \
	X("Register it in parts.", "请分开登记") \
	X("the file's cells hold more than {1} MiB", "文件内容超过 {1} MiB")
#endif
