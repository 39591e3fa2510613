// Open311 both ways: a client hears of each change of its requests by webhook, signed, in order, at least once, through failures and a
// kill; never at inner addresses unless a setting says so. It says what changed on its side: remarks, taking back, asking again.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { farSide, until } from './far_side.mjs'

suite('open311 updates', (engine) => {
  let server, far, key, account, dispatcher, supervisor, admin, client
  const place = { lat: '31.9102', long: '120.2841' }
  let serial = 0
  const post = async (path, fields) => fetch(`${server.url}/open311/v2/${path}`, { method: 'POST', headers: { 'accept-language': 'zh', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ api_key: key, ...fields }).toString() })
  async function report(fields = {}) {
    const answer = await post('requests.json', { service_code: 'S0405', description: '只给处置单位看的描述 ' + ++serial, first_name: '三丰', phone: '13812345678', ...place, ...fields })
    assert.equal(answer.status, 201)
    const [{ service_request_id: number }] = await answer.json()
    const [event] = (await dispatcher.get('/city-events?q=' + number)).items
    return { number, id: event.case_id }
  }
  const act = async (one, action, more = {}, who = dispatcher) => {
    const { version } = await who.get('/cases/' + one.id)
    return who.post(`/cases/${one.id}/actions/${action}`, { version, ...more })
  }
  const of = (one) => far.taken().filter((call) => call.body.service_request.service_request_id === one.number)
  const stages = (one) => of(one).map((call) => call.body.stage)
  const setting = async (name, value) => {
    const all = (await admin.get('/settings')).items
    await admin.ok('PUT', '/settings/' + name, { value, version: all.find((s) => s.name === name).version })
  }
  const messages = async (state = '') => (await supervisor.get(`/partners/${account}/messages${state && '?state=' + state}`)).items

  before(async () => {
    server = await Server.fresh(engine); far = await farSide()
    dispatcher = await server.as('cg.dispatcher'); supervisor = await server.as('cg.supervisor'); admin = await server.as('sysadmin')
    key = server.credentials()['cg.alarm']
    client = server.client(); client.key = key
    account = (await admin.get('/accounts?q=cg.alarm')).items[0].account_id
  })
  after(async () => { await server?.stop(); await far?.close() })

  test('who may subscribe, and with what address', async () => {
    await client.refused(409, 'PUT', '/subscription', { url: far.url + '/hook' })
    await supervisor.ok('PUT', '/event-sources/' + account, { channel: 'open311', note: '市民应用', active: true })
    await client.refused(404, 'GET', '/subscription')
    for (const url of ['ftp://example.org/a', 'http://user:password@example.org/', 'https://exa mple.org/', 'javascript:alert(1)', 'http://', 'https://example.org/\n', 'https://' + 'a'.repeat(500)])
      await client.refused(400, 'PUT', '/subscription', { url })
    await dispatcher.refused(403, 'PUT', '/subscription', { url: far.url })
    await dispatcher.refused(403, 'GET', '/partners')
    const made = await client.put('/subscription', { url: far.url + '/hook' })
    assert.deepEqual([made.kind, made.url, made.active, made.key], ['open311', far.url + '/hook', true, null])
    far.key = (await client.get('/subscription')).key
    assert.match(far.key, /^[0-9a-f]{64}$/)
  })

  test('an inner address is not called unless a setting allows it', async () => {
    const one = await report()
    await act(one, 'accept_known')
    const [message] = await until(async () => { const all = await messages(); return all[0]?.attempts && all })
    assert.deepEqual([message.state, message.number, message.to_state, message.detail, far.calls.length], ['waiting', one.number, 'file', 'inner address, not allowed by partner.networks', 0])
    await admin.refused(400, 'PUT', '/settings/partner.networks', { value: '127.0.0.0/33', version: 0 })
    await setting('partner.networks', '10.9.0.0/16, 127.0.0.0/8')
    await setting('partner.retry_seconds', '1')
    assert.equal((await supervisor.post(`/partners/${account}/retry`, {})).messages, 1)
    await until(() => of(one).length)
    const listed = await until(async () => { const one = (await supervisor.get('/partners')).items.find((p) => p.login === 'cg.alarm'); return one.waiting === 0 && one }) // the receipt is written after the answer
    assert.deepEqual([listed.login, listed.waiting, listed.failed, listed.failures], ['cg.alarm', 0, 0, 0])
  })

  test('each change of its own requests, signed, in order, in public words', async () => {
    const one = await report()
    const other = await (await server.as('cg.operator')).post('/city-events', { class_code: 'S0405', lon: 120.2841, lat: 31.9102, channel: 'hotline', reporter_phone: '13912345678' })
    await act(one, 'accept_known'); await act(one, 'file', { form: { condition_no: 1 } }); await act({ id: other.case_id }, 'accept_known')
    await act(one, 'cancel', { note: '王五电话 13700000000 核实重复' }, supervisor)
    await until(() => stages(one).length >= 3)
    assert.deepEqual(stages(one), ['file', 'dispatch', 'cancelled'])
    const calls = of(one)
    assert.ok(calls.every((call) => call.signed && call.method === 'POST' && call.url === '/hook' && call.headers['content-type'].startsWith('application/json')))
    assert.deepEqual(calls.map((call) => call.body.service_request.status), ['open', 'open', 'closed'])
    assert.deepEqual([calls[2].body.event, calls[2].body.service_request.status_notes, calls[2].body.service_request.service_code], ['service_request.updated', '已作废', 'S0405'])
    assert.equal(new Set(calls.map((call) => call.delivery)).size, 3)
    assert.doesNotMatch(far.calls.map((call) => call.text).join(), /三丰|138|137|王五|处置单位看/)
    assert.ok(far.calls.every((call) => call.body.service_request.service_request_id !== other.number), 'not of others')
    const own = await until(async () => { // the receiver has the last one a moment before that is written down
      const last = (await client.get('/subscription/messages')).items.slice(0, 3)
      return last.every((m) => m.state !== 'waiting') && last
    })
    assert.deepEqual(own.map((m) => [m.state, m.to_state, m.detail]), [['sent', 'cancelled', 'HTTP 200'], ['sent', 'dispatch', 'HTTP 200'], ['sent', 'file', 'HTTP 200']])
  })

  test('a receiver that fails gets the same again, nothing overtakes, one refused does not hold up other cases', async () => {
    const one = await report(), two = await report()
    let failed = 0
    far.answer = (call) => call.body.service_request.service_request_id === one.number && failed < 2 ? [503, 'cut'][failed++] : 200
    await act(one, 'accept_known'); await act(one, 'file', { form: { condition_no: 1 } })
    await until(() => stages(one).length === 2)
    const tries = far.calls.filter((call) => call.body.service_request.service_request_id === one.number)
    assert.deepEqual(tries.map((call) => call.body.stage), ['file', 'file', 'file', 'dispatch'])
    assert.equal(new Set(tries.slice(0, 3).map((call) => call.delivery)).size, 1, 'the same delivery')
    far.answer = (call) => call.body.service_request.service_request_id === one.number ? 410 : 200
    await act(one, 'cancel', { note: '重复' }, supervisor)
    await until(async () => (await messages('waiting'))[0]?.attempts)
    await act(two, 'accept_known')
    await until(() => stages(two).length === 1)
    const again = () => supervisor.post(`/partners/${account}/retry`, {})
    far.answer = (call) => call.url === '/hook' ? { status: 302, headers: { location: far.url + '/elsewhere' } } : 200
    await again()
    await until(async () => (await messages('waiting'))[0]?.detail === 'HTTP 302')
    assert.ok(far.calls.every((call) => call.url === '/hook'), 'no redirect is followed')
    far.answer = 200
    await again()
    await until(() => stages(one).length === 3)
  })

  test('a kill loses nothing; another key, another address, the end', async () => {
    const one = await report()
    far.answer = 500
    await act(one, 'accept_known'); await act(one, 'file', { form: { condition_no: 1 } })
    await server.kill()
    far.answer = 200
    await server.start()
    await until(() => stages(one).length >= 2, 30)
    assert.deepEqual([...new Set(stages(one))], ['file', 'dispatch'])
    dispatcher = await server.as('cg.dispatcher'); supervisor = await server.as('cg.supervisor'); admin = await server.as('sysadmin')
    await client.post('/subscription/key', {})
    const changed = await client.get('/subscription')
    assert.notEqual(changed.key, far.key)
    far.key = changed.key
    await supervisor.refused(409, 'PUT', '/partners/' + account, { version: 1, url: far.url + '/new', active: true })
    await supervisor.put('/partners/' + account, { version: changed.version, url: far.url + '/new', token: 'secret-token', active: true })
    await act(one, 'cancel', { note: '重复' }, supervisor)
    await until(() => stages(one).includes('cancelled'))
    const last = far.calls.at(-1)
    assert.deepEqual([last.url, last.signed, last.headers.authorization], ['/new', true, 'Bearer secret-token'])
    await client.put('/subscription', { url: far.url + '/third' })
    assert.equal((await client.get('/subscription')).token_set, false, 'a token goes nowhere but where it was meant for')
    await client.ok('DELETE', '/subscription')
    const two = await report(), count = far.calls.length
    await act(two, 'accept_known')
    await new Promise((r) => setTimeout(r, 2500))
    assert.equal(far.calls.length, count)
  })

  test('what the client says becomes part of the case, which closes only by the city’s process', async () => {
    const one = await report()
    const said = async (status, path, fields, words) => {
      const answer = await post(path, fields), text = await answer.text()
      assert.equal(answer.status, status, text)
      const [first] = JSON.parse(text)
      if (words) assert.match(first.description, words)
      return first
    }
    const steps = async () => (await dispatcher.get('/cases/' + one.id)).events
    const path = `requests/${one.number}.json`
    assert.equal((await said(200, path, { comment: '又往里扔了两袋', update_id: 'u1' })).status, 'open')
    assert.equal((await said(200, path, { comment: '又往里扔了两袋', update_id: 'u1' })).status, 'open')
    const [first] = await steps()
    assert.deepEqual([first.action, first.note, first.side, (await steps()).length], ['remark', '又往里扔了两袋', 'asker', 2])
    await act(one, 'accept_known')
    const noted = await said(200, path, { status: 'closed', status_notes: '市民说好了', update_id: 'u2' })
    assert.deepEqual([noted.status, noted.service_notice], ['open', '已记录；是否办结以城市的办理流程为准'])
    assert.deepEqual([(await steps())[0].action, (await steps())[0].note], ['remark', '上报系统已关闭：市民说好了'])
    assert.equal((await said(200, path, { status: 'closed', status_notes: '市民说好了', update_id: 'u2' })).service_notice, '已记录；是否办结以城市的办理流程为准')
    await said(400, path, { status: 'done', comment: '完成' }, /status/)
    await said(400, path, { comment: '' }, /comment/)
    await said(400, path, { comment: '长'.repeat(901) }, /900/)
    await said(403, path, { comment: '冒名', api_key: 'wrong' }, /密钥/)
    const foreign = await (await server.as('cg.operator')).post('/city-events', { class_code: 'S0405', lon: 120.2841, lat: 31.9102, channel: 'hotline', reporter_phone: '13912345678' })
    await said(404, `requests/${foreign.number}.json`, { comment: '别人的' }, /not found|没有/)
    await said(404, 'requests/SJ-2026-999999.json', { comment: '没有的' })
    const two = await report()
    assert.equal((await said(200, `requests/${two.number}.json`, { status: 'closed' })).status, 'closed', 'it is taken back while nobody works on it')
    await said(409, `requests/${two.number}.json`, { comment: '还想说' })
    const xml = await post(`requests/${one.number}.xml`, { comment: 'XML 也行' })
    assert.match(await xml.text(), /^<\?xml[^]*<service_request_id>/)
    assert.equal((await supervisor.get('/cases/' + one.id)).state, 'file')
  })
})
