// What a map shows, in words of the city and not of the drawing library.
export type Shape = 'circle' | 'square' | 'triangle' | 'diamond' | 'star'
export interface StyleStep { value?: string | number; from?: number; to?: number; colour: string; shape?: Shape; size?: number; title?: string }
/** One colour, or one by the value (or the range of values) of a field; a label from a field. */
export interface MapStyle { colour?: string; shape?: Shape; size?: number; width?: number; fill?: number; field?: string; steps?: StyleStep[]; label?: string
	/** The zoom from which it lies under every map of those who may see it; none: it does not. */
	base?: number
	/** The corners of its polygons are marked. */
	corners?: boolean }
export interface Geometry { type: string; coordinates: unknown }
/** GeoJSON, RFC 7946: longitude, latitude in degrees. */
export interface Feature { type: 'Feature'; id?: string | number; geometry: Geometry | null; properties: Record<string, unknown> | null }
export interface FeatureCollection { type: 'FeatureCollection'; features: Feature[] }
export interface MapLayer {
	id: string
	title?: string
	/** Either features, or the address of vector tiles with {z} {x} {y}. */
	features?: FeatureCollection
	tiles?: string
	style?: MapStyle
	opacity?: number
	hidden?: boolean
	/** Its features can be moved and reshaped while `modify` is on. */
	editable?: boolean
	/** Its features are those of the window: nothing to begin at. */
	follows?: boolean
	/** Not to be selected: a background. */
	background?: boolean
	/** The zoom from which it is drawn. */
	from?: number
}
export interface Picked { layer: string; id: string; feature: Feature }
export interface Spot { lon: number; lat: number }
export type DrawKind = 'Point' | 'LineString' | 'Polygon'
/** One name for a feature on the map and for its row in the list beside it. */
export const featureKey = (layer: string, id: string | number | undefined) => `${layer}:${id ?? ''}`
