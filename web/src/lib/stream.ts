// Live updates: feed entries become "read this again". One SharedWorker stream; a direct EventSource where there is none.
import type { QueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { openFeed, type FeedEntry, type StreamMessage } from './feed'

export const streamUp = ref(false)

// what a topic touches: the first part of the topic → query keys to read again
const touches: Record<string, string[]> = {
	job: ['jobs', 'job', 'overview', 'quarantine', 'resource', 'resources'],
	resource: ['resources', 'resource', 'versions', 'overview'],
	catalog: ['resources', 'resource', 'versions', 'overview'],
	grant: ['grants', 'overview'],
	case: ['cases', 'case', 'inbox', 'inbox-counts', 'overview', 'city-events', 'city-event', 'queue'],
	quarantine: ['quarantine', 'quarantine-summary', 'overview'],
	account: ['accounts', 'orgs', 'keys', 'service-accounts'],
	notice: ['notices', 'notice', 'notice-counts', 'receipts'],
	hotline: ['hotline'],
	evidence: ['evidence-status', 'checkpoints'],
}

const topicNames: Record<string, string> = { 1: 'job', 2: 'catalog', 3: 'quarantine', 4: 'grant', 5: 'account', 6: 'case', 7: 'notice', 8: 'hotline' }

let client: QueryClient | null = null
let stop: (() => void) | null = null
const waiting = new Set<string>()
let timer = 0

function touch(entry: FeedEntry) {
	const topic = String(entry.topic)
	const room = (topicNames[topic] ?? topic).split(/[./:]/)[0]
	for (const key of touches[room] ?? touches[room.replace(/s$/, '')] ?? []) waiting.add(key)
	if (waiting.size && !timer) timer = window.setTimeout(flush, 300) // a burst reads once
}
function flush() {
	timer = 0
	for (const key of waiting) client?.invalidateQueries({ queryKey: [key] })
	waiting.clear()
}
function hear(message: StreamMessage) {
	if (message.kind === 'entry') touch(message.entry)
	else {
		const was = streamUp.value
		streamUp.value = message.kind === 'up'
		if (!was && streamUp.value) { for (const keys of Object.values(touches)) keys.forEach((key) => waiting.add(key)); flush() }
	}
}

export function startStream(queries: QueryClient) {
	client = queries
	if (stop) return
	if (typeof SharedWorker === 'function') {
		try {
			const worker = new SharedWorker(new URL('./stream-worker.ts', import.meta.url), { type: 'module', name: 'yiwang-feed' })
			const bye = () => worker.port.postMessage('bye')
			worker.port.onmessage = (event: MessageEvent<StreamMessage>) => hear(event.data)
			worker.onerror = () => { stop?.(); direct() }
			worker.port.start()
			worker.port.postMessage('start')
			addEventListener('pagehide', bye)
			stop = () => { bye(); removeEventListener('pagehide', bye); streamUp.value = false; stop = null }
			return
		} catch { /* falls through to a stream of our own */ }
	}
	direct()
}
function direct() {
	const source = openFeed(hear)
	stop = () => { source.close(); streamUp.value = false; stop = null }
}
export function stopStream() { stop?.() }

/** Poll interval for things in motion: slow while the stream is up, 2 s when it is down. */
export const pollMs = (moving: boolean) => !moving ? false : streamUp.value ? 5_000 : 2_000
