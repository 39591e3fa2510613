// The map's layer of events: what lies in the window and passes the filters, as the server counts it; points that lie on one spot stand
// as one mark with their number.
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { eventMap, eventMonths, type EventMapInput } from '@/api.gen'
import { featureKey, type Feature, type FeatureCollection } from '@/components/map/types'
import { useAddress } from './url'

export const EVENTS = 'events' // a layer of its own beside the resources
export type MapView = { extent: [number, number, number, number]; zoom: number }
const DAY = 86_400_000
const dayAfter = (day: string) => new Date(Date.parse(day + 'T00:00:00Z') + DAY).toISOString().slice(0, 10)

/** A world that is wider than the globe, or beside it, is asked for only where it is. */
function boxOf(view: MapView | null) {
	if (!view) return ''
	const [west, south, east, north] = [Math.max(-180, view.extent[0]), Math.max(-90, view.extent[1]), Math.min(180, view.extent[2]), Math.min(90, view.extent[3])]
	return west < east && south < north ? [west, south, east, north].map((one) => one.toFixed(6)).join(',') : ''
}
/** A mark of several has the light of the most pressing one. */
const WORST = ['red', 'amber', 'green', 'paused', 'none']

/** on: whether the layer is shown; from, to: days of the time slider, '' = all times. */
export function useEventLayer(on: Ref<boolean>, view: Ref<MapView | null>, from: Ref<string>, to: Ref<string>) {
	const stage = useAddress('stage') // '' running, 'all', 'ended'
	const kind = useAddress('class')
	const light = useAddress('light')
	const staged = computed(() => stage.value === 'ended' ? 'ended' as const : stage.value === 'all' ? undefined : 'running' as const)
	const input = computed<EventMapInput>(() => ({ bbox: boxOf(view.value), zoom: Math.max(0, Math.min(22, Math.round(view.value?.zoom ?? 0))), stage: staged.value, class: kind.value || undefined,
		light: (light.value || undefined) as EventMapInput['light'], ...(from.value && to.value ? { from: from.value + 'T00:00:00+08:00', until: dayAfter(to.value) + 'T00:00:00+08:00' } : {}) }))
	const found = useQuery({ queryKey: computed(() => ['map-events', input.value]), queryFn: () => eventMap(input.value), enabled: computed(() => on.value && input.value.bbox !== ''), placeholderData: keepPreviousData, refetchInterval: 60_000 })
	const months = useQuery({ queryKey: computed(() => ['map-event-months', staged.value]), queryFn: () => eventMonths({ stage: staged.value }), enabled: on, staleTime: 60_000 })
	const answer = computed(() => on.value ? found.data.value : undefined)
	const items = computed(() => answer.value?.items ?? [])
	const features = computed<FeatureCollection>(() => {
		const point = (id: string, lon: number, lat: number, properties: Record<string, unknown>): Feature => ({ type: 'Feature', id, geometry: { type: 'Point', coordinates: [lon, lat] }, properties })
		if (answer.value?.clusters.length) return { type: 'FeatureCollection', features: answer.value.clusters.map((one) => point(`${one.lon},${one.lat}`, one.lon, one.lat, { cluster_count: one.count, light: one.light })) }
		const spots = new Map<string, typeof items.value>()
		for (const one of items.value) {
			const spot = `${one.lon!.toFixed(6)},${one.lat!.toFixed(6)}`
			spots.set(spot, [...(spots.get(spot) ?? []), one])
		}
		return { type: 'FeatureCollection', features: [...spots.values()].map((there) => there.length > 1
			? point('spot-' + there[0].case_id, there[0].lon!, there[0].lat!, { cluster_count: there.length, ids: there.map((one) => one.case_id), light: WORST.find((light) => there.some((one) => one.light === light)) })
			: point(there[0].case_id, there[0].lon!, there[0].lat!, { light: there[0].light })) }
	})
	/** The months that have events: first and last day, and how many there are in each. */
	const span = computed(() => {
		const list = months.data.value?.items ?? []
		if (!list.length) return null
		const [year, month] = list[list.length - 1].month.split('-').map(Number)
		return { first: list[0].month + '-01', last: new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10), counts: list }
	})
	return { stage, kind, light, found, answer, items, features, span, total: computed(() => answer.value?.total ?? 0), keyOf: (case_id: string) => featureKey(EVENTS, case_id) }
}
