// Scores of loads against planted faults that are known (truth.jsonl), counted again here; the patrol against faults made on purpose.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, seed, suite, yiwang } from './harness.mjs'
import { load } from './city.mjs'

const required = ['citizen_no', 'name', 'sex', 'birth_date', 'nation', 'updated_on'] // packs/demo/resources: population
const CONSISTENCY = ['reference', 'moved_in_after_birth'], REPEATED = ['unique', 'record_id']

suite('quality', (engine) => {
  let server, officer, bureau, other, population, dir, truth, rows, head
  const sql = (text) => {
    const done = server.store ? spawnSync('psql', [server.store, '-qAt', '-c', text], { encoding: 'utf8' })
      : spawnSync('sqlite3', ['-cmd', '.timeout 5000', join(server.dir, 'yiwang.db'), text], { encoding: 'utf8' })
    assert.equal(done.status, 0, done.stderr)
    return done.stdout.trim()
  }
  before(async () => {
    server = await Server.fresh(engine)
    officer = await server.as('ga.officer')
    other = await server.as('scjg.officer')
    bureau = await server.as('dsj.shen')
    dir = folder('quality')
    const made = yiwang('demo', '--people', '3000', '--seed', String(seed), '--dirty', '800', '--out', dir)
    assert.equal(made.status, 0, made.stderr)
    truth = readFileSync(join(dir, 'truth.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((one) => one.file === 'population.csv')
    const lines = readFileSync(join(dir, 'population.csv'), 'utf8').trimEnd().split('\n').map((line) => line.split(','))
    head = lines.shift()
    rows = lines
    population = (await officer.get('/resources?q=' + encodeURIComponent('101001001/000001'))).items[0].resource_id
  })
  after(() => server?.stop())

  test('a load counts exactly the planted faults, and the scores follow from the counts', async () => {
    const job = await load(officer, population, 'population.csv', readFileSync(join(dir, 'population.csv')))
    assert.equal(job.state, 'reconciled', JSON.stringify(job.error))
    const { loads: [one], quarantined } = await officer.get(`/resources/${population}/quality`)
    assert.equal(one.job_id, job.job_id)
    assert.equal(one.row_count, rows.length)
    assert.equal(quarantined, job.result.refused)
    const counted = (list, key) => list.reduce((sums, item) => ({ ...sums, [item[key]]: (sums[item[key]] ?? 0) + (item.count ?? 1) }), {})
    assert.deepEqual(Object.fromEntries(Object.entries(counted(one.rules, 'rule')).sort()), Object.fromEntries(Object.entries(counted(truth, 'rule')).sort()))
    for (const { name, missing } of one.fields) assert.equal(missing, rows.filter((row) => row[head.indexOf(name)] === '').length, name)
    // counted again from the file and the truth
    const cells = rows.length * head.length, empty = rows.flat().filter((value) => value === '').length
    const of = (test) => truth.filter((t) => test(t.rule)).length
    const faulty = of((rule) => !CONSISTENCY.includes(rule) && !REPEATED.includes(rule))
    const want = {
      completeness: [required.reduce((n, name) => n + rows.filter((row) => row[head.indexOf(name)] === '').length, 0), rows.length * required.length],
      validity: [of((rule) => rule !== 'required' && !CONSISTENCY.includes(rule) && !REPEATED.includes(rule)), cells - empty],
      uniqueness: [of((rule) => REPEATED.includes(rule)), rows.length], consistency: [of((rule) => CONSISTENCY.includes(rule)), rows.length - faulty], timeliness: [0, 0],
    }
    for (const { name, bad, base, score } of one.dimensions) {
      assert.deepEqual([bad, base], want[name], name)
      assert.equal(score, base ? Math.floor((base - bad) / base * 10000) / 100 : null, name)
    }
    const scores = one.dimensions.filter((d) => d.score !== null).map((d) => Math.round(d.score * 100))
    assert.equal(Math.round(one.score * 100), Math.floor(scores.reduce((a, b) => a + b, 0) / scores.length))
  })

  test('the next load is measured against the promise, and makes the trend', async () => {
    sql(`UPDATE job_quality SET at_us = at_us - 60 * 86400000000 WHERE resource_id = ${population}`) // the load before was 60 days ago
    const clean = [head, ...rows.filter((row, i) => !truth.some((t) => t.row === i + 1))].map((row) => row.join(',')).join('\n') + '\n'
    await load(officer, population, 'population.csv', clean)
    const { loads } = await officer.get(`/resources/${population}/quality`)
    assert.equal(loads.length, 2)
    const { timeliness, ...others } = Object.fromEntries(loads[0].dimensions.map((d) => [d.name, d]))
    for (const d of Object.values(others)) assert.equal(d.score, 100, d.name)
    assert.ok(timeliness.base > 0 && Math.abs(timeliness.bad - 60 * 86400) < 3600)
    assert.equal(timeliness.score, Math.floor(Math.min(1, timeliness.base / timeliness.bad) * 10000) / 100)
    assert.deepEqual(loads[0].rules, [])
  })

  test('a part of the data moves the entry’s score by its part; what was thrown away counts no more', async () => {
    const read = () => officer.get(`/resources/${population}/quality`), bad = (part) => part.dimensions.map((d) => d.bad).slice(0, 4)
    const sound = rows.filter((row, i) => !truth.some((t) => t.row === i + 1)), part = (some) => [head, ...some].map((row) => row.join(',')).join('\n') + '\n'
    const full = await load(officer, population, 'population.csv', readFileSync(join(dir, 'population.csv')))
    const { loads: [whole], quarantined } = await read()
    assert.deepEqual([whole.whole, whole.held.score, whole.held.row_count, bad(whole.held), whole.held.quarantined], [true, whole.score, rows.length, bad(whole), full.result.refused])
    assert.ok(whole.score < 99.9, `${whole.score}`)
    const one = await load(officer, population, 'one.csv', part(sound.slice(0, 1)), { mode: 'upsert' })
    assert.deepEqual([one.result.unchanged, one.result.refused], [1, 0])
    const { loads: [after], quarantined: still } = await read()
    assert.deepEqual([after.job_id, after.whole, after.score, after.row_count, bad(after)], [one.job_id, false, 100, 1, [0, 0, 0, 0]], 'the load was sound')
    const held = Number((await officer.get('/resources/' + population)).row_count)
    const open = Number(sql(`SELECT count(*) FROM quarantine WHERE resource_id = ${population} AND job_id = ${full.job_id} AND state = 'open'`))
    assert.deepEqual([bad(after.held), after.held.row_count, after.held.quarantined], [bad(whole), held + open, open], 'the entry still has its faults')
    assert.ok(Math.abs(after.held.score - whole.score) < 0.2, `${after.held.score} ${whole.score}`)
    const listed = (await officer.get('/quality')).items.find((item) => item.resource_id === population)
    assert.deepEqual([listed.score, listed.job_id], [after.held.score, one.job_id])
    assert.equal(still, quarantined)
    sql(`UPDATE quarantine SET state = 'discarded' WHERE resource_id = ${population} AND job_id = ${full.job_id}`)
    await load(officer, population, 'two.csv', part(sound.slice(0, 2)), { mode: 'upsert' })
    const { loads: [clean] } = await read()
    assert.deepEqual([bad(clean.held), clean.held.row_count, clean.held.quarantined, clean.held.dimensions[0].score], [[0, 0, 0, 0], held, 0, 100])
    // faults of a part add to those that are there; the next full load begins anew
    const broken = sound.slice(2, 5).map((row) => row.map((value, i) => head[i] === 'birth_date' ? '昨天' : value))
    await load(officer, population, 'three.csv', part(broken), { mode: 'upsert' })
    const { loads: [three] } = await read()
    assert.deepEqual([bad(three.held), three.held.row_count, three.held.quarantined], [[0, 3, 0, 0], held + 3, 3])
    assert.ok(three.score < three.held.score && three.held.score < 100)
    await load(officer, population, 'clean.csv', part(sound))
    const { loads: [again] } = await read()
    assert.deepEqual([again.whole, bad(again.held), again.held.row_count, again.held.quarantined], [true, [0, 0, 0, 0], sound.length, 0])
  })

  test('the list: own organisation, bureau all, worst first, filters, pages', async () => {
    const own = await officer.get('/quality')
    assert.ok(own.items.every((item) => item.org_id === own.items[0].org_id))
    assert.ok(!(await other.get('/quality')).items.some((item) => item.resource_id === population))
    const all = await bureau.get('/quality?limit=200')
    assert.ok(all.items.length > own.items.length)
    const place = all.items.map((item) => item.score ?? 1000)
    assert.deepEqual(place, [...place].sort((a, b) => a - b))
    const seen = []
    for (let after = ''; after !== null;) {
      const page = await bureau.get('/quality?limit=3' + (after && '&after=' + after))
      seen.push(...page.items.map((item) => item.resource_id))
      after = page.next
    }
    assert.deepEqual(seen, all.items.map((item) => item.resource_id))
    await officer.refused(403, 'POST', '/quality/patrol', {})
  })

  test('the patrol finds a broken promise, nothing loaded, a service that fails; and takes back what is mended', async () => {
    const found = async () => Object.fromEntries((await bureau.get('/quality?limit=200')).items.map((item) => [item.resource_id, item.findings]))
    const without = (await bureau.get('/resources?limit=200&freshness=none')).items.map((item) => item.resource_id)
    let round = await bureau.post('/quality/patrol', {})
    assert.equal(round.found, without.length)
    let now = await found()
    for (const id of without) assert.deepEqual(now[id], ['no_data'])
    assert.deepEqual(now[population], [])
    const loaded = sql(`SELECT loaded_at FROM resource WHERE resource_id = ${population}`), generation = sql(`SELECT generation_no FROM resource WHERE resource_id = ${population}`)
    sql(`UPDATE resource SET loaded_at = loaded_at - 400 * 86400000000 WHERE resource_id = ${population}`)
    sql(`ALTER TABLE r${population}_g${generation} RENAME TO broken`)
    await bureau.post('/quality/patrol', {})
    assert.deepEqual((await found())[population], ['service_fails', 'update_late'])
    const { findings } = await officer.get(`/resources/${population}/quality`)
    assert.ok(findings.find((one) => one.kind === 'update_late').detail.late_hours > 24)
    assert.ok(findings.find((one) => one.kind === 'service_fails').detail.error.length > 5)
    assert.ok((await officer.get('/overview')).broke.some((item) => item.kind === 'service_fails' && item.resource_id === population))
    assert.equal((await bureau.get('/quality?finding=service_fails')).items.length, 1)
    sql(`ALTER TABLE broken RENAME TO r${population}_g${generation}`)
    sql(`UPDATE resource SET loaded_at = ${loaded} WHERE resource_id = ${population}`)
    round = await bureau.post('/quality/patrol', {})
    assert.equal(round.found, without.length)
    assert.deepEqual((await found())[population], [])
  })
})
