// Delivery to a receiver's PostgreSQL: a full one of all rows, then increments of 1 % of them, spread over the whole table and lying
// together as they were loaded; both reconciled, from the job's start to its end. Beside it what psql needs for the same rows in a table
// of its own: \copy and key, then \copy into a temporary table and INSERT … ON CONFLICT DO UPDATE. What counts is the share that 1 %
// costs of a full one, ours beside psql's; the best of the rounds. Why it is not 1 %: docs/decisions/0012-downloads-and-deliveries.md.
// The receiver's database is in the same cluster as the store. The same grant goes to a folder of files, where nothing is looked up at the
// receiver's: what is left there is our own cost of a changed row.   node bench/deliver.mjs [ROWS] [sqlite] [postgres]
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freshStore, line, main, postgresStart, scratch, serverFresh, timed, writeRows } from './common.mjs'
const { city, citizenSpread, peopleDocument, peopleHeader, peopleRow, publish } = await import('../tests/e2e/city.mjs')

const ROWS = Number(process.argv[2] ?? 1000000), ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const engines = process.argv.length > 3 ? process.argv.slice(3) : ['sqlite', 'postgres']

const columns = ['citizen_no', 'name', 'birth_date', 'town', 'height_cm', 'updated_on']
const psql = (url, ...commands) => timed('psql', [url, '-v', 'ON_ERROR_STOP=1', '-q', ...commands.flatMap((one) => ['-c', one])])
const every = (step, from = 0) => Array.from({ length: ROWS / step }, (_, i) => i * step + from)
const changes = {
  spread: (round) => every(100, round),
  clustered: (round) => Array.from({ length: ROWS / 100 }, (_, i) => (ROWS / 10) * (1 + round) + i),
}

/** A file of these rows with another town; bytes, as ten million rows are longer than a string may be. */
function changed(rows, town) {
  const parts = [Buffer.from(peopleHeader)]
  for (let at = 0; at < rows.length; at += 100000)
    parts.push(Buffer.from(rows.slice(at, at + 100000).map((n) => peopleRow(n, { citizen_no: citizenSpread(n), town })).join('')))
  return Buffer.concat(parts)
}

async function load(client, resource, bytes, mode) {
  const upload = await client.upload('people.csv', bytes)
  const job = await client.job((await client.post(`/resources/${resource}/jobs`, { upload_id: upload.upload_id, mode })).job_id, { seconds: 3000 })
  if (job.state !== 'reconciled') throw new Error(JSON.stringify(job))
}

/** psql's own table of the delivered rows. */
function peerFull(url, file) {
  psql(url, `\\copy people TO '${file}' csv`)
  const peer = freshStore('postgres')
  const create = 'CREATE TABLE people (_yiwang_id bigint, citizen_no text, name text, birth_date date, town text, height_cm bigint, updated_on date)'
  return { peer, full: psql(peer, create, `\\copy people FROM '${file}' csv`, 'ALTER TABLE people ADD PRIMARY KEY (_yiwang_id)') }
}
function peerPart(url, peer, file, town) {
  psql(url, `\\copy (SELECT * FROM people WHERE town = '${town}') TO '${file}' csv`)
  return psql(peer, 'CREATE TEMP TABLE change (LIKE people)', `\\copy change FROM '${file}' csv`,
    `INSERT INTO people SELECT * FROM change ON CONFLICT (_yiwang_id) DO UPDATE SET ${columns.map((c) => `${c} = excluded.${c}`).join(', ')}`)
}

