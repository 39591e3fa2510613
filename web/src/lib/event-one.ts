// One city event as pages show it: what it is, its case, the steps the person may take, and what another has just done to it.
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { ElMessage } from 'element-plus/es/components/message/index'
import { computed, ref, watch, type Ref } from 'vue'
import { cases, events } from '@/api'
import type { Case, CaseMay } from '@/api/types'
import { say, sayTitle } from '@/i18n'
import { shortTime } from './format'

// the step that brings it on comes first; calling off, urging and the like stay beside it
const aside = ['urge', 'remark', 'supervise', 'raise', 'lower', 'refuse', 'cancel', 'withdraw', 'return', 'verify_false', 'check_bad', 'rework', 'merge', 'split', 'add_part', 'ask_hang', 'ask_postpone', 'progress', 'refuse_hang', 'refuse_postpone', 'reopen', 'reopen_refused', 'recall', 'recall_signed', 'place', 'merge_late', 'parts_enough', 'accept_known', 'call_off_parts', 'file']

export function useEvent(id: Ref<string>) {
	const queries = useQueryClient()
	const query = useQuery({ queryKey: computed(() => ['city-event', id.value]), queryFn: () => events.one(id.value), refetchInterval: 60_000, enabled: computed(() => !!id.value) })
	const history = useQuery({ queryKey: computed(() => ['case', id.value]), queryFn: () => cases.one(id.value), refetchInterval: 60_000, enabled: computed(() => !!id.value) })
	const one = computed(() => query.data.value)
	const work = computed(() => history.data.value)
	const ready = computed(() => (work.value?.may ?? []).filter((action) => !action.blocked))
	const next = computed(() => ready.value.find((action) => !aside.includes(action.action)) ?? ready.value.find((action) => action.action === 'file'))
	const others = computed(() => ready.value.filter((action) => action !== next.value))
	const blocked = computed(() => [...new Set((work.value?.may ?? []).filter((action) => !['lower', 'rate', 'not_content', 'parts_enough'].includes(action.action)).map((action) => action.blocked).filter(Boolean))] as string[])
	const stages = computed(() => Object.fromEntries((work.value?.events ?? []).map((event) => [event.action, sayTitle(event.title, event.title_en)]).concat([['report', say('events.report.send')]])))
	/** The step whose form is open, and the version of the case that its form was opened on. */
	const acting = ref<CaseMay | null>(null)
	const seen = ref(0)
	/** Said when somebody else took a step while this person's form was open. */
	const overtaken = ref('')
	function begin(action: CaseMay) {
		overtaken.value = ''
		seen.value = work.value?.version ?? 0
		acting.value = action
	}
	watch(id, () => { acting.value = null; overtaken.value = '' })
	watch(() => work.value?.version, (version) => {
		if (!acting.value || !version || version === seen.value) return
		const last = work.value!.events[0]
		overtaken.value = say('events.overtaken', { who: last.by_name ?? say('cases.auto'), what: sayTitle(last.title, last.title_en), at: shortTime(last.at) })
		acting.value = ready.value.find((action) => action.action === acting.value!.action) ?? null
		seen.value = version
	})
	function refresh() { for (const key of ['city-event', 'city-events', 'queue', 'case', 'inbox', 'inbox-counts', 'overview']) queries.invalidateQueries({ queryKey: [key] }) }
	/** The server refused because the case has changed: it is read again, and the watch above says by whom. */
	const reread = () => { queries.invalidateQueries({ queryKey: ['city-event', id.value] }); history.refetch() }
	function done(fresh: Case) {
		acting.value = null
		overtaken.value = ''
		queries.setQueryData(['case', fresh.case_id], fresh)
		refresh()
		ElMessage.success(say('events.act.done'))
	}
	return { query, history, one, work, ready, next, others, blocked, stages, acting, seen, overtaken, begin, done, refresh, reread }
}
