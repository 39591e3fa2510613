// Statistics of city events as people see them: nothing yet, by unit, the cases behind a number, the workbook; desk and phone.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of event statistics', (engine) => {
  let server, browser, supervisor
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    supervisor = await Desk.open(browser, server, engine, await server.as('cg.supervisor'))
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('nothing yet says what to do', async () => {
    await supervisor.go('/events/stats')
    await supervisor.page.getByText('这一时段没有事件').waitFor()
    await supervisor.lookBoth('event-stats-empty')
  })

  test('by unit and by class; every number opens its cases; the workbook', async () => {
    const { page } = supervisor
    const grid = await server.as('cg.grid'), dispatcher = await server.as('cg.dispatcher'), water = await server.as('sw.handler')
    const org = (await (await server.as('sysadmin')).get('/orgs')).items.find((one) => one.name === '演示市水务局').org_id
    const act = async (client, id, action, body = {}) => client.post(`/cases/${id}/actions/${action}`, { version: (await client.get('/cases/' + id)).version, ...body })
    for (let i = 0; i < 3; i++) {
      const { case_id } = await grid.post('/city-events', { class_code: 'B0101', lon: 120.2841 + i / 100, lat: 31.9102, address: `澄江路 ${i + 1} 号` })
      await act(dispatcher, case_id, 'file', { form: { condition_no: 1 } })
      if (i === 2) continue
      await act(dispatcher, case_id, 'dispatch', { form: { org_id: org, reason: '按清单' } })
      await act(water, case_id, 'finish', { note: '完成' })
    }
    await supervisor.go('/events/stats')
    await page.getByText('演示市水务局').first().waitFor()
    await supervisor.lookBoth('event-stats')
    await page.getByRole('button', { name: '演示市水务局 处置数 2' }).click()
    await page.getByRole('dialog').getByRole('link', { name: '上水井盖 · 澄江路 2 号' }).waitFor()
    await supervisor.lookBoth('event-stats-cases')
    await page.keyboard.press('Escape')
    const saving = page.waitForEvent('download')
    await supervisor.button('导出 XLSX').click()
    assert.match((await saving).suggestedFilename(), /\.xlsx$/)
    await supervisor.go('/events/stats?by=class&period=year&group=end')
    await page.getByText('上水井盖').first().waitFor()
    await page.getByText('指标说明与得分公式').click()
    await supervisor.lookBoth('event-stats-class')
  })
})
