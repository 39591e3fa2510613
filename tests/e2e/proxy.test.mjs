// Whose address evidence and the log-in limits go by, and which names links are made with, with and without a trusted proxy in front.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { suite, Server } from './harness.mjs'

const wrong = { login: 'nobody-here', password: 'not this one either' }

suite('addresses behind proxies', (engine) => {
  let server
  const login = async (forwarded) => (await server.client().call('POST', '/session', wrong, { 'x-forwarded-for': forwarded })).status
  /** As many as there were wrong log-ins. */
  const addresses = async (count) => {
    const found = await (await server.as('auditor')).evidence('action=session.login&status=401&limit=200', (items) => items.length >= count)
    return found.map((e) => e.address)
  }
  before(async () => {
    server = await Server.fresh(engine)
    const sys = await server.as('sysadmin')
    await sys.put('/settings/session.address_failures', { value: '5', version: 0 })
  })
  after(() => server?.stop())

  test('nobody is trusted unless named: a made-up header neither hides a caller nor lets him try on', async () => {
    for (let i = 0; i < 5; i++) assert.equal(await login(`6.6.6.${i}`), 401)
    assert.equal(await login('6.6.6.99'), 429)
    await server.stop()
    await server.start() // forgets the throttle
    assert.ok((await addresses(5)).every((a) => a === '127.0.0.1'), 'evidence has the connection\'s address')
  })

  const linked = (host, headers = {}) => new Promise((done, failed) => {
    const at = new URL(server.url)
    request({ host: at.hostname, port: at.port, path: '/open/catalog.jsonld', headers: { host, ...headers } }, async (answer) => {
      let text = ''
      for await (const part of answer) text += part
      done(JSON.parse(text)['foaf:homepage']['@id'])
    }).on('error', failed).end()
  })

  test('a Host that was made up gets into no link', async () => {
    const { host: own, port } = new URL(server.url), sys = await server.as('sysadmin')
    for (const host of [own, 'evil.example', `evil.example:${port}`, '6.6.6.6', 'evil"<>']) assert.equal(await linked(host), `http://${own}/open`, host)
    assert.equal(await linked(`localhost:${port}`), `http://localhost:${port}/open`)
    await sys.refused(400, 'PUT', '/settings/server.names', { value: 'https://city.example', version: 0 })
    await sys.put('/settings/server.names', { value: 'city.example, 10.0.0.5:8080', version: 0 })
    assert.equal(await linked('City.example', { 'x-forwarded-proto': 'https' }), 'https://City.example/open')
    assert.deepEqual([await linked('10.0.0.5:8080'), await linked('10.0.0.5')], ['http://10.0.0.5:8080/open', `http://${own}/open`])
  })

  test('a trusted proxy names its client; what the client wrote before it does not count', async () => {
    await server.stop()
    server.options.args = ['--trust-proxy', '127.0.0.1']
    await server.start()
    assert.equal(await linked('passed.on.example', { 'x-forwarded-proto': 'https' }), 'https://passed.on.example/open')
    for (let i = 0; i < 5; i++) assert.equal(await login(`6.6.6.${i}, 10.9.8.7`), 401)
    assert.equal(await login('6.6.6.99, 10.9.8.7'), 429)
    assert.equal(await login('10.9.8.8'), 401, 'another client is not locked out with the first')
    for (let i = 0; i < 5; i++) assert.equal(await login(`2001:db8:0:7::${i}`), 401)
    assert.equal(await login('2001:db8:0:7:ffff::1'), 429, 'one network of 64 bits has addresses without end')
    assert.equal(await login('2001:db8:0:8::1'), 401)
    const seen = await addresses(17)
    assert.ok(seen.includes('10.9.8.7') && seen.includes('10.9.8.8'), String(seen))
    assert.ok(!seen.some((a) => a.startsWith('6.6.6.')), String(seen))
  })

  test('guesses elsewhere lock the account for strangers: not for a new browser in a network of its owner, which has a count of its own', async () => {
    const login = (address, password, cookie) => fetch(server.url + '/api/v1/session', { method: 'POST', headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...(cookie ? { cookie } : {}) },
      body: JSON.stringify({ login: 'auditor', password }) })
    const right = server.passwords.auditor
    const first = await login('10.1.2.3', right)
    assert.equal(first.status, 200)
    const browser = first.headers.getSetCookie().find((one) => one.startsWith('yw_device=')).split(';')[0]
    const six = await login('2001:db8:1:2::5', right)
    assert.equal(six.status, 200)
    const sec = await server.as('secadmin')
    const locked = async () => (await sec.get('/accounts?q=auditor')).items[0]
    for (let i = 0; i < 5; i++) assert.equal((await login(`203.0.113.${i}`, 'wrong-' + i)).status, 401)
    assert.equal((await login('198.51.100.9', right)).status, 401, 'a stranger waits, right or wrong')
    assert.equal((await login('2001:db8:1:3::5', right)).status, 401, 'another network of 64 bits')
    for (const address of ['10.1.2.77', '::ffff:10.1.2.78', '2001:db8:1:2:ffff::1']) assert.equal((await login(address, right)).status, 200, address)
    assert.ok((await locked()).locked_until)
    await sec.post(`/accounts/${(await locked()).account_id}/unlock`, {})
    assert.equal((await locked()).locked_until, null)

    for (let i = 0; i < 5; i++) assert.equal((await login(`10.1.2.${100 + i}`, 'wrong-' + i)).status, 401)
    assert.equal((await login('10.1.2.77', right)).status, 401, 'guesses in the network lock it')
    assert.equal((await login('10.1.2.77', right, browser)).status, 200, 'but not a browser of the owner')
    assert.equal((await login('10.1.2.77', right)).status, 401, 'nor does that unlock it')
    assert.equal((await login('198.51.100.9', right)).status, 200)
    assert.ok((await locked()).locked_until, 'the administrator sees it')
    assert.ok((await sec.get('/overview')).waits.some((one) => one.kind === 'account_locked'))
    const audit = await server.as('auditor')
    assert.deepEqual((await audit.evidence('action=account.locked&limit=10', (items) => items.length >= 2)).map((one) => one.detail.by).sort(), ['failed logins', 'failed logins of one network'])
    await sec.post(`/accounts/${(await locked()).account_id}/unlock`, {})
    assert.equal((await login('10.1.2.77', right)).status, 200)
  })
})
