// Tasks: the caller's inbox of city events, with what is needed to do them without a line; read anew where a version changed, kept in
// the store. The server's list is by time left.
import { ref } from 'vue'
import { ApiError, call } from '@/api/client'
import type { CaseInboxOutput } from '@/api.gen'
import type { Case, EventClass, EventOne, Page, Verification } from '@/api/types'
import { citable, type DutyLine } from '@/lib/duties'
import { online, who } from './session'
import { keepSeen, seen } from './store'

const TASKS_MAX = 50, AT_ONCE = 3
/** A city event, or a record to be verified: one of the two. */
export interface Task { one: Case; event: EventOne | null; check: Verification | null }
export const spotOf = (task: Task) => task.event ?? task.check
/** duties: the lines of one's unit, once for all its events: what a return may cite. */
interface Kept { at: number; tasks: Task[]; more: boolean; duties?: DutyLine[] }
export const kept = ref<Kept | null>(null)
export const classes = ref<EventClass[]>([])
export const reading = ref(false)

let duties: DutyLine[] | undefined // as read last
const read = async (id: string): Promise<Task> => {
	const one = await call<Case>('GET', `/cases/${id}`)
	if (one.process === 'verification') return { one, event: null, check: await call<Verification>('GET', `/verifications/${id}`) }
	const event = await call<EventOne>('GET', `/city-events/${id}`, { query: { duties: duties ? false : undefined } })
	if (event.is_supplier) duties ??= event.duties
	return { one, event: { ...event, duties: [] }, check: null }
}
export const linesOf = ({ event }: Task) => event ? citable(event.proposal, event.is_supplier ? duties ?? kept.value?.duties : []) : []
const key = () => 'tasks ' + who.value?.account_id // of one person: another who logs in here never sees them
/** What the phone has, until the server has answered. */
export async function loadKept() {
	const [tasks, list] = [await seen<Kept>(key()), await seen<EventClass[]>('classes')]
	kept.value ??= tasks ?? null
	if (!classes.value.length) classes.value = list ?? []
}
export function forget() { kept.value = null; classes.value = []; duties = undefined }
export const taskOf = (id: string) => kept.value?.tasks.find((task) => task.one.case_id === id)
/** Reads one task anew; one that is kept when there is no line. */
export async function readTask(id: string) {
	duties = undefined // the list may have changed since
	try {
		const task = await read(id)
		const at = kept.value?.tasks.findIndex((one) => one.one.case_id === id) ?? -1
		if (at >= 0) { kept.value = { ...kept.value!, tasks: kept.value!.tasks.map((other, i) => i === at ? task : other), duties: duties ?? kept.value!.duties }; await keepSeen(key(), kept.value) }
		return task
	} catch (error) {
		if (!(error instanceof ApiError) || error.status !== 0) throw error
		online.value = false
		return taskOf(id)
	}
}
export async function readTasks() {
	if (reading.value) return
	reading.value = true
	try {
		const page = await call<CaseInboxOutput>('GET', '/inbox', { query: { limit: TASKS_MAX } })
		online.value = true
		const mine = page.items.filter((item) => item.line === 'city')
		const tasks: Task[] = []
		for (let i = 0; i < mine.length; i += AT_ONCE)
			tasks.push(...await Promise.all(mine.slice(i, i + AT_ONCE).map(async (item) => {
				const known = taskOf(item.case_id)
				return known && known.one.version === item.version ? { ...known, one: { ...known.one, light: item.light, pressed: item.pressed, due_at: item.due_at } } : read(item.case_id)
			})))
		kept.value = { at: Date.now(), tasks, more: page.next !== null, duties: duties ?? kept.value?.duties }
		await keepSeen(key(), kept.value)
	} catch (error) {
		if (!(error instanceof ApiError) || error.status !== 0) throw error
		online.value = false
	} finally { reading.value = false }
}
/** What can be reported (not the classes of verification). The list changes seldom: read once a start, the kept one meanwhile. */
export async function readClasses() {
	try {
		const list = (await call<Page<EventClass>>('GET', '/event-classes')).items
		classes.value = list.filter((one) => one.parent && !one.retired && one.kind !== 'check')
		await keepSeen('classes', classes.value)
	} catch (error) { if (!(error instanceof ApiError)) throw error }
}
