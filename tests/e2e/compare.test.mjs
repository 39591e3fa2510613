// Two entries compared: who may, how rows are matched, what differs, values as one's right shows them, differences sent to the field and
// gone in the next run, a right that ends, a run killed in the middle.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { load, peopleDocument, publish, citizen } from './city.mjs'
import { suite } from './harness.mjs'
import { shops, verifyCity } from './verify_city.mjs'
import { sheetRows } from './workbook.mjs'

suite('comparing two entries', (engine) => {
  let c, permits, people, mine, comparison, grant
  const until = () => new Date(Date.now() + 86400000).toISOString()
  const field = (name, title, kind, more = {}) => ({ name, title, source_name: name, kind, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...more })
  const rule = (refused) => refused.errors?.[0]?.rule ?? refused.rule
  const define = (more = {}) => ({ name: '商户与许可比对', purpose: '核对商户名录', left_id: c.resource, right_id: permits, keys: [{ left: 'no', right: 'shop_no', form: 'text' }],
    fields: [{ left: 'title', right: 'shop', form: 'text' }, { left: 'tables', right: 'seats', form: 'number' }, { left: 'phone', right: 'mobile', form: 'text' }], ...more })
  const run = async (id, client = c.officer) => {
    const made = await client.post(`/comparisons/${id}/runs`)
    return client.job(made.job_id)
  }
  const differences = (id, query = '', client = c.officer) => client.get(`/comparisons/${id}/differences${query}`)

  /** The workbook says what the list says, row by row; its rows, each by heading. */
  async function sheetLikeList(id, query = '') {
    const answer = await c.officer.call('GET', `/comparisons/${id}/differences.xlsx${query}`)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-disposition'), /\.xlsx/)
    const [head, ...rows] = sheetRows(answer.body), { items } = await differences(id, (query ? query + '&' : '?') + 'limit=200')
    const kinds = { differ: '不一致', only_left: '仅左侧有', only_right: '仅右侧有', repeated: '匹配项重复', no_key: '无匹配项' }, states = { open: '未处理', sent: '核查中', objected: '已提异议', gone: '已消除' }
    const filled = (row) => head.map((_, i) => row[i] ?? '')
    assert.deepEqual(rows.map(filled), items.map((item) => [kinds[item.kind], ...[...item.keys, ...item.values].flatMap((value) => [[value.left, value.left_word], [value.right, value.right_word]].map((said) => said.filter(Boolean).join(' '))),
      item.values.flatMap((value, i) => value.differs ? [head[1 + 2 * (item.keys.length + i)].slice(2)] : []).join('、'), String(item.left_rows), String(item.right_rows), states[item.state], item.number,
      (item.left_record && !item.left_there) || (item.right_record && !item.right_there) ? '左侧记录已不在' : '', item.left_record ?? '', item.right_record ?? '']))
    return { head, rows: rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] ?? '']))), notes: Object.fromEntries(sheetRows(answer.body, 2)) }
  }

  before(async () => {
    c = await verifyCity(engine)
    await c.sys.put('/settings/job.threads', { value: '1', version: 0 }) // read at a start: a run can be caught waiting
    await c.sys.put('/settings/chores.seconds', { value: '1', version: 0 })
    await c.server.stop()
    await c.server.start()
    permits = await publish({ officer: c.police, bureau: c.bureau }, { ...shops, code: '1A01009/000077', name: '许可登记', sharing: 'conditional', sharing_condition: '按履职需要申请',
      fields: [field('id', '序号', 'integer', { key: true, required: true, indexed: true }), field('shop_no', '商户编号', 'text', { length: 20 }), field('shop', '店名', 'text', { length: 60 }), field('seats', '座位', 'double'), field('mobile', '电话', 'text', { length: 20, grade: 3, mask: 'phone' })] })
    const csv = 'id,shop_no,shop,seats,mobile\n' + ['1,s1,老王面馆,12.0,13900000001', '2,Ｓ2,小李咖啡,3,13900000009', '3,S3,城西药房,0,13900000003', '4,S9,新开的店,1,13900000019', '5,S5,人民路茶馆,8,13900000005', '6,S5,人民路茶馆,9,13900000005', '7,,没有编号,1,13900000077'].join('\n') + '\n'
    assert.equal((await load(c.police, permits, 'permits.csv', Buffer.from(csv))).state, 'reconciled')
  })
  after(() => c?.server.stop())

  test('only what both sides give to the caller in clear, or is his own, is compared', async () => {
    await c.officer.refused(403, 'POST', '/comparisons', define())
    await c.bureau.refused(403, 'POST', '/comparisons', define())
    await c.reader.refused(403, 'POST', '/comparisons', define())
    const terms = { ways: ['api'], resource_id: permits, account_id: c.officer.account_id, purpose: '核对商户名录', until: until(), quota_day: 1000 }
    const narrow = await c.police.post('/grants', { ...terms, fields: [{ name: 'shop_no', mode: 'clear' }, { name: 'shop', mode: 'clear' }, { name: 'seats', mode: 'clear' }, { name: 'mobile', mode: 'masked' }] })
    assert.equal(rule(await c.officer.refused(400, 'POST', '/comparisons', define())), 'masked')
    for (const [expected, more] of [['unknown_field', { keys: [{ left: 'no', right: 'id', form: 'text' }] }], ['unknown_field', { fields: [{ left: 'nosuch', right: 'shop', form: 'text' }] }], ['choice', { keys: [{ left: 'no', right: 'shop_no', form: 'soundex' }] }], ['required', { keys: [] }], ['same_entry', { right_id: c.resource }], ['choice', { left_filter: [{ field: 'no', op: 'like', value: 'S' }] }]])
      assert.equal(rule(await c.officer.refused(400, 'POST', '/comparisons', define({ fields: define().fields.slice(0, 2), ...more }))), expected)
    comparison = (await c.officer.post('/comparisons', define({ fields: define().fields.slice(0, 2) }))).comparison_id
    grant = narrow.grant_id
    const one = await c.officer.get('/comparisons/' + comparison)
    assert.deepEqual([one.may_read, one.may_edit, one.left_own, one.right_own, one.runs.length, one.keys[0].right_title], [true, true, true, false, 0, '商户编号'])
    await c.police.refused(404, 'GET', '/comparisons/' + comparison)
    const seen = await c.bureau.get('/comparisons/' + comparison)
    assert.deepEqual([seen.may_read, seen.may_edit], [false, false], 'the bureau knows of it, no more')
  })

  test('a run counts; its differences are listed by kind and field', async () => {
    const job = await run(comparison)
    assert.equal(job.state, 'reconciled', JSON.stringify(job.error))
    const one = await c.officer.get('/comparisons/' + comparison)
    const counts = one.runs[0].counts
    assert.deepEqual(counts, { left_rows: 6, right_rows: 7, left_filtered: 0, right_filtered: 0, left_no_key: 0, right_no_key: 1, same: 2, differ: 1, only_left: 2, only_right: 1, repeated: 1, no_key: 1, kept: 6, fields: [1, 1] })
    assert.equal((await c.bureau.get('/comparisons/' + comparison)).runs[0].counts, null)
    const all = await differences(comparison)
    assert.equal(all.items.length, 6)
    const by = (kind) => all.items.filter((item) => item.kind === kind)
    assert.deepEqual(by('differ')[0].values.map((v) => [v.left, v.right, v.differs]), [['小李书店', '小李咖啡', true], ['0', '3', true]])
    assert.deepEqual(by('differ')[0].keys.map((v) => [v.left, v.right]), [['S2', 'Ｓ2']].map(([l]) => [l, by('differ')[0].keys[0].right]))
    assert.deepEqual([by('repeated')[0].left_rows, by('repeated')[0].right_rows], [1, 2])
    assert.deepEqual(by('only_right')[0].keys[0], { field: 'no', left: null, right: 'S9', left_word: null, right_word: null, differs: false })
    assert.equal(by('no_key')[0].values[0].right, '没有编号')
    assert.deepEqual(all.items.map((item) => item.state), Array(6).fill('open'))
    assert.equal((await differences(comparison, '?kind=only_left')).items.length, 2)
    assert.equal((await differences(comparison, '?field=tables')).items.length, 1)
    assert.equal(rule(await c.officer.refused(400, 'GET', `/comparisons/${comparison}/differences?field=nosuch`)), 'unknown_field')
    const first = await differences(comparison, '?limit=4'), rest = await differences(comparison, '?limit=4&after=' + first.next)
    assert.deepEqual([...first.items, ...rest.items].map((item) => item.difference_id), all.items.map((item) => item.difference_id))
    assert.equal(rest.next, null)
    await c.bureau.refused(403, 'GET', `/comparisons/${comparison}/differences`)
    await c.police.refused(404, 'GET', `/comparisons/${comparison}/differences`)
    await c.reader.refused(404, 'GET', `/comparisons/${comparison}/differences`)
    const told = (resource, action) => c.audit.get(`/evidence?resource=${resource}&action=${action}`)
    const { head, rows, notes } = await sheetLikeList(comparison)
    assert.deepEqual(head.slice(0, 7), ['类别', '左 编号', '右 商户编号', '左 商户名称', '右 店名', '左 餐桌数', '右 座位'])
    assert.equal(rows.find((row) => row['类别'] === '不一致')['不一致的信息项'], '商户名称、餐桌数')
    assert.deepEqual([notes['比对'], notes['右侧条目'], notes['类别'], notes['条数']], ['商户与许可比对', '许可登记', '全部', '6'])
    assert.deepEqual((await sheetLikeList(comparison, '?kind=only_left')).rows.map((row) => row['类别']), ['仅左侧有', '仅左侧有'])
    assert.equal((await sheetLikeList(comparison, '?field=tables')).notes['不一致的信息项'], '餐桌数')
    assert.equal(rule(await c.officer.refused(400, 'GET', `/comparisons/${comparison}/differences.xlsx?field=nosuch`)), 'unknown_field')
    await c.bureau.refused(403, 'GET', `/comparisons/${comparison}/differences.xlsx`)
    await c.police.refused(404, 'GET', `/comparisons/${comparison}/differences.xlsx`)
    for (const resource of [c.resource, permits]) {
      const entry = (await told(resource, 'comparison.differences_sheet')).items.find((one) => one.status === 200 && one.row_count > 2)
      assert.ok(entry, 'each supplier is told of the workbook')
      for (let i = 0; i < 100 && !(await told(resource, 'compare.ran')).items.length; i++) await new Promise((done) => setTimeout(done, 50)) // entries of writes follow
      assert.equal((await told(resource, 'compare.ran')).items.length, 1)
      assert.ok((await told(resource, 'comparison.differences')).items.length >= 1)
    }
  })

  test('row filters; one\'s own sensitive fields match inside and are shown masked', async () => {
    people = await publish(c, peopleDocument())
    mine = await publish(c, { ...shops, code: '1A01009/000078', name: '低保名单', fields: [field('id', '序号', 'integer', { key: true, required: true, indexed: true }), field('card', '身份证', 'text', { length: 18, grade: 4, mask: 'id' }), field('town', '乡镇', 'text', { length: 30 }), field('born', '出生', 'text', { length: 20 })] })
    const [a, b, d] = [citizen(1), citizen(2), citizen(3)]
    const day = (id) => `${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`
    await load(c.officer, people, 'p.csv', Buffer.from(`身份证号,姓名,出生日期,乡镇,身高,更新日期\n${a},甲某,${day(a)},甲镇,170,2026-01-01\n${b},乙某,${day(b)},乙镇,171,2026-01-01\n${d},丙某,${day(d)},丙镇,171,2026-01-01\n`))
    await load(c.officer, mine, 'm.csv', Buffer.from(`id,card,town,born\n1,${a.slice(0, 6)}${a.slice(8, 17)},甲镇,${day(a).replaceAll('-', '/')}\n2,${b},丁镇,${day(b)}\n`))
    const made = await c.officer.post('/comparisons', { name: '低保与人口', purpose: '救助资格核对', left_id: mine, right_id: people, keys: [{ left: 'card', right: 'citizen_no', form: 'id_number' }], fields: [{ left: 'town', right: 'town', form: 'text' }, { left: 'born', right: 'birth_date', form: 'date' }],
      right_filter: [{ field: 'town', op: 'ne', value: '丙镇' }] })
    assert.equal((await run(made.comparison_id)).state, 'reconciled')
    const counts = (await c.officer.get('/comparisons/' + made.comparison_id)).runs[0].counts
    assert.deepEqual([counts.differ, counts.only_left, counts.only_right, counts.right_filtered, counts.same + counts.differ], [a.startsWith('990001' + '19') ? 1 : counts.differ, counts.only_left, 0, 1, 2 - counts.only_left])
    const item = (await differences(made.comparison_id, '?kind=differ')).items.find((one) => one.values[0].left === '丁镇')
    assert.match(item.keys[0].left, /^990\*+\w{4}$/)
    assert.match(item.keys[0].right, /^990\*+\w{4}$/)
    for (const row of (await sheetLikeList(made.comparison_id)).rows) assert.doesNotMatch(JSON.stringify(row), new RegExp([a, b, d].join('|')), 'masked in the workbook too')
    await c.officer.ok('DELETE', '/comparisons/' + made.comparison_id)
    await c.officer.refused(404, 'GET', '/comparisons/' + made.comparison_id)
  })

  test('differences of one\'s own records go to the field once; what became of them shows; corrected ones are gone in the next run', async () => {
    const one = (await differences(comparison, '?kind=differ')).items[0]
    const send = (body) => c.officer.post(`/comparisons/${comparison}/send`, { side: 'left', reason: '与许可登记不一致', ...body })
    const sent = await send({ differences: [one.difference_id] })
    assert.deepEqual([sent.sent, sent.refused, sent.items[0].result], [1, 0, 'sent'])
    const task = await c.grid.get('/verifications/' + sent.items[0].case_id)
    assert.deepEqual(task.fields.map((f) => f.name), ['title', 'tables'])
    assert.equal(rule(await c.officer.refused(409, 'POST', `/comparisons/${comparison}/send`, { side: 'left', reason: '再派一次', differences: [one.difference_id] })), 'nothing_left')
    assert.equal(rule(await c.officer.refused(400, 'POST', `/comparisons/${comparison}/send`, { side: 'left', reason: '什么都没选' })), 'required')
    await c.officer.refused(403, 'POST', `/comparisons/${comparison}/send`, { side: 'right', reason: '不是自己的', kind: 'only_right' })
    const rest = await send({ kind: 'only_left' })
    assert.equal(rest.sent + rest.refused, 2)
    const now = (await differences(comparison, '?kind=differ')).items[0]
    assert.deepEqual([now.state, now.case_id, now.verification], ['sent', sent.items[0].case_id, true])
    // a record of somebody else: an objection, seen beside the difference
    const theirs = (await differences(comparison, '?kind=only_right')).items[0]
    await c.officer.post('/cases', { process: 'record_objection', resource_id: permits, form: { record_id: theirs.right_record, field: 'shop', wrong: '名录中没有', reason: '比对发现' } })
    assert.equal((await differences(comparison, '?kind=only_right')).items[0].state, 'objected')
    assert.deepEqual(new Set((await sheetLikeList(comparison)).rows.map((row) => row['处理'])), new Set(['核查中', '已提异议', '未处理']))
    await c.reload({ S2: '小李咖啡,3,13900000002,澄江路2号,120.12,31.12' })
    assert.equal((await run(comparison)).state, 'reconciled')
    const two = await c.officer.get('/comparisons/' + comparison)
    assert.deepEqual(two.runs.map((r) => r.counts.differ), [0, 1])
    assert.equal((await differences(comparison, '?kind=differ&run=' + two.runs[1].run_id)).items[0].state, 'gone')
    await sheetLikeList(comparison, '?run=' + two.runs[1].run_id)
  })

  test('a code comes with what it means: in the list, the filter and the workbook', async () => {
    const { comparison_id: coded } = await c.officer.post('/comparisons', define({ name: '门类与店名', fields: [{ left: 'trade', right: 'shop', form: 'text' }], left_filter: [{ field: 'trade', op: 'eq', value: 'H' }] }))
    assert.equal((await run(coded)).state, 'reconciled')
    const [differ] = (await differences(coded, '?kind=differ')).items, [value] = differ.values
    assert.deepEqual([value.left, value.right_word, differ.keys[0].left_word], ['H', null, null])
    assert.match(value.left_word, /餐饮/)
    assert.equal((await c.officer.get('/comparisons/' + coded)).left_filter[0].word, value.left_word)
    assert.equal((await sheetLikeList(coded, '?kind=differ')).rows[0]['左 行业门类'], `H ${value.left_word}`)
    await c.officer.call('DELETE', '/comparisons/' + coded)
  })

  test('a timetable: runs under the right of who set it, says why it does not when that right ended', async () => {
    const text = (query) => c.server.store ? execFileSync('psql', [c.server.store, '-v', 'ON_ERROR_STOP=1', '-qc', query]) : execFileSync('sqlite3', ['-cmd', '.timeout 10000', join(c.server.dir, 'yiwang.db'), query])
    const one = (id) => c.officer.get('/comparisons/' + id), set = (id, body, client = c.officer) => client.put(`/comparisons/${id}/timetable`, body)
    for (const [field, body] of [['daily_minute', { timetable: 'daily' }], ['weekdays', { timetable: 'weekly', daily_minute: 5 }], ['daily_minute', { timetable: 'weekly', weekdays: [3] }], ['timetable', { timetable: 'hourly' }],
      ...[[8], [], ['1'], 3, { a: 1 }].map((weekdays) => ['weekdays', { timetable: 'weekly', weekdays, daily_minute: 0 }]), ['month_day', { timetable: 'monthly', daily_minute: 0 }], ['month_day', { timetable: 'monthly', month_day: 32, daily_minute: 0 }], ['every_hours', { timetable: 'hours' }]]) {
      const refused = await c.officer.refused(400, 'PUT', `/comparisons/${comparison}/timetable`, body)
      assert.equal(refused.errors?.[0]?.field ?? refused.field, field)
    }
    await c.police.refused(404, 'PUT', `/comparisons/${comparison}/timetable`, { timetable: 'manual' })
    await c.bureau.refused(403, 'PUT', `/comparisons/${comparison}/timetable`, { timetable: 'manual' })
    await set(comparison, { timetable: 'weekly', weekdays: [7, 7], daily_minute: 90 })
    const sunday = new Date(Date.parse((await one(comparison)).next_at) + 8 * 3600000)
    assert.deepEqual([sunday.getUTCDay(), sunday.getUTCHours(), sunday.getUTCMinutes()], [0, 1, 30], 'Shanghai')
    await set(comparison, { timetable: 'hours', every_hours: 3 })
    assert.equal(Math.round((Date.parse((await one(comparison)).next_at) - Date.now()) / 60e3), 180)
    await set(comparison, { timetable: 'manual' })
    assert.equal((await one(comparison)).next_at, null)
    await set(comparison, { timetable: 'daily', daily_minute: 90 })
    // another one, whose right ends before its time
    const permits2 = await publish({ officer: c.police, bureau: c.bureau }, { ...shops, code: '1A01009/000080', name: '另一份登记', sharing: 'conditional', sharing_condition: '按履职需要申请' })
    const give = () => c.police.post('/grants', { ways: ['api'], resource_id: permits2, account_id: c.officer.account_id, purpose: '核对商户名录', until: until(), quota_day: 1000, fields: [{ name: 'no', mode: 'clear' }] })
    const gone = await give()
    const body = { name: '按时比对', purpose: '每日核对', left_id: c.resource, right_id: permits2, keys: [{ left: 'no', right: 'no', form: 'text' }], fields: [], timetable: 'daily', daily_minute: 90 }
    const second = (await c.officer.post('/comparisons', body)).comparison_id
    await c.police.post(`/grants/${gone.grant_id}/revoke`, { version: (await c.police.get('/grants/' + gone.grant_id)).version, reason: '目的已达到' })
    await c.officer.refused(403, 'PUT', `/comparisons/${second}/timetable`, { timetable: 'daily', daily_minute: 90 })
    const before = await one(comparison)
    assert.equal(before.runs.length, 2)
    text("UPDATE comparison SET next_us = 1 WHERE next_us > 0; DELETE FROM chore WHERE name = 'compare.timetable'")
    for (let i = 0; i < 900 && !((await one(second)).problem && (await one(comparison)).runs.length === 3); i++) await new Promise((done) => setTimeout(done, 100))
    const [ran, not] = [await one(comparison), await one(second)]
    assert.deepEqual([ran.runs.length, ran.runs[0].by_timetable, ran.runs[1].by_timetable, ran.problem], [3, true, false, ''])
    assert.ok(Date.parse(ran.next_at) > Date.now() && Date.parse(not.next_at) > Date.now())
    assert.equal((await c.officer.job(ran.runs[0].job_id)).state, 'reconciled')
    assert.deepEqual([not.runs.length, not.problem, not.advice], [0, 'There is no grant for you on 1A01009/000080', 'ask the supplier for a grant that names your purpose'])
    const rows = (await c.officer.get('/comparisons')).items
    assert.deepEqual(rows.filter((row) => row.stopped).map((row) => row.comparison_id), [second])
    assert.equal(rows.find((row) => row.comparison_id === comparison).next_at, ran.next_at)
    await give()
    await set(second, { timetable: 'weekly', weekdays: [1], daily_minute: 0 })
    assert.deepEqual([(await one(second)).problem, (await c.officer.get('/comparisons')).items.some((row) => row.stopped)], ['', false])
  })

  test('a run killed in the middle begins anew and doubles nothing', async () => {
    const rows = Array.from({ length: 30000 }, (_, i) => i + 1)
    await load(c.officer, mine, 'many.csv', Buffer.from('id,card,town,born\n' + rows.map((i) => `${i},${citizen(1)},T${i},\n`).join('')))
    const other = await publish(c, { ...shops, code: '1A01009/000079', name: '对照名单', fields: [field('id', '序号', 'integer', { key: true, required: true, indexed: true }), field('town', '乡镇', 'text', { length: 30 })] })
    await load(c.officer, other, 'other.csv', Buffer.from('id,town\n' + rows.map((i) => `${i + 10000},T${i + 10000}${i % 2 ? '' : 'x'}\n`).join('')))
    const made = await c.officer.post('/comparisons', { name: '大批量', purpose: '测试大批量', left_id: mine, right_id: other, keys: [{ left: 'id', right: 'id', form: 'number' }], fields: [{ left: 'town', right: 'town', form: 'exact' }] })
    const begun = await c.officer.post(`/comparisons/${made.comparison_id}/runs`)
    assert.equal(rule(await c.officer.refused(409, 'POST', `/comparisons/${made.comparison_id}/runs`)), 'running')
    await new Promise((done) => setTimeout(done, 120))
    await c.server.kill()
    await c.server.start()
    assert.equal((await c.officer.job(begun.job_id)).state, 'reconciled')
    const counts = (await c.officer.get('/comparisons/' + made.comparison_id)).runs[0].counts
    assert.deepEqual([counts.same, counts.differ, counts.only_left, counts.only_right, counts.kept], [10000, 10000, 10000, 10000, 30000])
    let seen = 0, last = null
    for (let after = ''; after !== null && seen < 400;) {
      const page = await differences(made.comparison_id, `?limit=200&kind=differ${after ? '&after=' + after : ''}`)
      seen += page.items.length
      last = page.items.at(-1)
      after = page.next
    }
    assert.equal(seen, 400)
    const begin = Date.now(), all = await c.officer.call('GET', `/comparisons/${made.comparison_id}/differences.xlsx`), took = Date.now() - begin
    assert.equal(sheetRows(all.body).length, 30001)
    console.log(`# 30,000 differences as a workbook: ${took} ms, ${all.body.length} bytes`)
    assert.notEqual(last.values[0].left, last.values[0].right)
  })

  test('a right that ends takes everything with it, also from a run that waits', async () => {
    await c.police.post(`/grants/${grant}/revoke`, { version: (await c.police.get('/grants/' + grant)).version, reason: '目的已达到' })
    await c.officer.refused(403, 'GET', `/comparisons/${comparison}/differences`)
    await c.officer.refused(403, 'GET', `/comparisons/${comparison}/differences.xlsx`)
    await c.officer.refused(403, 'POST', `/comparisons/${comparison}/runs`)
    await c.officer.refused(403, 'POST', `/comparisons/${comparison}/send`, { side: 'left', reason: '与许可不一致', kind: 'only_left' })
    const one = await c.officer.get('/comparisons/' + comparison)
    assert.equal(one.may_read, false)
    assert.ok(one.runs.every((r) => r.counts === null))
  })

  const large = async () => (await c.officer.get('/comparisons')).items.find((one) => one.name === '大批量').comparison_id

  test('a run cancelled while it runs has no result, hides nothing and can be resumed', async () => {
    const big = await large(), good = (await c.officer.get('/comparisons/' + big)).runs[0]
    let begun, job
    for (let i = 0; i < 5 && !job?.started_at; i++) { // one that ended first, or had not begun, is tried again
      begun = await c.officer.post(`/comparisons/${big}/runs`)
      await c.officer.job(begun.job_id, { until: (one) => one.state !== 'queued' })
      await c.officer.call('POST', `/jobs/${begun.job_id}/cancel`)
      const ended = await c.officer.job(begun.job_id)
      if (ended.state === 'cancelled') job = ended
    }
    assert.equal(job?.state, 'cancelled', 'it was never caught running')
    const now = (await c.officer.get('/comparisons/' + big)).runs
    assert.deepEqual([now[0].run_id, now[0].state, now[0].counts, now[0].ended_at], [begun.run_id, 'cancelled', null, null])
    await c.officer.refused(404, 'GET', `/comparisons/${big}/differences?run=${begun.run_id}`)
    const before = now.find((one) => one.state === 'reconciled')
    assert.equal((await differences(big, '?limit=1')).run_id, before.run_id)
    await c.officer.post(`/jobs/${begun.job_id}/resume`)
    assert.equal((await c.officer.job(begun.job_id)).state, 'reconciled')
    const resumed = (await c.officer.get('/comparisons/' + big)).runs[0]
    assert.deepEqual([resumed.run_id, resumed.counts, resumed.kept], [begun.run_id, good.counts, true])
    assert.equal((await differences(big, '?limit=1')).run_id, begun.run_id)
  })

  test('a run whose right ended while it waited is not made, and says why', async () => {
    const terms = { ways: ['api'], resource_id: permits, account_id: c.officer.account_id, purpose: '核对商户名录', until: until(), quota_day: 1000 }
    let waits, before, begun
    for (let i = 0; ; i++) { // until it waits behind the large one, which may end at once
      assert.ok(i < 20, 'it was never caught waiting')
      const again = (await c.police.post('/grants', { ...terms, fields: ['shop_no', 'shop', 'seats'].map((name) => ({ name, mode: 'clear' })) })).grant_id
      waits ??= (await c.officer.post('/comparisons', define({ name: '等待中', fields: define().fields.slice(0, 2) }))).comparison_id
      const version = (await c.police.get('/grants/' + again)).version
      before = await c.officer.post(`/comparisons/${await large()}/runs`)
      begun = await c.officer.post(`/comparisons/${waits}/runs`)
      await c.police.post(`/grants/${again}/revoke`, { version, reason: '目的已达到' })
      if ((await c.officer.get('/jobs/' + begun.job_id)).state === 'queued') break // one job runs at a time
      for (const one of [before, begun]) await c.officer.job(one.job_id)
    }
    await c.officer.call('POST', `/jobs/${before.job_id}/cancel`)
    const job = await c.officer.job(begun.job_id)
    assert.deepEqual([job.state, job.error.code, job.error.rule, job.error.value], ['failed', 'forbidden', 'no_grant', '1A01009/000077'])
    assert.ok(job.error.message && job.error.advice)
    const one = await c.officer.get('/comparisons/' + waits)
    assert.deepEqual([one.may_read, one.runs[0].state, one.runs[0].counts], [false, 'failed', null])
    // given anew, it can be run again
    await c.police.post('/grants', { ...terms, fields: ['shop_no', 'shop', 'seats'].map((name) => ({ name, mode: 'clear' })) })
    assert.equal((await run(waits)).state, 'reconciled')
    assert.equal((await c.officer.get('/comparisons/' + waits)).runs[1].counts, null)
  })
})
