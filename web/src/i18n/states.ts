// Names of states and of the closed word lists of the catalogue. Each message is [Chinese, English].
export const states = {
	resource: { draft: ['草稿', 'Draft'], review: ['待审核', 'In review'], returned: ['已退回', 'Returned'], published: ['已发布', 'Published'], withdrawn: ['已撤回', 'Withdrawn'] },
	freshness: { fresh: ['按时更新', 'On time'], late: ['更新超期', 'Overdue'], none: ['未挂接', 'No data'] },
	job: { queued: ['排队中', 'Queued'], running: ['运行中', 'Running'], reconciled: ['已对账', 'Reconciled'], failed: ['失败', 'Failed'], cancelled: ['已取消', 'Cancelled'] },
	quarantine: { open: ['待修正', 'Open'], mended: ['已修正', 'Mended'], replayed: ['已回放', 'Replayed'], discarded: ['已放弃', 'Discarded'] },
	grant: { live: ['有效', 'Live'], future: ['未生效', 'Not yet'], expired: ['已到期', 'Expired'], revoked: ['已撤销', 'Revoked'] },
	life: { open: ['待提出', 'To propose'], proposed: ['待复核', 'In review'], running: ['销毁中', 'Running'], failed: ['失败', 'Failed'], cancelled: ['已取消', 'Cancelled'], postponed: ['已延期', 'Put off'], destroyed: ['已销毁', 'Destroyed'], void: ['已无数据', 'Nothing left'] },
	account: { active: ['正常', 'Active'], disabled: ['已停用', 'Disabled'], locked: ['已锁定', 'Locked'] },
	org: { active: ['正常', 'Active'], closed: ['已停用', 'Closed'], disabled: ['已停用', 'Disabled'] },
	seal: { sealed: ['已封存', 'Sealed'], unsealed: ['待封存', 'Not sealed'] },
	sharing: { unconditional: ['无条件共享', 'Shared freely'], conditional: ['有条件共享', 'Shared on conditions'], none: ['不予共享', 'Not shared'] },
	opening: { open: ['开放', 'Open'], conditional: ['有条件开放', 'Open on conditions'], closed: ['不开放', 'Not open'] },
	promise: { realtime: ['实时', 'Real time'], daily: ['每日', 'Daily'], weekly: ['每周', 'Weekly'], monthly: ['每月', 'Monthly'], quarterly: ['每季度', 'Quarterly'], yearly: ['每年', 'Yearly'], irregular: ['不定期', 'Irregular'] },
	way: { api: ['接口', 'API'], download: ['下载', 'Download'], batch: ['批量交换', 'Batch exchange'] },
	kind: { text: ['文本', 'Text'], integer: ['整数', 'Integer'], decimal: ['定点小数', 'Decimal'], double: ['浮点数', 'Double'], date: ['日期', 'Date'], time: ['时间', 'Time'], boolean: ['是否', 'Yes/no'], code: ['代码', 'Code'], geometry: ['空间图形', 'Geometry'] },
	check: {
		none: ['不校验', 'None'], gb11643: ['身份证号 GB 11643', 'Citizen number GB 11643'], gb32100: ['统一社会信用代码 GB 32100', 'Credit code GB 32100'], gb11714: ['组织机构代码 GB 11714', 'Organisation code GB 11714'],
		gb2260: ['行政区划 GB/T 2260', 'Division GB/T 2260'], mobile: ['手机号', 'Mobile number'], plate: ['车牌 GA 36', 'Plate GA 36'], email: ['电子邮箱', 'E-mail'], longitude: ['经度', 'Longitude'], latitude: ['纬度', 'Latitude'],
	},
	mask: {
		none: ['不脱敏', 'None'], all: ['全部遮盖', 'Hide all'], name: ['姓名', 'Name'], id: ['证件号', 'Id number'], phone: ['电话', 'Phone'], address: ['地址', 'Address'], year: ['只留年份', 'Year only'], round: ['取整', 'Rounded'], hash: ['加密散列', 'Keyed hash'],
	},
	grade: { 1: ['L1 公开', 'L1 public'], 2: ['L2 内部', 'L2 internal'], 3: ['L3 敏感', 'L3 sensitive'], 4: ['L4 高敏感', 'L4 highly sensitive'] },
	role: {
		system_admin: ['系统管理员', 'System administrator'], security_admin: ['安全管理员', 'Security administrator'], auditor: ['审计员', 'Auditor'], data_bureau: ['大数据局', 'Data bureau'],
		data_officer: ['数据专员', 'Data officer'], reader: ['查阅人员', 'Reader'], service: ['服务账号', 'Service account'],
	},
	permit: {
		'system': ['系统管理', 'System'], 'security': ['安全管理', 'Security'], 'audit': ['审计', 'Audit'], 'catalog': { read: ['查看目录', 'Read the catalogue'], edit: ['编制目录', 'Edit entries'], review: ['审核目录', 'Review entries'] },
		'load': ['挂接数据', 'Load data'], 'jobs': { read: ['查看任务', 'See jobs'] }, 'grant': ['授权', 'Grant'], 'data': { read: ['查询数据', 'Query data'] }, 'keys': ['管理密钥', 'Manage keys'], 'accounts': { read: ['查看账号', 'See accounts'] },
	},
	accountKind: { person: ['个人', 'Person'], service: ['服务账号', 'Service account'] },
	mode: { clear: ['明文', 'Clear'], masked: ['脱敏', 'Masked'], full: ['全量', 'Full'], upsert: ['增改', 'Upsert'], watermark: ['增量', 'By watermark'] },
	rule: {
		gb11643: ['身份证号不合 GB 11643', 'Citizen number fails GB 11643'], gb32100: ['信用代码不合 GB 32100', 'Credit code fails GB 32100'], gb11714: ['组织机构代码不合 GB 11714', 'Organisation code fails GB 11714'],
		gb2260: ['区划代码当日无效', 'Division not in force'], required: ['必填项为空', 'Required value missing'], type: ['类型不对', 'Wrong type'], kind: ['类型不对', 'Wrong type'], length: ['超长', 'Too long'], too_long: ['超长', 'Too long'],
		min: ['小于下限', 'Below the minimum'], max: ['大于上限', 'Above the maximum'], range: ['超出范围', 'Out of range'], code_set: ['不在代码集内', 'Not in the code set'], unique: ['值重复', 'Duplicate value'], duplicate_key: ['主键重复', 'Duplicate key'],
		key: ['主键重复', 'Duplicate key'], ref: ['关联资源中没有', 'No such reference'], reference: ['关联资源中没有', 'No such reference'], expression: ['不满足跨字段规则', 'Cross-field rule fails'], nul: ['含空字符', 'NUL byte'], columns: ['列数不对', 'Wrong number of columns'], mobile: ['手机号不对', 'Bad mobile number'],
		plate: ['车牌号不对', 'Bad plate'], email: ['邮箱不对', 'Bad e-mail'], longitude: ['经度超范围', 'Bad longitude'], latitude: ['纬度超范围', 'Bad latitude'], column: ['缺少对应的列', 'No column for it'], no_grant: ['没有授权', 'No grant'], version: ['内容已被改动', 'Changed meanwhile'], ragged: ['列数不对', 'Wrong number of columns'], encoding: ['编码错误', 'Bad encoding'],
	},
} as const
