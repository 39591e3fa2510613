// Bad input: a clear error, and nothing lost.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import net from 'node:net'
import { suite, Server, Client } from './harness.mjs'
import { until } from './far_side.mjs'
import { account, city, publish, peopleDocument, peopleHeader, peopleRow, peopleCsv, citizen, citizenSpread, load } from './city.mjs'

const bytes = (text) => new TextEncoder().encode(text)

suite('bad files', (engine) => {
  let c, resource
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    resource = await publish(c, peopleDocument())
    const job = await load(c.officer, resource, 'first.csv', peopleCsv(50))
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
  })
  after(() => c?.server.stop())
  // whatever a bad file does, the live data stay
  const untouched = async () => assert.equal(Number((await c.officer.get('/resources/' + resource)).row_count), 50)
  const failed = async (name, content, words, options) => {
    const job = await load(c.officer, resource, name, content, options)
    assert.equal(job.state, 'failed', JSON.stringify(job))
    assert.match(JSON.stringify(job.error), words)
    await untouched()
  }
  const refused = async (name, content, count, words) => {
    const job = await load(c.officer, resource, name, content)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    assert.equal(job.result.refused, count, JSON.stringify(job.result))
    const rows = await c.officer.get(`/quarantine?resource=${resource}&job=${job.job_id}`)
    assert.match(JSON.stringify(rows.items), words)
    await load(c.officer, resource, 'first.csv', peopleCsv(50))
  }

  test('an empty file', async () => {
    await c.officer.refused(400, 'POST', '/uploads?name=e.csv', new Uint8Array(0), { 'content-type': 'application/octet-stream' })
  })
  test('a header without the key', () => failed('h.csv', '姓名,乡镇\n张三,镇1\n', /citizen_no|column/))
  test('a header that names a column twice', () => failed('h2.csv', '身份证号,身份证号\n1,2\n', /duplicate|twice|header/i))
  test('a truncated gzip', () => failed('t.csv.gz', gzipSync(bytes(peopleCsv(2000))).subarray(0, 3000), /truncat|cut|ends/i))
  test('a zip bomb', () => failed('b.csv.gz', gzipSync(Buffer.concat([Buffer.from(peopleHeader), Buffer.alloc(300 << 20, 'a,')]), { level: 9 }), /ratio|bomb|limit|inflat/i))
  test('not a spreadsheet', () => failed('x.xlsx', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(2000, 7)]), /zip|xlsx|workbook/i))
  test('ragged rows', () => refused('r.csv', peopleHeader + peopleRow(1) + 'only,two\n' + peopleRow(2), 1, /columns/))
  test('quoted newlines are data', async () => {
    const job = await load(c.officer, resource, 'q.csv', peopleHeader + peopleRow(1, { name: '"张\n三"' }) + peopleRow(2))
    assert.equal(job.result.inserted + job.result.updated + job.result.unchanged, 2, JSON.stringify(job))
    await load(c.officer, resource, 'first.csv', peopleCsv(50))
  })
  test('wrong types and over-long text', () =>
    refused('w.csv', peopleHeader + peopleRow(1, { height: 'tall' }) + peopleRow(2, { town: '镇'.repeat(31) }) + peopleRow(3), 2, /integer|length/))
  test('a NUL byte', () => refused('n.csv', peopleHeader + peopleRow(1) + peopleRow(2, { name: '张\0三' }), 1, /nul/i))
  test('mis-encoded bytes in UTF-8', () =>
    refused('m.csv', Buffer.concat([bytes(peopleHeader + peopleRow(1)), bytes(citizen(2) + ','), Buffer.from([0xff, 0xfe]), bytes(',1980-01-01,镇,170,2026-01-01\n')]), 1, /encoding/))
  test('GB18030 is read', async () => {
    const job = await load(c.officer, resource, 'gb.csv', Buffer.concat([
      Buffer.from('c9edb7ddd6a4bac52cd0d5c3fb0a', 'hex'), bytes(citizen(1) + ','), Buffer.from('d5c5c8fd0a', 'hex')]))
    assert.equal(job.result?.read, 1, JSON.stringify(job))
    assert.equal(job.result.refused, 0)
    await load(c.officer, resource, 'first.csv', peopleCsv(50))
  })
  test('a 100 MB line is one refused row', { timeout: 240000 }, () =>
    refused('long.csv', Buffer.concat([bytes(peopleHeader + peopleRow(1)), Buffer.alloc(100 << 20, 'x'), bytes('\n' + peopleRow(2))]), 1, /too_long/))
  test('JSON Lines and GeoJSON: a field may come late; what no field takes is left out and counted, early and late', async () => {
    const rows = Array.from({ length: 1205 }, (_, n) => ({ 身份证号: citizenSpread(n), 姓名: '张三', 备注: '早', ...n > 1100 ? { 乡镇: '晚来镇', 晚来: n } : {} }))
    const lines = rows.map((row) => JSON.stringify(row) + '\n').join('')
    const features = JSON.stringify({ type: 'FeatureCollection', features: rows.map((properties) => ({ type: 'Feature', properties, geometry: null })) })
    for (const [name, text] of [['late.jsonl', lines], ['late.geojson', features]]) {
      const job = await load(c.officer, resource, name, bytes(text), { mode: 'full' })
      assert.deepEqual([job.state, job.result?.read, job.result?.refused], ['reconciled', 1205, 0], JSON.stringify(job))
      assert.deepEqual(Object.fromEntries(job.result.ignored.map((one) => [one.column, one.values])), { 备注: 1205, 晚来: 104 })
      assert.equal((await c.officer.get(`/data/${resource}/records?town=${encodeURIComponent('晚来镇')}&limit=200`)).items.length, 104)
    }
    await load(c.officer, resource, 'first.csv', peopleCsv(50))
  })
  test('full-width digits and stray blanks are normalised and noted', async () => {
    const wide = citizen(7).replace(/\d/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0))
    const job = await load(c.officer, resource, 'wide.csv', peopleHeader + peopleRow(1, { citizen_no: ` ${wide} ` }))
    assert.equal(job.result.refused, 0, JSON.stringify(job.result))
    assert.ok(job.result.normalised_values > 0)
    await load(c.officer, resource, 'first.csv', peopleCsv(50))
  })
  test('SQL and HTML in every text field are just text', async () => {
    const evil = `<script>alert(1)</script>'; DROP TABLE account; --`
    const job = await load(c.officer, resource, 'evil.csv', peopleHeader + peopleRow(1, { name: `"${evil}"`, town: `"x' OR 1=1"` }))
    assert.equal(job.result.refused, 0, JSON.stringify(job.result))
    await c.officer.get('/catalog-does-not-exist').catch(() => {})
    await c.officer.get('/resources?q=' + encodeURIComponent(evil))
    await load(c.officer, resource, 'first.csv', peopleCsv(50))
    await untouched()
  })
  test('path tricks in file names', async () => {
    for (const name of ['../../etc/passwd', 'a/b.csv', '..', 'C:\\x.csv', 'a\u0001b', 'gz\u202Evsc.exe', 'a\u200Bb.csv'])
      assert.equal((await c.officer.refused(400, 'POST', '/uploads?name=' + encodeURIComponent(name), bytes('x'), {})).rule, 'file_name')
    assert.equal((await c.bureau.refused(400, 'POST', `/systems/import?name=${encodeURIComponent('a\u202Evsc.exe')}`, bytes('x'), { 'content-type': 'application/octet-stream' })).rule, 'file_name')
  })
  test('two loads at once into one resource', async () => {
    const upload = await c.officer.upload('big.csv', peopleCsv(30000))
    const body = { upload_id: upload.upload_id, mode: 'full' }
    const answers = await Promise.all([1, 2, 3].map(() => c.officer.call('POST', `/resources/${resource}/jobs`, body)))
    assert.deepEqual(answers.map((a) => a.status).sort(), [201, 409, 409])
    const id = answers.find((a) => a.status === 201).body.job_id
    await c.officer.post(`/jobs/${id}/cancel`, {})
    const job = await c.officer.job(id)
    assert.ok(['cancelled', 'reconciled'].includes(job.state))
    await load(c.officer, resource, 'first.csv', peopleCsv(50))
  })
})

