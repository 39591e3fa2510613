// Loading from a department's PostgreSQL database, and faults of the world around: source away, disk full, database gone and back.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, Server, freshStore, folder, root, engines, yiwang } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, citizenSpread } from './city.mjs'
import { copy } from './kept_city.mjs'

const psql = (url, sql) => {
  const done = spawnSync('psql', [url, '-qAtc', sql], { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout.trim()
}

suite('a table of a PostgreSQL database', (engine) => {
  let c, resource, source, url
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    resource = await publish(c, peopleDocument())
    url = freshStore('postgres')
    psql(url, `CREATE TABLE people (no text primary key, "姓名" text, born date, town text, height int, changed date, stamp bigint)`)
    const values = [...Array(500).keys()].map((n) => `('${citizenSpread(n)}','张${n}','1980-05-01','镇${n % 21}',${150 + (n % 40)},'2026-01-01',${n})`)
    psql(url, `INSERT INTO people VALUES ${values.join(',')}`)
    source = (await c.sys.post('/sources', { name: '户籍库', kind: 'postgres', url, org_id: c.supplierOrg })).source_id
  })
  after(() => c?.server.stop())
  const mapping = { citizen_no: 'no', name: '姓名', birth_date: 'born', town: 'town', height_cm: 'height', updated_on: 'changed' }
  const load = async (change) => {
    const made = await c.officer.post(`/resources/${resource}/jobs`, { source_id: source, schema: 'public', table: 'people', mode: 'full', mapping, ...change })
    return c.officer.job(made.job_id)
  }

  test('it is tested, listed and proposed; its password never comes back', async () => {
    const listed = await c.sys.get('/sources')
    assert.ok(!JSON.stringify(listed).includes(new URL(url).password))
    assert.ok((await c.sys.post(`/sources/${source}/test`, {})).server)
    const tables = await c.officer.get(`/sources/${source}/tables`)
    assert.ok(tables.items.some((t) => t.table === 'people'))
    const proposal = await c.officer.post(`/sources/${source}/propose`, { schema: 'public', table: 'people' })
    assert.equal(proposal.fields.find((f) => f.source_name === 'no').check, 'gb11643')
    assert.deepEqual((await c.police.get('/sources')).items, [], 'another department does not see it')
  })
  test('full, then by watermark only what is newer', async () => {
    const full = await load({})
    assert.equal(full.state, 'reconciled', JSON.stringify(full))
    assert.equal(full.result.inserted, 500)
    assert.equal(full.result.snapshot.kind, 'postgres')
    const first = await load({ mode: 'watermark', watermark_field: 'stamp' })
    assert.equal(first.result?.unchanged, 500, JSON.stringify(first))
    psql(url, `UPDATE people SET town='新镇', stamp=1000 WHERE no='${citizenSpread(3)}'`)
    psql(url, `INSERT INTO people VALUES ('${citizenSpread(900)}','新','1990-01-01','镇1',170,'2026-02-01',1001)`)
    const next = await load({ mode: 'watermark', watermark_field: 'stamp' })
    assert.deepEqual([next.result.updated, next.result.inserted], [1, 1], JSON.stringify(next.result))
    psql(url, `UPDATE people SET stamp=stamp+100000 WHERE no='${citizenSpread(3)}'`)
    const far = await load({ mode: 'watermark', watermark_field: 'stamp' })
    assert.equal(far.result.updated + far.result.unchanged, far.result.read, JSON.stringify(far.result))
    const nothing = await load({ mode: 'watermark', watermark_field: 'stamp' })
    assert.equal(nothing.state, 'reconciled', JSON.stringify(nothing))
    assert.deepEqual([nothing.result.read, nothing.result.unchanged], [1, 1], 'only the row of the last mark, read again')
    // committed after a load that saw a higher mark: not missed
    psql(url, `INSERT INTO people VALUES ('${citizenSpread(901)}','迟','1990-01-01','镇1',170,'2026-02-01',100500)`)
    const late = await load({ mode: 'watermark', watermark_field: 'stamp' })
    assert.deepEqual([late.result.inserted, late.result.unchanged], [1, 1], JSON.stringify(late.result))
  })
  test('changed and removed: the password stays or is asked for again, proxied records follow, what uses it is named', async () => {
    const get = () => c.sys.get('/sources/' + source), put = async (change) => c.sys.put('/sources/' + source, { version: (await get()).version, name: '户籍库', org_id: c.supplierOrg, ...change })
    const refuse = async (status, rule, change) => assert.equal((await c.sys.refused(status, 'PUT', '/sources/' + source, { version: (await get()).version, name: '户籍库', org_id: c.supplierOrg, ...change })).rule, rule)
    const before = await get(), { password } = new URL(url)
    assert.ok(!JSON.stringify(before).includes(password) && before.secret)
    assert.deepEqual([new URL(before.url).pathname, before.uses], [new URL(url).pathname, []])
    await c.officer.refused(403, 'PUT', '/sources/' + source, { version: 1, name: 'x' })
    await refuse(409, 'version', { version: before.version + 1 })
    await refuse(400, 'secret_again', { url: before.url.replace(new URL(url).hostname, 'elsewhere.example') })
    await refuse(400, 'postgres_url', { url: 'postgres://user:x@host' })
    // a server in the network: no socket, file, service or option of this machine, no link-local address in whatever writing
    const { port } = new URL(url)
    for (const bad of ['@%2Ftmp/db', '@%40yiwang/db', `@127.0.0.1,%2Ftmp:${port}/db`, '@127.0.0.1/db?replication=1', '@127.0.0.1/db?options=-csearch_path%3Dx', '@127.0.0.1/db?service=x', '@127.0.0.1/db?passfile=%2Fetc%2Fpasswd',
      '@127.0.0.1/db?sslrootcert=%2Fetc%2Fpasswd', '@127.0.0.1/db?sslkey=%2Fetc%2Fpasswd', '@a,b/db?port=1,2,3', '@169.254.169.254/db', '@2852039166/db', '@[fe80::1]/db', '@[::ffff:169.254.169.254]/db', '@db/db?hostaddr=169.254.1.1'])
      await refuse(400, 'postgres_url', { url: 'postgres://user:x' + bad })
    // the kept password is taken away where the server asks for none any more; left out again, nothing comes back
    await put({ no_secret: true })
    assert.deepEqual([(await get()).secret, (await get()).url], [false, before.url])
    await put({ url: before.url })
    assert.equal((await get()).secret, false)
    await put({ url })
    assert.equal((await get()).secret, true)
    // proxied from there: the next read after a change asks the new database, with the kept password
    const kept = await publish(c, peopleDocument()), url2 = freshStore('postgres')
    psql(url2, `CREATE TABLE people (no text primary key, "姓名" text, born date, town text, height int, changed date, stamp bigint); INSERT INTO people VALUES ('${citizenSpread(7)}','搬','1980-05-01','镇7',150,'2026-01-01',1)`)
    await c.officer.post(`/resources/${kept}/proxy`, { source_id: source, schema: 'public', table: 'people', mapping })
    assert.equal((await c.officer.get(`/data/${kept}/records?limit=10`)).items.length, 10)
    const bare = new URL(url2)
    bare.password = ''
    assert.equal((await put({ url: bare.href })).place, `${bare.hostname}:${bare.port || 5432}${bare.pathname}`)
    assert.equal((await c.officer.get(`/data/${kept}/records?limit=10`)).items.length, 1)
    const used = await get()
    assert.deepEqual(used.uses.map((use) => [use.kind, use.id, use.what]), [['proxy', kept, 'public.people']])
    await refuse(409, 'in_use', { url: 'odbc:Dialect=sqlite;Driver=SQLite3;Database=x.db' })
    await refuse(409, 'in_use', { org_id: c.otherOrg })
    const refused = await c.sys.refused(409, 'DELETE', `/sources/${source}?version=${used.version}`)
    assert.equal(refused.rule, 'in_use')
    assert.ok(refused.detail.includes(used.uses[0].resource), refused.detail)
    await c.officer.post(`/resources/${kept}/proxy/end`, {})
    // one that nothing uses goes; jobs that read it can still be read
    const extra = (await c.sys.post('/sources', { name: '临时库', kind: 'postgres', url: url2 })).source_id
    await refuse(409, 'unique', { name: '临时库' })
    const once = await load({ source_id: extra })
    await c.sys.refused(409, 'DELETE', `/sources/${extra}?version=9`)
    await c.sys.ok('DELETE', `/sources/${extra}?version=1`)
    assert.equal((await c.sys.refused(404, 'GET', '/sources/' + extra)).status, 404)
    assert.deepEqual((await c.sys.get('/sources')).items.map((one) => one.name), ['户籍库'])
    await c.officer.refused(404, 'POST', `/resources/${resource}/jobs`, { source_id: extra, schema: 'public', table: 'people', mode: 'full', mapping })
    assert.equal((await c.officer.get(`/jobs/${once.job_id}/receipt`)).receipt.job_id, once.job_id)
    const told = await c.audit.evidence('action=source.remove', (items) => items.some((one) => one.status === 200))
    assert.match(JSON.stringify(told), /临时库/)
    await put({ url })
    assert.equal((await load({})).state, 'reconciled')
  })
  test('a column that is gone, a table that is gone, a database that is away: failed with the reason, data stay', async () => {
    psql(url, 'ALTER TABLE people RENAME COLUMN no TO number')
    const renamed = await load({})
    assert.equal(renamed.state, 'failed')
    assert.match(JSON.stringify(renamed.error), /citizen_no|column/)
    psql(url, 'ALTER TABLE people RENAME TO persons')
    const gone = await load({})
    assert.equal(gone.state, 'failed')
    assert.match(JSON.stringify(gone.error), /people|table/)
    const dead = (await c.sys.post('/sources', { name: '坏库', kind: 'postgres', url: 'postgres://nobody:x@127.0.0.1:1/none', org_id: c.supplierOrg })).source_id
    const away = await c.officer.post(`/resources/${resource}/jobs`, { source_id: dead, schema: 'public', table: 'people', mode: 'full' })
    // it is tried again for a while, and says why meanwhile
    const job = await c.officer.job(away.job_id, { until: (j) => j.error })
    assert.match(JSON.stringify(job.error), /connect/)
    // resumed or begun: one load of an entry at a time
    const busy = await c.officer.refused(409, 'POST', `/jobs/${gone.job_id}/resume`, {})
    assert.equal(busy.rule, 'job_active')
    assert.ok(busy.detail.includes(away.job_id), busy.detail)
    assert.equal((await c.officer.refused(409, 'POST', `/resources/${resource}/jobs`, { source_id: source, schema: 'public', table: 'people', mode: 'full', mapping })).rule, 'job_active')
    await c.officer.post(`/jobs/${away.job_id}/cancel`, {})
    assert.equal((await c.officer.job(away.job_id)).state, 'cancelled')
    await c.officer.post(`/jobs/${gone.job_id}/resume`, {})
    assert.match(JSON.stringify((await c.officer.job(gone.job_id)).error), /people|table/)
    assert.equal(Number((await c.officer.get('/resources/' + resource)).row_count), 502)
  })
})

