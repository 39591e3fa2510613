// Proxied resources: records stay in the supplier's PostgreSQL database and are asked for there, through the same grants, masks, row
// filters, quota and evidence as stored ones. The source dies, hangs, is slow and is altered.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import net from 'node:net'
import { spawnSync } from 'node:child_process'
import { suite, Server, freshStore } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, citizenSpread, load } from './city.mjs'

const psql = (url, sql) => {
  const done = spawnSync('psql', [url, '-qAtc', sql], { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout.trim()
}

/** A line to the database that can be cut, or go silent without being cut. */
async function line(url) {
  const there = new URL(url)
  const socket = there.searchParams.get('host')
  const open = new Set()
  let silent = false
  const server = net.createServer((from) => {
    const to = socket ? net.connect(`${socket}/.s.PGSQL.${there.port || 5432}`) : net.connect(Number(there.port || 5432), there.hostname)
    for (const end of [from, to]) {
      open.add(end)
      end.on('error', () => {})
      end.on('close', () => { open.delete(end); from.destroy(); to.destroy() })
    }
    from.on('data', (bytes) => silent || to.write(bytes))
    to.on('data', (bytes) => silent || from.write(bytes))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const port = server.address().port
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = port
  through.search = ''
  return {
    url: String(through),
    hush: (yes) => { silent = yes },
    cut: async () => { const closed = new Promise((done) => server.close(done)); open.forEach((end) => end.destroy()); await closed },
    mend: () => new Promise((done) => server.listen(port, '127.0.0.1', done)),
  }
}

const field = (name, title, change = {}) => ({ name, title, source_name: '', kind: 'text', length: 50, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...change })
let serial = 0
const houses = () => peopleDocument({
  name: '房屋登记 ' + ++serial, sharing: 'unconditional', sharing_condition: '', rules: [],
  fields: [
    field('house_no', '房屋编号', { source_name: 'no; DROP TABLE x --', key: true, required: true, length: 12 }),
    field('unit', '单元', { key: true, required: true, kind: 'integer' }),
    field('area', '面积', { kind: 'decimal', scale: 2, indexed: true }),
    field('built', '建成日期', { kind: 'date', indexed: true }),
    field('seen', '登记时间', { kind: 'time', indexed: true }),
    field('empty', '空置', { kind: 'boolean' }),
    field('ratio', '占比', { kind: 'double', indexed: true }),
    field('note', 'Notes "quoted"', { source_name: 'say "so"', length: 200 }),
  ],
})
const sample = 230

suite('proxied resources', (engine) => {
  let c, people, house, url, wire, source, grant
  const until = () => new Date(Date.now() + 86400000).toISOString()
  const bind = (resource, table, mapping) => c.officer.post(`/resources/${resource}/proxy`, { source_id: source, schema: 'public', table, mapping })
  const columns = { citizen_no: 'no', name: '姓名', birth_date: 'born', town: 'town', height_cm: 'height', updated_on: '' }
  /** All pages, as one list. */
  const pages = async (who, resource, query = '') => {
    const all = []
    for (let after = ''; after !== null;) {
      const page = await who.get(`/data/${resource}/records?limit=50${query}${after && '&after=' + encodeURIComponent(after)}`)
      all.push(...page.items)
      after = page.next
    }
    return all
  }
  const lookup = (who, no) => who.call('POST', `/data/${people}/lookup`, { key: { citizen_no: no } })
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    url = freshStore('postgres')
    psql(url, `CREATE TABLE people (no char(18) primary key, "姓名" text, born date, town varchar(30), height int)`)
    psql(url, 'INSERT INTO people VALUES ' + [...Array(sample).keys()].map((n) => `('${citizenSpread(n)}','张${n}','1980-05-0${1 + (n % 9)}',${n % 10 ? `'镇${n % 21}'` : 'NULL'},${150 + (n % 40)})`).join(','))
    psql(url, `CREATE TABLE "house""s" ("no; DROP TABLE x --" text, unit bigint, area numeric(12,2), built date, seen timestamptz, empty boolean, ratio real, "say ""so""" text, primary key ("no; DROP TABLE x --", unit))`)
    psql(url, `INSERT INTO "house""s" SELECT 'H' || lpad((n / 3)::text, 4, '0'), n % 3, CASE WHEN n % 7 > 0 THEN n * 1.25 END, DATE '2001-01-01' + n % 50, TIMESTAMPTZ '2026-01-01 08:00+08' + n % 40 * interval '1.000001 second', n % 2 = 0, (n % 10) / 10.0, 'it''s ' || n FROM generate_series(1, 200) n`)
    wire = await line(url)
    source = (await c.sys.post('/sources', { name: '前置库', kind: 'postgres', url: wire.url, org_id: c.supplierOrg })).source_id
    people = await publish(c, peopleDocument())
    house = await publish(c, houses())
  })
  after(async () => { await c?.server.stop(); await wire?.cut().catch(() => {}) })

  test('binding: previewed with masks, checked against types and key, refused with the field named', async () => {
    const preview = await c.officer.post(`/resources/${people}/proxy/preview`, { source_id: source, schema: 'public', table: 'people', mapping: columns })
    assert.equal(preview.rows.length, 5)
    assert.match(preview.rows[0].citizen_no, /\*{6}/, 'L4 is masked in a preview too')
    assert.equal(preview.rows[0].height_cm.length, 3)
    assert.deepEqual(preview.columns.find((one) => one.field === 'updated_on').column, null)
    psql(url, `CREATE VIEW twice AS SELECT no, "姓名", born, town, height FROM people UNION ALL SELECT no, "姓名", born, town, height FROM people; CREATE VIEW odd AS SELECT no, "姓名", born::text AS born, town, height FROM people; CREATE VIEW gaps AS SELECT NULLIF(no, '${citizenSpread(3)}') AS no, "姓名", born, town, height FROM people`)
    for (const [table, mapping, rule] of [['twice', columns, 'key_repeated'], ['gaps', columns, 'key_empty'], ['odd', columns, 'column_type'],
      ['people', { ...columns, citizen_no: '' }, 'required'], ['people', { ...columns, town: 'nowhere' }, 'no_column'], ['nothing', columns, 'table'],
      ['people', { nonsense: 'no' }, 'unknown_field'], ["people'; DROP TABLE people; --", columns, 'table']]) {
      const problem = await c.officer.refused(400, 'POST', `/resources/${people}/proxy`, { source_id: source, schema: 'public', table, mapping })
      assert.equal(problem.rule, rule, JSON.stringify(problem))
      assert.ok(problem.advice)
    }
    await c.police.refused(403, 'POST', `/resources/${people}/proxy`, { source_id: source, schema: 'public', table: 'people', mapping: columns })
    assert.equal((await c.officer.get('/resources/' + people)).keeper, 'table')
    await bind(people, 'people', columns)
    await bind(house, 'house"s')
    assert.equal((await c.officer.get('/resources/' + people)).keeper, 'proxy')
    assert.equal((await c.officer.get(`/resources/${people}/proxy`)).table, 'people')
    // each answer is as the supplier has it: no promise of an update can be broken, and nothing is missing
    const listed = await c.officer.get('/resources?limit=100&freshness=fresh')
    assert.deepEqual([(await c.officer.get('/resources/' + people)).freshness, listed.items.some((one) => one.resource_id === people)], ['fresh', true])
    assert.deepEqual((await c.officer.get('/duties?state=proxied')).items.map((one) => one.resource_id).sort(), [people, house].sort())
    await c.police.refused(403, 'GET', `/resources/${people}/proxy`)
    const [from] = (await c.officer.get(`/resources/${people}/lineage`)).sources
    assert.deepEqual([from.kind, from.job_id, from.name, from.columns.citizen_no], ['proxied', null, '前置库 public.people', 'no'])
    assert.deepEqual((await c.police.get(`/resources/${people}/lineage`)).sources, [])
  })

  test('stored and proxied exclude each other', async () => {
    const job = await c.officer.upload('people.csv', peopleCsv(3))
    assert.equal((await c.officer.refused(409, 'POST', `/resources/${people}/jobs`, { upload_id: job.upload_id, mode: 'full' })).rule, 'proxied')
    const stored = await publish(c, peopleDocument())
    assert.equal((await load(c.officer, stored, 'people.csv', peopleCsv(5))).state, 'reconciled')
    assert.equal((await c.officer.refused(409, 'POST', `/resources/${stored}/proxy`, { source_id: source, schema: 'public', table: 'people', mapping: columns })).rule, 'has_records')
  })

  test('without a grant nothing; under one the granted fields, masked, within the row filter and the quota', async () => {
    await c.app.refused(403, 'GET', `/data/${people}/records`)
    grant = (await c.officer.post('/grants', { ways: ['api', 'batch', 'download'], resource_id: people, account_id: c.appAccount, purpose: '核验常住人口', until: until(), quota_day: 500,
      filter: { 'town.in': ['镇1', '镇2', '镇3'], 'height_cm.gte': 152 },
      fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'name', mode: 'masked' }, { name: 'town', mode: 'clear' }, { name: 'height_cm', mode: 'clear' }, { name: 'updated_on', mode: 'clear' }] })).grant_id
    const inside = [...Array(sample).keys()].filter((n) => n % 10 && [1, 2, 3].includes(n % 21) && 150 + (n % 40) >= 152)
    const all = await pages(c.app, people)
    assert.equal(all.length, inside.length)
    assert.equal(new Set(all.map((row) => row.record_id)).size, inside.length)
    assert.ok(all.every((row) => /^\d{3}\*{11}/.test(row.citizen_no) && /\*/.test(row.name) && !('birth_date' in row) && row.updated_on === null))
    assert.ok(!JSON.stringify(all).includes(citizenSpread(inside[0])))
    const found = await lookup(c.app, citizenSpread(inside[0]))
    assert.equal(found.status, 200, JSON.stringify(found.body))
    assert.ok(all.some((row) => row.record_id === found.body.record_id), 'named the same however it was found')
    const outside = [...Array(sample).keys()].find((n) => !inside.includes(n))
    assert.equal((await lookup(c.app, citizenSpread(outside))).status, 404, 'what the row filter leaves out is not there')
    assert.equal((await c.app.refused(409, 'GET', `/data/${people}/records/${found.body.record_id}`)).rule, 'proxied')
    assert.equal((await c.app.refused(400, 'GET', `/data/${people}/by-key?citizen_no=1`)).rule, 'personal_key')
    for (const query of ['citizen_no=1', 'name.like=张*', 'sort=citizen_no']) {
      const problem = await c.app.refused(400, 'GET', `/data/${people}/records?${query}`)
      assert.equal(problem.rule, 'masked_field', query)
    }
    await c.app.refused(400, 'GET', `/data/${people}/records?birth_date=1980-05-01`)
    assert.equal((await c.app.refused(400, 'GET', `/data/${people}/records?updated_on.gte=2020-01-01`)).rule, 'no_values')
  })

  test('who does not see the key gets an order that tells nothing about it', async () => {
    const order = [...Array(sample).keys()].map(citizenSpread).sort()
    const shown = (await pages(c.officer, people)).map((row) => row.name)
    assert.equal(shown.length, sample)
    assert.notDeepEqual((await pages(c.officer, people, '&fields=height_cm')).map((row) => row.height_cm), order.map((no) => 150 + ([...Array(sample).keys()].find((n) => citizenSpread(n) === no) % 40)))
    const next = (await c.officer.get(`/data/${people}/records?limit=5`)).next
    const raw = Buffer.from(next, 'base64url').toString('latin1')
    assert.ok(!order.some((no) => raw.includes(no)), 'the cursor holds no key')
    await c.app.refused(400, 'GET', `/data/${people}/records?after=${next}`)
  })

  test('a list by each kind of field: filters, order, pages of the same rows as in the table', async () => {
    const table = (where, order) => psql(url, `SELECT "no; DROP TABLE x --" || ':' || unit FROM "house""s" WHERE ${where} ORDER BY ${order}`).split('\n').filter(Boolean)
    const listed = async (query) => (await pages(c.police, house, query)).map((row) => `${row.house_no}:${row.unit}`)
    const keys = `"no; DROP TABLE x --", unit`
    for (const [query, where] of [['', 'true'], ['&house_no=H0003', `"no; DROP TABLE x --" = 'H0003'`], ['&house_no.like=H001*', `"no; DROP TABLE x --" LIKE 'H001%'`],
      ['&unit.in=0,2', 'unit IN (0, 2)'], ['&area.gte=100&area.lt=200.50', 'area >= 100 AND area < 200.50'], ['&area.null=1', 'area IS NULL'],
      ['&built=2001-01-10', `built = '2001-01-10'`], ['&seen.gt=' + encodeURIComponent('2026-01-01T08:00:10.000010+08:00'), `seen > '2026-01-01 08:00:10.00001+08'`],
      ['&empty=true', 'empty'], ['&ratio=0.3', 'ratio = 0.3::real'], ['&note.ne=' + encodeURIComponent("it's 5"), `"say ""so""" <> 'it''s 5'`]])
      assert.deepEqual(await listed(query), table(where, keys), query)
    for (const name of ['area', 'built', 'seen', 'ratio'])
      for (const way of ['', '-'])
        assert.deepEqual(await listed(`&sort=${way}${name}`), table('true', way ? `${name} DESC NULLS LAST, "no; DROP TABLE x --" DESC, unit DESC` : `${name} NULLS LAST, ${keys}`), way + name)
    const one = await c.police.get(`/data/${house}/by-key?house_no=H0003&unit=1`)
    assert.deepEqual([one.area, one.built, one.empty, one.note], [12.5, '2001-01-11', true, "it's 10"])
    assert.equal(one.seen, '2026-01-01T08:00:10.000010+08:00')
    const clear = Buffer.from((await c.police.get(`/data/${house}/records?limit=1`)).next, 'base64url').toString('latin1')
    assert.ok(clear.includes('H0000'))
    const schema = await c.police.get(`/data/${house}/schema`)
    assert.equal(schema.fields.length, 8)
  })

  test('SQL in values is only a value', async () => {
    for (const evil of ["' OR 1=1 --", '"; DROP TABLE people; --', "\\'; SELECT pg_sleep(9); --", '$1', '%']) {
      assert.deepEqual((await c.police.get(`/data/${house}/records?note=${encodeURIComponent(evil)}`)).items, [])
      assert.equal((await c.police.call('GET', `/data/${house}/by-key?house_no=${encodeURIComponent(evil.slice(0, 12))}&unit=1`)).status, 404)
    }
    assert.equal((await c.police.refused(400, 'GET', `/data/${house}/records?area=1;DROP`)).field, 'area')
    assert.equal(psql(url, 'SELECT count(*) FROM people'), String(sample))
  })

  test('downloads are whole; deliveries of changes and openings are refused with the reason', async () => {
    const file = await fetch(`${c.server.url}/api/v1/data/${house}/download?format=jsonl`, { headers: { cookie: c.police.cookie } })
    const rows = (await file.text()).trim().split('\n').map(JSON.parse)
    assert.equal(rows.length, 200)
    assert.deepEqual(new Set(rows.map((row) => row.record_id)), new Set((await pages(c.police, house)).map((row) => row.record_id)))
    const masked = await c.app.call('GET', `/data/${people}/download?format=csv`)
    assert.equal(masked.status, 200)
    assert.ok(!new TextDecoder().decode(masked.body).includes(citizenSpread(1)))
    const target = (await c.sys.post('/targets', { name: '接收库', kind: 'postgres', url, org_id: c.otherOrg })).target_id
    assert.equal((await c.police.refused(409, 'POST', '/deliveries', { grant_id: grant, target_id: target, schema: 'public', table: 'copy', mode: 'increments', timetable: 'manual' })).rule, 'proxied')
    assert.equal((await c.officer.refused(409, 'POST', '/openings/check', { resource_id: house, fields: ['area'], quasi: ['area'] })).rule, 'proxied')
  })

  test('evidence says that the supplier was asked, by hash of the key; the quota ends it', async () => {
    await lookup(c.app, citizenSpread(22))
    const found = await c.audit.evidence(`action=record.lookup&resource=${people}`)
    const text = JSON.stringify(found)
    assert.match(text, /proxied/)
    assert.match(text, /key_hash/)
    assert.ok(!text.includes(citizenSpread(22)))
    const small = await publish(c, peopleDocument())
    await bind(small, 'people', columns)
    await c.officer.post('/grants', { ways: ['api', 'batch', 'download'], resource_id: small, account_id: c.appAccount, purpose: '少量核验', until: until(), quota_day: 3, fields: [{ name: 'town', mode: 'clear' }] })
    assert.equal((await c.app.get(`/data/${small}/records?limit=2`)).items.length, 2)
    await c.app.refused(429, 'GET', `/data/${small}/records?limit=2`)
    await c.app.refused(429, 'GET', `/data/${small}/download?format=csv`)
  })

  test('a source that is cut, hangs or is slow: 503 in words, found by the patrol, and nothing else waits', async () => {
    const patrol = async () => {
      await c.bureau.post('/quality/patrol', {})
      return (await c.officer.get(`/resources/${house}/quality`)).findings.find((one) => one.kind === 'service_fails')
    }
    await c.sys.put('/settings/proxy.timeout_seconds', { value: '1', version: 0 })
    assert.equal(await patrol(), undefined)
    await wire.cut()
    const cut = await c.police.refused(503, 'GET', `/data/${house}/by-key?house_no=H0003&unit=1`)
    assert.equal(cut.rule, 'source_gone')
    assert.ok(!/127\.0\.0\.1|postgres|user/i.test(cut.detail), 'other departments are not told where it is: ' + cut.detail)
    assert.match((await c.officer.refused(503, 'GET', `/data/${house}/records`)).detail, /:/, 'its own people are told why')
    assert.ok((await patrol()).detail.error)
    await wire.mend()
    const end = Date.now() + 30000
    while ((await c.police.call('GET', `/data/${house}/by-key?house_no=H0003&unit=1`)).status !== 200) assert.ok(Date.now() < end)
    assert.equal(await patrol(), undefined)
    wire.hush(true)
    const hung = c.police.refused(503, 'GET', `/data/${house}/records`)
    const many = [...Array(8).keys()].map(() => c.police.call('GET', `/data/${house}/by-key?house_no=H0003&unit=1`))
    assert.equal((await c.police.call('GET', '/resources?limit=1')).status, 200, 'answered while they wait')
    await hung
    assert.ok((await Promise.all(many)).every((one) => one.status === 503))
    wire.hush(false)
    while ((await c.police.call('GET', `/data/${house}/by-key?house_no=H0003&unit=1`)).status !== 200) assert.ok(Date.now() < end + 30000)
    psql(url, `CREATE VIEW slow AS SELECT no, "姓名", born, town, height + length(pg_sleep(5)::text) AS height FROM people`)
    psql(url, `ALTER TABLE people RENAME TO fast; ALTER VIEW slow RENAME TO people`)
    const slow = await c.officer.refused(503, 'GET', `/data/${people}/records`)
    assert.equal(slow.rule, 'source_slow')
    psql(url, `ALTER VIEW people RENAME TO slow; ALTER TABLE fast RENAME TO people`)
  })

  test('an altered table: refused with the field named, no value shown raw, no row beyond the filter', async () => {
    const read = async (query = '') => {
      const path = `/data/${house}/records?limit=200${query}`
      // a patrol of the server's own may have met the source while it hung: for two seconds after that nobody asks it
      for (const end = Date.now() + 10000; (await c.police.call('GET', path)).body.rule === 'source_gone' && Date.now() < end;) await new Promise((done) => setTimeout(done, 100))
      return c.police.refused(502, 'GET', path)
    }
    psql(url, `ALTER TABLE "house""s" ALTER unit TYPE text USING 'u' || unit`)
    assert.equal((await read('&unit=1')).rule, 'source_altered')
    const raw = await read()
    assert.deepEqual([raw.field, raw.rule], ['unit', 'source_value'])
    assert.ok(!JSON.stringify(raw).includes('u0') && !JSON.stringify(raw).includes('u1'))
    psql(url, `ALTER TABLE "house""s" ALTER unit TYPE bigint USING substr(unit, 2)::bigint; ALTER TABLE "house""s" ALTER ratio TYPE float8; UPDATE "house""s" SET ratio = 'NaN' WHERE unit = 1`)
    assert.equal((await read()).field, 'ratio')
    psql(url, `UPDATE "house""s" SET ratio = 0; UPDATE "house""s" SET "say ""so""" = repeat('长', 5000) WHERE unit = 2`)
    assert.equal((await read()).field, 'note')
    psql(url, `UPDATE "house""s" SET "say ""so""" = ''; ALTER TABLE "house""s" DROP COLUMN area`)
    assert.equal((await read()).rule, 'source_altered')
    psql(url, `DROP VIEW twice, odd, gaps, slow; ALTER TABLE people ALTER height TYPE text`)
    await c.app.refused(502, 'GET', `/data/${people}/records`) // the row filter cannot be asked: nothing is given
    psql(url, `DROP TABLE people CASCADE`)
    assert.equal((await lookup(c.app, citizenSpread(1))).status, 502)
  })

  test('the source is only read, whatever a view does', async () => {
    psql(url, `CREATE TABLE marks (n int); CREATE FUNCTION mark() RETURNS text LANGUAGE sql AS 'INSERT INTO marks VALUES (1); SELECT ''x''::text'; CREATE VIEW writes AS SELECT 'K1'::text AS no, 1::bigint AS unit, mark() AS note`)
    const entry = await publish(c, houses())
    const answer = await c.officer.call('POST', `/resources/${entry}/proxy/preview`, { source_id: source, schema: 'public', table: 'writes', mapping: { house_no: 'no', unit: 'unit', note: 'note' } })
    assert.equal(answer.status, 503, JSON.stringify(answer.body))
    assert.equal(psql(url, 'SELECT count(*) FROM marks'), '0')
  })

  test('ended: nothing is asked any more, and the entry can be loaded', async () => {
    await c.officer.post(`/resources/${people}/proxy/end`, {})
    assert.equal((await c.officer.get('/resources/' + people)).keeper, 'table')
    assert.deepEqual((await c.officer.get(`/data/${people}/records`)).items, [])
    assert.equal((await load(c.officer, people, 'people.csv', peopleCsv(4))).state, 'reconciled')
  })
})
