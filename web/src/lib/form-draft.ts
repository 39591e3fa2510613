// A form that is not lost by leaving: kept in this browser for this person while it is typed, offered again at the next visit.
import { ref, watch } from 'vue'
import { session } from './session'

export function useFormDraft<T>(name: string, read: () => T, write: (kept: T) => void, empty: () => boolean) {
	const key = `yiwang.form.${session.value?.account_id ?? ''}.${name}`
	const restored = ref(false)
	try {
		const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as T | null
		if (kept) { write(kept); restored.value = true }
	} catch { localStorage.removeItem(key) /* of another version of the form: it begins empty */ }
	const stop = watch(read, (now) => {
		try { if (empty()) localStorage.removeItem(key); else localStorage.setItem(key, JSON.stringify(now)) } catch { /* full: the form itself still holds it */ }
	}, { deep: true })
	/** Sent or given up: nothing is kept. */
	function forget() {
		stop()
		restored.value = false
		localStorage.removeItem(key)
	}
	return { restored, forget }
}
