// Interfaces that the lowest supported browsers (Chrome 86 class) lack and our libraries call. The bundler lowers syntax only.
// Imported first by every entry and every worker.
function at<T>(this: ArrayLike<T>, index: number): T | undefined {
	const whole = Math.trunc(index) || 0
	return this[whole < 0 ? this.length + whole : whole]
}
function add(target: object, name: string, value: unknown) {
	if (!(name in target)) Object.defineProperty(target, name, { value, writable: true, configurable: true })
}
add(Array.prototype, 'at', at)
add(String.prototype, 'at', at)
add(Object, 'hasOwn', (object: object, key: PropertyKey) => Object.prototype.hasOwnProperty.call(object, key))
add(Array.prototype, 'findLast', function <T>(this: T[], test: (value: T) => boolean) {
	for (let i = this.length - 1; i >= 0; i--) if (test(this[i])) return this[i]
	return undefined
})
add(Array.prototype, 'findLastIndex', function <T>(this: T[], test: (value: T) => boolean) {
	for (let i = this.length - 1; i >= 0; i--) if (test(this[i])) return i
	return -1
})
if (!('structuredClone' in globalThis)) add(globalThis, 'structuredClone', (value: unknown) => JSON.parse(JSON.stringify(value)))
export {}
