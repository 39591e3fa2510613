// A list page's state lives in the address: each filter is a query parameter, the page is the `after` cursor.
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Page } from '@/api/types'

export type Filters = Record<string, string>

export function useList<T>(key: string, names: string[], fetch: (query: Filters) => Promise<Page<T>>,
	options: { fixed?: () => Filters; prefix?: string; refetch?: (items: T[]) => number | false; limit?: number } = {}) {
	const route = useRoute()
	const router = useRouter()
	const prefix = options.prefix ?? ''
	const at = (name: string) => { const value = route.query[prefix + name]; return typeof value === 'string' ? value : '' }
	const filters = computed<Filters>(() => Object.fromEntries(names.map((name) => [name, at(name)]).filter((pair) => pair[1] !== '')))
	const after = computed(() => at('after'))
	const back = ref<string[]>([]) // cursors of the pages before this one, as far as this visit went

	function go(change: Filters) {
		const query = { ...route.query }
		for (const [name, value] of Object.entries(change)) {
			if (value === '') delete query[prefix + name]
			else query[prefix + name] = value
		}
		return router.replace({ query, hash: route.hash })
	}
	function set(change: Filters) {
		back.value = []
		return go({ ...change, after: '' })
	}
	const query = useQuery({
		queryKey: computed(() => [key, options.fixed?.() ?? {}, filters.value, after.value]),
		queryFn: () => fetch({ limit: String(options.limit ?? 50), ...filters.value, ...options.fixed?.(), ...(after.value ? { after: after.value } : {}) }),
		placeholderData: keepPreviousData,
		refetchInterval: options.refetch ? (q) => options.refetch!((q.state.data as Page<T> | undefined)?.items ?? []) : undefined,
	})
	const items = computed<T[]>(() => query.data.value?.items ?? [])
	const next = computed(() => query.data.value?.next ?? null)
	const total = computed(() => query.data.value?.total ?? null)
	function forward() {
		if (!next.value) return
		back.value.push(after.value)
		go({ after: next.value })
	}
	function backward() { go({ after: back.value.pop() ?? '' }) }
	/** All pages of what the filters show, up to limit rows. */
	async function all(limit: number) {
		const rows: T[] = []
		for (let cursor = ''; rows.length < limit;) {
			const page = await fetch({ limit: '200', ...filters.value, ...options.fixed?.(), ...(cursor ? { after: cursor } : {}) })
			rows.push(...page.items)
			if (!page.next) return { rows, cut: false }
			cursor = page.next
		}
		return { rows: rows.slice(0, limit), cut: true }
	}
	watch(filters, () => { back.value = [] })
	return { filters, set, items, next, total, after, back, forward, backward, query, all,
		error: query.error, loading: query.isFetching, first: query.isPending, refresh: () => query.refetch() }
}
export type List<T> = ReturnType<typeof useList<T>>
