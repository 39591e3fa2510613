// Delivery through ODBC drivers in limited processes, to MariaDB and SQLite: full and by increments, reconciled on both sides; faults
// of target, driver and grant; kill -9 in the middle: nothing lost, nothing doubled.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, binary, folder, random, seed } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, peopleHeader, peopleRow, citizenSpread, load } from './city.mjs'
import { smallDisk } from './small_disk.mjs'
import { Generic, MariaDB, SQLiteFile, drivers } from './odbc_databases.mjs'

const ROWS = 1500, LARGE = 12000 // more than a batch
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
let maria
before(async () => { maria = await MariaDB.start() })
after(() => maria?.stop())

const clearFields = ['citizen_no', 'name', 'birth_date', 'town', 'height_cm']
const fieldsOf = (names, masked) => names.map((name) => ({ name, mode: masked.includes(name) ? 'masked' : 'clear' }))

async function people(c, rows) {
  const resource = await publish(c, peopleDocument())
  const job = await load(c.officer, resource, 'people.csv', peopleCsv(rows))
  assert.equal(job.state, 'reconciled', JSON.stringify(job))
  const give = async (change = {}) => (await c.officer.post('/grants', { ways: ['api', 'batch'], resource_id: resource, account_id: c.appAccount, purpose: '常住人口全量比对', quota_day: 10000000,
    fields: fieldsOf(clearFields, ['citizen_no', 'name']), until: new Date(Date.now() + 86400000).toISOString(), ...change })).grant_id
  const revoke = async (id) => {
    const one = (await c.officer.get('/grants?resource=' + resource)).items.find((g) => g.grant_id === id)
    await c.officer.post(`/grants/${id}/revoke`, { reason: '测试', version: one.version })
  }
  return { resource, give, revoke }
}
async function granted(c, resource, fields = clearFields) {
  const rows = []
  for (let after = ''; after !== null;) {
    const page = await c.app.get(`/data/${resource}/records?limit=200${after && '&after=' + encodeURIComponent(after)}`)
    rows.push(...page.items.map((r) => [r.record_id, ...fields.map((f) => r[f])].map((v) => v ?? '').join('|')))
    after = page.next
  }
  return rows.sort()
}
const held = (at, table, fields = clearFields) => at.sql(`SELECT _yiwang_id, ${fields.join(', ')} FROM ${table}`).split('\n').sort()
const marks = (at, id, columns = 'live') => at.sql(`SELECT ${columns} FROM yiwang_delivery WHERE delivery_id = ${id}`)

