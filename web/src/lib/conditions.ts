// Conditions on rows: as one piece of the address, and as the server's filter.
import type { Kind } from '@/api/types'

// As one piece of the address: "town~eq~镇1;age~gte~60", with what would be mistaken escaped.
export interface Condition { field: string; op: string; value: string }
const wrap = (text: string) => encodeURIComponent(text).replace(/~/g, '%7E')
/** "is empty" and "has a value" take no value. */
export const bare = (op: string) => op === 'null' || op === 'some'
export const writeConditions = (all: Condition[]) => all.filter((one) => one.field && (one.value !== '' || bare(one.op))).map((one) => [one.field, one.op, wrap(one.value)].join('~')).join(';')
export function readConditions(text: string): Condition[] {
	return text.split(';').map((one) => one.split('~')).filter((parts) => parts.length === 3 && parts[0] && parts[1])
		.map(([field, op, value]) => { try { return { field, op, value: decodeURIComponent(value) } } catch { return { field, op, value } } })
}

// As the server's filter: {"field": value} or {"field.op": value}; all must hold.

const number = (kind: string, value: string) => ['integer', 'decimal', 'double'].includes(kind) && value !== '' && !isNaN(Number(value)) ? Number(value) : value
/** The values of a list "a,b": one that holds a comma stands in double quotes, a quote in it twice. */
export function parts(value: string): string[] {
	const out: string[] = []
	for (let rest = value; ;) {
		const quoted = /^\s*"((?:[^"]|"")*)"\s*(?=[,，]|$)/.exec(rest)
		const end = quoted ? quoted[0].length : rest.search(/[,，]/)
		out.push(quoted ? quoted[1].replace(/""/g, '"') : (end < 0 ? rest : rest.slice(0, end)).trim())
		if (end < 0 || end >= rest.length) return out
		rest = rest.slice(end + 1)
	}
}
/** The same the other way: as the server reads a list in the address, too. */
export const listOf = (values: unknown[]) => values.map(String).map((one) => /[,，]|^[\s"]|\s$/.test(one) ? `"${one.replace(/"/g, '""')}"` : one).join(',')
/** The filter's member: both of "is empty" and "has a value" are .null, so a field cannot have the two. */
export const keyOf = (one: Condition) => one.op === 'eq' ? one.field : `${one.field}.${bare(one.op) ? 'null' : one.op}`

/** What keeps each row from being a condition, '' where nothing does. A row that is left out would mean more rows of the data. */
export function conditionFaults(conditions: Condition[]): ('' | 'field' | 'value' | 'twice')[] {
	return conditions.map((one, i) => {
		if (!one.field) return 'field'
		if (!bare(one.op) && (one.op === 'in' ? parts(one.value) : [one.value.trim()]).some((part) => part === '')) return 'value'
		return conditions.slice(0, i).some((other) => keyOf(other) === keyOf(one)) ? 'twice' : ''
	})
}
/** Throws for what conditionFaults names: forms ask that first and say it at the row. */
export function filterOf(conditions: Condition[], fields: { name: string; kind: Kind }[]): Record<string, unknown> | undefined {
	const wrong = conditionFaults(conditions).findIndex((fault) => fault !== '')
	if (wrong >= 0) throw new Error(`condition ${wrong + 1} is not finished`)
	const made: Record<string, unknown> = {}
	for (const one of conditions) {
		const kind = fields.find((field) => field.name === one.field)?.kind ?? 'text'
		made[keyOf(one)] = bare(one.op) ? one.op === 'null' : one.op === 'in' ? parts(one.value).map((part) => number(kind, part)) : one.op === 'like' ? one.value : number(kind, one.value)
	}
	return conditions.length ? made : undefined
}
export function conditionsOf(filter: unknown): Condition[] {
	return Object.entries((filter ?? {}) as Record<string, unknown>).map(([key, value]) => {
		const [field, op] = key.split('.')
		if (op === 'null') return { field, op: [true, 1, '1'].includes(value as string) ? 'null' : 'some', value: '' }
		return { field, op: op ?? 'eq', value: Array.isArray(value) ? listOf(value) : String(value) }
	})
}
