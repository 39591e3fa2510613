// The desk 指挥台: shell, board, work order. Each message is [Chinese, English].
export const desk = {
	title: ['指挥台', 'Desk'], toConsole: ['工作台', 'Console'], home: ['回到指挥台', 'Back to the desk'], places: ['指挥台导航', 'Places of the desk'],
	board: {
		title: ['看板', 'Board'], queue: ['待办队列', 'Queue'], scope: ['队列范围', 'Which events'], mine: ['待我办理', 'My turn'], running: ['全部在办', 'All running'], sum: ['共 {n} 件', '{n} in all'], one: ['事件详情', 'The event'], back: ['返回队列', 'Back to the queue'],
		fresh: ['新', 'new'], marked: ['已选', 'chosen'], came: ['新到 {n} 件', '{n} new'], marks: ['已选 {n} 件（按住 Ctrl 点选或按 x 键，选两件可并案）', '{n} chosen (Ctrl and click, or x; two can be merged)'], some: ['图上是队列最前面的 {n} 件，队列向下滚动会增加', 'The first {n} of the queue; scrolling it down adds more'], unmark: ['取消选择', 'Choose none'],
		empty: ['没有等您办理的事件', 'No event waits for you'], emptyText: ['轮到您办理的事件会按剩余时间排在这里，新到的自动出现。', 'Events whose turn is yours are listed here, least time left first; new ones appear by themselves.'], choose: ['从队列或地图中选一件', 'Choose an event of the queue or the map'], chooseText: ['按 j、k 键上下移动，按 ? 键查看全部快捷键。', 'Move with j and k; ? shows all keys.'],
	},
	check: { empty: ['没有在办的核查', 'No verification runs'], emptyText: ['部门派发的信息核查会列在这里；网格无人值守的，由您派员。', 'Verifications that departments send are listed here; where nobody is on duty in the grid, you assign somebody.'], record: ['核查记录', 'The verification'] },
	key: { title: ['快捷键', 'Keys'], steps: ['当前事件可用的步骤', 'Steps of the open event'], down: ['下一件', 'Next event'], up: ['上一件', 'Previous event'], open: ['打开并转到详情', 'Open it and go to the details'], mark: ['选择，选两件可并案', 'Choose; two can be merged'], merge: ['比对并案', 'Compare and merge'], message: ['就此事发通知', 'Write about it'], order: ['打开派工单', 'Open the work order'], search: ['查找', 'Search'], help: ['查看快捷键', 'These keys'], escape: ['回到队列，取消选择', 'Back to the queue, choose none'], send: ['提交表单', 'Send a form'] },
	duty: { grid: ['网格值守：{name}', 'On duty in {name}'], now: ['现在值守', 'on duty now'] },
	message: { write: ['发消息', 'Write'], title: ['消息与回执', 'Messages and receipts'], person: ['发给个人', 'To people'], notice: ['发通知', 'Send a notice'], none: ['还没有就此事发过消息', 'Nothing was sent about it yet'] },
	order: {
		open: ['派工单', 'Work order'], title: ['城市事件派工单', 'Work order of a city event'], print: ['打印', 'Print'], toBoard: ['在看板中打开', 'Open on the board'], place: ['坐标', 'Coordinates'], notSent: ['尚未派遣', 'Not dispatched yet'], notFiled: ['尚未立案', 'Not filed yet'], sent: ['派遣', 'Dispatched'], basis: ['职责依据', 'Duty'], asPart: ['主案 {number} 分办', 'Part of {number}'], limit: ['处置时限', 'Time to handle'], due: ['到期时间', 'Due'], words: ['派遣意见', 'Remarks'],
		signer: ['签收人', 'Signed for by'], signedAt: ['签收时间', 'at'], result: ['处置结果', 'What was done'], handler: ['处置人', 'Handled by'], doneAt: ['完成时间', 'Done at'], checker: ['核查人', 'Checked by'], checkedAt: ['核查时间', 'Checked at'], printed: ['打印：{at} {who}', 'Printed {at} {who}'],
	},
} as const
