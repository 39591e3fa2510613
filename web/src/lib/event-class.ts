// A class of events as its form: what it says itself, and back into the document that is published. What is null, and a stage without a limit of
// its own, a small class takes over from its big class.
import type { EventClassOne } from '@/api/types'

export const STAGES = ['accept', 'verify', 'file', 'dispatch', 'dispose', 'check', 'close'] as const
export const UNITS = ['work_days', 'work_hours', 'days', 'hours', 'minutes'] as const
export const NEEDS = ['place', 'address', 'photo', 'component', 'description', 'phone'] as const
export const CONDITIONS_MAX = 16
export type Stage = (typeof STAGES)[number]
export interface OwnLimit { n: number | null; unit: string }
export type OwnLimits = Partial<Record<Stage, OwnLimit>>
export interface ClassCondition { no: number; text: string; text_en: string; closing: string; closing_en: string; limits: OwnLimits }
export interface ClassForm {
	code: string; title: string; title_en: string; parent: string; grade: string | null; needs: string[] | null; metres: number | null; hours: number | null; retired: boolean
	limits: OwnLimits; conditions: ClassCondition[]
}
type Document = EventClassOne['document']
type Limits = Record<string, Record<string, number>> | null | undefined

const ownLimits = (limits: Limits): OwnLimits => Object.fromEntries(Object.entries(limits ?? {}).map(([stage, limit]) => {
	const [unit, n] = Object.entries(limit)[0]
	return [stage, { n, unit }]
}))
const limitsOf = (own: OwnLimits) => Object.fromEntries(STAGES.filter((stage) => own[stage]).map((stage) => [stage, { [own[stage]!.unit]: own[stage]!.n }]))

export const newCondition = (no: number): ClassCondition => ({ no, text: '', text_en: '', closing: '', closing_en: '', limits: {} })
export const newForm = (parent: string): ClassForm => ({ code: parent, title: '', title_en: '', parent, ...(parent ? { grade: null, needs: null, metres: null, hours: null } : { grade: 'general', needs: ['place'], metres: 50, hours: 168 }),
	retired: false, limits: {}, conditions: parent ? [newCondition(1)] : [] })
export function formOf(document: Document): ClassForm {
	const blank = newForm(document.parent ?? '')
	return { ...blank, code: document.code, title: document.title, title_en: document.title_en, grade: document.grade ?? blank.grade, needs: document.needs ?? blank.needs,
		metres: document.metres ?? blank.metres, hours: document.hours ?? blank.hours, retired: document.retired ?? false, limits: ownLimits(document.limits),
		conditions: (document.conditions ?? []).map((one, i) => ({ no: one.no ?? i + 1, text: one.text, text_en: one.text_en ?? '', closing: one.closing, closing_en: one.closing_en ?? '', limits: ownLimits(one.limits) })) }
}
export function documentOf(form: ClassForm) {
	const { parent, grade, needs, metres, hours, retired, conditions, ...rest } = form
	const limits = limitsOf(form.limits)
	return { ...rest, ...(parent ? { parent } : {}), ...(grade === null ? {} : { grade }), ...(needs === null ? {} : { needs }), ...(metres === null ? {} : { metres }), ...(hours === null ? {} : { hours }), ...(retired ? { retired } : {}),
		limits: Object.keys(limits).length ? limits : null,
		conditions: conditions.map(({ text_en, closing_en, ...one }) => ({ no: one.no, text: one.text, closing: one.closing, ...(text_en ? { text_en } : {}), ...(closing_en ? { closing_en } : {}), limits: Object.keys(one.limits).length ? limitsOf(one.limits) : null })) }
}
