// Nodes as people see them: this node's invitation, entering the other side's, approval by fingerprint, the other catalogue, asking for
// rows, a stream with its batches and receipts. On a desk and on a phone.
import { before, after, test } from 'node:test'
import { suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'
import { load, peopleCsv, peopleDocument, publish } from './city.mjs'
import { nodes, propose, until } from './cascade_nodes.mjs'

suite('pages of other nodes', (engine) => {
  let two, upper, lower, browser, resource
  before(async () => {
    two = await nodes(engine, { pair: false })
    ;({ upper, lower } = two)
    browser = await openBrowser()
    resource = await publish(upper, peopleDocument({ name: '常住人口登记' }))
    await load(upper.officer, resource, 'people.csv', peopleCsv(200))
  })
  after(async () => {
    await browser?.close()
    await two?.stop()
  })
  const desk = (at, client) => Desk.open(browser, at.server, engine, client)

  test('the empty pages say what to do; an invitation is entered and approved by its fingerprint', async () => {
    const bureau = await desk(lower, lower.bureau)
    await bureau.go('/far')
    await bureau.lookBoth('far-empty')
    await bureau.link('打开级联节点').click()
    await bureau.page.getByText('还没有其他节点').waitFor()
    await bureau.lookBoth('cascade-empty')
    await bureau.button('录入邀请').first().click()
    await bureau.label('邀请').fill((await upper.self()).invitation)
    await bureau.page.getByRole('status').getByText('江阴市').waitFor()
    await bureau.choose('代表对方的组织', '市数据局')
    await bureau.lookBoth('cascade-add')
    await bureau.button('提交，等待核准').click()
    await bureau.page.getByText('待核准').first().waitFor()
    await bureau.close()

    const sec = await desk(lower, lower.sec)
    await sec.go('/cascade')
    await sec.button('核准').click()
    await sec.label('对方念出的指纹').fill((await upper.self()).fingerprint.replace(/(.{4})(?=.)/g, '$1 '))
    await sec.lookBoth('cascade-approve')
    await sec.page.getByRole('dialog').getByRole('button', { name: '核准', exact: true }).click()
    await sec.page.getByText('联系不上').waitFor()
    await sec.page.getByText('本节点尚未核准来访的节点').waitFor()
    await sec.lookBoth('cascade-down')
    await sec.close()
  })

  test('the other catalogue, asking for rows, the stream and its receipts', async () => {
    const made = await propose(upper, lower, false)
    await upper.sec.post(`/cascade/nodes/${made.node_id}/approve`, { fingerprint: (await lower.self()).fingerprint })
    const account = (await upper.bureau.get('/cascade/nodes')).items[0].account_id
    const node = (await lower.bureau.get('/cascade/nodes')).items[0].node_id
    await lower.bureau.post(`/cascade/nodes/${node}/contact`, {})
    await upper.officer.post('/grants', { ways: ['batch'], resource_id: resource, account_id: account, purpose: '上下级数据共享', quota_day: 100000,
      fields: [{ name: 'name', mode: 'masked' }, { name: 'town', mode: 'clear' }], until: new Date(Date.now() + 86400000).toISOString() })
    await until('the catalogue has come', async () => (await lower.bureau.get('/cascade/entries')).items.length > 0)

    const bureau = await desk(lower, lower.bureau)
    await bureau.go('/far')
    await bureau.lookBoth('far')
    await bureau.link('常住人口登记').click()
    await bureau.page.getByText('公民身份号码').waitFor()
    await bureau.lookBoth('far-entry')
    await bureau.button('订阅数据').click()
    await bureau.choose('由哪个组织保管', '公安局')
    await bureau.look('far-ask')
    await bureau.page.getByRole('dialog').getByRole('button', { name: '订阅数据', exact: true }).click()
    await bureau.page.waitForURL(/\/cascade\/streams\/\d+/)
    await bureau.page.getByText('已对账').waitFor({ timeout: 60000 })
    await bureau.lookBoth('cascade-stream')
    await bureau.link('接收条目').click()
    await bureau.page.getByRole('heading', { name: '常住人口登记（来自江阴市）' }).waitFor()
    await bureau.go('/cascade')
    await bureau.page.getByText('已核准').waitFor()
    await bureau.lookBoth('cascade')
    await bureau.close()

    const above = await desk(upper, upper.bureau)
    await above.go('/cascade')
    await above.page.getByText('由对方连接本节点').waitFor()
    await above.lookBoth('cascade-above')
    await above.close()
  })
})
