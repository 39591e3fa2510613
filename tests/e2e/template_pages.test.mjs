// An entry begun from a template of a pack, as the data officer does it: subject, fields with grades, a name and code of one's own.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Server, root, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('templates in a browser', (engine) => {
  let server, browser, desk, officer
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    browser = await openBrowser()
    officer = await server.as('scjg.officer')
    desk = await Desk.open(browser, server, engine, officer)
  })
  after(async () => { await browser?.close(); await server?.stop() })

  test('every subject of the base pack is offered; the one chosen shows fields and grades and becomes a draft', async () => {
    const { page } = desk
    await desk.go('/register')
    await desk.button('从模板建立').click()
    for (const subject of ['人口库', '法人库', '地址库', '证照库', '信用库', '不动产库', '宏观经济库']) await page.getByRole('radio', { name: subject }).waitFor()
    assert.equal(await page.getByRole('radio').count(), (await officer.get('/templates')).items.length)
    const begin = desk.button('建立草稿，核对信息项')
    assert.ok(await begin.isDisabled(), 'a template is chosen first')
    await page.locator('.el-radio', { hasText: '信用库' }).click()
    const row = page.locator('tr', { hasText: '违法事实' })
    await row.getByText('L2', { exact: true }).waitFor()
    await desk.lookBoth('register-template')
    assert.equal(await desk.label('资源名称').inputValue(), '', 'the name is the officer\'s own')
    await desk.label('资源名称').fill('市场监管处罚信息')
    await desk.label('项（2 位）').fill('06')
    await desk.label('目（3 位）').fill('001')
    await desk.label('顺序号').fill('000977')
    await desk.button('建立草稿，核对信息项').click()
    await desk.arrived(/\/catalog\/\d+\/edit/)
    assert.equal(await desk.label('字段名 1').inputValue(), 'decision_no')
    const made = await officer.get('/resources/' + page.url().match(/catalog\/(\d+)/)[1])
    const template = (await officer.get('/templates')).items.find((one) => one.name === 'credit').document
    assert.deepEqual([made.draft.name, made.draft.code], ['市场监管处罚信息', '306001/000977'])
    assert.deepEqual(made.draft.fields.map((one) => [one.name, one.grade]), template.fields.map((one) => [one.name, one.grade]))
    assert.deepEqual([made.draft.rules.map((one) => one.name), made.draft.domain], [['published_after_decided'], '信用'])
    await officer.ok('POST', `/resources/${made.resource_id}/validate`, { document: made.draft }).then((answer) => assert.deepEqual(answer.problems, []))
  })
})
