// Filters of a list and what is set of them in words: for the chips over the list and for the name of its export.
import { reactive } from 'vue'
import type { Choice } from '@/components/RemoteSelect.vue'
import { say } from '@/i18n'
import type { Filters } from './list'

export interface FilterDef { name: string; label: string; type: 'search' | 'text' | 'select' | 'remote' | 'date' | 'flag' | 'chip'; options?: { value: string; label: string }[]; end?: boolean
	/** remote: what may be chosen, and what a value of an address is called. */
	fetch?: (text: string) => Promise<Choice[]>; nameOf?: (value: string) => Promise<string> }
const names = reactive(new Map<string, string>())
export const remoteName = (def: FilterDef, value: string) => names.get(`${def.name} ${value}`)
export function nameRemote(def: FilterDef, value: string, name?: string) {
	if (name) names.set(`${def.name} ${value}`, name)
	else if (value && !remoteName(def, value)) def.nameOf?.(value).then((found) => names.set(`${def.name} ${value}`, found), () => { /* it goes by its number */ })
}
export const filterWords = (defs: FilterDef[], values: Filters) => defs.filter((def) => values[def.name]).map((def) => {
	const value = values[def.name]
	const label = def.type === 'flag' ? '' : def.options?.find((option) => option.value === value)?.label ?? (def.type === 'remote' ? remoteName(def, value) : undefined) ?? value.slice(0, def.type === 'date' ? 10 : 60)
	return { name: def.name, text: label ? `${def.label}${say('word.colon')}${label}` : def.label }
})
