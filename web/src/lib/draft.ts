// A catalogue draft that is never lost: every change goes to this browser at once and to the server after a pause in typing.
import { reactive, ref, toRaw, watch } from 'vue'
import { catalog } from '@/api'
import { say } from '@/i18n'
import { wholeEntry, wholeField } from '@/api/entry'
import { ApiError } from '@/api/client'
import type { Entry, Field, ProposedField, Resource } from '@/api/types'

export function emptyEntry(): Entry {
	return {
		code: '', name: '', summary: '', keywords: [], domain: '', formats: [], sharing: 'conditional', sharing_ways: ['api'], opening: 'closed',
		update_promise: 'daily', retention_months: 60, fields: [], rules: [],
	}
}
/** What the document has of a proposed field: examples, reasons and figures are only advice. */
export function plainField(field: ProposedField): Field {
	const { name, title, source_name, kind, length, scale, key, required, unique, indexed, element, grade, mask, check, code_set, min, max, date_field, ref, doc } = wholeField(field)
	return { name, title, source_name, kind, length, scale, key, required, unique, indexed, element, grade, mask, check, code_set, min, max, date_field, ref, doc }
}
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

// members that are left out of the document when empty: the server refuses "" where nothing is meant
const optional = ['sharing_condition', 'sharing_basis', 'opening_condition', 'contact', 'retention_field'] as const
const optionalField = ['element', 'code_set', 'date_field', 'ref', 'doc', 'source_name', 'length', 'scale', 'min', 'max'] as const
export function cleanEntry(entry: Entry): Entry {
	const clean = copy(toRaw(entry))
	for (const name of optional) if (!clean[name]) delete clean[name]
	if (clean.sharing !== 'conditional') delete clean.sharing_condition
	if (clean.sharing !== 'none') delete clean.sharing_basis
	if (clean.opening !== 'conditional') delete clean.opening_condition
	for (const field of clean.fields) {
		for (const name of optionalField) if (field[name] === '' || field[name] === null || field[name] === undefined) delete field[name]
	}
	return clean
}

// advice of the proposal, by resource: shown beside the fields until the browser forgets it
const adviceKey = (id: string) => `yiwang.advice.${id}`
export type Advice = Record<string, { why: string; examples: string[] }>
export function keepAdvice(id: string, fields: ProposedField[]) {
	const advice: Advice = {}
	for (const field of fields) advice[field.source_name || field.name] = { why: Array.isArray(field.why) ? field.why.join(say('word.semi')) : field.why ?? '', examples: (field.examples ?? []).slice(0, 5) }
	try { localStorage.setItem(adviceKey(id), JSON.stringify(advice)) } catch { /* full: advice is only advice */ }
}
export function readAdvice(id: string): Advice {
	try { return JSON.parse(localStorage.getItem(adviceKey(id)) ?? '{}') as Advice } catch { return {} }
}

const localKey = (id: string) => `yiwang.draft.${id}`

export function useDraft(resource: Resource) {
	const id = resource.resource_id
	const version = ref(resource.version)
	const stored = { ...emptyEntry(), ...copy(wholeEntry(resource.draft ?? resource.document) ?? emptyEntry()) }
	const entry = reactive<Entry>(stored)
	const state = ref<'saved' | 'dirty' | 'saving' | 'failed'>('saved')
	const savedAt = ref('')
	const error = ref<unknown>(null)
	const restored = ref(false)
	let timer = 0
	let running: Promise<boolean> | null = null
	let changes = 0

	try {
		const kept = JSON.parse(localStorage.getItem(localKey(id)) ?? 'null') as { version: number; entry: Entry } | null
		if (kept && kept.version === resource.version && JSON.stringify(cleanEntry(kept.entry)) !== JSON.stringify(cleanEntry(entry))) {
			Object.assign(entry, kept.entry)
			restored.value = true
			state.value = 'dirty'
		}
	} catch { /* unreadable: the server's draft stands */ }

	function keep() {
		try { localStorage.setItem(localKey(id), JSON.stringify({ version: version.value, entry: toRaw(entry) })) } catch { /* full */ }
	}
	function forget() { localStorage.removeItem(localKey(id)) }

	async function send(): Promise<boolean> {
		const mark = changes
		state.value = 'saving'
		error.value = null
		try {
			const answer = await catalog.save(id, version.value, cleanEntry(entry))
			version.value = answer?.version ?? version.value + 1
			savedAt.value = new Date().toISOString()
			if (mark === changes) { state.value = 'saved'; forget() } else { state.value = 'dirty'; keep() }
			return true
		} catch (failed) {
			error.value = failed
			state.value = 'failed'
			return false
		}
	}
	const settled = () => state.value === 'saved'
	/** Saves now what is not saved; true when the server has everything. */
	async function flush(): Promise<boolean> {
		clearTimeout(timer)
		if (running) await running
		if (settled()) return true
		running = send()
		const good = await running
		running = null
		return good && (settled() || flush())
	}
	function changed() {
		changes++
		keep()
		if (state.value !== 'saving') state.value = 'dirty'
		clearTimeout(timer)
		const conflict = error.value instanceof ApiError && error.value.status === 409
		if (!conflict) timer = window.setTimeout(flush, 1500)
	}
	watch(entry, changed, { deep: true })
	if (restored.value) timer = window.setTimeout(flush, 1500)
	return { id, entry, version, state, savedAt, error, restored, flush, forget }
}
