// Chinese and English are both complete: every pair has two texts with the same placeholders, every key used exists, and no page
// carries Chinese text of its own.
import { describe, expect, it, vi } from 'vitest'
vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined })
vi.stubGlobal('document', { documentElement: {}, createElement: () => ({}) })
const { i18n, pairs } = await import('./index')
type Tree = typeof pairs

const sources = import.meta.glob<string>(['../**/*.vue', '../**/*.ts', '!../**/*.test.ts', '!../i18n/*.ts'], { query: '?raw', import: 'default', eager: true })
const rooms = import.meta.glob<string>(['../../../src/*/*.c', '!../../../src/*/*_test.c'], { query: '?raw', import: 'default', eager: true })
const leaves: [string, readonly [string, string]][] = []
const groups = new Set<string>()
function walk(tree: Tree, path: string) {
	for (const [key, value] of Object.entries(tree)) {
		const at = path ? `${path}.${key}` : key
		if (Array.isArray(value)) leaves.push([at, value as unknown as readonly [string, string]])
		else { groups.add(at); walk(value as Tree, at) }
	}
}
walk(pairs, '')
const keys = new Set(leaves.map((leaf) => leaf[0]))
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join()
const han = /\p{Script=Han}/u
const punctuation = /[：、，。；“”（）]/g

describe('messages', () => {
	it('come in two languages with the same placeholders', () => {
		for (const [key, pair] of leaves) {
			expect(pair, key).toHaveLength(2)
			expect(pair[0].trim(), key).not.toBe('')
			expect(pair[1].trim(), key).not.toBe('')
			expect(placeholders(pair[1]), key).toBe(placeholders(pair[0]))
		}
	})
	it('have no Chinese left in the English half', () => {
		for (const [key, pair] of leaves) if (key !== 'app.language' && key !== 'app.languageLabel') expect(han.test(pair[1]), `${key}: ${pair[1]}`).toBe(false)
	})
	it('name every kind of job that the program has', () => {
		const kinds = Object.values(rooms).flatMap((text) => [...text.matchAll(/\bJobKind \w+\[[^\]]*\] = \{([\s\S]*?)\};/g)].flatMap(([, list]) => [...list.matchAll(/\{"([a-z_.]+)"/g)].map((kind) => kind[1])))
		expect(kinds).toContain('exchange.load')
		for (const kind of kinds) expect(keys.has('jobs.kind.' + kind), kind).toBe(true)
	})
	it('all compile', () => {
		for (const language of ['zh-CN', 'en'] as const) {
			i18n.global.locale.value = language
			for (const [key] of leaves) expect(i18n.global.t(key, { n: 1 }), key).not.toBe(key)
		}
	})
})

describe('pages', () => {
	it('use only keys that exist', () => {
		const missing: string[] = []
		for (const [file, text] of Object.entries(sources)) {
			for (const match of text.matchAll(/(?:\$t|\bsay)\(\s*(['`])([\w.-]+)\1\s*[,)]/g)) if (!keys.has(match[2])) missing.push(`${file}: ${match[2]}`)
			// 'prefix.' + name and sayName('prefix', name): the group must exist
			for (const match of text.matchAll(/(?:\$t|\bsay)\(\s*'([\w.-]+)\.'\s*\+/g)) if (!groups.has(match[1])) missing.push(`${file}: ${match[1]}.*`)
			for (const match of text.matchAll(/\bsayName\(\s*'([\w.-]+)'/g)) if (!groups.has(match[1])) missing.push(`${file}: ${match[1]}.*`)
			for (const match of text.matchAll(/title: '([\w]+\.[\w.]+)'/g)) if (!keys.has(match[1])) missing.push(`${file}: ${match[1]}`)
		}
		expect(missing).toEqual([])
	})
	it('carry no Chinese text of their own', () => {
		const found: string[] = []
		for (const [file, text] of Object.entries(sources)) {
			const code = text.replace(/<!--[\s\S]*?-->/g, '').replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"])\/\/.*$/gm, '$1').replace(punctuation, '')
			for (const line of code.split('\n')) if (han.test(line)) found.push(`${file}: ${line.trim()}`)
		}
		expect(found).toEqual([])
	})
})
