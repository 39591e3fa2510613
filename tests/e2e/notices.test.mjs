// Messages and notices inside the city: to people by name, to organisations and roles; receipts; taking back; who sees what.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { account, city } from './city.mjs'

suite('notices', (engine) => {
  let c, town, grid, other
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    town = (await c.sys.post('/orgs', { code: 'TOWN-1', name: '城关镇', parent_id: c.supplierOrg })).org_id
    grid = await account(c.server, c.sys, c.sec, 'grid.zhang', town, ['grid_officer'])
    other = await account(c.server, c.sys, c.sec, 'grid.li', town, ['grid_officer', 'handler'])
  })
  after(() => c?.server.stop())

  test('a message: found by name, unread, read with a receipt, answered in its conversation', async () => {
    const [found] = (await c.officer.get('/staff?q=' + encodeURIComponent('grid.zh'))).items
    assert.equal(found.account_id, grid.account_id)
    assert.equal(found.org_name, '城关镇')
    const sent = await c.officer.post('/messages', { to: [grid.account_id], body: '请核实 3 号院门口的井盖', about: '/catalog', confirm: true })
    assert.equal(sent.readers, 1)
    assert.deepEqual(await grid.get('/notices/counts'), { unread: 1, unconfirmed: 1 })
    const [got] = (await grid.get('/notices?unread=true')).items
    assert.equal(got.body, '请核实 3 号院门口的井盖')
    assert.equal(got.read_at, null)
    const read = await grid.post(`/notices/${got.notice_id}/read`, {})
    assert.ok(read.read_at)
    assert.deepEqual(await grid.get('/notices/counts'), { unread: 0, unconfirmed: 1 })
    const once = await grid.post(`/notices/${got.notice_id}/read`, { confirm: true })
    assert.equal(once.read_at, read.read_at, 'the first reading counts')
    assert.deepEqual(await grid.get('/notices/counts'), { unread: 0, unconfirmed: 0 })
    const [receipt] = (await c.officer.get(`/notices/${got.notice_id}/receipts`)).items
    assert.equal(receipt.name, 'grid.zhang')
    assert.ok(receipt.read_at && receipt.confirmed_at)
    const answer = await grid.post('/messages', { to: [c.officer.account_id], body: '已核实，井盖缺失', reply_to: got.notice_id })
    assert.equal(answer.thread_id, got.notice_id)
    const thread = (await c.officer.get('/notices/' + answer.notice_id)).thread
    assert.deepEqual(thread.map((one) => one.body), ['已核实，井盖缺失', '请核实 3 号院门口的井盖'])
    for (const stranger of [other, c.audit]) assert.equal((await stranger.call('GET', '/notices/' + got.notice_id)).status, 404)
    assert.equal((await other.call('GET', `/notices/${got.notice_id}/receipts`)).status, 404)
    const foreign = await other.call('POST', '/messages', { to: [c.officer.account_id], body: 'x', reply_to: got.notice_id })
    assert.equal(foreign.status, 400)
    assert.equal(foreign.body.field, 'reply_to')
  })

  test('a notice reaches organisations with those below and roles, each once; its sender sees who has read it', async () => {
    const sent = await c.bureau.post('/notices', { to: { orgs: [c.supplierOrg, town], below: true }, title: '寒潮值守', body: '今晚 18 时起值守', confirm: true })
    assert.equal(sent.readers, 3, 'officer, grid.zhang, grid.li: each once')
    const handlers = await c.bureau.post('/notices', { to: { orgs: [town], roles: ['handler'] }, title: '处置提示', body: '请检查待办' })
    assert.equal(handlers.readers, 1)
    await other.post(`/notices/${sent.notice_id}/read`, { confirm: true })
    const unread = (await c.bureau.get(`/notices/${sent.notice_id}/receipts?state=unread`)).items
    assert.deepEqual(unread.map((one) => one.name).sort(), ['grid.zhang', 'officer'])
    const [mine] = (await c.bureau.get('/notices?box=sent&limit=1')).items
    assert.equal(mine.notice_id, handlers.notice_id)
    const page = await c.bureau.get('/notices?box=sent&kind=notice&after=' + mine.notice_id)
    assert.equal(page.items[0].read_count, 1)
    const withdrawn = await c.bureau.post(`/notices/${sent.notice_id}/withdraw`, { version: 1, note: '时间有误' })
    assert.equal(withdrawn.body, '今晚 18 时起值守', 'its sender still reads it')
    const seen = await grid.get('/notices/' + sent.notice_id)
    assert.deepEqual([seen.title, seen.body, seen.withdrawn_note], ['', '', '时间有误'])
    assert.equal((await grid.get('/notices/counts')).unconfirmed, 0)
    assert.equal((await c.bureau.call('POST', `/notices/${sent.notice_id}/withdraw`, { version: 2, note: '再次' })).status, 409)
    assert.equal((await other.call('POST', `/notices/${sent.notice_id}/withdraw`, { version: 2, note: '再次' })).status, 409)
  })

  test('bad input is named, rights are kept, nothing is half sent', async () => {
    const before = (await c.officer.get('/notices?box=sent')).items.length
    const refused = async (who, path, body, status, field, rule) => {
      const answer = await who.call('POST', path, body)
      assert.equal(answer.status, status, JSON.stringify(answer.body))
      if (field) assert.deepEqual([answer.body.field, answer.body.rule], [field, rule])
    }
    await refused(c.officer, '/notices', { to: { roles: ['handler'] }, title: 'x', body: 'x' }, 403)
    await refused(c.app, '/messages', { to: [grid.account_id], body: 'x' }, 403)
    await refused(c.officer, '/messages', { to: [], body: 'x' }, 400, 'to', 'length')
    await refused(c.officer, '/messages', { to: [c.appAccount], body: 'x' }, 400, 'to', 'unknown_account')
    await refused(c.officer, '/messages', { to: [grid.account_id, '12'], body: 'x' }, 400, 'to', 'unknown_account')
    await refused(c.officer, '/messages', { to: [c.officer.account_id], body: 'x' }, 400, 'to', 'oneself')
    await refused(c.officer, '/messages', { to: [grid.account_id], body: '  ' }, 400, 'body', 'required')
    await refused(c.officer, '/messages', { to: [grid.account_id], body: 'x'.repeat(4001) }, 400)
    await refused(c.officer, '/messages', { to: [grid.account_id], body: 'x', about: 'https://example.org' }, 400, 'about', 'address')
    await refused(c.officer, '/messages', { to: [grid.account_id], body: 'x', about: '//example.org' }, 400, 'about', 'address')
    await refused(c.bureau, '/notices', { to: {}, title: 'x', body: 'x' }, 400, 'to', 'audience')
    await refused(c.bureau, '/notices', { to: { roles: ['nobody'] }, title: 'x', body: 'x' }, 400, 'roles', 'unknown_role')
    await refused(c.bureau, '/notices', { to: { orgs: [town], roles: ['operator'] }, title: 'x', body: 'x' }, 400, 'to', 'nobody')
    assert.equal((await c.officer.get('/notices?box=sent')).items.length, before)
    await c.sys.put('/settings/notice.hourly', { value: String(before + 1), version: 0 })
    await c.officer.post('/messages', { to: [grid.account_id], body: 'last' })
    await refused(c.officer, '/messages', { to: [grid.account_id], body: 'one more' }, 429, 'body', 'hourly')
  })
})
