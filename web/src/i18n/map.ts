// The city's map. Each message is [Chinese, English].
export const map = {
	title: ['一张图', 'One map'], keys: ['方向键移动，加减号缩放，回车选取或查看中心点，Esc 取消', 'Arrows move, plus and minus zoom, Enter picks or asks about the middle, Esc clears'],
	zoomIn: ['放大', 'Zoom in'], zoomOut: ['缩小', 'Zoom out'],
	layers: ['图层', 'Layers'], colourBy: ['{name}的着色依据', 'Colours of {name}'], oneColour: ['单一颜色', 'One colour'], opacity: ['{name}的不透明度', 'Opacity of {name}'], others: ['其他', 'Others'],
	fit: ['缩放到图层', 'Zoom to the layer'], time: ['时间范围', 'Time'], from: ['开始', 'From'], to: ['结束', 'To'],
	list: ['图上的数据', 'In this view'], nothing: ['当前范围内没有数据', 'Nothing lies in this view'], more: ['每个图层只列出前 {n} 条，放大可看到其余。', 'The first {n} of each layer; zoom in for the others.'],
	spot: ['此处', 'Here'], empty: ['还没有可以上图的数据', 'Nothing can be shown on the map yet'], emptyText: ['信息项里有空间图形，或有经度和纬度的数据，装载之后会出现在这里。', 'Data with a shape, or with longitude and latitude, appear here once they are loaded.'],
} as const
