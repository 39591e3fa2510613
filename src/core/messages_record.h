/* Rows of messages.h for what record says of acceptance, queries, filters, quarantine. */
#ifndef YIWANG_CORE_MESSAGES_RECORD_H
#define YIWANG_CORE_MESSAGES_RECORD_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_RECORD(X) \
	X("write it as #0b5fd7", "请写成 #0b5fd7 的形式") \
	X("{1} is no colour", "{1} 不是颜色") \
	X("take circle, square, triangle, diamond or star", "请用 circle、square、triangle、diamond 或 star") \
	X("{1} is no mark", "{1} 不是图标形状") \
	X("take a size from 2 to 24, a width from 0.5 to 12", "大小取 2 至 24，线宽取 0.5 至 12") \
	X("take a share from 0 to 1", "请取 0 至 1") \
	X("{1} is out of range", "{1} 超出范围") \
	X("use value, from, to, colour, shape, size and title", "请用 value、from、to、colour、shape、size、title") \
	X("A step has no member {1}", "分级中没有 {1} 这一项") \
	X("give each a colour and a value, or numbers from and to", "每一级须有颜色，以及一个值或起止数值") \
	X("One of {1} is neither a value nor a range", "{1} 中有一级既不是值也不是范围") \
	X("choose one of the layer's fields", "请选择图层的信息项") \
	X("{1} names no field that can be drawn", "{1} 不是可以上图的信息项") \
	X("give a JSON object", "请给出 JSON 对象") \
	X("{1} is no object", "{1} 不是对象") \
	X("use colour, shape, size, width, fill, field, steps, label and base", "请用 colour、shape、size、width、fill、field、steps、label、base") \
	X("take a zoom level from 0 to 20", "请取 0 到 20 的缩放级别") \
	X("A style has no member {1}", "样式中没有 {1} 这一项") \
	X("name a field and give at most 24 steps", "请指定信息项，最多 24 级") \
	X("{1} cannot be read", "{1} 无法读取") \
	X("Only the supplier decides how its data look on the map", "只有提供方可以决定数据在地图上的样式") \
	X("The style was changed meanwhile", "样式已被他人修改") \
	X("use unique", "请用唯一值") \
	X("{1} has no order of its own", "{1} 没有大小次序") \
	X("give the entry a geometry field, or fields checked as longitude and latitude", "请为目录条目设置空间图形信息项，或校验为经度、纬度的信息项") \
	X("The entry {1} does not say where its records lie", "目录条目 {1} 没有说明数据的位置") \
	X("ask the supplier to grant the place clear", "请向提供方申请明文的位置") \
	X("Where the records of {1} lie is not given to you clear", "您看不到 {1} 的明文位置") \
	X("try again in some minutes", "请过几分钟再试") \
	X("The map of {1} is being prepared", "{1} 的地图正在准备") \
	X("x and y run from 0 to 2^z - 1", "x 和 y 的范围是 0 至 2^z - 1") \
	X("There is no such tile at zoom {1}", "{1} 级没有这个瓦片") \
	X("ask for fewer fields, or zoom in", "请减少信息项，或放大后再取") \
	X("The tile has more than 8 MiB", "瓦片超过 8 MiB") \
	X("take one of the collection's list", "请取集合所列的坐标参考系") \
	X("This coordinate reference system is not offered", "不提供这个坐标参考系") \
	X("write west,south,east,north in the order of bbox-crs; ask twice across the antimeridian", "请按 bbox-crs 的次序写西、南、东、北；跨 180 度经线请分两次") \
	X("The box is no four numbers from less to more", "范围不是由小到大的四个数") \
	X("take the next link of the page before, unchanged", "请原样使用上一页的 next 链接") \
	X("remove the NUL byte; it often comes from a file in another encoding", "请去掉空字符；它常来自其他编码的文件") \
	X("{1} holds a NUL byte", "{1} 含有空字符") \
	X("save the file as UTF-8 or GB18030 and name the right one when loading", "请将文件存为 UTF-8 或 GB18030，并在装载时指明") \
	X("{1} holds bytes that are no character of the file's encoding", "{1} 含有不属于文件编码的字节") \
	X("compare with the original document; check the unit", "请与原始文件核对，并检查计量单位") \
	X("{1} must lie between {2} and {3}", "{1} 须在 {2} 至 {3} 之间") \
	X("{1} is not a code of {2} in force", "{1} 不是代码集 {2} 中的有效代码") \
	X("compare with the original document", "请与原始文件核对") \
	X("fill it in from the original document", "请按原始文件补填") \
	X("{1} must not be empty", "{1} 不得为空") \
	X("compare the fields with the original document", "请将这些信息项与原始文件核对") \
	X("{1} (the rule could not be worked out: {2})", "{1}（规则无法计算：{2}）") \
	X("load the referenced resource first, or correct the value", "请先装载被引用的资源，或更正该值") \
	X("{1} does not exist in {2}", "{1} 在 {2} 中不存在") \
	X("Field {1}: the reference \"{2}\" must be written code.field", "信息项 {1}：引用“{2}”须写为“目录代码.信息项”") \
	X("Field {1} refers to {2}, which is not published", "信息项 {1} 引用的 {2} 尚未发布") \
	X("Field {1} refers to {2}, which has no such field", "信息项 {1} 引用的 {2} 没有这个信息项") \
	X("Field {1} refers to its own resource; write that as an indicator after loading", "信息项 {1} 引用了本资源；请在装载后以指标表示") \
	X("Field {1} and {2} have different types", "信息项 {1} 与 {2} 的类型不同") \
	X("Field {1} refers to {2}, which is neither its key nor indexed", "信息项 {1} 引用的 {2} 既不是主键也没有索引") \
	X("Field {1} refers to {2}, which has no data yet: load that first", "信息项 {1} 引用的 {2} 还没有数据：请先装载它") \
	X("Field {1}: there is no code set {2}", "信息项 {1}：没有代码集 {2}") \
	X("Rule {1} does not work: {2}", "规则 {1} 无法使用：{2}") \
	X("The entry has {1} fields; at most {2} can be loaded", "条目有 {1} 个信息项，最多可装载 {2} 个") \
	X("must be a whole number of at most 18 digits, without separators", "须为不超过 18 位的整数，不含分隔符") \
	X("{1} must be a whole number of at most 18 digits, without separators", "{1}须为不超过 18 位的整数，不含分隔符") \
	X("must be a number, e.g. 12.5 or 1.25e-3", "须为数值，例如 12.5 或 1.25e-3") \
	X("{1} must be a number, e.g. 12.5 or 1.25e-3", "{1}须为数值，例如 12.5 或 1.25e-3") \
	X("must be a real date, e.g. 2026-11-22, 2026/11/22, 20261122 or 2026年11月22日", "须为有效日期，例如 2026-11-22、2026/11/22、20261122 或 2026年11月22日") \
	X("{1} must be a real date, e.g. 2026-11-22, 2026/11/22, 20261122 or 2026年11月22日", "{1}须为有效日期，例如 2026-11-22、2026/11/22、20261122 或 2026年11月22日") \
	X("must be a time, e.g. 2026-11-22 08:30:00 or 2026-11-22T08:30:00+08:00", "须为时间，例如 2026-11-22 08:30:00 或 2026-11-22T08:30:00+08:00") \
	X("{1} must be a time, e.g. 2026-11-22 08:30:00 or 2026-11-22T08:30:00+08:00", "{1}须为时间，例如 2026-11-22 08:30:00 或 2026-11-22T08:30:00+08:00") \
	X("must be 是 or 否 (also true/false, 1/0, Y/N, 有/无)", "须为“是”或“否”（也可用 true/false、1/0、Y/N、有/无）") \
	X("{1} must be 是 or 否 (also true/false, 1/0, Y/N, 有/无)", "{1}须为“是”或“否”（也可用 true/false、1/0、Y/N、有/无）") \
	X("must be a GeoJSON geometry (RFC 7946) with longitude -180..180 and latitude -90..90, at most 1 MiB", "须为 GeoJSON 图形（RFC 7946），经度 -180 至 180，纬度 -90 至 90，不超过 1 MiB") \
	X("{1} must be a GeoJSON geometry (RFC 7946) with longitude -180..180 and latitude -90..90, at most 1 MiB", "{1}须为 GeoJSON 图形（RFC 7946），经度 -180 至 180，纬度 -90 至 90，不超过 1 MiB") \
	X("must be UTF-8 without NUL", "须为不含空字符的 UTF-8 文本") \
	X("{1} must be UTF-8 without NUL", "{1}须为不含空字符的 UTF-8 文本") \
	X("ask the supplier for a grant that names your purpose", "请向提供方申请写明用途的授权") \
	X("There is no grant for you on {1}", "您没有 {1} 的授权") \
	X("take `next` of the page before, unchanged", "请原样传入上一页给出的 `next`。") \
	X("The cursor in `after` was not given to you for this resource", "`after` 中的游标不是该资源给您的") \
	X("The filter on {1} {2}", "{1} 的筛选条件{2}") \
	X("ask in several requests", "请分几次请求") \
	X("has too many values", "值太多") \
	X("has more than 200 values", "超过 200 个值") \
	X("use gte and lte", "请使用 gte 和 lte") \
	X("cannot use like: it is not a text", "不能用 like：不是文本") \
	X("write e.g. 澄江*", "例如 澄江*") \
	X("must be a prefix that ends with *", "须为以 * 结尾的前缀") \
	X("{1} must be a prefix that ends with *", "{1}须为以 * 结尾的前缀") \
	X("write .null=1 (has no value) or .null=0", "请写 .null=1（无值）或 .null=0") \
	X("takes 1 or 0", "只能为 1 或 0") \
	X("use .null", "请使用 .null") \
	X("cannot compare shapes", "不能比较图形") \
	X("use fewer conditions", "请减少条件") \
	X("is one too many: at most 40 conditions are taken", "超出限度：最多 40 个条件") \
	X("must be a text, number or boolean", "须为文本、数值或布尔值") \
	X("{1} must be a text, number or boolean", "{1}须为文本、数值或布尔值") \
	X("use .in with 1 to 200 values", "请使用 .in，1 至 200 个值") \
	X("takes one value", "只能有一个值") \
	X("A row filter is a JSON object, e.g. {\"town\": \"320281100000\"}", "行筛选须为 JSON 对象，例如 {\"town\": \"320281100000\"}") \
	X("use a field of the entry, with .ne .lt .lte .gt .gte .in .like or .null", "请使用条目的信息项，可加 .ne .lt .lte .gt .gte .in .like 或 .null") \
	X("The row filter names {1}, which is no field or operator", "行筛选中的 {1} 不是信息项或运算符") \
	X("withdraw resources nobody uses, or move to a second installation", "请撤回无人使用的资源，或另建一套系统") \
	X("This store holds {1} run-time tables, the most it may", "本库已有 {1} 张数据表，达到上限") \
	X("start the load again", "请重新开始装载。") \
	X("{1} of {2} changed while this load ran", "装载期间{2}的{1}已变化") \
	X("Generation {1} is the live one", "第 {1} 代数据正在使用") \
	X("there is no quarantined row {1}", "没有隔离行 {1}") \
	X("row {1} was changed, replayed or discarded meanwhile: reload it", "第 {1} 行已被修改、重放或舍弃，请重新读取") \
	X("only a data officer of the supplier may change a quarantined row", "只有提供方的数据专员可以修改隔离的行") \
	X("Use the names shown in the row.", "请使用该行所示的名称") \
	X("the row has no field {1}", "该行没有信息项 {1}") \
	X("Give every value as text, or null for none.", "请以文本给出每个值，无值用 null") \
	X("the value of {1} is not a text", "{1} 的值不是文本") \
	X("check the key; your grant may not cover it", "请核对主键；您的授权可能不包含它") \
	X("There is no such record among those you may see", "在您可见的范围内没有这条记录") \
	X("Too many reads wait; try again in a moment", "等待的读取太多，请稍后再试") \
	X("see GET /data/{resource}/schema", "请查看该资源的数据结构（/data/{resource}/schema）") \
	X("{1} is no key field that you may use here", "{1} 不是您在此可用的主键信息项") \
	X("give it once", "请只给出一次") \
	X("{1} is given twice", "{1} 重复给出") \
	X("All {1} key fields must be given", "须给出全部 {1} 个主键信息项") \
	X("The resource has no key ({1} fields)", "该资源没有主键（{1} 个信息项）") \
	X("use POST /data/{resource}/lookup", "请使用 POST /data/{resource}/lookup") \
	X("The key of {1} is personal data and must not stand in an address", "{1} 的主键是个人信息，不得出现在地址中") \
	X("The query is malformed", "查询串格式错误") \
	X("write the value as a text", "请以文本书写该值") \
	X("Key values are texts", "主键的值须为文本") \
	X("ask the supplier to grant it clear", "请向提供方申请明文授权") \
	X("{1} is masked for you, so records cannot be looked up, filtered, sorted or classified by it", "{1} 对您是脱敏的，不能用它查找、筛选、排序或分级") \
	X("There is no parameter {1}", "没有参数 {1}") \
	X("There is no field {1} for you", "没有您可用的信息项 {1}") \
	X("sort by record_id, a key or an indexed field", "请按 record_id、主键或有索引的信息项排序") \
	X("{1} has no index", "{1} 没有索引") \
	X("keep `sort` the same from page to page", "翻页时请保持 `sort` 不变") \
	X("The cursor belongs to another order", "游标属于另一种排序") \
	X("load the resource first", "请先装载该资源") \
	X("{1} is new and has no values yet", "{1} 是新信息项，还没有值") \
	X("Generation {1} of {2} is not a load under way any more", "{2} 的第 {1} 代数据已不是正在进行的装载") \
	X("run a full load first", "请先做一次全量装载") \
	X("The key of {1} changed; records can be changed one by one only after a full load", "{1} 的主键已改变；须先全量装载，才能逐条变更") \
	X("A chunk of an upsert holds at most {1} rows", "一批增量更新最多 {1} 行") \
	X("{1} has {2} characters ({3} bytes); at most {4} are allowed", "{1}有 {2} 个字符（{3} 字节），最多允许 {4}") \
	X("has {1} characters ({2} bytes); at most {3} characters ({4} bytes) are allowed", "有 {1} 个字符（{2} 字节），最多允许 {3} 个字符（{4} 字节）") \
	X("must be a number with at most {1} fraction digits, without separators", "须为数值，最多 {1} 位小数，不含分隔符") \
	X("{1} must be a number with at most {2} fraction digits, without separators", "{1}须为数值，最多 {2} 位小数，不含分隔符") \
	X("the value is the name of code {1}: write the code", "该值是代码 {1} 的名称，请填写代码") \
	X("use a code of the code set that is in force", "请使用代码集中有效的代码") \
	X("use a code of the code set", "请使用代码集中的代码") \
	X("shorten the value, or have the field's length changed in the catalogue", "请缩短该值，或在目录中修改信息项长度") \
	X("write digits only", "请只写数字") \
	X("write digits and one point", "请只写数字和一个小数点") \
	X("export the shape as GeoJSON in CGCS2000 or WGS-84 longitude and latitude", "请以 CGCS2000 或 WGS-84 经纬度导出为 GeoJSON") \
	X("must not be empty", "不得为空") \
	X("The data", "数据") \
	X("The catalogue entry", "目录条目")
#endif
