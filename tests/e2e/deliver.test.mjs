// Delivery to a receiver's PostgreSQL: full and by increments, reconciled on both sides; faults of target and grant; kill -9 in the
// middle: nothing lost, nothing doubled.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { smallDisk } from './small_disk.mjs'
import { suite, Server, freshStore, random, seed } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, peopleHeader, peopleRow, citizenSpread, load } from './city.mjs'

const ROWS = 3000
const psql = (url, sql) => {
  const env = { ...process.env, PGOPTIONS: '-c default_transaction_read_only=off' }
  const done = spawnSync('psql', [url, '-qAtc', sql], { encoding: 'utf8', maxBuffer: 1 << 28, env })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout.trim()
}
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** A resource with rows, the police's database, and how to grant it to their application. */
async function scene(c, rows, database) {
  const resource = await publish(c, peopleDocument())
  const job = await load(c.officer, resource, 'people.csv', peopleCsv(rows))
  assert.equal(job.state, 'reconciled', JSON.stringify(job))
  const url = database?.url ?? freshStore('postgres')
  const target = database?.target ?? (await c.sys.post('/targets', { name: '警务库', kind: 'postgres', url, org_id: c.otherOrg })).target_id
  const give = async (change = {}) => (await c.officer.post('/grants', { ways: ['api', 'batch'], resource_id: resource, account_id: c.appAccount, purpose: '常住人口全量比对', quota_day: 1000000,
    fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'name', mode: 'masked' }, { name: 'birth_date', mode: 'clear' }, { name: 'town', mode: 'clear' }, { name: 'height_cm', mode: 'clear' }],
    until: new Date(Date.now() + 86400000).toISOString(), ...change })).grant_id
  const revoke = async (id) => {
    const one = (await c.officer.get('/grants?resource=' + resource)).items.find((g) => g.grant_id === id)
    await c.officer.post(`/grants/${id}/revoke`, { reason: '测试', version: one.version })
  }
  return { c, resource, url, target, give, revoke }
}
/** What the receiver should hold: the application's view through the API, one line a record. */
async function granted(c, resource) {
  const rows = []
  for (let after = ''; after !== null;) {
    const page = await c.app.get(`/data/${resource}/records?limit=200${after && '&after=' + encodeURIComponent(after)}`)
    rows.push(...page.items.map((r) => [r.record_id, r.citizen_no, r.name, r.birth_date, r.town, r.height_cm].map((v) => v ?? '').join('|')))
    after = page.next
  }
  return rows.sort()
}
const held = (url, table) => psql(url, `SELECT _yiwang_id, citizen_no, name, birth_date, town, height_cm FROM ${table}`).split('\n').sort()

