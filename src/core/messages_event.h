/* Rows of messages.h for what event says of reports, pictures, classes and duties. */
#ifndef YIWANG_CORE_MESSAGES_EVENT_H
#define YIWANG_CORE_MESSAGES_EVENT_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_EVENT(X) \
	X("Write west,south,east,north in degrees; ask twice across the antimeridian.", "请依次填写西、南、东、北四个度数；跨 180° 经线时请分两次查询。") \
	X("Nothing was offered in this case", "本案没有待接单的任务") \
	X("Choose one of the list of classes.", "请从事件分类表中选择。") \
	X("There is no such class of events", "没有这个事件分类") \
	X("The class was changed meanwhile (it is at version {1})", "该分类已被他人修改（现为第 {1} 版）") \
	X("Keep the code of the class.", "请保留分类代码。") \
	X("The document is of another class", "内容属于另一个分类") \
	X("Make the big class first.", "请先建立大类。") \
	X("There is no such big class", "没有这个大类") \
	X("Choose one of the city's organisations.", "请选择本市的单位。") \
	X("Choose one of the list of classes, or leave it empty for all.", "请从事件分类表中选择；留空表示全部分类。") \
	X("Write it as 2026-05-31, or leave it empty.", "请按 2026-05-31 的格式填写，或留空。") \
	X("Give a later day, or leave it empty.", "请填写更晚的日期，或留空。") \
	X("It would end before it begins", "结束日期早于开始日期") \
	X("Read the list again and decide anew.", "请重新读取清单后再决定。") \
	X("The line was changed or removed meanwhile", "该行已被他人修改或删除") \
	X("{1}:{2}: a line of duties is class,area,org,basis", "{1}:{2}：职责清单每行为 class,area,org,basis") \
	X("{1}:{2}: there is no organisation {3}", "{1}:{2}：没有单位 {3}") \
	X("{1}:{2}: there is no area of the code {3}", "{1}:{2}：没有代码为 {3} 的区域") \
	X("There is no area of this code", "没有这个代码的区域") \
	X("Take the code of an area of any level, or leave it empty for the whole city.", "请填写区域（任何层级）的代码；留空表示全市。") \
	X("There is no such area", "没有这个区域") \
	X("There is no such line", "没有这一行") \
	X("Take a key of the lines of GET /event-stats, or leave it empty for all.", "请用 GET /event-stats 各行的 key；不填则为全部。") \
	X("Choose one of GET /areas.", "请从 GET /areas 中选择。") \
	X("{1}: a file of duties has less than 1 MiB", "{1}：职责清单文件须小于 1 MiB") \
	X("Code of the organisation whose dispatchers take events where no area has its own; empty: the one that has dispatchers", "区域没有自己的中心时，由哪个单位派遣（单位代码）；留空为有派遣员的单位") \
	X("Score from which another report is shown as perhaps the same", "达到多少分即提示可能重复") \
	X("Days after which a picture that no report used is removed", "未被上报使用的照片保留天数") \
	X("Score of a unit, an expression over the figures of GET /event-stats (a rate of nothing is nil); empty: none", "单位得分的公式：以 GET /event-stats 的指标为变量的表达式（分母为 0 的比率为 nil）；留空则不计分") \
	X("Write an expression over names of figures, such as 100 * dispose_rate.", "请用指标名写出表达式，如 100 * dispose_rate。") \
	X("Statistics of events are for those who handle, dispatch or supervise them", "事件统计供处置、派遣和督查人员查看") \
	X("Write it as 2026-05-31.", "请按 2026-05-31 的格式填写。") \
	X("This is no day", "这不是有效日期") \
	X("Give both, the later one as until.", "请同时填写起止时间，止须晚于起。") \
	X("A period has a beginning and a later end", "时段须有起点和更晚的终点") \
	X("More than {1} units: choose an area or a class", "单位超过 {1} 个，请先选择区域或种类") \
	X("Use a name of GET /event-stats, for cases one that is no rate.", "请使用 GET /event-stats 中的指标名；查看案件时不能用比率。") \
	X("There is no such figure", "没有这个指标") \
	X("Choose another unit, or have an account with role handler made there.", "请选择其他单位，或先为该单位开设处置员账号。") \
	X("Nobody handles events in this organisation", "该单位没有处置员") \
	X("Give both, or none.", "经度和纬度须同时填写，或都不填。") \
	X("A place has two coordinates", "位置须有经度和纬度") \
	X("Use CGCS2000, WGS84, GCJ02, BD09 or EPSG:n, with coordinates of that system.", "请使用 CGCS2000、WGS84、GCJ02、BD09 或 EPSG:n，并填写该坐标系的坐标。") \
	X("The coordinates cannot be brought to CGCS2000", "坐标无法换算到 CGCS2000") \
	X("Other systems send POST /city-events/batch.", "其他系统请调用 POST /city-events/batch。") \
	X("This way of reporting is for persons", "这种上报方式只供人员使用") \
	X("Officers report by their own channel", "网格员只能以本人渠道上报") \
	X("Ask a supervisor of the centre to name this account as a source of events.", "请中心督查长将此账号登记为事件来源。") \
	X("This account is no source of events", "此账号不是事件来源") \
	X("They look swapped: lon is east, lat is north.", "经纬度似乎写反了：lon 为经度，lat 为纬度。") \
	X("Send each as an object with the members of the API's documentation.", "请按接口文档以对象提交每一条。") \
	X("Rate it when that one is closed.", "请在那一件办结后再评价。") \
	X("The case that goes on in its place is not closed", "并入的案件还没有办结") \
	X("An event is an object", "每条事件须为对象") \
	X("An event has no such member", "事件没有这一项") \
	X("Send your own number: it makes a repeated call harmless.", "请填写你方编号，重复提交才不会产生重复事件。") \
	X("Send 1 to 500 events at a time.", "每次提交 1 至 500 条事件。") \
	X("These are no events", "这不是事件列表") \
	X("You have reported nothing under this number", "您没有以此编号上报过事件") \
	X("Choose a service account.", "请选择服务账号。") \
	X("There is no such service account", "没有这个服务账号") \
	X("Take a smaller picture, or let the phone make it smaller.", "请拍摄小一些的照片，或在手机上缩小后再传。") \
	X("A picture has at most 40 MB", "照片不能超过 40 MB") \
	X("Send the picture as the request body.", "请以请求正文发送照片。") \
	X("The picture is empty", "照片是空文件") \
	X("Take it again, or send the original file.", "请重新拍摄，或发送原文件。") \
	X("The picture is cut off or damaged", "照片不完整或已损坏") \
	X("Send a JPEG, PNG, WebP or HEIC picture.", "请发送 JPEG、PNG、WebP 或 HEIC 照片。") \
	X("“{1}” is not a picture of a kind that is taken", "“{1}”不是可接收的照片") \
	X("“{1}” is no picture that is taken: it is a file of kind {2}", "“{1}”不是可接收的照片：这是 {2} 文件") \
	X("“{1}” begins as {2}, but its {3} is missing or damaged: it was cut off, or is no picture", "“{1}”的开头是 {2}，但缺少 {3} 或其已损坏：文件不完整，或不是照片") \
	X("There is no such picture among those you may see", "在您可见的范围内没有这张照片") \
	X("The file of this picture is no longer kept", "这张照片的文件已不再保存") \
	X("Choose the pictures that show it best.", "请选择最能说明情况的照片。") \
	X("At most {1} pictures go with one step", "每一步最多附 {1} 张照片") \
	X("Send the picture again and use its new number.", "请重新上传照片，使用新的编号。") \
	X("This report was added to {1} times: that is as often as it goes", "这件事已补充 {1} 次，不能再补充") \
	X("Call 12345 if there is something that must be known.", "还有必须说明的情况，请拨打 12345。") \
	X("A picture is not yours, or was used already", "有照片不是您上传的，或已被使用") \
	X("Send the ids of at most 9 kept pictures as texts.", "请以文本提交最多 9 张已上传照片的编号。") \
	X("This is no list of pictures", "这不是照片列表") \
	X("An event of this class needs its place: coordinates, or an address that is known", "这类事件须有位置：坐标，或能识别的地址") \
	X("An event of this class needs this", "这类事件须填写此项") \
	X("Choose a small class under it.", "请选择其下的小类。") \
	X("This is a big class; nothing is reported under it", "这是大类，不能直接上报") \
	X("This class is no longer in use", "该分类已停用") \
	X("Send records to the field from the list of doubts or the entry's data.", "请从疑点清单或条目的数据页派发核查") \
	X("Under this class records are verified; nothing is reported", "该分类用于信息核查，不能上报") \
	X("Send texts as UTF-8.", "文本须为 UTF-8。") \
	X("This is no valid text", "这不是有效文本") \
	X("Write it shorter.", "请写短一些。") \
	X("A text of at most {1} characters is taken here", "此处最多 {1} 个字") \
	X("Use general, large or major.", "请用 general、large 或 major。") \
	X("There is no such grade", "没有这个等级") \
	X("Give the time at which it was seen.", "请填写发现时间。") \
	X("An event cannot have happened in the future, or ten years ago", "发现时间不能在将来，也不能在十年以前") \
	X("Nobody is named as reporter of this event", "该事件没有可查看的上报人") \
	X("There is no such event among those you may see", "在您可见的范围内没有这个事件") \
	X("Events are seen by those who report, handle, dispatch or supervise them", "只有上报、处置、派遣、督查人员可以查看事件") \
	X("Give longitude and latitude in degrees; perhaps the two are exchanged.", "请以度填写经度和纬度；两者可能填反了。") \
	X("There are no such coordinates", "没有这样的坐标") \
	X("Leave both out when the place is not known.", "不知道位置时请都不填。") \
	X("0, 0 is no place of the city", "0, 0 不是本市的位置") \
	X("Ask the system administrator to name the centre: setting event.centre.", "请系统管理员设置中心：设置项 event.centre。") \
	X("Nobody dispatches events in this city yet", "本市还没有派遣事件的单位") \
	X("Look at the place on the map; coordinates of another system are marked with crs, e.g. GCJ02.", "请在地图上核对位置；其他坐标系的坐标用 crs 注明，如 GCJ02。") \
	X("This place is outside the city", "该位置在本市范围之外") \
	X("Choose a grid officer.", "请选择网格员。") \
	X("There is no such officer", "没有这名网格员") \
	X("Nobody is on duty at this place: say who goes", "该位置没有值守网格员，请指定由谁核实") \
	X("Choose one of the conditions of the class.", "请选择该分类的立案条件。") \
	X("The class has no such condition of filing", "该分类没有这条立案条件") \
	X("Say why this unit, or dispatch to the one that the list of duties names.", "请写明选择该单位的理由，或派遣给职责清单确定的单位。") \
	X("The list of duties names another unit first", "职责清单首选的是另一个单位") \
	X("Choose another code, or change the class that has it.", "请换一个代码，或修改已有的这个分类。") \
	X("Read the list again and quote the line as it is.", "请重新读取清单，照原文引用。") \
	X("The list of duties says something else", "与职责清单的现行条目不一致") \
	X("Choose a line of the unit or of the class, or write the duty without one.", "请选择本单位或该种类的条目；不在清单内的，直接写明职责依据。") \
	X("The list of duties has no such line for this event", "职责清单中没有可用于此事件的该条目") \
	X("There is a class of this code", "已有这个代码的分类") \
	X("a whole number within the range is needed here", "此处须为范围内的整数") \
	X("this is none of the words", "不是可用的词") \
	X("a class has at most 16 conditions", "一个分类最多 16 条立案条件") \
	X("put some together", "请合并一些") \
	X("the number is there twice", "编号重复") \
	X("give another one", "请换一个") \
	X("nothing of that name can be asked for", "没有这个必填项") \
	X("use place, address, photo, component, description or phone", "可用 place、address、photo、component、description、phone") \
	X("this is no code of a class", "这不是分类代码") \
	X("write B (部件), S (事件) or D (信息核查) with 2 digits, and for a small class 2 to 4 more under its parent's", "写作 B（部件）、S（事件）或 D（信息核查）加两位数字，小类在大类代码后再加 2 至 4 位") \
	X("a small class has conditions of filing and closing", "小类须有立案条件和结案条件") \
	X("write at least one", "请至少写一条") \
	X("write {1} to {2}", "请填 {1} 至 {2}") \
	X("Choose mine.", "请选择“待我办理”。") \
	X("All that runs is seen by those who dispatch or supervise", "全部在办事件只有派遣、督查人员可以查看") \
	X("Give a number within the range.", "请填写范围内的数。") \
	X("A number from {1} to {2} is needed", "请填写 {1} 至 {2} 之间的数") \
	X("Choose one of these, or give coordinates: {1}", "请从中选择，或给出坐标：{1}") \
	X("Give coordinates, or road and number as on the door plate.", "请给出坐标，或按门牌填写路名和号码。") \
	X("The place is not known by this", "凭这些信息找不到位置") \
	X("Give coordinates or an address.", "请给出坐标或地址。") \
	X("Write road and number as on the door plate, or give coordinates.", "请按门牌填写路名和号码，或给出坐标。")
#endif
