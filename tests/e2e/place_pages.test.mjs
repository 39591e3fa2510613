// The pages of areas in Chromium at a desk's and a phone's width: from an empty city through a file with faults to grids in force.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, root, Server, suite } from './harness.mjs'
import { account, city } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

const feature = (code, name, parent, x1, y1, x2, y2) => ({ type: 'Feature', properties: { code, name, parent }, geometry: { type: 'Polygon', coordinates: [[[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]]] } })

suite('pages of areas', (engine) => {
  let c, browser, desk
  const file = (name, ...features) => {
    const path = join(folder('maps'), name)
    writeFileSync(path, JSON.stringify({ type: 'FeatureCollection', features }))
    return path
  }
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    const lead = await account(c.server, c.sys, c.sec, 'lead', c.supplierOrg, ['supervisor'])
    await account(c.server, c.sys, c.sec, 'grid.wu', c.supplierOrg, ['grid_officer'])
    browser = await openBrowser()
    desk = await Desk.open(browser, c.server, engine, lead)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })
  const bring = async (level, path) => {
    await desk.go('/areas/drafts')
    await desk.page.getByRole('combobox', { name: '级别' }).click({ force: true })
    await desk.page.getByRole('option', { name: level, exact: true }).click()
    await desk.page.setInputFiles('input[type=file]', path)
    await desk.page.waitForURL(/drafts\/\d+/)
    await desk.page.getByRole('heading', { name: '检查结果' }).waitFor()
    await desk.page.getByRole('status').filter({ hasText: /没有发现问题|处问题/ }).waitFor()
  }

  test('borders come in, faults are shown on the map and mended, a date puts them in force, an officer is set', async () => {
    const { page } = desk
    await desk.go('/areas')
    await page.getByText('还没有区域').waitFor()
    await desk.lookBoth('areas-empty')
    await bring('市', file('city.geojson', feature('320281', '演示市', '', 120, 31, 120.4, 31.2)))
    await page.getByText('没有发现问题').first().waitFor()
    await desk.button('生效').click()
    await page.getByRole('dialog').getByRole('button', { name: '生效' }).click()
    await page.getByText(/已生效：1 个变更/).waitFor()
    await bring('镇街', file('towns.geojson', feature('320281001', '澄江街道', '320281', 120, 31, 120.21, 31.2), feature('320281002', '南闸街道', '320281', 120.2, 31, 120.4, 31.2)))
    await page.getByRole('button', { name: /澄江街道 × 南闸街道/ }).click()
    await page.getByText('已选 2 个区域').waitFor()
    await desk.lookBoth('areas-draft-faults')
    await page.locator('label').filter({ hasText: '澄江街道' }).first().click()
    await page.getByText('已选 1 个区域').waitFor()
    await desk.button('贴合相邻边界').click()
    await page.getByRole('status').filter({ hasText: '没有发现问题' }).waitFor()
    await desk.button('生效').click()
    await page.getByRole('dialog').getByRole('button', { name: '生效' }).click()
    await page.getByText(/已生效：2 个变更/).waitFor()
    await desk.go('/areas')
    await page.getByRole('button', { name: /演示市/ }).first().click()
    await desk.button('查看下一级').click()
    await page.getByRole('button', { name: /澄江街道/ }).first().click()
    await page.getByText('还没有网格员').waitFor()
    await page.getByRole('combobox', { name: '添加人员' }).fill('grid')
    await page.getByRole('option', { name: /grid\.wu/ }).click()
    await desk.button('保存网格员').click()
    await page.getByText('已保存').waitFor()
    await page.getByText('没有设置：任务一直等最先派到的人。').waitFor()
    await desk.button('为本区域设置').click()
    await page.getByRole('spinbutton', { name: '第 1 级等几分钟' }).fill('10')
    await desk.button('移除 3').click()
    await page.mouse.move(0, 0)
    await desk.lookBoth('areas-ladder-edit')
    await desk.button('保存递补').click()
    await page.getByText('本区域自设').waitFor()
    await page.getByText('等 10 分钟').waitFor()
    await desk.lookBoth('areas-town')
    await desk.go('/areas/drafts')
    await desk.lookBoth('areas-drafts')
    const [town] = (await c.bureau.get('/areas?level=2')).items
    assert.equal((await c.bureau.get(`/areas/${town.area_key}/officers`)).items[0].name, 'grid.wu')
  })

  test('addresses come in and are found as people say them', async () => {
    const { page } = desk, path = join(folder('addresses'), 'addresses.csv')
    writeFileSync(path, '编号,标准地址,经度,纬度\n1,江阴市澄江街道人民中路12号,120.05,31.05\n2,江阴市澄江街道人民中路14号,120.06,31.05\n3,没有坐标,,\n')
    await desk.go('/areas/addresses')
    await page.setInputFiles('input[type=file]', path)
    await page.getByRole('status').filter({ hasText: /读取 3 行，入库 2 行。\s*1 行退回。/ }).waitFor()
    const refused = page.getByRole('list', { name: '退回的行' }).getByRole('listitem')
    await refused.filter({ hasText: /第 4 行 · 经度：地址需要坐标 请填写经度和纬度。/ }).waitFor()
    const [saved] = await Promise.all([page.waitForEvent('download'), desk.button('下载退回的行').click()])
    assert.match(readFileSync(await saved.path(), 'utf8'), /3,没有坐标,,,4,lon,,地址需要坐标,请填写经度和纬度。/)
    await page.getByRole('textbox', { name: '地址' }).fill('仁民中路12号3幢')
    await page.getByRole('button', { name: /人民中路12号/ }).click()
    await page.getByText(/吻合 \d+\/1000 · 澄江街道/).first().waitFor()
    await desk.lookBoth('addresses')
    await page.getByRole('textbox', { name: '地址' }).fill('人民中路与没有路交叉口')
    await page.getByText('标准地址中没有“没有路”').waitFor()
  })
})
