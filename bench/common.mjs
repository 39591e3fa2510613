// What the benches share: result lines, medians, processes and their memory, the PostgreSQL cluster of the run, made-up rows.
import { spawn, spawnSync, execFileSync } from 'node:child_process'
import { appendFileSync, createWriteStream, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { loadavg } from 'node:os'

export const root = resolve(import.meta.dirname, '..')
export const build = resolve(process.env.BUILD ?? join(root, 'build'))
process.env.YIWANG_BINARY ??= join(build, 'yiwang')
export const scratch = join(build, 'bench', String(process.pid))
mkdirSync(scratch, { recursive: true })
process.env.TMPDIR = scratch // state directories of servers lie on the disk that is measured
const { Server, Client, freshStore } = await import('../tests/e2e/harness.mjs')
export { Client, freshStore }
const children = new Set()

/** A city of its own; its server does not outlive this process. */
export async function serverFresh(engine) {
  const server = await Server.fresh(engine)
  children.add(server.child)
  return server
}
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  if (!process.env.BENCH_KEEP) rmSync(scratch, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]
const round = (x) => (x >= 100 ? Math.round(x) : Math.round(x * 1000) / 1000)

/** One work. ratio > 1 means ours is better: for rates ours/peer, for costs (times, sizes) peer/ours. */
export function line({ work, ours, peer, peer_name, unit, target, cost = false, ...more }) {
  const ratio = cost ? peer / ours : ours / peer
  const out = { work, ours: round(ours), peer: round(peer), peer_name, unit, ratio: round(ratio), target, ok: ratio >= target, ...more,
    load_average: round(loadavg()[0]) }
  appendFileSync(process.env.BENCH_OUT ?? join(build, 'bench.jsonl'), JSON.stringify(out) + '\n')
  process.stderr.write(`${work}: ours ${out.ours}, ${peer_name} ${out.peer} ${unit}, ratio ${out.ratio} (target ${target})\n`)
}

/** The body of a bench: ends the process, with 1 when it failed. */
export async function main(body) {
  try {
    await body()
  } catch (error) {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  }
  process.exit(0)
}

/** The runs one after another, `rounds` times over (A B C A B C …); the median of each. */
export async function alternate(rounds, runs) {
  const results = Object.fromEntries(Object.keys(runs).map((name) => [name, []]))
  for (let i = 0; i < rounds; i++) for (const [name, run] of Object.entries(runs)) results[name].push(await run())
  process.stderr.write(JSON.stringify(results, (k, v) => (typeof v === 'number' ? round(v) : v)) + '\n')
  return Object.fromEntries(Object.entries(results).map(([name, list]) => [name, median(list)]))
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return port
}

/** A child that lives as long as this process at most. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}
export async function end(child) {
  if (child.exitCode !== null || child.signalCode) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Runs a command to its end; seconds taken. */
export function timed(command, args, options = {}) {
  const from = performance.now()
  const done = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}${done.stdout}${done.error ?? ''}`)
  return (performance.now() - from) / 1000
}

export const memory = (pid, what) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${what}:\\s+(\\d+)`))[1]) / 1024
export const memoryPeakReset = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, '5')
/** CPU seconds of a process so far. */
export function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** CPU seconds of the backends that serve a database so far (those that ended are not counted). */
export function cpuPostgres(database) {
  let sum = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').match(/^postgres: \S+ (\S+) /)?.[1] === database) sum += cpu(pid)
    } catch {} // gone meanwhile
  return sum
}

/** A PostgreSQL of this run with normal durability; freshStore('postgres') makes databases in it. */
export function postgresStart() {
  const dir = join('/tmp', `yiwang-bench-pg-${process.pid}`)
  process.env.YIWANG_TEST_PG_DIR = dir
  process.env.DURABLE = '1'
  const tool = join(root, 'tools/test-postgres.sh')
  process.env.YIWANG_TEST_PG = execFileSync(tool, ['start', dir], { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' }).trim()
  process.on('exit', () => spawnSync(tool, ['stop', dir]))
}

/** Writes head and then row(0) … row(count - 1). */
export async function writeRows(path, head, count, row) {
  const out = createWriteStream(path)
  let text = head
  for (let n = 0; n < count; n++) {
    text += row(n)
    if (text.length > 1 << 20) {
      if (!out.write(text)) await once(out, 'drain')
      text = ''
    }
  }
  out.end(text)
  await once(out, 'finish')
}
