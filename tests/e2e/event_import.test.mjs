// Events of other systems from their files: columns and classes by a mapping that is kept, times by their zone, coordinates by their
// system; the same file twice makes no doubles; refused rows with their reasons; history is nobody's work; killed, it goes on.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { suite, Server } from './harness.mjs'

suite('import of events', (engine) => {
  let server, desk, other
  const until = async (id, good = (one) => !['queued', 'running'].includes(one.state)) => {
    for (let n = 0; n < 1600; n++) {
      const one = await desk.get('/event-imports/' + id)
      if (good(one)) return one
      await new Promise((done) => setTimeout(done, 50))
    }
    assert.fail('it does not end')
  }
  const send = async (text, name = 'a.csv') => (await desk.ok('POST', '/event-imports/files?name=' + name, Buffer.from(text), { 'content-type': 'application/octet-stream' })).upload_id
  const head = '工单编号,问题类型,上报时间,结案时间,经度,纬度,地址,联系电话,是否保密\n'
  const rows = [
    'A-1,窨井盖丢失,2026-11-20 08:30:00,,120.2841,31.9102,澄江路 12 号,13800000001,', // work
    'A-2,窨井盖丢失,2024-02-29 08:30:00,2024-03-01 09:00:00,120.2841,31.9102,澄江路 14 号,,', // history of a leap day
    'A-3,没有这类,2026-11-20 08:30:00,,120.2841,31.9102,某路,13800000003,', // class not in the table
    'A-4,窨井盖丢失,昨天,,120.2841,31.9102,某路,,', // no time
    'A-5,窨井盖丢失,2026-11-20 08:30:00,,0,0,某路,,', // no place
    'A-6,窨井盖丢失,2026-11-20 08:30:00,,东经,31.91,某路,,', // no number of degrees
    ',窨井盖丢失,2026-11-20 08:30:00,,120.2841,31.9102,某路,,', // no number
    'A-8,窨井盖丢失,2026-03-02 08:30:00,2026-03-01 08:30:00,120.2841,31.9102,某路,,', // closed before it happened
    'A-9,窨井盖丢失,2026-11-20 08:30:00,,120.2841,31.9102,某路,13800000009,不详', // neither secret nor not
  ]
  let mapping, first

  before(async () => {
    server = await Server.fresh(engine)
    desk = await server.as('cg.dispatcher'); other = await server.as('sw.handler')
  })
  after(() => server?.stop())

  test('what a file holds, and a mapping proposed by its columns', async () => {
    const upload_id = await send(head + rows.join('\n'))
    const look = await desk.post('/event-imports/look', { upload_id })
    assert.equal(look.rows, 9)
    assert.equal(look.kept, false)
    assert.deepEqual(look.mapping.columns, { outside_number: '工单编号', class: '问题类型', happened_at: '上报时间', closed_at: '结案时间', lon: '经度', lat: '纬度', address: '地址', reporter_phone: '联系电话', confidential: '是否保密' })
    assert.deepEqual(look.values.map((one) => one.value), ['窨井盖丢失', '没有这类'])
    mapping = { ...look.mapping, classes: { 窨井盖丢失: 'B0101' }, crs: 'GCJ02', zone: 'America/Los_Angeles' }
    const begin = (change, closed = 'history') => desk.refused(400, 'POST', '/event-imports', { upload_id, system: '旧平台', closed, mapping: { ...mapping, ...change } })
    assert.equal((await begin({ zone: 'Mars/Base' })).rule, 'zone')
    assert.equal((await begin({ crs: 'X' })).rule, 'crs')
    assert.equal((await begin({ classes: { a: 'S99' } })).rule, 'class_unknown')
    assert.equal((await begin({ columns: { ...mapping.columns, class: '无' } })).rule, 'column')
    assert.equal((await begin({ columns: { outside_number: '工单编号', class: '问题类型' } })).rule, 'required')
    await other.refused(403, 'POST', '/event-imports/look', { upload_id })
  })

  test('open rows are work, closed ones history, others are refused with their reasons', async () => {
    const before = (await desk.get('/city-events/queue/counts?scope=open')).total
    const { import_id } = await desk.post('/event-imports', { upload_id: await send(head + rows.join('\n')), system: '旧平台', closed: 'history', mapping })
    first = await until(import_id)
    assert.deepEqual([first.state, first.rows, first.opened, first.closed, first.repeated, first.refused], ['reconciled', 9, 1, 1, 0, 7])
    assert.equal((await desk.get('/city-events/queue/counts?scope=open')).total, before + 1, 'history is nobody\'s work')
    const refused = (await desk.get(`/event-imports/${import_id}/refused`)).items
    assert.deepEqual(refused.map((one) => [one.row_no, one.field, one.rule]), [[3, 'class', 'class_unmapped'], [4, 'happened_at', 'time'], [5, 'lon', 'coordinates_zero'], [6, 'lon', 'number'], [7, 'outside_number', 'required'], [8, 'closed_at', 'range'], [9, 'confidential', 'boolean']])
    assert.equal(refused[0].value, '没有这类')
    assert.match(refused[0].advice, /对照表|table/)
    const file = (await desk.call('GET', `/event-imports/${import_id}/refused-file`)).body
    const text = Buffer.from(file).toString()
    assert.ok(text.includes('13800000003') && text.includes('退回原因'), 'rows as they came')
    await other.refused(403, 'GET', '/event-imports/' + import_id)

    const found = (await desk.get('/city-events?channel=file')).items
    const work = found.find((one) => one.address === '澄江路 12 号'), past = found.find((one) => one.address === '澄江路 14 号')
    assert.equal(work.state, 'accept')
    const one = await desk.get('/city-events/' + work.case_id)
    assert.equal(new Date(one.happened_at).toISOString(), '2026-11-20T16:30:00.000Z', 'of Los Angeles in winter')
    assert.ok(Math.abs(one.lon - 120.2841) > 0.001, 'brought from GCJ-02')
    assert.deepEqual([past.state, past.outcome], ['done', 'closed'])
    assert.equal(new Date(past.reported_at).toISOString(), '2024-02-29T16:30:00.000Z')
    assert.equal(new Date(past.closed_at).toISOString(), '2024-03-01T17:00:00.000Z')
    assert.match(past.number, /^SJ-2024-/)
    const figures = await desk.get('/event-stats?period=month&at=2024-03-01')
    assert.deepEqual([figures.total.values.reports, figures.total.values.accept_overdue, figures.total.values.closed], [1, 0, 0])
    assert.deepEqual((await desk.get('/cases/' + past.case_id)).events.map((event) => event.action), ['record'])
  })

  test('the same file again makes no doubles; its mapping is kept; what is closed may be refused', async () => {
    const upload_id = await send(head + rows.slice(0, 3).join('\n'))
    const look = await desk.post('/event-imports/look', { upload_id, system: '旧平台' })
    assert.deepEqual([look.kept, look.mapping.zone, look.mapping.classes['窨井盖丢失']], [true, 'America/Los_Angeles', 'B0101'])
    const again = await until((await desk.post('/event-imports', { upload_id, system: '旧平台', closed: 'refuse', mapping: look.mapping })).import_id)
    assert.deepEqual([again.opened, again.closed, again.repeated, again.refused], [0, 0, 1, 2])
    const elsewhere = await until((await desk.post('/event-imports', { upload_id, system: '另一平台', closed: 'refuse', mapping: look.mapping })).import_id)
    assert.deepEqual([elsewhere.opened, elsewhere.repeated], [1, 0], 'numbers are the sender\'s own')
    assert.deepEqual((await desk.get('/event-import-systems')).items.map((one) => one.name).sort(), ['另一平台', '旧平台'].sort())
  })

  test('killed, it goes on: none lost, none double', { timeout: 180000 }, async () => {
    const n = 3000
    const lines = Array.from({ length: n }, (_, i) => `K-${i},窨井盖丢失,2026-10-20 08:30:00,2026-10-21 08:30:00,120.2841,31.9102,路 ${i},,`)
    const upload_id = await send(gzipSync(head + lines.join('\n')), 'k.csv.gz')
    const { import_id } = await desk.post('/event-imports', { upload_id, system: '旧平台', closed: 'history', mapping })
    await until(import_id, (one) => one.rows > 0 || one.state === 'reconciled')
    await server.kill()
    await server.start()
    const one = await until(import_id)
    assert.deepEqual([one.state, one.rows, one.closed, one.repeated, one.refused], ['reconciled', n, n, 0, 0])
    const figures = await desk.get('/event-stats?period=month&at=2026-10-20')
    assert.equal(figures.total.values.reports, n)
  })
})
