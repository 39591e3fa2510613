// Views of a list that a person keeps: sets of filters. Kept in this browser, for this person; the words are the list's, in either language.
import { ref } from 'vue'
import type { Filters } from './list'
import { session } from './session'

export const viewLimit = 12
const same = (a: Filters, b: Filters) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort())
export function useViews(list: string) {
	const key = `yiwang.views.${session.value?.account_id ?? ''}.${list}`
	const views = ref<Filters[]>([])
	try { views.value = (JSON.parse(localStorage.getItem(key) ?? '[]') as Filters[]).filter((one) => typeof one === 'object') } catch { /* unreadable: there are none */ }
	function keep() { try { localStorage.setItem(key, JSON.stringify(views.value)) } catch { /* full: they last for this visit */ } }
	const has = (filters: Filters) => views.value.some((one) => same(one, filters))
	function add(filters: Filters) {
		if (has(filters)) return
		views.value = [...views.value, { ...filters }].slice(-viewLimit)
		keep()
	}
	function remove(at: number) {
		views.value = views.value.filter((_, i) => i !== at)
		keep()
	}
	return { views, has, add, remove }
}
