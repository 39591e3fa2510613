// What a standing check saw, in words: on the page of findings and in the order of one.
import { say, sayName } from '@/i18n'
import { shortTime } from './format'

export interface FindingDetail { reason: string; at: string | null; text: string; basis?: string }
export const findingReason = (seen: FindingDetail) => say('measure.findings.reason.' + seen.reason, { text: seen.reason === 'stale' ? sayName('states.promise', seen.text) : seen.text, basis: seen.basis ?? '', at: shortTime(seen.at) })
