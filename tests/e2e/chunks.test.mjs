// Loads longer than one chunk of the loader (4,096 rows), in every way the last chunk can end: short, full, and one beyond.
import { before, after, test } from 'node:test'
import assert from 'node:assert/strict'
import { suite, Server } from './harness.mjs'
import { city, publish, peopleDocument, peopleCsv, peopleRow, load } from './city.mjs'

suite('loads of many chunks', (engine) => {
  let c
  before(async () => {
    c = await city(await Server.fresh(engine, { city: true }))
  })
  after(() => c?.server.stop())

  for (const rows of [4095, 4096, 4097, 8192, 20000])
    test(`${rows} rows arrive`, async () => {
      const resource = await publish(c, peopleDocument())
      for (const mode of ['full', 'upsert']) {
        const bad = mode === 'full' ? peopleRow(1, { citizen_no: '990001198001010011' }) : ''
        const job = await load(c.officer, resource, '人口.csv', peopleCsv(rows) + bad, { mode })
        assert.equal(job.state, 'reconciled', JSON.stringify(job))
        const { read, inserted, unchanged, refused, source_digest, target_digest } = job.result
        assert.deepEqual([read, inserted + unchanged, refused], [rows + (bad ? 1 : 0), rows, bad ? 1 : 0])
        assert.equal(source_digest, target_digest)
      }
      assert.equal(Number((await c.officer.get('/resources/' + resource)).row_count), rows)
    })
})
