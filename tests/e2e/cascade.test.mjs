// Two nodes, one on SQLite and one on PostgreSQL, nginx with mutual TLS between them: catalogues, rows both ways, a line that is cut,
// and batches that are replayed, reordered and forged.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { connect } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from './harness.mjs'
import { citizenSpread, load, peopleCsv, peopleDocument, peopleHeader, peopleRow, publish } from './city.mjs'
import { authority, nodeOf, nodes, paired, propose, records, sameRecords, streamsOf, until } from './cascade_nodes.mjs'

const ROWS = 6000
const granted = ['birth_date', 'town', 'height_cm']
const give = (at, resource) => at.officer.post('/grants', { ways: ['batch'], resource_id: resource, account_id: at.nodeAccount, purpose: '上下级数据共享', quota_day: 1000000,
  fields: [{ name: 'name', mode: 'masked' }, ...granted.map((name) => ({ name, mode: 'clear' }))], until: new Date(Date.now() + 86400000).toISOString() })
/** Asks at `at` for an entry of the other catalogue; its stream. */
async function askFor(at, name) {
  const entry = await until('the entry is in the other catalogue', async () => (await at.bureau.get('/cascade/entries?q=' + encodeURIComponent(name))).items[0])
  const made = await at.bureau.post('/cascade/streams', { node: at.node, entry: entry.entry, org_id: at.supplierOrg })
  return made.stream_id
}
const stream = (at, id) => at.bureau.get('/cascade/streams/' + id)
const loaded = (at, id, rows) => until(`stream ${id} is loaded`, async (see) => {
  const one = see(await stream(at, id))
  return one.seq > 0 && one.done === one.seq && one.phase === 'changes' && (rows === undefined || one.row_count >= rows) && one.job_state === 'reconciled' && one
})
const same = (from, resource, to, landing) => sameRecords(from, resource, to, landing, granted)

