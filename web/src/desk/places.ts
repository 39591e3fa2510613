// The places of the desk in its top bar, in this order: each is shown to those whom its page is open to (router.ts).
export interface DeskPlace { to: string; word: string }
export const places: DeskPlace[] = [
	{ to: '/desk', word: 'desk.board.title' },
	{ to: '/desk/12345', word: 'hotline.title' },
	{ to: '/desk/shifts', word: 'hotline.shifts.title' },
	{ to: '/desk/knowledge', word: 'hotline.knowledge.title' },
]
