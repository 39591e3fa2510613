// Import of events as a dispatcher sees it: file, columns, classes, history; what was refused; desk and phone.
import { after, before, test } from 'node:test'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('page of event imports', (engine) => {
  let server, browser, desk
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    desk = await Desk.open(browser, server, engine, await server.as('cg.dispatcher'))
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('a file is mapped and imported; refused rows say why', async () => {
    const { page } = desk
    await desk.go('/events')
    await page.getByRole('link', { name: '导入事件' }).click()
    await page.getByLabel('来源系统').fill('旧平台')
    const rows = ['A-1,上水井盖,2026-11-20 08:30:00,,120.2841,31.9102,澄江路 12 号', 'A-2,上水井盖,2026-10-20 08:30:00,2026-10-21 08:30:00,120.2842,31.9102,澄江路 14 号', 'A-3,说不清,2026-11-20 08:30:00,,120.2841,31.9102,某路']
    await page.locator('input[type=file]').setInputFiles({ name: '旧平台.csv', mimeType: 'text/csv', buffer: Buffer.from('工单编号,问题类型,上报时间,结案时间,经度,纬度,地址\n' + rows.join('\n')) })
    await page.getByText('共 3 行，7 列').waitFor()
    await page.getByText('作为历史存档，不再办理').click()
    await desk.lookBoth('event-import')
    await desk.button('开始导入').click()
    await page.getByText('待办 1，历史 1，重复 0，退回 1').waitFor()
    await page.getByText('种类对照表中没有这一项').waitFor()
    await desk.lookBoth('event-import-done')
  })
})
