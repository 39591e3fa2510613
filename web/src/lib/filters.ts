// Filters of a list and what is set of them in words: for the chips over the list and for the name of its export.
import { say } from '@/i18n'
import type { Filters } from './list'

export interface FilterDef { name: string; label: string; type: 'search' | 'text' | 'select' | 'date' | 'flag' | 'chip'; options?: { value: string; label: string }[]; end?: boolean }
export const filterWords = (defs: FilterDef[], values: Filters) => defs.filter((def) => values[def.name]).map((def) => {
	const value = values[def.name]
	const label = def.type === 'flag' ? '' : def.options?.find((option) => option.value === value)?.label ?? value.slice(0, def.type === 'date' ? 10 : 60)
	return { name: def.name, text: label ? `${def.label}${say('word.colon')}${label}` : def.label }
})
