// 12345 in a browser: a number pops up, words find answers, the call becomes an event or joins one, is answered at once; another channel's message
// is taken; a caller is called back; an answer is written and published.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Client, root, Server, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of 12345', (engine) => {
  let server, browser, operator, supervisor, dispatcher, source, client
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    client = await server.as('cg.operator')
    dispatcher = await server.as('cg.dispatcher')
    const lead = await server.as('cg.supervisor')
    source = new Client(server)
    source.key = server.credentials()['cg.alarm']
    const id = (await (await server.as('sysadmin')).get('/accounts?q=cg.alarm')).items[0].account_id
    await lead.put('/event-sources/' + id, { channel: 'hotline', note: '话务平台', active: true })
    await lead.post('/place/addresses', Buffer.from('id,standard,lon,lat\n1,演示市澄江路12号,120.2841,31.9102\n'), { 'content-type': 'application/octet-stream' })
    for (const one of [{ kind: 'knowledge', title: '路灯不亮找谁', answer: '路灯由城市管理局管养，请报灯杆编号。', keywords: '照明 灯杆' }, { kind: 'template', title: '进度答复', answer: '{name}您好，{number} 由{unit}承办，目前{state}。' }]) {
      const made = await client.post('/hotline/articles', { ...one, submit: true })
      await lead.post(`/hotline/articles/${made.article_id}/review`, { version: made.version, decision: 'publish' })
    }
    await source.post('/hotline/calls', { channel: 'web', type: 'suggest', words: '建议增设停车位', caller_number: '13800009999' })
    browser = await openBrowser()
    operator = await Desk.open(browser, server, engine, client)
    supervisor = await Desk.open(browser, server, engine, lead)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('a call rings, is written down with help beside, and becomes an event; the next one joins it', async () => {
    const { page } = operator
    await operator.go('/desk/12345')
    await page.getByText('建议增设停车位').waitFor()
    await operator.lookBoth('hotline-empty')
    await page.locator('summary').filter({ hasText: '我的分机' }).click()
    await page.getByRole('textbox', { name: '我的分机' }).fill('8001')
    await operator.button('保存').click()
    await page.locator('summary').filter({ hasText: '8001' }).waitFor()
    await source.post('/hotline/cti', { reference: 'sw-9', extension: '8001', state: 'ringing', caller_number: '13800008888' })
    await page.getByText('13800008888').waitFor() // live, without a reload
    await operator.button('填入登记').click()
    await page.getByText('第一次来电').waitFor()
    await page.getByRole('textbox', { name: '诉求内容' }).fill('门口的路灯不亮了，灯杆倒了')
    await page.getByText('路灯不亮找谁').click()
    await operator.button('用作答复').click()
    assert.match(await page.getByRole('textbox', { name: '答复内容或转接去向' }).inputValue(), /城市管理局管养/)
    await operator.button('立为事件').click()
    await page.getByText('请选择事件分类').waitFor()
    await page.getByRole('combobox', { name: '事件分类' }).click({ force: true })
    await page.keyboard.type('B0101')
    await page.getByRole('option', { name: /B0101/ }).waitFor()
    await page.keyboard.press('Enter') // the first that fits
    await page.getByRole('textbox', { name: '地址' }).fill('澄江路12')
    await page.getByRole('button', { name: /演示市澄江路12号/ }).click()
    await operator.lookBoth('hotline-call')
    await page.getByRole('combobox', { name: '事件分类' }).focus()
    await page.keyboard.press('Control+Enter') // also where a list has the focus
    await page.getByText(/已立为 SJ-/).waitFor()
    const first = (await client.get('/hotline/calls?state=event')).items[0]
    assert.deepEqual([first.reference, first.caller_number], ['sw-9', '138****8888'])
    // the same place and class again: shown, joined
    await page.getByRole('textbox', { name: '来电号码' }).fill('13800008888')
    await page.getByText('门口的路灯不亮了').first().waitFor()
    await page.getByRole('textbox', { name: '诉求内容' }).fill('还是那个路灯')
    await page.getByRole('combobox', { name: '事件分类' }).click({ force: true })
    await page.keyboard.type('B0101')
    await page.getByRole('option', { name: /B0101/ }).click()
    await page.getByRole('textbox', { name: '地址' }).fill('承江路12号') // misheard
    await page.getByRole('button', { name: /演示市澄江路12号/ }).click()
    await operator.lookBoth('hotline-alike')
    await operator.button('就是这件').click()
    await page.getByText(/已归入 SJ-/).waitFor()
    const joined = (await client.get('/hotline/calls?state=event')).items
    assert.equal(joined[0].case_id, first.case_id)
    // another call rings while one is written: that is laid aside and come back to; a template is filled from the earlier call's case
    await page.getByRole('textbox', { name: '来电号码' }).fill('13800008888')
    await page.getByRole('textbox', { name: '诉求内容' }).fill('那个路灯修得怎样了')
    await source.post('/hotline/cti', { reference: 'sw-10', extension: '8001', state: 'ringing', caller_number: '13800006666' })
    await page.getByText('13800006666').waitFor()
    await operator.button('填入登记').click()
    await page.getByRole('textbox', { name: '诉求内容' }).fill('楼道灯也不亮')
    await page.getByRole('list', { name: '搁置的登记' }).getByText('那个路灯修得怎样了').waitFor()
    await operator.lookBoth('hotline-parked')
    await page.getByRole('textbox', { name: '答复内容或转接去向' }).fill('由物业维修')
    await operator.button('当场答复').click()
    await page.getByText('已答复并登记').waitFor()
    await page.keyboard.press('F2')
    await page.waitForFunction(() => document.querySelector('input[data-part=number], [data-part=number] input')?.value === '13800008888')
    await page.getByRole('button', { name: '说的是这件' }).first().click()
    await page.getByRole('button', { name: '进度答复' }).click()
    const answer = page.getByRole('textbox', { name: '答复内容或转接去向' })
    await page.waitForFunction(() => document.querySelector('textarea[data-part=answer]')?.value)
    assert.match(await answer.inputValue(), /^【称呼待填】您好，SJ-\S+ 由【承办单位待填】承办，目前待受理/)
    await operator.button('当场答复').click()
    await page.getByText('已选中第一处').waitFor()
    await page.keyboard.type('陈女士')
    assert.match(await answer.inputValue(), /^陈女士您好/)
    await operator.lookBoth('hotline-template')
    await answer.fill((await answer.inputValue()).replace('【承办单位待填】', '水务局'))
    await operator.button('当场答复').click()
    await page.waitForFunction(() => document.querySelector('textarea[data-part=answer]').value === '') // sent
    assert.ok((await client.get('/hotline/calls?state=answered')).items.some((one) => /^陈女士您好，SJ-\S+ 由水务局承办/.test(one.ending)))
  })

  test('what came by web is taken and answered; a draft survives a reload', async () => {
    const { page } = operator
    await operator.go('/desk/12345')
    await page.getByRole('listitem').filter({ hasText: '建议增设停车位' }).getByRole('button', { name: '受理' }).click()
    await page.getByRole('heading', { name: '办理来件' }).waitFor()
    await page.getByRole('textbox', { name: '答复内容或转接去向' }).fill('已转交规划部门研究')
    await page.reload()
    await page.getByText('已恢复上次未提交的内容').waitFor()
    await operator.button('当场答复').click()
    await page.getByText('已答复并登记').waitFor()
    assert.ok((await client.get('/hotline/calls?state=answered')).items.some((one) => one.ending === '已转交规划部门研究'))
  })

  test('when the event is closed, its callers are called back', async () => {
    const { page } = operator, call = (await client.get('/hotline/calls?state=event')).items.at(-1)
    const act = async (who, action, body = {}) => who.post(`/cases/${call.case_id}/actions/${action}`, { version: (await who.get('/cases/' + call.case_id)).version, ...body })
    await act(dispatcher, 'file', { form: { condition_no: 1 } })
    const unit = (await dispatcher.get('/city-events/' + call.case_id)).proposal[0]
    await act(dispatcher, 'dispatch', { form: { org_id: unit.org_id, duty_id: unit.duty_id } })
    await act(await server.as('sw.handler'), 'finish', { note: '已修复' })
    await act(dispatcher, 'check_good')
    await act(dispatcher, 'close')
    await operator.go('/desk/12345?list=back')
    await operator.button('回访').first().click()
    await page.getByRole('button', { name: '显示号码' }).click()
    await page.getByRole('dialog').getByText('13800008888').waitFor()
    await page.getByRole('radio', { name: '满意', exact: true }).check()
    await operator.lookBoth('hotline-back')
    await operator.button('保存回访').click()
    await page.getByText('回访已保存').waitFor()
    assert.equal((await dispatcher.get('/city-events/' + call.case_id)).stars, 4)
  })

  test('an answer is written by one and published by another', async () => {
    const { page } = operator
    await operator.go('/desk/knowledge')
    await operator.button('编写').click()
    await page.getByRole('textbox', { name: '标题或问法' }).fill('井盖丢了怎么办')
    await page.getByRole('textbox', { name: '答复', exact: true }).fill('请报位置，四小时内处置。')
    await operator.button('提交审核').click()
    await page.getByText('已保存').waitFor()
    await supervisor.go('/desk/knowledge?show=review')
    await supervisor.page.getByText('井盖丢了怎么办').waitFor()
    await supervisor.lookBoth('knowledge-review')
    await supervisor.button('发布').click()
    await supervisor.page.getByText('还没有内容').waitFor()
    await supervisor.go('/desk/knowledge?q=' + encodeURIComponent('井盖丢了'))
    await supervisor.page.getByText('四小时内处置').waitFor()
    await supervisor.lookBoth('knowledge')
  })

  test('with the keyboard alone: what waits, an answer found, keys told, what is missing; Enter in a field sends nothing', async () => {
    const { page } = operator, at = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label')), keys = page.keyboard
    const is = (label) => page.waitForFunction((name) => document.activeElement?.getAttribute('aria-label') === name, label)
    const before = (await client.get('/hotline/calls')).items.length
    await operator.go('/desk/12345')
    await is('来电号码')
    await keys.type('13800007777')
    await keys.press('Enter')
    await keys.press('Escape')
    assert.equal(await at(), '诉求内容')
    await keys.press('Control+Enter')
    await page.getByText('请填写诉求内容').waitFor()
    await keys.type('路灯不亮，晚上很黑')
    await keys.press('F4')
    await is('查知识')
    await page.locator('summary').filter({ hasText: '路灯不亮找谁' }).waitFor()
    await keys.press('Tab')
    await page.locator('summary:focus').filter({ hasText: '路灯不亮找谁' }).waitFor()
    await keys.press('Enter')
    await keys.press('Tab')
    await keys.press('Enter') // 用作答复
    await is('答复内容或转接去向')
    await keys.press('Control+Enter')
    await is('事件分类')
    await keys.press('Escape')
    await keys.press('Escape')
    await operator.lookBoth('hotline-keys')
    await page.setViewportSize({ width: 1280, height: 800 })
    await operator.button('快捷键').press('Enter')
    await page.getByRole('dialog', { name: '快捷键' }).waitFor()
    await operator.look('hotline-keys-1280', { width: 1280 })
    await keys.press('Escape')
    await page.getByRole('dialog', { name: '快捷键' }).waitFor({ state: 'hidden' })
    assert.equal((await client.get('/hotline/calls')).items.length, before, 'nothing was sent by Enter')
    await keys.press('F8')
    await page.getByText('已答复并登记').waitFor()
    await is('来电号码')
    const [done] = (await client.get('/hotline/calls?state=answered')).items
    assert.deepEqual([done.caller_number, done.ending], ['138****7777', '路灯由城市管理局管养，请报灯杆编号。'])
    await page.setViewportSize({ width: 1440, height: 900 })
    await source.post('/hotline/calls', { channel: 'web', type: 'help', words: '路口积水' })
    await operator.go('/desk/12345?list=latest')
    await page.getByText('路口积水').waitFor()
    await keys.press('F2') // the one that waited longest
    await page.getByRole('heading', { name: '办理来件' }).waitFor()
    await is('答复内容或转接去向')
    await operator.button('退回队列').press('Enter')
    await is('来电号码')
  })
})