suite('delivery to a PostgreSQL database', (engine) => {
  let s, c, grant, made
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    s = await scene(c, ROWS)
    grant = await s.give()
  })
  after(() => c?.server.stop())
  const more = (rows) => scene(c, rows, s)
  const one = () => c.police.get('/deliveries/' + made.delivery_id)
  const run = async () => c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/run`, {})).job_id)
  const upsert = async (text) => {
    const job = await load(c.officer, s.resource, 'change.csv', text, { mode: 'upsert' })
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
  }

  test('targets: whose they are, tested, no password; others may not', async () => {
    assert.ok(!JSON.stringify(await c.sys.get('/targets')).includes(new URL(s.url).password))
    assert.ok((await c.police.post(`/targets/${s.target}/test`, {})).server)
    assert.deepEqual((await c.officer.get('/targets')).items, [])
    await c.officer.refused(404, 'POST', `/targets/${s.target}/test`, {})
    const body = { grant_id: grant, target_id: s.target, schema: 'public', table: 'people', mode: 'increments', timetable: 'manual' }
    await c.officer.refused(404, 'POST', '/deliveries', body)
    await c.police.refused(400, 'POST', '/deliveries', { ...body, table: 'a"; drop table x' })
    await c.police.refused(400, 'POST', '/deliveries', { ...body, timetable: 'hours' })
    await c.app.refused(403, 'POST', '/deliveries', body)
  })
  test('the first run delivers all granted rows, masked, and both sides agree', async () => {
    made = await c.police.post('/deliveries', { grant_id: grant, target_id: s.target, schema: 'public', table: 'people', mode: 'increments', timetable: 'manual' })
    const job = await c.police.job(made.job_id)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    assert.equal(job.result.mode, 'full')
    assert.equal(job.result.source_digest, job.result.target_digest)
    assert.match(job.result.source_digest, new RegExp(`^v1:${ROWS}:`))
    assert.deepEqual(held(s.url, 'people'), await granted(c, s.resource))
    const receipt = await c.police.get(`/jobs/${made.job_id}/receipt`)
    assert.equal(receipt.receipt.format, 'yiwang.delivery-receipt/2')
    assert.deepEqual([receipt.receipt.table_rows, receipt.receipt.table_digest, receipt.receipt.as_sent], [ROWS, job.result.target_digest, { rows: ROWS, digest: job.result.target_digest }])
    assert.equal(receipt.receipt.counts.sent, ROWS)
    assert.equal((await c.officer.get('/deliveries')).items[0].resource_name.slice(0, 4), '常住人口', 'the supplier sees who gets its data')
    const told = (items) => items.reduce((sum, e) => sum + Number(e.row_count ?? e.rows), 0)
    assert.equal(told(await c.audit.evidence(`action=delivery.send&resource=${s.resource}`, (items) => told(items) >= ROWS)), ROWS)
  })
  test('increments: only what changed; an emptied run; deletes', async () => {
    await upsert(peopleHeader + peopleRow(0, { citizen_no: citizenSpread(5), town: '新镇' }) + peopleRow(1, { citizen_no: citizenSpread(6), town: '' }) +
      peopleRow(2, { citizen_no: citizenSpread(90000), name: '新来' }))
    const job = await run()
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    const { mode, sent, inserted, updated, deleted } = job.result
    assert.deepEqual({ mode, sent, inserted, updated, deleted }, { mode: 'increments', sent: 3, inserted: 1, updated: 2, deleted: 0 })
    assert.deepEqual(held(s.url, 'people'), await granted(c, s.resource))
    const nothing = await run()
    assert.equal(nothing.result.sent, 0, JSON.stringify(nothing))
    assert.equal((await load(c.officer, s.resource, 'fewer.csv', peopleCsv(ROWS - 100))).state, 'reconciled')
    psql(s.url, `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
      CREATE TRIGGER keep BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION keep()`)
    assert.equal((await run()).error?.rule, 'target_differs', 'rows that a trigger keeps are found under their ids')
    psql(s.url, 'DROP TRIGGER keep ON people')
    const fewer = await run()
    assert.equal(fewer.result.mode, 'increments', JSON.stringify(fewer))
    assert.equal(fewer.result.deleted, 101)
    assert.deepEqual(held(s.url, 'people'), await granted(c, s.resource))
    assert.equal(fewer.result.table_rows, ROWS - 100)
    // the running digest of the mark is that of the whole table
    const full = await c.police.post('/deliveries', { grant_id: grant, target_id: s.target, schema: 'public', table: 'people_check', mode: 'full', timetable: 'daily', daily_minute: 90 })
    assert.equal((await c.police.job(full.job_id)).state, 'reconciled')
    const marks = psql(s.url, 'SELECT live FROM yiwang_delivery').split('\n')
    assert.equal(marks.length, 2)
    assert.equal(marks[0], marks[1])
    const next = new Date((await c.police.get('/deliveries/' + full.delivery_id)).next_at)
    assert.equal(next.toISOString().slice(11, 16), '17:30', '01:30 in Shanghai')
    // other days: by the week, and at the end of the month, however long it is
    const set = (body) => c.police.put(`/deliveries/${full.delivery_id}/timetable`, body), one = () => c.police.get('/deliveries/' + full.delivery_id)
    await c.police.refused(400, 'PUT', `/deliveries/${full.delivery_id}/timetable`, { timetable: 'weekly', weekdays: [], daily_minute: 0 })
    await c.officer.refused(404, 'PUT', `/deliveries/${full.delivery_id}/timetable`, { timetable: 'manual' })
    await set({ timetable: 'weekly', weekdays: [5, 2], daily_minute: 90 })
    const weekly = await one()
    assert.deepEqual([weekly.timetable, weekly.weekdays, weekly.daily_minute], ['weekly', [2, 5], 90])
    assert.ok([2, 5].includes(new Date(Date.parse(weekly.next_at) + 8 * 3600e3).getUTCDay()))
    await set({ timetable: 'monthly', month_day: 31, daily_minute: 1439 })
    const monthly = await one(), after = new Date(Date.parse(monthly.next_at) + 8 * 3600e3 + 60e3)
    assert.deepEqual([monthly.month_day, monthly.weekdays, after.getUTCDate(), after.getUTCHours()], [31, [], 1, 0], 'a minute later it is the first')
    await c.police.post(`/deliveries/${full.delivery_id}/stop`, {})
    await c.police.refused(409, 'POST', `/deliveries/${full.delivery_id}/run`, {})
    await c.police.refused(409, 'PUT', `/deliveries/${full.delivery_id}/timetable`, { timetable: 'manual' })
  })
  test('a target altered, full or read-only: failed with what to do, nothing half', async () => {
    await upsert(peopleHeader + peopleRow(0, { citizen_no: citizenSpread(7), town: '再新镇' }) + peopleRow(0, { citizen_no: citizenSpread(8), town: '再新镇' }))
    const before = held(s.url, 'people')
    const fails = async (sql, undo, rule) => {
      psql(s.url, sql)
      const job = await run()
      assert.equal(job.state, 'failed', JSON.stringify(job))
      assert.equal(job.error.rule, rule, JSON.stringify(job.error))
      assert.ok(job.error.advice)
      psql(s.url, undo)
      assert.deepEqual(held(s.url, 'people'), before)
    }
    await fails('ALTER TABLE people RENAME town TO place', 'ALTER TABLE people RENAME place TO town', 'target_altered')
    await fails(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END$$;
      CREATE TRIGGER full_disk AFTER INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION full_disk()`, 'DROP TRIGGER full_disk ON people', 'target_full')
    await fails(`CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.town := 'x'; RETURN NEW; END$$;
      CREATE TRIGGER meddle BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION meddle()`, 'DROP TRIGGER meddle ON people', 'target_differs')
    await fails(`CREATE FUNCTION afterwards() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE people SET town = 'y' WHERE _yiwang_id = NEW._yiwang_id; RETURN NULL; END$$;
      CREATE TRIGGER afterwards AFTER UPDATE ON people FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION afterwards()`, 'DROP TRIGGER afterwards ON people', 'target_differs')
    const name = new URL(s.url).pathname.slice(1)
    await fails(`ALTER DATABASE ${name} SET default_transaction_read_only = on`, `ALTER DATABASE ${name} SET default_transaction_read_only = off`, 'target_read_only')
    psql(s.url, 'CREATE TABLE taken (x int)')
    const taken = await c.police.post('/deliveries', { grant_id: grant, target_id: s.target, schema: 'public', table: 'taken', mode: 'full', timetable: 'manual' })
    assert.equal((await c.police.job(taken.job_id)).error.rule, 'target_taken')
    const good = await run()
    assert.equal(good.result?.updated, 2, JSON.stringify(good))
    assert.deepEqual(held(s.url, 'people'), await granted(c, s.resource))
  })
  test('a target that is full or read-only in earnest: the delivery waits and says why, goes on when it is mended, nothing is doubled', { timeout: 120000 }, async (t) => {
    const disk = smallDisk('200k', statSync(psql(s.url, 'SHOW data_directory')).uid)
    if (!disk) return t.skip('nothing can be mounted here')
    const name = new URL(s.url).pathname.slice(1), space = `small_${process.pid}_${engine}`
    psql(s.url, `CREATE TABLESPACE ${space} LOCATION '${disk.path}'`)
    psql(s.url, `ALTER DATABASE ${name} SET default_tablespace = ${space}`)
    const small = await c.police.post('/deliveries', { grant_id: grant, target_id: s.target, schema: 'public', table: 'small', mode: 'increments', timetable: 'manual' })
    const again = async () => c.police.job((await c.police.post(`/deliveries/${small.delivery_id}/run`, {})).job_id)
    const waits = async (job, rule) => {
      assert.equal(job.error?.rule, rule, JSON.stringify(job))
      const one = await c.police.get('/deliveries/' + small.delivery_id)
      assert.deepEqual([one.state, one.reason], ['paused', 'target'])
      assert.ok(one.problem && one.advice)
    }
    await waits(await c.police.job(small.job_id), 'target_full')
    await waits(await again(), 'target_full')
    disk.remount('size=32m')
    assert.equal((await again()).state, 'reconciled')
    const rows = await granted(c, s.resource)
    assert.deepEqual(held(s.url, 'small'), rows)
    assert.equal((await c.police.get('/deliveries/' + small.delivery_id)).state, 'active')
    await upsert(peopleHeader + peopleRow(3, { citizen_no: citizenSpread(9), town: '只读时' }))
    psql(s.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`)
    await waits(await again(), 'target_read_only')
    assert.deepEqual(held(s.url, 'small'), rows)
    psql(s.url, `ALTER DATABASE ${name} RESET ALL`)
    const mended = await c.police.job((await c.police.post(`/deliveries/${small.delivery_id}/resume`, {})).job_id)
    assert.deepEqual([mended.result?.mode, mended.result?.sent], ['increments', 1], JSON.stringify(mended))
    assert.deepEqual(held(s.url, 'small'), await granted(c, s.resource))
    await c.police.post(`/deliveries/${small.delivery_id}/stop`, {})
    psql(s.url, 'DROP TABLE small')
    await run()
  })
  test('a dropped or emptied table is delivered anew; privileges survive a swap', async () => {
    psql(s.url, 'DROP TABLE people')
    assert.equal((await run()).result.mode, 'full')
    psql(s.url, 'TRUNCATE people')
    const emptied = await run()
    assert.equal(emptied.result.mode, 'full')
    assert.ok(emptied.messages.some((message) => /emptied/.test(message.text)), JSON.stringify(emptied.messages))
    assert.deepEqual(held(s.url, 'people'), await granted(c, s.resource))
    psql(s.url, 'GRANT SELECT ON people TO PUBLIC')
    await s.revoke(grant)
    grant = await s.give({ fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'name', mode: 'masked' }, { name: 'birth_date', mode: 'masked' }, { name: 'town', mode: 'clear' }, { name: 'height_cm', mode: 'clear' }] })
    const anew = await run()
    assert.equal(anew.result?.mode, 'full', 'another grant: other values')
    assert.match(psql(s.url, `SELECT relacl FROM pg_class WHERE relname = 'people'`), /,=r\//)
    assert.deepEqual(held(s.url, 'people'), await granted(c, s.resource))
  })
  test('what the receipt says of the table was counted: rows taken or added there are told and all are delivered anew', async () => {
    const receipt = async (job) => (await c.police.get(`/jobs/${job.job_id}/receipt`)).receipt
    const counted = await run(), rows = await granted(c, s.resource)
    assert.equal(counted.result.mode, 'increments')
    assert.deepEqual([(await receipt(counted)).table_rows, (await receipt(counted)).as_sent.rows, (await receipt(counted)).table_digest], [rows.length, rows.length, undefined])
    for (const meddle of ['DELETE FROM people WHERE _yiwang_id IN (SELECT _yiwang_id FROM people LIMIT 744)', "INSERT INTO people (_yiwang_id, town) VALUES (7, '外来')"]) {
      psql(s.url, meddle)
      const there = psql(s.url, 'SELECT count(*) FROM people'), job = await run()
      assert.equal(job.result?.mode, 'full', JSON.stringify(job))
      assert.ok(job.messages.some((m) => m.text.includes(there) && m.text.includes(String(rows.length))), JSON.stringify(job.messages))
      assert.deepEqual(held(s.url, 'people'), rows)
      assert.equal((await receipt(job)).table_rows, rows.length)
    }
    // too large to be counted each time: as sent, until the day is over
    await c.sys.put('/settings/deliveries.count_rows', { value: '100', version: 0 })
    psql(s.url, 'DELETE FROM people WHERE _yiwang_id IN (SELECT _yiwang_id FROM people LIMIT 3)')
    const uncounted = await run(), said = await receipt(uncounted), shown = await one()
    assert.deepEqual([uncounted.result.mode, 'table_rows' in uncounted.result, 'table_rows' in said, said.as_sent.rows], ['increments', false, false, rows.length])
    assert.ok(shown.counted_at < shown.last_at)
    const anew = await c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/run`, { anew: true })).job_id)
    assert.deepEqual([anew.result?.mode, anew.result?.table_rows], ['full', rows.length], JSON.stringify(anew))
    assert.deepEqual(held(s.url, 'people'), rows)
    await c.sys.put('/settings/deliveries.count_rows', { value: '1000000', version: 1 })
  })
  test('a full delivery goes into the table that is there: what the receiver made on it stays, only what differs is written', { timeout: 120000 }, async () => {
    const role = `receiver_${process.pid}_${engine}`, url = new URL(s.url)
    psql(s.url, `CREATE ROLE ${role} LOGIN PASSWORD 'x1'; CREATE ROLE ${role}_owner; CREATE SCHEMA receiver AUTHORIZATION ${role}; GRANT ALL ON SCHEMA receiver TO ${role}_owner`)
    Object.assign(url, { username: role, password: 'x1' })
    const target = (await c.sys.post('/targets', { name: '警务库二', kind: 'postgres', url: url.href, org_id: c.otherOrg })).target_id
    const made = await c.police.post('/deliveries', { grant_id: grant, target_id: target, schema: 'receiver', table: 'kept', mode: 'full', timetable: 'manual' })
    assert.equal((await c.police.job(made.job_id)).state, 'reconciled')
    const run = async () => c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/run`, {})).job_id)
    psql(s.url, `SET search_path = receiver; CREATE INDEX kept_town ON kept (town); CREATE INDEX kept_birth ON kept (birth_date); COMMENT ON TABLE kept IS '接收方所用'; COMMENT ON COLUMN kept.name IS '脱敏姓名';
      ALTER TABLE kept ADD CONSTRAINT kept_height CHECK (height_cm > 0); CREATE VIEW kept_view AS SELECT town, count(*) AS n FROM kept GROUP BY town;
      CREATE TABLE marked (id bigint REFERENCES kept); INSERT INTO marked SELECT _yiwang_id FROM kept ORDER BY 1 LIMIT 5;
      ALTER TABLE kept OWNER TO ${role}_owner; GRANT SELECT, INSERT, UPDATE, DELETE ON kept TO ${role}; GRANT SELECT (town) ON kept TO PUBLIC`)
    const shape = () => psql(s.url, `SELECT c.oid, pg_get_userbyid(relowner), relacl, obj_description(c.oid, 'pg_class'), col_description(c.oid, 3), (SELECT string_agg(indexrelid::regclass::text, ',' ORDER BY 1) FROM pg_index WHERE indrelid = c.oid),
      (SELECT string_agg(conname, ',' ORDER BY 1) FROM pg_constraint WHERE conrelid = c.oid), (SELECT count(*) FROM receiver.marked) FROM pg_class c WHERE c.oid = 'receiver.kept'::regclass`)
    const before = shape(), written = psql(s.url, 'SELECT max(xmin::text::bigint) FROM receiver.kept')
    await upsert(peopleHeader + peopleRow(0, { citizen_no: citizenSpread(11), town: '改镇' }) + peopleRow(1, { citizen_no: citizenSpread(12), town: '改镇' }) + peopleRow(2, { citizen_no: citizenSpread(91000) }))
    const again = await run()
    assert.equal(again.state, 'reconciled', JSON.stringify(again))
    assert.equal(again.result.mode, 'full')
    assert.equal(shape(), before, 'the same table')
    assert.deepEqual(held(s.url, 'receiver.kept'), await granted(c, s.resource))
    assert.equal(psql(s.url, `SELECT count(*) FROM receiver.kept WHERE xmin::text::bigint > ${written}`), '3', 'rows written')
    assert.equal(psql(s.url, "SELECT n FROM receiver.kept_view WHERE town = '改镇'"), '2')
    assert.equal(psql(s.url, "SELECT count(*) FROM pg_class WHERE relname ~ '_yw_' AND relkind = 'r'"), '0')
    // a trigger that meddles is found, and nothing is taken
    psql(s.url, `CREATE FUNCTION receiver.meddle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.town := 'x'; RETURN NEW; END$$;
      CREATE TRIGGER meddle BEFORE UPDATE ON receiver.kept FOR EACH ROW EXECUTE FUNCTION receiver.meddle()`)
    await upsert(peopleHeader + peopleRow(0, { citizen_no: citizenSpread(11), town: '又改' }))
    const rows = held(s.url, 'receiver.kept')
    assert.equal((await run()).error?.rule, 'target_differs')
    assert.deepEqual(held(s.url, 'receiver.kept'), rows)
    psql(s.url, 'DROP TRIGGER meddle ON receiver.kept; ALTER TABLE receiver.kept OWNER TO ' + role)
    // other columns: a view stops it with the reason; then what still fits is made anew, and the rest is told
    await s.revoke(grant)
    grant = await s.give({ fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'name', mode: 'masked' }, { name: 'birth_date', mode: 'clear' }, { name: 'height_cm', mode: 'clear' }] })
    assert.equal((await run()).error?.rule, 'target_in_use')
    assert.deepEqual(held(s.url, 'receiver.kept'), rows)
    psql(s.url, 'DROP VIEW receiver.kept_view; DROP TABLE receiver.marked')
    const narrow = await run()
    assert.equal(narrow.state, 'reconciled', JSON.stringify(narrow))
    assert.equal(psql(s.url, `SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'receiver.kept'::regclass AND NOT indisprimary`), 'receiver.kept_birth')
    assert.equal(psql(s.url, `SELECT obj_description('receiver.kept'::regclass, 'pg_class'), col_description('receiver.kept'::regclass, 3), (SELECT conname FROM pg_constraint WHERE conrelid = 'receiver.kept'::regclass AND contype = 'c')`), '接收方所用|脱敏姓名|kept_height')
    assert.ok(narrow.messages.some((one) => /index kept_town/.test(one.text)), JSON.stringify(narrow.messages))
    await c.police.post(`/deliveries/${made.delivery_id}/stop`, {})
    await s.revoke(grant)
    grant = await s.give()
  })
  test('grant gone or quota used up: paused with the reason; goes on with a new grant', async () => {
    await s.revoke(grant)
    const refused = await run()
    assert.equal(refused.state, 'failed')
    assert.match(refused.error.rule, /grant_revoked/)
    let delivery = await one()
    assert.deepEqual([delivery.state, delivery.reason], ['paused', 'grant'])
    const rows = held(s.url, 'people')
    grant = await s.give({ quota_day: 10 })
    const small = await c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/resume`, {})).job_id)
    assert.equal(small.error?.rule, 'quota_day', JSON.stringify(small))
    delivery = await one()
    assert.deepEqual([delivery.state, delivery.reason], ['paused', 'quota'])
    assert.deepEqual(held(s.url, 'people'), rows)
    assert.ok(delivery.problem && delivery.advice)
    await s.revoke(grant)
    grant = await s.give()
    // by itself within a minute (delivery_test.c); or at once when asked
    const again = await c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/run`, {})).job_id)
    assert.equal(again.state, 'reconciled', JSON.stringify(again))
    delivery = await one()
    assert.deepEqual([delivery.state, delivery.reason, delivery.job_state], ['active', '', 'reconciled'])
    assert.deepEqual(held(s.url, 'people'), await granted(c, s.resource))
  })
  test('a grant changed while a delivery runs: it begins anew under the new one', { timeout: 120000 }, async () => {
    const s = await more(20000)
    const old = await s.give()
    const made = await c.police.post('/deliveries', { grant_id: old, target_id: s.target, schema: 'public', table: 'changed', mode: 'full', timetable: 'manual' })
    await c.police.job(made.job_id, { until: (job) => job.stage === 'fill' || job.state === 'reconciled' })
    const fresh = await s.give({ fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'town', mode: 'clear' }] })
    const job = await c.police.job(made.job_id)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    if (job.attempt === 1) await c.police.job((await c.police.post(`/deliveries/${made.delivery_id}/run`, {})).job_id) // it had ended already
    assert.equal(psql(s.url, `SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'changed'::regclass AND attnum > 0`), '_yiwang_id,citizen_no,town')
    assert.match(psql(s.url, `SELECT signature FROM yiwang_delivery WHERE delivery_id = ${made.delivery_id}`), new RegExp(`grant=${fresh} `))
    assert.equal(psql(s.url, 'SELECT count(*) FROM changed'), '20000')
  })
  test('the server killed while it delivers: nothing lost, nothing doubled', { timeout: 240000 }, async (t) => {
    const rows = 20000, dice = random()
    t.diagnostic('seed ' + seed)
    const s = await more(rows)
    grant = await s.give({ quota_day: 10000000 })
    const kill = async (job, most) => {
      await pause(dice() * most)
      const state = (await c.police.get('/jobs/' + job)).state
      await c.server.kill({ over: true })
      await c.server.start()
      return state
    }
    const check = await c.police.post('/deliveries', { grant_id: grant, target_id: s.target, schema: 'public', table: 'checked', mode: 'full', timetable: 'manual' })
    assert.equal((await c.police.job(check.job_id)).state, 'reconciled')
    // each batch takes its time, so that kills come in between
    psql(s.url, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(0.25); RETURN NEW; END$$;
      CREATE TRIGGER slow BEFORE UPDATE ON yiwang_delivery FOR EACH ROW EXECUTE FUNCTION slow()`)
    const made = await c.police.post('/deliveries', { grant_id: grant, target_id: s.target, schema: 'public', table: 'killed', mode: 'increments', timetable: 'manual' })
    const live = (id) => psql(s.url, `SELECT live FROM yiwang_delivery WHERE delivery_id = ${id}`)
    let running = 0
    const kills = 3
    while (psql(s.url, `SELECT 1 FROM yiwang_delivery WHERE delivery_id = ${made.delivery_id} AND filled_rid <> 0`) === '') await pause(10)
    for (let i = 0; i < kills; i++) running += (await kill(made.job_id, 150)) === 'running'
    const full = await c.police.job(made.job_id)
    assert.equal(full.state, 'reconciled', JSON.stringify(full))
    assert.ok(full.messages.some((one) => one.text === 'the delivery goes on where it stopped'), JSON.stringify(full))
    assert.equal(full.result.table_rows, rows)
    assert.equal(psql(s.url, 'SELECT count(*), count(DISTINCT _yiwang_id) FROM killed'), `${rows}|${rows}`)
    const changed = 8000
    let text = peopleHeader
    for (let n = 0; n < changed; n++) text += peopleRow(n, { citizen_no: citizenSpread(n * 2), town: '变镇' })
    assert.equal((await load(c.officer, s.resource, 'change.csv', text, { mode: 'upsert' })).state, 'reconciled')
    const next = await c.police.post(`/deliveries/${made.delivery_id}/run`, {})
    for (let i = 0; i < kills; i++) running += (await kill(next.job_id, 300)) === 'running'
    const job = await c.police.job(next.job_id)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    t.diagnostic(`${running} of ${2 * kills} kills hit a running delivery`)
    assert.equal(psql(s.url, `SELECT count(*), count(DISTINCT _yiwang_id), count(*) FILTER (WHERE town = '变镇') FROM killed`), `${rows}|${rows}|${changed}`)
    // the target's mark, kept batch by batch, is the digest of a fresh full delivery
    const fresh = await c.police.post(`/deliveries/${check.delivery_id}/run`, {})
    assert.equal((await c.police.job(fresh.job_id)).state, 'reconciled')
    assert.equal(live(made.delivery_id), live(check.delivery_id))
    assert.equal(psql(s.url, 'SELECT count(*) FROM (TABLE killed EXCEPT TABLE checked) x'), '0')
  })
})
