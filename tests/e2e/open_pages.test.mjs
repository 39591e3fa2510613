// Open data in a browser: the officer asks, the data bureau approves, anybody finds, reads, downloads and reports; in two languages,
// in the large version, on a desk and on a phone, without scripts. Every page is looked at (pages_browser.mjs says for what).
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser, shot } from './pages_browser.mjs'
import { Public, shopCity, until } from './open_city.mjs'

suite('open data pages', (engine) => {
  let c, resource, browser, server, anybody
  before(async () => {
    server = await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] });
    ({ c, resource } = await shopCity(server))
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })
  let failures = 0
  // one job told in steps: after a step that failed the others would only wait for what is not there
  let broken = ''
  const step = (title, run) => test(title, async (t) => {
    if (broken) return t.skip('failed before: ' + broken)
    try { await run() } catch (error) {
      broken = title
      for (const page of browser.contexts().flatMap((one) => one.pages())) await shot(page, `${engine}-open-failed-${++failures}`)
      throw error
    }
  })

  step('the officer asks: what may not be open is shut with its reason, the figure is shown', async () => {
    const desk = await Desk.open(browser, server, engine, c.officer)
    await desk.go(`/catalog/${resource}?tab=opening`)
    await desk.look('opening-none')
    await desk.link('申请开放').first().click()
    await desk.page.getByText('是能识别到个人的号码').waitFor()
    assert.ok(await desk.page.getByLabel('开放 店主电话', { exact: true }).isDisabled())
    await desk.button('全选能开放的').click()
    await desk.page.getByLabel('开放 内部备注', { exact: true }).uncheck()
    await desk.page.getByLabel('准标识符 乡镇', { exact: true }).check()
    await desk.page.getByLabel('准标识符 开业日期', { exact: true }).check()
    await desk.page.getByText('有少于 5 行的组').waitFor()
    await desk.choose('主题', '市场监管')
    await desk.page.getByLabel('署名要求', { exact: true }).fill('某市市场监督管理局')
    await desk.lookBoth('opening-ask')
    await desk.button('提交审核').click()
    await desk.page.waitForURL(/tab=opening/)
    await desk.page.locator('.el-table').getByText('待审核').waitFor()
    await desk.close()
  })

  step('the data bureau sees it waiting, with the figure, and approves', async () => {
    const desk = await Desk.open(browser, server, engine, c.bureau)
    await desk.go('/')
    await desk.page.getByText('待审核的开放申请').click()
    await desk.arrived(/openings/)
    await desk.button('全部内容').first().click()
    await desk.page.getByText('有少于 5 行的组').waitFor()
    await desk.look('opening-review')
    await desk.button('同意开放').click()
    await desk.page.getByText('同意后立即对所有人公开，不需要登录。').waitFor()
    await desk.button('同意开放').last().click()
    await desk.page.getByText('没有符合条件的开放申请').waitFor()
    await desk.button('清除全部筛选').first().click()
    await desk.page.locator('.el-table').getByText('已开放').waitFor()
    await desk.close()
  })

  step('anybody: home, search, dataset, developers; large version; English; no script at all', async () => {
    anybody = new Public(server)
    await until(async () => (await anybody.fetch(`/open/datasets/${resource}/download/geojson`)).status === 200)
    const desk = new Desk(server, engine)
    desk.context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true })
    desk.context.setDefaultTimeout(20000)
    desk.page = await desk.context.newPage()
    desk.watch(desk.page)
    const { page } = desk
    await desk.go('/open')
    await desk.lookBoth('open-home')
    assert.equal(await page.locator('script').count(), 0)
    const size = () => page.evaluate(() => Math.min(...[...document.querySelectorAll('body *')].filter((e) => e.textContent.trim() && e.getClientRects().length && e.tagName !== 'PRE' && !e.closest('pre,sup')).map((e) => parseFloat(getComputedStyle(e).fontSize))))
    assert.ok(await size() >= 16, `text of ${await size()} px`)
    await page.getByRole('link', { name: '市场监管 1' }).click()
    await page.waitForURL(/search\?subject=market/)
    await desk.lookBoth('open-search')
    await page.getByRole('searchbox').fill('没有这样的数据')
    await page.getByRole('button', { name: '查找' }).click()
    await page.getByText('没有符合的数据').waitFor()
    await desk.look('open-search-none')
    await desk.go('/open/search?q=' + encodeURIComponent('店铺'))
    await page.getByRole('link', { name: /^开放店铺/ }).click()
    await page.getByRole('heading', { name: '预览' }).waitFor()
    await desk.lookBoth('open-dataset')
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV', exact: true }).click()])
    assert.match(file.suggestedFilename(), /^开放店铺 \d+-\d{4}-\d\d-\d\d\.csv$/)
    await page.getByLabel('问题', { exact: true }).fill('第 7 行的星级应为 5')
    await page.getByRole('button', { name: '提交' }).click()
    await page.getByText('收到了，提供部门会看到').waitFor()
    await page.getByLabel('4', { exact: true }).check()
    await page.getByRole('button', { name: '评分' }).click()
    await page.getByText('4.0 / 5').waitFor()
    await desk.look('open-dataset-said')
    await page.getByRole('link', { name: '长辈版' }).click()
    assert.ok(await size() >= 18, `large text of ${await size()} px`)
    await desk.look('open-dataset-big', { width: 390 })
    await desk.go('/open/developers')
    await desk.look('open-developers')
    await page.getByRole('link', { name: 'English' }).click()
    await desk.look('open-developers-en', { width: 390 })
    await desk.go('/open?lang=en')
    await desk.look('open-home-en')
    await desk.go(`/open/datasets/${resource}?lang=en`)
    await desk.look('open-dataset-en')
    await desk.close()
    // the same without scripts: nothing is missing
    const plain = await browser.newContext({ javaScriptEnabled: false })
    const bare = await plain.newPage()
    await bare.goto(`${server.url}/open/datasets/${resource}`)
    assert.ok((await bare.content()).includes('第 7 行的星级') === false)
    await bare.getByLabel('5', { exact: true }).check()
    await bare.getByRole('button', { name: '评分' }).click()
    assert.match(bare.url(), /said=rating/)
    await plain.close()
  })

  step('the officer answers, and the public page shows it', async () => {
    const desk = await Desk.open(browser, server, engine, c.officer)
    await desk.go('/openings?tab=messages')
    await desk.page.getByText('第 7 行的星级应为 5').waitFor()
    await desk.button('答复').click()
    await desk.page.getByLabel('答复', { exact: true }).fill('已更正，谢谢')
    await desk.look('open-answer')
    await desk.button('保存答复').click()
    await desk.page.getByText('已更正，谢谢').waitFor()
    await desk.look('open-messages', { width: 390 })
    await desk.go(`/catalog/${resource}?tab=opening`)
    await desk.look('opening-tab')
    await desk.close()
    assert.match((await anybody.page(`/open/datasets/${resource}`)).text, /已更正，谢谢/)
  })
})
