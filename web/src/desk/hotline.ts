// The call that is being taken down: one form, kept while it is typed, sent in two steps that are safe to repeat.
import { reactive, ref } from 'vue'
import { hotline } from '@/api'
import type { HotlineCall, HotlineType, Id } from '@/api/types'
import { useFormDraft } from '@/lib/form-draft'

const empty = () => ({ call_id: '' as Id, version: 0, channel: 'phone', type: 'help' as HotlineType, number: '', name: '', confidential: false, reference: '', words: '', answer: '', class_code: '', address: '', lon: null as number | null, lat: null as number | null })
export type CallForm = ReturnType<typeof empty>
export const callTypes: HotlineType[] = ['consult', 'suggest', 'help', 'complain', 'report']

export function useCallForm() {
	const form = reactive(empty())
	const draft = useFormDraft('hotline', () => ({ ...form, number: '', name: '' }), // who calls is not kept in the browser
		 (kept) => Object.assign(form, empty(), kept), () => !form.words && !form.number && !form.call_id)
	const restored = ref(draft.restored.value)
	// what was laid aside for another call: kept as the form is, so that one comes back to it
	const parked = ref<(CallForm & { since: string })[]>([])
	useFormDraft('hotline.parked', () => parked.value.map((one) => ({ ...one, number: '', name: '' })), (kept) => { parked.value = kept }, () => !parked.value.length)
	const busyWith = () => Boolean(form.words.trim() || form.number.trim() || form.name.trim() || form.answer.trim() || form.call_id)
	function park() {
		if (busyWith() && !parked.value.some((one) => one.call_id && one.call_id === form.call_id)) parked.value.push({ ...form, since: new Date().toISOString() })
		clear()
	}
	function unpark(at: number) {
		const [{ since, ...kept }] = parked.value.splice(at, 1)
		park()
		Object.assign(form, kept)
	}
	function clear() { Object.assign(form, empty()); restored.value = false }
	function take(call: HotlineCall) {
		parked.value = parked.value.filter((one) => one.call_id !== call.call_id)
		if (form.call_id !== call.call_id) park()
		Object.assign(form, empty(), { call_id: call.call_id, version: call.version, channel: call.channel, type: call.type as HotlineType, number: call.caller_number ?? '', name: call.caller_name ?? '', confidential: call.confidential, words: call.words })
	}
	/** Puts it into the queue as one's own, once: what fails afterwards is done again on the same call. */
	async function keep() {
		if (form.call_id) return
		const made = await hotline.take({ channel: 'phone', type: form.type, words: form.words.trim(), confidential: form.confidential, ...(form.number.trim() ? { caller_number: form.number.trim() } : {}), ...(form.name.trim() ? { caller_name: form.name.trim() } : {}), ...(form.reference ? { reference: form.reference } : {}) })
		form.call_id = made.call_id
		form.version = made.version
	}
	return { form, restored, parked, busyWith, park, unpark, clear, take, keep }
}
