// The main job, end to end: register → load → quarantine → grant and use → prove, on each store.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, folder, yiwang } from './harness.mjs'
import { city, publish, peopleDocument, peopleHeader, peopleRow, citizen, load } from './city.mjs'

suite('the spine', (engine) => {
  let c, resource, job
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
  })
  after(() => c?.server.stop())

  test('register: a sample is proposed with reasons', async () => {
    const upload = await c.officer.upload('样例.csv', peopleHeader + peopleRow(1) + peopleRow(2) + peopleRow(3))
    const proposal = await c.officer.post(`/uploads/${upload.upload_id}/propose`, {})
    assert.equal(proposal.format, 'csv')
    assert.equal(proposal.rows_seen, 3)
    const number = proposal.fields.find((f) => f.source_name === '身份证号')
    assert.equal(number.check, 'gb11643')
    assert.equal(number.key, true)
    assert.ok(number.grade >= 3 && number.why)
  })

  test('register: corrected, reviewed and published; versions keep their differences', async () => {
    const made = await c.officer.post('/resources', { document: peopleDocument({ sharing: 'none', sharing_basis: '' }) })
    resource = made.resource_id
    let entry = await c.officer.get('/resources/' + resource)
    assert.equal(entry.state, 'draft')
    const problem = await c.officer.refused(400, 'POST', `/resources/${resource}/submit`, { version: entry.version })
    assert.match(JSON.stringify(problem), /basis/, 'not sharing needs its legal basis')
    const document = peopleDocument({ code: entry.document?.code ?? entry.draft.code })
    await c.officer.put('/resources/' + resource, { version: entry.version, document })
    entry = await c.officer.get('/resources/' + resource)
    await c.officer.post(`/resources/${resource}/submit`, { version: entry.version })
    await c.officer.refused(403, 'POST', `/resources/${resource}/review`, { version: entry.version + 1, decision: 'publish', note: 'x' })
    entry = await c.bureau.get('/resources/' + resource)
    await c.bureau.refused(400, 'POST', `/resources/${resource}/review`, { version: entry.version, decision: 'return', note: '' })
    await c.bureau.post(`/resources/${resource}/review`, { version: entry.version, decision: 'publish', note: '同意发布' })
    entry = await c.officer.get('/resources/' + resource)
    assert.equal(entry.state, 'published')
    const changed = structuredClone(entry.document)
    changed.summary = '第二版'
    await c.officer.put('/resources/' + resource, { version: entry.version, document: changed })
    entry = await c.officer.get('/resources/' + resource)
    await c.officer.post(`/resources/${resource}/submit`, { version: entry.version })
    entry = await c.bureau.get('/resources/' + resource)
    await c.bureau.post(`/resources/${resource}/review`, { version: entry.version, decision: 'publish', note: '第二版' })
    const versions = await c.officer.get(`/resources/${resource}/versions`)
    assert.equal((versions.items ?? versions).length, 2)
    const diff = await c.officer.get(`/resources/${resource}/diff?from=1&to=2`)
    assert.ok(diff.changes.some((x) => x.to === '第二版'))
  })

  test('load: counts and digests agree, dirty rows are refused whole, the receipt verifies offline', async () => {
    const good = [...Array(200).keys()].map((n) => peopleRow(n, { citizen_no: citizen(n) }))
    const dirty = [
      peopleRow(901, { citizen_no: '990001198001010011' }), // wrong check character
      peopleRow(902, { citizen_no: citizen(902), height: 999 }), // out of range
      peopleRow(903, { citizen_no: citizen(903), birth_date: '2026-02-30' }), // no such day
      peopleRow(904, { citizen_no: citizen(904), updated_on: '1970-01-01' }), // cross-field
      peopleRow(905, { citizen_no: citizen(905), name: '' }), // required
      good[5].replace('张5', '张五'), // the same key again with other values
      good[6], // the very same row again: superseded
    ]
    const bytes = new TextEncoder().encode(peopleHeader + good.join('') + dirty.join(''))
    job = await load(c.officer, resource, '人口.csv', bytes)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    const r = job.result
    assert.deepEqual([r.read, r.inserted, r.refused, r.superseded], [207, 200, 6, 1])
    assert.equal(r.source_digest, r.target_digest)
    assert.equal(r.read, r.inserted + r.updated + r.unchanged + r.refused + r.superseded)
    const receipt = await c.officer.get(`/jobs/${job.job_id}/receipt`)
    const dir = folder('receipt')
    writeFileSync(join(dir, 'receipt.json'), JSON.stringify(receipt))
    writeFileSync(join(dir, 'source.csv'), bytes)
    const good_ = yiwang('verify-receipt', join(dir, 'receipt.json'), '--file', join(dir, 'source.csv'))
    assert.equal(good_.status, 0, good_.stderr)
    receipt.receipt.counts.inserted = 201
    writeFileSync(join(dir, 'forged.json'), JSON.stringify(receipt))
    assert.equal(yiwang('verify-receipt', join(dir, 'forged.json')).status, 1)
  })

  test('the same file again changes nothing; a full load replaces; the feed tells only the difference', async () => {
    const rows = [...Array(200).keys()].map((n) => peopleRow(n, { citizen_no: citizen(n), ...(n === 3 ? { town: '新镇' } : {}) }))
    rows.splice(10, 1)
    const again = await load(c.officer, resource, '人口.csv', peopleHeader + rows.join('') + peopleRow(950, { citizen_no: citizen(950) }))
    assert.equal(again.state, 'reconciled', JSON.stringify(again))
    assert.deepEqual([again.result.inserted, again.result.updated, again.result.unchanged, again.result.deleted], [1, 1, 198, 1])
  })

  test('quarantine: filtered, mended in the page, replayed into the live data', async () => {
    const list = await c.officer.get(`/quarantine?resource=${resource}&rule=range`)
    assert.equal(list.items.length, 1, JSON.stringify(await c.officer.get(`/quarantine/summary?resource=${resource}`)))
    const row = list.items[0]
    assert.equal(row.reasons[0].field, 'height_cm')
    assert.ok(row.reasons[0].advice)
    assert.equal(row.values.height_cm, '999')
    await c.officer.patch('/quarantine/' + row.quarantine_id, { version: row.version, values: { height_cm: '180' } })
    await c.officer.refused(409, 'PATCH', '/quarantine/' + row.quarantine_id, { version: row.version, values: { height_cm: '181' } })
    const made = await c.officer.post(`/resources/${resource}/quarantine/replay`, {})
    const replay = await c.officer.job(made.job_id)
    assert.equal(replay.state, 'reconciled', JSON.stringify(replay))
    assert.equal(replay.result.inserted, 1, JSON.stringify(replay.result))
    assert.equal((await c.officer.get(`/quarantine?resource=${resource}&state=replayed`)).items.length, 1)
    const discard = (await c.officer.get(`/quarantine?resource=${resource}&rule=required`)).items[0]
    await c.officer.post(`/quarantine/${discard.quarantine_id}/discard`, { version: discard.version, reason: '来源确认无此人' })
    await c.police.refused(403, 'GET', `/quarantine?resource=${resource}`)
    const seen = await c.bureau.get(`/quarantine?resource=${resource}&rule=gb11643`)
    assert.notEqual(seen.items[0].values.citizen_no, '990001198001010011', 'the bureau sees personal values masked')
  })

  test('quarantine: downloaded as XLSX, mended by upload', async () => {
    const book = await c.officer.call('GET', `/resources/${resource}/quarantine.xlsx`)
    assert.equal(book.status, 200)
    assert.equal(Buffer.from(book.body.slice(0, 2)).toString(), 'PK')
    const upload = await c.officer.upload('隔离.xlsx', book.body)
    const mended = await c.officer.post(`/resources/${resource}/quarantine/mend`, { upload_id: upload.upload_id })
    assert.deepEqual(mended.failed, [])
    assert.equal(mended.mended, 0, 'a workbook sent back as it was mends nothing')
    assert.ok(mended.unchanged > 0, JSON.stringify(mended))
    const row = (await c.officer.get(`/quarantine?resource=${resource}&rule=born_before_update`)).items[0]
    const one = await c.officer.upload('隔离.csv', `隔离编号,updated_on\n${row.quarantine_id},2026-03-01\n`)
    const changed = await c.officer.post(`/resources/${resource}/quarantine/mend`, { upload_id: one.upload_id })
    assert.deepEqual([changed.mended, changed.unchanged, changed.failed], [1, 0, []])
  })

  test('grant and use: only granted fields and rows, masked as the grant says', async () => {
    await c.app.refused(403, 'GET', `/data/${resource}/records`)
    const until = new Date(Date.now() + 86400000).toISOString()
    await c.officer.refused(400, 'POST', '/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, until, quota_day: 100, purpose: '户籍核验业务办理使用',
      fields: [{ name: 'citizen_no', mode: 'clear' }] })
    const grant = await c.officer.post('/grants', {
      ways: ['api'], resource_id: resource, account_id: c.appAccount, purpose: '户籍核验业务办理使用', until, quota_day: 100,
      fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'name', mode: 'masked' }, { name: 'town', mode: 'clear' }],
      filter: { town: '镇1' } })
    const page = await c.app.get(`/data/${resource}/records?limit=5`)
    assert.ok(page.items.length > 0)
    for (const item of page.items) {
      assert.equal(item.town, '镇1')
      assert.match(item.citizen_no, /\*/)
      assert.match(item.name, /\*/)
      assert.ok(!('height_cm' in item))
    }
    const rule = async (path) => (await c.app.refused(400, 'GET', path)).rule
    assert.equal(await rule(`/data/${resource}/records?name=张1`), 'masked_field')
    assert.equal(await rule(`/data/${resource}/records?sort=name`), 'masked_field')
    assert.equal(await rule(`/data/${resource}/records?colour=red`), 'unknown_parameter')
    const byKey = await c.app.refused(400, 'GET', `/data/${resource}/by-key?citizen_no=${citizen(1)}`)
    assert.equal(byKey.rule, 'personal_key')
    const found = await c.app.post(`/data/${resource}/lookup`, { key: { citizen_no: citizen(1) } })
    assert.match(JSON.stringify(found), /\*/)
    await c.app.refused(404, 'POST', `/data/${resource}/lookup`, { key: { citizen_no: citizen(2) } }) // another town: not in the grant
    const live = await c.officer.get('/grants/' + grant.grant_id)
    await c.officer.post(`/grants/${grant.grant_id}/revoke`, { version: live.version, reason: '业务结束' })
    await c.app.refused(410, 'GET', `/data/${resource}/records`)
    await c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, purpose: '户籍核验业务办理使用', until, quota_day: 3, clear_sensitive: true,
      fields: [{ name: 'citizen_no', mode: 'clear' }, { name: 'name', mode: 'clear' }, { name: 'town', mode: 'clear' }] })
    const clear = await c.app.post(`/data/${resource}/lookup`, { key: { citizen_no: citizen(1) } })
    assert.match(JSON.stringify(clear), new RegExp(citizen(1)))
    await c.app.get(`/data/${resource}/records?town=镇1&limit=2`)
    const over = await c.app.refused(429, 'GET', `/data/${resource}/records?limit=2`)
    assert.equal(over.rule, 'quota_day')
  })

  test('prove: everything is evidence; an export verifies offline and tampering is named', async () => {
    const wanted = ['session.login', 'catalog.submit', 'catalog.review', 'exchange.load', 'grant.create', 'grant.revoke', 'quarantine.mend']
    const actions = new Set()
    // writes reach their stream a moment after their commit
    for (let tries = 0; tries < 50 && !wanted.every((action) => actions.has(action)); tries++) {
      for (let after = '', pages = 0; after !== null && pages < 40; pages++) {
        const page = await c.audit.get('/evidence?limit=200' + (after ? '&after=' + encodeURIComponent(after) : ''))
        page.items.forEach((e) => actions.add(e.action))
        after = page.next
      }
      await new Promise((r) => setTimeout(r, 200))
    }
    for (const action of wanted) assert.ok(actions.has(action), `${action} is not among ${[...actions].join(' ')}`)
    await c.officer.refused(403, 'GET', '/evidence')
    await c.audit.post('/evidence/seal', {})
    const dir = folder('evidence')
    const file = await c.audit.call('POST', '/evidence/export', { from: '2020-01-01T00:00:00Z', to: new Date(Date.now() + 60000).toISOString() })
    assert.equal(file.status, 200)
    writeFileSync(join(dir, 'all.yw'), file.body)
    const whole = yiwang('verify', join(dir, 'all.yw'))
    assert.equal(whole.status, 0, whole.stdout + whole.stderr)
    const broken = Buffer.from(file.body)
    const at = broken.indexOf('grant.revoke')
    assert.ok(at > 0)
    broken[at] ^= 1
    writeFileSync(join(dir, 'broken.yw'), broken)
    const named = yiwang('verify', join(dir, 'broken.yw'))
    assert.equal(named.status, 1)
    assert.match(named.stdout + named.stderr, /first|seq|entry/i)
  })

  test('a restart keeps everything', async () => {
    await c.server.stop()
    await c.server.start()
    await c.officer.login('officer', c.server.passwords.officer)
    const entry = await c.officer.get('/resources/' + resource)
    assert.equal(entry.state, 'published')
    assert.ok(Number(entry.row_count) >= 200)
  })
})
