// The last view of each list (filters, tab) in this visit: the way back to a list leads to it as it was left.
import { reactive, watch } from 'vue'
import type { RouteLocationNormalized } from 'vue-router'
import { session } from './session'

const left = reactive<Record<string, string>>({})
watch(() => session.value?.account_id, () => { for (const path of Object.keys(left)) delete left[path] })
const lists = ['/catalog', '/jobs', '/quarantine', '/grants', '/evidence', '/people', '/settings']
export function rememberView(to: Pick<RouteLocationNormalized, 'path' | 'query'>) {
	if (!lists.includes(to.path)) return
	const query = Object.entries(to.query).filter(([name, value]) => typeof value === 'string' && value && !/(^|\.)after$|^account$/.test(name)) as [string, string][]
	left[to.path] = query.length ? `${to.path}?${new URLSearchParams(query)}` : to.path
}
export const lastView = (path: string) => left[path] ?? path
