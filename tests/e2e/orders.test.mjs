// What follows from data: the patrol raises a correction order once, a bad reload does not close it, a good one does; orders by hand;
// objections confirmed, rejected, appealed; ratings; a request that waits for data; a demand from an empty search; the review of an
// entry as a case; of two who decide at once one wins, on each.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Server, suite } from './harness.mjs'
import { account, city, load, peopleCsv, peopleDocument, peopleHeader, peopleRow, publish, citizenSpread } from './city.mjs'

suite('orders', (engine) => {
  let c, resource, reader, one
  const until = new Date(Date.now() + 90 * 86400000).toISOString()
  const act = async (client, action, body = {}) => (one = await client.post(`/cases/${one.case_id}/actions/${action}`, { version: one.version, ...body }))
  const shown = async (client) => (one = await client.get('/cases/' + one.case_id))
  const actions = () => one.may.map((may) => may.action)
  const list = async (client, query) => (await client.get('/cases?' + query)).items
  const setting = async (name, value) => {
    const now = (await c.sys.get('/settings')).items.find((item) => item.name === name)
    await c.sys.put('/settings/' + name, { value: String(value), version: now.version })
  }
  const evidence = async (action, subject) => {
    const on = (entry) => entry.subject_id === subject
    const found = (await c.audit.evidence('action=' + action, (items) => items.some(on))).find(on)
    assert.ok(found, `no evidence of ${action} on ${subject}`)
    return found
  }
  /** Rows of which every second has a height that no person has. */
  const faulty = (count) => peopleHeader + Array.from({ length: count }, (_, n) => peopleRow(n, { citizen_no: citizenSpread(n), height: n % 2 ? 170 : 999 })).join('')
  const twoAtOnce = async (calls) => {
    const answers = await Promise.all(calls.map(([client, action, body]) => client.call('POST', `/cases/${one.case_id}/actions/${action}`, { version: one.version, ...body })))
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, 409], JSON.stringify(answers.map((a) => a.body.detail)))
    one = answers.find((a) => a.status === 200).body
  }

  const sql = (text) => {
    const done = c.server.store ? spawnSync('psql', [c.server.store, '-qAt', '-c', text], { encoding: 'utf8' })
      : spawnSync('sqlite3', ['-cmd', '.timeout 5000', join(c.server.dir, 'yiwang.db'), text], { encoding: 'utf8' })
    assert.equal(done.status, 0, done.stderr)
    return done.stdout.trim()
  }

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    reader = await account(c.server, c.sys, c.sec, 'police-reader', c.otherOrg, ['reader'])
    c.second = await account(c.server, c.sys, c.sec, 'bureau-second', (await c.bureau.get('/session')).org_id, ['data_bureau'])
    resource = await publish(c, peopleDocument({ sharing: 'unconditional', sharing_condition: undefined }))
    await setting('quality.order_after_hours', 0)
  })
  after(() => c?.server.stop())

  test('the patrol raises an order once; a bad reload leaves it open; a good one closes it, with evidence', async () => {
    await setting('quality.order_below', 99)
    await c.bureau.post('/quality/patrol')
    await c.bureau.post('/quality/patrol')
    const none = await list(c.officer, `process=correction_order&resource=${resource}`)
    assert.deepEqual(none.map((item) => [item.state, item.turn, item.asker_org_id, item.supplier_org_id]), [['correct', 'supplier', null, c.supplierOrg]])
    one = await c.officer.get('/cases/' + none[0].case_id)
    assert.match(one.number, /^ZG-\d{4}-\d{6}$/)
    assert.equal(one.form.defect, 'no_data')
    assert.ok((await c.officer.get('/inbox')).items.some((item) => item.case_id === one.case_id && item.left_work_s > 0))
    assert.equal((await load(c.officer, resource, '人口.csv', faulty(40))).state, 'reconciled')
    await shown(c.officer)
    assert.deepEqual([one.state, one.outcome, one.events[0].action, one.events[0].side], ['done', 'corrected', 'pass', 'engine'])

    const round = await c.bureau.post('/quality/patrol')
    assert.equal((await c.bureau.post('/quality/patrol')).raised, 0)
    assert.ok(round.raised >= 1)
    const open = (await list(c.officer, `process=correction_order&resource=${resource}`)).filter((item) => !item.closed_at)
    assert.equal(open.length, 1)
    one = await c.officer.get('/cases/' + open[0].case_id)
    assert.equal(one.form.defect, 'score_low')
    assert.ok(one.form.seen.score < 99 && one.form.seen.job_id)
    await act(c.officer, 'answer', { form: { cause: '采集终端录错', measure: '重新采集身高' } })
    assert.equal(one.state, 'verify')
    const bad = await load(c.officer, resource, '人口.csv', faulty(40))
    await shown(c.officer)
    assert.deepEqual([one.state, one.events[0].action, one.events[0].form.job_id], ['verify', 'fail', bad.job_id])
    await load(c.officer, resource, '少量.csv', peopleCsv(2), { mode: 'upsert' }) // two good rows do not make up for ten bad ones
    assert.equal((await shown(c.officer)).state, 'verify')
    const good = await load(c.officer, resource, '人口.csv', peopleCsv(40))
    await shown(c.bureau)
    assert.deepEqual([one.state, one.events[0].form.job_id, one.events[0].form.score], ['done', good.job_id, 100])
    const entry = await evidence('case.pass', one.case_id)
    assert.equal(entry.resource_id, resource)
    assert.match(JSON.stringify(entry.detail), new RegExp(good.job_id))
  })

  test('a broken promise and a failing service: the load closes the one, the patrol after it the other', async () => {
    const table = `r${resource}_g${sql(`SELECT generation_no FROM resource WHERE resource_id = ${resource}`)}`
    sql(`UPDATE resource SET loaded_at = loaded_at - 400 * 86400000000 WHERE resource_id = ${resource}`)
    sql(`ALTER TABLE ${table} RENAME TO broken`)
    await c.bureau.post('/quality/patrol')
    const open = async () => (await list(c.officer, `process=correction_order&resource=${resource}`)).filter((item) => !item.closed_at)
    const raised = await Promise.all((await open()).map((item) => c.officer.get('/cases/' + item.case_id)))
    assert.deepEqual(raised.map((item) => item.form.defect).sort(), ['service_fails', 'update_late'])
    sql(`ALTER TABLE broken RENAME TO ${table}`)
    await c.bureau.post('/quality/patrol')
    assert.equal((await open()).length, 2) // it answers again, but nothing was loaded
    await load(c.officer, resource, '人口.csv', peopleCsv(40))
    assert.deepEqual(await Promise.all((await open()).map(async (item) => (await c.officer.get('/cases/' + item.case_id)).form.defect)), ['service_fails'])
    await c.bureau.post('/quality/patrol')
    assert.deepEqual(await open(), [])
    await setting('quality.order_below', 0)
  })

  test('an order by hand for a rule; the reader may not; withdrawn with a reason; two at once', async () => {
    await load(c.officer, resource, '人口.csv', faulty(20))
    const order = { process: 'correction_order', resource_id: resource, form: { defect: 'rule', rule: 'range', field: 'height_cm', words: '身高不合理' } }
    const rules = (await c.bureau.get(`/resources/${resource}/quality`)).loads[0].rules
    order.form.rule = rules.find((item) => item.field === 'height_cm').rule
    await reader.refused(403, 'POST', '/cases', order)
    await c.officer.refused(403, 'POST', '/cases', order)
    await c.bureau.refused(400, 'POST', '/cases', { ...order, form: { defect: 'rule', rule: 'gb11643' } })
    assert.equal((await c.bureau.refused(400, 'POST', '/cases', { ...order, form: { defect: 'rule', rule: 'other' } })).field, 'form.rule')
    one = await c.bureau.post('/cases', order)
    assert.equal(one.form.seen.bad, 10)
    const twice = await c.bureau.refused(409, 'POST', '/cases', order)
    assert.match(twice.detail, new RegExp(one.number))
    await c.officer.refused(403, 'POST', `/cases/${one.case_id}/actions/withdraw`, { version: one.version, note: '不改了' })
    await c.bureau.refused(400, 'POST', `/cases/${one.case_id}/actions/withdraw`, { version: one.version })
    await c.officer.refused(403, 'POST', `/cases/${one.case_id}/actions/pass`, { version: one.version })
    await c.bureau.refused(403, 'POST', `/cases/${one.case_id}/actions/pass`, { version: one.version })
    await twoAtOnce([[c.bureau, 'withdraw', { note: '口径已调整' }], [c.officer, 'answer', { form: { cause: '录错', measure: '重采' } }]])
    if (one.state === 'verify') await act(c.bureau, 'withdraw', { note: '口径已调整' })
    assert.equal(one.state, 'withdrawn')
    one = await c.bureau.post('/cases', order)
    await load(c.officer, resource, '人口.csv', peopleCsv(40))
    assert.equal((await shown(c.officer)).state, 'done')
    await c.audit.get('/cases/' + one.case_id) // the auditor opens what evidence names, and can do nothing there
    assert.deepEqual((await c.audit.get('/cases/' + one.case_id)).may, [])
  })

  test('an objection to a record: confirmed and mended by a reload; rejected, appealed once, upheld; accepted', async () => {
    const rows = (await reader.get(`/data/${resource}/records?limit=4`)).items
    const objection = (row, change = {}) => ({ process: 'record_objection', resource_id: resource, form: { record_id: row.record_id, field: 'town', wrong: '乡镇写错', right: '镇99', reason: '户口簿为证', ...change } })
    await c.app.refused(403, 'POST', '/cases', objection(rows[0]))
    await c.bureau.refused(403, 'POST', '/cases', objection(rows[0]))
    await c.officer.refused(409, 'POST', '/cases', objection(rows[0]))
    await reader.refused(400, 'POST', '/cases', objection(rows[0], { record_id: '12345' }))
    await reader.refused(400, 'POST', '/cases', objection(rows[0], { field: 'nothing' }))
    one = await reader.post('/cases', objection(rows[0]))
    assert.deepEqual([one.state, one.subject, one.subject_id, one.is_asker], ['check', 'record', rows[0].record_id, true])
    await reader.refused(409, 'POST', '/cases', objection(rows[0]))
    await act(c.officer, 'confirm')
    await load(c.officer, resource, '人口.csv', peopleCsv(40))
    assert.equal((await shown(c.officer)).state, 'mend') // the same again is no correction
    await load(c.officer, resource, '更正.csv', peopleCsv(40).replaceAll(/,镇\d+,/g, ',镇99,'), { mode: 'upsert' })
    assert.equal((await shown(reader)).state, 'corrected')

    one = await reader.post('/cases', objection(rows[1]))
    await c.officer.refused(400, 'POST', `/cases/${one.case_id}/actions/reject`, { version: one.version })
    await act(c.officer, 'reject', { note: '与登记底册一致' })
    const waiting = (await reader.get('/inbox')).items
    assert.deepEqual(waiting.map((item) => [item.case_id, item.state]), [[one.case_id, 'answered']])
    assert.equal((await shown(reader)).events[0].note, '与登记底册一致')
    await act(reader, 'appeal', { note: '底册是旧的' })
    await twoAtOnce([[c.bureau, 'uphold', { note: '已核对' }], [c.second, 'order', { note: '应更正' }]])
    if (one.state === 'mend') await act(c.officer, 'correct', { note: '已在源库更正' })
    assert.ok(['upheld', 'corrected'].includes(one.state))
    assert.ok(!(await shown(reader), actions()).includes('appeal'))

    one = await reader.post('/cases', objection(rows[2]))
    await act(c.officer, 'correct', { note: '已更正' })
    assert.deepEqual([one.state, one.outcome], ['corrected', 'corrected'])
    one = await reader.post('/cases', objection(rows[2]))
    await act(c.officer, 'reject', { note: '无误' })
    await act(reader, 'agree')
    assert.equal(one.state, 'rejected')
    assert.ok((await list(reader, 'process=record_objection&scope=mine')).length >= 4)

    one = await reader.post('/cases', objection(rows[3]))
    await act(c.officer, 'reject', { note: '无误' })
    await setting('notify.seconds', 1)
    sql(`UPDATE work_case SET due_us = 1, remind_us = 1, step_us = 1 WHERE case_id = ${one.case_id}`) // the answer stood unread past its limit
    for (let i = 0; one.state !== 'rejected'; i++) {
      assert.ok(i < 200, 'the answer did not lapse')
      await new Promise((done) => setTimeout(done, 50))
      await shown(reader)
    }
    assert.deepEqual(one.events.slice(0, 2).map((event) => event.action), ['lapse', 'overdue'])
  })

  test('a program objects by its key: only to rows and fields of its grant, once a number; its people go on with it', async () => {
    const closed = await publish(c, peopleDocument())
    await load(c.officer, closed, '人口.csv', peopleCsv(60))
    const all = (await c.officer.get(`/data/${closed}/records?limit=60`)).items
    const objection = (row, number, change = {}) => ({ process: 'record_objection', resource_id: closed, outside_number: number,
      form: { record_id: row.record_id, field: 'town', wrong: '乡镇与现场不符', right: '镇2', reason: '窗口核对户口簿', ...change } })
    const own = all.filter((row) => row.town === '镇1'), strange = all.find((row) => row.town === '镇2')
    await c.app.refused(403, 'POST', '/cases', objection(own[0], 'A-1')) // no grant yet
    await c.officer.post('/grants', { ways: ['api'], resource_id: closed, account_id: c.appAccount, purpose: '窗口核验户口登记', until, quota_day: 1000,
      fields: [{ name: 'name', mode: 'masked' }, { name: 'town', mode: 'clear' }], filter: { town: '镇1' } })
    assert.equal((await c.app.refused(400, 'POST', '/cases', objection(strange, 'A-1'))).rule, 'no_record')
    assert.equal((await c.app.refused(400, 'POST', '/cases', objection({ record_id: '12345' }, 'A-1'))).rule, 'no_record') // the same answer
    assert.equal((await c.app.refused(400, 'POST', '/cases', objection(own[0], 'A-1', { field: 'height_cm' }))).rule, 'not_granted')
    await c.app.refused(403, 'POST', '/cases', { resource_id: closed, form: { purpose: '再要一些' } }) // it objects, it does not ask
    await c.app.refused(404, 'GET', '/cases/by-number?outside_number=A-1')

    const both = await Promise.all([1, 2].map(() => c.app.call('POST', '/cases', objection(own[0], 'A-1'))))
    assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 201])
    assert.equal(both[0].body.case_id, both[1].body.case_id)
    one = both[0].body
    assert.deepEqual([one.state, one.outside_number, one.asker_name, one.asker_org_id], ['check', 'A-1', '警务应用', c.otherOrg])
    assert.equal((await c.app.refused(409, 'POST', '/cases', objection(own[1], 'A-1'))).rule, 'outside_number')
    assert.equal((await c.app.refused(409, 'POST', '/cases', objection(own[0], 'A-2'))).rule, 'open_case')
    await c.police.refused(404, 'GET', '/cases/by-number?outside_number=A-1') // numbers are the account's own
    await c.app.refused(403, 'POST', `/cases/${one.case_id}/actions/reject`, { version: one.version, note: '自己驳回' })

    await act(c.officer, 'reject', { note: '与登记底册一致' })
    const answer = await c.app.get('/cases/by-number?outside_number=A-1')
    assert.deepEqual([answer.state, answer.events[0].note], ['answered', '与登记底册一致'])
    assert.ok((await c.police.get('/inbox')).items.some((item) => item.case_id === one.case_id)) // and its people have it in their inbox
    await act(c.police, 'appeal', { note: '底册是旧的' })
    await act(c.bureau, 'uphold', { note: '已核对' })
    assert.deepEqual([(await c.app.get('/cases/by-number?outside_number=A-1')).outcome, (await c.app.post('/cases', objection(own[0], 'A-1'))).case_id], ['rejected', one.case_id])

    one = await c.app.post('/cases', objection(own[1], 'A-2'))
    await act(c.app, 'withdraw', { note: '重复登记' })
    assert.deepEqual((await c.app.get('/cases?scope=mine&process=record_objection')).items.map((item) => item.outside_number), ['A-2', 'A-1'])
    await evidence('case.create', one.case_id)
  })

  test('a rating is one a person, changed by the next; the supplier and those who may not read have none', async () => {
    assert.deepEqual(await reader.get(`/resources/${resource}/ratings`), { count: 0, average: null, may: true, items: [] })
    await reader.refused(400, 'PUT', `/resources/${resource}/rating`, { stars: 1 })
    await reader.refused(400, 'PUT', `/resources/${resource}/rating`, { stars: 6, words: '好' })
    await c.officer.refused(409, 'PUT', `/resources/${resource}/rating`, { stars: 5 })
    await c.bureau.refused(403, 'PUT', `/resources/${resource}/rating`, { stars: 5 })
    await reader.put(`/resources/${resource}/rating`, { stars: 2, words: '更新太慢' })
    await reader.put(`/resources/${resource}/rating`, { stars: 4, words: '好多了' })
    const both = await c.police.put(`/resources/${resource}/rating`, { stars: 5 })
    assert.deepEqual([both.count, both.average, both.items.find((item) => !item.mine).words], [2, 4.5, '好多了'])
    assert.deepEqual((await c.officer.get(`/resources/${resource}/ratings`)).may, false)
    const row = (await c.officer.get('/quality')).items.find((item) => item.resource_id === resource)
    assert.deepEqual(row.rating, { count: 2, average: 4.5 })
    const closed = await publish(c, peopleDocument())
    await reader.refused(403, 'PUT', `/resources/${closed}/rating`, { stars: 5 })
    assert.equal((await reader.ok('DELETE', `/resources/${resource}/rating`)).count, 1)
  })

  test('a request for what is not mounted waits for the supplier’s data, then goes on; what is free is granted by the load', async () => {
    const form = { purpose: '办理居住证时核对居民登记信息', service_item: '居住证办理', account_id: c.appAccount, way: 'api', until, quota_day: 100, fields: [{ name: 'town', mode: 'clear' }] }
    const empty = await publish(c, peopleDocument()), free = await publish(c, peopleDocument({ sharing: 'unconditional', sharing_condition: undefined }))
    one = await c.police.post('/cases', { resource_id: empty, form })
    await act(c.bureau, 'accept')
    assert.deepEqual([one.state, one.turn], ['mount', 'supplier'])
    assert.ok(one.due_at)
    await shown(c.officer)
    assert.ok(one.may.find((may) => may.action === 'go_on').blocked)
    await c.officer.refused(409, 'POST', `/cases/${one.case_id}/actions/go_on`, { version: one.version })
    const second = await c.police.post('/cases', { resource_id: free, form })
    assert.equal(second.state, 'mount')
    await load(c.officer, empty, '人口.csv', peopleCsv(5))
    await load(c.officer, free, '人口.csv', peopleCsv(5))
    assert.deepEqual([(await shown(c.officer)).state, one.events[0].action], ['review', 'mounted'])
    await act(c.officer, 'grant')
    assert.equal((await c.app.get(`/data/${empty}/records?limit=9`)).items.length, 5)
    assert.equal((await c.police.get('/cases/' + second.case_id)).state, 'granted')
    assert.equal((await c.app.get(`/data/${free}/records?limit=9`)).items.length, 5)
    await evidence('case.mounted', second.case_id)
  })

  test('a demand: routed, handed back, routed again, accepted with a draft, met when that is published; answered with an entry; refused', async () => {
    const form = { need: '校车行驶轨迹', purpose: '校车安全监管', basis: '校车安全管理条例第二十九条', words: '校车' }
    await c.app.refused(403, 'POST', '/cases', { process: 'data_demand', form })
    await reader.refused(400, 'POST', '/cases', { process: 'data_demand', form: { need: '校车行驶轨迹' } })
    one = await reader.post('/cases', { process: 'data_demand', form: { ...form, provider_org_id: c.supplierOrg } })
    assert.deepEqual([one.state, one.title, one.resource_id, one.supplier_org_id, one.subject], ['route', '校车行驶轨迹', null, null, 'demand'])
    await c.bureau.refused(400, 'POST', `/cases/${one.case_id}/actions/assign`, { version: one.version, form: { org_id: c.otherOrg } })
    await act(c.bureau, 'assign', { form: { org_id: c.supplierOrg } })
    await act(c.officer, 'hand_back', { note: '归交通部门' })
    assert.deepEqual([one.state, (await c.bureau.get('/inbox')).items.some((item) => item.case_id === one.case_id)], ['route', true])
    await twoAtOnce([[c.bureau, 'assign', { form: { org_id: c.supplierOrg } }], [c.second, 'refuse', { note: '重复' }]])
    if (one.state === 'refused') {
      one = await reader.get('/cases/' + one.case_id)
      await act(reader, 'dispute', { note: '并不重复' })
      await act(c.bureau, 'assign', { form: { org_id: c.supplierOrg } })
    }
    await act(c.officer, 'accept', { form: { name: '校车运行信息' } })
    assert.equal(one.state, 'build')
    let entry = await c.officer.get('/resources/' + one.resource_id)
    assert.deepEqual([entry.state, entry.draft.name, entry.draft.summary], ['draft', '校车运行信息', '校车行驶轨迹'])
    entry = await c.officer.put('/resources/' + one.resource_id, { version: entry.version, document: { ...peopleDocument(), name: '校车运行信息' } })
    await c.officer.post(`/resources/${one.resource_id}/submit`, { version: entry.version })
    entry = await c.bureau.get('/resources/' + one.resource_id)
    await c.bureau.post(`/resources/${one.resource_id}/review`, { version: entry.version, decision: 'publish' })
    assert.deepEqual([(await shown(reader)).state, one.outcome], ['met', 'met'])

    one = await reader.post('/cases', { process: 'data_demand', form })
    await c.bureau.refused(400, 'POST', `/cases/${one.case_id}/actions/point`, { version: one.version, form: { resource_id: '77' } })
    const point = async (id) => (await c.bureau.refused(400, 'POST', `/cases/${one.case_id}/actions/point`, { version: one.version, note: '已有目录', form: { resource_id: id } })).rule
    assert.equal(await point(await publish(c, peopleDocument({ sharing: 'none', sharing_condition: undefined, sharing_ways: [], sharing_basis: '某法第三十条' }))), 'not_shared')
    await act(c.bureau, 'point', { note: '已有目录', form: { resource_id: resource } })
    assert.deepEqual([one.state, one.resource_id], ['met', resource])
    assert.deepEqual((await list(c.bureau, 'process=data_demand')).map((item) => item.state), ['met', 'met'])
  })

  test('the review of an entry is a case: returned, resubmitted, published from either page; one’s own work is a colleague’s', async () => {
    const made = await c.officer.post('/resources', { document: peopleDocument({ name: '审核中的目录' }) })
    const id = made.resource_id
    await c.officer.post(`/resources/${id}/submit`, { version: made.version })
    const cases = await list(c.bureau, `process=catalog_review&resource=${id}`)
    assert.deepEqual(cases.map((item) => [item.state, item.turn, item.asker_org_id]), [['review', 'bureau', c.supplierOrg]])
    one = await c.bureau.get('/cases/' + cases[0].case_id)
    assert.match(one.number, /^ML-/)
    assert.deepEqual(actions(), ['publish', 'return', 'urge'])
    await c.officer.refused(403, 'POST', '/cases', { process: 'catalog_review', resource_id: id, form: {} })
    await c.officer.refused(403, 'POST', `/cases/${one.case_id}/actions/publish`, { version: one.version })
    let entry = await c.bureau.get('/resources/' + id)
    await c.bureau.post(`/resources/${id}/review`, { version: entry.version, decision: 'return', note: '摘要太短' })
    assert.deepEqual([(await shown(c.officer)).state, one.events[0].note], ['amend', '摘要太短'])
    assert.ok((await c.officer.get('/inbox')).items.some((item) => item.case_id === one.case_id))
    entry = await c.officer.get('/resources/' + id)
    await c.officer.post(`/resources/${id}/submit`, { version: entry.version })
    assert.equal((await shown(c.bureau)).state, 'review')
    await twoAtOnce([[c.bureau, 'publish', {}], [c.second, 'return', { note: '再改改' }]])
    if (one.state === 'amend') {
      entry = await c.officer.get('/resources/' + id)
      assert.equal(entry.state, 'draft')
      await c.officer.post(`/resources/${id}/submit`, { version: entry.version })
      await shown(c.bureau)
      await act(c.bureau, 'publish')
    }
    assert.deepEqual([one.state, (await c.officer.get('/resources/' + id)).state], ['published', 'published'])
  })
})
