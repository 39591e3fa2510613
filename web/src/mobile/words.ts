// The phone page's words in the person's language, and how it looks: text size, contrast, language.
import { ref, watchEffect } from 'vue'
import { setCallLanguage } from '@/api/client'
import { phone } from '@/i18n/phone'
import { keep, kept } from './kept'

type Words = typeof phone
type Key = { [K in keyof Words]: Words[K] extends readonly [string, string] ? K : never }[keyof Words]
export type Size = keyof Words['sizes']

export const language = ref<'zh-CN' | 'en'>(kept('language') === 'en' ? 'en' : 'zh-CN')
export const size = ref<Size>(kept('m.size') as Size in phone.sizes ? kept('m.size') as Size : 'normal')
export const contrast = ref(kept('m.contrast') === '1')

const fill = (pair: readonly [string, string], values: Record<string, string | number>) =>
	pair[language.value === 'en' ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
export function w(key: Key, values: Record<string, string | number> = {}): string { return fill(phone[key] as readonly [string, string], values) }
/** A word of a group: light, units, sizes. */
export function wOf<G extends 'light' | 'pressed' | 'units' | 'sizes'>(group: G, name: keyof Words[G]): string { return fill(phone[group][name] as readonly [string, string], {}) }
export const titleOf = (chinese: string, english: string) => language.value === 'en' ? english || chinese : chinese

export const timeOf = (at: string | number) => new Date(at).toLocaleString(language.value, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })
/** "剩 3 小时" of a due time, in plain time. */
export function leftOf(due: string, now: number) {
	const s = (Date.parse(due) - now) / 1000, n = Math.abs(s)
	const time = n >= 172800 ? w('days', { n: Math.floor(n / 86400) }) : n >= 3600 ? w('hours', { n: Math.floor(n / 3600) }) : w('minutes', { n: Math.floor(n / 60) })
	return w(s < 0 ? 'late' : 'left', { time })
}

watchEffect(() => {
	document.documentElement.lang = language.value
	setCallLanguage(language.value)
	keep('language', language.value)
	document.documentElement.className = `${size.value}${contrast.value ? ' contrast' : ''}`
	keep('m.size', size.value)
	keep('m.contrast', contrast.value ? '1' : '0')
	document.title = w('title')
})
