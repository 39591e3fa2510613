// "/" goes to the search field of the page, unless one is writing.
import { onBeforeUnmount, onMounted } from 'vue'

/** A key that is meant for the page: no field is being written in, no key of the browser's. */
export const forPage = (event: KeyboardEvent) => !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing
	&& !(event.target as HTMLElement).closest('input:not([type=radio]):not([type=checkbox]),textarea,select,[contenteditable=true]')

function slash(event: KeyboardEvent) {
	if (event.key !== '/' || !forPage(event)) return
	const field = document.querySelector<HTMLInputElement>('input[data-search], [data-search] input')
	if (field) { event.preventDefault(); field.focus() }
}
export function useSlash() {
	onMounted(() => addEventListener('keydown', slash))
	onBeforeUnmount(() => removeEventListener('keydown', slash))
}
