// Messages between the page and its stream: what the server's feed says, and whether the stream is up.
export interface FeedEntry { topic: string; subject: string; version?: number; op?: string; id?: string }
export type StreamMessage = { kind: 'entry'; entry: FeedEntry } | { kind: 'up' } | { kind: 'down' }

export function openFeed(tell: (message: StreamMessage) => void) {
	const source = new EventSource('/api/v1/events', { withCredentials: true })
	source.onopen = () => tell({ kind: 'up' })
	source.onerror = () => tell({ kind: 'down' }) // the browser tries again by itself with Last-Event-ID
	source.addEventListener('feed', (event) => {
		const message = event as MessageEvent<string>
		try {
			tell({ kind: 'entry', entry: { ...JSON.parse(message.data) as FeedEntry, id: message.lastEventId } })
		} catch { /* not ours */ }
	})
	return source
}
