// Where the phone is, asked for only by a tap, once, and kept nowhere but in what is submitted. Distances in metres.
export function whereAmI(): Promise<{ lon: number; lat: number }> {
	return new Promise((resolve, reject) => {
		if (!('geolocation' in navigator)) return reject(new Error('none'))
		navigator.geolocation.getCurrentPosition((at) => resolve({ lon: at.coords.longitude, lat: at.coords.latitude }), reject,
			{ enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 })
	})
}
export function metresBetween(a: { lon: number; lat: number }, b: { lon: number; lat: number }) {
	const rad = Math.PI / 180
	const h = Math.sin((b.lat - a.lat) * rad / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin((b.lon - a.lon) * rad / 2) ** 2
	return 2 * 6371008.8 * Math.asin(Math.sqrt(h))
}
