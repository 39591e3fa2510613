// The wish is 1 % of the cost for 1 % of the rows; why it is more: docs/decisions/0012-downloads-and-deliveries.md.
// Delivery to a receiver's PostgreSQL: increments of 1 % of the rows beside a full delivery of all of them, both reconciled; from the
// POST to the job's end. The receiver's database is in the same cluster as the store.   node bench/deliver.mjs [ROWS] [sqlite] [postgres]
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freshStore, line, main, median, postgresStart, scratch, serverFresh, writeRows } from './common.mjs'
const { city, citizenSpread, load, peopleDocument, peopleHeader, peopleRow, publish } = await import('../tests/e2e/city.mjs')

const ROWS = Number(process.argv[2] ?? 1000000), ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const engines = process.argv.length > 3 ? process.argv.slice(3) : ['sqlite', 'postgres']

async function bench(engine, csv) {
  const server = await serverFresh(engine), c = await city(server)
  const resource = await publish(c, peopleDocument())
  const loaded = await load(c.officer, resource, 'people.csv', readFileSync(csv))
  if (loaded.state !== 'reconciled') throw new Error(JSON.stringify(loaded))
  const grant = (await c.officer.post('/grants', { resource_id: resource, account_id: c.appAccount, purpose: '压测', quota_day: 1000000000,
    fields: ['citizen_no', 'name', 'birth_date', 'town', 'height_cm', 'updated_on'].map((name, i) => ({ name, mode: i < 2 ? 'masked' : 'clear' })),
    until: new Date(Date.now() + 86400000).toISOString() })).grant_id
  const url = freshStore('postgres')
  const target = (await c.sys.post('/targets', { name: '压测库', kind: 'postgres', url, org_id: c.otherOrg })).target_id
  const ended = async (made, mode) => {
    const job = await c.police.job(made.job_id, { seconds: 3000 })
    if (job.state !== 'reconciled' || job.result.mode !== mode || job.result.source_digest !== job.result.target_digest) throw new Error(JSON.stringify(job))
    return (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000
  }
  const made = await c.police.post('/deliveries', { grant_id: grant, target_id: target, schema: 'public', table: 'people', mode: 'increments', timetable: 'manual' })
  const full = await ended(made, 'full'), parts = [], idle = []
  for (let round = 0; round < ROUNDS; round++) {
    let text = peopleHeader
    for (let n = round; n < ROWS; n += 100) text += peopleRow(n, { citizen_no: citizenSpread(n), town: `新镇${round}` })
    const changed = await load(c.officer, resource, 'change.csv', text, { mode: 'upsert' })
    if (changed.state !== 'reconciled') throw new Error(JSON.stringify(changed))
    parts.push(await ended(await c.police.post(`/deliveries/${made.delivery_id}/run`, {}), 'increments'))
    idle.push(await ended(await c.police.post(`/deliveries/${made.delivery_id}/run`, {}), 'increments'))
  }
  const held = Number(spawnSync('psql', [url, '-qAtc', 'SELECT count(*) FROM people'], { encoding: 'utf8' }).stdout)
  if (held !== ROWS) throw new Error(`${held} rows`)
  line({ work: `delivery of ${ROWS / 100} changed rows of ${ROWS}, ${engine}`, ours: median(parts), peer: full * 0.01, peer_name: '1 % of a full delivery', unit: 's',
    target: 1, cost: true, full, idle: median(idle) })
  await server.stop()
}

main(async () => {
  const csv = join(scratch, 'people.csv')
  await writeRows(csv, peopleHeader, ROWS, (n) => peopleRow(n, { citizen_no: citizenSpread(n) }))
  postgresStart()
  for (const engine of engines) await bench(engine, csv)
})
