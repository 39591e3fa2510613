// City events as people see them: reported with a picture, filed, dispatched by the proposal, handled; list beside the map; classes and
// duties; desk and phone, two languages.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, root, suite } from './harness.mjs'
import { jpeg } from './event_photos.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of city events', (engine) => {
  let server, browser, grid, dispatcher, supervisor, water, id
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    const open = async (login) => Desk.open(browser, server, engine, await server.as(login))
    grid = await open('cg.grid'); dispatcher = await open('cg.dispatcher'); supervisor = await open('cg.supervisor'); water = await open('sw.handler')
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('an officer reports: class, the place of the picture, what may be the same', async () => {
    const { page } = grid
    await grid.go('/events')
    await page.getByText('还没有事件').waitFor()
    await grid.lookBoth('events-empty')
    await page.getByRole('link', { name: '上报事件' }).first().click()
    await grid.button('上报').click()
    await page.getByText('请填写', { exact: true }).first().waitFor()
    await page.getByRole('combobox', { name: '种类' }).fill('上水')
    await page.getByRole('option', { name: /B0101 上水井盖/ }).click()
    const file = join(folder('photo'), '井盖.jpg')
    writeFileSync(file, jpeg({ place: [120.2841, 31.9102] }))
    await page.locator('input[type=file]').setInputFiles(file)
    await grid.button('采用照片位置').click()
    assert.equal(await grid.label('经度').inputValue(), '120.284100')
    await grid.label('地址').fill('澄江路 12 号门口')
    await grid.label('情况').fill('井盖缺失，有人险些跌落')
    await grid.lookBoth('event-report')
    await grid.button('上报').click()
    await page.waitForURL(/\/events\/\d+$/)
    id = page.url().match(/\d+$/)[0]
    await page.getByRole('heading', { name: '上水井盖 · 澄江路 12 号门口' }).waitFor()
    await grid.lookBoth('event')
    await grid.go('/events/report')
    await page.getByRole('combobox', { name: '种类' }).fill('上水')
    await page.getByRole('option', { name: /B0101 上水井盖/ }).click()
    await grid.label('经度').fill('120.28411')
    await grid.label('纬度').fill('31.9102')
    await page.getByText('附近可能是同一件事').waitFor()
    await grid.look('event-alike')
  })

  test('the dispatcher files and dispatches by the proposal; the unit asks for time and finishes', async () => {
    const { page } = dispatcher
    await dispatcher.go('/events')
    await page.getByRole('link', { name: '上水井盖 · 澄江路 12 号门口' }).click()
    await page.getByText('首选：演示市水务局').waitFor()
    await page.getByText(/职责清单第 1 项/).waitFor()
    await dispatcher.button('立案').click()
    await page.getByRole('dialog').getByText('井盖缺失、破损、移位，影响通行安全').waitFor()
    await dispatcher.look('event-filing')
    await page.getByRole('dialog').getByRole('button', { name: '立案' }).click()
    await dispatcher.button('派遣').click()
    await dispatcher.look('event-dispatch')
    await page.getByRole('dialog').getByRole('button', { name: '派遣' }).click()
    await page.getByText('待签收').first().waitFor()
    await dispatcher.lookBoth('event-dispatched')
    await water.go('/events/' + id)
    await water.button('签收').click()
    await water.page.getByRole('dialog').getByRole('button', { name: '签收' }).click()
    await water.page.getByText('处置中').first().waitFor()
    await water.button('处置完成').click()
    await water.page.getByRole('dialog').getByRole('button', { name: '处置完成' }).click()
    await water.page.getByText('至少').first().waitFor()
    await water.page.getByRole('dialog').getByLabel('理由').fill('已更换井盖')
    await water.page.getByRole('dialog').getByRole('button', { name: '处置完成' }).click()
    await water.page.getByText('待核查').first().waitFor()
    await water.lookBoth('event-handled')
  })

  test('list beside the map; the supervisor keeps classes and duties', async () => {
    const { page } = supervisor
    await supervisor.go('/events?light=green')
    await page.getByRole('link', { name: '上水井盖 · 澄江路 12 号门口' }).waitFor()
    await supervisor.lookBoth('events')
    await supervisor.go('/events/classes')
    await supervisor.label('名称或代码').fill('暴露垃圾')
    await page.getByRole('cell', { name: /暴露垃圾/ }).waitFor()
    await supervisor.look('event-classes')
    await page.getByRole('button', { name: '修改' }).first().click()
    await supervisor.label('分类内容（JSON）').fill('{')
    await supervisor.button('保存').click()
    await page.getByText('不是有效的 JSON').waitFor()
    await page.keyboard.press('Escape')
    // who may not look at jobs is told all the same how this one ends, also after a reload
    await page.getByRole('button', { name: '重算在办事件' }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: '重算在办事件' }).click()
    await page.getByText(/已重算 0 件在办事件/).waitFor()
    await page.reload()
    await page.getByText(/已重算 0 件在办事件/).waitFor()
    await supervisor.lookBoth('event-classes-recomputed')
    await supervisor.go('/events/duties')
    await page.getByText('演示：供水井盖由水务局管养（职责清单第 1 项）').waitFor()
    await supervisor.lookBoth('event-duties')
    await supervisor.button('增加一行').click()
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
    await page.getByText('至少').first().waitFor()
  })

  test('nothing went wrong in the pages', async () => {
    for (const desk of [grid, dispatcher, supervisor, water]) await desk.close()
  })
})
