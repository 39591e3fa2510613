// Keys of the board: one for a step of a case by its name, the same key where steps never meet in one stage; others move about.
import { say } from '@/i18n'

export const stepKeys: Record<string, string> = {
	accept: 'a', accept_known: 'v', file: 'f', refuse: 'r', dispatch: 'd', rule: 'd', split: 's', add_part: 's', merge: 'm', sign: 'a', progress: 'p', finish: 'c', close: 'c', return: 'b', rework: 'w',
	urge: 'u', supervise: 'g', ask_hang: 'h', ask_postpone: 't', verify_true: 'y', verify_false: 'n', check_good: 'y', check_bad: 'n', approve_hang: 'y', approve_postpone: 'y', refuse_hang: 'n', refuse_postpone: 'n', resume: 'e', reopen: 'e', raise: 'l',
}
/** Of the operator's screen: while one types, only what is no letter. */
export const hotlineKeys = ['F2', 'F4', 'Ctrl+Enter', 'F8', 'F9', 'Esc', '?'] as const
export const boardKeys = (): { keys: string[]; what: string }[] => [
	{ keys: ['j', '↓'], what: say('desk.key.down') }, { keys: ['k', '↑'], what: say('desk.key.up') }, { keys: ['Enter'], what: say('desk.key.open') }, { keys: ['x'], what: say('desk.key.mark') },
	{ keys: ['m'], what: say('desk.key.merge') }, { keys: ['i'], what: say('desk.key.message') }, { keys: ['o'], what: say('desk.key.order') }, { keys: ['/'], what: say('desk.key.search') }, { keys: ['?'], what: say('desk.key.help') }, { keys: ['Esc'], what: say('desk.key.escape') },
	{ keys: ['Ctrl', 'Enter'], what: say('desk.key.send') },
]
