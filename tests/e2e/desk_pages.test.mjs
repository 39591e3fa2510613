// The desk as its people see it: its shell and who may enter; the board from the keyboard alone; merging, splitting, two dispatchers at
// once, messages with receipts; the queue live and long; the printed work order.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Client, Server, root, suite } from './harness.mjs'
import { jpeg } from './event_photos.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of the desk', (engine) => {
  let server, browser, grid, operator, water, board, orgs
  const at = { lon: 120.2841, lat: 31.9102 }
  const report = (change = {}, client = grid) => client.post('/city-events', { class_code: 'B0101', ...at, ...change })
  async function act(client, id, action, body = {}) {
    const { version } = await client.get('/cases/' + id)
    return client.post(`/cases/${id}/actions/${action}`, { version, ...body })
  }
  const row = (title) => board.page.getByRole('option').filter({ hasText: title })
  const pane = (title) => board.page.getByRole('article', { name: title })
  const photo = async () => (await grid.ok('POST', '/event-photos?name=a.jpg', jpeg(), { 'content-type': 'application/octet-stream' })).photo_id
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    grid = await server.as('cg.grid'); operator = await server.as('cg.dispatcher2'); water = await server.as('sw.handler')
    board = await Desk.open(browser, server, engine, await server.as('cg.dispatcher'))
    orgs = Object.fromEntries((await (await server.as('sysadmin')).get('/orgs')).items.map((org) => [org.name, org.org_id]))
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('one logs in at the console and comes back; the two lead to each other', async () => {
    const stranger = await Desk.open(browser, server, engine)
    const { page } = stranger
    await page.goto(server.url + '/desk?light=red')
    await page.waitForURL(/\/login\?to=/)
    await stranger.label('登录名').fill('cg.dispatcher')
    await stranger.label('密码').fill(server.passwords['cg.dispatcher'])
    await stranger.button('登录').click()
    await page.waitForURL(server.url + '/desk?light=red')
    await page.getByRole('navigation', { name: '指挥台导航' }).getByRole('link', { name: '看板' }).waitFor()
    await page.getByText('没有符合筛选条件的事件').waitFor()
    await stranger.link('工作台').click()
    await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '指挥台' }).click()
    await page.waitForURL(server.url + '/desk', { waitUntil: 'commit', timeout: 60000 })
    await page.goto(server.url + '/desk/nowhere')
    await page.getByText('没有这个页面').waitFor()
    await stranger.close()
    const officer = await Desk.open(browser, server, engine, await server.as('cg.grid'))
    await officer.go('/')
    assert.equal(await officer.link('指挥台').count(), 0)
    await officer.go('/desk')
    await officer.page.getByText('您没有查看这里的权限').waitFor()
    await officer.close()
  })

  test('by keyboard alone: the next event is accepted, filed, dispatched; a new one comes in live', async () => {
    const { page } = board
    await report({ address: '澄江路 12 号门口', description: '井盖缺失，有人险些跌落', photos: [await photo()] })
    await board.go('/desk')
    await row('澄江路 12 号').waitFor()
    await page.keyboard.press('j')
    await pane('上水井盖 · 澄江路 12 号门口').waitFor()
    await page.waitForURL(/open=\d+/)
    await report({ class_code: 'S0405', lon: 120.31, lat: 31.93, address: '人民路与虹桥路口', description: '路面积水' })
    await row('人民路').getByText('新', { exact: true }).waitFor() // by the stream; more urgent, so above
    assert.match(await page.getByRole('option').first().innerText(), /人民路/)
    await board.lookBoth('desk-board')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: '快捷键' }).getByText('受理（已核实）').waitFor()
    await board.look('desk-keys')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    for (const [key, title, then] of [['v', '受理（已核实）', '待立案'], ['f', '立案', '待派遣'], ['d', '派遣', '待签收']]) {
      await page.keyboard.press(key)
      await page.getByRole('dialog', { name: title }).waitFor()
      await page.keyboard.press('Control+Enter')
      await page.getByRole('dialog').waitFor({ state: 'hidden' })
      await pane('上水井盖').getByText(then).first().waitFor()
    }
    const [order] = await Promise.all([board.context.waitForEvent('page'), page.keyboard.press('o')])
    const sheet = order.getByRole('article')
    await sheet.getByText('城市事件派工单').waitFor()
    for (const said of ['演示市水务局', '井盖缺失，有人险些跌落', '120.284100, 31.910200', '4 小时', '签收人']) await sheet.getByText(said).first().waitFor()
    assert.ok((await order.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g).length === 1, 'one sheet')
    board.watch(order)
    board.page = order
    await board.lookBoth('desk-order')
    await order.close()
    board.page = page
    await row('澄江路 12 号').waitFor({ state: 'detached' }) // no longer this person's turn; the details stay
    await page.keyboard.press('k')
    await pane('道路积水 · 人民路与虹桥路口').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('没有这样的')
    await page.keyboard.press('Enter')
    await page.getByText('没有符合筛选条件的事件').waitFor()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Enter')
    await row('人民路').waitFor()
  })

  test('two that are the same: side by side with their pictures, merged from the list', async () => {
    const { page } = board
    const first = await report({ class_code: 'S0102', lon: 120.33, lat: 31.95, address: '小区东门', photos: [await photo()] })
    const second = await report({ class_code: 'S0102', lon: 120.3301, lat: 31.95, address: '小区东门外', photos: [await photo()] })
    await row('小区东门外').click()
    const one = pane('小区东门外')
    await one.getByRole('button', { name: '比对并案' }).waitFor() // the duplicate beside the case; here the other way, by two rows
    await one.getByRole('button', { name: '比对并案' }).click()
    await page.getByRole('dialog', { name: '比对两件事件' }).getByText('保留，继续办理').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await row('小区东门外').click()
    await page.keyboard.press('x')
    await row(first.number).click({ modifiers: ['Control'] })
    await page.getByText('已选 2 件').waitFor()
    await page.keyboard.press('m')
    const dialog = page.getByRole('dialog', { name: '比对两件事件' })
    await dialog.getByRole('img').nth(1).waitFor()
    await board.lookBoth('desk-merge')
    await dialog.getByRole('button', { name: new RegExp('并入 ' + first.number) }).click()
    await pane(first.title).getByText('已并案').waitFor()
    await row(second.number).waitFor({ state: 'detached' })
    assert.equal((await operator.get('/city-events/' + first.case_id)).duplicates[0].link, 'merged')
  })

  test('several units at once; a message to them with who has read it', async () => {
    const { page } = board
    const one = await report({ class_code: 'S0405', lon: 120.35, lat: 31.97, address: '立交桥下', description: '积水并冲开井盖' })
    await act(operator, one.case_id, 'file', { form: { condition_no: 1 } })
    await board.go('/desk?open=' + one.case_id)
    await pane('立交桥下').getByText('待派遣').first().waitFor()
    await page.keyboard.press('s')
    const dialog = page.getByRole('dialog', { name: '分办' })
    await dialog.getByRole('combobox', { name: '分办单位' }).fill('城市管理局')
    await page.getByRole('option', { name: '演示市城市管理局' }).click()
    await board.label('演示市水务局办什么').fill('抽排积水')
    await page.keyboard.press('Control+Enter')
    await dialog.getByText('至少写 2 个字').first().waitFor()
    await board.label('演示市城市管理局办什么').fill('围挡警示')
    await board.look('desk-split')
    await page.keyboard.press('Control+Enter')
    await pane('立交桥下').getByText('分办中').first().waitFor()
    const [part] = (await operator.get('/city-events/' + one.case_id)).parts
    await pane('立交桥下').getByText('抽排积水').waitFor() // what each is to do, beside its unit
    await board.go('/desk?open=' + part.case_id)
    await pane('立交桥下').getByText('待签收').first().waitFor()
    await pane('立交桥下').getByText('抽排积水').first().waitFor()
    await pane('立交桥下').getByRole('link', { name: one.number }).waitFor()
    await board.look('desk-part')
    const [order] = await Promise.all([board.context.waitForEvent('page'), page.keyboard.press('o')])
    for (const said of ['抽排积水', `主案 ${one.number} 分办`, new Date().getFullYear() + '-']) await order.getByRole('article').getByText(said).first().waitFor()
    board.watch(order)
    board.page = order
    await board.look('desk-part-order')
    await order.close()
    board.page = page
    await page.keyboard.press('i')
    await board.label('内容').fill('请先断电再抽水')
    await board.button('发送').click()
    await pane('立交桥下').getByText('0/1 人已读').waitFor()
    const handler = await Desk.open(browser, server, engine, water)
    await handler.go('/desk?open=' + part.case_id)
    await handler.page.getByRole('link', { name: /^消息/ }).getByText(/^[1-9]\d*$/).waitFor() // this one, and what reminders of other cases there are
    await handler.page.getByRole('button', { name: /立交桥下.*未读/ }).click()
    await handler.page.getByText('请先断电再抽水').waitFor()
    await handler.look('desk-message')
    await handler.close()
    await pane('立交桥下').getByText('1/1 人已读').waitFor() // live
    await board.look('desk-receipts')
  })

  test('filed under another class than it was reported under, by keyboard alone', async () => {
    const { page } = board
    const one = await report({ address: '南门桥头' })
    await board.go('/desk?open=' + one.case_id)
    await pane('南门桥头').getByText('待受理').first().waitFor()
    await page.keyboard.press('f')
    const dialog = page.getByRole('dialog', { name: '立案' })
    await dialog.getByRole('radio').first().waitFor()
    await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'radio')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.type('S0405')
    await page.getByRole('option', { name: /^S0405/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const wanted = (await operator.get('/event-classes')).items.find((item) => item.code === 'S0405')
    await dialog.getByText(wanted.conditions[0].text).waitFor()
    await board.lookBoth('desk-file-class')
    await page.keyboard.press('Control+Enter')
    await dialog.waitFor({ state: 'hidden' })
    await pane(`${wanted.title} · 南门桥头`).getByText('待派遣').first().waitFor()
    assert.equal((await operator.get('/city-events/' + one.case_id)).class_code, 'S0405')
  })

  test('two dispatchers at once: the second is told by whom, and sees the case as it is', async () => {
    const { page } = board
    const one = await report({ address: '北门街 8 号' })
    await board.go('/desk?open=' + one.case_id)
    await pane('北门街 8 号').getByText('待受理').first().waitFor()
    await page.keyboard.press('f')
    const dialog = page.getByRole('dialog', { name: '立案' })
    await dialog.waitFor()
    await page.route('**/api/v1/cases/*', (route) => route.request().method() === 'GET' ? route.abort() : route.continue()) // this page has not heard yet
    await act(operator, one.case_id, 'file', { form: { condition_no: 2 } })
    const refused = page.waitForResponse((answer) => answer.url().endsWith('/actions/file'))
    await page.keyboard.press('Control+Enter')
    assert.equal((await refused).status(), 409)
    await page.unroute('**/api/v1/cases/*')
    await page.getByRole('alert').filter({ hasText: /派遣员乙 刚刚办理了“立案”/ }).waitFor()
    await dialog.waitFor({ state: 'hidden' }) // nothing to file any more
    await pane('北门街 8 号').getByText('待派遣').first().waitFor()
    await board.look('desk-overtaken')
  })

  test('a long queue: only what is in view is drawn; what comes in does not move it', async () => {
    const { page } = board
    const alarm = new Client(server)
    alarm.key = server.credentials()['cg.alarm']
    const supervisor = await server.as('cg.supervisor')
    const source = (await (await server.as('sysadmin')).get('/accounts?q=cg.alarm')).items[0].account_id
    await supervisor.ok('PUT', '/event-sources/' + source, { channel: 'alarm', note: '积水监测', active: true })
    await alarm.post('/city-events/batch', { items: Array.from({ length: 400 }, (_, i) => ({ outside_number: `Q-${i}`, class_code: 'S0102', lon: 120.1 + i * 0.0005, lat: 31.8, address: `第 ${i} 号` })) })
    const calls = []
    page.on('request', (request) => { if (request.url().includes('/city-events/queue?')) calls.push(request.url()) })
    await board.go('/desk')
    await page.getByText(/共 40\d 件/).waitFor()
    assert.ok(calls.every((url) => url.includes('limit=100')) && new Set(calls).size < 3, 'not all pages: ' + calls.join(' '))
    const list = page.getByRole('listbox', { name: '待办队列' })
    await list.evaluate((box) => { box.scrollTop = 68 * 60 })
    await page.waitForFunction(() => document.querySelectorAll('[role=option]').length > 5)
    assert.ok(await page.getByRole('option').count() < 40, 'rows in view only')
    const top = () => list.evaluate((box) => { const at = box.getBoundingClientRect().top; const seen = [...box.querySelectorAll('[role=option]')].map((one) => [one.getBoundingClientRect().top - at, one.id]).filter((one) => one[0] >= 0).sort((a, b) => a[0] - b[0])[0]; return seen })
    const before = await top()
    await report({ class_code: 'S0405', lon: 120.36, lat: 31.99, address: '隧道口' })
    await page.getByRole('button', { name: /新到 1 件/ }).waitFor()
    assert.deepEqual(await top(), before)
    await page.getByRole('button', { name: /新到 1 件/ }).click()
    await row('隧道口').waitFor()
    await page.getByRole('listbox').focus()
    for (let i = 0; i < 3; i++) await page.keyboard.press('j')
    await board.look('desk-long')
    await board.go('/desk?light=green&q=' + encodeURIComponent('隧道口'))
    await row('隧道口').waitFor()
    await board.look('desk-list', { width: 390 })
  })

  test('handlers and supervisors have a board of their own; English', async () => {
    const handler = await Desk.open(browser, server, engine, water)
    await handler.go('/desk')
    await handler.page.getByRole('option').filter({ hasText: '澄江路 12 号' }).waitFor()
    assert.equal(await handler.page.getByText('全部在办').count(), 0)
    await handler.page.keyboard.press('j')
    await handler.page.getByRole('article').getByText('待签收').first().waitFor()
    await handler.page.keyboard.press('a')
    await handler.page.getByRole('dialog', { name: '签收' }).waitFor()
    await handler.page.keyboard.press('Control+Enter')
    await handler.page.getByRole('article').getByText('处置中').first().waitFor()
    await handler.lookBoth('desk-handler')
    await handler.close()
    const lead = await server.as('cg.supervisor')
    const second = (await lead.get('/staff?q=' + encodeURIComponent('派遣员乙'))).items[0]
    await lead.call('POST', '/shifts', { desk: 'centre', begin: new Date(Date.now() - 3600e3).toISOString(), end: new Date(Date.now() + 3600e3).toISOString(), people: [{ account_id: second.account_id, reach: '分机 8002' }] })
    const supervisor = await Desk.open(browser, server, engine, lead)
    await supervisor.go('/desk')
    await supervisor.page.getByText('运管中心 派遣员乙 分机 8002').waitFor() // on duty, by the shifts
    await supervisor.go('/desk?scope=open&q=' + encodeURIComponent('澄江路'))
    await supervisor.page.getByRole('option').filter({ hasText: '澄江路 12 号' }).click()
    await supervisor.page.getByRole('article').getByText('处置中').first().waitFor()
    await supervisor.button('English').click()
    await supervisor.page.getByText('All running').waitFor()
    await supervisor.look('desk-supervisor-en')
    await supervisor.close()
  })

  test('nothing went wrong in the pages', async () => {
    await board.close()
  })
})
