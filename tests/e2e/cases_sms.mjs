// The tests of SMS, for a suite whose reminders are set up: a real Kannel (bearerbox, smsbox, its fakesmsc as the network) with
// receipts, one that is down and comes back, one that refuses, a gateway that takes JSON and names messages itself.
import { after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, createServer as createTcp } from 'node:net'
import { join } from 'node:path'
import { folder } from './harness.mjs'
import { nearlyDue } from './cases_reminders.mjs'

async function freePort() {
  const one = createTcp().listen(0, '127.0.0.1')
  await new Promise((done) => one.once('listening', done))
  const { port } = one.address()
  await new Promise((done) => one.close(done))
  return port
}
async function until(what, ready) {
  for (let i = 0; i < 300; i++) {
    const found = await ready()
    if (found) return found
    await new Promise((done) => setTimeout(done, 100))
  }
  assert.fail('not in time: ' + what)
}

class Kannel {
  running = []
  async prepare() {
    const dir = folder('kannel')
    this.file = join(dir, 'kannel.conf');
    [this.box, this.smsc, this.http, this.admin, this.door] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()]
    writeFileSync(this.file, `group = core
admin-port = ${this.admin}
admin-password = test
admin-interface = 127.0.0.1
smsbox-port = ${this.box}
smsbox-interface = 127.0.0.1
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = net
host = 127.0.0.1
port = ${this.smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${this.http}
sendsms-interface = 127.0.0.1
global-sender = 10690000

group = sendsms-user
username = yiwang
password = kannel-secret
max-messages = 5
concatenation = true
`)
  }
  run(program, ...args) {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: process.env.PATH + ':/usr/sbin' } })
    child.log = ''
    child.stderr.on('data', (bytes) => { child.log += bytes })
    this.running.push(child)
    return child
  }
  async start() {
    const get = (url) => fetch(url).then((answer) => answer.text(), () => '')
    this.run('bearerbox', this.file)
    await until('bearerbox', () => get(`http://127.0.0.1:${this.admin}/status.txt`))
    this.run('smsbox', this.file)
    await until('the network', async () => { // its port opens after the status page: what finds it closed ends
      if (!this.net || this.net.exitCode !== null) this.net = this.run('/usr/lib/kannel/test/fakesmsc', '-H', '127.0.0.1', '-r', String(this.smsc), '-m', '0', '1 2 text nop')
      return /online/.test((await get(`http://127.0.0.1:${this.admin}/status.txt`)).split('SMSC connections')[1] ?? '')
    })
    await until('smsbox', () => get(`http://127.0.0.1:${this.http}/cgi-bin/sendsms`))
  }
  /** The city knows the gateway by this door: it is down while the door is closed, however long Kannel takes to start. Pauses between tries double, and there
   * are eight: a start that fell into them put the next one further off than the test waits, on a busy machine. */
  async open() {
    this.gate = createTcp((near) => {
      const far = connect(this.http, '127.0.0.1')
      near.pipe(far).pipe(near)
      for (const end of [near, far]) end.on('error', () => { near.destroy(); far.destroy() })
    }).listen(this.door, '127.0.0.1')
    await new Promise((done) => this.gate.once('listening', done))
  }
  stop() {
    this.gate?.close()
    for (const child of this.running.splice(0).reverse()) child.kill('SIGKILL')
  }
}

