// Clients of others: a CKAN client and a JSON-LD processor from npm (tests/peers), and the calls that ckanapi and ckanext-harvest make,
// in their form, for what is not in that registry.
import { createRequire } from 'node:module'

const peers = createRequire(new URL('../../build/test-peers/package.json', import.meta.url))

/** ckan.js: a promise for its callback. */
export class CkanJs {
  constructor(server) {
    const CKAN = peers('ckan')
    this.client = new CKAN.Client(server.url)
  }
  call(method, ...args) {
    return new Promise((done, failed) => this.client[method](...args, (error, body) => (error ? failed(new Error(error.message ?? error)) : done(body))))
  }
  async action(name, data = {}) {
    return (await this.call('action', name, data)).result
  }
}

/** What requests makes of a dict: None is left out, lists are repeated, booleans as Python writes them. */
function pythonQuery(params) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null && one !== undefined) query.append(name, one === true ? 'True' : one === false ? 'False' : String(one))
  return query
}

export class CkanApiError extends Error {}
/** ckanapi.RemoteCKAN: address, get_only, apikey; its results and errors. */
export class RemoteCkan {
  constructor(anybody, { getOnly = false, apikey = null } = {}) {
    Object.assign(this, { anybody, getOnly, apikey })
  }
  async call_action(action, data = {}) {
    const headers = { 'user-agent': 'ckanapi/4.11 (+https://github.com/ckan/ckanapi)', 'content-type': 'application/json' }
    if (this.apikey) Object.assign(headers, { 'x-ckan-api-key': this.apikey, authorization: this.apikey })
    const answer = this.getOnly ? await this.anybody.fetch(`/api/action/${action}?${pythonQuery(data)}`, { headers })
      : await this.anybody.fetch('/api/action/' + action, { method: 'POST', headers, body: JSON.stringify(data) })
    const text = await answer.text()
    let error = {}
    try {
      const parsed = JSON.parse(text)
      if (parsed.success) return parsed.result
      error = parsed.error ?? {}
    } catch { /* not JSON */ }
    throw Object.assign(new CkanApiError(text), { name: error.__type ?? 'CKANAPIError', status: answer.status, error })
  }
  /** ckanapi dump datasets|groups|organizations --all */
  async dump(thing, { datastoreFields = false } = {}) {
    const list = { datasets: 'package_list', groups: 'group_list', organizations: 'organization_list' }[thing]
    const show = { datasets: 'package_show', groups: 'group_show', organizations: 'organization_show' }[thing]
    const names = await this.call_action(list, thing === 'datasets' ? { include_private: false, include_drafts: false, include_deleted: false } : {})
    const out = []
    for (const id of names) {
      const one = await this.call_action(show, { id, include_datasets: false, include_password_hash: true, include_users: false })
      for (const resource of datastoreFields ? one.resources : [])
        if (resource.datastore_active) resource.datastore_fields = (await this.call_action('datastore_search', { resource_id: resource.id, limit: 0 })).fields
      out.push(one)
    }
    return out
  }
  /** ckanapi search datasets KEY=STRING … */
  async search(args = {}) {
    const out = []
    for (let start = 0; ; ) {
      const { results } = await this.call_action('package_search', { ...args, start, rows: 1000 })
      out.push(...results)
      if (!results.length) return out
      start += results.length
    }
  }
}

