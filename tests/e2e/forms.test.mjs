// 一表通: a form is prefilled with what the city holds, asks only for gaps, needs approval to ask for what is held, turns a doubt into an
// objection, and counts what people were spared.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { account, citizenSpread, city, load, peopleDocument, peopleHeader, peopleRow, publish } from './city.mjs'

suite('forms', (engine) => {
  let c, grid, resource, form, maker2
  const subject = citizenSpread(3)
  const document = (fields, change = {}) => ({ subject: resource, fields, ...change })
  const bound = (name, title, extra = {}) => ({ name, title, required: true, source: { resource_id: resource, field: name }, ...extra })
  const draft = (fields, who = c.officer, change = {}) => who.post('/forms', { title: '独居老人走访', purpose: '掌握走访情况', basis: '《某办法》第三条', document: document(fields, change) })
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
    grid = await account(c.server, c.sys, c.sec, 'grid.zhang', c.otherOrg, ['grid_officer'])
    maker2 = await account(c.server, c.sys, c.sec, 'officer2', c.supplierOrg, ['data_officer', 'data_bureau'])
    resource = await publish(c, peopleDocument({ name: '常住人口' }))
    await load(c.officer, resource, '人口.csv', peopleHeader + Array.from({ length: 20 }, (_, i) => peopleRow(i, { citizen_no: citizenSpread(i), height: i === 3 ? '' : 170 })).join(''))
  })
  after(() => c?.server.stop())

  test('asks only for gaps: what is held is shown as the filler may see it, and refused when it is sent', async () => {
    const made = await draft([bound('name', '姓名'), bound('height_cm', '身高', { required: false }), { name: 'alone', title: '是否独居', kind: 'boolean', required: true }, { name: 'note', title: '走访情况', kind: 'text' }])
    assert.equal(made.state, 'draft')
    assert.equal((await grid.call('GET', '/forms/' + made.form_id)).status, 404, 'a draft is its makers\' own')
    form = await c.officer.post(`/forms/${made.form_id}/submit`, { version: made.version })
    assert.equal(form.state, 'open', 'it asks for nothing the city holds')
    const begun = await grid.post(`/forms/${form.form_id}/begin`, { key: { citizen_no: subject } })
    assert.deepEqual([begun.asked, begun.held], [3, 1])
    const name = begun.fields.find((one) => one.name === 'name')
    assert.deepEqual([name.held, name.value], [true, null], 'held, and not shown to one without a right to it')
    assert.equal(begun.fields.find((one) => one.name === 'height_cm').held, false, 'held about others, not about this one')
    const refused = await grid.refused(400, 'POST', `/forms/${form.form_id}/answers`, { key: { citizen_no: subject }, values: { name: '张三', alone: 'true' } })
    assert.deepEqual([refused.field, refused.rule], ['values.name', 'held'])
    const missing = await grid.refused(400, 'POST', `/forms/${form.form_id}/answers`, { key: { citizen_no: subject }, values: { note: '在家' } })
    assert.deepEqual([missing.field, missing.rule], ['values.alone', 'required'])
    const bad = await grid.refused(400, 'POST', `/forms/${form.form_id}/answers`, { key: { citizen_no: subject }, values: { alone: 'true', height_cm: '很高' } })
    assert.equal(bad.field, 'values.height_cm')
    const tall = await grid.refused(400, 'POST', `/forms/${form.form_id}/answers`, { key: { citizen_no: subject }, values: { alone: 'true', height_cm: '1700' } })
    assert.deepEqual([tall.field, tall.value, tall.rule], ['values.height_cm', '1700', 'range'], 'as a load would')
    assert.match(tall.detail, /^身高 must lie between \d+ and \d+$/)
    const given = await grid.post(`/forms/${form.form_id}/answers`, { key: { citizen_no: subject }, values: { alone: 'true', note: '在家，=1+1' } })
    assert.deepEqual([given.asked, given.held, given.doubts], [3, 1, 0])
    await grid.post(`/forms/${form.form_id}/answers`, { key: { citizen_no: subject }, values: { alone: 'false', note: '=1+1' } })
    const answers = (await c.officer.get(`/forms/${form.form_id}/answers`)).items
    assert.equal(answers.length, 1, 'one answer a subject, the later one counts')
    assert.deepEqual(answers[0].answered, { alone: 'false', note: '=1+1' })
    const sheet = new TextDecoder().decode((await c.officer.call('GET', `/forms/${form.form_id}/answers.csv`)).body)
    assert.match(sheet, /'=1\+1/, 'no formula reaches a spreadsheet')
    for (const stranger of [grid, c.police]) assert.equal((await stranger.call('GET', `/forms/${form.form_id}/answers`)).status, 403)
    await grid.refused(400, 'POST', `/forms/${form.form_id}/begin`, { key: { citizen_no: '123' } })
  })

  test('with a right to it the value is shown, masked or clear', async () => {
    const both = await account(c.server, c.sys, c.sec, 'both', c.supplierOrg, ['data_officer', 'grid_officer'])
    const begun = await both.post(`/forms/${form.form_id}/begin`, { key: { citizen_no: subject } })
    const name = begun.fields.find((one) => one.name === 'name')
    assert.ok(name.held && name.masked && name.value.includes('*'), JSON.stringify(name))
    assert.equal(name.source, '常住人口')
  })

  test('asking for what is held needs a reason and another\'s approval', async () => {
    const asks = [{ name: 'who', title: '姓名', kind: 'text' }]
    const made = await draft(asks)
    const refused = await c.officer.refused(400, 'POST', `/forms/${made.form_id}/submit`, { version: made.version })
    assert.deepEqual([refused.field, refused.rule], ['document.fields[0].why', 'already_held'])
    const saved = await c.officer.put('/forms/' + made.form_id, { version: made.version, title: '走访', purpose: '走访', basis: '《某办法》', document: document([{ ...asks[0], why: '曾用名与登记不同，须当面核对' }]) })
    const waits = await c.officer.post(`/forms/${made.form_id}/submit`, { version: saved.version })
    assert.equal(waits.state, 'review')
    assert.equal(waits.held[0].held[0].resource_id, resource)
    await c.officer.refused(403, 'POST', `/forms/${made.form_id}/review`, { version: waits.version, decision: 'approve', note: '同意' })
    const back = await c.bureau.post(`/forms/${made.form_id}/review`, { version: waits.version, decision: 'return', note: '请绑定常住人口' })
    assert.deepEqual([back.state, back.note], ['draft', '请绑定常住人口'])
    const again = await maker2.post(`/forms/${made.form_id}/submit`, { version: back.version })
    await maker2.refused(403, 'POST', `/forms/${made.form_id}/review`, { version: again.version, decision: 'approve', note: '自己同意' })
    assert.equal((await c.bureau.post(`/forms/${made.form_id}/review`, { version: again.version, decision: 'approve', note: '确有必要' })).state, 'open')
    await c.bureau.refused(409, 'POST', `/forms/${made.form_id}/review`, { version: again.version, decision: 'approve', note: '再次' })
  })

  test('a doubt about what is held is an objection at its supplier', async () => {
    const key = { citizen_no: citizenSpread(5) }
    const given = await grid.post(`/forms/${form.form_id}/answers`, { key, values: { alone: 'true' }, doubts: [{ name: 'name', reason: '本人称姓名登记有误', right: '张五' }] })
    assert.equal(given.doubts, 1)
    await grid.post(`/forms/${form.form_id}/answers`, { key, values: { alone: 'true' }, doubts: [{ name: 'name', reason: '本人称姓名登记有误' }] })
    const inbox = (await c.officer.get('/inbox')).items.filter((one) => one.process === 'record_objection')
    assert.equal(inbox.length, 1, 'it is looked at once')
    const one = await c.officer.get('/cases/' + inbox[0].case_id)
    assert.deepEqual([one.form.field, one.form.right, one.form.reason], ['name', '张五', '本人称姓名登记有误'])
    // who doubted does not open the case, and reads what became of it
    assert.equal((await grid.call('GET', '/cases/' + one.case_id)).status, 404)
    const mine = async (who = grid) => (await who.get('/forms/doubts')).items
    const [before] = await mine()
    assert.deepEqual([(await mine()).length, before.case_id, before.number, before.entry, before.item, before.reason, before.right, before.state_title, before.outcome, before.answer, before.closed_at],
      [1, one.case_id, one.number, '常住人口', '姓名', '本人称姓名登记有误', '张五', '待核实', '', '', null])
    const colleague = await account(c.server, c.sys, c.sec, 'grid.li', c.otherOrg, ['grid_officer']), other = await account(c.server, c.sys, c.sec, 'grid.wang', c.supplierOrg, ['grid_officer'])
    assert.deepEqual(await mine(colleague), [])
    await colleague.post(`/forms/${form.form_id}/answers`, { key, values: { alone: 'true' }, doubts: [{ name: 'name', reason: '我也觉得不对' }] })
    const [joined] = await mine(colleague)
    assert.deepEqual([joined.case_id, joined.reason, joined.right], [one.case_id, '', ''], 'the same case, without a colleague’s words')
    await c.officer.post(`/cases/${one.case_id}/actions/correct`, { version: one.version, note: '已按户籍更正' })
    const [after] = await mine()
    assert.deepEqual([after.state_title, after.outcome, after.answer], ['已更正', 'corrected', '已按户籍更正'])
    assert.ok(after.closed_at && after.answered_by)
    assert.deepEqual(await mine(other), [])
    await c.police.refused(403, 'GET', '/forms/doubts')
    const refused = await grid.refused(400, 'POST', `/forms/${form.form_id}/answers`, { key, values: { alone: 'true' }, doubts: [{ name: 'alone', reason: '不对' }] })
    assert.equal(refused.rule, 'not_held')
  })

  test('filled in later than it was looked up: a value changed since, or another answer, is told; the same call again is one, whatever came since', async () => {
    const both = await account(c.server, c.sys, c.sec, 'both2', c.supplierOrg, ['data_officer', 'grid_officer']), key = { citizen_no: citizenSpread(7) }
    const at = (await both.get('/forms/' + form.form_id)).items
    assert.deepEqual(at.map((one) => [one.name, one.kind, one.required, one.source]), [['name', 'text', true, '常住人口'], ['height_cm', 'integer', false, '常住人口'], ['alone', 'boolean', true, ''], ['note', 'text', false, '']], 'what it asks for, without a look-up')
    const hidden = await grid.post(`/forms/${form.form_id}/begin`, { key })
    assert.deepEqual([hidden.version, hidden.answered_at, hidden.fields[0].mark], [0, null, ''])
    const begun = await both.post(`/forms/${form.form_id}/begin`, { key }), { mark } = begun.fields[0]
    assert.match(mark, /^[0-9a-f]{16}$/)
    const body = { key, values: { alone: 'true' }, seen: { name: mark }, version: begun.version }
    const other = await both.refused(409, 'POST', `/forms/${form.form_id}/answers`, { ...body, seen: { name: '0123456789abcdef' } })
    assert.deepEqual([other.field, other.rule], ['seen.name', 'seen'])
    for (const [field, wrong] of [['seen', [mark]], ['seen', { name: 5 }], ['doubts', { name: 'name', reason: '应是曾用名' }]])
      assert.equal((await both.refused(400, 'POST', `/forms/${form.form_id}/answers`, { ...body, [field]: wrong })).field, field, 'nothing is passed over')
    const call = { 'idempotency-key': 'a-draft-of-one-phone' }
    const first = await both.post(`/forms/${form.form_id}/answers`, { ...body, doubts: [{ name: 'name', reason: '应是曾用名' }] }, call)
    await load(c.officer, resource, '人口.csv', peopleHeader + Array.from({ length: 20 }, (_, i) => peopleRow(i, { citizen_no: citizenSpread(i), height: i === 3 ? '' : 170, ...(i === 7 ? { name: '改过名' } : {}) })).join(''))
    assert.deepEqual(await both.post(`/forms/${form.form_id}/answers`, { ...body, doubts: [{ name: 'name', reason: '应是曾用名' }] }, call), first, 'its answer was lost on the way')
    const again = await both.refused(409, 'POST', `/forms/${form.form_id}/answers`, { ...body, version: 1 })
    assert.equal(again.field, 'seen.name')
    const now = await both.post(`/forms/${form.form_id}/begin`, { key })
    assert.equal(now.version, 1)
    assert.ok(now.answered_at && now.fields[0].mark !== mark)
    const twice = await both.refused(409, 'POST', `/forms/${form.form_id}/answers`, { ...body, seen: { name: now.fields[0].mark } })
    assert.deepEqual([twice.field, twice.rule], ['version', 'version'])
    await both.post(`/forms/${form.form_id}/answers`, { ...body, seen: { name: now.fields[0].mark }, version: now.version })
    await both.refused(409, 'POST', `/forms/${form.form_id}/answers`, { ...body, version: 1 })
  })

  test('the burden meter tells what was asked for and what was spared; a closed form takes nothing more', async () => {
    const meter = (await grid.get('/forms/burden')).items.find((one) => one.form_id === form.form_id)
    // subject 3: 3 asked, 1 held; subjects 5 and 7: 2 asked (height is held), 2 held; the newest answer of each
    assert.deepEqual([meter.answers, meter.asked, meter.spared, meter.doubts], [3, 7, 5, 1])
    const now = await c.officer.get('/forms/' + form.form_id)
    await c.police.refused(403, 'POST', `/forms/${form.form_id}/close`, { version: now.version })
    await c.officer.post(`/forms/${form.form_id}/close`, { version: now.version })
    await grid.refused(409, 'POST', `/forms/${form.form_id}/begin`, { key: { citizen_no: subject } })
    const nobody = await c.officer.post('/forms', { title: '巡查记录', purpose: '巡查', basis: '《某办法》', document: { fields: [{ name: 'seen', title: '巡查所见', kind: 'text', required: true }] } })
    const open = await c.officer.post(`/forms/${nobody.form_id}/submit`, { version: nobody.version })
    for (let i = 0; i < 2; i++) await grid.post(`/forms/${open.form_id}/answers`, { values: { seen: '无异常' } }, { 'idempotency-key': 'one-and-the-same-call' })
    assert.equal((await c.officer.get('/forms/' + open.form_id)).answers, 1, 'the same call twice is one answer')
    const bad = { fields: [{ name: 'a', title: 'A', source: { resource_id: resource, field: 'nosuch' } }] }
    assert.equal((await c.officer.refused(400, 'POST', '/forms', { title: '错表', purpose: '错误', basis: '无', document: bad })).rule, 'length')
    bad.subject = resource
    assert.equal((await c.officer.refused(400, 'POST', '/forms', { title: '错表', purpose: '错误', basis: '无依据', document: bad })).rule, 'unknown_field')
  })
})
