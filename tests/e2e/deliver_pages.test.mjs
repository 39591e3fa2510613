// Download and delivery as people do them: files from an entry's data tab, a target, a delivery made from a grant, its page, its
// pause. On a desk and on a phone.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, freshStore, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'
import { city, load, peopleCsv, peopleDocument, publish } from './city.mjs'

suite('pages of downloads and deliveries', (engine) => {
  let c, browser, resource
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    browser = await openBrowser()
    resource = await publish(c, peopleDocument())
    assert.equal((await load(c.officer, resource, 'people.csv', peopleCsv(500))).state, 'reconciled')
    await c.officer.post('/grants', { ways: ['batch'], resource_id: resource, account_id: c.appAccount, purpose: '常住人口比对', quota_day: 100000,
      fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'town', mode: 'clear' }], until: new Date(Date.now() + 86400000).toISOString() })
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })
  const desk = (client) => Desk.open(browser, c.server, engine, client)

  test('the data tab gives the records as files', async () => {
    const officer = await desk(c.officer)
    await officer.go(`/catalog/${resource}?tab=data`)
    await officer.lookBoth('download')
    const [file] = await Promise.all([officer.page.waitForEvent('download'), officer.button('CSV').click()])
    assert.match(file.suggestedFilename(), /^常住人口.*-20\d{6}\.csv$/)
    const text = readFileSync(await file.path(), 'utf8')
    assert.equal(text.trim().split('\r\n').length, 501)
    await officer.page.getByText('已下载').waitFor()
    await officer.close()
  })
  test('a target is registered and tested, a delivery made from a grant, run, paused and resumed', async () => {
    const sys = await desk(c.sys)
    await sys.go('/settings?tab=targets')
    await sys.look('targets-empty')
    await sys.button('登记交付目标').first().click()
    await sys.label('名称').fill('警务库')
    await sys.label('连接地址').fill(freshStore('postgres'))
    await sys.choose('接收部门', '公安局')
    await sys.page.getByRole('dialog').getByRole('button', { name: '登记交付目标', exact: true }).click()
    await sys.page.getByRole('dialog').waitFor({ state: 'hidden' })
    await sys.button('测试连接').click()
    await sys.page.getByText(/连接正常.*PostgreSQL/).waitFor()
    await sys.lookBoth('targets')
    await sys.button('修改').click()
    await sys.page.getByRole('dialog').getByText('密码或私钥已保存').waitFor()
    await sys.page.getByRole('dialog').getByText('不再使用已保存的密码').click()
    await sys.page.getByText('密码或私钥已保存').waitFor({ state: 'detached' })
    await sys.look('target-change')
    await sys.page.getByRole('dialog').getByRole('button', { name: '取消' }).click()
    await sys.close()

    const police = await desk(c.police)
    const { page } = police
    await police.go('/deliveries')
    await police.lookBoth('deliveries-empty')
    await police.link('查看授权').click()
    await police.button('全部内容').click()
    await police.button('建立交付').click()
    await police.choose('交付目标', /警务库/)
    await police.label('表名').fill('people')
    await police.lookBoth('delivery-create')
    await police.button('建立并开始交付').click()
    await page.waitForURL(/\/deliveries\/\d+/)
    await page.getByText('发送 500，新增 500，更新 0，删除 0').waitFor()
    await police.lookBoth('delivery')
    const [receipt] = await Promise.all([page.waitForEvent('download'), police.button('下载回执').click()])
    assert.equal(JSON.parse(readFileSync(await receipt.path(), 'utf8')).receipt.counts.sent, 500)
    await police.button('暂停').click()
    await page.getByRole('dialog').getByRole('textbox').fill('机房检修')
    await page.getByRole('dialog').getByRole('button', { name: '暂停', exact: true }).click()
    await page.getByText('机房检修').waitFor()
    await police.look('delivery-paused')
    await police.button('继续').click()
    await page.getByText('发送 0，新增 0，更新 0，删除 0').or(page.getByText('发送 500，新增 500，更新 0，删除 0').nth(1)).waitFor()
    await police.go('/deliveries')
    await police.lookBoth('deliveries')
    const job = await page.locator('a[href^="/deliveries/"]').first().getAttribute('href')
    assert.match(job, /\/deliveries\/\d+/)
    await police.close()
  })
})
