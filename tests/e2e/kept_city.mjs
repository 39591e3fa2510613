// Cities made once and copied for each suite: init hashes one password an account, and a first log-in four, which is the same work in each
// file. What init and a first login do is tested where they are the subject (demo, keys, sources, cascade, pages).
// A kept city is a folder of YIWANG_CITIES (tools/test.sh or e2e.sh makes and removes it; without it each test program keeps its own): state/, and
// kept.json with the database that is copied, the sessions that server.as(login) gives and, for a city of city.mjs, its persons.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { Client, Server, folder, freshStore, initCity } from './harness.mjs'
import { city } from './city.mjs'

const kind = (peopled) => (peopled ? 'peopled' : 'bare')
const oldest = 22 * 60000 // sessions end after 30 minutes without a request
// of the demo city's people those whom more than one file asks for; scjg.officer's first log-in is a subject of pages.test.mjs
const known = ['sysadmin', 'secadmin', 'auditor', 'dsj.shen', 'cg.supervisor', 'cg.dispatcher', 'cg.dispatcher2', 'cg.operator', 'cg.grid', 'cg.grid2', 'sw.handler']
let shelf

async function make(engine, peopled, made) {
  let server
  const kept = {}
  if (peopled) {
    server = await (await copy(engine, false, {})).start()
    const { server: _, ...persons } = await city(server)
    kept.persons = Object.fromEntries(Object.entries(persons).map(([name, one]) => [name, one instanceof Client ? { ...one, server: null } : one]))
  } else {
    server = new Server(join(folder('city'), 'state'), freshStore(engine))
    initCity(server.dir, server.store, '--no-data')
    await server.start()
    for (const login of known) await server.as(login)
  }
  await server.stop()
  Object.assign(kept, { store: server.store, passwords: server.passwords, sessions: server.sessions })
  renameSync(server.dir, join(made, 'state'))
  writeFileSync(join(made, 'kept.json'), JSON.stringify(kept))
}

/** The first program that comes makes it beside its place and moves it there; others wait. */
async function keep(engine, peopled, place) {
  const made = place + '-making'
  try {
    mkdirSync(made)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    await new Promise((done) => setTimeout(done, 100))
    return
  }
  try {
    if (!existsSync(place)) { // it came between two looks
      await make(engine, peopled, made)
      renameSync(made, place)
    }
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/** A server, not started, over a copy of a kept city; with persons, city(server) gives them. */
export async function copy(engine, peopled, options) {
  shelf ??= process.env.YIWANG_CITIES ?? folder('cities')
  let place
  for (let n = 0; ; n++) {
    place = join(shelf, `${engine}-${kind(peopled)}-${n}`)
    while (!existsSync(place)) await keep(engine, peopled, place)
    if (Date.now() - statSync(join(place, 'kept.json')).mtimeMs < oldest) break
  }
  const kept = JSON.parse(readFileSync(join(place, 'kept.json'), 'utf8'))
  const dir = join(folder('city'), 'state')
  const copied = spawnSync('cp', ['-a', join(place, 'state'), dir], { encoding: 'utf8' })
  assert.equal(copied.status, 0, copied.stderr)
  const server = new Server(dir, freshStore(engine, kept.store), options)
  if (server.store) writeFileSync(join(dir, 'store.url'), server.store + '\n')
  server.passwords = kept.passwords
  server.sessions = kept.sessions
  if (!peopled) return server
  server.persons = Object.fromEntries(Object.entries(kept.persons).map(([name, one]) =>
    [name, one && typeof one === 'object' ? Object.assign(new Client(server), one, { server }) : one]))
  return server
}
