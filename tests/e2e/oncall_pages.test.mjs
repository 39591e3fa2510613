// Taking a task on with a phone: the time to do so is shown, the tap ends it, without a line it waits on the phone and is sent later.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { root, suite, Server } from './harness.mjs'
import { account } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of the on-call ladder', (engine) => {
  let server, browser, desk, page, officer, dispatcher
  const seen = (id) => dispatcher.get('/cases/' + id)
  const offered = async (address) => {
    const one = await officer.post('/city-events', { class_code: 'B0101', lon: 120.05, lat: 31.95, address, description: '井盖缺失' })
    await dispatcher.post(`/cases/${one.case_id}/actions/accept`, { version: (await seen(one.case_id)).version })
    return one.case_id
  }
  const open = async (address) => {
    await page.goto(server.url + '/m/')
    await desk.button('刷新').click()
    await page.getByRole('link', { name: new RegExp(address) }).click()
    await page.getByText('接单时限').waitFor()
  }
  before(async () => {
    server = await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] })
    const sys = await server.as('sysadmin'), supervisor = await server.as('cg.supervisor')
    dispatcher = await server.as('cg.dispatcher')
    const org = (await sys.post('/orgs', { code: 'TOWN-1', name: '演示街道' })).org_id
    officer = await account(server, sys, await server.as('secadmin'), 'call.officer', org, ['grid_officer'])
    let parent = '', area
    for (const [level, code, name] of [[1, '990001', '值守市'], [2, '990001001', '值守街道'], [3, '990001001001', '值守村'], [4, '990001001001001', '值守网格']]) {
      area = (await supervisor.post('/areas', { level, code, name, parent_code: parent, geometry: { type: 'Polygon', coordinates: [[[120, 31.9], [120.1, 31.9], [120.1, 32], [120, 32], [120, 31.9]]] } })).area_key
      parent = code
    }
    await supervisor.put(`/areas/${area}/officers`, { officers: [{ account_id: officer.account_id }] })
    await supervisor.put(`/areas/${area}/ladder`, { steps: [{ who: 'officer', minutes: 30 }] })
    browser = await openBrowser()
    desk = await Desk.open(browser, server, engine, officer, { viewport: { width: 390, height: 844 }, hasTouch: true })
    page = desk.page
  })
  after(async () => { await browser?.close(); await server?.stop() })

  test('one tap takes it on; the steps that follow stay', async () => {
    const id = await offered('澄江路 12 号')
    await open('澄江路 12 号')
    assert.ok((await seen(id)).offer_until)
    await desk.look('phone-take', { width: 390 })
    await page.setViewportSize({ width: 390, height: 844 })
    await desk.button('接单').click()
    const send = page.getByRole('button', { name: '提交' })
    if (await send.isVisible()) await send.click()
    await page.getByText(/^已发送：SJ-/).waitFor()
    const taken = await seen(id)
    assert.deepEqual([taken.offer_until, taken.events[0].action, taken.field_account_id, taken.state], [null, 'take', officer.account_id, 'verify'])
    await page.goto(server.url + '/m/task/' + id)
    await desk.button('核实属实').waitFor()
    assert.equal(await page.getByText('接单时限').count(), 0)
    assert.equal(await page.getByRole('button', { name: '接单', exact: true }).count(), 0)
  })

  test('without a line it waits on the phone, and is sent when there is one', async () => {
    const id = await offered('澄江路 14 号')
    await open('澄江路 14 号')
    await desk.context.setOffline(true)
    await desk.button('接单').click()
    const send = page.getByRole('button', { name: '提交' })
    if (await send.isVisible()) await send.click()
    await page.getByText('待发 1 件').waitFor()
    assert.ok((await seen(id)).offer_until, 'nobody knows yet')
    await desk.context.setOffline(false)
    await page.waitForFunction(() => !document.body.innerText.includes('待发 1 件'))
    for (let n = 0; n < 100 && (await seen(id)).offer_until; n++) await new Promise((done) => setTimeout(done, 100))
    assert.equal((await seen(id)).events[0].action, 'take')
    assert.deepEqual(desk.wrong.filter((one) => !/ERR_INTERNET_DISCONNECTED/.test(one)), [])
  })
})
