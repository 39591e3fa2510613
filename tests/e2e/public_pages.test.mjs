// The public in a browser, on a desk and on a phone: reports with position and picture, finds it again, rates it; sees what is near; the same without
// scripts, in large text and in English.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { root, Server, suite } from './harness.mjs'
import { jpeg } from './event_photos.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of the public', (engine) => {
  let server, browser, anybody, dispatcher
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    dispatcher = await server.as('cg.dispatcher')
    await (await server.as('cg.supervisor')).post('/place/addresses', Buffer.from('id,standard,lon,lat\n1,演示市澄江路12号,120.2841,31.9102\n2,演示市澄江路14号,120.2845,31.9102\n'), { 'content-type': 'application/octet-stream' })
    browser = await openBrowser()
    anybody = await Desk.open(browser, server, engine, null, { geolocation: { longitude: 120.2843, latitude: 31.9101 }, permissions: ['geolocation'] })
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('from the front page to a number and a code', async () => {
    const { page } = anybody
    await anybody.go('/open')
    await page.getByRole('link', { name: '我要反映' }).click()
    const find = page.getByRole('searchbox', { name: /找类别/ })
    await find.fill('没有这种')
    await page.getByText('没有找到').waitFor()
    await find.fill('jg')
    await page.getByRole('button', { name: '上水井盖' }).waitFor()
    await page.getByText(/找到 \d+ 类，先列 8 类/).waitFor()
    await anybody.lookBoth('public-find')
    await find.fill('ssjg')
    await find.press('Enter')
    assert.equal(await page.getByRole('combobox', { name: '是什么问题' }).inputValue(), 'B0101')
    await page.getByRole('textbox', { name: '请说明情况' }).fill('井盖松动，骑车经过很危险')
    await page.getByRole('button', { name: '用我现在的位置' }).click()
    await page.getByText('已记下位置').waitFor()
    // whatever was said last counts, and the page says which it is
    const where = page.getByRole('textbox', { name: /在哪里/ })
    await where.fill('澄江路14号')
    await page.getByText('用的是您写的地址。').waitFor()
    assert.equal(await page.locator('#lon').inputValue(), '')
    await page.getByRole('button', { name: '改用取到的位置' }).click()
    await page.getByText('用的是这个位置。').waitFor()
    assert.equal(await page.locator('#lon').inputValue(), '120.284300')
    await page.setInputFiles('#file', { name: 'a.jpg', mimeType: 'image/jpeg', buffer: jpeg() })
    await page.getByText('已添加照片：1').waitFor()
    // a large picture is made small before it is sent
    const large = Buffer.from(await page.evaluate(() => { const c = document.createElement('canvas'); c.width = 2400; c.height = 1800; const at = c.getContext('2d'), all = at.createImageData(2400, 1800)
      for (let i = 0; i < all.data.length; i++) all.data[i] = i % 4 === 3 ? 255 : Math.random() * 256
      at.putImageData(all, 0, 0); return c.toDataURL('image/jpeg', 0.9).split(',')[1] }), 'base64')
    const [sent] = await Promise.all([page.waitForRequest('**/open/photos'), page.setInputFiles('#file', { name: 'large.jpg', mimeType: 'image/jpeg', buffer: large })])
    await page.getByText('已添加照片：2').waitFor()
    const kept = sent.postDataBuffer()
    if (kept) assert.ok(kept.length < large.length / 2, `${kept.length} of ${large.length}`)
    await page.setInputFiles('#file', { name: 'b.pdf', mimeType: 'image/jpeg', buffer: Buffer.from('%PDF-1.7 none') })
    await page.getByText(/b\.pdf：/).waitFor()
    assert.ok(!await page.getByRole('button', { name: '朗读本页' }).isVisible(), 'in the large version only')
    await anybody.lookBoth('public-report')
    await page.getByRole('button', { name: '提交' }).click()
    await page.getByRole('heading', { name: '已收到您的反映' }).waitFor()
    await page.getByText('120.284300, 31.910100').waitFor()
    await anybody.lookBoth('public-receipt')
    await page.getByRole('button', { name: '查看进度' }).click()
    await page.getByText('待受理').first().waitFor()
    await page.getByRole('textbox', { name: '补充什么' }).fill('旁边还有一处')
    await page.setInputFiles('#file', { name: 'c.jpg', mimeType: 'image/jpeg', buffer: jpeg() })
    await page.getByText('已添加照片：1').waitFor()
    await anybody.lookBoth('public-track')
    await page.getByRole('button', { name: '补充', exact: true }).click()
    await page.getByText('您补充了情况').waitFor()
    const one = (await dispatcher.get('/city-events?q=SJ-')).items[0]
    assert.equal((await dispatcher.get('/city-events/' + one.case_id)).photos.length, 3)
  })

  test('an address that is not sure is asked for; a problem leads to its field; large text and English', async () => {
    const { page } = anybody
    await anybody.go('/open/report?big=1')
    await page.getByRole('button', { name: '朗读本页' }).waitFor()
    await page.getByRole('combobox', { name: '是什么问题' }).selectOption('B0101')
    await page.getByRole('textbox', { name: '请说明情况' }).fill('又一个井盖坏了')
    await page.getByRole('textbox', { name: /在哪里/ }).fill('承江路13号')
    await page.getByRole('button', { name: '提交' }).click()
    await page.getByRole('alert').getByText('请选择您说的是哪个地址').waitFor()
    await anybody.lookBoth('public-unsure')
    await page.getByText('替家人或居民反映').click()
    await page.getByRole('textbox', { name: '替谁反映' }).fill('王奶奶')
    await page.getByRole('checkbox', { name: '本人知道并同意' }).check()
    await anybody.look('public-proxy-big', { width: 390 })
    await page.getByRole('radio', { name: /澄江路14号/ }).check()
    await page.getByRole('button', { name: '提交' }).click()
    await page.getByRole('heading', { name: '已收到您的反映' }).waitFor()
    const [number, code] = await page.locator('.receipt strong').allTextContents(), one = (await dispatcher.get('/city-events?q=' + number)).items[0]
    const act = async (who, action, body = {}) => who.post(`/cases/${one.case_id}/actions/${action}`, { version: (await who.get('/cases/' + one.case_id)).version, ...body })
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    const unit = (await dispatcher.get('/city-events/' + one.case_id)).proposal[0]
    await act(dispatcher, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
    await act(await server.as('sw.handler'), 'finish', { note: '已修复' })
    await act(dispatcher, 'check_good')
    await act(dispatcher, 'close')
    await anybody.go('/open/track?big=1')
    await anybody.look('public-ask-big', { width: 390 })
    await page.getByRole('textbox', { name: /编号/ }).fill(number)
    await page.getByRole('textbox', { name: /查询码/ }).fill(code)
    await page.getByRole('button', { name: '查询' }).click()
    await page.getByRole('radio', { name: '很不满意' }).check()
    await anybody.look('public-track-big', { width: 390 })
    await page.getByRole('button', { name: '评价' }).click()
    await page.getByText('谢谢，已记录。').waitFor()
    await anybody.go('/open/nearby?big=1&q=' + encodeURIComponent('澄江路12号'))
    await page.getByText('上水井盖').first().waitFor()
    await anybody.look('public-nearby-big', { width: 390 })
    await anybody.go('/open/nearby?q=' + encodeURIComponent('澄江路12号'))
    await page.getByText('上水井盖').first().waitFor()
    await anybody.lookBoth('public-nearby')
    await anybody.go('/open/report?lang=en')
    await anybody.look('public-report-en', { words: false })
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Report what is wrong')
  })

  test('without scripts, on a phone', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } }), page = await plain.newPage()
    await page.goto(server.url + '/open/report')
    assert.ok(!await page.getByRole('button', { name: '用我现在的位置' }).isVisible())
    await page.getByRole('combobox', { name: '是什么问题' }).selectOption('B0101')
    await page.getByRole('textbox', { name: '请说明情况' }).fill('没有脚本也能反映')
    await page.getByRole('textbox', { name: /在哪里/ }).fill('澄江路12号')
    await page.getByRole('button', { name: '提交' }).click()
    const text = await page.locator('main').innerText()
    const number = /SJ-\d{4}-\d{6}/.exec(text)[0], code = /[2-9A-Z]{8}/.exec(text.replace(number, ''))[0]
    await page.goto(server.url + '/open/track')
    await page.getByRole('textbox', { name: /编号/ }).fill(number)
    await page.getByRole('textbox', { name: /查询码/ }).fill(code)
    await page.getByRole('button', { name: '查询' }).click()
    await page.getByRole('textbox', { name: /撤回原因/ }).fill('已经有人修了')
    await page.getByRole('button', { name: '撤回' }).click()
    await page.getByText('谢谢，已记录。').waitFor()
    await plain.close()
  })
})
