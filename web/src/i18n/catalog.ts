// Catalogue: list, entry, register, review. Each message is [Chinese, English].
export const catalog = {
	title: ['数据目录', 'Data catalogue'], search: ['名称、编码、信息项', 'Name, code, field'], register: {
		title: ['登记一份数据', 'Register data'], lead: ['放入一份样本，系统读出信息项并给出建议；您核对、补全后提交审核。', 'Drop a sample: the fields are read and proposed; you correct, complete and submit them.'],
		sample: ['样本文件', 'Sample file'], name: ['资源名称', 'Name'], nameHint: ['如：企业登记基本信息', 'e.g. Registered enterprises'], code: ['资源编码', 'Code'], codeHint: ['按国家《政务信息资源目录编制指南》编码：类、项、目、细目各表一级分类，顺序号由本单位编，例如 306001001/000001。', 'After the national guide for catalogues: class, item, topic and detail are levels, the serial is yours, e.g. 306001001/000001.'], codeTaken: ['这个编码已有资源在用：', 'This code is taken by'],
		begin: ['建立草稿，核对信息项', 'Make the draft and check the fields'], without: ['没有样本，手工填写信息项', 'No sample: type the fields by hand'],
		source: ['或从数据库表读取', 'Or read a database table'], reading: ['正在读取样本…', 'Reading the sample…'], sheet: ['工作表', 'Sheet'],
		read: ['读了 {rows} 行，得到 {fields} 个信息项', '{rows} rows read, {fields} fields found'], found: ['识别结果', 'What was found'], format: ['格式', 'Format'], charset: ['编码', 'Charset'], separator: ['分隔符', 'Separator'],
	},
	codePick: {
		class: ['类', 'Class'], item: ['项（2 位）', 'Item (2)'], topic: ['目（3 位）', 'Topic (3)'], detail: ['细目（选填）', 'Detail (optional)'], serial: ['顺序号', 'Serial'], whole: ['编码：{code}', 'Code: {code}'],
		classes: { 1: ['1 基础信息资源', '1 Basic'], 2: ['2 主题信息资源', '2 Topic'], 3: ['3 部门信息资源', '3 Department'] },
		basics: { '01': ['01 人口', '01 Population'], '02': ['02 法人', '02 Legal entities'], '03': ['03 空间地理', '03 Geography'], '04': ['04 社会信用', '04 Credit'], '05': ['05 电子证照', '05 Certificates'] },
	},
	col: {
		name: ['资源名称', 'Name'], code: ['编码', 'Code'], org: ['提供单位', 'Provider'], sharing: ['共享', 'Sharing'], state: ['状态', 'State'], grade: ['最高等级', 'Highest grade'], promise: ['更新承诺', 'Update promise'],
		rows: ['行数', 'Rows'], loaded: ['最近更新', 'Last load'], freshness: ['更新情况', 'Freshness'], version: ['版本', 'Version'],
	},
	mine: ['只看本单位', 'Own organisation only'],
	empty: ['这里还没有目录条目', 'No entries yet'], emptyOfficer: ['登记后经大数据局审核发布，其他单位就能在这里找到您的数据。', 'Once registered, reviewed and published, others find your data here.'],
	emptyOther: ['各部门登记并发布的数据资源会列在这里。', 'Data that departments register and publish is listed here.'], emptyFilter: ['没有符合筛选条件的条目', 'Nothing matches these filters'],
	fact: {
		summary: ['摘要', 'Summary'], keywords: ['关键字', 'Keywords'], domain: ['领域', 'Domain'], formats: ['格式', 'Formats'], sharing: ['共享类型', 'Sharing type'], condition: ['共享条件', 'Sharing condition'], basis: ['不予共享依据', 'Legal basis'],
		ways: ['共享方式', 'Ways of sharing'], opening: ['社会开放', 'Opening'], openingCondition: ['开放条件', 'Opening condition'], promise: ['更新周期', 'Update promise'], retention: ['保存期限', 'Retention'], retentionField: ['保存期限起算', 'Retention counts from'], retentionLoad: ['装载时间', 'Time of loading'], retentionFrom: ['自“{field}”起算', 'from “{field}”'], months: ['{n} 个月', '{n} months'], forever: ['长期', 'Kept for good'], contact: ['联系人', 'Contact'],
		org: ['提供单位', 'Provider'], rows: ['数据量', 'Rows'], loaded: ['最近更新', 'Last load'], generation: ['数据代次', 'Generation'],
	},
	tab: { fields: ['信息项', 'Fields'], data: ['数据', 'Data'], jobs: ['任务', 'Jobs'], quarantine: ['隔离', 'Quarantine'], grants: ['授权', 'Grants'], life: ['生命周期', 'Life cycle'], versions: ['版本', 'Versions'] },
	next: { edit: ['继续编辑草稿', 'Go on with the draft'], change: ['修改目录', 'Change the entry'], review: ['审核', 'Review'], load: ['挂接数据', 'Load data'], grant: ['授权使用', 'Grant access'], withdraw: ['撤回', 'Withdraw'], waiting: ['已提交，等待大数据局审核', 'Submitted; the data bureau will review it'] },
	withdrawTitle: ['撤回“{name}”', 'Withdraw “{name}”'], withdrawText: ['撤回后不能再查询和授权；已有证据与版本保留。', 'It can no longer be queried or granted; evidence and versions stay.'],
	history: ['经过', 'History'], happened: { made: ['编制第 {n} 版', 'Version {n} made'], published: ['发布第 {n} 版', 'Version {n} published'], returned: ['审核退回', 'Returned by review'], granted: ['授权给“{name}”', 'Granted to “{name}”'], revoked: ['撤销对“{name}”的授权', 'Grant to “{name}” revoked'], all: ['查看全部 {n} 条', 'See all {n}'] }, created: ['{who} 建立', 'Made by {who}'], publishedBy: ['{who} 发布', 'Published by {who}'], version: ['第 {n} 版', 'Version {n}'], draftOnly: ['尚未发布', 'Not published yet'],
	returned: ['审核退回：{note}', 'Returned: {note}'], returnedBy: ['{by}，{at}', '{by}, {at}'],
	field: {
		no: ['序', 'No'], name: ['字段名', 'Field name'], title: ['信息项名称', 'Title'], source: ['原列名', 'Source column'], kind: ['类型', 'Kind'], length: ['长度', 'Length'], scale: ['小数位', 'Scale'], key: ['主键', 'Key'], required: ['必填', 'Required'], unique: ['唯一', 'Unique'], indexed: ['索引', 'Indexed'],
		element: ['数据元', 'Data element'], grade: ['等级', 'Grade'], mask: ['脱敏', 'Mask'], check: ['校验', 'Check'], codeSet: ['代码集', 'Code set'], min: ['下限', 'Minimum'], max: ['上限', 'Maximum'], dateField: ['区划有效日取自', 'Date field for divisions'], ref: ['关联', 'Reference'], refHint: ['资源编码.字段名', 'code.field'],
		doc: ['说明', 'Notes'], examples: ['样例', 'Examples'], why: ['建议理由', 'Why proposed'], add: ['添加信息项', 'Add a field'], remove: ['移除信息项 {name}', 'Remove field {name}'], detail: ['{name} 的更多属性', 'More about {name}'], up: ['上移', 'Move up'], down: ['下移', 'Move down'],
		marks: ['约束', 'Constraints'], none: ['还没有信息项', 'No fields yet'], noneText: ['用样本生成，或逐个添加。', 'Take them from a sample, or add them one by one.'], range: ['取值范围 {min} – {max}', 'Range {min} – {max}'], maskMissing: ['L3/L4 建议设脱敏', 'L3/L4 should be masked'],
	},
	rules: {
		title: ['跨字段规则', 'Cross-field rules'], lead: ['用字段名写条件，不满足的行会被隔离。例如：end_date >= start_date', 'Write a condition over field names; rows that fail it are quarantined. e.g. end_date >= start_date'],
		name: ['规则名', 'Rule name'], expression: ['条件', 'Condition'], message: ['不满足时的说明', 'Message when it fails'], add: ['添加规则', 'Add a rule'],
	},
	edit: {
		title: ['编制目录', 'Edit entry'], steps: { fields: ['1 信息项', '1 Fields'], facts: ['2 目录信息', '2 Catalogue facts'], submit: ['3 核对提交', '3 Check and submit'] },
		saved: ['草稿已保存 {at}', 'Draft saved {at}'], saving: ['正在保存…', 'Saving…'], unsaved: ['有未保存的修改', 'Changes not saved yet'], failed: ['草稿未能保存，内容已留在本机', 'The draft could not be saved; it is kept in this browser'],
		restored: ['已恢复上次离开时未保存的内容。', 'What was not saved last time has been restored.'], discard: ['放弃本机内容', 'Drop the restored text'], next: ['下一步', 'Next'], checkNow: ['检查', 'Check'], submit: ['提交审核', 'Submit for review'],
		ready: ['没有发现问题，可以提交。', 'No problems found; it can be submitted.'], problems: ['有 {n} 处需要改正后才能提交', '{n} things to correct before submitting'], ways: ['共享方式', 'Ways of sharing'], submitted: ['已提交审核', 'Submitted for review'],
		keywordsHint: ['用逗号分隔', 'separated by commas'], months: ['个月', 'months'], basisHint: ['写明法律、法规或政策依据的名称与条款', 'Name the law or rule and its clause'], summaryHint: ['这份数据是什么、来自哪项业务、能用来做什么', 'What it is, which work it comes from, what it is good for'],
		compare: ['与第 {n} 版相比的改动', 'Changes since version {n}'], preview: ['提交内容', 'What will be submitted'], count: ['{fields} 个信息项，{rules} 条规则', '{fields} fields, {rules} rules'],
	},
	review: {
		title: ['审核目录', 'Review entry'], difference: ['改动', 'Changes'], publish: ['发布', 'Publish'], back: ['退回', 'Return'], note: ['审核意见', 'Note'], noteNeed: ['退回必须写明原因', 'Returning needs a note'], changes: ['与已发布第 {n} 版的差异', 'Differences to published version {n}'], firstTime: ['首次发布，没有可比较的版本。', 'First publication: nothing to compare with.'],
		checks: ['系统检查', 'Checks'], checksGood: ['系统检查：没有发现问题', 'Checks: no problems found'], published: ['已发布', 'Published'], returned: ['已退回', 'Returned'], whole: ['目录全文', 'The whole entry'], notWaiting: ['这一条目前不在待审核状态', 'This entry does not wait for review'],
	},
	diff: { path: ['位置', 'Where'], from: ['原来', 'Before'], to: ['现在', 'Now'], none: ['没有差异', 'No differences'], added: ['新增', 'added'], removed: ['删除', 'removed'], show: ['查看差异', 'Show differences'], left: ['较早版本', 'Earlier'], right: ['较新版本', 'Later'] },
	versions: { none: ['还没有版本', 'No versions yet'], author: ['编制', 'Author'], reviewer: ['审核', 'Reviewer'], created: ['建立时间', 'Made'], published: ['发布时间', 'Published'], note: ['意见', 'Note'] },
	data: {
		title: ['试用查询', 'Try-out'], noGrant: ['您的单位还没有这份数据的授权', 'Your organisation has no grant for this data yet'], noGrantText: ['请向提供单位“{org}”申请，说明需要哪些信息项、用途和期限；授权后这里就能查询。', 'Ask the supplier “{org}”: which fields, for what, for how long. Once granted you can query here.'], request: ['申请使用“{name}”（{code}）\n信息项：\n用途：\n依据：\n期限：\n{at}', 'Request to use “{name}” ({code})\nFields:\nPurpose:\nBasis:\nUntil:\n{at}'], requestCopy: ['复制申请内容', 'Copy a request to fill in'], list: ['按条件列出', 'List by filter'], key: ['按主键查一条', 'One by key'], run: ['查询', 'Query'], addFilter: ['添加条件', 'Add a condition'], field: ['字段', 'Field'], op: ['关系', 'Relation'], value: ['值', 'Value'], sort: ['排序', 'Sort'], descending: ['降序', 'Descending'], columns: ['返回字段', 'Fields'],
		masked: ['已脱敏', 'masked'], maskedNote: ['灰底字段按授权脱敏显示，不能用来筛选或排序。', 'Shaded fields are masked and cannot be filtered or sorted.'], curl: ['接口调用示例', 'The same call with curl'], none: ['没有符合条件的记录', 'No records match'], notYet: ['还没有挂接数据', 'No data loaded yet'],
		notYetText: ['挂接数据并对账成功后，这里可以查询。', 'Once data is loaded and reconciled it can be queried here.'], keyNote: ['密钥放在环境变量 YIWANG_KEY 中，不要写进脚本。', 'Keep the key in the variable YIWANG_KEY, not in scripts.'], personal: ['主键含个人信息，用 POST 查询，值不会出现在网址和日志里。', 'The key is personal: it is sent by POST, so the value is in no address or log.'], found: ['返回 {n} 条', '{n} records'], inForm: ['多个值用逗号分隔', 'separate values by commas'], likeForm: ['前缀加 *', 'prefix and *'],
	},
	op: { eq: ['等于', 'is'], ne: ['不等于', 'is not'], gte: ['不小于', 'at least'], lte: ['不大于', 'at most'], gt: ['大于', 'more than'], lt: ['小于', 'less than'], in: ['属于', 'one of'], like: ['开头是', 'begins with'], null: ['为空', 'is empty'] },
} as const
