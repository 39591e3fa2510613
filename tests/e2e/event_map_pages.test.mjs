// Events on the map as people see them: a dispatcher among thousands, a unit among its few; clusters, marks of several on one spot, filters, the time
// slider, the list with the way to the event; mouse and keyboard; desk and phone.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { seed, sqlOf } from './event_map_city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of events on the map', (engine) => {
  let server, browser, dispatcher, water, all, orgs
  const count = (desk) => desk.page.locator('.count')
  const total = async (desk, n) => count(desk).filter({ hasText: `共 ${n} 件事件` }).waitFor()
  const mine = (good) => all.filter((e) => e.centre === orgs.centre && good(e)).length
  /** The next answer of the layer; what does is begun first. */
  async function answer(desk, begin, good = () => true) {
    const come = desk.page.waitForResponse(async (one) => one.url().includes('/city-events/map?') && good(await one.json()))
    await begin()
    return (await come).json()
  }
  /** Where on the page a place lies: the map keeps its view in the address. */
  async function pixel(desk, { lon, lat }) {
    const box = await desk.page.locator('.city-map .canvas').boundingBox()
    const [x0, y0, zoom] = new URL(desk.page.url()).searchParams.get('view').split(',').map(Number)
    const scale = 256 * 2 ** zoom, y = (at) => (0.5 - Math.asinh(Math.tan(at * Math.PI / 180)) / (2 * Math.PI)) * scale
    return [box.x + box.width / 2 + (lon - x0) / 360 * scale, box.y + box.height / 2 + y(lat) - y(y0)]
  }
  const inside = async (desk, spot) => {
    const box = await desk.page.locator('.city-map .canvas').boundingBox(), [x, y] = await pixel(desk, spot)
    return x > box.x + 60 && x < box.x + box.width - 20 && y > box.y + 20 && y < box.y + box.height - 60
  }
  async function click(desk, spot) {
    await desk.page.mouse.click(...await pixel(desk, spot))
  }

  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    const sql = sqlOf(server, engine), sys = await server.as('sysadmin')
    const byName = Object.fromEntries((await sys.get('/orgs')).items.map((org) => [org.name, org.org_id]))
    orgs = { water: byName['演示市水务局'], urban: '910001', other: '910002', centre: sql("SELECT org_id FROM account WHERE login = 'cg.dispatcher';") }
    all = seed(sql, orgs, '1', 2400)
    browser = await openBrowser()
    dispatcher = await Desk.open(browser, server, engine, await server.as('cg.dispatcher'))
    water = await Desk.open(browser, server, engine, await server.as('sw.handler'))
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('a dispatcher goes into a cluster until there are points, and from a point to its event', async () => {
    const { page } = dispatcher
    await dispatcher.go('/map?view=120.3,31.915,11.5')
    await total(dispatcher, mine((e) => !e.ended))
    let seen = await answer(dispatcher, () => dispatcher.go('/map?view=120.3,31.915,11.5&stage=all'), (one) => one.clusters.length > 0)
    assert.ok(seen.total > 500 && seen.items.length === 50)
    assert.equal(seen.clusters.reduce((sum, one) => sum + one.count, 0), seen.total)
    await total(dispatcher, seen.total)
    await page.getByText('只列出最近 50 件').waitFor()
    await dispatcher.lookBoth('map-clusters')
    for (let zoom = 0; seen.clusters.length && zoom < 6; zoom++) {
      const spots = []
      for (const one of seen.clusters) if (await inside(dispatcher, one)) spots.push(one)
      const largest = spots.sort((a, b) => b.count - a.count)[0]
      const before = seen.total
      seen = await answer(dispatcher, () => click(dispatcher, largest))
      assert.ok(seen.total < before, 'a cluster is gone into')
    }
    assert.ok(seen.items.length > 0 && !seen.clusters.length, 'at last there are points')
    await total(dispatcher, seen.total)
    let one
    for (const item of seen.items) if (!one && await inside(dispatcher, item)) one = item
    await click(dispatcher, one)
    await page.locator('.rows button[aria-pressed=true]').waitFor()
    await page.getByRole('link', { name: '打开事件' }).waitFor()
    await dispatcher.lookBoth('map-event')
    await page.getByRole('link', { name: '打开事件' }).click()
    await page.waitForURL(/\/events\/\d+$/)
  })

  test('by keyboard: from the list to the point, and Enter into the middle', async () => {
    const { page } = dispatcher
    await dispatcher.go('/map?view=120.3,31.915,13')
    await page.locator('.rows button').first().focus()
    const seen = await answer(dispatcher, () => page.keyboard.press('Enter'))
    assert.ok(seen.items.length)
    await page.locator('.rows button[aria-pressed=true]').first().waitFor()
    await page.getByRole('application').focus()
    await page.keyboard.press('Escape')
    await page.locator('.rows button[aria-pressed=true]').waitFor({ state: 'detached' })
    await page.keyboard.press('Enter') // the middle is the event that was gone to
    await page.getByRole('link', { name: '打开事件' }).waitFor()
  })

  test('filters and the time slider narrow map and list alike', async () => {
    const { page } = dispatcher
    await dispatcher.go('/map?view=120.3,31.915,11.5')
    await total(dispatcher, mine((e) => !e.ended))
    await page.getByRole('combobox', { name: '灯色' }).click({ force: true })
    await page.getByRole('option', { name: '已超期（红）' }).click()
    await total(dispatcher, mine((e) => e.light === 'red'))
    await page.getByRole('combobox', { name: '办理阶段' }).click({ force: true })
    await page.getByRole('option', { name: '全部', exact: true }).click()
    await dispatcher.go('/map?view=120.3,31.915,11.5&stage=all&class=S01')
    await total(dispatcher, mine((e) => e.code === 'S0101'))
    const month = (e) => new Date(e.at + 8 * 3600000).toISOString().slice(0, 7), months = [...new Set(all.map(month))].sort()
    await page.getByRole('slider', { name: '时间轴' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForFunction((from) => location.search.includes('from=' + from), months[1])
    await total(dispatcher, mine((e) => e.code === 'S0101' && month(e) === months[1]))
    await dispatcher.lookBoth('map-event-time')
    await dispatcher.phone(async () => {
      await page.getByRole('button', { name: '显示全部时间' }).click()
      await total(dispatcher, mine((e) => e.code === 'S0101'))
    })
    await dispatcher.go(`/map?view=120.3,31.915,11.5&stage=all&from=${months[1]}-01&to=${months[1]}-28`)
    await page.getByText(`${months[1]} · ${mine((e) => month(e) === months[1])}`).waitFor() // the number of the month, of all classes
  })

  test('a unit sees its own; several on one spot are listed', async () => {
    const { page } = water
    const own = all.filter((e) => e.unit === orgs.water)
    await water.go('/map')
    await page.waitForFunction(() => /view=/.test(location.search))
    await total(water, own.filter((e) => !e.ended).length) // it begins where its events lie
    await water.lookBoth('map-unit')
    const one = own.find((e) => !e.ended), two = own.filter((e) => !e.ended)[1]
    sqlOf(server, engine)(`UPDATE event SET lon = ${one.lon}, lat = ${one.lat} WHERE case_id = ${two.id};`)
    await water.go(`/map?view=${one.lon},${one.lat},17`)
    await page.locator('.rows button').nth(1).waitFor()
    await page.getByRole('application').focus()
    await page.keyboard.press('Enter')
    await page.getByText('此处 2 件事件').waitFor()
    assert.equal(await page.locator('.rows button').count(), 2)
    await page.getByRole('button', { name: '显示整个范围' }).click()
    await page.getByText(/^共 \d+ 件事件/).waitFor()
  })

  test('nothing went wrong in the pages', async () => {
    for (const desk of [dispatcher, water]) await desk.close()
  })
})
