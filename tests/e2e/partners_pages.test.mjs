// The page of other systems as a supervisor sees it: naming a platform, its key, receipts, orders and results as files; desk and phone.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'
import { farSide, until } from './far_side.mjs'

suite('page of other systems', (engine) => {
  let server, browser, desk, far
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] }); far = await farSide()
    const admin = await server.as('sysadmin')
    const all = (await admin.get('/settings')).items
    for (const [name, value] of [['partner.networks', '127.0.0.1'], ['partner.retry_seconds', '1']]) await admin.ok('PUT', '/settings/' + name, { value, version: all.find((s) => s.name === name).version })
    browser = await openBrowser()
    desk = await Desk.open(browser, server, engine, await server.as('cg.supervisor'))
  })
  after(async () => { await browser?.close(); await server?.stop(); await far?.close() })

  test('a platform is named, hands orders down as a file, hears of them, fails and is sent again', async () => {
    const { page } = desk
    await desk.go('/events/partners')
    await desk.button('设置 物联感知 报警平台').click()
    await page.getByText('接收它上报的事件').click()
    // the chosen one lies over a select that cannot be typed into
    const choose = async (label, option) => { await page.getByRole('combobox', { name: label, exact: true }).click({ force: true }); await page.getByRole('option', { name: option }).click() }
    await choose('渠道', '12345 热线')
    await page.getByLabel('说明（哪个系统、为什么）').fill('省 12345 工单')
    await page.getByText('它是上级平台').click()
    await choose('平台模板', '上级 12345')
    await desk.label('推送地址').fill(far.url + '/results')
    await page.getByLabel('令牌', { exact: false }).fill('their-token')
    await desk.lookBoth('partner-set')
    await desk.button('保存').click()
    await page.getByText('还没有推送', { exact: true }).waitFor()
    await desk.lookBoth('partners')
    await page.getByRole('link', { name: '物联感知 报警平台' }).click()
    await desk.button('显示').click()
    far.key = await page.locator('dd code').last().textContent()
    far.answer = 500
    await page.locator('input[type=file]').setInputFiles({ name: '工单.csv', mimeType: 'text/csv', buffer: Buffer.from('工单编号,诉求分类,事发地址,诉求内容,办理时限\nA-1,井盖破损,澄江路 12 号,井盖破损,2026-12-31 18:00:00\nA-2,暴露垃圾,澄江路 14 号,垃圾,明天\n') })
    await page.getByText('新收 1，重复 0，退回 1').waitFor()
    await page.getByText('HTTP 500').first().waitFor()
    await desk.lookBoth('partner')
    far.answer = 200
    await desk.button('全部重新发送').click()
    await page.getByText('已送达').first().waitFor()
    const [call] = far.taken()
    assert.deepEqual([call.signed, call.headers.authorization, call.body.data.orderNo, call.body.data.status], [true, 'Bearer their-token', 'A-1', '01'])
    const [download] = await Promise.all([page.waitForEvent('download'), desk.button('办理结果 XLSX').click()])
    assert.match(download.suggestedFilename(), /办理结果\.xlsx$/)
    await page.getByRole('link', { name: /^SJ-/ }).click()
    await page.getByText('对方编号').waitFor()
    await page.getByText('A-1', { exact: true }).waitFor()
    await page.getByText('对方要求办结').waitFor()
    await desk.look('partner-event')
  })
})
