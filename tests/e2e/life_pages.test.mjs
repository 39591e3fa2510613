// Lineage, who is hit, and reviewed destruction, as people see them: on a desk, on a phone, by keyboard, in two languages.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, folder, root, suite, yiwang } from './harness.mjs'
import { city, citizenSpread, load, peopleDocument, peopleHeader, peopleRow, publish } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

const today = new Date().toISOString().slice(0, 10)
const rows = (from, to, day) => Array.from({ length: to - from }, (_, i) => peopleRow(from + i, { citizen_no: citizenSpread(from + i), updated_on: day })).join('')

suite('pages of lineage and life cycle', (engine) => {
  let c, browser, officer, bureau, target, resource, list
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    browser = await openBrowser()
    officer = await Desk.open(browser, c.server, engine, c.officer)
    bureau = await Desk.open(browser, c.server, engine, c.bureau)
    target = await publish(c, peopleDocument({ name: '人口主库' }))
    await load(c.officer, target, '人口.csv', peopleHeader + rows(0, 40, today))
    const document = peopleDocument({ name: '流动人口登记', retention_months: 12, retention_field: 'updated_on' })
    document.fields[0].ref = `${(await c.officer.get('/resources/' + target)).document.code}.citizen_no`
    resource = await publish(c, document)
    await load(c.officer, resource, '流动人口.csv', peopleHeader + rows(0, 30, '2020-03-01') + rows(30, 40, today) + peopleRow(1, { citizen_no: citizenSpread(41), height: 999 }))
    const until = new Date(Date.now() + 86400000 * 30).toISOString()
    await c.officer.post('/grants', { ways: ['api'], resource_id: resource, account_id: c.appAccount, purpose: '核查业务办理所需', until, quota_day: 50, fields: [{ name: 'citizen_no', mode: 'masked' }, { name: 'town', mode: 'clear' }] })
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('a field leads to its lineage: picture and list, by keyboard; on a phone the list alone', async () => {
    const { page } = officer
    await officer.go('/catalog/' + resource)
    await page.getByRole('link', { name: '公民身份号码' }).click()
    await page.waitForURL(/lineage\?field=citizen_no/)
    await page.getByRole('heading', { name: '“公民身份号码”的血缘' }).waitFor()
    const source = page.getByRole('button', { name: /^来源 流动人口.csv/ })
    await source.focus()
    await page.keyboard.press('Enter')
    assert.equal(await source.getAttribute('aria-pressed'), 'true')
    await page.locator('li.on').getByText('列“身份证号”', { exact: false }).waitFor()
    assert.match(page.url(), /node=s\d+/)
    await page.getByRole('button', { name: /^使用方 警务应用/ }).waitFor()
    await page.getByRole('button', { name: /^引用 人口主库/ }).waitFor()
    await officer.lookBoth('lineage')
    await officer.phone(async () => {
      await officer.settled()
      await page.locator('svg[role=group]').waitFor({ state: 'detached' })
      await page.getByRole('link', { name: '流动人口.csv' }).waitFor()
    })
    // the other way: who refers to the register
    await page.getByRole('link', { name: '人口主库' }).last().click()
    await page.waitForURL(new RegExp(`/catalog/${target}/lineage`))
    await page.getByRole('button', { name: /^被引用 流动人口登记/ }).waitFor()
    await officer.choose('信息项', '身高')
    await page.getByRole('button', { name: /^检查与规则 范围/ }).waitFor()
    await officer.go(`/catalog/${resource}/lineage?field=height_cm`)
    await page.getByRole('button', { name: /范围 .*拒收 1 次/ }).waitFor()
  })

  test('the reviewer sees who a new version hits', async () => {
    const entry = await c.officer.get('/resources/' + resource)
    const draft = { ...entry.document, fields: entry.document.fields.filter((f) => f.name !== 'town') }
    const saved = await c.officer.put('/resources/' + resource, { version: entry.version, document: draft })
    await c.officer.post(`/resources/${resource}/submit`, { version: saved.version })
    await bureau.go(`/catalog/${resource}/review`)
    await bureau.page.getByRole('heading', { name: '影响' }).waitFor()
    await bureau.page.getByText('停用', { exact: true }).waitFor()
    await bureau.page.getByText(/警务应用 · 公安局 · 明文 · 核查业务办理所需/).waitFor()
    await bureau.lookBoth('impact')
    await c.bureau.post(`/resources/${resource}/review`, { version: (await c.bureau.get('/resources/' + resource)).version, decision: 'return', note: 'town 仍有使用方' })
  })

  test('the officer looks, proposes; the bureau approves; the certificate is downloaded and verifies', async () => {
    const { page } = officer
    await officer.go('/life')
    // none yet, unless the server looked by itself already
    await page.getByText('目前没有等您处理的销毁清单。').or(page.getByRole('link', { name: '流动人口登记' })).first().waitFor()
    await officer.go(`/catalog/${resource}?tab=life`)
    await page.getByText('更新日期', { exact: true }).last().waitFor()
    await officer.lookBoth('life-tab')
    await officer.button('现在检查').click()
    await page.waitForURL(/\/life\/\d+/)
    list = page.url().match(/life\/(\d+)/)[1]
    await page.getByText('2020-03-01 – 2020-03-01').waitFor()
    await officer.lookBoth('destruction-open')
    await officer.button('提出销毁').click()
    await page.getByLabel('理由').fill('保存期限已满')
    await page.getByRole('dialog').getByRole('button', { name: '提出销毁' }).click()
    await page.getByText('等待大数据局复核。', { exact: false }).waitFor()
    await bureau.go('/')
    await bureau.page.getByText('待复核的销毁清单').waitFor()
    await bureau.go('/life')
    await bureau.page.getByRole('region', { name: '等我处理' }).getByRole('link', { name: '流动人口登记' }).click()
    await bureau.arrived(new RegExp('/life/' + list))
    await bureau.button('同意销毁').click()
    await bureau.page.getByLabel('理由').fill('同意')
    await bureau.page.getByRole('dialog').getByRole('button', { name: '同意销毁' }).click()
    await bureau.page.getByText('本清单已结束。').waitFor()
    await bureau.look('destruction-done')
    await officer.go('/life/' + list)
    const saving = page.waitForEvent('download')
    await officer.button('下载销毁证明').click()
    const path = join(folder('certificate'), 'certificate.json')
    await (await saving).saveAs(path)
    const proof = yiwang('verify-receipt', path)
    assert.equal(proof.status, 0, proof.stderr)
    assert.equal(JSON.parse(proof.stdout).destroyed.count, 30)
    await page.getByRole('link', { name: '查看作业' }).click()
    await page.getByRole('link', { name: '销毁清单' }).waitFor()
    await officer.look('destruction-job')
    await officer.go('/life')
    await officer.lookBoth('life')
  })

  test('a hold is placed by the officer, shown, and lifted by the bureau; in English too', async () => {
    const { page } = officer
    await officer.go(`/catalog/${target}?tab=life`)
    await officer.button('封存').click()
    await page.getByLabel('原因').fill('刑事案件')
    await page.getByLabel('依据文件').fill('调取证据通知书 12 号')
    await officer.look('life-hold')
    await page.getByRole('dialog').getByRole('button', { name: '封存' }).click()
    await page.getByText('封存中').waitFor()
    assert.equal(await officer.button('现在检查').count(), 0)
    await bureau.go(`/catalog/${target}?tab=life`)
    await bureau.page.evaluate(() => localStorage.setItem('yiwang.language', 'en'))
    await bureau.page.reload()
    await bureau.page.getByText('In force').waitFor()
    await bureau.look('life-hold-en')
    await bureau.button('Lift the hold').click()
    await bureau.page.getByRole('dialog').locator('textarea').fill('结案')
    await bureau.page.getByRole('dialog').getByRole('button', { name: 'Lift the hold' }).click()
    await bureau.page.getByText(/Lifted by bureau/).waitFor()
    await bureau.go(`/catalog/${resource}/lineage?field=citizen_no`)
    await bureau.page.getByRole('heading', { name: /^Lineage of/ }).waitFor()
    await bureau.look('lineage-en')
    await officer.close()
    await bureau.close()
  })
})
