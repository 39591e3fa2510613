// What the entries with a shell share: the cache of calls, a lost session, parts that are gone after an upgrade, Element Plus.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, type Component } from 'vue'
import type { Router } from 'vue-router'
import { ApiError, onSessionLost } from '@/api/client'
import { i18n } from '@/i18n'
import { installElements } from '@/lib/elements'
import { session, setSession } from '@/lib/session'
import { stopStream } from '@/lib/stream'

/** toLogin: where one logs in again, and whether one was logged in until now. */
export function openPage(app: Component, router: Router, toLogin: (had: boolean) => void) {
	const queries = new QueryClient({
		defaultOptions: {
			queries: {
				staleTime: 5_000,
				refetchOnWindowFocus: false,
				retry: (tries, error) => tries < 1 && !(error instanceof ApiError && error.status !== 0),
			},
		},
	})
	onSessionLost(() => {
		const had = session.value !== null
		setSession(null)
		stopStream()
		queries.clear()
		toLogin(had)
	})
	// after an upgrade the parts of the page that was open are gone from the server: the address is loaded anew, once
	addEventListener('vite:preloadError', (event) => {
		const at = Number(sessionStorage.getItem('yiwang.reloaded') ?? 0)
		if (Date.now() - at < 10_000) return
		sessionStorage.setItem('yiwang.reloaded', String(Date.now()))
		event.preventDefault()
		location.reload()
	})
	const made = createApp(app)
	installElements(made)
	made.use(i18n).use(VueQueryPlugin, { queryClient: queries }).use(router).mount('#app')
}
