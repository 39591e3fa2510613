// Forms of departments (一表通) on the phone: the open ones with what they ask for; what is held about a subject, looked up when there is a
// line; the answer. Values that are held stay on the phone from the look-up until the answer is submitted, two days at most; of them only
// marks go on, by which the server tells a value that has changed since.
import { ApiError, call, randomKey } from '@/api/client'
import type { FormAnswerOutput, FormBeginOutput, FormGetOutput, FormListOutput } from '@/api.gen'
import type { Page } from '@/api/types'
import { who } from './session'
import { seen, type FormChange, type FormDraft } from './store'
import { w } from './words'

const FORMS_MAX = 50, AT_ONCE = 3, SHOWN_MS = 48 * 3600_000
export type FormKept = Pick<FormGetOutput, 'form_id' | 'title' | 'purpose' | 'basis' | 'due_at' | 'version' | 'key' | 'items'>

const ofOne = async (id: string): Promise<FormKept> => {
	const { form_id, title, purpose, basis, due_at, version, key, items } = await call<FormGetOutput>('GET', `/forms/${id}`)
	return { form_id, title, purpose, basis, due_at, version, key, items }
}
export const keptForms = async () => (await seen<Page<FormKept>>('forms ' + who.value?.account_id))?.items ?? []
/** Those that are open; one that did not change is not read again. */
export async function readForms(): Promise<Page<FormKept>> {
	const list = await call<FormListOutput>('GET', '/forms', { query: { state: 'open', limit: FORMS_MAX } }), kept = await keptForms(), items: FormKept[] = []
	for (let i = 0; i < list.items.length; i += AT_ONCE)
		items.push(...await Promise.all(list.items.slice(i, i + AT_ONCE).map(async (row) => kept.find((one) => one.form_id === row.form_id && one.version === row.version) ?? ofOne(row.form_id))))
	return { items, next: null, total: null }
}
/** One, as kept when there is no line. */
export async function readForm(id: string) {
	try { return await ofOne(id) } catch (error) {
		if (!(error instanceof ApiError) || error.status !== 0) throw error
		return (await keptForms()).find((one) => one.form_id === id)
	}
}
/** A form about nobody in particular has nothing to be looked up. */
export const newForm = (one: FormKept, subject: Record<string, string>): FormDraft => ({ kind: 'form', id: randomKey(), account: who.value!.account_id, state: 'draft', at: Date.now(), photos: [], title: one.title, form_id: one.form_id, subject,
	fields: one.items.map((item) => ({ ...item, held: false, value: null, masked: false, mark: '' })), version: one.key.length ? null : 0, answered_at: null, seen_at: Date.now(), erased: false, values: Object.fromEntries(one.items.map((item) => [item.name, ''])), doubts: {}, changes: [] })

function changesOf(item: FormDraft, now: FormBeginOutput): FormChange[] {
	const changes = now.fields.flatMap(({ name, title, held, value, mark }): FormChange[] => {
		const before = item.fields.find((field) => field.name === name), mine = (item.values[name] ?? '').trim()
		if (held && !before?.held) return mine && mine !== value ? [{ title, what: 'held', now: value, mine }] : []
		if (!held && before?.held) return [{ title, what: 'gap', now: null, mine: '' }]
		return before?.mark && before.mark !== mark ? [{ title, what: 'changed', now: value, mine: '' }] : []
	})
	const answered = item.version === null ? now.answered_at !== null && Date.parse(now.answered_at) > item.seen_at : now.version !== item.version
	return answered ? [{ title: '', what: 'answered', now: now.answered_at, mine: '' }, ...changes] : changes
}
/** What is held now; what of it is otherwise than the draft has it stays in its changes until it is submitted again. */
export async function lookUp(item: FormDraft) {
	const now = await call<FormBeginOutput>('POST', `/forms/${item.form_id}/begin`, { body: { key: item.subject } })
	Object.assign(item, { changes: [...item.changes, ...changesOf(item, now)], fields: now.fields.map((field) => ({ ...field, choices: item.fields.find((one) => one.name === field.name)?.choices ?? [] })), version: now.version, answered_at: now.answered_at, seen_at: Date.now(), erased: false })
}
/** Its values leave the phone. */
export function erase(item: FormDraft) {
	item.erased = true
	item.fields = item.fields.map((field) => ({ ...field, value: null }))
}
export const aged = (item: FormDraft) => item.state !== 'sent' && !item.erased && Date.now() - item.seen_at >= SHOWN_MS
/** Looked up, and never filled in. */
export const unwritten = (item: FormDraft) => item.state === 'draft' && !Object.values(item.values).some((text) => text.trim()) && !Object.values(item.doubts).some((one) => one.reason.trim())
/** Which of several: the end of what names the subject. */
export const subjectEnd = (item: FormDraft) => Object.values(item.subject).map((text) => text.length > 6 ? '…' + text.slice(-4) : text).join(' ')

const overtaken = (error: unknown) => error instanceof ApiError && (error.status === 409 ? ['seen', 'version'].includes(error.problem.rule ?? '') : error.status === 400 && error.problem.rule === 'held')
export async function sendForm(item: FormDraft) {
	if (item.version === null) {
		await lookUp(item)
		if (item.changes.length) throw new ApiError({ title: w('formChanged'), status: 409, rule: 'seen' })
	}
	const of = (name: string) => item.fields.find((field) => field.name === name)
	const values = Object.fromEntries(Object.entries(item.values).map(([name, text]) => [name, text.trim()]).filter(([name, text]) => text && of(name) && !of(name)!.held))
	const doubts = Object.entries(item.doubts).filter(([name, one]) => of(name)?.held && one.reason.trim()).map(([name, one]) => ({ name, reason: one.reason.trim(), ...(one.right.trim() ? { right: one.right.trim() } : {}) }))
	const seen = Object.fromEntries(item.fields.filter((field) => field.mark).map((field) => [field.name, field.mark]))
	try {
		const done = await call<FormAnswerOutput>('POST', `/forms/${item.form_id}/answers`, { key: item.id, body: { key: item.subject, values, doubts, seen, version: item.version } })
		item.sent = { number: w('formSpared', { n: done.held }), case_id: '' }
	} catch (error) {
		if (overtaken(error)) await lookUp(item)
		throw error
	}
}
