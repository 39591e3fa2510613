// Entry of the console 工作台.
import '@/lib/polyfill'
import { openPage } from '@/lib/page'
import '@/styles/theme.css'
import App from './App.vue'
import { router } from './router'

openPage(App, router, (had) => {
	const here = router.currentRoute.value
	if (here.name !== 'login') router.push({ name: 'login', query: { to: here.fullPath, lost: had ? '1' : undefined } })
})
