// Areas from files of any coordinate system, through GDAL in its limited process: checked, mended, put in force on a date; officers;
// addresses; the real boundaries of Switzerland and the real events of Los Angeles where the data are there.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { folder, random, root, seed, suite, Server } from './harness.mjs'
import { account, city } from './city.mjs'

const data = join(root, '../shared/data')
const box = (x1, y1, x2, y2) => [[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]]
const feature = (code, parent, ring, name = '区' + code) => ({ type: 'Feature', properties: { code, name, parent }, geometry: { type: 'Polygon', coordinates: [ring] } })
const collection = (...features) => ({ type: 'FeatureCollection', features })
const bytes = (value) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const day = 86400000
const iso = (ms) => new Date(ms).toISOString()

suite('place', (engine) => {
  let c, lead, field, second
  const bring = async (level, body, query = '') => {
    const made = await lead.post(`/areas/drafts?level=${level}&name=areas${query}`, body instanceof Uint8Array ? body : bytes(body), { 'content-type': 'application/octet-stream' })
    return checked(made.draft_id)
  }
  const checked = async (id) => {
    for (let tries = 0; ; tries++) {
      const draft = await lead.get('/areas/drafts/' + id)
      if (draft.checked) return draft
      assert.ok(tries < 600, 'the check does not end')
      await new Promise((r) => setTimeout(r, 50))
    }
  }
  const mend = async (draft, tool, features, more = {}) => { await lead.post(`/areas/drafts/${draft.draft_id}/mend`, { version: draft.version, tool, features, ...more }); return checked(draft.draft_id) }
  const accept = (draft, from, more = {}) => lead.post(`/areas/drafts/${draft.draft_id}/accept`, { version: draft.version, valid_from: iso(from), ...more })
  const at = async (x, y, more = '') => (await lead.get(`/place/at?x=${x}&y=${y}${more}`)).areas.at(-1)?.code

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    lead = await account(c.server, c.sys, c.sec, 'lead', c.supplierOrg, ['supervisor'])
    field = await account(c.server, c.sys, c.sec, 'field', c.supplierOrg, ['grid_officer'])
    second = await account(c.server, c.sys, c.sec, 'second', c.supplierOrg, ['grid_officer'])
  })
  after(() => c?.server.stop())

  test('faults are found with their places, hold a draft back, and are mended by tools', async () => {
    let city = await bring(1, collection(feature('320281', '', box(120, 31, 120.4, 31.4))))
    assert.deepEqual([city.state, city.format, city.faults, city.crs], ['open', 'GeoJSON', 0, 4326])
    await accept(city, Date.now() - 10 * day)
    const bow = [[120.2, 31.2], [120.4, 31.4], [120.4, 31.2], [120.2, 31.4], [120.2, 31.2]]
    let towns = await bring(2, collection(
      feature('320281001', '320281', box(120, 31, 120.2, 31.4)),
      feature('320281002', '320281', box(120.19, 31, 120.4, 31.2)), // 0.01 degrees into the first
      feature('320281002', '320281', bow), // crosses itself, and has the code of another
      feature('320281004', '320281', box(120.39, 31.1, 120.5, 31.15)), // leaves the city
      feature('320281005', '', [[120.1, 31.1], [120.11, 31.1], [120.11, 31.11]]))) // left open, no parent
    for (const kind of ['overlap', 'invalid', 'duplicate_code', 'outside_parent', 'unclosed', 'no_parent', 'gap']) assert.ok(towns.counts[kind], kind + ' in ' + JSON.stringify(towns.counts))
    const faults = (await lead.get(`/areas/drafts/${towns.draft_id}/faults?limit=200`)).items
    const overlap = faults.find((one) => one.kind === 'overlap' && one.first_no === 1 && one.second_no === 2)
    assert.equal(overlap.geometry.type, 'Polygon')
    assert.ok(Math.abs(overlap.m2 / (0.01 * 0.2 * 111319.49 ** 2 * Math.cos(31.1 * Math.PI / 180)) - 1) < 0.01, String(overlap.m2))
    assert.equal((await lead.refused(409, 'POST', `/areas/drafts/${towns.draft_id}/accept`, { version: towns.version, valid_from: iso(Date.now()), with_faults: true })).field, 'faults')
    assert.equal((await lead.call('POST', `/areas/drafts/${towns.draft_id}/mend`, { version: 99, tool: 'aside', features: [1] })).status, 409)
    towns = await mend(towns, 'aside', [4, 5])
    assert.equal(towns.features, 3)
    towns = await mend(towns, 'edit', [3], { code: '320281003', geometry: { type: 'Polygon', coordinates: [box(120.2, 31.2, 120.4, 31.4)] } })
    assert.ok(!towns.counts.invalid && !towns.counts.duplicate_code && !towns.counts.unclosed && towns.counts.overlap, JSON.stringify(towns.counts))
    assert.equal((await lead.refused(409, 'POST', `/areas/drafts/${towns.draft_id}/accept`, { version: towns.version, valid_from: iso(Date.now()) })).field, 'with_faults')
    towns = await mend(towns, 'snap', [2], { metres: 1 })
    assert.deepEqual([towns.faults, towns.counts], [0, {}])
    assert.deepEqual(await accept(towns, Date.now() - 9 * day), { changed: 3, ended: 0, unchanged: 0, ladders: [] })
    assert.equal(await at(120.3, 31.3), '320281003')
    assert.equal(await at(120.2, 31.1), '320281001', 'on a shared border: the lower code')
    assert.equal(await at(0, 0), undefined)
  })

  test('an edit of what is in force: split, numbered, merged; in force on a date, history unbroken', async () => {
    const made = await lead.post('/areas/drafts/copy', { level: 2 })
    let draft = await checked(made.draft_id)
    assert.deepEqual([draft.source, draft.features, draft.faults], ['', 3, 0])
    await lead.refused(400, 'POST', `/areas/drafts/${draft.draft_id}/mend`, { version: draft.version, tool: 'split', features: [1], geometry: { type: 'LineString', coordinates: [[120.05, 31.1], [120.1, 31.1]] } })
    draft = await mend(draft, 'split', [1], { geometry: { type: 'LineString', coordinates: [[119.9, 31.2], [120.3, 31.2]] } })
    assert.equal(draft.features, 4)
    assert.equal(draft.counts.no_code, 1)
    draft = await mend(draft, 'number')
    assert.deepEqual(draft.counts, {})
    draft = await mend(draft, 'merge', [2, 3])
    const shapes = (await lead.get(`/areas/drafts/${draft.draft_id}/features`)).features
    assert.deepEqual(shapes.map((one) => one.properties.code), ['320281001', '320281002', '320281004'])
    assert.deepEqual(draft.counts, {}, 'nothing is lost between the parts')
    const past = await lead.refused(409, 'POST', `/areas/drafts/${draft.draft_id}/accept`, { version: draft.version, valid_from: iso(Date.now() - 2 * day), end_others: true, with_faults: true })
    assert.deepEqual([past.field, past.rule], ['valid_from', 'past'], 'what is in force is not changed in the past')
    const from = Date.now()
    assert.deepEqual(await accept(draft, from, { end_others: true, note: '区划调整' }), { changed: 3, ended: 1, unchanged: 0, ladders: [] })
    assert.equal(await at(120.3, 31.3), '320281002')
    assert.equal(await at(120.3, 31.3, '&at=' + encodeURIComponent(iso(from - 1000))), '320281003', 'an event of before belongs to the grid of before')
    const again = await checked((await lead.post('/areas/drafts/copy', { level: 2 })).draft_id)
    assert.deepEqual(await accept(again, Date.now()), { changed: 0, ended: 0, unchanged: 3, ladders: [] })
  })

  test('Shapefile, GeoPackage, CGCS2000 zone, GCJ-02: the same place; what cannot be read says why', async () => {
    const dir = folder('maps')
    writeFileSync(join(dir, 'v.geojson'), JSON.stringify(collection(feature('320281001001', '320281001', box(120.05, 31.05, 120.1, 31.1), '文定社区'))))
    const ogr = (...args) => execFileSync('ogr2ogr', args, { cwd: dir })
    ogr('-f', 'ESRI Shapefile', 'v.shp', 'v.geojson', '-t_srs', 'EPSG:4528', '-lco', 'ENCODING=UTF-8')
    ogr('-f', 'GPKG', 'v.gpkg', 'v.geojson', '-t_srs', 'EPSG:4549')
    const files = readdirSync(dir).filter((name) => /^v\.(shp|shx|dbf|prj|cpg)$/.test(name))
    const zipped = join(dir, 'v.zip')
    execFileSync('python3', ['-c', 'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n for f in sys.argv[2:]: z.write(f)', zipped, ...files], { cwd: dir })
    for (const [file, format, crs] of [['v.zip', 'Shapefile', 4528], ['v.gpkg', 'GeoPackage', 4549]]) {
      const draft = await bring(3, readFileSync(join(dir, file)))
      assert.deepEqual([draft.format, draft.crs, draft.mapping.code, draft.mapping.parent], [format, crs, 'code', 'parent'])
      const [one] = (await lead.get(`/areas/drafts/${draft.draft_id}/features`)).features
      assert.deepEqual([one.properties.code, one.properties.name], ['320281001001', '文定社区'])
      for (const [x, y] of one.geometry.coordinates[0]) assert.ok([120.05, 120.1].some((v) => Math.abs(v - x) < 1e-6) && [31.05, 31.1].some((v) => Math.abs(v - y) < 1e-6), `${x} ${y}`)
    }
    // a corner as GCJ-02 has it, shifted by some 500 m
    const true_ = await lead.get('/place/at?x=120.0544&y=31.0479&crs=GCJ02')
    const gcj = collection(feature('320281001001', '320281001', box(120.0544, 31.0479, 120.1044, 31.0979)))
    const right = (await lead.get(`/areas/drafts/${(await bring(3, gcj, '&crs=GCJ02')).draft_id}/features`)).features[0].geometry.coordinates[0][0]
    assert.ok(Math.abs(true_.lon - 120.0544) > 0.003 && Math.abs(right[0] - true_.lon) < 1e-9 && Math.abs(right[1] - true_.lat) < 1e-9, JSON.stringify(right))
    const wrong = await bring(2, collection(feature('320281009', '320281', box(120.0044, 30.9979, 120.4044, 31.3979))))
    assert.ok(wrong.counts.datum, 'the city as GCJ-02 has it, brought in as if it were CGCS2000: ' + JSON.stringify(wrong.counts))
    for (const [body, query, field] of [['not a map', '', 'file'], ['{"type":"FeatureCollection","features":[', '', 'file'], [collection(), '', 'file'], [gcj, '&crs=EPSG:x', 'crs'], [gcj, '&layer=none', 'layer']])
      assert.equal((await lead.refused(400, 'POST', '/areas/drafts?level=3&name=x' + query, bytes(body))).field, field)
    const none = collection(feature('1', '', [[40500000, 3464884], [40500100, 3464884], [40500100, 3464984], [40500000, 3464884]]))
    assert.ok((await bring(3, none)).counts.unreadable, 'metres taken for degrees')
    assert.equal((await field.call('POST', '/areas/drafts?level=3&name=x', bytes(gcj))).status, 403)
  })

  test('one officer a grid, substitutes with their dates, and grids without one', async () => {
    const [town, other] = (await lead.get('/areas?level=2')).items
    const none = await lead.refused(400, 'PUT', `/areas/${town.area_key}/officers`, { officers: [{ account_id: (await lead.get('/session')).account_id ?? '1' }] })
    assert.match(JSON.stringify(none), /not_on_site|unknown_account/)
    await lead.put(`/areas/${town.area_key}/officers`, { officers: [{ account_id: field.account_id, until: iso(Date.now() + 5 * day) }, { account_id: second.account_id }] })
    const duty = (when) => lead.get(`/place/at?x=120.05&y=31.05&at=${encodeURIComponent(iso(when))}`)
    assert.equal((await duty(Date.now() + 1000)).officer_name, 'field')
    assert.equal((await duty(Date.now() + 6 * day)).officer_name, 'second')
    const uncovered = (await lead.get('/areas/uncovered?level=2')).items.map((one) => one.code)
    assert.ok(!uncovered.includes(town.code) && uncovered.includes(other.code))
  })

  test('an address as people say it: its parts, candidates, a score, the area it lies in', async () => {
    const csv = 'id,standard,lon,lat\n1,江阴市澄江街道人民中路12号,120.01,31.01\n2,江阴市澄江街道人民中路14号,120.02,31.01\n3,江阴市南闸街道人民中路12号,120.3,31.3\n4,"Av. 18 de Julio 1234, Montevideo",120.3,31.31\n5,坏行,x,y\n'
    const brought = await lead.post('/place/addresses', bytes(csv))
    assert.deepEqual({ ...brought, load_id: '' }, { load_id: '', read: 5, kept: 4, refused: 1, first_refused_line: 6 })
    const find = async (q) => await lead.get('/place/addresses?q=' + encodeURIComponent(q))
    const exact = await find('澄江街道人民中路１２号3幢402室')
    assert.deepEqual(exact.parts, { town: '澄江街道', road: '人民中路', number: '12', building: '3', unit: '', room: '402' })
    assert.equal(exact.items[0].standard, '江阴市澄江街道人民中路12号')
    assert.ok(exact.items[0].score > exact.items[1].score && exact.items[0].area_name, JSON.stringify(exact.items))
    assert.equal((await find('南闸街道人民中路12号')).items[0].standard, '江阴市南闸街道人民中路12号')
    assert.equal((await find('人民中路13号')).items.length, 3, 'doors near by')
    assert.ok((await find('avenida 18 de julio 1234')).items[0].score >= 900)
    assert.ok((await find('中路12号')).items[0].score < 900, 'a part of the road')
    const misheard = (await find('仁民中路12号')).items
    assert.ok(misheard.length && misheard[0].standard.includes('人民中路12号') && misheard[0].score < 900, 'one character otherwise')
    assert.deepEqual((await find('没有的路1号')).items, [])
  })

  test('rows of addresses that are refused say line, field, value, rule and what to do; kept as a file, mended and brought in again', async () => {
    const csv = '编号,标准地址,道路,门牌号,经度,纬度,备注\n' + ['11,,新华路,3,120.05,31.05,一', ',江阴市新华路5号,,,120.05,31.05,', '12,,,,120.05,31.05,', '13,新华路7号,,,东经120,31.05,', '14,新华路9号,,,31.05,120.05,反了', '15,新华路11号,,,120.05,,', '16,新华路13号,,,0,0,', '17,澄江街道,,,120.05,31.05,', '18,新华路15号,,,120.05,31.05,无引号,多一列'].join('\n')
    const made = await lead.post('/place/addresses?name=' + encodeURIComponent('门牌.csv'), bytes(csv))
    assert.deepEqual([made.read, made.kept, made.refused, made.first_refused_line], [9, 1, 8, 3])
    const why = (await lead.get(`/place/address-loads/${made.load_id}/refused`)).items
    assert.deepEqual(why.map((one) => [one.row_no, one.field, one.value, one.rule]), [[3, 'id', '', 'required'], [4, 'standard', '', 'required'], [5, 'lon', '东经120', 'number'], [6, 'lon', '31.05', 'crs'], [7, 'lat', '', 'required'], [8, 'lon', '0', 'zero'], [9, 'standard', '澄江街道', 'road'], [10, '', '', 'columns']])
    assert.ok(why.every((one) => one.message && one.advice))
    const [load] = (await lead.get('/place/address-loads?limit=1')).items
    assert.deepEqual([load.load_id, load.file_name, load.read, load.refused, load.refused_kept, load.by_name, load.ended_at > load.begun_at], [made.load_id, '门牌.csv', 9, 8, 8, 'lead', true])
    const file = (new TextDecoder().decode(await lead.get(`/place/address-loads/${made.load_id}/refused-file`))).replace(/^\ufeff/, '').trim().split('\r\n')
    assert.equal(file.length, 9)
    assert.ok(file[0].startsWith('编号,标准地址,道路,门牌号,经度,纬度,备注,行号,退回字段,退回值,退回原因,处理建议'), file[0])
    assert.ok(file[4].startsWith('14,新华路9号,,,31.05,120.05,反了,6,lon,31.05,'), file[4])
    // mended in the file itself, saved as GB18030 with semicolons, and brought in again
    const mended = [file[0], file[4].replace('31.05,120.05', '120.05,31.05')].map((line) => line.replaceAll(',', ';')).join('\n')
    const again = await lead.post('/place/addresses?name=again.csv', new Uint8Array(execFileSync('iconv', ['-f', 'UTF-8', '-t', 'GB18030'], { input: mended })))
    assert.deepEqual([again.read, again.kept, again.refused], [1, 1, 0])
    assert.equal((await lead.get('/place/addresses?q=' + encodeURIComponent('新华路9号'))).items[0].standard, '新华路9号')
    assert.deepEqual((await lead.refused(400, 'POST', '/place/addresses', bytes('编号,标准地址\n1,新华路9号\n'))).value, 'lon')
    assert.equal((await field.call('GET', `/place/address-loads/${made.load_id}/refused`)).status, 403)
    assert.equal((await lead.call('GET', '/place/address-loads/1/refused-file')).status, 404)
  })

  test('an address as a crossing: where the doors of both roads are nearest, else which road the city has not', async () => {
    // 环城路 runs east on 31.15, 长江路 north on 120.1 and, in another town, on 120.3: doors every 50 m, 15 m from the middle
    const doors = []
    for (let i = -10; i <= 10; i++) for (const side of [-1, 1]) {
      const no = 2 * (i + 11) + (side > 0)
      doors.push(['澄江街道', '环城路', no, 120.1 + i * 0.0005 + 0.0001, 31.15 + side * 0.000135], ['澄江街道', '长江路', no, 120.1 + side * 0.000157, 31.15 + i * 0.00045 + 0.0001],
        ['南闸街道', '环城路', no, 120.3 + i * 0.0005 + 0.0001, 31.05 + side * 0.000135], ['南闸街道', '长江路', no, 120.3 + side * 0.000157, 31.05 + i * 0.00045 + 0.0001])
    }
    doors.push(['澄江街道', '远方路', 1, 120.01, 31.05])
    await lead.post('/place/addresses', bytes('id,town,road,number,lon,lat\n' + doors.map((one, i) => ['x' + i, ...one].join()).join('\n')))
    const find = async (q) => lead.get('/place/addresses?q=' + encodeURIComponent(q))
    const near = (one, lon, lat) => Math.hypot((one.lon - lon) * 95300, (one.lat - lat) * 110900)
    for (const q of ['环城路与长江路交叉口', '环城路/长江路路口', '环城路长江路口', '长江路近环城路']) {
      const { items, crossing } = await find('澄江街道' + q)
      assert.deepEqual([crossing.unknown, crossing.apart, crossing.roads.length], [[], null, 2], q)
      assert.ok(near(items[0], 120.1, 31.15) < 15, `${q}: ${JSON.stringify(items[0])}`)
      assert.ok(items[0].score >= 900 && items[1].score <= items[0].score - 60 && near(items[1], 120.3, 31.05) < 15, JSON.stringify(items))
      assert.match(items[0].standard, /环城路.*交叉口/)
    }
    const open = (await find('环城路与长江路交叉口')).items
    assert.equal(open.length, 2, 'two towns have such roads')
    assert.equal(open[0].score, open[1].score)
    assert.ok((await find('环成路与长江路交叉口')).items[0].score < 900, 'one letter otherwise')
    assert.deepEqual(await find('环城路与没有路交叉口').then(({ items, crossing }) => [items, crossing.unknown]), [[], ['没有路']])
    const apart = (await find('远方路与长江路交叉口'))
    assert.ok(apart.items.length === 0 && apart.crossing.apart > 9000, JSON.stringify(apart))
    assert.equal((await find('环城路12号')).crossing, null)
  })

  test('door numbers of Montevideo: as written, without marks and accents, and misspelled', { skip: existsSync(join(data, 'osm')) ? false : 'the data are not here' }, async (t) => {
    const rows = gunzipSync(readFileSync(join(data, 'osm/montevideo_addresses_W.csv.gz'))).toString().trim().split('\n').slice(1).map((line) => line.split(',')).filter((row) => row.length === 7 && row[3].length > 6 && row[4])
    const dice = random(), some = rows.filter(() => dice() < 0.2)
    const brought = await lead.post('/place/addresses?crs=WGS84', bytes('id,lon,lat,street,housenumber,town\n' + some.map(([id, lon, lat, street, number]) => [id, lon, lat, street, number, 'Montevideo'].join()).join('\n')))
    assert.equal(brought.refused, 0)
    const plain = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/^(avenida|calle|bulevar|camino) /, '')
    const swapped = (text) => { const at = 1 + Math.floor(dice() * (text.length - 3)); return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2) }
    for (const [how, say, least] of [['as written', (s) => s, 0.96], ['plain', plain, 0.95], ['misspelled', (s) => swapped(plain(s)), 0.9]]) {
      let found = 0
      const asked = some.filter(() => dice() < 150 / some.length)
      for (const [, lon, lat, street, number] of asked) {
        const [best] = (await lead.get('/place/addresses?limit=1&q=' + encodeURIComponent(`${say(street)} ${number}, Montevideo`))).items
        found += Boolean(best) && Math.hypot((best.lon - lon) * 91000, (best.lat - lat) * 111000) < 150
      }
      t.diagnostic(`${how}: ${found} of ${asked.length} within 150 m`)
      assert.ok(asked.length > 80 && found / asked.length >= least, `${how}: ${found} of ${asked.length}, seed ${seed}`)
    }
    // crossings: corners that the lines of two streets share
    const lines = JSON.parse(gunzipSync(readFileSync(join(data, 'osm/montevideo_lines_W.geojson.gz')))).features
    const known = new Map(), corners = new Map(), pairs = new Map()
    for (const [, , , street] of some) known.set(street, (known.get(street) ?? 0) + 1)
    for (const { properties: { name, highway }, geometry } of lines) {
      if (!highway || !(known.get(name) >= 8)) continue
      for (const at of geometry.type === 'LineString' ? geometry.coordinates : geometry.coordinates.flat()) corners.set(at.join(), (corners.get(at.join()) ?? new Set()).add(name))
    }
    for (const [at, names] of corners) for (const a of names) for (const b of names) if (a < b) pairs.set(`${a}|${b}`, [...(pairs.get(`${a}|${b}`) ?? []), at.split(',').map(Number)])
    const off = []
    let met = 0, tried = 0
    for (const [names, places] of pairs) {
      if (dice() > 120 / pairs.size) continue
      const [a, b] = names.split('|'), { items: [best], crossing } = await lead.get('/place/addresses?limit=1&q=' + encodeURIComponent(`${plain(a)} ${dice() < 0.5 ? 'esquina' : '&'} ${plain(b)}`))
      assert.deepEqual(crossing?.unknown, [], names)
      tried++
      if (!best) continue
      met++
      if (best.score >= 900) off.push(Math.min(...places.map(([lon, lat]) => Math.hypot((best.lon - lon) * 91000, (best.lat - lat) * 111000))))
    }
    off.sort((a, b) => a - b)
    t.diagnostic(`crossings: ${met} of ${tried} meet; ${off.length} of score 900 or more, of those half within ${off[off.length >> 1].toFixed(0)} m, 95 % within ${off[Math.floor(off.length * 0.95)].toFixed(0)} m`)
    assert.ok(tried > 60 && met / tried > 0.9 && off[off.length >> 1] < 30 && off[Math.floor(off.length * 0.95)] < 80, `${met} of ${tried}, ${off.slice(-8)}, seed ${seed}`)
    assert.equal((await lead.get('/place/addresses?limit=1&q=' + encodeURIComponent('Treinta y Tres'))).crossing, null, 'a name with the word for and')
  })

  test('buildings of Astana that have a house number are addresses: a street in Cyrillic, the word for it before or behind', { skip: existsSync(join(data, 'osm/astana_buildings.geojson.gz')) ? false : 'the data are not here' }, async (t) => {
    const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`
    const houses = JSON.parse(gunzipSync(readFileSync(join(data, 'osm/astana_buildings.geojson.gz')))).features.flatMap(({ properties: { id, addr_street: street, addr_housenumber: number }, geometry }) => {
      const corners = geometry.type === 'Polygon' ? geometry.coordinates.flat() : geometry.coordinates.flat(2), middle = (i) => { const all = corners.map((at) => at[i]); return (Math.min(...all) + Math.max(...all)) / 2 }
      return street && number ? [{ id, street, number, lon: middle(0), lat: middle(1) }] : []
    })
    const brought = await lead.post('/place/addresses?crs=WGS84&name=astana.csv', bytes('id,street,housenumber,lon,lat\n' + houses.map((one) => ['astana' + one.id, quoted(one.street), quoted(one.number), one.lon, one.lat].join()).join('\n')))
    const refused = (await lead.get(`/place/address-loads/${brought.load_id}/refused`)).items
    assert.ok(brought.read === houses.length && brought.refused <= houses.length / 200, `${brought.refused} of ${houses.length}: ${JSON.stringify(refused.slice(0, 5))}`)
    const dice = random(), asked = houses.filter(() => dice() < 150 / houses.length)
    let found = 0
    for (const { street, number, lon, lat } of asked) {
      const best = (await lead.get('/place/addresses?limit=5&q=' + encodeURIComponent(`${street} ${number}`))).items
      found += best.some((one) => one.score >= best[0].score && Math.hypot((one.lon - lon) * 70000, (one.lat - lat) * 111000) < 150)
    }
    t.diagnostic(`${brought.kept} of ${houses.length} houses; ${found} of ${asked.length} within 150 m among the best`)
    assert.ok(asked.length > 80 && found / asked.length >= 0.9, `${found} of ${asked.length}, seed ${seed}`)
  })

  test('Switzerland nests, read in EPSG:2056; events of Los Angeles fall in the council the city recorded', { skip: existsSync(join(data, 'boundaries')) ? false : 'the data are not here' }, async () => {
    const setting = (await c.sys.get('/settings')).items.find((one) => one.name === 'place.code_widths')
    await c.sys.put('/settings/place.code_widths', { value: '0,0,0,0', version: setting.version })
    const read = (name) => gunzipSync(readFileSync(join(data, 'boundaries', name)))
    const put = async (level, name) => {
      const draft = await bring(level, read(name))
      for (const kind of ['unclosed', 'unreadable', 'duplicate_code', 'no_parent', 'overlap', 'outside_parent', 'datum']) assert.ok(!draft.counts[kind], `${name} ${kind}: ${JSON.stringify(draft.counts)}`)
      await accept(draft, Date.now() - day, { with_faults: true })
      return draft
    }
    for (const [level, name, count] of [[1, 'ch_l2_cantons_2020.geojson.gz', 26], [2, 'ch_l3_districts_2020.geojson.gz', 143], [3, 'ch_l4_municipalities_2020.geojson.gz', 2205]]) {
      const draft = await put(level, name)
      assert.deepEqual([draft.crs, draft.features], [2056, count], JSON.stringify(draft.counts))
    }
    const bern = (await lead.get('/place/at?x=7.4475&y=46.948')).areas
    assert.deepEqual(bern.map((one) => one.level), [1, 2, 3])
    assert.equal(bern[2].name, 'Bern')
    assert.equal((await lead.get('/place/at?x=2600000&y=1200000&crs=EPSG:2056')).areas.length, 3)
    // Los Angeles as the city drew it: one council crosses itself, some overlap by slivers
    let councils = await bring(1, read('la_neighborhood_councils.geojson.gz'))
    const crossed = (await lead.get(`/areas/drafts/${councils.draft_id}/faults?kind=invalid`)).items.map((one) => one.first_no)
    assert.equal(crossed.length, 1)
    councils = await mend(councils, 'valid', crossed)
    assert.ok(!councils.counts.invalid && councils.counts.overlap)
    await accept(councils, Date.now(), { with_faults: true })
    // …,latitude,longitude,apc,cd,nc,ncname,policeprecinct
    const lines = gunzipSync(readFileSync(join(data, 'events/la311_2017-12_2018-01_2020-01.csv.gz'))).toString().trim().split('\n').map((line) => line.split(',').slice(-7))
    const [lat, lon, nc] = [0, 1, 4]
    const asked = lines.filter((line, i) => i % 40 === 7 && Number(line[lat]) && Number(line[lon]) && Number(line[nc]))
    let same = 0
    for (const line of asked) if (await at(line[lon], line[lat]) === line[nc]) same++
    assert.ok(asked.length > 500 && same / asked.length >= 0.97, `${same} of ${asked.length}`)
  })
})
