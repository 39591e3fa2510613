/* Rows of messages.h for what place says. */
#ifndef YIWANG_CORE_MESSAGES_PLACE_H
#define YIWANG_CORE_MESSAGES_PLACE_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_PLACE(X) \
	X("Bring in the level above first, from that time or earlier.", "请先导入上一级，生效时间不晚于此") \
	X("There is no such area one level above at that time", "那时上一级没有这个区域") \
	X("Choose a time after the newest version begins.", "请选择晚于最新版本生效的时间") \
	X("A version of this area begins then or later already", "该区域已有同时或更晚生效的版本") \
	X("Levels count from 1, the city.", "级别从 1（市）数起") \
	X("Give 1 to 40 characters.", "请填 1 至 40 个字符") \
	X("An area needs its code", "区域需要编码") \
	X("Give 1 to 100 characters.", "请填 1 至 100 个字") \
	X("An area needs its name", "区域需要名称") \
	X("Mend the shape where it was drawn and bring it in again.", "请在绘制的地方改好图形后重新导入") \
	X("Choose an active person.", "请选择在用的个人账号") \
	X("Each officer is an account's id as a text", "每名网格员以账号编号的文本给出") \
	X("Write times as 2026-12-31T23:59:59+08:00.", "时间请写成 2026-12-31T23:59:59+08:00") \
	X("An officer's time begins before it ends", "任期的开始须早于结束") \
	X("There is no such active person", "没有这个在用的个人账号") \
	X("There is no such area in force", "没有这个在用的区域") \
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
	X("An area is a GeoJSON Polygon or MultiPolygon", "区域须为 GeoJSON Polygon 或 MultiPolygon")
/* clang-format on */
#endif
