// Rules of a layer (colour and shape by value) as the drawing library's styles; each look is made once and kept.
import type { Coordinate } from 'ol/coordinate'
import type { FeatureLike } from 'ol/Feature'
import MultiPoint from 'ol/geom/MultiPoint'
import type Polygon from 'ol/geom/Polygon'
import Circle from 'ol/style/Circle'
import Fill from 'ol/style/Fill'
import RegularShape from 'ol/style/RegularShape'
import Stroke from 'ol/style/Stroke'
import Style from 'ol/style/Style'
import Text from 'ol/style/Text'
import type { MapStyle, Shape, StyleStep } from './types'

export const PALETTE = ['#0b5fd7', '#16793a', '#9a5b00', '#7b3fb5', '#c02626', '#007a87', '#5b6675', '#b0307a']
/** Colours of ranges, from pale to dark. */
export const ramp = (count: number) => Array.from({ length: count }, (_, at) => {
	const share = count > 1 ? at / (count - 1) : 1
	return '#' + [[0x8f, 0x08], [0xb9, 0x2c], [0xf2, 0x6b]].map(([pale, dark]) => Math.round(pale + (dark - pale) * share).toString(16).padStart(2, '0')).join('')
})
const INK = '#1b2430'
const MARK = '#ffb000'
const FONT = '-apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif'

export function stepOf(style: MapStyle, value: unknown): StyleStep | undefined {
	return style.steps?.find((step) => {
		if (step.value !== undefined) return String(step.value) === String(value ?? '')
		if (value === null || value === undefined || value === '') return false
		const number = Number(value)
		return !Number.isNaN(number) && (step.from === undefined || number >= step.from) && (step.to === undefined || number < step.to)
	})
}

export function translucent(colour: string, opacity: number) {
	const part = (at: number) => parseInt(colour.slice(at, at + 2), 16)
	return /^#[0-9a-f]{6}$/i.test(colour) ? `rgba(${part(1)},${part(3)},${part(5)},${opacity})` : colour
}

function mark(shape: Shape, radius: number, fill: Fill, stroke: Stroke) {
	const how: Record<Exclude<Shape, 'circle'>, { points: number; angle?: number; radius2?: number }> = {
		square: { points: 4, angle: Math.PI / 4 }, triangle: { points: 3 }, diamond: { points: 4 }, star: { points: 5, radius2: radius / 2 },
	}
	return shape === 'circle' ? new Circle({ radius, fill, stroke }) : new RegularShape({ radius, fill, stroke, ...how[shape] })
}

/** A style function; `picked` says whether a feature is the selected one. */
export function styleOf(style: MapStyle, picked: (feature: FeatureLike) => boolean) {
	const looks = new Map<string, Style>()
	const look = (colour: string, shape: Shape, size: number, chosen: boolean, cluster: number) => {
		const name = `${colour}${shape}${size}${chosen}${cluster}`
		let one = looks.get(name)
		if (one) return one
		const radius = cluster ? 8 + Math.min(12, Math.log10(cluster) * 4) : size + (chosen ? 3 : 0)
		const stroke = new Stroke({ color: chosen ? MARK : '#ffffff', width: chosen ? 3 : 1 })
		one = new Style({
			image: mark(cluster ? 'circle' : shape, radius, new Fill({ color: cluster ? translucent(colour, 0.85) : colour }), stroke),
			stroke: new Stroke({ color: chosen ? MARK : colour, width: (style.width ?? 1.5) + (chosen ? 2 : 0) }),
			fill: new Fill({ color: translucent(colour, style.fill ?? 0.2) }),
			zIndex: chosen ? 10 : cluster ? 1 : 0,
		})
		looks.set(name, one)
		return one
	}
	const corners = new Style({
		image: new Circle({ radius: 5, fill: new Fill({ color: '#ffffff' }), stroke: new Stroke({ color: style.colour ?? PALETTE[0], width: 2 }) }),
		geometry: (feature) => new MultiPoint((feature.getGeometry() as Polygon).getCoordinates().flat(feature.getGeometry()!.getType() === 'MultiPolygon' ? 2 : 1) as Coordinate[]),
	})
	return (feature: FeatureLike) => {
		const step = style.field ? stepOf(style, feature.get(style.field)) : undefined
		const cluster = Number(feature.get('cluster_count') ?? 0)
		const plain = look(step?.colour ?? style.colour ?? PALETTE[0], step?.shape ?? style.shape ?? 'circle', step?.size ?? style.size ?? 5, picked(feature), cluster)
		const words = cluster ? String(cluster) : style.label ? String(feature.get(style.label) ?? '') : ''
		if (style.corners) return [plain, corners]
		if (!words) return plain
		const labelled = plain.clone()
		labelled.setText(new Text({
			text: words, font: `12px ${FONT}`, overflow: true, placement: feature.getGeometry()?.getType().endsWith('LineString') ? 'line' : 'point', offsetY: cluster || !feature.getGeometry()?.getType().endsWith('Point') ? 0 : -14,
			fill: new Fill({ color: cluster ? '#ffffff' : INK }), stroke: cluster ? undefined : new Stroke({ color: '#ffffff', width: 3 }),
		}))
		return labelled
	}
}
export { FONT }
