// A vector tile of 10,000 points with three attributes out of 100,000, live from the store, for a service account whose grant has a row
// filter; beside PostGIS ST_AsMVT of the same points with the same filter over a GiST index in web mercator. One caller at a time. Then the same
// when a record is written before each tile, by the time of one answer (PostGIS: of one statement).
//   node bench/tiles.mjs [sqlite] [postgres]
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alternate, freshStore, line, main, median, postgresStart, root, scratch, serverFresh, timed, writeRows } from './common.mjs'
const { city, publish, load } = await import('../tests/e2e/city.mjs')

const POINTS = 10000, ROWS = 100000, SECONDS = Number(process.env.BENCH_SECONDS ?? 5), ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const engines = process.argv.length > 2 ? process.argv.slice(2) : ['sqlite', 'postgres']
const csv = join(scratch, 'points.csv')
const [Z, X, Y] = [12, 3417, 1665] // by the Yangtze; its longitudes are 120.322 to 120.410, its latitudes 31.803 to 31.877
const text = (name, more = {}) => ({ name, title: name, source_name: name, kind: 'text', length: 30, key: false, required: true, unique: false, indexed: false, grade: 1, mask: '', check: '', ...more })
const document = {
  code: '307009/000002', name: '部件（压测）', summary: '压测数据', keywords: ['部件'], domain: '城市管理', formats: ['csv'], sharing: 'conditional', sharing_condition: '按需审批',
  sharing_ways: ['api'], opening: 'closed', update_promise: 'daily', retention_months: 12, rules: [],
  fields: [text('id', { key: true }), text('kind'), text('state'), text('height', { kind: 'integer' }), text('lon', { kind: 'double', check: 'longitude' }),
    text('lat', { kind: 'double', check: 'latitude' })],
}
const head = 'id,kind,state,height,lon,lat\n'
// the first 10,000 lie in the tile, the others around it; scattered among each other as loads are
const row = (i) => {
  const n = (i * 7919) % ROWS, a = ((n * 104729) % 99991) / 99991, b = ((n * 1299709) % 99989) / 99989, inside = n < POINTS
  const lon = inside ? 120.323 + a * 0.086 : 119.9 + a * 0.4, lat = inside ? 31.803 + b * 0.073 : 31.4 + b * 0.38
  return `P${String(n).padStart(8, '0')},部件类${n % 40},${n % 50 ? '完好' : '损坏'},${n % 300},${lon.toFixed(6)},${lat.toFixed(6)}\n`
}

async function ours(engine) {
  const server = await serverFresh(engine)
  const c = await city(server)
  const resource = await publish(c, document)
  const job = await load(c.officer, resource, 'points.csv', readFileSync(csv))
  if (job.state !== 'reconciled') throw new Error('not loaded: ' + JSON.stringify(job))
  await c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, until: new Date(Date.now() + 86400000).toISOString(), quota_day: 1000000000,
    purpose: '压测：部件上图', clear_sensitive: false, filter: { 'height.lt': 300 }, fields: document.fields.map((f) => ({ name: f.name, mode: 'clear' })) })
  const path = `/api/v1/tiles/${resource}/${Z}/${X}/${Y}.mvt?fields=kind,state,height`
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${c.app.key}` } })
  const bytes = (await answer.arrayBuffer()).byteLength
  if (answer.status !== 200) throw new Error(`tile: ${answer.status}`)
  return { server, url: server.url + path, key: c.app.key, bytes, officer: c.officer, resource }
}

/** Tiles a second when each is the first one after a write. */
async function afterWrites(us, writes) {
  const seconds = []
  for (let n = 0; n < writes; n++) {
    const job = await load(us.officer, us.resource, 'one.csv', Buffer.from(head + row(n).replace('部件类', `改${n % 7}类`)), { mode: 'upsert' })
    if (job.state !== 'reconciled') throw new Error('not written: ' + JSON.stringify(job))
    const from = performance.now()
    const answer = await fetch(us.url, { headers: { authorization: `Bearer ${us.key}` } })
    await answer.arrayBuffer()
    seconds.push((performance.now() - from) / 1000)
  }
  return 1 / median(seconds)
}

function wrk({ url, key }) {
  const done = spawnSync('wrk', ['-t1', '-c1', `-d${SECONDS}s`, '-H', `Authorization: Bearer ${key}`, url], { encoding: 'utf8' })
  const rate = Number(done.stdout?.match(/Requests\/sec:\s+([\d.]+)/)?.[1])
  if (!rate || /Non-2xx|Socket errors/.test(done.stdout)) throw new Error(done.stdout + done.stderr)
  return rate
}

function postgis() {
  const place = freshStore('postgres')
  timed('psql', [place, '-v', 'ON_ERROR_STOP=1', '-qc', 'CREATE EXTENSION postgis', '-c',
    'CREATE TABLE p (id text primary key, kind text, state text, height bigint, lon float8, lat float8)', '-c', `\\copy p from '${csv}' csv header`, '-c',
    'ALTER TABLE p ADD COLUMN geom geometry(Point, 3857)', '-c', 'UPDATE p SET geom = ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857)', '-c',
    'CREATE INDEX ON p USING gist (geom)', '-c', 'VACUUM ANALYZE p'])
  const script = join(scratch, 'tile.sql')
  writeFileSync(script, `SELECT ST_AsMVT(t, 'p', 4096, 'geom') FROM (SELECT ST_AsMVTGeom(geom, ST_TileEnvelope(${Z}, ${X}, ${Y}), 4096, 64, true) AS geom, kind, state, height
    FROM p WHERE geom && ST_TileEnvelope(${Z}, ${X}, ${Y}) AND height < 300) AS t;\n`.replaceAll('\n    ', ' '))
  const bytes = Number(spawnSync('psql', [place, '-Atc', readFileSync(script, 'utf8').replace('SELECT ST_AsMVT(', 'SELECT length(ST_AsMVT(').replace("'geom') FROM", "'geom')) FROM")],
    { encoding: 'utf8' }).stdout)
  return { place, script, bytes }
}

function pgbench({ place, script }) {
  const done = spawnSync('pgbench', [place, '-n', '-c1', '-M', 'prepared', `-T${SECONDS}`, '-f', script], { encoding: 'utf8', env: { ...process.env, PATH: `${process.env.PATH}:/usr/lib/postgresql/15/bin` } })
  const rate = Number(done.stdout?.match(/tps = ([\d.]+)/)?.[1])
  if (!rate) throw new Error(done.stdout + done.stderr)
  return rate
}

main(async () => {
  await writeRows(csv, head, ROWS, row)
  postgresStart()
  const peer = postgis()
  for (const engine of engines) {
    const us = await ours(engine)
    process.stderr.write(`${engine}: tile of ${us.bytes} bytes, PostGIS ${peer.bytes}\n`)
    wrk(us)
    const rates = await alternate(ROUNDS, { us: () => wrk(us), peer: () => pgbench(peer) })
    line({ work: `tile of ${POINTS} points with 3 attributes, grant and row filter, ${engine}`, ours: rates.us, peer: rates.peer, peer_name: 'PostGIS ST_AsMVT', unit: 'tiles/s', target: 3 })
    line({ work: `the same, a record written before each tile, ${engine}`, ours: await afterWrites(us, 10 * ROUNDS), peer: pgbench(peer), peer_name: 'PostGIS ST_AsMVT', unit: 'tiles/s', target: 3 })
    await us.server.stop()
  }
})
