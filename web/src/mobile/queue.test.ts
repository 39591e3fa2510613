import { expect, it, vi } from 'vitest'
import type { Case, CaseEvent } from '@/api/types'
vi.stubGlobal('document', { documentElement: {}, createElement: () => ({}) })
vi.stubGlobal('navigator', { onLine: true })
const { loadItems, newAction, problemOf, save, sendAnyway, drain, itemOf } = await import('./queue')
const { who } = await import('./session')
const { stamp } = await import('./meanwhile')
const { ApiError } = await import('@/api/client')

it('a place outside the city: what can be done on a phone is said, not map or crs', () => {
	const kept = problemOf(new ApiError({ title: '输入无效', status: 400, field: 'lon', rule: 'outside', detail: '该位置在本市范围之外', advice: '请在地图上核对位置；其他坐标系的坐标用 crs 注明，如 GCJ02。' }))
	expect(kept).toMatchObject({ detail: '该位置在本市范围之外', advice: '请点“不用这个位置”，或“用我现在的位置”。' })
	expect(problemOf(new ApiError({ title: '输入无效', status: 400, field: 'lon', rule: 'class_needs', advice: '请填写。' })).advice).toBe('请填写。')
})

const event = (no: number, action: string, moved = false) => ({ no, at: new Date(no).toISOString(), action, title: action, title_en: '', moved, to: '', to_title: '', to_title_en: '', side: '', by_name: '周调度', org_name: '指挥中心', clock: '', note: '', form: null }) as CaseEvent
const caseAt = (version: number, events: CaseEvent[], state = 'verify') => ({ case_id: '7', number: 'SJ-7', title: '井盖', version, state, state_title: state, state_title_en: '', events, may: [{ action: 'verify_true', title: '', title_en: '', note: 'optional', form: '', blocked: null }] }) as unknown as Case
/** A server with one case: refuses a step of another version, takes a key once. What was asked of it. */
function serve(now: Case) {
	const asked: { key: string | null; version: number }[] = []
	vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
		const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
		if (init.method === 'GET') return json(200, now)
		const { version } = JSON.parse(init.body as string) as { version: number }
		asked.push({ key: new Headers(init.headers).get('Idempotency-Key'), version })
		return version === now.version ? json(200, now) : json(409, { title: '冲突', status: 409, field: 'version', rule: 'version' })
	})
	return asked
}
async function written(id: string) {
	who.value = { account_id: '1', name: '', login: '', permits: [] }
	await loadItems()
	const item = newAction(caseAt(3, [event(2, 'accept', true), event(1, 'start', true)]), 'verify_true', '')
	Object.assign(item, { id, state: 'queued', note: '属实' })
	await save(item)
	return item
}

it('a step whose case was pressed or added to meanwhile goes out by itself, under a key of its own', async () => {
	const asked = serve(caseAt(6, [event(5, 'overdue'), event(4, 'urge'), event(3, 'remark'), event(2, 'accept', true), event(1, 'start', true)]))
	await written('step-1')
	await drain()
	expect(itemOf('step-1')).toMatchObject({ state: 'sent', sent: { number: 'SJ-7' } })
	expect(asked).toEqual([{ key: 'step-1', version: 3 }, { key: 'step-1-6', version: 6 }])
})
it('a step whose case went on, or got other parties, is kept with what happened; the officer sends it anyway', async () => {
	const now = caseAt(5, [event(4, 'parties'), event(3, 'urge'), event(2, 'accept', true), event(1, 'start', true)])
	const asked = serve(now)
	await written('step-2')
	await drain()
	const kept = itemOf('step-2')!
	expect(kept).toMatchObject({ state: 'failed', note: '属实', meanwhile: { possible: true, version: 5, events: [{ no: 4, by: '指挥中心 周调度' }, { no: 3 }] } })
	expect(asked).toHaveLength(1)
	await sendAnyway(kept as ReturnType<typeof newAction>)
	expect(asked[asked.length - 1]).toEqual({ key: 'step-2-5', version: 5 })
	expect(itemOf('step-2')).toMatchObject({ state: 'sent' })
	serve(caseAt(7, [event(6, 'verify_true', true)], 'file'))
	now.may = []
	await written('step-3')
	await drain()
	expect(itemOf('step-3')).toMatchObject({ state: 'failed', meanwhile: { case_state: 'file', events: [{ no: 6 }] } })
	stamp(itemOf('step-3') as ReturnType<typeof newAction>, now)
	expect(itemOf('step-3')).not.toHaveProperty('meanwhile')
})
