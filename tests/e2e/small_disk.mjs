// A disk of a few megabytes for the tests of full and read-only targets: a tmpfs, where this machine lets us mount one. Not a test itself.
import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import assert from 'node:assert/strict'

const mounts = []
process.on('exit', () => mounts.forEach((path) => {
  spawnSync('umount', ['-l', path])
  rmdirSync(path)
}))

/** Of a size such as '200k': {path, remount(options)}; null where nothing can be mounted. */
export function smallDisk(size, owner) {
  const path = mkdtempSync(join(tmpdir(), 'yiwang-disk-')) // not below the tests' folder: another user's server must get there
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]).status !== 0) {
    rmdirSync(path)
    return null
  }
  mounts.push(path)
  if (owner !== undefined) chownSync(path, owner, owner)
  const remount = (options) => assert.equal(spawnSync('mount', ['-o', 'remount,' + options, path]).status, 0, options)
  return { path, remount }
}
