// The officers' phone page where the phone gives less than it should: no position, full storage, a webview that keeps nothing; and where
// others worked on the same case meanwhile. At 390 px.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, root, suite } from './harness.mjs'
import { jpeg } from './event_photos.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true } // no permission for the position
const inReach = { ...phone, geolocation: { longitude: 120.2843, latitude: 31.9104 }, permissions: ['geolocation'] }

suite('phone page, hard days', (engine) => {
  let server, browser, grid, dispatcher, hand
  const opened = async (context = phone, client = grid) => {
    const desk = await Desk.open(browser, server, engine, client, context)
    await desk.go('/m')
    return desk
  }
  const look = async (desk, name) => { await desk.look('phone-hard-' + name, { width: 390 }); await desk.page.setViewportSize(phone.viewport) }
  const choose = async (desk, name = '暴露垃圾') => { await desk.label('种类：输入名称查找').fill(name); await desk.page.getByRole('button', { name, exact: true }).first().click() }
  const newest = async () => grid.get('/city-events/' + (await grid.get('/city-events?limit=1')).items[0].case_id)
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    grid = await server.as('cg.grid'); dispatcher = await server.as('cg.dispatcher')
    await (await server.as('cg.supervisor')).post('/place/addresses', Buffer.from('id,standard,lon,lat\n1,演示市澄江路12号,120.2841,31.9102\n2,演示市澄江路14号,120.2845,31.9102\n'), { 'content-type': 'application/octet-stream' })
    hand = await opened()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('no position to be had: an address is enough; which of the city\'s it is takes one tap, and other words another place', async () => {
    await hand.link('上报').click()
    await choose(hand)
    await hand.button('用我现在的位置').click()
    await hand.page.getByText(/^没有得到位置/).waitFor()
    await hand.button('上报').click()
    await hand.page.getByText('请点“用我现在的位置”，或填地址').waitFor()
    await hand.label('地址').fill('澄江路 12 号门口')
    await hand.page.getByText('是下面哪一个？').waitFor()
    await look(hand, 'address')
    await hand.button('演示市澄江路14号').click()
    await hand.page.getByText('取自地址：演示市澄江路14号').waitFor()
    await hand.label('地址').fill('澄江路 12 号门口西')
    await hand.page.getByText('还没有位置').waitFor()
    await hand.button('演示市澄江路12号').click()
    await look(hand, 'address-chosen')
    await hand.button('上报').click()
    await hand.page.getByText(/^已发送：SJ-/).waitFor()
    const one = await newest()
    assert.deepEqual([one.address, one.lon.toFixed(4), one.lat.toFixed(4)], ['澄江路 12 号门口西', '120.2841', '31.9102'])
  })

  test('no position and no line: the draft waits with its address; one that may be several is mended by a tap', async () => {
    await hand.context.setOffline(true)
    await hand.link('上报').click()
    await choose(hand)
    await hand.label('地址').fill('澄江路')
    await hand.button('上报').click()
    await hand.page.getByText('已存好，有网络时自动发送').waitFor()
    await hand.link('待发 1').click()
    await hand.context.setOffline(false)
    await hand.page.getByText('没有发成，需要改').waitFor()
    await hand.button('修改').click()
    assert.equal(await hand.label('地址').inputValue(), '澄江路')
    await hand.page.getByRole('alert').waitFor()
    await look(hand, 'address-refused')
    await hand.button('演示市澄江路14号').click()
    await hand.button('上报').click()
    await hand.page.getByText(/^已发送：SJ-/).waitFor()
    assert.equal((await newest()).lon.toFixed(4), '120.2845')
  })

  test('nothing went wrong in the page', async () => {
    await hand.close()
  })
})