/** cityOf gives the city; reminders look every second and try again after one. */
export function messages(cityOf) {
  const kannel = new Kannel()
  const blank = { header: '', id_after: '', delivered: '', failed: '', accept: '', receipt_id: '', receipt_status: '', receipt_answer: '' }
  let sms, posts = [], provider
  const put = async (change) => { ({ sms } = await cityOf().sys.put('/notify/sms', { ...blank, ...change, version: sms.version })) }
  const attempts = async () => (await cityOf().sys.get('/notify')).attempts.filter((one) => one.channel === 'sms')
  const receipts = () => cityOf().sys.server.url + '/api/v1/sms/receipts'
  const ours = (change = {}) => ({ url: `http://127.0.0.1:${kannel.door}/cgi-bin/sendsms`, method: 'get', accept: 'Accepted for delivery', delivered: '1', failed: '2,16',
    fields: `username=yiwang\npassword={secret}\nto={mobile}\ntext={text}\ncharset=UTF-8\ncoding=2\ndlr-mask=19\ndlr-url=${receipts()}?key={key}&id={id}&status=%d`, ...change })
  after(() => {
    kannel.stop()
    provider?.close()
  })

  test('SMS: what is not a gateway is refused by its field; the secret is never shown', async () => {
    const c = cityOf()
    await kannel.prepare();
    ({ sms } = await c.sys.get('/notify'))
    assert.equal(sms.url, '')
    await c.sys.refused(409, 'POST', '/notify/sms/test', { mobile: '13800000000' })
    const full = { ...blank, version: 0, ...ours() }
    for (const wrong of [{ url: 'ftp://x' }, { fields: 'to={mobile}' }, { fields: '{mobile}{text}' }, { method: 'json' }, { header: 'x\r\ny: z' }, { receipt_id: 'id' }])
      await c.sys.refused(400, 'PUT', '/notify/sms', { ...full, ...wrong })
    await c.bureau.refused(403, 'PUT', '/notify/sms', full)
    await put(ours({ secret: 'kannel-secret' }))
    assert.equal(sms.secret_set, true)
    assert.ok(!JSON.stringify(await c.sys.get('/notify')).includes('kannel-secret'))
    await c.sys.refused(409, 'PUT', '/notify/sms', full) // of an old version
    await c.sys.refused(400, 'POST', '/notify/sms/test', { mobile: '+1 202 555 0100' })
  })

  test('SMS: a gateway that is down is tried again until it is there; the network delivers, the receipt says so', async () => {
    const c = cityOf()
    await kannel.start()
    await c.sys.post('/notify/sms/test', { mobile: '+86 138-0000-0000' })
    const [down] = await until('a failed try', async () => { const seen = await attempts(); return seen.length && seen })
    assert.deepEqual([down.sent, down.case_id, down.receipt], [false, null, null])
    await kannel.open()
    const last = await until('delivered', async () => (await attempts()).find((one) => one.receipt === 'delivered'))
    assert.equal(last.sent, true)
    assert.match(last.detail, /^HTTP 202, 1 SMS$/)
    await until('on the network', () => kannel.net.log.includes('13800000000'))
  })

  test('SMS: receipts need the key, and what is final stays', async () => {
    const { key } = sms, ask = (query) => fetch(receipts() + '?' + new URLSearchParams(query)).then((answer) => answer.status)
    assert.equal(await ask({ key: key.replace(/./g, '0'), id: 'g-1', status: '1' }), 403)
    assert.equal(await ask({ key: key.slice(1), id: 'g-1', status: '1' }), 403)
    assert.equal(await ask({ id: 'g-1', status: '1' }), 400)
    for (const status of ['8', '2', '1']) assert.equal(await ask({ key, id: 'g-1', status }), 204)
  })

  test('SMS: a gateway that refuses; a new address forgets the secret', async () => {
    const c = cityOf(), before = (await attempts()).length
    await put(ours({ secret: 'wrong' }))
    await c.sys.post('/notify/sms/test', { mobile: '13900000000' })
    const seen = await until('refused', async () => { const now = await attempts(); return now.length > before && now })
    assert.deepEqual([seen[0].sent, seen[0].detail], [false, 'HTTP 403'])
    await put(ours({ secret: 'kannel-secret' })) // mended: the same message goes out
    await until('sent', async () => (await attempts())[0].sent)
    kannel.stop()
    await put(ours({ url: 'http://127.0.0.1:1/' }))
    assert.equal(sms.secret_set, false)
  })

  test('SMS: a reminder by a gateway that takes JSON and names messages itself', async () => {
    const c = cityOf()
    provider = createServer((request, answer) => {
      let body = ''
      request.on('data', (chunk) => { body += chunk }).on('end', () => {
        posts.push({ body: JSON.parse(body), authorization: request.headers.authorization })
        answer.end(posts.length === 1 ? '{"code":"LIMIT"}' : `{"code":"OK","id":"g-${posts.length - 1}"}`)
      })
    }).listen(0, '127.0.0.1')
    await new Promise((done) => provider.once('listening', done))
    await put({ url: `http://127.0.0.1:${provider.address().port}/send`, method: 'json', fields: '{"to":["{mobile86}"],"content":"{text}"}', header: 'Authorization: Bearer {secret}',
      accept: '"code":"OK"', id_after: '"id":"', delivered: '1', failed: '2', secret: 's3' })
    const free = (await c.police.get('/cases?scope=org')).items.find((one) => !one.closed_at && one.process === 'share_request')
    assert.ok(free, 'an open request')
    const withdrawn = await c.police.post(`/cases/${free.case_id}/actions/withdraw`, { version: free.version, note: '短信' })
    assert.ok(withdrawn.closed_at)
    const made = await c.police.post('/cases', { resource_id: free.resource_id, form: (await c.police.get('/cases/' + free.case_id)).form })
    nearlyDue(c.server, made.case_id)
    const one = await until('sent', async () => { const now = await c.bureau.get('/cases/' + made.case_id); return now.deliveries.find((d) => d.channel === 'sms' && d.state === 'sent') })
    assert.deepEqual([one.attempts, one.receipt], [2, 'failed']) // g-1 failed before it was even written
    assert.deepEqual([posts[1].body.to, posts[1].authorization], [['+8613800000000'], 'Bearer s3'])
    assert.match(posts[1].body.content, new RegExp(made.number))
  })

  test('SMS: receipts in a body, as providers post them: an array, an array in an object, a form, XML, JSON in a form', async () => {
    const c = cityOf(), at = receipts() + '?key=' + sms.key
    const ask = async (body, type = 'application/json', url = at) => { const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } }); return [answer.status, await answer.text()] }
    const gateway = { url: sms.url, method: sms.method, fields: sms.fields, header: sms.header, accept: sms.accept, id_after: sms.id_after }
    assert.equal((await ask('{"biz_id":"g-2"}'))[0], 400) // none is described
    await put({ ...gateway, delivered: 'true', failed: 'false', receipt_id: 'biz_id', receipt_status: 'success', receipt_answer: '{"code":0,"msg":"成功"}' })
    // the next message is g-2; its receipt is there before it
    assert.deepEqual(await ask('[{"biz_id":"g-2","success":true,"phone_number":"13800000000"},{"biz_id":"g-898","success":false}]'), [200, '{"code":0,"msg":"成功"}'])
    for (const bad of ['[1]', '[{}]', '{', '[{"biz_id":["x"]}]', '{"biz_id":"' + 'x'.repeat(100) + '"}', JSON.stringify(Array(501).fill({ biz_id: 'x', success: true })), 'a=%zz', 'biz_id=%ff&success=1', ''])
      assert.equal((await ask(bad))[0], 400, bad.slice(0, 40))
    assert.equal((await ask('[' + ' '.repeat(262144) + ']'))[0], 413)
    const id = 'g-' + posts.length // of the next message
    assert.deepEqual(await ask(JSON.stringify({ n: 1, reports: [{ biz_id: id, success: true }] })), [200, '{"code":0,"msg":"成功"}'])
    assert.equal((await ask(`biz_id=${id}&success=false`, 'application/x-www-form-urlencoded'))[0], 200) // final: stays delivered
    await c.sys.post('/notify/sms/test', { mobile: '13700000000' })
    await until('delivered', async () => { const [one] = await attempts(); return one.receipt === 'delivered' && one.case_id === null })
    // XML: elements (also in CDATA and with a prefix) or attributes, an answer in XML; JSON or XML in a field of a form
    await put({ ...gateway, delivered: 'DELIVRD', failed: 'UNDELIV', receipt_id: 'MsgId', receipt_status: 'Stat', receipt_answer: '<ok/>' })
    const told = async (id) => { // the receipt was there before its message
      const before = (await attempts()).length
      await c.sys.post('/notify/sms/test', { mobile: '13700000000' })
      return until('told of ' + id, async () => { const now = await attempts(); return now.length > before && now[0].receipt })
    }
    const next = () => 'g-' + posts.length
    const xml = (body) => ask(body, 'text/xml')
    assert.deepEqual(await xml(`<?xml version="1.0" encoding="UTF-8"?><!-- 状态报告 --><reports><report><Mobile>13700000000</Mobile><MsgId>${next()}</MsgId><Stat>DELIVRD</Stat></report><report><Stat> UNDELIV </Stat><MsgId><![CDATA[g-900]]></MsgId></report></reports>`), [200, '<ok/>'])
    assert.equal(await told(next()), 'delivered')
    assert.equal((await xml(`<r:list xmlns:r="urn:x"><r:one r:MsgId='${next()}' Stat = "&#85;NDELIV"/></r:list>`))[0], 200)
    assert.equal(await told(next()), 'failed')
    const form = (fields) => ask(new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded')
    assert.equal((await form({ ts: '1', report: JSON.stringify([{ MsgId: next(), Stat: 'DELIVRD' }, { MsgId: 'g-901', Stat: 'UNDELIV' }]) }))[0], 200)
    assert.equal(await told(next()), 'delivered')
    assert.equal((await form({ report: `<a><MsgId>${next()}</MsgId><Stat>UNDELIV</Stat></a>` }))[0], 200)
    assert.equal(await told(next()), 'failed')
    for (const bad of ['<a/>', '<a><MsgId>x</MsgId></a>', '<a><MsgId>x</MsgId><MsgId>y</MsgId><Stat>1</Stat></a>', '<a MsgId=x/>', '<a><MsgId>x', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a><MsgId>&e;</MsgId><Stat>1</Stat></a>',
      '<a><MsgId>&e;</MsgId><Stat>1</Stat></a>', '<a><MsgId></MsgId><Stat>1</Stat></a>', '<', '<?', '<a><MsgId><![CDATA[x</MsgId></a>', `<a>${'<MsgId>x</MsgId><Stat>1</Stat>'.repeat(501)}</a>`])
      assert.equal((await xml(bad))[0], 400, bad.slice(0, 60))
    for (const bad of [{ report: '[{}]' }, { report: '{' }, { report: '<a/>' }, { report: 'x' }]) assert.equal((await form(bad))[0], 400, bad.report)
    await put({ ...gateway, delivered: 'true', failed: 'false', receipt_id: 'biz_id', receipt_status: 'success', receipt_answer: '{}' })
    // whoever guesses is stopped; the gateway behind the same address is not
    await c.sys.put('/settings/session.address_failures', { value: '20', version: 0 })
    const wrong = at.replace(/key=./, 'key=z')
    let last = 403
    for (let i = 0; i < 30 && last === 403; i++) [last] = await ask('[]', 'application/json', wrong)
    assert.equal(last, 429)
    assert.equal((await ask(`biz_id=${id}&success=true`, 'application/x-www-form-urlencoded'))[0], 200)
    await c.sys.put('/settings/session.address_failures', { value: '1000', version: 1 })
  })
}
