// The lineage of one field as four columns of nodes, for the picture and the list beside it.
import type { Lineage, LineageField } from '@/api/types'
import { say, sayName } from '@/i18n'
import { count, dateOnly, shortTime } from '@/lib/format'

export interface Node { id: string; group: 'sources' | 'checks' | 'standard' | 'refers' | 'referred' | 'receivers'; name: string; note: string; to?: string; late?: boolean }
const known = (prefix: string, name: string | null) => sayName(prefix, name ?? '')

function sourcesOf(whole: Lineage, field: LineageField): Node[] {
	return whole.sources.map((one) => ({
		id: 's' + (one.job_id ?? one.kind), group: 'sources', name: one.name ?? known('life.lineage.kind', one.kind), to: one.job_id ? `/jobs/${one.job_id}` : undefined,
		note: [known('life.lineage.kind', one.kind), one.columns[field.name] ? say('life.lineage.column', { name: one.columns[field.name] }) : '', whole.org_name, shortTime(one.at),
			one.job_id ? say('life.lineage.read', { n: count(one.read), refused: count(one.refused) }) : '', one.normalised ? say('life.lineage.normalised', { n: count(one.normalised) }) : '', one.receipt ? say('life.lineage.receipt') : ''].filter(Boolean).join(' · '),
	}))
}
function checkText(check: LineageField['checks'][number]) {
	if (check.kind === 'check') return known('states.check', check.text)
	if (check.kind !== 'type') return check.text ?? ''
	const [, kind, size] = /^(\w+)(.*)$/.exec(check.text ?? '') ?? ['', '', '']
	return known('states.kind', kind) + size
}
function checksOf(field: LineageField): Node[] {
	return field.checks.map((one, i) => ({
		id: 'c' + i, group: 'checks', late: !!one.refused, name: known('life.lineage.check', one.kind),
		note: [one.kind === 'rule' ? one.rule : '', checkText(one), one.refused ? say('life.lineage.refused', { n: count(one.refused) }) : ''].filter(Boolean).join(' · '),
	}))
}
export function nodesOf(whole: Lineage, field: LineageField): Node[] {
	const nodes = [...sourcesOf(whole, field), ...checksOf(field)]
	if (field.element) nodes.push({ id: 'e', group: 'standard', name: field.element.name, note: [field.element.code, field.element.standard].filter(Boolean).join(' · ') })
	if (field.refers_to) nodes.push({ id: 't', group: 'refers', name: field.refers_to.name ?? field.refers_to.code, note: `${field.refers_to.code}.${field.refers_to.field}`, to: field.refers_to.resource_id ? `/catalog/${field.refers_to.resource_id}/lineage?field=${field.refers_to.field}` : undefined })
	for (const one of field.referred_by) nodes.push({ id: `r${one.resource_id}.${one.field}`, group: 'referred', name: one.name, note: `${one.title} · ${one.code}.${one.field}`, to: `/catalog/${one.resource_id}/lineage?field=${one.field}` })
	for (const one of whole.receivers) {
		const mode = one.fields[field.name]
		if (mode) nodes.push({ id: 'g' + one.grant_id, group: 'receivers', name: one.account, late: false,
			note: [one.org, known('states.mode', mode), one.purpose, say('life.lineage.until', { day: dateOnly(one.until) }), one.last_read ? say('life.lineage.lastRead', { day: one.last_read }) : say('life.lineage.neverRead')].join(' · ') })
	}
	return nodes
}
