// Shifts of a desk with gaps and copies, the hand-over drawn from facts, and the numbers of an outage: each call entered once, none missing unseen.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'

suite('shifts', (engine) => {
  let server, operator, operator2, supervisor, dispatcher, water, ids = {}
  const hour = 3600e3, iso = (at) => new Date(at).toISOString()
  before(async () => {
    server = await Server.fresh(engine)
    operator = await server.as('cg.operator'); dispatcher = await server.as('cg.dispatcher'); supervisor = await server.as('cg.supervisor'); water = await server.as('sw.handler')
    const sec = await server.as('secadmin'), all = (await sec.get('/accounts?q=cg.')).items
    const second = all.find((one) => one.login === 'cg.dispatcher2')
    await sec.put(`/accounts/${second.account_id}/roles`, { version: second.version, roles: ['operator'] })
    operator2 = await server.as('cg.dispatcher2')
    for (const one of all) ids[one.login] = one.account_id
  })
  after(() => server?.stop())

  test('who is on duty and who is called next; gaps and doubles; a week copied; replaced for a reason', async () => {
    const from = Date.now() - 2 * hour, span = `desk=12345&from=${iso(from)}&until=${iso(from + 24 * hour)}`
    const add = (client, begin, hours, ...people) => client.call('POST', '/shifts', { desk: '12345', begin: iso(begin), end: iso(begin + hours * hour), people: people.map((login) => ({ account_id: ids[login], reach: '分机 8001' })) })
    assert.equal((await add(operator, from, 8, 'cg.operator')).status, 403)
    assert.equal((await add(supervisor, from, 8, 'cg.operator', 'cg.dispatcher2')).status, 201)
    assert.equal((await add(supervisor, from + 6 * hour, 8, 'cg.dispatcher2')).status, 201)
    assert.equal((await add(supervisor, from, -1, 'cg.operator')).status, 400)
    assert.equal((await add(supervisor, from, 8)).status, 400)
    assert.equal((await add(supervisor, from, 8, 'cg.operator', 'cg.operator')).status, 400)
    const now = (await dispatcher.get('/shifts/now')).items
    assert.deepEqual(now.map((one) => [one.desk, one.rank, one.account_id]), [['12345', 1, ids['cg.operator']], ['12345', 2, ids['cg.dispatcher2']]])
    const gaps = (await supervisor.get('/shifts/gaps?' + span)).items
    assert.deepEqual(gaps.map((one) => [one.kind, Math.round((Date.parse(one.until) - Date.parse(one.from)) / hour)]), [['double', 2], ['gap', 10]])
    assert.equal((await supervisor.post('/shifts/copy', { desk: '12345', from: iso(from), weeks: 2 })).made, 6)
    assert.equal((await supervisor.post('/shifts/copy', { desk: '12345', from: iso(from), weeks: 2 })).made, 0, 'weeks that have shifts are left alone')
    const [first] = (await operator.get('/shifts?' + span)).items
    await supervisor.refused(400, 'POST', `/shifts/${first.shift_id}/swap`, { version: first.version, account_id: ids['cg.dispatcher'] })
    await supervisor.ok('POST', `/shifts/${first.shift_id}/swap`, { version: first.version, account_id: ids['cg.dispatcher'], reason: '请假' })
    await supervisor.refused(409, 'POST', `/shifts/${first.shift_id}/swap`, { version: first.version, reason: '迟了' })
    const told = (items) => /请假/.test(JSON.stringify(items))
    assert.ok(told(await (await server.as('auditor')).evidence('action=shift.swap&limit=5', told)))
    assert.equal((await dispatcher.get('/shifts/now?desk=12345')).items[0].account_id, ids['cg.dispatcher'])
  })

  test('a desk is handed over with the facts as they stand; only who was named takes over, once', async () => {
    const taken = await operator.post('/hotline/calls', { channel: 'phone', type: 'help', words: '井盖缺失', caller_number: '13812345678' })
    const before = await operator.get('/handovers/draft?desk=12345')
    assert.ok(before.facts.calls_waiting >= 1 && before.facts.calls_taken >= 1, JSON.stringify(before))
    await operator.post(`/hotline/calls/${taken.call_id}/event`, { version: 1, class_code: 'B0101', lon: 120.2841, lat: 31.9102 })
    const after = await operator.get('/handovers/draft?desk=12345')
    assert.deepEqual([after.facts.open - before.facts.open, after.facts.calls_waiting - before.facts.calls_waiting, after.facts.mine - before.facts.mine], [1, -1, 1])
    await water.refused(403, 'POST', '/handovers', { desk: '12345', to_account: ids['cg.operator'] })
    await operator.refused(400, 'POST', '/handovers', { desk: '12345', to_account: ids['cg.operator'] })
    const [sheet] = (await operator.post('/handovers', { desk: '12345', to_account: ids['cg.dispatcher2'], words: '注意水务局未签收' })).items
    assert.deepEqual([sheet.facts.open, sheet.confirmed_at], [after.facts.open, null])
    await operator.refused(409, 'POST', `/handovers/${sheet.handover_id}/confirm`)
    await operator2.post(`/handovers/${sheet.handover_id}/confirm`)
    await operator2.refused(409, 'POST', `/handovers/${sheet.handover_id}/confirm`)
    assert.equal((await supervisor.get('/handovers?desk=12345')).items[0].words, '注意水务局未签收')
    assert.equal((await operator2.get('/handovers/draft?desk=12345')).facts.came, 0, 'a new shift has begun')
  })

  test('numbers for an outage: each used once, in the order of the calls; what is missing is seen', async () => {
    await operator.refused(403, 'POST', '/hotline/numbers', { desk: '12345', count: 3 })
    await supervisor.refused(400, 'POST', '/hotline/numbers', { desk: '12345', count: 501 })
    const [block, next] = await Promise.all([supervisor.post('/hotline/numbers', { desk: '12345', count: 4 }), supervisor.post('/hotline/numbers', { desk: '12345', count: 2 })])
    assert.match(block.first, /^YJ-\d{8}-\d{4}$/)
    const list = (await operator.get('/hotline/numbers/' + block.block_id)).items.map((one) => one.number)
    assert.equal(new Set([...list, ...(await operator.get('/hotline/numbers/' + next.block_id)).items.map((one) => one.number)]).size, 6, 'no number twice')
    const enter = (number, minutes) => operator.call('POST', '/hotline/calls', { channel: 'phone', type: 'help', words: '停机时的来电', paper_number: number, received_at: iso(Date.now() - minutes * 60e3) })
    assert.equal((await enter(list[1], 30)).status, 201)
    assert.equal((await enter(list[0], 40)).status, 201) // entered later, came in earlier
    const used = await enter(list[1], 20), never = await enter('YJ-20200101-0001', 20)
    assert.deepEqual([used.status, used.body.rule, never.status, never.body.rule], [409, 'paper_used', 409, 'paper_unknown'])
    const name = (await operator.get('/session')).name
    for (const said of [list[1], name]) assert.ok(used.body.detail.includes(said), used.body.detail)
    // its clock runs from when the centre was told, on paper
    const told = Date.now() - 200 * 60e3, late = (await operator.call('POST', '/hotline/calls', { channel: 'phone', type: 'help', words: '停机时井盖缺失', paper_number: list[3], received_at: iso(told) })).body
    const { case_id } = await operator.post(`/hotline/calls/${late.call_id}/event`, { version: 1, class_code: 'B0101', lon: 120.2841, lat: 31.9102 })
    const event = await (await server.as('cg.dispatcher')).get('/city-events/' + case_id), history = await (await server.as('cg.dispatcher')).get('/cases/' + case_id)
    assert.deepEqual([event.reported_at, event.happened_at, history.events.at(-1).at].map((at) => Math.abs(Date.parse(at) - told) < 1000), [true, true, true])
    // others find it by that time, and as changed now
    const around = `start_date=${iso(told - 60e3)}&end_date=${iso(told + 60e3)}`
    const listed = (await (await fetch(`${server.url}/open311/v2/requests.json?${around}`)).json()).find((one) => one.service_request_id === event.number)
    assert.ok(listed, 'by the time of the report')
    assert.ok(Date.now() - Date.parse(listed.updated_datetime) < 60e3, listed.updated_datetime)
    const two = (await operator.get('/hotline/numbers/' + block.block_id)).items
    assert.deepEqual(two.map((one) => one.state), ['used', 'used', 'issued', 'used'])
    assert.ok(Date.parse(two[0].received_at) < Date.parse(two[1].received_at))
    assert.equal((await supervisor.post(`/hotline/numbers/${block.block_id}/void`, { number: list[2], reason: '纸单污损' })).voided, 1)
    const shown = (await operator.get('/hotline/numbers')).items.find((one) => one.block_id === block.block_id)
    assert.deepEqual([shown.total, shown.used, shown.void, shown.missing], [4, 3, 1, 0])
    const back = (await enter(list[2], 10)).body
    assert.deepEqual([back.rule, back.detail.includes('纸单污损')], ['paper_void', true])
    await water.refused(403, 'GET', '/hotline/numbers')
  })
})
