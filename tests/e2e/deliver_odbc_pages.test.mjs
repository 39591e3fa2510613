// A target behind ODBC as people register it: piece by piece, tried before it is kept, errors in words; a delivery to it. On a desk
// and on a phone.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'
import { city, load, peopleCsv, peopleDocument, publish } from './city.mjs'
import { SQLiteFile } from './odbc_databases.mjs'

suite('pages of ODBC targets', (engine) => {
  let c, browser
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    browser = await openBrowser()
    const resource = await publish(c, peopleDocument())
    assert.equal((await load(c.officer, resource, 'people.csv', peopleCsv(300))).state, 'reconciled')
    await c.officer.post('/grants', { ways: ['batch'], resource_id: resource, account_id: c.appAccount, purpose: '常住人口比对', quota_day: 100000,
      fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'town', mode: 'clear' }], until: new Date(Date.now() + 86400000).toISOString() })
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('a target is tried, registered and delivered to', async () => {
    const sys = await Desk.open(browser, c.server, engine, c.sys), dialog = sys.page.getByRole('dialog')
    await sys.go('/settings?tab=targets')
    await sys.button('登记交付目标').first().click()
    await sys.label('名称').fill('警务 SQLite')
    await dialog.getByText('ODBC（MariaDB、SQLite 等）').click()
    await sys.label('服务器').fill('10.1.1.5')
    await sys.lookBoth('target-odbc')
    await dialog.getByText('其他', { exact: true }).click()
    await sys.label('驱动名').fill('Nonesuch')
    await sys.label('库名').fill('city')
    await dialog.getByRole('button', { name: '测试连接', exact: true }).click()
    await dialog.getByText(/无法连接目标库/).waitFor()
    await dialog.getByText(/请检查服务器上是否装有 ODBC 驱动/).waitFor()
    await sys.look('target-odbc-refused')
    await dialog.getByText('SQLite', { exact: true }).click()
    await sys.label('文件名').fill('police.db')
    await dialog.getByRole('button', { name: '测试连接', exact: true }).click()
    await dialog.getByText(/连接正常.*SQLite 3/).waitFor()
    await sys.choose('接收部门', '公安局')
    await sys.lookBoth('target-odbc-tried')
    await dialog.getByRole('button', { name: '登记交付目标', exact: true }).click()
    await sys.page.getByText('police.db').waitFor()
    await sys.look('targets-odbc')
    await sys.close()

    const police = await Desk.open(browser, c.server, engine, c.police)
    await police.go('/deliveries')
    await police.link('查看授权').click()
    await police.button('全部内容').click()
    await police.button('建立交付').click()
    await police.choose('交付目标', /警务 SQLite/)
    await police.label('表名').fill('people')
    assert.equal(await police.label('模式').inputValue(), 'main')
    await police.button('建立并开始交付').click()
    await police.page.getByText('发送 300，新增 300，更新 0，删除 0').waitFor()
    assert.equal(new SQLiteFile(c.server, 'police.db').sql('SELECT count(*) FROM people'), '300')
    await police.close()
  })
})
