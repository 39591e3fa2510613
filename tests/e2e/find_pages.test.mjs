// The catalogue page as people search it: marks, facets at the side or in a drawer, what an empty result offers, the search on top.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('catalogue search in a browser', (engine) => {
  let server, browser, desk
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    desk = await Desk.open(browser, server, engine, await server.as('scjg.officer'))
  })
  after(async () => { await browser?.close(); await server?.stop() })

  test('words are marked where they were found; facets count and narrow', async () => {
    const { page } = desk
    await desk.go('/catalog?q=' + encodeURIComponent('企业'))
    await page.locator('.el-table mark').first().waitFor()
    await desk.lookBoth('find-words')
    await desk.go('/catalog')
    const facet = page.locator('[data-facet=sharing]').first()
    const says = Number((await facet.locator('.number').innerText()).replaceAll(',', ''))
    await facet.click()
    await page.waitForURL(/sharing=/)
    await page.locator('[data-facet=sharing][aria-pressed=true]').waitFor()
    await desk.settled()
    assert.equal(await page.locator('.el-table__body tbody tr').count(), says, 'as many rows as the facet said')
    await desk.look('find-facet')
    await page.locator('[data-facet=sharing][aria-pressed=true]').click()
    await page.waitForURL((url) => !url.search.includes('sharing='))
  })

  test('nothing found: other words, register', async () => {
    const { page } = desk
    await desk.go('/catalog?q=' + encodeURIComponent('不存在的词') + '&grade=4')
    await page.getByText('没有找到“不存在的词”').waitFor()
    await page.locator('.empty').getByRole('link', { name: '登记一份数据' }).waitFor()
    await desk.lookBoth('find-none')
    await desk.button('只保留搜索词').click()
    await page.waitForURL((url) => !url.search.includes('grade='))
  })

  test('the search on top: from the keyboard, entries and fields apart', async () => {
    const { page } = desk
    await desk.go('/')
    await desk.settled()
    await page.keyboard.press('/')
    await page.locator('[data-search]:focus').waitFor()
    await page.keyboard.type('xm') // 姓名 by its initials: a field
    await page.locator('#top-found mark').first().waitFor()
    await page.locator('#top-found .group').getByText('信息项').waitFor()
    await desk.look('find-top')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/catalog\/\d+$/)
  })

  test('on a phone the facets are in a drawer', async () => {
    const { page } = desk
    await page.setViewportSize({ width: 390, height: 844 })
    await desk.go('/catalog')
    await page.getByRole('button', { name: /^筛选/ }).click()
    await page.locator('.el-drawer [data-facet=sharing]').first().waitFor()
    await desk.look('find-drawer', { width: 390 })
    await desk.close()
  })
})
