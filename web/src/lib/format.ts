// Numbers, times, sizes and shares as people read them. Times are shown in Asia/Shanghai whatever the browser's zone is.
import { i18n, say } from '@/i18n'

const zone = 'Asia/Shanghai'
const parts = new Intl.DateTimeFormat('en-CA', {
	timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false,
})
function split(at: Date) {
	const found: Record<string, string> = {}
	for (const part of parts.formatToParts(at)) found[part.type] = part.value
	if (found.hour === '24') found.hour = '00'
	return found
}
export const dayOf = (at: Date) => { const p = split(at); return `${p.year}-${p.month}-${p.day}` }

/** "2026-11-22 14:05:09" */
export function fullTime(iso?: string | null) {
	if (!iso) return ''
	const at = new Date(iso)
	if (isNaN(at.getTime())) return iso
	const p = split(at)
	return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`
}

/** "14:05", "昨天 14:05", "11-20 14:05", "2025-11-20" */
export function shortTime(iso?: string | null, now = new Date()) {
	if (!iso) return '–'
	const at = new Date(iso)
	if (isNaN(at.getTime())) return iso
	const p = split(at)
	const clock = `${p.hour}:${p.minute}`
	const day = dayOf(at)
	if (day === dayOf(now)) return clock
	if (day === dayOf(new Date(now.getTime() - 86_400_000))) return say('time.yesterday', { clock })
	if (day === dayOf(new Date(now.getTime() + 86_400_000))) return say('time.tomorrow', { clock })
	return day.slice(0, 4) === dayOf(now).slice(0, 4) ? `${day.slice(5)} ${clock}` : day
}
export const dateOnly = (iso?: string | null) => iso ? dayOf(new Date(iso)) : '–'

export function count(n?: number | null) {
	return n === undefined || n === null ? '–' : n.toLocaleString('en-US')
}

export function bytes(n: number) {
	const units = ['B', 'KB', 'MB', 'GB']
	let at = 0
	while (n >= 1024 && at < units.length - 1) { n /= 1024; at++ }
	return `${at ? n.toFixed(1) : n} ${units[at]}`
}

export function duration(seconds?: number | null) {
	if (seconds === undefined || seconds === null || seconds < 0) return '–'
	if (seconds > 0 && seconds < 0.95) return say('time.instant')
	const s = Math.round(seconds)
	if (s < 60) return say('time.seconds', { n: s })
	if (s < 3600) return say('time.minutes', { m: Math.floor(s / 60), s: s % 60 })
	return say('time.hours', { h: Math.floor(s / 3600), m: Math.floor(s % 3600 / 60) })
}
export const between = (from?: string | null, to?: string | null) =>
	from ? duration(((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000) : '–'

/** How far a job is, in what it counts: a load reads bytes of a file (tables are copied to one first), all else goes by rows. */
export function progressOf(job: { kind: string; stage?: string; done: number; total?: number | null; rate?: number | null }) {
	const inBytes = job.kind === 'exchange.load' && job.stage === 'read'
	const much = (n: number) => inBytes ? bytes(n) : count(n)
	return {
		done: say(inBytes ? 'jobs.progress.doneBytes' : 'jobs.progress.done', { done: much(job.done) }),
		of: job.total ? say(inBytes ? 'jobs.progress.ofBytes' : 'jobs.progress.of', { done: much(job.done), total: much(job.total) }) : '',
		rate: job.rate ? say(inBytes ? 'jobs.progress.rateBytes' : 'jobs.progress.rate', { n: much(Math.round(job.rate)) }) : '',
	}
}

/** The share of done in total, 0..100, or null when the total is not known. */
export function percent(done: number, total?: number | null) {
	return total && total > 0 ? Math.min(100, Math.floor(done / total * 100)) : null
}

/** A value of a record or a difference, as text. */
export function show(value: unknown): string {
	if (value === null || value === undefined) return '–'
	if (typeof value === 'boolean') return say(value ? 'word.yes' : 'word.no')
	if (typeof value === 'object') return JSON.stringify(value)
	return String(value)
}

/** The end (or start) of a chosen day in Shanghai as the server wants it. */
export const endOfDay = (day: string) => `${day}T23:59:59+08:00`
export const startOfDay = (day: string) => `${day}T00:00:00+08:00`
export const language = () => i18n.global.locale.value
