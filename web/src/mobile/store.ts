// What the phone keeps: items (drafts, queue, what was sent lately), the bytes of their pictures, and what was last read (tasks,
// classes). In IndexedDB; in memory where a browser has none, and then `durable` is false and the page says so. Wiped on log-out.
import { ref } from 'vue'
import type { FormKnown } from '@/api/types'

export interface KeptPhoto { id: string; name: string; type: string; photo_id?: string /* the server has it */ }
/** of: the standard address that it is from; crs: where the camera says that it wrote GCJ-02. */
export interface Place { lon: number; lat: number; crs?: 'GCJ02'; from: 'photo' | 'phone' | 'address'; of?: string }
export interface ProblemKept { title: string; status: number; detail?: string; advice?: string; field?: string; lines: string[] }
interface ItemBase {
	id: string /* made with the draft: what makes sending it twice harmless */
	account: string
	state: 'draft' | 'queued' | 'failed' | 'sent'
	at: number /* ms; order of sending */
	photos: KeptPhoto[]
	problem?: ProblemKept
	sent?: { number: string; case_id: string }
	title: string
}
export interface ReportItem extends ItemBase { kind: 'report'; class_code: string; place: Place | null; address: string; description: string; component: string }
/** What happened to a case after a step was written, newest first; possible: the step can still be done. */
export interface Meanwhile { version: number; case_state: string; case_no: number; state_title: string; state_title_en: string; possible: boolean; events: { no: number; at: string; title: string; title_en: string; by: string; note: string }[] }
/** version, case_state, case_no: the case as the writer saw it, its newest event. key: when it is not the id. */
export interface ActionItem extends ItemBase { kind: 'action'; case_id: string; version: number; case_state?: string; case_no?: number; key?: string; meanwhile?: Meanwhile; action: string; form: string; note: string; values: Record<string, unknown> }
/** One field of a verification: mark is the recorded value as it was seen. */
export interface CheckAnswer { field: string; mark: string; answer: string; value: string }
/** What was found to be otherwise when an answer was sent: another value, held now (mine: what was written), not held any more, or somebody
 * has answered about the same subject. now null: it is not shown to the person. */
export interface FormChange { title: string; what: 'changed' | 'held' | 'gap' | 'answered'; now: string | null; mine: string }
export type FormField = FormKnown & { choices: { code: string; label: string; label_en: string }[] /* of a short set */ }
/** A form being filled in. fields, version, answered_at: as they were looked up; version null: not yet, there was no line. erased: the values
 * that were shown are gone from the phone, their marks are not. */
export interface FormDraft extends ItemBase { kind: 'form'; form_id: string; subject: Record<string, string>; fields: FormField[]; version: number | null; answered_at: string | null; seen_at: number; erased: boolean
	values: Record<string, string>; doubts: Record<string, { reason: string; right: string }>; changes: FormChange[] }
export type Item = ReportItem | ActionItem | FormDraft

const STORES = ['items', 'photos', 'seen'] as const
type Store = typeof STORES[number]
export const durable = ref(true)
/** The phone has no room: what was written last is not kept. */
export const full = ref(false)
const memory: Record<Store, Map<string, unknown>> = { items: new Map(), photos: new Map(), seen: new Map() }

let opened: Promise<IDBDatabase | null> | null = null
function database() {
	opened ??= new Promise<IDBDatabase | null>((resolve) => {
		void navigator.storage?.persist?.().catch(() => false) // not thrown away when room is short
		const none = () => { durable.value = false; resolve(null) }
		try {
			const request = indexedDB.open('yiwang-m', 1)
			request.onupgradeneeded = () => { for (const name of STORES) request.result.createObjectStore(name) }
			request.onerror = none
			request.onsuccess = () => {
				request.result.onversionchange = () => { request.result.close(); opened = null }
				resolve(request.result)
			}
		} catch { none() }
	})
	return opened
}

/** Resolves when the whole is on disk. */
async function within<T>(store: Store, mode: IDBTransactionMode, act: (at: IDBObjectStore) => IDBRequest, instead: (map: Map<string, unknown>) => unknown): Promise<T> {
	const db = await database()
	if (!db) return instead(memory[store]) as T
	return new Promise((resolve, reject) => {
		const transaction = db.transaction(store, mode)
		const request = act(transaction.objectStore(store))
		transaction.oncomplete = () => resolve(request.result as T)
		transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error)
	})
}
// reactive objects cannot be kept as they are; everything but the bytes is plain JSON
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** False: there was no room. */
async function put(store: Store, key: string, value: unknown) {
	let room = true
	try { await within<unknown>(store, 'readwrite', (at) => at.put(value, key), (map) => map.set(key, value)) } catch (error) {
		if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error
		room = false
	}
	if (store !== 'photos') full.value = !room // a picture may be too large where words still have room
	return room
}
const drop = (store: Store, key: string) => within<unknown>(store, 'readwrite', (at) => at.delete(key), (map) => map.delete(key))

export const keepItem = (item: Item) => put('items', item.id, plain(item))
export const dropItem = (id: string) => drop('items', id)
export const allItems = () => within<Item[]>('items', 'readonly', (at) => at.getAll(), (map) => [...map.values()])
export const keepBytes = (id: string, bytes: ArrayBuffer) => put('photos', id, bytes)
export const bytesOf = (id: string) => within<ArrayBuffer | undefined>('photos', 'readonly', (at) => at.get(id), (map) => map.get(id))
export const dropBytes = (id: string) => drop('photos', id)
export const keepSeen = (key: string, value: unknown) => put('seen', key, plain(value))
export const seen = <T>(key: string) => within<T | undefined>('seen', 'readonly', (at) => at.get(key), (map) => map.get(key))
export async function wipe() {
	for (const name of STORES) await within<unknown>(name, 'readwrite', (at) => at.clear(), (map) => map.clear())
}
