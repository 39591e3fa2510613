// Whose address evidence and the log-in limits go by, with and without a trusted proxy in front.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'

const wrong = { login: 'nobody-here', password: 'not this one either' }

suite('addresses behind proxies', (engine) => {
  let server
  const login = async (forwarded) => (await server.client().call('POST', '/session', wrong, { 'x-forwarded-for': forwarded })).status
  const addresses = async () => {
    const audit = await server.as('auditor')
    const page = await audit.get('/evidence?action=session.login&status=401&limit=200')
    return page.items.map((e) => e.address)
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
    assert.ok((await addresses()).every((a) => a === '127.0.0.1'), 'evidence has the connection\'s address')
  })

  test('a trusted proxy names its client; what the client wrote before it does not count', async () => {
    await server.stop()
    server.options.args = ['--trust-proxy', '127.0.0.1']
    await server.start()
    for (let i = 0; i < 5; i++) assert.equal(await login(`6.6.6.${i}, 10.9.8.7`), 401)
    assert.equal(await login('6.6.6.99, 10.9.8.7'), 429)
    assert.equal(await login('10.9.8.8'), 401, 'another client is not locked out with the first')
    const seen = await addresses()
    assert.ok(seen.includes('10.9.8.7') && seen.includes('10.9.8.8'), String(seen))
    assert.ok(!seen.some((a) => a.startsWith('6.6.6.')), String(seen))
  })
})
