// Platforms above (12345, 城市运管服): work orders come by key or file and are one case each; results go back in the platform's template,
// signed, with its token, in order, through failures; what it says later is a step or a remark; cases raised to it; files both ways.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { farSide, until } from './far_side.mjs'
import { account as person } from './city.mjs'

suite('platforms above', (engine) => {
  let server, far, account, dispatcher, supervisor, admin, client, water, grid
  const orgs = {}
  const act = async (id, action, more = {}, who = dispatcher) => {
    const { version } = await who.get('/cases/' + id)
    return who.post(`/cases/${id}/actions/${action}`, { version, ...more })
  }
  const order = (n, more = {}) => ({ orderNo: '12345-2026-' + n, appealClass: '井盖破损', acceptTime: '2026-11-20 08:30:00', address: '澄江路 12 号', content: '井盖破损，车辆颠簸', lng: 120.2841, lat: '31.9102', appealName: '李四', appealPhone: '13912345678', ...more })
  const send = (orders, who = client) => who.post('/platform/orders', { orders })
  const words = (items) => client.post('/platform/words', { words: items })
  const told = (no) => far.taken().filter((call) => call.body.data.orderNo === '12345-2026-' + no)
  // what was told of a case, the newest first; its title begins with what it is, and between others there may be reminders
  const notices = async (who, number, what) => (await who.get('/notices')).items.filter((one) => one.title.endsWith(number) && one.title.startsWith(what))
  const setting = async (name, value) => {
    const all = (await admin.get('/settings')).items
    await admin.ok('PUT', '/settings/' + name, { value, version: all.find((s) => s.name === name).version })
  }
  const file = async (path) => { const answer = await fetch(server.url + '/api/v1' + path, { headers: { cookie: supervisor.cookie } }); assert.equal(answer.status, 200); return answer.text() }

  before(async () => {
    server = await Server.fresh(engine); far = await farSide()
    dispatcher = await server.as('cg.dispatcher'); supervisor = await server.as('cg.supervisor'); admin = await server.as('sysadmin'); water = await server.as('sw.handler'); grid = await server.as('cg.grid')
    for (const org of (await admin.get('/orgs')).items) orgs[org.name] = org.org_id
    client = server.client(); client.key = server.credentials()['cg.alarm']
    account = (await admin.get('/accounts?q=cg.alarm')).items[0].account_id
    await setting('partner.networks', '127.0.0.1'); await setting('partner.retry_seconds', '1')
  })
  after(async () => { await server?.stop(); await far?.close() })

  test('a supervisor names the platform, its template, its address and token', async () => {
    const platforms = (await supervisor.get('/platforms')).items
    assert.deepEqual(platforms.map((p) => p.platform), ['upper_12345', 'upper_city_operation'])
    const body = { platform: 'upper_12345', url: far.url + '/results', token: 'their-token', active: true, version: 0 }
    await supervisor.refused(409, 'PUT', '/partners/' + account, body)
    await supervisor.ok('PUT', '/event-sources/' + account, { channel: 'hotline', note: '省 12345', active: true })
    await client.refused(403, 'POST', '/platform/orders', { orders: [order(1)] })
    await supervisor.refused(400, 'PUT', '/partners/' + account, { ...body, platform: 'nobody' })
    await supervisor.refused(400, 'PUT', '/partners/' + account, { ...body, url: 'file:///etc/passwd' })
    const made = await supervisor.put('/partners/' + account, body)
    assert.deepEqual([made.kind, made.platform, made.token_set], ['platform', 'upper_12345', true])
    far.key = (await supervisor.get('/partners/' + account)).key
  })

  test('orders become events, each once, with their number and limit; bad ones are named', async () => {
    const due = new Date(Date.now() + 3 * 3600e3 + 8 * 3600e3).toISOString().slice(0, 19).replace('T', ' ')
    const first = await send([order(1, { limitTime: due }), order(2, { appealClass: '没听过的', address: '文富南路 3 号', lng: '', lat: '' }), order(3, { acceptTime: '昨天' }), order(4, { lng: 'x' }), { content: '没有编号' }, 'text'])
    assert.deepEqual(first.items.map((i) => i.result), ['taken', 'taken', 'refused', 'refused', 'refused', 'refused'])
    assert.deepEqual(first.items.slice(2, 5).map((i) => i.field), ['acceptTime', 'lng', 'orderNo'])
    assert.equal(first.taken, 2)
    const again = await send([order(1, { limitTime: due }), order(1)])
    assert.deepEqual(again.items.map((i) => [i.result, i.number]), [['repeated', first.items[0].number], ['repeated', first.items[0].number]])
    const shown = await dispatcher.get('/city-events/' + first.items[0].case_id)
    assert.deepEqual([shown.outside_number, shown.class_code, shown.channel, shown.reporter.phone, Math.abs(Date.parse(shown.outside_due_at) - Date.parse(due.replace(' ', 'T') + '+08:00')) < 1000], ['12345-2026-1', 'B0101', 'hotline', '139****5678', true])
    assert.equal((await dispatcher.get('/city-events/' + first.items[1].case_id)).class_code, 'S0699')
    const both = await Promise.all([send([order(7)]), send([order(7)])])
    assert.equal(new Set(both.map((b) => b.items[0].case_id)).size, 1, 'the same order twice at once is one case')
    for (const orders of [[], {}, Array(201).fill(order(1))]) await client.refused(400, 'POST', '/platform/orders', { orders })
    await dispatcher.refused(403, 'POST', '/platform/orders', { orders: [order(1)] })
  })

  test('results go back in its template, signed, with its token, in order; what it says is done or noted', async () => {
    const [{ case_id: id, number }] = (await send([order(1)])).items
    let failed = 0
    far.answer = (call) => call.body.data.orderNo === '12345-2026-1' && failed < 2 ? ['stall', 500][failed++] : 200
    await act(id, 'accept_known'); await act(id, 'file', { form: { condition_no: 1 } })
    const { version } = await dispatcher.get('/cases/' + id)
    await dispatcher.post(`/cases/${id}/actions/dispatch`, { version, form: { org_id: orgs['演示市水务局'] } })
    const due = Date.parse((await dispatcher.get('/city-events/' + id)).due_at)
    assert.ok(due - Date.now() < 3 * 3600e3 && due - Date.now() > 3600e3, 'the platform wants it sooner than the class gives')
    await act(id, 'sign', {}, water)
    assert.deepEqual((await words([{ orderNo: '12345-2026-1', noticeNo: 'N1', noticeType: '催办', remark: '群众再次来电' }, { orderNo: '12345-2026-1', noticeNo: 'N1', noticeType: '催办' },
      { orderNo: '12345-2026-1', noticeNo: 'N2', noticeType: '撤单', remark: '群众说不用了' }, { orderNo: 'nobody', noticeNo: 'N3', noticeType: '催办' }, { orderNo: '12345-2026-1', noticeNo: 'N4', noticeType: '结案' }, { orderNo: '12345-2026-1', noticeType: '催办' }])).items.map((i) => i.result),
    ['done', 'repeated', 'noted', 'refused', 'refused', 'refused'])
    const { events } = await dispatcher.get('/cases/' + id)
    assert.deepEqual(events.slice(0, 2).map((e) => [e.action, e.note]), [['remark', '上级平台 撤单：群众说不用了'], ['urge', '上级平台 催办：群众再次来电']])
    assert.equal((await notices(dispatcher, number, '上级平台来文'))[0].body.split('\n')[1], '上级平台 撤单：群众说不用了', 'what the process does not allow is told to the centre')
    const urged = (await water.get('/inbox')).items.find((item) => item.case_id === id)
    assert.deepEqual([urged.pressed, urged.light], ['urge', 'amber'], 'the handler sees that it was urged')
    assert.equal((await notices(water, number, '催办')).length, 1)
    assert.deepEqual((await words([{ orderNo: '12345-2026-1', noticeNo: 'N6', noticeType: '督办', remark: '省热线办督办' }, { orderNo: '12345-2026-1', noticeNo: 'N6', noticeType: '督办' }])).items.map((i) => i.result), ['done', 'repeated'])
    const supervised = await water.get('/cases/' + id)
    assert.deepEqual([supervised.pressed, supervised.events[0].action, supervised.events[0].note, supervised.state], ['supervise', 'supervise', '上级平台 督办：省热线办督办', 'handle'])
    assert.deepEqual((await dispatcher.get('/city-events?q=' + supervised.number)).items.map((e) => e.pressed), ['supervise'])
    assert.equal(supervised.clocks.at(-1).due_at, supervised.due_at, 'the time itself is not touched')
    for (const what of ['催办', '督办']) assert.equal((await notices(water, number, what)).length, 1, 'once each')
    await act(id, 'finish', { note: '已更换井盖' }, water); await act(id, 'check_good', {}, grid)
    await act(id, 'close')
    await until(() => told(1).some((call) => call.body.data.status === '09'), 40)
    const calls = told(1)
    assert.ok(calls.every((call) => call.signed && call.headers.authorization === 'Bearer their-token' && call.body.type === 'results'))
    assert.deepEqual(calls.map((call) => call.body.data.status), ['01', '02', '03', '03', '03', '03', '03', '09'])
    const done = calls.find((call) => call.body.data.opinion === '已更换井盖').body.data
    assert.deepEqual([done.unit, done.handleNo.slice(0, 3)], ['演示市水务局', 'SJ-'])
    assert.match(calls.at(-1).body.data.finishTime, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    assert.doesNotMatch(far.calls.map((call) => call.text).join(), /李四|139/)
    assert.equal(failed, 2)
    assert.deepEqual((await words([{ orderNo: '12345-2026-1', noticeNo: 'N5', noticeType: '回退重办', remark: '还在响' }])).items.map((i) => i.result), ['done'])
    assert.equal((await dispatcher.get('/cases/' + id)).state, 'dispatch', 'the process gives the asker that')
  })

  test('each kind of message in the template of 12345: paused or not, longer or not, returned, ruled, cancelled, refused, merged, withdrawn', async () => {
    const { items } = await send([30, 31, 32, 33, 34].map((n) => order(n, { address: `文富北路 ${n} 号`, lng: 120.2841 + n / 1000 })))
    const ids = items.map((i) => i.case_id)
    const file = async (id) => { await act(id, 'accept_known'); await act(id, 'file', { form: { condition_no: 1 } }); await act(id, 'dispatch', { form: { org_id: orgs['演示市水务局'] } }) }
    const seen = async (n, statuses) => { await until(() => told(n).length >= statuses.length, 30); assert.deepEqual(told(n).map((call) => call.body.data.status + call.body.data.statusName), statuses) }
    const pause = { note: '等停水', form: { reason: '等供水公司停水', term: { days: 2 } } }
    const before = await words([{ orderNo: '12345-2026-30', noticeNo: 'K0', noticeType: '催办', remark: '尚未受理' }])
    assert.deepEqual([before.items[0].result, (await dispatcher.get('/cases/' + ids[0])).events[0].action], ['done', 'urge_centre'])
    assert.equal((await notices(dispatcher, items[0].number, '催办')).length, 1, 'what waits for the centre is urged at the centre')
    await file(ids[0]); await act(ids[0], 'sign', {}, water)
    await act(ids[0], 'ask_hang', pause, water); await act(ids[0], 'refuse_hang', { note: '不需停水' }, supervisor)
    await act(ids[0], 'ask_hang', pause, water); await act(ids[0], 'approve_hang', { note: '同意' }, supervisor)
    assert.deepEqual((await words([{ orderNo: '12345-2026-30', noticeNo: 'K1', noticeType: '督办' }, { orderNo: '12345-2026-30', noticeNo: 'K2', noticeType: '补充', remark: '在小区北门' }])).items.map((i) => i.result), ['done', 'done'])
    await act(ids[0], 'resume', {}, water)
    await act(ids[0], 'ask_postpone', pause, water); await act(ids[0], 'refuse_postpone', { note: '按期办' }, supervisor)
    await act(ids[0], 'progress', { note: '已到现场' }, water)
    await act(ids[0], 'return', { note: '不属本单位', form: { duty: '三定方案第二条第三款' } }, water)
    await act(ids[0], 'dispatch', { form: { org_id: orgs['演示市水务局'] } })
    await act(ids[0], 'return', { note: '不属本单位', form: { duty: '三定方案第二条第三款' } }, water)
    await act(ids[0], 'rule', { note: '由水务局办', form: { org_id: orgs['演示市水务局'] } }, supervisor)
    await act(ids[0], 'cancel', { note: '重复下单' }, supervisor)
    await act(ids[1], 'refuse', { note: '非城市管理事项' })
    await act(ids[2], 'merge', { form: { case_id: ids[4] } })
    assert.equal((await words([{ orderNo: '12345-2026-33', noticeNo: 'K3', noticeType: '撤单', remark: '误下' }])).items[0].result, 'done')
    assert.equal((await dispatcher.get('/cases/' + ids[3])).state, 'cancelled')
    await seen(30, ['01待受理', '02待立案', '03待派遣', '03待签收', '03处置中', '03待批挂账', '03处置中', '03待批挂账', '03已挂账', '03处置中', '03待批延期', '03处置中', '03处置中', '03待派遣', '03待签收', '03待裁定', '03待签收', '06已作废'])
    assert.deepEqual(told(30).map((call) => call.body.data.opinion).filter(Boolean), ['等停水', '不需停水', '等停水', '同意', '等停水', '按期办', '已到现场', '不属本单位', '不属本单位', '由水务局办', '重复下单'])
    await seen(31, ['01待受理', '08不予立案']); await seen(32, ['01待受理', '07已并案']); await seen(33, ['01待受理', '06已作废'])
    assert.ok(far.calls.every((call) => call.signed))
  })

  test('parts of an order have its limit, and hear when it is urged', async () => {
    const due = Date.now() + 3 * 3600e3 + 25 * 60e3, limitTime = new Date(due + 8 * 3600e3).toISOString().slice(0, 19).replace('T', ' ')
    const [{ case_id: id }] = (await send([order(40, { limitTime, address: '环城北路 40 号' })])).items
    await act(id, 'accept_known'); await act(id, 'file', { form: { condition_no: 1 } })
    await act(id, 'split', { form: { parts: [{ org_id: orgs['演示市水务局'], words: '修井' }, { org_id: orgs['演示市城市管理局'], words: '清理' }] } })
    await act(id, 'add_part', { form: { parts: [{ org_id: orgs['演示市水务局'], words: '复查' }] } })
    const one = await dispatcher.get('/cases/' + id)
    assert.equal(one.children.length, 3)
    const limited = (parts) => { for (const part of parts) assert.ok(Date.parse(part.due_at) <= due && Date.parse(part.due_at) > due - 65e3, `${part.due_at} is not the platform's limit`) }
    limited([one, ...one.children])
    // other limits of the class do not give more time than the platform does; where it names none they do
    const [{ case_id: free }] = (await send([order(41, { address: '环城北路 41 号' })])).items
    await act(free, 'accept_known'); await act(free, 'file', { form: { condition_no: 1 } }); await act(free, 'dispatch', { form: { org_id: orgs['演示市水务局'] } })
    const { version, document } = await supervisor.get('/event-classes/B0101')
    document.conditions[0].limits = { ...document.conditions[0].limits, dispose: { hours: 6 } }
    await supervisor.put('/event-classes/B0101', { version, document })
    const { job_id } = await supervisor.post('/event-classes/B0101/recompute', {})
    for (let n = 0; !['reconciled', 'failed'].includes((await supervisor.get('/jobs/' + job_id)).state); n++) { assert.ok(n < 300); await new Promise((done) => setTimeout(done, 50)) }
    const after = await dispatcher.get('/cases/' + id), unlimited = await dispatcher.get('/cases/' + free)
    limited([after, ...after.children])
    assert.equal(Math.round((Date.parse(unlimited.due_at) - Date.parse(unlimited.events.find((e) => e.action === 'dispatch').at)) / 60e3), 360)
    assert.equal((await words([{ orderNo: '12345-2026-40', noticeNo: 'P40', noticeType: '督办', remark: '限时办结' }])).items[0].result, 'done')
    for (const part of one.children) { const seen = await dispatcher.get('/cases/' + part.case_id); assert.deepEqual([seen.pressed, seen.light], ['supervise', 'amber']) }
    assert.ok((await water.get('/inbox')).items.filter((item) => item.pressed === 'supervise' && one.children.some((part) => part.case_id === item.case_id)).length >= 2)
  })

  test('files both ways', async () => {
    const rows = ['12345-2026-1,井盖破损,澄江路 12 号,井盖,,', '12345-2026-20,暴露垃圾,澄江路 14 号,垃圾,120.2842,31.9103', '12345-2026-21,暴露垃圾,澄江路 16 号,垃圾,x,31.9103']
    const upload = await supervisor.ok('POST', '/event-imports/files?name=orders.csv', Buffer.from('工单编号,诉求分类,事发地址,诉求内容,经度,纬度\n' + rows.join('\n')), { 'content-type': 'application/octet-stream' })
    const taken = await supervisor.post(`/partners/${account}/orders`, { upload_id: upload.upload_id })
    assert.deepEqual(taken.items.map((i) => [i.outside_number, i.result, i.field ?? '']), [['12345-2026-1', 'repeated', ''], ['12345-2026-20', 'taken', ''], ['12345-2026-21', 'refused', 'lng']])
    const csv = await file(`/partners/${account}/results?what=results`)
    assert.match(csv, /^\uFEFF?工单编号,承办编号,步骤序号,办理状态/)
    assert.match(csv, /12345-2026-1,SJ-\d{4}-\d{6},\d+,03,待派遣,/)
    assert.equal(csv.trim().split('\n').length, 1 + 11)
    assert.equal((await file(`/partners/${account}/results?what=results&format=jsonl`)).trim().split('\n').map((line) => JSON.parse(line))[0]['工单编号'], '12345-2026-1')
    assert.equal((await file(`/partners/${account}/results?what=results&format=xlsx`)).slice(0, 2), 'PK')
    await supervisor.refused(400, 'GET', `/partners/${account}/results?what=raised`)
    await dispatcher.refused(403, 'GET', `/partners/${account}/results?what=results`)
    await until(() => told(20).length, 30)
  })

  test('a case that is raised goes up as a case, its answers come down', async () => {
    const city = await admin.get('/orgs').then((all) => all.items.find((org) => org.code === 'DEMO'))
    const sec = await server.as('secadmin'), officer = await person(server, admin, sec, 'demo.officer', city.org_id, ['data_officer'])
    const upper = await admin.post('/accounts', { login: 'upper.platform', name: '省运管服平台', org_id: city.org_id, kind: 'service' })
    const fresh = (await sec.get('/accounts?q=upper.platform')).items[0]
    if (!fresh.roles.includes('service')) await sec.put(`/accounts/${upper.account_id}/roles`, { version: fresh.version, roles: ['service'] })
    const theirs = server.client(); theirs.key = (await officer.post(`/accounts/${upper.account_id}/keys`, { label: 'test' })).secret
    const one = await dispatcher.post('/city-events', { class_code: 'S0405', lon: 120.2841, lat: 31.9102, channel: 'hotline', description: '跨市倾倒', reporter_phone: '13712345678' })
    await act(one.case_id, 'accept_known'); await act(one.case_id, 'file', { form: { condition_no: 1 } })
    // nobody leads there, and no platform hears of it yet: it would be with nobody
    const leader = (await admin.get('/accounts?q=zf.supervisor')).items[0]
    await admin.patch('/accounts/' + leader.account_id, { version: leader.version, state: 'disabled' })
    const raise = { version: (await supervisor.get('/cases/' + one.case_id)).version, note: '涉及邻市，请上级会办' }
    const nobody = await supervisor.refused(409, 'POST', `/cases/${one.case_id}/actions/raise`, raise)
    assert.deepEqual([nobody.rule, nobody.value], ['no_leader', '演示市人民政府'])
    assert.match(nobody.advice, /supervisor/)
    await supervisor.ok('PUT', '/event-sources/' + upper.account_id, { channel: 'system', note: '省运管服', active: true })
    await supervisor.put('/partners/' + upper.account_id, { platform: 'upper_city_operation', url: far.url + '/cases', active: true, version: 0 })
    let refused = 0
    far.answer = (call) => call.url === '/cases' && refused++ < 1 ? { status: 200, body: '{"code":17}' } : { status: 200, body: '{"code":0}' }
    await act(one.case_id, 'raise', { note: '涉及邻市，请上级会办' }, supervisor)
    const cases = () => far.calls.filter((call) => call.url === '/cases')
    await until(() => cases().length >= 2)
    assert.equal(cases()[0].delivery, cases()[1].delivery, 'an answer without its mark is no receipt')
    const { type, data } = cases()[1].body
    assert.deepEqual([type, data.localNum, data.action, data.opinion, data.subTypeCode, data.eventDesc], ['raised', one.number, 'raise', '涉及邻市，请上级会办', 'S0405', '跨市倾倒'])
    assert.doesNotMatch(cases()[1].text, /137/)
    assert.match(await file(`/partners/${upper.account_id}/results?what=raised`), new RegExp(one.number))
    const said = await theirs.post('/platform/words', { words: [{ localNum: one.number, noticeNum: 'P1', noticeType: '批示', opinion: '请两市联合处置' }, { localNum: one.number, noticeNum: 'P3', noticeType: '督办', opinion: '挂牌督办' }, { localNum: one.number, noticeNum: 'P2', noticeType: '交回', opinion: '由你市处置' }] })
    assert.deepEqual(said.items.map((i) => i.result), ['done', 'done', 'done'])
    const back = await dispatcher.get('/cases/' + one.case_id)
    assert.deepEqual([back.events[1].action, back.events[1].note, back.pressed], ['supervise', '上级平台 督办：挂牌督办', 'supervise'])
    assert.deepEqual([back.events[0].action, back.events[2].note, (await dispatcher.get('/city-events/' + one.case_id)).level], ['lower', '上级平台 批示：请两市联合处置', 0])
    await until(() => cases().some((call) => call.body.data.action === 'lower'))
    // orders of a platform whose account belongs to another organisation than the centre: urged all the same; taken back before it is accepted
    const task = (n) => ({ taskNum: 'T' + n, subTypeCode: 'S0405', address: `滨江路 ${n} 号`, eventDesc: '倾倒', coordinateX: 120.28 + n / 1000, coordinateY: 31.91 })
    const [first, second] = (await theirs.post('/platform/orders', { orders: [{ ...task(1), ObjID: '3202810101000001' }, task(2)] })).items
    assert.equal((await dispatcher.get('/city-events/' + first.case_id)).component, '3202810101000001')
    await act(first.case_id, 'accept_known'); await act(first.case_id, 'file', { form: { condition_no: 1 } }); await act(first.case_id, 'dispatch', { form: { org_id: orgs['演示市水务局'], reason: '涉水' } })
    const more = await theirs.post('/platform/words', { words: [{ taskNum: 'T1', noticeNum: 'Q1', noticeType: '催办' }, { taskNum: 'T1', noticeNum: 'Q2', noticeType: '督办', opinion: '三日内办结' }, { taskNum: 'T1', noticeNum: 'Q3', noticeType: '撤销', opinion: '不用办了' }, { taskNum: 'T2', noticeNum: 'Q4', noticeType: '撤销', opinion: '下错' }, { taskNum: 'T2', noticeNum: 'Q5', noticeType: '催办' }, { taskNum: 'T1', noticeNum: 'Q6', noticeType: '重办' }, { localNum: first.number, noticeNum: 'Q7', noticeType: '交回' }] })
    assert.deepEqual(more.items.map((i) => i.result), ['done', 'done', 'noted', 'done', 'refused', 'noted', 'noted'])
    assert.deepEqual([(await water.get('/cases/' + first.case_id)).pressed, (await dispatcher.get('/cases/' + second.case_id)).state], ['supervise', 'cancelled'])
  })
})
