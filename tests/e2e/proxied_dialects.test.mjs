// Proxied records through ODBC drivers other than MariaDB's: a SQLite file and a PostgreSQL; grants, masks, filters, orders, look-ups,
// downloads and deliveries as for stored records.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { Server, suite } from './harness.mjs'
import { citizenSpread, city, peopleDocument, publish } from './city.mjs'
import { Generic, SQLiteFile } from './odbc_databases.mjs'

const sample = 120
const columns = { citizen_no: 'no', name: '姓名', birth_date: 'born', town: 'town', height_cm: 'height', updated_on: '' }
suite('proxied records by ODBC: SQLite and PostgreSQL', (engine) => {
  let c
  const until = () => new Date(Date.now() + 86400000).toISOString()
  const give = (resource, mode, change = {}) => c.officer.post('/grants', { ways: ['api', 'batch', 'download'], resource_id: resource, account_id: c.appAccount, purpose: '办理落户时核验常住人口登记信息', until: until(), quota_day: 50000,
    fields: [['citizen_no', mode], ['name', 'masked'], ['birth_date', 'clear'], ['town', 'clear'], ['height_cm', 'clear']].map(([name, as]) => ({ name, mode: as })), ...change })
  const pages = async (resource, query = '') => {
    const all = []
    for (let next = ''; next !== null;) {
      const page = await c.app.get(`/data/${resource}/records?limit=25${query}${next && '&after=' + encodeURIComponent(next)}`)
      all.push(...page.items)
      next = page.next
    }
    return all
  }
  before(async () => { c = await city(await Server.fresh(engine, { city: true })) })
  after(() => c?.server.stop())

  for (const kind of ['SQLite', 'PostgreSQL']) {
    const lite = kind === 'SQLite'
    test(`${kind}: tables, binding, pages, filters, look-up, download, delivery`, async () => {
      const at = lite ? new SQLiteFile(c.server, 'supplier.db') : new Generic(), schema = lite ? 'main' : 'public'
      at.sql(`CREATE TABLE people (no ${lite ? 'varchar(18) COLLATE NOCASE' : 'varchar(18)'} primary key, "姓名" text, born date, town varchar(30), height int)`)
      at.sql('INSERT INTO people VALUES ' + [...Array(sample).keys()].map((n) => `('${citizenSpread(n)}','张${n}','1980-05-0${1 + (n % 9)}',${n % 10 ? `'${n % 2 ? 'Town' : 'town'}${n % 7}'` : 'NULL'},${150 + (n % 40)})`).join(','))
      const source = (await c.sys.post('/sources', { name: kind, kind: 'odbc', url: at.url(), org_id: c.supplierOrg })).source_id
      assert.ok((await c.officer.post(`/sources/${source}/test`, {})).server.startsWith(kind))
      const table = (await c.officer.get(`/sources/${source}/tables`)).items.find((one) => one.table === 'people')
      assert.deepEqual([table.schema, table.columns[2].type], [schema, 'date'])
      const resource = await publish(c, peopleDocument())
      assert.equal((await c.officer.refused(400, 'POST', `/resources/${resource}/proxy`, { source_id: source, schema, table: 'nothing', mapping: columns })).rule, 'table')
      await c.officer.post(`/resources/${resource}/proxy`, { source_id: source, schema, table: 'people', mapping: columns })
      const first = await give(resource, 'clear', { clear_sensitive: true })
      const all = await pages(resource)
      assert.deepEqual([all.length, new Set(all.map((row) => row.record_id)).size], [sample, sample])
      const of = (check) => all.filter(check).length, count = async (query) => (await pages(resource, query)).length
      assert.equal(await count('&town=Town1'), of((r) => r.town === 'Town1'))
      assert.equal(await count('&town.in=Town1,town2'), of((r) => ['Town1', 'town2'].includes(r.town)))
      assert.equal(await count('&town.null=1'), of((r) => r.town === null))
      assert.equal(await count('&birth_date.lte=1980-05-03'), of((r) => r.birth_date <= '1980-05-03'))
      assert.equal(await count('&height_cm.gte=170'), of((r) => Number(r.height_cm) >= 170))
      assert.equal(await count(`&citizen_no.gt=${all[60].citizen_no}`), of((r) => r.citizen_no > all[60].citizen_no))
      const found = await c.app.call('POST', `/data/${resource}/lookup`, { key: { citizen_no: citizenSpread(7) } })
      assert.equal(found.status, 200, JSON.stringify(found.body))
      const version = (await c.officer.get('/grants?resource=' + resource)).items.find((g) => g.grant_id === first.grant_id).version
      await c.officer.post(`/grants/${first.grant_id}/revoke`, { reason: '测试', version })
      const { grant_id } = await give(resource, 'masked', { filter: { 'town.in': ['Town1', 'town2'] } })
      const inside = of((r) => ['Town1', 'town2'].includes(r.town))
      if (lite) assert.equal((await c.app.refused(409, 'GET', `/data/${resource}/records`)).rule, 'no_order')
      else assert.equal((await pages(resource)).length, inside)
      const file = await c.app.call('GET', `/data/${resource}/download?format=csv`)
      assert.equal(new TextDecoder().decode(file.body).trim().split('\n').length, inside + 1)
      const target = (await c.sys.post('/targets', { name: kind, kind: 'odbc', url: lite ? new SQLiteFile(c.server, 'receiver.db').url() : at.url(), org_id: c.otherOrg })).target_id
      const made = await c.police.post('/deliveries', { grant_id, target_id: target, schema, table: 'received', mode: 'full', timetable: 'manual' })
      const job = await c.police.job(made.job_id)
      assert.deepEqual([job.state, job.result?.table_rows], ['reconciled', inside], JSON.stringify(job))
      at.sql('ALTER TABLE people RENAME COLUMN town TO place')
      const altered = await c.app.call('POST', `/data/${resource}/lookup`, { key: { citizen_no: citizenSpread(1) } })
      assert.deepEqual([altered.status, altered.body.rule], [502, 'source_altered'], JSON.stringify(altered.body))
    })
  }
})
