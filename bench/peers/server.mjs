// The Node peer: fastify and one bare select by key, with no key, grant, mask or evidence.
//   node server.mjs sqlite FILE CSV PORT      better-sqlite3; makes the table from CSV when FILE is new
//   node server.mjs postgres URL CSV PORT     pg with a pool; table company must be there
import { createRequire } from 'node:module'
import { existsSync, readFileSync } from 'node:fs'
const require = createRequire(process.env.PEER_MODULES + '/')
const fastify = require('fastify')
const [engine, place, csv, port] = process.argv.slice(2)
const names = readFileSync(csv, 'utf8').split('\n', 1)[0].split(',')
const sql = `SELECT ${names.join(', ')} FROM company WHERE licence_no = `
let find
if (engine === 'sqlite') {
  const Database = require('better-sqlite3')
  const fresh = !existsSync(place)
  const db = new Database(place)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  if (fresh) {
    db.exec(`CREATE TABLE company (${names.map((n) => `${n} ${n === 'staff' ? 'BIGINT' : 'TEXT'}${n === 'licence_no' ? ' PRIMARY KEY' : ''}`).join(', ')})`)
    const insert = db.prepare(`INSERT INTO company VALUES (${names.map(() => '?').join(', ')})`)
    db.transaction(() => { for (const line of readFileSync(csv, 'utf8').trimEnd().split('\n').slice(1)) insert.run(line.split(',')) })()
  }
  const select = db.prepare(sql + '?')
  find = (key) => select.get(key)
} else {
  const pool = new (require('pg').Pool)({ connectionString: place, max: 10 })
  find = async (key) => (await pool.query({ name: 'find', text: sql + '$1', values: [key] })).rows[0]
}
const app = fastify()
app.get('/company', async (request, reply) => (await find(request.query.licence_no)) ?? reply.code(404).send({}))
await app.listen({ port: Number(port), host: '127.0.0.1' })
console.log('ready')
