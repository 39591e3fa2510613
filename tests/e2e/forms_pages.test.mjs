// 一表通 as people see it: a form is made from an entry, filled in on a phone with what is held left out, doubted, and counted.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { account, citizenSpread, city, load, peopleDocument, peopleHeader, peopleRow, publish } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of forms', (engine) => {
  let c, browser, officer, grid
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    const client = await account(c.server, c.sys, c.sec, 'grid.zhang', c.otherOrg, ['grid_officer'])
    const resource = await publish(c, peopleDocument({ name: '常住人口' }))
    await load(c.officer, resource, '人口.csv', peopleHeader + Array.from({ length: 20 }, (_, i) => peopleRow(i, { citizen_no: citizenSpread(i) })).join(''))
    browser = await openBrowser()
    officer = await Desk.open(browser, c.server, engine, c.officer)
    grid = await Desk.open(browser, c.server, engine, client)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('made at a desk, filled in on a phone, counted', async () => {
    const { page } = officer
    await officer.go('/forms')
    await page.getByText('还没有表').waitFor()
    await page.getByRole('link', { name: '制一张表' }).first().click()
    await page.getByRole('textbox', { name: '表名' }).fill('独居老人走访')
    await page.getByRole('textbox', { name: '用途' }).fill('掌握走访情况')
    await page.getByRole('textbox', { name: '依据' }).fill('《某办法》第三条')
    await page.getByRole('combobox', { name: '填报对象' }).click()
    await page.getByRole('option', { name: /^常住人口 市场/ }).click()
    for (const title of ['姓名', '出生日期']) {
      await page.getByRole('combobox', { name: '从条目带出' }).click()
      await page.getByRole('option', { name: title, exact: true }).click()
    }
    await page.getByRole('button', { name: '添加要填的项' }).click()
    await page.getByRole('textbox', { name: '项名' }).fill('走访情况')
    await page.locator('li').filter({ has: page.getByRole('textbox', { name: '项名' }) }).getByText('必填').click()
    await officer.lookBoth('forms-edit')
    await page.getByRole('button', { name: '提交', exact: true }).click()
    await page.getByText('填报中').first().waitFor()

    const phone = grid.page
    await grid.phone(async () => {
      await grid.go('/forms')
      await phone.getByRole('link', { name: '独居老人走访' }).click()
      await phone.getByLabel('公民身份号码').fill(citizenSpread(3))
      await phone.getByRole('button', { name: '查找' }).click()
      await phone.getByText('已掌握 2 项，需填 1 项').waitFor()
      await phone.getByRole('button', { name: '姓名 不对？' }).click()
      await phone.getByLabel('姓名 哪里不对').fill('本人称登记有误')
      await phone.getByLabel('走访情况').fill('在家，身体健康')
      await grid.look('forms-fill', { width: 390 })
      await phone.setViewportSize({ width: 390, height: 844 })
      await phone.getByRole('button', { name: '提交填报' }).click()
      await phone.getByText('已提交，免填 2 项').waitFor()
    })
    await grid.go('/forms?tab=doubts')
    await phone.getByText('常住人口 · 姓名').waitFor()
    await phone.getByText('待核实').waitFor()
    await grid.lookBoth('forms-doubts')
    await phone.goto(c.server.url + '/m/')
    await phone.getByRole('link', { name: '我提的疑问' }).click()
    await phone.getByText('常住人口 · 姓名').waitFor()
    await grid.look('phone-doubts', { width: 390 })
    await officer.go('/forms?tab=burden')
    await page.getByText('共免填 2 项，要求填 1 项（免填 67%）').waitFor()
    await officer.lookBoth('forms-burden')
    await officer.go('/forms')
    await officer.lookBoth('forms-list')
    await officer.go('/inbox')
    await page.getByText('常住人口').first().waitFor()
    assert.deepEqual([...officer.wrong, ...grid.wrong], [])
  })
})
