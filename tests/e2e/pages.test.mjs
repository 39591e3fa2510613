// The main job as people do it, in a browser over the real server: first login, register, review, load, mend, grant, use, prove;
// by keyboard alone, in two languages, on a desk and on a phone. Every page is looked at (pages_browser.mjs says for what).
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Server, folder, root, suite, yiwang } from './harness.mjs'
import { Desk, openBrowser, shot } from './pages_browser.mjs'
import { header, row, table } from './pages_sample.mjs'

const name = '特种设备登记'
const rows = 40000
const chosen = 'Pages-Own-Choice-2026!'

suite('the pages', (engine) => {
  let server, browser, officer, bureau, user, auditor, entry, job, secret
  let failures = 0
  const desk = (client) => Desk.open(browser, server, engine, client)
  const landed = (want) => officer.page.waitForURL(want)
  // one job told in steps: after a step that failed the others would only wait for what is not there
  let broken = ''
  const step = (title, run) => test(title, async (t) => {
    if (broken) return t.skip('failed before: ' + broken)
    try { await run() } catch (error) {
      broken = title
      for (const page of browser.contexts().flatMap((one) => one.pages())) await shot(page, `${engine}-failed-${++failures}`)
      throw error
    }
  })
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  step('first login: the one-time password must be changed', async () => {
    officer = await desk()
    const { page } = officer
    await officer.go('/catalog?mine=1')
    await page.waitForURL(/\/login/)
    await officer.lookBoth('login')
    await page.locator('#login-name').fill('scjg.officer')
    await page.locator('#login-password').fill('not the password')
    await officer.button('登录').click()
    await page.getByRole('alert').getByText('登录名或密码不对').waitFor()
    await officer.look('login-wrong')
    await page.locator('#login-password').fill(server.credentials()['scjg.officer'])
    await officer.button('登录').click()
    await page.waitForURL(/\/password/)
    await page.locator('#pass-old').fill(server.credentials()['scjg.officer'])
    await page.locator('#pass-fresh').fill('short')
    await page.locator('#pass-again').fill('short')
    await officer.button('保存新密码').click()
    await page.getByText('新密码至少 12 个字符，现在是 5 个。').waitFor()
    await officer.look('password')
    await page.locator('#pass-fresh').fill(chosen)
    await page.locator('#pass-again').fill(chosen)
    await officer.button('保存新密码').click()
    await page.waitForURL(/\/catalog\?mine=1/, { timeout: 15000 })
    await page.getByRole('link', { name: /市场主体登记信息/ }).waitFor() // the officer's own organisation has it
  })

  step('register: a dropped sample is proposed, corrected, completed, submitted', async () => {
    const { page } = officer
    await officer.go('/')
    await officer.look('overview-officer')
    await officer.link('登记一份数据').click()
    await landed(/\/register/)
    // dropped as people do: a DataTransfer with the file
    const sample = await page.evaluateHandle(({ text, file }) => {
      const data = new DataTransfer()
      data.items.add(new File([text], file, { type: 'text/csv' }))
      return data
    }, { text: header + Array.from({ length: 120 }, (_, n) => row(n)).join(''), file: `${name}.csv` })
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: sample })
    await page.getByText('读了 120 行，得到 7 个信息项').waitFor()
    assert.equal(await officer.label('资源名称').inputValue(), name)
    await officer.label('项（2 位）').fill('02')
    await officer.label('目（3 位）').fill('001')
    await officer.label('顺序号').fill('000901')
    await officer.look('register')
    await officer.button('建立草稿，核对信息项').click()
    await landed(/\/catalog\/\d+\/edit/)
    await officer.settled()
    entry = page.url().match(/catalog\/(\d+)/)[1]
    await officer.label('字段名 1').fill('device_no')
    await officer.label('字段名 2').fill('device_name')
    await officer.label('必填 2').check()
    await officer.label('字段名 3').fill('user_code')
    await officer.label('字段名 4').fill('keeper')
    await officer.label('等级 4').selectOption('3')
    await officer.label('脱敏 4').selectOption('name')
    await officer.label('字段名 5').fill('phone')
    await officer.label('字段名 6').fill('registered_on')
    await officer.label('字段名 7').fill('load_kg')
    for (const at of [2, 3, 4]) await officer.label('长度 ' + at).fill('50')
    await openField(1)
    await openField(3)
    await page.getByText(/^草稿已保存/).waitFor()
    await officer.look('edit-fields')
    await officer.button('下一步').click()
    await officer.button('检查').click()
    await page.getByText(/处需要改正后才能提交/).waitFor()
    await officer.look('edit-problems')
    await officer.label('摘要').fill('登记在用电梯的编号、使用单位和载荷，来自特种设备使用登记业务。')
    await officer.label('关键字').fill('电梯，特种设备')
    await officer.label('领域').fill('市场监管')
    await officer.label('共享条件').fill('按履职需要申请')
    await officer.look('edit-facts')
    await page.getByRole('tab', { name: '3 核对提交' }).click()
    await page.getByText('没有发现问题，可以提交。').waitFor()
    await officer.look('edit-submit')
    await officer.button('提交审核').click()
    await landed(new RegExp(`/catalog/${entry}$`))
    await page.getByText('已提交，等待大数据局审核').waitFor()
  })

  /** Opens a row of the editor and takes back what the sample alone cannot know: few users are not unique users. */
  async function openField(at) {
    const { page } = officer
    const toggle = page.getByRole('button', { name: new RegExp(`^${at} .*的更多属性$`) })
    await toggle.click()
    const unique = page.locator(`[data-path="fields/${at - 1}"]`).getByLabel('唯一')
    if (at === 3 && await unique.isChecked()) await unique.uncheck()
    if (at === 1) return
    await toggle.click()
  }

  step('review: the bureau sees the checks and publishes', async () => {
    bureau = await desk(await server.as('dsj.shen'))
    const { page } = bureau
    await bureau.go('/')
    await bureau.look('overview-bureau')
    await page.getByRole('link', { name: new RegExp(`待审核的目录.*${name}`) }).click()
    await page.waitForURL(/\/review$/)
    await page.getByText('首次发布，没有可比较的版本。').waitFor()
    await bureau.look('review')
    await page.locator('#review-note').fill('信息项齐全，同意发布。')
    await bureau.button('发布').click()
    await page.waitForURL(/\/catalog\?state=review/)
    await bureau.close()
  })

  step('load: progress is live, the receipt comes by itself', async () => {
    const { page } = officer
    await officer.go(`/catalog/${entry}`)
    await officer.look('entry-published')
    await officer.link('挂接数据').click()
    await landed(/\/load$/)
    await page.locator('input[type=file]').setInputFiles({ name: '特种设备 全量.csv', mimeType: 'text/csv', buffer: table(rows) })
    await page.getByText(/识别为 csv/).waitFor()
    await officer.look('load')
    await page.evaluate(() => {
      window.seen = new Set()
      const take = () => document.querySelectorAll('.state, .figures').forEach((at) => window.seen.add(at.textContent.trim()))
      new MutationObserver(take).observe(document.body, { subtree: true, childList: true, characterData: true })
    })
    await officer.button('开始挂接').click()
    await landed(/\/jobs\/\d+$/)
    job = page.url().match(/jobs\/(\d+)/)[1]
    await page.getByText('两边条数与摘要一致').waitFor({ timeout: 60000 })
    const seen = await page.evaluate(() => [...window.seen])
    assert.ok(seen.some((text) => /运行中|排队中/.test(text)), 'the page was there while the job ran: ' + seen.join(' | '))
    assert.ok(seen.includes('已对账'), 'and saw it end without being loaded again')
    const figures = Object.fromEntries(await page.locator('.counts > div').evaluateAll((all) => all.map((one) => [one.children[0].textContent, one.children[1].textContent])))
    assert.equal(figures['读取'], rows.toLocaleString('en-US'))
    assert.equal(figures['隔离'], '3')
    assert.equal(figures['新增'], (rows - 3).toLocaleString('en-US'))
    const download = page.waitForEvent('download')
    await officer.button('下载回执').click()
    const receipt = join(folder('pages'), 'receipt.json')
    await (await download).saveAs(receipt)
    const verified = yiwang('verify-receipt', receipt)
    assert.equal(verified.status, 0, verified.stdout + verified.stderr)
    await officer.lookBoth('job')
    await officer.go('/jobs')
    await officer.lookBoth('jobs')
    await officer.phone(async () => {
      await page.locator('td[data-label="状态"]').first().waitFor() // a row is a card: values beside the names of their columns
      assert.ok(await page.locator('.el-table__row .state').first().isVisible())
    })
  })

  step('load again: where there are rows, deleting is never the proposal and is asked for by number', async () => {
    const { page } = officer
    await officer.go(`/catalog/${entry}/load`)
    await page.getByText(`现在有 ${(rows - 3).toLocaleString('en-US')} 行数据。`).waitFor()
    assert.ok(await page.getByRole('radio', { name: /^增改/ }).isChecked())
    await page.locator('input[type=file]').setInputFiles({ name: '缺列.csv', mimeType: 'text/csv', buffer: Buffer.from('设备名称\n电梯\n') })
    await page.getByText('先在上面补齐必填信息项对应的列。').waitFor()
    assert.ok(await officer.button('开始挂接').isDisabled(), 'a load that can only fail is not begun')
    await officer.look('load-columns')
    await officer.button('换一个文件').click()
    await page.locator('input[type=file]').setInputFiles({ name: '特种设备.csv', mimeType: 'text/csv', buffer: table(20) })
    await page.getByText(/识别为 csv/).waitFor()
    await page.locator('.modes').getByText('全量', { exact: false }).click()
    assert.ok(await page.getByRole('radio', { name: /^全量/ }).isChecked())
    await officer.button('开始挂接').click()
    await page.getByRole('dialog', { name: `用这份数据替换现有的 ${(rows - 3).toLocaleString('en-US')} 行？` }).waitFor()
    await officer.look('load-replace')
    await officer.button('返回').click()
  })

  step('lists leave as files that say what they hold; an entry tells who did what, when and why', async () => {
    const { page } = officer
    await officer.go('/catalog?state=published&mine=1')
    await officer.button('存为我的视图').click()
    await officer.button('清除全部筛选').click()
    await page.waitForURL(/\/catalog$/)
    await officer.button('状态：已发布 · 只看本单位').click()
    await page.waitForURL(/\/catalog\?(?=.*state=published)(?=.*mine=1)/)
    await officer.look('catalog-views')
    const download = page.waitForEvent('download')
    await officer.button('导出 CSV').click()
    const file = await download
    assert.match(file.suggestedFilename(), /^数据目录-状态：已发布-只看本单位-\d{4}-\d\d-\d\d\.csv$/)
    const saved = join(folder('pages'), 'catalogue.csv')
    await file.saveAs(saved)
    const lines = readFileSync(saved, 'utf8').split('\r\n')
    assert.match(lines[0], /^\ufeff资源名称,编码/)
    assert.ok(lines.some((line) => line.startsWith(name + ',')))
    await officer.go(`/catalog/${entry}`)
    await page.locator(`#timeline-${entry} li`, { hasText: '挂接数据' }).waitFor()
    const told = await page.locator('#timeline-' + entry + ' li').allInnerTexts()
    assert.match(told[0], /挂接数据[\s\S]*已对账[\s\S]*读取 40,000 · 隔离 3/)
    assert.match(told[1], /发布第 1 版[\s\S]*沈审核[\s\S]*信息项齐全，同意发布。/)
  })

  step('quarantine: one row is mended in the page and replayed', async () => {
    const { page } = officer
    await officer.go(`/jobs/${job}`)
    await officer.link('去修正 3 行隔离数据').click()
    await landed(/\/quarantine\?/)
    await officer.settled()
    assert.equal(await page.locator('.el-table__row').count(), 3)
    await officer.lookBoth('quarantine')
    await page.getByRole('button', { name: /登记日期/ }).first().click()
    await page.waitForFunction(() => document.querySelectorAll('.el-table__row').length === 1)
    await officer.button('修正').click()
    await page.locator('#mend-registered_on, [id="mend-登记日期"]').fill('2024-02-29')
    await officer.look('mend')
    await officer.button('保存修正').click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await officer.button('回放已修正的行 (1)').click()
    await landed(/\/jobs\/\d+$/)
    await page.getByText('两边条数与摘要一致').waitFor({ timeout: 30000 })
    await officer.look('job-replay')
    await officer.go(`/quarantine?resource=${entry}&state=replayed`)
    await page.locator('.el-table__row').first().waitFor()
    assert.equal(await page.locator('.el-table__row').count(), 1)
  })

  step('grant and use: fields to a service account, its key shown once, the try-out', async () => {
    const { page } = officer
    await officer.go(`/catalog/${entry}/grant`)
    await officer.choose('授予服务账号', /人社局/)
    await officer.label('用途').fill('核验企业用工单位的在用设备情况')
    await page.reload() // what was typed comes back
    await page.getByText('已恢复上次离开时未保存的内容。').waitFor()
    assert.equal(await officer.label('用途').inputValue(), '核验企业用工单位的在用设备情况')
    await officer.label('联系电话 不给').check()
    await officer.look('grant')
    await officer.button('授权').click()
    await landed(/tab=grants/)
    await officer.settled()
    await page.getByText('人社局 一体化系统').first().waitFor()
    await officer.look('entry-grants')

    user = await desk(await server.as('rs.officer'))
    await user.go('/grants?tab=accounts')
    await user.look('service-accounts')
    await user.button('查看密钥').click()
    await user.label('名称').fill('一体化系统 生产')
    await user.button('新建密钥').click()
    await user.page.getByText('新密钥（只显示这一次）').waitFor()
    secret = await user.page.locator('.secret .value').textContent()
    assert.match(secret, /^yw_/)
    await user.look('key')
    await user.page.reload()
    await user.settled()
    assert.ok(!(await user.page.content()).includes(secret), 'a key is not shown again')
    await user.close()

    const app = new Client(server)
    app.key = secret
    const got = await app.get(`/data/${entry}/records?limit=3`)
    assert.equal(got.items.length, 3)
    assert.ok(!('phone' in got.items[0]) && /\*/.test(got.items[0].keeper), JSON.stringify(got.items[0]))

    await officer.go(`/catalog/${entry}?tab=data`)
    await officer.button('查询').click()
    await page.getByText('返回 20 条').waitFor()
    await page.locator('table tbody tr').filter({ hasText: '*' }).first().waitFor() // what the key read may be counted above them by now
    await officer.look('try-out')
    await officer.go(`/catalog/${entry}?tab=data&try.where=device_name~eq~nothing`) // a question is an address
    await page.getByText('返回 0 条').waitFor()
  })

  step('prove: the auditor searches, seals and exports what the command line verifies', async () => {
    auditor = await desk(await server.as('auditor'))
    const { page } = auditor
    await auditor.go('/')
    await auditor.look('overview-auditor')
    await auditor.go('/evidence?action=quarantine.mend')
    await page.waitForFunction(() => document.querySelectorAll('.el-table__row').length === 1)
    await page.locator('.el-table__expand-icon').first().click()
    await auditor.lookBoth('evidence')
    await auditor.button('立即封存').click()
    await page.getByText('已封存').first().waitFor()
    await auditor.go('/evidence?tab=checkpoints')
    await auditor.look('checkpoints')
    await auditor.go('/evidence?tab=export')
    const download = page.waitForEvent('download')
    await page.locator('form button[type=submit]').click()
    const file = join(folder('pages'), 'evidence.yw')
    await (await download).saveAs(file)
    await auditor.look('export')
    const whole = yiwang('verify', file)
    assert.equal(whole.status, 0, whole.stdout + whole.stderr)
    const bytes = readFileSync(file)
    const at = bytes.indexOf('quarantine.mend')
    assert.ok(at > 0, 'what was done in the pages is in the export')
    bytes[at] ^= 1
    writeFileSync(file, bytes)
    assert.equal(yiwang('verify', file).status, 1, 'a changed export is found')
    await auditor.close()
  })

  step('by keyboard alone: log in, / to search, open the entry', async () => {
    const hands = await desk()
    const { page } = hands
    const keys = page.keyboard
    await hands.go('/login')
    await page.locator('#login-name').waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.id)
    for (let n = 0; n < 6 && await focused() !== 'login-name'; n++) await keys.press('Tab')
    assert.equal(await focused(), 'login-name')
    await keys.type('scjg.officer')
    await keys.press('Tab')
    assert.equal(await focused(), 'login-password')
    await keys.type(chosen)
    await keys.press('Enter')
    await page.waitForURL((url) => url.pathname === '/')
    await hands.settled()
    await keys.press('/')
    await keys.type('特种设备')
    await page.locator('#top-found-1').waitFor()
    await hands.look('search')
    await keys.press('ArrowDown')
    await keys.press('Enter')
    await page.waitForURL(new RegExp(`/catalog/${entry}$`))
    await page.getByRole('heading', { name }).waitFor()
    await keys.press('/')
    await keys.type('回放')
    await page.getByRole('option', { name: '隔离' }).waitFor() // places too, by other words
    await keys.press('ArrowDown')
    await keys.press('Enter')
    await page.waitForURL(/\/quarantine$/)
    await keys.press('/')
    await keys.type('zzzz')
    await page.getByText('没有找到“zzzz”').waitFor()
    await hands.look('search-none')
    await hands.go(`/catalog/${entry}`)
    await hands.lookBoth('entry')
    await hands.close()
  })

  step('the other pages and the other language have every word', async () => {
    const { page } = officer
    await officer.go('/catalog')
    await officer.lookBoth('catalog')
    await officer.go(`/catalog/${entry}?tab=versions`)
    await officer.look('entry-versions')
    await officer.go('/catalog/999')
    await page.getByText('没有这一条，或您看不到它').waitFor()
    await officer.go('/no/such/page')
    await page.getByText('没有这个页面').waitFor()
    await officer.go('/evidence')
    await officer.look('no-right')
    await officer.button('English').click()
    for (const path of ['/', '/catalog', `/catalog/${entry}`, `/catalog/${entry}?tab=data`, '/jobs', `/jobs/${job}`, `/quarantine?resource=${entry}`,
      '/grants', `/catalog/${entry}/grant`, `/catalog/${entry}/load`, '/register', `/catalog/${entry}/edit?step=facts`]) {
      await officer.go(path)
      await officer.readWords('English ' + path)
    }
    await officer.go(`/catalog/${entry}`)
    await officer.look('entry-english')
    await officer.button('中文').click()
    await officer.page.getByText('提供单位').first().waitFor()
    await officer.close()
    for (const [login, paths] of [['sysadmin', ['/', '/people', '/people?tab=orgs', '/settings', '/settings?tab=sources', '/settings?tab=packs']], ['secadmin', ['/people']]]) {
      const admin = await desk(await server.as(login))
      for (const path of paths) {
        await admin.go(path)
        await admin.lookBoth(`${login}${path.replaceAll(/\W+/g, '-')}`)
      }
      await admin.close()
    }
  })
})
