// The queue of the board: pages of what waits (events, or with scope checks the verifications that run at the centre), read as one scrolls; its filters are in the address. Live: read again when the stream
// says that cases changed; what is new since the last look is known.
import { useInfiniteQuery, useQuery, keepPreviousData } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { events, verify } from '@/api'
import type { EventRow } from '@/api/types'
import { may } from '@/lib/session'
import { streamUp } from '@/lib/stream'

export const filterNames = ['scope', 'light', 'state', 'area', 'class', 'q'] as const
export type QueueFilters = Partial<Record<typeof filterNames[number], string>>

/** Verifications as rows of the queue: without a place, with the officer where events have their unit. */
async function checks(query: Record<string, string>) {
	const page = await verify.queue(query)
	return { next: page.next, items: page.items.map((one) => ({ ...one, supplier_org_name: one.officer, lon: null, lat: null, outcome: '', paused_at: null })) as unknown as EventRow[] }
}
const only = (given: QueueFilters, names: readonly (keyof QueueFilters)[]) => Object.fromEntries(names.map((name) => [name, given[name]]).filter((pair) => pair[1])) as Record<string, string>

// the clocks move by themselves; without the stream nothing else tells of what came in
const poll = () => streamUp.value ? 60_000 : 5_000

export function useQueue() {
	const route = useRoute()
	const router = useRouter()
	const filters = computed<QueueFilters>(() => Object.fromEntries(filterNames.map((name) => [name, route.query[name]]).filter((pair) => typeof pair[1] === 'string' && pair[1])))
	const set = (change: Partial<Record<string, string>>) => {
		const query = { ...route.query }
		for (const [name, value] of Object.entries(change)) if (value) query[name] = value; else delete query[name]
		return router.replace({ query })
	}
	const pages = useInfiniteQuery({
		queryKey: computed(() => ['queue', 'rows', filters.value]), initialPageParam: '',
		queryFn: ({ pageParam }) => {
			const page = { limit: '100', ...(pageParam ? { after: pageParam } : {}) }
			return filters.value.scope === 'checks' ? checks({ ...only(filters.value, ['light', 'state', 'q']), ...page }) : events.queue({ ...filters.value, ...page })
		},
		getNextPageParam: (last) => last.next ?? undefined, placeholderData: keepPreviousData, refetchInterval: poll,
	})
	const counts = useQuery({
		queryKey: computed(() => ['queue', 'counts', filters.value.scope, filters.value.area, filters.value.class, filters.value.q]),
		queryFn: () => filters.value.scope === 'checks' ? verify.queueCounts(only(filters.value, ['q'])) : events.queueCounts({ ...filters.value as { scope?: 'mine' | 'open' }, state: undefined, light: undefined } as Parameters<typeof events.queueCounts>[0]), placeholderData: keepPreviousData, refetchInterval: poll,
	})
	const checked = useQuery({ queryKey: ['queue', 'checks'], queryFn: () => verify.queueCounts({}), enabled: may('event.dispatch'), refetchInterval: poll })
	// the same case may be on two pages while it moves
	const rows = computed<EventRow[]>(() => [...new Map((pages.data.value?.pages ?? []).flatMap((page) => page.items).map((row) => [row.case_id, row])).values()])
	// what was not there when it was last read with these filters, from the first page (farther ones come by scrolling)
	const fresh = ref<Set<string>>(new Set())
	let had: Set<string> | null = null
	watch(() => JSON.stringify(filters.value), () => { had = null; fresh.value = new Set() })
	watch(() => pages.data.value?.pages[0], (page) => {
		if (!page || pages.isPlaceholderData.value) return
		const known = had
		if (known) for (const row of page.items) if (!known.has(row.case_id)) fresh.value.add(row.case_id)
		had = new Set([...(known ?? []), ...rows.value.map((row) => row.case_id)])
	})
	const more = () => { if (pages.hasNextPage.value && !pages.isFetching.value) pages.fetchNextPage() }
	return { filters, set, pages, counts, checked, rows, fresh, more }
}
