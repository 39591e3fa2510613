// Cases of line city over HTTP, with the process of tests/packs/city_small: who sees and may what, two at once, approvals, the ladder, the clock
// explained; and kill -9 while commands are under way: no acknowledged one is lost, none is there twice, no clock is wrong.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, random, seed } from './harness.mjs'
import { cityCases } from './city_cases.mjs'

suite('cases of the city', (engine) => {
  let server, handler, other, centre, lead, sql, dispatched
  const act = (client, one, action, body = {}) => client.post(`/cases/${one.case_id}/actions/${action}`, { version: one.version, ...body })

  before(async () => {
    ({ server, handler, other, centre, lead, sql, dispatched } = await cityCases(engine))
  })
  after(() => server?.stop())

  test('a handler finds it, asks for more time and a pause; the lead decides; the clock says how it came about', async () => {
    const id = dispatched()
    assert.deepEqual((await handler.get('/inbox')).items.map((one) => one.case_id), [id])
    assert.deepEqual((await handler.get('/inbox?light=green')).items.length, 1)
    assert.deepEqual((await handler.get('/inbox?light=red')).items.length, 0)
    assert.deepEqual((await other.get('/inbox')).items, [])
    for (const [line, there] of [['city', [id]], ['sharing', []]]) assert.deepEqual((await handler.get('/inbox?line=' + line)).items.map((one) => one.case_id), there)
    await other.refused(404, 'GET', '/cases/' + id)
    let one = await handler.get('/cases/' + id)
    assert.deepEqual(one.may.map((may) => may.action).sort(), ['return', 'sign'])
    one = await act(handler, one, 'sign')
    const due = one.due_at
    one = await act(handler, one, 'ask_postpone', { form: { reason: '备件未到', term: { days: 2 } } })
    assert.deepEqual([one.turn, one.due_at], ['lead', due]) // it runs while it waits
    await handler.refused(403, 'POST', `/cases/${id}/actions/approve_postpone`, { version: one.version, note: '同意' })
    assert.deepEqual((await lead.get('/inbox')).items.map((item) => item.case_id), [id])
    one = await act(lead, await lead.get('/cases/' + id), 'approve_postpone', { note: '同意' })
    assert.equal(new Date(one.due_at) - new Date(due), 2 * 86400000)
    assert.equal(one.postpones, 1)
    const stage = one.clocks.find((clock) => clock.state === 'dispatched')
    assert.deepEqual([stage.limit, stage.of, stage.plain_due_at, stage.due_at], [{ days: 3 }, 'dispose', due, one.due_at])
    assert.deepEqual(stage.changes.map((change) => [change.what, change.term]), [['extend', { days: 2 }]])
    one = await act(handler, one, 'ask_hang', { form: { reason: '等雨停', term: { hours: 1 } } })
    one = await act(lead, one, 'approve_hang', { note: '同意' })
    assert.deepEqual([one.light, one.hangs], ['paused', 1])
    assert.deepEqual((await handler.get('/inbox?light=paused')).items.length, 1)
    sql(`UPDATE work_case SET step_us = 1 WHERE case_id = ${id}`) // the pause comes to its end: the engine goes on
    for (let i = 0; one.state !== 'handle'; i++) {
      assert.ok(i < 200, 'the pause did not end')
      await new Promise((done) => setTimeout(done, 50))
      one = await handler.get('/cases/' + id)
    }
    assert.equal(one.events[0].action, 'pause_over')
    one = await act(handler, one, 'done', { note: '已办' })
    one = await act(centre, await centre.get('/cases/' + id), 'close')
    assert.equal(one.outcome, 'closed')
    assert.equal((await centre.get('/cases?scope=org')).items[0].case_id, id)
  })

  test('the data bureau is not told of events as if they were requests', async () => {
    const late = dispatched(Date.now() - 30 * 86400e3), refused = dispatched()
    sql(`UPDATE work_case SET state = 'refused', outcome = 'refused', turn = '', closed_at = ${Date.now() * 1000} WHERE case_id = ${refused}`)
    const { waits, broke, late: overdue } = await (await server.as('dsj.shen')).get('/overview')
    assert.deepEqual([...waits, ...broke, ...overdue].filter((item) => [late, refused].includes(item.subject_id)), [])
    sql(`UPDATE work_case SET closed_at = ${Date.now() * 1000}, turn = '' WHERE case_id = ${late}`) // its ladder is nobody's any more
  })

  test('two who act at once: one is told so', async () => {
    const id = dispatched()
    const body = { version: 1, note: '不属本单位', form: { duty: '三定方案第二条第三款' } }
    const answers = await Promise.all([handler.call('POST', `/cases/${id}/actions/sign`, { version: 1 }), handler.call('POST', `/cases/${id}/actions/return`, body)])
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409])
    const one = await handler.get('/cases/' + id).catch(() => centre.get('/cases/' + id))
    assert.deepEqual([one.version, one.events.length], [2, 2])
  })

  test('the ladder is told step by step, each once', async () => {
    const id = dispatched(Date.now() - 10 * 86400000) // a week late: urged, supervised, named
    let one = await handler.get('/cases/' + id)
    assert.equal(one.light, 'red')
    for (let i = 0; one.events.length < 4; i++) {
      assert.ok(i < 200, 'the ladder was not told')
      await new Promise((done) => setTimeout(done, 50))
      one = await handler.get('/cases/' + id)
    }
    assert.deepEqual(one.events.map((event) => event.action), ['circular', 'supervise', 'urge', 'start'])
    assert.ok(one.ladder.every((step) => step.told))
    assert.equal(one.version, 1) // what was told does not hinder whoever acts
  })

  test(`kill -9 while commands are under way (seed ${seed})`, async () => {
    const roll = random(seed), ids = Array.from({ length: 8 }, () => dispatched()), known = new Map(ids.map((id) => [id, 1]))
    const steps = [[handler, 'sign', ''], [handler, 'done', '已办'], [centre, 'rework', '再办']]
    for (let round = 0; round < 2; round++) {
      let over = false
      const work = ids.map(async (id) => {
        while (!over) {
          const version = known.get(id), [client, action, note] = steps[(version - 1) % 3]
          const answer = await client.call('POST', `/cases/${id}/actions/${action}`, { version, note }, { prefer: 'return=minimal' }).catch(() => null)
          if (answer?.status !== 200) return
          known.set(id, answer.body.version)
        }
      })
      await new Promise((done) => setTimeout(done, 100 + roll() * 300))
      await server.kill()
      over = true
      await Promise.all(work)
      await server.start()
      for (const [login, client] of [['handler1', handler], ['centre1', centre]]) await client.login(login, server.passwords[login])
      for (const id of ids) {
        const one = await centre.get('/cases/' + id)
        assert.ok(one.version === known.get(id) || one.version === known.get(id) + 1, 'an acknowledged command is lost, or one is there twice')
        assert.equal(one.events.length, one.version)
        assert.equal(one.due_at, one.clocks.at(-1).due_at, 'the clock is not what its events say')
        known.set(id, one.version)
      }
    }
    assert.ok([...known.values()].some((version) => version > 2))
  })
})
