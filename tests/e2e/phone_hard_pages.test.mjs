// The officers' phone page where the phone gives less than it should: no position, full storage, a webview that keeps nothing; and where
// others worked on the same case meanwhile. At 390 px.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true } // no permission for the position
const inReach = { ...phone, geolocation: { longitude: 120.2843, latitude: 31.9104 }, permissions: ['geolocation'] }

suite('phone page, hard days', (engine) => {
  let server, browser, grid, dispatcher, hand
  const opened = async (context = phone, client = grid) => {
    const desk = await Desk.open(browser, server, engine, client, context)
    await desk.go('/m')
    return desk
  }
  const look = async (desk, name) => { await desk.look('phone-hard-' + name, { width: 390 }); await desk.page.setViewportSize(phone.viewport) }
  const choose = async (desk, name = '暴露垃圾') => { await desk.label('种类：输入名称或拼音首字母').fill(name); await desk.page.getByRole('button', { name, exact: true }).first().click() }
  const newest = async () => grid.get('/city-events/' + (await grid.get('/city-events?limit=1')).items[0].case_id)
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    grid = await server.as('cg.grid'); dispatcher = await server.as('cg.dispatcher')
    await (await server.as('cg.supervisor')).post('/place/addresses', Buffer.from('id,standard,lon,lat\n1,演示市澄江路12号,120.2841,31.9102\n2,演示市澄江路14号,120.2845,31.9102\n'), { 'content-type': 'application/octet-stream' })
    hand = await opened()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('no position to be had: an address is enough; which of the city\'s it is takes one tap, and other words another place', async () => {
    await hand.link('上报').click()
    await choose(hand)
    await hand.button('用我现在的位置').click()
    await hand.page.getByText('没有得到位置：请允许本页使用位置，或填地址。').waitFor()
    await hand.button('上报').click()
    await hand.page.getByText('请点“用我现在的位置”，或填地址').waitFor()
    await hand.label('地址').fill('澄江路 12 号门口')
    await hand.page.getByText('是下面哪一个？').waitFor()
    await look(hand, 'address')
    await hand.button('演示市澄江路14号').click()
    await hand.page.getByText('取自地址：演示市澄江路14号').waitFor()
    await hand.label('地址').fill('澄江路 12 号门口西')
    await hand.page.getByText('还没有位置').waitFor()
    await hand.button('演示市澄江路12号').click()
    await look(hand, 'address-chosen')
    await hand.button('上报').click()
    await hand.page.getByText(/^已发送：SJ-/).waitFor()
    const one = await newest()
    assert.deepEqual([one.address, one.lon.toFixed(4), one.lat.toFixed(4)], ['澄江路 12 号门口西', '120.2841', '31.9102'])
  })

  test('no position and no line: the draft waits with its address; one that may be several is mended by a tap', async () => {
    await hand.context.setOffline(true)
    await hand.link('上报').click()
    await choose(hand)
    await hand.label('地址').fill('澄江路')
    await hand.button('上报').click()
    await hand.page.getByText('已存好，有网络时自动发送').waitFor()
    await hand.link('待发 1').click()
    await hand.context.setOffline(false)
    await hand.page.getByText('没有发成，需要改').waitFor()
    await hand.button('修改').click()
    assert.equal(await hand.label('地址').inputValue(), '澄江路')
    await hand.page.getByRole('alert').waitFor()
    await look(hand, 'address-refused')
    await hand.button('演示市澄江路14号').click()
    await hand.button('上报').click()
    await hand.page.getByText(/^已发送：SJ-/).waitFor()
    assert.equal((await newest()).lon.toFixed(4), '120.2845')
  })

  /** At a browser whose storage takes so many bytes, from the beginning on: it reckons with what was free before for a while. */
  async function short(bytes) {
    const desk = await Desk.open(browser, server, engine, grid, { ...inReach, serviceWorkers: 'block' })
    const tools = await desk.context.newCDPSession(desk.page)
    await tools.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: bytes })
    await desk.go('/m/report')
    return desk
  }
  test('full storage: a picture too many is said in words, the report goes without it', async () => {
    const desk = await short(900_000)
    const { page } = desk
    const large = join(folder('photo'), '大图.jpg')
    // noise does not get small
    writeFileSync(large, Buffer.from(await page.evaluate(() => { const c = document.createElement('canvas'); c.width = 1600; c.height = 1200; const at = c.getContext('2d'), all = at.createImageData(1600, 1200)
      for (let i = 0; i < all.data.length; i++) all.data[i] = i % 4 === 3 ? 255 : Math.random() * 256
      at.putImageData(all, 0, 0); return c.toDataURL('image/jpeg', 0.9).split(',')[1] }), 'base64'))
    await desk.label('从相册选').setInputFiles(large)
    await page.getByText('手机存储已满，先发出或删除').waitFor()
    assert.equal(await page.getByText('正在处理照片…').count(), 0)
    assert.ok(await desk.label('拍照').isEnabled())
    await look(desk, 'full')
    await choose(desk)
    await desk.button('用我现在的位置').click()
    await page.getByText(/取自手机/).waitFor()
    await desk.button('上报').click()
    await page.getByText(/^已发送：SJ-/).waitFor()
    assert.equal((await newest()).photos.length, 0)
    await desk.close()
  })

  test('not even a draft has room: it is said, and what is written goes out when the line is back', async () => {
    const desk = await short(1)
    await desk.page.getByText('手机存储已满，先发出或删除').waitFor()
    await choose(desk)
    await desk.context.setOffline(true)
    await desk.button('用我现在的位置').click()
    await desk.page.getByText(/取自手机/).waitFor()
    await desk.label('情况').fill('存储已满')
    await desk.button('上报').click()
    await desk.page.getByText('没有存进手机：发出之前请不要关闭页面').waitFor()
    await look(desk, 'full-waits')
    await desk.context.setOffline(false)
    await desk.page.waitForFunction(() => !/待发|还有/.test(document.querySelector('header').innerText))
    assert.equal((await newest()).description, '存储已满')
    await desk.close()
  })

  test('a webview that keeps nothing: log in, report, log out', async () => {
    for (const none of ['() => null', '() => { throw new DOMException(\'denied\', \'SecurityError\') }']) {
      const desk = await Desk.open(browser, server, engine, null, { ...inReach, serviceWorkers: 'block' })
      await desk.page.addInitScript(`for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: ${none} })`)
      await desk.page.goto(server.url + '/m')
      await desk.label('登录名').fill('cg.grid')
      await desk.label('密码').fill(server.passwords['cg.grid'])
      await desk.button('登录').click()
      await desk.link('上报').click()
      await choose(desk)
      await desk.button('用我现在的位置').click()
      await desk.page.getByText(/取自手机/).waitFor()
      await desk.button('上报').click()
      await desk.page.getByText(/^已发送：SJ-/).waitFor()
      await desk.link('设置').click()
      await desk.button('退出登录').click()
      await desk.label('登录名').waitFor()
      await desk.close()
    }
  })

  test('a return cites a line of the list of duties, also without a line; the lines are kept once for all tasks', async () => {
    const water = await server.as('sw.handler'), act = async (id, action, body = {}) => dispatcher.post(`/cases/${id}/actions/${action}`, { version: (await dispatcher.get('/cases/' + id)).version, ...body })
    const ids = []
    for (const address of ['退单一', '退单二']) {
      const { case_id } = await dispatcher.post('/city-events', { class_code: 'B0101', lon: 120.25 + ids.length / 100, lat: 31.95, address })
      await act(case_id, 'file', { form: { condition_no: 1 } })
      const unit = (await dispatcher.get('/city-events/' + case_id)).proposal[0]
      await act(case_id, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
      ids.push(case_id)
    }
    const desk = await opened({ ...phone, serviceWorkers: 'block' }, water)
    await desk.page.getByRole('link', { name: /退单二/ }).waitFor()
    const asked = await desk.page.evaluate(() => performance.getEntriesByType('resource').map((one) => one.name).filter((name) => /city-events\/\d+/.test(name)))
    assert.ok(asked.length >= 2)
    const lines = (await water.get('/city-events/' + ids[0])).duties
    assert.ok(lines.length)
    assert.deepEqual((await water.get(`/city-events/${ids[0]}?duties=false`)).duties, [])
    await desk.context.setOffline(true)
    await desk.page.getByRole('link', { name: /退单一/ }).click()
    await desk.button('退单').click()
    await desk.label('说明').fill('不是我单位的设施')
    await desk.button('提交').click()
    await desk.page.getByText('请选择一项').waitFor()
    await desk.page.getByRole('radio', { name: new RegExp(lines[0].basis.slice(0, 12)) }).check()
    await look(desk, 'return')
    await desk.button('提交').click()
    await desk.page.getByText('已存好，有网络时自动发送').waitFor()
    await desk.page.getByRole('link', { name: /退单二/ }).click()
    await desk.button('退单').click()
    await desk.page.getByRole('radio', { name: /清单里没有/ }).check()
    await desk.label('依据什么').fill('三定方案第二条')
    await desk.label('说明').fill('清单未列')
    await desk.button('提交').click()
    await desk.context.setOffline(false)
    await desk.page.waitForFunction(() => !/待发|还有/.test(document.querySelector('header').innerText))
    const forms = await Promise.all(ids.map(async (id) => (await dispatcher.get('/cases/' + id)).events.find((one) => one.action === 'return').form))
    assert.deepEqual(forms, [{ duty_id: lines[0].duty_id, duty: lines[0].basis }, { duty: '三定方案第二条' }])
    await desk.close()
  })

  test('classes of verification are not offered for reports', async () => {
    await hand.link('上报').click()
    await hand.label('种类：输入名称或拼音首字母').fill('S0102')
    await hand.page.getByText('没有这个名称的种类').waitFor({ state: 'detached' })
    await hand.label('种类：输入名称或拼音首字母').fill('D01')
    await hand.page.getByText('没有这个名称的种类').waitFor()
  })

  test('nothing went wrong in the page', async () => {
    await hand.close()
  })
})
