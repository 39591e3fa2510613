// Styles of layers over the real server: set by the supplier in versions, seen by each reader as far as he sees the data, given to other
// programs; classes from the real values; clusters bounded and counted as the list counts.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import MVT from '../../web/node_modules/ol/format/MVT.js'
import { Server, suite } from './harness.mjs'
import { load } from './city.mjs'
import { Public, header, openFields, openUp, rows, shopCity } from './open_city.mjs'

suite('styles of the map', (engine) => {
  let c, resource, code, anybody
  const layer = async (who) => (await who.get('/map/layers')).items.find((one) => one.resource_id === resource)
  const classes = (query) => c.officer.get(`/map/classes/${code}?${query}`)
  before(async () => {
    ({ c, resource } = await shopCity(await Server.fresh(engine, { city: true, args: ['--trust-proxy', '127.0.0.1'] })))
    anybody = new Public(c.server)
    code = (await c.officer.get(`/resources/${resource}`)).code.replaceAll('/', '~')
  })
  after(() => c?.server.stop())

  test('classes come from the real values: most frequent, equal ranges, equal numbers; dates have their ends', async () => {
    const towns = await classes('field=town&method=unique')
    assert.deepEqual(towns.items.map((one) => [one.value, one.count]), [['镇0', 15], ['镇1', 15], ['镇2', 15], ['镇3', 15]])
    assert.equal(towns.total, rows)
    const shares = await classes('field=lon&method=quantile&count=4')
    assert.deepEqual(shares.items.map((one) => one.count), [15, 15, 15, 15])
    assert.deepEqual(shares.items.map((one) => [one.from, one.to]), [[120.01, 120.16], [120.16, 120.31], [120.31, 120.46], [120.46, 120.6]])
    const equal = await classes('field=stars&method=equal&count=5')
    assert.deepEqual(equal.items.map((one) => [one.from, one.to]), [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]])
    const stars = await classes('field=stars&method=quantile&count=12') // six values fill more classes than there are
    assert.deepEqual(stars.items.map((one) => one.count), [10, 10, 10, 10, 10, 10])
    assert.deepEqual((await classes('field=opened_on&method=equal&count=1')).items[0], { from: '2020-01-01', to: '2020-01-28', count: rows })
    assert.equal((await c.officer.refused(400, 'GET', `/map/classes/${code}?field=town&method=equal`)).rule, 'method')
    for (const bad of ['field=owner&method=unique', 'field=none&method=unique', 'field=town&method=other', 'field=town&method=unique&count=13']) await c.officer.refused(400, 'GET', `/map/classes/${code}?${bad}`)
  })

  test('the supplier sets a style, each change is a version; nobody else, and nothing that cannot be drawn', async () => {
    assert.deepEqual([(await layer(c.officer)).style, (await layer(c.officer)).may_style], [null, true])
    const style = { colour: '#8a94a3', size: 6, field: 'town', steps: [{ value: '镇0', colour: '#0b5fd7', title: '城东' }, { value: '镇1', colour: '#16793a', shape: 'square', size: 9 }], label: 'shop_name' }
    const put = (who, version, more = {}) => who.put(`/map/styles/${resource}`, { version, style, note: '首次', ...more })
    assert.equal((await put(c.officer, 0)).version, 1)
    assert.deepEqual((await layer(c.officer)).style, style)
    await c.officer.refused(409, 'PUT', `/map/styles/${resource}`, { version: 0, style })
    assert.equal((await put(c.officer, 1, { style: { ...style, size: 8 }, note: '放大' })).version, 2)
    const kept = await c.officer.get(`/map/styles/${resource}`)
    assert.deepEqual([kept.version, kept.may_change, kept.versions.map((one) => [one.version, one.note, one.made_by, one.style.size])], [2, true, [[2, '放大', 'officer', 8], [1, '首次', 'officer', 6]]])
    await c.police.refused(403, 'PUT', `/map/styles/${resource}`, { version: 2, style })
    for (const [bad, field] of [[{ colour: 'red' }, 'colour'], [{ shape: 'heart' }, 'shape'], [{ size: 99 }, 'size'], [{ base: 21 }, 'base'], [{ field: 'none' }, 'field'], [{ more: 1 }, 'more'], [{ steps: [] }, 'steps'],
      [{ field: 'town', steps: [{ value: 'x' }] }, 'steps'], [{ field: 'town', steps: [{ from: 3, to: 1, colour: '#000000' }] }, 'steps'], [[], 'style']]) {
      const refused = await c.officer.refused(400, 'PUT', `/map/styles/${resource}`, { version: 2, style: bad })
      assert.deepEqual([refused.field, refused.value], ['style', field])
    }
    const done = (items) => items.filter((one) => one.status === 200)
    const told = done(await c.audit.evidence('action=map.style_put&limit=20', (items) => done(items).length >= 2))
    assert.deepEqual(told.map((one) => one.detail.version).sort(), [1, 2])
  })

  test('a reader sees of a style what he sees of the data; other programs get it as a Mapbox style', async () => {
    await openUp(c, resource, openFields.filter((name) => name !== 'town' && name !== 'stars'))
    assert.deepEqual((await layer(c.police)).style, { colour: '#8a94a3', size: 8, label: 'shop_name' })
    assert.deepEqual([(await layer(c.police)).open, (await layer(c.police)).may_style, (await layer(c.officer)).open], [true, false, false])
    const get = async (path, cookie) => { const answer = await anybody.fetch(path, { headers: cookie ? { cookie } : {} }); assert.equal(answer.status, 200, path); return answer.json() }
    const plain = await get(`/open/ogc/collections/${code}/styles/default`)
    assert.equal(JSON.stringify(plain).includes('镇'), false)
    assert.equal(plain.layers[0].paint['circle-color'], '#8a94a3')
    const own = await get(`/ogc/collections/${code}/styles/default`, c.officer.cookie)
    assert.deepEqual(own.layers[0].paint['circle-color'].slice(0, 3), ['case', ['all', ['==', ['to-string', ['get', 'town']], ['to-string', '镇0']]], '#0b5fd7'])
    assert.match(own.sources.layer.tiles[0], /\/ogc\/collections\/.*\/tiles\/WebMercatorQuad\/\{z\}\/\{y\}\/\{x\}$/)
    assert.ok((await get(`/open/ogc/collections/${code}`)).links.some((one) => one.rel === 'stylesheet'))
  })

  test('at any zoom a tile has at most what is asked for or 64 clusters, and they count what the list counts', async () => {
    let csv = header
    for (let n = 1; n <= 3000; n++) csv += `T${n},店,镇1,1,1.00,2020-01-01,${(120 + (n * 7919 % 3000) / 3000).toFixed(5)},${(31 + (n * 104729 % 3000) / 3000).toFixed(5)},密,张三,13800000000,1980-01-01,籍贯\n`
    assert.equal((await load(c.officer, resource, 'm.csv', csv, { mode: 'upsert' })).state, 'reconciled')
    for (let z = 0; z <= 9; z += 3) {
      const row = (lat) => Math.floor((0.5 - Math.asinh(Math.tan(lat * Math.PI / 180)) / (2 * Math.PI)) * 2 ** z), column = (lon) => Math.floor((lon + 180) / 360 * 2 ** z)
      let counted = 0
      for (let x = column(120); x <= column(121); x++) for (let y = row(32); y <= row(31); y++) {
        const answer = await fetch(`${c.server.url}/ogc/collections/${code}/tiles/WebMercatorQuad/${z}/${y}/${x}?cluster=300`, { headers: { cookie: c.officer.cookie } })
        const features = new MVT().readFeatures(await answer.arrayBuffer())
        const sum = features.reduce((all, one) => all + (one.get('cluster_count') ?? 1), 0)
        assert.ok(features.length <= (features[0]?.get('cluster_count') ? 64 : 300), `${z}/${x}/${y}: ${features.length}`)
        counted += sum
      }
      assert.equal(counted, 3000 + rows, `zoom ${z}`)
    }
    let listed = 0
    for (let path = `/ogc/collections/${code}/items?limit=1000`; path;) {
      const page = await (await fetch(c.server.url + path, { headers: { cookie: c.officer.cookie } })).json()
      listed += page.features.length
      path = page.links.find((one) => one.rel === 'next')?.href.replace(c.server.url, '')
    }
    assert.equal(listed, 3000 + rows)
  })
})
