// Areas in force are edited: what ends with a draft and what does not, what is refused, what is taken back.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { Server, suite } from './harness.mjs'
import { account, city } from './city.mjs'

const day = 86400000
const iso = (ms) => new Date(ms).toISOString()
const feature = (code, parent, x1, y1, x2, y2) => ({ type: 'Feature', properties: { code, name: '区' + code, parent }, geometry: { type: 'Polygon', coordinates: [[[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]]] } })
const bytes = (...features) => new TextEncoder().encode(JSON.stringify({ type: 'FeatureCollection', features }))

suite('editing places', (engine) => {
  let c, lead
  const checked = async (id) => {
    for (let tries = 0; ; tries++) {
      const draft = await lead.get('/areas/drafts/' + id)
      if (draft.checked) return draft
      assert.ok(tries < 600, 'the check does not end')
      await new Promise((r) => setTimeout(r, 30))
    }
  }
  const bring = async (level, ...features) => checked((await lead.post(`/areas/drafts?level=${level}&name=areas`, bytes(...features), { 'content-type': 'application/octet-stream' })).draft_id)
  const copy = async (level, parent) => checked((await lead.post('/areas/drafts/copy', { level, parent })).draft_id)
  const mend = async (draft, tool, features, more = {}) => { await lead.post(`/areas/drafts/${draft.draft_id}/mend`, { version: draft.version, tool, features, ...more }); return checked(draft.draft_id) }
  const accept = (draft, from, more = {}) => lead.post(`/areas/drafts/${draft.draft_id}/accept`, { version: draft.version, valid_from: iso(from), ...more })
  const codes = async (level, at = Date.now()) => (await lead.get(`/areas?level=${level}&limit=200&at=${encodeURIComponent(iso(at))}`)).items.map((one) => one.code.slice(-3))
  const key = async (code) => (await lead.get(`/areas?q=${code}`)).items.find((one) => one.code === code).area_key

  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    lead = await account(c.server, c.sys, c.sec, 'lead', c.supplierOrg, ['supervisor'])
    const from = Date.now() - 10 * day
    await accept(await bring(1, feature('320281', '', 120, 31, 120.4, 31.2)), from)
    await accept(await bring(2, feature('320281001', '320281', 120, 31, 120.2, 31.2), feature('320281002', '320281', 120.2, 31, 120.4, 31.2)), from)
    await accept(await bring(3, ...[0, 1, 2, 3].map((i) => feature('320281001' + `00${i + 1}`, '320281001', 120 + i * 0.05, 31, 120.05 + i * 0.05, 31.2)),
      ...[0, 1].map((i) => feature('320281002' + `00${i + 5}`, '320281002', 120.2 + i * 0.1, 31, 120.3 + i * 0.1, 31.2))), from)
  })
  after(() => c?.server.stop())

  test('what a draft merged away ends with it; others end only when asked, and only under its parents', async () => {
    let draft = await copy(3, await key('320281001'))
    const ending = (one) => lead.get(`/areas/drafts/${one.draft_id}/ending`)
    assert.deepEqual(await ending(draft), { of_draft: 0, others: 0, items: [] })
    draft = await mend(draft, 'merge', [1, 2])
    const told = await ending(draft)
    assert.deepEqual([told.of_draft, told.others, told.items.map((one) => [one.code, one.parent_name, one.of_draft])], [1, 0, [['320281001002', '区320281001', true]]])
    draft = await mend(draft, 'aside', [4])
    const after = await ending(draft)
    assert.deepEqual([after.of_draft, after.others, after.items.map((one) => one.code)], [1, 1, ['320281001002', '320281001004']], 'one set aside ends only when it is said so')
    assert.deepEqual(await accept(draft, Date.now(), { with_faults: true }), { changed: 1, ended: 1, unchanged: 1 })
    assert.deepEqual(await codes(3, Date.now() + 1000), ['001', '003', '004', '005', '006'])
    draft = await mend(await copy(3, await key('320281001')), 'aside', [3])
    assert.deepEqual(await accept(draft, Date.now() + 100, { with_faults: true, end_others: true }), { changed: 0, ended: 1, unchanged: 2 })
    assert.deepEqual(await codes(3, Date.now() + 1000), ['001', '003', '005', '006'], 'the other town keeps its own')
  })
  test('a draft is checked against what stays in force beside and below it, when it is brought in and as of its date', async () => {
    const found = async (draft) => (await lead.get(`/areas/drafts/${draft.draft_id}/faults?limit=200`)).items.map((one) => [one.kind, one.first_code, one.words, one.geometry?.type])
    // into a village of the other town that stays, and out of its own town
    let draft = await bring(3, feature('320281002009', '320281002', 120.3, 31, 120.41, 31.1))
    assert.deepEqual(await found(draft), [['outside_parent', '320281002009', '320281002 区320281002', 'Polygon'], ['force_overlap', '320281002009', '320281002006 区320281002006', 'Polygon']], 'the others are no gap')
    assert.equal((await lead.refused(409, 'POST', `/areas/drafts/${draft.draft_id}/accept`, { version: draft.version, valid_from: iso(Date.now()) })).field, 'with_faults')
    // where the others end there is no overlap, but a gap where they were, which they are listed for
    assert.equal((await lead.refused(409, 'POST', `/areas/drafts/${draft.draft_id}/accept`, { version: draft.version, valid_from: iso(Date.now()), end_others: true })).rule, 'faults')
    assert.deepEqual((await lead.get('/areas/drafts/' + draft.draft_id)).counts, { gap: 1, outside_parent: 1 }, 'the map shows what was found as of then')
    await lead.post(`/areas/drafts/${draft.draft_id}/discard`, { version: draft.version })
    // an edit that makes a town smaller leaves its village outside
    draft = await copy(2)
    draft = await mend(draft, 'edit', [2], { geometry: feature('', '', 120.2, 31, 120.35, 31.2).geometry })
    assert.deepEqual((await found(draft)).filter(([kind]) => kind !== 'gap'), [['below_outside', '320281002', '320281002006 区320281002006', 'Polygon']])
    draft = await mend(draft, 'edit', [2], { code: '320281008' })
    assert.deepEqual((await found(draft)).filter(([kind]) => kind === 'below_left').map((one) => one[2]), ['320281002005 区320281002005', '320281002006 区320281002006'], 'villages of a town that ends')
    // a neighbour that came in since: not shown, so not accepted unseen
    const unseen = await bring(3, feature('320281002010', '320281002', 120.3, 31.1, 120.35, 31.2))
    await lead.post('/areas', { level: 3, code: '320281002011', name: '新村', parent_code: '320281002', geometry: feature('', '', 120.31, 31.1, 120.35, 31.2).geometry })
    const refused = await lead.refused(409, 'POST', `/areas/drafts/${unseen.draft_id}/accept`, { version: unseen.version, valid_from: iso(Date.now()), with_faults: true })
    assert.equal(refused.rule, 'more_faults')
    assert.deepEqual((await found(unseen)).map((one) => one[2]).sort(), ['320281002006 区320281002006', '320281002011 新村'])
    // one without a name is called by its code, and shown
    const nameless = await bring(3, { ...feature('320281002012', '320281002', 120.2, 31, 120.25, 31.1), properties: { code: '320281002012', name: '', parent: '320281002' } })
    assert.deepEqual((await found(nameless)).find(([kind]) => kind === 'no_name'), ['no_name', '320281002012', '', 'Point'])
  })
})
