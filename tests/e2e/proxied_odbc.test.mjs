// Proxied resources in a supplier's MariaDB, asked for through an ODBC driver in a limited process: grants, masks, row filters and pages
// as for stored records; texts are compared by bytes whatever the collation; the database dies, hangs and is altered.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { citizenSpread, city, peopleDocument, publish } from './city.mjs'
import { MariaDB, drivers } from './odbc_databases.mjs'

let maria
before(async () => { maria = await MariaDB.start() })
after(() => maria?.stop())
const field = (name, title, change = {}) => ({ name, title, source_name: '', kind: 'text', length: 50, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...change })
const sample = 230
const columns = { citizen_no: 'no', name: '姓名', birth_date: 'born', town: 'town', height_cm: 'height', updated_on: '' }
let serial = 0
const houses = () => peopleDocument({
  name: '房屋登记 MariaDB ' + ++serial, sharing: 'unconditional', sharing_condition: '', rules: [],
  fields: [field('house_no', '房屋编号', { source_name: 'no`; DROP TABLE x --', key: true, required: true, length: 12 }), field('unit', '单元', { key: true, required: true, kind: 'integer' }),
    field('area', '面积', { kind: 'decimal', scale: 2, indexed: true }), field('built', '建成日期', { kind: 'date', indexed: true }), field('seen', '登记时间', { kind: 'time', indexed: true }),
    field('empty', '空置', { kind: 'boolean' }), field('ratio', '占比', { kind: 'double', indexed: true }), field('note', '备注', { length: 200, indexed: true })],
})

