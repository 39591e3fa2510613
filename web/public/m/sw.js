// Service worker of the phone page: keeps the page's own files, so that it opens without a line. No answer of the API is ever kept here:
// drafts and tasks are in IndexedDB (src/mobile/store.ts). The page works without it; then it must stay open while there is no line.
const SHELL = 'yiwang-m-1'

async function refresh() {
	const page = await fetch('/m/', { cache: 'no-cache' })
	if (!page.ok) throw new Error('page: ' + page.status)
	const kept = await caches.open(SHELL)
	const html = await page.clone().text()
	// names under /assets/ change with their content: what is kept already is right, what is no longer named goes
	const wanted = ['/m/icon.svg', ...new Set([...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]))]
	for (const file of wanted) if (!await kept.match(file)) await kept.add(file)
	await kept.put('/m/', page)
	for (const request of await kept.keys()) {
		const path = new URL(request.url).pathname
		if (path !== '/m/' && !wanted.includes(path)) await kept.delete(request)
	}
}

self.addEventListener('install', (event) => { event.waitUntil(refresh().then(() => self.skipWaiting())) })
self.addEventListener('activate', (event) => { event.waitUntil(self.clients.claim()) })
self.addEventListener('fetch', (event) => {
	const url = new URL(event.request.url)
	if (event.request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api/')) return
	if (event.request.mode === 'navigate') {
		event.respondWith(fetch(event.request).then((answer) => {
			if (answer.ok) event.waitUntil(refresh().catch(() => undefined))
			return answer
		}, async (error) => {
			const page = await caches.match('/m/')
			if (page) return page
			throw error
		}))
	} else event.respondWith(caches.match(event.request).then((file) => file ?? fetch(event.request)))
})
