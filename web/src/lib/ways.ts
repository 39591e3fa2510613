// Ways of sharing (接口, 批量交换, 下载): how they are listed and said.
import { say, sayName } from '@/i18n'

export const allWays = ['api', 'batch', 'download'] as const
export type Way = typeof allWays[number]
/** Of a form, where one may stand alone. */
export const waysOf = (way: unknown) => allWays.filter((one) => Array.isArray(way) ? way.includes(one) : way === one)
export const wayWords = (way: unknown) => waysOf(way).map((one) => sayName('states.way', one)).join(say('word.sep'))
/** What the entry offers, or all when it names none. */
export function offeredWays(entry?: { sharing_ways?: string[] } | null): Way[] {
	const offered = allWays.filter((one) => entry?.sharing_ways?.includes(one))
	return offered.length ? offered : [...allWays]
}
