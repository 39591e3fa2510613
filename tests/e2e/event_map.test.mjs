// Events in a window of the map over the real server: clusters and points beside an independent count of the seeded events, before and after the
// ended ones are settled; filters, permissions, edges, bad windows; fresh after every write.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { Server, suite } from './harness.mjs'
import { cells, seed, sqlOf, within } from './event_map_city.mjs'

suite('events on the map', (engine) => {
  let server, sql, dispatcher, supervisor, water, grid, grid2, sys, all, orgs, areas
  const ALL = [120.1, 31.8, 120.5, 32.0]
  const ask = (client, box, zoom, more = '') => client.get(`/city-events/map?bbox=${box}&zoom=${zoom}${more}`)
  const mine = () => all.filter((e) => e.centre === orgs.centre)
  /** An answer beside the list: the same number, the same cells or the same events. */
  function same(answer, list, box, zoom, what) {
    if (answer.clusters.length) {
      const expected = cells(list.filter(within(answer.box)), zoom)
      const words = (list) => list.map((one) => `${one.count} ${one.light}`).sort()
      assert.deepEqual(words(answer.clusters), words([...expected.values()]), `${what}: cells`)
      assert.equal(answer.total, [...expected.values()].reduce((sum, one) => sum + one.count, 0), `${what}: total`)
      assert.ok(answer.total > 500 && answer.items.length === 50, what)
      const newest = list.filter(within(answer.box)).map((e) => e.id).sort().reverse().slice(0, 50)
      assert.deepEqual(answer.items.map((one) => one.case_id), newest, `${what}: list`)
    } else {
      const expected = list.filter(within(box)).map((e) => e.id).sort().reverse()
      assert.deepEqual(answer.items.map((one) => one.case_id), expected, `${what}: points`)
      assert.equal(answer.total, expected.length)
    }
  }
  async function windows() {
    for (const [zoom, box] of [[3, [-180, -85, 180, 85]], [9, ALL], [11, ALL], [13, [120.21, 31.86, 120.33, 31.95]], [14, [120.25, 31.9, 120.3, 31.93]], [17, [120.28, 31.9, 120.286, 31.904]]]) {
      same(await ask(dispatcher, box, zoom), mine(), box, zoom, `zoom ${zoom}`)
      same(await ask(dispatcher, box, zoom, '&stage=running'), mine().filter((e) => !e.ended), box, zoom, `running, zoom ${zoom}`)
      same(await ask(water, box, zoom), all.filter((e) => e.unit === orgs.water), box, zoom, `a unit's, zoom ${zoom}`)
    }
  }
  async function filters() {
    const box = ALL, zoom = 12, month = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 7), begin = Date.parse(`${month}-01T00:00:00+08:00`), days = Date.now() - 40 * 86400000
    const time = (ms) => encodeURIComponent(new Date(ms).toISOString())
    for (const [more, good] of [['&stage=ended', (e) => e.ended], ['&state=refused', (e) => e.state === 'refused'], ['&class=B01', (e) => e.code.startsWith('B01')], ['&class=S0101&stage=ended', (e) => e.code === 'S0101' && e.ended],
      ['&light=red', (e) => e.light === 'red'], ['&light=none', (e) => e.ended], [`&from=${time(begin)}`, (e) => e.at >= begin], [`&until=${time(begin)}`, (e) => e.at < begin], [`&from=${time(days)}`, (e) => e.at >= days]])
      same(await ask(dispatcher, box, zoom, more), mine().filter(good), box, zoom, more)
    const months = new Map()
    for (const e of mine()) { const name = new Date(e.at + 8 * 3600000).toISOString().slice(0, 7); months.set(name, (months.get(name) ?? 0) + 1) }
    assert.deepEqual((await dispatcher.get('/city-events/months')).items, [...months].sort().map(([name, count]) => ({ month: name, count })))
  }

  before(async () => {
    server = await Server.fresh(engine)
    sql = sqlOf(server, engine)
    dispatcher = await server.as('cg.dispatcher'); supervisor = await server.as('cg.supervisor'); water = await server.as('sw.handler'); sys = await server.as('sysadmin')
    grid = await server.as('cg.grid'); grid2 = await server.as('cg.grid2')
    const byName = Object.fromEntries((await sys.get('/orgs')).items.map((org) => [org.name, org.org_id]))
    orgs = { water: byName['演示市水务局'], urban: '910001', other: '910002', centre: sql("SELECT org_id FROM account WHERE login = 'cg.dispatcher';") }
    // a city, its west and its east, in the west a south, in the south a grid in the west
    const keys = []
    for (const [level, code, parent_code, [west, south, east, north]] of [[1, '990001', '', [120, 31.7, 120.6, 32.1]], [2, '990001001', '990001', [120, 31.7, 120.3, 32.1]], [2, '990001002', '990001', [120.3, 31.7, 120.6, 32.1]], [3, '990001001001', '990001001', [120, 31.7, 120.3, 31.9]], [4, '990001001001001', '990001001001', [120, 31.7, 120.25, 31.9]]])
      keys.push((await supervisor.post('/areas', { level, code, name: '区域' + code, with_faults: true, ...(parent_code ? { parent_code } : {}), geometry: { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] } })).area_key)
    areas = keys
    all = seed(sql, orgs, sql("SELECT account_id FROM account WHERE login = 'cg.grid';"), 4000, (e) =>
      e.lon >= 120.3 ? [keys[0], keys[2]] : e.lat >= 31.9 ? [keys[0], keys[1]] : e.lon >= 120.25 ? [keys[0], keys[1], keys[3]] : [keys[0], keys[1], keys[3], keys[4]])
  })
  after(() => server?.stop())

  test('clusters and points are what there is, on every zoom', windows)
  test('filters, and the months of the time slider', filters)

  test('lists by area of any level, with all under it, and by unit', async () => {
    const listed = async (client, query) => { const ids = []; for (let next = ''; next !== null;) { const page = await client.get(`/city-events?limit=200${query}${next && '&after=' + next}`); ids.push(...page.items.map((row) => row.case_id)); next = page.next } return ids }
    const ids = (good) => mine().filter(good).map((e) => e.id).sort().reverse()
    const unit = (e) => e.unit === orgs.water
    for (const area of areas) {
      const there = (e) => e.areas.includes(area)
      assert.ok(mine().some(there))
      assert.deepEqual(await listed(dispatcher, `&area=${area}`), ids(there))
      assert.deepEqual(await listed(dispatcher, `&area=${area}&unit=${orgs.water}`), ids((e) => there(e) && unit(e)))
      assert.deepEqual(await listed(supervisor, `&area=${area}&light=red&class=B01`), ids((e) => there(e) && e.light === 'red' && e.code.startsWith('B01')))
      assert.deepEqual(await listed(water, `&area=${area}`), all.filter((e) => there(e) && unit(e)).map((e) => e.id).sort().reverse())
    }
    assert.deepEqual(await listed(dispatcher, `&unit=${orgs.water}&state=handle`), ids((e) => unit(e) && e.state === 'handle'))
    const few = (e) => e.code === 'S0101' // of a class that few have; what runs
    assert.ok(all.filter(few).length > 200 && all.filter(few).length < 2000 && mine().filter((e) => e.light === 'red').length > 200)
    for (const [more, good] of [['&class=S0101', few], ['&light=red', (e) => e.light === 'red'], ['&class=S0101&light=none', (e) => few(e) && e.ended], ['&class=S01&light=amber', (e) => few(e) && e.light === 'amber'], ['&class=S99', () => false]]) {
      assert.deepEqual(await listed(dispatcher, more), ids(good), more)
      assert.deepEqual(await listed(dispatcher, `${more}&unit=${orgs.water}`), ids((e) => good(e) && unit(e)), more)
      assert.deepEqual(await listed(water, more), all.filter((e) => good(e) && unit(e)).map((e) => e.id).sort().reverse(), more)
    }
    assert.deepEqual(await listed(grid, `&area=${areas[1]}`), all.filter((e) => e.asker !== '1' && e.areas.includes(areas[1])).map((e) => e.id).sort().reverse())
    assert.deepEqual(await listed(water, `&unit=${orgs.urban}`), []) // a filter shows nobody more
    assert.equal((await dispatcher.refused(400, 'GET', '/city-events?area=17')).field, 'area')
  })

  test('each sees what the lists give', async () => {
    same(await ask(grid, ALL, 12), all.filter((e) => e.asker !== '1'), ALL, 12, 'an officer')
    assert.equal((await ask(grid2, ALL, 12)).total, 0)
    await sys.refused(403, 'GET', `/city-events/map?bbox=${ALL}&zoom=9`)
    await sys.refused(403, 'GET', '/city-events/months')
  })

  test('edges belong to the window; windows that are none are refused', async () => {
    const e = mine()[1]
    for (const box of [[e.lon, e.lat, e.lon, e.lat], [e.lon, e.lat, e.lon + 0.0001, e.lat + 0.0001], [e.lon - 0.0001, e.lat - 0.0001, e.lon, e.lat]])
      assert.ok((await ask(dispatcher, box, 18)).items.some((one) => one.case_id === e.id), String(box))
    assert.equal((await ask(dispatcher, [-180, -90, 0, 90], 2)).total, 0)
    for (const box of ['170,-10,-170,10', '1,2,3', '1,2,3,4,5', 'a,2,3,4', '120,32,121,31', '-181,0,0,1', '0,0,1,91', 'nan,0,1,1', ''])
      assert.equal((await dispatcher.refused(400, 'GET', `/city-events/map?bbox=${box}&zoom=9`)).field, 'bbox', box)
    for (const more of ['zoom=-1', 'zoom=23', 'zoom=x', '']) assert.equal((await dispatcher.refused(400, 'GET', `/city-events/map?bbox=${ALL}&${more}`)).field, 'zoom')
    assert.equal((await dispatcher.refused(400, 'GET', `/city-events/map?bbox=${ALL}&zoom=9&stage=open`)).field, 'stage')
  })

  test('a report shows with the next look, without who made it', async () => {
    const spot = [120.3, 31.9, 120.3002, 31.9002], before = (await ask(dispatcher, spot, 18)).total
    const made = await grid.post('/city-events', { class_code: 'B0101', lon: 120.3001, lat: 31.9001, address: '澄江路', description: '井盖缺失' })
    const seen = await ask(dispatcher, spot, 18)
    assert.equal(seen.total, before + 1)
    assert.equal(seen.items[0].case_id, made.case_id)
    assert.ok(!JSON.stringify(seen).includes('reporter'))
    assert.equal((await ask(water, spot, 18)).items.some((one) => one.case_id === made.case_id), false)
    all.push({ id: made.case_id, lon: 120.3001, lat: 31.9001, at: Date.now(), ended: false, state: 'accept', light: 'green', code: 'B0101', centre: orgs.centre, unit: '0', asker: 'cg.grid' })
  })

  test('settled, the ended ones are counted the same; one that is opened again goes back', async () => {
    const left = () => Number(sql('SELECT COUNT(*) FROM event e JOIN work_case c ON c.case_id = e.case_id WHERE e.settled = 0 AND c.closed_at <> 0;'))
    await sys.put('/settings/chores.seconds', { value: '1', version: 0 })
    await server.stop()
    sql("DELETE FROM chore WHERE name = 'event.settle';")
    await server.start()
    for (let i = 0; left() > 0; i++) {
      assert.ok(i < 450, 'nothing was settled')
      await new Promise((done) => setTimeout(done, 200))
    }
    await windows()
    await filters()
    const one = mine().find((e) => e.state === 'done' && e.unit === orgs.water && e.at > Date.now() - 20 * 86400000)
    const shown = await supervisor.get('/cases/' + one.id)
    await supervisor.post(`/cases/${one.id}/actions/reopen`, { version: shown.version, note: '现场仍有问题' })
    Object.assign(one, { ended: false, state: 'dispatch', light: (await supervisor.get('/city-events/' + one.id)).light })
    await windows()
    await filters()
    assert.equal(Number(sql('SELECT COUNT(*) FROM event_spot;')), all.filter((e) => e.ended).length)
    // each wider level, all times and all places are sums of the finest cells by month
    const size = (level) => `${4n ** BigInt(28 - level)}`, named = (level) => `(${level}) * ${4n ** 28n}`
    const counts = (more, columns = 'side, org_id, cell, month, n') => sql(`SELECT ${columns} FROM event_heap WHERE ${more} ORDER BY 1, 2, 3, 4;`)
    for (const level of [0, 10, 13, 15, 16]) {
      const cell = `cell - cell % ${size(level)} - ${named(`16 - ${level}`)}`, of = `cell >= ${named(level)} AND cell < ${named(level + 1)} AND n > 0`, finest = `cell >= ${named(16)}`
      assert.equal(counts(of + " AND side IN ('centre', 'unit', 'all')"), counts(`${finest} AND month > 0 GROUP BY 1, 2, 3, 4 HAVING SUM(n) > 0`, `side, org_id, ${cell}, month, SUM(n)`), `level ${level}`)
      if (level) assert.equal(counts(of + ' AND month = 0'), counts(`${finest} AND month > 0 GROUP BY 1, 2, 3 HAVING SUM(n) > 0`, `side || '_ever', org_id, ${cell}, 0, SUM(n)`), `level ${level}, all times`)
    }
  })
})
