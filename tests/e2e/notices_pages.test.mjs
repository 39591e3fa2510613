// Messages and notices as people see them: written by name, read, answered, confirmed, receipted and taken back, at a desk and on a phone.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { account, city } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of messages', (engine) => {
  let c, browser, bureau, grid, officer
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    officer = await account(c.server, c.sys, c.sec, 'grid.zhang', c.supplierOrg, ['grid_officer'])
    browser = await openBrowser()
    bureau = await Desk.open(browser, c.server, engine, c.bureau)
    grid = await Desk.open(browser, c.server, engine, officer)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('a notice by role is confirmed on a phone, a message is answered, receipts show both, words are taken back', async () => {
    const { page } = bureau
    await bureau.go('/notices')
    await page.getByText('还没有消息').waitFor()
    await bureau.lookBoth('notices-empty')
    await page.getByRole('button', { name: '发通知' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: '接收单位' }).fill('市场监督管理局')
    await page.getByRole('option', { name: '市场监督管理局', exact: true }).click()
    await dialog.getByRole('textbox', { name: '标题' }).click() // the list of organisations closes
    await dialog.getByRole('combobox', { name: '接收角色' }).click({ force: true })
    await page.getByRole('option', { name: '网格员' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByRole('textbox', { name: '标题' }).fill('寒潮值守')
    await dialog.getByRole('textbox', { name: '内容' }).fill('今晚 18 时起，各网格员到岗值守。')
    await dialog.getByText('请收件人确认已知悉').click()
    await bureau.look('notices-write')
    await dialog.getByRole('button', { name: '发送' }).click()
    await page.getByText('已发给 1 人').waitFor()

    await grid.go('/notices')
    const phone = grid.page
    await phone.getByText('需确认').waitFor()
    await grid.phone(async () => {
      await phone.getByRole('button', { name: /寒潮值守/ }).click()
      await phone.getByRole('button', { name: '确认已知悉' }).click()
      await phone.getByText('确认于').first().waitFor()
      await grid.look('notices-read', { width: 390 })
      await phone.keyboard.press('Escape')
    })

    await page.getByRole('button', { name: '写消息' }).first().click()
    const write = page.getByRole('dialog')
    await write.getByRole('combobox', { name: '收件人' }).fill('grid')
    await page.getByRole('option', { name: /grid\.zhang/ }).click()
    await write.getByRole('textbox', { name: '内容' }).fill('3 号院的井盖请核实。')
    await write.getByRole('button', { name: '发送' }).click()
    await phone.getByRole('button', { name: /井盖请核实/ }).click() // told by the stream, without a reload
    await phone.getByRole('textbox', { name: '回复' }).fill('已核实。')
    await phone.getByRole('button', { name: '发送回复' }).click()
    await phone.getByRole('heading', { name: '对话' }).waitFor()

    await bureau.go('/notices?box=sent')
    await page.getByRole('button', { name: /寒潮值守/ }).click()
    await page.getByText('1/1 人已读').first().waitFor()
    await bureau.look('notices-receipts')
    await page.getByRole('button', { name: '撤回' }).click()
    const reason = page.getByRole('dialog').last()
    await reason.getByRole('textbox').fill('时间有误')
    await reason.getByRole('button', { name: '撤回' }).click()
    await page.getByText('已撤回：时间有误').waitFor()
    await grid.go('/notices')
    await phone.getByRole('button', { name: /已撤回/ }).waitFor()
    assert.deepEqual([...bureau.wrong, ...grid.wrong], [])
  })
})
