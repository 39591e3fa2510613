// The page's own addresses: /m/ tasks, /m/task/<id>, /m/report[/<draft>], /m/outbox, /m/settings, /m/doubts, /m/reports, /m/notices[/<id>],
// /m/forms[/<form>[/<draft>]]. Back and forward work as anywhere.
import { ref } from 'vue'

const parse = () => location.pathname.replace(/^\/m\/?/, '').split('/').filter(Boolean)
export const path = ref(parse())
export const told = ref('') // said once on the page that follows
addEventListener('popstate', () => { path.value = parse() })
export function go(to: string, message = '') {
	history.pushState(null, '', '/m/' + to)
	path.value = parse()
	told.value = message
	scrollTo(0, 0)
}
export function begin() { if (location.pathname === '/m') history.replaceState(null, '', '/m/') }
