// Catalogue search over HTTP: words of every kind, seen from the moment of publishing, drafts hidden, facets that follow the filters, pages.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { Server, suite } from './harness.mjs'
import { city, peopleDocument, publish } from './city.mjs'

suite('catalogue search', (engine) => {
  let server, c
  const found = async (client, query) => (await client.get('/resources?' + new URLSearchParams(query))).items.map((item) => item.name)
  before(async () => { server = await Server.fresh(engine, { city: true }); c = await city(server) })
  after(() => server?.stop())

  test('words: one character, pinyin, synonyms of the pack, field names, codes', async () => {
    await publish(c, peopleDocument({ name: '渔船船员名册', code: '307002009/000001' }))
    assert.deepEqual(await found(c.police, { q: '渔' }), ['渔船船员名册'])
    assert.deepEqual(await found(c.police, { q: 'ycc' }), ['渔船船员名册'])
    assert.deepEqual(await found(c.police, { q: 'yuchuan' }), ['渔船船员名册'])
    assert.deepEqual(await found(c.police, { q: '渔船 height_cm' }), ['渔船船员名册'])
    assert.deepEqual(await found(c.police, { q: '307002009/000001' }), ['渔船船员名册'])
    assert.deepEqual(await found(c.police, { q: '渔船 身份证' }), ['渔船船员名册'], 'its field is called 公民身份号码')
    assert.deepEqual(await found(c.police, { q: '渔员' }), [])
    const business = await found(c.police, { q: '企业' })
    assert.ok(business.some((one) => one.startsWith('市场主体登记信息')), '企业 = 市场主体 by the base pack: ' + business)
  })

  test('published: found by the next request; a draft on top only by its own people', async () => {
    const id = await publish(c, peopleDocument({ name: '古井普查' }))
    assert.deepEqual(await found(c.police, { q: '古井' }), ['古井普查'])
    const entry = await c.officer.get('/resources/' + id)
    await c.officer.put('/resources/' + id, { version: entry.version, document: { ...entry.document, name: '古树普查' } })
    assert.deepEqual(await found(c.police, { q: '古树' }), [])
    assert.deepEqual(await found(c.officer, { q: '古树' }), ['古井普查'])
    assert.deepEqual(await found(c.bureau, { q: '古树' }), ['古井普查'])
  })

  test('input meant for a query language is only words', async () => {
    for (const q of ['"', "'", 'NEAR(渔 船)', '渔 AND', '-', '*', '^渔*', '渔)', "' OR 1=1 --", '渔'.repeat(100), '\\', ':*', '|'])
      assert.ok(Array.isArray((await c.police.get('/resources?q=' + encodeURIComponent(q))).items), q)
    await c.police.refused(422, 'GET', '/resources?q=' + 'x'.repeat(200)).catch(() => c.police.refused(400, 'GET', '/resources?q=' + 'x'.repeat(200)))
  })

  test('facets follow the other filters, and pages give every entry once', async () => {
    const all = await c.bureau.get('/resources?limit=200&facets=1')
    const domain = all.facets.domain[0]
    const one = await c.bureau.get('/resources?limit=200&facets=1&domain=' + encodeURIComponent(domain.value))
    assert.equal(one.total, domain.count)
    assert.deepEqual(one.facets.domain, all.facets.domain, 'a facet does not narrow itself')
    const inside = all.items.filter((item) => one.items.some((other) => other.resource_id === item.resource_id))
    for (const sharing of ['unconditional', 'conditional', 'none'])
      assert.equal(one.facets.sharing.find((value) => value.value === sharing)?.count ?? 0, inside.filter((item) => item.sharing === sharing).length, sharing)
    for (const fresh of ['fresh', 'late', 'none'])
      assert.equal(one.facets.freshness.find((value) => value.value === fresh)?.count ?? 0, inside.filter((item) => item.freshness === fresh).length, fresh)
    const seen = []
    for (let after = ''; after !== null;) {
      const page = await c.bureau.get('/resources?limit=3' + (after ? '&after=' + after : ''))
      seen.push(...page.items.map((item) => item.resource_id))
      after = page.next
    }
    assert.deepEqual(seen, all.items.map((item) => item.resource_id))
  })
})
