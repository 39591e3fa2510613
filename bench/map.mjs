// Events in a window of the map among a million ended ones and 5,000 that run, over HTTP: processor time a window takes on each zoom, with and without filters.
// The ended ones stand in event_spot and event_heap as the chore leaves them. The total of each window is counted again from the rows. Then months of the time slider, and pages
// of 50 of the list by area of each level and by unit.
//   node bench/map.mjs [sqlite] [postgres]      EVENTS=1000000
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { cpu, cpuPostgres, line, main, median, postgresStart, scratch, serverFresh, timed } from './common.mjs'
const { account, city } = await import('../tests/e2e/city.mjs')

const EVENTS = Number(process.env.EVENTS ?? 1000000), RUN = 5000, CALLS = Number(process.env.BENCH_CALLS ?? 20)
const p99 = (times) => times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)]
const engines = process.argv.length > 2 ? process.argv.slice(2) : ['sqlite', 'postgres']
const now = Date.now() * 1000, DAY = 86400000000

/** What the chore makes of the ended events: a file of event_spot and one of event_heap. */
function settle(c) {
  const FINEST = 28, spread = (v) => { let out = 0n; for (let bit = 0; bit < FINEST; bit++) if (v & (2 ** bit)) out |= 1n << BigInt(2 * bit); return out }
  const bits = new Map(), spreadKept = (v) => { const high = v >>> 14, low = v & 16383; for (const part of [high, low]) if (!bits.has(part)) bits.set(part, spread(part)); return bits.get(high) << 28n | bits.get(low) }
  const heap = new Map(), months = new Map(), lines = []
  for (let n = 1; n <= EVENTS; n++) {
    const lon = 120 + (n * 48271 % 500009) / 1000018.0, lat = 31.7 + (n * 69621 % 400009) / 1000022.5, at = now - (n * 7907 % 1095) * DAY - n % 86400 * 1000000
    const x = Math.floor((lon + 180) / 360 * 2 ** FINEST), y = Math.floor((0.5 - Math.asinh(Math.tan(lat * Math.PI / 180)) / (2 * Math.PI)) * 2 ** FINEST)
    const cell = BigInt(FINEST) << 56n | spreadKept(x) | spreadKept(y) << 1n, day = Math.floor((at / 1e6 + 8 * 3600) / 86400), unit = n % 40 ? 900000 + n % 40 : c.otherOrg
    if (!months.has(day)) { const date = new Date(day * 86400000); months.set(day, date.getUTCFullYear() * 12 + date.getUTCMonth()) }
    lines.push(`${6000000000000000n + BigInt(n)},${c.supplierOrg},${unit},${cell},${at},${['B0101', 'B0103', 'S0101', 'S0102', 'S0405'][n % 5]},done`)
    for (const side of [`centre,${c.supplierOrg}`, `unit,${unit}`, 'all,0']) { const key = `${side},${(cell >> 24n << 24n) - 12n * LEVEL},${months.get(day)}`; heap.set(key, (heap.get(key) ?? 0) + 1) }
  }
  writeFileSync(join(scratch, 'spot.csv'), lines.join('\n') + '\n')
  writeFileSync(join(scratch, 'heap.csv'), [...heap].map(([key, count]) => `${key},${count}`).join('\n') + '\n')
}

/** The counts of the finest cells by month, summed up to wider cells, all places and all times. */
const LEVEL = 2n ** 56n, sums = `INSERT INTO event_heap SELECT h.side, h.org_id, h.cell - h.cell % l.size - (16 - l.level) * ${LEVEL}, h.month, SUM(h.n) FROM event_heap h CROSS JOIN
    (${[0, 10, 11, 12, 13, 14, 15].map((level) => `SELECT ${level} AS level, ${4n ** BigInt(28 - level)} AS size`).join(' UNION ALL ')}) l GROUP BY 1, 2, 3, 4;
    INSERT INTO event_heap SELECT side || '_ever', org_id, cell, 0, SUM(n) FROM event_heap WHERE cell <> 0 GROUP BY 1, 2, 3;`

