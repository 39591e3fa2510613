/* Rows of messages.h for what place says. */
#ifndef YIWANG_CORE_MESSAGES_PLACE_H
#define YIWANG_CORE_MESSAGES_PLACE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_PLACE(X) \
	X("Bring in the level above first, from that time or earlier.", "请先导入上一级，生效时间不晚于此") \
	X("There is no such area one level above at that time", "那时上一级没有这个区域") \
	X("Choose a time after the newest version begins or ends, or withdraw that one while its time has not come.", "请选择晚于最新版本生效或终止的时间，或在其生效前撤回该版本。") \
	X("A version of this area begins or ends later than that", "该区域已有更晚生效或终止的版本") \
	X("Choose now or a later time; only an area whose code was not in force since may begin in the past.", "请选择现在或以后；只有其后未曾使用过的编码，才可从过去生效。") \
	X("An area in force changes or ends from now on, not in the past", "现行区域的变更或终止只能从现在起，不能倒签") \
	X("Levels count from 1, the city.", "级别从 1（市）数起") \
	X("Give 1 to 40 characters.", "请填 1 至 40 个字符") \
	X("An area needs its code", "区域需要编码") \
	X("The code has more than 40 characters", "编码超过 40 个字符") \
	X("The name has more than 100 characters", "名称超过 100 个字符") \
	X("Give 1 to 100 characters.", "请填 1 至 100 个字") \
	X("An area needs its name", "区域需要名称") \
	X("Mend the shape where it was drawn and bring it in again.", "请在绘制的地方改好图形后重新导入") \
	X("Choose an active person.", "请选择在用的个人账号") \
	X("Each officer is an account's id as a text", "每名网格员以账号编号的文本给出") \
	X("Write times as 2026-12-31T23:59:59+08:00.", "时间请写成 2026-12-31T23:59:59+08:00") \
	X("An officer's time begins before it ends", "任期的开始须早于结束") \
	X("There is no such active person", "没有这个在用的个人账号") \
	X("Choose a grid officer, dispatcher or operator, or have the role given first.", "请选择网格员、派遣员或话务员，或先请安全管理员授予角色") \
	X("This person is not sent anywhere", "此人没有到现场办理的角色") \
	X("There is no such area in force", "没有这个在用的区域") \
	X("Use officer, substitute, village or town.", "请用 officer、substitute、village 或 town") \
	X("A ladder has no such step", "值守递补没有这一级") \
	X("Begin with officer, and name the others after it.", "请从 officer 开始，其余依次在后") \
	X("The officer is asked first, and once", "网格员排在第一，且只有一次") \
	X("Give 1 to 1440 minutes.", "请填 1 至 1440 分钟") \
	X("A step waits for a whole number of minutes", "每级等待须为整数分钟") \
	X("Give an array of at most 8.", "请给出最多 8 项的数组") \
	X("A ladder has 0 to 8 steps", "值守递补可设 0 至 8 级") \
	X("Give an array of at most 20.", "请给出最多 20 项的数组") \
	X("An area has 0 to 20 officers", "一个区域可设 0 至 20 名网格员") \
	X("Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:number, and coordinates of that system.", "请使用 CGCS2000、WGS84、GCJ02、BD09 或 EPSG:编号，坐标须属于该坐标系") \
	X("This is no point of a known coordinate system", "不是已知坐标系中的点") \
	X("Check which coordinate system the file is in.", "请核对文件的坐标系") \
	X("A position lies outside what this coordinate system is for", "有坐标超出该坐标系的适用范围") \
	X("Send a GeoJSON FeatureCollection.", "请提交 GeoJSON FeatureCollection") \
	X("There are no features in it", "其中没有要素") \
	X("Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:number.", "请使用 CGCS2000、WGS84、GCJ02、BD09 或 EPSG:编号") \
	X("This is no known coordinate system", "不是已知的坐标系") \
	X("A polygon needs at least one ring", "多边形至少要有一个环") \
	X("A ring needs at least four positions, the last equal to the first", "一个环至少要有四个坐标，末尾与开头相同") \
	X("The shape has more than 200,000 positions: simplify it", "图形超过 200000 个坐标，请先化简") \
	X("The shape has more than 20,000 rings: simplify it", "图形超过 20000 个环，请先化简") \
	X("A position is an array of two numbers: longitude, latitude", "坐标是两个数的数组：经度、纬度") \
	X("A position lies outside -180 to 180, -90 to 90: are these degrees, longitude first?", "坐标超出 -180 至 180、-90 至 90：单位是度吗？经度在前吗？") \
	X("A ring is not closed: its last position differs from its first", "环没有闭合：末尾坐标与开头不同") \
	X("An area is a GeoJSON Polygon or MultiPolygon", "区域须为 GeoJSON Polygon 或 MultiPolygon") \
	X("The process that reads maps could not be started", "读取地图文件的进程无法启动") \
	X("Save it anew from the program it comes from, or in parts.", "请在原软件中重新导出，或分批导出。") \
	X("The reader of this file crashed, or used more time or memory than it may", "读取该文件的进程崩溃，或超出时间、内存限额") \
	X("Send a GeoPackage, GeoJSON, or a zip with the .shp, .shx, .dbf and .prj of one Shapefile.", "请上传 GeoPackage、GeoJSON，或含 .shp、.shx、.dbf、.prj 的 Shapefile 压缩包。") \
	X("GDAL cannot read this file", "GDAL 无法读取该文件") \
	X("Name a layer as it is in the file.", "请填写文件中实际的图层名。") \
	X("There is no such layer in the file", "文件中没有这个图层") \
	X("Areas come as polygons.", "区域须为面。") \
	X("There is no layer of polygons in the file", "文件中没有面图层") \
	X("Name the layer that holds the areas.", "请指定存放区域的图层。") \
	X("The file has several layers of polygons", "文件中有多个面图层") \
	X("Name it: ask whoever made the file; the file has none in its .prj.", "请指定坐标系：可询问制作者；文件中未写明。") \
	X("The file does not say which coordinate system it is in", "文件没有写明坐标系") \
	X("This is none of the formats read here", "不是可读取的格式") \
	X("cannot make a folder for the file: {1}", "无法为文件建立目录：{1}") \
	X("cannot lay the file out for its reader: {1}", "无法放置待读取的文件：{1}") \
	X("GDAL wrote nothing", "GDAL 没有写出内容") \
	X("There is no such draft", "没有这份草稿") \
	X("The draft was changed by someone else, or is no longer open; read it again", "草稿已被他人修改或已结束，请重新读取") \
	X("The draft is still being checked; wait for it to end", "草稿仍在检查中，请等待检查结束") \
	X("Bring it in by parts, or simplify it.", "请分批导入，或先简化边界。") \
	X("The file has more than 5,000,000 positions", "文件的坐标点超过 500 万个") \
	X("A shape of the file is larger than 32 MiB", "文件中有一个图形超过 32 MiB") \
	X("The file has more than 20,000 areas", "文件中的区域超过 2 万个") \
	X("Send the layer that holds the areas.", "请上传存放区域的图层。") \
	X("There are no areas in the file", "文件中没有区域") \
	X("Send the file as the request body.", "请以请求体上传文件。") \
	X("The upload is empty", "上传内容为空") \
	X("Bring areas of this level in first.", "请先导入这一级的区域。") \
	X("There are no areas in force to edit", "没有可编辑的现行区域") \
	X("Mend them, or set the areas aside.", "请修复，或将这些区域搁置。") \
	X("The draft has faults with which it cannot be in force", "草稿存在不能生效的问题") \
	X("Mend them, or say that it is meant so.", "请修复，或确认确系如此。") \
	X("The draft has gaps, overlaps or other faults", "草稿存在缝隙、重叠或其他问题") \
	X("Look at what was found now, on the map and in the list, and put it in force again.", "请在地图和列表中查看现在的检查结果，再次生效。") \
	X("At that time there are more faults than were shown: areas in force have changed", "到那时的问题比已显示的多：现行区域有变化") \
	X("Areas in force were changed at the same moment; put the draft in force again", "现行区域同时有变更，请再次生效") \
	X("Withdraw that one first.", "请先撤回更晚的版本。") \
	X("A later version of one of its areas was put since", "其中有区域之后又有更晚的版本") \
	X("Withdraw those first.", "请先撤回它们。") \
	X("Areas below it were put in force since", "之后已有下级区域归入其中") \
	X("There is no such change of areas", "没有这次区域变更") \
	X("Read the list again.", "请重新读取列表。") \
	X("This change was withdrawn already", "这次变更已撤回") \
	X("Edit the areas in force and put the draft in force instead.", "请编辑现行区域，再让草稿生效。") \
	X("It is in force since then: only what is yet to come is withdrawn", "已在该时间生效：只能撤回尚未生效的变更") \
	X("Carry fewer over, and set the others there by hand.", "请少转一些，其余在区域页设置。") \
	X("Give [{area_key, code}].", "请给出 [{area_key, code}]。") \
	X("Officers are carried from an area that ends to one of the draft", "网格员从届时终止的区域转到草稿中的区域") \
	X("Give an array of at most 1,000.", "请给出至多 1000 项的数组。") \
	X("Read again what ends.", "请重新读取届时终止的区域。") \
	X("This area does not end with the draft", "该区域不随草稿终止") \
	X("Choose an area of the draft.", "请选择草稿中的区域。") \
	X("There is no such area in the draft", "草稿中没有该区域") \
	X("Set the area aside, or merge it into a neighbour.", "请将该区域搁置，或并入相邻区域。") \
	X("Nothing of the area would be left", "处理后该区域将不复存在") \
	X("Choose one area and draw a line across it.", "请选择一个区域并画一条穿过它的线。") \
	X("A split needs one area and a line", "分割需要一个区域和一条线") \
	X("Begin and end the line outside the area.", "线的起点和终点应在区域之外。") \
	X("The line does not divide the area", "这条线没有把区域分开") \
	X("Choose two or more areas.", "请选择两个或更多区域。") \
	X("A merge needs at least two areas", "合并至少需要两个区域") \
	X("Choose one area.", "请选择一个区域。") \
	X("An area is edited by itself", "区域须逐个编辑") \
	X("Draw it again.", "请重新绘制。") \
	X("A ring needs at least three positions in degrees, and a shape at most 200,000", "一个环至少有三个以度为单位的坐标点，一个图形至多 20 万个") \
	X("Give each area its parent, and the level its width in the settings.", "请为每个区域填写上级，并在设置中给出这一级的编码位数。") \
	X("A number needs the code of the area above and a width that leaves room for it", "编号需要上级编码，且位数要容得下序号") \
	X("Widen the codes of this level in the settings.", "请在设置中加宽这一级的编码。") \
	X("All numbers below this parent are taken", "该上级下的编号已用完") \
	X("Give 1 to 500 numbers of areas.", "请给出 1 至 500 个区域序号。") \
	X("Choose the areas to mend", "请选择要处理的区域") \
	X("Read the draft again.", "请重新读取草稿。") \
	X("None of these areas is in the draft", "草稿中没有这些区域") \
	X("Name its columns id, standard, town, road, number, building, lon, lat.", "列名请用 id、standard、town、road、number、building、lon、lat（或 编号、标准地址、镇街、道路、门牌号、楼幢、经度、纬度）。") \
	X("The file needs id, lon, lat and standard or road", "文件需要编号、经度、纬度，以及标准地址或道路") \
	X("The row has bytes that are no text", "该行含有不是文本的字节") \
	X("Save the file as UTF-8 (or GB18030), and bring these rows in again.", "请把文件另存为 UTF-8（或 GB18030），再导入这些行。") \
	X("An address needs its place", "地址需要坐标") \
	X("Fill in longitude and latitude.", "请填写经度和纬度。") \
	X("Write it in digits, e.g. 120.2853 (degrees) or 40500123.5 (metres).", "请用数字填写，如 120.2853（度）或 40500123.5（米）。") \
	X("The place lies outside what this coordinate system is for", "坐标超出该坐标系的适用范围") \
	X("Check the coordinate system of the file, and whether longitude and latitude are exchanged.", "请核对文件的坐标系，以及经纬度是否填反。") \
	X("An address needs its own number", "地址需要编号") \
	X("Give each address a number of its own that stays the same.", "请为每个地址填写固定不变的编号。") \
	X("The number is longer than 64 bytes", "编号超过 64 字节") \
	X("Give a shorter one.", "请缩短。") \
	X("Neither the address nor its road is said", "标准地址和道路都没有填") \
	X("Fill in the standard address, or the road.", "请填写标准地址，或道路。") \
	X("The address has more than 200 characters", "标准地址超过 200 个字") \
	X("Leave out what is no part of the address.", "请去掉不属于地址的内容。") \
	X("No road, estate or village is read from it, so nobody would find it", "读不出道路、小区或村名，以后无法找到") \
	X("Write the road's name in the column road.", "请在“道路”列填写路名（或小区、村名）。") \
	X("A quote is not closed, or text follows a closing quote", "引号未闭合，或引号后还有文字") \
	X("The row has a NUL byte", "该行含有空字符") \
	X("The row has more cells than the header has columns", "该行的单元格比表头的列多") \
	X("The row is longer than 4 MiB", "该行超过 4 MiB") \
	X("There is no such import of addresses", "没有这次地址导入") \
	X("Days after which the refused rows of an import of addresses are removed", "导入标准地址时退回的行保留天数，之后清除") \
	X("{1} and {2} overlap by {3} m²", "{1} 与 {2} 重叠 {3} 平方米") \
	X("{1} overlaps {2}, which is in force, by {3} m²", "{1} 与现行区域 {2} 重叠 {3} 平方米") \
	X("A gap of {1} m² is left in {2}", "{2} 内留有缝隙 {1} 平方米") \
	X("A gap of {1} m² is left between the areas", "区域之间留有缝隙 {1} 平方米") \
	X("{1} lies outside its parent {2} by {3} m²", "{1} 超出上级 {2} {3} 平方米") \
	X("{1}, in force below {2}, lies outside it by {3} m²", "{2} 之下的现行区域 {1} 落在其外 {3} 平方米") \
	X("The areas seem to be in {1}, not in the coordinate system they were brought in as", "区域疑似属于 {1}，而非导入时所选的坐标系") \
	X("The code {1} has another width than codes of this level", "编码 {1} 的位数与这一级不符") \
	X("The code {1} does not begin with its parent's", "编码 {1} 与上级编码不符") \
	X("The code {1} comes twice", "编码 {1} 重复") \
	X("The area above {1} is not in force then", "{1} 的上级届时没有生效") \
	X("The shape of {1} crosses itself, or cannot be read", "{1} 的图形自相交，或无法读取") \
	X("Mend it and send it again.", "请修复后重新提交。") \
	X("Mend it, or send with_faults: true where it is meant so; a draft shows it on the map.", "请修复；确系如此的，提交时加 with_faults: true；导入为草稿可在地图上查看。") \
	X("Areas in force were changed at the same moment; send it again", "现行区域同时有变更，请重新提交") \
	X("Self-intersection", "自相交") \
	X("Ring Self-intersection", "环自相交") \
	X("Hole lies outside shell", "内环在外环之外") \
	X("Holes are nested", "内环互相嵌套") \
	X("Interior is disconnected", "内部不连通") \
	X("Nested shells", "外环互相嵌套") \
	X("Duplicate Rings", "环重复") \
	X("Too few points in geometry component", "坐标点太少") \
	X("Invalid Coordinate", "坐标无效") \
	X("cannot read the file", "无法读取文件") \
	X("digits of an area's code by level: city, town, village, grid; 0 = any", "各级区域编码的位数：市、镇、村、网格；0 = 不限") \
	X("Write numbers with commas, as 6,9,12,15.", "请用逗号分隔数字，如 6,9,12,15。") \
	X("gaps and overlaps narrower than this, in metres, are slivers", "窄于该米数的缝隙和重叠视为碎片") \
	X("days after which shapes of drafts that were accepted or discarded are removed; what was found stays", "已生效或已放弃的草稿的图形保留天数，之后清除；检查结果不清除")
/* clang-format on */
#endif
