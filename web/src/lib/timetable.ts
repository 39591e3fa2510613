// When something runs by itself, in words and as a form; times are of Asia/Shanghai.
import { say } from '@/i18n'

export type TimetableKind = 'daily' | 'weekly' | 'hours' | 'manual'
export const clockOf = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
export function whenOf(one: { timetable: string; every_hours?: number; weekday?: number; daily_minute: number }) {
	const at = clockOf(one.daily_minute)
	if (one.timetable === 'hours') return say('when.hours', { n: one.every_hours ?? 0 })
	if (one.timetable === 'weekly') return say('when.weekly', { day: say('when.day.' + one.weekday), at })
	return one.timetable === 'daily' ? say('when.daily', { at }) : say('when.manual')
}
export interface WhenForm { timetable: TimetableKind; every_hours: number; weekday: number; clock: string }
export const whenForm = (one: Partial<Omit<WhenForm, 'timetable'>> & { timetable?: string; daily_minute?: number } = {}): WhenForm =>
	({ timetable: (one.timetable ?? 'daily') as TimetableKind, every_hours: one.every_hours || 6, weekday: one.weekday || 1, clock: one.timetable === 'daily' || one.timetable === 'weekly' ? clockOf(one.daily_minute ?? 120) : '02:00' })
const timed = (form: WhenForm) => form.timetable === 'daily' || form.timetable === 'weekly'
export const whenGood = (form: WhenForm) => !timed(form) || /^\d\d:\d\d$/.test(form.clock)
export function whenBody(form: WhenForm) {
	const [hours, minutes] = form.clock.split(':').map(Number)
	return { timetable: form.timetable, ...(form.timetable === 'hours' ? { every_hours: form.every_hours } : {}), ...(form.timetable === 'weekly' ? { weekday: form.weekday } : {}), ...(timed(form) ? { daily_minute: hours * 60 + minutes } : {}) }
}
