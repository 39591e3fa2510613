// Recordings that the switch leaves in a folder: bound by their names, taken over once, refused ones moved aside with a reason, killed while it is at it.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, suite, Server } from './harness.mjs'

suite('recordings by a folder', (engine) => {
  let server, operator, supervisor, sys, dir, call, numbered
  const wav = (size = 3000) => Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), randomBytes(size)])
  const put = (name, bytes = wav(), minutes = 5) => {
    const at = new Date(Date.now() - minutes * 60_000)
    writeFileSync(join(dir, name), bytes)
    utimesSync(join(dir, name), at, at)
    return bytes
  }
  const stamp = (at) => new Date(at + 8 * 3600_000).toISOString().replace(/[-T:]/g, '').slice(0, 14)
  const look = () => supervisor.post('/hotline/recordings/folder/look', {})
  const files = async (state = '') => (await supervisor.get('/hotline/recordings/files' + (state && '?state=' + state))).items
  const of = async (id) => (await operator.get(`/hotline/calls/${id}/recordings`)).items
  const inDir = () => readdirSync(dir).filter((name) => name !== 'refused').sort()
  const set = async (name, value) => sys.put('/settings/hotline.' + name, { value, version: (await sys.get('/settings')).items.find((one) => one.name === 'hotline.' + name)?.version ?? 0 })

  before(async () => {
    server = await Server.fresh(engine, { city: true })
    operator = await server.as('cg.operator'); supervisor = await server.as('cg.supervisor'); sys = await server.as('sysadmin')
    dir = folder('recordings')
    call = await operator.post('/hotline/calls', { channel: 'phone', type: 'help', words: '路灯不亮', reference: 'sw-901' })
    numbered = await operator.post('/hotline/calls', { channel: 'phone', type: 'help', words: '井盖松动', caller_number: '13900004444' })
  })
  after(() => server?.stop())

  test('settings are refused where they tell nothing; without a folder nothing is looked at', async () => {
    assert.equal((await supervisor.get('/hotline/recordings/folder')).on, false)
    assert.equal((await supervisor.refused(409, 'POST', '/hotline/recordings/folder/look', {})).rule, 'folder_off')
    for (const name of ['{time}', '{any}', '{number}{time}', '{reference}-{reference}', '{who}', 'a/{reference}']) await sys.refused(400, 'PUT', '/settings/hotline.recordings_name', { value: name, version: 0 })
    for (const path of ['recordings', '/srv/../etc', '/']) await sys.refused(400, 'PUT', '/settings/hotline.recordings_folder', { value: path, version: 0 })
    await operator.refused(403, 'POST', '/hotline/recordings/folder/look', {})
    await operator.refused(403, 'GET', '/hotline/recordings/files')
  })

  test('bound by the reference, taken over once, gone from the folder; what is being written stays', async () => {
    await set('recordings_folder', dir)
    const sound = put('sw-901.wav', wav(1_300_000))
    put('sw-901-now.wav', wav(), 0)
    const said = await look()
    assert.deepEqual([said.on, said.waiting, said.problem, inDir()], [true, 1, '', ['sw-901-now.wav']])
    const [one] = await of(call.call_id)
    assert.equal(one.size, sound.length)
    assert.ok(Buffer.from((await operator.call('GET', '/hotline/recordings/' + one.recording_id)).body).equals(sound))
    put('sw-901.wav', sound, 9)
    await look()
    assert.deepEqual([(await of(call.call_id)).length, inDir()], [1, ['sw-901-now.wav']], 'the same sound again')
    assert.ok((await (await server.as('auditor')).get('/evidence?action=hotline.recording')).items.some((entry) => entry.subject_id === call.call_id))
  })

  test('bound by number and time, or by the call’s id; a call that is entered later is waited for', async () => {
    renameSync(join(dir, 'sw-901-now.wav'), join(dir, '.hidden'))
    await set('recordings_name', '{time}_{number}_{any}')
    put(`${stamp(Date.now() - 120_000)}_13900004444_8001.mp3`, Buffer.concat([Buffer.from('ID3'), randomBytes(900)]))
    put(`${stamp(Date.now() - 3 * 3600_000)}_13900004444_8001.wav`) // no call of then
    put(`${stamp(Date.now())}_+8613911115555_8002.wav`) // a call that is not there yet
    let said = await look()
    assert.deepEqual([said.waiting, (await of(numbered.call_id)).length], [2, 1])
    assert.ok(Math.abs(Date.parse(said.oldest_at) - Date.now() + 300_000) < 60_000)
    const late = await operator.post('/hotline/calls', { channel: 'phone', type: 'help', words: '后补登记', caller_number: '139 1111 5555' })
    said = await look()
    assert.deepEqual([said.waiting, (await of(late.call_id)).length], [1, 1])
    await set('recordings_wait_hours', '0')
    said = await look()
    assert.deepEqual([said.waiting, inDir()], [0, ['.hidden']])
    const [refused] = await files('refused')
    assert.deepEqual([refused.rule, refused.call_id], ['no_call', null])
    assert.doesNotMatch(JSON.stringify(await files()), /13900004444|13911115555/, 'numbers are masked')
    await set('recordings_name', '{call}')
    put(call.call_id + '.ogg', Buffer.concat([Buffer.from('OggS'), randomBytes(900)]))
    await look()
    assert.equal((await of(call.call_id)).length, 2)
  })

  test('refused ones are moved aside with a reason; one brought back is looked at again', async () => {
    await set('recordings_name', '{reference}-rec')
    put('sw-901-rec.wav', Buffer.from('#!/bin/sh\necho not a sound\n'))
    put('sw-901.wav', wav())
    put('sw-901-rec.mp3', Buffer.alloc(0))
    put('没有这个通话-rec.wav', wav())
    symlinkSync('/etc/passwd', join(dir, 'sw-901-rec.link'))
    mkdirSync(join(dir, 'sub'))
    await new Promise((go) => setTimeout(go, 10))
    await look()
    const rules = Object.fromEntries((await files('refused')).map((one) => [one.name, one.rule]))
    assert.equal(rules['sw-901-rec.wav'], 'sound_type')
    assert.equal(rules['sw-901.wav'], 'name')
    assert.equal(rules['sw-901-rec.mp3'], 'empty')
    assert.equal(rules['没有这个通话-rec.wav'], 'no_call')
    assert.match(readFileSync(join(dir, 'refused', 'sw-901.wav.reason.txt'), 'utf8'), /文件名不符合约定/)
    assert.ok(existsSync(join(dir, 'refused', 'sw-901-rec.wav')))
    const before = (await of(call.call_id)).length
    renameSync(join(dir, 'refused', 'sw-901.wav'), join(dir, 'sw-901-rec.wav'))
    await look()
    assert.equal((await of(call.call_id)).length, before + 1)
    assert.equal((await files('taken')).filter((one) => one.name === 'sw-901-rec.wav').length, 1)
  })

  test('a folder that is not there, or lies among the city’s own files, is told', async () => {
    await set('recordings_folder', '/srv/no-such-folder')
    assert.equal((await look()).problem, 'no_folder')
    mkdirSync(join(server.dir, 'dropped'), { recursive: true })
    await set('recordings_folder', join(server.dir, 'dropped'))
    assert.equal((await look()).problem, 'in_state')
    await set('recordings_folder', dir)
  })

  test('killed while it takes over: nothing is lost, nothing is there twice', async () => {
    await set('recordings_name', '{reference}_{any}')
    const before = (await of(call.call_id)).length, count = 60
    for (let i = 0; i < count; i++) put(`sw-901_${i}.wav`, wav(120_000))
    const here = () => inDir().filter((name) => /^sw-901_/.test(name)), looking = look().catch(() => {})
    while (here().length > count - 10) await new Promise((go) => setTimeout(go, 2))
    await server.kill()
    await looking
    assert.ok(here().length > 0, 'killed in time')
    await server.start()
    await look()
    assert.deepEqual([(await of(call.call_id)).length, here()], [before + count, []])
  })
})
