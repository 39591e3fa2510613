// A small city for the tests: one supplier, the data bureau, a service account, made through the API as administrators would.
import assert from 'node:assert/strict'
import { Client } from './harness.mjs'

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
/** A citizen number with a right GB 11643 check character, of a region that belongs to nobody. */
export function citizen(n, region = '990001') {
  const birth = new Date(Date.UTC(1950 + (n % 60), n % 12, 1 + (n % 28))).toISOString().slice(0, 10).replaceAll('-', '')
  const body = region + birth + String(n % 1000).padStart(3, '0')
  const sum = [...body].reduce((s, c, i) => s + Number(c) * weights[i], 0)
  return body + '10X98765432'[sum % 11]
}

/** A new account, logged in, with its own chosen password. */
export async function account(server, sys, sec, login, org, roles) {
  const made = await sys.post('/accounts', { login, name: login, org_id: org, kind: 'person' })
  const all = await sys.get('/accounts?q=' + login)
  const one = all.items.find((a) => a.login === login)
  await sec.put(`/accounts/${one.account_id}/roles`, { version: one.version, roles })
  const client = new Client(server)
  server.passwords ??= {}
  server.passwords[login] = made.one_time_password
  const session = await client.login(login, made.one_time_password)
  assert.equal(session.must_change_password, true)
  await client.choosePassword(login, made.one_time_password)
  client.account_id = one.account_id
  return client
}

/** Administrators, a supplier with an officer, the bureau, another department, a service account with a key; ready made with Server.fresh's `city`. */
export async function city(server) {
  if (server.persons) return { server, ...server.persons }
  const sys = await server.as('sysadmin')
  const sec = await server.as('secadmin')
  const audit = await server.as('auditor')
  const supplier = await sys.post('/orgs', { code: '11320281014036912M', name: '市场监督管理局', name_en: 'Market Supervision' })
  const other = await sys.post('/orgs', { code: '11320281014036584Q', name: '公安局', name_en: 'Public Security' })
  const bureauOrg = await sys.post('/orgs', { code: '11320281MB1234567X', name: '大数据管理局', name_en: 'Data Bureau' })
  const officer = await account(server, sys, sec, 'officer', supplier.org_id, ['data_officer'])
  const bureau = await account(server, sys, sec, 'bureau', bureauOrg.org_id, ['data_bureau'])
  const police = await account(server, sys, sec, 'police', other.org_id, ['data_officer'])
  const service = await sys.post('/accounts', { login: 'police-app', name: '警务应用', org_id: other.org_id, kind: 'service' })
  const fresh = (await sec.get('/accounts?q=police-app')).items[0]
  if (!fresh.roles.includes('service')) await sec.put(`/accounts/${service.account_id}/roles`, { version: fresh.version, roles: ['service'] })
  const key = await police.post(`/accounts/${service.account_id}/keys`, { label: 'test' })
  const app = new Client(server)
  app.key = key.secret
  return { server, sys, sec, audit, officer, bureau, police, app, appAccount: service.account_id, keyId: key.key_id,
    supplierOrg: supplier.org_id, otherOrg: other.org_id }
}

let serial = 0
/** A population-like entry; change what the test needs. */
export function peopleDocument(change = {}) {
  serial += 1
  return {
    code: `1A01001/${String(serial).padStart(6, '0')}`, name: `常住人口 ${serial}`, summary: '测试用人口登记', keywords: ['人口'], domain: '人口',
    formats: ['csv'], sharing: 'conditional', sharing_condition: '按履职需要申请', sharing_ways: ['api', 'batch', 'download'], opening: 'closed',
    update_promise: 'monthly', retention_months: 120,
    fields: [
      { name: 'citizen_no', title: '公民身份号码', source_name: '身份证号', kind: 'text', length: 18, key: true, required: true, unique: false, indexed: true, grade: 4, mask: 'id', check: 'gb11643' },
      { name: 'name', title: '姓名', source_name: '姓名', kind: 'text', length: 50, key: false, required: true, unique: false, indexed: false, grade: 3, mask: 'name', check: '' },
      { name: 'birth_date', title: '出生日期', source_name: '出生日期', kind: 'date', key: false, required: false, unique: false, indexed: true, grade: 2, mask: 'year', check: '' },
      { name: 'town', title: '乡镇街道', source_name: '乡镇', kind: 'text', length: 30, key: false, required: false, unique: false, indexed: true, grade: 1, mask: '', check: '' },
      { name: 'height_cm', title: '身高', source_name: '身高', kind: 'integer', key: false, required: false, unique: false, indexed: false, grade: 2, mask: 'round', check: '', min: 20, max: 260 },
      { name: 'updated_on', title: '更新日期', source_name: '更新日期', kind: 'date', key: false, required: false, unique: false, indexed: false, grade: 1, mask: '', check: '' },
    ],
    rules: [{ name: 'born_before_update', expression: 'birth_date == nil or updated_on == nil or updated_on >= birth_date', message: '更新日期早于出生日期' }],
    ...change,
  }
}

/** Registers, submits and publishes a document; the resource id. */
export async function publish(city, document) {
  const made = await city.officer.post('/resources', { document })
  await reviewed(city, made.resource_id)
  return made.resource_id
}

/** Another version of an entry, published. */
export async function revise(city, id, document) {
  await city.officer.put('/resources/' + id, { version: (await city.officer.get('/resources/' + id)).version, document })
  await reviewed(city, id)
}

async function reviewed(city, id) {
  let entry = await city.officer.get('/resources/' + id)
  await city.officer.post(`/resources/${id}/submit`, { version: entry.version })
  entry = await city.bureau.get('/resources/' + id)
  await city.bureau.post(`/resources/${id}/review`, { version: entry.version, decision: 'publish', note: '同意' })
}

export const peopleHeader = '身份证号,姓名,出生日期,乡镇,身高,更新日期\n'
export function peopleRow(n, change = {}) {
  const no = change.citizen_no ?? citizen(n)
  return [no, change.name ?? `张${n}`, change.birth_date ?? '1980-05-01', change.town ?? `镇${n % 21}`, change.height ?? 150 + (n % 40),
    change.updated_on ?? '2026-01-01'].join(',') + '\n'
}
export function peopleCsv(count, from = 0) {
  let text = peopleHeader
  for (let n = from; n < from + count; n++) text += peopleRow(n, { citizen_no: citizenSpread(n) })
  return text
}
/** Distinct numbers for any n < 525 million. */
export function citizenSpread(n) {
  const region = '9900' + String(1 + (n % 21)).padStart(2, '0')
  const m = Math.floor(n / 21)
  const day = new Date(Date.UTC(1940, 0, 1) + (m % 25000) * 86400000).toISOString().slice(0, 10).replaceAll('-', '')
  const body = region + day + String(Math.floor(m / 25000)).padStart(3, '0')
  const sum = [...body].reduce((s, c, i) => s + Number(c) * weights[i], 0)
  return body + '10X98765432'[sum % 11]
}

/** Uploads and loads; the job as it ended. */
export async function load(client, resource, name, bytes, options = {}) {
  const upload = await client.upload(name, bytes)
  const made = await client.post(`/resources/${resource}/jobs`, { upload_id: upload.upload_id, mode: 'full', ...options })
  return client.job(made.job_id)
}
