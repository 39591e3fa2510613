// Conditions on rows: as one piece of the address, and as the server's filter.
import type { Kind } from '@/api/types'

// As one piece of the address: "town~eq~镇1;age~gte~60", with what would be mistaken escaped.
export interface Condition { field: string; op: string; value: string }
const wrap = (text: string) => encodeURIComponent(text).replace(/~/g, '%7E')
export const writeConditions = (all: Condition[]) => all.filter((one) => one.field && (one.value !== '' || one.op === 'null')).map((one) => [one.field, one.op, wrap(one.value)].join('~')).join(';')
export function readConditions(text: string): Condition[] {
	return text.split(';').map((one) => one.split('~')).filter((parts) => parts.length === 3 && parts[0] && parts[1])
		.map(([field, op, value]) => { try { return { field, op, value: decodeURIComponent(value) } } catch { return { field, op, value } } })
}

// As the server's filter: {"field": value} or {"field.op": value}; all must hold.

const number = (kind: string, value: string) => ['integer', 'decimal', 'double'].includes(kind) && value !== '' && !isNaN(Number(value)) ? Number(value) : value

export function filterOf(conditions: Condition[], fields: { name: string; kind: Kind }[]): Record<string, unknown> | undefined {
	const made: Record<string, unknown> = {}
	for (const one of conditions) {
		if (!one.field || (one.value === '' && one.op !== 'null')) continue
		const kind = fields.find((field) => field.name === one.field)?.kind ?? 'text'
		made[one.op === 'eq' ? one.field : `${one.field}.${one.op}`] = one.op === 'null' ? true : one.op === 'in' ? one.value.split(/[,，]/).map((part) => number(kind, part.trim())) : one.op === 'like' ? one.value : number(kind, one.value)
	}
	return Object.keys(made).length ? made : undefined
}
export function conditionsOf(filter: unknown): Condition[] {
	return Object.entries((filter ?? {}) as Record<string, unknown>).map(([key, value]) => {
		const [field, op] = key.split('.')
		return { field, op: op ?? 'eq', value: op === 'null' ? '' : Array.isArray(value) ? value.join(',') : String(value) }
	})
}
