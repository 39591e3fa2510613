// Order of what a search found: names that begin with the text, names that have it, the others (found by code, field or summary).
export function nameFirst<T extends { name: string }>(found: T[], text: string): T[] {
	const sought = text.trim().toLowerCase()
	const rank = (one: T) => { const at = one.name.toLowerCase().indexOf(sought); return at === 0 ? 0 : at > 0 ? 1 : 2 }
	return found.map((one, i) => [rank(one), i, one] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((triple) => triple[2])
}
