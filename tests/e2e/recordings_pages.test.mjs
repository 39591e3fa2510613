// The recording of an earlier call, listened to from the operator's screen.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, root, Server, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of recordings', (engine) => {
  let server, browser, operator, supervisor
  before(async () => {
    server = await Server.fresh(engine, { city: true, args: ['--web', join(root, 'web/dist')] })
    const client = await server.as('cg.operator')
    const call = await client.post('/hotline/calls', { channel: 'phone', type: 'help', words: '路灯不亮', caller_number: '13800007777' })
    const wav = Buffer.alloc(44 + 8000, 128) // a second of silence
    wav.write('RIFF', 0); wav.writeUInt32LE(36 + 8000, 4); wav.write('WAVEfmt ', 8); wav.writeUInt32LE(16, 16); wav.writeUInt16LE(1, 20); wav.writeUInt16LE(1, 22)
    wav.writeUInt32LE(8000, 24); wav.writeUInt32LE(8000, 28); wav.writeUInt16LE(1, 32); wav.writeUInt16LE(8, 34); wav.write('data', 36); wav.writeUInt32LE(8000, 40)
    await client.ok('POST', '/hotline/recordings?call_id=' + call.call_id, wav, { 'content-type': 'application/octet-stream' })
    browser = await openBrowser()
    operator = await Desk.open(browser, server, engine, client)
    supervisor = await Desk.open(browser, server, engine, await server.as('cg.supervisor'))
  })
  after(async () => { await browser?.close(); await server?.stop() })

  test('it is listed when asked for and plays', async () => {
    const { page } = operator
    await operator.go('/desk/12345')
    await page.getByRole('textbox', { name: '来电号码' }).fill('13800007777')
    await operator.button('通话录音').click()
    await page.locator('audio').waitFor()
    await operator.lookBoth('hotline-recording')
    const seconds = await page.locator('audio').evaluate(async (audio) => { audio.muted = true; await audio.play(); return audio.duration })
    assert.ok(Math.abs(seconds - 1) < 0.1, String(seconds))
  })

  test('the folder of the switch: what waits, what was taken over, what was refused and why', async () => {
    const { page } = supervisor, dir = folder('drop'), sys = await server.as('sysadmin')
    await supervisor.go('/desk/shifts?tab=recordings')
    await page.getByText('还没有设置文件夹').waitFor()
    await sys.put('/settings/hotline.recordings_folder', { value: dir, version: 0 })
    await sys.put('/settings/hotline.recordings_name', { value: '{time}_{number}_{any}', version: 0 })
    for (const [name, minutes] of [['20261101083000_13800007777_8001.wav', 5], ['录音.wav', 9]]) {
      writeFileSync(join(dir, name), 'RIFF----WAVE none')
      utimesSync(join(dir, name), new Date(Date.now() - minutes * 60_000), new Date(Date.now() - minutes * 60_000))
    }
    await page.reload()
    await supervisor.button('现在查看').click()
    await page.getByText('文件名不符合约定').waitFor()
    await page.getByText('1 个在等').first().waitFor()
    await supervisor.lookBoth('hotline-folder')
    assert.deepEqual(supervisor.wrong, [])
  })
})
