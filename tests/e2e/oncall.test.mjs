// The on-call ladder of an area: a task on site goes from the officer to who stands in, the village, the town's duty; each is told, the case says so, and it is never nobody's.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { account } from './city.mjs'

suite('on-call ladder', (engine) => {
  let server, sys, sec, supervisor, dispatcher, area = {}, people = {}, org
  const square = (x1, x2) => ({ type: 'Polygon', coordinates: [[[x1, 31.9], [x2, 31.9], [x2, 32], [x1, 32], [x1, 31.9]]] })
  const sql = (text) => engine === 'sqlite' ? execFileSync('sqlite3', ['-cmd', '.timeout 10000', join(server.dir, 'yiwang.db'), text])
    : execFileSync('psql', [server.store, '-v', 'ON_ERROR_STOP=1', '-qc', text])
  const ladder = [{ who: 'officer', minutes: 10 }, { who: 'substitute', minutes: 5 }, { who: 'village', minutes: 15 }, { who: 'town', minutes: 30 }]
  const seen = (id) => dispatcher.get('/cases/' + id)
  async function act(client, id, action, body = {}) {
    return client.post(`/cases/${id}/actions/${action}`, { version: (await seen(id)).version, ...body })
  }
  /** The time to accept is over: the store says so, the program finds it. */
  async function unanswered(id, reaches) {
    const before = await seen(id)
    sql(`UPDATE work_case SET offer_us = offer_us - 7200000000, step_us = offer_us - 7200000000 WHERE case_id = ${id} AND offer_us <> 0`)
    for (let n = 0; n < 200; n++) {
      const now = await seen(id)
      if (now.version !== before.version) { assert.equal(now.field_account_id, reaches.account_id); return now }
      await new Promise((done) => setTimeout(done, 50))
    }
    assert.fail('nobody was asked next')
  }
  const report = () => people.officer.post('/city-events', { class_code: 'B0101', lon: 120.05, lat: 31.95, address: '澄江路 12 号', description: '井盖缺失' })
  const told = async (client) => (await client.get('/notices?limit=1')).items[0]

  before(async () => {
    server = await Server.fresh(engine)
    sys = await server.as('sysadmin'); sec = await server.as('secadmin'); supervisor = await server.as('cg.supervisor'); dispatcher = await server.as('cg.dispatcher')
    org = (await sys.post('/orgs', { code: 'TOWN-1', name: '演示街道' })).org_id
    for (const name of ['officer', 'substitute', 'second', 'village', 'town', 'shift']) people[name] = await account(server, sys, sec, 'call.' + name, org, ['grid_officer'])
    let parent
    for (const [level, code, name] of [[1, '990001', '值守市'], [2, '990001001', '值守街道'], [3, '990001001001', '值守村'], [4, '990001001001001', '值守网格']]) {
      area[level] = (await supervisor.post('/areas', { level, code, name, parent_code: parent ?? '', geometry: square(120, 120.1) })).area_key
      parent = code
    }
    const set = (key, ...names) => supervisor.put(`/areas/${key}/officers`, { officers: names.map((name) => ({ account_id: people[name].account_id })) })
    await set(area[4], 'officer', 'substitute', 'second'); await set(area[3], 'village'); await set(area[2], 'town')
    const seconds = (await sys.get('/settings')).items.find((one) => one.name === 'notify.seconds')
    await sys.put('/settings/notify.seconds', { value: '1', version: seconds.version })
  })
  after(() => server?.stop())

  test('without steps a task waits for whoever got it; steps are set on an area and hold below it', async () => {
    const one = await report()
    await act(dispatcher, one.case_id, 'accept')
    assert.deepEqual([(await seen(one.case_id)).offer_until, (await people.officer.get('/cases/' + one.case_id)).may.some((m) => m.action === 'take')], [null, false])
    await act(people.officer, one.case_id, 'verify_true')
    assert.deepEqual((await supervisor.get(`/areas/${area[4]}/ladder`)).steps, [])
    await dispatcher.refused(403, 'PUT', `/areas/${area[1]}/ladder`, { steps: ladder })
    for (const [steps, field] of [[[{ who: 'town', minutes: 5 }], 'steps[0].who'], [[ladder[0], ladder[0]], 'steps[1].who'], [[{ who: 'officer', minutes: 0 }], 'steps[0].minutes'], [[{ who: 'boss', minutes: 5 }], 'steps[0].who'],
      [Array(9).fill(ladder[0]), 'steps']]) assert.equal((await supervisor.refused(400, 'PUT', `/areas/${area[1]}/ladder`, { steps })).field, field)
    await supervisor.refused(404, 'PUT', '/areas/1/ladder', { steps: ladder })
    await supervisor.put(`/areas/${area[1]}/ladder`, { steps: ladder })
    const shown = await people.officer.get(`/areas/${area[4]}/ladder`)
    assert.deepEqual([shown.own, shown.area_name, shown.steps.map((step) => [step.who, step.minutes, step.name])],
      [false, '值守市', [['officer', 10, 'call.officer'], ['substitute', 5, 'call.substitute'], ['village', 15, 'call.village'], ['town', 30, 'call.town']]])
    const own = await supervisor.put(`/areas/${area[4]}/ladder`, { steps: [ladder[0], ladder[1], ladder[1], ladder[3]] })
    assert.deepEqual([own.own, own.steps.map((step) => step.name)], [true, ['call.officer', 'call.substitute', 'call.second', 'call.town']])
    assert.equal((await supervisor.put(`/areas/${area[4]}/ladder`, { steps: [] })).area_name, '值守市')
    const put = (items) => /substitute/.test(JSON.stringify(items))
    assert.ok(put(await (await server.as('auditor')).evidence('action=place.ladder_put&limit=5', put)))
  })

  test('unanswered it goes from one to the next, each is told, and the last keeps it', async () => {
    const one = await report(), id = one.case_id
    await act(dispatcher, id, 'accept')
    const offered = await seen(id)
    assert.equal(offered.field_account_id, people.officer.account_id)
    assert.ok(Math.abs(Date.parse(offered.offer_until) - Date.now() - 10 * 60e3) < 60e3, offered.offer_until)
    assert.match((await told(people.officer)).body, new RegExp(one.number + '.*澄江路 12 号\n请在 10 分钟内接单'))
    await act(dispatcher, id, 'urge')
    assert.equal((await seen(id)).offer_until, offered.offer_until, 'urging accepts nothing')
    await unanswered(id, people.substitute)
    assert.match((await told(people.officer)).body, /已转给 call.substitute（替补）/)
    assert.equal((await told(people.substitute)).about, '/events/' + id)
    assert.equal((await people.officer.call('POST', `/cases/${id}/actions/take`, { version: (await seen(id)).version })).status, 403)
    assert.ok((await people.substitute.get('/inbox')).items.some((item) => item.case_id === id))
    // the village's people are gone meanwhile: the step is passed over; the town's desk has somebody on duty
    await supervisor.put(`/areas/${area[3]}/officers`, { officers: [] })
    await supervisor.post('/shifts', { desk: '990001001', begin: new Date(Date.now() - 3600e3).toISOString(), end: new Date(Date.now() + 3600e3).toISOString(), people: [{ account_id: people.shift.account_id, reach: '' }] })
    const last = await unanswered(id, people.shift)
    assert.deepEqual(last.events.slice(0, 2).map((e) => [e.action, e.title, e.side, e.note]), [
      ['pass_on', '转下一位值守', 'engine', 'call.substitute 未按时接单，转给 call.shift（镇街值班），30 分钟内接单'],
      ['pass_on', '转下一位值守', 'engine', 'call.officer 未按时接单，转给 call.substitute（替补），5 分钟内接单']])
    assert.ok(last.due_at && last.due_at === offered.due_at, 'its clock goes on')
    const kept = await unanswered(id, people.shift)
    assert.equal(kept.offer_until, null)
    assert.match(kept.events[0].note, /任务仍在 call.shift 名下，已告知指挥中心/)
    assert.match((await told(dispatcher)).title, /无人接单/)
    await act(people.shift, id, 'verify_true')
    assert.equal((await seen(id)).state, 'file')
    assert.ok((await (await server.as('auditor')).evidence('action=case.pass_on&limit=9', (items) => items.length >= 3)).length >= 3)
  })

  test('who accepts has it, and what is done on site accepts as well; a check is offered anew', async () => {
    const one = await report(), id = one.case_id
    await act(dispatcher, id, 'accept')
    await act(people.officer, id, 'take')
    const taken = await seen(id)
    assert.deepEqual([taken.offer_until, taken.events[0].action, taken.field_account_id], [null, 'take', people.officer.account_id])
    await people.officer.refused(409, 'POST', `/cases/${id}/actions/take`, { version: taken.version })
    await act(people.officer, id, 'verify_true')
    await act(dispatcher, id, 'file', { form: { condition_no: 1 } })
    await act(dispatcher, id, 'dispatch', { form: { org_id: (await sys.get('/orgs')).items.find((one) => one.name === '演示市水务局').org_id } })
    assert.equal((await seen(id)).offer_until, null)
    await act(await server.as('sw.handler'), id, 'finish', { note: '已换' })
    assert.ok((await seen(id)).offer_until, 'the check is offered')
    await server.stop(); await server.start()
    await unanswered(id, people.substitute)
    await act(people.substitute, id, 'check_good')
    assert.equal((await seen(id)).state, 'close')
  })
})
