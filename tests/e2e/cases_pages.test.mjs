// Share requests in a browser: ask with a draft that is not lost, check, grant in part, dispute, rule; the inbox, the list, filters in the
// address, two languages, on a desk and on a phone.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, load } from './city.mjs'
import { Desk, openBrowser, shot } from './pages_browser.mjs'

suite('pages of requests', (engine) => {
  let c, browser, police, officer, bureau, resource, entry, request
  let broken = ''
  const step = (title, run) => test(title, async (t) => {
    if (broken) return t.skip('failed before: ' + broken)
    try { await run() } catch (error) {
      broken = title
      for (const [i, page] of browser.contexts().flatMap((one) => one.pages()).entries()) await shot(page, `${engine}-cases-failed-${i}`)
      throw error
    }
  })
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] }))
    entry = peopleDocument()
    resource = await publish(c, entry)
    assert.equal((await load(c.officer, resource, '人口.csv', peopleCsv(20))).state, 'reconciled')
    browser = await openBrowser()
    police = await Desk.open(browser, c.server, engine, c.police)
    officer = await Desk.open(browser, c.server, engine, c.officer)
    bureau = await Desk.open(browser, c.server, engine, c.bureau)
  })
  after(async () => {
    await browser?.close()
    await c?.server.stop()
  })

  step('ask: from the entry, with a draft that stays', async () => {
    const { page } = police
    await police.go('/inbox')
    await page.getByText('没有等您办理的事项').waitFor()
    await police.lookBoth('cases-inbox-empty')
    await police.go(`/catalog/${resource}`)
    await police.link('申请使用').click()
    await police.arrived(/\/ask$/)
    await police.button('提交申请').click()
    await page.getByText('至少选一个信息项').waitFor()
    await police.look('cases-ask-empty')
    await police.label('用途').fill('办理居住证时核对居民登记信息')
    await police.label('事项').fill('居住证办理')
    await police.choose('使用账号', /警务应用/)
    await police.button('全要，该脱敏的脱敏').click()
    await police.label('公民身份号码 不要').check()
    await police.label('姓名 明文').check()
    await page.getByText(/您要求明文使用 L3\/L4 敏感信息项：姓名/).waitFor()
    await page.reload() // leaving never loses
    await police.settled()
    await page.getByText('已恢复上次未提交的内容').waitFor()
    assert.equal(await police.label('事项').inputValue(), '居住证办理')
    assert.equal(await police.label('姓名 明文').isChecked(), true)
    await police.lookBoth('cases-ask')
    await police.button('提交申请').click()
    await page.waitForURL(/\/requests\/\d+$/)
    request = page.url().match(/requests\/(\d+)/)[1]
    await page.getByText('符合性审查').first().waitFor()
    await page.getByText(/剩 \d+ (天|小时|分钟)（\d+ 工时）/).first().waitFor()
    await police.lookBoth('cases-case-check')
  })

  step('the inbox of the bureau, and the check', async () => {
    const { page } = bureau
    await bureau.go('/inbox')
    await page.getByText('1 件待办，0 件超期，0 件将到期').waitFor()
    await bureau.lookBoth('cases-inbox')
    await bureau.button('提醒方式').click()
    await bureau.label('邮箱，每行一个').fill('shen@dsj.example.cn')
    await bureau.look('cases-notify')
    await bureau.button('保存').click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal((await c.bureau.get('/notify/addresses')).items[0].address, 'shen@dsj.example.cn')
    await page.getByRole('link', { name: new RegExp(entry.name) }).click()
    await bureau.arrived(/\/requests\/\d+$/)
    await bureau.button('退回补正').click()
    await page.getByRole('dialog').getByRole('button', { name: '退回补正' }).click()
    await page.getByText('至少写 2 个字').waitFor()
    await bureau.label('理由').fill('请写明依据')
    await page.getByRole('dialog').getByRole('button', { name: '退回补正' }).click()
    await page.getByText('等提出方办理').waitFor()
  })

  step('amended on the same form, live on the asker’s page', async () => {
    const { page } = police
    await page.getByText('请写明依据').waitFor() // told by the stream, no reload
    await police.button('修改后重新提交').click()
    assert.equal(await police.label('用途').inputValue(), '办理居住证时核对居民登记信息')
    await police.label('法律或职责依据').fill('居住证暂行条例第八条')
    await police.look('cases-amend')
    await police.button('重新提交').click()
    await page.getByText('等大数据局办理').waitFor()
    await bureau.page.getByText('居住证暂行条例第八条').first().waitFor()
    await bureau.button('通过审查').click()
    await bureau.page.getByRole('dialog').getByRole('button', { name: '通过审查' }).click()
    await bureau.page.getByText('等提供方办理').waitFor()
  })

  step('the supplier pauses, resumes, grants in part', async () => {
    const { page } = officer
    await officer.go('/')
    await page.getByText('等我办理的事项').waitFor()
    await officer.go(`/requests/${request}`)
    await officer.button('暂停计时').click()
    await officer.label('理由').fill('等待补充材料')
    await page.getByRole('dialog').getByRole('button', { name: '暂停计时' }).click()
    await page.getByText('已暂停计时').first().waitFor()
    await officer.button('恢复计时').click()
    await page.getByRole('dialog').getByRole('button', { name: '恢复计时' }).click()
    await officer.button('部分授权或附条件').click()
    await officer.label('姓名').selectOption('masked')
    await officer.label('条件').or(officer.label('附加条件')).first().fill('仅限窗口核对')
    await officer.label('理由').fill('脱敏已能核对')
    await officer.look('cases-decide')
    await page.getByRole('dialog').getByRole('button', { name: '部分授权或附条件' }).click()
    await page.getByText('仅限窗口核对').first().waitFor()
    await officer.button('查看授权').click()
    await page.getByRole('dialog').getByText('仅限窗口核对').waitFor()
    await officer.lookBoth('cases-granted')
    assert.match((await c.app.get(`/data/${resource}/records?limit=1`)).items[0].name, /\*/)
  })

  step('dispute and ruling; a refusal says why', async () => {
    const { page } = police
    await police.button('提出争议').click()
    await police.label('理由').fill('须核对全名')
    await page.getByRole('dialog').getByRole('button', { name: '提出争议' }).click()
    await bureau.page.getByText('争议裁定').first().waitFor()
    await bureau.button('召集会商').click()
    await bureau.label('地点').fill('302 会议室')
    await bureau.label('时间').fill('2026-12-01 09:30')
    await bureau.label('时间').press('Enter')
    await bureau.label('理由').fill('请双方到场')
    await bureau.look('cases-consult')
    await bureau.page.getByRole('dialog').getByRole('button', { name: '召集会商' }).click()
    await bureau.page.getByText(/302 会议室/).first().waitFor()
    await bureau.button('裁定应予共享').click()
    await bureau.label('理由').fill('属于履职需要')
    await bureau.page.getByText('我确认确有必要以明文提供').click()
    await bureau.page.getByRole('dialog').getByRole('button', { name: '裁定应予共享' }).click()
    await bureau.page.getByText('按申请全部授权').waitFor()
    assert.doesNotMatch((await c.app.get(`/data/${resource}/records?limit=1`)).items[0].name, /\*/)
    await bureau.lookBoth('cases-ruled')
  })

  step('the list: filters in the address, English, phone', async () => {
    const { page } = bureau
    await bureau.go('/requests')
    await bureau.lookBoth('cases-list')
    await bureau.choose('状态', '已授权')
    await page.waitForURL(/state=granted/)
    await page.getByRole('link', { name: /^GX-/ }).waitFor()
    await bureau.go('/requests?late=1')
    await page.getByText('没有符合筛选条件的申请').waitFor()
    await bureau.look('cases-list-none')
    await bureau.go('/requests/process')
    // a calendar: what it moves is shown, and asked, before it is published
    const running = await c.police.post('/cases', { resource_id: resource, form: { purpose: '核对居民登记信息', service_item: '居住证办理', account_id: c.appAccount, way: ['api'],
      until: new Date(Date.now() + 86400000 * 90).toISOString(), quota_day: 10, fields: [{ name: 'town', mode: 'clear' }] } })
    const day = running.due_at.slice(0, 10)
    await bureau.label('年份').fill(day.slice(0, 4))
    await bureau.settled()
    const lines = (await bureau.label('放假和调休').inputValue()).split('\n').filter((line) => line && !line.startsWith(day))
    await bureau.label('放假和调休').fill([...lines, `${day} 休 城市日`].join('\n'))
    await bureau.button('发布日历').click()
    const asked = page.getByRole('dialog')
    await asked.getByText(/将改变 \d+ 件在办事项的到期时间，其中 0 件立即超期/).waitFor()
    await asked.getByText(running.number).waitFor()
    assert.equal((await c.police.get('/cases/' + running.case_id)).due_at, running.due_at)
    await bureau.lookBoth('cases-calendar')
    await asked.getByRole('button', { name: '发布日历' }).click()
    await asked.waitFor({ state: 'detached' })
    await page.getByText('已发布').first().waitFor()
    await bureau.label('符合性审查的单位').selectOption('hours')
    await bureau.label('符合性审查的数值').fill('1')
    await bureau.button('推演').click()
    await page.getByText(/件申请、\d+ 个环节中/).waitFor()
    await bureau.lookBoth('cases-process')
    await bureau.button('发布时限').click()
    await page.getByText('现行第 2 版').waitFor()
    await page.evaluate(() => localStorage.setItem('yiwang.language', 'en'))
    await bureau.go(`/requests/${request}`)
    await page.getByText('Granted', { exact: true }).first().waitFor()
    await bureau.look('cases-case-en')
    await bureau.go('/inbox')
    await bureau.look('cases-inbox-en', { width: 390 })
    for (const desk of [police, officer, bureau]) await desk.close()
  })
  step('the SMS gateway: described, a test sent, what came of it is shown', async () => {
    const gateway = createServer((request, answer) => answer.writeHead(403).end('no')).listen(0, '127.0.0.1')
    await new Promise((done) => gateway.once('listening', done))
    await c.sys.put('/settings/notify.seconds', { value: '1', version: 0 })
    const sys = await Desk.open(browser, c.server, engine, c.sys)
    await sys.go('/settings?tab=sms')
    await sys.button('填入 Kannel 的写法').click()
    await sys.label('网关地址（http 或 https）').fill('ftp://x')
    await sys.button('保存').click()
    await sys.page.getByText(/http:\/\/… 或 https:\/\/…/).first().waitFor()
    await sys.label('网关地址（http 或 https）').fill(`http://127.0.0.1:${gateway.address().port}/cgi-bin/sendsms`)
    await sys.label('口令').fill('never-shown-again')
    await sys.button('保存').click()
    await sys.label('手机号').fill('13800000000')
    await sys.button('发送测试').click()
    await sys.page.getByText('HTTP 403').first().waitFor()
    assert.ok(!(await sys.page.content()).includes('never-shown-again'))
    await sys.lookBoth('cases-sms')
    await sys.close()
    gateway.close()
  })
})
