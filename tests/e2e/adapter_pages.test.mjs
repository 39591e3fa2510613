// The data bureau exports the catalogue in the national template, brings a file back, reads the dry run, applies it and takes the refused
// rows along. On a desk and on a phone.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'
import { city, peopleDocument, publish } from './city.mjs'

suite('pages of other platforms', (engine) => {
  let c, browser, people
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    browser = await openBrowser()
    people = await publish(c, peopleDocument())
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('export, dry run, apply, refused rows', async () => {
    const bureau = await Desk.open(browser, c.server, engine, c.bureau)
    const { page } = bureau
    await bureau.go('/jobs')
    await bureau.link('外平台').click()
    const card = page.locator('section.card', { hasText: '政务信息资源目录（国家模板）' })
    await card.waitFor()
    await bureau.lookBoth('adapters')
    const [file] = await Promise.all([page.waitForEvent('download'), card.getByRole('button', { name: '导出 CSV' }).click()])
    const lines = readFileSync(await file.path(), 'utf8').trim().split('\r\n')
    const [head, ...rows] = [lines[0], ...lines.slice(1).filter((line) => line.includes('常住人口 '))]
    assert.match(head, /信息资源分类,信息资源名称,信息资源代码/)
    const bad = rows[0].replaceAll('1A01001/', '1A01001/8').replace('有条件共享', '看情况')
    const path = join(folder('adapter'), '省平台目录.csv')
    writeFileSync(path, [head, ...rows.map((row) => row.replace('测试用人口登记', '省平台改过')), bad].join('\r\n'))
    await card.getByRole('button', { name: '导入文件' }).click()
    await bureau.look('adapter-import-dialog')
    await page.locator('input[type=file]').setInputFiles(path)
    await page.waitForURL(/\/adapters\/imports\/\d+/)
    await page.getByText('新增 0，变化 6，不变 0，未接收 1').waitFor()
    await page.getByText('对应关系中没有这个值的译法').waitFor()
    await bureau.lookBoth('adapter-import')
    await page.getByRole('button', { name: '未接收 1' }).click()
    await bureau.arrived(/fate=refused/)
    await bureau.phone(async () => { // a row is read without scrolling aside
      const row = page.getByRole('listitem').filter({ hasText: '第 7 行' })
      await row.locator('summary', { hasText: '列' }).click()
      const { x, width } = await row.locator('dd.bad').boundingBox()
      assert.ok(x >= 0 && x + width <= 390 && await row.evaluate((at) => at.scrollWidth <= at.clientWidth), `${x} ${width}`)
      await bureau.look('adapter-import-row', { width: 390 })
    })
    const [refused] = await Promise.all([page.waitForEvent('download'), bureau.button('下载未接收的行').click()])
    assert.match(refused.suggestedFilename(), /未接收\.xlsx$/)
    await bureau.button('应用').click()
    await page.getByRole('dialog').getByText('成为草稿').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: '应用', exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByText('已应用').first().waitFor()
    await bureau.go('/adapters?tab=imports')
    await bureau.lookBoth('adapter-imports')
    await bureau.go('/adapters?tab=requests')
    await bureau.look('adapter-requests')
    const bring = async (adapter, row) => {
      const made = await c.bureau.post(`/adapters/${adapter}/imports?name=x.jsonl`, new TextEncoder().encode(JSON.stringify(row)))
      await c.bureau.post(`/adapter-imports/${made.batch_id}/apply`, {})
    }
    const about = { 信息资源代码: (await c.bureau.get('/resources/' + people)).document.code }
    await bring('share_requests', { ...about, 申请编号: 'WP-2026-17', 申请部门代码: '11320281014036584Q', 使用用途: '核查人口信息', 申请依据: '人口管理条例', 申请信息项: '姓名、乡镇街道', 共享方式: '接口',
      使用期限: new Date(Date.now() + 9e9).toISOString().slice(0, 10), 每日用量: '100' })
    await bring('call_statistics', { ...about, 统计编号: 'U-1', 统计日期: new Date().toISOString().slice(0, 10), 使用方代码: '11320281014036584Q', 数据量: '1234' })
    await bureau.go('/adapters?tab=requests')
    await bureau.link('WP-2026-17').click()
    await page.waitForURL(/\/requests\/\d+/)
    await page.getByText('外平台编号').waitFor()
    await bureau.lookBoth('adapter-case')
    await bureau.go('/catalog/' + people)
    await page.locator('section.card', { hasText: '使用情况' }).getByText('1,234').waitFor()
    await bureau.lookBoth('entry-use')
    await bureau.button('English').click()
    for (const path of ['/adapters', '/adapters?tab=imports', '/adapters?tab=usage']) {
      await bureau.go(path)
      await bureau.readWords('English ' + path)
    }
    await bureau.close()
  })
})
