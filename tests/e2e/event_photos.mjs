// Small pictures for the tests, made in a browser's canvas, and EXIF as a phone would write it.
const jpegText =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAwAEADASIAAhEBAxEB/8QAGgAAAwEBAQEAAAAAAAAAAAAAAQIFAwQGAP/EABwQAQADAAMBAQAAAAAAAAAAAAEAAgMEETFBBf/EABcBAQEBAQAAAAAAAAAAAAAAAAMCBAH/xAAWEQEBAQAAAAAAAAAAAAAAAAABAAL/2gAMAwEAAhEDEQA/AJoRwgCaBHWIL4JoEARwhrUEQjhAEcIS1hEJoEARwhrUFLCOEARwmpYghaxnRvbwO5J25Gm1ltZD4Hkq8qjfjaVr71IsNZMlthydMLDWyn2r4y/jY0zrevljsnmp6Lg52z4mVbdj19h6qugI4QBNAgrdClhHCAI4TUsQRCc235uW1m1VpZ968nWE0CGtRcfG/MyysWsuljzvyUAgCOEPTWRCOEATQIS1Bf/Z'
const webpText =
  'UklGRoACAABXRUJQVlA4WAoAAAAgAAAAPwAALwAASUNDUMgBAAAAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADZWUDggkgAAAJAFAJ0BKkAAMAA/EXiyUjCnJKutSAIQIgljAKSeH2DcTUEWD197pFkGMdVrOi5BJtW3iTjAAP7hH9zagLkU/PNk0RfWP+jzRr09hD76uvsPzyYKxeI1or2Aal6rJ2HaYg5JdU/q9YY2+ZIOVT4veK1DlJ/4F67lenVh07Y+TcSt8Mm4z3ZIAETDM4mduZDAAAAA'
export const webp = Buffer.from(webpText, 'base64')

function rationals(degrees) {
  const d = Math.floor(degrees)
  const m = Math.floor((degrees - d) * 60)
  const s = Math.round(((degrees - d) * 60 - m) * 60 * 10000)
  const out = Buffer.alloc(24)
  for (const [i, [over, under]] of [[d, 1], [m, 1], [s, 10000]].entries()) { out.writeUInt32BE(over, i * 8); out.writeUInt32BE(under, i * 8 + 4) }
  return out
}
/** A TIFF with orientation, time and place: directory 0, EXIF, GPS, then the values. place: [lon, lat] or null. */
export function exif({ place = null, taken = '2026:11:20 09:30:00', zone = '+08:00', orientation = 6 } = {}) {
  const entry = (tag, type, count, value) => { const out = Buffer.alloc(12); out.writeUInt16BE(tag, 0); out.writeUInt16BE(type, 2); out.writeUInt32BE(count, 4); (Buffer.isBuffer(value) ? value : (() => { const b = Buffer.alloc(4); b.writeUInt32BE(value); return b })()).copy(out, 8); return out }
  const short = (n) => Buffer.from([0, n, 0, 0])
  const directory = (entries) => Buffer.concat([Buffer.from([0, entries.length]), ...entries, Buffer.alloc(4)])
  const first = 8, second = first + 2 + 3 * 12 + 4, third = second + 2 + 2 * 12 + 4, values = third + 2 + 4 * 12 + 4
  const lat = place ? rationals(Math.abs(place[1])) : Buffer.alloc(0), lon = place ? rationals(Math.abs(place[0])) : Buffer.alloc(0)
  const time = Buffer.from(taken + '\0'), offset = Buffer.from(zone + '\0')
  return Buffer.concat([Buffer.from('MM\0*\0\0\0\b', 'latin1'),
    directory([entry(0x0112, 3, 1, short(orientation)), entry(0x8769, 4, 1, second), entry(0x8825, 4, 1, place ? third : 0)]),
    directory([entry(0x9003, 2, 20, values), entry(0x9011, 2, 7, values + 20)]),
    directory([entry(1, 2, 2, Buffer.from(place && place[1] < 0 ? 'S\0\0\0' : 'N\0\0\0')), entry(2, 5, 3, values + 28), entry(3, 2, 2, Buffer.from(place && place[0] < 0 ? 'W\0\0\0' : 'E\0\0\0')), entry(4, 5, 3, values + 52)]),
    time, offset, Buffer.alloc(1), lat, lon])
}
/** A JPEG a few bytes different each time, with EXIF where given. */
let serial = 0
export function jpeg(meta) {
  const plain = Buffer.from(jpegText, 'base64')
  const parts = [plain.subarray(0, 2)]
  if (meta) { const body = Buffer.concat([Buffer.from('Exif\0\0'), exif(meta)]); parts.push(Buffer.from([0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 255]), body) }
  const words = Buffer.from('secret comment ' + ++serial)
  parts.push(Buffer.from([0xff, 0xfe, 0, words.length + 2]), words, plain.subarray(2), Buffer.from('trailing bytes'))
  return Buffer.concat(parts)
}

/** A small HEIC: its boxes are true, its coded data is not. With EXIF (meta as of jpeg), XMP, a box of an app and something after its end. */
export function heic(meta = {}) {
  const u = (n, width) => { const out = Buffer.alloc(width); out.writeUIntBE(n, 0, width); return out }
  const box = (type, ...parts) => { const body = Buffer.concat(parts.map((part) => typeof part === 'string' ? Buffer.from(part, 'latin1') : part)); return Buffer.concat([u(body.length + 8, 4), Buffer.from(type, 'latin1'), body]) }
  const full = (type, version, ...parts) => box(type, u(version, 1), u(0, 3), ...parts)
  const coded = Buffer.from('coded picture ' + ++serial), tiff = Buffer.concat([u(6, 4), Buffer.from('Exif\0\0'), exif(meta)]), xmp = Buffer.from('<x:xmpmeta>secret words</x:xmpmeta>')
  const item = (id, type, name = '\0') => full('infe', 2, u(id, 2), u(0, 2), type, name)
  const whole = (from) => {
    const lies = [coded, tiff, xmp].map((bytes, i, all) => [from + all.slice(0, i).reduce((sum, one) => sum + one.length, 0), bytes.length])
    return Buffer.concat([box('ftyp', 'heic', u(0, 4), 'mif1heic'),
      full('meta', 0, full('hdlr', 0, u(0, 4), 'pict', Buffer.alloc(12), 'secret handler\0'), full('pitm', 0, u(1, 2)),
        full('iinf', 0, u(3, 2), item(1, 'hvc1', 'secret name\0'), item(2, 'Exif'), item(3, 'mime', '\0application/rdf+xml\0')),
        full('iloc', 0, u(0x4400, 2), u(3, 2), ...lies.map(([at, length], i) => Buffer.concat([u(i + 1, 2), u(0, 2), u(1, 2), u(at, 4), u(length, 4)]))),
        box('iprp', box('ipco', full('ispe', 0, u(64, 4), u(48, 4)), full('udes', 0, 'secret\0')), full('ipma', 0, u(1, 4), u(1, 2), u(1, 1), u(1, 1)))),
      box('uuid', 'secret of an app'), box('mdat', coded, tiff, xmp), Buffer.from('trailing bytes')])
  }
  return whole(whole(0).indexOf(coded))
}
