// Quality as people read it: the tab of an entry with each score's base, the list worst first, the patrol.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, root, suite, yiwang } from './harness.mjs'
import { load } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('quality in a browser', (engine) => {
  let server, browser, officer, population
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    const client = await server.as('ga.officer'), dir = folder('quality')
    assert.equal(yiwang('demo', '--people', '2000', '--dirty', '800', '--out', dir).status, 0)
    population = (await client.get('/resources?q=' + encodeURIComponent('101001001/000001'))).items[0].resource_id
    for (let i = 0; i < 2; i++) assert.equal((await load(client, population, 'population.csv', readFileSync(join(dir, 'population.csv')))).state, 'reconciled')
    officer = await Desk.open(browser, server, engine, client)
  })
  after(async () => { await browser?.close(); await server?.stop() })

  test('the tab shows each score with its base, fields, rules that lead to quarantine, the trend', async () => {
    const { page } = officer
    await officer.go(`/catalog/${population}?tab=quality`)
    await page.getByText(/100 ×（1 − \d+ ÷ 12,000）/).waitFor() // completeness: 2,000 rows × 6 required fields
    await page.locator('svg[role=img] circle').nth(1).waitFor()
    await officer.lookBoth('quality-tab')
    await page.getByRole('link', { name: /必填|不能为空|required/ }).first().click()
    await page.waitForURL(/\/quarantine\?.*rule=required/)
    await page.locator('.el-table__row').first().waitFor()
    await officer.close()
  })

  test('the bureau’s list: patrol, filters, to the entry', async () => {
    const bureau = await Desk.open(browser, server, engine, await server.as('dsj.shen'))
    const { page } = bureau
    await bureau.go('/quality')
    await page.getByText(/还没有巡检过|上次巡检/).first().waitFor() // the hourly patrol may have been first
    await bureau.button('立即巡检').click()
    await page.getByText(/上次巡检/).waitFor()
    await page.getByText('已发布但没有数据').first().waitFor()
    await bureau.lookBoth('quality-list')
    await bureau.choose('低于', '低于 100 分')
    await page.waitForURL(/below=100/)
    await bureau.settled()
    assert.equal(await page.locator('.el-table__body tbody tr').count(), 1)
    await page.locator('.el-table__body a').first().click()
    await page.waitForURL(/\/catalog\/\d+\?tab=quality/)
    await bureau.close()
  })
})
