// Emergency duty: declared with a basis and a term; positions only of whoever is called, once he has switched it on, and only while it
// lasts; who declared, switched, looked and ended is evidence. (That tracks are destroyed: src/emergency/emergency_test.c.)
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { sqlOf } from './event_map_city.mjs'

suite('emergency duty', (engine) => {
  let server, supervisor, dispatcher, grid, water, admin, people, duty
  const HOUR = 3600e3
  const soon = (ms) => new Date(Date.now() + ms).toISOString()
  const body = (change = {}) => ({ name: '台风防御', basis: '演示市防汛防台应急预案 III 级响应', ends_at: soon(6 * HOUR), account_ids: [people['cg.grid']], ...change })
  const point = (age, n, more = {}) => ({ age, lon: 120.28 + n / 1000, lat: 31.91, accuracy: 12.5, ...more })
  const on = (who, wanted, id = duty) => who.post(`/emergencies/${id}/tracking`, { on: wanted })
  const rule = (answer) => answer.errors?.[0]?.rule ?? answer.rule

  before(async () => {
    server = await Server.fresh(engine)
    supervisor = await server.as('cg.supervisor'); dispatcher = await server.as('cg.dispatcher'); grid = await server.as('cg.grid')
    water = await server.as('sw.handler'); admin = await server.as('sysadmin')
    people = Object.fromEntries((await admin.get('/accounts?limit=200')).items.map((one) => [one.login, one.account_id]))
  })
  after(async () => { await server?.stop() })

  test('only a supervisor declares it, with basis and term, for people on site; they are told', async () => {
    await dispatcher.refused(403, 'POST', '/emergencies', body())
    for (const [change, field] of [[{ basis: '  x  ' }, 'basis'], [{ ends_at: soon(-HOUR) }, 'ends_at'], [{ ends_at: soon(100 * HOUR) }, 'ends_at'], [{ account_ids: [] }, 'account_ids'],
      [{ account_ids: [people.sysadmin] }, 'account_ids'], [{ account_ids: 'x' }, 'account_ids'], [{ org_ids: ['x'] }, 'org_ids'], [{ org_ids: ['7'] }, 'org_ids']]) {
      const refused = await supervisor.refused(400, 'POST', '/emergencies', body(change))
      assert.equal(refused.errors?.[0]?.field ?? refused.field, field, JSON.stringify(change))
    }
    assert.ok((await supervisor.get('/emergencies/people?q=')).items.every((one) => one.name && one.org_name && !one.login))
    const made = await supervisor.post('/emergencies', body())
    assert.equal(made.people, 1)
    duty = made.emergency_id
    const [told] = (await grid.get('/notices')).items.filter((one) => one.about === '/emergencies/' + duty)
    assert.match(told.body, /III 级响应[\s\S]*由您本人开启/)
    assert.deepEqual((await grid.get('/emergencies?open=true&called=true')).items.map((one) => [one.emergency_id, one.on]), [[duty, false]])
    assert.deepEqual((await dispatcher.get('/emergencies')).items.map((one) => [one.emergency_id, one.called, one.open]), [[duty, false, true]])
    assert.deepEqual((await water.get('/emergencies')).items, [])
    await water.refused(404, 'GET', '/emergencies/' + duty)
  })

  test('nothing is recorded until whoever is called has switched it on, nor after he has switched it off', async () => {
    assert.equal(rule(await grid.refused(409, 'POST', `/emergencies/${duty}/points`, { points: [point(0, 0)] })), 'off')
    await supervisor.refused(403, 'POST', `/emergencies/${duty}/tracking`, { on: true })
    await on(grid, true)
    for (const bad of [[], Array(201).fill(point(0, 0)), [point(0, 0, { lon: 200 })], [point(-1, 0)], [point('昨天', 0)], [{}], [point(0, 0, { accuracy: -1 })]])
      await grid.refused(400, 'POST', `/emergencies/${duty}/points`, { points: bad })
    sqlOf(server, engine)(`UPDATE emergency_officer SET on_at = on_at - 60000000 WHERE emergency_id = ${duty}`) // a minute ago
    // before it was switched on; then; too soon after it; in order
    const points = [point(3600, 1), point(50, 2), point(48, 3), point(30, 4), point(10, 5)]
    assert.equal((await grid.post(`/emergencies/${duty}/points`, { points })).kept, 3)
    assert.equal((await grid.post(`/emergencies/${duty}/points`, { points })).kept, 0, 'the same ones again')
    const seen = await dispatcher.get('/emergencies/' + duty)
    assert.deepEqual(seen.people.map((one) => [one.account_id, one.on, one.points, one.lon, one.accuracy]), [[people['cg.grid'], true, 3, 120.285, 12.5]])
    assert.deepEqual((await supervisor.get(`/emergencies/${duty}/track?account=${people['cg.grid']}`)).items.map((one) => one.lon), [120.282, 120.284, 120.285])
    assert.equal((await grid.get(`/emergencies/${duty}/track?account=${people['cg.grid']}`)).items.length, 3, 'one reads one\'s own')
    await water.refused(404, 'GET', `/emergencies/${duty}/track?account=${people['cg.grid']}`)
    await on(grid, false)
    assert.equal(rule(await grid.refused(409, 'POST', `/emergencies/${duty}/points`, { points: [point(0, 7)] })), 'off')
  })

  test('others see themselves alone; an organisation brings its people', async () => {
    const orgs = Object.fromEntries((await admin.get('/orgs')).items.map((one) => [one.name, one.org_id]))
    const made = await supervisor.post('/emergencies', body({ org_ids: [orgs['演示市水务局']], name: '排涝' }))
    assert.ok(made.people >= 2)
    assert.deepEqual((await water.get('/emergencies/' + made.emergency_id)).people.map((one) => one.account_id), [people['sw.handler']])
    await water.refused(403, 'GET', `/emergencies/${made.emergency_id}/track?account=${people['cg.grid']}`)
    await water.refused(403, 'POST', `/emergencies/${made.emergency_id}/end`, { note: '我说了算' })
    await supervisor.post(`/emergencies/${made.emergency_id}/end`, { note: '雨停' })
  })

  test('its end stops it at once; all of it is evidence', async () => {
    await on(grid, true)
    await dispatcher.refused(403, 'POST', `/emergencies/${duty}/end`, { note: '解除响应' })
    const ended = await supervisor.post(`/emergencies/${duty}/end`, { note: '解除响应' })
    assert.deepEqual([ended.open, ended.end_note, ended.people.some((one) => one.on)], [false, '解除响应', false])
    assert.equal(rule(await grid.refused(409, 'POST', `/emergencies/${duty}/points`, { points: [point(0, 8)] })), 'ended')
    assert.equal(rule(await grid.refused(409, 'POST', `/emergencies/${duty}/tracking`, { on: true })), 'ended')
    await supervisor.refused(409, 'POST', `/emergencies/${duty}/end`, { note: '再来一次' })
    assert.deepEqual((await grid.get('/emergencies?open=true&called=true')).items, [])
    const auditor = await server.as('auditor')
    for (const [action, count] of [['emergency.declare', 2], ['emergency.tracking', 3], ['emergency.track', 2], ['emergency.end', 2]]) {
      const found = await auditor.evidence('limit=100&action=' + action, (items) => items.filter((one) => one.status < 300).length >= count)
      assert.equal(found.filter((one) => one.status < 300).length, count, action)
    }
    const declared = (await auditor.get('/evidence?limit=100&action=emergency.declare')).items.find((one) => one.status < 300 && String(one.subject_id) === duty)
    assert.match(declared.detail.basis, /III 级响应/)
  })
})
