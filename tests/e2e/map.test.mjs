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
    assert.deepEqual(await (await get(`/ogc/collections/307010~000001/items/${one.id}`)).json(), one)
    for (const bad of ['bbox=1,2,3', 'crs=x', 'nothing=1', 'limit=0', 'after=x', 'keeper=a']) assert.equal((await get(`/ogc/collections/307010~000001/items?${bad}`)).status, 400, bad)
  })

  test('evidence has one entry a tile', async () => {
    await tile()
    const entries = await c.audit.evidence('action=record.tile&limit=1')
    assert.match(JSON.stringify(entries[0]), /12\/3417\/1665/)
  })
})
