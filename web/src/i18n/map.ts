// The city's map. Each message is [Chinese, English].
export const map = {
	title: ['一张图', 'One map'], keys: ['方向键移动，加减号缩放，回车选取或查看中心点，Esc 取消', 'Arrows move, plus and minus zoom, Enter picks or asks about the middle, Esc clears'],
	zoomIn: ['放大', 'Zoom in'], zoomOut: ['缩小', 'Zoom out'],
	layers: ['图层', 'Layers'], colourBy: ['{name}的着色依据', 'Colours of {name}'], oneColour: ['单一颜色', 'One colour'], opacity: ['{name}的不透明度', 'Opacity of {name}'], others: ['其他', 'Others'],
	fit: ['缩放到图层', 'Zoom to the layer'], time: ['时间范围', 'Time'], from: ['开始', 'From'], to: ['结束', 'To'],
	list: ['图上的数据', 'In this view'], nothing: ['当前范围内没有数据', 'Nothing lies in this view'], more: ['每个图层只列出前 {n} 条，放大可看到其余。', 'The first {n} of each layer; zoom in for the others.'],
	byStyle: ['按提供方样式', 'As the supplier set it'], events: ['事件', 'Events'], editStyle: ['设置样式', 'Set the style'], eventOpen: ['打开事件', 'Open the event'],
	event: {
		stage: ['办理阶段', 'Stage'], running: ['在办', 'Running'], ended: ['已结束', 'Ended'], all: ['全部', 'All'], anyClass: ['全部分类', 'Any class'], anyLight: ['全部时限', 'Any light'],
		total: ['共 {n} 件事件', '{n} events'], here: ['此处 {n} 件事件', '{n} events on this spot'], wholeView: ['显示整个范围', 'The whole view'], newest: ['只列出最近 {n} 件，放大或点击聚合数可看到其余。', 'The newest {n}; zoom in, or click a number, for the others.'],
		reported: ['上报时间', 'Reported'], place: ['位置', 'Place'],
	},
	slider: { title: ['时间轴', 'Time slider'], play: ['播放', 'Play'], pause: ['暂停', 'Pause'], size: ['每步', 'Step'], sizes: { day: ['日', 'Day'], week: ['周', 'Week'], month: ['月', 'Month'] }, all: ['全部时间', 'All times'], allTimes: ['显示全部时间', 'Show all times'] },
	style: {
		title: ['{name}的样式', 'Style of {name}'], field: ['分级信息项', 'Field'], method: ['分级方法', 'Classes by'], methods: { unique: ['唯一值', 'Values'], quantile: ['等量', 'Equal numbers'], equal: ['等距', 'Equal ranges'] },
		count: ['级数', 'Classes'], classify: ['按实际数据分级', 'Classes from the data'], colour: ['颜色', 'Colour'], colourOf: ['{name}的颜色', 'Colour of {name}'], words: ['第 {n} 级的图例文字', 'Words of class {n}'],
		shapeOf: ['{name}的图标', 'Mark of {name}'], shapes: { circle: ['圆', 'Circle'], square: ['方', 'Square'], triangle: ['三角', 'Triangle'], diamond: ['菱形', 'Diamond'], star: ['星', 'Star'] },
		drop: ['去掉{name}', 'Drop {name}'], size: ['大小', 'Size'], width: ['线宽', 'Width'], label: ['标注', 'Label'], none: ['不标注', 'None'],
		base: ['作为各张地图的底图', 'Under every map'], notBase: ['不作底图', 'No'], baseFrom: { 0: ['始终显示', 'Always'], 11: ['全市比例起', 'From the whole city on'], 14: ['街区比例起', 'From quarters on'], 16: ['楼栋比例起', 'From buildings on'] },
		note: ['修改说明', 'What was changed'], save: ['保存为新版本', 'Save as a new version'],
		versions: ['版本', 'Versions'], take: ['取用', 'Take'], takeUp: ['取用版本 {n}', 'Take version {n}'],
	},
	spot: ['此处', 'Here'], outside: ['不在任何网格内', 'In no area'], duty: ['值守：{name}', 'On duty: {name}'], empty: ['还没有可以上图的数据', 'Nothing can be shown on the map yet'], emptyText: ['信息项里有空间图形，或有经度和纬度的数据，装载之后会出现在这里。', 'Data with a shape, or with longitude and latitude, appear here once they are loaded.'],
} as const
