// A city whose records lie in grids: one area with an officer, one without; enterprises with a position, people with an address.
import assert from 'node:assert/strict'
import { city, load, publish } from './city.mjs'
import { Server } from './harness.mjs'

const box = (x1, y1, x2, y2) => [[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]]
const bytes = (value) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const feature = (code, parent, ring, name) => ({ type: 'Feature', properties: { code, name, parent }, geometry: { type: 'Polygon', coordinates: [ring] } })
const field = (name, title, kind, more = {}) => ({ name, title, source_name: name, kind, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...more })

export const shops = {
  code: '1A01009/000001', name: '商户名录', summary: '测试用商户登记', keywords: ['商户'], domain: '经济', formats: ['csv'], sharing: 'unconditional',
  sharing_ways: ['api'], opening: 'closed', update_promise: 'monthly', retention_months: 120,
  fields: [field('no', '编号', 'text', { length: 20, key: true, required: true, indexed: true }), field('title', '商户名称', 'text', { length: 60 }),
    field('tables', '餐桌数', 'integer', { min: 0, max: 500 }), field('phone', '联系电话', 'text', { length: 20, unique: true, grade: 3, mask: 'phone', check: 'mobile' }),
    field('address', '经营地址', 'text', { length: 100 }), field('lon', '经度', 'double', { check: 'longitude' }), field('lat', '纬度', 'double', { check: 'latitude' }), field('trade', '行业门类', 'code', { code_set: 'industry_section' })],
  rules: [],
}
export const shopRows = (change = {}) => 'no,title,tables,phone,address,lon,lat,trade\n' + Object.entries({
  S1: '老王面馆,12,13900000001,澄江路1号,120.11,31.11', S2: '小李书店,0,13900000002,澄江路2号,120.12,31.12', S3: '城西药房,0,13900000003,虹桥路3号,120.31,31.11',
  S4: '无处可寻,1,13900000004,不知何处,,', S5: '人民路茶馆,8,13900000005,人民中路12号,,', S6: '域外商行,1,13900000006,外省路1号,100.1,20.1', ...change,
}).filter(([, row]) => row).map(([no, row]) => `${no},${row},H\n`).join('')

export async function verifyCity(engine, options = {}) {
  const c = await city(await Server.fresh(engine, { city: true, ...options }))
  const { server } = c
  const [lead, grid, second, dispatcher, reader] = [await server.as('cg.supervisor'), await server.as('cg.grid'), await server.as('cg.grid2'), await server.as('cg.dispatcher'), await server.as('mz.reader')]
  for (const one of [grid, second]) one.account_id = (await one.get('/session')).account_id
  const bring = async (level, ...features) => {
    const made = await lead.post(`/areas/drafts?level=${level}&name=areas`, bytes({ type: 'FeatureCollection', features }), { 'content-type': 'application/octet-stream' })
    for (let i = 0; ; i++) {
      const draft = await lead.get('/areas/drafts/' + made.draft_id)
      if (draft.checked) return lead.post(`/areas/drafts/${draft.draft_id}/accept`, { version: draft.version, valid_from: new Date(Date.now() - 86400000).toISOString() })
      assert.ok(i < 600, 'the check does not end')
      await new Promise((done) => setTimeout(done, 50))
    }
  }
  await bring(1, feature('320281', '', box(120, 31, 120.4, 31.4), '演示市'))
  await bring(2, feature('320281001', '320281', box(120, 31, 120.2, 31.4), '城东'), feature('320281002', '320281', box(120.2, 31, 120.4, 31.4), '城西'))
  const east = (await lead.get('/place/at?x=120.1&y=31.1')).areas.at(-1)
  await lead.put(`/areas/${east.area_key}/officers`, { officers: [{ account_id: grid.account_id }] })
  await lead.post('/place/addresses', bytes('id,lon,lat,street,housenumber,town\n1,120.15,31.15,人民中路,12,城东\n'))
  const resource = await publish(c, shops)
  assert.equal((await load(c.officer, resource, 'shops.csv', Buffer.from(shopRows()))).state, 'reconciled')
  const rows = {}
  for (const row of (await c.officer.get(`/data/${resource}/records?limit=50`)).items) rows[row.no] = row.record_id
  return { ...c, lead, grid, second, dispatcher, reader, resource, rows, reload: (change) => load(c.officer, resource, 'again.csv', Buffer.from(shopRows(change))) }
}
