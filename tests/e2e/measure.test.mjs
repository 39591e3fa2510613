// The inventory of systems, the standing checks (each finds what was planted, not what is clean, and lets go of what is mended), the two
// lists, and an assessment whose numbers are computed here again from its lines.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Server, folder, suite, yiwang } from './harness.mjs'
import { city, load, peopleCsv, peopleDocument, publish } from './city.mjs'
import { sheetLook, sheetRows } from './workbook.mjs'

suite('measure', (engine) => {
  let c, clean, stale
  const sql = (text) => {
    const done = c.server.store ? spawnSync('psql', [c.server.store, '-qAt', '-c', text], { encoding: 'utf8' })
      : spawnSync('sqlite3', ['-cmd', '.timeout 5000', join(c.server.dir, 'yiwang.db'), text], { encoding: 'utf8' })
    assert.equal(done.status, 0, done.stderr)
    return done.stdout.trim()
  }
  const system = (change) => ({ name: '户籍系统', purpose: '户籍登记', network: 'private', data: '常住人口', budget: 'upkeep', plan: 'keep', level: 3, live_day: '2018-01-01', ...change })
  const table = (who, path, name, bytes) => who.ok('POST', `${path}?name=${encodeURIComponent(name)}`, bytes, { 'content-type': 'application/octet-stream' })
  const run = async () => {
    const job = await c.bureau.job((await c.bureau.post('/checks/run')).job_id)
    assert.equal(job.state, 'reconciled', JSON.stringify(job))
    return job.result
  }
  const live = async (check, who = c.bureau) => (await who.get(`/findings?state=live&limit=200&check=${check}`)).items
  const named = async (check, title) => (await live(check)).filter((one) => one.title === title)
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    clean = await publish(c, peopleDocument({ name: '有来源的目录', contact: '数据专员', update_promise: 'daily' }))
    stale = await publish(c, peopleDocument({ name: '没有来源的目录', update_promise: 'daily' }))
    for (const id of [clean, stale]) assert.equal((await load(c.officer, id, '人口.csv', peopleCsv(40))).state, 'reconciled')
  })
  after(() => c?.server.stop())

  test('systems: a department keeps its own, the bureau all; links, export and import', async () => {
    const one = await c.officer.post('/systems', system({ resources: [clean] }))
    assert.deepEqual([one.org_name, one.entries, one.resources[0].resource_id, one.may_edit], ['市场监督管理局', 1, clean, true])
    await c.officer.refused(409, 'POST', '/systems', system())
    await c.officer.refused(403, 'POST', '/systems', system({ name: '别人的系统', org_id: c.otherOrg }))
    await c.officer.refused(400, 'POST', '/systems', system({ name: '日期不对', live_day: '2018-13-01' }))
    await c.officer.refused(400, 'POST', '/systems', system({ name: '目录不对', resources: ['17'] }))
    await c.police.refused(400, 'POST', '/systems', system({ resources: [clean] })) // another's entry does not make one's system known
    await c.police.refused(404, 'GET', '/systems/' + one.system_id)
    await c.police.refused(404, 'PUT', '/systems/' + one.system_id, { version: one.version, ...system() })
    await c.app.refused(403, 'GET', '/systems')
    await c.audit.refused(403, 'GET', '/systems')
    const changed = await c.bureau.put('/systems/' + one.system_id, { version: one.version, ...system({ plan: 'merge', plan_note: '并入一体化平台', org_id: c.supplierOrg }) })
    assert.deepEqual([changed.plan, changed.resources.length, changed.version], ['merge', 1, 2])
    await c.officer.refused(409, 'PUT', '/systems/' + one.system_id, { version: one.version, ...system() })
    assert.deepEqual((await c.police.get(`/resources/${clean}/systems`)).items.map((item) => item.name), ['户籍系统'])
    await c.police.refused(403, 'PUT', `/resources/${clean}/systems`, { systems: [] })
    await c.bureau.refused(400, 'PUT', `/resources/${clean}/systems`, { systems: ['17'] })
    const book = await c.bureau.call('GET', '/systems.xlsx?plan=merge&q=' + encodeURIComponent('户籍'))
    assert.equal(book.status, 200)
    const rows = sheetRows(book.body)
    assert.deepEqual(rows[0].slice(0, 4), ['系统名称', '主管部门', '用途', '所在网络'])
    assert.deepEqual(rows[1].slice(0, 9), ['户籍系统', '市场监督管理局', '户籍登记', '专网', '常住人口', '运维中', '整合', '并入一体化平台', '43101'].slice(0, 9)) // a date, as spreadsheets count days
    assert.deepEqual([sheetLook(book.body).forms.I, sheetLook(book.body).frozen, sheetLook(book.body).filter], ['yyyy-mm-dd', true, 'A1:L2'])
    const english = await c.bureau.call('GET', '/systems.xlsx?plan=merge&q=' + encodeURIComponent('户籍'), undefined, { 'accept-language': 'en' })
    assert.deepEqual([sheetRows(english.body)[0].slice(0, 4), sheetRows(english.body)[1][3], /Information%20systems\.xlsx/.test(english.headers.get('content-disposition'))], [['System', 'Owner', 'Purpose', 'Network'], 'Private network', true])
    // the export is the form: as it came it changes nothing, with other words it does
    const sent = (name, bytes, who = c.bureau) => table(who, '/systems/import', name, bytes)
    assert.deepEqual(await sent('systems.xlsx', english.body), { failed: [], added: 0, changed: 0, same: 1, refused: 0 })
    assert.deepEqual(await sent('系统.xlsx', book.body), { failed: [], added: 0, changed: 0, same: 1, refused: 0 })
    const lines = '系统名称,主管部门,用途,所在网络,数据,预算状态,整合计划,上线日期,等保级别,目录代码\n' +
      '户籍系统,市场监督管理局,户籍登记,专网,常住人口,运维中,保留,2018-01-01,3,\n' +
      '执法系统,市场监督管理局,行政执法,政务外网,处罚案件,已申报,保留,2019-02-03,2,\n' +
      '坏系统,没有这个局,用途说明,政务外网,,,,,,\n坏网络,市场监督管理局,用途说明,卫星网,,,,,,\n坏代码,市场监督管理局,用途说明,政务外网,,,,,,9Z9\n'
    const done = await sent('系统.csv', lines)
    assert.deepEqual([done.added, done.changed, done.refused, done.failed.map((f) => [f.row_no, f.field])], [1, 1, 3, [[3, 'org_id'], [4, 'network'], [5, 'resources']]])
    await c.officer.refused(400, 'POST', '/systems/import?name=x.csv', 'a,b\n1,2\n', { 'content-type': 'application/octet-stream' })
    await c.app.refused(403, 'POST', '/systems/import?name=x.csv', 'a,b\n1,2\n', { 'content-type': 'application/octet-stream' })
    assert.equal((await c.officer.get('/systems?q=' + encodeURIComponent('执法'))).items.length, 1)
    assert.equal((await c.police.get('/systems')).items.length, 0)
    assert.ok((await c.audit.evidence('action=measure.system_add')).length >= 1)
  })

  test('checks: planted faults are found, clean ones are not; mended ones go', async () => {
    await run()
    assert.equal((await named('system_no_entry', '执法系统')).length, 1)
    assert.equal((await named('system_no_entry', '户籍系统')).length, 0)
    const bare = await named('entry_no_source', '没有来源的目录')
    assert.deepEqual(bare.map((one) => [one.detail.reason, one.resource_id, one.org_id]), [['no_system', stale, c.supplierOrg]])
    assert.equal((await named('entry_no_source', '有来源的目录')).length, 0)
    assert.equal((await live('supply_broken')).length, 0)
    // a load that is too old, a condition and a basis that are not there (older programs let them pass)
    sql(`UPDATE resource SET loaded_at = loaded_at - 40 * 3600 * CAST(1000000 AS BIGINT) WHERE resource_id = ${stale}`)
    sql(`UPDATE resource_version SET document = replace(document, '"sharing_condition":"按履职需要申请"', '"sharing_condition":""') WHERE resource_id = ${stale}`)
    let result = await run()
    assert.equal(result.supply_broken.new, 1)
    assert.deepEqual((await live('supply_broken')).map((one) => [one.title, one.detail.reason, one.detail.text]), [['没有来源的目录', 'stale', 'daily']])
    assert.deepEqual((await named('entry_no_source', '没有来源的目录')).map((one) => one.detail.reason).sort(), ['no_condition', 'no_system'])
    result = await run()
    assert.deepEqual([result.supply_broken.new, result.entry_no_source.new], [0, 0], 'no finding twice')
    sql(`UPDATE resource_version SET document = replace(document, '"sharing_condition":""', '"sharing_condition":"按履职需要申请"') WHERE resource_id = ${stale}`)
    assert.equal((await load(c.officer, stale, '人口.csv', peopleCsv(41))).state, 'reconciled')
    result = await run()
    assert.equal(result.supply_broken.gone, 1)
    assert.equal((await live('supply_broken')).length, 0)
    const gone = (await c.bureau.get('/findings?check=supply_broken&state=gone')).items
    assert.ok(gone.length === 1 && gone[0].gone_at)
    // a city's own process that lets refuse without naming a basis
    const { document, version } = (await c.bureau.get('/processes')).items.find((one) => one.name === 'share_request')
    const lax = structuredClone(document)
    delete lax.actions.find((one) => one.name === 'refuse').form
    await c.bureau.put('/processes/share_request', { version, document: lax })
    const late = await c.bureau.refused(409, 'PUT', '/processes/share_request', { version, document }) // who did not see the change
    assert.deepEqual([late.field, late.rule, late.advice], ['version', 'version', 'Read it again and decide anew.'])
    await c.bureau.refused(400, 'PUT', '/processes/share_request', { document })
    const form = { purpose: '办理居住证时核对居民登记信息', service_item: '居住证办理', account_id: c.appAccount, way: 'api', until: new Date(Date.now() + 864e5).toISOString(), quota_day: 10, fields: [{ name: 'town', mode: 'clear' }] }
    const asked = await c.police.post('/cases', { resource_id: clean, form })
    await c.bureau.post(`/cases/${asked.case_id}/actions/refuse`, { version: asked.version, note: '不同意' })
    await c.bureau.put('/processes/share_request', { version: version + 1, document })
    const again = await c.police.post('/cases', { resource_id: clean, form })
    const checked = await c.bureau.post(`/cases/${again.case_id}/actions/accept`, { version: again.version })
    await c.officer.post(`/cases/${again.case_id}/actions/refuse`, { version: checked.version, note: '不同意', form: { basis: '某条例第三条规定不予提供' } })
    await run()
    assert.deepEqual((await live('supply_broken')).map((one) => [one.case_id, one.detail.reason, one.detail.text]).sort(), [[again.case_id, 'case_basis_unknown', again.number], [asked.case_id, 'case_no_basis', asked.number]].sort())
  })

  test('materials: a paper that a shared entry holds is found, by keyword, synonym or word of the bureau', async () => {
    const rows = '事项编码,事项名称,实施部门,材料名称,依据,目录代码\nA1,居住证办理,公安局,人口（复印件）,条例第八条,\nA2,救助申请,公安局,自然人证明材料,,\nA3,执照变更,公安局,章程,,\nA4,出生登记,没有的局,出生证明,,\n'
    const done = await table(c.bureau, '/materials/import', '材料.csv', rows)
    assert.deepEqual([done.added, done.refused], [3, 1])
    await c.officer.refused(403, 'POST', '/materials/import?name=x.csv', rows, { 'content-type': 'application/octet-stream' })
    await run()
    const found = (await live('service_demand')).filter((one) => one.org_id === c.otherOrg)
    assert.deepEqual(found.map((one) => [one.title, one.detail.text]).sort(), [['居住证办理', '人口（复印件）'], ['救助申请', '自然人证明材料']])
    const own = (await c.police.get('/materials')).items
    assert.deepEqual(own.map((one) => one.matched_by), ['keyword', 'synonym 人口', ''])
    assert.equal((await c.officer.get('/materials')).items.length, 0)
    await c.bureau.post('/materials/' + own[0].material_id, { version: own[0].version }) // no entry supplies it
    await c.bureau.refused(409, 'POST', '/materials/' + own[0].material_id, { version: own[0].version })
    await run()
    assert.deepEqual((await live('service_demand', c.police)).map((one) => one.title), ['救助申请'])
  })

  test('a finding is ordered as a case: inbox, answer, sent back by a run, closed by a run; excused with its order; who may', async () => {
    const at = (id, who = c.bureau) => who.get('/findings/' + id)
    const act = async (who, action, body = {}) => (order = await who.post(`/cases/${order.case_id}/actions/${action}`, { version: order.version, ...body }))
    const shown = async (who) => (order = await who.get('/cases/' + order.case_id))
    const evidence = async (action, subject) => {
      const on = (entry) => entry.subject_id === subject
      const found = (await c.audit.evidence('action=' + action, (items) => items.some(on))).find(on)
      assert.ok(found, `no evidence of ${action} on ${subject}`)
      return JSON.stringify(found.detail)
    }
    let order, one = (await named('system_no_entry', '执法系统'))[0]
    const id = one.finding_id, path = `/findings/${id}/order`
    assert.deepEqual([one.state, one.may.order, one.order_number], ['open', true, null])
    await c.officer.refused(403, 'POST', path, { version: one.version, note: '限期登记' })
    await c.police.refused(404, 'GET', '/findings/' + id)
    await c.bureau.refused(403, 'POST', '/cases', { process: 'audit_order', form: { check: 'system_no_entry', detail: {}, words: '限期登记' } })
    // a city whose packs lack the process
    const pack = (from, to) => {
      sql(`UPDATE process SET name = '${to}' WHERE name = '${from}'`)
      sql('UPDATE generation SET number = number + 1')
    }
    pack('audit_order', 'elsewhere')
    const lacks = await c.bureau.refused(409, 'POST', path, { version: one.version, note: '限期登记' })
    assert.match(JSON.stringify(lacks), /packs\/base/)
    pack('elsewhere', 'audit_order')
    // two at once: one order
    const answers = await Promise.all([1, 2].map(() => c.bureau.call('POST', path, { version: one.version, note: '十个工作日内登记目录' })))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409])
    one = await at(id)
    assert.deepEqual([one.state, one.ordered_by, one.order_note, one.order_state, one.order_state_title, one.may.order], ['correction', 'bureau', '十个工作日内登记目录', 'correct', '待整改', false])
    assert.match(one.order_number, /^ZC-\d{4}-\d{6}$/)
    const twice = await c.bureau.refused(409, 'POST', path, { version: one.version, note: '限期登记' })
    assert.match(twice.detail, new RegExp(one.order_number))
    assert.deepEqual((await c.bureau.get('/findings?state=correction')).items.map((item) => item.finding_id), [id])
    assert.ok(!(await c.bureau.get('/findings?state=open&limit=200')).items.some((item) => item.finding_id === id))
    const waiting = (await c.officer.get('/inbox')).items.find((item) => item.case_id === one.order_case_id)
    assert.ok(waiting.left_work_s > 0 && waiting.process === 'audit_order')
    order = await c.officer.get('/cases/' + one.order_case_id)
    assert.deepEqual([order.number, order.subject, order.subject_id, order.title, order.resource_id, order.supplier_org_id, order.form.check, order.form.detail.reason, order.form.words],
      [one.order_number, 'finding', id, '执法系统', null, c.supplierOrg, 'system_no_entry', 'no_entry', '十个工作日内登记目录'])
    await c.police.refused(404, 'GET', '/cases/' + order.case_id)
    await c.officer.refused(403, 'POST', `/cases/${order.case_id}/actions/withdraw`, { version: order.version, note: '不改' })
    assert.match(await evidence('case.start', order.case_id), new RegExp(order.number))
    // a run before the answer says nothing; one after it sends the order back
    await run()
    assert.equal((await shown(c.officer)).events.length, 1)
    await act(c.officer, 'explain', { note: '等待承建单位' })
    await act(c.officer, 'answer', { note: '目录正在编制' })
    assert.deepEqual([order.state, order.turn], ['verify', 'bureau'])
    one = await at(id, c.officer)
    assert.deepEqual([one.state, one.order_state, one.answer, one.answered_by], ['correction', 'verify', '目录正在编制', 'officer'])
    await run()
    await shown(c.officer)
    assert.deepEqual([order.state, order.events[0].action, order.events[0].form.finding], ['correct', 'fail', 'there'])
    // the bureau withdraws it in the case: the finding is open again, and can be ordered anew
    await act(c.bureau, 'withdraw', { note: '派错了' })
    one = await at(id)
    assert.deepEqual([one.state, one.order_state, one.may.order], ['open', 'withdrawn', true])
    one = await c.bureau.post(path, { version: one.version, note: '限期登记' })
    assert.notEqual(one.order_number, order.number)
    // excused: its order is withdrawn with the reason
    order = await c.officer.get('/cases/' + one.order_case_id)
    one = await c.bureau.post(`/findings/${id}/excuse`, { version: one.version, excused: true, reason: '系统年底关停' })
    assert.deepEqual([one.state, one.order_state], ['excused', 'withdrawn'])
    await shown(c.officer)
    assert.deepEqual([order.outcome, order.events[0].note, order.events[0].side], ['withdrawn', '系统年底关停', 'bureau'])
    assert.match(await evidence('case.withdraw', order.case_id), new RegExp(order.number))
    await run()
    one = await at(id)
    assert.equal(one.state, 'excused', 'the check sees it still, and leaves it')
    one = await c.bureau.post(`/findings/${id}/excuse`, { version: one.version, excused: false, reason: '关停推迟' })
    assert.deepEqual([one.state, one.may.order], ['open', true])
    one = await c.bureau.post(path, { version: one.version, note: '限期登记' })
    const penal = await publish(c, peopleDocument({ name: '处罚案件' }))
    await c.officer.put(`/resources/${penal}/systems`, { systems: [one.system_id] })
    await run()
    one = await at(id, c.officer)
    assert.deepEqual([one.state, one.order_state], ['gone', 'done'])
    order = await c.officer.get('/cases/' + one.order_case_id)
    assert.deepEqual([order.outcome, order.events[0].action, order.events[0].side], ['corrected', 'pass', 'engine'])
    const proof = order.events[0].form, told = await evidence('case.pass', order.case_id)
    assert.deepEqual([proof.finding, proof.finding_id, proof.check], ['gone', id, 'system_no_entry'])
    for (const text of [order.number, id, proof.job_id, proof.run_at]) assert.ok(told.includes(text), told)
    // it comes again: another finding, another order
    await c.officer.put(`/resources/${penal}/systems`, { systems: [] })
    await run()
    let again = (await named('system_no_entry', '执法系统'))[0]
    assert.deepEqual([again.finding_id === id, again.order_number], [false, null])
    again = await c.bureau.post(`/findings/${again.finding_id}/order`, { version: again.version, note: '又没有了' })
    await c.officer.put(`/resources/${penal}/systems`, { systems: [again.system_id] })
    await run()
    assert.deepEqual([(await at(again.finding_id)).order_state, (await at(id)).order_number], ['done', order.number])
    const book = await c.bureau.call('GET', '/findings.xlsx?check=system_no_entry&state=gone')
    assert.deepEqual(sheetRows(book.body).map((row) => [row[3], row[4], row[11]]), [['对象', '问题', '整改单状态'], ['执法系统', '系统没有登记任何目录条目', '已完成'], ['执法系统', '系统没有登记任何目录条目', '已完成']])
    await evidence('measure.finding_order', id)
    assert.ok((await c.audit.evidence('action=measure.check', (items) => items.length >= 4)).length >= 4)
  })

  test('lists: duties by supply, demands by state, as pages and as workbooks', async () => {
    const duties = (await c.bureau.get('/duties?org=' + c.supplierOrg)).items
    assert.deepEqual(duties.map((one) => [one.name, one.state, one.officer]), [['有来源的目录', 'fresh', 'officer'], ['没有来源的目录', 'fresh', 'officer'], ['处罚案件', 'none', 'officer']])
    assert.deepEqual((await c.officer.get('/duties?state=none')).items.map((one) => one.name), ['处罚案件'])
    assert.equal((await c.police.get('/duties')).items.length, 0)
    sql(`UPDATE resource_version SET author_id = 0, author = 'cli' WHERE resource_id = ${stale}`) // as one that came with a pack
    assert.deepEqual(sheetRows((await c.officer.call('GET', '/duties.xlsx')).body).slice(1).map((row) => [row[2], row[5], row[6]]), [['有来源的目录', 'officer', '按时更新'], ['没有来源的目录', '命令行', '按时更新'], ['处罚案件', 'officer', '未挂接']])
    const demands = (await c.police.get('/demands')).items
    assert.deepEqual(demands.map((one) => [one.title, one.outcome, one.supplier_name]), [['有来源的目录', 'refused', '市场监督管理局'], ['有来源的目录', 'refused', '市场监督管理局']])
    assert.equal((await c.bureau.get('/demands?state=open')).items.length, 0)
    assert.equal((await c.officer.get('/demands?state=refused')).items.length, 2)
    const count = async (client, query) => (await client.get('/demands?' + query)).items.length
    assert.deepEqual([await count(c.bureau, ''), await count(c.officer, ''), await count(c.police, 'state=late'), await count(c.police, 'asker=' + c.supplierOrg),
      await count(c.police, 'supplier=' + c.supplierOrg), await count(c.bureau, 'asker=' + c.supplierOrg), await count(c.bureau, 'q=' + encodeURIComponent('来源')),
      await count(c.police, 'q=%25'), await count(c.police, 'q=_'), await count(c.police, 'q=%5C'), await count(c.officer, 'q=' + encodeURIComponent(' 目录 ')), await count(c.police, 'q=%20')],
    [2, 2, 0, 0, 2, 0, 2, 0, 0, 0, 2, 2])
    const [newest, older] = demands, page = await c.officer.get('/demands?limit=1')
    assert.deepEqual([page.items[0].case_id, page.next, (await c.officer.get('/demands?limit=1&after=' + page.next)).items[0].case_id], [newest.case_id, newest.case_id, older.case_id])
    assert.deepEqual(sheetRows((await c.bureau.call('GET', '/demands.xlsx')).body).slice(1).map((row) => row[4]), ['不予共享', '不予共享'])
  })

  /** Scores, places and digest from the lines alone, by other code than the program's. */
  function derived(one, lines) {
    const sha = (text) => createHash('sha256').update(text).digest('hex')
    const orgs = [...new Set(lines.map((line) => line.org_id))]
    const hundredths = (n) => Number.isFinite(n) ? Math.floor(Math.min(100, Math.max(0, n)) * 100 + 0.5) : -1
    const rows = orgs.map((org) => {
      const counts = {}
      for (const set of one.line_sets) {
        const own = lines.filter((line) => line.org_id === org && line.lines === set.name)
        counts[set.whole] = own.reduce((sum, line) => sum + line.whole, 0)
        counts[set.part] = own.reduce((sum, line) => sum + line.part, 0)
      }
      const scores = one.document.indicators.map((indicator) => hundredths(Function(...Object.keys(counts), `return ${indicator.formula}`)(...Object.values(counts))))
      let sum = 0, weights = 0
      one.document.indicators.forEach((indicator, i) => { if (scores[i] >= 0) { sum += scores[i] * indicator.weight; weights += indicator.weight } })
      return { org, scores, score: weights ? Math.floor((2 * sum + weights) / (2 * weights)) : -1 }
    })
    for (const row of rows) row.place = row.score < 0 ? 0 : 1 + rows.filter((other) => other.score > row.score).length
    const micros = (at) => at ? BigInt(Date.parse(at)) * 1000n + BigInt((at.match(/\.\d{3}(\d{3})/)?.[1] ?? '0')) : 0n
    const text = `yiwang.assessment/1\nscheme ${one.scheme} ${one.scheme_version} ${one.scheme_sha256}\nperiod ${one.period}\n` +
      rows.map((row) => `org ${row.org} ${row.score} ${row.place}\n` + one.document.indicators.map((indicator, i) => `indicator ${indicator.name} ${row.scores[i]}\n`).join('')).join('') +
      lines.map((line) => `line ${line.org_id} ${line.lines} ${line.kind} ${line.subject_id} ${line.part} ${line.whole} ${micros(line.fact_at)} ${line.fact}\n`).join('')
    return { rows, digest: sha(text) }
  }
  async function allLines(id, who = c.bureau) {
    const lines = []
    for (let cursor = ''; cursor !== null;) {
      const page = await who.get(`/assessments/${id}/lines?limit=7${cursor && '&after=' + cursor}`)
      lines.push(...page.items)
      cursor = page.next
    }
    return lines
  }

  test('assessment: numbers from lines, contest, publication, frozen, derived again', async () => {
    const now = new Date(Date.now() + 8 * 3600e3).toISOString()
    const quarter = `${now.slice(0, 4)}-Q${Math.ceil(Number(now.slice(5, 7)) / 3)}`
    const period = now.slice(0, 7)
    await c.officer.refused(403, 'POST', '/assessments', { period })
    await c.bureau.refused(400, 'POST', '/assessments', { period: '2026-13' })
    await c.bureau.refused(400, 'POST', '/assessments', { period: '2098-01' })
    // what quality counts beside the loads: an order still open, what users say
    await c.bureau.post('/cases', { process: 'correction_order', resource_id: (await c.bureau.get('/duties?state=none')).items.find((item) => item.name === '处罚案件').resource_id, form: { defect: 'no_data' } })
    for (const [account, stars] of [[1, 3], [2, 4]])
      sql(`INSERT INTO resource_rating (resource_id, account_id, org_id, stars, words, created_at, updated_at) VALUES (${clean}, ${account}, 1, ${stars}, '', 1780000000000000, 1780000000000000)`)
    const begin = async (body) => {
      const made = await c.bureau.post('/assessments', body)
      const job = await c.bureau.job(made.job_id)
      assert.equal(job.state, 'reconciled', JSON.stringify(job))
      return made.assessment_id
    }
    const id = await begin({ period })
    assert.equal(await begin({ period }), id, 'computed anew, not twice')
    let one = await c.bureau.get('/assessments/' + id)
    let lines = await allLines(id)
    const check = () => {
      const mine = derived(one, lines)
      assert.equal(mine.digest, one.digest)
      for (const row of mine.rows) {
        const theirs = one.orgs.find((org) => org.org_id === row.org)
        assert.deepEqual([theirs.score, theirs.place], [row.score, row.place])
        one.document.indicators.forEach((indicator, i) => assert.equal(theirs.scores.find((s) => s.indicator === indicator.name).score, row.scores[i]))
      }
      return mine
    }
    check()
    // what stands behind: facts of entries, the loads, the answer given in time
    const own = lines.filter((line) => line.org_id === c.supplierOrg)
    assert.deepEqual(own.filter((line) => line.lines === 'entries').map((line) => [line.title, line.part, line.whole]), [['有来源的目录', 5, 5], ['没有来源的目录', 3, 5], ['处罚案件', 4, 5]])
    assert.deepEqual(own.filter((line) => line.lines === 'mounts').map((line) => line.part), [1, 1, 0])
    assert.equal(own.filter((line) => line.lines === 'quality').length, 2, 'an entry each, however often it was loaded')
    assert.deepEqual(own.filter((line) => line.lines === 'orders').map((line) => [line.title, line.kind, line.part, line.whole]), [['处罚案件', 'case', 0, 1]])
    assert.deepEqual(own.filter((line) => line.lines === 'ratings').map((line) => [line.title, line.fact, line.part, line.whole]), [['有来源的目录', '2', 7, 10]])
    assert.deepEqual(own.filter((line) => line.lines === 'answers').map((line) => [line.fact.slice(0, 2), line.part, line.whole]), [['GX', 1, 1], ['ZC', 1, 1], ['ZC', 1, 1], ['ZC', 1, 1]],
      'one answered, two mended in time; the one withdrawn in time was not the department’s to answer')
    const mount = await c.bureau.get(`/assessments/${id}/lines?org=${c.supplierOrg}&indicator=mount`)
    assert.equal(mount.items.length, 3)
    await c.bureau.refused(404, 'GET', `/assessments/${id}/lines?indicator=nothing`)
    // a department sees its own only
    const seen = await c.officer.get('/assessments/' + id)
    assert.deepEqual(seen.orgs.map((org) => org.org_id), [c.supplierOrg])
    assert.deepEqual([...new Set((await allLines(id, c.police)).map((line) => line.org_id))].filter((org) => org !== c.otherOrg), [])
    // contest: the entry is not to be shared by this way yet
    const line = mount.items.find((item) => item.part === 0)
    await c.police.refused(404, 'POST', `/assessments/${id}/contests`, { line_no: line.line_no, reason: '不是我们的' })
    const { contest_id } = await c.officer.post(`/assessments/${id}/contests`, { line_no: line.line_no, reason: '系统本月才上线，尚无数据' })
    await c.officer.refused(409, 'POST', `/assessments/${id}/contests`, { line_no: line.line_no, reason: '再说一次' })
    const near = async (ms) => {
      one = await c.bureau.get('/assessments/' + id)
      await c.bureau.post(`/assessments/${id}/deadline`, { version: one.version, contest_until: new Date(Date.now() + ms).toISOString() })
      one = await c.bureau.get('/assessments/' + id)
    }
    await near(600e3)
    const refusal = await c.bureau.refused(409, 'POST', `/assessments/${id}/publish`, { version: one.version })
    assert.equal(refusal.errors?.[0]?.rule ?? refusal.rule, 'open_contest')
    await c.officer.refused(403, 'POST', `/assessments/${id}/contests/${contest_id}/decide`, { version: 1, decision: 'accept', answer: '好' })
    await c.bureau.post(`/assessments/${id}/contests/${contest_id}/decide`, { version: 1, decision: 'accept', effect: 'leave_out', answer: '情况属实，不计' })
    await c.bureau.refused(409, 'POST', `/assessments/${id}/contests/${contest_id}/decide`, { version: 2, decision: 'reject', answer: '再看' })
    const before = one
    one = await c.bureau.get('/assessments/' + id)
    lines = await allLines(id)
    assert.notEqual(one.digest, before.digest)
    const adjusted = lines.find((item) => item.line_no === line.line_no)
    assert.deepEqual([adjusted.part, adjusted.whole, adjusted.was_whole, adjusted.adjusted, adjusted.contest_answer], [0, 0, 1, true, '情况属实，不计'])
    assert.ok(one.orgs.find((org) => org.org_id === c.supplierOrg).score > before.orgs.find((org) => org.org_id === c.supplierOrg).score)
    check()
    assert.equal(await begin({ period }), id)
    one = await c.bureau.get('/assessments/' + id)
    lines = await allLines(id)
    assert.ok(lines.some((item) => item.adjusted && item.whole === 0), 'an accepted contest outlives computing anew')
    check()
    const other = await c.officer.post(`/assessments/${id}/contests`, { line_no: lines.find((item) => item.org_id === c.supplierOrg && item.lines === 'entries' && item.part === 3).line_no, reason: '联系人已填' })
    await c.bureau.post(`/assessments/${id}/contests/${other.contest_id}/decide`, { version: 1, decision: 'reject', answer: '目录中没有联系人' })
    assert.equal((await c.officer.get(`/assessments/${id}/contests`)).items.length, 2)
    assert.equal((await c.police.get(`/assessments/${id}/contests`)).items.length, 0)
    await near(600e3)
    await c.bureau.refused(409, 'POST', `/assessments/${id}/publish`, { version: one.version })
    await near(400)
    for (;;) {
      const answer = await c.bureau.call('POST', `/assessments/${id}/publish`, { version: one.version })
      if (answer.status === 200) break
      assert.equal(answer.status, 409, JSON.stringify(answer.body))
      await new Promise((r) => setTimeout(r, 100))
    }
    await c.bureau.refused(409, 'POST', '/assessments', { period })
    await c.officer.refused(409, 'POST', `/assessments/${id}/contests`, { line_no: line.line_no, reason: '太晚了' })
    // nothing that happens later moves it
    await load(c.officer, stale, '人口.csv', peopleCsv(5))
    one = await c.bureau.get('/assessments/' + id)
    lines = await allLines(id)
    check()
    const again = await c.officer.post(`/assessments/${id}/recompute`, {})
    assert.deepEqual([again.same, again.digest, again.stored, again.lines], [true, one.digest, one.digest, lines.length])
    sql(`UPDATE assessment_line SET part = part + 1 WHERE assessment_id = ${id} AND line_no = 1`)
    assert.equal((await c.bureau.post(`/assessments/${id}/recompute`, {})).same, false, 'a line that was tampered with shows')
    sql(`UPDATE assessment_line SET part = part - 1 WHERE assessment_id = ${id} AND line_no = 1`)
    const [proof] = await c.audit.evidence('action=measure.publish')
    assert.ok(JSON.stringify(proof).includes(one.digest))
    assert.ok((await c.police.get('/assessments/' + id)).orgs.length >= 2, 'published: everybody sees the ranking')
    assert.deepEqual([...new Set((await allLines(id, c.police)).map((item) => item.org_id))].filter((org) => org !== c.otherOrg), [], 'but only its own lines')
    assert.deepEqual((await c.police.get('/assessments/trend?org=' + c.supplierOrg)).items.map((item) => [item.period, item.score]), [[period, one.orgs.find((org) => org.org_id === c.supplierOrg).score]])
    assert.equal((await c.bureau.get('/assessments')).items[0].state, 'published')
    // the workbook says the same
    const book = (await c.bureau.call('GET', `/assessments/${id}/workbook`)).body
    assert.deepEqual(sheetRows(book).slice(1).map((row) => [Number(row[0]), row[1], row[2] === '' || row[2] === undefined ? -1 : Math.round(Number(row[2]) * 100)]), one.orgs.map((org) => [org.place, org.org_name, org.score]))
    assert.deepEqual(sheetRows(book, 3).slice(1).map((row) => [row[2], Number(row[4]), Number(row[5])]), lines.map((item) => [item.subject_id, item.part, item.whole]))
    assert.equal(sheetRows(book, 4).length, 3)
    for (const number of [1, 2, 3, 4, 5]) for (const cell of sheetRows(book, number).flat()) assert.doesNotMatch(cell, /^\{|":|^(facts|keep|conditional|irregular)$/, 'words, nothing of the inside')
    assert.match(sheetRows(book, 2).find((row) => row[1] === '挂接率')[3], /^应共享条目挂接 \d+\/\d+$/)
    assert.deepEqual([sheetLook(book).forms.C, sheetLook(book, 3).forms.H, sheetLook(book, 3).frozen, sheetLook(book, 3).filter], ['0.00', 'yyyy-mm-dd hh:mm:ss', true, `A1:I${lines.length + 1}`])
    const facts = new Map(lines.map((item, i) => [item.lines, sheetRows(book, 3)[i + 1][6]]))
    assert.deepEqual([facts.get('entries'), facts.get('systems'), facts.get('mounts')], ['', '保留', '有条件共享'])
    const third = await begin({ period: quarter })
    one = await c.bureau.get('/assessments/' + third)
    lines = await allLines(third)
    assert.equal(check().rows.length, one.orgs.length)
  })

  test('a scheme that does not hold is refused with file and line; a changed one makes a version', async () => {
    const dir = folder('pack')
    const write = (name, text) => writeFileSync(join(dir, name), text)
    const indicator = (change) => `{name: a, title: 甲, title_en: A, weight: 100, lines: [mounts], formula: '100 * entries_mounted / entries_shared', good: 90, poor: 60, ${change}}`
    const scheme = (line) => `scheme: own\ntitle: 自定方案\ntitle_en: Own\nindicators:\n  - ${line}\n`
    write('pack.yaml', 'pack: own\nversion: 1\ntitle: 自定\ntitle_en: Own\nschemes: [own.yaml]\n')
    await c.server.stop()
    const loaded = (text) => { write('own.yaml', scheme(text)); return yiwang('pack', 'load', c.server.dir, dir, ...(c.server.store ? ['--store', c.server.store] : [])) }
    for (const [line, fault] of [[indicator("").replace('100 * entries_mounted', 'entries_used'), /own\.yaml:5.*formula/s], [indicator('').replace('weight: 100', 'weight: 90'), /100/], [indicator('').replace('[mounts]', '[moons]'), /own\.yaml:5/]]) {
      const made = loaded(line)
      assert.notEqual(made.status, 0)
      assert.match(made.stderr + made.stdout, fault)
    }
    const good = loaded(indicator(''))
    assert.equal(good.status, 0, good.stderr)
    await c.server.start()
    const schemes = (await c.bureau.get('/schemes')).items
    assert.deepEqual(schemes.map((one) => [one.name, one.version]), [['own', 1], ['sharing', 1]])
  })

  test('refusals: a basis that is on no list, one that is repealed, none in what another platform tells; mended ones go', async () => {
    const reasons = async () => Object.fromEntries((await live('supply_broken')).map((one) => [one.title, one.detail.reason]))
    const before = await reasons()
    const closed = (name, sharing_basis) => publish(c, peopleDocument({ name, sharing: 'none', sharing_condition: undefined, sharing_ways: [], sharing_basis }))
    await closed('涉密名录', '《中华人民共和国保守国家秘密法》第二十八条')
    await closed('身份证底册', '《居民身份证条例》第五条')
    await closed('公司登记旧档', '中华人民共和国公司登记管理条例第十条')
    await closed('劳动备案', '劳动合同法第八条，本局内部规定')
    await closed('共享目录', '按国发〔2016〕51号文件第九条不予共享')
    await closed('共享目录旧写法', '国发 [2016] 51号第九条')
    await closed('档案目录', '《档案法（2020修订）》第二十七条')
    await closed('统计底册', '依据统计法第二十五条')
    // refusals that another platform tells of: one without basis, one on a law of then, one on one that had been repealed
    const code = (await c.officer.get('/resources/' + clean)).document.code
    const row = (n, change) => ({ 申请编号: 'WP-' + n, 信息资源代码: code, 信息资源名称: '外平台目录' + n, 申请部门代码: '11320281014036584Q', 提供方代码: '11320281014036912M', 使用用途: '核查', 申请依据: '人口管理条例',
      办理状态: '不予共享', 申请时间: '2019-01-05T09:00:00+08:00', 办结时间: '2019-01-09T09:00:00+08:00', ...change })
    const told = async (rows) => {
      const dry = await c.bureau.call('POST', '/adapters/share_requests/imports?name=' + encodeURIComponent('台账.jsonl'), rows.map((one) => JSON.stringify(one)).join('\n') + '\n', { 'content-type': 'application/octet-stream' })
      assert.equal(dry.status, 201, JSON.stringify(dry.body))
      await c.bureau.post(`/adapter-imports/${dry.body.batch_id}/apply`, {})
    }
    await told([row(1, {}), row(2, { 不予共享依据: '《合同法》第六十条' }), row(3, { 不予共享依据: '《合同法》第六十条', 办结时间: '2022-01-09T09:00:00+08:00' }), row(4, { 办理状态: '已授权' })])
    await run()
    const found = await reasons()
    for (const title of Object.keys(before)) delete found[title]
    assert.deepEqual(found, { 身份证底册: 'entry_basis_repealed', 公司登记旧档: 'entry_basis_repealed', 劳动备案: 'entry_basis_unknown', 外平台目录1: 'outside_no_basis', 外平台目录3: 'outside_basis_repealed' })
    const outside = (await c.officer.get('/findings?check=supply_broken&state=open')).items.find((one) => one.title === '外平台目录3')
    assert.deepEqual([outside.org_id, outside.detail.text, outside.detail.basis, outside.detail.at.slice(0, 10)], [c.supplierOrg, 'WP-3', '《合同法》第六十条', '2022-01-09'])
    await told([row(1, { 不予共享依据: '《中华人民共和国档案法》第二十七条' }), row(3, { 不予共享依据: '《民法典》第五百零九条', 办结时间: '2022-01-09T09:00:00+08:00' })])
    await run()
    assert.deepEqual(Object.keys(await reasons()).filter((title) => title.startsWith('外平台')), [])
  })
})
