// Row conditions as the server's filter: {"field": value} or {"field.op": value}; all must hold.
import type { Kind } from '@/api/types'
import type { Condition } from '@/console/parts/ConditionRows.vue'

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
