// Events of a city by the thousand, written as the rooms leave them, and what a window over them should hold, worked out from the same list.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from './harness.mjs'

export const WEST = 120.2, SOUTH = 31.85, WIDE = 0.2, HIGH = 0.13
const HOUR = 3600000

export function sqlOf(server, engine) {
  return (text) => {
    const file = join(folder('sql'), 'x.sql')
    writeFileSync(file, text)
    return engine === 'sqlite' ? execFileSync('sqlite3', ['-cmd', '.timeout 10000', '-cmd', '.output stdout', join(server.dir, 'yiwang.db'), `.read ${file}`], { encoding: 'utf8' }).trim()
      : execFileSync('psql', [server.store, '-v', 'ON_ERROR_STOP=1', '-XqAtf', file], { encoding: 'utf8' }).trim()
  }
}

/** orgs: ids of {centre, other, water, urban}; asker: the account that reported one of ten; areas: keys by level of a place. */
export function seed(sql, orgs, asker, count, areas = () => []) {
  const version = sql("SELECT MAX(version) FROM process WHERE name = 'city_event';"), now = Date.now(), all = []
  let dice = 1
  const roll = () => (dice = (dice * 48271) % 2147483647) / 2147483647
  for (let n = 0; n < count; n++) {
    const kind = n % 10, ended = kind < 7
    all.push({ id: String(6000000000000000n + BigInt(n)), lon: Number((WEST + roll() * WIDE).toFixed(6)), lat: Number((SOUTH + roll() * HIGH).toFixed(6)),
      at: now - Math.floor(roll() * 200 * 24) * HOUR - HOUR, ended, state: kind < 6 ? 'done' : ended ? 'refused' : 'handle', light: ended ? 'none' : ['red', 'amber', 'green'][kind - 7],
      code: ['B0101', 'B0103', 'S0101'][n % 3], centre: n % 50 ? orgs.centre : orgs.other, unit: [orgs.water, orgs.urban, '0'][Math.floor(n / 10) % 3], asker: n % 10 === 4 ? asker : '1' })
  }
  const us = (ms) => String(BigInt(ms) * 1000n)
  const due = { red: now - HOUR, amber: now + HOUR, green: now + 90 * HOUR, none: now }, remind = { red: now - 2 * HOUR, amber: now - HOUR, green: now + 80 * HOUR, none: now }
  const cases = (e, n) => `(${e.id}, 'SJ-2026-9${String(n).padStart(5, '0')}', 'city_event', ${version}, '${e.state}', '', '${e.ended ? 'closed' : ''}', '${e.ended ? '' : 'supplier'}', ${e.ended ? 0 : e.unit}, '路面破损 · ${n} 号', 'sj ${n}', 0, ${e.centre}, ${e.asker}, ${e.unit}, 1, '{}',
    NULL, 0, ${us(e.at)}, ${us(due[e.light])}, ${us(remind[e.light])}, 0, 0, 1, ${us(e.at)}, ${us(e.at)}, ${e.ended ? us(now - HOUR) : 0}, 1, 'event', 'city', 'component', ${e.centre}, ${e.centre}, '{"dispose":{"days":3}}', '${e.state}', 4102444800000000)`
  const events = (e, n) => `(${e.id}, '${e.code}', 1, 'component', 'general', 1, ${e.lon}, ${e.lat}, 0, 'point', ${[0, 1, 2, 3].map((level) => (e.areas = areas(e))[level] ?? 0).join(', ')}, '', '澄江路 ${n} 号', '', '', 'officer', '', '', 0, ${us(e.at)}, ${us(e.at)}, 0, 0, 1)`
  const steps = (e) => `(${e.id}, 1, ${us(e.at)}, 1, ${e.centre}, 'bureau', 'start', '', '${e.state}', 'start', '', '{}', '{"dispose":{"days":3}}')`
  let text = 'BEGIN;\n'
  for (let from = 0; from < count; from += 500) {
    const part = (make) => all.slice(from, from + 500).map((e, i) => make(e, from + i)).join(',\n')
    text += `INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title, search_text, resource_id, asker_org, asker_account, supplier_org,
      account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at, closed_at, version, subject, line, kind, centre_org, home_org, limits, stage, step_us) VALUES ${part(cases)};
      INSERT INTO event (case_id, class_code, class_version, kind, grade, condition_no, lon, lat, cell, located, area1, area2, area3, area4, area_text, address, description, component, channel,
      outside_number, reporter, confidential, happened_us, reported_us, merged_into, stars, version) VALUES ${part(events)};
      INSERT INTO case_event (case_id, event_no, at_us, account_id, org_id, side, action, from_state, to_state, clock, note, form, term) VALUES ${part(steps)};\n`
  }
  sql(text + 'COMMIT;\nANALYZE;')
  return all
}

export const within = ([west, south, east, north]) => (e) => e.lon >= west && e.lon <= east && e.lat >= south && e.lat <= north

const PRESSING = ['none', 'paused', 'green', 'amber', 'red']
/** Counts by cell of the screen, with the light of the most pressing one, by the formula of the web mercator grid alone. */
export function cells(all, zoom) {
  const side = 2 ** (zoom + 2), counts = new Map()
  for (const e of all) {
    const x = Math.floor((e.lon + 180) / 360 * side), y = Math.floor((0.5 - Math.asinh(Math.tan(e.lat * Math.PI / 180)) / (2 * Math.PI)) * side)
    const cell = counts.get(`${x}/${y}`) ?? { count: 0, light: 'none' }
    counts.set(`${x}/${y}`, { count: cell.count + 1, light: PRESSING[Math.max(PRESSING.indexOf(cell.light), PRESSING.indexOf(e.light))] })
  }
  return counts
}
