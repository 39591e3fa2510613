/* Rows of messages.h for what emergency says. */
#ifndef YIWANG_CORE_MESSAGES_EMERGENCY_H
#define YIWANG_CORE_MESSAGES_EMERGENCY_H
/* Tables: a row a line. */
/* clang-format off */
#define MESSAGES_EMERGENCY(X) \
	X("There is no such emergency duty among those you may see", "您能看到的应急值守中没有这一条") \
	X("An emergency duty ends in the future, and within {1} hours", "应急值守的结束时间须晚于现在，且在 {1} 小时以内") \
	X("Choose an end within that time; a longer one is declared again.", "请选在这段时间内；需要更久的，到时再次宣布。") \
	X("It needs a name and a basis", "须写明名称和依据") \
	X("Say what happened, and the plan or order that it rests on.", "请写明发生了什么，以及所依据的预案、响应级别或命令。") \
	X("These are not lists of people and organisations", "人员或单位名单的格式不对") \
	X("Name at most 500 people and 50 organisations.", "最多 500 人、50 个单位。") \
	X("This is nobody who can be called to an emergency duty", "这个账户不能列入应急值守") \
	X("Choose active people who report, handle or dispatch events, or organisations that have such.", "请选在用的、上报处置或派遣事件的人员，或有这类人员的单位。") \
	X("Nobody is called to this emergency duty", "没有列入任何人员") \
	X("Name people, or organisations that have people on site.", "请选人员，或选有一线人员的单位。") \
	X("An emergency duty is for 500 people at most", "一次应急值守最多 500 人") \
	X("Declare it for fewer; several can run at once.", "请减少人数；可以同时宣布几次。") \
	X("Whoever leads the centre that declared it ends it", "只有宣布它的指挥中心的负责人可以结束") \
	X("This emergency duty has ended already", "这次应急值守已经结束") \
	X("This emergency duty has ended", "这次应急值守已经结束") \
	X("Nothing is recorded any more; nothing is to be done.", "已停止记录，无需操作。") \
	X("Only whoever was called to it switches the recording of his position on or off", "只有列入值守的本人可以开启或停止自己的位置记录") \
	X("Point {1} cannot be read: {2}", "第 {1} 个位置点无法读取：{2}") \
	X("Give each {age: seconds ago, lon, lat: CGCS2000 degrees, accuracy: metres, 0 to 100000}.", "每个点写成 {age：几秒前，lon、lat：CGCS2000 经纬度，accuracy：精度（米，0 到 100000）}。") \
	X("The recording of your position is off", "您的位置记录没有开启") \
	X("Switch it on first; nobody else can.", "请先由本人开启。") \
	X("These are not 1 to 200 points", "位置点须为 1 到 200 个") \
	X("Send 1 to 200 points at a time.", "每次发送 1 到 200 个点。") \
	X("A track is read by whoever leads the centre that declared the duty, and by oneself", "轨迹只有宣布值守的指挥中心和本人可以查看") \
	X("hours that an emergency duty lasts at most; a longer one is declared again", "一次应急值守最长几小时；更久的到时再次宣布") \
	X("days after its end when the tracks of an emergency duty are destroyed", "应急值守结束几天后销毁轨迹")
#endif
