// Delivery as files: to a folder, to an SFTP server, to an HTTP endpoint; full and by increments, each parcel once and in order; receivers
// that stall, fail, refuse, lose their answer; a full disk, rights; kill -9; a grant that ends.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, folder, random, seed, yiwang } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, peopleHeader, peopleRow, citizenSpread, load } from './city.mjs'
import { until } from './far_side.mjs'
import { HttpReceiver, Replica, SftpReceiver, strangerHttps, takeFolder } from './receivers.mjs'

const ROWS = 1500
const NAMES = ['citizen_no', 'name', 'town']
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

suite('delivery as files', (engine) => {
  let c, root, resource, grant, http, sftp
  const target = async (name, kind, url, more = {}) => (await c.sys.post('/targets', { name, kind, url, org_id: c.otherOrg, ...more })).target_id
  const give = async (change = {}) => (await c.officer.post('/grants', { ways: ['api', 'batch'], resource_id: change.resource ?? resource, account_id: c.appAccount, purpose: '常住人口比对', quota_day: 10000000,
    fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'name', mode: 'masked' }, { name: 'town', mode: 'clear' }],
    until: new Date(Date.now() + 86400000).toISOString(), ...change.terms })).grant_id
  const revoke = async (id, of = resource) => {
    const one = (await c.officer.get('/grants?resource=' + of)).items.find((g) => g.grant_id === id)
    await c.officer.post(`/grants/${id}/revoke`, { reason: '测试', version: one.version })
  }
  const begin = (to, table, change = {}) => c.police.post('/deliveries', { grant_id: grant, target_id: to, table, mode: 'increments', timetable: 'manual', format: 'jsonl', ...change })
  const good = async (made) => {
    const job = await c.police.job(made.job_id)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    assert.equal(job.result.source_digest, job.result.target_digest)
    return job
  }
  const run = (made) => c.police.post(`/deliveries/${made.delivery_id}/run`, {})
  const fails = async (made, rule) => {
    const job = await c.police.job(made.job_id)
    assert.equal(job.state, 'failed', JSON.stringify(job))
    assert.equal(job.error.rule, rule, JSON.stringify(job.error))
    assert.ok(job.error.advice)
    return job
  }
  const upsert = async (rows, of = resource) => {
    const job = await load(c.officer, of, 'change.csv', peopleHeader + rows, { mode: 'upsert' })
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
  }
  const town = (from, count, name) => Array.from({ length: count }, (_, n) => peopleRow(n, { citizen_no: citizenSpread(from + n), town: name })).join('')
  /** What a receiver should hold: the account's view through the API. */
  const granted = async (of = resource) => {
    const rows = []
    for (let next = ''; next !== null;) {
      const page = await c.app.get(`/data/${of}/records?limit=200${next && '&after=' + encodeURIComponent(next)}`)
      rows.push(...page.items.map((r) => [r.record_id, r.citizen_no, r.name, r.town].map((v) => v ?? '').join('|')))
      next = page.next
    }
    return rows.sort()
  }
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    root = folder('delivered')
    mkdirSync(join(root, 'police'))
    await c.sys.put('/settings/deliveries.stall_seconds', { value: '1', version: 0 })
    resource = await publish(c, peopleDocument())
    assert.equal((await load(c.officer, resource, 'people.csv', peopleCsv(ROWS))).state, 'reconciled')
    grant = await give()
    http = await new HttpReceiver().start()
    sftp = await new SftpReceiver().start()
  })
  after(async () => {
    http?.stop()
    sftp?.stop()
    await c?.server.stop()
    assert.ifError(http?.failure)
  })

  let toFolder, toSftp, toHttp
  test('targets: only what the administrator names, no secret shown, tried out', async () => {
    toFolder = await target('警务文件夹', 'folder', 'folder:police')
    await c.police.refused(409, 'POST', `/targets/${toFolder}/test`, {})
    for (const bad of ['relative', '/a/../b', '/']) await c.sys.refused(400, 'PUT', '/settings/deliveries.folder', { value: bad, version: 0 })
    await c.sys.put('/settings/deliveries.folder', { value: c.server.dir, version: 0 })
    await c.police.refused(409, 'POST', `/targets/${toFolder}/test`, {}) // not beside the keys
    await c.sys.put('/settings/deliveries.folder', { value: root, version: 1 })
    for (const url of ['folder:../etc', 'folder:/etc', 'folder:a/b', 'folder:.x']) await c.sys.refused(400, 'POST', '/targets', { name: 'x', kind: 'folder', url, org_id: c.otherOrg })
    const keys = { fingerprint: sftp.fingerprint, secret: sftp.secret }
    for (const [url, more] of [[sftp.url, { ...keys, fingerprint: 'MD5:1' }], [sftp.url, { ...keys, secret: '' }], [sftp.url + '/a b', keys], ['sftp://127.0.0.1/x', keys], [sftp.url + '\nx', keys]])
      await c.sys.refused(400, 'POST', '/targets', { name: 'x', kind: 'sftp', url, org_id: c.otherOrg, ...more })
    for (const url of ['http://u:p@host/x', 'https://host/x?y=1', 'file:///etc/passwd', 'gopher://host/x'])
      await c.sys.refused(400, 'POST', '/targets', { name: 'x', kind: 'http', url, org_id: c.otherOrg })
    toSftp = await target('警务 SFTP', 'sftp', sftp.url, keys)
    toHttp = await target('警务接口', 'http', http.url)
    const other = await target('假主机', 'sftp', sftp.url, { ...keys, fingerprint: 'SHA256:' + 'A'.repeat(43) })
    const shown = JSON.stringify(await c.sys.get('/targets'))
    assert.ok(!shown.includes('PRIVATE KEY') && !shown.includes('fingerprint'), shown)
    assert.equal((await c.police.post(`/targets/${toFolder}/test`, {})).server, join(root, 'police'))
    assert.equal((await c.police.post(`/targets/${toSftp}/test`, {})).server, 'SFTP')
    assert.equal((await c.police.post(`/targets/${toHttp}/test`, {})).server, 'HTTP 401')
    const wrong = await c.police.refused(409, 'POST', `/targets/${other}/test`, {})
    assert.equal(wrong.errors?.[0]?.rule ?? wrong.rule, 'target_key', JSON.stringify(wrong))
    const stranger = await strangerHttps()
    try {
      const refused = await c.sys.refused(409, 'POST', '/targets/try', { kind: 'http', url: stranger.url })
      assert.equal(refused.errors?.[0]?.rule ?? refused.rule, 'target_key', JSON.stringify(refused))
      for (const host of ['169.254.169.254', '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]']) await c.sys.refused(503, 'POST', '/targets/try', { kind: 'http', url: `http://${host}/latest` }) // not even asked
    } finally { stranger.stop() }
    await c.officer.refused(404, 'POST', `/targets/${toFolder}/test`, {})
    await c.police.refused(400, 'POST', '/deliveries', { grant_id: grant, target_id: toFolder, table: 'x', mode: 'full', timetable: 'manual' })
    await c.police.refused(400, 'POST', '/deliveries', { grant_id: grant, target_id: toFolder, table: '../x', mode: 'full', timetable: 'manual', format: 'csv' })
    await c.police.refused(400, 'POST', '/deliveries', { grant_id: grant, target_id: toFolder, schema: 'public', table: 'x', mode: 'full', timetable: 'manual', format: 'csv' })
  })

  test('a folder: all records, then what changed; manifests chain and verify', async (t) => {
    const made = await begin(toFolder, 'people', { format: 'csv' }), replica = new Replica(), dir = join(root, 'police/people')
    const first = await good(made)
    assert.equal(first.result.mode, 'full')
    takeFolder(replica, dir)
    assert.deepEqual(replica.lines(NAMES), await granted())
    const [told] = replica.taken
    assert.equal(told.grant_id, grant)
    assert.equal(told.purpose, '常住人口比对')
    assert.equal(told.receiver_account, 'police-app')
    assert.match(told.put_digest, new RegExp(`^v1:${ROWS}:`))
    assert.deepEqual((await c.police.get(`/jobs/${made.job_id}/receipt`)).receipt, told, 'both sides hold the same document')
    const [sent] = await c.audit.evidence(`action=delivery.send&resource=${resource}`)
    assert.equal(Number(sent.row_count ?? sent.rows), ROWS)
    await upsert(town(0, 2, '新镇') + peopleRow(2, { citizen_no: citizenSpread(90000), name: '新来' }))
    // what a killed run left is tidied up, what others put there is not touched
    const left = ['000009-full-00000000.csv', '.yiwang-1-1-000002.part'], others = ['20260101-report.csv', '000009-full-note.csv', 'x.manifest.json.bak']
    for (const name of [...left, ...others]) writeFileSync(join(dir, name), 'x')
    const second = await good(await run(made))
    assert.deepEqual(readdirSync(dir).filter((name) => left.includes(name) || others.includes(name)), others.sort())
    for (const name of others) rmSync(join(dir, name))
    assert.deepEqual([second.result.mode, second.result.put, second.result.removed, second.result.sequence], ['increments', 3, 0, 2])
    assert.equal((await load(c.officer, resource, 'fewer.csv', peopleCsv(ROWS - 50))).state, 'reconciled')
    const third = await good(await run(made))
    assert.deepEqual([third.result.mode, third.result.removed, third.result.table_rows], ['increments', 51, ROWS - 50])
    const nothing = await good(await run(made))
    assert.deepEqual([nothing.result.sent, nothing.result.file], [0, null])
    takeFolder(replica, dir)
    assert.equal(replica.sequence, 3)
    assert.deepEqual(replica.lines(NAMES), await granted())
    const shown = await c.police.get('/deliveries/' + made.delivery_id)
    assert.deepEqual(shown.parcels.map((p) => [p.sequence, p.state]), [[3, 'there'], [2, 'there'], [1, 'there']])
    // receivers check offline
    const check = (...more) => yiwang('verify-delivery', dir, ...more)
    assert.match(check('--key', replica.key).stdout, /WHOLE: 3 parcels.*3 data files/)
    assert.equal(check('--key', '0'.repeat(64)).status, 1)
    const files = readdirSync(dir), data = files.find((f) => f.startsWith('000002-'))
    const receipt = yiwang('verify-receipt', join(dir, '000002.manifest.json'), '--file', join(dir, data))
    assert.equal(receipt.status, 0, receipt.stderr)
    renameSync(join(dir, '000002.manifest.json'), join(dir, 'aside'))
    assert.match(check().stderr, /gap/)
    renameSync(join(dir, 'aside'), join(dir, '000002.manifest.json'))
    appendFileSync(join(dir, data), 'x')
    assert.match(check().stderr, /is not the file/)
    // a manifest changed by hand, or another delivery's, is not taken for the mark
    const last = join(dir, '000003.manifest.json'), kept = readFileSync(last)
    writeFileSync(last, kept.toString().replace('"held":', '"hold":'))
    await fails(await run(made), 'target_taken')
    writeFileSync(last, kept)
    assert.equal((await good(await run(made))).result.sent, 0)
    // emptied by the receiver: all records again, under the next number
    for (const name of readdirSync(dir)) rmSync(join(dir, name))
    const anew = await good(await run(made))
    assert.deepEqual([anew.result.mode, anew.result.sequence], ['full', 4])
    await c.police.post(`/deliveries/${made.delivery_id}/stop`, {})
  })

  test('a folder that is full, missing, or a link out of it: failed with what to do, then goes on', async (t) => {
    const dir = join(root, 'police'), made = await begin(toFolder, 'faulty')
    await good(made)
    await upsert(town(3, 1, '坏镇'))
    renameSync(dir, dir + '-away')
    await fails(await run(made), 'target_folder')
    symlinkSync(dir + '-away', dir)
    await fails(await run(made), 'target_folder')
    rmSync(dir)
    renameSync(dir + '-away', dir)
    const small = join(root, 'small')
    mkdirSync(small)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', small]).status === 0) {
      const full = await begin(await target('小盘', 'folder', 'folder:small'), 'people')
      await fails(full, 'target_full')
      assert.deepEqual(readdirSync(join(small, 'people')), [], 'nothing half')
      assert.equal(spawnSync('mount', ['-o', 'remount,size=8m', small]).status, 0)
      await good(await run(full))
      assert.equal(takeFolder(new Replica(), join(small, 'people')).sequence, 1)
      assert.equal(spawnSync('umount', [small]).status, 0)
    } else t.diagnostic('no right to mount a small disk: the full disk is not tried')
    assert.equal((await good(await run(made))).result.put, 1)
    takeFolder(new Replica(), join(dir, 'faulty'))
  })

  test('every format arrives whole', async () => {
    for (const format of ['xlsx', 'gpkg']) {
      const made = await begin(toFolder, 'as_' + format, { format, mode: 'full' })
      const job = await good(made), dir = join(root, 'police/as_' + format)
      assert.match(job.result.file, new RegExp(`^000001-full-[0-9a-f]{8}\\.${format}$`))
      assert.match(yiwang('verify-delivery', dir).stdout, /WHOLE/)
      const seen = format === 'gpkg' ? spawnSync('ogrinfo', ['-ro', '-so', join(dir, job.result.file), 'records'], { encoding: 'utf8' })
        : spawnSync('unzip', ['-p', join(dir, job.result.file), 'xl/worksheets/sheet1.xml'], { encoding: 'utf8', maxBuffer: 1 << 28 })
      assert.match(seen.stdout, format === 'gpkg' ? new RegExp(`Feature Count: ${ROWS - 50}\n`) : /_yiwang_id/)
    }
  })

  test('a row filter: ids of records that were never shown do not go out', async () => {
    const own = await publish(c, peopleDocument())
    assert.equal((await load(c.officer, own, 'people.csv', peopleCsv(63))).state, 'reconciled')
    const part = await give({ resource: own, terms: { filter: { town: '镇1' } } })
    const made = await begin(toFolder, 'filtered', { grant_id: part }), dir = join(root, 'police/filtered'), replica = new Replica()
    await good(made)
    takeFolder(replica, dir)
    assert.equal(replica.records.size, 3)
    await upsert(peopleRow(1, { citizen_no: citizenSpread(1), town: '镇1', name: '改名' }), own)
    assert.equal((await good(await run(made))).result.mode, 'increments')
    await upsert(town(2, 3, '镇5'), own) // three others move about outside the filter
    assert.equal((await good(await run(made))).result.mode, 'full')
    takeFolder(replica, dir)
    assert.deepEqual(replica.lines(NAMES), await granted(own))
  })

  test('SFTP: stalls and cuts at any point, a lost answer: every parcel once', async () => {
    const made = await begin(toSftp, 'people'), replica = new Replica(), dir = join(sftp.home, 'people')
    const first = await good(made)
    assert.equal(first.result.put, ROWS - 50)
    const faults = [
      ['stall', (direction, sent) => sent > 6000], // while the file goes up
      ['cut', (direction) => direction === 'up' && sftp.has('people', '.yiwang-')], // half a file is there
      ['cut', (direction) => direction === 'down' && sftp.has('people', '000004.manifest')], // it is there, the answer is lost
    ]
    for (const [i, [how, when]] of faults.entries()) {
      await upsert(town(10 * i, 10, '沙镇' + i))
      sftp.once(how, when)
      const begun = await run(made)
      if (how === 'stall') {
        const waiting = await c.police.job(begun.job_id, { until: (job) => job.error?.rule === 'target_gone' })
        assert.equal(waiting.state, 'queued', 'it is tried again, and says why it waits')
      }
      const job = await good(begun)
      assert.equal(sftp.fault, null, 'the fault was met')
      assert.deepEqual([job.result.mode, job.result.put, job.result.sequence], ['increments', 10, i + 2])
      takeFolder(replica, dir)
    }
    assert.deepEqual(replica.lines(NAMES), await granted())
    assert.equal(replica.sequence, 4)
    const closed = await new SftpReceiver().start({ readOnly: true })
    try {
      const denied = await begin(await target('只读', 'sftp', closed.url, { fingerprint: closed.fingerprint, secret: closed.secret }), 'people')
      await fails(denied, 'target_rights')
      const stranger = await begin(await target('无权', 'sftp', closed.url, { fingerprint: closed.fingerprint, secret: sftp.secret }), 'people')
      await fails(stranger, 'target_login')
    } finally { closed.stop() }
  })

  const namespaces = process.getuid() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0
  test('SFTP by password: the right one delivers, a wrong one is told', { skip: !namespaces && 'a password needs root and a mount namespace' }, async () => {
    const server = await new SftpReceiver().start({ password: '口令 p@ss:1' })
    const by = (name, secret) => target(name, 'sftp', server.url, { fingerprint: server.fingerprint, secret })
    try {
      const right = await by('口令', '口令 p@ss:1')
      assert.equal((await c.police.post(`/targets/${right}/test`, {})).server, 'SFTP')
      await good(await begin(right, 'people'))
      assert.deepEqual(takeFolder(new Replica(), join(server.home, 'people')).lines(NAMES), await granted())
      const wrong = await by('错口令', '口令 p@ss:2')
      const told = await c.police.refused(409, 'POST', `/targets/${wrong}/test`, {})
      assert.equal(told.errors?.[0]?.rule ?? told.rule, 'target_login', JSON.stringify(told))
      await fails(await begin(wrong, 'people'), 'target_login')
      assert.ok(!JSON.stringify(await c.sys.get('/targets')).includes('p@ss'))
    } finally { server.stop() }
  })

  test('HTTP: signed; errors and stalls are tried again, a lost answer is no second parcel, refusals stop', async () => {
    const made = await begin(toHttp, 'people')
    const replica = http.replica(made.delivery_id)
    await good(made)
    assert.deepEqual(replica.lines(NAMES), await granted())
    for (const [i, fault] of ['error', 'stall', 'cut'].entries()) {
      http.faults = [fault]
      await upsert(town(50, 5 - i, '网镇' + i))
      const job = await good(await run(made))
      assert.deepEqual([job.result.put, job.result.sequence], [5 - i, i + 2])
      // libcurl itself sends again what a kept connection lost; else the next attempt knows the parcel by its digest
      assert.equal(job.attempt + http.repeats, 2)
    }
    await upsert(town(50, 3, '拒镇'))
    for (const [fault, rule] of [['refuse', 'target_refused'], ['redirect', 'target_redirect']]) {
      http.faults = [fault]
      const before = http.calls.length
      const job = await fails(await run(made), rule)
      assert.equal(http.calls.length - before, 2, 'asked and sent once')
      if (fault === 'refuse') assert.match(JSON.stringify(job.error), /no room/)
    }
    http.faults = ['lie']
    await fails(await run(made), 'target_differs')
    // it has taken that one: the next run knows it by its digest, and sends nothing again
    const { repeats } = http, after = await good(await run(made))
    assert.deepEqual([after.result.sent, replica.sequence, http.repeats], [0, 5, repeats])
    assert.deepEqual(replica.lines(NAMES), await granted())
    // a receiver that lost all gets all, under the next number
    replica.lose()
    const anew = await good(await run(made))
    assert.deepEqual([anew.result.mode, anew.result.sequence], ['full', 6])
    assert.deepEqual(replica.lines(NAMES), await granted())
  })

  test('a receiver that stalls holds up nobody: loads and other receivers go on, its own wait', async () => {
    const made = await begin(toHttp, 'stalled'), other = await begin(toHttp, 'stalled_too'), beside = await begin(toFolder, 'beside_stalled')
    for (const one of [made, other, beside]) await good(one)
    await c.sys.put('/settings/deliveries.stall_seconds', { value: '60', version: 1 })
    await upsert(town(70, 4, '停镇'))
    http.faults = ['stall']
    const held = await run(made)
    await until(() => http.faults.length === 0) // it has the parcel, and does not answer
    const waits = await run(other)
    await upsert(town(75, 3, '行镇')) // a load posted afterwards is reconciled
    assert.equal((await good(await run(beside))).result.put, 7)
    assert.deepEqual([(await c.police.get('/jobs/' + held.job_id)).state, (await c.police.get('/jobs/' + waits.job_id)).state], ['running', 'queued'])
    await c.police.post(`/jobs/${held.job_id}/cancel`, {})
    assert.equal((await good(waits)).result.put, 7)
    assert.equal((await c.police.job(held.job_id)).state, 'cancelled')
    assert.equal((await good(await run(made))).result.put, 7)
    await c.sys.put('/settings/deliveries.stall_seconds', { value: '1', version: 2 })
    for (const one of [made, other, beside]) await c.police.post(`/deliveries/${one.delivery_id}/stop`, {})
  })

  test('a target changed: its secret stays on the same server, all records go to the new place; removed once nothing uses it', async () => {
    const made = await begin(toSftp, 'moved'), get = () => c.sys.get('/targets/' + toSftp)
    await good(made)
    const before = await get(), put = (change) => c.sys.call('PUT', '/targets/' + toSftp, { version: before.version, name: '警务 SFTP', org_id: c.otherOrg, ...change })
    assert.deepEqual([before.url, before.fingerprint, before.secret], [sftp.url, sftp.fingerprint, true])
    assert.ok(before.uses.some((use) => use.kind === 'delivery' && use.id === made.delivery_id && use.what === 'moved'))
    const refused = async (change, status, rule) => { const answer = await put(change); assert.deepEqual([answer.status, answer.body.rule], [status, rule], JSON.stringify(answer.body)) }
    await refused({ version: 9 }, 409, 'version')
    await refused({ kind: 'http', url: http.url }, 409, 'in_use')
    await refused({ org_id: c.supplierOrg }, 409, 'in_use')
    await refused({ url: sftp.url.replace('//', '//x') }, 400, 'secret_again')
    await refused({ fingerprint: 'SHA256:' + 'A'.repeat(43) }, 400, 'secret_again')
    await refused({ no_secret: true }, 400, 'secret_again')
    await refused({ name: '警务接口' }, 409, 'unique')
    mkdirSync(join(sftp.home, 'elsewhere'))
    const url = sftp.url + '/elsewhere'
    assert.equal((await c.sys.post('/targets/try', { kind: 'sftp', url, target_id: toSftp })).server, 'SFTP')
    assert.equal((await put({ url, name: '警务 SFTP 新' })).status, 200)
    const job = await good(await run(made))
    assert.deepEqual([job.result.mode, job.result.sequence], ['full', 2])
    const fresh = new Replica()
    fresh.lose() // it begins with the number after the last one
    assert.deepEqual(takeFolder(fresh, join(sftp.home, 'elsewhere/moved')).lines(NAMES), await granted())
    const inUse = await c.sys.refused(409, 'DELETE', `/targets/${toSftp}?version=${before.version + 1}`)
    assert.equal(inUse.rule, 'in_use')
    const extra = await target('临时接口', 'http', http.url), short = await begin(extra, 'short')
    await good(short)
    await c.police.post(`/deliveries/${short.delivery_id}/stop`, {})
    await c.police.refused(403, 'DELETE', `/targets/${extra}?version=1`)
    await c.sys.ok('DELETE', `/targets/${extra}?version=1`)
    const kept = await c.police.get('/deliveries/' + short.delivery_id)
    assert.deepEqual([kept.target_name, kept.place, kept.kind, kept.runs.length], ['临时接口', http.url, 'http', 1], 'its history stays')
    assert.ok((await c.police.get('/deliveries')).items.some((one) => one.delivery_id === short.delivery_id))
    assert.ok(!(await c.sys.get('/targets')).items.some((one) => one.target_id === extra))
    await target('临时接口', 'http', http.url)
    assert.match(JSON.stringify(await c.audit.evidence('action=target.remove', (items) => items.some((one) => one.status === 200))), /临时接口/)
    assert.equal((await c.sys.call('PUT', '/targets/' + toSftp, { version: before.version + 1, name: '警务 SFTP', org_id: c.otherOrg, url: sftp.url })).status, 200)
    await c.police.post(`/deliveries/${made.delivery_id}/stop`, {})
  })

  test('the grant ends: paused at once, also while it waits; goes on under a new one', async () => {
    const made = await begin(toHttp, 'ending'), replica = http.replica(made.delivery_id)
    await good(made)
    await upsert(town(60, 5, '终镇'))
    http.faults = Array(20).fill('error')
    const next = await run(made)
    await c.police.job(next.job_id, { until: () => http.faults.length < 20 })
    await revoke(grant)
    await fails(next, 'grant_revoked')
    http.faults = []
    const one = await c.police.get('/deliveries/' + made.delivery_id)
    assert.deepEqual([one.state, one.reason], ['paused', 'grant'])
    assert.equal(replica.sequence, 1)
    await fails(await run(made), 'grant_revoked')
    grant = await give()
    const again = await good(await c.police.post(`/deliveries/${made.delivery_id}/resume`, {}))
    assert.deepEqual([again.result.mode, again.result.sequence], ['full', 2], 'another grant: all records')
    assert.deepEqual(replica.lines(NAMES), await granted())
    assert.equal(replica.taken[1].grant_id, grant)
  })

  test('kill -9 at any point: nothing lost, nothing doubled', { timeout: 240000 }, async (t) => {
    const dice = random()
    t.diagnostic('seed ' + seed)
    const places = [['folder', toFolder, () => takeFolder(new Replica(), join(root, 'police/killed'))],
      ['sftp', toSftp, () => takeFolder(new Replica(), join(sftp.home, 'killed'))],
      ['http', toHttp, (made) => http.replica(made.delivery_id)]]
    const mades = []
    for (const [, to] of places) mades.push(await begin(to, 'killed'))
    for (const made of mades) await good(made)
    let running = 0
    for (let round = 0; round < 3; round++) {
      await upsert(town(100 * round, 100, '杀镇' + round))
      const jobs = []
      for (const made of mades) jobs.push((await run(made)).job_id)
      await pause(dice() * 150)
      for (const id of jobs) running += (await c.police.get('/jobs/' + id)).state === 'running'
      await c.server.kill({ over: true })
      await c.server.start()
      for (const id of jobs) await good({ job_id: id })
    }
    t.diagnostic(`${running} runs were under way`)
    const should = await granted()
    for (const [i, [name, , held]] of places.entries()) {
      const replica = held(mades[i])
      assert.deepEqual(replica.lines(NAMES), should, name)
      assert.equal(replica.sequence, 4, name)
    }
  })
})
