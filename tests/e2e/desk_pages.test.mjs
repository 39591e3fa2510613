// The desk as its people see it: its shell, who may enter, the way to the console and back.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of the desk', (engine) => {
  let server, browser, dispatcher
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    dispatcher = await Desk.open(browser, server, engine, await server.as('cg.dispatcher'))
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('one logs in at the console and comes back; the two lead to each other', async () => {
    const stranger = await Desk.open(browser, server, engine)
    const { page } = stranger
    await page.goto(server.url + '/desk?light=red')
    await page.waitForURL(/\/login\?to=/)
    await stranger.label('登录名').fill('cg.dispatcher')
    await stranger.label('密码').fill(server.passwords['cg.dispatcher'])
    await stranger.button('登录').click()
    await page.waitForURL(server.url + '/desk?light=red')
    await page.getByRole('navigation', { name: '指挥台导航' }).getByRole('link', { name: '看板' }).waitFor()
    await stranger.link('工作台').click()
    await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '指挥台' }).click()
    await page.waitForURL(server.url + '/desk')
    await page.goto(server.url + '/desk/nowhere')
    await page.getByText('没有这个页面').waitFor()
    await stranger.close()
    const officer = await Desk.open(browser, server, engine, await server.as('cg.grid'))
    await officer.go('/')
    assert.equal(await officer.link('指挥台').count(), 0)
    await officer.go('/desk')
    await officer.page.getByText('您没有查看这里的权限').waitFor()
    await officer.close()
  })

  test('nothing went wrong in the pages', async () => {
    await dispatcher.go('/desk')
    await dispatcher.lookBoth('desk')
    await dispatcher.close()
  })
})
