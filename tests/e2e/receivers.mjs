// Receivers of files for the delivery tests, as a department would write them: a replica that applies parcels in order, a folder of
// parcels, an HTTP endpoint that checks signatures (RFC 9421) and can be made to stall, fail or lose its answer, an OpenSSH server behind
// a wire that can be stalled and cut.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { join } from 'node:path'
import { folder } from './harness.mjs'

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const sorted = (value) => Array.isArray(value) ? value.map(sorted)
  : value && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value
const ed25519 = (hex) => createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(hex, 'hex')]), format: 'der', type: 'spki' })

/** What a receiver holds, kept up parcel by parcel. Doubled, missing or forged parcels throw. */
export class Replica {
  constructor() { Object.assign(this, { records: new Map(), sequence: 0, digest: null, taken: [] }) }
  take(line, data, digest) {
    const document = JSON.parse(line), { receipt } = document
    assert.ok(verify(null, Buffer.from(JSON.stringify(sorted(receipt))), ed25519(document.public_key), Buffer.from(document.signature, 'hex')), 'the manifest is signed')
    this.key ??= document.public_key
    assert.equal(document.public_key, this.key)
    assert.equal(sha256(data), receipt.file.sha256)
    assert.equal(data.length, receipt.file.size)
    if (!this.lost) assert.equal(receipt.sequence, this.sequence + 1, 'every parcel once, in order')
    else assert.equal(receipt.mode, 'full')
    this.lost = false
    assert.deepEqual(receipt.previous, this.sequence ? { sequence: this.sequence, digest: this.digest } : null)
    if (receipt.mode === 'full') this.records.clear()
    let put = 0, removed = 0
    for (const { op = 'put', record_id, ...row } of rowsOf(receipt, data)) {
      if (op === 'put') { this.records.set(record_id, row); put++ } else { this.records.delete(record_id); removed++ }
    }
    assert.deepEqual([put, removed, this.records.size], [receipt.records.put, receipt.records.remove, receipt.records.held], 'counts of the manifest')
    Object.assign(this, { sequence: receipt.sequence, digest })
    this.taken.push(receipt)
  }
  /** Forgets all, as a receiver does that was set up anew: it takes all records under any number then. */
  lose() { this.records.clear(); Object.assign(this, { sequence: 0, digest: null, lost: true }) }
  lines(names) { return [...this.records].map(([id, row]) => [id, ...names.map((name) => row[name])].map((v) => v ?? '').join('|')).sort() }
}
function rowsOf(receipt, data) {
  const text = data.toString('utf8')
  if (receipt.file.format === 'jsonl') return text.trim() ? text.trim().split('\n').map((line) => JSON.parse(line)) : []
  assert.equal(receipt.file.format, 'csv')
  assert.equal(text[0], '\ufeff')
  const lines = text.slice(1).split('\r\n').filter(Boolean).map((line) => line.split(',').map((cell) => cell.replace(/^"(.*)"$/, '$1')))
  const names = lines[0].map((cell) => ({ _yiwang_id: 'record_id', _yiwang_op: 'op' })[cell] ?? receipt.columns.find((c) => c.title === cell || c.name === cell).name)
  return lines.slice(1).map((cells) => Object.fromEntries(names.map((name, i) => [name, cells[i]])))
}

/** Takes what is new in a folder of parcels. */
export function takeFolder(replica, dir) {
  const names = readdirSync(dir)
  assert.ok(!names.some((name) => name.startsWith('.')), 'nothing half is left: ' + names)
  const manifests = names.filter((name) => name.endsWith('.manifest.json')).sort()
  for (const name of manifests) {
    if (Number(name.slice(0, 6)) <= replica.sequence) continue
    const text = readFileSync(join(dir, name))
    replica.take(text.toString(), readFileSync(join(dir, JSON.parse(text).receipt.file.name)), sha256(text))
  }
  const files = manifests.map((name) => JSON.parse(readFileSync(join(dir, name))).receipt.file.name)
  assert.deepEqual(names.filter((name) => /^\d{6}-(full|changes)-/.test(name)).sort(), files.sort(), 'one data file a manifest')
  return replica
}

