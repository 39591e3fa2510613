// Three nodes, county — city — province, where both sides of a pair call each other: nothing is made or counted twice, a row travels
// two hops and says where it is from, and no circle of nodes brings it back.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite } from './harness.mjs'
import { citizenSpread, load, peopleCsv, peopleDocument, peopleHeader, peopleRow, publish } from './city.mjs'
import { circle, pairedBoth, sameRecords, until } from './cascade_nodes.mjs'

const ROWS = 6000 // two batches of a full run
const fields = ['birth_date', 'town', 'height_cm']

const give = (at, to, resource, more = []) => at.officer.post('/grants', { ways: ['batch'], resource_id: resource, account_id: at.to[to.name].account, purpose: '上下级数据共享', quota_day: 1000000,
  fields: [{ name: 'name', mode: 'masked' }, ...[...fields, ...more].map((name) => ({ name, mode: 'clear' }))], until: new Date(Date.now() + 86400000).toISOString() })
const entries = async (at, from, q) => (await at.bureau.get(`/cascade/entries?node=${at.to[from.name].node}&q=${encodeURIComponent(q)}`)).items
const entryOf = (at, from, q) => until(`${at.name} sees ${q} of ${from.name}`, async (see) => see(await entries(at, from, q))[0])
const askFor = async (at, from, entry) => (await at.bureau.post('/cascade/streams', { node: at.to[from.name].node, entry: entry.entry, org_id: at.supplierOrg })).stream_id
const stream = (at, id) => at.bureau.get('/cascade/streams/' + id)
const loaded = (at, id, rows) => until(`${at.name} has loaded stream ${id}`, async (see) => {
  const one = see(await stream(at, id))
  return one.seq > 0 && one.done === one.seq && one.phase === 'changes' && one.row_count >= rows && one.job_state === 'reconciled' && one
})
const same = (from, resource, to, landing) => sameRecords(from, resource, to, landing, fields)
const change = async (at, resource, n, town) => {
  const job = await load(at.officer, resource, 'change.csv', peopleHeader + peopleRow(n, { citizen_no: citizenSpread(n), town }), { mode: 'upsert' })
  assert.equal(job.state, 'reconciled', JSON.stringify(job))
}

suite('county, city, province', (engine) => {
  let county, city, province, all, own, high, landing, top
  before(async () => {
    all = await circle(engine, ['青阳县', '江阴市', '江苏省'])
    ;[county, city, province] = all.nodes
    await pairedBoth(county, city)
  })
  after(() => all?.stop())

  test('both call each other at once, both ways, entries of the same name: each batch is made, counted and kept once', { timeout: 120000 }, async () => {
    own = await publish(county, peopleDocument({ name: '两地台账' }))
    high = await publish(city, peopleDocument({ name: '两地台账' }))
    assert.equal((await load(county.officer, own, 'people.csv', peopleCsv(ROWS))).state, 'reconciled')
    assert.equal((await load(city.officer, high, 'people.csv', peopleCsv(ROWS + 500))).state, 'reconciled')
    await give(county, city, own)
    await give(city, county, high)
    const up = await askFor(city, county, await entryOf(city, county, '两地台账'))
    const down = await askFor(county, city, await entryOf(county, city, '两地台账'))
    landing = (await loaded(city, up, ROWS)).resource_id
    const below = (await loaded(county, down, ROWS + 500)).resource_id
    await same(county, own, city, landing)
    await same(city, high, county, below)
    for (let round = 0; round < 4; round++) {
      await Promise.all([change(county, own, round, `县改${round}`), change(city, high, round, `市改${round}`)])
      await new Promise((done) => setTimeout(done, 700))
    }
    await same(county, own, city, landing)
    await same(city, high, county, below)
    for (const [at, other, id, resource, rows] of [[city, county, up, own, ROWS + 4], [county, city, down, high, ROWS + 504]]) {
      const mine = await stream(at, id)
      const out = await until('the sender has every receipt', async (see) => see((await other.bureau.get('/cascade/streams')).items.find((one) => one.direction === 'out' && one.resource_id === resource && one.done === mine.seq)))
      const told = (items) => items.reduce((sum, e) => sum + Number(e.row_count ?? e.rows), 0)
      assert.equal(told(await other.audit.evidence(`action=cascade.send&resource=${resource}&limit=200`, (items) => told(items) >= rows)), rows, 'rows told to evidence')
      assert.deepEqual([out.problem, mine.problem], [null, null])
      const node = (await at.bureau.get('/cascade/nodes')).items[0]
      assert.deepEqual([node.fails, node.problem], [0, null])
    }
  })

  test('a row travels two hops; the far catalogue says where it is from', { timeout: 120000 }, async () => {
    await pairedBoth(city, province)
    const shown = await entryOf(province, city, '来自青阳县')
    assert.deepEqual([shown.origin, shown.origin_name], [(await county.self()).fingerprint, '青阳县'])
    assert.equal((await entryOf(province, city, '两地台账')).node_name, '江阴市')
    await give(city, province, landing, ['origin_record'])
    const id = await askFor(province, city, shown)
    const one = await loaded(province, id, ROWS)
    top = one.resource_id
    assert.equal(one.origin_name, '青阳县')
    await same(county, own, province, top)
    const entry = await province.officer.get('/resources/' + top)
    assert.ok(JSON.stringify(entry).includes('青阳县'))
    const [record] = (await province.officer.get(`/data/${top}/records?limit=1`)).items
    assert.ok(record.origin_record && record.origin_record_far && record.origin_record !== record.origin_record_far, JSON.stringify(record))
    await change(county, own, 77, '两跳')
    assert.equal((await load(county.officer, own, 'fewer.csv', peopleCsv(ROWS - 50))).state, 'reconciled')
    await same(county, own, province, top)
  })

  test('no circle brings records back, and none come twice', { timeout: 120000 }, async () => {
    await pairedBoth(province, county)
    const direct = await entryOf(province, county, '两地台账')
    const refused = await province.bureau.refused(409, 'POST', '/cascade/streams', { node: province.to[county.name].node, entry: direct.entry, org_id: province.supplierOrg })
    assert.equal(refused.rule, 'double')
    assert.match(refused.detail, /江阴市/)
    // what the province has of the county is offered neither to it nor to the city it came through
    const marker = await publish(province, peopleDocument({ name: '省级标记' }))
    await entryOf(county, province, '省级标记')
    await entryOf(city, province, '省级标记')
    for (const at of [county, city]) assert.deepEqual((await entries(at, province, '青阳县')).map((e) => e.name), [])
    assert.deepEqual((await entries(county, city, '青阳县')).map((e) => e.name), [])
    await city.bureau.refused(404, 'POST', '/cascade/streams', { node: city.to[province.name].node, entry: top, org_id: city.supplierOrg })
    assert.ok(marker)
    // the direct way is free once the other one is stopped
    const way = (await province.bureau.get('/cascade/streams')).items.find((s) => s.direction === 'in' && s.resource_id === top)
    await province.bureau.post(`/cascade/streams/${way.stream_id}/stop`, {})
    await give(county, province, own)
    const straight = await loaded(province, await askFor(province, county, direct), ROWS - 50)
    await same(county, own, province, straight.resource_id)
    assert.equal((await province.bureau.refused(409, 'POST', '/cascade/streams', { node: province.to[city.name].node, entry: way.name.slice(5), org_id: province.supplierOrg })).rule, 'double')
  })
})
