// Pictures on the phone: the place the camera wrote (EXIF GPS, WGS-84), then the picture made small. The small one carries no metadata.
export const LONG_SIDE = 1600
const QUALITY = 0.8, PHOTO_MAX = 40 * 1048576, HEAD = 262144, TOO_MUCH = 8 * 1048576

export interface PhotoPlace { lon: number; lat: number; crs?: 'GCJ02' /* as its camera says; else WGS-84 */ }
/** Of a JPEG's EXIF; null where there is none or it cannot be (0,0; out of range). */
export function placeOf(bytes: ArrayBuffer): PhotoPlace | null {
	const view = new DataView(bytes)
	if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null
	for (let at = 2; at + 4 <= view.byteLength && view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda;) {
		const size = view.getUint16(at + 2)
		if (view.getUint8(at + 1) === 0xe1 && at + 10 <= view.byteLength && view.getUint32(at + 4) === 0x45786966) {
			try { return gpsOf(new DataView(bytes, at + 10, Math.min(size - 8, view.byteLength - at - 10))) } catch { return null }
		}
		at += 2 + size
	}
	return null
}
/** tiff: from its byte order on. Reading past its end throws RangeError. */
function gpsOf(tiff: DataView): PhotoPlace | null {
	const little = tiff.getUint16(0) === 0x4949
	const entries = (from: number) => Array.from({ length: tiff.getUint16(from, little) }, (_, i) => from + 2 + 12 * i)
	const find = (from: number, tag: number) => entries(from).find((at) => tiff.getUint16(at, little) === tag)
	const pointer = find(tiff.getUint32(4, little), 0x8825)
	if (pointer === undefined) return null
	const gps = tiff.getUint32(pointer + 8, little)
	if (!gps) return null
	const degrees = (refTag: number, tag: number, negative: string) => {
		const ref = find(gps, refTag), value = find(gps, tag)
		if (ref === undefined || value === undefined) return NaN
		const from = tiff.getUint32(value + 8, little)
		const part = (i: number) => tiff.getUint32(from + 8 * i, little) / tiff.getUint32(from + 8 * i + 4, little)
		const whole = part(0) + part(1) / 60 + part(2) / 3600
		return String.fromCharCode(tiff.getUint8(ref + 8)) === negative ? -whole : whole
	}
	const lat = degrees(1, 2, 'S'), lon = degrees(3, 4, 'W')
	if (!Number.isFinite(lon) || !Number.isFinite(lat) || Math.abs(lon) > 180 || Math.abs(lat) > 90 || (lon === 0 && lat === 0)) return null
	const datum = find(gps, 0x12), length = datum === undefined ? 0 : tiff.getUint32(datum + 4, little) // GPSMapDatum; up to 4 bytes stand in the entry
	const named = datum === undefined ? '' : String.fromCharCode(...Array.from({ length: Math.min(length, 20) }, (_, i) => tiff.getUint8((length > 4 ? tiff.getUint32(datum + 8, little) : datum + 8) + i)))
	return /gcj/i.test(named) ? { lon, lat, crs: 'GCJ02' } : { lon, lat }
}

export interface SmallPhoto { bytes: ArrayBuffer; type: string; name: string; place: PhotoPlace | null }
export class PhotoError extends Error { constructor(readonly why: 'notPhoto' | 'photoLarge') { super(why) } }

function decode(file: Blob): Promise<HTMLImageElement> {
	return new Promise((resolve, reject) => {
		const image = new Image(), url = URL.createObjectURL(file)
		image.onload = () => { URL.revokeObjectURL(url); resolve(image) }
		image.onerror = () => { URL.revokeObjectURL(url); reject(new PhotoError('notPhoto')) }
		image.src = url
	})
}
/** A picture the browser can read is redrawn at most LONG_SIDE long, the right way up; HEIC it cannot read, and a picture too large for the
 * phone's memory, are kept as they are. */
export async function shrink(file: File): Promise<SmallPhoto> {
	if (file.size > PHOTO_MAX) throw new PhotoError('photoLarge')
	const head = await file.slice(0, HEAD).arrayBuffer()
	const place = placeOf(head)
	let image
	try { image = await decode(file) } catch (error) {
		const mark = String.fromCharCode(...new Uint8Array(head, 0, Math.min(12, head.byteLength)))
		const type = /^....ftyp(heic|heix|mif1|msf1)/s.test(mark) ? 'image/heic' : file.size > TOO_MUCH && mark.startsWith('\xff\xd8\xff') ? 'image/jpeg' : ''
		if (!type) throw error
		return { bytes: await file.arrayBuffer(), type, name: file.name, place }
	}
	const scale = Math.min(1, LONG_SIDE / Math.max(image.naturalWidth, image.naturalHeight))
	const canvas = document.createElement('canvas')
	canvas.width = Math.max(1, Math.round(image.naturalWidth * scale))
	canvas.height = Math.max(1, Math.round(image.naturalHeight * scale))
	canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
	const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
	canvas.width = canvas.height = 0 // cheap phones: the memory goes at once
	if (!small) throw new PhotoError('notPhoto')
	return { bytes: await small.arrayBuffer(), type: 'image/jpeg', name: file.name.replace(/\.\w+$/, '') + '.jpg', place }
}