/** An HTTP endpoint. faults: what the next calls do: 'stall' 'error' 'refuse' 'redirect' 'lie' 'cut' (takes it, then cuts the line). */
export class HttpReceiver {
  constructor() { Object.assign(this, { replicas: new Map(), faults: [], calls: [], repeats: 0 }) }
  async start() {
    this.server = http.createServer((call, answer) => this.handle(call, answer).catch((error) => {
      this.failure ??= error
      answer.writeHead(500).end(String(error))
    }))
    this.server.listen(0, '127.0.0.1')
    await new Promise((ready) => this.server.once('listening', ready))
    this.url = `http://127.0.0.1:${this.server.address().port}/in/parcels`
    return this
  }
  stop() { this.server.closeAllConnections(); this.server.close() }
  replica(id) { if (!this.replicas.has(id)) this.replicas.set(id, new Replica()); return this.replicas.get(id) }
  check(call, body) {
    const [, params, names] = /^yiwang=(\(([^)]*)\);created=\d+;keyid="[0-9a-f]{64}";alg="ed25519")$/.exec(call.headers['signature-input'])
    const key = /keyid="([0-9a-f]{64})"/.exec(params)[1], created = Number(/created=(\d+)/.exec(params)[1])
    this.key ??= key
    assert.equal(key, this.key)
    assert.ok(Math.abs(created - Date.now() / 1000) < 300, 'signed just now')
    const components = names.split(' ').map((name) => name.slice(1, -1))
    for (const must of ['@method', '@authority', '@path', 'yiwang-delivery', ...(body.length ? ['content-digest', 'yiwang-sequence'] : [])]) assert.ok(components.includes(must), must)
    const value = { '@method': call.method, '@authority': call.headers.host, '@path': call.url }
    const base = components.map((name) => `"${name}": ${value[name] ?? call.headers[name]}`).join('\n') + `\n"@signature-params": ${params}`
    assert.ok(verify(null, Buffer.from(base), ed25519(key), Buffer.from(/^yiwang=:(.*):$/.exec(call.headers.signature)[1], 'base64')), 'signature')
    if (body.length) assert.equal(call.headers['content-digest'], `sha-256=:${createHash('sha256').update(body).digest('base64')}:`)
  }
  async handle(call, answer) {
    const pieces = []
    for await (const piece of call) pieces.push(piece)
    const body = Buffer.concat(pieces)
    if (!call.headers.signature) return answer.writeHead(401).end() // a test of the connection
    this.calls.push(call.method)
    this.check(call, body)
    const replica = this.replica(call.headers['yiwang-delivery'])
    const say = () => answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ sequence: replica.sequence, digest: replica.digest }))
    if (call.method === 'GET') return replica.sequence ? say() : answer.writeHead(404).end()
    if (process.env.SHOW) console.log(call.method, call.headers['yiwang-sequence'], this.faults[0])
    const fault = this.faults.shift(), digest = sha256(body), sequence = Number(call.headers['yiwang-sequence'])
    if (fault === 'stall') return
    if (fault === 'error') return answer.writeHead(500).end('boom')
    if (fault === 'refuse') return answer.writeHead(422).end('no room')
    if (fault === 'redirect') return answer.writeHead(307, { location: this.url + '/elsewhere' }).end()
    if (sequence === replica.sequence && digest === replica.digest) this.repeats++
    else if (sequence !== replica.sequence + 1 && !replica.lost) return answer.writeHead(409).end(`I stand at ${replica.sequence}`)
    else {
      const end = body.indexOf(10)
      replica.take(body.subarray(0, end).toString(), body.subarray(end + 1), digest)
    }
    if (fault === 'cut') return call.socket.destroy()
    if (fault === 'lie') return answer.writeHead(200).end(JSON.stringify({ sequence, digest: '0'.repeat(64) }))
    say()
  }
}