if (engines.includes('sqlite'))
  suite('a full disk', (engine) => {
    if (engine !== 'sqlite') return
    test('writes are refused with 507, nothing acknowledged is lost, and it goes on when there is room', { timeout: 240000 }, async (t) => {
      const disk = folder('disk')
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk])
      if (mounted.status !== 0) return t.skip('no right to mount a small file system here')
      try {
        const server = await copy(engine, true, {})
        assert.equal(spawnSync('mv', [server.dir, disk]).status, 0)
        server.dir = join(disk, 'state')
        const c = await city(await server.start())
        const resource = await publish(c, peopleDocument())
        spawnSync('sh', ['-c', `dd if=/dev/zero of=${join(disk, 'ballast')} bs=1M count=400 2>/dev/null`])
        const refused = await c.officer.call('POST', '/uploads?name=big.csv', new TextEncoder().encode(peopleCsv(20000)), {})
        assert.ok([507, 503, 500].includes(refused.status), `${refused.status} ${JSON.stringify(refused.body)}`)
        rmSync(join(disk, 'ballast'))
        const upload = await c.officer.upload('again.csv', peopleCsv(2000))
        const made = await c.officer.post(`/resources/${resource}/jobs`, { upload_id: upload.upload_id, mode: 'full' })
        const job = await c.officer.job(made.job_id)
        assert.equal(job.state, 'reconciled', JSON.stringify(job))
        await server.stop()
      } finally {
        spawnSync('umount', ['-l', disk])
      }
    })
  })

