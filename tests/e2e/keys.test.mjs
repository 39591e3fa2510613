// A lost signing key is not replaced unseen; a new one begins by its own command and leaves evidence.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, Server, yiwang, folder, binary } from './harness.mjs'

suite('the key of evidence', (engine) => {
  let server, audit
  const pem = () => join(server.dir, 'keys/evidence.pem')
  const url = () => (server.store ? ['--store', server.store] : [])
  before(async () => {
    server = await Server.fresh(engine)
    audit = await server.as('auditor')
    await audit.post('/evidence/seal', {})
  })
  after(() => server?.stop())

  test('lost: the server does not start, says why, and makes none', async () => {
    await server.stop()
    const kept = join(folder('kept'), 'evidence.pem')
    copyFileSync(pem(), kept)
    unlinkSync(pem())
    const refused = spawnSync(binary, ['serve', server.dir, '--listen', '127.0.0.1:0', ...url()], { encoding: 'utf8', timeout: 20000 })
    assert.equal(refused.status, 1, refused.stdout + refused.stderr)
    assert.match(refused.stderr, /evidence\.pem/)
    assert.match(refused.stderr, /backup/)
    assert.ok(!existsSync(pem()))
    copyFileSync(kept, pem())
    spawnSync('chmod', ['600', pem()])
    await server.start()
    assert.equal(yiwang('evidence', 'new-key', server.dir, ...url()).status, 1, 'a key that is there is not replaced')
  })

  test('begun anew on purpose: an entry with both keys, and verified by whoever trusts both', async () => {
    await audit.login('auditor', server.passwords.auditor)
    const old = (await audit.get('/evidence/status')).public_key
    await server.stop()
    unlinkSync(pem())
    const begun = yiwang('evidence', 'new-key', server.dir, ...url())
    assert.equal(begun.status, 0, begun.stdout + begun.stderr)
    await server.start()
    await audit.login('auditor', server.passwords.auditor)
    const fresh = (await audit.get('/evidence/status')).public_key
    assert.notEqual(fresh, old)
    const [entry] = await audit.evidence('action=evidence.new_key')
    assert.deepEqual(entry.detail, { before: old, key: fresh })
    assert.ok((await audit.post('/evidence/seal', {})).number)
    const file = await audit.call('POST', '/evidence/export', { from: '2020-01-01T00:00:00Z', to: new Date(Date.now() + 60000).toISOString() })
    const dir = folder('newkey')
    writeFileSync(join(dir, 'all.yw'), file.body)
    writeFileSync(join(dir, 'keys'), `${old}\n${fresh}\n`)
    writeFileSync(join(dir, 'backwards'), `${fresh}\n${old}\n`)
    const whole = yiwang('verify', join(dir, 'all.yw'), '--checkpoint', join(dir, 'keys'))
    assert.equal(whole.status, 0, whole.stdout)
    assert.match(whole.stdout, /begins at checkpoint/)
    for (const trust of [[], ['--checkpoint', join(dir, 'backwards')]])
      assert.equal(yiwang('verify', join(dir, 'all.yw'), ...trust).status, 1)
  })
})
