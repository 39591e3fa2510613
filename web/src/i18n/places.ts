// Other words by which people look for a place of the console. Each message is [Chinese, English].
export const places = {
	overview: ['待办', 'todo home'],
	catalog: ['资源', 'resource'],
	register: ['新建 注册 上传 样本', 'new upload sample'],
	catalog_state_review: ['审核 发布 退回', 'review publish'],
	jobs: ['挂接 加载 回执', 'load receipt'],
	jobs_state_failed: ['出错', 'error'],
	quarantine: ['修正 回放 错误', 'mend replay'],
	grants: ['共享 使用', 'share'],
	grants_tab_accounts: ['接口', 'api key'],
	evidence: ['审计 日志', 'audit log'],
	evidence_tab_checkpoints: ['封存', 'seal'],
	evidence_tab_export: ['离线', 'offline'],
	people: ['人员 角色 密码 解锁', 'role password unlock'],
	people_tab_orgs: ['部门', 'department'],
	settings: ['参数', 'option'],
	settings_tab_sources: ['数据库', 'postgres database'],
} as const
