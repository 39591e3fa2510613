// Drives the real binary: init, serve, HTTP, kill. Every suite runs once per engine in YIWANG_ENGINES (default both).
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, after } from 'node:test'
import assert from 'node:assert/strict'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
export const binary = process.env.YIWANG_BINARY ?? join(root, 'build/yiwang')
export const engines = (process.env.YIWANG_ENGINES ?? 'sqlite,postgres').split(',')
export const seed = Number(process.env.YIWANG_SEED ?? (Date.now() % 1000000))
const scratch = mkdtempSync(join(tmpdir(), 'yiwang-e2e-'))
let databases = 0
const running = new Set()
// a test that fails leaves no server behind
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** A small seeded generator (mulberry32), so that a failing run can be repeated with YIWANG_SEED. */
export function random(from = seed) {
  let a = from >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The URL of a fresh database of the engine, empty or a copy of another; PostgreSQL is the cluster that tools/test-postgres.sh started. */
export function freshStore(engine, from) {
  if (engine === 'sqlite') return null
  const name = `e2e_${process.pid}_${++databases}`
  const server = process.env.YIWANG_TEST_PG
  assert.ok(server, 'YIWANG_TEST_PG is not set: run tools/e2e.sh')
  const made = spawnSync('psql', [server, '-qc', `CREATE DATABASE ${name}` + (from ? ` TEMPLATE ${from.replace(/^.*\//, '')}` : '')], { encoding: 'utf8' })
  assert.equal(made.status, 0, made.stderr + made.stdout)
  return server.replace(/\/[^/]*$/, '/' + name)
}

export function folder(name) {
  return mkdtempSync(join(scratch, name + '-'))
}

export function yiwang(...args) {
  return spawnSync(binary, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
}

/** yiwang init --demo of a city. */
export function initCity(dir, store, ...more) {
  const made = yiwang('init', dir, '--demo', ...more, ...(store ? ['--store', store] : []))
  assert.equal(made.status, 0, made.stderr + made.stdout)
}

/** One running server process over a state directory. */
export class Server {
  constructor(dir, store, options = {}) {
    Object.assign(this, { dir, store, options, output: '' })
  }
  /**
   * A city with the demo pack, started: a copy of a kept one (kept_city.mjs), with `city` of one whose persons are made already, which
   * city(server) then gives. Its data only with `data`. With `data` or `init` it is made anew, with keys of its own.
   */
  static async fresh(engine, { init = [], data = false, city = false, ...options } = {}) {
    if (!data && !init.length) return (await import('./kept_city.mjs')).copy(engine, city, options).then((server) => server.start())
    const server = new Server(join(folder('city'), 'state'), freshStore(engine), options)
    initCity(server.dir, server.store, ...(data ? [] : ['--no-data']), ...init)
    return server.start()
  }
  async start() {
    this.output = ''
    // within: a command that runs it somewhere else, such as ip netns exec NAME
    const [program, ...args] = [...(this.options.within ?? []), binary, 'serve', this.dir, '--listen', this.options.listen ?? '127.0.0.1:0', ...(this.store ? ['--store', this.store] : []),
      ...(this.options.args ?? [])]
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.options.env } })
    running.add(this.child)
    this.child.once('exit', () => running.delete(this.child))
    this.exited = new Promise((done) => this.child.once('exit', (code, signal) => done({ code, signal })))
    const line = await new Promise((ready, failed) => {
      const take = (chunk) => {
        this.output = (this.output + chunk).slice(-200000)
        if (process.env.YIWANG_SHOW) process.stderr.write(chunk)
        const found = this.output.match(/serving (http:\/\/[^\s]+)/)
        if (found) ready(found[1])
      }
      this.child.stdout.on('data', take)
      this.child.stderr.on('data', take)
      this.exited.then((how) => failed(new Error(`server ended: ${JSON.stringify(how)}\n${this.output}`)))
      setTimeout(() => failed(new Error('server did not start:\n' + this.output)), 60000).unref()
    })
    this.url = line
    return this
  }
  /** Stops in order and fails the test when the process did not end cleanly (a sanitizer's report ends it otherwise). */
  async stop() {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode) return
    this.child.kill('SIGTERM')
    const how = await this.exited
    assert.equal(how.code, 0, 'server ended with ' + JSON.stringify(how) + '\n' + this.output)
  }
  /** With `over`, its jobs' leases end now and not after ten seconds, which kill.test.mjs and others wait for (on SQLite a start ends them). */
  async kill({ over = false } = {}) {
    this.child.kill('SIGKILL')
    await this.exited
    if (!over || !this.store) return
    const done = spawnSync('psql', [this.store, '-qc', 'DELETE FROM job_lease'], { encoding: 'utf8' })
    assert.equal(done.status, 0, done.stderr)
  }
  credentials() {
    const text = readFileSync(join(this.dir, 'first-credentials.txt'), 'utf8')
    return Object.fromEntries([...text.matchAll(/^(\S+)\s+(\S+)\s*$/gm)].map((m) => [m[1], m[2]]))
  }
  client() {
    return new Client(this)
  }
  /**
   * A client logged in. The first time with the one-time password, which is changed to a fixed one (kept in this.passwords); after that
   * with the same session (this.sessions): while it lasts, since each log-in costs a password hash, and the first one four.
   */
  async as(login) {
    this.passwords ??= {}
    this.sessions ??= {}
    const client = this.client()
    if (this.sessions[login]) {
      Object.assign(client, this.sessions[login])
      const now = await client.call('GET', '/session') // it ends with a log-out and when roles change
      if (now.status === 200) return Object.assign(client, { session: now.body })
      delete client.cookie
    }
    if (this.passwords[login]) await client.login(login, this.passwords[login])
    else {
      const first = this.credentials()[login]
      assert.ok(first, `no first password for ${login}`)
      const session = await client.login(login, first)
      this.passwords[login] = first
      if (session.must_change_password) await client.choosePassword(login, first)
    }
    const { cookie, csrf, session } = client
    this.sessions[login] = { cookie, csrf, session }
    return client
  }
}

