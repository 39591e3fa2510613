// Shifts, hand-over and outage in a browser, on a desk and on a phone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { folder, root, Server, suite } from './harness.mjs'
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

  test('a rota is set, seen over the calendar and made into shifts; a file is looked at, mapped and imported', async () => {
    const { page } = lead
    await lead.go('/desk/shifts?tab=rota&desk=' + encodeURIComponent('值守'))
    await page.getByText('没有设置，与工作日相同').waitFor()
    await page.getByRole('region', { name: '工作日（含调休上班日）' }).getByRole('button', { name: '设置' }).click()
    await pick(lead, '第 1 组加人', '话务员')
    await page.getByLabel('起始日').fill('2026-09-01')
    await lead.lookBoth('rota-edit')
    await lead.button('保存规则').click()
    await page.getByText(/08:00–20:00、20:00–08:00/).waitFor()
    await page.getByLabel('从', { exact: true }).fill('2026-09-28')
    await page.mouse.move(0, 0)
    await lead.button('预览').click()
    await page.getByText('国庆节').first().waitFor()
    await lead.lookBoth('rota-plan')
    await lead.button('生成班次').click()
    await page.getByText('生成 56 个班次').waitFor()
    await page.getByText(/处空档或重叠/).waitFor()
    await lead.go('/desk/shifts?tab=file&desk=' + encodeURIComponent('窗口'))
    const path = join(folder('shifts'), '排班.csv')
    writeFileSync(path, '日期,上班,下班,谁\n2027-03-01,08:00,20:00,cg.operator\n2027-03-02,8点,20:00,cg.operator\n')
    await page.setInputFiles('input[type=file]', path)
    await page.getByText('请指定“值班人”是哪一列。').waitFor()
    await page.getByLabel('值班人').selectOption('谁')
    await page.getByText('共 2 行：新班次 1，已有 0，有误 1').waitFor()
    await lead.lookBoth('shift-file')
    await lead.button('跳过有误的行，导入 1 个班次').click()
    await page.getByText('共 2 行：新班次 0，已有 1，有误 1').waitFor()
  })

  test('numbers are given out, entered after the outage, the rest given back', async () => {
    const { page } = lead
    await lead.go('/desk/shifts?tab=outage')
    await page.getByText('还没有发放过编号').waitFor()
    await lead.button('发放编号').click()
    await page.getByText(/已发放 YJ-/).waitFor()
    await lead.button('补录', { exact: true }).first().click()
    await page.getByRole('textbox', { name: '诉求内容' }).fill('停机时来电：路灯不亮')
    assert.equal(await page.getByRole('dialog').getByRole('button', { name: '补录' }).isDisabled(), true, 'its time is asked for')
    await page.getByRole('dialog').getByLabel('来电时间').last().fill('2026-11-01 03:00:00')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: '补录' }).click()
    await page.getByText('已补录', { exact: true }).first().waitFor()
    await lead.button('其余全部作废').click()
    await page.getByRole('dialog').getByRole('textbox').fill('停机结束')
    await page.getByRole('dialog').getByRole('button', { name: '作废' }).click()
    await page.getByText('作废 49').waitFor()
    await lead.lookBoth('outage')
  })
})
