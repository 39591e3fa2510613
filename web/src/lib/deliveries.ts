// When a delivery runs and where to, in words.
import { say } from '@/i18n'
export const clockOf = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
export const whenOf = (one: { timetable: string; every_hours: number; daily_minute: number }) =>
	one.timetable === 'hours' ? say('deliveries.when.hours', { n: one.every_hours }) : one.timetable === 'daily' ? say('deliveries.when.daily', { at: clockOf(one.daily_minute) }) : say('deliveries.when.manual')
/** A table, or the folder that files go to. */
export const placeOf = (one: { format: string; schema: string; table: string }) => one.format ? `${one.table}/ (${say('catalog.down.' + one.format)})` : `${one.schema}.${one.table}`
