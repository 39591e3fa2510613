// When something runs by itself, in words and as a form; times are of Asia/Shanghai.
import { say } from '@/i18n'

export const timetableKinds = ['daily', 'weekly', 'monthly', 'hours', 'manual'] as const
export type TimetableKind = (typeof timetableKinds)[number]
export interface WhenOne { timetable: string; every_hours: number; weekdays: number[]; month_day: number; daily_minute: number }
export const clockOf = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
export function whenOf(one: WhenOne) {
	const at = clockOf(one.daily_minute)
	if (one.timetable === 'hours') return say('when.hours', { n: one.every_hours })
	if (one.timetable === 'weekly') return say('when.weekly', { days: one.weekdays.map((day) => say('when.day.' + day)).join(say('when.and')), at })
	if (one.timetable === 'monthly') return say(one.month_day === 31 ? 'when.monthEnd' : one.month_day > 28 ? 'when.monthlyLate' : 'when.monthly', { n: one.month_day, at })
	return one.timetable === 'daily' ? say('when.daily', { at }) : say('when.manual')
}
export interface WhenForm { timetable: TimetableKind; every_hours: number; weekdays: number[]; month_day: number; clock: string }
export const timed = (form: WhenForm) => form.timetable === 'daily' || form.timetable === 'weekly' || form.timetable === 'monthly'
/** of is one that has a timetable, or the kind that a new one begins with */
export function whenForm(of: WhenOne | TimetableKind = 'daily'): WhenForm {
	const one = typeof of === 'string' ? null : of
	const form = { timetable: (one?.timetable ?? of) as TimetableKind, every_hours: one?.every_hours || 6, weekdays: one?.weekdays.length ? [...one.weekdays] : [1], month_day: one?.month_day || 1, clock: '02:00' }
	if (one && timed(form)) form.clock = clockOf(one.daily_minute)
	return form
}
export const whenGood = (form: WhenForm) => (!timed(form) || /^\d\d:\d\d$/.test(form.clock)) && (form.timetable !== 'weekly' || form.weekdays.length > 0)
export function whenBody(form: WhenForm) {
	const [hours, minutes] = form.clock.split(':').map(Number)
	return { timetable: form.timetable, ...(form.timetable === 'hours' ? { every_hours: form.every_hours } : {}), ...(form.timetable === 'weekly' ? { weekdays: [...form.weekdays].sort() } : {}), ...(form.timetable === 'monthly' ? { month_day: form.month_day } : {}), ...(timed(form) ? { daily_minute: hours * 60 + minutes } : {}) }
}
