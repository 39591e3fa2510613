// Records by key over HTTP with API key, grant, masks and evidence on, beside nginx with a static file and a bare select in Node.
//   node bench/reads.mjs [sqlite] [postgres]
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { alternate, build, end, freePort, freshStore, line, main, postgresStart, root, scratch, serverFresh, start, timed, writeRows } from './common.mjs'
const { city, publish, load } = await import('../tests/e2e/city.mjs')

const ROWS = 100000, CONNECTIONS = 64, SECONDS = Number(process.env.BENCH_SECONDS ?? 5), ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const engines = process.argv.length > 2 ? process.argv.slice(2) : ['sqlite', 'postgres']
const csv = join(scratch, 'company.csv')
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
  code: '307009/000001', name: '许可证（压测）', summary: '压测数据', keywords: ['许可'], domain: '市场监管', formats: ['csv'], sharing: 'conditional',
  sharing_condition: '按需审批', sharing_ways: ['api'], opening: 'closed', update_promise: 'daily', retention_months: 12, rules: [],
  fields: columns.map((c) => ({ source_name: c.name, key: false, required: false, unique: false, indexed: false, check: '', ...c })),
}
const row = (n) => `L${String(n).padStart(9, '0')},临江第${n}号贸易有限公司,${'张王李赵'[n % 4]}小${'明红刚'[n % 3]},199${String(10000000 + n).slice(-8)},` +
  `临江市滨湖街道人民路${n % 900}号,20${String(10 + (n % 15))}-0${1 + (n % 9)}-1${n % 10},${n % 300},在营\n`

function wrk(url, path, key) {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '-s', join(root, 'bench/read.lua'), url, '--', path, String(ROWS), ...(key ? [key] : [])]
  const done = spawnSync('wrk', args, { encoding: 'utf8' })
  const rate = Number(done.stdout?.match(/Requests\/sec:\s+([\d.]+)/)?.[1])
  if (!rate || /Non-2xx|Socket errors/.test(done.stdout)) throw new Error(`wrk ${args.join(' ')}:\n${done.stdout}${done.stderr}`)
  return rate
}

async function nginx() {
  const port = await freePort(), dir = join(scratch, `nginx-${port}`)
  mkdirSync(dir)
  writeFileSync(join(dir, 'static.json'), '{"x":"' + 'x'.repeat(292) + '"}')
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${dir}/${n};`).join(' ')
  writeFileSync(join(dir, 'nginx.conf'), `daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
    ${process.getuid() === 0 ? 'user root;' : ''} events { worker_connections 4096; }
    http { access_log off; keepalive_requests 100000000; sendfile on; default_type application/json; ${temp}
    server { listen 127.0.0.1:${port}; root ${dir}; open_file_cache max=10; } }`)
  const child = start('nginx', ['-c', join(dir, 'nginx.conf'), '-p', dir, '-e', join(dir, 'error.log')])
  await new Promise((done) => setTimeout(done, 500))
  return { child, url: `http://127.0.0.1:${port}` }
}

async function node(engine, place) {
  const port = await freePort()
  const child = start('node', [join(root, 'bench/peers/server.mjs'), engine, place, csv, String(port)],
    { env: { ...process.env, PEER_MODULES: join(build, 'peers/node_modules'), NODE_ENV: 'production' } })
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  if (!Buffer.isBuffer(said)) throw new Error('the Node peer does not start: run make bench, which installs its packages')
  return { child, url: `http://127.0.0.1:${port}` }
}

/** A city with the table loaded; the secrets of two service accounts: one with masked fields, one with all of them clear. */
async function ours(engine) {
  const server = await serverFresh(engine)
  const c = await city(server)
  const resource = await publish(c, document)
  const job = await load(c.officer, resource, 'company.csv', readFileSync(csv))
  if (job.state !== 'reconciled' || job.result.inserted !== ROWS) throw new Error('not loaded: ' + JSON.stringify(job))
  const made = await c.sys.post('/accounts', { login: 'clear-app', name: '压测应用', org_id: c.otherOrg, kind: 'service' })
  const account = (await c.sec.get('/accounts?q=clear-app')).items[0]
  if (!account.roles.includes('service')) await c.sec.put(`/accounts/${made.account_id}/roles`, { version: account.version, roles: ['service'] })
  const key = await c.police.post(`/accounts/${made.account_id}/keys`, { label: 'bench' })
  const until = new Date(Date.now() + 86400000).toISOString()
  const grant = (account_id, sensitive) => c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id, until, quota_day: 1000000000,
    purpose: '压测：许可证核验业务', clear_sensitive: sensitive,
    fields: columns.map((f) => ({ name: f.name, mode: sensitive || !f.mask ? 'clear' : 'masked' })) })
  await grant(c.appAccount, false)
  await grant(made.account_id, true)
  const path = `/api/v1/data/${resource}/by-key`
  const masked = (await c.app.get(path + '?licence_no=L000000007')).mobile
  if (!/\*/.test(masked)) throw new Error('not masked: ' + masked)
  c.app.key = key.secret
  const clear = (await c.app.get(path + '?licence_no=L000000007')).mobile
  if (clear !== '19910000007') throw new Error('not clear: ' + clear)
  return { server, path, masked: (await c.police.post(`/accounts/${c.appAccount}/keys`, { label: 'bench' })).secret, clear: key.secret }
}

async function bench(engine) {
  const web = await nginx(), us = await ours(engine)
  let place = join(scratch, 'peer.db')
  if (engine === 'postgres') {
    place = freshStore('postgres')
    timed('psql', [place, '-qc', `CREATE TABLE company (${columns.map((c) => `${c.name} ${c.kind === 'integer' ? 'bigint' : 'text'}${c.key ? ' primary key' : ''}`)})`,
      '-c', `\\copy company from '${csv}' csv header`, '-c', 'analyze company'])
  }
  const peer = await node(engine, place)
  const peerName = engine === 'sqlite' ? 'fastify + better-sqlite3, bare select' : 'fastify + pg, bare select'
  wrk(us.server.url, us.path, us.masked) // warm
  const rates = await alternate(ROUNDS, {
    ordinary: () => wrk(us.server.url, us.path, us.masked),
    nginx: () => wrk(web.url, '/static.json'),
    sensitive: () => wrk(us.server.url, us.path, us.clear),
    node: () => wrk(peer.url, '/company'),
  })
  const say = (work, ours, peer_name, peerRate, target) => line({ work: `${work}, ${engine}`, ours, peer: peerRate, peer_name, unit: 'requests/s', target })
  if (engine === 'sqlite') {
    say('record by key, masked', rates.ordinary, 'nginx, static 300 bytes', rates.nginx, 0.4)
    say('record by key, L3 clear (waits for the disk)', rates.sensitive, 'nginx, static 300 bytes', rates.nginx, 0.3)
    say('record by key, masked', rates.ordinary, peerName, rates.node, 1)
  } else {
    say('record by key, masked', rates.ordinary, peerName, rates.node, 3)
    say('record by key, L3 clear (waits for the disk)', rates.sensitive, peerName, rates.node, 1)
  }
  await end(peer.child)
  await end(web.child)
  await us.server.stop()
}

main(async () => {
  await writeRows(csv, columns.map((c) => c.name).join(',') + '\n', ROWS, row)
  if (engines.includes('postgres')) postgresStart()
  for (const engine of engines) await bench(engine)
})
