// What every map of the city lies on: the borders and names of its towns, from the areas in force, and the layers whose suppliers lay
// them under all maps (roads, water, buildings), as each reader may see them.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { places } from '@/api'
import { mapLayers, type MapLayersOutput } from '@/api.gen'
import type { FeatureCollection, MapLayer, MapStyle } from '@/components/map/types'
import { say } from '@/i18n'
import { may } from '@/lib/session'

/** What is open is read as anybody reads it, the rest by one's grants. */
export const door = (layer: MapLayersOutput['items'][number]) => `${layer.open ? '/open' : ''}/ogc/collections/${encodeURIComponent(layer.collection)}`

/** but: collections that the map draws itself. */
export function useBaseMap(but: () => string[] = () => []) {
	const towns = useQuery({ queryKey: ['areas', 'base'], queryFn: () => places.features(2), staleTime: 600_000, enabled: may('place.read') })
	const layers = useQuery({ queryKey: ['map-layers'], queryFn: mapLayers, staleTime: 600_000 })
	return computed<MapLayer[]>(() => [
		...towns.data.value?.features.length
			? [{ id: 'towns', title: say('areas.towns'), features: towns.data.value as unknown as FeatureCollection, background: true, style: { colour: '#5b6675', width: 1, fill: 0.04, label: 'name' } }]
			: [],
		...(layers.data.value?.items ?? []).filter((layer) => (layer.style as MapStyle | null)?.base !== undefined && !but().includes(layer.collection)).map((layer) => {
			const style = layer.style as MapStyle
			const fields = [...new Set([style.field, style.label].filter(Boolean))].join(',') || layer.fields[0]?.name
			return { id: `base:${layer.collection}`, title: layer.name, background: true, from: style.base, style, tiles: `${door(layer)}/tiles/WebMercatorQuad/{z}/{y}/{x}?fields=${fields}` }
		}),
	])
}
