// Records in doubt are verified on site: sent to the officer of their grid, joined while it is open, answered field by field, corrected
// by a load that carries what was found; objections and those who doubted hear of each step; what each may see; by-ways.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite } from './harness.mjs'
import { jpeg } from './event_photos.mjs'
import { load } from './city.mjs'
import { verifyCity } from './verify_city.mjs'

suite('verification on site', (engine) => {
  let c, reader
  const send = (body, client = c.officer) => client.post('/verifications', { resource_id: c.resource, ...body })
  const byHand = (no, fields, reason = '来电反映不符') => ({ record_id: c.rows[no], fields, reason })
  const see = (id, client = c.officer) => client.get('/verifications/' + id)
  const answersOf = (task, given) => task.fields.map((one) => ({ field: one.name, mark: one.mark, ...given[one.name] }))
  const answer = async (id, given, more = {}, client = c.grid) => {
    const task = await see(id, client)
    return client.post(`/verifications/${id}/answer`, { version: task.version, answers: answersOf(task, given), ...more })
  }
  const object = (no, field, client = reader) => client.post('/cases', { process: 'record_objection', resource_id: c.resource, form: { record_id: c.rows[no], field, wrong: '与实际不符', right: '见理由', reason: '去过现场' } })
  const state = async (id, client = c.officer) => (await client.get('/cases/' + id)).state
  const told = async (client) => (await client.get('/notices')).items.map((one) => one.title)

  before(async () => {
    c = await verifyCity(engine)
    reader = c.reader
  })
  after(() => c?.server.stop())

  test('each record goes to the officer of its grid, by position or address; one without a place is said so', async () => {
    const sent = await send({ records: ['S1', 'S2', 'S3', 'S4', 'S5', 'S6'].map((no) => byHand(no, ['title'])), words: '请核对招牌' })
    assert.deepEqual([sent.sent, sent.joined, sent.refused], [4, 0, 2])
    assert.deepEqual(sent.items.map((one) => one.rule), ['', '', '', 'no_place', '', 'outside'])
    assert.deepEqual(sent.items.map((one) => one.officer), ['城东网格员 李', '城东网格员 李', '', '', '城东网格员 李', ''])
    assert.equal(sent.items[2].staffed, false, 'nobody is on duty in the west')
    assert.match(sent.items[0].number, /^HC-\d{4}-\d{6}$/)
    const mine = (await c.grid.get('/inbox')).items.filter((one) => one.process === 'verification')
    assert.equal(mine.length, 3)
    assert.ok(mine.every((one) => one.state === 'look' && one.due_at && one.line === 'city'))
    const again = await send({ records: [byHand('S1', ['title']), byHand('S2', ['tables'])] })
    assert.deepEqual(again.items.map((one) => [one.result, one.case_id]), [['joined', sent.items[0].case_id], ['joined', sent.items[1].case_id]])
    assert.deepEqual((await see(sent.items[1].case_id)).fields.map((one) => one.name), ['title', 'tables'])
    const counts = await c.officer.get('/verifications/counts')
    assert.deepEqual([counts.sent, counts.answered, counts.closed], [4, 0, 0])
    c.tasks = Object.fromEntries(sent.items.map((one, i) => ['S' + (i + 1), one.case_id]))
    for (const [rule, body] of [['required', {}], ['required', { records: [{ record_id: c.rows.S1, fields: [], reason: '不符' }] }], ['unknown_field', { records: [byHand('S1', ['nosuch'])] }], ['class_unknown', { records: [byHand('S1', ['title'])], class_code: 'S0101' }], ['unknown', { objections: ['12345'] }]]) {
      const refused = await c.officer.refused(400, 'POST', '/verifications', { resource_id: c.resource, ...body })
      assert.equal(refused.errors?.[0]?.rule ?? refused.rule, rule)
    }
    await c.police.refused(403, 'POST', '/verifications', { resource_id: c.resource, records: [byHand('S1', ['title'])] })
    await c.grid.refused(403, 'POST', '/verifications', { resource_id: c.resource, records: [byHand('S1', ['title'])] })
  })

  test('who looks sees the fields in doubt and which thing it is, no more; others see no values', async () => {
    await send({ records: [byHand('S1', ['phone'])] })
    const task = await see(c.tasks.S1, c.grid)
    assert.deepEqual(task.fields.map((one) => [one.name, one.recorded, one.masked]), [['title', '老王面馆', false], ['phone', '139****0001', true]])
    assert.deepEqual(task.identify.map((one) => [one.title, one.value]), [['编号', 'S1'], ['商户名称', '老王面馆']])
    assert.deepEqual([task.address, task.lon, task.words, task.may.answer, task.doubts.length], ['澄江路1号', 120.11, '请核对招牌', true, 0])
    assert.equal(JSON.stringify(task).includes('13900000001'), false)
    const own = await see(c.tasks.S1)
    assert.deepEqual([own.fields[0].recorded, own.doubts.length, own.may.withdraw, own.may.answer], ['老王面馆', 3, true, false])
    for (const client of [c.bureau, c.dispatcher]) {
      const seen = await see(c.tasks.S1, client)
      assert.deepEqual([seen.fields.map((one) => one.recorded), seen.address, seen.lon], [[null, null], null, null])
    }
    for (const client of [c.police, reader, c.second]) await client.refused(404, 'GET', '/verifications/' + c.tasks.S1)
    await c.second.refused(404, 'POST', `/verifications/${c.tasks.S1}/answer`, { answers: [] })
    await c.grid.refused(400, 'POST', `/cases/${c.tasks.S1}/actions/answer`, { version: task.version, form: {} })
    await c.grid.refused(400, 'POST', '/city-events', { class_code: 'D0101', lon: 120.1, lat: 31.1 })
  })

  test('right closes it; the history and a message tell', async () => {
    const refused = await c.grid.refused(400, 'POST', `/verifications/${c.tasks.S5}/answer`, { answers: [] })
    assert.equal(refused.errors?.[0]?.rule ?? refused.rule, 'choice')
    await answer(c.tasks.S5, { title: { answer: 'right' } }, { note: '招牌一致', lon: 120.1501, lat: 31.15 })
    const seen = await see(c.tasks.S5)
    assert.deepEqual([seen.state, seen.outcome, seen.order_id, seen.metres], ['closed', 'right', null, 9])
    assert.deepEqual(seen.events.map((one) => one.action), ['answer', 'start'])
    const result = (await c.officer.get('/notices')).items.find((one) => one.title === '现场核查结果：商户名录')
    assert.deepEqual([result.title_en, result.body_en.split(/HC-\S+ ?/)[0]], ['Found on site: 商户名录', 'Verification '])
    await c.grid.refused(404, 'GET', '/verifications/' + c.tasks.S5 + '/photos/1')
    await c.grid.refused(409, 'POST', `/verifications/${c.tasks.S5}/answer`, { answers: [] })
    const after = await see(c.tasks.S5, c.grid)
    assert.deepEqual([after.fields[0].recorded, after.address], [null, null], 'no values once it is answered')
  })

  test('objections join one task; wrong becomes an order that only a load carrying it closes', async () => {
    const one = await object('S2', 'title'), two = await object('S2', 'tables', c.police)
    assert.deepEqual((await c.officer.get('/verifications/doubts')).items.map((item) => item.field_title).sort(), ['商户名称', '餐桌数'])
    const sent = await send({ objections: [one.case_id, two.case_id] })
    assert.deepEqual(sent.items.map((item) => [item.result, item.case_id]), [['joined', c.tasks.S2]])
    for (const id of [one.case_id, two.case_id]) assert.equal(await state(id), 'field')
    await c.officer.refused(409, 'POST', '/verifications', { resource_id: c.resource, objections: [one.case_id] })
    const same = await c.grid.refused(400, 'POST', `/verifications/${c.tasks.S2}/answer`, { answers: answersOf(await see(c.tasks.S2, c.grid), { title: { answer: 'wrong', value: '小李书店' }, tables: { answer: 'right' } }) })
    assert.equal(same.errors?.[0]?.rule ?? same.rule, 'same')
    const badKind = await c.grid.refused(400, 'POST', `/verifications/${c.tasks.S2}/answer`, { answers: answersOf(await see(c.tasks.S2, c.grid), { title: { answer: 'right' }, tables: { answer: 'wrong', value: '很多' } }) })
    assert.equal(badKind.errors?.[0]?.field ?? badKind.field, 'answers.tables')
    const photo = await c.grid.ok('POST', '/event-photos?name=a.jpg', jpeg(), { 'content-type': 'application/octet-stream' })
    await answer(c.tasks.S2, { title: { answer: 'wrong', value: '小李咖啡' }, tables: { answer: 'right' } }, { photos: [photo.photo_id], note: '已改行' })
    const seen = await see(c.tasks.S2)
    assert.deepEqual([seen.state, seen.outcome], ['answered', 'wrong'])
    assert.deepEqual(seen.fields.map((f) => [f.answer, f.old, f.found]), [['wrong', '小李书店', '小李咖啡'], ['right', '0', null]])
    assert.equal(seen.photos.length, 1)
    const picture = `/verifications/${c.tasks.S2}/photos/${photo.photo_id}`
    assert.equal((await c.officer.call('GET', picture)).status, 200)
    for (const client of [c.bureau, c.police, c.dispatcher]) await client.refused(404, 'GET', picture)
    for (const client of [c.second, c.dispatcher, c.grid]) await client.refused(404, 'GET', '/event-photos/' + photo.photo_id)
    assert.deepEqual([await state(one.case_id), await state(two.case_id)], ['ordered', 'verified'])
    assert.match((await reader.get('/cases/' + one.case_id)).events[0].note, /^HC-.*已改行/)
    const order = await c.officer.get('/cases/' + seen.order_id)
    assert.deepEqual([order.process, order.state, order.form.defect, order.form.verification_id, order.supplier_org_id], ['correction_order', 'record', 'record', c.tasks.S2, c.supplierOrg])
    assert.equal(JSON.stringify(order).includes('小李咖啡'), false, 'values are not in the case')
    assert.deepEqual((await send({ records: [byHand('S2', ['title'])] })).items.map((item) => item.rule), ['ordered'])
    await c.reload({ S2: '小李饭店,0,13900000002,澄江路2号,120.12,31.12' })
    const still = await c.officer.get('/cases/' + seen.order_id)
    assert.deepEqual([still.state, still.events[0].action], ['record', 'differs'])
    await c.reload({ S2: '小李饭店,0,13900000002,澄江路2号,120.12,31.12' })
    assert.equal((await c.officer.get('/cases/' + seen.order_id)).events.filter((event) => event.action === 'differs').length, 1, 'told once a change')
    const record = async () => (await c.officer.get(`/data/${c.resource}/records?limit=50`)).items.find((row) => row.no === 'S2')
    const old = await record()
    const corrected = await load(c.officer, c.resource, 'one.csv', Buffer.from('no,title\nS2,小李咖啡\n'), { mode: 'upsert' })
    assert.deepEqual([corrected.state, corrected.result.updated], ['reconciled', 1], 'the key and what was wrong are enough')
    const now = await record()
    assert.deepEqual([now.title, now.address, now.lon, now.lat, now.trade, now.tables], ['小李咖啡', '澄江路2号', 120.12, 31.12, 'H', old.tables], 'the rest of the record stays')
    assert.equal(await state(seen.order_id), 'done')
    assert.deepEqual([(await see(c.tasks.S2)).state, await state(one.case_id, reader)], ['corrected', 'corrected'])
    assert.ok((await told(reader)).includes('您提出疑点的记录已更正'))
    const appeal = await c.police.get('/cases/' + two.case_id)
    assert.deepEqual(appeal.may.map((may) => may.action), ['appeal_field'])
  })

  test('a value of grade L3 is never in clear but to its supplier, for a reason', async () => {
    const bad = await c.grid.refused(400, 'POST', `/verifications/${c.tasks.S1}/answer`, { answers: answersOf(await see(c.tasks.S1, c.grid), { title: { answer: 'right' }, phone: { answer: 'wrong', value: '123' } }) })
    assert.equal(JSON.stringify(bad).includes('123'), false)
    await answer(c.tasks.S1, { title: { answer: 'right' }, phone: { answer: 'wrong', value: '13911112222' } })
    const seen = await see(c.tasks.S1)
    assert.deepEqual(seen.fields.map((f) => f.found), [null, '139****2222'])
    const clear = await c.officer.post(`/verifications/${c.tasks.S1}/clear`, { reason: '更正登记' })
    assert.deepEqual(clear.items.find((item) => item.name === 'phone'), { name: 'phone', title: '联系电话', old: '13900000001', found: '13911112222' })
    await c.bureau.refused(403, 'POST', `/verifications/${c.tasks.S1}/clear`, { reason: '看看' })
    const before = await c.bureau.get('/cases/' + seen.order_id)
    await c.bureau.post(`/cases/${seen.order_id}/actions/withdraw_record`, { version: before.version, note: '号码系他人，免于更正' })
    assert.deepEqual([(await see(c.tasks.S1)).state, (await see(c.tasks.S1)).outcome], ['closed', 'withdrawn'])
  })

  test('no officer: the centre assigns one; given back; called off; the record changed or gone meanwhile', async () => {
    const west = c.tasks.S3
    assert.ok((await c.dispatcher.get('/inbox')).items.some((item) => item.case_id === west))
    const queue = (await c.dispatcher.get('/verifications/queue?state=assign')).items
    assert.deepEqual(queue.filter((item) => item.case_id === west).map((item) => [item.state, item.turn, item.officer, item.pressed]), [['assign', 'bureau', null, '']])
    const counted = await c.dispatcher.get('/verifications/queue/counts')
    assert.deepEqual([counted.states.find((state) => state.state === 'assign').count, counted.total], [queue.length, (await c.dispatcher.get('/verifications/queue')).items.length])
    const [one] = (await c.dispatcher.get('/verifications/queue?limit=1')).items
    assert.equal((await c.dispatcher.get('/verifications/queue?limit=1')).next === null, counted.total === 1)
    assert.ok(one.case_id && !('lon' in one))
    const queued = async (query) => (await c.dispatcher.get('/verifications/queue?' + query)).items.map((item) => item.case_id)
    const all = (await c.dispatcher.get('/verifications/queue')).items
    for (const light of ['red', 'amber', 'green', 'paused']) {
      const ids = all.filter((item) => item.light === light).map((item) => item.case_id)
      assert.deepEqual([await queued('light=' + light), counted[light]], [ids, ids.length])
    }
    assert.deepEqual([await queued('q=' + one.number.toLowerCase()), await queued('q=%25'), await queued('limit=200&after=' + encodeURIComponent((await c.dispatcher.get('/verifications/queue?limit=1')).next ?? `${4e15}-0`))],
      [[one.case_id], [], all.slice(1).map((item) => item.case_id)])
    assert.equal((await c.dispatcher.get('/verifications/queue/counts?q=' + one.number)).total, 1)
    for (const client of [c.grid, c.officer]) await client.refused(403, 'GET', '/verifications/queue')
    const act = async (client, action, body = {}) => client.post(`/cases/${west}/actions/${action}`, { version: (await client.get('/cases/' + west)).version, ...body })
    await c.dispatcher.refused(400, 'POST', `/cases/${west}/actions/assign`, { version: (await c.dispatcher.get('/cases/' + west)).version })
    await act(c.dispatcher, 'assign', { form: { field_account: c.second.account_id } })
    assert.equal((await see(west, c.second)).fields[0].recorded, '城西药房')
    await act(c.second, 'give_back', { note: '不在我的网格' })
    await c.second.refused(403, 'POST', `/verifications/${west}/answer`, { answers: [] })
    await act(c.dispatcher, 'assign', { form: { field_account: c.grid.account_id } })
    const task = await see(west, c.grid)
    await send({ records: [byHand('S3', ['tables'])] })
    const old = await c.grid.refused(400, 'POST', `/verifications/${west}/answer`, { version: task.version, answers: answersOf(task, { title: { answer: 'right' } }) })
    assert.equal(old.errors?.[0]?.field ?? old.field, 'answers.tables', 'a field put in doubt meanwhile needs its answer')
    const fresh = await see(west, c.grid)
    await c.reload({ S2: '小李咖啡,0,13900000002,澄江路2号,120.12,31.12', S3: '城西大药房,0,13900000003,虹桥路3号,120.31,31.11' })
    const changed = await c.grid.refused(409, 'POST', `/verifications/${west}/answer`, { version: fresh.version, answers: answersOf(fresh, { title: { answer: 'right' }, tables: { answer: 'right' } }) })
    assert.equal(changed.errors?.[0]?.rule ?? changed.rule, 'changed')
    const now = await see(west, c.grid)
    assert.deepEqual([now.fields[0].recorded, now.fields[0].changed, now.fields[1].changed], ['城西大药房', true, false])
    const objection = await object('S3', 'title')
    await send({ objections: [objection.case_id] })
    await reader.post(`/cases/${objection.case_id}/actions/withdraw_field`, { version: (await reader.get('/cases/' + objection.case_id)).version, note: '我看错了' })
    assert.equal((await see(west)).state, 'sent', 'others doubt it still')
    await c.police.refused(404, 'POST', `/verifications/${west}/withdraw`, { reason: '不必' })
    const off = await c.officer.post(`/verifications/${west}/withdraw`, { reason: '已电话核实' })
    assert.deepEqual([off.state, off.outcome, off.events[0].note], ['closed', 'cancelled', '已电话核实'])
    await c.officer.refused(409, 'POST', `/verifications/${west}/withdraw`, { reason: '再撤' })
    // gone: of all fields or none; then the load without it closes the order
    const [gone] = (await send({ records: [byHand('S5', ['title', 'tables'])] })).items
    const half = await c.grid.refused(400, 'POST', `/verifications/${gone.case_id}/answer`, { answers: answersOf(await see(gone.case_id, c.grid), { title: { answer: 'gone' }, tables: { answer: 'right' } }) })
    assert.equal(half.errors?.[0]?.rule ?? half.rule, 'gone')
    await answer(gone.case_id, { title: { answer: 'gone' }, tables: { answer: 'gone' } }, { note: '已拆迁' })
    const [changes] = (await send({ records: [byHand('S1', ['title'])] })).items
    await c.reload({ S1: '老王牛肉面,12,13900000001,澄江路1号,120.11,31.11', S5: null })
    assert.equal((await see(gone.case_id)).state, 'corrected')
    assert.deepEqual([(await see(changes.case_id)).state, (await see(changes.case_id)).outcome], ['closed', 'overtaken'])
  })

  test('a row that a load refused puts the stored record of its key in doubt', async () => {
    await c.reload({ S2: '小李咖啡,999,13900000002,澄江路2号,120.12,31.12', S9: '新店,999,13900000009,新路,,' })
    const refused = (await c.officer.get(`/quarantine?resource=${c.resource}`)).items
    const [known, fresh] = ['S2', 'S9'].map((no) => refused.find((row) => row.values.no === no).quarantine_id)
    const sent = await send({ refused: [known] })
    assert.deepEqual(sent.items.map((item) => [item.result, item.rule]), [[ 'refused', 'no_record' ]], 'a full load without it took it out')
    await c.reload({})
    const [again] = (await send({ refused: [known] })).items
    assert.equal(again.result, 'sent')
    const task = await see(again.case_id)
    assert.deepEqual([task.fields.map((f) => f.name), task.doubts[0].source], [['tables'], 'rule'])
    assert.equal((await send({ refused: [fresh] })).items[0].rule, 'no_record')
    await c.officer.refused(400, 'POST', '/verifications', { resource_id: c.resource, refused: ['1'] })
    await c.officer.post(`/verifications/${again.case_id}/withdraw`, { reason: '已更正' })
  })

  test('what was found is taken over into the record by a load of that row; the order ends when all is carried', async () => {
    await c.reload({})
    const [task] = (await send({ records: [byHand('S1', ['title', 'tables', 'phone', 'no', 'address'])] })).items
    await answer(task.case_id, { title: { answer: 'wrong', value: '老王面馆总店' }, tables: { answer: 'right' }, phone: { answer: 'wrong', value: '13911112222' }, no: { answer: 'wrong', value: 'S1b' }, address: { answer: 'wrong' } })
    const order = (await see(task.case_id)).order_id, found = (client = c.officer) => client.get(`/verifications/orders/${order}/found`)
    const first = await found()
    assert.deepEqual([first.order_id, first.case_id, first.there, first.gone, first.open, first.may_correct, first.by, first.job_id, first.job_state], [order, task.case_id, true, false, true, true, '城东网格员 李', null, ''])
    assert.deepEqual(first.fields.map((one) => [one.name, one.held, one.found, one.barred, one.changed]), [['no', 'S1', 'S1b', 'key', false], ['title', '老王面馆', '老王面馆总店', '', false], ['tables', '12', null, 'not_wrong', false], ['phone', '139****0001', '139****2222', '', false], ['address', '澄江路1号', null, 'no_value', false]])
    assert.equal(/13900000001|13911112222/.test(JSON.stringify(first)), false, 'L3 is masked')
    const state_only = await found(c.bureau)
    assert.deepEqual([state_only.shown, state_only.may_correct, state_only.fields.map((one) => one.held ?? one.found ?? one.mark).join('')], [false, false, ''])
    for (const client of [c.police, c.second]) await client.refused(404, 'GET', `/verifications/orders/${order}/found`)
    await c.officer.refused(404, 'GET', `/verifications/orders/${task.case_id}/found`)
    const marks = async (...names) => (await found()).fields.filter((one) => names.includes(one.name)).map((one) => ({ name: one.name, mark: one.mark }))
    const take = (fields, client = c.officer) => client.post(`/verifications/orders/${order}/correct`, { fields })
    const no = async (status, rule, fields, client = c.officer) => {
      const refused = await client.refused(status, 'POST', `/verifications/orders/${order}/correct`, { fields })
      assert.equal(refused.errors?.[0]?.rule ?? refused.rule, rule)
      return refused
    }
    await no(400, 'required', [])
    await no(400, 'unknown_field', [{ name: 'trade', mark: '' }])
    for (const [rule, name] of [['key', 'no'], ['not_wrong', 'tables'], ['no_value', 'address']]) await no(409, rule, await marks(name))
    for (const [status, client] of [[403, c.bureau], [404, c.police], [403, c.grid]]) await client.refused(status, 'POST', `/verifications/orders/${order}/correct`, { fields: await marks('title') })
    const stale = await marks('title')
    await c.reload({ S1: '老王拉面,12,13900000001,澄江路1号,120.11,31.11' })
    assert.match((await no(409, 'changed', stale)).detail, /商户名称/)
    assert.deepEqual((await found()).fields.filter((one) => one.changed).map((one) => [one.name, one.held]), [['title', '老王拉面']])
    const ended = async (job) => {
      for (let i = 0; ; i++) {
        const seen = await c.officer.get('/jobs/' + job.job_id)
        if (!['queued', 'running'].includes(seen.state)) return seen
        assert.ok(i < 600, 'the job does not end')
        await new Promise((done) => setTimeout(done, 50))
      }
    }
    const quality = async () => (await c.officer.get(`/resources/${c.resource}/quality`)).newest?.job_id
    const before = await quality(), row = async () => (await c.officer.get(`/data/${c.resource}/records?limit=50`)).items.find((one) => one.no === 'S1'), old = await row()
    const part = await ended(await take(await marks('title')))
    assert.deepEqual([part.state, part.kind, part.result.read, part.result.updated, part.result.snapshot.kind, part.result.snapshot.columns], ['reconciled', 'verify.correct', 1, 1, 'verification', { title: '商户名称' }])
    assert.equal(JSON.stringify(part).includes('总店'), false, 'values are not in the job')
    assert.deepEqual(await row(), { ...old, title: '老王面馆总店', version: (await row()).version }, 'the rest of the record stays')
    assert.equal(await quality(), before, 'one row is no measure of the entry')
    assert.equal(await state(order), 'record', 'the phone is not corrected yet')
    const taken = (await c.officer.get('/cases/' + order)).events[0]
    assert.deepEqual([taken.action, taken.form.job_id, taken.note], ['taken', part.job_id, '商户名称'])
    assert.ok((await c.officer.get(`/resources/${c.resource}/lineage`)).sources.some((one) => one.job_id === part.job_id && one.kind === 'verification' && one.name === first.order_number && one.receipt))
    await no(409, 'carried', await marks('title'))
    // the bureau withdraws it while its job waits for nobody: what was chosen is asked again by the job
    await c.bureau.post(`/cases/${order}/actions/withdraw_record`, { version: (await c.bureau.get('/cases/' + order)).version, note: '地址另行核实' })
    await no(409, 'state', await marks('phone'))
  })

  test('all that was found carried ends the order; a row that the checks refuse waits in quarantine; what is gone is taken out', async () => {
    await c.reload({})
    const take = async (id) => {
      const order = (await see(id)).order_id, found = await c.officer.get(`/verifications/orders/${order}/found`)
      const job = await c.officer.post(`/verifications/orders/${order}/correct`, { fields: found.fields.filter((one) => !one.barred).map(({ name, mark }) => ({ name, mark })) })
      for (let i = 0; ; i++) {
        const seen = await c.officer.get('/jobs/' + job.job_id)
        if (!['queued', 'running'].includes(seen.state)) return { order, job: seen, case: await c.officer.get('/cases/' + order) }
        assert.ok(i < 600, 'the job does not end')
        await new Promise((done) => setTimeout(done, 50))
      }
    }
    const [wrong, gone] = (await send({ records: [byHand('S2', ['title', 'phone']), byHand('S5', ['title', 'tables'])] })).items
    await answer(wrong.case_id, { title: { answer: 'wrong', value: '小李咖啡' }, phone: { answer: 'wrong', value: '13911113333' } })
    await answer(gone.case_id, { title: { answer: 'gone' }, tables: { answer: 'gone' } })
    // another shop's number, which is unique: each value passes by itself, the row does not
    const [twice] = (await send({ records: [byHand('S1', ['phone'])] })).items
    await answer(twice.case_id, { phone: { answer: 'wrong', value: '13900000003' } })
    const refused = await take(twice.case_id)
    assert.deepEqual([refused.job.result.refused, refused.case.state, refused.case.events.slice(0, 2).map((one) => one.action), refused.case.events[0].form.job_id], [1, 'record', ['untaken', 'taken'], refused.job.job_id])
    assert.ok((await c.officer.get(`/quarantine?resource=${c.resource}`)).items.some((row) => row.job_id === refused.job.job_id))
    await c.bureau.post(`/cases/${refused.order}/actions/withdraw_record`, { version: (await c.bureau.get('/cases/' + refused.order)).version, note: '号码属另一商户' })
    const done = await take(wrong.case_id)
    assert.deepEqual([done.job.result.updated, done.case.state, (await see(wrong.case_id)).state, done.case.events.slice(0, 2).map((one) => one.action)], [1, 'done', 'corrected', ['carried', 'taken']])
    const out = await take(gone.case_id)
    assert.deepEqual([out.job.state, out.job.result.read, out.job.result.deleted, out.case.state], ['reconciled', 0, 1, 'done'])
    const rows = (await c.officer.get(`/data/${c.resource}/records?limit=50`)).items
    assert.deepEqual([rows.some((one) => one.no === 'S5'), (await c.officer.get('/resources/' + c.resource)).row_count], [false, rows.length])
    const feed = (await c.audit.evidence('action=verification.correct', (items) => items.some((one) => one.subject_id === done.order)))
    assert.ok(feed)
  })

  test('a doubt from an objection that cannot be found out goes back to its supplier', async () => {
    const objection = await object('S1', 'tables')
    const [sent] = (await send({ objections: [objection.case_id] })).items
    await answer(sent.case_id, { tables: { answer: 'unknown' } }, { note: '店门关闭' })
    assert.deepEqual([(await see(sent.case_id)).outcome, await state(objection.case_id)], ['unknown', 'check'])
    const list = (await c.officer.get('/verifications?state=closed')).items
    assert.ok(list.some((item) => item.case_id === sent.case_id && item.outcome === 'unknown' && item.officer === '城东网格员 李'))
    assert.equal((await c.bureau.get('/verifications')).items.length, (await c.officer.get('/verifications')).items.length)
    assert.deepEqual((await c.police.get('/verifications')).items, [])
    const answered = (items) => items.some((entry) => entry.subject_id === sent.case_id)
    assert.ok(answered(await c.audit.evidence('action=verification.answer', answered)))
  })
})
