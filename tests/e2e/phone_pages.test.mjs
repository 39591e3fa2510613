// The officers' phone page /m: report in three taps, tasks with their steps, a day without a line, the same draft twice, refusals that
// are mended, log-out that wipes; 390 and 320 px, large text, high contrast, two languages.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, root, suite } from './harness.mjs'
import { jpeg } from './event_photos.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, geolocation: { longitude: 120.2843, latitude: 31.9104 }, permissions: ['geolocation'] }
/** Runs inside the page: what IndexedDB holds. */
const heldIn = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const request = indexedDB.open('yiwang-m')
  request.onerror = () => reject(request.error)
  request.onsuccess = () => {
    const db = request.result, out = {}
    const transaction = db.transaction(['items', 'photos', 'seen'])
    for (const name of ['items', 'photos', 'seen']) transaction.objectStore(name).getAll().onsuccess = (event) => { out[name] = event.target.result }
    transaction.oncomplete = () => { db.close(); resolve({ items: out.items, photos: out.photos.map((bytes) => bytes.byteLength), seen: out.seen.length }) }
  }
}))

suite('phone page', (engine) => {
  let server, browser, desk, page, grid, dispatcher, picture, large, id
  const look = async (name, width = 390) => { await desk.look('phone-' + name, { width }); await page.setViewportSize(phone.viewport) }
  const offline = (off) => desk.context.setOffline(off)
  async function reported() {
    const all = []
    for (let next = ''; next !== null;) { const list = await grid.get('/city-events?limit=200' + (next && '&after=' + next)); all.push(...list.items); next = list.next }
    return all
  }
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    grid = await server.as('cg.grid'); dispatcher = await server.as('cg.dispatcher')
    desk = await Desk.open(browser, server, engine, null, phone)
    page = desk.page
    const dir = folder('photo')
    writeFileSync(picture = join(dir, '井盖.jpg'), jpeg({ place: [120.2841, 31.9102] }))
    // as a phone takes it: larger than what is kept
    writeFileSync(large = join(dir, '大图.png'), Buffer.from(await page.evaluate(() => { const c = document.createElement('canvas'); c.width = 3200; c.height = 2400; c.getContext('2d').fillRect(9, 9, 900, 900); return c.toDataURL().split(',')[1] }), 'base64'))
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('is small, and served at /m and below it', async () => {
    const html = await (await fetch(server.url + '/m')).text()
    for (const path of ['/m/', '/m/task/12', '/m/outbox']) assert.equal(await (await fetch(server.url + path)).text(), html)
    assert.notEqual(await (await fetch(server.url + '/map')).text(), html)
    let bytes = 0
    for (const [, file] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) bytes += gzipSync(readFileSync(join(root, 'web/dist', file)), { level: 9 }).length
    assert.ok(bytes < 64 * 1024, `${bytes} bytes packed`)
    assert.equal((await fetch(server.url + '/m/manifest.webmanifest')).headers.get('content-type'), 'application/manifest+json')
    assert.equal((await fetch(server.url + '/m/gone.js')).status, 404)
  })

  test('log in; nothing to do yet', async () => {
    await page.goto(server.url + '/m')
    await desk.label('登录名').fill('cg.grid')
    await desk.label('密码').fill('wrong')
    await look('login')
    await desk.button('登录').click()
    await page.getByRole('alert').waitFor()
    await desk.label('密码').fill(server.passwords['cg.grid'])
    await desk.button('登录').click()
    await page.getByText('现在没有等您办的事').waitFor()
    await look('no-tasks')
  })

  test('a report in three taps: picture with its place, class, send; what may be the same is shown', async () => {
    await desk.link('上报').click()
    await desk.button('上报').click()
    await page.getByText('请选择种类').waitFor()
    await desk.label('拍照').setInputFiles(picture)
    await page.getByText('取自照片：120.28410, 31.91020').waitFor()
    await desk.label('种类：输入名称或拼音首字母').fill('ssjg')
    await desk.button('上水井盖').click()
    await look('report')
    await look('report', 320)
    await desk.button('上报').click()
    await page.getByText(/^已发送：SJ-/).waitFor()
    const [one] = await reported()
    id = one.case_id
    assert.deepEqual([one.class_code, one.channel, one.lon.toFixed(4), one.lat.toFixed(4)], ['B0101', 'officer', '120.2841', '31.9102'])
    assert.equal((await grid.get('/city-events/' + id)).photos.length, 1)
    assert.deepEqual((await heldIn(page)).photos, [], 'sent pictures are gone from the phone')
    await desk.link('上报').click()
    await desk.button('上水井盖').click() // used lately
    await desk.button('用我现在的位置').click()
    await page.getByText('附近可能是同一件事').waitFor()
    await look('alike')
    await desk.button('是同一件，不再上报').click()
    assert.equal((await heldIn(page)).items.filter((item) => item.state !== 'sent').length, 0)
  })

  test('a task: facts, picture, place, its step with note and picture, by time and by distance', async () => {
    await dispatcher.ok('POST', `/cases/${id}/actions/accept`, { version: (await dispatcher.get('/cases/' + id)).version })
    const far = await grid.post('/city-events', { class_code: 'S0102', lon: 120.3, lat: 31.92, address: '远处' })
    await dispatcher.ok('POST', `/cases/${far.case_id}/actions/accept`, { version: (await dispatcher.get('/cases/' + far.case_id)).version })
    await desk.link('任务').click()
    await desk.button('刷新').click()
    await page.getByRole('link', { name: /上水井盖/ }).waitFor()
    await desk.button('离我近的').click()
    await page.getByText(/· \d+ 米/).waitFor()
    assert.match(await page.locator('.task').first().innerText(), /上水井盖[^]*正常[^]*剩/)
    await look('tasks')
    await page.getByRole('link', { name: /上水井盖/ }).click()
    assert.equal(await desk.link('在地图中打开').getAttribute('href'), 'geo:31.9102,120.2841?q=31.9102,120.2841')
    await desk.button('看照片（1 张）').click()
    await page.getByRole('img', { name: '照片 1' }).waitFor()
    await look('task')
    await desk.button('核实不属实').click()
    await desk.button('提交').click()
    await page.getByText('请写明，至少 2 个字').waitFor()
    await desk.button('取消').click()
    await desk.button('核实属实').click()
    await desk.label('从相册选').setInputFiles(large)
    await page.getByRole('img', { name: '照片 1' }).last().waitFor()
    await desk.label('说明').fill('确实缺失')
    await look('step')
    await desk.button('提交').click()
    await page.getByText(/^已发送：SJ-/).waitFor()
    const shown = await grid.get('/cases/' + id)
    assert.deepEqual([shown.state, shown.events[0].note], ['file', '确实缺失'])
    const sent = (await grid.get('/city-events/' + id)).photos.find((photo) => photo.stage === 'verify_true')
    const size = await page.evaluate(async (from) => { const image = new Image(); image.src = from; await image.decode(); return [image.naturalWidth, image.naturalHeight] }, '/api/v1/event-photos/' + sent.photo_id)
    assert.deepEqual(size, [1600, 1200], 'made small on the phone')
    id = far.case_id
  })

  test('without a line: page, tasks and drafts are there after a reload; sent in order when the line is back; a refusal blocks nothing', async () => {
    await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration('/m/'))?.active?.state === 'activated')
    const before = (await reported()).length
    await offline(true)
    await page.reload()
    await page.getByRole('link', { name: /远处/ }).click()
    await desk.button('核实属实').click()
    await desk.label('说明').fill('离线核实')
    await desk.button('提交').click()
    await page.getByText('已存好，有网络时自动发送').waitFor()
    for (const [at, words] of ['第一件', '', '第三件'].entries()) {
      await desk.link('上报').click()
      if (at === 0) await desk.label('拍照').setInputFiles(picture)
      await desk.label('种类：输入名称或拼音首字母').fill('暴露垃圾')
      await page.getByRole('button', { name: '暴露垃圾' }).first().click()
      if (at > 0) await desk.button('用我现在的位置').click()
      await page.getByText(/取自/).waitFor()
      await desk.label('情况').fill(words)
      await desk.button('上报').click()
      await page.getByText('已存好，有网络时自动发送').waitFor()
    }
    await page.getByText('待发 4 件').waitFor()
    await desk.link('待发 4').click()
    await look('outbox-offline')
    // the second one lies outside the city: the server will refuse it
    await page.evaluate(() => new Promise((done) => { const request = indexedDB.open('yiwang-m'); request.onsuccess = () => { const store = request.result.transaction('items', 'readwrite').objectStore('items')
      store.getAll().onsuccess = (event) => { const item = event.target.result.filter((one) => one.kind === 'report' && one.state === 'queued').sort((a, b) => a.at - b.at)[1]; item.place = { lon: 0, lat: 0, from: 'phone' }; store.put(item, item.id).onsuccess = () => { request.result.close(); done() } } } }))
    await page.reload()
    await page.getByText('待发 4 件').waitFor()
    await offline(false)
    await page.getByText('待发 1 件').waitFor()
    const now = (await reported()).slice(0, -before).reverse()
    const words = await Promise.all(now.map(async (one) => (await grid.get('/city-events/' + one.case_id)).description))
    assert.deepEqual(words, ['第一件', '第三件'], 'in the order written')
    assert.equal((await grid.get('/cases/' + id)).events[0].note, '离线核实')
    await page.getByText('没有发成，需要改').waitFor()
    await look('refused')
    await desk.button('修改').click()
    await page.getByRole('alert').waitFor()
    await desk.button('用我现在的位置').click()
    await page.getByText('120.28430, 31.91040').waitFor()
    await page.getByText('附近可能是同一件事').waitFor() // comes above the button
    await desk.button('上报').click()
    await page.getByText(/^已发送：SJ-/).waitFor()
    assert.equal((await reported()).length, before + 3)
  })

  test('a step written offline: pressed meanwhile it goes out by itself, changed meanwhile the officer sees by whom and decides', async () => {
    const act = async (case_id, action, more = {}) => dispatcher.ok('POST', `/cases/${case_id}/actions/${action}`, { version: (await dispatcher.get('/cases/' + case_id)).version, ...more })
    const ids = []
    for (const address of ['被催的', '改位置的', '撤回的']) {
      const made = await grid.post('/city-events', { class_code: 'S0102', lon: 120.31 + ids.length / 100, lat: 31.94, address })
      await act(made.case_id, 'accept')
      ids.push(made.case_id)
    }
    await desk.link('任务').click()
    await desk.button('刷新').click()
    await page.getByRole('link', { name: /撤回的/ }).waitFor()
    await offline(true)
    for (const address of ['被催的', '改位置的', '撤回的']) {
      await page.getByRole('link', { name: new RegExp(address) }).click()
      await desk.button('核实属实').click()
      await desk.label('说明').fill('现场看过' + address)
      await desk.button('提交').click()
      await page.getByText('已存好，有网络时自动发送').waitFor()
    }
    await act(ids[0], 'urge', { note: '请尽快核实' })
    await act(ids[1], 'place', { note: '在路对面', form: { lon: 120.3203, lat: 31.9401 } })
    await grid.ok('POST', `/cases/${ids[2]}/actions/withdraw`, { version: (await grid.get('/cases/' + ids[2])).version, note: '重复上报' })
    await page.getByRole('link', { name: /^待发/ }).last().click()
    await offline(false)
    await page.getByText('写好以后，这件事有了变化').nth(1).waitFor()
    assert.deepEqual((await grid.get('/cases/' + ids[0])).events.slice(0, 2).map((one) => [one.action, one.note]), [['verify_true', '现场看过被催的'], ['urge', '请尽快核实']])
    const card = (words) => page.getByRole('listitem').filter({ hasText: '现场看过' + words })
    assert.match(await card('改位置的').innerText(), /更正位置[^]*在路对面[^]*现在的环节：待核实[^]*请看过再决定/)
    assert.match(await card('撤回的').innerText(), /撤回上报[^]*重复上报[^]*不用您办了/)
    assert.equal(await card('撤回的').getByRole('button', { name: '仍然提交' }).count(), 0)
    await look('meanwhile')
    await card('改位置的').getByRole('button', { name: '仍然提交' }).click()
    await page.getByText('待发 1 件').waitFor()
    assert.deepEqual((await grid.get('/cases/' + ids[1])).events.slice(0, 2).map((one) => one.action), ['verify_true', 'place'])
    for (let i = 0; i < 2; i++) await card('撤回的').getByRole('button', { name: '删除' }).click()
    await card('撤回的').waitFor({ state: 'detached' })
    assert.equal((await grid.get('/cases/' + ids[2])).state, 'cancelled')
  })

  test('what one reported, and what became of it', async () => {
    const mine = await grid.get('/city-events?mine=true')
    assert.ok(mine.items.length > 3)
    assert.equal((await dispatcher.get('/city-events?mine=true')).items.length, 0, 'the whole centre is his to see, but he reported none')
    await desk.link('任务').click()
    await desk.link('我上报的').click()
    await page.getByRole('heading', { name: '我上报的' }).waitFor()
    const line = (words) => page.getByRole('listitem').filter({ hasText: words })
    await line('撤回的').waitFor()
    assert.equal(await page.locator('.task').count(), mine.items.length)
    assert.match(await line('被催的').innerText(), /待立案[^]*(正常|将到期|不限时)[^]*SJ-/)
    await look('reports')
    await desk.context.setOffline(true)
    await page.reload()
    await line('撤回的').waitFor() // as last read
    await desk.context.setOffline(false)
    await page.getByText('没有网络').waitFor({ state: 'detached' })
    await line('撤回的').click()
    await page.getByRole('button', { name: '经过' }).click()
    await page.getByText('重复上报').first().waitFor()
  })

  test('messages: unread count, read, confirmed, answered; the sender has the receipts', async () => {
    const me = (await grid.get('/session')).account_id
    const about = '/events/' + (await reported())[0].case_id
    const sent = await dispatcher.post('/messages', { to: [me], title: '请留意东门', body: '东门井盖\n今天必看', about, confirm: true })
    const count = (await grid.get('/notices/counts')).unread // with those the program wrote
    const receipt = async () => (await dispatcher.get(`/notices/${sent.notice_id}/receipts`)).items[0]
    await page.reload()
    await page.getByRole('banner').getByRole('link', { name: new RegExp(`消息.*${count} 未读`) }).click()
    await page.getByRole('link', { name: /请留意东门[^]*未读[^]*需确认/ }).waitFor()
    await look('notices')
    assert.equal((await receipt()).read_at, null, 'the list is no reading')
    await page.getByRole('link', { name: /请留意东门/ }).click()
    await page.getByText('今天必看').waitFor()
    await page.getByRole('banner').getByText(`${count} 未读`).waitFor({ state: 'detached' })
    assert.ok((await receipt()).read_at)
    await desk.button('确认已知悉').click()
    await page.getByText(/已确认/).waitFor()
    assert.ok((await receipt()).confirmed_at)
    await desk.label(/^回复/).fill('马上去')
    await look('notice')
    await desk.button('发送回复').click()
    await page.getByText('回复已发送').waitFor()
    assert.equal((await dispatcher.get('/notices?unread=true')).items.filter((one) => one.body === '马上去').length, 1)
    await desk.link('打开相关内容').click()
    await page.getByRole('button', { name: '经过' }).waitFor()
  })

  test('a day without a line: 200 drafts are sent once each, also when an answer was lost', async () => {
    const before = (await reported()).length
    await offline(true)
    await page.goto(server.url + '/m/outbox')
    const account = (await heldIn(page)).items[0].account
    const bytes = [...jpeg()]
    await page.evaluate(({ account, bytes }) => new Promise((done, failed) => { const request = indexedDB.open('yiwang-m'); request.onsuccess = () => {
      const transaction = request.result.transaction(['items', 'photos'], 'readwrite')
      for (let i = 0; i < 200; i++) {
        const id = 'day' + String(i).padStart(4, '0')
        const photos = i % 40 === 0 ? [{ id: 'p' + i, name: 'a.jpg', type: 'image/jpeg' }] : []
        if (photos.length) transaction.objectStore('photos').put(new Uint8Array(bytes).buffer, 'p' + i)
        transaction.objectStore('items').put({ id, account, kind: 'report', state: 'queued', at: Date.now() - 3600e3 + i * 1000, photos, title: '暴露垃圾', class_code: 'S0101', place: { lon: 120.28 + i / 1e4, lat: 31.91, from: 'phone' }, address: '', description: '第 ' + i + ' 件', component: '' }, id)
      }
      transaction.oncomplete = () => { request.result.close(); done() }
      transaction.onabort = () => failed(transaction.error)
    } }), { account, bytes })
    await page.reload()
    await page.getByText('待发 200 件').waitFor()
    // the answer to one report is lost on the way: the server has it, the phone does not know
    let cut = 0
    await page.route('**/api/v1/city-events', async (route) => { if (route.request().method() === 'POST' && cut < 2 && route.request().postDataJSON().outside_number === 'day0040') { cut++; await route.fetch(); await route.abort() } else await route.continue() })
    await offline(false)
    for (let i = 0; i < 600 && cut < 2; i++) await new Promise((later) => setTimeout(later, 50)) // the button is enabled before it begins, too
    await page.getByRole('button', { name: '现在发送' }).and(page.locator(':not([disabled])')).waitFor()
    assert.equal(cut, 2, 'one call and its second try were cut off')
    await desk.button('现在发送').click()
    await page.getByText('最近发出（20）').waitFor({ timeout: 120_000 }) // 200 calls one after the other, beside other tests
    await page.waitForFunction(() => !/待发 \d|还有 \d/.test(document.querySelector('header').innerText), undefined, { timeout: 120_000 })
    const got = await reported()
    assert.equal(got.length - before, 200)
    const day = await Promise.all(got.slice(0, 200).map((one) => grid.get('/city-events/' + one.case_id)))
    assert.deepEqual(day.map((one) => one.outside_number).reverse(), Array.from({ length: 200 }, (_, i) => 'day' + String(i).padStart(4, '0')))
    assert.equal(day.filter((one) => one.photos.length === 1).length, 5)
    assert.ok(Date.now() - Date.parse(day[199].happened_at) > 3000e3, 'it happened when it was written')
    assert.deepEqual((await heldIn(page)).photos, [])
    await page.unroute('**/api/v1/city-events')
  })

  test('the same draft sent by two pages at once is one event', async () => {
    const before = (await reported()).length
    await offline(true)
    await page.goto(server.url + '/m/report')
    await desk.label('种类：输入名称或拼音首字母').fill('暴露垃圾')
    await page.getByRole('button', { name: '暴露垃圾' }).first().click()
    await desk.button('用我现在的位置').click()
    await page.getByText(/取自手机/).waitFor()
    await desk.button('上报').click()
    await page.getByText('待发 1 件').waitFor()
    const second = await desk.context.newPage()
    await second.goto(server.url + '/m/outbox')
    await second.getByText('待发 1 件').waitFor()
    await offline(false)
    for (const one of [page, second]) await one.waitForFunction(() => !/待发|还有/.test(document.querySelector('header').innerText))
    await second.close()
    assert.equal((await reported()).length, before + 1)
  })

  test('large text, high contrast, English; keyboard alone', async () => {
    await desk.link('设置').click()
    await look('settings')
    await page.getByText('标准').focus()
    for (let i = 0; i < 2; i++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await desk.button('高对比').click()
    for (const width of [390, 320]) {
      await look('settings-elder', width)
      await page.setViewportSize({ width, height: 844 })
      const small = await page.evaluate(() => [...document.querySelectorAll('button,.button,input,.bar a')].filter((one) => one.getClientRects().length && (one.getBoundingClientRect().height < 60 || one.getBoundingClientRect().width < 60)).map((one) => one.outerHTML.slice(0, 80)))
      assert.deepEqual(small, [])
      const texts = await page.evaluate(() => Math.min(...[...document.querySelectorAll('body *')].filter((one) => one.innerText?.trim()).map((one) => parseFloat(getComputedStyle(one).fontSize))))
      assert.ok(texts >= 18, `${texts} px`)
    }
    await desk.link('上报').click()
    await look('report-elder', 320)
    await desk.link('设置').click()
    await desk.button('English').click()
    await desk.link('Tasks').click()
    await look('tasks-english')
  })

  test('in a webview without a service worker; logging out says what would be lost and wipes it', async () => {
    const webview = await Desk.open(browser, server, engine, await server.as('cg.grid2'), { ...phone, serviceWorkers: 'block' })
    await webview.go('/m')
    await webview.page.getByText('现在没有等您办的事').waitFor()
    assert.equal(await webview.page.evaluate(() => navigator.serviceWorker?.controller ?? null), null)
    await webview.context.setOffline(true)
    await webview.link('上报').click()
    await webview.label('种类：输入名称或拼音首字母').fill('暴露垃圾')
    await webview.page.getByRole('button', { name: '暴露垃圾' }).first().click()
    await webview.button('用我现在的位置').click()
    await webview.page.getByText(/取自手机/).waitFor()
    await webview.button('上报').click()
    await webview.page.getByText('待发 1 件').waitFor()
    // logging out says what would be lost, and wipes it when told to
    await webview.link('设置').click()
    await webview.button('退出登录').click()
    await webview.page.getByText('手机里还有 1 件没有发出').waitFor()
    await webview.button('删除并退出').click()
    await webview.label('登录名').waitFor()
    assert.deepEqual(await heldIn(webview.page), { items: [], photos: [], seen: 0 })
    await webview.context.setOffline(false)
    await webview.page.reload()
    await webview.label('登录名').waitFor()
    await webview.page.reload()
    await webview.label('登录名').waitFor() // the server was told of it when the line was back
    await webview.close()
  })

  test('nothing went wrong in the page', async () => {
    await desk.close()
  })
})