const signedOf = ({ headers }) => Object.fromEntries(['content-digest', 'signature-input', 'signature', 'yiwang-node'].filter((name) => headers[name]).map((name) => [name, headers[name]]))
/** Headers that say: this body, from that node, to that one (RFC 9421, RFC 9530), with what a test wants otherwise. */
function signedHeaders({ key, from, to, path = '/api/v1/cascade/peer/batch', body, length = body.length, created = Math.floor(Date.now() / 1000),
  covered = '("@method" "@path" "content-length" "content-digest" "yiwang-node")' }) {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const params = `${covered};created=${created};keyid="${from}";alg="ed25519"`
  const base = `"@method": POST\n"@path": ${path}\n"content-length": ${length}\n"content-digest": ${digest}\n"yiwang-node": ${to}\n"@signature-params": ${params}`
  return { 'content-digest': digest, 'yiwang-node': to, 'signature-input': `yiwang=${params}`, signature: `yiwang=:${sign(null, Buffer.from(base), key).toString('base64')}:` }
}
/** The answer to a call of which only the headers are sent. */
function headOnly(url, path, length, headers) {
  const { hostname, port } = new URL(url)
  return new Promise((done, failed) => {
    const socket = connect(port, hostname, () => socket.write(`POST ${path} HTTP/1.1\r\nHost: node\r\nContent-Length: ${length}\r\n` +
      Object.entries({ 'content-type': 'application/vnd.yiwang.cascade', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`).join('') + '\r\n'))
    let text = ''
    socket.setTimeout(5000, () => { socket.destroy(); done({ status: 0, body: { detail: 'it waits for the body' } }) })
    socket.on('data', (part) => { text += part })
    socket.on('error', failed)
    socket.on('end', () => { socket.destroy(); done({ status: Number(text.split(' ')[1]), body: JSON.parse(text.split('\r\n\r\n')[1]) }) })
  })
}

suite('two nodes', (engine) => {
  let two, upper, lower, sent, sentName, pulled, landing, ownName, own, pushed, back
  before(async () => {
    two = await nodes(engine, { pair: false })
    ;({ upper, lower } = two)
    if (two.net.kind !== 'namespaces') console.log('# no network namespaces here: the line is cut by stopping nginx')
  })
  after(() => two?.stop())

  test('a node is proposed by the bureau and approved by the security administrator who compared the fingerprint', async () => {
    const one = await upper.self()
    assert.match(one.invitation, /^yiwang-node\/1 [0-9a-f]{64} https:\/\//)
    assert.match(one.fingerprint, /^[0-9a-f]{32}$/)
    await upper.bureau.refused(400, 'POST', '/cascade/nodes', { invitation: one.invitation, org_id: upper.otherSide, dial: false })
    await lower.officer.refused(403, 'POST', '/cascade/nodes', { invitation: one.invitation, org_id: lower.otherSide, dial: true })
    const made = await propose(lower, upper, true)
    await lower.bureau.refused(403, 'POST', `/cascade/nodes/${made.node_id}/approve`, { fingerprint: one.fingerprint })
    const wrong = await lower.sec.refused(400, 'POST', `/cascade/nodes/${made.node_id}/approve`, { fingerprint: 'f'.repeat(32) })
    assert.equal(wrong.rule, 'fingerprint')
    await lower.sec.post(`/cascade/nodes/${made.node_id}/approve`, { fingerprint: one.fingerprint.toUpperCase().replace(/(.{4})(?=.)/g, '$1 ') })
    const told = await until('the upper node does not know it yet', async () => { const node = await nodeOf(lower); return node.problem && node })
    assert.match(told.problem, /has not approved/)
    await lower.sec.post(`/cascade/nodes/${made.node_id}/revoke`, { reason: '测试' })
    await paired(two)
    const good = await until('they talk', async () => { const node = await nodeOf(lower); return node.contact_at && !node.problem && node })
    assert.equal(good.fails, 0)
    assert.ok((await nodeOf(upper)).contact_at)
  })

  test('the other catalogue is shown, kept current, and what is withdrawn goes', async () => {
    sent = await publish(upper, peopleDocument())
    sentName = (await upper.officer.get('/resources/' + sent)).document?.name ?? (await upper.officer.get('/resources/' + sent)).name
    const gone = await publish(upper, peopleDocument({ name: '要撤销的目录' }))
    const find = async (q) => (await lower.officer.get('/cascade/entries?q=' + encodeURIComponent(q))).items
    const shown = await until('it is shown below', async () => (await find(sentName))[0])
    assert.equal(shown.origin, (await upper.self()).fingerprint)
    assert.equal(shown.origin_name, '江阴市')
    const one = await lower.officer.get(`/cascade/nodes/${lower.node}/entries/${shown.entry}`)
    assert.equal(one.document.fields.length, 6)
    await until('the other one too', async () => (await find('要撤销')).length === 1)
    const entry = await upper.bureau.get('/resources/' + gone)
    await upper.bureau.post(`/resources/${gone}/withdraw`, { version: entry.version, note: '不再提供' })
    await until('it is gone below', async () => (await find('要撤销')).length === 0)
    own = await publish(lower, peopleDocument())
    ownName = (await lower.officer.get('/resources/' + own)).name
    await until('what is below is shown above', async () => (await upper.officer.get('/cascade/entries?q=' + encodeURIComponent(ownName))).items.length === 1)
  })

  test('rows come down under a grant: masked, reconciled, then what changes', async () => {
    assert.equal((await load(upper.officer, sent, 'people.csv', peopleCsv(ROWS))).state, 'reconciled')
    pulled = await askFor(lower, sentName)
    const refused = await until('no grant, in words', async () => { const one = await stream(lower, pulled); return one.problem && one })
    assert.match(refused.problem, /grant/)
    await give(upper, sent)
    await lower.bureau.post(`/cascade/nodes/${lower.node}/contact`, {})
    const full = await loaded(lower, pulled, ROWS)
    landing = full.resource_id
    await same(upper, sent, lower, landing)
    const entry = await lower.officer.get('/resources/' + landing)
    const [from] = (await lower.officer.get(`/resources/${landing}/lineage`)).sources
    assert.deepEqual([from.kind, from.name, from.read, from.receipt], ['node', (await lower.bureau.get('/cascade/nodes')).items[0].name, ROWS, true])
    assert.ok(JSON.stringify(entry).includes('江阴市'), 'the entry says where it is from')
    const upload = await lower.officer.upload('own.csv', 'x')
    assert.equal((await lower.officer.refused(409, 'POST', `/resources/${landing}/jobs`, { upload_id: upload.upload_id, mode: 'full' })).rule, 'foreign')
    const names = await records(lower.officer, landing, ['name'])
    assert.ok(names.every((name) => name.includes('*')), names[0])
    const { receipt } = await lower.officer.get(`/jobs/${full.job_id}/receipt`)
    assert.equal(receipt.snapshot.kind, 'node')
    assert.match(receipt.snapshot.sent_digest, new RegExp(`^v1:${ROWS}:`))
    assert.equal(receipt.source_digest, receipt.target_digest)
    // change, add, remove
    const text = peopleHeader + peopleRow(0, { citizen_no: citizenSpread(5), town: '新镇' }) + peopleRow(1, { citizen_no: citizenSpread(90000) })
    assert.equal((await load(upper.officer, sent, 'change.csv', text, { mode: 'upsert' })).state, 'reconciled')
    await same(upper, sent, lower, landing)
    assert.equal((await load(upper.officer, sent, 'fewer.csv', peopleCsv(ROWS - 100))).state, 'reconciled')
    await same(upper, sent, lower, landing)
    const above = (await streamsOf(upper)).find((one) => one.direction === 'out' && one.title === sentName)
    const both = await until('the upper side has every receipt', async () => { const one = await stream(upper, above.stream_id); return one.done === one.seq && one })
    const mine = await stream(lower, pulled)
    for (const batch of both.batches) assert.equal(mine.batches.find((one) => one.seq === batch.seq)?.digest, batch.digest)
    assert.ok(both.batches.every((batch) => batch.receipt.startsWith('YWC1 ')), 'signed by the lower side')
    const rows = (items) => items.reduce((sum, e) => sum + Number(e.row_count ?? e.rows), 0)
    assert.ok(rows(await upper.audit.evidence(`action=cascade.send&resource=${sent}`, (items) => rows(items) >= ROWS)) >= ROWS)
  })

  test('rows go up from the node that calls; they never come back', async () => {
    assert.equal((await load(lower.officer, own, 'people.csv', peopleCsv(300))).state, 'reconciled')
    await give(lower, own)
    pushed = await askFor(upper, ownName)
    back = (await loaded(upper, pushed, 300)).resource_id
    await same(lower, own, upper, back)
    assert.equal((await lower.officer.get('/cascade/entries?q=' + encodeURIComponent(ownName))).items.length, 0, 'its own records are not offered to it')
  })

  test('cut off and back: nothing lost, nothing doubled, and meanwhile it says so', async () => {
    two.cut()
    const change = (n, town) => peopleHeader + peopleRow(n, { citizen_no: citizenSpread(n), town })
    assert.equal((await load(upper.officer, sent, 'c1.csv', change(7, '断网时'), { mode: 'upsert' })).state, 'reconciled')
    assert.equal((await load(lower.officer, own, 'c2.csv', change(8, '断网时'), { mode: 'upsert' })).state, 'reconciled')
    await lower.bureau.post(`/cascade/nodes/${lower.node}/contact`, {})
    const down = await until('it says that the line is down', async () => { const one = await nodeOf(lower); return one.fails > 0 && one })
    assert.match(down.problem, /does not answer|broke/)
    await lower.server.kill()
    await lower.server.start()
    two.mend()
    await lower.bureau.post(`/cascade/nodes/${lower.node}/contact`, {})
    await same(upper, sent, lower, landing)
    await same(lower, own, upper, back)
    assert.equal((await nodeOf(lower)).problem, null)
  })

  test('no or another certificate: refused before the program', async () => {
    const seen = two.record.calls.length
    const call = (who) => {
      const script = `const { readFileSync } = require('node:fs')
        const who = ${JSON.stringify(who)}
        const rq = require('node:https').request(${JSON.stringify(two.nginx.url + '/api/v1/cascade/peer/hello')}, { method: 'POST', agent: false, rejectUnauthorized: false,
          ...(who ? { cert: readFileSync(who + '.pem'), key: readFileSync(who + '.key') } : {}) }, (answer) => { console.log(answer.statusCode); answer.resume() })
        rq.on('error', () => console.log('closed'))
        rq.end('x')`
      const [program, ...args] = [...two.net.within('lower'), process.execPath, '-e', script]
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] }) // not Sync: the recorder answers from this process
      let text = ''
      child.stdout.on('data', (part) => { text += part })
      return new Promise((done) => child.on('close', () => done(text.trim())))
    }
    const hellos = () => two.record.calls.slice(seen).filter((one) => one.body.toString() === 'x').length
    assert.match(await call(null), /^(400|closed)$/)
    assert.match(await call(authority().issue('foreign')), /^(400|closed)$/)
    assert.equal(hellos(), 0, 'nginx let nothing through')
    assert.equal(await call(two.ca.issue('unsigned')), '400')
    assert.equal(hellos(), 1, 'a right certificate alone gets to the program, which wants a signature')
    const direct = await upper.server.client().call('POST', '/cascade/peer/hello', 'x', { 'content-type': 'application/vnd.yiwang.cascade' })
    assert.equal(direct.status, 403)
  })

  test('whose call it is, is known before its body: nothing of a stranger is taken', async () => {
    const path = '/api/v1/cascade/peer/batch', big = 17 << 20, body = Buffer.alloc(3 << 20, 'x')
    const key = createPrivateKey(readFileSync(join(lower.server.dir, 'keys/node.pem')))
    const from = (await lower.self()).fingerprint, to = (await upper.self()).fingerprint
    const hello = two.record.calls.findLast((call) => call.path.endsWith('/peer/hello') && call.body.includes('YWC1'))
    const proxied = { 'x-client-verify': 'SUCCESS', 'x-client-cert': hello.headers['x-client-cert'] }
    const good = { key, from, to, body, length: big }
    const head = async (headers, length = big) => {
      const answer = await headOnly(upper.server.url, path, length, { ...proxied, ...headers })
      assert.ok(answer.body.detail && answer.body.advice, JSON.stringify(answer))
      return `${answer.status} ${answer.body.rule}`
    }
    assert.equal(await head({}), '413 unsigned')
    assert.equal(await head({ ...signedHeaders(good), 'x-client-verify': 'NONE' }), '403 certificate')
    assert.equal(await head({ ...signedHeaders(good), 'x-client-cert': encodeURIComponent(readFileSync(two.ca.issue('other') + '.pem', 'utf8')) }), '403 certificate')
    assert.equal(await head(signedHeaders({ ...good, from: 'f'.repeat(32) })), '403 node')
    assert.equal(await head(signedHeaders({ ...good, to: from })), '403 receiver')
    assert.equal(await head(signedHeaders({ ...good, key: generateKeyPairSync('ed25519').privateKey })), '403 signature')
    assert.equal(await head(signedHeaders({ ...good, created: Math.floor(Date.now() / 1000) - 700 })), '403 expired')
    assert.equal(await head(signedHeaders({ ...good, covered: '("@method" "content-digest")' })), '400 covered')
    assert.equal(await head({ ...signedHeaders(good), 'content-digest': `sha-256=:${'A'.repeat(43)}=:` }), '403 signature')
    assert.equal(await head(signedHeaders(good), big + 1), '403 signature')
    assert.equal(await head(signedHeaders({ ...good, path: '/api/v1/cascade/peer/pull' })), '403 signature')
    // signed well: the body is taken, and is none; another body than was signed is refused
    const send = (bytes, signed = bytes) => upper.server.client().call('POST', path, new Uint8Array(bytes), { ...signedHeaders({ ...good, body: signed, length: bytes.length }), ...proxied })
    assert.equal((await send(body)).body.rule, 'frame')
    const whole = two.record.calls.find((call) => call.path.endsWith('/peer/batch')).body
    const other = await send(whole, Buffer.alloc(whole.length))
    assert.equal(`${other.status} ${other.body.rule}`, '403 signature')
    const claimed = (items) => JSON.stringify(items).includes('f'.repeat(32))
    assert.ok(claimed(await upper.audit.evidence('action=cascade.batch&status=403', claimed)), 'evidence names who it claims to be')
    // a program of before signs only the message: small ones are taken
    assert.ok(whole.length < 60000)
    const small = await upper.server.client().call('POST', path, new Uint8Array(whole), proxied)
    assert.equal(small.status, 200, JSON.stringify(small.body))
  })

  test('replayed, reordered, forged: the same receipt, the expected number, evidence', async () => {
    const ofRows = (call) => call.path.endsWith('/peer/batch') && call.body.includes('"stream":"rows/')
    const batches = two.record.calls.filter(ofRows)
    assert.ok(batches.length >= 2)
    const hello = two.record.calls.findLast((call) => call.path.endsWith('/peer/hello') && call.body.includes('YWC1'))
    const proxy = (call, body = call.body) => upper.server.client().call('POST', call.path, new Uint8Array(body), {
      ...signedOf(call), 'content-type': call.headers['content-type'], 'x-client-verify': 'SUCCESS', 'x-client-cert': hello.headers['x-client-cert'] })
    const count = async () => (await records(upper.officer, back, granted)).length
    const before = { stream: await stream(upper, pushed), rows: await count() }
    // replayed: the receipt of then, nothing stored
    const first = await proxy(batches[0]), again = await proxy(batches[0])
    assert.equal(first.status, 200)
    assert.deepEqual(first.body, again.body)
    assert.equal(new TextDecoder().decode(first.body), before.stream.batches.find((one) => new TextDecoder().decode(first.body).includes(one.digest)).receipt)
    // forged: one byte of a row, of the header, another receiver's signature
    const text = batches.at(-1).body.toString()
    const row = text.replace('断网时', '断网后')
    assert.notEqual(row, text)
    const forged = await proxy(batches.at(-1), Buffer.from(row))
    assert.equal(forged.status, 403, JSON.stringify(forged.body))
    assert.equal(forged.body.rule, 'signature')
    assert.equal((await proxy(batches.at(-1), Buffer.from(text.replace(/"seq":(\d+)/, (_, n) => `"seq":${Number(n) + 1}`)))).body.rule, 'signature')
    assert.equal((await proxy(batches.at(-1), Buffer.from('YWC1 nonsense\n'))).body.rule, 'signature')
    assert.equal((await proxy({ ...batches.at(-1), headers: {} }, Buffer.from('YWC1 nonsense\n'))).status, 400)
    const { fingerprint } = await lower.self(), refusals = (items) => items.length >= 2 && JSON.stringify(items).includes(fingerprint)
    assert.ok(refusals(await upper.audit.evidence('action=cascade.batch&status=403', refusals)))
    // hello and pull are taken once
    assert.equal((await proxy(hello)).body.rule, 'replayed')
    const pull = two.record.calls.findLast((call) => call.path.endsWith('/peer/pull'))
    assert.equal((await proxy(pull)).body.rule, 'replayed')
    // over another certificate
    const other = encodeURIComponent(readFileSync(two.ca.issue('another') + '.pem', 'utf8'))
    const elsewhere = await upper.server.client().call('POST', batches[0].path, new Uint8Array(batches[0].body), { ...signedOf(batches[0]), 'content-type': batches[0].headers['content-type'], 'x-client-verify': 'SUCCESS', 'x-client-cert': other })
    assert.equal(elsewhere.body.rule, 'certificate')
    // reordered: a batch is held up on its way, and comes when a later one was taken
    two.record.hold = ofRows
    const from = two.record.calls.length
    assert.equal((await load(lower.officer, own, 'c3.csv', peopleHeader + peopleRow(9, { citizen_no: citizenSpread(9), town: '迟到' }), { mode: 'upsert' })).state, 'reconciled')
    const late = await until('a batch is held up', () => two.record.calls.slice(from).find(ofRows))
    await upper.bureau.post(`/cascade/streams/${pushed}/stop`, {})
    assert.equal((await proxy(late)).body.rule, 'stream')
    const entry = (await upper.officer.get('/cascade/entries?q=' + encodeURIComponent(ownName))).items[0]
    await upper.bureau.post('/cascade/streams', { node: upper.node, entry: entry.entry, org_id: upper.supplierOrg })
    two.record.hold = null
    await lower.bureau.post(`/cascade/nodes/${lower.node}/contact`, {})
    const anew = await until('the stream began anew', async () => { const one = await stream(upper, pushed); return one.seq > before.stream.seq + 1 && one.done === one.seq && one })
    const order = await proxy(late)
    assert.equal(order.status, 409)
    assert.equal(order.body.rule, 'sequence')
    assert.match(order.body.detail, new RegExp(`expected the batch after ${anew.seq}`))
    await same(lower, own, upper, back)
    assert.equal(await count(), before.rows)
  })

  test('an answer that a proxy changed is refused by the side that asked; a node that is revoked gets nothing', async () => {
    two.record.change = (call, bytes) => call.path.endsWith('/peer/pull') && bytes.includes('改答') ? Buffer.from(bytes.toString().replace('改答', '改了')) : null
    const text = peopleHeader + peopleRow(11, { citizen_no: citizenSpread(11), town: '改答' })
    assert.equal((await load(upper.officer, sent, 'c4.csv', text, { mode: 'upsert' })).state, 'reconciled')
    const told = await until('the stream says so', async () => { const one = await stream(lower, pulled); return one.problem && one })
    assert.match(told.problem, /not signed/)
    assert.ok((await lower.audit.evidence('action=cascade.pull&status=403')).length > 0)
    two.record.change = null
    await lower.bureau.post(`/cascade/nodes/${lower.node}/contact`, {})
    await same(upper, sent, lower, landing)
    // begun anew: everything once more, at numbers never used
    const { seq } = await stream(lower, pulled)
    await lower.bureau.post(`/cascade/streams/${pulled}/restart`, {})
    await until('all is loaded anew', async (see) => { const one = see(await stream(lower, pulled)); return one.seq > seq + 1000000 && one.done === one.seq && one.job_state === 'reconciled' })
    await same(upper, sent, lower, landing)
    await upper.sec.post(`/cascade/nodes/${upper.node}/revoke`, { reason: '撤销测试' })
    assert.deepEqual((await upper.officer.get('/cascade/entries')).items, [])
    const shut = await until('the other side is told', async () => { const one = await nodeOf(lower); return one.problem && one })
    assert.match(shut.problem, /has not approved/)
  })
})
