// A length of time in words: "3 工作日".
import { say } from '@/i18n'
export const termWords = (term: Record<string, number | undefined>) => Object.entries(term).map(([unit, n]) => `${n} ${say('cases.process.units.' + unit)}`).join('')
