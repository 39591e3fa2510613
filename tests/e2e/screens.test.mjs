// What screens show: Chinese on request, names beside ids, a log of each load, what waits for whom; a new version's columns at once.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, folder, yiwang } from './harness.mjs'
import { city, publish, peopleDocument, peopleHeader, peopleRow, peopleCsv, citizen, load } from './city.mjs'

const zh = { 'accept-language': 'zh-CN,zh;q=0.9' }
/** Texts that a person reads hold Chinese and no run of English words. */
function chinese(text) {
  assert.match(text, /[\u4e00-\u9fff]/, text)
  assert.doesNotMatch(text, /[a-z]{3,} [a-z]{2,} [a-z]{2,}/, text)
}

suite('screens', (engine) => {
  let c, resource, job
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    resource = await publish(c, peopleDocument())
    job = await load(c.officer, resource, '人口.csv', peopleCsv(50) + peopleRow(1, { citizen_no: '990001198001010011' }) +
      peopleRow(2, { citizen_no: citizen(2), height: 999, birth_date: '2026-02-30' }) + peopleRow(3, { citizen_no: citizen(3), name: '' }) +
      peopleRow(4, { citizen_no: citizen(4), updated_on: '1970-01-01' }))
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
  })
  after(() => c?.server.stop())

  test('a job has names, ends in stage done and keeps a log, in both languages', async () => {
    assert.equal(job.stage, 'done')
    assert.equal(job.created_by_name, 'officer')
    assert.match(job.resource_name, /常住人口/)
    assert.ok(job.messages.some((m) => /54 rows read, 4 refused/.test(m.text)), JSON.stringify(job.messages))
    assert.ok(job.messages.some((m) => /digest equal/.test(m.text)))
    const shown = await c.officer.ok('GET', '/jobs/' + job.job_id, undefined, zh)
    for (const message of shown.messages) chinese(message.text)
    const listed = (await c.officer.get('/jobs?resource=' + resource)).items[0]
    assert.deepEqual([listed.created_by_name, listed.resource_name], [job.created_by_name, job.resource_name])
  })

  test('refusals, quarantine, validation, proposals, settings and failed jobs are Chinese where asked for', async () => {
    const nothing = await c.officer.refused(404, 'GET', '/resources/999', undefined, zh)
    chinese(nothing.detail)
    chinese(nothing.title)
    const rows = (await c.officer.ok('GET', '/quarantine?state=open', undefined, zh)).items
    assert.equal(rows.length, 4)
    for (const reason of rows.flatMap((row) => row.reasons)) {
      if (reason.rule !== 'born_before_update') chinese(reason.message)
      chinese(reason.advice)
    }
    const ill = { name: 'Bad', title: '', kind: 'date', grade: 4, mask: '', check: 'gb11643' }
    for (const field of [{ ...ill, length: 'x', colour: 1 }, ill]) {
      const bad = peopleDocument({ sharing: 'none', fields: [field], rules: [{ name: 'x', expression: 'nothing > 1', message: '' }] })
      const valid = await c.officer.ok('POST', `/resources/${resource}/validate`, { document: bad }, zh)
      assert.ok(valid.problems.length >= 2, JSON.stringify(valid))
      for (const problem of valid.problems) {
        chinese(problem.message)
        chinese(problem.advice)
      }
    }
    const sample = await c.officer.upload('样例.csv', peopleHeader + peopleRow(1) + peopleRow(2) + '"x\n')
    const proposal = await c.officer.ok('POST', `/uploads/${sample.upload_id}/propose`, {}, zh)
    for (const field of proposal.fields) chinese(field.why)
    for (const problem of proposal.problems) chinese(problem.message)
    for (const setting of (await c.sys.ok('GET', '/settings', undefined, zh)).items) chinese(setting.doc)
    const wrong = await load(c.officer, resource, '缺列.csv', '姓名,乡镇\n张三,镇1\n')
    assert.equal(wrong.state, 'failed')
    const failed = await c.officer.ok('GET', '/jobs/' + wrong.job_id, undefined, zh)
    chinese(failed.error.message)
    chinese(failed.error.advice)
  })

  test('quarantine of all resources: the own organisation, masked for the bureau, nothing for others', async () => {
    assert.equal((await c.officer.get('/quarantine')).items.length, 4)
    const page = await c.officer.get('/quarantine?limit=3')
    assert.equal(page.items.length, 3)
    assert.equal((await c.officer.get('/quarantine?limit=3&after=' + page.next)).items.length, 1)
    const bureau = (await c.bureau.get('/quarantine')).items
    assert.equal(bureau.length, 4)
    assert.ok(bureau.every((row) => row.clear === false))
    assert.deepEqual((await c.police.get('/quarantine')).items, [])
  })

  test('a replay of nothing is refused and leaves no job', async () => {
    const before = (await c.officer.get('/jobs')).items.length
    await c.officer.refused(409, 'POST', `/resources/${resource}/quarantine/replay`, {})
    const row = (await c.officer.get('/quarantine?rule=range')).items[0]
    await c.officer.patch('/quarantine/' + row.quarantine_id, { version: row.version, values: { height_cm: '170', birth_date: '1980-01-01' } })
    const other = (await c.officer.get('/quarantine?rule=required')).items[0]
    await c.officer.refused(409, 'POST', `/resources/${resource}/quarantine/replay`, { ids: [other.quarantine_id] })
    await c.officer.refused(409, 'POST', `/resources/${resource}/quarantine/replay`, { rule: 'required' })
    assert.equal((await c.officer.get('/jobs')).items.length, before)
  })

  test('a new version has its column at once: loaded and asked for', async () => {
    let entry = await c.officer.get('/resources/' + resource)
    const document = structuredClone(entry.document)
    document.fields.push({ name: 'phone', title: '联系电话', source_name: '电话', kind: 'text', length: 20, key: false, required: false, unique: false,
      indexed: true, grade: 1, mask: '', check: '' })
    await c.officer.put('/resources/' + resource, { version: entry.version, document })
    entry = await c.officer.get('/resources/' + resource)
    await c.officer.post(`/resources/${resource}/submit`, { version: entry.version })
    entry = await c.bureau.get('/resources/' + resource)
    await c.bureau.post(`/resources/${resource}/review`, { version: entry.version, decision: 'publish', note: '增加电话' })
    const grant = await c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, purpose: '户籍核验业务办理使用', quota_day: 1000,
      until: new Date(Date.now() + 5 * 86400000).toISOString(), fields: [{ name: 'town', mode: 'clear' }, { name: 'phone', mode: 'clear' }] })
    const early = await c.app.get(`/data/${resource}/records?limit=1`)
    assert.equal(early.items[0].phone, null, 'no value before a load, and no failure')
    const rows = peopleHeader.trim() + ',电话\n' + peopleRow(7, { citizen_no: citizen(7) }).trim() + ',0510-86861234\n'
    const done = await load(c.officer, resource, '电话.csv', rows, { mode: 'upsert' })
    assert.equal(done.state, 'reconciled', JSON.stringify(done))
    const found = await c.app.get(`/data/${resource}/records?phone=0510-86861234`)
    assert.equal(found.items.length, 1, JSON.stringify(found))
    const fields = (await c.officer.get('/grants/' + (grant.grant_id ?? (await c.officer.get('/grants')).items[0].grant_id))).fields
    assert.deepEqual(fields.find((f) => f.name === 'phone'), { no: 7, name: 'phone', title: '联系电话', grade: 1, mode: 'clear' })
    const versions = (await c.officer.get(`/resources/${resource}/versions`)).items
    assert.deepEqual([versions[0].author_name, versions[0].reviewer_name], ['officer', 'bureau'])
  })

  test('the overview tells each role what waits: grants that end, locked and roleless accounts', async () => {
    const kinds = async (client) => Object.values(await client.get('/overview')).filter(Array.isArray).flat()
    const mine = await kinds(c.officer)
    assert.ok(mine.some((x) => x.kind === 'grant_expiring'), JSON.stringify(mine))
    assert.ok(mine.filter((x) => x.kind === 'job_failed').every((x) => /常住人口/.test(x.name)))
    await c.sys.post('/accounts', { login: 'roleless', name: '无角色', org_id: c.otherOrg, kind: 'person' })
    const stranger = c.server.client()
    for (let i = 0; i < 5; i++) await stranger.refused(401, 'POST', '/session', { login: 'police', password: 'quite wrong ' + i })
    const security = await kinds(c.sec)
    assert.ok(security.some((x) => x.kind === 'account_locked' && x.name === 'police'), JSON.stringify(security))
    assert.ok(security.some((x) => x.kind === 'account_without_role' && x.name === '无角色'))
    const unknown = await stranger.refused(401, 'POST', '/session', { login: 'police', password: 'still quite wrong' })
    assert.equal(unknown.rule, 'login', 'who does not know the password learns nothing')
    const known = await stranger.refused(401, 'POST', '/session', { login: 'police', password: c.server.passwords.police }, zh)
    assert.equal(known.rule, 'locked')
    assert.ok(Date.parse(known.value) > Date.now())
    chinese(known.detail)
    const one = (await c.sys.get('/accounts?q=officer')).items.find((a) => a.login === 'officer')
    await c.sys.patch('/accounts/' + one.account_id, { version: one.version, state: 'disabled' })
    const disabled = await stranger.refused(401, 'POST', '/session', { login: 'officer', password: c.server.passwords.officer })
    assert.equal(disabled.rule, 'disabled')
    await kinds(c.audit)
  })

  test('an init that fails leaves nothing behind', () => {
    const dir = join(folder('half'), 'state')
    assert.notEqual(yiwang('init', dir, '--store', 'postgres://nobody@127.0.0.1:1/none').status, 0)
    assert.ok(!existsSync(dir))
    mkdirSync(dir)
    assert.notEqual(yiwang('init', dir, '--store', 'postgres://nobody@127.0.0.1:1/none').status, 0)
    assert.deepEqual(readdirSync(dir), [])
  })
})
