// Events in a window of the map among a million ended ones and 5,000 that run, over HTTP: processor time a window takes on each zoom, with and without filters.
// First the ended ones are settled by the server itself. The total of each window is counted again from the rows.
//   node bench/map.mjs [sqlite] [postgres]      EVENTS=1000000
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { cpu, cpuPostgres, line, main, median, postgresStart, scratch, serverFresh, timed } from './common.mjs'
const { account, city } = await import('../tests/e2e/city.mjs')

const EVENTS = Number(process.env.EVENTS ?? 1000000), RUN = 5000, CALLS = Number(process.env.BENCH_CALLS ?? 20)
const engines = process.argv.length > 2 ? process.argv.slice(2) : ['sqlite', 'postgres']
const now = Date.now() * 1000, DAY = 86400000000

/** Rows by the store itself, over three years and half a degree. */
function fill(server, engine, c) {
  const base = 6000000000000000n, all = EVENTS + RUN, open = `n > ${EVENTS}`, at = `${now} - (n * 7907 % 1095) * ${DAY} - n % 86400 * 1000000`
  const series = engine === 'sqlite' ? `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${all})` : `WITH s AS (SELECT CAST(n AS BIGINT) AS n FROM generate_series(1, ${all}) n)`
  const sql = `INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title, search_text, resource_id, asker_org, asker_account,
      supplier_org, account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at, closed_at, version, subject, line, centre_org, home_org, stage, step_us)
    ${series} SELECT ${base} + n, 'SJ-' || n, 'city_event', 1, CASE WHEN ${open} THEN 'handle' ELSE 'done' END, '', CASE WHEN ${open} THEN '' ELSE 'closed' END, CASE WHEN ${open} THEN 'supplier' ELSE '' END, CASE WHEN ${open} THEN 900000 + n % 40 ELSE 0 END, '路面破损', 'sj',
      0, ${c.supplierOrg}, 1, CASE WHEN n % 40 = 0 THEN ${c.otherOrg} ELSE 900000 + n % 40 END, 1, '{}', NULL, 0, ${at}, ${now + 90 * DAY}, ${now + 80 * DAY}, 0, 9, 5, ${at}, ${at}, CASE WHEN ${open} THEN 0 ELSE ${now} END, 1, 'event', 'city', ${c.supplierOrg}, ${c.supplierOrg}, 'dispose', 4102444800000000 FROM s;
    INSERT INTO event (case_id, class_code, class_version, kind, grade, condition_no, lon, lat, cell, located, area1, area2, area3, area4, area_text, address, description, component, channel, outside_number, reporter, confidential,
      happened_us, reported_us, merged_into, stars, version) ${series} SELECT ${base} + n, CASE n % 5 WHEN 0 THEN 'B0101' WHEN 1 THEN 'B0103' WHEN 2 THEN 'S0101' WHEN 3 THEN 'S0102' ELSE 'S0405' END, 1, 'component', 'b', 1,
      120 + (n * 48271 % 500009) / 1000018.0, 31.7 + (n * 69621 % 400009) / 1000022.5, 0, 'point', 0, 0, 0, 0, '', '', '', '', 'phone', '', '', 0, ${at}, ${at}, 0, 0, 1 FROM s;
    ANALYZE;\n`
  const file = join(scratch, 'fill.sql')
  writeFileSync(file, sql)
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
  const begun = spent()
  while (ask('SELECT COUNT(*) FROM event WHERE settled = 1') < EVENTS) await new Promise((done) => setTimeout(done, 5000))
  process.stderr.write(`${engine}: settling an event took ${Math.round((spent() - begun) / EVENTS * 1e6)} µs of processor\n`)
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
      line({ work: `${work}: ${first.total} events in ${first.clusters.length || first.items.length} marks, for ${who} among ${EVENTS}, ${engine}`, ours: Math.round(median(times) * 10) / 10, peer: 200, peer_name: 'promise', unit: 'ms', target: 1, cost: true, cpu_ms: Math.round((spent() - before) / CALLS * 1e4) / 10 })
    }
  await server.stop()
}

main(async () => {
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine)
})
