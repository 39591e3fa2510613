// Messages are written side by side, [Chinese, English], so that one cannot be forgotten; here they are split by language.
import { createI18n } from 'vue-i18n'
import { setCallLanguage } from '@/api/client'
import { common } from './common'
import { states } from './states'
import { catalog } from './catalog'
import { cascade } from './cascade'
import { cases } from './cases'
import { jobs } from './jobs'
import { quarantine } from './quarantine'
import { grants } from './grants'
import { adapters } from './adapters'
import { actions } from './actions'
import { deliveries } from './deliveries'
import { evidence } from './evidence'
import { openings } from './openings'
import { people } from './people'
import { places } from './places'
import { quality } from './quality'
import { life } from './life'
import { measure } from './measure'
import { forms } from './forms'
import { notices } from './notices'
import { map } from './map'
import { areas } from './areas'
import { events } from './events'
import { desk } from './desk'
import { hotline } from './hotline'
import { imports } from './imports'
import { partners } from './partners'
import { verify } from './verify'
import { compare } from './compare'
import { emergency } from './emergency'

export type Pair = readonly [string, string]
export interface Pairs { [key: string]: Pair | Pairs }
interface Messages { [key: string]: string | Messages }

export const pairs: Pairs = { ...common, states, cascade, catalog, cases, jobs, quarantine, grants, deliveries, adapters, openings, evidence, actions, people, places, quality, life, measure, notices, forms, map, areas, events, desk, hotline, imports, partners, verify, compare, emergency }

export function pick(tree: Pairs, language: 0 | 1): Messages {
	return Object.fromEntries(Object.entries(tree).map(([key, value]) =>
		[key, Array.isArray(value) ? value[language] as string : pick(value as Pairs, language)]))
}

export type Language = 'zh-CN' | 'en'
const stored = localStorage.getItem('yiwang.language')
export const i18n = createI18n({
	legacy: false,
	locale: (stored === 'en' ? 'en' : 'zh-CN') as Language,
	fallbackLocale: 'zh-CN',
	missingWarn: import.meta.env.DEV,
	fallbackWarn: import.meta.env.DEV,
	messages: { 'zh-CN': pick(pairs, 0), en: pick(pairs, 1) },
})

export function setLanguage(language: Language) {
	i18n.global.locale.value = language
	localStorage.setItem('yiwang.language', language)
	apply(language)
}
function apply(language: Language) {
	document.documentElement.lang = language
	setCallLanguage(language)
}
apply(i18n.global.locale.value as Language)

export const say = (key: string, values: Record<string, unknown> = {}) => i18n.global.t(key, values)
/** Of two names that the server gives side by side (title, title_en), the one in the person's language. */
export const sayTitle = (chinese: string, english: string) => i18n.global.locale.value === 'en' ? english || chinese : chinese
/** Who acted: the command line has no account. */
export const sayWho = (login?: string | null) => login === 'cli' ? say('word.commandLine') : login ?? ''
/** The text of prefix.name when there is one, else the name itself: for words that packs and servers may add to. */
export const sayName = (prefix: string, name: string) => i18n.global.te(`${prefix}.${name}`, 'zh-CN') ? i18n.global.t(`${prefix}.${name}`) : name
