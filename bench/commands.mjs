// Commands on cases over HTTP, each checked, written to the case's history, to the feed and to evidence, and on the disk before it is
// answered; beside bare pairs of INSERT and UPDATE on the same engine with the same durability: pgbench, sqlite3.
//   node bench/commands.mjs [sqlite] [postgres]
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alternate, cpu, cpuPostgres, line, main, postgresStart, root, scratch, serverFresh, timed } from './common.mjs'
const { account } = await import('../tests/e2e/city.mjs')

const CASES = 60000, CONNECTIONS = 64, SECONDS = Number(process.env.BENCH_SECONDS ?? 5), ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const FIRST = 7000000000000000n // ids that a script can count up
const engines = process.argv.length > 2 ? process.argv.slice(2) : ['sqlite', 'postgres']

const series = (engine) => engine === 'sqlite' ? `WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < ${CASES - 1})`
  : `WITH s AS (SELECT CAST(n AS BIGINT) AS n FROM generate_series(0, ${CASES - 1}) n)`

function sqlRun(server, engine, sql, db = join(server.dir, 'yiwang.db')) {
  const file = join(scratch, 'run.sql')
  writeFileSync(file, sql)
  if (engine === 'sqlite') return timed('sh', ['-c', `sqlite3 -bail '${db}' < '${file}'`])
  return timed('psql', [server.store, '-v', 'ON_ERROR_STOP=1', '-qf', file])
}

/** Cases that wait to be signed for, each with its first event, as the process of the pack has it. */
function fill(server, engine, { centre, unit }) {
  const now = Date.now() * 1000
  const limits = '{"accept":{"hours":2},"verify":{"hours":4},"dispose":{"work_days":3},"check":{"work_hours":8}}'
  sqlRun(server, engine, `
    INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title, search_text, resource_id,
      asker_org, asker_account, supplier_org, account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, reminded, event_count,
      created_at, updated_at, closed_at, version, subject, line, kind, centre_org, home_org, field_org, limits, stage, step_us)
      ${series(engine)} SELECT ${FIRST} + n, 'XS-2026-' || n, 'city_small', 1, 'dispatched', 'reported', '', 'supplier', ${unit}, '井盖丢失', 'xs-2026-' || n, 0,
      ${centre}, 1, ${unit}, 0, '{}', NULL, 0, ${now}, ${now + 3 * 86400e6}, ${now + 2 * 86400e6}, 0, 0, 1, ${now}, ${now}, 0, 1, 'event', 'city',
      'component', ${centre}, ${centre}, ${centre}, '${limits}', 'dispatched', ${now + 2 * 86400e6} FROM s;
    INSERT INTO case_event (case_id, event_no, at_us, account_id, org_id, side, action, from_state, to_state, clock, note, form, term)
      ${series(engine)} SELECT ${FIRST} + n, 1, ${now}, 1, ${centre}, 'asker', 'start', '', 'dispatched', 'start', '', '{}', '${limits}' FROM s;
    ${engine === 'sqlite' ? '' : bareTables(engine)}`)
  if (engine === 'sqlite') timed('sh', ['-c', `echo "PRAGMA journal_mode = WAL; ${bareTables(engine)}" | sqlite3 -bail '${bareFile(server)}'`])
}
const bareFile = (server) => join(server.dir, 'bare.db')
const bareTables = (engine) => `CREATE TABLE bare_case (case_id BIGINT PRIMARY KEY, state TEXT NOT NULL, due_us BIGINT NOT NULL, version BIGINT NOT NULL);
    CREATE TABLE bare_event (case_id BIGINT NOT NULL, event_no BIGINT NOT NULL, at_us BIGINT NOT NULL, action TEXT NOT NULL, note TEXT NOT NULL);
    INSERT INTO bare_case ${series(engine)} SELECT n, 'dispatched', 1, 1 FROM s;`

