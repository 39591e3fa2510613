// One map over the real server: what a tile and the OGC interfaces give is what a query would give, fresh after every write, and read by
// GDAL as they are. GDAL is the public reader here (MVT and OAPIF drivers).
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import MVT from '../../web/node_modules/ol/format/MVT.js'
import { Server, folder, suite } from './harness.mjs'
import { city, load, publish } from './city.mjs'

const Z = 12, X = 3417, Y = 1665 // holds 120.33..120.40, 31.81..31.87
const field = (name, more = {}) => ({ name, title: name, source_name: name, kind: 'text', length: 60, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '',
  check: '', ...more })
const document = (code, fields) => ({ code, name: '井盖 ' + code, summary: '测试', keywords: ['部件'], domain: '城市管理', formats: ['csv'], sharing: 'conditional', sharing_condition: '按履职需要申请',
  sharing_ways: ['api'], opening: 'closed', update_promise: 'daily', retention_months: 12, rules: [], fields })
const points = () => document('307010/000001', [field('no', { key: true, required: true }), field('kind'), field('keeper', { grade: 3, mask: 'name' }), field('seen', { kind: 'date' }),
  field('height', { kind: 'integer' }), field('lon', { kind: 'double', check: 'longitude' }), field('lat', { kind: 'double', check: 'latitude' })])
