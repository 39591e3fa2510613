// Two nodes of Yiwang with nginx and mutual TLS between them: in two network namespaces joined by a veth pair where this machine lets
// us make them (root, ip netns), else on the loopback, where the line is cut by stopping nginx.
import { spawn, spawnSync } from 'node:child_process'
import { createServer, request } from 'node:http'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { Server, folder, root } from './harness.mjs'
import { city } from './city.mjs'
import { copy } from './kept_city.mjs'

const run = (...args) => {
  const done = spawnSync(args[0], args.slice(1), { encoding: 'utf8' })
  assert.equal(done.status, 0, args.join(' ') + ': ' + done.stderr)
  return done.stdout
}
const tries = (...args) => spawnSync(args[0], args.slice(1)).status === 0
/** Asks until check answers something; see(value) keeps what a failure should show. */
export async function until(what, check, { seconds = 60, pause = 100 } = {}) {
  const end = Date.now() + seconds * 1000
  for (let seen; ;) {
    const last = await check((value) => { seen = value; return value })
    if (last) return last
    assert.ok(Date.now() < end, `still not: ${what} ${seen ? JSON.stringify(seen) : ''}`)
    await new Promise((done) => setTimeout(done, pause))
  }
}

/** All records as the caller sees them, one line each. */
export async function records(client, resource, fields) {
  const lines = []
  for (let after = ''; after !== null;) {
    const page = await client.get(`/data/${resource}/records?limit=200&fields=${fields.join(',')}${after && '&after=' + encodeURIComponent(after)}`)
    lines.push(...page.items.map((one) => fields.map((name) => one[name] ?? '').join('|')))
    after = page.next
  }
  return lines.sort()
}
/** Waits until the landing holds what the resource held at the call. */
export async function sameRecords(from, resource, to, landing, fields) {
  const sent = await records(from.officer, resource, fields)
  return until(`${to.name} holds what ${from.name} holds`, async () => {
    const got = await records(to.officer, landing, fields)
    return got.length === sent.length && got.every((line, i) => line === sent[i])
  }, { pause: 400 })
}

// a test that fails leaves neither nginx nor namespaces behind
const leftovers = []
process.on('exit', () => leftovers.forEach((end) => end()))