suite('bad requests', (engine) => {
  let c
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
  })
  after(() => c?.server.stop())

  test('the same request twice is done once', async () => {
    const body = { document: peopleDocument() }
    const headers = { 'idempotency-key': 'k-1' }
    const one = await c.officer.call('POST', '/resources', body, headers)
    const two = await c.officer.call('POST', '/resources', body, headers)
    assert.equal(one.status, two.status)
    assert.deepEqual(one.body, two.body)
    assert.equal(two.headers.get('idempotency-replayed'), 'true')
    await c.officer.refused(409, 'POST', '/resources', { document: peopleDocument() }, headers)
  })
  test('unknown parameters and fields are refused by name', async () => {
    assert.equal((await c.officer.refused(400, 'GET', '/resources?colour=red')).field, 'colour')
    assert.match(JSON.stringify(await c.sys.refused(400, 'POST', '/orgs', { code: 'x', name: 'y', shape: 1 })), /shape/)
  })
  test('broken JSON', async () => {
    await c.officer.refused(400, 'POST', '/resources', '{"document":', { 'content-type': 'application/json' })
  })
  test('no login, wrong key, no CSRF token', async () => {
    const nobody = c.server.client()
    await nobody.refused(401, 'GET', '/resources')
    nobody.key = 'yw_1_wrongwrongwrongwrongwrongwrong12'
    await nobody.refused(401, 'GET', '/resources')
    const forged = new Client(c.server)
    forged.cookie = c.officer.cookie
    await forged.refused(403, 'POST', '/resources', { document: peopleDocument() })
  })
  test('lock-out after five wrong passwords', async () => {
    const thief = c.server.client()
    for (let i = 0; i < 5; i++) await thief.refused(401, 'POST', '/session', { login: 'police', password: 'wrong-' + i })
    const locked = await thief.call('POST', '/session', { login: 'police', password: c.server.passwords.police })
    assert.ok([401, 403, 429].includes(locked.status), `${locked.status}`)
    // where the owner has logged in before, strangers' guesses count for nothing; own ones do
    const login = (password) => fetch(c.server.url + '/api/v1/session', { method: 'POST', headers: { 'content-type': 'application/json', cookie: device }, body: JSON.stringify({ login: 'officer', password }) })
    let device = ''
    const first = await login(c.server.passwords.officer)
    device = first.headers.getSetCookie().find((one) => one.startsWith('yw_device=')).split(';')[0]
    for (let i = 0; i < 5; i++) await thief.refused(401, 'POST', '/session', { login: 'officer', password: 'wrong-' + i })
    assert.equal((await thief.call('POST', '/session', { login: 'officer', password: c.server.passwords.officer })).status, 401, 'locked for strangers')
    assert.equal((await login(c.server.passwords.officer)).status, 200)
    for (let i = 0; i < 5; i++) assert.equal((await login('wrong-' + i)).status, 401)
    assert.equal((await login(c.server.passwords.officer)).status, 401, 'this browser is locked, too')
  })
  test('oversized headers and bodies', async () => {
    const raw = (text) =>
      new Promise((done) => {
        const url = new URL(c.server.url)
        const socket = net.connect(Number(url.port), url.hostname, () => socket.write(text))
        let got = ''
        socket.on('data', (d) => (got += d))
        socket.on('error', () => done(got))
        socket.on('close', () => done(got))
        setTimeout(() => { socket.destroy(); done(got) }, 15000).unref()
      })
    const headers = await raw(`GET /api/v1/resources HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(200000)}\r\nConnection: close\r\n\r\n`)
    assert.ok(headers === '' || / (400|431) /.test(headers.slice(0, 20)), headers.slice(0, 60))
    const body = await c.officer.call('POST', '/resources', JSON.stringify({ document: { name: 'x'.repeat(3 << 20) } }), { 'content-type': 'application/json' }).catch(() => ({ status: 413 }))
    assert.equal(body.status, 413)
    const slow = await raw('GET /healthz HTTP/1.1\r\nHost: x\r\n') // never finishes its header
    assert.ok(!/ 200 /.test(slow.slice(0, 20)))
    assert.equal((await c.server.client().call('GET', '/healthz')).status, 200)
  })
})

