// The mapped adapter: catalogue, requests, use and returned records in another platform's template, from one server into another.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, Server } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, citizenSpread, load } from './city.mjs'

const raw = (who, path) => fetch(`${who.server.url}/api/v1${path}`, { headers: { cookie: who.cookie } })
const bytes = async (who, path) => {
  const answer = await raw(who, path)
  assert.equal(answer.status, 200, path)
  return new Uint8Array(await answer.arrayBuffer())
}
const text = async (who, path) => new TextDecoder().decode(await bytes(who, path))
const lines = async (who, path) => (await text(who, path)).trim().split('\n').filter(Boolean).map((one) => JSON.parse(one))
const bring = (who, adapter, name, body) => who.call('POST', `/adapters/${adapter}/imports?name=${encodeURIComponent(name)}`,
  typeof body === 'string' ? new TextEncoder().encode(body) : body, { 'content-type': 'application/octet-stream' })
const jsonl = (rows) => rows.map((row) => JSON.stringify(row)).join('\n') + '\n'
const counts = (one) => [one.new, one.changed, one.same, one.refused]
const template = (c, change = {}) => ({ 信息资源名称: '外来目录', 信息资源代码: '1A01001/900001', 提供方代码: '11320281014036912M', 信息资源摘要: '由外平台登记', 信息资源格式: '电子表格、数据库',
  信息项名称: '登记编号', 数据类型: '字符型C', 数据长度: '20', 共享类型: '有条件共享', 共享条件: '按职责', 共享方式: '接口', 是否向社会开放: '否', 更新周期: '每月', ...change })

