// The demo city: what init --demo loads is what the generator wrote, and what it refuses is what was planted, on each store.
import { before, after, describe, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite, Server, Client, folder, yiwang, seed } from './harness.mjs'
import { workbook } from './workbook.mjs'
import { load } from './city.mjs'

const generated = { '101001001/000001': 'population.csv', '102001001/000001': 'enterprise.csv', '103002001/000001': 'house.csv', '306001001/000001': 'vehicle.csv' }
/** Rows that real data bring with faults of their own: no postal code, precinct 999; no city, postal code or kind of place. */
const faulty = { '301001001/000001': 16, '301001001/000002': 30 }
const real = { '103001001/000001': 21, '103001001/000002': 282, '305001001/000001': 797, '301001001/000001': 12084, '301001001/000002': 19088, '304001001/000001': 8928, '103004001/000001': 28 }

function demo(...args) {
  const dir = folder('demo')
  const made = yiwang('demo', '--out', dir, ...args.map(String))
  assert.equal(made.status, 0, made.stderr)
  return { counts: JSON.parse(made.stdout), bytes: (name) => readFileSync(join(dir, name)), rows: (name) => rows(readFileSync(join(dir, name), 'utf8')),
    truth: readFileSync(join(dir, 'truth.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) }
}
/** Rows of a generated file as objects; none of its values holds a comma or a quote. */
function rows(text) {
  assert.ok(!text.includes('"'))
  const [head, ...lines] = text.trimEnd().split('\n').map((line) => line.split(','))
  return lines.map((line) => Object.fromEntries(head.map((name, i) => [name, line[i]])))
}
const checkCharacter = (body) => '10X98765432'[[...body].reduce((s, c, i) => s + Number(c) * [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2][i], 0) % 11]

describe('the generator', () => {
  const files = [...Object.values(generated), 'truth.jsonl']

  test('the same seed gives the same bytes, another seed others', () => {
    const one = demo('--people', 10000, '--seed', seed), again = demo('--people', 10000, '--seed', seed), other = demo('--people', 10000, '--seed', seed + 1)
    for (const name of files) {
      assert.ok(one.bytes(name).equals(again.bytes(name)), name)
      assert.ok(!one.bytes(name).equals(other.bytes(name)), name)
    }
  })
  test('citizen numbers are unique, of region 99xxxx, with right check characters but where a fault is planted', () => {
    /* so many that each kind of fault is planted whatever the seed: 32 references of enterprises are expected, none once in 10^14 */
    const made = demo('--people', 20000, '--seed', seed, '--dirty', 1000)
    const planted = new Map(made.truth.filter((t) => t.file === 'population.csv').map((t) => [t.row, t]))
    const people = made.rows('population.csv'), seen = new Set()
    assert.equal(people.length, 20000)
    people.forEach((person, i) => {
      const fault = planted.get(i + 1), no = person.citizen_no
      assert.match(no, /^9900(0[1-9]|1\d|2[01])\d{11}[\dX]$/)
      assert.equal(no[17] === checkCharacter(no.slice(0, 17)), fault?.rule !== 'gb11643', `row ${i + 1}`)
      assert.equal(seen.has(no), fault?.rule === 'unique', `row ${i + 1}`)
      seen.add(no)
    })
    const sound = new Set(people.filter((_, i) => !planted.has(i + 1)).map((person) => person.citizen_no))
    for (const [name, field] of [['enterprise.csv', 'legal_person_no'], ['vehicle.csv', 'owner_no']]) {
      const strangers = new Set(made.truth.filter((t) => t.file === name && t.rule === 'reference').map((t) => t.row))
      assert.ok(strangers.size > 0)
      made.rows(name).forEach((row, i) => assert.equal(sound.has(row[field]), !strangers.has(i + 1), `${name} row ${i + 1}`))
    }
  })
  test('as many faults as asked for, and none when none', () => {
    assert.equal(demo('--people', 2000, '--dirty', 0).truth.length, 0)
    const { counts, truth } = demo('--people', 20000, '--dirty', 1000)
    const all = counts.population + counts.enterprise + counts.house + counts.vehicle
    assert.equal(truth.length, counts.dirty)
    assert.ok(Math.abs(truth.length / all - 0.1) < 0.01, `${truth.length} of ${all}`)
  })
  test('misuse is told apart from failure', () => {
    assert.equal(yiwang('demo', '--help').status, 0)
    for (const args of [['--people', '0'], ['--people', '10000001'], ['--people', 'many'], ['--dirty', '1001'], ['--seed', '-1'], ['somewhere'], ['--colour', 'red']])
      assert.equal(yiwang('demo', ...args).status, 2, args.join(' '))
    assert.equal(yiwang('demo', '--people', '10', '--out', '/proc/none').status, 1)
    assert.equal(yiwang('demo', '--people', '10', '--out', folder('demo'), '--villages', '/dev/null').status, 1)
    assert.equal(yiwang('init', join(folder('city'), 'state'), '--people', '10').status, 2, '--people goes with --demo')
  })
})

suite('the demo city', (engine) => {
  const people = 3000
  let server, bureau, resources, made
  before(async () => {
    server = await Server.fresh(engine, { data: true, init: ['--people', String(people), '--seed', String(seed)] })
    bureau = await server.as('dsj.shen')
    resources = Object.fromEntries((await bureau.get('/resources?limit=200')).items.map((item) => [item.code, item]))
    made = demo('--people', people, '--seed', seed)
  })
  after(() => server?.stop())

  const officerOf = { 'population.csv': 'ga.officer', 'enterprise.csv': 'scjg.officer', 'house.csv': 'zj.officer', 'vehicle.csv': 'ga.officer' }
  async function all(client, path) {
    const items = []
    for (let next = ''; next !== null;) {
      const page = await client.get(path + '&limit=200' + (next ? '&after=' + encodeURIComponent(next) : ''))
      items.push(...page.items)
      next = page.next ?? null
    }
    return items
  }
  const firstJob = async (client, code) => (await client.get('/jobs?limit=200&resource=' + resources[code].resource_id)).items.at(-1)

  test('towns, villages, service items, Chicago and Beijing are there', async () => {
    for (const [code, count] of Object.entries(real)) {
      const job = await firstJob(bureau, code)
      assert.equal(job.state, 'reconciled')
      assert.equal(job.result.read, count, code)
      assert.equal(job.result.inserted + job.result.refused, count, code)
      assert.equal(job.result.refused, faulty[code] ?? 0, code)
      assert.equal(Number(resources[code].row_count), job.result.inserted, code)
      assert.equal(job.result.source_digest, job.result.target_digest)
    }
    for (const code of ['103001001/000001', '103001001/000002', '305001001/000001']) assert.equal(Number(resources[code].row_count), real[code])
  })

  test('six of them are open data, with the attribution their licences ask for', async () => {
    const open = (await (await fetch(server.url + '/api/3/action/package_search?rows=50')).json()).result
    assert.deepEqual(open.results.map((one) => one.name).sort(),
      ['103001001-000001', '103001001-000002', '103004001-000001', '301001001-000002', '304001001-000001', '305001001-000001'])
    for (const one of open.results) assert.ok(one.extras.find((extra) => extra.key === 'attribution').value.length > 10, one.title)
    assert.match(await (await fetch(server.url + '/open')).text(), /空气质量小时监测/)
    const persons = await fetch(server.url + '/api/3/action/datastore_search?resource_id=101001001-000001')
    assert.equal(persons.status, 404)
  })

  test('who reports from a position is told the area it lies in', async () => {
    const draft = /name="draft" value="(\w+)"/.exec(await (await fetch(server.url + '/open/report')).text())[1]
    const body = new URLSearchParams({ draft, class: 'B0101', words: '井盖松动，很危险', address: '', placed_for: '', lon: '120.0394', lat: '31.7119' })
    assert.match(await (await fetch(server.url + '/open/report', { method: 'POST', body })).text(), /位置<\/dt><dd>120\.0394, 31\.7119（澄江街道 \/ /)
  })

  test('exactly the planted rows are refused, each with the planted field and rule; counts reconcile', async () => {
    assert.ok(made.truth.length > 10)
    assert.deepEqual(readFileSync(join(server.dir, 'demo/truth.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)), made.truth)
    for (const [code, file] of Object.entries(generated)) {
      const officer = await server.as(officerOf[file]), id = resources[code].resource_id
      const planted = made.truth.filter((t) => t.file === file).map((t) => `${t.row} ${t.field} ${t.rule}`).sort()
      const refused = (await all(officer, '/quarantine?resource=' + id)).map((row) => `${row.row_no} ${row.reasons.map((r) => `${r.field} ${r.rule}`).join('; ')}`).sort()
      assert.deepEqual(refused, planted, file)
      const { result } = await firstJob(officer, code), count = made.rows(file).length
      assert.deepEqual([result.read, result.inserted, result.refused, result.superseded], [count, count - planted.length, planted.length, 0], file)
      assert.equal(Number(resources[code].row_count), count - planted.length)
      assert.match(resources[code].name, /演示数据/)
    }
  })

  test('GB18030 and XLSX of a file load to the digest of its UTF-8 CSV', async () => {
    const officer = await server.as('ga.officer'), code = '101001001/000001', id = resources[code].resource_id
    const first = (await firstJob(officer, code)).result
    const csv = made.bytes('population.csv')
    const chinese = spawnSync('iconv', ['-f', 'UTF-8', '-t', 'GB18030'], { input: csv })
    assert.equal(chinese.status, 0, String(chinese.stderr))
    assert.ok(!chinese.stdout.equals(csv))
    const table = csv.toString().trimEnd().split('\n').map((line) => line.split(','))
    for (const [name, bytes] of [['人口.gb18030.csv', chinese.stdout], ['人口.xlsx', workbook(table)]]) {
      const job = await load(officer, id, name, bytes)
      assert.equal(job.state, 'reconciled', JSON.stringify(job))
      const { result } = job
      assert.deepEqual([result.read, result.unchanged, result.refused, result.source_digest, result.target_digest],
        [first.read, first.inserted, first.refused, first.source_digest, first.target_digest], name)
    }
  })

  test("the police's key reads residents masked by look-up, enterprises in clear, and the air", async () => {
    const app = new Client(server)
    app.key = server.credentials()['ga.system']
    const dirty = new Set(made.truth.filter((t) => t.file === 'population.csv').map((t) => t.row))
    const person = made.rows('population.csv').find((_, i) => i > 5 && !dirty.has(i + 1))
    const found = JSON.stringify(await app.post('/data/101001001~000001/lookup', { key: { citizen_no: person.citizen_no } }))
    assert.ok(found.includes(person.village_code) && found.includes('*'), found)
    for (const value of [person.citizen_no, person.name, person.mobile, person.address]) assert.ok(!found.includes(`"${value}"`), value)
    assert.ok(!found.includes('household_no'), 'only granted fields')
    const [firm] = (await app.get('/data/102001001~000001/records?industry=C&limit=1')).items
    assert.match(firm.uscc, /^919900\d\dY/)
    assert.match(firm.legal_person, /\*/)
    assert.ok(!('legal_person_no' in firm) && !('phone' in firm))
    const air = await app.get('/data/304001001~000001/records?station=Wanliu&limit=3')
    assert.equal(air.items.length, 3)
    await app.refused(403, 'GET', '/data/306001001~000001/records?limit=1')
  })

  test('orders, objections, a demand, ratings, findings and an assessment stand in several states', async () => {
    const states = async (process) => (await bureau.get('/cases?limit=100&process=' + process)).items.map((one) => one.state).sort()
    assert.deepEqual(await states('correction_order'), ['correct', 'record', 'verify', 'withdrawn'])
    assert.deepEqual(await states('record_objection'), ['answered', 'check', 'check', 'corrected', 'mend', 'rejected'])
    assert.deepEqual([await states('data_demand'), await states('audit_order')], [['route'], ['correct']])
    const old = (await bureau.get('/cases?process=correction_order')).items.map((one) => Date.now() - Date.parse(one.created_at))
    assert.ok(Math.max(...old) > 17 * 864e5 && Math.max(...old) < 30 * 864e5, 'dated in the last weeks')
    const officer = await server.as('scjg.officer')
    assert.ok((await officer.get('/inbox')).items.some((one) => one.light === 'red' && one.process === 'correction_order'))
    const [assessed] = (await bureau.get('/assessments')).items
    assert.deepEqual([assessed.state, assessed.open_contests], ['computed', 1])
    const contests = (await bureau.get(`/assessments/${assessed.assessment_id}/contests`)).items
    assert.deepEqual(contests.map((one) => one.state).sort(), ['open', 'rejected'])
    assert.ok(contests.every((one) => one.asked_by_name.endsWith('数据专员')), 'persons by name, not by login')
    assert.equal((await bureau.get(`/resources/${resources['102001001/000001'].resource_id}/ratings`)).count, 2)
    assert.ok((await bureau.get('/findings?state=open')).items.length > 2)
    const spans = (await (await server.as('auditor')).get('/evidence?action=case.create&actor=init&limit=50')).items.map((one) => Date.now() - Date.parse(one.at))
    assert.ok(Math.max(...spans) < 3600e3, 'evidence is of when it was made')
  })

  test('records in doubt: one right, one wrong and ordered to be corrected, others to be looked at or assigned', async () => {
    const houses = await server.as('zj.officer'), { items } = await houses.get('/verifications')
    assert.deepEqual(items.map((one) => one.state).sort(), ['answered', 'closed', 'sent', 'sent', 'sent', 'sent'])
    assert.equal((await (await server.as('cg.dispatcher')).get('/verifications/queue?state=assign')).items.length, 2)
    const wrong = await houses.get('/verifications/' + items.find((one) => one.state === 'answered').case_id)
    assert.deepEqual([wrong.outcome, wrong.fields[0].found, (await houses.get('/cases/' + wrong.order_id)).state], ['wrong', '34', 'record'])
  })

  test('a comparison of real licences and inspections, run', async () => {
    const officer = await server.as('scjg.officer'), { items } = await officer.get('/comparisons')
    assert.deepEqual(items.map((one) => [one.run_state, one.timetable]), [['reconciled', 'manual']])
    const { counts } = (await officer.get('/comparisons/' + items[0].comparison_id)).runs[0]
    assert.deepEqual([counts.same, counts.differ, counts.only_left, counts.only_right, counts.repeated], [68, 13, 11, 9, 6])
    const { items: differ } = await officer.get(`/comparisons/${items[0].comparison_id}/differences?kind=differ`)
    assert.ok(differ.some((one) => one.values[0].left === 'ELEA MEDITERRANEAN FOOD MARKET INC.' && one.values[0].right === 'ELEA MEDITERRANEAN FOOD MARKET'))
  })

  test('12345: messages wait, answers are found, a caller whose event is closed is to be called back', async () => {
    const operator = await server.as('cg.operator')
    assert.equal((await operator.get('/hotline/calls?state=waiting')).items.length, 3)
    const { facts } = await operator.get('/handovers/draft?desk=12345')
    assert.equal(facts.came, (await (await server.as('cg.supervisor')).get('/city-events?limit=200')).items.length, 'a hand-over counts events, not records to be looked at')
    const [back, ...more] = (await operator.get('/hotline/calls/back')).items
    assert.deepEqual([back.type, back.case_state, back.back_state, more.length], ['help', 'done', 'waiting', 0])
    const asked = {
      路灯坏了好几天没人修: '路灯不亮找谁', 灯: '路灯不亮找谁', ldbl: '路灯不亮找谁', '楼下工地半夜还在打桩，吵得睡不着': '夜间施工噪声投诉', zaosheng: '夜间施工噪声投诉', 我暂住证怎么办呀: '居住证怎样办理',
      '家里没水了，什么时候来': '停水停电如何查询', 大树倒在路上把车砸了: '树木倒伏或树枝影响通行', 医保: '城乡居民医保参保缴费', 社保卡掉了: '社保卡丢失补办', '老板三个月没发工资了，我们十几个民工': '拖欠工资投诉',
      '小孩不是本地户口，能不能在这边读书': '外地户口子女入学', '办的健身卡，店关门了老板找不到': '预付卡商家跑路', 路边井盖没了差点摔进去: '窨井盖缺失或破损', 被野狗咬了: '流浪动物伤人', '水 黄': '自来水水质发黄',
      闻到煤气味: '家庭燃气泄漏', 请问开个小店执照怎么弄: '个体工商户登记与注销', '垃圾堆了一个礼拜没人收，臭死了': '生活垃圾没有清运', 停车把消防通道堵了: '机动车违法停放',
    }
    const missed = []
    for (const [q, title] of Object.entries(asked)) {
      const found = (await operator.post('/hotline/articles/search', { kind: 'knowledge', q, type: 'help' })).items.map((one) => one.title)
      if (!found.slice(0, 3).includes(title)) missed.push(`${q} → ${found.slice(0, 5).join('、')}`)
    }
    assert.equal((await operator.get('/hotline/articles?kind=knowledge&limit=200')).items.length, 30)
    assert.deepEqual(missed, [], `of ${Object.keys(asked).length} questions`)
    assert.deepEqual((await operator.post('/hotline/articles/search', { kind: 'knowledge', q: '量子物理' })).items, [])
  })

  test('deliveries ran into folders, in full and by increments; one has no quota, one no folder, one is paused', async () => {
    const by = (items) => Object.fromEntries(items.map((one) => [one.target_name + ' ' + one.table, one]))
    const all = by((await bureau.get('/deliveries')).items), place = join(server.dir, 'deliveries')
    const firm = all['公安局数据接收目录 enterprise'], officer = await server.as('ga.officer')
    const { runs, parcels } = await officer.get('/deliveries/' + firm.delivery_id)
    assert.deepEqual(runs.map((one) => [one.state, one.result.mode]), [['reconciled', 'increments'], ['reconciled', 'full']])
    assert.equal(runs[0].result.put ?? runs[0].result.sent, 1, JSON.stringify(runs[0].result))
    assert.ok(runs.every((one) => one.result.receipt_id))
    assert.match(readFileSync(join(place, 'gongan/enterprise', parcels[0].file_name), 'utf8'), /演示路 8 号/)
    const verified = yiwang('verify-delivery', join(place, 'gongan/enterprise'))
    assert.equal(verified.status, 0, verified.stderr + verified.stdout)
    const air = all['公安局数据接收目录 air_quality']
    assert.deepEqual([air.state, air.job_state, Number(air.row_count)], ['paused', 'reconciled', real['304001001/000001']])
    const poor = all['民政局救助系统接收目录 residents'], lost = all['人社局数据接收目录 enterprise']
    assert.deepEqual([poor.state, poor.reason, poor.job_state], ['paused', 'quota', 'failed'])
    assert.deepEqual([lost.state, lost.job_state], ['active', 'failed'])
    assert.ok(lost.problem && lost.advice)
    mkdirSync(join(place, 'renshe'))
    const again = await (await server.as('rs.officer')).post(`/deliveries/${lost.delivery_id}/run`, {})
    assert.equal((await bureau.job(again.job_id)).state, 'reconciled', 'the folder made, it runs')
  })

  test('another platform brought requests, use and a catalogue; a node waits for approval, one for its first call', async () => {
    const imports = Object.fromEntries((await bureau.get('/adapter-imports')).items.map((one) => [one.adapter, [one.state, one.new, one.refused]]))
    assert.deepEqual(imports, { share_requests: ['applied', 2, 1], call_statistics: ['applied', 2, 0], national_catalogue: ['previewed', 3, 1] })
    const asked = (await bureau.get('/adapter-items?data=requests')).items
    assert.deepEqual(asked.map((one) => [one.id, Boolean(one.case_id)]).sort(), [['SJ-2026-1093', false], ['SJ-2026-1107', true]])
    const nodes = (await bureau.get('/cascade/nodes')).items
    assert.deepEqual(nodes.map((one) => [one.name, one.state]).sort(), [['公安局前置机（演示）', 'active'], ['演示省数据共享平台', 'proposed']])
    assert.match((await bureau.get('/cascade/self')).invitation, /^yiwang-node\/1 [0-9a-f]{64} - 演示市$/)
  })

  test('who loaded and granted is evidence', async () => {
    const auditor = await server.as('auditor')
    for (const [action, count] of [['exchange.load', 12], ['exchange.upload', 15], ['grant.create', 6], ['case.create', 17], ['delivery.create', 4], ['adapter.import', 3], ['cascade.propose', 2]]) {
      const entries = (await auditor.get(`/evidence?action=${action}&actor=init&limit=200`)).items
      assert.equal(entries.length, count, action)
    }
  })
})
