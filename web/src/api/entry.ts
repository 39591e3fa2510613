// Documents travel without their empty members; pages work on whole ones.
import type { Entry, Field } from './types'

export function wholeField(field: Partial<Field> & Pick<Field, 'name'>): Field {
	return { title: '', kind: 'text', key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...field }
}
export function wholeEntry(entry: Partial<Entry> | null | undefined): Entry | null {
	if (!entry) return null
	return {
		name: '', summary: '', keywords: [], domain: '', formats: [], sharing: 'conditional', sharing_ways: [], opening: 'closed', update_promise: 'irregular',
		retention_months: 0, ...entry, code: entry.code ?? '', fields: (entry.fields ?? []).map(wholeField), rules: (entry.rules ?? []).map((rule) => ({ ...rule, message: rule.message ?? '' })),
	}
}
