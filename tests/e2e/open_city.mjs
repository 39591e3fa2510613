// A small city with something to open, for the tests of the public side: shops with places, and a person's number among the fields.
import { city, load, publish } from './city.mjs'

export const rows = 60
const field = (name, title, kind, more = {}) => ({ name, title, source_name: title, kind, key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '', ...more })

let serial = 0
export function shopDocument(change = {}) {
  serial += 1
  return {
    code: `1B02001/${String(serial).padStart(6, '0')}`, name: `开放店铺 ${serial}`, summary: '测试用店铺名录', keywords: ['店铺', 'shop'], domain: '市场监管', formats: ['csv'],
    sharing: 'conditional', sharing_condition: '按履职需要申请', sharing_ways: ['api'], opening: 'conditional', opening_condition: '只开放不涉及个人的信息项', update_promise: 'monthly', retention_months: 120, contact: '0510-1234567',
    fields: [
      field('shop_no', '店铺编号', 'text', { length: 20, key: true, required: true, indexed: true }),
      field('shop_name', '店名', 'text', { length: 100 }),
      field('town', '乡镇', 'text', { length: 30, indexed: true }),
      field('stars', '星级', 'integer', { min: 0, max: 5 }),
      field('rent', '租金', 'decimal', { scale: 2 }),
      field('opened_on', '开业日期', 'date'),
      field('lon', '经度', 'double', { check: 'longitude' }),
      field('lat', '纬度', 'double', { check: 'latitude' }),
      field('secret_note', '内部备注', 'text', { length: 100 }),
      field('owner', '店主', 'text', { length: 20, grade: 3, mask: 'name' }),
      field('owner_phone', '店主电话', 'text', { length: 20, grade: 3, mask: 'phone', check: 'mobile' }),
      field('owner_born', '店主出生日期', 'date', { grade: 2, mask: 'year' }),
      field('owner_from', '店主籍贯', 'text', { length: 60, grade: 2, mask: 'address', element: 'JG' }),
    ],
    rules: [],
    ...change,
  }
}
export const header = '店铺编号,店名,乡镇,星级,租金,开业日期,经度,纬度,内部备注,店主,店主电话,店主出生日期,店主籍贯\n'
export const hostile = '"<script>alert(1)</script><b>\'&amp;"'
/** n rows; the third has markup in its name, the fourth a formula. */
export function shopCsv(count = rows) {
  let text = header
  for (let n = 1; n <= count; n++) {
    const name = n === 3 ? hostile : n === 4 ? '=1+1' : `店${n}`
    text += `S${String(n).padStart(4, '0')},${name},镇${n % 4},${n % 6},${n}.5${n % 10},2020-01-${String(1 + (n % 28)).padStart(2, '0')},${120 + n / 100},31.${100 + n},密${n},张三${n},1380000${String(n).padStart(4, '0')},1980-01-01,籍贯${n}\n`
  }
  return text
}
export const openFields = ['shop_no', 'shop_name', 'town', 'stars', 'rent', 'opened_on', 'lon', 'lat']

/** The public: no cookie, no key; from an address of its own, as a trusted proxy on this machine would say (serve --trust-proxy). */
export class Public {
  constructor(server, address = '198.51.100.7') {
    Object.assign(this, { server, address })
  }
  async fetch(path, options = {}) {
    return fetch(this.server.url + path, { redirect: 'manual', ...options, headers: { 'x-forwarded-for': this.address, ...options.headers } })
  }
  async page(path) {
    const answer = await this.fetch(path)
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  /** CKAN's way: GET with parameters, or POST with a JSON object; {status, body}. */
  async action(name, params = {}, { get = false, prefix = '/api/3/action/' } = {}) {
    const query = new URLSearchParams(Object.entries(params).map(([k, v]) => [k, typeof v === 'string' ? v : JSON.stringify(v)]))
    const answer = get ? await this.fetch(`${prefix}${name}?${query}`)
      : await this.fetch(prefix + name, { method: 'POST', body: JSON.stringify(params), headers: { 'content-type': 'application/json' } })
    return { status: answer.status, headers: answer.headers, body: await answer.json() }
  }
  async form(path, fields) {
    const answer = await this.fetch(path, { method: 'POST', body: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    return { status: answer.status, location: answer.headers.get('location') }
  }
}

export const terms = { licence: 'cc-by-4.0', attribution: '某市市场监督管理局', frequency: 'monthly', subject: 'market' }
/** Asks and approves; the opening. */
export async function openUp(c, resource, fields = openFields, more = {}) {
  const asked = await c.officer.post('/openings', { resource_id: resource, fields, ...terms, ...more })
  return c.bureau.post(`/openings/${asked.opening_id}/review`, { version: asked.version, decision: 'approve' })
}
/** A city with one resource loaded and not open yet. */
export async function shopCity(server) {
  const c = await city(server)
  const resource = await publish(c, shopDocument())
  const job = await load(c.officer, resource, '店铺.csv', shopCsv())
  if (job.state !== 'reconciled' || job.result.inserted !== rows) throw new Error(JSON.stringify(job))
  return { c, resource }
}
export async function until(check, seconds = 20) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const got = await check()
    if (got) return got
    if (Date.now() > end) throw new Error('waited in vain')
    await new Promise((r) => setTimeout(r, 100))
  }
}
