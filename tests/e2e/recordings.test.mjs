// Recordings of calls: brought in by the switch or a person, sealed, once each, heard by who may see the call, each hearing on record.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite, Client, Server } from './harness.mjs'

suite('recordings', (engine) => {
  let server, operator, supervisor, dispatcher, source, call, secret
  const raw = { 'content-type': 'application/octet-stream' }
  const wav = (size) => Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), randomBytes(size)])
  const taken = (change) => operator.post('/hotline/calls', { channel: 'phone', type: 'help', words: '路灯不亮', ...change })

  before(async () => {
    server = await Server.fresh(engine)
    operator = await server.as('cg.operator'); supervisor = await server.as('cg.supervisor'); dispatcher = await server.as('cg.dispatcher')
    source = new Client(server)
    source.key = server.credentials()['cg.alarm']
    call = await taken({ reference: 'sw-77' })
    secret = await supervisor.post('/hotline/calls', { channel: 'phone', type: 'report', words: '举报', reference: 'sw-78' })
  })
  after(() => server?.stop())

  test('bound by the reference of the switch, the same file once, heard as it was sent', async () => {
    const sound = wav(1_300_000)
    await source.refused(403, 'POST', '/hotline/recordings?reference=sw-77', sound, raw)
    const id = (await (await server.as('sysadmin')).get('/accounts?q=cg.alarm')).items[0].account_id
    await supervisor.put('/event-sources/' + id, { channel: 'hotline', note: '话务平台', active: true })
    const kept = await source.ok('POST', '/hotline/recordings?reference=sw-77', sound, raw)
    assert.equal(kept.call_id, call.call_id)
    assert.deepEqual(await source.ok('POST', '/hotline/recordings?reference=sw-77', sound, raw), kept)
    const [one, ...more] = (await operator.get(`/hotline/calls/${call.call_id}/recordings`)).items
    assert.deepEqual([one.type, one.size, one.sha256, more.length], ['audio/wav', sound.length, createHash('sha256').update(sound).digest('hex'), 0])
    const heard = await operator.call('GET', '/hotline/recordings/' + kept.recording_id)
    assert.equal(heard.status, 200)
    assert.ok(Buffer.from(heard.body).equals(sound))
    await dispatcher.refused(403, 'GET', '/hotline/recordings/' + kept.recording_id)
    await source.refused(403, 'GET', '/hotline/recordings/' + kept.recording_id)
    const played = (items) => items.some((entry) => entry.subject_id === call.call_id && entry.status === 200)
    assert.ok(played(await (await server.as('auditor')).evidence('action=hotline.recording_play', played)))
  })

  test('of a confidential call only for who took it and supervisors; what is no sound is refused', async () => {
    const kept = await operator.ok('POST', '/hotline/recordings?call_id=' + secret.call_id, Buffer.concat([Buffer.from('ID3'), randomBytes(4000)]), raw)
    assert.equal((await operator.get(`/hotline/calls/${secret.call_id}/recordings`)).items.length, 0)
    await operator.refused(404, 'GET', '/hotline/recordings/' + kept.recording_id)
    assert.equal((await supervisor.call('GET', '/hotline/recordings/' + kept.recording_id)).status, 200)
    await operator.refused(400, 'POST', '/hotline/recordings?reference=sw-77', Buffer.from('#!/bin/sh\necho not a sound\n'), raw)
    await operator.refused(404, 'POST', '/hotline/recordings?reference=sw-none', wav(100), raw)
    await operator.refused(404, 'POST', '/hotline/recordings', wav(100), raw)
  })
})
