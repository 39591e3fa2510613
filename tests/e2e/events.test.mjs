// The stream of events tells a party of what it may see, and of nothing else.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, account } from './city.mjs'

/** Follows the stream in the background; texts of all events so far in .seen. */
async function listen(client, last) {
  const stop = new AbortController()
  const headers = client.key ? { authorization: `Bearer ${client.key}` } : { cookie: client.cookie }
  if (last !== undefined) headers['last-event-id'] = String(last)
  const answer = await fetch(client.server.url + '/api/v1/events', { headers, signal: stop.signal })
  assert.equal(answer.status, 200)
  const ear = { seen: '', stop: () => stop.abort(), has: (topic, id) => ear.seen.includes(`"topic":"${topic}","subject":"${id}"`) }
  ;(async () => {
    try { for await (const chunk of answer.body) ear.seen += new TextDecoder().decode(chunk) } catch {}
    ear.ended = true
  })()
  return ear
}

/** Until the feed has told of what was done so far: a stream ends when its party's account is told of as changed, also shortly before it began. */
async function settled(c) {
  const ear = await listen(c.sys), mark = await account(c.server, c.sys, c.sec, 'mark', c.otherOrg, ['reader'])
  for (let i = 0; i < 100 && !ear.has('account', mark.account_id); i++) await new Promise((r) => setTimeout(r, 50))
  assert.ok(ear.has('account', mark.account_id))
  ear.stop()
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms))
/** Tries until it no longer fails; its answer. */
async function soon(attempt) {
  for (const end = Date.now() + 15000; ; await pause(50)) {
    try { return await attempt() } catch (error) { if (Date.now() > end) throw error }
  }
}

suite('events', (engine) => {
  let c, reader
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    reader = await account(c.server, c.sys, c.sec, 'reader', c.otherOrg, ['reader'])
    await settled(c)
  })
  after(() => c?.server.stop())

  test('drafts, jobs, quarantine, grants and records of other organisations stay theirs, live and from the store', async () => {
    const who = { officer: c.officer, bureau: c.bureau, police: c.police, reader, app: c.app, sys: c.sys, sec: c.sec, audit: c.audit }
    const ears = {}
    for (const name in who) ears[name] = await listen(who[name])
    const draft = (await c.officer.post('/resources', { document: peopleDocument() })).resource_id
    const shown = await publish(c, peopleDocument())
    const upload = await c.officer.upload('人口.csv', peopleCsv(5) + '1,2,3,4,5,6\n')
    const job = (await c.officer.post(`/resources/${shown}/jobs`, { upload_id: upload.upload_id, mode: 'full' })).job_id
    await c.officer.job(job)
    const row = (await c.officer.get('/quarantine?resource=' + shown)).items[0]
    await c.officer.post(`/quarantine/${row.quarantine_id}/discard`, { version: row.version, reason: '测试' })
    const until = new Date(Date.now() + 86400000).toISOString()
    const give = (to) => c.officer.post('/grants', { ways: ['api'], resource_id: shown, account_id: to, purpose: '核查业务办理', until, quota_day: 5, fields: [{ name: 'town', mode: 'clear' }] })
    const own = (await give(c.officer.account_id)).grant_id
    const toApp = (await give(c.appAccount)).grant_id
    const check = () => {
      for (const name of ['officer', 'bureau'])
        for (const [topic, id] of [['catalog', draft], ['catalog', shown], ['job', job], ['quarantine', shown], ['grant', own], ['grant', toApp], ['resource:' + shown, '']])
          assert.ok(id ? ears[name].has(topic, id) : ears[name].seen.includes(topic), `${name} is not told of ${topic} ${id}`)
      for (const name of ['police', 'reader', 'app', 'sys', 'sec', 'audit']) {
        for (const [topic, id] of [['catalog', draft], ['job', job], ['quarantine', shown], ['grant', own]])
          assert.ok(!ears[name].has(topic, id), `${name} is told of ${topic} ${id}`)
        assert.ok(!ears[name].seen.includes('resource:'), `${name} is told of records`)
      }
      for (const name of ['police', 'reader', 'app']) {
        assert.ok(ears[name].has('catalog', shown), name)
        assert.ok(ears[name].has('grant', toApp), name + ' is not told of its own grant')
      }
      for (const name of ['sys', 'sec', 'audit']) assert.ok(!ears[name].has('grant', toApp), name)
    }
    await soon(check)
    await pause(300) // what is not for an ear has its time, too
    check()
    Object.values(ears).forEach((ear) => ear.stop())
    await c.server.stop()
    await c.server.start() // the ring is empty: what comes now is read from the store
    for (const name in who) {
      if (who[name].key === undefined) await who[name].login(who[name].session.login, c.server.passwords[who[name].session.login])
      ears[name] = await listen(who[name], 0)
    }
    await soon(check)
    await pause(300)
    check()
    Object.values(ears).forEach((ear) => ear.stop())
  })

  test('a stream ends with the key or session it was opened by', async () => {
    const key = await c.police.post(`/accounts/${c.appAccount}/keys`, { label: 'short' })
    const app = c.server.client()
    app.key = key.secret
    const person = c.server.client()
    await person.login('police', c.server.passwords.police)
    const ears = [await listen(app), await listen(person)]
    await c.police.call('DELETE', '/keys/' + key.key_id)
    await person.call('DELETE', '/session')
    await soon(() => assert.ok(ears.every((ear) => ear.ended), 'the streams go on'))
    assert.equal((await fetch(c.server.url + '/api/v1/events', { headers: { authorization: `Bearer ${key.secret}` } })).status, 401)
  })

  test('one account cannot take the streams of all', async () => {
    const ears = []
    while (ears.length < 20) ears.push(await soon(() => listen(reader))) // the streams of the test before are found closed by a tick
    const answer = await fetch(c.server.url + '/api/v1/events', { headers: { cookie: reader.cookie } })
    assert.equal(answer.status, 503)
    const other = await listen(c.police)
    ears.concat(other).forEach((ear) => ear.stop())
  })
})
