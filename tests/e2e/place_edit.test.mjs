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
    assert.deepEqual(await ending(draft), { of_draft: 0, others: 0, items: [], officers: [], ladders: [] })
    draft = await mend(draft, 'merge', [1, 2])
    const told = await ending(draft)
    assert.deepEqual([told.of_draft, told.others, told.items.map((one) => [one.code, one.parent_name, one.of_draft])], [1, 0, [['320281001002', '区320281001', true]]])
    draft = await mend(draft, 'aside', [4])
    const after = await ending(draft)
    assert.deepEqual([after.of_draft, after.others, after.items.map((one) => one.code)], [1, 1, ['320281001002', '320281001004']], 'one set aside ends only when it is said so')
    assert.deepEqual(await accept(draft, Date.now(), { with_faults: true }), { changed: 1, ended: 1, unchanged: 1, ladders: [] })
    assert.deepEqual(await codes(3, Date.now() + 1000), ['001', '003', '004', '005', '006'])
    draft = await mend(await copy(3, await key('320281001')), 'aside', [3])
    assert.deepEqual(await accept(draft, Date.now() + 100, { with_faults: true, end_others: true }), { changed: 0, ended: 1, unchanged: 2, ladders: [] })
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
    await lead.post('/areas', { level: 3, code: '320281002011', name: '新村', parent_code: '320281002', with_faults: true, geometry: feature('', '', 120.31, 31.1, 120.35, 31.2).geometry })
    const refused = await lead.refused(409, 'POST', `/areas/drafts/${unseen.draft_id}/accept`, { version: unseen.version, valid_from: iso(Date.now()), with_faults: true })
    assert.equal(refused.rule, 'more_faults')
    assert.deepEqual((await found(unseen)).map((one) => one[2]).sort(), ['320281002006 区320281002006', '320281002011 新村'])
    // one without a name is called by its code, and shown
    const nameless = await bring(3, { ...feature('320281002012', '320281002', 120.2, 31, 120.25, 31.1), properties: { code: '320281002012', name: '', parent: '320281002' } })
    assert.deepEqual((await found(nameless)).find(([kind]) => kind === 'no_name'), ['no_name', '320281002012', '', 'Point'])
  })
  test('areas that come in without a draft are checked as a draft is: which area, how many square metres', async () => {
    const village = (x1, y1, x2, y2, more = {}) => ({ level: 3, code: '320281002013', name: '插村', parent_code: '320281002', geometry: feature('', '', x1, y1, x2, y2).geometry, ...more })
    const said = async (body, path = '/areas') => { const why = await lead.refused(409, 'POST', path, body); return [why.field, why.value, why.rule, why.detail] }
    const metres = (text) => Number(text.match(/(\d+) m²/)[1]) / (111319.49 ** 2 * Math.cos(31.1 * Math.PI / 180))
    const [field, value, rule, detail] = await said(village(120.25, 31, 120.3, 31.1))
    assert.deepEqual([field, value, rule], ['geometry', '320281002013', 'force_overlap'])
    assert.match(detail, /320281002013 插村 overlaps 320281002005 区320281002005, which is in force, by/)
    assert.ok(Math.abs(metres(detail) / 0.005 - 1) < 0.02, detail)
    assert.equal((await said(village(120.4, 31, 120.45, 31.1)))[2], 'outside_parent')
    const bow = { type: 'Polygon', coordinates: [[[120.2, 31], [120.3, 31.1], [120.3, 31], [120.2, 31.1], [120.2, 31]]] }
    assert.equal((await said(village(0, 0, 0, 0, { geometry: bow, with_faults: true })))[2], 'invalid', 'however one insists')
    assert.equal((await said({ level: 2, code: '320281002', name: '小镇', parent_code: '320281', geometry: feature('', '', 120.2, 31, 120.25, 31.2).geometry }))[2], 'below_outside')
    const both = { level: 2, valid_from: iso(Date.now()), code: 'code', name: 'name', parent: 'parent', collection: { type: 'FeatureCollection', features: [feature('320281001', '320281', 120, 31, 120.25, 31.2), feature('320281002', '320281', 120.2, 31, 120.4, 31.2)] } }
    const pair = await said(both, '/areas/import')
    assert.deepEqual(pair.slice(0, 3), ['features[0].geometry', '320281001', 'overlap'])
    assert.match(pair[3], /320281001 区320281001 and 320281002 区320281002 overlap by/)
    both.collection.features[0] = feature('320281001', '320281', 120, 31, 120.15, 31.2)
    both.collection.features[1].properties.code = '320281002'
    assert.equal((await said(both, '/areas/import'))[2], 'gap')
    assert.equal((await lead.call('POST', '/areas/import', { ...both, collection: { type: 'FeatureCollection', features: [feature('320281001', '320281', 120, 31, 120.2, 31.2)] } })).status, 200, 'as it is, nothing is wrong with it')
    assert.ok(!(await codes(3, Date.now() + 5000)).includes('013'))
  })
  test('a planned change is withdrawn whole before its time, with a reason; officers go over to the successor as asked', async () => {
    const then = Date.now() + 30 * day, later = then + 1000
    const officer = await account(c.server, c.sys, c.sec, 'zhang', c.supplierOrg, ['grid_officer']), second = await account(c.server, c.sys, c.sec, 'li', c.supplierOrg, ['grid_officer'])
    const [old, kept] = [await key('320281001001'), await key('320281001003')]
    const ranks = async (area) => (await lead.get(`/areas/${area}/officers`)).items.map((one) => [one.account_id, one.rank])
    await lead.put(`/areas/${old}/officers`, { officers: [{ account_id: officer.account_id }, { account_id: second.account_id }] })
    await lead.put(`/areas/${kept}/officers`, { officers: [{ account_id: second.account_id }] })
    const steps = (...minutes) => ({ steps: minutes.map((n, i) => ({ who: i ? 'substitute' : 'officer', minutes: n })) })
    const ladder = async (area) => { const { own, steps } = await lead.get(`/areas/${area}/ladder`); return [own, steps.map((one) => one.minutes)] }
    await lead.put(`/areas/${old}/ladder`, steps(10, 5))
    // 001 gets another code, and what is left of its town stays
    let draft = await copy(3, await key('320281001'))
    draft = await mend(draft, 'edit', [1], { code: '320281001021' })
    const { officers } = await lead.get(`/areas/drafts/${draft.draft_id}/ending`)
    assert.deepEqual(officers.map((one) => [one.area_key, one.of_draft, one.to_code, one.percent, one.names.split('、').length]), [[old, true, '320281001021', 100, 2]])
    const carry = (pairs) => ({ version: draft.version, valid_from: iso(then), with_faults: true, carry_officers: pairs })
    assert.equal((await lead.refused(400, 'POST', `/areas/drafts/${draft.draft_id}/accept`, carry([{ area_key: kept, code: '320281001021' }]))).rule, 'stays')
    assert.equal((await lead.refused(400, 'POST', `/areas/drafts/${draft.draft_id}/accept`, carry([{ area_key: old, code: '320281001099' }]))).rule, 'unknown_area')
    const moved = [{ area_key: old, code: '320281001001', name: '区320281001001', to_code: '320281001021', to_name: '区320281001001', percent: 100, outcome: 'carried' }]
    assert.deepEqual((await lead.get(`/areas/drafts/${draft.draft_id}/ending`)).ladders.map((one) => [one.code, one.to_code, one.percent]), [['320281001001', '320281001021', 100]])
    assert.deepEqual((await lead.post(`/areas/drafts/${draft.draft_id}/accept`, carry([{ area_key: old, code: '320281001021' }]))).ladders, moved)
    assert.deepEqual((await lead.get('/areas/drafts/' + draft.draft_id)).ladders, moved)
    const [plan] = (await lead.get('/areas/planned')).items
    assert.deepEqual([plan.change_id, plan.of_draft, plan.begins, plan.ends], [draft.draft_id, true, 1, 1])
    const succeeds = async () => (await lead.get(`/areas?q=320281001021&at=${encodeURIComponent(iso(later))}`)).items[0]?.area_key
    assert.deepEqual(await ranks(await succeeds()), [[officer.account_id, 0], [second.account_id, 1]])
    assert.ok((await codes(3, later)).includes('021') && !(await codes(3, later)).includes('001') && (await codes(3)).includes('001'))
    // what stands on it goes first
    const made = await lead.post('/areas', { level: 4, code: '320281001021001', name: '网格', parent_code: '320281001021', valid_from: iso(later), with_faults: true, geometry: feature('', '', 120, 31, 120.02, 31.1).geometry })
    const withdraw = (id) => lead.call('POST', `/areas/planned/${id}/withdraw`, { reason: '方案调整' })
    assert.equal((await lead.refused(409, 'POST', `/areas/planned/${draft.draft_id}/withdraw`, { reason: '方案调整' })).rule, 'areas_below')
    const grid = (await lead.get('/areas/planned')).items.find((one) => !one.of_draft)
    assert.deepEqual([grid.code, grid.level], ['320281001021001', 4], made.area_key)
    assert.ok((await withdraw(grid.change_id)).status < 300)
    await lead.refused(400, 'POST', `/areas/planned/${draft.draft_id}/withdraw`, {})
    assert.ok((await withdraw(draft.draft_id)).status < 300)
    assert.deepEqual((await lead.get('/areas/drafts/' + draft.draft_id)).ladders, [])
    assert.deepEqual([(await lead.get('/areas/drafts/' + draft.draft_id)).state, (await lead.get('/areas/planned')).items, await succeeds()], ['withdrawn', [], undefined])
    assert.ok((await codes(3, later)).includes('001'), 'what it would have ended goes on')
    assert.equal((await lead.get('/areas/' + old)).valid_until, null)
    assert.equal((await lead.refused(409, 'POST', `/areas/planned/${draft.draft_id}/withdraw`, { reason: '再撤' })).rule, 'withdrawn')
    // now for good: merged into one with an officer of its own, behind whom they stand in
    await lead.put(`/areas/${old}/officers`, { officers: [{ account_id: officer.account_id }] })
    await lead.put(`/areas/${old}/ladder`, steps())
    await lead.put(`/areas/${kept}/ladder`, steps(20, 15))
    draft = await mend(await copy(3, await key('320281001')), 'merge', [1, 2])
    assert.deepEqual((await accept(draft, Date.now(), { carry_officers: [{ area_key: kept, code: '320281001001' }], with_faults: true })).ladders.map((one) => [one.code, one.to_code, one.outcome]), [['320281001003', '320281001001', 'carried']])
    assert.deepEqual(await ladder(old), [true, [20, 15]], 'the steps of the area that ended')
    // another area ends into it: what it got stays, as steps set on it would
    const third = (await lead.post('/areas', { level: 3, code: '320281001031', name: '又一片', parent_code: '320281001', with_faults: true, geometry: feature('', '', 120, 31, 120.001, 31.001).geometry })).area_key
    await lead.put(`/areas/${third}/ladder`, steps(7))
    const again = await mend(await copy(3, await key('320281001')), 'merge', [1, 2])
    assert.deepEqual((await accept(again, Date.now(), { with_faults: true })).ladders.map((one) => [one.code, one.to_code, one.outcome]), [['320281001031', '320281001001', 'own']])
    assert.deepEqual(await ladder(old), [true, [20, 15]])
    await lead.put(`/areas/${old}/ladder`, steps())
    assert.deepEqual(await ladder(old), [false, []], 'dropped for good')
    assert.equal((await lead.get('/areas/drafts/' + draft.draft_id)).ladders[0].outcome, 'replaced')
    assert.deepEqual(await ranks(old), [[officer.account_id, 0], [second.account_id, 1]])
    assert.equal((await lead.refused(409, 'POST', `/areas/planned/${draft.draft_id}/withdraw`, { reason: '太晚' })).rule, 'begun')
  })
})
