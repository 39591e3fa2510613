// kill -9 at random points of a load: nothing lost, nothing doubled, and the job goes on by itself.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server, random, seed, engines } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, citizenSpread } from './city.mjs'

const kills = Number(process.env.YIWANG_KILLS ?? (process.env.YIWANG_SLOW ? 6 : 20)) // jobs torn from a process that ran them
const TOGETHER = 3 // loads at once, so that one blow finds jobs at several points of their life
const rows = process.env.YIWANG_SLOW ? 10000 : 30000

suite('kill -9 during loads', (engine) => {
  let c
  const resources = []
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    await c.sys.put('/settings/job.threads', { value: String(TOGETHER), version: 0 }) // read at a start
    await c.server.stop()
    await c.server.start()
    for (let n = 0; n < TOGETHER; n++) resources.push(await publish(c, peopleDocument()))
  })
  after(() => c?.server.stop())

  test(`${kills} jobs killed at random points (seed ${seed}): zero lost, zero doubled`, { timeout: 900000 }, async (t) => {
    const roll = random(seed + engine.length)
    const bytes = new TextEncoder().encode(peopleCsv(rows))
    let killed = 0, blows = 0, longest = 900 // ms until a blow; shorter where the jobs were done before it
    for (let round = 0; killed < kills; round++) {
      assert.ok(round < kills * 3, `only ${killed} in ${round} rounds were caught running`)
      const jobs = []
      for (const resource of resources) {
        const upload = await c.officer.upload('人口.csv', bytes)
        jobs.push((await c.officer.post(`/resources/${resource}/jobs`, { upload_id: upload.upload_id, mode: round % 3 ? 'full' : 'upsert' })).job_id)
      }
      for (let blow = 0, all = 1 + Math.floor(roll() * 3); blow < all; blow++) {
        await new Promise((r) => setTimeout(r, 10 + roll() * longest))
        const states = []
        for (const id of jobs) states.push((await c.officer.get('/jobs/' + id)).state)
        if (!states.some((state) => state === 'running' || state === 'queued')) {
          longest = Math.max(60, longest / 2)
          break
        }
        await c.server.kill({ over: true })
        blows++
        killed += states.filter((state) => state === 'running').length
        await c.server.start() // the session is in the store
      }
      for (const [n, id] of jobs.entries()) {
        const job = await c.officer.job(id, { seconds: 180 })
        assert.equal(job.state, 'reconciled', JSON.stringify(job))
        const r = job.result
        assert.equal(r.read, rows)
        assert.equal(r.inserted + r.updated + r.unchanged, rows, JSON.stringify(r))
        assert.equal(r.refused + r.superseded, 0)
        assert.equal(r.source_digest, r.target_digest)
        const entry = await c.officer.get('/resources/' + resources[n])
        assert.equal(Number(entry.row_count), rows)
      }
    }
    t.diagnostic(`${killed} running jobs in ${blows} kills of the process`)
  })

  test('every row is there once', async () => {
    const until = new Date(Date.now() + 86400000).toISOString()
    for (const resource of resources) {
      await c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, purpose: '逐条核对装载结果是否完整', until, quota_day: 1000000, clear_sensitive: true,
        fields: [{ name: 'citizen_no', mode: 'clear' }] })
      const seen = new Set()
      let after = '', count = 0
      do {
        const page = await c.app.get(`/data/${resource}/records?limit=200` + (after ? '&after=' + encodeURIComponent(after) : ''))
        for (const item of page.items) seen.add(item.citizen_no)
        count += page.items.length
        after = page.next
      } while (after)
      assert.equal(count, seen.size)
      assert.equal(seen.size, rows)
      for (let n = 0; n < rows; n += 997) assert.ok(seen.has(citizenSpread(n)))
    }
  })
})

if (engines.includes('postgres'))
  suite('two processes on one database', (engine) => {
    if (engine !== 'postgres') return
    let c, second, resource
    before(async () => {
      c = await city(await Server.fresh(engine, { city: true }))
      second = new Server(c.server.dir, c.server.store)
      await second.start()
      resource = await publish(c, peopleDocument())
    })
    after(async () => {
      await second?.stop()
      await c?.server.stop()
    })

    test('a change in one is in force in the other at once', async () => {
      const app = second.client()
      app.key = c.app.key
      await app.refused(403, 'GET', `/data/${resource}/records`)
      const until = new Date(Date.now() + 86400000).toISOString()
      const grant = await c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, purpose: '多个进程之间授权一致性的测试', until, quota_day: 1000,
        fields: [{ name: 'town', mode: 'clear' }] })
      await app.get(`/data/${resource}/records`)
      const live = await c.officer.get('/grants/' + grant.grant_id)
      await c.officer.post(`/grants/${grant.grant_id}/revoke`, { version: live.version, reason: '测试' })
      await app.refused(410, 'GET', `/data/${resource}/records`)
    })

    test("a killed process's job is taken over by the other", { timeout: 300000 }, async () => {
      const bytes = new TextEncoder().encode(peopleCsv(60000))
      const upload = await c.officer.upload('人口.csv', bytes)
      const made = await c.officer.post(`/resources/${resource}/jobs`, { upload_id: upload.upload_id, mode: 'full' })
      await c.officer.job(made.job_id, { until: (job) => job.state !== 'queued' })
      await c.server.kill()
      const officer = second.client()
      await officer.login('officer', c.server.passwords.officer)
      let job = await officer.get('/jobs/' + made.job_id)
      if (job.state === 'running') job = await officer.job(made.job_id, { seconds: 120 })
      assert.equal(job.state, 'reconciled', JSON.stringify(job))
      assert.equal(job.result.source_digest, job.result.target_digest)
      await c.server.start()
    })
  })
