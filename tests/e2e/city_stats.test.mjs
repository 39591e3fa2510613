// Figures of city events over the real server: a simulated day of a hundred officers' reports goes all ways by a printed seed; then
// every figure is counted anew from the cases' own histories: by unit, town, grid and class, today and for other periods.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite, Server, random, seed } from './harness.mjs'
import { sheetLook, sheetRows } from './workbook.mjs'

const DAY = 86400e3, PAST = 399 * DAY
suite('statistics of city events', (engine) => {
  let server, who, sys, units
  const orgs = {}, ids = new Set()
  /** The store itself: only there time can be made to have passed. */
  function sql(text) {
    const made = engine === 'sqlite' ? spawnSync('sqlite3', ['-cmd', '.timeout 20000', join(server.dir, 'yiwang.db'), text], { encoding: 'utf8' })
      : spawnSync('psql', [server.store, '-qAtc', text], { encoding: 'utf8' })
    assert.equal(made.status, 0, made.stderr + made.stdout)
  }
  const classes = ['B0101', 'B0103', 'S0101', 'S0102', 'S0405'], places = [[120.2841, 31.9102], [120.31, 31.93], [120.25, 31.88], [120.2, 31.9]]

  /** One random step of a case in its state, or nothing. */
  function choices(one, rnd) {
    const pick = (list) => list[Math.floor(rnd() * list.length)]
    const { dispatcher, supervisor, grid } = who
    const hand = one.supplier_org_name === '演示市水务局' ? who.water : who.urban
    if (one.state === 'dispose' && !one.supplier_org_name) return null // it was split and is to be done anew: nobody has it
    const send = () => ({ form: { org_id: pick(units), reason: '按实际情况' } })
    const term = (name) => [hand, name, { form: { reason: '等待备件', term: { work_days: 2 } } }]
    const work = [[hand, 'finish', { note: '完成' }], [hand, 'finish', { note: '完成' }], [hand, 'finish', { note: '完成' }], term('ask_hang'), term('ask_postpone'), [supervisor, 'cancel', { note: '登记有误' }],
      ...one.returns < 2 ? [[hand, 'return', { note: '不属于本单位', form: { duty: '职责清单第 5 项' } }]] : []]
    const child = { dispose: [[hand, 'finish', { note: '完成' }], [hand, 'return', { note: '不属于本单位', form: { duty: '职责清单第 5 项' } }]] }
    return pick((one.parent.length ? child : {
      accept: [[dispatcher, 'accept', { form: { field_account: who.officer } }], [dispatcher, 'accept', { form: { field_account: who.officer } }], [dispatcher, 'accept_known'], [dispatcher, 'file', { form: { condition_no: 1 } }],
        [dispatcher, 'refuse', { note: '不在范围' }], [grid, 'withdraw', { note: '报错了' }], [dispatcher, 'merge', { form: { case_id: one.main } }]],
      verify: [[grid, 'verify_true'], [grid, 'verify_true'], [grid, 'verify_false', { note: '未见' }], [supervisor, 'cancel', { note: '登记有误' }]],
      file: [[dispatcher, 'file', { form: { condition_no: 1 } }], [dispatcher, 'file', { form: { condition_no: 1 } }], [dispatcher, 'refuse', { note: '不在范围' }]],
      dispatch: [[dispatcher, 'dispatch', send()], [dispatcher, 'dispatch', send()], [dispatcher, 'dispatch', send()], [dispatcher, 'split', { form: { parts: units.map((org_id) => ({ org_id, words: '分办' })) } }]],
      dispose: [[hand, 'sign'], [hand, 'sign'], ...work], handle: work,
      hang_asked: [[supervisor, 'approve_hang', { note: '同意' }], [supervisor, 'refuse_hang', { note: '不同意' }]], hung: [[hand, 'resume']],
      postpone_asked: [[supervisor, 'approve_postpone', { note: '同意' }], [supervisor, 'refuse_postpone', { note: '不同意' }]],
      ruling: [[supervisor, 'rule', { note: '由该单位办理', ...send() }]],
      check: [[grid, 'check_good'], [grid, 'check_good'], [grid, 'check_bad', { note: '未修好' }]],
      close: [[dispatcher, 'close'], [dispatcher, 'close'], [dispatcher, 'rework', { note: '请重做' }]],
      done: [[grid, 'rate', { form: { stars: 1 + Math.floor(rnd() * 5) } }], [grid, 'rate', { form: { stars: 5 } }], ...Date.now() - Date.parse(one.closed_at) < 29 * DAY ? [[supervisor, 'reopen', { note: '未解决' }]] : [], null], // only so long after
    })[one.state] ?? [null])
  }
  /** A case goes on until chance stops it. */
  async function goOn(id, rnd, stop, steps) {
    for (let n = 0; n < steps && rnd() > stop; n++) {
      const one = await who.supervisor.get('/cases/' + id)
      one.main = [...ids].find((other) => other !== id)
      const step = choices(one, rnd)
      if (!step) return
      const [client, action, body] = step
      const answer = await client.call('POST', `/cases/${id}/actions/${action}`, { version: one.version, ...body })
      assert.ok(answer.status === 200 || (action === 'merge' && answer.status < 500), `${action} in ${one.state}: ${answer.status} ${JSON.stringify(answer.body)}`)
      if (action === 'split') for (const part of (await who.dispatcher.get('/city-events/' + id)).parts) { ids.add(part.case_id); await goOn(part.case_id, rnd, 0.3, 1) }
      if (action === 'rate') return
    }
  }
  async function report(rnd) {
    const [lon, lat] = places[Math.floor(rnd() * places.length)]
    const made = await who.grid.post('/city-events', { class_code: classes[Math.floor(rnd() * classes.length)], lon: lon + (rnd() - 0.5) / 500, lat: lat + (rnd() - 0.5) / 500, description: '现场情况', address: '路口' })
    ids.add(made.case_id)
    return made.case_id
  }
  const several = async (n, work) => { // some at a time, each with numbers of its own: the order of answers changes nothing of their ways
    let next = 0
    await Promise.all(Array.from({ length: 6 }, async () => { while (next < n) { const i = next++; await work(i, random(seed * 1000 + i)) } }))
  }

  before(async () => {
    console.log(`# city_stats: YIWANG_SEED=${seed} (${engine})`)
    server = await Server.fresh(engine)
    const as = (login) => server.as(login)
    who = { grid: await as('cg.grid'), dispatcher: await as('cg.dispatcher'), supervisor: await as('cg.supervisor'), water: await as('sw.handler'), urban: await as('cgj.handler') }
    sys = await as('sysadmin')
    for (const org of (await sys.get('/orgs')).items) orgs[org.name] = org.org_id
    who.officer = (await sys.get('/accounts?q=cg.grid')).items.find((one) => one.login === 'cg.grid').account_id
    units = [orgs['演示市水务局'], orgs['演示市城市管理局']]
  })
  after(() => server?.stop())

  test('nothing yet: all counts are 0, all rates none, no score', async () => {
    const { total, items } = await who.supervisor.get('/event-stats?period=day&by=unit')
    assert.deepEqual([items, total.values.reports, total.values.close_rate, total.score], [[], 0, null, null])
    await (await server.as('mz.officer')).refused(403, 'GET', '/event-stats')
    await who.grid.refused(403, 'GET', '/event-stats')
    await who.supervisor.refused(400, 'GET', '/event-stats?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z')
    await who.supervisor.refused(400, 'GET', '/event-stats?at=31')
    await who.supervisor.refused(400, 'GET', '/event-stats/cases?figure=close_rate')
    await who.supervisor.refused(400, 'GET', '/event-stats/trend?figure=nothing')
  })

  let histories, names
  test('a hundred officers report and all goes its ways', async () => {
    const old = []
    await several(30, async (i, rnd) => { const id = await report(rnd); old.push(id); await goOn(id, rnd, 0.25, 6) })
    // one is rated, opened again, closed again and not rated again: one rating, of the first closing
    const twice = await report(random(seed + 1))
    const round = [['dispatcher', 'dispatch', { form: { org_id: units[0], reason: '按实际情况' } }], ['water', 'finish', { note: '完成' }], ['grid', 'check_good', {}], ['dispatcher', 'close', {}]]
    for (const [by, action, body] of [['dispatcher', 'file', { form: { condition_no: 1 } }], ...round, ['grid', 'rate', { form: { stars: 5 } }], ['supervisor', 'reopen', { note: '未解决' }], ...round])
      await who[by].post(`/cases/${twice}/actions/${action}`, { version: (await who.supervisor.get('/cases/' + twice)).version, ...body })
    assert.equal((await who.supervisor.get('/city-events/' + twice)).stars, 0)
    const { closed, rated } = (await who.supervisor.get('/event-stats?period=day')).total.values
    assert.ok(closed >= 2 && rated < closed, `${closed} closed, ${rated} rated`)
    // one lies with its unit whatever the seed: something is late
    const left = await report(random(seed))
    for (const [action, form] of [['file', { condition_no: 1 }], ['dispatch', { org_id: units[0], reason: '按实际情况' }]]) {
      await who.dispatcher.post(`/cases/${left}/actions/${action}`, { version: (await who.supervisor.get('/cases/' + left)).version, form })
    }
    // what they left was 57 weeks ago: open stages are late by now
    const us = PAST * 1000, never = '4102444800000000'
    sql(`UPDATE case_event SET at_us = at_us - ${us}, stage_begun_us = stage_begun_us - ${us}, stage_due_us = CASE WHEN stage_due_us < ${never} THEN stage_due_us - ${us} ELSE stage_due_us END;
      UPDATE work_case SET created_at = created_at - ${us}, begun_us = begun_us - ${us}, due_us = CASE WHEN due_us < ${never} THEN due_us - ${us} ELSE due_us END, paused_us = CASE WHEN paused_us > 0 THEN paused_us - ${us} ELSE 0 END, closed_at = CASE WHEN closed_at > 0 THEN closed_at - ${us} ELSE 0 END WHERE line = 'city';
      UPDATE event SET reported_us = reported_us - ${us}`)
    // as after a calendar that is published late: open stages are worked out anew, ended ones keep what was in force
    const bureau = await server.as('dsj.shen')
    await sys.put('/calendar/2020', { days: [{ day: '2020-05-01', kind: 'holiday', occasion: '劳动节' }] })
    for (let n = 0; (await bureau.get('/jobs?limit=20')).items.some((job) => job.kind === 'casework.recompute' && ['queued', 'running'].includes(job.state)) || n < 3; n++) { assert.ok(n < 150, 'clocks are not worked out anew'); await new Promise((r) => setTimeout(r, 100)) }
    await several(30, async (i) => { const rnd = random(seed * 7 + i); if (rnd() < 0.6) await goOn(old.sort()[i], rnd, 0.05, 8) })
    await several(70, async (i, rnd) => { await goOn(await report(random(seed * 3 + i)), rnd, 0.06, 14) })
    histories = []
    await several(ids.size, async (i) => {
      const id = [...ids][i]
      const [one, event] = [await who.supervisor.get('/cases/' + id), await who.supervisor.get('/city-events/' + id)]
      histories.push({ ...one, event })
    })
    names = Object.fromEntries(Object.entries(orgs).map(([name, id]) => [id, name]))
    assert.ok(ids.size >= 100)
  })

  // --- the count by itself: from histories and clocks alone, nothing of it is the server's arithmetic ---------------------------
  function facts(one, from, until) {
    const edge = Math.min(until, Date.now()), out = [], at = (text) => Date.parse(text)
    const events = [...one.events].sort((a, b) => a.no - b.no)
    const reported = at(one.event.reported_at)
    if (one.event.channel !== 'split' && reported >= from && reported < until) out.push({ what: 'report', valid: one.event.condition_no > 0, unit: one.supplier_org_name ?? '' })
    let unit = one.parent.length ? one.supplier_org_name : ''
    let stage = null, closing = null
    for (const event of events) {
      const when = at(event.at)
      if (['approve_hang', 'approve_postpone'].includes(event.action) && when >= from && when < until) out.push({ what: event.action, unit })
      if (event.clock === 'start') {
        if (stage) close(stage, event.action, when, unit)
        stage = { state: event.to, begun: when, text: event.at }
      }
      if (event.action === 'rate') closing.stars = event.form.stars // of the closing before it, and of no other
      if (['dispatch', 'rule'].includes(event.action)) unit = names[event.form.org_id]
    }
    if (!one.closed_at && stage) close(stage, '', Infinity, unit)
    return out
    function close(stage, action, ended, unit) {
      const clock = one.clocks.find((c) => c.begun_at === stage.text && c.state === stage.state)
      const fact = { what: stage.state, stars: 0 }
      if (action === 'close') closing = fact
      if (!clock || stage.begun >= until || ended < from) return
      const due = clock.due_at ? at(clock.due_at) : Infinity
      const timing = ended < until ? (ended <= due ? 'in_time' : 'late') : due < edge ? 'overdue' : 'pending'
      out.push(Object.assign(fact, { action: ended < until ? action : '', timing, unit, fresh: stage.begun >= from }))
    }
  }
  const steps = { accept: ['accept', 'accept_known', 'file', 'refuse', 'merge'], verify: ['verify_true', 'verify_false'], file: ['file', 'refuse'], dispatch: ['dispatch', 'split'], dispose: ['finish'], check: ['check_good', 'check_bad'], close: ['close', 'rework'] }
  function counted(all) {
    const n = (test) => all.filter(test).length, out = {}
    out.reports = n((f) => f.what === 'report'); out.reports_valid = n((f) => f.what === 'report' && f.valid)
    for (const [stage, actions] of Object.entries(steps)) {
      const mine = all.filter((f) => f.what === stage), done = mine.filter((f) => actions.includes(f.action))
      out[stage + '_done'] = done.length
      out[stage + '_in_time'] = done.filter((f) => f.timing === 'in_time').length
      out[stage + '_overdue'] = done.filter((f) => f.timing === 'late').length + mine.filter((f) => f.timing === 'overdue').length
      out[stage + '_pending'] = mine.filter((f) => f.timing === 'pending').length
      out[stage + '_rate'] = out[stage + '_in_time'] + out[stage + '_overdue'] ? out[stage + '_in_time'] / (out[stage + '_in_time'] + out[stage + '_overdue']) : null
    }
    const did = (what, action, more = () => true) => n((f) => (!what || f.what === what) && f.action === action && more(f))
    out.filed = did('', 'file'); out.not_filed = did('', 'refuse')
    out.dispatch_again = did('dispatch', 'dispatch', (f) => f.unit) + did('dispatch', 'split', (f) => f.unit)
    out.returns = did('dispose', 'return'); out.reworks = did('close', 'rework'); out.closed = did('close', 'close')
    out.hangs = n((f) => f.what === 'approve_hang'); out.postpones = n((f) => f.what === 'approve_postpone')
    out.check_sent = n((f) => f.what === 'check' && f.fresh && (!f.action || steps.check.includes(f.action)))
    out.rated = did('close', 'close', (f) => f.stars > 0); out.satisfied = did('close', 'close', (f) => f.stars >= 4)
    const share = (part, ...whole) => { const sum = whole.reduce((a, name) => a + out[name], 0); return sum ? out[part] / sum : null }
    out.valid_rate = share('reports_valid', 'reports'); out.return_rate = share('returns', 'returns', 'dispose_done')
    out.rework_rate = share('reworks', 'reworks', 'closed'); out.satisfaction = share('satisfied', 'rated')
    return out
  }
  const score = (v) => v.dispose_rate === null ? null : Math.max(0, 100 * (0.5 * v.dispose_rate + 0.2 * (v.close_rate ?? 1) + 0.2 * (v.satisfaction ?? 1) + 0.1 * (1 - (v.return_rate ?? 0))) - 20 * (v.rework_rate ?? 0))
  const same = (got, want, what) => {
    assert.deepEqual(Object.keys(got).sort(), Object.keys(want).sort(), 'the figures')
    for (const [name, value] of Object.entries(want)) assert.ok(got[name] === value || Math.abs(got[name] - value) < 1e-12, `${what}, ${name}: ${got[name]}, by the histories ${value} (YIWANG_SEED=${seed})`)
  }
  const local = (ms) => new Date(ms + 8 * 3600e3).toISOString().slice(0, 10)
  const midnight = (ms) => Date.parse(local(ms) + 'T00:00:00+08:00')
  const periods = () => {
    const today = midnight(Date.now()), then = midnight(Date.now() - PAST)
    return [['period=day', today, today + DAY], [`period=day&at=${local(then)}`, then, then + DAY], [`from=${new Date(then).toISOString()}&until=${new Date(today + DAY).toISOString()}`, then, today + DAY],
      [`from=${new Date(then + DAY).toISOString()}&until=${new Date(then + 200 * DAY).toISOString()}`, then + DAY, then + 200 * DAY],
      ['period=year', Date.parse(local(today).slice(0, 4) + '-01-01T00:00:00+08:00'), Date.parse(Number(local(today).slice(0, 4)) + 1 + '-01-01T00:00:00+08:00')]]
  }

  test('every figure is what the histories say, in each period, in total and by unit, class, town and grid', async () => {
    let late = 0
    for (const [query, from, until] of periods()) {
      const found = histories.map((one) => ({ one, facts: facts(one, from, until) }))
      const all = found.flatMap((f) => f.facts)
      const { total } = await who.supervisor.get('/event-stats?' + query)
      same(total.values, counted(all), query)
      late += total.values.dispose_overdue
      const byUnit = await who.supervisor.get(`/event-stats?by=unit&${query}`)
      assert.deepEqual(byUnit.items.map((item) => item.name).sort(), [...new Set(all.map((f) => f.unit))].sort(), query)
      for (const item of byUnit.items) {
        const want = counted(all.filter((f) => f.unit === item.name))
        same(item.values, want, query + ' ' + item.name)
        if (item.name && want.dispose_rate !== null) assert.ok(Math.abs(item.score - score(want)) < 1e-9)
        else assert.equal(item.score, null)
      }
      for (const item of (await who.supervisor.get(`/event-stats?by=class&${query}`)).items) {
        same(item.values, counted(found.filter((f) => f.one.event.class_code === item.key).flatMap((f) => f.facts)), query + ' ' + item.key)
        assert.equal(item.score, null, 'no score of a class')
      }
      for (const by of ['town', 'village', 'grid']) {
        const items = (await who.supervisor.get(`/event-stats?by=${by}&${query}`)).items
        const at = { town: 1, village: 2, grid: 3 }[by]
        for (const item of items) {
          same(item.values, counted(found.filter((f) => (f.one.event.area_text.split(' / ')[at] ?? '') === item.name).flatMap((f) => f.facts)), `${query} ${by} ${item.name}`)
          if (by === 'grid') assert.equal(item.score, null, 'a grid has one officer: no score')
        }
      }
    }
    assert.ok(late > 0, 'something was late')
  })

  test('every number opens the cases behind it', async () => {
    const [query] = periods()[2]
    const { items, figures } = await who.supervisor.get(`/event-stats?by=unit&${query}`)
    const counts = figures.filter((one) => !one.rate)
    for (const item of items) for (const figure of counts) {
      if (!item.values[figure.name]) continue
      let sum = 0, after = ''
      do {
        const page = await who.supervisor.get(`/event-stats/cases?figure=${figure.name}&by=unit&key=${item.key}&limit=50&${query}${after}`)
        for (const row of page.items) { sum += row.times; assert.ok(ids.has(row.case_id)) }
        after = page.next ? '&after=' + page.next : ''
      } while (after)
      assert.equal(sum, item.values[figure.name], `${item.name} ${figure.name}`)
    }
  })

  test('a unit sees its own figures; the trend ends with the period; the workbook is one', async () => {
    const mine = await who.water.get('/event-stats?by=unit&period=day')
    assert.deepEqual(mine.items.map((item) => item.name), ['演示市水务局'])
    const trend = (await who.supervisor.get('/event-stats/trend?figure=reports&period=day')).items
    assert.deepEqual([trend.length, trend[11].value], [12, (await who.supervisor.get('/event-stats?period=day')).total.values.reports])
    assert.equal(Date.parse(trend[11].from) - Date.parse(trend[10].from), DAY)
    const book = await who.supervisor.call('GET', '/event-stats/workbook?by=unit&period=day')
    assert.equal(book.status, 200)
    const seen = await who.supervisor.get('/event-stats?by=unit&period=day'), rows = sheetRows(book.body), look = sheetLook(book.body)
    assert.deepEqual(rows[0], ['名称', '得分', ...seen.figures.map((one) => one.title)])
    assert.deepEqual([rows.length, look.frozen, /^A1:[A-Z]+\d+$/.test(look.filter), look.forms.C], [seen.items.length + 2, true, true, '#,##0'])
    const classes = await who.supervisor.call('GET', '/event-stats/workbook?by=class&period=day', undefined, { 'accept-language': 'en' })
    assert.deepEqual(sheetRows(classes.body)[0], ['Name', ...seen.figures.map((one) => one.title_en)], 'no score of classes, as on the page')
    for (const [name] of sheetRows(classes.body).slice(1, -1)) assert.doesNotMatch(name, /^\d+$/, 'a class is called by its name')
  })

  test('a class, an area or a line that does not exist is refused, not counted as zeros', async () => {
    for (const path of ['', '/trend?figure=reports', '/cases?figure=reports', '/workbook'])
      for (const [field, query] of [['class', 'class=zz'], ['area', 'area=1'], ['key', 'by=unit&key=17'], ['key', 'by=town&key=x'], ['key', 'by=class&key=99']]) {
        const why = (await who.supervisor.refused(400, 'GET', `/event-stats${path}${path.includes('?') ? '&' : '?'}${query}`))
        assert.deepEqual([why.field, why.value, why.rule, why.advice.length > 10], [field, query.split('=').pop(), { class: 'class_unknown', area: 'unknown_area', key: 'unknown_key' }[field], true], path + query)
      }
    const [{ key }] = (await who.supervisor.get('/event-stats?by=class&period=year')).items
    for (const query of ['class=B', 'class=' + key, 'by=unit&key=0', 'by=class&key=' + key]) await who.supervisor.get('/event-stats?' + query)
  })

  test('the formula is a setting: checked, versioned, shown', async () => {
    const before = await who.supervisor.get('/event-stats?by=unit&period=day')
    assert.equal(before.formula_version, 0)
    await sys.refused(400, 'PUT', '/settings/event.score', { value: '100 * (', version: 0 })
    await sys.put('/settings/event.score', { value: '100 * dispose_in_time', version: 0 })
    const after = await who.supervisor.get('/event-stats?by=unit&period=day')
    assert.deepEqual([after.formula, after.formula_version], ['100 * dispose_in_time', 1])
    for (const item of after.items) assert.equal(item.score, item.name ? 100 * item.values.dispose_in_time : null)
  })
})
