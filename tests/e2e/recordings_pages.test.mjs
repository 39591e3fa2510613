// The recording of an earlier call, listened to from the operator's screen.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { root, Server, suite } from './harness.mjs'
import { Desk, openBrowser } from './pages_browser.mjs'

suite('pages of recordings', (engine) => {
  let server, browser, operator
  before(async () => {
    server = await Server.fresh(engine, { args: ['--web', join(root, 'web/dist')] })
    const client = await server.as('cg.operator')
    const call = await client.post('/hotline/calls', { channel: 'phone', type: 'help', words: '路灯不亮', caller_number: '13800007777' })
    const wav = Buffer.alloc(44 + 8000, 128) // a second of silence
    wav.write('RIFF', 0); wav.writeUInt32LE(36 + 8000, 4); wav.write('WAVEfmt ', 8); wav.writeUInt32LE(16, 16); wav.writeUInt16LE(1, 20); wav.writeUInt16LE(1, 22)
    wav.writeUInt32LE(8000, 24); wav.writeUInt32LE(8000, 28); wav.writeUInt16LE(1, 32); wav.writeUInt16LE(8, 34); wav.write('data', 36); wav.writeUInt32LE(8000, 40)
    await client.ok('POST', '/hotline/recordings?call_id=' + call.call_id, wav, { 'content-type': 'application/octet-stream' })
    browser = await openBrowser()
    operator = await Desk.open(browser, server, engine, client)
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
})
