// Verification on site in a browser: records chosen on the data page and doubts sent to the field, the verify-on-site form on a phone also
// without a line, what was found and the order seen by the supplier; links both ways; desk, phone, axe.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, root, suite } from './harness.mjs'
import { jpeg } from './event_photos.mjs'
import { Desk, openBrowser, shot } from './pages_browser.mjs'
import { verifyCity } from './verify_city.mjs'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, geolocation: { longitude: 120.1101, latitude: 31.11 }, permissions: ['geolocation'] }

suite('pages of verification', (engine) => {
  let c, browser, officer, hand, picture
  let broken = ''
  const step = (title, run) => test(title, async (t) => {
    if (broken) return t.skip('failed before: ' + broken)
    try { await run() } catch (error) {
      broken = title
      for (const [i, page] of browser.contexts().flatMap((one) => one.pages()).entries()) await shot(page, `${engine}-verify-failed-${i}`)
      throw error
    }
  })
  const dialog = () => officer.page.getByRole('dialog')
  const look = async (name, width = 390) => { await hand.look('verify-' + name, { width }); await hand.page.setViewportSize(phone.viewport) }
  const objection = async (no, field) => c.reader.post('/cases', { process: 'record_objection', resource_id: c.resource, form: { record_id: c.rows[no], field, wrong: '招牌已换', reason: '路过看到' } })

  before(async () => {
    c = await verifyCity(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    officer = await Desk.open(browser, c.server, engine, c.officer)
    hand = await Desk.open(browser, c.server, engine, c.grid, phone)
    writeFileSync(picture = join(folder('photo'), '门头.jpg'), jpeg({ place: [120.1101, 31.11] }))
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  step('records chosen on the data page are sent to the field; what could not be sent is said', async () => {
    await officer.go(`/catalog/${c.resource}?tab=data`)
    await officer.button('查询').click()
    for (const no of ['S1', 'S4']) await officer.page.getByRole('row', { name: new RegExp(`^.*${no}`) }).getByRole('checkbox').check()
    await officer.button('派发核查（2）').click()
    await dialog().getByRole('button', { name: '派发核查' }).click()
    await dialog().getByText('至少写 2 个字').waitFor()
    for (const title of ['商户名称', '联系电话', '行业门类']) await dialog().locator('.el-checkbox', { hasText: title }).click()
    await dialog().getByLabel('为什么有疑点').fill('来电反映招牌不符')
    await dialog().getByLabel('给核查人的要求（可不填）').fill('核对门头招牌')
    await officer.lookBoth('verify-send')
    await dialog().getByRole('button', { name: '派发核查' }).click()
    await dialog().getByText('派发 1 条，并入 0 条，未派发 1 条').waitFor()
    await dialog().getByText('派给 城东网格员 李').waitFor()
    await dialog().getByText(/没有坐标，地址也不在标准地址中/).waitFor()
    await officer.lookBoth('verify-sent')
  })

  step('a doubt of a reader is sent from the list', async () => {
    await objection('S2', 'title')
    await officer.go('/verifications?tab=doubts')
    await officer.page.getByText('招牌已换').waitFor()
    await officer.lookBoth('verify-doubts')
    await officer.page.locator('tbody .el-checkbox').first().click()
    await officer.button('派发核查（1）').click()
    await dialog().getByRole('button', { name: '派发核查' }).click()
    await dialog().getByText('派发 1 条').waitFor()
    await dialog().getByRole('button', { name: '关闭' }).last().click()
    await officer.page.getByText('没有待派的疑点').waitFor()
  })

  step('the dispatcher finds what nobody is on duty for on the desk, and assigns somebody by keyboard', async () => {
    await c.officer.post('/verifications', { resource_id: c.resource, records: [{ record_id: c.rows.S3, fields: ['title'], reason: '店面已换' }] })
    const desk = await Desk.open(browser, c.server, engine, c.dispatcher)
    await desk.go('/desk')
    await desk.page.getByText(/^比对核查 3$/).click()
    const row = desk.page.getByRole('option').filter({ hasText: '待派员' })
    await row.click()
    await desk.page.getByRole('article').getByText('商户名称').waitFor()
    await desk.lookBoth('verify-desk')
    await desk.page.locator('h2.summary').focus()
    await desk.page.keyboard.press('d')
    const form = desk.page.getByRole('dialog')
    await form.getByRole('combobox', { name: '由谁去核实' }).or(form.getByRole('combobox')).first().click({ force: true })
    await desk.page.getByRole('option', { name: /^城东网格员 李/ }).click()
    await form.getByRole('button', { name: '派员' }).click()
    await form.waitFor({ state: 'detached' })
    await row.waitFor({ state: 'detached' })
    await desk.close()
  })

  step('on the phone: the fields in doubt, masked where they are sensitive; answered without a line, sent when it is back', async () => {
    await hand.page.goto(c.server.url + '/m')
    await hand.page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration('/m/'))?.active?.state === 'activated')
    await hand.button('离我近的').click()
    await hand.page.getByText(/· \d+ 米/).first().waitFor()
    await look('tasks')
    assert.match(await hand.page.locator('.task').first().innerText(), /商户名录 · 城东/)
    await hand.page.locator('.task').first().click()
    await hand.page.getByText('核对门头招牌').waitFor()
    await look('task')
    await hand.context.setOffline(true)
    await hand.button('现场核对').click()
    await hand.page.getByText('登记为：老王面馆').waitFor()
    await hand.page.getByText('登记为：139****0001').waitFor()
    await hand.button('提交').click()
    await hand.page.getByText('请选择一项').first().waitFor()
    const field = (title) => hand.page.getByRole('group', { name: title })
    await field('商户名称').getByLabel('有误').check()
    await hand.label('商户名称现在是（不知道可不填）').fill('老王牛肉面')
    await field('联系电话').getByLabel('属实').check()
    // codes are chosen from their set, without a line too; the one recorded is no other value
    await field('行业门类').getByText('登记为：H 住宿和餐饮业').waitFor()
    await field('行业门类').getByLabel('有误').check()
    const choice = field('行业门类').getByRole('combobox')
    assert.deepEqual([await choice.locator('option').count(), await choice.locator('option[value=H]').count()], [20, 0])
    await choice.selectOption({ label: 'F 批发和零售业' })
    await look('choice')
    await field('行业门类').getByLabel('属实').check()
    await hand.label('拍照').setInputFiles(picture)
    await hand.page.getByRole('img', { name: '照片 1' }).waitFor()
    await hand.label('说明').fill('门头已换')
    await look('form')
    await look('form', 320)
    await hand.button('提交').click()
    await hand.page.getByText('已存好，有网络时自动发送').waitFor()
    await hand.context.setOffline(false)
    await hand.page.getByText(/待发 1 件/).waitFor({ state: 'detached' })
    await hand.link('待发').click()
    await hand.page.getByText('最近发出（1）').waitFor()
  })

  step('the supplier sees what was found, where from, and the order; in clear for a reason; links lead both ways', async () => {
    await officer.go('/verifications?state=answered')
    await officer.lookBoth('verify-list')
    await officer.page.getByRole('link', { name: /商户名录/ }).first().click()
    await officer.page.getByText('老王牛肉面').waitFor()
    await officer.page.getByText(/距登记位置 \d+ 米/).waitFor()
    await officer.page.getByRole('img', { name: '照片 1' }).waitFor()
    await officer.lookBoth('verify-one')
    await officer.button('查看明文').click()
    await dialog().getByRole('textbox').fill('更正登记')
    await dialog().getByRole('button', { name: '查看明文' }).click()
    await officer.page.getByText('13900000001').waitFor()
    await officer.page.getByRole('link', { name: /^ZG-/ }).click()
    await officer.page.getByText('现场核查与登记不符').waitFor()
    await officer.page.getByRole('region', { name: '采用现场核查结果' }).getByText('老王牛肉面').waitFor()
    await officer.lookBoth('verify-order')
    await officer.link('核查内容').click()
    await officer.page.getByText('有误待更正').first().waitFor()
    await officer.link('去更正').click()
    // what was not found wrong cannot be chosen; without a choice nothing is taken over
    const region = officer.page.getByRole('region', { name: '采用现场核查结果' })
    await region.getByText('没有认定有误').first().waitFor()
    assert.equal(await region.getByRole('checkbox', { name: '联系电话' }).isDisabled(), true)
    await region.locator('.el-checkbox', { hasText: '商户名称' }).click()
    await officer.page.getByText('请选择要采用的信息项').waitFor()
    await region.locator('.el-checkbox', { hasText: '商户名称' }).click()
    await officer.button('采用并更正').click()
    await dialog().getByText('“商户名称”将改为现场核对的值').waitFor()
    await officer.lookBoth('verify-take')
    await dialog().getByRole('button', { name: '采用并更正' }).click()
    await officer.page.getByText('已更正，整改单已完成。').waitFor()
    await officer.page.getByText('采用现场核查结果更正').waitFor()
    assert.equal(await officer.button('采用并更正').count(), 0)
    await officer.lookBoth('verify-taken')
    assert.equal((await c.officer.get(`/data/${c.resource}/records?limit=50`)).items.find((row) => row.no === 'S1').title, '老王牛肉面')
    await officer.link('更正的加载').click()
    await officer.page.getByText('采用核查结果更正').first().waitFor()
    await officer.lookBoth('verify-take-job')
    // from the objection to its verification
    const [doubted] = (await c.officer.get('/verifications?state=sent')).items.filter((item) => item.record_id === c.rows.S2)
    const id = (await c.officer.get('/verifications/' + doubted.case_id)).doubts[0].objection_id
    await officer.go('/requests/' + id)
    await officer.link('以往核查').click()
    await officer.page.getByRole('link', { name: /商户名录/ }).waitFor()
  })

  step('in English; the console leads officers to the phone page', async () => {
    await hand.page.evaluate(() => localStorage.setItem('yiwang.language', 'en'))
    const [task] = (await c.grid.get('/inbox')).items.filter((item) => item.process === 'verification' && item.title.endsWith('城东'))
    await hand.page.goto(c.server.url + '/m/task/' + task.case_id)
    await hand.button('Verify on site').click()
    await hand.page.getByText('Recorded: 小李书店').waitFor()
    await hand.page.goto(c.server.url + '/verifications/' + task.case_id)
    await hand.page.getByRole('link', { name: 'Verify on the phone page' }).waitFor()
    await hand.look('verify-english', { width: 390, words: false }) // titles of fields are the city's data
  })
})
