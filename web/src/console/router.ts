// Addresses of the console. meta.permits: any of them opens the page; the server decides again on every call.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { Permit } from '@/api/types'
import { say } from '@/i18n'
import { rememberView } from '@/lib/last-view'
import { loadSession, may, session } from '@/lib/session'

declare module 'vue-router' {
	interface RouteMeta { permits?: Permit[]; bare?: boolean; title?: string; place?: string }
}
const routes: RouteRecordRaw[] = [
	{ path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue'), meta: { bare: true, title: 'login.title' } },
	{ path: '/password', name: 'password', component: () => import('./pages/PasswordPage.vue'), meta: { bare: true, title: 'pass.title' } },
	{ path: '/', name: 'overview', component: () => import('./pages/OverviewPage.vue'), meta: { title: 'nav.overview', place: '/' } },
	{ path: '/catalog', name: 'catalog', component: () => import('./pages/CatalogPage.vue'), meta: { permits: ['catalog.read'], title: 'nav.catalog', place: '/catalog' } },
	{ path: '/map', name: 'map', component: () => import('./pages/MapPage.vue'), meta: { permits: ['data.read', 'place.read'], title: 'map.title', place: '/map' } },
	{ path: '/register', name: 'register', component: () => import('./pages/RegisterPage.vue'), meta: { permits: ['catalog.edit'], title: 'catalog.register.title', place: '/catalog' } },
	{ path: '/catalog/:id(\\d+)', name: 'entry', component: () => import('./pages/EntryPage.vue'), meta: { permits: ['catalog.read'], title: 'nav.catalog', place: '/catalog' } },
	{ path: '/catalog/:id(\\d+)/edit', name: 'entry-edit', component: () => import('./pages/EntryEditPage.vue'), meta: { permits: ['catalog.edit'], title: 'catalog.edit.title', place: '/catalog' } },
	{ path: '/catalog/:id(\\d+)/review', name: 'entry-review', component: () => import('./pages/ReviewPage.vue'), meta: { permits: ['catalog.review'], title: 'catalog.review.title', place: '/catalog' } },
	{ path: '/catalog/:id(\\d+)/load', name: 'entry-load', component: () => import('./pages/LoadPage.vue'), meta: { permits: ['load'], title: 'jobs.load.title', place: '/catalog' } },
	{ path: '/catalog/:id(\\d+)/grant', name: 'entry-grant', component: () => import('./pages/GrantCreatePage.vue'), meta: { permits: ['grant'], title: 'grants.create.title', place: '/catalog' } },
	{ path: '/catalog/:id(\\d+)/ask', name: 'entry-ask', component: () => import('./pages/AskPage.vue'), meta: { permits: ['ask'], title: 'cases.form.title', place: '/requests' } },
	{ path: '/inbox', name: 'inbox', component: () => import('./pages/InboxPage.vue'), meta: { permits: ['ask', 'decide', 'supervise', 'event.report', 'event.handle', 'event.dispatch', 'event.supervise'], title: 'nav.inbox', place: '/inbox' } },
	{ path: '/areas', name: 'areas', component: () => import('./pages/AreasPage.vue'), meta: { permits: ['place.read'], title: 'nav.areas', place: '/areas' } },
	{ path: '/areas/addresses', name: 'addresses', component: () => import('./pages/AddressesPage.vue'), meta: { permits: ['place.read'], title: 'nav.addresses', place: '/areas' } },
	{ path: '/areas/drafts', name: 'area-drafts', component: () => import('./pages/AreaDraftsPage.vue'), meta: { permits: ['place.read'], title: 'nav.areaDrafts', place: '/areas' } },
	{ path: '/areas/drafts/:id(\\d+)', name: 'area-draft', component: () => import('./pages/AreaDraftPage.vue'), meta: { permits: ['place.read'], title: 'areas.draft', place: '/areas' } },
	{ path: '/notices', name: 'notices', component: () => import('./pages/NoticesPage.vue'), meta: { title: 'nav.notices', place: '/notices' } },
	{ path: '/forms', name: 'forms', component: () => import('./pages/FormsPage.vue'), meta: { title: 'nav.forms', place: '/forms' } },
	{ path: '/forms/new', name: 'form-new', component: () => import('./pages/FormEditPage.vue'), meta: { permits: ['catalog.edit'], title: 'forms.make', place: '/forms' } },
	{ path: '/forms/:id(\\d+)/edit', name: 'form-edit', component: () => import('./pages/FormEditPage.vue'), meta: { permits: ['catalog.edit'], title: 'forms.edit', place: '/forms' } },
	{ path: '/forms/:id(\\d+)', name: 'form', component: () => import('./pages/FormPage.vue'), meta: { title: 'nav.forms', place: '/forms' } },
	{ path: '/requests', name: 'requests', component: () => import('./pages/RequestsPage.vue'), meta: { permits: ['ask', 'decide', 'supervise'], title: 'nav.requests', place: '/requests' } },
	{ path: '/requests/process', name: 'request-process', component: () => import('./pages/ProcessPage.vue'), meta: { permits: ['supervise'], title: 'cases.process.title', place: '/requests' } },
	{ path: '/demand', name: 'demand', component: () => import('./pages/DemandPage.vue'), meta: { permits: ['ask'], title: 'cases.demand.title', place: '/requests' } },
	{ path: '/requests/:id(\\d+)', name: 'request', component: () => import('./pages/CasePage.vue'), meta: { permits: ['ask', 'decide', 'supervise', 'audit', 'event.report', 'event.handle', 'event.dispatch', 'event.supervise'], title: 'nav.requests', place: '/requests' } },
	{ path: '/events', name: 'events', component: () => import('./pages/EventsPage.vue'), meta: { permits: ['event.report', 'event.handle', 'event.dispatch', 'event.supervise', 'audit'], title: 'nav.events', place: '/events' } },
	{ path: '/events/report', name: 'event-report', component: () => import('./pages/EventReportPage.vue'), meta: { permits: ['event.report'], title: 'events.report.title', place: '/events' } },
	{ path: '/events/import', name: 'event-import', component: () => import('./pages/EventImportPage.vue'), meta: { permits: ['event.dispatch'], title: 'imports.title', place: '/events' } },
	{ path: '/events/classes', name: 'event-classes', component: () => import('./pages/EventClassesPage.vue'), meta: { permits: ['event.report', 'event.handle', 'event.dispatch', 'event.supervise'], title: 'events.classes.title', place: '/events' } },
	{ path: '/events/classes/new', name: 'event-class-new', component: () => import('./pages/EventClassPage.vue'), meta: { permits: ['event.supervise'], title: 'events.classes.title', place: '/events' } },
	{ path: '/events/classes/:code([BSD]\\d{2,6})', name: 'event-class', component: () => import('./pages/EventClassPage.vue'), meta: { permits: ['event.report', 'event.handle', 'event.dispatch', 'event.supervise'], title: 'events.classes.title', place: '/events' } },
	{ path: '/events/duties', name: 'event-duties', component: () => import('./pages/EventDutiesPage.vue'), meta: { permits: ['event.dispatch', 'event.supervise'], title: 'events.duties.title', place: '/events' } },
	{ path: '/events/partners', name: 'event-partners', component: () => import('./pages/PartnersPage.vue'), meta: { permits: ['event.supervise'], title: 'partners.title', place: '/events' } },
	{ path: '/events/partners/:id(\\d+)', name: 'event-partner', component: () => import('./pages/PartnerPage.vue'), meta: { permits: ['event.supervise'], title: 'partners.title', place: '/events' } },
	{ path: '/events/stats', name: 'event-stats', component: () => import('./pages/EventStatsPage.vue'), meta: { permits: ['event.handle', 'event.dispatch', 'event.supervise', 'audit'], title: 'events.stats.title', place: '/events' } },
	{ path: '/emergencies', name: 'emergencies', component: () => import('./pages/EmergenciesPage.vue'), meta: { permits: ['event.report', 'event.handle', 'event.dispatch', 'event.supervise'], title: 'nav.emergencies', place: '/emergencies' } },
	{ path: '/emergencies/:id(\\d+)', name: 'emergency', component: () => import('./pages/EmergencyPage.vue'), meta: { permits: ['event.report', 'event.handle', 'event.dispatch', 'event.supervise'], title: 'nav.emergencies', place: '/emergencies' } },
	{ path: '/events/:id(\\d+)', name: 'event', component: () => import('./pages/EventPage.vue'), meta: { permits: ['event.report', 'event.handle', 'event.dispatch', 'event.supervise', 'audit'], title: 'nav.events', place: '/events' } },
	{ path: '/jobs', name: 'jobs', component: () => import('./pages/JobsPage.vue'), meta: { permits: ['jobs.read', 'load'], title: 'nav.jobs', place: '/jobs' } },
	{ path: '/jobs/:id(\\d+)', name: 'job', component: () => import('./pages/JobPage.vue'), meta: { permits: ['jobs.read', 'load'], title: 'nav.jobs', place: '/jobs' } },
	{ path: '/deliveries', name: 'deliveries', component: () => import('./pages/DeliveriesPage.vue'), meta: { permits: ['jobs.read'], title: 'nav.deliveries', place: '/deliveries' } },
	{ path: '/deliveries/:id(\\d+)', name: 'delivery', component: () => import('./pages/DeliveryPage.vue'), meta: { permits: ['jobs.read'], title: 'nav.deliveries', place: '/deliveries' } },
	{ path: '/adapters', name: 'adapters', component: () => import('./pages/AdaptersPage.vue'), meta: { permits: ['jobs.read'], title: 'adapters.title', place: '/adapters' } },
	{ path: '/adapters/imports/:id(\\d+)', name: 'adapter-import', component: () => import('./pages/AdapterImportPage.vue'), meta: { permits: ['jobs.read'], title: 'adapters.title', place: '/adapters' } },
	{ path: '/cascade', name: 'cascade', component: () => import('./pages/CascadePage.vue'), meta: { permits: ['cascade'], title: 'cascade.title', place: '/cascade' } },
	{ path: '/cascade/streams/:id(\\d+)', name: 'stream', component: () => import('./pages/StreamPage.vue'), meta: { permits: ['cascade'], title: 'cascade.streams.title', place: '/cascade' } },
	{ path: '/far', name: 'far', component: () => import('./pages/FarPage.vue'), meta: { permits: ['catalog.read'], title: 'cascade.far.title', place: '/far' } },
	{ path: '/far/:node(\\d+)/:entry(\\d+)', name: 'far-entry', component: () => import('./pages/FarEntryPage.vue'), meta: { permits: ['catalog.read'], title: 'cascade.far.title', place: '/far' } },
	{ path: '/quarantine', name: 'quarantine', component: () => import('./pages/QuarantinePage.vue'), meta: { permits: ['load'], title: 'nav.quarantine', place: '/quarantine' } },
	{ path: '/quality', name: 'quality', component: () => import('./pages/QualityPage.vue'), meta: { permits: ['jobs.read'], title: 'nav.quality', place: '/quality' } },
	{ path: '/grants', name: 'grants', component: () => import('./pages/GrantsPage.vue'), meta: { permits: ['grant', 'keys'], title: 'nav.grants', place: '/grants' } },
	{ path: '/openings', name: 'openings', component: () => import('./pages/OpeningsPage.vue'), meta: { permits: ['catalog.edit', 'catalog.review'], title: 'nav.openings', place: '/openings' } },
	{ path: '/catalog/:id(\\d+)/open', name: 'entry-open', component: () => import('./pages/OpeningAskPage.vue'), meta: { permits: ['catalog.edit'], title: 'openings.ask.title', place: '/openings' } },
	{ path: '/catalog/:id(\\d+)/lineage', name: 'lineage', component: () => import('./pages/LineagePage.vue'), meta: { permits: ['catalog.read'], title: 'life.lineage.title', place: '/catalog' } },
	{ path: '/life', name: 'life', component: () => import('./pages/LifePage.vue'), meta: { permits: ['catalog.edit', 'catalog.review'], title: 'life.title', place: '/life' } },
	{ path: '/life/:id(\\d+)', name: 'destruction', component: () => import('./pages/DestructionPage.vue'), meta: { permits: ['jobs.read'], title: 'life.list', place: '/life' } },
	{ path: '/systems', name: 'systems', component: () => import('./pages/SystemsPage.vue'), meta: { permits: ['jobs.read'], title: 'measure.systems.title', place: '/systems' } },
	{ path: '/lists', name: 'lists', component: () => import('./pages/ListsPage.vue'), meta: { permits: ['jobs.read'], title: 'measure.lists.title', place: '/lists' } },
	{ path: '/comparisons', name: 'comparisons', component: () => import('./pages/ComparisonsPage.vue'), meta: { permits: ['jobs.read'], title: 'compare.title', place: '/comparisons' } },
	{ path: '/comparisons/new', name: 'comparison-new', component: () => import('./pages/ComparisonNewPage.vue'), meta: { permits: ['load'], title: 'compare.add', place: '/comparisons' } },
	{ path: '/comparisons/:id(\\d+)', name: 'comparison', component: () => import('./pages/ComparisonPage.vue'), meta: { permits: ['jobs.read'], title: 'compare.title', place: '/comparisons' } },
	{ path: '/verifications', name: 'verifications', component: () => import('./pages/VerificationsPage.vue'), meta: { permits: ['jobs.read'], title: 'verify.title', place: '/verifications' } },
	{ path: '/verifications/:id(\\d+)', name: 'verification', component: () => import('./pages/VerificationPage.vue'), meta: { permits: ['jobs.read', 'event.report', 'event.dispatch', 'event.supervise'], title: 'verify.one', place: '/verifications' } },
	{ path: '/findings', name: 'findings', component: () => import('./pages/FindingsPage.vue'), meta: { permits: ['jobs.read'], title: 'measure.findings.title', place: '/findings' } },
	{ path: '/assessments', name: 'assessments', component: () => import('./pages/AssessmentsPage.vue'), meta: { permits: ['jobs.read'], title: 'measure.assess.title', place: '/assessments' } },
	{ path: '/assessments/:id(\\d+)', name: 'assessment', component: () => import('./pages/AssessmentPage.vue'), meta: { permits: ['jobs.read'], title: 'measure.assess.title', place: '/assessments' } },
	{ path: '/assessments/:id(\\d+)/bulletin', name: 'bulletin', component: () => import('./pages/BulletinPage.vue'), meta: { permits: ['jobs.read'], title: 'measure.assess.bulletin', bare: true } },
	{ path: '/evidence', name: 'evidence', component: () => import('./pages/EvidencePage.vue'), meta: { permits: ['audit'], title: 'nav.evidence', place: '/evidence' } },
	{ path: '/people', name: 'people', component: () => import('./pages/PeoplePage.vue'), meta: { permits: ['system', 'security'], title: 'nav.people', place: '/people' } },
	{ path: '/settings', name: 'settings', component: () => import('./pages/SettingsPage.vue'), meta: { permits: ['system'], title: 'nav.settings', place: '/settings' } },
	// the desk is a page of its own: loaded, not routed to
	{ path: '/desk/:rest(.*)*', name: 'desk', component: () => import('./pages/NonePage.vue'), beforeEnter: (to) => { location.assign(to.fullPath); return false } },
	{ path: '/:rest(.*)*', name: 'none', component: () => import('./pages/NonePage.vue'), meta: { title: 'app.noPage' } },
]

export const router = createRouter({
	history: createWebHistory(),
	routes,
	scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
})

router.beforeEach(async (to) => {
	if (to.name === 'login') return true
	try { await loadSession() } catch { return true } // server away: the page itself says so
	if (!session.value) return { name: 'login', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
	if (session.value.must_change_password && to.name !== 'password') return { name: 'password', query: { to: to.fullPath } }
	return true
})
router.afterEach((to) => {
	rememberView(to)
	document.title = `${say(to.meta.title ?? 'app.console')} · ${say('app.name')}`
})

export const allowed = (permits?: Permit[]) => !permits || may(...permits)
