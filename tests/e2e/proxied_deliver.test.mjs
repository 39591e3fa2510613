// Records that stay at the supplier (PostgreSQL, MariaDB), delivered in full to every kind of target: masked, within the row filter, counted,
// reconciled, told to evidence. What changed is not to be had; the source is altered, has a key twice, goes away; a quota that does not reach.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, freshStore, suite } from './harness.mjs'
import { citizenSpread, city, peopleDocument, publish } from './city.mjs'
import { MariaDB, SQLiteFile } from './odbc_databases.mjs'
import { HttpReceiver, Replica, SftpReceiver, takeFolder } from './receivers.mjs'

let maria
before(async () => { maria = await MariaDB.start() })
after(() => maria?.stop())
const psql = (url, sql) => {
  const done = spawnSync('psql', [url, '-qAtc', sql], { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout.trim()
}
const sample = 230, LARGE = 10400 // more than a batch
const names = ['citizen_no', 'name', 'town', 'height_cm']
const columns = { citizen_no: 'no', name: 'name', birth_date: 'born', town: 'town', height_cm: 'height', updated_on: '' }
const values = (n) => `('${citizenSpread(n)}','张${n}','1980-05-0${1 + (n % 9)}',${n % 10 ? `'镇${n % 21}'` : 'NULL'},${150 + (n % 40)})`

suite('delivery of proxied records', (engine) => {
  let c, url, root, sftp, http, resource, fromMaria, grant, grantMaria
  const until = () => new Date(Date.now() + 86400000).toISOString()
  const give = async (of, change = {}) => (await c.officer.post('/grants', { ways: ['api', 'batch'], resource_id: of, account_id: c.appAccount, purpose: '核验常住人口', until: until(), quota_day: 1000000,
    filter: { 'height_cm.gte': 155 }, fields: names.map((name) => ({ name, mode: ['citizen_no', 'name'].includes(name) ? 'masked' : 'clear' })), ...change })).grant_id
  const target = async (name, kind, at, more = {}) => (await c.sys.post('/targets', { name, kind, url: at, org_id: c.otherOrg, ...more })).target_id
  const begin = (to, of, change) => c.police.post('/deliveries', { grant_id: of, target_id: to, table: 'people', mode: 'full', timetable: 'manual', ...change })
  const good = async (made, options) => {
    const job = await c.police.job(made.job_id, options)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    assert.equal(job.result.source_digest, job.result.target_digest)
    return job.result
  }
  const run = (made) => c.police.post(`/deliveries/${made.delivery_id}/run`, {})
  const granted = async (of) => {
    const rows = []
    for (let next = ''; next !== null;) {
      const page = await c.app.get(`/data/${of}/records?limit=200${next && '&after=' + encodeURIComponent(next)}`)
      rows.push(...page.items.map((r) => [r.record_id, ...names.map((name) => r[name])].map((v) => v ?? '').join('|')))
      next = page.next
    }
    return rows.sort()
  }
  const held = (text) => text.split('\n').sort()
  const select = (table) => `SELECT _yiwang_id, ${names.join(', ')} FROM ${table}`

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    url = freshStore('postgres')
    psql(url, 'CREATE TABLE people (no char(18) primary key, name text, born date, town varchar(30), height int)')
    psql(url, 'INSERT INTO people VALUES ' + [...Array(sample).keys()].map(values).join(','))
    maria.sql('DROP DATABASE IF EXISTS city; CREATE DATABASE city CHARACTER SET utf8mb4', '')
    maria.sql('CREATE TABLE people (no char(18) primary key, name text, born date, town varchar(30), height int)')
    maria.sql('INSERT INTO people VALUES ' + [...Array(sample).keys()].map(values).join(','))
    root = folder('delivered')
    mkdirSync(join(root, 'police'))
    await c.sys.put('/settings/deliveries.folder', { value: root, version: 0 })
    resource = await publish(c, peopleDocument())
    fromMaria = await publish(c, peopleDocument())
    const source = async (name, kind, at) => (await c.sys.post('/sources', { name, kind, url: at, org_id: c.supplierOrg })).source_id
    await c.officer.post(`/resources/${resource}/proxy`, { source_id: await source('前置库', 'postgres', url), schema: 'public', table: 'people', mapping: columns })
    await c.officer.post(`/resources/${fromMaria}/proxy`, { source_id: await source('MariaDB 前置库', 'odbc', maria.url()), schema: 'city', table: 'people', mapping: columns })
    grant = await give(resource)
    grantMaria = await give(fromMaria)
    sftp = await new SftpReceiver().start()
    http = await new HttpReceiver().start()
  })
  after(async () => {
    sftp?.stop()
    http?.stop()
    await c?.server.stop()
    assert.ifError(http?.failure)
  })

  let database, store
  test('to a database: the rows that the grant shows, masked, as they are at that moment; changed ones the next time', async () => {
    store = freshStore('postgres')
    database = await target('接收库', 'postgres', store)
    const made = await begin(database, grant, { schema: 'public' })
    const first = await good(made), shown = await granted(resource)
    assert.deepEqual([first.mode, first.sent, first.table_rows], ['full', shown.length, shown.length])
    assert.deepEqual(held(psql(store, select('people'))), shown)
    assert.ok(shown.length > 100 && shown.length < sample && shown.every((row) => /\|\d{3}\*+/.test(row)))
    psql(url, `UPDATE people SET town = '新镇' WHERE height = 160; DELETE FROM people WHERE height = 170; INSERT INTO people VALUES ${values(5000)}`)
    await good(await run(made))
    assert.deepEqual(held(psql(store, select('people'))), await granted(resource))
    const evidence = (await c.audit.get(`/evidence?action=delivery.send&resource=${resource}`)).items
    assert.equal(Number(evidence.at(-1).row_count ?? evidence.at(-1).rows), shown.length)
    assert.equal(evidence[0].purpose, '核验常住人口')
    assert.ok(!JSON.stringify(evidence).includes(citizenSpread(5)))
    const receipt = await c.police.get(`/jobs/${made.job_id}/receipt`)
    assert.match(receipt.receipt.signed_for, /proxied/)
  })

  test('from MariaDB to SQLite and MariaDB by ODBC, to a folder, an SFTP server and an HTTP endpoint', async () => {
    const shown = await granted(fromMaria), file = new SQLiteFile(c.server)
    await good(await begin(await target('警务 SQLite', 'odbc', file.url()), grantMaria, { schema: 'main' }))
    assert.deepEqual(held(file.sql(select('people'))), shown)
    await good(await begin(await target('警务 MariaDB', 'odbc', maria.url()), grantMaria, { schema: 'city', table: 'received' }))
    assert.deepEqual(held(maria.sql(select('received'))), shown)
    const places = { 'to folder': await target('警务文件夹', 'folder', 'folder:police'),
      'to sftp': await target('警务 SFTP', 'sftp', sftp.url, { fingerprint: sftp.fingerprint, secret: sftp.secret }), 'to http': await target('警务接口', 'http', http.url) }
    for (const [name, to] of Object.entries(places)) {
      const made = await begin(to, grantMaria, { format: 'jsonl' }), result = await good(made)
      assert.deepEqual([result.mode, result.put, result.table_rows], ['full', shown.length, shown.length], name)
      const replica = name === 'to http' ? http.replica(made.delivery_id) : new Replica()
      if (name !== 'to http') takeFolder(replica, join(name === 'to sftp' ? sftp.home : join(root, 'police'), 'people'))
      assert.deepEqual(replica.lines(names), shown, name)
    }
  })

  test('what changed is not to be had: full only, said so', async () => {
    const problem = await c.police.refused(409, 'POST', '/deliveries', { grant_id: grant, target_id: database, schema: 'public', table: 'changes', mode: 'increments', timetable: 'manual' })
    assert.deepEqual([problem.rule, problem.field], ['proxied', 'mode'])
    assert.match(problem.detail, /stay at the supplier/)
    assert.ok(problem.advice)
  })

  test('a table altered, a key twice, a quota that does not reach: nothing is switched over, nothing of the supplier told', async () => {
    const made = await begin(database, grant, { schema: 'public', table: 'guarded' })
    await good(made)
    const before = psql(store, select('guarded'))
    const fails = async (rule) => {
      const job = await c.police.job((await run(made)).job_id)
      assert.deepEqual([job.state, job.error.rule], ['failed', rule], JSON.stringify(job))
      assert.ok(job.error.advice && !JSON.stringify(job.error).includes('people_real'))
      assert.equal(psql(store, select('guarded')), before)
    }
    psql(url, 'ALTER TABLE people RENAME TO people_real; CREATE VIEW people AS SELECT * FROM people_real UNION ALL SELECT * FROM people_real WHERE height = 180')
    await fails('source_value')
    psql(url, 'DROP VIEW people; CREATE VIEW people AS SELECT no, name, born, town FROM people_real')
    await fails('source_altered')
    psql(url, 'DROP VIEW people; ALTER TABLE people_real RENAME TO people')
    await good(await run(made))
    const one = (await c.officer.get('/grants?resource=' + resource)).items.find((g) => g.grant_id === grant)
    await c.officer.post(`/grants/${grant}/revoke`, { reason: '测试', version: one.version })
    await give(resource, { quota_day: 20 })
    await fails('quota_day')
    const waits = await c.police.get('/deliveries/' + made.delivery_id)
    assert.deepEqual([waits.state, waits.reason], ['paused', 'quota'])
  })

  test('more than a batch; the source goes away in the middle and comes back: the run begins anew by itself', async () => {
    maria.sql(`INSERT INTO people SELECT LPAD(seq, 18, '0'), CONCAT('李', seq), '1990-01-01', '大镇', 150 + seq MOD 40 FROM seq_1_to_${LARGE - sample}`)
    const made = await begin(database, grantMaria, { schema: 'public', table: 'large' })
    await c.police.job(made.job_id, { until: (job) => job.stage === 'fill' || job.state === 'reconciled' })
    maria.child.kill('SIGKILL')
    await maria.launch()
    const result = await good(made), shown = Number(maria.sql('SELECT count(*) FROM people WHERE height >= 155'))
    assert.equal(result.table_rows, shown)
    assert.equal(Number(psql(store, 'SELECT count(DISTINCT _yiwang_id) FROM large')), shown)
  })
})