// --- the network -------------------------------------------------------------------------------------------------------------
let networks = 0
/** Namespaces upper and lower: each reached from here, and one wire between them. */
function namespaces() {
  const id = `${process.pid % 10000}${networks}`
  const probe = `yw${id}u`
  if (process.getuid() !== 0 || !tries('ip', 'netns', 'add', probe)) return null
  run('ip', 'netns', 'add', `yw${id}l`)
  const x = (process.pid * 7 + networks++) % 250
  const names = { upper: probe, lower: `yw${id}l` }
  const wire = { upper: `198.19.${x}.1`, lower: `198.19.${x}.2` }, here = { upper: `198.18.${x}.1`, lower: `198.18.${x}.5` }
  const there = { upper: `198.18.${x}.2`, lower: `198.18.${x}.6` }
  for (const [n, side] of ['upper', 'lower'].entries()) {
    const device = `yw${id}m${n}`
    run('ip', 'link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', names[side])
    run('ip', 'addr', 'add', here[side] + '/30', 'dev', device)
    run('ip', 'link', 'set', device, 'up')
    for (const line of [`addr add ${there[side]}/30 dev eth0`, 'link set eth0 up', 'link set lo up']) run('ip', '-n', names[side], ...line.split(' '))
  }
  run('ip', '-n', names.upper, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', names.lower)
  for (const side of ['upper', 'lower']) {
    run('ip', '-n', names[side], 'addr', 'add', wire[side] + '/30', 'dev', 'wire')
    run('ip', '-n', names[side], 'link', 'set', 'wire', 'up')
  }
  const remove = () => Object.values(names).forEach((name) => tries('ip', 'netns', 'del', name))
  leftovers.push(remove)
  return {
    kind: 'namespaces', here, there, wire, within: (side) => ['ip', 'netns', 'exec', names[side]],
    cut: () => run('ip', '-n', names.lower, 'link', 'set', 'wire', 'down'),
    mend: () => run('ip', '-n', names.lower, 'link', 'set', 'wire', 'up'),
    remove,
  }
}
function loopback() {
  const local = { upper: '127.0.0.1', lower: '127.0.0.1' }
  return { kind: 'loopback', here: local, there: local, wire: local, within: () => [], remove: () => {} }
}

// --- certificates --------------------------------------------------------------------------------------------------------------
/** An authority in its own folder: ca.pem, and issue(name, ip) → name.pem, name.key. */
export function authority() {
  const dir = folder('ca')
  const at = (name) => join(dir, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  run('openssl', 'req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '30', '-subj', '/CN=cascade test authority')
  const issue = (name, ip) => {
    writeFileSync(at('ext'), `${ip ? `subjectAltName=IP:${ip}\n` : ''}extendedKeyUsage=${ip ? 'serverAuth' : 'clientAuth'}\n`)
    run('openssl', 'req', ...key, '-keyout', at(name + '.key'), '-out', at(name + '.csr'), '-subj', '/CN=' + name)
    run('openssl', 'x509', '-req', '-in', at(name + '.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '30', '-extfile', at('ext'), '-out', at(name + '.pem'))
    writeFileSync(at(name + '.both'), readFileSync(at(name + '.pem'), 'utf8') + readFileSync(at(name + '.key'), 'utf8'), { mode: 0o600 })
    return at(name)
  }
  return { ca: at('ca.pem'), issue }
}

// --- what stands before a node -----------------------------------------------------------------------------------------------------
/** Between nginx and the node: keeps what went through; what hold(call) picks does not get there, and change(call, bytes)
 *  makes another answer of the same length. */
function recorder(address, target) {
  const calls = [], kept = { calls }
  const server = createServer((rq, answer) => {
    const parts = []
    rq.on('data', (part) => parts.push(part))
    rq.on('end', () => {
      const call = { path: rq.url, headers: rq.headers, body: Buffer.concat(parts) }
      calls.push(call)
      if (kept.hold?.(call)) return answer.destroy()
      const to = new URL(target())
      const forward = request({ host: to.hostname, port: to.port, path: rq.url, method: rq.method, headers: rq.headers, agent: false }, (got) => {
        const whole = []
        got.on('data', (part) => whole.push(part))
        got.on('end', () => {
          const bytes = Buffer.concat(whole)
          answer.writeHead(got.statusCode, got.headers)
          answer.end(kept.change?.(call, bytes) ?? bytes)
        })
      })
      forward.on('error', () => answer.destroy())
      forward.end(call.body)
    })
  })
  return new Promise((done) => server.listen(0, address, () => done(Object.assign(kept, { url: `http://${address}:${server.address().port}`, close: () => { server.closeAllConnections(); server.close() } }))))
}

/** nginx with the configuration of deploy/. */
class Nginx {
  constructor(net, side, certificate, ca, upstream) {
    const dir = folder('nginx')
    this.port = net.kind === 'namespaces' ? 8443 : 20000 + ((process.pid * 13 + networks++ * 101) % 9000)
    const shipped = readFileSync(join(root, 'deploy/nginx-cascade.conf'), 'utf8')
    const server = shipped.replace('listen 8443', `listen ${net.wire[side]}:${this.port}`).replace('/etc/ssl/yiwang/cascade-server.pem', certificate + '.pem')
      .replace('/etc/ssl/yiwang/cascade-server.key', certificate + '.key').replace('/etc/ssl/yiwang/cascade-ca.pem', ca).replace('http://127.0.0.1:8080', upstream)
    this.conf = join(dir, 'nginx.conf')
    this.within = net.within(side)
    mkdirSync(join(dir, 'tmp'))
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${dir}/tmp;`).join(' ')
    writeFileSync(this.conf, `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log; events {} http { access_log off; ${temporary}\n${server}\n}\n`)
    this.url = `https://${net.wire[side]}:${this.port}`
    leftovers.push(() => this.stop())
  }
  start() {
    const [program, ...args] = [...this.within, 'nginx', '-c', this.conf, '-e', this.conf + '.err']
    this.child = spawn(program, args, { stdio: 'ignore' })
  }
  stop() {
    this.child?.kill('SIGKILL')
  }
}

// --- the nodes -------------------------------------------------------------------------------------------------------------------
/** PostgreSQL listens on the loopback of this namespace; its socket is a file and reached from everywhere. */
function storeWithin(net, store) {
  if (!store || net.kind !== 'namespaces') return store
  const url = new URL(store)
  const dir = run('psql', store, '-qAtc', 'SHOW unix_socket_directories').trim()
  return `postgres://${url.username}:${url.password}@${encodeURIComponent(dir)}:${url.port}${url.pathname}`
}

async function node(net, side, engine, name, ca) {
  const server = await copy(engine, true, { within: net.within(side), listen: net.there[side] + ':0', args: ['--trust-proxy', net.here[side], '--web', join(root, 'web/dist')] })
  server.store = storeWithin(net, server.store)
  const { dir } = server
  await server.start()
  const c = await city(server)
  copyFileSync(ca.issue(side) + '.both', join(dir, 'keys/cascade-client.pem'))
  chmodSync(join(dir, 'keys/cascade-client.pem'), 0o600)
  copyFileSync(ca.ca, join(dir, 'keys/cascade-ca.pem'))
  await c.sys.put('/settings/cascade.name', { value: name, version: 0 })
  await c.sys.put('/settings/cascade.seconds', { value: '1', version: 0 })
  const org = (await c.sys.post('/orgs', { code: side === 'upper' ? '11320281014036111M' : '11320281014036222M', name: side === 'upper' ? '区数据局' : '市数据局', name_en: 'The other side' })).org_id
  return { ...c, side, name, otherSide: org, self: () => c.bureau.get('/cascade/self') }
}

/** upper: a city, called through nginx; lower: a front node that calls it. Paired when `pair`. */
export async function nodes(engine, { pair = true } = {}) {
  const net = namespaces() ?? loopback()
  const ca = authority()
  const other = engine === 'sqlite' ? 'postgres' : 'sqlite'
  const upper = await node(net, 'upper', engine, '江阴市', ca), lower = await node(net, 'lower', other, '前置机', ca)
  const record = await recorder(net.here.upper, () => upper.server.url)
  const nginx = new Nginx(net, 'upper', ca.issue('nginx', net.wire.upper), ca.ca, record.url)
  nginx.start()
  await upper.sys.put('/settings/cascade.url', { value: nginx.url, version: 0 })
  const two = { net, ca, upper, lower, record, nginx, cut: net.cut ?? (() => nginx.stop()), mend: net.mend ?? (() => nginx.start()) }
  two.stop = async () => {
    for (const one of [lower, upper]) await one.server.stop()
    nginx.stop()
    record.close()
    net.remove()
  }
  if (pair) await paired(two)
  return two
}

export async function propose(at, other, dial) {
  const { invitation } = await other.self()
  return at.bureau.post('/cascade/nodes', { invitation, org_id: at.otherSide, dial })
}
export async function paired(two) {
  const { upper, lower } = two
  for (const [at, other, dial] of [[upper, lower, false], [lower, upper, true]]) {
    const made = await propose(at, other, dial)
    const { fingerprint } = await other.self()
    await at.sec.post(`/cascade/nodes/${made.node_id}/approve`, { fingerprint })
    at.node = made.node_id
    at.nodeAccount = (await at.bureau.get('/cascade/nodes')).items[0].account_id
  }
}
export const nodeOf = async (at) => (await at.bureau.get('/cascade/nodes')).items[0]
export const streamsOf = async (at) => (await at.bureau.get('/cascade/streams')).items

// --- several nodes, each calling the others ----------------------------------------------------------------------------------------
/** Nodes of these names on the loopback, each behind an nginx of its own: {nodes, stop}. */
export async function circle(engine, names) {
  const net = loopback(), ca = authority(), nodes = []
  const other = engine === 'sqlite' ? 'postgres' : 'sqlite'
  for (const [n, name] of names.entries()) {
    const server = await Server.fresh(n % 2 ? other : engine, { city: true, args: ['--trust-proxy', '127.0.0.1', '--web', join(root, 'web/dist')] })
    const c = await city(server)
    copyFileSync(ca.issue('client' + n) + '.both', join(server.dir, 'keys/cascade-client.pem'))
    chmodSync(join(server.dir, 'keys/cascade-client.pem'), 0o600)
    copyFileSync(ca.ca, join(server.dir, 'keys/cascade-ca.pem'))
    const nginx = new Nginx(net, 'upper', ca.issue('nginx' + n, '127.0.0.1'), ca.ca, server.url)
    nginx.start()
    for (const [key, value] of [['name', name], ['seconds', '1'], ['url', nginx.url]]) await c.sys.put('/settings/cascade.' + key, { value, version: 0 })
    const orgs = []
    for (const code of ['11320281014036111M', '11320281014036222M']) orgs.push((await c.sys.post('/orgs', { code, name: '对方' + code, name_en: 'The other side' })).org_id)
    nodes.push({ ...c, name, nginx, orgs, to: {}, self: () => c.bureau.get('/cascade/self') })
  }
  return { nodes, stop: async () => {
    for (const one of nodes) await one.server.stop()
    for (const one of nodes) one.nginx.stop()
  } }
}
/** Each calls the other. at.to[name]: the other one's node and service account at `at`. */
export async function pairedBoth(a, b) {
  for (const [at, other] of [[a, b], [b, a]]) {
    const { invitation, fingerprint } = await other.self()
    const { node_id: node } = await at.bureau.post('/cascade/nodes', { invitation, org_id: at.orgs[Object.keys(at.to).length], dial: true })
    await at.sec.post(`/cascade/nodes/${node}/approve`, { fingerprint })
    at.to[other.name] = { node, account: (await at.bureau.get('/cascade/nodes')).items.find((one) => one.node_id === node).account_id }
  }
}
