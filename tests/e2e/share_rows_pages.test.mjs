// Which rows are asked for and granted, in a browser: no condition is left out unseen.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, load } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('rows of requests and grants', (engine) => {
  let c, browser, police, officer, resource, entry
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    entry = peopleDocument()
    resource = await publish(c, entry)
    assert.equal((await load(c.officer, resource, '人口.csv', peopleCsv(42))).state, 'reconciled')
    browser = await openBrowser()
    police = await Desk.open(browser, c.server, engine, c.police)
    officer = await Desk.open(browser, c.server, engine, c.officer)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })
  /** The nth row of conditions that stand within `at`. */
  const row = (at, n) => at.locator('.conditions > .row').nth(n)
  async function condition(desk, at, n, field, op, value) {
    const choose = async (part, option) => {
      await row(at, n).locator(part).click()
      await desk.page.getByRole('option', { name: option, exact: true }).locator('visible=true').click()
    }
    await at.getByRole('button', { name: '添加行条件' }).click()
    await choose('.field', field)
    if (op !== '等于') await choose('.op', op)
    if (value) await row(at, n).getByRole('textbox', { name: '值', exact: true }).fill(value)
  }

  test('a request with an unfinished condition is not sent for all rows', async () => {
    const { page } = police
    await police.go(`/catalog/${resource}/ask`)
    await police.label('用途').fill('核对本辖区居民登记')
    await police.label('事项').fill('居住证办理')
    await police.choose('使用账号', /警务应用/)
    await police.button('全部脱敏').click()
    const form = page.locator('form')
    await condition(police, form, 0, '乡镇街道', '等于', '')
    await police.button('提交申请').click()
    await row(form, 0).getByRole('alert').getByText(/请填写值/).waitFor()
    assert.equal(await row(form, 0).locator('.value input').evaluate((one) => one === document.activeElement), true, 'the row has the focus')
    await police.lookBoth('rows-ask-unfinished')
    assert.equal((await c.police.get('/cases')).items.length, 0)
    await row(form, 0).getByRole('textbox', { name: '值', exact: true }).fill('镇1')
    await police.button('提交申请').click()
    await page.waitForURL(/\/requests\/\d+$/)
    const made = await c.police.get('/cases/' + page.url().match(/requests\/(\d+)/)[1])
    assert.deepEqual(made.form.filter, { town: '镇1' })
  })

  test('a grant with a condition twice or one unfinished is not made', async () => {
    const { page } = officer
    await officer.go(`/catalog/${resource}/grant`)
    await officer.choose('授予服务账号', /警务应用/)
    await officer.label('用途').fill('核对本辖区居民登记')
    const form = page.locator('form')
    await condition(officer, form, 0, '乡镇街道', '等于', '镇1')
    await condition(officer, form, 1, '乡镇街道', '等于', '镇2')
    await condition(officer, form, 2, '身高', '不小于', '')
    await officer.button('授权').click()
    await row(form, 1).getByRole('alert').getByText(/已有一行/).waitFor()
    await row(form, 2).getByRole('alert').getByText(/请填写值/).waitFor()
    assert.equal(await row(form, 1).locator('.value input').evaluate((one) => one === document.activeElement), true, 'the first wrong row has the focus')
    await officer.lookBoth('rows-grant-unfinished')
    assert.equal((await c.officer.get('/grants')).items.length, 0)
    await row(form, 1).getByRole('button', { name: '移除' }).click()
    await row(form, 1).getByRole('textbox', { name: '值', exact: true }).fill('150')
    await officer.button('授权').click()
    await officer.arrived(/tab=grants/)
    assert.deepEqual((await c.officer.get('/grants')).items[0].filter, { town: '镇1', 'height_cm.gte': 150 })
  })

  test('a query with an unfinished condition is not run for all rows', async () => {
    const { page } = officer
    await officer.go(`/catalog/${resource}?tab=data`)
    await officer.button('添加条件').click()
    await officer.button('查询').click()
    await page.getByRole('alert').getByText(/请填写值/).waitFor()
    assert.equal(await page.getByText(/返回 \d+ 条/).count(), 0)
  })
})
