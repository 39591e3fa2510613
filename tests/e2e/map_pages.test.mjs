// One map as people see it: empty, with layers, list and map with one selection, all of it in the address, by keyboard and on a phone.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { city, load, publish } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

const field = (name, title, more = {}) => ({ name, title, source_name: name, kind: 'text', length: 60, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...more })
const wells = { code: '307010/000009', name: '窨井', summary: '测试', keywords: ['部件'], domain: '城市管理', formats: ['csv'], sharing: 'conditional', sharing_condition: '按履职需要申请',
  sharing_ways: ['api'], opening: 'closed', update_promise: 'daily', retention_months: 12, rules: [],
  fields: [field('no', '编号', { key: true, required: true }), field('name', '名称'), field('kind', '类别'), field('seen', '巡查日期', { kind: 'date' }),
    field('lon', '经度', { kind: 'double', check: 'longitude' }), field('lat', '纬度', { kind: 'double', check: 'latitude' })] }

suite('pages of the map', (engine) => {
  let c, browser, desk
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    browser = await openBrowser()
    desk = await Desk.open(browser, c.server, engine, c.officer)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('an empty map says what would be on it', async () => {
    await desk.go('/map')
    await desk.page.getByText('还没有可以上图的数据').waitFor()
    await desk.lookBoth('map-empty')
  })

  test('layers, list and map share what is chosen, and the address keeps it', async () => {
    const { page } = desk
    const resource = await publish(c, wells)
    let csv = 'no,name,kind,seen,lon,lat\n'
    for (let n = 0; n < 60; n++) csv += `W${n},${n}号井,${['雨水', '污水', '通信'][n % 3]},2026-0${1 + (n % 9)}-05,${120.28 + (n % 10) * 0.004},${31.9 + Math.floor(n / 10) * 0.004}\n`
    assert.equal((await load(c.officer, resource, 'w.csv', Buffer.from(csv))).state, 'reconciled')
    await desk.go('/map')
    await page.getByRole('button', { name: /^7号井/ }).waitFor()
    await page.getByRole('combobox', { name: '窨井的着色依据' }).click({ force: true })
    await page.getByRole('option', { name: '类别' }).click()
    await page.getByText('通信', { exact: true }).first().waitFor()
    const tile = page.waitForResponse((answer) => answer.url().includes('/tiles/'))
    await page.getByRole('button', { name: /^7号井/ }).click()
    assert.equal((await tile).status(), 200)
    await page.waitForFunction(() => /view=/.test(location.search) && /at=/.test(location.search) && /by=/.test(location.search))
    await page.getByRole('button', { name: /^7号井/, pressed: true }).waitFor()
    await desk.lookBoth('map')
    await page.reload()
    await page.getByRole('button', { name: /^7号井/, pressed: true }).waitFor()
    // by keyboard: the middle of the map is the well that was gone to; Enter picks it
    await page.getByRole('application').focus()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^7号井/, pressed: false }).waitFor()
    await page.keyboard.press('Shift+F10')
    await page.getByRole('heading', { name: '此处' }).waitFor()
    // a range of time is a filter of tiles and list
    await desk.go(`/map?from=2026-01-01&to=2026-01-31`)
    await page.getByRole('button', { name: /^0号井/ }).waitFor()
    assert.equal(await page.getByRole('button', { name: /^1号井/ }).count(), 0)
  })

  test('the supplier sets the style with the map beside it; the time slider plays', async () => {
    const { page } = desk
    await desk.go('/map')
    await page.getByRole('button', { name: '设置样式' }).click()
    await page.getByRole('combobox', { name: '分级信息项' }).click({ force: true })
    await page.getByRole('option', { name: '类别' }).click()
    await page.getByRole('textbox', { name: '第 3 级的图例文字' }).waitFor()
    await page.getByRole('textbox', { name: '第 1 级的图例文字' }).fill('第一类')
    await page.getByRole('textbox', { name: '修改说明' }).fill('按类别着色')
    await page.getByRole('combobox', { name: '作为各张地图的底图' }).click({ force: true })
    await page.getByRole('option', { name: '街区比例起' }).click()
    await desk.lookBoth('map-style')
    await page.getByRole('button', { name: '保存为新版本' }).click()
    await page.getByText('按类别着色').waitFor()
    await page.getByRole('region', { name: '窨井的样式' }).getByRole('button', { name: '关闭' }).click()
    await page.getByText('第一类', { exact: true }).waitFor()
    const slider = page.getByRole('slider', { name: '时间轴' })
    await slider.focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForFunction(() => /from=2026-02-01/.test(location.search) && /to=2026-02-28/.test(location.search))
    await page.getByRole('button', { name: /^1号井/ }).waitFor()
    assert.equal(await page.getByRole('button', { name: /^0号井/ }).count(), 0)
    await page.getByRole('button', { name: '播放' }).click()
    await page.waitForFunction(() => /from=2026-03-01/.test(location.search))
    await page.getByRole('button', { name: '暂停' }).click()
    await desk.lookBoth('map-time')
  })

  test('a base layer lies under a map that shows other things, from its scale on', async () => {
    const { page } = desk
    const asked = []
    page.on('request', (one) => { if (/\/tiles\/WebMercatorQuad\//.test(one.url())) asked.push(new URL(one.url())) })
    await desk.go('/map?layers=-&view=120.3,31.9,12')
    await page.getByText('窨井', { exact: true }).first().waitFor()
    assert.deepEqual(asked, [])
    const tile = page.waitForResponse((one) => one.url().includes('/tiles/WebMercatorQuad/'))
    await desk.go('/map?layers=-&view=120.3,31.9,15')
    assert.ok((await tile).ok())
    assert.equal(asked[0].searchParams.get('fields'), 'kind')
    assert.equal(asked[0].searchParams.get('cluster'), null, 'a background shows what there is')
  })
})
