// Which fields of two entries mean the same: by name, title or data element; and in what form their values are compared.
import type { Field } from '@/api/types'

export interface Pair { left: string; right: string; form: string }
export const pairForms = ['exact', 'text', 'number', 'date', 'id_number'] as const
const numeric = ['integer', 'decimal', 'double']
export function formOf(left?: Field, right?: Field): string {
	const both = [left, right]
	if (both.some((one) => one?.check.startsWith('gb11643'))) return 'id_number'
	if (both.some((one) => one?.kind === 'date' || one?.kind === 'time')) return 'date'
	return both.every((one) => one && numeric.includes(one.kind)) ? 'number' : 'text'
}
const alike = (a: Field, b: Field) => a.name === b.name || a.title === b.title || (Boolean(a.element) && a.element === b.element) || (a.check !== '' && a.check === b.check && a.check.startsWith('gb'))
/** The key: what is key or unique on one side at least; else what a standard number says. The rest is compared. */
export function propose(left: Field[], right: Field[]): { keys: Pair[]; fields: Pair[] } {
	const pairs: { pair: Pair; a: Field; b: Field }[] = [], used = new Set<string>()
	for (const a of left.filter((one) => one.kind !== 'geometry')) {
		const b = right.find((one) => one.kind !== 'geometry' && !used.has(one.name) && alike(a, one))
		if (!b) continue
		used.add(b.name)
		pairs.push({ pair: { left: a.name, right: b.name, form: formOf(a, b) }, a, b })
	}
	const standard = pairs.filter(({ a, b }) => /^gb(11643|32100|37346)/.test(a.check || b.check))
	const key = pairs.filter(({ a, b }) => a.key && b.key).slice(0, 5)
	const chosen = key.length ? key : standard.length ? standard.slice(0, 1) : pairs.filter(({ a, b }) => a.key || b.key || a.unique || b.unique).slice(0, 1)
	return { keys: chosen.map((one) => one.pair), fields: pairs.filter((one) => !chosen.includes(one)).map((one) => one.pair).slice(0, 20) }
}
