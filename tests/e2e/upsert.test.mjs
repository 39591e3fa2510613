// Add or change: a record keeps what its file says nothing of; an empty cell is null; a full load empties what has no column. In
// each format, through quarantine and replay, over several chunks, with rules that join given and kept fields.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { city, load, publish } from './city.mjs'
import { Server, suite } from './harness.mjs'

const field = (name, title, kind, more = {}) => ({ name, title, source_name: name, kind, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...more })
const houses = {
  code: '1A01009/000077', name: '房屋登记', summary: '测试用', keywords: ['房屋'], domain: '住建', formats: ['csv'], sharing: 'unconditional',
  sharing_ways: ['api'], opening: 'closed', update_promise: 'monthly', retention_months: 120,
  fields: [field('no', '房屋编号', 'text', { length: 20, key: true, required: true, indexed: true }), field('use', '用途', 'text', { length: 20, required: true }),
    field('area', '面积', 'decimal', { length: 12, scale: 2 }), field('built_on', '建成日期', 'date'), field('checked_on', '检查日期', 'date'),
    field('tag', '标牌', 'text', { length: 20, unique: true }), field('lon', '经度', 'double', { check: 'longitude' }), field('lat', '纬度', 'double', { check: 'latitude' })],
  rules: [{ name: 'checked_after_built', expression: 'built_on == nil or checked_on == nil or checked_on >= built_on', message: '检查日期早于建成日期' }],
}
const whole = 'no,use,area,built_on,checked_on,tag,lon,lat\nH1,住宅,88.50,2001-05-06,2020-01-01,T1,120.11,31.11\nH2,商铺,30.00,2010-01-01,,T2,120.12,31.12\nH3,仓库,500.00,1999-09-09,,T3,120.13,31.13\n'
const first = { H1: ['住宅', 88.5, '2001-05-06', '2020-01-01', 'T1', 120.11, 31.11], H2: ['商铺', 30, '2010-01-01', null, 'T2', 120.12, 31.12], H3: ['仓库', 500, '1999-09-09', null, 'T3', 120.13, 31.13] }

