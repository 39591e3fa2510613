// Downloads under a grant: what the file holds, what a spreadsheet may not run, quota, revocation, evidence, who asked.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, folder } from './harness.mjs'
import { city, publish, peopleDocument, peopleHeader, peopleRow, citizenSpread, load } from './city.mjs'

const text = (answer) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(answer.body)
/** A sheet's XML of a workbook. */
function part(bytes, name) {
  const path = join(folder('xlsx'), 'file.xlsx')
  writeFileSync(path, bytes)
  const done = spawnSync('unzip', ['-p', path, name], { encoding: 'utf8', maxBuffer: 1 << 28 })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout
}

suite('download of a resource under a grant', (engine) => {
  let c, resource, grant
  const down = (who, query) => who.call('GET', `/data/${resource}/download?${query}`)
  const give = async (change) => (await c.officer.post('/grants', { ways: ['api', 'download'], resource_id: resource, account_id: c.appAccount, purpose: '核验常住人口', quota_day: 1000,
    fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'name', mode: 'masked' }, { name: 'town', mode: 'clear' }, { name: 'height_cm', mode: 'clear' }],
    until: new Date(Date.now() + 86400000).toISOString(), ...change })).grant_id
  const revoke = async (id) => {
    const one = await c.officer.get('/grants?resource=' + resource).then((list) => list.items.find((g) => g.grant_id === id))
    await c.officer.post(`/grants/${id}/revoke`, { reason: '测试', version: one.version })
  }
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    resource = await publish(c, peopleDocument())
    let csv = peopleHeader
    for (let n = 0; n < 300; n++) csv += peopleRow(n, { citizen_no: citizenSpread(n), name: `王小${n % 10}`, town: n === 7 ? '=1+1' : n === 8 ? '"a, b"' : n === 9 ? '' : `镇${n % 3}` })
      .replace(',"a, b",', ',"""a, b""",')
    const job = await load(c.officer, resource, 'people.csv', csv)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    grant = await give({ quota_day: 2000 })
  })
  after(() => c?.server.stop())

  test('CSV: BOM, granted fields only, masked, guarded; name and header say who, when, for which grant', async () => {
    const answer = await down(c.app, 'format=csv')
    assert.equal(answer.status, 200, text(answer))
    const lines = text(answer).split('\r\n')
    assert.equal(lines[0], '\ufeff公民身份号码,姓名,乡镇街道,身高')
    assert.equal(lines.length, 302, 'a header, 300 rows, an end')
    assert.ok(lines.slice(1, 301).every((line) => /^\d{3}\*{11}\d{2}[\dX]{2},王\*\d,/.test(line)), lines[1])
    const cells = lines.slice(1).join('\n')
    assert.match(cells, /,'=1\+1,/)
    assert.match(cells, /,"""a, b""",/)
    assert.ok(!cells.includes(citizenSpread(5)))
    const disposition = decodeURIComponent(answer.headers.get('content-disposition'))
    assert.match(disposition, new RegExp(`filename\\*=UTF-8''常住人口_?.*-20\\d{6}-授权${grant}\\.csv`))
    const told = answer.headers.get('x-yiwang-provenance')
    assert.match(told, new RegExp(`account=police-app; at=20.*; grant=${grant}; .*rows=300`))
  })
  test('JSON Lines: the same records as the pages of the API', async () => {
    const answer = await fetch(`${c.server.url}/api/v1/data/${resource}/download?format=jsonl`, { headers: { authorization: 'Bearer ' + c.app.key } })
    const rows = (await answer.text()).trim().split('\n').map(JSON.parse)
    const listed = []
    for (let after = ''; after !== null;) {
      const page = await c.app.get(`/data/${resource}/records?limit=200${after && '&after=' + encodeURIComponent(after)}`)
      listed.push(...page.items.map(({ version, ...row }) => row))
      after = page.next
    }
    const order = (a, b) => (a.record_id < b.record_id ? -1 : 1)
    assert.deepEqual(rows.sort(order), listed.sort(order))
  })
  test('XLSX: texts as texts, numbers as numbers, a second sheet that explains', async () => {
    const answer = await down(c.app, 'format=xlsx&header=name')
    assert.equal(answer.status, 200)
    const sheet = part(answer.body, 'xl/worksheets/sheet1.xml'), about = part(answer.body, 'xl/worksheets/sheet2.xml')
    assert.ok(!sheet.includes('<f>'), 'no formula')
    assert.match(sheet, /<t>=1\+1<\/t>/)
    assert.match(sheet, /citizen_no/)
    assert.match(sheet, /<c r="D2"[^>]*><v>1\d\d<\/v>/)
    assert.equal(sheet.match(/<row /g).length, 301)
    assert.ok(about.includes(String(grant)) && about.includes('核验常住人口') && about.includes('police-app'))
    assert.match(part(answer.body, 'docProps/core.xml'), /police-app/)
  })
  test('GeoPackage: attributes without places; features in CGCS2000 from a geometry, or from longitude and latitude', async () => {
    const info = (answer, ...args) => {
      assert.equal(answer.status, 200, text(answer))
      const path = join(folder('gpkg'), 'file.gpkg')
      writeFileSync(path, answer.body)
      const done = spawnSync('ogrinfo', ['-ro', '-al', ...args, path], { encoding: 'utf8', maxBuffer: 1 << 28 })
      assert.equal(done.status, 0, done.stderr)
      assert.ok(!/warning|error/i.test(done.stderr), done.stderr)
      return done.stdout
    }
    const people = info(await down(c.app, 'format=gpkg'))
    assert.match(people, /Feature Count: 300/)
    assert.match(people, /citizen_no \(String\) = \d{3}\*{11}/)
    assert.match(people, /height_cm \(Integer64\) = 1\d\d/)
    assert.match(people, /_yiwang_id \(Integer64\) = \d+/)
    const own = await publish(c, peopleDocument({ rules: [], fields: [
      { name: 'no', title: '编号', source_name: 'no', kind: 'integer', key: true, required: true, grade: 1 },
      { name: 'jd', title: '经度', source_name: 'jd', kind: 'double', grade: 1, check: 'longitude' },
      { name: 'wd', title: '纬度', source_name: 'wd', kind: 'decimal', scale: 6, grade: 1, check: 'latitude' },
      { name: 'seen', title: '时间', source_name: 'seen', kind: 'time', grade: 1 },
      { name: 'good', title: '完好', source_name: 'good', kind: 'boolean', grade: 1 }] }))
    assert.equal((await load(c.officer, own, 'p.csv', 'no,jd,wd,seen,good\n1,120.25,31.9,2026-11-22T08:00:00+08:00,1\n2,,,,\n')).state, 'reconciled')
    const points = info(await c.officer.call('GET', `/data/${own}/download?format=gpkg`))
    assert.match(points, /Geometry: Point/)
    assert.match(points, /POINT \(120\.25 31\.9\)/)
    assert.match(points, /ID\["EPSG",4490\]/)
    assert.match(points, /seen \(DateTime\) = 2026\/11\/22 00:00:00\+00/)
    assert.match(points, /good \(Integer\(Boolean\)\) = 1/)
    assert.match(points, /Extent: \(120\.25/)
    const shapes = await publish(c, peopleDocument({ rules: [], fields: [
      { name: 'no', title: '编号', source_name: 'no', kind: 'integer', key: true, required: true, grade: 1 },
      { name: 'shape', title: '范围', source_name: 'shape', kind: 'geometry', grade: 1 }] }))
    const geometries = ['{"type":"Polygon","coordinates":[[[120,31],[121,31],[121,32],[120,31]]]}', '{"type":"MultiPoint","coordinates":[[120,31],[120.5,31.5]]}',
      '{"type":"MultiPolygon","coordinates":[[[[119,30],[120,30],[120,31],[119,30]]]]}']
    const lines = geometries.map((g, n) => JSON.stringify({ no: n + 1, shape: JSON.parse(g) })).join('\n')
    const job = await load(c.officer, shapes, 'p.jsonl', lines + '\n')
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    const drawn = info(await c.officer.call('GET', `/data/${shapes}/download?format=gpkg`))
    assert.match(drawn, /POLYGON \(\(120 31,121 31,121 32,120 31\)\)/)
    assert.match(drawn, /MULTIPOINT \((\(120 31\),\(120\.5 31\.5\)|120 31,120\.5 31\.5)\)/)
    assert.match(drawn, /MULTIPOLYGON \(\(\(119 30,/)
  })
  test('the quota refuses whole files, and counts what went out', async () => {
    const used = async () => (await c.officer.get('/grants?resource=' + resource)).items.find((g) => g.grant_id === grant).used_today
    let had = 0 // at most a second old; four files and one list of 300
    for (const end = Date.now() + 10000; had < 1500 && Date.now() < end; await new Promise((r) => setTimeout(r, 200))) had = await used()
    assert.equal(had, 1500)
    const small = await give({ quota_day: 299 })
    const refused = await c.app.refused(429, 'GET', `/data/${resource}/download?format=csv`)
    assert.match(refused.detail, /299/)
    for (const format of ['xlsx', 'jsonl', 'gpkg']) await c.app.refused(429, 'GET', `/data/${resource}/download?format=${format}`)
    assert.deepEqual(readdirSync(join(c.server.dir, 'spool')), [], 'no half file is left')
    assert.equal((await c.officer.get('/grants?resource=' + resource)).items.find((g) => g.grant_id === small).used_today, 0)
    await revoke(small)
  })
  test('a row filter, no grant, a revoked one; the own department', async () => {
    const towns = await give({ filter: { town: '镇1' } })
    const lines = text(await down(c.app, 'format=csv')).trim().split('\r\n')
    assert.ok(lines.length > 50 && lines.slice(1).every((line) => line.includes(',镇1,')), lines[1])
    await revoke(towns)
    await c.police.refused(403, 'GET', `/data/${resource}/download?format=csv`)
    const own = await down(c.officer, 'format=csv')
    assert.equal(own.status, 200)
    assert.ok(!text(own).includes(citizenSpread(5)), 'L4 stays masked at home')
    await revoke(grant)
    await c.app.refused(410, 'GET', `/data/${resource}/download?format=csv`)
    await c.app.refused(400, 'GET', `/data/${resource}/download?format=exe`)
  })
  test('evidence names each download with its rows; L4 in clear too', async () => {
    const clear = await give({ clear_sensitive: true, purpose: '为核验常住人口全量比对', fields: [{ name: 'citizen_no', mode: 'clear' }] })
    const answer = await down(c.app, 'format=csv')
    assert.ok(text(answer).includes(citizenSpread(5)))
    const named = (e) => JSON.stringify(e).includes(clear)
    const found = await c.audit.evidence(`action=record.download&resource=${resource}`, (items) => items.some(named))
    const entry = found.find(named)
    assert.ok(entry, JSON.stringify(found[0]))
    assert.equal(Number(entry.row_count ?? entry.rows), 300, JSON.stringify(entry))
  })
})
