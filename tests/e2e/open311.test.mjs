// Open311 GeoReport v2 over the real server: discovery, services, definitions, reports by key, requests and tokens in XML (read by
// a real parser) and JSON; pictures; dates, pages, what is never said; bad input.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { suite, Server } from './harness.mjs'
import { heic, jpeg } from './event_photos.mjs'

/* XML by expat: [tag, text or children]. Ill-formed documents fail the test. */
const parse = (text) => JSON.parse(execFileSync('python3', ['-c', `
import sys, json, xml.etree.ElementTree as e
tree = lambda x: [x.tag, [tree(c) for c in x] if len(x) else x.text]
print(json.dumps(tree(e.fromstring(sys.stdin.buffer.read()))))`], { input: text }).toString())
const rows = ([, items]) => (items ?? []).map(([, members]) => Object.fromEntries(members))

suite('open311', (engine) => {
  let server, key, dispatcher, supervisor, number
  const place = { lat: '31.9102', long: '120.2841' }
  const call = (path, options) => fetch(`${server.url}/open311/v2/${path}`, options)
  const send = (fields, { format = 'json', type = 'application/x-www-form-urlencoded; charset=utf-8', body } = {}) =>
    call(`requests.${format}`, { method: 'POST', headers: { 'content-type': type }, body: body ?? new URLSearchParams({ api_key: key, ...fields }).toString() })
  async function refused(status, answer, words) {
    const text = await answer.text()
    assert.equal(answer.status, status, text)
    const [error] = JSON.parse(text)
    assert.equal(error.code, status)
    assert.match(error.description, words)
  }
  const json = async (path) => { const answer = await call(path); assert.equal(answer.status, 200, path); return answer.json() }

  before(async () => {
    server = await Server.fresh(engine)
    dispatcher = await server.as('cg.dispatcher'); supervisor = await server.as('cg.supervisor')
    key = server.credentials()['cg.alarm']
    const account = (await (await server.as('sysadmin')).get('/accounts?q=cg.alarm')).items[0].account_id
    await refused(403, await send({ service_code: 'B0101', ...place }), /source/)
    await supervisor.ok('PUT', '/event-sources/' + account, { channel: 'system', note: '另一系统', active: true })
    await refused(403, await send({ service_code: 'B0101', ...place }), /Open311/)
    await supervisor.ok('PUT', '/event-sources/' + account, { channel: 'open311', note: '市民应用', active: true })
  })
  after(() => server?.stop())

  test('discovery and services in both formats', async () => {
    const found = await json('discovery.json')
    assert.equal(found.endpoints[0].url, `${server.url}/open311/v2`)
    const answer = await call('discovery.xml')
    assert.match(answer.headers.get('content-type'), /^text\/xml/)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    const tree = parse(await answer.text())
    assert.deepEqual([tree[0], tree[1].find(([name]) => name === 'endpoints')[1][0][0]], ['discovery', 'endpoint'])
    const services = await json('services.json?jurisdiction_id=city')
    const cover = services.find((s) => s.service_code === 'B0101')
    assert.deepEqual([typeof cover.service_code, cover.metadata, cover.type], ['string', true, 'realtime'])
    assert.ok(services.length > 70 && cover.group && services.every((s) => s.service_code.length > 3))
    const same = rows(parse(await (await call('services.xml')).text()))
    assert.deepEqual(same.map((s) => s.service_code), services.map((s) => s.service_code))
    assert.equal(same.find((s) => s.service_code === 'B0101').metadata, 'true')
    const definition = await json('services/B0101.json')
    const grade = definition.attributes.find((a) => a.code === 'grade')
    assert.deepEqual([definition.service_code, grade.datatype, grade.values.map((v) => v.key)], ['B0101', 'singlevaluelist', ['general', 'large', 'major']])
    assert.equal(parse(await (await call('services/B0101.xml')).text())[0], 'service_definition')
    await refused(404, await call('services/B99.json'), /not found/)
    await refused(404, await call('services/B01.json'), /not found/) // a big class
    await refused(404, await call('nothing.json'), /nothing/)
    const none = await call('services/x.xml')
    assert.deepEqual([none.status, parse(await none.text())[1][0][1][0]], [404, ['code', '404']])
  })

  test('a report becomes a case of the city, once for a client’s own number', async () => {
    const fields = { service_code: 'B0101', ...place, address_string: '澄江路 12 号', description: '井盖 <缺失> & "危险"', first_name: '三丰', last_name: '张', phone: '13812345678',
      email: 'a@example.org', device_id: 'd1', client_request_id: 'mine-1', 'attribute[grade]': 'large', 'attribute[happened_at]': new Date(Date.now() - 60e3).toISOString() }
    const taken = await send(fields)
    assert.equal(taken.status, 201)
    const [receipt] = await taken.json()
    number = receipt.service_request_id
    assert.match(number, /^SJ-\d{4}-\d{6}$/)
    const again = await send(fields, { format: 'xml' })
    assert.equal(again.status, 200)
    assert.equal(rows(parse(await again.text()))[0].service_request_id, number)
    const listed = (await dispatcher.get('/city-events?channel=open311')).items
    assert.deepEqual(listed.map((e) => e.number), [number])
    const shown = await dispatcher.get('/city-events/' + listed[0].case_id)
    assert.deepEqual([shown.description, shown.grade, shown.outside_number, shown.reporter.phone], ['井盖 <缺失> & "危险"', 'large', 'mine-1', '138****5678'])
    const header = await call('requests.json', { method: 'POST', headers: { authorization: 'Bearer ' + key, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ service_code: 'S0405', ...place, media_url: 'https://example.org/a.jpg' }) })
    assert.equal(header.status, 201)
  })

  test('anybody reads what became of it, and nothing of a person', async () => {
    const one = (await json(`requests/${number}.json`))[0]
    assert.deepEqual([one.status, one.service_code, one.description, one.media_url, one.lat, one.long], ['open', 'B0101', null, null, 31.91, 120.284])
    assert.match(one.requested_datetime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/)
    const text = await (await call(`requests/${number}.xml`)).text()
    assert.equal(rows(parse(text))[0].service_request_id, number)
    assert.doesNotMatch(text + JSON.stringify(one), /张|三丰|138|澄江路|缺失|mine-1/)
    assert.deepEqual(await json(`tokens/${number}.json`), [{ service_request_id: number, token: number }])
    await refused(404, await call('requests/SJ-2026-999999.json'), /not found/)
    await refused(404, await call('tokens/x.json'), /not found/)
    assert.deepEqual((await json(`requests.json?service_request_id=${number},nope`)).map((r) => r.service_request_id), [number])
    // who handles it, until when, and what will have been done: known when a unit has it
    assert.deepEqual([one.agency_responsible, one.expected_datetime, one.service_notice], [null, null, null])
    const sent = await (await send({ service_code: 'S0405', ...place })).json(), other = (await dispatcher.get('/city-events?q=' + sent[0].service_request_id)).items[0]
    const act = async (action, form) => dispatcher.post(`/cases/${other.case_id}/actions/${action}`, { version: (await dispatcher.get('/cases/' + other.case_id)).version, form })
    await act('file', { condition_no: 1 })
    const { proposal, class: kind } = await dispatcher.get('/city-events/' + other.case_id)
    await act('dispatch', { org_id: proposal[0].org_id, duty_id: proposal[0].duty_id })
    const known = (await json(`requests/${other.number}.json`))[0]
    const due = (await dispatcher.get('/cases/' + other.case_id)).due_at
    assert.deepEqual([known.agency_responsible, Math.floor(Date.parse(known.expected_datetime) / 1000), known.service_notice], [proposal[0].org_name, Math.floor(Date.parse(due) / 1000), kind.conditions.find((one) => one.no === 1).closing_en])
    assert.match(known.expected_datetime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/)
    assert.equal(rows(parse(await (await call(`requests/${other.number}.xml`)).text()))[0].expected_datetime, known.expected_datetime)
    const [event] = (await dispatcher.get('/city-events?q=' + number)).items
    await dispatcher.post(`/cases/${event.case_id}/actions/refuse`, { version: event.version, note: '重复投诉' })
    assert.equal((await json(`requests/${number}.json`))[0].status, 'closed')
    assert.deepEqual((await json('requests.json?status=closed')).map((r) => r.service_request_id), [number])
    assert.ok((await json('requests.json?status=open')).every((r) => r.status === 'open'))
    assert.ok((await json('requests.json?service_code=S0405')).every((r) => r.service_code === 'S0405'))
    assert.equal((await json('requests.json?status=open,closed&service_code=B0101,S0405')).length, 3)
  })

  test('a confidential report is not there', async () => {
    const operator = await server.as('cg.operator')
    const hidden = await operator.post('/city-events', { class_code: 'B0101', lon: 120.2841, lat: 31.9102, channel: 'hotline', reporter_phone: '13912345678', confidential: true })
    await refused(404, await call(`requests/${hidden.number}.json`), /not found/)
    assert.ok((await json('requests.json')).every((r) => r.service_request_id !== hidden.number))
  })

  test('dates, windows and pages', async () => {
    for (let i = 0; i < 3; i++) assert.equal((await send({ service_code: 'S0102', lat: '31.93', long: `120.${300 + i}` })).status, 201)
    const first = await call('requests.json?page_size=2&service_code=S0102')
    assert.equal((await first.json()).length, 2)
    const next = first.headers.get('link').match(/^<([^>]+)>; rel="next"$/)[1]
    const second = await fetch(next)
    assert.equal((await second.json()).length, 1)
    assert.match(second.headers.get('link'), /rel="prev"$/)
    const past = await call('requests.json?page=500&page_size=100')
    assert.deepEqual([past.status, await past.json()], [200, []])
    assert.deepEqual(parse(await (await call('requests.xml?page=500')).text()), ['service_requests', null])
    assert.equal((await json('requests.json?start_date=2020-01-01T00:00:00Z')).length, 0, 'ninety days from there')
    assert.equal((await json('requests.json?end_date=2020-01-01T00:00:00%2B08:00')).length, 0)
    for (const [query, words] of [['start_date=yesterday', /start_date/], ['end_date=2026-02-30T00:00:00Z', /end_date/], ['start_date=2026-03-02T00:00:00Z&end_date=2026-03-01T00:00:00Z', /before/],
      ['start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z', /90/], ['status=done', /status/], ['page=0', /page/], ['page=x', /page/], ['page_size=1001', /1000/]])
      await refused(400, await call('requests.json?' + query), words)
    assert.equal((await call('requests.json?status=%zz')).status, 400, 'no query at all: refused before Open311')
    await refused(404, await call('requests.json?service_code=nope'), /service_code/)
    await refused(400, await call('requests.json?service_request_id=' + Array(101).fill('x').join()), /100/)
  })

  test('pictures come with a report, lose their metadata, and are shown to whoever sent them', async () => {
    const form = (pictures, more = {}) => {
      const form = new FormData()
      for (const [name, value] of Object.entries({ api_key: key, service_code: 'S0405', lat: '31.92', long: '120.29', description: '照片', ...more })) form.append(name, value)
      for (const [bytes, name] of pictures) form.append('media', new Blob([bytes]), name)
      return form
    }
    const post = (body, format = 'json') => call('requests.' + format, { method: 'POST', body })
    const setting = async (value) => {
      const admin = await server.as('sysadmin'), all = (await admin.get('/settings')).items
      await admin.ok('PUT', '/settings/open311.media_public', { value, version: all.find((s) => s.name === 'open311.media_public').version })
    }
    const mine = async (id) => (await (await call(`requests/${id}.json`, { headers: { authorization: 'Bearer ' + key } })).json())[0].media_url
    const taken = await post(form([[jpeg({ place: [120.2843, 31.9101] }), 'a.jpg'], [jpeg(), '../b.jpg']], { client_request_id: 'with-pictures' }))
    const [{ service_request_id: id }] = await taken.json()
    assert.equal(taken.status, 201)
    const again = await post(form([[jpeg(), 'a.jpg']], { client_request_id: 'with-pictures' }), 'xml')
    assert.deepEqual([again.status, rows(parse(await again.text()))[0].service_request_id], [200, id])
    const [listed] = (await dispatcher.get('/city-events?q=' + id)).items
    const shown = await dispatcher.get('/city-events/' + listed.case_id)
    assert.deepEqual(shown.photos.map((p) => [p.name, p.type, p.stage, p.stripped]), [['a.jpg', 'image/jpeg', 'report', true], ['.._b.jpg', 'image/jpeg', 'report', true]])
    assert.equal((await json(`requests/${id}.json`))[0].media_url, null, 'nobody else is told')
    const own = await mine(id)
    const picture = await fetch(own)
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg'])
    const bytes = Buffer.from(await picture.arrayBuffer())
    assert.ok(!bytes.includes('secret') && !bytes.includes('2026:11:20') && !bytes.includes(Buffer.from([0x88, 0x25])), 'no words, time or place inside')
    for (const address of [own.slice(0, -1) + (own.endsWith('0') ? '1' : '0'), own.replace(/\.[0-9a-f]+$/, ''), own.replace(/media\/\d+/, 'media/' + shown.photos[1].photo_id)])
      assert.equal((await fetch(address)).status, 404)
    await setting('1')
    const open = (await json(`requests.json?service_request_id=${id}`))[0].media_url
    assert.ok(open && open !== own)
    assert.equal((await fetch(open)).status, 200)
    await setting('0')
    assert.deepEqual([(await fetch(open)).status, (await fetch(own)).status], [404, 200], 'what was shown is shown no longer')
    const apple = await mine((await (await post(form([[heic({ place: [-118.3, 34.1] }), 'c.heic']]))).json())[0].service_request_id)
    const kept = Buffer.from(await (await fetch(apple)).arrayBuffer())
    assert.ok(kept.includes('coded picture') && !kept.includes('secret') && !kept.includes('2026:11:20'), 'without metadata too')
    await refused(400, await post(form([['%PDF-1.7', 'x.jpg']])), /media/)
    await refused(400, await post(form([[jpeg().subarray(0, 400), 'x.jpg']])), /media/)
    await refused(400, await post(form(Array(10).fill([jpeg(), 'x.jpg']))), /9 pictures/)
    await refused(403, await post(form([[jpeg(), 'x.jpg']], { api_key: 'wrong' })), /key/)
    await refused(413, await post(form([], { description: 'x'.repeat(70000) })), /64 KiB/)
    assert.equal((await post(form([['', '']]))).status, 201, 'a field for a file that was left empty')
    for (const [type, body] of [['multipart/form-data', 'x'], ['multipart/form-data; boundary=b', '--b\r\ncut off'], ['multipart/form-data; boundary=b', '']])
      await refused(400, await send({}, { type, body }), /well formed/)
  })

  test('bad reports', async () => {
    const good = { service_code: 'B0101', ...place }
    await refused(403, await send({ ...good, api_key: 'wrong' }), /key/)
    await refused(403, await send({ ...good, api_key: key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a') }), /key/)
    await refused(403, await send({ ...good, api_key: '' }), /api_key/)
    await refused(400, await send(place), /service_code/)
    await refused(404, await send({ ...good, service_code: 'Z9999' }), /^service_code: /)
    await refused(400, await send({ ...good, service_code: 'B01' }), /^service_code: /)
    await refused(400, await send({ ...good, long: '200' }), /^long: /)
    await refused(400, await send({ ...good, 'attribute[grade]': 'huge' }), /^attribute\[grade\]: /)
    await refused(400, await send({ service_code: 'B0101' }), /place/)
    await refused(400, await send({ service_code: 'B0101', address_id: '7' }), /place/)
    await refused(400, await send({ service_code: 'B0101', lat: '31.9' }), /long/)
    for (const lat of ['91', 'nan', '1e999', 'x']) await refused(400, await send({ ...good, lat }), /lat/)
    await refused(400, await send({ ...good, lat: '0', long: '0' }), /./)
    await refused(400, await send({ ...good, description: '大'.repeat(4001) }), /4000/)
    assert.equal((await send({ ...good, description: '大'.repeat(4000) })).status, 201)
    assert.equal((await send({ ...good, description: 'x'.repeat(1 << 20) }).catch(() => ({ status: 413 }))).status, 413)
    await refused(400, await send({ ...good, 'attribute[happened_at]': 'soon' }), /happened_at/)
    await refused(400, await send({ ...good, 'attribute[colour]': 'red' }), /attribute/)
    for (const media_url of ['javascript:alert(1)', 'httpx://a', 'https://a/\nb', 'https://a/' + 'x'.repeat(500)]) await refused(400, await send({ ...good, media_url }), /media_url/)
    for (const date of ['2026-02-30T00:00:00Z', '9999-01-01T00:00:00Z', '1970-01-01', '2999-12-31T23:59:59+08:00', '-1', '2026-01-01T00:00:00+99:00'])
      await refused(400, await send({ ...good, 'attribute[happened_at]': date }), /happened_at/)
    await refused(400, await send({}, { body: 'api_key=' + key + '&service_code=%ff%fe' }), /UTF-8/)
    const bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><request><service_code>&x;</service_code></request>'
    await refused(400, await send({}, { type: 'text/xml', body: bomb }), /XML/)
    await refused(400, await send({}, { type: 'application/json', body: JSON.stringify(good) }), /form/)
    const xml = await send({}, { format: 'xml', type: 'text/xml', body: bomb })
    assert.deepEqual([xml.status, parse(await xml.text())[0]], [400, 'errors'])
    // a browser's session is no key, whatever its right
    const answer = await call('requests.json', { method: 'POST', headers: { cookie: dispatcher.cookie, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(good).toString() })
    await refused(403, answer, /api_key/)
  })

  test('control characters never make ill-formed XML', async () => {
    const definition = { code: 'S0199', title: '测试\u0001<&>\uFFFE类', title_en: 'T', parent: 'S01', conditions: [{ no: 1, text: 'a\u0007b', closing: 'c' }] }
    await supervisor.ok('PUT', '/event-classes/S0199', { version: 0, document: definition })
    const chinese = { headers: { 'accept-language': 'zh-CN' } }
    const services = await call('services.xml', chinese)
    assert.equal(services.status, 200)
    const named = rows(parse(await services.text())).find((s) => s.service_code === 'S0199')
    assert.deepEqual([named.service_name, named.description], ['测试<&>类', 'ab'])
    const report = await send({ service_code: 'S0199', ...place, description: 'bell \u0007 and \u0001' }, { format: 'xml' })
    assert.equal(report.status, 201)
    const [taken] = rows(parse(await report.text()))
    assert.equal(rows(parse(await (await call(`requests/${taken.service_request_id}.xml`, chinese)).text()))[0].service_name, '测试<&>类')
  })
})
