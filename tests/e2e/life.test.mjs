// The life of data: what is past its retention period is listed, proposed, reviewed by another, destroyed by a job that survives a kill,
// and certified; a hold and a change meanwhile keep records. Lineage shows each party what it may see.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, folder, yiwang } from './harness.mjs'
import { account, city, citizenSpread, load, peopleDocument, peopleHeader, peopleRow, publish } from './city.mjs'

const today = new Date().toISOString().slice(0, 10)
const rows = (from, to, day) => Array.from({ length: to - from }, (_, i) => peopleRow(from + i, { citizen_no: citizenSpread(from + i), updated_on: day })).join('')
const kept = (change = {}) => peopleDocument({ retention_months: 12, retention_field: 'updated_on', ...change })

/** Follows the stream of events in the background; its text so far in .seen. */
async function listen(client) {
  const stop = new AbortController()
  const answer = await fetch(client.server.url + '/api/v1/events', { headers: { cookie: client.cookie }, signal: stop.signal })
  const ear = { seen: '', stop: () => stop.abort() }
  ;(async () => {
    try { for await (const chunk of answer.body) ear.seen += new TextDecoder().decode(chunk) } catch {}
  })()
  return ear
}

suite('life', (engine) => {
  let c, both
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    await c.sys.put('/settings/job.threads', { value: '1', version: 0 }) // read when it starts; two tests need a job that waits
    await c.server.stop()
    await c.server.start()
    both = await account(c.server, c.sys, c.sec, 'both', c.supplierOrg, ['data_officer', 'data_bureau'])
  })
  after(() => c?.server.stop())

  const list = (id, who = c.officer) => who.get('/destructions/' + id)
  const look = async (resource) => (await c.officer.post(`/resources/${resource}/destructions`)).destruction_id
  const propose = async (id, who = c.officer) => who.post(`/destructions/${id}/propose`, { version: (await list(id)).version, note: '到期' })
  const approve = async (id) => {
    await c.bureau.post(`/destructions/${id}/review`, { version: (await list(id)).version, decision: 'approve' })
    return (await list(id)).job_id
  }
  /** A load of many rows, to be cancelled: a job that comes meanwhile waits however slow the test is. */
  const long = async (resource) => {
    const upload = await c.officer.upload('人口.csv', peopleHeader + rows(0, 60000, today))
    return (await c.officer.post(`/resources/${resource}/jobs`, { upload_id: upload.upload_id, mode: 'full' })).job_id
  }
  const certificate = async (id) => {
    const document = await c.officer.get(`/destructions/${id}/certificate`)
    const path = join(folder('certificate'), 'certificate.json')
    writeFileSync(path, JSON.stringify(document))
    const good = yiwang('verify-receipt', path, '--key', document.public_key)
    assert.equal(good.status, 0, good.stderr)
    document.receipt.destroyed.count += 1
    writeFileSync(path, JSON.stringify(document))
    assert.equal(yiwang('verify-receipt', path).status, 1, 'a changed certificate must not verify')
    return JSON.parse(good.stdout)
  }

  test('propose → review by another → job → certificate → gone', async () => {
    const resource = await publish(c, kept())
    const job = await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, 3000, '2020-02-29') + rows(3000, 3100, today) + 'x,y,z,1,2,3\n')
    assert.equal(job.result.inserted, 3100)
    const until = new Date(Date.now() + 86400000).toISOString()
    await c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, purpose: '核查业务办理', until, quota_day: 100000, fields: [{ name: 'town', mode: 'clear' }, { name: 'updated_on', mode: 'clear' }] })
    const id = await look(resource)
    const one = await list(id)
    assert.equal(one.state, 'open')
    assert.equal(one.count, 3000)
    assert.equal(one.quarantine_count, 0, 'the refused row is of today')
    assert.match(one.first_at, /^2020-02-29T00:00:00\+08:00$/)
    assert.ok(!JSON.stringify(one).includes(citizenSpread(5)))
    assert.deepEqual((await c.officer.get('/destructions?waiting=true')).items.map((i) => i.destruction_id), [id])
    assert.deepEqual((await c.bureau.get('/destructions?waiting=true')).items, [])
    await c.police.refused(404, 'GET', '/destructions/' + id)
    await c.police.refused(403, 'POST', `/destructions/${id}/propose`, { version: one.version })
    await c.bureau.refused(403, 'POST', `/destructions/${id}/propose`, { version: one.version })
    await propose(id, both)
    const proposed = await list(id, both)
    assert.equal(proposed.may.review, false)
    const refusal = await both.refused(403, 'POST', `/destructions/${id}/review`, { version: proposed.version, decision: 'approve' })
    assert.equal(refusal.rule ?? refusal.errors?.[0]?.rule, 'four_eyes')
    await c.bureau.refused(400, 'POST', `/destructions/${id}/review`, { version: proposed.version, decision: 'return' })
    assert.deepEqual((await c.bureau.get('/destructions?waiting=true')).items.map((i) => i.destruction_id), [id])
    const done = await c.officer.job(await approve(id))
    assert.equal(done.state, 'reconciled', JSON.stringify(done))
    const proof = await certificate(id)
    assert.equal(proof.format, 'yiwang.destruction-certificate/1')
    assert.equal(proof.destroyed.count, 3000)
    assert.equal(proof.destroyed.digest, one.digest)
    assert.equal(proof.left, 0)
    assert.equal(proof.proposed_by, 'both')
    assert.equal(proof.reviewed_by, 'bureau')
    assert.equal((await list(id)).state, 'destroyed')
    assert.equal((await c.officer.get('/resources/' + resource)).row_count, 100)
    const left = await c.app.get(`/data/${resource}/records?limit=200`)
    assert.equal(left.items.length, 100)
    assert.ok(left.items.every((i) => i.updated_on === today))
    assert.equal(await look(resource), null, 'nothing is past any more')
    for (const action of ['life.propose', 'life.review', 'life.destroyed']) {
      const found = await c.audit.evidence(`resource=${resource}&action=${action}`)
      assert.ok(found.length >= 1, action)
      assert.ok(!JSON.stringify(found).includes(citizenSpread(5)))
    }
  })

  test('a record that changes meanwhile stays, the feed tells of the others; a list returned or put off waits', async () => {
    const resource = await publish(c, kept())
    await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, 20, '2021-01-01'))
    const id = await look(resource)
    await c.officer.refused(400, 'POST', `/destructions/${id}/postpone`, { version: 1, until: '2020-01-01T00:00:00Z', reason: '案件', basis: '通知' })
    await c.officer.post(`/destructions/${id}/postpone`, { version: 1, until: new Date(Date.now() + 864e5).toISOString(), reason: '办案需要', basis: '协助调查通知书 12 号' })
    assert.equal((await list(id)).state, 'postponed')
    assert.equal(await look(resource), id)
    assert.equal((await list(id)).state, 'postponed', 'a look leaves it alone until then')
    await propose(id)
    await c.bureau.post(`/destructions/${id}/review`, { version: (await list(id)).version, decision: 'return', note: '请核对' })
    assert.equal((await list(id)).state, 'open')
    await propose(id)
    await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, 2, today) + rows(2, 4, '2021-01-01'), { mode: 'upsert' })
    const ear = await listen(c.officer)
    const done = await c.officer.job(await approve(id))
    assert.equal(done.state, 'reconciled', JSON.stringify(done))
    const deletions = () => (ear.seen.match(new RegExp(`"topic":"resource:${resource}"[^}]*"op":"d"`, 'g')) ?? []).length
    for (let i = 0; i < 100 && deletions() < 18; i++) await new Promise((r) => setTimeout(r, 100))
    ear.stop()
    assert.equal(deletions(), 18, 'whoever follows the feed is told of each deletion')
    const proof = await certificate(id)
    assert.equal(proof.destroyed.count, 18)
    assert.equal(proof.destroyed.kept_because_changed, 2)
    assert.equal((await c.officer.get('/resources/' + resource)).row_count, 2)
  })

  test('a hold keeps everything until the data bureau lifts it', async () => {
    const resource = await publish(c, kept())
    await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, 10, '2021-01-01'))
    const id = await look(resource)
    await propose(id)
    await c.police.refused(403, 'POST', `/resources/${resource}/hold`, { reason: '案件', basis: '通知' })
    await c.officer.post(`/resources/${resource}/hold`, { reason: '刑事案件', basis: '调取证据通知书' })
    await c.officer.refused(409, 'POST', `/resources/${resource}/hold`, { reason: '刑事案件', basis: '调取证据通知书' })
    const version = (await list(id)).version
    await c.bureau.refused(409, 'POST', `/destructions/${id}/review`, { version, decision: 'approve' })
    await c.officer.refused(403, 'POST', `/resources/${resource}/hold/lift`, { reason: '结案' })
    await c.bureau.post(`/resources/${resource}/hold/lift`, { reason: '结案' })
    assert.equal((await c.officer.get(`/resources/${resource}/hold`)).items[0].lift_reason, '结案')
    assert.equal((await c.officer.job(await approve(id))).state, 'reconciled')
  })

  test('kill -9 in the middle: it goes on where it stopped, each record once', { timeout: 180000 }, async () => {
    const total = 60000
    const resource = await publish(c, kept())
    await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, total, '2021-01-01'))
    const id = await look(resource)
    await propose(id)
    const job = await approve(id)
    let at = 0
    for (let i = 0; i < 4000 && at === 0; i++) at = (await list(id)).destroyed_count
    await c.server.kill()
    await c.server.start()
    for (const who of ['officer', 'bureau', 'police', 'sys', 'sec', 'audit']) await c[who].login({ sys: 'sysadmin', sec: 'secadmin', audit: 'auditor' }[who] ?? who, c.server.passwords[{ sys: 'sysadmin', sec: 'secadmin', audit: 'auditor' }[who] ?? who])
    assert.ok(at > 0 && at < total, `killed at ${at}`)
    const done = await c.officer.job(job)
    assert.equal(done.state, 'reconciled', JSON.stringify(done))
    assert.ok(done.attempt > 1, 'the job was under way when the process was killed')
    const one = await list(id)
    const proof = await certificate(id)
    assert.equal(proof.destroyed.count, total)
    assert.equal(proof.destroyed.digest, one.digest)
    assert.equal((await c.officer.get('/resources/' + resource)).row_count, 0)
  })

  test('a hold placed while the job runs stops it at the next chunk; lifted, the list goes on under the same approval', { timeout: 120000 }, async () => {
    const total = 60000
    const resource = await publish(c, kept())
    await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, total, '2021-01-01'))
    const id = await look(resource)
    await propose(id)
    const job = await approve(id)
    for (let i = 0; i < 4000 && (await list(id)).destroyed_count === 0; i++);
    await c.officer.post(`/resources/${resource}/hold`, { reason: '刑事案件', basis: '调取证据通知书' })
    const stopped = await c.officer.job(job)
    assert.equal(stopped.state, 'failed')
    assert.equal(stopped.error.rule, 'held')
    const one = await list(id)
    assert.equal(one.state, 'failed')
    assert.ok(one.destroyed_count > 0 && one.destroyed_count < total, `stopped at ${one.destroyed_count}`)
    assert.equal((await c.officer.get('/destructions?waiting=true&resource=' + resource)).items.length, 1)
    await c.officer.refused(409, 'POST', `/destructions/${id}/reopen`, { version: one.version })
    await c.bureau.post(`/resources/${resource}/hold/lift`, { reason: '结案' })
    await c.officer.post(`/destructions/${id}/reopen`, { version: one.version })
    const next = (await list(id)).job_id
    assert.notEqual(next, job)
    assert.equal((await c.officer.job(next)).state, 'reconciled')
    const proof = await certificate(id)
    assert.equal(proof.destroyed.count, total)
    assert.equal(proof.destroyed.digest, one.digest)
  })

  test('a job cancelled before it began takes nothing, and the list can be opened again', async () => {
    const busy = await publish(c, kept()), resource = await publish(c, kept())
    await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, 10, '2021-01-01'))
    const id = await look(resource)
    await propose(id)
    const again = await c.officer.upload('人口.csv', peopleHeader + rows(0, 1, today))
    const first = await long(busy)
    const job = await approve(id) // waits behind the load: one job at a time
    await c.officer.refused(409, 'POST', `/resources/${resource}/jobs`, { upload_id: again.upload_id, mode: 'upsert' })
    await c.officer.post(`/jobs/${job}/cancel`)
    const one = await list(id)
    assert.equal(one.state, 'cancelled')
    assert.equal(one.may.reopen, true)
    assert.equal(one.destroyed_count, 0)
    await c.officer.post(`/destructions/${id}/reopen`, { version: one.version })
    assert.equal((await list(id)).state, 'open')
    assert.equal((await c.officer.get('/resources/' + resource)).row_count, 10)
    await c.officer.post(`/jobs/${first}/cancel`)
    await c.officer.job(first)
  })

  test('a withdrawn entry: all of it, and its table', async () => {
    const resource = await publish(c, peopleDocument())
    const loaded = await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, 30, today) + 'x,y,z,1,2,3\n')
    await c.bureau.post(`/resources/${resource}/withdraw`, { version: (await c.bureau.get('/resources/' + resource)).version, note: '机构改革' })
    const id = await look(resource)
    assert.equal((await list(id)).scope, 'resource')
    assert.equal((await list(id)).count, 30)
    assert.equal((await list(id)).quarantine_count, 1)
    await propose(id)
    assert.equal((await c.officer.job(await approve(id))).state, 'reconciled')
    const proof = await certificate(id)
    assert.equal(proof.destroyed.count, 30)
    assert.equal(proof.destroyed.quarantine, 1)
    const entry = await c.officer.get('/resources/' + resource)
    assert.equal(entry.row_count, 0)
    assert.equal(entry.loaded_at, null)
    await c.officer.get(`/jobs/${loaded.job_id}/receipt`) // the proof of what was sent outlives the data
    assert.equal(await look(resource), null)
  })

  test('a withdrawn entry that is published again before the job begins keeps everything', async () => {
    const busy = await publish(c, kept()), resource = await publish(c, kept())
    await load(c.officer, resource, '人口.csv', peopleHeader + rows(0, 10, today))
    await c.bureau.post(`/resources/${resource}/withdraw`, { version: (await c.bureau.get('/resources/' + resource)).version, note: '机构改革' })
    const id = await look(resource)
    await propose(id)
    const first = await long(busy)
    const job = await approve(id) // waits behind the load
    const entry = await c.officer.get('/resources/' + resource)
    const saved = await c.officer.put('/resources/' + resource, { version: entry.version, document: { ...entry.document, summary: '恢复使用' } })
    await c.officer.post(`/resources/${resource}/submit`, { version: saved.version })
    await c.bureau.post(`/resources/${resource}/review`, { version: (await c.bureau.get('/resources/' + resource)).version, decision: 'publish', note: '恢复' })
    await c.officer.post(`/jobs/${first}/cancel`)
    const stopped = await c.officer.job(job)
    assert.equal(stopped.state, 'failed')
    assert.equal(stopped.error.rule, 'entry_changed')
    assert.equal((await c.officer.get('/resources/' + resource)).row_count, 10)
    await c.officer.post(`/destructions/${id}/reopen`, { version: (await list(id)).version })
    await look(resource)
    assert.equal((await list(id)).state, 'void', 'nothing of a published entry is past')
  })

  test('lineage: sources, checks, references both ways, receivers; each party what it may see', async () => {
    const target = await publish(c, peopleDocument())
    await load(c.officer, target, '人口.csv', peopleHeader + rows(0, 3, today))
    const code = (await c.officer.get('/resources/' + target)).document.code
    const document = peopleDocument({ retention_field: 'updated_on' })
    document.fields[0].ref = `${code}.citizen_no`
    const resource = await publish(c, document)
    const job = await load(c.officer, resource, '来源.csv', peopleHeader + rows(0, 2, today) + peopleRow(1, { citizen_no: citizenSpread(1), height: 999 }))
    const until = new Date(Date.now() + 86400000).toISOString()
    const give = (account_id, field, mode) => c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id, purpose: '核查业务办理所需', until, quota_day: 50, fields: [{ name: field, mode }] })
    await give(c.appAccount, 'town', 'clear')
    await give(both.account_id, 'name', 'masked')
    await c.app.get(`/data/${resource}/records`)
    const whole = await c.officer.get(`/resources/${resource}/lineage`)
    assert.equal(whole.whole, true)
    assert.equal(whole.sources[0].job_id, job.job_id)
    assert.equal(whole.sources[0].name, '来源.csv')
    assert.equal(whole.sources[0].columns.citizen_no, '身份证号')
    assert.equal(whole.sources[0].receipt, true)
    const field = (answer, name) => answer.fields.find((f) => f.name === name)
    assert.equal(field(whole, 'citizen_no').refers_to.resource_id, target)
    assert.equal(field(whole, 'height_cm').checks.find((k) => k.kind === 'range').refused, 1)
    assert.ok(field(whole, 'birth_date').checks.some((k) => k.kind === 'rule' && k.rule === 'born_before_update'))
    assert.ok(!field(whole, 'town').checks.some((k) => k.kind === 'rule'))
    assert.equal(field(whole, 'updated_on').retention, true)
    assert.deepEqual(whole.receivers.map((r) => r.fields), [{ name: 'masked' }, { town: 'clear' }])
    for (let i = 0; i < 40; i++) { // use is added up once a second
      const read = (await c.officer.get(`/resources/${resource}/lineage`)).receivers[1].last_read
      if (read) break
      assert.ok(i < 39, 'the last read is not told')
      await new Promise((r) => setTimeout(r, 100))
    }
    const other = await c.officer.get(`/resources/${target}/lineage?field=citizen_no`)
    assert.equal(other.fields.length, 1)
    assert.deepEqual(other.fields[0].referred_by.map((r) => r.resource_id), [resource])
    // a receiving department learns of its own grant only, and of no job
    const theirs = await c.police.get(`/resources/${resource}/lineage`)
    assert.equal(theirs.whole, false)
    assert.deepEqual(theirs.sources, [])
    assert.deepEqual(theirs.receivers.map((r) => r.account), ['警务应用'])
    assert.ok(theirs.fields.every((f) => f.checks.every((k) => k.refused === null)))
    assert.equal((await c.bureau.get(`/resources/${resource}/lineage`)).receivers.length, 2)
    // what a new version would hit: town retired, name's mask changed
    const entry = await c.officer.get('/resources/' + resource)
    const draft = { ...entry.document, fields: entry.document.fields.filter((f) => f.name !== 'town').map((f) => (f.name === 'name' ? { ...f, mask: 'all' } : f)) }
    await c.officer.put('/resources/' + resource, { version: entry.version, document: draft })
    const hit = (await c.bureau.get(`/resources/${resource}/impact`)).items
    assert.deepEqual(hit.map((i) => [i.name, i.retired, i.changes, i.receivers.length]), [['name', false, ['mask'], 1], ['town', true, [], 1]])
    await c.police.refused(403, 'GET', `/resources/${resource}/impact`)
  })

  test('the retention field must be a date or time of the entry', async () => {
    const made = await c.officer.post('/resources', { document: kept({ retention_field: 'town' }) })
    const entry = await c.officer.get('/resources/' + made.resource_id)
    const refusal = await c.officer.call('POST', `/resources/${made.resource_id}/submit`, { version: entry.version })
    assert.equal(refusal.status, 400)
    assert.match(JSON.stringify(refusal.body), /retention_field/)
  })
})
