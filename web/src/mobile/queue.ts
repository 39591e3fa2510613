// Drafts and the queue: sent in the order they were made, one after the other, when there is a line. What the server refuses is kept
// with its words to be mended and holds up nothing else; what fails for want of a line or of the server waits and is tried again.
// A report carries its draft's id as its own number, a step and a form its own key: either sent twice is done once. A step whose case changed
// meanwhile is sent anew where nothing happened that matters to it; else the officer is told and decides.
import { computed, ref } from 'vue'
import { ApiError, call, randomKey, upload } from '@/api/client'
import type { Case, EventOne, EventPhoto } from '@/api/types'
import { aged, erase, sendForm, unwritten } from './forms'
import { meanwhileOf, newestNo, renew } from './meanwhile'
import { lost, mustChange, online, refresh, who } from './session'
import { allItems, dropBytes, dropItem, bytesOf, full, keepItem, type ActionItem, type CheckAnswer, type FormDraft, type Item, type ProblemKept, type ReportItem } from './store'
import { w } from './words'

const SENT_KEPT = 20, RENEWED_MAX = 5, AGAIN_MS = 30_000, SKEW_MS = 600_000
export const items = ref<Item[]>([])
export const busy = ref(false)
export const pending = computed(() => items.value.filter((item) => item.state !== 'sent').length)
export const unsent = computed(() => items.value.filter((item) => item.state === 'queued').length)
export const itemOf = (id: string) => items.value.find((item) => item.id === id)

export async function loadItems() {
	const account = who.value?.account_id
	items.value = (await allItems()).filter((item) => item.account === account).sort((a, b) => a.at - b.at)
	await ageItems()
}
/** What forms showed of people leaves the phone in time; a form that was only looked at goes as a whole. */
export async function ageItems() {
	for (const item of items.value.filter((one) => one.kind === 'form' && aged(one)) as FormDraft[]) {
		erase(item)
		await (unwritten(item) ? discard(item) : keepItem(item))
	}
}
const base = () => ({ id: randomKey(), account: who.value!.account_id, state: 'draft' as const, at: Date.now(), photos: [], title: '' })
export const newReport = (): ReportItem => ({ ...base(), kind: 'report', class_code: '', place: null, address: '', description: '', component: '' })
export const newAction = (one: Case, action: string, form: string): ActionItem =>
	({ ...base(), kind: 'action', case_id: one.case_id, version: one.version, case_state: one.state, case_no: newestNo(one), action, form, note: '', values: {}, title: one.title })

/** Where the phone has no room, it is kept as long as the page is open. */
export async function save(item: Item) {
	if (item.account !== who.value?.account_id) return // logged out meanwhile
	await keepItem(item)
	const at = items.value.findIndex((one) => one.id === item.id)
	if (at < 0) items.value.push(item)
	else items.value[at] = item
}
export async function discard(item: Item) {
	await dropItem(item.id)
	for (const photo of item.photos) await dropBytes(photo.id)
	items.value = items.value.filter((one) => one.id !== item.id)
}
/** Into the queue, and off it goes where there is a line. The item as it ended: sent, queued (no line) or failed. */
export async function enqueue(item: Item) {
	if (item.state !== 'queued') item.at = Date.now()
	item.state = 'queued'
	if (item.kind === 'form') { item.changes = []; erase(item) }
	delete item.problem
	await save(item)
	await drain()
	return itemOf(item.id) ?? item
}
/** The officer has seen what happened meanwhile and wants the step all the same. */
export async function sendAnyway(item: ActionItem) {
	const { version, case_state, case_no } = item.meanwhile!
	renew(item, { version, case_state, case_no })
	return enqueue(item)
}
/** What is said of an item that was sent or waits. */
export const toldOf = (item: Item) => item.sent ? w('sentNow', { number: item.sent.number }) : w(full.value ? 'sentUnkept' : 'sentLater')

export function problemOf(error: unknown): ProblemKept {
	if (!(error instanceof ApiError)) return { title: String(error), status: -1, lines: [] }
	const { title, status, detail, field, rule, errors } = error.problem
	const advice = rule === 'outside' ? w('placeOutside') : error.problem.advice // there is neither map nor crs here
	if (status === 0) return { title: w('network'), status, advice: w('networkAdvice'), lines: [] }
	return { title, status, detail, advice, field, lines: (errors ?? []).map((one) => [one.message ?? one.detail ?? one.title, one.advice].filter(Boolean).join(' ')) }
}
const names = (error: ApiError, field: string) => error.problem.field === field || Boolean(error.problem.errors?.some((one) => one.field === field))