/** An HTTPS server whose certificate nobody vouches for. */
export async function strangerHttps() {
  const dir = folder('https')
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')], { encoding: 'utf8' })
  assert.equal(made.status, 0, made.stderr)
  const server = https.createServer({ key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')) }, (call, answer) => answer.end('{}')).listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  return { url: `https://127.0.0.1:${server.address().port}/in`, stop: () => server.close() }
}

const keygen = (path) => assert.equal(spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]).status, 0)

/** An OpenSSH server as the same user, for one key, behind a wire. */
export class SftpReceiver {
  /** password: of the user, instead of the key; as root only, in a mount namespace whose /etc/shadow is the test's. */
  async start({ readOnly = false, password } = {}) {
    const dir = this.dir = folder('sshd')
    this.home = join(dir, 'in')
    mkdirSync(this.home)
    keygen(join(dir, 'host'))
    keygen(join(dir, 'user'))
    this.secret = readFileSync(join(dir, 'user'), 'utf8')
    this.fingerprint = spawnSync('ssh-keygen', ['-lf', join(dir, 'host.pub')], { encoding: 'utf8' }).stdout.split(' ')[1]
    if (process.getuid() === 0) mkdirSync('/run/sshd', { recursive: true })
    const free = net.createServer().listen(0, '127.0.0.1')
    await new Promise((ready) => free.once('listening', ready))
    const { port } = free.address()
    await new Promise((closed) => free.close(closed))
    writeFileSync(join(dir, 'config'), [`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${join(dir, 'host')}`, 'PidFile none', 'UsePAM no', 'StrictModes no',
      `PasswordAuthentication ${password ? 'yes' : 'no'}`, 'PermitRootLogin yes', `PubkeyAuthentication ${password ? 'no' : 'yes'}`, `AuthorizedKeysFile ${join(dir, 'user.pub')}`, `Subsystem sftp internal-sftp ${readOnly ? '-R' : ''}`, ''].join('\n'))
    const sshd = ['/usr/sbin/sshd', '-D', '-e', '-f', join(dir, 'config')]
    if (password) {
      const hash = spawnSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).stdout.trim()
      writeFileSync(join(dir, 'shadow'), `root:${hash}:20000:0:99999:7:::\nsshd:*:20000:0:99999:7:::\n`, { mode: 0o600 })
      sshd.unshift('unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/shadow && exec "$@"', join(dir, 'shadow'))
    }
    this.child = spawn(sshd[0], sshd.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })
    await new Promise((ready, failed) => {
      let said = ''
      this.child.stderr.on('data', (piece) => { said += piece; if (said.includes('Server listening')) ready() })
      this.child.once('exit', () => failed(new Error('sshd ended: ' + said)))
    })
    this.sockets = new Set()
    this.wire = net.createServer((near) => {
      const far = net.connect(port, '127.0.0.1')
      this.sockets.add(near).add(far)
      const end = () => { near.destroy(); far.destroy(); this.sockets.delete(near); this.sockets.delete(far) }
      near.on('error', end).on('close', end)
      far.on('error', end).on('close', end)
      let sent = 0, stalled = false
      const broken = (direction) => {
        const fault = this.fault
        if (!stalled && fault?.when(direction, sent)) {
          this.fault = null
          if (fault.how === 'cut') end()
          stalled = true
        }
        return stalled
      }
      near.on('data', (piece) => { sent += piece.length; if (!broken('up')) far.write(piece) })
      far.on('data', (piece) => { if (!broken('down')) near.write(piece) })
    }).listen(0, '127.0.0.1')
    await new Promise((ready) => this.wire.once('listening', ready))
    const { username } = await import('node:os').then((os) => os.userInfo())
    this.url = `sftp://${username}@127.0.0.1:${this.wire.address().port}${this.home}`
    return this
  }
  /** Once: the line stalls or is cut when(direction, bytes sent up so far). */
  once(how, when) { this.fault = { how, when } }
  has(delivery, start) { const dir = join(this.home, delivery); return existsSync(dir) && readdirSync(dir).some((name) => name.startsWith(start)) }
  stop() {
    for (const socket of this.sockets) socket.destroy()
    this.wire.close()
    this.child.kill()
  }
}