async function bench(engine, csv) {
  const server = await serverFresh(engine), c = await city(server)
  const resource = await publish(c, peopleDocument())
  await load(c.officer, resource, readFileSync(csv), 'full')
  const grant = (await c.officer.post('/grants', { ways: ['batch'], resource_id: resource, account_id: c.appAccount, purpose: '压测', quota_day: 1000000000,
    fields: columns.map((name, i) => ({ name, mode: i < 2 ? 'masked' : 'clear' })), until: new Date(Date.now() + 86400000).toISOString() })).grant_id
  const url = freshStore('postgres'), file = join(scratch, 'delivered.csv')
  const target = (await c.sys.post('/targets', { name: '压测库', kind: 'postgres', url, org_id: c.otherOrg })).target_id
  const ended = async (made, mode) => {
    const job = await c.police.job(made.job_id, { seconds: 3000 })
    if (job.state !== 'reconciled' || job.result.mode !== mode || job.result.source_digest !== job.result.target_digest) throw new Error(JSON.stringify(job.error ?? job.result))
    return (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000
  }
  const made = await c.police.post('/deliveries', { grant_id: grant, target_id: target, schema: 'public', table: 'people', mode: 'increments', timetable: 'manual' })
  const runOf = async (of) => ended(await c.police.post(`/deliveries/${of.delivery_id}/run`, {}), 'increments')
  const run = () => runOf(made)
  const outbox = mkdtempSync(join(scratch, 'outbox-'))
  mkdirSync(join(outbox, 'police'))
  await c.sys.put('/settings/deliveries.folder', { value: outbox, version: 0 })
  const folder = (await c.sys.post('/targets', { name: '文件夹', kind: 'folder', url: 'folder:police', org_id: c.otherOrg })).target_id
  const full = await ended(made, 'full'), { peer, full: plain } = peerFull(url, file)
  process.stderr.write(`${engine}: full delivery of ${ROWS} rows ${full.toFixed(1)} s; psql's \\copy of the same and key ${plain.toFixed(1)} s\n`)
  const files = await c.police.post('/deliveries', { grant_id: grant, target_id: folder, table: 'people', mode: 'increments', timetable: 'manual', format: 'csv' })
  const filesFull = await ended(files, 'full')
  process.stderr.write(`${engine}: full delivery to files ${filesFull.toFixed(2)} s\n`)
  for (const [kind, rows] of Object.entries(changes)) {
    const parts = [], plains = [], idles = [], sent = []
    for (let round = 0; round < ROUNDS; round++) {
      const town = `${kind}${round}`
      await load(c.officer, resource, changed(rows(round), town), 'upsert')
      parts.push(await run())
      sent.push(await runOf(files))
      idles.push(await run())
      plains.push(peerPart(url, peer, file, town))
    }
    line({ work: `delivery of 1 % of ${ROWS} rows changed, ${kind}, to files, ${engine}: share of a full one`, ours: (Math.min(...sent) / filesFull) * 100, peer: 1, peer_name: 'a hundredth', unit: '%', target: 1,
      cost: true, part: Math.min(...sent), full: filesFull })
    const part = Math.min(...parts), plainPart = Math.min(...plains)
    process.stderr.write(`${engine}: 1 % ${kind} ${parts.map((t) => t.toFixed(2))} s, psql ${plains.map((t) => t.toFixed(2))} s, nothing to do ${Math.min(...idles)} s\n`)
    line({ work: `delivery of 1 % of ${ROWS} rows changed, ${kind}, ${engine}: share of a full one`, ours: (part / full) * 100, peer: (plainPart / plain) * 100,
      peer_name: "psql's own share", unit: '%', target: 1, cost: true, part, full, psql_part: plainPart, psql_full: plain, idle: Math.min(...idles) })
  }
  // full ones into a table that is there: rows are compared in the target, and those that differ written
  const whole = await c.police.post('/deliveries', { grant_id: grant, target_id: target, schema: 'public', table: 'people_full', mode: 'full', timetable: 'manual' })
  const first = await ended(whole, 'full'), again = async () => ended(await c.police.post(`/deliveries/${whole.delivery_id}/run`, {}), 'full')
  const times = { 'nothing': await again() }
  for (const [name, step] of [['1 %', 100], ['all', 1]]) {
    await load(c.officer, resource, changed(every(step), 'full' + step), 'upsert')
    times[name] = await again()
  }
  process.stderr.write(`${engine}: full delivery into a new table ${first.toFixed(2)} s, again ${JSON.stringify(times)} s\n`)
  for (const [name, seconds] of Object.entries(times))
    line({ work: `full delivery of ${ROWS} rows into the table that is there, ${name} changed, ${engine}`, ours: seconds, peer: first, peer_name: 'into a new table', unit: 's', target: 1, cost: true })
  const held = Number(spawnSync('psql', [url, '-qAtc', 'SELECT count(*) FROM people'], { encoding: 'utf8' }).stdout)
  if (held !== ROWS) throw new Error(`${held} rows`)
  rmSync(file)
  await server.stop()
}

main(async () => {
  const csv = join(scratch, 'people.csv')
  await writeRows(csv, peopleHeader, ROWS, (n) => peopleRow(n, { citizen_no: citizenSpread(n) }))
  postgresStart()
  for (const engine of engines) await bench(engine, csv)
})
