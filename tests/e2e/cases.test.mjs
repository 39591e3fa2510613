// Share requests over the real server: ask → check → grant → the API key reads → revoke; refuse → amend → part → dispute → ruling;
// unconditional at once; evidence of each step; live events; what others see.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server, Client } from './harness.mjs'
import { reminders } from './cases_reminders.mjs'
import { messages } from './cases_sms.mjs'
import { account, city, publish, peopleDocument, peopleCsv, load, revise } from './city.mjs'

suite('cases', (engine) => {
  let c, resource, reader, one
  const until = new Date(Date.now() + 90 * 86400000).toISOString()
  const form = (change = {}) => ({ purpose: '办理居住证时核对居民登记信息', service_item: '居住证办理', account_id: c.appAccount, way: 'api', until, quota_day: 100,
    fields: [{ name: 'name', mode: 'masked' }, { name: 'town', mode: 'clear' }, { name: 'birth_date', mode: 'masked' }], ...change })
  const ask = (id, change) => c.police.post('/cases', { resource_id: id, form: form(change) })
  const act = async (client, action, body = {}) => {
    one = await client.post(`/cases/${one.case_id}/actions/${action}`, { version: one.version, ...body })
    return one
  }
  const actions = (shown) => shown.may.map((may) => may.action)

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    reader = await account(c.server, c.sys, c.sec, 'police-reader', c.otherOrg, ['reader'])
    resource = await publish(c, peopleDocument())
    assert.equal((await load(c.officer, resource, '人口.csv', peopleCsv(30))).state, 'reconciled')
  })
  after(() => c?.server.stop())

  test('ask → check → grant → the key reads → revoke', async () => {
    await c.app.refused(403, 'GET', `/data/${resource}/records?limit=1`)
    one = await ask(resource)
    assert.match(one.number, /^GX-\d{4}-\d{6}$/)
    assert.deepEqual([one.state, one.turn, one.light, one.is_asker], ['check', 'bureau', 'green', true])
    assert.deepEqual(actions(one), ['withdraw', 'urge'])
    const waiting = await c.bureau.get('/inbox')
    assert.equal(waiting.items[0].case_id, one.case_id)
    assert.ok(waiting.items[0].left_work_s > 0)
    assert.deepEqual(await c.bureau.get('/inbox/counts'), { waiting: 1, red: 0, amber: 0 })
    const overview = await c.bureau.get('/overview')
    assert.ok(overview.waits.some((item) => item.kind === 'case_turn' && item.subject_id === one.case_id))
    await act(c.bureau, 'accept', { note: '符合' })
    assert.equal((await c.officer.get('/inbox')).items.length, 1)
    assert.equal((await c.bureau.get('/inbox')).items.length, 0)
    await act(c.officer, 'grant')
    assert.deepEqual([one.state, one.outcome, one.light], ['granted', 'granted', 'none'])
    const page = await c.app.get(`/data/${resource}/records?limit=3`)
    assert.equal(page.items.length, 3)
    assert.match(page.items[0].name, /\*/)
    assert.equal(page.items[0].citizen_no, undefined)
    const grant = await c.officer.get('/grants/' + one.grant_id)
    assert.deepEqual([grant.case_id, grant.state, grant.basis, grant.granted_by_name], [one.case_id, 'live', '居住证办理', 'officer'])
    await c.officer.post(`/grants/${one.grant_id}/revoke`, { version: grant.version, reason: '用完' })
    await c.app.refused(410, 'GET', `/data/${resource}/records?limit=1`)
  })

  test('refused with its basis → disputed → ruled; returned → amended → granted in part', async () => {
    one = await ask(resource)
    await act(c.bureau, 'return', { note: '请写明依据' })
    assert.equal((await c.police.get('/inbox')).items[0].state, 'amend')
    await act(c.police, 'resubmit', { form: form({ basis: '居住证暂行条例第八条' }) })
    assert.equal(one.form.basis, '居住证暂行条例第八条')
    await act(c.bureau, 'accept')
    const part = { fields: [{ name: 'town', mode: 'clear' }], conditions: '仅限窗口核对', quota_day: 10 }
    await c.officer.refused(400, 'POST', `/cases/${one.case_id}/actions/grant_part`,
      { version: one.version, note: '少给', form: { ...part, fields: [{ name: 'citizen_no', mode: 'masked' }] } })
    await act(c.officer, 'grant_part', { note: '姓名不必要', form: part })
    const grant = await c.police.get('/grants/' + one.grant_id)
    assert.deepEqual([grant.quota_day, grant.fields.length, grant.conditions], [10, 1, '仅限窗口核对'])
    await act(c.police, 'dispute', { note: '须核对姓名' })
    await act(c.bureau, 'consult', { note: '请双方到场', form: { parties: [c.supplierOrg, c.otherOrg], place: '302', at: until } })
    await act(c.bureau, 'order_grant', { note: '属于履职需要' })
    assert.equal(one.state, 'granted')
    assert.equal((await c.app.get(`/data/${resource}/records?limit=1`)).items[0].name.includes('*'), true)
    assert.equal((await c.officer.get('/grants/' + grant.grant_id)).state, 'revoked')

    one = await ask(resource)
    await act(c.bureau, 'accept')
    await c.officer.refused(400, 'POST', `/cases/${one.case_id}/actions/refuse`, { version: one.version, note: '不给' })
    await act(c.officer, 'refuse', { note: '依法不得提供', form: { basis: '某条例第九条' } })
    const seen = await c.police.get('/cases/' + one.case_id)
    assert.equal(seen.events[0].form.basis, '某条例第九条')
    assert.equal(seen.events[0].note, '依法不得提供')
    const refused = await c.bureau.get('/cases?state=refused')
    assert.deepEqual(refused.items.map((item) => item.number), [one.number])
    assert.ok((await c.bureau.get('/overview')).broke.some((item) => item.kind === 'case_refused'))
  })

  test('two decide at once: one wins, the other is told', async () => {
    one = await ask(resource)
    await act(c.bureau, 'accept')
    const body = { version: one.version, note: '同时办理' }
    const answers = await Promise.all([c.officer.call('POST', `/cases/${one.case_id}/actions/grant`, body),
      c.officer.call('POST', `/cases/${one.case_id}/actions/return`, body)])
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, 409])
    one = await c.officer.get('/cases/' + one.case_id)
    if (one.state === 'amend') await act(c.police, 'withdraw', { note: '不再需要' })
  })

  test('unconditional is granted at once with evidence; not shared cannot be asked for', async () => {
    const free = await publish(c, peopleDocument({ sharing: 'unconditional', sharing_condition: undefined }))
    assert.equal((await load(c.officer, free, '人口.csv', peopleCsv(5))).state, 'reconciled')
    one = await ask(free)
    assert.equal(one.state, 'granted')
    assert.equal((await c.app.get(`/data/${free}/records?limit=9`)).items.length, 5)
    assert.deepEqual((await c.police.get('/grants/' + one.grant_id)).ways, ['api', 'batch', 'download'], 'what is free is free in every way')
    assert.equal((await c.app.call('GET', `/data/${free}/download?format=csv`)).status, 200)
    const evidence = await c.audit.evidence('resource=' + free, (items) => items.some((entry) => entry.action === 'grant.create'))
    const made = evidence.find((entry) => entry.action === 'grant.create')
    assert.equal(made.subject_id, one.grant_id)
    assert.ok(evidence.some((entry) => entry.action === 'case.create' && entry.subject_id === one.case_id))
    const closed = await publish(c, peopleDocument({ sharing: 'none', sharing_condition: undefined, sharing_ways: [], sharing_basis: '某法第三十条' }))
    const why = await c.police.refused(409, 'POST', '/cases', { resource_id: closed, form: form() })
    assert.match(why.detail, /某法第三十条/)
  })

  test('rows leave only by the ways granted: the API, files, deliveries', async () => {
    const own = await publish(c, peopleDocument({ sharing_ways: ['api', 'batch', 'download'] }))
    assert.equal((await load(c.officer, own, '人口.csv', peopleCsv(5))).state, 'reconciled')
    for (const way of ['pigeon', [], ['api', 7]]) {
      const why = await c.police.refused(400, 'POST', '/cases', { resource_id: own, form: form({ way }) })
      assert.deepEqual([why.field, why.rule], ['form.way', 'choice'])
    }
    one = await ask(own, { way: ['download', 'batch'] })
    await act(c.bureau, 'accept')
    const part = (way) => ({ version: one.version, note: '少给方式', form: { way } })
    assert.equal((await c.officer.refused(400, 'POST', `/cases/${one.case_id}/actions/grant_part`, part(['api']))).rule, 'wider')
    one = await c.officer.post(`/cases/${one.case_id}/actions/grant_part`, part(['download']))
    const given = await c.police.get('/grants/' + one.grant_id)
    assert.deepEqual([given.ways, given.owner_org_id, given.account_org_id], [['download'], c.supplierOrg, c.otherOrg])
    assert.deepEqual((await c.officer.get('/grants?resource=' + own)).items[0].ways, ['download'])
    const file = () => c.app.call('GET', `/data/${own}/download?format=csv`)
    const read = `/data/${own}/records?limit=1`
    const said = await c.app.refused(403, 'GET', read)
    assert.deepEqual([said.rule, said.value], ['way', 'api'])
    assert.match(said.detail, /共享方式为下载，不含接口|by download, not by API/)
    assert.match(said.advice, /申请变更|apply for a change/)
    await c.app.refused(403, 'GET', `/data/${own}/by-key?citizen_no=1`)
    assert.equal((await file()).status, 200)
    const delivery = { grant_id: one.grant_id, target_id: '1', table: 'people', mode: 'full', timetable: 'manual' }
    assert.deepEqual([(await c.police.refused(403, 'POST', '/deliveries', delivery)).rule], ['way'])
    // another request adds a way and takes none
    one = await ask(own, { way: 'api' })
    await act(c.bureau, 'accept')
    await act(c.officer, 'grant')
    assert.equal((await c.app.get(read)).items.length, 1)
    assert.equal((await file()).status, 200)
    // direct grants name theirs; a person is refused likewise
    const direct = { resource_id: own, account_id: reader.account_id, purpose: '窗口核对', until, quota_day: 5, fields: [{ name: 'town', mode: 'clear' }] }
    assert.equal((await c.officer.refused(400, 'POST', '/grants', direct)).field, 'ways')
    await c.officer.post('/grants', { ...direct, ways: ['api'] })
    await reader.get(read)
    assert.equal((await reader.refused(403, 'GET', `/data/${own}/download?format=csv`)).rule, 'way')
  })

  test('an entry that is not shared any more: others\' grants end with it, their people hear it, and no new one is given', async () => {
    const document = peopleDocument(), id = await publish(c, document)
    await load(c.officer, id, '人口.csv', peopleCsv(3))
    const terms = { resource_id: id, ways: ['api'], purpose: '窗口核对', until, quota_day: 50, fields: [{ name: 'town', mode: 'clear' }] }
    const given = await c.officer.post('/grants', { ...terms, account_id: c.appAccount })
    const own = await c.sys.post('/accounts', { login: 'market-app', name: '监管应用', org_id: c.supplierOrg, kind: 'service' })
    const kept = await c.officer.post('/grants', { ...terms, account_id: own.account_id })
    const waiting = await ask(id)
    await c.app.get(`/data/${id}/records`)
    await revise(c, id, { ...document, sharing: 'none', sharing_basis: '某法第三十条', sharing_condition: undefined, sharing_ways: [] })
    assert.equal((await c.app.refused(410, 'GET', `/data/${id}/records`)).rule, 'grant_revoked')
    const ended = await c.officer.get('/grants/' + given.grant_id)
    assert.deepEqual([ended.state, ended.revoke_reason], ['revoked', '不予共享'])
    assert.equal((await c.officer.get('/grants/' + kept.grant_id)).state, 'live', 'the supplier\'s own')
    assert.ok((await c.police.get('/notices')).items.some((note) => /不再共享|no longer shared/.test(note.title)))
    await c.audit.evidence(`action=grant.revoke&resource=${id}`, (items) => items.some((e) => e.detail.by === 'not_shared'))
    assert.equal((await c.officer.refused(409, 'POST', '/grants', { ...terms, account_id: c.appAccount })).rule, 'not_shared')
    one = waiting
    await act(c.bureau, 'accept')
    assert.equal((await c.officer.refused(409, 'POST', `/cases/${one.case_id}/actions/grant`, { version: one.version })).rule, 'not_shared')
    await act(c.officer, 'refuse', { note: '该条目已改为不予共享', form: { basis: '某法第三十条' } })
  })

  test('what is asked and given keeps to the ways of the entry, whoever asks', async () => {
    const narrow = await publish(c, peopleDocument({ sharing_ways: ['api'] }))
    const why = await c.police.refused(400, 'POST', '/cases', { resource_id: narrow, form: form({ way: ['api', 'download'] }) })
    assert.deepEqual([why.field, why.rule, why.value], ['form.way', 'not_offered', 'download'])
    assert.match(why.detail, /共享方式为接口，不含下载|shared by API, not by download/)
    one = await ask(narrow)
    await act(c.bureau, 'return', { note: '请写明依据' })
    const amended = await c.police.refused(400, 'POST', `/cases/${one.case_id}/actions/resubmit`, { version: one.version, form: form({ way: ['batch'] }) })
    assert.deepEqual([amended.field, amended.rule], ['form.way', 'not_offered'])
    await act(c.police, 'withdraw', { note: '改为另行申请' })
    const direct = { resource_id: narrow, account_id: reader.account_id, purpose: '窗口核对', until, quota_day: 5, fields: [{ name: 'town', mode: 'clear' }] }
    const refused = await c.officer.refused(400, 'POST', '/grants', { ...direct, ways: ['api', 'batch'] })
    assert.deepEqual([refused.field, refused.rule, refused.value], ['ways', 'not_offered', 'batch'])
    assert.ok((await c.officer.post('/grants', { ...direct, ways: ['api'] })).grant_id)
  })

  test('each sees their own: readers, other departments, administrators, services', async () => {
    const { account_id, ...own } = form()
    one = await reader.post('/cases', { resource_id: resource, form: own })
    assert.equal(account_id, c.appAccount)
    assert.deepEqual((await reader.get('/cases')).items.map((item) => item.case_id), [one.case_id])
    assert.ok((await c.police.get('/cases')).items.length >= 5)
    await reader.refused(403, 'GET', '/cases?scope=all')
    assert.deepEqual((await c.audit.get('/cases')).items, [], 'an administrator is side of no case')
    await c.app.refused(403, 'POST', '/cases', { resource_id: resource, form: form() })
    await c.app.refused(404, 'GET', '/cases/' + one.case_id)
    await c.officer.refused(409, 'POST', '/cases', { resource_id: resource, form: form() })
    await new Client(c.server).refused(401, 'GET', '/inbox')
    await act(reader, 'withdraw', { note: '不需要了' })
  })

  test('a calendar published after the fact moves open clocks and breaks none', async () => {
    one = await ask(resource)
    const due = one.due_at
    const day = due.slice(0, 10)
    const year = Number(day.slice(0, 4))
    // at the end of a year: of the next one, which may not be published yet
    const days = (await c.bureau.get('/calendar?year=' + year)).items.filter((item) => item.day !== day)
    await c.officer.refused(403, 'PUT', '/calendar/' + year, { days })
    const next = [...days, { day, kind: 'holiday', occasion: '城市日' }]
    const tried = await c.sys.post(`/calendar/${year}/rehearse`, { days: next })
    const moved = tried.items.find((item) => item.number === one.number)
    assert.deepEqual([moved.due_before, moved.red], [due, false])
    assert.ok(moved.due_after > due && tried.moved >= 1 && tried.tried === tried.open, JSON.stringify(tried))
    assert.equal((await c.police.get('/cases/' + one.case_id)).due_at, due, 'nothing is published')
    await c.officer.refused(403, 'POST', `/calendar/${year}/rehearse`, { days: next })
    await c.sys.put('/calendar/' + year, { days: [...days, { day, kind: 'holiday', occasion: '城市日' }] })
    for (let i = 0; one.due_at === due; i++) {
      assert.ok(i < 200, 'the clock did not move')
      await new Promise((done) => setTimeout(done, 50))
      one = await c.police.get('/cases/' + one.case_id)
    }
    assert.equal(one.due_at, moved.due_after, 'as it was tried')
    await act(c.bureau, 'accept')
    await c.sys.refused(400, 'PUT', '/settings/work.hours', { value: '9-5', version: 0 })
    // other hours: running clocks are worked out anew, as by a calendar
    const before = one.due_at
    await c.sys.put('/settings/work.hours', { value: '09:00-12:00', version: 0 })
    for (let i = 0; one.due_at === before; i++, one = await c.police.get('/cases/' + one.case_id)) {
      assert.ok(i < 200, 'the clock did not move')
      await new Promise((done) => setTimeout(done, 50))
    }
    await c.sys.put('/settings/work.hours', { value: '09:00-12:00,13:30-17:30', version: 1 })
  })

  test('live: a step is told to those who work on cases', async () => {
    const stop = new AbortController()
    const stream = await fetch(c.server.url + '/api/v1/events', { headers: { cookie: c.police.cookie }, signal: stop.signal })
    const reading = (async () => {
      let text = ''
      for await (const chunk of stream.body) {
        text += Buffer.from(chunk).toString()
        if (text.includes('"topic":"case"')) return text
      }
    })()
    await act(c.officer, 'pause', { note: '等待补充材料' })
    assert.equal(one.light, 'paused')
    const text = await reading
    assert.match(text, new RegExp(`"topic":"case","subject":"${one.case_id}"`))
    stop.abort()
  })

  reminders(() => c)
  messages(() => c)

  test('a shorter limit and another calendar are rehearsed on what was, before they are published', async () => {
    const share = async () => (await c.bureau.get('/processes')).items.find((item) => item.name === 'share_request')
    const now = await share()
    const plain = await c.bureau.post('/processes/share_request/rehearse', { document: now.document })
    assert.ok(plain.cases >= 8 && plain.steps > plain.cases)
    const document = structuredClone(now.document)
    for (const state of document.states) if (state.limit) state.limit = { hours: 1 }
    assert.equal((await share()).version, now.version) // nothing was published
    const year = new Date().getFullYear()
    const tried = await c.bureau.post('/processes/share_request/rehearse', { document, year, days: [] })
    assert.equal(tried.cases, plain.cases)
    assert.ok(tried.after.amber >= plain.after.amber)
    document.states[0].turn = 'mayor'
    await c.bureau.refused(400, 'POST', '/processes/share_request/rehearse', { document })
    await c.officer.refused(403, 'POST', '/processes/share_request/rehearse', { document: now.document })
  })
})
