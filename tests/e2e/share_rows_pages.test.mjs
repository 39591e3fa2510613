// Which rows are asked for and granted, in a browser: no condition is left out unseen.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, load } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('rows of requests and grants', (engine) => {
  let c, browser, police, officer, resource, entry, request
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    entry = peopleDocument({ sharing_ways: ['api', 'batch', 'download'] })
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
    await at.getByRole('button', { name: /添加行条件/ }).click()
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
    await police.button('全要，该脱敏的脱敏').click()
    assert.deepEqual([await police.label('乡镇街道 明文').isChecked(), await police.label('公民身份号码 脱敏').isChecked()], [true, true], 'what needs no mask is asked for clear')
    const way = (name) => page.getByRole('group', { name: '共享方式' }).getByText(name, { exact: true })
    await way('下载').click()
    await way('批量交换').click()
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
    request = page.url().match(/requests\/(\d+)/)[1]
    const made = await c.police.get('/cases/' + request)
    assert.deepEqual([made.form.filter, made.form.way], [{ town: '镇1' }, ['api', 'batch', 'download']])
  })

  test('a grant in part gives fewer rows, never others than were asked for', async () => {
    const { page } = officer
    let one = await c.bureau.get('/cases/' + request)
    one = await c.bureau.post(`/cases/${request}/actions/accept`, { version: one.version })
    await c.officer.refused(400, 'POST', `/cases/${request}/actions/grant_part`, { version: one.version, note: '少给', form: { filter: { town: '镇2' } } })
    await officer.go(`/requests/${request}`)
    await page.getByText('乡镇街道 等于 镇1').waitFor()
    await officer.button('部分授权或附条件').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('乡镇街道 等于 镇1').waitFor()
    await condition(officer, dialog, 0, '身高', '不小于', '')
    await officer.label('理由').fill('只给履职所需的行')
    const decide = dialog.getByRole('button', { name: '部分授权或附条件' })
    await decide.click()
    await row(dialog, 0).getByRole('alert').getByText(/请填写值/).waitFor()
    await row(dialog, 0).getByRole('textbox', { name: '值', exact: true }).fill('170')
    await dialog.getByText('批量交换', { exact: true }).click() // not given
    await officer.lookBoth('rows-decide')
    await decide.click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('身高 不小于 170').waitFor()
    await officer.lookBoth('rows-decided')
    one = await c.officer.get('/cases/' + request)
    const given = await c.officer.get('/grants/' + one.grant_id)
    assert.deepEqual([given.filter, given.ways], [{ 'height_cm.gte': 170, town: '镇1' }, ['api', 'download']])
    const got = await c.app.get(`/data/${resource}/records?limit=100`)
    assert.equal(got.items.length, 1)
  })

  test('who received a grant sees its ways and who holds it, and cannot revoke it', async () => {
    const { page } = police
    await police.go('/grants?tab=grants')
    await page.getByText('接口、下载').first().waitFor()
    assert.equal(await page.getByRole('button', { name: '撤销' }).count(), 0)
    await police.lookBoth('rows-grants-received')
    await police.go(`/catalog/${resource}?tab=data`)
    await page.getByText(/“警务应用”（police-app）：接口、下载，到/).waitFor()
    await police.lookBoth('rows-held')
    await c.officer.post('/grants', { resource_id: resource, account_id: c.police.account_id, purpose: '窗口核对', ways: ['download'], quota_day: 50,
      until: new Date(Date.now() + 86400000).toISOString(), fields: [{ name: 'town', mode: 'clear' }] })
    await page.reload()
    await page.getByText('您的授权不含接口方式').waitFor()
    await page.getByText('授权的共享方式：下载').waitFor()
    await page.getByRole('button', { name: 'CSV' }).waitFor()
    await police.lookBoth('rows-no-way')
    await officer.go('/grants')
    await page.getByRole('link', { name: '申请变更' }).waitFor()
    assert.ok(await officer.page.getByRole('button', { name: '撤销' }).count() > 0)
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
    assert.equal((await c.officer.get('/grants')).items.length, 2) // the one of the request and the download
    await row(form, 1).getByRole('button', { name: '移除' }).click()
    await row(form, 1).getByRole('textbox', { name: '值', exact: true }).fill('150')
    await officer.button('授权').click()
    await officer.arrived(/tab=grants/)
    assert.deepEqual((await c.officer.get('/grants?state=live')).items.find((one) => one.account_id !== c.police.account_id && !one.case_id).filter, { town: '镇1', 'height_cm.gte': 150 })
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
