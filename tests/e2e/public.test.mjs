// What anybody does without login: reports, with a place in words, by proxy, with pictures; finds it again by number and code; rates it, asks again;
// sees what is done near by, without anything of a person. Forms are posted as a browser without scripts does.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { jpeg } from './event_photos.mjs'

suite('the public', (engine) => {
  let server, dispatcher, water, supervisor
  let visitors = 0 // each call from an address of its own, as a trusted proxy would say
  const page = async (path, form, from = `198.51.100.${++visitors % 250}`) => {
    const headers = { 'x-forwarded-for': from }
    const answer = await fetch(server.url + path, { redirect: 'manual', ...(form ? { method: 'POST', body: new URLSearchParams(form), headers } : { headers }) })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  const draftOf = (text) => /name="draft" value="(\w+)"/.exec(text)[1]
  const fill = async (change = {}) => ({ draft: draftOf((await page('/open/report')).text), class: 'B0101', words: '井盖松动，很危险', address: '澄江路12号', name: '李四', phone: '13911112222', ...change })
  const receipt = (text) => ({ number: /SJ-\d{4}-\d{6}/.exec(text)?.[0], code: /<strong>([2-9A-Z]{8})<\/strong>/.exec(text)?.[1] })
  const caseOf = async (number) => (await dispatcher.get('/city-events?q=' + number)).items[0]
  const act = async (who, id, action, body = {}) => who.post(`/cases/${id}/actions/${action}`, { version: (await who.get('/cases/' + id)).version, ...body })

  before(async () => {
    server = await Server.fresh(engine, { args: ['--trust-proxy', '127.0.0.1'] })
    dispatcher = await server.as('cg.dispatcher')
    water = await server.as('sw.handler')
    supervisor = await server.as('cg.supervisor')
    await supervisor.post('/place/addresses', Buffer.from('id,standard,lon,lat\n1,演示市澄江路12号,120.2841,31.9102\n2,演示市澄江路14号,120.2845,31.9102\n'), { 'content-type': 'application/octet-stream' })
  })
  after(() => server?.stop())

  let first
  test('a report: its place from the address, its number and code, twice is once', async () => {
    const form = await fill()
    const sent = await page('/open/report', form)
    assert.equal(sent.status, 200, sent.text)
    first = receipt(sent.text)
    assert.ok(first.number && first.code, sent.text)
    assert.deepEqual(receipt((await page('/open/report', form)).text), first, 'a double click')
    const row = await caseOf(first.number), one = await dispatcher.get('/city-events/' + row.case_id)
    assert.deepEqual([one.channel, one.description, one.reporter.phone, one.lon.toFixed(4), one.state], ['public', '井盖松动，很危险', '139****2222', '120.2841', 'accept'])
    assert.doesNotMatch(sent.headers.get('content-security-policy'), /unsafe/)
    assert.ok(!server.output.includes(first.code))
  })

  test('what it lacks is said above the form, which keeps what was written', async () => {
    const bad = async (change, words) => {
      const answer = await page('/open/report', await fill(change))
      assert.equal(answer.status, 400, answer.text)
      assert.match(answer.text, words)
      assert.match(answer.text, /李四/)
      return answer.text
    }
    await bad({ class: '' }, /请选择是什么问题/)
    await bad({ words: '坏' }, /4 至 2000 字/)
    await bad({ class: 'B0199' }, /role="alert"/)
    await bad({ address: '' }, /role="alert"/) // the class needs a place
    await bad({ proxy: '王奶奶' }, /本人知道并同意/)
    await bad({ photo: '1.00000000000000000000000000000000' }, /照片不是从本页上传的/)
    await bad({ lon: '0', lat: '0', placed_for: '澄江路12号' }, /role="alert"/)
    const unsure = await bad({ address: '承江路13号' }, /您说的是哪里/)
    const found = /name="found" value="([\d.,]+)"/.exec(unsure)[1]
    const chosen = await page('/open/report', await fill({ address: '承江路13号', placed_for: '承江路13号', found }))
    assert.ok(receipt(chosen.text).number)
    assert.match(chosen.text, /位置<\/dt><dd>120\.284/)
    // an address that was corrected after one was chosen for the former words is what counts, and the receipt says so
    const corrected = await page('/open/report', await fill({ address: '澄江路14号', placed_for: '承江路13号', found, words: '选了又改的' }))
    assert.match(corrected.text, /位置<\/dt><dd>演示市澄江路14号/)
    assert.equal((await dispatcher.get('/city-events/' + (await caseOf(receipt(corrected.text).number)).case_id)).lon.toFixed(4), '120.2845')
    // a position taken for another address does not count; none of those offered, and an address nobody knows, come in as they were written
    await bad({ lon: '120.2843', lat: '31.9101', placed_for: '澄江路12号', class: '' }, /位置用的是您取的或选的（120\.2843, 31\.9101）[^]*改了上面的地址/)
    const moved = await fill({ lon: '120.1', lat: '31.1', placed_for: '别处', words: '位置是旧的' })
    assert.equal((await dispatcher.get('/city-events/' + (await caseOf(receipt((await page('/open/report', moved)).text).number)).case_id)).lon.toFixed(4), '120.2841')
    for (const change of [{ address: '承江路13号', placed_for: '承江路13号', found: '-' }, { address: '老邮局对面第二个门' }]) {
      const one = await dispatcher.get('/city-events/' + (await caseOf(receipt((await page('/open/report', await fill(change))).text).number)).case_id)
      assert.deepEqual([one.address, one.lon], [change.address, null])
    }
    assert.match((await page('/open/report?lang=en', await fill({ class: '' }))).text, /Choose what it is about/)
    assert.doesNotMatch(await bad({ words: '<script>alert(1)</script>', class: '' }, /&lt;script&gt;/), /<script>alert/)
  })

  test('pictures are cleaned and belong to the form; what is no picture is refused', async () => {
    const put = (bytes) => fetch(server.url + '/open/photos', { method: 'POST', body: bytes, headers: { 'content-type': 'application/octet-stream' } })
    const kept = await (await put(jpeg({ place: [120.2, 31.9] }))).json()
    assert.equal((await put(Buffer.from('%PDF-1.7'))).status, 400)
    const sent = receipt((await page('/open/report', await fill({ photo: kept.photo }))).text)
    const one = await dispatcher.get('/city-events/' + (await caseOf(sent.number)).case_id)
    assert.equal(one.photos.length, 1)
    assert.equal((await page('/open/report', await fill({ photo: kept.photo }))).status, 400, 'used already')
  })

  test('by proxy and confidential: the handling unit learns nothing of either', async () => {
    const sent = receipt((await page('/open/report', await fill({ proxy: '王奶奶', agreed: '1', confidential: '1' }))).text)
    const row = await caseOf(sent.number)
    await act(dispatcher, row.case_id, 'file', { form: { condition_no: 1 } })
    const unit = (await dispatcher.get('/city-events/' + row.case_id)).proposal[0]
    await act(dispatcher, row.case_id, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
    assert.doesNotMatch(JSON.stringify([await water.get('/city-events/' + row.case_id), await water.get('/cases/' + row.case_id)]), /王奶奶|13911112222/)
    assert.equal((await supervisor.post(`/city-events/${row.case_id}/reporter`, { reason: '核实' })).name, '李四（代 王奶奶）')
    assert.match((await page('/open/track', sent)).text, /待签收|Dispatched/, 'but its reporter finds it')
    assert.doesNotMatch((await page('/open/nearby?q=' + encodeURIComponent('澄江路12号'))).text, new RegExp(sent.number))
  })

  test('tracked by number and code alone; rated; asked again; taken back', async () => {
    for (const wrong of [{ ...first, code: 'AAAAAAAA' }, { ...first, number: 'SJ-2026-999999' }, { number: '', code: '' }]) {
      const answer = await page('/open/track', wrong)
      assert.equal(answer.status, 404)
      assert.match(answer.text, /编号或查询码不对/)
    }
    assert.match((await page('/open/track', first)).text, /待受理/) // nobody has it yet
    const row = await caseOf(first.number)
    await act(dispatcher, row.case_id, 'file', { form: { condition_no: 1 } })
    const unit = (await dispatcher.get('/city-events/' + row.case_id)).proposal[0]
    await act(dispatcher, row.case_id, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
    const seen = (await page('/open/track', { number: first.number, code: first.code.toLowerCase() })).text
    assert.match(seen, /演示市水务局/)
    assert.doesNotMatch(seen, /李四|13911112222|井盖松动|运管中心 派遣员/)
    await act(water, row.case_id, 'finish', { note: '已修复' })
    await act(dispatcher, row.case_id, 'check_good')
    await act(dispatcher, row.case_id, 'close')
    assert.match((await page('/open/track', { ...first, action: 'rate' })).text, /请先选择或填写/)
    assert.match((await page('/open/track', { ...first, action: 'rate', stars: '2' })).text, /谢谢，已记录/)
    assert.equal((await dispatcher.get('/city-events/' + row.case_id)).stars, 2)
    assert.match((await page('/open/track', { ...first, action: 'not_content', words: '又松了' })).text, /谢谢，已记录/)
    assert.equal((await dispatcher.get('/city-events/' + row.case_id)).state, 'dispatch')
    assert.match((await page('/open/track', { ...first, action: 'withdraw', words: '不用了' })).text, /role="status"/, 'not while somebody works on it')
    assert.equal((await dispatcher.get('/city-events/' + row.case_id)).state, 'dispatch')
    await page('/open/track', { ...first, action: 'cancel', words: '越权' })
    assert.equal((await dispatcher.get('/city-events/' + row.case_id)).state, 'dispatch', 'only what is offered')
    const other = receipt((await page('/open/report', await fill({ words: '写错了的一件' }))).text)
    assert.match((await page('/open/track', { ...other, action: 'withdraw', words: '写错了' })).text, /谢谢，已记录/)
  })

  test('words and pictures added to one’s own open report; so many times, and no more once it is closed', async () => {
    const sent = receipt((await page('/open/report', await fill({ words: '楼道堆物挡路了' }))).text), { case_id } = await caseOf(sent.number)
    const put = async (from) => (await fetch(server.url + '/open/photos', { method: 'POST', body: jpeg({ place: [120.2, 31.9] }), headers: { 'content-type': 'application/octet-stream', 'x-forwarded-for': from } })).json()
    const photo = (await put('198.51.100.251')).photo, history = async (who) => (await who.get('/cases/' + case_id)).events.filter((one) => one.action === 'remark')
    assert.match((await page('/open/track', sent)).text, /还可补充 10 次/)
    assert.match((await page('/open/track', { ...sent, action: 'add' })).text, /请先选择或填写/)
    const more = { ...sent, action: 'add', words: '今天又多了两箱', photo }
    assert.match((await page('/open/track', more)).text, /谢谢，已记录[^]*您补充了情况[^]*还可补充 9 次/)
    assert.match((await page('/open/track', more)).text, /还可补充 9 次/, 'sent twice is once')
    const [seen] = await history(dispatcher)
    assert.deepEqual([seen.note, seen.side, seen.by_name], ['今天又多了两箱（附照片 1 张）', 'asker', null])
    assert.equal((await dispatcher.get('/city-events/' + case_id)).photos[0].stage, 'remark')
    assert.ok((await dispatcher.get('/notices')).items.some((one) => one.title === '案件有新的补充' && one.about === '/events/' + case_id && !/两箱/.test(one.body)))
    assert.match((await page('/open/track', { ...more, words: '别处的照片', photo: photo.replace(/.$/, (x) => x === '0' ? '1' : '0') })).text, /照片不是从本页上传的[^]*别处的照片/)
    assert.match((await page('/open/track', { ...more, words: '字太多'.repeat(400) })).text, /最多写 1000 字/)
    assert.match((await page('/open/track', { ...sent, code: 'AAAAAAAA', action: 'add', words: '别人的' })).text, /编号或查询码不对/)
    await act(dispatcher, case_id, 'file', { form: { condition_no: 1 } })
    const unit = (await dispatcher.get('/city-events/' + case_id)).proposal[0]
    await act(dispatcher, case_id, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
    await page('/open/track', { ...sent, action: 'add', photo: (await put('198.51.100.251')).photo })
    assert.equal((await history(water))[0].note, '补充照片 1 张', 'its handler reads it')
    assert.equal((await water.get('/city-events/' + case_id)).photos.length, 2)
    for (let i = 3; i <= 10; i++) await page('/open/track', { ...sent, action: 'add', words: '第几次补充 ' + i })
    assert.match((await page('/open/track', { ...sent, action: 'add', words: '再来一次' })).text, /已补充 10 次，不能再补充/)
    assert.equal((await history(dispatcher)).length, 10)
    assert.doesNotMatch((await page('/open/nearby?q=' + encodeURIComponent('澄江路12号'))).text, /两箱|第几次|<img/)
    await act(water, case_id, 'finish', { note: '已清理' })
    await act(dispatcher, case_id, 'check_good')
    await act(dispatcher, case_id, 'close')
    const closed = (await page('/open/track', { ...sent, action: 'add', words: '结案以后' })).text
    assert.doesNotMatch(closed, /补充情况|谢谢/)
  })

  test('what was merged is followed where it went: unit, steps, adding, rating for oneself; nothing of the other report', async () => {
    const made = []
    for (const words of ['路灯不亮，主件', '路灯不亮，中间一件', '路灯不亮，另一人反映']) {
      const sent = receipt((await page('/open/report', await fill({ words }))).text)
      made.push({ ...sent, case_id: (await caseOf(sent.number)).case_id })
    }
    const [main, middle, third] = made, track = (of, more = {}) => page('/open/track', { number: of.number, code: of.code, ...more }).then((answer) => answer.text)
    await act(dispatcher, third.case_id, 'merge', { form: { case_id: middle.case_id } })
    await act(dispatcher, middle.case_id, 'merge', { form: { case_id: main.case_id } })
    await act(dispatcher, main.case_id, 'file', { form: { condition_no: 1 } })
    const unit = (await dispatcher.get('/city-events/' + main.case_id)).proposal[0]
    await act(dispatcher, main.case_id, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
    await track(main, { action: 'add', words: '主件反映人补充的话' })
    const seen = await track(third)
    assert.match(seen, new RegExp(`待签收[^]*一并办理[^]*${main.number}[^]*演示市水务局[^]*这一步办理时限[^]*已并案`))
    assert.doesNotMatch(seen, /主件|您补充了情况|李四|value="withdraw"/)
    assert.match(await track(third, { action: 'add', words: '另一人补充' }), /谢谢，已记录[^]*您补充了情况[^]*还可补充 9 次/)
    assert.match(await track(third, { action: 'add', words: '另一人补充' }), /还可补充 9 次/, 'sent twice is once')
    assert.match(await track(main), /还可补充 9 次/, 'each counts alone')
    assert.equal((await water.get('/cases/' + main.case_id)).events[0].note, `（并案 ${third.number}）另一人补充`)
    await track(third, { action: 'withdraw', words: '不归他撤' })
    await track(third, { action: 'rate', stars: '1' })
    assert.deepEqual([(await dispatcher.get('/cases/' + main.case_id)).state, (await dispatcher.get('/city-events/' + third.case_id)).stars], ['dispose', 0])
    const listed = (await dispatcher.get('/city-events?q=' + third.number)).items[0]
    assert.deepEqual([listed.merged_number, (await dispatcher.get('/city-events/' + third.case_id)).merged_number], [main.number, main.number])
    const open311 = async () => (await (await fetch(`${server.url}/open311/v2/requests/${third.number}.json`, { headers: { 'accept-language': 'zh-CN' } })).json())[0]
    let request = await open311()
    assert.deepEqual([request.status, request.status_notes, request.service_notice.endsWith(main.number)], ['open', '待签收', true])
    await act(water, main.case_id, 'finish', { note: '已修复' }); await act(dispatcher, main.case_id, 'check_good'); await act(dispatcher, main.case_id, 'close')
    request = await open311()
    assert.deepEqual([request.status, request.status_notes], ['closed', '已结案'])
    const figures = async () => { const { rated, satisfied } = (await dispatcher.get('/event-stats?period=day')).total.values; return [rated, satisfied] }
    const [rated, satisfied] = await figures()
    assert.match(await track(third, { action: 'rate', stars: '4' }), /谢谢，已记录[^]*value="4" checked/)
    assert.deepEqual(await figures(), [rated + 1, satisfied + 1], 'who reported the same counts for the closing')
    assert.match(await track(main, { action: 'rate', stars: '2' }), /value="2" checked/)
    assert.deepEqual(await figures(), [rated + 1, satisfied], 'one closing, by the mean')
    assert.deepEqual(await Promise.all([third, main].map(async (one) => (await dispatcher.get('/city-events/' + one.case_id)).stars)), [4, 2])
    assert.match(await track(third, { action: 'not_content', words: '还是不亮' }), /谢谢，已记录/)
    assert.deepEqual(await Promise.all([third, main].map(async (one) => (await dispatcher.get('/city-events/' + one.case_id)).stars)), [0, 0], 'both are asked anew')
    assert.equal((await dispatcher.get('/cases/' + main.case_id)).state, 'dispatch', 'the one that went on is done again')
  })

  test('a class is found by words and pinyin in what the form carries', async () => {
    const { text } = await page('/open/report'), found = /<option value="B0101" data-find="([^"]+)"/.exec(text)[1]
    assert.match(found, /^ssjg shangshuijinggai /)
    assert.match((await page('/open/report?lang=en')).text, /value="B0101" data-find="ssjg [^"]*上水井盖/)
  })

  test('pictures of one network in a day: counted in the store, also over a restart; what is no picture does not count', async () => {
    await (await server.as('sysadmin')).put('/settings/open.photos_day', { value: '2', version: 0 })
    const put = async (from, body = jpeg()) => {
      const answer = await fetch(server.url + '/open/photos', { method: 'POST', body, headers: { 'content-type': 'application/octet-stream', 'x-forwarded-for': from, 'accept-language': 'zh-CN' } })
      return { status: answer.status, ...await answer.json() }
    }
    assert.equal((await put('2001:db8:7:1::1', Buffer.from('%PDF-1.7'))).status, 400)
    assert.deepEqual((({ status, day_limit, left_today }) => [status, day_limit, left_today])(await put('2001:db8:7:1::1')), [200, 2, 1])
    assert.equal((await put('2001:db8:7:1::2')).left_today, 0, 'the same network')
    const refused = await put('2001:db8:7:1:ffff::3')
    assert.equal(refused.status, 429)
    assert.match(refused.detail + refused.advice, /本网络今天已上传 2 张照片.*12345/)
    assert.equal((await put('2001:db8:7:2::1')).status, 200, 'another network')
    await server.stop()
    await server.start()
    assert.equal((await put('2001:db8:7:1::9')).status, 429)
  })

  test('near an address: classes, states and distances, nothing of persons', async () => {
    const near = (await page('/open/nearby?q=' + encodeURIComponent('澄江路12号'))).text
    assert.match(near, /上水井盖/)
    assert.match(near, /<svg/)
    assert.doesNotMatch(near, /李四|13911112222|井盖松动|<img/)
    assert.match((await page('/open/nearby?q=' + encodeURIComponent('没有的路1号'))).text, /没有找到这个地址/)
    assert.match((await page('/open/nearby?lang=en')).text, /What is done near you/)
  })

  test('a flood from one address is slowed with words', async () => {
    let refused
    for (let i = 0; i < 20 && !refused; i++) {
      const answer = await page('/open/report', await fill({ words: '第几件' + i }), '203.0.113.9')
      if (answer.status === 429) refused = answer
    }
    assert.match(refused.text, /role="alert"[^]*请 \d+ 分钟后（\d\d:\d\d 以后）再提交；您写的内容都还在/)
    assert.match(refused.text, /第几件10/, 'what was written is still there')
    assert.match((await page('/open/report?lang=en', await fill({ words: '第几件11' }), '203.0.113.9')).text, /Send it again in \d+ minutes/)
  })

  test('too many calls in a minute: what was written for a report or an addition is still there, the code is not looked at', async () => {
    const sysadmin = await server.as('sysadmin'), form = await fill({ words: '被挡住的一件' })
    const { version } = (await sysadmin.get('/settings')).items.find((one) => one.key === 'open.calls_minute') ?? { version: 0 }
    await sysadmin.put('/settings/open.calls_minute', { value: '1', version: version ?? 0 })
    await page('/open/nearby', undefined, '203.0.113.20')
    const refused = await page('/open/report', { ...form, phone: '13911112222' }, '203.0.113.20')
    assert.equal(refused.status, 429)
    for (const kept of [/被挡住的一件/, /澄江路12号/, /13911112222/, /请 1 分钟后/, new RegExp(form.draft)]) assert.match(refused.text, kept)
    const added = await page('/open/track', { ...first, action: 'add', words: '补充的话' }, '203.0.113.20')
    assert.equal(added.status, 429)
    assert.match(added.text, /补充的话[^]*再次提交/)
    assert.equal((await page('/open/track', { ...first, code: 'AAAAAAAA' }, '203.0.113.20')).status, 429)
  })
})
