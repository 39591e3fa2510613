// The desk 指挥台: shell and board. Each message is [Chinese, English].
export const desk = {
	title: ['指挥台', 'Desk'], toConsole: ['工作台', 'Console'], home: ['回到指挥台', 'Back to the desk'], places: ['指挥台导航', 'Places of the desk'],
	board: { title: ['看板', 'Board'] },
} as const
