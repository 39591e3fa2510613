// Statistics of city events among a million of them over a year, over HTTP: a month and the year by unit, class and town, with and without an
// area, and the way of a figure through twelve months; seconds a call beside the promise of 1 s for a month and 10 s for a year. The number of
// reports and of late ends is counted again from the rows: it has to be the same.
//   node bench/stats.mjs [sqlite] [postgres]      EVENTS=1000000
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { cpu, cpuPostgres, line, main, median, postgresStart, scratch, serverFresh, timed } from './common.mjs'
const { account, city } = await import('../tests/e2e/city.mjs')

const EVENTS = Number(process.env.EVENTS ?? 1000000)
const engines = process.argv.length > 2 ? process.argv.slice(2) : ['sqlite', 'postgres']
const YEAR = new Date().getUTCFullYear() - 1, day = (month, at = 1) => Date.UTC(YEAR, month, at, -8) * 1000
const from = day(0), year = day(12) - from
const classes = ['B0101', 'B0103', 'S0101', 'S0102', 'S0405']

/** Rows by the store itself: an event every half minute, each with five ended stages in the four days after its report, one of eight late; 40 units, 20 towns
 * of 20 grids; one of fifty still lies with its unit. */
function fill(server, engine, c) {
  const base = 7000000000000000n, at = `${from} + n * ${Math.floor(year / EVENTS)}`
  const series = engine === 'sqlite' ? `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${EVENTS})` : `WITH s AS (SELECT CAST(n AS BIGINT) AS n FROM generate_series(1, ${EVENTS}) n)`
  const unit = `CASE n % 40 WHEN 0 THEN ${c.otherOrg} ELSE 900000 + n % 40 END`, open = 'n % 50 = 0'
  const stages = ['accept', 'file', 'dispatch', 'dispose', 'close'], actions = ['accept_known', 'file', 'dispatch', 'finish', 'close'], hour = 3600000000
  const begun = (i) => `${at} + ${i * 18 * hour}`, ended = (i) => `${at} + ${(i + 1) * 18 * hour} - n % 1000`
  const sql = `${series} INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title, search_text, resource_id, asker_org, asker_account,
      supplier_org, account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at, closed_at, version, subject, line, centre_org, home_org, stage, step_us)
    SELECT ${base} + n, 'SJ-' || n, 'city_event', 1, CASE WHEN ${open} THEN 'handle' ELSE 'done' END, '', CASE WHEN ${open} THEN '' ELSE 'closed' END, CASE WHEN ${open} THEN 'supplier' ELSE '' END, CASE WHEN ${open} THEN ${unit} ELSE 0 END, '路面破损', 'sj',
      0, ${c.supplierOrg}, 1, ${unit}, 1, '{}', NULL, 0, ${at}, ${at} + ${30 * 24 * hour}, ${at}, 0, 9, 5, ${at}, ${at}, CASE WHEN ${open} THEN 0 ELSE ${ended(4)} END, 1, 'event', 'city', ${c.supplierOrg}, ${c.supplierOrg}, 'dispose', 4102444800000000 FROM s;
    ${series} INSERT INTO event (case_id, class_code, class_version, kind, grade, condition_no, lon, lat, cell, located, area1, area2, area3, area4, area_text, address, description, component, channel, outside_number, reporter, confidential,
      happened_us, reported_us, merged_into, stars, version) SELECT ${base} + n, CASE n % 5 ${classes.map((code, i) => `WHEN ${i} THEN '${code}'`).join(' ')} END, 1, 'component', 'b', n % 3, 120, 31, 0, 'point', 1, 100 + n % 20, 1000 + n % 100, 10000 + n % 400, '', '', '', '', 'phone', '', '',
      0, ${at}, ${at}, 0, CASE WHEN n % 7 = 0 THEN 1 + n % 5 ELSE 0 END, 1 FROM s;
    ${stages.map((stage, i) => `${series} INSERT INTO case_event (case_id, event_no, at_us, account_id, org_id, side, action, from_state, to_state, clock, note, form, stage, stage_begun_us, stage_due_us, supplier_org)
      SELECT ${base} + n, ${i + 1}, ${ended(i)}, 1, 1, 'bureau', '${actions[i]}', '${stage}', '', 'start', '', NULL, '${stage}', ${begun(i)}, ${begun(i)} + CASE WHEN n % 8 = ${i} THEN ${hour} ELSE ${20 * hour} END, ${i > 2 ? unit : 0} FROM s${i > 2 ? ` WHERE NOT ${open}` : ''};`).join('\n')}
    ANALYZE;\n`.replaceAll(/(WITH[^;]*?) (INSERT INTO [^;]*?\)) SELECT/gs, '$2 $1 SELECT')
  const file = join(scratch, 'fill.sql')
  writeFileSync(file, sql)
  if (engine === 'sqlite') return timed('sh', ['-c', `sqlite3 '${join(server.dir, 'yiwang.db')}' < '${file}'`])
  return timed('psql', [server.store, '-v', 'ON_ERROR_STOP=1', '-qf', file]) + timed('psql', [server.store, '-qc', 'VACUUM'])
}

async function bench(engine) {
  const server = await serverFresh(engine)
  const c = await city(server)
  const centre = await account(server, c.sys, c.sec, 'centre1', c.supplierOrg, ['supervisor'])
  await server.stop()
  process.stderr.write(`${engine}: ${EVENTS} events filled in ${Math.round(fill(server, engine, c))} s\n`)
  await server.start()
  const ask = (sql) => Number(engine === 'sqlite' ? execFileSync('sqlite3', [join(server.dir, 'yiwang.db'), sql]) : execFileSync('psql', [server.store, '-XAtc', sql]))
  const spent = () => cpu(server.child.pid) + (engine === 'postgres' ? cpuPostgres(server.store.split('/').pop()) : 0)
  const works = []
  for (const [period, at, promise] of [['month', `${YEAR}-05-10`, 1], ['year', `${YEAR}-05-10`, 10]])
    for (const more of ['by=unit', 'by=class', 'by=town', 'by=grid&area=103', 'by=unit&class=B0101']) works.push([`${period} ${more}`, `/event-stats?period=${period}&at=${at}&${more}`, promise])
  works.push(['twelve months', `/event-stats/trend?figure=reports&period=month&at=${YEAR}-12-10`, 10])
  works.push(['cases behind a month', `/event-stats/cases?figure=reports&period=month&at=${YEAR}-05-10&by=unit`, 1])
  for (const [work, path, promise] of works) {
    const times = [], before = spent(), calls = promise > 1 ? 2 : 5
    let answer
    for (let i = 0; i < calls; i++) {
      const begun = performance.now()
      answer = await centre.get(path)
      times.push((performance.now() - begun) / 1000)
    }
    if (/^(month|year) by=unit$/.test(work)) {
      const [a, b] = work.startsWith('month') ? [day(4), day(5)] : [day(0), day(12)]
      const reports = ask(`SELECT count(*) FROM event WHERE reported_us >= ${a} AND reported_us < ${b}`)
      if (answer.total.values.reports !== reports) throw new Error(`${work}: ${answer.total.values.reports} reports, there are ${reports}`)
    }
    line({ work: `${work} among ${EVENTS} events, ${engine}`, ours: median(times), peer: promise, peer_name: 'promise', unit: 's', target: 1, cost: true, cpu_s: Math.round((spent() - before) / calls * 1000) / 1000 })
  }
  await server.stop()
}

main(async () => {
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine)
})
