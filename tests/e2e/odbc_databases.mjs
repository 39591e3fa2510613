// Foreign databases for the tests of ODBC: a MariaDB server of one's own, and SQLite files. Not tests themselves.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { freshStore } from './harness.mjs'

const freePort = () => new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => done(port))
  })
})
const run = (command, args, options = {}) => {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  assert.equal(done.status, 0, `${command}: ${done.error ?? ''} ${done.stderr}${done.stdout}`)
  return done.stdout.trim()
}

/** A MariaDB in a folder of its own, not as root, with a database `city` and a user `yiwang` whose password is awkward. */
export class MariaDB {
  static password = 'p;w}d {中'
  static async start() {
    const server = new MariaDB()
    server.folder = mkdtempSync(join(tmpdir(), 'yiwang-mariadb-'))
    server.socket = join(server.folder, 'socket')
    server.port = await freePort()
    const root = process.getuid() === 0
    server.user = root ? { uid: 65534, gid: 65534 } : {}
    if (root) chownSync(server.folder, 65534, 65534)
    const data = join(server.folder, 'data')
    run('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'], server.user)
    server.args = ['--no-defaults', `--datadir=${data}`, `--socket=${server.socket}`, `--port=${server.port}`, '--bind-address=127.0.0.1',
      '--innodb-buffer-pool-size=32M', '--innodb-log-file-size=16M', '--innodb-flush-log-at-trx-commit=0', '--skip-name-resolve', '--skip-log-bin']
    await server.launch()
    server.sql(`CREATE DATABASE city; CREATE USER 'yiwang'@'%' IDENTIFIED BY '${MariaDB.password}'; GRANT ALL ON city.* TO 'yiwang'@'%'`, '')
    return server
  }
  async launch() {
    this.child = spawn('mariadbd', this.args, { stdio: 'ignore', ...this.user })
    for (let i = 0; ; i++) {
      const done = spawnSync('mariadb', ['--no-defaults', '-uroot', `--socket=${this.socket}`, '-e', 'SELECT 1'])
      if (done.status === 0) return
      assert.ok(i < 300 && this.child.exitCode === null, 'MariaDB did not start')
      await new Promise((again) => setTimeout(again, 100))
    }
  }
  /** As root, a line a row, columns by |, NULL as empty. */
  sql(sql, database = 'city') {
    const text = run('mariadb', ['--no-defaults', '-uroot', `--socket=${this.socket}`, '--default-character-set=utf8mb4', '-N', '-B', '-e', sql, ...(database ? [database] : [])])
    return text.replaceAll('\t', '|').replaceAll('NULL', '')
  }
  url(change = {}) {
    const keys = { Dialect: 'mariadb', Driver: '{MariaDB Unicode}', Server: '127.0.0.1', Port: this.port, Database: 'city', Uid: 'yiwang',
      Pwd: `{${MariaDB.password.replaceAll('}', '}}')}}`, ...change }
    return 'odbc:' + Object.entries(keys).map(([key, value]) => `${key}=${value}`).join(';')
  }
  stop() {
    this.child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A SQLite file in the folder of targets of a server's state directory. */
export class SQLiteFile {
  constructor(server, name = 'city.db') {
    this.name = name
    mkdirSync(join(server.dir, 'targets'), { recursive: true })
    this.path = join(server.dir, 'targets', name)
  }
  sql(sql) {
    return run('sqlite3', ['-cmd', '.timeout 10000', this.path, sql])
  }
  url() {
    return `odbc:Dialect=sqlite;Driver=SQLite3;Database=${this.name}`
  }
}

/** A PostgreSQL database spoken to as any database is: by the generic dialect. */
export class Generic {
  constructor() {
    this.store = freshStore('postgres')
  }
  sql(sql) {
    return run('psql', [this.store, '-qAtc', sql])
  }
  url() {
    const { username, password, hostname, port, pathname } = new URL(this.store)
    return `odbc:Dialect=generic;Driver={PostgreSQL Unicode};Server=${hostname};Port=${port};Database=${pathname.slice(1)};Uid=${username};Pwd=${password}`
  }
}

/** The limited processes of a server that hold drivers: [{pid, status, limits, …}]. */
export function drivers(server) {
  const found = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const of = (name) => readFileSync(`/proc/${pid}/${name}`, 'utf8')
      const status = of('status')
      if (!status.includes(`PPid:\t${server.child.pid}\n`) || !of('cmdline').includes('odbc-child')) continue
      found.push({ pid: Number(pid), status, limits: of('limits'), cmdline: of('cmdline') })
    } catch { /* it ended meanwhile */ }
  }
  return found
}
