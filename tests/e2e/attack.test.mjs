// What a hostile officer, reader, service or stranger tries, and does not get. One case a way in.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, freshStore, folder } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, peopleHeader, peopleRow, citizenSpread, account } from './city.mjs'

const until = () => new Date(Date.now() + 86400000).toISOString()

suite('attacks', (engine) => {
  let c, reader, mine, open, theirs, job, upload, row, grant
  const load = async (client, resource, csv) => {
    const sent = await client.upload('人口.csv', csv)
    const made = await client.post(`/resources/${resource}/jobs`, { upload_id: sent.upload_id, mode: 'full' })
    return [sent.upload_id, made.job_id, await client.job(made.job_id)]
  }
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    reader = await account(c.server, c.sys, c.sec, 'reader', c.otherOrg, ['reader'])
    mine = await publish(c, peopleDocument())
    open = await publish(c, peopleDocument({ sharing: 'unconditional', sharing_condition: '' }))
    const bad = peopleRow(7, { citizen_no: '990001198001010000', name: '=cmd|\' /C calc\'!A0', birth_date: 'unknown' })
    let ended
    ;[upload, job, ended] = await load(c.officer, mine, peopleCsv(30) + bad)
    assert.equal(ended.state, 'reconciled', JSON.stringify(ended))
    await load(c.officer, open, peopleCsv(30))
    row = (await c.officer.get('/quarantine?resource=' + mine)).items[0]
    grant = await c.officer.post('/grants', { ways: ['api'], resource_id: mine, account_id: c.officer.account_id, purpose: '本单位核对业务数据', until: until(), quota_day: 100, fields: [{ name: 'town', mode: 'clear' }] })
    const city2 = { officer: c.police, bureau: c.bureau }
    theirs = await publish(city2, peopleDocument())
  })
  after(() => c?.server.stop())

  test('ids of another organisation open nothing', async () => {
    const draft = (await c.officer.post('/resources', { document: peopleDocument() })).resource_id
    const closed = async (client, method, path, body) => {
      const answer = await client.call(method, path, body)
      assert.ok([403, 404, 405, 415].includes(answer.status), `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    for (const client of [c.police, reader, c.app, c.server.client()]) {
      const shut = client.key || client.session ? closed : async (who, ...call) => assert.ok([401, 403, 404].includes((await who.call(...call)).status))
      await shut(client, 'GET', `/resources/${draft}`)
      await shut(client, 'GET', `/resources/${draft}/versions`)
      await shut(client, 'GET', `/resources/${draft}/versions/1`)
      await shut(client, 'GET', `/resources/${draft}/diff?from=1&to=1`)
      await shut(client, 'PUT', `/resources/${mine}`, { version: 1, document: peopleDocument() })
      await shut(client, 'POST', `/resources/${mine}/jobs`, { upload_id: upload, mode: 'full' })
      await shut(client, 'GET', `/jobs/${job}`)
      await shut(client, 'GET', `/jobs/${job}/receipt`)
      await shut(client, 'POST', `/jobs/${job}/cancel`, {})
      await shut(client, 'POST', `/jobs/${job}/resume`, {})
      await shut(client, 'POST', `/uploads/${upload}/propose`, {})
      await shut(client, 'GET', `/quarantine?resource=${mine}`)
      await shut(client, 'GET', `/quarantine/summary?resource=${mine}`)
      await shut(client, 'GET', `/quarantine/${row.quarantine_id}`)
      await shut(client, 'PATCH', `/quarantine/${row.quarantine_id}`, { version: row.version, values: {} })
      await shut(client, 'POST', `/quarantine/${row.quarantine_id}/discard`, { version: row.version, reason: '不要了' })
      await shut(client, 'GET', `/resources/${mine}/quarantine.xlsx`)
      await shut(client, 'POST', `/resources/${mine}/quarantine/mend`, { upload_id: upload })
      await shut(client, 'POST', `/resources/${mine}/quarantine/replay`, {})
      await shut(client, 'GET', `/grants/${grant.grant_id}`)
      await shut(client, 'POST', `/grants/${grant.grant_id}/revoke`, { version: 1, reason: '随便' })
      await shut(client, 'POST', '/grants', { ways: ['api'], resource_id: mine, account_id: c.appAccount, purpose: '想看别人的数据', until: until(), quota_day: 5, fields: [{ name: 'town', mode: 'clear' }] })
      await shut(client, 'GET', `/data/${mine}/records`)
      await shut(client, 'GET', `/data/${mine}/schema`)
      await shut(client, 'POST', `/data/${mine}/lookup`, { key: { citizen_no: citizenSpread(1) } })
    }
    await c.officer.refused(404, 'GET', `/accounts/${c.appAccount}/keys`)
    await c.officer.refused(404, 'POST', `/accounts/${c.appAccount}/keys`, { label: 'mine now' })
    await c.officer.refused(404, 'DELETE', `/keys/${c.keyId}`)
    // an upload of another organisation is not loaded into one's own entry
    await c.police.refused(404, 'POST', `/resources/${theirs}/jobs`, { upload_id: upload, mode: 'full' })
    await c.police.refused(404, 'POST', `/resources/${theirs}/quarantine/mend`, { upload_id: upload })
  })

  test('a source of another organisation is not read into one\'s own entry', async () => {
    const url = freshStore('postgres')
    const made = spawnSync('psql', [url, '-qc', 'CREATE TABLE secret (citizen_no text); INSERT INTO secret VALUES (\'x\')'], { encoding: 'utf8' })
    assert.equal(made.status, 0, made.stderr)
    const source = (await c.sys.post('/sources', { name: '内部库', kind: 'postgres', url, org_id: c.supplierOrg })).source_id
    const place = { schema: 'public', table: 'secret' }
    await c.officer.get(`/sources/${source}/tables`)
    await c.police.refused(404, 'GET', `/sources/${source}/tables`)
    await c.police.refused(404, 'POST', `/sources/${source}/test`, {})
    await c.police.refused(404, 'POST', `/sources/${source}/propose`, place)
    await c.police.refused(404, 'POST', `/resources/${theirs}/jobs`, { source_id: source, ...place, mode: 'full' })
  })

  test('a masked key cannot be tried out', async () => {
    const page = await reader.get(`/data/${open}/records?limit=1`)
    assert.match(page.items[0].citizen_no, /\*/)
    for (const key of [citizenSpread(1), citizenSpread(9999)]) {
      const answer = await reader.call('POST', `/data/${open}/lookup`, { key: { citizen_no: key } })
      assert.equal(answer.status, 400, JSON.stringify(answer.body))
      assert.equal(answer.body.rule, 'masked_field')
    }
    for (const query of ['sort=name', 'sort=citizen_no', 'name.like=张', 'citizen_no.gte=9', 'name.null=1', 'fields=town&sort=-citizen_no'])
      await reader.refused(400, 'GET', `/data/${open}/records?${query}`)
    // the supplier's own officers go on looking their people up
    await c.officer.post(`/data/${open}/lookup`, { key: { citizen_no: citizenSpread(1) } })
  })

  test('refused rows show their values to the supplier only', async () => {
    const seen = JSON.stringify(await c.bureau.get('/quarantine?resource=' + mine)) + JSON.stringify(await c.bureau.get('/jobs/' + job))
    assert.ok(!seen.includes('990001198001010000'), seen)
    assert.ok(!seen.includes('cmd|'), seen)
    await c.bureau.refused(403, 'GET', `/resources/${mine}/quarantine.xlsx`)
  })

  test('a formula in a refused row stays a text in the workbook', async () => {
    const book = await c.officer.call('GET', `/resources/${mine}/quarantine.xlsx`)
    assert.equal(book.status, 200)
    const path = join(folder('book'), 'rows.xlsx')
    writeFileSync(path, book.body)
    const list = spawnSync('python3', ['-c', 'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nprint("".join(z.read(n).decode() for n in z.namelist() if n.endswith(".xml")))', path], { encoding: 'utf8', maxBuffer: 1 << 26 })
    assert.equal(list.status, 0, list.stderr)
    assert.ok(list.stdout.includes('=cmd|'), 'the value is kept as it came')
    assert.ok(!/<f[ >]/.test(list.stdout), 'no cell has a formula')
  })

  test('a quota holds for calls at once, and a key of one account tells another nothing', async () => {
    const given = await c.officer.post('/grants', { ways: ['api'], resource_id: mine, account_id: c.appAccount, purpose: '并发核验业务', until: until(), quota_day: 10, fields: [{ name: 'town', mode: 'clear' }] })
    const answers = await Promise.all(Array.from({ length: 40 }, () => c.app.call('GET', `/data/${mine}/records?limit=1`)))
    assert.equal(answers.filter((a) => a.status === 200).length, 10)
    assert.ok(answers.every((a) => [200, 429].includes(a.status)))
    const body = { version: given.version, reason: '测试并发' }
    const both = await Promise.all([1, 2, 3, 4].map(() => c.officer.call('POST', `/grants/${given.grant_id}/revoke`, body)))
    assert.equal(both.filter((a) => a.status === 200).length, 1)
    const key = { 'idempotency-key': 'same-key-1' }
    const first = await c.officer.call('POST', '/resources', { document: peopleDocument() }, key)
    assert.equal(first.status, 201)
    const other = await c.police.call('POST', '/resources', { document: peopleDocument() }, key)
    assert.equal(other.status, 201)
    assert.notEqual(other.body.resource_id, first.body.resource_id)
    assert.equal(other.headers.get('idempotency-replayed'), null)
  })

  test('a session is not fixed, a change needs its token, and a cookie is no key', async () => {
    const set = c.server.client()
    set.cookie = 'yw_session=' + 'A'.repeat(43)
    await set.login('officer', c.server.passwords.officer)
    assert.ok(!set.cookie.includes('AAAAAAAA'), 'a session begun by others is not taken over')
    const bare = c.server.client()
    bare.cookie = set.cookie
    await bare.refused(403, 'POST', '/resources', { document: peopleDocument() })
    await bare.refused(403, 'POST', '/resources', { document: peopleDocument() }, { 'x-csrf-token': c.police.csrf })
    const plain = await c.server.client().call('POST', '/session', JSON.stringify({ login: 'officer', password: 'x' }), { 'content-type': 'text/plain' })
    assert.equal(plain.status, 415, 'a form of another page cannot log anybody in')
  })

  test('a flood of log-ins does not hold up everybody\'s reads', async () => {
    const flood = Array.from({ length: 60 }, (_, i) => c.server.client().call('POST', '/session', { login: 'x' + i, password: 'no such password' }))
    const begun = Date.now()
    await c.officer.get('/resources?limit=1')
    const took = Date.now() - begun
    const answers = await Promise.all(flood)
    assert.ok(answers.every((a) => [401, 429, 503].includes(a.status)))
    assert.ok(answers.some((a) => a.status === 503), 'those who would wait long are sent away')
    assert.ok(took < 2500, `a read took ${took} ms`)
  })
})
