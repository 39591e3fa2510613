// Pages of 50 among five million cases over HTTP: the inbox of a handler, of a centre, of a supplier and of the data bureau, the list of all, of an
// organisation, by state, by words, demands; p99 of calls one after another, beside the promise of 30 ms.
//   node bench/cases.mjs [sqlite] [postgres]      CASES=5000000
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpu, line, main, postgresStart, root, scratch, serverFresh, timed } from './common.mjs'
const { account, city, publish, peopleDocument } = await import('../tests/e2e/city.mjs')

const CASES = Number(process.env.CASES ?? 5000000), CALLS = Number(process.env.BENCH_CALLS ?? 400)
const engines = process.argv.length > 2 ? process.argv.slice(2) : ['sqlite', 'postgres']

/** Rows by the store itself: 40 organisations ask and supply; of five cases four are city events; 7 of 100 are open, due from a month ago to a
 * month ahead. */
function fill(server, engine, c, resource) {
  const now = Date.now() * 1000, base = 7000000000000000
  const org = (shift) => `CASE (n / 500 + ${shift}) % 40 WHEN 0 THEN ${c.supplierOrg} WHEN 1 THEN ${c.otherOrg} ELSE 900000 + (n / 500 + ${shift}) % 40 END`
  const by = (...pairs) => `CASE ${pairs.map(([to, is]) => `WHEN n / 5 % 100 < ${to} THEN ${is}`).join(' ')} ELSE ${pairs.at(-1)[1]} END`
  const due = `${now} + (n * 7919 % 5184000 - 2592000) * 1000000`
  const series = engine === 'sqlite' ? `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${CASES})` : `WITH s AS (SELECT CAST(n AS BIGINT) AS n FROM generate_series(1, ${CASES}) n)`
  const number = engine === 'sqlite' ? "printf('GX-2025-%07d', n)" : "'GX-2025-' || lpad(CAST(n AS TEXT), 7, '0')"
  const sharing = { where: 'n % 5 = 0', process: "'share_request'", line: "'sharing'", subject: "'resource'", resource, centre: 0, form: `'{"fields":[]}'`,
    state: by([3, "'review'"], [5, "'check'"], [7, "'amend'"], [15, "'refused'"], [100, "'granted'"]), outcome: by([7, "''"], [15, "'refused'"], [100, "'granted'"]),
    turn: by([3, "'supplier'"], [5, "'bureau'"], [7, "'asker'"], [100, "''"]), turnOrg: by([3, org(7)], [5, 0], [7, org(0)], [100, 0]) }
  const city = { where: 'n % 5 <> 0', process: "'city_small'", line: "'city'", subject: "'event'", resource: 0, centre: org(0), form: "'{}'",
    state: by([4, "'handle'"], [6, "'reported'"], [7, "'ruling'"], [100, "'closed'"]), outcome: by([7, "''"], [100, "'closed'"]),
    turn: by([4, "'supplier'"], [6, "'bureau'"], [7, "'lead'"], [100, "''"]), turnOrg: by([4, org(7)], [7, org(0)], [100, 0]) }
  const sql = [sharing, city].map((of) => `INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title, search_text,
    resource_id, asker_org, asker_account, supplier_org, account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, reminded, event_count, created_at,
    updated_at, closed_at, version, subject, line, centre_org, home_org, stage, step_us)
    ${series} SELECT ${base} + n, ${number}, ${of.process}, 1, ${of.state}, '', ${of.outcome}, ${of.turn}, ${of.turnOrg}, '常住人口 ' || n, lower(${number}) || ' 常住人口 ' || n % 977 || '号' || CASE n % 99991 WHEN 7 THEN ' 稀有' ELSE '' END,
    ${of.resource}, ${org(0)}, 1, ${org(7)}, 1, ${of.form}, NULL, 0, ${now}, ${due}, ${due} - 86400000000, 0, 9, 1, ${now}, ${now},
    CASE WHEN n / 5 % 100 < 7 THEN 0 ELSE ${now} END, 1, ${of.subject}, ${of.line}, ${of.centre}, ${of.centre}, ${of.state}, 4102444800000000 FROM s WHERE ${of.where};\n`).join('')
  const file = join(scratch, 'fill.sql')
  writeFileSync(file, sql + 'ANALYZE work_case;\n')
  if (engine === 'sqlite') return timed('sh', ['-c', `sqlite3 '${join(server.dir, 'yiwang.db')}' < '${file}'`])
  return timed('psql', [server.store, '-v', 'ON_ERROR_STOP=1', '-qf', file])
}

