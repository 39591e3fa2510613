// Quality of loads and the patrol. Each message is [Chinese, English].
export const quality = {
	title: ['数据质量', 'Data quality'], lead: ['每次挂接都按五个维度打分；分数低的排在前面。', 'Each load is scored in five dimensions; the lowest come first.'],
	score: ['总分', 'Score'], entry: ['资源', 'Resource'], findings: ['巡检发现', 'Patrol findings'], loaded: ['最近更新', 'Last load'], measured: ['打分时间', 'Scored'],
	dimension: { completeness: ['完整性', 'Completeness'], validity: ['规范性', 'Validity'], uniqueness: ['唯一性', 'Uniqueness'], consistency: ['一致性', 'Consistency'], timeliness: ['时效性', 'Timeliness'] },
	what: {
		completeness: ['必填信息项应填的格子里，空着的有几个', 'Cells of required fields, and how many are empty'], validity: ['填了的值里，不符合类型、长度、代码集、校验或范围的有几个；读不出的行也算', 'Values given, and how many break type, length, code set, check or range; unreadable rows too'],
		uniqueness: ['读到的行里，主键或唯一值重复的有几行', 'Rows read, and how many repeat a key or unique value'], consistency: ['各值都合格的行里，违反跨字段规则或引用不存在的有几行', 'Rows whose values are sound, and how many break a cross-field rule or a reference'],
		timeliness: ['承诺允许的间隔与距上次挂接的实际间隔', 'The interval the promise allows, and the time since the load before'],
	},
	formula: ['100 ×（1 − {bad} ÷ {base}）', '100 × (1 − {bad} ÷ {base})'], formulaTime: ['100 × {base} ÷ {bad}，最多 100', '100 × {base} ÷ {bad}, at most 100'], noBase: ['没有可计算的基数，不计入总分', 'Nothing to compute from; left out of the score'],
	mean: ['总分是有基数的各维度的平均值。', 'The score is the mean of the dimensions that have a base.'], hours: ['{n} 小时', '{n} h'],
	standard: ['对应 GB/T 36344—2018：规范性、完整性、一致性、时效性同名；唯一性属于其“准确性”（数据重复率）；内容是否真实和可访问性不能从一次挂接算出，可访问性由巡检的实际读取反映。', 'After GB/T 36344-2018: validity, completeness, consistency and timeliness as named there; uniqueness belongs to its accuracy (repetition). Whether contents are true cannot be computed from a load; accessibility is what the patrol’s live read shows.'],
	byField: ['按信息项', 'By field'], field: ['信息项', 'Field'], fill: ['填写率', 'Filled'], missing: ['空缺', 'Empty'], bad: ['不合格值', 'Bad values'], required: ['必填', 'Required'],
	byRule: ['不合格最多的规则', 'Rules broken most'], rule: ['规则', 'Rule'], count: ['次数', 'Times'], toQuarantine: ['看隔离行', 'See quarantined rows'], anyField: ['主键或唯一值', 'Key or unique value'], noRules: ['这次挂接没有不合格的值。', 'No value was refused in this load.'],
	trend: ['历次分数', 'Score over time'], trendText: ['{n} 次挂接，最近一次 {last} 分，最低 {low} 分', '{n} loads, the last {last}, the lowest {low}'], load: ['第 {job} 号任务，{rows} 行', 'Job {job}, {rows} rows'],
	empty: ['还没有打分', 'Not scored yet'], emptyText: ['挂接一次数据后，这里会显示分数和依据。', 'After a load, the score and what it is made of are shown here.'],
	emptyList: ['没有已发布的资源', 'No published entries'], emptyListText: ['发布并挂接数据后，这里按质量列出。', 'Entries are listed here once published and loaded.'], emptyFilter: ['没有符合条件的资源', 'Nothing matches'],
	below: ['低于', 'Below'], belowN: ['低于 {n} 分', 'Below {n}'], finding: ['巡检发现', 'Finding'], org: ['提供单位', 'Provider'], none: ['未打分', 'Not scored'],
	patrol: ['上次巡检 {at}，看了 {checked} 个资源，发现 {found} 个问题', 'Last patrol {at}: {checked} entries, {found} findings'], patrolNone: ['还没有巡检过', 'No patrol yet'], patrolNow: ['立即巡检', 'Patrol now'],
	scoreLow: ['得分 {score}，低于 {least}', 'score {score}, below {least}'],
	since: ['自 {at} 起', 'since {at}'], lateBy: ['承诺{promise}更新，已超过 {hours} 小时', 'promised {promise}, {hours} h over'], noData: ['没有挂接数据', 'nothing loaded'], emptyData: ['挂接的数据是空的', 'what is loaded is empty'],
} as const
