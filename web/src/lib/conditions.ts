// Conditions of a query as one piece of the address: "town~eq~镇1;age~gte~60", with what would be mistaken escaped.
export interface Condition { field: string; op: string; value: string }
const wrap = (text: string) => encodeURIComponent(text).replace(/~/g, '%7E')
export const writeConditions = (all: Condition[]) => all.filter((one) => one.field && (one.value !== '' || one.op === 'null')).map((one) => [one.field, one.op, wrap(one.value)].join('~')).join(';')
export function readConditions(text: string): Condition[] {
	return text.split(';').map((one) => one.split('~')).filter((parts) => parts.length === 3 && parts[0] && parts[1])
		.map(([field, op, value]) => { try { return { field, op, value: decodeURIComponent(value) } } catch { return { field, op, value } } })
}
