// XLSX files for tests, made and read here: no library of the product has a hand in them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { folder } from './harness.mjs'

function partOf(bytes, part) {
  const path = join(folder('xlsx'), 'file.xlsx')
  writeFileSync(path, bytes)
  const done = spawnSync('unzip', ['-p', path, part], { encoding: 'utf8', maxBuffer: 1 << 28 })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout
}

/** How a sheet is kept: its frozen pane and filter, and the number formats of the cells of its row 2 by column letter. */
export function sheetLook(bytes, number = 1) {
  const sheet = partOf(bytes, `xl/worksheets/sheet${number}.xml`), styles = partOf(bytes, 'xl/styles.xml')
  const named = { 0: 'General', 3: '#,##0', 2: '0.00', 49: '@', ...Object.fromEntries([...styles.matchAll(/numFmtId="(\d+)" formatCode="([^"]+)"/g)].map((one) => one.slice(1))) }
  const forms = [...styles.match(/<cellXfs.*?<\/cellXfs>/s)[0].matchAll(/<xf numFmtId="(\d+)"/g)].map((one) => named[one[1]])
  return { frozen: /state="frozen"/.test(sheet), filter: sheet.match(/<autoFilter ref="([^"]+)"/)?.[1], forms: Object.fromEntries([...sheet.matchAll(/<c r="([A-Z]+)2"(?: s="(\d+)")?/g)].map((one) => [one[1], forms[one[2] ?? 0]])) }
}

/** Rows of a sheet as texts, by the workbook's own parts (libxlsxwriter writes strings inline in this mode). */
export function sheetRows(bytes, number = 1) {
  const sheet = partOf(bytes, `xl/worksheets/sheet${number}.xml`)
  const plain = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  return [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map((row) => {
    const cells = []
    for (const cell of row[1].matchAll(/<c r="([A-Z]+)\d+"[^>]*?(?:\/>|>(.*?)<\/c>)/gs))
      cells[[...cell[1]].reduce((n, letter) => n * 26 + letter.charCodeAt(0) - 64, 0) - 1] = plain(cell[2]?.match(/<t[^>]*>(.*?)<\/t>/s)?.[1] ?? cell[2]?.match(/<v>(.*?)<\/v>/)?.[1] ?? '')
    return Array.from(cells, (cell) => cell ?? '')
  })
}

/** A workbook of one sheet with cells of text and numbers without a form of their own, as spreadsheets write them. */
export function workbook(table) {
  const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const column = (i) => (i >= 26 ? String.fromCharCode(64 + Math.floor(i / 26)) : '') + String.fromCharCode(65 + (i % 26))
  const cells = (row, r) => row.map((value, i) => `<c r="${column(i)}${r + 1}"` + (typeof value === 'number' ? `><v>${value}</v></c>` : ` t="inlineStr"><is><t>${escape(value)}</t></is></c>`)).join('')
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main', types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships', packaged = 'http://schemas.openxmlformats.org/package/2006'
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
  return zip({
    '[Content_Types].xml': `${head}<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${types}.worksheet+xml"/></Types>`,
    '_rels/.rels': `${head}<Relationships xmlns="${packaged}/relationships"><Relationship Id="r1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${head}<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="人口" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${head}<Relationships xmlns="${packaged}/relationships"><Relationship Id="r1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `${head}<worksheet xmlns="${main}"><sheetData>${table.map((row, r) => `<row r="${r + 1}">${cells(row, r)}</row>`).join('')}</sheetData></worksheet>`,
  })
}
function crc32(bytes) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  }
  return ~crc >>> 0
}
function zip(files) {
  const local = [], central = []
  let at = 0
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text), packed = deflateRawSync(bytes), path = Buffer.from(name)
    const about = Buffer.alloc(26) // from "version needed" on, the same in both places
    about.writeUInt16LE(20, 0)
    about.writeUInt16LE(8, 4)
    about.writeUInt16LE(0x21, 8) // 1980-01-01
    about.writeUInt32LE(crc32(bytes), 10)
    about.writeUInt32LE(packed.length, 14)
    about.writeUInt32LE(bytes.length, 18)
    about.writeUInt16LE(path.length, 22)
    const tail = Buffer.alloc(14) // comment, disk, attributes, offset
    tail.writeUInt32LE(at, 10)
    local.push(Buffer.from('PK\x03\x04'), about, path, packed)
    central.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), about, tail, path)
    at += 4 + about.length + path.length + packed.length
  }
  const directory = Buffer.concat(central), end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(Object.keys(files).length, 8)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...local, directory, end])
}
