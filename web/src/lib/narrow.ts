// Whether the window is a phone's: lists then show one column that holds what a row needs.
import { ref } from 'vue'

const phone = window.matchMedia('(max-width: 600px)')
export const narrow = ref(phone.matches)
phone.addEventListener('change', (event) => { narrow.value = event.matches })