suite('the mapped adapter', (engine) => {
  let one, two, people
  before(async () => {
    one = await city(await Server.fresh(engine, { city: true }))
    two = await city(await Server.fresh(engine === 'sqlite' ? 'postgres' : 'sqlite', { city: true })) // with keys of its own
    people = await publish(one, peopleDocument())
    assert.equal((await load(one.officer, people, 'people.csv', peopleCsv(30))).state, 'reconciled')
    await one.officer.post('/grants', { ways: ['api', 'download'], resource_id: people, account_id: one.appAccount, purpose: '核验常住人口', quota_day: 1000, until: new Date(Date.now() + 86400000).toISOString(),
      fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'town', mode: 'clear' }] })
  })
  after(async () => { await one?.server.stop(); await two?.server.stop() })

  test('mappings come with the base pack', async () => {
    const items = (await one.bureau.get('/adapters')).items
    assert.deepEqual(items.map((m) => [m.name, m.data]), [['call_statistics', 'usage'], ['national_catalogue', 'catalogue'], ['returned_entities', 'records'], ['share_requests', 'requests']])
    const national = items.find((m) => m.name === 'national_catalogue')
    assert.match(national.standard, /1272/)
    for (const column of ['信息资源分类', '信息资源名称', '信息资源代码', '信息资源提供方', '提供方代码', '信息资源摘要', '信息资源格式', '信息项名称', '数据类型', '数据长度', '共享类型', '共享条件', '共享方式', '是否向社会开放', '更新周期', '发布日期', '关联资源代码'])
      assert.ok(national.columns.some((c) => c.column === column), column)
    await one.app.refused(403, 'GET', '/adapters')
  })

  test('the catalogue goes out in their words, the same bytes each time', async () => {
    const rows = (await lines(one.bureau, '/adapters/national_catalogue/export?format=jsonl')).filter((row) => row.信息资源名称.startsWith('常住人口 '))
    assert.equal(rows.length, 6)
    assert.deepEqual([rows[0].信息资源分类, rows[0].共享类型, rows[0].共享方式, rows[0].更新周期, rows[0].是否向社会开放, rows[0].提供方代码], ['1A01001', '有条件共享', '共享平台方式、拷盘方式、邮件方式', '每月', '否', '11320281014036912M'])
    assert.deepEqual(rows.map((row) => row.数据类型), ['字符型C', '字符型C', '日期型D', '字符型C', '整型I', '日期型D'])
    const digests = async () => {
      const all = []
      for (const format of ['csv', 'xlsx', 'jsonl']) all.push(createHash('sha256').update(await bytes(one.bureau, '/adapters/national_catalogue/export?format=' + format)).digest('hex'))
      return all
    }
    const first = await digests()
    const second = Math.floor(Date.now() / 1000) // times inside files have seconds
    while (Math.floor(Date.now() / 1000) === second) await new Promise((done) => setTimeout(done, 50))
    assert.deepEqual(await digests(), first)
  })

  test('catalogue: from one city into another by XLSX and CSV; applied twice it changes nothing', async () => {
    const file = await bytes(one.bureau, '/adapters/national_catalogue/export')
    const dry = await bring(two.bureau, 'national_catalogue', '目录.xlsx', file)
    assert.equal(dry.status, 201, JSON.stringify(dry.body))
    const detail = await two.bureau.get(`/adapter-imports/${dry.body.batch_id}?limit=200`)
    const mine = detail.rows.filter((row) => row.id === detail.rows.find((r) => r.cells.some((cell) => cell.startsWith('常住人口 '))).id)
    assert.deepEqual(mine.map((row) => row.fate), Array(6).fill('new'), JSON.stringify(mine[0]))
    const code = mine[0].id
    assert.equal((await two.bureau.get('/resources?limit=50&q=' + encodeURIComponent('常住人口'))).items.some((r) => r.code === code), false, 'a dry run changes nothing')
    const applied = await two.bureau.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})
    assert.equal(applied.state, 'applied')
    assert.deepEqual(counts(await two.bureau.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})), counts(applied))
    const made = (await two.officer.get('/resources?limit=50&mine=1&q=' + encodeURIComponent('常住人口'))).items.find((r) => r.name.startsWith('常住人口 '))
    const entry = await two.officer.get('/resources/' + made.resource_id)
    assert.equal(entry.state, 'draft', 'review comes after')
    assert.deepEqual(entry.draft.fields.map((f) => [f.title, f.kind]), peopleDocument().fields.map((f) => [f.title, f.kind]))
    assert.ok(entry.draft.fields.every((f) => /^[a-z][a-z0-9_]*$/.test(f.name)))
    assert.equal(entry.draft.fields[0].name, 'gmsfhm')
    const again = await bring(two.bureau, 'national_catalogue', '目录.csv', await bytes(one.bureau, '/adapters/national_catalogue/export?format=csv'))
    const rows = (await two.bureau.get(`/adapter-imports/${again.body.batch_id}?limit=200`)).rows.filter((row) => row.id === code)
    assert.deepEqual(rows.map((row) => row.fate), Array(6).fill('same'))
  })

  test('what comes back unchanged is unchanged: kinds, grades and masks that the template cannot say stay', async () => {
    const dry = await bring(one.bureau, 'national_catalogue', '目录.xlsx', await bytes(one.bureau, '/adapters/national_catalogue/export'))
    assert.deepEqual([dry.body.new, dry.body.changed, dry.body.refused], [0, 0, 0], JSON.stringify(dry.body))
    const rows = (await lines(one.bureau, '/adapters/national_catalogue/export?format=jsonl')).filter((row) => row.信息资源名称.startsWith('常住人口 '))
    rows.forEach((row) => { row.信息资源摘要 = '外平台改过的摘要'; row.更新周期 = '每日' })
    rows.push({ ...rows[0], 信息项名称: '民族', 数据长度: '10' })
    const changed = await bring(one.officer, 'national_catalogue', '改.jsonl', jsonl(rows))
    assert.deepEqual(counts(changed.body), [0, 7, 0, 0], JSON.stringify(changed.body))
    await one.officer.post(`/adapter-imports/${changed.body.batch_id}/apply`, {})
    const entry = await one.officer.get('/resources/' + people)
    assert.deepEqual([entry.draft.summary, entry.draft.update_promise, entry.draft.fields.length], ['外平台改过的摘要', 'daily', 7])
    assert.deepEqual([entry.draft.fields[0].grade, entry.draft.fields[0].mask, entry.draft.fields[0].check], [4, 'id', 'gb11643'])
    assert.equal(entry.document.summary, '测试用人口登记', 'what is published stays until a review')
  })

  test('refused rows: field, value, rule, advice; the whole entry waits; downloaded, mended, imported', async () => {
    const rows = [template(one), template(one, { 信息项名称: '数量', 数据类型: '整型I', 数据长度: '' }),
      template(one, { 信息资源代码: '1A01001/900002', 信息资源名称: '外来目录二', 数据类型: '密码型' }), template(one, { 信息资源代码: '1A01001/900002', 信息资源名称: '外来目录二', 信息项名称: '甲' }),
      template(one, { 信息资源代码: '1A01001/900003', 信息资源名称: '外来目录三', 提供方代码: '999' }), template(one, { 信息资源代码: '' }),
      template(one, { 信息资源代码: '1A01001/900004', 信息资源名称: '外来目录四', 数据长度: '很长' }), template(one, { 信息资源代码: '1A01001/900005', 信息资源名称: '外来目录五', 提供方代码: '11320281014036584Q' })]
    const dry = await bring(one.officer, 'national_catalogue', '外来.jsonl', jsonl(rows))
    assert.deepEqual(counts(dry.body), [2, 0, 0, 6], JSON.stringify(dry.body))
    const detail = await one.officer.get(`/adapter-imports/${dry.body.batch_id}?fate=refused`)
    const by = Object.fromEntries(detail.rows.map((row) => [row.row_no, row.reasons[0]]))
    assert.deepEqual([by[3].field, by[3].value, by[3].rule], ['数据类型', '密码型', 'code'])
    assert.match(by[3].advice, /字符型C/)
    assert.equal(by[4].rule, 'with_others')
    assert.deepEqual([by[5].rule, by[6].rule, by[7].rule, by[8].rule], ['provider', 'required', 'type', 'other_org'])
    assert.ok(Object.values(by).every((reason) => reason.advice))
    await one.police.refused(404, 'GET', `/adapter-imports/${dry.body.batch_id}`)
    await one.officer.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})
    const refused = await lines(one.officer, `/adapter-imports/${dry.body.batch_id}/refused?format=jsonl`)
    assert.equal(refused.length, 6)
    assert.match(refused[0].原因, /数据类型/)
    refused[0].数据类型 = '字符型C'
    const mended = await bring(one.officer, 'national_catalogue', '改正.jsonl', jsonl(refused.slice(0, 2)))
    assert.deepEqual(counts(mended.body), [2, 0, 0, 0], JSON.stringify((await one.officer.get(`/adapter-imports/${mended.body.batch_id}`)).rows))
    // changed since the dry run: kept as refused, nothing overwritten
    await one.officer.post(`/adapter-imports/${(await bring(one.officer, 'national_catalogue', '同.jsonl', jsonl(refused.slice(0, 2)))).body.batch_id}/apply`, {})
    const late = await one.officer.post(`/adapter-imports/${mended.body.batch_id}/apply`, {})
    assert.deepEqual(counts(late), [0, 0, 0, 2])
    for (const [name, body, rule] of [['空.csv', '', 'empty'], ['缺列.csv', '信息资源名称,信息项名称\nx,y\n', 'header'], ['乱.xlsx', 'PK\u0003\u0004 no', null]]) {
      const bad = await bring(one.officer, 'national_catalogue', name, body)
      assert.equal(bad.status, 400, name)
      if (rule) assert.equal(bad.body.rule, rule, name)
    }
    await one.app.refused(403, 'POST', '/adapters/national_catalogue/imports?name=x.csv', new Uint8Array([1]))
  })

  test('a request of another platform is a case: judged, mended, begun once, answered, and told back by its number there', async () => {
    const code = (await one.officer.get('/resources/' + people)).document.code
    const row = (n, change = {}) => ({ 申请编号: 'WP-' + n, 信息资源代码: code, 申请部门代码: '11320281014036584Q', 使用用途: '核查人口信息', 申请依据: '人口管理条例', 申请信息项: '公民身份号码、town', 共享方式: '接口',
      使用期限: new Date(Date.now() + 9e9).toISOString().slice(0, 10), 每日用量: '10', 办理状态: '待受理', 申请时间: '2026-01-05T09:00:00+08:00', ...change })
    const rows = [row(1), row(2, { 申请部门代码: '999' }), row(3, { 信息资源代码: '1A01001/999999' }), row(4, { 申请信息项: '血型' }), row(5, { 使用用途: '' }), row(6, { 申请依据: '' }),
      row(7, { 共享方式: '人工拷贝' }), row(8, { 使用账号: 'officer' }), row(9, { 办结时间: '2026-01-06T09:00:00+08:00', 办理状态: '已办结' }), row(10, { 申请部门代码: '11320281014036912M' })]
    const dry = await bring(one.bureau, 'share_requests', '外平台.jsonl', jsonl(rows))
    assert.deepEqual(counts(dry.body), [2, 0, 0, 8], JSON.stringify((await one.bureau.get(`/adapter-imports/${dry.body.batch_id}`)).rows.map((r) => [r.id, r.fate, r.reasons])))
    const why = Object.fromEntries((await one.bureau.get(`/adapter-imports/${dry.body.batch_id}?fate=refused`)).rows.map((r) => [r.id, [r.reasons[0].field, r.reasons[0].rule]]))
    assert.deepEqual(why, { 'WP-2': ['申请部门代码', 'asker'], 'WP-3': ['信息资源代码', 'resource'], 'WP-4': ['申请信息项', 'unknown_field'], 'WP-5': ['使用用途', 'required'], 'WP-6': ['申请依据', 'required'],
      'WP-7': ['共享方式', 'code'], 'WP-8': ['使用账号', 'own_account'], 'WP-10': ['信息资源代码', 'own_resource'] })
    const outside = async () => (await one.bureau.get('/cases?process=share_request&limit=100')).items.filter((c) => c.outside_number)
    assert.equal((await outside()).length, 0, 'a dry run begins nothing')
    await one.bureau.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})
    await one.bureau.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})
    const [begun, ...more] = await outside()
    assert.deepEqual([begun.outside_number, begun.outside_platform, begun.asker_org_name, begun.state, more.length], ['WP-1', '上级数据共享交换平台', '公安局', 'check', 0])
    assert.deepEqual((await one.bureau.get('/cases?process=share_request&q=wp-1')).items.map((c) => c.case_id), [begun.case_id], 'found by its number there')
    const ledger = Object.fromEntries((await one.bureau.get('/adapter-items?data=requests')).items.map((i) => [i.id, i.case_id]))
    assert.deepEqual(ledger, { 'WP-1': begun.case_id, 'WP-9': null }, 'what is closed there begins nothing here')
    assert.deepEqual(counts((await bring(one.bureau, 'share_requests', '再来.jsonl', jsonl([rows[0], rows[8]]))).body), [0, 0, 2, 0])
    const later = await bring(one.bureau, 'share_requests', '变了.jsonl', jsonl([row(1, { 办理状态: '审核中' })]))
    assert.deepEqual(counts(later.body), [0, 1, 0, 0])
    await one.bureau.post(`/adapter-imports/${later.body.batch_id}/apply`, {})
    assert.equal((await outside()).length, 1)
    const mended = await bring(one.police, 'share_requests', '改.jsonl', jsonl([row(4), row(5, { 申请部门代码: '11320281014036912M' })]))
    assert.deepEqual(counts(mended.body), [0, 0, 0, 2], 'one open request a reader is enough; nobody asks in the name of others')
    assert.deepEqual((await one.police.get(`/adapter-imports/${mended.body.batch_id}`)).rows.map((r) => r.reasons[0].rule), ['open_request', 'other_org'])
    // the departments work on it as on their own
    let now = await one.bureau.get('/cases/' + begun.case_id)
    now = await one.bureau.post(`/cases/${begun.case_id}/actions/accept`, { version: now.version, note: '' })
    now = await one.officer.post(`/cases/${begun.case_id}/actions/refuse`, { version: now.version, note: '用途不明', form: { basis: '政务数据共享条例第十条' } })
    assert.equal(now.state, 'refused')
    const out = (await lines(one.bureau, '/adapters/share_requests/export?format=jsonl')).find((r) => r.申请编号 === 'WP-1')
    assert.deepEqual([out.办理状态, out.办理状态代码, !!out.办结时间, out.使用账号, out.申请信息项], ['不予共享', 'refused', true, 'police-app', 'citizen_no、town'])
    const again = await bring(one.police, 'share_requests', '改.jsonl', jsonl([row(4)]))
    assert.deepEqual(counts(again.body), [1, 0, 0, 0])
    await one.police.post(`/adapter-imports/${again.body.batch_id}/apply`, {})
    const second = (await outside()).find((c) => c.outside_number === 'WP-4')
    assert.equal((await one.police.get('/cases/' + second.case_id)).form.fields[0].mode, 'masked', 'a list does not ask for clear personal numbers')
    assert.match(JSON.stringify(await one.audit.evidence('action=case.start', (items) => JSON.stringify(items).includes(begun.number))), new RegExp(begun.number))
    const own = await one.police.get('/cases/' + second.case_id)
    assert.equal((await one.police.post(`/cases/${second.case_id}/actions/withdraw`, { version: own.version, note: '不再需要' })).state, 'withdrawn')
    // what went out from here and comes back is what it was
    await one.police.post('/cases', { process: 'share_request', resource_id: people, form: { purpose: '核查人口信息', basis: '人口管理条例', fields: [{ name: 'town', mode: 'clear' }], way: 'api', until: new Date(Date.now() + 9e9).toISOString(), quota_day: 10 } })
    const mine = (await lines(one.bureau, '/adapters/share_requests/export?format=jsonl')).filter((r) => r.申请编号.startsWith('GX-'))
    assert.equal(mine.length, 1)
    assert.deepEqual(counts((await bring(one.bureau, 'share_requests', '回来.jsonl', jsonl(mine))).body), [0, 0, 1, 0])
    assert.equal((await lines(one.bureau, '/adapters/share_requests/export?format=jsonl&to=2020-01-01T00:00:00Z')).length, 0)
  })

  test('use told by another platform counts as use: by receiver and month, in the assessment, once each', async () => {
    const code = (await one.officer.get('/resources/' + people)).document.code
    await one.app.get(`/data/${people}/records?limit=7`)
    let usage
    for (const end = Date.now() + 20000; ; ) {
      usage = await lines(one.bureau, '/adapters/call_statistics/export?format=jsonl')
      if (usage.length) break
      await new Promise((done) => setTimeout(done, 100))
      assert.ok(Date.now() < end, 'counts are written every second')
    }
    assert.deepEqual([usage[0].数据量, usage[0].使用方, usage[0].提供方], ['7', '公安局', '市场监督管理局'])
    const month = usage[0].统计日期.slice(0, 7)
    const use = async (who = one.bureau) => (await who.get(`/resources/${people}/use`)).items.map((u) => [u.month, u.org_name, u.platform, u.records])
    assert.deepEqual(counts((await bring(one.bureau, 'call_statistics', '自己的.jsonl', jsonl(usage))).body), [0, 0, 1, 0], 'our own counts come back')
    assert.deepEqual(await use(), [[month, '公安局', '', 7]])
    const told = (n, change = {}) => ({ 统计编号: 'U-' + n, 统计日期: usage[0].统计日期, 信息资源代码: code, 使用方代码: '11320281MB1234567X', 数据量: '5', ...change })
    const dry = await bring(one.bureau, 'call_statistics', 'x.jsonl', jsonl([told(1), told(2, { 数据量: '6' }), told(3, { 数据量: '多' }), told(1), told(4, { 信息资源代码: '1A01001/999999' })]))
    assert.deepEqual(counts(dry.body), [3, 0, 0, 2])
    await one.bureau.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})
    await one.bureau.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})
    assert.deepEqual(await use(), [[month, '大数据管理局', '上级数据共享交换平台', 11], [month, '公安局', '', 7]])
    assert.deepEqual(await use(one.police), [[month, '公安局', '', 7]], 'another receiver sees its own')
    assert.deepEqual(counts((await bring(one.bureau, 'call_statistics', 'x.jsonl', jsonl([told(1), told(2, { 数据量: '6' })]))).body), [0, 0, 2, 0])
    const changed = await bring(one.bureau, 'call_statistics', 'x.jsonl', jsonl([told(1, { 数据量: '9' })]))
    assert.deepEqual(counts(changed.body), [0, 1, 0, 0])
    await one.bureau.post(`/adapter-imports/${changed.body.batch_id}/apply`, {})
    assert.equal((await use())[0][3], 15, 'replaced, not added')
    // an entry that nobody used here is used where it was used there
    const quiet = await publish(one, peopleDocument())
    assert.equal((await load(one.officer, quiet, 'people.csv', peopleCsv(3))).state, 'reconciled')
    const quietCode = (await one.officer.get('/resources/' + quiet)).document.code
    const score = async () => {
      const made = await one.bureau.post('/assessments', { period: month })
      assert.equal((await one.bureau.job(made.job_id)).state, 'reconciled')
      return (await one.bureau.get(`/assessments/${made.assessment_id}/lines?limit=200`)).items.find((l) => l.lines === 'use' && l.subject_id === quiet)
    }
    assert.equal((await score()).part, 0)
    const first = await bring(one.bureau, 'call_statistics', 'y.jsonl', jsonl([told(9, { 信息资源代码: quietCode })]))
    await one.bureau.post(`/adapter-imports/${first.body.batch_id}/apply`, {})
    assert.equal((await score()).part, 1)
  })

  test('returned records: translated, judged as a load would, upserted by a load job, and out again', async () => {
    const field = (name, title, change = {}) => ({ name, title, source_name: '', kind: 'text', length: 200, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...change })
    const document = peopleDocument({ code: '102001001/000901', name: '市场主体登记信息（回流）', rules: [], fields: [
      field('uscc', '统一社会信用代码', { key: true, required: true, length: 18, check: 'gb32100' }), field('name', '市场主体名称', { required: true }),
      field('entity_type', '市场主体类型', { kind: 'code', code_set: 'entity_type', required: true, length: 4 }), field('founded', '成立日期', { kind: 'date', required: true }),
      field('state', '登记状态', { kind: 'code', code_set: 'entity_state', required: true, length: 4 }), field('domicile', '住所')] })
    await two.bureau.refused(404, 'POST', '/adapters/returned_entities/imports?name=x', new Uint8Array([65]))
    const entry = await publish(two, document)
    const row = (change) => ({ 统一社会信用代码: '91320281MA1MTEST05', 企业名称: '江阴市一网测试有限公司', 企业类型: '有限责任公司', 成立日期: '2020年1月2日', 经营状态: '在业', 住所: '', 数据来源: '国家', ...change })
    const good = ['91350100M000100Y43', '91110000600037341L']
    const rows = [row({ 统一社会信用代码: good[0] }), row({ 统一社会信用代码: good[1], 企业名称: '乙公司', 经营状态: '' }), row({ 统一社会信用代码: '91110000600037341M' }), row({ 统一社会信用代码: good[0], 企业类型: '跨国公司' }), row({ 统一社会信用代码: good[1], 成立日期: '昨天' })]
    const dry = await bring(two.officer, 'returned_entities', '回流.jsonl', jsonl(rows))
    assert.deepEqual(counts(dry.body), [2, 0, 0, 3], JSON.stringify((await two.officer.get(`/adapter-imports/${dry.body.batch_id}`)).rows.map((r) => [r.fate, r.reasons])))
    const refused = (await two.officer.get(`/adapter-imports/${dry.body.batch_id}?fate=refused`)).rows.map((r) => r.reasons[0])
    assert.deepEqual(refused.map((r) => [r.field, r.rule]), [['统一社会信用代码', 'gb32100'], ['企业类型', 'code'], ['成立日期', 'type']])
    await two.bureau.refused(404, 'GET', `/adapter-imports/${dry.body.batch_id}`)
    await two.bureau.refused(403, 'POST', '/adapters/returned_entities/imports?name=x', new Uint8Array([65]))
    const applied = await two.officer.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})
    const job = await two.officer.job(applied.job_id)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    assert.equal(job.result.inserted, 2)
    const records = (await two.officer.get(`/data/${entry}/records?sort=uscc`)).items
    assert.deepEqual(records.map((r) => [r.entity_type, r.state, r.founded]), [['1100', '1', '2020-01-02'], ['1100', '1', '2020-01-02']])
    const out = await lines(two.officer, '/adapters/returned_entities/export?format=jsonl')
    assert.deepEqual(out.map((r) => [r.企业类型, r.经营状态, r.数据来源]), Array(2).fill(['有限责任公司', '存续', '一网']))
    const [from] = (await two.officer.get(`/resources/${entry}/lineage`)).sources
    assert.deepEqual([from.job_id, from.kind, from.read], [job.job_id, 'platform', 2])
    assert.match(from.name, /回流\.jsonl$/)
    const again = await bring(two.officer, 'returned_entities', '回流.xlsx', await bytes(two.officer, '/adapters/returned_entities/export'))
    assert.deepEqual(counts(again.body), [0, 0, 2, 0])
    const changed = await bring(two.officer, 'returned_entities', 'x.jsonl', jsonl([row({ 统一社会信用代码: good[0], 经营状态: '注销' })]))
    assert.deepEqual(counts(changed.body), [0, 1, 0, 0])
    assert.equal((await raw(two.police, '/adapters/returned_entities/export')).status, 403, 'records leave under a grant only')
  })

  test('evidence names mapping and file', async () => {
    const found = JSON.stringify(await two.audit.evidence('action=adapter.import'))
    assert.match(found, /national_catalogue/)
    assert.match(found, /sha256/)
    assert.match(JSON.stringify(await one.audit.evidence('action=adapter.export&limit=200')), /national_catalogue/)
  })
})
