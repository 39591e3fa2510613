// Who is at the phone. Without a line the last person goes on (drafts, tasks seen), the server decides when the line is back. A lost
// session keeps all drafts; only logging out wipes them.
import { ref } from 'vue'
import { ApiError, call, onSessionLost, setCsrf } from '@/api/client'
import type { Session } from '@/api/types'
import { keep, kept } from './kept'
import { wipe } from './store'

export interface Who { account_id: string; name: string; login: string; permits: string[] }
const KEY = 'm.who', LEAVING = 'm.leaving'
export const who = ref<Who | null>(null)
export const mustChange = ref(false)
export const lost = ref(false)
export const online = ref(navigator.onLine)

onSessionLost(() => { lost.value = who.value !== null })

function enter(session: Session) {
	setCsrf(session.csrf)
	mustChange.value = session.must_change_password
	lost.value = false
	who.value = { account_id: session.account_id, name: session.name, login: session.login, permits: session.permits }
	keep(KEY, JSON.stringify(who.value))
}
/** True: the server answered. */
export async function refresh() {
	try {
		const session = await call<Session>('GET', '/session', { quiet401: true })
		online.value = true
		if (kept(LEAVING)) { // left without a line: the server hears of it now
			setCsrf(session.csrf)
			await call<void>('DELETE', '/session', { quiet401: true })
			keep(LEAVING, null)
			return true
		}
		enter(session)
	} catch (error) {
		if (!(error instanceof ApiError)) throw error
		if (error.status === 401) { online.value = true; keep(LEAVING, null); lost.value = who.value !== null }
		if (error.status === 0) online.value = false
		return error.status === 401
	}
	return true
}
export async function begin() {
	try { who.value = JSON.parse(kept(KEY) ?? 'null') as Who | null } catch { who.value = null }
	await refresh()
}
export async function login(name: string, password: string) {
	enter(await call<Session>('POST', '/session', { body: { login: name, password }, quiet401: true }))
}
export async function choosePassword(old_password: string, new_password: string) {
	await call<void>('POST', '/session/password', { body: { old_password, new_password }, quiet401: true })
	await refresh()
}
export async function logout() {
	try { await call<void>('DELETE', '/session', { quiet401: true }) } catch (error) {
		if (error instanceof ApiError && error.status === 0) keep(LEAVING, '1')
	}
	keep(KEY, null)
	who.value = null // what is still under way keeps nothing more
	await wipe()
	lost.value = false
	setCsrf('')
}
export const may = (permit: string) => who.value?.permits.includes(permit) ?? false
