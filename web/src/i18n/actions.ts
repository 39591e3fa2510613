// What the actions of the evidence are called. Each message is [Chinese, English].
export const actions = {
	account: { list: ['查看账号', 'List accounts'], create: ['建立账号', 'Create an account'], change: ['修改账号', 'Change an account'], password: ['重置密码', 'Reset a password'], roles: ['分配角色', 'Give roles'], unlock: ['解锁账号', 'Unlock an account'], locked: ['账号被锁定', 'Account locked'], services: ['查看服务账号', 'List service accounts'] },
	key: { list: ['查看密钥', 'List keys'], create: ['新建密钥', 'Make a key'], revoke: ['撤销密钥', 'Revoke a key'] },
	catalog: {
		list: ['查看目录', 'List entries'], read: ['查看条目', 'Read an entry'], create: ['建立草稿', 'Make a draft'], save: ['保存草稿', 'Save a draft'], submit: ['提交审核', 'Submit an entry'], review: ['审核条目', 'Review an entry'], withdraw: ['撤回条目', 'Withdraw an entry'], validate: ['检查条目', 'Check an entry'],
		validate_new: ['检查新条目', 'Check a new entry'], versions: ['查看版本', 'List versions'], version: ['查看某一版', 'Read a version'], diff: ['比较版本', 'Compare versions'], elements: ['查看数据元', 'List data elements'], code_sets: ['查看代码集', 'List code sets'], code_items: ['查看代码项', 'List codes'], templates: ['查看模板', 'List templates'], publish: ['发布条目', 'Publish an entry'],
	},
	record: { read: ['读取数据', 'Read records'], list: ['查询数据', 'Query records'], get: ['查看一条数据', 'Read a record'], by_key: ['按主键查询', 'Read by key'], lookup: ['按主键核验', 'Look up by key'], schema: ['查看可用字段', 'Read the schema'], download: ['下载数据', 'Download records'] },
	target: { list: ['查看交付目标', 'List targets'], create: ['登记交付目标', 'Register a target'], test: ['测试交付目标', 'Test a target'], try: ['试连交付目标', 'Try a target'] },
	delivery: { list: ['查看交付', 'List deliveries'], get: ['查看一项交付', 'Read a delivery'], create: ['建立交付', 'Create a delivery'], run: ['执行交付', 'Run a delivery'], pause: ['暂停交付', 'Pause a delivery'], resume: ['继续交付', 'Resume a delivery'], stop: ['终止交付', 'End a delivery'], send: ['交付一批数据', 'Deliver a batch'] },
	evidence: { search: ['检索证据', 'Search evidence'], checkpoints: ['查看检查点', 'List checkpoints'], export: ['导出证据', 'Export evidence'], seal: ['封存证据', 'Seal evidence'], status: ['查看证据状态', 'Read evidence status'], recover: ['断尾恢复', 'Torn tail recovered'], damaged: ['证据损坏', 'Evidence damaged'] },
	grant: { list: ['查看授权', 'List grants'], create: ['授权', 'Grant'], get: ['查看一项授权', 'Read a grant'], revoke: ['撤销授权', 'Revoke a grant'] },
	job: { list: ['查看任务', 'List jobs'], get: ['查看一个任务', 'Read a job'], cancel: ['取消任务', 'Cancel a job'], resume: ['继续任务', 'Resume a job'] },
	exchange: { load: ['挂接数据', 'Load data'], receipt: ['下载回执', 'Read a receipt'], upload: ['上传文件', 'Upload a file'], propose: ['识别样本', 'Read a sample'], replay: ['执行回放', 'Run a replay'] },
	quarantine: { list: ['查看隔离行', 'List quarantined rows'], summary: ['查看隔离统计', 'Summarise quarantine'], get: ['查看一行隔离', 'Read a quarantined row'], mend: ['修正隔离行', 'Mend a row'], discard: ['放弃隔离行', 'Discard a row'], download: ['下载隔离表', 'Download quarantine'], mend_upload: ['上传修正表', 'Upload mended rows'], replay: ['回放隔离行', 'Replay rows'] },
	org: { list: ['查看单位', 'List organisations'], create: ['新建单位', 'Create an organisation'] },
	session: { login: ['登录', 'Log in'], logout: ['退出登录', 'Log out'], get: ['查看会话', 'Read the session'], password: ['修改密码', 'Change password'] },
	source: { list: ['查看数据源', 'List sources'], create: ['登记数据源', 'Register a source'], propose: ['识别数据库表', 'Read a table'], tables: ['查看数据库表', 'List tables'], test: ['测试数据源', 'Test a source'] },
	pack: { load: ['装入行业包', 'Load a pack'] },
	lineage: { get: ['查看血缘', 'Read lineage'], impact: ['查看影响', 'Read who is hit'] },
	life: { list: ['查看销毁清单', 'List destruction lists'], get: ['查看一份销毁清单', 'Read a destruction list'], check: ['检查保存期限', 'Look at retention'], open: ['列出销毁清单', 'Destruction list opened'], propose: ['提出销毁', 'Propose destruction'], postpone: ['延期销毁', 'Put destruction off'], review: ['复核销毁', 'Review destruction'], reopen: ['重新打开销毁清单', 'Open a list again'], destroyed: ['销毁完成', 'Destroyed'], certificate: ['下载销毁证明', 'Read a certificate'], holds: ['查看封存', 'List holds'], hold: ['封存', 'Place a hold'], lift: ['解除封存', 'Lift a hold'] },
	system: { overview: ['查看首页', 'Read the overview'], settings: ['查看设置', 'Read settings'], setting_change: ['修改设置', 'Change a setting'], packs: ['查看行业包', 'List packs'], openapi: ['查看接口文档', 'Read the API document'], events: ['接收实时更新', 'Follow live updates'], health: ['健康检查', 'Health check'], metrics: ['查看指标', 'Read metrics'] },
} as const
