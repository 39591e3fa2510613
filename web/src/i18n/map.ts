// The city's map. Each message is [Chinese, English].
export const map = {
	title: ['一张图', 'One map'], keys: ['方向键移动，加减号缩放，回车选取或查看中心点，Esc 取消', 'Arrows move, plus and minus zoom, Enter picks or asks about the middle, Esc clears'],
	zoomIn: ['放大', 'Zoom in'], zoomOut: ['缩小', 'Zoom out'],
} as const
