// What every map of the city lies on: the borders and names of its towns, from the areas in force.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { places } from '@/api'
import type { FeatureCollection, MapLayer } from '@/components/map/types'
import { say } from '@/i18n'
import { may } from '@/lib/session'

export function useBaseMap() {
	const towns = useQuery({ queryKey: ['areas', 'base'], queryFn: () => places.features(2), staleTime: 600_000, enabled: may('place.read') })
	return computed<MapLayer[]>(() => towns.data.value?.features.length
		? [{ id: 'towns', title: say('areas.towns'), features: towns.data.value as unknown as FeatureCollection, background: true, style: { colour: '#5b6675', width: 1, fill: 0.04, label: 'name' } }]
		: [])
}