suite('add or change keeps what the file has no column for', (engine) => {
  let c, resource
  const bring = (text, name = 'part.csv', options = { mode: 'upsert' }) => load(c.officer, resource, name, Buffer.from(text), options)
  const records = async () => Object.fromEntries((await c.officer.get(`/data/${resource}/records?limit=200`)).items.map((row) => [row.no, [row.use, row.area, row.built_on, row.checked_on, row.tag, row.lon, row.lat]]))
  const counts = (job) => [job.state, job.result.inserted, job.result.updated, job.result.unchanged, job.result.refused]
  const again = async () => assert.deepEqual(counts(await bring(whole, 'whole.csv', { mode: 'full' })).slice(0, 1), ['reconciled'])

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    resource = await publish(c, houses)
    await again()
    assert.deepEqual(await records(), first)
  })
  after(() => c?.server.stop())

  test('one row with the key and the corrected field changes that field; the job and its receipt say what was kept', async () => {
    const job = await bring('no,use\nH1,办公\nH9,住宅\n')
    assert.deepEqual(counts(job), ['reconciled', 1, 1, 0, 0])
    const now = await records()
    assert.deepEqual(now, { ...first, H1: ['办公', ...first.H1.slice(1)], H9: ['住宅', null, null, null, null, null, null] })
    assert.deepEqual(job.result.kept, ['area', 'built_on', 'checked_on', 'tag', 'lon', 'lat'])
    assert.equal(job.result.source_digest, job.result.target_digest)
    const receipt = await c.officer.get(`/jobs/${job.job_id}/receipt`)
    assert.deepEqual((receipt.receipt ?? receipt).kept, job.result.kept)
    assert.ok(job.notes === undefined || JSON.stringify(job).includes('面积'))
    assert.deepEqual(counts(await bring('no,use\nH1,办公\nH9,住宅\n')), ['reconciled', 0, 0, 2, 0], 'the same again changes nothing')
    assert.equal((await bring(whole.replace('H1,住宅', 'H1,办公'))).result.kept, undefined)
  })

  test('an empty cell is null; a full load empties what has no column', async () => {
    await again()
    assert.deepEqual(counts(await bring('no,use,area\nH2,商铺,\n')), ['reconciled', 0, 1, 0, 0])
    assert.deepEqual((await records()).H2, ['商铺', null, ...first.H2.slice(2)])
    const full = await bring('no,use\nH1,住宅\n', 'full.csv', { mode: 'full' })
    assert.equal(full.result.kept, undefined)
    assert.deepEqual(await records(), { H1: ['住宅', null, null, null, null, null, null] })
  })

  test('a mapping that leaves columns aside leaves their fields as they are', async () => {
    await again()
    await bring('no,use,flaeche\nH3,厂房,1\n', 'mapped.csv', { mode: 'upsert', mapping: { area: 'flaeche', tag: 'nosuch' } })
    assert.deepEqual((await records()).H3, ['厂房', 1, ...first.H3.slice(2)])
  })

  test('JSON Lines and GeoJSON: a member that is lacking is kept, null is null; each row for itself', async () => {
    await again()
    const job = await bring('{"no":"H1","use":"住宅","area":null}\n{"no":"H2","use":"商铺","tag":"T22"}\n{"no":"H3","area":"501"}\n{"no":"H8","area":"1"}\n', 'rows.jsonl')
    assert.deepEqual(counts(job), ['reconciled', 0, 3, 0, 1], 'a new record needs its required fields')
    assert.deepEqual(await records(), { H1: ['住宅', null, ...first.H1.slice(2)], H2: ['商铺', 30, '2010-01-01', null, 'T22', 120.12, 31.12], H3: ['仓库', 501, ...first.H3.slice(2)] })
    await again()
    const feature = (no, more, geometry) => ({ type: 'Feature', properties: { no, ...more }, ...(geometry === undefined ? {} : { geometry }) })
    await bring(JSON.stringify({ type: 'FeatureCollection', features: [feature('H1', { use: '办公' }, { type: 'Point', coordinates: [120.2, 31.2] }), feature('H2', {}, null), feature('H3', { area: 2 })] }), 'rows.geojson')
    assert.deepEqual(await records(), { H1: ['办公', ...first.H1.slice(1, 5), 120.2, 31.2], H2: [...first.H2.slice(0, 5), null, null], H3: ['仓库', 2, ...first.H3.slice(2)] })
  })

  test('rows of one key that say different things add up, within a chunk and over chunks', async () => {
    await again()
    const near = await bring('{"no":"H1","area":"1"}\n{"no":"H1","use":"办公"}\n{"no":"H1","tag":null}\n', 'near.jsonl')
    assert.deepEqual([near.state, near.result.updated, near.result.superseded], ['reconciled', 1, 2])
    assert.deepEqual((await records()).H1, ['办公', 1, '2001-05-06', '2020-01-01', null, 120.11, 31.11])
    const filler = Array.from({ length: 9000 }, (_, i) => `{"no":"F${i}","use":"填充","area":"${i}"}\n`)
    const far = await bring(['{"no":"H2","area":"7"}\n', ...filler.slice(0, 4500), '{"no":"H2","use":"茶馆"}\n', ...filler.slice(4500), '{"no":"H2","tag":"T99"}\n'].join(''), 'far.jsonl')
    assert.deepEqual([far.state, far.result.source_digest === far.result.target_digest], ['reconciled', true])
    const kept = (await c.officer.get(`/data/${resource}/records?no=H2&limit=5`)).items.find((row) => row.no === 'H2')
    assert.deepEqual([kept.use, kept.area, kept.tag, kept.built_on], ['茶馆', 7, 'T99', '2010-01-01'])
  })

  test('rules see the record that comes of it; what was refused, mended and replayed keeps too', async () => {
    await again()
    const job = await bring('no,use,checked_on\nH1,住宅,1990-01-01\nH3,仓库,2024-01-01\n')
    assert.deepEqual(counts(job), ['reconciled', 0, 1, 0, 1])
    assert.deepEqual(await records(), { ...first, H3: ['仓库', 500, '1999-09-09', '2024-01-01', 'T3', 120.13, 31.13] })
    const row = (await c.officer.get(`/quarantine?resource=${resource}&job=${job.job_id}`)).items[0]
    assert.deepEqual([row.values, row.reasons[0].rule], [{ no: 'H1', use: '住宅', checked_on: '1990-01-01' }, 'checked_after_built'])
    const twice = await bring('no,use,tag\nH1,住宅,T2\n')
    const taken = (await c.officer.get(`/quarantine?resource=${resource}&job=${twice.job_id}`)).items[0]
    assert.deepEqual([taken.values, taken.reasons[0].rule], [{ no: 'H1', use: '住宅', tag: 'T2' }, 'unique'])
    await bring('no,use,area\nH1,住宅,90\n')
    await c.officer.patch(`/quarantine/${row.quarantine_id}`, { version: row.version, values: { checked_on: '2021-01-01' } })
    await c.officer.patch(`/quarantine/${taken.quarantine_id}`, { version: taken.version, values: { tag: 'T5' } })
    const replay = await c.officer.post(`/resources/${resource}/quarantine/replay`, {})
    assert.equal((await c.officer.job(replay.job_id)).state, 'reconciled')
    assert.deepEqual((await records()).H1, ['住宅', 90, '2001-05-06', '2021-01-01', 'T5', 120.11, 31.11])
  })
})
