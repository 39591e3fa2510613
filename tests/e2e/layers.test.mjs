// A real city's buildings and points as layers: GeoJSON as the world publishes it (Astana, © OpenStreetMap contributors, ODbL 1.0), loaded, counted by GDAL,
// and drawn in the tile they stand in. Skipped where the data are not, and under the sanitizer, where they take too long.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import MVT from '../../web/node_modules/ol/format/MVT.js'
import { Server, root, suite } from './harness.mjs'
import { city, load, publish } from './city.mjs'

const data = join(root, '../shared/data/osm'), here = existsSync(join(data, 'astana_buildings.geojson.gz')) && !process.env.YIWANG_SLOW
const field = (name, more = {}) => ({ name, title: name, source_name: name, kind: 'text', length: 200, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...more })
const document = (code, name, fields) => ({ code, name, summary: '测试', keywords: ['地图'], domain: '城市管理', formats: ['geojson'], sharing: 'conditional', sharing_condition: '按履职需要申请',
  sharing_ways: ['api'], opening: 'closed', update_promise: 'yearly', retention_months: 12, rules: [], fields: [field('id', { key: true, required: true }), ...fields] })
const Z = 15, CORNER = [71.3947, 51.1966] // 245 buildings and 87 points
const unit = ([lon, lat]) => [(lon + 180) / 360, (1 - Math.asinh(Math.tan(lat * Math.PI / 180)) / Math.PI) / 2]
const [X, Y] = unit(CORNER).map((v) => Math.floor(v * 2 ** Z))

suite('layers of a real city', (engine) => {
  let c
  const files = {}, ids = {}
  before(async () => {
    if (!here) return
    c = await city(await Server.fresh(engine, { city: true }))
    for (const [name, fields] of [['buildings', [field('building'), field('building_levels'), field('addr_street'), field('addr_housenumber'), field('geometry', { kind: 'geometry' })]],
      ['points', [field('highway'), field('amenity'), field('lon', { kind: 'double', check: 'longitude' }), field('lat', { kind: 'double', check: 'latitude' })]]]) {
      const bytes = gunzipSync(readFileSync(join(data, `astana_${name}.geojson.gz`)))
      files[name] = JSON.parse(bytes).features
      ids[name] = await publish(c, document(name === 'points' ? '307010/000021' : '307010/000022', name, fields))
      const job = await load(c.officer, ids[name], `${name}.geojson`, bytes)
      assert.equal(job.state, 'reconciled', JSON.stringify(job))
      await c.officer.post('/grants', { ways: ['api'], resource_id: ids[name], account_id: c.appAccount, until: new Date(Date.now() + 86400000).toISOString(), quota_day: 1000000, purpose: '测试：上图',
        clear_sensitive: false, fields: ['id', ...fields.map((one) => one.name)].map((one) => ({ name: one, mode: 'clear' })) })
    }
  })
  after(() => c?.server.stop())
  const skip = here ? false : 'the data are not here, or this is the sanitizer'
  const get = (path) => fetch(c.server.url + path, { headers: { authorization: `Bearer ${c.app.key}` } })
  const collection = (name) => (name === 'points' ? '307010~000021' : '307010~000022')

  test('GDAL counts as many features as the files have, less those a rule refused, each with its reason', { skip }, async () => {
    for (const name of ['buildings', 'points']) {
      const told = execFileSync('ogrinfo', ['-so', `OAPIF:${c.server.url}/ogc`, collection(name)], { encoding: 'utf8', env: { ...process.env, GDAL_HTTP_HEADERS: `Authorization: Bearer ${c.app.key}` } })
      const refused = (await c.officer.get(`/quarantine?resource=${ids[name]}&limit=200`)).items
      assert.ok(refused.length < files[name].length / 100, `${refused.length} ${name} refused`)
      // a property that none of the first thousand buildings has is no column: those rows wait, each with its reason
      assert.ok(refused.every((one) => one.reasons.every((why) => why.field && why.rule === 'schema' && why.advice)))
      assert.equal(Number(told.match(/Feature Count: (\d+)/)[1]), files[name].length - refused.length, name)
    }
  })

  test('a tile has the buildings and points that stand in it, where they stand', { skip }, async () => {
    const low = [X / 2 ** Z, Y / 2 ** Z], size = 1 / 2 ** Z
    const inside = (at, margin) => at.every((v, i) => v > low[i] - margin && v < low[i] + size + margin)
    const corners = (one) => (one.geometry.type === 'Point' ? [one.geometry.coordinates] : one.geometry.coordinates.flat(one.geometry.type === 'Polygon' ? 1 : 2)).map(unit)
    for (const name of ['buildings', 'points']) {
      const answer = await get(`/api/v1/tiles/${ids[name]}/${Z}/${X}/${Y}.mvt`)
      assert.equal(answer.status, 200)
      const drawn = new MVT().readFeatures(new Uint8Array(await answer.arrayBuffer()))
      const shown = new Set(drawn.map((one) => one.get('id')))
      const whole = files[name].filter((one) => corners(one).every((at) => inside(at, -size * 0.01)))
      assert.ok(whole.length > 50, `${whole.length} ${name} stand in the tile`)
      assert.deepEqual(whole.filter((one) => !shown.has(one.properties.id)).map((one) => one.properties.id), [], `${name} that are missing`)
      const near = new Set(files[name].filter((one) => corners(one).some((at) => inside(at, size * 0.2))).map((one) => one.properties.id))
      assert.deepEqual([...shown].filter((id) => !near.has(id)), [], `${name} from elsewhere`)
    }
  })
})
