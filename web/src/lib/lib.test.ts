import { afterEach, describe, expect, it, vi } from 'vitest'
const kept = new Map<string, string>()
vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) })
vi.stubGlobal('document', { documentElement: {}, createElement: () => ({}) })
const { bytes, count, percent, progressOf, shortTime, fullTime } = await import('./format')
const { byPath, normalPath, otherFaults, stepOf } = await import('./problems')
const { whenBody, whenForm, whenGood, whenOf } = await import('./timetable')
const { cleanEntry, emptyEntry } = await import('./draft')
const { csvOf, exportName } = await import('./export')
const { conditionFaults, conditionsOf, filterOf, readConditions, writeConditions } = await import('./conditions')
const { lastView, rememberView } = await import('./last-view')
const { useViews } = await import('./views')
const { timeline } = await import('./timeline')
const { address, call, ApiError } = await import('@/api/client')

describe('times', () => {
	const now = new Date('2026-11-22T16:30:00Z') // 23 November 00:30 in Shanghai
	it('are Shanghai times whatever the zone of the browser', () => expect(fullTime('2026-11-22T16:05:09Z')).toBe('2026-11-23 00:05:09'))
	it('shorten by how near they are', () => {
		expect(shortTime('2026-11-22T16:05:00Z', now)).toBe('00:05')
		expect(shortTime('2026-11-22T06:05:00Z', now)).toBe('昨天 14:05')
		expect(shortTime('2026-03-01T06:05:00Z', now)).toBe('03-01 14:05')
		expect(shortTime('2025-03-01T06:05:00Z', now)).toBe('2025-03-01')
		expect(shortTime(null)).toBe('–')
	})
})
describe('figures', () => {
	it('are grouped', () => { expect(count(1234567)).toBe('1,234,567'); expect(count(null)).toBe('–'); expect(bytes(1536)).toBe('1.5 KB') })
	it('give no share without a total', () => { expect(percent(5, null)).toBeNull(); expect(percent(999, 1000)).toBe(99); expect(percent(7, 7)).toBe(100) })
})
describe('progress', () => {
	it('of a load is in bytes while it reads, in rows after', () => {
		const job = { kind: 'exchange.load', stage: 'read', done: 4718592, total: 24230548, rate: 1048576 }
		expect(progressOf(job)).toEqual({ done: '已读 4.5 MB', of: '已读 4.5 MB / 23.1 MB', rate: '每秒 1.0 MB' })
		expect(progressOf({ ...job, stage: 'read_back', total: null, rate: 2500 })).toEqual({ done: '4,718,592 行', of: '', rate: '2,500 行/秒' })
		expect(progressOf({ ...job, kind: 'exchange.replay', done: 3, total: 4, rate: null }).of).toBe('3 / 4 行')
	})
})
describe('problem paths', () => {
	it('are one form', () => {
		for (const path of ['fields[3].name', 'fields.3.name', '/fields/3/name', 'document.fields[3].name']) expect(normalPath(path)).toBe('fields/3/name')
		expect(stepOf('rules/0')).toBe('fields')
		expect(stepOf('retention_months')).toBe('facts')
		expect(Object.keys(byPath([{ path: 'fields[0].key', rule: 'r', message: 'm' }, { path: 'fields.0.key', rule: 's', message: 'n' }]))).toEqual(['fields/0/key'])
	})
})
describe('the document that is sent', () => {
	it('leaves out what is empty or does not belong to the choices', () => {
		const entry = { ...emptyEntry(), sharing: 'none' as const, sharing_basis: 'law', sharing_condition: 'old text', opening_condition: 'old', contact: '' }
		entry.fields.push({ name: 'a', title: '', kind: 'text', key: true, required: true, unique: false, indexed: false, grade: 1, mask: '', check: '', code_set: '', min: null })
		const sent = cleanEntry(entry)
		expect(sent.sharing_basis).toBe('law')
		expect('sharing_condition' in sent || 'opening_condition' in sent || 'contact' in sent).toBe(false)
		expect('code_set' in sent.fields[0] || 'min' in sent.fields[0]).toBe(false)
		expect(entry.sharing_condition).toBe('old text')
	})
})
describe('calls', () => {
	afterEach(() => { vi.unstubAllGlobals() })
	it('leave empty query values out', () => expect(address('/jobs', { a: '', b: undefined, c: null, d: 0, e: 'x y' })).toBe('/api/v1/jobs?d=0&e=x+y'))
	it('try a 503 again with the same Idempotency-Key, and turn problem+json into an ApiError', async () => {
		const keys: string[] = []
		const answers = [new Response('', { status: 503, headers: { 'Retry-After': '0.01' } }), new Response('{"title":"taken","rule":"version","field":"version"}', { status: 409 })]
		vi.stubGlobal('fetch', (_url: string, init: RequestInit) => { keys.push((init.headers as Record<string, string>)['Idempotency-Key']); return Promise.resolve(answers.shift()!) })
		const failed = await call('PUT', '/x', { body: {} }).catch((error: unknown) => error)
		expect(failed).toBeInstanceOf(ApiError)
		expect((failed as InstanceType<typeof ApiError>).problem).toMatchObject({ status: 409, rule: 'version', title: 'taken' })
		expect(keys).toHaveLength(2)
		expect(keys[0]).toBe(keys[1])
		expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
	})
})
describe('an export', () => {
	it('is what a spreadsheet reads, formulas told to be text', () => {
		const text = csvOf([['a', (row: { v: unknown }) => row.v]] as const as never, [{ v: '=1+1' }, { v: '-5' }, { v: 'x,"y"' }, { v: null }])
		expect(text).toBe('\ufeffa\r\n\'=1+1\r\n-5\r\n"x,""y"""\r\n\r\n')
	})
	it('is named by what its filters say', () => expect(exportName('jobs', ['State: failed/late', 'x'], '2026-11-27')).toBe('jobs-State_failed_late-x-2026-11-27.csv'))
})
describe('conditions in the address', () => {
	it('come back as they were', () => {
		const all = [{ field: 'a', op: 'eq', value: 'x;y~z=%' }, { field: 'b', op: 'null', value: '' }]
		expect(readConditions(writeConditions(all))).toEqual(all)
		expect(readConditions('')).toEqual([])
		expect(readConditions('broken;~~;a~eq~%')).toEqual([{ field: 'a', op: 'eq', value: '%' }])
	})
})
describe('conditions as the filter of a request or grant', () => {
	const fields = [{ name: 'house', kind: 'text' }, { name: 'age', kind: 'integer' }] as never
	const row = (field: string, op: string, value = '') => ({ field, op, value })
	it('are all in it, and come back', () => {
		const all = [row('house', 'in', 'A1,B2'), row('age', 'gte', '18'), row('age', 'lt', '60'), row('house', 'some')]
		expect(filterOf(all, fields)).toEqual({ 'house.in': ['A1', 'B2'], 'age.gte': 18, 'age.lt': 60, 'house.null': false })
		expect(conditionsOf(filterOf(all, fields))).toEqual(all)
		expect(conditionsOf({ 'age.null': 1 })).toEqual([row('age', 'null')])
		expect(filterOf([], fields)).toBeUndefined()
		const comma = { 'house.in': ['A1,B2', 'C "3"', '"D"'] }
		expect(filterOf([row('house', 'in', '"A1,B2"，C "3", """D"""')], fields)).toEqual(comma)
		expect(filterOf(conditionsOf(comma), fields)).toEqual(comma)
	})
	it('are refused when one is not finished or there twice, never left out', () => {
		expect(conditionFaults([row('house', 'eq', 'A1'), row('house', 'eq', 'B2'), row('age', 'eq', ' '), row('', 'eq', 'x'), row('house', 'in', 'A1,'), row('age', 'null'), row('age', 'some')]))
			.toEqual(['', 'twice', 'value', 'field', 'value', '', 'twice'])
		expect(() => filterOf([row('house', 'eq')], fields)).toThrow()
		expect(() => filterOf([row('house', 'eq', 'A1'), row('house', 'eq', 'B2')], fields)).toThrow()
	})
})
describe('the way of an entry', () => {
	it('is told newest first: publication over making, then loads and grants with their reasons', () => {
		const version = { version_no: 1, state: 'published', author: 'o', author_name: 'Officer', created_at: '2026-01-01T00:00:00Z', reviewer: 'b', reviewer_name: null, published_at: '2026-01-01T00:00:00Z', note: 'good' }
		const job = { job_id: '7', kind: 'exchange.load', state: 'reconciled', created_at: '2026-01-02T00:00:00Z', started_at: null, finished_at: null, created_by_name: null, result: { read: 3, refused: 1 } }
		const grant = { grant_id: '9', account_name: 'app', granted_by_name: 'Officer', purpose: 'why', created_at: '2026-01-03T00:00:00Z', revoked_at: '2026-01-04T00:00:00Z', revoke_reason: 'over' }
		const told = timeline({ review: undefined }, [version], [job as never], [grant as never])
		expect(told.map((one) => [one.what, one.who ?? '', one.why ?? ''])).toEqual([['revoked', '', 'over'], ['granted', 'Officer', 'why'], ['exchange.load', 'cli', ''], ['published', 'b', 'good'], ['made', 'Officer', '']])
	})
})
describe('the last view of a list', () => {
	it('is what its address said, without the page', () => {
		rememberView({ path: '/jobs', query: { state: 'failed', after: '9', mine: '' } })
		rememberView({ path: '/jobs/7', query: { x: '1' } })
		expect(lastView('/jobs')).toBe('/jobs?state=failed')
		expect(lastView('/catalog')).toBe('/catalog')
	})
})
describe('views of a list', () => {
	it('are kept once, for the next visit', () => {
		vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) })
		const { views, add, has } = useViews('jobs')
		add({ state: 'failed', mine: '1' })
		add({ mine: '1', state: 'failed' })
		expect(views.value).toHaveLength(1)
		expect(has({ state: 'failed' })).toBe(false)
		const next = useViews('jobs')
		expect(next.views.value).toEqual([{ state: 'failed', mine: '1' }])
		next.remove(0)
		expect(useViews('jobs').views.value).toEqual([])
	})
})
describe('faults of a failed call', () => {
	const errors = [{ field: 'name', detail: 'is needed' }, { field: 'code', detail: 'is needed' }, { field: 'name', detail: 'is needed' }]
	it('are told once each: the problem itself is the first', () => {
		expect(otherFaults({ ...errors[0], errors })).toEqual([errors[1], errors[2]])
		expect(otherFaults({ detail: 'of none of them', errors })).toEqual(errors)
		expect(otherFaults({ detail: 'alone' })).toEqual([])
		expect(otherFaults(null)).toEqual([])
	})
})
describe('timetables', () => {
	const at = { every_hours: 0, weekdays: [], month_day: 0, daily_minute: 125 }
	it('are said in words', () => {
		expect(whenOf({ ...at, timetable: 'weekly', weekdays: [1, 3] })).toBe('每周一、周三 02:05')
		expect(whenOf({ ...at, timetable: 'monthly', month_day: 15 })).toBe('每月 15 日 02:05')
		expect(whenOf({ ...at, timetable: 'monthly', month_day: 30 })).toBe('每月 30 日（不足为月末）02:05')
		expect(whenOf({ ...at, timetable: 'monthly', month_day: 31 })).toBe('每月最后一天 02:05')
		expect(whenOf({ ...at, timetable: 'hours', every_hours: 6 })).toBe('每 6 小时')
	})
	it('go to a form and back', () => {
		for (const one of [{ ...at, timetable: 'weekly', weekdays: [2, 7] }, { ...at, timetable: 'monthly', month_day: 31 }, { ...at, timetable: 'daily' }]) {
			const body = whenBody(whenForm(one))
			expect({ ...at, ...body }).toEqual(one)
		}
		expect(whenBody(whenForm('manual'))).toEqual({ timetable: 'manual' })
		const form = whenForm({ ...at, timetable: 'weekly', weekdays: [5] })
		form.weekdays = []
		expect(whenGood(form)).toBe(false)
	})
})
