// A centre, two departments and their people, with the process of tests/packs/city_small, and cases as the room of events leaves them.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { Server, root, yiwang } from './harness.mjs'
import { account } from './city.mjs'

export async function cityCases(engine, options = {}) {
  let made = 0
  const orgs = {}
  const sql = (text) => {
    if (engine === 'sqlite') execFileSync('sqlite3', ['-cmd', '.timeout 10000', join(server.dir, 'yiwang.db'), text])
    else execFileSync('psql', [server.store, '-v', 'ON_ERROR_STOP=1', '-qc', text])
  }
  /** A case that waits to be signed for, as the room of events leaves it; dispatched at that time. */
  function dispatched(begun = Date.now()) {
    const id = 7000000000000000n + BigInt(++made), us = BigInt(begun) * 1000n, due = us + 3n * 86400000000n
    const limits = '{"dispose":{"days":3},"check":{"hours":8}}'
    sql(`INSERT INTO work_case (case_id, number, process, process_version, state, previous, outcome, turn, turn_org, title, search_text, resource_id, asker_org,
        asker_account, supplier_org, account_id, form, decision, grant_id, begun_us, due_us, remind_us, paused_us, reminded, event_count, created_at, updated_at,
        closed_at, version, subject, line, kind, centre_org, home_org, field_org, limits, stage, step_us)
      VALUES (${id}, 'XS-2026-9${made}', 'city_small', 1, 'dispatched', 'reported', '', 'supplier', ${orgs.UNIT}, '井盖丢失', 'xs', 0, ${orgs.CENTRE}, 1, ${orgs.UNIT}, 0,
        '{}', NULL, 0, ${us}, ${due}, ${due - 4n * 3600000000n}, 0, 0, 1, ${us}, ${us}, 0, 1, 'event', 'city', 'component', ${orgs.CENTRE}, ${orgs.CENTRE},
        ${orgs.CENTRE}, '${limits}', 'dispatched', ${due});
      INSERT INTO case_event (case_id, event_no, at_us, account_id, org_id, side, action, from_state, to_state, clock, note, form, term)
      VALUES (${id}, 1, ${us}, 1, ${orgs.CENTRE}, 'bureau', 'start', '', 'dispatched', 'start', '', '{}', '${limits}')`)
    return String(id)
  }
  const server = await Server.fresh(engine, options)
  const sys = await server.as('sysadmin'), sec = await server.as('secadmin')
  for (const code of ['CENTRE', 'UNIT', 'UNIT2']) orgs[code] = (await sys.post('/orgs', { code, name: code, name_en: code })).org_id
  const handler = await account(server, sys, sec, 'handler1', orgs.UNIT, ['handler'])
  const other = await account(server, sys, sec, 'handler2', orgs.UNIT2, ['handler'])
  const centre = await account(server, sys, sec, 'centre1', orgs.CENTRE, ['dispatcher'])
  const lead = await account(server, sys, sec, 'lead1', orgs.CENTRE, ['supervisor'])
  const settings = (await sys.get('/settings')).items.find((one) => one.name === 'notify.seconds')
  await sys.put('/settings/notify.seconds', { value: '1', version: settings.version })
  await server.stop()
  yiwang('pack', 'load', server.dir, join(root, 'tests/packs/city_small'), ...(server.store ? ['--store', server.store] : []))
  await server.start()
  return { server, handler, other, centre, lead, sql, dispatched }
}