const shapes = () => document('307010/000002', [field('no', { key: true, required: true }), field('name'), field('shape', { kind: 'geometry' })])
const place = (n) => [120.33 + (n % 20) * 0.003, 31.81 + Math.floor(n / 20) * 0.005]
const row = (n) => `P${n},${n % 2 ? '雨水' : '污水'},张三${n},2026-0${1 + (n % 9)}-01,${n},${place(n).join(',')}\n`
const head = 'no,kind,keeper,seen,height,lon,lat\n'
const square = (lon, lat, side) => JSON.stringify({ type: 'Polygon', coordinates: [[[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]] })

suite('one map', (engine) => {
  let c, resource, areas
  const grant = (fields, filter) => c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, until: new Date(Date.now() + 86400000).toISOString(), quota_day: 100000,
    purpose: '测试：部件上图', clear_sensitive: false, ...(filter ? { filter } : {}), fields })
  const clear = (...names) => names.map((name) => ({ name, mode: 'clear' }))
  const get = (path, headers = {}) => fetch(c.server.url + path, { headers: { authorization: `Bearer ${c.app.key}`, ...headers } })
  /** A tile's features, read by GDAL: properties, and coordinates in degrees. */
  async function tile(query = '', [z, x, y] = [Z, X, Y], of = resource) {
    const answer = await get(`/api/v1/tiles/${of}/${z}/${x}/${y}.mvt${query}`)
    assert.equal(answer.status, 200, await answer.clone().text())
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (!bytes.length) return { features: [], etag: answer.headers.get('etag') }
    const file = join(folder('tile'), `${y}.mvt`)
    writeFileSync(file, bytes)
    const json = execFileSync('ogr2ogr', ['-f', 'GeoJSON', '-t_srs', 'EPSG:4326', '/vsistdout/', file, '-oo', `X=${x}`, '-oo', `Y=${y}`, '-oo', `Z=${z}`, '-oo', 'CLIP=NO'], { encoding: 'utf8' })
    return { features: JSON.parse(json).features, etag: answer.headers.get('etag') }
  }
  const gdal = (...args) => execFileSync(args[0], [...args.slice(1)], { encoding: 'utf8', env: { ...process.env, GDAL_HTTP_HEADERS: `Authorization: Bearer ${c.app.key}` } })

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    resource = await publish(c, points())
    areas = await publish(c, shapes())
    let csv = head
    for (let n = 0; n < 200; n++) csv += row(n)
    assert.equal((await load(c.officer, resource, 'p.csv', Buffer.from(csv))).state, 'reconciled')
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`
    const lines = [['A1', '大', square(120.2, 31.7, 0.4)], ['A2', '小', square(120.35, 31.82, 0.001)], ['A3', '远', square(121, 31, 0.01)]]
    assert.equal((await load(c.officer, areas, 'a.csv', Buffer.from('no,name,shape\n' + lines.map((one) => one.map(quoted).join(',')).join('\n') + '\n'))).state, 'reconciled')
  })
  after(() => c?.server.stop())

  test('a tile holds what the grant gives clear, and nothing else', async () => {
    assert.equal((await get(`/api/v1/tiles/${resource}/${Z}/${X}/${Y}.mvt`)).status, 403)
    const masked = await grant([...clear('no', 'kind', 'lat'), { name: 'lon', mode: 'masked' }])
    assert.equal((await get(`/api/v1/tiles/${resource}/${Z}/${X}/${Y}.mvt`)).status, 403) // where they lie is not clear
    await c.officer.post(`/grants/${masked.grant_id}/revoke`, { version: (await c.officer.get(`/grants/${masked.grant_id}`)).version, reason: '改为可见位置' })
    await grant([...clear('no', 'kind', 'height', 'seen', 'lon', 'lat'), { name: 'keeper', mode: 'masked' }], { kind: '雨水' })
    const { features } = await tile()
    assert.equal(features.length, 100)
    assert.ok(features.every((one) => one.properties.kind === '雨水' && one.properties.keeper === undefined))
    const p7 = features.find((one) => one.properties.no === 'P7')
    assert.ok(Math.abs(p7.geometry.coordinates[0] - place(7)[0]) < 3e-5 && Math.abs(p7.geometry.coordinates[1] - place(7)[1]) < 3e-5)
    assert.deepEqual([p7.properties.height, p7.properties.seen], [7, '2026-08-01'])
    assert.equal((await get(`/api/v1/tiles/${resource}/${Z}/${X}/${Y}.mvt?keeper=x`)).status, 400)
    assert.equal((await get(`/api/v1/tiles/${resource}/2/9/1.mvt`)).status, 400)
  })

  test('filters and a range of time narrow it; many points come as clusters that count them', async () => {
    assert.equal((await tile('?seen.gte=2026-03-01&seen.lte=2026-04-01')).features.length, [...Array(200).keys()].filter((n) => n % 2 && [2, 3].includes(n % 9)).length)
    const { features } = await tile('?cluster=20')
    assert.equal(features.reduce((sum, one) => sum + one.properties.cluster_count, 0), 100)
    assert.ok(features.length <= 64)
    const world = await tile('?cluster=20', [3, 6, 3])
    assert.equal(world.features.reduce((sum, one) => sum + one.properties.cluster_count, 0), 100)
  })

  test('every write shows at once; what has not changed is not sent again', async () => {
    const first = await tile()
    const same = await get(`/api/v1/tiles/${resource}/${Z}/${X}/${Y}.mvt`, { 'if-none-match': first.etag })
    assert.equal(same.status, 304)
    const job = await load(c.officer, resource, 'u.csv', Buffer.from(head + 'P7,雨水,张三,2026-01-01,7,121.5,31.2\nQ1,雨水,李四,2026-01-01,1,120.34,31.83\n'), { mode: 'upsert' })
    assert.equal(job.state, 'reconciled')
    const later = await get(`/api/v1/tiles/${resource}/${Z}/${X}/${Y}.mvt`, { 'if-none-match': first.etag })
    assert.equal(later.status, 200)
    const numbers = (await tile()).features.map((one) => one.properties.no)
    assert.ok(numbers.includes('Q1') && !numbers.includes('P7'))
  })

  test('areas: large ones cover the tile, small ones are in it, far ones are not', async () => {
    const own = await c.officer.get('/map/layers')
    assert.deepEqual(own.items.map((one) => one.kind).sort(), ['points', 'shapes'])
    const answer = await fetch(`${c.server.url}/api/v1/tiles/${areas}/${Z}/${X}/${Y}.mvt`, { headers: { cookie: c.officer.cookie } })
    assert.equal(answer.status, 200)
    const file = join(folder('areas'), `${Y}.mvt`)
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()))
    const found = JSON.parse(execFileSync('ogr2ogr', ['-f', 'GeoJSON', '/vsistdout/', file, '-oo', `X=${X}`, '-oo', `Y=${Y}`, '-oo', `Z=${Z}`], { encoding: 'utf8' }))
    assert.deepEqual(found.features.map((one) => one.properties.no).sort(), ['A1', 'A2'])
  })

  test('an area comes back from a tile of either grid with its corners, by another reader', async () => {
    const corners = JSON.parse(square(120.35, 31.82, 0.001)).coordinates[0].slice(0, 4).map((one) => one.join()).sort()
    for (const degrees of [false, true]) {
      const z = 14, side = (degrees ? 180 : 360) / 2 ** z
      const down = (lat) => degrees ? (90 - lat) / side : (0.5 - Math.asinh(Math.tan(lat * Math.PI / 180)) / (2 * Math.PI)) * 2 ** z
      const [x, y] = [Math.floor((120.35 + 180) / side), Math.floor(down(31.82))]
      const answer = await fetch(`${c.server.url}/ogc/collections/${areas}/tiles/${degrees ? 'WorldCRS84Quad' : 'WebMercatorQuad'}/${z}/${y}/${x}`, { headers: { cookie: c.officer.cookie } })
      assert.equal(answer.status, 200)
      const found = new MVT().readFeatures(await answer.arrayBuffer()).find((one) => one.get('no') === 'A2')
      assert.equal(found.getType(), 'Polygon')
      assert.deepEqual([found.get('no'), found.get('name')], ['A2', '小'])
      const flat = found.getFlatCoordinates(), back = []
      for (let at = 0; at < flat.length; at += 2) {
        const row = y + flat[at + 1] / 4096
        const lat = degrees ? 90 - row * side : Math.atan(Math.sinh(Math.PI * (1 - 2 * row / 2 ** z))) * 180 / Math.PI
        back.push([(x + flat[at] / 4096) * side - 180, lat].map((one) => Number(one.toFixed(3))).join())
      }
      assert.deepEqual([...new Set(back)].sort(), corners)
    }
  })

  test('GDAL reads the collections as they are: paging, box, filter, axis order', async () => {
    const source = `OAPIF:${c.server.url}/ogc`
    const info = gdal('ogrinfo', '-q', source)
    assert.match(info, /307010~000001/)
    const count = (...more) => JSON.parse(gdal('ogr2ogr', '-f', 'GeoJSON', '/vsistdout/', source, '307010~000001', '-oo', 'PAGE_SIZE=30', ...more)).features
    const all = count()
    assert.equal(new Set(all.map((one) => one.properties.no)).size, 101)
    const box = count('-spat', '120.34', '31.81', '120.36', '31.83')
    assert.deepEqual(box.map((one) => one.properties.no).sort(),
      all.filter((one) => one.geometry.coordinates[0] >= 120.34 && one.geometry.coordinates[0] <= 120.36 && one.geometry.coordinates[1] >= 31.81 && one.geometry.coordinates[1] <= 31.83).map((one) => one.properties.no).sort())
    const swapped = await get(`/ogc/collections/307010~000001/items?limit=1&crs=http://www.opengis.net/def/crs/EPSG/0/4490&no=P9`)
    assert.match(swapped.headers.get('content-crs'), /EPSG\/0\/4490/)
    assert.deepEqual((await swapped.json()).features[0].geometry.coordinates, place(9).reverse())
    const one = (await (await get('/ogc/collections/307010~000001/items?no=P9')).json()).features[0]
    const { links, ...alone } = await (await get(`/ogc/collections/307010~000001/items/${one.id}`)).json()
    assert.deepEqual(alone, one)
    assert.deepEqual(links.map((link) => link.rel), ['self', 'collection'])
    assert.deepEqual(await (await get(links[0].href.replace(c.server.url, ''))).json(), { links, ...alone })
    for (const bad of ['bbox=1,2,3', 'crs=x', 'nothing=1', 'limit=0', 'after=x', 'keeper=a']) assert.equal((await get(`/ogc/collections/307010~000001/items?${bad}`)).status, 400, bad)
  })

  test('GDAL knows at once how many there are and where, and filters where the records are', async () => {
    const source = `OAPIF:${c.server.url}/ogc`, asked = () => c.audit.evidence('action=ogc.items&limit=200')
    const before = (await asked()).length
    const cookie = (...args) => execFileSync(args[0], args.slice(1), { encoding: 'utf8', env: { ...process.env, GDAL_HTTP_HEADERS: `Cookie: ${c.officer.cookie}` } })
    const info = cookie('ogrinfo', '-so', source, '307010~000001') // as the supplier: all 201 of them
    assert.match(info, /Feature Count: 201/)
    const [west, south, east, north] = info.match(/Extent: \((.*), (.*)\) - \((.*), (.*)\)/).slice(1).map(Number)
    assert.ok(west > 119.9 && west < 120.33 && south > 31 && south < 31.2 && east > 121.5 && east < 122 && north > 31.855 && north < 32.3, info)
    assert.equal((await asked()).length, before + 1) // one page: nothing was counted by reading it
    const rain = JSON.parse(gdal('ogr2ogr', '-f', 'GeoJSON', '/vsistdout/', source, '307010~000001', '-where', "no = 'P9'")).features
    assert.deepEqual(rain.map((one) => one.properties.no), ['P9'])
    const api = await (await get('/ogc/api')).json()
    assert.equal(api.openapi, '3.0.3')
    assert.deepEqual(api.components.parameters.limit.schema, { type: 'integer', minimum: 1, maximum: 1000, default: 1000 })
    const own = api.paths['/collections/307010~000001/items'].get.parameters.filter((one) => one.name).map((one) => one.name)
    assert.deepEqual(own.sort(), ['height', 'kind', 'lat', 'lon', 'no', 'seen']) // not the keeper, who is masked
    const queryables = await (await get('/ogc/collections/307010~000001/queryables')).json()
    assert.deepEqual(Object.keys(queryables.properties).filter((name) => name !== 'geometry').sort(), own)
    assert.deepEqual([queryables.properties.geometry.format, queryables.properties.geometry.type, queryables.additionalProperties], ['geometry-point', undefined, false])
    const page = async (query) => (await get(`/ogc/collections/307010~000001/items${query}`)).json()
    const whole = await page('') // by a grant with a row filter: all on one page are told, else only those who see all
    assert.deepEqual([whole.numberMatched, whole.numberReturned, whole.features.length, whole.links.some((one) => one.rel === 'next')], [101, 101, 101, false])
    const part = await page('?limit=100&kind=' + encodeURIComponent('雨水'))
    assert.deepEqual([part.numberMatched, part.numberReturned], [undefined, 100])
    assert.equal(part.links.find((one) => one.rel === 'self').href, `${c.server.url}/ogc/collections/307010~000001/items?limit=100&kind=%E9%9B%A8%E6%B0%B4`)
    assert.match(part.timeStamp, /^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+08:00)$/)
  })

  test('axis order: a box and an answer in CRS84, EPSG:4490 and EPSG:4326 hold the same features', async () => {
    const crs = { CRS84: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84', 4490: 'http://www.opengis.net/def/crs/EPSG/0/4490', 4326: 'http://www.opengis.net/def/crs/EPSG/0/4326' }
    const box = [120.34, 31.81, 120.36, 31.83], turned = [31.81, 120.34, 31.83, 120.36]
    const ask = async (query) => { const answer = await get('/ogc/collections/307010~000001/items?' + query); assert.equal(answer.status, 200, query); return [answer.headers.get('content-crs'), (await answer.json()).features] }
    const [, plain] = await ask(`bbox=${box}`)
    assert.ok(plain.length > 5)
    for (const name of ['CRS84', '4490', '4326']) {
      const [header, found] = await ask(`bbox=${name === 'CRS84' ? box : turned}&bbox-crs=${crs[name]}&crs=${crs[name]}`)
      assert.equal(header, `<${crs[name]}>`)
      assert.deepEqual(found.map((one) => name === 'CRS84' ? one.geometry.coordinates : one.geometry.coordinates.toReversed()), plain.map((one) => one.geometry.coordinates), name)
      const one = await get(`/ogc/collections/307010~000001/items/${plain[0].id}?crs=${crs[name]}`)
      assert.equal(one.headers.get('content-crs'), `<${crs[name]}>`)
      assert.deepEqual((await one.json()).geometry, found[0].geometry)
    }
    assert.deepEqual((await ask(`bbox=120.34,31.81,-5,120.36,31.83,900`))[1], plain) // heights say nothing
    const collection = await (await get('/ogc/collections/307010~000001')).json()
    assert.deepEqual([collection.crs, collection.storageCrs], [Object.keys(crs).length && [crs.CRS84, crs[4490], crs[4326]], crs.CRS84])
    assert.equal((await get(`/ogc/collections/307010~000001/items?bbox=1,2,3,4&bbox-crs=x`)).status, 400)
  })

  test('evidence has one entry a tile', async () => {
    await tile()
    const entries = await c.audit.evidence('action=record.tile&limit=1')
    assert.match(JSON.stringify(entries[0]), /12\/3417\/1665/)
  })
})
