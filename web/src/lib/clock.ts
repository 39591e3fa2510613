// The clock of a request in words: "剩 3 小时（2 工时）". Plain time first, working time in brackets.
import type { CaseSummary } from '@/api/types'
import { say } from '@/i18n'

const HOUR = 3600
const DAY = 24 * HOUR

function plain(seconds: number, late: boolean) {
	const s = Math.abs(seconds)
	const [unit, n] = s >= 2 * DAY ? ['Days', Math.floor(s / DAY)] : s >= HOUR ? ['Hours', Math.floor(s / HOUR)] : ['Minutes', Math.floor(s / 60)]
	return say(late ? `cases.left.late${unit}` : `cases.left.${String(unit).toLowerCase()}`, { n })
}
function working(seconds: number) {
	const s = Math.abs(seconds)
	return s >= HOUR ? say('cases.left.work', { n: Math.floor(s / HOUR) }) : say('cases.left.workMinutes', { n: Math.floor(s / 60) })
}
export function leftWords(one: Pick<CaseSummary, 'light' | 'left_s' | 'left_work_s'>) {
	if (one.light === 'none') return say('cases.left.closed')
	if (one.light === 'paused') return say('cases.left.paused')
	if (one.left_s === null) return say('cases.left.none')
	return plain(one.left_s, one.light === 'red') + (one.left_work_s === null || Math.abs(one.left_work_s) < 60 ? '' : working(one.left_work_s))
}
