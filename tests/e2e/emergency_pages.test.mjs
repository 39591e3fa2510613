// Emergency duty as people meet it: declared at the console, switched on on the phone, seen on the map, ended.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, geolocation: { longitude: 120.2843, latitude: 31.9104 }, permissions: ['geolocation'] }

suite('pages of emergency duty', (engine) => {
  let server, browser, lead, officer
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    lead = await Desk.open(browser, server, engine, await server.as('cg.supervisor'))
    officer = await Desk.open(browser, server, engine, await server.as('cg.grid'), phone)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('declared with a basis, a term and people', async () => {
    const { page } = lead
    await lead.go('/emergencies')
    await page.getByText('没有应急值守').waitFor()
    await lead.button('宣布应急值守').click()
    const dialog = page.getByRole('dialog', { name: '宣布应急值守' })
    await dialog.getByRole('textbox', { name: '事由' }).fill('台风防御')
    await dialog.getByRole('textbox', { name: '依据' }).fill('防汛防台应急预案 III 级响应')
    const until = new Date(Date.now() + 8 * 3600e3 + 5 * 3600e3).toISOString()
    await dialog.getByRole('combobox', { name: '截止时间' }).fill(until.slice(0, 10) + ' ' + until.slice(11, 16))
    await page.keyboard.press('Enter')
    await dialog.getByRole('combobox', { name: '列入人员' }).fill('城东')
    await page.getByRole('option', { name: /城东网格员/ }).click()
    await dialog.getByRole('textbox', { name: '事由' }).click() // the list of choices goes away
    await lead.look('emergency-declare')
    await dialog.getByRole('button', { name: '宣布应急值守' }).click()
    await page.waitForURL(/\/emergencies\/\d+/)
    await page.getByText('还没有人开启位置记录').waitFor()
  })

  test('nothing is recorded until the officer taps; then where he is lies on the map', async () => {
    const { page } = officer
    await page.goto(server.url + '/m/')
    const bar = page.getByRole('region', { name: '应急值守' })
    await bar.getByText('没有记录您的位置').waitFor()
    assert.equal((await (await server.as('cg.supervisor')).get('/emergencies')).items[0].on, false)
    await officer.look('emergency-phone')
    await bar.getByRole('button', { name: '开始记录位置' }).click()
    await bar.getByText('正在记录您的位置').waitFor()
    await bar.getByText(/已发送 [1-9]/).waitFor({ timeout: 40000 })
    await lead.page.reload()
    await lead.page.getByText('1 / 1 人在记录').waitFor()
    await lead.page.getByRole('button', { name: /轨迹/ }).click()
    await lead.lookBoth('emergency')
    await bar.getByRole('button', { name: '停止记录' }).click()
    await bar.getByText('没有记录您的位置').waitFor()
  })

  test('its end is confirmed with a reason, and the phone forgets it', async () => {
    await lead.button('结束值守').click()
    const dialog = lead.page.getByRole('dialog', { name: '结束值守' })
    await dialog.getByRole('textbox').fill('响应解除')
    await dialog.getByRole('button', { name: '结束值守' }).click()
    await lead.page.getByText('已结束').waitFor()
    await officer.page.reload()
    await officer.page.getByRole('navigation').getByText('任务').waitFor()
    assert.equal(await officer.page.getByRole('region', { name: '应急值守' }).count(), 0)
  })

  test('nothing went wrong in the pages', async () => {
    await lead.close()
    await officer.close()
  })
})
