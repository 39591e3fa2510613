// A masked CSV download of all rows under a grant (quota, evidence, provenance), from the request to the last byte in a file, beside
// psql \copy (select of the same columns, nothing masked) to a file.   node bench/export.mjs [ROWS] [sqlite] [postgres]
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { alternate, freshStore, line, main, memory, memoryPeakReset, postgresStart, scratch, serverFresh, timed, writeRows } from './common.mjs'
const { city, publish, load } = await import('../tests/e2e/city.mjs')

const ROWS = Number(process.argv[2] ?? 1000000), ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const engines = process.argv.length > 3 ? process.argv.slice(3) : ['sqlite', 'postgres']
const columns = [
  { name: 'licence_no', title: '许可证号', kind: 'text', length: 16, key: true, required: true, grade: 1, mask: '', check: '' },
  { name: 'company', title: '企业名称', kind: 'text', length: 60, required: true, grade: 1, mask: '' },
  { name: 'person', title: '法定代表人', kind: 'text', length: 30, grade: 3, mask: 'name' },
  { name: 'mobile', title: '联系电话', kind: 'text', length: 20, grade: 3, mask: 'phone' },
  { name: 'address', title: '住所', kind: 'text', length: 100, grade: 2, mask: 'address' },
  { name: 'founded', title: '成立日期', kind: 'date', grade: 1, mask: '' },
  { name: 'staff', title: '从业人数', kind: 'integer', grade: 1, mask: '', min: 0, max: 1000000 },
  { name: 'state', title: '状态', kind: 'text', length: 10, grade: 1, mask: '' },
]
const document = {
  code: '307009/000002', name: '许可证（压测下载）', summary: '压测数据', keywords: ['许可'], domain: '市场监管', formats: ['csv'], sharing: 'conditional',
  sharing_condition: '按需审批', sharing_ways: ['api', 'download'], opening: 'closed', update_promise: 'daily', retention_months: 12, rules: [],
  fields: columns.map((c) => ({ source_name: c.name, key: false, required: false, unique: false, indexed: false, check: '', ...c })),
}
const row = (n) => `L${String(n).padStart(9, '0')},临江第${n}号贸易有限公司,${'张王李赵'[n % 4]}小${'明红刚'[n % 3]},138${String(10000000 + n).slice(-8)},` +
  `临江市滨湖街道人民路${n % 900}号,20${String(10 + (n % 15))}-0${1 + (n % 9)}-1${n % 10},${n % 300},在营\n`

/** The peer's table: the same rows in a database of their own, plain columns, no key needed to read all. */
function peer(csv) {
  const url = freshStore('postgres')
  const types = { text: 'text', date: 'date', integer: 'bigint' }
  timed('psql', [url, '-qc', `CREATE TABLE company (${columns.map((c) => `${c.name} ${types[c.kind]}`).join(', ')})`, '-c', `\\copy company from '${csv}' csv header`, '-c', 'VACUUM ANALYZE company'])
  return () => timed('psql', [url, '-qc', `\\copy (select ${columns.map((c) => c.name).join(', ')} from company) to '${join(scratch, 'peer.csv')}' csv header`])
}

async function bench(engine, csv, copy) {
  const server = await serverFresh(engine), c = await city(server)
  const resource = await publish(c, document)
  const job = await load(c.officer, resource, 'company.csv', readFileSync(csv))
  if (job.state !== 'reconciled' || job.result.inserted !== ROWS) throw new Error('not loaded: ' + JSON.stringify(job))
  await c.officer.post('/grants', { ways: ['api', 'download'], resource_id: resource, account_id: c.appAccount, purpose: '压测', quota_day: 1000000000,
    fields: columns.map(({ name }) => ({ name, mode: ['person', 'mobile', 'address'].includes(name) ? 'masked' : 'clear' })), until: new Date(Date.now() + 86400000).toISOString() })
  const file = join(scratch, 'ours.csv')
  const ours = () => timed('curl', ['-sSf', '-H', `Authorization: Bearer ${c.app.key}`, '-o', file, `${server.url}/api/v1/data/${resource}/download?format=csv`])
  ours()
  memoryPeakReset(server.child.pid)
  const times = await alternate(ROUNDS, { ours, peer: copy })
  const lines = Number(spawnSync('wc', ['-l', file], { encoding: 'utf8' }).stdout.split(' ')[0])
  if (lines !== ROWS + 1 || !/1380000|138\*{4}/.test(readFileSync(file, 'utf8').slice(0, 500))) throw new Error(`${lines} lines`)
  line({ work: `masked CSV download of ${ROWS} rows x ${columns.length}, ${engine}`, ours: times.ours, peer: times.peer,
    peer_name: 'psql \\copy (select …) to, nothing masked', unit: 's', target: 1, cost: true })
  line({ work: `peak memory while downloading ${ROWS} rows, ${engine}`, ours: memory(server.child.pid, 'VmHWM'), peer: 150, peer_name: 'the limit', unit: 'MB', target: 1, cost: true })
  await server.stop()
}

main(async () => {
  const csv = join(scratch, 'company.csv')
  await writeRows(csv, columns.map((c) => c.name).join(',') + '\n', ROWS, row)
  postgresStart()
  const copy = peer(csv)
  for (const engine of engines) await bench(engine, csv, copy)
})
