// A step is written against the case as it was seen. When the server says that the case has changed: whether what happened meanwhile
// matters to the step, and what the officer is told when it does.
import type { Case } from '@/api/types'
import type { ActionItem, Meanwhile } from './store'

/** What presses or adds words and leaves the case where it is, with whom and until when. Anything not named here is asked about. */
const HARMLESS = ['remark', 'remind', 'overdue', 'urge', 'urge_centre', 'supervise', 'circular']
const SHOWN = 10

export const newestNo = (one: Case) => Math.max(0, ...one.events.map((event) => event.no))
/** The case as the step's writer sees it. */
export function stamp(item: ActionItem, one: Case) {
	Object.assign(item, { version: one.version, case_state: one.state, case_no: newestNo(one) })
	delete item.key
	delete item.meanwhile
}
/** Against the case as it is now, under a key of its own: the old key belongs to the refused request. */
export function renew(item: ActionItem, now: { version: number; case_state: string; case_no: number }) {
	Object.assign(item, now, { key: `${item.id}-${now.version}` })
	delete item.meanwhile
}
/** Null: nothing that matters, the step may be sent again as it is. */
export function meanwhileOf(item: ActionItem, one: Case): Meanwhile | null {
	// drafts of an older page know neither: then all that came after they were written
	const fresh = one.events.filter((event) => item.case_no === undefined ? Date.parse(event.at) > item.at : event.no > item.case_no)
	if (item.case_state === one.state && fresh.every((event) => !event.moved && HARMLESS.includes(event.action))) return null
	const may = one.may.find((it) => it.action === item.action)
	return { version: one.version, case_state: one.state, case_no: newestNo(one), state_title: one.state_title, state_title_en: one.state_title_en, possible: may !== undefined && !may.blocked,
		events: fresh.slice(0, SHOWN).map(({ no, at, title, title_en, by_name, org_name, note }) => ({ no, at, title, title_en, by: [org_name, by_name].filter(Boolean).join(' '), note })) }
}