function wrk(server, args) {
  const done = spawnSync('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '-s', join(root, 'bench/commands.lua'), server.url, '--', ...args], { encoding: 'utf8' })
  const rate = Number(done.stdout?.match(/Requests\/sec:\s+([\d.]+)/)?.[1])
  if (!rate || /Non-2xx|Socket errors/.test(done.stdout)) throw new Error(`wrk:\n${done.stdout}${done.stderr}`)
  process.stderr.write(`  ${Math.round(rate)}/s ${done.stdout.match(/p99 .*/)[0]}\n`)
  return rate
}

/** Pairs a second, each a transaction of its own that is on the disk before the next of its client. */
function barePairs(server, engine) {
  const pair = (n, no) => `BEGIN; INSERT INTO bare_event VALUES (${n}, ${no}, 1, 'sign', ''); UPDATE bare_case SET state = 'handle', due_us = due_us + 1, version = version + 1 WHERE case_id = ${n}; COMMIT;\n`
  if (engine === 'sqlite') {
    let text = 'PRAGMA synchronous = FULL;\n'
    const pairs = 4000
    for (let i = 0; i < pairs; i++) text += pair((i * 7919) % CASES, i)
    return pairs / sqlRun(server, engine, text, bareFile(server))
  }
  const file = join(scratch, 'pair.sql')
  writeFileSync(file, `\\set n random(0, ${CASES - 1})\n` + pair(':n', 1))
  const done = spawnSync('pgbench', ['-n', '-M', 'prepared', '-c', '16', '-j', '1', '-T', String(SECONDS), '-f', file, server.store], { encoding: 'utf8' })
  const rate = Number(done.stdout?.match(/tps = ([\d.]+)/)?.[1])
  if (!rate) throw new Error(`pgbench:\n${done.stdout}${done.stderr}`)
  return rate
}

async function bench(engine) {
  const server = await serverFresh(engine)
  const sys = await server.as('sysadmin'), sec = await server.as('secadmin')
  const org = async (code, name) => (await sys.post('/orgs', { code, name, name_en: name })).org_id
  const centre = await org('CENTRE', '指挥中心'), unit = await org('UNIT', '城管局')
  const handler = await account(server, sys, sec, 'handler1', unit, ['handler'])
  const lead = await account(server, sys, sec, 'centre1', centre, ['dispatcher'])
  await server.stop()
  timed(process.env.YIWANG_BINARY, ['pack', 'load', server.dir, join(root, 'tests/packs/city_small'), ...(engine === 'postgres' ? ['--store', server.store] : [])])
  fill(server, engine, { centre, unit })
  await server.start()
  const args = [String(FIRST), String(CASES), handler.cookie, handler.csrf, lead.cookie, lead.csrf]
  let done = 0, ran = 0, used = 0
  const database = new URL(server.store ?? 'x:/').pathname.slice(1), busy = () => cpu(server.child.pid) + (engine === 'postgres' ? cpuPostgres(database) : 0)
  const rates = await alternate(ROUNDS, {
    ours: () => {
      // a run goes on where the cases are: each round has its own cases
      const share = Math.floor(CASES / ROUNDS), first = FIRST + BigInt(done++ * share)
      const from = busy(), rate = wrk(server, [String(first), String(share), ...args.slice(2)])
      ran += rate * SECONDS
      used += busy() - from
      return rate
    },
    peer: () => barePairs(server, engine),
  })
  line({ work: `case commands with durable commit over HTTP, ${engine}`, ours: rates.ours, peer: rates.peer,
    peer_name: engine === 'sqlite' ? 'sqlite3, bare INSERT and UPDATE pairs' : 'pgbench, bare INSERT and UPDATE pairs', unit: '/s', target: 0.5,
    cpu_us: Math.round(used / ran * 1e6) }) // processor time of ours and of its PostgreSQL a command
  line({ work: `case commands with durable commit over HTTP, ${engine}, beside the promise`, ours: rates.ours, peer: 2000, peer_name: 'promise', unit: '/s', target: 1 })
  await server.stop()
}

main(async () => {
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine)
})
