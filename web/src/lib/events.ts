// What pages of city events share: a row's clock as ClockText takes it, features for the map, the names of classes.
import { useQuery } from '@tanstack/vue-query'
import { events } from '@/api'
import type { CaseSummary, EventClass, EventRow } from '@/api/types'
import { say, sayTitle } from '@/i18n'
import type { FeatureCollection, MapStyle } from '@/components/map/types'

export const clockOf = (row: { light: EventRow['light']; due_at: string | null; paused_at?: string | null }) =>
	({ ...row, left_s: row.due_at ? Math.round((Date.parse(row.due_at) - Date.now()) / 1000) : null, left_work_s: null }) as unknown as CaseSummary
export const useClasses = (enabled = true) => useQuery({ queryKey: ['event-classes'], queryFn: events.classes, staleTime: 300_000, enabled })
export const className = (classes: EventClass[] | undefined, code: string) => {
	const found = classes?.find((one) => one.code === code)
	return found ? sayTitle(found.title, found.title_en) : code
}
/** Colours of the list's lights, each with a shape of its own. */
export const lightStyle: MapStyle = { field: 'light', size: 8, steps: [
	{ value: 'green', colour: '#1b7f4d', shape: 'circle' }, { value: 'amber', colour: '#b26a00', shape: 'triangle' }, { value: 'red', colour: '#b3261e', shape: 'square' },
	{ value: 'paused', colour: '#5b6675', shape: 'diamond' }, { value: 'none', colour: '#8a94a3', shape: 'circle' } ] }
export const featuresOf = (rows: { case_id: string; lon: number | null; lat: number | null; light?: string }[]): FeatureCollection => ({ type: 'FeatureCollection',
	features: rows.filter((row) => row.lon !== null && row.lat !== null).map((row) => ({ type: 'Feature', id: row.case_id, geometry: { type: 'Point', coordinates: [row.lon, row.lat] }, properties: { light: row.light ?? 'green' } })) })
export const limitWords = (limit?: Record<string, number>) => {
	const [unit, n] = Object.entries(limit ?? {})[0] ?? []
	return unit ? `${n} ${say('cases.process.units.' + unit)}` : '–'
}
