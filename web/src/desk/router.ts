// Addresses of the desk: all below /desk. Others are the console's, which is loaded for them.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { Permit } from '@/api/types'
import { say } from '@/i18n'
import { deskPermits } from '@/lib/desk'
import { loadSession, may, session } from '@/lib/session'
import { places } from './places'

const routes: RouteRecordRaw[] = [
	{ path: '/desk', name: 'board', component: () => import('./pages/BoardPage.vue'), meta: { permits: ['event.handle', 'event.dispatch', 'event.supervise'], title: 'desk.board.title' } },
	{ path: '/desk/orders/:id(\\d+)', name: 'order', component: () => import('./pages/OrderPage.vue'), meta: { permits: deskPermits, title: 'desk.order.open', bare: true } },
	{ path: '/desk/12345', name: 'hotline', component: () => import('./pages/HotlinePage.vue'), meta: { permits: ['hotline'], title: 'hotline.title' } },
	{ path: '/desk/shifts', name: 'shifts', component: () => import('./pages/ShiftsPage.vue'), meta: { permits: ['hotline', 'event.dispatch', 'event.supervise'], title: 'hotline.shifts.title' } },
	{ path: '/desk/knowledge', name: 'knowledge', component: () => import('./pages/KnowledgePage.vue'), meta: { permits: ['hotline', 'event.supervise', 'event.handle'], title: 'hotline.knowledge.title' } },
	{ path: '/desk/:rest(.*)*', name: 'none', component: () => import('./pages/NonePage.vue'), meta: { title: 'app.noPage' } },
	{ path: '/:rest(.*)*', name: 'console', component: () => import('./pages/NonePage.vue') },
]

export const router = createRouter({
	history: createWebHistory(),
	routes,
	scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
})

export const toLogin = (back: string, lost = false) => location.assign(`/login?${new URLSearchParams({ to: back, ...(lost ? { lost: '1' } : {}) })}`)

router.beforeEach(async (to) => {
	if (to.name === 'console') {
		location.assign(to.fullPath)
		return false
	}
	try { await loadSession() } catch { return true } // server away: the page itself says so
	if (!session.value) { toLogin(to.fullPath); return false }
	if (session.value.must_change_password) { location.assign(`/password?${new URLSearchParams({ to: to.fullPath })}`); return false }
	// /desk is whatever of the desk is this person's
	const first = to.name === 'board' && !allowed(to.meta.permits) ? mine()[0] : undefined
	return first ? first.to : true
})
router.afterEach((to) => { document.title = `${say(to.meta.title ?? 'desk.title')} · ${say('app.name')}` })

export const allowed = (permits?: Permit[]) => !permits || may(...permits)
/** The places of the desk that this person may open. */
export const mine = () => places.filter((place) => allowed(router.resolve(place.to).meta.permits))