/** Rows by the store itself, over three years and half a degree. */
function fill(server, engine, c) {
  const base = 6000000000000000n, all = EVENTS + RUN, open = `n > ${EVENTS}`, at = `${now} - (n * 7907 % 1095) * ${DAY} - n % 86400 * 1000000`
  const series = engine === 'sqlite' ? `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${all})` : `WITH s AS (SELECT CAST(n AS BIGINT) AS n FROM generate_series(1, ${all}) n)`
  const sql = `INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title, search_text, resource_id, asker_org, asker_account,
      supplier_org, account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at, closed_at, version, subject, line, centre_org, home_org, stage, step_us)
    ${series} SELECT ${base} + n, 'SJ-' || n, 'city_event', 1, CASE WHEN ${open} THEN 'handle' ELSE 'done' END, '', CASE WHEN ${open} THEN '' ELSE 'closed' END, CASE WHEN ${open} THEN 'supplier' ELSE '' END, CASE WHEN ${open} THEN 900000 + n % 40 ELSE 0 END, '路面破损', 'sj',
      0, ${c.supplierOrg}, 1, CASE WHEN n % 40 = 0 THEN ${c.otherOrg} ELSE 900000 + n % 40 END, 1, '{}', NULL, 0, ${at}, ${now + 90 * DAY}, ${now + 80 * DAY}, 0, 9, 5, ${at}, ${at}, CASE WHEN ${open} THEN 0 ELSE ${now} END, 1, 'event', 'city', ${c.supplierOrg}, ${c.supplierOrg}, 'dispose', 4102444800000000 FROM s;
    INSERT INTO event (case_id, class_code, class_version, kind, grade, condition_no, lon, lat, cell, located, area1, area2, area3, area4, area_text, address, description, component, channel, outside_number, reporter, confidential,
      happened_us, reported_us, merged_into, stars, version, settled) ${series} SELECT ${base} + n, CASE n % 5 WHEN 0 THEN 'B0101' WHEN 1 THEN 'B0103' WHEN 2 THEN 'S0101' WHEN 3 THEN 'S0102' ELSE 'S0405' END, 1, 'component', 'b', 1,
      120 + (n * 48271 % 500009) / 1000018.0, 31.7 + (n * 69621 % 400009) / 1000022.5, 0, 'point', 1, 10 + n % 20, 100 + n % 200, 1000 + n % 2000, '', '', '', '', 'phone', '', '', 0, ${at}, ${at}, 0, 0, 1, CASE WHEN ${open} THEN 0 ELSE 1 END FROM s;
    INSERT INTO area (area_id, area_key, level, code, name, parent_key, org_id, valid_from, valid_until, geometry, crs, stored_at, stored_by) VALUES ${[[1, 1], [10, 2], [100, 3], [1000, 4]].map(([key, level]) => `(${key}, ${key}, ${level}, '${key}', 'A', 0, 0, 1, 2, '', 4490, 1, 1)`)};
    ${sums}
    ANALYZE;\n`
  const file = join(scratch, 'fill.sql'), spots = join(scratch, 'spot.csv'), heap = join(scratch, 'heap.csv')
  settle(c)
  writeFileSync(file, (engine === 'sqlite' ? `.import --csv '${spots}' event_spot\n.import --csv '${heap}' event_heap\n` : `\\copy event_spot from '${spots}' csv\n\\copy event_heap from '${heap}' csv\n`) + sql)
  if (engine === 'sqlite') return timed('sh', ['-c', `sqlite3 '${join(server.dir, 'yiwang.db')}' < '${file}'`])
  return timed('psql', [server.store, '-v', 'ON_ERROR_STOP=1', '-qf', file]) + timed('psql', [server.store, '-qc', 'VACUUM'])
}

