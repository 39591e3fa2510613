// SharedWorker: one event stream for all tabs of this browser (over HTTP/1.1 six streams would block every other call).
import './polyfill'
import { openFeed, type StreamMessage } from './feed'

const ports = new Set<MessagePort>()
let source: EventSource | null = null
let up = false

function tell(message: StreamMessage) {
	if (message.kind !== 'entry') up = message.kind === 'up'
	for (const port of ports) port.postMessage(message)
}
function start() {
	if (source && source.readyState !== EventSource.CLOSED) return
	source = openFeed(tell)
}
function leave(port: MessagePort) {
	ports.delete(port)
	if (ports.size === 0) { source?.close(); source = null; up = false }
}

;(globalThis as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
	const port = event.ports[0]
	ports.add(port)
	port.onmessage = (message) => {
		if (message.data === 'bye') leave(port)
		else if (message.data === 'start') { start(); port.postMessage({ kind: up ? 'up' : 'down' }) }
	}
	port.start()
}