if (engines.includes('postgres'))
  suite('the database goes away and comes back', (engine) => {
    if (engine !== 'postgres') return
    test('answers say so, and work goes on without a restart', { timeout: 240000 }, async () => {
      const dir = join(tmpdir(), 'yiwang-e2e-pg-' + process.pid) // a folder that PostgreSQL's own user can reach
      const tool = (verb) => spawnSync(join(root, 'tools/test-postgres.sh'), [verb, dir], { encoding: 'utf8' })
      const started = tool('start')
      assert.equal(started.status, 0, started.stderr)
      const url = started.stdout.trim()
      try {
        const state = join(folder('city'), 'state')
        const made = yiwang('init', state, '--demo', '--no-data', '--store', url)
        assert.equal(made.status, 0, made.stderr)
        const server = await new Server(state, url).start()
        const c = await city(server)
        const resource = await publish(c, peopleDocument())
        assert.equal(tool('crash').status, 0)
        const away = await c.officer.call('GET', '/resources/' + resource)
        assert.ok([503, 500].includes(away.status), `${away.status}`)
        assert.match(away.headers.get('content-type'), /problem/)
        assert.equal(tool('start').status, 0)
        const end = Date.now() + 60000
        for (;;) {
          const again = await c.officer.call('GET', '/resources/' + resource)
          if (again.status === 200) break
          assert.ok(Date.now() < end, `still ${again.status}`)
          await new Promise((r) => setTimeout(r, 500))
        }
        await c.officer.upload('x.csv', peopleCsv(3))
        await server.stop()
      } finally {
        tool('stop')
      }
    })
  })
