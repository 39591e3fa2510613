// What an address was understood as, where it names a crossing of two roads.
import type { PlaceAddressesOutput } from '@/api.gen'
import { say } from '@/i18n'
import { count } from './format'

/** The roads, and why there is no place: a road that the city has not, or roads that do not meet. */
export function crossingWords(crossing: NonNullable<PlaceAddressesOutput['crossing']>): string {
	const roads = crossing.roads.join(' × ')
	if (crossing.unknown.length) return say('areas.address.crossing.unknown', { roads, unknown: crossing.unknown.join(say('areas.address.crossing.and')) })
	if (crossing.apart !== null) return say('areas.address.crossing.apart', { roads, n: count(crossing.apart) })
	return say('areas.address.crossing.of', { roads })
}
