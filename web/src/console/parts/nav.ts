// What the left side leads to: at most seven places for anybody, named by the person's work; pages that belong together share one.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { Bell, Collection, Location, DataAnalysis, HomeFilled, List, MapLocation, Promotion, Setting, Share, Stamp, User } from '@element-plus/icons-vue'
import { cases, notices, system } from '@/api'
import type { Permit } from '@/api/types'
import { may } from '@/lib/session'

export interface NavPage { to: string; word: string; permits: Permit[] }
interface Group { word: string; icon: unknown; pages: NavPage[] }
const page = (to: string, word: string, ...permits: Permit[]): NavPage => ({ to, word, permits })
const groups: Group[] = [
	{ word: 'overview', icon: HomeFilled, pages: [page('/', 'overview')] },
	{ word: 'inbox', icon: Bell, pages: [page('/inbox', 'inbox', 'ask', 'decide', 'supervise', 'event.report', 'event.handle', 'event.dispatch', 'event.supervise'), page('/notices', 'notices'), page('/forms', 'forms')] },
	{ word: 'events', icon: Location, pages: [page('/events', 'events', 'event.report', 'event.handle', 'event.dispatch', 'event.supervise', 'audit'), page('/events/classes', 'classes', 'event.report', 'event.handle', 'event.dispatch', 'event.supervise'), page('/events/duties', 'duties', 'event.dispatch', 'event.supervise'), page('/events/partners', 'partners', 'event.supervise'), page('/emergencies', 'emergencies', 'event.report', 'event.handle', 'event.dispatch', 'event.supervise'), page('/events/stats', 'eventStats', 'event.handle', 'event.dispatch', 'event.supervise', 'audit')] },
	{ word: 'places', icon: MapLocation, pages: [page('/map', 'map', 'data.read', 'place.read'), page('/areas', 'areas', 'place.edit', 'event.report', 'event.handle', 'event.dispatch', 'hotline'), page('/areas/addresses', 'addresses', 'place.edit', 'event.report', 'event.handle', 'event.dispatch', 'hotline'), page('/areas/drafts', 'areaDrafts', 'place.edit')] },
	{ word: 'catalog', icon: Collection, pages: [page('/catalog', 'catalog', 'catalog.read'), page('/systems', 'systems', 'jobs.read'), page('/lists', 'lists', 'jobs.read'), page('/far', 'far', 'catalog.read'), page('/life', 'life', 'catalog.edit', 'catalog.review')] },
	{ word: 'requests', icon: Promotion, pages: [page('/requests', 'requests', 'ask', 'decide', 'supervise'), page('/grants', 'grants', 'grant', 'keys')] },
	{ word: 'jobs', icon: List, pages: [page('/jobs', 'jobs', 'jobs.read', 'load'), page('/deliveries', 'deliveries', 'jobs.read'), page('/adapters', 'adapters', 'jobs.read'), page('/cascade', 'cascade', 'cascade')] },
	{ word: 'quality', icon: DataAnalysis, pages: [page('/quality', 'quality', 'jobs.read'), page('/quarantine', 'quarantine', 'load'), page('/comparisons', 'comparisons', 'jobs.read'), page('/verifications', 'verifications', 'jobs.read'), page('/findings', 'findings', 'jobs.read'), page('/assessments', 'assessments', 'jobs.read')] },
	{ word: 'openings', icon: Share, pages: [page('/openings', 'openings', 'catalog.edit', 'catalog.review')] },
	{ word: 'evidence', icon: Stamp, pages: [page('/evidence', 'evidence', 'audit')] },
	{ word: 'people', icon: User, pages: [page('/people', 'people', 'system', 'security')] },
	{ word: 'settings', icon: Setting, pages: [page('/settings', 'settings', 'system')] },
]
export interface Place { word: string; icon: unknown; pages: NavPage[] }
/** Groups with the pages this person may open; a group of one page has that page's name. */
export const placesOf = (): Place[] => groups
	.map((group) => ({ ...group, pages: group.pages.filter((one) => may(...one.permits)) }))
	.filter((group) => group.pages.length)
	.map((group) => ({ ...group, word: group.pages.length > 1 ? group.word : group.pages[0].word }))

const waitsAt: Record<string, string> = { destruction: '/life', destruction_review: '/life', review: '/catalog', returned: '/catalog', opening_review: '/openings', open_message: '/openings', quarantine: '/quarantine', mended: '/quarantine', contest: '/assessments' }
/** What waits for this person, by page. */
export function useWaiting() {
	const overview = useQuery({ queryKey: ['overview'], queryFn: system.overview, staleTime: 30_000 })
	const inbox = useQuery({ queryKey: ['inbox-counts'], queryFn: cases.counts, staleTime: 30_000, enabled: may('ask', 'decide', 'supervise', 'event.report', 'event.handle', 'event.dispatch', 'event.supervise') })
	const unread = useQuery({ queryKey: ['notice-counts'], queryFn: notices.counts, staleTime: 30_000 })
	return computed<Record<string, number>>(() => {
		const counts: Record<string, number> = {}
		for (const item of overview.data.value?.waits ?? []) {
			const at = waitsAt[item.kind]
			if (at) counts[at] = (counts[at] ?? 0) + (item.count ?? 1)
		}
		if (inbox.data.value?.waiting) counts['/inbox'] = inbox.data.value.waiting
		const fresh = unread.data.value
		if (fresh?.unread || fresh?.unconfirmed) counts['/notices'] = Math.max(fresh.unread, fresh.unconfirmed)
		return counts
	})
}
