// City events over the real server: reported with pictures, accepted, verified, filed, dispatched by the list of duties, handled,
// checked, closed and rated; by-ways; other systems; what each may see; bad input.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, Client, folder, yiwang } from './harness.mjs'
import { heic, jpeg, webp } from './event_photos.mjs'

suite('city events', (engine) => {
  let server, grid, grid2, dispatcher, dispatcher2, supervisor, operator, water, urban, sys, alarm, one
  const at = { lon: 120.2841, lat: 31.9102 }
  const report = (change = {}, client = grid) => client.post('/city-events', { class_code: 'B0101', ...at, address: '澄江路 12 号门口', description: '井盖缺失', ...change })
  const seen = (client, id = one.case_id) => client.get('/cases/' + id)
  async function act(client, action, body = {}, id = one.case_id) {
    const before = await seen(client, id)
    return client.post(`/cases/${id}/actions/${action}`, { version: before.version, ...body })
  }
  const orgs = {}
  const photo = (client, bytes, name = 'a.jpg') => client.ok('POST', '/event-photos?name=' + name, bytes, { 'content-type': 'application/octet-stream' })
  async function dispatched(change) {
    one = await report(change)
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    return act(dispatcher, 'dispatch', { form: { org_id: orgs['演示市水务局'] } })
  }

  before(async () => {
    server = await Server.fresh(engine)
    const as = (login) => server.as(login)
    grid = await as('cg.grid'); grid2 = await as('cg.grid2'); dispatcher = await as('cg.dispatcher'); dispatcher2 = await as('cg.dispatcher2')
    supervisor = await as('cg.supervisor'); operator = await as('cg.operator'); water = await as('sw.handler'); urban = await as('cgj.handler'); sys = await as('sysadmin')
    for (const org of (await sys.get('/orgs')).items) orgs[org.name] = org.org_id
    alarm = new Client(server)
    alarm.key = server.credentials()['cg.alarm']
  })
  after(() => server?.stop())

  test('classes are of the pack: big and small, with conditions and limits', async () => {
    const classes = (await grid.get('/event-classes')).items
    assert.ok(classes.filter((c) => c.parent).length > 70)
    const cover = classes.find((c) => c.code === 'B0101')
    assert.deepEqual([cover.kind, cover.parent, cover.needs, cover.metres], ['component', 'B01', ['place'], 30])
    assert.deepEqual(cover.limits.accept, { work_hours: 1 })
    assert.deepEqual(cover.conditions[0].limits, { dispose: { hours: 4 } })
    for (const { code, conditions } of classes) for (const one of conditions) assert.ok(one.text_en && one.closing_en, `${code} ${one.no} has its English`)
  })

  test('a picture keeps neither place nor words; what it said is a proposal', async () => {
    const kept = await photo(grid, jpeg({ place: [120.2843, 31.9101] }))
    assert.equal(kept.type, 'image/jpeg')
    assert.ok(Math.abs(kept.place[0] - 120.2843) < 1e-5 && Math.abs(kept.place[1] - 31.9101) < 1e-5)
    assert.match(kept.taken_at, /^2026-11-20T09:30:00\+08:00/)
    const bytes = Buffer.from((await grid.call('GET', '/event-photos/' + kept.photo_id)).body)
    for (const gone of ['2026:11:20', 'secret comment', 'trailing bytes']) assert.equal(bytes.includes(gone), false, gone)
    assert.equal(bytes.includes('Exif'), true, 'which way is up stays')
    await water.refused(404, 'GET', '/event-photos/' + kept.photo_id)
    const zero = await photo(grid, jpeg({ place: [0, 0] }))
    assert.deepEqual([zero.place, zero.bad_place], [null, true])
    assert.equal((await photo(grid, webp, 'b.webp')).type, 'image/webp')
    const apple = await photo(grid, heic({ place: [120.2843, 31.9101] }), 'c.heic')
    assert.deepEqual([apple.type, apple.stripped, Math.abs(apple.place[0] - 120.2843) < 1e-5, apple.taken_at.slice(0, 16)], ['image/heic', true, true, '2026-11-20T09:30'])
    const left = Buffer.from((await grid.call('GET', '/event-photos/' + apple.photo_id)).body)
    assert.ok(left.includes('coded picture'))
    for (const gone of ['2026:11:20', 'secret', 'trailing bytes']) assert.equal(left.includes(gone), false, gone)
    const refusal = async (bytes, rule, words) => {
      const answer = await grid.refused(400, 'POST', '/event-photos?name=x.jpg', bytes, { 'content-type': 'application/octet-stream' })
      assert.deepEqual([answer.errors?.[0]?.rule ?? answer.rule, words.test(JSON.stringify(answer))], [rule, true], JSON.stringify(answer))
    }
    await refusal(Buffer.from('%PDF-1.7 no picture'), 'photo_type', /x\.jpg” is no picture that is taken: it is a file of kind PDF/)
    await refusal(jpeg().subarray(0, 400), 'photo_broken', /x\.jpg” begins as image\/jpeg, but its (SOF|SOS|EOI) is missing/)
    await refusal(Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'photo_broken', /but its meta is missing/)
    await refusal(Buffer.from('\xff\xd8\xff\xfe\0\x0a<script>\xff\xd9', 'latin1'), 'photo_broken', /but its SOF is missing/)
    const large = await grid.call('POST', '/event-photos?name=x.jpg', Buffer.alloc((40 << 20) + 1), { 'content-type': 'application/octet-stream' })
      .catch((cut) => ({ status: cut.cause?.code })) // the server may close before the client has sent all
    assert.ok([413, 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(large.status), String(large.status))
  })

  test('from report to rating', async () => {
    const before = await photo(grid, jpeg({ place: [at.lon, at.lat] }))
    one = await report({ photos: [before.photo_id], outside_number: 'draft-1' })
    assert.match(one.number, /^SJ-\d{4}-\d{6}$/)
    assert.deepEqual([one.state, one.light, one.class_code, one.photos.length, one.photos[0].stage], ['accept', 'green', 'B0101', 1, 'report'])
    assert.equal((await report({ outside_number: 'draft-1' })).case_id, one.case_id, 'the same draft twice is one event')
    await grid.refused(400, 'POST', '/city-events', { class_code: 'B0101', ...at, photos: [before.photo_id] })
    assert.ok((await dispatcher.get('/inbox')).items.some((item) => item.case_id === one.case_id))
    await act(dispatcher, 'accept')
    assert.ok((await grid.get('/inbox')).items.some((item) => item.case_id === one.case_id), 'the officer verifies')
    await act(grid, 'verify_true', { form: { photos: [(await photo(grid, jpeg())).photo_id] } })
    await dispatcher.refused(400, 'POST', `/cases/${one.case_id}/actions/file`, { version: (await seen(dispatcher)).version, form: { condition_no: 9 } })
    await act(dispatcher, 'file', { form: { condition_no: 1, grade: 'large' } })
    let shown = await dispatcher.get('/city-events/' + one.case_id)
    assert.deepEqual([shown.state, shown.condition_no, shown.grade], ['dispatch', 1, 'large'])
    assert.deepEqual([shown.proposal[0].org_name, shown.proposal[0].class_code], ['演示市水务局', 'B0101'])
    assert.match(shown.proposal[0].basis, /职责清单第 1 项/)
    assert.ok(shown.proposal.length >= 2, 'alternatives')
    const other = await dispatcher.refused(400, 'POST', `/cases/${one.case_id}/actions/dispatch`, { version: shown.version, form: { org_id: orgs['演示市城市管理局'] } })
    assert.match(JSON.stringify(other), /not_proposed/)
    await water.refused(404, 'GET', '/city-events/' + one.case_id)
    const sent = Date.now()
    assert.match(JSON.stringify(await dispatcher.refused(400, 'POST', `/cases/${one.case_id}/actions/dispatch`, { version: shown.version, form: { org_id: orgs['演示市水务局'], duty_id: '12345' } })), /unknown_duty/)
    const dispatched = await act(dispatcher, 'dispatch', { form: { org_id: orgs['演示市水务局'], duty_id: shown.proposal[0].duty_id } })
    assert.deepEqual([dispatched.events[0].form.unit, dispatched.events[0].form.duty], ['演示市水务局', shown.proposal[0].basis], 'by their words')
    const clock = await seen(water)
    assert.ok(Math.abs(Date.parse(clock.due_at) - sent - 4 * 3600e3) < 60e3, 'four hours from dispatch, by its condition: ' + clock.due_at)
    const signed = await act(water, 'sign')
    assert.equal(signed.due_at, clock.due_at, 'signing does not begin the clock anew')
    await act(water, 'finish', { note: '已更换井盖', form: { photos: [(await photo(water, jpeg())).photo_id] } })
    await act(grid, 'check_good')
    await act(dispatcher, 'close')
    await act(grid, 'rate', { form: { stars: 5 } })
    shown = await supervisor.get('/city-events/' + one.case_id)
    assert.deepEqual([shown.state, shown.outcome, shown.stars, shown.photos.map((p) => p.stage).join()], ['done', 'closed', 5, 'report,verify_true,finish'])
  })

  test('returned once, the second time ruled; paused and extended only with approval; reworked', async () => {
    await dispatched()
    const due = (await seen(water)).due_at
    await act(water, 'return', { note: '不属于我局', form: { duty: '职责清单第 5 项：由城管局负责' } })
    await act(dispatcher, 'dispatch', { form: { org_id: orgs['演示市城市管理局'], reason: '水务局引用第 5 项' } })
    // cited from the list: a line as it says now, of the class or the unit's own
    const event = await urban.get('/city-events/' + one.case_id), line = event.proposal.find((duty) => duty.org_id === orgs['演示市水务局'])
    assert.ok(line && event.duties.length && event.duties.every((duty) => duty.org_id === orgs['演示市城市管理局']), JSON.stringify(event.duties))
    assert.deepEqual((await dispatcher.get('/city-events/' + one.case_id)).duties, [])
    const cite = async (form) => { const { field, rule } = await urban.refused(400, 'POST', `/cases/${one.case_id}/actions/return`, { version: (await seen(urban)).version, note: '不属于我局', form }); return [field, rule] }
    assert.deepEqual(await cite({ duty_id: line.duty_id, duty: '清单里没有的话' }), ['form.duty', 'quoted'])
    assert.deepEqual(await cite({ duty_id: '12', duty: line.basis }), ['form.duty_id', 'unknown_duty'])
    assert.equal((await cite({ duty_id: line.duty_id }))[0], 'form.duty')
    const ruled = await act(urban, 'return', { note: '不属于我局', form: { duty_id: line.duty_id, duty: line.basis } })
    assert.deepEqual([ruled.state, ruled.events[0].form.duty, ruled.events[0].form.duty_id], ['ruling', line.basis, line.duty_id])
    await act(supervisor, 'rule', { note: '由水务局处置', form: { org_id: orgs['演示市水务局'] } })
    const again = await seen(water)
    assert.ok(again.may.find((m) => m.action === 'return').blocked, 'no third return')
    await act(water, 'ask_hang', { form: { reason: '等待备件', term: { work_days: 2 } } })
    assert.equal((await act(supervisor, 'approve_hang', { note: '同意' })).light, 'paused')
    await act(water, 'resume')
    const running = (await seen(water)).due_at
    await act(water, 'ask_postpone', { form: { reason: '连日暴雨', term: { days: 2 } } })
    await act(supervisor, 'approve_postpone', { note: '同意延期' })
    assert.equal(Date.parse((await seen(water)).due_at) - Date.parse(running), 2 * 86400e3)
    await act(water, 'finish', { note: '完成' })
    await act(grid, 'check_bad', { note: '仍有松动' })
    await act(dispatcher, 'rework', { note: '请加固' })
    const listed = (await supervisor.get('/city-events?q=' + one.number)).items[0]
    assert.deepEqual([listed.returns, listed.reworks, listed.state], [2, 1, 'dispose'])
    assert.ok(due)
    // opened again it is as new: the ruling was on what was closed
    await act(water, 'finish', { note: '完成' })
    await act(grid, 'check_good')
    await act(dispatcher, 'close')
    await act(dispatcher, 'reopen', { note: '又坏了' })
    await act(dispatcher, 'dispatch', { form: { org_id: orgs['演示市水务局'] } })
    assert.equal((await act(water, 'return', { note: '这次不归我局', form: { duty: '职责清单第 5 项' } })).state, 'dispatch')
  })

  test('several units: the parent waits for its parts', async () => {
    const seenAt = (await photo(grid, jpeg())).photo_id, pictures = async (client, id) => (await client.get('/city-events/' + id)).photos.map((one) => one.photo_id)
    one = await report({ class_code: 'S0405', description: '积水并有井盖冲开', photos: [seenAt] })
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    const parent = one.case_id
    await water.refused(404, 'GET', '/event-photos/' + seenAt)
    await act(dispatcher, 'split', { form: { parts: [{ org_id: orgs['演示市水务局'], words: '排水' }, { org_id: orgs['演示市城市管理局'], words: '围挡警示' }] } })
    const parts = (await dispatcher.get('/city-events/' + parent)).parts
    assert.equal(parts.length, 2)
    // each unit reads what it is to do and of what it is a part, and sees what was reported
    const part = await water.get('/city-events/' + parts[0].case_id)
    assert.deepEqual([part.class_code, part.part, part.parent_id, parts.map((one) => one.words), parts[0].state_title], ['S0405', { number: one.number, words: '排水' }, parent, ['排水', '围挡警示'], '待签收'])
    assert.equal((await water.call('GET', '/event-photos/' + seenAt)).status, 200)
    assert.equal((await dispatcher.get('/city-events/' + parent)).part, null)
    await act(water, 'finish', { note: '已排' }, parts[0].case_id)
    assert.equal((await seen(dispatcher, parent)).state, 'parts')
    const done = (await photo(urban, jpeg())).photo_id
    await act(urban, 'finish', { note: '已围', form: { photos: [done] } }, parts[1].case_id)
    assert.equal((await seen(dispatcher, parent)).state, 'check')
    // who checks sees what was done; a unit sees its own and what was reported, not the other's
    assert.deepEqual([await pictures(grid, parent), await pictures(urban, parts[1].case_id), await pictures(water, parts[0].case_id)], [[seenAt, done], [seenAt, done], [seenAt]])
    assert.equal((await grid.call('GET', '/event-photos/' + done)).status, 200)
    await water.refused(404, 'GET', '/event-photos/' + done)
    const mine = (await grid.get('/city-events?mine=true')).items.map((one) => one.case_id)
    assert.ok(mine.includes(parent) && !parts.some((one) => mine.includes(one.case_id)), 'a part is nobody\'s report')
    // it has no unit of its own: redone, it is dispatched anew and never waits for nobody
    await act(grid, 'check_bad', { note: '仍有积水' }, parent)
    const redone = await act(dispatcher, 'rework', { note: '重新派遣' }, parent)
    assert.deepEqual([redone.state, !!redone.may.find((may) => may.action === 'parts_enough').blocked], ['dispatch', true], 'nothing was redone')
    // what they were asked for in confidence names nobody
    one = await report({ channel: 'hotline', reporter_name: '张三丰', reporter_phone: '13812345678', confidential: true }, operator)
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    await act(dispatcher, 'split', { form: { parts: [{ org_id: orgs['演示市水务局'], words: '联系张三丰 13812345678 看现场' }, { org_id: orgs['演示市城市管理局'], words: '围挡' }] } })
    const [quiet] = (await dispatcher.get('/city-events/' + one.case_id)).parts
    for (const path of ['/city-events/', '/cases/']) assert.doesNotMatch(JSON.stringify(await water.get(path + quiet.case_id)), /张三丰|13812345678/)
    assert.match(quiet.words, /联系\[已隐去\].*看现场/)
  })

  test('parts end with what they are part of; none of them done is nothing done; a supervisor cancels at any stage', async () => {
    const parts = [{ org_id: orgs['演示市水务局'], words: '排水' }, { org_id: orgs['演示市城市管理局'], words: '围挡' }]
    const split = async () => {
      await act(dispatcher, 'split', { form: { parts } })
      return (await dispatcher.get('/city-events/' + one.case_id)).parts.filter((part) => !part.closed_at).map((part) => part.case_id)
    }
    one = await report()
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    let [first, second] = await split()
    await act(supervisor, 'cancel', { note: '误派' }, first)
    assert.equal((await seen(dispatcher)).state, 'parts')
    await act(supervisor, 'cancel', { note: '误派' }, second)
    assert.equal((await seen(dispatcher)).state, 'dispatch', 'nothing was done, nothing is to be checked')
    ;[first, second] = await split()
    await act(water, 'sign', {}, first)
    await act(water, 'ask_hang', { form: { reason: '等待备件', term: { work_days: 2 } } }, first)
    assert.equal((await act(supervisor, 'call_off_parts', { note: '一家即可' })).state, 'dispatch')
    const off = await seen(water, first)
    assert.deepEqual([off.outcome, off.events[0].note, (await seen(urban, second)).outcome], ['cancelled', one.number + '：一家即可', 'cancelled'])
    for (const [unit, id] of [[water, first], [urban, second]]) assert.ok((await unit.get('/notices')).items.some((notice) => notice.about === '/events/' + id && notice.title.startsWith('随主案撤回')))
    ;[first, second] = await split()
    await dispatcher.refused(403, 'POST', `/cases/${one.case_id}/actions/cancel`, { version: (await seen(dispatcher)).version, note: '误报' })
    const over = await act(supervisor, 'cancel', { note: '误报' })
    assert.deepEqual([over.outcome, over.children_open, (await seen(water, first)).outcome, (await seen(urban, second)).outcome], ['cancelled', 0, 'cancelled', 'cancelled'])
    // with the lead, with a clock that stands, before it is closed
    await dispatched()
    await act(water, 'ask_hang', { form: { reason: '等待备件', term: { work_days: 2 } } })
    assert.ok((await seen(supervisor)).may.some((may) => may.action === 'cancel'))
    await act(supervisor, 'approve_hang', { note: '同意' })
    const hung = await act(supervisor, 'cancel', { note: '重复上报' })
    assert.deepEqual([hung.outcome, hung.paused_at, hung.light], ['cancelled', null, 'none'])
    assert.ok((await water.get('/notices')).items.some((notice) => notice.about === '/events/' + one.case_id && notice.title.startsWith('作废')))
    await dispatched()
    await act(water, 'finish', { note: '完成' })
    await act(grid, 'check_good')
    assert.equal((await act(supervisor, 'cancel', { note: '重复上报' })).outcome, 'cancelled')
  })

  test('filed under another class than it was reported under: name, kind, conditions and limits are that one\'s', async () => {
    one = await report()
    const refused = await dispatcher.refused(400, 'POST', `/cases/${one.case_id}/actions/file`, { version: one.version, form: { class_code: 'S0405', condition_no: 99 } })
    assert.equal(refused.field, 'form.condition_no')
    const before = one.title, { title } = (await grid.get('/event-classes')).items.find((item) => item.code === 'S0405')
    const filed = await act(dispatcher, 'file', { form: { class_code: 'S0405', condition_no: 1 } })
    const shown = await dispatcher.get('/city-events/' + one.case_id)
    assert.deepEqual([shown.class_code, shown.kind, shown.class.title, shown.title, filed.title, filed.kind], ['S0405', 'event', title, title + before.slice(before.indexOf(' · ')), shown.title, 'event'])
    assert.equal((await dispatcher.get('/city-events?q=' + encodeURIComponent(title))).items[0].case_id, one.case_id, 'and it is found by it')
  })

  test('what may be the same is shown with its pictures, linked and merged, never lost', async () => {
    const first = await report({ class_code: 'S0102', lon: 120.31, lat: 31.93, photos: [(await photo(grid, jpeg())).photo_id], address: '小区东门' })
    const alike = (await grid2.get('/city-events/alike?class_code=S0102&lon=120.3101&lat=31.93')).items
    assert.deepEqual([alike[0].case_id, alike[0].photos.length, alike[0].metres < 20, alike[0].score > 800], [first.case_id, 1, true, true])
    assert.equal(Buffer.from((await grid2.call('GET', '/event-photos/' + alike[0].photos[0].photo_id)).body).subarray(0, 2).toString('hex'), 'ffd8')
    assert.equal((await grid2.get('/city-events/alike?class_code=S0102&lon=120.32&lat=31.93')).items.length, 0)
    one = await report({ class_code: 'S0102', lon: 120.3101, lat: 31.93 }, grid2)
    const shown = await dispatcher.get('/city-events/' + one.case_id)
    assert.deepEqual(shown.duplicates.map((d) => [d.case_id, d.link]), [[first.case_id, 'shown']])
    await act(dispatcher, 'merge', { form: { case_id: first.case_id } })
    assert.equal((await dispatcher.get('/city-events/' + one.case_id)).merged_into, first.case_id)
    assert.equal((await dispatcher.get('/city-events/' + first.case_id)).duplicates.find((d) => d.case_id === one.case_id).link, 'merged')
    // the main one goes on or was done, and is neither a part of it nor what it is part of
    const off = await report({ class_code: 'S0102', lon: 120.33, lat: 31.93 })
    await act(dispatcher, 'refuse', { note: '不在范围' }, off.case_id)
    const wrong = async (main, id) => { const { field, rule } = await dispatcher.refused(400, 'POST', `/cases/${id}/actions/merge`, { version: (await seen(dispatcher, id)).version, form: { case_id: main } }); assert.deepEqual([field, rule], ['form.case_id', 'main']) }
    const whole = await report({ class_code: 'S0102', lon: 120.34, lat: 31.93 })
    await wrong(off.case_id, whole.case_id)
    await act(dispatcher, 'file', { form: { condition_no: 1 } }, whole.case_id)
    await act(dispatcher, 'split', { form: { parts: [{ org_id: orgs['演示市水务局'], words: '清理' }] } }, whole.case_id)
    const [piece] = (await dispatcher.get('/city-events/' + whole.case_id)).parts
    await act(dispatcher, 'recall', { note: '派错单位' }, piece.case_id)
    await wrong(whole.case_id, piece.case_id)
    const third = await report({ class_code: 'S0102', lon: 120.31005, lat: 31.93 })
    await dispatcher.ok('POST', `/city-events/${third.case_id}/apart`, { other: first.case_id })
    assert.equal((await dispatcher.get('/city-events/' + third.case_id)).duplicates.find((d) => d.case_id === first.case_id).link, 'apart')
  })

  test('two dispatchers at once: one wins; only who reported withdraws it', async () => {
    one = await report()
    for (const client of [dispatcher, operator]) {
      const refused = await client.refused(409, 'POST', `/cases/${one.case_id}/actions/withdraw`, { version: (await seen(client)).version, note: '不要了' })
      assert.match(JSON.stringify(refused), /"guard".*Whoever reported it withdraws it/)
    }
    assert.equal((await act(grid, 'withdraw', { note: '看错了' })).outcome, 'cancelled')
    one = await report({ channel: 'hotline' }, dispatcher) // the telephone log of a desk
    assert.equal((await act(operator, 'withdraw', { note: '来电人说不用了' })).outcome, 'cancelled', 'the hotline speaks for the caller')
    one = await report()
    const version = (await seen(dispatcher)).version
    const answers = await Promise.all([dispatcher, dispatcher2].map((d) => d.call('POST', `/cases/${one.case_id}/actions/file`, { version, form: { condition_no: 2 } })))
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, 409])
  })

  test('a reporter is sealed, masked, and hidden from handlers when confidential', async () => {
    one = await report({ channel: 'hotline', reporter_name: '张三丰', reporter_phone: '13812345678', confidential: true }, operator)
    assert.deepEqual((await dispatcher.get('/city-events/' + one.case_id)).reporter, { name: '张*丰', phone: '138****5678', confidential: true })
    await dispatcher.refused(404, 'POST', `/city-events/${one.case_id}/reporter`, { reason: '想知道' })
    for (const client of [supervisor, operator]) assert.equal((await client.post(`/city-events/${one.case_id}/reporter`, { reason: '回访核实' })).phone, '13812345678')
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    await act(dispatcher, 'dispatch', { note: '请联系张三丰，电话 13812345678', form: { org_id: orgs['演示市水务局'], reason: '张三丰要求' } })
    await act(water, 'ask_postpone', { form: { reason: '等张先生 138-1234-5678 回电', term: { days: 2 } } })
    assert.match((await act(supervisor, 'approve_postpone', { note: '同意，请告知张三丰' })).events[0].note, /^同意，请告知\[已隐去\]$/)
    const hidden = await water.get('/city-events/' + one.case_id)
    assert.equal(hidden.reporter, null)
    for (const text of [JSON.stringify(hidden), JSON.stringify(await seen(water))]) assert.doesNotMatch(text, /张三丰|13812345678/)
    await water.refused(404, 'POST', `/city-events/${one.case_id}/reporter`, { reason: '联系群众' })
    await grid.refused(403, 'POST', '/city-events', { class_code: 'B0101', ...at, channel: 'hotline' })
  })

  test('what was sent to the wrong unit is taken back, and the unit hears of it', async () => {
    await dispatched()
    const taken = await act(dispatcher, 'recall', { note: '派错单位' })
    assert.deepEqual([taken.state, taken.returns], ['dispatch', 0], 'not counted as a return of the unit')
    assert.ok(taken.may.some((may) => may.action === 'parts_enough' && may.blocked), 'no part of it is done')
    assert.ok((await water.get('/notices')).items.some((notice) => notice.title.includes(one.number) && notice.title.startsWith('收回改派')))
    assert.ok(!(await water.get('/inbox')).items.some((item) => item.case_id === one.case_id))
    await act(dispatcher, 'dispatch', { form: { org_id: orgs['演示市水务局'] } })
    await act(water, 'sign')
    await dispatcher.refused(403, 'POST', `/cases/${one.case_id}/actions/recall_signed`, { version: (await seen(dispatcher)).version, note: '派错单位' })
    assert.equal((await act(supervisor, 'recall_signed', { note: '派错单位' })).state, 'dispatch')
  })

  test('the place is set later, by address or by coordinates, and its areas anew', async () => {
    one = await report({ channel: 'hotline', lon: undefined, lat: undefined, address: '北门外那棵大树旁' }, operator)
    assert.deepEqual([one.lon, one.area_text, one.located], [null, '', 'none'])
    const wrong = await dispatcher.refused(400, 'POST', `/cases/${one.case_id}/actions/place`, { version: one.version, form: { address: '没有的路 1 号' } })
    assert.match(JSON.stringify(wrong), /form\.address/)
    await dispatcher.refused(400, 'POST', `/cases/${one.case_id}/actions/place`, { version: one.version, form: { lon: 0, lat: 0 } })
    await supervisor.post('/place/addresses', Buffer.from('id,standard,lon,lat\n1,演示市朝阳路10号,120.285,31.911\n2,演示市朝阳路18号,120.287,31.911\n'), { 'content-type': 'application/octet-stream' })
    const standard = (await grid.get('/place/addresses?q=' + encodeURIComponent('朝阳路10号'))).items[0]
    await act(dispatcher, 'place', { form: { address: standard.standard } })
    let placed = await dispatcher.get('/city-events/' + one.case_id)
    assert.deepEqual([placed.located, placed.lon, placed.address, placed.state], ['address', standard.lon, standard.standard, 'accept'])
    await act(supervisor, 'place', { form: { lon: at.lon, lat: at.lat }, note: '现场核对' })
    placed = await dispatcher.get('/city-events/' + one.case_id)
    assert.deepEqual([placed.located, placed.lon, placed.address], ['point', at.lon, standard.standard])
    assert.ok(placed.proposal.length, 'and the list of duties is asked again')
  })

  test('an address alone is a place where it is clearly one of the standard ones', async () => {
    const made = await report({ lon: undefined, lat: undefined, address: '演示市朝阳路10号' })
    assert.deepEqual([made.located, made.lon !== null], ['address', true])
    const unclear = await grid.refused(400, 'POST', '/city-events', { class_code: 'B0101', address: '朝阳路', description: '井盖缺失' })
    assert.match(JSON.stringify(unclear), /"address".*朝阳路/)
    await grid.refused(400, 'POST', '/city-events', { class_code: 'B0101', address: '不知道在哪儿' })
  })

  test('a part that its unit returns is not done: the event goes back to be dispatched', async () => {
    const split = async () => {
      one = await report()
      await act(dispatcher, 'file', { form: { condition_no: 1 } })
      await act(dispatcher, 'split', { form: { parts: [{ org_id: orgs['演示市水务局'], words: '补装井盖' }, { org_id: orgs['演示市城管执法大队'] ?? orgs['演示市城市管理局'], words: '围挡现场' }] } })
      return (await dispatcher.get('/city-events/' + one.case_id)).parts
    }
    const of = (parts, name) => parts.find((part) => part.supplier_org_name === name).case_id
    let parts = await split()
    await act(water, 'return', { note: '不归我管', form: { duty: '三定方案第五条' } }, of(parts, '演示市水务局'))
    assert.equal((await seen(dispatcher)).state, 'parts', 'the other part is open')
    const second = parts.find((part) => part.supplier_org_name !== '演示市水务局')
    await act(urban, 'finish', { note: '已围挡' }, second.case_id)
    let now = await seen(dispatcher)
    assert.deepEqual([now.state, now.returns], ['dispatch', 1])
    assert.deepEqual((await dispatcher.get('/city-events/' + one.case_id)).parts.map((part) => part.state).sort(), ['cancelled', 'done'])
    assert.equal((await act(dispatcher, 'parts_enough', { note: '围挡即可' })).state, 'check')
    parts = await split()
    for (const [client, part] of [[water, parts[0]], [urban, parts[1]]].map(([, part]) => [part.supplier_org_name === '演示市水务局' ? water : urban, part]))
      await act(client, 'finish', { note: '已办' }, part.case_id)
    assert.equal((await seen(dispatcher)).state, 'check')
  })

  test('only who asked, or the hotline that called back, says how content he is', async () => {
    await dispatched()
    await act(water, 'finish', { note: '已更换' })
    await act(grid, 'check_good')
    await act(dispatcher, 'close')
    const version = (await seen(dispatcher)).version
    for (const action of ['rate', 'not_content']) assert.match(JSON.stringify(await dispatcher.refused(409, 'POST', `/cases/${one.case_id}/actions/${action}`,
      { version, ...(action === 'rate' ? { form: { stars: 5 } } : { note: '不满意' }) })), /guard/)
    assert.ok(!(await seen(dispatcher)).may.some((may) => may.action === 'rate' && !may.blocked))
    await act(grid, 'rate', { form: { stars: 4 } })
    assert.equal((await supervisor.get('/city-events/' + one.case_id)).stars, 4)
  })

  test('what is dispatched already can still be merged, by who leads; what was not filed is filed when it is opened again', async () => {
    const first = await report()
    await dispatched({ address: '同一处' })
    await dispatcher.refused(403, 'POST', `/cases/${one.case_id}/actions/merge_late`, { version: (await seen(dispatcher)).version, note: '同一件事', form: { case_id: first.case_id } })
    assert.equal((await act(supervisor, 'merge_late', { note: '同一件事', form: { case_id: first.case_id } })).state, 'merged')
    assert.ok((await water.get('/notices')).items.some((notice) => notice.title.startsWith('并案') && notice.title.includes(one.number)))
    await act(dispatcher, 'refuse', { note: '不属于城市管理' }, first.case_id)
    assert.equal((await act(dispatcher, 'reopen_refused', { note: '重新看过' }, first.case_id)).state, 'file')
  })

  test('another system: only when named, each item by itself, repeated harmlessly, its state by its number', async () => {
    const items = [{ outside_number: 'A-1', class_code: 'S0405', lon: 120.2, lat: 31.9 }, { outside_number: 'A-2', class_code: 'nope', lon: 120.2, lat: 31.9 },
      { outside_number: 'A-3', class_code: 'S0405', lon: 0, lat: 0 }, { class_code: 'S0405', lon: 120.2, lat: 31.9 }]
    await alarm.refused(403, 'POST', '/city-events/batch', { items })
    const account = (await sys.get('/accounts?q=cg.alarm')).items[0].account_id
    await supervisor.ok('PUT', '/event-sources/' + account, { channel: 'alarm', note: '积水监测', active: true })
    const first = await alarm.post('/city-events/batch', { items })
    assert.deepEqual(first.items.map((item) => [item.result, item.rule]), [['taken', undefined], ['refused', 'class_unknown'], ['refused', 'coordinates_zero'], ['refused', 'required']])
    const again = await alarm.post('/city-events/batch', { items })
    assert.deepEqual([again.items[0].result, again.items[0].case_id, again.taken], ['repeated', first.items[0].case_id, 0])
    // nothing of another type is passed over: "true" taken as no would show who wants to stay unknown
    const wrong = { confidential: 'true', description: 5, lon: '120.2', happened_at: 1, reporter_phone: 13800000000 }
    const typed = await alarm.post('/city-events/batch', { items: [...Object.entries(wrong).map(([name, value]) => ({ ...items[0], outside_number: 'T-' + name, [name]: value })), 'x', null,
      { ...items[0], outside_number: 'T-swapped', lon: 31.9, lat: 120.2 }, { ...items[0], outside_number: 'T-null', address: null, confidential: null }] })
    assert.deepEqual(typed.items.map((item) => [item.field, item.value, item.rule]), [['confidential', '"true"', 'type'], ['description', '5', 'type'], ['lon', '"120.2"', 'type'], ['happened_at', '1', 'type'],
      ['reporter_phone', '13800000000', 'type'], ['items', '"x"', 'type'], ['items', 'null', 'type'], ['lon', '31.9,120.2', 'crs'], [undefined, undefined, undefined]])
    assert.ok(typed.items.slice(0, 8).every((item) => item.advice))
    assert.match(typed.items[7].advice, /swapped/)
    assert.equal(typed.items[8].result, 'taken')
    const state = await alarm.get('/city-events/by-number?outside_number=A-1')
    assert.deepEqual([state.state, state.number], ['accept', first.items[0].number])
    assert.equal((await dispatcher.get('/city-events?channel=alarm')).items.length, 2)
    await alarm.refused(403, 'POST', '/city-events', { class_code: 'S0405', ...at })
  })

  test('the queue: what waits for one, least time left first, counted, paged; all that runs only for the centre', async () => {
    const all = []
    for (let after = ''; after !== null;) {
      const page = await dispatcher.get('/city-events/queue?limit=3' + (after && '&after=' + after))
      all.push(...page.items)
      after = page.next
    }
    const inbox = (await dispatcher.get('/inbox?limit=200')).items.filter((item) => item.line === 'city')
    assert.deepEqual(all.map((row) => row.case_id), inbox.map((row) => row.case_id), 'as the inbox has it')
    const counts = await dispatcher.get('/city-events/queue/counts')
    assert.equal(counts.total, all.length)
    assert.equal(counts.red + counts.amber + counts.green + counts.paused, all.length)
    assert.equal(counts.states.find((one) => one.state === 'accept').count, all.filter((row) => row.state === 'accept').length)
    assert.ok(counts.states.every((one) => one.state_title && one.state_title_en))
    const running = (await dispatcher.get('/city-events/queue?scope=open&limit=200')).items
    assert.ok(running.length > all.length && running.some((row) => row.turn === 'supplier'))
    assert.ok(running.every((row, at) => at === 0 || (running[at - 1].due_at ?? '9') <= (row.due_at ?? '9')))
    const some = (await dispatcher.get(`/city-events/queue?scope=open&class=S&state=accept&q=${encodeURIComponent(running.find((row) => row.class_code[0] === 'S' && row.state === 'accept').number)}`)).items
    assert.deepEqual(some.map((row) => [row.class_code[0], row.state]), [['S', 'accept']])
    assert.equal((await dispatcher.get('/city-events/queue?area=1')).items.length, 0)
    const handlers = (await water.get('/city-events/queue')).items
    assert.ok(handlers.length && handlers.every((row) => row.supplier_org_name === '演示市水务局'))
    await water.refused(403, 'GET', '/city-events/queue?scope=open')
    await dispatcher.refused(400, 'GET', '/city-events/queue?after=nonsense')
    await sys.refused(403, 'GET', '/city-events/queue')
  })

  test('the live stream tells of a case those who may see it, from the step on that makes it theirs', async () => {
    const heard = {}
    const streams = await Promise.all(Object.entries({ dispatcher, water, urban, grid2, operator, sys }).map(async ([name, client]) => {
      const ended = new AbortController()
      const answer = await fetch(server.url + '/api/v1/events', { headers: { cookie: client.cookie }, signal: ended.signal })
      heard[name] = ''
      ;(async () => { for await (const part of answer.body) heard[name] += Buffer.from(part) })().catch(() => {})
      return ended
    }))
    const hears = (name, id) => heard[name].includes(`"subject":"${id}"`)
    async function until(name, id) {
      for (let n = 0; n < 200 && !hears(name, id); n++) await new Promise((done) => setTimeout(done, 20))
      assert.ok(hears(name, id), `${name} hears of it`)
    }
    one = await report()
    await until('dispatcher', one.case_id)
    for (const name of ['water', 'urban', 'sys']) assert.equal(hears(name, one.case_id), false, name)
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    await act(dispatcher, 'dispatch', { form: { org_id: orgs['演示市水务局'] } })
    await until('water', one.case_id)
    assert.equal(hears('urban', one.case_id), false)
    // it goes to another unit: the first one is told that something left it, not what becomes of it
    await act(water, 'return', { note: '不是我局的', form: { duty: '三定方案第五条' } })
    await act(dispatcher, 'dispatch', { form: { org_id: orgs['演示市城市管理局'], reason: '水务局不管' } })
    await until('urban', one.case_id)
    await until('water', orgs['演示市水务局'])
    assert.equal(hears('sys', orgs['演示市水务局']), false)
    assert.ok(!(await water.get('/city-events/queue')).items.some((row) => row.case_id === one.case_id))
    for (const ended of streams) ended.abort()
  })

  test('lists: each sees its own, filtered and paged', async () => {
    const all = await dispatcher.get('/city-events?limit=2')
    assert.equal(all.items.length, 2)
    const next = await dispatcher.get('/city-events?limit=2&after=' + all.next)
    assert.ok(BigInt(next.items[0].case_id) < BigInt(all.items[1].case_id))
    for (const item of (await dispatcher.get('/city-events?class=S04')).items) assert.match(item.class_code, /^S04/)
    for (const item of (await dispatcher.get('/city-events?state=accept&light=green')).items) assert.deepEqual([item.state, item.light], ['accept', 'green'])
    assert.equal((await dispatcher.get('/city-events?from=2099-01-01T00:00:00Z')).items.length, 0)
    for (const item of (await water.get('/city-events')).items) assert.equal(item.supplier_org_name, '演示市水务局')
    const mine = (await grid2.get('/city-events')).items
    assert.ok(mine.length >= 1 && mine.length < (await dispatcher.get('/city-events?limit=200')).items.length)
    await (await server.as('mz.officer')).refused(403, 'GET', '/city-events')
  })

  test('what is sent to the level above stays in the lists and on the map of the centre that sent it', async () => {
    await dispatched({ lon: 120.2849, lat: 31.9109 })
    const row = async (client, query = '') => (await client.get('/city-events?limit=200' + query)).items.find((item) => item.case_id === one.case_id)
    const spot = async (client) => (await client.get('/city-events/map?bbox=120.2848,31.9108,120.2850,31.9110&zoom=18')).items.filter((item) => item.case_id === one.case_id).length
    assert.equal((await row(dispatcher)).raised_to, null)
    await act(supervisor, 'raise', { note: '涉及邻市，请上级会办' })
    for (const client of [dispatcher, supervisor]) {
      const sent = await row(client)
      assert.deepEqual([sent.level, sent.raised_to, await spot(client)], [1, '演示市人民政府', 1])
      assert.equal((await client.get('/city-events/' + one.case_id)).case_id, one.case_id)
      assert.ok((await client.get('/cases?limit=200')).items.some((item) => item.case_id === one.case_id))
    }
    const open = async () => (await dispatcher.get('/city-events/queue?scope=open&limit=200')).items.find((item) => item.case_id === one.case_id)
    assert.equal((await open()).raised_to, '演示市人民政府') // and on the desk's board
    for (const query of [`&unit=${orgs['演示市水务局']}`, '&class=B01', '&light=green', `&q=${one.number}`]) assert.ok(await row(dispatcher, query), query)
    assert.equal((await row(dispatcher, '&state=accept')), undefined)
    await act(supervisor, 'lower', { note: '由本级办理' })
    assert.deepEqual([(await row(dispatcher)).raised_to, await spot(dispatcher)], [null, 1])
  })

  test('a class changes while cases run: they keep theirs until somebody says otherwise; retired: nothing new', async () => {
    await dispatched({ class_code: 'B0102' })
    const due = (await seen(water)).due_at
    const document = { code: 'B0102', title: '污水井盖', title_en: 'Sewer cover', parent: 'B01', limits: { verify: { minutes: 90 }, dispose: { hours: 24 } }, conditions: [{ no: 1, text: '井盖缺失', closing: '恢复完好', limits: { dispose: { hours: 10 } } }] }
    const changed = await supervisor.put('/event-classes/B0102', { version: 1, document })
    assert.equal(changed.version, 2)
    await supervisor.refused(409, 'PUT', '/event-classes/B0102', { version: 1, document })
    await dispatcher.refused(403, 'PUT', '/event-classes/B0102', { version: 2, document })
    assert.equal((await seen(water)).due_at, due)
    const job = await supervisor.post('/event-classes/B0102/recompute', {})
    assert.ok(job.job_id)
    for (let i = 0; (await seen(water)).due_at === due; i++) { assert.ok(i < 100, 'the clock was not worked out anew'); await new Promise((r) => setTimeout(r, 100)) }
    assert.equal(Date.parse((await seen(water)).due_at) - Date.parse(due), 6 * 3600e3)
    await supervisor.put('/event-classes/B0102', { version: 2, document: { ...document, retired: true } })
    assert.match(JSON.stringify(await grid.refused(400, 'POST', '/city-events', { class_code: 'B0102', ...at })), /class_retired/)
    await act(water, 'sign')
    await act(water, 'finish', { note: '完成' })
    await supervisor.refused(400, 'PUT', '/event-classes/B0999', { version: 0, document: { ...document, code: 'B0999', limits: { dispose: { weeks: 1 } } } })
  })

  test('a class says itself what it says, the rest stays with its big class; all that is wrong is named', async () => {
    const big = await supervisor.get('/event-classes/B01'), small = await supervisor.get('/event-classes/B0103')
    assert.deepEqual([big.inherits, big.document.parent, small.limits.accept], [[], undefined, big.limits.accept])
    assert.ok(small.inherits.includes('limits.accept') && small.inherits.includes('hours') && !small.inherits.includes('limits.dispose'), small.inherits.join())
    assert.deepEqual(Object.keys(small.document.limits), ['dispose'])
    // what GET gives with the big class's is no document of its own
    const { document: _own, last_no: _last, ...joined } = small
    assert.equal((await supervisor.refused(400, 'PUT', '/event-classes/B0103', { version: small.version, document: joined })).rule, 'unknown_key')
    // null is not said: the big class's holds, and changes with it
    const conditions = small.document.conditions.map((one) => ({ ...one, limits: null }))
    await supervisor.put('/event-classes/B0103', { version: small.version, document: { ...small.document, limits: null, grade: null, needs: null, metres: null, hours: null, conditions } })
    const before = await supervisor.get('/event-classes/B0103')
    assert.deepEqual([before.limits.dispose, before.document.limits, before.conditions[0].limits, before.last_no], [big.limits.dispose, null, null, small.last_no])
    await supervisor.put('/event-classes/B01', { version: big.version, document: { ...big.document, hours: 99, limits: { ...big.document.limits, dispose: { hours: 77 } } } })
    const after = await supervisor.get('/event-classes/B0103')
    assert.deepEqual([after.limits.dispose, after.hours, after.version], [{ hours: 77 }, 99, before.version])
    await supervisor.put('/event-classes/B01', { version: big.version + 1, document: big.document })
    // every fault at its field, in one answer
    const bad = await supervisor.refused(400, 'PUT', '/event-classes/B0198', { version: 0, document: { code: 'B0198', title: '', title_en: 'New', parent: 'B01', hours: 0, needs: ['hat'],
      limits: { dispose: { weeks: 1 }, check: { hours: null } }, conditions: [{ no: 1, text: '缺失', closing: '' }, { no: 1, text: '破损', closing: '修复', limits: { file: { hours: 2000 } } }] } })
    assert.equal(bad.field, bad.errors[0].field)
    assert.deepEqual(bad.errors.map((one) => one.field).sort(), ['conditions[0].closing', 'conditions[1].limits.file', 'conditions[1].no', 'hours', 'limits.check', 'limits.dispose.weeks', 'needs[0]', 'title'])
    assert.ok(bad.errors.every((one) => one.advice && one.rule))
    // a number that a condition had is not given again: GET says the highest ever used
    const fresh = { code: 'B0198', title: '新类', title_en: 'New', parent: 'B01', conditions: [{ no: 1, text: '缺失', closing: '补装' }, { no: 4, text: '破损', closing: '修复' }] }
    await supervisor.put('/event-classes/B0198', { version: 0, document: fresh })
    assert.equal((await supervisor.refused(409, 'PUT', '/event-classes/B0198', { version: 0, document: fresh })).rule, 'exists')
    await supervisor.put('/event-classes/B0198', { version: 1, document: { ...fresh, conditions: [fresh.conditions[0]] } })
    assert.deepEqual([(await supervisor.get('/event-classes/B0198')).last_no, (await supervisor.get('/event-classes/B0198?version=1')).document.conditions.length], [4, 2])
  })

  test('the list of duties is kept by the supervisor', async () => {
    const line = await supervisor.post('/event-duties', { class_code: 'S0101', org_id: orgs['演示市住房和城乡建设局'], basis: '第 30 项' })
    one = await report({ class_code: 'S0101' })
    assert.equal((await dispatcher.get('/city-events/' + one.case_id)).proposal[0].basis, '第 30 项')
    await supervisor.put('/event-duties/' + line.duty_id, { version: 1, class_code: 'S0101', org_id: orgs['演示市住房和城乡建设局'], basis: '第 31 项', until_day: '2020-01-01', from_day: '2019-01-01' })
    assert.equal((await dispatcher.get('/city-events/' + one.case_id)).proposal[0].org_name, '演示市城市管理局')
    await supervisor.ok('DELETE', `/event-duties/${line.duty_id}?version=2`)
    await dispatcher.refused(403, 'POST', '/event-duties', { class_code: '', org_id: orgs['演示市水务局'], basis: '不可' })
    const nowhere = await supervisor.refused(400, 'POST', '/event-duties', { class_code: 'S0101', area_code: '320281999', org_id: orgs['演示市水务局'], basis: '第 32 项' })
    assert.deepEqual([nowhere.field, nowhere.value, nowhere.rule], ['area_code', '320281999', 'unknown_area'])
    await supervisor.refused(400, 'POST', '/event-duties', { class_code: 'X1', org_id: orgs['演示市水务局'], basis: '第 1 项' })
  })

  test('bad input names the field and says what to do', async () => {
    const bad = async (change, rule) => assert.match(JSON.stringify(await grid.refused(400, 'POST', '/city-events', { class_code: 'B0101', ...at, ...change })), new RegExp(rule))
    await bad({ lon: 0, lat: 0 }, 'coordinates_zero')
    await bad({ lon: 31.91, lat: 120.28 }, 'coordinates')
    await bad({ lat: undefined }, 'required')
    await bad({ crs: 'MARS' }, 'crs')
    await bad({ class_code: 'B01' }, 'class_big')
    await bad({ lon: undefined, lat: undefined }, 'class_needs')
    await bad({ description: '长'.repeat(4001) }, 'description')
    await bad({ happened_at: '2099-01-01T00:00:00Z' }, 'happened_at')
    await bad({ photos: ['x'] }, 'photos')
    const shifted = await report({ crs: 'GCJ02' })
    assert.ok(Math.abs(shifted.lon - at.lon) > 0.002, 'GCJ-02 was brought to CGCS2000')
    await new Client(server).refused(401, 'GET', '/city-events')
  })

  test('other limits, and other days of work, for hundreds of open events: whoever began the job may see how it ends', async () => {
    const items = Array.from({ length: 300 }, (_, i) => ({ outside_number: `M-${i}`, class_code: 'S0102', lon: 120.1 + i * 0.0005, lat: 31.8 }))
    assert.equal((await alarm.post('/city-events/batch', { items })).taken, 300)
    const { version, document } = await supervisor.get('/event-classes/S0102')
    await supervisor.put('/event-classes/S0102', { version, document: { ...document, limits: { accept: { hours: 30 }, dispose: { hours: 8 } } } })
    const ended = async (read) => {
      for (let i = 0; ; i++) {
        const job = await read()
        if (job && !['queued', 'running'].includes(job.state)) return job
        assert.ok(i < 200, 'the job does not end')
        await new Promise((r) => setTimeout(r, 100))
      }
    }
    const { job_id } = await supervisor.post('/event-classes/S0102/recompute', {})
    const job = await ended(() => supervisor.get('/jobs/' + job_id))
    assert.deepEqual([job.state, job.error, job.total], ['reconciled', null, job.result?.seen])
    assert.ok(job.result.changed >= 300, JSON.stringify(job.result))
    const event = (await dispatcher.get('/city-events?class=S0102&limit=1')).items[0]
    const shown = await seen(dispatcher, event.case_id)
    assert.equal(Date.parse(shown.due_at) - Date.parse(event.reported_at), 30 * 3600e3)
    await dispatcher.refused(404, 'GET', '/jobs/' + job_id) // of the same centre, but another began it
    await supervisor.refused(403, 'GET', '/jobs')
    const bureau = await server.as('dsj.shen')
    await sys.put('/calendar/2020', { days: [{ day: '2020-05-01', kind: 'holiday', occasion: '劳动节' }] })
    const worked = await ended(async () => (await bureau.get('/jobs?limit=20')).items.find((one) => one.kind === 'casework.recompute'))
    assert.deepEqual([worked.state, worked.error], ['reconciled', null])
  })

  test('a pack whose duties name an area that does not exist is refused with file and line', async () => {
    const dir = folder('duties')
    writeFileSync(join(dir, 'pack.yaml'), 'pack: own\nversion: 1\ntitle: 自定\ntitle_en: Own\nduties: [duties.csv]\n')
    writeFileSync(join(dir, 'duties.csv'), 'class,area,org,basis\nS0101,,DEMO-SW,第 41 项\nS0101,320281999,DEMO-SW,第 42 项\n')
    await server.stop()
    const made = yiwang('pack', 'load', server.dir, dir, ...(server.store ? ['--store', server.store] : []))
    assert.notEqual(made.status, 0)
    assert.match(made.stderr + made.stdout, /duties\.csv:3: there is no area of the code 320281999/)
  })
})
