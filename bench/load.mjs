// A full load with every check, digests on both sides and two indexes, from the POST to "reconciled", beside the bulk loader of the
// engine into the same indexed table. Then the memory it took. Above 2 million rows only the memory, beside a load of half the
// rows: the peers' indexes, filled row by row, take hours by then.   node bench/load.mjs ROWS [sqlite] [postgres]
import { createReadStream, statSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { alternate, freshStore, line, main, memory, memoryPeakReset, postgresStart, scratch, serverFresh, timed, writeRows } from './common.mjs'
const { city, publish, citizenSpread } = await import('../tests/e2e/city.mjs')

const ROWS = Number(process.argv[2] ?? 1000000), LARGE = ROWS > 2000000, ROUNDS = Number(process.env.BENCH_ROUNDS ?? 2)
const engines = process.argv.length > 3 ? process.argv.slice(3) : ['sqlite', 'postgres']
const field = (name, title, kind, more = {}) => ({ name, title, source_name: name, kind, key: false, required: false, unique: false, indexed: false,
  grade: 2, mask: 'all', check: '', ...more })
const fields = [
  field('citizen_no', '公民身份号码', 'text', { length: 18, key: true, required: true, grade: 3, mask: 'id', check: 'gb11643' }),
  field('name', '姓名', 'text', { length: 50, required: true, grade: 3, mask: 'name' }),
  field('sex', '性别', 'code', { code_set: 'sex', required: true }),
  field('nation', '民族', 'code', { code_set: 'nation', required: true }),
  field('birth_date', '出生日期', 'date', { indexed: true, mask: 'year' }),
  field('education', '学历', 'code', { code_set: 'education' }),
  field('town', '乡镇街道', 'text', { length: 30, indexed: true, grade: 1, mask: '' }),
  field('address', '住址', 'text', { length: 100, mask: 'address' }),
  field('height_cm', '身高', 'integer', { min: 20, max: 260, mask: 'round' }),
  field('income', '年收入', 'decimal', { length: 12, scale: 2, min: 0, max: 10000000 }),
  field('registered_on', '登记日期', 'date', { grade: 1, mask: '' }),
  field('updated_on', '更新日期', 'date', { grade: 1, mask: '' }),
]
let serial = 0
const document = () => ({
  code: `1A09001/${String(++serial).padStart(6, '0')}`, name: `人口（压测 ${serial}）`, summary: '压测数据', keywords: ['人口'], domain: '人口', formats: ['csv'],
  sharing: 'conditional', sharing_condition: '按需审批', sharing_ways: ['api'], opening: 'closed', update_promise: 'daily', retention_months: 12, fields,
  rules: [{ name: 'updated_after_registered', expression: 'registered_on == nil or updated_on == nil or updated_on >= registered_on', message: '更新日期早于登记日期' }],
})
function row(n) {
  const no = citizenSpread(n)
  return `${no},张${n % 977},${1 + (n % 2)},${String(1 + (n % 56)).padStart(2, '0')},${no.slice(6, 10)}-${no.slice(10, 12)}-${no.slice(12, 14)},` +
    `${['10', '20', '30', '40'][n % 4]},镇${n % 211},临江市滨湖街道人民路${n % 9973}号,${150 + (n % 50)},${(n * 7919) % 300000}.${10 + (n % 90)},` +
    `20${10 + (n % 10)}-0${1 + (n % 9)}-1${n % 10},2025-1${n % 3}-2${n % 9}\n`
}
const types = { text: 'text', code: 'text', date: 'date', integer: 'bigint', decimal: 'numeric(12,2)' }
const create = `CREATE TABLE person (${fields.map((f) => `${f.name} ${types[f.kind]}${f.key ? ' primary key' : ''}`).join(', ')});` +
  'CREATE INDEX person_birth ON person (birth_date); CREATE INDEX person_town ON person (town);'

async function upload(client, path) {
  const answer = await fetch(`${client.server.url}/api/v1/uploads?name=person.csv`, { method: 'POST', duplex: 'half', body: createReadStream(path),
    headers: { cookie: client.cookie, 'x-csrf-token': client.csrf, 'content-type': 'application/octet-stream', 'content-length': String(statSync(path).size) } })
  if (answer.status >= 300) throw new Error('upload: ' + (await answer.text()))
  return (await answer.json()).upload_id
}

/** Seconds from the POST to the end of the job; the upload is not counted, as it is not for the peers, which read the file in place. */
async function ours(c, resource, uploadId, rows) {
  const from = performance.now()
  const made = await c.officer.post(`/resources/${resource}/jobs`, { upload_id: uploadId, mode: 'full' })
  const stages = []
  const job = await c.officer.job(made.job_id, { seconds: 3000, until: (job) => {
    if (stages.at(-1)?.[0] !== job.stage) stages.push([job.stage, Math.round(performance.now() - from)])
    return ['reconciled', 'failed', 'cancelled'].includes(job.state)
  } })
  const seconds = (performance.now() - from) / 1000
  const r = job.result
  if (job.state !== 'reconciled' || r.inserted + r.unchanged + r.updated !== rows || r.source_digest !== r.target_digest) throw new Error(JSON.stringify(job))
  if (process.env.BENCH_SHOW) process.stderr.write(stages.map(([name, at]) => `${name} from ${at} ms`).join(', ') + '\n')
  return seconds
}

function sqliteImport(csv) {
  const db = join(scratch, 'import.db')
  for (const end of ['', '-wal', '-shm']) rmSync(db + end, { force: true })
  timed('sqlite3', [db, 'PRAGMA journal_mode=WAL; ' + create])
  return timed('sqlite3', [db, '-cmd', 'PRAGMA synchronous=FULL', '-cmd', 'PRAGMA cache_size=-16000', `.import --csv --skip 1 "${csv}" person`])
}
let database
function psqlCopy(csv) {
  database ??= freshStore('postgres')
  timed('psql', [database, '-qc', 'DROP TABLE IF EXISTS person', '-c', create], { env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning' } })
  return timed('psql', [database, '-qc', `\\copy person from '${csv}' csv header`])
}

async function bench(engine, csv, part) {
  const server = await serverFresh(engine), c = await city(server)
  const whole = await upload(c.officer, csv)
  const peak = async (uploadId, rows) => {
    const resource = await publish(c, document())
    memoryPeakReset(server.child.pid)
    const seconds = await ours(c, resource, uploadId, rows)
    return { seconds, peak: memory(server.child.pid, 'VmHWM') }
  }
  const limit = LARGE ? (await peak(await upload(c.officer, part), ROWS / 2)).peak * 1.15 : 150
  let large = 0
  const wholeLoad = async () => {
    const { seconds, peak: size } = await peak(whole, ROWS)
    large = Math.max(large, size)
    return seconds
  }
  if (LARGE) process.stderr.write(`${ROWS} rows on ${engine} in ${(await wholeLoad()).toFixed(1)} s\n`)
  else {
    const times = await alternate(ROUNDS, { ours: wholeLoad, peer: () => (engine === 'sqlite' ? sqliteImport(csv) : psqlCopy(csv)) })
    line({ work: `full load of ${ROWS} rows x 12, all checks, both digests, 2 indexes, ${engine}`, ours: times.ours, peer: times.peer,
      peer_name: engine === 'sqlite' ? 'sqlite3 .import into the indexed table' : 'psql \\copy into the indexed table', unit: 's', target: 1, cost: true })
  }
  line({ work: `peak memory while loading ${ROWS} rows, ${engine}`, ours: large, peer: limit, peer_name: LARGE ? 'a load of half the rows, plus 15 %' : 'the limit',
    unit: 'MB', target: 1, cost: true })
  await server.stop()
}

main(async () => {
  const csv = join(scratch, 'person.csv'), part = join(scratch, 'part.csv'), head = fields.map((f) => f.name).join(',') + '\n'
  await writeRows(csv, head, ROWS, row)
  if (LARGE) await writeRows(part, head, ROWS / 2, row)
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine, csv, part)
})
