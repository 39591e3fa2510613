// The tests of reminders, for a suite that has a city already. Reminders that reach people who are not logged in: a signed webhook that is tried again after 500, an SMS gateway's own body, mail by
// SMTP; receipts of each attempt on the case; off by default.
import { after, test } from 'node:test'
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTcp } from 'node:net'
import { sqlOf } from './event_map_city.mjs'
import { publish, peopleDocument } from './city.mjs'

/** As if all but a minute of its limit of an hour had passed: the reminder, at half of it, is told at the next look. */
export function nearlyDue(server, case_id) {
  const now = Date.now() * 1000
  sqlOf(server, server.store ? 'postgres' : 'sqlite')(`UPDATE work_case SET due_us = ${now + 6e7}, remind_us = ${now}, step_us = ${now} WHERE case_id = ${case_id}`)
}

/** cityOf gives the city once the suite has made it. */
export function reminders(cityOf) {
  let c, web, smtp, resource
  const posts = [], mails = []
  const until = new Date(Date.now() + 90 * 86400000).toISOString()
  const set = (name, value) => c.sys.put('/settings/' + name, { value, version: 0 })
  const ask = async () => {
    const made = await c.police.post('/cases', { resource_id: resource, form: { purpose: '办理居住证时核对', service_item: '居住证办理', account_id: c.appAccount, way: 'api', until, quota_day: 9,
    fields: [{ name: 'town', mode: 'clear' }] } })
    const [step] = made.ladder, span = Date.parse(made.clocks[0].due_at) - Date.parse(made.clocks[0].amber_at)
    assert.deepEqual([made.light, step.step, step.ahead_s, step.half, step.ahead_work, step.told, span], ['green', 'remind', 1800, true, false, false, 1800000])
    nearlyDue(c.server, made.case_id)
    return made
  }
  async function shown(id, ready) {
    for (let i = 0; i < 200; i++) {
      const one = await c.bureau.get('/cases/' + id)
      if (ready(one)) return one
      await new Promise((done) => setTimeout(done, 100))
    }
    assert.fail('not in time: ' + JSON.stringify((await c.bureau.get('/cases/' + id)).deliveries))
  }
  test('receivers and a limit that is near at once', async () => {
    web = createServer((request, answer) => {
      let body = ''
      request.on('data', (chunk) => { body += chunk }).on('end', () => {
        posts.push({ headers: request.headers, body })
        answer.writeHead(posts.length === 1 ? 500 : 204).end()
      })
    }).listen(0, '127.0.0.1')
    smtp = createTcp((socket) => {
      let data = null, mail = { to: [] }
      socket.write('220 test\r\n')
      let rest = ''
      socket.on('error', () => undefined).on('data', (chunk) => {
        rest += chunk
        for (let at; (at = rest.indexOf('\r\n')) >= 0;) {
          const line = rest.slice(0, at)
          rest = rest.slice(at + 2)
          if (data !== null) {
            if (line === '.') { mail.text = data; mails.push(mail); mail = { to: [] }; data = null; socket.write('250 kept\r\n') } else data += line + '\n'
          } else if (/^DATA/i.test(line)) { data = ''; socket.write('354 go on\r\n') }
          else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
          else {
            if (/^RCPT TO:/i.test(line)) mail.to.push(line.match(/<(.*)>/)[1])
            socket.write('250 good\r\n')
          }
        }
      })
    }).listen(0, '127.0.0.1')
    c = cityOf()
    resource = await publish(c, peopleDocument())
    const { document: process, version } = (await c.bureau.get('/processes')).items.find((item) => item.name === 'share_request')
    process.states[0] = { ...process.states[0], limit: { hours: 1 }, remind: { hours: 1 } } // amber after half of it
    await c.bureau.put('/processes/share_request', { version, document: process })
    await set('notify.seconds', '1')
    await set('notify.retry_seconds', '1')
  })
  after(() => {
    web?.close()
    smtp?.close()
  })

  test('off by default: the notice is inside only', async () => {
    const made = await ask()
    const one = await shown(made.case_id, (seen) => seen.events[0].action === 'remind')
    assert.equal(one.light, 'amber')
    assert.deepEqual(one.deliveries, [])
    assert.equal(one.version, made.version) // whoever has the page open can still act
    await c.bureau.post(`/cases/${one.case_id}/actions/return`, { version: one.version, note: '补正' })
  })

  test('webhook: signed, again after 500, a receipt an attempt; mail to the organisation', async () => {
    await c.bureau.refused(400, 'PUT', '/notify/addresses', { items: [{ channel: 'mail', address: 'a@b.cn\r\nBcc: x@y.cn' }] })
    await c.bureau.refused(400, 'PUT', '/notify/addresses', { items: [{ channel: 'mobile', address: '12' }] })
    await c.bureau.put('/notify/addresses', { items: [{ channel: 'mail', address: 'shen@dsj.example.cn' }, { channel: 'mobile', address: '13800000000' }] })
    await c.sys.refused(400, 'PUT', '/settings/notify.webhook', { value: 'file:///etc/passwd', version: 0 })
    await set('notify.webhook', `http://127.0.0.1:${web.address().port}/hook`)
    await set('notify.mail_server', `smtp://127.0.0.1:${smtp.address().port}`)
    await set('notify.mail_from', 'yiwang@city.example.cn')
    const free = (await c.police.get('/cases?resource=' + resource)).items[0]
    await c.police.post(`/cases/${free.case_id}/actions/withdraw`, { version: free.version, note: '重新申请' })
    const made = await ask()
    const one = await shown(made.case_id, (seen) => seen.deliveries.length === 2 && seen.deliveries.every((d) => d.state === 'sent'))
    assert.equal(posts.length, 2)
    const hook = one.deliveries.find((d) => d.channel === 'webhook')
    assert.deepEqual([hook.attempts, hook.detail], [2, 'HTTP 204'])
    const { webhook_key, attempts } = await c.sys.get('/notify')
    assert.deepEqual(attempts.filter((a) => a.channel === 'webhook').map((a) => [a.detail, a.sent]), [['HTTP 204', true], ['HTTP 500', false]])
    for (const post of posts) {
      const [, t, v1] = post.headers['yiwang-signature'].match(/^t=(\d+),v1=([0-9a-f]{64})$/)
      assert.equal(createHmac('sha256', webhook_key).update(`${t}.${post.body}`).digest('hex'), v1)
      assert.ok(Math.abs(Date.now() / 1000 - Number(t)) < 60)
    }
    const body = JSON.parse(posts[1].body)
    assert.deepEqual([body.kind, body.number, body.mobiles], ['remind', made.number, ['13800000000']])
    assert.match(body.text, /即将到期/)
    assert.deepEqual(mails[0].to, ['shen@dsj.example.cn'])
    assert.match(mails[0].text, /Subject: =\?UTF-8\?Q\?/)
    assert.match(mails[0].text, new RegExp(made.number))
    await c.police.post(`/cases/${one.case_id}/actions/withdraw`, { version: one.version, note: '换一份' })
  })

  test('an SMS gateway gets its own body', async () => {
    await set('notify.webhook_template', '{"to":"{mobiles}","content":"{text}"}')
    const made = await ask()
    await shown(made.case_id, (seen) => seen.deliveries.some((d) => d.channel === 'webhook' && d.state === 'sent'))
    const body = JSON.parse(posts.at(-1).body)
    assert.deepEqual([Object.keys(body), body.to], [['to', 'content'], '13800000000'])
    assert.match(body.content, new RegExp(made.number))
  })
}