async function bench(engine) {
  const server = await serverFresh(engine)
  const c = await city(server)
  const centre = await account(server, c.sys, c.sec, 'centre1', c.supplierOrg, ['dispatcher']), unit = await account(server, c.sys, c.sec, 'unit1', c.otherOrg, ['handler'])
  await server.stop()
  process.stderr.write(`${engine}: ${EVENTS} events filled in ${Math.round(fill(server, engine, c))} s\n`)
  await server.start()
  const ask = (sql) => Number(engine === 'sqlite' ? execFileSync('sqlite3', ['-cmd', '.timeout 60000', join(server.dir, 'yiwang.db'), sql]) : execFileSync('psql', [server.store, '-XAtc', sql]))
  const spent = () => cpu(server.child.pid) + (engine === 'postgres' ? cpuPostgres(server.store.split('/').pop()) : 0)
  if (engine === 'postgres') timed('psql', [server.store, '-qc', 'VACUUM ANALYZE'])
  else ask('ANALYZE; SELECT 1')
  const whole = '119.99,31.69,120.51,32.11', time = (us) => encodeURIComponent(new Date(us / 1000).toISOString())
  const town = '120.2,31.85,120.3,31.92', street = '120.25,31.88,120.256,31.884'
  const works = [['the city, all', whole, 11, ''], ['the city, running', whole, 11, '&stage=running'], ['the city, one class', whole, 11, '&class=S0101'], ['the city, ten days', whole, 11, `&from=${time(now - 10 * DAY)}`],
    ['a town, all', town, 14, ''], ['a town, one class', town, 14, '&class=S0101'], ['a street, all', street, 18, '']]
  for (const [who, client] of [['a centre', centre], ['a unit', unit]])
    for (const [work, box, zoom, more] of works) {
      const path = `/city-events/map?bbox=${box}&zoom=${zoom}${more}`, times = []
      const first = await client.get(path)
      const [west, south, east, north] = first.box
      const rows = ask(`SELECT COUNT(*) FROM event e JOIN work_case c ON c.case_id = e.case_id WHERE e.lon >= ${west} AND e.lon <= ${east} AND e.lat >= ${south} AND e.lat <= ${north}${client === unit ? ` AND c.supplier_org = ${c.otherOrg}` : ''}
        ${more.startsWith('&stage') ? ' AND c.closed_at = 0' : more.startsWith('&class') ? " AND e.class_code = 'S0101'" : more ? ` AND e.reported_us >= ${now - 10 * DAY}` : ''}`)
      if (rows !== first.total) throw new Error(`${work}: ${first.total} events, there are ${rows}`)
      const before = spent()
      for (let i = 0; i < CALLS; i++) {
        const from = performance.now()
        await client.get(path)
        times.push(performance.now() - from)
      }
      line({ work: `${work}: ${first.total} events in ${first.clusters.length || first.items.length} marks, for ${who} among ${EVENTS}, ${engine}`, ours: Math.round(p99(times) * 10) / 10, p50_ms: Math.round(median(times) * 10) / 10, peer: 100, peer_name: 'promise, p99', unit: 'ms', target: 1, cost: true, cpu_ms: Math.round((spent() - before) / CALLS * 1e4) / 10 })
    }
  const lists = { 'of all': '', 'of a town': 'area=10', 'of a village': 'area=100', 'of a grid': 'area=1000', 'of the city': 'area=1', 'of a unit': `unit=${c.otherOrg}`, 'of a town and a unit': `area=10&unit=${c.otherOrg}`, 'of a town that run late': 'area=10&light=red', 'of a town and a unit that has none there': 'area=10&unit=900001', 'of a unit that are of a class': `unit=${c.otherOrg}&class=S04` }
  const works2 = [['the months of the time slider', '/city-events/months', 100], ...Object.entries(lists).map(([what, query]) => [`a page of 50 events ${what}`, '/city-events?' + query, 30])]
  for (const [work, path, promise] of works2) {
    const times = []
    await centre.get(path)
    const before = spent()
    for (let i = 0, next = ''; i < CALLS * 5; i++) {
      const from = performance.now()
      const page = await centre.get(path + (next ? '&after=' + next : ''))
      times.push(performance.now() - from)
      next = promise === 30 && i % 20 !== 19 && page.next ? page.next : ''
    }
    line({ work: `${work} among ${EVENTS}, ${engine}`, ours: Math.round(p99(times) * 10) / 10, p50_ms: Math.round(median(times) * 10) / 10, peer: promise, peer_name: 'promise, p99', unit: 'ms', target: 1, cost: true, cpu_ms: Math.round((spent() - before) / CALLS / 5 * 1e4) / 10 })
  }
  await server.stop()
}

main(async () => {
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine)
})
