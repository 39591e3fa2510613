// Jobs: start a load, progress, receipt. Each message is [Chinese, English].
export const jobs = {
	title: ['任务', 'Jobs'], empty: ['还没有任务', 'No jobs yet'], emptyText: ['挂接数据、回放隔离行都会在这里留下任务和回执。', 'Loading data and replaying rows leave jobs and receipts here.'], emptyFilter: ['没有符合条件的任务', 'No jobs match'],
	mine: ['我发起的', 'Started by me'], chooseEntry: ['到目录选择要挂接的资源', 'Choose the resource in the catalogue'],
	col: { kind: ['任务', 'Job'], resource: ['资源', 'Resource'], state: ['状态', 'State'], progress: ['进度', 'Progress'], started: ['开始', 'Started'], took: ['用时', 'Took'], result: ['结果', 'Result'] },
	kind: { exchange: { load: ['挂接数据', 'Load'], replay: ['回放隔离行', 'Replay'] } },
	load: {
		title: ['挂接数据', 'Load data'], lead: ['文件或数据库表中的行按目录逐行检查；不合格的行进入隔离，其余入库。两边条数与摘要一致才算完成。', 'Each row is checked against the entry; refused rows go to quarantine, the rest is stored. It is done only when counts and digests agree on both sides.'],
		from: ['数据来自', 'Data from'], file: ['上传文件', 'A file'], database: ['PostgreSQL 数据库', 'A PostgreSQL database'], source: ['数据源', 'Source'], table: ['表', 'Table'], mode: ['方式', 'Mode'],
		full: ['全量：以这份数据为准，缺少的行会删除', 'Full: this is everything; rows not in it are deleted'], upsert: ['增改：按主键新增或更新，不删除', 'Upsert: add or update by key, delete nothing'], watermark: ['增量：只取水位字段之后的行', 'By watermark: only rows after the last value of a field'],
		watermarkField: ['水位列', 'Watermark column'], mapping: ['列的对应', 'Columns'], mappingLead: ['默认按原列名对应；对不上的请在这里选择。', 'Matched by source column name; choose where that does not fit.'], missing: ['不提供', 'not given'],
		sheet: ['工作表', 'Sheet'], start: ['开始挂接', 'Start the load'], seen: ['识别为 {format}，{charset}，读了 {rows} 行', '{format}, {charset}, {rows} rows read'], requiredMissing: ['必填信息项没有对应的列：{names}', 'Required fields without a column: {names}'],
	},
	stage: {
		spool: ['接收', 'Receive'], read: ['读取与检查', 'Read and check'], unique: ['查重', 'Duplicates'], compare: ['比对', 'Compare'], index: ['建索引', 'Index'], read_back: ['回读对账', 'Read back'], swap: ['切换', 'Swap'], done: ['完成', 'Done'],
	},
	progress: { of: ['{done} / {total} 行', '{done} / {total} rows'], done: ['{done} 行', '{done} rows'], rate: ['{n} 行/秒', '{n} rows/s'], left: ['剩约 {time}', 'about {time} left'], took: ['已用 {time}', '{time} so far'], waiting: ['等待开始', 'Waiting to start'], attempt: ['第 {n} 次运行', 'Run {n}'], messages: ['最近消息', 'Last messages'], log: ['运行记录', 'Log'], noLog: ['没有消息', 'No messages'], stopping: ['正在取消…', 'Cancelling…'] },
	cancel: ['取消任务', 'Cancel the job'], cancelTitle: ['取消这个任务？', 'Cancel this job?'], cancelText: ['已写入的部分不会对外可见；之后可以从断点继续。', 'What was written stays hidden; the job can be resumed where it stopped.'], keep: ['继续运行', 'Keep running'],
	resume: ['从断点继续', 'Resume'], failed: ['任务失败', 'The job failed'], cancelled: ['任务已取消，未改动对外数据', 'Cancelled; the data in use was not changed'],
	receipt: {
		title: ['批次回执', 'Batch receipt'], lead: ['两边条数与摘要一致', 'Counts and digests agree on both sides'], differ: ['两边不一致', 'The sides differ'], read: ['读取', 'Read'], inserted: ['新增', 'Inserted'], updated: ['更新', 'Updated'], unchanged: ['未变', 'Unchanged'], refused: ['隔离', 'Refused'], superseded: ['被后行替代', 'Superseded'], deleted: ['删除', 'Deleted'], normalised_values: ['规范化的值', 'Normalised values'],
		sum: ['读取 = 新增 + 更新 + 未变 + 隔离 + 被替代', 'Read = inserted + updated + unchanged + refused + superseded'], source: ['来源摘要', 'Source digest'], target: ['入库摘要', 'Target digest'], snapshot: ['来源快照', 'Source snapshot'], from: { kind: ['类型', 'Kind'], name: ['文件名', 'Name'], sha256: ['SHA-256', 'SHA-256'], size: ['字节数', 'Bytes'], schema: ['模式', 'Schema'], table: ['表', 'Table'], source: ['数据源', 'Source'], server: ['服务器', 'Server'], txid: ['事务号', 'Transaction'], at: ['时刻', 'At'], lsn: ['日志位置', 'Log position'], watermark: ['水位', 'Watermark'], rows: ['行数', 'Rows'] }, download: ['下载回执', 'Download the receipt'], verify: ['如何核验', 'How to verify'],
		verifyText: ['回执带签名。提供方和接收方都可以用下面的命令离线核验；改动任何一个数字都会被发现。', 'The receipt is signed. Supplier and receiver can both check it offline; any changed figure is found.'], toQuarantine: ['去修正 {n} 行隔离数据', 'Mend {n} quarantined rows'],
	},
} as const