suite('delivery through ODBC', (engine) => {
  let c, databases
  const target = async (name, url) => (await c.sys.post('/targets', { name, kind: 'odbc', url, org_id: c.otherOrg })).target_id
  const deliver = async (grant, db, table, mode = 'full') => {
    const made = await c.police.post('/deliveries', { grant_id: grant, target_id: db.target, schema: db.schema, table, mode, timetable: 'manual' })
    return { ...made, job: (options) => c.police.job(made.job_id, options) }
  }
  const run = async (made) => c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/run`, {})).job_id)
  const reconciled = async (job) => {
    const one = await job
    assert.equal(one.state, 'reconciled', JSON.stringify(one))
    assert.equal(one.result.source_digest, one.result.target_digest)
    return one.result
  }
  before(async () => {
    const sources = folder('odbc') // instead of /etc: what an operator writes into its odbc.ini
    copyFileSync('/etc/odbcinst.ini', join(sources, 'odbcinst.ini'))
    writeFileSync(join(sources, 'odbc.ini'), `[police]\nDriver = MariaDB Unicode\nServer = 127.0.0.1\nPort = ${maria.port}\nDatabase = city\n`)
    c = await city(await Server.fresh(engine, { city: true, env: { ODBCSYSINI: sources } }))
    maria.sql('DROP DATABASE IF EXISTS city; CREATE DATABASE city', '')
    const sqlite = new SQLiteFile(c.server), generic = new Generic()
    databases = [{ name: 'MariaDB', at: maria, schema: 'city', target: await target('警务 MariaDB', maria.url()) },
      { name: 'SQLite', at: sqlite, schema: 'main', target: await target('警务 SQLite', sqlite.url()) },
      { name: 'generic', at: generic, schema: 'public', target: await target('警务通用', generic.url()) }]
  })
  after(() => c?.server.stop())

  test('targets: tested in words, no password out, no path or code in', async () => {
    const listed = JSON.stringify(await c.sys.get('/targets'))
    assert.ok(!listed.includes(MariaDB.password) && listed.includes(`127.0.0.1:${maria.port}/city`), listed)
    const found = await Promise.all(databases.map((db) => c.police.post(`/targets/${db.target}/test`, {})))
    assert.match(found[0].server, /^MariaDB 10\..*libmaodbc/)
    assert.match(found[1].server, /^SQLite 3\..*sqlite/)
    const awkward = MariaDB.password.replaceAll('}', '}}')
    const source = await c.sys.post('/targets/try', { kind: 'odbc', url: `odbc:Dialect=mariadb;DSN=police;Uid=yiwang;Pwd={${awkward}}` })
    assert.match(source.server, /^MariaDB 10/)
    const tried = async (url) => c.sys.call('POST', `/targets/${await target('t' + Math.random(), url)}/test`, {})
    const wrong = await tried(maria.url({ Pwd: 'wrong-secret' }))
    assert.equal(wrong.body.rule, 'target_login', JSON.stringify(wrong.body))
    assert.ok(!JSON.stringify(wrong.body).includes('wrong-secret'))
    assert.equal((await tried(maria.url({ Port: 1 }))).body.rule, 'target_gone')
    assert.equal((await tried(maria.url({ Driver: 'Nonesuch' }))).body.rule, 'target_driver')
    assert.equal((await tried(maria.url({ Dialect: 'generic' }))).body.rule, 'target_dialect')
    for (const url of ['odbc:Dialect=sqlite;Driver=SQLite3;Database=../yiwang.db', 'odbc:Dialect=sqlite;Driver=SQLite3;Database=/etc/x.db',
      'odbc:Dialect=sqlite;Driver=/tmp/evil.so;Database=x.db', 'odbc:Dialect=sqlite;Driver=SQLite3;Database=x.db;LoadExt=/tmp/evil.so',
      'odbc:Dialect=none;Driver=SQLite3;Database=x.db', 'odbc:Dialect=mariadb;Driver={MariaDB', 'odbc:FILEDSN=/tmp/x;Dialect=generic'])
      assert.equal((await c.sys.refused(400, 'POST', '/targets', { name: url, kind: 'odbc', url, org_id: c.otherOrg })).field, 'url', url)
    assert.deepEqual(drivers(c.server), [], 'no process stays')
  })
  test('full, then increments; every kind of value comes back as it was sent', { timeout: 120000 }, async () => {
    const s = await people(c, ROWS), grant = await s.give()
    for (const db of databases) {
      db.people = await deliver(grant, db, 'people', 'increments')
      const first = await reconciled(db.people.job())
      assert.equal(first.mode, 'full')
      assert.match(first.source_digest, new RegExp(`^v1:${ROWS}:`))
      assert.deepEqual(held(db.at, 'people'), await granted(c, s.resource), db.name)
    }
    const change = peopleHeader + peopleRow(0, { citizen_no: citizenSpread(5), town: '新镇' }) + peopleRow(1, { citizen_no: citizenSpread(6), town: '' }) +
      peopleRow(2, { citizen_no: citizenSpread(90000), name: '新来' })
    assert.equal((await load(c.officer, s.resource, 'change.csv', change, { mode: 'upsert' })).state, 'reconciled')
    for (const db of databases) {
      const { mode, sent, inserted, updated, deleted } = await reconciled(run(db.people))
      assert.deepEqual({ mode, sent, inserted, updated, deleted }, { mode: 'increments', sent: 3, inserted: 1, updated: 2, deleted: 0 }, db.name)
      assert.equal((await reconciled(run(db.people))).sent, 0)
    }
    assert.equal((await load(c.officer, s.resource, 'fewer.csv', peopleCsv(ROWS - 100))).state, 'reconciled')
    const rows = await granted(c, s.resource)
    for (const db of databases) {
      assert.equal((await reconciled(run(db.people))).deleted, 101)
      assert.deepEqual(held(db.at, 'people'), rows, db.name)
      const check = await deliver(grant, db, 'people_check')
      await reconciled(check.job())
      assert.equal(marks(db.at, db.people.delivery_id), marks(db.at, check.delivery_id), 'the running digest is that of the whole table')
      // again in full: the table is replaced, nothing is left beside it
      assert.equal((await reconciled(run(check))).mode, 'full')
      assert.deepEqual(held(db.at, 'people_check'), rows)
      db.at.sql('DELETE FROM people')
      assert.equal((await reconciled(run(db.people))).mode, 'full', 'emptied by the receiver')
      assert.deepEqual(held(db.at, 'people'), rows, db.name)
      db.at.sql('DELETE FROM people WHERE _yiwang_id > ' + db.at.sql('SELECT max(_yiwang_id) / 4 * 3 FROM people').split('.')[0])
      const there = db.at.sql('SELECT count(*) FROM people'), mended = await run(db.people)
      assert.notEqual(there, String(rows.length))
      assert.deepEqual([(await reconciled(mended)).mode, mended.result.table_rows], ['full', rows.length], db.name)
      assert.ok(mended.messages.some((m) => m.text.includes(there)), JSON.stringify(mended.messages))
      assert.deepEqual(held(db.at, 'people'), rows, db.name)
    }
    assert.equal(maria.sql("SHOW TABLES LIKE '%yw%'"), '')
    Object.assign(databases, { s, grant })
  })
  test('numbers, times and texts at their ends', async () => {
    const field = (name, kind, more = {}) => ({ name, title: name, source_name: name, kind, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...more })
    const resource = await publish(c, peopleDocument({ rules: [], fields: [field('no', 'integer', { key: true, required: true }), field('amount', 'decimal', { scale: 2 }),
      field('ratio', 'double'), field('day', 'date'), field('at', 'time'), field('yes', 'boolean'), field('note', 'text')] }))
    const text = 'no,amount,ratio,day,at,yes,note\n' +
      '1,12345678901234567.89,0.30000000000000004,2026-02-28,2026-11-26T12:00:00.123456+08:00,true,"it\'s; a ""quote"" \\ 😀"\n' +
      '2,-0.01,-1e-300,1970-01-01,1970-01-01T00:00:00Z,false,"a\nb  c"\n3,,,,,,\n9007199254740993,0.10,1e308,9999-12-31,2000-02-29 23:59:59,true,x\n'
    const loaded = await load(c.officer, resource, 'kinds.csv', text)
    assert.equal(loaded.state, 'reconciled', JSON.stringify(loaded))
    assert.equal(loaded.result.refused ?? 0, 0, JSON.stringify(loaded.result))
    const grant = (await c.officer.post('/grants', { ways: ['api', 'batch'], resource_id: resource, account_id: c.appAccount, purpose: '测试', quota_day: 1000,
      fields: fieldsOf(['no', 'amount', 'ratio', 'day', 'at', 'yes', 'note'], []), until: new Date(Date.now() + 86400000).toISOString() })).grant_id
    for (const db of databases) {
      const made = await deliver(grant, db, 'kinds', 'increments')
      assert.equal((await reconciled(made.job())).sent, 4)
      assert.equal(db.at.sql('SELECT amount FROM kinds WHERE no = 1'), '12345678901234567.89')
    }
    assert.equal(maria.sql('SELECT at, day, yes FROM kinds WHERE no = 1'), '2026-11-26 12:00:00.123456|2026-02-28|1')
    assert.equal(databases[1].at.sql('SELECT at FROM kinds WHERE no = 1'), '2026-11-26T12:00:00.123456+08:00')
  })
  test('a target altered, taken, denied, read-only or full: failed with what to do, nothing half', async () => {
    const { s, grant } = databases, [m, q] = databases
    const text = peopleHeader + peopleRow(0, { citizen_no: citizenSpread(7), town: '再新镇' }) + peopleRow(0, { citizen_no: citizenSpread(8), town: '再新镇' })
    assert.equal((await load(c.officer, s.resource, 'change.csv', text, { mode: 'upsert' })).state, 'reconciled')
    const fails = async (db, sql, undo, rule) => {
      const before = held(db.at, 'people')
      db.at.sql(sql)
      const job = await run(db.people)
      assert.equal(job.state, 'failed', `${db.name} ${sql} ${JSON.stringify(job)}`)
      assert.equal(job.error.rule, rule, JSON.stringify(job.error))
      assert.ok(job.error.advice)
      db.at.sql(undo)
      assert.deepEqual(held(db.at, 'people'), before)
    }
    for (const db of databases) {
      await fails(db, 'ALTER TABLE people RENAME COLUMN town TO place', 'ALTER TABLE people RENAME COLUMN place TO town', 'target_altered')
      db.at.sql('CREATE TABLE taken (x int)')
      const taken = await deliver(grant, db, 'taken')
      assert.equal((await taken.job()).error.rule, 'target_taken')
    }
    await fails(q, `CREATE TRIGGER meddle AFTER INSERT ON people BEGIN UPDATE people SET town = 'x' WHERE _yiwang_id = NEW._yiwang_id; END`, 'DROP TRIGGER meddle', 'target_differs')
    await fails(m, `CREATE TRIGGER meddle BEFORE INSERT ON people FOR EACH ROW SET NEW.town = 'x'`, 'DROP TRIGGER meddle', 'target_differs')
    await fails(m, `CREATE TRIGGER full_disk BEFORE INSERT ON people FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'`, 'DROP TRIGGER full_disk', 'target_full')
    await fails(m, 'SET GLOBAL read_only = 1', 'SET GLOBAL read_only = 0', 'target_read_only')
    await fails(m, `REVOKE ALL ON city.* FROM 'yiwang'@'%'; GRANT SELECT ON city.* TO 'yiwang'@'%'`, `GRANT ALL ON city.* TO 'yiwang'@'%'`, 'target_rights')
    const rows = await granted(c, s.resource)
    for (const db of databases) {
      assert.equal((await reconciled(run(db.people))).updated, 2)
      assert.deepEqual(held(db.at, 'people'), rows)
      db.at.sql('DROP TABLE people')
      assert.equal((await reconciled(run(db.people))).mode, 'full', 'a dropped table is delivered anew')
    }
  })
  test('a full delivery leaves what the receiver made on its table; other columns: said what is lost', async () => {
    const { s, grant } = databases
    const made = {
      MariaDB: ["CREATE INDEX kept_birth ON kept (birth_date); ALTER TABLE kept COMMENT '接收方所用'; CREATE VIEW kept_view AS SELECT count(*) AS n FROM kept; CREATE TRIGGER quiet AFTER UPDATE ON kept FOR EACH ROW SET @a = 1",
        "SELECT concat(t.table_comment, (SELECT group_concat(DISTINCT index_name ORDER BY 1) FROM information_schema.statistics WHERE table_name = 'kept'), (SELECT group_concat(trigger_name) FROM information_schema.triggers WHERE event_object_table = 'kept')) FROM information_schema.tables t WHERE table_name = 'kept'"],
      SQLite: ["CREATE INDEX kept_birth ON kept (birth_date); CREATE VIEW kept_view AS SELECT count(*) AS n FROM kept; CREATE TRIGGER quiet AFTER UPDATE ON kept BEGIN SELECT 1; END",
        "SELECT group_concat(name) FROM sqlite_master WHERE tbl_name = 'kept' ORDER BY name"],
      generic: ["CREATE INDEX kept_birth ON kept (birth_date); COMMENT ON TABLE kept IS '接收方所用'; CREATE VIEW kept_view AS SELECT count(*) AS n FROM kept",
        "SELECT c.oid || obj_description(c.oid, 'pg_class') || (SELECT string_agg(indexrelid::regclass::text, ',' ORDER BY 1) FROM pg_index WHERE indrelid = c.oid) FROM pg_class c WHERE relname = 'kept'"],
    }
    const all = []
    for (const db of databases) {
      const one = await deliver(grant, db, 'kept')
      await reconciled(one.job())
      db.at.sql(made[db.name][0])
      all.push([db, one, db.at.sql(made[db.name][1])])
      assert.match(all.at(-1)[2], /kept_birth/)
    }
    const text = peopleHeader + peopleRow(0, { citizen_no: citizenSpread(21), town: '改镇 ' }) + peopleRow(1, { citizen_no: citizenSpread(22), town: '' }) + peopleRow(2, { citizen_no: citizenSpread(92000) })
    assert.equal((await load(c.officer, s.resource, 'kept.csv', text, { mode: 'upsert' })).state, 'reconciled')
    const rows = await granted(c, s.resource)
    for (const [db, one, before] of all) {
      assert.equal((await reconciled(run(one))).mode, 'full')
      assert.deepEqual(held(db.at, 'kept'), rows, db.name)
      assert.equal(db.at.sql(made[db.name][1]), before, db.name)
      assert.equal(db.at.sql('SELECT n FROM kept_view'), String(rows.length))
    }
    assert.equal(maria.sql("SHOW TABLES LIKE '%yw%'"), '')
    // a key of another table: kept, or said what stands in the way
    const key = { MariaDB: 'CREATE TABLE child (id bigint, CONSTRAINT child_person FOREIGN KEY (id) REFERENCES kept (_yiwang_id))', SQLite: 'CREATE TABLE child (id bigint REFERENCES kept (_yiwang_id))' }
    for (const [db, one] of all.slice(0, 2)) {
      db.at.sql(`${key[db.name]}; INSERT INTO child SELECT _yiwang_id FROM kept`)
      await reconciled(run(one))
    }
    const [, ofMaria] = all[0], inTheWay = async () => {
      const job = await run(ofMaria)
      assert.deepEqual([job.state, job.error.rule], ['failed', 'target_in_use'], JSON.stringify(job))
      assert.match(job.error.message, /child_person/)
      assert.ok(job.error.advice)
    }
    await s.revoke(grant)
    const few = await s.give({ filter: { 'height_cm.gte': 180 } })
    await inTheWay()
    assert.deepEqual(held(maria, 'kept'), rows)
    await s.revoke(few)
    const narrow = await s.give({ fields: fieldsOf(['citizen_no', 'name', 'birth_date'], ['citizen_no', 'name']) })
    await inTheWay()
    assert.deepEqual(held(maria, 'kept'), rows)
    maria.sql('DROP TABLE child')
    for (const [db, one] of all.slice(0, 2)) {
      const job = await run(one)
      assert.equal(job.state, 'reconciled', JSON.stringify(job))
      if (db.name === 'SQLite') assert.equal(db.at.sql('SELECT "table" FROM pragma_foreign_key_list(\'child\'); PRAGMA foreign_key_check'), 'kept')
      assert.ok(job.messages.some((message) => /indexes, triggers and comments/.test(message.text)), JSON.stringify(job.messages))
      assert.equal(db.at.sql('SELECT n FROM kept_view'), String(rows.length), db.name)
    }
    for (const [, one] of all) await c.police.post(`/deliveries/${one.delivery_id}/stop`, {})
    await s.revoke(narrow)
    databases.grant = await s.give()
    for (const db of databases) await reconciled(run(db.people))
  })
  test('a SQLite file that is full or read-only in earnest: the delivery waits and says why, goes on when it is mended', async (t) => {
    const disk = smallDisk('100k'), { s, grant } = databases
    if (!disk) return t.skip('nothing can be mounted here')
    symlinkSync(disk.path, join(c.server.dir, 'targets', 'small'))
    const at = new SQLiteFile(c.server, 'small/city.db'), db = { at, schema: 'main', target: await target('警务小盘', at.url()) }
    const made = await deliver(grant, db, 'people', 'increments')
    const waits = async (job, rule) => {
      assert.equal(job.error?.rule, rule, JSON.stringify(job))
      const one = await c.police.get('/deliveries/' + made.delivery_id)
      assert.deepEqual([one.state, one.reason], ['paused', 'target'])
      assert.ok(one.problem && one.advice)
    }
    await waits(await made.job(), 'target_full')
    disk.remount('size=16m')
    await reconciled(run(made))
    const rows = await granted(c, s.resource)
    assert.deepEqual(held(at, 'people'), rows)
    const text = peopleHeader + peopleRow(0, { citizen_no: citizenSpread(23), town: '只读时' })
    assert.equal((await load(c.officer, s.resource, 'ro.csv', text, { mode: 'upsert' })).state, 'reconciled')
    disk.remount('ro')
    await waits(await run(made), 'target_read_only')
    assert.deepEqual(held(at, 'people'), rows)
    disk.remount('rw')
    const job = await reconciled(c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/resume`, {})).job_id))
    assert.deepEqual([job.mode, job.sent], ['increments', 1])
    assert.deepEqual(held(at, 'people'), await granted(c, s.resource))
    await c.police.post(`/deliveries/${made.delivery_id}/stop`, {})
    for (const one of databases) await reconciled(run(one.people))
  })
  test('a swap killed between its statements is finished, or undone, by what the target holds', async () => {
    const [m, , g] = databases, id = m.people.delivery_id
    const after = `UPDATE yiwang_delivery SET run = '1', coming = signature, filled = live, run_position = position, signature = 'before', done_run = '0', live = 'v1:0:00000000000000000000000000000000' WHERE delivery_id = ${id}`
    const whole = marks(maria, id, 'signature, live')
    maria.sql(after + '; CREATE TABLE people_yw_old (x int)') // as if killed just after RENAME TABLE
    const job = await reconciled(run(m.people))
    assert.deepEqual([job.mode, job.sent], ['increments', 0])
    assert.equal(marks(maria, id, 'signature, live'), whole)
    assert.equal(marks(maria, id, 'concat(run, coming)'), '')
    maria.sql(after + '; DELETE FROM people LIMIT 1') // the staging table is gone, but this is not what filled it
    assert.equal((await reconciled(run(m.people))).mode, 'full')
    assert.deepEqual(held(maria, 'people'), await granted(c, databases.s.resource))
    maria.sql('CREATE TABLE people_yw_old (x int)') // killed before the old table went
    assert.equal((await reconciled(run(m.people))).mode, 'increments')
    assert.equal(maria.sql("SHOW TABLES LIKE '%yw%'"), '')
    // where rows are copied: a live table just made, whose rows were not committed
    g.at.sql(`UPDATE yiwang_delivery SET run = '1', coming = 'x', columns = '' WHERE delivery_id = ${g.people.delivery_id}; DELETE FROM people`)
    assert.equal((await reconciled(run(g.people))).mode, 'full')
    assert.deepEqual(held(g.at, 'people'), await granted(c, databases.s.resource))
  })
  test('the driver lives in a limited process; its death fails the run, not the server', { timeout: 120000 }, async () => {
    const s = await people(c, LARGE), grant = await s.give(), dice = random()
    Object.assign(databases, { large: s, largeGrant: grant })
    for (const db of databases.slice(0, 2)) {
      const made = await deliver(grant, db, 'crashed')
      const limited = () => drivers(c.server).find((one) => /NoNewPrivs:\t1/.test(one.status) && /Max open files +64 /.test(one.limits))
      let child, job = made
      for (let tries = 0; tries < 40; tries++) { // a run that ended before it was hit is run again
        while (!(child = limited())) await pause(2)
        await pause(10 + dice() * 100)
        if (drivers(c.server).some((one) => one.pid === child.pid)) process.kill(child.pid, db.name === 'SQLite' ? 'SIGABRT' : 'SIGKILL')
        job = await c.police.job(job.job_id)
        if (job.state === 'failed') break
        job = await c.police.post(`/deliveries/${made.delivery_id}/run`, {})
      }
      if (!binary.includes('asan')) assert.match(child.limits, /Max address space +1073741824 /) // a sanitizer maps terabytes
      assert.ok(!child.cmdline.includes('p;w'), child.cmdline)
      assert.equal(job.state, 'failed', JSON.stringify(job))
      assert.equal(job.error.rule, 'target_driver', JSON.stringify(job.error))
      assert.match(job.error.message, db.name === 'SQLite' ? /crashed \(signal 6\)/ : /was killed/)
      assert.deepEqual([(await reconciled(run(made))).table_rows, db.at.sql('SELECT count(DISTINCT _yiwang_id) FROM crashed')], [LARGE, String(LARGE)])
    }
    assert.ok(!existsSync(join(c.server.dir, 'targets', 'core')))
  })
  test('a grant that ends while a delivery runs pauses it; it goes on with a new one', { timeout: 120000 }, async () => {
    const { large: s } = databases, [m, q] = databases
    for (const db of [m, q]) {
      await s.revoke(databases.largeGrant)
      const grant = await s.give()
      const made = await deliver(grant, db, 'ended')
      await made.job({ until: (job) => job.stage === 'fill' || job.stage === 'index' || job.state === 'reconciled' })
      await s.revoke(grant)
      const job = await made.job()
      if (job.state === 'reconciled') assert.equal((await run(made)).state, 'failed') // it had ended already
      else assert.match(job.error.rule, /grant_revoked|no_grant/)
      const one = await c.police.get('/deliveries/' + made.delivery_id)
      assert.deepEqual([one.state, one.reason], ['paused', 'grant'])
      databases.largeGrant = await s.give()
      await reconciled(c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/resume`, {})).job_id))
      assert.equal(db.at.sql('SELECT count(*) FROM ended'), String(LARGE))
    }
  })
  test('the server killed while it delivers: nothing lost, nothing doubled', { timeout: 240000 }, async (t) => {
    const rows = LARGE, changed = 4000, two = databases.slice(0, 2), dice = random(), { large: s, largeGrant: grant } = databases
    t.diagnostic('seed ' + seed)
    let running = 0, kills = 0
    const kill = async (jobs, most) => {
      const states = () => Promise.all(jobs.map((job) => c.police.get('/jobs/' + job)))
      while (!drivers(c.server).length && (await states()).some((job) => ['queued', 'running'].includes(job.state))) await pause(2)
      await pause(dice() * most)
      running += (await states()).some((job) => job.state === 'running')
      kills++
      await c.server.kill({ over: true })
      await c.server.start()
    }
    const made = [], times = 2
    for (const db of two) made.push(await deliver(grant, db, 'killed', 'increments'))
    for (let i = 0; i < times; i++) await kill(made.map((one) => one.job_id), 400)
    for (const one of made) assert.equal((await reconciled(one.job())).table_rows, rows)
    let text = peopleHeader
    for (let n = 0; n < changed; n++) text += peopleRow(n, { citizen_no: citizenSpread(n * 2), town: '变镇' })
    assert.equal((await load(c.officer, s.resource, 'change.csv', text, { mode: 'upsert' })).state, 'reconciled')
    const next = []
    for (const one of made) next.push((await c.police.post(`/deliveries/${one.delivery_id}/run`, {})).job_id)
    for (let i = 0; i < times; i++) await kill(next, 400)
    for (const [i, db] of two.entries()) {
      await reconciled(c.police.job(next[i]))
      assert.equal(db.at.sql(`SELECT count(*), count(DISTINCT _yiwang_id), count(CASE WHEN town = '变镇' THEN 1 END) FROM killed`), `${rows}|${rows}|${changed}`)
      const check = await deliver(grant, db, 'checked')
      await reconciled(check.job())
      assert.equal(marks(db.at, made[i].delivery_id), marks(db.at, check.delivery_id))
    }
    t.diagnostic(`${running} of ${kills} kills hit a running delivery`)
  })
})
