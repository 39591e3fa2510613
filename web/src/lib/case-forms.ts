// What is filled in where a case begins or moves, by the server's name of the form; see docs/packs.md. min 0: may be left out.
export interface CaseField { name: string; kind: 'text' | 'area' | 'org' | 'orgs' | 'entry' | 'case' | 'term' | 'officer'; min: number; max: number }
const text = (name: string, min: number, max: number, kind: CaseField['kind'] = 'text'): CaseField => ({ name, kind, min, max })
export const caseForms: Record<string, CaseField[]> = {
	order_answer: [text('cause', 2, 500, 'area'), text('measure', 2, 500, 'area')],
	demand_route: [text('org_id', 1, 0, 'org')],
	demand_point: [text('resource_id', 1, 0, 'entry')],
	demand_draft: [text('name', 2, 100)],
	data_demand: [text('need', 2, 200), text('detail', 0, 1000, 'area'), text('purpose', 2, 500, 'area'), text('basis', 2, 300), text('provider_org_id', 0, 0, 'org')],
	case_term: [text('reason', 2, 500, 'area'), text('term', 1, 0, 'term')],
	case_term_decision: [text('term', 0, 0, 'term')],
	return_duty: [text('duty', 4, 500, 'area')],
	case_assign: [text('supplier_org_id', 0, 0, 'org'), text('field_org_id', 0, 0, 'org')],
	case_split: [text('parts', 1, 0, 'orgs'), text('words', 2, 500, 'area')],
	case_main: [text('case_id', 1, 0, 'case')],
	event_field: [text('field_account', 1, 0, 'officer')],
	record_objection: [text('wrong', 2, 500, 'area'), text('right', 0, 500), text('reason', 2, 1000, 'area')],
}
/** Too short, or missing where it is needed. */
export function fieldBad(field: CaseField, value: string | undefined) {
	const length = [...(value ?? '').trim()].length
	return length < field.min || (length > 0 && (field.kind === 'text' || field.kind === 'area') && length < Math.min(2, field.min))
}
export const formBad = (form: string, values: Record<string, string>) => (caseForms[form] ?? []).some((field) => fieldBad(field, values[field.name]))
/** "3 work_days", as the field of a length of time holds it. */
const termOf = (value: string) => { const [n, unit] = value.split(' '); return { [unit]: Number(n) } }
/** Only what was filled in. */
export function formOf(form: string, values: Record<string, string>): Record<string, unknown> {
	const filled = (caseForms[form] ?? []).filter((field) => (values[field.name] ?? '').trim())
	if (form === 'case_split') return { parts: values.parts.split(',').map((org_id) => ({ org_id, words: values.words.trim() })) }
	return Object.fromEntries(filled.map((field) => [field.name, field.kind === 'term' ? termOf(values[field.name]) : values[field.name].trim()]))
}
