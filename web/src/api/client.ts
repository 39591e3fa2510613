// The one way to the server: JSON calls with CSRF token, Idempotency-Key, problem+json errors, a lost session told once, 503 retried.
import type { Problem } from './types'

export class ApiError extends Error {
	constructor(readonly problem: Problem) {
		super(problem.title)
		this.name = 'ApiError'
	}
	get status() { return this.problem.status }
}

type Query = Record<string, string | number | boolean | null | undefined>
/** key: an Idempotency-Key that outlives the call (queued steps); else one is made for it. */
export interface CallOptions { query?: Query; body?: unknown; signal?: AbortSignal; quiet401?: boolean; key?: string }

let csrf = ''
let language = 'zh-CN'
let onLost: () => void = () => undefined
/** Messages of refusals come in this language. */
export function setCallLanguage(name: string) { language = name }
export function setCsrf(token: string) { csrf = token }
export function onSessionLost(fn: () => void) { onLost = fn }

export function address(path: string, query?: Query) {
	const search = new URLSearchParams()
	for (const [name, value] of Object.entries(query ?? {})) {
		if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
	}
	const text = search.toString()
	return '/api/v1' + path + (text ? '?' + text : '')
}

/** 128 random bits as hex. crypto.randomUUID needs a newer browser and TLS; getRandomValues does not. */
export function randomKey() {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export async function problemOf(response: Response): Promise<Problem> {
	try {
		const body = await response.json() as Partial<Problem>
		if (body && typeof body.title === 'string') return { ...body, title: body.title, status: response.status }
	} catch { /* not JSON: the status speaks */ }
	return { title: response.statusText || `HTTP ${response.status}`, status: response.status }
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
	const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language }
	const init: RequestInit = { method, headers, credentials: 'same-origin', signal: options.signal }
	if (method !== 'GET') {
		if (csrf) headers['X-CSRF-Token'] = csrf
		headers['Idempotency-Key'] = options.key ?? randomKey() // one key for all tries of this call
	}
	if (options.body !== undefined) {
		headers['Content-Type'] = 'application/json'
		init.body = JSON.stringify(options.body)
	}
	for (let tries = 0; ; tries++) {
		let response: Response
		try {
			response = await fetch(address(path, options.query), init)
		} catch (error) {
			if (options.signal?.aborted) throw error
			if (tries < 1) { await pause(500); continue }
			throw new ApiError({ title: 'network', status: 0 })
		}
		if (response.status === 503 && tries < 3) {
			await pause(Math.min(5, Number(response.headers.get('Retry-After')) || 1) * 1000)
			continue
		}
		if (response.status === 401 && !options.quiet401) onLost()
		if (!response.ok) throw new ApiError(await problemOf(response))
		if (response.status === 204) return undefined as T
		const text = await response.text()
		return (text ? JSON.parse(text) : undefined) as T
	}
}

/** Sends a file as the raw body; progress gets bytes sent so far. */
export function upload<T>(path: string, file: Blob, name: string, progress: (sent: number) => void, signal?: AbortSignal, query?: Query): Promise<T> {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest()
		request.open('POST', address(path, { ...query, name }))
		request.setRequestHeader('Content-Type', 'application/octet-stream')
		request.setRequestHeader('Accept-Language', language)
		if (csrf) request.setRequestHeader('X-CSRF-Token', csrf)
		request.upload.onprogress = (event) => progress(event.loaded)
		request.onerror = () => reject(new ApiError({ title: 'network', status: 0 }))
		request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
		request.onload = () => {
			let body: unknown
			try { body = JSON.parse(request.responseText) } catch { body = undefined }
			if (request.status >= 200 && request.status < 300) return resolve(body as T)
			if (request.status === 401) onLost()
			const problem = body as Partial<Problem> | undefined
			reject(new ApiError({ ...problem, title: problem?.title ?? request.statusText, status: request.status }))
		}
		signal?.addEventListener('abort', () => request.abort())
		request.send(file)
	})
}

/** Fetches a file answer and hands it to the browser as a download under the server's or the given name. */
export async function download(method: 'GET' | 'POST', path: string, fallbackName: string, options: CallOptions = {}) {
	const headers: Record<string, string> = { 'Accept-Language': language }
	if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
	if (options.body !== undefined) headers['Content-Type'] = 'application/json'
	const response = await fetch(address(path, options.query), {
		method, headers, credentials: 'same-origin', body: options.body === undefined ? undefined : JSON.stringify(options.body),
	})
	if (response.status === 401) onLost()
	if (!response.ok) throw new ApiError(await problemOf(response))
	const disposition = response.headers.get('Content-Disposition') ?? ''
	const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition)
	const plain = /filename="?([^";]+)"?/i.exec(disposition)
	saveBlob(await response.blob(), extended ? decodeURIComponent(extended[1]) : plain ? plain[1] : fallbackName)
}

export function saveBlob(blob: Blob, name: string) {
	const link = document.createElement('a')
	link.href = URL.createObjectURL(blob)
	link.download = name
	link.click()
	setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