suite('proxied resources in MariaDB', (engine) => {
  let c, people, house, source, grant
  const until = () => new Date(Date.now() + 86400000).toISOString()
  const bind = (resource, table, mapping) => c.officer.post(`/resources/${resource}/proxy`, { source_id: source, schema: 'city', table, mapping })
  const pages = async (who, resource, query = '') => {
    const all = []
    for (let after = ''; after !== null;) {
      const page = await who.get(`/data/${resource}/records?limit=50${query}${after && '&after=' + encodeURIComponent(after)}`)
      all.push(...page.items)
      after = page.next
    }
    return all
  }
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    maria.sql('DROP DATABASE IF EXISTS city; CREATE DATABASE city CHARACTER SET utf8mb4', '')
    maria.sql('CREATE TABLE people (no char(18) primary key, `姓名` text, born date, town varchar(30), height int)')
    maria.sql('INSERT INTO people VALUES ' + [...Array(sample).keys()].map((n) => `('${citizenSpread(n)}','张${n}','1980-05-0${1 + (n % 9)}',${n % 10 ? `'镇${n % 21}'` : 'NULL'},${150 + (n % 40)})`).join(','))
    maria.sql("CREATE TABLE house (`no``; DROP TABLE x --` varchar(12), unit bigint unsigned, area decimal(12,2), built date, seen datetime(6), empty tinyint(1), ratio double, note varchar(200), primary key (`no``; DROP TABLE x --`, unit))")
    maria.sql('INSERT INTO house VALUES ' + [...Array(200).keys()].map((n) => `('H${String(Math.floor(n / 3)).padStart(4, '0')}',${n % 3},${n % 7 ? n * 1.25 : 'NULL'},'2001-01-${String(1 + n % 28).padStart(2, '0')}','2026-01-01 08:00:${String(n % 40).padStart(2, '0')}.000001',${n % 2 ? 0 : 1},${(n % 10) / 10},'${n % 4 ? `Note ${n}` : ['a', 'A', 'a ', 'á'][n / 4 % 4]}')`).join(','))
    const made = await c.sys.post('/sources', { name: 'MariaDB 前置库', kind: 'odbc', url: maria.url(), org_id: c.supplierOrg })
    source = made.source_id
    assert.equal(made.place, `127.0.0.1:${maria.port}/city`)
    people = await publish(c, peopleDocument())
    house = await publish(c, houses())
  })
  after(() => c?.server.stop())

  test('a source by ODBC: tested, its tables listed, other dialects and loads refused in words', async () => {
    assert.match((await c.officer.post(`/sources/${source}/test`, {})).server, /^MariaDB 10/)
    const tables = (await c.officer.get(`/sources/${source}/tables`)).items
    assert.deepEqual(tables.map((one) => one.table), ['house', 'people'])
    assert.deepEqual(tables[1].columns[2], { name: 'born', type: 'date' })
    assert.equal((await c.sys.refused(400, 'POST', '/sources', { name: 'x', kind: 'odbc', url: 'odbc:Dialect=oracle;Driver=Oracle;Database=x', org_id: 0 })).rule, 'odbc_dialect')
    assert.equal((await c.officer.refused(409, 'POST', `/resources/${people}/jobs`, { source_id: source, schema: 'city', table: 'people', mode: 'full' })).rule, 'source_kind')
    assert.ok(!JSON.stringify(await c.sys.get('/sources')).includes(MariaDB.password))
  })

  test('binding: previewed with masks, checked against types and key', async () => {
    const preview = await c.officer.post(`/resources/${people}/proxy/preview`, { source_id: source, schema: 'city', table: 'people', mapping: columns })
    assert.equal(preview.rows.length, 5)
    assert.match(preview.rows[0].citizen_no, /\*{6}/)
    maria.sql(`CREATE VIEW twice AS SELECT * FROM people UNION ALL SELECT * FROM people; CREATE VIEW odd AS SELECT no, \`姓名\`, CAST(born AS CHAR) AS born, town, height FROM people;
      CREATE VIEW gaps AS SELECT NULLIF(no, '${citizenSpread(3)}') AS no, \`姓名\`, born, town, height FROM people`)
    for (const [table, mapping, rule] of [['twice', columns, 'key_repeated'], ['gaps', columns, 'key_empty'], ['odd', columns, 'column_type'], ['nothing', columns, 'table'],
      ['people', { ...columns, town: 'nowhere' }, 'no_column'], ["people'; DROP TABLE people; --", columns, 'table']])
      assert.equal((await c.officer.refused(400, 'POST', `/resources/${people}/proxy`, { source_id: source, schema: 'city', table, mapping })).rule, rule)
    await bind(people, 'people', columns)
    await bind(house, 'house')
    assert.equal((await c.officer.get('/resources/' + people)).keeper, 'proxy')
  })

  test('under a grant: the granted fields, masked, within the row filter; each record once over all pages', async () => {
    await c.app.refused(403, 'GET', `/data/${people}/records`)
    grant = (await c.officer.post('/grants', { ways: ['api', 'batch', 'download'], resource_id: people, account_id: c.appAccount, purpose: '核验常住人口', until: until(), quota_day: 5000,
      filter: { 'town.in': ['镇1', '镇2', '镇3'], 'height_cm.gte': 152 },
      fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'name', mode: 'masked' }, { name: 'town', mode: 'clear' }, { name: 'height_cm', mode: 'clear' }] })).grant_id
    const inside = [...Array(sample).keys()].filter((n) => n % 10 && [1, 2, 3].includes(n % 21) && 150 + (n % 40) >= 152)
    const all = await pages(c.app, people)
    assert.equal(new Set(all.map((row) => row.record_id)).size, inside.length)
    assert.equal(all.length, inside.length)
    assert.ok(all.every((row) => /^\d{3}\*{11}/.test(row.citizen_no) && /\*/.test(row.name)))
    const found = await c.app.call('POST', `/data/${people}/lookup`, { key: { citizen_no: citizenSpread(inside[0]) } })
    assert.equal(found.status, 200, JSON.stringify(found.body))
    assert.ok(all.some((row) => row.record_id === found.body.record_id))
    const outside = [...Array(sample).keys()].find((n) => !inside.includes(n))
    assert.equal((await c.app.call('POST', `/data/${people}/lookup`, { key: { citizen_no: citizenSpread(outside) } })).status, 404)
    const file = await c.app.call('GET', `/data/${people}/download?format=csv`)
    assert.equal(file.status, 200)
    assert.equal(new TextDecoder().decode(file.body).trim().split('\n').length, inside.length + 1)
  })

  test('every kind of value, filter and order; texts by their bytes', async () => {
    const all = await pages(c.officer, house)
    assert.equal(all.length, 200)
    const [one] = await pages(c.officer, house, '&house_no=H0000&unit=1')
    assert.deepEqual([one.area, one.built, one.empty, one.ratio, one.note], ['1.25', '2001-01-02', false, 0.1, 'Note 1'].map((v, i) => (i === 0 ? one.area : v)))
    assert.equal(Number(one.area), 1.25)
    assert.match(one.seen, /^2026-01-01T08:00:01\.000001\+08:00$/)
    const count = async (query) => (await pages(c.officer, house, query)).length
    const of = (check) => all.filter(check).length
    assert.equal(await count('&note=a'), of((r) => r.note === 'a'))
    assert.equal(await count('&note.in=a,A'), of((r) => ['a', 'A'].includes(r.note)))
    assert.equal(await count('&note.ne=a'), of((r) => r.note !== null && r.note !== 'a'))
    assert.equal(await count('&note.like=Note 1*'), of((r) => r.note.startsWith('Note 1')))
    assert.equal(await count('&empty=true'), of((r) => r.empty))
    assert.equal(await count('&area.gt=100.5'), of((r) => r.area !== null && Number(r.area) > 100.5))
    assert.equal(await count('&area.null=1'), of((r) => r.area === null))
    assert.equal(await count('&built.lte=2001-01-05'), of((r) => r.built <= '2001-01-05'))
    assert.equal(await count('&seen.gt=2026-01-01T08:00:20%2B08:00'), of((r) => r.seen > '2026-01-01T08:00:20+08:00'))
    assert.equal(await count('&ratio=0.3'), of((r) => r.ratio === 0.3))
    for (const sort of ['area', '-built', 'note', '-seen']) {
      const rows = await pages(c.officer, house, '&sort=' + sort)
      assert.equal(new Set(rows.map((r) => r.record_id)).size, 200, sort)
    }
  })

  test('the database hangs, goes away, is altered: said so without a name of the supplier, and nobody else waits', async () => {
    const slow = async () => c.app.call('GET', `/data/${people}/records?limit=5`)

    await c.sys.put('/settings/proxy.timeout_seconds', { value: '1', version: 0 })
    assert.ok(drivers(c.server).length > 0 && drivers(c.server).every((one) => /NoNewPrivs:\t1/.test(one.status)))
    maria.sql('RENAME TABLE people TO people_real; CREATE VIEW people AS SELECT no, `姓名`, born, town, height FROM people_real WHERE SLEEP(0.3) = 0')
    const waited = await slow()
    assert.deepEqual([waited.status, waited.body.rule], [503, 'source_slow'], JSON.stringify(waited.body))
    assert.ok(!JSON.stringify(waited.body).includes('people_real'))
    maria.sql('DROP VIEW people; RENAME TABLE people_real TO people')
    assert.equal((await slow()).status, 200)
    maria.sql('ALTER TABLE people RENAME COLUMN town TO place')
    const altered = await slow()
    assert.deepEqual([altered.status, altered.body.rule], [502, 'source_altered'], JSON.stringify(altered.body))
    maria.sql('ALTER TABLE people RENAME COLUMN place TO town')
    for (const one of drivers(c.server)) process.kill(one.pid, 'SIGKILL') // a driver that crashes
    assert.equal((await slow()).status, 200, 'a new process')
    maria.child.kill('SIGKILL')
    const gone = await slow()
    assert.deepEqual([gone.status, gone.body.rule], [503, 'source_gone'], JSON.stringify(gone.body))
    assert.ok(!JSON.stringify(gone.body).includes('127.0.0.1'))
    await maria.launch()
    await new Promise((done) => setTimeout(done, 2100))
    assert.equal((await slow()).status, 200)
  })
})
