// The map's standard interfaces without login: what is opened and nothing else, read by GDAL as it is; tiles of both grids decoded by a
// public reader (OpenLayers) and equal to the rows that were loaded.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import MVT from '../../web/node_modules/ol/format/MVT.js'
import { Server, suite } from './harness.mjs'
import { load } from './city.mjs'
import { Public, header, openFields, openUp, rows, shopCity } from './open_city.mjs'

const lonOf = (n) => 120 + n / 100, latOf = (n) => Number(`31.${100 + n}`) // as open_city.mjs places them
const Z = 8

suite('open map', (engine) => {
  let c, resource, code, anybody
  const get = (path, options) => anybody.fetch(path, options)
  const json = async (path) => { const answer = await get(path); assert.equal(answer.status, 200, path); return answer.json() }
  /** Features of a tile as OpenLayers decodes them, with longitude and latitude of the first position. */
  async function tile(path, [z, x, y], degrees) {
    const answer = await get(`${path}/${z}/${y}/${x}`)
    assert.equal(answer.status, 200, path)
    const bytes = await answer.arrayBuffer()
    const side = degrees ? 180 / 2 ** z : 1 / 2 ** z
    const place = ([u, v]) => degrees ? [x * side - 180 + u / 4096 * side, 90 - (y + v / 4096) * side]
      : [(x + u / 4096) * side * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - 2 * (y + v / 4096) * side))) * 180 / Math.PI]
    return new MVT().readFeatures(bytes).map((one) => ({ id: one.getId(), type: one.getType(), at: place(one.getFlatCoordinates()), values: one.getProperties() }))
  }
  const tilesOver = (degrees) => { // the tiles of zoom Z that hold the shops
    const side = degrees ? 180 / 2 ** Z : 360 / 2 ** Z, found = new Map()
    const row = (lat) => degrees ? (90 - lat) / side : (0.5 - Math.asinh(Math.tan(lat * Math.PI / 180)) / (2 * Math.PI)) * 2 ** Z
    for (let n = 1; n <= rows; n++) { const at = [Z, Math.floor((lonOf(n) + 180) / side), Math.floor(row(latOf(n)))]; found.set(at.join(), at) }
    return [...found.values()]
  }

  before(async () => {
    ({ c, resource } = await shopCity(await Server.fresh(engine, { city: true, args: ['--trust-proxy', '127.0.0.1'] })))
    anybody = new Public(c.server)
    code = (await c.officer.get(`/resources/${resource}`)).code.replaceAll('/', '~')
  })
  after(() => c?.server.stop())

  test('what is not open is like what does not exist', async () => {
    assert.deepEqual((await json('/open/ogc/collections')).collections, [])
    for (const name of [code, resource, 'no~such', '1']) for (const rest of ['', '/items', '/items/1', '/queryables', '/tiles', '/tiles/WorldCRS84Quad', '/tiles/WebMercatorQuad/0/0/0']) {
      const answer = await get(`/open/ogc/collections/${name}${rest}`)
      assert.equal(answer.status, 404, name + rest)
      assert.match((await answer.json()).detail, /no open data under this name/)
    }
    assert.equal((await get('/ogc/collections')).status, 401)
    // who is logged in is answered as anybody here, though the officer sees his own resource under /ogc
    assert.equal((await fetch(`${c.server.url}/open/ogc/collections/${code}/items`, { headers: { cookie: c.officer.cookie } })).status, 404)
    await openUp(c, resource, openFields.filter((name) => name !== 'lat')) // open, but where the shops lie is not
    assert.equal((await get(`/open/ogc/collections/${code}/items`)).status, 404)
    assert.deepEqual((await json('/open/ogc/collections')).collections, [])
  })

  test('features: the open fields, names that tell nothing of record ids, pages, filters', async () => {
    const had = (await c.officer.get(`/openings`)).items.find((one) => one.state === 'open')
    await c.officer.post(`/openings/${had.opening_id}/close`, { version: had.version, reason: '补充位置' })
    await openUp(c, resource)
    assert.deepEqual((await json('/open/ogc/collections')).collections.map((one) => one.id), [code])
    const items = `/open/ogc/collections/${code}/items`
    const first = await json(`${items}?limit=25`)
    assert.deepEqual(Object.keys(first.features[0].properties).sort(), [...openFields].sort())
    for (const hidden of ['secret_note', 'owner', 'owner_phone', 'owner_born', 'owner_from']) {
      assert.equal(first.features[0].properties[hidden], undefined)
      assert.equal((await get(`${items}?${hidden}=x`)).status, 400, hidden)
      assert.equal((await json(`/open/ogc/collections/${code}/queryables`)).properties[hidden], undefined)
    }
    const all = [...first.features]
    for (let next = first; (next = next.links.find((one) => one.rel === 'next'));) { next = await json(next.href.replace(c.server.url, '')); all.push(...next.features) }
    assert.equal(new Set(all.map((one) => one.id)).size, rows)
    for (const one of all) {
      const n = Number(one.properties.shop_no.slice(1))
      assert.deepEqual(one.geometry.coordinates, [lonOf(n), latOf(n)])
    }
    assert.match(all[0].id, /^[0-9a-f]{32}$/)
    const { links, ...alone } = await json(`${items}/${all[7].id}`)
    assert.deepEqual(alone, all[7])
    assert.equal(links.find((one) => one.rel === 'collection').href, `${c.server.url}/open/ogc/collections/${code}`)
    const own = await (await fetch(`${c.server.url}/ogc/collections/${code}/items?limit=1`, { headers: { cookie: c.officer.cookie } })).json()
    assert.equal((await get(`${items}/${own.features[0].id}`)).status, 404) // a record id is no name here
    assert.equal((await get(`${items}?after=5.${own.features[0].id}`)).status, 400)
    assert.equal((await json(`${items}?town=${encodeURIComponent('镇1')}&limit=100`)).features.length, 15)
    assert.equal((await json(`${items}?datetime=2020-01-03/2020-01-04&limit=100`)).features.length, [...Array(rows).keys()].filter((n) => [3, 4].includes(1 + ((n + 1) % 28))).length)
    const large = await json(`${items}?limit=100000`) // more than is given is no mistake, says the standard
    assert.deepEqual([large.features.length, large.numberReturned, large.numberMatched, first.numberMatched], [rows, rows, rows, rows])
    for (const bad of ['bbox=1,2,3', 'crs=x', 'nothing=1', 'after=x']) assert.equal((await get(`${items}?${bad}`)).status, 400, bad)
    assert.equal((await get(items)).headers.get('access-control-allow-origin'), '*')
  })

  test('GDAL reads the features as they are', () => {
    const source = `OAPIF:${c.server.url}/open/ogc`
    assert.match(execFileSync('ogrinfo', ['-q', source], { encoding: 'utf8' }), new RegExp(code))
    const features = JSON.parse(execFileSync('ogr2ogr', ['-f', 'GeoJSON', '/vsistdout/', source, code, '-oo', 'PAGE_SIZE=25'], { encoding: 'utf8' })).features
    assert.equal(features.length, rows)
    assert.deepEqual(features.find((one) => one.properties.shop_no === 'S0009').geometry.coordinates, [lonOf(9), latOf(9)])
    assert.equal(features.some((one) => 'owner_phone' in one.properties), false)
  })

  for (const [set, degrees] of [['WebMercatorQuad', false], ['WorldCRS84Quad', true]]) test(`tiles of ${set} hold each row once, where it lies and as it was loaded`, async () => {
    const listed = await json(`/open/ogc/collections/${code}/tiles`)
    const mine = listed.tilesets.find((one) => one.tileMatrixSetURI.endsWith(set))
    const path = mine.links.find((one) => one.rel === 'item').href.replace(c.server.url, '').replace('/{tileMatrix}/{tileRow}/{tileCol}', '')
    const matrix = await json(mine.links.find((one) => one.rel.endsWith('tiling-scheme')).href.replace(c.server.url, ''))
    assert.deepEqual([matrix.id, matrix.tileMatrices[1].matrixWidth, matrix.tileMatrices[1].matrixHeight], [set, degrees ? 4 : 2, 2])
    assert.ok(Math.abs(matrix.tileMatrices[0].scaleDenominator - (degrees ? 279541132.0143589 : 559082264.0287178)) < 1e-4)
    const found = (await Promise.all(tilesOver(degrees).map((at) => tile(path, at, degrees)))).flat()
    assert.equal(found.length, rows)
    assert.equal(new Set(found.map((one) => one.id)).size, rows)
    const unit = (degrees ? 180 : 360) / 2 ** Z / 4096
    for (const one of found) {
      const n = Number(one.values.shop_no.slice(1))
      assert.equal(one.type, 'Point')
      assert.ok(one.at[0] <= lonOf(n) + 1e-9 && lonOf(n) - one.at[0] < unit && Math.abs(one.at[1] - latOf(n)) < unit, `${set} S${n}: ${one.at}`)
      assert.deepEqual([one.values.town, one.values.stars, one.values.opened_on], [`镇${n % 4}`, n % 6, `2020-01-${String(1 + (n % 28)).padStart(2, '0')}`])
      assert.equal(one.values.owner_phone ?? one.values.secret_note, undefined)
    }
    for (const bad of ['0/0/9', '23/0/0', '1/2/0', '1/x/0']) assert.equal((await get(`${path}/${bad}`)).status, 400, bad)
    assert.equal((await get(`/open/ogc/collections/${code}/tiles/Other/0/0/0`)).status, 400)
  })

  test('a write shows at once; what has not changed is not sent again; closed is gone', async () => {
    const path = `/open/ogc/collections/${code}/tiles/WebMercatorQuad`
    const [at] = tilesOver(false)
    const url = `${path}/${at[0]}/${at[2]}/${at[1]}`
    const etag = (await get(url)).headers.get('etag')
    assert.equal((await get(url, { headers: { 'if-none-match': etag } })).status, 304)
    assert.equal((await load(c.officer, resource, 'u.csv', header + `S9999,新店,镇9,1,1.00,2020-01-01,${lonOf(1)},${latOf(1)},密,张三,13800000000,1980-01-01,籍贯\n`, { mode: 'upsert' })).state, 'reconciled')
    assert.equal((await get(url, { headers: { 'if-none-match': etag } })).status, 200)
    assert.ok((await tile(path, at, false)).some((one) => one.values.shop_no === 'S9999'))
    const open = (await c.officer.get('/openings')).items.find((one) => one.state === 'open')
    await c.officer.post(`/openings/${open.opening_id}/close`, { version: open.version, reason: '测试结束' })
    assert.equal((await get(url, { headers: { 'if-none-match': etag } })).status, 404)
  })

  test('GDAL reads a whole collection by its own small pages, though an address may call only so often', async () => {
    await openUp(c, resource)
    const setting = (await c.sys.get('/settings')).items.find((one) => one.name === 'open.calls_minute')
    await c.sys.put('/settings/open.calls_minute', { value: '40', version: setting.version })
    let csv = header
    for (let n = 0; n < 600; n++) csv += `T${n},店,镇1,1,1.00,2020-01-01,${119 + n / 1000},30.5,密,张三,13800000000,1980-01-01,籍贯\n`
    assert.equal((await load(c.officer, resource, 'more.csv', csv, { mode: 'upsert' })).state, 'reconciled')
    const env = { ...process.env, GDAL_HTTP_HEADERS: 'X-Forwarded-For: 198.51.100.99' }
    const read = (...more) => JSON.parse(execFileSync('ogr2ogr', ['-f', 'GeoJSON', '/vsistdout/', `OAPIF:${c.server.url}/open/ogc`, code, ...more], { encoding: 'utf8', env, maxBuffer: 1 << 26 })).features
    assert.equal(new Set(read().map((one) => one.properties.shop_no)).size, rows + 601) // 67 pages of 10
    assert.equal(read('-oo', 'PAGE_SIZE=100000').length, rows + 601)
    // pages that begin anew are calls; so are other calls
    const other = new Public(c.server, '198.51.100.97')
    const statuses = []
    for (let n = 0; n < 42; n++) statuses.push((await other.fetch(n % 2 ? '/open/ogc/collections' : `/open/ogc/collections/${code}/items?limit=1`)).status)
    assert.deepEqual([statuses.slice(0, 40).every((one) => one === 200), ...statuses.slice(40)], [true, 429, 429])
  })
})
