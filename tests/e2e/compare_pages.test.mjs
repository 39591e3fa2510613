// Comparing two entries in a browser: pairs proposed, a run with its shares, differences sent to the field and objected to; desk, phone, axe.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { load, publish } from './city.mjs'
import { root, suite } from './harness.mjs'
import { Desk, openBrowser, shot } from './pages_browser.mjs'
import { shopRows, shops, verifyCity } from './verify_city.mjs'

suite('pages of comparisons', (engine) => {
  let c, browser, officer
  let broken = ''
  const step = (title, run) => test(title, async (t) => {
    if (broken) return t.skip('failed before: ' + broken)
    try { await run() } catch (error) {
      broken = title
      await shot(officer.page, `${engine}-compare-failed`)
      throw error
    }
  })
  const dialog = () => officer.page.getByRole('dialog')
  const pick = async (label, text) => {
    await officer.page.getByRole('combobox', { name: label, exact: true }).click({ force: true })
    await officer.page.getByRole('option', { name: text }).click()
  }

  before(async () => {
    c = await verifyCity(engine, { args: ['--web', join(root, 'web/dist')] })
    const other = await publish({ officer: c.police, bureau: c.bureau }, { ...shops, code: '1A01009/000087', name: '治安场所登记' })
    await load(c.police, other, 'other.csv', Buffer.from(shopRows({ S2: '小李咖啡,3,13900000002,澄江路2号,120.12,31.12', S4: '', S7: '新开的店,1,13900000007,澄江路7号,120.13,31.13' })))
    browser = await openBrowser()
    officer = await Desk.open(browser, c.server, engine, c.officer)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  step('two entries are chosen, pairs are proposed, the comparison is saved', async () => {
    await officer.go('/comparisons')
    await officer.page.getByText('还没有比对').waitFor()
    // a search that fails is not "nothing found"; opening the list again asks again
    await officer.page.route('**/api/v1/resources?*', (route) => route.fulfill({ status: 400, contentType: 'application/problem+json', body: JSON.stringify({ type: 'urn:yiwang:error:invalid', title: '输入有误', status: 400, detail: '请稍后再试' }) }))
    await officer.button('新建比对').first().click()
    await officer.page.getByRole('combobox', { name: '左侧条目', exact: true }).click({ force: true })
    await officer.page.getByRole('option', { name: /查找没有成功：请稍后再试/ }).waitFor()
    await shot(officer.page, `${engine}-select-failed`)
    await officer.page.keyboard.press('Escape')
    await officer.page.unroute('**/api/v1/resources?*')
    await pick('左侧条目', /^商户名录/)
    await pick('右侧条目', /^治安场所登记/)
    await officer.page.getByText('已按同名、同标题、同数据元配好').waitFor()
    await officer.page.getByLabel('名称', { exact: true }).fill('名录与治安场所比对')
    await officer.page.getByLabel('用途', { exact: true }).fill('核对商户名录')
    const phone = officer.page.getByRole('region', { name: '比对哪些信息项' }).locator('.pair').filter({ hasText: '联系电话' })
    await phone.getByRole('button', { name: '移除' }).or(phone.getByRole('button').last()).first().click()
    await officer.page.getByText('每周定时').click()
    await officer.page.getByText('周四', { exact: true }).click()
    await officer.page.getByLabel('时间', { exact: true }).fill('06:30')
    await officer.lookBoth('compare-new')
    await officer.button('保存').click()
    await officer.page.getByText('还没有运行').waitFor()
    await officer.page.getByText('每周一、周四 06:30').waitFor()
  })

  step('the timetable is changed', async () => {
    await officer.button('修改执行时间').click()
    await dialog().getByText('每月定时').click()
    await dialog().getByLabel('每月几日').fill('31')
    await dialog().getByLabel('时间', { exact: true }).fill('01:05')
    await dialog().getByText('在当月最后一天运行').waitFor()
    await officer.lookBoth('compare-timetable')
    await dialog().getByRole('button', { name: '保存' }).click()
    await officer.page.getByText('每月最后一天 01:05').waitFor()
  })

  step('a run shows its shares and its differences', async () => {
    await officer.button('立即比对').click()
    await officer.page.getByText('小李书店 → 小李咖啡').waitFor()
    await officer.page.getByRole('listitem').filter({ hasText: /^不一致 1/ }).waitFor()
    const [file] = await Promise.all([officer.page.waitForEvent('download'), officer.button('下载 XLSX').click()])
    assert.match(file.suggestedFilename(), /^比对差异-名录与治安场所比对\.xlsx$/)
    await officer.lookBoth('compare-result')
  })

  step('one is sent to the field, one is objected to; both are seen beside it', async () => {
    await officer.page.getByRole('row').filter({ hasText: '小李咖啡' }).locator('.el-checkbox').click()
    await officer.button('派发核查（1）').click()
    await dialog().getByRole('button', { name: '派发核查' }).click()
    await officer.page.getByRole('row').filter({ hasText: '小李咖啡' }).getByText('核查中').waitFor()
    await officer.page.getByRole('row').filter({ hasText: '新开的店' }).getByRole('button', { name: '提异议' }).click()
    await dialog().getByText('对记录提异议').or(dialog()).first().waitFor()
    await officer.page.keyboard.press('Escape')
    await officer.go('/comparisons')
    await officer.page.getByRole('row').filter({ hasText: '名录与治安场所比对' }).getByText('每月最后一天 01:05').waitFor()
    await officer.lookBoth('compare-list')
  })
})
