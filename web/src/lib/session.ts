// Who is logged in and what they may do. One session a page; every page asks may().
import { computed, shallowRef } from 'vue'
import { people } from '@/api'
import { ApiError, setCsrf } from '@/api/client'
import type { Permit, Session } from '@/api/types'

export const session = shallowRef<Session | null>(null)
export const loggedIn = computed(() => session.value !== null)

export function setSession(value: Session | null) {
	session.value = value
	setCsrf(value?.csrf ?? '')
}

export function may(...permits: Permit[]) {
	const own = session.value?.permits ?? []
	return permits.length === 0 || permits.some((permit) => own.includes(permit))
}

let loading: Promise<void> | null = null
/** Asks the server once; 401 means nobody. Other failures are thrown so that the page can say so. */
export function loadSession() {
	loading ??= people.session().then(setSession, (error) => {
		loading = null
		if (error instanceof ApiError && error.status === 401) setSession(null)
		else throw error
	})
	return loading
}

export async function login(name: string, password: string) {
	setSession(await people.login(name, password))
	return session.value!
}

export async function logout() {
	await people.logout().catch(() => undefined)
	setSession(null)
}
