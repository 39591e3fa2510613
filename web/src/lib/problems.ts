// Problems of a document by place. Paths may come as fields[3].name, fields.3.name or /fields/3/name: all become fields/3/name.
import type { Entry, ProblemItem, ValidateProblem } from '@/api/types'
import { sayName, say } from '@/i18n'

export const normalPath = (path: string) => path.replace(/\[(\w+)\]/g, '/$1').replace(/\./g, '/').replace(/^\/+|\/+$/g, '').replace(/^document\//, '')

export type ProblemMap = Record<string, ValidateProblem[]>
export function byPath(problems: ValidateProblem[]): ProblemMap {
	const map: ProblemMap = {}
	for (const problem of problems) (map[normalPath(problem.path)] ??= []).push(problem)
	return map
}
export const messageAt = (map: ProblemMap, path: string) => (map[path] ?? []).map((one) => one.message).join(say('word.semi'))

/** Which step of the editor a path belongs to. */
export const stepOf = (path: string) => /^(fields|rules)(\/|$)/.test(path) ? 'fields' : 'facts'

/** "信息项 3 credit_code：校验" for fields/2/check. */
export function placeName(path: string, entry: Entry) {
	const parts = path.split('/')
	if (parts[0] === 'fields' && parts[1] !== undefined) {
		const field = /^\d+$/.test(parts[1]) ? entry.fields[Number(parts[1])] : entry.fields.find((one) => one.name === parts[1])
		const part = parts[2] ? say('word.colon') + sayName('catalog.field', { source_name: 'source', code_set: 'codeSet', date_field: 'dateField' }[parts[2]] ?? parts[2]) : ''
		return `${say('catalog.tab.fields')} ${field?.title || field?.name || Number(parts[1]) + 1}${part}`
	}
	if (parts[0] === 'rules' && parts[1] !== undefined) return `${say('catalog.rules.title')} ${Number(parts[1]) + 1}`
	return sayName('catalog.fact', { sharing_condition: 'condition', sharing_basis: 'basis', sharing_ways: 'ways', opening_condition: 'openingCondition', update_promise: 'promise', retention_months: 'retention', retention_field: 'retentionField' }[parts[0]] ?? parts[0])
}

/** Brings the control of a path into view and focuses it; the nearest parent path when there is no control of its own. */
export function focusPath(path: string) {
	for (let at = path; at; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
		const holder = document.querySelector<HTMLElement>(`[data-path="${CSS.escape(at)}"]`)
		if (!holder) continue
		holder.scrollIntoView({ block: 'center' })
		const control = holder.matches('input,select,textarea,button') ? holder : holder.querySelector<HTMLElement>('input:not([type=hidden]),select,textarea,button')
		control?.focus({ preventScroll: true })
		return true
	}
	return false
}
/** Of several faults of a failed call, those that the problem does not say itself: it says the first. */
export function otherFaults(problem: { field?: string; detail?: string; errors?: ProblemItem[] } | null): ProblemItem[] {
	const first = problem?.errors?.findIndex((one) => one.field === problem.field && one.detail === problem.detail)
	return problem?.errors?.filter((_, i) => i !== first) ?? []
}
