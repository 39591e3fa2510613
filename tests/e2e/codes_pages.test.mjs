// A field of a code set too large for a list (divisions): searched for by code and name while it is typed, on the phone's form on site and
// in forms (一表通); without a line the code itself is typed; what is no code of the set is refused by name; axe at 390 px.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { load, publish } from './city.mjs'
import { folder, root, suite, yiwang } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'
import { shops, verifyCity } from './verify_city.mjs'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, geolocation: { longitude: 120.11, latitude: 31.11 }, permissions: ['geolocation'] }
/** The base pack's counties as a code set: every code once, those that are no more with their end. */
function divisions() {
  const rows = gunzipSync(readFileSync(join(root, 'packs/base/divisions/counties.csv.gz'))).toString().trim().split(/\r?\n/).slice(1).map((line) => line.split(','))
  const kept = rows.filter(([, , , to]) => !to)
  const gone = rows.filter(([code, , , to]) => to && !kept.some((row) => row[0] === code)).slice(0, 1)
  return { items: [...kept.map(([code, name]) => `  - ["${code}", "${name}", ""]`), ...gone.map(([code, name, , to]) => `  - {code: "${code}", label: "${name}", valid_to: ${to}}`)], gone: gone[0][0] }
}

suite('codes of large sets', (engine) => {
  let c, browser, hand, task, form
  const { items, gone } = divisions()
  const look = async (name) => { await hand.look('codes-' + name, { width: 390 }); await hand.page.setViewportSize(phone.viewport) }
  const field = () => hand.page.getByRole('group', { name: '登记地' })
  const box = () => field().getByRole('combobox')
  const said = (words) => field().getByRole('status').filter({ hasText: words }).waitFor()

  before(async () => {
    c = await verifyCity(engine, { args: ['--web', join(root, 'web/dist')] })
    const dir = folder('pack')
    writeFileSync(join(dir, 'pack.yaml'), 'pack: places\nversion: 1\ntitle: 区划\ntitle_en: Divisions\ncode_sets: [codes.yaml]\n')
    writeFileSync(join(dir, 'codes.yaml'), `code_sets:\n- name: gb2260\n  title: 行政区划代码\n  title_en: divisions\n  standard: GB/T 2260\n  items:\n${items.join('\n')}\n`)
    const made = yiwang('pack', 'load', c.server.dir, dir, ...(c.server.store ? ['--store', c.server.store] : []))
    assert.equal(made.status, 0, made.stderr)
    const place = { ...shops.fields.at(-1), name: 'place', title: '登记地', source_name: 'place', code_set: 'gb2260' }
    const resource = await publish(c, { ...shops, code: '1A01009/000002', name: '异地商户', fields: [...shops.fields, place] })
    const rows = 'no,title,tables,phone,address,lon,lat,trade,place\nT1,老王面馆,12,13900000001,澄江路1号,120.11,31.11,H,320282\n'
    assert.equal((await load(c.officer, resource, 't.csv', Buffer.from(rows))).state, 'reconciled')
    const [row] = (await c.officer.get(`/data/${resource}/records?limit=5`)).items
    task = (await c.officer.post('/verifications', { resource_id: resource, records: [{ record_id: row.record_id, fields: ['place'], reason: '执照上写的不同' }] })).items[0].case_id
    const document = { fields: [{ name: 'from', title: '从哪里来', kind: 'code', code_set: 'gb2260', required: true }, { name: 'trade', title: '做什么', kind: 'code', code_set: 'industry_section' }] }
    form = await c.officer.post('/forms', { title: '流入登记', purpose: '掌握来源地', basis: '《某办法》第五条', document })
    await c.officer.post(`/forms/${form.form_id}/submit`, { version: form.version })
    browser = await openBrowser()
    hand = await Desk.open(browser, c.server, engine, c.grid, phone)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  test('the list of codes: the code itself first, then what begins so; only those in force; for all who log in', async () => {
    const find = async (q, more = '') => (await c.grid.get(`/code-sets/gb2260/items?limit=20&q=${encodeURIComponent(q)}${more}`)).items.map((one) => one.code)
    assert.deepEqual(await find('320281'), ['320281'])
    assert.deepEqual(await find('江阴'), ['320281'])
    assert.ok((await find('3202')).every((code) => code.startsWith('3202')) && (await find('3202')).length > 3)
    assert.deepEqual([await find(gone), await find(gone, '&current=true')], [[gone], []])
    // page by page, each code once
    const all = []
    for (let next = ''; next !== null;) {
      const page = await c.grid.get(`/code-sets/gb2260/items?limit=200&q=32${next && '&after=' + next}`)
      all.push(...page.items.map((one) => one.code))
      next = page.next
    }
    assert.equal(new Set(all).size, all.length)
    assert.equal(all.findIndex((code) => !code.startsWith('32')), all.filter((code) => code.startsWith('32')).length, 'those that begin so come first')
    assert.equal((await c.grid.get('/code-sets/gb2260/items?limit=1')).total, items.length)
    assert.equal((await c.server.client().call('GET', '/code-sets/gb2260/items')).status, 401)
    await c.grid.refused(403, 'GET', '/code-sets')
    await c.grid.refused(404, 'GET', '/code-sets/nosuch/items')
  })

  test('what is no code of the set is refused, naming the field', async () => {
    const one = await c.grid.get('/verifications/' + task)
    assert.deepEqual([one.fields[0].choices, one.fields[0].code_set, one.fields[0].recorded_label], [[], 'gb2260', '宜兴市'])
    for (const value of ['江阴市', '999999', gone]) {
      const refused = await c.grid.refused(400, 'POST', `/verifications/${task}/answer`, { version: one.version, answers: [{ field: 'place', mark: one.fields[0].mark, answer: 'wrong', value }] })
      assert.deepEqual([refused.field, refused.rule, refused.detail], ['answers.place', 'code_set', '登记地 takes only codes of its code set'])
      const unfit = await c.grid.refused(400, 'POST', `/forms/${form.form_id}/answers`, { key: {}, values: { from: value }, doubts: [] })
      assert.deepEqual([unfit.field, unfit.rule, unfit.detail], ['values.from', 'code_set', '从哪里来 takes only codes of its code set'])
    }
  })

  test('on site: searched for by name and code with the keyboard, chosen, kept with the draft', async () => {
    await hand.go('/m/task/' + task)
    await hand.button('现场核对').click()
    await field().getByText('登记为：320282 宜兴市').waitFor()
    await field().getByLabel('有误').check()
    await said('输入代码或名称查找')
    await box().pressSequentially('3202')
    await said('查到')
    assert.equal(await field().getByRole('option', { name: '320282' }).count(), 0, 'what is recorded is no other value')
    await look('found')
    await box().press('ArrowDown')
    await box().press('ArrowDown')
    const second = await field().getByRole('option').nth(1).innerText()
    assert.equal(await box().getAttribute('aria-activedescendant'), await field().getByRole('option').nth(1).getAttribute('id'))
    for (const one of [box(), field().getByRole('option').nth(1)]) assert.ok(await one.evaluate((it) => { const at = it.getBoundingClientRect(); return it.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)) }), 'in sight, under no bar')
    await look('second')
    await box().press('Escape')
    assert.equal(await box().getAttribute('aria-expanded'), 'false')
    await box().press('ArrowDown')
    await box().press('ArrowUp')
    await box().press('ArrowUp')
    await box().press('Enter')
    assert.notEqual(await box().inputValue(), second)
    await said('已选 3202')
    // by name, with a finger
    await box().fill('江阴')
    await field().getByRole('option', { name: '320281 江阴市' }).tap()
    assert.equal(await box().inputValue(), '320281 江阴市')
    await said('已选 320281 江阴市')
    await look('chosen')
    await hand.page.reload()
    await said('已选 320281 江阴市')
    // what is no code is said before it is sent; written whole it need not be chosen
    await box().fill('没有这个地方')
    await said('代码表里没有这个代码或名称')
    await hand.label('说明').focus()
    await field().getByText('这不是代码表里的代码').waitFor()
    await look('none')
    await hand.button('提交').click()
    await field().getByText('这不是代码表里的代码').waitFor()
    await box().fill('320281')
    await hand.label('说明').focus()
    await said('已选 320281 江阴市')
  })

  test('without a line: says so, takes the code as typed; a wrong one comes back with the field marked', async () => {
    await hand.context.setOffline(true)
    await box().fill('999999')
    await said('没有网络')
    await look('offline')
    await hand.button('提交').click()
    await hand.page.getByText('已存好，有网络时自动发送').waitFor()
    await hand.context.setOffline(false)
    await hand.link('待发 1').click()
    await hand.page.getByText('没有发成，需要改').waitFor()
    await hand.page.getByText('“登记地”只能填代码集中的代码').waitFor()
    await hand.button('修改').click()
    await field().getByText('“登记地”只能填代码集中的代码').or(field().getByText('这不是代码表里的代码')).first().waitFor()
    await look('refused')
    await hand.context.setOffline(true)
    await box().fill('320281')
    await said('没有网络')
    await hand.button('提交').click()
    await hand.page.getByText('已存好，有网络时自动发送').waitFor()
    await hand.context.setOffline(false)
    await hand.link('待发').click()
    await hand.page.getByText('最近发出（1）').waitFor()
    assert.equal((await c.officer.post(`/verifications/${task}/clear`, { reason: '更正登记' })).items[0].found, '320281')
  })

  test('in a form: a short set is a list, a large one a search; without a line the code is typed', async () => {
    await hand.go('/m/forms')
    await hand.page.getByRole('link', { name: /流入登记/ }).click()
    await hand.page.getByLabel(/^做什么/).selectOption('F')
    await hand.page.getByRole('combobox', { name: '从哪里来' }).pressSequentially('江阴')
    await hand.page.getByRole('option', { name: '320281 江阴市' }).click()
    await hand.button('提交').click()
    await hand.page.getByText('已发送：免填 0 项').waitFor()
    assert.deepEqual((await c.officer.get(`/forms/${form.form_id}/answers`)).items[0].answered, { from: '320281', trade: 'F' })
    await hand.go('/forms')
    await hand.page.getByRole('link', { name: '流入登记' }).click()
    const large = hand.page.getByRole('combobox', { name: '从哪里来' }), typed = hand.page.getByRole('textbox', { name: '从哪里来' })
    await hand.choose('做什么', 'F 批发和零售业')
    await large.click()
    await large.pressSequentially('江阴')
    await hand.page.getByRole('option', { name: '320281 江阴市' }).waitFor()
    await look('form')
    await large.press('ArrowDown')
    await large.press('Enter')
    await hand.page.getByText('320281 江阴市').first().waitFor()
    await hand.context.setOffline(true)
    await large.click()
    await large.pressSequentially('宜兴')
    await hand.page.getByText('查不到代码表').waitFor()
    assert.equal(await typed.inputValue(), '320281')
    await typed.fill('999999')
    await look('form-offline')
    await hand.context.setOffline(false)
    await hand.page.getByText('查不到代码表').waitFor({ state: 'detached' })
    await hand.button('提交填报').click()
    await hand.page.getByText('“从哪里来”只能填代码集中的代码').waitFor()
    await large.click()
    await large.pressSequentially('320281')
    await hand.page.getByRole('option', { name: '320281 江阴市' }).click()
    await hand.button('提交填报').click()
    await hand.page.getByText('已提交，免填 0 项').waitFor()
    assert.equal((await c.officer.get(`/forms/${form.form_id}/answers`)).items.length, 2)
    await hand.close()
  })
})