/** p99 in ms, and the processor time of the server a call takes: what it would be on a machine of its own. */
async function percentile(server, client, path) {
  const times = [], from = cpu(server.child.pid)
  let next = ''
  for (let i = 0; i < CALLS; i++) {
    const from = performance.now()
    const page = await client.get(path + (next ? `${path.includes('?') ? '&' : '?'}after=${next}` : ''))
    times.push(performance.now() - from)
    if (!page.items.length && !/[?&]q=/.test(path)) throw new Error(`${path}: ${page.items.length} rows`)
    next = i % 20 === 19 || !page.next ? '' : page.next // twenty pages deep, again and again
  }
  times.sort((a, b) => a - b)
  return { p99: times[Math.floor(times.length * 0.99)], p50_ms: Math.round(times[Math.floor(times.length / 2)] * 10) / 10,
    cpu_ms: Math.round((cpu(server.child.pid) - from) / CALLS * 1e5) / 100 }
}

async function bench(engine) {
  const server = await serverFresh(engine)
  const c = await city(server)
  const resource = await publish(c, peopleDocument())
  const handler = await account(server, c.sys, c.sec, 'handler1', c.supplierOrg, ['handler'])
  const centre = await account(server, c.sys, c.sec, 'centre1', c.supplierOrg, ['supervisor'])
  await server.stop()
  timed(process.env.YIWANG_BINARY, ['pack', 'load', server.dir, join(root, 'tests/packs/city_small'), ...(engine === 'postgres' ? ['--store', server.store] : [])])
  process.stderr.write(`${engine}: ${CASES} cases filled in ${Math.round(fill(server, engine, c, resource))} s\n`)
  await server.start()
  const rows = (sql) => Number(spawnSync(engine === 'sqlite' ? 'sqlite3' : 'psql', engine === 'sqlite' ? [join(server.dir, 'yiwang.db'), sql] : [server.store, '-Atc', sql], { encoding: 'utf8' }).stdout)
  const before = performance.now(), wanted = Math.floor(CASES / 16384)
  while (rows('SELECT COUNT(*) FROM case_segment') < wanted) await new Promise((done) => setTimeout(done, 2000)) // housekeeping looks once a minute
  process.stderr.write(`${engine}: words of ${CASES} cases brought over after ${Math.round((performance.now() - before) / 1000)} s\n`)
  const works = [['inbox of a handler', handler, '/inbox'], ['amber ones of a handler', handler, '/inbox?light=amber'], ['inbox of a centre', centre, '/inbox'], ['inbox of a supplier', c.officer, '/inbox'], ['inbox of the data bureau', c.bureau, '/inbox'], ['list of all', c.bureau, '/cases'],
    ['list of an organisation', c.officer, '/cases?scope=org'], ['list by state', c.bureau, '/cases?state=review'],
    ...Object.entries({ 'a common word': '常住人口', 'a rare word': '稀有', 'a number': String(CASES / 5 + 1).padStart(7, '0'), 'a word that no case has': '不在其中' })
      .flatMap(([what, q]) => [[`list of all with ${what}`, c.bureau, '/cases?q=' + encodeURIComponent(q)], [`list of an organisation with ${what}`, c.officer, '/cases?scope=org&q=' + encodeURIComponent(q)]]),
    ['demands of a department', c.officer, '/demands'], ['late demands of a department', c.officer, '/demands?state=late'], ['demands of all', c.bureau, '/demands']]
  for (const [work, client, path] of works) {
    for (let i = 0; i < 20; i++) await client.get(path)
    const { p99, ...more } = await percentile(server, client, path)
    line({ work: `${work}, page of 50 among ${CASES} cases, ${engine}`, ours: p99, peer: 30, peer_name: 'promise, p99', unit: 'ms', target: 1,
      cost: true, ...more })
  }
  await server.stop()
}

main(async () => {
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine)
})
