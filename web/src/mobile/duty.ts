// Emergency duty: the one time when this page records where the phone is, from the tap that switches it on until the one that switches it
// off, the duty's end, or the page's. What could not be sent yet waits in memory only.
import { ref } from 'vue'
import { emergencyList, emergencyPoints, emergencyTracking, type EmergencyListOutput } from '@/api.gen'
import { ApiError } from '@/api/client'
import { online } from './session'

type Duty = EmergencyListOutput['items'][number]
interface Point { at: number; lon: number; lat: number; accuracy: number }
const EVERY_MS = 15_000, LOOK_MS = 60_000, WAIT_MAX = 2000, SEND_MAX = 200

export const duties = ref<Duty[]>([])
export const sent = ref(0)
export const noPlace = ref(false)
export const failed = ref<ApiError | null>(null)
let waiting: Point[] = []
let timer: number | undefined

const on = () => duties.value.filter((one) => one.on)
function take() {
	navigator.geolocation.getCurrentPosition(({ coords }) => {
		noPlace.value = false
		if (timer === undefined) return // switched off meanwhile
		waiting = [...waiting, { at: performance.now(), lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy }].slice(-WAIT_MAX)
		void send()
	}, () => { noPlace.value = true }, { enableHighAccuracy: true, maximumAge: 10_000, timeout: EVERY_MS - 1000 })
}
async function send() {
	if (!waiting.length || !online.value) return
	const points = waiting.slice(0, SEND_MAX)
	const aged = points.map(({ at, ...point }) => ({ ...point, age: (performance.now() - at) / 1000 }))
	try {
		for (const one of on()) sent.value += (await emergencyPoints({ id: one.emergency_id, points: aged })).kept
		waiting = waiting.filter((point) => !points.includes(point))
	} catch (error) {
		if (error instanceof ApiError && error.status === 409) await look() // it has ended, or is off: nothing is kept
		else if (error instanceof ApiError && error.status !== 0) failed.value = error
	}
}
function follow() {
	if (on().length && timer === undefined && 'geolocation' in navigator) {
		timer = window.setInterval(take, EVERY_MS)
		take()
	} else if (!on().length && timer !== undefined) {
		clearInterval(timer)
		timer = undefined
		waiting = []
		sent.value = 0
	}
}
export async function look() {
	try {
		duties.value = (await emergencyList({ open: true, called: true })).items
	} catch { return } // without a line it goes on as it is
	follow()
}
export async function turn(duty: Duty, wanted: boolean) {
	failed.value = null
	try { await emergencyTracking({ id: duty.emergency_id, on: wanted }) } catch (error) { if (error instanceof ApiError) failed.value = error }
	await look()
}
let looking: number | undefined
/** From logging in to logging out. */
export function begin(inside: boolean) {
	clearInterval(looking)
	if (!inside) { duties.value = []; follow(); return }
	void look()
	looking = window.setInterval(look, LOOK_MS)
}
