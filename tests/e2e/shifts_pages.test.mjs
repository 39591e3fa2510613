// Shifts, hand-over and outage in a browser, on a desk and on a phone.
import { after, before, test } from 'node:test'
import { join } from 'node:path'
import { root, Server, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of shifts', (engine) => {
  let server, browser, lead, operator
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    const client = await server.as('cg.operator'), supervisor = await server.as('cg.supervisor')
    browser = await openBrowser()
    operator = await Desk.open(browser, server, engine, client)
    lead = await Desk.open(browser, server, engine, supervisor)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  const pick = async (desk, name, text) => {
    await desk.page.getByRole('combobox', { name }).click({ force: true })
    await desk.page.keyboard.type(text)
    await desk.page.getByRole('option', { name: new RegExp(text) }).first().click()
  }

  test('a shift is made and copied; the desk is handed over and taken', async () => {
    const { page } = lead
    await lead.go('/desk/shifts')
    await page.getByText('现在没有人值班').waitFor()
    await lead.lookBoth('shifts-empty')
    await lead.button('添加班次').click()
    await pick(lead, '第 1 呼叫', '话务员')
    await lead.look('shift-add')
    await lead.button('保存班次').click()
    await page.getByText(/无人值班/).first().waitFor()
    await lead.lookBoth('shifts')
    await lead.button('复制本周到以后 4 周').click()
    await page.getByText('生成 4 个班次').waitFor()
    await lead.go('/desk/shifts?tab=handover')
    await page.getByText('在办事件').first().waitFor()
    await page.getByRole('textbox', { name: '交班说明' }).fill('注意南闸信号灯')
    await pick(lead, '接班人', '话务员')
    await lead.button('交班').click()
    await page.getByText('已交班').waitFor()
    await operator.go('/desk/shifts?tab=handover')
    await operator.page.getByText('注意南闸信号灯').waitFor()
    await operator.lookBoth('handover')
    await operator.button('接班').click()
    await operator.page.getByText('已接班').first().waitFor()
  })

  test('numbers are given out, entered after the outage, the rest given back', async () => {
    const { page } = lead
    await lead.go('/desk/shifts?tab=outage')
    await page.getByText('还没有发放过编号').waitFor()
    await lead.button('发放编号').click()
    await page.getByText(/已发放 YJ-/).waitFor()
    await lead.button('补录', { exact: true }).first().click()
    await page.getByRole('textbox', { name: '诉求内容' }).fill('停机时来电：路灯不亮')
    await page.getByRole('dialog').getByRole('button', { name: '补录' }).click()
    await page.getByText('已补录', { exact: true }).first().waitFor()
    await lead.button('其余全部作废').click()
    await page.getByRole('dialog').getByRole('textbox').fill('停机结束')
    await page.getByRole('dialog').getByRole('button', { name: '作废' }).click()
    await page.getByText('作废 49').waitFor()
    await lead.lookBoth('outage')
  })
})
