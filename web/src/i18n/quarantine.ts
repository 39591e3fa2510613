// Quarantine: refused rows, mending, replay. Each message is [Chinese, English].
export const quarantine = {
	title: ['隔离', 'Quarantine'], lead: ['没有通过检查的行原样保存在这里：改正后回放，或写明理由放弃。', 'Rows that failed a check are kept whole: mend and replay them, or discard them with a reason.'],
	choose: ['选择资源', 'Choose a resource'], chooseText: ['隔离行按资源处理。先选择一个资源。', 'Quarantined rows are handled by resource: choose one first.'], rule: ['规则', 'Rule'], field: ['信息项', 'Field'], state: ['状态', 'State'], job: ['任务', 'Job'],
	whole: ['显示每行全部内容', 'Show every value of each row'], byRule: ['按规则统计', 'By rule'], byState: ['按状态', 'By state'], rows: ['{n} 行', '{n} rows'], empty: ['没有隔离行', 'Nothing in quarantine'], emptyText: ['这里没有需要修正的数据。', 'No data here needs mending.'], emptyFilter: ['没有符合条件的隔离行', 'No rows match'],
	col: { row: ['源行号', 'Source row'], values: ['内容', 'Values'], reasons: ['原因与建议', 'Reasons and advice'], state: ['状态', 'State'], actions: ['操作', 'Actions'] },
	mend: ['修正', 'Mend'], look: ['查看', 'Look'], mendTitle: ['修正第 {n} 行', 'Mend row {n}'], mended: ['第 {n} 行已修正，回放后入库', 'Row {n} is mended; replay stores it'], mendSave: ['保存修正', 'Save'], mendNext: ['保存并到下一行', 'Save and go to the next'], discard: ['放弃', 'Discard'], discardTitle: ['放弃第 {n} 行', 'Discard row {n}'], discardText: ['这一行不会入库，但会连同理由保留备查。', 'The row will not be stored; it is kept with the reason.'],
	replayMended: ['回放已修正的行', 'Replay mended rows'], replayCount: ['回放 {n} 行', 'Replay {n} rows'], replayRule: ['按此规则全部回放', 'Replay all of this rule'], file: ['下载 XLSX', 'Download XLSX'], fileName: ['隔离-{name}.xlsx', 'quarantine-{name}.xlsx'], fileBack: ['上传修正后的 XLSX', 'Upload the mended XLSX'],
	fileHint: ['使用下载的表格修改，保留首列编号；只认 XLSX', 'Edit the downloaded sheet and keep its id column; XLSX only'], fileDone: ['已修正 {n} 行', '{n} rows mended'], fileFailed: ['{n} 行没有接受', '{n} rows were not accepted'], masked: ['含个人信息，按脱敏显示；只有提供单位的数据专员可以看到并修改。', 'Personal values are masked; only the supplier’s data officer sees and mends them.'],
	reasonLine: ['{field}：{message}', '{field}: {message}'], more: ['另有 {n} 项', '{n} more'], selected: ['已选 {n} 行', '{n} selected'], noneMended: ['没有已修正的行', 'No mended rows'],
} as const
