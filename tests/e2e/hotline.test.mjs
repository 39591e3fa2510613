// 12345 over the real server: one queue of calls and messages, each an event, answered at once or put through; callers sealed.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Client, Server } from './harness.mjs'

suite('hotline', (engine) => {
  let server, operator, operator2, dispatcher, water
  const call = (change = {}, client = operator) => client.post('/hotline/calls', { channel: 'phone', type: 'help', words: '井盖缺失', caller_number: '138 1234-5678', caller_name: '张三丰', ...change })
  const one = async (client, id) => (await client.get('/hotline/calls/' + id)).items[0]

  /** The demo's service account, named by the centre as a source of that channel. */
  const service = async (channel) => {
    const client = new Client(server), supervisor = await server.as('cg.supervisor')
    client.key = server.credentials()['cg.alarm']
    const id = (await (await server.as('sysadmin')).get('/accounts?q=cg.alarm')).items[0].account_id
    await supervisor.put('/event-sources/' + id, { channel, note: '话务平台', active: true })
    return client
  }

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
    const left = await call({ words: '查进度' })
    for (const words of ['您反映的 {number} 在办', '由【承办单位待填】承办']) assert.equal((await operator.refused(400, 'POST', `/hotline/calls/${left.call_id}/end`, { version: 1, outcome: 'answered', words })).rule, 'place_left')
    const counts = await operator.get('/hotline/calls/counts'), waiting = (await operator.get('/hotline/calls?oldest=true')).items
    assert.deepEqual([counts.waiting, counts.oldest_at], [waiting.length, waiting[0].received_at])
    await operator.post(`/hotline/calls/${left.call_id}/end`, { version: 1, outcome: 'answered', words: '{"json"} 也可以' })
    const first = await operator.get('/hotline/calls?limit=1&state=transferred')
    assert.equal(first.items[0].ending, '转供电公司')
    const mailed = (await operator.get('/hotline/calls?limit=1&after=' + first.items[0].call_id)).items[0]
    assert.deepEqual([mailed.channel, mailed.ending], ['mail', '可在网上办理'])
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

  test('nothing that is read tells of a confidential caller: every route, by handler, dispatcher, officer, auditor and the public', async () => {
    const secrets = ['欧阳秘书', '欧阳先生', '13911112222', '139-1111-2222', '86553311', 'oumishu88', '王建国'], words = '我叫王建国，代欧阳秘书（欧阳先生）举报，139-1111-2222 或８６５５３３１１，微信oumishu88：门口井盖缺失'
    const taken = await call({ type: 'report', words, caller_name: '欧阳秘书', caller_number: '13911112222' })
    const place = { class_code: 'B0101', lon: 120.2841, lat: 31.9102, address: '澄江路 12 号欧阳秘书家门口' }
    const event = await operator.post(`/hotline/calls/${taken.call_id}/event`, { version: 1, ...place })
    const act = async (client, action, body = {}) => client.post(`/cases/${event.case_id}/actions/${action}`, { version: (await client.get('/cases/' + event.case_id)).version, ...body })
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    const unit = (await dispatcher.get('/city-events/' + event.case_id)).proposal[0]
    await act(dispatcher, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
    const shown = await water.get('/city-events/' + event.case_id)
    assert.deepEqual([shown.reporter, shown.address], [null, '澄江路 12 号[已隐去]家门口'])
    assert.match(shown.description, /门口井盖缺失$/)
    await act(water, 'finish', { note: '已补装' })
    await act(dispatcher, 'check_good')
    await act(dispatcher, 'close')
    const back = await one(operator, taken.call_id)
    await operator.post(`/hotline/calls/${taken.call_id}/back`, { version: back.version, outcome: 'answered', stars: 1, words: '欧阳秘书说没修好，回 13911112222', reopen: true })
    assert.match((await water.get('/cases/' + event.case_id)).events[0].note, /^\[已隐去\]说没修好/)
    const { paths } = await dispatcher.get('/openapi.json'), from = encodeURIComponent(new Date(Date.now() - 864e5).toISOString()), until = encodeURIComponent(new Date(Date.now() + 864e5).toISOString())
    const clients = { water, dispatcher, operator2, officer: await server.as('cg.grid'), auditor: await server.as('auditor'), alarm: await service('alarm'), public: new Client(server) }
    let answered = 0
    for (const [who, client] of Object.entries(clients))
      for (const [path, { get }] of Object.entries(paths)) {
        if (!get || path.endsWith('/events')) continue // the stream
        const query = (get.parameters ?? []).filter((one) => one.in === 'query' && (one.required || one.name === 'limit')).map((one) => one.name + '=' + ({ limit: one.schema?.maximum ?? 50, from, until, desk: '12345', kind: 'knowledge', class_code: 'B0101', lon: '120.2841', lat: '31.9102' }[one.name] ?? one.schema?.enum?.[0] ?? '1'))
        const answer = await client.call('GET', path.replace(/^\/api\/v1/, '').replace(/\{[^}]*\}/g, path.includes('hotline') ? taken.call_id : event.case_id) + '?' + query.join('&'))
        const text = answer.body instanceof Uint8Array ? Buffer.from(answer.body).toString() : JSON.stringify(answer.body)
        answered += answer.status === 200
        for (const secret of secrets) assert.ok(!text.includes(secret), `${who} GET ${path}: ${secret}`)
      }
    assert.ok(answered > 100, `${answered} answered`)
    for (const [who, client] of Object.entries({ water, dispatcher, operator2 })) {
      await client.refused(404, 'POST', `/city-events/${event.case_id}/reporter`, { reason: who })
      for (const q of ['欧阳秘书', '13911112222']) assert.deepEqual((await client.get('/city-events?q=' + encodeURIComponent(q))).items, [], who)
    }
    for (const path of ['/open/nearby', '/open/nearby?lon=120.2841&lat=31.9102', '/open311/v2/requests.json', '/open311/v2/requests.xml', '/open/track?number=' + event.number]) {
      const text = await (await fetch(server.url + path)).text()
      for (const secret of [...secrets, event.number]) assert.ok(!text.includes(secret) || (secret === event.number && path.includes('track')), path + ': ' + secret)
    }
    assert.ok(!secrets.some((secret) => server.output.includes(secret)), 'nothing of it in logs')
    const clear = await operator.post(`/city-events/${event.case_id}/reporter`, { reason: '核对地址' })
    assert.deepEqual(clear, { name: '欧阳秘书', phone: '13911112222', words: words + '\n' + place.address }, 'who took the call has all of it')
    assert.equal((await one(operator, taken.call_id)).words, words)
  })

  test('what other channels bring waits for whoever takes it: one of two', async () => {
    const switchboard = await service('hotline')
    const mail = await switchboard.post('/hotline/calls', { channel: 'mail', type: 'report', words: '举报占道经营', caller_number: '13700001111', reference: 'mail-77' })
    let shown = await one(operator, mail.call_id)
    assert.deepEqual([shown.operator, shown.confidential, shown.caller_number, shown.reference], [null, true, null, 'mail-77'], 'a report is confidential, also before somebody has it')
    const answers = await Promise.all([operator, operator2].map((client) => client.call('POST', `/hotline/calls/${mail.call_id}/claim`, {})))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409])
    const winner = answers[0].status === 200 ? operator : operator2, other = winner === operator ? operator2 : operator
    assert.match(JSON.stringify(answers.find((answer) => answer.status === 409).body), /taken/)
    shown = await one(winner, mail.call_id)
    assert.deepEqual([shown.mine, shown.caller_number], [true, '13700001111'])
    await other.refused(409, 'POST', `/hotline/calls/${mail.call_id}/end`, { version: shown.version, outcome: 'answered', words: '抢答' })
    assert.equal((await winner.get('/hotline/calls?mine=true&state=waiting')).items.some((item) => item.call_id === mail.call_id), true)
    await winner.post(`/hotline/calls/${mail.call_id}/claim`, { release: true })
    await other.post(`/hotline/calls/${mail.call_id}/claim`, {})
    assert.equal((await one(await server.as('cg.supervisor'), mail.call_id)).caller_number, '13700001111', 'who supervises may know')
    await (await service('alarm')).refused(403, 'POST', '/hotline/calls', { channel: 'mail', type: 'help', words: '无权' })
    await water.refused(403, 'POST', '/hotline/calls', { channel: 'phone', type: 'help', words: '无权' })
  })

  test('the switch tells who rings where; the number is told to that operator alone', async () => {
    const switchboard = await service('hotline')
    const ring = (state, change = {}) => switchboard.post('/hotline/cti', { reference: 'sw-1', extension: '8001', state, caller_number: '+86 13600001111', ...change })
    await switchboard.refused(404, 'POST', '/hotline/cti', { reference: 'sw-1', extension: '8001', state: 'ringing' })
    await operator.put('/hotline/extension', { extension: '8001' })
    await ring('answered')
    await ring('ringing', { caller_number: undefined }) // late: it does not turn the call back
    const [shown] = (await operator.get('/hotline/rings')).items
    assert.deepEqual([shown.reference, shown.caller_number, shown.state], ['sw-1', '13600001111', 'answered'])
    assert.deepEqual((await operator2.get('/hotline/rings')).items, [])
    await call({ caller_number: shown.caller_number, reference: 'sw-1' })
    assert.deepEqual((await operator.get('/hotline/rings')).items, [], 'it is taken down')
    await operator2.put('/hotline/extension', { extension: '8001' })
    assert.equal((await operator.get('/hotline/extension')).extension, '', 'another sits there now')
    await water.refused(403, 'POST', '/hotline/cti', { reference: 'x', extension: '8001', state: 'ringing' })
    assert.ok(!server.output.includes('13600001111'), 'no number in logs')
  })

  test('answers are written, reviewed by another, found while typing, doubted, retired', async () => {
    const supervisor = await server.as('cg.supervisor')
    const content = { title: '社保关系如何转移', answer: '凭身份证在社保经办窗口或网上办理，十个工作日办结。', keywords: '养老保险 转入 转出' }
    let article = await operator.post('/hotline/articles', { kind: 'knowledge', ...content, submit: true })
    assert.deepEqual([article.state, article.draft_state], ['draft', 'review'])
    assert.deepEqual((await operator.post('/hotline/articles/search', { kind: 'knowledge', q: '社保转移' })).items, [], 'not before it is published')
    assert.ok((await supervisor.get('/hotline/articles?kind=knowledge&show=review')).items.some((item) => item.article_id === article.article_id))
    await operator.refused(403, 'POST', `/hotline/articles/${article.article_id}/review`, { version: article.version, decision: 'publish' })
    await supervisor.refused(400, 'POST', `/hotline/articles/${article.article_id}/review`, { version: article.version, decision: 'return' })
    article = await supervisor.post(`/hotline/articles/${article.article_id}/review`, { version: article.version, decision: 'publish' })
    assert.deepEqual([article.state, article.draft_state, article.edition, article.editions.length], ['published', '', 1, 1])
    const find = async (q) => (await operator.post('/hotline/articles/search', { kind: 'knowledge', q })).items.map((item) => item.article_id)
    for (const q of ['我想问社保转移', '养老保险', '社', '社保关系怎么转移呢', 'sbgx', '转移社保']) assert.ok((await find(q)).includes(article.article_id), q)
    assert.ok(!(await find('井盖丢失')).includes(article.article_id))
    const next = await operator.put('/hotline/articles/' + article.article_id, { version: article.version, ...content, answer: '五个工作日办结。', submit: true })
    assert.equal(next.answer, content.answer, 'the published one goes on being given')
    await operator.refused(409, 'PUT', '/hotline/articles/' + article.article_id, { version: article.version, ...content })
    const own = await supervisor.put('/hotline/articles/' + article.article_id, { version: next.version, ...content, answer: '五个工作日内办结。', submit: true })
    await supervisor.refused(403, 'POST', `/hotline/articles/${article.article_id}/review`, { version: own.version, decision: 'publish' })
    await operator.post(`/hotline/articles/${article.article_id}/used`, {})
    await operator.post(`/hotline/articles/${article.article_id}/used`, { doubt: '电话已改' })
    const [doubted] = (await supervisor.get('/hotline/articles?kind=knowledge&show=doubted')).items
    assert.deepEqual([doubted.used, doubted.doubts, doubted.doubt_words], [1, 1, '电话已改'])
    // a unit writes what it answers, and nothing else
    const unit = (await server.as('sw.handler')), org = doubted.org_id ?? (await server.as('sysadmin').then((sys) => sys.get('/orgs'))).items.find((item) => item.name.includes('水务')).org_id
    await unit.refused(403, 'POST', '/hotline/articles', { kind: 'knowledge', ...content })
    assert.equal((await unit.post('/hotline/articles', { kind: 'knowledge', title: '停水如何查询', answer: '看公告。', org_id: org })).draft_state, 'draft')
    const retired = await supervisor.post(`/hotline/articles/${article.article_id}/retire`, { version: doubted.version })
    assert.equal(retired.state, 'retired')
    assert.ok(!(await supervisor.get('/hotline/articles?kind=knowledge&show=review')).items.some((item) => item.article_id === article.article_id), 'nor is its draft reviewed')
    const wrong = await operator.refused(400, 'POST', '/hotline/articles', { kind: 'template', title: '进度', answer: '{number} 由 {unti} 承办' })
    assert.deepEqual([wrong.field, wrong.rule], ['answer', 'unknown_place'])
    assert.match(JSON.stringify(wrong), /\{unti\}/)
    assert.ok(!(await find('社保转移')).includes(article.article_id))
  })

  test('callers are called back when their event is closed: rated, tried again, opened again', async () => {
    const closed = async (number) => {
      const taken = await call({ caller_number: number, words: '井盖松动' })
      const event = await operator.post(`/hotline/calls/${taken.call_id}/event`, { version: 1, class_code: 'B0101', lon: 120.2841, lat: 31.9102, address: '澄江路 12 号门口' })
      assert.ok(!(await operator.get('/hotline/calls/back')).items.some((item) => item.call_id === taken.call_id), 'it is not closed yet')
      let one = await dispatcher.get('/cases/' + event.case_id)
      const act = async (client, action, body = {}) => { one = await client.post(`/cases/${event.case_id}/actions/${action}`, { version: (await client.get('/cases/' + event.case_id)).version, ...body }) }
      await act(dispatcher, 'file', { form: { condition_no: 1 } })
      const unit = (await dispatcher.get('/city-events/' + event.case_id)).proposal[0]
      await act(dispatcher, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
      await act(water, 'finish', { note: '已固定' })
      await act(dispatcher, 'check_good') // nobody is on duty there: the centre looks itself
      await act(dispatcher, 'close')
      return { ...taken, case_id: event.case_id }
    }
    const first = await closed('13500001111')
    const [due] = (await operator2.get('/hotline/calls/back')).items.filter((item) => item.call_id === first.call_id)
    assert.deepEqual([due.back_state, due.caller_number, due.case_state], ['waiting', '135****1111', 'done'])
    await operator2.refused(400, 'POST', `/hotline/calls/${first.call_id}/back`, { version: due.version, outcome: 'answered' })
    let [shown] = (await operator2.post(`/hotline/calls/${first.call_id}/back`, { version: due.version, outcome: 'unreachable' })).items
    assert.deepEqual([shown.back_state, shown.back_tries], ['waiting', 1])
    assert.ok(!(await operator.get('/hotline/calls/back')).items.some((item) => item.call_id === first.call_id), 'later')
    ;[shown] = (await operator.post(`/hotline/calls/${first.call_id}/back`, { version: shown.version, outcome: 'answered', stars: 2, words: '又松了', reopen: true })).items
    assert.deepEqual([shown.back_state, shown.case_state, shown.stars], ['waiting', 'dispatch', 2])
    assert.equal((await dispatcher.get('/city-events/' + first.case_id)).stars, 0, 'opened again: asked anew; the call keeps what was said')
    const second = await closed('13500002222')
    const seen = await one(operator, second.call_id)
    ;[shown] = (await operator.post(`/hotline/calls/${second.call_id}/back`, { version: seen.version, outcome: 'answered', stars: 5 })).items
    assert.deepEqual([shown.back_state, shown.stars], ['done', 5])
    await operator.refused(409, 'POST', `/hotline/calls/${second.call_id}/back`, { version: shown.version, outcome: 'answered', stars: 1 })
  })

  test('a caller in clear is on record before the answer', async () => {
    const taken = await call({ caller_number: '13400001111' })
    await one(operator, taken.call_id)
    const opened = (items) => items.some((entry) => String(entry.subject_id ?? entry.subject) === taken.call_id)
    const entries = await (await server.as('auditor')).evidence('action=hotline.call_get&limit=20', opened)
    assert.ok(opened(entries), JSON.stringify(entries[0]))
  })

  test('bad input names the field', async () => {
    for (const [change, field] of [[{ caller_number: '12' }, 'caller_number'], [{ caller_number: '1'.repeat(21) }, 'caller_number'],
      [{ received_at: '2099-01-01T00:00:00Z' }, 'received_at'], [{ type: 'other' }, 'type'], [{ words: '' }, 'words']])
      assert.match(JSON.stringify(await operator.refused(400, 'POST', '/hotline/calls', { channel: 'phone', type: 'help', words: '井盖', ...change })), new RegExp(field))
    await operator.refused(404, 'GET', '/hotline/calls/1')
  })
  test('what waits comes by the time it came in, page by page; one reference is one call', async () => {
    const at = (minutes) => new Date(Date.now() - minutes * 60e3).toISOString(), made = []
    for (const minutes of [5, 400, 30]) made.push((await operator.post('/hotline/calls', { channel: 'mail', type: 'suggest', words: '按到达排队', received_at: at(minutes) })).call_id)
    const all = []
    for (let after = ''; after !== null;) {
      const page = await operator.get('/hotline/calls?oldest=true&limit=2' + (after && '&after=' + after))
      all.push(...page.items)
      after = page.next
    }
    assert.equal(all[0].call_id, made[1], 'entered later, waits longest')
    assert.deepEqual(all.map((one) => one.received_at), all.map((one) => one.received_at).sort())
    assert.equal(new Set(all.map((one) => one.call_id)).size, all.length)
    assert.ok(made.every((id) => all.some((one) => one.call_id === id)) && all.every((one) => one.state === 'waiting'))
    const twice = await Promise.all([1, 2].map(() => operator.call('POST', '/hotline/calls', { channel: 'phone', type: 'help', words: '同一通电话', reference: 'same-1' })))
    assert.deepEqual(twice.map((one) => one.status).sort(), [201, 409])
    assert.equal(twice.find((one) => one.status === 409).body.rule, 'reference_taken')
  })

})
