// What is filled in where a case begins or moves, by the server's name of the form; see docs/packs.md. min 0: may be left out.
export interface CaseField { name: string; kind: 'text' | 'area' | 'org' | 'entry'; min: number; max: number }
const text = (name: string, min: number, max: number, kind: CaseField['kind'] = 'text'): CaseField => ({ name, kind, min, max })
export const caseForms: Record<string, CaseField[]> = {
	order_answer: [text('cause', 2, 500, 'area'), text('measure', 2, 500, 'area')],
	demand_route: [text('org_id', 1, 0, 'org')],
	demand_point: [text('resource_id', 1, 0, 'entry')],
	demand_draft: [text('name', 2, 100)],
	data_demand: [text('need', 2, 200), text('detail', 0, 1000, 'area'), text('purpose', 2, 500, 'area'), text('basis', 2, 300), text('provider_org_id', 0, 0, 'org')],
	record_objection: [text('wrong', 2, 500, 'area'), text('right', 0, 500), text('reason', 2, 1000, 'area')],
}
/** Too short, or missing where it is needed. */
export function fieldBad(field: CaseField, value: string | undefined) {
	const length = [...(value ?? '').trim()].length
	return length < field.min || (length > 0 && field.kind !== 'org' && field.kind !== 'entry' && length < Math.min(2, field.min))
}
export const formBad = (form: string, values: Record<string, string>) => (caseForms[form] ?? []).some((field) => fieldBad(field, values[field.name]))
/** Only what was filled in. */
export const formOf = (form: string, values: Record<string, string>) => Object.fromEntries((caseForms[form] ?? []).filter((field) => (values[field.name] ?? '').trim()).map((field) => [field.name, values[field.name].trim()]))
