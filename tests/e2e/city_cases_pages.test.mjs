// A city case in a browser: the handler's inbox by light, asking for more time, the lead's approval, how the time is counted; desk and phone.
import { before, after, test } from 'node:test'
import { join } from 'node:path'
import { root, suite } from './harness.mjs'
import { cityCases } from './city_cases.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of city cases', (engine) => {
  let c, browser, handler, lead, id
  before(async () => {
    c = await cityCases(engine, { args: ['--web', join(root, 'web/dist')] })
    id = c.dispatched()
    browser = await openBrowser()
    handler = await Desk.open(browser, c.server, engine, c.handler)
    lead = await Desk.open(browser, c.server, engine, c.lead)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('from the inbox to an approved extension', async () => {
    const { page } = handler
    await handler.go('/')
    await page.getByText('处置派给本单位的事件').waitFor()
    await page.getByRole('region', { name: '等我办理' }).getByRole('link', { name: /井盖丢失/ }).waitFor()
    await page.getByRole('link', { name: '查看事件' }).waitFor()
    await handler.lookBoth('city-overview')
    await handler.go('/inbox')
    await page.getByText('井盖丢失').waitFor()
    await handler.button('超期').click()
    await page.getByText('没有等您办理的事项').waitFor()
    await handler.button('超期').click()
    await handler.lookBoth('city-inbox')
    await page.getByText('井盖丢失').click()
    await handler.settled()
    await handler.button('签收').click()
    await page.getByRole('dialog').getByRole('button', { name: '签收' }).click()
    await handler.button('申请延期').click()
    await handler.label('理由和凭据').fill('备件未到，需要等厂家发货')
    await handler.label('时长').fill('2')
    await page.getByRole('dialog').getByRole('button', { name: '申请延期' }).click()
    await page.getByText('等待审批').first().waitFor()

    await lead.go('/requests/' + id)
    await lead.page.getByText('备件未到，需要等厂家发货').first().waitFor()
    await lead.lookBoth('city-case-asked')
    await lead.button('同意延期').click()
    await lead.page.getByRole('dialog').getByLabel('理由').fill('同意')
    await lead.page.getByRole('dialog').getByRole('button', { name: '同意延期' }).click()
    await lead.page.getByText('批准延期', { exact: false }).first().waitFor()
    await handler.go('/requests/' + id)
    await handler.lookBoth('city-case-extended')
  })

  test('nothing went wrong in the browsers', async () => {
    for (const desk of [handler, lead]) await desk.close()
  })
})
