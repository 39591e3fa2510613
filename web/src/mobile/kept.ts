// A few words kept in the browser's localStorage: how the page looks, who was here. Android's WebView has none unless the app switches it
// on (it is null, or throws): then they last as long as the page is open. Nothing of the work is kept here.
const here = new Map<string, string>()

export function kept(name: string) {
	try { return localStorage.getItem('yiwang.' + name) ?? here.get(name) ?? null } catch { return here.get(name) ?? null }
}
/** null: no more. */
export function keep(name: string, value: string | null) {
	if (value === null) here.delete(name)
	try { if (value === null) localStorage.removeItem('yiwang.' + name); else localStorage.setItem('yiwang.' + name, value) } catch { if (value !== null) here.set(name, value) }
}
