// One million points assigned to some two thousand areas: the raster of src/place beside a PostGIS join and beside GEOS (prepared
// geometries, STRtree), the same answers also on borders.   node bench/place.mjs [POINTS]
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { build, freshStore, line, main, postgresStart, root, scratch } from './common.mjs'

const POINTS = process.argv[2] ?? '1000000'
const areas = join(scratch, 'areas.jsonl')
/** Municipalities of Switzerland where the data are there, else a lattice with bent edges. */
function areasWrite() {
  const swiss = join(root, '../shared/data/boundaries/ch_l4_municipalities_2020.geojson.gz')
  if (existsSync(swiss)) {
    writeFileSync(join(scratch, 'swiss.geojson'), gunzipSync(readFileSync(swiss)))
    execFileSync('ogr2ogr', ['-f', 'GeoJSONSeq', areas, join(scratch, 'swiss.geojson'), '-t_srs', 'EPSG:4326', '-lco', 'RS=NO', '-lco', 'COORDINATE_PRECISION=9'])
    return 'Swiss municipalities'
  }
  const at = (x, y) => [Number((120 + x * 0.001 + 0.0004 * Math.sin(y * 0.9)).toFixed(9)), Number((31 + y * 0.001 + 0.0004 * Math.sin(x * 0.7)).toFixed(9))]
  const ring = (x, y, n) => [...Array(n).keys()].flatMap((i) => [[x + i, y]]).concat([...Array(n).keys()].map((i) => [x + n, y + i]), [...Array(n).keys()].map((i) => [x + n - i, y + n]), [...Array(n + 1).keys()].map((i) => [x, y + n - i]))
  writeFileSync(areas, Array.from({ length: 2000 }, (_, i) => JSON.stringify({ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring((i % 50) * 10, Math.floor(i / 50) * 10, 10).map(([x, y]) => at(x, y))] } })).join('\n') + '\n')
  return 'a bent lattice'
}
const psql = (url, ...commands) => execFileSync('psql', [url, '-qAt', '-v', 'ON_ERROR_STOP=1', ...commands.flatMap((one) => ['-c', one])], { encoding: 'utf8' }).trim()

await main(async () => {
  const name = areasWrite()
  const ours = JSON.parse(execFileSync(join(build, 'place_bench'), [areas, POINTS], { encoding: 'utf8', maxBuffer: 1 << 20 }))
  process.stderr.write(`${name}: ${JSON.stringify(ours)}\n`)
  postgresStart()
  const url = freshStore('postgres')
  const shapes = join(scratch, 'shapes.tsv')
  writeFileSync(shapes, readFileSync(areas, 'utf8').trim().split('\n').map((text, i) => `${i}\t${JSON.stringify(JSON.parse(text).geometry)}\n`).join(''))
  psql(url, 'CREATE EXTENSION postgis', 'CREATE TABLE raw (no int, geometry text)', `\\copy raw from '${shapes}'`,
    'CREATE TABLE area AS SELECT no, ST_SetSRID(ST_GeomFromGeoJSON(geometry), 4326) AS shape FROM raw',
    'CREATE TABLE raw_point (id int, x float8, y float8, ours int)', `\\copy raw_point from '${areas}.points.csv' csv`,
    'CREATE TABLE point AS SELECT id, ours, ST_SetSRID(ST_MakePoint(x, y), 4326) AS at FROM raw_point', 'VACUUM ANALYZE point')
  const from = process.hrtime.bigint()
  psql(url, 'CREATE INDEX ON area USING gist (shape)', 'ANALYZE area',
    'CREATE UNLOGGED TABLE answer AS SELECT p.id, p.ours, COALESCE(min(a.no), -1) AS theirs FROM point p LEFT JOIN area a ON ST_Intersects(a.shape, p.at) GROUP BY p.id, p.ours')
  const postgis = Number(process.hrtime.bigint() - from) / 1e9
  const differ = Number(psql(url, 'SELECT count(*) FROM answer WHERE ours <> theirs'))
  const more = { areas: ours.areas, points: ours.points, on: name }
  const cost = { unit: 's', cost: true, ...more }
  line({ work: 'points to areas, cold', ours: ours.cold, peer: postgis, peer_name: 'PostGIS join with its index', target: 20, differ, ...cost })
  line({ work: 'points to areas, cold', ours: ours.cold, peer: ours.geos_cold, peer_name: 'GEOS prepared + STRtree', target: 2, differ: ours.differ, ...cost })
  line({ work: 'points to areas, warm', ours: ours.warm, peer: ours.geos_warm, peer_name: 'GEOS prepared + STRtree', target: 8, differ: ours.differ, ...cost })
  if (differ || ours.differ) throw new Error(`${differ} answers differ from PostGIS, ${ours.differ} from GEOS`)
})
