// 一表通 as people see it: a form is made from an entry, filled in on a phone with what is held left out, doubted, and counted.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { account, citizenSpread, city, load, peopleDocument, peopleHeader, peopleRow, publish } from './city.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of forms', (engine) => {
  let c, browser, officer, grid
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    const client = await account(c.server, c.sys, c.sec, 'grid.zhang', c.otherOrg, ['grid_officer'])
    const resource = await publish(c, peopleDocument({ name: '常住人口' }))
    await load(c.officer, resource, '人口.csv', peopleHeader + Array.from({ length: 20 }, (_, i) => peopleRow(i, { citizen_no: citizenSpread(i) })).join(''))
    browser = await openBrowser()
    officer = await Desk.open(browser, c.server, engine, c.officer)
    grid = await Desk.open(browser, c.server, engine, client)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  const held = (page, store) => page.evaluate((store) => new Promise((resolve) => { const request = indexedDB.open('yiwang-m'); request.onsuccess = () => { request.result.transaction(store).objectStore(store).getAll().onsuccess = (event) => { request.result.close(); resolve(event.target.result) } } }), store)

  test('made at a desk, filled in on a phone, counted', async () => {
    const { page } = officer
    await officer.go('/forms')
    await page.getByText('还没有表').waitFor()
    await page.getByRole('link', { name: '制一张表' }).first().click()
    await page.getByRole('textbox', { name: '表名' }).fill('独居老人走访')
    await page.getByRole('textbox', { name: '用途' }).fill('掌握走访情况')
    await page.getByRole('textbox', { name: '依据' }).fill('《某办法》第三条')
    await page.getByRole('combobox', { name: '填报对象' }).click()
    await page.getByRole('option', { name: /^常住人口 市场/ }).click()
    for (const title of ['姓名', '出生日期']) {
      await page.getByRole('combobox', { name: '从条目带出' }).click()
      await page.getByRole('option', { name: title, exact: true }).click()
    }
    await page.getByRole('button', { name: '添加要填的项' }).click()
    await page.getByRole('textbox', { name: '项名' }).fill('走访情况')
    await page.locator('li').filter({ has: page.getByRole('textbox', { name: '项名' }) }).getByText('必填').click()
    await officer.lookBoth('forms-edit')
    await page.getByRole('button', { name: '提交', exact: true }).click()
    await page.getByText('填报中').first().waitFor()

    const phone = grid.page
    await grid.phone(async () => {
      await grid.go('/forms')
      await phone.getByRole('link', { name: '独居老人走访' }).click()
      await phone.getByLabel('公民身份号码').fill(citizenSpread(3))
      await phone.getByRole('button', { name: '查找' }).click()
      await phone.getByText('已掌握 2 项，需填 1 项').waitFor()
      await phone.getByRole('button', { name: '姓名 不对？' }).click()
      await phone.getByLabel('姓名 哪里不对').fill('本人称登记有误')
      await phone.getByLabel('走访情况').fill('在家，身体健康')
      await grid.look('forms-fill', { width: 390 })
      await phone.setViewportSize({ width: 390, height: 844 })
      await phone.getByRole('button', { name: '提交填报' }).click()
      await phone.getByText('已提交，免填 2 项').waitFor()
    })
    await grid.go('/forms?tab=doubts')
    await phone.getByText('常住人口 · 姓名').waitFor()
    await phone.getByText('待核实').waitFor()
    await grid.lookBoth('forms-doubts')
    await phone.goto(c.server.url + '/m/')
    await phone.getByRole('link', { name: '我提的疑问' }).click()
    await phone.getByText('常住人口 · 姓名').waitFor()
    await grid.look('phone-doubts', { width: 390 })
    await officer.go('/forms?tab=burden')
    await page.getByText('共免填 2 项，要求填 1 项（免填 67%）').waitFor()
    await officer.lookBoth('forms-burden')
    await officer.go('/forms')
    await officer.lookBoth('forms-list')
    await officer.go('/inbox')
    await page.getByText('常住人口').first().waitFor()
    assert.deepEqual([...officer.wrong, ...grid.wrong], [])
  })

  test('on the phone page, in a webview that has no service worker: looked up, filled in without a line, sent later and once; what changed meanwhile is told and kept', async () => {
    // one who may see what is held
    const both = await account(c.server, c.sys, c.sec, 'grid.zhou', c.supplierOrg, ['data_officer', 'grid_officer'])
    const desk = await Desk.open(browser, c.server, engine, both, { viewport: { width: 390, height: 844 }, hasTouch: true, serviceWorkers: 'block' })
    const { page } = desk, offline = (off) => desk.context.setOffline(off)
    const answers = async () => (await c.officer.get(`/forms/${form_id}/answers`)).items
    const { form_id } = (await both.get('/forms?state=open')).items[0]
    const begin = async (n, verb = '查找') => {
      await page.getByRole('link', { name: /独居老人走访/ }).click()
      await desk.label('公民身份号码').fill(citizenSpread(n))
      await desk.button(verb).click()
    }
    const submit = async (words) => {
      await desk.label('走访情况').fill(words)
      await desk.button('提交').click()
      await page.getByText('已存好，有网络时自动发送').waitFor()
    }
    await desk.go('/m')
    await desk.link('一表通填报').click()
    await desk.look('phone-forms', { width: 390 })
    await page.setViewportSize({ width: 390, height: 844 })
    await begin(5)
    await page.getByText('已掌握 2 项，需填 1 项').waitFor()
    await page.getByText(/张\*/).waitFor()
    await page.getByText('来自常住人口').first().waitFor()
    await desk.look('phone-form', { width: 390 })
    await page.setViewportSize({ width: 390, height: 844 })
    // drafts stay, also over a reload; two are looked up before the line is gone
    await page.reload()
    await page.getByText('已掌握 2 项，需填 1 项').waitFor()
    await desk.button('返回').click()
    await page.getByText('手机里有 1 份没有发出').waitFor()
    await begin(6)
    await page.getByText('已掌握 2 项，需填 1 项').waitFor()
    await desk.button('返回').click()
    await offline(true)
    await page.getByRole('link', { name: /^待发/ }).last().click()
    await page.getByRole('listitem').filter({ hasText: citizenSpread(5).slice(-4) }).getByRole('button', { name: '继续写' }).click()
    await submit('在家五')
    assert.doesNotMatch(JSON.stringify((await held(page, 'items')).find((one) => one.state === 'queued')), /张|1980/, 'what was shown has left the phone')
    await page.getByRole('link', { name: /^待发/ }).last().click()
    await page.getByRole('listitem').filter({ hasText: citizenSpread(6).slice(-4) }).getByRole('button', { name: '继续写' }).click()
    await submit('在家六')
    await begin(7, '先填写') // never looked up
    await page.getByText('还没有查找，发送时核对').waitFor()
    await desk.look('phone-form-offline', { width: 390 })
    await page.setViewportSize({ width: 390, height: 844 })
    await desk.label(/^姓名/).fill('张七七')
    await submit('在家七')
    await page.getByText('待发 3 件').waitFor()
    // meanwhile the record of the sixth is another one
    const resource = (await c.officer.get('/resources?q=' + encodeURIComponent('常住人口'))).items[0].resource_id
    await load(c.officer, resource, '人口.csv', peopleHeader + Array.from({ length: 20 }, (_, i) => peopleRow(i, { citizen_no: citizenSpread(i), ...(i === 6 ? { birth_date: '1951-02-03' } : {}) })).join(''))
    let cut = 0 // the answer to the first is lost on the way
    await page.route('**/answers', async (route) => { if (cut++ < 2) { await route.fetch(); await route.abort() } else await route.continue() })
    await offline(false)
    await page.getByRole('link', { name: /^待发/ }).last().click()
    for (let i = 0; i < 600 && cut < 2; i++) await new Promise((later) => setTimeout(later, 50))
    await page.getByText('待发 3 件').waitFor()
    await desk.button('现在发送').click()
    await page.getByText('没有发成，需要改（2）').waitFor()
    assert.deepEqual((await answers()).map((one) => Object.values(one.answered)[0]).filter((words) => /在家[五六七]/.test(words)), ['在家五'], 'once, and nothing of what changed')
    const card = (n) => page.getByRole('listitem').filter({ hasText: '…' + citizenSpread(n).slice(-4) })
    assert.match(await card(6).innerText(), /登记的内容有了变化[^]*出生日期：现在是 /)
    assert.match(await card(7).innerText(), /姓名：已登记为 张[^]*您填的 张七七 不再提交/)
    await desk.look('phone-form-changed', { width: 390 })
    await page.setViewportSize({ width: 390, height: 844 })
    await card(6).getByRole('button', { name: '修改' }).click()
    assert.equal(await desk.label('走访情况').inputValue(), '在家六', 'what was written is kept')
    await desk.button('提交').click()
    await page.getByText('已发送：免填 2 项').waitFor()
    await page.getByRole('link', { name: /^待发/ }).last().click()
    await card(7).getByRole('button', { name: '修改' }).click()
    await desk.button('姓名 不对？').click()
    await desk.label('姓名 哪里不对').fill('本人称是张七七')
    await desk.button('提交').click()
    await page.getByText('已发送：免填 2 项').waitFor()
    assert.equal((await both.get('/forms/doubts')).items.length, 1)
    const left = JSON.stringify(await held(page, 'items'))
    for (const n of [5, 6, 7]) assert.doesNotMatch(left, new RegExp(citizenSpread(n)), 'of what is sent nothing personal stays')
    assert.doesNotMatch(left, /张|在家/)
    await desk.close()
  })
})
