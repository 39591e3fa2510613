import { expect, it } from 'vitest'
import { placeOf } from './photo'

/** A JPEG's head with EXIF GPS in degrees as a camera writes them, and its datum. */
function jpeg(lon: number, lat: number, datum = '', under = 1_000_000) {
	const bytes = new Uint8Array(300), view = new DataView(bytes.buffer), tiff = 12
	view.setUint32(0, 0xffd8ffe1); view.setUint16(4, 280); view.setUint32(6, 0x45786966)
	view.setUint32(tiff, 0x4d4d002a); view.setUint32(tiff + 4, 8)
	const entry = (at: number, tag: number, type: number, count: number, value: number) => { view.setUint16(tiff + at, tag); view.setUint16(tiff + at + 2, type); view.setUint32(tiff + at + 4, count); view.setUint32(tiff + at + 8, value) }
	const rational = (at: number, degrees: number) => { for (const [i, over] of [Math.round(Math.abs(degrees) * 1e6), 0, 0].entries()) { view.setUint32(tiff + at + 8 * i, over); view.setUint32(tiff + at + 8 * i + 4, i ? 1 : under) } }
	view.setUint16(tiff + 8, 1); entry(10, 0x8825, 4, 1, 26)
	view.setUint16(tiff + 26, 5)
	entry(28, 1, 2, 2, (lat < 0 ? 'S' : 'N').charCodeAt(0) << 24); entry(40, 2, 5, 3, 100); entry(52, 3, 2, 2, (lon < 0 ? 'W' : 'E').charCodeAt(0) << 24); entry(64, 4, 5, 3, 130); entry(76, 0x12, 2, datum.length + 1, 160)
	rational(100, lat); rational(130, lon)
	for (let i = 0; i < datum.length; i++) view.setUint8(tiff + 160 + i, datum.charCodeAt(i))
	return bytes.buffer
}
it('the place a camera wrote; none that cannot be; GCJ-02 where the camera says so', () => {
	expect(placeOf(jpeg(120.2841, 31.9102))).toEqual({ lon: 120.2841, lat: 31.9102 })
	expect(placeOf(jpeg(-120.2841, -31.9102, 'WGS-84'))).toEqual({ lon: -120.2841, lat: -31.9102 })
	expect(placeOf(jpeg(120.2841, 31.9102, 'GCJ-02'))).toEqual({ lon: 120.2841, lat: 31.9102, crs: 'GCJ02' })
	for (const none of [jpeg(0, 0), jpeg(200, 31), jpeg(120, 95), jpeg(120, 31, '', 0), new ArrayBuffer(3), jpeg(120, 31).slice(0, 60)]) expect(placeOf(none)).toBeNull()
})
