// A data officer leaves the records where they are: chooses the table, looks at its first rows, connects, tries a query; a fault of the
// source is shown in words; and it is ended. On a desk and on a phone.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Server, freshStore, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'
import { citizenSpread, city, peopleDocument, publish } from './city.mjs'

suite('pages of proxied resources', (engine) => {
  let c, browser, resource, url
  const psql = (sql) => assert.equal(spawnSync('psql', [url, '-qAtc', sql], { encoding: 'utf8' }).status, 0)
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    browser = await openBrowser()
    url = freshStore('postgres')
    psql(`CREATE TABLE people ("身份证号" text primary key, "姓名" text, "出生日期" date, "乡镇" text, "身高" int, "更新日期" date)`)
    psql('INSERT INTO people VALUES ' + [...Array(60).keys()].map((n) => `('${citizenSpread(n)}','张${n}','1980-05-01','镇${n % 7}',${150 + n},'2026-01-01')`).join(','))
    await c.sys.post('/sources', { name: '户籍库', kind: 'postgres', url, org_id: c.supplierOrg })
    resource = await publish(c, peopleDocument())
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('connect a table, try it, see what it says when the table is altered, stop', async () => {
    const officer = await Desk.open(browser, c.server, engine, c.officer)
    const { page } = officer
    await officer.go(`/catalog/${resource}/load`)
    await page.getByText('代理：数据留在提供方').click()
    await officer.look('proxy-empty')
    await officer.choose('数据源', /户籍库/)
    await officer.choose('表', 'public.people')
    await officer.button('测试并预览').click()
    await page.getByText('前 5 行都符合信息项的类型').waitFor()
    assert.equal(await page.getByText(citizenSpread(0)).count(), 0, 'masked in the preview')
    await officer.lookBoth('proxy-preview')
    await officer.button('接入').click()
    await page.getByText('代理，数据留在提供方').waitFor()
    await officer.arrived(/tab=data/)
    await officer.button('查询').click()
    await page.getByText(/^镇\d$/).first().waitFor() // 20 of 60 rows, in an order of the city's own keys
    await officer.lookBoth('proxy-entry')
    psql(`ALTER TABLE people ALTER "身高" TYPE text USING '高'`)
    page.on('response', () => { officer.wrong = officer.wrong.filter((one) => !one.startsWith('502')) })
    await officer.button('查询').click()
    await page.getByText(/height_cm/).filter({ hasText: '不符合' }).waitFor()
    await officer.look('proxy-altered')
    await officer.go(`/catalog/${resource}/load`)
    await page.getByText('户籍库').first().waitFor()
    await officer.lookBoth('proxy-now')
    await officer.button('停止代理').click()
    await page.getByRole('dialog').getByRole('button', { name: '停止代理', exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByText('上传文件').waitFor()
    officer.wrong = officer.wrong.filter((one) => !one.startsWith('502'))
    await officer.close()
  })
})