suite('roles', (engine) => {
  let c
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
  })
  after(() => c?.server.stop())

  test('the wrong role on every route (from the route table)', async () => {
    const api = (await c.server.client().call('GET', '/api/v1/openapi.json')).body
    const clients = { sys: c.sys, sec: c.sec, audit: c.audit, officer: c.officer, bureau: c.bureau, app: c.app }
    // a service may report events, where the centre has named it as a source (city_events.test.mjs)
    const session = async (client) => (client.key ? ['catalog.read', 'data.read', 'event.report', 'login', 'open'] : [...(await client.get('/session')).permits, 'login', 'open'])
    let tried = 0
    for (const [name, client] of Object.entries(clients)) {
      const permits = await session(client)
      for (const [path, methods] of Object.entries(api.paths))
        for (const [method, route] of Object.entries(methods)) {
          const permit = route['x-permit'] ?? route['x-permission']
          assert.ok(permit, `${method} ${path} does not say its permission`)
          if (permits.includes(permit) || path.includes('/session')) continue
          const target = path.replace(/\{[^}]+\}/g, '1')
          const answer = await client.call(method.toUpperCase(), target, method === 'get' ? undefined : {})
          assert.equal(answer.status, 403, `${name} ${method} ${path} needs ${permit}: ${answer.status} ${JSON.stringify(answer.body)}`)
          tried++
        }
      for (const [path, methods] of Object.entries(api.paths))
        for (const [method, route] of Object.entries(methods)) {
          if ((route['x-permit'] ?? route['x-permission']) === 'open') continue
          const answer = await c.server.client().call(method.toUpperCase(), path.replace(/\{[^}]+\}/g, '1'), method === 'get' ? undefined : {})
          assert.equal(answer.status, 401, `nobody ${method} ${path}: ${answer.status}`)
        }
    }
    assert.ok(tried > 50, `${tried} refusals tried`)
  })
  test('an account does not take its grants along', async () => {
    const find = async (id) => (await c.sys.get('/accounts?limit=200')).items.find((one) => one.account_id === id)
    const app = await find(c.appAccount)
    assert.equal((await c.sys.refused(409, 'PATCH', '/accounts/' + app.account_id, { version: app.version, org_id: c.supplierOrg })).rule, 'held')
    assert.equal((await find(c.appAccount)).org_id, app.org_id)
    const moved = await account(c.server, c.sys, c.sec, 'moves', c.otherOrg, ['data_officer']), { account_id } = await moved.get('/session')
    assert.equal((await c.sys.call('PATCH', '/accounts/' + account_id, { version: (await find(account_id)).version, org_id: c.supplierOrg })).status, 200)
    await moved.refused(401, 'GET', '/session')
    const told = await until(async () => (await c.audit.get('/evidence?action=account.change')).items.find((one) => one.subject_id === account_id)) // from the write's own row to the stream
    assert.deepEqual(told.detail.org_id, { before: Number(c.otherOrg), after: Number(c.supplierOrg) })
  })
  test('the three administrators exclude each other', async () => {
    const all = await c.sec.get('/accounts?q=officer')
    const officer = all.items.find((a) => a.login === 'officer')
    assert.equal((await c.sec.refused(409, 'PUT', `/accounts/${officer.account_id}/roles`, { version: officer.version, roles: ['auditor', 'data_officer'] })).rule, 'exclusive_roles')
    const self = (await c.sec.get('/accounts?q=secadmin')).items[0]
    const own = await c.sec.call('PUT', `/accounts/${self.account_id}/roles`, { version: self.version, roles: ['system_admin'] })
    assert.ok(own.status === 403 || own.status === 409)
  })
})
