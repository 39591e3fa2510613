// Messages and notices: how many are unread, those read last (they stay on the phone until log-out), opening one is reading it.
import { ref } from 'vue'
import { ApiError, call } from '@/api/client'
import type { Notice, Page } from '@/api/types'
import { online, who } from './session'
import { keepSeen, seen } from './store'

const PAGE = 20, COUNT_AGAIN_MS = 60_000
export const unread = ref(0)
export const list = ref<Page<Notice>>()
let countedAt = 0
const key = () => 'notices ' + who.value?.account_id

/** At most once a minute, unless it is known to have changed: there is no stream here, to save data. */
export async function countUnread(changed = false) {
	if (!who.value || !online.value || (!changed && Date.now() - countedAt < COUNT_AGAIN_MS)) return
	countedAt = Date.now()
	try { unread.value = (await call<{ unread: number }>('GET', '/notices/counts')).unread } catch (error) { if (!(error instanceof ApiError)) throw error }
}
export function forgetNotices() { unread.value = 0; countedAt = 0; list.value = undefined }
export async function loadNotices() { list.value ??= await seen<Page<Notice>>(key()) }
export async function readNotices(after?: string) {
	const page = await call<Page<Notice>>('GET', '/notices', { query: { limit: PAGE, after } })
	list.value = after ? { ...page, items: [...list.value?.items ?? [], ...page.items] } : page
	if (!after) await keepSeen(key(), page)
}
/** Reading, or confirming, tells its sender. */
export async function readNotice(id: string, confirm = false) {
	const one = await call<Notice>('POST', `/notices/${id}/read`, { body: confirm ? { confirm } : {} })
	const at = list.value?.items.findIndex((other) => other.notice_id === id) ?? -1
	if (at >= 0) { list.value!.items[at] = { ...list.value!.items[at], read_at: one.read_at, confirmed_at: one.confirmed_at }; await keepSeen(key(), list.value) }
	await countUnread(true)
}
