// Another program opens the store while it is served (the command line, a backup): nothing acknowledged may be lost.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { suite, Server, yiwang } from './harness.mjs'

suite('commands beside a running server', (engine) => {
  test('a write acknowledged after a command ran survives kill -9', { timeout: 120000 }, async () => {
    const server = await Server.fresh(engine)
    const sys = await server.as('sysadmin')
    for (let i = 0; i < 3; i++) {
      const listed = yiwang('user', 'list', server.dir)
      assert.equal(listed.status, 0, listed.stderr + listed.stdout)
    }
    const fds = `/proc/${server.child.pid}/fd`
    const deleted = readdirSync(fds).map((fd) => { try { return readlinkSync(`${fds}/${fd}`) } catch { return '' } }).filter((f) => /yiwang\.db.*deleted/.test(f))
    assert.deepEqual(deleted, [], 'the server writes to files that are gone')
    const org = await sys.post('/orgs', { code: '11320281014000001A', name: '命令旁写入的机构' })
    await server.kill()
    await server.start()
    await sys.login('sysadmin', server.passwords.sysadmin)
    assert.ok((await sys.get('/orgs')).items.some((o) => o.org_id === org.org_id), 'the organisation that was answered 201 is there')
    await server.stop()
  })
})
