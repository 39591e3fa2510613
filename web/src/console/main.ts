// Entry of the console 工作台.
import '@/lib/polyfill'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { ApiError, onSessionLost } from '@/api/client'
import { i18n } from '@/i18n'
import { installElements } from '@/lib/elements'
import { session, setSession } from '@/lib/session'
import { stopStream } from '@/lib/stream'
import '@/styles/theme.css'
import App from './App.vue'
import { router } from './router'

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
	const here = router.currentRoute.value
	if (here.name !== 'login') router.push({ name: 'login', query: { to: here.fullPath, lost: had ? '1' : undefined } })
})

// after an upgrade the parts of the page that was open are gone from the server: the address is loaded anew, once
addEventListener('vite:preloadError', (event) => {
	const at = Number(sessionStorage.getItem('yiwang.reloaded') ?? 0)
	if (Date.now() - at < 10_000) return
	sessionStorage.setItem('yiwang.reloaded', String(Date.now()))
	event.preventDefault()
	location.reload()
})

const app = createApp(App)
installElements(app)
app.use(i18n).use(VueQueryPlugin, { queryClient: queries }).use(router).mount('#app')