/** HTTP client with cookie and CSRF token, or an API key. Answers {status, body, headers}; ok() asserts 2xx and gives the body. */
export class Client {
  constructor(server) {
    this.server = server
  }
  async call(method, path, body, headers = {}) {
    const h = { ...headers }
    if (this.cookie) h.cookie = this.cookie
    if (this.csrf && method !== 'GET') h['x-csrf-token'] = this.csrf
    if (this.key) h.authorization = `Bearer ${this.key}`
    let payload = body
    if (body !== undefined && !(body instanceof Uint8Array) && typeof body !== 'string') {
      payload = JSON.stringify(body)
      h['content-type'] ??= 'application/json'
    }
    const url = /^\/(api|healthz|metrics|ogc|open311)\b/.test(path) ? path : '/api/v1' + path
    const ask = () => fetch(this.server.url + url, { method, headers: h, body: payload, redirect: 'manual' })
    // while a test waited for another program, the server closed the connection that fetch goes on with
    const answer = await ask().catch((error) => (method === 'GET' && error.cause?.code === 'UND_ERR_SOCKET' ? ask() : Promise.reject(error)))
    const type = answer.headers.get('content-type') ?? ''
    const cookie = answer.headers.get('set-cookie')
    if (cookie) this.cookie = cookie.split(';')[0]
    return { status: answer.status, headers: answer.headers,
      body: type.includes('json') ? await answer.json() : new Uint8Array(await answer.arrayBuffer()) }
  }
  async ok(method, path, body, headers) {
    const answer = await this.call(method, path, body, headers)
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  async refused(status, method, path, body, headers) {
    const answer = await this.call(method, path, body, headers)
    assert.equal(answer.status, status, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    assert.match(answer.headers.get('content-type') ?? '', /application\/problem\+json/)
    assert.ok(answer.body.detail, 'a problem says what to do')
    return answer.body
  }
  get(path) { return this.ok('GET', path) }
  post(path, body, headers) { return this.ok('POST', path, body, headers) }
  put(path, body) { return this.ok('PUT', path, body) }
  patch(path, body) { return this.ok('PATCH', path, body) }
  async login(login, password) {
    this.session = await this.ok('POST', '/session', { login, password })
    this.csrf = this.session.csrf
    return this.session
  }
  async choosePassword(login, old) {
    const chosen = `Own-Choice-${[...login].reverse().join("")}-2026!`
    await this.ok('POST', '/session/password', { old_password: old, new_password: chosen })
    this.server.passwords[login] = chosen
    this.session = await this.ok('GET', '/session') // the session goes on
  }
  /** Uploads bytes and returns the upload. */
  upload(name, bytes) {
    return this.ok('POST', '/uploads?name=' + encodeURIComponent(name), typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
      { 'content-type': 'application/octet-stream' })
  }
  /** Entries of evidence as soon as they are enough, at least one; what was done is told a moment after its answer. */
  async evidence(query, enough = (items) => items.length > 0) {
    for (const end = Date.now() + 15000; ; await new Promise((r) => setTimeout(r, 50))) {
      const { items } = await this.get('/evidence?' + query)
      if (enough(items) || Date.now() > end) return items
    }
  }
  /** Waits until the job ended; the job. */
  async job(id, { until = (job) => ['reconciled', 'failed', 'cancelled'].includes(job.state), seconds = 120 } = {}) {
    const end = Date.now() + seconds * 1000
    for (let pause = 10; ; pause = Math.min(100, pause * 2)) {
      const job = await this.get('/jobs/' + id)
      if (until(job)) return job
      assert.ok(Date.now() < end, 'job still ' + JSON.stringify(job))
      await new Promise((r) => setTimeout(r, pause))
    }
  }
}

/** suite(name, (engine) => …) on each engine. */
export function suite(name, body) {
  for (const engine of engines) describe(`${name} [${engine}]`, { concurrency: false }, () => body(engine))
}
after(() => {
  if (process.exitCode === undefined && existsSync(scratch) && !process.env.YIWANG_KEEP) rmSync(scratch, { recursive: true, force: true })
})
