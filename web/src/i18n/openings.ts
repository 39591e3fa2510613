// Open data: asking, reviewing, closing, messages of the public. Each message is [Chinese, English].
export const openings = {
	title: ['数据开放', 'Open data'], tab: { openings: ['开放', 'Openings'], messages: ['公众留言', 'Messages'] }, portal: ['打开开放平台', 'Open the public pages'],
	empty: ['还没有开放申请', 'Nothing was asked yet'], emptyText: ['在目录条目的“开放”页申请：选择信息项和许可，系统检查后由大数据局审核。', 'Ask on the entry’s Open data tab: choose fields and licence; the checks run, then the data bureau reviews.'], emptyClosed: ['目录条目注明不予开放；要开放，请先修改条目的开放属性。', 'The entry says that it is not opened; change its opening term first.'], emptyFilter: ['没有符合条件的开放申请', 'No openings match'],
	col: { resource: ['资源', 'Resource'], org: ['单位', 'Organisation'], fields: ['信息项', 'Fields'], state: ['状态', 'State'], asked: ['申请', 'Asked'], use: ['查看 / 下载 / 调用', 'Views / downloads / calls'], actions: ['操作', 'Actions'] },
	more: ['全部内容', 'All of it'], approve: ['同意开放', 'Approve'], return: ['退回', 'Return'], close: ['停止开放', 'Close'], withdraw: ['撤回申请', 'Withdraw'], page: ['公众页面', 'Public page'],
	approveTitle: ['向社会开放“{name}”', 'Open “{name}” to anybody'], approveText: ['同意后立即对所有人公开，不需要登录。', 'It is public at once, without login.'],
	returnTitle: ['退回“{name}”的开放申请', 'Return the opening of “{name}”'], closeTitle: ['停止开放“{name}”', 'Close “{name}”'], closeText: ['停止后立即不能再查看和下载；已下载的文件无法收回。', 'It can no longer be viewed or downloaded; files that were taken cannot be called back.'], withdrawTitle: ['撤回“{name}”的开放申请', 'Withdraw the opening of “{name}”'],
	fact: { fields: ['开放的信息项', 'Opened fields'], licence: ['许可', 'Licence'], attribution: ['署名', 'Attribution'], frequency: ['更新承诺', 'Update promise'], subject: ['主题', 'Subject'], note: ['说明', 'Note'], asked: ['申请人', 'Asked by'], reviewed: ['审核人', 'Reviewed by'], reviewNote: ['审核意见', 'Review note'], closed: ['停止', 'Closed'], use: ['使用情况', 'Use'] },
	byAt: ['{by}，{at}', '{by}, {at}'], useText: ['查看 {views} 次，下载 {downloads} 次，接口调用 {calls} 次', '{views} views, {downloads} downloads, {calls} API calls'],
	k: {
		title: ['能否认出个人或个体', 'Could somebody be recognised'], none: ['没有选准标识符，未计算', 'No quasi-identifiers chosen: not computed'], noData: ['还没有数据，未计算', 'Nothing loaded: not computed'],
		text: ['按 {names} 分组：共 {groups} 组，最小的一组 {smallest} 行；少于 {k} 行的有 {below} 组，共 {rows} 行。', 'Grouped by {names}: {groups} groups, {smallest} rows in the smallest; {below} groups with fewer than {k} rows, {rows} rows in them.'],
		good: ['每组都不少于 {k} 行', 'Every group has {k} rows or more'], few: ['有少于 {k} 行的组：请判断这些行是否指向个人或需要保护的个体', 'Some groups have fewer than {k} rows: judge whether these rows point at persons'],
	},
	ask: {
		title: ['申请开放', 'Ask to open'], lead: ['选择向社会公开的信息项。含个人信息的、L3 及以上的、须脱敏的不能开放。', 'Choose the fields that anybody may see. Personal, L3 and higher, and masked ones cannot be open.'],
		fields: ['信息项', 'Fields'], open: ['开放', 'Open'], quasi: ['准标识符', 'Quasi-identifier'], quasiHint: ['几项合起来可能认出某个人或个体的信息项（如乡镇、年份、类型），最多 8 个', 'Fields that together may point at somebody (town, year, kind); at most 8'], all: ['全选能开放的', 'All that may be open'], none: ['全不选', 'None'],
		licence: ['许可', 'Licence'], attribution: ['署名要求', 'Attribution'], attributionHint: ['来源要求的署名文字', 'How the source is to be named'], frequency: ['更新承诺', 'Update promise'], subject: ['主题', 'Subject'], note: ['给审核人的说明', 'For the reviewer'], save: ['提交审核', 'Submit for review'], done: ['已提交，等待大数据局审核', 'Submitted to the data bureau'], noField: ['至少选择一个信息项', 'Choose at least one field'],
	},
	licences: { 'cc-by-4_0': ['知识共享 署名 4.0', 'CC BY 4.0'], 'cc0-1_0': ['知识共享 公共领域 CC0', 'CC0 1.0'], 'odc-by-1_0': ['开放数据共用 署名 1.0', 'ODC-BY 1.0'], 'odbl-1_0': ['开放数据库许可 1.0', 'ODbL 1.0'], mit: ['MIT 许可', 'MIT'], 'apache-2_0': ['Apache 许可 2.0', 'Apache 2.0'], attribution: ['按来源要求署名', 'As the source asks'] },
	subjects: { government: ['机构政务', 'Government'], geography: ['地理空间', 'Geography'], environment: ['生态环境', 'Environment'], market: ['市场监管', 'Market supervision'], transport: ['交通运输', 'Transport'], health: ['卫生健康', 'Health'], employment: ['社保就业', 'Employment and welfare'], education: ['教育科技', 'Education and science'], housing: ['城建住房', 'Housing and construction'], economy: ['财税经济', 'Economy and finance'], agriculture: ['农业农村', 'Agriculture'], energy: ['资源能源', 'Energy and resources'], safety: ['公共安全', 'Public safety'], culture: ['文化旅游', 'Culture and tourism'] },
	messages: {
		empty: ['没有公众留言', 'No messages of the public'], emptyText: ['公众在数据页面提交的问题会出现在这里，答复后可以公开。', 'Problems that people report on a dataset’s page appear here; an answer may be made public.'], waiting: ['只看未答复', 'Without an answer'], text: ['留言', 'Message'], contact: ['联系方式', 'Contact'], at: ['时间', 'Time'], answered: ['答复', 'Answer'], none: ['未答复', 'none yet'], answer: ['答复', 'Answer'], again: ['修改答复', 'Change the answer'], shown: ['在公众页面显示这条留言和答复', 'Show message and answer on the public page'], publicly: ['已公开', 'public'], privately: ['未公开', 'not public'], save: ['保存答复', 'Save the answer'], title: ['答复公众留言', 'Answer the public'],
	},
} as const
