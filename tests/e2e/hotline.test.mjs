// 12345 over the real server: one queue of calls and messages, each an event, answered at once or put through; callers sealed.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'

suite('hotline', (engine) => {
  let server, operator, operator2, dispatcher, water
  const call = (change = {}, client = operator) => client.post('/hotline/calls', { channel: 'phone', type: 'help', words: '井盖缺失', caller_number: '138 1234-5678', caller_name: '张三丰', ...change })
  const one = async (client, id) => (await client.get('/hotline/calls/' + id)).items[0]

  before(async () => {
    server = await Server.fresh(engine)
    operator = await server.as('cg.operator')
    dispatcher = await server.as('cg.dispatcher')
    const sec = await server.as('secadmin')
    const account = (await sec.get('/accounts?q=cg.dispatcher2')).items[0]
    await sec.put(`/accounts/${account.account_id}/roles`, { version: account.version, roles: ['operator'] })
    operator2 = await server.as('cg.dispatcher2'); water = await server.as('sw.handler')
  })
  after(() => server?.stop())

  test('a call becomes one event, and is found again by its number however written', async () => {
    const taken = await call()
    const shown = await one(operator, taken.call_id)
    assert.deepEqual([shown.state, shown.caller_name, shown.caller_number], ['waiting', '张三丰', '13812345678'])
    const listed = (await operator.get('/hotline/calls?state=waiting')).items[0]
    assert.deepEqual([listed.call_id, listed.caller_name, listed.caller_number], [taken.call_id, '张*丰', '138****5678'])
    const body = { version: 1, class_code: 'B0101', lon: 120.2841, lat: 31.9102, address: '澄江路 12 号门口' }
    await operator.refused(400, 'POST', `/hotline/calls/${taken.call_id}/event`, { ...body, class_code: 'B0199' })
    const event = await operator.post(`/hotline/calls/${taken.call_id}/event`, body)
    const city = await dispatcher.get('/city-events/' + event.case_id)
    assert.deepEqual([city.channel, city.description, city.reporter.phone], ['hotline', '井盖缺失', '138****5678'])
    await operator.refused(409, 'POST', `/hotline/calls/${taken.call_id}/event`, body)
    await operator.refused(409, 'POST', `/hotline/calls/${taken.call_id}/end`, { version: 2, outcome: 'answered', words: '迟了' })
    const earlier = (await operator.post('/hotline/calls/by-number', { number: '+86 13812345678' })).items
    assert.deepEqual(earlier.map((item) => [item.call_id, item.case_number, item.case_state]), [[taken.call_id, event.number, 'accept']])
    assert.equal((await operator.post('/hotline/calls/by-number', { number: '13812345679' })).items.length, 0)
  })

  test('answered at once, or put through; all channels in one queue', async () => {
    const mail = await call({ channel: 'mail', type: 'consult', words: '社保如何转移？', caller_number: undefined, caller_name: undefined })
    assert.equal((await one(operator, mail.call_id)).caller_number, null)
    await operator.post(`/hotline/calls/${mail.call_id}/end`, { version: 1, outcome: 'answered', words: '可在网上办理' })
    const web = await call({ channel: 'web', type: 'complain' })
    await operator.post(`/hotline/calls/${web.call_id}/end`, { version: 1, outcome: 'transferred', words: '转供电公司' })
    const first = await operator.get('/hotline/calls?limit=1')
    const next = await operator.get('/hotline/calls?limit=1&after=' + first.next)
    assert.deepEqual([first, next].map((page) => [page.items[0].channel, page.items[0].state, page.items[0].ending]),
      [['web', 'transferred', '转供电公司'], ['mail', 'answered', '可在网上办理']])
  })

  test('a confidential caller is known to who took the call and to no handler', async () => {
    const taken = await call({ type: 'report', confidential: true, caller_number: '13900001111' })
    assert.equal((await one(operator, taken.call_id)).caller_number, '13900001111')
    const other = await one(operator2, taken.call_id)
    assert.deepEqual([other.confidential, other.caller_name, other.caller_number], [true, null, null])
    assert.equal((await operator2.post('/hotline/calls/by-number', { number: '13900001111' })).items.length, 0)
    assert.equal((await operator.post('/hotline/calls/by-number', { number: '13900001111' })).items.length, 1)
    await water.refused(403, 'GET', '/hotline/calls')
    await water.refused(403, 'POST', '/hotline/calls/by-number', { number: '13900001111' })
    const event = await operator.post(`/hotline/calls/${taken.call_id}/event`, { version: 1, class_code: 'B0101', lon: 120.2841, lat: 31.9102 })
    const city = await dispatcher.get('/city-events/' + event.case_id)
    assert.equal(city.reporter.confidential, true)
    assert.equal((await operator2.get('/city-events/' + event.case_id)).reporter, null)
    await operator2.refused(404, 'POST', `/city-events/${event.case_id}/reporter`, { reason: '好奇' })
  })

  test('bad input names the field', async () => {
    for (const [change, field] of [[{ caller_number: '12' }, 'caller_number'], [{ caller_number: '1'.repeat(21) }, 'caller_number'],
      [{ received_at: '2099-01-01T00:00:00Z' }, 'received_at'], [{ type: 'other' }, 'type'], [{ words: '' }, 'words']])
      assert.match(JSON.stringify(await operator.refused(400, 'POST', '/hotline/calls', { channel: 'phone', type: 'help', words: '井盖', ...change })), new RegExp(field))
    await operator.refused(404, 'GET', '/hotline/calls/1')
  })
})
