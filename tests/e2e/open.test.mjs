// Open data: what is asked, checked, reviewed; what the public gets and what it never gets; CKAN clients, harvesters, DCAT, downloads,
// hostile names, rows, words and filters; messages and ratings.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { Server, suite } from './harness.mjs'
import { load, publish, revise } from './city.mjs'
import { CkanJs, RemoteCkan, createFaults, dcatFaults, graphOf, harvest, ofClass } from './open_clients.mjs'
import { Public, openFields, openUp, rows, shopCity, shopCsv, shopDocument, terms, until } from './open_city.mjs'

suite('open data', (engine) => {
  let c, resource, opening, name
  let anybody
  before(async () => {
    ({ c, resource } = await shopCity(await Server.fresh(engine, { city: true, args: ['--trust-proxy', '127.0.0.1'] })))
    anybody = new Public(c.server)
  })
  after(() => c?.server.stop())
  const search = (params, options) => anybody.action('datastore_search', { resource_id: resource, ...params }, options)

  test('nothing is public before it is open', async () => {
    assert.deepEqual((await anybody.action('package_list')).body.result, [])
    assert.equal((await anybody.action('package_show', { id: resource })).status, 404)
    assert.equal((await search({})).status, 404)
    for (const path of [`/open/datasets/${resource}`, `/open/datasets/${resource}.jsonld`, `/open/datasets/${resource}/download/csv`, '/open/nothing'])
      assert.equal((await anybody.page(path)).status, 404, path)
    assert.match((await anybody.page('/open')).text, /还没有开放的数据/)
  })

  test('the check names each personal field and why; asking with one is refused by name', async () => {
    const check = await c.officer.post('/openings/check', { resource_id: resource, fields: [...openFields, 'owner_phone'], quasi: ['town', 'stars'] })
    const why = Object.fromEntries(check.fields.filter((f) => f.reason).map((f) => [f.name, f.rule]))
    assert.deepEqual(why, { owner: 'open_grade', owner_phone: 'open_check', owner_born: 'open_masked', owner_from: 'open_personal' })
    assert.equal(check.may_open, false)
    // 60 rows, town = n % 4, stars = n % 6: 12 groups of 5
    assert.deepEqual([check.k, check.rows, check.groups, check.smallest, check.below], [5, rows, 12, 5, 0])
    const single = await c.officer.post('/openings/check', { resource_id: resource, fields: openFields, quasi: ['shop_no'] })
    assert.deepEqual([single.groups, single.smallest, single.below, single.rows_below], [rows, 1, rows, rows])
    for (const bad of ['owner', 'owner_phone', 'owner_born', 'owner_from']) {
      const refused = await c.officer.refused(400, 'POST', '/openings', { resource_id: resource, fields: ['shop_no', bad], ...terms })
      assert.deepEqual([refused.field, refused.value], ['fields', bad])
      assert.match(refused.detail, new RegExp(`${bad} cannot be opened`))
    }
    await c.officer.refused(400, 'POST', '/openings', { resource_id: resource, fields: ['no_such'], ...terms })
    await c.officer.refused(400, 'POST', '/openings', { resource_id: resource, fields: [], ...terms })
    await c.officer.refused(400, 'POST', '/openings', { resource_id: resource, fields: ['shop_no'], quasi: ['town'], ...terms })
    await c.police.refused(403, 'POST', '/openings', { resource_id: resource, fields: ['shop_no'], ...terms })
    await c.bureau.refused(403, 'POST', '/openings', { resource_id: resource, fields: ['shop_no'], ...terms })
    const shut = await publish(c, shopDocument({ opening: 'closed' }))
    assert.equal((await c.officer.refused(409, 'POST', '/openings', { resource_id: shut, fields: ['shop_no'], ...terms })).rule, 'opening_closed')
  })

  test('numbers of persons in the values keep a field shut, whatever it is declared to be', async () => {
    const loose = await publish(c, shopDocument())
    const text = ['shop_no,shop_name,secret_note', ...Array.from({ length: 40 }, (_, n) => `Q${n},店 ${n},${n % 10 ? '' : '店主 1381234567' + n % 10}`)].join('\n')
    assert.equal((await load(c.officer, loose, 'loose.csv', text + '\n')).state, 'reconciled')
    const note = (await c.officer.post('/openings/check', { resource_id: loose, fields: ['secret_note'] })).fields.find((f) => f.name === 'secret_note')
    assert.deepEqual([note.persons, note.rule], [4, 'open_values'])
    assert.deepEqual([(await c.officer.refused(400, 'POST', '/openings', { resource_id: loose, fields: ['shop_no', 'secret_note'], ...terms })).rule], ['open_values'])
    // asked while it was clean, loaded since: not approved
    const asked = await c.officer.post('/openings', { resource_id: loose, fields: ['shop_no', 'shop_name'], ...terms })
    assert.equal((await load(c.officer, loose, 'later.csv', text.replace('店 3,', '店 13912345678,') + '\n')).state, 'reconciled')
    assert.equal((await c.bureau.refused(400, 'POST', `/openings/${asked.opening_id}/review`, { version: 1, decision: 'approve' })).value, 'shop_name')
    await c.bureau.post(`/openings/${asked.opening_id}/review`, { version: 1, decision: 'return', note: '店名中有手机号' })
    // open while it was clean, loaded since: closed by itself, both sides are told what to mend
    assert.equal((await load(c.officer, loose, 'clean.csv', text + '\n')).state, 'reconciled')
    const { opening_id: id } = await openUp(c, loose, ['shop_no', 'shop_name'])
    assert.equal((await load(c.officer, loose, 'again.csv', text.replace('店 3,', '店 13912345678,') + '\n')).state, 'reconciled')
    const closed = await until(async () => { const one = await c.officer.get('/openings/' + id); return one.state === 'closed' && one })
    assert.match(closed.close_reason, /店名.*1 处/)
    assert.equal((await anybody.action('package_show', { id: loose })).status, 404)
    for (const who of [c.officer, c.bureau]) assert.ok((await who.get('/notices')).items.some((one) => one.about === '/openings'), 'told')
    assert.ok((await c.audit.evidence('action=opening.close', (items) => items.length > 0)).some((one) => JSON.stringify(one).includes('open_values')))
    assert.equal((await c.officer.refused(400, 'POST', '/openings', { resource_id: loose, fields: ['shop_name'], ...terms })).rule, 'open_values')
  })

  test('asked, returned with a reason, asked again, approved by another person', async () => {
    const first = await c.officer.post('/openings', { resource_id: resource, fields: openFields, quasi: ['town', 'stars'], note: '请审核', ...terms })
    assert.deepEqual([first.state, first.checks.smallest, first.checks.groups], ['asked', 5, 12])
    assert.equal((await c.officer.refused(409, 'POST', '/openings', { resource_id: resource, fields: openFields, ...terms })).rule, 'asked_already')
    await c.officer.refused(403, 'POST', `/openings/${first.opening_id}/review`, { version: 1, decision: 'approve' })
    await c.bureau.refused(400, 'POST', `/openings/${first.opening_id}/review`, { version: 1, decision: 'return' })
    await c.bureau.refused(409, 'POST', `/openings/${first.opening_id}/review`, { version: 9, decision: 'return', note: '不对' })
    const returned = await c.bureau.post(`/openings/${first.opening_id}/review`, { version: 1, decision: 'return', note: '请说明租金来源' })
    assert.deepEqual([returned.state, returned.review_note], ['returned', '请说明租金来源'])
    assert.deepEqual((await anybody.action('package_list')).body.result, [])
    opening = await openUp(c, resource, openFields, { quasi: ['town'] })
    assert.equal(opening.state, 'open')
    assert.equal((await c.police.get('/openings')).items.length, 0, 'other departments see none')
    assert.equal((await c.bureau.get('/openings?resource=' + resource)).items.length, 2)
    assert.equal((await c.officer.get(`/openings/${opening.opening_id}`)).may.close, true)
  })

  test('who asks does not review, even with both roles', async () => {
    const both = (await c.sys.get('/accounts?q=officer')).items.find((a) => a.login === 'officer')
    const other = await publish(c, shopDocument())
    await c.sec.put(`/accounts/${both.account_id}/roles`, { version: both.version, roles: ['data_officer', 'data_bureau'] })
    await c.officer.login('officer', c.server.passwords.officer)
    const asked = await c.officer.post('/openings', { resource_id: other, fields: ['shop_no'], ...terms })
    assert.equal((await c.officer.refused(403, 'POST', `/openings/${asked.opening_id}/review`, { version: 1, decision: 'approve' })).rule, 'own_review')
    const withdrawn = await c.officer.post(`/openings/${asked.opening_id}/close`, { version: 1, reason: '还没有准备好' })
    assert.equal(withdrawn.state, 'withdrawn')
    const now = (await c.sys.get('/accounts?q=officer')).items.find((a) => a.login === 'officer')
    await c.sec.put(`/accounts/${both.account_id}/roles`, { version: now.version, roles: ['data_officer'] })
    await c.officer.login('officer', c.server.passwords.officer)
  })

  test('a CKAN client works by GET and by POST, on both prefixes', async () => {
    for (const how of [{}, { get: true }, { prefix: '/api/action/' }, { get: true, prefix: '/api/action/' }]) {
      const listed = await anybody.action('package_list', {}, how)
      assert.equal(listed.status, 200)
      assert.equal(listed.body.success, true)
      assert.match(listed.body.help, /\/api\/3\/action\/help_show\?name=package_list$/)
      name = listed.body.result[0]
      const shown = (await anybody.action('package_show', { id: name }, how)).body.result
      assert.equal(shown.id, resource)
      assert.equal(shown.organization.title, '市场监督管理局')
      assert.deepEqual(shown.groups.map((g) => g.name), ['market'])
      assert.deepEqual(shown.resources.map((r) => r.format), ['CSV', 'XLSX', 'JSON Lines', 'GeoJSON'])
      const one = (await anybody.action('resource_show', { id: shown.resources[1].id }, how)).body.result
      assert.deepEqual(one, shown.resources[1])
      const found = (await anybody.action('package_search', { q: '店铺', fq: 'organization:' + shown.organization.name + ' +groups:market', rows: 5, 'facet.field': ['organization', 'groups'] }, how)).body.result
      assert.equal(found.count, 1)
      assert.deepEqual(found.facets.groups, { market: 1 })
      assert.equal(found.search_facets.organization.items[0].count, 1)
      const data = (await anybody.action('datastore_search', { resource_id: shown.resources[0].id, limit: 7, sort: 'shop_no desc', fields: how.get ? 'shop_no,rent' : ['shop_no', 'rent'] }, how)).body.result
      assert.equal(data.total, rows)
      assert.deepEqual(data.fields.map((f) => f.id), ['shop_no', 'rent'], 'as CKAN: _id when it is named, or when nothing is')
      assert.deepEqual(data.records.map((r) => r.shop_no).slice(0, 2), ['S0060', 'S0059'])
      assert.deepEqual(Object.keys(data.records[0]), ['shop_no', 'rent'])
    }
    for (const fields of [undefined, ['_id'], ['_id', 'rent']])
      assert.ok(Number.isSafeInteger((await search({ limit: 1, fields })).body.result.records[0]._id))
    assert.deepEqual(Object.keys((await search({ limit: 1, fields: '_id' })).body.result.records[0]), ['_id'])
    const twice = await anybody.fetch(`/api/3/action/datastore_search?resource_id=${resource}&fields=shop_no&fields=rent&limit=1`)
    assert.deepEqual((await twice.json()).result.fields.map((f) => f.id), ['shop_no', 'rent'], 'lists as requests sends them')
    assert.deepEqual((await anybody.action('group_list')).body.result, ['market'])
    assert.equal((await anybody.action('group_list', { all_fields: true })).body.result[0].package_count, 1)
    const org = (await anybody.action('organization_list', { all_fields: true })).body.result[0]
    assert.equal((await anybody.action('organization_show', { id: org.id, include_datasets: true })).body.result.packages[0].id, resource)
    assert.equal((await anybody.action('group_show', { id: 'market' })).body.result.title, '市场监管')
    assert.ok((await anybody.action('tag_list')).body.result.includes('shop'))
    assert.equal((await anybody.action('site_read')).body.result, true)
    assert.deepEqual((await anybody.action('status_show', {}, { get: true })).body.result.extensions, ['datastore'])
    // an old API key in the header is no hindrance
    const keyed = await anybody.fetch('/api/3/action/package_list', { headers: { authorization: 'f3a1-not-ours' } })
    assert.equal(keyed.status, 200)
  })

  test('distinct values, records as lists, CSV and TSV, the fields of a search, what a resource has', async () => {
    const towns = (await search({ fields: 'town', distinct: true, sort: 'town desc' })).body.result
    assert.deepEqual([towns.total, towns.records.map((r) => r.town)], [4, ['镇3', '镇2', '镇1', '镇0']])
    const pairs = (await search({ fields: ['town', 'stars', 'town'], distinct: 'true', filters: { 'stars.gte': 4 }, limit: 2, offset: 1 })).body.result
    assert.deepEqual([pairs.total, pairs.records], [4, [{ town: '镇1', stars: 5 }, { town: '镇2', stars: 4 }]])
    assert.equal((await search({ distinct: true })).body.result.total, rows, 'with _id no two rows are equal')
    assert.equal((await search({ fields: 'rent', distinct: true, include_total: false, limit: 3 })).body.result.total, undefined)
    const lists = (await search({ records_format: 'lists', fields: ['_id', 'shop_no', 'stars', 'rent'], sort: 'shop_no', limit: 2 })).body.result
    assert.deepEqual(lists.fields.map((f) => f.id), ['_id', 'shop_no', 'stars', 'rent'])
    assert.deepEqual(lists.records.map((r) => r.slice(1)), [['S0001', 1, 1.51], ['S0002', 2, 2.52]])
    const sheet = { fields: ['shop_no', 'shop_name', 'stars'], sort: 'shop_no', offset: 2, limit: 2 }
    assert.equal((await search({ ...sheet, records_format: 'csv' })).body.result.records, `S0003,<script>alert(1)</script><b>'&amp;,3\nS0004,=1+1,4\n`)
    assert.equal((await search({ ...sheet, fields: 'shop_no,shop_name,stars', records_format: 'tsv', offset: 3, limit: 1 }, { get: true })).body.result.records, 'S0004\t=1+1\t4\n')
    assert.equal((await search({ ...sheet, records_format: 'csv', offset: 5000 })).body.result.records, '')
    assert.equal((await search({ full_text: 'S0007' })).body.result.total, 1)
    const chosen = (await anybody.action('package_search', { q: '店铺', fl: ['id', 'name', 'organization', 'tags', 'res_format', 'metadata_modified', 'extras_catalogue_code', 'state'] })).body.result.results[0]
    assert.deepEqual(Object.keys(chosen), ['id', 'name', 'organization', 'tags', 'res_format', 'metadata_modified', 'catalogue_code', 'state'])
    assert.deepEqual([chosen.id, chosen.name, chosen.res_format, chosen.state], [resource, name, ['CSV', 'XLSX', 'JSON Lines', 'GeoJSON'], 'active'])
    assert.deepEqual((await anybody.action('package_search', { fl: 'id,title' }, { get: true })).body.result.results.map((one) => [Object.keys(one), one.id]), [[['id', 'title'], resource]])
    const info = (await anybody.action('datastore_info', { id: resource + '-csv' })).body.result
    assert.deepEqual([info.meta.count, info.meta.id, info.fields.map((f) => f.id)], [rows, resource + '-csv', openFields])
    assert.deepEqual([info.fields[0].schema.is_index, info.fields[3].type, info.fields[3].info.label], [true, 'int8', '星级'])
    assert.equal((await anybody.action('datastore_info', { id: 'nope' })).status, 404)
    const formats = (await anybody.action('resource_search', { query: ['name:开放店铺', 'format:json'], order_by: 'name' })).body.result
    assert.deepEqual([formats.count, formats.results.map((r) => r.id)], [2, [resource + '-geojson', resource + '-jsonl']])
    assert.equal((await anybody.action('resource_search', { query: 'description:内部备注' })).body.result.count, 0)
    assert.deepEqual((await anybody.action('package_autocomplete', { q: '开放店' })).body.result.map((p) => [p.name, p.match_field]), [[name, 'title']])
    assert.equal((await anybody.action('current_package_list_with_resources', { limit: 5 })).body.result[0].id, resource)
    assert.equal((await anybody.action('tag_show', { id: 'shop', include_datasets: true })).body.result.packages[0].id, resource)
    assert.ok((await anybody.action('license_list')).body.result.some((l) => l.id === 'cc-by-4.0' && l.url.startsWith('https://')))
    assert.match((await anybody.action('datastore_search_sql', { sql: 'SELECT 1' })).body, /^Bad request - Action name not known: datastore_search_sql; use datastore_search/)
  })

  test('JSONP: GET alone, the name of a function alone, as a script', async () => {
    const script = async (callback, more = '') => {
      const answer = await anybody.fetch(`/api/3/action/package_search?q=shop${more}&callback=${encodeURIComponent(callback)}`)
      return { status: answer.status, type: answer.headers.get('content-type'), nosniff: answer.headers.get('x-content-type-options'), text: await answer.text() }
    }
    for (const callback of ['show', 'jQuery1_2', 'app.data.$take']) {
      const { status, type, nosniff, text } = await script(callback)
      assert.deepEqual([status, type, nosniff], [200, 'application/javascript;charset=utf-8', 'nosniff'])
      assert.ok(text.startsWith(`/**/${callback}({`) && text.endsWith('});'), text.slice(0, 40))
      let got
      const body = text.replace(callback, 'take')
      new Function('take', body)((answer) => { got = answer })
      assert.equal(got.result.results[0].id, resource)
    }
    for (const bad of ['', '1a', 'a-b', 'alert(1)//', 'a..b', 'a.', '<script>', 'a;b', 'x'.repeat(101), '店']) {
      const { status, type, text } = await script(bad)
      assert.deepEqual([status, type], [409, 'application/json;charset=utf-8'], bad)
      assert.match(JSON.parse(text).error.callback[0], /name of a function/)
    }
    assert.equal((await script('a', '&callback=b')).status, 409, 'two of them')
    const refused = await script('show', '&fq=nonsense:x')
    assert.deepEqual([refused.status, refused.type], [400, 'application/json;charset=utf-8'], 'as CKAN: only what went well is a script')
    for (const path of ['/api/v1/resources?callback=a', '/open/catalog.jsonld?callback=a']) assert.doesNotMatch((await anybody.fetch(path)).headers.get('content-type'), /javascript/)
  })

  test('a CKAN client from npm: ckan.js lists, shows, reads rows and reports errors', async () => {
    const client = new CkanJs(c.server)
    assert.deepEqual(await client.action('dataset_list'), [name])
    const shown = await client.action('dataset_show', { id: name })
    assert.equal((await client.action('dataset_search', { q: '店铺', rows: 1 })).results[0].id, shown.id)
    const resourceId = shown.resources[0].id
    const page = await client.call('datastoreQuery', { resource_id: resourceId, size: 3, from: 3, sort: [{ field: 'shop_no', order: 'desc' }], filters: [{ type: 'term', field: 'town', term: '镇1' }] })
    assert.deepEqual([page.total, page.hits.map((r) => r.shop_no)], [15, ['S0045', 'S0041', 'S0037']])
    assert.deepEqual(page.fields.filter((f) => ['shop_no', 'stars'].includes(f.id)).map((f) => f.type), ['string', 'integer'])
    assert.deepEqual((await client.call('datastoreResources')).result.records.map((r) => r.name), [resourceId])
    await assert.rejects(client.action('dataset_show', { id: 'nope' }), /HTTP code 404.*Not Found Error/s)
    await assert.rejects(client.action('datastore_search_sql', { sql: 'SELECT 1' }), /HTTP code 400.*use datastore_search/s)
    // in a browser it sends the JSON text as a form, as jQuery does
    const form = await anybody.fetch('/api/3/action/datastore_search', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }, body: encodeURIComponent(JSON.stringify({ resource_id: resourceId, filters: { town: '镇1' }, limit: 1 })) })
    assert.equal((await form.json()).result.total, 15)
  })

  test('ckanapi and the CKAN harvester: their calls, one for one', async () => {
    for (const remote of [new RemoteCkan(anybody), new RemoteCkan(anybody, { getOnly: true }), new RemoteCkan(anybody, { apikey: 'not-of-here' })]) {
      const [dumped] = await remote.dump('datasets', { datastoreFields: true })
      assert.equal(dumped.id, resource)
      assert.deepEqual(dumped.resources[0].datastore_fields.map((f) => f.id), ['_id', ...openFields])
      assert.equal((await remote.dump('organizations'))[0].title, '市场监督管理局')
      assert.equal((await remote.dump('groups'))[0].name, 'market')
      assert.equal((await remote.search({ q: 'shop', fq: 'groups:market' }))[0].id, resource)
      await assert.rejects(remote.call_action('package_show', { id: 'nope' }), { name: 'Not Found Error', status: 404 })
      await assert.rejects(remote.call_action('package_search', { q: '(' }), { name: 'Search Query Error', status: 400 })
      await assert.rejects(remote.call_action('datastore_search', { resource_id: resource, fields: ['owner'] }), { name: 'Validation Error', status: 409 })
      await assert.rejects(remote.call_action('package_create', { name: 'x' }), { name: 'CKANAPIError', status: 400 })
    }
    const org = (await anybody.action('organization_list')).body.result[0]
    for (const how of [{}, { include: [org, 'other'] }, { exclude: ['other', 'more'] }, { groups: ['market', 'health'] }, { since: new Date() }, { include: [org], groups: ['market'], since: new Date(), rows: 1 }]) {
      const got = await harvest(anybody, how)
      assert.deepEqual([got.packages.map((p) => p.id), got.organizations[0].name, got.groups[0].title], [[resource], org, '市场监管'], JSON.stringify(how))
      assert.deepEqual(got.packages.flatMap(createFaults), [])
    }
    for (const how of [{ exclude: [org] }, { groups: ['health'] }, { since: new Date(Date.now() + 3 * 3600e3) }]) assert.deepEqual((await harvest(anybody, how)).packages, [], JSON.stringify(how))
  })

  test("CKAN's error shapes", async () => {
    const gone = await anybody.action('package_show', { id: 'nope' })
    assert.equal(gone.status, 404)
    assert.deepEqual([gone.body.success, gone.body.error.__type], [false, 'Not Found Error'])
    const missing = await anybody.action('package_show', {})
    assert.equal(missing.status, 409)
    assert.deepEqual(missing.body.error, { __type: 'Validation Error', id: ['Missing value'] })
    const unknown = await anybody.action('package_create', { name: 'x' })
    assert.equal(unknown.status, 400)
    assert.match(unknown.body, /^Bad request - Action name not known: package_create/)
    const broken = await anybody.fetch('/api/3/action/package_show', { method: 'POST', body: '{"id":', headers: { 'content-type': 'application/json' } })
    assert.equal(broken.status, 400)
    assert.match(await broken.json(), /^Bad request - JSON Error/)
    assert.equal((await anybody.action('package_search', { rows: -1 })).status, 409)
    assert.equal((await anybody.action('resource_show', { id: resource + '-pdf' })).status, 404)
  })

  test('a harvester pages through everything; past the end is an empty page', async () => {
    const seen = new Set()
    for (let offset = 0; ; offset += 7) {
      const page = (await search({ limit: 7, offset })).body.result
      assert.equal(page.total, rows)
      if (!page.records.length) break
      for (const record of page.records) seen.add(record.shop_no)
    }
    assert.equal(seen.size, rows)
    const far = await search({ limit: 5, offset: 99999999 })
    assert.deepEqual([far.status, far.body.result.records.length, far.body.result.total], [200, 0, rows])
    assert.equal((await search({ limit: 99999 })).body.result.limit, 1000, 'capped as CKAN caps it')
    assert.deepEqual((await anybody.action('package_search', { start: 5000 })).body.result.results, [])
    const marks = (await search({ limit: 60 })).body.result.records.map((r) => r._id)
    assert.equal(new Set(marks).size, rows)
    assert.deepEqual((await search({ limit: 60 })).body.result.records.map((r) => r._id), marks, 'the same rows in the same order')
  })

  test('filters, words and order', async () => {
    assert.equal((await search({ filters: { town: '镇1' } })).body.result.total, 15)
    assert.equal((await search({ filters: { town: ['镇1', '镇2'] } })).body.result.total, 30)
    assert.equal((await search({ filters: JSON.stringify({ stars: 3 }) }, { get: true })).body.result.total, 10)
    assert.equal((await search({ filters: { 'stars.gte': 4, town: '镇0' } })).body.result.total, 5)
    assert.equal((await search({ q: 'S0007' })).body.result.total, 1)
    assert.equal((await search({ q: 's0007' })).body.result.total, 1)
    assert.equal((await search({ q: '100%' })).body.result.total, 0)
    const sorted = (await search({ sort: 'stars desc, shop_no asc', limit: 3 })).body.result.records
    assert.deepEqual(sorted.map((r) => r.shop_no), ['S0005', 'S0011', 'S0017'])
    assert.equal(typeof sorted[0].rent, 'number')
    assert.equal((await search({ include_total: false })).body.result.total, undefined)
  })

  test('searches as harvesters and ckanapi send them; what is not understood is named, nothing is passed over', async () => {
    const found = async (params, how) => (await anybody.action('package_search', params, how)).body.result?.count
    const shown = (await anybody.action('package_show', { id: resource })).body.result
    const org = shown.organization.name
    // ckanext-harvest: what changed since, of some organisations, by id, 100 a page
    const since = shown.metadata_modified.slice(0, 19) + 'Z', hour = new Date(Date.parse(since) + 3600e3).toISOString()
    assert.equal(await found({ fq: `metadata_modified:[${since} TO *] +organization:(${org} OR other_org)`, sort: 'id asc', rows: 100, start: 0 }), 1)
    assert.equal(await found({ fq: `metadata_modified:[${hour} TO *]`, sort: 'id asc' }, { get: true }), 0)
    assert.equal(await found({ fq: `-organization:"${org}" -organization:other` }), 0)
    // ckanapi: fq_list, q with fields, facets with limits
    assert.equal(await found({ q: 'title:店铺 AND -notes:没有', fq_list: ['state:active', '+dataset_type:dataset', 'groups:(market OR transport)'] }), 1)
    assert.equal(await found({ fq: ['res_format:CSV', 'res_format:PDF'] }), 0)
    assert.equal(await found({ fq_list: '["res_format:CSV"]' }, { get: true }), 1)
    assert.equal(await found({ q: '"开放店铺" OR 公厕', include_private: true, sort: 'score desc, metadata_modified desc' }), 1)
    assert.equal(await found({ q: '"店铺开放"' }), 0)
    const facets = (await anybody.action('package_search', { rows: 0, 'facet.field': ['tags'], 'facet.limit': 1, 'facet.mincount': 1 })).body.result.facets
    assert.equal(Object.keys(facets.tags).length, 1)
    assert.deepEqual((await anybody.action('package_search', { facet: false, 'facet.field': ['tags'] })).body.result.facets, {})
    // words as in the catalogue: initials, syllables, full width, names of fields that are open
    for (const q of ['kfdp', 'dianpu', 'ＳＨＯＰ', 'dpbh', '店铺编号', 'shop_no']) assert.equal(await found({ q }), 1, q)
    assert.match((await anybody.page('/open/search?q=kfdp')).text, /1 份数据/)
    for (const q of ['nbbz', '内部备注', 'secret_note', 'dzdh']) assert.equal(await found({ q }), 0, q + ': not open')
    for (const [params, part] of [[{ fq: 'extras_theme:x' }, 'extras_theme'], [{ fq: 'metadata_modified:[yesterday TO *]' }, 'yesterday'], [{ q: 'title:店铺^4' }, '店铺^'], [{ q: '(店铺' }, '(店铺'],
      [{ fq_list: [1] }, 'fq_list'], [{ fq: { state: 'active' } }, 'fq'], [{ fq: 1.5 }, 'fq'], [{ sort: 'views_recent desc' }, 'views_recent'], [{ sort: 'id, title sideways' }, 'sideways'], [{ 'facet.field': ['vocab_x'] }, 'vocab_x'], [{ fl: 'id,secret_note' }, 'secret_note']]) {
      const refused = await anybody.action('package_search', params)
      assert.deepEqual([refused.status, refused.body.error.__type], [400, 'Search Query Error'], JSON.stringify(params))
      assert.match(refused.body.error.message, /^Search Query is invalid: /)
      assert.ok(refused.body.error.message.includes(part), refused.body.error.message)
    }
    for (const [action, params, part] of [['package_search', { qf: 'title' }, '__junk'], ['package_search', { q: ['a'] }, 'q'], ['package_search', { 'facet.limit': 'x' }, 'facet.limit'], ['package_show', { id: resource, include_tracking: true }, 'include_tracking'],
      ['group_list', { sort: 'size' }, 'sort'], ['organization_list', { type: 'company' }, 'type'], ['tag_list', { vocabulary_id: 'x' }, 'vocabulary_id'], ['datastore_search', { resource_id: resource, plain: false, q: 'a|b' }, 'plain'],
      ['datastore_search', { resource_id: resource, callback: 'x' }, 'callback'], ['datastore_search', { resource_id: resource, records_format: 'xml' }, 'records_format'], ['datastore_search', { resource_id: resource, include_next_page: true }, 'include_next_page'],
      ['datastore_search', { resource_id: resource, distinct: true, fields: ['town'], sort: 'stars' }, 'sort'], ['datastore_search', { resource_id: resource, q: 'a', full_text: 'b' }, 'full_text'], ['resource_search', {}, 'query'], ['resource_search', { query: 'owner:x' }, 'query'], ['datastore_search', { resource_id: resource, sort: 'town,stars,rent,lon,lat' }, 'sort'],
      ['datastore_search', { resource_id: resource, filters: { town: ['镇1', null] } }, 'town'], ['datastore_search', { resource_id: resource, filters: { stars: { gte: 3 } } }, 'stars'], ['datastore_search', { resource_id: resource, q: 'a b c d e f g h i' }, 'q'],
      ['datastore_search', { resource_id: resource, q: ['a'] }, 'q'], ['datastore_search', { resource_id: resource, fields: 1.5 }, 'fields']]) {
      const refused = await anybody.action(action, params)
      assert.deepEqual([refused.status, refused.body.error.__type], [409, 'Validation Error'], JSON.stringify(params))
      assert.ok(refused.body.error[part]?.[0], JSON.stringify(refused.body.error))
    }
    // rows: words in one field, numbers and dates as they are
    assert.equal((await search({ q: { shop_no: 'S0007' } })).body.result.total, 1)
    assert.equal((await search({ q: JSON.stringify({ town: '镇1', shop_no: 's000' }) }, { get: true })).body.result.total, 3)
    assert.equal((await search({ q: '镇1 7.57' })).body.result.total, 0)
    assert.equal((await search({ q: '7.57' })).body.result.total, 1)
    assert.equal((await search({ q: '2020-01-08 镇3' })).body.result.total, 2)
    assert.deepEqual((await anybody.action('group_list', { groups: ['other'] })).body.result, [])
    assert.deepEqual((await anybody.action('organization_list', { organizations: org + ',other', sort: 'package_count desc' })).body.result, [org])
    assert.deepEqual((await anybody.action('group_show', { id: 'market', include_users: true, include_dataset_count: false })).body.result.users, [])
  })

  test('what is not open cannot be asked for by fields, filters or sort; injection is refused by name', async () => {
    const none = (await search({ limit: 60 })).body.result
    for (const record of none.records) assert.deepEqual(Object.keys(record).sort(), ['_id', ...openFields].sort())
    const text = JSON.stringify(none)
    assert.doesNotMatch(text, /0510-1234567|1380000|张三|密\d|1980-01-01|籍贯/)
    for (const bad of ['secret_note', 'owner', 'owner_phone', 'owner_born', 'rid', 'record_id', 'f1', 'no_such', "shop_no'; DROP TABLE opening; --", 'shop_no) OR (1=1']) {
      for (const [what, params] of [['fields', { fields: [bad] }], ['filters', { filters: { [bad]: 'x' } }], ['sort', { sort: `${bad} desc` }]]) {
        const answer = await search(params)
        assert.equal(answer.status, 409, `${what} ${bad}: ${JSON.stringify(answer.body)}`)
        assert.equal(answer.body.error.__type, 'Validation Error')
        assert.ok(answer.body.error[what][0].includes(bad.split(' ')[0].slice(0, 8)), JSON.stringify(answer.body.error))
      }
    }
    assert.equal((await search({ sort: 'shop_no; DROP TABLE opening' })).status, 409)
    assert.equal((await search({ filters: [1] })).status, 409)
    assert.equal((await search({ filters: '{"town":' })).status, 409)
    assert.equal((await search({ nonsense: 1 })).body.error.__junk[0].includes('nonsense'), true)
    for (const bad of ['secret_note', 'owner']) assert.equal((await search({ distinct: true, fields: [bad] })).status, 409)
    for (const bad of ['secret_note', 'owner', 'no_such']) assert.match((await search({ q: { [bad]: 'S' } })).body.error.q[0], new RegExp(bad))
    assert.equal((await search({ q: "' OR 1=1 --" })).body.result.total, 0)
    assert.equal((await search({ q: '密7' })).body.result.total, 0, 'words are not found in fields that are not open')
    assert.equal((await search({ q: '张三7' })).body.result.total, 0)
    assert.equal((await anybody.action('package_search', { fq: 'capacity_secret:x' })).status, 400)
    assert.equal((await anybody.action('package_search', { sort: 'name); DROP' })).status, 400)
    assert.equal((await anybody.action('package_search', { q: '内部备注' })).body.result.count, 0, 'not even their names are found')
    // the public's way gives nothing of the departments' way
    assert.equal((await anybody.fetch(`/api/v1/data/${resource}/records`)).status, 401)
    assert.equal((await anybody.fetch('/api/v1/openings')).status, 401)
    assert.equal((await anybody.fetch('/api/v1/open-messages')).status, 401)
  })

  test('downloads: CSV with BOM, XLSX, JSON Lines, GeoJSON; named by entry and date; only what is open', async () => {
    const got = {}
    for (const format of ['csv', 'xlsx', 'jsonl', 'geojson']) {
      const answer = await until(async () => {
        const one = await anybody.fetch(`/open/datasets/${name}/download/${format}`)
        return one.status === 200 && one
      })
      assert.match(decodeURIComponent(answer.headers.get('content-disposition')), new RegExp(`filename\\*=UTF-8''开放店铺 \\d+-\\d{4}-\\d\\d-\\d\\d\\.${format}$`))
      got[format] = new Uint8Array(await answer.arrayBuffer())
      const again = await anybody.fetch(`/open/datasets/${name}/download/${format}`, { headers: { 'if-none-match': answer.headers.get('etag') } })
      assert.equal(again.status, 304)
    }
    assert.deepEqual([...got.csv.slice(0, 3)], [0xef, 0xbb, 0xbf])
    const csv = new TextDecoder().decode(got.csv).split('\r\n')
    assert.equal(csv[0].replace('\ufeff', ''), openFields.join(','))
    assert.equal(csv.length, rows + 2)
    assert.ok(csv.some((line) => line.includes("'=1+1")), 'a formula does not run in a spreadsheet')
    assert.deepEqual([...got.xlsx.slice(0, 2)], [0x50, 0x4b])
    const lines = new TextDecoder().decode(got.jsonl).trim().split('\n').map((line) => JSON.parse(line))
    assert.equal(lines.length, rows)
    assert.deepEqual(Object.keys(lines[0]), openFields)
    const seventh = lines.find((line) => line.shop_no === 'S0007')
    assert.deepEqual([seventh.town, seventh.stars, seventh.rent, seventh.opened_on], ['镇3', 1, 7.57, '2020-01-08'])
    const geo = JSON.parse(new TextDecoder().decode(got.geojson))
    assert.equal(geo.features.length, rows)
    assert.deepEqual(geo.features.find((f) => f.properties.shop_no === 'S0007').geometry, { type: 'Point', coordinates: [120.07, 31.107] })
    for (const bytes of Object.values(got)) assert.doesNotMatch(new TextDecoder('latin1').decode(bytes), /1380000/)
    for (const format of ['pdf', '../../store.url', 'csv%2f..'])
      assert.ok([400, 404].includes((await anybody.page(`/open/datasets/${name}/download/${format}`)).status), format)
  })

  test('markup in names and rows comes out escaped on every page', async () => {
    const title = '<img src=x onerror=alert(2)>"\'&店'
    const document = shopDocument({ name: title, summary: '</p><script>alert(3)</script>', keywords: ['"><svg onload=alert(4)>'], contact: '<i>x</i>' })
    document.fields[1].title = '<u>店名</u>'
    const evil = await publish(c, document)
    assert.equal((await load(c.officer, evil, 'x.csv', shopCsv(15).replace('店名', '<u>店名</u>'), { mapping: { shop_name: '<u>店名</u>' } })).state, 'reconciled')
    await openUp(c, evil, openFields, { attribution: '<script>alert(5)</script>' })
    const paths = ['/open', '/open?q=' + encodeURIComponent('"><script>alert(6)</script>'), '/open/search', '/open/search?q=' + encodeURIComponent('"><script>alert(6)</script>'),
      `/open/search?subject=${encodeURIComponent('"><script>')}&tag=${encodeURIComponent('"><svg onload=alert(4)>')}&lang=en`, `/open/datasets/${evil}`, `/open/datasets/${evil}?lang=en&big=1&said=<script>`,
      `/open/datasets/${resource}`, '/open/developers', '/sitemap.xml', '/open/' + encodeURIComponent('<script>alert(7)')]
    for (const path of paths) {
      const page = await anybody.page(path)
      assert.doesNotMatch(page.text, /<script|<img|<svg|<i>x|<u>|<b>'/i, path)
      assert.doesNotMatch(page.text.replace(/"[^"]*"/g, '""'), /<[a-z]+[^>]* on[a-z]+=/i, path)
      if (!path.endsWith('.xml')) assert.match(page.headers.get('content-security-policy'), /default-src 'none'; style-src 'self'/)
    }
    assert.match((await anybody.page(`/open/datasets/${evil}`)).text, /&lt;img src=x onerror=alert\(2\)&gt;/)
    assert.match((await anybody.page(`/open/datasets/${evil}`)).text, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
    assert.equal(JSON.parse((await anybody.page(`/open/datasets/${evil}.jsonld`)).text)['dct:title']['@value'], title)
    await c.bureau.post(`/openings/${(await c.bureau.get('/openings?resource=' + evil)).items[0].opening_id}/stop`, { version: 2, reason: '测试结束' })
  })

  test('DCAT-AP: structure of the catalogue and of a dataset', async () => {
    const catalog = JSON.parse((await anybody.page('/open/catalog.jsonld')).text)
    assert.equal(catalog['@type'], 'dcat:Catalog')
    for (const key of ['dct:title', 'dct:description', 'dct:publisher', 'dcat:dataset', 'hydra:totalItems', 'hydra:view']) assert.ok(catalog[key], key)
    const checked = catalog['dcat:dataset'].find((one) => one['dct:identifier'] === resource)
    const alone = JSON.parse((await anybody.page(`/open/datasets/${name}.jsonld`)).text)
    for (const one of [checked, alone]) {
      assert.equal(one['@type'], 'dcat:Dataset')
      for (const key of ['dct:title', 'dct:description']) assert.equal(one[key]['@language'], 'zh')
      for (const key of ['dct:issued', 'dct:modified']) assert.ok(Date.parse(one[key]['@value']), key)
      assert.equal(one['dct:accrualPeriodicity']['@id'], 'http://publications.europa.eu/resource/authority/frequency/MONTHLY')
      assert.equal(one['dcat:theme']['@id'], 'http://publications.europa.eu/resource/authority/data-theme/ECON')
      assert.equal(one['dct:publisher']['@type'], 'foaf:Organization')
      assert.equal(one['dct:publisher']['foaf:name']['@value'], '市场监督管理局')
      assert.equal(one['dcat:distribution'].length, 4)
      for (const file of one['dcat:distribution']) {
        assert.equal(file['@type'], 'dcat:Distribution')
        for (const key of ['dcat:accessURL', 'dcat:downloadURL', 'dct:format', 'dct:license']) assert.match(file[key]['@id'], /^https?:\/\//, key)
      }
    }
    // as a JSON-LD processor reads it: nothing dropped, every class with what it must have and nothing else
    for (const document of [catalog, alone]) {
      const graph = await graphOf(document)
      assert.deepEqual(dcatFaults(graph), [])
      const dataset = ofClass(graph, 'Dataset').find((node) => node['http://purl.org/dc/terms/identifier'][0]['@value'] === resource)
      assert.equal(dataset['http://www.w3.org/ns/dcat#distribution'].length, 4)
      assert.ok(graph.quads.length > 60)
    }
    const catalogs = ofClass(await graphOf(catalog), 'Catalog')
    assert.deepEqual(catalogs.map((node) => node['http://www.w3.org/ns/dcat#dataset'].length), [catalog['hydra:totalItems']])
    assert.deepEqual(JSON.parse((await anybody.page('/open/catalog.jsonld?page=99')).text)['dcat:dataset'], [])
    assert.match((await anybody.page('/sitemap.xml')).text, new RegExp(`<loc>http://[^<]*/open/datasets/${name}</loc>`))
    assert.match((await anybody.page('/robots.txt')).text, /Sitemap: http/)
  })

  test('messages and ratings: kept, limited, answered, shown', async () => {
    const talker = new Public(c.server, '203.0.113.9')
    const at = `/open/datasets/${name}`
    assert.equal((await talker.form(at + '/message', { text: '短' })).location, at + '?said=empty')
    assert.deepEqual(await talker.form(at + '/message', { text: '第 7 行的店名 <b>写错</b>了', contact: 'me@example.com' }), { status: 303, location: at + '?said=message' })
    assert.match((await talker.page(at + '?said=message')).text, /收到了/)
    assert.doesNotMatch((await talker.page(at)).text, /写错|example\.com/, 'not public before an answer')
    const waiting = (await c.officer.get('/open-messages?waiting=true')).items
    assert.equal(waiting.length, 1)
    assert.equal(waiting[0].contact, 'me@example.com')
    assert.equal((await c.bureau.get('/open-messages')).items[0].contact, '', 'the bureau reads it without the contact')
    assert.equal((await c.police.get('/open-messages')).items.length, 0)
    await c.police.refused(404, 'POST', `/open-messages/${waiting[0].message_id}/answer`, { version: 1, answer: '我来答', shown: true })
    await c.officer.post(`/open-messages/${waiting[0].message_id}/answer`, { version: 1, answer: '已改正，谢谢', shown: true })
    const page = (await talker.page(at)).text
    assert.match(page, /第 7 行的店名 &lt;b&gt;写错&lt;\/b&gt;了/)
    assert.match(page, /已改正，谢谢/)
    assert.doesNotMatch(page, /example\.com/)
    await talker.form(at + '/rating', { stars: '5' })
    await talker.form(at + '/rating', { stars: '4' })
    await new Public(c.server, '203.0.113.10').form(at + '/rating', { stars: '2' })
    await talker.form(at + '/rating', { stars: '9' })
    assert.match((await talker.page(at)).text, /3\.0 \/ 5 \(2 人评分\)/, 'one voice an address')
    let last
    for (let i = 0; i < 8; i++) last = await talker.form(at + '/message', { text: '再说一次，再说一次' })
    assert.equal(last.location, at + '?said=often')
    const kept = (await c.officer.get('/open-messages')).items.length
    await talker.form(at + '/message', { text: '再说一次，再说一次' })
    assert.equal((await c.officer.get('/open-messages')).items.length, kept)
    // a logged-in person's cookie gives nobody's form more right, and is not asked for
    assert.equal((await anybody.fetch(at + '/rating', { method: 'POST', body: 'stars=5', headers: { cookie: c.officer.cookie, 'content-type': 'application/x-www-form-urlencoded' } })).status, 303)
  })

  test('counts of use, evidence of everything', async () => {
    await until(async () => {
      const one = await c.officer.get(`/openings/${opening.opening_id}`)
      return one.views > 0 && one.downloads >= 4 && one.calls > 20
    })
    for (const action of ['opening.ask', 'opening.review', 'open.dataset', 'open.download', 'open.file', 'open.message', 'open.rating', 'ckan.datastore_search', 'ckan.datastore_search_post', 'message.answer']) {
      const about = (items) => items.some((entry) => entry.resource_id === resource)
      assert.ok(about(await c.audit.evidence('action=' + action, about)), action)
    }
  })

  test('too many calls of one address are refused, others go on', async () => {
    const setting = (await c.sys.get('/settings')).items.find((s) => s.name === 'open.calls_minute')
    const set = await c.sys.put('/settings/open.calls_minute', { value: '5', version: setting.version })
    const greedy = new Public(c.server, '203.0.113.77')
    const statuses = []
    for (let i = 0; i < 8; i++) statuses.push((await greedy.action('package_list')).status)
    assert.deepEqual(statuses.slice(0, 5), [200, 200, 200, 200, 200])
    assert.deepEqual(statuses.slice(5), [429, 429, 429])
    assert.equal((await greedy.page('/open')).status, 429)
    assert.equal((await new Public(c.server, '203.0.113.78').action('package_list')).status, 200)
    await c.sys.put('/settings/open.calls_minute', { value: '100000', version: set.version ?? setting.version + 1 })
  })

  test('a field graded up is shut at once, without anybody closing it', async () => {
    let entry = await c.officer.get('/resources/' + resource)
    const document = structuredClone(entry.document)
    document.fields.find((f) => f.name === 'rent').grade = 3
    document.fields.find((f) => f.name === 'rent').mask = 'round'
    await c.officer.put('/resources/' + resource, { version: entry.version, document })
    entry = await c.officer.get('/resources/' + resource)
    await c.officer.post(`/resources/${resource}/submit`, { version: entry.version })
    entry = await c.bureau.get('/resources/' + resource)
    await c.bureau.post(`/resources/${resource}/review`, { version: entry.version, decision: 'publish' })
    assert.equal((await search({ fields: ['rent'] })).status, 409)
    assert.ok(!('rent' in (await search({ limit: 1 })).body.result.records[0]))
    const file = await until(async () => {
      const one = await anybody.fetch(`/open/datasets/${name}/download/csv`)
      return one.status === 200 && one.text()
    })
    assert.doesNotMatch(file.split('\r\n')[0], /rent/)
  })

  test('closed with a reason: gone everywhere at once', async () => {
    const now = await c.officer.get(`/openings/${opening.opening_id}`)
    await c.police.refused(403, 'POST', `/openings/${opening.opening_id}/close`, { version: now.version, reason: '不想开放了' })
    await c.officer.refused(400, 'POST', `/openings/${opening.opening_id}/close`, { version: now.version, reason: '停' })
    const closed = await c.officer.post(`/openings/${opening.opening_id}/close`, { version: now.version, reason: '数据有误，先停止开放' })
    assert.deepEqual([closed.state, closed.close_reason], ['closed', '数据有误，先停止开放'])
    assert.deepEqual((await anybody.action('package_list')).body.result, [])
    assert.equal((await search({})).status, 404)
    for (const path of [`/open/datasets/${name}`, `/open/datasets/${name}.jsonld`, `/open/datasets/${name}/download/csv`])
      assert.equal((await anybody.page(path)).status, 404, path)
    assert.equal(JSON.parse((await anybody.page('/open/catalog.jsonld')).text)['hydra:totalItems'], 0)
  })

  test('an entry that is not opened any more closes its opening', async () => {
    const document = shopDocument(), id = await publish(c, document)
    await load(c.officer, id, '店铺.csv', shopCsv(20))
    const open = await openUp(c, id)
    await revise(c, id, { ...document, opening: 'closed', opening_condition: undefined })
    const now = await c.officer.get(`/openings/${open.opening_id}`)
    assert.deepEqual([now.state, now.close_reason], ['closed', '不予开放'])
    await c.audit.evidence(`action=opening.close&resource=${id}`, (items) => items.some((e) => e.detail.by === 'entry_closed'))
    await until(async () => (await anybody.action('package_list')).body.result.length === 0)
  })
})