/** ckanext-harvest's CKANHarvester: what is gathered, with what it needs of each to store it. since: a Date of the last harvest. */
export async function harvest(anybody, { since = null, include = [], exclude = [], groups = [], rows = 100 } = {}) {
  const get = async (path) => (await anybody.fetch(path)).json()
  const terms = []
  if (include.length) terms.push(include.map((name) => `organization:${name}`).join(' OR '))
  else terms.push(...exclude.map((name) => `-organization:${name}`))
  if (groups.length) terms.push(groups.map((name) => `groups:${name}`).join(' OR '))
  // datetime.isoformat() with microseconds, an hour before
  if (since) terms.push(`metadata_modified:[${new Date(since - 3600e3).toISOString().slice(0, 23)}456Z TO *]`)
  const found = [], seen = new Set(), organizations = new Map(), remote = new Map()
  let before
  for (let start = 0; ; start += rows) {
    const query = pythonQuery({ rows: String(rows), start: String(start), sort: 'id asc', ...(terms.length ? { fq: terms.join(' ') } : {}) })
    const content = await (await anybody.fetch('/api/3/action/package_search?' + query)).text()
    if (content === before) throw new Error("the paging doesn't seem to work")
    before = content
    const page = (JSON.parse(content).result?.results ?? []).filter((one) => !seen.has(one.id))
    for (const one of page) seen.add(one.id)
    if (!page.length) break
    found.push(...page)
  }
  for (const one of found) {
    for (const group of one.groups) if (!remote.has(group.id)) remote.set(group.id, (await get('/api/3/action/group_show?id=' + group.id)).result)
    if (!organizations.has(one.owner_org)) organizations.set(one.owner_org, (await get('/api/3/action/organization_show?id=' + one.owner_org)).result)
  }
  return { packages: found, groups: [...remote.values()], organizations: [...organizations.values()] }
}
/** What CKAN refuses of a package that is created under that name: field and rule, none when it takes it. */
export function createFaults(one) {
  const faults = []
  const name = one.name.toLowerCase() // the harvester's _gen_new_name
  if (!/^[a-z0-9_-]{2,100}$/.test(name)) faults.push(['name', one.name])
  if (!/^[a-z0-9_-]{2,100}$/.test(one.organization.name)) faults.push(['organization', one.organization.name])
  for (const group of one.groups) if (!/^[a-z0-9_-]{2,100}$/.test(group.name)) faults.push(['group', group.name])
  for (const tag of one.tags) if (!/^[\p{L}\p{N}_ \-.]{2,100}$/u.test(tag.name)) faults.push(['tag', tag.name])
  for (const resource of one.resources) {
    if (!/^[0-9A-Za-z _-]{7,100}$/.test(resource.id)) faults.push(['resource.id', resource.id])
    if (!/^https?:\/\//.test(resource.url)) faults.push(['resource.url', resource.url])
    if (resource.size !== null && !Number.isInteger(resource.size)) faults.push(['resource.size', resource.size])
    for (const time of ['created', 'last_modified']) if (Number.isNaN(Date.parse(resource[time]))) faults.push(['resource.' + time, resource[time]])
  }
  for (const extra of one.extras) if (typeof extra.key !== 'string' || typeof extra.value !== 'string') faults.push(['extras', extra.key])
  if (new Set(one.extras.map((extra) => extra.key)).size !== one.extras.length) faults.push(['extras', 'twice'])
  return faults
}

/** A JSON-LD document as a graph: nodes by id, their properties as full names. Nothing may be dropped on the way (safe). */
export async function graphOf(document) {
  const jsonld = peers('jsonld')
  const documentLoader = (url) => { throw new Error(`the document asks for ${url} to be read`) }
  const flat = await jsonld.flatten(document, null, { documentLoader, safe: true })
  const quads = await jsonld.toRDF(document, { documentLoader, safe: true })
  return { nodes: new Map(flat.map((node) => [node['@id'], node])), quads }
}
const dcat = 'http://www.w3.org/ns/dcat#', dct = 'http://purl.org/dc/terms/', foaf = 'http://xmlns.com/foaf/0.1/', xsd = 'http://www.w3.org/2001/XMLSchema#'
const vcard = 'http://www.w3.org/2006/vcard/ns#'
/** DCAT-AP's classes with their properties: least, most, what a value is: a text, a node (perhaps of a class), a time… */
const shapes = {
  [dcat + 'Catalog']: {
    [dct + 'title']: [1, Infinity, 'text'], [dct + 'description']: [1, Infinity, 'text'], [dct + 'publisher']: [1, 1, foaf + 'Organization'],
    [dcat + 'dataset']: [0, Infinity, dcat + 'Dataset'], [foaf + 'homepage']: [0, 1, 'node'], [dct + 'modified']: [0, 1, 'time'],
  },
  [dcat + 'Dataset']: {
    [dct + 'title']: [1, Infinity, 'text'], [dct + 'description']: [1, Infinity, 'text'], [dct + 'identifier']: [0, Infinity, 'plain'],
    [dct + 'publisher']: [0, 1, foaf + 'Organization'], [dcat + 'contactPoint']: [0, Infinity, vcard + 'Organization'], [dct + 'issued']: [0, 1, 'time'],
    [dct + 'modified']: [0, 1, 'time'], [dct + 'accrualPeriodicity']: [0, 1, 'node'], [dcat + 'theme']: [0, Infinity, 'node'], [dct + 'accessRights']: [0, 1, 'node'],
    [dct + 'language']: [0, Infinity, 'node'], [dcat + 'landingPage']: [0, Infinity, 'node'], [dcat + 'keyword']: [0, Infinity, 'text'],
    [dcat + 'distribution']: [1, Infinity, dcat + 'Distribution'],
  },
  [dcat + 'Distribution']: {
    [dcat + 'accessURL']: [1, Infinity, 'node'], [dcat + 'downloadURL']: [0, Infinity, 'node'], [dct + 'title']: [0, Infinity, 'text'], [dct + 'format']: [0, 1, 'node'],
    [dcat + 'mediaType']: [0, 1, 'node'], [dcat + 'byteSize']: [0, 1, xsd + 'decimal'], [dct + 'license']: [0, 1, 'node'], [dct + 'rights']: [0, 1, 'node'],
    [dct + 'issued']: [0, 1, 'time'], [dct + 'modified']: [0, 1, 'time'],
  },
  [foaf + 'Organization']: { [foaf + 'name']: [1, Infinity, 'text'] },
  [vcard + 'Organization']: { [vcard + 'fn']: [1, 1, 'plain'] },
}
function valueFits(value, kind, nodes) {
  if (kind === 'text') return typeof value['@value'] === 'string' && value['@language'] === 'zh'
  if (kind === 'plain') return typeof value['@value'] === 'string'
  if (kind === 'time') return value['@type'] === xsd + 'dateTime' && !Number.isNaN(Date.parse(value['@value']))
  if (kind.startsWith(xsd)) return value['@type'] === kind && Number.isFinite(Number(value['@value']))
  if (!value['@id']) return false
  return kind === 'node' ? /^https?:|^_:/.test(value['@id']) : nodes.get(value['@id'])?.['@type']?.includes(kind)
}
/** What a graph does not keep of DCAT-AP: one line a fault; and properties that its classes do not have. */
export function dcatFaults({ nodes }) {
  const faults = []
  for (const node of nodes.values())
    for (const type of node['@type'] ?? []) {
      if (!shapes[type]) continue
      for (const [property, [least, most, kind]] of Object.entries(shapes[type])) {
        const values = node[property] ?? []
        if (values.length < least || values.length > most) faults.push(`${node['@id']}: ${values.length} of ${property}`)
        for (const value of values) if (!valueFits(value, kind, nodes)) faults.push(`${node['@id']} ${property}: ${JSON.stringify(value)}`)
      }
      for (const property of Object.keys(node))
        if (!property.startsWith('@') && !property.includes('hydra') && !shapes[type][property]) faults.push(`${node['@id']} has ${property}`)
    }
  return faults
}
export const ofClass = ({ nodes }, name) => [...nodes.values()].filter((node) => node['@type']?.includes(dcat + name))
