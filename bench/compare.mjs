// Two entries of so many records compared: by citizen number, town and height; 1 % missing on each side, 1 % with another town. From the job's
// start to its end, with every difference kept that is kept, under the right of whoever asks. Beside it sqlite3 over the same two files in
// tables of its own: an index a side, then a FULL JOIN that counts the same. Memory: the server's peak while it compares.
//   node bench/compare.mjs [ROWS] [sqlite] [postgres]
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { line, main, memory, memoryPeakReset, postgresStart, scratch, serverFresh, timed, writeRows } from './common.mjs'
const { city, citizenSpread, peopleDocument, peopleHeader, peopleRow, publish } = await import('../tests/e2e/city.mjs')

const ROWS = Number(process.argv[2] ?? 1000000), engines = process.argv.length > 3 ? process.argv.slice(3) : ['sqlite', 'postgres']
const FEW = ROWS / 100 // missing on the left: the last; on the right: the first

function peer(files) {
  const db = join(scratch, 'peer.db'), names = ['l', 'r'], columns = 'no text, name text, born text, town text, height int, updated text'
  rmSync(db, { force: true })
  timed('sqlite3', [db, ...names.map((t) => `CREATE TABLE ${t} (${columns})`), '.mode csv', ...names.map((t, i) => `.import --skip 1 ${files[i]} ${t}`)])
  const seconds = timed('sqlite3', [db, ...names.map((t) => `CREATE INDEX ${t}_no ON ${t} (no)`),
    `CREATE TABLE found AS SELECT sum(l.no IS NULL) AS right_only, sum(r.no IS NULL) AS left_only, sum(l.town <> r.town OR l.height <> r.height) AS differ FROM l FULL JOIN r ON r.no = l.no`])
  rmSync(db)
  return seconds
}

async function bench(engine, files, plain) {
  const server = await serverFresh(engine), c = await city(server)
  const left = await publish(c, peopleDocument()), right = await publish(c, { ...peopleDocument(), code: '1A01009/000091', name: '对照人口' })
  for (const [i, id] of [left, right].entries()) {
    const upload = await c.officer.upload('people.csv', readFileSync(files[i]))
    const job = await c.officer.job((await c.officer.post(`/resources/${id}/jobs`, { upload_id: upload.upload_id, mode: 'full' })).job_id, { seconds: 3000 })
    if (job.state !== 'reconciled') throw new Error(JSON.stringify(job))
  }
  const pair = (name, form) => ({ left: name, right: name, form })
  const made = await c.officer.post('/comparisons', { name: '人口对照', purpose: '压测', left_id: left, right_id: right, keys: [pair('citizen_no', 'id_number')],
    fields: [pair('town', 'text'), pair('height_cm', 'number')] })
  memoryPeakReset(server.child.pid)
  const before = Math.round(memory(server.child.pid, 'VmHWM'))
  const job = await c.officer.job((await c.officer.post(`/comparisons/${made.comparison_id}/runs`)).job_id, { seconds: 3000 })
  const peak = Math.round(memory(server.child.pid, 'VmHWM'))
  const { counts } = (await c.officer.get('/comparisons/' + made.comparison_id)).runs[0]
  if (job.state !== 'reconciled' || counts.only_left !== FEW || counts.only_right !== FEW || counts.differ !== FEW) throw new Error(JSON.stringify([job, counts]))
  const seconds = (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000
  line({ work: `two entries of ${ROWS} records compared, ${engine}`, ours: seconds, peer: plain, peer_name: 'sqlite3, two indexes and a FULL JOIN', unit: 's', target: 0.5, cost: true,
    memory_before_mb: before, memory_mb: peak })
  process.stderr.write(`  memory ${before} MB before, at most ${peak} MB\n`)
  await server.stop()
}

main(async () => {
  const files = ['left', 'right'].map((name) => join(scratch, name + '.csv'))
  await writeRows(files[0], peopleHeader, ROWS - FEW, (n) => peopleRow(n + FEW, { citizen_no: citizenSpread(n + FEW) }))
  await writeRows(files[1], peopleHeader, ROWS - FEW, (n) => peopleRow(n, { citizen_no: citizenSpread(n), ...(n >= FEW && n < 2 * FEW ? { town: '别处' } : {}) }))
  const plain = peer(files)
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine, files, plain)
})
