// Emergency duty: the console's words.
export const emergency = {
	title: ['应急值守', 'Emergency duty'],
	lead: ['只有在宣布的应急值守期间，列入的人员由本人开启后，才会记录位置；结束即停止，到期销毁。平时只在上报时取一次位置。', 'Positions are recorded only during a declared duty, of the people called, once they switch it on themselves; it stops with the duty and is destroyed later. At all other times a position is taken only with a report.'],
	declare: ['宣布应急值守', 'Declare'], name: ['事由', 'What happened'], nameHint: ['如：台风“贝碧嘉”防御', 'e.g. Typhoon Bebinca'],
	basis: ['依据', 'Basis'], basisHint: ['预案名称、响应级别、命令文号', 'Plan, level of response, number of the order'],
	until: ['截止时间', 'Until'], untilRule: ['最长时间由系统设置规定，更久的到期再次宣布', 'The longest term is a setting; a longer one is declared again'],
	people: ['列入人员', 'People'], peopleHint: ['按姓名或单位找', 'Find by name or organisation'], orgs: ['列入单位（含下级）', 'Organisations (and below)'],
	told: ['列入的人会收到消息，并须由本人在手机上开启。', 'They get a message, and switch it on themselves on their phones.'],
	declared: ['已宣布，通知 {n} 人', 'Declared; {n} people were told'],
	empty: ['没有应急值守', 'No emergency duty'], emptyText: ['启动应急响应时，由指挥中心负责人在这里宣布。', 'When a response begins, whoever leads the centre declares it here.'],
	open: ['进行中', 'Running'], ended: ['已结束', 'Ended'], called: ['您在列', 'You are called'],
	from: ['开始', 'Since'], endsAt: ['截止', 'Until'], by: ['宣布人', 'Declared by'], endedBy: ['结束', 'Ended'],
	end: ['结束值守', 'End it'], endText: ['结束后立即停止记录所有人的位置。不能恢复，需要时重新宣布。', 'Recording stops for everybody at once. It cannot be resumed, only declared again.'],
	gone: ['轨迹已于 {time} 销毁', 'Its tracks were destroyed at {time}'], keep: ['轨迹在结束后按规定天数销毁', 'Tracks are destroyed some days after the end, as set'],
	on: ['记录中', 'Recording'], off: ['未开启', 'Off'], last: ['最近位置', 'Last seen'], points: ['{n} 个点', '{n} points'], metres: ['精度 {n} 米', 'within {n} m'],
	track: ['轨迹', 'Track'], hide: ['收起轨迹', 'Hide the track'], onMap: ['人员位置', 'People'], nobody: ['还没有人开启位置记录', 'Nobody has switched it on yet'],
	count: ['{on} / {all} 人在记录', '{on} of {all} recording'], watched: ['查看位置和轨迹都会留痕', 'Who looks at positions and tracks is on record'], phone: ['在手机版开启', 'Switch it on on the phone page'],
} as const
