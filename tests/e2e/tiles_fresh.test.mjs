// Tiles from memory are never older than the last write, nor wider than a reader's grant at that moment: each test asks twice first, so that
// the points are kept, then changes something and looks at the very next answer.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, suite } from './harness.mjs'
import { city, load, publish } from './city.mjs'

const Z = 12, X = 3417, Y = 1665 // holds 120.33..120.40, 31.81..31.87
const field = (name, more = {}) => ({ name, title: name, source_name: name, kind: 'text', length: 60, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '',
  check: '', ...more })
const document = { code: '307011/000001', name: '路灯', summary: '测试', keywords: ['部件'], domain: '城市管理', formats: ['csv'], sharing: 'conditional', sharing_condition: '按履职需要申请',
  sharing_ways: ['api'], opening: 'closed', update_promise: 'daily', retention_months: 12, retention_field: 'seen', rules: [],
  fields: [field('no', { key: true, required: true }), field('kind'), field('keeper', { grade: 3, mask: 'name' }), field('seen', { kind: 'date' }),
    field('lon', { kind: 'double', check: 'longitude' }), field('lat', { kind: 'double', check: 'latitude' })] }
const head = 'no,kind,keeper,seen,lon,lat\n'
const row = (n, change = {}) => [`P${n}`, change.kind ?? (n % 2 ? '单臂' : '双臂'), `张三${n}`, change.seen ?? '2026-01-01', change.lon ?? 120.33 + (n % 20) * 0.003,
  change.lat ?? 31.81 + Math.floor(n / 20) * 0.005].join(',') + '\n'
const csv = (from, to, skip) => head + Array.from({ length: to - from }, (_, i) => (from + i === skip ? '' : row(from + i))).join('')

suite('tiles, fresh', (engine) => {
  let c, resource
  const clear = (...names) => names.map((name) => ({ name, mode: 'clear' }))
  const grant = (fields, filter, more = {}) => c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, until: new Date(Date.now() + 86400000).toISOString(),
    quota_day: 100000, purpose: '测试：把路灯放到一张图上', clear_sensitive: false, ...(filter ? { filter } : {}), fields, ...more })
  const revoke = async (one) => c.officer.post(`/grants/${one.grant_id}/revoke`, { version: (await c.officer.get(`/grants/${one.grant_id}`)).version, reason: '测试' })
  const path = () => `/api/v1/tiles/${resource}/${Z}/${X}/${Y}.mvt`
  const service = { authorization: '' }
  async function features(headers = service, query = '') {
    const answer = await fetch(c.server.url + path() + query, { headers })
    assert.equal(answer.status, 200, await answer.clone().text())
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (!bytes.length) return []
    const file = join(folder('tile'), `${Y}.mvt`)
    writeFileSync(file, bytes)
    return JSON.parse(execFileSync('ogr2ogr', ['-f', 'GeoJSON', '/vsistdout/', file, '-oo', `X=${X}`, '-oo', `Y=${Y}`, '-oo', `Z=${Z}`, '-oo', 'CLIP=NO'], { encoding: 'utf8' }))
      .features.map((one) => one.properties)
  }
  /** Twice: the first may read the store, the second is of what was kept. */
  async function kept() {
    const first = await features()
    assert.deepEqual((await features()).map((one) => one.no).sort(), first.map((one) => one.no).sort())
    return first
  }
  const upsert = async (text) => assert.equal((await load(c.officer, resource, 'u.csv', Buffer.from(head + text), { mode: 'upsert' })).state, 'reconciled')

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    service.authorization = `Bearer ${c.app.key}`
    resource = await publish(c, document)
    assert.equal((await load(c.officer, resource, 'p.csv', Buffer.from(csv(0, 200)))).state, 'reconciled')
  })
  after(() => c?.server.stop())

  test('what is written, moved or changed shows in the next tile', async () => {
    const one = await grant(clear('no', 'kind', 'lon', 'lat'))
    assert.equal((await kept()).length, 200)
    for (let n = 0; n < 3; n++) {
      await upsert(row(900 + n, { lon: 120.35, lat: 31.83 }) + row(7 + n, { lon: 121.5 }) + row(20 + n, { kind: `高杆${n}` }))
      const now = await features()
      const numbers = now.map((each) => each.no)
      assert.equal(now.length, 200)
      assert.ok(numbers.includes(`P${900 + n}`) && !numbers.includes(`P${7 + n}`))
      assert.equal(now.find((each) => each.no === `P${20 + n}`).kind, `高杆${n}`)
      const clusters = await features(service, '?cluster=20&kind.ne=单臂')
      assert.ok(clusters.length > 1 && clusters.length <= 64)
      assert.equal(clusters.reduce((sum, each) => sum + each.cluster_count, 0), now.filter((each) => each.kind !== '单臂').length)
    }
    await revoke(one)
  })

  test('what a full load lacks, and what is destroyed past its time, is gone from the next tile', async () => {
    const one = await grant(clear('no', 'kind', 'lon', 'lat'))
    assert.equal((await load(c.officer, resource, 'p.csv', Buffer.from(csv(0, 200, 5)))).state, 'reconciled')
    assert.ok(!(await kept()).some((each) => each.no === 'P5'))
    await upsert(row(300, { seen: '2020-02-29', lon: 120.36, lat: 31.82 }))
    assert.ok((await kept()).some((each) => each.no === 'P300'))
    const { destruction_id: id } = await c.officer.post(`/resources/${resource}/destructions`)
    const list = () => c.officer.get('/destructions/' + id)
    assert.equal((await list()).count, 1)
    await c.officer.post(`/destructions/${id}/propose`, { version: (await list()).version, note: '到期' })
    await c.bureau.post(`/destructions/${id}/review`, { version: (await list()).version, decision: 'approve' })
    assert.equal((await c.officer.job((await list()).job_id)).state, 'reconciled')
    const now = await features()
    assert.equal(now.length, 199)
    assert.ok(!now.some((each) => each.no === 'P300'))
    await revoke(one)
  })

  test('a grant taken back, narrowed or masked counts at once; readers of one sheet see each his own', async () => {
    const wide = await grant([...clear('no', 'kind', 'lon', 'lat', 'seen'), { name: 'keeper', mode: 'clear' }], null, { clear_sensitive: true })
    assert.ok((await kept()).every((each) => each.keeper && each.seen), 'L3 clear by grant')
    await revoke(wide)
    assert.equal((await fetch(c.server.url + path(), { headers: service })).status, 410)
    const narrow = await grant(clear('no', 'lon', 'lat'), { kind: '单臂' })
    const own = await features()
    assert.ok(own.length > 90 && own.every((each) => Number(each.no.slice(1)) % 2 && each.kind === undefined && each.keeper === undefined && each.seen === undefined))
    const theirs = await features({ cookie: c.officer.cookie })
    assert.ok(theirs.length === 199 && theirs.every((each) => each.kind && each.keeper === undefined))
    assert.equal((await features()).length, own.length)
    await revoke(narrow)
    await grant([...clear('no', 'lat'), { name: 'lon', mode: 'masked' }])
    assert.equal((await fetch(c.server.url + path(), { headers: service })).status, 403)
    assert.equal((await features({ cookie: c.officer.cookie })).length, 199)
  })
})