async function sendPhotos(item: Item) {
	for (const photo of item.photos.filter((one) => !one.photo_id)) {
		const bytes = await bytesOf(photo.id)
		if (!bytes) continue
		photo.photo_id = (await upload<EventPhoto>('/event-photos', new Blob([bytes], { type: photo.type }), photo.name, () => undefined)).photo_id
		await save(item) // the next try does not send it again
	}
	return item.photos.flatMap((one) => one.photo_id ?? [])
}
async function sendReport(item: ReportItem, timed: boolean) {
	const photos = await sendPhotos(item)
	const texts = Object.fromEntries((['address', 'description', 'component'] as const).map((name) => [name, item[name].trim()]).filter((pair) => pair[1]))
	const made = await call<EventOne>('POST', '/city-events', { body: { class_code: item.class_code, ...texts, outside_number: item.id,
		...(item.place ? { lon: item.place.lon, lat: item.place.lat, crs: item.place.from === 'address' ? 'CGCS2000' : item.place.crs ?? 'WGS84' } : {}), ...(photos.length ? { photos } : {}),
		...(timed && Date.now() - item.at > SKEW_MS ? { happened_at: new Date(item.at).toISOString() } : {}) } })
	item.sent = { number: made.number, case_id: made.case_id }
	item.title = made.title
}
/** A verification's answers go to it, not to its case: their values are locked there. */
async function sendCheck(item: ActionItem, photos: string[]) {
	const { answers, lon, lat } = item.values as { answers: CheckAnswer[]; lon?: number; lat?: number }
	const done = await call<{ number: string }>('POST', `/verifications/${item.case_id}/answer`, { key: item.key ?? item.id, body: { version: item.version, answers,
		...(item.note.trim() ? { note: item.note.trim() } : {}), ...(photos.length ? { photos } : {}), ...(lon !== undefined && lat !== undefined ? { lon, lat } : {}) } })
	item.sent = { number: done.number, case_id: item.case_id }
}
async function sendAction(item: ActionItem) {
	const photos = await sendPhotos(item)
	if (item.form === 'verification_answer') return sendCheck(item, photos)
	const form = { ...item.values, ...(photos.length ? { photos } : {}) }
	const done = await call<Case>('POST', `/cases/${item.case_id}/actions/${item.action}`, { key: item.key ?? item.id, body: { version: item.version,
		...(item.note.trim() ? { note: item.note.trim() } : {}), ...(Object.keys(form).length ? { form } : {}) } })
	item.sent = { number: done.number, case_id: item.case_id }
}
const stale = (error: unknown) => error instanceof ApiError && error.status === 409 && error.problem.rule === 'version'
async function sendStep(item: ActionItem) {
	for (let more = RENEWED_MAX; ; more--) {
		try { return await sendAction(item) } catch (error) {
			if (!stale(error) || !more) throw error
			const one = await call<Case>('GET', `/cases/${item.case_id}`)
			const meanwhile = meanwhileOf(item, one)
			if (meanwhile) { item.meanwhile = meanwhile; throw error }
			renew(item, { version: one.version, case_state: one.state, case_no: newestNo(one) })
			await save(item) // when this answer is lost, the next try goes under the same key
		}
	}
}
async function sendOne(item: Item) {
	for (let photosAnew = item.photos.some((one) => one.photo_id), timed = true; ;) {
		try { return await (item.kind === 'report' ? sendReport(item, timed) : item.kind === 'form' ? sendForm(item) : sendStep(item)) } catch (error) {
			if (!(error instanceof ApiError) || error.status !== 400) throw error
			// pictures sent days ago are gone from the server; a phone's clock may run ahead
			if (photosAnew && (names(error, 'photos') || names(error, 'form.photos'))) { photosAnew = false; for (const photo of item.photos) delete photo.photo_id } else if (timed && names(error, 'happened_at')) timed = false
			else throw error
		}
	}
}
async function settle(item: Item) {
	for (const photo of item.photos) await dropBytes(photo.id)
	Object.assign(item, { state: 'sent', photos: [] })
	if (item.kind === 'report') Object.assign(item, { place: null, address: '', description: '' })
	else if (item.kind === 'form') Object.assign(item, { subject: {}, fields: [], values: {}, doubts: {}, changes: [] })
	else Object.assign(item, { note: '', values: {} })
	await save(item)
	for (const old of items.value.filter((one) => one.state === 'sent').slice(0, -SENT_KEPT)) await discard(old)
}
/** True: go on with the next one. */
async function deliver(item: Item) {
	try {
		await sendOne(item)
		online.value = true
		delete item.problem
		await settle(item)
		return true
	} catch (error) {
		const status = error instanceof ApiError ? error.status : -1
		if (status === 0) { online.value = false; return false }
		if (status === 401) { lost.value = true; return false }
		item.problem = problemOf(error)
		if (status !== 429 && status < 500) item.state = 'failed'
		await save(item)
		return true
	}
}

let running: Promise<void> | null = null
/** Sends what is queued; one run at a time, a second caller waits for the first and what came meanwhile. */
export async function drain() {
	while (running) await running
	running = run().finally(() => { running = null })
	await running
}
async function run() {
	if (!who.value || lost.value || mustChange.value || !navigator.onLine) return
	busy.value = true
	try {
		const tried = new Set<string>()
		for (;;) {
			const item = items.value.filter((one) => one.state === 'queued' && !tried.has(one.id)).sort((a, b) => a.at - b.at)[0]
			if (!item) break
			tried.add(item.id)
			if (!await deliver(item)) break
		}
	} finally { busy.value = false }
}
/** The line may be back: asks who is logged in, then sends. */
export async function wake() {
	if (!who.value) return
	if (await refresh() && !lost.value) await drain()
}
export function watchLine() {
	addEventListener('online', () => { void wake() })
	addEventListener('offline', () => { online.value = false })
	// webviews do not always tell of the line
	setInterval(() => { if (unsent.value && !busy.value) void wake() }, AGAIN_MS)
}
