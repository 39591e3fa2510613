// The page of a draft of areas in Chromium at a desk's and a phone's width: what ends is told and asked before.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { root, Server, suite } from './harness.mjs'
import { account, city } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

const feature = (code, name, parent, x1, y1, x2, y2) => ({ type: 'Feature', properties: { code, name, parent }, geometry: { type: 'Polygon', coordinates: [[[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]]] } })
const from = new Date(Date.now() - 86400000).toISOString()

suite('pages of editing areas', (engine) => {
  let c, lead, browser, desk
  const put = (level, ...features) => lead.post('/areas/import', { level, valid_from: from, code: 'code', name: 'name', parent: 'parent', collection: { type: 'FeatureCollection', features } })
  const key = async (code) => (await lead.get(`/areas?q=${code}`)).items.find((one) => one.code === code).area_key
  /** A copy of what lies in the town, shown. */
  const edit = async (more = '') => {
    const { draft_id } = await lead.post('/areas/drafts/copy', { level: 3, parent: await key('320281001') })
    await desk.go(`/areas/drafts/${draft_id}${more}`)
    await desk.page.getByRole('status').filter({ hasText: /没有发现问题|处问题/ }).waitFor()
    return draft_id
  }
  const tick = (name) => desk.page.locator('label').filter({ hasText: name }).first().click()
  const unfaulted = () => desk.page.getByRole('status').filter({ hasText: '没有发现问题' }).waitFor()

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    lead = await account(c.server, c.sys, c.sec, 'lead', c.supplierOrg, ['supervisor'])
    await put(1, feature('320281', '演示市', '', 120, 31, 120.4, 31.2))
    await put(2, feature('320281001', '澄江街道', '320281', 120, 31, 120.4, 31.2))
    await put(3, ...['文定社区', '君山社区', '黄山社区', '要塞社区'].map((name, i) => feature(`32028100100${i + 1}`, name, '320281001', 120 + i * 0.1, 31, 120.1 + i * 0.1, 31.2)))
    browser = await openBrowser()
    desk = await Desk.open(browser, c.server, engine, lead)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('a corner is dragged, taken back, dragged and kept; shared corners move together; code, name and parent are edited', async () => {
    const { page } = desk
    const id = await edit('?view=120.1,31.2,11')
    const shapes = async () => (await lead.get(`/areas/drafts/${id}/features`)).features.map((one) => one.geometry.coordinates[0])
    const before = await shapes()
    /** The corner in the middle of the map. */
    const drag = async (east, south) => {
      await page.locator('.canvas').scrollIntoViewIfNeeded()
      const box = await page.locator('.canvas').boundingBox(), x = box.x + box.width / 2, y = box.y + box.height / 2
      await page.mouse.move(x, y)
      await page.mouse.down()
      for (const part of [0.3, 0.6, 1]) await page.mouse.move(x + east * part, y + south * part)
      await page.mouse.up()
    }
    await tick('文定社区')
    await tick('君山社区')
    await desk.button('改边界').click()
    await drag(40, 0)
    await page.getByText('已改 1 步').waitFor()
    await desk.button('撤销一步').click()
    await page.getByText('已改 1 步').waitFor({ state: 'hidden' })
    await drag(40, 0)
    await page.getByText('已改 1 步').waitFor()
    await desk.lookBoth('areas-border')
    await desk.button('保存边界').click()
    await desk.button('改边界').waitFor()
    await unfaulted()
    const after = await shapes()
    const [moved] = after[0].filter((at) => !before[0].some((had) => Math.abs(had[0] - at[0]) < 1e-6 && Math.abs(had[1] - at[1]) < 1e-6))
    assert.ok(moved && moved[0] > 120.105 && Math.abs(moved[1] - 31.2) < 1e-3, JSON.stringify(after[0]))
    assert.ok(after[1].some((at) => Math.abs(at[0] - moved[0]) < 1e-9 && Math.abs(at[1] - moved[1]) < 1e-9), 'the neighbour goes with it: ' + JSON.stringify(after[1]))
    assert.deepEqual(after.slice(2), before.slice(2))
    await tick('君山社区')
    await page.getByRole('textbox', { name: '编码' }).fill('320281001002')
    await page.getByRole('textbox', { name: '名称' }).fill('君山新村社区')
    await desk.lookBoth('areas-fields')
    await desk.button('保存').click()
    await page.locator('label').filter({ hasText: '君山新村社区' }).waitFor()
    await unfaulted()
    await tick('要塞社区')
    await page.getByRole('textbox', { name: '编码' }).fill('32028100900')
    await desk.button('保存').click()
    await page.getByText('编码位数不符').first().waitFor()
    await page.getByText('草稿中被合并或改了编码的 1 个现行区域届时终止。').waitFor()
  })

  test('two merged: the page says how many end, lists them, and asks before', async () => {
    const { page } = desk
    const officer = await account(c.server, c.sys, c.sec, 'zhang', c.supplierOrg, ['grid_officer'])
    await lead.put(`/areas/${await key('320281001004')}/officers`, { officers: [{ account_id: officer.account_id }] })
    await lead.put(`/areas/${await key('320281001004')}/ladder`, { steps: [{ who: 'officer', minutes: 20 }] })
    await edit()
    await tick('黄山社区')
    await tick('要塞社区')
    await desk.button('合并').click()
    await page.getByText('草稿中被合并或改了编码的 1 个现行区域届时终止。').waitFor()
    await unfaulted()
    await desk.button('生效').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('要塞社区').first().waitFor()
    await dialog.getByText('zhang：要塞社区 → 黄山社区（占原区域 100%）').waitFor()
    assert.ok(await dialog.getByRole('button', { name: '生效，并终止 1 个' }).isDisabled(), 'what becomes of the officer is asked')
    await dialog.getByText('要塞社区：转到 黄山社区（占原区域 100%），该区域已自设的除外').waitFor()
    await dialog.getByText('转到接替的区域').click()
    await desk.lookBoth('areas-accept-ending')
    await dialog.getByRole('button', { name: '生效，并终止 1 个' }).click()
    await page.getByText(/已生效：1 个变更，1 个终止/).waitFor()
    await page.getByText('要塞社区：已转到 黄山社区').waitFor()
    await desk.lookBoth('areas-ladders')
    assert.deepEqual((await lead.get('/areas?level=3')).items.map((one) => one.name), ['文定社区', '君山社区', '黄山社区'])
    assert.deepEqual((await lead.get(`/areas/${await key('320281001003')}/officers`)).items.map((one) => [one.account_id, one.rank]), [[officer.account_id, 0]])
  })

  test('a planned change is listed beside the map and withdrawn with a reason', async () => {
    const { page } = desk
    await lead.post('/areas', { level: 3, code: '320281001003', name: '黄山新社区', parent_code: '320281001', valid_from: new Date(Date.now() + 86400000).toISOString(), with_faults: true, geometry: feature('', '', '', 120.2, 31, 120.4, 31.2).geometry })
    await desk.go(`/areas?in=${await key('320281001')}&area=${await key('320281001003')}`)
    await page.getByText('黄山新社区 等').waitFor()
    await page.getByText('未到生效时间').waitFor()
    await desk.lookBoth('areas-planned')
    await desk.button('撤回').click()
    const dialog = page.getByRole('dialog')
    assert.ok(await dialog.getByRole('button', { name: '撤回' }).isDisabled(), 'not without a reason')
    await dialog.getByRole('textbox', { name: '撤回原因' }).fill('方案调整')
    await desk.lookBoth('areas-withdraw')
    await dialog.getByRole('button', { name: '撤回' }).click()
    await page.getByText('黄山新社区 等').waitFor({ state: 'detached' })
    await page.getByText('已撤回，未生效').waitFor()
    assert.deepEqual((await lead.get('/areas/planned')).items, [])
  })
})
