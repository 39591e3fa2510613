// Shifts by file and by rota: rows are shown with what is wrong before they come in, nothing is doubled; the working calendar says which rota a day has.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { workbook } from './workbook.mjs'

suite('rotas', (engine) => {
  let server, supervisor, operator, sec, ids = {}
  const upload = async (name, bytes) => (await supervisor.ok('POST', '/shifts/files?name=' + encodeURIComponent(name), typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, { 'content-type': 'application/octet-stream' })).upload_id
  const look = (upload_id, more = {}) => supervisor.post('/shifts/import', { upload_id, ...more }, { 'accept-language': 'zh-CN' })
  const list = async (desk, from, until) => (await supervisor.get(`/shifts?desk=${desk}&from=${from}T00:00:00%2B08:00&until=${until}T00:00:00%2B08:00`)).items
  before(async () => {
    server = await Server.fresh(engine)
    supervisor = await server.as('cg.supervisor'); operator = await server.as('cg.operator'); sec = await server.as('secadmin')
    for (const one of (await sec.get('/accounts?q=cg.')).items) ids[one.login] = one.account_id
  })
  after(() => server?.stop())

  test('a file: columns found by name, faults named before anything is written, sent twice it doubles nothing', async () => {
    const file = '岗位,日期,上班,下班,值班人,电话\n窗口,2027-03-01,08:00,20:00,cg.operator,8001\n窗口,2027-03-01,08:00,20:00,cg.dispatcher,8002\n窗口,2027-03-01,20:00,08:00,运管中心 派遣员乙,\n'
    const bad = '窗口,2027-03-02,8点,20:00,cg.operator,\n窗口,2027-13-02,08:00,20:00,cg.operator,\n窗口,2027-03-02,08:00,20:00,张无此人,\n,2027-03-02,08:00,20:00,cg.operator,\n窗口,2027-03-01,08:00,20:00,cg.operator,8001\n'
    const first = await upload('排班.csv', file + bad), seen = await look(first)
    assert.deepEqual([seen.rows, seen.fresh, seen.same, seen.bad, seen.made, seen.missing], [8, 3, 1, 4, 0, ''])
    assert.deepEqual(seen.columns, { desk: '岗位', date: '日期', begin: '上班', end: '下班', person: '值班人', reach: '电话' })
    assert.deepEqual(seen.items.slice(0, 4).map((one) => [one.row, one.field, one.value]), [[4, 'begin', '8点'], [5, 'date', '2027-13-02'], [6, 'person', '张无此人'], [7, 'desk', '']])
    assert.ok(seen.items.every((one) => one.state !== 'bad' || (/\p{Script=Han}/u.test(one.message) && one.advice)), JSON.stringify(seen.items[0]))
    assert.equal((await supervisor.refused(400, 'POST', '/shifts/import', { upload_id: first, apply: true })).rule, 'bad_rows')
    assert.equal((await list('窗口', '2027-03-01', '2027-03-03')).length, 0, 'all or none')
    assert.equal((await look(first, { apply: true, skip_bad: true })).made, 3)
    assert.deepEqual((await list('窗口', '2027-03-01', '2027-03-03')).map((one) => [one.name, one.rank, one.reach, one.begin.slice(0, 16), one.end.slice(0, 16)]), [
      ['运管中心 12345 话务员', 1, '8001', '2027-03-01T08:00', '2027-03-01T20:00'], ['运管中心 派遣员', 2, '8002', '2027-03-01T08:00', '2027-03-01T20:00'], ['运管中心 派遣员乙', 1, '', '2027-03-01T20:00', '2027-03-02T08:00']])
    assert.deepEqual((({ fresh, same, made }) => [fresh, same, made])(await look(first, { apply: true, skip_bad: true })), [0, 4, 0])
    const book = await upload('c.csv', '日期,开始,结束,人员,岗位\n2027/3/7,0.333333333333333,0.833333333333333,cg.operator,窗口\n')
    assert.deepEqual((await look(book)).items.map((one) => [one.begin?.slice(0, 16), one.end?.slice(0, 16)]), [['2027-03-07T08:00', '2027-03-07T20:00']], 'as a workbook keeps times')
    const said = await upload('b.csv', 'who,from,to\ncg.operator,2027-03-05 08:00,2027-03-05 20:00\n')
    assert.equal((await look(said)).missing, 'begin')
    const mapped = await look(said, { desk: '二号窗口', columns: { person: 'who', begin: 'from', end: 'to' }, apply: true })
    assert.deepEqual([mapped.made, mapped.items[0].begin.slice(0, 16)], [1, '2027-03-05T08:00'])
    assert.equal((await supervisor.refused(400, 'POST', '/shifts/import', { upload_id: said, columns: { person: 'nobody' } })).field, 'columns')
    assert.equal((await supervisor.refused(400, 'POST', '/shifts/import', { upload_id: said, apply: true })).value, 'begin')
    await operator.refused(403, 'POST', '/shifts/import', { upload_id: said })
    assert.ok((await (await server.as('auditor')).evidence('action=shift.import&limit=20', (items) => items.length >= 3)).length >= 3)
  })

  test('a workbook: texts, and times as spreadsheets keep them; the same rows as CSV are the same shifts; a broken one is refused', async () => {
    const rows = [['岗位', '日期', '开始', '结束', '值班人'], ['表格窗口', '2027-04-01', '08:00', '20:00', 'cg.operator'], ['表格窗口', '2027/4/1', '0.833333333333333', '0.333333333333333', 'cg.dispatcher'], ['表格窗口', '2027-04-02', '八点', '20:00', 'cg.operator']]
    const book = await upload('值班.xlsx', workbook(rows)), seen = await look(book)
    assert.deepEqual([seen.rows, seen.fresh, seen.bad, seen.missing], [3, 2, 1, ''])
    assert.deepEqual(seen.items.filter((one) => one.state === 'bad').map((one) => [one.row, one.field, one.value]), [[3, 'begin', '八点']])
    assert.equal((await look(book, { apply: true, skip_bad: true })).made, 2)
    assert.deepEqual((await list('表格窗口', '2027-03-30', '2027-04-05')).map((one) => [one.name, one.begin.slice(0, 16), one.end.slice(0, 16)]),
      [['运管中心 12345 话务员', '2027-04-01T08:00', '2027-04-01T20:00'], ['运管中心 派遣员', '2027-04-01T20:00', '2027-04-02T08:00']])
    const same = await look(await upload('值班.csv', rows.slice(0, 3).map((row) => row.join(',')).join('\n') + '\n'), { apply: true })
    assert.deepEqual([same.fresh, same.same, same.made], [0, 2, 0])
    const bare = [['岗位', '日期', '开始', '结束', '值班人'], ['表格窗口', 46480, 0.25, 0.5, 'cg.operator'], ['表格窗口', 36525, 0.25, 0.5, 'cg.operator'], ['表格窗口', 73051, 0.25, 0.5, 'cg.operator'], ['表格窗口', 46480.5, 0.25, 0.5, 'cg.operator']]
    const days = await look(await upload('数字日期.xlsx', workbook(bare)), { apply: true, skip_bad: true })
    assert.deepEqual(days.items.map((one) => [one.row, one.state, one.value || one.begin?.slice(0, 16)]), [[2, 'bad', '36525'], [3, 'bad', '73051'], [4, 'bad', '46480.5'], [1, 'new', '2027-04-03T06:00']], 'days as numbers, 2000 to 2099')
    const broken = await supervisor.call('POST', '/shifts/import', { upload_id: await upload('坏.xlsx', Buffer.from('PK\u0003\u0004 no workbook')) })
    assert.equal(broken.status, 400, JSON.stringify(broken.body))
  })

  test('a rota: working days, days of rest and holidays of the calendar, 调休 days as working days; kept days stay; gaps are seen', async () => {
    const team = (...logins) => logins.map((login) => ({ account_id: ids[login], reach: '' }))
    const rota = (applies, turns, teams, more = {}) => supervisor.call('PUT', '/rotas', { desk: '值守', applies, begins: '2026-09-01', turns, teams, version: 0, ...more })
    const day = [{ begin: '08:00', minutes: 720 }, { begin: '20:00', minutes: 720 }]
    assert.equal((await supervisor.refused(409, 'GET', '/rotas/plan?desk=%E5%80%BC%E5%AE%88&from=2026-09-28&days=14')).rule, 'no_rota')
    assert.equal((await rota('workday', day, [team('cg.operator'), team('cg.dispatcher'), team('cg.dispatcher2')])).status, 200)
    assert.equal((await rota('workday', day, [team('cg.operator')])).status, 409, 'there already')
    for (const [turns, teams, field] of [[[{ begin: '25:00', minutes: 5 }], [team('cg.operator')], 'turns[0].begin'], [[{ begin: '08:00', minutes: 0 }], [team('cg.operator')], 'turns[0].minutes'], [day, [[]], 'teams[0]'],
      [day, [], 'teams'], [day, [team('cg.operator', 'cg.operator')], 'teams[0]'], [day, [[{ account_id: '12' }]], 'teams[0]']]) assert.equal((await rota('holiday', turns, teams)).body.field, field)
    assert.equal((await rota('holiday', [{ begin: '00:00', minutes: 1440 }], [team('cg.supervisor', 'cg.dispatcher')])).status, 200)
    const plan = () => supervisor.get('/rotas/plan?desk=%E5%80%BC%E5%AE%88&from=2026-09-28&days=14')
    const days = Object.fromEntries((await plan()).days.map((one) => [one.date, one]))
    // National Day 2026 as it was published: 1 to 7 October free, 10 October a working Saturday
    assert.deepEqual(['2026-09-30', '2026-10-01', '2026-10-03', '2026-10-10', '2026-10-11'].map((at) => [days[at].kind, days[at].rota, days[at].shifts.length, days[at].known]),
      [['workday', 'workday', 2, true], ['holiday', 'holiday', 1, true], ['holiday', 'holiday', 1, true], ['workday', 'workday', 2, true], ['restday', 'workday', 2, true]])
    assert.match(days['2026-10-10'].occasion + days['2026-10-01'].occasion, /国庆/)
    assert.deepEqual(days['2026-10-01'].shifts[0].names, ['运管中心 督查长', '运管中心 派遣员'])
    // three teams for two turns a day: they go on across days, however often it is asked
    const turns = Object.values(days).filter((one) => one.rota === 'workday').flatMap((one) => one.shifts.map((shift) => shift.names[0]))
    for (let i = 3; i < turns.length; i++) assert.equal(turns[i], turns[i - 3])
    assert.equal((await supervisor.get('/rotas/plan?desk=%E5%80%BC%E5%AE%88&from=2026-09-29&days=1')).days[0].shifts[0].names[0], days['2026-09-29'].shifts[0].names[0])
    await supervisor.post('/shifts', { desk: '值守', begin: '2026-10-02T00:00:00+08:00', end: '2026-10-02T12:00:00+08:00', people: team('cg.grid') })
    await operator.refused(403, 'POST', '/rotas/apply', { desk: '值守', from: '2026-09-28', days: 14 })
    const made = await supervisor.post('/rotas/apply', { desk: '值守', from: '2026-09-28', days: 14 })
    assert.equal(made.made, 7 * 2 + 6 * 2, 'thirteen days: seven of two turns with one, six holidays of one with two')
    assert.equal((await supervisor.post('/rotas/apply', { desk: '值守', from: '2026-09-28', days: 14 })).made, 0)
    const gaps = (await supervisor.get('/shifts/gaps?desk=%E5%80%BC%E5%AE%88&from=2026-09-28T08:00:00%2B08:00&until=2026-10-12T08:00:00%2B08:00')).items
    assert.deepEqual(gaps.map((one) => [one.kind, one.from.slice(0, 16), one.until.slice(0, 16)]),
      [['double', '2026-10-01T00:00', '2026-10-01T08:00'], ['gap', '2026-10-02T12:00', '2026-10-03T00:00'], ['gap', '2026-10-08T00:00', '2026-10-08T08:00']])
    assert.equal((await list('值守', '2026-10-02', '2026-10-03')).length, 1)
    const later = await supervisor.get('/rotas/plan?desk=%E5%80%BC%E5%AE%88&from=2035-01-01&days=3')
    assert.ok(later.days.every((one) => !one.known), 'a calendar that is not published yet is said')
    await sec.post(`/accounts/${ids['cg.dispatcher2']}/disable`, {}).catch(() => undefined)
    const [one] = (await supervisor.get('/rotas?desk=%E5%80%BC%E5%AE%88')).items
    assert.equal((await rota('workday', [], [], { version: one.version })).body.items.length, 1, 'without turns it is taken away')
  })
})
