// Moving the corners of areas of a draft: what was drawn step by step, to be taken back or kept. Corners that several chosen areas share move
// together.
import { computed, shallowRef, type Ref } from 'vue'
import type { DraftFeature } from '@/api/types'
import type { Feature, MapLayer } from '@/components/map/types'
import { say } from '@/i18n'

export function useBorder(shapes: Ref<DraftFeature[] | undefined>, chosen: Ref<number[]>) {
	const steps = shallowRef<Feature[][]>([]) // the last is what is seen, the first as it was
	const seen = computed(() => steps.value[steps.value.length - 1] ?? [])
	const editing = computed(() => steps.value.length > 0)
	const layer = computed<MapLayer>(() => ({
		id: 'border', title: say('areas.border.title'), editable: true, background: true,
		style: { colour: '#b0307a', fill: 0.12, width: 3, corners: true }, features: { type: 'FeatureCollection', features: seen.value },
	}))
	const begin = () => { steps.value = [(shapes.value ?? []).filter((one) => chosen.value.includes(one.id) && !one.properties.aside) as Feature[]] }
	const moved = (features: Feature[]) => { steps.value = [...steps.value, seen.value.map((had) => features.find((one) => one.id === had.id) ?? had)] }
	const undo = () => { steps.value = steps.value.slice(0, -1) }
	const end = () => { steps.value = [] }
	/** Those that are not as they were. */
	const changed = () => seen.value.filter((one, at) => one.geometry !== steps.value[0][at].geometry)
	return { steps, editing, layer, begin, moved, undo, end, changed }
}
